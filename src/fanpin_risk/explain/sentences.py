"""The sentence a reader gets for one indicator of one household: what, how much, beside what."""

from __future__ import annotations

from datetime import date, timedelta

from fanpin_risk.causes import CAUSE_WORDS, Cause
from fanpin_risk.explain.amounts import OF_THE_LINE, amount, value_words
from fanpin_risk.explain.comparisons import Beside
from fanpin_risk.explain.support import to_do
from fanpin_risk.indicators.indicator import Aggregate, IndicatorColumn

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

Words = tuple[str, str]
"""Chinese and English."""


def sentence(
    column: IndicatorColumn,
    value: object,
    beside: float | None,
    *,
    seen_on: date,
    as_of: date,
    cause: Cause,
    whose: Beside = Beside.EVERYBODY,
) -> Words:
    """What, how much, compared with what, as of when, by whose records, and what can be done.

    Parameters
    ----------
    column
        The indicator and its aggregate.
    value
        The household's; None where it is not on record.
    beside
        What it is compared with; None where it is compared with nothing.
    seen_on
        The day that the record is of.
    as_of
        The day of decision, where windows end.
    cause
        Of the reason: the indicator's own, but where the household's records tell another one.
    whose
        Whose value ``beside`` is.

    Returns
    -------
    tuple of str
        Chinese and English.

    Examples
    --------
    >>> from fanpin_risk.indicators.catalogue import COUNTY, columns_of
    >>> named = {column.name: column for column in columns_of(COUNTY)}
    >>> day = date(2025, 8, 31)
    >>> column = named["own_cost_to_line_sum_12m"]
    >>> sentence(column, 0.35, 0.0, seen_on=day, as_of=day, cause=Cause.ILLNESS)[0]
    '因病：近12个月人均自付医疗费相当于监测线的35%，半数以上的户没有（医保部门，截至2025-08-31）。核实后可对接：健康帮扶、社会帮扶（医保部门）'
    """
    parts = (
        head(column, value, beside, whose, as_of, cause),
        when(column, seen_on, as_of),
        tail(column, value, cause),
    )
    return "".join(zh for zh, _ in parts), "".join(en for _, en in parts)


def head(
    column: IndicatorColumn,
    value: object,
    beside: float | None,
    whose: Beside,
    as_of: date,
    cause: Cause,
) -> Words:
    """Cause, what, how much and compared with what: the part that depends on the value."""
    if column.indicator.basis == "county":
        zh, en = _statement(column, value, as_of, kind_of(column, cause))
        beside_zh, beside_en = _compared(column, value, beside, whose)
    else:
        value_zh, value_en = value_words(column, value)
        zh, en = f"{column.title_zh} {value_zh}", f"{column.title_en}: {value_en}"
        beside_zh, beside_en = _compared_of_visit(column, value, beside, whose)
    return (
        f"{cause.value}：{zh}{beside_zh}",
        f"{CAUSE_WORDS[cause].title_en}: {en}{beside_en}",
    )


def when(column: IndicatorColumn, seen_on: date, as_of: date) -> Words:
    """As of when and by whose records; a day that something happened on is said before."""
    indicator = column.indicator
    if indicator.basis == "survey":
        return f"（{seen_on}）", f" ({seen_on})"
    if column.aggregate is Aggregate.DAYS_SINCE:
        return f"（{indicator.owner_zh}）", f" ({indicator.owner_en})"
    when_zh = f"截至{as_of}" if seen_on == as_of else f"{seen_on}登记"
    return f"（{indicator.owner_zh}，{when_zh}）", f" ({indicator.owner_en}, {seen_on})"


def tail(column: IndicatorColumn, value: object, cause: Cause) -> Words:
    """What a visit can do about it; a survey has no offices that do."""
    if column.indicator.basis == "survey":
        return "", ""
    zh, en = _to_do(column, value, cause)
    return f"。{zh}", f" → {en}"


def _compared_of_visit(
    column: IndicatorColumn, value: object, beside: float | None, whose: Beside
) -> Words:
    """The visit before, or the middle household; nothing for yes, no and change."""
    is_compared = column.indicator.unit != "yes_no" and column.aggregate is not Aggregate.CHANGE
    if value is None or beside is None or not is_compared:
        return "", ""
    zh, en = value_words(column, beside)
    if whose is Beside.OWN_PAST:
        return f"，上次 {zh}", f", {en} the visit before"
    return f"，各户中位数 {zh}", f", median {en}"


def _to_do(column: IndicatorColumn, value: object, cause: Cause) -> Words:
    """What a visit can do about it."""
    if value is None:
        return "请入户了解并补录", "ask and put it on record"
    if column.indicator.table == "place_view":
        return (
            "这是当地情况，入户时问本户是否也受影响",
            "of the place: ask whether the household is affected too",
        )
    return to_do(cause)


def kind_of(column: IndicatorColumn, cause: Cause) -> Words:
    """What kind an event was, of an indicator over events of all kinds; nothing where none is told.

    Nothing too where a cause has several kinds: which of them it was is not said by the cause.

    Examples
    --------
    >>> from fanpin_risk.indicators.catalogue import COUNTY, columns_of
    >>> named = {column.name: column for column in columns_of(COUNTY)}
    >>> kind_of(named["shocks_count_12m"], Cause.UNSTABLE_WORK)
    ('成员失业', 'loss of a job')
    >>> kind_of(named["shocks_count_12m"], Cause.OTHER)
    ('', '')
    """
    kinds = [kind for kind in column.indicator.told_by if kind.cause is cause]
    return (kinds[0].title_zh, kinds[0].title_en) if len(kinds) == 1 else ("", "")


def _statement(column: IndicatorColumn, value: object, as_of: date, kind: Words) -> Words:
    """What is so, of which kind, and how much."""
    kind_zh, kind_en = (f"（{kind[0]}）", f" ({kind[1]})") if kind[0] else ("", "")
    title_zh, title_en = f"{column.title_zh}{kind_zh}", f"{column.title_en}{kind_en}"
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
            f"最近一次{indicator.title_zh}{kind_zh}在{day}（至{as_of}已{number:.0f}天）",
            f"latest {indicator.title_en}{kind_en} on {day} ({number:.0f} days before {as_of})",
        )
    size_zh, size_en = amount(column, abs(number))
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


def _compared(column: IndicatorColumn, value: object, beside: float | None, whose: Beside) -> Words:
    """On which side of what it is compared with a value lies; nothing where it is not compared."""
    is_alone = column.indicator.unit == "yes_no" or column.aggregate in (
        Aggregate.CHANGE,
        Aggregate.DAYS_SINCE,
    )
    if value is None or beside is None or is_alone or column.title_zh.endswith("变化"):
        return "", ""
    is_above = float(str(value)) > beside
    if beside == 0 and is_above:
        return _NONE_BESIDE[whose] if whose is not Beside.OWN_PAST else _none_before(column)
    zh, en = amount(column, abs(beside))
    # the value before it says already that it is measured by the line
    zh = zh.removeprefix(OF_THE_LINE)
    minus_zh, minus_en = ("负的", "minus ") if beside < 0 else ("", "")
    side_zh, side_en = ("高于", "above") if is_above else ("低于", "below")
    whose_zh, whose_en = _whose(column, whose)
    return (
        f"，{side_zh}{whose_zh}（{minus_zh}{zh}）",
        f", {side_en} {whose_en} of {minus_en}{en}",
    )


_NONE_BESIDE = {
    Beside.EVERYBODY: ("，半数以上的户没有", ", none for most households"),
    Beside.VILLAGE: ("，本村半数以上的户没有", ", none for most households of the village"),
}


def _none_before(column: IndicatorColumn) -> Words:
    """The household itself had none before."""
    if column.window is None:
        return "，上次没有", ", none on the record before"
    return f"，此前{column.window}个月没有", f", none in the {column.window} months before"


def _whose(column: IndicatorColumn, whose: Beside) -> Words:
    """Whose value a value is set beside."""
    if whose is Beside.OWN_PAST and column.window is None:
        return "上次", "the record before"
    if whose is Beside.OWN_PAST:
        return f"此前{column.window}个月", f"the {column.window} months before"
    if whose is Beside.VILLAGE:
        return "本村中间水平", "the village median"
    if column.indicator.table == "place_view":
        return "全县中间水平", "the median"
    return "各户中间水平", "the median"
