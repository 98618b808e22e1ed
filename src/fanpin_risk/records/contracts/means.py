"""Record tables of a household's means: what other offices have on record, and who can cope alone.

Kinds and holders are those of the published lists (policy notes, section 6, marks B and D), which
are compared as information and asked about; they decide nothing by themselves. What a list names
and no kind fits, such as a luxury fit-out or study abroad, is ``other``.
"""

from __future__ import annotations

from fanpin_risk.records.contracts.model import (
    CodeList,
    Table,
    amount,
    code,
    day,
    flag,
    person,
    text,
)

ASSET_KINDS = CodeList(
    name="asset_kind",
    words={
        "vehicle": ("机动车", "motor vehicle"),
        "machinery": ("大型机械", "large machinery"),
        "town_home": ("城镇住房", "home in a town"),
        "shop": ("商铺门面", "shop"),
        "firm": ("在营企业", "registered active firm"),
        "payroll": ("财政供养", "on the public payroll"),
        "village_post": ("村干部任职", "village post"),
        "housing_fund": ("住房公积金", "housing fund"),
        "large_farm": ("规模种养", "large farm"),
        "hired_labour": ("雇工经营", "hires labour"),
        "new_home": ("新建新购住房", "home newly built or bought"),
        "appliance": ("高档电器", "costly appliance"),
        "commercial_pension": ("商业养老保险", "commercial pension insurance"),
        "away": ("举家外出", "whole household away"),
        "savings": ("存款理财", "savings on record"),
        "other": ("其他", "other"),
    },
)
"""Kinds of evidence of means."""

ASSET_HOLDERS = CodeList(
    name="asset_holder",
    words={
        "member": ("家庭成员", "member of the household"),
        "head_parent": ("户主父母", "parent of the head"),
        "head_spouse": ("户主配偶", "spouse of the head"),
        "head_child": ("户主子女", "child of the head"),
    },
)
"""Whose it is; the last three are relatives who do not belong to the household."""

ASSESSORS = CodeList(
    name="assessor",
    words={
        "village": ("村级评议", "village appraisal"),
        "township": ("乡镇审核", "township review"),
        "county": ("县级审定", "county decision"),
    },
)
"""Who states whether a household can cope: the steps of the procedure (section 7), never a name."""

ASSET_EVIDENCE = Table(
    name="asset_evidence",
    title_zh="家庭资产线索",
    title_en="Something another office has on record of a household's means",
    owner_zh="乡村振兴部门",
    owner_en="rural revitalisation office",
    purpose_zh="部门信息比对结果，与自主应对能力一并权衡；只作询问线索，不作否决依据",
    purpose_en="evidence to ask about and to weigh with coping capacity; never a veto by itself",
    identifies=(
        *("household_id", "person_id", "kind", "holder_relation"),
        *("department", "acquired_on", "occurred_on"),
    ),
    keep_months=72,
    columns=(
        code("kind", "资产类型", "kind of means", ASSET_KINDS, required=True),
        amount("value_fen", "价值", "price, estimate or balance as the office has it"),
        day("acquired_on", "取得日期", "when it was bought or built, or since when it is so"),
        code("holder_relation", "持有人", "whose it is", ASSET_HOLDERS),
        text("department", "提供部门", "office that has it on record"),
        person("person_id", "证件号码", "holder who is a member, keyed hash; empty for relatives"),
    ),
)

COPING_ASSESSMENT = Table(
    name="coping_assessment",
    title_zh="自主应对能力评议",
    title_en="A statement whether a household can cope alone",
    owner_zh="村民委员会",
    owner_en="village committee",
    purpose_zh="综合研判时家庭能否自主应对困难",
    purpose_en="whether the household copes with its difficulty alone, as the appraisal states it",
    identifies=("household_id", "assessor", "occurred_on"),
    keep_months=120,
    columns=(
        flag("can_cope", "是否具备自主应对能力", "able to cope alone; empty: could not be told"),
        text("basis", "评议依据", "what it rests on; no names, illness or numbers of persons"),
        code("assessor", "评议主体", "who states it", ASSESSORS),
    ),
)

TABLES: tuple[Table, ...] = (ASSET_EVIDENCE, COPING_ASSESSMENT)
