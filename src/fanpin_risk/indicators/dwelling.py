"""The dwelling, its site, water and sanitation."""

from __future__ import annotations

import narwhals as nw

from fanpin_risk.causes import Cause
from fanpin_risk.indicators.income import flag
from fanpin_risk.indicators.indicator import Aggregate, Direction, Indicator
from fanpin_risk.units import RATIO_SCALE

A = Aggregate
_HOUSING = ("住建部门", "housing office")
_WATER = ("水利部门", "water office")


def _home(
    name: str,
    title_zh: str,
    title_en: str,
    direction: Direction,
    *,
    expression: nw.Expr | None = None,
    cause: Cause = Cause.UNSAFE_HOUSING,
    owner: tuple[str, str] = _HOUSING,
) -> Indicator:
    """Return an indicator that is true or false of the dwelling."""
    return flag(
        name,
        title_zh,
        title_en,
        table="housing_check",
        expression=expression,
        cause=cause,
        owner=owner,
        purpose="safe dwelling",
        direction=direction,
        is_actionable=True,
    )


def _grade(
    name: str,
    title_zh: str,
    title_en: str,
    table: str,
    cause: Cause,
    owner: tuple[str, str],
    purpose: str,
) -> Indicator:
    """Return an indicator graded from 1 (best) upwards."""
    return Indicator(
        name=name,
        title_zh=title_zh,
        title_en=title_en,
        unit="grade",
        table=table,
        expression=nw.col(name),
        aggregates=(A.LATEST,),
        cause=cause,
        owner_zh=owner[0],
        owner_en=owner[1],
        purpose=purpose,
        direction=1,
        is_actionable=True,
    )


def _rooms(name: str, title_zh: str, title_en: str) -> Indicator:
    """Return an indicator of rooms."""
    return Indicator(
        name=name,
        title_zh=title_zh,
        title_en=title_en,
        unit="rooms",
        table="housing_check",
        expression=nw.col(name),
        aggregates=(A.LATEST,),
        cause=Cause.UNSAFE_HOUSING,
        owner_zh=_HOUSING[0],
        owner_en=_HOUSING[1],
        purpose="room for all members",
        direction=-1,
    )


def _crowding(
    name: str, title_zh: str, title_en: str, rooms: str, aggregates: tuple[Aggregate, ...]
) -> Indicator:
    """Return an indicator of members to a room, rooms from the dwelling's own record."""
    return Indicator(
        name=name,
        title_zh=title_zh,
        title_en=title_en,
        unit="persons_per_room",
        table="crowding",
        expression=nw.when(nw.col(rooms) > 0).then(
            nw.col("members") * RATIO_SCALE // nw.col(rooms)
        ),
        scale=RATIO_SCALE,
        aggregates=aggregates,
        cause=Cause.UNSAFE_HOUSING,
        owner_zh=_HOUSING[0],
        owner_en=_HOUSING[1],
        purpose="room for all members",
        direction=1,
        is_actionable=True,
    )


def _water(name: str, title_zh: str, title_en: str) -> Indicator:
    """Return a grade of water or sanitation."""
    return _grade(
        name,
        title_zh,
        title_en,
        "water_check",
        Cause.UNSAFE_WATER,
        _WATER,
        "safe water and sanitation",
    )


DWELLING = (
    _rooms("dwelling_rooms", "住房间数", "rooms in the dwelling"),
    _rooms("own_rooms", "自用间数", "rooms for the household itself"),
    _rooms("sleeping_rooms", "卧室间数", "rooms used for sleeping"),
    _crowding(
        "members_per_room", "每间人数", "members to a room", "own_rooms", (A.LATEST, A.CHANGE)
    ),
    _crowding(
        "members_per_sleeping_room",
        "每间卧室人数",
        "members to a sleeping room",
        "sleeping_rooms",
        (A.LATEST,),
    ),
    _grade(
        "floor_grade",
        "地面等级（1最好）",
        "grade of the floor, 1 is best",
        "housing_check",
        Cause.UNSAFE_HOUSING,
        _HOUSING,
        "safe dwelling",
    ),
    _grade(
        "roof_grade",
        "屋顶等级（1最好）",
        "grade of the roof, 1 is best",
        "housing_check",
        Cause.UNSAFE_HOUSING,
        _HOUSING,
        "safe dwelling",
    ),
    _grade(
        "fuel_grade",
        "炊事燃料等级（1最好）",
        "grade of the cooking fuel, 1 is best",
        "housing_check",
        Cause.UNSAFE_HOUSING,
        _HOUSING,
        "safe dwelling",
    ),
    _home("has_ceiling", "有天花板", "the roof has a ceiling", -1),
    _home("has_kitchen", "有厨房", "has a kitchen", -1),
    _home("has_laundry", "有洗衣间", "has a laundry room", -1),
    _home("has_garage", "有车库", "has a garage", -1),
    _home("has_work_room", "有专用工作间", "has a room used only for work", 0),
    _home(
        "is_makeshift_dwelling",
        "非正规住房",
        "no house and no flat",
        1,
        expression=~nw.col("dwelling_kind").is_in(["house", "flat"]),
    ),
    _home(
        "is_flat", "楼房单元", "lives in a flat", 0, expression=nw.col("dwelling_kind") == "flat"
    ),
    _home("is_near_dump", "临近垃圾场", "near a dump", 1),
    _home("is_in_shanty_town", "位于棚户区", "in a shanty town", 1),
    _home(
        "is_in_flood_place",
        "位于易涝地",
        "in a place that floods",
        1,
        cause=Cause.DISASTER,
        owner=("应急部门", "emergency office"),
    ),
    Indicator(
        name="tenure",
        title_zh="住房权属",
        title_en="tenure of the dwelling",
        unit="code",
        table="housing_check",
        expression=nw.col("tenure"),
        aggregates=(A.LATEST,),
        cause=Cause.UNSAFE_HOUSING,
        owner_zh=_HOUSING[0],
        owner_en=_HOUSING[1],
        purpose="how secure the dwelling is",
    ),
)

WATER = (
    _water("water_distance_grade", "取水距离等级（1最近）", "distance to water, 1 is inside"),
    _water(
        "water_source_grade", "水源等级（1公共管网）", "source of water, 1 is the public network"
    ),
    _water("toilet_distance_grade", "厕所距离等级（1户内）", "distance to the toilet, 1 is inside"),
    _water("toilet_grade", "厕所等级（1有水箱）", "grade of the toilet, 1 flushes with a tank"),
    _water("drain_grade", "排水等级（1下水道）", "grade of the drain, 1 is a sewer"),
    _water("toilet_sharing_grade", "厕所共用等级（1独用）", "sharing of the toilet, 1 is own"),
)
