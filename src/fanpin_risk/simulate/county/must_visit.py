"""Who must be visited by the county's own rule, and a world in which need follows from that alone.

Written from the policy notes (section 7, 八必访) by hand: nothing comes from the rules under test.
"""

from __future__ import annotations

from enum import IntFlag
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field

from fanpin_risk.settings import Settings
from fanpin_risk.simulate.county.kinds import NEVER, Measure, Shock
from fanpin_risk.simulate.county.month import Month
from fanpin_risk.simulate.county.state import Flags, State

_YEAR_MONTHS = 12
_FIRST_YEAR_AFTER_SCHOOL = 10


class Fact(IntFlag):
    """Why a household must be visited; several can hold at once.

    The notes name eight groups. Two are told here in part, because the state holds no more: of
    income that is low or clearly falling only the low one (the register's last entry), and of
    living allowances only new ones. A high share of unstable wages is left out: no office has it.
    """

    NONE = 0
    LOW_INCOME = 1
    ILLNESS = 2
    TEKUN_ALONE = 4
    NEW_DIBAO = 8
    DISABLED = 16
    STUDENTS = 32
    STRUCK = 64


class MustVisitSettings(Settings):
    """Parameters; ``configs/simulation/must_visit.yaml`` says what each is.

    ``need_only_after_months``: in a household there can be need only when some fact or other has
    stood since a month's end so long ago, without a break until the end of the month before; None
    lets need arise anywhere.
    """

    low_income_of_line: Annotated[float, Field(gt=0)]
    costly_chronic_own_yuan: Annotated[int, Field(ge=0)]
    disability_level_up_to: Annotated[int, Field(ge=1, le=4)]
    students_beyond_school: Annotated[int, Field(ge=1)]
    need_only_after_months: Annotated[int, Field(ge=0)] | None


def must_visit_facts(
    state: State, month: int, settings: MustVisitSettings, line_fen: int
) -> npt.NDArray[np.uint8]:
    """Facts that hold at a month's end, as `Fact` bits, by household.

    Parameters
    ----------
    state
        A county at the end of the month.
    month
        Months since the county's first one.
    line_fen
        The line in force, a head and year.

    Returns
    -------
    ndarray of uint8
        0: it need not be visited, or has ended. All facts are on somebody's record, though a record
        may come later than the fact:

        * low income: the register's last entry is below a share of the line;
        * illness: a member in a serious illness, or chronically ill with a costly year so far;
        * destitute support of one who lives alone;
        * a living allowance in its first twelve months;
        * a gravely disabled member;
        * several members at school beyond the compulsory years;
        * an accident or a disaster in the last twelve months, this one included.
    """
    households, people = state.households, state.people
    low = households.register_income_fen < settings.low_income_of_line * line_fen
    low &= households.register_month != NEVER
    ill = people.serious_until >= month
    ill |= people.is_chronic & (people.year_own_fen >= settings.costly_chronic_own_yuan * 100)
    grave = (people.disability_level > 0) & (
        people.disability_level <= settings.disability_level_up_to
    )
    students = _members(state, people.school_year >= _FIRST_YEAR_AFTER_SCHOOL)
    alone = _members(state, np.ones(people.n, dtype=np.bool_)) == 1
    is_new = month - households.measure_since[:, Measure.SAFETY_NET] < _YEAR_MONTHS
    shocks = households.shock_month[:, [Shock.ACCIDENT, Shock.DISASTER]].max(axis=1)
    facts = {
        Fact.LOW_INCOME: low,
        Fact.ILLNESS: _members(state, ill) > 0,
        Fact.TEKUN_ALONE: households.is_tekun & alone,
        Fact.NEW_DIBAO: households.is_dibao & is_new,
        Fact.DISABLED: _members(state, grave) > 0,
        Fact.STUDENTS: students >= settings.students_beyond_school,
        Fact.STRUCK: month - shocks < _YEAR_MONTHS,
    }
    bits = np.zeros(households.n, dtype=np.uint8)
    for fact, holds in facts.items():
        bits |= np.where(holds & households.is_here, np.uint8(fact), np.uint8(0))
    return bits


def keep_to_must_visits(state: State, month: Month, settings: MustVisitSettings) -> None:
    """Take back need where no fact has stood long enough; in the world ``rules_win`` alone.

    To be called right after need. What `note_must_visits` wrote at the end of the month before
    decides. With twelve months, whoever falls within twelve months of a day must be visited on that
    day, so that no ranking finds anything that the rule does not.
    """
    if settings.need_only_after_months is None:
        return
    households = state.households
    since = households.must_visit_since
    has_stood = (since != NEVER) & (month.month - since >= settings.need_only_after_months)
    households.need[~has_stood] = 0
    households.need_since[~has_stood] = NEVER


def note_must_visits(
    state: State, month: Month, settings: MustVisitSettings, line_fen: int
) -> None:
    """Write since which month's end some fact or other has stood without a break; in every world.

    To be called last in a month: what the system does in it can begin a fact and end one.
    """
    households = state.households
    stands = must_visit_facts(state, month.month, settings, line_fen) > 0
    since = np.where(households.must_visit_since == NEVER, month.month, households.must_visit_since)
    households.must_visit_since = np.where(stands, since, NEVER).astype(np.int32)


def _members(state: State, counted: Flags) -> npt.NDArray[np.int64]:
    """Members here who count, by household."""
    people = state.people
    rows = people.household[people.is_here & counted]
    count: npt.NDArray[np.int64] = np.bincount(rows, minlength=state.households.n)
    return count
