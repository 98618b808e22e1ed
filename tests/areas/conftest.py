"""What the tests of areas share: counties simulated in memory, and counts drawn at random."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from fanpin_risk.areas.counts import EVENT_COLUMNS, EXPOSURE_COLUMNS

BENCHMARK = Path(__file__).parents[2] / "benchmarks/alarm_rates.py"
COUNTIES = SimpleNamespace(**runpy.run_path(str(BENCHMARK)))
FIRST_MONTH = 612
"""January 2021, the county's month 0."""


@pytest.fixture(scope="session")
def simulate():
    """Simulate a county: its record tables, and its line in every month."""
    return COUNTIES.simulated


@pytest.fixture(scope="session")
def quiet_changes():
    """Parameters of a county in which nothing strikes many at once."""
    return COUNTIES.QUIET


@pytest.fixture(scope="session")
def drawn():
    """Draw events of a county whose rates are known, and its exposure."""
    return drawn_county


def drawn_county(seed, *, n_villages=20, n_months=60, rate=0.5, noise=0.0, season=0.0, county=0.0):
    """Events of one cause, Poisson by village and month.

    ``rate`` households a village and month on average (villages differ); ``noise`` is the variance
    of each village-month's own factor, ``season`` how far the villages' seasons differ, ``county``
    the variance of the month's factor that all share.
    """
    rng = np.random.default_rng(seed)
    sizes = rng.integers(80, 400, n_villages)
    own = rng.gamma(4.0, 0.25, n_villages) * sizes / sizes.mean() * rate
    shared = factor(rng, county, n_months)
    turn = rng.uniform(0, 2 * np.pi, n_villages)
    months = np.arange(n_months)
    waves = np.exp(season * np.sin(2 * np.pi * months[None, :] / 12 + turn[:, None]))
    means = own[:, None] * shared[None, :] * waves * factor(rng, noise, (n_villages, n_months))
    counts = np.minimum(rng.poisson(means), sizes[:, None])
    return events_from(counts), exposure_from(sizes, n_months)


def factor(rng, variance, shape):
    """Factors of mean 1."""
    return rng.gamma(1 / variance, variance, shape) if variance else np.ones(shape)


def events_from(counts, *, cause="illness", product=None):
    """Events out of counts by village and month; every household has one."""
    rows = [
        (f"v{village:03d}", FIRST_MONTH + month, cause, product, f"{village}-{month}-{n}")
        for village, month in np.argwhere(counts)
        for n in range(counts[village, month])
    ]
    return pl.DataFrame(rows, schema=EVENT_COLUMNS, orient="row")


def exposure_from(sizes, n_months):
    """Households of villages that do not change, ten villages to a township."""
    rows = [
        (f"v{village:03d}", f"t{village // 10}", FIRST_MONTH + month, int(size))
        for village, size in enumerate(sizes)
        for month in range(n_months)
    ]
    return pl.DataFrame(rows, schema=EXPOSURE_COLUMNS, orient="row")


@pytest.fixture(scope="session")
def events_of_counts():
    """Events out of counts."""
    return events_from


@pytest.fixture(scope="session")
def exposure_of_sizes():
    """Exposure out of sizes."""
    return exposure_from
