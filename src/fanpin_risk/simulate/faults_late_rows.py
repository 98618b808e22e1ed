"""Late faults of rows: lines that hold no record, rows of others, doubles, notes at the margin."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import numpy as np

from fanpin_risk.simulate.faults_base import (
    PLACE_WORDS,
    Fault,
    Faulty,
    Row,
    amount_columns,
    cell_at,
    day_columns,
    day_of,
    every_column,
    household_columns,
    identity_columns,
    is_identity_number,
    number_of,
    same_cell,
    some_rows,
    unchanged,
    with_cells,
    with_lines,
    with_rows,
)
from fanpin_risk.simulate.faults_late_base import check_character, late_fault
from fanpin_risk.simulate.faults_numbers import written_like
from fanpin_risk.simulate.sheets import Cell, Sheet

OTHER_COUNTY = "520324"
"""Area code of a county in another province."""
NUMBERED_BLANKS = 5
COMMENTS = ("#以下为补报", "注：以下各户已入户核实", "// 待补充")


def _alone(sheet: Sheet, text: str) -> Row:
    """Return a line with a text in its first cell and nothing else."""
    return (text, *[None] * (len(sheet.header) - 1))


def _sections(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Begin each part of the table with a line that names it."""
    places = some_rows(range(len(sheet.rows)), rng, n)
    return with_lines(
        sheet,
        [
            (at, f"note:section-{i}", _alone(sheet, f"（{'一二三四五六七八九'[i % 9]}）永丰村"))
            for i, at in enumerate(places)
        ],
    )


def _comments(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Write remarks on lines of their own."""
    places = some_rows(range(len(sheet.rows)), rng, n)
    return with_lines(
        sheet,
        [
            (at, f"note:comment-{i}", _alone(sheet, COMMENTS[int(rng.integers(len(COMMENTS)))]))
            for i, at in enumerate(places)
        ],
    )


def _sum_on_top(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Put the total of all rows directly below the header."""
    line: list[Cell] = [None] * len(sheet.header)
    for column in amount_columns(sheet):
        numbers = (number_of(cell_at(row, column)) for row in sheet.rows)
        line[column] = float(sum((x for x in numbers if x is not None), Decimal(0)))
    return with_lines(sheet, [(0, "total:top", ("合计", *line[1:]))])


def _column_numbers(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Number the columns below the header, as forms of statistics do."""
    numbers = tuple(range(1, len(sheet.header) + 1))
    return with_lines(sheet, [(0, "note:numbers", numbers)])


def _units_below(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Give the units of the columns on a line below the header."""
    amounts = amount_columns(sheet)
    if not amounts:
        return unchanged(sheet)
    line = tuple("（元）" if at in amounts else None for at in every_column(sheet))
    return with_lines(sheet, [(0, "note:units", line)])


def _dashes_below(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Underline the header, as a database's command line does, and count the rows below."""
    faulty = with_lines(sheet, [(0, "note:dashes", tuple("-" * 6 for _ in sheet.header))])
    if faulty.sheet is None:
        return faulty
    counted = (*sheet.footer, f"({len(sheet.rows)} 行受影响)")
    return replace(faulty, sheet=replace(faulty.sheet, footer=counted))


def _numbered_blanks(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Leave the lines of a form below the last row that have a number and nothing else."""
    if sheet.header[:1] != ("序号",):
        return unchanged(sheet)
    end, width = len(sheet.rows), len(sheet.header)
    return with_lines(
        sheet,
        [
            (end, f"blank:number-{i}", (end + 1 + i, *[None] * (width - 1)))
            for i in range(min(n, NUMBERED_BLANKS))
        ],
    )


def _second_table(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Put a small table of counts below the last row."""
    end, empty = len(sheet.rows), (None,) * len(sheet.header)
    lines: Sequence[tuple[str, Row]] = (
        ("blank:second", empty),
        ("note:second-header", (*("乡镇", "户数", "人数"), *empty)[: len(empty)]),
        ("note:second-row", (*("兴旺镇", 12, 40), *empty)[: len(empty)]),
    )
    return with_lines(sheet, [(end, key, line) for key, line in lines])


def _sent_twice(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Paste the whole table below itself, with its titles and header."""
    if not sheet.rows:
        return unchanged(sheet)
    end = len(sheet.rows)
    again = [("header:title", _alone(sheet, text)) for text in sheet.title]
    again += [("header:second", sheet.header)]
    again += [(f"copy:{key}", row) for key, row in zip(sheet.keys, sheet.rows, strict=True)]
    return with_lines(sheet, [(end, key, row) for key, row in again])


def _copy_other_spelling(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Enter rows a second time, with spaces and small letters that the first do not have."""
    return with_lines(
        sheet,
        [
            (at + 1, f"copy:{sheet.keys[at]}", tuple(_other_spelling(c) for c in sheet.rows[at]))
            for at in some_rows(range(len(sheet.rows)), rng, n)
        ],
    )


def _other_spelling(cell: Cell) -> Cell:
    """Return a text with spaces around it and small letters."""
    return f" {cell.lower()} " if isinstance(cell, str) and cell else cell


def _other_county(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Paste rows of households of another county among the own."""
    return with_lines(
        sheet,
        [
            (at + 1, f"other:{sheet.keys[at]}", _moved_away(sheet, sheet.rows[at]))
            for at in some_rows(range(len(sheet.rows)), rng, n)
        ],
    )


def _moved_away(sheet: Sheet, row: Row) -> Row:
    """Return a row like this about people of another county."""
    numbers, households = identity_columns(sheet), household_columns(sheet)
    places = [at for at, name in enumerate(sheet.header) if re.search(PLACE_WORDS, name)]
    cells = list(row)
    for at, cell in enumerate(row):
        if at in numbers and isinstance(cell, str) and is_identity_number(cell):
            body = OTHER_COUNTY + cell[6:17]
            cells[at] = body + check_character(body)
        elif at in households and len(text := str(cell)) > len(OTHER_COUNTY) and text.isdigit():
            other = OTHER_COUNTY + text[6:]
            cells[at] = int(other) if isinstance(cell, int) else other
        elif at in places and isinstance(cell, str):
            cells[at] = f"邻{cell}"
    return tuple(cells)


def _other_year(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Leave rows of last year's table between those of this year."""
    columns = day_columns(sheet)
    if not columns:
        return unchanged(sheet)
    return with_lines(
        sheet,
        [
            (at + 1, f"other:{sheet.keys[at]}", _year_before(sheet.rows[at], columns))
            for at in some_rows(range(len(sheet.rows)), rng, n)
        ],
    )


def _year_before(row: Row, columns: Sequence[int]) -> Row:
    """Return a row like this with every day a year earlier."""
    cells = list(row)
    for at in columns:
        day = day_of(cell_at(row, at))
        if day is not None:
            of_month = None if day[2] is None else min(day[2], 28)
            cells[at] = written_like(row[at], (day[0] - 1, day[1], of_month))
    return tuple(cells)


def _over_two_lines(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Break rows in two: the second half stands one line lower, below its own columns."""
    width = len(sheet.header)
    half = width // 2
    chosen = [at for at in range(len(sheet.rows)) if _is_in_both(sheet.rows[at], half)]
    if not half or not chosen:
        return unchanged(sheet)
    chosen = some_rows(chosen, rng, n)
    upper = {at: (*sheet.rows[at][:half], *[None] * (width - half)) for at in chosen}
    lower = [
        (at + 1, f"part:{sheet.keys[at]}", (*[None] * half, *sheet.rows[at][half:]))
        for at in chosen
    ]
    broken = with_rows(sheet, upper)
    if broken.sheet is None:
        return broken
    return replace(with_lines(broken.sheet, lower), touched=broken.touched)


def _is_in_both(row: Row, half: int) -> bool:
    """Whether both halves of a row hold something."""
    return all(any(cell not in (None, "") for cell in part) for part in (row[:half], row[half:]))


def _ditto(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Write a sign for "as above" where a word is that of the row above."""
    cells = [
        (at, column)
        for column in every_column(sheet)[1:]
        for at in range(1, len(sheet.rows))
        if isinstance(now := cell_at(sheet.rows[at], column), str)
        and now
        and same_cell(now, cell_at(sheet.rows[at - 1], column))
    ]
    changed: dict[tuple[int, int], Cell] = {}
    for place in rng.permutation(len(cells)).tolist():
        at, column = cells[place]
        # In a row of its own each, so that what a sign stands for is the text right above.
        if len(changed) < n and not any(abs(at - row) <= 1 for row, _ in changed):
            changed[at, column] = ("同上", "〃", "″")[int(rng.integers(3))]
    return with_cells(sheet, changed)


def _cells_swapped(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Type two neighbouring cells into each other's column."""
    changed = {}
    for at in some_rows(range(len(sheet.rows)), rng, n):
        row = sheet.rows[at]
        pairs = [x for x in range(len(row) - 1) if not same_cell(row[x], row[x + 1])]
        if pairs:
            x = pairs[int(rng.integers(len(pairs)))]
            changed[at] = (*row[:x], row[x + 1], row[x], *row[x + 2 :])
    return with_rows(sheet, changed)


def _in_margin(sheet: Sheet, rng: np.random.Generator, n: int, note: str) -> Faulty:
    """Write something to the right of rows, where the header has no column."""
    width, changed = len(sheet.header), {}
    for at in some_rows(range(len(sheet.rows)), rng, n):
        row = sheet.rows[at]
        changed[at] = (*row, *[None] * (width - len(row)), note)
    return with_rows(sheet, changed)


LATE_ROWS: tuple[Fault, ...] = (
    late_fault(
        "section_lines", ("数据中间有分组标题行", "lines that name a part"), "row", _sections
    ),
    late_fault(
        "comment_lines", ("数据中间有说明行", "remarks on lines of their own"), "row", _comments
    ),
    late_fault("sum_on_top", ("合计行在表头下方", "a total below the header"), "row", _sum_on_top),
    late_fault(
        "column_numbers",
        ("表头下有栏号行", "numbers of columns below the header"),
        "row",
        _column_numbers,
    ),
    late_fault("units_below", ("表头下有单位行", "units below the header"), "row", _units_below),
    late_fault(
        "dashes_below",
        ("表头下有虚线、表尾有行数（数据库导出）", "a dashed line and a count, as databases write"),
        "file",
        _dashes_below,
        kind="csv",
    ),
    late_fault(
        "numbered_blanks",
        ("表尾留有只有序号的空行", "lines with a number and nothing else"),
        "row",
        _numbered_blanks,
    ),
    late_fault(
        "second_table", ("数据下方另有小表", "a small table below the rows"), "file", _second_table
    ),
    late_fault(
        "sent_twice",
        ("全表在同一文件内重复", "the whole table twice in one file"),
        "file",
        _sent_twice,
    ),
    late_fault(
        "copy_other_spelling",
        ("重复行的空格和大小写不同", "a row entered twice in another spelling"),
        "row",
        _copy_other_spelling,
    ),
    late_fault(
        "rows_of_other_county",
        ("混入外县的行", "rows of another county"),
        "row",
        _other_county,
        keeps_meaning=False,
    ),
    late_fault(
        "rows_of_other_year",
        ("混入上年的行", "rows of the year before"),
        "row",
        _other_year,
        keeps_meaning=False,
    ),
    late_fault(
        "row_over_two_lines",
        ("一行拆成上下两行", "a row on two lines"),
        "row",
        _over_two_lines,
        keeps_meaning=False,
    ),
    late_fault("ditto_signs", ("单元格写同上", "a sign for as above"), "row", _ditto),
    late_fault(
        "cells_swapped",
        ("相邻两格填反", "two neighbouring cells swapped"),
        "row",
        _cells_swapped,
        keeps_meaning=False,
    ),
    late_fault(
        "note_in_margin",
        ("表外右侧有批注", "a note to the right of the table"),
        "row",
        lambda sheet, rng, n: _in_margin(sheet, rng, n, "已核实"),
    ),
    late_fault(
        "voided_in_margin",
        ("表外右侧注明作废", "the word void to the right of a row"),
        "row",
        lambda sheet, rng, n: _in_margin(sheet, rng, n, "作废"),
        keeps_meaning=False,
    ),
)
