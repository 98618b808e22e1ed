"""What a kilogram of each product fetches: a usual price that grows, and the market around it."""

from __future__ import annotations

from typing import Self

import numpy as np
from pydantic import model_validator

from fanpin_risk.settings import Settings
from fanpin_risk.simulate.county.kinds import Product
from fanpin_risk.simulate.county.labour import growth
from fanpin_risk.simulate.county.month import Month
from fanpin_risk.simulate.county.ranges import Positive, check_products
from fanpin_risk.simulate.county.state import F64, State


class PriceSettings(Settings):
    """Usual prices in the county's first month, and by how much they and farm costs grow."""

    usual_price_fen_per_kg: dict[str, Positive]
    farm_growth_a_year: float

    @model_validator(mode="after")
    def _has_prices(self) -> Self:
        """Check that every product has a price."""
        check_products(tuple(Product), usual_price_fen_per_kg=self.usual_price_fen_per_kg)
        return self


def usual_price_fen_per_kg(month: Month, settings: PriceSettings) -> F64:
    """Usual price of each `Product` this month."""
    first = [settings.usual_price_fen_per_kg[product.name.lower()] for product in Product]
    usual: F64 = np.array(first) * growth(month, settings.farm_growth_a_year)
    return usual


def price_fen_per_kg(state: State, month: Month, settings: PriceSettings) -> F64:
    """Price of each `Product` on each common path this month, shape (n_paths, n_products)."""
    price: F64 = usual_price_fen_per_kg(month, settings) * np.exp(state.commons.log_price)
    return price
