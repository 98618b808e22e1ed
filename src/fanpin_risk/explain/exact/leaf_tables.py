r"""Contributions of one leaf, for every pattern of which of its path's features a row satisfies.

A leaf of value :math:`v` whose path asks about :math:`d` distinct features is the game
:math:`v \prod_{j \in S} o_j \prod_{j \notin S} r_j`: :math:`o_j` says whether the household's value
of feature j leads on towards the leaf, :math:`r_j` whether the reference's does. The Shapley value
of feature i is an integral over the diagonal of the game's multilinear extension (Owen 1972):

.. math:: \phi_i = v \, \mathrm{E}_r (o_i - r_i) \int_0^1 \prod_{j \ne i} (o_j t + r_j (1-t)) \, dt

Under a tree's own counts (``tree_path_dependent``) the :math:`r_j` are independent with the shares
:math:`z_j` of training rows that go on, so :math:`r_j` becomes :math:`z_j`; against a reference
group (``interventional``) they are drawn together from its rows. The integrand is a polynomial of
degree d - 1, so Gauss and Legendre's rule with d/2 points gives the integral exactly.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from fanpin_risk.explain.exact.compiled import compiled

FloatArray = npt.NDArray[np.float64]


@cache
def quadrature(n_features: int) -> tuple[FloatArray, FloatArray]:
    """Points and weights on [0, 1] that integrate a leaf of so many features exactly.

    Examples
    --------
    >>> points, weights = quadrature(4)
    >>> float(round((weights * points**3).sum(), 12))
    0.25
    """
    points, weights = np.polynomial.legendre.leggauss(max((n_features + 1) // 2, 1))
    return (points + 1) / 2, weights / 2


def independent_shares(ratios: FloatArray) -> FloatArray:
    """Chance of every pattern if features lead on independently.

    Parameters
    ----------
    ratios : array of shape (n_features,)
        Share of training rows that each feature lets pass.

    Returns
    -------
    array of shape (2 ** n_features,)
        Bit i of the position says whether feature i leads on.

    Examples
    --------
    >>> independent_shares(np.array([0.25, 0.5])).tolist()
    [0.375, 0.125, 0.375, 0.125]
    """
    shares = np.ones(1)
    for ratio in ratios:
        shares = np.concatenate([shares * (1 - ratio), shares * ratio])
    return shares


def leaf_table(value: float, shares: FloatArray) -> FloatArray:
    """Contributions of a leaf's features for every pattern of a household.

    Parameters
    ----------
    value : float
        Of the leaf, in log-odds.
    shares : array of shape (2 ** n_features,)
        Share of the reference with each pattern; they add up to 1.

    Returns
    -------
    array of shape (n_features, 2 ** n_features)

    Examples
    --------
    >>> leaf_table(1.0, independent_shares(np.array([0.25, 0.5]))).round(4).tolist()
    [[-0.0625, 0.1875, -0.1875, 0.5625], [-0.0625, -0.3125, 0.0625, 0.3125]]
    """
    points, weights = quadrature(len(shares).bit_length() - 1)
    return _leaf_table(shares, points, weights * value)


@compiled
def _leaf_table(shares: FloatArray, points: FloatArray, weights: FloatArray) -> FloatArray:
    """Turn shares of references into sums over references, one feature after the other."""
    size = shares.size
    d = 0
    while (1 << d) < size:
        d += 1
    table = np.zeros((d, size))
    before = np.empty((d + 1, size))  # features below k already summed over the reference
    work = np.empty(size)
    for q in range(points.size):
        t = points[q]
        before[0] = shares
        for k in range(d):
            before[k + 1] = before[k]
            _sum_over(before[k + 1], k, t)
        for i in range(d):
            step = 1 << i
            for p in range(size):
                if p & step:
                    work[p] = before[i, p ^ step]  # only where the reference does not lead on
                else:
                    work[p] = -before[i, p ^ step]
            for j in range(i + 1, d):
                _sum_over(work, j, t)
            for p in range(size):
                table[i, p] += weights[q] * work[p]
    return table


@compiled
def _sum_over(patterns: FloatArray, feature: int, t: float) -> None:
    """Sum one feature of the reference out: o t + r (1 - t), in place."""
    step = 1 << feature
    for p in range(patterns.size):
        if not p & step:
            without, leads_on = patterns[p], patterns[p | step]
            patterns[p] = (1.0 - t) * leads_on
            patterns[p | step] = t * without + leads_on


def part_table(
    ratios: FloatArray, points: FloatArray, weights: FloatArray, *, width: int
) -> FloatArray:
    """Products over a few of a deep leaf's features, at every point of the quadrature.

    Parameters
    ----------
    ratios : array of shape (n_here,)
        Share of training rows that each feature lets pass.
    points, weights : array of shape (n_points,)
        Of the whole leaf, weights times its value.
    width : int
        At least ``n_here``: features are filled up to so many with zeros.

    Returns
    -------
    array of shape (2 ** n_here, (width + 1) * n_points)
        For each pattern, first point by point and feature by feature (o_i - z_i) times the product
        over the other features here, weights included; then the product over all features here,
        without weights, point by point.
    """
    n_here = ratios.size
    patterns = (np.arange(1 << n_here)[:, None] >> np.arange(n_here)) & 1
    factors = patterns[:, :, None] * points + (ratios[:, None] * (1 - points))[None]
    each = np.zeros((1 << n_here, points.size, width))
    for i in range(n_here):
        others = np.delete(factors, i, axis=1).prod(axis=1)
        each[:, :, i] = (patterns[:, i] - ratios[i])[:, None] * others * weights
    return np.hstack([each.reshape(1 << n_here, -1), factors.prod(axis=1)])
