"""Draws of clusters and the intervals that come of them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from fanpin_risk.errors import SchemaError
from fanpin_risk.risk.resampling import (
    cluster_draws,
    interval,
    jackknife_interval,
    paired_difference,
)

PLACES = np.repeat(["北", "east", "south"], [5, 3, 2])


def test_every_replicate_takes_as_many_clusters_as_there_are():
    """Multiplicities are whole, not negative, and sum to the number of clusters."""
    drawn = cluster_draws(PLACES, n_replicates=200, seed=1).multiplicity
    assert drawn.shape == (200, 3)
    assert (drawn.sum(axis=1) == 3).all()
    assert ((drawn >= 0) & (drawn == np.round(drawn))).all()
    assert drawn.mean(axis=0) == pytest.approx([1, 1, 1], abs=0.2)


def test_draws_depend_on_the_seed_and_the_names_only():
    """Shuffled rows get the same multiplicity for the same place; another seed gives others."""
    order = np.random.default_rng(0).permutation(PLACES.size)
    first = cluster_draws(PLACES, n_replicates=20, seed=1)
    shuffled = cluster_draws(PLACES[order], n_replicates=20, seed=1)
    assert np.array_equal(first.multiplicity, shuffled.multiplicity)
    assert np.array_equal(first.codes[order], shuffled.codes)
    other = cluster_draws(PLACES, n_replicates=20, seed=2)
    assert not np.array_equal(first.multiplicity, other.multiplicity)


def test_leaving_one_out_scales_the_others_up():
    """Totals without a cluster are scaled to the size of the whole: G / (G - 1) each."""
    left_out = cluster_draws(PLACES, n_replicates=1, seed=1).left_out
    assert np.array_equal(left_out, 1.5 * (1 - np.eye(3)))


@pytest.mark.parametrize(("places", "n"), [([], 10), (["a"], 0)])
def test_nothing_to_resample_is_refused(places, n):
    """No cluster, or no replicate."""
    with pytest.raises(SchemaError, match="at least one cluster and one replicate"):
        cluster_draws(places, n_replicates=n, seed=1)


def test_percentiles_are_those_of_the_defined_replicates():
    """A few undefined replicates are left out; more than one in twenty undo the interval."""
    values = np.arange(1001.0)
    assert interval(values) == (pytest.approx(25), pytest.approx(975))
    values[:40] = np.nan
    assert interval(values) == pytest.approx(tuple(np.quantile(values[40:], [0.025, 0.975])))
    values[:60] = np.nan
    assert all(math.isnan(end) for end in interval(values))


def test_a_paired_difference_is_narrower_than_its_parts():
    """What the methods share cancels, since replicates are of the same draws."""
    rng = np.random.default_rng(1)
    shared, own = rng.normal(size=1000), 0.1 * rng.normal(size=1000)
    low, high = paired_difference(shared + own + 1, shared)
    assert high - low < 0.5
    assert low < 1 < high
    with pytest.raises(SchemaError, match="replicates_b must have one value a row"):
        paired_difference([1.0, 2.0], [1.0])


def test_the_jackknife_of_a_mean_is_the_t_interval():
    """Leaving out one of n gives the standard error of the mean exactly."""
    x = np.random.default_rng(2).normal(size=12)
    left_out = (x.sum() - x) / 11
    expected = stats.t.interval(0.9, 11, loc=x.mean(), scale=stats.sem(x))
    assert jackknife_interval(x.mean(), left_out, 0.9) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("left_out", [[1.0], [1.0, math.nan, 2.0]])
def test_no_jackknife_where_it_is_undefined(left_out):
    """One cluster, or a measure that does not exist without some cluster."""
    assert all(math.isnan(end) for end in jackknife_interval(1.0, left_out))
