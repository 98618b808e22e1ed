"""What the tests of areas share: counties simulated in memory, and counts drawn at random."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fanpin_risk.areas.counts import EVENT_COLUMNS, EXPOSURE_COLUMNS
from fanpin_risk.simulate.county.county import BURN_IN_MONTHS, follow
from fanpin_risk.simulate.county.need import line_fen
from fanpin_risk.simulate.county.parameters import load_parameters
from fanpin_risk.simulate.county.records import RecordBook, RecordSettings
from fanpin_risk.simulate.county.start import start
from fanpin_risk.simulate.county.step import Engine

SIMULATION = Path(__file__).parents[2] / "configs/simulation"
FIRST_MONTH = 612
"""January 2021, the county's month 0."""
PRODUCTS = ("corn", "soya", "rice", "potato", "vegetable", "herb", "cattle", "pig", "sheep")
QUIET = {
    "commons": {
        "weather_a_year": 1e-9,
        "demand_sd": 0.0,
        "price_sd": dict.fromkeys(PRODUCTS, 0.0),
    },
    "misfortune": {
        "frost_outage_a_month": 0.0,
        "drought_outage_a_month": 0.0,
        "other_outage_a_month": 0.0,
    },
}
"""Without what strikes many at once: weather, prices, demand for labour, water that fails."""


def parameters(world="main", changes=None):
    """The county's parameters, with some values changed."""
    found = load_parameters(SIMULATION, preset="northeast", world=world)
    themes = {theme: dict(values) for theme, values in found.by_theme.items()}
    for theme, values in (changes or {}).items():
        for name, value in values.items():
            themes[theme][name] = replace(themes[theme][name], value=value)
    return replace(found, by_theme=themes)


def simulated(n_households, n_months, seed, *, world="main", changes=None):
    """Record tables of a county, and its lines by month."""
    given = parameters(world, changes)
    engine = Engine.of(given)
    state = start(given, n_households, seed=seed, county=1)
    book = RecordBook(given.theme("records", RecordSettings), seed=seed)
    for _ in range(BURN_IN_MONTHS):
        book.before(engine.step(state, keeps_events=True))
    book.begin(state)
    follow(engine, state, n_months, asks_causes=False, watch=book.add)
    frames = {name: frame for name, frame in book.frames(state).items() if frame.height}
    return frames, [line_fen(month, engine.need) for month in range(n_months)]


@pytest.fixture(scope="session")
def simulate():
    """Simulate a county: its record tables, and its line in every month."""
    return simulated


@pytest.fixture(scope="session")
def quiet_changes():
    """Parameters of a county in which nothing strikes many at once."""
    return QUIET


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
