"""How the members of a household belong together: who is married, who is head, who is left."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fanpin_risk.simulate.county.kinds import End, Left, Relation
from fanpin_risk.simulate.county.month import Month
from fanpin_risk.simulate.county.people_settings import PeopleSettings
from fanpin_risk.simulate.county.rates import age_of, is_at_least
from fanpin_risk.simulate.county.state import Flags, State

Rows = npt.NDArray[np.int64]

CHANGE_SPLIT, CHANGE_MERGE, CHANGE_MOVED_AWAY, CHANGE_DISSOLVED = 0, 1, 4, 5
"""Places in the contracts' list of household changes."""

BORN, DIED, MARRIED_IN, LEFT, RETURNED, MOVED_WITH_SPLIT, MOVED_WITH_MERGE = range(7)
"""Kinds of the event ``member_change``."""


def members_with(state: State, persons: Rows) -> Rows:
    """Everybody here in the households of some persons, in order."""
    people = state.people
    chosen = np.zeros(state.households.n, dtype=np.bool_)
    chosen[people.household[persons]] = True
    found: Rows = np.flatnonzero(people.is_here & chosen[people.household])
    return found


def has_relation(state: State, relation: Relation, among: Rows | None = None) -> Flags:
    """Households in which somebody of this relation is here.

    Here and below ``among`` are the persons looked at, whole households; None looks at everybody.
    """
    people = state.people
    found = np.zeros(state.households.n, dtype=np.bool_)
    found[people.household[_of_relation(state, relation, among)]] = True
    return found


def _of_relation(state: State, relation: Relation, among: Rows | None) -> Rows:
    """Persons here of a relation."""
    people = state.people
    if among is None:
        return np.flatnonzero(people.is_here & (people.relation == relation))
    found: Rows = among[people.is_here[among] & (people.relation[among] == relation)]
    return found


def married_children(state: State, among: Rows | None = None) -> Rows:
    """Persons whose spouse lives with them as a child-in-law, by household in order.

    It is the oldest child of the other sex; a household has at most one such couple.
    """
    people = state.people
    in_laws = _of_relation(state, Relation.CHILD_IN_LAW, among)
    sex_of_spouse = np.full(state.households.n, -1, dtype=np.int8)
    sex_of_spouse[people.household[in_laws]] = people.is_female[in_laws]
    children = _of_relation(state, Relation.CHILD, among)
    spouse_is = sex_of_spouse[people.household[children]]
    children = children[(spouse_is >= 0) & (spouse_is != people.is_female[children])]
    return first_of_each(state, children, people.born_month[children])


def first_of_each(state: State, rows: Rows, order: npt.NDArray[np.number]) -> Rows:
    """Of the rows of each household the one that is first in an order; ties go by the key."""
    people = state.people
    rows = rows[np.lexsort((people.key[rows], order, people.household[rows]))]
    found: Rows = rows[np.unique(people.household[rows], return_index=True)[1]]
    return found


def unmarried(state: State, persons: Rows) -> Rows:
    """Of some persons those who may marry: heads without a spouse, children without one here."""
    people = state.people
    among = members_with(state, persons)
    has_spouse = has_relation(state, Relation.SPOUSE, among)[people.household[persons]]
    relation = people.relation[persons]
    single_head = (relation == Relation.HEAD) & ~has_spouse
    child = (relation == Relation.CHILD) & ~np.isin(persons, married_children(state, among))
    found: Rows = persons[people.is_here[persons] & (single_head | child)]
    return found


_SUCCESSION = (
    Relation.SPOUSE,
    Relation.CHILD,
    Relation.CHILD_IN_LAW,
    Relation.PARENT,
    Relation.OTHER,
    Relation.GRANDCHILD,
)
"""Who follows as head; within a relation the oldest."""

_SEEN_FROM = {
    Relation.SPOUSE: {},
    Relation.CHILD: {
        Relation.CHILD: Relation.OTHER,
        Relation.CHILD_IN_LAW: Relation.SPOUSE,
        Relation.GRANDCHILD: Relation.CHILD,
        Relation.PARENT: Relation.OTHER,
    },
    Relation.CHILD_IN_LAW: {
        Relation.CHILD: Relation.OTHER,
        Relation.GRANDCHILD: Relation.CHILD,
        Relation.PARENT: Relation.OTHER,
    },
    Relation.PARENT: {
        Relation.CHILD: Relation.GRANDCHILD,
        Relation.CHILD_IN_LAW: Relation.OTHER,
        Relation.GRANDCHILD: Relation.OTHER,
        Relation.PARENT: Relation.SPOUSE,
    },
    Relation.OTHER: {
        Relation.CHILD: Relation.OTHER,
        Relation.CHILD_IN_LAW: Relation.OTHER,
        Relation.GRANDCHILD: Relation.OTHER,
        Relation.PARENT: Relation.OTHER,
    },
    Relation.GRANDCHILD: {
        Relation.GRANDCHILD: Relation.OTHER,
        Relation.CHILD: Relation.OTHER,
        Relation.CHILD_IN_LAW: Relation.OTHER,
        Relation.PARENT: Relation.OTHER,
    },
}
"""What a member's relation turns into when somebody of the first relation becomes head."""


def _relation_table() -> npt.NDArray[np.int8]:
    """`_SEEN_FROM` as a table: relation of the new head by relation of the member."""
    table = np.tile(np.arange(len(Relation), dtype=np.int8), (len(Relation), 1))
    for head, changes in _SEEN_FROM.items():
        for old, new in changes.items():
            table[head, old] = new
    return table


_RELATIONS = _relation_table()


def succeed(state: State, month: Month, settings: PeopleSettings) -> None:
    """Give every household that lost its head a new one, and rename the others' relations.

    The spouse follows, then the oldest child, then the others; adults before children.
    """
    people = state.people
    headless = state.households.is_here & ~has_relation(state, Relation.HEAD)
    rows = np.flatnonzero(headless[people.household] & people.is_here)
    if len(rows) == 0:
        return
    rank = np.zeros(len(Relation), dtype=np.int64)
    rank[list(_SUCCESSION)] = np.arange(len(_SUCCESSION))
    is_minor = age_of(people, month.month, rows) < settings.work_ages[0]
    order = is_minor * len(Relation) + rank[people.relation[rows]]
    heads = first_of_each(state, rows, order * 100_000 + people.born_month[rows])
    relation_of_head = np.zeros(state.households.n, dtype=np.int8)
    relation_of_head[people.household[heads]] = people.relation[heads]
    people.relation[rows] = _RELATIONS[
        relation_of_head[people.household[rows]], people.relation[rows]
    ]
    people.relation[heads] = Relation.HEAD


def end_households(state: State, month: Month, rows: Rows, kind: End) -> None:
    """End households for good; who of their members is still here leaves with them.

    Those are not told one by one: the household's own event says that all of them went.
    """
    households, people = state.households, state.people
    households.is_here[rows] = False
    households.ended_month[rows] = month.month
    households.end_kind[rows] = kind
    kin = households.kin[rows]
    households.kin[kin[kin >= 0]] = -1
    households.kin[rows] = -1
    ends = np.zeros(households.n, dtype=np.bool_)
    ends[rows] = True
    leave = np.flatnonzero(ends[people.household] & people.is_here)
    mark_gone(state, month, leave, Left.MOVED)


def mark_gone(state: State, month: Month, rows: Rows, left: Left) -> None:
    """Write down that persons are no more in the household."""
    people = state.people
    people.is_here[rows] = False
    people.left[rows] = left
    people.left_month[rows] = month.month


def end_empty(state: State, month: Month, settings: PeopleSettings) -> None:
    """End households in which nobody, or nobody grown up, is left.

    The last member's death dissolves a household. Where the last ones leave, or only children are
    left, who go to relatives elsewhere, it has moved away.
    """
    people = state.people
    grown = people.is_here & is_at_least(people, month.month, settings.work_ages[0])
    n_grown = np.bincount(people.household[grown], minlength=state.households.n)
    ends = state.households.is_here & (n_grown == 0)
    if not ends.any():
        return
    some_left = np.zeros(state.households.n, dtype=np.bool_)
    gone_now = people.is_here | ((people.left == Left.MOVED) & (people.left_month == month.month))
    some_left[people.household[gone_now]] = True
    for kind, change, rows in (
        (End.DISSOLVED, CHANGE_DISSOLVED, np.flatnonzero(ends & ~some_left)),
        (End.MOVED_AWAY, CHANGE_MOVED_AWAY, np.flatnonzero(ends & some_left)),
    ):
        end_households(state, month, rows, kind)
        tell_change(month, rows, change)


def tell_change(month: Month, rows: Rows, kind: int, other: Rows | None = None) -> None:
    """Keep an event of households that began or ended by a change; see the contracts' list."""
    month.add(
        "household_change",
        hh=rows,
        kind=np.full(len(rows), kind),
        other=np.full(len(rows), -1) if other is None else other,
    )


def tell_member(
    state: State, month: Month, persons: Rows, kind: int, other: Rows | None = None
) -> None:
    """Keep an event of persons; ``hh`` is the household they are or were in, ``other`` the new."""
    month.add(
        "member_change",
        person=persons,
        hh=state.people.household[persons].astype(np.int64),
        kind=np.full(len(persons), kind),
        other=np.full(len(persons), -1) if other is None else other,
    )
