"""Intervals by resampling whole clusters, the same draws for every method.

The models are held fixed: an interval says how the measures would vary over other places at the
same dates, not over other training data and not over other years. A cluster carries all its rows
and dates, every visit list is cut anew in each replicate, and methods are compared by the
intervals of their differences. Beside the percentile bootstrap stands the jackknife over clusters
with t(G - 1), which is the one to read with fewer than 40 clusters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypedDict

import numpy as np
import numpy.typing as npt

from fanpin_risk.errors import SchemaError
from fanpin_risk.risk.ranking import (
    FloatArray,
    checked_column,
    checked_flag,
    checked_outcome,
    checked_risk,
    checked_score,
    checked_weight,
    ratio,
)
from fanpin_risk.risk.replicates import Budgets, Replicates, Rows, replicate_measures
from fanpin_risk.risk.resampling import (
    Draws,
    cluster_draws,
    interval,
    jackknife_interval,
    paired_difference,
)

__all__ = [
    "BOOTSTRAP_CLUSTERS",
    "FEWEST_CLUSTERS",
    "LARGEST_CLUSTER_SHARE",
    "Budgets",
    "Design",
    "Draws",
    "Intervals",
    "Row",
    "Table",
    "bootstrap",
    "cluster_draws",
    "interval",
    "jackknife_interval",
    "paired_difference",
]

FEWEST_CLUSTERS = 15
"""Below this many clusters no interval is given."""
BOOTSTRAP_CLUSTERS = 40
"""From this many clusters on, none above a tenth of the rows, the bootstrap is the one to read."""
LARGEST_CLUSTER_SHARE = 0.1
_RATIO_MEASURES = ("further_falls_at_", "recall_at_")

Row = dict[str, float]
Table = dict[str, dict[str, Row]]


class Design(TypedDict):
    """What the intervals stand on; ``basis`` says which of the two to read."""

    n_clusters: int
    n_replicates: int
    largest_cluster_share: float
    level: float
    basis: Literal["bootstrap", "jackknife", "none"]


class Intervals(TypedDict):
    """Result of `bootstrap`: plain nested dicts."""

    methods: Table
    differences: Table
    ratios: Table
    design: Design


def bootstrap(
    scores: Mapping[str, npt.ArrayLike],
    outcome: npt.ArrayLike,
    draws: Draws,
    *,
    date: npt.ArrayLike | None = None,
    weight: npt.ArrayLike | None = None,
    must_visit: npt.ArrayLike | None = None,
    risks: Mapping[str, npt.ArrayLike] | None = None,
    budgets: Budgets | None = None,
    pairs: Sequence[tuple[str, str]] = (),
    level: float = 0.95,
) -> Intervals:
    """Values and intervals of every measure, of every method and of their paired differences.

    Parameters
    ----------
    scores : mapping of method to array-like of shape (n_rows,)
        Higher is visited earlier. A constant is the random order: ties count as expected.
    outcome : array-like of shape (n_rows,)
        0, 1, or NaN for not knowable. The unknown take part in the cuts and in nothing else;
        leave them out beforehand where the cohort is the known.
    draws : Draws
        From `cluster_draws`, on the same rows.
    date : array-like of shape (n_rows,), optional
        Origin of each row. A list is cut within each date, its size a share of that date's
        resampled cohort, and then the dates are pooled. AUC and average precision are over all
        rows of all dates together.
    weight : array-like of shape (n_rows,), optional
        Weight of each known outcome; the cuts count households without weights.
    must_visit : array-like of bool, shape (n_rows,), optional
        Needed for ``budgets.beside_must_visits`` and ``budgets.further``.
    risks : mapping of method to array-like, optional
        Probabilities; adds ``brier`` and ``expected_over_observed`` for these methods.
    budgets : Budgets, optional
        2, 5 and 10% of the cohort when left out, and with ``must_visit`` also beside the
        must-visits (0, 2, 5, 10%) and as further visits (2, 5, 10%).
    pairs : sequence of (method, method)
        Which methods to compare.
    level : float
        Coverage of the intervals, in (0, 1).

    Returns
    -------
    Intervals
        ``methods[method][measure]``, ``differences["a - b"][measure]`` and
        ``ratios["a / b"][measure]`` (falls in the further visits, and recall) hold ``value, low,
        high`` (percentile) and ``jackknife_low, jackknife_high``. NaN where undefined, and no
        interval with fewer than 15 clusters. A writer of JSON must turn NaN into null.

    Notes
    -----
    Cameron, Gelbach and Miller 2008; MacKinnon and Webb 2017 on few clusters. Lists are not
    rounded to whole households.

    Examples
    --------
    >>> place = np.repeat(np.arange(20), 10)
    >>> fell = np.tile([1.0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 20)
    >>> score = np.tile(np.arange(10.0), 20)
    >>> result = bootstrap({"a": score, "b": 0 * score}, fell,
    ...                    cluster_draws(place, n_replicates=50, seed=1), pairs=[("a", "b")])
    >>> result["methods"]["a"]["precision_at_10%"]["value"]
    1.0
    >>> round(result["differences"]["a - b"]["recall_at_10%"]["value"], 6)
    0.4
    """
    rows = _rows(outcome, draws, date=date, weight=weight, must_visit=must_visit)
    lists = _default_budgets(rows) if budgets is None else budgets
    if rows.must_visit is None and (lists.beside_must_visits or lists.further):
        raise SchemaError("Budgets beside must-visits need must_visit; give it, or leave them out.")
    _check_names(scores, risks or {}, pairs)
    every = np.concatenate([np.ones((1, draws.n_clusters)), draws.left_out, draws.multiplicity])
    columns = {name: _score(score, rows, name) for name, score in scores.items()}
    probabilities = {name: checked_risk(_score(p, rows, name)) for name, p in (risks or {}).items()}
    found = {
        name: replicate_measures(score, rows, every, budgets=lists, risk=probabilities.get(name))
        for name, score in columns.items()
    }
    return _intervals(found, pairs, _design(rows, draws, level))


def _score(score: npt.ArrayLike, rows: Rows, method: str) -> FloatArray:
    """Check a method's column: one value a row, none missing."""
    name = f"score of {method}"
    return checked_column(checked_score(score, name=name), name=name, n_rows=rows.fell.size)


def _rows(
    outcome: npt.ArrayLike,
    draws: Draws,
    *,
    date: npt.ArrayLike | None,
    weight: npt.ArrayLike | None,
    must_visit: npt.ArrayLike | None,
) -> Rows:
    """Check the columns that all methods share."""
    n = draws.codes.size
    dates = np.zeros(n) if date is None else np.asarray(date)
    if dates.shape != (n,):
        raise SchemaError(f"date must have one value a row: {n} rows, got shape {dates.shape}.")
    codes = np.unique(dates, return_inverse=True)[1].reshape(-1).astype(np.intp)
    must = None
    if must_visit is not None:
        must = checked_flag(must_visit, name="must_visit", n_rows=n)
    return Rows(
        cluster=draws.codes,
        n_clusters=draws.n_clusters,
        date=codes,
        n_dates=int(codes.max()) + 1,
        fell=checked_outcome(outcome, n_rows=n, unknown=True),
        weight=None if weight is None else checked_weight(weight, n_rows=n),
        must_visit=must,
    )


def _default_budgets(rows: Rows) -> Budgets:
    """Return lists of 2, 5 and 10%, alone and (where there are must-visits) beside those."""
    shares = (0.02, 0.05, 0.1)
    if rows.must_visit is None:
        return Budgets(shares=shares)
    return Budgets(shares=shares, beside_must_visits=(0.0, *shares), further=shares)


def _check_names(
    scores: Mapping[str, object], risks: Mapping[str, object], pairs: Sequence[tuple[str, str]]
) -> None:
    """Refuse a method that has no score."""
    asked = [*risks, *(name for pair in pairs for name in pair)]
    unknown = sorted({name for name in asked if name not in scores})
    if unknown:
        raise SchemaError(f"No score for the methods {unknown}. Scores given: {list(scores)}.")


def _design(rows: Rows, draws: Draws, level: float) -> Design:
    """Say what the intervals stand on."""
    largest = float(np.bincount(rows.cluster).max() / rows.cluster.size)
    many = draws.n_clusters >= BOOTSTRAP_CLUSTERS and largest <= LARGEST_CLUSTER_SHARE
    enough = draws.n_clusters >= FEWEST_CLUSTERS
    return Design(
        n_clusters=draws.n_clusters,
        n_replicates=int(draws.multiplicity.shape[0]),
        largest_cluster_share=largest,
        level=level,
        basis="bootstrap" if many else "jackknife" if enough else "none",
    )


def _intervals(
    found: Mapping[str, Replicates], pairs: Sequence[tuple[str, str]], design: Design
) -> Intervals:
    """Turn replicates into the result's nested dicts."""
    methods: Table = {}
    differences: Table = {}
    ratios: Table = {}
    for name, measures in found.items():
        methods[name] = {key: _row(values, design) for key, values in measures.items()}
    for a, b in pairs:
        both = [key for key in found[a] if key in found[b]]
        differences[f"{a} - {b}"] = {k: _row(found[a][k] - found[b][k], design) for k in both}
        ratios[f"{a} / {b}"] = {
            k: _row(ratio(found[a][k], found[b][k]), design)
            for k in both
            if k.startswith(_RATIO_MEASURES)
        }
    return Intervals(methods=methods, differences=differences, ratios=ratios, design=design)


def _row(values: FloatArray, design: Design) -> Row:
    """Value and both intervals from (everything, each cluster left out, replicates)."""
    value, g = float(values[0]), design["n_clusters"]
    nan = float("nan")
    low, high, jackknife_low, jackknife_high = nan, nan, nan, nan
    if design["basis"] != "none":
        low, high = interval(values[1 + g :], design["level"])
        jackknife_low, jackknife_high = jackknife_interval(
            value, values[1 : 1 + g], design["level"]
        )
    return {
        "value": value,
        "low": low,
        "high": high,
        "jackknife_low": jackknife_low,
        "jackknife_high": jackknife_high,
    }
