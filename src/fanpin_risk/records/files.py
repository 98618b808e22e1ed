"""Reading a table file as text, row by row numbered, without losing or guessing anything."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from pathlib import Path

import polars as pl

from fanpin_risk.errors import InputFileError, SchemaError
from fanpin_risk.settings import nearest

LINE = "_line"
KINDS = (".parquet", ".csv", ".csv.gz")


def read_as_text(path: Path, *, delimiter: str, needed: list[str]) -> pl.DataFrame:
    """Every row of a file as text, with the line it stands on.

    Parameters
    ----------
    path
        A ``.parquet``, ``.csv`` or ``.csv.gz`` file. Text files are UTF-8, with or without a byte
        order mark, and start with one header row.
    delimiter
        What separates the fields of a text file.
    needed
        Columns that must be there.

    Returns
    -------
    DataFrame
        All columns as text (empty text is null), plus ``_line``: the row's line in a text file
        (the header is line 1), the row's number from 1 in a Parquet file.

    Raises
    ------
    InputFileError
        If the file is missing, empty, damaged, or of a kind that is not read.
    SchemaError
        If a needed column is missing; the nearest name in the file is shown.
    """
    if not path.exists():
        raise InputFileError(f"{path}: no such file. Check the path.")
    if path.is_dir():
        raise InputFileError(f"{path}: is a folder. Name the file itself.")
    if path.stat().st_size == 0:
        raise InputFileError(f"{path}: is empty. Export it again.")
    name = path.name.lower()
    if name.endswith(".parquet"):
        frame = _read_parquet(path)
        first_line = 1
    elif name.endswith((".csv", ".csv.gz")):
        frame = _read_csv(path, delimiter)
        first_line = 2
    else:
        raise InputFileError(f"{path}: files of this kind are not read. Use {', '.join(KINDS)}.")
    _require_columns(frame.columns, needed, path)
    if frame.height == 0:
        raise InputFileError(f"{path}: has a header but no rows. Export it again.")
    return frame.with_row_index(LINE, offset=first_line).with_columns(pl.col(LINE).cast(pl.Int64))


def _read_parquet(path: Path) -> pl.DataFrame:
    """Read a Parquet file and turn every value into text."""
    try:
        frame = pl.read_parquet(path, use_statistics=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputFileError(f"{path}: is no readable Parquet file. Export it again.") from error
    nested = [name for name, kind in frame.schema.items() if kind.is_nested()]
    if nested:
        raise SchemaError(f"{path}: the columns {nested} hold lists. Give one value to a field.")
    return frame.select(pl.all().cast(pl.String))


def _read_csv(path: Path, delimiter: str) -> pl.DataFrame:
    """Read a text file; nothing is guessed, every field stays text."""
    content = _text_bytes(path)
    try:
        frame = pl.read_csv(content, separator=delimiter, infer_schema=False, null_values=[""])
    except pl.exceptions.PolarsError as error:
        raise InputFileError(_csv_problem(content, delimiter, path)) from error
    _refuse_doubled_header(content, delimiter, path)
    return frame


def _text_bytes(path: Path) -> bytes:
    """Bytes of a text file, unpacked, without the byte order mark, known to be UTF-8."""
    try:
        content = path.read_bytes()
        if path.name.lower().endswith(".gz"):
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise InputFileError(f"{path}: cannot be unpacked or read. Export it again.") from error
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InputFileError(
            f"{path}: line {line} is not UTF-8 text. Save the file as CSV UTF-8."
        ) from error
    if not content.strip():
        raise InputFileError(f"{path}: is empty. Export it again.")
    return content


def _csv_problem(content: bytes, delimiter: str, path: Path) -> str:
    """Say which line does not have as many fields as the header."""
    reader = csv.reader(io.StringIO(content.decode("utf-8"), newline=""), delimiter=delimiter)
    try:
        width = len(next(reader))
        for row in reader:
            if len(row) > width:
                return (
                    f"{path}: line {reader.line_num} has {len(row)} fields, the header has "
                    f"{width}. Mend that line."
                )
    except csv.Error as error:
        return f"{path}: line {reader.line_num} is no CSV: {error}. Mend that line."
    return f"{path}: is no CSV with {delimiter!r} between the fields. Export it again."


def _refuse_doubled_header(content: bytes, delimiter: str, path: Path) -> None:
    """Two columns of one name would be silently renamed by the reader."""
    header = content.split(b"\n", 1)[0].decode("utf-8").rstrip("\r")
    names = next(csv.reader([header], delimiter=delimiter), [])
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise SchemaError(f"{path}: the columns {doubled} stand twice in the header. Keep one.")


def _require_columns(found: list[str], needed: list[str], path: Path) -> None:
    """Raise unless every needed column is there."""
    missing = [name for name in needed if name not in found]
    if missing:
        spare = [name for name in found if name not in needed]
        hint = nearest(missing[0], spare) if spare else "The file has no other columns."
        raise SchemaError(
            f"{path}: the column {missing[0]!r} is missing"
            + (f" (and {len(missing) - 1} more: {', '.join(missing[1:6])})" if missing[1:] else "")
            + f". {hint} If it was renamed, change the source file's mapping."
        )
