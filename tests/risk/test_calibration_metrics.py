"""Calibration: identities, closed forms, and what a wrong probability must show."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit, logit
from sklearn.metrics import brier_score_loss

from fanpin_risk.errors import SchemaError
from fanpin_risk.risk.calibration_metrics import (
    brier,
    brier_decomposition,
    calibration_intercept,
    calibration_slope,
    expected_over_observed,
    ici,
    reliability_by_tenths,
    smooth_observed_share,
    wilson,
)


def calibrated(seed, n):
    """True risks around a tenth, and outcomes drawn from them."""
    rng = np.random.default_rng(seed)
    risk = expit(rng.normal(-2.3, 1.0, n))
    return risk, (rng.random(n) < risk).astype(float), rng.uniform(0.5, 2, n)


def test_brier_is_that_of_scikit_learn():
    """With weights."""
    risk, fell, weight = calibrated(1, 500)
    expected = brier_score_loss(fell, risk, sample_weight=weight)
    assert brier(risk, fell, weight) == pytest.approx(expected, abs=1e-14)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("levels", [3, 7, 10_000])
def test_the_parts_of_the_brier_score_add_up(levels, weighted):
    """Reliability - resolution + uncertainty + within_bin is the score, to the last digits."""
    risk, fell, weight = calibrated(2, 2_000)
    risk = np.round(risk * levels) / levels
    parts = brier_decomposition(risk, fell, weight if weighted else None)
    total = parts.reliability - parts.resolution + parts.uncertainty + parts.within_bin
    assert total == pytest.approx(parts.brier, abs=1e-14)
    assert parts.within_bin != 0 or levels < 10


def test_a_constant_risk_has_no_resolution():
    """Risk 0.3, share 0.5: reliability 0.04, uncertainty 0.25, nothing else."""
    parts = brier_decomposition([0.3] * 4, [0, 1, 0, 1])
    assert parts.reliability == pytest.approx(0.04)
    assert (parts.resolution, parts.uncertainty, parts.within_bin) == (0, 0.25, 0)


def test_two_risks_have_a_closed_form():
    """Shares 1/4 and 3/4 at risks 0.1 and 0.9: slope log 3 / log 9, intercept 0, E/O 1."""
    risk = np.repeat([0.1, 0.9], 4)
    fell = np.array([1, 0, 0, 0, 1, 1, 1, 0])
    assert calibration_slope(risk, fell) == pytest.approx(math.log(3) / math.log(9), abs=1e-9)
    assert calibration_intercept(risk, fell) == pytest.approx(0, abs=1e-9)
    assert expected_over_observed(risk, fell) == pytest.approx(1)
    assert ici(risk, fell) == pytest.approx(0.15, abs=1e-9)


def test_distorted_risks_give_the_distortion_back():
    """On true shares, risks with doubled log-odds have slope 1/2; a shift is its intercept."""
    truth, _, weight = calibrated(3, 3_000)
    assert calibration_slope(expit(0.5 + 2 * logit(truth)), truth, weight) == pytest.approx(
        0.5, abs=1e-7
    )
    shifted = expit(logit(truth) + 0.7)
    assert calibration_intercept(shifted, truth, weight) == pytest.approx(-0.7, abs=1e-7)
    assert calibration_slope(shifted, truth, weight) == pytest.approx(1, abs=1e-7)


def test_a_weight_of_two_is_the_household_twice():
    """Every measure treats whole weights as repetition."""
    risk, fell, _ = calibrated(4, 600)
    times = np.random.default_rng(0).integers(0, 3, 600)
    for measure in (
        brier,
        expected_over_observed,
        calibration_slope,
        calibration_intercept,
    ):
        repeated = measure(np.repeat(risk, times), np.repeat(fell, times))
        assert measure(risk, fell, times) == pytest.approx(repeated, abs=1e-9)


def test_good_risks_pass_and_bad_ones_do_not():
    """On 50,000 rows true risks are within sampling error; doubled log-odds are seen at once."""
    risk, fell, _ = calibrated(5, 50_000)
    assert calibration_slope(risk, fell) == pytest.approx(1, abs=0.05)
    assert calibration_intercept(risk, fell) == pytest.approx(0, abs=0.05)
    assert expected_over_observed(risk, fell) == pytest.approx(1, abs=0.03)
    assert ici(risk, fell) < 0.004
    assert ici(expit(2 * logit(risk)), fell) > 0.03


def test_a_curve_that_bends_is_followed():
    """The smooth share finds a bend that slope and intercept cannot express, to one point."""
    rng = np.random.default_rng(6)
    risk = rng.uniform(0.02, 0.98, 20_000)
    truth = risk + 0.12 * np.sin(2 * np.pi * risk)
    fell = (rng.random(risk.size) < truth).astype(float)
    assert np.mean(np.abs(smooth_observed_share(risk, fell) - truth)) < 0.01
    assert ici(risk, fell) == pytest.approx(np.mean(np.abs(truth - risk)), abs=0.01)


@pytest.mark.parametrize("fell", [[0, 0, 0], [1, 1, 1]])
def test_one_outcome_leaves_calibration_undefined(fell):
    """Slope, intercept, index and curve are NaN; the Brier score exists."""
    risk = [0.1, 0.2, 0.3]
    assert math.isnan(calibration_slope(risk, fell))
    assert math.isnan(calibration_intercept(risk, fell))
    assert math.isnan(ici(risk, fell))
    assert np.isnan(smooth_observed_share(risk, fell)).all()
    assert brier(risk, fell) > 0


@pytest.mark.parametrize(
    "risk",
    [
        pytest.param([0.1, 0.2, 0.8, 0.9], id="parted"),
        pytest.param([0.9, 0.8, 0.2, 0.1], id="parted the wrong way"),
        pytest.param([0.1, 0.5, 0.5, 0.9], id="parted but for a tie"),
        pytest.param([0.3, 0.3, 0.3, 0.3], id="one risk only"),
    ],
)
def test_no_slope_where_none_is_finite(risk):
    """A cut of the risk that parts the outcomes has no finite slope: NaN, not a huge number."""
    assert math.isnan(calibration_slope(risk, [0, 0, 1, 1]))
    assert 0 <= ici(risk, [0, 0, 1, 1]) <= 1


def test_risks_of_zero_and_one_are_held_off_their_ends():
    """Isotonic steps reach 0 and 1: the measures stay finite."""
    risk, fell = np.array([0, 0, 0.5, 0.5, 1, 1.0]), np.array([0, 1, 0, 1, 0, 1.0])
    assert calibration_slope(risk, fell) == pytest.approx(0, abs=1e-9)
    assert calibration_intercept(risk, fell) == pytest.approx(0, abs=1e-9)
    assert math.isfinite(ici(risk, fell))


@pytest.mark.parametrize(("n_yes", "n"), [(0, 12), (5, 12), (12, 12), (1, 400)])
def test_wilson_is_that_of_scipy_and_ends_exactly(n_yes, n):
    """A second implementation, and no rounding beyond 0 and 1."""
    expected = stats.binomtest(n_yes, n).proportion_ci(method="wilson")
    found = wilson(n_yes / n, n)
    assert found == pytest.approx((expected.low, expected.high))
    assert (found[0] == 0, found[1] == 1) == (n_yes == 0, n_yes == n)


def test_tenths_hold_a_tenth_each_and_wilson_is_right():
    """1 of 10 observed: the 95% Wilson interval is 0.0179 to 0.4042 (Wilson 1927)."""
    risk = np.arange(100) / 100
    rows = reliability_by_tenths(risk, np.tile([1.0] + [0.0] * 9, 10))
    assert [row.tenth for row in rows] == list(range(1, 11))
    assert {row.n_households for row in rows} == {10}
    assert rows[0].mean_risk == pytest.approx(0.045)
    assert rows[0].observed_share == 0.1
    assert (rows[0].low, rows[0].high) == (
        pytest.approx(0.01788, abs=1e-5),
        pytest.approx(0.40415, abs=1e-5),
    )


def test_equal_risks_share_a_tenth():
    """A risk with three values gives at most three rows, and no household is lost."""
    risk, fell, weight = calibrated(8, 1_000)
    rows = reliability_by_tenths(np.round(risk * 2) / 2, fell, weight)
    assert len(rows) <= 3
    assert sum(row.n_households for row in rows) == 1_000


def test_equal_weights_change_no_interval():
    """Kish's effective number of equal weights is the number of households."""
    risk, fell, _ = calibrated(9, 300)
    plain = reliability_by_tenths(risk, fell)
    for a, b in zip(plain, reliability_by_tenths(risk, fell, np.full(300, 2.0)), strict=True):
        assert (a.n_households, a.low, a.high) == (
            b.n_households,
            pytest.approx(b.low),
            pytest.approx(b.high),
        )


def test_a_raw_score_is_no_risk():
    """Log-odds handed in by mistake are named as such."""
    with pytest.raises(SchemaError, match="give probabilities, not raw scores"):
        brier([-2.1, 0.4], [0, 1])
