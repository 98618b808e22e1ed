"""Chances of counts are exact, and many at once keep their promise."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanpin_risk.areas.exact import (
    binomial_tail,
    doubtful_odds,
    noisy_odds,
    ratio_interval,
    tail,
    threshold,
)


def slow_tail(count, row, column, total, odds):
    """Sum of all terms in fractions."""
    lowest, highest = max(0, row + column - total), min(row, column)
    terms = {
        k: math.comb(column, k) * math.comb(total - column, row - k) * Fraction(odds) ** k
        for k in range(lowest, highest + 1)
    }
    return float(sum(t for k, t in terms.items() if k >= count) / sum(terms.values()))


@st.composite
def tables(draw):
    """Margins of a table, and a count that they allow."""
    total = draw(st.integers(2, 60))
    row, column = draw(st.integers(0, total)), draw(st.integers(0, total))
    count = draw(st.integers(max(0, row + column - total), min(row, column)))
    return count, row, column, total


def arrays(*numbers):
    """Each number as an array of one."""
    return [np.array([float(number)]) for number in numbers]


@given(tables(), st.sampled_from([Fraction(1, 7), Fraction(1), Fraction(5, 2), Fraction(40)]))
def test_the_tail_is_that_of_all_terms(table, odds):
    """Every table of two by two, against sums in fractions."""
    found = tail(*arrays(*table), np.array([float(odds)]))[0]
    assert found == pytest.approx(slow_tail(*table, odds), rel=1e-9)


@given(st.integers(0, 40), st.integers(0, 40), st.sampled_from([0.1, 1.0, 3.0]))
def test_without_end_it_is_binomial(count, more, odds):
    """A margin without end leaves independent trials."""
    trials, share = count + more, odds / (1 + odds)
    expected = sum(
        math.comb(trials, k) * share**k * (1 - share) ** (trials - k)
        for k in range(count, trials + 1)
    )
    found = binomial_tail(*arrays(count, trials), np.array([odds]))[0]
    assert found == pytest.approx(expected, rel=1e-9)


def test_ends_far_away_are_0_and_1():
    """Sums beyond what a float holds do not become something that is no number."""
    count, row, column, total = arrays(2_000, 2_000, 3_000, 1e7)
    assert tail(count, row, column, total, np.ones(1))[0] == 0.0
    assert tail(*arrays(1, 2_000, 3_000, 1e7), np.array([1e9]))[0] == 1.0


@given(tables(), st.floats(0, 3))
def test_noise_is_an_average_of_odds(table, variance):
    """With noise the chance lies between those of its smallest and largest odds."""
    points = noisy_odds(np.ones(1), np.array([variance]))
    found = tail(*arrays(*table), points)[0]
    each = [tail(*arrays(*table), points[:, at])[0] for at in range(points.shape[1])]
    assert min(each) - 1e-12 <= found <= max(each) + 1e-12


def test_noise_makes_large_counts_likelier():
    """What is rare without noise is less so with more of it."""
    asked = arrays(6, 10, 12, 400)
    chances = [tail(*asked, noisy_odds(np.ones(1), np.array([v])))[0] for v in (0, 0.2, 1.0)]
    assert chances == sorted(chances)
    assert chances[0] == pytest.approx(slow_tail(6, 10, 12, 400, 1))
    assert chances[2] > 10 * chances[0]


def test_doubt_about_odds_is_normal_in_their_logarithm():
    """Against a sum over a fine grid."""
    z = np.linspace(-8, 8, 4_001)
    weights = np.exp(-(z**2) / 2) / np.exp(-(z**2) / 2).sum()
    asked = [np.full(len(z), n) for n in (30.0, 40.0)]
    expected = binomial_tail(*asked, 1.5 * np.exp(0.3 * z)) @ weights
    points = doubtful_odds(np.array([1.5]), np.array([0.3]))
    assert binomial_tail(*arrays(30, 40), points)[0] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("odds", [0.5, 1.0, 4.0])
def test_the_interval_holds_the_true_ratio(odds):
    """Over all counts with their chances, the interval holds the odds as often as it says."""
    row, column, total = 14, 20, 60
    counts = np.arange(0.0, 15.0)
    margins = [np.full(15, float(m)) for m in (row, column, total)]
    low, high = ratio_interval(counts, *margins, level=0.9)
    at_least = np.append(tail(counts, *margins, np.full(15, odds)), 0.0)
    chances = at_least[:-1] - at_least[1:]
    assert chances[(low <= odds) & (odds <= high)].sum() >= 0.9
    assert low[0] == 0.0
    assert high[-1] == np.inf
    assert (np.diff(low) > 0).all()


def test_the_interval_ends_where_the_chance_is_half_of_what_is_left():
    """Both ends, by the chances that define them."""
    asked = arrays(9, 14, 20, 60)
    low, high = ratio_interval(*asked, level=0.9)
    assert tail(*asked, low)[0] == pytest.approx(0.05, rel=1e-3)
    assert 1 - tail(*arrays(10, 14, 20, 60), high)[0] == pytest.approx(0.05, rel=1e-3)


@given(st.lists(st.floats(1e-12, 1), min_size=1, max_size=40), st.sampled_from([0.01, 0.04, 0.5]))
def test_the_tests_that_can_ring_share_the_rate(least, rate):
    """Levels of all tests that can come below theirs do not add up to more than the rate."""
    level, n_able = threshold(np.array(least), rate)
    assert (np.array(least) <= level).sum() * level <= rate * (1 + 1e-12)
    assert level == pytest.approx(rate / n_able)
    assert n_able == 1 or (np.array(least) <= rate / (n_able - 1)).sum() > n_able - 1


def test_without_tests_there_is_a_level():
    """No test, no alarm, no error."""
    assert threshold(np.zeros(0), 0.04) == (0.04, 1)
