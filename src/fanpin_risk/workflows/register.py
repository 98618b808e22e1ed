"""Decision days of a register: month-ends, every household that exists, and need dated later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import narwhals as nw
import polars as pl

from fanpin_risk.areas.alarm_settings import AlarmSettings
from fanpin_risk.areas.bunching import BunchingSettings
from fanpin_risk.areas.told import areas_told
from fanpin_risk.errors import AsOfError, SchemaError
from fanpin_risk.household.placement import facts_of
from fanpin_risk.household.view import county_view
from fanpin_risk.indicators.build import build_indicators
from fanpin_risk.indicators.indicator import Indicator
from fanpin_risk.ledger.state import ledger_state
from fanpin_risk.outcomes.flow import EXCLUDED, FlowSettings, flow_population
from fanpin_risk.outcomes.needs import event_outcomes
from fanpin_risk.outcomes.words import OutcomeWords, register_words
from fanpin_risk.records.timeline import Records, known_as_of
from fanpin_risk.standards.catalogue import STANDARD_RULES
from fanpin_risk.standards.findings import findings_of, not_met_by_place
from fanpin_risk.standards.lines import LINE_SCALE, lines_on
from fanpin_risk.standards.parameters import Standards
from fanpin_risk.standards.rule import Rule
from fanpin_risk.standards.rules_frame import standard_rules_table
from fanpin_risk.units import RATIO_SCALE
from fanpin_risk.workflows.days import Became, Day, Frame, RegisterFacts, RulesTold, Situation
from fanpin_risk.workflows.register_told import register_told
from fanpin_risk.workflows.ruled import rule_must_visits, ruled

LEFT_OUT = {
    "vep": (
        "预期贫困脆弱性（VEP）要用期末收入来学习，台账只对部分户登记收入，故不列",
        "vulnerability to expected poverty learns from incomes at the end of the horizon, and a "
        "register holds incomes of some households only: left out",
    ),
    "welfare": (
        "福利度量要用期末实际收入，台账不掌握，故不计算",
        "welfare measures stand on realised incomes, which a register does not hold: left out",
    ),
}
"""What cannot be had from a register, and why; said beside the results rather than made up."""


@dataclass(frozen=True, kw_only=True)
class RegisterBasis:
    """A register: an event within a horizon, of whoever exists and is not known to be in need."""

    standards: Standards
    cohort: FlowSettings
    need_line: str
    catalogue: Sequence[Indicator]
    alarm: AlarmSettings
    bunching: BunchingSettings

    @property
    def words(self) -> OutcomeWords:
        """Words of an event."""
        return register_words(self.cohort)

    @property
    def rules(self) -> Sequence[Rule]:
        """Every rule of the county's standards."""
        return STANDARD_RULES

    @property
    def left_out(self) -> dict[str, tuple[str, str]]:
        """What would need incomes that nobody wrote down."""
        return LEFT_OUT

    def decision_days(self, records: Records, *, until: date) -> list[date]:
        """Days of the configuration, from the first on which somebody was on record."""
        first = records.days_occurred("household_snapshot")[0]
        return [day for day in self.cohort.decision_days.days() if first <= day <= until]

    def last_day(self, records: Records) -> date:
        """Last day of visits."""
        return records.days_occurred("visit")[-1]

    def situation(self, records: Records, as_of: date) -> Situation:
        """Records, where every household stands, and what the standards say of it.

        Raises
        ------
        AsOfError
            If nobody is on record on the day.
        """
        known = known_as_of(records, as_of)
        facts = facts_of(known)
        state = ledger_state(facts, open_clue_days=self.cohort.open_clue_days)
        population = flow_population(facts, state, self.cohort)
        if len(population) == 0:
            raise AsOfError(self.nobody(records, as_of))
        places = population["context_place"].unique().drop_nulls().to_list()
        lines = lines_on(self.standards, places, as_of, [self.need_line])
        line_fen = nw.col(f"{self.need_line}_e4") // LINE_SCALE
        county = county_view(facts, lines.select("context_place", line_fen=line_fen))
        return Situation(
            known=known,
            register=RegisterFacts(
                facts=facts,
                population=population,
                county=county,
                ruled=ruled(facts, county, state, self.standards),
            ),
        )

    def everybody(self, now: Situation) -> pl.DataFrame:
        """Every household that exists on the day, with why it is not asked about, if it is not."""
        return _register_of(now).population.to_native()

    def nobody(self, records: Records, as_of: date) -> str:
        """Name the first day on which somebody was on record."""
        first = records.days_occurred("household_snapshot")[0]
        return (
            f"No household is on record on {as_of}. The first are of {first}; choose a later day."
        )

    def not_scored(self, everybody: pl.DataFrame) -> pl.DataFrame:
        """Who is outside the cohort, with the first reason that holds."""
        reason = pl.col("excluded_for")
        outside = everybody.filter(reason.is_not_null())
        return outside.select(
            "household_id",
            reason=reason,
            reason_zh=_said(reason, 0),
            reason_en=_said(reason, 1),
        ).sort("household_id")

    def n_outside(self, now: Situation) -> dict[str, int]:
        """Who exists and is outside the cohort, by the first reason that holds."""
        reasons = self.not_scored(self.everybody(now))["reason"]
        return dict(sorted(reasons.value_counts().iter_rows()))

    def asked(self, now: Situation) -> Frame:
        """The cohort, with what the register has of its income."""
        register = _register_of(now)
        population = register.population
        income = _income_to_line(register)
        return (
            population.filter(nw.col("excluded_for").is_null())
            .join(income, on="household_id", how="left")
            .select(
                *("household_id", "place", "region", "members", "income_to_line_e4"),
                *("first_day", "is_below_line"),
                in_cohort=nw.lit(True),
            )
            .sort("household_id")
        )

    def must_visits(self, now: Situation, households: Frame) -> pl.DataFrame:
        """Rules that ask for a visit, and proposals that want one."""
        asked = households.select("household_id").to_native()
        return asked.join(
            rule_must_visits(_register_of(now).ruled), on="household_id", how="left"
        ).sort("household_id")

    def told(self, now: Situation, everybody: pl.DataFrame) -> RulesTold:
        """Every rule on the account of the day, what follows from it, and what places tell."""
        register = _register_of(now)
        day = register.ruled
        ids = everybody.select("household_id")
        return RulesTold(
            findings=findings_of(day.answers, households=ids),
            rules=standard_rules_table(day.answers.table, day.answers.rules),
            not_met=not_met_by_place(day.answers, everybody.select("household_id", "place")),
            register=register_told(
                register.facts,
                register.county,
                day,
                self.standards,
                households=ids,
                areas=areas_told(
                    register.facts,
                    self.standards,
                    line=self.need_line,
                    alarm=self.alarm,
                    bunching=self.bunching,
                ),
            ),
        )

    def answers_of_one(self, records: Records, household: str, as_of: date) -> pl.DataFrame:
        """Rules on the household's account of the day, under its current number."""
        now = self.situation(records, as_of)
        given = nw.from_native(pl.DataFrame({"household_id": [household]}), eager_only=True)
        asked = _register_of(now).facts.current(given)
        answers = findings_of(
            _register_of(now).ruled.answers, households=asked.to_native(), with_not_met=True
        )
        if answers.height == 0:
            raise SchemaError(
                f"Household {household!r} is not on record on {as_of}, or has ended by then. Check "
                "number and day."
            )
        return answers

    def features(self, now: Situation, households: Frame) -> pl.DataFrame:
        """Indicators over the county's records."""
        return build_indicators(
            now.known,
            None,
            households,
            horizon_months=self.cohort.horizon_months,
            catalogue=self.catalogue,
            county=_register_of(now).county,
        )

    def routes(self, now: Situation, households: Frame) -> pl.DataFrame:
        """Route of each household's proposal."""
        asked = households.select("household_id").to_native()
        proposed = _register_of(now).ruled.proposals
        return (
            asked.join(proposed, on="household_id", how="left")
            .select("household_id", "route_zh", "route_en")
            .sort("household_id")
        )

    def has_outcome(self, as_of: date) -> bool:
        """Every day of a register has one in its time."""
        return True

    def outcomes(self, records: Records, known_on: date) -> Became:
        """First need within the horizon, or a look without need after it."""
        facts = facts_of(known_as_of(records, known_on))

        def became(day: Day) -> pl.DataFrame:
            asked = nw.from_native(day.households.select("household_id"), eager_only=True)
            found = event_outcomes(facts, asked, day.as_of, self.cohort).to_native()
            joined = day.households.select("household_id").join(
                found, on="household_id", how="left", maintain_order="left"
            )
            return joined.select(
                fell=pl.col("fell").cast(pl.Float64),
                income_to_line_later=pl.lit(None, dtype=pl.Float64),
                label=pl.col("label"),
            )

        return became


def _income_to_line(register: RegisterFacts) -> Frame:
    """Income per head on the register, relative to the line in force."""
    income, line = nw.col("register_income_per_head_fen"), nw.col("line_fen")
    homes = register.ruled.answers.homes.select("home", "household_id", income)
    placed = homes.join(register.county.homes.select("home", "line_fen"), on="home", how="left")
    return placed.select(
        "household_id",
        income_to_line_e4=nw.when(line > 0).then(income * RATIO_SCALE // line),
        is_below_line=income < line,
    )


def _register_of(now: Situation) -> RegisterFacts:
    """What a register's situation holds beside the records."""
    assert now.register is not None, "the situation was built by another basis"
    return now.register


def _said(reason: pl.Expr, language: int) -> pl.Expr:
    """Words of a reason."""
    return reason.replace_strict(
        {name: words[language] for name, words in EXCLUDED.items()}, return_dtype=pl.String
    )
