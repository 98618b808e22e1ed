"""Fast replicates against the obvious way: repeat the rows and measure again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanpin_risk.risk import metrics
from fanpin_risk.risk.replicates import Budgets, Rows, replicate_measures

BUDGETS = Budgets(shares=(0.1, 0.37, 1.0), beside_must_visits=(0.0, 0.2), further=(0.05, 0.3, 1.0))


def made_rows(seed, *, n=120, n_clusters=6, n_dates=3, unknown=0.2, weighted=True, levels=8):
    """A small cohort with ties, unknown outcomes, must-visits, and a date that is rare."""
    rng = np.random.default_rng(seed)
    score = rng.integers(0, levels, n) / levels
    fell = (rng.random(n) < 0.1 + 0.5 * score).astype(float)
    fell[rng.random(n) < unknown] = np.nan
    rows = Rows(
        cluster=rng.integers(0, n_clusters, n),
        n_clusters=n_clusters,
        date=np.minimum(rng.geometric(0.5, n) - 1, n_dates - 1),
        n_dates=n_dates,
        fell=fell,
        weight=rng.uniform(0.5, 2, n) if weighted else None,
        must_visit=rng.random(n) < 0.15,
    )
    return score, rows, np.clip(score + 0.05, 0, 1)


def share_or_nan(part, whole):
    """Plain division, NaN over nothing."""
    return part / whole if whole > 0 else np.nan


def top_mass(score, fell, weight, k):
    """Falls and known mass among the k highest, by expected order of ties, the slow way."""
    falls = known = 0.0
    left = k
    for value in sorted(set(score), reverse=True):
        block = score == value
        part = min(1.0, left / block.sum())
        seen = block & ~np.isnan(fell)
        falls += part * np.sum(weight[seen] * fell[seen])
        known += part * np.sum(weight[seen])
        left = max(0.0, left - block.sum())
    return falls, known


def measured_again(score, rows, risk, times):
    """Every measure on a data set in which each row stands as often as its cluster was drawn."""
    repeat = np.repeat(np.arange(score.size), times[rows.cluster].astype(int))
    score, fell, risk = score[repeat], rows.fell[repeat], risk[repeat]
    weight = np.ones(score.size) if rows.weight is None else rows.weight[repeat]
    must, date = rows.must_visit[repeat], rows.date[repeat]
    known = ~np.isnan(fell)
    values = {
        "auc": metrics.auc(score[known], fell[known], weight[known]),
        "average_precision": metrics.average_precision(score[known], fell[known], weight[known]),
        "brier": metrics.brier(risk[known], fell[known], weight[known]),
        "expected_over_observed": metrics.expected_over_observed(
            risk[known], fell[known], weight[known]
        ),
    }
    all_falls = np.sum(weight[known] * fell[known])
    prevalence = share_or_nan(all_falls, np.sum(weight[known]))

    def listed(visits, kept):
        parts = [
            top_mass(score[on], fell[on], weight[on], min(visits(date == d), on.sum()))
            for d in range(rows.n_dates)
            for on in [(date == d) & kept]
        ]
        return np.sum(parts, axis=0)

    everyone = np.ones(score.size, dtype=bool)
    lists = {metrics.budget_name(e): (lambda on, e=e: e * on.sum()) for e in BUDGETS.shares} | {
        metrics.budget_name(e, beside_must_visits=True): (
            lambda on, e=e: (must & on).sum() + e * on.sum()
        )
        for e in BUDGETS.beside_must_visits
    }
    for name, visits in lists.items():
        falls, seen = listed(visits, everyone)
        values[f"precision_at_{name}"] = share_or_nan(falls, seen)
        values[f"recall_at_{name}"] = share_or_nan(falls, all_falls)
        values[f"lift_at_{name}"] = share_or_nan(values[f"precision_at_{name}"], prevalence)
    for e in BUDGETS.further:
        falls, seen = listed(lambda on, e=e: e * on.sum(), ~must)
        values[f"further_falls_at_{metrics.budget_name(e)}"] = falls
        values[f"further_precision_at_{metrics.budget_name(e)}"] = share_or_nan(falls, seen)
    return values


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("unknown", [0.0, 0.2])
@pytest.mark.parametrize("levels", [1, 8, 1_000_000])
def test_replicates_are_the_measures_of_repeated_rows(levels, unknown, weighted):
    """All measures in 20 replicates, with and without ties, weights and unknown outcomes."""
    score, rows, risk = made_rows(levels, unknown=unknown, weighted=weighted, levels=levels)
    times = np.random.default_rng(0).multinomial(6, np.full(6, 1 / 6), size=20).astype(float)
    fast = replicate_measures(score, rows, times, budgets=BUDGETS, risk=risk)
    for b, drawn in enumerate(times):
        slow = measured_again(score, rows, risk, drawn)
        assert {name: fast[name][b] for name in fast} == pytest.approx(
            slow, rel=1e-12, abs=1e-12, nan_ok=True
        )


@given(st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_replicates_hold_on_tiny_and_broken_cohorts(seed):
    """Few rows, empty dates, clusters without falls: still the measures of repeated rows."""
    score, rows, risk = made_rows(seed, n=9, n_clusters=4, n_dates=3, levels=3)
    times = np.random.default_rng(seed).multinomial(4, np.full(4, 1 / 4), size=3).astype(float)
    fast = replicate_measures(score, rows, times, budgets=BUDGETS, risk=risk)
    for b, drawn in enumerate(times):
        slow = measured_again(score, rows, risk, drawn)
        assert {name: fast[name][b] for name in fast} == pytest.approx(
            slow, rel=1e-12, abs=1e-12, nan_ok=True
        )


def test_the_cut_is_made_within_each_date():
    """Half of each date, not the best half of all: the second date's low scores are visited too."""
    rows = Rows(
        cluster=np.zeros(4, dtype=np.intp),
        n_clusters=1,
        date=np.array([0, 0, 1, 1]),
        n_dates=2,
        fell=np.array([1.0, 1.0, 0.0, 0.0]),
        weight=None,
        must_visit=None,
    )
    score = np.array([0.9, 0.8, 0.2, 0.1])
    values = replicate_measures(score, rows, np.ones((1, 1)), budgets=Budgets(shares=(0.5,)))
    assert values["precision_at_50%"][0] == 0.5
    assert values["recall_at_50%"][0] == 0.5


def test_scaled_multiplicities_scale_totals_and_leave_shares():
    """What makes the jackknife's totals right: twice the rows, twice the falls, same shares."""
    score, rows, risk = made_rows(5)
    values = replicate_measures(
        score, rows, np.array([np.ones(6), np.full(6, 2.0)]), budgets=BUDGETS, risk=risk
    )
    for name, (once, twice) in values.items():
        factor = 2 if name.startswith("further_falls") else 1
        assert twice == pytest.approx(factor * once, rel=1e-12)
