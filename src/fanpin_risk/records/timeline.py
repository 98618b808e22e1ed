"""The one door of time: records are handed out as they were known on a day, or not at all.

No indicator, rule or label reads a record table any other way.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import cast

import narwhals as nw
import polars as pl

from fanpin_risk.dates import day_number, day_of
from fanpin_risk.errors import AsOfError, SchemaError


class Records:
    """Record tables as they were entered. Only `known_as_of` hands them out.

    Parameters
    ----------
    tables
        Polars frames by table name, each with ``record_id, version, occurred_on, recorded_on,
        is_withdrawn``.

    Raises
    ------
    SchemaError
        If versions of a record have gaps or doubles, or a later version was known earlier: the door
        relies on both.
    """

    def __init__(self, tables: Mapping[str, pl.DataFrame]) -> None:
        self._replaced = {name: replaced_days(name, frame) for name, frame in tables.items()}
        self._tables = {
            name: frame.with_columns(
                occurred_day=pl.col("occurred_on").cast(pl.Int32),
                recorded_day=pl.col("recorded_on").cast(pl.Int32),
            )
            for name, frame in tables.items()
        }

    def row_counts(self) -> dict[str, int]:
        """Rows of each table, all versions and days."""
        return {name: frame.height for name, frame in self._tables.items()}

    def first_recorded_on(self) -> date:
        """Day on which the first record became known.

        Raises
        ------
        AsOfError
            If there are no records.
        """
        days = [frame["recorded_day"].min() for frame in self._tables.values() if frame.height]
        if not days:
            raise AsOfError("There are no records, so nothing was ever known. Name a records file.")
        return day_of(min(cast(int, day) for day in days))

    def days_occurred(self, table: str) -> list[date]:
        """Days on which something in a table occurred, ascending: the calendar of visits."""
        return self._tables[table]["occurred_on"].unique().sort().to_list()


@dataclass(frozen=True, kw_only=True)
class KnownRecords:
    """What was known on ``as_of``: for each table the newest version of each record, no more."""

    as_of: date
    tables: Mapping[str, nw.DataFrame[pl.DataFrame]]

    @property
    def day(self) -> int:
        """``as_of`` as days since 1970-01-01."""
        return day_number(self.as_of)


def known_as_of(records: Records, as_of: date) -> KnownRecords:
    """Keep, of each record, the newest version known on ``as_of``, unless withdrawn.

    Parameters
    ----------
    records
        All that was ever entered.
    as_of
        The day of the decision; what was recorded on that very day is known.

    Returns
    -------
    KnownRecords
        Frames without any trace of later entries. ``occurred_day`` and ``recorded_day`` are days
        since 1970-01-01.

    Raises
    ------
    AsOfError
        If nothing was known yet on that day.
    """
    first = records.first_recorded_on()
    if as_of < first:
        raise AsOfError(
            f"Nothing was known on {as_of}: the first record is from {first}. Choose a later day."
        )
    day = day_number(as_of)
    return KnownRecords(
        as_of=as_of,
        tables={
            name: nw.from_native(newest_known(frame, records._replaced[name], day), eager_only=True)
            for name, frame in records._tables.items()
        },
    )


def newest_known(table: pl.DataFrame, replaced_day: pl.Series, day: int) -> pl.DataFrame:
    """Rows of one table as known on ``day``, in their order.

    Parameters
    ----------
    table
        All versions of its records.
    replaced_day
        For each row the day on which the next version of its record became known (null: none yet).
        Nothing of it is handed out.
    day
        Of the decision, days since 1970-01-01: a version goes when its successor is known too.
    """
    is_newest = (replaced_day > day).fill_null(True)
    is_known = (table["recorded_day"] <= day) & is_newest & ~table["is_withdrawn"]
    return table if is_known.all(ignore_nulls=False) else table.filter(is_known)


def replaced_days(name: str, frame: pl.DataFrame) -> pl.Series:
    """When each row's successor became known: worked out once, for all days that are asked about.

    Versions of a record must be 1, 2, 3 …, and none may become known before the one before it.
    """
    if frame.filter(pl.col("version") != 1).height == 0 and frame["record_id"].is_unique().all():
        return pl.repeat(None, frame.height, dtype=pl.Int32, eager=True)
    keys = frame.select("record_id", "version", "recorded_on").with_row_index("_row")
    # a row and the one before it tell as much as a window over each record, ten times as fast
    by_record = keys.sort("record_id", "version").with_columns(
        _is_next=(pl.col("record_id") == pl.col("record_id").shift(1)).fill_null(False),
        _before=pl.col("version").shift(1),
        _recorded_before=pl.col("recorded_on").shift(1),
    )
    due = pl.when("_is_next").then(pl.col("_before") + 1).otherwise(1)
    gaps = by_record.filter(pl.col("version") != due)["record_id"].n_unique()
    if gaps:
        raise SchemaError(
            f"Table {name}: {gaps} records have a version number that is missing or "
            "stands twice. Number the versions of a record 1, 2, 3 …"
        )
    falls = pl.col("_is_next") & (pl.col("recorded_on") < pl.col("_recorded_before"))
    falling = by_record.filter(falls)["record_id"].n_unique()
    if falling:
        raise SchemaError(
            f"Table {name}: {falling} records have a later version that was recorded "
            "earlier. Number versions in the order of `recorded_on`."
        )
    replaced = by_record.select(
        "_row",
        _day=pl.when(pl.col("_is_next").shift(-1)).then(
            pl.col("recorded_on").shift(-1).cast(pl.Int32)
        ),
    )
    return replaced.sort("_row")["_day"]


class Arrival(StrEnum):
    """How a version became known between two days."""

    HAPPENED = "happened"
    FOUND = "found"
    CORRECTED = "corrected"


def known_between(records: Records, since: date, as_of: date) -> dict[str, pl.DataFrame]:
    """Every version known on ``as_of``, and how those that were not known on ``since`` came.

    Parameters
    ----------
    records
        All that was ever entered. What was recorded after ``as_of`` is left behind.
    since
        The earlier day.
    as_of
        The later day.

    Returns
    -------
    dict of str to DataFrame
        The tables as they were entered, with ``arrival``: null for a version known on ``since``;
        ``corrected`` for a later version, or a withdrawal, of a record known by then; of a new
        record ``happened`` where its newest version occurred after ``since``, else ``found``.

    Raises
    ------
    AsOfError
        If ``since`` is not before ``as_of``.
    """
    if since >= as_of:
        raise AsOfError(
            f"{since} is not before {as_of}: nothing can become known in between. Choose an "
            "earlier day to compare with."
        )
    days = day_number(since), day_number(as_of)
    return {name: _with_arrival(frame, *days) for name, frame in records._tables.items()}


def records_with(
    entries: Mapping[str, pl.DataFrame], arrivals: Collection[Arrival], as_of: date
) -> Records:
    """Records as they would stand if only some of what became known had come, and by ``as_of``.

    Parameters
    ----------
    entries
        Of `known_between`, or some of their rows with all versions of each record.
    arrivals
        Which of the later versions are let in, beside what was known on the earlier day.
    as_of
        What was recorded later counts as recorded on this day, so that the door lets it pass.

    Returns
    -------
    Records
        To be handed out by `known_as_of` like any other.
    """
    arrival = pl.col("arrival")
    wanted = arrival.is_null() | arrival.is_in([kind.value for kind in arrivals])
    day = pl.min_horizontal("recorded_on", pl.lit(as_of))
    return Records(
        {
            name: frame.filter(wanted).drop("arrival").with_columns(recorded_on=day)
            for name, frame in entries.items()
        }
    )


def _with_arrival(table: pl.DataFrame, since: int, day: int) -> pl.DataFrame:
    """Versions of one table known on a day, with how each of the later ones came."""
    known = table.filter(pl.col("recorded_day") <= day)
    is_late = pl.col("recorded_day") > since
    late = known.filter(is_late)
    known_before = known.filter(~is_late).join(late, on="record_id", how="semi")
    newest = late.sort("record_id", "version").group_by("record_id").agg(pl.last("occurred_day"))
    after = newest.filter(pl.col("occurred_day") > since)
    record = pl.col("record_id")
    how = (
        pl.when(record.is_in(known_before["record_id"].unique().implode()))
        .then(pl.lit(Arrival.CORRECTED.value))
        .when(record.is_in(after["record_id"].implode()))
        .then(pl.lit(Arrival.HAPPENED.value))
        .otherwise(pl.lit(Arrival.FOUND.value))
    )
    marked = known.with_columns(arrival=pl.when(is_late).then(how))
    return marked.drop("occurred_day", "recorded_day")
