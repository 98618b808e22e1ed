"""Rules on schooling, medical cover and the home: the three guarantees.

Nothing here asks about the two no-worries, food and clothing: no record of a county says whether
somebody has enough of either, so there is nothing to test; a visit asks.
"""

from __future__ import annotations

from typing import Final

import narwhals as nw

from fanpin_risk.causes import CAUSE_WORDS, Cause
from fanpin_risk.standards.guarantee_water_rules import WATER_RULES
from fanpin_risk.standards.logic import all_of, any_of
from fanpin_risk.standards.readings import Readings
from fanpin_risk.standards.rule import Shown, StandardRule, parameter

LIMITED: Final = ("evidence_age_limit_months",)
"""The reading that every guarantee depends on: evidence that is too old is not known."""

_SCHOOL, _COVER, _HOME = (
    CAUSE_WORDS[cause] for cause in (Cause.SCHOOLING, Cause.ILLNESS, Cause.UNSAFE_HOUSING)
)
_AGE = Shown(column="age", title_zh="年龄", title_en="age", unit="years")
_TOOL = "https://github.com/Gzuwkj/fuping"
_PAGE = "http://www.yncxym.gov.cn/info/3844/78406.htm"


def _is_of_school_age(readings: Readings) -> nw.Expr:
    """Of compulsory age, and due to have entered with the running school year or an earlier one.

    Whoever is past the first age was due to enter on any calendar.
    """
    is_late = readings.school_ages == "seven"
    first = parameter("compulsory_school_age_from" + ("_postponed" if is_late else ""))
    age = nw.col("age")
    has_entered = any_of(age > first, nw.col("school_entry_age") >= first)
    return all_of(age >= first, has_entered, age <= parameter("compulsory_school_age_to"))


def _schooling(_readings: Readings) -> nw.Expr:
    """Out of school, with the nine grades ahead, and able to study."""
    return all_of(
        ~nw.col("in_school"), ~nw.col("has_finished_compulsory"), ~nw.col("is_unable_to_study")
    )


def _housing_unsafe(_readings: Readings) -> nw.Expr:
    """The home lived in is graded as dilapidated, and there is no safe one beside it.

    Where the register counts, or no grade is set for the place, by the register's flag.
    """
    first = parameter("dilapidated_grade_from")
    by_check = all_of(
        nw.col("housing_grade") >= first,
        nw.col("is_lived_in"),
        any_of(nw.col("is_only_home"), nw.col("other_home_grade") >= first),
    )
    is_check = (nw.col("housing_source") == "check") & ~first.is_null()
    return (
        nw.when(is_check)
        .then(by_check)
        .when(~nw.col("housing_source").is_null())
        .then(nw.col("register_home_is_dilapidated"))
    )


PERSON_RULES: tuple[StandardRule, ...] = (
    StandardRule(
        name="schooling_not_guaranteed",
        title_zh="义务教育未保障",
        title_en="compulsory schooling not guaranteed",
        tests_zh="义务教育年龄段（起止周岁均含，至本学年开始前一日已满起始年龄）的家庭成员不在校，"
        "且未完成九年义务教育；因身体原因不具备学习条件的除外",
        tests_en="a member of compulsory school age (first and last completed year included, the "
        "first reached the day before the school year began) is not at school and has not finished "
        "nine grades, unless physically unable to study",
        theme="guarantee",
        level="person",
        owner_zh=_SCHOOL.owner_zh,
        owner_en=_SCHOOL.owner_en,
        source="policy notes 5, 19; founding text 二（三）3.1",
        mark="A",
        causes=(Cause.SCHOOLING,),
        applies=_is_of_school_age,
        condition=_schooling,
        parameters=(
            "compulsory_school_age_from",
            "compulsory_school_age_from_postponed",
            "compulsory_school_age_to",
        ),
        readings=("school_ages", "age", *LIMITED),
        shows=(
            _AGE,
            Shown(
                column="school_entry_age",
                title_zh="本学年开始前年龄",
                title_en="age before the school year",
                unit="years",
            ),
            Shown(
                column="in_school",
                title_zh="在校",
                title_en="at school",
                unit="flag",
                day="in_school_day",
            ),
            Shown(
                column="has_finished_compulsory",
                title_zh="已完成九年义务教育",
                title_en="nine grades finished",
                unit="flag",
                day="has_finished_compulsory_day",
            ),
            Shown(
                column="is_unable_to_study",
                title_zh="因身体原因不具备学习条件",
                title_en="physically unable to study",
                unit="flag",
                day="is_unable_to_study_day",
            ),
            Shown(
                column="school_sources_disagree",
                title_zh="教育部门与登记不一致",
                title_en="education office and register disagree",
                unit="flag",
            ),
        ),
    ),
    StandardRule(
        name="medical_cover_gap",
        title_zh="有成员未参加基本医疗保险",
        title_en="a member without basic medical insurance",
        tests_zh="家庭成员当日未参加城乡居民或职工基本医疗保险；参保期最后一日仍算参保",
        tests_en="a member has neither residents' nor employees' basic medical insurance on the "
        "day; the last day of a period is covered",
        theme="guarantee",
        level="person",
        owner_zh=_COVER.owner_zh,
        owner_en=_COVER.owner_en,
        source=f"policy notes 5: {_TOOL}; founding text 二（三）3.2",
        mark="E",
        causes=(Cause.ILLNESS,),
        condition=lambda _readings: ~nw.col("covered"),
        readings=LIMITED,
        shows=(
            Shown(
                column="covered",
                title_zh="参加基本医疗保险",
                title_en="basic medical insurance",
                unit="flag",
                day="covered_day",
            ),
            Shown(
                column="cover_sources_disagree",
                title_zh="医保部门与登记不一致",
                title_en="insurance office and register disagree",
                unit="flag",
            ),
        ),
    ),
    StandardRule(
        name="serious_illness_cover_gap",
        title_zh="有成员未参加大病保险",
        title_en="a member without serious-illness insurance",
        tests_zh="家庭成员当日未参加大病保险；参保期最后一日仍算参保",
        tests_en="a member has no serious-illness insurance on the day; the last day of a period "
        "is covered",
        theme="guarantee",
        level="person",
        owner_zh=_COVER.owner_zh,
        owner_en=_COVER.owner_en,
        source=f"policy notes 5: {_TOOL}",
        mark="E",
        causes=(Cause.ILLNESS,),
        condition=lambda _readings: ~nw.col("serious_illness_covered"),
        readings=LIMITED,
        shows=(
            Shown(
                column="serious_illness_covered",
                title_zh="参加大病保险",
                title_en="serious-illness insurance",
                unit="flag",
                day="serious_illness_covered_day",
            ),
            Shown(
                column="serious_cover_sources_disagree",
                title_zh="医保部门与登记不一致",
                title_en="insurance office and register disagree",
                unit="flag",
            ),
        ),
    ),
)
"""Rules on members."""

HOME_RULES: tuple[StandardRule, ...] = (
    StandardRule(
        name="housing_unsafe",
        title_zh="唯一住房不安全",
        title_en="the only home is unsafe",
        tests_zh="常住的唯一住房（或虽另有住房但另有住房也不安全）鉴定等级达到或超过危房起始等级；"
        "登记晚于鉴定或当地未定等级时，以登记的危房户为准",
        tests_en="the home lived in is the only one, or no other is safe, and its grade is the "
        "first dilapidated one or worse; where the register is newer than the check, or no grade "
        "is set for the place, the register says so",
        theme="guarantee",
        owner_zh=_HOME.owner_zh,
        owner_en=_HOME.owner_en,
        source=f"policy notes 5: {_PAGE}; founding text 二（三）3.3",
        mark="A",
        causes=(Cause.UNSAFE_HOUSING,),
        condition=_housing_unsafe,
        parameters=("dilapidated_grade_from",),
        readings=LIMITED,
        shows=(
            Shown(
                column="housing_grade",
                title_zh="住房等级（A=1至D=4）",
                title_en="grade of the home (A is 1, D is 4)",
                unit="count",
                day="housing_day",
            ),
            Shown(
                column="is_only_home",
                title_zh="唯一住房",
                title_en="the only home",
                unit="flag",
                day="is_only_home_day",
            ),
            Shown(
                column="is_lived_in",
                title_zh="常住",
                title_en="lived in",
                unit="flag",
                day="is_lived_in_day",
            ),
            Shown(
                column="other_home_grade",
                title_zh="另有住房等级",
                title_en="grade of another home",
                unit="count",
                day="other_home_day",
            ),
            Shown(
                column="register_home_is_dilapidated",
                title_zh="登记为危房户",
                title_en="dilapidated by the register",
                unit="flag",
                day="register_home_day",
            ),
        ),
    ),
    StandardRule(
        name="register_child_out_of_school",
        title_zh="登记有义务教育阶段子女失学辍学",
        title_en="a child of school age out of school by the register",
        tests_zh="最近一次登记的“义务教育阶段适龄儿童少年失学辍学”为是；登记不写明是哪个成员",
        tests_en="the register's newest answer says that a child of compulsory school age is out "
        "of school; it does not say which",
        theme="guarantee",
        owner_zh=_SCHOOL.owner_zh,
        owner_en=_SCHOOL.owner_en,
        source="policy notes 5, 13; founding text 二（三）3.1",
        mark="E",
        causes=(Cause.SCHOOLING,),
        condition=lambda _readings: nw.col("register_has_dropout"),
        readings=LIMITED,
        shows=(
            Shown(
                column="register_has_dropout",
                title_zh="登记有失学辍学",
                title_en="out of school by the register",
                unit="flag",
                day="register_dropout_day",
            ),
        ),
    ),
    StandardRule(
        name="register_member_uninsured",
        title_zh="登记有成员未参加基本医疗保险",
        title_en="a member without basic medical insurance by the register",
        tests_zh="最近一次登记的“有家庭成员未参加基本医疗保险”为是；登记不写明是哪个成员",
        tests_en="the register's newest answer says that a member has no basic medical insurance; "
        "it does not say which",
        theme="guarantee",
        owner_zh=_COVER.owner_zh,
        owner_en=_COVER.owner_en,
        source="policy notes 5, 13; founding text 二（三）3.2",
        mark="E",
        causes=(Cause.ILLNESS,),
        condition=lambda _readings: nw.col("register_has_uninsured"),
        readings=LIMITED,
        shows=(
            Shown(
                column="register_has_uninsured",
                title_zh="登记有成员未参保",
                title_en="uninsured by the register",
                unit="flag",
                day="register_uninsured_day",
            ),
        ),
    ),
)
"""Rules on the home, and on what the register says of a household without naming the member."""

GUARANTEE_RULES: tuple[StandardRule, ...] = (*PERSON_RULES, *HOME_RULES, *WATER_RULES)
"""Rules of the three guarantees and water, in the order in which they are shown."""
