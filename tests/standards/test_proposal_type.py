"""The type proposed, on every combination of what is true, false and not known."""

from __future__ import annotations

import itertools
import random
import runpy
from pathlib import Path
from types import SimpleNamespace

import narwhals as nw
import polars as pl
import pytest

from fanpin_risk.standards.proposal_type import (
    INPUTS,
    MARGINAL,
    NONE,
    OPEN,
    PROPOSAL_WORDS,
    SUDDEN,
    UNSTABLE,
    with_type,
)
from fanpin_risk.standards.readings import Readings

REFERENCE = Path(__file__).parents[1] / "reference" / "proposal_reference.py"
SLOW = SimpleNamespace(**runpy.run_path(str(REFERENCE)))
VALUES = (True, False, None)
CHOICES = {
    "line_role": ("line_and_risk", "line_alone"),
    "sudden_needs": ("serious_difficulty", "shock_or_guarantee"),
    "coping_not_on_record": ("cannot_tell", "propose"),
    "risk_not_on_record": ("cannot_tell", "not_found"),
}
READINGS = [
    dict(zip(CHOICES, chosen, strict=True)) for chosen in itertools.product(*CHOICES.values())
]
TYPES = (UNSTABLE, MARGINAL, SUDDEN)
PLAIN = dict.fromkeys(INPUTS, False) | {"has_types": True}


def frame(rows):
    """Inputs as a frame."""
    made = pl.DataFrame(rows, schema=dict.fromkeys(INPUTS, pl.Boolean()), orient="row")
    return nw.from_native(made, eager_only=True)


@pytest.fixture(scope="module")
def everything():
    """Every combination of the nine inputs beside the regime, and some where that is another."""
    rest = list(itertools.product(VALUES, repeat=len(INPUTS) - 1))
    others = [(regime, *row) for regime in (False, None) for row in rest[::97]]
    return frame([(True, *row) for row in rest] + others)


def one(readings=None, marks=(), **inputs):
    """What is said of one household; what is not named is false, and the types hold."""
    row = {**PLAIN, **inputs}
    found = with_type(frame([row]), Readings(**(readings or {})), marks_allowed=marks)
    return found.rows(named=True)[0]


@pytest.mark.parametrize("chosen", READINGS, ids=lambda chosen: "-".join(chosen.values()))
@pytest.mark.parametrize("marks", [(), ("D",)], ids=["unnamed", "named"])
def test_every_combination_agrees_with_the_second_implementation(everything, chosen, marks):
    """20,089 households under each choice of the readings, with the mark named and not."""
    readings = Readings(**chosen)
    found = with_type(everything, readings, marks_allowed=marks).to_native()
    rows = everything.to_native().to_dicts()
    named = "D" in marks
    assert found["proposal"].to_list() == [
        SLOW.proposed(row, readings, names_mark=named) for row in rows
    ]
    assert found["is_followed"].to_list() == [
        SLOW.followed(row, readings, names_mark=named) for row in rows
    ]


@pytest.mark.parametrize("marks", [(), ("D",)], ids=["unnamed", "named"])
def test_what_is_missing_is_said_where_it_cannot_be_told_and_nowhere_else(everything, marks):
    """In both languages, each part in its own words."""
    for chosen in READINGS:
        found = with_type(everything, Readings(**chosen), marks_allowed=marks).to_native()
        told = found.filter(pl.col("proposal") != OPEN)
        assert told["missing_zh"].null_count() == told["missing_en"].null_count() == len(told)
        left = found.filter(pl.col("proposal") == OPEN)
        assert left.filter(pl.col("missing_zh") != "").height == left.height
        same = pl.col("missing_zh").str.count_matches("；") == pl.col(
            "missing_en"
        ).str.count_matches("; ")
        assert left.filter(same).height == left.height


@pytest.mark.parametrize("chosen", READINGS[::5], ids=lambda chosen: "-".join(chosen.values()))
@pytest.mark.parametrize("marks", [(), ("D",)], ids=["unnamed", "named"])
def test_what_is_missing_is_just_what_could_change_the_answer(everything, chosen, marks):
    """Tried out, on some of the combinations: every way to fill in what is not known."""
    readings = Readings(**chosen)
    some = everything.to_native().filter("has_types")[::131]
    found = with_type(nw.from_native(some, eager_only=True), readings, marks_allowed=marks)
    rows = [row for row in found.rows(named=True) if row["proposal"] == OPEN]
    assert len(rows) > 20
    for row in rows:
        inputs = {name: row[name] for name in INPUTS}
        expected = SLOW.missing(inputs, readings, names_mark="D" in marks)
        assert set(row["missing_zh"].split("；")) == expected, inputs


def test_only_what_is_not_known_is_said_to_be_missing():
    """Each input alone; one that could not change the answer is not named."""
    cases = {
        "is_below": {"has_risk": True},
        "has_risk": {"is_below": True},
        "is_former_poor": {"is_below": True, "has_risk": True},
        "copes_alone": {"is_below": True, "has_risk": True},
        "has_shock": {"is_serious": True},
        "is_serious": {"has_shock": True},
    }
    said = {name: one(**{name: None}, **rest) for name, rest in cases.items()}
    assert {row["proposal"] for row in said.values()} == {OPEN}
    assert len({row["missing_zh"] for row in said.values()}) == len(cases)
    assert all("；" not in row["missing_zh"] for row in said.values())
    assert one(copes_alone=None)["proposal"] == NONE
    assert one(is_former_poor=None, has_shock=True, is_serious=True)["proposal"] == SUDDEN


def test_unknown_values_never_turn_an_answer(everything):
    """Inputs taken away leave the answer or open it, under the readings of the notes."""
    random_ = random.Random(7)
    rows = everything.to_native().to_dicts()
    less = [
        {name: None if random_.random() < 0.2 else value for name, value in row.items()}
        for row in rows
    ]
    for marks in ((), ("D",)):
        before = with_type(everything, Readings(), marks_allowed=marks)["proposal"].to_list()
        after = with_type(frame(less), Readings(), marks_allowed=marks)["proposal"].to_list()
        turned = [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1] != OPEN]
        assert turned == []


def test_the_three_types():
    """Below the line with a risk, by who was poor; not below it with a shock that is serious."""
    risk = {"is_below": True, "has_risk": True}
    assert one(**risk, is_former_poor=True)["proposal"] == UNSTABLE
    assert one(**risk)["proposal"] == MARGINAL
    assert one(is_below=True)["proposal"] == NONE
    assert one({"line_role": "line_alone"}, is_below=True)["proposal"] == MARGINAL
    assert one(has_shock=True, is_serious=True)["proposal"] == SUDDEN
    assert one(has_shock=True)["proposal"] == NONE
    assert one({"sudden_needs": "shock_or_guarantee"}, has_shock=True)["proposal"] == SUDDEN
    assert one({"sudden_needs": "shock_or_guarantee"}, has_gap=True)["proposal"] == NONE


def test_who_is_able_to_cope_gets_no_type():
    """By the appraisal; not on record it is open, or proposed all the same as the reading says."""
    risk = {"is_below": True, "has_risk": True}
    assert one(**risk, copes_alone=True)["proposal"] == NONE
    assert one(**risk, copes_alone=None)["proposal"] == OPEN
    propose = {"coping_not_on_record": "propose"}
    assert one(propose, **risk, copes_alone=None)["proposal"] == MARGINAL
    assert one(propose, **risk, copes_alone=True)["proposal"] == NONE


def test_a_gap_that_can_be_closed_alone_is_a_rule_of_mark_d():
    """Unnamed it cannot be told; named the household gets no type, and is followed and urged."""
    gap = {"is_below": True, "has_risk": True, "has_gap": True, "copes_alone": True}
    unnamed, named = one(**gap), one(marks=("D",), **gap)
    assert (unnamed["proposal"], unnamed["is_followed"]) == (OPEN, False)
    assert "D级" in unnamed["missing_zh"]
    assert (named["proposal"], named["is_followed"]) == (NONE, True)


def test_on_a_day_of_another_regime_no_type_is_told():
    """Neither a type nor none, and the reason is said."""
    row = one(has_types=False, is_below=True, has_risk=True)
    assert row["proposal"] == OPEN
    assert "政策阶段" in row["missing_zh"]
    assert one(has_types=False)["proposal"] == OPEN


def test_every_proposal_is_worded():
    """In Chinese and English; the types in the register's words."""
    assert set(PROPOSAL_WORDS) == {*TYPES, NONE, OPEN}
    assert PROPOSAL_WORDS[UNSTABLE][0] == "脱贫不稳定户"
    assert PROPOSAL_WORDS[MARGINAL][0] == "边缘易致贫户"
    assert PROPOSAL_WORDS[SUDDEN][0] == "突发严重困难户"
