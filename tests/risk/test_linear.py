import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression, LogisticRegression

from fanpin_risk.errors import ModelError
from fanpin_risk.risk.linear import (
    least_squares,
    logistic_coefficients,
    predicted,
    solve_positive,
    weighted_gram,
)


def data(seed, n=200, p=4):
    """Columns, outcomes and weights."""
    rng = np.random.default_rng(seed)
    columns = rng.normal(size=(p, n))
    y = (rng.random(n) < 1 / (1 + np.exp(1 - columns[0]))).astype(float)
    return columns, y, rng.uniform(0.2, 3, n)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), ridge=st.sampled_from([0.1, 1.0, 30.0]))
def test_logistic_regression_agrees_with_scikit_learn(seed, ridge):
    """Coefficients equal those of scikit-learn's solver, with weights and a penalty."""
    columns, y, weight = data(seed)
    reference = LogisticRegression(C=1 / ridge, tol=1e-12, max_iter=500, solver="newton-cholesky")
    reference.fit(columns.T, y, sample_weight=weight)
    found = logistic_coefficients(columns, y, weight, ridge=ridge)
    np.testing.assert_allclose(found[0], reference.intercept_[0], atol=1e-7)
    np.testing.assert_allclose(found[1:], reference.coef_[0], atol=1e-7)


def test_logistic_regression_of_a_two_by_two_table_by_hand():
    """Odds 1:2 without and 2:1 with the mark: intercept log(1/2), coefficient log 4."""
    columns = np.array([[0.0, 0, 0, 1, 1, 1]])
    found = logistic_coefficients(columns, np.array([1.0, 0, 0, 1, 1, 0]), np.ones(6))
    np.testing.assert_allclose(found, [np.log(0.5), np.log(4)], rtol=1e-12)


def test_a_weight_counts_like_repeats():
    """Weight 2 is the household twice."""
    columns, y, _ = data(3)
    repeats = np.arange(len(y)) % 3
    weighted = logistic_coefficients(columns, y, repeats.astype(float))
    repeated = logistic_coefficients(
        np.repeat(columns, repeats, axis=1), np.repeat(y, repeats), np.ones(repeats.sum())
    )
    np.testing.assert_allclose(weighted, repeated, atol=1e-9)


def test_the_start_changes_rounding_only():
    """Whatever the steps begin with, they end at the same place."""
    columns, y, weight = data(4)
    far = np.array([3.0, -4, 2, 5, -1])
    np.testing.assert_allclose(
        logistic_coefficients(columns, y, weight, start=far),
        logistic_coefficients(columns, y, weight),
        atol=1e-9,
    )


def test_separated_outcomes_without_a_penalty_are_refused():
    """Where a column tells the outcomes apart there is no largest likelihood."""
    columns = np.array([[1.0, 2, 3, 4]])
    with pytest.raises(ModelError, match="did not settle in 30 steps"):
        logistic_coefficients(columns, np.array([0.0, 0, 1, 1]), np.ones(4))
    assert logistic_coefficients(columns, np.array([0.0, 0, 1, 1]), np.ones(4), ridge=1)[1] > 0


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_least_squares_agrees_with_scikit_learn(seed):
    """Coefficients equal those of scikit-learn, with weights."""
    columns, _, weight = data(seed)
    y = columns[1] + np.random.default_rng(seed).normal(size=len(weight))
    reference = LinearRegression().fit(columns.T, y, sample_weight=weight)
    found = least_squares(columns, y, weight)
    np.testing.assert_allclose(found, [reference.intercept_, *reference.coef_], atol=1e-10)


def test_a_determined_column_changes_no_prediction():
    """A repeat and a sum of columns get 0 and leave the fit as it was."""
    columns, y, weight = data(5)
    more = np.vstack([columns, columns[0], columns[1] + columns[2] - 3])
    found = least_squares(more, y, weight)
    np.testing.assert_array_equal(found[5:], [0, 0])
    np.testing.assert_allclose(
        predicted(more, found), predicted(columns, least_squares(columns, y, weight)), atol=1e-10
    )


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10_000), size=st.integers(1, 12))
def test_the_solution_of_a_positive_system_solves_it(seed, size):
    """Matrix times solution is the right side."""
    rng = np.random.default_rng(seed)
    columns = rng.normal(size=(size, 40))
    matrix, right = weighted_gram(columns, rng.uniform(0.1, 1, 40)), rng.normal(size=size)
    np.testing.assert_allclose(matrix @ solve_positive(matrix, right), right, atol=1e-8)
