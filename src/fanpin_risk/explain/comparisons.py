"""What each piece of evidence is set beside: the household's own past, its village, or all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from fanpin_risk.explain.middle import Middle
from fanpin_risk.explain.shown import read_alike
from fanpin_risk.indicators.indicator import Aggregate, IndicatorColumn

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]
NO_COLUMN = -1
"""Stands for a column or a village that is not there."""
LEAST_SHIFT = 0.2
"""A household's own past is named from a difference of a fifth of the larger of both on."""


class Beside(IntEnum):
    """Whose value a value is compared with."""

    NOBODY = 0
    EVERYBODY = 1
    VILLAGE = 2
    OWN_PAST = 3


def changes_of(columns: Sequence[IndicatorColumn]) -> Indices:
    """For each column the one that says by how much it changed, or `NO_COLUMN`.

    Only quantities with a direction have one: the newest answer against the one before, a window
    against as many months before it.

    Examples
    --------
    >>> from fanpin_risk.indicators.catalogue import COUNTY, columns_of
    >>> columns = columns_of(COUNTY)
    >>> names = [column.name for column in columns]
    >>> names[changes_of(columns)[names.index("own_cost_to_line_sum_12m")]]
    'own_cost_to_line_change_12m'
    """
    changes = {
        (column.indicator.name, column.window): i
        for i, column in enumerate(columns)
        if column.aggregate is Aggregate.CHANGE
        and column.indicator.unit != "yes_no"
        and column.indicator.direction != 0
    }
    has_past = (Aggregate.LATEST, Aggregate.SUM, Aggregate.COUNT)
    return np.array(
        [
            changes.get((column.indicator.name, column.window), NO_COLUMN)
            if column.aggregate in has_past
            else NO_COLUMN
            for column in columns
        ],
        dtype=np.intp,
    )


def compared(
    chosen: Indices,
    values: Numbers,
    changes: Numbers,
    villages: Indices,
    columns: Sequence[IndicatorColumn],
    middle: Middle,
) -> tuple[npt.NDArray[np.int8], Numbers]:
    """Whose value each piece of evidence is set beside, and that value; NaN for nobody's.

    The household's own past comes first, then its village, then all households; but only one that
    the value lies beyond, on the side that raises the risk, in words that differ. So a reader never
    sees a comparison that speaks against its own reason.

    Parameters
    ----------
    chosen : array of shape (n,)
        Column of each piece of evidence.
    values, changes
        The household's value, and by how much it changed; NaN is "not known".
    villages
        Index of the village in ``middle``, or `NO_COLUMN`.
    columns
        The catalogue's columns.
    middle
        Medians of all and of the villages.
    """
    direction = np.array([column.indicator.direction for column in columns])[chosen]
    medians = np.array([math.nan if m is None else m for m in middle.medians])[chosen]
    of_village = np.full(len(chosen), np.nan)
    if middle.villages:
        of_village = np.where(
            villages == NO_COLUMN, np.nan, middle.village_medians[chosen, villages]
        )
    # the difference of two decimal numbers is told without the error of its binary form
    past = np.round(values - changes, 9) + 0.0
    whose = np.where(np.isnan(values) | np.isnan(medians), Beside.NOBODY, Beside.EVERYBODY)
    beside = np.where(whose == Beside.NOBODY, np.nan, medians)
    is_shift = np.abs(values - past) >= LEAST_SHIFT * np.maximum(np.abs(values), np.abs(past))
    others = ((Beside.VILLAGE, of_village, True), (Beside.OWN_PAST, past, is_shift))
    for who, other, is_worth_it in others:
        rows = np.flatnonzero(((values - other) * direction > 0) & is_worth_it)
        is_other = ~read_alike(columns, chosen[rows], values[rows], other[rows])
        whose[rows[is_other]] = who
        beside[rows[is_other]] = other[rows[is_other]]
    return whose.astype(np.int8), beside
