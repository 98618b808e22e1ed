"""Contracts of the record tables: what each column means, and what it may hold.

The contracts are data. The reader checks rows against them, and the data dictionary is generated
from them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import polars as pl

Kind = Literal["text", "code", "flag", "count", "amount"]

DTYPES: dict[Kind, pl.DataType] = {
    "text": pl.String(),
    "code": pl.String(),
    "flag": pl.Boolean(),
    "count": pl.Int64(),
    "amount": pl.Int64(),
}
"""How each kind of column is held. An amount is an integer in the minor unit (fen, centavo)."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a record table, and what it may hold."""

    name: str
    kind: Kind
    title_zh: str
    title_en: str
    unit: str = ""
    is_required: bool = False
    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True, kw_only=True)
class Table:
    """One record table: its columns beside the common ones, its owner and its purpose."""

    name: str
    title_zh: str
    title_en: str
    owner_zh: str
    owner_en: str
    purpose_en: str
    columns: tuple[Column, ...]
    key: Literal["household_id", "place"] = "household_id"
    names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Keep the column names at hand."""
        object.__setattr__(self, "names", tuple(column.name for column in self.columns))


def _flag(name: str, title_zh: str, title_en: str) -> Column:
    """Describe a yes-or-no column in which missing means not known."""
    return Column(name=name, kind="flag", title_zh=title_zh, title_en=title_en)


def _count(
    name: str,
    title_zh: str,
    title_en: str,
    unit: str,
    minimum: int,
    maximum: int,
    *,
    required: bool = False,
) -> Column:
    """Describe a whole number within its range."""
    return Column(
        name=name,
        kind="count",
        title_zh=title_zh,
        title_en=title_en,
        unit=unit,
        minimum=minimum,
        maximum=maximum,
        is_required=required,
    )


def _code(name: str, title_zh: str, title_en: str) -> Column:
    """Describe a column of codes; a source file translates its own codes to ours."""
    return Column(name=name, kind="code", title_zh=title_zh, title_en=title_en)


COMMON_TITLES: dict[str, tuple[str, str]] = {
    "household_id": ("户编号", "household number, text"),
    "record_id": ("记录编号", "record number; a correction keeps it"),
    "version": ("版本", "1, 2, 3 … of the record, in the order it became known"),
    "occurred_on": ("发生日期", "the day it happened"),
    "recorded_on": ("登记日期", "the day it became known"),
    "source": ("来源", "the source file's name in configs/sources"),
    "is_withdrawn": ("已撤销", "this version takes the record back"),
}

HOUSEHOLD_SNAPSHOT = Table(
    name="household_snapshot",
    title_zh="住户概况",
    title_en="Household on the day of a visit",
    owner_zh="乡村振兴部门",
    owner_en="rural revitalisation office",
    purpose_en="who belongs to the household, and where it lives",
    columns=(
        Column(
            name="place",
            kind="text",
            title_zh="地区",
            title_en="place of the visit team",
            is_required=True,
        ),
        Column(name="region", kind="text", title_zh="大区", title_en="region the place lies in"),
        Column(
            name="context_place",
            kind="text",
            title_zh="参照地区",
            title_en="place whose dated figures apply",
            is_required=True,
        ),
        _flag("is_large_place", "大城市", "place of 500,000 people or more"),
        _count(
            "survey_weight",
            "抽样权数",
            "households this one stands for",
            "households",
            1,
            10_000_000,
        ),
        _count("members", "家庭人口", "members", "persons", 1, 60, required=True),
        _count("members_under_10", "10岁以下人口", "members under 10", "persons", 0, 60),
    ),
)

INCOME = Table(
    name="income",
    title_zh="家庭收入",
    title_en="Income of the month, and what it comes from",
    owner_zh="乡村振兴部门",
    owner_en="rural revitalisation office",
    purpose_en="income relative to the dated line, and its sources",
    columns=(
        Column(
            name="total_minor",
            kind="amount",
            title_zh="当月总收入",
            title_en="household income of the month",
            unit="minor unit a month",
            minimum=1,
            maximum=90_000_000_000,
        ),
        _flag("is_imputed", "收入含推算", "part of the income was imputed by the office"),
        _flag("has_work_income", "劳动收入", "lived on earnings from work"),
        _flag("has_pension", "养老金", "lived on a pension"),
        _flag("has_pension_bonus", "第13个月养老金", "received the pension's 13th month"),
        _flag("has_pension_arrears", "补发养老金", "received back pay of a pension"),
        _flag("has_rent", "租金收入", "lived on rent"),
        _flag("has_business_profit", "经营分红", "lived on profits of a business not worked in"),
        _flag("has_interest", "利息收入", "lived on interest"),
        _flag("has_other_cash", "其他现金收入", "lived on other cash income"),
    ),
)

SUPPORT = Table(
    name="support",
    title_zh="帮扶与救助",
    title_en="Support received in the last three months",
    owner_zh="民政部门",
    owner_en="civil affairs office",
    purpose_en="support that the household already has",
    columns=(
        _flag("has_cash_assistance", "现金救助", "subsidy or assistance in money"),
        _flag(
            "has_goods_from_state", "公共实物帮扶", "food, clothes or goods from state or church"
        ),
        _flag("has_goods_from_family", "亲友实物帮助", "food, clothes or goods from relatives"),
        _flag("has_unemployment_insurance", "失业保险金", "unemployment insurance"),
        _flag("has_scholarship", "助学金", "scholarship"),
        _flag("has_money_from_others", "亲友汇款或赡养费", "alimony or money from outside"),
    ),
)

SHOCK_AND_COPING = Table(
    name="shock_and_coping",
    title_zh="变故与应对",
    title_en="Shocks, and how the household coped in the last three months",
    owner_zh="乡村振兴部门",
    owner_en="rural revitalisation office",
    purpose_en="signs that current income does not carry current needs",
    columns=(
        _flag("has_severance_pay", "离职补偿", "received severance pay: a job was lost"),
        _flag("spent_savings", "动用积蓄", "spent savings"),
        _flag("borrowed_from_family", "向亲友借款", "borrowed from relatives or friends"),
        _flag("borrowed_from_lender", "向银行或放贷人借款", "borrowed from banks or lenders"),
        _flag("bought_on_instalments", "分期或赊购", "bought on instalments or on credit"),
        _flag("sold_belongings", "变卖家产", "had to sell belongings"),
        _flag(
            "children_worked", "儿童务工补贴家用", "children under 10 helped with money by working"
        ),
        _flag("children_begged", "儿童乞讨", "children under 10 helped by asking for money"),
    ),
)

HOUSING_CHECK = Table(
    name="housing_check",
    title_zh="住房核查",
    title_en="Dwelling as seen on a visit",
    owner_zh="住房和城乡建设部门",
    owner_en="housing office",
    purpose_en="safe dwelling, and room for all members",
    columns=(
        _code("dwelling_kind", "住房类型", "kind of dwelling"),
        _count("dwelling_rooms", "住房间数", "rooms in the dwelling", "rooms", 0, 98),
        _count("own_rooms", "自用间数", "rooms the household has for itself", "rooms", 0, 98),
        _count("sleeping_rooms", "卧室间数", "rooms used for sleeping", "rooms", 0, 98),
        _count(
            "floor_grade", "地面等级", "floor: 1 tile or wood, 2 cement, 3 earth", "grade", 1, 3
        ),
        _count("roof_grade", "屋顶等级", "roof cover: 1 best to 7 worst", "grade", 1, 7),
        _flag("has_ceiling", "有天花板", "the roof has a ceiling"),
        _flag("has_work_room", "有专用工作间", "a room is used only for work"),
        _flag("has_kitchen", "有厨房", "has a kitchen room"),
        _flag("has_laundry", "有洗衣间", "has a laundry room"),
        _flag("has_garage", "有车库", "has a garage"),
        _count(
            "fuel_grade",
            "炊事燃料等级",
            "cooking fuel: 1 piped gas, 2 bottled gas, 3 solid",
            "grade",
            1,
            3,
        ),
        _code("tenure", "住房权属", "tenure of the dwelling"),
        _flag("is_near_dump", "临近垃圾场", "the dwelling is near a dump"),
        _flag("is_in_flood_place", "位于易涝地", "the dwelling stands in a place that floods"),
        _flag("is_in_shanty_town", "位于棚户区", "the dwelling stands in a shanty town"),
    ),
)

WATER_CHECK = Table(
    name="water_check",
    title_zh="饮水与卫生核查",
    title_en="Water and sanitation as seen on a visit",
    owner_zh="水利部门",
    owner_en="water office",
    purpose_en="safe water and sanitation",
    columns=(
        _count(
            "water_distance_grade",
            "取水距离",
            "water: 1 inside, 2 on the plot, 3 off the plot",
            "grade",
            1,
            3,
        ),
        _count(
            "water_source_grade",
            "水源类型",
            "water from: 1 public network, 2 motor pump, 3 hand pump or other",
            "grade",
            1,
            3,
        ),
        _flag("has_toilet", "有厕所", "has a bathroom or latrine"),
        _count(
            "toilet_distance_grade",
            "厕所距离",
            "toilet: 1 inside, 2 on the plot, 3 off the plot",
            "grade",
            1,
            3,
        ),
        _count(
            "toilet_grade", "厕所类型", "toilet: 1 flush tank, 2 flush, 3 latrine", "grade", 1, 3
        ),
        _count(
            "drain_grade",
            "排水方式",
            "drain: 1 sewer, 2 septic tank, 3 cesspit, 4 hole in the ground",
            "grade",
            1,
            4,
        ),
        _count(
            "toilet_sharing_grade", "厕所共用", "toilet: 1 own, 2 shared, 3 none", "grade", 1, 3
        ),
    ),
)

PLACE_CONTEXT = Table(
    name="place_context",
    title_zh="地区背景",
    title_en="Dated figures of a place",
    owner_zh="统计部门",
    owner_en="statistics office",
    purpose_en="the figures that dated lines are computed from",
    key="place",
    columns=(
        Column(name="place", kind="text", title_zh="地区", title_en="place", is_required=True),
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

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        HOUSEHOLD_SNAPSHOT,
        INCOME,
        SUPPORT,
        SHOCK_AND_COPING,
        HOUSING_CHECK,
        WATER_CHECK,
        PLACE_CONTEXT,
    )
}
"""Every record table by name."""


def frame_schema(table: Table) -> dict[str, pl.DataType]:
    """Types of a table's frame: the common columns first, then its own, in contract order."""
    common: dict[str, pl.DataType] = {
        "record_id": pl.String(),
        "version": pl.Int32(),
        "occurred_on": pl.Date(),
        "recorded_on": pl.Date(),
        "source": pl.String(),
        "is_withdrawn": pl.Boolean(),
    }
    if table.key == "household_id":
        common = {"household_id": pl.String(), **common}
    return {**common, **{column.name: DTYPES[column.kind] for column in table.columns}}
