"""Late faults of headers and columns: hints, stars, two lines, other units, empty columns."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import numpy as np

from fanpin_risk.simulate.faults_base import (
    Fault,
    Faulty,
    amount_columns,
    cell_at,
    day_columns,
    identity_columns,
    number_of,
    unchanged,
    with_cells,
    with_lines,
)
from fanpin_risk.simulate.faults_late_base import late_fault
from fanpin_risk.simulate.sheets import Cell, Sheet

SAME_SOUND = (
    ("号码", "号吗"),
    ("编号", "编好"),
    ("金额", "金饿"),
    ("费用", "费佣"),
    ("日期", "日其"),
    ("时间", "时问"),
    ("收入", "收人"),
    ("类型", "类形"),
    ("姓名", "性名"),
)
"""What is typed for a word of a header by sound or shape: the first that fits is taken."""

Rename = Callable[[Sheet, int], str]


def _renamed(sheet: Sheet, rng: np.random.Generator, n: int, rename: Rename) -> Faulty:
    """Write up to ``n`` column names otherwise, none of them like another."""
    header, changed = list(sheet.header), 0
    for at in rng.permutation(len(header)).tolist():
        new = rename(sheet, at)
        if changed < n and new not in header:
            header[at] = new
            changed += 1
    return Faulty(sheet=replace(sheet, header=tuple(header)))


def _hint(sheet: Sheet, at: int) -> str:
    """Say behind the name what to fill in."""
    if at in day_columns(sheet):
        return f"{sheet.header[at]}（格式：2021-03-05）"
    if at in identity_columns(sheet):
        return f"{sheet.header[at]}（18位）"
    return f"{sheet.header[at]}{'（是/否）' if '是否' in sheet.header[at] else '（必填）'}"


def _same_sound(sheet: Sheet, at: int) -> str:
    """Mistype a name."""
    name = sheet.header[at]
    return next((name.replace(old, new) for old, new in SAME_SOUND if old in name), name)


def _numbered(sheet: Sheet, at: int) -> str:
    """Number a name."""
    return f"{at + 1}.{sheet.header[at]}"


def _star(sheet: Sheet, at: int) -> str:
    """Mark a column that must be filled in."""
    return f"*{sheet.header[at]}"


def _named_fault(name: str, zh: str, en: str, rename: Rename) -> Fault:
    """Build a fault of column names; up to as many columns as rows are asked for."""
    return late_fault(name, (zh, en), "file", lambda sheet, rng, n: _renamed(sheet, rng, n, rename))


def _name_lost(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Leave the name of a column empty."""
    if not sheet.header:
        return unchanged(sheet)
    at = int(rng.integers(len(sheet.header)))
    header = (*sheet.header[:at], "", *sheet.header[at + 1 :])
    return Faulty(sheet=replace(sheet, header=header), touched=sheet.keys)


def _two_lines(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Put the names of groups above those of columns, as merged cells over two lines."""
    width = len(sheet.header)
    if width < 2:
        return unchanged(sheet)
    second = int(rng.integers(1, width))
    groups = ["" for _ in sheet.header]
    groups[0], groups[second] = "基本情况", "具体情况"
    lines = with_lines(sheet, [(0, "header:second", sheet.header)])
    if lines.sheet is None:
        return lines
    return replace(lines, sheet=replace(lines.sheet, header=tuple(groups)))


def _other_unit(sheet: Sheet, rng: np.random.Generator, n: int, unit: str, divisor: int) -> Faulty:
    """Give a whole column of amounts in a larger unit, and say so in its name."""
    columns = [at for at in amount_columns(sheet) if not re.search("[（(]", sheet.header[at])]
    if not columns:
        return unchanged(sheet)
    column = columns[int(rng.integers(len(columns)))]
    changed: dict[tuple[int, int], Cell] = {}
    for at, row in enumerate(sheet.rows):
        number = number_of(cell_at(row, column))
        if number:
            changed[at, column] = float(number / Decimal(divisor))
    faulty = with_cells(sheet, changed)
    if faulty.sheet is None:
        return faulty
    name = f"{sheet.header[column]}（{unit}）"
    header = (*sheet.header[:column], name, *sheet.header[column + 1 :])
    return replace(faulty, sheet=replace(faulty.sheet, header=header))


def _names_swapped(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Exchange the names of two columns of amounts, or of an amount and another column."""
    amounts = amount_columns(sheet)
    if not amounts or len(sheet.header) < 2:
        return unchanged(sheet)
    one = amounts[int(rng.integers(len(amounts)))]
    others = [at for at in amounts if at != one] or [
        at for at in range(len(sheet.header)) if at != one
    ]
    other = others[int(rng.integers(len(others)))]
    header = list(sheet.header)
    header[one], header[other] = header[other], header[one]
    return Faulty(sheet=replace(sheet, header=tuple(header)), touched=sheet.keys)


def _empty_column(sheet: Sheet, at: int) -> Faulty:
    """Leave a column without a name or a value."""
    header = (*sheet.header[:at], "", *sheet.header[at:])
    rows = tuple((*row[:at], None, *row[at:]) for row in sheet.rows)
    return Faulty(sheet=replace(sheet, header=header, rows=rows), touched=sheet.keys)


def _columns_of_nothing(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Leave an empty column somewhere between the others."""
    width = len(sheet.header)
    return _empty_column(sheet, int(rng.integers(1, width))) if width > 1 else unchanged(sheet)


def _other_order(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Sort the rows by something else."""
    order: list[int] = rng.permutation(len(sheet.rows)).tolist()
    if order == sorted(order):
        order.reverse()
    rows, keys = [sheet.rows[at] for at in order], [sheet.keys[at] for at in order]
    return Faulty(sheet=replace(sheet, rows=tuple(rows), keys=tuple(keys)))


def _padded(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Fill every cell up to the width of its column, as databases with fixed widths do."""
    texts = [["" if c is None else str(c) for c in row] for row in sheet.rows]
    widths = [
        max((len(row[at]) for row in texts if at < len(row)), default=0)
        for at in range(max((len(row) for row in texts), default=0))
    ]
    changed: dict[tuple[int, int], Cell] = {}
    for at, row in enumerate(texts):
        for column, text in enumerate(row):
            if text.ljust(widths[column]) != text:
                changed[at, column] = text.ljust(widths[column])
    return with_cells(sheet, changed)


LATE_HEADERS: tuple[Fault, ...] = (
    _named_fault("header_star", "表头带必填星号", "a star before a column name", _star),
    _named_fault("header_hint", "表头带填写说明", "a hint behind a column name", _hint),
    _named_fault("header_numbered", "表头带序号", "a number before a column name", _numbered),
    _named_fault("header_mistyped", "表头有错别字", "a mistyped column name", _same_sound),
    late_fault(
        "header_name_lost",
        ("某列表头为空", "a column without a name"),
        "file",
        _name_lost,
        keeps_meaning=False,
    ),
    late_fault("header_two_lines", ("两层表头", "a header on two lines"), "file", _two_lines),
    late_fault(
        "header_ten_thousands",
        ("整列改为万元并在表头注明", "a whole column in 万元, as its name says"),
        "file",
        lambda sheet, rng, n: _other_unit(sheet, rng, n, "万元", 10_000),
    ),
    late_fault(
        "header_thousands",
        ("整列改为千元并在表头注明", "a whole column in 千元, as its name says"),
        "file",
        lambda sheet, rng, n: _other_unit(sheet, rng, n, "千元", 1000),
    ),
    late_fault(
        "header_names_swapped",
        ("两列表头填反", "the names of two columns exchanged"),
        "file",
        _names_swapped,
        keeps_meaning=False,
    ),
    late_fault(
        "empty_first_column",
        ("表格左侧有空列", "an empty column on the left"),
        "file",
        lambda sheet, rng, n: _empty_column(sheet, 0),
    ),
    late_fault(
        "empty_column_between",
        ("中间有空列", "an empty column in between"),
        "file",
        _columns_of_nothing,
    ),
    late_fault("other_order", ("行序不同", "rows in another order"), "file", _other_order),
    late_fault(
        "padded_columns",
        ("各列补空格对齐（数据库定宽导出）", "every cell filled up with spaces"),
        "file",
        _padded,
        kind="csv",
    ),
)
