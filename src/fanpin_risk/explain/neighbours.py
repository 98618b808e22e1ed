"""Which households are most alike in everything that the model sees: an exact search."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from fanpin_risk.errors import SchemaError

IntArray = npt.NDArray[np.int64]

STEPS = 1024
"""Steps of a standard deviation: positions are whole numbers, so that distances are exact."""
_BLOCK = 256


def positions(features: pl.DataFrame) -> npt.NDArray[np.float64]:
    """Where households stand in the space of indicators.

    Parameters
    ----------
    features
        One column for each indicator, numbers or text; no household number.

    Returns
    -------
    array of shape (n_households, n_dimensions)
        Whole numbers: ranks among all households (ties share the middle rank), less their mean,
        over their standard deviation, in steps of 1 / `STEPS`. Not known is a value of its own,
        below all others. A code has a dimension for each value, and weighs as much as one column.
        What is the same for everybody counts nothing.

    Examples
    --------
    >>> positions(pl.DataFrame({"a": [1.0, 3.0], "b": [None, 2.0]})).tolist()
    [[-1024.0, -1024.0], [1024.0, 1024.0]]
    """
    parts = []
    for column in features.iter_columns():
        if column.dtype == pl.String:
            codes = column.fill_null("\x00")
            is_code = [(codes == code).to_numpy() for code in codes.unique().sort()]
            block = np.column_stack(is_code).astype(np.float64)
        else:
            known = column.cast(pl.Float64).fill_null(float("-inf"))
            block = known.rank("average").to_numpy().reshape(-1, 1).astype(np.float64)
        block -= block.mean(axis=0)
        spread = np.sqrt(np.sum(block**2) / len(block))
        if spread > 0:
            parts.append(np.rint(block * (STEPS / spread)))
    return np.concatenate(parts, axis=1) if parts else np.zeros((features.height, 0))


def nearest_others(places: npt.NDArray[np.float64], asked: IntArray) -> IntArray:
    """Row of the nearest other household of each household asked about.

    Parameters
    ----------
    places : array of shape (n_households, n_dimensions)
        Of `positions`: whole numbers, so that no rounding decides between two neighbours.
    asked : array of shape (n_asked,)
        Rows asked about.

    Returns
    -------
    array of shape (n_asked,)
        By the sum of squared differences; of several equally near, the first row.

    Raises
    ------
    SchemaError
        If there are fewer than two households.

    Examples
    --------
    >>> nearest_others(np.array([[0.0], [5.0], [1.0]]), np.array([0, 1]))
    array([2, 2])
    """
    if len(places) < 2:
        raise SchemaError(f"A nearest other household needs two, got {len(places)}.")
    squares = np.sum(places**2, axis=1)
    found = np.empty(len(asked), dtype=np.int64)
    for start in range(0, len(asked), _BLOCK):
        rows = asked[start : start + _BLOCK]
        distance = squares - 2 * (places[rows] @ places.T)
        distance[np.arange(len(rows)), rows] = np.inf
        found[start : start + _BLOCK] = np.argmin(distance, axis=1)
    return found
