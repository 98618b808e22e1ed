"""What a register tells of places and of its own records on a day: many at once, and bunching."""

from __future__ import annotations

from dataclasses import dataclass, fields

import polars as pl

from fanpin_risk.areas.alarm import AlarmReport, alarms, nothing_judged
from fanpin_risk.areas.alarm_settings import AlarmSettings
from fanpin_risk.areas.bunching import BunchingReport, BunchingSettings, bunching
from fanpin_risk.areas.counts import month_start
from fanpin_risk.areas.happenings import alarm_input
from fanpin_risk.areas.recorded_incomes import IncomesUsed, recorded_incomes
from fanpin_risk.areas.timeline import TIMELINE_COLUMNS, timeline
from fanpin_risk.errors import SchemaError
from fanpin_risk.household.placement import Facts
from fanpin_risk.standards.parameters import Standards

BUNCHING_COLUMNS: dict[str, pl.DataType] = {
    **dict.fromkeys(("side", "line"), pl.String()),
    "is_found": pl.Boolean(),
    **dict.fromkeys(("reason_zh", "reason_en"), pl.String()),
    **dict.fromkeys(("n_rows", "n_households"), pl.Int64()),
    **dict.fromkeys(("share_e4", "expected_e4"), pl.Int64()),
    **dict.fromkeys(("moved_e4", "moved_low_e4", "moved_high_e4"), pl.Int64()),
    "smallest_moved_e4": pl.Int64(),
    "chance": pl.Float64(),
    "bin_fen": pl.Int64(),
}
"""Columns of ``bunching.parquet``, a row for each side: see `BunchingReport`."""


@dataclass(frozen=True, kw_only=True)
class AlarmTold:
    """What rang over the last months, and how many households had an event in each of them.

    ``timeline``: of `fanpin_risk.areas.timeline.timeline`, for the months reported; empty where no
    month could be counted.
    """

    report: AlarmReport
    timeline: pl.DataFrame

    def files(self) -> dict[str, pl.DataFrame]:
        """Every frame by the name of its file, months as texts such as ``2025-07``."""
        return {
            "alarms": _with_months(self.report.rows),
            "alarm_months": _with_months(self.report.months),
            "alarm_untold": _with_months(self.report.untold),
            "alarm_reach": self.report.reach,
        }


@dataclass(frozen=True, kw_only=True)
class BunchingTold:
    """Whether incomes on record bunch below the line of entry, and above it where an exit is due.

    ``line``: name of the standard. ``used``: what could be set against it. ``entry``: incomes of
    households that were not listed; ``exit``: of those that were.
    """

    line: str
    used: IncomesUsed
    entry: BunchingReport
    exit: BunchingReport

    @property
    def reports(self) -> tuple[BunchingReport, BunchingReport]:
        """Both sides, the entry first."""
        return self.entry, self.exit

    def files(self) -> dict[str, pl.DataFrame]:
        """Every frame by the name of its file: aggregates alone."""
        rows = [
            {"line": self.line}
            | {one.name: getattr(report, one.name) for one in fields(report) if one.name != "bins"}
            for report in self.reports
        ]
        bins = [
            report.bins.select(pl.lit(report.side).alias("side"), pl.all())
            for report in self.reports
        ]
        return {
            "bunching": pl.DataFrame(rows, schema=BUNCHING_COLUMNS),
            "bunching_bins": pl.concat(bins),
        }


@dataclass(frozen=True, kw_only=True)
class AreasTold:
    """Both of them, for one day."""

    alarm: AlarmTold
    bunching: BunchingTold

    def files(self) -> dict[str, pl.DataFrame]:
        """Every frame by the name of its file."""
        return self.alarm.files() | self.bunching.files()


def alarm_told(facts: Facts, settings: AlarmSettings) -> AlarmTold:
    """Look for many at once in the last months before a day.

    Parameters
    ----------
    facts
        Of the day, from `facts_of`: what happened or was recorded later has no part.
    settings
        Of the alarm; the last month reported is the last whole one on the day.

    Returns
    -------
    AlarmTold
        Without any month where no place is on record, or no whole month has passed.
    """
    try:
        events, exposure = alarm_input(facts)
    except SchemaError:  # no place on record, or no whole month has passed
        return AlarmTold(
            report=nothing_judged(settings), timeline=pl.DataFrame(schema=TIMELINE_COLUMNS)
        )
    months = exposure["month"].to_numpy()
    first, last = int(months.min()), int(months.max())
    begin = max(first, last - settings.shown_months + 1)
    return AlarmTold(
        report=alarms(events, exposure, from_month=begin, to_month=last, settings=settings),
        timeline=timeline(
            events, exposure, from_month=begin, least_households=settings.least_households
        ),
    )


def bunching_told(
    facts: Facts, standards: Standards, line: str, settings: BunchingSettings
) -> BunchingTold:
    """Ask whether incomes on record bunch at a line, on the side where something is at stake.

    Parameters
    ----------
    facts
        Of the day, from `facts_of`.
    standards, line
        As `recorded_incomes`.
    settings
        Of the test.
    """
    incomes = recorded_incomes(facts, standards, line)
    has_line = incomes.filter(pl.col("line_fen") > 0)
    return BunchingTold(
        line=line,
        used=IncomesUsed.of(incomes),
        entry=bunching(has_line.filter(~pl.col("is_listed")), side="below", settings=settings),
        exit=bunching(has_line.filter("is_listed"), side="above", settings=settings),
    )


def areas_told(
    facts: Facts,
    standards: Standards,
    *,
    line: str,
    alarm: AlarmSettings,
    bunching: BunchingSettings,
) -> AreasTold:
    """Both of them; parameters as `alarm_told` and `bunching_told`."""
    return AreasTold(
        alarm=alarm_told(facts, alarm), bunching=bunching_told(facts, standards, line, bunching)
    )


def _with_months(frame: pl.DataFrame) -> pl.DataFrame:
    """Write months out, as other result files have them."""
    names = {number: f"{month_start(number):%Y-%m}" for number in frame["month"].unique()}
    months = pl.col("month").replace_strict(names, return_dtype=pl.String)
    return frame.with_columns(months if names else pl.col("month").cast(pl.String))
