"""Settings of the theme people: who lives in the county and what happens to them."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from fanpin_risk.settings import Settings

Share = Annotated[float, Field(ge=0, le=1)]
Rate = Annotated[float, Field(ge=0, le=1)]
Shares = tuple[Share, ...]
Rates = tuple[Rate, ...]
Yuan = Annotated[float, Field(ge=0)]
Pair = tuple[float, float]
Ages = tuple[int, ...]


class HouseholdType(Settings):
    """How a kind of household is made up in the first month.

    Attributes
    ----------
    head_age, child_age, grandchild_age
        First and last age; children and grandchildren who would have to be younger are left out.
    children, grandchildren, parents
        Shares of 0, 1, 2, … of them.
    """

    name: str
    share: Share
    head_age: tuple[int, int]
    is_female: Share
    has_spouse: Share = 0.0
    children: Shares = (1.0,)
    child_age: tuple[int, int] = (0, 0)
    has_child_in_law: Share = 0.0
    grandchildren: Shares = (1.0,)
    grandchild_age: tuple[int, int] = (0, 0)
    parents: Shares = (1.0,)


class PeopleSettings(Settings):
    """Everything about the people; what a setting means stands beside its value."""

    household_types: tuple[HouseholdType, ...]
    head_parent_gap_years: Pair
    parent_child_gap_years: Pair
    parent_pair_gap_years: Pair
    parent_is_female: Share
    spouse_gap_years: Pair
    sibling_gap_years: Pair
    boys_share: Share
    ability_household_share: Share
    ability_frailty_slope: float
    frailty_household_terms: Annotated[int, Field(ge=0)]
    frailty_own_terms: Annotated[int, Field(ge=1)]
    education_ability_weight: Share
    education_born_before: Ages
    education_shares: tuple[Shares, ...]
    chronic_age_from: Ages
    chronic_share: Shares
    disabled_share: Shares
    disability_level_shares: Shares
    disability_kind_shares: Shares
    work_ages: tuple[int, int]
    job_age_from: Ages
    job_shares_male: tuple[Shares, ...]
    job_shares_female: tuple[Shares, ...]
    job_started_within_months: int
    death_log_rate_at_60: Pair
    death_log_rate_per_year: Pair
    death_floor_a_year: Rate
    infant_death: Rate
    death_serious_factor: float
    death_chronic_factor: float
    death_disability_factor: float
    funeral_median_yuan: Yuan
    funeral_sd: float
    adult_age: int
    birth_age_from: Ages
    birth_age_to: int
    birth_rate: Rates
    birth_parity_factor: Shares
    marriage_age_from: Ages
    marriage_rate_male: Rates
    marriage_rate_female: Rates
    leaves_at_marriage: tuple[Share, Share]
    wedding_median_yuan: tuple[Yuan, Yuan]
    wedding_sd: float
    celebration_most_share_of_savings: Share
    celebration_floor_yuan: Yuan
    departure_age_from: Ages
    departure_rate: Rates
    return_rate: Rate
    return_age_to: int
    move_away_rate: Rate
    move_away_age_to: int
    split_rate: Rate
    split_share_of_land: Share
    split_share_of_savings: Share
    split_house_grade: Annotated[int, Field(ge=0, le=3)]
    merge_rate: Rate
    merge_age: int
    merge_frail_factor: float
    newcomer_ability_weight: Share
    child_ability_weight: Share
    newcomer_insured_share: Share
    new_certificate_rate: Rates
    new_chronic_rate: Rates
    certificate_after_serious: Share
    pension_age: int
    pension_yuan_by_year: dict[int, Yuan]
    disability_care_yuan: Yuan
    disability_living_yuan: Yuan
    care_share: Share
    care_median_yuan: Yuan
    care_sd: float
    school_age: int
    compulsory_age_to: int
    senior_share: Share
    tertiary_share: Share
    university_share: Share
    school_ability_weight: Share
    dropout_rate: tuple[Rate, Rate]
    dropout_serious_factor: float
    dropout_ability_slope: float
    dropout_return_rate: Rate
    dropout_return_rate_helped: Rate
    dropout_reason_shares: Shares
    unfit_share: tuple[Share, Share]
    boarding_share: Shares
    school_cost_yuan: tuple[Yuan, ...]
    boarding_cost_yuan: tuple[Yuan, ...]
    school_cost_sd: float
    school_aid_yuan: tuple[Yuan, ...]
    school_aid_poor_yuan: tuple[Yuan, ...]
    helped_cost_share: Share
    school_strike_share: Share

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """Check shares that must sum to 1, and tables that must have as many entries as ages."""
        types = self.household_types
        sums = {"household_types": tuple(kind.share for kind in types)} | {
            name: getattr(self, name)
            for name in ("disability_level_shares", "disability_kind_shares",
                         "dropout_reason_shares")
        }  # fmt: skip
        for kind in types:
            for name in ("children", "grandchildren", "parents"):
                sums[f"household_types, {kind.name}, {name}"] = getattr(kind, name)
        for name in ("education_shares", "job_shares_male", "job_shares_female"):
            sums |= {f"{name}, row {n}": row for n, row in enumerate(getattr(self, name), 1)}
        for name, shares in sums.items():
            if abs(sum(shares) - 1) > 1e-6:
                raise ValueError(f"{name} sum to {sum(shares):.4f}; shares must sum to 1")
        lengths = (
            ("chronic_age_from", ("chronic_share", "disabled_share", "new_certificate_rate",
                                  "new_chronic_rate")),
            ("birth_age_from", ("birth_rate",)),
            ("marriage_age_from", ("marriage_rate_male", "marriage_rate_female")),
            ("departure_age_from", ("departure_rate",)),
            ("job_age_from", ("job_shares_male", "job_shares_female")),
            ("education_born_before", ("education_shares",)),
            ("boarding_share", ("school_cost_yuan", "boarding_cost_yuan", "school_aid_yuan",
                                "school_aid_poor_yuan")),
        )  # fmt: skip
        for ages, tables in lengths:
            for name in tables:
                if len(getattr(self, name)) != len(getattr(self, ages)):
                    raise ValueError(
                        f"{name} has {len(getattr(self, name))} entries, {ages} has "
                        f"{len(getattr(self, ages))}; give one for each"
                    )
        return self
