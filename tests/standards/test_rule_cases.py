"""Every rule as sentences: facts of one household on a day, and what the rule says of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import narwhals as nw
import polars as pl
import pytest
import yaml

from fanpin_risk.dates import day_number
from fanpin_risk.household.facts import DayFacts
from fanpin_risk.household.themes import THEMES
from fanpin_risk.ledger.loop import LOOP_FACTS
from fanpin_risk.standards.catalogue import STANDARD_RULES
from fanpin_risk.standards.evaluate import evaluate
from fanpin_risk.standards.findings import findings_of
from fanpin_risk.standards.readings import Readings
from fanpin_risk.standards.table import parameter_table

FOLDER = Path(__file__).parent / "cases"
CASES = [
    pytest.param(
        rule_cases["rule"], case, id=f"{path.stem}: {rule_cases['rule']}: {case['sentence']}"
    )
    for path in sorted(FOLDER.glob("*.yaml"))
    for rule_cases in yaml.safe_load_all(path.read_text(encoding="utf-8"))
    for case in rule_cases["cases"]
]
RULES = {rule.name: rule for rule in STANDARD_RULES}
OWN = {
    "household": {"heads": nw.Int64(), "context_place": nw.String(), **LOOP_FACTS},
    "person": {"is_away": nw.Int64()},
}


def columns(level):
    """Facts that cases of a level may state, with their types."""
    found = dict(OWN[level])
    for theme in THEMES:
        if theme.level == level:
            found |= theme.columns
    return found


def frame(level, rows, keys):
    """Facts as a frame; what a case does not state is not known."""
    types = columns(level)
    strange = sorted({name for row in rows for name in row} - set(types))
    assert not strange, f"no fact of a {level} is called {strange}"
    data = {name: [number(row.get(name)) for row in rows] for name in types}
    made = nw.from_native(pl.DataFrame({**keys, **data}, strict=False), eager_only=True)
    return made.with_columns(nw.col(name).cast(kind) for name, kind in types.items())


def number(value):
    """Dates of a case as day numbers."""
    return day_number(value) if isinstance(value, date) else value


def facts_of(case):
    """Facts of the one household of a case."""
    household = {"context_place": case["place"], "heads": 1, **case.get("household", {})}
    persons = case.get("persons", [])
    homes = frame("household", [household], {"home": [0], "household_id": ["h1"], "place": ["v1"]})
    n = len(persons)
    keys = {"person": list(range(n)), "person_id": [f"p{i}" for i in range(n)], "home": [0] * n}
    return DayFacts(
        as_of=case["day"],
        homes=homes,
        persons=frame("person", persons, keys) if n else _nobody(keys),
    )


def _nobody(keys):
    types = columns("person")
    empty = pl.DataFrame({**{k: [] for k in keys}, **{k: [] for k in types}})
    made = nw.from_native(empty, eager_only=True)
    return made.with_columns(
        nw.col("person").cast(nw.Int64()),
        nw.col("home").cast(nw.Int64()),
        nw.col("person_id").cast(nw.String()),
        *[nw.col(name).cast(kind) for name, kind in types.items()],
    )


@pytest.mark.parametrize(("name", "case"), CASES)
def test_a_case(name, case, shipped_standards):
    """The rule says what the sentence says."""
    rule = RULES[name]
    asked = [*(RULES[n] for n in rule.household_columns if n in RULES), rule]
    table = parameter_table(
        shipped_standards(tuple(case.get("marks_allowed", ()))),
        [case["place"]],
        case["day"],
        tuple(dict.fromkeys(p for one in asked for p in one.parameters)),
    )
    readings = Readings(**case.get("readings", {}))
    answers = evaluate(
        facts_of(case), table, asked, readings, marks_allowed=case.get("marks_allowed", ())
    )
    found = findings_of(answers, with_not_met=True).filter(pl.col("rule") == name)
    assert found["answer"].to_list() == [case["answer"]]
    for part in case.get("evidence_has", []):
        assert part in found["evidence"].item()
    for record in case.get("parameter_has", []):
        assert record in found["parameter"].item()


def test_every_rule_has_a_case_for_each_answer():
    """Met, not met and cannot tell of every rule stand in a sentence."""
    told = {(p.values[0], p.values[1]["answer"]) for p in CASES}
    wanted = {(name, answer) for name in RULES for answer in ("met", "not met", "cannot tell")}
    assert sorted(wanted - told) == []


def test_every_case_is_of_a_rule():
    """No case outlives its rule."""
    assert {p.values[0] for p in CASES} <= set(RULES)
