"""Households with an event, by stream, area and month: what the alarm counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from fanpin_risk.errors import SchemaError

Ints = npt.NDArray[np.int64]

EVENT_COLUMNS: dict[str, pl.DataType] = {
    "place": pl.String(),
    "month": pl.Int32(),
    "cause": pl.String(),
    "product": pl.String(),
    "household_id": pl.String(),
}
"""One row for each thing that befell a household: see `counts_of`."""

EXPOSURE_COLUMNS: dict[str, pl.DataType] = {
    "place": pl.String(),
    "township": pl.String(),
    "month": pl.Int32(),
    "households": pl.Int64(),
}
"""How many households a place has in a month."""

NOT_TOLD = "not_told"
"""Cause of events whose cause is not on record."""
LEVELS = ("village", "township", "county")
_MONTHS_A_YEAR = 12
_FIRST_YEAR = 1970


def month_number(day: date) -> int:
    """Months from January 1970 to the month of a day.

    Examples
    --------
    >>> month_number(date(1971, 2, 28))
    13
    """
    return (day.year - _FIRST_YEAR) * _MONTHS_A_YEAR + day.month - 1


def month_start(number: int) -> date:
    """First day of the month that is ``number`` months after January 1970.

    Examples
    --------
    >>> month_start(13)
    datetime.date(1971, 2, 1)
    """
    year, month = divmod(number, _MONTHS_A_YEAR)
    return date(_FIRST_YEAR + year, month + 1, 1)


@dataclass(frozen=True, kw_only=True)
class Stream:
    """What is counted by itself: a cause, or a cause with one product (None: all together)."""

    cause: str
    product: str | None


@dataclass(frozen=True, kw_only=True)
class Areas:
    """Areas of one level: their names, counts and households.

    Attributes
    ----------
    level
        One of `LEVELS`.
    names
        In the order of bytes; the county's one name is None.
    counts
        Households with an event, shape (n_streams, n_areas, n_months).
    households
        Shape (n_areas, n_months).
    """

    level: str
    names: tuple[str | None, ...]
    counts: Ints
    households: Ints


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Every count of a county.

    Attributes
    ----------
    first_month
        Months since January 1970; the month of index 0.
    streams
        By cause and product; a cause as a whole stands before its products.
    areas
        By level: villages, townships (where they are told), the county.
    """

    first_month: int
    streams: tuple[Stream, ...]
    areas: dict[str, Areas]

    @property
    def n_months(self) -> int:
        """How many months are counted."""
        return int(self.areas["county"].households.shape[1])


def counts_of(events: pl.DataFrame, exposure: pl.DataFrame) -> Counts:
    """Count the households with an event.

    A household counts once for a stream, place and month, however many records tell of it.

    Parameters
    ----------
    events
        `EVENT_COLUMNS`: ``place``, ``month`` (months since January 1970), ``cause`` (null: not
        told), ``product`` (null: none, or not told), ``household_id``. More columns are left aside,
        and so are events outside the months of ``exposure``.
    exposure
        `EXPOSURE_COLUMNS`: households of each place in each month; ``township`` may be null. A
        place without a row for a month has none there; one has at least as many as have an event.

    Raises
    ------
    SchemaError
        If a column is missing or of another type, an event has no place, month or household, a
        place stands in two townships or twice in a month, or an event's place has no exposure.

    Examples
    --------
    >>> events = pl.DataFrame(
    ...     {"place": ["A", "A"], "month": [1, 1], "cause": ["illness"] * 2,
    ...      "product": [None, None], "household_id": ["h1", "h1"]}, schema=EVENT_COLUMNS)
    >>> exposure = pl.DataFrame(
    ...     {"place": ["A", "A"], "township": ["T", "T"], "month": [0, 1], "households": [9, 9]},
    ...     schema=EXPOSURE_COLUMNS)
    >>> counts_of(events, exposure).areas["village"].counts.tolist()
    [[[0, 1]]]
    """
    told = _checked(events, EVENT_COLUMNS, "events", ("place", "month", "household_id"))
    homes = _checked(exposure, EXPOSURE_COLUMNS, "exposure", ("place", "month", "households"))
    _check_places(told, homes)
    places = homes["place"].unique().sort()
    months = homes["month"].to_numpy()
    first, last = int(months.min()), int(months.max())
    told = told.filter(pl.col("month").is_between(first, last)).with_columns(
        pl.col("cause").fill_null(NOT_TOLD)
    )
    streams = streams_of(told)
    shape = (len(streams), len(places), last - first + 1)
    counts = np.zeros(shape, dtype=np.int64)
    number = {name: at for at, name in enumerate(places)}
    for at, stream in enumerate(streams):
        _add(counts[at], _of_stream(told, stream), number, first)
    households = np.zeros(shape[1:], dtype=np.int64)
    _add(households, homes, number, first)
    households = np.maximum(households, counts.max(axis=0, initial=0))
    villages = Areas(level="village", names=tuple(places), counts=counts, households=households)
    areas = {"village": villages}
    township = homes.group_by("place").agg(pl.col("township").first()).sort("place")["township"]
    if township.null_count() == 0:
        areas["township"] = _summed(villages, "township", township.to_list())
    areas["county"] = _summed(villages, "county", [None] * len(places))
    return Counts(first_month=first, streams=streams, areas=areas)


def streams_of(events: pl.DataFrame) -> tuple[Stream, ...]:
    """Causes, each followed by its products, unless all its events are of one product."""
    pairs = events.select("cause", "product").unique().sort("cause", "product", nulls_last=True)
    found: list[Stream] = []
    for (cause,), rows in pairs.group_by("cause", maintain_order=True):
        found.append(Stream(cause=str(cause), product=None))
        if rows.height > 1:
            named = rows["product"].drop_nulls()
            found += [Stream(cause=str(cause), product=product) for product in named]
    return tuple(found)


def _of_stream(events: pl.DataFrame, stream: Stream) -> pl.DataFrame:
    """Households of a stream by place and month."""
    kept = events.filter(pl.col("cause") == stream.cause)
    if stream.product is not None:
        kept = kept.filter(pl.col("product") == stream.product)
    once = kept.select("place", "month", "household_id").unique()
    return once.group_by("place", "month").agg(households=pl.len())


def _add(into: Ints, rows: pl.DataFrame, number: dict[str, int], first: int) -> None:
    """Put the counts of places and months into an array."""
    at = [number[place] for place in rows["place"]]
    into[at, rows["month"].to_numpy() - first] = rows["households"].to_numpy()


def _summed(villages: Areas, level: str, groups: Sequence[str | None]) -> Areas:
    """Sums of villages by the area they belong to."""
    names = sorted(set(groups), key=lambda name: name or "")
    number = {name: at for at, name in enumerate(names)}
    belongs = np.zeros((len(names), len(groups)), dtype=np.int64)
    belongs[[number[name] for name in groups], np.arange(len(groups))] = 1
    return Areas(
        level=level,
        names=tuple(names),
        counts=np.einsum("av,svm->sam", belongs, villages.counts),
        households=belongs @ villages.households,
    )


def _checked(
    frame: pl.DataFrame, columns: dict[str, pl.DataType], what: str, never_null: Sequence[str]
) -> pl.DataFrame:
    """Give back the columns asked for, with their types, or raise."""
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise SchemaError(f"Columns {missing} are missing from the {what}. Found {frame.columns}.")
    for name, wanted in columns.items():
        found = frame.schema[name]
        if found not in (wanted, pl.Null()) and not (wanted.is_integer() and found.is_integer()):
            raise SchemaError(f"Column {name!r} of the {what} must be {wanted}. Got {found}.")
    for name in never_null:
        n_empty = frame[name].null_count()
        if n_empty:
            raise SchemaError(
                f"Column {name!r} of the {what} is empty in {n_empty} of {frame.height} rows. "
                "Leave out what has no place or month."
            )
    if what == "exposure" and frame.is_empty():
        raise SchemaError("The exposure is empty. Give the households of every place and month.")
    return frame.select(pl.col(name).cast(kind) for name, kind in columns.items())


def _check_places(events: pl.DataFrame, exposure: pl.DataFrame) -> None:
    """Raise where places and townships do not fit."""
    twice = exposure.filter(pl.struct("place", "month").is_duplicated())["place"].unique().sort()
    if len(twice):
        raise SchemaError(
            f"The exposure has {len(twice)} places twice in one month, for instance {twice[0]!r}. "
            "Give each place one row a month."
        )
    moved = exposure.group_by("place").agg(pl.col("township").n_unique())
    moved = moved.filter(pl.col("township") > 1).sort("place")
    if moved.height:
        raise SchemaError(
            f"The exposure puts {moved.height} places into two townships, for instance "
            f"{moved['place'][0]!r}. Give each place its newest township in all months."
        )
    strange = events.join(exposure, on="place", how="anti")["place"].unique().sort()
    if len(strange):
        raise SchemaError(
            f"{len(strange)} places of the events have no households in the exposure, for instance "
            f"{strange[0]!r}. Give the households of every place."
        )
