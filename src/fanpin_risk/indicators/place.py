"""The place: how many fell there, how much is earned there, and when one asks."""

from __future__ import annotations

import narwhals as nw

from fanpin_risk.causes import Cause
from fanpin_risk.indicators.income import flag
from fanpin_risk.indicators.indicator import Aggregate, Direction, Indicator
from fanpin_risk.units import RATIO_SCALE

A = Aggregate
_OFFICE = ("乡村振兴部门", "rural revitalisation office")


def _place(name: str, title_zh: str, title_en: str, unit: str, direction: Direction) -> Indicator:
    """Return an indicator of the place, in which the household itself is left out."""
    return Indicator(
        name=name,
        title_zh=title_zh,
        title_en=title_en,
        unit=unit,
        table="place_view",
        expression=nw.col(f"{name}_e4"),
        scale=RATIO_SCALE,
        aggregates=(A.LATEST,),
        cause=Cause.OTHER,
        owner_zh=_OFFICE[0],
        owner_en=_OFFICE[1],
        purpose="shocks that a place shares",
        direction=direction,
    )


def _observation(name: str, title_zh: str, title_en: str, unit: str) -> Indicator:
    """Return an indicator of when and how often the household was seen."""
    return Indicator(
        name=name,
        title_zh=title_zh,
        title_en=title_en,
        unit=unit,
        table="observation_view",
        expression=nw.col(name),
        aggregates=(A.LATEST,),
        cause=Cause.OTHER,
        owner_zh=_OFFICE[0],
        owner_en=_OFFICE[1],
        purpose="how much is known, and the time of year",
    )


PLACE = (
    _place(
        "place_rate_of_falling", "当地历史致贫率", "share that fell below the line here", "share", 1
    ),
    _place(
        "place_rate_of_falling_12m",
        "当地近一年致贫率",
        "share that fell below the line here within the last year",
        "share",
        1,
    ),
    _place(
        "region_rate_of_falling_12m",
        "大区近一年致贫率",
        "share that fell below the line in the region within the last year",
        "share",
        1,
    ),
    _place(
        "place_mean_income_to_line",
        "当地人均收入水平",
        "mean income relative to the line in this place",
        "ratio",
        -1,
    ),
    _place(
        "place_share_below_line",
        "当地低于收入线的比例",
        "share below the line in this place",
        "share",
        1,
    ),
    flag(
        "is_large_place",
        "大城市",
        "in a place of 500,000 people or more",
        table="household_snapshot",
        cause=Cause.OTHER,
        owner=_OFFICE,
        purpose="shocks that a place shares",
    ),
)

OBSERVATION = (
    _observation("season", "季度", "quarter of the year", "quarter"),
    _observation("visits_known", "已知走访次数", "visits known so far", "visits"),
    _observation("days_since_visit", "距最近走访天数", "days since the latest visit", "days"),
    _observation(
        "days_since_visit_before", "距上一次走访天数", "days since the visit before", "days"
    ),
)
