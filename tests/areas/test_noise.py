"""Over-dispersion of the quiet past is measured, and a cluster of the past does not pass for it."""

from __future__ import annotations

import numpy as np
import pytest

from fanpin_risk.areas.noise import area_noise, month_noise


def villages(seed, *, variance, mean=2.0, shape=(40, 48)):
    """Counts of one stream with their own factor in each village and month."""
    rng = np.random.default_rng(seed)
    own = rng.gamma(1 / variance, variance, shape) if variance else np.ones(shape)
    sizes = rng.uniform(0.3, 1.7, shape[0])[:, None]
    season = 1 + 0.8 * np.sin(np.arange(shape[1]) / 12 * 2 * np.pi)[None, :]
    return rng.poisson(mean * sizes * season * own).astype(float)[None]


@pytest.mark.parametrize("variance", [0.0, 0.2, 0.6])
def test_the_noise_of_villages_is_found(variance):
    """Means over counties come near the truth, from above: the upper limit is what is used."""
    found = np.mean([area_noise(villages(seed, variance=variance))[0] for seed in range(12)])
    assert 0.85 * variance <= found <= 1.15 * variance + 0.05


def test_seasons_that_all_share_are_no_noise():
    """The sums of the months take them up."""
    assert area_noise(villages(1, variance=0.0))[0] < 0.06


def test_a_cluster_of_the_past_is_cut():
    """Forty households in one village and month hardly raise the noise of two thousand cells."""
    quiet = villages(1, variance=0.0)
    loud = quiet.copy()
    loud[0, 3, 7] += 40
    assert area_noise(loud)[0] - area_noise(quiet)[0] < 0.05


def test_a_noisier_stream_has_its_own():
    """Three quiet ones do not hide it, nor does it make them noisy."""
    streams = np.concatenate(
        [villages(seed, variance=0.0) for seed in range(3)] + [villages(3, variance=0.8)]
    )
    found = area_noise(streams)
    assert found[3] > 0.6
    assert found[:3].max() < 0.25


def test_a_past_without_anything_has_no_noise():
    """No count, no month, nothing to divide by."""
    assert area_noise(np.zeros((2, 5, 6))).tolist() == [0.0, 0.0]
    assert area_noise(np.zeros((2, 5, 0))).tolist() == [0.0, 0.0]
    none = np.zeros((2, 0), dtype=bool)
    assert month_noise(np.zeros((2, 0)), np.zeros(0), none, 0).tolist() == [0.0, 0.0]


def county(seed, *, variance, n_months=60, mean=30.0):
    """Counts of one stream by month, with a season and a factor of each month's own."""
    rng = np.random.default_rng(seed)
    own = rng.gamma(1 / variance, variance, n_months) if variance else np.ones(n_months)
    season = 1 + 0.8 * np.sin(np.arange(n_months) / 12 * 2 * np.pi)
    return rng.poisson(mean * season * own).astype(float)[None]


@pytest.mark.parametrize("variance", [0.0, 0.2])
def test_the_noise_of_months_is_found(variance):
    """Against the same months of other years, so that a season is none; from above, as there."""
    kept, homes = np.ones((1, 60), dtype=bool), np.full(60, 1_000.0)
    found = [month_noise(county(s, variance=variance), homes, kept, 5)[0] for s in range(40)]
    assert variance <= np.mean(found) <= variance + 0.2


def test_months_left_out_do_not_count():
    """A month that rang is not compared, nor is another with it."""
    counts = county(1, variance=0.0)
    loud, kept = counts.copy(), np.ones((1, 60), dtype=bool)
    loud[0, 20] = 900
    kept[0, 20] = False
    homes = np.full(60, 1_000.0)
    assert month_noise(loud, homes, kept, 0) == month_noise(counts, homes, kept, 0)


def test_a_single_year_has_nothing_to_compare_with():
    """Twelve months, none with another of its kind."""
    kept = np.ones((1, 12), dtype=bool)
    assert month_noise(county(1, variance=0.2, n_months=12), np.ones(12), kept, 0)[0] == 0.0
