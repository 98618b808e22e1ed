"""Texts that stand in record tables beside codes, by their place in a list."""

from __future__ import annotations

CONTEXT_PLACE = "SIM"
"""The place whose dated figures apply: this county's own notice."""

AREA = "230199"
"""Area code of the villages. It does not exist, so none of them is a real place."""

DEPARTMENTS = ("医保", "民政", "残联", "教育", "住建", "水利", "应急", "人社", "农业农村")
"""By the offices of the simulated county's clues."""

MEASURES = (
    "产业发展",
    "务工就业",
    "公益性岗位",
    "医疗帮扶",
    "教育资助",
    "危房改造",
    "饮水维修",
    "农村低保",
    "临时救助",
    "社会帮扶",
    "小额信贷",
    "特困供养",
)
"""By kind of measure; the last one is destitute support."""

BRANCHES = ("建筑业", "制造业", "餐饮服务", "物流运输", "家政服务", "批发零售", "农业", "其他")
POST = "公益性岗位"
PAYMENTS = (
    "养老金",
    "农村低保",
    "特困供养",
    "残疾人两项补贴",
    "农业补贴",
    "生态补偿",
    "临时救助",
    "其他",
)

WORDS: dict[tuple[str, str], tuple[str, ...]] = {
    ("clue", "department"): DEPARTMENTS,
    ("support_measure", "detail"): MEASURES,
    ("work_month", "employer_kind"): (*BRANCHES, POST),
    ("work_month", "work_place"): (AREA,),
    ("income_item", "detail"): PAYMENTS,
    ("asset_dividend", "asset"): ("扶贫项目资产",),
    ("visit", "plan_slice"): ("日常走访", "集中排查"),
    ("member_snapshot", "ethnicity"): ("汉族", "满族", "朝鲜族", "其他"),
}
"""Texts by table and column."""


def village_code(township: int, village: int) -> str:
    """Code of a village, twelve digits.

    Examples
    --------
    >>> village_code(3, 17)
    '230199003017'
    """
    return f"{AREA}{township:03d}{village:03d}"


def township_code(township: int) -> str:
    """Code of a township, nine digits."""
    return f"{AREA}{township:03d}"
