"""Tables in files of any kind, piece by piece as text, without losing or guessing anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from fanpin_risk.errors import InputFileError, SchemaError
from fanpin_risk.records.headers import Header, Layout, find_header, normal, require_columns
from fanpin_risk.records.parquet_files import parquet_names, parquet_pieces
from fanpin_risk.records.text_files import (
    LINE,
    PIECE_BYTES,
    Piece,
    open_text,
    pieces,
)
from fanpin_risk.records.workbooks import book_pieces, open_book

__all__ = ["KINDS", "LINE", "Piece", "TableFile", "open_table", "read_as_text"]

TEXT_KINDS = (".csv", ".csv.gz", ".txt", ".tsv")
BOOK_KINDS = (".xlsx", ".xlsm", ".xls")
KINDS = (".parquet", *TEXT_KINDS, *BOOK_KINDS)


@dataclass(frozen=True, kw_only=True)
class TableFile:
    """A table of a file: its header, its encoding where it is text, and its rows by pieces.

    ``pieces()`` starts from the top at every call. Blank rows, repeated headers and footers are no
    rows; ``n_blank`` of each piece counts them.
    """

    path: Path
    header: Header
    encoding: str
    pieces: Callable[[], Iterator[Piece]]


def open_table(path: Path, layout: Layout, *, piece_bytes: int = PIECE_BYTES) -> TableFile:
    """Open a file and find its table.

    Parameters
    ----------
    path
        A ``.parquet``, ``.csv``, ``.csv.gz``, ``.txt``, ``.tsv``, ``.xlsx``, ``.xlsm`` or ``.xls``
        file.
    layout
        Which columns must be there, under which names, and how the file is written.
    piece_bytes
        About how many bytes of a text file are held at once.

    Raises
    ------
    InputFileError
        If the file is missing, empty, damaged, or of a kind that is not read.
    SchemaError
        If a needed column is missing or stands twice.
    """
    _require_file(path)
    name = path.name.lower()
    if name.endswith(".parquet"):
        found = _parquet(path, layout)
    elif name.endswith(BOOK_KINDS):
        found = _book(path, layout)
    elif name.endswith(TEXT_KINDS):
        found = _text(path, layout, piece_bytes)
    else:
        raise InputFileError(f"{path}: files of this kind are not read. Use {', '.join(KINDS)}.")
    if LINE in found.header.names:
        raise SchemaError(f"{path}: the name of the column {LINE!r} is taken. Rename the column.")
    return found


def _require_file(path: Path) -> None:
    """Raise unless there is a file with something in it."""
    try:
        if not path.exists():
            raise InputFileError(f"{path}: no such file. Check the path.")
        if path.is_dir():
            raise InputFileError(f"{path}: is a folder. Name the file itself.")
        if path.stat().st_size == 0:
            raise InputFileError(f"{path}: is empty. Export it again.")
    except InputFileError:
        raise
    except OSError as error:
        raise InputFileError(f"{path}: cannot be read: {error.strerror}.") from error


def _no_header(path: Path, layout: Layout) -> SchemaError:
    """Word that no row of a file is the header."""
    shown = ", ".join(layout.needed[:5])
    return SchemaError(
        f"{path}: none of the first {layout.header_within} rows is a header with the columns "
        f"{shown} …. Is the source file's `delimiter` right, and is this its kind of file?"
    )


def _text(path: Path, layout: Layout, piece_bytes: int) -> TableFile:
    """Table of a text file."""
    table = open_text(path, layout)
    if table is None:
        raise _no_header(path, layout)
    header = require_columns(table.header, layout, str(path))
    whole = type(table)(**{**vars(table), "header": header})
    return TableFile(
        path=path,
        header=header,
        encoding=table.encoding,
        pieces=lambda: _within(pieces(whole, piece_bytes=piece_bytes), header, layout),
    )


def _book(path: Path, layout: Layout) -> TableFile:
    """Table of a workbook."""
    table = open_book(path, layout)
    if table is None:
        raise _no_header(path, layout)
    header = require_columns(table.header, layout, str(path))
    whole = type(table)(**{**vars(table), "header": header})
    return TableFile(
        path=path,
        header=header,
        encoding="",
        pieces=lambda: _within(book_pieces(whole), header, layout),
    )


def _parquet(path: Path, layout: Layout) -> TableFile:
    """Table of a Parquet file."""
    names = parquet_names(path)
    found = find_header([names], layout) or Header(row=0, names=names, as_written=names)
    header = require_columns(found, layout, str(path))
    return TableFile(
        path=path, header=header, encoding="", pieces=lambda: parquet_pieces(path, header.names)
    )


def _within(found: Iterator[Piece], header: Header, layout: Layout) -> Iterator[Piece]:
    """Leave out what is no row: blank ones, repeated headers, totals and footers."""
    for piece in found:
        piece = _without_notes(piece, header, layout)
        doubtful = piece.texts.filter(_may_be_outside(header, layout))
        outside = doubtful.filter(_is_outside(header, layout)).select(LINE)
        if not outside.height:
            yield piece
            continue
        kept = piece.texts.join(outside, on=LINE, how="anti", maintain_order="left")
        n_blank = piece.n_blank + outside.height
        yield Piece(texts=kept, unsplit=piece.unsplit, n_blank=n_blank)


def _without_notes(piece: Piece, header: Header, layout: Layout) -> Piece:
    """Leave out the notes of a text file: they have one field, not as many as the header."""
    short = _short_lines(piece.unsplit, header, layout)
    notes = short.filter(_is_outside(header, layout)).select(LINE) if short.height else short
    if not notes.height:
        return piece
    kept = piece.unsplit.join(notes, on=LINE, how="anti", maintain_order="left")
    return Piece(texts=piece.texts, unsplit=kept, n_blank=piece.n_blank + notes.height)


def _short_lines(unsplit: pl.DataFrame, header: Header, layout: Layout) -> pl.DataFrame:
    """Lines with fewer fields than the header, as rows whose other fields are missing."""
    width = len(header.names)
    short = unsplit.filter(pl.col("check") == "fields", pl.col("n_fields") < width)
    rows = []
    for line, text in short.select(LINE, "raw").iter_rows():
        cells = [cell.strip('"') or None for cell in text.split(layout.delimiter)][:width]
        rows.append([line, *cells, *[None] * (width - len(cells))])
    schema = {LINE: pl.Int64(), **dict.fromkeys(header.names, pl.String())}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _may_be_outside(header: Header, layout: Layout) -> pl.Expr:
    """Whether a line is worth a closer look, by its first cell alone: most lines are not."""
    first = pl.col(header.names[0])
    starts = [first.is_null(), first.str.contains(r"^\s*$"), first == header.as_written[0]]
    if layout.footers:
        starts.append(first.str.contains(_footer_pattern(layout)))
    return pl.any_horizontal(starts)


def _is_outside(header: Header, layout: Layout) -> pl.Expr:
    """Whether a line of the table is no row of it."""
    columns = [pl.col(name) for name in header.names]
    is_blank = pl.all_horizontal(
        column.str.strip_chars().eq("").fill_null(True) for column in columns
    )
    written = [(name, text) for name, text in zip(header.names, header.as_written, strict=True)]
    is_header = pl.all_horizontal(
        pl.col(name).eq_missing(pl.lit(text)) | (pl.lit(not normal(text)) & pl.col(name).is_null())
        for name, text in written
    )
    return is_blank | is_header | _is_footer(header, layout)


def _is_footer(header: Header, layout: Layout) -> pl.Expr:
    """Whether a line is a total or a note: it begins as one, and names no household or person."""
    if not layout.footers:
        return pl.lit(False)
    first = pl.coalesce(pl.col(name) for name in header.names)
    begins = first.str.contains(_footer_pattern(layout)).fill_null(False)
    keys = [pl.col(name) for name in layout.key_columns if name in header.names]
    names_none = [key.is_null() | (key == first) for key in keys]
    return begins & pl.all_horizontal(pl.lit(True), *names_none)


def _footer_pattern(layout: Layout) -> str:
    """Pattern of what a total or a note begins with."""
    return "^[ \u3000*]*(" + "|".join(_spaced(word) for word in layout.footers) + ")"


def _spaced(word: str) -> str:
    """Pattern of a word whose letters may stand apart, as in 合  计; either kind of colon."""
    letters = [c for c in word if not c.isspace()]
    return "[ \u3000]*".join("[:：]" if c in ":：" else c for c in letters)


def read_as_text(path: Path, *, delimiter: str, needed: list[str]) -> pl.DataFrame:
    """Every row of a file as text, with the line it stands on; a file with a broken row is refused.

    Parameters
    ----------
    path
        A file of any kind that `open_table` reads.
    delimiter
        What separates the fields of a text file.
    needed
        Columns that must be there.

    Returns
    -------
    DataFrame
        All columns as text (empty text is null), plus ``_line``: the row's line in a text file
        (the header is line 1), its number from 1 in a Parquet file, its row in a sheet.

    Raises
    ------
    InputFileError
        If the file is missing, empty, damaged, of a kind that is not read, or a row of it cannot be
        parted into the header's fields.
    SchemaError
        If a needed column is missing; the nearest name in the file is shown.
    """
    table = open_table(path, Layout(needed=tuple(needed), delimiter=delimiter))
    found = list(table.pieces())
    unsplit = pl.concat([piece.unsplit for piece in found]) if found else None
    if unsplit is not None and unsplit.height:
        raise InputFileError(_first_unsplit(path, unsplit.row(0, named=True), table.header))
    if not any(piece.texts.height for piece in found):
        raise InputFileError(f"{path}: has a header but no rows. Export it again.")
    return pl.concat([piece.texts for piece in found])


def _first_unsplit(path: Path, row: dict[str, object], header: Header) -> str:
    """Word the first line that is no row."""
    where = f"{path}: line {row[LINE]}"
    if row["check"] == "fields":
        return (
            f"{where} has {row['n_fields']} fields, the header has {len(header.names)}. "
            "Mend that line."
        )
    if row["check"] == "quotes":
        return f"{where} is no CSV: a quote stands where none belongs. Mend its quotes."
    return f"{where} is not in the file's encoding. Save the file as CSV UTF-8."
