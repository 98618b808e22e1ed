"""Reading one value as an office wrote it: the slow, plain statement of what is understood.

Each function takes a text and returns a `Reading`: the value, and the rules by which the text was
mended on the way. What is not understood raises `UnreadableError`; nothing is guessed. The intake
reads whole columns at once (`columns.py`) and must agree with these functions on every text.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta

from fanpin_risk.records.spelling import (
    Reading,
    UnreadableError,
    plain_code,
    tidy,
    without_spaces,
)

MENDING_RULES: dict[str, tuple[str, str]] = {
    "width": ("全角字符转为半角", "full-width characters read as plain ones"),
    "spaces": (
        "去除空格、换行和不可见字符",
        "spaces, line breaks and invisible characters removed",
    ),
    "plain_number": ("去除整数后的小数零", "decimals of a whole number dropped"),
    "thousands": ("去除千分位分隔符", "thousands separators removed"),
    "currency": ("去除货币符号或“元”", "sign or word of the currency removed"),
    "wan": ("“万元”换算为元", "units of ten thousand turned into yuan"),
    "date_form": ("统一日期写法", "another way of writing a date"),
    "excel_serial": ("Excel日期序号转为日期", "Excel's number of a day turned into a date"),
    "month_only": ("只有年月，按来源设定取月初或月末", "a month alone taken as one of its ends"),
    "time_of_day": ("去除时刻", "time of day dropped"),
    "time_zone": (
        "其他时区的时刻换算为北京时间的日期",
        "time of another zone turned into China's day",
    ),
    "case": ("编号的小写字母转为大写", "small letters of an office's number read as capitals"),
    "number_15": ("15位旧证件号升为18位", "old number of 15 digits brought to 18"),
    "number_form": ("统一证件号写法", "another way of writing an identity number"),
    "card_number": ("残疾证号取前18位", "first 18 digits of a disability card's number"),
}
"""Every rule by which a value is mended, in Chinese and English; each use is counted."""

_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]*)?")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?")
_SPACED = re.compile(r"(?<![0-9])[0-9]{1,3}( [0-9]{3})+(?![0-9])")
_TWO_NUMBERS = re.compile(r"[0-9.,]\s+[0-9.,]")
_FEN_DIGITS, _WAN_DIGITS = 2, 4
_YEAR_FIRST = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})")
_MONTH_FIRST = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})")
_JANUARY_OR_OCTOBER = re.compile(r"[0-9]{4}\.1")
_CHINESE_DAY = re.compile(r"([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})[日号]")
_CHINESE_MONTH = re.compile(r"([0-9]{4})年([0-9]{1,2})月份?")
_EIGHT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_SIX = re.compile(r"([0-9]{4})([0-9]{2})")
_SERIAL = re.compile(r"([0-9]{5})(\.[0-9]+)?")
_TIME = re.compile(
    r"[T ](?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(:[0-9]{2}(\.[0-9]+)?)?"
    r"(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2}(:[0-9]{2})?)?$"
)
_HERE_MINUTES, _DAY_MINUTES = 8 * 60, 24 * 60
"""China's clock is eight hours ahead of UTC."""
_EXCEL_ORIGIN = date(1899, 12, 30)
_SERIALS = range(20_000, 80_000)
"""Excel's numbers of the days from October 1954 to January 2119."""

FIRST_YEAR, LAST_YEAR = 1900, 2100
WIDEST = 2**53
"""No number is read that is larger: beyond it, a spreadsheet's numbers are not exact."""


def scaled(text: str, *, decimals: int, is_money: bool) -> Reading[int]:
    """Number moved ``decimals`` places to the left of its point, exactly.

    Parameters
    ----------
    text
        Digits with a sign, a point, thousands separators; money also with ¥, 元, 万 or 万元. Spaces
        or line breaks that make two numbers of it are refused.
    decimals
        2 for yuan to fen, 6 for 万元 to fen, 0 for whole numbers. More decimals than these are
        refused unless they are zeros: nothing is rounded.

    Raises
    ------
    UnreadableError
        If the text is no such number.

    Examples
    --------
    >>> scaled("1,234.5", decimals=2, is_money=True)
    Reading(value=123450, rules=('thousands',))
    >>> scaled("1.2万元", decimals=2, is_money=True).value
    1200000
    """
    closed = without_spaces(text)
    if _TWO_NUMBERS.search(_SPACED.sub("0", tidy(text).value)):
        raise UnreadableError("number")
    number, rules = closed.value, list(closed.rules)
    if is_money:
        number, decimals, more = _without_currency(number, decimals)
        rules += more
    if _GROUPED.fullmatch(number):
        number = number.replace(",", "")
        rules.append("thousands")
    if not _NUMBER.fullmatch(number):
        raise UnreadableError("number")
    whole, _, fraction = number.partition(".")
    if len(fraction.rstrip("0")) > decimals:
        raise UnreadableError("decimals")
    kept = fraction[:decimals].ljust(decimals, "0")
    value = int(whole.lstrip("+-") + kept)
    if value > WIDEST:
        raise UnreadableError("number")
    return Reading(-value if whole.startswith("-") else value, tuple(rules))


def _without_currency(number: str, decimals: int) -> tuple[str, int, list[str]]:
    """Take sign and word of the currency off; ten thousand moves the point by four.

    A word in the field goes before the unit of the column: 5000元 is no 万元 in a column of 万元.
    """
    rules = []
    bare = re.sub(r"^(人民币|RMB|CNY|[¥￥])", "", number)
    ends = re.fullmatch(r"(.*?)(万)?(元整|元|圆)?", bare)
    if ends is not None:
        bare = ends[1]
        if decimals == _FEN_DIGITS + _WAN_DIGITS and (ends[2] or ends[3]):
            decimals = _FEN_DIGITS
        if ends[2]:
            decimals += _WAN_DIGITS
            rules.append("wan")
    if not rules and bare != number:
        rules.append("currency")
    return bare, decimals, rules


def day(text: str, *, month_means: str = "last_day") -> Reading[date]:
    """Day that a text names, year first; a month alone means its first or last day.

    Two-digit years and days before months are refused: they can be read in several ways.

    Raises
    ------
    UnreadableError
        If the text names no day of 1900 to 2100.

    Examples
    --------
    >>> day("2021年3月5日").value, day("44260").value, day("20210305").value
    (datetime.date(2021, 3, 5), datetime.date(2021, 3, 5), datetime.date(2021, 3, 5))
    >>> day("2021-03").value
    datetime.date(2021, 3, 31)
    >>> day("2021-03-04T16:00:00.000Z").value
    datetime.date(2021, 3, 5)
    """
    tidied = tidy(text)
    rules = list(tidied.rules)
    bare = _TIME.sub("", tidied.value)
    later = _days_later_here(tidied.value)
    if bare != tidied.value:
        midnight = re.search(r"[T ]0?0:00(:00(\.0+)?)?$", tidied.value)
        rules += [] if midnight else ["time_zone" if later else "time_of_day"]
    closed = "".join(bare.split())
    if closed != bare and "spaces" not in rules:
        rules.append("spaces")
    for pattern in (_YEAR_FIRST, _CHINESE_DAY, _EIGHT):
        match = pattern.fullmatch(closed)
        if match is not None:
            year, month, number = (int(part) for part in match.groups() if part.isdigit())
            is_usual = re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", closed)
            here = calendar_day(year, month, number) + timedelta(days=later)
            return Reading(here, (*rules, *([] if is_usual else ["date_form"])))
    serial = _SERIAL.fullmatch(closed)
    if serial is not None and int(serial[1]) in _SERIALS:
        return Reading(_EXCEL_ORIGIN + timedelta(days=int(serial[1])), (*rules, "excel_serial"))
    year, month = _month(closed)
    number = 1 if month_means == "first_day" else monthrange(year, month)[1]
    return Reading(calendar_day(year, month, number), (*rules, "month_only"))


def _days_later_here(text: str) -> int:
    """Days by which China's calendar is ahead of that of the time zone, at the time given."""
    time = _TIME.search(text)
    if time is None or time["zone"] is None:
        return 0
    digits = time["zone"].lstrip("+-Z").replace(":", "") or "0000"
    ahead = int(digits[:2]) * 60 + int(digits[2:4])
    offset = -ahead if time["zone"].startswith("-") else ahead
    minutes = int(time["hour"]) * 60 + int(time["minute"])
    return (minutes - offset + _HERE_MINUTES) // _DAY_MINUTES


def month(text: str) -> Reading[date]:
    """First day of the month that a text names, as a month or as a day in it.

    Raises
    ------
    UnreadableError
        If the text names neither.

    Examples
    --------
    >>> month("202103").value, month("2021年3月5日").value
    (datetime.date(2021, 3, 1), datetime.date(2021, 3, 1))
    """
    read = day(text, month_means="first_day")
    rules = tuple(rule for rule in read.rules if rule != "month_only")
    return Reading(read.value.replace(day=1), rules)


def _month(closed: str) -> tuple[int, int]:
    """Year and month of a text that names a month.

    2021.1 is none: where Excel took 2021.10 for a number, it lost its end.
    """
    if _JANUARY_OR_OCTOBER.fullmatch(closed):
        raise UnreadableError("day")
    for pattern in (_MONTH_FIRST, _CHINESE_MONTH, _SIX):
        match = pattern.fullmatch(closed)
        if match is not None:
            year, number = int(match[1]), int(match[2])
            calendar_day(year, number, 1)
            return year, number
    raise UnreadableError("day")


def calendar_day(year: int, month: int, number: int) -> date:
    """Day of the calendar within the years that records can be of.

    Raises
    ------
    UnreadableError
        If there is no such day, or the year is none of 1900 to 2100.

    Examples
    --------
    >>> calendar_day(2012, 2, 29)
    datetime.date(2012, 2, 29)
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise UnreadableError("year")
    try:
        return date(year, month, number)
    except ValueError as error:
        raise UnreadableError("calendar") from error


def listed(text: str, codes: Mapping[str, object]) -> Reading[object]:
    """Our code for a word of the file; both are compared tidy, closed and without .0.

    Raises
    ------
    UnreadableError
        If the list has no such word: an unknown code is a fault, not a guess.

    Examples
    --------
    >>> listed("脱贫户 ", {"脱贫户": "out_of_poverty"}).value
    'out_of_poverty'
    """
    if text in codes:
        return Reading(codes[text])
    plain = plain_code(text)
    for word, value in codes.items():
        if plain_code(word).value == plain.value:
            rules = plain.rules or ("spaces",)
            return Reading(value, rules)
    raise UnreadableError("code")


def holds_word(text: str, word: str, known: tuple[str, ...]) -> Reading[bool]:
    """Whether a list of words, parted by commas and the like, holds a word.

    Raises
    ------
    UnreadableError
        If a word of the list is not known.

    Examples
    --------
    >>> holds_word("长期慢性病、残疾", "残疾", ("健康", "长期慢性病", "残疾")).value
    True
    """
    tidied = tidy(text)
    parts = [p for p in re.split(r"[,;、/|+\s]+", tidied.value) if p]
    if not parts or any(part not in known for part in parts):
        raise UnreadableError("code")
    return Reading(word in parts, tidied.rules)
