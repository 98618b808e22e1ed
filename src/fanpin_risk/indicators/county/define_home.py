"""Home, water and land of the household."""

from __future__ import annotations

import narwhals as nw

from fanpin_risk.causes import Cause
from fanpin_risk.household.members import coded
from fanpin_risk.indicators.county.entry import A, Office, entry
from fanpin_risk.indicators.indicator import Aggregate, Denominator, Direction, Indicator

GRADES = {"a": 1, "b": 2, "c": 3, "d": 4}
"""Grades of danger of a home; C and D count as dilapidated."""

_grade = nw.when(nw.col("is_only_home").fill_null(True)).then(coded("grade", GRADES))


def _home(
    name: str,
    title_zh: str,
    title_en: str,
    unit: str,
    expression: nw.Expr | str,
    *,
    aggregates: tuple[Aggregate, ...] = (A.LATEST,),
    direction: Direction = 1,
) -> Indicator:
    """Return an indicator of the newest check of the only home (a home not said to be another)."""
    return entry(
        name,
        title_zh,
        title_en,
        unit,
        table="housing_check",
        expression=expression,
        aggregates=aggregates,
        cause=Cause.UNSAFE_HOUSING,
        office="housing",
        purpose="safe dwelling",
        direction=direction,
        is_actionable=True,
    )


def _water(
    name: str,
    title_zh: str,
    title_en: str,
    unit: str,
    expression: nw.Expr | str,
    *,
    aggregates: tuple[Aggregate, ...] = (A.LATEST,),
    windows: tuple[int, ...] = (),
    direction: Direction = 1,
) -> Indicator:
    """Return an indicator of checks of drinking water."""
    return entry(
        name,
        title_zh,
        title_en,
        unit,
        table="water_check",
        expression=expression,
        aggregates=aggregates,
        windows=windows,
        cause=Cause.UNSAFE_WATER,
        office="water",
        purpose="safe water",
        direction=direction,
        is_actionable=True,
    )


HOME = (
    _home(
        "home_grade",
        "住房危险等级",
        "grade of danger of the home",
        "danger_grade",
        _grade,
        aggregates=(A.LATEST, A.CHANGE),
    ),
    _home(
        "home_is_unsafe", "住房鉴定为C级或D级", "the home is graded C or D", "yes_no", _grade >= 3
    ),
    _home(
        "days_from_home_check",
        "住房等级",
        "the grade of the home",
        "days",
        _grade,
        aggregates=(A.AGE,),
        direction=0,
    ),
)

WATER = (
    _water(
        "water_is_poor",
        "饮水水质不达标",
        "water quality below the standard",
        "yes_no",
        nw.col("quality") == "poor",
    ),
    _water("water_outage", "连续断水天数", "days without water", "days", "outage_days"),
    _water(
        "worst_water_outage",
        "连续断水天数",
        "outage of water",
        "days",
        "outage_days",
        aggregates=(A.MAXIMUM,),
        windows=(12,),
    ),
    _water("water_trip", "取水往返时间", "round trip to fetch water", "minutes", "trip_minutes"),
    _water(
        "water_litres",
        "人均日水量",
        "water per head and day",
        "litres",
        "litres_per_head_day",
        direction=-1,
    ),
    _water(
        "water_reliability",
        "供水保证率",
        "reliability of supply",
        "percent",
        "supply_percent",
        direction=-1,
    ),
    _water(
        "days_from_water_check",
        "饮水核查",
        "the check of water",
        "days",
        nw.lit(1),
        aggregates=(A.AGE,),
        direction=0,
    ),
)


def _snapshot(
    name: str,
    title_zh: str,
    title_en: str,
    unit: str,
    expression: str,
    direction: Direction,
    *,
    cause: Cause = Cause.OTHER,
    office: Office = "rural",
    relative_to: Denominator = "",
    scale: int = 1,
    is_actionable: bool = True,
) -> Indicator:
    """Return an indicator of the newest answer of the household's snapshots."""
    return entry(
        name,
        title_zh,
        title_en,
        unit,
        table="household_snapshot",
        expression=expression,
        cause=cause,
        office=office,
        purpose="how the household lives, and what it farms",
        direction=direction,
        relative_to=relative_to,
        scale=scale,
        is_actionable=is_actionable,
    )


SNAPSHOT = (
    _snapshot(
        "is_dilapidated",
        "登记为危房户",
        "registered as living in a dilapidated home",
        "yes_no",
        "is_dilapidated_home",
        1,
        cause=Cause.UNSAFE_HOUSING,
        office="housing",
    ),
    _snapshot(
        "has_safe_drinking_water",
        "已解决安全饮用水",
        "has safe drinking water",
        "yes_no",
        "has_safe_water",
        -1,
        cause=Cause.UNSAFE_WATER,
        office="water",
    ),
    _snapshot(
        "has_sanitary_latrine",
        "有卫生厕所",
        "has a sanitary toilet",
        "yes_no",
        "has_sanitary_toilet",
        -1,
        cause=Cause.UNSAFE_WATER,
        office="water",
    ),
    _snapshot(
        "has_paved_access",
        "入户道路已硬化",
        "the access road is paved",
        "yes_no",
        "has_hard_access_road",
        -1,
    ),
    _snapshot(
        "distance_to_road",
        "与村主干路距离",
        "distance to the main road",
        "metres",
        "road_distance_m",
        1,
        is_actionable=False,
    ),
    _snapshot(
        "home_area",
        "人均住房面积",
        "floor area per head",
        "m2_per_head",
        "home_area_m2_x100",
        -1,
        cause=Cause.UNSAFE_HOUSING,
        office="housing",
        relative_to="head",
        scale=100,
    ),
    _snapshot(
        "farmland",
        "人均耕地面积",
        "farmland per head",
        "mu_per_head",
        "farmland_mu_x100",
        0,
        cause=Cause.FAILED_BUSINESS,
        office="farm",
        relative_to="head",
        scale=100,
        is_actionable=False,
    ),
    _snapshot(
        "in_cooperative",
        "加入农民专业合作组织",
        "member of a cooperative",
        "yes_no",
        "is_in_cooperative",
        0,
        cause=Cause.FAILED_BUSINESS,
        office="farm",
    ),
    _snapshot("was_relocated", "易地搬迁户", "was relocated", "yes_no", "is_relocated", 0),
    _snapshot(
        "has_no_labour",
        "登记为整户无劳动能力",
        "registered as without any labour",
        "yes_no",
        "is_no_labour_household",
        1,
        cause=Cause.LACK_OF_LABOUR,
        office="civil",
        is_actionable=False,
    ),
    entry(
        "was_out_of_poverty",
        "属于脱贫户",
        "formerly registered poor",
        "yes_no",
        table="household_snapshot",
        expression=nw.col("household_type") == "out_of_poverty",
        cause=Cause.OTHER,
        office="rural",
        purpose="history of poverty",
    ),
)
