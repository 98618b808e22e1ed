"""Dynamic clearing to zero (动态清零): clues by month and place, and the time they spend."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import narwhals as nw
import polars as pl

from fanpin_risk.dates import day_number
from fanpin_risk.errors import SchemaError
from fanpin_risk.ledger.clocks import months_after
from fanpin_risk.ledger.stages import CLEARED
from fanpin_risk.units import MONTHS_PER_YEAR, RATIO_SCALE

Frame = nw.DataFrame[pl.DataFrame]

AGE_QUANTILES: dict[str, int] = {"median": 5_000, "p90": 9_000, "longest": 10_000}
"""Quantiles of days that are shown, in ten-thousandths, by the end of their column's name."""

ALL_PLACES = "*"
"""Stands for all places together."""

CLEARING: dict[str, nw.dtypes.DType] = {
    "month": nw.String(),
    "place": nw.String(),
    "last_day": nw.Int32(),
    "opened": nw.Int64(),
    "cleared": nw.Int64(),
    "ended": nw.Int64(),
    "open": nw.Int64(),
    "overdue": nw.Int64(),
    "without_limit": nw.Int64(),
    "cannot_tell": nw.Int64(),
    "share_cleared_e4": nw.Int64(),
    **{f"age_{name}_days": nw.Int64() for name in AGE_QUANTILES},
}
"""Columns of `clearing_by_month`, with their types."""

STAGE_TIMES: dict[str, nw.dtypes.DType] = {
    "month": nw.String(),
    "place": nw.String(),
    "stage": nw.String(),
    "entered": nw.Int64(),
    "passed": nw.Int64(),
    "waiting": nw.Int64(),
    **{f"{name}_days": nw.Int64() for name in AGE_QUANTILES},
}
"""Columns of `stage_times_by_month`, with their types."""

_STAGE_NAMES = ("warning", "judgement", "handling")


def clearing_by_month(cases: Frame, places: Frame, *, from_month: date, as_of: date) -> Frame:
    """Clues opened, cleared and open at each month's end, by place, and the ages of the open ones.

    Everything is as known on the day: a clearing that was entered late counts in the month in which
    it took place (founding text 二（二）: closed loop, dynamic clearing to zero).

    Parameters
    ----------
    cases
        Of `with_clue_clock`.
    places
        ``household_id`` (once each), ``place``: where each household is counted. Clues of other
        households, and of none, are counted in all places together alone.
    from_month
        First day of the first month shown.
    as_of
        The day of the cases; the month it is in is counted up to it.

    Returns
    -------
    DataFrame
        One row for each month and place, and each month and all places together (``place`` is
        `ALL_PLACES`), sorted; columns of `CLEARING`:

        ``month``, ``last_day``
            Such as 2024-03, and its last day, or the day itself (days since 1970-01-01).
        ``opened``, ``cleared``, ``ended``
            Clues of the month; those that something of `CLEARED` closed in it; those whose
            household was no more before anybody dealt with them.
        ``open``, ``overdue``, ``without_limit``
            Open at the end of that day, among them past the day by which they are due, and those
            for which there is no such day.
        ``cannot_tell``
            Clues of the month of which it is not known whether they are open; in no other count
            but ``opened``.
        ``share_cleared_e4``
            Cleared of those that were to be: cleared in the month or open at its end, in
            ten-thousandths, rounded down; null where there are none.
        ``age_median_days``, ``age_p90_days``, ``age_longest_days``
            Ages of the open ones: the smallest so that the share of `AGE_QUANTILES` is not older;
            null where none is open.

    Raises
    ------
    SchemaError
        If places name a household twice or lack a column.
    ValueError
        If ``from_month`` is no first of a month, or after ``as_of``.
    """
    placed = _placed(cases, places)
    known = sorted(set(places["place"].drop_nulls().to_list()))
    months = [
        _of_month(placed, known, first, min(_month_end(first), as_of))
        for first in _months(from_month, as_of)
    ]
    return (
        nw.concat(months)
        .select(*[nw.col(name).cast(kind) for name, kind in CLEARING.items()])
        .sort("month", "place")
    )


def stage_times_by_month(cases: Frame, places: Frame, *, from_month: date, as_of: date) -> Frame:
    """How many clues of each month entered each stage, and the days they spent in it, by place.

    Parameters
    ----------
    cases, places, from_month, as_of
        As for `clearing_by_month`; the months are those of the clues.

    Returns
    -------
    DataFrame
        One row for each month, place (and `ALL_PLACES`) and stage, in the order of the stages;
        columns of `STAGE_TIMES`: ``entered``; ``passed`` (left the stage), ``waiting`` (stand in it
        on the day); ``median_days, p90_days, longest_days`` of those that passed, null without any.
        Clues of which it cannot be told whether they are open are left out.

    Raises
    ------
    SchemaError, ValueError
        As for `clearing_by_month`.
    """
    placed = _placed(cases, places).filter(~nw.col("is_open").is_null())
    known = sorted(set(places["place"].drop_nulls().to_list()))
    months = []
    for first in _months(from_month, as_of):
        of_month = placed.filter(_is_within(nw.col("warned_day"), first, _month_end(first)))
        for order, stage in enumerate(_STAGE_NAMES):
            entered = of_month.filter(~nw.col(f"days_in_{stage}").is_null()).with_columns(
                waiting=(nw.col("stage") == stage).cast(nw.Int64), _days=nw.col(f"days_in_{stage}")
            )
            counts = entered.group_by("place").agg(
                entered=nw.len().cast(nw.Int64), waiting=nw.col("waiting").sum()
            )
            spent = _quantiles(entered.filter(nw.col("waiting") == 0), "_days", "{}_days")
            row = _every_place(known).with_columns(
                month=nw.lit(_month_text(first)), stage=nw.lit(stage), _order=nw.lit(order)
            )
            months.append(_joined(row, (counts, spent)))
    filled = nw.concat(months).with_columns(
        entered=nw.col("entered").fill_null(0), waiting=nw.col("waiting").fill_null(0)
    )
    return (
        filled.with_columns(passed=nw.col("entered") - nw.col("waiting"))
        .sort("month", "place", "_order")
        .select(*[nw.col(name).cast(kind) for name, kind in STAGE_TIMES.items()])
    )


def _placed(cases: Frame, places: Frame) -> Frame:
    """Cases with the place of their household, and once more under all places together."""
    missing = [name for name in ("household_id", "place") if name not in places.columns]
    if missing:
        raise SchemaError(
            f"The places lack the columns {missing}; they have {places.columns}. Give household_id "
            "and place."
        )
    if places["household_id"].n_unique() != len(places):
        raise SchemaError("The places name a household twice. Give one place for each household.")
    one = cases.join(places.select("household_id", "place"), on="household_id", how="left")
    return nw.concat(
        [one.filter(~nw.col("place").is_null()), one.with_columns(place=nw.lit(ALL_PLACES))]
    )


def _of_month(placed: Frame, known: Sequence[str], first: date, last: date) -> Frame:
    """Counts and ages of one month, for every place."""
    end = day_number(last)
    is_told = ~nw.col("is_open").is_null()
    closed_in = is_told & _is_within(nw.col("closed_day"), first, last)
    is_cleared = nw.col("closed_by").is_in(list(CLEARED)).fill_null(False)
    opened = _is_within(nw.col("warned_day"), first, last)
    is_open = (
        is_told
        & (nw.col("warned_day") <= end)
        & (nw.col("closed_day").is_null() | (nw.col("closed_day") > end))
    )
    conditions = {
        "opened": opened,
        "cleared": closed_in & is_cleared,
        "ended": closed_in & ~is_cleared,
        "open": is_open,
        "overdue": is_open & (nw.col("due_day") < end),
        "without_limit": is_open & nw.col("due_day").is_null(),
        "cannot_tell": opened & ~is_told,
    }
    closed = nw.col("closed_day")
    concerned = placed.filter(
        nw.col("warned_day") <= end, closed.is_null() | (closed >= day_number(first))
    )
    marked = concerned.select(
        "place",
        _age=nw.lit(end) - nw.col("warned_day").cast(nw.Int64),
        **{name: is_so.fill_null(False).cast(nw.Int64) for name, is_so in conditions.items()},
    )
    counts = marked.group_by("place").agg(nw.col(name).sum() for name in conditions)
    ages = _quantiles(marked.filter(nw.col("open") == 1), "_age", "age_{}_days")
    rows = _joined(_every_place(known), (counts, ages)).with_columns(
        nw.col(name).fill_null(0) for name in conditions
    )
    to_clear = nw.col("cleared") + nw.col("open")
    return rows.with_columns(
        month=nw.lit(_month_text(first)),
        last_day=nw.lit(end),
        share_cleared_e4=nw.when(to_clear > 0).then(nw.col("cleared") * RATIO_SCALE // to_clear),
    )


def _quantiles(rows: Frame, column: str, named: str) -> Frame:
    """Quantiles of a column by place: of n values in order the one at share x n, rounded up."""
    ranked = rows.select(
        "place",
        _value=nw.col(column).cast(nw.Int64),
        _rank=nw.col(column).rank("ordinal").over("place").cast(nw.Int64),
        _n=nw.len().over("place").cast(nw.Int64),
    )
    columns = {}
    for name, share in AGE_QUANTILES.items():
        wanted = (nw.col("_n") * share + RATIO_SCALE - 1) // RATIO_SCALE
        columns[named.format(name)] = nw.when(nw.col("_rank") == wanted).then(nw.col("_value"))
    marked = ranked.select("place", **columns)
    return marked.group_by("place").agg(nw.col(name).max() for name in columns)


def _joined(rows: Frame, parts: Sequence[Frame]) -> Frame:
    """Rows of places with what is known of each."""
    for part in parts:
        rows = rows.join(part, on="place", how="left")
    return rows


def _every_place(known: Sequence[str]) -> Frame:
    """One row for each place, and for all together."""
    frame = pl.DataFrame({"place": [ALL_PLACES, *known]}, schema={"place": pl.String})
    return nw.from_native(frame, eager_only=True)


def _months(from_month: date, as_of: date) -> list[date]:
    """First days of the months from one to the one a day is in."""
    if from_month.day != 1 or from_month > as_of:
        raise ValueError(
            f"from_month must be the first of a month, not after {as_of}. Got {from_month}."
        )
    count = (as_of.year - from_month.year) * MONTHS_PER_YEAR + as_of.month - from_month.month
    return [months_after(from_month, n) for n in range(count + 1)]


def _month_end(first: date) -> date:
    """Last day of the month that begins on a day."""
    return months_after(first, 1) - timedelta(days=1)


def _month_text(first: date) -> str:
    """A month as text."""
    return f"{first.year:04d}-{first.month:02d}"


def _is_within(day: nw.Expr, first: date, last: date) -> nw.Expr:
    """Whether a day lies from one to another, both included."""
    return (day >= day_number(first)) & (day <= day_number(last))
