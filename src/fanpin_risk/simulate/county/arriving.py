"""Who comes into a household: born, married in, or back."""

from __future__ import annotations

import numpy as np

from fanpin_risk.simulate.county.families import (
    BORN,
    MARRIED_IN,
    RETURNED,
    Rows,
    has_relation,
    married_children,
    members_with,
    tell_member,
)
from fanpin_risk.simulate.county.kinds import NEVER, Job, Left, Relation
from fanpin_risk.simulate.county.month import Month
from fanpin_risk.simulate.county.people_settings import PeopleSettings
from fanpin_risk.simulate.county.rates import a_month, age_of, day_of, is_at_least
from fanpin_risk.simulate.county.state import U64, People, State
from fanpin_risk.simulate.county.streams import mixed
from fanpin_risk.simulate.county.traits import (
    by_age,
    education_of,
    frailty_of,
    inherited_ability,
    log_odds_up,
)

_CHILD_OF, _SPOUSE_OF = 11, 12
"""What a new person's key is made for, beside the key of the one they come by and the month."""


def arrive(state: State, month: Month, settings: PeopleSettings, bringers: Rows) -> None:
    """Add the newborn and the spouses who move in, and take back who returns.

    Parameters
    ----------
    bringers
        Persons whose spouse moves in this month, at most one of each household.
    """
    mothers = who_gives_birth(state, month, settings)
    come_back(state, month, settings)
    babies = newborn(state, month, settings, mothers)
    spouses = spouses_of(state, month, settings, bringers)
    n = state.people.n
    more = babies
    more.append(spouses)
    if more.n == 0:
        return
    number_new(state, more)
    state.people.append(more)
    month.grow(state)
    rows = np.arange(n, state.people.n)
    tell_member(state, month, rows[: len(mothers)], BORN)
    tell_member(state, month, rows[len(mothers) :], MARRIED_IN)


def who_gives_birth(state: State, month: Month, settings: PeopleSettings) -> Rows:
    """Women with a husband in the household who have a child this month."""
    people = state.people
    may = people.is_here & people.is_female
    may &= is_at_least(people, month.month, settings.birth_age_from[0])
    may &= ~is_at_least(people, month.month, settings.birth_age_to)
    rows = np.flatnonzero(may)
    most = max(settings.birth_rate) * max(settings.birth_parity_factor)
    rows = rows[month.streams.happens("people.birth", people.key[rows], a_month(most))]
    among = members_with(state, rows)
    relation, home = people.relation[rows], people.household[rows]
    has_spouse = has_relation(state, Relation.SPOUSE, among)[home]
    is_parent = ((relation == Relation.HEAD) & has_spouse) | (relation == Relation.SPOUSE)
    is_young = relation == Relation.CHILD_IN_LAW
    is_young |= np.isin(rows, married_children(state, among))
    rows, is_young = rows[is_parent | is_young], is_young[is_parent | is_young]
    age = age_of(people, month.month, rows)
    minors = among[~is_at_least(people, month.month, settings.adult_age)[among]]
    of_head, of_young = (
        np.bincount(
            people.household[minors[people.relation[minors] == child]],
            minlength=state.households.n,
        )[people.household[rows]]
        for child in (Relation.CHILD, Relation.GRANDCHILD)
    )
    n_children = np.where(is_young, of_young, of_head)
    factors = np.array(settings.birth_parity_factor)
    rate = (
        by_age(age, settings.birth_age_from, settings.birth_rate)
        * factors[np.minimum(n_children, len(factors) - 1)]
    )
    found: Rows = rows[month.streams.happens("people.birth", people.key[rows], a_month(rate))]
    return found


def newborn(state: State, month: Month, settings: PeopleSettings, mothers: Rows) -> People:
    """The children born this month, one of each mother."""
    people, draws = state.people, month.streams
    babies = _blank(state, month, settings, mothers, _CHILD_OF)
    babies.born_month[:] = month.month
    babies.born_day = day_of(month, "people.born_day", babies.key).astype(np.int8)
    babies.is_female = ~draws.happens("people.born_sex", babies.key, settings.boys_share)
    of_head = np.isin(people.relation[mothers], (Relation.HEAD, Relation.SPOUSE))
    babies.relation = np.where(of_head, Relation.CHILD, Relation.GRANDCHILD).astype(np.int8)
    babies.ability = inherited_ability(
        settings,
        babies.key,
        people.ability[mothers],
        babies.frailty,
        settings.child_ability_weight,
    )
    babies.is_insured = draws.happens(
        "people.newcomer_insured", babies.key, settings.newcomer_insured_share
    )
    return babies


def spouses_of(state: State, month: Month, settings: PeopleSettings, bringers: Rows) -> People:
    """Who moves in from outside by marriage: of about the partner's age and ability."""
    people, draws = state.people, month.streams
    spouses = _blank(state, month, settings, bringers, _SPOUSE_OF)
    key = spouses.key
    low, high = settings.spouse_gap_years
    older = 12 * (low + (high - low) * draws.uniform("people.spouse_gap", key))
    gap = np.rint(np.where(people.is_female[bringers], older, -older))
    youngest = month.month - 12 * settings.marriage_age_from[0]
    born = np.minimum(people.born_month[bringers] - gap, youngest)
    spouses.born_month = born.astype(np.int32)
    spouses.born_day = day_of(month, "people.born_day", key).astype(np.int8)
    spouses.is_female = ~people.is_female[bringers]
    of_head = people.relation[bringers] == Relation.HEAD
    spouses.relation = np.where(of_head, Relation.SPOUSE, Relation.CHILD_IN_LAW).astype(np.int8)
    spouses.ability = inherited_ability(
        settings,
        key,
        people.ability[bringers],
        spouses.frailty,
        settings.newcomer_ability_weight,
    )
    spouses.education = education_of(settings, spouses)
    age = (month.month - spouses.born_month) // 12
    chronic = by_age(age, settings.chronic_age_from, settings.chronic_share)
    spouses.is_chronic = draws.happens(
        "people.spouse_chronic", key, log_odds_up(chronic, spouses.frailty)
    )
    spouses.is_insured = draws.happens(
        "people.newcomer_insured", key, settings.newcomer_insured_share
    )
    return spouses


def come_back(state: State, month: Month, settings: PeopleSettings) -> None:
    """Let some who left for good come back to a household that still is here."""
    people, households = state.people, state.households
    gone = np.flatnonzero((people.left == Left.MOVED) & households.is_here[people.household])
    young = age_of(people, month.month, gone) <= settings.return_age_to
    gone = gone[young & (people.left_month[gone] < month.month)]
    rows = gone[
        month.streams.happens("people.return", people.key[gone], a_month(settings.return_rate))
    ]
    people.is_here[rows] = True
    people.left[rows] = Left.HERE
    people.left_month[rows] = NEVER
    people.joined_month[rows] = month.month
    people.job[rows] = Job.NONE
    heads = np.flatnonzero(people.is_here & (people.relation == Relation.HEAD))
    head_born = np.zeros(households.n, dtype=np.int64)
    head_born[people.household[heads]] = people.born_month[heads]
    least = 12 * settings.parent_child_gap_years[0]
    is_child = people.born_month[rows] - head_born[people.household[rows]] >= least
    was_child = people.relation[rows] == Relation.CHILD
    people.relation[rows] = np.where(is_child & was_child, Relation.CHILD, Relation.OTHER)
    tell_member(state, month, rows, RETURNED)


def number_new(state: State, more: People) -> None:
    """Number new persons after those that their households ever had."""
    households = state.households
    order = np.lexsort((more.key, more.household))
    home = more.household[order]
    within = np.arange(more.n) - np.searchsorted(home, home, side="left")
    serial = households.n_persons_ever[home].astype(np.int64) + within + 1
    more.number[order] = households.number[home] * 100 + serial
    np.add.at(households.n_persons_ever, more.household, 1)


def _blank(state: State, month: Month, settings: PeopleSettings, by: Rows, what_for: int) -> People:
    """Rows of new persons in the households of those they come by, with key and frailty."""
    people = state.people
    more = People.blank(len(by))
    more.key = new_keys(people.key[by], what_for, month.month)
    more.household = people.household[by].copy()
    more.joined_month[:] = month.month
    more.frailty = frailty_of(settings, more.key, state.households.key[more.household])
    return more


def new_keys(keys: U64, what_for: int, month: int) -> U64:
    """Keys of units that begin this month, out of those of the units they come from."""
    return mixed(keys, what_for, month)
