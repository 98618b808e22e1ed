"""The words of a change: what each part is called, which way it moves a score, and by what."""

from __future__ import annotations

from collections.abc import Sequence

from fanpin_risk.explain.amounts import said, value_words
from fanpin_risk.indicators.indicator import Aggregate, IndicatorColumn

PART_WORDS: dict[str, tuple[str, str]] = {
    "facts_changed": ("新发生的情况", "what has happened since"),
    "facts_newly_known": ("补录的以往情况", "what had happened before and became known since"),
    "facts_corrected": ("更正或撤销的记录", "records corrected or withdrawn"),
    "time_passed": ("时间推移", "time that has passed"),
    "surroundings": ("当地情况", "the place and its other households"),
    "standard_changed": ("标准调整", "a standard that has changed"),
    "model_changed": ("模型更换", "another model"),
}
"""What each part is called, in Chinese and English."""
LEAST_SAID = 0.05
"""Log-odds: what moves the odds by less than about 5% is as good as nothing."""


def part_words(part: str, share: float, named: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """What a part did to the score, and by which indicators: Chinese and English.

    Parameters
    ----------
    part
        One of `PART_WORDS`.
    share
        Its share in log-odds; exactly 0 where the part is not there or moves nothing.
    named
        Words of indicators, of `driver_words`; may be empty.

    Examples
    --------
    >>> part_words("time_passed", -0.4, [])[1]
    'time that has passed: lowers the risk; no single indicator tells it'
    >>> part_words("model_changed", 0.0, [])[0]
    '模型更换：没有，或不影响评分'
    """
    zh, en = PART_WORDS[part]
    if share == 0:
        return f"{zh}：没有，或不影响评分", f"{en}: none, or the score does not move"
    if abs(share) < LEAST_SAID:
        return f"{zh}：几乎不影响评分", f"{en}: hardly moves the score"
    side_zh, side_en = ("风险上升", "raises") if share > 0 else ("风险下降", "lowers")
    if named:
        by_zh, by_en = "；".join(z for z, _ in named), "; ".join(e for _, e in named)
        return f"{zh}：{side_zh}。{by_zh}", f"{en}: {side_en} the risk. {by_en}"
    if part == "model_changed":
        return f"{zh}：{side_zh}", f"{en}: {side_en} the risk"
    return (
        f"{zh}：{side_zh}，没有可单独说明的指标",
        f"{en}: {side_en} the risk; no single indicator tells it",
    )


def driver_words(column: IndicatorColumn, then: object, now: object) -> tuple[str, str] | None:
    """An indicator then and now, or None where both are said alike.

    Examples
    --------
    >>> from fanpin_risk.indicators.catalogue import COUNTY, columns_of
    >>> named = {column.name: column for column in columns_of(COUNTY)}
    >>> driver_words(named["own_cost_to_line_sum_12m"], 0.0, 0.35)[0]
    '近12个月人均自付医疗费由零变为监测线的35%'
    """
    if column.aggregate is Aggregate.DAYS_SINCE:
        return _days_words(column, then, now)
    (then_zh, then_en), (now_zh, now_en) = shown_value(column, then), shown_value(column, now)
    if then_zh == now_zh:
        return None
    return (
        f"{column.title_zh}由{then_zh}变为{now_zh}",
        f"{column.title_en}: from {then_en} to {now_en}",
    )


def alone_words(zh: str, en: str) -> tuple[str, str]:
    """Say that an indicator moves so by one part alone, not between both days.

    Examples
    --------
    >>> alone_words("登记人均纯收入由零变为监测线的35%", "register income: from zero to 35%")[0]
    '单看这一部分，登记人均纯收入由零变为监测线的35%'
    """
    return f"单看这一部分，{zh}", f"by this part alone, {en}"


def _days_words(column: IndicatorColumn, then: object, now: object) -> tuple[str, str] | None:
    """How long ago something was, then and now; None where it is no longer known at all."""
    if now is None:
        return None
    title_zh, title_en = column.indicator.title_zh, column.indicator.title_en
    days = f"{float(str(now)):.0f}"
    was_zh, was_en = "原来没有记录", "none on record then"
    if then is not None:
        before = f"{float(str(then)):.0f}"
        was_zh, was_en = f"原为{before}天前", f"then {before} days"
    return (
        f"最近一次{title_zh}在{days}天前（{was_zh}）",
        f"latest {title_en} {days} days ago ({was_en})",
    )


def shown_value(column: IndicatorColumn, value: object) -> tuple[str, str]:
    """A value as people say it, with its unit; absence is said, not hidden.

    Examples
    --------
    >>> from fanpin_risk.indicators.catalogue import COUNTY, columns_of
    >>> named = {column.name: column for column in columns_of(COUNTY)}
    >>> shown_value(named["home_grade_latest"], 3.0)
    ('C级', 'grade C')
    """
    indicator = column.indicator
    if value is None:
        is_county = indicator.basis == "county"
        return ("没有登记", "not on record") if is_county else value_words(column, None)
    if indicator.unit == "yes_no":
        return value_words(column, value)
    zh, en = said(column, float(str(value)))
    return zh, en.strip()
