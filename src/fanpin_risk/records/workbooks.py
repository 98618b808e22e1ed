"""Workbooks (.xlsx, .xls) cell by cell: types stay visible, title rows stay, nothing is guessed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from typing import Any

import polars as pl

from fanpin_risk.errors import InputFileError
from fanpin_risk.records.book_faults import opened_book, refusing
from fanpin_risk.records.cells import cell_text, person_text
from fanpin_risk.records.headers import Header, Layout, find_header, is_complete
from fanpin_risk.records.text_rows import LINE, UNSPLIT_SCHEMA, Piece

MEND_SHEET = "待修正"
"""Sheet of a quarantine workbook that holds the rows to be sent again."""

_ROWS_AT_ONCE = 20_000


@dataclass(frozen=True, kw_only=True)
class BookTable:
    """A workbook's sheet whose header has been found."""

    path: Path
    header: Header
    sheet: Any
    layout: Layout


def open_book(path: Path, layout: Layout) -> BookTable | None:
    """Find sheet and header; None where no sheet has a row that looks like the header.

    The sheet is the one that the source names, else a sheet of mended rows, else the visible one
    whose header is complete, else the first one with any of the columns.

    Raises
    ------
    InputFileError
        If the file is no workbook, is damaged or encrypted, lacks the sheet that the source
        names, or has rows on several sheets.
    InstallationError
        If python-calamine is not installed.
    """
    book = opened_book(path)
    best: BookTable | None = None
    complete: dict[str, BookTable] = {}
    for name in _sheets(book, layout.sheet, path):
        sheet = _sheet(book, name, path)
        if sheet is None:
            continue
        top = [
            [cell_text(cell) for cell in row]
            for row in islice(_rows(sheet, path, 0), layout.header_within)
        ]
        header = find_header(top, layout)
        if header is None:
            continue
        found = BookTable(path=path, header=header, sheet=sheet, layout=layout)
        if is_complete(header, layout):
            complete[name] = found
        best = best or found
    return _only_one(path, complete) or best


def _only_one(path: Path, complete: dict[str, BookTable]) -> BookTable | None:
    """Return the table whose header is complete; refuse to choose between two that hold rows."""
    filled = {n: t for n, t in complete.items() if t.sheet.total_height > t.header.row + 1}
    if len(filled) > 1:
        raise InputFileError(
            f"{path}: the sheets {', '.join(filled)} all hold such rows, and one alone would be "
            "read. Put the rows on one sheet, or name it by `sheet` in the source file."
        )
    return next(iter([*filled.values(), *complete.values()]), None)


def _sheets(book: Any, wanted: str | None, path: Path) -> list[str]:
    """Names of the sheets to look at, in that order."""
    visible = [m.name for m in book.sheets_metadata if str(m.visible).endswith(".Visible")]
    if not book.sheet_names:
        raise InputFileError(f"{path}: lacks a list of its sheets. Save it again as .xlsx.")
    if MEND_SHEET in book.sheet_names:
        return [MEND_SHEET]
    if wanted is None:
        return visible
    if wanted not in book.sheet_names:
        raise InputFileError(
            f"{path}: has no sheet {wanted!r}; it has {', '.join(book.sheet_names)}. "
            "Name the sheet in the source file."
        )
    return [wanted]


def _sheet(book: Any, name: str, path: Path) -> Any | None:
    """One sheet, or None where it is a chart or empty."""
    with refusing(path, f"the sheet {name!r}"):
        sheet = book.get_sheet_by_name(name)
    return sheet if sheet.height else None


def _rows(sheet: Any, path: Path, first: int) -> Iterator[list[Any]]:
    """Rows of a sheet from one on, counted from 0."""
    rows = islice(sheet.iter_rows(), first, None)
    for number in count(first + 1):
        with refusing(path, f"the sheet {sheet.name!r}", row=number):
            row = next(rows, None)
        if row is None:
            return
        yield row


def book_pieces(table: BookTable) -> Iterator[Piece]:
    """Rows below the header, block by block; a row's line is its number in the sheet, from 1.

    Raises
    ------
    InputFileError
        If a cell cannot be read; the row is named.
    """
    names = table.header.names
    fills = _fills(table)
    held: dict[tuple[int, int], Any] = {}
    at = table.header.row + 1
    rows = _rows(table.sheet, table.path, at)
    is_person = [name in table.layout.persons for name in names]
    while block := list(islice(rows, _ROWS_AT_ONCE)):
        columns: list[Sequence[Any]] = list(zip(*block, strict=True))
        for x, top_of in fills.items():
            columns[x] = _filled(columns[x], at + 1, x, top_of, held)
        series = [
            _series(name, columns[x] if x < len(columns) else [""] * len(block), is_person[x])
            for x, name in enumerate(names)
        ]
        lines = pl.Series(LINE, range(at + 1, at + 1 + len(block)), dtype=pl.Int64)
        texts = pl.DataFrame([lines, *series])
        is_blank = pl.all_horizontal(pl.col(name).is_null() for name in names)
        kept = texts.filter(~is_blank)
        yield Piece(
            texts=kept,
            unsplit=pl.DataFrame(schema=UNSPLIT_SCHEMA),
            n_blank=texts.height - kept.height,
        )
        at += len(block)


def _series(name: str, cells: Sequence[Any], is_person: bool) -> pl.Series:
    """Texts of a column's cells; an empty cell is null."""
    try:
        series = pl.Series(name, cells, dtype=pl.String(), strict=True)
    except (TypeError, pl.exceptions.PolarsError):
        read = person_text if is_person else cell_text
        series = pl.Series(name, [read(cell) for cell in cells], dtype=pl.String())
    return series.set(series == "", None)


def _fills(table: BookTable) -> dict[int, dict[int, int]]:
    """Columns that are filled down, each with the top line of the merged cell of a line."""
    left_edge = table.sheet.start[1]
    wanted = [x for x, name in enumerate(table.header.names) if name in table.layout.fill_down]
    fills: dict[int, dict[int, int]] = {x: {} for x in wanted}
    for (top, left), (bottom, right) in table.sheet.merged_cell_ranges or []:
        for x in wanted:
            if left <= x + left_edge <= right and top > table.header.row:
                last = min(bottom, table.sheet.end[0])
                fills[x] |= dict.fromkeys(range(top + 1, last + 2), top + 1)
    return {x: top_of for x, top_of in fills.items() if top_of}


def _filled(
    cells: Sequence[Any],
    first: int,
    x: int,
    top_of: Mapping[int, int],
    held: dict[tuple[int, int], Any],
) -> list[Any]:
    """Let a merged cell's value hold for each of its lines; ``held`` keeps it for later blocks."""
    filled = list(cells)
    for at, line in enumerate(range(first, first + len(cells))):
        top = top_of.get(line)
        if top == line:
            held[x, line] = cells[at]
        elif top is not None and held.get((x, top), "") != "":
            filled[at] = held[x, top]
    return filled
