"""What people are like for good: ability, frailty, and how far they go to school."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from fanpin_risk.simulate.county.kinds import FIRST_YEAR
from fanpin_risk.simulate.county.people_settings import PeopleSettings
from fanpin_risk.simulate.county.state import F64, I8, U64, Flags, People
from fanpin_risk.simulate.county.streams import LASTING

UNIVERSITY_LAST_YEAR, COLLEGE_LAST_YEAR, SENIOR_LAST_YEAR, JUNIOR_LAST_YEAR = 16, 15, 12, 9
"""Last years of school by stage."""


def trait(name: str, keys: U64) -> F64:
    """Uniform draw that belongs to a unit for good, the same in every month.

    Examples
    --------
    >>> keys = np.arange(3, dtype=np.uint64)
    >>> bool((trait("boards", keys) == trait("boards", keys)).all())
    True
    """
    return LASTING.uniform(f"trait.{name}", keys)


def normal_trait(name: str, keys: U64) -> F64:
    """Standard normal draw that belongs to a unit for good."""
    return LASTING.normal(f"trait.{name}", keys)


def by_age(age: npt.NDArray[np.integer], age_from: Sequence[int], values: Sequence[float]) -> F64:
    """Value of the band that an age falls into; ages below the first band take the first value.

    Examples
    --------
    >>> by_age(np.array([0, 29, 30, 80]), [0, 30, 60], [1.0, 2.0, 3.0]).tolist()
    [1.0, 1.0, 2.0, 3.0]
    """
    band = np.maximum(np.searchsorted(np.asarray(age_from), age, side="right") - 1, 0)
    found: F64 = np.asarray(values, dtype=np.float64)[band]
    return found


def log_odds_up(share: F64, factor: F64) -> F64:
    """Share with its odds multiplied, so that it stays a share."""
    odds = share / (1 - share) * factor
    found: F64 = odds / (1 + odds)
    return found


def frailty_of(settings: PeopleSettings, keys: U64, household_keys: U64) -> F64:
    """Frailty of mean 1, a gamma of whole shape, some of whose terms members share."""
    shared, own = settings.frailty_household_terms, settings.frailty_own_terms
    total = np.zeros(len(keys))
    for place in range(shared):
        total -= np.log1p(-LASTING.uniform("trait.frailty_shared", household_keys, place))
    for place in range(own):
        total -= np.log1p(-LASTING.uniform("trait.frailty", keys, place))
    found: F64 = total / (shared + own)
    return found


def ability_of(settings: PeopleSettings, keys: U64, household_keys: U64, frailty: F64) -> F64:
    """Ability: normal, shared in part by members, lower where frailty is higher."""
    share = settings.ability_household_share
    found: F64 = (
        np.sqrt(share) * LASTING.normal("trait.ability_shared", household_keys)
        + np.sqrt(1 - share) * LASTING.normal("trait.ability", keys)
        + settings.ability_frailty_slope * (frailty - 1)
    )
    return found


def inherited_ability(
    settings: PeopleSettings, keys: U64, others: F64, frailty: F64, weight: float
) -> F64:
    """Ability of somebody who resembles somebody else: a mother, a partner."""
    own = LASTING.normal("trait.ability", keys)
    found: F64 = (
        weight * others
        + np.sqrt(1 - weight**2) * own
        + settings.ability_frailty_slope * (frailty - 1)
    )
    return found


def _placed(ability: F64, keys: U64, weight: float, name: str) -> F64:
    """Place in the ranking of who goes on to school: 0 last, 1 first, correlated with ability."""
    own = LASTING.normal(f"trait.{name}", keys)
    return _normal_share(weight * ability + np.sqrt(1 - weight**2) * own)


def _normal_share(z: F64) -> F64:
    """Share of a standard normal below z, within 0.0001 (logistic of a cubic, Page 1977)."""
    found: F64 = 1 / (1 + np.exp(-2 * np.sqrt(2 / np.pi) * (z + 0.044715 * z**3)))
    return found


def education_of(settings: PeopleSettings, people: People) -> I8:
    """Education of people who have left school, by year of birth and ability."""
    place = _placed(people.ability, people.key, settings.education_ability_weight, "education")
    born = FIRST_YEAR + people.born_month // 12
    band = np.searchsorted(settings.education_born_before, born, side="right")
    band = np.minimum(band, len(settings.education_shares) - 1)
    upper = np.cumsum(np.array(settings.education_shares), axis=1)[band]
    found: I8 = np.minimum((place[:, None] >= upper).sum(axis=1), upper.shape[1] - 1).astype(
        np.int8
    )
    return found


def goes_on(settings: PeopleSettings, people: People, after: int) -> Flags:
    """Whether people go on to school after their 9th, 12th or 15th year, fixed for good."""
    share = {
        JUNIOR_LAST_YEAR: settings.senior_share,
        SENIOR_LAST_YEAR: settings.tertiary_share,
        COLLEGE_LAST_YEAR: settings.university_share,
    }[after]
    place = _placed(people.ability, people.key, settings.school_ability_weight, f"goes_on_{after}")
    found: Flags = place >= 1 - share
    return found


def education_after(last_year: npt.NDArray[np.integer]) -> I8:
    """Education of somebody whose last year of school this was; a stage counts when finished.

    Examples
    --------
    >>> education_after(np.array([0, 5, 6, 9, 11, 12, 15, 16])).tolist()
    [0, 0, 1, 2, 2, 3, 4, 5]
    """
    ends = (6, JUNIOR_LAST_YEAR, SENIOR_LAST_YEAR, COLLEGE_LAST_YEAR, UNIVERSITY_LAST_YEAR)
    found: I8 = np.searchsorted(ends, last_year, side="right").astype(np.int8)
    return found


def years_since_entry(
    settings: PeopleSettings, born_month: npt.NDArray[np.integer], month: int
) -> npt.NDArray[np.int64]:
    """School year by age alone: 1 from the September at whose start a child is of school age."""
    september = month - (month % 12 - 8) % 12
    age_then = (september - 1 - np.asarray(born_month, dtype=np.int64)) // 12
    found: npt.NDArray[np.int64] = age_then - settings.school_age + 1
    return found


def school_path(
    settings: PeopleSettings, people: People, month: int
) -> tuple[I8, npt.NDArray[np.int64]]:
    """Year of school that people are in by age and by how far they go.

    Returns
    -------
    ndarray of int8
        Year of school, 0 for those who are not yet or no more there.
    ndarray of int64
        Education of those young enough to be on the way or just past it; -1 for the others, whose
        education is drawn by year of birth.
    """
    year = years_since_entry(settings, people.born_month, month)
    last = np.full(people.n, JUNIOR_LAST_YEAR)
    senior = goes_on(settings, people, JUNIOR_LAST_YEAR)
    last[senior] = SENIOR_LAST_YEAR
    tertiary = senior & goes_on(settings, people, SENIOR_LAST_YEAR)
    last[tertiary] = COLLEGE_LAST_YEAR
    last[tertiary & goes_on(settings, people, COLLEGE_LAST_YEAR)] = UNIVERSITY_LAST_YEAR
    in_school = (year >= 1) & (year <= last)
    is_young = year <= UNIVERSITY_LAST_YEAR
    attained = np.where(in_school, education_after(np.maximum(year - 1, 0)), education_after(last))
    attained = np.where(year < 1, 0, attained)
    return (
        np.where(in_school, year, 0).astype(np.int8),
        np.where(is_young, attained, -1).astype(np.int64),
    )
