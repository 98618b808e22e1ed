"""Values that the rules on spending show beside their answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fanpin_risk.standards.income_shows import ACCOUNT, COST, REGISTER
from fanpin_risk.standards.rule import Level, Shown


def _yuan(column: str, title_zh: str, title_en: str, day: str | None) -> Shown:
    """An amount in fen, shown in yuan."""
    return Shown(column=column, title_zh=title_zh, title_en=title_en, unit="yuan", day=day)


def _flag(column: str, title_zh: str, title_en: str, day: str | None = None) -> Shown:
    """A yes or no."""
    return Shown(column=column, title_zh=title_zh, title_en=title_en, unit="flag", day=day)


def _groups(prefix: str) -> tuple[Shown, ...]:
    """Groups that thresholds are set for."""
    return (
        _flag(f"{prefix}is_formerly_poor", "脱贫户", "formerly poor", f"{prefix}formerly_poor_day"),
        _flag(
            f"{prefix}is_listed_on_register",
            "登记为监测对象",
            "listed on the register",
            f"{prefix}listed_on_register_day",
        ),
        _flag(
            f"{prefix}is_on_allowance", "低保或特困", "on an allowance", f"{prefix}allowance_day"
        ),
    )


OF_GROUPS: Final[Mapping[Level, tuple[Shown, ...]]] = {
    "person": _groups("h|"),
    "household": _groups(""),
}
"""Groups of the household, as a rule of each level sees them."""
ALLOWANCE: Final = next(s for s in OF_GROUPS["household"] if s.column == "is_on_allowance")
"""Whether the household is on an allowance."""
_YEAR_OF_BILLS: Final = ("年初以来结算记录齐全", "bills on record since January")
STAY: Final = (
    _yuan("stay_own_fen", "当年单次住院最高自付", "dearest stay of the year, own cost", "stay_day"),
    _flag("has_bills_of_year", *_YEAR_OF_BILLS),
)
"""The dearest stay."""
PERSON_YEAR: Final = (
    _yuan("own_cost_year_fen", "年初以来自付", "own cost since January", "own_cost_year_day"),
    _flag("has_bills_of_year", *_YEAR_OF_BILLS),
)
"""A person's year to date."""
HOUSEHOLD_YEAR: Final = (
    _yuan(
        "household_own_cost_year_fen",
        "全户年初以来自付",
        "the household's own cost since January",
        "household_own_cost_year_day",
    ),
    _flag("household_has_bills_of_year", *_YEAR_OF_BILLS),
)
"""The household's year to date."""
OUTPATIENT_MONTH: Final = (
    _yuan(
        "outpatient_month_own_fen",
        "门诊月自付",
        "own cost of a month as an outpatient",
        "outpatient_month_day",
    ),
    _flag("has_bills_of_months", "上月以来结算记录齐全", "bills on record since the month before"),
)
"""A month as an outpatient."""
SCHOOL: Final = (
    _flag(
        "is_in_upper_secondary",
        "高中阶段在读",
        "attends upper secondary school",
        "upper_secondary_day",
    ),
    _yuan("school_cost_fen", "本学年费用", "cost of the school year", "school_cost_day"),
    _yuan("school_net_cost_fen", "扣除资助后", "less aid", "school_cost_day"),
)
"""School of a member."""
BURDEN: Final = (
    _yuan(
        "rigid_known_fen",
        "已知合规刚性支出",
        "compliant rigid spending as far as known",
        "rigid_day",
    ),
    _yuan("rigid_upper_fen", "刚性支出至多", "rigid spending at most", "rigid_day"),
    Shown(
        column="rigid_window_months",
        title_zh="支出计算期",
        title_en="window of spending",
        unit="months",
    ),
)
"""Rigid spending of the set months."""
INCOME: Final = (*(s for s in ACCOUNT if s.column.startswith("income_12m")), *REGISTER)
"""Income of the months of identification, and the register's."""
OWN_COST: Final = (
    *COST,
    _yuan(
        "compliant_own_12m_upper_fen",
        "近12个月合规自付至多",
        "compliant own cost of 12 months at most",
        "compliant_own_12m_day",
    ),
)
"""Own cost taken off income."""
