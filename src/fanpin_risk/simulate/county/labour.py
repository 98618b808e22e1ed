"""Who is able to work, who is fit this month, and traits of persons and households that last."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fanpin_risk.simulate.county.kinds import Job
from fanpin_risk.simulate.county.month import Month, age_years
from fanpin_risk.simulate.county.state import F64, Flags, State

PAID = (Job.LOCAL, Job.MIGRANT, Job.POST, Job.BUSINESS)
"""Jobs that bring money by the month."""


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
