"""Prices, demand and zeal keep their spread; weather strikes as often as set, once a season."""

from __future__ import annotations

import numpy as np
import pytest
from tests.simulate.county.hand import begin, county, run, settings_of

from fanpin_risk.simulate.county.commons import (
    DROUGHT,
    FLOOD,
    CommonsSettings,
    commons,
    field_of_cells,
    struck_now,
)
from fanpin_risk.simulate.county.kinds import Product

SETTINGS = settings_of("commons", CommonsSettings)


@pytest.fixture(scope="module")
def many_paths():
    """Four thousand common paths after twelve years, and what they were a month and a year ago."""
    state = county(4, n_paths=4000)
    kept = {}
    for number in range(144):
        commons(state, begin(state, number, keeps_events=False), SETTINGS)
        if number in (131, 142, 143):
            kept[number] = state.commons.copied()
    return kept


@pytest.mark.parametrize("product", list(Product))
def test_prices_swing_as_far_and_as_long_as_set(many_paths, product):
    """Spread in the long run, and likeness from month to month."""
    now, before = (many_paths[m].log_price[:, product] for m in (143, 142))
    sd = SETTINGS.price_sd[product.name.lower()]
    assert now.std() == pytest.approx(sd, rel=0.06)
    assert abs(now.mean()) < 5 * sd / np.sqrt(4000)
    assert np.corrcoef(now, before)[0, 1] == pytest.approx(SETTINGS.price_rho_a_month, abs=0.02)


def test_demand_and_zeal_swing_as_set(many_paths):
    """Both are autoregressions of their own."""
    now, before = many_paths[143], many_paths[142]
    assert now.log_demand.std() == pytest.approx(SETTINGS.demand_sd, rel=0.06)
    assert now.zeal_drift.std() == pytest.approx(SETTINGS.zeal_drift_sd, rel=0.06)
    together = np.corrcoef(now.log_demand, before.log_demand)[0, 1]
    assert together == pytest.approx(SETTINGS.demand_rho_a_month, abs=0.02)
    assert abs(np.corrcoef(now.zeal_drift[:, 0], now.zeal_drift[:, 1])[0, 1]) < 0.06
    assert abs(np.corrcoef(now.log_demand, now.log_price[:, 0])[0, 1]) < 0.06


def test_weather_strikes_a_cell_as_often_as_set_and_once_a_season():
    """Each strike lies in the season, is told in its month alone, and is forgotten in January."""
    state = county(4, n_paths=6000)
    strikes = np.zeros((6000, 2), dtype=int)
    floods = 0
    for number in range(12):
        month = begin(state, number, keeps_events=False)
        commons(state, month, SETTINGS)
        kind, cut = struck_now(state)
        assert ((kind > 0) == (cut > 0)).all()
        if month.moy not in SETTINGS.weather_months:
            assert not kind.any()
        strikes += kind > 0
        floods += (kind == FLOOD).sum()
        if kind.any():
            assert cut[kind > 0].min() >= SETTINGS.weather_cut_low
            assert cut[kind > 0].max() <= SETTINGS.weather_cut_high
    assert strikes.max() == 1
    assert strikes.mean() == pytest.approx(SETTINGS.weather_a_year, abs=0.012)
    assert floods / strikes.sum() == pytest.approx(SETTINGS.weather_flood_share, abs=0.05)
    assert ((state.commons.season_cut > 0) == (strikes > 0)).all()
    assert set(np.unique(state.commons.season_kind)) == {0, DROUGHT, FLOOD}
    commons(state, begin(state, 12), SETTINGS)
    assert not state.commons.season_cut.any()
    assert not state.commons.season_kind.any()


def test_weather_strikes_neighbours_together_more_often_than_by_chance():
    """Both cells of a path: more often than a hundredth."""
    state = county(4, n_paths=6000)
    run(state, range(12), (commons, SETTINGS), keeps_events=False)
    both = (state.commons.season_kind > 0).all(axis=1).mean()
    assert both > 2 * SETTINGS.weather_a_year**2


def test_a_common_flood_strikes_every_cell_that_was_spared():
    """In the month named, on every path; what drought had struck before stays drought."""
    settings = settings_of("commons", CommonsSettings, world="flood_year")
    when = settings.common_flood_month
    assert when is not None
    assert when % 12 + 1 == 7
    state = county(4, n_paths=500)
    months = range(when - when % 12, when)
    run(state, months, (commons, settings), keeps_events=False)
    before = state.commons.season_kind.copy()
    commons(state, begin(state, when), settings)
    kind, cut = struck_now(state)
    spared = before == 0
    assert (kind[spared] == FLOOD).all()
    assert (kind[~spared] == 0).all()
    assert cut[spared].min() >= settings.common_flood_cut_low
    main = county(4, n_paths=500)
    run(main, range(when + 1), (commons, SETTINGS), keeps_events=False)
    assert (struck_now(main)[0] > 0).mean() < 0.2


def test_a_field_is_standard_normal_and_alike_between_neighbours():
    """The nearer, the more alike; reach 0 leaves the draws as they are."""
    state = county(10, n_villages=10, n_cells=10)
    draws = np.random.default_rng(1).normal(size=(20_000, 10))
    field = field_of_cells(draws, state.villages, 10.0)
    assert np.allclose(field.std(axis=0), 1, atol=0.03)
    likeness = np.corrcoef(field.T)[0]
    assert 1 > likeness[1] > likeness[2] > likeness[4] > -0.05
    assert np.allclose(field_of_cells(draws, state.villages, 0.01), draws)


def test_a_path_is_the_same_alone_and_among_many():
    """To the last bit, for the months before a fall are run again on other paths."""
    many, one = county(4, n_paths=50), county(4, n_paths=50)
    one.commons = one.commons.taken(np.array([17]))
    run(many, range(24), (commons, SETTINGS))
    run(one, range(24), (commons, SETTINGS))
    for name, whole in many.commons.as_dict("").items():
        assert np.array_equal(whole[[17]], one.commons.as_dict("")[name]), name
