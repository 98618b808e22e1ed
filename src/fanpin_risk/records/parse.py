"""From text to typed values, column by column, with a reason wherever a text does not fit."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial

import polars as pl

from fanpin_risk.dates import quarter_end
from fanpin_risk.errors import ConfigError
from fanpin_risk.records.columns import (
    ColumnRead,
    fast_codes,
    fast_numbers,
    fast_numbers_of_households,
    fast_office_numbers,
    fast_words,
    read_column,
    stripped,
)
from fanpin_risk.records.contracts import DTYPES, Column
from fanpin_risk.records.identity_key import IdentityKey
from fanpin_risk.records.person_in_text import names_person
from fanpin_risk.records.persons import PersonsRead, read_persons
from fanpin_risk.records.source import DayFromColumn, DayFromQuarter, FieldMapping
from fanpin_risk.records.spelling import (
    Reading,
    UnreadableError,
    household_number,
    office_number,
    plain_code,
    words,
)
from fanpin_risk.records.values import WIDEST, day, holds_word, listed, month, scaled

_FIRST_YEAR = 1950
_WHOLE = r"^([+-]?[0-9]+)\.0*$"
_IS_NUMBER = re.compile("(^|_)(number|id)$")
"""Columns of texts that are an office's numbers: no space inside them means anything."""
_KEEPS_WORDS = ("destroyed", "text", "person_in_text")
"""Faults that a value is, and not that there is none."""
_DESTROYED_ZH = "证件号码已被Excel改为数值，末位已丢失，无法恢复：请按文本格式重新导出"
_DESTROYED_EN = (
    "the identity number was turned into a rounded number by Excel, its last digits are lost: "
    "export it again with the column as text"
)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Rows at fault for one reason: where, which check, which columns of the file, in words."""

    is_at: pl.Series
    check: str
    columns: tuple[str, ...]
    reason_zh: str
    reason_en: str


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """Typed values of a column, the faults found on the way, and how often each rule mended.

    ``persons`` is what identity numbers say of themselves, for a column of them.
    """

    value: pl.Series
    faults: tuple[Fault, ...] = ()
    mended: Counter[str] = field(default_factory=Counter)
    persons: PersonsRead | None = None


def parse_field(
    texts: pl.DataFrame, column: Column, mapping: FieldMapping, key: IdentityKey | None = None
) -> Parsed:
    """Values and faults of one column of ours.

    Parameters
    ----------
    texts
        The file's columns as text.
    column
        What the contract says of the column.
    mapping
        Where it comes from; not a derived one.
    key
        By which identity numbers are replaced; needed for columns of persons alone.
    """
    if mapping.column is None:
        return Parsed(value=_constant(column, mapping.constant, texts.height))
    text = stripped(texts[mapping.column])
    if mapping.unknown:
        text = text.set(_is_unknown(text, mapping.unknown), None)
    if column.kind == "person":
        parsed = _persons(text, mapping.column, key)
    elif mapping.contains is not None or mapping.codes is not None:
        parsed = _coded(text, column, mapping)
    elif column.kind in ("amount", "quantity", "count"):
        parsed = _number(text, column, mapping)
    elif column.kind in ("day", "month"):
        parsed = _day_or_month(text, column, mapping.column)
    elif _IS_NUMBER.search(column.name):
        read = read_column(text, office_number, DTYPES["text"], fast=fast_office_numbers)
        parsed = _no_person(_text(read, mapping.column), text, mapping.column, is_number=True)
    else:
        read = read_column(text, words, DTYPES["text"], fast=fast_words)
        parsed = _no_person(_text(read, mapping.column), text, mapping.column)
    return _with_required(parsed, column, mapping.column)


def _is_unknown(text: pl.Series, unknown: Sequence[str]) -> pl.Series:
    """Whether a text is one of those that stand for not known, however it is spelt."""
    plain = {plain_code(word).value for word in unknown}
    is_plain = text.str.len_bytes() == text.str.len_chars()
    is_plain = is_plain & ~text.str.contains(" ", literal=True)
    awkward = text.filter(~is_plain).unique().drop_nulls().to_list()
    spelt = [one for one in awkward if plain_code(one).value in plain]
    found = text.is_in([*unknown, *plain, *spelt])
    if any(word.lstrip("+-").isdigit() for word in plain):
        found = found | text.str.replace(_WHOLE, "$1").is_in(list(plain))
    return found.fill_null(False)


def _constant(column: Column, text: str | None, n_rows: int) -> pl.Series:
    """Value that a source file gives to all rows."""
    value: str | bool | int | None = text
    if text is not None and column.kind == "flag":
        value = text == "true"
    elif text is not None and column.kind in ("count", "amount", "quantity"):
        value = int(text)
    return pl.Series([value], dtype=DTYPES[column.kind]).new_from_index(0, n_rows)


def _text(read: ColumnRead, name: str) -> Parsed:
    """Texts and office's numbers; what is broken is a fault, not a text."""
    return _with_fault(
        read,
        "text",
        (name,),
        f"列 {name} 有乱码、网页代码、“同上”或不属于编号的符号",
        f"column {name}: holds lost characters, remains of markup, a sign for as above, or signs "
        "that no number has",
    )


def _coded(text: pl.Series, column: Column, mapping: FieldMapping) -> Parsed:
    """Translate a code of the file to ours; a code nobody listed is a fault, not a guess."""
    codes = mapping.code_values(column) or {}
    if mapping.contains is not None:
        known = mapping.words
        read = read_column(
            text, partial(holds_word, word=mapping.contains, known=known), pl.Boolean()
        )
    else:
        known = tuple(codes)
        dtype = DTYPES[column.kind]
        read = read_column(text, partial(listed, codes=codes), dtype, fast=fast_codes(codes, dtype))
    shown = ", ".join(known)
    return _with_fault(
        read,
        "code",
        (str(mapping.column),),
        f"列 {mapping.column} 的代码不在代码表内（可用：{shown}）",
        f"column {mapping.column}: unknown code (known: {shown})",
    )


def _number(text: pl.Series, column: Column, mapping: FieldMapping) -> Parsed:
    """Read a number exactly, and keep it inside the contract's and the source's range."""
    decimals = len(str(mapping.minor_per_unit)) - 1
    read = read_column(
        text,
        partial(scaled, decimals=decimals, is_money=column.kind == "amount"),
        pl.Int64(),
        fast=fast_numbers(decimals),
    )
    lows = [low for low in (column.minimum, mapping.minimum) if low is not None]
    highs = [high for high in (column.maximum, mapping.maximum) if high is not None]
    low, high = max(lows, default=-WIDEST), min(highs, default=WIDEST)
    if column.kind == "amount":
        kind = f"最多{decimals}位小数的金额", f"an amount with at most {decimals} decimals"
    elif decimals:
        kind = f"最多{decimals}位小数的数", f"a number with at most {decimals} decimals"
    else:
        kind = "整数", "a whole number"
    unit = f"{low} … {high}"
    reasons = (
        f"列 {mapping.column} 应为{kind[0]}，范围 {unit}",
        f"column {mapping.column}: must be {kind[1]} within {unit}",
    )
    parsed = _with_fault(read, "number", (str(mapping.column),), *reasons)
    outside = Fault(
        is_at=~parsed.value.is_between(low, high).fill_null(True),
        check="range",
        columns=(str(mapping.column),),
        reason_zh=reasons[0],
        reason_en=reasons[1],
    )
    return replace(parsed, faults=(*parsed.faults, outside))


def _day_or_month(text: pl.Series, column: Column, name: str) -> Parsed:
    """Read a day, or the first day of a month."""
    read = read_column(text, day if column.kind == "day" else month, pl.Date())
    kind = (
        ("日期，如 2012-03-31", "a day such as 2012-03-31")
        if column.kind == "day"
        else ("月份，如 2012-03", "a month such as 2012-03")
    )
    return _with_fault(
        read, "day", (name,), f"列 {name} 应为{kind[0]}", f"column {name}: must be {kind[1]}"
    )


def _persons(text: pl.Series, name: str, key: IdentityKey | None) -> Parsed:
    """Replace identity numbers by their keyed hashes."""
    if key is None:
        raise ConfigError(
            f"column {name} holds identity numbers, and no key was given to replace them. "
            "Read such files with `fanpin-risk ingest`."
        )
    read = read_persons(text, key)
    destroyed = Fault(
        is_at=(read.fault == "destroyed").fill_null(False),
        check="destroyed",
        columns=(name,),
        reason_zh=f"列 {name}：{_DESTROYED_ZH}",
        reason_en=f"column {name}: {_DESTROYED_EN}",
    )
    wrong = Fault(
        is_at=(read.fault == "person").fill_null(False),
        check="person",
        columns=(name,),
        reason_zh=f"列 {name} 应为18位证件号码（残疾证20位，旧证15位）",
        reason_en=f"column {name}: must be an identity number of 18 characters (disability card "
        "20, old number 15)",
    )
    return Parsed(value=read.value, faults=(destroyed, wrong), mended=read.mended, persons=read)


def _with_fault(
    read: ColumnRead, check: str, columns: tuple[str, ...], reason_zh: str, reason_en: str
) -> Parsed:
    """Values with one fault wherever a text was not understood."""
    fault = Fault(
        is_at=read.fault.is_not_null(),
        check=check,
        columns=columns,
        reason_zh=reason_zh,
        reason_en=reason_en,
    )
    return Parsed(value=read.value, faults=(fault,), mended=read.mended)


def _with_required(parsed: Parsed, column: Column, file_column: str) -> Parsed:
    """Count a missing value in a required column as a fault too."""
    if not column.is_required:
        return parsed
    own = [fault for fault in parsed.faults if fault.check not in _KEEPS_WORDS]
    said = own[-1] if own else None
    zh = f"列 {file_column} 不得为空" if said is None else f"{said.reason_zh}，不得为空"
    en = (
        f"column {file_column}: must not be empty"
        if said is None
        else f"{said.reason_en}, and not empty"
    )
    faults = tuple(
        fault if fault.check in _KEEPS_WORDS else replace(fault, reason_zh=zh, reason_en=en)
        for fault in parsed.faults
    )
    is_faulty = pl.Series([False]).new_from_index(0, parsed.value.len())
    for fault in faults:
        is_faulty = is_faulty | fault.is_at
    missing = Fault(
        is_at=parsed.value.is_null() & ~is_faulty,
        check="required",
        columns=(file_column,),
        reason_zh=zh,
        reason_en=en,
    )
    return replace(parsed, faults=(*faults, missing))


def parse_household(texts: pl.DataFrame, column: str) -> Parsed:
    """Household number, as text; a missing one, or one that a program rounded, is a fault."""
    read = read_column(
        stripped(texts[column]), household_number, pl.String(), fast=fast_numbers_of_households
    )
    fault = Fault(
        is_at=read.value.is_null(),
        check="household",
        columns=(column,),
        reason_zh=f"列 {column}：户编号不得为空、不得是 2.3E+17 这样被取整的数，也不得带标点、说明",
        reason_en=f"column {column}: the household number must not be empty, nor a rounded number "
        "such as 2.3E+17, nor stand beside signs or remarks",
    )
    parsed = Parsed(value=read.value, faults=(fault,), mended=read.mended)
    return _no_person(parsed, texts[column], column, is_number=True)


def _no_person(parsed: Parsed, text: pl.Series, name: str, *, is_number: bool = False) -> Parsed:
    """Set rows aside whose text holds an identity number or a phone: they belong in no record."""
    fault = Fault(
        is_at=names_person(text, is_number=is_number),
        check="person_in_text",
        columns=(name,),
        reason_zh=f"列 {name} 含证件号码或电话：该列不得含个人号码，户编号请用系统编号",
        reason_en=f"column {name}: holds an identity number or a phone, which belong in no record; "
        "use the system's own household number",
    )
    return replace(parsed, faults=(*parsed.faults, fault))


def parse_date(text: pl.Series, *, month_means: str = "last_day") -> ColumnRead:
    """Days that texts name, from 1950 on; a month alone means one of its ends."""
    read = read_column(stripped(text), partial(day, month_means=month_means), pl.Date())
    too_early = (read.value < date(_FIRST_YEAR, 1, 1)).fill_null(False)
    return replace(
        read,
        value=read.value.set(too_early, None),
        fault=read.fault.set(too_early, "year"),
    )


def parse_day(texts: pl.DataFrame, on: DayFromQuarter | DayFromColumn) -> Parsed:
    """Day of a row, as a date."""
    if isinstance(on, DayFromColumn):
        read = parse_date(texts[on.column], month_means=on.month_means)
        fault = Fault(
            is_at=read.value.is_null(),
            check="day",
            columns=(on.column,),
            reason_zh=f"列 {on.column} 应为日期，如 2012-03-31",
            reason_en=f"column {on.column}: must be a day such as 2012-03-31",
        )
        return Parsed(value=read.value, faults=(fault,), mended=read.mended)
    years, quarters = stripped(texts[on.year]), stripped(texts[on.quarter])
    keys = (years + pl.Series(["Q"]) + quarters).alias("quarter")
    read = read_column(keys, _quarter, pl.Date())
    fault = Fault(
        is_at=read.value.is_null(),
        check="day",
        columns=(on.year, on.quarter),
        reason_zh=f"列 {on.year}、{on.quarter} 应为年份和 1 至 4 的季度",
        reason_en=f"columns {on.year}, {on.quarter}: must be a year and a quarter from 1 to 4",
    )
    return Parsed(value=read.value, faults=(fault,), mended=read.mended)


def _quarter(text: str) -> Reading[object]:
    """Last day of a quarter written as 2012Q1."""
    year, _, quarter = text.partition("Q")
    plain = plain_code(year).value, plain_code(quarter).value
    if plain[1] not in ("1", "2", "3", "4") or not (len(plain[0]) == 4 and plain[0].isdigit()):
        raise UnreadableError("day")
    if not _FIRST_YEAR <= int(plain[0]) <= 2100:
        raise UnreadableError("year")
    return Reading(quarter_end(int(plain[0]), int(plain[1])))
