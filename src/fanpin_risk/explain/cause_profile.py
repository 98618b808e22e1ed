"""Cause profile of a village or a county: which cause comes first, what each adds, how surely."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from fanpin_risk.causes import Cause
from fanpin_risk.errors import SchemaError
from fanpin_risk.explain.told import CAUSE_ORDER
from fanpin_risk.risk.calibration_metrics import wilson
from fanpin_risk.risk.resampling import cluster_draws, interval, jackknife_interval

FloatArray = npt.NDArray[np.float64]

FEWEST_HOUSEHOLDS = 10
"""Of fewer nothing is told: a share would be about households that could be known."""
FEWEST_CLUSTERS = 40
LARGEST_CLUSTER = 0.1
"""With fewer villages than this, or one above this share, the bootstrap is too narrow."""
NO_CAUSE = "无"
"""Stands for the cause of households of which no reason raises the score."""
LEVEL = 0.95

PROFILE_SCHEMA: dict[str, pl.DataType] = {
    "cause": pl.String(),
    "households": pl.Int64(),
    **dict.fromkeys(("share", "share_low", "share_high"), pl.Float64()),
    **dict.fromkeys(("mean", "mean_low", "mean_high"), pl.Float64()),
}
"""Columns of `CauseProfile.rows`."""


@dataclass(frozen=True, kw_only=True)
class CauseProfile:
    """Which causes come first in a group of households, and what each adds to their scores.

    Attributes
    ----------
    n_households, n_villages
        Of the group.
    rows
        A row for each cause that the model has indicators of or that comes first, and for
        `NO_CAUSE` where that occurs, in the order of the taxonomy: ``cause, households`` (whose
        first reason it is), ``share`` of the group, its 95% interval, ``mean`` contribution over
        the whole group in log-odds and its 95% interval. Empty where the group is too small.
    basis
        What the intervals stand on: ``households`` (Wilson; t for the mean), ``villages`` (whole
        villages drawn with replacement) or ``jackknife`` (villages left out in turn, t); ``none``
        where the group is too small.
    """

    n_households: int
    n_villages: int
    rows: pl.DataFrame
    basis: str

    @property
    def is_too_small(self) -> bool:
        """Whether there are too few households to tell of them."""
        return self.n_households < FEWEST_HOUSEHOLDS


def top_of(scores: pl.DataFrame, *, share: float) -> pl.DataFrame:
    """Households with the highest risk, a given share of those scored.

    Parameters
    ----------
    scores
        ``household_id, risk, raw_score``.
    share
        In (0, 1]; the number is rounded up. Equal risks are ordered by raw score, then by bytes.

    Returns
    -------
    DataFrame
        ``household_id``.

    Raises
    ------
    SchemaError
        If the share is out of range.

    Examples
    --------
    >>> scores = pl.DataFrame(
    ...     {"household_id": ["a", "b", "c"], "risk": [0.1, 0.3, 0.3], "raw_score": [0.0, 1.0, 2.0]}
    ... )
    >>> top_of(scores, share=0.5)["household_id"].to_list()
    ['c', 'b']
    """
    if not 0 < share <= 1:
        raise SchemaError(f"share must lie above 0 and not above 1, got {share}.")
    ordered = scores.sort("risk", "raw_score", "household_id", descending=[True, True, False])
    return ordered.select("household_id").head(math.ceil(share * scores.height))


def cause_profile(
    group: pl.DataFrame,
    reasons: pl.DataFrame,
    sums: pl.DataFrame,
    *,
    seed: int,
    n_replicates: int = 1000,
) -> CauseProfile:
    """Profile of a group: the top risk group or the plan of one village, or of a whole county.

    Every household weighs 1. Of one village the interval of a share is Wilson's and of a mean by t,
    as if its households stood for themselves. Of several, whole villages are drawn, because
    neighbours share their shocks; with fewer than `FEWEST_CLUSTERS` villages, or one above
    `LARGEST_CLUSTER` of the group, villages are left out in turn instead. A share of 0 or 1 shows
    no differences between villages: its interval is Wilson's, with as many households as would tell
    as much of the most frequent cause if they were no neighbours (`effective_size`).

    Parameters
    ----------
    group
        ``household_id, village``, each household once.
    reasons
        ``household_id, rank, cause, contribution`` of everybody in the group; others are left out.
    sums
        ``household_id, cause, contribution`` of `fanpin_risk.explain.cause_sums.cause_sums`.
    seed, n_replicates
        Of the draws of villages.

    Returns
    -------
    CauseProfile

    Raises
    ------
    SchemaError
        If a household stands twice in the group, or has no reasons or sums.

    Examples
    --------
    >>> ids = [f"h{n:02}" for n in range(10)]
    >>> group = pl.DataFrame({"household_id": ids, "village": ["v"] * 10})
    >>> reasons = pl.DataFrame(
    ...     {"household_id": ids, "rank": [1] * 10, "cause": ["因病"] * 10,
    ...      "contribution": [0.5] * 10}
    ... )
    >>> found = cause_profile(group, reasons, reasons.drop("rank"), seed=1)
    >>> found.basis, found.rows.select("cause", "households", "share", "mean").rows()
    ('households', [('因病', 10, 1.0, 0.5)])
    """
    group = group.select("household_id", "village").sort("household_id")
    firsts = reasons.filter(pl.col("rank") == 1).select(
        "household_id",
        first=pl.when(pl.col("contribution") > 0).then("cause").otherwise(pl.lit(NO_CAUSE)),
    )
    mine = group.join(firsts, on="household_id", how="left", maintain_order="left")
    parts = group.join(sums, on="household_id", how="left", maintain_order="left")
    _require_whole(group, mine, parts)
    n_villages = group["village"].n_unique()
    if group.height < FEWEST_HOUSEHOLDS:
        return CauseProfile(
            n_households=group.height,
            n_villages=n_villages,
            rows=pl.DataFrame(schema=PROFILE_SCHEMA),
            basis="none",
        )
    means = {
        str(cause): part["contribution"].to_numpy()
        for (cause,), part in parts.group_by("cause", maintain_order=True)
    }
    spread = _Spread.of(group["village"], mine["first"], seed=seed, n_replicates=n_replicates)
    named = set(means) | set(mine["first"])
    rows = [
        _row(cause, (mine["first"] == cause).to_numpy(), means.get(cause), spread)
        for cause in (*[c.value for c in Cause], NO_CAUSE)
        if cause in named
    ]
    return CauseProfile(
        n_households=group.height,
        n_villages=n_villages,
        rows=pl.DataFrame(rows, schema=PROFILE_SCHEMA, orient="row"),
        basis=spread.basis,
    )


def profiles_over_time(profiles: Mapping[date, CauseProfile]) -> pl.DataFrame:
    """Shares of first reasons, day after day.

    Parameters
    ----------
    profiles
        One of each decision day.

    Returns
    -------
    DataFrame
        ``as_of, cause, households, share, share_low, share_high``, by day and cause: every cause
        that any day has, with 0 on the days on which it has none; nothing of days whose group is
        too small.

    Examples
    --------
    >>> profiles_over_time({}).is_empty()
    True
    """
    kept = [name for name in PROFILE_SCHEMA if not name.startswith("mean")]
    schema = {"as_of": pl.Date(), **{name: PROFILE_SCHEMA[name] for name in kept}}
    parts = [
        profile.rows.select(pl.lit(day).cast(pl.Date).alias("as_of"), *kept)
        for day, profile in sorted(profiles.items())
        if not profile.is_too_small
    ]
    found = pl.concat([pl.DataFrame(schema=schema), *parts])
    every = found.select("as_of").unique().join(found.select("cause").unique(), how="cross")
    order = pl.Enum([*CAUSE_ORDER.categories, NO_CAUSE])
    return (
        every.join(found, on=["as_of", "cause"], how="left")
        .with_columns(pl.col("households").fill_null(0), pl.col("share").fill_null(0.0))
        .sort("as_of", pl.col("cause").cast(order))
        .select(schema.keys())
    )


def effective_size(is_yes: npt.NDArray[np.bool_], codes: npt.NDArray[np.intp]) -> float:
    r"""How many households standing for themselves tell as much of a share as these in villages.

    Parameters
    ----------
    is_yes : array of shape (n_households,)
        Whether each counts.
    codes : array of shape (n_households,)
        Village of each, as 0, 1, 2 …; at least two.

    Returns
    -------
    float
        :math:`p (1 - p) / v` with the variance between villages
        :math:`v = \frac{G}{G - 1} \sum_g (y_g - p n_g)^2 / n^2`, at least the number of villages
        and at most that of households; the number of villages where the share is 0 or 1.

    Examples
    --------
    >>> yes, villages = np.array([True, True, False, False]), np.array([0, 0, 1, 1])
    >>> effective_size(yes, villages), effective_size(yes, np.array([0, 1, 0, 1]))
    (2.0, 4.0)
    """
    n, share = len(is_yes), float(is_yes.mean())
    sizes = np.bincount(codes)
    n_villages = len(sizes)
    gaps = np.bincount(codes, weights=is_yes) - share * sizes
    variance = n_villages / (n_villages - 1) * float(np.sum(gaps**2)) / n**2
    if share in (0.0, 1.0):
        return float(n_villages)
    size = share * (1 - share) / variance if variance > 0 else math.inf
    return min(max(size, float(n_villages)), float(n))


@dataclass(frozen=True, kw_only=True)
class _Spread:
    """How far values of a group could have been otherwise.

    ``codes``: cluster of each household; ``taken``: how often each cluster is taken, a row for each
    replicate or for each cluster left out.
    """

    basis: str
    codes: npt.NDArray[np.intp]
    taken: FloatArray
    n_effective: float

    @classmethod
    def of(cls, villages: pl.Series, first: pl.Series, *, seed: int, n_replicates: int) -> _Spread:
        """Choose what the intervals stand on."""
        n = len(villages)
        if villages.n_unique() == 1:  # one village: its households stand for themselves
            alone = cluster_draws(np.arange(n), n_replicates=1, seed=seed)
            return cls(
                basis="households", codes=alone.codes, taken=alone.left_out, n_effective=float(n)
            )
        draws = cluster_draws(villages.to_numpy(), n_replicates=n_replicates, seed=seed)
        commonest = (first == first.mode().sort()[0]).to_numpy()
        n_effective = effective_size(commonest, draws.codes)
        is_narrow = (
            draws.n_clusters < FEWEST_CLUSTERS
            or np.bincount(draws.codes).max() > LARGEST_CLUSTER * n
        )
        return cls(
            basis="jackknife" if is_narrow else "villages",
            codes=draws.codes,
            taken=draws.left_out if is_narrow else draws.multiplicity,
            n_effective=n_effective,
        )

    def of_share(self, is_first: npt.NDArray[np.bool_]) -> tuple[float, float]:
        """Interval of a share."""
        n_yes, n = int(is_first.sum()), len(is_first)
        if self.basis == "households" or n_yes in (0, n):
            return wilson(n_yes / n, self.n_effective, level=LEVEL)
        low, high = self.of_mean(is_first.astype(np.float64))
        return max(0.0, low), min(1.0, high)

    def of_mean(self, values: FloatArray) -> tuple[float, float]:
        """Interval of a mean."""
        totals = self.taken @ np.bincount(self.codes, weights=values)
        means = totals / (self.taken @ np.bincount(self.codes).astype(np.float64))
        if self.basis == "villages":
            return interval(means, LEVEL)
        return jackknife_interval(float(values.mean()), means, LEVEL)


def _row(
    cause: str, is_first: npt.NDArray[np.bool_], parts: FloatArray | None, spread: _Spread
) -> tuple[object, ...]:
    """One cause: how often it comes first, and what it adds; None without indicators of it."""
    share = (int(is_first.sum()), float(is_first.mean()), *spread.of_share(is_first))
    if parts is None:
        return (cause, *share, None, None, None)
    return (cause, *share, float(parts.mean()), *spread.of_mean(parts))


def _require_whole(group: pl.DataFrame, mine: pl.DataFrame, parts: pl.DataFrame) -> None:
    """Raise unless every household of the group stands once, with reasons and contributions."""
    if group["household_id"].n_unique() != group.height or mine.height != group.height:
        raise SchemaError(
            "A household stands twice in the group, or has two first reasons. Give each once, and "
            "the reasons of one day."
        )
    n = mine["first"].null_count() + parts["contribution"].null_count()
    if n:
        raise SchemaError(
            f"{n} households of the group have no reasons or no contributions. Give the frames of "
            "the scoring that the group is from."
        )
