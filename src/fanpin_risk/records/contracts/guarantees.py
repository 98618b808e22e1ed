"""Record tables of checks on housing and drinking water."""

from __future__ import annotations

from fanpin_risk.records.contracts import codes
from fanpin_risk.records.contracts.model import Table, code, count, flag

HOUSING_CHECK = Table(
    name="housing_check",
    title_zh="住房核查",
    title_en="Dwelling as seen on a visit",
    owner_zh="住房和城乡建设部门",
    owner_en="housing office",
    purpose_en="safe dwelling, and room for all members",
    keep_months=120,
    columns=(
        code("grade", "危房等级", "grade of danger, A safe to D", codes.HOUSING_GRADES),
        flag("is_only_home", "唯一住房", "the only home"),
        flag("is_lived_in", "是否居住", "lived in"),
        code("dwelling_kind", "住房类型", "kind of dwelling"),
        count("dwelling_rooms", "住房间数", "rooms in the dwelling", "rooms", 0, 98),
        count("own_rooms", "自用间数", "rooms the household has for itself", "rooms", 0, 98),
        count("sleeping_rooms", "卧室间数", "rooms used for sleeping", "rooms", 0, 98),
        count("floor_grade", "地面等级", "floor: 1 tile or wood, 2 cement, 3 earth", "grade", 1, 3),
        count("roof_grade", "屋顶等级", "roof cover: 1 best to 7 worst", "grade", 1, 7),
        flag("has_ceiling", "有天花板", "the roof has a ceiling"),
        flag("has_work_room", "有专用工作间", "a room is used only for work"),
        flag("has_kitchen", "有厨房", "has a kitchen room"),
        flag("has_laundry", "有洗衣间", "has a laundry room"),
        flag("has_garage", "有车库", "has a garage"),
        count(
            "fuel_grade",
            "炊事燃料等级",
            "cooking fuel: 1 piped gas, 2 bottled gas, 3 solid",
            "grade",
            1,
            3,
        ),
        code("tenure", "住房权属", "tenure of the dwelling"),
        flag("is_near_dump", "临近垃圾场", "the dwelling is near a dump"),
        flag("is_in_flood_place", "位于易涝地", "the dwelling stands in a place that floods"),
        flag("is_in_shanty_town", "位于棚户区", "the dwelling stands in a shanty town"),
    ),
)

WATER_CHECK = Table(
    name="water_check",
    title_zh="饮水与卫生核查",
    title_en="Water and sanitation as seen on a visit",
    owner_zh="水利部门",
    owner_en="water office",
    purpose_en="safe water and sanitation",
    keep_months=120,
    columns=(
        code("quality", "水质", "water quality", codes.WATER_QUALITIES),
        count("outage_days", "断水天数", "days without water at a stretch", "days", 0, 366),
        count("trip_minutes", "取水往返时间", "round trip to fetch water", "minutes", 0, 600),
        count("litres_per_head_day", "人均日水量", "water per head and day", "litres", 0, 1_000),
        count("supply_percent", "供水保证率", "reliability of supply", "percent", 0, 100),
        count(
            "water_distance_grade",
            "取水距离",
            "water: 1 inside, 2 on the plot, 3 off the plot",
            "grade",
            1,
            3,
        ),
        count(
            "water_source_grade",
            "水源类型",
            "water from: 1 public network, 2 motor pump, 3 hand pump or other",
            "grade",
            1,
            3,
        ),
        flag("has_toilet", "有厕所", "has a bathroom or latrine"),
        count(
            "toilet_distance_grade",
            "厕所距离",
            "toilet: 1 inside, 2 on the plot, 3 off the plot",
            "grade",
            1,
            3,
        ),
        count(
            "toilet_grade", "厕所类型", "toilet: 1 flush tank, 2 flush, 3 latrine", "grade", 1, 3
        ),
        count(
            "drain_grade",
            "排水方式",
            "drain: 1 sewer, 2 septic tank, 3 cesspit, 4 hole in the ground",
            "grade",
            1,
            4,
        ),
        count("toilet_sharing_grade", "厕所共用", "toilet: 1 own, 2 shared, 3 none", "grade", 1, 3),
    ),
)

TABLES: tuple[Table, ...] = (HOUSING_CHECK, WATER_CHECK)
