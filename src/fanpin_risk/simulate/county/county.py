"""A county from its first month to its last: state, records and truth."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from fanpin_risk.simulate.county.cause import MONTHS_BACK, Steps, causes_of
from fanpin_risk.simulate.county.kinds import NEVER, NO_END
from fanpin_risk.simulate.county.month import Month
from fanpin_risk.simulate.county.need import falls as falls_of
from fanpin_risk.simulate.county.state import State

BURN_IN_MONTHS = 24
"""Months before the first recorded one, in which savings, jobs and allowances find their level."""

Watch = Callable[[State, Month], None]


@dataclass
class Falls:
    """First months with need after a month without, as they happen.

    Attributes
    ----------
    row, month, need
        Row of the household, the month, the routes into need that were open (`Route` bits).
    prevented_by
        Bits 1 << `Shock`: without that kind of shock in the twelve months before there is no need
        in that month; -1: not asked, or the household is younger than that.
    """

    row: list[npt.NDArray[np.int64]] = field(default_factory=list)
    month: list[npt.NDArray[np.int64]] = field(default_factory=list)
    need: list[npt.NDArray[np.int64]] = field(default_factory=list)
    prevented_by: list[npt.NDArray[np.int64]] = field(default_factory=list)


class NeedSpells:
    """Spells of need, as months pass: one row for each, with its first and last month.

    A spell that runs on when the county ends has `NO_END` as its last month; one that ran when it
    was begun has the month in which it began, which may be negative.
    """

    def __init__(self, state: State) -> None:
        self._since = in_need_since(state)
        self._parts: list[npt.NDArray[np.int64]] = []

    def take(self, state: State) -> None:
        """Look at the end of another month."""
        now = in_need_since(state)
        before = np.full(len(now), NEVER, dtype=np.int32)
        before[: len(self._since)] = self._since
        over = np.flatnonzero((before != NEVER) & (now != before))
        self._close(over, before[over], state.month - 1)
        self._since = now

    def table(self) -> npt.NDArray[np.int64]:
        """Row of the household, first and last month of every spell, by row and time."""
        running = np.flatnonzero(self._since != NEVER)
        last = np.full(len(running), NO_END)
        rows = np.concatenate(
            [*self._parts, np.column_stack([running, self._since[running], last])]
        ).astype(np.int64)
        return rows[np.lexsort((rows[:, 1], rows[:, 0]))]

    def _close(self, rows: npt.NDArray[np.int64], since: npt.NDArray[np.int32], until: int) -> None:
        """Write spells down that are over."""
        if len(rows):
            self._parts.append(np.column_stack([rows, since, np.full(len(rows), until)]))


def months_of(
    engine: Steps, state: State, n_months: int, *, keeps_events: bool
) -> Iterator[tuple[State, Month, npt.NDArray[np.bool_]]]:
    """Let months pass; each time the state, the month, and who had no need and now has.

    Parameters
    ----------
    state
        Changed in place, and the very object that is handed out.
    n_months
        How many months.

    Yields
    ------
    State, Month, ndarray of bool
        The last is by household, ended ones False. Who splits off in need counts as a fall.
    """
    for _ in range(n_months):
        before = state.households.need.copy()
        month = engine.step(state, keeps_events=keeps_events)
        yield state, month, falls_of(before, state) & state.households.is_here


def follow(
    engine: Steps,
    state: State,
    n_months: int,
    *,
    asks_causes: bool,
    watch: Watch,
) -> Falls:
    """Let months pass with events, and collect every fall with what would have prevented it.

    Parameters
    ----------
    engine, state
        The state is changed in place.
    n_months
        How many months.
    asks_causes
        Whether the twelve months before each fall are run again without each kind of shock.
    watch
        Called after each month; what it keeps it must copy.
    """
    falls = Falls()
    earlier: deque[State] = deque(maxlen=MONTHS_BACK)
    if asks_causes:
        earlier.append(state.copied())
    for now, month, fell in months_of(engine, state, n_months, keeps_events=True):
        rows = np.flatnonzero(fell)
        if len(rows):
            falls.row.append(rows)
            falls.month.append(np.full(len(rows), month.month))
            falls.need.append(now.households.need[rows].astype(np.int64))
            falls.prevented_by.append(
                causes_of(engine, earlier, rows, month.month)
                if asks_causes
                else np.full(len(rows), -1)
            )
        if asks_causes:
            earlier.append(now.copied())
        watch(now, month)
    return falls


def in_need_since(state: State) -> npt.NDArray[np.int32]:
    """First month of each household's running spell of need; `NEVER` without one."""
    households = state.households
    since: npt.NDArray[np.int32] = np.where(
        (households.need > 0) & households.is_here, households.need_since, NEVER
    ).astype(np.int32)
    return since
