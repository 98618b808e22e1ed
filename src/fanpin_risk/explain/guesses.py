"""What guessing would hit: causes drawn at their base rates, or borrowed from somebody else."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fanpin_risk.explain.quality import BoolArray, FloatArray


def base_rates(true: BoolArray) -> FloatArray:
    """Share of each cause among falls with a cause; each of k joint causes has 1 / k of its fall.

    Parameters
    ----------
    true : array of bool, shape (n_falls, n_causes)
        Every row with at least one cause.

    Examples
    --------
    >>> base_rates(np.array([[True, False], [True, True]])).tolist()
    [0.75, 0.25]
    """
    if not len(true):
        return np.zeros(true.shape[1])
    parts = true / true.sum(axis=1, keepdims=True)
    return np.asarray(parts.mean(axis=0), dtype=np.float64)


def by_pattern(true: BoolArray, chance: Callable[[BoolArray], float]) -> FloatArray:
    """Chance that hangs on the true causes alone, worked out once for each pattern of them.

    Examples
    --------
    >>> by_pattern(np.array([[True, False], [True, True]]), lambda row: float(row.sum())).tolist()
    [1.0, 2.0]
    """
    if not len(true):
        return np.zeros(0)
    patterns, which = np.unique(true, axis=0, return_inverse=True)
    chances = np.array([chance(row) for row in patterns], dtype=np.float64)
    return np.asarray(chances[which.reshape(-1)], dtype=np.float64)


def mean_hit(row: BoolArray, named: BoolArray) -> float:
    """How often what was said of all households names one of these causes.

    Examples
    --------
    >>> mean_hit(np.array([True, False]), np.array([[True, False], [False, True]]))
    0.5
    """
    return float((named & row).any(axis=1).mean())


def hit_by_draw(row: BoolArray, rates: FloatArray, n_drawn: int) -> float:
    """Chance that one of some different causes, drawn in proportion to rates, is among these.

    Parameters
    ----------
    row : array of bool, shape (n_causes,)
        The true causes.
    rates : array of shape (n_causes,)
        Base rates.
    n_drawn
        How many are drawn, one after the other and none twice; all there are, if there are fewer.

    Examples
    --------
    >>> rates = np.array([0.5, 0.25, 0.25])
    >>> hit_by_draw(np.array([True, False, False]), rates, 1)
    0.5
    >>> round(hit_by_draw(np.array([True, False, False]), rates, 2), 6)
    0.833333
    """
    return 1.0 - _missed_by_draw(row, rates, n_drawn)


def _missed_by_draw(row: BoolArray, rates: FloatArray, n_drawn: int) -> float:
    """Chance that none of the causes drawn is among these; rates are of those not drawn yet."""
    mass = float(rates.sum())
    if n_drawn == 0 or mass <= 0:
        return 1.0
    missed = 0.0
    for place in np.flatnonzero(~row & (rates > 0)):
        left = rates.copy()
        left[place] = 0.0
        missed += float(rates[place]) / mass * _missed_by_draw(row, left, n_drawn - 1)
    return missed
