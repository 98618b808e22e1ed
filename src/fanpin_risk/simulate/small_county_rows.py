"""Rows of the small county's record tables, as plain Python values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache

from fanpin_risk.records.contracts import TABLES

Value = str | int | bool | date | None
Row = dict[str, Value]


def _blank(table: str) -> Row:
    """Return a row of a table in which nothing is known."""
    names = [name for name in TABLES[table].names if name != "person_id"]
    blank: Row = {
        "household_id": None,
        "record_id": None,
        "version": 1,
        "occurred_on": None,
        "recorded_on": None,
        "source": None,
        "batch": None,
        "is_withdrawn": False,
    }
    if TABLES[table].key == "place":
        del blank["household_id"]
    if "person_id" in TABLES[table].names:
        blank["person"] = None
    return blank | dict.fromkeys(names)


_BLANKS = {table: _blank(table) for table in TABLES}


@cache
def _batch(recorded_on: date) -> str:
    """Name of the monthly delivery that a row comes with."""
    return f"{recorded_on:%Y-%m}"


class Rows:
    """Rows by table, numbered as they are added."""

    def __init__(self) -> None:
        self.tables: dict[str, list[Row]] = {}

    def add(
        self,
        table: str,
        source: str,
        occurred_on: date,
        recorded_on: date,
        values: Mapping[str, Value],
    ) -> Row:
        """Add the first version of a new record.

        Raises
        ------
        KeyError
            If the table has no such column.
        """
        rows = self.tables.setdefault(table, [])
        blank = _BLANKS[table]
        row = {**blank, **values}
        if len(row) > len(blank):
            raise KeyError(f"{table} has no column {sorted(row.keys() - blank.keys())}.")
        row["source"] = source
        row["occurred_on"] = occurred_on
        row["recorded_on"] = recorded_on
        row["batch"] = _batch(recorded_on)
        row["record_id"] = f"{table.upper()}-{len(rows):07d}"
        rows.append(row)
        return row

    def add_version(
        self, table: str, row: Row, recorded_on: date, changes: Mapping[str, Value]
    ) -> Row:
        """Add the next version of a record, known later than the one it follows."""
        version = row["version"]
        if not isinstance(version, int):
            raise TypeError("version must be a whole number")
        later = row | dict(changes)
        later["version"] = version + 1
        later["recorded_on"] = recorded_on
        later["batch"] = _batch(recorded_on)
        self.tables[table].append(later)
        return later


def day_in(row: Row, column: str) -> date:
    """Return a day of a row.

    Raises
    ------
    TypeError
        If the column holds no day.
    """
    value = row[column]
    if not isinstance(value, date):
        raise TypeError(f"{column} must be a day. Got {type(value).__name__}.")
    return value
