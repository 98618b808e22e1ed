"""Who has basic medical insurance, who pays the premium, and the guarantee of cover."""

from __future__ import annotations

import numpy as np

from fanpin_risk.simulate.county.cover import Status, schedule_at
from fanpin_risk.simulate.county.families import Rows
from fanpin_risk.simulate.county.illness_settings import IllnessSettings
from fanpin_risk.simulate.county.kinds import NEVER, Breach
from fanpin_risk.simulate.county.month import Month
from fanpin_risk.simulate.county.state import I8, I64, State

_JANUARY = 1


def status_of(state: State) -> I8:
    """`Status` of every household: the highest that it has."""
    households = state.households
    status = np.zeros(households.n, dtype=np.int8)
    status[households.is_former_poor | households.is_listed] = Status.FORMER_POOR_OR_LISTED
    status[households.is_dibao] = Status.DIBAO
    status[households.is_tekun] = Status.TEKUN
    return status


def premium_fen(settings: IllnessSettings, year: int) -> int:
    """Premium of a year, in fen; a year beyond the table has the last one, one before it the first.

    Examples
    --------
    >>> class Table:
    ...     premium_yuan_by_year = {2021: 280, 2022: 320}
    >>> [premium_fen(Table, year) for year in (2019, 2021, 2025)]
    [28000, 28000, 32000]
    """
    by_year = settings.premium_yuan_by_year
    known = [y for y in by_year if y <= year]
    return round(by_year[max(known) if known else min(by_year)] * 100)


def insure(state: State, month: Month, settings: IllnessSettings) -> None:
    """Renew or leave insurance in January, join late in other months, and note the breach.

    Premiums less public aid go to ``book.premium`` when they fall due; sums of the year begin anew
    in January. `Breach.MEDICAL` is open while a member has no insurance.
    """
    people = state.people
    status = status_of(state)[people.household]
    if month.moy == _JANUARY:
        for name in ("year_total_fen", "year_compliant_fen", "year_aid_fen", "year_own_fen"):
            getattr(people, name)[:] = 0
        rows = np.flatnonzero(people.is_here)
        here = status[rows]
        chance = np.where(
            people.is_insured[rows],
            np.array(settings.stays_insured)[here],
            np.array(settings.joins_insurance)[here],
        )
        people.is_insured[rows] = month.streams.happens("insurance.year", people.key[rows], chance)
        _charge(state, month, settings, rows, status[rows])
    else:
        rows = np.flatnonzero(people.is_here & ~people.is_insured)
        chance = np.array(settings.joins_late_a_month)[status[rows]]
        rows = rows[month.streams.happens("insurance.late", people.key[rows], chance)]
        people.is_insured[rows] = True
        _charge(state, month, settings, rows, status[rows])
    _note_breach(state, month)


def _charge(state: State, month: Month, settings: IllnessSettings, rows: Rows, status: I8) -> None:
    """Book premiums of those covered, and tell who is covered and who is not."""
    people = state.people
    schedule = schedule_at(settings.cover_schedules, month.month)
    whole = premium_fen(settings, month.year)
    covered = people.is_insured[rows]
    share = np.array(schedule.premium_aid_share)[status]
    aid: I64 = np.where(covered, np.rint(share * whole), 0).astype(np.int64)
    home = people.household[rows]
    np.add.at(month.book.premium, home, np.where(covered, whole, 0) - aid)
    month.add(
        "insurance",
        person=rows,
        hh=home.astype(np.int64),
        is_covered=covered.copy(),
        premium=np.full(len(rows), whole),
        premium_aid=aid,
    )


def _note_breach(state: State, month: Month) -> None:
    """Open or close the breach of the guarantee of medical cover."""
    people, households = state.people, state.households
    open_now = np.zeros(households.n, dtype=np.bool_)
    open_now[people.household[people.is_here & ~people.is_insured]] = True
    since = households.breach_since[:, Breach.MEDICAL]
    since[open_now & (since == NEVER)] = month.month
    since[~open_now] = NEVER
