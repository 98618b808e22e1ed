"""Animals: feed every month, one sale season a year, deaths in lumps, sales in distress."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from fanpin_risk.records.contracts import codes
from fanpin_risk.settings import Settings
from fanpin_risk.simulate.county.able import able_adults
from fanpin_risk.simulate.county.happenings import add_claims, add_shocks, place_in
from fanpin_risk.simulate.county.kinds import Product, Shock
from fanpin_risk.simulate.county.labour import growth, has_any, is_at_home
from fanpin_risk.simulate.county.month import Month, may_happen, strike
from fanpin_risk.simulate.county.prices import PriceSettings, price_fen_per_kg
from fanpin_risk.simulate.county.ranges import (
    Age,
    Fen,
    MonthOfYear,
    NotNegative,
    Positive,
    Share,
    check_products,
)
from fanpin_risk.simulate.county.state import F64, Flags, State
from fanpin_risk.simulate.county.streams import LASTING, Keys, mixed_with

__all__ = ["Animal", "LivestockSettings", "livestock", "usual_herd"]

Rows = npt.NDArray[np.int64]

ANIMALS = (Product.CATTLE, Product.PIG, Product.SHEEP)


class Animal(Settings):
    """One kind of animal."""

    weight_kg: Positive
    young_fen: Positive
    feed_fen_a_month: NotNegative
    sold_share_a_year: Share
    sale_months: Annotated[tuple[MonthOfYear, ...], Field(min_length=1)]
    death_a_month: Share
    outbreak_a_year: Share
    usual_herd_low: Annotated[int, Field(ge=0)]
    usual_herd_high: Annotated[int, Field(ge=0)]


class LivestockSettings(PriceSettings):
    """Parameters of animals; ``configs/simulation/farm.yaml`` says what each is."""

    animals: dict[str, Animal]
    herders_until_age_years: Age
    able_from_age_years: Age
    outbreak_hits_share: Share
    outbreak_loss_low: Share
    outbreak_loss_high: Share
    animal_loss_is_shock_fen: Fen
    animals_insured_share: Share
    animal_cover_share: Share
    restock_savings_share: Share
    distress_savings_fen: Fen
    distress_price_share: Share

    @model_validator(mode="after")
    def _has_animals(self) -> Self:
        """Check that every kind of animal is described."""
        check_products(ANIMALS, animals=self.animals)
        return self


@dataclass(frozen=True)
class _Herds:
    """Households that keep animals now, with what holds for their kind."""

    rows: Rows
    keys: Keys
    of: dict[str, F64]  # by the names of `Animal`
    value_fen: F64  # of one head, ready for sale


def livestock(state: State, month: Month, settings: LivestockSettings, effect: F64) -> None:
    """Let a month pass for animals.

    Losses at or above a value are shocks (`Shock.FAILED_BUSINESS`) and do not happen where that is
    switched off; smaller ones are part of keeping animals. Whoever is too far in debt sells a head
    below its price: money in hand, no income.

    Parameters
    ----------
    effect
        Factor of sales by household, from running measures.
    """
    herds = _herds(state, month, settings)
    _feed(state, month, settings, herds)
    _die(state, month, settings, herds)
    _sell_and_restock(state, month, settings, herds, effect)
    _sell_in_distress(state, month, settings, herds)


def usual_herd(keys: Keys, product: npt.NDArray[np.int8], settings: LivestockSettings) -> Rows:
    """Heads that a household keeps when nothing went wrong; 0 where it lives on a crop."""
    u = LASTING.uniform("livestock.usual", keys)
    heads = np.zeros(len(keys), dtype=np.int64)
    for kind in ANIMALS:
        animal = settings.animals[kind.name.lower()]
        low, high = animal.usual_herd_low, animal.usual_herd_high
        drawn = low + np.floor((high - low + 1) * u**2).astype(np.int64)
        heads = np.where(product == kind, drawn, heads)
    return heads


def _herds(state: State, month: Month, settings: LivestockSettings) -> _Herds:
    """Households here that live on animals."""
    households = state.households
    keeps = households.is_here & (households.product >= min(ANIMALS))
    rows = np.flatnonzero(keeps)
    product = households.product[rows]
    names = [name for name in Animal.model_fields if name != "sale_months"]
    table = np.array(
        [[getattr(settings.animals[kind.name.lower()], name) for name in names] for kind in ANIMALS]
    )
    of = {name: table[product - min(ANIMALS), column] for column, name in enumerate(names)}
    price = price_fen_per_kg(state, month, settings)[households.path[rows], product]
    return _Herds(rows, households.key[rows], of, price * of["weight_kg"])


def _feed(state: State, month: Month, settings: LivestockSettings, herds: _Herds) -> None:
    """Feed every head."""
    heads = state.households.herd[herds.rows]
    cost = heads * herds.of["feed_fen_a_month"] * growth(month, settings.farm_growth_a_year)
    month.book.livestock_cost[herds.rows] += np.rint(cost).astype(np.int64)


def _die(state: State, month: Month, settings: LivestockSettings, herds: _Herds) -> None:
    """Let single heads die, and herds where an outbreak goes through the village."""
    households = state.households
    heads = households.herd[herds.rows].astype(np.int64)
    rate = heads * herds.of["death_a_month"]
    lost = month.streams.poisson("livestock.die", herds.keys, rate)
    lost = np.maximum(lost, _lost_to_outbreak(state, month, settings, herds, heads))
    lost = np.minimum(lost, heads)
    loss_fen = np.rint(lost * herds.value_fen).astype(np.int64)
    is_shock = loss_fen >= settings.animal_loss_is_shock_fen
    allowed = may_happen(state, Shock.FAILED_BUSINESS)[herds.rows]
    lost[is_shock & ~allowed] = 0
    households.herd[herds.rows] = (heads - lost).astype(np.int32)
    hit = is_shock & allowed
    rows = herds.rows[hit]
    strike(state, month, rows, Shock.FAILED_BUSINESS)
    product = households.product[rows].astype(np.int64)
    add_shocks(state, month, "failed_livestock", rows, loss_fen=loss_fen[hit], product=product)
    insured = LASTING.uniform("livestock.insured", herds.keys[hit]) < settings.animals_insured_share
    paid = np.rint(loss_fen[hit] * settings.animal_cover_share).astype(np.int64)
    month.book.claim[rows[insured]] += paid[insured]
    illness = place_in(codes.DISASTER_KINDS, "biological")
    add_claims(month, "crop", rows[insured], paid[insured], cause=illness, product=product[insured])


def _lost_to_outbreak(
    state: State, month: Month, settings: LivestockSettings, herds: _Herds, heads: Rows
) -> Rows:
    """Heads lost to an outbreak that goes through a village on a common path."""
    households = state.households
    village = state.villages.key[households.village[herds.rows]]
    shared = mixed_with(state.commons.key[households.path[herds.rows]], village)
    shared = mixed_with(shared, households.product[herds.rows])
    a_month = 1.0 - (1.0 - herds.of["outbreak_a_year"]) ** (1 / 12)
    is_there = month.streams.happens("livestock.outbreak", shared, a_month)
    is_hit = is_there & month.streams.happens(
        "livestock.outbreak_hits", herds.keys, settings.outbreak_hits_share
    )
    u = month.streams.uniform("livestock.outbreak_loss", herds.keys)
    low, high = settings.outbreak_loss_low, settings.outbreak_loss_high
    lost: Rows = np.where(is_hit, np.ceil(heads * (low + (high - low) * u)), 0).astype(np.int64)
    return lost


def _sell_and_restock(
    state: State, month: Month, settings: LivestockSettings, herds: _Herds, effect: F64
) -> None:
    """Sell in the household's month, all without a herder, and buy young ones as savings allow."""
    households, book = state.households, month.book
    herder = able_adults(
        state.people, month.month, (settings.able_from_age_years, settings.herders_until_age_years)
    )
    has_herder = has_any(state, herder & is_at_home(state))
    mine = _is_sale_month(month, settings, herds, households.product[herds.rows])
    rows, keys = herds.rows[mine], herds.keys[mine]
    heads = households.herd[rows].astype(np.int64)
    usual = usual_herd(keys, households.product[rows], settings)
    keeps = has_herder[rows]
    sold = np.where(keeps, np.rint(heads * herds.of["sold_share_a_year"][mine]), heads)
    sold = np.maximum(sold, np.where(keeps, heads - usual, heads)).astype(np.int64)
    sales = np.rint(sold * herds.value_fen[mine] * effect[rows]).astype(np.int64)
    book.livestock_sales[rows] += sales
    young_fen = herds.of["young_fen"][mine] * growth(month, settings.farm_growth_a_year)
    affords = np.maximum(households.savings_fen[rows] + sales, 0) * settings.restock_savings_share
    bought = np.where(keeps, usual - (heads - sold), 0)
    bought = np.minimum(bought, np.floor(affords / young_fen)).astype(np.int64)
    bought = np.maximum(bought, 0)
    book.livestock_cost[rows] += np.rint(bought * young_fen).astype(np.int64)
    households.herd[rows] = (heads - sold + bought).astype(np.int32)


def _is_sale_month(
    month: Month, settings: LivestockSettings, herds: _Herds, product: npt.NDArray[np.int8]
) -> Flags:
    """Herds whose month of sale, fixed for each household, it is."""
    u = LASTING.uniform("livestock.sale_month", herds.keys)
    mine = np.zeros(len(u), dtype=np.bool_)
    for kind in ANIMALS:
        months = np.array(settings.animals[kind.name.lower()].sale_months)
        drawn = months[np.minimum((u * len(months)).astype(np.int64), len(months) - 1)]
        mine |= (product == kind) & (drawn == month.moy)
    return mine


def _sell_in_distress(
    state: State, month: Month, settings: LivestockSettings, herds: _Herds
) -> None:
    """Sell one head below its price where debt is deep."""
    households = state.households
    deep = households.savings_fen[herds.rows] < -settings.distress_savings_fen
    deep &= households.herd[herds.rows] > 0
    rows = herds.rows[deep]
    households.herd[rows] -= 1
    paid = np.rint(herds.value_fen[deep] * settings.distress_price_share).astype(np.int64)
    month.book.asset_sale[rows] += paid
