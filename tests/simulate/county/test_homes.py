"""Homes wear and are repaired, water fails and comes back, and guarantees open and close."""

from __future__ import annotations

import numpy as np
import pytest
from tests.simulate.county.hand import (
    MAN,
    WOMAN,
    begin,
    county,
    rows_of,
    run,
    settings_of,
    switch_off,
    within,
)

from fanpin_risk.records.contracts import codes
from fanpin_risk.simulate.county.commons import DROUGHT, FLOOD
from fanpin_risk.simulate.county.happenings import place_in
from fanpin_risk.simulate.county.homes import home_repair_fen, homes, water
from fanpin_risk.simulate.county.kinds import NEVER, NO_END, Breach, Measure, Shock
from fanpin_risk.simulate.county.misfortune import MisfortuneSettings

QUIET = {
    "home_wear_a_month": 0.0,
    "home_cost_growth_a_year": 0.0,
    "frost_outage_a_month": 0.0,
    "drought_outage_a_month": 0.0,
    "other_outage_a_month": 0.0,
}
_NEW = 2
JULY = 6


def quiet(**changes):
    """Settings under which nothing happens but what is asked for."""
    return settings_of("misfortune", MisfortuneSettings, **{**QUIET, **changes})


def poor(n, grade=0):
    """Households that cannot pay for anything."""
    state = county(n)
    state.households.house_grade[:] = grade
    return state


def test_homes_wear_at_their_own_pace_and_on_average_as_set():
    """A thousand months of a hundredth each are ten grades, but D is the last."""
    state = poor(1500)
    settings = quiet(home_wear_a_month=0.01)
    run(state, range(20), (homes, settings), keeps_events=False)
    assert state.households.house_wear.mean() == pytest.approx(0.2, rel=0.05)
    run(state, range(20, 800), (homes, settings), keeps_events=False)
    assert set(np.unique(state.households.house_grade)) <= {0, 1, 2, 3}
    assert (state.households.house_grade == 3).mean() > 0.9


def test_a_home_that_becomes_unsafe_is_a_shock_and_opens_the_guarantee():
    """B to C; A to B is neither."""
    state = poor(3)
    state.households.house_grade[:] = [0, 1, 1]
    state.households.house_wear[:] = [0.9999, 0.9999, 0.5]
    (month,) = run(state, [JULY], (homes, quiet(home_wear_a_month=0.01)))
    assert state.households.house_grade.tolist() == [1, 2, 1]
    assert month.shocked[:, Shock.UNSAFE_HOUSING].tolist() == [False, True, False]
    assert state.households.breach_since[:, Breach.HOUSING].tolist() == [NEVER, JULY, NEVER]
    told = rows_of(month, "housing")
    assert told["hh"].tolist() == [0, 1]
    assert told["grade"].tolist() == [1, 2]
    run(state, [JULY + 1], (homes, quiet()))
    assert state.households.breach_since[1, Breach.HOUSING] == JULY


def test_wear_makes_no_home_unsafe_where_that_is_switched_off():
    """It stays at B, however long."""
    state = poor(200)
    switch_off(state, Shock.UNSAFE_HOUSING)
    run(state, range(600), (homes, quiet(home_wear_a_month=0.02)), keeps_events=False)
    assert (state.households.house_grade == 1).mean() > 0.9
    assert state.households.house_grade.max() == 1


@pytest.mark.parametrize(("grade", "cost"), [(2, 1_500_000), (3, 4_000_000)])
def test_who_can_pay_repairs_at_once(grade, cost):
    """Exactly the cost is enough; a fen less is not."""
    state = poor(2, grade)
    state.households.savings_fen[:] = [cost, cost - 1]
    (month,) = run(state, [JULY], (homes, quiet()))
    assert state.households.house_grade.tolist() == [0, grade]
    assert month.book.home_repair.tolist() == [cost, 0]
    told = rows_of(month, "rigid_spending")
    assert told["amount"].tolist() == [cost]
    assert told["item"].tolist() == [place_in(codes.SPENDING_ITEMS, "housing")]
    assert state.households.breach_since[:, Breach.HOUSING].tolist() == [NEVER, JULY]


def test_the_measure_repairs_within_two_months_and_costs_the_household_nothing():
    """Some at once, some a month or two later."""
    state = poor(300, 3)
    state.households.measure_since[:, Measure.HOUSING] = JULY
    state.households.measure_until[:, Measure.HOUSING] = NO_END
    done = []
    for number in range(JULY, JULY + 3):
        (month,) = run(state, [number], (homes, quiet()))
        done.append((state.households.house_grade == 0).mean())
        assert not month.book.home_repair.any()
    assert done == sorted(done)
    assert 0.25 < done[0] < 0.42
    assert done[2] == 1.0
    assert (state.households.breach_since[:, Breach.HOUSING] == NEVER).all()


def test_repair_costs_grow():
    """Three per cent a year."""
    month = begin(county(1), 24)
    settings = settings_of("misfortune", MisfortuneSettings)
    cost = home_repair_fen(np.array([0, 1, 2, 3], dtype=np.int8), month, settings)
    assert cost.tolist() == [0, 0, round(1_500_000 * 1.0609), round(4_000_000 * 1.0609)]


def test_a_flood_damages_homes_on_land_that_floods():
    """As often as set, in struck cells alone; a disaster, and no wear."""
    n = 8000
    state = poor(n)
    state.households.is_in_flood_land = np.arange(n) % 2 == 0
    switch_off(state, Shock.DISASTER, np.arange(n) % 8 == 0)
    state.commons.season_kind[0] = [FLOOD + _NEW, DROUGHT + _NEW]
    state.commons.season_cut[0] = [0.5, 0.5]
    (month,) = run(state, [JULY], (homes, quiet(flood_home_share=0.5)))
    hit = month.shocked[:, Shock.DISASTER]
    may = state.households.is_in_flood_land & (state.households.cell == 0)
    may &= np.arange(n) % 8 != 0
    assert not hit[~may].any()
    assert within(hit[may].mean(), 0.5, may.sum())
    assert np.array_equal(state.households.house_grade == 2, hit)
    assert np.array_equal(month.book.disaster > 0, hit)
    assert np.median(month.book.disaster[hit]) == pytest.approx(400_000, rel=0.1)
    assert not month.shocked[:, Shock.UNSAFE_HOUSING].any()
    told = rows_of(month, "rigid_spending")
    assert told["amount"].sum() == month.book.disaster.sum()


def outage(n=4000, **changes):
    """Many villages, in all of which the supply breaks down."""
    state = county(n, n_villages=400, n_cells=2)
    return state, quiet(other_outage_a_month=1.0, outage_reach=0.35, **changes)


def test_an_outage_reaches_part_of_a_village_and_ends_after_a_month_or_more():
    """Shock, cost of carrying by head, guarantee open; then all of a village is mended at once."""
    state, settings = outage(outage_goes_on_a_month=0.4)
    (june,) = run(state, [JULY - 1], (water, settings))
    out = state.households.water_out_since == JULY - 1
    assert within(out.mean(), 0.35, 4000)
    assert np.array_equal(june.shocked[:, Shock.UNSAFE_WATER], out)
    assert np.array_equal(june.book.water, np.where(out, 2 * 4_000, 0))
    assert np.array_equal(state.households.breach_since[:, Breach.WATER] == JULY - 1, out)
    told = rows_of(june, "water")
    assert set(told["outage_months"]) == {1}
    assert told["hh"].tolist() == np.flatnonzero(out).tolist()
    (july,) = run(state, [JULY], (water, quiet(outage_goes_on_a_month=0.4)))
    still = state.households.water_out_since == JULY - 1
    villages = np.unique(state.households.village[out])
    broken = np.unique(state.households.village[still])
    assert within(len(broken) / len(villages), 0.4, len(villages))
    assert np.array_equal(still, out & np.isin(state.households.village, broken))
    assert set(rows_of(july, "water")["outage_months"]) == {2}
    assert not july.shocked.any()
    assert (state.households.breach_since[~still, Breach.WATER] == NEVER).all()


def test_no_outage_where_it_is_switched_off_and_none_that_outlasts_the_measure():
    """The measure mends in the month in which it runs."""
    state, settings = outage(outage_goes_on_a_month=1.0)
    switch_off(state, Shock.UNSAFE_WATER, slice(0, 2000))
    state.households.measure_until[3000:, Measure.WATER] = JULY
    run(state, [JULY], (water, settings))
    out = state.households.water_out_since != NEVER
    assert not out[:2000].any()
    assert out[2000:3000].any()
    assert not out[3000:].any()


@pytest.mark.parametrize(
    ("moy", "kind", "expected"),
    [(1, 0, 0.3), (6, 0, 0.0), (7, DROUGHT, 0.6), (7, DROUGHT + _NEW, 0.6), (7, FLOOD, 0.0)],
)
def test_frost_and_drought_break_supplies(moy, kind, expected):
    """By month and by the cell's weather of the season."""
    n = 4000
    state = county(n, n_villages=2000, n_cells=1)
    state.commons.season_kind[:] = kind
    settings = quiet(frost_outage_a_month=0.3, drought_outage_a_month=0.6, outage_reach=1.0)
    run(state, [moy - 1], (water, settings))
    broken = np.unique(state.households.village[state.households.water_out_since != NEVER])
    assert within(len(broken) / 2000, expected, 2000)


def test_a_long_way_to_water_keeps_the_guarantee_open_until_the_measure():
    """More than twenty minutes there and back; the measure brings it near."""
    state = county(3, (MAN, WOMAN))
    state.households.water_trip_minutes[:] = [20, 21, 24]
    run(state, [JULY], (water, quiet()))
    assert state.households.breach_since[:, Breach.WATER].tolist() == [NEVER, JULY, JULY]
    state.households.measure_until[2, Measure.WATER] = JULY + 1
    run(state, [JULY + 1], (water, quiet()))
    assert state.households.breach_since[:, Breach.WATER].tolist() == [NEVER, JULY, NEVER]
    assert state.households.water_trip_minutes.tolist() == [20, 21, 3]
