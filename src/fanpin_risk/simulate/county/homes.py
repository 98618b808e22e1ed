"""Homes and water: wear and repair, flood and fire, outages after frost and drought."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field

from fanpin_risk.records.contracts import codes
from fanpin_risk.settings import Settings
from fanpin_risk.simulate.county.commons import DROUGHT, FLOOD, struck_now
from fanpin_risk.simulate.county.happenings import add_rigid_spending, add_shocks, place_in
from fanpin_risk.simulate.county.kinds import NEVER, Breach, Measure, Shock
from fanpin_risk.simulate.county.labour import growth, members
from fanpin_risk.simulate.county.month import Month, may_happen, strike
from fanpin_risk.simulate.county.ranges import Fen, MonthOfYear, NotNegative, Share
from fanpin_risk.simulate.county.state import F64, Flags, State
from fanpin_risk.simulate.county.streams import LASTING, Keys, mixed_with

__all__ = ["UNSAFE_GRADE", "HomeSettings", "home_repair_fen", "homes", "water"]

Rows = npt.NDArray[np.int64]
Minutes = Annotated[int, Field(ge=0)]

UNSAFE_GRADE = 2
"""Grades from this one on (C and D) are unsafe."""

_WORST_GRADE = 3
_NEW_GRADE = 0


class HomeSettings(Settings):
    """Parameters of homes and water; ``configs/simulation/misfortune.yaml`` says what each is."""

    home_wear_a_month: Share
    home_wear_spread: NotNegative
    home_repair_c_fen: Fen
    home_repair_d_fen: Fen
    home_repair_savings_factor: NotNegative
    home_cost_growth_a_year: float
    home_measure_within_months: Annotated[int, Field(ge=1)]
    flood_home_share: Share
    flood_clean_up_median_fen: Fen
    flood_clean_up_sd: NotNegative
    frost_months: tuple[MonthOfYear, ...]
    frost_outage_a_month: Share
    drought_months: tuple[MonthOfYear, ...]
    drought_outage_a_month: Share
    other_outage_a_month: Share
    outage_reach: Share
    outage_goes_on_a_month: Share
    water_trip_far_minutes: Minutes
    water_trip_after_mend_minutes: Minutes
    water_carry_fen_a_head_month: Fen
    water_poor_quality_share: Share


def homes(state: State, month: Month, settings: HomeSettings) -> None:
    """Let a month pass for homes: wear, flood, repair, and whether the guarantee is open.

    A home of grade C or D keeps `Breach.HOUSING` open until it is repaired, by the household out of
    savings or by the measure for housing. Wear that makes a home unsafe is a
    `Shock.UNSAFE_HOUSING`, a flood that does is a `Shock.DISASTER`; neither happens where it is
    switched off.
    """
    before = state.households.house_grade.copy()
    _wear(state, month, settings)
    _flood(state, month, settings)
    _repair(state, month, settings)
    households = state.households
    changed = np.flatnonzero(households.is_here & (households.house_grade != before))
    month.add("housing", hh=changed, grade=households.house_grade[changed].astype(np.int64))
    is_unsafe = households.is_here & (households.house_grade >= UNSAFE_GRADE)
    _keep_breach(state, month, Breach.HOUSING, is_unsafe)


def water(state: State, month: Month, settings: HomeSettings) -> None:
    """Let a month pass for water: outages begin and end, carrying it costs.

    An outage, or a way to water longer than the limit, keeps `Breach.WATER` open.
    """
    households = state.households
    _begin_outages(state, month, settings)
    _end_outages(state, month, settings)
    is_out = households.is_here & (households.water_out_since != NEVER)
    rows = np.flatnonzero(is_out)
    a_head = settings.water_carry_fen_a_head_month * growth(month, settings.home_cost_growth_a_year)
    cost = np.rint(members(state)[rows] * a_head).astype(np.int64)
    month.book.water[rows] += cost
    add_rigid_spending(month, "water", rows, cost)
    poor = LASTING.uniform("homes.water_quality", households.key[rows])
    month.add(
        "water",
        hh=rows,
        outage_months=(month.month - households.water_out_since[rows] + 1).astype(np.int64),
        quality=(poor < settings.water_poor_quality_share).astype(np.int64),
        trip_minutes=households.water_trip_minutes[rows].astype(np.int64),
    )
    is_far = households.is_here & (households.water_trip_minutes > settings.water_trip_far_minutes)
    _keep_breach(state, month, Breach.WATER, is_out | is_far)


def home_repair_fen(grade: npt.NDArray[np.int8], month: Month, settings: HomeSettings) -> Rows:
    """Cost of making a home safe again; 0 for a safe one."""
    full = np.array([0, 0, settings.home_repair_c_fen, settings.home_repair_d_fen], dtype=float)
    cost = full * growth(month, settings.home_cost_growth_a_year)
    repair: Rows = np.rint(cost).astype(np.int64)[grade]
    return repair


def _keep_breach(state: State, month: Month, breach: Breach, is_open: Flags) -> None:
    """Write since when a guarantee is open, and that it is closed."""
    since = state.households.breach_since[:, breach]
    kept = np.where(since == NEVER, month.month, since)
    state.households.breach_since[:, breach] = np.where(is_open, kept, NEVER)


def _wear(state: State, month: Month, settings: HomeSettings) -> None:
    """Let homes wear, each at its own lasting pace, a grade at a time."""
    households = state.households
    pace = np.exp(
        settings.home_wear_spread * LASTING.normal("homes.pace", households.key)
        - 0.5 * settings.home_wear_spread**2
    )
    wear = households.house_wear + np.where(
        households.is_here, settings.home_wear_a_month * pace, 0.0
    )
    due = (wear >= 1.0) & (households.house_grade < _WORST_GRADE)
    becomes_unsafe = due & (households.house_grade == UNSAFE_GRADE - 1)
    due &= ~becomes_unsafe | may_happen(state, Shock.UNSAFE_HOUSING)
    households.house_wear = np.where(due, 0.0, np.minimum(wear, 1.0))
    households.house_grade = (households.house_grade + due).astype(np.int8)
    strike(state, month, due & becomes_unsafe, Shock.UNSAFE_HOUSING)


def _flood(state: State, month: Month, settings: HomeSettings) -> None:
    """Damage homes on flooded land."""
    households = state.households
    kind, _ = struck_now(state)
    if not (kind == FLOOD).any():
        return
    wet = households.is_here & households.is_in_flood_land
    wet &= (kind == FLOOD)[households.path, households.cell] & may_happen(state, Shock.DISASTER)
    rows = np.flatnonzero(wet)
    hit = month.streams.happens("homes.flood", households.key[rows], settings.flood_home_share)
    rows = rows[hit]
    size = settings.flood_clean_up_sd * month.streams.normal("homes.clean", households.key[rows])
    a_home = settings.flood_clean_up_median_fen * growth(month, settings.home_cost_growth_a_year)
    cost = np.rint(a_home * np.exp(size)).astype(np.int64)
    month.book.disaster[rows] += cost
    add_rigid_spending(month, "disaster", rows, cost)
    flood = place_in(codes.DISASTER_KINDS, "flood")
    add_shocks(state, month, "disaster", rows, disaster_kind=flood, loss_fen=cost)
    strike(state, month, rows, Shock.DISASTER)
    gets_unsafe = rows[households.house_grade[rows] < UNSAFE_GRADE]
    households.house_grade[gets_unsafe] = UNSAFE_GRADE


def _repair(state: State, month: Month, settings: HomeSettings) -> None:
    """Repair unsafe homes: by the measure for housing in time, else out of ample savings."""
    households = state.households
    is_unsafe = households.is_here & (households.house_grade >= UNSAFE_GRADE)
    helped = is_unsafe & (households.measure_until[:, Measure.HOUSING] >= month.month)
    u = LASTING.uniform("homes.repair_wait", households.key)
    wait = np.floor(u * settings.home_measure_within_months).astype(np.int64)
    done = helped & (month.month - households.measure_since[:, Measure.HOUSING] >= wait)
    cost = home_repair_fen(households.house_grade, month, settings)
    ample = households.savings_fen >= cost * settings.home_repair_savings_factor
    own = is_unsafe & ~helped & ample
    rows = np.flatnonzero(own)
    month.book.home_repair[rows] += cost[rows]
    add_rigid_spending(month, "housing", rows, cost[rows])
    mended = done | own
    households.house_grade[mended] = _NEW_GRADE
    households.house_wear[mended] = 0.0


def _begin_outages(state: State, month: Month, settings: HomeSettings) -> None:
    """Cut water off in villages after frost and in drought, in part of their homes."""
    households = state.households
    a_month = _outage_a_month(state, month, settings)
    shared = _village_keys(state)
    is_broken = month.streams.happens("homes.outage", shared, a_month)
    begins = households.is_here & (households.water_out_since == NEVER) & is_broken
    begins &= may_happen(state, Shock.UNSAFE_WATER)
    rows = np.flatnonzero(begins)
    reached = month.streams.happens(
        "homes.outage_reach", households.key[rows], settings.outage_reach
    )
    rows = rows[reached]
    households.water_out_since[rows] = month.month
    strike(state, month, rows, Shock.UNSAFE_WATER)


def _outage_a_month(state: State, month: Month, settings: HomeSettings) -> F64:
    """Chance of an outage in each household's village this month."""
    households = state.households
    chance = np.full(households.n, settings.other_outage_a_month)
    if month.moy in settings.frost_months:
        chance += settings.frost_outage_a_month
    if month.moy in settings.drought_months:
        kind = state.commons.season_kind[households.path, households.cell]
        struck, _ = struck_now(state)
        is_dry = (kind == DROUGHT) | (struck[households.path, households.cell] == DROUGHT)
        chance += np.where(is_dry, settings.drought_outage_a_month, 0.0)
    return chance


def _village_keys(state: State) -> Keys:
    """Key of each household's village on its common path."""
    households = state.households
    village = state.villages.key[households.village]
    keys: Keys = mixed_with(state.commons.key[households.path], village)
    return keys


def _end_outages(state: State, month: Month, settings: HomeSettings) -> None:
    """Mend the supply of a village, after a month at the least; a measure mends at once."""
    households = state.households
    was_out = (households.water_out_since != NEVER) & (households.water_out_since < month.month)
    goes_on = month.streams.happens(
        "homes.outage_goes_on", _village_keys(state), settings.outage_goes_on_a_month
    )
    helped = households.measure_until[:, Measure.WATER] >= month.month
    households.water_out_since[(was_out & ~goes_on) | helped] = NEVER
    far = helped & (households.water_trip_minutes > settings.water_trip_far_minutes)
    households.water_trip_minutes[far] = settings.water_trip_after_mend_minutes
