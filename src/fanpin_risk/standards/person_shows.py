"""Values that the rules on members show, and the offices that answer for them."""

from __future__ import annotations

from typing import Final

from fanpin_risk.standards.rule import Shown


def flag(column: str, title_zh: str, title_en: str, day: str | None = None) -> Shown:
    """A yes or no."""
    return Shown(column=column, title_zh=title_zh, title_en=title_en, unit="flag", day=day)


def day(column: str, title_zh: str, title_en: str) -> Shown:
    """A day."""
    return Shown(column=column, title_zh=title_zh, title_en=title_en, unit="day")


def count(column: str, title_zh: str, title_en: str, day: str | None = None) -> Shown:
    """A number."""
    return Shown(column=column, title_zh=title_zh, title_en=title_en, unit="count", day=day)


def yuan(column: str, title_zh: str, title_en: str, day: str | None = None) -> Shown:
    """An amount in fen, shown in yuan."""
    return Shown(column=column, title_zh=title_zh, title_en=title_en, unit="yuan", day=day)


AGE: Final = Shown(column="age", title_zh="年龄", title_en="age", unit="years")
ON_ALLOWANCE: Final = (
    flag("is_on_dibao", "享受低保", "on the living allowance", "dibao_day"),
    flag("is_on_tekun", "享受特困供养", "on destitute support", "tekun_day"),
)
DISABILITY: Final = (
    flag("is_disabled", "残疾", "disabled", "disabled_day"),
    count("disability_level", "残疾等级", "level of disability", "disabled_day"),
)
ILLNESS: Final = flag("is_seriously_ill", "患大病", "seriously ill", "seriously_ill_day")
LABOUR: Final = Shown(
    column="labour_class",
    title_zh="劳动能力",
    title_en="labour capacity",
    unit="code",
    day="labour_class_day",
)
SCOPE: Final = (
    flag("h|is_formerly_poor", "脱贫户", "formerly registered poor"),
    flag("h|is_listed", "台账中的监测对象", "listed by the ledger"),
    flag("h|is_listed_on_register", "登记的监测对象", "listed on the register"),
)
STABLE: Final = (
    count("work_months_12m", "核算期内务工月数", "months of work in the window"),
    yuan("h|business_12m_fen", "近12个月家庭经营净收入", "net business income, 12 months"),
    count("h|heads", "家庭人口", "members"),
)


def premium(name: str, title_zh: str, title_en: str) -> tuple[Shown, ...]:
    """A premium and what public aid paid of it."""
    since = f"{name}_premium_day"
    return (
        flag(f"is_{name}_premium_due", f"应缴{title_zh}", f"{title_en} due", since),
        yuan(f"{name}_premium_fen", title_zh, title_en, since),
        yuan(f"{name}_premium_aid_fen", f"{title_zh}资助", f"aid for the {title_en}", since),
    )
