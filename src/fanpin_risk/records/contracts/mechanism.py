"""Record tables of the mechanism itself: shocks, clues, checks, listing, help, exit, visits."""

from __future__ import annotations

from fanpin_risk.records.contracts import codes
from fanpin_risk.records.contracts.model import (
    Table,
    amount,
    code,
    day,
    flag,
    person,
    text,
)

SHOCK = Table(
    name="shock",
    title_zh="突发变故",
    title_en="Something that hit a household",
    owner_zh="应急部门",
    owner_en="emergency office",
    purpose_zh="灾害、事故、失业、产业失败等突发情况",
    purpose_en="disaster, accident, job loss, failed crop or business, by the day it happened",
    identifies=("household_id", "person_id", "shock_kind", "occurred_on"),
    keep_months=72,
    columns=(
        code("shock_kind", "变故类型", "what happened", codes.SHOCK_KINDS, required=True),
        code("disaster_kind", "灾害子项", "kind of disaster", codes.DISASTER_KINDS),
        amount("loss_fen", "损失金额", "loss", maximum=10_000_000_00),
        code("product", "受损产品", "product concerned", codes.CROPS),
        person("person_id", "证件号码", "person concerned, keyed hash"),
    ),
)

SUPPORT_MEASURE = Table(
    name="support_measure",
    title_zh="帮扶措施",
    title_en="A measure of support, from the day it began",
    owner_zh="乡村振兴部门",
    owner_en="rural revitalisation office",
    purpose_zh="已有帮扶及其起止时间",
    purpose_en="help that is there already, with its beginning and end",
    identifies=("household_id", "person_id", "measure", "detail", "occurred_on"),
    keep_months=120,
    columns=(
        code("measure", "措施类型", "kind of measure", codes.MEASURES, required=True),
        text("detail", "措施内容", "official name of the measure"),
        amount("amount_fen", "金额", "amount or value", maximum=10_000_000_00),
        day("ends_on", "结束日期", "last day as written"),
        person("person_id", "证件号码", "person helped, keyed hash"),
    ),
)

CLUE = Table(
    name="clue",
    title_zh="线索",
    title_en="Someone pointed to a household",
    owner_zh="乡村振兴部门",
    owner_en="rural revitalisation office",
    purpose_zh="自主申报、部门预警、干部排查的线索",
    purpose_en="what was pointed to, by whom, and when: not yet checked",
    identifies=("household_id", "person_id", "channel", "department", "occurred_on"),
    keep_months=120,
    columns=(
        code("channel", "线索渠道", "who pointed", codes.CLUE_CHANNELS, required=True),
        text("department", "预警部门", "department that warned"),
        code("cause", "风险类型", "cause it points to", codes.CAUSES),
        amount("amount_fen", "预警金额", "amount that set it off", maximum=10_000_000_00),
        person("person_id", "证件号码", "person concerned, keyed hash"),
    ),
)

VERIFICATION = Table(
    name="verification",
    title_zh="核查",
    title_en="Someone checked a clue",
    owner_zh="乡镇人民政府",
    owner_en="township government",
    purpose_zh="线索是否属实",
    purpose_en="whether what was pointed to is so",
    identifies=("household_id", "clue_record_id", "occurred_on"),
    keep_months=120,
    columns=(
        code("result", "核查结果", "what was found", codes.VERIFICATION_RESULTS, required=True),
        code("cause", "核实风险", "cause found", codes.CAUSES),
        text("clue_record_id", "线索编号", "the clue that was checked"),
    ),
)

LISTING = Table(
    name="listing",
    title_zh="纳入决定",
    title_en="Someone decided whether a household is listed",
    owner_zh="县级乡村振兴部门",
    owner_en="county rural revitalisation office",
    purpose_zh="监测对象类别与致贫返贫风险",
    purpose_en="the type decided on, and its causes: a decision, not an outcome",
    identifies=("household_id", "occurred_on"),
    columns=(
        code("decision", "决定", "listed or not", codes.LISTING_DECISIONS, required=True),
        code("monitored_type", "监测对象类别", "type", codes.MONITORED_TYPES),
        *(code(f"cause_{n}", f"致贫/返贫风险{n}", f"cause {n}", codes.CAUSES) for n in range(1, 6)),
        code("disaster_kind", "因自然灾害子项", "kind of disaster", codes.DISASTER_KINDS),
        day("noticed_from", "村级公示开始", "first day of the village notice"),
        day("noticed_to", "村级公示结束", "last day of the village notice"),
    ),
)

EXIT = Table(
    name="exit",
    title_zh="风险消除",
    title_en="A risk was marked as eliminated",
    owner_zh="县级乡村振兴部门",
    owner_en="county rural revitalisation office",
    purpose_zh="退出的方式与时间",
    purpose_en="how and when a listing ended",
    identifies=("household_id", "occurred_on"),
    columns=(
        code("way", "风险消除方式", "how", codes.EXIT_WAYS, required=True),
        flag("has_safe_home_after", "消除后住房安全", "home safe afterwards"),
        flag("has_safe_water_after", "消除后饮水安全", "water safe afterwards"),
        amount(
            "net_income_per_head_after_fen",
            "消除后人均纯收入",
            "net income per head afterwards, a year",
            minimum=-10_000_000_00,
        ),
    ),
)

VISIT = Table(
    name="visit",
    title_zh="走访",
    title_en="A visit to a household",
    owner_zh="村民委员会",
    owner_en="village committee",
    purpose_zh="走访结果",
    purpose_en="what a visit found",
    identifies=("household_id", "occurred_on", "plan_slice"),
    keep_months=120,
    columns=(
        code("result", "走访结果", "what was found", codes.VISIT_RESULTS, required=True),
        code("cause", "发现的困难", "cause of the difficulty", codes.CAUSES),
        text("plan_slice", "名单来源", "slice of the plan it was on, if any"),
    ),
)

OVERRIDE = Table(
    name="override",
    title_zh="人工调整",
    title_en="A person overruled the plan, and why",
    owner_zh="乡镇人民政府",
    owner_en="township government",
    purpose_zh="人工决定及其理由",
    purpose_en="decisions of people against the list, with their reason",
    identifies=("household_id", "override", "occurred_on"),
    keep_months=120,
    columns=(
        code("override", "调整", "what was decided", codes.OVERRIDES, required=True),
        text("reason", "理由", "why; no names, illness or numbers of persons", required=True),
    ),
)

TABLES: tuple[Table, ...] = (
    SHOCK,
    SUPPORT_MEASURE,
    CLUE,
    VERIFICATION,
    LISTING,
    EXIT,
    VISIT,
    OVERRIDE,
)
