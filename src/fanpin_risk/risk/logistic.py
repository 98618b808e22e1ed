"""A small weighted logistic regression and a spline, for measures of calibration.

Not a model of households: a handful of columns, no penalty, the same bits on every run (sums and a
system of at most five equations, no random start).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import expit

from fanpin_risk.risk.ranking import FloatArray

KNOT_QUANTILES = (0.05, 0.275, 0.5, 0.725, 0.95)
"""Where five knots stand (Harrell 2015, *Regression Modeling Strategies*, section 2.4)."""
_MOST_STEPS = 100
_SMALL_STEP = 1e-10


def spline_columns(x: FloatArray) -> list[FloatArray]:
    """Columns of a restricted cubic spline: constant, x, and one for each knot but two.

    Parameters
    ----------
    x : array of shape (n_rows,)
        Knots are at its `KNOT_QUANTILES`; equal ones are merged, and with fewer than three only
        the constant and ``x`` are left.

    Returns
    -------
    list of arrays of shape (n_rows,)
        Straight beyond the outer knots.

    Examples
    --------
    >>> len(spline_columns(np.arange(100.0))), len(spline_columns(np.array([0.0, 1.0])))
    (5, 5)
    """
    knots = np.unique(np.quantile(x, KNOT_QUANTILES))
    columns = [np.ones_like(x), x]
    if knots.size < 3:
        return columns
    *inner, before_last, last = (float(knot) for knot in knots)
    cube = {knot: np.maximum(x - knot, 0) ** 3 for knot in (*inner, before_last, last)}
    for knot in inner:
        bend = (last - knot) * cube[before_last] - (before_last - knot) * cube[last]
        term = cube[knot] - bend / (last - before_last)
        columns.append(term / (last - inner[0]) ** 2)
    return columns


def linear(beta: FloatArray, columns: Sequence[FloatArray]) -> FloatArray:
    """Sum of coefficient times column.

    Examples
    --------
    >>> linear(np.array([1.0, 2.0]), [np.ones(2), np.array([0.0, 3.0])])
    array([1., 7.])
    """
    terms = [b * column for b, column in zip(beta, columns, strict=True)]
    return np.asarray(np.sum(terms, axis=0), dtype=np.float64)


def logistic_fit(
    columns: Sequence[FloatArray], y: FloatArray, w: FloatArray, *, offset: FloatArray
) -> FloatArray:
    """Coefficients of a weighted logistic regression by Newton steps, halved while they overshoot.

    Parameters
    ----------
    columns : sequence of arrays of shape (n_rows,)
        With a column of ones if a constant is wanted.
    y : array of shape (n_rows,)
        Outcome, or a share in [0, 1].
    w : array of shape (n_rows,)
        Weights, not negative.
    offset : array of shape (n_rows,)
        Log-odds that are taken as given.

    Returns
    -------
    array of shape (n_columns,)
        After at most 100 steps: where no finite maximum exists the coefficients are large and
        arbitrary, but the fitted shares have settled.

    Examples
    --------
    >>> y, w = np.array([1.0, 0.0, 0.0, 0.0]), np.ones(4)
    >>> logistic_fit([np.ones(4)], y, w, offset=np.zeros(4)).round(6)  # log(1/3)
    array([-1.098612])
    """
    beta = np.zeros(len(columns))
    fit = offset
    for _ in range(_MOST_STEPS):
        step = _newton_step(columns, y, w, fit)
        reached = _log_likelihood(y, w, fit)
        for _ in range(30):
            moved = offset + linear(beta + step, columns)
            if _log_likelihood(y, w, moved) >= reached - 1e-9 * (1 + abs(reached)):
                break
            step = step / 2
        beta, fit = beta + step, moved
        if np.max(np.abs(step)) <= _SMALL_STEP:
            break
    return beta


def _newton_step(
    columns: Sequence[FloatArray], y: FloatArray, w: FloatArray, fit: FloatArray
) -> FloatArray:
    """Solve curvature * step = gradient; least squares where columns nearly coincide."""
    mu = expit(fit)
    gradient = np.array([np.sum(w * (y - mu) * column) for column in columns])
    bend = w * mu * (1 - mu)
    curvature = np.array([[np.sum(bend * a * b) for b in columns] for a in columns])
    return np.asarray(np.linalg.lstsq(curvature, gradient, rcond=None)[0], dtype=np.float64)


def _log_likelihood(y: FloatArray, w: FloatArray, fit: FloatArray) -> float:
    """Weighted log-likelihood of log-odds ``fit``."""
    return float(np.sum(w * (y * fit - np.logaddexp(0, fit))))
