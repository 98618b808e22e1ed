"""Ranking measures: by hand, against scikit-learn, and against every order of tied rows."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from fanpin_risk.errors import SchemaError
from fanpin_risk.risk import metrics


def cohort(seed, n=400, levels=12):
    """Scores with many ties, outcomes that go with them, and weights."""
    rng = np.random.default_rng(seed)
    score = rng.integers(0, levels, n) / levels
    return score, (rng.random(n) < 0.05 + 0.4 * score).astype(float), rng.uniform(0.5, 3, n)


columns = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.sampled_from([0.0, 1.0]),
        st.sampled_from([0.5, 1.0, 2.0, 3.0]),
    ),
    min_size=2,
    max_size=30,
).filter(lambda rows: len({fell for _, fell, _ in rows}) == 2)


@given(columns)
@settings(max_examples=150, deadline=None)
def test_auc_and_average_precision_are_those_of_scikit_learn(rows):
    """With ties and weights, on any cohort where both outcomes occur."""
    score, fell, weight = (np.array(column) for column in zip(*rows, strict=True))
    expected = roc_auc_score(fell, score, sample_weight=weight)
    assert metrics.auc(score, fell, weight) == pytest.approx(expected, abs=1e-12)
    expected = average_precision_score(fell, score, sample_weight=weight)
    assert metrics.average_precision(score, fell, weight) == pytest.approx(expected, abs=1e-12)


def test_auc_counts_pairs():
    """Of four pairs the faller leads in two, ties in one and trails in one: 2.5 of 4."""
    assert metrics.auc([0.9, 0.4, 0.4, 0.6], [1, 1, 0, 0]) == 2.5 / 4


@pytest.mark.parametrize("fell", [[0, 0], [1, 1]])
def test_auc_of_one_outcome_is_undefined(fell):
    """Without a pair there is nothing to order."""
    assert math.isnan(metrics.auc([0.1, 0.2], fell))


def test_average_precision_without_falls_is_undefined():
    """A mean over no fallers does not exist; over fallers only it is 1."""
    assert math.isnan(metrics.average_precision([0.1, 0.2], [0, 0]))
    assert metrics.average_precision([0.1, 0.2], [1, 1]) == 1


def test_a_row_without_weight_changes_nothing():
    """A weight of 0 is the same as leaving the row out."""
    score, fell, weight = cohort(1)
    weight[::3] = 0
    kept = weight > 0
    for measure in (metrics.auc, metrics.average_precision):
        whole, part = measure(score, fell, weight), measure(score[kept], fell[kept], weight[kept])
        assert whole == pytest.approx(part, abs=1e-12)


def test_at_k_by_hand():
    """Two of four visits find one of two falls: precision a half, lift 1, both errors a half."""
    top = metrics.at_k([4, 3, 2, 1], [1, 0, 1, 0], 2)
    assert (top.precision, top.recall, top.lift) == (0.5, 0.5, 1)
    assert (top.exclusion_error, top.inclusion_error, top.unknown_share) == (0.5, 0.5, 0)
    assert (top.precision_low, top.precision_high) == (0.5, 0.5)
    assert (top.recall_low, top.recall_high) == (0.5, 0.5)


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5])
def test_ties_at_the_cut_are_the_mean_over_every_order(k):
    """Precision and recall equal their means over all orders of the tied rows."""
    score, fell = np.array([3, 2, 2, 2, 1.0]), np.array([0, 1, 0, 1, 1.0])
    orders = [o for o in permutations(range(5)) if np.all(np.diff(score[list(o)]) <= 0)]
    found = np.mean([fell[list(order[:k])].sum() for order in orders])
    top = metrics.at_k(score, fell, k)
    assert top.precision == pytest.approx(found / k, abs=1e-12)
    assert top.recall == pytest.approx(found / 3, abs=1e-12)


@given(columns, st.floats(0, 1))
@settings(max_examples=100, deadline=None)
def test_the_two_errors_mirror_recall_and_precision(rows, share):
    """Exclusion error is 1 - recall, inclusion error 1 - precision, precision lift x prevalence."""
    score, fell, weight = (np.array(column) for column in zip(*rows, strict=True))
    top = metrics.at_k(score, fell, share * score.size, weight)
    assert top.exclusion_error == 1 - top.recall
    if share > 1e-6:
        assert top.inclusion_error == 1 - top.precision
        prevalence = np.sum(weight * fell) / np.sum(weight)
        assert top.lift * prevalence == pytest.approx(top.precision, rel=1e-12)


def test_visiting_everyone_finds_everyone():
    """At k = n recall is 1 and precision the prevalence; at k = 0 recall is 0."""
    score, fell, weight = cohort(2)
    top = metrics.at_k(score, fell, score.size, weight)
    assert top.recall == 1
    assert top.precision == pytest.approx(np.average(fell, weights=weight), rel=1e-12)
    nobody = metrics.at_k(score, fell, 0, weight)
    assert nobody.recall == 0
    assert math.isnan(nobody.precision)
    assert math.isnan(nobody.unknown_share)


def test_unknown_outcomes_use_up_visits_and_bound_the_truth():
    """Precision and recall lie within bounds for every way in which the unknown may have ended."""
    score = np.array([6, 5, 4, 3, 2, 1.0])
    fell = np.array([1, np.nan, 0, 1, np.nan, 0])
    top = metrics.at_k(score, fell, 3)
    assert (top.precision, top.recall, top.unknown_share) == (0.5, 0.5, pytest.approx(1 / 3))
    truths = []
    for a in (0, 1):
        for b in (0, 1):
            filled = fell.copy()
            filled[[1, 4]] = a, b
            truths.append(metrics.at_k(score, filled, 3))
    assert top.precision_low == min(t.precision for t in truths) == pytest.approx(1 / 3)
    assert top.precision_high == max(t.precision for t in truths) == pytest.approx(2 / 3)
    assert top.recall_low == min(t.recall for t in truths) == pytest.approx(1 / 3)
    assert top.recall_high == max(t.recall for t in truths) == pytest.approx(2 / 3)


def test_weights_enter_the_measures_but_not_the_cut():
    """A weight of 3 on the found fall: precision 3 of 4, recall 3 of 5, still two visits."""
    top = metrics.at_k([4, 3, 2, 1], [1, 0, 1, 0], 2, weight=[3, 1, 2, 1])
    assert (top.precision, top.recall) == (0.75, 0.6)
    assert (top.precision_low, top.precision_high) == (0.5, 0.5)


def test_no_known_fall_leaves_recall_undefined():
    """Recall and lift of nothing are NaN, precision is 0."""
    top = metrics.at_k([2, 1], [0, np.nan], 1)
    assert top.precision == 0
    assert math.isnan(top.recall)
    assert math.isnan(top.lift)


@pytest.mark.parametrize("k", [-1, 3, math.nan])
def test_a_budget_out_of_range_is_refused(k):
    """More visits than households, fewer than none, or no number at all."""
    with pytest.raises(SchemaError, match="k must be between 0 and the 2 households"):
        metrics.at_k([1, 2], [0, 1], k)


def test_measures_do_not_depend_on_the_order_of_rows():
    """Unweighted, shuffled rows give the same bits."""
    score, fell, _ = cohort(3)
    order = np.random.default_rng(0).permutation(score.size)
    assert metrics.auc(score, fell) == metrics.auc(score[order], fell[order])
    assert metrics.average_precision(score, fell) == metrics.average_precision(
        score[order], fell[order]
    )
    assert metrics.at_k(score, fell, 41) == metrics.at_k(score[order], fell[order], 41)


def test_summary_gathers_what_the_single_functions_say():
    """Unknown outcomes take part in cuts only; names tell the measure and the budget."""
    score, fell, weight = cohort(4)
    fell[::5] = np.nan
    known = ~np.isnan(fell)
    budgets = {metrics.budget_name(0.1): 40.0}
    values = metrics.summary(score, fell, risk=score, weight=weight, budgets=budgets)
    assert (values["n_households"], values["n_known"]) == (400, known.sum())
    assert values["auc"] == metrics.auc(score[known], fell[known], weight[known])
    assert values["ici"] == metrics.ici(score[known], fell[known], weight[known])
    assert values["brier"] == metrics.brier(score[known], fell[known], weight[known])
    assert values["recall_at_10%"] == metrics.at_k(score, fell, 40, weight).recall
    assert values["prevalence"] == pytest.approx(np.average(fell[known], weights=weight[known]))
    assert all(isinstance(value, float) for value in values.values())


def test_summary_without_risks_or_budgets_has_no_such_measures():
    """A method that gives no probability is not asked for its calibration."""
    assert set(metrics.summary([1, 2], [0, 1])) == {
        "n_households",
        "n_known",
        "prevalence",
        "auc",
        "average_precision",
    }


def test_summary_refuses_a_risk_of_another_length():
    """A risk column must have a value for every household."""
    with pytest.raises(SchemaError, match="risk must have one value a row: 2 rows, got 3"):
        metrics.summary([1, 2], [0, 1], risk=[0.1, 0.2, 0.3])
