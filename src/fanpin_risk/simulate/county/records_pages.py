"""Pages of the household register: who belongs to which household, and what changed.

The public security office writes a household's page anew whenever somebody comes or goes: all who
belong to it then, and who left or died. So the newest page of a household is whole.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import numpy.typing as npt

from fanpin_risk.records.contracts import codes
from fanpin_risk.simulate.county.happenings import place_in
from fanpin_risk.simulate.county.kinds import Relation
from fanpin_risk.simulate.county.month import Month
from fanpin_risk.simulate.county.records_rows import LAST_DAY, Piles, first_day
from fanpin_risk.simulate.county.records_snapshots import birth_columns, place_columns
from fanpin_risk.simulate.county.state import I64, State
from fanpin_risk.simulate.county.streams import LASTING, mixed_with
from fanpin_risk.simulate.county.system_view import Rows

_SOURCE = "public_security"
_FREE_OF_MONTHS = 1 << 20
_UNTOUCHED = 0


class MemberChange(IntEnum):
    """What happened to a member, as the events have it."""

    BORN = 0
    DIED = 1
    MARRIED_IN = 2
    LEFT = 3
    RETURNED = 4
    MOVED_WITH_SPLIT = 5
    MOVED_WITH_MERGE = 6


_MOVES = (MemberChange.MOVED_WITH_SPLIT, MemberChange.MOVED_WITH_MERGE)


def heads(state: State) -> Rows:
    """Head of each household; where it has none, a member; -1 where nobody is left."""
    people = state.people
    head = np.full(state.households.n, -1, dtype=np.int64)
    here = np.flatnonzero(people.is_here)[::-1]
    head[people.household[here]] = here
    is_head = np.flatnonzero(people.is_here & (people.relation == Relation.HEAD))
    head[people.household[is_head]] = is_head
    return head


class Pages:
    """The register of households, page by page."""

    def __init__(self) -> None:
        self._heads = np.zeros(0, dtype=np.int64)

    def begin(self, piles: Piles, state: State) -> None:
        """Everybody on the county's first day: the frame."""
        month = state.month + 1
        here = state.households.is_here
        day = np.where(here, 1, _UNTOUCHED).astype(np.int64)
        _write_pages(piles, state, month, day, known_on=int(first_day(month)))
        self._heads = heads(state)

    def add(self, piles: Piles, state: State, month: Month) -> None:
        """Households that began, ended or merged, and the new pages of those touched."""
        day = self._days_of_pages(state, month)
        _add_changes(piles, state, month, day)
        _add_gone(piles, state, month, day)
        pages = np.where(state.households.is_here, day, _UNTOUCHED)
        _write_pages(piles, state, month.month, pages, known_on=None)
        self._heads = heads(state)

    def _days_of_pages(self, state: State, month: Month) -> I64:
        """Day on which each household's page is written anew this month; 0: it is not.

        Not before anybody on it is born; and a household that goes into another one, or comes out
        of one, changes on the day of the other's page.
        """
        households, people = state.households, state.people
        day = np.zeros(households.n, dtype=np.int64)
        drawn = 1 + np.floor(
            month.streams.uniform("records.page_day", households.key) * LAST_DAY
        ).astype(np.int64)
        for event in month.events.get("member_change", []):
            for name in ("hh", "other"):
                hh = event[name][event[name] >= 0].astype(np.int64)
                day[hh] = drawn[hh]
        for event in month.events.get("household_change", []):
            hh = event["hh"].astype(np.int64)
            day[hh] = drawn[hh]
        now, n = heads(state), len(self._heads)
        has_new_head = np.flatnonzero((now[:n] != self._heads) & (now[:n] >= 0))
        day[has_new_head] = drawn[has_new_head]
        for event in month.events.get("member_change", []):
            person = event["person"][event["kind"] == MemberChange.BORN]
            hh = people.household[person]
            np.maximum.at(day, hh, people.born_day[person].astype(np.int64))
        return day


def _add_changes(piles: Piles, state: State, month: Month, day: I64) -> None:
    """Changes of households, as far as they are told; those that began always are."""
    merge = place_in(codes.HOUSEHOLD_CHANGES, "merge")
    begun = [place_in(codes.HOUSEHOLD_CHANGES, kind) for kind in ("split", "moved_in")]
    for event in month.events.get("household_change", []):
        hh, kind = event["hh"].astype(np.int64), event["kind"]
        other = event["other"].astype(np.int64)
        keys = state.households.key[hh]
        told = LASTING.happens("records.change", keys, piles.settings.change_recorded)
        kept = told | np.isin(kind, begun)
        dated = np.where((kind == merge) & (other >= 0), other, hh)
        piles.add(
            state,
            "household_change",
            _SOURCE,
            month.month,
            {
                "change": kind[kept].astype(np.int8),
                "other_household_id": other[kept],
            },
            household=hh[kept],
            day=day[dated][kept],
            delay_keys=mixed_with(state.households.key[dated], _when(month.month, dated))[kept],
        )


def _add_gone(piles: Piles, state: State, month: Month, day: I64) -> None:
    """Who died, left, or moved to another household of the county: gone from the page."""
    words = {MemberChange.DIED: "died", MemberChange.LEFT: "left"}
    words |= dict.fromkeys(_MOVES, "left")
    for event in month.events.get("member_change", []):
        for change, membership in words.items():
            is_so = event["kind"] == change
            person, was = event["person"][is_so].astype(np.int64), event["hh"][is_so]
            was = was.astype(np.int64)
            dated = event["other"][is_so].astype(np.int64) if change in _MOVES else was
            _add_members(
                piles, state, month.month, person, was, membership, day[dated], dated, None
            )


def _write_pages(piles: Piles, state: State, month: int, day: I64, *, known_on: int | None) -> None:
    """Write the pages of households with a day: where they live, and who belongs to them."""
    people = state.people
    persons = np.flatnonzero(people.is_here & (day[people.household] > _UNTOUCHED))
    home = people.household[persons].astype(np.int64)
    hh = np.unique(home)
    piles.add(
        state,
        "household_snapshot",
        _SOURCE,
        month,
        place_columns(state, hh),
        household=hh,
        day=day[hh],
        known_on=known_on,
        delay_keys=mixed_with(state.households.key[hh], _when(month, hh)),
    )
    _add_members(piles, state, month, persons, home, "present", day[home], home, known_on)


def _add_members(
    piles: Piles,
    state: State,
    month: int,
    persons: Rows,
    hh: Rows,
    membership: str,
    day: I64,
    page: Rows,
    known_on: int | None,
) -> None:
    """Members on a page, known when the page is."""
    word = place_in(codes.MEMBERSHIP_STATES, membership)
    piles.add(
        state,
        "member_snapshot",
        _SOURCE,
        month,
        {
            **birth_columns(state, persons),
            "membership": np.full(len(persons), word, dtype=np.int8),
        },
        household=hh,
        person=persons,
        day=day,
        known_on=known_on,
        delay_keys=mixed_with(state.households.key[page], _when(month, page)),
    )


def _when(month: int, rows: npt.NDArray[np.integer]) -> Rows:
    """The month as a number for each row, never negative."""
    return np.full(len(rows), month + _FREE_OF_MONTHS, dtype=np.int64)
