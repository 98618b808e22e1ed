"""What a source file says: which column of a kind of file becomes which column of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from fanpin_risk.records.schema import TABLES, Column
from fanpin_risk.settings import Settings, load_settings, nearest

CodeValue = bool | str | int | None


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
    lag_days: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> RecordedOn:
        """Refuse a source that does not say when its rows became known."""
        if (self.column is None) == (self.lag_days is None):
            raise ValueError("say either `column` or `lag_days`: when did a row become known?")
        return self


class FieldMapping(Settings):
    """Where one of our columns comes from, and how its values are read."""

    column: str | None = None
    constant: str | None = None
    codes: dict[str, CodeValue] | None = None
    unknown: tuple[str, ...] = ()
    minor_per_unit: Literal[1, 10, 100, 1000] = 1
    minimum: int | None = None
    maximum: int | None = None

    @model_validator(mode="before")
    @classmethod
    def _codes_as_text(cls, content: object) -> object:
        """YAML reads 1 as a number; a file holds text."""
        if not isinstance(content, dict):
            return content
        changed = dict(content)
        if isinstance(changed.get("codes"), dict):
            changed["codes"] = {str(key): value for key, value in changed["codes"].items()}
        if isinstance(changed.get("unknown"), list):
            changed["unknown"] = [str(value) for value in changed["unknown"]]
        return changed

    @model_validator(mode="after")
    def _one_origin(self) -> FieldMapping:
        """Each column comes from one place."""
        if (self.column is None) == (self.constant is None):
            raise ValueError("say either `column` or `constant`")
        return self


class Source(Settings):
    """One kind of file: its columns, codes, units and dates."""

    name: str
    title_zh: str
    title_en: str
    publisher: str = ""
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    household_id: str
    occurred_on: DayFromQuarter | DayFromColumn
    recorded_on: RecordedOn
    version: str | None = None
    is_withdrawn: FieldMapping | None = None
    ignored_columns: tuple[str, ...] = ()
    tables: dict[str, dict[str, FieldMapping]]

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
            for column in contract.values():
                if column.is_required and column.name not in fields:
                    raise ValueError(f"{table_name}.{column.name} is required. Map it to a column.")
        if "household_snapshot" not in self.tables:
            raise ValueError("the table household_snapshot is missing: who lives there, and where")
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


def _check_codes(table: str, column: Column, mapping: FieldMapping) -> None:
    """A yes-or-no column and a code column need a list of codes; their values must fit."""
    where = f"{table}.{column.name}"
    if column.kind in ("flag", "code") and mapping.column is not None and mapping.codes is None:
        raise ValueError(f"{where} needs `codes`: what does each value in the file mean?")
    values = [value for value in (mapping.codes or {}).values() if value is not None]
    wanted = {"flag": bool, "code": str, "text": str}.get(column.kind)
    if wanted is not None and not all(type(value) is wanted for value in values):
        raise ValueError(f"{where}: `codes` must give {wanted.__name__} values")
    if column.kind == "count" and not all(type(value) is int for value in values):
        raise ValueError(f"{where}: `codes` must give whole numbers")
    if column.kind == "amount" and mapping.codes is not None:
        raise ValueError(f"{where} is an amount and takes no `codes`")


def load_source(path: Path) -> Source:
    """Read a source file.

    Raises
    ------
    ConfigError
        Naming the file, the key, and the mend.
    """
    return load_settings(path, Source)
