"""Accidents, fire, kin, dividends, loans and businesses happen as set and cost what is set."""

from __future__ import annotations

import numpy as np
import pytest
from tests.simulate.county.hand import MAN, county, rows_of, run, settings_of, switch_off, within

from fanpin_risk.records.contracts import codes
from fanpin_risk.simulate.county.business import business
from fanpin_risk.simulate.county.happenings import place_in
from fanpin_risk.simulate.county.kinds import NEVER, Job, Shock
from fanpin_risk.simulate.county.misfortune import MisfortuneSettings, misfortune

QUIET = {
    "accident_a_year": 0.0,
    "accident_disables_share": 0.0,
    "cost_growth_a_year": 0.0,
    "fire_a_year": 0.0,
    "kin_stops_a_year": 0.0,
    "home_wear_a_month": 0.0,
    "frost_outage_a_month": 0.0,
    "drought_outage_a_month": 0.0,
    "other_outage_a_month": 0.0,
    "business_start_a_month": 0.0,
    "business_failure_a_month": 0.0,
    "business_month_sd": 0.0,
    "business_ability_slope": 0.0,
    "business_growth_a_year": 0.0,
}
JULY = 6
CERTAIN = 1.0 - 1e-15
"""A chance a year that leaves nobody out in a month but a few."""


def quiet(**changes):
    """Settings under which nothing happens but what is asked for."""
    return settings_of("misfortune", MisfortuneSettings, **{**QUIET, **changes})


def test_a_quiet_month_moves_no_money():
    """The settings above leave nothing out."""
    (month,) = run(county(500), [JULY], (misfortune, quiet()))
    assert all(not amount.any() for amount in vars(month.book).values())
    assert not month.shocked.any()
    assert month.events == {}


def test_accidents_happen_as_often_as_set_and_more_often_at_work_for_pay():
    """Out of work for two to twelve months, this one included; a bill of its own."""
    n = 40_000
    state = county(n, (MAN,))
    state.people.job[: n // 2] = Job.MIGRANT
    settings = quiet(accident_a_year=0.6, accident_insured_share=0.0)
    (month,) = run(state, [JULY], (misfortune, settings))
    hit = month.shocked[:, Shock.ACCIDENT]
    a_month = 1 - 0.4 ** (1 / 12)
    assert within(hit[n // 2 :].mean(), a_month, n // 2)
    assert within(hit[: n // 2].mean(), a_month * 1.3, n // 2)
    until = state.people.unfit_until[hit]
    assert (until.min(), until.max()) == (JULY + 1, JULY + 11)
    assert (state.people.unfit_until[~hit] == NEVER).all()
    cost = month.book.accident[hit]
    assert np.median(cost) == pytest.approx(900_000, rel=0.1)
    assert np.log(cost).std() == pytest.approx(0.9, rel=0.1)
    told = rows_of(month, "rigid_spending")
    assert told["amount"].tolist() == cost.tolist()
    assert told["person"].tolist() == np.flatnonzero(hit).tolist()
    assert not month.book.claim.any()


def test_two_accidents_of_a_household_are_both_paid():
    """Sums, not the last one."""
    n = 300
    state = county(n, (MAN, MAN))
    settings = quiet(accident_a_year=CERTAIN, accident_insured_share=1.0)
    (month,) = run(state, [JULY], (misfortune, settings))
    told = rows_of(month, "rigid_spending")
    by_household = np.bincount(told["hh"], weights=told["amount"], minlength=n)
    assert (np.bincount(told["hh"], minlength=n) == 2).mean() > 0.7
    assert np.array_equal(month.book.accident, by_household)
    paid = rows_of(month, "insurance_claim")
    assert np.array_equal(paid["paid"], np.minimum(told["amount"], 1_500_000))
    assert np.array_equal(
        month.book.claim, np.bincount(paid["hh"], weights=paid["paid"], minlength=n)
    )


def test_some_accidents_disable_for_good():
    """A certificate, and a shock of its own kind; not where that is switched off."""
    n = 20_000
    state = county(n, (MAN,))
    state.people.disability_level[: n // 4] = 4
    switch_off(state, Shock.DISABILITY, slice(n // 4, n // 2))
    settings = quiet(accident_a_year=0.9, accident_disables_share=0.25)
    (month,) = run(state, [JULY], (misfortune, settings))
    hit, disabled = month.shocked[:, Shock.ACCIDENT], month.shocked[:, Shock.DISABILITY]
    assert not disabled[: n // 2].any()
    assert within(disabled[n // 2 :][hit[n // 2 :]].mean(), 0.25, hit[n // 2 :].sum())
    told = rows_of(month, "disability")
    assert told["person"].tolist() == np.flatnonzero(disabled).tolist()
    assert set(told["level"]) == {2, 3, 4}
    assert np.array_equal(state.people.disability_level[disabled], told["level"])
    assert set(told["kind"]) == {place_in(codes.DISABILITY_KINDS, "limb")}


def test_fire_destroys_stores_and_some_homes():
    """An accident in the official list."""
    n = 20_000
    state = county(n)
    settings = quiet(fire_a_year=0.5)
    (month,) = run(state, [JULY], (misfortune, settings))
    hit = month.shocked[:, Shock.ACCIDENT]
    assert within(hit.mean(), 1 - 0.5 ** (1 / 12), n)
    loss = month.book.loss[hit]
    assert loss.min() >= 500_000
    assert loss.max() <= 4_000_000
    assert not month.book.loss[~hit].any()
    unsafe = state.households.house_grade == 2
    assert within(unsafe[hit].mean(), 0.4, hit.sum())
    assert not unsafe[~hit].any()
    assert set(rows_of(month, "shock")["kind"]) == {place_in(codes.SHOCK_KINDS, "fire")}


def test_kin_stop_sending_for_good():
    """As often as set; the others send on, and more from January."""
    n = 20_000
    state = county(n)
    state.households.kin_support_fen[: n // 2] = 10_000
    settings = quiet(kin_stops_a_year=0.3, kin_growth_a_year=0.05)
    (month,) = run(state, [JULY], (misfortune, settings))
    stopped = month.shocked[:, Shock.OTHER]
    assert within(stopped[: n // 2].mean(), 1 - 0.7 ** (1 / 12), n // 2)
    assert not stopped[n // 2 :].any()
    expected = np.where((np.arange(n) < n // 2) & ~stopped, 10_000, 0)
    assert np.array_equal(month.book.kin_money, expected)
    (january,) = run(state, [12], (misfortune, quiet(kin_growth_a_year=0.05)))
    assert set(january.book.kin_money[expected > 0]) == {10_500}
    assert not january.book.kin_money[stopped].any()


def test_dividends_go_to_the_same_former_poor_each_december():
    """As help, with an event and an item of income."""
    n = 5000
    state = county(n)
    state.households.is_former_poor[: n // 2] = True
    first, between, second = run(state, [11, 12, 23], (misfortune, quiet()))
    gets = first.book.dividend > 0
    assert within(gets[: n // 2].mean(), 0.6, n // 2)
    assert not gets[n // 2 :].any()
    assert np.array_equal(gets, second.book.dividend > 0)
    assert not between.book.dividend.any()
    assert np.median(first.book.dividend[gets]) == pytest.approx(80_000, rel=0.1)
    assert rows_of(first, "asset_dividend")["amount"].sum() == first.book.dividend.sum()
    item = rows_of(first, "income_item")
    assert set(item["item"]) == {place_in(codes.INCOME_ITEMS, "asset_dividend")}
    assert item["is_help"].all()


def test_debts_are_told_by_the_quarter_where_a_bank_holds_them():
    """What exceeds six months of income is overdue."""
    n = 4000
    state = county(n)
    state.households.savings_fen[:] = -2_000_000
    state.households.savings_fen[: n // 4] = -499_999
    state.households.income_12[:] = 200_000
    state.households.income_12[n // 2 :] = 400_000
    june, july = run(state, [5, 6], (misfortune, quiet()))
    told = rows_of(june, "loan")
    assert rows_of(july, "loan") == {}
    assert told["hh"].min() >= n // 4
    assert within(len(told["hh"]) / (0.75 * n), 0.5, 0.75 * n)
    assert set(told["balance"]) == {2_000_000}
    poor = told["hh"] < n // 2
    assert set(told["overdue"][poor]) == {800_000}
    assert set(told["overdue"][~poor]) == {0}
    kinds = {place_in(codes.LOAN_KINDS, code) for code in ("small_credit", "farm", "other")}
    assert set(told["kind"]) == kinds


def with_business(n):
    """Men who each run a business."""
    state = county(n, (MAN,))
    state.people.job[:] = Job.BUSINESS
    state.households.has_business[:] = True
    return state


def test_a_business_earns_by_the_month():
    """Sales less costs are what is left; swings and ability leave the mean alone."""
    (month,) = run(with_business(2), [JULY], (business, quiet()))
    left = month.book.business_sales - month.book.business_cost
    assert left.tolist() == [360_000] * 2
    assert month.book.business_cost.tolist() == [540_000] * 2
    assert month.has_worked.all()
    n = 100_000
    state = with_business(n)
    state.people.ability = np.random.default_rng(5).normal(size=n)
    settings = quiet(business_month_sd=0.45, business_ability_slope=0.35)
    (month,) = run(state, [JULY], (business, settings), keeps_events=False)
    left = month.book.business_sales - month.book.business_cost
    assert left.mean() == pytest.approx(360_000, rel=0.02)


def test_the_ill_earn_nothing_and_a_business_without_anybody_closes():
    """For a while it only rests; no shock when it closes."""
    state = with_business(3)
    state.people.unfit_until[:] = [JULY + 1, JULY + 9, NEVER]
    (month,) = run(state, [JULY], (business, quiet()))
    assert (month.book.business_sales > 0).tolist() == [False, False, True]
    assert state.households.has_business.tolist() == [True, False, True]
    assert state.people.job.tolist() == [Job.BUSINESS, Job.NONE, Job.BUSINESS]
    assert not month.shocked.any()


def test_businesses_fail_as_often_as_set_with_a_loss():
    """More often in bad times; never where that is switched off."""
    n = 20_000
    state = with_business(n)
    switch_off(state, Shock.FAILED_BUSINESS, slice(0, n // 2))
    state.commons.log_demand[:] = -0.2
    settings = quiet(business_failure_a_month=0.1)
    (month,) = run(state, [JULY], (business, settings))
    failed = month.shocked[:, Shock.FAILED_BUSINESS]
    assert not failed[: n // 2].any()
    assert within(failed[n // 2 :].mean(), 0.1 * np.exp(0.2 * 3), n // 2)
    assert np.array_equal(state.people.job == Job.NONE, failed)
    loss = month.book.loss
    assert np.array_equal(loss > 0, failed)
    assert loss[failed].min() >= 800_000
    assert loss[failed].max() <= 6_000_000
    assert rows_of(month, "shock")["loss"].sum() == loss.sum()
    assert not month.book.business_sales[failed].any()


def test_businesses_begin_with_savings_behind_them():
    """By able people young enough; with less than the means, none."""
    n = 10_000
    state = county(n, (MAN,))
    state.households.savings_fen[: n // 2] = 2_000_000
    state.households.savings_fen[n // 2 :] = 1_999_999
    (month,) = run(state, [JULY], (business, quiet(business_start_a_month=0.1)))
    began = state.households.has_business
    assert within(began[: n // 2].mean(), 0.1, n // 2)
    assert not began[n // 2 :].any()
    assert np.array_equal(state.people.job == Job.BUSINESS, began)
    assert np.array_equal(month.book.business_sales > 0, began)
