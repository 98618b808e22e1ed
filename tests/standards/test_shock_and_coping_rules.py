"""Rules on shocks, work and coping: what holds for all of them, and the queue of posts."""

from __future__ import annotations

import random
import runpy
from datetime import date
from pathlib import Path

import narwhals as nw
import polars as pl
import pytest

from fanpin_risk.dates import day_number
from fanpin_risk.errors import SchemaError
from fanpin_risk.household.facts import DayFacts
from fanpin_risk.standards.coping_rules import COPING_RULES
from fanpin_risk.standards.evaluate import evaluate
from fanpin_risk.standards.post_queue import post_queue
from fanpin_risk.standards.readings import Readings
from fanpin_risk.standards.shock_rules import SHOCK_RULES
from fanpin_risk.standards.table import parameter_table
from fanpin_risk.standards.work_rules import WORK_RULES

CASES = runpy.run_path(str(Path(__file__).parent / "test_rule_cases.py"))
DAY = date(2025, 6, 30)
RULES = (*SHOCK_RULES, *WORK_RULES, *COPING_RULES)
MARKS = ("D",)
READINGS = [
    Readings(),
    Readings(no_public_figure="not_met"),
    Readings(income_source="register"),
    Readings(income_source="account"),
]


@pytest.fixture(scope="module")
def asked(shipped_standards):
    """Answers of rules for rows of facts at a place."""

    def answers(homes, persons=None, rules=RULES, readings=READINGS[0], place="SIM"):
        keys = {
            "home": list(range(len(homes))),
            "household_id": [f"h{n:03}" for n in range(len(homes))],
            "place": ["v1"] * len(homes),
        }
        homes = [{"context_place": place, **row} for row in homes]
        persons = [{}] * len(homes) if persons is None else persons
        whose = [row.get("home", n) for n, row in enumerate(persons)]
        people = {
            "person": list(range(len(persons))),
            "person_id": [f"p{n:03}" for n in range(len(persons))],
            "home": whose,
        }
        own = [{k: v for k, v in row.items() if k != "home"} for row in persons]
        facts = DayFacts(
            as_of=DAY,
            homes=CASES["frame"]("household", homes, keys),
            persons=CASES["frame"]("person", own, people),
        )
        names = sorted({name for rule in rules for name in rule.parameters})
        table = parameter_table(shipped_standards(MARKS), [place], DAY, names)
        return evaluate(facts, table, rules, readings, marks_allowed=MARKS)

    return answers


def columns_of(rule):
    """Facts that a rule shows: all that it looks at, as they are numbers, days and flags."""
    shown = {c for s in rule.shows for c in (s.column, s.day) if c is not None}
    return shown | {
        "no_labour": {"n_unable"},
        "unstable_wage_share_high": {
            *("is_income_12m_lower_known", "is_income_12m_upper_known", "heads"),
        },
    }.get(rule.name, set())


def drawn(rng, name, kind):
    """A value of a fact, often at a boundary."""
    if kind == nw.Boolean():
        return rng.random() < 0.5
    if kind == nw.String():
        return rng.choice(("a", "member"))
    if name.endswith("_day"):
        back = rng.choice((0, 1, 122, 123, 364, 365, 366, 730, 731, -1, -92, -93))
        return day_number(DAY) - back
    if name.endswith("_fen"):
        return rng.choice((0, 1, 499_999, 500_000, 900_000, 1_000_000, 3_000_001, -5))
    return rng.choice((0, 0, 1, 2, 3, 4, 6))


@pytest.mark.parametrize(
    "readings", READINGS, ids=lambda r: f"{r.no_public_figure} {r.income_source}"
)
@pytest.mark.parametrize("place", ["SIM", "CN"])
def test_a_missing_fact_never_turns_met_into_not_met_or_back(asked, readings, place):
    """Whatever the facts are, and whichever of them is hidden."""
    rng = random.Random(f"{place} {readings.no_public_figure}")
    flipped, n_told = [], 0
    for level in ("household", "person"):
        rules = [rule for rule in RULES if rule.level == level]
        types = CASES["columns"](level)
        names = sorted({c for rule in rules for c in columns_of(rule)} & set(types))
        whole = [{name: drawn(rng, name, types[name]) for name in names} for _ in range(400)]
        part = [{k: v for k, v in row.items() if rng.random() > 0.3} for row in whole]
        one = told(asked, level, whole, rules, readings, place)
        two = told(asked, level, part, rules, readings, place)
        for rule in rules:
            for n, answers in enumerate(zip(one[rule.name], two[rule.name], strict=True)):
                n_told += None not in answers
                if set(answers) == {True, False}:
                    flipped.append((rule.name, whole[n], part[n]))
    assert flipped == []
    assert n_told > 100


def told(asked, level, rows, rules, readings, place):
    """Answers by rule of rows of a level."""
    if level == "household":
        answers = asked(rows, rules=rules, readings=readings, place=place).homes
    else:
        homes = [{} for _ in rows]
        answers = asked(homes, rows, rules=rules, readings=readings, place=place).persons
    return {rule.name: answers[rule.name].to_list() for rule in rules}


def test_red_lines_are_evidence_and_send_nobody_away():
    """An item of the lists is a flag for the appraisal, and no must-visit."""
    items = [rule for rule in COPING_RULES if rule.name.startswith("red_line_")]
    assert len(items) == 11
    assert all(rule.is_evidence and not rule.makes_must_visit for rule in items)
    assert all("2017" in rule.source or "2018" in rule.source for rule in items)
    assert not any(rule.is_evidence for rule in RULES if rule not in items)


def test_every_rule_says_what_it_stands_on():
    """Source, owner and both languages; causes of what takes income away."""
    for rule in RULES:
        assert "policy notes" in rule.source, rule.name
        assert rule.owner_zh, rule.name
        assert rule.owner_en, rule.name
        assert rule.tests_zh, rule.name
        assert rule.tests_en, rule.name
        assert rule.shows, rule.name
    assert all(rule.causes for rule in (*SHOCK_RULES, *WORK_RULES))


# the queue of posts


def on_post(home, end, **more):
    """A member on a post."""
    day = day_number(date(2025, 5, 31))
    row = {"home": home, "is_on_post": True, "post": "cleaner", "post_month_day": day}
    row |= {"last_work_month_day": day, "post_end_day": None if end is None else day_number(end)}
    return row | more


def queue(asked, *persons):
    """The queue of three households."""
    return post_queue(asked([{}, {}, {}], list(persons), rules=WORK_RULES))


def test_posts_stand_in_the_order_in_which_they_end(asked):
    """Today, in September, without an end; not one that ends later, and nobody on no post."""
    found = queue(
        asked,
        on_post(1, date(2025, 9, 30), post="forest_ranger"),
        on_post(0, None),
        on_post(2, date(2025, 6, 30)),
        on_post(2, date(2025, 10, 1)),
        {"home": 2, "is_on_post": False},
        {"home": 1},
    )
    assert found.select("household_id", "ends_on", "days_left", "answer").rows() == [
        ("h002", date(2025, 6, 30), 0, "met"),
        ("h001", date(2025, 9, 30), 92, "met"),
        ("h000", None, None, "cannot tell"),
    ]
    assert found["words_zh"].to_list() == [
        "保洁员，2025-06-30到期，还有0天",
        "生态护林员，2025-09-30到期，还有92天",
        "保洁员，未写明到期日",
    ]
    assert found["words_en"].to_list() == [
        "cleaner, ends on 2025-06-30, days left: 0",
        "forest ranger, ends on 2025-09-30, days left: 92",
        "cleaner, no end written",
    ]


def test_the_queue_shows_no_person(asked):
    """Households and posts; neither a person's number nor a wage."""
    found = queue(asked, on_post(0, date(2025, 7, 1), post_wage_fen=60_000))
    assert found.columns == [
        *("household_id", "place", "post", "ends_on", "days_left", "answer"),
        *("words_zh", "words_en"),
    ]
    assert "600" not in " ".join(found.row(0)[-2:])


def test_an_empty_queue_has_its_columns(asked):
    """Nobody is on a post."""
    found = queue(asked, {"home": 0, "is_on_post": False})
    assert found.is_empty()
    assert found.schema["ends_on"] == pl.Date()


def test_the_queue_needs_its_rule(asked):
    """The message names the rule."""
    with pytest.raises(SchemaError, match="public_post_ending"):
        post_queue(asked([{}], rules=SHOCK_RULES))
