"""The rules on guarantees: what is missing turns no answer round, and each can say both."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import narwhals as nw
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanpin_risk.household.facts import DayFacts
from fanpin_risk.household.guarantees import HOME_GUARANTEES, PERSON_GUARANTEES
from fanpin_risk.household.members import AGES
from fanpin_risk.standards.evaluate import condition_of, with_parameters
from fanpin_risk.standards.examples import rule_example
from fanpin_risk.standards.guarantee_rules import GUARANTEE_RULES
from fanpin_risk.standards.parameters import Standards
from fanpin_risk.standards.readings import Readings
from fanpin_risk.standards.table import parameter_table

FOLDER = Path(__file__).parents[2] / "configs/standards"
DAY = date(2025, 8, 31)
COLUMNS = {**AGES.columns, **PERSON_GUARANTEES.columns, **HOME_GUARANTEES.columns}
READINGS = (
    Readings(),
    Readings(school_ages="seven", thirty_days_or_month="calendar_month"),
)
PLACES = ("SIM", "Heilongjiang", "Yunnan/Yuanmou")


@pytest.fixture(scope="module")
def table():
    """Parameters of the rules at the places."""
    standards = Standards.load([FOLDER, FOLDER / "simulated_county"])
    names = sorted({name for rule in GUARANTEE_RULES for name in rule.parameters})
    return parameter_table(standards.using(marks_allowed=("D",)), PLACES, DAY, names)


def values_of(name):
    """Values of a fact, at the limits and beside them."""
    kind = COLUMNS[name]
    if kind == nw.Boolean():
        return [None, True, False]
    if name == "housing_source":
        return [None, "check", "register"]
    if kind == nw.String():
        return [None]
    if name == "water_supply_e4":
        return [None, 8_900, 9_000]
    return [None, *range(1, 9), *range(14, 36)]


FACTS = {name: values_of(name) for name in COLUMNS}


def frame_of(rows):
    """Rows of facts as a frame."""
    made = nw.from_native(pl.DataFrame(rows, strict=False), eager_only=True)
    return made.with_columns(nw.col(name).cast(kind) for name, kind in COLUMNS.items())


def answers(rows, table, readings):
    """What every rule says of every row."""
    placed = with_parameters(frame_of(rows), table, DAY)
    told = placed.select(condition_of(rule, readings).alias(rule.name) for rule in GUARANTEE_RULES)
    return told.to_native().to_dict(as_series=False)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    lost=st.lists(st.sampled_from(list(COLUMNS)), min_size=1, max_size=6, unique=True),
    place=st.sampled_from(PLACES),
    readings=st.sampled_from(READINGS),
)
def test_what_is_missing_never_turns_an_answer_round(table, seed, lost, place, readings):
    """Fewer facts leave an answer as it is, or open."""
    rng = random.Random(seed)
    rows = [
        {"context_place": place, **{name: rng.choice(values) for name, values in FACTS.items()}}
        for _ in range(400)
    ]
    poorer = [row | dict.fromkeys(lost) for row in rows]
    before, after = answers(rows, table, readings), answers(poorer, table, readings)
    for rule in GUARANTEE_RULES:
        for one, other in zip(before[rule.name], after[rule.name], strict=True):
            assert other is None or one is other, (rule.name, lost)


@pytest.mark.parametrize(
    ("litres", "least", "least_hard", "is_hard", "expected"),
    [
        (19, None, 20, 1, True),
        (20, None, 20, 1, False),
        (34, 35, None, 0, True),
        (35, 35, None, 0, False),
        (34, 35, None, None, None),
        (25, 35, 20, 1, False),
        (25, 35, 20, 0, True),
        (25, 35, 20, None, None),
        (19, 35, 20, None, True),
        (35, 35, 20, None, False),
        (None, 35, 20, 1, None),
    ],
)
def test_the_least_amount_is_that_of_the_kind_of_area(litres, least, least_hard, is_hard, expected):
    """The other amount need not be known; without the kind, both must agree."""
    row = {
        "water_litres": litres,
        "water_litres_is_settled": False,
        "p|water_quantity_min": least,
        "p|water_quantity_min_hard": least_hard,
        "p|water_hard_area": is_hard,
    }
    kinds = dict.fromkeys(row, pl.Int64) | {"water_litres_is_settled": pl.Boolean}
    frame = nw.from_native(pl.DataFrame([row], schema=kinds), eager_only=True)
    (rule,) = (rule for rule in GUARANTEE_RULES if rule.name == "water_scarce")
    assert frame.select(x=condition_of(rule, Readings()))["x"].to_list() == [expected]


@pytest.mark.parametrize("rule", GUARANTEE_RULES, ids=lambda rule: rule.name)
def test_every_rule_has_a_household_that_meets_it_and_one_that_just_does_not(rule, table):
    """Found at its own boundary, one step of one value apart."""
    kinds = {"home": nw.Int64(), "household_id": nw.String(), "place": nw.String()}
    homes = {**kinds, "context_place": nw.String(), "heads": nw.Int64(), **HOME_GUARANTEES.columns}
    persons = {"person": nw.Int64(), "person_id": nw.String(), "home": nw.Int64()}
    persons |= {"is_away": nw.Int64(), **AGES.columns, **PERSON_GUARANTEES.columns}
    empty = [
        nw.from_native(pl.DataFrame({name: [] for name in columns}), eager_only=True).with_columns(
            nw.col(name).cast(kind) for name, kind in columns.items()
        )
        for columns in (homes, persons)
    ]
    found = rule_example(
        rule,
        DayFacts(as_of=DAY, homes=empty[0], persons=empty[1]),
        table,
        Readings(),
        place="SIM",
        n_tries=4_000,
        seed=1,
    )
    assert found.met is not None
    assert found.not_met is not None
    changed = {name for name in found.met if found.met[name] != found.not_met[name]}
    assert changed == {found.column}


def test_every_rule_names_its_sources_in_both_languages():
    """What an officer reads is there twice, and the limit of evidence is named by all."""
    for rule in GUARANTEE_RULES:
        assert rule.theme == "guarantee"
        assert rule.source.startswith("policy notes 5")
        assert rule.owner_zh
        assert rule.owner_en
        assert "evidence_age_limit_months" in rule.readings, rule.name
        assert all(shown.title_zh and shown.title_en for shown in rule.shows)
