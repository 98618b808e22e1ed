"""Traits for good: their distributions, schooling by age, and rates in time."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.simulate.county.hand import begin, county, settings_of, within

from fanpin_risk.simulate.county.able import able_adults, is_severe
from fanpin_risk.simulate.county.people import PeopleSettings
from fanpin_risk.simulate.county.rates import a_month, day_of, happen_to, is_at_least
from fanpin_risk.simulate.county.state import People
from fanpin_risk.simulate.county.streams import mixed
from fanpin_risk.simulate.county.traits import (
    _normal_share,
    ability_of,
    education_of,
    frailty_of,
    goes_on,
    inherited_ability,
    log_odds_up,
    school_path,
    trait,
    years_since_entry,
)

SETTINGS = settings_of("people", PeopleSettings)
KEYS = mixed(np.arange(60_000, dtype=np.uint64), 5)
HOMES = np.repeat(mixed(np.arange(30_000, dtype=np.uint64), 6), 2)


def persons(n=60_000, *, born_month=-12 * 30):
    """People of one age, of different keys and abilities."""
    people = People.blank(n)
    people.key = KEYS[:n]
    people.born_month[:] = born_month
    people.frailty = frailty_of(SETTINGS, people.key, HOMES[:n])
    people.ability = ability_of(SETTINGS, people.key, HOMES[:n], people.frailty)
    return people


def test_frailty_is_a_gamma_of_mean_1_that_members_share_in_part():
    """Shape 3: variance a third, and a correlation of a third within a household."""
    frailty = frailty_of(SETTINGS, KEYS, HOMES)
    shape = SETTINGS.frailty_household_terms + SETTINGS.frailty_own_terms
    assert frailty.min() > 0
    assert abs(frailty.mean() - 1) < 0.01
    assert abs(frailty.var() - 1 / shape) < 0.01
    assert abs(((frailty - 1) ** 3).mean() - 2 / shape**2) < 0.03
    within_home = np.corrcoef(frailty[::2], frailty[1::2])[0, 1]
    assert abs(within_home - SETTINGS.frailty_household_terms / shape) < 0.02


def test_ability_is_shared_in_part_and_lower_where_frailty_is_higher():
    """Correlation within a household is the share of the settings."""
    people = persons()
    rest = people.ability - SETTINGS.ability_frailty_slope * (people.frailty - 1)
    assert abs(rest.mean()) < 0.02
    assert abs(rest.std() - 1) < 0.01
    shared = np.corrcoef(rest[::2], rest[1::2])[0, 1]
    assert abs(shared - SETTINGS.ability_household_share) < 0.02
    child = inherited_ability(SETTINGS, mixed(KEYS, 9), people.ability, people.frailty, 0.5)
    assert 0.4 < np.corrcoef(child, people.ability)[0, 1] < 0.6


@given(st.floats(-6, 6))
def test_the_normal_share_is_close_to_the_exact_one(z):
    """Against the error function."""
    exact = 0.5 * (1 + math.erf(z / math.sqrt(2)))
    assert abs(float(_normal_share(np.array([z]))[0]) - exact) < 4e-4


@pytest.mark.parametrize("year", [1940, 1955, 1975, 1990, 2000])
def test_education_has_the_shares_of_its_band(year):
    """Within Monte Carlo error, and higher with ability."""
    people = persons(born_month=(year - 2021) * 12)
    people.ability = people.ability / people.ability.std()
    found = education_of(SETTINGS, people)
    band = sum(year >= end for end in SETTINGS.education_born_before)
    for level, share in enumerate(SETTINGS.education_shares[band]):
        assert abs((found == level).mean() - share) < 0.015, level
    assert people.ability[found >= 3].mean() > people.ability[found <= 1].mean() + 0.5


def test_going_on_to_school_is_fixed_and_has_its_share():
    """The same in every month; the able more often."""
    people = persons()
    people.ability = people.ability / people.ability.std()
    for last, share in ((9, SETTINGS.senior_share), (12, SETTINGS.tertiary_share)):
        goes = goes_on(SETTINGS, people, last)
        assert abs(goes.mean() - share) < 0.012
        assert people.ability[goes].mean() > people.ability[~goes].mean() + 0.3
        assert np.array_equal(goes, goes_on(SETTINGS, people, last))


@pytest.mark.parametrize(
    ("born", "month", "year"),
    [
        ((2014, 8), (2020, 9), 1),  # six at the end of August
        ((2014, 9), (2020, 9), 0),  # a month later: not yet
        ((2014, 9), (2021, 8), 0),
        ((2014, 9), (2021, 9), 1),
        ((2014, 8), (2021, 8), 1),
        ((2014, 8), (2021, 9), 2),
        ((2005, 8), (2020, 12), 10),
    ],
)
def test_years_since_entry_count_from_september(born, month, year):
    """By hand, with the month of birth and of the question."""
    number = [(y - 2021) * 12 + m - 1 for y, m in (born, month)]
    assert years_since_entry(SETTINGS, np.array([number[0]]), number[1]).tolist() == [year]


def test_a_path_through_school_ends_where_goes_on_says():
    """Whoever is seventeen is in the eleventh year, or left with nine."""
    people = persons(born_month=-12 * 17)
    year, attained = school_path(SETTINGS, people, 4)
    goes = goes_on(SETTINGS, people, 9)
    assert np.array_equal(year == 11, goes)
    assert set(year[~goes].tolist()) == {0}
    assert set(attained[goes].tolist()) == {2}
    assert set(attained[~goes].tolist()) == {2}
    young, none = school_path(SETTINGS, persons(10, born_month=-40), 4)
    assert set(young.tolist()) == {0}
    assert set(none.tolist()) == {0}
    old, unknown = school_path(SETTINGS, persons(10, born_month=-12 * 40), 4)
    assert set(old.tolist()) == {0}
    assert set(unknown.tolist()) == {-1}


def test_traits_of_different_names_have_nothing_in_common():
    """Correlation of nought, and each uniform."""
    one, other = trait("one", KEYS), trait("other", KEYS)
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.02
    assert abs(one.mean() - 0.5) < 0.01


def test_odds_are_multiplied():
    """A share stays one, whatever the factor."""
    share, factor = np.array([0.2, 0.5, 0.9]), np.array([1.0, 3.0, 1000.0])
    up = log_odds_up(share, factor)
    assert np.allclose(up / (1 - up), share / (1 - share) * factor)
    assert up.max() < 1


@pytest.mark.parametrize("most", [0.3, 0.9, 40.0])
def test_a_bound_that_is_high_enough_changes_nobody(most):
    """What happens to whom does not depend on how the search is narrowed."""
    people = persons()
    month = begin(county(1), 5)
    rates = 0.3 * np.arange(people.n) / people.n
    who = np.arange(people.n) % 3 != 0
    rows = happen_to(people, month, "x", who, most, lambda rows: rates[rows])
    slowly = np.flatnonzero(who & month.streams.happens("x", people.key, a_month(rates)))
    assert np.array_equal(rows, slowly)
    assert within(len(rows) / who.sum(), float(a_month(rates[who]).mean()), who.sum())


def test_days_are_those_that_every_month_has():
    """1 to 28, all of them."""
    month = begin(county(1), 5)
    days = day_of(month, "x", KEYS)
    assert np.array_equal(np.unique(days), np.arange(1, 29))


def test_who_counts_as_able_by_hand():
    """Of working age at both ends, out of school, not severely disabled, here."""
    people = People.blank(8)
    month, (first, last) = 0, SETTINGS.work_ages
    age_months = [12 * first - 1, 12 * first, 12 * last + 11, 12 * last + 12, 400, 400, 400, 400]
    people.born_month = month - np.array(age_months, dtype=np.int32)
    people.school_year[4] = 10
    people.disability_level[5:7] = (2, 3)
    people.is_here[7] = False
    able = able_adults(people, month, SETTINGS.work_ages)
    assert able.tolist() == [False, True, True, False, False, False, True, False]
    assert is_severe(people).tolist() == [False] * 5 + [True, False, False]
    assert is_at_least(people, month, first).tolist() == [False] + [True] * 7
