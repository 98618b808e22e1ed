"""What the alarm for many at once is to promise, and how much past it asks for."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from fanpin_risk.settings import Settings

Months = Annotated[int, Field(ge=1, le=240)]


class AlarmSettings(Settings):
    """Settings of the alarm for many at once.

    ``false_alarms_a_year``: how many false alarms a quiet year of the whole county gives on average
    at most, all villages, townships, causes, products, windows and months together.
    ``windows``: months, the one asked about being the last, in which households are counted.
    ``least_households``: fewer never ring and are never shown. ``baseline_months``: the past is no
    longer. ``least_baseline_months`` and ``least_baseline_events``: with fewer quiet months or
    events of a cause, villages are not set against each other; ``least_years``: with fewer years
    of the same months the county is not set against its past. ``shown_chance``: what has a larger
    chance in a quiet month is not listed. ``interval``: level of intervals. ``shown_months``: so
    many months are reported, the last whole one being the last; earlier ones are judged too.
    """

    false_alarms_a_year: Annotated[float, Field(gt=0, le=12)] = 0.5
    windows: Annotated[tuple[Annotated[int, Field(ge=1, le=6)], ...], Field(min_length=1)] = (1, 3)
    least_households: Annotated[int, Field(ge=2)] = 5
    baseline_months: Months = 60
    least_baseline_months: Months = 12
    least_baseline_events: Annotated[int, Field(ge=1)] = 20
    least_years: Annotated[int, Field(ge=1, le=10)] = 2
    shown_chance: Annotated[float, Field(ge=0, le=1)] = 0.01
    interval: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    shown_months: Annotated[int, Field(ge=1, le=120)] = 24

    @model_validator(mode="after")
    def _has_room(self) -> Self:
        """Refuse a past that is shorter than what is asked of it."""
        if self.baseline_months < self.least_baseline_months:
            raise ValueError("baseline_months must not be less than least_baseline_months")
        if self.windows != tuple(sorted(set(self.windows))):
            raise ValueError("windows must rise, each named once")
        return self
