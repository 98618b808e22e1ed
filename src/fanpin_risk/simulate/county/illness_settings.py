"""Settings of the theme illness: who falls ill, what it costs, what insurance pays."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from fanpin_risk.settings import Settings
from fanpin_risk.simulate.county.cover import ByStatus, CoverSchedule, Share, Yuan

Rates = tuple[Annotated[float, Field(ge=0, le=1)], ...]
Spread = Annotated[float, Field(ge=0)]
Factor = Annotated[float, Field(ge=0)]


class IllnessSettings(Settings):
    """Everything about illness; what a setting means stands beside its value."""

    insured_share: Share
    insured_share_poor: Share
    stays_insured: ByStatus
    joins_insurance: ByStatus
    joins_late_a_month: ByStatus
    premium_yuan_by_year: dict[int, Yuan]
    cover_schedules: Annotated[tuple[CoverSchedule, ...], Field(min_length=1)]
    health_help_share: Share
    age_from: tuple[int, ...]
    admission_rate: tuple[Annotated[float, Field(ge=0)], ...]
    admission_chronic_factor: Factor
    admissions_a_month_at_most: Annotated[int, Field(ge=1)]
    admission_median_yuan: Yuan
    admission_sd: Spread
    admission_off_work: tuple[Share, Share]
    admission_carer_share: Share
    dependent_ages: tuple[int, int]
    outside_share: Share
    outside_factor: Factor
    serious_outside_share: Share
    serious_rate: Rates
    serious_months: tuple[int, int]
    serious_median_yuan: Yuan
    serious_sd: Spread
    serious_month_sd: Spread
    serious_carer_share: Share
    carer_share_of_spell: Share
    carer_ages: tuple[int, int]
    treatment_list_share: Share
    catalogue_share: tuple[Share, Share]
    catalogue_sd: Spread
    catalogue_least: Share
    chronic_months: Annotated[int, Field(ge=1, le=12)]
    chronic_median_yuan: Yuan
    chronic_sd: Spread
    pharmacy_median_yuan: Yuan
    pharmacy_sd: Spread
    bills_growth_a_year: float
    strike_own_yuan: Yuan

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """Check tables by age, and that schedules come into force one after the other."""
        for name in ("admission_rate", "serious_rate"):
            if len(getattr(self, name)) != len(self.age_from):
                raise ValueError(
                    f"{name} has {len(getattr(self, name))} entries, age_from has "
                    f"{len(self.age_from)}; give one for each"
                )
        months = [schedule.from_month for schedule in self.cover_schedules]
        if sorted(set(months)) != months:
            raise ValueError(f"cover_schedules begin in months {months}; list them in order, once")
        return self
