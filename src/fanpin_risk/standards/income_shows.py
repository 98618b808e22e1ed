"""Values that the rules on income show beside their answers."""

from __future__ import annotations

from typing import Final

from fanpin_risk.standards.rule import Shown

_DAY, _ANNUAL_DAY, _REGISTER_DAY = "income_12m_day", "income_annual_day", "register_income_day"


def _yuan(column: str, title_zh: str, title_en: str, day: str | None) -> Shown:
    """An amount in fen, shown in yuan."""
    return Shown(column=column, title_zh=title_zh, title_en=title_en, unit="yuan", day=day)


def _bounds(window: str, title_zh: str, title_en: str, day: str) -> tuple[Shown, ...]:
    """Income of a window: exact, at least, at most, and without a loss that was set off."""
    return (
        _yuan(f"income_{window}_fen", f"{title_zh}家庭纯收入", f"net income, {title_en}", day),
        _yuan(f"income_{window}_lower_fen", f"{title_zh}纯收入至少", f"at least, {title_en}", day),
        _yuan(f"income_{window}_upper_fen", f"{title_zh}纯收入至多", f"at most, {title_en}", day),
        _yuan(
            f"income_without_loss_{window}_fen",
            f"{title_zh}不冲减经营亏损的纯收入",
            f"without the loss in business, {title_en}",
            day,
        ),
    )


INCOME: Final = _bounds("12m", "近12个月", "12 months", _DAY)
"""Income of the months of identification."""
ACCOUNT: Final = (
    *INCOME,
    _yuan("wage_12m_fen", "其中工资", "of it wages", _DAY),
    _yuan("business_12m_fen", "其中经营净收入", "of it net business", _DAY),
    _yuan("property_12m_fen", "其中财产", "of it property", _DAY),
    _yuan("transfer_12m_fen", "其中转移", "of it transfers", _DAY),
    _yuan("asset_dividend_12m_fen", "其中资产分红", "of it dividends of project assets", _DAY),
    _yuan("help_12m_fen", "其中帮扶", "of it public help", _DAY),
    _yuan(
        "income_of_gone_12m_fen",
        "其中已故或离开成员",
        "of it earned by persons who are no members now",
        _DAY,
    ),
)
"""The same part by part."""
BEFORE: Final = _bounds("before", "再前12个月", "the 12 months before", "income_before_day")
"""The account of the months before these."""
ANNUAL: Final = (
    *_bounds("annual", "采集年度", "year of collection", _ANNUAL_DAY),
    _yuan("wage_annual_fen", "其中工资", "of it wages", _ANNUAL_DAY),
    _yuan("business_annual_fen", "其中经营净收入", "of it net business", _ANNUAL_DAY),
    _yuan("property_annual_fen", "其中财产", "of it property", _ANNUAL_DAY),
    _yuan("transfer_annual_fen", "其中转移", "of it transfers", _ANNUAL_DAY),
)
"""The account of the last closed year of collection."""
REGISTER: Final = (
    _yuan(
        "register_income_per_head_fen",
        "登记人均年纯收入",
        "net income per head on the register",
        _REGISTER_DAY,
    ),
)
"""The register's figure."""
REGISTER_BEFORE: Final = (
    _yuan(
        "register_income_before_per_head_fen",
        "前一次登记人均年纯收入",
        "net income per head on the register before",
        "register_income_before_day",
    ),
)
"""The register's figure before it."""
COST: Final = (
    _yuan(
        "compliant_own_12m_known_fen",
        "近12个月合规自付刚性支出",
        "compliant own rigid spending of 12 months",
        None,
    ),
    Shown(
        column="compliant_own_12m_open",
        title_zh="合规自付不明的费用笔数",
        title_en="costs whose compliant own part is not known",
        unit="count",
    ),
)
"""Own cost taken off."""
DEDUCTION: Final = (
    _yuan("employment_cost_known_fen", "就业成本扣减", "employment cost deducted", None),
    Shown(
        column="employment_cost_open",
        title_zh="能否扣减不明的成员",
        title_en="members whose deduction is not known",
        unit="count",
    ),
    Shown(
        column="employment_cost_record",
        title_zh="扣减依据",
        title_en="record of the deduction",
        unit="code",
    ),
)
"""The deduction for those on the living allowance who work."""
HEADS: Final = Shown(column="heads", title_zh="人口", title_en="members", unit="count")
"""Members on the day of decision."""
AWAY: Final = (
    Shown(
        column="heads_without_away",
        title_zh="不计外出成员的人口",
        title_en="members without those away",
        unit="count",
    ),
    _yuan(
        "wage_of_away_12m_most_fen",
        "外出成员工资至多",
        "wages of members who are away, at most",
        _DAY,
    ),
)
"""What changes without members who are away, as they may have a budget of their own."""
