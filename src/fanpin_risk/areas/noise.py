"""How far quiet months differ beyond chance: over-dispersion of counts, measured on the past.

Counts of a quiet past vary more than Poisson's law says: seasons that differ by village, cadres
who look harder in one year, weather that strikes next door. What is measured is the variance of a
factor of mean 1 by which each area's month differs from what its margins lead to expect.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fanpin_risk.areas.exact import Floats

Flags = npt.NDArray[np.bool_]

CERTAIN_DEVIATIONS = 1.645
"""Standard errors added for an upper limit, and by which a stream must differ from all."""
_CUT_DEVIATIONS = 5.0
_CUT_HOUSEHOLDS = 2.0
_ROUNDS = 12
_MONTHS_A_YEAR = 12


@dataclass(frozen=True, kw_only=True)
class _Squares:
    """Squared differences of counts from what was expected, cell by cell."""

    difference: Floats
    variance: Floats
    expected: Floats


def area_noise(counts: Floats) -> Floats:
    """Noise of area by month, for each stream, given the sums of areas and months.

    Parameters
    ----------
    counts
        Of the quiet past, shape (n_streams, n_areas, n_months); months left out are zero.

    Returns
    -------
    ndarray of shape (n_streams,)
        Variance of the factor of mean 1; see `settled`.
    """
    areas = counts.sum(axis=2, keepdims=True)
    months = counts.sum(axis=1, keepdims=True)
    total = np.maximum(counts.sum(axis=(1, 2), keepdims=True), 2.0)
    expected = areas * months / total
    variance = expected * (1 - areas / total) * (total - months) / (total - 1)
    share = areas / total
    # the sum of a month is as noisy as its areas are, the one looked at among them
    left = np.sqrt((1 - share) ** 2 + _others_squared(share))
    return settled(
        _Squares(
            difference=_flat(counts - expected),
            variance=_flat(variance),
            expected=_flat(expected * left),
        )
    )


def noise_of_odds(noise: Floats, past: Floats, n_months: Floats) -> Floats:
    """Noise of the odds of an area against all others, from that of each area's month.

    Parameters
    ----------
    noise
        Of each stream, as `area_noise` gives it, shape (n_streams,).
    past
        Counts of the areas in the past, shape (n_streams, n_areas).
    n_months
        Months of that past, shape (n_streams,).

    Returns
    -------
    ndarray of shape (n_streams, n_areas)
        More than ``noise``: the others have noise as well, which matters where they are few, and so
        has the past, which matters where it is short.
    """
    total = np.maximum(past.sum(axis=1, keepdims=True), 1.0)
    share = past / total
    others = _others_squared(share[:, :, None])[:, :, 0] / np.maximum((1 - share) ** 2, 1e-6)
    both: Floats = noise[:, None] * (1 + others) * (1 + 1 / np.maximum(n_months, 1.0))[:, None]
    return both


def month_noise(counts: Floats, households: Floats, is_kept: Flags, first_month: int) -> Floats:
    """Noise of the county's months against the same months of other years, for each stream.

    Parameters
    ----------
    counts
        Of the county's past, shape (n_streams, n_months).
    households
        Shape (n_months,).
    is_kept
        Quiet months, shape (n_streams, n_months).
    first_month
        Number of the first of them.

    Returns
    -------
    ndarray of shape (n_streams,)
        As `area_noise`; 0 where no month has another year's beside it.
    """
    n_months = counts.shape[1]
    of_year = (first_month + np.arange(n_months)) % _MONTHS_A_YEAR
    same = (of_year[:, None] == of_year[None, :]) & ~np.eye(n_months, dtype=bool)
    kept = is_kept.astype(np.float64)
    others = (counts * kept) @ same
    exposed = (households * kept) @ same
    share = np.divide(households, exposed, out=np.zeros_like(exposed), where=exposed > 0)
    is_compared = (kept > 0) & (exposed > 0)
    expected = np.where(is_compared, others * share, 0.0)
    # the others of the year are counts too, and as noisy as the month itself
    spread = np.where(is_compared, 1 + share, 1.0)
    return settled(
        _Squares(
            difference=np.where(is_compared, counts - expected, 0.0) / np.sqrt(spread),
            variance=expected,
            expected=np.sqrt(np.maximum(expected**2 - expected * share, 0.0)),
        )
    )


def settled(squares: _Squares) -> Floats:
    """Moment estimate of the noise, stream by stream, on the safe side.

    Differences beyond five standard deviations and two households are cut there, under the noise
    found so far, again and again: a cluster of the past that nobody noticed does not make every
    later month look quiet. A stream's noise is taken at its upper 95% limit. Small streams tell
    little of their own: where the limit of all streams together is lower, that is taken, unless a
    stream is clearly noisier than all.
    """
    weight = (squares.expected**2).sum(axis=1)
    own = np.zeros(len(weight))
    error = np.full(len(weight), np.inf)
    common = 0.0
    for _ in range(_ROUNDS):
        variance = squares.variance + own[:, None] * squares.expected**2
        limit = np.where(
            squares.variance > 0, _CUT_DEVIATIONS * np.sqrt(variance) + _CUT_HOUSEHOLDS, 0.0
        )
        cut = np.minimum(squares.difference**2, limit**2) - squares.variance
        excess = np.where(squares.variance > 0, cut, 0.0).sum(axis=1)
        doubt = (2 * variance**2 + variance).sum(axis=1)
        own = np.divide(excess, weight, out=np.zeros_like(weight), where=weight > 0)
        error = np.sqrt(doubt) / np.maximum(weight, 1e-12)
        all_weight = max(float(weight.sum()), 1e-12)
        common = max(float(excess.sum()), 0.0) / all_weight
        common += CERTAIN_DEVIATIONS * float(np.sqrt(doubt.sum())) / all_weight
        limit_of_own = np.maximum(own, 0.0) + CERTAIN_DEVIATIONS * error
        is_noisier = own - common > CERTAIN_DEVIATIONS * error
        own = np.where(is_noisier, own, np.minimum(limit_of_own, common))
    return own


def _others_squared(share: Floats) -> Floats:
    """For each area the sum of the squared shares of all others; areas stand in the second axis."""
    squared = share**2
    others: Floats = squared.sum(axis=1, keepdims=True) - squared
    return others


def _flat(values: Floats) -> Floats:
    """One row for each stream."""
    return values.reshape(len(values), int(np.prod(values.shape[1:])))
