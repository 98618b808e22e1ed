"""What a quality check is made of: its words, what it needs, and two expressions over a frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import polars as pl

from fanpin_risk.records.quality.settings import QualitySettings

Scope = Literal["field", "household", "cross"]
Severity = Literal["error", "warning"]
Unit = Literal["row", "roster", "person", "household", "listed", "exit", "measure", "spells"]
"""What a check looks at: a row of its table, or a frame that `units` builds from several tables."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Two nullable expressions over the same frame.

    Null in ``is_eligible`` means that it is unknown whether the check is about the row, null in
    ``is_failed`` that the answer is unknown. Both count as unknown, never as passed.
    """

    is_eligible: pl.Expr
    is_failed: pl.Expr


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check, as data.

    ``table`` is where the marked record stands, ``needs`` the columns looked at (table.column),
    ``parameters`` the numbers used; without a value for one of them the check is not run.
    A rule is asked for only when all its parameters are given.
    """

    id: str
    scope: Scope
    table: str
    unit: Unit = "row"
    severity: Severity = "warning"
    title_zh: str
    title_en: str
    message_zh: str
    message_en: str
    needs: tuple[str, ...]
    parameters: tuple[str, ...] = ()
    rule: Callable[[QualitySettings], Rule]

    def __post_init__(self) -> None:
        """Refuse an error that a row alone does not commit."""
        if self.severity == "error" and self.scope != "field":
            raise ValueError(f"{self.id}: only a check of a row alone may set a row aside.")
        if (self.unit == "row") != (self.scope == "field"):
            raise ValueError(f"{self.id}: a check of a row alone has the unit 'row'.")


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A check of the notes that is not made here, and why."""

    id: str
    scope: Scope
    severity: Severity = "warning"
    title_zh: str
    title_en: str
    reason_zh: str
    reason_en: str


@dataclass(frozen=True, kw_only=True)
class FieldCheck:
    """A check of a row alone, ready for a frame of its table.

    ``is_eligible`` is never null: true also where it is unknown whether the check is about the
    row. ``is_failed`` is null where the answer is unknown, and where the row is not eligible.
    """

    id: str
    severity: Severity
    message_zh: str
    message_en: str
    is_eligible: pl.Expr
    is_failed: pl.Expr


def answers(rule: Rule) -> tuple[pl.Expr, pl.Expr]:
    """Turn a rule into ``is_eligible``, never null, and ``is_failed``, null where unknown.

    Examples
    --------
    >>> rule = Rule(is_eligible=pl.col("a"), is_failed=pl.col("b"))
    >>> eligible, failed = answers(rule)
    >>> frame = pl.DataFrame({"a": [True, True, None, False], "b": [True, None, True, True]})
    >>> frame.select(eligible.alias("e"), failed.alias("f")).rows()
    [(True, True), (True, None), (True, None), (False, None)]
    """
    return rule.is_eligible.fill_null(True), pl.when(rule.is_eligible).then(rule.is_failed)


def completed_years(born_on: str = "born_on", on: str = "occurred_on") -> pl.Expr:
    """Completed years of age on a day; who was born on 29 February completes one on 1 March.

    Null where a day is missing.

    Examples
    --------
    >>> from datetime import date
    >>> days = {"born_on": [date(2008, 2, 29)], "occurred_on": [date(2023, 2, 28)]}
    >>> pl.DataFrame(days).select(completed_years()).item()
    14
    """
    born, day = pl.col(born_on).dt, pl.col(on).dt
    is_before_birthday = (day.month() < born.month()) | (
        (day.month() == born.month()) & (day.day() < born.day())
    )
    return day.year() - born.year() - is_before_birthday.cast(pl.Int32)


def proven_or(decides: pl.Expr, *proofs: pl.Expr) -> pl.Expr:
    """Return true where one of the proofs holds; elsewhere what decides, null where unknown.

    For evidence that only proves: a place of work shows that someone works, its absence shows
    nothing, so the number of months decides.

    Examples
    --------
    >>> frame = pl.DataFrame({"a": ["x", None, None], "b": [0, 0, None]})
    >>> frame.select(proven_or(pl.col("b") > 0, pl.col("a").is_not_null())).to_series().to_list()
    [True, False, None]
    """
    is_proven = pl.any_horizontal([proof.fill_null(False) for proof in proofs])
    return pl.when(is_proven).then(pl.lit(True)).otherwise(decides)
