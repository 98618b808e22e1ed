"""School: who goes, who drops out, what it costs, and the guarantee of nine years."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fanpin_risk.simulate.county.families import Rows
from fanpin_risk.simulate.county.kinds import NEVER, Breach, Job, Measure, Shock
from fanpin_risk.simulate.county.month import Month, may_happen, strike
from fanpin_risk.simulate.county.people_settings import PeopleSettings
from fanpin_risk.simulate.county.rates import age_of, is_at_least
from fanpin_risk.simulate.county.state import I64, Flags, State
from fanpin_risk.simulate.county.traits import (
    COLLEGE_LAST_YEAR,
    JUNIOR_LAST_YEAR,
    SENIOR_LAST_YEAR,
    UNIVERSITY_LAST_YEAR,
    education_after,
    goes_on,
    normal_trait,
    trait,
    years_since_entry,
)

TERM_MONTHS = (3, 9)
"""Months of the year in which a term begins and half of the school year's cost is paid."""

_AUTUMN = 9
_PRIMARY_LAST_YEAR = 6
_STAGE_ENDS = (_PRIMARY_LAST_YEAR, JUNIOR_LAST_YEAR, SENIOR_LAST_YEAR)


def schooling(state: State, month: Month, settings: PeopleSettings) -> None:
    """A month of school.

    In September children enter, pupils move up or leave, and those beyond school age count as
    drop-outs no more. When a term begins some drop out, and half of the school year's cost less
    aid is booked. `Shock.SCHOOLING` strikes when somebody drops out, and when the school year's net
    cost of all members is above a share of the last twelve months' income; where it is switched
    off, nobody drops out and such a cost is not booked. A drop-out of school age opens
    `Breach.SCHOOLING` until the last one is back.
    """
    if month.moy == _AUTUMN:
        _move_up(state, month, settings)
    _bring_back(state, month, settings)
    if month.moy in TERM_MONTHS:
        reasons = _drop_out(state, month, settings)
        _pay(state, month, settings, reasons)
    _note_breach(state, month)


def stage_of(school_year: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
    """Stage of a year of school: 0 primary, 1 junior, 2 senior, 3 tertiary.

    Examples
    --------
    >>> stage_of(np.array([1, 6, 7, 9, 10, 12, 13, 16])).tolist()
    [0, 0, 1, 1, 2, 2, 3, 3]
    """
    found: npt.NDArray[np.int64] = np.searchsorted(_STAGE_ENDS, school_year, side="left")
    return found


def _move_up(state: State, month: Month, settings: PeopleSettings) -> None:
    """Let children enter and pupils move up or leave, in September."""
    people = state.people
    pupils = np.flatnonzero(people.is_here & (people.school_year > 0))
    year = people.school_year[pupils].astype(np.int64)
    goes = np.ones(len(pupils), dtype=np.bool_)
    for last in (JUNIOR_LAST_YEAR, SENIOR_LAST_YEAR, COLLEGE_LAST_YEAR):
        at_end = np.flatnonzero(year == last)
        goes[at_end] = goes_on(settings, people.taken(pupils[at_end]), last)
    goes &= year < UNIVERSITY_LAST_YEAR
    people.school_year[pupils] = np.where(goes, year + 1, 0)
    leavers = pupils[~goes]
    people.job[leavers] = Job.NONE
    people.job_since[leavers] = month.month
    people.education[pupils] = education_after(year)

    by_age = years_since_entry(settings, people.born_month, month.month)
    enters = (
        people.is_here
        & (by_age >= 1)
        & (by_age <= _PRIMARY_LAST_YEAR)
        & (people.school_year == 0)
        & ~people.is_dropout
        & ~people.is_unfit_to_study
    )
    people.school_year[enters] = by_age[enters]
    too_old = is_at_least(people, month.month, settings.compulsory_age_to + 1)
    people.is_dropout[too_old] = False


def _bring_back(state: State, month: Month, settings: PeopleSettings) -> None:
    """Let drop-outs return to the year of their age, more often with an education measure."""
    people = state.people
    people.is_dropout[~people.is_here] = False
    rows = np.flatnonzero(people.is_dropout)
    too_old = age_of(people, month.month, rows) > settings.compulsory_age_to
    people.is_dropout[rows[too_old]] = False
    rows = rows[~too_old]
    helped = _is_helped(state, month)[people.household[rows]]
    rate = np.where(helped, settings.dropout_return_rate_helped, settings.dropout_return_rate)
    rows = rows[month.streams.happens("schooling.return", people.key[rows], rate)]
    people.is_dropout[rows] = False
    people.school_year[rows] = _year_by_age(state, month, settings, rows)


def _year_by_age(state: State, month: Month, settings: PeopleSettings, rows: Rows) -> I64:
    """Compulsory year of school that children of this age attend."""
    year = years_since_entry(settings, state.people.born_month[rows], month.month)
    found: I64 = np.clip(year, 1, JUNIOR_LAST_YEAR)
    return found


def _is_helped(state: State, month: Month) -> Flags:
    """Households with a running education measure."""
    running: Flags = state.households.measure_until[:, Measure.EDUCATION] >= month.month
    return running


def _drop_out(state: State, month: Month, settings: PeopleSettings) -> npt.NDArray[np.int8]:
    """Let pupils drop out of the nine years at the start of a term; reasons by person, or -1."""
    people = state.people
    may = may_happen(state, Shock.SCHOOLING)[people.household]
    rows = np.flatnonzero(
        people.is_here
        & (people.school_year > 0)
        & (people.school_year <= JUNIOR_LAST_YEAR)
        & ~is_at_least(people, month.month, settings.compulsory_age_to + 1)
        & may
    )
    is_junior = people.school_year[rows] > _PRIMARY_LAST_YEAR
    rate = np.where(is_junior, settings.dropout_rate[1], settings.dropout_rate[0])
    rate = rate * np.exp(-settings.dropout_ability_slope * people.ability[rows])
    ill = people.serious_until[rows] >= month.month
    rate = np.where(ill, rate * settings.dropout_serious_factor, rate)
    drops = month.streams.happens("schooling.dropout", people.key[rows], rate)
    rows = rows[drops]
    people.education[rows] = education_after(people.school_year[rows] - 1)
    people.is_dropout[rows] = True
    people.school_year[rows] = 0
    strike(state, month, people.household[rows], Shock.SCHOOLING)
    out = np.flatnonzero(people.is_dropout)
    reasons = np.full(people.n, -1, dtype=np.int8)
    reasons[out] = np.searchsorted(
        np.cumsum(settings.dropout_reason_shares)[:-1],
        trait("dropout_reason", people.key[out]),
        side="right",
    )
    return reasons


def _costs(state: State, settings: PeopleSettings, rows: Rows) -> tuple[I64, I64, Flags]:
    """Cost and aid of the school year in fen, and who boards, of pupils."""
    people, households = state.people, state.households
    stage = stage_of(people.school_year[rows])
    boards = trait("boards", people.key[rows]) < np.array(settings.boarding_share)[stage]
    cost = np.array(settings.school_cost_yuan)[stage]
    cost = cost + np.where(boards, np.array(settings.boarding_cost_yuan)[stage], 0.0)
    level = settings.school_cost_sd * normal_trait("school_cost", people.key[rows])
    home = people.household[rows]
    poor = (
        households.is_former_poor | households.is_listed | households.is_dibao | households.is_tekun
    )[home]
    aid = np.where(
        poor,
        np.array(settings.school_aid_poor_yuan)[stage],
        np.array(settings.school_aid_yuan)[stage],
    )
    cost_fen = np.rint(cost * 100 * np.exp(level)).astype(np.int64)
    aid_fen = np.minimum(np.rint(aid * 100).astype(np.int64), cost_fen)
    return cost_fen, aid_fen, boards


def _pay(
    state: State, month: Month, settings: PeopleSettings, reasons: npt.NDArray[np.int8]
) -> None:
    """Book half of the school year's net cost, strike where it is heavy, and tell of the term."""
    people, households = state.people, state.households
    rows = np.flatnonzero(people.is_here & (people.school_year > 0))
    cost, aid, boards = _costs(state, settings, rows)
    home = people.household[rows]
    net = cost - aid
    helped = _is_helped(state, month)[home]
    net = np.where(helped, np.rint(net * settings.helped_cost_share).astype(np.int64), net)
    aid = cost - net
    total = np.zeros(households.n, dtype=np.int64)
    np.add.at(total, home, net)
    income = np.maximum(households.income_12.sum(axis=1), 0)
    heavy = total > settings.school_strike_share * income
    spared = heavy & ~may_happen(state, Shock.SCHOOLING)
    strike(state, month, np.flatnonzero(heavy & ~spared), Shock.SCHOOLING)
    half = np.where(spared[home], 0, net // 2)
    np.add.at(month.book.school, home, half)
    _tell(state, month, settings, reasons, (rows, cost, aid, boards))


def _tell(
    state: State,
    month: Month,
    settings: PeopleSettings,
    reasons: npt.NDArray[np.int8],
    pupils: tuple[Rows, I64, I64, Flags],
) -> None:
    """Keep the term of pupils, and of children who are out of the nine years of school."""
    if not month.keeps_events:
        return
    people = state.people
    rows, cost, aid, boards = pupils
    by_age = years_since_entry(settings, people.born_month, month.month)
    is_old = is_at_least(people, month.month, settings.compulsory_age_to + 1)
    due = people.is_here & (by_age >= 1) & ~is_old
    out = np.flatnonzero(due & (people.is_dropout | people.is_unfit_to_study))
    n_in, n_out = len(rows), len(out)
    persons = np.concatenate([rows, out])
    nothing = np.zeros(n_out, dtype=np.int64)
    month.add(
        "schooling",
        person=persons,
        hh=people.household[persons].astype(np.int64),
        school_year=np.concatenate(
            [people.school_year[rows], _year_by_age(state, month, settings, out)]
        ).astype(np.int64),
        is_in_school=np.arange(n_in + n_out) < n_in,
        dropout_reason=reasons[persons].astype(np.int64),
        is_unable_to_study=people.is_unfit_to_study[persons],
        is_boarding=np.concatenate([boards, nothing.astype(np.bool_)]),
        cost=np.concatenate([cost, nothing]),
        aid=np.concatenate([aid, nothing]),
    )


def _note_breach(state: State, month: Month) -> None:
    """Open or close the breach of the guarantee of nine years."""
    people, households = state.people, state.households
    out = people.is_here & people.is_dropout & ~people.is_unfit_to_study
    open_now = np.zeros(households.n, dtype=np.bool_)
    open_now[people.household[out]] = True
    since = households.breach_since[:, Breach.SCHOOLING]
    since[open_now & (since == NEVER)] = month.month
    since[~open_now] = NEVER
