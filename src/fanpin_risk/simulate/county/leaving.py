"""Who leaves the household: by death, by marriage, for good, or all together."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fanpin_risk.simulate.county.able import able_adults, is_severe
from fanpin_risk.simulate.county.families import (
    CHANGE_MOVED_AWAY,
    DIED,
    LEFT,
    Rows,
    end_households,
    first_of_each,
    has_relation,
    mark_gone,
    members_with,
    tell_change,
    tell_member,
    unmarried,
)
from fanpin_risk.simulate.county.kinds import End, Left, Relation, Shock
from fanpin_risk.simulate.county.labour import members
from fanpin_risk.simulate.county.month import Month, may_happen, strike
from fanpin_risk.simulate.county.people_settings import PeopleSettings
from fanpin_risk.simulate.county.rates import a_month, age_of, day_of, is_at_least
from fanpin_risk.simulate.county.state import F64, State
from fanpin_risk.simulate.county.traits import by_age

_MONTHS = 12
_OLDEST = 119
_SHOCK_DEATH, _SHOCK_WORKER_LOST = 3, 4
"""Places in the contracts' list of shocks."""


def let_go(state: State, month: Month, settings: PeopleSettings, rows: Rows, left: Left) -> Rows:
    """Let persons leave, and strike `Shock.LACK_OF_LABOUR` where hands are missing afterwards.

    It is struck where an able adult goes, somebody stays, and at most one able adult is left. Where
    that kind of shock is switched off, the able adults stay.

    Returns
    -------
    ndarray of int64
        The persons who left.
    """
    people, n = state.people, state.households.n
    able = able_adults(people, month.month, settings.work_ages)
    home = people.household
    n_able = np.bincount(home[able], minlength=n)
    loses = np.bincount(home[rows[able[rows]]], minlength=n)
    stays = members(state) > np.bincount(home[rows], minlength=n)
    lacking = (loses > 0) & (n_able - loses <= 1) & stays
    held = lacking & ~may_happen(state, Shock.LACK_OF_LABOUR)
    rows = rows[~(held[home[rows]] & able[rows])]
    struck = np.flatnonzero(lacking & ~held)
    strike(state, month, struck, Shock.LACK_OF_LABOUR)
    is_lost = np.zeros(n, dtype=np.bool_)
    is_lost[struck] = True
    tell_worker_lost(state, month, rows[is_lost[home[rows]] & able[rows]])
    mark_gone(state, month, rows, left)
    tell_member(state, month, rows, DIED if left == Left.DIED else LEFT)
    people.school_year[rows] = 0
    people.is_dropout[rows] = False
    return rows


def tell_worker_lost(state: State, month: Month, persons: Rows) -> None:
    """Keep events of able adults whose household is short of hands without them."""
    tell_shock(state, month, persons, _SHOCK_WORKER_LOST)


def tell_shock(state: State, month: Month, persons: Rows, kind: int) -> None:
    """Keep events of shocks that hit households through one person."""
    nothing = np.full(len(persons), -1)
    month.add(
        "shock",
        hh=state.people.household[persons].astype(np.int64),
        person=persons,
        kind=np.full(len(persons), kind),
        disaster_kind=nothing,
        loss=np.zeros(len(persons), dtype=np.int64),
        product=nothing,
        day=day_of(month, "people.shock_day", state.people.key[persons]),
    )


def death_rate(state: State, month: Month, settings: PeopleSettings) -> F64:
    """Deaths a year of every person: Gompertz by sex, times frailty, illness and disability.

    The law is taken at the middle of the year of age.
    """
    people = state.people
    age = np.clip((month.month - people.born_month) // _MONTHS, 0, _OLDEST)
    ages = np.arange(_OLDEST + 1) + 0.5
    slopes = np.array(settings.death_log_rate_per_year)
    levels = np.array(settings.death_log_rate_at_60)
    table = np.exp(levels[:, None] + slopes[:, None] * (ages - 60))
    rate = table[people.is_female.astype(np.int8), age]
    rate *= people.frailty
    rate += settings.death_floor_a_year
    rate[age == 0] += settings.infant_death
    rate[people.serious_until >= month.month] *= settings.death_serious_factor
    rate[people.is_chronic] *= settings.death_chronic_factor
    rate[is_severe(people)] *= settings.death_disability_factor
    found: F64 = rate
    return found


def die(state: State, month: Month, settings: PeopleSettings) -> None:
    """Let persons die; families pay for funerals as far as they can."""
    people = state.people
    dies = people.is_here & month.streams.happens(
        "people.death", people.key, a_month(death_rate(state, month, settings))
    )
    dead = let_go(state, month, settings, np.flatnonzero(dies), Left.DIED)
    tell_shock(state, month, dead, _SHOCK_DEATH)
    stays = members(state)[people.household[dead]] > 0
    celebrate(
        state, month, settings, dead[stays], settings.funeral_median_yuan, settings.funeral_sd,
        "people.funeral",
    )  # fmt: skip


def celebrate(
    state: State,
    month: Month,
    settings: PeopleSettings,
    persons: Rows,
    median_yuan: float | F64,
    sd: float,
    what: str,
) -> None:
    """Book what a wedding or a funeral costs the person's household.

    No more than a share of the savings, but at least a floor, on credit if need be.
    """
    household = state.people.household[persons]
    wanted = (
        np.asarray(median_yuan)
        * 100
        * np.exp(sd * month.streams.normal(what, state.people.key[persons]))
    )
    means = settings.celebration_most_share_of_savings * state.households.savings_fen[household]
    floor = settings.celebration_floor_yuan * 100
    cost = np.rint(np.minimum(wanted, np.maximum(means, floor))).astype(np.int64)
    np.add.at(month.book.wedding_funeral, household, cost)


def marry_and_depart(state: State, month: Month, settings: PeopleSettings) -> Rows:
    """Let unmarried children and heads marry, and unmarried children leave for good.

    A child who marries leaves, or brings a spouse where no other couple of children lives; heads
    always bring one.

    Returns
    -------
    ndarray of int64
        Persons here whose spouse moves in this month, at most one of each household.
    """
    people = state.people
    rows = unmarried(state, _may_marry_or_depart(state, month, settings))
    age = age_of(people, month.month, rows)
    key, female = people.key[rows], people.is_female[rows]
    is_child = people.relation[rows] == Relation.CHILD
    rate = np.where(
        female,
        by_age(age, settings.marriage_age_from, settings.marriage_rate_female),
        by_age(age, settings.marriage_age_from, settings.marriage_rate_male),
    )
    of_age = age >= settings.marriage_age_from[0]
    marries = of_age & month.streams.happens("people.marriage", key, a_month(rate))
    goes = is_child & month.streams.happens(
        "people.leaves_at_marriage", key, np.where(female, *settings.leaves_at_marriage[::-1])
    )
    among = members_with(state, rows)
    full = has_relation(state, Relation.CHILD_IN_LAW, among)[people.household[rows]]
    brings = marries & ~goes & ~(is_child & full)
    weds = (marries & goes) | brings
    departs_rate = by_age(age, settings.departure_age_from, settings.departure_rate)
    departs = (
        is_child
        & ~weds
        & (age >= settings.departure_age_from[0])
        & month.streams.happens("people.departure", key, a_month(departs_rate))
    )
    bringers = first_of_each(state, rows[brings], people.born_month[rows[brings]])
    newly_wed = np.union1d(rows[marries & goes], bringers)
    weddings = np.where(people.is_female[newly_wed], *settings.wedding_median_yuan[::-1])
    celebrate(state, month, settings, newly_wed, weddings, settings.wedding_sd, "people.wedding")
    let_go(state, month, settings, rows[(marries & goes) | departs], Left.MOVED)
    return bringers


def _may_marry_or_depart(state: State, month: Month, settings: PeopleSettings) -> Rows:
    """Heads and children old enough and out of school whose draws are low enough for any rate."""
    people, draws = state.people, month.streams
    youngest = min(settings.marriage_age_from[0], settings.departure_age_from[0])
    may = people.is_here & (people.school_year == 0)
    may &= is_at_least(people, month.month, youngest)
    may &= (people.relation == Relation.HEAD) | (people.relation == Relation.CHILD)
    rows = np.flatnonzero(may)
    key = people.key[rows]
    most = max(*settings.marriage_rate_male, *settings.marriage_rate_female)
    low = draws.happens("people.marriage", key, a_month(most))
    low |= draws.happens("people.departure", key, a_month(max(settings.departure_rate)))
    found: Rows = rows[low]
    return found


def move_away(state: State, month: Month, settings: PeopleSettings) -> None:
    """Let whole households move out of the county, with everything they have."""
    households, people = state.households, state.people
    settled = np.zeros(households.n, dtype=np.bool_)
    is_old = is_at_least(people, month.month, settings.move_away_age_to + 1)
    settled[people.household[people.is_here & is_old]] = True
    rows = np.flatnonzero(households.is_here & ~settled)
    goes = month.streams.happens(
        "people.move_away", households.key[rows], a_month(settings.move_away_rate)
    )
    rows = rows[goes]
    end_households(state, month, rows, End.MOVED_AWAY)
    tell_change(month, rows, CHANGE_MOVED_AWAY)


def leavers_of(state: State, month: int) -> npt.NDArray[np.int64]:
    """Persons who left or died in this month, those of households that ended included."""
    people = state.people
    rows: Rows = np.flatnonzero(~people.is_here & (people.left_month == month))
    return rows
