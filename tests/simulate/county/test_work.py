"""Jobs are lost and found as often as set, posts end as written, and pay is what it should be."""

from __future__ import annotations

import numpy as np
import pytest
from tests.simulate.county.hand import (
    MAN,
    begin,
    county,
    rows_of,
    run,
    settings_of,
    switch_off,
    within,
)

from fanpin_risk.records.contracts import codes
from fanpin_risk.simulate.county.happenings import place_in
from fanpin_risk.simulate.county.kinds import NO_END, Job, Measure, Shock
from fanpin_risk.simulate.county.work import WorkSettings, work

STEADY = {
    "year_shock_sd": 0.0,
    "month_shock_sd": 0.0,
    "wage_ability_slope": 0.0,
    "wage_growth_a_year": 0.0,
    "loss_a_month": 0.0,
    "finding_a_month": 0.0,
    "leaving_a_month": 0.0,
    "seeking_no_earner_factor": 1.0,
}
"""Settings under which nothing changes by chance."""

JULY = 6


def steady(**changes):
    """Settings without chance, but for the changes."""
    return settings_of("work", WorkSettings, **{**STEADY, **changes})


def county_of(job, n=1, members=(MAN,)):
    """Households whose members all have one job."""
    state = county(n, members)
    state.people.job[:] = job
    return state


@pytest.mark.parametrize(
    ("job", "expected_fen"),
    [
        (Job.LOCAL, 290_000 * 1.08),
        (Job.MIGRANT, 440_000 * 1.08 * 0.65),
        (Job.FARM, 0),
        (Job.NONE, 0),
        (Job.BUSINESS, 0),
    ],
)
def test_pay_of_a_man_of_forty_in_july(job, expected_fen):
    """Base pay times the factor of age; of a migrant what is left after living away."""
    state = county_of(job)
    (month,) = run(state, [JULY], (work, steady()))
    assert month.book.wage.tolist() == [round(expected_fen)]
    assert month.person_wage_fen.tolist() == [round(expected_fen)]
    assert month.has_worked.tolist() == [expected_fen > 0]


def test_the_record_tells_the_pay_and_the_book_what_the_household_gets():
    """They differ by the cost of living away."""
    state = county_of(Job.MIGRANT)
    (month,) = run(state, [JULY], (work, steady()))
    told = rows_of(month, "work_month")
    assert told["wage"].tolist() == [round(440_000 * 1.08)]
    assert told["job"].tolist() == [Job.MIGRANT]
    assert told["spell_ends"].tolist() == [NO_END]
    away = {place_in(codes.WORK_PLACES, code) for code in ("province", "outside", "abroad")}
    assert set(told["work_place"].tolist()) <= away


@pytest.mark.parametrize(("moy", "share"), [(1, 0.1), (2, 0.1), (3, 0.6), (5, 1.0), (12, 0.1)])
def test_local_work_rests_in_winter(moy, share):
    """December to February pay a tenth."""
    state = county_of(Job.LOCAL)
    (month,) = run(state, [moy - 1], (work, steady()))
    assert month.book.wage.tolist() == [round(290_000 * 1.08 * share)]


def test_pay_grows_by_the_year_and_is_less_for_women():
    """Six per cent compound; a factor for women."""
    state = county(1, (MAN, (40, True)), month=JULY + 12)
    state.people.job[:] = Job.LOCAL
    (month,) = run(state, [JULY + 12], (work, steady(wage_growth_a_year=0.06)))
    man, woman = month.person_wage_fen
    assert man == round(290_000 * 1.08 * 1.06 ** (18 / 12))
    assert woman == pytest.approx(man * 0.82, abs=1)


def test_chance_leaves_the_mean_of_pay_alone():
    """Swings and ability spread pay out and do not raise it."""
    n = 40_000
    state = county_of(Job.LOCAL, n)
    rng = np.random.default_rng(2)
    state.people.ability = rng.normal(size=n)
    shipped = settings_of("work", WorkSettings)
    settings = steady(
        year_shock_sd=shipped.year_shock_sd,
        month_shock_sd=shipped.month_shock_sd,
        wage_ability_slope=shipped.wage_ability_slope,
    )
    *_, january = run(state, range(-240, 1, 12), (work, settings), keeps_events=False)
    pay = january.person_wage_fen
    assert pay.mean() == pytest.approx(290_000 * 1.08 * 0.1, rel=0.02)
    assert pay.std() > 0.4 * pay.mean()


def test_the_part_of_the_year_is_an_autoregression():
    """Drawn in January alone; its spread in the long run is that of the settings."""
    settings = steady(year_shock_sd=0.2)
    state = county_of(Job.LOCAL, 20_000)
    run(state, [1, 2, 11], (work, settings), keeps_events=False)
    assert not state.households.year_shock.any()
    before = None
    for year in range(15):
        before = state.households.year_shock.copy()
        run(state, [12 * year + 12], (work, settings), keeps_events=False)
    now = state.households.year_shock
    assert now.std() == pytest.approx(0.2 / np.sqrt(1 - 0.49), rel=0.05)
    assert np.corrcoef(now, before)[0, 1] == pytest.approx(0.7, abs=0.02)


def test_jobs_are_lost_as_often_as_set():
    """And each loss is a shock of its household, told with its person."""
    n = 20_000
    state = county_of(Job.MIGRANT, n)
    (month,) = run(state, [JULY], (work, steady(loss_a_month=0.05)))
    lost = state.people.job == Job.FARM
    assert within(lost.mean(), 0.05, n)
    assert np.array_equal(month.shocked[:, Shock.UNSTABLE_WORK], lost)
    assert np.array_equal(rows_of(month, "shock")["person"], np.flatnonzero(lost))
    assert not month.person_wage_fen[lost].any()


def test_bad_times_and_little_ability_cost_more_jobs():
    """By the exponential of the slopes."""
    n = 40_000
    state = county_of(Job.LOCAL, n)
    state.people.ability[: n // 2] = -1.0
    state.commons.log_demand[:] = -0.2
    run(state, [JULY], (work, steady(loss_a_month=0.05)), keeps_events=False)
    lost = state.people.job != Job.LOCAL
    assert within(lost[n // 2 :].mean(), 0.05 * np.exp(0.2 * 2), n // 2)
    assert within(lost[: n // 2].mean(), 0.05 * np.exp(0.3 + 0.2 * 2), n // 2)


def test_jobs_that_cannot_be_lost_are_kept():
    """Where the kind of shock is switched off."""
    state = county_of(Job.LOCAL, 500)
    switch_off(state, Shock.UNSTABLE_WORK)
    run(state, [JULY], (work, steady(loss_a_month=0.9)))
    assert (state.people.job == Job.LOCAL).all()


def test_a_post_is_paid_to_its_written_month_and_then_ends():
    """The last month is paid; the next one is not, and is a shock."""
    state = county_of(Job.POST, 40)
    state.people.post_until[:] = JULY
    july, august = run(state, [JULY, JULY + 1], (work, steady()))
    low, high = 30_000, 70_000
    assert july.book.post_wage.min() >= low
    assert july.book.post_wage.max() <= high
    assert len(set(july.book.post_wage.tolist())) > 20
    assert not july.book.wage.any()
    assert not july.shocked.any()
    told = rows_of(july, "work_month")
    assert set(told["spell_ends"]) == {JULY}
    assert (told["post_kind"] >= 0).all()
    assert not august.book.post_wage.any()
    assert august.shocked[:, Shock.UNSTABLE_WORK].all()
    assert (state.people.job == Job.FARM).all()


def test_a_post_goes_on_where_its_end_is_switched_off():
    """The counterfactual of unstable work."""
    state = county_of(Job.POST, 2)
    state.people.post_until[:] = JULY
    switch_off(state, Shock.UNSTABLE_WORK, [1])
    _, august = run(state, [JULY, JULY + 1], (work, steady()))
    assert (august.book.post_wage > 0).tolist() == [False, True]


def test_the_ill_and_those_who_care_earn_nothing_and_lose_a_job_in_the_end():
    """Out of work for some months, the job is kept; for longer, it is gone, and no shock."""
    state = county_of(Job.LOCAL, 4)
    state.people.unfit_until[:2] = [JULY + 1, JULY + 3]
    state.people.carer_until[2] = JULY + 7
    (month,) = run(state, [JULY], (work, steady()))
    assert (month.book.wage > 0).tolist() == [False, False, False, True]
    kept = [Job.LOCAL, Job.FARM, Job.FARM, Job.LOCAL]
    assert state.people.job.tolist() == kept
    assert not month.shocked.any()


def test_work_is_found_as_often_as_set_and_twice_as_often_with_the_measure():
    """By those who look for it: here, everybody."""
    n = 20_000
    state = county_of(Job.NONE, n)
    state.households.measure_until[: n // 2, Measure.EMPLOYMENT] = NO_END
    settings = steady(
        finding_a_month=0.1,
        seeking_men=(1.0,) * 8,
        seeking_land_slope_per_mu=0.0,
        seeking_ability_slope=0.0,
    )
    run(state, [JULY], (work, settings), keeps_events=False)
    found = (state.people.job == Job.LOCAL) | (state.people.job == Job.MIGRANT)
    assert within(found[: n // 2].mean(), 0.2, n // 2)
    assert within(found[n // 2 :].mean(), 0.1, n // 2)


def test_who_does_not_look_finds_nothing_and_leaves():
    """Nobody looks; those with work go one by one."""
    n = 10_000
    state = county_of(Job.LOCAL, n)
    state.people.job[: n // 2] = Job.NONE
    settings = steady(
        finding_a_month=0.5,
        leaving_a_month=0.05,
        seeking_men=(0.0,) * 8,
        seeking_land_slope_per_mu=0.0,
    )
    (month,) = run(state, [JULY], (work, settings))
    assert (state.people.job[: n // 2] == Job.FARM).all()
    assert within((state.people.job[n // 2 :] == Job.FARM).mean(), 0.05, n // 2)
    assert not month.shocked.any()


def test_little_land_sends_more_people_to_work():
    """The share that looks for work rises by the slope for each mu that is missing."""
    n = 20_000
    state = county_of(Job.NONE, n)
    state.households.land_mu_x100[: n // 2] = 0
    state.households.land_mu_x100[n // 2 :] = 2800
    settings = steady(finding_a_month=1e6, seeking_men=(0.5,) * 8, seeking_land_slope_per_mu=-0.01)
    run(state, [JULY], (work, settings), keeps_events=False)
    works = state.people.job != Job.NONE
    works &= state.people.job != Job.FARM
    assert within(works[: n // 2].mean(), 0.5 + 0.18, n // 2)
    assert within(works[n // 2 :].mean(), 0.5 - 0.10, n // 2)


def test_where_nobody_else_earns_more_look_for_work():
    """Also among those who have it: a sole earner stays, a second one may go."""
    n = 10_000
    state = county_of(Job.NONE, n, (MAN, (40, True)))
    state.people.job[1::2] = np.where(np.arange(n) < n // 2, int(Job.LOCAL), int(Job.NONE))
    settings = steady(
        finding_a_month=1e6,
        seeking_men=(0.4,) * 8,
        seeking_women=(0.0,) * 8,
        seeking_land_slope_per_mu=0.0,
        seeking_no_earner_factor=1.5,
    )
    run(state, [JULY], (work, settings), keeps_events=False)
    works = (state.people.job[::2] == Job.LOCAL) | (state.people.job[::2] == Job.MIGRANT)
    assert within(works[: n // 2].mean(), 0.4, n // 2)
    assert within(works[n // 2 :].mean(), 0.6, n // 2)


def test_the_young_go_away_and_the_old_stay():
    """By the share of each age."""
    n = 10_000
    state = county(n, ((20, False), (60, False)))
    settings = steady(
        finding_a_month=1e6,
        seeking_men=(1.0,) * 8,
        seeking_land_slope_per_mu=0.0,
        migrant_ages_years=(20.0, 60.0),
        migrant_share=(0.8, 0.1),
    )
    run(state, [JULY], (work, settings), keeps_events=False)
    away = (state.people.job == Job.MIGRANT).reshape(n, 2).mean(axis=0)
    assert abs(away[0] - 0.8) < 0.02
    assert abs(away[1] - 0.1) < 0.02


@pytest.mark.parametrize(
    ("age", "school_year", "level", "land", "leases", "expected"),
    [
        (40, 0, 0, 2000, False, Job.FARM),
        (40, 0, 0, 0, False, Job.NONE),
        (40, 0, 0, 2000, True, Job.NONE),
        (74, 0, 0, 2000, False, Job.FARM),
        (75, 0, 0, 2000, False, Job.NONE),
        (17, 11, 0, 2000, False, Job.NONE),
        (40, 0, 2, 2000, False, Job.NONE),
        (40, 0, 3, 2000, False, Job.FARM),
    ],
)
def test_who_farms(age, school_year, level, land, leases, expected):
    """Able people at home whose household tills land of its own."""
    state = county(1, ((age, False),))
    state.people.school_year[:] = school_year
    state.people.disability_level[:] = level
    state.households.land_mu_x100[:] = land
    state.households.is_leasing_out[:] = leases
    run(state, [0], (work, steady()))
    assert state.people.job.tolist() == [expected]


def test_the_old_and_the_gravely_disabled_are_out_of_paid_work():
    """At once, and without a shock; of posts too."""
    state = county(2, ((70, False), (40, False), (70, False)))
    state.people.job[:] = [Job.LOCAL, Job.MIGRANT, Job.POST] * 2
    state.people.post_until[:] = NO_END
    state.people.disability_level[1] = 1
    (month,) = run(state, [JULY], (work, steady()))
    jobs = state.people.job.reshape(2, 3)
    assert jobs[0].tolist() == [Job.FARM, Job.NONE, Job.FARM]
    assert jobs[1].tolist() == [Job.FARM, Job.MIGRANT, Job.FARM]
    assert not month.shocked.any()


def test_wages_of_a_household_are_those_of_its_members():
    """Summed one by one."""
    state = county(200, (MAN, (30, True), (22, False)))
    state.people.job = np.array([Job.LOCAL, Job.MIGRANT, Job.POST] * 200).astype(np.int8)
    state.people.post_until[:] = NO_END
    month = begin(state, JULY)
    work(state, month, settings_of("work", WorkSettings))
    for row in range(200):
        mine = np.flatnonzero(state.people.household == row)
        is_post = state.people.job[mine] == Job.POST
        wages = month.person_wage_fen[mine]
        assert month.book.wage[row] == wages[~is_post].sum()
        assert month.book.post_wage[row] == wages[is_post].sum()


def test_a_spell_keeps_its_place_and_branch():
    """What a record tells of a job does not change while the job lasts."""
    state = county_of(Job.LOCAL, 300)
    june, july = run(state, [JULY - 1, JULY], (work, steady()))
    before, after = rows_of(june, "work_month"), rows_of(july, "work_month")
    for column in ("person", "work_place", "channel", "branch", "spell_started"):
        assert np.array_equal(before[column], after[column]), column
    assert len(set(before["work_place"].tolist())) == 3
    assert len(set(before["branch"].tolist())) > 6
