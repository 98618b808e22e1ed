"""Who is able to work, who is fit this month, and traits of persons and households that last."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fanpin_risk.simulate.county.kinds import NEVER, Job
from fanpin_risk.simulate.county.month import Month, age_years
from fanpin_risk.simulate.county.state import F64, Flags, State
from fanpin_risk.simulate.county.streams import Streams

LASTING = Streams(NEVER)
"""Draws that a unit keeps for life, such as whether a person looks for work away from home."""

PAID = (Job.LOCAL, Job.MIGRANT, Job.POST, Job.BUSINESS)
"""Jobs that bring money by the month."""

GRAVE_DISABILITY_LEVELS = (1, 2)
"""Levels of disability with which nobody is counted as able to work."""


def is_able(state: State, month: Month, from_age_years: int, until_age_years: int) -> Flags:
    """Persons here who could work: neither too young or old, at school, nor gravely disabled.

    Somebody who is ill or cares for somebody for a while still counts; `is_fit` tells them apart.

    Parameters
    ----------
    from_age_years, until_age_years
        Completed years, both ends included.
    """
    people = state.people
    age = age_years(state, month)
    able: Flags = people.is_here & (age >= from_age_years) & (age <= until_age_years)
    able &= people.school_year == 0
    for level in GRAVE_DISABILITY_LEVELS:
        able &= people.disability_level != level
    return able


def is_fit(state: State, month: Month, *, months_ahead: int = 0) -> Flags:
    """Persons who are neither ill nor caring for somebody, in so many months from now."""
    people, then = state.people, month.month + months_ahead
    fit: Flags = (people.unfit_until < then) & (people.carer_until < then)
    return fit


def is_at_home(state: State) -> Flags:
    """Persons who do not work away from home, whether they are here or gone."""
    home: Flags = state.people.job != Job.MIGRANT
    return home


def has_any(state: State, persons: Flags) -> Flags:
    """Households with at least one of the persons."""
    found: Flags = np.bincount(state.people.household[persons], minlength=state.households.n) > 0
    return found


def members(state: State) -> npt.NDArray[np.int64]:
    """Persons here by household, those who work away included."""
    people = state.people
    counts: npt.NDArray[np.int64] = np.bincount(
        people.household[people.is_here], minlength=state.households.n
    )
    return counts


def growth(month: Month, a_year: float) -> float:
    """Factor of what grows by a constant share a year, 1 in the county's first month."""
    return float((1.0 + a_year) ** (month.month / 12))


def at_ages(state: State, month: Month, ages: tuple[float, ...], values: tuple[float, ...]) -> F64:
    """Value at each person's age, on straight lines between the ages given."""
    found: F64 = np.interp(age_years(state, month), ages, values)
    return found
