"""Late faults of workbooks: several sheets, formulas, formats, hidden things, other formats."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np

from fanpin_risk.simulate.faults_base import (
    Columns,
    Fault,
    Faulty,
    Row,
    amount_columns,
    cell_at,
    every_column,
    filled,
    household_columns,
    number_of,
    same_cell,
    some_rows,
    unchanged,
)
from fanpin_risk.simulate.faults_late_base import late_fault
from fanpin_risk.simulate.faults_late_books import Book, Page, book_bytes, book_of, write_lines
from fanpin_risk.simulate.sheets import Cell, Sheet

LAST_COLUMN = 16_383
EMPTY_ROWS = 70_000
EMPTY_STEP = 50
"""A cell in so many rows is enough: a reader's range goes as far, and writing takes no time."""


def _cells(sheet: Sheet, columns: Columns, fits: Callable[[Cell], bool]) -> list[tuple[int, int]]:
    """Cells (row, column) that fit, one of each row: the first."""
    found: dict[int, int] = {}
    for at, row in enumerate(sheet.rows):
        for column in columns:
            if fits(cell_at(row, column)):
                found.setdefault(at, column)
    return list(found.items())


def _some_cells(
    sheet: Sheet, rng: np.random.Generator, n: int, columns: Columns, fits: Callable[[Cell], bool]
) -> list[tuple[int, int]]:
    """At most ``n`` of the cells that fit, each in a row of its own."""
    cells = _cells(sheet, columns, fits)
    return [cells[place] for place in some_rows(range(len(cells)), rng, n)]


def _is_amount(cell: Cell) -> bool:
    """Whether a cell is a number above 1."""
    number = number_of(cell)
    return not isinstance(cell, str) and number is not None and number > 1


def _edited_cells(
    sheet: Sheet,
    cells: list[tuple[int, int]],
    write: Callable[[Book, Page, int, int, Cell], None],
) -> Faulty:
    """Write some cells in another way; ``write`` gets the line and the column."""
    if not cells:
        return unchanged(sheet)

    def edit(book: Book, page: Page, first: int) -> None:
        for at, column in cells:
            write(book, page, first + at, column, sheet.rows[at][column])

    touched = tuple(sheet.keys[at] for at in sorted({at for at, _ in cells}))
    return Faulty(content=book_bytes(sheet, edit), touched=touched)


def _formulas(sheet: Sheet, rng: np.random.Generator, n: int, *, has_value: bool) -> Faulty:
    """Write amounts as sums; without the value where no program has worked it out yet."""

    def write(book: Book, page: Page, y: int, x: int, cell: Cell) -> None:
        rest = (number_of(cell) or Decimal(0)) - 1
        page.write_formula(y, x, f"={rest}+1", None, cell if has_value else "")

    cells = _some_cells(sheet, rng, n, amount_columns(sheet), _is_amount)
    return _edited_cells(sheet, cells, write)


def _errors(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Leave formulas whose cells are gone."""

    def write(book: Book, page: Page, y: int, x: int, cell: Cell) -> None:
        error = ("#REF!", "#DIV/0!", "#VALUE!")[y % 3]
        page.write_formula(y, x, "=1/0", None, error)

    cells = _some_cells(sheet, rng, n, amount_columns(sheet), _is_amount)
    return _edited_cells(sheet, cells, write)


def _rich_texts(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Colour the first character of texts."""

    def write(book: Book, page: Page, y: int, x: int, cell: Cell) -> None:
        red, text = book.add_format({"font_color": "red"}), str(cell)
        page.write_rich_string(y, x, red, text[:1], text[1:])

    cells = _some_cells(
        sheet, rng, n, every_column(sheet), lambda c: isinstance(c, str) and len(c.strip()) > 1
    )
    return _edited_cells(sheet, cells, write)


def _comments_and_links(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Put comments on cells, and links behind them."""

    def write(book: Book, page: Page, y: int, x: int, cell: Cell) -> None:
        page.write_comment(y, x, "请核对")
        page.write_url(y, x, "internal:Sheet1!A1", None, str(cell))

    cells = _some_cells(
        sheet, rng, n, every_column(sheet), lambda c: isinstance(c, str) and bool(c.strip())
    )
    return _edited_cells(sheet, cells, write)


def _number_formats(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Show amounts in 万 and days as weekdays: the values are what they were."""

    def write(book: Book, page: Page, y: int, x: int, cell: Cell) -> None:
        if isinstance(cell, date):
            page.write_datetime(y, x, cell, book.add_format({"num_format": "aaaa"}))
        else:
            page.write_number(y, x, cell, book.add_format({"num_format": '0!.0,"万"'}))

    columns = every_column(sheet)
    amounts = _some_cells(sheet, rng, n, amount_columns(sheet), _is_amount)
    days = _some_cells(sheet, rng, n, columns, lambda cell: isinstance(cell, date))
    return _edited_cells(sheet, [*amounts, *days], write)


def _hidden_rows(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Leave a filter on that hides rows."""

    def edit(book: Book, page: Page, first: int) -> None:
        page.autofilter(first - 1, 0, first + len(sheet.rows) - 1, len(sheet.header) - 1)
        for at in chosen:
            page.set_row(first + at, None, None, {"hidden": True})

    chosen = some_rows(range(len(sheet.rows)), rng, n)
    return Faulty(content=book_bytes(sheet, edit)) if chosen else unchanged(sheet)


def _grouped_columns(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Freeze the header, and fold columns up so that nobody sees them."""
    last = len(sheet.header) - 1

    def edit(book: Book, page: Page, first: int) -> None:
        page.freeze_panes(first, 1)
        page.set_column(last // 2, last, None, None, {"level": 1, "hidden": True})

    return Faulty(content=book_bytes(sheet, edit)) if sheet.rows else unchanged(sheet)


def _merged_title(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Merge the title over all columns."""
    width = len(sheet.header)

    def edit(book: Book, page: Page, first: int) -> None:
        middle = book.add_format({"align": "center"})
        for y, text in enumerate(sheet.title):
            page.merge_range(y, 0, y, width - 1, text, middle)

    fits = sheet.title and width > 1
    return Faulty(content=book_bytes(sheet, edit)) if fits else unchanged(sheet)


def _merged_rows(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Merge cells of equal neighbours in one column: only the first keeps its value."""
    for column in dict.fromkeys([*household_columns(sheet), *every_column(sheet)]):
        runs = _runs(sheet, column)
        if runs:
            return _with_merged(
                sheet, column, [runs[i] for i in some_rows(range(len(runs)), rng, n)]
            )
    return unchanged(sheet)


def _runs(sheet: Sheet, column: int) -> list[tuple[int, int]]:
    """First and last row of runs of one text in a column of texts."""
    if not all(isinstance(cell, str) for cell in filled(sheet, column)):
        return []
    cells = [cell_at(row, column) for row in sheet.rows]
    starts = [at for at, c in enumerate(cells) if at == 0 or not same_cell(c, cells[at - 1])]
    ends = [*(at - 1 for at in starts[1:]), len(cells) - 1]
    return [(a, b) for a, b in zip(starts, ends, strict=False) if b > a and cells[a]]


def _with_merged(sheet: Sheet, column: int, runs: list[tuple[int, int]]) -> Faulty:
    """Merge the cells of each run."""

    def edit(book: Book, page: Page, first: int) -> None:
        middle = book.add_format({"valign": "vcenter"})
        for a, b in runs:
            page.merge_range(first + a, column, first + b, column, sheet.rows[a][column], middle)

    touched = tuple(sheet.keys[at] for a, b in runs for at in range(a + 1, b + 1))
    return Faulty(content=book_bytes(sheet, edit), touched=touched)


def _wide_range(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Format empty cells out to the last column."""

    def edit(book: Book, page: Page, first: int) -> None:
        for at in (-1, *some_rows(range(len(sheet.rows)), rng, n)):
            page.write_blank(first + at, LAST_COLUMN, None, book.add_format({"bold": True}))

    return Faulty(content=book_bytes(sheet, edit))


def _long_range(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Format empty cells far below the last row."""

    def edit(book: Book, page: Page, first: int) -> None:
        frame = book.add_format({"border": 1})
        end = first + len(sheet.rows) + len(sheet.footer)
        for y in range(end, end + EMPTY_ROWS + 1, EMPTY_STEP):
            page.write_blank(y, 0, None, frame)

    return Faulty(content=book_bytes(sheet, edit))


def _from_1904(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Save a workbook that counts its days from 1904, and says so."""
    has_days = any(isinstance(cell, date) for row in sheet.rows for cell in row)
    content = book_bytes(sheet, counts_from_1904=True)
    return Faulty(content=content) if has_days else unchanged(sheet)


def _two_sheets(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Put the rows of two townships on a sheet each, with the header on both."""
    if len(sheet.rows) < 2:
        return unchanged(sheet)
    at = int(rng.integers(1, len(sheet.rows)))

    def fill(book: Book) -> None:
        for name, rows in (("兴旺镇", sheet.rows[:at]), ("永丰镇", sheet.rows[at:])):
            write_lines(book, book.add_worksheet(name), replace(sheet, rows=rows))

    return Faulty(content=book_of(fill))


def _sheet_before(
    sheet: Sheet, name: str, lines: tuple[Row, ...], *, is_hidden: bool = False
) -> Faulty:
    """Put another sheet before the one with the rows."""

    def fill(book: Book) -> None:
        page = book.add_worksheet(name)
        for y, line in enumerate(lines):
            page.write_row(y, 0, line)
        main = book.add_worksheet("数据")
        write_lines(book, main, sheet)
        if is_hidden:
            main.activate()
            main.set_first_sheet()
            page.hide()

    return Faulty(content=book_of(fill))


def _book_fault(
    name: str,
    zh: str,
    en: str,
    apply: Callable[[Sheet, np.random.Generator, int], Faulty],
    *,
    keeps_meaning: bool = True,
) -> Fault:
    """Build a fault of a workbook."""
    return late_fault(
        name, (zh, en), "file", apply, keeps_meaning=keeps_meaning, is_raw=True, kind="xlsx"
    )


NOTES: tuple[Row, ...] = (("填表说明",), ("1. 金额单位为元。",), ("2. 日期格式为2021-03-05。",))
CODE_LIST: tuple[Row, ...] = (("户类型", "代码"), ("脱贫户", 1), ("一般农户", 2))

LATE_WORKBOOKS: tuple[Fault, ...] = (
    _book_fault(
        "formulas_with_value",
        "金额为公式且有结果",
        "amounts as formulas with their values",
        lambda sheet, rng, n: _formulas(sheet, rng, n, has_value=True),
    ),
    _book_fault(
        "formulas_without_value",
        "金额为公式而无结果",
        "amounts as formulas that nobody worked out",
        lambda sheet, rng, n: _formulas(sheet, rng, n, has_value=False),
    ),
    _book_fault(
        "error_cells", "金额为公式错误值", "errors of formulas", _errors, keeps_meaning=False
    ),
    _book_fault("rich_texts", "单元格内部分文字变色", "texts in two colours", _rich_texts),
    _book_fault(
        "comments_and_links",
        "单元格有批注和超链接",
        "comments and links on cells",
        _comments_and_links,
    ),
    _book_fault(
        "number_formats",
        "数值格式掩盖实际值",
        "formats that show other than the value",
        _number_formats,
    ),
    _book_fault("hidden_rows", "筛选隐藏了部分行", "rows that a filter hides", _hidden_rows),
    _book_fault(
        "grouped_columns",
        "冻结窗格并折叠部分列",
        "frozen panes and folded columns",
        _grouped_columns,
    ),
    _book_fault("merged_title", "标题跨列合并", "a title merged over all columns", _merged_title),
    _book_fault("merged_rows", "相同值的单元格真正合并", "equal cells really merged", _merged_rows),
    _book_fault(
        "wide_used_range",
        "最右列有带格式的空单元格",
        "empty cells out to the last column",
        _wide_range,
    ),
    _book_fault(
        "long_used_range",
        "下方七万行内有带格式的空单元格",
        "empty cells down to seventy thousand rows below",
        _long_range,
    ),
    _book_fault(
        "book_from_1904", "工作簿用1904日期系统", "a workbook that counts from 1904", _from_1904
    ),
    _book_fault("rows_on_two_sheets", "数据分在两个工作表", "rows on two sheets", _two_sheets),
    _book_fault(
        "empty_sheet_first",
        "第一个工作表为空",
        "an empty sheet before the table",
        lambda sheet, rng, n: _sheet_before(sheet, "Sheet1", ()),
    ),
    _book_fault(
        "notes_sheet_first",
        "第一个工作表为填表说明",
        "a sheet with notes before the table",
        lambda sheet, rng, n: _sheet_before(sheet, "填表说明", NOTES),
    ),
    _book_fault(
        "hidden_sheet_first",
        "第一个工作表为隐藏的代码表",
        "a hidden sheet with codes before the table",
        lambda sheet, rng, n: _sheet_before(sheet, "代码", CODE_LIST, is_hidden=True),
    ),
)
