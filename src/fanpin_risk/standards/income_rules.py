"""Rules on income: the line, what is left of income for it, sharp falls, and the living allowance.

Every test is of the whole household in fen against a line times its members. Income is that of the
account, within its bounds; where the account settles nothing and is not whole, that of the register
(reading ``income_source``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import narwhals as nw

from fanpin_risk.causes import CAUSE_WORDS, Cause
from fanpin_risk.standards.income_bounds import (
    Bounds,
    Line,
    account_bounds,
    has_fallen,
    is_below,
    register_bounds,
    settled,
    without_away,
)
from fanpin_risk.standards.income_shows import (
    ACCOUNT,
    ANNUAL,
    AWAY,
    BEFORE,
    COST,
    DEDUCTION,
    HEADS,
    INCOME,
    REGISTER,
    REGISTER_BEFORE,
)
from fanpin_risk.standards.readings import Readings
from fanpin_risk.standards.rule import StandardRule, parameter
from fanpin_risk.units import RATIO_SCALE

_RURAL = CAUSE_WORDS[Cause.OTHER]
_CIVIL = CAUSE_WORDS[Cause.LACK_OF_LABOUR]
OF_LINE: Final = ("per_head_rounding",)
OF_ACCOUNT: Final = (
    *("missing_part", "who_counts", "own_budget_member", "window_of_income", "business_loss"),
    *("not_income_items", "d_item_rules"),
)
"""Readings that the account depends on."""
OF_BOTH: Final = (*OF_LINE, *OF_ACCOUNT, "income_source")
OF_DEDUCTION: Final = (
    *("deduction_day", "deduction_place", "deduction_cap", "deduction_without_rule"),
)


@dataclass(frozen=True, kw_only=True)
class _Cost:
    """A cost taken off income: what of it is known, and how much else is open."""

    known: str
    open: str

    def off(self, income: Bounds) -> Bounds:
        """Income less the cost."""
        return income.less(nw.col(self.known), nw.col(self.open) == 0)


_OWN_COST = _Cost(known="compliant_own_12m_known_fen", open="compliant_own_12m_open")
_EMPLOYMENT = _Cost(known="employment_cost_known_fen", open="employment_cost_open")


def _by_register(
    per_head: nw.Expr, readings: Readings, *, cost: _Cost | None = None, scale: int = 1
) -> nw.Expr:
    """Whether the register's income is below a line per head."""
    income = register_bounds()
    line = Line(per_head=per_head, heads=nw.col("heads"), scale=scale)
    return settled(*is_below(cost.off(income) if cost else income, line, readings))


def _by_account(
    window: str,
    per_head: nw.Expr,
    readings: Readings,
    *,
    cost: _Cost | None = None,
    scale: int = 1,
    otherwise: nw.Expr | None = None,
) -> nw.Expr:
    """Whether the account's income is below a line per head; else as said, if it is not whole."""
    income, heads = account_bounds(window, readings), nw.col("heads")
    if readings.own_budget_member == "left_out":
        income, heads = without_away(income, window), nw.col("heads_without_away")
    line = Line(per_head=per_head, heads=heads, scale=scale)
    answer = settled(*is_below(cost.off(income) if cost else income, line, readings))
    if otherwise is None:
        return answer
    below, not_below = is_below(cost.off(income) if cost else income, line, readings)
    is_silent = ~below & ~not_below & ~income.is_exact
    return nw.when(is_silent).then(otherwise).when(~is_silent).then(answer)


def _below(
    per_head: nw.Expr, readings: Readings, *, cost: _Cost | None = None, scale: int = 1
) -> nw.Expr:
    """Whether income of the window of identification is below a line per head, as it is told."""
    register = _by_register(per_head, readings, cost=cost, scale=scale)
    if readings.income_source == "register":
        return register
    return _by_account(
        "12m",
        per_head,
        readings,
        cost=cost,
        scale=scale,
        otherwise=register if readings.income_source == "account_then_register" else None,
    )


def _fall(readings: Readings) -> nw.Expr:
    """Whether income has fallen by the share, as far as a share is given."""
    share = parameter("sharp_income_fall_share")
    now, before = account_bounds("12m", readings), account_bounds("before", readings)
    fallen, not_fallen = has_fallen(now, before, share)
    register = settled(
        *has_fallen(
            register_bounds(), register_bounds("register_income_before_per_head_fen"), share
        )
    )
    is_silent = ~fallen & ~not_fallen & ~(now.is_exact & before.is_exact)
    answers = {
        "account": settled(fallen, not_fallen),
        "register": register,
        "account_then_register": nw.when(is_silent)
        .then(register)
        .when(~is_silent)
        .then(settled(fallen, not_fallen)),
    }
    answer = answers[readings.income_source]
    if readings.no_public_figure == "not_met":
        return nw.when(~share.is_null()).then(answer).otherwise(nw.lit(False))
    return answer


def _line() -> nw.Expr:
    """The monitoring line in force on the day."""
    return parameter("monitoring_line")


def _edge() -> nw.Expr:
    """The line of households on the edge of the living allowance, in ten-thousandths of a fen."""
    return parameter("rural_dibao_year") * parameter("dibao_edge_multiple")


INCOME_RULES: tuple[StandardRule, ...] = (
    StandardRule(
        name="income_below_line",
        title_zh="核算人均纯收入低于监测线",
        title_en="net income per head, as reckoned, below the monitoring line",
        tests_zh="判断日前一月止12个月的家庭纯收入，低于当日有效的监测线乘人口，等于不算低于；"
        "收支账不能定论且不完整时用登记的人均纯收入",
        tests_en="net income of the household over the months of identification, up to the end of "
        "the month before, is strictly below the line in force on the day times its members; where "
        "the account settles nothing and is not whole, the income on the register",
        theme="income",
        owner_zh=_RURAL.owner_zh,
        owner_en=_RURAL.owner_en,
        source="policy notes 1, 2, 3, 19; founding text 二（二）2.3, 2.4",
        mark="A",
        condition=lambda readings: _below(_line(), readings),
        parameters=("monitoring_line",),
        readings=OF_BOTH,
        shows=(*ACCOUNT, *REGISTER, HEADS, *AWAY),
    ),
    StandardRule(
        name="register_income_below_line",
        title_zh="登记人均纯收入低于监测线",
        title_en="net income per head on the register below the monitoring line",
        tests_zh="登记的人均年纯收入低于当日有效的监测线，等于该线不算低于",
        tests_en="the newest net income per head a year on the register is strictly below the "
        "line in force on the day",
        theme="income",
        owner_zh=_RURAL.owner_zh,
        owner_en=_RURAL.owner_en,
        source="policy notes 1, 2, 13; founding text 二（二）2.3, 2.4",
        mark="A",
        makes_must_visit=True,
        condition=lambda readings: _by_register(_line(), readings),
        parameters=("monitoring_line",),
        readings=OF_LINE,
        shows=REGISTER,
    ),
    StandardRule(
        name="income_after_rigid_below_line",
        title_zh="核算人均纯收入扣除合规刚性支出后低于监测线",
        title_en="net income per head, as reckoned, below the line after compliant rigid spending",
        tests_zh="家庭纯收入（同上）扣除近12个月合规自付刚性支出后，低于当日有效的监测线乘人口，等于不算低于",
        tests_en="net income of the household, told as for the line, less its compliant own cost "
        "of the twelve months up to the day, is strictly below the line times its members",
        theme="income",
        owner_zh=_RURAL.owner_zh,
        owner_en=_RURAL.owner_en,
        source="policy notes 1, 3, 4.2, 10; founding text 二（二）2.1, 2.3",
        mark="C",
        condition=lambda readings: _below(_line(), readings, cost=_OWN_COST),
        parameters=("monitoring_line",),
        readings=OF_BOTH,
        shows=(*INCOME, *REGISTER, *COST, HEADS, *AWAY),
    ),
    StandardRule(
        name="register_income_after_rigid_below_line",
        title_zh="扣除合规刚性支出后人均纯收入低于监测线",
        title_en="income per head after compliant rigid spending below the monitoring line",
        tests_zh="登记的人均年纯收入，扣除全户近十二个月合规自付的医疗等刚性支出后，低于当日有效的监测线",
        tests_en="net income per head on the register, less the household's compliant own cost of "
        "the twelve months up to the day, is strictly below the line in force on the day",
        theme="income",
        owner_zh=_RURAL.owner_zh,
        owner_en=_RURAL.owner_en,
        source="policy notes 1, 3, 4.2, 13; founding text 二（二）2.1, 2.3",
        mark="C",
        makes_must_visit=True,
        condition=lambda readings: _by_register(_line(), readings, cost=_OWN_COST),
        parameters=("monitoring_line",),
        readings=OF_LINE,
        shows=(*REGISTER, *COST, HEADS),
    ),
    StandardRule(
        name="annual_income_below_line",
        title_zh="采集年度人均纯收入低于监测线",
        title_en="net income per head of the year of collection below the monitoring line",
        tests_zh="上一已结束采集年度（10月至次年9月）的家庭纯收入，低于判断日有效的监测线乘人口，等于不算低于",
        tests_en="net income of the household over the last closed year of collection, October to "
        "September, is strictly below the line in force on the day of decision times its members",
        theme="income",
        owner_zh=_RURAL.owner_zh,
        owner_en=_RURAL.owner_en,
        source="policy notes 3, 16, 19",
        mark="C",
        condition=lambda readings: _by_account("annual", _line(), readings),
        parameters=("monitoring_line",),
        readings=(*OF_LINE, *OF_ACCOUNT, "collection_year_closes"),
        shows=(*ANNUAL, HEADS),
    ),
    StandardRule(
        name="sharp_income_fall",
        title_zh="收入骤减",
        title_en="sharp fall of income",
        tests_zh="判断日前一月止12个月的家庭纯收入，比再前12个月减少的比例达到规定比例，等于该比例即符合；"
        "此前收入不为正的不符合；收支账不能定论且不完整时用登记的人均纯收入与前一次登记比较",
        tests_en="net income of the household over the months of identification has fallen by the "
        "share or more, against the same number of months before; where there was no income above "
        "nought before, there is no fall; where the account settles nothing and is not whole, the "
        "register's figure against the one before it",
        theme="income",
        owner_zh=_RURAL.owner_zh,
        owner_en=_RURAL.owner_en,
        source="policy notes 1, 7, 19; founding text 二（二）2.1",
        mark="A",
        condition=_fall,
        parameters=("sharp_income_fall_share",),
        readings=(*OF_ACCOUNT, "income_source", "no_public_figure"),
        shows=(*INCOME, *BEFORE, *REGISTER, *REGISTER_BEFORE),
    ),
    StandardRule(
        name="income_below_dibao",
        title_zh="扣减就业成本后人均收入低于低保标准",
        title_en="income per head after employment cost below the rural living allowance",
        tests_zh="家庭纯收入（同监测线）扣减有劳动能力并务工的低保成员就业成本后，低于农村低保标准乘人口，等于不算低于",
        tests_en="net income of the household, told as for the line, less the employment cost of "
        "members on the living allowance who can work and do, is strictly below the rural living "
        "allowance times its members",
        theme="income",
        owner_zh=_CIVIL.owner_zh,
        owner_en=_CIVIL.owner_en,
        source="policy notes 3, 10, 19; founding text 四（十）",
        mark="A",
        condition=lambda readings: _below(
            parameter("rural_dibao_year"), readings, cost=_EMPLOYMENT
        ),
        parameters=("rural_dibao_year",),
        readings=(*OF_BOTH, *OF_DEDUCTION),
        shows=(*INCOME, *REGISTER, *DEDUCTION, HEADS),
    ),
    StandardRule(
        name="income_below_dibao_edge",
        title_zh="人均收入低于低保边缘标准",
        title_en="income per head below the edge of the living allowance",
        tests_zh="家庭纯收入（同监测线）低于农村低保标准的规定倍数乘人口，等于不算低于",
        tests_en="net income of the household, told as for the line, is strictly below the "
        "multiple of the rural living allowance times its members",
        theme="income",
        owner_zh=_CIVIL.owner_zh,
        owner_en=_CIVIL.owner_en,
        source="policy notes 4.2, 16",
        mark="B",
        condition=lambda readings: _below(_edge(), readings, scale=RATIO_SCALE),
        parameters=("rural_dibao_year", "dibao_edge_multiple"),
        readings=OF_BOTH,
        shows=(*INCOME, *REGISTER, HEADS),
    ),
)
"""The rules on income, in the order in which they are shown."""
