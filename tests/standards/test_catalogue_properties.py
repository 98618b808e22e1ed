"""What holds of every rule of the catalogue, whatever the facts of a household are."""

from __future__ import annotations

import random
import re
import runpy
from datetime import date
from pathlib import Path

import duckdb
import narwhals as nw
import polars as pl
import pytest

import fanpin_risk
from fanpin_risk.causes import Cause
from fanpin_risk.dates import day_number
from fanpin_risk.household.facts import DayFacts
from fanpin_risk.standards.catalogue import STANDARD_RULES
from fanpin_risk.standards.evaluate import condition_of, evaluate
from fanpin_risk.standards.proposal import proposals
from fanpin_risk.standards.readings import Readings, options_of
from fanpin_risk.standards.table import parameter_table
from fanpin_risk.standards.values import MARKS_TO_NAME

CASES = runpy.run_path(str(Path(__file__).parent / "test_rule_cases.py"))
SOURCE = Path(fanpin_risk.__file__).parent
DAY = date(2025, 6, 30)
MARKS = tuple(MARKS_TO_NAME)
N_HOMES, N_PERSONS = 300, 450
SHARE_HIDDEN = 0.1
OTHERWISE = {
    name: options[-1] for name in Readings.model_fields if len(options := options_of(name)) > 1
}
"""Every reading that has options, chosen otherwise than the policy notes do."""
READINGS = {"by itself": Readings(), "otherwise": Readings(**OTHERWISE)}


def drawn(rng, name, kind):
    """A value of a fact, often at a boundary of a rule."""
    if kind == nw.Boolean():
        return rng.random() < 0.5
    if kind == nw.String():
        return rng.choice(("a", "b", "c", "d", "1", "2", "member", "sudden", "unstable"))
    if name.endswith("_day"):
        back = (0, 1, 15, 30, 31, 92, 122, 123, 181, 364, 365, 366, 730, 731, -1, -30)
        return day_number(DAY) - rng.choice(back)
    if name.endswith("_fen"):
        return rng.choice((0, 1, 499_999, 750_000, 900_000, 2_250_000, 2_250_001, 7_000_000, -5))
    if name.endswith("_e4"):
        return rng.choice((0, 1, 4_999, 5_000, 5_001, 9_999, 10_000))
    return rng.choice((0, 0, 1, 2, 3, 4, 6, 12, 16, 60))


def rows_of(rng, level, n):
    """Facts of so many households or persons."""
    types = CASES["columns"](level)
    rows = [{name: drawn(rng, name, kind) for name, kind in types.items()} for _ in range(n)]
    if level == "household":
        rows = [{**row, "context_place": "SIM", "heads": rng.randint(1, 6)} for row in rows]
    return rows


NEVER_UNKNOWN = re.compile(r"context_place|is_income_\w+_(lower|upper)_known")
"""Columns that are never null: where a household is, and whether income has a bound."""


def hidden(rng, rows):
    """The rows with some facts not known."""
    return [
        {
            name: value
            for name, value in row.items()
            if NEVER_UNKNOWN.fullmatch(name) or rng.random() >= SHARE_HIDDEN
        }
        for row in rows
    ]


def facts_of(homes, persons):
    """Facts of a day out of rows; persons belong to the households in turn."""
    home_keys = {
        "home": list(range(len(homes))),
        "household_id": [f"h{n:03}" for n in range(len(homes))],
        "place": ["v1"] * len(homes),
    }
    person_keys = {
        "person": list(range(len(persons))),
        "person_id": [f"p{n:03}" for n in range(len(persons))],
        "home": [n % len(homes) for n in range(len(persons))],
    }
    return DayFacts(
        as_of=DAY,
        homes=CASES["frame"]("household", homes, home_keys),
        persons=CASES["frame"]("person", persons, person_keys),
    )


@pytest.fixture(scope="module")
def drawn_facts():
    """Random facts, and the same with some of them hidden."""
    rng = random.Random(7)
    homes, persons = rows_of(rng, "household", N_HOMES), rows_of(rng, "person", N_PERSONS)
    return facts_of(homes, persons), facts_of(hidden(rng, homes), hidden(rng, persons))


@pytest.fixture(scope="module")
def table(shipped_standards):
    """Every parameter of every rule at the simulated county."""
    names = tuple(dict.fromkeys(p for rule in STANDARD_RULES for p in rule.parameters))
    return parameter_table(shipped_standards(MARKS), ["SIM"], DAY, names)


@pytest.fixture(scope="module")
def answered(drawn_facts, table):
    """Answers of all rules by reading, for the whole facts and those with some hidden."""
    return {
        name: [
            evaluate(facts, table, STANDARD_RULES, readings, marks_allowed=MARKS)
            for facts in drawn_facts
        ]
        for name, readings in READINGS.items()
    }


def turned(one, two, rules, level):
    """Rules with an answer that is met in one frame and not met in the other."""
    one, two = (
        answers.homes if level == "household" else answers.persons for answers in (one, two)
    )
    key = "home" if level == "household" else "person"
    one, two = one.sort(key), two.sort(key)
    return [rule.name for rule in rules if bool((one[rule.name] != two[rule.name]).any())]


@pytest.mark.parametrize("name", READINGS)
def test_a_fact_not_known_turns_no_answer(answered, name):
    """Met never becomes not met, nor the other way round: of households and of persons."""
    whole, part = answered[name]
    assert turned(whole, part, STANDARD_RULES, "household") == []
    persons = [rule for rule in STANDARD_RULES if rule.level == "person"]
    assert turned(whole, part, persons, "person") == []
    n_told = sum(part.homes[rule.name].is_null().sum() < N_HOMES for rule in STANDARD_RULES)
    assert n_told > len(STANDARD_RULES) / 2, "the facts drawn tell most rules nothing"


@pytest.mark.parametrize("name", READINGS)
def test_a_parameter_without_a_value_turns_no_answer(drawn_facts, table, answered, name):
    """A figure that nobody has supplied leaves open what hangs on it."""
    if READINGS[name].no_public_figure == "not_met":
        pytest.skip("this reading says that such a figure counts as not met")
    rng = random.Random(11)
    found = []
    for _ in range(3):
        names = [c for c in table.frame.columns if c != "context_place" and rng.random() < 0.3]
        less = table.frame.with_columns(nw.lit(None).cast(nw.Int64()).alias(c) for c in names)
        without = type(table)(**{**vars(table), "frame": less})
        answers = evaluate(
            drawn_facts[0], without, STANDARD_RULES, READINGS[name], marks_allowed=MARKS
        )
        found += turned(answered[name][0], answers, STANDARD_RULES, "household")
    assert found == []


def test_a_fact_not_known_turns_no_proposal(answered):
    """A type that is proposed, and none, become each other or another type for no missing fact."""
    for name, readings in READINGS.items():
        if readings.risk_not_on_record == "not_found":
            continue
        whole, part = (
            proposals(
                answers,
                answers.homes.select(
                    "household_id",
                    is_listed=nw.lit(False),
                    monitored_type=nw.lit(None).cast(nw.String()),
                ),
                readings,
                marks_allowed=MARKS,
            )
            for answers in answered[name]
        )
        both = whole.join(part, on="household_id", suffix="_part").filter(
            (pl.col("proposal") != "cannot_tell") & (pl.col("proposal_part") != "cannot_tell")
        )
        assert both.filter(pl.col("proposal") != pl.col("proposal_part")).is_empty(), name


@pytest.mark.parametrize("level", ["household", "person"])
def test_rules_say_the_same_on_duckdb(answered, level):
    """Each condition on DuckDB is what it is on Polars."""
    answers = answered["by itself"][1]
    frame = answers.homes if level == "household" else answers.persons
    key = "home" if level == "household" else "person"
    rules = [rule for rule in STANDARD_RULES if rule.level == level]
    names = [rule.name for rule in rules]
    facts = frame.drop([name for name in names if name in frame.columns]).to_native()
    conditions = {rule.name: condition_of(rule, Readings(), MARKS) for rule in rules}
    with duckdb.connect() as connection:
        connection.register("facts", facts.to_arrow())
        asked = nw.from_native(connection.table("facts")).select(key, **conditions)
        found = asked.to_native().pl().sort(key)
    expected = frame.sort(key).select(*names).to_native()
    wrong = [name for name in names if not found[name].equals(expected[name], null_equal=True)]
    assert wrong == []


# what every rule says of itself


def test_names_are_unique():
    """No two rules share a name, nor a title."""
    for words in ("name", "title_zh", "title_en"):
        told = [getattr(rule, words) for rule in STANDARD_RULES]
        assert sorted({one for one in told if told.count(one) > 1}) == []


@pytest.mark.parametrize("rule", STANDARD_RULES, ids=lambda rule: rule.name)
def test_a_rule_says_what_it_stands_on(rule):
    """Source, mark, owner, words in both languages, values shown, and official causes."""
    words = (rule.source, rule.mark, rule.owner_zh, rule.owner_en, rule.title_zh, rule.title_en)
    assert all(text.strip() for text in (*words, rule.tests_zh, rule.tests_en))
    assert "policy notes" in rule.source
    assert re.search("[一-鿿]", rule.tests_zh)
    assert rule.shows
    assert set(rule.causes) <= set(Cause)
    assert set(rule.readings) <= set(Readings.model_fields)


@pytest.mark.parametrize(
    "rule", [r for r in STANDARD_RULES if r.mark in MARKS_TO_NAME], ids=lambda rule: rule.name
)
def test_a_rule_of_a_mark_that_must_be_named_cannot_tell_before(rule):
    """Until a configuration names the mark the rule has no answer."""
    empty = nw.from_native(pl.DataFrame({"home": [0]}), eager_only=True)
    assert empty.select(x=condition_of(rule, Readings()))["x"].to_list() == [None]


# readings are honoured


def test_every_reading_is_read():
    """Some code asks for each reading by its name."""
    text = "\n".join(
        path.read_text(encoding="utf-8")
        for path in sorted(SOURCE.rglob("*.py"))
        if path.stem not in ("readings", "readings_of_proposal", "reading_field")
    )
    read = set(re.findall(r"readings?\.([a-z_0-9]+)", text))
    read |= {name for name in Readings.model_fields if name.endswith("_ends")}
    assert sorted(set(Readings.model_fields) - read) == UNREAD


UNREAD: list[str] = []
"""Readings that no code reads: both options leave the lists evidence, whoever asks is a person."""


@pytest.mark.parametrize("rule", STANDARD_RULES, ids=lambda rule: rule.name)
def test_a_rule_names_the_readings_that_change_it(rule):
    """A condition is another one under an option only if the rule names the reading."""
    as_it_is = repr(condition_of(rule, Readings(), MARKS))
    change = {
        name
        for name in Readings.model_fields
        for option in options_of(name)
        if repr(condition_of(rule, Readings(**{name: option}), MARKS)) != as_it_is
    }
    assert change - set(rule.readings) == set()
