"""The audit draw has the size and the chances it says, and lets one estimate what is missed."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanpin_risk.targeting.audit import (
    audit_probabilities,
    draw_audit,
    horvitz_thompson_total,
    recall_words,
    team_generator,
    visits_needed_for_recall,
)

AS_OF = date(2012, 3, 31)
N_SEEDS = 2_000
GOLDEN = 0.9475833790940915  # the first number of seed 7, team A, on AS_OF


def drawn_often(probability: np.ndarray, *, n_seeds: int = N_SEEDS) -> np.ndarray:
    """How often each household is drawn over many seeds."""
    count = np.zeros(len(probability))
    for seed in range(n_seeds):
        rng = team_generator(seed=seed, team="A", as_of=AS_OF)
        count[draw_audit(probability, rng=rng)] += 1
    return count


def exact_probabilities(risk: list[float], n_draws: int, floor_share: float) -> list[Fraction]:
    """Slow and obvious: fix those that pass 1 at 1, one by one, in exact fractions."""
    exact = [Fraction(repr(r)) for r in risk]
    n, floor = len(risk), Fraction(repr(floor_share))
    total = sum(exact)
    size = [floor / n + (1 - floor) * (r / total if total else Fraction(1, n)) for r in exact]
    certain: set[int] = set()
    while len(certain) < n:
        rest = sum(size[i] for i in range(n) if i not in certain)
        left = n_draws - len(certain)
        largest = max((i for i in range(n) if i not in certain), key=lambda i: size[i])
        if left * size[largest] < rest:
            return [Fraction(1) if i in certain else left * size[i] / rest for i in range(n)]
        certain.add(largest)
    return [Fraction(1)] * n


@st.composite
def draws(draw):
    """Risks of a team, a number of draws and a floor."""
    grid = st.integers(0, 100).map(lambda i: i / 100)
    risk = draw(st.lists(grid, min_size=1, max_size=25))
    n_draws = draw(st.integers(0, len(risk)))
    return risk, n_draws, draw(st.sampled_from([0.3, 0.5, 1.0]))


def test_probabilities_by_hand():
    """Half spread evenly, half by risk: 2 * (0.5 / 4 + 0.5 * r / 1.0)."""
    risk = np.array([0.1, 0.2, 0.3, 0.4])
    found = audit_probabilities(risk, n_draws=2, floor_share=0.5)
    np.testing.assert_allclose(found, [0.35, 0.45, 0.55, 0.65], atol=1e-12)


def test_a_probability_above_one_is_cut_and_its_rest_shared_out():
    """Of two draws 0.8 + 0.08 * 3 leaves one certain household and a half for each other one."""
    found = audit_probabilities(np.array([0.0, 0.0, 1.0]), n_draws=2, floor_share=0.3)
    np.testing.assert_allclose(found, [0.5, 0.5, 1.0], atol=1e-12)


@given(draws())
def test_probabilities_agree_with_exact_fractions(case):
    """The fast probabilities are those of a slow, exact computation."""
    risk, n_draws, floor_share = case
    found = audit_probabilities(np.array(risk), n_draws=n_draws, floor_share=floor_share)
    wanted = [float(q) for q in exact_probabilities(risk, n_draws, floor_share)]
    np.testing.assert_allclose(found, wanted, atol=1e-12)


@given(draws())
def test_probabilities_rise_with_risk_above_a_floor_and_sum_to_the_draws(case):
    """They lie in [0, 1], sum to the draws, never fall as risk rises, and keep the floor."""
    risk, n_draws, floor_share = case
    found = audit_probabilities(np.array(risk), n_draws=n_draws, floor_share=floor_share)
    assert found.min() >= floor_share * n_draws / len(risk) - 1e-12
    assert found.max() <= 1
    assert found.sum() == pytest.approx(n_draws, abs=1e-9)
    assert np.all(np.diff(found[np.argsort(risk, kind="stable")]) >= -1e-12)


def test_a_household_without_a_risk_is_drawn_like_one_of_average_risk():
    """No estimate is no reason to be left out of the audit."""
    risk = np.array([0.1, 0.3, np.nan, 0.2])
    found = audit_probabilities(risk, n_draws=1, floor_share=0.3)
    assert found[2] == pytest.approx(found[3])


def test_without_any_risk_every_chance_is_equal():
    """A team without a single estimate is drawn evenly."""
    found = audit_probabilities(np.full(4, np.nan), n_draws=2, floor_share=0.3)
    np.testing.assert_allclose(found, 0.5)


@pytest.mark.parametrize(
    ("n_draws", "floor_share", "words"),
    [
        pytest.param(4, 0.3, "n_draws must lie between 0 and 3. Got 4", id="more than there are"),
        pytest.param(-1, 0.3, "n_draws must lie between 0 and 3. Got -1", id="fewer than none"),
        pytest.param(1, 0.0, "floor_share must lie above 0", id="no floor"),
    ],
)
def test_impossible_draws_are_refused(n_draws, floor_share, words):
    """What cannot be drawn is said."""
    with pytest.raises(ValueError, match=words):
        audit_probabilities(np.zeros(3), n_draws=n_draws, floor_share=floor_share)


@settings(max_examples=200)
@given(draws(), st.integers(0, 2**32))
def test_every_draw_has_its_size_and_holds_the_certain(case, seed):
    """A draw names n different households, all certain ones and none without a chance."""
    risk, n_draws, floor_share = case
    probability = audit_probabilities(np.array(risk), n_draws=n_draws, floor_share=floor_share)
    found = draw_audit(probability, rng=np.random.default_rng(seed))
    assert len(found) == n_draws == len(set(found.tolist()))
    assert set(np.flatnonzero(probability >= 1)) <= set(found)
    assert not set(np.flatnonzero(probability == 0)) & set(found)


@pytest.mark.parametrize("n_draws", [1, 7, 20])
def test_households_are_drawn_as_often_as_their_probabilities_say(n_draws):
    """Over 2,000 seeds no household, and not all together, strays from its probability."""
    risk = np.random.default_rng(5).beta(0.5, 5, 40)
    probability = audit_probabilities(risk, n_draws=n_draws, floor_share=0.3)
    count = drawn_often(probability)
    certain = probability >= 1
    assert np.all(count[certain] == N_SEEDS)
    q = probability[~certain]
    z = (count[~certain] - N_SEEDS * q) / np.sqrt(N_SEEDS * q * (1 - q))
    assert np.abs(z).max() < 4.2  # 40 fair households stay below this 999 times in 1,000
    assert 0.3 < np.mean(z**2) < 1.9


def test_neighbours_in_the_table_are_not_kept_apart():
    """Every pair can be drawn together: without the random order some pairs never would be."""
    probability = np.full(6, 1 / 3)
    together = np.zeros((6, 6))
    for seed in range(600):
        first, second = draw_audit(
            probability, rng=team_generator(seed=seed, team="A", as_of=AS_OF)
        )
        together[first, second] += 1
    assert together[np.triu_indices(6, k=1)].min() > 20  # 40 are expected of each of 15 pairs


def test_rounding_does_not_lose_the_last_draw():
    """Ten tenths add up to less than 1 in floating point; a start above that still draws one."""

    class LastStart:
        """Random numbers as close to 1 as they come."""

        def random(self, size: int) -> np.ndarray:
            return np.full(size, 1 - 2.0**-53)

    assert np.cumsum(np.full(10, 0.1))[-1] < 1
    assert draw_audit(np.full(10, 0.1), rng=LastStart()).tolist() == [9]


def test_the_estimated_total_is_unbiased():
    """Over 2,000 seeds the estimates of 6 cases lie around 6, where equal weights miss them."""
    risk = np.linspace(0.01, 0.4, 40)
    in_need = np.isin(np.arange(40), [5, 25, 30, 34, 37, 39])
    q = audit_probabilities(risk, n_draws=8, floor_share=0.3)
    estimates, naive = [], []
    for seed in range(N_SEEDS):
        drawn = draw_audit(q, rng=team_generator(seed=seed, team="A", as_of=AS_OF))
        estimates.append(horvitz_thompson_total(in_need[drawn], q[drawn]))
        naive.append(40 / 8 * in_need[drawn].sum())
    error = np.std(estimates) / np.sqrt(N_SEEDS)
    assert abs(np.mean(estimates) - in_need.sum()) < 4 * error
    assert abs(np.mean(naive) - in_need.sum()) > 4 * error


def test_the_total_by_hand():
    """Two found with chances 1/4 and 1/2 stand for six."""
    assert horvitz_thompson_total([1, 0, 1], [0.25, 0.9, 0.5]) == 6


@pytest.mark.parametrize(
    ("found", "probability", "words"),
    [
        ([1, 0], [0.5], "one shape"),
        ([1], [0.0], "above 0"),
        ([1], [1.5], "at most at 1"),
        ([1], [float("nan")], "above 0"),
    ],
)
def test_a_total_needs_a_probability_for_each(found, probability, words):
    """A household that could not be drawn cannot stand for others."""
    with pytest.raises(ValueError, match=words):
        horvitz_thompson_total(found, probability)


def test_probabilities_that_are_no_whole_number_of_draws_are_refused():
    """A sample of fixed size needs a whole size."""
    with pytest.raises(ValueError, match=r"whole number. Got 0.75"):
        draw_audit(np.array([0.5, 0.25]), rng=np.random.default_rng(1))


@pytest.mark.parametrize(
    ("mean_risk", "needed"),
    [(0.1, 100), (0.01, 1_100), (0.5, 12), (1.0, 1), (0.0, None), (None, None)],
)
def test_visits_needed_by_hand(mean_risk, needed):
    """(1 - p) / (0.09 p), rounded up; without a risk it cannot be told."""
    assert visits_needed_for_recall(mean_risk) == needed


def test_a_seed_is_the_same_everywhere_and_another_one_elsewhere():
    """The stream depends on seed, team and day, and not on this process."""
    first = team_generator(seed=7, team="A", as_of=AS_OF).random()
    assert first == GOLDEN
    others = [
        team_generator(seed=8, team="A", as_of=AS_OF),
        team_generator(seed=7, team="B", as_of=AS_OF),
        team_generator(seed=7, team="A", as_of=date(2012, 6, 30)),
    ]
    assert first not in [other.random() for other in others]


@pytest.mark.parametrize(
    ("n_audit", "n_further", "zh", "en"),
    [
        (0, None, "无法估计", "no recall can be estimated this round"),
        (0, 80, "80户", "about 80 further visits"),
        (9, None, "9户", "whether enough is unknown"),
        (9, 0, "足以", "enough to estimate"),
        (9, 71, "71户", "about 71 more"),
    ],
)
def test_words_say_how_far_the_audit_carries(n_audit, n_further, zh, en):
    """Each case has words in both languages."""
    words = recall_words(n_audit=n_audit, n_further=n_further)
    assert zh in words[0]
    assert en in words[1]
