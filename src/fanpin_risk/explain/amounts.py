"""Quantities in words: a value with its unit, as people say it, in Chinese and English."""

from __future__ import annotations

from fanpin_risk.indicators.indicator import UNITS, Aggregate, IndicatorColumn

_UNITS_ZH = {"mu_per_head": "亩", "m2_per_head": "平方米", "per_1000": ""}
WITH_DECIMALS = {
    "ratio": 2,
    "persons_per_room": 2,
    "mu_per_head": 1,
    "m2_per_head": 0,
    "per_1000": 1,
}
_DANGER_GRADES = "ABCD"
OF_THE_LINE = "监测线的"
LARGE_SHARE = 0.1
"""From such a share on it is said in whole percent."""
LARGE_MULTIPLE = 2.0
"""From so many times the line on it is said as a multiple and not in percent."""


def value_words(column: IndicatorColumn, value: object) -> tuple[str, str]:
    """A value in Chinese and English, with its unit; absence is said, not hidden.

    Examples
    --------
    >>> from fanpin_risk.indicators.catalogue import CATALOGUE, columns_of
    >>> named = {column.name: column for column in columns_of(CATALOGUE)}
    >>> value_words(named["members_latest"], 5.0)
    ('5人', '5 persons')
    >>> value_words(named["has_work_income_latest"], None)
    ('未知', 'not known')
    """
    if value is None:
        return "未知", "not known"
    unit = column.indicator.unit
    zh, en = UNITS[unit]
    if unit == "code":
        return str(value), str(value).replace("_", " ")
    number = float(str(value))
    is_change = column.aggregate is Aggregate.CHANGE
    if unit == "yes_no":
        return _yes_no_words(number, is_change=is_change)
    if unit == "share":
        text = _signed(f"{number:.1%}")
        return text, text
    decimals = 2 if unit in ("ratio", "persons_per_room") else 0
    text = _signed(f"{number:.{decimals}f}")
    if is_change and not text.startswith("-"):
        text = f"+{text}"
    if unit in ("grade", "quarter"):
        return text + zh, f"{en} {text}"
    return text + zh, f"{text} {en}"


def amount(column: IndicatorColumn, number: float) -> tuple[str, str]:
    """A quantity with its unit, as people say it."""
    unit = column.indicator.unit
    if unit == "times_of_line":
        return _of_line(number)
    if unit == "share":
        text = _signed(f"{number:.0%}" if abs(number) >= LARGE_SHARE else f"{number:.1%}")
        return text, text
    zh, en = UNITS[unit]
    if unit == "danger_grade" and column.aggregate is not Aggregate.CHANGE:
        grade = _DANGER_GRADES[min(max(round(number), 1), len(_DANGER_GRADES)) - 1]
        return f"{grade}级", f"grade {grade}"
    text = _signed(f"{number:.{WITH_DECIMALS.get(unit, 0)}f}")
    return text + _UNITS_ZH.get(unit, zh), f"{text} {en.removesuffix('s') if text == '1' else en}"


def _of_line(times: float) -> tuple[str, str]:
    """How a multiple of the line is said: in percent up to twice the line."""
    if times == 0:
        return "零", "zero"
    if abs(times) >= LARGE_MULTIPLE:
        return f"{OF_THE_LINE}{times:.1f}倍", f"{times:.1f} times the line"
    percent = f"{100 * times:.0f}%"
    if percent in ("0%", "-0%"):
        return f"{OF_THE_LINE}不足1%", "less than 1% of the line"
    return f"{OF_THE_LINE}{percent}", f"{percent} of the line"


def _yes_no_words(number: float, *, is_change: bool) -> tuple[str, str]:
    """Words for a truth value, or for its change since the visit before."""
    if not is_change:
        return ("是", "yes") if number else ("否", "no")
    if number > 0:
        return "新出现", "new since the visit before"
    return ("已消失", "gone since the visit before") if number < 0 else ("无变化", "unchanged")


def said(column: IndicatorColumn, number: float) -> tuple[str, str]:
    """A quantity in the words of its records: a survey's or a county's."""
    is_survey = column.indicator.basis == "survey"
    return value_words(column, number) if is_survey else amount(column, number)


def _signed(text: str) -> str:
    """A rounded number without the minus of a zero."""
    return text.lstrip("-") if text.strip("-0.%") == "" else text
