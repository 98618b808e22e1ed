"""Things that happen to persons at yearly rates."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from fanpin_risk.simulate.county.month import Month
from fanpin_risk.simulate.county.state import F64, I64, U64, Flags, People

Rows = npt.NDArray[np.int64]

_MONTHS = 12
DAYS = 28
"""Days that every month has."""


def a_month(rate: F64 | float) -> F64:
    """Chance within a month of something that comes at a yearly rate.

    Examples
    --------
    >>> bool(np.isclose(1 - (1 - a_month(0.3)) ** 12, 1 - np.exp(-0.3)))
    True
    """
    chance: F64 = -np.expm1(-np.asarray(rate) / _MONTHS)
    return chance


def happen_to(
    people: People,
    month: Month,
    what: str,
    who: Flags,
    most: float,
    rate_of: Callable[[Rows], F64],
) -> Rows:
    """Persons to whom something happens this month.

    Rates are asked only for those whose draw is low enough for the highest of them, which changes
    nothing but the time it takes.

    Parameters
    ----------
    what
        Name of the draw.
    who
        Persons to whom it can happen.
    most
        A rate a year that none is above.
    rate_of
        Rates a year of persons by row.
    """
    u = month.streams.uniform(what, people.key)
    rows = np.flatnonzero(who & (u < a_month(most)))
    found: Rows = rows[u[rows] < a_month(rate_of(rows))]
    return found


def age_of(people: People, month: int, rows: Rows) -> npt.NDArray[np.int64]:
    """Completed years of some persons at the end of a month."""
    age: npt.NDArray[np.int64] = (month - people.born_month[rows].astype(np.int64)) // _MONTHS
    return age


def is_at_least(people: People, month: int, years: int) -> Flags:
    """Persons, here or gone, who have completed so many years."""
    found: Flags = people.born_month <= month - _MONTHS * years
    return found


def day_of(month: Month, what: str, keys: U64, *numbers: int) -> I64:
    """Day of the month on which something happens, 1 to 28."""
    u = month.streams.uniform(what, keys, *numbers)
    day: I64 = 1 + np.floor(DAYS * u).astype(np.int64)
    return day
