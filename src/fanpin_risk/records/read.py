"""From files to record tables: every row is accepted or quarantined, and the sum is checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from fanpin_risk.errors import AccountingError, ConfigError, InputFileError, SchemaError
from fanpin_risk.provenance import digest_of_file
from fanpin_risk.records.contracts import TABLES, Table, frame_schema
from fanpin_risk.records.files import LINE, read_as_text
from fanpin_risk.records.resolve import resolve
from fanpin_risk.records.rows import KNOWN, Delivery, type_rows
from fanpin_risk.records.source import Source
from fanpin_risk.records.store import Store
from fanpin_risk.records.timeline import Records

_FILE_BITS = 40
"""A row is named by its file's number and its line: the number stands above these bits."""

QUARANTINE_SCHEMA: dict[str, pl.DataType] = {
    "file": pl.String(),
    "line": pl.Int64(),
    "reason_zh": pl.String(),
    "reason_en": pl.String(),
    "original": pl.String(),
}


@dataclass(frozen=True, kw_only=True)
class FileCount:
    """How many rows of a file went where; ``rows_read`` is the sum of the other two.

    ``file`` is the file's name, with as many of the folders above it as tell it from the others.
    """

    file: str
    sha256: str
    rows_read: int
    rows_accepted: int
    rows_quarantined: int
    columns_not_used: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ReadResult:
    """Records read, rows set aside with their reasons, and the count of every file."""

    records: Records
    quarantine: pl.DataFrame
    files: tuple[FileCount, ...]
    lines: pl.DataFrame

    @property
    def rows_read(self) -> int:
        """Rows of all files together."""
        return sum(count.rows_read for count in self.files)


def read_records(source: Source, files: Sequence[Path]) -> ReadResult:
    """Read files of one kind into record tables.

    Parameters
    ----------
    source
        The mapping of the files' columns.
    files
        Files of the same layout. Their order and the order of their rows have no effect on the
        tables.

    Returns
    -------
    ReadResult
        ``quarantine`` has one line for each row set aside: file, line, reasons in Chinese and
        English, and the row as it came, as JSON. ``lines`` holds file and line of every accepted
        row.

    Raises
    ------
    InputFileError
        If a file cannot be read, if none is named, or if one is named twice.
    SchemaError
        If a column is missing, if no row at all is accepted, or if the dated figures of a place
        contradict each other evenly.
    AccountingError
        If a row is neither accepted nor quarantined, or both.
    """
    names = _names(files)
    require_household_snapshot(source)
    texts = [
        read_as_text(path, delimiter=source.delimiter, needed=source.columns_needed())
        for path in files
    ]
    typed = [type_rows(source, text, Delivery()) for text in texts]
    rows = [_with_row(frame, number) for number, part in enumerate(typed) for frame in part.records]
    faults = pl.concat([_with_row(part.faults, number) for number, part in enumerate(typed)])
    n_records = len(source.mappings())
    good = [
        pl.concat(rows[k::n_records]).join(faults.select(LINE), on=LINE, how="anti")
        for k in range(n_records)
    ]
    resolved = resolve(source, good)
    aside = _reasons(pl.concat([faults, resolved.faults]))
    accepted = _rows_of(texts).join(aside.select(LINE), on=LINE, how="anti")
    digests = [digest_of_file(path) for path in files]
    counts = tuple(
        FileCount(
            file=name,
            sha256=digest,
            columns_not_used=_columns_not_used(source, text),
            **_row_counts(name, text, accepted.filter(of_file), aside.filter(of_file)),
        )
        for name, digest, text, of_file in zip(names, digests, texts, _of_each(files), strict=True)
    )
    quarantine = _with_original(aside, texts, names)
    del texts
    if accepted.height == 0:
        first = quarantine.row(0, named=True)
        raise SchemaError(
            f"{first['file']}: none of {quarantine.height} rows fits the contract. "
            f"Line {first['line']}: {first['reason_en']}. Check the source file's mapping."
        )
    lines = accepted.select(
        pl.lit(pl.Series(names)).gather(_file_number()).alias("file"), line=_line_number()
    )
    tables = {
        mapping.table: record_table(
            TABLES[mapping.table],
            frame,
            source.name,
            pl.lit(pl.Series([digest[:12] for digest in digests])).gather(_file_number()),
        )
        for mapping, frame in zip(source.mappings(), resolved.records, strict=True)
    }
    return ReadResult(
        records=Records(tables),
        quarantine=quarantine,
        files=counts,
        lines=lines.sort("file", "line"),
    )


def read_store(store: Store, *, counties: Sequence[str] | None = None) -> ReadResult:
    """Read record tables out of a store, with the accounts of the batches they came with.

    Parameters
    ----------
    store
        Where the records were taken in.
    counties
        These counties alone; all when None.

    Returns
    -------
    ReadResult
        ``quarantine`` has no row as it came: those stay in the locked part of the store, under the
        file and line shown. A file is named with its batch.

    Raises
    ------
    InputFileError
        If there is no store, it holds nothing, or nothing about who lives where.
    """
    batches = store.batches()
    if not batches:
        raise InputFileError(
            f"{store.folder}: holds no records. Fill it with `fanpin-risk ingest`."
        )
    names = {entry["batch"]: f"{entry['batch']}/{entry['file']}" for entry in batches}
    batch = pl.col("quarantine_id").str.split("-").list.first()
    quarantine = store.quarantine(is_open=False).select(
        file=batch.replace_strict(names, return_dtype=pl.String()),
        line="line",
        reason_zh="reason_zh",
        reason_en="reason_en",
        original=pl.lit(None, dtype=pl.String()),
    )
    on_file = {part.table for part in store.parts()}
    wanted = [name for name in TABLES if name in on_file]
    if "household_snapshot" not in on_file:
        raise InputFileError(
            f"{store.folder}: holds no table household_snapshot: who lives there, and where. Take "
            "the register's export in first."
        )
    lines = store.scan("household_snapshot", counties=counties).select(
        file=pl.col("batch").replace_strict(names, return_dtype=pl.String()), line="line"
    )
    return ReadResult(
        records=store.records(wanted, counties=counties),
        quarantine=quarantine.sort("file", "line"),
        files=tuple(
            FileCount(
                file=names[entry["batch"]],
                sha256=entry["sha256"],
                rows_read=entry["rows_read"],
                rows_accepted=entry["rows_accepted"],
                rows_quarantined=entry["rows_quarantined"],
                columns_not_used=tuple(entry["columns_not_used"]),
            )
            for entry in batches
        ),
        lines=lines.unique().sort("file", "line").collect(),
    )


def require_household_snapshot(source: Source) -> None:
    """Raise unless a source says who lives there, and where: no household can be scored without.

    Raises
    ------
    ConfigError
        If the source fills no household_snapshot, or a table twice.
    """
    filled = [mapping.table for mapping in source.mappings()]
    if "household_snapshot" not in filled:
        raise ConfigError(
            f"source {source.name}: the table household_snapshot is missing: who lives there, and "
            "where. Files of single offices are read with `fanpin-risk ingest`."
        )
    if len(set(filled)) < len(filled):
        raise ConfigError(
            f"source {source.name}: a row holds several records of a table. Read such files with "
            "`fanpin-risk ingest`."
        )


def _with_row(frame: pl.DataFrame, number: int) -> pl.DataFrame:
    """Name rows by file and line."""
    return frame.with_columns(pl.col(LINE) + (number << _FILE_BITS))


def _file_number() -> pl.Expr:
    """Number of the file that a row is of."""
    return pl.col(LINE) // (1 << _FILE_BITS)


def _line_number() -> pl.Expr:
    """Line on which a row stands in its file."""
    return pl.col(LINE) % (1 << _FILE_BITS)


def _rows_of(texts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Every row of all files."""
    return pl.concat([_with_row(text.select(LINE), number) for number, text in enumerate(texts)])


def _reasons(faults: pl.DataFrame) -> pl.DataFrame:
    """One line for each row at fault, its reasons joined."""
    return (
        faults.unique(maintain_order=True)
        .group_by(LINE, maintain_order=True)
        .agg(
            pl.col("reason_zh").str.join("；"),
            pl.col("reason_en").str.join("; "),
        )
    )


def _names(files: Sequence[Path]) -> list[str]:
    """Name of each file, with as many folders as tell it from the others."""
    if not files:
        raise InputFileError("No records file was named. Name at least one.")
    doubled = [path for path in files if [p.resolve() for p in files].count(path.resolve()) > 1]
    if doubled:
        raise InputFileError(f"{doubled[0]}: is named twice. Name each file once.")
    for n_parts in range(1, max(len(path.parts) for path in files)):
        names = ["/".join(path.parts[-n_parts:]) for path in files]
        if len(set(names)) == len(names):
            return names
    return [str(path) for path in files]


def _of_each(files: Sequence[Path]) -> list[pl.Expr]:
    """Whether a row is of a file, for each file."""
    return [_file_number() == number for number in range(len(files))]


def _with_original(
    aside: pl.DataFrame, texts: Sequence[pl.DataFrame], names: Sequence[str]
) -> pl.DataFrame:
    """Quarantine lines, each with its row as it came."""
    parts = []
    for number, (text, name) in enumerate(zip(texts, names, strict=True)):
        columns = [column for column in text.columns if column != LINE]
        lines = aside.filter(_file_number() == number).with_columns(_line_number())
        original = text.join(lines, on=LINE, how="semi").select(
            LINE, _original=pl.struct(columns).struct.json_encode()
        )
        parts.append(
            original.join(lines, on=LINE).select(
                file=pl.lit(name),
                line=LINE,
                reason_zh="reason_zh",
                reason_en="reason_en",
                original="_original",
            )
        )
    return pl.concat(parts).cast(pl.Schema(QUARANTINE_SCHEMA)).sort("file", "line")


def _row_counts(
    name: str, text: pl.DataFrame, accepted: pl.DataFrame, aside: pl.DataFrame
) -> dict[str, int]:
    """Count the rows of one file, and check that each went one way."""
    n_places = pl.concat([accepted[LINE], aside[LINE]]).n_unique()
    if not accepted.height + aside.height == n_places == text.height:
        raise AccountingError(
            f"{name}: read {text.height} rows, accepted {accepted.height}, quarantined "
            f"{aside.height}. A row was lost or doubled; nothing is used. Please report this "
            "file's layout."
        )
    return {
        "rows_read": text.height,
        "rows_accepted": accepted.height,
        "rows_quarantined": aside.height,
    }


def _columns_not_used(source: Source, text: pl.DataFrame) -> tuple[str, ...]:
    """Names of a file's columns that the source file does not mention."""
    known = {*source.columns_needed(), *source.ignored_columns, LINE}
    return tuple(sorted(set(text.columns) - known))


def record_table(table: Table, rows: pl.DataFrame, source: str, batch: pl.Expr) -> pl.DataFrame:
    """Frame of a record table out of resolved records, in contract order, sorted by record."""
    schema = frame_schema(table)
    frame = rows.with_columns(recorded_on=pl.col(KNOWN), source=pl.lit(source), batch=batch)
    frame = frame.select(list(schema)).cast(pl.Schema(schema))
    return frame.sort("record_id", "version", maintain_order=True)
