"""Texts become typed values exactly, or are a fault: nothing is guessed, nothing overflows."""

from __future__ import annotations

import string
from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fanpin_risk.records.parse import clean_texts, parse_day, parse_field
from fanpin_risk.records.contracts import Column
from fanpin_risk.records.source import DayFromColumn, DayFromQuarter, FieldMapping

LARGEST = 90_000_000_000


def column(kind, **contract):
    """A column of a record table."""
    return Column(name="x", kind=kind, title_zh="某", title_en="some", **contract)


def parsed(texts, kind, *, contract=None, **mapping):
    """Values and faults of some texts."""
    frame = clean_texts(pl.DataFrame({"x": texts}, schema={"x": pl.String}), ["x"])
    field = parse_field(column(kind, **(contract or {})), FieldMapping(column="x", **mapping))
    found = frame.select(value=field.value, is_bad=field.is_bad)
    return found["value"].to_list(), found["is_bad"].to_list()


def places_of(minor_per_unit):
    """Decimals that an amount may have."""
    return {1: 0, 10: 1, 100: 2, 1000: 3}[minor_per_unit]


@st.composite
def amount_texts(draw):
    """Amounts as people and programs write them: signs, spaces, zeros, and far too many digits."""
    digits = st.text(string.digits, min_size=1, max_size=draw(st.sampled_from([3, 9, 16, 40])))
    decimals = draw(st.one_of(st.none(), st.text(string.digits, max_size=5)))
    zeros = "0" * draw(st.integers(0, 3)) if decimals is not None else ""
    number = draw(digits) + ("" if decimals is None else f".{decimals}{zeros}")
    space = draw(st.sampled_from(["", " ", "\t "]))
    return space + draw(st.sampled_from(["", "", "+", "-"])) + number + space


@settings(max_examples=60, deadline=None)
@given(
    texts=st.lists(amount_texts(), min_size=1, max_size=60),
    minor_per_unit=st.sampled_from([1, 10, 100, 1000]),
)
@example(texts=["-0.05", "0.29", "1.15", "4.35", "1.005"], minor_per_unit=100)
@example(texts=["9007199254740993", "9007199254740992", "99999999999999999999"], minor_per_unit=1)
def test_an_amount_is_what_decimal_arithmetic_says(texts, minor_per_unit):
    """The minor unit is exact; too many decimals and numbers beyond the range are faults."""
    values, faults = parsed(texts, "amount", minor_per_unit=minor_per_unit)
    for text, value, is_bad in zip(texts, values, faults, strict=True):
        exact = Decimal(text.strip()) * minor_per_unit
        n_digits = len(text.strip().lstrip("+-").partition(".")[0])
        fits = exact == exact.to_integral_value() and abs(exact) <= 2**53 and n_digits <= 15
        assert is_bad is not fits, (text, value)
        if fits:
            assert value == int(exact), text


@settings(max_examples=30, deadline=None)
@given(
    minor=st.lists(st.integers(-(2**53), 2**53), min_size=1, max_size=60),
    minor_per_unit=st.sampled_from([1, 10, 100, 1000]),
)
def test_an_amount_comes_back_from_its_text(minor, minor_per_unit):
    """Whatever amount is written out with all its decimals is read as itself."""
    texts = [f"{Decimal(m).scaleb(-places_of(minor_per_unit)):f}" for m in minor]
    kept = [(t, m) for t, m in zip(texts, minor, strict=True) if abs(m) < 10**15 * minor_per_unit]
    texts, minor = [t for t, _ in kept] or ["0"], [m for _, m in kept] or [0]
    assert parsed(texts, "amount", minor_per_unit=minor_per_unit) == (minor, [False] * len(minor))


@pytest.mark.parametrize(
    "text",
    [
        *("1e5", "1E+05", "1,000", "1 000", "１２", "٣", "12元", "--5", "+-5", ".", ".5", "1.2.3"),
        *("0x10", "inf", "NaN", "-", "1.0001", "1e-3", "1_000", "5.-", "9" * 400, "1.5\n2"),
    ],
)
@pytest.mark.parametrize("kind", ["amount", "count"])
def test_a_text_that_is_no_plain_number_is_a_fault(text, kind):
    """What could be meant is not guessed."""
    assert parsed([text], kind, minor_per_unit=100)[1] == [True]


@pytest.mark.parametrize("kind", ["amount", "count"])
def test_an_empty_field_is_not_known(kind):
    """Empty, blank and declared unknown texts are null and no fault, unless the value is needed."""
    texts = ["", "  ", None, "99", "99.0", " 99.00 ", "0"]
    values, faults = parsed(texts, kind, unknown=["99"])
    assert values == [None] * 6 + [0]
    assert faults == [False] * 7
    needed = parsed(texts, kind, contract={"is_required": True}, unknown=["99.0"])
    assert needed[1] == [True] * 6 + [False]


def test_the_narrower_of_both_ranges_holds_and_its_ends_belong_to_it():
    """A source file may narrow the contract's range, and cannot widen it."""
    texts = ["0", "1", "2", "8", "9", "10"]
    contract = {"minimum": 1, "maximum": 9}
    assert parsed(texts, "count", contract=contract)[1] == [True, *[False] * 4, True]
    narrow = parsed(texts, "count", contract=contract, minimum=2, maximum=8)
    assert narrow[1] == [True, True, False, False, True, True]
    wide = parsed(texts, "count", contract=contract, minimum=-5, maximum=50)
    assert wide[1] == [True, *[False] * 4, True]


@settings(max_examples=30, deadline=None)
@given(numbers=st.lists(st.integers(-(10**22), 10**22), min_size=1, max_size=40))
def test_a_whole_number_is_itself_or_a_fault(numbers):
    """Numbers beyond what floats hold exactly are faults, also where they would wrap around."""
    texts = [f"{number}{'.0' * (number % 2)}" for number in numbers]
    values, faults = parsed(texts, "count")
    for number, value, is_bad in zip(numbers, values, faults, strict=True):
        assert is_bad is (abs(number) > 2**53)
        assert is_bad or value == number


def test_codes_are_translated_whatever_their_decimals_and_others_are_faults():
    """A code of the file stands for a value of ours; null means not known."""
    texts = ["1", "2.0", " 9 ", "9.00", "", "3", "01", "1.5", "yes"]
    values, faults = parsed(texts, "flag", codes={1: True, "2": False, 9.0: None})
    assert values == [True, False, None, None, None, None, None, None, None]
    assert faults == [False, False, False, False, False, True, True, True, True]
    words = parsed(["ja", "nein", "1"], "code", codes={"ja": "a", "nein": "b"})
    assert words == (["a", "b", None], [False, False, True])


@pytest.mark.parametrize(
    ("kind", "constant", "value"),
    [("text", "AR", "AR"), ("flag", "true", True), ("flag", "false", False), ("count", "7", 7)],
)
def test_a_constant_is_the_value_of_every_row(kind, constant, value):
    """A source file may give one value to all rows."""
    field = parse_field(column(kind), FieldMapping(constant=constant))
    assert pl.DataFrame({"y": [1]}).select(field.value).item() == value


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2012-03-31", date(2012, 3, 31)),
        (" 2012-02-29 ", date(2012, 2, 29)),
        ("2012-03-31T00:00:00", date(2012, 3, 31)),
        ("2012-03-31 00:00:00.000000", date(2012, 3, 31)),
        ("2012-03-31 00:00:01", None),
        ("2011-02-29", None),
        ("2012-3-31", None),
        ("12-03-31", None),
        ("0212-03-31", None),
        ("2101-01-01", None),
        ("31.03.2012", None),
        ("２０12-03-31", None),
        ("20120331", None),
        ("", None),
    ],
)
def test_a_day_is_written_in_one_way(text, day):
    """Days of another century, without zeros or in another order are faults, not guesses."""
    field = parse_day(DayFromColumn(column="x"))
    frame = clean_texts(pl.DataFrame({"x": [text]}), ["x"])
    assert frame.select(field.value).item() == day
    assert frame.select(field.is_bad).item() is (day is None)


@pytest.mark.parametrize(
    ("year", "quarter", "day"),
    [
        ("2012", "1", date(2012, 3, 31)),
        ("2012.0", "4.0", date(2012, 12, 31)),
        ("1950", "2", date(1950, 6, 30)),
        ("2100", "3", date(2100, 9, 30)),
        ("1949", "4", None),
        ("2012", "0", None),
        ("2012", "5", None),
        ("2012", "1.5", None),
        ("2012", "", None),
        ("", "1", None),
        ("12", "1", None),
        ("2012", "Q1", None),
    ],
)
def test_a_quarter_is_its_last_day(year, quarter, day):
    """A year and a quarter from 1 to 4 give a day; anything else is a fault."""
    field = parse_day(DayFromQuarter(year="y", quarter="q"))
    frame = clean_texts(pl.DataFrame({"y": [year], "q": [quarter]}), ["y", "q"])
    assert frame.select(field.value).item() == day
    assert frame.select(field.is_bad.fill_null(True)).item() is (day is None)
