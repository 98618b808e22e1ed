"""Rules that other rules are put together from, by name."""

from __future__ import annotations

from collections.abc import Sequence

from fanpin_risk.errors import SchemaError
from fanpin_risk.standards.rule import StandardRule


def rule_named(name: str, rules: Sequence[StandardRule]) -> StandardRule:
    """One of some rules.

    Raises
    ------
    SchemaError
        If none of them has the name.

    Examples
    --------
    >>> from fanpin_risk.standards.income_rules import INCOME_RULES
    >>> rule_named("sharp_income_fall", INCOME_RULES).parameters
    ('sharp_income_fall_share',)
    """
    for rule in rules:
        if rule.name == name:
            return rule
    names = ", ".join(rule.name for rule in rules)
    raise SchemaError(f"No rule is called {name!r}; there are {names}. Name one of them.")
