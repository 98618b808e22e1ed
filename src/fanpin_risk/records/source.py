"""What a source file says: which column of a kind of file becomes which column of ours."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from fanpin_risk.records.contracts import TABLES, Column
from fanpin_risk.records.source_checks import check_mapping, check_record
from fanpin_risk.settings import Settings, load_settings, nearest

CodeValue = bool | str | int | None
Derived = Literal[
    "occurred_month", "rolling_from", "rolling_to", "collection_from", "collection_to"
]

PLAIN_NUMBER = r"^([+-]?[0-9]+)\.0*$"
"""A whole number that a program wrote with decimals, such as 12.0."""

YES_NO: dict[str, CodeValue] = {
    "是": True,
    "有": True,
    "已参加": True,
    "Y": True,
    "否": False,
    "无": False,
    "未参加": False,
    "没有": False,
    "N": False,
}
"""What `codes: yes_no` stands for."""

NAMED_CODES = ("yes_no", "titles")
"""Lists of codes that a source file may name instead of writing them out."""

IS_WITHDRAWN = Column(
    name="is_withdrawn", kind="flag", title_zh="已撤销", title_en="this version takes it back"
)


class DayFromQuarter(Settings):
    """A day given as a year and a quarter: the quarter's last day."""

    year: str
    quarter: str


class DayFromColumn(Settings):
    """A day written in one column; a month alone (2021-03) means one of its ends."""

    column: str
    month_means: Literal["first_day", "last_day"] = "last_day"


class DayOfBatch(Settings):
    """The day that the delivery names: what an export shows is as of that day."""

    batch: Literal["snapshot_on"]


OccurredOn = DayFromQuarter | DayFromColumn | DayOfBatch


class RecordedOn(Settings):
    """When a row became known: a column of its own, a declared lag, or the day it was received."""

    column: str | None = None
    lag_days: Annotated[int, Field(ge=0, le=36_525)] | None = None
    on_receipt: bool = False

    @model_validator(mode="after")
    def _one_way(self) -> RecordedOn:
        """Refuse a source that does not say when its rows became known."""
        ways = [self.column is not None, self.lag_days is not None, self.on_receipt]
        if sum(ways) != 1:
            raise ValueError(
                "say either `column` or `lag_days` (or `on_receipt: true`): when did a row become "
                "known?"
            )
        return self


class FieldMapping(Settings):
    """Where one of our columns comes from, and how its values are read.

    A ``constant`` of an amount is in the minor unit; of a yes-or-no column it is true or false.
    ``codes`` translates the file's words; ``yes_no`` stands for 是 and 否 and their like,
    ``titles`` for the official Chinese words of the contract's code list, and ``more_codes`` adds
    to either.
    ``contains`` makes a yes-or-no column out of a list of ``words``, such as 长期慢性病,残疾.
    ``derived`` computes a month from the day it occurred. ``minor_per_unit`` moves the decimal
    point: 100 for yuan to fen, 1000000 for 万元 to fen, 1000 for km to m.
    """

    column: str | None = None
    constant: str | None = None
    derived: Derived | None = None
    codes: dict[str, CodeValue] | Literal["yes_no", "titles"] | None = None
    more_codes: dict[str, CodeValue] = Field(default_factory=dict)
    contains: str | None = None
    words: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    minor_per_unit: Literal[1, 10, 100, 1000, 1_000_000] = 1
    minimum: int | None = None
    maximum: int | None = None

    @model_validator(mode="before")
    @classmethod
    def _values_as_text(cls, content: object) -> object:
        """YAML reads 1 as a number and no as false; a file holds text."""
        if not isinstance(content, dict):
            return content
        changed = dict(content)
        named = changed.get("codes")
        if isinstance(named, str) and named not in NAMED_CODES:
            raise ValueError(f"`codes` is {named!r}. {nearest(named, list(NAMED_CODES))}")
        for name in ("codes", "more_codes"):
            if isinstance(changed.get(name), dict):
                codes = changed[name]
                for word, value in codes.items():
                    if not isinstance(value, bool | int | str | None):
                        raise ValueError(
                            f"`{name}` gives {value!r} for {word!r}: a text, a whole number, true, "
                            "false or null is wanted"
                        )
                changed[name] = {_text_of_file(key): value for key, value in codes.items()}
                if len(changed[name]) < len(codes):
                    raise ValueError(f"`{name}` lists a value of the file twice. Keep one")
        if isinstance(changed.get("unknown"), list):
            changed["unknown"] = [_text_of_file(value) for value in changed["unknown"]]
        if isinstance(changed.get("constant"), bool | int):
            changed["constant"] = str(changed["constant"]).lower()
        return changed

    @model_validator(mode="after")
    def _one_origin(self) -> FieldMapping:
        """Each column comes from one place."""
        origins = [self.column is not None, self.constant is not None, self.derived is not None]
        if sum(origins) != 1:
            raise ValueError("say either `column` or `constant` (or `derived`)")
        return self

    def code_values(self, column: Column) -> dict[str, CodeValue] | None:
        """Translations of the file's words, or None where the column takes none."""
        if self.codes == "yes_no":
            return YES_NO | self.more_codes
        if self.codes == "titles":
            titles: dict[str, CodeValue] = {}
            if column.codes is not None:
                titles.update({code: code for code in column.codes.words})
                titles.update(column.codes.by_title())
            return titles | self.more_codes
        return None if self.codes is None else {**self.codes, **self.more_codes}


class RecordMapping(Settings):
    """One record of a table that a row holds, where a row holds several or it has days of its own.

    ``only_if`` names columns of ours: the row holds this record only where each of them has a
    value, and a yes-or-no column says yes. ``record_number`` is the column with the office's own
    number of the record. ``counts_apart`` keeps these records apart from what other sources say of
    the same household and day: neither corrects the other.
    """

    table: str
    fields: dict[str, FieldMapping]
    only_if: tuple[str, ...] = ()
    occurred_on: OccurredOn | None = None
    recorded_on: RecordedOn | None = None
    record_number: str | None = None
    counts_apart: bool = False

    def columns_needed(self) -> list[str | None]:
        """Columns of the file that this record is made from."""
        days = [] if self.occurred_on is None else columns_of_day(self.occurred_on)
        known = None if self.recorded_on is None else self.recorded_on.column
        return [*days, known, self.record_number, *(m.column for m in self.fields.values())]


class Limit(Settings):
    """One thing that the records cannot show, in both languages."""

    zh: str
    en: str


class Contact(Settings):
    """Columns with names and phones, kept in the locked contact table for the visit sheet alone."""

    name: str | None = None
    phone: str | None = None


class Source(Settings):
    """One kind of file: its columns, codes, units and dates.

    ``tables`` maps a row to one record of each table; ``records`` is for a row that holds several
    records of a table, or records with days of their own. ``aliases`` lists other headers that a
    column is known under; headers are compared without spaces and line breaks, full-width letters
    as plain ones. ``ignored_columns`` are of no use here; columns of persons stand there too, and
    are never kept. ``fill_down`` names columns whose merged cells hold for the rows below.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    title_zh: str
    title_en: str
    publisher: str = ""
    limits: tuple[Limit, ...] = ()
    delimiter: str = ","
    encoding: Literal["auto", "utf-8", "gb18030", "utf-16"] = "auto"
    sheet: str | None = None
    header_within: Annotated[int, Field(ge=1, le=50)] = 15
    footers: tuple[str, ...] = (
        "合计",
        "总计",
        "小计",
        "填表人",
        "制表人",
        "填报人",
        "审核人",
        "注:",
        "备注:",
        "说明:",
    )
    aliases: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    fill_down: tuple[str, ...] = ()
    household_id: str | None = None
    occurred_on: OccurredOn
    recorded_on: RecordedOn
    version: str | None = None
    is_withdrawn: FieldMapping | None = None
    county: FieldMapping | None = None
    contact: Contact | None = None
    ignored_columns: tuple[str, ...] = ()
    tables: dict[str, dict[str, FieldMapping]] = Field(default_factory=dict)
    records: tuple[RecordMapping, ...] = ()

    @field_validator("delimiter")
    @classmethod
    def _one_plain_character(cls, text: str) -> str:
        """Refuse what a text file cannot separate its fields with."""
        if len(text) != 1 or not text.isascii() or text.isalnum() or text in '"\n\r.':
            raise ValueError("must be one plain character, such as a comma, a semicolon or a tab")
        return text

    @model_validator(mode="after")
    def _known_columns(self) -> Source:
        """Refuse tables and columns that no contract knows, and required ones left out."""
        if not self.mappings():
            raise ValueError("no table is filled: say `tables` or `records`")
        for record in self.mappings():
            if record.table not in TABLES:
                raise ValueError(
                    f"{record.table!r} is no record table. {nearest(record.table, list(TABLES))}"
                )
            check_record(TABLES[record.table], record, has_household=self.household_id is not None)
        if self.is_withdrawn is not None:
            if self.is_withdrawn.column is None:
                raise ValueError("is_withdrawn needs a `column`: leave it out if there is none")
            check_mapping("source", IS_WITHDRAWN, self.is_withdrawn)
        return self

    def mappings(self) -> tuple[RecordMapping, ...]:
        """Every record that a row may hold, of `tables` and of `records`."""
        plain = [RecordMapping(table=name, fields=fields) for name, fields in self.tables.items()]
        return (*plain, *self.records)

    def columns_needed(self) -> list[str]:
        """Names of the file's columns that must be there, without doubles, in the order used."""
        wanted: list[str | None] = [
            self.household_id,
            *columns_of_day(self.occurred_on),
            self.recorded_on.column,
            self.version,
        ]
        for mapping in (self.is_withdrawn, self.county):
            wanted.append(None if mapping is None else mapping.column)
        for record in self.mappings():
            wanted += record.columns_needed()
        return list(dict.fromkeys(name for name in wanted if name is not None))

    def columns_of_persons(self) -> list[str]:
        """Columns with identity numbers, which leave the intake as keyed hashes only."""
        found = [
            mapping.column
            for record in self.mappings()
            for name, mapping in record.fields.items()
            if TABLES[record.table].column(name).kind == "person" and mapping.column is not None
        ]
        return list(dict.fromkeys(found))


def columns_of_day(day: OccurredOn) -> list[str]:
    """Columns of the file that a day is read from."""
    if isinstance(day, DayFromQuarter):
        return [day.year, day.quarter]
    return [day.column] if isinstance(day, DayFromColumn) else []


def plain_number(text: str) -> str:
    """Return a whole number without the decimals that some programs add; other text as it is.

    Examples
    --------
    >>> plain_number("12.0"), plain_number("12.5"), plain_number("12.0.1")
    ('12', '12.5', '12.0.1')
    """
    return re.sub(PLAIN_NUMBER, r"\1", text)


def _text_of_file(value: object) -> str:
    """Return a value as a file would hold it; YAML's reading of a bare yes or no is refused."""
    if value is None or isinstance(value, bool):
        raise ValueError(
            f"YAML reads a bare yes, no, on, off or null as {value}. Put the file's text in quotes"
        )
    return plain_number(str(value).strip())


def load_source(path: Path) -> Source:
    """Read a source file.

    Raises
    ------
    ConfigError
        Naming the file, the key, and the mend.
    """
    return load_settings(path, Source)
