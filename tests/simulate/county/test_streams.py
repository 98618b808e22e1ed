"""Random streams that belong to a unit, a process and a month."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from fanpin_risk.simulate.county.streams import Streams, mixed, mixed_with

KEYS = mixed(np.arange(200_000, dtype=np.uint64), 7)


def test_a_draw_belongs_to_its_unit():
    """Other units, their order and their number leave a draw as it was."""
    whole = Streams(5).normal("work.pay", KEYS)
    some = np.random.default_rng(1).permutation(len(KEYS))[:1000]
    assert np.array_equal(Streams(5).normal("work.pay", KEYS[some]), whole[some])


@pytest.mark.parametrize(
    ("other_month", "other_name", "other_number"),
    [(6, "work.pay", 0), (5, "work.find", 0), (5, "work.pay", 1), (-5, "work.pay", 0)],
)
def test_draws_of_another_kind_are_independent(other_month, other_name, other_number):
    """Neither levels nor joint ranks of two streams tell anything about each other."""
    one = Streams(5).uniform("work.pay", KEYS, 0)
    two = Streams(other_month).uniform(other_name, KEYS, other_number)
    counts = np.histogram2d(one, two, bins=20, range=[[0, 1], [0, 1]])[0]
    assert stats.chisquare(counts.ravel()).pvalue > 1e-4
    assert abs(np.corrcoef(one, two)[0, 1]) < 4 / np.sqrt(len(KEYS))


def test_draws_of_neighbouring_keys_are_independent():
    """Keys made from 0, 1, 2 … give draws without serial correlation."""
    u = Streams(0).uniform("x", KEYS)
    assert stats.kstest(u, "uniform").pvalue > 1e-4
    assert abs(np.corrcoef(u[:-1], u[1:])[0, 1]) < 4 / np.sqrt(len(KEYS))


def test_every_bit_of_the_key_counts():
    """One bit changed changes about half of the bits of the new key."""
    keys = np.arange(64, dtype=np.uint64)
    for bit in range(64):
        changed = mixed(keys, 3) ^ mixed(keys ^ np.uint64(1 << bit), 3)
        flipped = np.unpackbits(changed.view(np.uint8)).mean()
        assert 0.45 < flipped < 0.55, bit


def test_counts_follow_poisson_and_rise_with_the_rate():
    """Shares of counts are the textbook's, and a higher rate never gives fewer."""
    low = Streams(2).poisson("admissions", KEYS, np.full(len(KEYS), 0.3))
    high = Streams(2).poisson("admissions", KEYS, np.full(len(KEYS), 0.6))
    for n in range(3):
        expected = stats.poisson.pmf(n, 0.3)
        spread = np.sqrt(expected * (1 - expected) / len(KEYS))
        assert abs((low == n).mean() - expected) < 5 * spread
    assert (high >= low).all()
    assert low.max() <= 3


def test_quantiles_are_drawn_as_given():
    """A distribution given by its quantiles comes back, and nothing outside it."""
    probabilities = (np.arange(100) + 0.5) / 100
    quantiles = stats.t.ppf(probabilities, df=4)
    drawn = Streams(1).quantile("shock", KEYS, quantiles)
    inner = np.quantile(drawn, probabilities[5:95])
    assert np.allclose(inner, quantiles[5:95], atol=0.03)
    assert drawn.min() >= quantiles[0]
    assert drawn.max() <= quantiles[-1]


def test_choices_follow_their_shares():
    """One row of shares for all, and one for each key, where a share of zero is never drawn."""
    shares = np.array([0.2, 0.0, 0.5, 0.3])
    drawn = Streams(1).choice("job", KEYS, shares)
    assert np.allclose(np.bincount(drawn, minlength=4) / len(KEYS), shares, atol=0.005)
    rows = np.where((np.arange(len(KEYS)) % 2 == 0)[:, None], shares, shares[::-1])
    by_row = Streams(1).choice("job", KEYS, rows)
    assert np.array_equal(by_row[::2], drawn[::2])
    assert not (by_row[1::2] == 2).any()


def test_keys_of_replicates_differ():
    """A key mixed with a number for each unit is another key for another number."""
    ones = mixed_with(KEYS, np.ones(len(KEYS), dtype=np.int64))
    twos = mixed_with(KEYS, np.full(len(KEYS), 2))
    assert len(np.unique(np.concatenate([KEYS, ones, twos]))) == 3 * len(KEYS)
