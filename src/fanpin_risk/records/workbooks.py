"""Workbooks (.xlsx, .xls) cell by cell: types stay visible, title rows stay, nothing is guessed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl

from fanpin_risk.errors import InputFileError, InstallationError
from fanpin_risk.records.cells import cell_text, person_text
from fanpin_risk.records.headers import Header, Layout, find_header, is_complete
from fanpin_risk.records.text_files import LINE, UNSPLIT_SCHEMA, Piece

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

    The sheet is the one that the source names, else a sheet of mended rows, else the first visible
    one whose header is complete, else the one with the most of the columns.

    Raises
    ------
    InputFileError
        If the file is no workbook, is encrypted, or lacks the sheet that the source names.
    InstallationError
        If python-calamine is not installed.
    """
    book = _opened(path)
    best: BookTable | None = None
    for name in _sheets(book, layout.sheet, path):
        sheet = _sheet(book, name, path)
        if sheet is None:
            continue
        top = [
            [cell_text(cell) for cell in row]
            for row in islice(sheet.iter_rows(), layout.header_within)
        ]
        header = find_header(top, layout)
        if header is None:
            continue
        found = BookTable(path=path, header=header, sheet=sheet, layout=layout)
        if is_complete(header, layout):
            return found
        best = best or found
    return best


def _opened(path: Path) -> Any:
    """Open a workbook."""
    try:
        from python_calamine import CalamineError, CalamineWorkbook
    except ImportError as error:
        raise InstallationError(
            f"{path}: reading workbooks needs python-calamine. Run: pip install "
            '"fanpin-risk[excel]".'
        ) from error
    try:
        return CalamineWorkbook.from_path(str(path))
    except (CalamineError, OSError, ValueError) as error:
        is_locked = "assword" in str(error) or "ncrypt" in str(error)
        said = "is protected by a password" if is_locked else "is no readable workbook"
        raise InputFileError(
            f"{path}: {said}. Save it again as .xlsx without a password."
        ) from error


def _sheets(book: Any, wanted: str | None, path: Path) -> list[str]:
    """Names of the sheets to look at, in that order."""
    visible = [m.name for m in book.sheets_metadata if "Visible" in str(m.visible)]
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
    from python_calamine import CalamineError

    try:
        sheet = book.get_sheet_by_name(name)
    except (CalamineError, ValueError, OSError) as error:
        raise InputFileError(
            f"{path}: the sheet {name!r} cannot be read. Save the workbook again."
        ) from error
    return sheet if sheet.total_height else None


def book_pieces(table: BookTable) -> Iterator[Piece]:
    """Rows below the header, block by block; a row's line is its number in the sheet, from 1."""
    names = table.header.names
    fills = _fills(table)
    at = table.header.row + 1
    rows = islice(table.sheet.iter_rows(), at, None)
    floats = [name in table.layout.persons for name in names]
    while block := list(islice(rows, _ROWS_AT_ONCE)):
        columns = list(zip(*block, strict=True))
        series = [
            _series(name, columns[x] if x < len(columns) else [""] * len(block), floats[x])
            for x, name in enumerate(names)
        ]
        lines = pl.Series(LINE, range(at + 1, at + 1 + len(block)), dtype=pl.Int64)
        texts = _filled(pl.DataFrame([lines, *series]), fills)
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


def _fills(table: BookTable) -> list[tuple[str, int, int]]:
    """Merged cells of the columns that are filled down: column, first and last row of the sheet."""
    wanted = {
        name: x for x, name in enumerate(table.header.names) if name in table.layout.fill_down
    }
    ranges = table.sheet.merged_cell_ranges or []
    return [
        (name, top + 1, bottom + 1)
        for (top, left), (bottom, right) in ranges
        for name, x in wanted.items()
        if left <= x <= right and bottom > top
    ]


def _filled(texts: pl.DataFrame, fills: list[tuple[str, int, int]]) -> pl.DataFrame:
    """Let a merged cell's value hold for each of its rows."""
    for name, top, bottom in fills:
        inside = pl.col(LINE).is_between(top, bottom)
        value = texts.filter(pl.col(LINE) == top)[name]
        if value.len() and value[0] is not None:
            texts = texts.with_columns(
                pl.when(inside).then(pl.lit(value[0])).otherwise(pl.col(name)).alias(name)
            )
    return texts
