"""Rigid spending other than medical, and debts."""

from __future__ import annotations

import narwhals as nw

from fanpin_risk.causes import Cause
from fanpin_risk.indicators.county.entry import A, entry, is_one_of
from fanpin_risk.indicators.indicator import Aggregate, Direction, Indicator


def _spent(
    name: str,
    title_zh: str,
    title_en: str,
    expression: nw.Expr | str,
    aggregates: tuple[Aggregate, ...],
    *,
    unit: str = "times_of_line",
    cause: Cause = Cause.OTHER,
) -> Indicator:
    """Return an indicator over other rigid spending, by the day it was paid; no record is none."""
    return entry(
        name,
        title_zh,
        title_en,
        unit,
        table="rigid_spending",
        expression=expression,
        aggregates=aggregates,
        windows=(12,),
        cause=cause,
        office="rural",
        purpose="what is left to live on after rigid spending",
        direction=1,
        if_no_records=0,
        is_actionable=True,
    )


def _on(*items: str) -> nw.Expr:
    """Return the amount spent on some items, 0 on others."""
    return nw.when(is_one_of("item", *items)).then(nw.col("amount_fen")).otherwise(nw.lit(0))


SPENDING = (
    _spent(
        "rigid_spending_to_line",
        "人均刚性支出（医疗除外）",
        "rigid spending per head other than medical",
        "amount_fen",
        (A.SUM, A.CHANGE),
    ),
    _spent(
        "compliant_spending_to_line",
        "人均合规刚性支出（医疗除外）",
        "compliant rigid spending per head other than medical",
        nw.when(nw.col("is_compliant"))
        .then(nw.col("amount_fen"))
        .when(~nw.col("is_compliant"))
        .then(nw.lit(0)),
        (A.SUM,),
    ),
    _spent(
        "school_spending_to_line",
        "人均教育刚性支出",
        "rigid spending per head on schooling",
        _on("schooling"),
        (A.SUM,),
        cause=Cause.SCHOOLING,
    ),
    _spent(
        "care_spending_to_line",
        "人均残疾康复与照护支出",
        "spending per head on disability and care",
        _on("disability", "care"),
        (A.SUM,),
        cause=Cause.DISABILITY,
    ),
    _spent(
        "emergency_spending_to_line",
        "人均因灾因意外支出",
        "spending per head after disasters and accidents",
        _on("disaster", "accident"),
        (A.SUM,),
        cause=Cause.ACCIDENT,
    ),
)


def _loan(
    name: str,
    title_zh: str,
    title_en: str,
    expression: nw.Expr | str,
    direction: Direction,
    unit: str = "times_of_line",
) -> Indicator:
    """Return an indicator of debts as they last stood; no loan on record is none."""
    return entry(
        name,
        title_zh,
        title_en,
        unit,
        table="loan_view",
        expression=expression,
        cause=Cause.FAILED_BUSINESS,
        office="finance",
        purpose="debt, and what is overdue",
        direction=direction,
        if_no_records=0,
        is_actionable=True,
    )


LOANS = (
    _loan("debt_to_line", "人均贷款余额", "debt per head", "balance_fen", 0),
    _loan("overdue_to_line", "人均逾期贷款", "overdue debt per head", "overdue_fen", 1),
    _loan("has_overdue", "有逾期贷款", "a loan is overdue", nw.col("overdue_fen") > 0, 1, "yes_no"),
    _loan("open_loans", "未结清贷款", "open loans", "loans", 0, "loans"),
    _loan(
        "debt_due_to_line",
        "6个月内到期的人均贷款",
        "debt per head due within 6 months",
        "due_6m_fen",
        1,
    ),
)
