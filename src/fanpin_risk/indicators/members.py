"""Who lives in the household."""

from __future__ import annotations

import narwhals as nw

from fanpin_risk.causes import Cause
from fanpin_risk.indicators.income import flag
from fanpin_risk.indicators.indicator import Aggregate, Direction, Indicator
from fanpin_risk.units import RATIO_SCALE

A = Aggregate
_OFFICE = ("乡村振兴部门", "rural revitalisation office")


def _number(
    name: str,
    title_zh: str,
    title_en: str,
    expression: nw.Expr,
    aggregates: tuple[Aggregate, ...],
    direction: Direction = 0,
    unit: str = "persons",
    scale: int = 1,
) -> Indicator:
    """Return an indicator of members."""
    return Indicator(
        name=name,
        title_zh=title_zh,
        title_en=title_en,
        unit=unit,
        table="household_snapshot",
        expression=expression,
        aggregates=aggregates,
        cause=Cause.LACK_OF_LABOUR,
        owner_zh=_OFFICE[0],
        owner_en=_OFFICE[1],
        purpose="who shares the income",
        direction=direction,
        scale=scale,
    )


MEMBERS = (
    _number("members", "家庭人口", "members", nw.col("members"), (A.LATEST, A.CHANGE), 1),
    _number(
        "members_under_10",
        "10岁以下人口",
        "members under 10",
        nw.col("members_under_10"),
        (A.LATEST, A.CHANGE),
        1,
    ),
    _number(
        "members_from_10",
        "10岁及以上人口",
        "members aged 10 or more",
        nw.col("members") - nw.col("members_under_10"),
        (A.LATEST, A.CHANGE),
    ),
    _number(
        "share_under_10",
        "10岁以下人口占比",
        "share of members under 10",
        nw.col("members_under_10") * RATIO_SCALE // nw.col("members"),
        (A.LATEST,),
        1,
        "share",
        RATIO_SCALE,
    ),
    flag(
        "lives_alone",
        "独居",
        "lives alone",
        table="household_snapshot",
        expression=nw.col("members") == 1,
        cause=Cause.LACK_OF_LABOUR,
        owner=_OFFICE,
        purpose="nobody else can earn",
    ),
)
