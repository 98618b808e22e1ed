import pickle
import re

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score
from sklearn.utils.estimator_checks import parametrize_with_checks

from fanpin_risk.errors import ModelError
from fanpin_risk.risk.model import RiskModel, load_booster_model

SMALL = {"n_trees": 12, "n_leaves": 7, "min_leaf_size": 10}
CATEGORY = 4

# Checks of scikit-learn that the model is allowed to fail, with the reason: none.
EXPECTED_FAILURES: dict[str, str] = {}


@parametrize_with_checks(
    [RiskModel(n_trees=50)], expected_failed_checks=lambda _: EXPECTED_FAILURES
)
def test_it_is_a_scikit_learn_estimator(estimator, check):
    """Every check of scikit-learn for classifiers passes."""
    check(estimator)


def households(n=800, seed=1):
    """Five columns, the last a category, a tenth missing; the first two and category 2 matter."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 5))
    X[:, CATEGORY] = rng.integers(0, 6, n)
    log_odds = -1.5 + 1.5 * X[:, 0] - X[:, 1] + 1.5 * (X[:, CATEGORY] == 2)
    X[rng.random(X.shape) < 0.1] = np.nan
    return X, rng.random(n) < 1 / (1 + np.exp(-log_odds))


def fitted(**changes):
    """Return a small model that uses everything: bagging, categories, directions, weights."""
    X, y = households()
    parameters = {
        **SMALL,
        "bagging_fraction": 0.7,
        "feature_fraction": 0.8,
        "categorical_columns": [CATEGORY],
        "monotone_directions": [1, -1, 0, 0, 0],
        "seed": 5,
        **changes,
    }
    return RiskModel(**parameters).fit(X, y, sample_weight=np.linspace(0.5, 2, len(y)))


def test_it_finds_what_matters():
    """Households not seen in training are ordered far better than by chance."""
    X, y = households(seed=2)
    assert roc_auc_score(y, fitted().raw_score(X)) > 0.75


def test_the_number_of_threads_changes_no_bit():
    """Model text, scores and contributions are the same with one thread and with two."""
    X, _ = households(seed=2)
    one, two = fitted(n_threads=1), fitted(n_threads=2)
    assert one.booster_text == two.booster_text
    assert "num_threads" not in one.booster_text
    np.testing.assert_array_equal(one.raw_score(X), two.raw_score(X, n_threads=2))
    np.testing.assert_array_equal(one.contributions(X), two.contributions(X, n_threads=2))


@pytest.mark.parametrize(
    "layout",
    [
        pytest.param(np.asfortranarray, id="column by column"),
        pytest.param(lambda X: np.repeat(X, 2, axis=1)[:, ::2], id="with gaps"),
        pytest.param(lambda X: np.column_stack([X[:, :2], X[:, 2:]]), id="put together"),
        pytest.param(lambda X: X.astype(np.float64)[::-1][::-1], id="turned twice"),
    ],
)
def test_the_layout_in_memory_changes_no_bit(layout):
    """However columns lie in memory, the trees and the scores are the same."""
    X, y = households()
    model = RiskModel(**SMALL).fit(X, y)
    assert RiskModel(**SMALL).fit(layout(X), y).booster_text == model.booster_text
    np.testing.assert_array_equal(model.contributions(layout(X)), model.contributions(X))


@pytest.mark.parametrize("rows", [1, 77, 799])
def test_batches_change_no_bit(rows):
    """Scores and contributions of a household do not depend on the batch it is in."""
    X, _ = households(seed=2)
    model = fitted()
    batches = [X[i : i + rows] for i in range(0, len(X), rows)]
    for method in (model.raw_score, model.predict_proba, model.contributions):
        np.testing.assert_array_equal(np.concatenate([method(b) for b in batches]), method(X))


def test_another_seed_draws_other_rows_and_columns():
    """The seed reaches the drawing."""
    assert fitted(seed=5).booster_text == fitted(seed=5).booster_text
    assert fitted(seed=5).booster_text != fitted(seed=6).booster_text


def test_contributions_add_up_to_the_raw_score():
    """Contributions plus base equal the log-odds, also with nothing known or an unseen category."""
    X, _ = households(seed=2)
    X[:5] = np.nan
    X[5:9, CATEGORY] = [6, 99, -1, np.nan]
    parts = fitted().contributions(X)
    assert parts.shape == (len(X), 6)
    assert parts.dtype == np.float64
    np.testing.assert_allclose(parts.sum(axis=1), fitted().raw_score(X), rtol=0, atol=1e-10)


def test_probabilities_are_those_of_the_raw_score():
    """The risk is the logistic function of the log-odds; both classes add up to one."""
    X, _ = households(seed=2)
    model = fitted()
    risk = model.predict_proba(X)
    np.testing.assert_allclose(risk[:, 1], 1 / (1 + np.exp(-model.raw_score(X))), rtol=1e-13)
    np.testing.assert_allclose(risk.sum(axis=1), 1)
    np.testing.assert_array_equal(model.predict(X), risk[:, 1] > 0.5)


def test_probabilities_keep_the_share_of_those_that_fell():
    """Without class weights the mean risk in training is the share that fell."""
    X, y = households()
    risk = RiskModel(**SMALL).fit(X, y).predict_proba(X)[:, 1]
    assert risk.mean() == pytest.approx(y.mean(), abs=0.01)


def test_weights_move_the_level():
    """Counting those that fell three times raises the mean risk to their weighted share."""
    X, y = households()
    weight = np.where(y, 3.0, 1.0)
    risk = RiskModel(**SMALL).fit(X, y, sample_weight=weight).predict_proba(X)[:, 1]
    weighted_share = weight[y].sum() / weight.sum()
    assert np.average(risk, weights=weight) == pytest.approx(weighted_share, abs=0.02)


def test_households_of_weight_zero_have_no_part():
    """Leaving households out and giving them weight 0 is the same to the last bit."""
    X, y = households()
    weight = (np.arange(len(y)) % 3 > 0).astype(float)
    weighted = RiskModel(**SMALL).fit(X, y, sample_weight=weight)
    without = RiskModel(**SMALL).fit(X[weight > 0], y[weight > 0], sample_weight=weight[weight > 0])
    assert weighted.booster_text == without.booster_text


def test_monotone_directions_hold():
    """The risk never falls as the first column rises and never rises with the second."""
    X, _ = households(n=50, seed=3)
    model, steps = fitted(), np.linspace(-3, 3, 61)
    for column, direction in ((0, 1), (1, -1)):
        grid = np.repeat(X[:, np.newaxis], len(steps), axis=1)
        grid[:, :, column] = steps
        score = model.raw_score(grid.reshape(-1, 5)).reshape(len(X), -1)
        assert np.all(direction * np.diff(score, axis=1) >= 0)
        assert np.any(np.diff(score, axis=1) != 0)


def test_categories_have_no_order():
    """A category in the middle of the codes is told apart in one split."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 5, 600).astype(float)
    y = np.where(codes == 2, rng.random(600) < 0.8, rng.random(600) < 0.2)
    parameters = {"n_trees": 1, "n_leaves": 2, "learning_rate": 1.0, "categorical_columns": [0]}
    model = RiskModel(**parameters).fit(codes[:, np.newaxis], y)
    scores = model.raw_score(np.arange(5.0)[:, np.newaxis])
    assert scores[2] > max(np.delete(scores, 2)) + 1


def test_an_unseen_category_scores_like_a_missing_one():
    """A place without history is scored as if its name were not known."""
    X, _ = households(n=4, seed=3)
    X[:, CATEGORY] = [np.nan, 17, -1, 6]
    X[:, :CATEGORY] = X[0, :CATEGORY]
    assert len(set(fitted().raw_score(X).tolist())) == 1


def test_a_reloaded_text_gives_the_same_bits():
    """Scores, contributions and text of the restored model equal those of the first."""
    X, _ = households(seed=2)
    model = fitted()
    restored = load_booster_model(model.booster_text, parameters=model.get_params())
    assert restored.booster_text == model.booster_text
    assert restored.get_params() == model.get_params()
    np.testing.assert_array_equal(restored.raw_score(X), model.raw_score(X))
    np.testing.assert_array_equal(restored.predict_proba(X), model.predict_proba(X))
    np.testing.assert_array_equal(restored.predict(X), model.predict(X))
    np.testing.assert_array_equal(restored.contributions(X), model.contributions(X))


def test_a_pickled_model_gives_the_same_bits():
    """The model can be sent to another process."""
    X, _ = households(seed=2)
    model = fitted()
    np.testing.assert_array_equal(
        pickle.loads(pickle.dumps(model)).raw_score(X), model.raw_score(X)
    )


def test_a_damaged_text_is_refused():
    """Half a booster is no model."""
    text = fitted().booster_text
    with pytest.raises(ModelError, match="not whole"):
        load_booster_model(text[: len(text) // 3])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param(
            {"categorical_columns": [4], "monotone_directions": [0, 0, 0, 0, 1]},
            "Columns [4] are categorical and have no order",
            id="a direction on a category would end the process",
        ),
        pytest.param(
            {"monotone_directions": [1, 0]},
            "monotone_directions must have one entry per column, 5. Got 2",
            id="too few directions",
        ),
        pytest.param(
            {"monotone_directions": [2, 0, 0, 0, 0]},
            "monotone_directions must be -1, 0 or 1. Got [2]",
            id="no direction",
        ),
        pytest.param(
            {"categorical_columns": [5]},
            "categorical_columns must lie between 0 and 4. Got 5",
            id="no such column",
        ),
        pytest.param(
            {"categorical_columns": [0]},
            "Column 0 is categorical but holds numbers that are not whole",
            id="no codes",
        ),
        pytest.param({"n_trees": 0}, "n_trees must be at least 1. Got 0", id="no trees"),
        pytest.param(
            {"bagging_fraction": 1.5},
            "bagging_fraction must be at least 1e-06 and at most 1. Got 1.5",
            id="more than all rows",
        ),
        pytest.param(
            {"learning_rate": float("nan")}, "learning_rate must be at least", id="no number"
        ),
    ],
)
def test_wrong_parameters_are_named(changes, words):
    """What cannot work is refused before LightGBM is called, with the value and the mend."""
    X, y = households()
    with pytest.raises(ValueError, match=re.escape(words)):
        RiskModel(**changes).fit(X, y)


def test_a_direction_of_zero_is_free_on_a_category():
    """Directions may be given for all columns, as long as a category's is 0."""
    assert fitted(monotone_directions=[1, 0, 0, 0, 0]).n_features_in_ == 5


def test_one_outcome_is_not_enough():
    """Where nobody fell nothing can be learnt."""
    X, y = households()
    with pytest.raises(ValueError, match="needs both outcomes; got one class: False"):
        RiskModel().fit(X, np.zeros_like(y))


def test_infinity_is_refused():
    """A division by zero upstream does not pass as a value."""
    X, y = households()
    X[3, 1] = np.inf
    with pytest.raises(ValueError, match="infinity"):
        RiskModel().fit(X, y)
