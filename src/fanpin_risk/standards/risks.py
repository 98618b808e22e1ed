"""Which rules are which part of the joint judgement: shocks, gaps, warnings, serious difficulty.

Named once for the proposal and the exit; the order is that of the rules.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import narwhals as nw

from fanpin_risk.errors import SchemaError
from fanpin_risk.standards.evaluate import Answers
from fanpin_risk.standards.logic import any_of
from fanpin_risk.standards.rule import StandardRule
from fanpin_risk.standards.values import MARKS_TO_NAME

LINE: Final = "income_below_line"
"""The line test of the proposal."""
COPING: Final = "able_to_cope"
"""The appraisal's word on the household's own capacity."""

GAPS_OF_TYPE: Final = (
    *("schooling_not_guaranteed", "register_child_out_of_school", "housing_unsafe"),
    *("water_outage", "water_unsafe", "water_far", "water_scarce", "water_unreliable"),
)
"""Schooling, the home and water: what a visit takes for hardship by itself."""
GAPS: Final = (
    *GAPS_OF_TYPE,
    *("medical_cover_gap", "register_member_uninsured", "serious_illness_cover_gap"),
)
"""Every guarantee and water."""
SHOCKS: Final = (
    *("struck_by_disaster", "struck_by_accident", "main_worker_lost"),
    *("crop_or_business_failed", "job_lost"),
)
"""What struck within the months that count."""
MEDICAL_WARNINGS: Final = (
    *("medical_warning_stay", "medical_warning_person_year"),
    *("medical_warning_household_year", "medical_warning_outpatient_month"),
)
WARNINGS: Final = (*MEDICAL_WARNINGS, "school_cost_warning", "rigid_burden_high")
"""Spending that warns; a warning lists nobody by itself."""
WORK_AND_LABOUR: Final = (
    *("public_post_ending", "unstable_wage_share_high", "no_labour", "lack_of_labour"),
)
PERSONAL: Final = ("must_visit_illness", "must_visit_disabled", "must_visit_students")
"""Serious or costly illness, new or severe disability, several students: risks of the expenditure
route (policy notes, section 1)."""
RISKS: Final = (*GAPS, *SHOCKS, *WARNINGS, *WORK_AND_LABOUR, *PERSONAL)
"""Every listed risk."""
SPENDING_LEFT: Final = ("income_after_rigid_below_line", "serious_expenditure")
"""Rigid spending that leaves too little."""
SERIOUS: Final = (*SPENDING_LEFT, "sharp_income_fall")
"""What makes a difficulty serious."""
SPENDING: Final = (*WARNINGS, *SPENDING_LEFT)
"""Spending that must be solved before an exit."""
_NOT_NAMED: Final = "mark_not_allowed"
JUDGED: Final = (LINE, *RISKS, *SERIOUS)
"""Every rule that a proposal can rest on."""


def asked_rules(answers: Answers, names: Iterable[str]) -> tuple[StandardRule, ...]:
    """Rules by name, in the order of the answers.

    Raises
    ------
    SchemaError
        If one of them was not asked.
    """
    wanted = set(names)
    found = tuple(rule for rule in answers.rules if rule.name in wanted)
    missing = sorted(wanted - {rule.name for rule in found})
    if missing:
        raise SchemaError(
            f"The proposal and the exit stand on the rules {missing}, which were not asked. Ask "
            "every rule of the catalogue."
        )
    return found


@dataclass(frozen=True, kw_only=True)
class Judged:
    """Answers of rules as parts of a judgement, under the marks that a configuration names.

    A rule of a mark that must be named and is not is no rule of the county. So is, at a place, one
    whose every figure has such a mark: it cannot be met there whatever the facts, and it leaves
    nothing open.
    """

    answers: Answers
    marks_allowed: tuple[str, ...] = ()

    def rules(self, names: Iterable[str]) -> tuple[StandardRule, ...]:
        """Rules by name that are rules of the county, in the order of the answers."""
        return tuple(
            rule
            for rule in asked_rules(self.answers, names)
            if rule.mark not in MARKS_TO_NAME or rule.mark in self.marks_allowed
        )

    def answer(self, rule: StandardRule) -> nw.Expr:
        """What a rule says, three-valued."""
        places = self._places_without(rule)
        column = nw.col(rule.name)
        if not places:
            return column
        is_off = column.is_null() & nw.col("context_place").is_in(places)
        return nw.when(is_off).then(nw.lit(False)).otherwise(column)

    def any_met(self, names: Iterable[str]) -> nw.Expr:
        """Whether any of some rules is met, three-valued; false for no rules at all."""
        return any_of(nw.lit(False), *[self.answer(rule) for rule in self.rules(names)])

    def _places_without(self, rule: StandardRule) -> list[str]:
        """Places where every figure of a rule has a mark that is not named."""
        table = self.answers.table
        return [
            place
            for place in table.frame["context_place"].to_list()
            if rule.parameters
            and all(
                (place, name) in table.reasons
                and table.standards.resolve(name, place=place, day=table.day).why == _NOT_NAMED
                for name in rule.parameters
            )
        ]
