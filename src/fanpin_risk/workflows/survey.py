"""Decision days of a survey: days of visits, whoever was visited, and the visit a horizon later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import narwhals as nw
import polars as pl

from fanpin_risk.dates import day_of
from fanpin_risk.errors import SchemaError
from fanpin_risk.household.account import household_account
from fanpin_risk.indicators.build import build_indicators
from fanpin_risk.indicators.indicator import Indicator
from fanpin_risk.outcomes.cohort import CohortSettings, at_risk, is_due, visited
from fanpin_risk.outcomes.label import status_at_horizon
from fanpin_risk.outcomes.words import OutcomeWords, survey_words
from fanpin_risk.records.timeline import Records, known_as_of
from fanpin_risk.standards.lines import PANEL_UNIT, line_table
from fanpin_risk.standards.parameters import Standards
from fanpin_risk.standards.rule import Rule
from fanpin_risk.standards.rules import (
    RULES,
    findings,
    must_visits,
    not_met_counts,
    routes,
    rule_answers,
    rules_table,
)
from fanpin_risk.workflows.days import (
    Became,
    Day,
    Frame,
    RulesTold,
    Situation,
    SurveyFacts,
    decision_days,
)

IN_NEED = (
    "已低于收入线：属于当前需求，见规则结果",
    "below the line already: a present need, see the findings",
)


@dataclass(frozen=True, kw_only=True)
class SurveyBasis:
    """A panel of visits: status a horizon later, of whoever was visited and not in need."""

    standards: Standards
    cohort: CohortSettings
    need_line: str
    catalogue: Sequence[Indicator]

    @property
    def words(self) -> OutcomeWords:
        """Words of a status."""
        return survey_words(self.cohort)

    @property
    def rules(self) -> Sequence[Rule]:
        """Rules of the income line."""
        return RULES

    @property
    def left_out(self) -> dict[str, tuple[str, str]]:
        """Nothing: incomes of later visits are known."""
        return {}

    def decision_days(self, records: Records, *, until: date) -> list[date]:
        """Days of visits."""
        return decision_days(records, until=until)

    def last_day(self, records: Records) -> date:
        """Last day of visits."""
        return records.days_occurred("household_snapshot")[-1]

    def situation(self, records: Records, as_of: date) -> Situation:
        """Records, lines and the account of every visit."""
        known = known_as_of(records, as_of)
        lines = line_table(self.standards, known, sorted(self._line_names()))
        account = household_account(known, lines, line=self.need_line)
        return Situation(known=known, visits=SurveyFacts(lines=lines, account=account))

    def everybody(self, now: Situation) -> pl.DataFrame:
        """Everybody visited on the day, in need or not."""
        return visited(_visits_of(now).account, now.known.as_of).sort("household_id").to_native()

    def nobody(self, records: Records, as_of: date) -> str:
        """Name the visits nearest before the day."""
        earlier = [day for day in records.days_occurred("household_snapshot") if day <= as_of]
        return (
            f"Nobody was visited on {as_of}. The visits nearest before it are of {earlier[-1]}; "
            "choose a day of visits, such as the quarter's last."
        )

    def not_scored(self, everybody: pl.DataFrame) -> pl.DataFrame:
        """Who is in need already."""
        in_need = everybody.filter(pl.col("is_below_line").fill_null(False))
        return in_need.select(
            "household_id",
            reason=pl.lit("in_need"),
            reason_zh=pl.lit(IN_NEED[0]),
            reason_en=pl.lit(IN_NEED[1]),
        ).sort("household_id")

    def n_outside(self, now: Situation) -> dict[str, int]:
        """Nobody: who was not visited on the day is not known to exist on it."""
        return {}

    def asked(self, now: Situation) -> Frame:
        """Visited and not known to be in need; the cohort is known not to be, and due."""
        as_of = now.known.as_of
        return (
            at_risk(_visits_of(now).account, as_of)
            .sort("household_id")
            .with_columns(
                in_cohort=(~nw.col("is_below_line")).fill_null(False) & is_due(as_of, self.cohort)
            )
        )

    def must_visits(self, now: Situation, households: Frame) -> pl.DataFrame:
        """Rules on the visit of the day that ask for another one."""
        return must_visits(self._answers(now, households, now.known.as_of))

    def told(self, now: Situation, everybody: pl.DataFrame) -> RulesTold:
        """Rules on the visit of the day."""
        as_of = now.known.as_of
        ids = nw.from_native(everybody.select("household_id"), eager_only=True)
        answers = self._answers(now, ids, as_of)
        return RulesTold(
            findings=findings(answers),
            rules=rules_table(self.standards, as_of),
            not_met=not_met_counts(answers, everybody.select("household_id", "place")),
        )

    def answers_of_one(self, records: Records, household: str, as_of: date) -> pl.DataFrame:
        """Rules on the household's latest visit known on the day."""
        now = self.situation(records, as_of)
        asked = nw.from_native(pl.DataFrame({"household_id": [household]}), eager_only=True)
        account = _visits_of(now).account
        visits = account.filter(nw.col("household_id") == household)["occurred_day"]
        if len(visits) == 0:
            raise SchemaError(
                f"No visit of household {household!r} was known on {as_of}. Check number and day."
            )
        visit_day = day_of(int(visits.max()))
        return self._answers(now, asked, visit_day)

    def features(self, now: Situation, households: Frame) -> pl.DataFrame:
        """Indicators over the visits."""
        return build_indicators(
            now.known,
            _visits_of(now).account,
            households,
            horizon_months=self.cohort.horizon_months,
            catalogue=self.catalogue,
        )

    def routes(self, now: Situation, households: Frame) -> pl.DataFrame:
        """Route by what the visit of the day found."""
        return routes(now.known, households, now.known.as_of)

    def has_outcome(self, as_of: date) -> bool:
        """Whether anybody was visited on the later day."""
        return self.cohort.later_day(as_of) not in self.cohort.days_without_survey

    def outcomes(self, records: Records, known_on: date) -> Became:
        """Status on the visit exactly a horizon later."""
        now = self.situation(records, known_on)
        account = _visits_of(now).account

        def became(day: Day) -> pl.DataFrame:
            status = status_at_horizon(account, now.known, day.as_of, self.cohort).to_native()
            joined = day.households.select("household_id").join(
                status, on="household_id", how="left", maintain_order="left"
            )
            return joined.select(
                fell=pl.col("is_below_line_later").cast(pl.Float64),
                income_to_line_later=pl.col("income_to_line_later_e4").cast(pl.Float64) / 10_000,
            )

        return became

    def _answers(self, now: Situation, households: Frame, visit_day: date) -> pl.DataFrame:
        """What every rule says of the visits of a day."""
        lines = _visits_of(now).lines
        return rule_answers(now.known, lines, self.standards, households, visit_day)

    def _line_names(self) -> list[str]:
        """Parameters that are lines of income per head and month."""
        return [
            name
            for name, parameter in self.standards.parameters.items()
            if parameter.unit == PANEL_UNIT
        ]


def _visits_of(now: Situation) -> SurveyFacts:
    """What a survey's situation holds beside the records."""
    assert now.visits is not None, "the situation was built by another basis"
    return now.visits
