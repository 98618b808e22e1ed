import json
import re
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from fanpin_risk.errors import ModelError, TimeOrderError
from fanpin_risk.risk.calibrate import CalibratedRisk, Calibrator, fit_calibrator
from fanpin_risk.risk.model import RiskModel

METHODS = ["logistic", "intercept", "isotonic"]
DAY = date(2009, 12, 31)


def later_period(n=2_000, seed=0, level=-1.0, spread=0.7):
    """Raw scores, and outcomes whose true log-odds are level + spread * raw score."""
    rng = np.random.default_rng(seed)
    raw = rng.normal(-2, 1.5, n)
    return raw, rng.random(n) < expit(level + spread * raw)


def test_the_intercept_of_equal_scores_by_hand():
    """One of four households with score 2 fell: the risk is 1/4, the intercept log(1/3) - 2."""
    calibrator = fit_calibrator([2, 2, 2, 2], [1, 0, 0, 0], method="intercept")
    assert calibrator.intercept == pytest.approx(np.log(1 / 3) - 2, abs=1e-12)
    assert calibrator.slope == 1
    assert calibrator.risk([2.0])[0] == pytest.approx(0.25)


def test_the_logistic_map_of_two_scores_by_hand():
    """Risks 1/3 at score 0 and 2/3 at score 1: intercept -log 2, slope 2 log 2."""
    calibrator = fit_calibrator([0, 0, 0, 1, 1, 1], [1, 0, 0, 1, 1, 0])
    assert calibrator.intercept == pytest.approx(-np.log(2), abs=1e-10)
    assert calibrator.slope == pytest.approx(2 * np.log(2), abs=1e-10)


def test_the_isotonic_map_by_hand():
    """Outcomes 0, 1, 0, 1 by score: the middle two pool to 1/2; ends kept off 0 and 1 by 1/10."""
    calibrator = fit_calibrator([0, 1, 2, 3], [0, 1, 0, 1], method="isotonic")
    expected = [0.1, 0.1, 0.3, 0.5, 0.5, 0.5, 0.7, 0.9, 0.9]
    scores = [-9, 0, 0.5, 1, 1.7, 2, 2.5, 3, 9]
    np.testing.assert_allclose(calibrator.risk(scores), expected)


def test_logistic_agrees_with_scikit_learn():
    """Level and spread equal an unpenalised logistic regression, with weights."""
    raw, fell = later_period()
    weight = np.random.default_rng(1).uniform(0.2, 3, len(raw))
    reference = LogisticRegression(C=np.inf, tol=1e-12, max_iter=500, solver="newton-cholesky")
    reference.fit(raw.reshape(-1, 1), fell, sample_weight=weight)
    found = fit_calibrator(raw, fell, sample_weight=weight)
    assert found.intercept == pytest.approx(reference.intercept_[0], abs=1e-7)
    assert found.slope == pytest.approx(reference.coef_[0, 0], abs=1e-7)


def test_isotonic_agrees_with_scikit_learn():
    """Between its ends the map equals that of scikit-learn, with ties and weights."""
    raw, fell = later_period(n=500)
    raw = raw.round(1)
    weight = np.random.default_rng(1).uniform(0.2, 3, len(raw))
    reference = IsotonicRegression(out_of_bounds="clip").fit(raw, fell, sample_weight=weight)
    grid = np.linspace(-7, 3, 301)
    expected = np.clip(reference.predict(grid), 1 / 1002, 1 - 1 / 1002)
    found = fit_calibrator(raw, fell, method="isotonic", sample_weight=weight).risk(grid)
    inside = (expected > 1 / 1002) & (expected < 1 - 1 / 1002)
    assert inside.mean() > 0.3
    # next to a clipped knot the interpolation differs by less than the clip
    np.testing.assert_allclose(found, expected, atol=1 / 1002)
    np.testing.assert_allclose(np.median(np.abs(found - expected)[inside]), 0, atol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_the_mean_risk_is_the_share_that_fell(method):
    """In the period it was fitted on, expected over observed is 1."""
    raw, fell = later_period()
    risk = fit_calibrator(raw, fell, method=method).risk(raw)
    assert risk.mean() == pytest.approx(fell.mean(), rel=1e-9 if method != "isotonic" else 0.01)


def test_logistic_finds_the_true_level_and_spread():
    """From 100,000 households the true intercept and slope come back."""
    found = fit_calibrator(*later_period(n=100_000))
    assert found.intercept == pytest.approx(-1.0, abs=0.05)
    assert found.slope == pytest.approx(0.7, abs=0.03)


@settings(max_examples=60, deadline=None)
@given(
    method=st.sampled_from(METHODS),
    seed=st.integers(0, 10_000),
    scores=st.lists(st.floats(-40, 40), min_size=2, max_size=50),
)
def test_the_order_never_contradicts_the_raw_score(method, seed, scores):
    """A higher raw score never has a lower risk, and every risk lies in [0, 1]."""
    raw, fell = later_period(n=120, seed=seed)
    calibrator = fit_calibrator(raw, fell, method=method, allow_intercept_only=True)
    risk = calibrator.risk(np.sort(scores + raw.tolist()))
    assert np.all(np.diff(risk) >= 0)
    assert np.all((risk >= 0) & (risk <= 1))


@settings(max_examples=40, deadline=None)
@given(method=st.sampled_from(METHODS), seed=st.integers(0, 10_000))
def test_a_calibrator_goes_through_json_without_loss(method, seed):
    """Written and read back it is equal, and so are its risks to the last bit."""
    raw, fell = later_period(n=120, seed=seed)
    calibrator = fit_calibrator(raw, fell, method=method, allow_intercept_only=True)
    restored = Calibrator.from_dict(json.loads(json.dumps(calibrator.to_dict())))
    assert restored == calibrator
    np.testing.assert_array_equal(restored.risk(raw), calibrator.risk(raw))


@pytest.mark.parametrize("method", METHODS)
def test_households_of_weight_zero_have_no_part(method):
    """Weight 0 and leaving out are the same."""
    raw, fell = later_period(n=300)
    weight = (np.arange(300) % 3 > 0).astype(float)
    weighted = fit_calibrator(raw, fell, method=method, sample_weight=weight)
    assert weighted == fit_calibrator(raw[weight > 0], fell[weight > 0], method=method)


def test_isotonic_does_not_depend_on_the_order_of_rows():
    """Shuffled households give the same map to the last bit."""
    raw, fell = later_period(n=500)
    weight = np.random.default_rng(1).uniform(0.2, 3, len(raw))
    order = np.random.default_rng(2).permutation(500)
    assert fit_calibrator(
        raw[order].round(1), fell[order], method="isotonic", sample_weight=weight[order]
    ) == fit_calibrator(raw.round(1), fell, method="isotonic", sample_weight=weight)


def test_a_score_that_points_the_wrong_way_is_refused_or_keeps_its_order():
    """With a negative slope there is an error, or on request a level alone, and it says so."""
    raw, fell = later_period()
    with pytest.raises(ModelError, match=r"does not rise with the score \(slope -0\.\d+\)"):
        fit_calibrator(-raw, fell)
    level = fit_calibrator(-raw, fell, allow_intercept_only=True)
    assert (level.method, level.slope, level.fell_back) == ("intercept", 1, True)
    assert not fit_calibrator(raw, fell, allow_intercept_only=True).fell_back


def test_a_constant_score_has_no_spread():
    """A model that cannot tell households apart cannot be calibrated in spread."""
    fell = [1, 0, 0, 0]
    with pytest.raises(ModelError, match="does not rise"):
        fit_calibrator([2, 2, 2, 2], fell)
    risk = fit_calibrator([2, 2, 2, 2], fell, allow_intercept_only=True).risk([2])
    assert risk[0] == pytest.approx(0.25)


def test_scores_without_error_do_not_settle():
    """A score that separates the outcomes has no finite spread."""
    with pytest.raises(ModelError, match="tell the two outcomes apart without error"):
        fit_calibrator([1, 2, 3, 4], [0, 0, 1, 1])


@pytest.mark.parametrize(
    ("raw", "y", "weight", "words"),
    [
        pytest.param([1, 2], [0, 0], None, "needs both outcomes; 0 of 2", id="nobody fell"),
        pytest.param([1, 2], [1, 1], None, "needs both outcomes; 2 of 2", id="all fell"),
        pytest.param([1, 2], [1, 0], [0, 1], "needs both outcomes; 0 of 1", id="by weight"),
        pytest.param([1, 2, 3], [1, 0], None, "as many scores (3) as outcomes (2)", id="lengths"),
        pytest.param([1, np.nan], [1, 0], None, "finite scores", id="a score is missing"),
        pytest.param([1, 2], [1, 0], [1, -1], "weights not below 0", id="negative weight"),
        pytest.param([1, 2], [1, np.nan], None, "must be 0 or 1", id="unknown outcome"),
    ],
)
def test_a_later_period_that_cannot_be_used_is_refused(raw, y, weight, words):
    """What is wrong with the period is said with counts only."""
    with pytest.raises(ModelError, match=re.escape(words)):
        fit_calibrator(raw, y, sample_weight=weight)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"method": "beta"}, "unknown method 'beta'", id="method"),
        pytest.param({"slope": -1.0}, "slope must be above 0", id="slope"),
        pytest.param({"intercept": float("nan")}, "finite", id="intercept"),
        pytest.param({"method": "isotonic"}, "0 scores do not fit 0 risks", id="no knots"),
        pytest.param(
            {"method": "isotonic", "raw_knots": [1, 0], "risk_knots": [0.1, 0.2]},
            "knots do not ascend",
            id="knots",
        ),
        pytest.param({"colour": "red"}, "expected the keys", id="unknown key"),
    ],
)
def test_a_damaged_calibrator_is_refused(changes, words):
    """A file that was edited by hand does not turn the order round."""
    content = Calibrator(method="logistic").to_dict() | changes
    with pytest.raises(ModelError, match=words):
        Calibrator.from_dict(content)


def test_an_unknown_method_is_refused():
    """The methods are listed."""
    with pytest.raises(ModelError, match="method must be one of"):
        fit_calibrator([1, 2], [0, 1], method="beta")


def fitted(n=600, seed=0):
    """Return a small model and later households whose risk has fallen."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(2 * n, 2))
    y = rng.random(2 * n) < expit(2 * X[:, 0] - np.repeat([0, 1.5], n))
    model = RiskModel(n_trees=20, learning_rate=0.1).fit(X[:n], y[:n])
    return CalibratedRisk(model, trained_until=DAY), X[n:], y[n:]


class TestCalibratedRisk:
    """A model and its calibration on a later period."""

    def test_a_period_before_the_training_outcomes_were_known_is_refused(self):
        """Both days are in the message."""
        risk, X, y = fitted()
        with pytest.raises(TimeOrderError, match=r"starts on 2009-12-30.*known on 2009-12-31"):
            risk.calibrate(X, y, starts_on=date(2009, 12, 30))
        assert risk.calibrator is None

    def test_the_day_itself_is_late_enough(self):
        """Outcomes known in the evening of a day may be followed by a period from that day on."""
        risk, X, y = fitted()
        risk.calibrate(X, y, starts_on=DAY, known_until=date(2010, 12, 31))
        assert risk.calibrated_from == DAY

    @pytest.mark.parametrize("method", METHODS)
    def test_the_level_of_the_later_period_is_met(self, method):
        """The raw model expects far too many falls; the calibrated one about as many as came."""
        risk, X, y = fitted()
        raw = expit(risk.model.raw_score(X))
        assert raw.sum() / y.sum() > 1.3
        calibrated = risk.calibrate(X, y, starts_on=DAY, method=method).predict_proba(X)
        assert calibrated[:, 1].sum() / y.sum() == pytest.approx(1, abs=0.02)
        np.testing.assert_allclose(calibrated.sum(axis=1), 1)

    def test_weights_reach_the_calibrator(self):
        """Counting those that fell twice raises the risk by log 2 in log-odds."""
        risk, X, y = fitted()
        plain = risk.calibrate(X, y, starts_on=DAY, method="intercept").calibrator
        assert plain is not None
        weight = np.where(y, 2.0, 1.0)
        risk.calibrate(X, y, starts_on=DAY, method="intercept", sample_weight=weight)
        share = np.average(risk.predict_proba(X)[:, 1], weights=weight)
        assert logit(share) == pytest.approx(logit(weight[y].sum() / weight.sum()), abs=1e-9)
        assert risk.calibrator.intercept > plain.intercept

    def test_it_goes_through_json_without_loss(self):
        """Days, calibrator and risks are the same after writing and reading."""
        risk, X, y = fitted()
        risk.calibrate(X, y, starts_on=DAY, known_until=date(2010, 12, 31))
        content = json.loads(json.dumps(risk.to_dict()))
        restored = CalibratedRisk.from_dict(content, model=risk.model)
        assert restored.to_dict() == risk.to_dict()
        assert restored.calibrated_until == date(2010, 12, 31)
        np.testing.assert_array_equal(restored.predict_proba(X), risk.predict_proba(X))

    def test_without_calibration_there_is_no_risk(self):
        """A raw score is not passed off as a risk, and the state before can be stored."""
        risk, X, _ = fitted()
        with pytest.raises(ModelError, match=r"not calibrated yet\. Call `calibrate` first"):
            risk.predict_proba(X)
        assert CalibratedRisk.from_dict(risk.to_dict(), model=risk.model).calibrator is None

    def test_outcomes_of_another_kind_are_refused(self):
        """Outcomes must be the classes that the model was trained on."""
        risk, X, y = fitted()
        with pytest.raises(ModelError, match="must be one of"):
            risk.calibrate(X, np.where(y, 2, 0), starts_on=DAY)
