"""Income relative to the dated line, its sources, and the support beside it."""

from __future__ import annotations

import narwhals as nw

from fanpin_risk.causes import Cause
from fanpin_risk.indicators.indicator import Aggregate, Direction, Indicator
from fanpin_risk.units import RATIO_SCALE

A = Aggregate
_INCOME_OFFICE = ("乡村振兴部门", "rural revitalisation office")


def flag(
    name: str,
    title_zh: str,
    title_en: str,
    *,
    table: str,
    expression: nw.Expr | None = None,
    cause: Cause,
    owner: tuple[str, str],
    purpose: str,
    direction: Direction = 0,
    aggregates: tuple[Aggregate, ...] = (A.LATEST,),
    is_actionable: bool = False,
    is_sensitive: bool = False,
) -> Indicator:
    """Return an indicator that is true or false on each visit."""
    value = nw.col(name) if expression is None else expression
    return Indicator(
        name=name,
        title_zh=title_zh,
        title_en=title_en,
        unit="yes_no",
        table=table,
        expression=value.cast(nw.Int64),
        aggregates=aggregates,
        cause=cause,
        owner_zh=owner[0],
        owner_en=owner[1],
        purpose=purpose,
        direction=direction,
        is_actionable=is_actionable,
        is_sensitive=is_sensitive,
    )


def kinds(*columns: str) -> nw.Expr:
    """How many of several flags are true; unknown ones do not count, null when none is known."""
    known = nw.sum_horizontal(*[(~nw.col(c).is_null()).cast(nw.Int64) for c in columns])
    true = nw.sum_horizontal(*[nw.col(c).cast(nw.Int64) for c in columns])
    return nw.when(known > 0).then(true)


def _source(
    name: str,
    title_zh: str,
    title_en: str,
    *,
    cause: Cause = Cause.OTHER,
    direction: Direction = 0,
    aggregates: tuple[Aggregate, ...] = (A.LATEST,),
) -> Indicator:
    """Return an indicator of one source of income."""
    return flag(
        name,
        title_zh,
        title_en,
        table="income",
        cause=cause,
        owner=_INCOME_OFFICE,
        purpose="what the household lives on",
        direction=direction,
        aggregates=aggregates,
    )


def _support(
    name: str,
    title_zh: str,
    title_en: str,
    aggregates: tuple[Aggregate, ...] = (A.LATEST, A.EVER),
) -> Indicator:
    """Return an indicator of one kind of support; help answers need, so it has no direction."""
    return flag(
        name,
        title_zh,
        title_en,
        table="support",
        cause=Cause.OTHER,
        owner=("民政部门", "civil affairs office"),
        purpose="support already there",
        aggregates=aggregates,
    )


LEVEL = (
    Indicator(
        name="income_to_line",
        title_zh="人均收入与收入线之比",
        title_en="income per head relative to the line",
        unit="ratio",
        table="account",
        expression=nw.col("income_to_line_e4"),
        scale=RATIO_SCALE,
        aggregates=(A.LATEST, A.PREVIOUS, A.CHANGE, A.MINIMUM, A.MAXIMUM, A.WEIGHTED_MEAN),
        cause=Cause.OTHER,
        owner_zh=_INCOME_OFFICE[0],
        owner_en=_INCOME_OFFICE[1],
        purpose="distance to the line",
        direction=-1,
        is_actionable=True,
    ),
    Indicator(
        name="household_income_to_line",
        title_zh="全户收入与收入线之比",
        title_en="income of the whole household relative to the line for one person",
        unit="ratio",
        table="account",
        expression=nw.col("income_to_line_e4") * nw.col("members"),
        scale=RATIO_SCALE,
        aggregates=(A.LATEST, A.CHANGE),
        cause=Cause.OTHER,
        owner_zh=_INCOME_OFFICE[0],
        owner_en=_INCOME_OFFICE[1],
        purpose="income whatever the household's size",
    ),
    Indicator(
        name="is_below_line",
        title_zh="低于收入线",
        title_en="below the line",
        unit="yes_no",
        table="account",
        expression=nw.col("is_below_line").cast(nw.Int64),
        aggregates=(A.EVER,),
        cause=Cause.OTHER,
        owner_zh=_INCOME_OFFICE[0],
        owner_en=_INCOME_OFFICE[1],
        purpose="need on an earlier visit",
        direction=1,
        is_actionable=True,
    ),
    Indicator(
        name="income_is_imputed",
        title_zh="收入含推算",
        title_en="part of the income is imputed",
        unit="yes_no",
        table="income",
        expression=nw.col("is_imputed").cast(nw.Int64),
        aggregates=(A.LATEST, A.EVER),
        cause=Cause.OTHER,
        owner_zh=_INCOME_OFFICE[0],
        owner_en=_INCOME_OFFICE[1],
        purpose="how sure the income is",
    ),
)

SOURCES = (
    _source(
        "has_work_income",
        "有劳动收入",
        "lives on earnings from work",
        cause=Cause.UNSTABLE_WORK,
        direction=-1,
        aggregates=(A.LATEST, A.CHANGE, A.MINIMUM),
    ),
    _source(
        "has_pension",
        "有养老金",
        "lives on a pension",
        direction=-1,
        aggregates=(A.LATEST, A.CHANGE),
    ),
    _source("has_pension_bonus", "领第13个月养老金", "received the pension's 13th month"),
    _source("has_rent", "有租金收入", "lives on rent"),
    _source("has_other_cash", "有其他现金收入", "lives on other cash income"),
    flag(
        "has_capital_income",
        "有经营分红或利息",
        "lives on profits or interest",
        table="income",
        expression=nw.any_horizontal("has_business_profit", "has_interest", ignore_nulls=False),
        cause=Cause.OTHER,
        owner=_INCOME_OFFICE,
        purpose="what the household lives on",
    ),
    flag(
        "lives_on_work_alone",
        "仅靠劳动收入",
        "lives on work and no pension",
        table="income",
        expression=nw.col("has_work_income") & ~nw.col("has_pension"),
        cause=Cause.UNSTABLE_WORK,
        owner=("人社部门", "human resources office"),
        purpose="one source that can fail",
    ),
    Indicator(
        name="income_sources",
        title_zh="收入来源数",
        title_en="sources of income",
        unit="kinds",
        table="income",
        expression=kinds(
            "has_work_income",
            "has_pension",
            "has_rent",
            "has_business_profit",
            "has_interest",
            "has_other_cash",
        ),
        aggregates=(A.LATEST, A.CHANGE),
        cause=Cause.UNSTABLE_WORK,
        owner_zh="人社部门",
        owner_en="human resources office",
        purpose="how many sources carry the household",
    ),
)

SUPPORT = (
    _support("has_cash_assistance", "领取现金救助", "receives assistance in money"),
    _support("has_goods_from_state", "领取公共实物帮扶", "receives goods from the state"),
    _support("has_goods_from_family", "亲友实物帮助", "receives goods from relatives"),
    _support(
        "has_unemployment_insurance",
        "领取失业保险金",
        "receives unemployment insurance",
        (A.LATEST,),
    ),
    _support("has_scholarship", "领取助学金", "receives a scholarship", (A.LATEST,)),
    _support("has_money_from_others", "有亲友汇款或赡养费", "receives money from outside"),
    Indicator(
        name="support_kinds",
        title_zh="帮扶种类数",
        title_en="kinds of support",
        unit="kinds",
        table="support",
        expression=kinds(
            "has_cash_assistance",
            "has_goods_from_state",
            "has_goods_from_family",
            "has_unemployment_insurance",
            "has_scholarship",
            "has_money_from_others",
        ),
        aggregates=(A.LATEST, A.CHANGE, A.MAXIMUM),
        cause=Cause.OTHER,
        owner_zh="民政部门",
        owner_en="civil affairs office",
        purpose="how much help is there already",
    ),
)
