"""Crops: what each yields and costs, and what stands on each household's land."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from pydantic import model_validator

from fanpin_risk.settings import Settings
from fanpin_risk.simulate.county.kinds import Product
from fanpin_risk.simulate.county.livestock import LivestockSettings
from fanpin_risk.simulate.county.ranges import (
    Age,
    MonthOfYear,
    Months,
    NotNegative,
    Positive,
    Share,
    check_products,
    check_shares,
)
from fanpin_risk.simulate.county.state import F64, State

__all__ = ["HUNDREDTHS", "STAPLE", "Crop", "FarmSettings", "Fields", "fields_of", "per_crop"]

HUNDREDTHS = 100.0
"""Land is held in hundredths of a mu."""

CROPS = (
    Product.CORN,
    Product.SOYA,
    Product.RICE,
    Product.POTATO,
    Product.VEGETABLE,
    Product.HERB,
)
STAPLE = Product.CORN
"""What stands on land beyond the most that a crop takes, and on the land of keepers of animals."""


class Crop(Settings):
    """One crop, a mu of it in the county's first month."""

    yield_kg_per_mu: Positive
    cost_fen_per_mu: NotNegative
    most_mu: NotNegative
    subsidy_fen_per_mu: NotNegative
    cover_fen_per_mu: NotNegative


class FarmSettings(LivestockSettings):
    """Parameters of farming; ``configs/simulation/farm.yaml`` says what each is."""

    crops: dict[str, Crop]
    farmers_until_age_years: Age
    unfit_leases_after_months: Months
    lease_month: MonthOfYear
    leases_with_outside_jobs_share: Share
    rent_fen_per_mu_a_year: NotNegative
    sowing_shares: dict[MonthOfYear, Share]
    harvest_shares: dict[MonthOfYear, Share]
    yield_lasting_sd: NotNegative
    yield_plot_sd: NotNegative
    yield_cell_sd: NotNegative
    yield_cell_reach_km: Positive
    flood_plot_factor: NotNegative
    flood_other_factor: NotNegative
    cut_most: Share
    disaster_is_shock_from: Share
    pest_month: MonthOfYear
    pest_a_year: Share
    pest_cut_low: Share
    pest_cut_high: Share
    price_fall_is_shock_from: Share
    hired_harvest_share: Share
    land_subsidy_fen_per_mu: NotNegative
    land_subsidy_month: MonthOfYear
    crop_subsidy_month: MonthOfYear
    crops_insured_share: Share
    claim_month: MonthOfYear
    claim_from: Share
    measure_effect_mean: float
    measure_effect_sd: NotNegative
    measure_effect_least: float
    disaster_affected_low: Share
    disaster_affected_high: Share

    @model_validator(mode="after")
    def _is_a_season(self) -> Self:
        """Check crops, shares of sowing and harvest, and that the season's months are in order."""
        check_products(CROPS, crops=self.crops)
        check_shares(sowing_shares=self.sowing_shares, harvest_shares=self.harvest_shares)
        order = (
            *sorted(self.sowing_shares),
            *sorted(self.harvest_shares),
        )
        if list(order) != sorted(order) or self.claim_month != order[-1]:
            raise ValueError("sowing comes before harvest, and claims with the last of it")
        return self


@dataclass(frozen=True)
class Fields:
    """What stands on each household's land, sown or not, in mu and per mu."""

    crop: npt.NDArray[np.int64]  # Product of the main crop
    main_mu: F64
    rest_mu: F64  # under the staple

    def sum_of(self, per_mu: F64) -> F64:
        """Sum over both parts of an amount per mu that is given by `Product`."""
        total: F64 = self.main_mu * per_mu[self.crop] + self.rest_mu * per_mu[STAPLE]
        return total


def fields_of(state: State, settings: FarmSettings) -> Fields:
    """Main crop and staple on each household's land."""
    households = state.households
    crop = np.where(households.product <= max(CROPS), households.product, int(STAPLE)).astype(
        np.int64
    )
    land_mu = households.land_mu_x100 / HUNDREDTHS
    most = per_crop(settings, "most_mu")[crop]
    main_mu = np.where(crop == STAPLE, land_mu, np.minimum(land_mu, most))
    return Fields(crop, main_mu, land_mu - main_mu)


def per_crop(settings: FarmSettings, name: str) -> F64:
    """One figure of each crop, by `Product`; 0 for animals."""
    per_mu = np.zeros(len(Product))
    for crop in CROPS:
        per_mu[crop] = getattr(settings.crops[crop.name.lower()], name)
    return per_mu
