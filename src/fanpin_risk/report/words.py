"""The words and the numbers of reports, Chinese first and English beside."""

from __future__ import annotations

import math
from typing import NamedTuple


class Words(NamedTuple):
    """One thing said in Chinese and in English."""

    zh: str
    en: str


NOT_FOR = Words("不得用于资格认定、退出或考核", "not for eligibility, exit or appraisal")
"""Stands on every page of everything that is shown."""

MADE_UP = Words(
    "模拟数据：本县系虚构，非任何真实地方，数字不得引用为事实",
    "simulated: a made-up county and no real place; no number here is a fact",
)
"""Stands on everything shown of records that were simulated."""

METHODS: dict[str, Words] = {
    "rules_order": Words("规则顺序（当前收入低者先）", "rules' order (poorest today first)"),
    "weighted_past_income": Words("历次加权收入", "weighted past income"),
    "region_only": Words("仅看地区", "region only"),
    "vep": Words("预期贫困脆弱性（VEP）", "vulnerability to expected poverty (VEP)"),
    "logistic": Words("逻辑回归", "logistic regression"),
    "lightgbm": Words("模型（LightGBM）", "model (LightGBM)"),
    "rules_then_model": Words("先规则后模型", "rules, then model"),
    "random": Words("随机", "random order"),
}
"""Methods in the order of the tables."""

VIEWS: dict[str, Words] = {
    "all": Words("全部", "all"),
    "returning": Words("老户（以前见过）", "returning (seen before)"),
    "new": Words("新户（首次见到）", "new (first seen)"),
    "known": Words("仅结果已知者", "known outcomes only"),
}
"""Parts of the cohort that are looked at by themselves."""

ESTIMANDS: dict[str, Words] = {
    "as_things_are": Words(
        "照现状：已有和将有的帮扶都算在内，不是“若无帮扶会怎样”",
        "as things are, with whatever help is given; not what would happen without it",
    ),
}

MARKS: dict[str, Words] = {
    "A": Words("政府网站原页", "government page at its own address"),
    "B": Words("政府文本的转载，或国家、省级报纸", "copied government text, or a main newspaper"),
    "C": Words("一县一乡的页面，借用到别处", "page of one county or township, used for more"),
    "D": Words("转载汇编、问答或模板", "aggregator, question page or template"),
    "E": Words("本项目推算，或取自公开程序", "derived here, or read out of public code"),
    "G": Words("常识，未核对原页", "general knowledge, not checked against a page"),
    "H": Words(
        "自行设定，不是任何地方的规定；使用时须换成本县公布的数",
        "set by whoever made this, no place's own: a county puts its own number here",
    ),
    "N": Words("查过，没有公开来源", "looked for, no public source located"),
}
"""How far the source of a number can be trusted."""

SLICES: dict[str, Words] = {
    "must_visit": Words("规则必访", "must-visit (rules)"),
    "risk": Words("风险靠前", "risk (model)"),
    "audit": Words("随机抽查", "random check"),
}

DASH = "–"
"""Stands where a value is not defined or not known; beside it the page says why."""


def words_of(table: dict[str, Words], key: str) -> Words:
    """Words for a key, or the key itself where nobody has given it any.

    Examples
    --------
    >>> words_of(METHODS, "vep").en
    'vulnerability to expected poverty (VEP)'
    >>> words_of(METHODS, "new_method")
    Words(zh='new_method', en='new_method')
    """
    return table.get(key, Words(key, key))


def percent(share: float | None, *, decimals: int = 1) -> str:
    """A share of 0 to 1 in percent.

    Examples
    --------
    >>> percent(0.1029), percent(None)
    ('10.3%', '–')
    """
    return DASH if is_missing(share) else f"{share:.{decimals}%}"


def number(value: float | None, *, decimals: int = 3, signed: bool = False) -> str:
    """A number with a fixed count of decimals; minus signs are the typographic ones.

    Examples
    --------
    >>> number(0.8253), number(-0.25, decimals=2), number(0.25, decimals=2, signed=True)
    ('0.825', '−0.25', '+0.25')
    """
    if value is None or not math.isfinite(value):
        return DASH
    rounded = round(value, decimals) + 0.0  # no "-0"
    return f"{rounded:{'+' if signed else ''}.{decimals}f}".replace("-", "−")


def count(value: float | None) -> str:
    """A count with separators of thousands.

    Examples
    --------
    >>> count(60764), count(1033.75)
    ('60,764', '1,034')
    """
    return DASH if is_missing(value) else f"{value:,.0f}"


def capital(text: str) -> str:
    """A text with a capital at its beginning, the rest as it is.

    Examples
    --------
    >>> capital("falls of the AUC")
    'Falls of the AUC'
    """
    return text[:1].upper() + text[1:]


def is_missing(value: float | None) -> bool:
    """Whether there is no number to show."""
    return value is None or not math.isfinite(value)
