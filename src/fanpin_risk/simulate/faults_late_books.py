"""Workbooks with what the plain writer of sheets leaves out: several sheets, formats, formulas."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import xlsxwriter

from fanpin_risk.simulate.sheets import Cell, Sheet

MADE_AT = datetime(2024, 1, 1)
"""A fixed time of making: the same workbook has the same bytes."""

Book = Any
Page = Any
Edit = Callable[[Book, Page, int], None]


def book_bytes(sheet: Sheet, edit: Edit | None = None, *, counts_from_1904: bool = False) -> bytes:
    """Write a workbook, the same to the byte each time; ``edit`` may write over its cells.

    Parameters
    ----------
    sheet : Sheet
        Title, header, rows and footer, one line each.
    edit : callable
        Gets the workbook, its only sheet, and the line (from 0) of the first row.
    counts_from_1904 : bool
        Whether days are counted from 1904, as by old Macintosh programs, which the file says.
    """

    def fill(book: Book) -> None:
        page = book.add_worksheet()
        write_lines(book, page, sheet)
        if edit is not None:
            edit(book, page, len(sheet.title) + 1)

    return book_of(fill, counts_from_1904=counts_from_1904)


def book_of(fill: Callable[[Book], None], *, counts_from_1904: bool = False) -> bytes:
    """Write a workbook whose sheets ``fill`` adds."""
    content = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "date_1904": counts_from_1904,
    }
    with xlsxwriter.Workbook(content, options) as book:
        book.set_properties({"created": MADE_AT})
        fill(book)
    return content.getvalue()


def write_lines(book: Book, page: Page, sheet: Sheet, *, left: int = 0) -> None:
    """Write every line of a sheet: texts stay texts, days are real days."""
    days = book.add_format({"num_format": "yyyy-mm-dd"})
    lines: list[tuple[Cell, ...]] = [*((text,) for text in sheet.title), sheet.header, *sheet.rows]
    lines += [(text,) for text in sheet.footer]
    for y, line in enumerate(lines):
        for x, cell in enumerate(line, start=left):
            if isinstance(cell, date):
                page.write_datetime(y, x, cell, days)
            elif isinstance(cell, str):
                page.write_string(y, x, cell)
            elif cell is not None:
                page.write(y, x, cell)
