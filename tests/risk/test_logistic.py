"""The small logistic regression against scikit-learn's, and the spline's shape."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from fanpin_risk.risk.logistic import KNOT_QUANTILES, linear, logistic_fit, spline_columns


def test_coefficients_are_those_of_scikit_learn():
    """Weighted, three columns, without a penalty."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(500, 2))
    y = (rng.random(500) < expit(-1 + x[:, 0] - 0.5 * x[:, 1])).astype(float)
    w = rng.uniform(0.2, 3, 500)
    model = LogisticRegression(C=1e12, tol=1e-12, max_iter=1000).fit(x, y, sample_weight=w)
    beta = logistic_fit([np.ones(500), x[:, 0], x[:, 1]], y, w, offset=np.zeros(500))
    assert beta == pytest.approx([model.intercept_[0], *model.coef_[0]], abs=1e-5)


def test_at_the_maximum_the_gradient_is_zero():
    """With an offset far off, where plain Newton steps overshoot."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=300)
    y = (rng.random(300) < 0.02).astype(float)
    columns, offset = [np.ones(300), x], 6 * np.sign(x) + 8
    fitted = expit(offset + linear(logistic_fit(columns, y, np.ones(300), offset=offset), columns))
    assert [np.sum((y - fitted) * column) for column in columns] == pytest.approx([0, 0], abs=1e-8)


def test_shares_settle_where_no_maximum_exists():
    """Outcomes parted by x: fitted shares go to 0 and 1 and nothing overflows."""
    columns = [np.ones(4), np.array([-2.0, -1, 1, 2])]
    y = np.array([0.0, 0, 1, 1])
    beta = logistic_fit(columns, y, np.ones(4), offset=np.zeros(4))
    assert expit(linear(beta, columns)) == pytest.approx(y, abs=1e-6)


def test_the_spline_is_straight_beyond_the_outer_knots():
    """Second differences of every column vanish there, and not inside."""
    x = np.linspace(-3, 3, 601)
    low, high = np.quantile(x, [KNOT_QUANTILES[0], KNOT_QUANTILES[-1]])
    outside = (x[1:-1] < low - 0.02) | (x[1:-1] > high + 0.02)
    for column in spline_columns(x)[2:]:
        bend = np.diff(column, 2)
        assert np.abs(bend[outside]).max() < 1e-9
        assert np.abs(bend[~outside]).max() > 1e-6
