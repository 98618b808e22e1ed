"""The measures of one method under many multiplicities of the clusters, fast.

A replicate is a vector: how often each cluster is taken. Rows are sorted once per method; after
that a replicate costs one gather and one running sum over the rows of each ranking. All else
touches the rows that fell (a tenth of them) or the ends of the visit lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fanpin_risk.risk.metrics import budget_name
from fanpin_risk.risk.ranking import BoolArray, FloatArray, IntArray, block_bounds, ratio

Replicates = dict[str, FloatArray]


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The cohort that all methods share; all arrays have one entry per household and date.

    ``fell`` is 0, 1 or NaN, ``weight`` is None when all rows count the same.
    """

    cluster: IntArray
    n_clusters: int
    date: IntArray
    n_dates: int
    fell: FloatArray
    weight: FloatArray | None
    must_visit: BoolArray | None

    @property
    def known(self) -> BoolArray:
        """Whether the outcome of a row is knowable."""
        return ~np.isnan(self.fell)

    @property
    def mass(self) -> FloatArray:
        """What a row counts in the measures: its weight, 0 when its outcome is not known."""
        weight = np.ones(self.fell.size) if self.weight is None else self.weight
        return np.where(self.known, weight, 0.0)


@dataclass(frozen=True, kw_only=True)
class Budgets:
    """Sizes of the visit lists, in shares of each date's cohort.

    ``shares``: lists of this share of the cohort, by the score alone. ``beside_must_visits``: lists
    as long as the must-visits and this share together, by the score alone (equal visits).
    ``further``: this share of the cohort, visited after the must-visits and without them.
    """

    shares: Sequence[float] = ()
    beside_must_visits: Sequence[float] = ()
    further: Sequence[float] = ()


def replicate_measures(
    score: FloatArray,
    rows: Rows,
    multiplicity: FloatArray,
    *,
    budgets: Budgets,
    risk: FloatArray | None = None,
) -> Replicates:
    """Every measure of one method in every replicate.

    Parameters
    ----------
    score : array of shape (n_rows,)
        Higher is visited earlier; no NaN.
    rows : Rows
        Outcomes, clusters and dates.
    multiplicity : array of shape (n_replicates, n_clusters)
        How often each cluster counts; need not be whole (the jackknife's is not).
    budgets : Budgets
        The lists; ``beside_must_visits`` and ``further`` need ``rows.must_visit``.
    risk : array of shape (n_rows,), optional
        Probabilities; adds ``brier`` and ``expected_over_observed``.

    Returns
    -------
    dict of str to array of shape (n_replicates,)
        NaN where a replicate leaves a measure undefined. ``auc`` and ``average_precision`` are
        over all known rows of all dates together; lists are cut within each date, then pooled.
        ``precision_at_<budget>``, ``recall_at_<budget>`` and ``lift_at_<budget>`` are among the
        known; ``further_falls_at_<share>`` is the (weighted) number of known falls that the visits
        after the must-visits find, ``further_precision_at_<share>`` that number per known visit.

    Examples
    --------
    >>> rows = Rows(cluster=np.array([0, 0, 1, 1]), n_clusters=2, date=np.zeros(4, dtype=int),
    ...             n_dates=1, fell=np.array([1.0, 0, 0, 1]), weight=None, must_visit=None)
    >>> values = replicate_measures(np.array([4.0, 3, 2, 1]), rows, np.array([[1.0, 1], [2, 0]]),
    ...                             budgets=Budgets(shares=(0.5,)))
    >>> values["auc"], values["recall_at_50%"]
    (array([0.5, 1. ]), array([0.5, 1. ]))
    """
    measures = _discrimination(score, rows, multiplicity)
    if risk is not None:
        measures |= _calibration(risk, rows, multiplicity)
    measures |= _lists(score, rows, multiplicity, budgets)
    if rows.must_visit is not None and budgets.further:
        measures |= _further_visits(score, rows, multiplicity, budgets.further)
    return measures


def cluster_totals(values: FloatArray, rows: Rows, multiplicity: FloatArray) -> FloatArray:
    """Total of a column in each replicate.

    Examples
    --------
    >>> rows = Rows(cluster=np.array([0, 1, 1]), n_clusters=2, date=np.zeros(3, dtype=int),
    ...             n_dates=1, fell=np.zeros(3), weight=None, must_visit=None)
    >>> cluster_totals(np.ones(3), rows, np.array([[1.0, 1], [2, 0]]))
    array([3., 2.])
    """
    totals = np.bincount(rows.cluster, values, rows.n_clusters)
    return np.asarray(np.sum(multiplicity * totals, axis=1), dtype=np.float64)


def visit_counts(
    rows: Rows, multiplicity: FloatArray, shares: Sequence[float], *, beside_must_visits: bool
) -> FloatArray:
    """How many visits each date has, in each replicate and for each share of the cohort.

    Returns
    -------
    array of shape (n_replicates, n_dates, n_shares)
        Share times the households of the date, plus its must-visits if wanted, at most all
        households. Not rounded: the household at the cut counts in part.

    Examples
    --------
    >>> rows = Rows(cluster=np.array([0, 1, 1]), n_clusters=2, date=np.zeros(3, dtype=int),
    ...             n_dates=1, fell=np.zeros(3), weight=None, must_visit=None)
    >>> visit_counts(rows, np.array([[1.0, 1]]), [0.5], beside_must_visits=False)
    array([[[1.5]]])
    """
    households = _per_date(np.ones(rows.date.size), rows, multiplicity)
    visits = households[:, :, None] * np.asarray(shares, dtype=np.float64)
    if beside_must_visits and rows.must_visit is not None:
        must = _per_date(rows.must_visit.astype(np.float64), rows, multiplicity)
        visits = visits + must[:, :, None]
    return np.minimum(visits, households[:, :, None])


def _per_date(values: FloatArray, rows: Rows, multiplicity: FloatArray) -> FloatArray:
    """Total of a column by replicate and date."""
    columns = [
        cluster_totals(values * (rows.date == date), rows, multiplicity)
        for date in range(rows.n_dates)
    ]
    return np.stack(columns, axis=1)


def _calibration(risk: FloatArray, rows: Rows, multiplicity: FloatArray) -> Replicates:
    """Brier score and expected over observed, from sums by cluster."""
    mass, yes = rows.mass, np.nan_to_num(rows.fell)
    columns = (mass, mass * yes, mass * risk, mass * (risk - yes) ** 2)
    known, fell, expected, gap = (cluster_totals(c, rows, multiplicity) for c in columns)
    return {"brier": ratio(gap, known), "expected_over_observed": ratio(expected, fell)}


@dataclass(frozen=True, kw_only=True)
class _Ranked:
    """Rows from the top of each date down: all that a replicate needs, sorted once.

    ``bounds``: where blocks of equal score begin (None when every row is its own block);
    ``date_at``: which block each date begins with; ``yes_before``: rows that fell before a block;
    ``mass``: None when every row is known and counts 1.
    """

    cluster: IntArray
    mass: FloatArray | None
    bounds: IntArray | None
    date_at: IntArray
    yes_cluster: IntArray
    yes_mass: FloatArray
    yes_block: IntArray
    yes_before: IntArray


def _ranked(score: FloatArray, rows: Rows, kept: BoolArray, *, by_date: bool) -> _Ranked:
    """Sort the kept rows by score, within dates if wanted."""
    index = np.flatnonzero(kept)
    date = rows.date[index] if by_date else np.zeros(index.size, dtype=np.intp)
    order = np.lexsort((-score[index], date))
    index, date = index[order], date[order]
    bounds = block_bounds(date, score[index])
    mass, yes = rows.mass[index], rows.fell[index] == 1
    n_dates = rows.n_dates if by_date else 1
    starts = np.searchsorted(date, np.arange(n_dates + 1), side="left")
    return _Ranked(
        cluster=rows.cluster[index],
        mass=None if np.all(mass == 1) else mass,
        bounds=None if bounds.size == index.size + 1 else bounds,
        date_at=np.searchsorted(bounds, starts),
        yes_cluster=rows.cluster[index][yes],
        yes_mass=mass[yes],
        yes_block=np.searchsorted(bounds, np.flatnonzero(yes), side="right") - 1,
        yes_before=np.concatenate([[0], np.cumsum(yes)])[bounds].astype(np.intp),
    )


def _running(times: FloatArray, ranked: _Ranked, mass: FloatArray | None) -> FloatArray:
    """Add up rows (or ``mass``) from the top, at the ends of blocks, beginning with 0."""
    taken = times[ranked.cluster]
    if mass is not None:
        taken *= mass
    total = np.empty(taken.size + 1)
    total[0] = 0.0
    np.cumsum(taken, out=total[1:])
    return total if ranked.bounds is None else total[ranked.bounds]


def _running_yes(times: FloatArray, ranked: _Ranked) -> tuple[FloatArray, FloatArray]:
    """Mass of each row that fell, and its running total beginning with 0."""
    taken = times[ranked.yes_cluster] * ranked.yes_mass
    return taken, np.concatenate([[0.0], np.cumsum(taken)])


def _discrimination(score: FloatArray, rows: Rows, multiplicity: FloatArray) -> Replicates:
    """AUC and average precision over the known rows of all dates together."""
    ranked = _ranked(score, rows, rows.known, by_date=False)
    pairs = np.array([_auc_and_precision(times, ranked) for times in multiplicity])
    return {"auc": pairs[:, 0], "average_precision": pairs[:, 1]}


def _auc_and_precision(times: FloatArray, ranked: _Ranked) -> tuple[float, float]:
    """AUC and average precision of one replicate; NaN with one outcome only."""
    seen = _running(times, ranked, ranked.mass)
    taken, fell = _running_yes(times, ranked)
    n, p = float(seen[-1]), float(fell[-1])
    if not 0 < p < n:
        return float("nan"), 1.0 if p > 0 else float("nan")
    high, low = seen[ranked.yes_block + 1], seen[ranked.yes_block]
    above = np.sum(taken * (n - (high + low) / 2)) - p * p / 2
    found = fell[ranked.yes_before[ranked.yes_block + 1]]
    precision = np.divide(found, high, out=np.zeros_like(found), where=taken > 0)
    return float(above / (p * (n - p))), float(np.sum(taken * precision) / p)


def _lists(score: FloatArray, rows: Rows, multiplicity: FloatArray, budgets: Budgets) -> Replicates:
    """Precision, recall and lift of the lists that the score alone makes."""
    names = [budget_name(share) for share in budgets.shares]
    names += [budget_name(share, beside_must_visits=True) for share in budgets.beside_must_visits]
    if not names:
        return {}
    visits = [
        visit_counts(rows, multiplicity, shares, beside_must_visits=beside)
        for shares, beside in ((budgets.shares, False), (budgets.beside_must_visits, True))
    ]
    ranked = _ranked(score, rows, np.ones(score.size, dtype=np.bool_), by_date=True)
    fell, known = _found(ranked, multiplicity, np.concatenate(visits, axis=2))
    all_fell = cluster_totals(rows.mass * np.nan_to_num(rows.fell), rows, multiplicity)
    prevalence = ratio(all_fell, cluster_totals(rows.mass, rows, multiplicity))
    measures: Replicates = {}
    for column, name in enumerate(names):
        precision = ratio(fell[:, column], known[:, column])
        measures[f"precision_at_{name}"] = precision
        measures[f"recall_at_{name}"] = ratio(fell[:, column], all_fell)
        measures[f"lift_at_{name}"] = ratio(precision, prevalence)
    return measures


def _further_visits(
    score: FloatArray, rows: Rows, multiplicity: FloatArray, shares: Sequence[float]
) -> Replicates:
    """Falls found by the visits made after the must-visits, and falls per such visit."""
    assert rows.must_visit is not None
    left = ~rows.must_visit
    visits = visit_counts(rows, multiplicity, shares, beside_must_visits=False)
    at_most = _per_date(left.astype(np.float64), rows, multiplicity)
    ranked = _ranked(score, rows, left, by_date=True)
    fell, known = _found(ranked, multiplicity, np.minimum(visits, at_most[:, :, None]))
    measures: Replicates = {}
    for column, share in enumerate(shares):
        name = budget_name(share)
        measures[f"further_falls_at_{name}"] = fell[:, column]
        measures[f"further_precision_at_{name}"] = ratio(fell[:, column], known[:, column])
    return measures


def _found(
    ranked: _Ranked, multiplicity: FloatArray, visits: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Mass that fell, and mass known, on the lists of every replicate, summed over dates."""
    shape = (multiplicity.shape[0], visits.shape[2])
    fell, known = np.empty(shape), np.empty(shape)
    for b, times in enumerate(multiplicity):
        fell[b], known[b] = _found_once(ranked, times, visits[b])
    return fell, known


def _found_once(
    ranked: _Ranked, times: FloatArray, visits: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Mass that fell, and mass known, on lists of (n_dates, n_lists) visits, summed over dates."""
    seen = _running(times, ranked, None)
    known = seen if ranked.mass is None else _running(times, ranked, ranked.mass)
    fell = _running_yes(times, ranked)[1]
    start = ranked.date_at[:-1, None]
    cut = seen[start] + visits
    block = np.clip(np.searchsorted(seen, cut), start + 1, seen.size - 1)
    part = np.clip(ratio(cut - seen[block - 1], seen[block] - seen[block - 1]), 0, 1)
    part[np.isnan(part)] = 0.0  # nobody of this block is in the replicate
    marks = np.stack(np.broadcast_arrays(start, block - 1, block))
    return _gained(fell[ranked.yes_before[marks]], part), _gained(known[marks], part)


def _gained(running: FloatArray, part: FloatArray) -> FloatArray:
    """Sum over dates, from totals at the date's start and on both sides of the cut block."""
    start, before, after = running
    return np.asarray(np.sum(before + part * (after - before) - start, axis=0), dtype=np.float64)
