"""Tables as a page shows them: cells of text with intervals beneath, from plain results."""

from __future__ import annotations

from dataclasses import dataclass

from fanpin_risk.report.readings import (
    Reading,
)
from fanpin_risk.report.words import (
    Words,
    number,
    percent,
)

POOLED = "unweighted"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """What stands in one cell: a text, something smaller beneath, and how it looks."""

    text: str
    note: str = ""
    is_number: bool = True
    is_clear: bool = False


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table with its caption, the names of its columns and its rows."""

    name: str
    caption: Words
    head: tuple[Words, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: Words | None = None
    marked: frozenset[int] = frozenset()
    """Rows that stand out."""


METHOD = Words("方法", "method")
SHORT: dict[str, Words] = {
    "auc": Words("AUC", "AUC"),
    "average_precision": Words("平均精确率", "average precision"),
    "brier": Words("Brier分", "Brier score"),
    "calibration_slope": Words("斜率", "slope"),
    "calibration_intercept": Words("截距", "intercept"),
    "expected_over_observed": Words("期望/实际", "expected / observed"),
    "ici": Words("ICI", "ICI"),
}
"""Heads of measures."""


def label(words: Words) -> Cell:
    """A cell of words: Chinese, with English beneath."""
    return Cell(text=words.zh, note="" if words.en == words.zh else words.en, is_number=False)


def plain(text: str) -> Cell:
    """A cell with one number or text to the right."""
    return Cell(text=text)


def with_interval(
    found: Reading,
    *,
    decimals: int = 3,
    as_percent: bool = False,
    signed: bool = False,
    against: float | None = None,
) -> Cell:
    """A cell with a value and its interval beneath; clear when the interval excludes ``against``.

    Examples
    --------
    >>> with_interval(Reading(value=0.5, low=0.4, high=0.6), as_percent=True).note
    '[40.0%, 60.0%]'
    >>> with_interval(Reading(value=1.3, low=1.1, high=1.5), decimals=2, against=1).is_clear
    True
    """

    def said(value: float | None) -> str:
        if as_percent:
            return percent(value)
        return number(value, decimals=decimals, signed=signed)

    return Cell(
        text=said(found.value),
        note=f"[{said(found.low)}, {said(found.high)}]" if found.has_interval else "",
        is_clear=against is not None and (found.is_above(against) or found.is_below(against)),
    )
