"""The alarm for many at once: more households than chance brings, somewhere, within months.

Against large-scale return (founding text, 二（二）). Each month every village and township is set
against its own past and the rest of the county's month (exact, conditional on all margins: what the
whole county shares, a season or a campaign, is no excess), and the county against the same months
of earlier years (exact, binomial). Both are averaged over the noise that quiet months show. The
false-alarm rate is stated for all tests of a county and year together: Bonferroni's bound with
Tarone's remedy. It bounds the *number* of false alarms on average, which is what an office can plan
with; Holm's steps bound the chance of any, and a Monte Carlo maximum would need a seed and a model
of how neighbours hang together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from fanpin_risk.areas.alarm_settings import AlarmSettings
from fanpin_risk.areas.alarm_words import REASONS, alarm_words
from fanpin_risk.areas.comparisons import Comparisons, Untold, comparisons
from fanpin_risk.areas.counts import LEVELS, Counts, counts_of
from fanpin_risk.areas.exact import Flags, Floats, ratio_interval, threshold
from fanpin_risk.areas.reach import REACH_COLUMNS, reach_of, smallest_alarm
from fanpin_risk.errors import SchemaError

__all__ = ["ALARM_COLUMNS", "AlarmReport", "AlarmSettings", "alarms", "nothing_judged"]

_MONTHS_A_YEAR = 12
_SHOWN_AREAS = 3

ALARM_COLUMNS: dict[str, pl.DataType] = {
    "month": pl.Int32(),
    "level": pl.String(),
    "place": pl.String(),
    "cause": pl.String(),
    "product": pl.String(),
    "window_months": pl.Int32(),
    "households": pl.Int64(),
    "expected": pl.Float64(),
    "ratio": pl.Float64(),
    "ratio_low": pl.Float64(),
    "ratio_high": pl.Float64(),
    "chance": pl.Float64(),
    "alarm_level": pl.Float64(),
    "is_alarm": pl.Boolean(),
    "smallest_alarm": pl.Int64(),
    "noise": pl.Float64(),
    "text_zh": pl.String(),
    "text_en": pl.String(),
}
"""Columns of `AlarmReport.rows`."""
_MONTH_COLUMNS = {
    "month": pl.Int32(),
    "n_tests": pl.Int64(),
    "n_able": pl.Int64(),
    "alarm_level": pl.Float64(),
    "n_alarms": pl.Int64(),
}
_ENDLESS = pl.col("expected", "ratio", "ratio_high")
_ORDER = ("month", "chance", "level", "place", "cause", "product", "window_months")
_UNTOLD_COLUMNS = {
    **{name: ALARM_COLUMNS[name] for name in ("month", "level", "cause", "product")},
    "reason_zh": pl.String(),
    "reason_en": pl.String(),
}


@dataclass(frozen=True, kw_only=True)
class AlarmReport:
    """What rang, what did not, and what could not be judged.

    Attributes
    ----------
    settings
        With the promised rate.
    rows
        `ALARM_COLUMNS`, by month and chance: every area, cause (with or without product) and window
        with ``least_households`` or more, more than expected, and a chance of ``shown_chance`` at
        most. ``place`` is null for the
        county. ``expected`` households from the area's past and the others' month; null where these
        say nothing. ``ratio``: households over expected (null: expected is 0), with its exact
        interval given the margins, of sampling alone (``ratio_high`` null: without end). ``chance``
        of so many or more in a quiet month; ``is_alarm``: not above ``alarm_level``.
        ``smallest_alarm``: households with which it would have rung, everything else as it was
        (null: more than 20,000).
        ``noise``: variance of the factor by which quiet months differ.
    reach
        `REACH_COLUMNS`: what the alarm can see in the last month, see `reach_of`.
    months
        ``month, n_tests, n_able, alarm_level, n_alarms``: tests of the month, those whose margins
        let them ring at all, the level of each, and how many rang.
    untold
        ``month, level, cause, product, reason_zh, reason_en``: with events of late, and too little
        past to judge them by.
    """

    settings: AlarmSettings
    rows: pl.DataFrame
    reach: pl.DataFrame
    months: pl.DataFrame
    untold: pl.DataFrame


def alarms(
    events: pl.DataFrame,
    exposure: pl.DataFrame,
    *,
    from_month: int,
    to_month: int,
    settings: AlarmSettings,
) -> AlarmReport:
    """Look month by month for more households than chance brings.

    Months before ``from_month`` are judged too, since a stream's months that rang are no part of
    its quiet past later on; they are not reported. Nothing after a month has a part in it.

    Parameters
    ----------
    events, exposure
        As `fanpin_risk.areas.counts.counts_of` asks for them.
    from_month, to_month
        Months since January 1970, both reported.
    settings
        The promised rate, windows, and how much past there must be.

    Returns
    -------
    AlarmReport

    Raises
    ------
    SchemaError
        As `counts_of`, or if a month asked for is outside the exposure.

    Notes
    -----
    The rate is a bound for quiet years, in which areas and months do not hang together beyond the
    noise that the past shows. A window of several months rings again while it holds the same
    households. The same rows in any order give the same report.
    """
    counts = counts_of(events, exposure)
    first, last = from_month - counts.first_month, to_month - counts.first_month
    if not 0 <= first <= last < counts.n_months:
        raise SchemaError(
            f"The months {from_month} to {to_month} are not all in the exposure, which has "
            f"{counts.first_month} to {counts.first_month + counts.n_months - 1} (months since "
            "January 1970). Ask for months that it has, the earlier first."
        )
    is_quiet = np.ones((len(counts.streams), counts.n_months), dtype=np.bool_)
    judged: list[_Judged] = []
    months: list[tuple[int, int, int, float, int]] = []
    untold: list[tuple[int, str, str, str | None, str, str]] = []
    reach = pl.DataFrame(schema=REACH_COLUMNS)
    for month in range(max(settings.windows) - 1, last + 1):
        every, open_ones = comparisons(counts, month, is_quiet, settings)
        asked = every.taken(np.minimum(every.row, every.column) >= settings.least_households)
        level, n_able = threshold(
            asked.least_chance(), settings.false_alarms_a_year / _MONTHS_A_YEAR
        )
        found = _judged(asked, level, settings)
        _silence(is_quiet, found)
        if month >= first:
            judged.append(found)
            number = counts.first_month + month
            months.append((number, len(asked), n_able, level, int(found.is_alarm.sum())))
            untold += [_said(counts, number, one) for one in open_ones]
        if month == last:
            reach = reach_of(every, level, counts, settings)
    return AlarmReport(
        settings=settings,
        rows=_rows(judged, counts, settings),
        reach=reach,
        months=pl.DataFrame(months, schema=_MONTH_COLUMNS, orient="row"),
        untold=pl.DataFrame(untold, schema=_UNTOLD_COLUMNS, orient="row"),
    )


def nothing_judged(settings: AlarmSettings) -> AlarmReport:
    """Report of records in which no month can be counted: every frame is empty."""
    return AlarmReport(
        settings=settings,
        rows=pl.DataFrame(schema=ALARM_COLUMNS),
        reach=pl.DataFrame(schema=REACH_COLUMNS),
        months=pl.DataFrame(schema=_MONTH_COLUMNS),
        untold=pl.DataFrame(schema=_UNTOLD_COLUMNS),
    )


@dataclass(frozen=True, kw_only=True)
class _Judged:
    """Comparisons that are shown, with their chance and the level of their month."""

    asked: Comparisons
    chance: Floats
    level: Floats

    @property
    def is_alarm(self) -> Flags:
        """Which of them ring."""
        return self.chance <= self.level


def _judged(asked: Comparisons, level: float, settings: AlarmSettings) -> _Judged:
    """Keep what has enough households, more than expected, and a small chance."""
    enough = (asked.count >= settings.least_households) & ~(asked.count <= asked.expected)
    asked = asked.taken(enough)
    chance = asked.chance()
    is_shown = (chance <= settings.shown_chance) | (chance <= level)
    return _Judged(
        asked=asked.taken(is_shown),
        chance=chance[is_shown],
        level=np.full(int(is_shown.sum()), level),
    )


def _silence(is_quiet: Flags, found: _Judged) -> None:
    """Take the months that rang out of the quiet past of their stream."""
    rang = found.asked.taken(found.is_alarm)
    for stream, month, window in zip(rang.stream, rang.month, rang.window_months, strict=True):
        is_quiet[stream, month - window + 1 : month + 1] = False


def _rows(judged: list[_Judged], counts: Counts, settings: AlarmSettings) -> pl.DataFrame:
    """Everything that is shown, in the columns of the report."""
    if not judged:
        return pl.DataFrame(schema=ALARM_COLUMNS)
    asked = Comparisons.joined([one.asked for one in judged])
    chance = np.concatenate([one.chance for one in judged])
    level = np.concatenate([one.level for one in judged])
    low, high = ratio_interval(
        asked.count, asked.row, asked.column, asked.total, level=settings.interval
    )
    expected = asked.expected
    streams = [counts.streams[at] for at in asked.stream]
    levels = [LEVELS[at] for at in asked.level]
    values: dict[str, Any] = {
        "month": counts.first_month + asked.month,
        "level": levels,
        "place": [counts.areas[of].names[at] for of, at in zip(levels, asked.area, strict=True)],
        "cause": [stream.cause for stream in streams],
        "product": [stream.product for stream in streams],
        "window_months": asked.window_months,
        "households": asked.count,
        "expected": expected,
        "ratio": np.divide(
            asked.count, expected, out=np.full_like(expected, np.nan), where=expected > 0
        ),
        "ratio_low": low / asked.odds,
        "ratio_high": high / asked.odds,
        "chance": chance,
        "alarm_level": level,
        "is_alarm": chance <= level,
        "smallest_alarm": smallest_alarm(asked, level, settings),
        "noise": asked.noise,
    }
    kinds = {name: kind for name, kind in ALARM_COLUMNS.items() if name in values}
    columns = [pl.Series(n, values[n], strict=False).cast(kind) for n, kind in kinds.items()]
    known = pl.when(_ENDLESS.is_finite()).then(_ENDLESS).name.keep()
    smallest = pl.col("smallest_alarm")
    frame = pl.DataFrame(columns).with_columns(known, pl.when(smallest > 0).then(smallest))
    frame = frame.with_columns(_words(frame, asked, counts, settings))
    return frame.select(list(ALARM_COLUMNS)).sort(_ORDER)


def _words(
    frame: pl.DataFrame, asked: Comparisons, counts: Counts, settings: AlarmSettings
) -> list[pl.Series]:
    """Say every row in both languages."""
    said = [
        alarm_words(row, _where(asked, at, counts, settings))
        for at, row in enumerate(frame.iter_rows(named=True))
    ]
    return [
        pl.Series("text_zh", [zh for zh, _ in said], dtype=pl.String),
        pl.Series("text_en", [en for _, en in said], dtype=pl.String),
    ]


def _where(
    asked: Comparisons, at: int, counts: Counts, settings: AlarmSettings
) -> tuple[tuple[str, int], ...]:
    """Villages with most households of a county's row: three at most, none with fewer than ring."""
    if LEVELS[asked.level[at]] != "county":
        return ()
    villages, month = counts.areas["village"], int(asked.month[at])
    span = slice(month - int(asked.window_months[at]) + 1, month + 1)
    now = villages.counts[asked.stream[at], :, span].sum(axis=1)
    order = np.argsort(-now, kind="stable")[:_SHOWN_AREAS]
    most = [(str(villages.names[place]), int(now[place])) for place in order]
    return tuple((name, n) for name, n in most if n >= settings.least_households)


def _said(counts: Counts, month: int, one: Untold) -> tuple[int, str, str, str | None, str, str]:
    """A stream that could not be judged, in words."""
    stream, words = counts.streams[one.stream], REASONS[one.reason]
    return month, one.level, stream.cause, stream.product, words[0], words[1]
