"""Record tables about who belongs to a household, and how households change."""

from __future__ import annotations

from fanpin_risk.records.contracts import codes
from fanpin_risk.records.contracts.model import (
    Table,
    amount,
    code,
    count,
    day,
    flag,
    month,
    person,
    quantity,
    text,
)

HOUSEHOLD_SNAPSHOT = Table(
    name="household_snapshot",
    title_zh="住户概况",
    title_en="Household on the day of a visit or an export",
    owner_zh="乡村振兴部门",
    owner_en="rural revitalisation office",
    purpose_zh="家庭组成、所在地及基本情况",
    purpose_en="who belongs to the household, where it lives, and how",
    columns=(
        text("place", "地区", "place of the visit team", required=True),
        text("region", "大区", "region the place lies in"),
        text("context_place", "参照地区", "place whose dated figures apply", required=True),
        flag("is_large_place", "大城市", "place of 500,000 people or more"),
        count(
            "survey_weight",
            "抽样权数",
            "households this one stands for",
            "households",
            1,
            10_000_000,
        ),
        count("members", "家庭人口", "members", "persons", 1, 60, required=True),
        count("members_under_10", "10岁以下人口", "members under 10", "persons", 0, 60),
        code("household_type", "户类型", "ordinary or formerly poor", codes.HOUSEHOLD_TYPES),
        code("monitored_type", "监测对象类别", "type on the register", codes.MONITORED_TYPES),
        flag("is_risk_eliminated", "风险是否已消除", "the risk is recorded as eliminated"),
        amount(
            "net_income_per_head_fen",
            "人均纯收入",
            "net income per head as the register has it, a year",
            minimum=-10_000_000_00,
        ),
        amount("compliant_own_cost_fen", "合规自付支出", "compliant own cost, a year"),
        flag("is_dilapidated_home", "是否危房户", "lives in a dilapidated home"),
        quantity("home_area_m2_x100", "住房面积", "floor area of the home", "m2", 2_000),
        flag("has_safe_water", "是否解决安全饮用水", "has safe drinking water"),
        flag("has_sanitary_toilet", "是否有卫生厕所", "has a sanitary toilet"),
        flag("has_hard_access_road", "入户道路是否硬化", "the access road is paved"),
        count(
            "road_distance_m",
            "与村主干路距离",
            "distance to the village's main road",
            "m",
            0,
            99_999,
        ),
        flag("has_power", "是否通生活用电", "has electricity"),
        quantity("farmland_mu_x100", "耕地面积", "farmland", "mu", 9_999),
        quantity("forest_mu_x100", "林地面积", "forest land", "mu", 9_999),
        quantity(
            "returned_forest_mu_x100", "退耕还林面积", "farmland returned to forest", "mu", 9_999
        ),
        quantity("orchard_mu_x100", "林果面积", "orchard", "mu", 9_999),
        quantity("pasture_mu_x100", "牧草地面积", "pasture", "mu", 9_999),
        quantity("pond_mu_x100", "水面面积", "water surface", "mu", 9_999),
        flag("is_in_cooperative", "是否加入农民专业合作组织", "member of a cooperative"),
        flag("has_leading_firm", "是否有龙头企业带动", "works with a leading firm"),
        flag("is_relocated", "是否易地搬迁户", "was relocated"),
        flag(
            "has_dropout",
            "是否义务教育阶段适龄儿童少年失学辍学",
            "a child of school age is out of school",
        ),
        flag(
            "has_uninsured_member",
            "是否有家庭成员未参加城乡居民（职工）基本医疗保险",
            "a member has no basic medical insurance",
        ),
        flag(
            "is_no_labour_household",
            "整户无劳动能力兜底保障户",
            "no labour at all, covered by the safety net",
        ),
    ),
)

MEMBER_SNAPSHOT = Table(
    name="member_snapshot",
    title_zh="家庭成员概况",
    title_en="Member of a household on the day of a visit or an export",
    owner_zh="乡村振兴部门",
    owner_en="rural revitalisation office",
    purpose_zh="家庭成员的年龄、健康、就学、就业与参保情况",
    purpose_en="age, health, school, work and insurance of the members",
    key="person_id",
    identifies=("person_id", "occurred_on"),
    columns=(
        person("person_id", "证件号码", "person, keyed hash of the identity number", required=True),
        code("relation", "与户主关系", "relation to the head", codes.RELATIONS, required=True),
        code(
            "membership", "在户状态", "belongs to the household or no more", codes.MEMBERSHIP_STATES
        ),
        code("sex", "性别", "sex; sensitive: audited, never a reason", codes.SEXES),
        day("born_on", "出生日期", "day of birth"),
        text("ethnicity", "民族", "ethnicity; sensitive: audited, never a reason"),
        flag("is_id_checksum_valid", "证件号码校验", "the identity number's last letter fits"),
        flag("has_disability_card", "有残疾证", "the number is that of a disability card"),
        code("education", "文化程度", "education completed", codes.EDUCATION),
        code("school_state", "在校生状况", "school attended now", codes.SCHOOL_STATES),
        code("dropout_reason", "失学或辍学原因", "why out of school", codes.DROPOUT_REASONS),
        flag("is_healthy", "健康", "recorded as healthy"),
        flag("is_chronically_ill", "长期慢性病", "long chronic illness"),
        flag("is_seriously_ill", "患有大病", "serious illness"),
        flag("is_disabled", "残疾", "disabled"),
        code("disability_kind", "残疾类别", "kind of disability", codes.DISABILITY_KINDS),
        count("disability_level", "残疾等级", "level, 1 gravest", "level", 1, 4),
        code("labour_skill", "劳动技能", "labour capacity and skill", codes.LABOUR_SKILLS),
        code("work_place_kind", "务工所在地", "where the member works away", codes.WORK_PLACES),
        count("work_months", "务工时间", "months of work this year", "months", 0, 12),
        code("job_channel", "就业渠道", "how the job was found", codes.JOB_CHANNELS),
        code("public_post", "公益性岗位", "public-welfare post", codes.PUBLIC_POSTS),
        count(
            "public_post_months", "公益性岗位月数", "months on the post this year", "months", 0, 12
        ),
        flag(
            "has_basic_medical",
            "是否参加城乡居民基本医疗保险",
            "basic medical insurance, residents",
        ),
        flag("has_employee_medical", "是否参加城镇职工基本医疗保险", "basic medical, employees"),
        flag("has_serious_illness_insurance", "是否参加大病保险", "serious-illness insurance"),
        flag("has_commercial_medical", "是否参加商业补充医疗保险", "commercial medical insurance"),
        flag(
            "has_resident_pension", "是否参加城乡居民基本养老保险", "pension insurance, residents"
        ),
        flag(
            "has_employee_pension", "是否参加城镇职工基本养老保险", "pension insurance, employees"
        ),
        code("dibao", "是否享受农村低保政策", "minimum living allowance", codes.DIBAO_STATES),
        code("tekun", "是否特困供养人员", "destitute support", codes.TEKUN_STATES),
        flag("has_medical_aid", "是否接受医疗救助", "received medical aid"),
        flag("has_accident_insurance_aid", "是否享受人身意外保险补贴", "accident insurance aid"),
    ),
)

HOUSEHOLD_CHANGE = Table(
    name="household_change",
    title_zh="户籍变动",
    title_en="A household splits, merges, moves, is renumbered or ends",
    owner_zh="公安部门",
    owner_en="public security office",
    purpose_zh="户的延续：历史归谁、何时退出观察",
    purpose_en="the household through time: whose history counts, and when observation ends",
    identifies=("household_id", "change", "other_household_id", "occurred_on"),
    columns=(
        code("change", "变动类型", "what changed", codes.HOUSEHOLD_CHANGES, required=True),
        text("other_household_id", "关联户编号", "household it came from or went to"),
    ),
)

WORK_MONTH = Table(
    name="work_month",
    title_zh="务工月度记录",
    title_en="A month of work of a member",
    owner_zh="人社部门",
    owner_en="human resources office",
    purpose_zh="就业是否稳定、公益岗位何时到期",
    purpose_en="whether work is stable, and when a public post ends",
    key="person_id",
    identifies=("person_id", "work_month", "employer_kind", "public_post"),
    keep_months=72,
    columns=(
        person("person_id", "证件号码", "person, keyed hash", required=True),
        month("work_month", "务工月份", "month worked", required=True),
        text("work_place", "务工所在县", "county or code of the place of work"),
        code("work_place_kind", "务工所在地", "how far away", codes.WORK_PLACES),
        amount("wage_fen", "务工月收入", "wage of the month", maximum=1_000_000_00),
        text("employer_kind", "务工企业或行业", "employer's branch"),
        code("job_channel", "就业渠道", "how the job was found", codes.JOB_CHANNELS),
        flag("is_point_to_point", "是否点对点输送", "brought there by organised transport"),
        amount("transport_aid_fen", "交通费补助", "transport aid", maximum=1_000_000_00),
        code("public_post", "公益性岗位", "public-welfare post", codes.PUBLIC_POSTS),
        day("spell_started_on", "开始时间", "when this work began"),
        day("spell_ends_on", "结束时间", "when this work or post ends as written"),
    ),
)

SCHOOLING = Table(
    name="schooling",
    title_zh="就学记录",
    title_en="A person's school in a term",
    owner_zh="教育部门",
    owner_en="education office",
    purpose_zh="控辍保学与教育支出",
    purpose_en="children out of school, and what school costs",
    key="person_id",
    identifies=("person_id", "occurred_on"),
    keep_months=120,
    columns=(
        person("person_id", "证件号码", "person, keyed hash", required=True),
        code("school_state", "在校生状况", "school attended", codes.SCHOOL_STATES),
        flag("is_in_school", "是否在校", "attends school"),
        code("dropout_reason", "失学或辍学原因", "why out of school", codes.DROPOUT_REASONS),
        flag("is_unable_to_study", "因身体原因不具备学习条件", "physically unable to study"),
        flag("is_boarding", "是否寄宿", "boards at school"),
        amount("cost_fen", "学年教育费用", "cost of the school year", maximum=1_000_000_00),
        amount("aid_fen", "学年资助金额", "aid for the school year", maximum=1_000_000_00),
    ),
)

TABLES: tuple[Table, ...] = (
    HOUSEHOLD_SNAPSHOT,
    MEMBER_SNAPSHOT,
    HOUSEHOLD_CHANGE,
    WORK_MONTH,
    SCHOOLING,
)
