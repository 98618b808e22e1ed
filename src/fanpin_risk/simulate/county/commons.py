"""What a whole county shares: prices, demand for labour, weather, how eager cadres are.

Everything here is drawn for a common path, so households of one path live through the same.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from fanpin_risk.settings import Settings
from fanpin_risk.simulate.county.kinds import Product
from fanpin_risk.simulate.county.month import Month
from fanpin_risk.simulate.county.ranges import (
    MonthOfYear,
    NotNegative,
    Positive,
    Share,
    check_products,
)
from fanpin_risk.simulate.county.state import F64, I8, State, Villages
from fanpin_risk.simulate.county.streams import Keys, mixed_with

__all__ = ["DROUGHT", "FLOOD", "CommonsSettings", "commons", "field_of_cells", "struck_now"]

DROUGHT, FLOOD = 1, 2
"""Kinds of weather in ``Commons.season_kind``."""

_THIS_MONTH = 2
"""Added to a kind in the very month in which it struck."""


class CommonsSettings(Settings):
    """Parameters of what is shared; ``configs/simulation/commons.yaml`` says what each is."""

    price_rho_a_month: Share
    price_sd: dict[str, NotNegative]
    demand_rho_a_month: Share
    demand_sd: NotNegative
    weather_months: Annotated[tuple[MonthOfYear, ...], Field(min_length=1)]
    weather_a_year: Annotated[float, Field(gt=0, lt=1)]
    weather_common_share: Share
    weather_reach_km: Positive
    weather_flood_share: Share
    weather_cut_low: Share
    weather_cut_high: Share
    common_flood_month: int | None
    common_flood_cut_low: Share
    common_flood_cut_high: Share
    zeal_drift_rho_a_month: Share
    zeal_drift_sd: NotNegative

    @model_validator(mode="after")
    def _has_products(self) -> Self:
        """Check that every product's price has its spread."""
        check_products(tuple(Product), price_sd=self.price_sd)
        return self


def commons(state: State, month: Month, settings: CommonsSettings) -> None:
    """Let a month pass for everything that is shared.

    Prices, demand and zeal are first-order autoregressions around 0 in log points. Weather strikes
    a cell with one annual chance spread over the season; what struck this month is told by
    `struck_now`, what the season lost so far stands in ``season_cut``.
    """
    shared = state.commons
    _prices(state, month, settings)
    shared.log_demand = _drawn_on(
        shared.log_demand,
        month.streams.normal("commons.demand", shared.key),
        settings.demand_rho_a_month,
        settings.demand_sd,
    )
    shared.zeal_drift = _drawn_on(
        shared.zeal_drift,
        month.streams.normal("commons.zeal", keys_of(shared.key, state.villages.key)),
        settings.zeal_drift_rho_a_month,
        settings.zeal_drift_sd,
    )
    _weather(state, month, settings)


def struck_now(state: State) -> tuple[I8, F64]:
    """Weather that struck this month.

    Returns
    -------
    kind : ndarray of int8, shape (n_paths, n_cells)
        `DROUGHT`, `FLOOD`, or 0 where nothing struck this month.
    cut : ndarray of float64, shape (n_paths, n_cells)
        Share of the harvest it took on ordinary land, 0 where nothing struck.
    """
    shared = state.commons
    is_new = shared.season_kind > _THIS_MONTH
    kind: I8 = np.where(is_new, shared.season_kind - _THIS_MONTH, 0).astype(np.int8)
    return kind, np.where(is_new, shared.season_cut, 0.0)


def keys_of(paths: Keys, others: Keys) -> Keys:
    """Keys of things that every path has, shape (n_paths, n_things)."""
    keys: Keys = mixed_with(paths[:, None], others[None, :])
    return keys


def field_of_cells(draws: F64, villages: Villages, reach_km: float) -> F64:
    """Standard normal draws of cells made alike between neighbours.

    Parameters
    ----------
    draws
        Independent standard normal draws, shape (n_paths, n_cells).
    villages
        Tell where cells lie: at the mean of their villages.
    reach_km
        At this distance a cell has weight ``exp(-1/2)`` in another's mean.

    Returns
    -------
    ndarray of float64, shape (n_paths, n_cells)
        Each standard normal by itself.
    """
    weights = _weights(villages, draws.shape[1], reach_km)
    field = np.zeros_like(draws)
    for k in range(draws.shape[1]):  # in a fixed order, so that a path's sum never hangs on others
        field += draws[:, [k]] * weights[None, :, k]
    return field


def _weights(villages: Villages, n_cells: int, reach_km: float) -> F64:
    """Weight of each cell's draw in each cell's field; squares of a row sum to 1."""
    counts = np.maximum(np.bincount(villages.cell, minlength=n_cells), 1)
    x = np.bincount(villages.cell, weights=villages.x, minlength=n_cells) / counts
    y = np.bincount(villages.cell, weights=villages.y, minlength=n_cells) / counts
    squared_km = (x[:, None] - x[None, :]) ** 2 + (y[:, None] - y[None, :]) ** 2
    weights = np.exp(-0.5 * squared_km / reach_km**2)
    scaled: F64 = weights / np.sqrt((weights**2).sum(axis=1, keepdims=True))
    return scaled


def _drawn_on(before: F64, draw: F64, rho: float, sd: float) -> F64:
    """Next value of an autoregression whose standard deviation in the long run is ``sd``."""
    after: F64 = rho * before + sd * np.sqrt(1.0 - rho**2) * draw
    return after


def _prices(state: State, month: Month, settings: CommonsSettings) -> None:
    """Move the price of each product."""
    shared = state.commons
    products = np.arange(len(Product), dtype=np.uint64)
    draws = month.streams.normal("commons.price", keys_of(shared.key, products))
    for product in Product:
        shared.log_price[:, product] = _drawn_on(
            shared.log_price[:, product],
            draws[:, product],
            settings.price_rho_a_month,
            settings.price_sd[product.name.lower()],
        )


def _weather(state: State, month: Month, settings: CommonsSettings) -> None:
    """Strike cells, each at most once in a season; a common flood strikes all that were spared."""
    shared = state.commons
    if month.moy == 1:
        shared.season_cut[:] = 0.0
        shared.season_kind[:] = 0
    shared.season_kind[shared.season_kind > _THIS_MONTH] -= _THIS_MONTH
    is_common = month.month == settings.common_flood_month
    if month.moy not in settings.weather_months and not is_common:
        return
    cells = np.arange(shared.season_cut.shape[1], dtype=np.uint64)
    keys = keys_of(shared.key, cells)
    own = field_of_cells(
        month.streams.normal("commons.weather", keys), state.villages, settings.weather_reach_km
    )
    share = settings.weather_common_share
    together = month.streams.normal("commons.weather_common", shared.key)[:, None]
    latent = np.sqrt(share) * together + np.sqrt(1.0 - share) * own
    a_month = 1.0 - (1.0 - settings.weather_a_year) ** (1.0 / len(settings.weather_months))
    is_struck = (latent < NormalDist().inv_cdf(a_month)) | is_common
    is_struck &= shared.season_kind == 0
    kind_u = month.streams.uniform("commons.weather_kind", shared.key)[:, None]
    is_flood = (kind_u < settings.weather_flood_share) | is_common
    low = settings.common_flood_cut_low if is_common else settings.weather_cut_low
    high = settings.common_flood_cut_high if is_common else settings.weather_cut_high
    cut = low + (high - low) * month.streams.uniform("commons.weather_cut", keys)
    kind = np.where(is_flood, FLOOD, DROUGHT) + _THIS_MONTH
    shared.season_kind = np.where(is_struck, kind, shared.season_kind).astype(np.int8)
    shared.season_cut = np.where(is_struck, cut, shared.season_cut)
