from datetime import date

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.preprocessing import StandardScaler

from fanpin_risk.dates import day_number
from fanpin_risk.errors import ModelError
from fanpin_risk.hashing import keyed_uniform
from fanpin_risk.risk.baselines import (
    CohortMatrix,
    LogisticBaseline,
    OrderBy,
    RandomOrder,
    VulnerabilityBaseline,
    log_floored,
)

NAMES = ("income", "children", "crowding")


def panel(n=1_500, seed=0, missing=0.0):
    """Households, whether each fell, and log income a year on, whose spread rises with children."""
    rng = np.random.default_rng(seed)
    income = np.exp(rng.normal(0.6, 0.4, n))
    children = rng.integers(0, 5, n).astype(float)
    crowding = rng.normal(2, 1, n)
    spread = np.sqrt(0.05 + 0.03 * children)
    later = 0.1 + 0.7 * np.log(income) - 0.08 * children + spread * rng.normal(size=n)
    values = np.column_stack([income, children, crowding])
    values[rng.random(values.shape) < missing] = np.nan
    cohort = CohortMatrix(
        names=NAMES,
        values=values,
        household_ids=tuple(f"h{i}" for i in range(n)),
        days=np.full(n, day_number(date(2012, 3, 31))) + (np.arange(n) % 2) * 91,
    )
    return cohort, (later < 0).astype(float), later


BASELINES = [
    pytest.param(OrderBy("income", -1), id="today's income"),
    pytest.param(RandomOrder("k"), id="by lot"),
    pytest.param(LogisticBaseline(NAMES, transforms={"income": "log"}), id="logistic"),
    pytest.param(VulnerabilityBaseline(NAMES, transforms={"income": "log"}), id="vulnerability"),
]


def learnt(baseline, cohort, fell, later, **options):
    """Fit a baseline on the target it asks for."""
    y = fell if baseline.target == "fell" else later
    return baseline.fit(cohort, y, **options)


@pytest.mark.parametrize("baseline", BASELINES)
def test_all_share_one_protocol(baseline):
    """Each gives one finite number a household, whatever is missing, and probabilities if so."""
    cohort, fell, later = panel(n=400, missing=0.15)
    splits = [(np.arange(200), np.arange(200, 400))]
    options = {"sample_weight": np.ones(400), "inner_splits": splits}
    score = learnt(baseline, cohort, fell, later, **options).score(cohort)
    assert score.shape == (400,)
    assert np.all(np.isfinite(score))
    if baseline.is_probability:
        assert np.all((score > 0) & (score < 1))
        assert score.mean() == pytest.approx(fell.mean(), abs=0.03)


@pytest.mark.parametrize("baseline", BASELINES)
def test_scores_do_not_depend_on_the_company(baseline):
    """A household scores the same alone, in another order, and among all."""
    cohort, fell, later = panel(n=300, missing=0.15)
    learnt(baseline, cohort, fell, later)
    order = np.random.default_rng(1).permutation(300)
    whole = baseline.score(cohort)
    np.testing.assert_array_equal(baseline.score(cohort.rows(order)), whole[order])
    np.testing.assert_array_equal(baseline.score(cohort.rows(order[:1])), whole[order[:1]])


@pytest.mark.parametrize("baseline", [BASELINES[2], BASELINES[3]])
def test_the_regressions_find_what_matters(baseline):
    """Households not seen in training are ordered better than by the best single column."""
    learnt(baseline, *panel(missing=0.05))
    cohort, fell, _ = panel(seed=1)
    (income,) = cohort.columns(["income"])
    assert roc_auc_score(fell, baseline.score(cohort)) > roc_auc_score(fell, -income) + 0.01


@pytest.mark.parametrize(
    "baseline", [OrderBy("income", -1), LogisticBaseline(NAMES), VulnerabilityBaseline(NAMES)]
)
def test_scoring_before_fitting_is_refused(baseline):
    """A baseline that has learnt nothing gives no numbers."""
    with pytest.raises(ModelError, match=r"has not been fitted\. Call `fit` first"):
        baseline.score(panel(n=5)[0])


class TestOrderBy:
    """Ordering by one column."""

    def test_the_poorest_come_first_and_the_unknown_in_the_middle(self):
        """By hand: the training median is 2, and a household without income counts as that."""
        training = CohortMatrix(names=("income",), values=np.array([[1.0], [2], [np.nan], [9]]))
        later = CohortMatrix(names=("income",), values=np.array([[3.0], [np.nan], [1.5]]))
        score = OrderBy("income", -1).fit(training, []).score(later)
        assert score.tolist() == [-3, -2, -1.5]

    def test_a_known_fall_rate_can_be_a_probability(self):
        """The place's fall rate is a probability already."""
        cohort = CohortMatrix(names=("fall_rate",), values=np.array([[0.1], [0.3], [np.nan]]))
        order = OrderBy("fall_rate", 1, is_probability=True).fit(cohort, [])
        assert order.score(cohort).tolist() == [0.1, 0.3, 0.2]

    def test_a_column_that_nobody_has_is_refused(self):
        """Nothing can be ordered by a column without a value."""
        cohort = CohortMatrix(names=("income",), values=np.full((3, 1), np.nan))
        with pytest.raises(ModelError, match="'income' is missing for all 3 training households"):
            OrderBy("income", -1).fit(cohort, [])

    def test_a_wrong_sign_is_refused(self):
        """The direction is 1 or -1, and a probability points upwards."""
        with pytest.raises(ModelError, match=r"sign must be -1 or 1\. Got 0"):
            OrderBy("income", 0)
        with pytest.raises(ModelError, match="has sign 1"):
            OrderBy("income", -1, is_probability=True)


class TestRandomOrder:
    """An order by lot."""

    def test_each_day_has_its_own_lot(self):
        """Households of two days get the numbers of their own day."""
        cohort, _, _ = panel(n=10)
        score = RandomOrder("k").fit(cohort, []).score(cohort)
        ids = np.array(cohort.household_ids)
        for day, part in (
            (date(2012, 3, 31), slice(0, None, 2)),
            (date(2012, 6, 30), slice(1, None, 2)),
        ):
            expected = keyed_uniform(ids[part].tolist(), day=day, key="k")
            np.testing.assert_array_equal(score[part], expected)

    def test_households_without_id_cannot_draw(self):
        """An order by lot needs to know who and when."""
        cohort = CohortMatrix(names=NAMES, values=np.ones((2, 3)))
        with pytest.raises(ModelError, match="needs household_ids and days"):
            RandomOrder("k").score(cohort)


class TestLogisticBaseline:
    """Logistic regression."""

    def test_it_agrees_with_a_scikit_learn_pipeline(self):
        """Without missing values: standardise, then a logistic regression of the same C."""
        cohort, fell, _ = panel(n=500)
        weight = np.random.default_rng(2).uniform(0.5, 2, 500)
        score = LogisticBaseline(NAMES).fit(cohort, fell, sample_weight=weight).score(cohort)
        scaled = StandardScaler().fit_transform(cohort.values)
        reference = LogisticRegression(C=1.0, tol=1e-12, max_iter=500, solver="newton-cholesky")
        reference.fit(scaled, fell, sample_weight=weight)
        np.testing.assert_allclose(score, reference.predict_proba(scaled)[:, 1], atol=1e-8)

    def test_the_penalty_is_the_best_of_the_inner_validation(self):
        """The C chosen has the least mean log loss, fitted before and judged after."""
        cohort, fell, _ = panel(n=600)
        splits = [(np.arange(40), np.arange(40, 300)), (np.arange(60), np.arange(300, 600))]
        grid = (0.001, 0.03, 1.0, 1000.0)

        def loss(c):
            losses = []
            for train, valid in splits:
                model = LogisticBaseline(NAMES, penalties=[c])
                model.fit(cohort.rows(train), fell[train], inner_splits=[(train, train)])
                losses.append(log_loss(fell[valid], model.score(cohort.rows(valid))))
            return np.mean(losses)

        chosen = LogisticBaseline(NAMES, penalties=grid).fit(cohort, fell, inner_splits=splits)
        assert chosen.chosen_penalty == min(grid, key=loss)
        assert chosen.chosen_penalty not in (grid[0], grid[-1])

    def test_a_household_with_nothing_known_is_in_the_middle(self):
        """What is missing is neither safe nor alarming."""
        cohort, fell, _ = panel()
        baseline = LogisticBaseline(NAMES).fit(cohort, fell)
        unknown = CohortMatrix(names=NAMES, values=np.full((1, 3), np.nan))
        rank = np.mean(baseline.score(cohort) < baseline.score(unknown)[0])
        assert 0.3 < rank < 0.7

    def test_one_outcome_is_not_enough(self):
        """Where nobody fell there is nothing to fit."""
        with pytest.raises(ModelError, match="needs both outcomes; 0 of 50 training households"):
            LogisticBaseline(NAMES).fit(panel(n=50)[0], np.zeros(50))

    @pytest.mark.parametrize(
        ("y", "words"),
        [
            pytest.param(np.full(50, 0.5), "Outcomes must be 0 or 1", id="no outcome"),
            pytest.param(np.full(50, np.nan), "Every outcome must be known", id="unknown"),
            pytest.param(np.ones(49), "50 households do not fit 49 outcomes", id="too few"),
        ],
    )
    def test_outcomes_must_be_known_for_all(self, y, words):
        """Unknown outcomes are left out by the caller, not guessed."""
        with pytest.raises(ModelError, match=words):
            LogisticBaseline(NAMES).fit(panel(n=50)[0], y)


class TestVulnerabilityBaseline:
    """Vulnerability as expected poverty (Chaudhuri, Jalan, Suryahadi 2002)."""

    def test_it_agrees_with_the_three_steps_spelt_out(self):
        """The same three regressions by scikit-learn on columns as they are."""
        cohort, _, later = panel(n=800)
        score = VulnerabilityBaseline(NAMES, log_line=0.1).fit(cohort, later).score(cohort)
        X = cohort.values
        squared = (later - LinearRegression().fit(X, later).predict(X)) ** 2
        floor = 0.1 * squared.mean()
        rough = np.maximum(LinearRegression().fit(X, squared).predict(X), floor)
        step2 = LinearRegression().fit(X, squared, sample_weight=1 / rough**2)
        variance = np.maximum(step2.predict(X), floor)
        step3 = LinearRegression().fit(X, later, sample_weight=1 / variance)
        expected = norm.cdf((0.1 - step3.predict(X)) / np.sqrt(variance))
        np.testing.assert_allclose(score, expected, atol=1e-9)

    def test_it_finds_the_true_chance(self):
        """On data made by its own model the scores are close to the true probabilities."""
        cohort, _, later = panel(n=20_000, seed=3)
        baseline = VulnerabilityBaseline(NAMES, transforms={"income": "log"}).fit(cohort, later)
        income, children, _ = cohort.columns(NAMES)
        mean = 0.1 + 0.7 * np.log(income) - 0.08 * children
        truth = norm.cdf(-mean / np.sqrt(0.05 + 0.03 * children))
        assert np.max(np.abs(baseline.score(cohort) - truth)) < 0.03

    def test_the_line_moves_the_chance(self):
        """A higher line puts more households at risk."""
        cohort, _, later = panel(n=300)
        low, high = (
            VulnerabilityBaseline(NAMES, log_line=line).fit(cohort, later).score(cohort)
            for line in (0.0, 0.2)
        )
        assert np.all(high > low)

    def test_income_told_without_error_is_suspect(self):
        """Later income that the columns give exactly means that it is one of them."""
        cohort = CohortMatrix(names=("a",), values=np.array([[-1.0], [1.0], [-1.0], [1.0]]))
        with pytest.raises(ModelError, match=r"without error\. Check for a leak"):
            VulnerabilityBaseline(["a"]).fit(cohort, cohort.values[:, 0])


def test_log_incomes_have_a_floor_and_keep_what_is_missing():
    """0 and negative incomes count as 5% of the line; NaN stays NaN."""
    np.testing.assert_allclose(
        log_floored([1.0, 0.05, 0.0, -3.0, np.nan]), [0, *[np.log(0.05)] * 3, np.nan]
    )
