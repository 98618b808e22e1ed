"""Words of many reasons at once: each different sentence is made once, and rows point to it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from fanpin_risk.explain.comparisons import Beside
from fanpin_risk.explain.sentences import Words, head, tail, when
from fanpin_risk.explain.shown import distinct, wordings
from fanpin_risk.explain.told import CAUSES
from fanpin_risk.indicators.indicator import IndicatorColumn

FIRST_DAY = date(1970, 1, 1)
"""Days are counted from here."""

Numbers = npt.NDArray[np.float64]
Days = npt.NDArray[np.int64]
Indices = npt.NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What reasons stand on; arrays of shape (n_reasons,).

    Attributes
    ----------
    columns
        Index of the column.
    causes
        Place of the reason's cause in `fanpin_risk.explain.told.CAUSES`.
    values
        The household's; NaN is "not known".
    days
        Day that the evidence is of, counted from `FIRST_DAY`.
    whose, beside
        What the value is compared with (`fanpin_risk.explain.comparisons.compared`).
    """

    columns: Indices
    causes: Indices
    values: Numbers
    days: Days
    whose: npt.NDArray[np.int8]
    beside: Numbers

    def __getitem__(self, rows: Indices) -> Evidence:
        """Evidence of some rows."""
        return Evidence(
            columns=self.columns[rows],
            causes=self.causes[rows],
            values=self.values[rows],
            days=self.days[rows],
            whose=self.whose[rows],
            beside=self.beside[rows],
        )


def joined(parts: Sequence[Evidence]) -> Evidence:
    """Evidence of several blocks in one."""
    empty = Evidence(
        columns=np.empty(0, dtype=np.intp),
        causes=np.empty(0, dtype=np.intp),
        values=np.empty(0),
        days=np.empty(0, dtype=np.int64),
        whose=np.empty(0, dtype=np.int8),
        beside=np.empty(0),
    )
    found = [empty, *parts]
    return Evidence(
        columns=np.concatenate([part.columns for part in found]),
        causes=np.concatenate([part.causes for part in found]),
        values=np.concatenate([part.values for part in found]),
        days=np.concatenate([part.days for part in found]),
        whose=np.concatenate([part.whose for part in found]),
        beside=np.concatenate([part.beside for part in found]),
    )


def worded(evidence: Evidence, columns: Sequence[IndicatorColumn], as_of: date) -> pl.DataFrame:
    """``text_zh, text_en, evidence`` of every reason, in their order.

    Reasons that say the same share their text, so that neither time nor memory for words grows
    with the households where values repeat.
    """
    heads, head_of = _heads(evidence, columns, as_of)
    first, sentence_of = distinct(evidence.days, head_of)
    said = evidence[first]
    whens, when_of = _whens(said, columns, as_of)
    tails, tail_of = _tails(said, columns)
    parts = [
        (heads, head_of[first]),
        (whens, when_of),
        (tails, tail_of),
    ]
    texts = [
        _joined([([words[language] for words in found], at) for found, at in parts])
        for language in (0, 1)
    ]
    return pl.DataFrame(
        {
            "text_zh": texts[0].gather(sentence_of),
            "text_en": texts[1].gather(sentence_of),
            "evidence": _shown(evidence, columns),
        }
    )


def _shown(evidence: Evidence, columns: Sequence[IndicatorColumn]) -> pl.Series:
    """Column, value and day of each reason."""
    first, which = distinct(
        evidence.days, np.nan_to_num(evidence.values), np.isnan(evidence.values), evidence.columns
    )
    shown = evidence[first]
    parts = [
        ([f"{column.name}=" for column in columns], shown.columns),
        _plain_numbers(shown.values),
        _days(shown),
    ]
    return _joined(parts).gather(which)


def _heads(
    evidence: Evidence, columns: Sequence[IndicatorColumn], as_of: date
) -> tuple[list[Words], Indices]:
    """What depends on the value, once for each value and comparison that are said differently."""
    kind, label = wordings(columns, evidence.columns, evidence.values)
    other_kind, other_label = wordings(columns, evidence.columns, evidence.beside)
    # sides are told apart beside the rounded numbers: two may round alike on either side
    side = np.sign(np.nan_to_num(evidence.values - evidence.beside)).astype(np.int64) + 1
    which_words = evidence.columns + len(columns) * evidence.causes
    code = which_words + len(columns) * len(CAUSES) * (side + 3 * (evidence.whose + 4 * kind))
    first, which = distinct(other_label, label, code * 36 + other_kind)
    found = evidence[first]
    rows = zip(
        found.columns.tolist(),
        found.causes.tolist(),
        _known(found.values),
        _known(found.beside),
        map(Beside, found.whose.tolist()),
        strict=True,
    )
    heads = [
        head(columns[at], value, beside, whose, as_of, CAUSES[place])
        for at, place, value, beside, whose in rows
    ]
    return heads, which


def _tails(evidence: Evidence, columns: Sequence[IndicatorColumn]) -> tuple[list[Words], Indices]:
    """What can be done, once for each column and cause, and whether the value is known."""
    is_gap = np.isnan(evidence.values)
    first, which = distinct(evidence.causes, is_gap, evidence.columns)
    found = evidence[first]
    rows = zip(found.columns.tolist(), _known(found.values), found.causes.tolist(), strict=True)
    return [tail(columns[at], value, CAUSES[place]) for at, value, place in rows], which


def _whens(
    evidence: Evidence, columns: Sequence[IndicatorColumn], as_of: date
) -> tuple[list[Words], Indices]:
    """Words for the day, once for each column and day."""
    first, which = distinct(evidence.days, evidence.columns)
    rows = zip(evidence.columns[first].tolist(), evidence.days[first].tolist(), strict=True)
    return [when(columns[at], FIRST_DAY + timedelta(days=day), as_of) for at, day in rows], which


def _days(evidence: Evidence) -> tuple[list[str], Indices]:
    """Days as they stand behind a value."""
    first, which = distinct(evidence.days)
    days = evidence.days[first].tolist()
    return [f"@{FIRST_DAY + timedelta(days=day)}" for day in days], which


def _plain_numbers(values: Numbers) -> tuple[list[str], Indices]:
    """Values with four decimals; nothing for what is not known."""
    first, which = distinct(np.nan_to_num(values), np.isnan(values))
    return ["" if v is None else f"{v:.4f}" for v in _known(values[first])], which


def _known(values: Numbers) -> list[float | None]:
    """Numbers with None for what is not known."""
    return [None if math.isnan(value) else value for value in values.tolist()]


def _joined(parts: Sequence[tuple[list[str], Indices]]) -> pl.Series:
    """Texts put together of one from each list."""
    chosen = [pl.Series(f"part_{n}", texts).gather(at) for n, (texts, at) in enumerate(parts)]
    return pl.select(pl.concat_str(chosen)).to_series()
