"""Who counts as an able worker of a household, by persons alone."""

from __future__ import annotations

from fanpin_risk.simulate.county.rates import is_at_least
from fanpin_risk.simulate.county.state import Flags, People

GRAVE_DISABILITY_LEVELS = (1, 2)
"""First and last level of disability with which nobody is counted as able to work."""


def is_severe(people: People) -> Flags:
    """Persons with a certificate of level 1 or 2."""
    low, high = GRAVE_DISABILITY_LEVELS
    severe: Flags = (people.disability_level >= low) & (people.disability_level <= high)
    return severe


def able_adults(people: People, month: int, ages: tuple[int, int]) -> Flags:
    """Persons here of these ages, both included, out of school and not severely disabled.

    Somebody who is ill or cares for somebody for a while still counts; `labour.is_fit` tells them
    apart.
    """
    able: Flags = (
        people.is_here
        & is_at_least(people, month, ages[0])
        & ~is_at_least(people, month, ages[1] + 1)
        & (people.school_year == 0)
        & ~is_severe(people)
    )
    return able
