"""Layouts of the national exports: households, members, months of work, villages."""

from __future__ import annotations

from fanpin_risk.simulate.offices_layout import CITY, PROVINCE, Book, Layout
from fanpin_risk.simulate.offices_words import (
    compact,
    iso,
    month_compact,
    month_dashed,
    scaled,
    text,
    whole,
    word,
    yes_no,
    yuan,
)
from fanpin_risk.simulate.sheets import Cell
from fanpin_risk.simulate.small_county import Row
from fanpin_risk.simulate.small_county_rows import day_in

_HOUSEHOLD_HEADER = (
    *("序号", "省", "市", "县", "乡", "村", "行政村代码", "户编号", "户主姓名", "户主证件号码"),
    *("家庭人口", "户类型", "监测对象类别", "识别监测时间", "消除监测时间", "风险是否已消除"),
    *("风险消除方式", "致贫/返贫风险1", "致贫/返贫风险2", "致贫/返贫风险3", "致贫/返贫风险4"),
    *("致贫/返贫风险5", "因自然灾害子项", "人均纯收入", "工资性收入", "生产经营性收入"),
    *("生产经营性支出", "财产性收入", "转移性收入", "养老金", "低保金", "特困人员救助供养金"),
    *("残疾人补贴", "计划生育金", "生态补偿金", "农业补贴", "赡养抚养收入", "资产收益扶贫分红"),
    *("其他转移性收入", "合规自付支出", "是否危房户", "住房面积", "是否解决安全饮用水"),
    *("是否有卫生厕所", "入户道路是否硬化", "与村主干路距离", "是否通生活用电", "耕地面积"),
    *("林地面积", "退耕还林面积", "林果面积", "牧草地面积", "水面面积"),
    *("是否加入农民专业合作组织", "是否有龙头企业带动", "是否易地搬迁户"),
    "是否义务教育阶段适龄儿童少年失学辍学",
    "是否有家庭成员未参加城乡居民（职工）基本医疗保险",
    *("整户无劳动能力兜底保障户", "产业帮扶", "就业帮扶", "金融帮扶", "公益性岗位帮扶"),
    *("健康帮扶", "教育帮扶", "义务教育保障", "住房安全保障", "搬迁", "饮水安全保障"),
    *("基础设施建设", "生产生活条件改善", "综合保障", "社会帮扶", "风险消除后住房是否安全"),
    *("风险消除后饮水是否安全", "风险消除后人均纯收入", "监测联系人", "联系电话"),
)
_INCOME_ITEMS_FIRST = ("wage", "business", "business_cost", "property")
_TRANSFERS = (
    *("pension", "dibao", "tekun", "disability_benefit", "child_benefit", "ecological"),
    *("farm_subsidy", "family_support", "asset_dividend", "other_transfer"),
)
_MEASURES = (
    *("industry", "employment", "finance", "public_post", "health", "education"),
    *("compulsory_schooling", "housing", "relocation", "water", "infrastructure"),
    *("living_conditions", "safety_net", "social"),
)


def _household_cells(book: Book, row: Row) -> tuple[Cell, ...]:
    """Cells of a household in the export."""
    household_id, day = row["household_id"], day_in(row, "occurred_on")
    village = book.village(row)
    measures = book.measures_on(household_id, day)
    return (
        *(None, PROVINCE, CITY, book.place, village.township, village.name, village.code),
        *(text(household_id), book.head_name(row), book.head(row), whole(row["members"])),
        word("household_snapshot", row, "household_type"),
        *_status_cells(book, row),
        yuan(row["net_income_per_head_fen"]),
        *_income_cells(book, row),
        yuan(row["compliant_own_cost_fen"]),
        *_living_cells(row),
        *(measures.get(kind) for kind in _MEASURES),
        *_exit_cells(book, row),
        *(book.head_name(row), book.phone(row)),
    )


def _status_cells(book: Book, row: Row) -> tuple[Cell, ...]:
    """Cells of type, months of listing and exit, and causes; no type without a month of listing."""
    listing = book.listing_on(row["household_id"], day_in(row, "occurred_on"))
    left = _exit(book, row)
    causes: tuple[Cell, ...] = (None,) * 6
    if listing is not None:
        names = (*(f"cause_{n}" for n in range(1, 6)), "disaster_kind")
        causes = tuple(word("listing", listing, name) for name in names)
    return (
        None if listing is None else word("household_snapshot", row, "monitored_type"),
        None if listing is None else month_compact(listing["occurred_on"]),
        None if left is None else month_compact(left["occurred_on"]),
        yes_no(row["is_risk_eliminated"]),
        None if left is None else word("exit", left, "way"),
        *causes,
    )


def _income_cells(book: Book, row: Row) -> tuple[Cell, ...]:
    """Cells of income: the four parts, the total of transfers, and its items."""
    income = book.income(row)
    transfers = [income.get(item) for item in _TRANSFERS]
    total = sum(amount for amount in transfers if isinstance(amount, int))
    return (
        *(yuan(income.get(item)) for item in _INCOME_ITEMS_FIRST),
        yuan(total) if income else None,
        *(yuan(amount) for amount in transfers),
    )


def _living_cells(row: Row) -> tuple[Cell, ...]:
    """Cells of home, water, road and land."""
    land = ("farmland", "forest", "returned_forest", "orchard", "pasture", "pond")
    return (
        yes_no(row["is_dilapidated_home"]),
        scaled(row["home_area_m2_x100"], 100),
        yes_no(row["has_safe_water"]),
        yes_no(row["has_sanitary_toilet"]),
        yes_no(row["has_hard_access_road"]),
        scaled(row["road_distance_m"], 1000),
        yes_no(row["has_power"]),
        *(scaled(row[f"{kind}_mu_x100"], 100) for kind in land),
        yes_no(row["is_in_cooperative"]),
        yes_no(row["has_leading_firm"]),
        yes_no(row["is_relocated"]),
        yes_no(row["has_dropout"]),
        yes_no(row["has_uninsured_member"]),
        yes_no(row["is_no_labour_household"]),
    )


def _exit(book: Book, row: Row) -> Row | None:
    """Elimination that the export shows: the newest one, of a household that is not listed anew."""
    day = day_in(row, "occurred_on")
    return book.exit_on(row["household_id"], day) if row["is_risk_eliminated"] else None


def _exit_cells(book: Book, row: Row) -> tuple[Cell, ...]:
    """Cells of the state after the risk was eliminated."""
    left = _exit(book, row)
    if left is None:
        return (None, None, None)
    return (
        yes_no(left["has_safe_home_after"]),
        yes_no(left["has_safe_water_after"]),
        yuan(left["net_income_per_head_after_fen"]),
    )


_MEMBER_HEADER = (
    *("序号", "省", "市", "县", "乡", "村", "户编号", "人口编号", "姓名", "性别", "出生日期"),
    *("民族", "证件类型", "证件号码", "与户主关系", "政治面貌", "文化程度", "在校生状况"),
    *("失学或辍学原因", "健康状况", "残疾类别", "残疾等级", "劳动技能", "务工所在地"),
    *("务工时间（月）", "务工企业名称", "就业渠道", "公益性岗位", "公益性岗位月数"),
    *("是否参加城乡居民基本医疗保险", "是否参加城镇职工基本医疗保险", "是否参加大病保险"),
    *("是否参加商业补充医疗保险", "是否参加城乡居民基本养老保险"),
    *("是否参加城镇职工基本养老保险", "享受低保政策情况", "享受特困供养政策情况"),
    *("是否接受医疗救助", "是否享受人身意外保险补贴", "是否会讲普通话", "联系电话"),
)
_LEVELS = {1: "一级", 2: "二级", 3: "三级", 4: "四级"}


def _member_cells(book: Book, row: Row) -> tuple[Cell, ...]:
    """Cells of a member in the export."""
    table, person = "member_snapshot", str(row["person"])
    village = book.village(row)
    has_card = row["has_disability_card"]
    level = whole(row["disability_level"])
    return (
        *(None, PROVINCE, CITY, book.place, village.township, village.name),
        *(text(row["household_id"]), None, book.name(person), word(table, row, "sex")),
        *(compact(row["born_on"]), text(row["ethnicity"])),
        *(
            "残疾人证" if has_card else "居民身份证",
            book.county.cards[person] if has_card else person,
        ),
        *(word(table, row, "relation"), "群众", word(table, row, "education")),
        *(word(table, row, "school_state"), word(table, row, "dropout_reason"), _health(row)),
        *(word(table, row, "disability_kind"), None if level is None else _LEVELS[level]),
        *(word(table, row, "labour_skill"), word(table, row, "work_place_kind")),
        *(whole(row["work_months"]), None, word(table, row, "job_channel")),
        *(word(table, row, "public_post"), whole(row["public_post_months"])),
        yes_no(row["has_basic_medical"]),
        yes_no(row["has_employee_medical"]),
        yes_no(row["has_serious_illness_insurance"]),
        yes_no(row["has_commercial_medical"]),
        yes_no(row["has_resident_pension"]),
        yes_no(row["has_employee_pension"]),
        *(word(table, row, "dibao"), word(table, row, "tekun")),
        yes_no(row["has_medical_aid"]),
        yes_no(row["has_accident_insurance_aid"]),
        *("是", book.phone(row)),
    )


def _health(row: Row) -> str:
    """States of health in one cell, as the export has them."""
    words = (
        ("is_healthy", "健康"),
        ("is_chronically_ill", "长期慢性病"),
        ("is_seriously_ill", "患有大病"),
        ("is_disabled", "残疾"),
    )
    return ",".join(zh for name, zh in words if row[name])


_WORK_HEADER = (
    *("序号", "省", "市", "县", "乡", "村", "户编号", "姓名", "证件号码", "务工月份", "开始时间"),
    *("结束时间", "务工所在县", "务工所在地", "务工月收入", "务工企业", "行业", "就业渠道"),
    *("是否点对点输送", "年度交通费补助", "是否计划务工", "就业服务需求"),
)


def _work_cells(book: Book, row: Row) -> tuple[Cell, ...]:
    """Cells of a month of work in the export."""
    village = book.village(row)
    return (
        *(None, PROVINCE, CITY, book.place, village.township, village.name),
        *(text(row["household_id"]), book.name(row["person"]), text(row["person"])),
        *(month_dashed(row["work_month"]), iso(row["spell_started_on"]), iso(row["spell_ends_on"])),
        *(text(row["work_place"]), word("work_month", row, "work_place_kind")),
        *(yuan(row["wage_fen"]), None, text(row["employer_kind"])),
        word("work_month", row, "job_channel"),
        *(yes_no(row["is_point_to_point"]), yuan(row["transport_aid_fen"]), None, None),
    )


_VILLAGE_HEADER = (
    *("序号", "省", "市", "县", "乡", "村", "行政村代码", "总户数", "总人口", "低保户数"),
    *("低保人数", "特困人口", "残疾人口", "危房户数", "未实现饮水安全户数", "耕地面积"),
    *("村级集体经济收入", "有卫生室", "村医人数", "小学数", "通硬化路", "通客车"),
)


def _village_cells(book: Book, row: Row) -> tuple[Cell, ...]:
    """Cells of a village in the export."""
    counts = (
        *("households", "people", "dibao_households", "dibao_people", "tekun_people"),
        *("disabled_people", "dilapidated_homes", "without_safe_water"),
    )
    return (
        *(None, PROVINCE, CITY, book.place, text(row["township"]), text(row["name"])),
        text(row["place"]),
        *(whole(row[name]) for name in counts),
        scaled(row["farmland_mu_x100"], 100),
        scaled(row["collective_income_fen"], 1_000_000),
        *(yes_no(row["has_clinic"]), whole(row["doctors"]), None),
        *(yes_no(row["has_paved_road"]), yes_no(row["has_bus"])),
    )


def measures_in_export(book: Book, row: Row) -> dict[str, str]:
    """Measures that the export of a household shows: text of the cell by code of the measure."""
    measures = book.measures_on(row["household_id"], day_in(row, "occurred_on"))
    return {kind: detail for kind, detail in measures.items() if kind in _MEASURES}


NATIONAL = (
    Layout(
        source="national_household",
        title="{county}防返贫监测信息系统农户信息导出表（{day}）",
        header=_HOUSEHOLD_HEADER,
        cells=_household_cells,
        tables=("household_snapshot",),
        is_export=True,
    ),
    Layout(
        source="national_member",
        title="{county}防返贫监测信息系统家庭成员信息导出表（{day}）",
        header=_MEMBER_HEADER,
        cells=_member_cells,
        tables=("member_snapshot",),
        is_export=True,
    ),
    Layout(
        source="national_work_month",
        title="",
        header=_WORK_HEADER,
        cells=_work_cells,
        tables=("work_month",),
        kind="csv",
        encoding="gb18030",
        is_export=True,
    ),
    Layout(
        source="national_village",
        title="{county}行政村信息导出表（{day}）",
        header=_VILLAGE_HEADER,
        cells=_village_cells,
        tables=("village",),
        is_export=True,
    ),
)
