"""Units of the standards: a closed list, each with its integer scale."""

from __future__ import annotations

from fractions import Fraction
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanpin_risk.errors import ConfigError
from fanpin_risk.standards.units import Unit, integer_of, quantity_of, scale_of
from fanpin_risk.units import FEN_PER_YUAN, RATIO_SCALE

SCALES = {
    "yuan": 100,
    "yuan per month": 100,
    "yuan per head a year": 100,
    "minor unit per head a month": 10_000,
    "share": 10_000,
    "ratio": 10_000,
    "multiple": 10_000,
    **dict.fromkeys(
        ("days", "working days", "months", "years", "persons", "litres per head a day"), 1
    ),
    **dict.fromkeys(("minutes", "grade", "level", "flag", "month of year", "code"), 1),
}


def test_the_list_of_units_is_closed_and_each_has_its_scale():
    """Money in fen, ratios and lines of the panel in ten-thousandths, counts as they are."""
    assert {unit: scale_of(unit) for unit in get_args(Unit)} == SCALES
    assert (FEN_PER_YUAN, RATIO_SCALE) == (100, 10_000)


@pytest.mark.parametrize(
    ("text", "unit", "integer"),
    [
        ("8050", "yuan per head a year", 805_000),
        ("0.01", "yuan", 1),
        ("0.0001", "share", 1),
        ("1.5", "multiple", 15_000),
        ("0.60", "minor unit per head a month", 6_000),
        ("30", "days", 30),
        ("0", "yuan", 0),
    ],
)
def test_a_value_becomes_an_integer(text, unit, integer):
    """By hand, at both ends of what a step can hold."""
    assert integer_of(Fraction(text), unit, of="x") == integer


@pytest.mark.parametrize(
    ("text", "unit", "words"),
    [
        ("0.001", "yuan", r"x is 0.001 in 'yuan': finer than 1/100 of it. Round it."),
        ("0.00001", "share", r"x is 1e-05 in 'share': finer than 1/10000 of it"),
        ("1.5", "days", r"x is 1.5 in 'days': finer than 1/1 of it"),
    ],
)
def test_a_value_finer_than_a_step_is_refused(text, unit, words):
    """Nothing is rounded silently."""
    with pytest.raises(ConfigError, match=words):
        integer_of(Fraction(text), unit, of="x")


@given(fen=st.integers(0, 10**12))
def test_an_amount_comes_back(fen):
    """Integer and value are one number in two units."""
    assert integer_of(Fraction(fen, 100), "yuan", of="x") == fen


def test_kinds_of_units():
    """Yuan of any time are one kind, so are shares, ratios and multiples; others stand alone."""
    kinds = {unit: quantity_of(unit) for unit in get_args(Unit)}
    assert kinds["yuan"] == kinds["yuan per month"] == kinds["yuan per head a year"]
    assert kinds["share"] == kinds["ratio"] == kinds["multiple"] != kinds["yuan"]
    assert kinds["minor unit per head a month"] != kinds["yuan"]
    assert kinds["days"] != kinds["working days"] != kinds["months"]
