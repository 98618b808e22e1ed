"""What a decision day looks like: who is asked about, their indicators, and what became known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Protocol

import narwhals as nw
import polars as pl

from fanpin_risk.dates import day_number
from fanpin_risk.household.placement import Facts
from fanpin_risk.household.view import CountyView
from fanpin_risk.indicators.indicator import Indicator
from fanpin_risk.outcomes.cohort import Horizon
from fanpin_risk.outcomes.words import OutcomeWords
from fanpin_risk.records.timeline import KnownRecords, Records
from fanpin_risk.standards.parameters import Standards
from fanpin_risk.standards.rule import Rule
from fanpin_risk.workflows.register_told import RegisterTold
from fanpin_risk.workflows.ruled import Ruled

Frame = nw.DataFrame[pl.DataFrame]
Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class SurveyFacts:
    """What a survey's day stands on beside the records: every line, and the household account."""

    lines: Frame
    account: Frame


@dataclass(frozen=True, kw_only=True)
class RulesTold:
    """What the rules say of a day's households, as it is written.

    ``findings``: met and cannot tell, with what they rest on. ``rules``: every rule, dated record
    and reading, once each. ``not_met``: ``rule, place, n``. ``register``: what a register's rules
    give beyond findings; None for other records.
    """

    findings: pl.DataFrame
    rules: pl.DataFrame
    not_met: pl.DataFrame
    register: RegisterTold | None = None


@dataclass(frozen=True, kw_only=True)
class RegisterFacts:
    """What a register's day stands on beside the records.

    ``facts``: who lived where. ``population``: every household that exists, of `flow_population`.
    ``county``: the day's records under the household of the day. ``ruled``: what the standards say.
    """

    facts: Facts
    population: Frame
    county: CountyView
    ruled: Ruled


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What was known on a day.

    ``visits`` is there where the basis is a survey, ``register`` where it is a register.
    """

    known: KnownRecords
    visits: SurveyFacts | None = None
    register: RegisterFacts | None = None


@dataclass(frozen=True, kw_only=True)
class Day:
    """One decision day: who is asked about, and their indicators as known then.

    ``households`` has one row for each household at risk, in the order of ``features``:
    ``household_id, place, region, members, income_to_line_e4, first_day, is_below_line`` (false or
    null on a survey; on a register whatever is on record), ``must_visit`` (null: a rule cannot
    tell) and ``in_cohort`` (known not to be in need, and due for being seen later). ``n_outside``
    counts by reason, on a register, who exists and is not asked about.
    """

    as_of: date
    features: pl.DataFrame
    households: pl.DataFrame
    n_outside: Mapping[str, int] = field(default_factory=dict)

    def restricted(self, keep: pl.Series) -> Day:
        """The same day with some of its households only."""
        return Day(
            as_of=self.as_of,
            features=self.features.filter(keep),
            households=self.households.filter(keep),
            n_outside=self.n_outside,
        )


Became = Callable[[Day], pl.DataFrame]
"""What became of a day's households, in their order: see `with_outcomes`."""


class Basis(Protocol):
    """A kind of records that decision days are made from: a survey with visits, or a register."""

    @property
    def words(self) -> OutcomeWords:
        """What outcome, cohort and basis are called."""

    @property
    def catalogue(self) -> Sequence[Indicator]:
        """The part of the catalogue that is built."""

    @property
    def rules(self) -> Sequence[Rule]:
        """The rules of this basis, in the order in which they are shown."""

    @property
    def left_out(self) -> dict[str, tuple[str, str]]:
        """Methods that this basis cannot have, with the reason in Chinese and English."""

    def decision_days(self, records: Records, *, until: date) -> list[date]:
        """Every decision day up to a day (included), ascending."""

    def last_day(self, records: Records) -> date:
        """Last day on which anybody was looked at."""

    def situation(self, records: Records, as_of: date) -> Situation:
        """Everything known on a day, through the one door."""

    def everybody(self, now: Situation) -> pl.DataFrame:
        """Whoever could be asked about on the day, sorted: ``household_id, place, region`` …."""

    def nobody(self, records: Records, as_of: date) -> str:
        """What is said when there is nobody, with the mend."""

    def not_scored(self, everybody: pl.DataFrame) -> pl.DataFrame:
        """Who of everybody is not to be scored: ``household_id, reason, reason_zh, reason_en``.

        It is told apart from how days are built, so that the two can be held against each other.
        """

    def n_outside(self, now: Situation) -> dict[str, int]:
        """How many exist and are not asked about, by reason; empty where nobody else exists."""

    def asked(self, now: Situation) -> Frame:
        """Columns of ``Day.households`` but for ``must_visit``, sorted by household."""

    def must_visits(self, now: Situation, households: Frame) -> pl.DataFrame:
        """Whose visit the rules ask for: ``household_id, must_visit`` (null: they cannot tell)."""

    def told(self, now: Situation, everybody: pl.DataFrame) -> RulesTold:
        """What the rules say of everybody given (``household_id, place``), with its evidence."""

    def answers_of_one(self, records: Records, household: str, as_of: date) -> pl.DataFrame:
        """What every rule says of one household, as known on a day.

        Raises
        ------
        SchemaError
            If the household is not on record by then.
        """

    def features(self, now: Situation, households: Frame) -> pl.DataFrame:
        """Indicators of the households given, sorted."""

    def routes(self, now: Situation, households: Frame) -> pl.DataFrame:
        """Kind of support that the records point to: ``household_id, route_zh, route_en``."""

    def has_outcome(self, as_of: date) -> bool:
        """Whether an outcome of a day can ever be known."""

    def outcomes(self, records: Records, known_on: date) -> Became:
        """What became of households, as known on a day: a function of the decision day."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What every day is built with."""

    records: Records
    standards: Standards
    cohort: Horizon
    need_line: str
    basis: Basis


def situation(setting: Setting, as_of: date) -> Situation:
    """Everything known on a day, through the one door."""
    return setting.basis.situation(setting.records, as_of)


def build_day(setting: Setting, as_of: date, *, now: Situation | None = None) -> Day:
    """Indicators of every household at risk on a day."""
    now = now or situation(setting, as_of)
    basis = setting.basis
    households = basis.asked(now)
    ids = households.select("household_id")
    must = basis.must_visits(now, ids)
    joined = households.to_native().join(must, on="household_id", how="left", maintain_order="left")
    return Day(
        as_of=as_of,
        features=basis.features(now, ids),
        households=joined,
        n_outside=basis.n_outside(now),
    )


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

    Days whose outcome is known later only, or never, are left out.

    Returns
    -------
    list of (Day, DataFrame)
        ``fell`` (0.0, 1.0, null for not knowable) and ``income_to_line_later`` (null for not
        known); on a register ``label`` too, which tells why there is no answer.
    """
    due = [
        day
        for day in days
        if setting.cohort.known_on(day.as_of) <= known_on and setting.basis.has_outcome(day.as_of)
    ]
    if not due:
        return []
    became = setting.basis.outcomes(setting.records, known_on)
    return [(day, became(day)) for day in due]


def decision_days(records: Records, *, until: date) -> list[date]:
    """Days on which households were visited, up to a day (included)."""
    return [day for day in records.days_occurred("household_snapshot") if day <= until]


def days_until(setting: Setting, until: date) -> list[date]:
    """Decision days of the setting's basis, up to a day (included)."""
    return setting.basis.decision_days(setting.records, until=until)


def day_before(day: date) -> date:
    """The day before; what was known then was known before the day."""
    return day - timedelta(days=1)


def visited_on(setting: Setting, now: Situation) -> pl.DataFrame:
    """Everybody who could be asked about on the situation's day, in need or not, sorted."""
    return setting.basis.everybody(now)


def first_seen(day: Day, *, before: date | None = None, since: date | None = None) -> pl.Series:
    """Whether each household of a day was first seen before, or since, a date."""
    first = day.households["first_day"]
    seen = pl.repeat(True, len(first), eager=True)
    if before is not None:
        seen = seen & (first < day_number(before))
    if since is not None:
        seen = seen & (first >= day_number(since))
    return seen
