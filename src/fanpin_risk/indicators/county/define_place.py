"""The place, and how fresh the household's file is."""

from __future__ import annotations

import narwhals as nw

from fanpin_risk.causes import Cause
from fanpin_risk.indicators.county.entry import A, Office, entry
from fanpin_risk.indicators.indicator import Aggregate, Denominator, Direction, Indicator
from fanpin_risk.units import RATIO_SCALE


def _place(
    name: str,
    title_zh: str,
    title_en: str,
    unit: str,
    expression: nw.Expr | str,
    direction: Direction,
    *,
    cause: Cause = Cause.OTHER,
    office: Office = "rural",
    scale: int = 1,
    relative_to: Denominator = "",
    purpose: str = "shocks that a place shares",
) -> Indicator:
    """Return an indicator of the place, in which the household itself is left out."""
    return entry(
        name,
        title_zh,
        title_en,
        unit,
        table="place_view",
        expression=expression,
        cause=cause,
        office=office,
        purpose=purpose,
        direction=direction,
        relative_to=relative_to,
        scale=scale,
    )


def _e4(
    name: str,
    title_zh: str,
    title_en: str,
    direction: Direction,
    *,
    expression: str | None = None,
    unit: str = "share",
    cause: Cause = Cause.OTHER,
    office: Office = "rural",
    purpose: str = "shocks that a place shares",
) -> Indicator:
    """Return a figure of the place that is held in ten-thousandths."""
    return _place(
        name,
        title_zh,
        title_en,
        unit,
        f"{name}_e4" if expression is None else expression,
        direction,
        cause=cause,
        office=office,
        scale=RATIO_SCALE,
        purpose=purpose,
    )


_SERVICES = "services and means of the village"

PLACES = (
    _e4(
        "place_in_need_12m",
        "本村近12个月发现困难户比例",
        "share of the village found in need within 12 months",
        1,
    ),
    _e4(
        "region_in_need_12m",
        "本乡镇近12个月发现困难户比例",
        "share of the township found in need within 12 months",
        1,
    ),
    _e4(
        "place_hit_3m",
        "本村近3个月发生变故户比例",
        "share of the village hit by a shock within 3 months",
        1,
        office="emergency",
    ),
    _e4(
        "place_hit_12m",
        "本村近12个月发生变故户比例",
        "share of the village hit by a shock within 12 months",
        1,
        office="emergency",
    ),
    _e4(
        "place_register_mean",
        "本村登记人均纯收入平均水平",
        "mean register income relative to the line in the village",
        -1,
        unit="ratio",
    ),
    _e4(
        "place_below_line",
        "本村登记收入低于监测线户比例",
        "share of the village below the line on the register",
        1,
    ),
    _e4(
        "place_wage_change",
        "本村近6个月务工收入较此前6个月变化",
        "change of the village's wages, 6 months against the 6 before",
        -1,
        cause=Cause.UNSTABLE_WORK,
        office="work",
    ),
    _e4(
        "price_change_12m",
        "当地农产品价格较上年变化",
        "change of local prices against the year before",
        -1,
        expression="price_change_e4",
        cause=Cause.FAILED_BUSINESS,
        office="farm",
    ),
    *[
        _place(
            f"place_affected_{months}m",
            f"当地近{months}个月受灾面积最大占比",
            f"largest share of farmland hit in a month, last {months} months",
            "percent",
            f"place_affected_{months}m",
            1,
            cause=Cause.DISASTER,
            office="emergency",
        )
        for months in (3, 12)
    ],
    _e4(
        "village_dibao_share",
        "本村低保户比例",
        "share of the village on allowance",
        1,
        expression="village_dibao_e4",
        office="civil",
    ),
    _e4(
        "village_dilapidated_share",
        "本村危房户比例",
        "share of the village in dilapidated homes",
        1,
        expression="village_dilapidated_e4",
        cause=Cause.UNSAFE_HOUSING,
        office="housing",
    ),
    _e4(
        "village_unsafe_water_share",
        "本村未实现饮水安全户比例",
        "share of the village without safe water",
        1,
        expression="village_unsafe_water_e4",
        cause=Cause.UNSAFE_WATER,
        office="water",
    ),
    _place(
        "village_doctors",
        "本村每千人村医数",
        "doctors of the village for 1,000 people",
        "per_1000",
        "village_doctors_e4",
        -1,
        cause=Cause.ILLNESS,
        office="health",
        scale=10,
        purpose=_SERVICES,
    ),
    _place(
        "village_has_bus",
        "本村通客车",
        "the village has a bus",
        "yes_no",
        "has_bus",
        -1,
        purpose=_SERVICES,
    ),
    _place(
        "village_income_to_line",
        "本村人均集体经济收入",
        "collective income of the village per head",
        "times_of_line",
        "village_income_fen",
        -1,
        relative_to="line_of_head",
        purpose=_SERVICES,
    ),
)


def _seen(
    name: str,
    title_zh: str,
    title_en: str,
    unit: str,
    expression: nw.Expr | str,
    how: Aggregate,
    *,
    day: str = "seen_day",
    windows: tuple[int, ...] = (),
) -> Indicator:
    """Return an indicator of when the household was looked at; never shown as a reason."""
    return entry(
        name,
        title_zh,
        title_en,
        unit,
        table="observation_view",
        expression=expression,
        aggregates=(how,),
        day=day,
        windows=windows,
        cause=Cause.OTHER,
        office="village",
        purpose="how much is known, what was found before, and the time of year",
        if_no_records=0 if windows else None,
    )


SEEN = (
    _seen(
        "times_looked_at",
        "入户核实次数",
        "looks at the household",
        "visits",
        nw.lit(1),
        A.COUNT,
        windows=(24,),
    ),
    _seen(
        "times_found_in_need",
        "核实有困难次数",
        "looks that found need",
        "visits",
        "in_need",
        A.COUNT,
        windows=(24,),
    ),
    _seen("days_from_look", "入户核实", "look at the household", "days", nw.lit(1), A.DAYS_SINCE),
    _seen("days_from_need", "核实有困难", "look that found need", "days", "in_need", A.DAYS_SINCE),
    _seen(
        "days_from_no_need",
        "核实无困难",
        "look that found no need",
        "days",
        "no_need",
        A.DAYS_SINCE,
    ),
    _seen(
        "days_from_entry",
        "登记",
        "entry of any office",
        "days",
        nw.lit(1),
        A.DAYS_SINCE,
        day="entered_day",
    ),
    _seen(
        "quarter_of_year",
        "当前季度",
        "quarter of the year of the day",
        "quarter",
        "quarter",
        A.LATEST,
        day="entered_day",
    ),
)
