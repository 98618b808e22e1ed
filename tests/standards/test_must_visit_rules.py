"""The eight groups: each makes a must-visit, and stands on the rules it is put together from."""

from __future__ import annotations

import re

import pytest

from fanpin_risk.errors import SchemaError
from fanpin_risk.standards.catalogue import STANDARD_RULES
from fanpin_risk.standards.composed import rule_named
from fanpin_risk.standards.must_visit_rules import MUST_VISIT_RULES

CHINESE = re.compile(r"[一-鿿]")
NAMES = (
    *("must_visit_income", "must_visit_illness", "must_visit_tekun_alone", "must_visit_dibao"),
    *("must_visit_disabled", "must_visit_students", "must_visit_unstable_work"),
    "must_visit_struck",
)


def test_all_eight_groups_are_there_in_the_order_of_the_notes():
    """In the catalogue too."""
    assert tuple(rule.name for rule in MUST_VISIT_RULES) == NAMES
    assert tuple(rule for rule in STANDARD_RULES if rule.theme == "must_visit") == MUST_VISIT_RULES


@pytest.mark.parametrize("rule", MUST_VISIT_RULES, ids=lambda rule: rule.name)
def test_each_group_makes_a_must_visit_and_is_worded(rule):
    """Whatever a score says; Chinese and English in their places."""
    assert rule.makes_must_visit
    assert (rule.mark, rule.source.startswith("policy notes 7")) == ("B", True)
    for text in (rule.title_zh, rule.tests_zh, rule.owner_zh):
        assert CHINESE.search(text)
    for text in (rule.title_en, rule.tests_en, rule.owner_en):
        assert not CHINESE.search(text)


@pytest.mark.parametrize(
    ("group", "parts"),
    [
        ("must_visit_income", ("income_below_line", "sharp_income_fall")),
        ("must_visit_unstable_work", ("unstable_wage_share_high",)),
        ("must_visit_struck", ("struck_by_disaster", "struck_by_accident")),
    ],
)
def test_a_group_shows_what_its_parts_show(group, parts):
    """Their values, parameters and readings, each once."""
    rule = rule_named(group, MUST_VISIT_RULES)
    for name in parts:
        part = rule_named(name, STANDARD_RULES)
        assert set(part.shows) <= set(rule.shows)
        assert set(part.parameters) <= set(rule.parameters)
        assert set(part.readings) <= set(rule.readings)
    assert len(set(rule.shows)) == len(rule.shows)


def test_a_rule_that_is_not_there_is_named():
    """With those that are."""
    with pytest.raises(SchemaError, match=r"No rule is called 'nothing'; there are must_visit_inc"):
        rule_named("nothing", MUST_VISIT_RULES)
