"""Rules on members: what is missing leaves an answer open, and never turns it."""

from __future__ import annotations

import runpy
from datetime import date
from pathlib import Path

import pytest
import yaml

from fanpin_risk.household.facts import DayFacts
from fanpin_risk.standards.evaluate import evaluate
from fanpin_risk.standards.income_rules import INCOME_RULES
from fanpin_risk.standards.person_rules import PERSON_RULES
from fanpin_risk.standards.readings import Readings
from fanpin_risk.standards.table import parameter_table

HERE = Path(__file__).parent
CASES = runpy.run_path(str(HERE / "test_rule_cases.py"))
RULES = (*INCOME_RULES, *PERSON_RULES)
NAMES = [rule.name for rule in PERSON_RULES]
DAY = date(2025, 8, 31)
KEPT = ("heads", "context_place", "is_income_12m_lower_known", "is_income_12m_upper_known")


def rows():
    """Facts of the cases at one place on one day: a household, and its one member."""
    documents = yaml.safe_load_all((HERE / "cases/persons.yaml").read_text(encoding="utf-8"))
    for document in documents:
        for case in document["cases"]:
            if case["place"] == "SIM" and case["day"] == DAY:
                yield (
                    {"context_place": "SIM", "heads": 1, **case.get("household", {})},
                    {**case["persons"][0]},
                )


def with_one_missing():
    """Each case whole and, after it, without one of its facts at a time, by number of the whole."""
    homes, persons, whole = [], [], []
    for home, person in rows():
        first = len(homes)
        variants = [(home, person)]
        variants += [({**home, k: None}, person) for k in home if k not in KEPT]
        variants += [(home, {**person, k: None}) for k in person]
        for one, other in variants:
            homes.append(one)
            persons.append(other)
            whole.append(first)
    return homes, persons, whole


@pytest.mark.parametrize("never_poor", ["not_met_but_look", "met"])
def test_missing_facts_turn_nothing(shipped_standards, never_poor):
    """Met stays met or becomes open, not met likewise, and open stays open, for every fact."""
    homes, persons, whole = with_one_missing()
    n = range(len(homes))
    keys = {"home": list(n), "household_id": [f"h{i:04}" for i in n], "place": ["v1" for _ in n]}
    own = {"person": list(n), "person_id": [f"p{i:04}" for i in n], "home": list(n)}
    facts = DayFacts(
        as_of=DAY,
        homes=CASES["frame"]("household", homes, keys),
        persons=CASES["frame"]("person", persons, own),
    )
    names = tuple(dict.fromkeys(p for rule in RULES for p in rule.parameters))
    table = parameter_table(shipped_standards(), ["SIM"], DAY, names)
    readings = Readings(never_poor_without_labour=never_poor)
    answers = evaluate(facts, table, RULES, readings).persons.sort("person")
    turned = []
    for name in NAMES:
        told = answers[name].to_list()
        turned += [
            (name, persons[i], homes[i])
            for i in n
            if told[i] is not None and told[i] is not told[whole[i]]
        ]
        assert {True, False, None} <= set(told) or never_poor == "met"
    assert turned == []


def test_every_rule_on_members_says_who_answers_for_it():
    """Owner, source and both titles; none lists anybody for a visit by itself."""
    for rule in PERSON_RULES:
        assert rule.owner_zh
        assert rule.owner_en
        assert "founding text" in rule.source or "policy notes" in rule.source
        assert not rule.makes_must_visit
        assert rule.level == "person"
