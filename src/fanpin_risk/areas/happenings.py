"""From a county's records to what the alarm counts: events, and households by place and month."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import narwhals as nw
import numpy as np
import polars as pl

from fanpin_risk.areas.counts import EVENT_COLUMNS, EXPOSURE_COLUMNS
from fanpin_risk.causes import Cause
from fanpin_risk.errors import SchemaError
from fanpin_risk.household.answers import latest_answers
from fanpin_risk.household.changes import happened
from fanpin_risk.household.membership import with_household
from fanpin_risk.household.placement import Facts
from fanpin_risk.household.through_time import ends_of
from fanpin_risk.ledger.looks import FOUND

Frame = nw.DataFrame[pl.DataFrame]
Sign = Literal["need", "shock", "clue"]

SHOCK_CAUSES: dict[str, Cause] = {
    "disaster": Cause.DISASTER,
    "accident": Cause.ACCIDENT,
    "fire": Cause.ACCIDENT,
    "death": Cause.OTHER,
    "worker_lost": Cause.LACK_OF_LABOUR,
    "failed_crop": Cause.FAILED_BUSINESS,
    "failed_livestock": Cause.FAILED_BUSINESS,
    "failed_business": Cause.FAILED_BUSINESS,
    "price_fall": Cause.FAILED_BUSINESS,
    "job_loss": Cause.UNSTABLE_WORK,
}
"""Official cause that a shock belongs to."""
APART_MONTHS = 6
"""Events of one household and cause closer than this are one: a flood, the clue, the finding."""
_MONTHS_A_YEAR = 12
_FIRST_YEAR = 1970


def alarm_input(
    facts: Facts, *, signs: Sequence[Sign] = ("need", "shock", "clue"), apart: int = APART_MONTHS
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give the events and the exposure of a county, as known on a day, for the alarm.

    Parameters
    ----------
    facts
        Of the day, from `facts_of`.
    signs
        What counts: ``need`` that a visit or check found, a ``shock``, a ``clue``.
    apart
        Months: see `new_events`.

    Returns
    -------
    events : DataFrame
        `EVENT_COLUMNS` with ``sign``; months in which things happened.
    exposure : DataFrame
        `EXPOSURE_COLUMNS`: the last month is the last whole one on the day.

    Raises
    ------
    SchemaError
        If a sign is unknown, or no household snapshot names a place.
    """
    events = new_events(events_of(facts, signs), apart)
    exposure = exposure_of(facts)
    return events, exposure


def events_of(facts: Facts, signs: Sequence[Sign]) -> pl.DataFrame:
    """Everything of these signs that happened to a household with a place, by month.

    Returns
    -------
    DataFrame
        `EVENT_COLUMNS` and ``sign``, a row for each record, sorted. ``place`` is the newest on
        record, whatever it was then; ``cause`` is null where the record tells none.
    """
    unknown = sorted(set(signs) - set(get_args(Sign)))
    if unknown or not signs:
        raise SchemaError(f"signs holds {unknown}. Choose among {list(get_args(Sign))}.")
    parts = [part for sign in signs for part in _PARTS[sign](facts)]
    rows = nw.concat(parts).filter(~nw.col("household_id").is_null())
    placed = rows.join(places_of(facts), on="household_id", how="inner")
    columns = placed.with_columns(month=_month("occurred_on")).select(*EVENT_COLUMNS, "sign")
    kinds = EVENT_COLUMNS | {"sign": pl.String()}
    found: pl.DataFrame = columns.to_native().select(
        pl.col(name).cast(kind) for name, kind in kinds.items()
    )
    return found.sort(list(kinds), nulls_last=True)


def new_events(events: pl.DataFrame, apart: int) -> pl.DataFrame:
    """Leave out what follows another event of the same household and cause within some months.

    A chain of events, each within ``apart`` months of the one before, counts in its first month.

    Parameters
    ----------
    events
        `EVENT_COLUMNS`.
    apart
        Months, 0 or more; with 0 every month counts.

    Examples
    --------
    >>> events = pl.DataFrame({"household_id": ["h"] * 3, "cause": ["illness"] * 3,
    ...                        "month": [1, 3, 9]})
    >>> new_events(events, 5)["month"].to_list()
    [1, 9]
    """
    by = ["household_id", "cause"]
    months = events.select(*by, "month").unique().sort(*by, "month", nulls_last=True)
    gap = pl.col("month") - pl.col("month").shift(1).over(by)
    new = months.filter((gap > apart).fill_null(True))
    return events.join(new, on=[*by, "month"], how="semi", nulls_equal=True, maintain_order="left")


def exposure_of(facts: Facts) -> pl.DataFrame:
    """Households on record by place and month, from the first snapshot to the last whole month.

    A household counts from the month of its first snapshot to the month before it ended, at its
    newest place.

    Returns
    -------
    DataFrame
        `EXPOSURE_COLUMNS`, sorted; every place in every month.

    Raises
    ------
    SchemaError
        If no household snapshot names a place, or a whole month has not passed since the first.
    """
    snapshot = facts.current(happened(facts.known, "household_snapshot"))
    first = snapshot.group_by("household_id").agg(_first=nw.col("occurred_on").min())
    ended = ends_of(facts).select("household_id", "ended_day")
    homes = (
        places_of(facts)
        .join(first, on="household_id", how="left")
        .join(ended, on="household_id", how="left")
        .with_columns(from_month=_month("_first"))
        .to_native()
        .with_columns(until_month=_month_of_day(pl.col("ended_day")))
    )
    if homes.is_empty():
        raise SchemaError("No household snapshot names a place. Nothing can be counted by place.")
    last = (facts.known.as_of.year - _FIRST_YEAR) * _MONTHS_A_YEAR + facts.known.as_of.month - 2
    return _by_month(homes, last)


def _by_month(homes: pl.DataFrame, last: int) -> pl.DataFrame:
    """Households there are in every month, from their beginnings and ends."""
    places = homes.group_by("place").agg(pl.col("township").max()).sort("place")
    first = int(homes["from_month"].to_numpy().min())
    if last < first:
        raise SchemaError(
            f"No whole month has passed since the first snapshot (month {first} since January "
            f"1970, asked on month {last + 1}). Ask later."
        )
    change = np.zeros((places.height, last - first + 2), dtype=np.int64)
    number = {place: at for at, place in enumerate(places["place"])}
    for place, begins, ends in homes.select("place", "from_month", "until_month").iter_rows():
        change[number[place], min(begins, last + 1) - first] += 1
        if ends is not None:
            change[number[place], min(max(ends, begins), last + 1) - first] -= 1
    households = change.cumsum(axis=1)[:, :-1]
    months = np.arange(first, last + 1)
    return pl.DataFrame(
        {
            "place": np.repeat(places["place"].to_numpy(), len(months)),
            "township": np.repeat(places["township"].to_numpy(), len(months)),
            "month": np.tile(months, places.height),
            "households": households.ravel(),
        },
        schema=EXPOSURE_COLUMNS,
        strict=False,
    )


def _needs(facts: Facts) -> list[Frame]:
    """Need that was found, with the cause found."""
    found = []
    for table, results in FOUND.items():
        yes = [result for result, is_in_need in results.items() if is_in_need]
        rows = happened(facts.known, table).filter(nw.col("result").is_in(yes))
        found.append(facts.current(_plain(rows, "need", nw.col("cause"), nw.lit(None))))
    return found


def _shocks(facts: Facts) -> list[Frame]:
    """Shocks, those of persons under the person's household."""
    rows = happened(facts.known, "shock")
    current = with_household(facts.current(rows), facts.placed)
    kinds = list(SHOCK_CAUSES)
    causes = [SHOCK_CAUSES[kind].name.lower() for kind in kinds]
    cause = nw.col("shock_kind").replace_strict(kinds, causes, return_dtype=nw.String)
    return [_plain(current, "shock", cause, nw.col("product"))]


def _clues(facts: Facts) -> list[Frame]:
    """Clues, with the cause that they point to."""
    rows = happened(facts.known, "clue")
    current = with_household(facts.current(rows), facts.placed)
    return [_plain(current, "clue", nw.col("cause"), nw.lit(None))]


_PARTS = {"need": _needs, "shock": _shocks, "clue": _clues}


def _plain(rows: Frame, sign: Sign, cause: nw.Expr, product: nw.Expr) -> Frame:
    """Rows of a table as events without their place."""
    return rows.select(
        "household_id",
        "occurred_on",
        cause=cause.cast(nw.String),
        product=product.cast(nw.String),
        sign=nw.lit(sign),
    )


def places_of(facts: Facts) -> Frame:
    """Newest place on record of each household, with the township of the place.

    Returns
    -------
    DataFrame
        ``household_id`` (current number), ``place``, ``township`` (null: no household of the place
        names one). Who has no place on record is left out.
    """
    snapshot = facts.current(happened(facts.known, "household_snapshot"))
    answers = latest_answers(
        snapshot.filter(~nw.col("household_id").is_null()),
        ["household_id"],
        {"place": nw.col("place"), "township": nw.col("region")},
    )
    named = answers.filter(~nw.col("place").is_null())
    of_place = named.group_by("place").agg(_township=nw.col("township").max())
    joined = named.join(of_place, on="place", how="left")
    return joined.select("household_id", "place", township=nw.col("_township"))


def _month(column: str) -> nw.Expr:
    """Months since January 1970 of a column of dates."""
    dates = nw.col(column).dt
    years = dates.year().cast(nw.Int32) - _FIRST_YEAR
    return years * _MONTHS_A_YEAR + dates.month().cast(nw.Int32) - 1


def _month_of_day(days: pl.Expr) -> pl.Expr:
    """Months since January 1970 of days since then; null stays null."""
    dates = days.cast(pl.Date)
    return (dates.dt.year() - _FIRST_YEAR) * _MONTHS_A_YEAR + dates.dt.month() - 1
