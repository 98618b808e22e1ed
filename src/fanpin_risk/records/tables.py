"""A folder of finished record tables, read strictly: it fits the contracts, or it is refused.

Files of offices are read row by row, and a row at fault is set aside. Record tables were made by a
program (the store, the simulated county): a fault there is the program's, and the rest cannot be
trusted either.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from fanpin_risk.errors import InputFileError, SchemaError
from fanpin_risk.provenance import digest_of_file
from fanpin_risk.records.contracts import TABLES, Column, Table, frame_schema
from fanpin_risk.records.parquet_files import parquet_names
from fanpin_risk.records.read import QUARANTINE_SCHEMA, FileCount, ReadResult
from fanpin_risk.records.timeline import Records
from fanpin_risk.settings import nearest

RECORDS = "records"
"""Name of the folder, inside the one that is named, that holds the tables."""

_ALWAYS = ("record_id", "version", "occurred_on", "recorded_on", "source", "batch", "is_withdrawn")
_IDENTITY_NUMBER = r"^([0-9]{15}|[0-9]{17}[0-9Xx]|[0-9]{17}[0-9Xx][0-9]{2}.{0,2})$"
_SHOWN = 3


def read_tables(folder: Path) -> ReadResult:
    """Record tables of a folder, every version of each record.

    Parameters
    ----------
    folder
        Holds ``records/<table>.parquet``, each with exactly the columns of
        `frame_schema` (in any order): as `Records` holds them, persons as keyed hashes. A table
        without a file is not kept, which is not the same as empty.

    Returns
    -------
    ReadResult
        ``quarantine`` is empty: of every file all rows are accepted, or an error is raised.
        ``lines`` holds the rows of household_snapshot, counted from 1.

    Raises
    ------
    InputFileError
        If there is no such folder, it holds no household_snapshot, or a file that is no table of
        the contracts or cannot be read.
    SchemaError
        Naming file, column, how many rows and the mend, if a column is missing, not known or of
        another type, a value that must be there is missing, is no code of its list or lies outside
        its range, or a person is named by an identity number in clear. Also as `Records`.
    """
    frames: dict[str, pl.DataFrame] = {}
    counts = []
    for path in _files(folder):
        table = TABLES[path.stem]
        frame = _read(path, table)
        _check(path, table, frame)
        frames[table.name] = frame.sort("record_id", "version")
        counts.append(
            FileCount(
                file=f"{RECORDS}/{path.name}",
                sha256=digest_of_file(path),
                rows_read=frame.height,
                rows_accepted=frame.height,
                rows_quarantined=0,
                columns_not_used=(),
            )
        )
    n_households = frames["household_snapshot"].height
    return ReadResult(
        records=Records(frames),
        quarantine=pl.DataFrame(schema=QUARANTINE_SCHEMA),
        files=tuple(counts),
        lines=pl.DataFrame(
            {
                "file": pl.repeat(
                    f"{RECORDS}/household_snapshot.parquet", n_households, eager=True
                ),
                "line": pl.int_range(1, n_households + 1, eager=True),
            },
            schema={"file": pl.String, "line": pl.Int64},
        ),
    )


def _files(folder: Path) -> list[Path]:
    """Files of the folder in the order of the contracts, each of a known table."""
    below = folder / RECORDS
    if not below.is_dir():
        raise InputFileError(
            f"{folder}: holds no folder {RECORDS!r} with record tables. Name the folder above it, "
            "or make the records first."
        )
    paths = {path.stem: path for path in sorted(below.glob("*.parquet"))}
    for name, path in paths.items():
        if name not in TABLES:
            raise InputFileError(
                f"{path}: is no record table. {nearest(name, list(TABLES))} Rename it, or take it "
                "out of the folder."
            )
    if "household_snapshot" not in paths:
        raise InputFileError(
            f"{below}: holds no household_snapshot.parquet: who lives there, and where. No "
            "household can be asked about without."
        )
    return [paths[name] for name in TABLES if name in paths]


def _read(path: Path, table: Table) -> pl.DataFrame:
    """Read one file whose columns and types are those of the contract."""
    schema = frame_schema(table)
    found = parquet_names(path)
    missing = [name for name in schema if name not in found]
    strange = [name for name in found if name not in schema]
    if strange:
        raise SchemaError(
            f"{path}: {strange[0]!r} is no column of {table.name}. "
            f"{nearest(strange[0], missing or list(schema))} Rename it or leave it out."
        )
    if missing:
        raise SchemaError(f"{path}: lacks the columns {missing}. Write every column of the table.")
    try:
        frame = pl.read_parquet(path).select(list(schema))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise InputFileError(f"{path}: is damaged. Write it again.") from error
    for name, wanted in schema.items():
        if frame.schema[name] != wanted:
            raise SchemaError(
                f"{path}: {name} is {frame.schema[name]}, not {wanted}. Write it in that type."
            )
    return frame


def _check(path: Path, table: Table, frame: pl.DataFrame) -> None:
    """Refuse a value that the contract does not allow; one pass over the file."""
    faults = _faults(table)
    if not faults:
        return
    counts = frame.select(**{str(n): fault[2].sum() for n, fault in enumerate(faults)}).row(0)
    for (column, said, is_fault), count in zip(faults, counts, strict=True):
        if count:
            raise SchemaError(f"{path}: {column} {said} {_rows(frame, is_fault, count)}.")


def _faults(table: Table) -> list[tuple[str, str, pl.Expr]]:
    """Everything that can be wrong with a value: column, words, and where it is so."""
    needed = [*_ALWAYS, *(column.name for column in table.columns if column.is_required)]
    if table.name == "household_snapshot":
        needed.append("household_id")
    found = [(name, "must be filled, and is missing in", pl.col(name).is_null()) for name in needed]
    for column in table.columns:
        found += _faults_of(column)
    return found


def _faults_of(column: Column) -> list[tuple[str, str, pl.Expr]]:
    """What can be wrong with the values of one column."""
    value = pl.col(column.name)
    if column.kind == "person":
        words = "holds identity numbers in clear (hash them with the identity key) in"
        return [(column.name, words, value.str.contains(_IDENTITY_NUMBER))]
    if column.codes is not None:
        codes = sorted(column.codes.words)
        words = f"is no code of {column.codes.name} ({', '.join(codes)}) in"
        return [(column.name, words, ~value.is_in(codes))]
    if column.minimum is not None and column.maximum is not None:
        words = f"lies outside {column.minimum} to {column.maximum} {column.unit} in"
        return [(column.name, words, ~value.is_between(column.minimum, column.maximum))]
    return []


def _rows(frame: pl.DataFrame, is_fault: pl.Expr, count: int) -> str:
    """How many rows are at fault, and where the first of them stand, counted from 1."""
    where = frame.select(pl.arg_where(is_fault).head(_SHOWN) + 1).to_series().to_list()
    shown = ", ".join(map(str, where)) + (" …" if count > _SHOWN else "")
    return f"{count} of {frame.height} rows (row {shown})"
