"""From files to record tables: every row is accepted or quarantined, and the sum is checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from fanpin_risk.errors import AccountingError, InputFileError, SchemaError
from fanpin_risk.provenance import digest_of_file
from fanpin_risk.records.doubles import (
    ASIDE_SCHEMA,
    DAY,
    FILE,
    ID,
    KNOWN,
    VERSION,
    WITHDRAWN,
    set_aside_across,
)
from fanpin_risk.records.files import LINE, read_as_text
from fanpin_risk.records.parse import (
    Parsed,
    clean_texts,
    parse_date,
    parse_day,
    parse_field,
    parse_household,
)
from fanpin_risk.records.schema import TABLES, Table, frame_schema
from fanpin_risk.records.source import IS_WITHDRAWN, FieldMapping, RecordedOn, Source
from fanpin_risk.records.timeline import Records

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
    texts = [
        read_as_text(path, delimiter=source.delimiter, needed=source.columns_needed())
        for path in files
    ]
    parts = [_typed(source, text, number) for number, text in enumerate(texts)]
    rows, doubtful = set_aside_across(pl.concat([part[0] for part in parts]), source)
    aside = pl.concat([*[part[1] for part in parts], doubtful])
    counts = tuple(
        FileCount(
            file=name,
            sha256=digest_of_file(path),
            columns_not_used=_columns_not_used(source, text),
            **_row_counts(name, text, rows.filter(of_file), aside.filter(of_file)),
        )
        for name, path, text, of_file in zip(names, files, texts, _of_each(files), strict=True)
    )
    quarantine = _with_original(aside, texts, names)
    del texts
    if rows.height == 0:
        first = quarantine.row(0, named=True)
        raise SchemaError(
            f"{first['file']}: none of {quarantine.height} rows fits the contract. "
            f"Line {first['line']}: {first['reason_en']}. Check the source file's mapping."
        )
    lines = rows.select(pl.lit(pl.Series(names)).gather(FILE).alias("file"), line=LINE)
    rows = rows.sort(ID, DAY, VERSION)
    tables = {name: _table(TABLES[name], rows, source) for name in source.tables}
    return ReadResult(
        records=Records(tables),
        quarantine=quarantine,
        files=counts,
        lines=lines.sort("file", "line"),
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
    return [pl.col(FILE) == number for number in range(len(files))]


def _typed(source: Source, text: pl.DataFrame, number: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Typed rows of one file, and its faulty rows with their reasons."""
    parsed = _all_fields(source)
    clean = clean_texts(text, source.columns_needed())
    typed = clean.select(
        pl.lit(number, dtype=pl.Int64).alias(FILE),
        LINE,
        *[field.value.alias(name) for name, field in parsed.items()],
        *[field.is_bad.fill_null(True).alias(f"!{name}") for name, field in parsed.items()],
    )
    marks = [f"!{name}" for name in parsed]
    is_faulty = pl.any_horizontal(marks)
    aside = typed.filter(is_faulty).select(
        FILE,
        LINE,
        reason_zh=_joined({f"!{name}": field.reason_zh for name, field in parsed.items()}, "；"),
        reason_en=_joined({f"!{name}": field.reason_en for name, field in parsed.items()}, "; "),
    )
    return typed.filter(~is_faulty).drop(marks), aside.cast(pl.Schema(ASIDE_SCHEMA))


def _with_original(
    aside: pl.DataFrame, texts: Sequence[pl.DataFrame], names: Sequence[str]
) -> pl.DataFrame:
    """Quarantine lines, each with its row as it came."""
    parts = []
    for number, (text, name) in enumerate(zip(texts, names, strict=True)):
        columns = [column for column in text.columns if column != LINE]
        rows = text.join(aside.filter(pl.col(FILE) == number).select(LINE), on=LINE, how="semi")
        originals = rows.select(
            pl.lit(number, dtype=pl.Int64).alias(FILE),
            LINE,
            file=pl.lit(name),
            original=pl.struct(columns).struct.json_encode(),
        )
        parts.append(originals)
    return (
        aside.join(pl.concat(parts), on=[FILE, LINE])
        .select(
            pl.col(LINE).alias("line") if column == "line" else column
            for column in QUARANTINE_SCHEMA
        )
        .cast(pl.Schema(QUARANTINE_SCHEMA))
        .sort("file", "line")
    )


def _all_fields(source: Source) -> dict[str, Parsed]:
    """Every typed column of a source: the common ones, then ``table.column``."""
    day = parse_day(source.occurred_on)
    fields = {
        ID: parse_household(source.household_id),
        DAY: day,
        KNOWN: _known_on(source.recorded_on, day),
        VERSION: _version(source),
        WITHDRAWN: _withdrawn(source.is_withdrawn),
    }
    for table, mappings in source.tables.items():
        for column in TABLES[table].columns:
            if column.name in mappings:
                fields[f"{table}.{column.name}"] = parse_field(column, mappings[column.name])
    return {**fields, **_checks_across(source)}


def _known_on(recorded: RecordedOn, day: Parsed) -> Parsed:
    """Day on which a row became known; never before the day it occurred."""
    if recorded.column is None:
        value = day.value + pl.duration(days=recorded.lag_days)
        return Parsed(value=value, is_bad=pl.lit(False), reason_zh="", reason_en="")
    value = parse_date(recorded.column)
    return Parsed(
        value=value,
        is_bad=value.is_null() | (value < day.value),
        reason_zh=f"列 {recorded.column} 应为日期，且不早于发生日期",
        reason_en=f"column {recorded.column}: must be a day, not before the day it occurred",
    )


def _version(source: Source) -> Parsed:
    """Version of a row: 1 where the source has no corrections."""
    if source.version is None:
        one = pl.lit(1, dtype=pl.Int32)
        return Parsed(value=one, is_bad=pl.lit(False), reason_zh="", reason_en="")
    value = pl.col(source.version).cast(pl.Int32, strict=False)
    return Parsed(
        value=value,
        is_bad=~value.is_between(1, 30_000).fill_null(False),
        reason_zh=f"列 {source.version} 应为 1、2、3 …",
        reason_en=f"column {source.version}: must be 1, 2, 3 …",
    )


def _withdrawn(mapping: FieldMapping | None) -> Parsed:
    """Whether a version takes its record back: never, where the source has no such column."""
    if mapping is None or mapping.column is None:
        return Parsed(value=pl.lit(False), is_bad=pl.lit(False), reason_zh="", reason_en="")
    parsed = parse_field(IS_WITHDRAWN, mapping)
    return replace(parsed, value=parsed.value.fill_null(False))


def _checks_across(source: Source) -> dict[str, Parsed]:
    """Faults that only several columns together show."""
    snapshot = source.tables["household_snapshot"]
    if "members_under_10" not in snapshot:
        return {}
    columns = {column.name: column for column in TABLES["household_snapshot"].columns}
    young = parse_field(columns["members_under_10"], snapshot["members_under_10"]).value
    everyone = parse_field(columns["members"], snapshot["members"]).value
    return {
        "_young": Parsed(
            value=pl.lit(None, dtype=pl.Boolean),
            is_bad=(young > everyone).fill_null(False),
            reason_zh="10岁以下人口多于家庭人口",
            reason_en="more members under 10 than members",
        )
    }


def _joined(reasons: dict[str, str], between: str) -> pl.Expr:
    """Put all reasons of a faulty row into one text."""
    said = [pl.when(mark).then(pl.lit(reason)) for mark, reason in reasons.items() if reason]
    return pl.concat_str(said, separator=between, ignore_nulls=True)


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


def _table(table: Table, rows: pl.DataFrame, source: Source) -> pl.DataFrame:
    """One record table out of the typed rows, in contract order, sorted by record and version."""
    schema = frame_schema(table)
    prefix = f"{table.name}."
    mapped = [c for c in rows.columns if c.startswith(prefix)]
    key = pl.col(f"{prefix}place") if table.key == "place" else pl.col(ID)
    frame = rows.select(
        *([pl.col(ID).alias("household_id")] if table.key == "household_id" else []),
        record_id=pl.concat_str(key, pl.lit("/"), pl.col(DAY).dt.to_string("%Y-%m-%d")),
        version=pl.col(VERSION),
        occurred_on=pl.col(DAY),
        recorded_on=pl.col(KNOWN),
        source=pl.lit(source.name),
        is_withdrawn=pl.col(WITHDRAWN),
        **{name.removeprefix(prefix): pl.col(name) for name in mapped},
    )
    missing = [
        pl.lit(None, dtype=kind).alias(n) for n, kind in schema.items() if n not in frame.columns
    ]
    frame = frame.with_columns(missing).select(list(schema)).cast(pl.Schema(schema))
    if table.key == "place":
        frame = _one_per_place_and_day(frame, table)
    return frame.sort("record_id", "version", maintain_order=True)


def _one_per_place_and_day(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Figures of a place stand in every household's row; keep each once, and only where given."""
    figures = [name for name in table.names if name != "place"]
    given = frame.filter(pl.any_horizontal(pl.col(figures).is_not_null()))
    common = [name for name in frame.columns if name not in figures]
    first = given.group_by("record_id").agg(
        pl.col("recorded_on").min(),
        *[pl.col(n).first() for n in common if n not in ("record_id", "recorded_on")],
        *[pl.col(n).max() for n in figures],
    )
    return first.with_columns(version=pl.lit(1, dtype=pl.Int32), is_withdrawn=pl.lit(False)).select(
        frame.columns
    )
