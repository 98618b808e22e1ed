"""Faults of a whole file: its header, its columns, what stands around the table, its bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from fanpin_risk.simulate.faults_base import (
    Fault,
    Faulty,
    Row,
    cell_at,
    day_columns,
    every_column,
    household_columns,
    identity_columns,
    raw_lines,
    raw_text,
    some_rows,
    unchanged,
)
from fanpin_risk.simulate.sheets import Cell, Sheet, sheet_bytes

FULL_WIDTH_SIGNS = str.maketrans("()0123456789", "（）０１２３４５６７８９")
HALF_WIDTH_SIGNS = str.maketrans("（）：", "():")
HEADER_ALIASES = (
    ("证件号码", "身份证号"),
    ("身份证号码", "证件号码"),
    ("户编号", "家庭编号"),
    ("日期", "时间"),
    ("时间", "日期"),
    ("金额", "金额（元）"),
    ("费用", "费用（元）"),
    ("收入", "收入（元）"),
    ("类型", "类别"),
    ("类别", "类型"),
)
"""What offices call a column in place of its official name: the first that fits is taken."""
TITLE_LINES = (
    "附件2",
    "填报单位（盖章）：",
    "单位：人、元",
    "统计口径：截至填报日",
    "（内部资料）",
)
FOOTER_LINES = ("填表人：", "审核人：", "注：本表数据以系统为准。")
EXTRA_COLUMN = "填报人员备注"

Rename = Callable[[str], str]


def _renamed(sheet: Sheet, rng: np.random.Generator, n: int, rename: Rename) -> Faulty:
    """Write up to ``n`` column names otherwise, none of them like another."""
    header = list(sheet.header)
    for at in rng.permutation(len(header)).tolist():
        new = rename(header[at])
        changed = sum(now != old for now, old in zip(header, sheet.header, strict=True))
        if changed < n and new not in header:
            header[at] = new
    return Faulty(sheet=replace(sheet, header=tuple(header)))


def _line_break(name: str) -> str:
    """Break a name of at least two characters in the middle."""
    half = len(name) // 2
    return f"{name[:half]}\n{name[half:]}" if half else name


def _other_width(name: str) -> str:
    """Write signs and digits full-width, or plain where they are full-width already."""
    wide = name.translate(FULL_WIDTH_SIGNS)
    return wide if wide != name else name.translate(HALF_WIDTH_SIGNS)


def _spaced(name: str) -> str:
    """Set a name wide, as in a printed form."""
    return " " + "  ".join(name) + " "


def _alias(name: str) -> str:
    """Use another name for the same column."""
    return next((name.replace(old, new) for old, new in HEADER_ALIASES if old in name), name)


def _with_columns(sheet: Sheet, order: Sequence[int], names: Sequence[str]) -> Faulty:
    """Keep the columns in this order under these names; every row's text changes."""
    width = len(sheet.header)
    rows = tuple((*(cell_at(row, at) for at in order), *row[width:]) for row in sheet.rows)
    changed = replace(sheet, header=tuple(names), rows=rows)
    return Faulty(sheet=changed, touched=sheet.keys)


def _reordered(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Put the columns in another order."""
    order = rng.permutation(len(sheet.header)).tolist()
    if order == sorted(order):
        order.reverse()
    if len(order) < 2:
        return unchanged(sheet)
    return _with_columns(sheet, order, [sheet.header[at] for at in order])


def _extra_column(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Put a column in between that nobody asked for."""
    at = int(rng.integers(0, len(sheet.header) + 1))
    header = (*sheet.header[:at], EXTRA_COLUMN, *sheet.header[at:])
    noted = set(some_rows(range(len(sheet.rows)), rng, n))
    rows = tuple(
        _insert(row, at, "已电话核对" if place in noted else None)
        for place, row in enumerate(sheet.rows)
    )
    return Faulty(sheet=replace(sheet, header=header, rows=rows), touched=sheet.keys)


def _insert(row: Row, at: int, cell: Cell) -> Row:
    """Insert a cell into a row, filled up as far as needed."""
    full = (*row, *[None] * (at - len(row)))
    return (*full[:at], cell, *full[at:])


def _needed_columns(sheet: Sheet) -> tuple[int, ...]:
    """Columns that no table can do without: who, and when."""
    needed = {*identity_columns(sheet), *household_columns(sheet), *day_columns(sheet)}
    return tuple(sorted(needed))


def _without_needed(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Leave out a column that says who or when."""
    return _without_one_of(sheet, rng, _needed_columns(sheet))


def _without_other(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Leave out a column that says neither who nor when."""
    needed = _needed_columns(sheet)
    return _without_one_of(sheet, rng, [at for at in every_column(sheet) if at not in needed])


def _without_one_of(sheet: Sheet, rng: np.random.Generator, columns: Sequence[int]) -> Faulty:
    """Leave out one of the columns."""
    if not columns:
        return unchanged(sheet)
    gone = int(rng.choice(columns))
    kept = [at for at in every_column(sheet) if at != gone]
    return _with_columns(sheet, kept, [sheet.header[at] for at in kept])


def _doubled_header(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Copy a column to the right end under the same name, with the cells of some rows cleared."""
    at = int(rng.integers(0, len(sheet.header)))
    width = len(sheet.header)
    cleared = set(some_rows(range(len(sheet.rows)), rng, n))
    rows = tuple(
        _insert(row, width, None if place in cleared else cell_at(row, at))
        for place, row in enumerate(sheet.rows)
    )
    header = (*sheet.header, sheet.header[at])
    return Faulty(sheet=replace(sheet, header=header, rows=rows), touched=sheet.keys)


def _title_rows(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Put more lines above the header."""
    count = int(rng.integers(1, len(TITLE_LINES) + 1))
    return Faulty(sheet=replace(sheet, title=(*sheet.title, *TITLE_LINES[:count])))


def _footer_lines(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Put lines below the last row."""
    count = int(rng.integers(1, len(FOOTER_LINES) + 1))
    return Faulty(sheet=replace(sheet, footer=(*sheet.footer, *FOOTER_LINES[:count])))


def _with_encoding(sheet: Sheet, encoding: str) -> Faulty:
    """Write a text file in another encoding."""
    if sheet.kind != "csv":
        return unchanged(sheet)
    if encoding == "utf-16":
        return Faulty(sheet=replace(sheet, encoding="utf-16"))
    if encoding == "gb18030":
        return Faulty(sheet=replace(sheet, encoding="gb18030"))
    return Faulty(sheet=replace(sheet, encoding="utf-8-sig"))


def _broken_byte(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Break the second byte of one Chinese character of a row in a GB18030 file."""
    chinese = [at for at, row in enumerate(sheet.rows) if _chinese_at("".join(map(str, row)))]
    if sheet.kind != "csv" or not chinese:
        return unchanged(sheet)
    at = int(rng.choice(chinese))
    lines, first = raw_lines(sheet)
    line = lines[first + at]
    place = int(rng.choice(_chinese_at(line)))
    character = line[place].encode("gb18030")[:1] + b"\xff"
    broken = line[:place].encode("gb18030") + character + line[place + 1 :].encode("gb18030")
    above, below = lines[: first + at], lines[first + at + 1 :]
    content = raw_text(above).encode("gb18030") + broken + raw_text(["", *below]).encode("gb18030")
    return Faulty(content=content, touched=(sheet.keys[at],))


def _chinese_at(text: str) -> list[int]:
    """Places of the characters that GB18030 writes with two bytes and everybody uses."""
    return [at for at, character in enumerate(text) if "一" <= character <= "龥"]


def _cut(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """End the file in the middle of a row; of a workbook nothing can be read then."""
    if not sheet.rows:
        return unchanged(sheet)
    if sheet.kind == "xlsx":
        content = sheet_bytes(sheet)
        return Faulty(content=content[: len(content) // 2], removed=sheet.keys)
    at = int(rng.integers(len(sheet.rows) // 2, len(sheet.rows)))
    lines, first = raw_lines(sheet)
    line = lines[first + at]
    text = raw_text(lines[: first + at]) + line[: max(1, len(line) // 2)]
    return Faulty(
        content=text.encode(sheet.encoding),
        touched=(sheet.keys[at],),
        removed=sheet.keys[at + 1 :],
    )


def _empty(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Send a file of no bytes."""
    return Faulty(content=b"", removed=sheet.keys)


def _header_only(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Send a file without rows."""
    return Faulty(sheet=replace(sheet, rows=(), keys=()), removed=sheet.keys)


def _macintosh_line_ends(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """End the lines of a text file as old Macintosh programs do."""
    if sheet.kind != "csv":
        return unchanged(sheet)
    lines, _ = raw_lines(sheet)
    return Faulty(content=raw_text(lines, "\r").encode(sheet.encoding))


def _file_fault(
    name: str,
    zh: str,
    en: str,
    apply: Callable[[Sheet, np.random.Generator, int], Faulty],
    *,
    keeps_meaning: bool = True,
    is_raw: bool = False,
) -> Fault:
    """Build a fault of a file."""
    return Fault(
        name=name,
        title_zh=zh,
        title_en=en,
        level="file",
        apply=apply,
        keeps_meaning=keeps_meaning,
        is_raw=is_raw,
    )


def _header_fault(name: str, zh: str, en: str, rename: Rename) -> Fault:
    """Build a fault of column names; up to as many columns as rows are asked for."""
    return _file_fault(name, zh, en, lambda sheet, rng, n: _renamed(sheet, rng, n, rename))


def _encoding_fault(name: str, zh: str, en: str, encoding: str) -> Fault:
    """Build a fault of the encoding of a text file."""
    return _file_fault(name, zh, en, lambda sheet, rng, n: _with_encoding(sheet, encoding))


FILE_FAULTS: tuple[Fault, ...] = (
    _header_fault("header_line_break", "表头内换行", "a line break in a column name", _line_break),
    _header_fault(
        "header_other_width", "表头全角半角不一", "a column name in another width", _other_width
    ),
    _header_fault("header_spaces", "表头字间有空格", "spaces in a column name", _spaced),
    _header_fault("header_alias", "表头用了别名", "another name for a column", _alias),
    _file_fault("columns_reordered", "列的顺序不同", "columns in another order", _reordered),
    _file_fault("extra_column", "多出未知列", "a column that nobody asked for", _extra_column),
    _file_fault(
        "needed_column_missing",
        "缺少必需列（编号或日期）",
        "no column that says who or when",
        _without_needed,
        keeps_meaning=False,
    ),
    _file_fault(
        "other_column_missing",
        "缺少其他列",
        "another column left out",
        _without_other,
        keeps_meaning=False,
    ),
    _file_fault(
        "doubled_header",
        "两列同名",
        "two columns of one name",
        _doubled_header,
        keeps_meaning=False,
    ),
    _file_fault("title_rows", "表头上方多出标题行", "more lines above the header", _title_rows),
    _file_fault("footer_lines", "表尾有签名和说明", "lines below the last row", _footer_lines),
    _encoding_fault("utf8_with_mark", "UTF-8带BOM", "UTF-8 with a byte order mark", "utf-8-sig"),
    _encoding_fault("gb18030", "GB18030编码", "GB18030", "gb18030"),
    _encoding_fault("utf16", "UTF-16编码", "UTF-16", "utf-16"),
    _file_fault("header_only", "只有表头", "a header and no rows", _header_only),
    _file_fault(
        "broken_byte",
        "GB18030文件有一个坏字节",
        "one broken byte in a GB18030 file",
        _broken_byte,
        keeps_meaning=False,
        is_raw=True,
    ),
    _file_fault(
        "cut_in_middle",
        "文件在中间断开",
        "a file that ends in the middle",
        _cut,
        keeps_meaning=False,
        is_raw=True,
    ),
    _file_fault("empty_file", "空文件", "a file of no bytes", _empty, is_raw=True),
    _file_fault(
        "macintosh_line_ends",
        "旧式Mac换行符",
        "line ends of old Macintosh programs",
        _macintosh_line_ends,
        is_raw=True,
    ),
)
