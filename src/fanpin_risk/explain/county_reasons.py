"""Which values of a county's records speak for a higher risk, and the sentence a cadre reads."""

from __future__ import annotations

from datetime import date, timedelta

from fanpin_risk.causes import CAUSE_WORDS
from fanpin_risk.explain.support import to_do
from fanpin_risk.indicators.indicator import UNITS, Aggregate, IndicatorColumn

LEAST_CONTRIBUTION = 0.05
"""Log-odds: what raises the odds by less than about 5% is no reason."""
RECENT_DAYS = 365
"""What happened longer ago is not said to raise a risk."""
FEWEST_KNOWN = 0.5
"""What is not on record of half of the households says nothing about one of them."""
NO_SIGN = ("in_cooperative", "heads")
"""What nobody would take for a sign of its cause: membership, and a household's many members."""
FIRST_UNSAFE_GRADE = 3
"""Homes of grade A and B count as safe, C and D as dilapidated."""
PUT_DOWN_ON = {
    "register_income_to_line": "days_from_register_income_age",
    "income_after_spending_to_line": "days_from_register_income_age",
    "account_income_to_line": "days_from_account_age",
    "account_wage_to_line": "days_from_account_age",
    "account_business_to_line": "days_from_account_age",
    "account_business_loss": "days_from_account_age",
    "home_grade": "days_from_home_check_age",
    "home_is_unsafe": "days_from_home_check_age",
    "water_is_poor": "days_from_water_check_age",
    "water_outage": "days_from_water_check_age",
}
"""Columns that say how many days before the day of decision an indicator's record is of."""
NO_WORDS = {
    "has_safe_drinking_water": ("饮水安全未解决", "no safe drinking water"),
    "has_sanitary_latrine": ("没有卫生厕所", "no sanitary toilet"),
    "has_paved_access": ("入户道路未硬化", "the access road is not paved"),
    "village_has_bus": ("本村不通客车", "the village has no bus"),
}
"""What a "no" says, of truth values whose "yes" is the safe side."""
_UNITS_ZH = {"mu_per_head": "亩", "m2_per_head": "平方米", "per_1000": ""}
_WITH_DECIMALS = {
    "ratio": 2,
    "persons_per_room": 2,
    "mu_per_head": 1,
    "m2_per_head": 0,
    "per_1000": 1,
}
_DANGER_GRADES = "ABCD"
_LARGE_SHARE = 0.1
_LARGE_MULTIPLE = 2.0
"""From so many times the line on it is said as a multiple and not in percent."""


def is_sign(
    column: IndicatorColumn, value: object, median: float | None, share_known: float
) -> bool:
    """Whether a value of a county's records, shown beside the median, speaks for a higher risk.

    Parameters
    ----------
    column
        The indicator and its aggregate.
    value
        The household's; None where it is not on record.
    median
        Of the households asked about whose value is known.
    share_known
        Share of the households asked about whose value is known.

    Returns
    -------
    bool
        True for a value on the side that the direction names, and only if its words differ from
        those of the median. Without a direction only for a "yes". Not on record: only where most
        others have it and the record is one that every household should have. Never for codes, for
        when somebody looked, nor for what happened longer than `RECENT_DAYS` ago.

    Examples
    --------
    >>> from fanpin_risk.indicators.catalogue import COUNTY, columns_of
    >>> named = {column.name: column for column in columns_of(COUNTY)}
    >>> is_sign(named["own_cost_to_line_sum_12m"], 0.3, 0.0, 1.0)
    True
    >>> is_sign(named["own_cost_to_line_sum_12m"], 0.0, 0.0, 1.0)
    False
    """
    indicator = column.indicator
    is_hidden = indicator.is_categorical or indicator.table == "observation_view"
    if is_hidden or indicator.name in NO_SIGN:
        return False
    if value is None:
        is_owed = column.aggregate is Aggregate.LATEST and indicator.table != "place_view"
        return is_owed and indicator.if_no_records is None and share_known > FEWEST_KNOWN
    number = float(str(value))
    direction = indicator.direction
    if indicator.unit == "yes_no":
        return number < 0.5 if direction < 0 else number > 0.5
    if direction == 0:
        return False
    if column.aggregate is Aggregate.CHANGE:
        return number * direction > 0 and _amount(column, number) != _amount(column, 0.0)
    if median is None or (number - median) * direction <= 0:
        return False
    if column.aggregate is Aggregate.DAYS_SINCE and direction < 0:
        return number <= RECENT_DAYS
    if indicator.unit == "danger_grade" and number < FIRST_UNSAFE_GRADE:
        return False
    return _amount(column, number) != _amount(column, median)


def sentence(
    column: IndicatorColumn, value: object, median: float | None, *, seen_on: date, as_of: date
) -> tuple[str, str]:
    """What, how much, compared with what, as of when, and what can be done: Chinese and English.

    Parameters
    ----------
    column
        The indicator and its aggregate.
    value
        The household's; None where it is not on record.
    median
        What it is compared with; None where it is compared with nothing.
    seen_on
        The day that the record is of.
    as_of
        The day of decision, where windows end.

    Examples
    --------
    >>> from fanpin_risk.indicators.catalogue import COUNTY, columns_of
    >>> named = {column.name: column for column in columns_of(COUNTY)}
    >>> day = date(2025, 8, 31)
    >>> sentence(named["own_cost_to_line_sum_12m"], 0.35, 0.0, seen_on=day, as_of=day)[0]
    '因病：近12个月人均自付医疗费相当于监测线的35%，半数以上的户没有（截至2025-08-31）。核实后可对接：健康帮扶、社会帮扶（医保部门）'
    """
    zh, en = _statement(column, value, as_of)
    beside_zh, beside_en = _compared(column, value, median)
    when_zh, when_en = _when(column, seen_on, as_of)
    cause = column.indicator.cause
    do_zh, do_en = _to_do(column, value)
    return (
        f"{cause.value}：{zh}{beside_zh}{when_zh}。{do_zh}",
        f"{CAUSE_WORDS[cause].title_en}: {en}{beside_en}{when_en} → {do_en}",
    )


def _to_do(column: IndicatorColumn, value: object) -> tuple[str, str]:
    """What a visit can do about it."""
    if value is None:
        return "请入户了解并补录", "ask and put it on record"
    if column.indicator.table == "place_view":
        return (
            "这是当地情况，入户时问本户是否也受影响",
            "of the place: ask whether the household is affected too",
        )
    return to_do(column.indicator.cause)


def _when(column: IndicatorColumn, seen_on: date, as_of: date) -> tuple[str, str]:
    """As of when; a day that something happened on says it by itself."""
    if column.aggregate is Aggregate.DAYS_SINCE:
        return "", ""
    when_zh = f"截至{as_of}" if seen_on == as_of else f"{seen_on}的记录"
    return f"（{when_zh}）", f" ({seen_on})"


def _statement(column: IndicatorColumn, value: object, as_of: date) -> tuple[str, str]:
    """What is so, and how much."""
    title_zh, title_en = column.title_zh, column.title_en
    if value is None:
        return f"{title_zh}没有登记，情况不明", f"{title_en}: not on record, not known"
    number = float(str(value))
    indicator = column.indicator
    if indicator.unit == "yes_no":
        if number > 0.5:
            return title_zh, title_en
        return NO_WORDS.get(indicator.name, (f"{title_zh}：否", f"{title_en}: no"))
    if column.aggregate is Aggregate.DAYS_SINCE:
        day = as_of - timedelta(days=round(number))
        return (
            f"最近一次{indicator.title_zh}在{day}（至{as_of}已{number:.0f}天）",
            f"latest {indicator.title_en} on {day} ({number:.0f} days before {as_of})",
        )
    size_zh, size_en = _amount(column, abs(number))
    if column.aggregate is Aggregate.CHANGE:
        up_zh, up_en = ("增加", "up") if number > 0 else ("减少", "down")
        title = title_zh.removesuffix("增减")
        is_of_line = indicator.unit == "times_of_line"
        size = f"，相当于{size_zh}" if is_of_line else size_zh
        return f"{title}{up_zh}{size}", f"{title_en}: {up_en} by {size_en}"
    if title_zh.endswith("变化"):
        up_zh, up_en = ("上升", "up") if number > 0 else ("下降", "down")
        return f"{title_zh.removesuffix('变化')}{up_zh}{size_zh}", f"{title_en}: {up_en} {size_en}"
    if number < 0:
        return f"{title_zh}为负，亏损相当于{size_zh}", f"{title_en}: a loss of {size_en}"
    verb = "相当于" if indicator.unit == "times_of_line" and number else "为"
    return f"{title_zh}{verb}{size_zh}", f"{title_en}: {size_en}"


def _compared(column: IndicatorColumn, value: object, median: float | None) -> tuple[str, str]:
    """On which side of the middle household the value lies; nothing where it is not compared."""
    is_alone = column.indicator.unit == "yes_no" or column.aggregate in (
        Aggregate.CHANGE,
        Aggregate.DAYS_SINCE,
    )
    if value is None or median is None or is_alone or column.title_zh.endswith("变化"):
        return "", ""
    is_above = float(str(value)) > median
    if median == 0 and is_above:
        return "，半数以上的户没有", ", none for most households"
    zh, en = _amount(column, abs(median))
    minus_zh, minus_en = ("负的", "minus ") if median < 0 else ("", "")
    side_zh, side_en = ("高于", "above") if is_above else ("低于", "below")
    whose = "全县的" if column.indicator.table == "place_view" else "各户的"
    return (
        f"，{side_zh}{whose}中间水平（{minus_zh}{zh}）",
        f", {side_en} the median of {minus_en}{en}",
    )


def _amount(column: IndicatorColumn, number: float) -> tuple[str, str]:
    """A quantity with its unit, as people say it."""
    unit = column.indicator.unit
    if unit == "times_of_line":
        return _of_line(number)
    if unit == "share":
        text = f"{number:.0%}" if abs(number) >= _LARGE_SHARE else f"{number:.1%}"
        return text, text
    zh, en = UNITS[unit]
    if unit == "danger_grade" and column.aggregate is not Aggregate.CHANGE:
        grade = _DANGER_GRADES[min(max(round(number), 1), len(_DANGER_GRADES)) - 1]
        return f"{grade}级", f"grade {grade}"
    text = f"{number:.{_WITH_DECIMALS.get(unit, 0)}f}"
    return text + _UNITS_ZH.get(unit, zh), f"{text} {en.removesuffix('s') if text == '1' else en}"


def _of_line(times: float) -> tuple[str, str]:
    """How a multiple of the line is said: in percent up to twice the line."""
    if times == 0:
        return "零", "zero"
    if abs(times) >= _LARGE_MULTIPLE:
        return f"监测线的{times:.1f}倍", f"{times:.1f} times the line"
    percent = f"{100 * times:.0f}%"
    if percent in ("0%", "-0%"):
        return "监测线的不足1%", "less than 1% of the line"
    return f"监测线的{percent}", f"{percent} of the line"
