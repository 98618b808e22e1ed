"""The standards as sentences: what the shipped files say, case by case."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
import yaml

from fanpin_risk.errors import ConfigError
from fanpin_risk.standards.composed import rule_named
from fanpin_risk.standards.income_rules import INCOME_RULES
from fanpin_risk.standards.parameters import Standards
from fanpin_risk.standards.rules import RULES, rules_table
from fanpin_risk.standards.rules_frame import standard_rules_table
from fanpin_risk.standards.table import parameter_table

SETS = ("panel", "county")
CASES = {
    name: [
        case
        for path in sorted((Path(__file__).parent / name).glob("*.yaml"))
        for case in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]
    for name in SETS
}
HOLDS_ON = date(2012, 3, 31)
LINE_TEST = rule_named("register_income_below_line", INCOME_RULES)


def line_found(standards, case):
    """A line's value as a fraction, or None."""
    found = standards.resolve(
        case["line"],
        place=case["place"],
        day=case["day"],
        figures={"median_income_minor": case["median_income_minor"]},
    )
    return found.value


def record_found(standards, case):
    """What the table of rules says of a record; all None when the record is not in it."""
    day = case.get("day", HOLDS_ON)
    if "income_line" in standards.parameters:
        rules = rules_table(standards, day, RULES)
    else:
        table = parameter_table(standards, ["SIM"], day, LINE_TEST.parameters)
        rules = standard_rules_table(table, [LINE_TEST]).filter(kind="parameter")
    row = {row["parameter"]: row for row in rules.iter_rows(named=True)}.get(case["record"], {})
    return {key: row.get(key) for key in case["expected"]}


def answers_found(standards, case, small, ask):
    """Answer of every rule for the household of a case."""
    place, day, median = case["place"], case["day"], case["median_income_minor"]
    visit = small.visit("h1", day, context_place=place, **case["household"])
    medians = [] if median is None else [small.median(day, median, place=place)]
    # medians of the neighbouring quarters are known and must not be used
    medians += [
        small.median(day + timedelta(days=days), 10_000_000, place=place) for days in (-92, -91, 91)
    ]
    found = ask(standards, small.records([visit], medians), day)
    return dict(found.select("rule", "answer").iter_rows())


def outcome(standards, case, small, ask):
    """What the standards say of a case, and what it expects."""
    expected = case["expected"]
    if "line" in case:
        return line_found(standards, case), None if expected is None else Fraction(expected)
    if "parameter" in case:
        parameter = standards.parameter(case["parameter"])
        return {key: getattr(parameter, key) for key in expected}, expected
    if "record" in case:
        return record_found(standards, case), expected
    return answers_found(standards, case, small, ask), expected


@pytest.fixture(scope="session")
def files(panel_folder, shipped_folder):
    """Content of the files that the cases of each set are about."""
    paths = {
        "panel": sorted(panel_folder.glob("*.yaml")),
        "county": [shipped_folder / "simulated_county/monitoring_line.yaml"],
    }
    return {
        name: {path.name: yaml.safe_load(path.read_text("utf-8")) for path in those}
        for name, those in paths.items()
    }


@pytest.mark.parametrize(
    ("name", "case"),
    [(name, case) for name in SETS for case in CASES[name]],
    ids=lambda value: value["name"] if isinstance(value, dict) else value,
)
def test_the_standards_say(name, case, request, small, ask):
    """Each case of ``tests/standards/panel`` and ``county`` holds for the shipped standards."""
    standards = request.getfixturevalue({"panel": "shipped", "county": "county"}[name])
    found, expected = outcome(standards, case, small, ask)
    assert found == expected


def test_no_two_cases_have_one_name():
    """A sentence names one case."""
    names = [case["name"] for name in SETS for case in CASES[name]]
    assert len(set(names)) == len(names)


def others(key, value):
    """Values that a setting might be changed to by mistake."""
    if isinstance(value, date):
        return [value + timedelta(days=1), value - timedelta(days=1)]
    if key in ("multiple", "value"):
        return [str(Decimal(value) + Decimal("0.01")), str(Decimal(value) - Decimal("0.01"))]
    if key == "of":
        known = ("median_income_minor", "income_line", "must_visit_line", "monitoring_line")
        return [name for name in known if name != value]
    if key == "mark":
        return [mark for mark in "ABCDEGHN" if mark != value]
    return [f"{value} changed"]


def changes(content):
    """Every way to change one value of a parameter file: where, what to, and the whole content."""
    for key, value in content.items():
        if key != "values":
            yield from ((key, new, content | {key: new}) for new in others(key, value))
    for number, record in enumerate(content["values"]):
        for key, value in record.items():
            for new in others(key, value):
                values = list(content["values"])
                values[number] = record | {key: new}
                yield f"values.{number}.{key}", new, content | {"values": values}


def is_red(folder, cases, small, ask):
    """Whether some case fails, or the standards cannot be loaded at all."""
    try:
        standards = Standards.load(folder)
        found = (outcome(standards, case, small, ask) for case in cases)
        return any(said != expected for said, expected in found)
    except ConfigError:
        return True


@pytest.mark.parametrize("name", SETS)
def test_changing_any_value_of_the_standards_turns_a_case_red(name, files, tmp_path, small, ask):
    """Numbers, days, places, bases, units, sources, marks, words: one changed, one case fails."""
    contents, cases = files[name], CASES[name]

    def write(file, content):
        (tmp_path / file).write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")

    for file, content in contents.items():
        write(file, content)
    assert not is_red(tmp_path, cases, small, ask)
    tried = 0
    for file, content in contents.items():
        if file == "places.yaml":
            continue
        for where, new, changed in changes(content):
            write(file, changed)
            assert is_red(tmp_path, cases, small, ask), f"{file}: {where} to {new} unnoticed"
            tried += 1
        write(file, content)
    assert tried >= 50
