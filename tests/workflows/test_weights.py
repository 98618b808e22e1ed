"""Known outcomes stand for the whole cohort: what was found for itself, looks for the unlooked."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from fanpin_risk.config import BaselineSettings
from fanpin_risk.workflows.fit import Sample
from fanpin_risk.workflows.weights import answer_weights, with_weights

SETTINGS = BaselineSettings(today="x", past="x", region_rate="x", columns=("x",))
FELL = {"yes": 1.0, "no": 0.0, "competing": 0.0, "unknown": np.nan}


def sample_of(labels, x, day=None, *, is_register=True):
    """A sample with one column; labels of a register, or a survey's without them."""
    n = len(labels)
    ids = [f"h{i:05d}" for i in range(n)]
    households = pl.DataFrame({"household_id": ids})
    if is_register:
        households = households.with_columns(label=pl.Series(labels))
    return Sample(
        features=pl.DataFrame({"household_id": ids, "x": np.asarray(x, dtype=float)}),
        households=households,
        fell=np.array([FELL[label] for label in labels]),
        income_to_line_later=np.full(n, np.nan),
        day=np.zeros(n, dtype=np.int64) if day is None else np.asarray(day),
    )


def register(seed, n=20_000):
    """A register whose truth is known: need rises with x, found half of it; looks rise with x."""
    rng = np.random.default_rng(seed)
    x = rng.random(n)
    found = rng.random(n) < 0.02 + 0.06 * x
    looked = rng.random(n) < 0.15 + 0.3 * x
    label = np.where(found, "yes", np.where(looked, "no", "unknown"))
    return label, x, float(found.mean())


def test_what_was_found_counts_once_and_looks_stand_for_the_unlooked():
    """Four of eight were not found; two of them were looked at, and count for all four others."""
    labels = ["yes", "competing", "no", "no", "unknown", "unknown", "unknown", "unknown"]
    found = answer_weights(sample_of(labels, [0] * 8), SETTINGS)
    assert found.weight[:2].tolist() == [1.0, 1.0]
    assert found.weight[2:4] == pytest.approx([3.0, 3.0])
    assert np.isnan(found.weight[4:]).all()
    assert found.share_seen == pytest.approx(2 / 6)
    # Kish: (1 + 1 + 3 + 3)^2 / (1 + 1 + 9 + 9) / 4
    assert found.effective_share == pytest.approx(64 / 20 / 4)


def test_weights_of_a_day_add_up_to_its_cohort():
    """Each day by itself, whatever was known on the others."""
    label, x, _ = register(1)
    day = np.arange(len(label)) % 3
    weight = answer_weights(sample_of(label, x, day), SETTINGS).weight
    for number in range(3):
        assert np.nansum(weight[day == number]) == pytest.approx((day == number).sum())


@pytest.mark.parametrize("seed", range(3))
def test_the_weighted_share_is_the_share_found_and_the_unweighted_is_not(seed):
    """Known outcomes counted alike hold far too many falls; weighted, as many as there are."""
    label, x, share = register(seed)
    sample = sample_of(label, x)
    weight = np.nan_to_num(answer_weights(sample, SETTINGS).weight)
    known = sample.known
    weighted = np.average(sample.fell[known], weights=weight[known])
    assert weighted == pytest.approx(share, rel=0.02)
    assert sample.fell[known].mean() > 2 * share
    # looked at more often where x is high: weighted, the unfound have the cohort's mean of x
    free = known & (sample.fell == 0)
    mean_of_unfound = x[label != "yes"].mean()
    assert np.average(x[free], weights=weight[free]) == pytest.approx(mean_of_unfound, abs=0.01)
    assert x[free].mean() > mean_of_unfound + 0.05


def test_a_day_without_looks_teaches_nothing():
    """Falls alone say nothing of who is free: the day has no weights, and no outcomes any more."""
    labels = ["yes", "unknown", "yes", "no", "unknown"]
    sample = sample_of(labels, [0.0] * 5, [0, 0, 1, 1, 1])
    weight = answer_weights(sample, SETTINGS).weight
    assert np.isnan(weight[:2]).all()
    assert weight[2:4] == pytest.approx([1.0, 2.0])
    learnt = with_weights(sample, SETTINGS)
    assert learnt.known.tolist() == [False, False, True, True, False]


def test_rows_carry_their_weights():
    """Some of the households, with theirs."""
    label, x, _ = register(5, n=200)
    sample = with_weights(sample_of(label, x), SETTINGS)
    known = sample.rows(sample.known)
    assert known.weight is not None
    assert np.isfinite(known.weight).all()
    assert sample_of(label, x).rows(np.arange(200) < 3).weight is None


def test_a_survey_is_left_as_it_is():
    """Training is unweighted; the weight of being seen is that of everybody seen."""
    labels = ["yes", "no", "unknown", "unknown"]
    sample = sample_of(labels, [0.0] * 4, is_register=False)
    assert with_weights(sample, SETTINGS) is sample
    found = answer_weights(sample, SETTINGS)
    assert found.weight[:2] == pytest.approx([2.0, 2.0])
    assert (found.share_seen, found.effective_share) == (0.5, pytest.approx(1.0))
