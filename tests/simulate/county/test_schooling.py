"""School by hand: entry, moving up, dropping out, costs, the shock and the guarantee."""

from __future__ import annotations

import numpy as np
import pytest
from tests.simulate.county.hand import begin, county, rows_of, run, settings_of, switch_off, within

from fanpin_risk.simulate.county.kinds import NEVER, NO_END, Breach, Job, Measure, Relation, Shock
from fanpin_risk.simulate.county.people import PeopleSettings
from fanpin_risk.simulate.county.schooling import schooling, stage_of
from fanpin_risk.simulate.county.traits import goes_on

BASE = settings_of("people", PeopleSettings)
MARCH, MAY, SEPTEMBER = 2, 4, 8
STAGE_OF_YEAR = {**dict.fromkeys(range(1, 7), 0), **dict.fromkeys(range(7, 10), 1)} | {
    **dict.fromkeys(range(10, 13), 2),
    **dict.fromkeys(range(13, 17), 3),
}


def settings(**changes):
    """Settings as shipped, but for what is changed; nobody drops out unless asked for."""
    return settings_of("people", PeopleSettings, **({"dropout_rate": (0.0, 0.0)} | changes))


def families(n, *born_months, school_year=0, month=-1):
    """A parent and children of these months of birth."""
    state = county(n, [(40, False), *((8, True) for _ in born_months)], month=month)
    width = 1 + len(born_months)
    for place, born in enumerate(born_months, 1):
        state.people.born_month[place::width] = born
        state.people.relation[place::width] = Relation.CHILD
        state.people.school_year[place::width] = school_year
    state.households.income_12[:] = 10**7
    return state


def test_children_enter_in_the_september_after_they_turn_six():
    """Turned six by the end of August: now; a month later: in a year; unfit: never."""
    born = SEPTEMBER - 12 * 6
    state = families(2, born - 1, born, born - 13)
    state.people.is_unfit_to_study[5] = True
    run(state, [SEPTEMBER], (schooling, settings()))
    assert state.people.school_year.tolist() == [0, 1, 0, 2, 0, 0, 0, 2]
    run(state, range(SEPTEMBER + 1, SEPTEMBER + 13), (schooling, settings()))
    assert state.people.school_year.tolist() == [0, 2, 1, 3, 0, 0, 1, 3]


def test_pupils_move_up_in_september_only_and_leave_where_their_way_ends():
    """After 9, 12 or 15 years by the fixed ranking, after 16 for all; with what they finished."""
    n = 600
    state = families(n, -12 * 15, -12 * 18, -12 * 21, -12 * 22)
    for place, year in enumerate((9, 12, 15, 16), 1):
        state.people.school_year[place::5] = year
        state.people.education[place::5] = {9: 1, 12: 2, 15: 3, 16: 3}[year]
    run(state, range(SEPTEMBER), (schooling, settings()))
    assert state.people.school_year[1::5].tolist() == [9] * n
    pupils = state.copied().people
    run(state, [SEPTEMBER], (schooling, settings()))
    people = state.people
    for place, last in ((1, 9), (2, 12), (3, 15)):
        goes = goes_on(BASE, pupils, last)[place::5]
        assert 0.2 < goes.mean() < 0.95
        assert np.array_equal(people.school_year[place::5], np.where(goes, last + 1, 0))
    assert not people.school_year[4::5].any()
    assert [set(people.education[place::5].tolist()) for place in (1, 2, 3, 4)] == [
        {2}, {3}, {4}, {5},
    ]  # fmt: skip
    left = people.school_year == 0
    assert (people.job_since[4::5] == SEPTEMBER).all()
    assert (people.job[left] == Job.NONE).all()


@pytest.mark.parametrize("year", [1, 6, 7, 9, 10, 12, 13, 16])
def test_half_of_the_school_year_is_paid_each_term(year):
    """Cost of the stage and of boarding, less aid by status, by hand without spread."""
    flat = settings(school_cost_sd=0.0, boarding_share=(1.0, 0.0, 1.0, 1.0))
    stage = STAGE_OF_YEAR[year]
    assert stage_of(np.array([year])).tolist() == [stage]
    state = families(4, -12 * (year + 5) - 6, school_year=year)
    state.households.is_former_poor[1] = True
    state.households.is_listed[2] = True
    state.households.measure_until[3, Measure.EDUCATION] = NO_END
    month = run(state, [MARCH], (schooling, flat))[0]
    cost = flat.school_cost_yuan[stage]
    cost += flat.boarding_cost_yuan[stage] if stage != 1 else 0
    net = [cost - min(flat.school_aid_yuan[stage], cost)]
    net += [cost - min(flat.school_aid_poor_yuan[stage], cost)] * 2
    net += [net[0] * flat.helped_cost_share]
    assert month.book.school.tolist() == [round(amount * 100) // 2 for amount in net]
    told = rows_of(month, "schooling")
    assert told["cost"].tolist() == [round(cost * 100)] * 4
    assert (told["cost"] - told["aid"]).tolist() == [round(amount * 100) for amount in net]
    assert told["is_boarding"].tolist() == [stage != 1] * 4
    assert told["school_year"].tolist() == [year] * 4
    for quiet in (MARCH + 1, MAY):
        assert not run(state, [quiet], (schooling, flat))[0].book.school.any()


def test_the_shock_strikes_where_the_school_year_is_dear_for_the_household():
    """Net cost of all pupils above the share of the income; spared where it is switched off."""
    flat = settings(school_cost_sd=0.0)
    state = families(3, -12 * 19, -12 * 20, school_year=13)
    net = round((flat.school_cost_yuan[3] - flat.school_aid_yuan[3]) * 100) * 2
    bound = net / flat.school_strike_share / 12
    state.households.income_12[:] = np.array([bound + 1, bound - 1, bound - 1], dtype=int)[:, None]
    switch_off(state, Shock.SCHOOLING, 2)
    month = run(state, [MARCH], (schooling, flat))[0]
    assert month.shocked[:, Shock.SCHOOLING].tolist() == [False, True, False]
    assert month.book.school.tolist() == [net // 2, net // 2, 0]


def test_drop_outs_open_the_breach_until_they_are_back():
    """Within the nine years, at the rate of the settings; the shock strikes; the year is lost."""
    n = 4000
    state = families(n, -12 * 13, school_year=7)
    switch_off(state, Shock.SCHOOLING, slice(0, n // 2))
    lost = settings(dropout_rate=(0.0, 0.2), dropout_ability_slope=0.0, dropout_return_rate=0.0)
    month = run(state, [MARCH], (schooling, lost))[0]
    people, households = state.people, state.households
    out = people.is_dropout[1::2].copy()
    assert not out[: n // 2].any()
    assert within(out[n // 2 :].mean(), 0.2, n // 2)
    assert np.array_equal(people.school_year[1::2] == 0, out)
    assert np.array_equal(month.shocked[:, Shock.SCHOOLING], out)
    since = households.breach_since[:, Breach.SCHOOLING]
    assert np.array_equal(since, np.where(out, MARCH, NEVER))
    told = rows_of(month, "schooling")
    reasons = told["dropout_reason"][~told["is_in_school"]]
    assert len(reasons) == out.sum()
    for place, share in enumerate(BASE.dropout_reason_shares):
        assert within((reasons == place).mean(), share, len(reasons)), place
    assert set(told["dropout_reason"][told["is_in_school"]].tolist()) == {-1}
    assert not told["cost"][~told["is_in_school"]].any()

    households.measure_until[::4, Measure.EDUCATION] = NO_END
    back = settings(dropout_return_rate=0.1, dropout_return_rate_helped=0.6)
    run(state, [MARCH + 1], (schooling, back))
    returned = out & ~people.is_dropout[1::2]
    helped = np.arange(n) % 4 == 0
    assert within(returned[out & helped].mean(), 0.6, (out & helped).sum())
    assert within(returned[out & ~helped].mean(), 0.1, (out & ~helped).sum())
    assert (people.school_year[1::2][returned] == 7).all()
    since = households.breach_since[:, Breach.SCHOOLING]
    assert np.array_equal(since, np.where(out & ~returned, MARCH, NEVER))


def test_nobody_drops_out_after_school_age_and_nobody_stays_a_drop_out_beyond_it():
    """At sixteen the breach ends; senior pupils do not count."""
    lost = settings(dropout_rate=(1.0, 1.0), dropout_ability_slope=0.0, dropout_return_rate=0.0)
    state = families(50, MARCH - 12 * 16 + 2, -12 * 17, school_year=9)
    state.people.school_year[2::3] = 10
    run(state, [MARCH], (schooling, lost))
    assert state.people.is_dropout[1::3].all()
    assert not state.people.is_dropout[2::3].any()
    run(state, [MARCH + 1], (schooling, lost))
    assert state.people.is_dropout[1::3].all()
    run(state, [MARCH + 2], (schooling, lost))  # sixteen
    assert not state.people.is_dropout.any()
    assert (state.households.breach_since[:, Breach.SCHOOLING] == NEVER).all()


def test_the_ill_drop_out_more_often_and_the_able_less():
    """By the factor and the slope of the settings."""
    n = 20_000
    lost = settings(dropout_rate=(0.0, 0.02), dropout_serious_factor=5.0, dropout_ability_slope=1.0)
    state = families(n, -12 * 13, school_year=7)
    row = np.arange(n)
    state.people.serious_until[1::2] = np.where(row % 2, NO_END, NEVER)
    state.people.ability[1::2] = np.where(row % 4 < 2, 1.0, 0.0)
    run(state, [MARCH], (schooling, lost))
    out = state.people.is_dropout[1::2]
    for ill in (0, 1):
        for able in (0, 1):
            chosen = (row % 2 == ill) & ((row % 4 < 2) == bool(able))
            chance = 0.02 * (5 if ill else 1) * np.exp(-able)
            assert within(out[chosen].mean(), chance, chosen.sum())


def test_who_is_gone_neither_pays_nor_counts():
    """A child who left keeps no breach open."""
    state = families(2, -12 * 13, school_year=7)
    state.people.is_dropout[1] = True
    state.people.school_year[1] = 0
    state.people.is_here[[1, 3]] = False
    month = begin(state, MARCH)
    schooling(state, month, settings())
    assert not month.book.school.any()
    assert not month.events
    assert (state.households.breach_since == NEVER).all()
