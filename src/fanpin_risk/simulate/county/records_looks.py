"""Records of looking: snapshots, checks of homes and water, and what the register began with."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from fanpin_risk.simulate.county.clues import NO_AMOUNT
from fanpin_risk.simulate.county.kinds import NEVER, Measure
from fanpin_risk.simulate.county.month import Event, Month
from fanpin_risk.simulate.county.records_money import Accounts, add_account
from fanpin_risk.simulate.county.records_people import WorkSeen
from fanpin_risk.simulate.county.records_register import (
    CHANNELS,
    LAST_LISTING_DAY,
    TEKUN_WORD,
    cause_codes,
    check_days,
    decision_days,
    disaster_kinds,
    exit_days,
    listing_columns,
    measure_columns,
    notice_columns,
)
from fanpin_risk.simulate.county.records_rows import (
    LAST_DAY,
    MISSING,
    RECORDS_A_UNIT,
    Piles,
    first_day,
)
from fanpin_risk.simulate.county.records_snapshots import (
    born_days,
    household_columns,
    member_columns,
)
from fanpin_risk.simulate.county.register import Reason
from fanpin_risk.simulate.county.state import I64, State
from fanpin_risk.simulate.county.streams import LASTING
from fanpin_risk.simulate.county.system_view import Rows


def add_snapshots(
    piles: Piles, state: State, month: Month, accounts: Accounts, work: WorkSeen
) -> None:
    """Households and members as the national system has them after it looked."""
    checked = _days_of_checks(state, month, "verification")
    decided = _days_of_checks(state, month, "listing")
    for event in month.events.get("collection", []):
        hh, reason = event["hh"].astype(np.int64), int(event["reason"][0])
        if reason == Reason.VERIFICATION:
            day = checked[hh]
        elif reason == Reason.LISTING:
            day = decided[hh]
        elif reason == Reason.EXIT:
            day = exit_days(state, month, hh)
        else:
            day = np.full(len(hh), LAST_DAY, dtype=np.int64)
        add_looks(piles, state, month.month, hh, day, event["income"], accounts, work)
        if reason == Reason.COLLECTION:
            add_account(piles, state, month, accounts, hh, event["income"])


def add_looks(
    piles: Piles,
    state: State,
    month: int,
    hh: Rows,
    day: I64,
    income_fen: I64,
    accounts: Accounts,
    work: WorkSeen,
    *,
    known_on: int | None = None,
) -> None:
    """Snapshots of some households, their members, their homes and their water."""
    households, people = state.households, state.people
    cost = accounts.medical_cost_fen(hh)
    columns = household_columns(state, hh, income_fen, cost)
    piles.add(
        state,
        "household_snapshot",
        "national_household",
        month,
        columns,
        household=hh,
        day=day,
        known_on=known_on,
    )
    day_of = np.zeros(households.n, dtype=np.int64)
    day_of[hh] = day
    persons = np.flatnonzero(people.is_here & (day_of[people.household] > 0))
    looked_on = first_day(month) + day_of[people.household[persons]] - 1
    is_born = born_days(people, persons) <= looked_on
    persons, looked_on = persons[is_born], looked_on[is_born]
    home = people.household[persons].astype(np.int64)
    shown = member_columns(state, persons, looked_on, piles.settings, work.columns(people.n))
    piles.add(
        state,
        "member_snapshot",
        "national_member",
        month,
        shown,
        household=home,
        person=persons,
        day=day_of[home],
        known_on=known_on,
    )
    share = piles.settings.checked_in_collection
    keys = households.key[hh]
    seen = LASTING.happens("records.home_checked", keys, share["housing"])
    grade = {"grade": households.house_grade[hh[seen]].astype(np.int8)}
    grade["is_only_home"] = np.ones(int(seen.sum()), dtype=np.int8)
    piles.add(
        state,
        "housing_check",
        "housing",
        month,
        grade,
        household=hh[seen],
        day=day[seen],
        known_on=known_on,
    )
    seen = LASTING.happens("records.water_checked", keys, share["water"])
    water = water_columns(state, month, hh[seen])
    piles.add(
        state,
        "water_check",
        "water",
        month,
        water,
        household=hh[seen],
        day=day[seen],
        known_on=known_on,
    )


def water_columns(state: State, month: int, hh: Rows) -> dict[str, npt.NDArray[Any]]:
    """Drinking water as it is: out for so long, and how far to fetch."""
    households = state.households
    since = households.water_out_since[hh].astype(np.int64)
    out = np.where(since == NEVER, 0, np.minimum((month - since + 1) * 30, 366))
    return {
        "outage_days": out,
        "trip_minutes": households.water_trip_minutes[hh].astype(np.int64),
    }


def add_checks_of_homes(piles: Piles, state: State, month: Month) -> None:
    """Homes whose grade changed and water that was out, as far as the offices check."""
    for event in month.events.get("housing", []):
        hh = event["hh"].astype(np.int64)
        keys = state.households.key[hh]
        kept = month.streams.happens("records.housing", keys, piles.settings.housing_recorded)
        columns = {"grade": event["grade"][kept].astype(np.int8)}
        columns["is_only_home"] = np.ones(int(kept.sum()), dtype=np.int8)
        piles.add(
            state,
            "housing_check",
            "housing",
            month.month,
            columns,
            household=hh[kept],
        )
    for event in month.events.get("water", []):
        hh = event["hh"].astype(np.int64)
        keys = state.households.key[hh]
        kept = month.streams.happens("records.water", keys, piles.settings.water_recorded)
        columns = {
            "quality": event["quality"][kept].astype(np.int8),
            "outage_days": np.minimum(event["outage_months"][kept].astype(np.int64) * 30, 366),
            "trip_minutes": event["trip_minutes"][kept].astype(np.int64),
        }
        piles.add(
            state,
            "water_check",
            "water",
            month.month,
            columns,
            household=hh[kept],
        )


def add_opening(piles: Piles, state: State, accounts: Accounts, work: WorkSeen) -> None:
    """What the register holds on the county's first day: listings, measures, open clues, snapshots.

    Decisions and measures keep the day on which they were taken, before the county's first month.
    """
    households, first = state.households, state.month + 1
    is_on_file = households.is_former_poor | (households.n_listings > 0)
    hh = np.flatnonzero(is_on_file & households.is_here)
    hh = hh[
        np.bincount(state.people.household[state.people.is_here], minlength=households.n)[hh] > 0
    ]
    ones = np.ones(len(hh), dtype=np.int64)
    income = np.where(
        households.register_month[hh] == NEVER, MISSING, households.register_income_fen[hh]
    )
    known_on = int(first_day(first))
    add_looks(piles, state, first, hh, ones, income, accounts, work, known_on=known_on)
    for listed_month in np.unique(households.listed_month[households.is_listed]).tolist():
        hh = np.flatnonzero(
            households.is_listed & households.is_here & (households.listed_month == listed_month)
        )
        day = np.full(len(hh), LAST_LISTING_DAY, dtype=np.int64)
        columns: Event = {"decision": np.zeros(len(hh), dtype=np.int8)}
        columns |= listing_columns(households.monitored[hh], households.listed_causes[hh])
        columns |= notice_columns(listed_month, day, np.ones(len(hh), dtype=np.bool_))
        columns["disaster_kind"] = disaster_kinds(state, hh, households.listed_causes[hh])
        source = "register_listing"
        piles.add(
            state,
            "listing",
            source,
            listed_month,
            columns,
            household=hh,
            day=day,
            known_on=known_on,
        )
    _add_running_measures(piles, state, known_on)
    _add_open_clues(piles, state, known_on)


def _add_running_measures(piles: Piles, state: State, known_on: int) -> None:
    """Measures that run on the county's first day."""
    households = state.households
    runs = (households.measure_until > state.month) & households.is_here[:, None]
    for measure in Measure:
        since = households.measure_since[:, measure]
        for begun in np.unique(since[runs[:, measure]]).tolist():
            hh = np.flatnonzero(runs[:, measure] & (since == begun))
            columns = measure_columns(
                np.full(len(hh), measure),
                households.measure_until[hh, measure],
                np.full(len(hh), NO_AMOUNT),
                np.full(len(hh), -1),
            )
            columns["detail"] = np.where(
                households.is_tekun[hh] & (measure == Measure.SAFETY_NET),
                TEKUN_WORD,
                columns["detail"],
            )
            piles.add(
                state,
                "support_measure",
                "register_measure",
                begun,
                columns,
                household=hh,
                known_on=known_on,
            )


def _add_open_clues(piles: Piles, state: State, known_on: int) -> None:
    """Clues that wait for a check on the county's first day."""
    households = state.households
    is_open = (households.clue_month != NEVER) & households.is_here
    for begun in np.unique(households.clue_month[is_open]).tolist():
        hh = np.flatnonzero(is_open & (households.clue_month == begun))
        columns = {
            "channel": CHANNELS[households.clue_channel[hh]],
            "cause": cause_codes(households.clue_cause[hh]),
        }
        number = households.clue_serial[hh] + RECORDS_A_UNIT * households.number[hh]
        piles.add(
            state,
            "clue",
            "register_clue",
            begun,
            columns,
            household=hh,
            known_on=known_on,
            number=number,
        )


def _days_of_checks(state: State, month: Month, name: str) -> I64:
    """Day of this month's checks, or decisions, by household; the last day where there is none."""
    days = np.full(state.households.n, LAST_DAY, dtype=np.int64)
    of = check_days if name == "verification" else decision_days
    for event in month.events.get(name, []):
        hh = event["hh"].astype(np.int64)
        days[hh] = of(state, month, hh, event["is_fast"])
    return days
