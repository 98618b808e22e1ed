"""What a contract of a record table is made of: kinds of columns, code lists, tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import polars as pl

Kind = Literal["text", "code", "flag", "count", "quantity", "amount", "day", "month", "person"]
Key = Literal["household_id", "person_id", "place"]

DTYPES: dict[Kind, pl.DataType] = {
    "text": pl.String(),
    "code": pl.String(),
    "flag": pl.Boolean(),
    "count": pl.Int64(),
    "quantity": pl.Int64(),
    "amount": pl.Int64(),
    "day": pl.Date(),
    "month": pl.Date(),
    "person": pl.String(),
}
"""How each kind of column is held.

An amount is an integer in the minor unit (fen, centavo), a quantity an integer in hundredths of its
unit, a month its first day, a person the keyed hash of an identity number.
"""

QUANTITY_SCALE = 100
"""A quantity is held in hundredths; its column's name ends in ``_x100``."""


@dataclass(frozen=True, kw_only=True)
class CodeList:
    """Codes of a column, each with its official Chinese word and an English one."""

    name: str
    words: dict[str, tuple[str, str]]

    def by_title(self) -> dict[str, str]:
        """Codes by their official Chinese word: what a file with plain words holds."""
        return {zh: code for code, (zh, _) in self.words.items()}


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a record table, and what it may hold. Both ends of a range belong to it."""

    name: str
    kind: Kind
    title_zh: str
    title_en: str
    unit: str = ""
    is_required: bool = False
    minimum: int | None = None
    maximum: int | None = None
    codes: CodeList | None = None


@dataclass(frozen=True, kw_only=True)
class Table:
    """One record table: its columns beside the common ones, its owner, purpose and life.

    ``identifies`` names what tells one record from another, beside the number a source may give it:
    a row with the same values there, known later, corrects the earlier one. ``keep_months`` is how
    long a record is kept after it occurred; None keeps it as long as the register is kept.
    """

    name: str
    title_zh: str
    title_en: str
    owner_zh: str
    owner_en: str
    purpose_zh: str = ""
    purpose_en: str
    columns: tuple[Column, ...]
    key: Key = "household_id"
    identifies: tuple[str, ...] = ("occurred_on",)
    keep_months: int | None = None
    names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Keep the column names at hand."""
        object.__setattr__(self, "names", tuple(column.name for column in self.columns))

    def column(self, name: str) -> Column:
        """Return the column of that name.

        Raises
        ------
        KeyError
            If the table has no such column.
        """
        return next(c for c in self.columns if c.name == name)


def text(name: str, zh: str, en: str, *, required: bool = False) -> Column:
    """Describe a column of plain text."""
    return Column(name=name, kind="text", title_zh=zh, title_en=en, is_required=required)


def flag(name: str, zh: str, en: str) -> Column:
    """Describe a yes-or-no column in which missing means not known."""
    return Column(name=name, kind="flag", title_zh=zh, title_en=en)


def code(
    name: str, zh: str, en: str, codes: CodeList | None = None, *, required: bool = False
) -> Column:
    """Describe a column of codes; a source file translates its own codes to ours."""
    return Column(
        name=name, kind="code", title_zh=zh, title_en=en, codes=codes, is_required=required
    )


def count(
    name: str, zh: str, en: str, unit: str, minimum: int, maximum: int, *, required: bool = False
) -> Column:
    """Describe a whole number within its range."""
    return Column(
        name=name,
        kind="count",
        title_zh=zh,
        title_en=en,
        unit=unit,
        minimum=minimum,
        maximum=maximum,
        is_required=required,
    )


def quantity(name: str, zh: str, en: str, unit: str, maximum: int) -> Column:
    """Describe a quantity from 0 to ``maximum`` whole units, held in hundredths."""
    if not name.endswith("_x100"):
        raise ValueError(f"{name}: the name of a quantity ends in _x100.")
    return Column(
        name=name,
        kind="quantity",
        title_zh=zh,
        title_en=en,
        unit=f"0.01 {unit}",
        minimum=0,
        maximum=maximum * QUANTITY_SCALE,
    )


def amount(
    name: str,
    zh: str,
    en: str,
    *,
    unit: str = "fen",
    minimum: int = 0,
    maximum: int = 100_000_000_00,
    required: bool = False,
) -> Column:
    """Describe an amount of money in the minor unit; by default up to 100 million yuan."""
    return Column(
        name=name,
        kind="amount",
        title_zh=zh,
        title_en=en,
        unit=unit,
        minimum=minimum,
        maximum=maximum,
        is_required=required,
    )


def day(name: str, zh: str, en: str, *, required: bool = False) -> Column:
    """Describe a day."""
    return Column(name=name, kind="day", title_zh=zh, title_en=en, is_required=required)


def month(name: str, zh: str, en: str, *, required: bool = False) -> Column:
    """Describe a month, held as its first day."""
    return Column(name=name, kind="month", title_zh=zh, title_en=en, is_required=required)


def person(name: str, zh: str, en: str, *, required: bool = False) -> Column:
    """Describe a person: an identity number on the way in, its keyed hash from then on."""
    return Column(name=name, kind="person", title_zh=zh, title_en=en, is_required=required)
