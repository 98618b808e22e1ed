"""What a source file says: which column of a kind of file becomes which column of ours."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from fanpin_risk.records.schema import TABLES, Column
from fanpin_risk.settings import Settings, load_settings, nearest

CodeValue = bool | str | int | None

PLAIN_NUMBER = r"^([+-]?[0-9]+)\.0*$"
"""A whole number that a program wrote with decimals, such as 12.0."""

IS_WITHDRAWN = Column(
    name="is_withdrawn", kind="flag", title_zh="已撤销", title_en="this version takes it back"
)


class DayFromQuarter(Settings):
    """A day given as a year and a quarter: the quarter's last day."""

    year: str
    quarter: str


class DayFromColumn(Settings):
    """A day written in one column as YYYY-MM-DD."""

    column: str


class RecordedOn(Settings):
    """When a row became known: a column of its own, or a declared lag after it occurred."""

    column: str | None = None
    lag_days: Annotated[int, Field(ge=0, le=36_525)] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> RecordedOn:
        """Refuse a source that does not say when its rows became known."""
        if (self.column is None) == (self.lag_days is None):
            raise ValueError("say either `column` or `lag_days`: when did a row become known?")
        return self


class FieldMapping(Settings):
    """Where one of our columns comes from, and how its values are read.

    A ``constant`` of an amount is in the minor unit; of a yes-or-no column it is true or false.
    """

    column: str | None = None
    constant: str | None = None
    codes: dict[str, CodeValue] | None = None
    unknown: tuple[str, ...] = ()
    minor_per_unit: Literal[1, 10, 100, 1000] = 1
    minimum: int | None = None
    maximum: int | None = None

    @model_validator(mode="before")
    @classmethod
    def _values_as_text(cls, content: object) -> object:
        """YAML reads 1 as a number and no as false; a file holds text."""
        if not isinstance(content, dict):
            return content
        changed = dict(content)
        if isinstance(changed.get("codes"), dict):
            codes = changed["codes"]
            changed["codes"] = {_text_of_file(key): value for key, value in codes.items()}
            if len(changed["codes"]) < len(codes):
                raise ValueError("`codes` lists a value of the file twice. Keep one")
        if isinstance(changed.get("unknown"), list):
            changed["unknown"] = [_text_of_file(value) for value in changed["unknown"]]
        if isinstance(changed.get("constant"), bool | int):
            changed["constant"] = str(changed["constant"]).lower()
        return changed

    @model_validator(mode="after")
    def _one_origin(self) -> FieldMapping:
        """Each column comes from one place."""
        if (self.column is None) == (self.constant is None):
            raise ValueError("say either `column` or `constant`")
        return self


class Limit(Settings):
    """One thing that the records cannot show, in both languages."""

    zh: str
    en: str


class Source(Settings):
    """One kind of file: its columns, codes, units and dates."""

    name: str
    title_zh: str
    title_en: str
    publisher: str = ""
    limits: tuple[Limit, ...] = ()
    delimiter: str = ","
    household_id: str
    occurred_on: DayFromQuarter | DayFromColumn
    recorded_on: RecordedOn
    version: str | None = None
    is_withdrawn: FieldMapping | None = None
    ignored_columns: tuple[str, ...] = ()
    tables: dict[str, dict[str, FieldMapping]]

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
        for table_name, fields in self.tables.items():
            if table_name not in TABLES:
                raise ValueError(
                    f"{table_name!r} is no record table. {nearest(table_name, list(TABLES))}"
                )
            contract = {column.name: column for column in TABLES[table_name].columns}
            for name, mapping in fields.items():
                if name not in contract:
                    raise ValueError(
                        f"{table_name}.{name} is no column of that table. "
                        f"{nearest(name, list(contract))}"
                    )
                _check_codes(table_name, contract[name], mapping)
                _check_constant(table_name, contract[name], mapping)
            for column in contract.values():
                if column.is_required and column.name not in fields:
                    raise ValueError(f"{table_name}.{column.name} is required. Map it to a column.")
        if "household_snapshot" not in self.tables:
            raise ValueError("the table household_snapshot is missing: who lives there, and where")
        if self.is_withdrawn is not None:
            if self.is_withdrawn.column is None:
                raise ValueError("is_withdrawn needs a `column`: leave it out if there is none")
            _check_codes("source", IS_WITHDRAWN, self.is_withdrawn)
        return self

    def columns_needed(self) -> list[str]:
        """Names of the file's columns that must be there, without doubles, in the order used."""
        day = self.occurred_on
        dates = [day.year, day.quarter] if isinstance(day, DayFromQuarter) else [day.column]
        wanted: list[str | None] = [
            self.household_id,
            *dates,
            self.recorded_on.column,
            self.version,
        ]
        if self.is_withdrawn is not None:
            wanted.append(self.is_withdrawn.column)
        wanted += [m.column for fields in self.tables.values() for m in fields.values()]
        return list(dict.fromkeys(name for name in wanted if name is not None))


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


def _check_codes(table: str, column: Column, mapping: FieldMapping) -> None:
    """A yes-or-no column and a code column need a list of codes; their values must fit."""
    where = f"{table}.{column.name}"
    if column.kind in ("flag", "code") and mapping.column is not None and mapping.codes is None:
        raise ValueError(f"{where} needs `codes`: what does each value in the file mean?")
    values = [value for value in (mapping.codes or {}).values() if value is not None]
    wanted = {"flag": bool, "code": str, "text": str}.get(column.kind)
    if wanted is not None and not all(type(value) is wanted for value in values):
        raise ValueError(f"{where}: `codes` must give {wanted.__name__} values")
    if column.kind == "count" and not all(_fits_count(value, column) for value in values):
        raise ValueError(
            f"{where}: `codes` must give whole numbers from {column.minimum} to {column.maximum}"
        )
    if column.kind == "amount" and mapping.codes is not None:
        raise ValueError(f"{where} is an amount and takes no `codes`")


def _check_constant(table: str, column: Column, mapping: FieldMapping) -> None:
    """A constant must fit its column as a value from a file must."""
    text = mapping.constant
    if text is None or column.kind in ("text", "code"):
        return
    where = f"{table}.{column.name}"
    if column.kind == "flag" and text not in ("true", "false"):
        raise ValueError(f"{where}: `constant` must be true or false, not {text!r}")
    if column.kind in ("count", "amount"):
        number = int(text) if re.fullmatch(r"-?[0-9]{1,15}", text) else None
        if not _fits_count(number, column):
            raise ValueError(
                f"{where}: `constant` must be a whole number from {column.minimum} to "
                f"{column.maximum}, not {text!r}"
            )


def _fits_count(value: object, column: Column) -> bool:
    """Whether a value is a whole number inside a column's range."""
    if type(value) is not int:
        return False
    low, high = column.minimum, column.maximum
    return (low is None or value >= low) and (high is None or value <= high)


def load_source(path: Path) -> Source:
    """Read a source file.

    Raises
    ------
    ConfigError
        Naming the file, the key, and the mend.
    """
    return load_settings(path, Source)
