"""Rules on the exit of a listed household: what has to hold, one rule each, and all together.

A rule that is not met says what still holds the household on the list. Nothing here ends a listing:
it is proposed, noticed in the village and decided by the county, like an entry.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import narwhals as nw

from fanpin_risk.standards.exit_conditions import (
    NO_LABOUR,
    QUIET,
    guarantees_ok,
    has_labour,
    income_ok,
    is_listed,
    no_new_risk,
    ready,
    risk_gone,
    spending_ok,
    time_and_help_ok,
)
from fanpin_risk.standards.income_rules import OF_BOTH
from fanpin_risk.standards.readings import Readings
from fanpin_risk.standards.rule import Shown, StandardRule
from fanpin_risk.standards.values import Mark

_OWNER: Final = ("乡村振兴部门", "rural revitalisation office")
_ANHUI: Final = "https://www.yjq.gov.cn/openness/grassroots/6603431/39287644.html"
_ZONGYANG: Final = "https://zongyang.gov.cn/openness/OpennessContent/show/913795.html"


def _day(column: str, title_zh: str, title_en: str) -> Shown:
    """A day."""
    return Shown(column=column, title_zh=title_zh, title_en=title_en, unit="day")


_LISTED: Final = (
    _day("listed_day", "纳入日期", "listed on"),
    Shown(column="listed_type", title_zh="纳入类型", title_en="listed as", unit="code"),
)
_STRUCK: Final = (
    _day("disaster_day", "最近自然灾害", "latest disaster"),
    _day("accident_day", "最近意外事故", "latest accident"),
    _day("job_loss_day", "最近失业登记", "latest job loss reported"),
    _day("main_worker_lost_day", "主要劳动力丧失", "main worker lost"),
)
_INCOME: Final = (
    Shown(
        column="income_12m_lower_fen",
        title_zh="近12个月家庭纯收入至少",
        title_en="net income of 12 months, at least",
        unit="yuan",
        day="income_12m_day",
    ),
    Shown(
        column="register_income_per_head_fen",
        title_zh="登记人均年纯收入",
        title_en="net income per head on the register",
        unit="yuan",
        day="register_income_day",
    ),
    Shown(column="heads", title_zh="人口", title_en="members", unit="count"),
    _day(
        "register_income_above_since_day",
        "登记收入持续高于监测线始于",
        "register income above the line since",
    ),
)
_TIME: Final = (
    *_LISTED,
    Shown(column="listed_months", title_zh="纳入满", title_en="listed for", unit="months"),
    Shown(
        column="has_aimed_measure",
        title_zh="已落实针对性措施",
        title_en="a measure aimed at a named risk",
        unit="flag",
        day="first_aimed_day",
    ),
)
_SPENDING: Final = Shown(
    column="spending_problems", title_zh="仍存在", title_en="still there", unit="code"
)
_GUARANTEES: Final = Shown(
    column="guarantee_gaps", title_zh="仍存在", title_en="still there", unit="code"
)


def _rule(
    name: str,
    titles: tuple[str, str],
    tests: tuple[str, str],
    condition: Callable[[Readings], nw.Expr],
    shows: tuple[Shown, ...],
    *,
    source: str,
    mark: Mark = "A",
    parameters: tuple[str, ...] = (),
    readings: tuple[str, ...] = (),
) -> StandardRule:
    """One rule on the exit of listed households."""
    return StandardRule(
        name=name,
        title_zh=titles[0],
        title_en=titles[1],
        tests_zh=tests[0],
        tests_en=tests[1],
        theme="exit",
        owner_zh=_OWNER[0],
        owner_en=_OWNER[1],
        source=source,
        mark=mark,
        applies=is_listed,
        condition=condition,
        shows=shows,
        parameters=parameters,
        readings=readings,
    )


_OF_INCOME: Final = ("monitoring_line", "exit_income_stable_min")
_OF_TIME: Final = ("exit_listed_min", "exit_measure_required")
_OF_LABOUR: Final = ("exit_hold_no_labour",)
_READ_INCOME: Final = ("exit_line", *OF_BOTH)
_READ_RISK: Final = ("exit_lasting_risk",)
_READ_TIME: Final = ("exit_without_measure",)

EXIT_RULES: tuple[StandardRule, ...] = (
    _rule(
        "exit_income_ok",
        ("收入稳定高于监测线", "income stably above the line"),
        (
            "纳入户当前家庭纯收入高于当日监测线乘人口（等于不算），且登记的各次人均纯收入持续高于当日监测线"
            "已满规定月数",
            "income of a listed household is above the line in force on the day times its members, "
            "on it is not, and the incomes on the register have been above it without a break for "
            "so many months",
        ),
        income_ok,
        _INCOME,
        source=f"policy notes 8, 16, 19: {_ZONGYANG}",
        parameters=_OF_INCOME,
        readings=_READ_INCOME,
    ),
    _rule(
        "exit_spending_ok",
        ("大额支出已解决", "large spending solved"),
        (
            "纳入户没有医疗、教育、刚性支出预警，扣除刚性支出后不低于监测线",
            "a listed household has no warning of medical, school or rigid spending, and is not "
            "below the line after it",
        ),
        spending_ok,
        (*_LISTED, _SPENDING),
        source=f"policy notes 8: {_ZONGYANG}",
    ),
    _rule(
        "exit_guarantees_ok",
        ("三保障和饮水无缺口", "guarantees and water without a gap"),
        (
            "纳入户义务教育、基本医疗、住房、饮水均有保障",
            "schooling, medical cover, the home and water of a listed household are guaranteed",
        ),
        guarantees_ok,
        (*_LISTED, _GUARANTEES),
        source=f"policy notes 8: {_ZONGYANG}",
    ),
    _rule(
        "exit_risk_gone",
        ("纳入时的风险已消除", "the risks named at entry are gone"),
        (
            "最近一次纳入决定所列风险均不再存在：缺口和预警已消除，变故后已满规定的平稳月数；残疾、缺劳动力、"
            "大病等长期风险已有对应帮扶；“其他”须由评议判断",
            "none of the risks that the newest decision to list names is there: gaps and warnings "
            "closed, the quiet months over since a shock, lasting ones such as disability or lack "
            "of labour met by the help expected for them; whether another cause is gone, the "
            "appraisal says",
        ),
        risk_gone,
        (*_LISTED, *_STRUCK),
        source="policy notes 8, 12: "
        "http://www.cxs.gov.cn/info/egovinfo/1016/xxgkcontent/cxs046-/2024-1230004.htm",
        parameters=QUIET,
        readings=_READ_RISK,
    ),
    _rule(
        "exit_no_new_risk",
        ("没有新增风险", "no new risk"),
        (
            "纳入决定未列的风险没有新的缺口、预警，平稳月数内也没有变故；变故恰在该月数之前一日或更早的不算",
            "no gap or warning of a risk that the decision to list does not name, and no such "
            "shock within the quiet months; the first day of the months is outside",
        ),
        no_new_risk,
        (*_LISTED, *_STRUCK),
        source="policy notes 8: "
        "http://www.cxs.gov.cn/info/egovinfo/1016/xxgkcontent/cxs046-/2024-1230004.htm",
        parameters=QUIET,
    ),
    _rule(
        "exit_time_and_help_ok",
        ("监测时间和帮扶措施已满足", "listed and helped long enough"),
        (
            "纳入监测已满规定月数（正好满月即可）；当地要求且不接受自然消除时，还须有针对所列风险的措施",
            "listed for so many completed months, exactly as many is enough; where the place asks "
            "for it and exits by themselves are refused, with a measure aimed at a named risk",
        ),
        time_and_help_ok,
        _TIME,
        source=f"policy notes 8, 16, 19: {_ANHUI}",
        parameters=_OF_TIME,
        readings=_READ_TIME,
    ),
    _rule(
        "exit_has_labour",
        ("不属于须持续跟踪的整户无劳动能力户", "not held for want of any labour"),
        (
            "家庭有成员能劳动，或当地不要求整户无劳动能力户持续跟踪",
            "somebody of the household can work, or the place does not hold those without labour",
        ),
        has_labour,
        (*_LISTED, *NO_LABOUR.shows),
        source="policy notes 8, 16: "
        "https://www.hainan.gov.cn/hainan/c100568/202112/b481439ec18f4be7ab3099ac00703f92.shtml",
        mark="B",
        parameters=_OF_LABOUR,
    ),
    _rule(
        "exit_ready",
        ("可提出风险消除", "an exit can be proposed"),
        (
            "以上条件全部符合；须经村级评议公示、乡镇审核、县级决定，不设比例要求",
            "all of the above hold; appraisal, notice and decision follow, and no share is to be "
            "reached",
        ),
        ready,
        (*_TIME, *_INCOME, _SPENDING, _GUARANTEES),
        source=f"policy notes 8, 16, 19: {_ANHUI}",
        parameters=(*_OF_INCOME, *QUIET, *_OF_TIME, *_OF_LABOUR),
        readings=(*_READ_INCOME, *_READ_RISK, *_READ_TIME),
    ),
)
"""Rules on exits, in the order in which they are shown; the last one is all others together."""
