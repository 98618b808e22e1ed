"""Income: the register's figure, the yearly account, and single payments."""

from __future__ import annotations

import narwhals as nw

from fanpin_risk.causes import Cause
from fanpin_risk.indicators.county.entry import A, Office, entry, is_one_of
from fanpin_risk.indicators.indicator import Aggregate, Denominator, Direction, Indicator
from fanpin_risk.units import RATIO_SCALE


def _register(
    name: str,
    title_zh: str,
    title_en: str,
    unit: str,
    expression: nw.Expr | str,
    aggregates: tuple[Aggregate, ...],
    direction: Direction,
    *,
    table: str = "household_snapshot",
    relative_to: Denominator = "",
    cause: Cause = Cause.OTHER,
    is_actionable: bool = False,
) -> Indicator:
    """Return an indicator of the register's own figures: the newest that was written."""
    return entry(
        name,
        title_zh,
        title_en,
        unit,
        table=table,
        expression=expression,
        aggregates=aggregates,
        cause=cause,
        office="rural",
        purpose="income as the register last had it, and how old the figure is",
        relative_to=relative_to,
        direction=direction,
        is_actionable=is_actionable,
    )


REGISTER = (
    _register(
        "register_income_to_line",
        "登记人均纯收入",
        "net income per head on the register",
        "times_of_line",
        "net_income_per_head_fen",
        (A.LATEST, A.CHANGE),
        -1,
        relative_to="line_of_head",
    ),
    _register(
        "days_from_register_income",
        "人均纯收入",
        "net income on the register",
        "days",
        "net_income_per_head_fen",
        (A.AGE,),
        0,
    ),
    _register(
        "income_after_spending_to_line",
        "登记人均纯收入扣除近12个月合规刚性支出后",
        "register income per head after compliant rigid spending of 12 months",
        "times_of_line",
        "net_fen",
        (A.LATEST,),
        -1,
        table="net_view",
        is_actionable=True,
    ),
    _register(
        "register_own_cost_to_line",
        "登记人均合规自付支出",
        "compliant own cost on the register",
        "times_of_line",
        "compliant_own_cost_fen",
        (A.LATEST,),
        1,
        cause=Cause.ILLNESS,
    ),
)


def _account(
    name: str,
    title_zh: str,
    title_en: str,
    expression: nw.Expr | str,
    direction: Direction,
    *,
    unit: str = "times_of_line",
    aggregates: tuple[Aggregate, ...] = (A.LATEST,),
    cause: Cause = Cause.OTHER,
    office: Office = "rural",
    scale: int = 1,
) -> Indicator:
    """Return an indicator of the newest yearly account, by the last month it covers."""
    return entry(
        name,
        title_zh,
        title_en,
        unit,
        table="account_view",
        expression=expression,
        aggregates=aggregates,
        cause=cause,
        office=office,
        purpose="what the household lived on, item by item",
        direction=direction,
        scale=scale,
    )


def _share_of_gross(name: str) -> nw.Expr:
    """Return an item's share in all receipts, in ten-thousandths; 0 where there were none."""
    gross = nw.col("gross_fen")
    return nw.when(gross > 0).then(nw.col(name) * RATIO_SCALE // gross).otherwise(nw.lit(0))


ACCOUNT = (
    _account(
        "account_income_to_line",
        "上年度核算人均纯收入",
        "net income per head of the yearly account",
        "net_fen",
        -1,
        aggregates=(A.LATEST, A.CHANGE),
    ),
    _account(
        "days_from_account",
        "年度收入核算",
        "the yearly income account",
        "net_fen",
        0,
        unit="days",
        aggregates=(A.AGE,),
    ),
    _account(
        "account_wage_to_line",
        "上年度核算人均工资性收入",
        "wages per head of the yearly account",
        "wage_fen",
        -1,
        aggregates=(A.LATEST, A.CHANGE),
        cause=Cause.UNSTABLE_WORK,
        office="work",
    ),
    _account(
        "account_business_to_line",
        "上年度核算人均生产经营净收入",
        "net farm and business income per head of the yearly account",
        "business_fen",
        -1,
        aggregates=(A.LATEST, A.CHANGE),
        cause=Cause.FAILED_BUSINESS,
        office="farm",
    ),
    _account(
        "account_business_loss",
        "上年度生产经营亏损",
        "farm or business made a loss in the yearly account",
        "has_business_loss",
        1,
        unit="yes_no",
        cause=Cause.FAILED_BUSINESS,
        office="farm",
    ),
    _account(
        "account_family_support_to_line",
        "上年度核算人均赡养抚养收入",
        "support from relatives per head of the yearly account",
        "family_fen",
        0,
        aggregates=(A.LATEST, A.CHANGE),
    ),
    _account(
        "account_wage_share",
        "上年度工资性收入占比",
        "share of wages in the yearly account",
        _share_of_gross("wage_fen"),
        0,
        unit="share",
        cause=Cause.UNSTABLE_WORK,
        office="work",
        scale=RATIO_SCALE,
    ),
    _account(
        "account_help_share",
        "上年度帮扶收入占比",
        "share of public help in the yearly account",
        _share_of_gross("help_fen"),
        0,
        unit="share",
        scale=RATIO_SCALE,
    ),
)


def _paid(
    name: str,
    title_zh: str,
    title_en: str,
    table: str,
    aggregates: tuple[Aggregate, ...],
    *,
    expression: nw.Expr | str = "amount_fen",
    unit: str = "times_of_line",
    windows: tuple[int, ...] = (12,),
    direction: Direction = 0,
    cause: Cause = Cause.OTHER,
    office: Office = "civil",
    if_no_records: float | None = 0,
    base: nw.Expr | None = None,
) -> Indicator:
    """Return an indicator over single payments, by the day paid or the month covered."""
    return entry(
        name,
        title_zh,
        title_en,
        unit,
        table=table,
        expression=expression,
        aggregates=aggregates,
        windows=windows,
        day="placed_day",
        base=base,
        cause=cause,
        office=office,
        purpose="money that came in, and from whom",
        direction=direction,
        if_no_records=if_no_records,
    )


_allowance = is_one_of("item", "dibao", "tekun")

PAYMENTS = (
    _paid(
        "help_to_line",
        "人均帮扶救助收入",
        "public help received per head",
        "paid_help",
        (A.SUM, A.CHANGE),
    ),
    _paid(
        "received_allowance",
        "领取低保或特困供养金",
        "received minimum living allowance or destitute support",
        "paid_help",
        (A.EVER,),
        expression=_allowance,
        unit="yes_no",
        windows=(3,),
    ),
    _paid(
        "received_relief",
        "领取临时救助",
        "received temporary relief",
        "paid_help",
        (A.EVER,),
        expression=nw.col("item") == "temporary_relief",
        unit="yes_no",
    ),
    _paid(
        "pension_to_line",
        "人均养老金收入",
        "pensions received per head",
        "paid_pension",
        (A.SUM,),
        if_no_records=None,
    ),
    _paid(
        "family_support_to_line",
        "人均赡养抚养收入",
        "support from relatives received per head",
        "paid_by_family",
        (A.SUM, A.CHANGE),
        direction=-1,
        if_no_records=None,
    ),
    _paid(
        "produce_to_line",
        "人均生产经营净收入",
        "net farm and business income per head",
        "paid_for_produce",
        (A.SUM, A.CHANGE),
        expression=nw.when(nw.col("item") == "business")
        .then(nw.col("amount_fen"))
        .otherwise(-nw.col("amount_fen")),
        direction=-1,
        cause=Cause.FAILED_BUSINESS,
        office="farm",
        if_no_records=None,
    ),
    entry(
        "dividend_to_line",
        "人均资产收益分红",
        "dividends of project assets per head",
        "times_of_line",
        table="asset_dividend",
        expression="amount_fen",
        aggregates=(A.SUM,),
        windows=(12,),
        cause=Cause.FAILED_BUSINESS,
        office="farm",
        purpose="how far a household lives on dividends of project assets",
        if_no_records=0,
    ),
)
