"""Reading a table file as text, row by row numbered, without losing or guessing anything."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from itertools import dropwhile, islice
from pathlib import Path

import polars as pl
import polars.selectors as cs

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
    _require_file(path)
    name = path.name.lower()
    if name.endswith(".parquet"):
        frame = _read_parquet(path)
        lines: Sequence[int] = range(1, frame.height + 1)
    elif name.endswith((".csv", ".csv.gz")):
        frame, lines = _read_csv(path, delimiter)
    else:
        raise InputFileError(f"{path}: files of this kind are not read. Use {', '.join(KINDS)}.")
    _require_columns(frame.columns, needed, path)
    if frame.height == 0:
        raise InputFileError(f"{path}: has a header but no rows. Export it again.")
    if LINE in frame.columns:
        raise SchemaError(f"{path}: the name of the column {LINE!r} is taken. Rename the column.")
    return frame.insert_column(0, pl.Series(LINE, lines, dtype=pl.Int64))


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


def _read_parquet(path: Path) -> pl.DataFrame:
    """Read a Parquet file and turn every value into text; a number that is none (NaN) is null."""
    try:
        frame = pl.read_parquet(path, use_statistics=False)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise InputFileError(f"{path}: is no readable Parquet file. Export it again.") from error
    nested = [name for name, kind in frame.schema.items() if kind.is_nested()]
    if nested:
        raise SchemaError(f"{path}: the columns {nested} hold lists. Give one value to a field.")
    try:
        return frame.with_columns(cs.float().fill_nan(None)).cast(pl.String)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise SchemaError(
            f"{path}: a column holds values that are no text, number or date. Leave it out."
        ) from error


def _read_csv(path: Path, delimiter: str) -> tuple[pl.DataFrame, list[int]]:
    """Read a text file, and the line of each row; nothing is guessed, every field stays text."""
    content = _text_bytes(path)
    names, lines = _header_and_lines(content, delimiter, path)
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise SchemaError(f"{path}: the columns {doubled} stand twice in the header. Keep one.")
    try:
        frame = pl.read_csv(content, separator=delimiter, infer_schema=False, null_values=[""])
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise InputFileError(_no_csv(path, delimiter)) from error
    if frame.height != len(lines):
        raise InputFileError(_no_csv(path, delimiter))
    return frame, lines


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


def _header_and_lines(content: bytes, delimiter: str, path: Path) -> tuple[list[str], list[int]]:
    """Names in the header, and the line that each row starts on.

    A row with fewer or more fields than the header is refused: the reader would fill it up with
    nulls. A line with nothing on it is a row that lacks its household.
    """
    rows = _quoted_rows if b'"' in content else _plain_rows
    starts: list[int] = []
    try:
        header = csv.reader(_as_lines(content), delimiter=delimiter)
        names = next((row for row in header if row), [])
        filled = dropwhile(lambda row: row[1] == 0, rows(content, delimiter))
        for line, n_fields in islice(filled, 1, None):
            if n_fields not in (0, len(names)):
                raise InputFileError(
                    f"{path}: line {line} has {n_fields} fields, the header has {len(names)}. "
                    "Mend that line."
                )
            starts.append(line)
    except csv.Error as error:
        where = f"the row after line {starts[-1]}" if starts else "the first row"
        raise InputFileError(
            f"{path}: {where} is no CSV: {error}. Mend its quotes and line ends."
        ) from error
    return names, starts


def _plain_rows(content: bytes, delimiter: str) -> Iterator[tuple[int, int]]:
    """Line and number of fields of each row, where no field stands in quotes."""
    separator = delimiter.encode()
    for line, text in enumerate(content.removesuffix(b"\n").split(b"\n"), start=1):
        yield line, text.count(separator) + 1 if text.rstrip(b"\r") else 0


def _quoted_rows(content: bytes, delimiter: str) -> Iterator[tuple[int, int]]:
    """First line and number of fields of each row; a field in quotes may run over lines."""
    reader = csv.reader(_as_lines(content), delimiter=delimiter, strict=True)
    line = 1
    for row in reader:
        yield line, len(row)
        line = reader.line_num + 1


def _as_lines(content: bytes) -> io.TextIOWrapper:
    """Text of a file, line by line."""
    return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline="\n")


def _no_csv(path: Path, delimiter: str) -> str:
    """Say that a text file is not what it should be."""
    return f"{path}: is no CSV with {delimiter!r} between the fields. Export it again."


def _require_columns(found: list[str], needed: list[str], path: Path) -> None:
    """Raise unless every needed column is there."""
    missing = [name for name in needed if name not in found]
    if not missing:
        return
    spare = [name for name in found if name not in needed]
    hint = nearest(missing[0], spare) if spare else "The file has no other columns."
    if len(found) == 1 and len(needed) > 1:
        hint = "The file has one column only: is the source file's `delimiter` right?"
    more = f" (and {len(missing) - 1} more: {', '.join(missing[1:6])})" if missing[1:] else ""
    raise SchemaError(
        f"{path}: the column {missing[0]!r} is missing{more}. {hint} If it was renamed, change "
        "the source file's mapping."
    )
