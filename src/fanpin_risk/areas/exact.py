"""Exact chances of counts in a table of two by two, with noise, and many of them at once.

Numpy alone: everything here is a sum of ratios of neighbouring terms.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

NO_MARGIN = 1e15
"""Stands for a margin without end: the count is then binomial, see `binomial_tail`."""

_POINTS = np.arange(-5.0, 7.75, 0.5)
_WEIGHTS = np.exp(-0.5 * _POINTS**2) / np.exp(-0.5 * _POINTS**2).sum()
_NEGLIGIBLE = 1e-17
_HALVINGS = 20
_LOG_RATIO_LIMIT = 12.0


def noisy_odds(odds: Floats, noise: Floats) -> Floats:
    """Odds of each table under every size of the noise that is averaged over.

    The noise is log-normal with mean 1.

    Parameters
    ----------
    odds
        Odds ratio of each table without noise, shape (n,).
    noise
        Variance of the noise, shape (n,), not negative; 0: none.

    Returns
    -------
    ndarray of shape (n, number of points)
        To be averaged with the weights of `tail`.

    Examples
    --------
    >>> points = noisy_odds(np.array([1.0]), np.array([0.25]))
    >>> round(float((points @ _WEIGHTS)[0]), 6), round(float((points**2 @ _WEIGHTS)[0]), 6)
    (1.0, 1.25)
    """
    spread = np.sqrt(np.log1p(noise))
    return doubtful_odds(odds * np.exp(-0.5 * spread**2), spread)


def doubtful_odds(odds: Floats, spread: Floats) -> Floats:
    """Odds whose logarithm is known with a standard error, at the points that are averaged over.

    Parameters
    ----------
    odds, spread
        Odds, and standard errors of their logarithms; shape (n,).

    Returns
    -------
    ndarray of shape (n, number of points)
        To be averaged with the weights of `tail`.
    """
    found: Floats = odds[:, None] * np.exp(spread[:, None] * _POINTS[None, :])
    return found


def tail(count: Floats, row: Floats, column: Floats, total: Floats, odds: Floats) -> Floats:
    """Chance of at least so many in the first cell of a table whose margins are given.

    The table of two by two has the row and column sums of its first cell and the total of all; the
    count is noncentral hypergeometric with the odds ratio, and hypergeometric where that is 1.

    Parameters
    ----------
    count, row, column, total
        Whole numbers as floats, shape (n,); ``count`` within what the margins allow.
    odds
        Odds ratio, shape (n,), or (n, number of points) of `noisy_odds`: the mean over the noise.

    Returns
    -------
    ndarray of shape (n,)
        In [0, 1].

    Examples
    --------
    Fisher's tea: all four cups of one kind found.

    >>> four, eight = np.array([4.0]), np.array([8.0])
    >>> round(float(tail(four, four, four, eight, np.ones(1))[0] * 70), 9)
    1.0
    """
    points = odds if odds.ndim == 2 else odds[:, None]
    margins = [np.asarray(m, dtype=np.float64)[:, None] for m in (row, column, total)]
    start = np.asarray(count, dtype=np.float64)[:, None]
    lowest = np.maximum(0.0, margins[0] + margins[1] - margins[2])
    with np.errstate(over="ignore"):  # an endless sum on one side: the chance is 0 or 1
        upward = _sum_from(start, margins, points, up=True, last=np.minimum(margins[0], margins[1]))
        downward = _sum_from(start, margins, points, up=False, last=lowest)
        chance = 1.0 / (1.0 + downward / (1.0 + upward))
    weights = _WEIGHTS if odds.ndim == 2 else np.ones(1)
    return np.minimum(chance @ weights, 1.0)


def binomial_tail(count: Floats, trials: Floats, odds: Floats) -> Floats:
    """Chance of at least ``count`` successes in so many trials with odds p / (1 - p).

    Parameters
    ----------
    count, trials
        Whole numbers as floats, shape (n,).
    odds
        Shape (n,), or (n, number of points) of `noisy_odds`: the mean over the noise.

    Examples
    --------
    >>> round(float(binomial_tail(np.array([2.0]), np.array([2.0]), np.array([1.0]))[0]), 9)
    0.25
    """
    column = np.full(len(count), NO_MARGIN)
    return tail(count, trials, column, 2 * column, odds)


def ratio_interval(
    count: Floats, row: Floats, column: Floats, total: Floats, *, level: float
) -> tuple[Floats, Floats]:
    """Exact interval of the odds ratio given the margins, each end with half of what is left.

    Returns
    -------
    low, high : ndarray of shape (n,)
        0 where the count is the least that the margins allow, infinite where it is the most.

    Examples
    --------
    >>> a = np.array([3.0])
    >>> low, high = ratio_interval(a, a, np.array([10.0]), np.array([20.0]), level=0.95)
    >>> bool(low[0] < 1), float(high[0])
    (True, inf)
    """
    lowest = np.maximum(0.0, row + column - total)
    highest = np.minimum(row, column)
    half = (1.0 - level) / 2
    low = np.where(
        count > lowest,
        _odds_at(np.maximum(count, lowest + 1), row, column, total, half),
        0.0,
    )
    high = np.where(
        count < highest,
        _odds_at(np.minimum(count + 1, highest), row, column, total, 1.0 - half),
        np.inf,
    )
    return low, high


def threshold(least: Floats, rate: float) -> tuple[float, int]:
    """Level for each test such that all together give at most ``rate`` false alarms on average.

    Bonferroni's bound with Tarone's remedy for counts: a test that cannot come below the level
    whatever its count is takes no share of the rate. With K the smallest number for which at most
    K tests can come below rate / K, the level is rate / K. The bound needs no independence.

    Parameters
    ----------
    least
        Smallest chance that each test can come to, given its margins, shape (n,).
    rate
        False alarms allowed on average.

    Returns
    -------
    level : float
    n_able : int
        K, 1 at least.

    Examples
    --------
    >>> threshold(np.array([1e-9, 0.001, 0.04, 0.5]), 0.05)
    (0.025, 2)
    """
    ordered = np.sort(least)
    for k in range(1, len(ordered) + 1):
        if np.searchsorted(ordered, rate / k, side="right") <= k:
            return rate / k, k
    return rate / max(len(ordered), 1), max(len(ordered), 1)


def _odds_at(count: Floats, row: Floats, column: Floats, total: Floats, chance: float) -> Floats:
    """Odds ratio at which the chance of at least ``count`` is ``chance``, by halving."""
    low = np.full(len(count), -_LOG_RATIO_LIMIT)
    high = -low
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        is_above = tail(count, row, column, total, np.exp(middle)) > chance
        low, high = np.where(is_above, low, middle), np.where(is_above, middle, high)
    found: Floats = np.exp((low + high) / 2)
    return found


def _sum_from(
    start: Floats, margins: list[Floats], odds: Floats, *, up: bool, last: Floats
) -> Floats:
    """Sum of all terms beyond ``start`` up to ``last``, in units of the term at ``start``."""
    row, column, total = margins
    sums = np.zeros_like(odds)
    at = np.flatnonzero((start < last if up else start > last)[:, 0])
    term = np.ones_like(odds[at])
    k = start[at]
    while len(at):
        r, c, n = row[at], column[at], total[at]
        if up:
            ratio = (r - k) * (c - k) / ((k + 1) * (n - r - c + k + 1)) * odds[at]
            k = k + 1
        else:
            ratio = k * (n - r - c + k) / ((r - k + 1) * (c - k + 1)) / odds[at]
            k = k - 1
        term = term * ratio
        sums[at] += term
        is_small = ((ratio < 1) & (term < _NEGLIGIBLE * (1 + sums[at]))).all(axis=1)
        goes_on = ~is_small & (k < last[at] if up else k > last[at])[:, 0]
        at, term, k = at[goes_on], term[goes_on], k[goes_on]
    return sums
