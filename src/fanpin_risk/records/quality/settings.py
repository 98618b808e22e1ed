"""Numbers of the quality checks: each with its unit, source and mark, read from YAML."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from fanpin_risk.settings import Settings, load_settings

Mark = Literal["A", "B", "C", "D", "E", "N"]
Unit = Literal["years", "months", "fen", "m", "mu", "percent", "level", "members", "rows"]


class QualityNumber(Settings):
    """One number of a check; null where no public source gives it, and then no check uses it."""

    value: Annotated[int, Field(ge=0)] | None
    unit: Unit
    source: str = Field(min_length=3)
    mark: Mark

    @field_validator("value", mode="before")
    @classmethod
    def _whole(cls, given: object) -> object:
        """Refuse a true, a text or a fraction: a number is written as a whole number."""
        if given is not None and (isinstance(given, bool) or not isinstance(given, int)):
            raise ValueError("must be a whole number in the unit named beside it, or null")
        return given


class QualityDay(Settings):
    """One day of a check; null where no public source gives it."""

    value: date | None
    source: str = Field(min_length=3)
    mark: Mark


class QualitySettings(Settings):
    """Every number that a check uses; the last word of a name is its unit.

    Names with ``from`` and ``to`` are ends that belong to the range; ``below`` and ``under`` are
    first values outside it; ``max`` belongs to what is allowed.
    """

    child_below_years: QualityNumber
    public_post_below_years: QualityNumber
    working_age_from_years: QualityNumber
    working_age_to_years: QualityNumber
    primary_only_from_years: QualityNumber
    primary_only_to_years: QualityNumber
    vocational_from_years: QualityNumber
    vocational_to_years: QualityNumber
    higher_vocational_from_years: QualityNumber
    higher_vocational_to_years: QualityNumber
    bachelor_from_years: QualityNumber
    bachelor_to_years: QualityNumber
    severe_disability_max_level: QualityNumber
    large_household_from_members: QualityNumber
    small_household_able_max_percent: QualityNumber
    large_household_able_max_percent: QualityNumber
    income_line_fen: QualityNumber
    wage_suspicious_below_fen: QualityNumber
    farmland_max_mu: QualityNumber
    forest_max_mu: QualityNumber
    returned_forest_max_mu: QualityNumber
    orchard_max_mu: QualityNumber
    pasture_max_mu: QualityNumber
    pond_max_mu: QualityNumber
    road_distance_max_m: QualityNumber
    listed_at_least_months: QualityNumber
    exits_checked_from: QualityDay
    first_measure_within_months: QualityNumber
    always_fails_from_rows: QualityNumber

    @model_validator(mode="after")
    def _units_as_named(self) -> QualitySettings:
        """Refuse a unit that is not the one in the number's name, and a range upside down."""
        for name in type(self).model_fields:
            number = getattr(self, name)
            if isinstance(number, QualityNumber) and not name.endswith(f"_{number.unit}"):
                raise ValueError(
                    f"{name}: the unit must be {name.rsplit('_', 1)[1]}. Got {number.unit!r}"
                )
            low, high = self.value(name), self.value(name.replace("_from_", "_to_", 1))
            if low is not None and high is not None and low > high:
                raise ValueError(f"{name} is {low}, above its other end {high}. Change one")
        return self

    def value(self, name: str) -> int | None:
        """Value of a number by name; None where it is not given, or the name is no number's.

        Examples
        --------
        >>> number = QualityNumber(value=16, unit="years", source="an example", mark="E")
        >>> QualitySettings.model_construct(child_below_years=number).value("child_below_years")
        16
        """
        number = getattr(self, name, None)
        return number.value if isinstance(number, QualityNumber) else None

    def whole(self, name: str) -> int:
        """Value of a number that must be there.

        Raises
        ------
        KeyError
            If no value is given: callers ask `is_given` first.
        """
        number = self.value(name)
        if number is None:
            raise KeyError(name)
        return number

    def is_given(self, name: str) -> bool:
        """Whether a number or day of that name has a value."""
        return getattr(self, name).value is not None


def load_quality_settings(path: Path) -> QualitySettings:
    """Read the checks' numbers, as a rule from ``configs/quality.yaml``.

    Raises
    ------
    ConfigError
        Naming the file, the key, and the mend.
    """
    return load_settings(path, QualitySettings)
