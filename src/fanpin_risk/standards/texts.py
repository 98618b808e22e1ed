"""How a finding words the values that a rule looks at, in Chinese and English."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from fanpin_risk.standards.rule import Shown, StandardRule
from fanpin_risk.standards.table import ParameterTable
from fanpin_risk.standards.units import Unit, integer_of, scale_of
from fanpin_risk.units import FEN_PER_YUAN, PERCENT, RATIO_SCALE

Pair = tuple[pl.Expr, pl.Expr]

UNIT_WORDS: dict[str, tuple[str, str]] = {
    "yuan": ("元", " yuan"),
    "count": ("", ""),
    "days": ("天", " days"),
    "times": ("倍", " times"),
    "percent": ("%", "%"),
    "years": ("岁", " years"),
    "minutes": ("分钟", " minutes"),
    "litres": ("升", " litres"),
    "months": ("个月", " months"),
    "code": ("", ""),
    "flag": ("", ""),
    "day": ("", ""),
}
"""What follows a value, by `ShownUnit`."""

STANDARD_UNITS: dict[Unit, str] = {
    "yuan": "元",
    "yuan per month": "元/月",
    "yuan per head a year": "元/人·年",
    "minor unit per head a month": "分/人·月",
    "share": "",
    "ratio": "",
    "multiple": "倍",
    "days": "天",
    "working days": "个工作日",
    "months": "个月",
    "years": "周岁",
    "persons": "人",
    "litres per head a day": "升/人·日",
    "minutes": "分钟",
    "grade": "",
    "level": "级",
    "flag": "",
    "month of year": "月",
    "code": "",
}
"""Units of standards in Chinese."""


def decimals(value: pl.Expr, scale: int) -> pl.Expr:
    """An integer in parts of a scale as a decimal number; without decimals where it is whole.

    Examples
    --------
    >>> frame = pl.DataFrame({"fen": [600000, 123456, -5, 110]})
    >>> frame.select(decimals(pl.col("fen"), 100)).to_series().to_list()
    ['6000', '1234.56', '-0.05', '1.1']
    """
    size = value.abs()
    rest = (size % scale + scale).cast(pl.String).str.slice(1).str.strip_chars_end("0")
    sign = pl.when(value < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    point = pl.when(rest == "").then(pl.lit("")).otherwise(pl.lit("."))
    return pl.concat_str(sign, (size // scale).cast(pl.String), point, rest)


def _decimal(value: int, scale: int) -> str:
    """One integer in parts of a scale as a decimal number, as `decimals` says it.

    Examples
    --------
    >>> [_decimal(fen, 100) for fen in (600000, 123456, -5, 110)]
    ['6000', '1234.56', '-0.05', '1.1']
    """
    whole, rest = divmod(abs(value), scale)
    digits = str(rest + scale)[1:].rstrip("0")
    return f"{'-' if value < 0 else ''}{whole}{'.' if digits else ''}{digits}"


def day_text(column: str) -> pl.Expr:
    """A day number as ``yyyy-mm-dd``."""
    return pl.col(column).cast(pl.Int32).cast(pl.Date).dt.to_string("%Y-%m-%d")


def _value_words(shown: Shown) -> Pair:
    """A value with its unit."""
    column = pl.col(shown.column)
    if shown.unit == "flag":
        words = (("是", "否"), ("yes", "no"))
        zh, en = (pl.when(column).then(pl.lit(y)).otherwise(pl.lit(n)) for y, n in words)
        return zh, en
    if shown.unit == "yuan":
        text = decimals(column, FEN_PER_YUAN)
    elif shown.unit == "times":
        text = decimals(column, RATIO_SCALE)
    elif shown.unit == "percent":
        text = decimals(column, RATIO_SCALE // PERCENT)
    elif shown.unit == "day":
        text = day_text(shown.column)
    else:
        text = column.cast(pl.String)
    after = UNIT_WORDS[shown.unit]
    return pl.concat_str(text, pl.lit(after[0])), pl.concat_str(text, pl.lit(after[1]))


def shown_words(rule: StandardRule, as_of: date) -> Pair:
    """Every value that a rule looks at and that is known, with the day it is of.

    Returns
    -------
    tuple of Expr
        Chinese and English; a rule on persons says first of how many members it holds.
    """
    zh, en = [], []
    if rule.level == "person":
        n = pl.col("_n_met").fill_null(0).cast(pl.String)
        zh.append(pl.concat_str(pl.lit("符合的家庭成员"), n, pl.lit("人")))
        en.append(pl.concat_str(n, pl.lit(" members")))
    for shown in rule.shows:
        value_zh, value_en = _value_words(shown)
        day = pl.lit(str(as_of)) if shown.day is None else day_text(shown.day)
        day = day.fill_null(str(as_of))
        is_known = pl.col(shown.column).is_not_null()
        dated_zh = pl.concat_str(pl.lit(shown.title_zh), value_zh, pl.lit("（"), day, pl.lit("）"))
        dated_en = pl.concat_str(
            pl.lit(f"{shown.title_en} "), value_en, pl.lit(" ("), day, pl.lit(")")
        )
        zh.append(pl.when(is_known).then(dated_zh))
        en.append(pl.when(is_known).then(dated_en))
    return (
        pl.concat_str(zh, separator="；", ignore_nulls=True),
        pl.concat_str(en, separator="; ", ignore_nulls=True),
    )


def missing_words(
    rule: StandardRule, rows: pl.DataFrame, as_of: date
) -> tuple[pl.Series, pl.Series]:
    """What of the facts and parameters of a rule is not known, in Chinese and English.

    Few combinations are missing in many rows: each is worded once.

    Returns
    -------
    tuple of Series
        Texts, and for each row the number of its text.
    """
    gaps = [(f"{s.title_zh}不掌握", f"{s.title_en} not known", s.column) for s in rule.shows]
    gaps += [
        (f"标准{name}无可用数值", f"no value of the standard {name}", f"p|{name}")
        for name in rule.parameters
    ]
    bits = [
        pl.col(column).is_null().cast(pl.Int64) * (1 << place)
        for place, (_, _, column) in enumerate(gaps)
    ]
    none = pl.repeat(0, pl.len(), dtype=pl.Int64)
    missing = rows.select(pl.sum_horizontal(none, *bits)).to_series()
    masks = missing.unique().sort()
    words = [_words_of_mask(mask, gaps, as_of) for mask in masks.to_list()]
    return pl.Series(words, dtype=pl.String), masks.search_sorted(missing).cast(pl.Int64)


def _words_of_mask(mask: int, gaps: Sequence[tuple[str, str, str]], as_of: date) -> str:
    """Words of one combination of gaps."""
    open_ = [gap for place, gap in enumerate(gaps) if mask & (1 << place)]
    zh = "；".join(gap[0] for gap in open_) or "依据不全"
    en = "; ".join(gap[1] for gap in open_) or "not all of it known"
    return f"{zh}（{as_of}） / {en} ({as_of})"


def _standard_words(table: ParameterTable, place: str, name: str) -> tuple[str, str] | None:
    """A standard's title and value at a place, in Chinese and English; None without a value."""
    found = table.standards.resolve(name, place=place, day=table.day)
    if found.value is None:
        return None
    standard = table.standards.parameter(name)
    integer = integer_of(found.value, standard.unit, of=name)
    number = _decimal(integer, scale_of(standard.unit))
    zh = f"{standard.title_zh}{number}{STANDARD_UNITS[standard.unit]}"
    return zh, f"{standard.title_en} {number} {standard.unit}"


def parameter_words(table: ParameterTable, rule: StandardRule) -> pl.DataFrame:
    """Values of a rule's parameters and their records, by place.

    Returns
    -------
    DataFrame
        ``context_place``; ``_zh, _en``: what to add to the values shown ("；监测线7500元"; empty
        without parameters); ``_record``: names of the dated records, those without a value by the
        standard's name; null for a rule without parameters.
    """
    rows = []
    for place in table.frame["context_place"].to_list():
        zh = en = ""
        records = []
        for name in rule.parameters:
            value = _standard_words(table, place, name)
            if value is not None:
                zh += f"；{value[0]}"
                en += f"; {value[1]}"
            records.append(table.records[place, name])
        rows.append((place, zh, en, ", ".join(records) if records else ""))
    schema = dict.fromkeys(("context_place", "_zh", "_en", "_record"), pl.String())
    return pl.DataFrame(rows, schema=schema, orient="row")
