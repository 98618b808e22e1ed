"""What the realism tests need to know of a county, written down while its months pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fanpin_risk.simulate.county.kinds import Channel, Monitored, Shock
from fanpin_risk.simulate.county.month import Month, age_years
from fanpin_risk.simulate.county.state import I64, Flags, State

DECEMBER = 12
OLD_YEARS = 65
_LISTED = 0
_MEDICAL = 0
"""Places in the lists that the system's events name: a decision to list, the medical office."""


@dataclass(frozen=True)
class YearEnd:
    """The households of the county at the end of a December; columns by household row.

    Attributes
    ----------
    members
        Persons of the household; 0 for those that have ended.
    income_fen, help_fen
        Net income of the twelve months, and the public help within it.
    falls_later
        Whether the household, not in need on the day, is in need in one of the next months.
    """

    month: int
    line_fen: int
    members: I64
    n_old: int
    income_fen: I64
    help_fen: I64
    is_former_poor: Flags
    is_in_need: Flags
    is_listed: Flags
    village: I64
    falls_later: Flags


@dataclass(frozen=True)
class Listed:
    """New listings of a month: columns of one length."""

    month: I64
    monitored: I64
    channel: I64
    causes: I64


@dataclass(frozen=True)
class Stock:
    """Households listed at least once by the end of a month, by type of the last listing."""

    n_ever: dict[Monitored, int]
    n_eliminated: dict[Monitored, int]


class RealismWatch:
    """Looks at each month of a county once it has passed.

    Parameters
    ----------
    stock_month
        Month at whose end it is counted who was ever listed and who is no more.
    """

    def __init__(self, stock_month: int) -> None:
        self._stock_month = stock_month
        self.n_here: list[int] = []
        self.year_ends: list[YearEnd] = []
        self.stock: Stock | None = None
        self.n_medical_warnings = 0
        self.n_medical_listed = 0
        self._medical: set[tuple[int, int]] = set()
        self._listed: list[Listed] = []

    def take(self, state: State, month: Month, line_fen: int) -> None:
        """Write down what a month left behind; the month must have kept its events.

        Parameters
        ----------
        state
            The county at the month's end; nothing of it is kept by reference.
        month
            The month.
        line_fen
            The line in force, a head and year.
        """
        households = state.households
        self.n_here.append(int(households.is_here.sum()))
        self._note_medical(month)
        self._note_listings(state, month)
        in_need = (households.need > 0) & households.is_here
        if self.year_ends:
            last = self.year_ends[-1]
            n = len(last.falls_later)
            last.falls_later[:] |= in_need[:n] & ~last.is_in_need & (last.members > 0)
        if month.moy == DECEMBER:
            self.year_ends.append(_year_end(state, month, line_fen, in_need))
        if month.month == self._stock_month:
            self.stock = _stock(state)

    def listed(self) -> Listed:
        """All new listings, in order of months."""
        empty = np.zeros(0, dtype=np.int64)
        parts = [Listed(empty, empty, empty, empty), *self._listed]
        return Listed(
            month=np.concatenate([part.month for part in parts]),
            monitored=np.concatenate([part.monitored for part in parts]),
            channel=np.concatenate([part.channel for part in parts]),
            causes=np.concatenate([part.causes for part in parts]),
        )

    def _note_medical(self, month: Month) -> None:
        """Count the warnings of the medical office, and remember which opened a clue."""
        clues = _columns(month, "clue", ("hh", "office", "serial"))
        is_medical = clues["office"] == _MEDICAL
        self.n_medical_warnings += int(is_medical.sum())
        opened = is_medical & (clues["serial"] > 0)
        self._medical |= set(
            zip(clues["hh"][opened].tolist(), clues["serial"][opened].tolist(), strict=True)
        )

    def _note_listings(self, state: State, month: Month) -> None:
        """Keep the new listings of the month."""
        names = ("hh", "decision", "monitored", "causes", "serial")
        decided = _columns(month, "listing", names)
        is_listed = decided["decision"] == _LISTED
        rows = decided["hh"][is_listed]
        pairs = zip(rows.tolist(), decided["serial"][is_listed].tolist(), strict=True)
        self.n_medical_listed += len(self._medical & set(pairs))
        self._listed.append(
            Listed(
                month=np.full(len(rows), month.month, dtype=np.int64),
                monitored=decided["monitored"][is_listed],
                channel=state.households.clue_channel[rows].astype(np.int64),
                causes=decided["causes"][is_listed],
            )
        )


def has_cause(listed: Listed, cause: Shock) -> Flags:
    """Whether a cause is among those of a listing."""
    found: Flags = (listed.causes >> cause) & 1 == 1
    return found


def is_from_platform(listed: Listed) -> Flags:
    """Whether a listing began with a comparison of departments' data."""
    found: Flags = listed.channel == Channel.DEPARTMENT
    return found


def _columns(month: Month, name: str, columns: tuple[str, ...]) -> dict[str, npt.NDArray[Any]]:
    """Columns of a kind of event, as whole numbers; empty where there was none."""
    pieces = month.events.get(name, [])
    empty = np.zeros(0, dtype=np.int64)
    return {
        column: np.concatenate([empty, *(piece[column].astype(np.int64) for piece in pieces)])
        for column in columns
    }


def _year_end(state: State, month: Month, line_fen: int, in_need: Flags) -> YearEnd:
    """The county at the end of a December."""
    households, people = state.households, state.people
    here = people.is_here & households.is_here[people.household]
    members = np.bincount(people.household[here], minlength=households.n).astype(np.int64)
    return YearEnd(
        month=month.month,
        line_fen=line_fen,
        members=members,
        n_old=int((here & (age_years(state, month) >= OLD_YEARS)).sum()),
        income_fen=households.income_12.sum(axis=1),
        help_fen=households.help_12.sum(axis=1),
        is_former_poor=households.is_former_poor.copy(),
        is_in_need=in_need.copy(),
        is_listed=households.is_listed & households.is_here,
        village=households.village.astype(np.int64),
        falls_later=np.zeros(households.n, dtype=np.bool_),
    )


def _stock(state: State) -> Stock:
    """Households listed at least once, by type, and how many of them are no more."""
    households = state.households
    ever = (households.n_listings > 0) & households.is_here
    types = list(Monitored)[1:]
    is_type = {kind: ever & (households.monitored == kind) for kind in types}
    return Stock(
        n_ever={kind: int(is_type[kind].sum()) for kind in types},
        n_eliminated={kind: int((is_type[kind] & ~households.is_listed).sum()) for kind in types},
    )
