"""Whether risks mean what they say: level, slope, smooth curve and the parts of the Brier score.

``risk`` is a probability in [0, 1]. ``outcome`` is 0 or 1, or any share between them: where the
true risk is known it may stand in for the outcome (a fractional response). ``weight`` is the
inverse chance of being seen, 1 each when left out. A slope near 1 says nothing of the level: read
slope, intercept and expected over observed together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit, ndtri

from fanpin_risk.risk.logistic import linear, logistic_fit, spline_columns
from fanpin_risk.risk.ranking import (
    FloatArray,
    IntArray,
    block_bounds,
    checked_outcome,
    checked_risk,
    checked_weight,
    ratio,
)

SMALLEST_RISK = 1e-6
"""Risks are held this far from 0 and 1 before a logit is taken (isotonic steps reach both)."""


def brier(
    risk: npt.ArrayLike, outcome: npt.ArrayLike, weight: npt.ArrayLike | None = None
) -> float:
    """Weighted mean of the squared gap between risk and outcome; NaN without weight.

    Examples
    --------
    >>> brier([0.5, 1.0], [0, 1])
    0.125
    """
    p, y, w = _columns(risk, outcome, weight)
    return float(ratio(np.sum(w * (p - y) ** 2), np.sum(w)))


@dataclass(frozen=True, kw_only=True)
class BrierParts:
    """Parts of the Brier score: brier = reliability - resolution + uncertainty + within_bin."""

    brier: float
    reliability: float
    resolution: float
    uncertainty: float
    within_bin: float


def brier_decomposition(
    risk: npt.ArrayLike, outcome: npt.ArrayLike, weight: npt.ArrayLike | None = None
) -> BrierParts:
    r"""Split the Brier score by tenths of the risk into parts that add up exactly.

    Returns
    -------
    BrierParts
        ``reliability``: squared gap of mean risk and observed share over tenths (0 is best);
        ``resolution``: spread of the observed shares (more is better); ``uncertainty``: variance
        of the outcome; ``within_bin``: variance of the risk inside tenths less twice its
        covariance with the outcome there. All NaN without weight.

    Notes
    -----
    Murphy 1973, with the within-bin terms of Stephenson, Coelho and Jolliffe 2008.

    Examples
    --------
    >>> parts = brier_decomposition([0.2, 0.2, 0.8, 0.8], [0, 0, 1, 1])
    >>> round(parts.reliability, 4), round(parts.resolution, 4), parts.uncertainty
    (0.04, 0.25, 0.25)
    """
    p, y, w = _columns(risk, outcome, weight)
    total = np.sum(w)
    tenth = _tenths(p, w)
    bin_weight = np.bincount(tenth, w, 10)
    bin_risk = np.nan_to_num(ratio(np.bincount(tenth, w * p, 10), bin_weight))
    bin_share = np.nan_to_num(ratio(np.bincount(tenth, w * y, 10), bin_weight))
    mean = ratio(np.sum(w * y), total)
    gap_risk, gap_outcome = p - bin_risk[tenth], y - bin_share[tenth]
    return BrierParts(
        brier=brier(p, y, w),
        reliability=float(ratio(np.sum(bin_weight * (bin_risk - bin_share) ** 2), total)),
        resolution=float(ratio(np.sum(bin_weight * (bin_share - mean) ** 2), total)),
        uncertainty=float(ratio(np.sum(w * (y - mean) ** 2), total)),
        within_bin=float(ratio(np.sum(w * (gap_risk**2 - 2 * gap_risk * gap_outcome)), total)),
    )


def expected_over_observed(
    risk: npt.ArrayLike, outcome: npt.ArrayLike, weight: npt.ArrayLike | None = None
) -> float:
    """Sum of risks over sum of outcomes: above 1 the risks are too high. NaN when nobody fell.

    Examples
    --------
    >>> expected_over_observed([0.5, 0.25], [1, 0])
    0.75
    """
    p, y, w = _columns(risk, outcome, weight)
    return float(ratio(np.sum(w * p), np.sum(w * y)))


def calibration_intercept(
    risk: npt.ArrayLike, outcome: npt.ArrayLike, weight: npt.ArrayLike | None = None
) -> float:
    """Intercept a of logit P(y) = a + logit(risk), the slope held at 1 (Cox 1958).

    Returns
    -------
    float
        0 is best, below 0 the risks are too high. NaN when only one outcome occurs.

    Examples
    --------
    >>> round(calibration_intercept([0.5, 0.5, 0.5, 0.5], [1, 0, 0, 0]), 6)  # log(1/3)
    -1.098612
    """
    p, y, w = _columns(risk, outcome, weight)
    if _one_class(y, w):
        return math.nan
    return float(logistic_fit([np.ones_like(p)], y, w, offset=_logit(p))[0])


def calibration_slope(
    risk: npt.ArrayLike, outcome: npt.ArrayLike, weight: npt.ArrayLike | None = None
) -> float:
    """Slope b of logit P(y) = a + b logit(risk) (Cox 1958).

    Returns
    -------
    float
        1 is best; below 1 the risks are spread too far, as after overfitting. NaN when no finite
        slope exists: one outcome only, one risk only, or risks that part the outcomes perfectly.

    Examples
    --------
    >>> p = np.repeat([0.1, 0.9], 10)
    >>> y = np.repeat([1, 0, 1, 0], [1, 9, 9, 1])
    >>> round(calibration_slope(p, y), 6)
    1.0
    """
    p, y, w = _columns(risk, outcome, weight)
    x = _logit(p)
    if _one_class(y, w) or _is_separated(x, y, w):
        return math.nan
    return float(logistic_fit([np.ones_like(x), x], y, w, offset=np.zeros_like(x))[1])


def ici(risk: npt.ArrayLike, outcome: npt.ArrayLike, weight: npt.ArrayLike | None = None) -> float:
    """Integrated calibration index: weighted mean of abs(smooth(risk) - risk).

    Returns
    -------
    float
        In [0, 1], 0 is best; NaN when only one outcome occurs.

    Notes
    -----
    Austin and Steyerberg 2019; the smoother is that of `smooth_observed_share`.

    Examples
    --------
    >>> round(ici([0.5, 0.5, 0.5, 0.5], [1, 0, 0, 0]), 6)
    0.25
    """
    p, y, w = _columns(risk, outcome, weight)
    return float(ratio(np.sum(w * np.abs(smooth_observed_share(p, y, w) - p)), np.sum(w)))


def smooth_observed_share(
    risk: npt.ArrayLike, outcome: npt.ArrayLike, weight: npt.ArrayLike | None = None
) -> FloatArray:
    """Observed share as a smooth curve of the risk, read at every row: the calibration curve.

    Returns
    -------
    array of shape (n_households,)
        In [0, 1]; all NaN when only one outcome occurs.

    Notes
    -----
    Logistic regression of the outcome on a restricted cubic spline of logit(risk), knots at the
    5, 27.5, 50, 72.5 and 95% points (Harrell 2015; used for this index by Austin, Harrell and van
    Klaveren 2020, where Austin and Steyerberg 2019 have loess). It has no random part and no
    bandwidth. Equal knots are merged; with fewer than three a straight line in logits is left.

    Examples
    --------
    >>> smooth_observed_share([0.5, 0.5, 0.5, 0.5], [1, 0, 0, 0]).round(6)
    array([0.25, 0.25, 0.25, 0.25])
    """
    p, y, w = _columns(risk, outcome, weight)
    if _one_class(y, w):
        return np.full(p.size, np.nan)
    columns = spline_columns(_logit(p))
    beta = logistic_fit(columns, y, w, offset=np.zeros_like(p))
    return np.asarray(expit(linear(beta, columns)), dtype=np.float64)


@dataclass(frozen=True, kw_only=True)
class Tenth:
    """One tenth of the households by risk, and what was observed in it (see the function below).

    ``low`` and ``high`` are the Wilson interval of ``observed_share``.
    """

    tenth: int
    n_households: int
    mean_risk: float
    observed_share: float
    low: float
    high: float


def reliability_by_tenths(
    risk: npt.ArrayLike,
    outcome: npt.ArrayLike,
    weight: npt.ArrayLike | None = None,
    *,
    level: float = 0.95,
) -> list[Tenth]:
    """Mean risk against observed share in tenths of the risk, lowest first.

    Equal risks are never parted, so a risk with few distinct values gives fewer rows.

    Parameters
    ----------
    risk, outcome, weight
        As everywhere in this module. With weights, tenths are of the weight, and the interval
        uses Kish's effective number of households.
    level : float
        Coverage of the interval (Wilson 1927), in (0, 1).

    Returns
    -------
    list of Tenth
        Only tenths that hold any weight.

    Examples
    --------
    >>> rows = reliability_by_tenths([0.2, 0.2, 0.8, 0.8], [0, 0, 1, 1])
    >>> [(row.tenth, row.mean_risk, row.observed_share) for row in rows]
    [(3, 0.2, 0.0), (8, 0.8, 1.0)]
    """
    p, y, w = _columns(risk, outcome, weight)
    tenth = _tenths(p, w)
    groups = [(number, tenth == number) for number in range(10)]
    return [
        _tenth_row(number + 1, p[rows], y[rows], w[rows], level)
        for number, rows in groups
        if np.sum(w[rows]) > 0
    ]


def _tenth_row(number: int, p: FloatArray, y: FloatArray, w: FloatArray, level: float) -> Tenth:
    """One row of the reliability table."""
    total = np.sum(w)
    share = float(np.sum(w * y) / total)
    low, high = wilson(share, float(total**2 / np.sum(w * w)), level=level)
    return Tenth(
        tenth=number,
        n_households=p.size,
        mean_risk=float(np.sum(w * p) / total),
        observed_share=share,
        low=low,
        high=high,
    )


def wilson(share: float, n: float, *, level: float = 0.95) -> tuple[float, float]:
    """Wilson's interval of a share (1927) among so many households, weighted ones as many as tell.

    Parameters
    ----------
    share
        0 to 1.
    n
        Households, or the effective number of weighted or neighbouring ones.
    level
        Of confidence.

    Returns
    -------
    tuple of float
        Low and high end; exactly 0 of a share of 0, and 1 of a share of 1.

    Examples
    --------
    >>> low, high = wilson(0.5, 10)
    >>> round(low, 3), round(high, 3)
    (0.237, 0.763)
    """
    z = float(ndtri(0.5 + level / 2))
    shrink = 1 + z * z / n
    centre = (share + z * z / (2 * n)) / shrink
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / shrink
    low = 0.0 if share == 0 else max(0.0, centre - half)  # exactly, whatever is rounded
    return low, 1.0 if share == 1 else min(1.0, centre + half)


def _columns(
    risk: npt.ArrayLike, outcome: npt.ArrayLike, weight: npt.ArrayLike | None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Check the three columns."""
    p = checked_risk(risk)
    y = checked_outcome(outcome, n_rows=p.size, fractional=True)
    return p, y, checked_weight(weight, n_rows=p.size)


def _tenths(p: FloatArray, w: FloatArray) -> IntArray:
    """Tenth (0 to 9) of each row by the middle of its block of equal risk."""
    order = np.argsort(p, kind="stable")
    bounds = block_bounds(p[order])
    running = np.concatenate([[0.0], np.cumsum(w[order])])[bounds]
    middle = np.nan_to_num(ratio((running[1:] + running[:-1]) / 2, running[-1]))
    tenth = np.empty(p.size, dtype=np.intp)
    tenth[order] = np.repeat(np.minimum(10 * middle, 9).astype(np.intp), np.diff(bounds))
    return tenth


def _logit(p: FloatArray) -> FloatArray:
    """Log-odds of a risk held off 0 and 1."""
    return np.asarray(logit(np.clip(p, SMALLEST_RISK, 1 - SMALLEST_RISK)), dtype=np.float64)


def _one_class(y: FloatArray, w: FloatArray) -> bool:
    """Whether the outcome never or always occurs among rows with weight."""
    return not (np.any(w * y > 0) and np.any(w * (1 - y) > 0))


def _is_separated(x: FloatArray, y: FloatArray, w: FloatArray) -> bool:
    """Whether some cut of x parts the outcomes (or x is constant): no finite slope then."""
    yes, no = x[w * y > 0], x[w * (1 - y) > 0]
    return bool(yes.min() >= no.max() or yes.max() <= no.min())
