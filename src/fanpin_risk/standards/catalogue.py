"""Every rule of the county's standards, in the order in which they are shown."""

from __future__ import annotations

from fanpin_risk.standards.coping_rules import COPING_RULES
from fanpin_risk.standards.exit_rules import EXIT_RULES
from fanpin_risk.standards.guarantee_rules import GUARANTEE_RULES
from fanpin_risk.standards.income_rules import INCOME_RULES
from fanpin_risk.standards.loop_rules import LOOP_RULES
from fanpin_risk.standards.must_visit_rules import MUST_VISIT_RULES
from fanpin_risk.standards.person_rules import PERSON_RULES
from fanpin_risk.standards.rule import StandardRule
from fanpin_risk.standards.shock_rules import SHOCK_RULES
from fanpin_risk.standards.spending_rules import SPENDING_RULES
from fanpin_risk.standards.work_rules import WORK_RULES

STANDARD_RULES: tuple[StandardRule, ...] = (
    *INCOME_RULES,
    *SPENDING_RULES,
    *GUARANTEE_RULES,
    *SHOCK_RULES,
    *WORK_RULES,
    *COPING_RULES,
    *PERSON_RULES,
    *MUST_VISIT_RULES,
    *LOOP_RULES,
    *EXIT_RULES,
)
"""All rules, theme by theme."""
