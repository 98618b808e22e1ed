"""Faults of whole rows: lines that are no record, doubles, shifts, broken quotes, wrong days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from fanpin_risk.simulate.faults_base import (
    Columns,
    Fault,
    Faulty,
    Row,
    amount_columns,
    cell_at,
    day_of,
    every_column,
    filled,
    household_columns,
    number_of,
    occurred_columns,
    plain,
    raw_line,
    raw_lines,
    raw_text,
    recorded_columns,
    same_cell,
    some_rows,
    unchanged,
    with_cells,
    with_lines,
    with_rows,
)
from fanpin_risk.simulate.faults_numbers import written_like
from fanpin_risk.simulate.sheets import Cell, Sheet

LATEST_DAYS = 60
"""A day that is entered wrongly lies at most so many days behind the right one."""
FUTURE_YEARS = 10


def _blank_rows(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Leave lines empty between rows."""
    return _between(sheet, rng, n, "blank:row", lambda _: (None,) * len(sheet.header))


def _repeated_header(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Print the header again on every page."""
    return _between(sheet, rng, n, "header:page", lambda _: sheet.header)


def _subtotals(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Add up the amounts of the rows above, now and then."""
    return _between(sheet, rng, n, "total:part", lambda place: _sums(sheet, place, "小计"))


def _grand_total(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Add up the amounts of all rows behind the last one."""
    end = len(sheet.rows)
    return with_lines(sheet, [(end, "total:all", _sums(sheet, end, "合计"))])


def _between(
    sheet: Sheet, rng: np.random.Generator, n: int, key: str, line: Callable[[int], Row]
) -> Faulty:
    """Insert up to ``n`` lines between rows; ``line`` is told how many rows stand above."""
    places = some_rows(range(1, len(sheet.rows)), rng, n)
    return with_lines(sheet, [(at, f"{key}-{i}", line(at)) for i, at in enumerate(places)])


def _sums(sheet: Sheet, above: int, word: str) -> Row:
    """Return a line with the word in front and the sums of the amounts of the rows above."""
    line: list[Cell] = [None] * len(sheet.header)
    for column in amount_columns(sheet):
        numbers = (number_of(cell_at(row, column)) for row in sheet.rows[:above])
        line[column] = float(sum((x for x in numbers if x is not None), Decimal(0)))
    return (word, *line[1:])


def _exact_duplicate(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Paste rows a second time, somewhere below."""
    chosen = some_rows(range(len(sheet.rows)), rng, n)
    end = len(sheet.rows) + 1
    return with_lines(
        sheet,
        [
            (int(rng.integers(at + 1, end)), f"copy:{sheet.keys[at]}", sheet.rows[at])
            for at in chosen
        ],
    )


def _other_amount(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Enter rows a second time with another amount, and no word on which is right."""
    cells = _cells_with(sheet, amount_columns(sheet), lambda cell: number_of(cell) is not None)
    lines = []
    for at in some_rows(list(cells), rng, n):
        column = int(rng.choice(cells[at]))
        row = sheet.rows[at]
        more = (number_of(row[column]) or Decimal(0)) + int(rng.integers(1, 500))
        changed = (*row[:column], float(more), *row[column + 1 :])
        lines.append((at + 1, f"copy:{sheet.keys[at]}", changed))
    return with_lines(sheet, lines)


def _cells_with(
    sheet: Sheet, columns: Columns, fits: Callable[[Cell], bool]
) -> dict[int, list[int]]:
    """Columns with a fitting cell, by row; rows without one are left out."""
    found = {
        at: [column for column in columns if fits(cell_at(row, column))]
        for at, row in enumerate(sheet.rows)
    }
    return {at: columns_of_row for at, columns_of_row in found.items() if columns_of_row}


def _shifted_right(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Insert a cell: what follows stands one column too far to the right."""
    changed = {}
    for at in some_rows(range(len(sheet.rows)), rng, n):
        place = int(rng.integers(0, len(sheet.header)))
        changed[at] = (*sheet.rows[at][:place], None, *sheet.rows[at][place:])
    return with_rows(sheet, changed)


def _truncated(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Lose the end of rows, with at least one value in it, and keep at least the first cell."""
    cells = _cells_with(sheet, every_column(sheet)[1:], lambda cell: cell not in (None, ""))
    changed = {}
    for at in some_rows(list(cells), rng, n):
        changed[at] = sheet.rows[at][: int(rng.integers(1, cells[at][-1] + 1))]
    return with_rows(sheet, changed)


def _merged_cells(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Merge equal neighbours of one column: only the first of them keeps its value."""
    ordered = dict.fromkeys([*household_columns(sheet), *every_column(sheet)])
    for column in ordered:
        followers = _followers(sheet, column)
        if followers:
            chosen = some_rows(followers, rng, n)
            return with_cells(sheet, {(at, column): None for at in chosen})
    return unchanged(sheet)


def _followers(sheet: Sheet, column: int) -> list[int]:
    """Rows that have the same value as the row above, in a column of texts."""
    if not all(isinstance(cell, str) for cell in filled(sheet, column)):
        return []
    cells = [cell_at(row, column) for row in sheet.rows]
    return [at for at in range(1, len(cells)) if cells[at] and same_cell(cells[at], cells[at - 1])]


def _occurred_after_recorded(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Enter a day behind the day of the entry itself."""
    columns, recorded = occurred_columns(sheet), recorded_columns(sheet)
    entries = _cells_with(sheet, recorded[:1], lambda cell: _full_day(cell) is not None)
    cells = _cells_with(sheet, columns[:1], lambda cell: day_of(cell) is not None)
    changed: dict[tuple[int, int], Cell] = {}
    for at in some_rows([row for row in cells if row in entries], rng, n):
        known = _full_day(sheet.rows[at][recorded[0]])
        if known is not None:
            changed[at, columns[0]] = _later(sheet.rows[at][columns[0]], known, rng)
    return with_cells(sheet, changed)


def _full_day(cell: Cell) -> date | None:
    """Day that a cell shows, None for a month alone."""
    year, month, day = day_of(cell) or (0, 0, None)
    return None if day is None else date(year, month, day)


def _later(cell: Cell, known: date, rng: np.random.Generator) -> Cell:
    """Return a day, or for a month a whole month, behind ``known``."""
    day = known + timedelta(days=int(rng.integers(1, LATEST_DAYS)))
    if _full_day(cell) is not None:
        return written_like(cell, (day.year, day.month, day.day))
    next_month = known.replace(day=28) + timedelta(days=10)
    return written_like(cell, (next_month.year, next_month.month, None))


def _recorded_in_future(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Enter a day of entry ten years too late: one wrong digit of the year."""
    columns = recorded_columns(sheet)
    cells = _cells_with(sheet, columns, lambda cell: _full_day(cell) is not None)
    changed: dict[tuple[int, int], Cell] = {}
    for at in some_rows(list(cells), rng, n):
        column = int(rng.choice(cells[at]))
        cell = sheet.rows[at][column]
        day = _full_day(cell)
        if day is not None:
            # No 29 February: the year ten years on has none.
            moved = (day.year + FUTURE_YEARS, day.month, min(day.day, 28))
            changed[at, column] = written_like(cell, moved)
    return with_cells(sheet, changed)


def _delimiter_unquoted(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Write a field that has the delimiter in it without quotes."""

    def spoil(row: Row, column: int) -> str:
        text = plain(row[column])
        place = int(rng.integers(1, len(text)))
        field = text[:place] + sheet.delimiter + text[place:]
        return raw_line(sheet, (*row[:column], field, *row[column + 1 :]), quoted=False)

    return _raw_rows(sheet, rng, n, spoil)


def _opening_quote(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Begin a field with a quote that nothing closes: readers take the lines below along."""

    def spoil(row: Row, column: int) -> str:
        field = f'"{plain(row[column])}'
        return raw_line(sheet, (*row[:column], field, *row[column + 1 :]), quoted=False)

    return _raw_rows(sheet, rng, n, spoil)


def _quote_inside(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Leave one quote inside a field that has no quotes around it."""

    def spoil(row: Row, column: int) -> str:
        text = plain(row[column])
        place = int(rng.integers(1, len(text)))
        field = f'{text[:place]}"{text[place:]}'
        return raw_line(sheet, (*row[:column], field, *row[column + 1 :]), quoted=False)

    return _raw_rows(sheet, rng, n, spoil)


def _raw_rows(
    sheet: Sheet, rng: np.random.Generator, n: int, spoil: Callable[[Row, int], str]
) -> Faulty:
    """Write some lines of a text file in another way; ``spoil`` gets a column with a text."""
    cells = _cells_with(
        sheet,
        every_column(sheet),
        lambda cell: isinstance(cell, str) and len(cell) > 1 and number_of(cell) is None,
    )
    chosen = some_rows(list(cells), rng, n)
    if sheet.kind != "csv" or not chosen:
        return unchanged(sheet)
    lines, first = raw_lines(sheet)
    for at in chosen:
        lines[first + at] = spoil(sheet.rows[at], int(rng.choice(cells[at])))
    content = raw_text(lines).encode(sheet.encoding)
    return Faulty(content=content, touched=tuple(sheet.keys[at] for at in chosen))


def _row_fault(
    name: str,
    zh: str,
    en: str,
    apply: Callable[[Sheet, np.random.Generator, int], Faulty],
    *,
    keeps_meaning: bool = True,
    is_raw: bool = False,
) -> Fault:
    """Build a fault of rows."""
    return Fault(
        name=name,
        title_zh=zh,
        title_en=en,
        level="row",
        apply=apply,
        keeps_meaning=keeps_meaning,
        is_raw=is_raw,
    )


ROW_FAULTS: tuple[Fault, ...] = (
    _row_fault("blank_rows", "数据中间有空行", "blank lines between rows", _blank_rows),
    _row_fault(
        "repeated_header", "分页处重复表头", "the header again at a page break", _repeated_header
    ),
    _row_fault("subtotal_rows", "数据中间有小计行", "subtotals between rows", _subtotals),
    _row_fault("grand_total", "末尾有合计行", "a total behind the last row", _grand_total),
    _row_fault("exact_duplicate", "完全重复的行", "a row entered twice", _exact_duplicate),
    _row_fault(
        "duplicate_other_amount",
        "同一记录金额不同",
        "a record entered twice with different amounts",
        _other_amount,
        keeps_meaning=False,
    ),
    _row_fault(
        "shifted_right",
        "整行右移一格",
        "cells of a row one column too far right",
        _shifted_right,
        keeps_meaning=False,
    ),
    _row_fault(
        "truncated_row", "行尾缺失", "a row without its end", _truncated, keeps_meaning=False
    ),
    _row_fault(
        "merged_cells",
        "合并单元格只有首行有值",
        "merged cells: a value in the first row only",
        _merged_cells,
    ),
    _row_fault(
        "occurred_after_recorded",
        "发生日期晚于录入日期",
        "a day behind the day of its entry",
        _occurred_after_recorded,
        keeps_meaning=False,
    ),
    _row_fault(
        "recorded_in_future",
        "录入日期在将来",
        "a day of entry in the future",
        _recorded_in_future,
        keeps_meaning=False,
    ),
    _row_fault(
        "delimiter_unquoted",
        "字段内有分隔符而无引号",
        "the delimiter inside a field without quotes",
        _delimiter_unquoted,
        keeps_meaning=False,
        is_raw=True,
    ),
    _row_fault(
        "opening_quote",
        "字段开头多一个引号",
        "a quote that nothing closes",
        _opening_quote,
        keeps_meaning=False,
        is_raw=True,
    ),
    _row_fault(
        "quote_inside",
        "字段中间多一个引号",
        "a stray quote inside a field",
        _quote_inside,
        keeps_meaning=False,
        is_raw=True,
    ),
)
