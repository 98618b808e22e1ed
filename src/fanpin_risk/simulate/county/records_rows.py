"""Rows of record tables as whole numbers, gathered month by month."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from fanpin_risk.records.contracts import TABLES, Table
from fanpin_risk.simulate.county.kinds import FIRST_YEAR
from fanpin_risk.simulate.county.records_settings import (
    SOURCES,
    WITHOUT_HOUSEHOLD,
    RecordSettings,
)
from fanpin_risk.simulate.county.state import I64, State
from fanpin_risk.simulate.county.streams import LASTING, Keys, mixed_with
from fanpin_risk.simulate.county.system_view import Rows

MISSING = np.iinfo(np.int64).min
"""What stands for an empty cell in whole numbers; -1 does in indices of codes, flags and rows."""

LAST_DAY = 28
"""Days of events are 1 to this, which every month has."""

RECORDS_A_UNIT = 100_000
"""A household, person or place has fewer records than this in any table."""

Piece = dict[str, npt.NDArray[Any]]

_PERSON_RECORDS = 10_000
_MONTHS_KNOWN = 6_000
_FIRST_DAYS = (
    (np.datetime64(f"{FIRST_YEAR:04d}-01", "M") + np.arange(-_MONTHS_KNOWN, _MONTHS_KNOWN))
    .astype("datetime64[D]")
    .astype(np.int64)
)


def first_day(month: int | Rows) -> Any:
    """Days from 1970-01-01 to the first of a month, counted from the county's first one.

    Known within five hundred years of it.

    Examples
    --------
    >>> int(first_day(0)), int(first_day(12)) - int(first_day(0))
    (18628, 365)
    """
    return _FIRST_DAYS[np.asarray(month) + _MONTHS_KNOWN]


class Pile:
    """Rows of one table, with their record numbers, versions and days."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.pieces: list[Piece] = []
        self._n_of_unit = np.zeros(0, dtype=np.int64)

    def numbered(self, unit: Rows, number: I64) -> I64:
        """Numbers of new records: of the unit each belongs to, and counted up within it."""
        per_unit = _PERSON_RECORDS if self.table.key == "person_id" else RECORDS_A_UNIT
        if len(self._n_of_unit) < (n := int(unit.max(initial=-1)) + 1):
            more = np.zeros(n - len(self._n_of_unit), dtype=np.int64)
            self._n_of_unit = np.concatenate([self._n_of_unit, more])
        counted = self._n_of_unit[unit] + _rank(unit)
        np.maximum.at(self._n_of_unit, unit, counted + 1)
        return number * per_unit + counted


class Piles:
    """All record tables of a county as they grow.

    Parameters
    ----------
    settings
        How late and how badly things are written down.
    """

    def __init__(self, settings: RecordSettings) -> None:
        self.settings = settings
        self.tables = {name: Pile(table) for name, table in TABLES.items()}

    def add(
        self,
        state: State,
        table: str,
        source: str,
        month: int,
        columns: Mapping[str, npt.NDArray[Any]],
        *,
        household: Rows | None = None,
        person: Rows | None = None,
        village: Rows | None = None,
        day: npt.NDArray[Any] | None = None,
        known_on: int | None = None,
        is_of_whole_month: bool = False,
        number: I64 | None = None,
        delay_keys: Keys | None = None,
    ) -> None:
        """Add the records of one table and source, with their later versions and copies.

        Parameters
        ----------
        state
            To whom the rows belong.
        month
            Months since the county's first one.
        columns
            Of the contract: indices of codes and rows, whole numbers, -1 or `MISSING` for empty.
        household, person, village
            Rows of the state; what the table's records belong to must be given. An office that
            knows no households has none in its rows.
        day
            Of the month, from 1; None draws one for each record.
        known_on
            Days from 1970-01-01 to the day on which all of it is known; None draws the delays.
        is_of_whole_month
            Whether it cannot be known before the month is over.
        number
            Of the records, where somebody else refers to them; None counts them up.
        delay_keys
            Keys by which the delays are drawn, so that rows become known together; None draws one
            for each record.
        """
        pile = self.tables[table]
        unit, numbers, keys = _units(state, pile.table, household, person, village)
        if len(unit) == 0:
            return
        given = pile.numbered(unit, numbers) if number is None else number
        keys = mixed_with(keys, given)
        if day is None:
            drawn = LASTING.uniform(f"records.{table}.day", keys)
            day = 1 + np.floor(drawn * LAST_DAY).astype(np.int64)
        occurred = first_day(month) + day - 1
        if known_on is None:
            by = keys if delay_keys is None else delay_keys
            recorded = occurred + self._delay(source, by)
        else:
            recorded = np.full(len(unit), known_on, dtype=np.int64)
        if is_of_whole_month:
            recorded = np.maximum(recorded, first_day(month + 1))
        nobody = np.full(len(unit), -1, dtype=np.int32)
        rows: Piece = {
            "number": given,
            "version": np.ones(len(unit), dtype=np.int8),
            "occurred": occurred.astype(np.int32),
            "recorded": recorded.astype(np.int32),
            "source": np.full(len(unit), SOURCES.index(source), dtype=np.int8),
            "is_withdrawn": np.zeros(len(unit), dtype=np.bool_),
            "is_copy": np.zeros(len(unit), dtype=np.bool_),
            **{name: np.asarray(values) for name, values in columns.items()},
        }
        if pile.table.key != "place":
            if household is None or source in WITHOUT_HOUSEHOLD:
                rows["household"] = nobody
            else:
                rows["household"] = household.astype(np.int32)
        if village is not None:
            rows["place"] = village.astype(np.int32)
        if person is not None:
            rows["person_id"] = person.astype(np.int32)
        pile.pieces.append(rows)
        self._add_second_versions(pile, rows, keys)
        self._add_copies(pile, rows, keys)

    def _delay(self, source: str, keys: Keys) -> I64:
        """Days from what happened to its entry."""
        settings = self.settings
        median, spread = settings.delay_median_days[source], settings.delay_log_sd.get(source, 0.0)
        if spread == 0.0:
            days = np.full(len(keys), median, dtype=np.int64)
        else:
            z = LASTING.normal(f"records.{source}.delay", keys)
            days = np.rint(median * np.exp(spread * z)).astype(np.int64)
        u = LASTING.uniform(f"records.{source}.late", keys)
        at_most = settings.late_up_to_days
        if settings.late_share > 0 and spread > 0:
            late = median + np.floor(u / settings.late_share * max(at_most - median, 0))
            days = np.where(u < settings.late_share, late.astype(np.int64), days)
        return np.minimum(days, at_most)

    def _add_second_versions(self, pile: Pile, rows: Piece, keys: Keys) -> None:
        """Add corrections and withdrawals, known weeks after the first version."""
        settings, table = self.settings, pile.table.name
        corrected = settings.corrected_share.get(table, 0.0)
        withdrawn = settings.withdrawn_share.get(table, 0.0)
        if corrected + withdrawn == 0:
            return
        u = LASTING.uniform(f"records.{table}.second", keys)
        is_second = u < corrected + withdrawn
        if not is_second.any():
            return
        second = {name: values[is_second].copy() for name, values in rows.items()}
        keys, is_gone = keys[is_second], u[is_second] >= corrected
        low, high = settings.second_version_days
        wait = low + np.floor(LASTING.uniform(f"records.{table}.second_day", keys) * (high - low))
        second["version"] += 1
        second["recorded"] += wait.astype(np.int32)
        second["is_withdrawn"] = is_gone
        factor = np.exp(settings.corrected_log_sd * LASTING.normal(f"records.{table}.amount", keys))
        _correct(table, second, np.where(is_gone, 1.0, factor))
        pile.pieces.append(second)

    def _add_copies(self, pile: Pile, rows: Piece, keys: Keys) -> None:
        """Add rows that stand there again under another number, known some days later."""
        share = self.settings.duplicated_share
        if share == 0:
            return
        is_copied = LASTING.uniform(f"records.{pile.table.name}.copy", keys) < share
        if is_copied.any():
            copy = {name: values[is_copied].copy() for name, values in rows.items()}
            copy["is_copy"][:] = True
            copy["recorded"] += self.settings.second_version_days[0]
            pile.pieces.append(copy)


_AMOUNTS = {
    "schooling": ("cost_fen",),
    "work_month": ("wage_fen",),
    "income_item": ("amount_fen",),
    "rigid_spending": ("amount_fen",),
    "shock": ("loss_fen",),
    "insurance_claim": ("paid_fen",),
    "support_measure": ("amount_fen",),
    "loan": ("balance_fen",),
}
"""Amounts that a correction changes; of a bill, what the person pays and with it the total."""


def _correct(table: str, rows: Piece, factor: npt.NDArray[np.float64]) -> None:
    """Change the amounts of corrected rows, empty ones aside."""
    if table == "medical_bill":
        own = rows["own_fen"]
        more = np.rint(own * (factor - 1.0)).astype(np.int64)
        rows["own_fen"] = own + more
        rows["total_fen"] = rows["total_fen"] + more
        rows["compliant_own_fen"] = np.minimum(rows["compliant_own_fen"], rows["own_fen"])
        return
    for name in _AMOUNTS.get(table, ()):
        if name in rows:
            old = rows[name]
            is_amount = old > 0
            rows[name] = np.where(is_amount, np.rint(old * factor), old).astype(np.int64)
    if table == "loan":
        rows["overdue_fen"] = np.minimum(rows["overdue_fen"], rows["balance_fen"])


def _units(
    state: State, table: Table, household: Rows | None, person: Rows | None, village: Rows | None
) -> tuple[Rows, I64, Keys]:
    """What records of a table belong to: rows, their lasting numbers, their keys."""
    if table.key == "place":
        assert village is not None, f"{table.name} is of places"
        return village, village.astype(np.int64) + 1, state.villages.key[village]
    if table.key == "person_id" and person is not None:
        return person, state.people.number[person], state.people.key[person]
    assert household is not None, f"{table.name} is of households"
    return household, state.households.number[household], state.households.key[household]


def _rank(unit: Rows) -> I64:
    """How often each value stood before, within the array."""
    order = np.argsort(unit, kind="stable")
    ordered = unit[order]
    begins = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    rank = np.empty(len(unit), dtype=np.int64)
    rank[order] = np.arange(len(unit)) - np.repeat(begins, np.diff(np.append(begins, len(unit))))
    return rank
