"""Rules on what a household has to spend: medical warnings and school, then the burden on income.

A medical warning says that somebody has to look, and never that a household is listed. Four bases
stand apart and are never compared with each other's amounts: a stay, a month as an outpatient, a
person's year to date, the household's year to date (policy notes, sections 4.1 and 17).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import narwhals as nw

from fanpin_risk.causes import CAUSE_WORDS, Cause
from fanpin_risk.standards.logic import all_of, any_of
from fanpin_risk.standards.readings import Readings
from fanpin_risk.standards.rule import StandardRule, of_household, parameter
from fanpin_risk.standards.spending_burden_rules import BURDEN_RULES
from fanpin_risk.standards.spending_shows import (
    HOUSEHOLD_YEAR,
    OF_GROUPS,
    OUTPATIENT_MONTH,
    PERSON_YEAR,
    SCHOOL,
    STAY,
)

_MEDICAL = CAUSE_WORDS[Cause.ILLNESS]
_SCHOOL = CAUSE_WORDS[Cause.SCHOOLING]

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "former_poor": ("is_formerly_poor",),
    "listed": ("is_listed_on_register",),
    "low_income": ("is_on_allowance", "is_listed_on_register"),
}
"""Groups with a threshold of their own, and the facts one of which makes a household belong. The
listed are one of the classes of low-income people (policy notes, section 10)."""
EVERYBODY: Final = "other"
"""Threshold of everybody else in the countryside; it holds for the groups too."""
INCLUDES_LIMIT: Final = "medical_warn_includes_limit"
_FACTS_OF_GROUPS = tuple(dict.fromkeys(fact for facts in GROUPS.values() for fact in facts))
_DAYS_OF_GROUPS = ("formerly_poor_day", "listed_on_register_day", "allowance_day")
_NOT_LISTING_ZH, _NOT_LISTING_EN = "预警不等于纳入监测", "a warning is not a listing"


def _thresholds(base: str) -> tuple[str, ...]:
    """Standards that a base of medical warnings compares with."""
    amounts = [f"medical_warn_{base}_{group}" for group in (*GROUPS, EVERYBODY)]
    return (*amounts, INCLUDES_LIMIT)


def _is_over(cost: nw.Expr, limit: str) -> nw.Expr:
    """Whether a cost is above a limit, or on it where the place's text says so."""
    amount = parameter(limit)
    return any_of(cost > amount, all_of(cost == amount, parameter(INCLUDES_LIMIT) == 1))


def _as_recorded(statement: nw.Expr, has_records: str) -> nw.Expr:
    """A statement that more records can only make true: no only where they are complete."""
    return any_of(statement, nw.when(nw.col(has_records)).then(statement))


def _is_warned(cost: nw.Expr, base: str, fact: Callable[[str], nw.Expr]) -> nw.Expr:
    """Whether a cost is over the threshold of everybody, or of a group one belongs to."""
    over = [_is_over(cost, f"medical_warn_{base}_{EVERYBODY}")]
    for group, facts in GROUPS.items():
        belongs = any_of(*[fact(name) for name in facts])
        over.append(all_of(belongs, _is_over(cost, f"medical_warn_{base}_{group}")))
    return any_of(*over)


def _of_person(
    cost: str, base: str, has_records: str
) -> tuple[Callable[[Readings], nw.Expr], Callable[[Readings], nw.Expr]]:
    """To whom a warning on persons applies, and its condition."""
    warned = _is_warned(nw.col(cost), base, of_household)
    return (
        lambda readings: _as_recorded(nw.col(cost) > 0, has_records),
        lambda readings: _as_recorded(warned, has_records),
    )


_STAY, _PERSON_YEAR = (
    _of_person("stay_own_fen", "stay", "has_bills_of_year"),
    _of_person("own_cost_year_fen", "person_year", "has_bills_of_year"),
)
_HOUSEHOLD_COST = nw.col("household_own_cost_year_fen")
_OUTPATIENT_COST = nw.col("outpatient_month_own_fen")
_HOUSEHOLD_BILLS, _MONTHS_BILLS = "household_has_bills_of_year", "has_bills_of_months"

SPENDING_RULES: tuple[StandardRule, ...] = (
    StandardRule(
        name="medical_warning_stay",
        title_zh="单次住院自付达到预警线",
        title_en="own cost of one stay in hospital over the warning threshold",
        tests_zh="当年1月1日以来单次住院经三重保障后的个人负担，超过所属人群的预警线；当地规定达到即预警的，"
        "等于也算。属几类人群的，超过任一类的即预警；一般农户的线对各类人群同样适用。低收入人口按低保、特困和"
        f"监测对象认定。没有住院自付的不符合。{_NOT_LISTING_ZH}",
        tests_en="own cost of a single stay since 1 January, after the three layers, is above "
        "the threshold of the person's group; on it too, where the place's text says so. Who "
        "belongs to several groups is warned of by any of their thresholds, and by that of "
        "everybody else. Low income is told by the living allowance, destitute support or listing. "
        f"Without own cost of a stay it is not met; {_NOT_LISTING_EN}",
        theme="spending",
        level="person",
        owner_zh=_MEDICAL.owner_zh,
        owner_en=_MEDICAL.owner_en,
        source="policy notes 4.1, 17; founding text 四（十一）",
        mark="E",
        causes=(Cause.ILLNESS,),
        parameters=_thresholds("stay"),
        household_columns=(*_FACTS_OF_GROUPS, *_DAYS_OF_GROUPS),
        applies=_STAY[0],
        condition=_STAY[1],
        shows=(*STAY, *OF_GROUPS["person"]),
    ),
    StandardRule(
        name="medical_warning_person_year",
        title_zh="个人年度累计自付达到预警线",
        title_en="a person's own medical cost of the year to date over the warning threshold",
        tests_zh="成员当年1月1日至判断日全部结算经三重保障后的个人负担，超过所属人群的预警线；人群和等于预警线"
        f"的规定同单次住院。没有自付的不符合。{_NOT_LISTING_ZH}",
        tests_en="own cost of all of a member's bills from 1 January up to the day, after the "
        "three layers, is above the threshold of the person's group; groups, and a cost on the "
        f"threshold, as for a single stay. Without own cost it is not met; {_NOT_LISTING_EN}",
        theme="spending",
        level="person",
        owner_zh=_MEDICAL.owner_zh,
        owner_en=_MEDICAL.owner_en,
        source="policy notes 4.1, 9, 17; founding text 四（十一）",
        mark="A",
        causes=(Cause.ILLNESS,),
        parameters=_thresholds("person_year"),
        household_columns=(*_FACTS_OF_GROUPS, *_DAYS_OF_GROUPS),
        applies=_PERSON_YEAR[0],
        condition=_PERSON_YEAR[1],
        shows=(*PERSON_YEAR, *OF_GROUPS["person"]),
    ),
    StandardRule(
        name="medical_warning_household_year",
        title_zh="全户年度累计自付达到预警线",
        title_en="the household's own medical cost of the year to date over the warning threshold",
        tests_zh="全户成员（含当年已故成员）当年1月1日至判断日经三重保障后的个人负担之和，超过所属人群的全户"
        f"预警线；人群和等于预警线的规定同单次住院。没有自付的不符合。{_NOT_LISTING_ZH}",
        tests_en="own cost of all members, those who died this year included, from 1 January up to "
        "the day, after the three layers, is above the household's threshold of its group; groups, "
        "and a cost on the threshold, as for a single stay. Without own cost it is not met; "
        f"{_NOT_LISTING_EN}",
        theme="spending",
        owner_zh=_MEDICAL.owner_zh,
        owner_en=_MEDICAL.owner_en,
        source="policy notes 4.1, 17; founding text 四（十一）",
        mark="E",
        causes=(Cause.ILLNESS,),
        parameters=_thresholds("household_year"),
        applies=lambda readings: _as_recorded(_HOUSEHOLD_COST > 0, _HOUSEHOLD_BILLS),
        condition=lambda readings: _as_recorded(
            _is_warned(_HOUSEHOLD_COST, "household_year", nw.col), _HOUSEHOLD_BILLS
        ),
        shows=(*HOUSEHOLD_YEAR, *OF_GROUPS["household"]),
    ),
    StandardRule(
        name="medical_warning_outpatient_month",
        title_zh="门诊月自付达到预警线",
        title_en="a month's own cost as an outpatient over the warning threshold",
        tests_zh="成员判断日当月或上月（取较高者）门诊统筹和门诊慢特病的个人负担之和，超过预警线；当地规定达到"
        f"即预警的，等于也算。没有门诊自付的不符合。{_NOT_LISTING_ZH}",
        tests_en="own cost of pooled, chronic and special outpatient bills of the month of the day "
        "or of the month before, whichever is dearer, is above the threshold; on it too, where the "
        f"place's text says so. Without such cost it is not met; {_NOT_LISTING_EN}",
        theme="spending",
        level="person",
        owner_zh=_MEDICAL.owner_zh,
        owner_en=_MEDICAL.owner_en,
        source="policy notes 4.1",
        mark="D",
        causes=(Cause.ILLNESS,),
        parameters=("outpatient_month_warn", INCLUDES_LIMIT),
        applies=lambda readings: _as_recorded(_OUTPATIENT_COST > 0, _MONTHS_BILLS),
        condition=lambda readings: _as_recorded(
            _is_over(_OUTPATIENT_COST, "outpatient_month_warn"), _MONTHS_BILLS
        ),
        shows=OUTPATIENT_MONTH,
    ),
    StandardRule(
        name="school_cost_warning",
        title_zh="高中阶段就学费用超过预警线",
        title_en="cost of upper secondary school over the warning threshold",
        tests_zh="成员在普通高中或中职就读，本学年费用扣除资助后超过预警线，等于不算；公办民办没有登记，不作区分。"
        f"{_NOT_LISTING_ZH}",
        tests_en="a member attends a general or vocational senior secondary school, and the cost "
        "of this school year less aid is strictly above the threshold; public and private schools "
        f"are not told apart on record; {_NOT_LISTING_EN}",
        theme="spending",
        level="person",
        owner_zh=_SCHOOL.owner_zh,
        owner_en=_SCHOOL.owner_en,
        source="policy notes 1, 4.2, 9",
        mark="C",
        causes=(Cause.SCHOOLING,),
        parameters=("school_cost_warn",),
        applies=lambda readings: nw.col("is_in_upper_secondary"),
        condition=lambda readings: all_of(
            nw.col("school_cost_fen") > parameter("school_cost_warn"),
            nw.col("school_net_cost_fen") > parameter("school_cost_warn"),
        ),
        shows=SCHOOL,
    ),
    *BURDEN_RULES,
)
"""The rules on spending, in the order in which they are shown."""
