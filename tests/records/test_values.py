"""One value as an office wrote it, by hand; and whole columns, which must agree text by text."""

from __future__ import annotations

import re
import string
from collections import Counter
from datetime import date, timedelta
from functools import partial

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fanpin_risk.records.columns import (
    fast_numbers,
    fast_words,
    read_column,
    stripped,
)
from fanpin_risk.records.identity_key import IdentityKey
from fanpin_risk.records.identity_numbers import PersonNumber, person_number
from fanpin_risk.records.parse import parse_household
from fanpin_risk.records.persons import read_persons
from fanpin_risk.records.spelling import (
    Reading,
    UnreadableError,
    household_number,
    is_blank,
    office_number,
    plain_code,
    tidy,
    without_spaces,
    words,
)
from fanpin_risk.records.values import (
    MENDING_RULES,
    day,
    holds_word,
    listed,
    month,
    scaled,
)

KEY = IdentityKey(b"k" * 32)
MONEY = partial(scaled, decimals=2, is_money=True)
WAN = partial(scaled, decimals=6, is_money=True)
WHOLE = partial(scaled, decimals=0, is_money=False)
HUNDREDTHS = partial(scaled, decimals=2, is_money=False)
CODES = {"是": True, "否": False, "1.0": True, "不详": None}
LISTED = partial(listed, codes=CODES)
HEALTH = partial(holds_word, word="残疾", known=("健康", "残疾", "患有大病"))
FIFTH = date(2021, 3, 5)

MENDED = [
    # rule, function, text, value, rules in the order in which they were used
    ("width", tidy, "Ａ１２", "A12", ["width"]),
    ("width", words, "第３组，村东", "第3组，村东", ["width"]),
    ("width", MONEY, "１２．５", 1250, ["width"]),
    ("width", LISTED, "１", True, ["width"]),
    ("spaces", tidy, "\u3000五常市\u00a0", "五常市", ["spaces"]),
    ("spaces", tidy, "五\u200b常市", "五常市", ["spaces"]),
    ("spaces", tidy, "五\u3000常市", "五 常市", ["spaces"]),
    ("spaces", tidy, "五常市\n", "五常市", ["spaces"]),
    ("spaces", without_spaces, "五 常市", "五常市", ["spaces"]),
    ("spaces", words, "村东\r\n第二家", "村东第二家", ["spaces"]),
    ("spaces", words, "村东 第 二家", "村东第二家", ["spaces"]),
    ("spaces", words, "Gran  Rosario", "Gran Rosario", ["spaces"]),
    ("spaces", words, "230199 101 001", "230199101001", ["spaces"]),
    ("spaces", words, "村\x00东\x7f", "村东", ["spaces"]),
    ("spaces", day, "\u202d2021-03-05\u202c", FIFTH, ["spaces"]),
    ("case", office_number, "js 0012", "JS0012", ["spaces", "case"]),
    ("spaces", WHOLE, "1 234", 1234, ["spaces"]),
    ("spaces", LISTED, "不 详", None, ["spaces"]),
    ("spaces", day, "2021 - 03 - 05", FIFTH, ["spaces"]),
    ("plain_number", plain_code, "12.00", "12", ["plain_number"]),
    ("plain_number", words, "12.0", "12", ["plain_number"]),
    ("plain_number", LISTED, "1.0 ", True, ["plain_number"]),
    ("thousands", MONEY, "1,234,567.8", 123456780, ["thousands"]),
    ("thousands", WHOLE, "－1，234", -1234, ["width", "thousands"]),
    ("currency", MONEY, "¥12.5", 1250, ["currency"]),
    ("currency", MONEY, "12.5元", 1250, ["currency"]),
    ("currency", MONEY, "人民币12圆", 1200, ["currency"]),
    ("currency", MONEY, "RMB1,200元整", 120000, ["currency", "thousands"]),
    ("currency", WAN, "12000元", 1200000, ["currency"]),
    ("wan", MONEY, "1.2万", 1200000, ["wan"]),
    ("wan", MONEY, "￥1.2万元", 1200000, ["width", "wan"]),
    ("wan", WAN, "1.2万元", 1200000, ["wan"]),
    ("date_form", day, "2021年3月5日", FIFTH, ["date_form"]),
    ("date_form", day, "2021/3/5", FIFTH, ["date_form"]),
    ("date_form", day, "2021.03.05", FIFTH, ["date_form"]),
    ("date_form", day, "20210305", FIFTH, ["date_form"]),
    ("date_form", day, "2021-3-5", FIFTH, ["date_form"]),
    ("excel_serial", day, "44260", FIFTH, ["excel_serial"]),
    ("excel_serial", day, "44260.0", FIFTH, ["excel_serial"]),
    ("excel_serial", day, "20000", date(1954, 10, 3), ["excel_serial"]),
    ("month_only", day, "2021-03", date(2021, 3, 31), ["month_only"]),
    ("month_only", day, "2021年2月", date(2021, 2, 28), ["month_only"]),
    ("month_only", day, "202103", date(2021, 3, 31), ["month_only"]),
    ("month_only", partial(day, month_means="first_day"), "2021.3", date(2021, 3, 1), None),
    ("time_of_day", day, "2021-03-05 08:30", FIFTH, ["time_of_day"]),
    ("time_of_day", day, "2021-03-05T08:30:00+08:00", FIFTH, ["time_of_day"]),
    ("time_zone", day, "2021-03-04T16:00:00.000Z", FIFTH, ["time_zone"]),
    ("time_zone", day, "2021-03-04 23:30-02:00", FIFTH, ["time_zone"]),
    ("time_zone", day, "2021-03-06T01:00+10:00", FIFTH, ["time_zone"]),
    ("time_of_day", day, "2021-03-05T15:59:59Z", FIFTH, ["time_of_day"]),
    ("time_of_day", day, "2021/3/5 8:30:15.5", FIFTH, ["time_of_day", "date_form"]),
    ("number_15", person_number, "110105491231002", "11010519491231002X", ["number_15"]),
    ("number_form", person_number, "11010519491231002x", "11010519491231002X", ["number_form"]),
    ("number_form", person_number, "'11010519491231002X", "11010519491231002X", ["number_form"]),
    ("number_form", person_number, "110105-19491231-002X", "11010519491231002X", ["number_form"]),
    ("card_number", person_number, "11010519491231002X42", "11010519491231002X", ["card_number"]),
    ("card_number", person_number, "11010519491231002X42B1", "11010519491231002X", None),
]


@pytest.mark.parametrize(("rule", "read", "text", "value", "rules"), MENDED)
def test_a_value_is_mended_by_a_stated_rule(rule, read, text, value, rules):
    """Value and rules, by hand."""
    found = read(text)
    number = found.value.number if isinstance(found.value, PersonNumber) else found.value
    assert number == value
    assert type(number) is type(value)
    assert found.rules == tuple(rules or [rule])


@pytest.mark.parametrize(
    ("read", "text", "kind"),
    [
        (household_number, "户编号23019900000024", "household"),
        (household_number, "23019900000024（已核对）", "household"),
        (household_number, "23,019,900", "household"),
        (household_number, '="00019900000017"', "household"),
        (household_number, "“7”", "household"),
        (household_number, "同上", "household"),
        (office_number, "〃", "text"),
        (words, " 同 上", "text"),
        (household_number, "23019900_x000D_", "household"),
        (household_number, "23019900&nbsp;", "household"),
        (office_number, "20220101。", "text"),
        (office_number, "20220101&nbsp;", "text"),
        (words, "随机走访<br/>", "text"),
        (words, "随机走访_x000D_", "text"),
        (words, "??走访", "text"),
        (words, "随\ufffd走访", "text"),
    ],
)
def test_what_would_be_another_number_or_a_broken_text_is_refused(read, text, kind):
    """A label, a remark, a sign or markup beside a number is a fault: it would be somebody else."""
    with pytest.raises(UnreadableError, match=f"^{kind}$"):
        read(text)


def test_every_rule_has_a_case():
    """No rule of mending is without an example, and each is worded in both languages."""
    assert {rule for rule, *_ in MENDED} == set(MENDING_RULES)
    assert all(zh and en for zh, en in MENDING_RULES.values())


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (tidy, "五常市 东街", "五常市 东街"),
        (tidy, " 五常市 ", "五常市"),
        (words, "（东街），第2组。", "（东街），第2组。"),
        (plain_code, "012", "012"),
        (plain_code, "12.5", "12.5"),
        (MONEY, "-0.05", -5),
        (MONEY, "12.500", 1250),
        (WAN, "1.2", 1200000),
        (WHOLE, "007", 7),
        (WHOLE, "12.0", 12),
        (day, "2021-03-05", FIFTH),
        (day, "2021-03-05 00:00:00", FIFTH),
        (day, "2021-03-05T00:00:00.000000", FIFTH),
        (day, "1900-01-01", date(1900, 1, 1)),
        (day, "2100-12-31", date(2100, 12, 31)),
        (month, "2021-03", date(2021, 3, 1)),
        (LISTED, "否", False),
        (HEALTH, "健康", False),
        (HEALTH, "健康,残疾", True),
    ],
)
def test_a_plain_value_needs_no_mending(read, text, value):
    """What is written as it should be is counted nowhere; spaces around it are no mend."""
    assert read(text) == Reading(value)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("2021-03-05", date(2021, 3, 1)),
        ("2021年3月份", date(2021, 3, 1)),
        ("202112", date(2021, 12, 1)),
        ("44260", date(2021, 3, 1)),
    ],
)
def test_a_month_is_its_first_day(text, first):
    """A month, or any day in it."""
    assert month(text).value == first


UNREADABLE = [
    ("number", MONEY, ["", "abc", "1,00", "1,0000", "12 34", "1.5\n2", "--1", ".5", "1.2亿", "万"]),
    ("number", MONEY, ["1e5", "0x10", "٣", "1" * 16, "1,000,000,000,000,000", "12元5角", "五百"]),
    ("number", WHOLE, ["12元", "¥12", "1.2万"]),
    ("decimals", MONEY, ["1.005", "0.0000001万", "1.234元"]),
    ("decimals", WHOLE, ["1.5", "0.01"]),
    ("decimals", WAN, ["0.0000001", "1.005元"]),
    (
        "day",
        day,
        ["", "三月五日", "05/03/2021", "21-03-05", "2021-03/05", "3月5日", "19999", "80000"],
    ),
    (
        "day",
        day,
        ["2021", "2021-", "2021-3-5-1", "2021年3月5", "2021第一季度", "44260号"],
    ),
    ("year", day, ["1899-12-31", "2101-01-01", "0212-03-31", "18990101", "210305"]),
    (
        "calendar",
        day,
        ["2021-02-29", "2021-13-01", "20210431", "2021年0月", "2021-00-10", "202113"],
    ),
    ("day", month, ["", "三月", "3"]),
    ("code", LISTED, ["", "对", "01", "是否", "1.5"]),
    ("code", HEALTH, ["", "，", "健康,未知", "残", "健康残疾"]),
    ("person", person_number, ["", "1" * 17, "不详", "11010519490231002X", "110105189912310021"]),
    ("person", person_number, ["1101051949123100XX", "11010519491231002Y", "E", "110105490231002"]),
    ("destroyed", person_number, ["1.10105194912310E+17", "1.1E17", "110105194912310000"]),
    ("destroyed", person_number, ["110105194912310016.0", " 4.2E+17 "]),
]


@pytest.mark.parametrize(
    ("kind", "read", "text"),
    [(kind, read, text) for kind, read, texts in UNREADABLE for text in texts],
)
def test_a_text_that_is_not_understood_is_a_fault_of_a_kind(kind, read, text):
    """The kind of fault is said, and never the text."""
    with pytest.raises(UnreadableError) as caught:
        read(text)
    assert caught.value.args == (kind,)


def test_a_wrong_last_character_is_kept_and_marked():
    """A number whose last character does not fit is a person's all the same."""
    good, wrong = "11010519491231002X", "110105194912310021"
    assert person_number(good).value == PersonNumber(good, is_valid=True)
    assert person_number(wrong).value == PersonNumber(wrong, is_valid=False)
    card = person_number(f"{wrong}42").value
    assert (card.number, card.is_valid, card.is_card) == (wrong, False, True)
    passport = person_number("e12345678").value
    assert (passport.number, passport.is_valid) == ("E12345678", None)


def test_old_numbers_get_their_century_and_their_last_character():
    """The example of GB 11643 and all ways to end: fifteen digits name the same person."""
    old = [f"1101054912310{n:02d}" for n in range(40)]
    longer = [person_number(number).value for number in old]
    assert all(one.is_valid for one in longer)
    assert [one.number[:17] for one in longer] == [f"{n[:6]}19{n[6:]}" for n in old]
    assert {one.number[-1] for one in longer} == set("0123456789X")


def test_nothing_to_see_is_nothing():
    """Invisible characters and spaces of every width leave an empty field."""
    for text in ["", " ", "\u00a0", "\u3000", "\u200b\ufeff", "\t\n", "\u2003\u00ad"]:
        assert is_blank(text)
        for kind, fast, dtype in (
            (MONEY, fast_numbers(2), pl.Int64()),
            (words, fast_words, pl.String()),
            (day, None, pl.Date()),
        ):
            found = read_column(stripped(pl.Series("x", [text])), kind, dtype, fast=fast)
            assert found.value.to_list() == found.fault.to_list() == [None]
        assert read_persons(pl.Series("x", [text]), KEY).fault.to_list() == [None]


SPACES = [" ", "  ", "\u00a0", "\u3000", "\t", "\n", "\r\n", "\u2003", "\u2028", "\x1c", "\x85"]
ODD = ["\u200b", "\u200d", "\ufeff", "\u00ad", "\u2060", "ﾊ", "㎡", "①", "𝟏", "丽", "Ⅳ", "ﬁ", "`"]


def widened(text):
    """The same text in full-width characters."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


@st.composite
def around(draw, texts):
    """A text as it may come: plain mostly, else with spaces, widths and odd letters in it."""
    text = draw(texts)
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.sampled_from(SPACES + ODD)) + text[at:]
    if draw(st.integers(0, 5)) == 0:
        text = widened(text)
    return text


digits = st.text(string.digits, min_size=1, max_size=17)
numbers = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", "", "", "-", "+", "¥", "人民币"]),
        st.one_of(digits, st.integers(0, 10**13).map("{:,}".format)),
        st.sampled_from(["", "", ".", ".0", ".5", ".05", ".005", ".500"]),
        st.sampled_from(["", "", "", "元", "万元", "万", "元整", "E5", "e+05", "E17"]),
    ),
)
days = st.one_of(
    st.dates(date(1890, 1, 1), date(2110, 1, 1)).flatmap(
        lambda d: st.sampled_from(
            [
                f"{d}",
                f"{d:%Y%m%d}",
                f"{d:%Y/%m/%d}",
                f"{d.year}年{d.month}月{d.day}日",
                f"{d:%Y-%m}",
                *(f"{d.year}.{d.month}", f"{d} 00:00:00", f"{d}T09:30:00Z", f"{d:%d.%m.%Y}"),
                *(f"{(d - date(1899, 12, 30)).days}", f"{d:%Y%m}", f"{d:%y%m%d}"),
            ]
        )
    ),
    st.text("0123456789-/.年月日", max_size=10),
)
free = st.one_of(
    st.text(max_size=12), st.text("abz019 .%-_/（）：，五常市Ｚ９", max_size=12), numbers, days
)
coded = st.sampled_from([*CODES, "1", "1.00", "是 ", "对", "不详.", "健康", "残疾,健康", "残疾、x"])


def slowly(text, read):
    """What one text comes to, as (value, kind of fault, rules)."""
    if text is None or is_blank(text):
        return None, None, ()
    try:
        found = read(text)
    except UnreadableError as error:
        return None, str(error), ()
    return found.value, None, found.rules


def household(text):
    """A household number, the slow way: 2.3E+17 is none, nor is one with a label or a remark."""
    head, _, power = text.upper().partition("E")
    is_power = power.removeprefix("+").isdecimal() and power.isascii()
    if is_power and re.fullmatch(r"[+-]?[0-9](\.[0-9]+)?", head) and ("." in head or "+" in power):
        raise UnreadableError("household")
    return household_number(text)


@pytest.mark.parametrize(
    ("texts", "read", "fast", "dtype"),
    [
        pytest.param(numbers, MONEY, fast_numbers(2), pl.Int64(), id="amounts"),
        pytest.param(numbers, WAN, fast_numbers(6), pl.Int64(), id="amounts in ten thousands"),
        pytest.param(numbers, WHOLE, fast_numbers(0), pl.Int64(), id="whole numbers"),
        pytest.param(numbers, HUNDREDTHS, fast_numbers(2), pl.Int64(), id="quantities"),
        pytest.param(days, day, None, pl.Date(), id="days"),
        pytest.param(days, month, None, pl.Date(), id="months"),
        pytest.param(free, words, fast_words, pl.String(), id="words"),
        pytest.param(coded, LISTED, None, pl.Boolean(), id="codes"),
        pytest.param(coded, HEALTH, None, pl.Boolean(), id="words in a list"),
    ],
)
def test_a_column_agrees_with_the_slow_functions_text_by_text(texts, read, fast, dtype):
    """Values, kinds of fault and counts of rules, whatever the fast path takes."""

    @settings(max_examples=60, deadline=None)
    @given(column=st.lists(st.one_of(st.none(), around(texts)), max_size=40))
    @example(column=["1", "1.0", "1.00", "12345678901.99", "99999999999999.99", "0.29", "1.15"])
    @example(column=["9007199254.740991", "90071992547409.91", "9007199254740993", "-0.005"])
    @example(column=["a\u2003b", "a\u3000", "ﾊﾟ", "𝟏𝟐", "丽", "a\x1cb", "", " ", "12.", "ａ，ｂ"])
    @example(column=["2", "2", None, "２", "２"])
    def agrees(column):
        column = stripped(pl.Series("x", column, dtype=pl.String())).to_list()
        slow = [slowly(text, read) for text in column]
        whole = read_column(pl.Series("x", column, dtype=pl.String()), read, dtype, fast=fast)
        assert whole.value.dtype == dtype
        assert whole.value.to_list() == [value for value, _, _ in slow]
        assert whole.fault.to_list() == [fault for _, fault, _ in slow]
        assert whole.mended == Counter(rule for _, _, rules in slow for rule in rules)

    agrees()


@settings(max_examples=100, deadline=None)
@given(column=st.lists(st.one_of(st.none(), around(free)), max_size=40))
@example(column=["2.3E+17", "1E5", "1E+05", "12.0", "007", "12.5", "1.E5", "一号", " 7 ", "\u200b"])
def test_household_numbers_agree_with_the_slow_function(column):
    """Numbers, faults and counts of rules; a missing number is a fault as well."""
    found = parse_household(pl.DataFrame({"x": pl.Series(column, dtype=pl.String())}), "x")
    texts = stripped(pl.Series("x", column, dtype=pl.String())).to_list()
    slow = [slowly(text, household) for text in texts]
    fault, person = found.faults
    assert found.value.to_list() == [value for value, _, _ in slow]
    assert fault.is_at.to_list() == [value is None for value, _, _ in slow]
    assert (fault.check, person.check) == ("household", "person_in_text")
    assert found.mended == Counter(rule for _, _, rules in slow for rule in rules)


def checked(start):
    """Seventeen digits with the last character that belongs to them (GB 11643)."""
    weights = [2 ** (17 - place) % 11 for place in range(17)]
    total = sum(int(digit) * weight for digit, weight in zip(start, weights, strict=True))
    return start + "0123456789X"[(12 - total) % 11]


@st.composite
def identity_numbers(draw):
    """Numbers of people as they may come: right and wrong, long and short, born on 31 February."""
    place = draw(st.sampled_from(["110105", "230184", "020184"]))
    born = date(1895, 1, 1) + timedelta(days=draw(st.integers(0, 77_000)))
    day_of_birth = draw(st.sampled_from([f"{born:%Y%m%d}"] * 4 + ["19800231", "20011300"]))
    number = checked(f"{place}{day_of_birth}{draw(st.integers(0, 999)):03d}")
    if draw(st.integers(0, 3)) == 0:
        number = number[:17] + draw(st.sampled_from("0123456789Xx"))
    kind = draw(st.integers(0, 9))
    if kind == 0:
        number = number[:6] + number[8:17]
    elif kind == 1:
        number += draw(st.sampled_from(["42", "42B1", "4"]))
    elif kind == 2:
        number = f"{float(number[:17]):.14E}"
    elif kind == 3:
        number = draw(
            st.sampled_from([number.lower(), f"'{number}", number[:14] + "0000", "E1234567"])
        )
    return number


@settings(max_examples=150, deadline=None)
@given(column=st.lists(st.one_of(st.none(), around(identity_numbers())), max_size=30))
@example(column=["11010519491231002X", "11010519491231002x", "11010519491231002X"])
@example(column=["110105198002310014", "110105198001310017", "230184199002280013", "", None])
def test_a_column_of_persons_agrees_with_the_slow_function(column):
    """Hash, fault, checksum, card and rules of every number, and the same hash for one person."""
    found = read_persons(pl.Series("x", column, dtype=pl.String()), KEY)
    slow = [slowly(text, person_number) for text in column]
    hashes = [None if person is None else KEY.person(person.number) for person, _, _ in slow]
    assert found.value.to_list() == hashes
    assert found.fault.to_list() == [fault for _, fault, _ in slow]
    assert found.is_valid.to_list() == [p and p.is_valid for p, _, _ in slow]
    assert found.is_card.to_list() == [p and p.is_card for p, _, _ in slow]
    assert found.mended == Counter(rule for _, _, rules in slow for rule in rules)


@given(text=around(free))
@settings(max_examples=300, deadline=None)
def test_what_was_changed_was_counted(text):
    """A text that comes out otherwise than it went in, but for spaces around it, names a rule."""
    for read in (tidy, without_spaces, words, plain_code):
        try:
            found = read(text)
        except UnreadableError:  # a text with remains of markup is a fault, not a text
            assert read is words
            continue
        assert bool(found.rules) == (found.value != text.strip(" ")), read
        assert read(found.value) == Reading(found.value), "a mended text needs no mending"
        assert set(found.rules) <= set(MENDING_RULES)
        assert len(found.rules) == len(set(found.rules))


@pytest.mark.parametrize("text", ["2021.1", "２０２１．１"])
def test_a_month_that_may_be_january_or_october_is_refused(text):
    """Excel makes 2021.1 of 2021.10; 2021.01, 2021.2 and 2021-1 are sure."""
    with pytest.raises(UnreadableError, match="day"):
        month(text)
    assert month("2021.10").value == date(2021, 10, 1)
    assert month("2021.01").value == date(2021, 1, 1)
    assert month("2021.2").value == date(2021, 2, 1)
    assert month("2021-1").value == date(2021, 1, 1)
