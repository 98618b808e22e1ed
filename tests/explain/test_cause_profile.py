"""Cause profiles: shares and means by hand, intervals a second way, small groups kept back."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from scipy import stats

from fanpin_risk.errors import SchemaError
from fanpin_risk.explain.cause_profile import (
    FEWEST_HOUSEHOLDS,
    NO_CAUSE,
    PROFILE_SCHEMA,
    cause_profile,
    effective_size,
    profiles_over_time,
    top_of,
)
from fanpin_risk.risk.calibration_metrics import wilson


def frames(firsts, parts, villages):
    """Group, reasons and sums of households given by their first cause and one cause's sum."""
    ids = [f"h{n:04}" for n in range(len(firsts))]
    group = pl.DataFrame({"household_id": ids, "village": villages})
    reasons = pl.DataFrame(
        {
            "household_id": ids,
            "rank": [1] * len(ids),
            "cause": ["其他" if first == NO_CAUSE else first for first in firsts],
            "contribution": [0.0 if first == NO_CAUSE else 0.5 for first in firsts],
        }
    )
    sums = pl.DataFrame({"household_id": ids, "cause": ["因病"] * len(ids), "contribution": parts})
    return group, reasons, sums


def row_of(profile, cause):
    """One cause's row."""
    return profile.rows.row(by_predicate=pl.col("cause") == cause, named=True)


def test_one_village_by_hand():
    """Six of ten for illness, three for schooling, one of nobody; means with t."""
    parts = [0.1 * n for n in range(10)]
    profile = cause_profile(
        *frames(["因病"] * 6 + ["因学"] * 3 + [NO_CAUSE], parts, ["v"] * 10), seed=1
    )
    assert (profile.n_households, profile.n_villages, profile.basis) == (10, 1, "households")
    assert profile.rows["cause"].to_list() == ["因病", "因学", NO_CAUSE]
    illness = row_of(profile, "因病")
    assert (illness["households"], illness["share"]) == (6, 0.6)
    low, high = stats.binomtest(6, 10).proportion_ci(method="wilson")
    assert (illness["share_low"], illness["share_high"]) == pytest.approx((low, high))
    low, high = stats.t.interval(0.95, 9, loc=np.mean(parts), scale=stats.sem(parts))
    assert illness["mean"] == pytest.approx(0.45)
    assert (illness["mean_low"], illness["mean_high"]) == pytest.approx((low, high))
    schooling = row_of(profile, "因学")
    assert (schooling["households"], schooling["mean"]) == (3, None)
    assert row_of(profile, NO_CAUSE)["share"] == 0.1


@pytest.mark.parametrize("n", [0, 1, FEWEST_HOUSEHOLDS - 1])
def test_of_a_small_group_nothing_is_told(n):
    """Its size alone is known."""
    profile = cause_profile(*frames(["因病"] * n, [0.5] * n, ["v"] * n), seed=1)
    assert profile.is_too_small
    assert (profile.n_households, profile.basis) == (n, "none")
    assert profile.rows.is_empty()
    assert dict(profile.rows.schema) == PROFILE_SCHEMA


def test_few_villages_are_left_out_in_turn():
    """The interval of a share is that of a jackknife over villages, written out."""
    rng = np.random.default_rng(4)
    villages = [f"v{n}" for n in rng.integers(0, 8, 200)]
    firsts = ["因病" if rng.random() < 0.2 + 0.1 * int(v[1]) else "因学" for v in villages]
    profile = cause_profile(*frames(firsts, [0.1] * 200, villages), seed=1)
    assert profile.basis == "jackknife"
    names = sorted(set(villages))
    is_ill = np.array(firsts) == "因病"
    without = [np.mean(is_ill[np.array(villages) != name]) for name in names]
    g = len(names)
    error = np.sqrt((g - 1) / g * np.sum((without - np.mean(without)) ** 2))
    half = stats.t.ppf(0.975, g - 1) * error
    found = row_of(profile, "因病")
    assert found["share_low"] == pytest.approx(max(0, is_ill.mean() - half))
    assert found["share_high"] == pytest.approx(min(1, is_ill.mean() + half))


def test_many_villages_are_drawn_and_cover_the_truth():
    """Over counties with villages of their own, 95% intervals hold the truth about that often."""
    rng = np.random.default_rng(9)
    n_held, n_counties, truth = 0, 150, 0.3
    for _ in range(n_counties):
        chances = rng.beta(3, 7, size=60)  # mean 0.3, villages differ
        villages = np.repeat(np.arange(60), 8)
        firsts = np.where(rng.random(480) < chances[villages], "因病", "因学")
        group = frames(firsts.tolist(), [0.0] * 480, [f"v{n:02}" for n in villages])
        profile = cause_profile(*group, seed=3, n_replicates=200)
        assert profile.basis == "villages"
        found = row_of(profile, "因病")
        n_held += found["share_low"] <= truth <= found["share_high"]
    assert 0.88 <= n_held / n_counties <= 0.99


def test_one_large_village_asks_for_the_jackknife():
    """With half of the households in one of fifty villages the bootstrap is not read."""
    villages = ["v00"] * 50 + [f"v{n:02}" for n in range(1, 51)]
    profile = cause_profile(*frames(["因病", "因学"] * 50, [0.1] * 100, villages), seed=1)
    assert profile.basis == "jackknife"


def test_a_cause_of_nobody_has_an_interval_all_the_same():
    """Nothing seen is no certainty, and clustered households show less than they are."""
    villages = [f"v{n:02}" for n in range(20) for _ in range(10)]
    alike = ["因病" if int(v[1:]) < 10 else "因学" for v in villages]  # whole villages alike
    mixed = ["因病", "因学"] * 100
    found = {}
    for name, firsts in {"alike": alike, "mixed": mixed}.items():
        group, reasons, sums = frames(firsts, [0.1] * 200, villages)
        more = sums.with_columns(cause=pl.lit("因残"))
        profile = cause_profile(group, reasons, pl.concat([sums, more]), seed=1)
        found[name] = row_of(profile, "因残")
    assert found["alike"]["share_low"] == found["mixed"]["share_low"] == 0.0
    assert found["alike"]["share_high"] == pytest.approx(wilson(0.0, 20)[1])
    assert found["mixed"]["share_high"] == pytest.approx(wilson(0.0, 200)[1])


def test_effective_size_stays_between_villages_and_households():
    """For any villages."""
    rng = np.random.default_rng(2)
    for _ in range(50):
        codes = np.concatenate([np.arange(5), rng.integers(0, 5, 40)])
        size = effective_size(rng.random(45) < rng.random(), codes)
        assert 5 <= size <= 45


def test_the_order_of_rows_has_no_part():
    """Shuffled frames give the same profile, draws included."""
    rng = np.random.default_rng(1)
    villages = [f"v{n:02}" for n in rng.integers(0, 60, 600)]
    firsts = rng.choice(["因病", "因学", NO_CAUSE], 600).tolist()
    whole = frames(firsts, rng.normal(size=600).tolist(), villages)
    mixed = [frame.sample(fraction=1, shuffle=True, seed=n) for n, frame in enumerate(whole)]
    one, other = cause_profile(*whole, seed=5), cause_profile(*mixed, seed=5)
    assert one.basis == other.basis == "villages"
    assert one.rows.equals(other.rows)


def test_frames_that_do_not_belong_together_are_refused():
    """Somebody without reasons or sums, or twice, is an error."""
    group, reasons, sums = frames(["因病"] * 12, [0.1] * 12, ["v"] * 12)
    with pytest.raises(SchemaError, match="no reasons or no contributions"):
        cause_profile(group, reasons.head(11), sums, seed=1)
    with pytest.raises(SchemaError, match="no reasons or no contributions"):
        cause_profile(group, reasons, sums.head(11), seed=1)
    with pytest.raises(SchemaError, match="twice in the group"):
        cause_profile(pl.concat([group, group.head(1)]), reasons, sums, seed=1)
    with pytest.raises(SchemaError, match="twice in the group"):
        cause_profile(group, pl.concat([reasons, reasons.head(1)]), sums, seed=1)


def test_days_follow_each_other_and_small_ones_are_gaps():
    """Every cause stands on every day that is told, as 0 where nobody has it."""
    days = [date(2025, 2, 28), date(2024, 8, 31), date(2024, 2, 29)]
    groups = [
        frames(["因病"] * 12, [0.1] * 12, ["v"] * 12),
        frames(["因病"] * 3, [0.1] * 3, ["v"] * 3),
        frames(["因学"] * 4 + ["因病"] * 12, [0.1] * 16, ["v"] * 16),
    ]
    rows = profiles_over_time(
        {day: cause_profile(*group, seed=1) for day, group in zip(days, groups, strict=True)}
    )
    assert rows.select("as_of", "cause", "households", "share").rows() == [
        (days[2], "因病", 12, 0.75),
        (days[2], "因学", 4, 0.25),
        (days[0], "因病", 12, 1.0),
        (days[0], "因学", 0, 0.0),
    ]


@pytest.mark.parametrize(("share", "n"), [(0.1, 1), (0.11, 2), (1, 10), (0.5, 5)])
def test_the_top_group_is_rounded_up(share, n):
    """The highest risks, the highest first."""
    scores = pl.DataFrame(
        {
            "household_id": [f"h{k}" for k in range(10)],
            "risk": [k / 10 for k in range(10)],
            "raw_score": [0.0] * 10,
        }
    )
    found = top_of(scores, share=share)["household_id"].to_list()
    assert found == [f"h{k}" for k in range(9, 9 - n, -1)]


@pytest.mark.parametrize("share", [0, -0.1, 1.1])
def test_a_share_out_of_range_is_refused(share):
    """With the value given."""
    scores = pl.DataFrame({"household_id": ["h"], "risk": [0.1], "raw_score": [0.0]})
    with pytest.raises(SchemaError, match=str(share)):
        top_of(scores, share=share)
