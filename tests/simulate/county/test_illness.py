"""Illness: rates, spells, bills, who stops working, insurance and its breach."""

from __future__ import annotations

import numpy as np
import pytest
from tests.simulate.county.hand import begin, county, rows_of, run, settings_of, switch_off, within

from fanpin_risk.simulate.county.cover import Status
from fanpin_risk.simulate.county.illness import IllnessSettings, illness
from fanpin_risk.simulate.county.insurance import insure, premium_fen, status_of
from fanpin_risk.simulate.county.kinds import NEVER, NO_END, Breach, Job, Left, Measure, Shock
from fanpin_risk.simulate.county.leaving import let_go
from fanpin_risk.simulate.county.people import PeopleSettings
from fanpin_risk.simulate.county.spells import begin_spells, set_carers

BASE = settings_of("illness", IllnessSettings)
QUIET = {"serious_rate": (0.0,) * 4, "admission_rate": (0.0,) * 4}


def settings(**changes):
    """Settings as shipped, but for what is changed."""
    return settings_of("illness", IllnessSettings, **changes)


def insured(n, members):
    """Households whose members are all insured, in February."""
    state = county(n, members, month=0)
    state.people.is_insured[:] = True
    return state


# -- serious illness ------------------------------------------------------------------------------


def test_serious_spells_come_at_their_rate_and_last_as_the_settings_say():
    """By age and frailty; each month of 6 to 15 as often as another; nobody works meanwhile."""
    n = 30_000
    state = insured(n, [(50, False), (70, True)])
    state.people.frailty[:] = np.where(np.arange(2 * n) % 4 < 2, 1.0, 2.0)
    often = settings(serious_rate=(0.0, 0.0, 0.4, 0.8))
    month = begin(state, 1)
    begin_spells(state, month, often)
    people = state.people
    ill = people.serious_until >= 1
    for place, rate in ((0, 0.4), (1, 0.8)):
        for frail, factor in ((0, 1), (2, 2)):
            chosen = ill[place + frail :: 4]
            assert within(chosen.mean(), 1 - np.exp(-rate * factor / 12), len(chosen))
    length = people.serious_until[ill] - month.month + 1
    low, high = BASE.serious_months
    assert np.array_equal(np.unique(length), np.arange(low, high + 1))
    counts = np.bincount(length)[low:]
    assert counts.min() > 0.8 * counts.max()
    assert np.array_equal(people.unfit_until[ill], people.serious_until[ill])
    struck = np.bincount(people.household[ill], minlength=n) > 0
    assert np.array_equal(month.shocked[:, Shock.ILLNESS], struck)
    assert np.array_equal(rows_of(month, "serious")["person"], np.flatnonzero(ill))
    bills = people.serious_monthly_fen[ill]
    assert abs(np.median(bills) / (BASE.serious_median_yuan * 100) - 1) < 0.06
    assert abs(np.log(bills).std() - BASE.serious_sd) < 0.03
    begin_spells(state, begin(state, 2), often)
    assert (people.serious_until[ill] - month.month + 1 == length).all()


def test_over_a_life_the_rates_are_those_of_the_design():
    """0.10 stays a year under 60 and 0.24 from 60; serious spells 0.7% and 2.2%."""
    ages = [5, 25, 32, 45, 52, 58, 65, 75]
    n = 8000
    state = insured(n, [(age, bool(age % 2)) for age in ages])
    chronic = np.tile([0.005, 0.005, 0.04, 0.13, 0.13, 0.13, 0.30, 0.40], n)
    state.people.is_chronic = (np.arange(state.people.n) * 7919 % 1000) / 1000 < chronic
    stays = np.zeros(8)
    spells = np.zeros(8)
    for month in run(state, range(1, 13), (illness, BASE)):
        bills = rows_of(month, "medical_bill")
        ordinary = bills["person"][bills["illness_class"] == 0]
        stays += np.bincount(ordinary % 8, minlength=8)
        spells += np.bincount(rows_of(month, "serious")["person"] % 8, minlength=8)
    young, old = stays[:6].mean() / n, stays[6:].mean() / n
    assert 0.085 <= young <= 0.115
    assert 0.20 <= old <= 0.27
    assert 0.005 <= spells[:6].mean() / n <= 0.009
    assert 0.018 <= spells[6:].mean() / n <= 0.026


def test_bills_of_a_spell_come_every_month_until_it_ends():
    """Inpatient, of one class, around the amount drawn for the spell."""
    state = insured(400, [(50, False)])
    people = state.people
    people.serious_until[:] = 3
    people.serious_monthly_fen[:] = 1_000_000
    months = run(state, range(1, 6), (illness, settings(**QUIET)))
    classes = []
    for month in months[:3]:
        bills = rows_of(month, "medical_bill")
        assert np.array_equal(bills["person"], np.arange(400))
        assert set(bills["kind"].tolist()) == {0}
        growth = (1 + BASE.bills_growth_a_year) ** (month.month / 12)
        assert abs(np.median(bills["total"]) / (1_000_000 * growth) - 1) < 0.1
        classes.append(bills["illness_class"])
    assert np.array_equal(classes[0], classes[2])
    assert within((classes[0] == 3).mean(), BASE.treatment_list_share, 400)
    assert set(classes[0].tolist()) == {2, 3}
    assert not months[3].events
    assert not months[4].events


def test_where_illness_is_switched_off_who_was_ill_is_well():
    """No new spell, no bill of an old one, work and care are free again; others are as before."""
    state = insured(2, [(50, False), (45, True)])
    people = state.people
    people.serious_until[[0, 2]] = 9
    people.serious_monthly_fen[[0, 2]] = 1_000_000
    people.unfit_until[[0, 2]] = 9
    people.carer_until[[1, 3]] = 9
    switch_off(state, Shock.ILLNESS, 0)
    month = run(state, [1], (illness, settings(**QUIET)))[0]
    assert people.serious_until.tolist() == [NEVER, NEVER, 9, NEVER]
    assert people.unfit_until.tolist() == [0, NEVER, 9, NEVER]
    assert people.carer_until.tolist() == [NEVER, 0, NEVER, 9]
    own = month.book.medical_compliant + month.book.medical_other
    assert (own > 0).tolist() == [False, True]


# -- carers ---------------------------------------------------------------------------------------


def test_a_carer_is_an_able_adult_with_the_least_work():
    """Not the ill one, not a child, not somebody unfit; for as long as the longest care."""
    state = insured(3, [(50, False), (48, True), (25, False), (12, True)])
    people = state.people
    people.job[:] = [Job.FARM, Job.LOCAL, Job.MIGRANT, Job.NONE] * 3
    people.unfit_until[5] = 9
    ill = np.array([0, 4, 11])
    set_carers(state, begin(state, 1), BASE, ill, np.array([4, 2, 1]))
    assert np.flatnonzero(people.carer_until >= 1).tolist() == [1, 6, 8]
    assert people.carer_until[[1, 6, 8]].tolist() == [4, 2, 1]


def test_care_ends_when_the_ill_member_dies():
    """The carer of another household goes on."""
    state = insured(2, [(50, False), (48, True)])
    people = state.people
    people.serious_until[[0, 2]] = 9
    people.carer_until[[1, 3]] = 9
    month = begin(state, 1)
    let_go(state, month, settings_of("people", PeopleSettings), np.array([0]), Left.DIED)
    begin_spells(state, month, settings(**QUIET))
    assert people.carer_until[[1, 3]].tolist() == [1, 9]


def test_half_of_the_spells_keep_somebody_at_home_for_half_of_their_months():
    """By the shares of the settings."""
    n = 6000
    state = insured(n, [(50, False), (30, True)])
    state.people.frailty[1::2] = 0.0
    begin_spells(state, begin(state, 1), settings(serious_rate=(1.0, 1.0, 1.0, 1.0)))
    ill = state.people.serious_until[::2] >= 1
    cared = state.people.carer_until[1::2] >= 1
    assert not cared[~ill].any()
    assert within(cared[ill].mean(), BASE.serious_carer_share, ill.sum())
    spell = state.people.serious_until[::2][cared]
    expected = np.maximum(np.rint(BASE.carer_share_of_spell * spell), 1)
    assert np.array_equal(state.people.carer_until[1::2][cared], expected)


# -- stays and chronic bills ----------------------------------------------------------------------


def test_stays_are_poisson_with_frailty_and_more_for_the_chronically_ill():
    """Several in a month are several bills of one person."""
    n = 20_000
    state = insured(n, [(50, False)])
    people = state.people
    row = np.arange(n)
    people.frailty[:] = np.where(row % 2, 2.0, 1.0)
    people.is_chronic[:] = row % 4 < 2
    rate = settings(serious_rate=(0.0,) * 4, admission_rate=(4.0,) * 4)
    bills = rows_of(run(state, [1], (illness, rate))[0], "medical_bill")
    count = np.bincount(bills["person"][bills["kind"] == 0], minlength=n)
    assert count.max() == BASE.admissions_a_month_at_most
    for frail in (0, 1):
        for ill in (0, 1):
            chosen = (row % 2 == frail) & ((row % 4 < 2) == bool(ill))
            mean = 4 / 12 * (1 + frail) * (BASE.admission_chronic_factor if ill else 1)
            expected = sum(k * np.exp(-mean) * mean**k / (1, 1, 2)[k] for k in range(3)) + 3 * (
                1 - sum(np.exp(-mean) * mean**k / (1, 1, 2)[k] for k in range(3))
            )
            assert abs(count[chosen].mean() - expected) < 0.05


def test_a_stay_strikes_where_its_own_cost_is_high_and_goes_on_where_it_is_not():
    """Switched off, only the dear ones do not happen; the draws of the others do not move."""
    n = 5000
    often = settings(serious_rate=(0.0,) * 4, admission_rate=(3.0,) * 4)
    with_shock, without = insured(n, [(50, False)]), insured(n, [(50, False)])
    switch_off(without, Shock.ILLNESS)
    one, other = (run(state, [1], (illness, often))[0] for state in (with_shock, without))
    bills, slight = rows_of(one, "medical_bill"), rows_of(other, "medical_bill")
    dear = bills["own"] > BASE.strike_own_yuan * 100
    assert 0.2 < dear.mean() < 0.8
    struck = np.zeros(n, dtype=bool)
    struck[bills["hh"][dear]] = True
    assert np.array_equal(one.shocked[:, Shock.ILLNESS], struck)
    assert not other.shocked[:, Shock.ILLNESS].any()
    assert (slight["own"] <= BASE.strike_own_yuan * 100).all()
    told, left = (
        set(zip(rows["person"].tolist(), rows["total"].tolist(), strict=True))
        for rows in (bills, slight)
    )
    assert left <= told
    never_dear = ~struck[bills["person"]]
    assert {(p, t) for p, t in told if not struck[p]} == {(p, t) for p, t in left if not struck[p]}
    assert never_dear.sum() > 500
    unfit = without.people.unfit_until >= 1
    assert not unfit[np.bincount(slight["person"], minlength=n) == 0].any()


def test_stays_keep_from_work_as_the_settings_say():
    """The month itself, or that and the next; the young and the old need a carer."""
    n = 6000
    state = insured(n, [(50, False), (30, True)])
    state.people.frailty[1::2] = 0.0
    rate = settings(serious_rate=(0.0,) * 4, admission_rate=(1.0,) * 4)
    bills = rows_of(run(state, [1], (illness, rate))[0], "medical_bill")
    ill = np.unique(bills["person"][np.bincount(bills["person"])[bills["person"]] == 1])
    until = state.people.unfit_until[ill]
    one, two = BASE.admission_off_work
    assert within((until >= 1).mean(), one, len(ill))
    assert within((until == 2).mean(), two, len(ill))
    assert (state.people.carer_until < 1).all()
    old = insured(n, [(80, False), (30, True)])
    old.people.frailty[1::2] = 0.0
    bills = rows_of(run(old, [1], (illness, rate))[0], "medical_bill")
    ill = np.unique(bills["hh"][np.bincount(bills["hh"])[bills["hh"]] == 1])
    cared = old.people.carer_until[1::2][ill] == 1
    assert within(cared.mean(), BASE.admission_carer_share, len(ill))


def test_the_chronically_ill_have_a_bill_of_each_kind_once_in_some_months():
    """In the same turn every time; the pharmacy's is paid by nobody."""
    n = 3000
    state = insured(n, [(50, False)])
    state.people.is_chronic[: n // 2] = True
    months = run(state, range(1, 7), (illness, settings(**QUIET)))
    for kind in (2, 3):
        seen = [
            rows_of(m, "medical_bill")["person"][rows_of(m, "medical_bill")["kind"] == kind]
            for m in months
        ]
        assert np.array_equal(np.sort(np.concatenate(seen[:3])), np.arange(n // 2))
        for first, again in zip(seen[:3], seen[3:], strict=True):
            assert np.array_equal(first, again)
            assert within(len(first) / (n // 2), 1 / 3, n // 2)
    bills = rows_of(months[0], "medical_bill")
    pharmacy = bills["kind"] == 3
    assert np.array_equal(bills["own"][pharmacy], bills["total"][pharmacy])
    assert not bills["compliant_own"][pharmacy].any()
    assert (bills["basic_paid"][~pharmacy] > 0).all()


def test_sums_of_the_year_begin_anew_in_january():
    """And count own cost after basic insurance, aid and own cost of every bill before."""
    state = insured(300, [(50, False)])
    state.households.is_dibao[:] = True
    state.people.serious_until[:] = NO_END
    state.people.serious_monthly_fen[:] = 8_000_000
    months = run(state, range(1, 13), (illness, settings(**QUIET)))
    own, aid = np.zeros(300, dtype=int), np.zeros(300, dtype=int)
    for month in months[:-1]:
        bills = rows_of(month, "medical_bill")
        own += bills["own"]
        aid += bills["aid_paid"]
    most = BASE.cover_schedules[0].aid_most_yuan[Status.DIBAO] * 100
    assert aid.max() == most
    january = rows_of(months[-1], "medical_bill")
    after_basic = january["compliant_own"] + january["serious_paid"] + january["aid_paid"]
    assert np.array_equal(state.people.year_compliant_fen, after_basic)
    assert np.array_equal(state.people.year_total_fen, january["total"])
    assert np.array_equal(state.people.year_own_fen, january["own"])
    assert np.array_equal(state.people.year_aid_fen, january["aid_paid"])
    assert (january["aid_paid"] > 0).any()


def test_a_health_measure_lowers_own_cost():
    """While it runs, through medical aid."""
    state = insured(2, [(50, False)])
    state.people.key[1] = state.people.key[0]
    state.households.is_former_poor[:] = True
    state.people.serious_until[:] = 9
    state.people.serious_monthly_fen[:] = 5_000_000
    state.households.measure_until[1, Measure.HEALTH] = 1
    quiet = settings(**QUIET)
    first = run(state, [1], (illness, quiet))[0]
    own = first.book.medical_compliant + first.book.medical_other
    assert own[1] < own[0]
    for name in ("year_compliant_fen", "year_aid_fen"):
        getattr(state.people, name)[1] = getattr(state.people, name)[0]
    second = run(state, [2], (illness, quiet))[0]
    own = second.book.medical_compliant + second.book.medical_other
    assert own[1] == own[0]


# -- insurance ------------------------------------------------------------------------------------


def test_status_is_the_highest_that_a_household_has():
    """Destitute before allowance before formerly poor or listed."""
    state = county(6)
    households = state.households
    households.is_former_poor[[1, 3]] = True
    households.is_listed[2] = True
    households.is_dibao[[3, 4]] = True
    households.is_tekun[4] = True
    assert status_of(state).tolist() == [0, 1, 1, 2, 3, 0]


def test_january_renews_by_status_and_charges_the_premium_less_aid():
    """Who was insured mostly stays; the year's premium; nothing in other months."""
    n = 20_000
    state = county(n, [(50, False)])
    row = np.arange(n)
    state.people.is_insured[:] = row % 2 == 0
    state.households.is_former_poor[:] = row % 4 < 2
    half = settings(
        stays_insured=(0.8, 0.9, 1.0, 1.0),
        joins_insurance=(0.3, 0.6, 1.0, 1.0),
        joins_late_a_month=(0.0,) * 4,
    )
    month = run(state, [0], (insure, half))[0]
    covered = state.people.is_insured
    for poor, stays, joins in ((False, 0.8, 0.3), (True, 0.9, 0.6)):
        chosen = (row % 4 < 2) == poor
        assert within(covered[chosen & (row % 2 == 0)].mean(), stays, n // 4)
        assert within(covered[chosen & (row % 2 == 1)].mean(), joins, n // 4)
    whole = premium_fen(half, 2021)
    share = half.cover_schedules[0].premium_aid_share[1]
    due = np.where(row % 4 < 2, whole - round(share * whole), whole)
    assert np.array_equal(month.book.premium, np.where(covered, due, 0))
    told = rows_of(month, "insurance")
    assert np.array_equal(told["is_covered"], covered)
    assert not run(state, [1], (insure, half))[0].book.premium.any()


def test_the_breach_is_open_while_somebody_is_not_insured():
    """From the month in which it begins until the last member has joined."""
    state = county(3, [(50, False), (48, True)])
    state.people.is_insured[:] = [True, True, True, False, False, False]
    never = settings(joins_late_a_month=(0.0,) * 4)
    run(state, [1, 2], (insure, never))
    since = state.households.breach_since
    assert since[:, Breach.MEDICAL].tolist() == [NEVER, 1, 1]
    state.people.is_insured[3:5] = True
    run(state, [3], (insure, never))
    assert since[:, Breach.MEDICAL].tolist() == [NEVER, NEVER, 1]
    always = settings(joins_late_a_month=(1.0,) * 4)
    month = run(state, [4], (insure, always))[0]
    assert since[:, Breach.MEDICAL].tolist() == [NEVER] * 3
    assert rows_of(month, "insurance")["person"].tolist() == [5]
    assert month.book.premium.tolist() == [0, 0, premium_fen(always, 2021)]


@pytest.mark.parametrize(("world", "dearer"), [("main", False), ("drift", True)])
def test_the_world_drift_changes_what_a_stay_costs_in_month_40(world, dearer):
    """The same bills of the same persons, a month before and after."""
    changed = settings_of(
        "illness", IllnessSettings, world=world, **QUIET, bills_growth_a_year=0.0,
        serious_month_sd=0.0, catalogue_sd=0.0,
    )  # fmt: skip
    own = []
    for number in (39, 40):
        state = insured(200, [(50, False)])
        state.people.serious_until[:] = NO_END
        state.people.serious_monthly_fen[:] = 800_000
        month = run(state, [number], (illness, changed))[0]
        own.append((month.book.medical_compliant + month.book.medical_other).sum())
    assert (own[1] > own[0]) == dearer
    assert dearer or own[1] == own[0]
