"""Parquet files piece by piece, every value as text, and wording why one cannot be read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import polars.selectors as cs

from fanpin_risk.errors import InputFileError, SchemaError
from fanpin_risk.records.signatures import HEAD_BYTES, PARQUET, is_text, require_kind
from fanpin_risk.records.text_rows import LINE, UNSPLIT_SCHEMA, Piece

_ROWS_AT_ONCE = 500_000
_PROBLEMS = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError)
_SHOWN_LETTERS = 40

_KINDS: tuple[tuple[str, str], ...] = (
    ("utf8", "bytes that are no text"),
    ("zstd", "packed values that cannot be unpacked"),
    ("snappy", "packed values that cannot be unpacked"),
    ("ictionary", "values that its own list does not have"),
    ("EOF", "fewer values than stated"),
    ("rror {", "a page whose beginning is damaged"),
)


def parquet_names(path: Path) -> tuple[str, ...]:
    """Names of a Parquet file's columns.

    Raises
    ------
    InputFileError
        If the file is no Parquet, is cut off, or its list of columns is damaged.
    SchemaError
        If a column holds lists or mappings.
    """
    _require_parquet(path)
    try:
        schema = pl.read_parquet_schema(path)
    except _PROBLEMS as error:
        is_short = "footer size" in str(error)
        what = "is longer than the file" if is_short else "is damaged"
        raise InputFileError(
            f"{path}: its list of columns (the footer) {what}. Export it again."
        ) from error
    nested = [_shown(name) for name, kind in schema.items() if kind.is_nested()]
    if nested:
        raise SchemaError(f"{path}: the columns {nested} hold lists. Give one value to a field.")
    return tuple(schema)


def _require_parquet(path: Path) -> None:
    """Raise unless a file begins and ends as Parquet does."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
            file.seek(-min(path.stat().st_size, len(PARQUET)), 2)
            tail = file.read()
    except OSError as error:
        raise InputFileError(f"{path}: cannot be read: {error.strerror}.") from error
    if not head.startswith(PARQUET):
        require_kind(path, head, "a Parquet file")
        kind = "plain text" if is_text(head) else "of no kind that is known here"
        raise InputFileError(
            f"{path}: is {kind}, not a Parquet file as its ending says. Export it again."
        )
    if tail != PARQUET:
        raise InputFileError(
            f"{path}: is cut off: a Parquet file ends with the letters PAR1. Export it again."
        )


def parquet_pieces(path: Path, names: tuple[str, ...]) -> Iterator[Piece]:
    """Rows of a Parquet file under the given names; a row's line is its number from 1.

    A number that is none (NaN) is null.

    Raises
    ------
    InputFileError
        If a column cannot be read; it is named.
    SchemaError
        If a column holds what has no text.
    """
    at = 0
    while True:
        try:
            frame = _slice(path, at).collect()
        except _PROBLEMS as error:
            raise _damaged(path, at, error) from error
        if frame.height == 0:
            return
        try:
            texts = frame.with_columns(cs.float().fill_nan(None)).cast(pl.String)
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
            raise SchemaError(
                f"{path}: a column holds values that are no text, number or date. Leave it out."
            ) from error
        texts.columns = list(names)
        lines = pl.Series(LINE, range(at + 1, at + 1 + frame.height), dtype=pl.Int64)
        yield Piece(
            texts=texts.insert_column(0, lines), unsplit=pl.DataFrame(schema=UNSPLIT_SCHEMA)
        )
        at += frame.height


def _slice(path: Path, at: int) -> pl.LazyFrame:
    """Some rows of a file."""
    return pl.scan_parquet(path, use_statistics=False).slice(at, _ROWS_AT_ONCE)


def _damaged(path: Path, at: int, error: BaseException) -> InputFileError:
    """Word which column of a file is damaged, and how."""
    column, said = "", str(error)
    for name in parquet_names(path):
        try:
            _slice(path, at).select(name).collect()
        except _PROBLEMS as own:
            column, said = name, str(own)
            break
    kind = next((kind for words, kind in _KINDS if words in said), "values that are damaged")
    where = f"the column {_shown(column)!r} holds" if column else "its rows hold"
    return InputFileError(f"{path}: {where} {kind}. Export it again.")


def _shown(name: str) -> str:
    """Name, cut where it is long."""
    return name if len(name) <= _SHOWN_LETTERS else f"{name[:_SHOWN_LETTERS]}…"
