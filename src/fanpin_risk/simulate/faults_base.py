"""What a fault is, and how it finds its way about a sheet that it has never seen."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal

import numpy as np

from fanpin_risk.simulate.sheets import Cell, Sheet

Columns = tuple[int, ...]
Row = tuple[Cell, ...]
YearMonthDay = tuple[int, int, int | None]

HOUSEHOLD_WORDS = "户编号|户编码|家庭编号|户号"
AMOUNT_WORDS = "金额|费用|收入|支出|自付|工资|补贴|补助|贷款|余额|损失|赔付|保费|分红"
DAY_WORDS = "日期|时间|年月|日|月份"
RECORDED_WORDS = "录入|登记|上报|填报|记录|接收|采集|更新|推送|审核|入库|报送"
CODE_WORDS = "类型|类别|状况|关系|程度|性别|是否|渠道|等级|原因|方式|技能|情况"
PLACE_WORDS = "[省市县区乡镇村组]$"
NAME_WORDS = "姓名|名称|电话|地址|备注|编号|编码|号码|证号|序号"
NOT_AMOUNT_WORDS = f"是否|万|类型|{DAY_WORDS}|{NAME_WORDS}"
ANY_WORD = ""
FEW_CODES = 3
"""A word of a code list stands on average in at least so many rows."""


@dataclass(frozen=True, kw_only=True)
class Faulty:
    """A spoiled file: a changed sheet, or raw bytes where cells are too coarse to say it.

    Parameters
    ----------
    sheet : Sheet or None
        The changed sheet; None where ``content`` is given.
    content : bytes or None
        The file itself, with the ending of the sheet that was spoiled.
    touched : tuple of str
        Keys of the rows whose text changed in any way and that are still in the file.
    added : tuple of str
        Keys of the lines that were not there before. What stands before the colon is their kind:
        ``copy:`` a second line about the row named behind it; ``other:`` a record like that row of
        another household or time; ``part:`` the rest of that row; ``blank:``, ``header:``,
        ``note:`` and ``total:`` are lines that hold no record.
    removed : tuple of str
        Keys of the rows that are no longer in the file.
    """

    sheet: Sheet | None = None
    content: bytes | None = None
    touched: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def differs_from(self, sheet: Sheet) -> bool:
        """Whether the fault changed anything: False where it does not fit ``sheet``."""
        return self.content is not None or repr(self.sheet) != repr(sheet)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One way in which offices spoil a file.

    ``apply`` takes the sheet, a generator and about how many rows to spoil. ``keeps_meaning`` says
    that a careful reader could still tell every value of the rows: an intake may refuse such a
    row, but where it accepts it, the values must equal those of the clean one. ``is_raw`` says that
    the fault needs the file's bytes, so that no other can come after it.
    """

    name: str
    title_zh: str
    title_en: str
    level: Literal["cell", "row", "file"]
    apply: Callable[[Sheet, np.random.Generator, int], Faulty]
    keeps_meaning: bool
    is_raw: bool = False


def unchanged(sheet: Sheet) -> Faulty:
    """Say that a fault does not fit this sheet."""
    return Faulty(sheet=sheet)


def same_cell(one: Cell, other: Cell) -> bool:
    """Whether two cells are the same to the byte: 12 is not 12.0."""
    return type(one) is type(other) and one == other


def some_rows(rows: Sequence[int], rng: np.random.Generator, n: int) -> list[int]:
    """At most ``n`` of the row positions, in the order of the file."""
    return sorted(int(row) for row in rng.permutation(np.asarray(rows, dtype=np.int64))[:n])


def cell_at(row: Row, column: int) -> Cell:
    """Return a row's cell, None where the row is too short to have one."""
    return row[column] if column < len(row) else None


def with_rows(sheet: Sheet, changed: dict[int, Row]) -> Faulty:
    """Put other rows in the place of some; those that really differ are touched."""
    rows = tuple(changed.get(at, row) for at, row in enumerate(sheet.rows))
    touched = [at for at in sorted(changed) if repr(changed[at]) != repr(sheet.rows[at])]
    keys = tuple(sheet.keys[at] for at in touched)
    return Faulty(sheet=replace(sheet, rows=rows), touched=keys)


def with_cells(sheet: Sheet, changed: dict[tuple[int, int], Cell]) -> Faulty:
    """Put other values in the cells (row, column)."""
    rows: dict[int, Row] = {}
    for (at, column), cell in changed.items():
        row = rows.get(at, sheet.rows[at])
        rows[at] = (*row[:column], cell, *row[column + 1 :])
    return with_rows(sheet, rows)


def with_lines(sheet: Sheet, after: Iterable[tuple[int, str, Row]]) -> Faulty:
    """Insert lines, each behind the first so many rows, under a key like the given one."""
    lines, known = list[tuple[int, str, Row]](), set(sheet.keys)
    for place, wish, row in sorted(after, key=lambda line: line[0]):
        key = _new_key(wish, known)
        known.add(key)
        lines.append((place, key, row))
    rows, keys, at = list[Row](), list[str](), 0
    for place, key, row in lines:
        rows += [*sheet.rows[at:place], row]
        keys += [*sheet.keys[at:place], key]
        at = place
    rows += sheet.rows[at:]
    keys += sheet.keys[at:]
    added = tuple(key for _, key, _ in lines)
    return Faulty(sheet=replace(sheet, rows=tuple(rows), keys=tuple(keys)), added=added)


def _new_key(wish: str, known: set[str]) -> str:
    """Return the key, with a number behind it where it is taken."""
    numbered = (f"{wish}#{number}" for number in itertools.count(2))
    return wish if wish not in known else next(key for key in numbered if key not in known)


def number_of(cell: Cell) -> Decimal | None:
    """Number that a cell shows, as a number or as plain text; None for anything else.

    Examples
    --------
    >>> number_of("1234.50"), number_of(12), number_of("12 元"), number_of(True)
    (Decimal('1234.50'), Decimal('12'), None, None)
    """
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        return None
    text = str(cell)
    return Decimal(text) if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text) else None


def day_of(cell: Cell) -> YearMonthDay | None:
    """Year, month and day (None for a month alone) that a clean cell shows; None for other cells.

    Examples
    --------
    >>> day_of("2021-03-05"), day_of(20210305), day_of("2021-03"), day_of("6")
    ((2021, 3, 5), (2021, 3, 5), (2021, 3, None), None)
    """
    if isinstance(cell, date):
        return cell.year, cell.month, cell.day
    text = "" if cell is None else str(cell)
    found = re.fullmatch(r"((?:19|20)\d\d)(-?)([01]\d)(?:\2([0-3]\d))?", text)
    if found is None:
        return None
    year, month, day = int(found[1]), int(found[3]), found[4]
    try:
        date(year, month, int(day or 1))
    except ValueError:
        return None
    return year, month, None if day is None else int(day)


def _columns(
    sheet: Sheet, words: str, holds: Callable[[Cell], bool], without: str = "(?!)"
) -> Columns:
    """Columns named like that, most of whose filled cells hold such values.

    Not all of them: another fault may have been here before.
    """
    return tuple(
        at
        for at, name in enumerate(sheet.header)
        if re.search(words, name)
        and not re.search(without, name)
        and (cells := filled(sheet, at))
        and 2 * sum(holds(cell) for cell in cells) > len(cells)
    )


def filled(sheet: Sheet, column: int) -> list[Cell]:
    """Cells of a column that are not empty."""
    cells = (cell_at(row, column) for row in sheet.rows)
    return [cell for cell in cells if cell is not None and cell != ""]


def is_identity_number(cell: Cell) -> bool:
    """Whether a cell has the form of an identity number of 18 characters."""
    return isinstance(cell, str) and re.fullmatch(r"[0-9]{17}[0-9Xx]", cell) is not None


def identity_columns(sheet: Sheet) -> Columns:
    """Columns with identity numbers, whatever their name."""
    return _columns(sheet, ANY_WORD, is_identity_number)


def household_columns(sheet: Sheet) -> Columns:
    """Columns with the number of the household."""
    return _columns(sheet, HOUSEHOLD_WORDS, lambda cell: isinstance(cell, str | int))


def amount_columns(sheet: Sheet) -> Columns:
    """Columns with amounts of money in yuan."""
    return _columns(sheet, AMOUNT_WORDS, lambda cell: number_of(cell) is not None, NOT_AMOUNT_WORDS)


def day_columns(sheet: Sheet) -> Columns:
    """Columns with days or months."""
    return _columns(sheet, DAY_WORDS, lambda cell: day_of(cell) is not None)


def recorded_columns(sheet: Sheet) -> Columns:
    """Columns that say when a row was entered or sent."""
    return tuple(at for at in day_columns(sheet) if re.search(RECORDED_WORDS, sheet.header[at]))


def occurred_columns(sheet: Sheet) -> Columns:
    """Columns that say when something happened, without birthdays."""
    recorded = recorded_columns(sheet)
    return tuple(
        at for at in day_columns(sheet) if at not in recorded and "出生" not in sheet.header[at]
    )


def code_columns(sheet: Sheet) -> Columns:
    """Columns with words of a code list: named like one, or with few different words."""
    special = {*identity_columns(sheet), *household_columns(sheet), *day_columns(sheet)}
    named = _columns(sheet, CODE_WORDS, _is_word, NAME_WORDS)
    words = _columns(sheet, ANY_WORD, _is_word, f"{NAME_WORDS}|{PLACE_WORDS}")
    few = {at for at in words if FEW_CODES * len(set(cells := filled(sheet, at))) <= len(cells)}
    return tuple(at for at in words if at in {*named, *few} - special)


def _is_word(cell: Cell) -> bool:
    """Whether a cell may be a word of a code list."""
    return isinstance(cell, str) and len(cell) <= 20 and number_of(cell) is None


def every_column(sheet: Sheet) -> Columns:
    """All columns."""
    return tuple(range(len(sheet.header)))


def cell_fault(
    name: str,
    titles: tuple[str, str],
    columns: Callable[[Sheet], Columns],
    spoil: Callable[[Cell, np.random.Generator], Cell],
    *,
    keeps_meaning: bool,
) -> Fault:
    """Build a fault that spoils one cell in each of some rows.

    ``spoil`` returns the same cell where the fault does not fit it.
    """

    def apply(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
        fitting, changed = columns(sheet), dict[tuple[int, int], Cell]()
        for row in rng.permutation(len(sheet.rows)).tolist():
            if len(changed) >= n:
                break
            for column in rng.permutation(np.asarray(fitting, dtype=np.int64)).tolist():
                old = cell_at(sheet.rows[row], column)
                new = spoil(old, rng)
                if not same_cell(old, new):
                    changed[row, column] = new
                    break
        return with_cells(sheet, changed)

    return Fault(
        name=name,
        title_zh=titles[0],
        title_en=titles[1],
        level="cell",
        apply=apply,
        keeps_meaning=keeps_meaning,
    )


def raw_line(sheet: Sheet, line: Sequence[Cell], *, quoted: bool = True) -> str:
    """Text of one line without its end; unquoted as a hurried program would write it."""
    cells = ["" if cell is None else plain(cell) for cell in line]
    if not quoted:
        return sheet.delimiter.join(cells)
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=sheet.delimiter, lineterminator="").writerow(cells)
    return text.getvalue()


def plain(cell: Cell) -> str:
    """Text of a cell in a text file."""
    return cell.isoformat() if isinstance(cell, date) else "" if cell is None else str(cell)


def raw_lines(sheet: Sheet) -> tuple[list[str], int]:
    """Every line of a text file from the top, and the position of the first row among them."""
    above = [*([text] for text in sheet.title), sheet.header]
    lines = [*above, *sheet.rows, *([text] for text in sheet.footer)]
    return [raw_line(sheet, line) for line in lines], len(above)


def raw_text(lines: Sequence[str], end: str = "\r\n") -> str:
    """Join lines, each with its end."""
    return "".join(line + end for line in lines)
