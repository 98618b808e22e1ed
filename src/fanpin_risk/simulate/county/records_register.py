"""Records of the mechanism itself: clues, checks, decisions, measures, exits, visits."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from fanpin_risk.records.contracts import codes
from fanpin_risk.simulate.county.clues import NO_AMOUNT
from fanpin_risk.simulate.county.happenings import place_in
from fanpin_risk.simulate.county.kinds import (
    CAUSE_CODES,
    NO_END,
    Channel,
    Measure,
    Monitored,
    Shock,
)
from fanpin_risk.simulate.county.listing import Decision
from fanpin_risk.simulate.county.month import Event, Month
from fanpin_risk.simulate.county.records_pages import heads
from fanpin_risk.simulate.county.records_rows import (
    LAST_DAY,
    MISSING,
    RECORDS_A_UNIT,
    Piles,
    first_day,
)
from fanpin_risk.simulate.county.records_words import MEASURES
from fanpin_risk.simulate.county.state import I64, State
from fanpin_risk.simulate.county.system_view import Rows
from fanpin_risk.simulate.county.verification import Result

_FAST_CLUE_LAST_DAY = 14
_FAST_CHECK_DAYS = 3
_NEXT_CHECK_DAYS = 10
_NOTICE_DAYS = 5
LAST_LISTING_DAY = 27
_UNOPENED = RECORDS_A_UNIT // 2
"""Clues that nobody opened are numbered from here on, beside those that were."""

CHANNELS = np.array(
    [
        place_in(codes.CLUE_CHANNELS, word)
        for word in ("household", "one_key", "department", "cadre", "round")
    ],
    dtype=np.int8,
)
_KINDS = np.array([place_in(codes.MEASURES, m.name.lower()) for m in Measure], dtype=np.int8)
TEKUN_WORD = len(MEASURES) - 1
_CAUSES = np.array([place_in(codes.CAUSES, code) for code in CAUSE_CODES], dtype=np.int8)

_WEATHER = ("other", "drought", "flood")
"""Kinds of disaster by kind of the season's weather, which is told apart from this month's by 2."""

assert len(CHANNELS) == len(Channel)


def cause_codes(causes: npt.NDArray[np.integer]) -> npt.NDArray[np.int8]:
    """Index of causes in the contract's list; -1 stays."""
    return np.where(causes >= 0, _CAUSES[np.maximum(causes, 0)], -1).astype(np.int8)


def clue_days(state: State, month: Month, hh: Rows, is_fast: npt.NDArray[np.bool_]) -> I64:
    """Day of a month's clues: early in it where the check is in the same month."""
    drawn = month.streams.uniform("records.clue_day", state.households.key[hh])
    last = np.where(is_fast, _FAST_CLUE_LAST_DAY, LAST_DAY)
    return 1 + np.floor(drawn * last).astype(np.int64)


def check_days(state: State, month: Month, hh: Rows, is_fast: npt.NDArray[np.bool_]) -> I64:
    """Day of a month's checks: days after the clue, or early in the month after it."""
    drawn = month.streams.uniform("records.check_day", state.households.key[hh])
    soon = clue_days(state, month, hh, is_fast) + 1 + np.floor(drawn * _FAST_CHECK_DAYS)
    later = 1 + np.floor(drawn * _NEXT_CHECK_DAYS)
    return np.where(is_fast, soon, later).astype(np.int64)


def decision_days(state: State, month: Month, hh: Rows, is_fast: npt.NDArray[np.bool_]) -> I64:
    """Day of a month's decisions: after the check and the days of notice."""
    earliest = check_days(state, month, hh, is_fast) + _NOTICE_DAYS + 1
    drawn = month.streams.uniform("records.decision_day", state.households.key[hh])
    span = np.maximum(LAST_LISTING_DAY - earliest + 1, 1)
    return earliest + np.floor(drawn * span).astype(np.int64)


def exit_days(state: State, month: Month, hh: Rows) -> I64:
    """Day of a month's exits."""
    drawn = month.streams.uniform("records.exit_day", state.households.key[hh])
    return 1 + np.floor(drawn * LAST_LISTING_DAY).astype(np.int64)


def add_clues(piles: Piles, state: State, month: Month) -> None:
    """Clues of the month; a desk that closes a warning says so, with no visit."""
    for event in month.events.get("clue", []):
        hh = event["hh"].astype(np.int64)
        day = clue_days(state, month, hh, event["is_fast"])
        is_open = event["serial"] > 0
        numbers = (
            np.where(is_open, event["serial"], 0) + RECORDS_A_UNIT * state.households.number[hh]
        )
        free = np.flatnonzero(~is_open)
        pile = piles.tables["clue"]
        numbers[free] = pile.numbered(hh[free], state.households.number[hh[free]]) + _UNOPENED
        amount = np.where(event["amount"] == NO_AMOUNT, MISSING, event["amount"])
        columns: Event = {
            "channel": CHANNELS[event["channel"]],
            "department": event["office"].astype(np.int8),
            "cause": cause_codes(event["cause"]),
            "amount_fen": amount.astype(np.int64),
            "person_id": event["person"].astype(np.int32),
        }
        piles.add(
            state,
            "clue",
            "register_clue",
            month.month,
            columns,
            household=hh,
            day=day,
            number=numbers,
        )
        closed = np.flatnonzero(~event["is_followed"])
        n = len(closed)
        columns = {
            "result": np.full(n, Result.NOT_CONFIRMED, dtype=np.int8),
            "clue_record_id": numbers[closed],
        }
        desk = np.minimum(day[closed] + 1, LAST_DAY)
        piles.add(
            state,
            "verification",
            "register_verification",
            month.month,
            columns,
            household=hh[closed],
            day=desk,
        )


def add_checks(piles: Piles, state: State, month: Month) -> None:
    """Checks at the door."""
    for event in month.events.get("verification", []):
        hh = event["hh"].astype(np.int64)
        columns: Event = {
            "result": event["result"].astype(np.int8),
            "cause": cause_codes(event["cause"]),
            "clue_record_id": event["serial"] + RECORDS_A_UNIT * state.households.number[hh],
        }
        day = check_days(state, month, hh, event["is_fast"])
        piles.add(
            state,
            "verification",
            "register_verification",
            month.month,
            columns,
            household=hh,
            day=day,
        )


def add_decisions(piles: Piles, state: State, month: Month) -> dict[int, int]:
    """Decisions on households confirmed; day of each new listing by household."""
    listed_on: dict[int, int] = {}
    for event in month.events.get("listing", []):
        hh = event["hh"].astype(np.int64)
        day = decision_days(state, month, hh, event["is_fast"])
        is_listed = event["decision"] == Decision.LISTED
        columns: Event = {
            "decision": event["decision"].astype(np.int8),
            **listing_columns(event["monitored"], event["causes"]),
            **notice_columns(month.month, day, is_listed),
            "disaster_kind": np.where(is_listed, disaster_kinds(state, hh, event["causes"]), -1),
        }
        piles.add(
            state,
            "listing",
            "register_listing",
            month.month,
            columns,
            household=hh,
            day=day,
        )
        listed_on |= dict(zip(hh[is_listed].tolist(), day[is_listed].tolist(), strict=True))
    return listed_on


def add_measures(piles: Piles, state: State, month: Month, listed_on: dict[int, int]) -> None:
    """Measures that began, as far as they were entered; not before a listing of the same month."""
    for event in month.events.get("measure", []):
        hh, measure = event["hh"].astype(np.int64), event["measure"].astype(np.int64)
        keys = state.households.key[hh]
        what = f"records.measure.{int(measure[0])}"
        kept = month.streams.happens(what, keys, piles.settings.measure_recorded)
        hh, measure, keys = hh[kept], measure[kept], keys[kept]
        event = {name: values[kept] for name, values in event.items()}
        from_day = np.array([listed_on.get(one, 1) for one in hh.tolist()], dtype=np.int64)
        drawn = month.streams.uniform("records.measure_day", keys)
        day = from_day + np.floor(drawn * (LAST_DAY - from_day + 1)).astype(np.int64)
        is_relief = measure == Measure.TEMPORARY_RELIEF
        # the office that pays relief knows persons only
        person = np.where(is_relief, heads(state)[hh], event["person"])
        for is_so, source in ((is_relief, "civil_affairs"), (~is_relief, "register_measure")):
            columns = measure_columns(measure, event["until"], event["amount"], person)
            columns["detail"] = np.where(event["is_tekun"], TEKUN_WORD, columns["detail"])
            columns = {name: values[is_so] for name, values in columns.items()}
            piles.add(
                state,
                "support_measure",
                source,
                month.month,
                columns,
                household=hh[is_so],
                day=day[is_so],
            )


def add_exits(piles: Piles, state: State, month: Month) -> None:
    """Listings that ended."""
    for event in month.events.get("exit", []):
        hh = event["hh"].astype(np.int64)
        columns: Event = {
            "way": event["way"].astype(np.int8),
            "has_safe_home_after": event["is_home_safe"].astype(np.int8),
            "has_safe_water_after": event["is_water_safe"].astype(np.int8),
            "net_income_per_head_after_fen": event["income"].astype(np.int64),
        }
        day = exit_days(state, month, hh)
        piles.add(
            state,
            "exit",
            "register_exit",
            month.month,
            columns,
            household=hh,
            day=day,
        )


def add_visits(piles: Piles, state: State, month: Month) -> None:
    """Visits, as far as villages write them down."""
    for event in month.events.get("visit", []):
        hh = event["hh"].astype(np.int64)
        kind = event["kind"].astype(np.int64)
        what = f"records.visit.{int(kind[0])}"
        told = month.streams.happens(what, state.households.key[hh], piles.settings.visit_recorded)
        drawn = month.streams.uniform(f"{what}.day", state.households.key[hh])
        columns: Event = {
            "result": event["result"].astype(np.int8),
            "cause": cause_codes(event["cause"]),
            "plan_slice": kind.astype(np.int8),
        }
        columns = {name: values[told] for name, values in columns.items()}
        day = 1 + np.floor(drawn * LAST_DAY).astype(np.int64)
        piles.add(
            state,
            "visit",
            "register_visit",
            month.month,
            columns,
            household=hh[told],
            day=day[told],
        )


def listing_columns(
    monitored: npt.NDArray[np.integer], causes: npt.NDArray[np.integer]
) -> dict[str, npt.NDArray[Any]]:
    """Type and causes of listings, from bits to columns in the order of causes."""
    bits = np.asarray(causes, dtype=np.int64)
    has = (bits[:, None] >> np.arange(len(Shock))) & 1 == 1
    rank = np.cumsum(has, axis=1)
    columns: dict[str, npt.NDArray[Any]] = {
        "monitored_type": np.where(
            monitored == Monitored.NONE, -1, np.asarray(monitored) - 1
        ).astype(np.int8)
    }
    for n in range(1, 6):
        is_nth = has & (rank == n)
        nth = np.where(is_nth.any(axis=1), np.argmax(is_nth, axis=1), -1)
        columns[f"cause_{n}"] = cause_codes(nth)
    return columns


def disaster_kinds(state: State, hh: Rows, causes: npt.NDArray[np.integer]) -> npt.NDArray[np.int8]:
    """Kind of disaster where one is a cause: this season's weather of the fields; -1 elsewhere."""
    cell = state.households.cell[hh]
    season = state.commons.season_kind[state.households.path[hh], cell]
    kinds = np.array([place_in(codes.DISASTER_KINDS, kind) for kind in _WEATHER], dtype=np.int8)
    is_cause = (np.asarray(causes, dtype=np.int64) >> Shock.DISASTER) & 1 == 1
    return np.where(is_cause, kinds[np.where(season > 0, (season - 1) % 2 + 1, 0)], -1).astype(
        np.int8
    )


def notice_columns(
    month: int, day: I64, is_listed: npt.NDArray[np.bool_]
) -> dict[str, npt.NDArray[np.int64]]:
    """Days of the village notice, five of them, ending the day before the listing."""
    last = first_day(month) + day - 2
    return {
        "noticed_from": np.where(is_listed, last - _NOTICE_DAYS, MISSING),
        "noticed_to": np.where(is_listed, last, MISSING),
    }


def measure_columns(
    measure: npt.NDArray[np.integer],
    until: npt.NDArray[np.integer],
    amount: npt.NDArray[np.integer],
    person: npt.NDArray[np.integer],
) -> dict[str, npt.NDArray[Any]]:
    """Measures in the columns of the contract; one without a written end has none."""
    has_end = until < NO_END
    last = first_day(np.where(has_end, until, 0).astype(np.int64) + 1) - 1
    return {
        "measure": _KINDS[measure],
        "detail": np.asarray(measure, dtype=np.int64),
        "amount_fen": np.where(amount == NO_AMOUNT, MISSING, amount).astype(np.int64),
        "ends_on": np.where(has_end, last, MISSING).astype(np.int64),
        "person_id": np.asarray(person, dtype=np.int32),
    }
