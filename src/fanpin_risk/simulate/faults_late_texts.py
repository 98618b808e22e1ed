"""Late faults of texts: signs that nobody sees, traces of programs, ruined characters, fillers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np

from fanpin_risk.simulate.faults_base import Columns, Fault, cell_fault, every_column
from fanpin_risk.simulate.faults_late_base import (
    one_of,
    only_in,
    own_text_columns,
    shown_fault,
    text_of,
)
from fanpin_risk.simulate.sheets import Cell, Sheet

HIDDEN = "\u200d\u2060\u00ad"
CONTROLS = "\x07\x0b\x1f"
LINE_SEPARATORS = "\u2028\u0085"
LONG_REMARK = "情况说明，" * 2000


def _hidden_fault(
    name: str, zh: str, en: str, change: Callable[[str, np.random.Generator], str]
) -> Fault:
    """Build a fault of signs that nobody sees, in any column."""

    def spoil(cell: Cell, rng: np.random.Generator) -> Cell:
        text = text_of(cell)
        return cell if text is None or isinstance(cell, date) else change(text, rng)

    return cell_fault(name, (zh, en), every_column, spoil, keeps_meaning=True)


def _inside(signs: str) -> Callable[[str, np.random.Generator], str]:
    """Return what puts one of some signs between two characters."""

    def change(text: str, rng: np.random.Generator) -> str:
        at = int(rng.integers(1, len(text))) if len(text) > 1 else 1
        return text[:at] + signs[int(rng.integers(len(signs)))] + text[at:]

    return change


def _ruined_fault(
    name: str,
    zh: str,
    en: str,
    change: Callable[[str], str],
    columns: Callable[[Sheet], Columns] = every_column,
) -> Fault:
    """Build a fault that spoils a Chinese text for good."""

    def spoil(cell: Cell, rng: np.random.Generator) -> Cell:
        is_chinese = isinstance(cell, str) and any("一" <= sign <= "龥" for sign in cell)
        return change(str(cell)) if is_chinese else cell

    return cell_fault(name, (zh, en), columns, spoil, keeps_meaning=False)


def _placeholder(name: str, zh: str, en: str, words: str) -> Fault:
    """Build a fault that fills empty cells with one of some words for nothing."""

    def spoil(cell: Cell, rng: np.random.Generator) -> Cell:
        return one_of(words)(rng) if cell is None or cell == "" else cell

    return cell_fault(name, (zh, en), every_column, spoil, keeps_meaning=True)


LATE_TEXTS: tuple[Fault, ...] = (
    _hidden_fault(
        "direction_marks",
        "单元格有文字方向符",
        "marks of writing direction around a value",
        lambda text, _: f"\u202d{text}\u202c",
    ),
    _hidden_fault(
        "mark_in_cell",
        "单元格以BOM开头",
        "a byte order mark at the start of a cell",
        lambda text, _: f"\ufeff{text}",
    ),
    _hidden_fault(
        "joiner_inside", "单元格内有连接符或软连字符", "a joiner inside a value", _inside(HIDDEN)
    ),
    _hidden_fault(
        "control_inside", "单元格内有控制字符", "a control character in a value", _inside(CONTROLS)
    ),
    _hidden_fault(
        "line_separator_inside",
        "单元格内有Unicode换行符",
        "a line separator of Unicode inside a value",
        _inside(LINE_SEPARATORS),
    ),
    only_in(
        "csv",
        _hidden_fault(
            "nul_padding",
            "字段尾部有NUL",
            "a field filled up with NUL",
            lambda text, _: f"{text}\x00\x00",
        ),
    ),
    shown_fault("html_entity", "值后有HTML实体", "an HTML entity", lambda text: f"{text}&nbsp;"),
    shown_fault("html_tag", "值带HTML标签", "an HTML tag behind a value", lambda t: f"{t}<br/>"),
    shown_fault(
        "excel_line_end", "值后有_x000D_", "Excel's _x000D_ behind a value", lambda t: f"{t}_x000D_"
    ),
    shown_fault("trailing_stop", "值后有句号", "a full stop behind a value", lambda t: f"{t}。"),
    shown_fault("chinese_quotes", "值带中文引号", "a value in Chinese quotes", lambda t: f"“{t}”"),
    _ruined_fault(
        "mojibake",
        "乱码（UTF-8按GBK读取）",
        "UTF-8 that was read as GBK",
        lambda text: text.encode().decode("gb18030", errors="replace"),
    ),
    _ruined_fault(
        "question_marks",
        "汉字变成问号",
        "question marks in place of Chinese characters",
        lambda text: text.encode("ascii", errors="replace").decode("ascii"),
    ),
    _ruined_fault(
        "very_long_text",
        "超长文本",
        "a very long text",
        lambda text: f"{text}；{LONG_REMARK}",
        own_text_columns,
    ),
    _placeholder(
        "blank_word_for_missing", "空值写成空字", "a word for nothing", "空 （空白） 未填"
    ),
    _placeholder("slash_for_missing", "空值写成斜线或长横线", "a slash for nothing", "/ —— — \\"),
    _placeholder(
        "program_null_for_missing",
        "空值写成程序空值",
        "a program's word for nothing",
        "(null) \\N None nan",
    ),
)
