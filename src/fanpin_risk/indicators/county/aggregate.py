"""From rows to one row for each household: exact sums of integers by window, divided at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import narwhals as nw
import polars as pl

from fanpin_risk.dates import add_months, day_number
from fanpin_risk.household.answers import latest_answers
from fanpin_risk.household.kept import is_kept_since, latest_start
from fanpin_risk.indicators.indicator import Aggregate, Indicator, column_name
from fanpin_risk.records.timeline import KnownRecords

Frame = nw.DataFrame[pl.DataFrame]
Span = tuple[int, int]
"""Months back from the day at which a span begins (open) and ends (closed)."""

_OF_HOMES = ("heads", "line_fen", "line_of_household_fen", "since_day", "moved_in_day")


@dataclass(frozen=True, kw_only=True)
class Source:
    """Rows that columns are built from.

    ``rows``: ``home``, the columns that expressions read, and the days that place rows.
    ``is_single``: there is one row for each household, of the day.
    ``follows``: whose rows they are: of persons, who bring them along into a household that is
    split off, or of the household itself.
    """

    rows: Frame
    is_single: bool = False
    follows: Literal["person", "household"] = "household"


def aggregate(
    source: Source, indicators: Sequence[Indicator], homes: Frame, known: KnownRecords
) -> Frame:
    """Every column of one source's indicators, for every household of ``homes``.

    Each value is projected once, then once for each span of months with when/then; one group_by
    adds up the integers; the divisions come last, each by a column, so that a household's value
    does not depend on who else is asked for.

    Parameters
    ----------
    source
        The rows, of all households: they say since when the table is kept.
    indicators
        Those of the source, of basis ``county``.
    homes
        The households asked for by ``household_id``, once each, with the columns of
        `CountyView.homes`, null for those that are not on record.
    known
        For the day.

    Returns
    -------
    DataFrame
        ``home`` and the indicators' columns, ``Float64``; null: not known, as everything is
        of a household that no snapshot names.
    """
    mine = source.rows.join(homes.select("home"), on="home", how="semi")
    result = homes.select(
        "household_id",
        "home",
        *[nw.col(name).alias(f"_{name}") for name in _OF_HOMES],
        _one=(~nw.col("household_id").is_null()).cast(nw.Float64),
        _is_on_record=~nw.col("home").is_null(),
    )
    windowed = [i for i in indicators if i.windows]
    states = [i for i in indicators if not i.windows]
    if windowed:
        parts = _window_parts(mine, windowed, known)
        result = result.join(parts, on="home", how="left")
    if states:
        parts = (
            _single_parts(mine, states)
            if source.is_single
            else _state_parts(mine, states, known.day)
        )
        result = result.join(parts, on="home", how="left")
    covers = _Coverage(source=source, known=known)
    columns = [
        nw.when(nw.col("_is_on_record"))
        .then(_column(indicator, how, window, covers))
        .alias(column_name(indicator.name, how, window))
        for indicator in indicators
        for how, window in indicator.parts
    ]
    return result.select("household_id", *columns)


def _column(indicator: Indicator, how: Aggregate, window: int | None, covers: _Coverage) -> nw.Expr:
    """One finished column over the parts of `aggregate`."""
    name = indicator.name
    if window is None:
        return _state(indicator, how, covers.known.day)
    if how is Aggregate.SHARE:
        part = nw.col(f"{name}|part|{window}|0").cast(nw.Float64)
        whole = nw.col(f"{name}|whole|{window}|0")
        return nw.when(whole > 0).then(part / whole.cast(nw.Float64))
    if how is Aggregate.MEAN:
        known = nw.col(f"{name}|known|{window}|0")
        total = nw.col(f"{name}|sum|{window}|0").cast(nw.Float64)
        return nw.when(known > 0).then(total / (known.cast(nw.Float64) * _denominator(indicator)))
    value = _in_span(indicator, how, (window, 0), covers)
    if how is Aggregate.CHANGE:
        value = value - _in_span(indicator, how, (2 * window, window), covers)
    return value.cast(nw.Float64) / _denominator(indicator)


def _in_span(indicator: Indicator, how: Aggregate, span: Span, covers: _Coverage) -> nw.Expr:
    """Integer value of one span: what rows say; without any, 0 where that can be told."""
    begin, end = span
    what = {
        Aggregate.MAXIMUM: "max",
        Aggregate.EVER: "max",
        Aggregate.COUNT: "count",
    }.get(how, "sum")
    value = nw.col(f"{indicator.name}|{what}|{begin}|{end}")
    n_known = nw.col(f"{indicator.name}|known|{begin}|{end}").fill_null(0)
    n_rows = nw.col(f"{indicator.day}|rows|{begin}|{end}").fill_null(0)
    is_covered = covers.expression(indicator, begin)
    found = nw.when(n_known > 0).then(value)
    told = nw.when(n_rows == 0).then(nw.lit(0)).otherwise(found)
    if how is Aggregate.EVER:
        return nw.when(value > 0).then(value).otherwise(nw.when(is_covered).then(told))
    return nw.when(is_covered).then(told)


@dataclass(frozen=True, kw_only=True)
class _Coverage:
    """Since when a table is kept, and for whom."""

    source: Source
    known: KnownRecords

    def expression(self, indicator: Indicator, months: int) -> nw.Expr:
        """Whether records are complete from so many months before the day on."""
        limit = latest_start(self.known, months)
        is_kept = is_kept_since(self.source.rows, limit, day=indicator.day)
        begun = nw.col("_moved_in_day" if self.source.follows == "person" else "_since_day")
        is_here = begun.is_null() | (begun <= limit)
        covered = nw.lit(is_kept) & is_here
        if indicator.if_no_records is None:
            return covered & (nw.col(f"{indicator.day}|first") <= limit)
        return covered


def _denominator(indicator: Indicator) -> nw.Expr:
    """What an integer is divided by, as a column.

    Dividing by a literal, or by a column that an engine knows to be constant, is multiplying by the
    inverse: the last bit would depend on who else is asked for.
    """
    one = nw.col("_one")
    line = {"line": "_line_of_household_fen", "line_of_head": "_line_fen"}
    if indicator.relative_to in line:
        fen = nw.col(line[indicator.relative_to]).cast(nw.Float64)
        return nw.when(fen > 0).then(one * fen)
    scale = one * float(indicator.scale)
    if indicator.relative_to == "head":
        heads = nw.col("_heads").cast(nw.Float64)
        return nw.when(heads > 0).then(heads * scale)
    return scale


# windows


def _spans(indicator: Indicator) -> list[Span]:
    """Spans of months that an indicator's columns need."""
    spans = {(window, 0) for window in indicator.windows}
    if Aggregate.CHANGE in indicator.aggregates:
        spans |= {(2 * window, window) for window in indicator.windows}
    return sorted(spans)


def _window_parts(rows: Frame, indicators: Sequence[Indicator], known: KnownRecords) -> Frame:
    """Integer sums, counts and maxima of every value in every span, by one group_by."""
    ends = {
        months: day_number(add_months(known.as_of, -months))
        for indicator in indicators
        for span in _spans(indicator)
        for months in span
    }
    values = rows.select(
        "home",
        *sorted({indicator.day for indicator in indicators}),
        *[i.expression.cast(nw.Int64).alias(i.name) for i in indicators],
        *[i.base.cast(nw.Int64).alias(f"{i.name}|base") for i in indicators if i.base is not None],
    )
    sums: dict[str, nw.Expr] = {}
    maxima: dict[str, nw.Expr] = {}
    firsts: dict[str, nw.Expr] = {}
    for indicator in indicators:
        day = nw.col(indicator.day).cast(nw.Int64)
        firsts[f"{indicator.day}|first"] = nw.when(day <= ends[0]).then(day)
        for begin, end in _spans(indicator):
            inside = (day > ends[begin]) & (day <= ends[end])
            where = f"{begin}|{end}"
            sums[f"{indicator.day}|rows|{where}"] = nw.when(inside).then(nw.lit(1))
            _add_parts(sums, maxima, indicator, inside, where)
    parts = sums | maxima | firsts
    projected = values.select(
        "home", *[part.cast(nw.Int64).alias(name) for name, part in parts.items()]
    )
    return projected.group_by("home").agg(
        *[nw.col(name).sum().cast(nw.Int64) for name in sums],
        *[nw.col(name).max() for name in maxima],
        *[nw.col(name).min() for name in firsts],
    )


def _add_parts(
    sums: dict[str, nw.Expr],
    maxima: dict[str, nw.Expr],
    indicator: Indicator,
    inside: nw.Expr,
    where: str,
) -> None:
    """Add the parts that one indicator's aggregates need in one span."""
    name, value = indicator.name, nw.col(indicator.name)
    wanted = set(indicator.aggregates)
    if Aggregate.SHARE in wanted:
        base = nw.col(f"{name}|base")
        both = inside & ~value.is_null() & ~base.is_null()
        sums[f"{name}|part|{where}"] = nw.when(both).then(value)
        sums[f"{name}|whole|{where}"] = nw.when(both).then(base)
        wanted -= {Aggregate.SHARE}
    if not wanted:
        return
    sums[f"{name}|known|{where}"] = nw.when(inside & ~value.is_null()).then(nw.lit(1))
    if wanted & {Aggregate.SUM, Aggregate.MEAN, Aggregate.CHANGE}:
        sums[f"{name}|sum|{where}"] = nw.when(inside).then(value)
    if Aggregate.COUNT in wanted:
        sums[f"{name}|count|{where}"] = nw.when(inside).then((value != 0).cast(nw.Int64))
    if wanted & {Aggregate.MAXIMUM, Aggregate.EVER}:
        maxima[f"{name}|max|{where}"] = nw.when(inside).then(value)


# states


def _single_parts(rows: Frame, indicators: Sequence[Indicator]) -> Frame:
    """Values of the one row of each household."""
    return rows.select(
        "home",
        _has_records=nw.lit(True),
        **{i.name: i.expression.cast(nw.Int64) for i in indicators},
    )


def _state_parts(rows: Frame, indicators: Sequence[Indicator], day: int) -> Frame:
    """Newest answers and newest days of what happened, for indicators without a window."""
    homes = rows.select("home").unique()
    parts = homes.with_columns(_has_records=nw.lit(True))
    for name in sorted({indicator.day for indicator in indicators}):
        past = rows.filter(nw.col(name) <= day)
        asked = {i.name: i for i in indicators if i.day == name}
        answers = {
            n: i.expression.cast(nw.Int64)
            for n, i in asked.items()
            if Aggregate.DAYS_SINCE not in i.aggregates
        }
        if answers:
            before = [n for n in answers if Aggregate.CHANGE in asked[n].aggregates]
            found = latest_answers(past, ["home"], answers, day=name, before=before)
            parts = parts.join(found, on="home", how="left")
        events = [i for i in asked.values() if Aggregate.DAYS_SINCE in i.aggregates]
        if events:
            days = past.select(
                "home",
                *[
                    nw.when(i.expression.cast(nw.Int64) > 0)
                    .then(nw.col(name).cast(nw.Int64))
                    .alias(f"{i.name}|since")
                    for i in events
                ],
            )
            found = days.group_by("home").agg(nw.col(f"{i.name}|since").max() for i in events)
            parts = parts.join(found, on="home", how="left")
    return parts


def _state(indicator: Indicator, how: Aggregate, day: int) -> nw.Expr:
    """One finished column without a window."""
    name = indicator.name
    if how is Aggregate.DAYS_SINCE:
        return (nw.lit(day) - nw.col(f"{name}|since")).cast(nw.Float64)
    if how is Aggregate.AGE:
        return (nw.lit(day) - nw.col(f"{name}|day")).cast(nw.Float64)
    value = nw.col(name)
    if how is Aggregate.CHANGE:
        value = value - nw.col(f"{name}|before")
    finished = value.cast(nw.Float64) / _denominator(indicator)
    if indicator.if_no_records is None:
        return finished
    none = nw.col("_has_records").is_null()
    return nw.when(none).then(nw.lit(float(indicator.if_no_records))).otherwise(finished)
