"""The county before its first month: places, households, people and what they own."""

from __future__ import annotations

import numpy as np

from fanpin_risk.errors import ConfigError
from fanpin_risk.simulate.county import start_homes
from fanpin_risk.simulate.county.able import able_adults
from fanpin_risk.simulate.county.illness_settings import IllnessSettings
from fanpin_risk.simulate.county.kinds import Relation
from fanpin_risk.simulate.county.parameters import Parameters
from fanpin_risk.simulate.county.pensions import base_pension_fen
from fanpin_risk.simulate.county.people_settings import PeopleSettings
from fanpin_risk.simulate.county.places import PlacesSettings, n_cells, villages
from fanpin_risk.simulate.county.start_people import start_people
from fanpin_risk.simulate.county.state import Commons, Households, State
from fanpin_risk.simulate.county.streams import Streams, mixed

START_MONTH = -25
"""The month that is over when the county begins; two years of settling come first."""

HOUSEHOLDS_AT_MOST = 999_999
"""Numbers of one county reach no further; those of households that split off are made of the
parent's number and the month (`splits.number_of_split`)."""

COUNTIES_AT_MOST = 999


def start(parameters: Parameters, n_households: int, *, seed: int, county: int) -> State:
    """Return the county at the end of month -25.

    Parameters
    ----------
    parameters
        All themes; used are places, people and illness.
    n_households
        From 1 to 999,999; the villages shrink with the county.
    seed
        The same seed and county give the same bytes.
    county
        Number of the county, 1 to 999; its households are numbered from ``county * 1_000_000 + 1``.

    Returns
    -------
    State
        One common path with prices, demand and weather at their means. The twelve months before
        are filled with a rough income, so that two years settle what this leaves out.

    Raises
    ------
    ConfigError
        If the number of households or of the county is out of range.
    """
    if not 1 <= n_households <= HOUSEHOLDS_AT_MOST:
        raise ConfigError(
            f"a county of {n_households} households cannot be made. "
            f"Ask for 1 to {HOUSEHOLDS_AT_MOST}."
        )
    if not 1 <= county <= COUNTIES_AT_MOST:
        raise ConfigError(f"there is no county {county}. Number counties 1 to {COUNTIES_AT_MOST}.")
    places = parameters.theme("places", PlacesSettings)
    about_people = parameters.theme("people", PeopleSettings)
    about_illness = parameters.theme("illness", IllnessSettings)
    draws = Streams(START_MONTH)

    village_rows, sizes = villages(places, n_households, seed=seed, county=county)
    households = Households.blank(n_households)
    households.number = county * 1_000_000 + np.arange(1, n_households + 1, dtype=np.int64)
    households.key = mixed(households.number.astype(np.uint64), seed)
    households.village = np.repeat(np.arange(village_rows.n), sizes).astype(np.int32)
    households.cell = village_rows.cell[households.village]
    people = start_people(
        about_people, households.key, households.number, seed=seed, month=START_MONTH
    )
    of_village = draws.normal("start.village_ability", village_rows.key)
    people.ability += places.village_ability_sd * of_village[households.village[people.household]]
    size = np.bincount(people.household, minlength=n_households)
    households.n_persons_ever = size.astype(np.int16)
    able = able_adults(people, START_MONTH, about_people.work_ages)
    n_able = np.bincount(people.household[able], minlength=n_households).astype(np.int64)
    head_age = np.zeros(n_households, dtype=np.int64)
    heads = people.relation == Relation.HEAD
    head_age[people.household[heads]] = (START_MONTH - people.born_month[heads]) // 12

    start_homes.give_land(households, village_rows, n_able, places, draws)
    start_homes.give_homes(households, places, draws)
    start_homes.give_kin(households, head_age, places, draws)
    start_homes.give_former_poor(households, people, village_rows, n_able, places, draws)
    start_homes.give_work_outside_farm(households, people, able, places, draws, START_MONTH)
    income = start_homes.expected_income(
        households, people, places, base_pension_fen(about_people, START_MONTH), START_MONTH,
        about_people.pension_age,
    )  # fmt: skip
    start_homes.give_money(households, income, places, draws)
    start_homes.give_allowances(households, people, n_able, head_age, places, draws, START_MONTH)
    covered = np.where(
        households.is_former_poor[people.household],
        about_illness.insured_share_poor,
        about_illness.insured_share,
    )
    people.is_insured = draws.happens("start.insured", people.key, covered)

    commons = Commons.blank(1, n_cells(village_rows), village_rows.n)
    commons.key = mixed(np.array([county], dtype=np.uint64), seed, 2)
    return State(START_MONTH, households, people, village_rows, commons)
