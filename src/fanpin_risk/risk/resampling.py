"""Draws of whole clusters, and the intervals that come of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from fanpin_risk.errors import SchemaError
from fanpin_risk.risk.ranking import FloatArray, IntArray, checked_column

_MOST_UNDEFINED = 0.05  # of the replicates, for an interval to be given


@dataclass(frozen=True)
class Draws:
    """How often each cluster is taken in each replicate, drawn once for all methods.

    ``codes``: cluster of each row, in the order of sorted names; ``multiplicity``: array of shape
    (n_replicates, n_clusters), rows sum to the number of clusters.
    """

    codes: IntArray
    multiplicity: FloatArray

    @property
    def n_clusters(self) -> int:
        """Number of clusters."""
        return int(self.multiplicity.shape[1])

    @property
    def left_out(self) -> FloatArray:
        """Multiplicities of the jackknife: one cluster left out, the others G / (G - 1) each."""
        g = self.n_clusters
        return (1 - np.eye(g)) * (g / max(g - 1, 1))


def cluster_draws(clusters: npt.ArrayLike, *, n_replicates: int = 1000, seed: int) -> Draws:
    """Draw whole clusters with replacement, as many as there are, once for all methods.

    Parameters
    ----------
    clusters : array-like of shape (n_rows,)
        Name of the cluster of each row: the widest unit within which shocks are shared.
    n_replicates : int
        At least 1.
    seed : int
        The same seed and set of names give the same draws, in whatever order the rows stand.

    Returns
    -------
    Draws

    Examples
    --------
    >>> draws = cluster_draws(["b", "a", "b"], n_replicates=2, seed=1)
    >>> draws.codes, draws.multiplicity.sum(axis=1)
    (array([1, 0, 1]), array([2., 2.]))
    """
    names, codes = np.unique(np.asarray(clusters), return_inverse=True)
    if not len(names) or n_replicates < 1:
        raise SchemaError(
            "Resampling needs at least one cluster and one replicate, got "
            f"{len(names)} clusters and n_replicates={n_replicates}."
        )
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=n_replicates)
    return Draws(codes.astype(np.intp).reshape(-1), drawn.astype(np.float64))


def interval(replicates: npt.ArrayLike, level: float = 0.95) -> tuple[float, float]:
    """Percentile interval of bootstrap replicates.

    Undefined replicates (NaN) are left out; NaN when more than one in twenty is undefined.

    Examples
    --------
    >>> interval(np.full(100, 0.8))
    (0.8, 0.8)
    """
    values = checked_column(replicates, name="replicates")
    defined = values[~np.isnan(values)]
    if defined.size < (1 - _MOST_UNDEFINED) * values.size or not defined.size:
        return float("nan"), float("nan")
    low, high = np.quantile(defined, [0.5 - level / 2, 0.5 + level / 2])
    return float(low), float(high)


def paired_difference(
    replicates_a: npt.ArrayLike, replicates_b: npt.ArrayLike, level: float = 0.95
) -> tuple[float, float]:
    """Percentile interval of a - b, replicate by replicate of the same draws.

    Examples
    --------
    >>> paired_difference([0.75, 0.5], [0.5, 0.25])  # narrower than the interval of either
    (0.25, 0.25)
    """
    a = checked_column(replicates_a, name="replicates_a")
    b = checked_column(replicates_b, name="replicates_b", n_rows=a.size)
    return interval(a - b, level)


def jackknife_interval(
    value: float, left_out: npt.ArrayLike, level: float = 0.95
) -> tuple[float, float]:
    r"""Interval from leaving out one cluster at a time, with t(G - 1).

    Parameters
    ----------
    value : float
        The measure on all clusters.
    left_out : array-like of shape (n_clusters,)
        The measure without each cluster in turn; totals scaled up by G / (G - 1).
    level : float
        Coverage, in (0, 1).

    Returns
    -------
    tuple of float
        ``value`` plus and minus t times the standard error
        :math:`\sqrt{\frac{G-1}{G} \sum_g (v_g - \bar v)^2}`. NaN when a measure is undefined
        without some cluster, or with one cluster.

    Examples
    --------
    >>> low, high = jackknife_interval(2.0, [2.5, 2.0, 1.5])  # the mean of 1, 2, 3
    >>> round(low, 3), round(high, 3)
    (-0.484, 4.484)
    """
    values = checked_column(left_out, name="left_out")
    g = values.size
    if g < 2:
        return float("nan"), float("nan")
    error = np.sqrt((g - 1) / g * np.sum((values - np.mean(values)) ** 2))
    half = float(stdtrit(g - 1, 0.5 + level / 2) * error)
    return value - half, value + half
