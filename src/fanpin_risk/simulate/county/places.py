"""Villages, townships and weather cells of a county, and the settings of what stands on them."""

from __future__ import annotations

from typing import Annotated, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from fanpin_risk.settings import Settings
from fanpin_risk.simulate.county.kinds import Product
from fanpin_risk.simulate.county.state import I32, Villages
from fanpin_risk.simulate.county.streams import Streams, mixed, mixed_with

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]
Yuan = Annotated[float, Field(ge=0)]
Spread = Annotated[float, Field(ge=0)]
Trait = Literal["ability", "frailty", "illness", "labour", "land"]


class PlacesSettings(Settings):
    """Places, and what households start with; what a setting means stands beside its value."""

    households_per_village: Count
    village_size_sd: Spread
    village_size_from: Count
    village_size_to: Count
    villages_per_township: Count
    least_villages: Count
    township_distance_km: Spread
    village_scatter_km: Spread
    weather_cells: Count
    villages_per_cell_at_least: Count
    zeal_township_sd: Spread
    zeal_village_sd: Spread
    village_ability_sd: Spread
    flood_share_mean: Share
    flood_share_most: Share
    flood_share_sd: Spread
    landless_share: Share
    land_median_mu: Spread
    land_sd: Spread
    land_most_mu: Spread
    leasing_share: Share
    product_shares: tuple[Share, ...]
    herd_median: tuple[int, ...]
    herd_sd: Spread
    savings_share_of_income: Spread
    savings_sd: Spread
    debt_share: Share
    debt_share_of_income: Spread
    debt_sd: Spread
    kin_pair_share: Share
    kin_pair_head_age: int
    kin_pair_child_age: tuple[int, int]
    kin_support_old_share: Share
    kin_support_other_share: Share
    kin_support_median_yuan: Yuan
    kin_support_sd: Spread
    house_grade_shares: tuple[Share, Share, Share, Share]
    water_trip_shares: tuple[Share, ...]
    water_trip_minutes: tuple[int, ...]
    year_shock_sd: Spread
    reporting_bias_sd: Spread
    business_share: Share
    former_poor_share: Share
    former_poor_noise_sd: Spread
    former_poor_village_sd: Spread
    former_poor_weights: dict[Trait, float]
    post_share: Share
    post_started_within_months: Count
    post_months: tuple[int, int]
    dibao_share: Share
    dibao_income_yuan: Yuan
    dibao_yuan: Yuan
    tekun_share: Share
    tekun_yuan: Yuan
    income_by_job_yuan: tuple[Yuan, ...]
    land_income_yuan_per_mu: Yuan
    herd_income_yuan: tuple[Yuan, ...]
    other_income_yuan: Yuan

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """Check shares that must sum to 1, and lists that must have one entry for each product."""
        for name in ("product_shares", "house_grade_shares", "water_trip_shares"):
            total = sum(getattr(self, name))
            if abs(total - 1) > 1e-6:
                raise ValueError(f"{name} sum to {total:.4f}; shares must sum to 1")
        for name in ("product_shares", "herd_median", "herd_income_yuan"):
            if len(getattr(self, name)) != len(Product):
                raise ValueError(
                    f"{name} has {len(getattr(self, name))} entries; give one for each of the "
                    f"{len(Product)} products"
                )
        if len(self.water_trip_shares) != len(self.water_trip_minutes):
            raise ValueError("water_trip_shares and water_trip_minutes differ in length")
        return self


def villages(
    settings: PlacesSettings, n_households: int, *, seed: int, county: int
) -> tuple[Villages, npt.NDArray[np.int64]]:
    """Lay out a county.

    Townships stand on a jittered grid, villages scatter around them, and weather cells are cut by
    co-ordinates alone, so that they cross the borders of townships.

    Parameters
    ----------
    settings
        Settings of the theme places.
    n_households
        How many households the villages hold together.
    seed, county
        The same county of the same seed has the same places whatever else changes.

    Returns
    -------
    Villages
        At least one; small counties have fewer townships, villages and cells.
    ndarray of int64, shape (n_villages,)
        Households of each village; they sum to ``n_households``. In a full county log-normal
        between the bounds of the settings, in a small one cut down in proportion.
    """
    n = max(settings.least_villages, round(n_households / settings.households_per_village))
    n = max(1, min(n, n_households))
    draws = Streams(0)
    keys = mixed(np.arange(n, dtype=np.uint64), seed, county, 1)
    n_townships = max(1, round(n / settings.villages_per_township), min(2, n // 2))
    township = (np.arange(n) * n_townships // n).astype(np.int32)
    township_keys = mixed(np.arange(n_townships, dtype=np.uint64), seed, county, 2)
    centre_x, centre_y = _grid(n_townships, township_keys, "places.township")
    km = settings.township_distance_km
    scatter = settings.village_scatter_km
    x = centre_x[township] * km + scatter * draws.normal("places.village_x", keys)
    y = centre_y[township] * km + scatter * draws.normal("places.village_y", keys)
    cell = _cells(settings, x, y, seed=seed, county=county)
    zeal = np.exp(
        settings.zeal_township_sd * draws.normal("places.township_zeal", township_keys)[township]
        + settings.zeal_village_sd * draws.normal("places.village_zeal", keys)
    )
    cell_keys = mixed_with(mixed(np.zeros(n, dtype=np.uint64), seed, county, 3), cell)
    flood = np.sqrt(0.5) * (
        draws.normal("places.flood_cell", cell_keys) + draws.normal("places.flood_village", keys)
    )
    flood_share = np.exp(settings.flood_share_sd * flood)
    flood_share *= settings.flood_share_mean / flood_share.mean()
    rows = Villages(
        key=keys,
        township=township,
        cell=cell,
        x=x,
        y=y,
        zeal=zeal,
        flood_share=np.minimum(flood_share, settings.flood_share_most),
    )
    raw = settings.households_per_village * np.exp(
        settings.village_size_sd * draws.normal("places.village_size", keys)
        - settings.village_size_sd**2 / 2
    )
    return rows, _sizes(settings, raw, n_households)


def n_cells(rows: Villages) -> int:
    """Number of weather cells."""
    return int(rows.cell.max()) + 1


def _grid(
    n: int, keys: npt.NDArray[np.uint64], what: str
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Points near the first ``n`` corners of a square grid of side 1."""
    side = int(np.ceil(np.sqrt(n)))
    draws = Streams(0)
    column, row = np.arange(n) % side, np.arange(n) // side
    return (
        column + draws.uniform(f"{what}_x", keys) / 2,
        row + draws.uniform(f"{what}_y", keys) / 2,
    )


def _cells(
    settings: PlacesSettings,
    x: npt.NDArray[np.float64],
    y: npt.NDArray[np.float64],
    *,
    seed: int,
    county: int,
) -> I32:
    """Weather cell of each village: the nearest of some points, empty cells left out."""
    wanted = min(settings.weather_cells, max(1, len(x) // settings.villages_per_cell_at_least))
    keys = mixed(np.arange(wanted, dtype=np.uint64), seed, county, 4)
    point_x, point_y = _grid(wanted, keys, "places.cell")
    side = float(np.ceil(np.sqrt(wanted)))
    width, height = float(np.ptp(x)) or 1.0, float(np.ptp(y)) or 1.0
    away_x = (x - x.min())[:, None] / width - (point_x / side)[None, :]
    away_y = (y - y.min())[:, None] / height - (point_y / np.ceil(wanted / side))[None, :]
    nearest = np.argmin(away_x**2 + away_y**2, axis=1)
    found: I32 = np.unique(nearest, return_inverse=True)[1].astype(np.int32)
    return found


def _sizes(
    settings: PlacesSettings, raw: npt.NDArray[np.float64], n_households: int
) -> npt.NDArray[np.int64]:
    """Whole numbers in proportion to sizes, by largest remainders; each at least 1."""
    bounded = np.clip(raw, settings.village_size_from, settings.village_size_to)
    exact = bounded / bounded.sum() * (n_households - len(raw))
    sizes: npt.NDArray[np.int64] = np.floor(exact).astype(np.int64) + 1
    missing = n_households - int(sizes.sum())
    order = np.argsort(-(exact - np.floor(exact)), kind="stable")
    sizes[order[:missing]] += 1
    return sizes
