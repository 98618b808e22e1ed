"""Least squares and logistic regression whose bits do not depend on the number of threads.

BLAS splits its sums by threads, so that the last digits change with the machine's load. These
functions sum in one fixed order; for a few dozen columns they take milliseconds all the same.
Matrices are laid out with one row per column, ``(n_columns, n_households)``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from fanpin_risk.errors import ModelError

FloatArray = NDArray[np.float64]

_MOST_STEPS = 30  # separated outcomes move by about 1 a step, and stand still at 37 for rounding
_SMALL_STEP = 1e-7  # Newton steps square the error: what is left is rounding
_ALIASED = 1e-10


def logistic_coefficients(
    columns: FloatArray,
    y: FloatArray,
    weight: FloatArray,
    *,
    ridge: float = 0.0,
    offset: FloatArray | float = 0.0,
    start: FloatArray | None = None,
) -> FloatArray:
    r"""Coefficients of a (weighted, ridge-penalised) logistic regression, the intercept first.

    Parameters
    ----------
    columns : array of shape (n_columns, n_households)
        Finite; no column at all fits the intercept alone.
    y : array of shape (n_households,)
        0 or 1.
    weight : array of shape (n_households,)
        Not negative.
    ridge : float
        The penalty r below; scikit-learn's ``C`` is its inverse.
    offset : array of shape (n_households,) or float
        Added to the log-odds with coefficient 1.
    start : array of shape (n_columns + 1,), optional
        Where the steps begin; it saves time, and changes the result by rounding only.

    Returns
    -------
    array of shape (n_columns + 1,)
        Without a penalty, a column that those before it determine gets 0.

    Raises
    ------
    ModelError
        If the steps do not settle: without a penalty, when the columns separate the outcomes.

    Notes
    -----
    Minimises :math:`\sum_i w_i \{\log(1 + e^{\eta_i}) - y_i \eta_i\} + \tfrac{r}{2} \sum_j b_j^2`
    with :math:`\eta = \text{offset} + a + \sum_j b_j x_j` by Newton steps, halved while they do
    not help. The intercept a bears no penalty.

    Examples
    --------
    >>> columns, y = np.array([[0.0, 0, 0, 1, 1, 1]]), np.array([1.0, 0, 0, 1, 1, 0])
    >>> np.exp(logistic_coefficients(columns, y, np.ones(6))).round(6).tolist()
    [0.5, 4.0]
    """
    design = _with_intercept(columns, len(y))
    penalty = np.full(len(design), ridge)
    penalty[0] = 0.0

    def loss(coefficients: FloatArray) -> float:
        eta = offset + combined(design, coefficients)
        misfit = np.sum(weight * (np.logaddexp(0.0, eta) - y * eta))
        return float(misfit + np.sum(penalty * coefficients**2) / 2)

    found = np.zeros(len(design)) if start is None else start
    for _ in range(_MOST_STEPS):
        risk = expit(offset + combined(design, found))
        downhill = _products(design, weight * (y - risk)) - penalty * found
        curve = weighted_gram(design, weight * risk * (1 - risk)) + np.diag(penalty)
        step = solve_positive(curve, downhill)
        small = _SMALL_STEP * (1 + np.max(np.abs(found)))
        limit = loss(found) * (1 + 1e-12)
        while np.max(np.abs(step)) > small and loss(found + step) > limit:
            step = step / 2
        found = found + step
        if np.max(np.abs(step)) <= small:
            return found
    raise ModelError(
        f"The logistic regression did not settle in {_MOST_STEPS} steps: the columns tell the two "
        "outcomes apart without error. Use more households or a penalty."
    )


def least_squares(columns: FloatArray, y: FloatArray, weight: FloatArray) -> FloatArray:
    """Coefficients of a weighted linear regression, the intercept first.

    Parameters
    ----------
    columns : array of shape (n_columns, n_households)
        Finite; about centred and of similar size, since the normal equations are solved.
    y, weight : array of shape (n_households,)
        Response, and weights that are not negative.

    Returns
    -------
    array of shape (n_columns + 1,)
        A column that those before it determine gets 0.

    Examples
    --------
    >>> least_squares(np.array([[-1.0, 0, 1]]), np.array([1.0, 3, 5]), np.ones(3)).round(9).tolist()
    [3.0, 2.0]
    """
    design = _with_intercept(columns, len(y))
    return solve_positive(weighted_gram(design, weight), _products(design, weight * y))


def combined(columns: FloatArray, coefficients: FloatArray) -> FloatArray:
    """Sum of columns times coefficients, shape (n_households,).

    Added column by column, so that a household's bits do not depend on how many stand beside it.
    """
    total = np.zeros(columns.shape[1])
    for coefficient, column in zip(coefficients, columns, strict=True):
        total += coefficient * column
    return total


def predicted(columns: FloatArray, coefficients: FloatArray) -> FloatArray:
    """Intercept and columns times coefficients, shape (n_households,)."""
    return np.asarray(coefficients[0] + combined(columns, coefficients[1:]))


def weighted_gram(columns: FloatArray, weight: FloatArray) -> FloatArray:
    """Weighted products of every two columns, shape (n_columns, n_columns)."""
    gram = np.empty((len(columns), len(columns)))
    for i, column in enumerate(columns):
        gram[i, : i + 1] = gram[: i + 1, i] = _products(columns[: i + 1], column * weight)
    return gram


def solve_positive(matrix: FloatArray, right: FloatArray) -> FloatArray:
    """Solve a symmetric system that is not negative, by Cholesky; determined columns get 0.

    Examples
    --------
    >>> solve_positive(np.array([[4.0, 2.0], [2.0, 3.0]]), np.array([2.0, 5.0])).round(9).tolist()
    [-0.5, 2.0]
    >>> solve_positive(np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([3.0, 3.0])).tolist()
    [3.0, 0.0]
    """
    size = len(right)
    lower = np.zeros((size, size))
    half = np.zeros(size)
    for j in range(size):
        left = matrix[j, j] - np.sum(lower[j, :j] ** 2)
        if left <= _ALIASED * matrix[j, j]:
            continue
        lower[j, j] = np.sqrt(left)
        below = matrix[j + 1 :, j] - np.sum(lower[j + 1 :, :j] * lower[j, :j], axis=1)
        lower[j + 1 :, j] = below / lower[j, j]
        half[j] = (right[j] - np.sum(lower[j, :j] * half[:j])) / lower[j, j]
    solution = np.zeros(size)
    for j in reversed(range(size)):
        if lower[j, j] > 0:
            rest = np.sum(lower[j + 1 :, j] * solution[j + 1 :])
            solution[j] = (half[j] - rest) / lower[j, j]
    return solution


def _with_intercept(columns: FloatArray, n_households: int) -> FloatArray:
    """Put a column of ones before the others."""
    return np.vstack([np.ones(n_households), columns])


def _products(columns: FloatArray, values: FloatArray) -> FloatArray:
    """Sum over households of each column times values, shape (n_columns,)."""
    return np.asarray(np.einsum("n,jn->j", values, columns, optimize=False))
