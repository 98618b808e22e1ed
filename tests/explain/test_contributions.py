"""Contributions are shown only when they add up to the score, and shap's plots take them."""

from __future__ import annotations

import matplotlib
import numpy as np
import pytest
import shap
from hypothesis import given
from hypothesis import strategies as st

from fanpin_risk.errors import ExplanationError
from fanpin_risk.explain.contributions import TOLERANCE, explanation, require_additive
from fanpin_risk.risk.model import RiskModel


@pytest.fixture(scope="module")
def explained():
    """A small model on three columns with gaps: its contributions, scores and matrix."""
    rng = np.random.default_rng(4)
    X = rng.normal(size=(400, 3))
    X[rng.random(X.shape) < 0.1] = np.nan
    y = rng.random(400) < np.where(np.nan_to_num(X[:, 0]) < 0, 0.6, 0.1)
    model = RiskModel(n_trees=20, n_leaves=6, min_leaf_size=10).fit(X, y)
    return model.contributions(X), model.raw_score(X), X


def test_a_models_contributions_add_up(explained):
    """Contributions of real trees pass, and come out as they went in, the base apart."""
    parts, raw, X = explained
    found = explanation(parts, raw, X, ["a", "b", "c"])
    assert isinstance(found, shap.Explanation)
    assert np.array_equal(found.values, parts[:, :3])
    assert np.array_equal(found.base_values, parts[:, 3])
    assert np.array_equal(found.data, X, equal_nan=True)
    assert found.feature_names == ["a", "b", "c"]
    assert np.abs(found.values.sum(axis=1) + found.base_values - raw).max() < 1e-9


@given(
    st.integers(0, 399),
    st.integers(0, 3),
    st.floats(1.5 * TOLERANCE, 10) | st.floats(-10, -1.5 * TOLERANCE),
)
def test_one_bent_contribution_is_refused(explained, row, column, by):
    """Whatever household, column and sign: a gap above the tolerance raises and is counted."""
    parts, raw, X = explained
    bent = parts.copy()
    bent[row, column] += by
    with pytest.raises(ExplanationError, match=r"^For 1 of 400 households"):
        explanation(bent, raw, X, ["a", "b", "c"])


def test_a_gap_within_the_tolerance_passes():
    """Rounding is no fault: gaps up to the tolerance are allowed, in both directions."""
    parts = np.array([[0.5, -1.0], [0.25, -1.0]])
    require_additive(parts, np.array([-0.5 + 0.9e-6, -0.75 - 0.9e-6]))


def test_the_message_counts_and_shows_the_largest_gap():
    """The error says how many households, the largest gap, what is allowed and what to check."""
    parts = np.array([[0.5, -1.0], [0.25, -1.0], [1.0, 0.0]])
    with pytest.raises(ExplanationError) as raised:
        require_additive(parts, np.array([-0.5, -0.5, 3.0]))
    assert str(raised.value) == (
        "For 2 of 3 households contributions and base miss the raw score by up to 2 log-odds "
        "(allowed: 1e-06). No reason is shown; check the LightGBM version that the model was "
        "trained with."
    )


def test_a_contribution_that_is_no_number_is_refused():
    """NaN does not count as adding up."""
    parts = np.array([[np.nan, -1.0], [0.0, -1.0]])
    with pytest.raises(ExplanationError, match="For 1 of 2 households"):
        require_additive(parts, np.array([-1.0, -1.0]))


def test_everything_nan_is_refused_without_a_warning():
    """If no gap can be told at all, that is refused like a gap without end."""
    with pytest.raises(ExplanationError, match=r"For 1 of 1 households .* by up to inf log-odds"):
        require_additive(np.array([[np.nan, 0.0]]), np.array([0.0]))


def test_other_households_than_those_scored_are_refused():
    """Rows of contributions and scores must be the same households."""
    with pytest.raises(ExplanationError, match="There are 2 rows of contributions and 3 scores"):
        require_additive(np.zeros((2, 3)), np.zeros(3))


def test_nobody_is_explained_without_a_fault():
    """A day on which nobody is asked about has no reasons, and is no error."""
    found = explanation(np.empty((0, 3)), np.empty(0), np.empty((0, 2)), ["a", "b"])
    assert found.values.shape == (0, 2)


@pytest.mark.parametrize("plot", ["beeswarm", "waterfall", "bar"])
def test_shaps_own_plots_take_the_explanation(explained, plot):
    """`shap.plots` draw what comes out, for one household or for all."""
    parts, raw, X = explained
    found = explanation(parts, raw, X, ["a", "b", "c"])
    with matplotlib.rc_context({"backend": "Agg"}):
        import matplotlib.pyplot as plt

        drawn = found[0] if plot == "waterfall" else found
        axes = getattr(shap.plots, plot)(drawn, show=False)
        words = " ".join(text.get_text() for text in axes.figure.findobj(matplotlib.text.Text))
        plt.close("all")
    for name in ("a", "b", "c"):
        assert name in words
