"""Swings of earnings have the shape of the real panel's, which is measured here a second time."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from tests.simulate.county.hand import FOLDER, settings_of

from fanpin_risk.simulate.county.shocks import (
    POINTS,
    mean_of_exp,
    spread_quantiles,
    standard_swing,
)
from fanpin_risk.simulate.county.streams import Streams, mixed
from fanpin_risk.simulate.county.work import WorkSettings

PANEL = FOLDER.parents[1] / "data/argentina_eph/eph_household_panel.parquet"


@pytest.fixture(scope="module")
def changes():
    """One-year changes of log income per head relative to the quarter's median, standardised.

    Both visits without imputed income.
    """
    visits = (
        pl.read_parquet(PANEL, columns=["hh_id", "year", "quarter", "ITF", "IX_TOT", "IMPUTED",
                                        "MEDIAN_IPCF"])
        .filter((pl.col("IMPUTED") == 0) & (pl.col("ITF") > 0))
        .select(
            "hh_id",
            quarter=pl.col("year").cast(pl.Int32) * 4 + pl.col("quarter").cast(pl.Int32),
            income=(pl.col("ITF") / pl.col("IX_TOT") / pl.col("MEDIAN_IPCF")).log(),
        )
    )  # fmt: skip
    later = visits.with_columns(pl.col("quarter") - 4)
    pairs = visits.join(later, on=["hh_id", "quarter"], suffix="_later")
    change = (pairs["income_later"] - pairs["income"]).to_numpy()
    assert len(change) == 138_519
    return (change - change.mean()) / change.std()


def test_the_quantiles_are_those_of_the_real_panel(changes):
    """To the last digit written."""
    settings = settings_of("work", WorkSettings)
    measured = np.quantile(changes, settings.shock_probabilities)
    assert np.abs(measured - settings.shock_quantiles).max() <= 0.0005 + 1e-9


def test_the_swings_keep_mean_spread_and_tails(changes):
    """Excess kurtosis 4.0 in the panel; what lies outside the outermost quantiles is lost."""
    settings = settings_of("work", WorkSettings)
    keys = mixed(np.arange(400_000, dtype=np.uint64), 1)
    drawn = standard_swing(Streams(0), "test.swing", keys, settings)
    assert abs(drawn.mean()) < 0.01
    assert abs(drawn.std() - 1) < 0.01
    real = (changes**4).mean() - 3
    assert real == pytest.approx(4.0, abs=0.05)
    found = (drawn**4).mean() / drawn.var() ** 2 - 3
    assert real - 0.8 < found < real + 0.2
    assert abs(np.quantile(drawn, 0.05) - np.quantile(changes, 0.05)) < 0.03


def test_the_world_of_normal_shocks_has_no_tails():
    """The same spread, excess kurtosis near 0."""
    settings = settings_of("work", WorkSettings, world="normal_shocks")
    assert settings.shock_kind == "normal"
    keys = mixed(np.arange(400_000, dtype=np.uint64), 1)
    drawn = standard_swing(Streams(0), "test.swing", keys, settings)
    assert abs(drawn.std() - 1) < 0.01
    assert abs((drawn**4).mean() - 3) < 0.1


@pytest.mark.parametrize("world", ["main", "normal_shocks"])
@pytest.mark.parametrize("sd", [0.0, 0.2, 0.4])
def test_dividing_by_the_mean_of_exp_leaves_a_mean_of_one(world, sd):
    """So that swings do not make a county richer."""
    settings = settings_of("work", WorkSettings, world=world)
    keys = mixed(np.arange(400_000, dtype=np.uint64), 1)
    drawn = np.exp(sd * standard_swing(Streams(0), "test.swing", keys, settings))
    assert (drawn / mean_of_exp(settings, sd)).mean() == pytest.approx(1, abs=0.005)


def test_spread_quantiles_rise_and_meet_those_given():
    """A straight line for a uniform distribution."""
    spread = spread_quantiles((0.0, 1.0), (0.0, 10.0))
    assert len(spread) == POINTS
    assert np.allclose(spread, (np.arange(POINTS) + 0.5) / POINTS * 10)
