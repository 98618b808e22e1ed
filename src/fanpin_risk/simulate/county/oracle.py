"""What a list of visits would find, told by futures: the best that could be done, and any other.

A score ranks households, futures say what becomes of them. The state oracle ranks by the share of
falls among the first half of a household's futures and is judged by the second half, so that it
gains nothing from its own luck. All figures are weighted with one over the chance of being drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fanpin_risk.simulate.county.state import Flags

Floats = npt.NDArray[np.float64]
Cells = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Estimate:
    """A figure with its Monte Carlo error: one standard error over futures.

    The futures of all households share prices, weather and demand, so the error holds what is
    common to them. It holds no error of the sample of households.
    """

    value: float
    standard_error: float


@dataclass(frozen=True)
class Targeting:
    """What a number of visits finds.

    Attributes
    ----------
    found
        Falls among the households visited.
    recall
        Share of all falls; one less is the exclusion error.
    precision
        Share of the visits; one less is the inclusion error.
    """

    n_visits: float
    found: Estimate
    recall: Estimate
    precision: Estimate


def first_half_share(outcomes: Flags) -> Floats:
    """Score of the state oracle: share of the first half of each household's futures."""
    share: Floats = outcomes[:, : outcomes.shape[1] // 2].mean(axis=1)
    return share


def second_half(outcomes: Flags) -> Flags:
    """Futures that the state oracle is judged by."""
    return outcomes[:, outcomes.shape[1] // 2 :]


def visited_share(score: Floats, weight: Floats, n_visits: float) -> Floats:
    """Share of each household that is among so many visits, the highest scores first.

    Parameters
    ----------
    score
        Higher is visited earlier; no missing values.
    weight
        Households that each one stands for.
    n_visits
        Households that are visited, in all; with more than there are, everybody is.

    Returns
    -------
    ndarray of float64, shape (n,)
        0 to 1; their weighted sum is ``n_visits``. Households of one score at the cut get the same
        share: what a random order among them gives on average.

    Examples
    --------
    >>> visited_share(np.array([3.0, 1.0, 1.0, 0.0]), np.ones(4), 2).tolist()
    [1.0, 0.5, 0.5, 0.0]
    """
    _, group = np.unique(-score, return_inverse=True)
    in_group = np.bincount(group, weights=weight)
    before = np.cumsum(in_group) - in_group
    share = np.clip((n_visits - before) / np.maximum(in_group, 1e-300), 0.0, 1.0)
    return share[group]


def targeting(score: Floats, outcomes: Flags, weight: Floats, n_visits: float) -> Targeting:
    """What visits by a score find.

    Parameters
    ----------
    score, weight, n_visits
        As in `visited_share`.
    outcomes
        Shape (n, futures), 2 futures at least: whether there is a fall. They must not have had a
        part in the score.
    """
    share = visited_share(score, weight, n_visits)
    found = (share * weight) @ outcomes
    falls = weight @ outcomes
    return Targeting(
        n_visits=float((share * weight).sum()),
        found=_mean(found),
        recall=_ratio(found, falls),
        precision=_mean(found / max(float((share * weight).sum()), 1e-300)),
    )


def found_beyond(
    score: Floats, outcomes: Flags, weight: Floats, is_visited: Flags, n_further: float
) -> Estimate:
    """Falls that further visits find, made by a score to those who are not visited anyway.

    Parameters
    ----------
    score, outcomes, weight
        As in `targeting`.
    is_visited
        Who is visited anyway (the must-visits), in any number.
    n_further
        Visits beyond those; the increments of several scores at the same number are compared.
    """
    share = np.zeros(len(score))
    left = ~is_visited
    share[left] = visited_share(score[left], weight[left], n_further)
    return _mean((share * weight) @ outcomes)


def gain_within_cells(
    score: Floats, outcomes: Flags, weight: Floats, cell: Cells, visited: float
) -> Estimate:
    """Falls found by a score beyond what a random order finds, as many visits in every cell.

    Parameters
    ----------
    score, outcomes, weight
        As in `targeting`.
    cell
        Households of one cell are alike in all that the rules look at.
    visited
        Share of each cell that is visited, 0 to 1.

    Returns
    -------
    Estimate
        Zero on average for a score that tells nothing beyond the cell. Its error has two parts,
        added in squares: that of futures, and the spread of the gain if the scores were dealt out
        anew among the households of each cell (Hoeffding 1951, for equal weights within a cell).
    """
    beyond = np.zeros(len(score))
    variance = 0.0
    p = outcomes.mean(axis=1)
    for number in np.unique(cell):
        here = np.flatnonzero(cell == number)
        w = weight[here]
        beyond[here] = visited_share(score[here], w, visited * float(w.sum())) - visited
        a, b = beyond[here], w * p[here]
        if len(here) > 1:
            variance += float(((a - a.mean()) ** 2).sum() * ((b - b.mean()) ** 2).sum()) / (
                len(here) - 1
            )
    gain = _mean((beyond * weight) @ outcomes)
    return Estimate(gain.value, float(np.sqrt(gain.standard_error**2 + variance)))


def correlation_within_cells(a: Floats, b: Floats, weight: Floats, cell: Cells) -> float:
    """Weighted correlation of two quantities after each cell's means are taken off; nan: no spread.

    Examples
    --------
    >>> a, b = np.array([1.0, 2.0, 8.0, 9.0]), np.array([4.0, 3.0, 12.0, 11.0])
    >>> round(correlation_within_cells(a, b, np.ones(4), np.array([0, 0, 1, 1])), 6)
    -1.0
    """
    x, y = _centred(a, weight, cell), _centred(b, weight, cell)
    spread = float(np.sqrt((weight * x * x).sum() * (weight * y * y).sum()))
    return float((weight * x * y).sum()) / spread if spread > 0 else float("nan")


def _centred(values: Floats, weight: Floats, cell: Cells) -> Floats:
    """Values less the weighted mean of their cell."""
    _, place = np.unique(cell, return_inverse=True)
    mean = np.bincount(place, weights=weight * values) / np.bincount(place, weights=weight)
    return values - mean[place]


def _mean(by_future: Floats) -> Estimate:
    """Mean over futures."""
    n = len(by_future)
    return Estimate(float(by_future.mean()), float(by_future.std(ddof=1) / np.sqrt(n)))


def _ratio(above: Floats, below: Floats) -> Estimate:
    """Ratio of two means over futures, with its error to first order; nan if nothing is below."""
    total = float(below.mean())
    if total == 0:
        return Estimate(float("nan"), float("nan"))
    ratio = float(above.mean()) / total
    return Estimate(ratio, _mean((above - ratio * below) / total).standard_error)


def share_between_paths(outcomes: Flags, weight: Floats) -> Estimate:
    """Share of the variance of the total of falls that comes from what households share.

    Parameters
    ----------
    outcomes
        Shape (n, futures); the futures of all households with one number share a path.
    weight
        Households that each one stands for.

    Returns
    -------
    Estimate
        One less the variance that households would make by themselves, over the variance of the
        weighted total between futures. It is 0 on average for households that share nothing (a
        single estimate can be below), and near 1 in a large county whose falls come together. The
        error is that of the variance between futures if it were normal.
    """
    n = outcomes.shape[1]
    total = weight @ outcomes
    between = float(total.var(ddof=1))
    p = outcomes.mean(axis=1)
    own = float((weight**2 * p * (1 - p)).sum()) * n / (n - 1)
    if between == 0:
        return Estimate(float("nan"), float("nan"))
    share = 1 - own / between
    return Estimate(share, abs(1 - share) * float(np.sqrt(2 / (n - 1))))
