"""A smooth curve through the counts of bins, and how well it is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fanpin_risk.areas.exact import Flags, Floats, Ints

_ROUNDS = 50
_CLOSE = 1e-9
_ROWS_A_TERM = 25
"""Fewer counts for each term of the curve tell too little."""
_LARGEST_LOG = 30.0
_CALLED_FOR = 1.414
HIGHEST_DEGREE = 6
"""Of the polynomials of `chosen`."""


@dataclass(frozen=True, kw_only=True)
class Fit:
    """A polynomial of log density, laid through some bins and read off at all.

    Attributes
    ----------
    expected
        Count of each bin by the curve, shape (n_bins,).
    coefficients, covariance
        Of the terms, the constant first.
    design
        Terms of each bin, shape (n_bins, n_terms).
    dispersion
        Variance of the bins it is laid through over Poisson's, 1 at least.
    """

    expected: Floats
    coefficients: Floats
    design: Floats
    covariance: Floats
    dispersion: float

    def odds(self, these: Flags, others: Flags) -> tuple[float, float]:
        """Odds by the curve of some bins against others, and the standard error of their logarithm.

        Examples
        --------
        >>> fit = fitted(np.arange(-50, 50), np.full(100, 9.0), np.ones(100, bool), degree=1)
        >>> odds, _ = fit.odds(np.arange(100) < 50, np.arange(100) >= 50)
        >>> round(odds, 6)
        1.0
        """
        sums = [float(self.expected[bins].sum()) for bins in (these, others)]
        means = [
            self.expected[bins] @ self.design[bins] / total
            for bins, total in zip((these, others), sums, strict=True)
        ]
        gradient = means[0] - means[1]
        return sums[0] / sums[1], float(np.sqrt(gradient @ self.covariance @ gradient))


def chosen(at: Ints, counts: Floats, is_used: Flags, *, degree: int) -> Fit | None:
    """Lay a polynomial through bins, of a higher degree while that is called for.

    Of the degrees up to `HIGHEST_DEGREE` the highest is taken whose last term lies more than the
    root of two standard errors from 0 (where Akaike's criterion gains by it). Many counts show a
    bend that a curve fit for few would leave at the line, where it would pass for bunching.

    Parameters
    ----------
    at, counts, is_used
        As `fitted`.
    degree
        Lowest degree.

    Returns
    -------
    Fit or None
        As `fitted`.
    """
    best = fitted(at, counts, is_used, degree=degree)
    for higher in range(degree + 1, HIGHEST_DEGREE + 1):
        tried = fitted(at, counts, is_used, degree=higher)
        if best is None or tried is None:
            break
        error = float(np.sqrt(tried.covariance[-1, -1]))
        if abs(tried.coefficients[-1]) > _CALLED_FOR * error:
            best = tried
    return best


def fitted(at: Ints, counts: Floats, is_used: Flags, *, degree: int) -> Fit | None:
    """Lay a polynomial of log density through bins by Poisson's likelihood.

    Of the bins that are not used the sum alone counts: whatever was moved among them leaves it.

    Parameters
    ----------
    at
        Place of each bin, symmetric about the line.
    counts
        Of each bin.
    is_used
        Bins that the curve is laid through one by one.
    degree
        Of the polynomial.

    Returns
    -------
    Fit or None
        None where the bins used hold too few, or no curve fits.
    """
    scaled = (at + 0.5) / max(float(np.abs(at).max()), 1.0)
    design = _array(np.power.outer(scaled, np.arange(degree + 1, dtype=np.float64)))
    n_used = int(is_used.sum())
    if counts[is_used].sum() < _ROWS_A_TERM * (degree + 1) or n_used <= degree + 1:
        return None
    coefficients = np.zeros(degree + 1)
    coefficients[0] = np.log(counts[is_used].mean())
    for _ in range(_ROUNDS):
        x, y, means = _observed(design, counts, is_used, coefficients)
        information = x.T @ (means[:, None] * x)
        try:
            step = np.linalg.solve(information, x.T @ (y - means))
        except np.linalg.LinAlgError:
            return None
        coefficients = coefficients + step
        if np.abs(step).max() < _CLOSE:
            break
    else:
        return None
    x, y, means = _observed(design, counts, is_used, coefficients)
    pearson = float(((y - means) ** 2 / means).sum())
    dispersion = max(1.0, pearson / (len(y) - degree - 1))
    covariance = _array(np.linalg.inv(information) * dispersion)
    return Fit(
        expected=np.exp(design @ coefficients),
        coefficients=coefficients,
        design=design,
        covariance=covariance,
        dispersion=dispersion,
    )


def _observed(
    design: Floats, counts: Floats, is_used: Flags, coefficients: Floats
) -> tuple[Floats, Floats, Floats]:
    """Terms, counts and means of what is observed: the bins used, and the sum of the others."""
    means = np.exp(np.clip(design @ coefficients, -_LARGEST_LOG, _LARGEST_LOG))
    if is_used.all():
        return design, counts, means
    others = means[~is_used]
    total = others.sum()
    x = np.vstack([design[is_used], others @ design[~is_used] / total])
    y = np.append(counts[is_used], counts[~is_used].sum())
    return x, y, np.append(means[is_used], total)


def _array(values: npt.NDArray[np.floating[Any]]) -> Floats:
    """Numbers as what they are here: floats of 64 bits."""
    return values.astype(np.float64)
