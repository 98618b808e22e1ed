"""An office's file before it is written: title rows, header, rows of cells, footer."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Literal

import xlsxwriter

Cell = str | int | float | bool | date | None
SheetKind = Literal["xlsx", "csv"]
_CREATED = datetime(2022, 1, 1)  # so that the same sheet gives the same bytes


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One file of an office. ``source`` names the source file that describes its layout.

    ``keys`` has one entry for each row: what the row is known by to whoever made it, so that a test
    can follow it; it is never written to the file.
    """

    source: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    keys: tuple[str, ...]
    title: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()
    kind: SheetKind = "xlsx"
    encoding: Literal["utf-8", "utf-8-sig", "gb18030", "utf-16"] = "utf-8"
    delimiter: str = ","

    def with_cell(self, row: int, column: str, value: Cell) -> Sheet:
        """Return the same file with another value in one cell."""
        at = self.header.index(column)
        cells = list(self.rows[row])
        cells[at] = value
        rows = [*self.rows[:row], tuple(cells), *self.rows[row + 1 :]]
        return replace(self, rows=tuple(rows))


def sheet_bytes(sheet: Sheet) -> bytes:
    """Content of the file: a workbook, or a text file in the sheet's encoding."""
    return _workbook(sheet) if sheet.kind == "xlsx" else _text(sheet)


def write_sheet(sheet: Sheet, path: Path) -> Path:
    """Write the file and return its path; the ending is the kind's."""
    target = path.with_name(f"{path.name}.{sheet.kind}")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(sheet_bytes(sheet))
    return target


def _lines(sheet: Sheet) -> list[tuple[Cell, ...]]:
    """Every line of the file from the top."""
    above = [(text,) for text in sheet.title]
    below = [(text,) for text in sheet.footer]
    return [*above, sheet.header, *sheet.rows, *below]


def _text(sheet: Sheet) -> bytes:
    """Write a text file as an office's program would: Windows line ends, quotes where needed."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=sheet.delimiter, lineterminator="\r\n")
    for line in _lines(sheet):
        writer.writerow(["" if cell is None else _plain(cell) for cell in line])
    return text.getvalue().encode(sheet.encoding)


def _plain(cell: Cell) -> str:
    """Text of a cell."""
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _workbook(sheet: Sheet) -> bytes:
    """Write a workbook: texts stay texts, dates are real dates."""
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        book.set_properties({"created": _CREATED})
        days = book.add_format({"num_format": "yyyy-mm-dd"})
        page = book.add_worksheet()
        for y, line in enumerate(_lines(sheet)):
            for x, cell in enumerate(line):
                if cell is None:
                    continue
                if isinstance(cell, date):
                    page.write_datetime(y, x, cell, days)
                elif isinstance(cell, str):
                    page.write_string(y, x, cell)
                else:
                    page.write(y, x, cell)
    return content.getvalue()
