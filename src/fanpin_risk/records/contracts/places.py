"""Record tables about places: villages, dated figures, prices and disasters by month."""

from __future__ import annotations

from fanpin_risk.records.contracts import codes
from fanpin_risk.records.contracts.model import (
    Column,
    Table,
    amount,
    code,
    count,
    flag,
    month,
    quantity,
    text,
)

PLACE_CONTEXT = Table(
    name="place_context",
    title_zh="地区背景",
    title_en="Dated figures of a place",
    owner_zh="统计部门",
    owner_en="statistics office",
    purpose_en="the figures that dated lines are computed from",
    key="place",
    identifies=("place", "occurred_on"),
    columns=(
        text("place", "地区", "place", required=True),
        Column(
            name="median_income_minor",
            kind="amount",
            title_zh="人均收入中位数",
            title_en="person-weighted median of income per head and month",
            unit="minor unit per head a month",
            minimum=1,
            maximum=90_000_000_000,
        ),
    ),
)

VILLAGE = Table(
    name="village",
    title_zh="行政村概况",
    title_en="A village on the day of an export",
    owner_zh="乡村振兴部门",
    owner_en="rural revitalisation office",
    purpose_zh="村级背景：人口、保障、基础设施与集体经济",
    purpose_en="context of a village: people, guarantees, services and collective income",
    key="place",
    identifies=("place", "occurred_on"),
    columns=(
        text("place", "行政村代码", "village", required=True),
        text("name", "行政村", "name of the village"),
        text("township", "乡镇", "township"),
        count("households", "总户数", "households", "households", 0, 99_999),
        count("people", "总人口", "people", "persons", 0, 999_999),
        count("dibao_households", "低保户数", "households on allowance", "households", 0, 99_999),
        count("dibao_people", "低保人数", "people on allowance", "persons", 0, 999_999),
        count("tekun_people", "特困人口", "people on destitute support", "persons", 0, 999_999),
        count("disabled_people", "残疾人口", "disabled people", "persons", 0, 999_999),
        count(
            "dilapidated_homes",
            "危房户数",
            "households in dilapidated homes",
            "households",
            0,
            99_999,
        ),
        count(
            "without_safe_water",
            "未实现饮水安全户数",
            "households without safe water",
            "households",
            0,
            99_999,
        ),
        quantity("farmland_mu_x100", "耕地面积", "farmland", "mu", 9_999_999),
        amount(
            "collective_income_fen",
            "村级集体经济收入",
            "collective income a year",
            maximum=1_000_000_000_00,
        ),
        flag("has_clinic", "有卫生室", "has a clinic"),
        count("doctors", "村医人数", "doctors", "persons", 0, 999),
        flag("has_paved_road", "通硬化路", "has a paved road"),
        flag("has_bus", "通客车", "has a bus"),
    ),
)

PLACE_MONTH = Table(
    name="place_month",
    title_zh="地区月度背景",
    title_en="Price and disaster of a product in a place and month",
    owner_zh="农业农村部门",
    owner_en="agriculture office",
    purpose_zh="价格与灾害等共同冲击",
    purpose_en="common shocks: prices and disasters by month",
    key="place",
    identifies=("place", "month", "product", "disaster_kind"),
    columns=(
        text("place", "地区", "place", required=True),
        month("month", "月份", "month", required=True),
        code("product", "产品", "product", codes.CROPS),
        amount("price_fen_per_kg", "价格", "price", unit="fen per kg", maximum=1_000_000_00),
        code("disaster_kind", "灾害类型", "disaster of the month", codes.DISASTER_KINDS),
        count("affected_percent", "受灾面积占比", "share of farmland affected", "percent", 0, 100),
    ),
)

TABLES: tuple[Table, ...] = (PLACE_CONTEXT, VILLAGE, PLACE_MONTH)
