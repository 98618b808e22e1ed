"""Shocks, and the ways a household gets through them."""

from __future__ import annotations

import narwhals as nw

from fanpin_risk.causes import Cause
from fanpin_risk.indicators.income import flag, kinds
from fanpin_risk.indicators.indicator import Aggregate, Direction, Indicator

A = Aggregate
_OFFICE = ("乡村振兴部门", "rural revitalisation office")


def _coping(
    name: str,
    title_zh: str,
    title_en: str,
    direction: Direction = 1,
    aggregates: tuple[Aggregate, ...] = (A.LATEST, A.EVER),
) -> Indicator:
    """Return an indicator of one way of coping."""
    return flag(
        name,
        title_zh,
        title_en,
        table="shock_and_coping",
        cause=Cause.OTHER,
        owner=_OFFICE,
        purpose="income does not carry current needs",
        direction=direction,
        aggregates=aggregates,
        is_actionable=True,
    )


COPING = (
    _coping("spent_savings", "动用积蓄", "spent savings", 0),
    _coping("borrowed_from_family", "向亲友借款", "borrowed from relatives or friends"),
    _coping("borrowed_from_lender", "向银行或放贷人借款", "borrowed from a bank or lender", 0),
    _coping("bought_on_instalments", "分期或赊购", "bought on instalments or credit", 0),
    _coping("sold_belongings", "变卖家产", "had to sell belongings"),
    flag(
        "has_severance_pay",
        "近期离职补偿",
        "received severance pay",
        table="shock_and_coping",
        cause=Cause.UNSTABLE_WORK,
        owner=("人社部门", "human resources office"),
        purpose="a job was lost",
        direction=1,
        aggregates=(A.EVER,),
        is_actionable=True,
    ),
    flag(
        "children_earn_or_beg",
        "儿童务工或乞讨",
        "children work or ask for money",
        table="shock_and_coping",
        expression=nw.any_horizontal("children_worked", "children_begged", ignore_nulls=False),
        cause=Cause.OTHER,
        owner=("民政部门", "civil affairs office"),
        purpose="children at risk",
        direction=1,
        aggregates=(A.EVER,),
        is_sensitive=True,
    ),
    Indicator(
        name="coping_kinds",
        title_zh="应对方式种类数",
        title_en="ways of coping in use",
        unit="kinds",
        table="shock_and_coping",
        expression=kinds(
            "spent_savings", "borrowed_from_family", "borrowed_from_lender", "sold_belongings"
        ),
        aggregates=(A.LATEST, A.CHANGE, A.MAXIMUM),
        cause=Cause.OTHER,
        owner_zh=_OFFICE[0],
        owner_en=_OFFICE[1],
        purpose="income does not carry current needs",
        direction=1,
        is_actionable=True,
    ),
)
