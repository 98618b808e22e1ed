"""The county before its first month: plausible, reproducible, and whole at any size."""

from __future__ import annotations

import numpy as np
import pytest
from tests.simulate.county.hand import parameters, within

from fanpin_risk.errors import ConfigError
from fanpin_risk.simulate.county.kinds import NEVER, Job, Measure, Product, Relation
from fanpin_risk.simulate.county.people import PeopleSettings
from fanpin_risk.simulate.county.places import PlacesSettings, villages
from fanpin_risk.simulate.county.start import START_MONTH, start
from fanpin_risk.simulate.county.state import State

N = 12_000


def made(n=N, *, preset="northeast", seed=1, county=3) -> State:
    """A county that has just begun."""
    return start(parameters(preset=preset), n, seed=seed, county=county)


@pytest.fixture(scope="module")
def northeast():
    """The base preset."""
    return made()


@pytest.fixture(scope="module")
def southwest():
    """The other preset."""
    return made(preset="southwest")


def ages(state):
    """Completed years."""
    return (state.month - state.people.born_month) // 12


def sizes(state):
    """Persons by household."""
    return np.bincount(state.people.household, minlength=state.households.n)


def test_the_same_seed_gives_the_same_bytes_and_another_one_another_county(northeast):
    """Of every array."""
    again, other = made(), made(seed=2)
    for part in ("households", "people", "villages", "commons"):
        first, second = getattr(northeast, part).as_dict(""), getattr(again, part).as_dict("")
        assert all(np.array_equal(first[name], second[name]) for name in first), part
    assert not np.isin(other.households.key, northeast.households.key).any()
    assert other.people.n != northeast.people.n


def test_sizes_and_ages_are_those_of_the_two_regions(northeast, southwest):
    """Design note, section 2: 2.05 to 2.4 persons and many old in one, 3.35 in the other."""
    assert 2.05 <= sizes(northeast).mean() <= 2.4
    assert 3.25 <= sizes(southwest).mean() <= 3.45
    old = [(ages(state) >= 65).mean() for state in (northeast, southwest)]
    assert old[0] >= 0.15  # two years before the first recorded month, in which it is 0.17
    assert old[1] <= 0.12
    land = [np.median(state.households.land_mu_x100) for state in (northeast, southwest)]
    assert 1500 <= land[0] <= 2500
    assert land[1] <= 600


def test_families_are_families(northeast):
    """One head each; couples of two sexes; children and grandchildren young enough."""
    people, households = northeast.people, northeast.households
    relation, age = people.relation, ages(northeast)
    heads = np.flatnonzero(relation == Relation.HEAD)
    assert np.array_equal(people.household[heads], np.arange(households.n))
    head_age, head_sex = age[heads], people.is_female[heads]
    for kind, most in ((Relation.SPOUSE, 1), (Relation.CHILD_IN_LAW, 1), (Relation.PARENT, 2)):
        rows = np.flatnonzero(relation == kind)
        assert len(rows) > 100
        assert np.bincount(people.household[rows]).max() == most
    spouses = np.flatnonzero(relation == Relation.SPOUSE)
    assert (people.is_female[spouses] != head_sex[people.household[spouses]]).all()
    children = np.flatnonzero(relation == Relation.CHILD)
    gap = head_age[people.household[children]] - age[children]
    assert gap.min() >= 18
    parents = np.flatnonzero(relation == Relation.PARENT)
    assert (age[parents] - head_age[people.household[parents]]).min() >= 16
    in_law = np.flatnonzero(relation == Relation.CHILD_IN_LAW)
    assert np.isin(people.household[in_law], people.household[children]).all()
    assert age.min() >= 0
    assert age.max() <= 99


def test_shares_are_those_of_the_settings(northeast):
    """Within Monte Carlo error; the former poor exactly."""
    places = parameters().theme("places", PlacesSettings)
    households = northeast.households
    assert households.is_former_poor.sum() == round(places.former_poor_share * N)
    assert within((households.land_mu_x100 == 0).mean(), places.landless_share, N)
    assert within((households.savings_fen < 0).mean(), places.debt_share, N)
    for grade, share in enumerate(places.house_grade_shares):
        assert within((households.house_grade == grade).mean(), share, N)
    kinds = parameters().theme("people", PeopleSettings).household_types
    alone = sum(kind.share for kind in kinds if kind.name in ("old_alone", "adult_alone"))
    is_alone = (sizes(northeast) == 1).mean()
    assert alone - 0.015 <= is_alone <= alone + 0.03  # others whose children would be too young


def test_the_former_poor_are_less_able_frailer_and_fewer_hands(northeast):
    """They differ by traits that go on to matter, and still overlap."""
    households, people = northeast.households, northeast.people
    poor = households.is_former_poor[people.household]
    assert people.ability[~poor].mean() - people.ability[poor].mean() > 0.1
    assert people.frailty[poor].mean() - people.frailty[~poor].mean() > 0.05
    income = households.income_12.sum(axis=1) / sizes(northeast)
    assert income[households.is_former_poor].mean() < income[~households.is_former_poor].mean()
    better = np.quantile(income[~households.is_former_poor], 0.3)
    assert (income[households.is_former_poor] > better).mean() > 0.4


def test_kin_are_pairs_in_the_same_village(northeast):
    """Both ways, never with oneself, one old and one younger."""
    households = northeast.households
    rows = np.flatnonzero(households.kin >= 0)
    kin = households.kin[rows]
    assert len(rows) > 0.15 * N
    assert np.array_equal(households.kin[kin], rows)
    assert (kin != rows).all()
    assert np.array_equal(households.village[kin], households.village[rows])
    heads = northeast.people.relation == Relation.HEAD
    age = ages(northeast)[heads]
    assert ((age[rows] >= 60) != (age[kin] >= 60)).all()


def test_who_works_can_work(northeast):
    """No pupil, no child and no severely disabled person has a job; posts have a written end."""
    people, households = northeast.people, northeast.households
    working = people.job != Job.NONE
    assert (people.school_year[working] == 0).all()
    assert ages(northeast)[working].min() >= 16
    assert not ((people.disability_level > 0) & (people.disability_level <= 2))[working].any()
    post = people.job == Job.POST
    assert post.sum() > 20
    assert (people.post_until[post] > START_MONTH).all()
    until = households.measure_until[:, Measure.PUBLIC_POST]
    assert np.array_equal(np.flatnonzero(until > NEVER), np.sort(people.household[post]))
    assert np.array_equal(
        np.flatnonzero(households.has_business),
        np.sort(people.household[people.job == Job.BUSINESS]),
    )


def test_pupils_are_of_their_age(northeast):
    """December: who turned six by the end of August is in the first year."""
    people = northeast.people
    in_school = people.school_year > 0
    months = START_MONTH - people.born_month[in_school]
    year = people.school_year[in_school]
    assert ((months - 4 - 72) // 12 + 1 == year).all()
    due = (START_MONTH - people.born_month >= 76) & (START_MONTH - people.born_month < 76 + 108)
    assert (in_school | people.is_unfit_to_study)[due].all()
    assert people.is_unfit_to_study.sum() < 0.02 * due.sum()


def test_numbers_and_keys_are_given_once(northeast):
    """A person's number begins with the household's; another county shares none."""
    households, people = northeast.households, northeast.people
    assert np.array_equal(households.number, 3_000_001 + np.arange(N))
    assert np.array_equal(people.number // 100, households.number[people.household])
    assert len(np.unique(people.number)) == people.n
    keys = np.concatenate([households.key, people.key])
    assert len(np.unique(keys)) == len(keys)
    assert np.array_equal(households.n_persons_ever, sizes(northeast))
    other = made(500, county=4)
    assert not np.isin(other.people.key, people.key).any()


def test_animals_need_hands_and_land_without_hands_is_leased(northeast):
    """Nobody keeps animals without an able adult; herds fit the product."""
    households, people = northeast.households, northeast.people
    able = (
        (ages(northeast) >= 16)
        & (ages(northeast) <= 64)
        & (people.school_year == 0)
        & ~((people.disability_level > 0) & (people.disability_level <= 2))
    )
    n_able = np.bincount(people.household[able], minlength=N)
    keeps = households.product >= Product.CATTLE
    assert np.array_equal(keeps, households.herd > 0)
    assert (n_able[keeps] > 0).all()
    idle = (n_able == 0) & (households.land_mu_x100 > 0)
    assert households.is_leasing_out[idle].all()
    assert not households.is_leasing_out[households.land_mu_x100 == 0].any()


@pytest.mark.parametrize("n", [1, 2, 7, 200, 1000])
def test_small_counties_are_whole(n):
    """With fewer villages, townships and cells; every household in a village of its cell."""
    state = made(n)
    households, places = state.households, state.villages
    assert households.n == n
    assert np.bincount(households.village, minlength=places.n).min() >= 1
    assert np.array_equal(places.cell[households.village], households.cell)
    assert state.commons.season_cut.shape == (1, places.cell.max() + 1)
    assert state.commons.zeal_drift.shape == (1, places.n)
    assert np.array_equal(np.unique(places.township), np.arange(places.township.max() + 1))
    assert (np.isfinite(households.savings_fen)).all()


@pytest.mark.parametrize("seed", range(5))
def test_a_full_county_has_places_as_the_design_says(seed):
    """15 townships of about 14 villages of 60 to 900 households; 12 to 20 cells across borders."""
    settings = parameters().theme("places", PlacesSettings)
    rows, size = villages(settings, 60_000, seed=seed, county=1)
    assert size.sum() == 60_000
    assert size.min() >= 50
    assert size.max() <= 1050
    assert size.max() > 3 * size.min()
    assert rows.township.max() + 1 == 15
    assert 12 <= np.bincount(rows.township).min() <= np.bincount(rows.township).max() <= 16
    assert 12 <= rows.cell.max() + 1 <= 20
    crossing = [len(np.unique(rows.township[rows.cell == cell])) for cell in np.unique(rows.cell)]
    assert max(crossing) > 1
    split = [len(np.unique(rows.cell[rows.township == town])) for town in np.unique(rows.township)]
    assert max(split) > 1
    assert rows.flood_share.max() <= settings.flood_share_most
    assert abs(rows.flood_share.mean() - settings.flood_share_mean) < 0.03


@pytest.mark.parametrize(
    ("n", "county", "words"),
    [
        (0, 1, "a county of 0 households cannot be made. Ask for 1 to 999999."),
        (1_000_000, 1, "a county of 1000000 households cannot be made. Ask for 1 to 999999."),
        (10, 0, "there is no county 0. Number counties 1 to 999."),
        (10, 1000, "there is no county 1000. Number counties 1 to 999."),
    ],
)
def test_what_cannot_be_made_is_refused(n, county, words):
    """With the value and the bounds."""
    with pytest.raises(ConfigError) as error:
        made(n, county=county)
    assert str(error.value) == words


@pytest.mark.parametrize(
    ("kind", "theme", "changes", "words"),
    [
        (PlacesSettings, "places", {"product_shares": (0.5,) * 9}, "product_shares sum to 4.5000"),
        (PlacesSettings, "places", {"herd_median": (0,) * 8}, "herd_median has 8 entries"),
        (PlacesSettings, "places", {"water_trip_minutes": (1, 2)}, "differ in length"),
        (PeopleSettings, "people", {"birth_rate": (0.1,)}, "birth_rate has 1 entries"),
        (
            PeopleSettings,
            "people",
            {"disability_level_shares": (0.5, 0.2, 0.2, 0.2)},
            "disability_level_shares sum to 1.1000",
        ),
    ],
)
def test_settings_that_do_not_fit_are_refused(kind, theme, changes, words):
    """Shares that do not sum to 1, and tables of the wrong length."""
    values = parameters().theme(theme, kind).model_dump() | changes
    with pytest.raises(ValueError, match=words):
        kind.model_validate(values)
