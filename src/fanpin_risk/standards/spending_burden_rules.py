"""Rules on rigid spending against income: its share, and what it leaves to live on.

Spending and income are each known between two bounds; an answer is given where they decide it,
whatever is not on record. Income is that of the account, and where the account settles nothing and
is not whole, that of the register (reading ``income_source``).
"""

from __future__ import annotations

from collections.abc import Callable

import narwhals as nw

from fanpin_risk.causes import CAUSE_WORDS, Cause
from fanpin_risk.standards.income_bounds import (
    Bounds,
    Line,
    account_bounds,
    is_below,
    register_bounds,
    said,
    settled,
    without_away,
)
from fanpin_risk.standards.income_rules import OF_BOTH
from fanpin_risk.standards.income_shows import HEADS
from fanpin_risk.standards.logic import all_of, any_of
from fanpin_risk.standards.readings import Readings
from fanpin_risk.standards.rule import StandardRule, parameter
from fanpin_risk.standards.spending_shows import ALLOWANCE, BURDEN, INCOME, OWN_COST
from fanpin_risk.units import RATIO_SCALE

_CIVIL = CAUSE_WORDS[Cause.LACK_OF_LABOUR]
_RURAL = CAUSE_WORDS[Cause.OTHER]


def _told(
    readings: Readings, statement: Callable[[Bounds, nw.Expr], tuple[nw.Expr, nw.Expr]]
) -> nw.Expr:
    """What is surely so, or surely not, of income as the readings take it; see `settled`.

    ``statement`` says of income and the members it is for whether it is surely so, and surely not.
    """
    by_register = settled(*statement(register_bounds(), nw.col("heads")))
    if readings.income_source == "register":
        return by_register
    income, heads = account_bounds("12m", readings), nw.col("heads")
    if readings.own_budget_member == "left_out":
        income, heads = without_away(income, "12m"), nw.col("heads_without_away")
    yes, no = statement(income, heads)
    by_account = settled(yes, no)
    if readings.income_source == "account":
        return by_account
    is_silent = ~yes & ~no & ~income.is_exact
    return nw.when(is_silent).then(by_register).when(~is_silent).then(by_account)


def _is_below(per_head: nw.Expr, readings: Readings, *, scale: int = 1) -> nw.Expr:
    """Whether income per head is below an amount, in fen divided by the scale."""
    return _told(
        readings,
        lambda income, heads: is_below(
            income, Line(per_head=per_head, heads=heads, scale=scale), readings
        ),
    )


def _is_burdened(readings: Readings) -> nw.Expr:
    """Whether rigid spending is more than the place's ratio of income.

    Where there is no income, or less, any spending is; without spending nothing is.
    """
    ratio, known, most = (
        parameter("rigid_burden_ratio"),
        nw.col("rigid_known_fen"),
        nw.col("rigid_upper_fen"),
    )

    def statement(income: Bounds, heads: nw.Expr) -> tuple[nw.Expr, nw.Expr]:
        more = said(income.has_upper, known * RATIO_SCALE > income.upper * ratio)
        not_more = said(income.has_lower, most * RATIO_SCALE <= income.lower * ratio)
        is_bounded = nw.col("is_rigid_upper_known")
        return all_of(known > 0, more), said(is_bounded, any_of(most <= 0, not_more))

    is_window = nw.col("rigid_window_months") == parameter("rigid_burden_window")
    return nw.when(is_window).then(_told(readings, statement))


def _is_poor_by_spending(readings: Readings) -> nw.Expr:
    """Burdened, below the local income, and neither on an allowance nor on its edge."""
    edge = parameter("rural_dibao_year") * parameter("dibao_edge_multiple")
    return all_of(
        ~nw.col("is_on_allowance"),
        ~_is_below(edge, readings, scale=RATIO_SCALE),
        _is_below(parameter("local_disposable_income_last_year"), readings),
        _is_burdened(readings),
    )


def _is_in_serious_difficulty(readings: Readings) -> nw.Expr:
    """Whether compliant own cost leaves income per head below the line of serious difficulty."""
    known, most = nw.col("compliant_own_12m_known_fen"), nw.col("compliant_own_12m_upper_fen")
    is_bounded = nw.col("is_compliant_own_12m_upper_known")
    line = parameter("serious_difficulty_line")

    def statement(income: Bounds, heads: nw.Expr) -> tuple[nw.Expr, nw.Expr]:
        left = Bounds(
            lower=income.lower - most,
            upper=income.upper - known,
            has_lower=income.has_lower & is_bounded,
            has_upper=income.has_upper,
        )
        return is_below(left, Line(per_head=line, heads=heads), readings)

    spends = settled(known > 0, said(is_bounded, most <= 0))
    answer = all_of(spends, _told(readings, statement))
    if readings.no_public_figure == "not_met":
        return nw.when(~line.is_null()).then(answer).otherwise(nw.lit(False))
    return answer


BURDEN_RULES: tuple[StandardRule, ...] = (
    StandardRule(
        name="rigid_burden_high",
        title_zh="刚性支出占家庭收入比例过高",
        title_en="rigid spending a high share of the household's income",
        tests_zh="判断日止规定月数（12个月）的合规自付医疗及其他合规刚性支出，超过家庭纯收入的当地规定比例，等于"
        "不算；收入不为正而有支出的符合，没有支出的不符合",
        tests_en="compliant own medical cost and other compliant rigid spending of the set months "
        "up to the day, twelve, are strictly more than the place's ratio of the household's net "
        "income; met where there is spending and no income, not met without spending",
        theme="spending",
        owner_zh=_CIVIL.owner_zh,
        owner_en=_CIVIL.owner_en,
        source="policy notes 4.2, 16, 19",
        mark="B",
        parameters=("rigid_burden_ratio", "rigid_burden_window"),
        readings=OF_BOTH,
        condition=_is_burdened,
        shows=(*BURDEN, *INCOME, HEADS),
    ),
    StandardRule(
        name="expenditure_poverty",
        title_zh="符合刚性支出困难家庭条件",
        title_en="conditions of a household in difficulty through rigid spending",
        tests_zh="未享受低保、特困，收入不低于低保边缘标准，人均收入低于上年当地居民人均可支配收入，且刚性支出占"
        "家庭收入比例过高（同上）；认定由民政部门作出，有效期不超过规定月数",
        tests_en="on no allowance and not below its edge, income per head strictly below the last "
        "year's local disposable income, and rigid spending a high share of income, as above; the "
        "civil affairs office decides, for a set time",
        theme="spending",
        owner_zh=_CIVIL.owner_zh,
        owner_en=_CIVIL.owner_en,
        source="policy notes 4.2, 10, 16",
        mark="B",
        parameters=(
            *("rural_dibao_year", "dibao_edge_multiple", "local_disposable_income_last_year"),
            *("rigid_burden_ratio", "rigid_burden_window"),
        ),
        readings=OF_BOTH,
        condition=_is_poor_by_spending,
        shows=(*BURDEN, *INCOME, HEADS, ALLOWANCE),
    ),
    StandardRule(
        name="serious_expenditure",
        title_zh="刚性支出致基本生活严重困难",
        title_en="basic living in serious difficulty through rigid spending",
        tests_zh="有合规刚性支出，家庭纯收入扣除近12个月合规自付刚性支出后，低于基本生活严重困难线乘人口，等于不算；"
        "收入高于监测线的同样适用",
        tests_en="there is compliant rigid spending, and net income of the household less its "
        "compliant own cost of the twelve months up to the day is strictly below the line of "
        "serious difficulty times its members, whether or not income is above the monitoring line",
        theme="spending",
        owner_zh=_RURAL.owner_zh,
        owner_en=_RURAL.owner_en,
        source="policy notes 1, 4, 19; founding text 二（二）2.1",
        mark="A",
        parameters=("serious_difficulty_line",),
        readings=(*OF_BOTH, "no_public_figure"),
        condition=_is_in_serious_difficulty,
        shows=(*OWN_COST, *INCOME, HEADS),
    ),
)
"""The rules on rigid spending against income, in the order in which they are shown."""
