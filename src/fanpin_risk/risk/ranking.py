"""Rows in order of score, in blocks of equal score: what every ranking measure stands on.

Equal scores are one block, and a cut inside a block takes its rows in proportion. That is the
expected number over a random order of the tied rows, so no measure depends on the order of rows.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fanpin_risk.errors import SchemaError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]
BoolArray = npt.NDArray[np.bool_]


def checked_column(values: npt.ArrayLike, *, name: str, n_rows: int | None = None) -> FloatArray:
    """Return ``values`` as a float column, or say which column has the wrong shape.

    Examples
    --------
    >>> checked_column([1, 2], name="score")
    array([1., 2.])
    """
    column = np.asarray(values, dtype=np.float64)
    if column.ndim != 1:
        raise SchemaError(f"{name} must have one dimension, got shape {column.shape}.")
    if n_rows is not None and column.size != n_rows:
        raise SchemaError(f"{name} must have one value a row: {n_rows} rows, got {column.size}.")
    return column


def checked_score(score: npt.ArrayLike, *, name: str = "score") -> FloatArray:
    """Return a score column without missing values (infinite ones are allowed).

    Examples
    --------
    >>> checked_score([0.2, 0.1])
    array([0.2, 0.1])
    """
    column = checked_column(score, name=name)
    if np.isnan(column).any():
        n_missing = int(np.isnan(column).sum())
        raise SchemaError(f"{name} is missing in {n_missing} rows; give every row one.")
    return column


def checked_risk(risk: npt.ArrayLike) -> FloatArray:
    """Return a column of probabilities, closed interval [0, 1], none missing.

    Examples
    --------
    >>> checked_risk([0, 0.5, 1])
    array([0. , 0.5, 1. ])
    """
    column = checked_score(risk, name="risk")
    if column.size and not (column.min() >= 0 and column.max() <= 1):
        raise SchemaError(
            f"risk must lie in [0, 1], got {column.min():g} to {column.max():g}; "
            "give probabilities, not raw scores."
        )
    return column


def checked_outcome(
    outcome: npt.ArrayLike, *, n_rows: int, unknown: bool = False, fractional: bool = False
) -> FloatArray:
    """Return an outcome column of 0 and 1.

    Parameters
    ----------
    outcome : array-like of shape (n_rows,)
        0 (no), 1 (yes), NaN (not knowable).
    n_rows : int
        How many rows there must be.
    unknown, fractional : bool
        Whether NaN, and whether values between 0 and 1, are allowed.

    Examples
    --------
    >>> checked_outcome([0, 1, np.nan], n_rows=3, unknown=True)
    array([ 0.,  1., nan])
    """
    column = checked_column(outcome, name="outcome", n_rows=n_rows)
    known = column[~np.isnan(column)]
    if not unknown and known.size < column.size:
        raise SchemaError(
            f"outcome is not known in {column.size - known.size} rows; leave those rows out here."
        )
    fits = (known >= 0) & (known <= 1) if fractional else (known == 0) | (known == 1)
    if not fits.all():
        allowed = "between 0 and 1" if fractional else "0 or 1"
        raise SchemaError(f"outcome must be {allowed}, got {known[~fits][0]:g}.")
    return column


def checked_weight(weight: npt.ArrayLike | None, *, n_rows: int) -> FloatArray:
    """Return weights, 1 for every row when there are none.

    Examples
    --------
    >>> checked_weight(None, n_rows=2)
    array([1., 1.])
    """
    if weight is None:
        return np.ones(n_rows)
    column = checked_column(weight, name="weight", n_rows=n_rows)
    if not np.all(np.isfinite(column) & (column >= 0)):
        raise SchemaError(
            "weight must be finite and not negative in every row; give 0 where there is none."
        )
    return column


def checked_flag(values: npt.ArrayLike, *, name: str, n_rows: int) -> BoolArray:
    """Return a column of true and false; anything else ('cannot tell', NaN, 0 and 1) is refused.

    Examples
    --------
    >>> checked_flag([True, False], name="must_visit", n_rows=2)
    array([ True, False])
    """
    column = np.asarray(values)
    if column.dtype != np.bool_ or column.shape != (n_rows,):
        raise SchemaError(
            f"{name} must be true or false for each of {n_rows} rows, "
            f"got {column.dtype} of shape {column.shape}; decide what 'cannot tell' counts as."
        )
    return column


def block_bounds(*ordered: npt.NDArray[np.generic]) -> IntArray:
    """Positions at which blocks of equal values begin, with the number of rows at the end.

    Examples
    --------
    >>> block_bounds(np.array([0.9, 0.5, 0.5, 0.1]))
    array([0, 1, 3, 4])
    """
    n_rows = ordered[0].size
    if n_rows == 0:
        return np.zeros(1, dtype=np.intp)
    changes = np.zeros(n_rows - 1, dtype=np.bool_)
    for column in ordered:
        changes |= column[1:] != column[:-1]
    return np.concatenate([[0], np.flatnonzero(changes) + 1, [n_rows]]).astype(np.intp)


def running_totals(score: FloatArray, *columns: FloatArray) -> tuple[FloatArray, ...]:
    """Totals of each column from the highest score down, at the ends of blocks of equal score.

    Parameters
    ----------
    score : array of shape (n_rows,)
        Higher comes first.
    *columns : arrays of shape (n_rows,)
        What is added up.

    Returns
    -------
    tuple of arrays of shape (n_blocks + 1,)
        Each begins with 0 and ends with the column's total.

    Examples
    --------
    >>> running_totals(np.array([0.1, 0.9, 0.1]), np.array([1.0, 1.0, 0.0]))
    (array([0., 1., 2.]),)
    """
    order = np.argsort(-score, kind="stable")
    bounds = block_bounds(score[order])
    return tuple(np.concatenate([[0.0], np.cumsum(column[order])])[bounds] for column in columns)


def at_cut(visits: npt.ArrayLike, *, counts: FloatArray, totals: FloatArray) -> FloatArray:
    """Read running totals at a number of visits; a block that is cut counts in proportion.

    Parameters
    ----------
    visits : float or array-like
        Numbers of rows taken from the top, in [0, n_rows]; need not be whole.
    counts, totals : arrays of shape (n_blocks + 1,)
        From `running_totals`: rows, and whatever was added up.

    Examples
    --------
    >>> at_cut([1, 2], counts=np.array([0.0, 1, 3]), totals=np.array([0.0, 1, 2]))
    array([1. , 1.5])
    """
    return np.asarray(
        np.interp(np.asarray(visits, dtype=np.float64), counts, totals), dtype=np.float64
    )


def ratio(numerator: npt.ArrayLike, denominator: npt.ArrayLike) -> FloatArray:
    """Divide; NaN where the denominator is 0.

    Examples
    --------
    >>> ratio([1, 1], [2, 0])
    array([0.5, nan])
    """
    above = np.asarray(numerator, dtype=np.float64)
    below = np.asarray(denominator, dtype=np.float64)
    result = np.full(np.broadcast(above, below).shape, np.nan)
    np.divide(above, below, out=result, where=below != 0)
    return result
