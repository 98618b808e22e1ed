"""From rows of text to typed records: one frame per record that a row may hold, and the faults."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import polars as pl

from fanpin_risk.records.contracts import DTYPES, TABLES, Column, Table
from fanpin_risk.records.contracts.periods import derived_month
from fanpin_risk.records.files import LINE
from fanpin_risk.records.parse import (
    Fault,
    Parsed,
    parse_field,
    parse_household,
)
from fanpin_risk.records.row_days import DaysOfRows, Delivery, SheetOfTexts
from fanpin_risk.records.source import (
    IS_WITHDRAWN,
    FieldMapping,
    RecordMapping,
    Source,
)

__all__ = [
    "FAULTS_SCHEMA",
    "GIVEN_VERSION",
    "KNOWN",
    "NUMBER_FITS",
    "Delivery",
    "TypedRows",
    "record_ids",
    "type_rows",
]

FAULTS_SCHEMA: dict[str, pl.DataType] = {
    LINE: pl.Int64(),
    "check": pl.String(),
    "columns": pl.String(),
    "reason_zh": pl.String(),
    "reason_en": pl.String(),
}
COUNTY = Column(name="county", kind="text", title_zh="县", title_en="county", is_required=True)
KNOWN, GIVEN_VERSION, NUMBER_FITS = "_known", "_given_version", "_number_fits"
_HIGHEST_VERSION = 30_000


@dataclass(frozen=True, kw_only=True)
class TypedRows:
    """Typed records of some rows.

    ``records`` has one frame for each mapping of the source, in its order: ``_line``,
    ``household_id``, ``record_id``, ``occurred_on``, ``entered_on``, ``_known``,
    ``_given_version``, ``is_withdrawn``, ``county``, ``_number_fits`` (whether the last character
    of the person's number does) and the contract's columns. ``faults`` has one line for each fault
    of a row; rows at fault are still in the frames.
    """

    records: tuple[pl.DataFrame, ...]
    faults: pl.DataFrame
    mended: Counter[tuple[str, str]]


def type_rows(source: Source, texts: pl.DataFrame, delivery: Delivery) -> TypedRows:
    """Typed records and faults of rows that were read as text.

    Parameters
    ----------
    source
        The mapping of the file's columns.
    texts
        The file's columns as text under the names the source knows them by, and ``_line``.
    delivery
        When it came, and by which key persons are replaced.
    """
    sheet = SheetOfTexts(texts, delivery.key, delivery.county)
    household = None
    if source.household_id is not None:
        household = sheet.take("household_id", parse_household(texts, source.household_id))
    own = DaysOfRows(source, sheet, delivery)
    version = sheet.take("version", _version(texts, source.version))
    withdrawn = _withdrawn(sheet, source.is_withdrawn)
    county = _county(sheet, source.county, delivery.county)
    common = _Common(
        line=texts[LINE], household=household, version=version, withdrawn=withdrawn, county=county
    )
    records = tuple(_record(source, record, sheet, own, common) for record in source.mappings())
    _too_young(source, sheet)
    return TypedRows(
        records=records, faults=_fault_lines(texts[LINE], sheet.faults), mended=sheet.mended
    )


@dataclass(kw_only=True)
class _Common:
    """What all records of a row share; the number of those of a household and day is made once."""

    line: pl.Series
    household: pl.Series | None
    version: pl.Series
    withdrawn: pl.Series
    county: pl.Series
    record_id: pl.Series | None = None


def _record(
    source: Source, record: RecordMapping, sheet: SheetOfTexts, days: DaysOfRows, common: _Common
) -> pl.DataFrame:
    """Every row's record of one mapping; rows that hold none are left out."""
    table = TABLES[record.table]
    parsed = {
        name: sheet.field(_column(table, name, common), mapping)
        for name, mapping in record.fields.items()
        if mapping.derived is None
    }
    present = _present(record, parsed)
    values = {
        name: sheet.take(f"{table.name}.{name}", _but_for_empty(one))
        if name in record.only_if
        else sheet.take(f"{table.name}.{name}", one, present)
        for name, one in parsed.items()
    }
    on = days.of(record, present)
    for name, mapping in record.fields.items():
        if mapping.derived is not None:
            values[name] = derived_month(on.occurred, mapping.derived)
    person = parsed.get("person_id")
    values = _of_person_numbers(table, person) | values
    frame = pl.DataFrame({LINE: common.line})
    frame = frame.with_columns(
        occurred_on=on.occurred,
        entered_on=on.entered,
        _known=on.known,
        _given_version=common.version,
        is_withdrawn=common.withdrawn,
        county=common.county,
        _number_fits=_number_fits(person, common.line.len()),
        **{
            column.name: values.get(column.name, pl.lit(None, dtype=DTYPES[column.kind]))
            for column in table.columns
        },
    )
    if table.key != "place":
        household = (
            pl.lit(None, dtype=pl.String()) if common.household is None else common.household
        )
        frame = frame.with_columns(household_id=household)
    number = None
    if record.record_number is not None:
        read = parse_field(
            sheet.texts,
            Column(name="number", kind="text", title_zh="", title_en=""),
            FieldMapping(column=record.record_number),
        )
        number = sheet.take("record_number", replace(read, mended=Counter()), present)
    is_usual = record.occurred_on is None and number is None and table.key == "household_id"
    is_usual = is_usual and not record.counts_apart
    if is_usual and table.identifies == ("occurred_on",):
        if common.record_id is None:
            common.record_id = record_ids(table, frame, source.name, None)
        frame = frame.with_columns(record_id=common.record_id)
    else:
        named = source.name
        if number is not None and source.county is None and sheet.county is not None:
            named = f"{source.name}/{sheet.county}"  # each county's office counts for itself
        ids = record_ids(table, frame, named, number)
        if record.counts_apart and number is None:
            ids = f"{source.name}/" + ids
        frame = frame.with_columns(record_id=ids)
    return frame if present is None else frame.filter(present)


def _column(table: Table, name: str, common: _Common) -> Column:
    """Column of the contract; where no household is given, a record needs its person."""
    column = table.column(name)
    needs_owner = name == "person_id" and common.household is None and table.key != "place"
    return replace(column, is_required=True) if needs_owner else column


def _but_for_empty(parsed: Parsed) -> Parsed:
    """What decides whether a record is there is looked at in every row, but for being empty."""
    return replace(parsed, faults=tuple(f for f in parsed.faults if f.check != "required"))


def _present(record: RecordMapping, parsed: dict[str, Parsed]) -> pl.Series | None:
    """Whether a row holds the record: each deciding column has a value, or says yes."""
    present: pl.Series | None = None
    for name in record.only_if:
        value = parsed[name].value
        here = value.fill_null(False) if value.dtype == pl.Boolean() else value.is_not_null()
        present = here if present is None else present & here
    return present


def _of_person_numbers(table: Table, person: Parsed | None) -> dict[str, pl.Series]:
    """What an identity number says of itself, where the table has columns for it."""
    if person is None or person.persons is None:
        return {}
    said = {
        "is_id_checksum_valid": person.persons.is_valid,
        "has_disability_card": person.persons.is_card,
    }
    return {name: value for name, value in said.items() if name in table.names}


def _number_fits(person: Parsed | None, n_rows: int) -> pl.Series:
    """Whether the last character of the person's number fits; null where there is none to check."""
    if person is None or person.persons is None:
        return pl.Series([None], dtype=pl.Boolean()).new_from_index(0, n_rows)
    return person.persons.is_valid


def record_ids(
    table: Table, frame: pl.DataFrame, source: str, number: pl.Series | None
) -> pl.Series:
    """Record number of every row: the office's own, else what tells records of the table apart.

    A household's record of a day is ``household/2012-03-31``; an office's own number stands behind
    the name of its source, so that two offices may use the same one.
    """
    first = table.key if table.key in ("place", "person_id") else "household_id"
    parts = [first, *(name for name in table.identifies if name != first)]
    if first == "household_id" and "person_id" in table.names:
        lead = pl.coalesce("household_id", "person_id")
    else:
        lead = pl.col(first)
    texts = [_part(lead)] + [
        _part(_as_text(pl.col(name), frame.schema[name])) for name in parts[1:]
    ]
    made = frame.select(pl.concat_str(texts, separator="/").alias("record_id"))["record_id"]
    if number is None:
        return made
    named = pl.select(pl.concat_str(pl.lit(f"{source}/"), _part(pl.lit(number)))).to_series()
    return named.zip_with(number.is_not_null(), made)


def _as_text(part: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Text of a part of a record number; days as 2012-03-31, nothing for what is missing."""
    text = part.dt.to_string("%Y-%m-%d") if dtype == pl.Date() else part.cast(pl.String)
    return text.fill_null("")


def _part(text: pl.Expr) -> pl.Expr:
    """Keep the separator out of a part."""
    return text.str.replace_all("/", "%2F", literal=True)


def _version(texts: pl.DataFrame, column: str | None) -> Parsed:
    """Version that the file gives to a row; null where the store counts."""
    if column is None:
        none = pl.Series([None], dtype=pl.Int32()).new_from_index(0, texts.height)
        return Parsed(value=none)
    wanted = Column(
        name="version",
        kind="count",
        title_zh="版本",
        title_en="version",
        minimum=1,
        maximum=_HIGHEST_VERSION,
        is_required=True,
    )
    parsed = parse_field(texts, wanted, FieldMapping(column=column))
    faults = tuple(
        replace(
            fault,
            check="version",
            reason_zh=f"列 {column} 应为 1、2、3 …",
            reason_en=f"column {column}: must be 1, 2, 3 …",
        )
        for fault in parsed.faults
    )
    return replace(parsed, value=parsed.value.cast(pl.Int32), faults=faults)


def _withdrawn(sheet: SheetOfTexts, mapping: FieldMapping | None) -> pl.Series:
    """Whether a version takes its record back: never, where the source has no such column."""
    if mapping is None:
        return pl.Series([False]).new_from_index(0, sheet.texts.height)
    parsed = parse_field(sheet.texts, IS_WITHDRAWN, mapping)
    return sheet.take("is_withdrawn", parsed).fill_null(False)


def _county(sheet: SheetOfTexts, mapping: FieldMapping | None, county: str | None) -> pl.Series:
    """County of a row: from its column, else that of the delivery."""
    if mapping is None:
        return pl.Series([county], dtype=pl.String()).new_from_index(0, sheet.texts.height)
    return sheet.take("county", parse_field(sheet.texts, COUNTY, mapping))


def _too_young(source: Source, sheet: SheetOfTexts) -> None:
    """More young members than members: no row can say both."""
    for record in source.mappings():
        if record.table != "household_snapshot" or "members_under_10" not in record.fields:
            continue
        table = TABLES[record.table]
        young, everyone = (
            sheet.field(table.column(name), record.fields[name]).value
            for name in ("members_under_10", "members")
        )
        names = [record.fields[name].column for name in ("members_under_10", "members")]
        sheet.take(
            "household_snapshot.members_under_10",
            Parsed(
                value=young,
                faults=(
                    Fault(
                        is_at=(young > everyone).fill_null(False),
                        check="members",
                        columns=tuple(name for name in names if name is not None),
                        reason_zh="10岁以下人口多于家庭人口",
                        reason_en="more members under 10 than members",
                    ),
                ),
            ),
        )


def _fault_lines(line: pl.Series, faults: list[Fault]) -> pl.DataFrame:
    """One line for each fault of a row, in the order in which columns are read."""
    parts = [
        line.filter(fault.is_at)
        .to_frame()
        .select(
            LINE,
            check=pl.lit(fault.check),
            columns=pl.lit("\n".join(fault.columns)),
            reason_zh=pl.lit(fault.reason_zh),
            reason_en=pl.lit(fault.reason_en),
        )
        for fault in faults
    ]
    schema = pl.Schema(FAULTS_SCHEMA)
    found = pl.concat([pl.DataFrame(schema=schema), *(part.cast(schema) for part in parts)])
    return found.unique(maintain_order=True)  # several records may share a column
