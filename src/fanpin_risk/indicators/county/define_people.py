"""Who belongs to the household: ages, labour, health, school and cover of the members."""

from __future__ import annotations

from fanpin_risk.causes import Cause
from fanpin_risk.indicators.county.entry import Office, entry
from fanpin_risk.indicators.indicator import Direction, Indicator
from fanpin_risk.units import RATIO_SCALE

_WHO = "who shares the income, and who can earn it"


def _count(
    name: str,
    title_zh: str,
    title_en: str,
    direction: Direction = 0,
    *,
    cause: Cause = Cause.LACK_OF_LABOUR,
    office: Office = "rural",
    expression: str | None = None,
    purpose: str = _WHO,
    unit: str = "persons",
    is_actionable: bool = False,
    is_sensitive: bool = False,
) -> Indicator:
    """Return a number, or a yes or no, over the members on the day."""
    return entry(
        name,
        title_zh,
        title_en,
        unit,
        table="members_view",
        expression=name if expression is None else expression,
        cause=cause,
        office=office,
        purpose=purpose,
        direction=direction,
        scale=RATIO_SCALE if unit == "share" else 1,
        is_actionable=is_actionable,
        is_sensitive=is_sensitive,
    )


PEOPLE = (
    _count("heads", "在册家庭人口", "members on the day", 1),
    _count("away", "外出人口", "members who are away"),
    _count("is_single", "一人户", "one-person household", unit="yes_no", direction=1),
    _count("aged_0_5", "5岁及以下人口", "members aged 5 or less", 1),
    _count("aged_6_15", "6至15岁人口", "members aged 6 to 15", 1),
    _count("aged_16_59", "16至59岁人口", "members aged 16 to 59", -1),
    _count("aged_60", "60岁及以上人口", "members aged 60 or more", 1),
    _count("aged_65", "65岁及以上人口", "members aged 65 or more", 1),
    _count("aged_75", "75岁及以上人口", "members aged 75 or more", 1),
    _count("all_aged_60", "全部成员满60岁", "all members aged 60 or more", 1, unit="yes_no"),
    _count(
        "dependants_share",
        "非劳动年龄人口占比",
        "share of members not of working age",
        1,
        unit="share",
        expression="dependants_e4",
    ),
    _count("able_workers", "有劳动能力人口", "members able to work", -1, expression="able"),
    _count(
        "able_workers_16_59",
        "16至59岁有劳动能力人口",
        "members aged 16 to 59 able to work",
        -1,
        expression="able_16_59",
    ),
    _count("skilled_workers", "技能劳动力人口", "skilled members", -1, expression="skilled"),
    _count(
        "weak_workers", "弱劳动力或半劳动力人口", "members with weak labour", 1, expression="weak"
    ),
    _count("no_able_worker", "无劳动能力户", "nobody able to work", 1, unit="yes_no"),
    _count(
        "low_schooled_members",
        "小学及以下文化程度的成年人口",
        "grown members with primary school or less",
        1,
        expression="low_schooled",
    ),
    _count("head_age", "户主年龄", "age of the head", unit="years"),
    _count(
        "is_head_female",
        "户主为女性",
        "the head is a woman",
        unit="yes_no",
        cause=Cause.OTHER,
        expression="head_female",
        purpose="audit of fairness",
        is_sensitive=True,
    ),
    _count(
        "is_head_of_minority",
        "户主为少数民族",
        "the head belongs to an ethnic minority",
        unit="yes_no",
        cause=Cause.OTHER,
        expression="head_minority",
        purpose="audit of fairness",
        is_sensitive=True,
    ),
    _count(
        "disabled_members",
        "残疾人口",
        "disabled members",
        1,
        cause=Cause.DISABILITY,
        office="disabled",
        expression="disabled",
        purpose="care, and earnings that are lost",
        is_actionable=True,
    ),
    _count(
        "severely_disabled_members",
        "重度残疾（一、二级）人口",
        "severely disabled members (level 1 or 2)",
        1,
        cause=Cause.DISABILITY,
        office="disabled",
        expression="severe",
        purpose="care, and earnings that are lost",
        is_actionable=True,
    ),
    _count(
        "chronically_ill_members",
        "长期慢性病人口",
        "chronically ill members",
        1,
        cause=Cause.ILLNESS,
        office="health",
        expression="chronic",
        purpose="lasting cost of illness",
        is_actionable=True,
    ),
    _count(
        "seriously_ill_members",
        "患大病人口",
        "seriously ill members",
        1,
        cause=Cause.ILLNESS,
        office="health",
        expression="serious",
        purpose="lasting cost of illness",
        is_actionable=True,
    ),
    _count(
        "uninsured_members",
        "未参加基本医疗保险人口",
        "members without basic medical insurance",
        1,
        cause=Cause.ILLNESS,
        office="medical",
        expression="uninsured",
        purpose="gaps in cover",
        is_actionable=True,
    ),
    _count(
        "college_students",
        "大专及以上在校生",
        "members at college",
        1,
        cause=Cause.SCHOOLING,
        office="school",
        expression="in_college",
        purpose="cost of schools beyond compulsory ones",
        is_actionable=True,
    ),
    _count(
        "dibao_members",
        "低保人口",
        "members on minimum living allowance",
        cause=Cause.OTHER,
        office="civil",
        expression="dibao",
        purpose="safety net that is there already",
    ),
    _count(
        "tekun_members",
        "特困供养人口",
        "members on destitute support",
        cause=Cause.OTHER,
        office="civil",
        expression="tekun",
        purpose="safety net that is there already",
    ),
)


def _school(
    name: str,
    title_zh: str,
    title_en: str,
    expression: str,
    direction: Direction = 1,
    unit: str = "persons",
) -> Indicator:
    """Return an indicator of the members' terms at school."""
    return entry(
        name,
        title_zh,
        title_en,
        unit,
        table="school_view",
        expression=expression,
        cause=Cause.SCHOOLING,
        office="school",
        purpose="what school costs, and who is out of it",
        direction=direction,
        is_actionable=True,
    )


SCHOOL = (
    _school(
        "school_cost_to_line",
        "本学年人均教育费用（扣除资助）",
        "school cost net of aid, this year",
        "net_cost_fen",
        unit="times_of_line",
    ),
    _school("boarders", "寄宿学生", "boarders at school", "boarders"),
    _school(
        "students_beyond_compulsory",
        "义务教育阶段以上在校学生",
        "students beyond compulsory school",
        "beyond_compulsory",
    ),
    _school(
        "children_out_of_school",
        "义务教育阶段失学辍学儿童",
        "children of school age out of school",
        "out_of_school",
    ),
)


def _cover(
    name: str,
    title_zh: str,
    title_en: str,
    expression: str,
    direction: Direction = 0,
    unit: str = "persons",
) -> Indicator:
    """Return an indicator of the members' medical cover."""
    return entry(
        name,
        title_zh,
        title_en,
        unit,
        table="cover_view",
        expression=expression,
        cause=Cause.ILLNESS,
        office="medical",
        purpose="gaps in cover, and what it costs",
        direction=direction,
        is_actionable=True,
    )


COVER = (
    _cover(
        "uncovered_members",
        "参保已中断人口",
        "members whose medical cover has lapsed",
        "uncovered",
        1,
    ),
    _cover(
        "own_premium_to_line",
        "人均自缴医保费",
        "own premium of medical insurance",
        "own_premium_fen",
        unit="times_of_line",
    ),
    _cover(
        "premium_aided_members",
        "享受参保资助人口",
        "members whose premium is aided",
        "aided",
    ),
)
