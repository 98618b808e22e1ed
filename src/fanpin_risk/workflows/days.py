"""What a decision day looks like: who is asked about, their indicators, and what became known."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import narwhals as nw
import polars as pl

from fanpin_risk.dates import day_number
from fanpin_risk.household.account import household_account
from fanpin_risk.indicators.build import build_indicators
from fanpin_risk.outcomes.cohort import CohortSettings, at_risk, is_due, visited
from fanpin_risk.outcomes.label import status_at_horizon
from fanpin_risk.records.timeline import KnownRecords, Records, known_as_of
from fanpin_risk.standards.lines import line_table
from fanpin_risk.standards.parameters import Standards
from fanpin_risk.standards.rules import must_visits, rule_answers

Frame = nw.DataFrame[pl.DataFrame]
Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What every day is built with."""

    records: Records
    standards: Standards
    cohort: CohortSettings
    need_line: str


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What was known on a day: the records, every line, and the household account."""

    known: KnownRecords
    lines: Frame
    account: Frame


@dataclass(frozen=True, kw_only=True)
class Day:
    """One decision day: who is asked about, and their indicators as known then.

    ``households`` has one row for each household at risk, in the order of ``features``:
    ``household_id, place, region, members, income_to_line_e4, first_day, is_below_line`` (false or
    null), ``must_visit`` (null: a rule cannot tell) and ``in_cohort`` (known not to be in need, and
    due for the later visit).
    """

    as_of: date
    features: pl.DataFrame
    households: pl.DataFrame

    def restricted(self, keep: pl.Series) -> Day:
        """The same day with some of its households only."""
        return Day(
            as_of=self.as_of,
            features=self.features.filter(keep),
            households=self.households.filter(keep),
        )


def situation(setting: Setting, as_of: date) -> Situation:
    """Everything known on a day, through the one door."""
    known = known_as_of(setting.records, as_of)
    lines = line_table(setting.standards, known, sorted(_line_names(setting.standards)))
    account = household_account(known, lines, line=setting.need_line)
    return Situation(known=known, lines=lines, account=account)


def build_day(setting: Setting, as_of: date, *, now: Situation | None = None) -> Day:
    """Indicators of every household at risk on a day."""
    now = now or situation(setting, as_of)
    asked = at_risk(now.account, as_of).sort("household_id")
    households = asked.with_columns(
        in_cohort=(~nw.col("is_below_line")).fill_null(False) & is_due(as_of, setting.cohort)
    )
    answers = rule_answers(
        now.known, now.lines, setting.standards, households.select("household_id"), as_of
    )
    must = must_visits(answers)
    features = build_indicators(
        now.known,
        now.account,
        households.select("household_id"),
        horizon_months=setting.cohort.horizon_months,
    )
    joined = households.to_native().join(must, on="household_id", how="left", maintain_order="left")
    return Day(as_of=as_of, features=features, households=joined)


def build_days(setting: Setting, days: Iterable[date], progress: Progress) -> list[Day]:
    """Build several days, one after the other."""
    built = []
    for as_of in days:
        progress(f"{as_of}")
        built.append(build_day(setting, as_of))
    return built


def with_outcomes(
    setting: Setting, days: Iterable[Day], known_on: date
) -> list[tuple[Day, pl.DataFrame]]:
    """Outcomes of each day as known on ``known_on`` (included), in the order of its households.

    Days whose later visit is after ``known_on``, or falls on a day without survey, are left out.

    Returns
    -------
    list of (Day, DataFrame)
        ``fell`` (0.0, 1.0, null for not knowable) and ``income_to_line_later`` (null for not
        known).
    """
    now = situation(setting, known_on)
    found = []
    for day in days:
        later = setting.cohort.later_day(day.as_of)
        if later > known_on or later in setting.cohort.days_without_survey:
            continue
        status = status_at_horizon(now.account, now.known, day.as_of, setting.cohort).to_native()
        joined = day.households.select("household_id").join(
            status, on="household_id", how="left", maintain_order="left"
        )
        outcome = joined.select(
            fell=pl.col("is_below_line_later").cast(pl.Float64),
            income_to_line_later=pl.col("income_to_line_later_e4").cast(pl.Float64) / 10_000,
        )
        found.append((day, outcome))
    return found


def decision_days(records: Records, *, until: date) -> list[date]:
    """Days on which households were visited, up to a day (included)."""
    return [day for day in records.days_occurred("household_snapshot") if day <= until]


def day_before(day: date) -> date:
    """The day before; what was known then was known before the day."""
    return day - timedelta(days=1)


def visited_on(setting: Setting, now: Situation) -> pl.DataFrame:
    """Everybody visited on the situation's day, in need or not, sorted."""
    return visited(now.account, now.known.as_of).sort("household_id").to_native()


def first_seen(day: Day, *, before: date | None = None, since: date | None = None) -> pl.Series:
    """Whether each household of a day was first seen before, or since, a date."""
    first = day.households["first_day"]
    seen = pl.repeat(True, len(first), eager=True)
    if before is not None:
        seen = seen & (first < day_number(before))
    if since is not None:
        seen = seen & (first >= day_number(since))
    return seen


def _line_names(standards: Standards) -> list[str]:
    """Parameters that are lines of income per head and month."""
    return [
        name
        for name, parameter in standards.parameters.items()
        if parameter.unit == "minor unit per head a month"
    ]
