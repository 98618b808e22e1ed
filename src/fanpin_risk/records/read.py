"""From files to record tables: every row is accepted or quarantined, and the sum is checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from fanpin_risk.errors import AccountingError, SchemaError
from fanpin_risk.provenance import digest_of_file
from fanpin_risk.records.files import LINE, read_as_text
from fanpin_risk.records.parse import Parsed, parse_day, parse_field, text_of
from fanpin_risk.records.schema import TABLES, Table, frame_schema
from fanpin_risk.records.source import FieldMapping, RecordedOn, Source
from fanpin_risk.records.timeline import Records

QUARANTINE_SCHEMA: dict[str, pl.DataType] = {
    "file": pl.String(),
    "line": pl.Int64(),
    "reason_zh": pl.String(),
    "reason_en": pl.String(),
    "original": pl.String(),
}
FILE = "_file"
_HASH = "_hash"
_DAY, _KNOWN, _ID, _VERSION, _WITHDRAWN = "_day", "_known", "_id", "_version", "_withdrawn"
_ASIDE_SCHEMA: dict[str, pl.DataType] = {
    FILE: pl.Int64(),
    LINE: pl.Int64(),
    "reason_zh": pl.String(),
    "reason_en": pl.String(),
}


@dataclass(frozen=True, kw_only=True)
class FileCount:
    """How many rows of a file went where; ``rows_read`` is the sum of the other two."""

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
        If a file cannot be read.
    SchemaError
        If a column is missing, if no row at all is accepted, or if the dated figures of a place
        contradict each other evenly.
    AccountingError
        If a row is neither accepted nor quarantined, or both.
    """
    texts = [
        read_as_text(path, delimiter=source.delimiter, needed=source.columns_needed())
        for path in files
    ]
    parts = [_typed(source, text, number) for number, text in enumerate(texts)]
    rows, doubled = _set_doubles_aside(pl.concat([part[0] for part in parts]))
    rows, contradicting = _set_contradictions_aside(rows, source)
    aside = pl.concat([*[part[1] for part in parts], doubled, contradicting])
    counts = tuple(
        _count(path, number, text, source, rows, aside)
        for number, (path, text) in enumerate(zip(files, texts, strict=True))
    )
    quarantine = _with_original(aside, texts, files)
    del texts
    if rows.height == 0:
        first = quarantine.row(0, named=True)
        raise SchemaError(
            f"{first['file']}: none of {quarantine.height} rows fits the contract. "
            f"Line {first['line']}: {first['reason_en']}. Check the source file's mapping."
        )
    names = pl.DataFrame({FILE: range(len(files)), "file": [path.name for path in files]})
    lines = rows.select(FILE, line=LINE).join(names, on=FILE)
    rows = rows.sort(_ID, _DAY, _VERSION)
    tables = {name: _table(TABLES[name], rows, source) for name in source.tables}
    return ReadResult(
        records=Records(tables),
        quarantine=quarantine,
        files=counts,
        lines=lines.select("file", "line").sort("file", "line"),
    )


def _typed(source: Source, text: pl.DataFrame, number: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Typed rows of one file, and its faulty rows with their reasons."""
    parsed = _all_fields(source)
    typed = text.select(
        pl.lit(number, dtype=pl.Int64).alias(FILE),
        LINE,
        pl.struct(source.columns_needed()).hash(seed=0).alias(_HASH),
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
    return typed.filter(~is_faulty).drop(marks), aside.cast(dict(_ASIDE_SCHEMA))


def _with_original(
    aside: pl.DataFrame, texts: list[pl.DataFrame], files: Sequence[Path]
) -> pl.DataFrame:
    """Quarantine lines, each with its row as it came."""
    parts = []
    for number, (text, path) in enumerate(zip(texts, files, strict=True)):
        mine = aside.filter(pl.col(FILE) == number)
        columns = [name for name in text.columns if name != LINE]
        rows = text.join(mine, on=LINE, how="inner").select(
            file=pl.lit(path.name),
            line=pl.col(LINE),
            reason_zh="reason_zh",
            reason_en="reason_en",
            original=pl.struct(columns).struct.json_encode(),
        )
        parts.append(rows.cast(dict(QUARANTINE_SCHEMA)))
    return pl.concat(parts).sort("file", "line")


def _all_fields(source: Source) -> dict[str, Parsed]:
    """Every typed column of a source: the common ones, then ``table.column``."""
    day = parse_day(source.occurred_on)
    identity = text_of(source.household_id)
    fields = {
        _ID: Parsed(
            value=identity,
            is_bad=identity.is_null(),
            reason_zh=f"列 {source.household_id}：户编号不得为空",
            reason_en=f"column {source.household_id}: the household number must not be empty",
        ),
        _DAY: day,
        _KNOWN: _known_on(source.recorded_on, day),
        _VERSION: _version(source),
        _WITHDRAWN: _withdrawn(source.is_withdrawn),
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
    value = text_of(recorded.column).str.to_date("%Y-%m-%d", strict=False)
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
    value = text_of(source.version).cast(pl.Int32, strict=False)
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
    text = text_of(mapping.column)
    codes = mapping.codes or {}
    value = text.replace_strict(
        list(codes), list(codes.values()), default=None, return_dtype=pl.Boolean
    ).fill_null(False)
    return Parsed(
        value=value,
        is_bad=text.is_not_null() & ~text.is_in(list(codes)),
        reason_zh=f"列 {mapping.column} 的代码不在代码表内",
        reason_en=f"column {mapping.column}: unknown code (known: {', '.join(codes)})",
    )


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


def _set_doubles_aside(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Two rows for one household, day and version: exact copies count once, others not at all."""
    key = [_ID, _DAY, _VERSION]
    if not rows.select(key).is_duplicated().any():
        return rows, pl.DataFrame(schema=_ASIDE_SCHEMA)
    marked = rows.with_columns(_n=pl.len().over(key), _kinds=pl.col(_HASH).n_unique().over(key))
    single = marked.filter(pl.col("_n") == 1)
    several = marked.filter(pl.col("_n") > 1).sort(FILE, LINE)
    copies = several.filter(pl.col("_kinds") == 1).with_columns(
        _nth=pl.int_range(pl.len()).over(key)
    )
    kept = copies.filter(pl.col("_nth") == 0).drop("_nth")
    extra = copies.filter(pl.col("_nth") > 0)
    conflicting = several.filter(pl.col("_kinds") > 1)
    aside = pl.concat(
        [
            _aside(
                extra,
                "与另一行完全相同（记录编号重复）",
                "exact copy of another row (duplicate record_id)",
            ),
            _aside(
                conflicting,
                "同一户同一日有不同的行（记录编号重复），无法判断以哪行为准",
                "duplicate record_id: rows of one household and day differ, and which one is "
                "right is not known",
            ),
        ]
    )
    return pl.concat([single, kept]).drop("_n", "_kinds"), aside


def _set_contradictions_aside(
    rows: pl.DataFrame, source: Source
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows whose figure for a place and day differs from what the other rows say."""
    none = pl.DataFrame(schema=_ASIDE_SCHEMA)
    if "place_context" not in source.tables:
        return rows, none
    place, figure = "place_context.place", "place_context.median_income_minor"
    said = rows.filter(pl.col(figure).is_not_null()).group_by(place, _DAY, figure).len()
    most = said.group_by(place, _DAY).agg(_most=pl.col("len").max(), _n=pl.len())
    usual = said.join(most, on=[place, _DAY]).filter(pl.col("len") == pl.col("_most"))
    even = usual.group_by(place, _DAY).len().filter(pl.col("len") > 1)
    if even.height:
        day = even.sort(place, _DAY)[_DAY][0]
        raise SchemaError(
            f"The rows of {day} give different medians, equally often. One place and day has one "
            f"figure: mend column {source.tables['place_context']['median_income_minor'].column!r}."
        )
    if said.height == most.height:
        return rows, none
    marked = rows.join(usual.select(place, _DAY, _usual=figure), on=[place, _DAY], how="left")
    differs = (pl.col(figure) != pl.col("_usual")).fill_null(False)
    aside = _aside(
        marked.filter(differs),
        "地区数据与同地同日其他行不一致",
        "the place's figure differs from the other rows of that place and day",
    )
    return marked.filter(~differs).drop("_usual"), aside


def _aside(rows: pl.DataFrame, reason_zh: str, reason_en: str) -> pl.DataFrame:
    """Set typed rows aside for one reason."""
    return rows.select(FILE, LINE, reason_zh=pl.lit(reason_zh), reason_en=pl.lit(reason_en)).cast(
        dict(_ASIDE_SCHEMA)
    )


def _count(
    path: Path,
    number: int,
    text: pl.DataFrame,
    source: Source,
    rows: pl.DataFrame,
    aside: pl.DataFrame,
) -> FileCount:
    """Count one file, and check that each of its rows went one way."""
    accepted = rows.filter(pl.col(FILE) == number)[LINE]
    quarantined = aside.filter(pl.col(FILE) == number)[LINE]
    n_places = pl.concat([accepted, quarantined]).n_unique()
    if not accepted.len() + quarantined.len() == n_places == text.height:
        raise AccountingError(
            f"{path.name}: read {text.height} rows, accepted {accepted.len()}, quarantined "
            f"{quarantined.len()}. A row was lost or doubled; nothing is used. Please report this "
            "file's layout."
        )
    known = {*source.columns_needed(), *source.ignored_columns, LINE}
    return FileCount(
        file=path.name,
        sha256=digest_of_file(path),
        rows_read=text.height,
        rows_accepted=accepted.len(),
        rows_quarantined=quarantined.len(),
        columns_not_used=tuple(sorted(set(text.columns) - known)),
    )


def _table(table: Table, rows: pl.DataFrame, source: Source) -> pl.DataFrame:
    """One record table out of the typed rows, in contract order, sorted by record and version."""
    schema = frame_schema(table)
    prefix = f"{table.name}."
    mapped = [c for c in rows.columns if c.startswith(prefix)]
    key = pl.col(f"{prefix}place") if table.key == "place" else pl.col(_ID)
    frame = rows.select(
        *([pl.col(_ID).alias("household_id")] if table.key == "household_id" else []),
        record_id=pl.concat_str(key, pl.lit("/"), pl.col(_DAY).dt.to_string("%Y-%m-%d")),
        version=pl.col(_VERSION),
        occurred_on=pl.col(_DAY),
        recorded_on=pl.col(_KNOWN),
        source=pl.lit(source.name),
        is_withdrawn=pl.col(_WITHDRAWN),
        **{name.removeprefix(prefix): pl.col(name) for name in mapped},
    )
    missing = [
        pl.lit(None, dtype=kind).alias(n) for n, kind in schema.items() if n not in frame.columns
    ]
    frame = frame.with_columns(missing).select(list(schema)).cast(dict(schema))
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
