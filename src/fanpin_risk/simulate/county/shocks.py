"""Size of the swings of earnings: quantiles of real households' changes, or a normal."""

from __future__ import annotations

from functools import cache
from typing import Literal, Self

import numpy as np
from pydantic import model_validator

from fanpin_risk.settings import Settings
from fanpin_risk.simulate.county.ranges import Share, check_lines
from fanpin_risk.simulate.county.state import F64
from fanpin_risk.simulate.county.streams import Keys, Streams

POINTS = 2000
"""Evenly spaced quantiles that the few given ones are drawn out to."""


class ShockSettings(Settings):
    """Shape of swings of earnings: standardised, so that their size is set apart."""

    shock_kind: Literal["empirical", "normal"]
    shock_probabilities: tuple[Share, ...]
    shock_quantiles: tuple[float, ...]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """Check that each quantile has its probability."""
        check_lines(shock_quantiles=(self.shock_probabilities, self.shock_quantiles))
        return self


def standard_swing(streams: Streams, what: str, keys: Keys, settings: ShockSettings) -> F64:
    """Draws of mean 0 and standard deviation 1, heavy-tailed or normal as the settings say."""
    if settings.shock_kind == "normal":
        return streams.normal(what, keys)
    spread = spread_quantiles(settings.shock_probabilities, settings.shock_quantiles)
    return streams.quantile(what, keys, spread)


def mean_of_exp(settings: ShockSettings, sd: float) -> float:
    """Mean of ``exp(sd * swing)``, by which pay is divided so that swings leave its mean alone."""
    if settings.shock_kind == "normal":
        return float(np.exp(0.5 * sd**2))
    spread = spread_quantiles(settings.shock_probabilities, settings.shock_quantiles)
    return float(np.exp(sd * spread).mean())


@cache
def spread_quantiles(probabilities: tuple[float, ...], quantiles: tuple[float, ...]) -> F64:
    """Quantiles of (0.5, 1.5, …) / `POINTS`, on straight lines between those given."""
    spread: F64 = np.interp((np.arange(POINTS) + 0.5) / POINTS, probabilities, quantiles)
    spread.setflags(write=False)
    return spread
