"""Households that split off, and old ones that go into the household of their kin."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fanpin_risk.simulate.county.able import able_adults, is_severe
from fanpin_risk.simulate.county.families import (
    CHANGE_MERGE,
    CHANGE_SPLIT,
    MOVED_WITH_MERGE,
    MOVED_WITH_SPLIT,
    Rows,
    has_relation,
    married_children,
    members_with,
    tell_change,
    tell_member,
)
from fanpin_risk.simulate.county.kinds import NEVER, End, Job, Measure, Relation, Shock
from fanpin_risk.simulate.county.labour import members
from fanpin_risk.simulate.county.leaving import tell_worker_lost
from fanpin_risk.simulate.county.month import Month, may_happen, strike
from fanpin_risk.simulate.county.people_settings import PeopleSettings
from fanpin_risk.simulate.county.rates import a_month, is_at_least
from fanpin_risk.simulate.county.state import I64, Flags, Households, State
from fanpin_risk.simulate.county.streams import mixed

_SPLIT_OF = 13
_ROOT = 1_000_000_000
_FIRST_CODED_MONTH = -99
_CODES = 1000

_SHARED = (
    "path", "village", "cell", "is_former_poor", "product", "is_leasing_out", "is_in_flood_land",
    "yield_factor_x1000", "water_trip_minutes", "water_out_since", "year_shock", "shock_month",
    "switched_off", "is_helped_never",
)  # fmt: skip
"""What a household that splits off has in common with the one it comes from."""

_BOOKS = ("income_12", "help_12", "rigid_12", "own_cost_12")


def number_of_split(number: I64, month: int) -> I64:
    """Number of a household that splits off: its parent's, with the month in front.

    It does not depend on what else happens in the county. A household that has split off itself
    does not split again, so that every number is given once.

    Raises
    ------
    ValueError
        If the month is before -99 or after 899, for which there is no code.

    Examples
    --------
    >>> number_of_split(np.array([1_000_007]), 5).tolist()
    [105001000007]
    """
    code = month - _FIRST_CODED_MONTH + 1
    if not 1 <= code < _CODES:
        raise ValueError(f"no household number can be made for month {month}. Use -99 to 899.")
    return number + code * _ROOT


def split(state: State, month: Month, settings: PeopleSettings) -> None:
    """Let grown children with a family of their own begin a household in the same village.

    They take their children, a share of the land and of the savings, and their part of the book of
    twelve months by heads; both households become kin of each other. Where the parents keep at most
    one able adult, `Shock.LACK_OF_LABOUR` strikes them; where that is switched off, nobody splits.
    """
    households, people = state.households, state.people
    in_laws = np.flatnonzero(people.is_here & (people.relation == Relation.CHILD_IN_LAW))
    of_in_law = people.household[in_laws]
    goes = month.streams.happens(
        "people.split", households.key[of_in_law], a_month(settings.split_rate)
    )
    among = members_with(state, in_laws[goes & (households.started_month[of_in_law] == NEVER)])
    child = married_children(state, among)
    child = child[has_relation(state, Relation.HEAD, among)[people.household[child]]]
    home = people.household[child].astype(np.int64)
    moves = _family_of(state, child, home)
    able = np.zeros(people.n, dtype=np.bool_)
    able[among] = able_adults(people.taken(among), month.month, settings.work_ages)
    n_able = np.bincount(people.household[able], minlength=households.n)
    n_lost = np.bincount(people.household[able & moves], minlength=households.n)
    lacking = (n_lost[home] > 0) & (n_able[home] - n_lost[home] <= 1)
    stays = lacking & ~may_happen(state, Shock.LACK_OF_LABOUR)[home]
    held, short = np.zeros((2, households.n), dtype=np.bool_)
    held[home[stays]] = True
    moves &= ~held[people.household]
    home, lacking = home[~stays], lacking[~stays]
    if len(home) == 0:
        return
    strike(state, month, home[lacking], Shock.LACK_OF_LABOUR)
    short[home[lacking]] = True
    tell_worker_lost(state, month, np.flatnonzero(moves & able & short[people.household]))
    _begin(state, month, settings, home, moves)


def _family_of(state: State, child: Rows, home: Rows) -> Flags:
    """Persons who would leave: the child, the spouse, and the grandchildren of the house."""
    people = state.people
    splits = np.zeros(state.households.n, dtype=np.bool_)
    splits[home] = True
    young = np.isin(people.relation, (Relation.CHILD_IN_LAW, Relation.GRANDCHILD))
    moves: Flags = people.is_here & young & splits[people.household]
    moves[child] = True
    return moves


def _begin(state: State, month: Month, settings: PeopleSettings, home: Rows, moves: Flags) -> None:
    """Append the new households, move the persons, and divide what there is."""
    households, people = state.households, state.people
    size = members(state)[home]
    n_moving = np.bincount(people.household[moves], minlength=households.n)[home]
    new = _new_households(state, month, settings, home, n_moving, size)
    first = households.n
    place = np.full(first, -1, dtype=np.int64)
    place[home] = first + np.arange(len(home))
    movers = np.flatnonzero(moves)
    tell_member(state, month, movers, MOVED_WITH_SPLIT, place[people.household[movers]])
    _take_job_along(households, new, people.job[movers], people.household[movers], place, first)
    old_kin = households.kin[home]
    households.kin[old_kin[old_kin >= 0]] = -1
    households.kin[home] = place[home].astype(np.int32)
    new.kin = home.astype(np.int32)
    carried = np.rint(
        settings.split_share_of_savings * np.maximum(households.savings_fen[home], 0)
    ).astype(np.int64)
    households.append(new)
    people.household[movers] = place[people.household[movers]].astype(np.int32)
    _rename(state, movers)
    month.grow(state)
    month.book.carried_away[home] += carried
    month.book.carried_away[place[home]] -= carried
    tell_change(month, place[home], CHANGE_SPLIT, home)


def _new_households(
    state: State, month: Month, settings: PeopleSettings, home: Rows, n_moving: I64, size: I64
) -> Households:
    """Rows of the new households, and what they leave in the old ones."""
    households = state.households
    new = Households.blank(len(home))
    for name in _SHARED:
        setattr(new, name, getattr(households, name)[home].copy())
    new.key = mixed(households.key[home], _SPLIT_OF, month.month)
    new.number = number_of_split(households.number[home], month.month)
    new.started_month[:] = month.month
    new.house_grade[:] = settings.split_house_grade
    new.reporting_bias = households.reporting_bias[home].copy()
    for name in _BOOKS:
        book = getattr(households, name)
        part = book[home] * n_moving[:, None] // size[:, None]
        setattr(new, name, part)
        book[home] -= part
    share = settings.split_share_of_land
    for name in ("land_mu_x100", "crop_costs_fen"):
        whole = getattr(households, name)
        part = np.rint(share * whole[home]).astype(whole.dtype)
        setattr(new, name, part)
        whole[home] -= part
    return new


def _take_job_along(
    households: Households,
    new: Households,
    job: npt.NDArray[np.int8],
    home: npt.NDArray[np.int32],
    place: npt.NDArray[np.int64],
    first: int,
) -> None:
    """Move a business or a public post to the new household when its holder moves there."""
    owners = home[job == Job.BUSINESS]
    new.has_business[place[owners] - first] = True
    households.has_business[owners] = False
    holders = home[job == Job.POST]
    for name in ("measure_since", "measure_until"):
        months = getattr(households, name)
        getattr(new, name)[place[holders] - first, Measure.PUBLIC_POST] = months[
            holders, Measure.PUBLIC_POST
        ]
        months[holders, Measure.PUBLIC_POST] = NEVER


def _rename(state: State, movers: Rows) -> None:
    """Relations in the new household: the man heads it, his wife and their children follow."""
    people = state.people
    is_grandchild = people.relation[movers] == Relation.GRANDCHILD
    people.relation[movers] = np.where(
        is_grandchild,
        Relation.CHILD,
        np.where(people.is_female[movers], Relation.SPOUSE, Relation.HEAD),
    )


def merge(state: State, month: Month, settings: PeopleSettings) -> None:
    """Let old people give up their household and live with their kin in the village.

    Their land, savings, debts and the book of twelve months go along. Nobody merges while there are
    animals of a kind that the kin do not keep, or with kin as old as they are.
    """
    households = state.households
    is_old = _all_old(state, month, settings)
    rows = np.flatnonzero(is_old & (households.kin >= 0))
    kin = households.kin[rows]
    fits = (
        households.is_here[kin]
        & ~is_old[kin]
        & (households.path[kin] == households.path[rows])
        & ((households.herd[rows] == 0) | (households.product[rows] == households.product[kin]))
    )
    rows = rows[fits]
    frail = _is_frail(state, month)[rows]
    rate = settings.merge_rate * np.where(frail, settings.merge_frail_factor, 1.0)
    goes = month.streams.happens("people.merge", households.key[rows], a_month(rate))
    rows = rows[goes]
    if len(rows):
        _go_into(state, month, rows, households.kin[rows].astype(np.int64))


def _all_old(state: State, month: Month, settings: PeopleSettings) -> Flags:
    """Households that are here and in which everybody has the age for a merge."""
    people = state.people
    is_young = people.is_here & ~is_at_least(people, month.month, settings.merge_age)
    has_young = np.zeros(state.households.n, dtype=np.bool_)
    has_young[people.household[is_young]] = True
    found: Flags = state.households.is_here & ~has_young & (members(state) > 0)
    return found


def _is_frail(state: State, month: Month) -> Flags:
    """Households of one person, or with somebody gravely ill or disabled."""
    people = state.people
    grave = people.is_here & ((people.serious_until >= month.month) | is_severe(people))
    found: Flags = members(state) == 1
    found[people.household[grave]] = True
    return found


def _go_into(state: State, month: Month, rows: Rows, kin: Rows) -> None:
    """Move persons and belongings of households into their kin's, and end them."""
    households, people = state.households, state.people
    host = np.full(households.n, -1, dtype=np.int64)
    host[rows] = kin
    movers = np.flatnonzero(people.is_here & (host[people.household] >= 0))
    tell_member(state, month, movers, MOVED_WITH_MERGE, host[people.household[movers]])
    people.household[movers] = host[people.household[movers]].astype(np.int32)
    people.relation[movers] = Relation.PARENT
    for name in (*_BOOKS, "land_mu_x100", "herd", "crop_costs_fen", "kin_support_fen"):
        amount = getattr(households, name)
        amount[kin] += amount[rows]
        amount[rows] = 0
    latest = np.maximum(households.shock_month[kin], households.shock_month[rows])
    households.shock_month[kin] = latest
    month.book.carried_away[rows] += households.savings_fen[rows]
    month.book.carried_away[kin] -= households.savings_fen[rows]
    households.kin[kin] = -1
    households.kin[rows] = -1
    households.is_here[rows] = False
    households.ended_month[rows] = month.month
    households.end_kind[rows] = End.MERGED
    tell_change(month, rows, CHANGE_MERGE, kin)
