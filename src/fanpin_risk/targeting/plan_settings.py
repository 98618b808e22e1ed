"""How many visits a round has, and how they are shared out: the settings of a plan."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from fanpin_risk.errors import ConfigError
from fanpin_risk.settings import Settings, nearest

Share = Annotated[float, Field(ge=0, le=1)]
Visits = Annotated[int, Field(ge=0)]


class PlanSettings(Settings):
    """How many households a round of visits reaches, and how the visits are shared out.

    Exactly one of ``visits_per_team`` (one number for all teams, or one per team) and
    ``capacity_share_of_cohort`` (share of each team's own households, rounded up) is given.
    ``audit_share`` is a share of the capacity, rounded up, and ``audit_floor_share`` the share of
    the draw that is spread evenly. ``seed`` steers the draw, ``tie_key`` the order of equal risks:
    keep both secret from the teams and the same within a round.
    """

    visits_per_team: Visits | dict[str, Visits] | None = None
    capacity_share_of_cohort: Share | None = None
    audit_share: float = 0.05
    audit_floor_share: float = 0.3
    seed: int
    tie_key: Annotated[str, Field(min_length=1)]

    @field_validator("audit_share")
    @classmethod
    def _audit_share_in_range(cls, share: float) -> float:
        """Refuse an audit that takes more than half of the visits."""
        if not 0 <= share <= 0.5:
            raise ValueError("audit_share must lie between 0 and 0.5, a share of the capacity")
        return share

    @field_validator("audit_floor_share")
    @classmethod
    def _floor_in_range(cls, share: float) -> float:
        """Refuse a draw that could leave low risks nearly unseen."""
        if not 0.3 <= share <= 1:
            raise ValueError(
                "audit_floor_share must lie between 0.3 and 1: every household keeps at least "
                "30% of an equal chance"
            )
        return share

    @model_validator(mode="after")
    def _one_capacity(self) -> PlanSettings:
        """Refuse a plan whose capacity is said twice or not at all."""
        if (self.visits_per_team is None) == (self.capacity_share_of_cohort is None):
            raise ValueError("give either visits_per_team or capacity_share_of_cohort, not both")
        return self


def team_capacity(team: str, *, n_households: int, settings: PlanSettings) -> int:
    """Return how many visits a team of ``n_households`` can make, a share rounded up.

    Raises
    ------
    ConfigError
        If ``visits_per_team`` lists teams and this one is not among them.

    Examples
    --------
    >>> settings = PlanSettings(capacity_share_of_cohort=0.07, seed=1, tie_key="k")
    >>> team_capacity("A", n_households=100, settings=settings)
    7
    """
    if settings.capacity_share_of_cohort is not None:
        return share_rounded_up(settings.capacity_share_of_cohort, n_households)
    if isinstance(settings.visits_per_team, Mapping):
        if team not in settings.visits_per_team:
            raise ConfigError(
                f"visits_per_team has no number for team {team!r}. "
                f"{nearest(team, list(settings.visits_per_team))} Add a line for it."
            )
        return settings.visits_per_team[team]
    return settings.visits_per_team or 0


def share_rounded_up(share: float, count: int) -> int:
    """Round a share of a count up, with the share taken as the decimal it was written as.

    Examples
    --------
    >>> share_rounded_up(0.07, 100)
    7
    """
    return math.ceil(Fraction(repr(share)) * count)
