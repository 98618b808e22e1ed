"""Texts become typed values exactly, or are a fault: nothing is guessed, nothing overflows."""

from __future__ import annotations

import string
from datetime import date
from decimal import Context, Decimal

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fanpin_risk.errors import ConfigError
from fanpin_risk.records.contracts import Column
from fanpin_risk.records.contracts.model import CodeList
from fanpin_risk.records.identity_key import IdentityKey
from fanpin_risk.records.parse import parse_date, parse_day, parse_field, parse_household
from fanpin_risk.records.source import DayFromColumn, DayFromQuarter, FieldMapping

LARGEST = 90_000_000_000


def column(kind, **contract):
    """A column of a record table."""
    return Column(name="x", kind=kind, title_zh="某", title_en="some", **contract)


def faulty(found):
    """Whether each row is at fault; no row for two reasons at once."""
    marks = [fault.is_at.to_list() for fault in found.faults]
    counts = [sum(mark[row] for mark in marks) for row in range(found.value.len())]
    assert max(counts) <= 1
    return [n == 1 for n in counts]


def field(texts, kind, *, contract=None, key=None, **mapping):
    """One column of ours out of some texts."""
    frame = pl.DataFrame({"x": texts}, schema={"x": pl.String})
    ours = column(kind, **(contract or {}))
    return parse_field(frame, ours, FieldMapping(column="x", **mapping), key)


def parsed(texts, kind, **options):
    """Values and faults of some texts."""
    found = field(texts, kind, **options)
    return found.value.to_list(), faulty(found)


def places_of(minor_per_unit):
    """Decimals that an amount may have."""
    return {1: 0, 10: 1, 100: 2, 1000: 3, 1_000_000: 6}[minor_per_unit]


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
    minor_per_unit=st.sampled_from([1, 10, 100, 1000, 1_000_000]),
)
@example(texts=["-0.05", "0.29", "1.15", "4.35", "1.005"], minor_per_unit=100)
@example(texts=["9007199254740993", "9007199254740992", "99999999999999999999"], minor_per_unit=1)
def test_an_amount_is_what_decimal_arithmetic_says(texts, minor_per_unit):
    """The minor unit is exact; too many decimals and numbers beyond the range are faults."""
    values, faults = parsed(texts, "amount", minor_per_unit=minor_per_unit)
    for text, value, is_bad in zip(texts, values, faults, strict=True):
        exact = Decimal(text.strip()).scaleb(places_of(minor_per_unit), Context(prec=80))
        n_digits = len(text.strip().lstrip("+-").partition(".")[0])
        fits = exact == exact.to_integral_value() and abs(exact) <= 2**53 and n_digits <= 15
        assert is_bad is not fits, (text, value)
        if fits:
            assert value == int(exact), text


@settings(max_examples=30, deadline=None)
@given(
    minor=st.lists(st.integers(-(2**53), 2**53), min_size=1, max_size=60),
    minor_per_unit=st.sampled_from([1, 10, 100, 1000, 1_000_000]),
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
        *("1e5", "1E+05", "1,00", "1,0000", "1 00", "12 34", "٣", "--5", "+-5", ".", ".5", "1.2.3"),
        *("0x10", "inf", "NaN", "-", "1.0001", "1e-3", "1_000", "5.-", "9" * 400, "1.5\n2"),
        *(
            "1\n000",
            "1,000,00",
            ",100",
            "1.000,5",
            "1，00",
            "(5)",
            "5-",
            "１．０００１",
            "5%",
            "十二",
        ),
        *("12万3", "元12", "1-2", "12块", "万", "1.2亿", "1 000 00", "约500", "500左右", "5/2"),
    ],
)
@pytest.mark.parametrize("kind", ["amount", "quantity", "count"])
def test_a_text_that_is_no_plain_number_is_a_fault(text, kind):
    """What could be meant is not guessed."""
    assert parsed([text], kind, minor_per_unit=100)[1] == [True]


@pytest.mark.parametrize(
    ("text", "value", "is_money_alone"),
    [
        ("1,000", 100_000, False),
        ("1 000", 100_000, False),
        ("12,345,678.9", 1_234_567_890, False),
        ("-1,000.50", -100_050, False),
        ("１２", 1_200, False),
        ("１，２３４．５", 123_450, False),
        ("12\u200b", 1_200, False),
        ("12元", 1_200, True),
        ("¥12.5", 1_250, True),
        ("￥12.5元", 1_250, True),
        ("人民币1,200元整", 120_000, True),
        ("1.2万", 1_200_000, True),
        ("1.2 万元", 1_200_000, True),
        ("0.000001万元", 1, True),
    ],
)
def test_a_number_as_offices_write_it(text, value, is_money_alone):
    """Separators and widths are understood in any number, signs of a currency in money alone."""
    assert parsed([text], "amount", minor_per_unit=100) == ([value], [False])
    other = parsed([text], "quantity", minor_per_unit=100)
    assert other == (([None], [True]) if is_money_alone else ([value], [False]))


def test_a_unit_in_the_field_goes_before_the_unit_of_the_column():
    """In a column of 万元, 12000元 and 1.2万元 both are twelve thousand yuan."""
    texts = ["1.2", "1.2万", "1.2万元", "12000元", "12,000 元", "0.000001", "0.0000001", "1.005元"]
    values, faults = parsed(texts, "amount", minor_per_unit=1_000_000)
    assert values == [1_200_000] * 5 + [1, None, None]
    assert faults == [False] * 6 + [True] * 2


@pytest.mark.parametrize("kind", ["amount", "quantity", "count"])
def test_an_empty_field_is_not_known(kind):
    """Empty, blank and declared unknown texts are null and no fault, unless the value is needed."""
    texts = ["", "  ", None, "99", "99.0", " 99.00 ", "９９", "9 9\u200b", "\u3000", "不 详", "0"]
    values, faults = parsed(texts, kind, unknown=["99", "不详"])
    assert values == [None] * 10 + [0]
    assert faults == [False] * 11
    needed = parsed(texts, kind, contract={"is_required": True}, unknown=["99.0", "不详 "])
    assert needed[1] == [True] * 10 + [False]


@pytest.mark.parametrize("kind", ["text", "code", "flag", "day", "month", "person"])
def test_what_stands_for_not_known_is_null_in_every_kind_of_column(kind):
    """A source's words for not known are looked at before anything else."""
    codes = {"codes": {"x": True if kind == "flag" else "x"}} if kind in ("code", "flag") else {}
    texts = ["/", "／", " - ", "NULL", "", None]
    options = {"unknown": ["/", "-", "NULL"], "key": IdentityKey(b"k" * 32), **codes}
    assert parsed(texts, kind, **options) == ([None] * 6, [False] * 6)
    assert parsed(texts, kind, contract={"is_required": True}, **options)[1] == [True] * 6


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
    """Numbers of more than 15 digits, as spreadsheets round them, are faults; none wraps around."""
    texts = [f"{number}{'.0' * (number % 2)}" for number in numbers]
    values, faults = parsed(texts, "count")
    for number, value, is_bad in zip(numbers, values, faults, strict=True):
        assert is_bad is (abs(number) >= 10**15)
        assert is_bad or value == number


def test_codes_are_translated_whatever_their_decimals_and_others_are_faults():
    """A code of the file stands for a value of ours; null means not known."""
    texts = ["1", "2.0", " 9 ", "9.00", "１", "", "3", "01", "1.5", "yes"]
    values, faults = parsed(texts, "flag", codes={1: True, "2": False, 9.0: None})
    assert values == [True, False, None, None, True, None, None, None, None, None]
    assert faults == [False, False, False, False, False, False, True, True, True, True]
    words = parsed(["ja", "nein", "1"], "code", codes={"ja": "a", "nein": "b"})
    assert words == (["a", "b", None], [False, False, True])


def test_a_code_that_means_not_known_is_missing_where_a_value_is_needed():
    """Whether a word was left out or stands for not known: a required column lacks its value."""
    codes = {"甲": "a", "无": None}
    values, faults = parsed(
        ["甲", "无", "", "乙"], "code", contract={"is_required": True}, codes=codes
    )
    assert values == ["a", None, None, None]
    assert faults == [False, True, True, True]


def test_the_official_words_and_our_codes_are_both_understood():
    """`titles` takes a contract's Chinese words and its codes; `more_codes` goes before both."""
    grades = CodeList(name="grade", words={"a": ("A级", "safe"), "d": ("D级", "dangerous")})
    texts = ["A级", "Ａ级", "A 级", "d", "A", "危房", "安全", "B级"]
    values, faults = parsed(
        texts,
        "code",
        contract={"codes": grades},
        codes="titles",
        more_codes={"A": "a", "危房": "d", "安全": None},
    )
    assert values == ["a", "a", "a", "d", "a", "d", None, None]
    assert faults == [False] * 7 + [True]


def test_yes_and_no_in_chinese():
    """`yes_no` stands for the usual words; what else is written is a fault, never no."""
    texts = ["是", "否", "有", "无", "没有", "已参加", "未参加", "Ｙ", "N", " 是\n", "对", "0", ""]
    values, faults = parsed(texts, "flag", codes="yes_no")
    assert values[:10] == [True, False, True, False, False, True, False, True, False, True]
    assert values[10:] == [None] * 3
    assert faults == [False] * 10 + [True, True, False]


def test_a_word_in_a_list_of_words():
    """One column of words, such as health, answers several yes-or-no columns."""
    texts = ["健康", "长期慢性病,残疾", "残疾、患有大病", "残疾，健康", "残疾；未知", "", "；"]
    options = {"contains": "残疾", "words": ["健康", "长期慢性病", "患有大病", "残疾"]}
    values, faults = parsed(texts, "flag", **options)
    assert values == [False, True, True, True, None, None, None]
    assert faults == [False] * 4 + [True, False, True]


@pytest.mark.parametrize(
    ("kind", "constant", "value"),
    [("text", "AR", "AR"), ("flag", "true", True), ("flag", "false", False), ("count", "7", 7)],
)
def test_a_constant_is_the_value_of_every_row(kind, constant, value):
    """A source file may give one value to all rows."""
    found = parse_field(
        pl.DataFrame({"y": ["1", "2"]}), column(kind), FieldMapping(constant=constant)
    )
    assert found.value.to_list() == [value, value]
    assert found.faults == ()


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2012-03-31", date(2012, 3, 31)),
        (" 2012-02-29 ", date(2012, 2, 29)),
        ("2012-03-31T00:00:00", date(2012, 3, 31)),
        ("2012-03-31 00:00:00.000000", date(2012, 3, 31)),
        ("2012-03-31 08:30:01", date(2012, 3, 31)),
        ("2012-3-1", date(2012, 3, 1)),
        ("2012/03/31", date(2012, 3, 31)),
        ("2012.3.31", date(2012, 3, 31)),
        ("２０12-03-31", date(2012, 3, 31)),
        ("20120331", date(2012, 3, 31)),
        ("2012年3月31日", date(2012, 3, 31)),
        ("2012 年 3 月 31 日", date(2012, 3, 31)),
        ("2012-02", date(2012, 2, 29)),
        ("201203", date(2012, 3, 31)),
        ("40999", date(2012, 3, 31)),
        ("40999.35", date(2012, 3, 31)),
        ("2011-02-29", None),
        ("1949-12-31", None),
        ("2012-03/31", None),
        ("2012-13", None),
        ("3/31/2012", None),
        ("12年3月31日", None),
        ("19999", None),
        ("12-03-31", None),
        ("0212-03-31", None),
        ("2101-01-01", None),
        ("31.03.2012", None),
        ("", None),
    ],
)
def test_a_day_is_written_year_first(text, day):
    """Days of another century, of two-digit years or in another order are faults, not guesses."""
    found = parse_day(pl.DataFrame({"x": [text]}), DayFromColumn(column="x"))
    assert found.value.to_list() == [day]
    assert faulty(found) == [day is None]


def test_a_month_alone_is_one_of_its_ends():
    """The last day unless the source says the first."""
    texts = pl.DataFrame({"x": ["2012-02", "2012年12月", "2012-02-03"]})
    first = parse_day(texts, DayFromColumn(column="x", month_means="first_day"))
    assert first.value.to_list() == [date(2012, 2, 1), date(2012, 12, 1), date(2012, 2, 3)]
    last = parse_day(texts, DayFromColumn(column="x"))
    assert last.value.to_list() == [date(2012, 2, 29), date(2012, 12, 31), date(2012, 2, 3)]
    assert first.mended == last.mended == {"month_only": 2}


@pytest.mark.parametrize(
    ("kind", "texts", "values"),
    [
        ("day", ["1931-05-07", "2012年3月"], [date(1931, 5, 7), date(2012, 3, 31)]),
        ("month", ["2012-03-31", "2012年3月", "201203"], [date(2012, 3, 1)] * 3),
    ],
)
def test_days_and_months_of_a_contract(kind, texts, values):
    """People are born before 1950; a month is its first day."""
    assert parsed([*texts, "三月", ""], kind) == (
        [*values, None, None],
        [False] * len(values) + [True, False],
    )


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
    frame = pl.DataFrame({"y": [year], "q": [quarter]})
    found = parse_day(frame, DayFromQuarter(year="y", quarter="q"))
    assert found.value.to_list() == [day]
    assert faulty(found) == [day is None]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0012", "0012"),
        ("12.0", "12"),
        ("12.5", "12.5"),
        (" 12 ", "12"),
        ("12 34", "1234"),
        ("１２", "12"),
        ("一号", "一号"),
        ("1E5", "1E5"),
        ("12e5", "12e5"),
        ("1E+05", None),
        ("2.3E17", None),
        ("2.30100198001010e+17", None),
        ("", None),
        ("\u200b", None),
    ],
)
def test_a_household_number_is_text_and_never_rounded(text, number):
    """Zeros in front and letters belong to it; what a spreadsheet rounded is a fault."""
    found = parse_household(pl.DataFrame({"x": [text]}), "x")
    assert found.value.to_list() == [number]
    assert faulty(found) == [number is None]


def test_an_identity_number_is_replaced_and_one_that_excel_destroyed_says_so():
    """The hash alone leaves; a destroyed number and one that is none are told apart."""
    texts = ["11010519491231002X", "11010519491231002x", "1.10105194912310E+17", "12345", ""]
    key = IdentityKey(b"k" * 32)
    found = field(texts, "person", key=key, contract={"is_required": True})
    assert found.value.to_list() == [key.person(texts[0])] * 2 + [None] * 3
    kinds = {fault.check: fault.is_at.to_list() for fault in found.faults}
    assert kinds == {
        "destroyed": [False, False, True, False, False],
        "person": [False, False, False, True, False],
        "required": [False, False, False, False, True],
    }
    (destroyed,) = [fault for fault in found.faults if fault.check == "destroyed"]
    assert "turned into a rounded number by Excel" in destroyed.reason_en
    assert "Excel" in destroyed.reason_zh
    assert not any(text in str(found.faults) for text in texts if text)


def test_identity_numbers_are_not_read_without_a_key():
    """Without a key nobody could be told apart and kept unnamed at once."""
    with pytest.raises(ConfigError, match="column x holds identity numbers, and no key was given"):
        field(["11010519491231002X"], "person")


def test_mended_values_are_counted_by_rule():
    """Each rule by which a value was mended is counted once for each row."""
    found = field(["1,000", "1,000", "５", "5", "2万", "x"], "amount", minor_per_unit=100)
    assert found.mended == {"thousands": 2, "width": 1, "wan": 1}
    assert parse_date(pl.Series("d", ["2012/3/1", "40999", None])).mended == {
        "date_form": 1,
        "excel_serial": 1,
    }
