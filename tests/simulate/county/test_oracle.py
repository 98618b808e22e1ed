"""What visits find: identities, hand-computed lists, and the oracle against a known truth."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanpin_risk.simulate.county.oracle import (
    correlation_within_cells,
    first_half_share,
    found_beyond,
    gain_within_cells,
    second_half,
    share_between_paths,
    targeting,
    visited_share,
)

SCORES = st.lists(st.integers(0, 4), min_size=1, max_size=7)


def drawn(p, n_futures, seed=1):
    """Independent futures with these probabilities."""
    return np.random.default_rng(seed).random((len(p), n_futures)) < np.asarray(p)[:, None]


@given(SCORES, st.integers(0, 9))
def test_ties_get_what_a_random_order_gives(scores, n_visits):
    """Second way: the mean over every order of the households."""
    n = len(scores)
    times = np.zeros(n)
    orders = list(itertools.permutations(range(n))) if n <= 6 else []
    for order in orders:
        ranked = sorted(order, key=lambda row: -scores[row])
        times[ranked[:n_visits]] += 1
    share = visited_share(np.array(scores, dtype=float), np.ones(n), n_visits)
    if orders:
        assert share == pytest.approx(times / len(orders))
    assert share.sum() == pytest.approx(min(n, n_visits))


@given(SCORES, st.floats(0, 30))
def test_a_household_that_stands_for_three_is_three(scores, n_visits):
    """Weights are households written out."""
    weight = np.arange(1, len(scores) + 1)
    share = visited_share(np.array(scores, dtype=float), weight.astype(float), n_visits)
    written = visited_share(
        np.repeat(scores, weight).astype(float), np.ones(weight.sum()), n_visits
    )
    assert np.repeat(share, weight) == pytest.approx(written)
    assert (share * weight).sum() == pytest.approx(min(n_visits, weight.sum()))


def test_figures_by_hand():
    """Two futures, four households, weights 1, 1, 2, 4; the first two visited."""
    outcomes = np.array([[1, 0], [1, 1], [0, 1], [0, 0]], dtype=bool)
    found = targeting(np.array([4.0, 3, 2, 1]), outcomes, np.array([1.0, 1, 2, 4]), 2)
    assert found.n_visits == 2
    assert found.found.value == 1.5
    assert found.recall.value == 3 / 5
    assert found.precision.value == 0.75
    assert found.found.standard_error == pytest.approx(0.5)
    assert found.precision.standard_error == pytest.approx(0.25)
    assert found.recall.standard_error == pytest.approx(0.8 / 2.5)


def test_visiting_everybody_finds_everything():
    """Recall one, precision the share of falls; with more visits than households as well."""
    outcomes, weight = drawn([0.1, 0.4, 0.9], 50), np.array([1.0, 2.5, 4.0])
    for n_visits in (7.5, 100):
        found = targeting(np.zeros(3), outcomes, weight, n_visits)
        assert found.recall.value == pytest.approx(1)
        assert found.recall.standard_error == pytest.approx(0, abs=1e-12)
        assert found.precision.value == pytest.approx((weight @ outcomes).mean() / 7.5)


def test_no_falls_no_recall():
    """It cannot be told, and is not nought."""
    found = targeting(np.arange(3.0), np.zeros((3, 4), dtype=bool), np.ones(3), 1)
    assert np.isnan(found.recall.value)
    assert found.precision.value == 0


def test_the_oracle_is_judged_by_other_futures_than_it_ranks_by():
    """Equal households cannot be told apart: luck of the first half finds nothing in the second."""
    outcomes = drawn(np.full(2000, 0.03), 100)
    score = first_half_share(outcomes)
    assert score.tolist() == outcomes[:, :50].mean(axis=1).tolist()
    honest = targeting(score, second_half(outcomes), np.ones(2000), 200)
    assert abs(honest.recall.value - 0.1) < 3 * honest.recall.standard_error
    lucky = targeting(score, outcomes[:, :50], np.ones(2000), 200)
    assert lucky.recall.value > 0.2


def test_the_oracle_comes_near_the_truth_and_never_beats_it():
    """With more futures its recall approaches that of the probabilities themselves."""
    p = np.random.default_rng(3).beta(0.3, 8, 3000)
    exact = np.sort(p)[::-1][:300].sum() / p.sum()
    recalls = {}
    for n_futures in (20, 100, 500):
        outcomes = drawn(p, n_futures, seed=n_futures)
        found = targeting(first_half_share(outcomes), second_half(outcomes), np.ones(3000), 300)
        recalls[n_futures] = found.recall.value
        assert found.recall.value < exact + 3 * found.recall.standard_error
    assert recalls[20] < recalls[100] < recalls[500]
    assert recalls[500] > 0.97 * exact


def test_errors_hold_what_futures_share():
    """Over 300 sets of futures with a common path the figures spread as far as they say."""
    p = np.linspace(0.01, 0.1, 200)
    rng = np.random.default_rng(8)
    figures = []
    for _ in range(300):
        common = rng.choice([0.2, 1.8], size=100)
        outcomes = rng.random((200, 100)) < p[:, None] * common
        found = targeting(p, outcomes, np.ones(200), 40)
        figures.append((found.found, found.recall, found.precision))
    for which in range(3):
        values = np.array([one[which].value for one in figures])
        told = np.mean([one[which].standard_error for one in figures])
        assert 0.85 < values.std() / told < 1.15


def test_further_visits_go_to_those_who_are_not_visited_anyway():
    """The increment counts neither must-visits nor those beyond the number."""
    outcomes = np.array([[1, 1], [1, 0], [1, 1], [0, 0]], dtype=bool)
    is_visited = np.array([True, False, False, False])
    found = found_beyond(np.array([9.0, 1, 3, 2]), outcomes, np.ones(4), is_visited, 1)
    assert found.value == 1
    everybody = found_beyond(np.zeros(4), outcomes, np.ones(4), is_visited, 10)
    assert everybody.value == 1.5
    assert found_beyond(np.zeros(4), outcomes, np.ones(4), np.ones(4, dtype=bool), 5).value == 0


def cells_and_risks(seed):
    """Forty cells of 25 households, whose mean risks differ, with risks that differ inside."""
    rng = np.random.default_rng(seed)
    cell = np.repeat(np.arange(40), 25)
    return cell, rng.uniform(0.02, 0.1, 40)[cell] * rng.gamma(1, 1, 1000)


def test_what_a_cell_tells_is_no_gain_within_it():
    """A score that knows the cells and nothing else gains nothing; overall it finds more."""
    cell, p = cells_and_risks(1)
    outcomes = drawn(np.minimum(p, 1), 200)
    mean = np.bincount(cell, weights=p) / 25
    gain = gain_within_cells(mean[cell], outcomes, np.ones(1000), cell, 0.2)
    assert gain.value == pytest.approx(0, abs=1e-9)
    assert targeting(mean[cell], outcomes, np.ones(1000), 200).recall.value > 0.25
    knows = gain_within_cells(p, outcomes, np.ones(1000), cell, 0.2)
    assert knows.value > 10 * knows.standard_error


def test_scores_of_others_gain_nothing_and_the_error_is_right():
    """Scores dealt out anew in each cell: over 300 deals the gain is nil and spreads as told."""
    cell, p = cells_and_risks(2)
    outcomes = drawn(np.minimum(p, 1), 100)
    rng = np.random.default_rng(4)
    gains, correlations = [], []
    for _ in range(300):
        order = np.lexsort((rng.random(1000), cell))
        gains.append(gain_within_cells(p[order], outcomes, np.ones(1000), cell, 0.2))
        correlations.append(correlation_within_cells(p[order], p, np.ones(1000), cell))
    values = np.array([gain.value for gain in gains])
    told = np.mean([gain.standard_error for gain in gains])
    assert abs(values.mean()) < 4 * values.std() / np.sqrt(300)
    assert 0.8 < values.std() / told < 1.1
    assert abs(np.mean(correlations)) < 0.01
    assert correlation_within_cells(p, p, np.ones(1000), cell) == pytest.approx(1)


def test_a_cell_of_one_has_no_spread():
    """Nothing can be told apart in it."""
    assert np.isnan(
        correlation_within_cells(np.arange(3.0), np.arange(3.0), np.ones(3), np.arange(3))
    )


@pytest.mark.parametrize("shared", [0.0, 0.5])
def test_variance_between_paths(shared):
    """Nil for households that share nothing; known where all share one factor."""
    rng = np.random.default_rng(9)
    p, weight = np.full(500, 0.1), np.full(500, 2.0)
    factor = rng.choice([1 - shared, 1 + shared], size=4000)
    outcomes = rng.random((500, 4000)) < p[:, None] * factor
    between = (500 * 0.1 * shared) ** 2
    within = 500 * (0.1 * 0.9 - (0.1 * shared) ** 2)
    own = 500 * 0.1 * 0.9
    expected = 1 - own / (between + within)
    found = share_between_paths(outcomes, weight)
    assert abs(found.value - expected) < 4 * found.standard_error
    assert found.standard_error < 0.03
    assert np.isnan(share_between_paths(np.zeros((2, 5), dtype=bool), np.ones(2)).value)
