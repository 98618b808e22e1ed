"""Weights for being seen: they stand for the unseen who look alike, and say how far they carry."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from fanpin_risk.risk.preparation import CohortMatrix
from fanpin_risk.risk.seen import LEAST_CHANCE, seen_weights


def cohort(*columns):
    """Everybody due, with columns x0, x1 and so on."""
    names = tuple(f"x{number}" for number in range(len(columns)))
    return CohortMatrix(names=names, values=np.column_stack(columns).astype(float))


@pytest.fixture(scope="module")
def due():
    """Two thousand households, and who was seen: the poor less often."""
    rng = np.random.default_rng(3)
    poor = rng.random(2000) < 0.4
    noise = rng.normal(size=2000)
    seen = rng.random(2000) < np.where(poor, 0.5, 0.9)
    return cohort(poor, noise), seen


def weigh(due, seen, **more):
    """Weights on all columns."""
    return seen_weights(due, seen, columns=due.names, transforms={}, **more)


def test_weights_add_up_to_everybody_due(due):
    """Those seen stand for all; those not seen have no weight."""
    matrix, seen = due
    found = weigh(matrix, seen)
    assert np.nansum(found.weight) == pytest.approx(len(seen))
    assert np.array_equal(np.isnan(found.weight), ~seen)
    assert found.share_seen == seen.mean()
    assert found.mean_weight == pytest.approx(len(seen) / seen.sum())
    assert found.largest_weight == np.nanmax(found.weight)


def test_who_is_seldom_seen_stands_for_more(due):
    """A household like those often missed weighs more."""
    matrix, seen = due
    weight = weigh(matrix, seen).weight
    poor = matrix.values[:, 0] == 1
    assert weight[poor & seen].min() > weight[~poor & seen].max()


def test_weights_bring_the_share_of_falls_back():
    """Where being seen hangs on the columns alone, the weighted share is that of everybody due.

    Of 400 poor households half are seen and 30% fall, seen or not; of 600 others nine in ten are
    seen and 5% fall. Everybody's share is 15%; of those seen plainly counted it is 11.8%.
    """
    poor = np.repeat([1, 1, 0, 0], [200, 200, 540, 60])
    seen = np.repeat([True, False, True, False], [200, 200, 540, 60])
    fell = np.concatenate(
        [np.arange(n) < share * n for n, share in ((200, 0.3), (200, 0.3), (540, 0.05), (60, 0.05))]
    )
    weight = weigh(cohort(poor), seen).weight[seen]
    assert fell.mean() == pytest.approx(0.15)
    assert fell[seen].mean() == pytest.approx(0.118, abs=1e-3)
    assert np.average(fell[seen], weights=weight) == pytest.approx(0.15, abs=1e-3)


def test_chances_are_those_of_a_logistic_regression(due):
    """scikit-learn's ridge regression on the same standardised columns gives the same weights."""
    matrix, seen = due
    z = (matrix.values - matrix.values.mean(axis=0)) / matrix.values.std(axis=0)
    reference = LogisticRegression(C=1.0, tol=1e-10, max_iter=1000).fit(z, seen)
    expected = 1 / reference.predict_proba(z)[:, 1]
    expected *= len(seen) / expected[seen].sum()
    assert np.allclose(weigh(matrix, seen).weight[seen], expected[seen], rtol=1e-5)


def test_everybody_seen_weighs_one(due):
    """Without a gap there is nothing to make up for."""
    matrix, seen = due
    found = weigh(matrix, np.ones_like(seen))
    assert (found.weight == 1).all()
    assert (found.effective_share, found.share_seen) == (1.0, 1.0)


def test_nobody_seen_gives_no_weight(due):
    """Nobody can stand for everybody."""
    matrix, seen = due
    found = weigh(matrix, np.zeros_like(seen))
    assert np.isnan(found.weight).all()
    assert found.share_seen == 0


def test_effective_share_is_kishs(due):
    """The share that is left of those seen: the squared sum of weights over the sum of squares."""
    matrix, seen = due
    found = weigh(matrix, seen)
    weight = found.weight[seen]
    assert found.effective_share == pytest.approx(
        weight.sum() ** 2 / (weight**2).sum() / seen.sum()
    )
    assert 0.8 < found.effective_share < 1


def test_no_household_stands_for_too_many():
    """Chances are kept above a tenth, so that no weight runs away."""
    x = np.linspace(-6, 6, 400)
    seen = np.random.default_rng(0).random(400) < 1 / (1 + np.exp(-3 * x))
    seen[0] = True
    weight = weigh(cohort(x), seen).weight
    assert np.nanmax(weight) / np.nanmin(weight) <= 1.0 / LEAST_CHANCE + 1e-9


@given(st.integers(0, 10_000))
def test_the_order_of_households_has_no_effect(seed):
    """Weights belong to households, whatever the order in which they come."""
    rng = np.random.default_rng(seed)
    x, seen = rng.normal(size=60), rng.random(60) < 0.7
    order = rng.permutation(60)
    straight = weigh(cohort(x), seen).weight
    turned = weigh(cohort(x[order]), seen[order]).weight
    assert np.allclose(straight[order], turned, equal_nan=True)


def test_only_the_columns_named_count(due):
    """A column that is not named has no part in the chance."""
    matrix, seen = due
    found = seen_weights(matrix, seen, columns=["x1"], transforms={})
    poor = matrix.values[:, 0] == 1
    assert found.weight[seen & poor].mean() == pytest.approx(found.weight[seen].mean(), rel=0.02)
