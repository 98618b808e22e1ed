"""Which indicators a part of a change goes through, and how far each alone moves the score."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from fanpin_risk.explain.change import AFTER, Driver, Drivers, Part, is_nameable
from fanpin_risk.explain.change_words import LEAST_SAID
from fanpin_risk.indicators.indicator import IndicatorColumn
from fanpin_risk.risk.artifact import StoredModel
from fanpin_risk.risk.encode import encode
from fanpin_risk.workflows.change_builds import Combined

FloatArray = npt.NDArray[np.float64]
ROWS_AT_ONCE = 20_000
"""So many trials are scored at once: memory stays small however many households moved."""


def drivers_of(
    combined: Combined,
    shares: Mapping[Part, FloatArray],
    model: StoredModel,
    columns: Sequence[IndicatorColumn],
    *,
    n_threads: int,
) -> Drivers:
    """Indicators that each part changes when it comes last, each with its own effect.

    Whatever can only come after the part is left out on both sides. The effect of an indicator is
    by how much the score moves when it alone takes the value it has with the part.

    Parameters
    ----------
    combined
        Tables for every combination.
    shares
        The parts that are there; a household in whom a part hardly moves the score is passed over.
    model
        Of the later day.
    columns
        Of the catalogue.
    n_threads
        For scoring.
    """
    names = [column.name for column in columns]
    nameable = np.array([is_nameable(column) for column in columns])

    def matrix(parts: Collection[Part]) -> FloatArray:
        return encode(combined.table(parts).select(names), names, model.category_maps)

    def raw(rows: FloatArray) -> FloatArray:
        return model.raw_score(rows, n_threads=n_threads)

    found: dict[tuple[Part, int], list[Driver]] = {}
    for part, share in shares.items():
        if part is Part.MODEL:
            continue
        with_part = frozenset(other for other in shares if AFTER.get(other) is not part)
        without, upper = matrix(with_part - {part}), matrix(with_part)
        is_asked = (np.abs(share) >= LEAST_SAID)[:, None] & nameable
        for row, column, effect in _effects(without, upper, is_asked, raw):
            driver = Driver(
                column=column,
                without=_value(without[row, column]),
                with_part=_value(upper[row, column]),
                effect=effect,
            )
            found.setdefault((part, row), []).append(driver)
    return found


def _effects(
    without: FloatArray,
    with_part: FloatArray,
    is_asked: npt.NDArray[np.bool_],
    raw: Callable[[FloatArray], FloatArray],
) -> list[tuple[int, int, float]]:
    """Row, column and effect of every value that differs, where it is asked for."""
    both_missing = np.isnan(without) & np.isnan(with_part)
    rows, columns = np.nonzero(is_asked & (without != with_part) & ~both_missing)
    effects = np.zeros(len(rows))
    base = raw(without) if len(rows) else np.zeros(len(without))
    for first in range(0, len(rows), ROWS_AT_ONCE):
        some = slice(first, first + ROWS_AT_ONCE)
        trial = without[rows[some]]
        trial[np.arange(len(trial)), columns[some]] = with_part[rows[some], columns[some]]
        effects[some] = raw(trial) - base[rows[some]]
    return list(zip(rows.tolist(), columns.tolist(), effects.tolist(), strict=True))


def _value(number: float) -> float | None:
    """What a number of the matrix stands for."""
    return None if np.isnan(number) else float(number)
