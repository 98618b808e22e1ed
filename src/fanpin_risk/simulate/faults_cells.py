"""Faults inside one cell: spaces, line breaks, forms of amounts, placeholders, words of codes."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import numpy as np

from fanpin_risk.simulate.faults_base import (
    Fault,
    amount_columns,
    cell_fault,
    code_columns,
    day_of,
    every_column,
    is_identity_number,
    number_of,
)
from fanpin_risk.simulate.sheets import Cell

Spoil = Callable[[Cell, np.random.Generator], Cell]
FULL_WIDTH = {ord(c): chr(ord(c) + 0xFEE0) for c in "0123456789.-"}
NO_BREAK_SPACE = "\u00a0"
WIDE_SPACE = "\u3000"
NO_WIDTH_SPACE = "\u200b"
SYNONYMS = {
    "是": "√",
    "否": "×",
    "男": "男性",
    "女": "女性",
    "户主": "本人",
    "小学": "小学毕业",
    "初中": "初中毕业",
    "高中": "普通高中",
    "大专": "专科",
    "健康": "良好",
    "长期慢性病": "慢性病",
    "患有大病": "大病",
    "农村低保": "低保户",
    "脱贫户": "建档立卡脱贫户",
    "边缘易致贫户": "边缘户",
    "脱贫不稳定户": "脱贫不稳户",
    "普通劳动力": "普劳",
}
"""Words that offices use for those of the official lists."""
UNKNOWN_CODES = ("待核实", "见附件", "其他（说明）", "同上")


def _text(change: Callable[[str, np.random.Generator], str]) -> Spoil:
    """Return what spoils the text of a cell that has some."""

    def spoil(cell: Cell, rng: np.random.Generator) -> Cell:
        if isinstance(cell, str) and cell.strip():
            return change(cell, rng)
        number = number_of(cell)
        return cell if number is None else change(str(number), rng)

    return spoil


def _inside(text: str, rng: np.random.Generator, what: str) -> str:
    """Put something between two characters of a text that has at least two."""
    if len(text) < 2:
        return text
    at = int(rng.integers(1, len(text)))
    return text[:at] + what + text[at:]


def _amount(change: Callable[[Decimal, np.random.Generator], Cell | None]) -> Spoil:
    """Return what spoils an amount; ``change`` gives None where it does not fit."""

    def spoil(cell: Cell, rng: np.random.Generator) -> Cell:
        number = number_of(cell)
        changed = None if number is None else change(number, rng)
        return cell if changed is None else changed

    return spoil


def _in_ten_thousands(number: Decimal) -> str | None:
    """Write an amount of at least a hundred in 万元, to the last digit."""
    return f"{(number / 10_000).normalize():f}万元" if abs(number) >= 100 else None


def _about(number: Decimal) -> str | None:
    """Write an amount of at least a thousand as a person would say it."""
    return f"约{round(number / 1000)}千" if number >= 1000 else None


def _hundredfold(number: Decimal) -> Cell | None:
    """Write fen in a column of yuan."""
    return _number(number * 100) if number else None


def _negative(number: Decimal) -> Cell | None:
    """Turn the sign of an amount above zero."""
    return _number(-number) if number > 0 else None


def _number(number: Decimal) -> int | float:
    """Return a number as a cell holds it."""
    return int(number) if number == int(number) else float(number)


def _full_width(cell: Cell, rng: np.random.Generator) -> Cell:
    """Type a number, a day or an identity number with full-width digits."""
    is_numeric = number_of(cell) is not None or day_of(cell) is not None
    if isinstance(cell, str | int | float) and (is_numeric or is_identity_number(cell)):
        return str(cell).translate(FULL_WIDTH)
    return cell


def _unknown_code(cell: Cell, rng: np.random.Generator) -> Cell:
    """Write something that no list has."""
    return cell if cell is None else str(rng.choice(UNKNOWN_CODES))


def _spaced_code(cell: Cell, rng: np.random.Generator) -> Cell:
    """Set a word wide, as in a printed form: a space between its first characters."""
    if not isinstance(cell, str) or not cell:
        return cell
    return f"{cell[0]} {cell[1:]}"


def _synonym(cell: Cell, rng: np.random.Generator) -> Cell:
    """Write another word for the same."""
    return SYNONYMS.get(cell, cell) if isinstance(cell, str) else cell


def _text_fault(
    name: str, zh: str, en: str, change: Callable[[str, np.random.Generator], str]
) -> Fault:
    """Build a fault of spacing, in any column."""
    return cell_fault(name, (zh, en), every_column, _text(change), keeps_meaning=True)


def _amount_fault(
    name: str,
    zh: str,
    en: str,
    change: Callable[[Decimal], Cell | None],
    *,
    keeps_meaning: bool = True,
) -> Fault:
    """Build a fault of amounts."""
    spoil = _amount(lambda number, _: change(number))
    return cell_fault(name, (zh, en), amount_columns, spoil, keeps_meaning=keeps_meaning)


def _placeholder(name: str, zh: str, en: str, word: Cell, *, keeps_meaning: bool = True) -> Fault:
    """Build a fault that fills empty cells with a word for nothing."""

    def spoil(cell: Cell, rng: np.random.Generator) -> Cell:
        return word if cell is None or cell == "" else cell

    return cell_fault(name, (zh, en), every_column, spoil, keeps_meaning=keeps_meaning)


SPACING = (
    _text_fault(
        "spaces_around", "单元格前后有空格", "spaces around a value", lambda t, _: f" {t}  "
    ),
    _text_fault(
        "no_break_spaces_around",
        "单元格前后有不间断空格",
        "no-break spaces around a value",
        lambda t, _: f"{NO_BREAK_SPACE}{t}{NO_BREAK_SPACE}",
    ),
    _text_fault(
        "wide_spaces_around",
        "单元格前后有全角空格",
        "full-width spaces around a value",
        lambda t, _: f"{WIDE_SPACE}{t}{WIDE_SPACE}",
    ),
    _text_fault(
        "space_inside", "单元格内有空格", "a space inside a value", lambda t, g: _inside(t, g, " ")
    ),
    _text_fault(
        "no_break_space_inside",
        "单元格内有不间断空格",
        "a no-break space inside a value",
        lambda t, g: _inside(t, g, NO_BREAK_SPACE),
    ),
    _text_fault(
        "no_width_space_inside",
        "单元格内有零宽字符",
        "an invisible character inside a value",
        lambda t, g: _inside(t, g, NO_WIDTH_SPACE),
    ),
    _text_fault(
        "line_break_inside",
        "单元格内换行",
        "a line break inside a cell",
        lambda t, g: _inside(t, g, "\n"),
    ),
    cell_fault(
        "full_width_digits",
        ("全角数字", "full-width digits"),
        every_column,
        _full_width,
        keeps_meaning=True,
    ),
)

AMOUNTS = (
    _amount_fault(
        "thousands_separator",
        "金额带千分位逗号",
        "an amount with thousands separators",
        lambda number: f"{number:,}" if abs(number) >= 1000 else None,
    ),
    _amount_fault(
        "ten_thousands_in_cell", "金额写成万元", "an amount given in 万元", _in_ten_thousands
    ),
    _amount_fault(
        "yuan_sign", "金额带人民币符号", "an amount with a yuan sign", lambda number: f"¥{number}"
    ),
    _amount_fault(
        "yuan_suffix", "金额带元字", "an amount followed by 元", lambda number: f"{number}元"
    ),
    _amount_fault(
        "decimal_comma",
        "小数点写成逗号",
        "a comma in place of the decimal point",
        lambda number: f"{number:.2f}".replace(".", ","),
    ),
    _amount_fault(
        "approximate_amount",
        "金额写成约数文字",
        "an amount as words: about five thousand",
        _about,
        keeps_meaning=False,
    ),
    _amount_fault(
        "negative_amount", "金额为负数", "an amount below zero", _negative, keeps_meaning=False
    ),
    _amount_fault(
        "hundredfold_amount",
        "金额放大一百倍（分当成元）",
        "an amount a hundred times too large (fen taken for yuan)",
        _hundredfold,
        keeps_meaning=False,
    ),
)

# 无 in a column of yes and no may mean no, and 0 is a number: neither still says "not known".
PLACEHOLDERS = (
    _placeholder("dash_for_missing", "空值写成横线", "a dash in place of nothing", "-"),
    _placeholder(
        "none_for_missing", "空值写成无", "无 in place of nothing", "无", keeps_meaning=False
    ),
    _placeholder("unclear_for_missing", "空值写成不详", "不详 in place of nothing", "不详"),
    _placeholder("null_for_missing", "空值写成NULL", "NULL in place of nothing", "NULL"),
    _placeholder(
        "excel_error_for_missing", "空值为公式错误", "a formula's error in place of nothing", "#N/A"
    ),
    _placeholder("zero_for_missing", "空值写成0", "0 in place of nothing", 0, keeps_meaning=False),
)

CODES = (
    cell_fault(
        "unknown_code",
        ("代码表以外的值", "a value outside the code list"),
        code_columns,
        _unknown_code,
        keeps_meaning=False,
    ),
    cell_fault(
        "spaced_code",
        ("代码值中间有空格", "a space inside a word of a code list"),
        code_columns,
        _spaced_code,
        keeps_meaning=True,
    ),
    cell_fault(
        "synonym_of_code",
        ("代码值用了同义词", "another word for that of a code list"),
        code_columns,
        _synonym,
        keeps_meaning=True,
    ),
)

CELL_FAULTS: tuple[Fault, ...] = (*SPACING, *AMOUNTS, *PLACEHOLDERS, *CODES)
