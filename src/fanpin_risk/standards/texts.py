"""How a finding words the values that a rule looks at, in Chinese and English."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
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


def _value_text(shown: Shown) -> pl.Expr:
    """A value as a text, without its unit; whether it is so of a flag."""
    column = pl.col(shown.column)
    if shown.unit == "flag":
        return column
    if shown.unit == "yuan":
        return decimals(column, FEN_PER_YUAN)
    if shown.unit == "times":
        return decimals(column, RATIO_SCALE)
    if shown.unit == "percent":
        return decimals(column, RATIO_SCALE // PERCENT)
    return day_text(shown.column) if shown.unit == "day" else column.cast(pl.String)


def _dated_words(shown: Shown, value: str, day: str) -> Pair:
    """A value with its unit and day, out of columns with the texts of both; null if not known."""
    text = pl.col(value)
    if shown.unit == "flag":
        words = (("是", "否"), ("yes", "no"))
        zh, en = (pl.when(text).then(pl.lit(y)).otherwise(pl.lit(n)) for y, n in words)
        is_known = text.is_not_null()
        zh, en = pl.when(is_known).then(zh), pl.when(is_known).then(en)
    else:
        zh = en = text
    after = UNIT_WORDS[shown.unit]
    parts = (
        (shown.title_zh, zh, f"{after[0]}（", "）"),
        (f"{shown.title_en} ", en, f"{after[1]} (", ")"),
    )
    zh, en = (
        pl.concat_str(pl.lit(title), said, pl.lit(then), pl.col(day), pl.lit(end))
        for title, said, then, end in parts
    )
    return zh, en


def shown_words(rule: StandardRule, rows: pl.DataFrame, as_of: date) -> tuple[pl.Series, pl.Series]:
    """Every value that a rule looks at and that is known, with the day it is of.

    Returns
    -------
    tuple of Series
        Chinese and English, of each row; a rule on persons says first of how many members it holds.
    """
    today = str(as_of)
    values = {f"_value|{at}": _value_text(shown) for at, shown in enumerate(rule.shows)}
    days = {
        f"_day|{shown.day}": pl.lit(today) if shown.day is None else day_text(shown.day)
        for shown in rule.shows
    }
    days = {name: day.fill_null(today) for name, day in days.items()}
    texts = rows.with_columns(**values, **days)
    said = [
        _dated_words(shown, f"_value|{at}", f"_day|{shown.day}")
        for at, shown in enumerate(rule.shows)
    ]
    if rule.level == "person":
        n = pl.col("_n_met").fill_null(0).cast(pl.String)
        counted = (
            pl.concat_str(pl.lit("符合的家庭成员"), n, pl.lit("人")),
            pl.concat_str(n, pl.lit(" members")),
        )
        said.insert(0, counted)
    worded = texts.select(
        zh=pl.concat_str([zh for zh, _ in said], separator="；", ignore_nulls=True),
        en=pl.concat_str([en for _, en in said], separator="; ", ignore_nulls=True),
    )
    return worded["zh"], worded["en"]


def _gaps(rule: StandardRule) -> list[tuple[str, str, str]]:
    """What of a rule can be missing: Chinese, English, and the column that is null then."""
    gaps = [(f"{s.title_zh}不掌握", f"{s.title_en} not known", s.column) for s in rule.shows]
    return gaps + [
        (f"标准{name}无可用数值", f"no value of the standard {name}", f"p|{name}")
        for name in rule.parameters
    ]


def missing(rule: StandardRule, rows: pl.DataFrame) -> pl.Series:
    """Which facts and parameters of a rule are not known, as a number for each row."""
    found = np.zeros(rows.height, dtype=np.int64)
    for place, (_, _, column) in enumerate(_gaps(rule)):
        found += rows[column].is_null().to_numpy() * (1 << place)
    return pl.Series(found)


def nothing_known(rule: StandardRule) -> int:
    """The number of `missing` of whoever has no facts at all."""
    return (1 << len(_gaps(rule))) - 1


def missing_words(
    rule: StandardRule, numbers: pl.Series, as_of: date
) -> tuple[pl.Series, pl.Series]:
    """What of the facts and parameters of a rule is not known, in Chinese and English.

    Few combinations are missing in many rows: each is worded once.

    Parameters
    ----------
    numbers
        Of `missing`, a row each.

    Returns
    -------
    tuple of Series
        Texts, and for each row the number of its text.
    """
    masks = numbers.unique().sort()
    words = [_words_of_mask(mask, _gaps(rule), as_of) for mask in masks.to_list()]
    return pl.Series(words, dtype=pl.String), masks.search_sorted(numbers)


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
