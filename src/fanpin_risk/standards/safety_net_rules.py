"""Rules on members whom the safety net should cover: unable, or partly unable and without income.

Founding text 四（十三）. Whether the allowance's own test of income is passed, the civil affairs
office finds; the rule says that somebody who is meant is covered by neither allowance.
"""

from __future__ import annotations

from typing import Final

import narwhals as nw

from fanpin_risk.causes import CAUSE_WORDS, Cause
from fanpin_risk.household.entitlements import LOST, NO_LABOUR, WEAK
from fanpin_risk.standards.happened import where_public
from fanpin_risk.standards.logic import all_of, any_of, is_code
from fanpin_risk.standards.person_shows import LABOUR, ON_ALLOWANCE, SCOPE, STABLE
from fanpin_risk.standards.readings import Readings
from fanpin_risk.standards.rule import StandardRule, of_household, parameter

UNABLE_FLAG: Final = "safety_net_no_labour"
PARTLY_FLAG: Final = "safety_net_partly_unable"
STABLE_MONTHS: Final = "stable_work_months"
DIBAO: Final = "rural_dibao_year"
NEVER_POOR: Final = "never_poor_without_labour"
_SCOPE_COLUMNS: Final = ("is_formerly_poor", "is_listed", "is_listed_on_register")
_INCOME_COLUMNS: Final = ("business_12m_fen", "heads")
_CIVIL = CAUSE_WORDS[Cause.LACK_OF_LABOUR]
_SOURCE: Final = "founding text 四（十三）; policy notes 12, 14, 19"


def on_no_allowance() -> nw.Expr:
    """Whether a member is on neither the living allowance nor destitute support."""
    return all_of(~nw.col("is_on_dibao"), ~nw.col("is_on_tekun"))


def is_listed() -> nw.Expr:
    """Whether the household is listed, by the ledger or by the register."""
    return any_of(of_household("is_listed"), of_household("is_listed_on_register"))


def place_has(name: str) -> nw.Expr:
    """Whether a place has a rule, where the standard is a flag."""
    return parameter(name) == 1


def _is_meant() -> nw.Expr:
    """Whether the household was registered poor or is listed."""
    return any_of(of_household("is_formerly_poor"), is_listed())


def _unable() -> nw.Expr:
    """Fully unable to work, and covered by neither allowance."""
    unable = is_code("labour_class", LOST, NO_LABOUR)
    return all_of(place_has(UNABLE_FLAG), unable, on_no_allowance())


def _has_stable_income() -> nw.Expr:
    """Months of work that make wages stable, or net business income that reaches the allowance."""
    works = nw.col("work_months_12m") >= parameter(STABLE_MONTHS)
    allowance = parameter(DIBAO) * of_household("heads")
    return any_of(works, of_household("business_12m_fen") >= allowance)


def _partly(readings: Readings) -> nw.Expr:
    """Partly unable, without stable income, and covered by neither allowance."""
    partly = all_of(
        place_has(PARTLY_FLAG),
        nw.col("labour_class") == WEAK,
        on_no_allowance(),
        ~_has_stable_income(),
    )
    return where_public(partly, readings, STABLE_MONTHS)


def _of_those_meant(condition: nw.Expr, readings: Readings) -> nw.Expr:
    """A condition, of households that the text means."""
    if readings.never_poor_without_labour == "met":
        return condition
    return all_of(_is_meant(), condition)


def _look(readings: Readings) -> nw.Expr:
    """Either of the two, of a household that was never poor and is not listed."""
    if readings.never_poor_without_labour == "met":
        return nw.lit(False)
    return all_of(~_is_meant(), any_of(_unable(), _partly(readings)))


SAFETY_NET_RULES: tuple[StandardRule, ...] = (
    StandardRule(
        name="no_labour_not_covered",
        title_zh="完全丧失劳动能力而未纳入低保或特困",
        title_en="fully unable to work and on neither allowance",
        tests_zh="脱贫户或监测对象的成员丧失劳动力，或已成年离校而无劳动力，且未享受低保、特困供养；当地有兜底规定；"
        "收入是否符合低保条件由民政部门核定。从未建档立卡且未监测的户依读法",
        tests_en="a member of a formerly poor or listed household lost the capacity to work, or is "
        "grown up, has left school and has none, and is on neither allowance, where the place has "
        "the rule; the civil affairs office tests the income. Households never poor nor listed by "
        "the reading",
        theme="person",
        level="person",
        owner_zh=_CIVIL.owner_zh,
        owner_en=_CIVIL.owner_en,
        source=_SOURCE,
        mark="A",
        causes=(Cause.LACK_OF_LABOUR,),
        parameters=(UNABLE_FLAG,),
        readings=(NEVER_POOR,),
        household_columns=_SCOPE_COLUMNS,
        condition=lambda readings: _of_those_meant(_unable(), readings),
        shows=(LABOUR, *ON_ALLOWANCE, *SCOPE),
    ),
    StandardRule(
        name="partly_unable_not_covered",
        title_zh="部分丧失劳动能力且无稳定收入而未纳入低保或特困",
        title_en="partly unable to work, without stable income, and on neither allowance",
        tests_zh="脱贫户或监测对象的成员为弱或半劳动力，核算期内务工月数不足稳定务工月数，且家庭经营净收入低于"
        "农村低保标准乘人口（等于即算有稳定收入），未享受低保、特困供养；当地有兜底规定。"
        "从未建档立卡且未监测的户依读法",
        tests_en="a member of a formerly poor or listed household has weak or half labour, worked "
        "fewer months of the window than make wages stable, the household's net business income is "
        "strictly below the rural living allowance times its members, and the member is on neither "
        "allowance, where the place has the rule. Households never poor nor listed by the reading",
        theme="person",
        level="person",
        owner_zh=_CIVIL.owner_zh,
        owner_en=_CIVIL.owner_en,
        source=_SOURCE,
        mark="A",
        causes=(Cause.LACK_OF_LABOUR,),
        parameters=(PARTLY_FLAG, STABLE_MONTHS, DIBAO),
        readings=(NEVER_POOR, "no_public_figure"),
        household_columns=(*_SCOPE_COLUMNS, *_INCOME_COLUMNS),
        condition=lambda readings: _of_those_meant(_partly(readings), readings),
        shows=(LABOUR, *STABLE, *ON_ALLOWANCE, *SCOPE),
    ),
    StandardRule(
        name="never_poor_no_labour_look",
        title_zh="从未建档立卡户无劳动能力而未兜底：提示走访",
        title_en="never registered poor, unable to work, on neither allowance: look all the same",
        tests_zh="既非脱贫户也非监测对象，而成员符合上两项之一的其余条件；四（十三）不直接适用，提示走访。"
        "读法为同样适用时，不另提示",
        tests_en="a member meets what either of the two rules asks beside, of a household that was "
        "never registered poor and is not listed: section 4 (13) does not speak of it, and "
        "somebody looks all the same. Nothing where the reading applies the section to everybody",
        theme="person",
        level="person",
        owner_zh=_CIVIL.owner_zh,
        owner_en=_CIVIL.owner_en,
        source=_SOURCE,
        mark="A",
        causes=(Cause.LACK_OF_LABOUR,),
        parameters=(UNABLE_FLAG, PARTLY_FLAG, STABLE_MONTHS, DIBAO),
        readings=(NEVER_POOR, "no_public_figure"),
        household_columns=(*_SCOPE_COLUMNS, *_INCOME_COLUMNS),
        condition=_look,
        shows=(LABOUR, *STABLE, *ON_ALLOWANCE, *SCOPE),
    ),
)
"""Rules on the safety net, in the order in which they are shown."""
