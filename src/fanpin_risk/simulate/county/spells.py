"""Serious illness: who falls seriously ill, for how long, and who stays at home for it."""

from __future__ import annotations

import numpy as np

from fanpin_risk.simulate.county.able import able_adults
from fanpin_risk.simulate.county.families import Rows, first_of_each
from fanpin_risk.simulate.county.illness_settings import IllnessSettings
from fanpin_risk.simulate.county.kinds import NEVER, Job, Shock
from fanpin_risk.simulate.county.leaving import leavers_of
from fanpin_risk.simulate.county.month import Month, may_happen, strike
from fanpin_risk.simulate.county.rates import age_of, happen_to
from fanpin_risk.simulate.county.state import F64, I64, State
from fanpin_risk.simulate.county.traits import by_age

_CARER_ORDER = {
    Job.NONE: 0,
    Job.FARM: 1,
    Job.LOCAL: 2,
    Job.BUSINESS: 3,
    Job.POST: 4,
    Job.MIGRANT: 5,
}
"""Who gives up work to care: whoever has least of it, migrants last."""


def begin_spells(state: State, month: Month, settings: IllnessSettings) -> None:
    """Let persons fall seriously ill, at a rate by age and frailty, and strike `Shock.ILLNESS`.

    The spell lasts some months, this one included; the person cannot work in any of them, and in
    some households an adult stays at home for a part of it. Where illness is switched off, nobody
    falls ill, and who was ill is well again.
    """
    people = state.people
    _release_carers(state, month)
    off = ~may_happen(state, Shock.ILLNESS)
    if off.any():
        ill = off[people.household] & (people.serious_until >= month.month)
        _cure(state, month, np.flatnonzero(ill))

    def rate_of(rows: Rows) -> F64:
        """By age and frailty."""
        age = age_of(people, month.month, rows)
        return by_age(age, settings.age_from, settings.serious_rate) * people.frailty[rows]

    most = max(settings.serious_rate) * float(people.frailty.max())
    well = people.is_here & (people.serious_until < month.month)
    rows = happen_to(people, month, "illness.serious", well, most, rate_of)
    rows = rows[~off[people.household[rows]]]
    key = people.key[rows]
    low, high = settings.serious_months
    length = low + np.floor((high - low + 1) * month.streams.uniform("illness.length", key))
    until = (month.month + length - 1).astype(np.int32)
    people.serious_until[rows] = until
    people.unfit_until[rows] = np.maximum(people.unfit_until[rows], until)
    bill = (
        settings.serious_median_yuan
        * 100
        * np.exp(settings.serious_sd * month.streams.normal("illness.serious_bill", key))
    )
    people.serious_monthly_fen[rows] = np.rint(bill).astype(np.int64)
    strike(state, month, people.household[rows], Shock.ILLNESS)
    month.add("serious", person=rows, hh=people.household[rows].astype(np.int64))
    cared = month.streams.happens("illness.serious_carer", key, settings.serious_carer_share)
    months = np.maximum(np.rint(settings.carer_share_of_spell * length), 1)
    set_carers(state, month, settings, rows[cared], months[cared].astype(np.int64))


def set_carers(
    state: State, month: Month, settings: IllnessSettings, ill: Rows, months: I64
) -> None:
    """Keep one able adult of each household at home for some months, this one included.

    Parameters
    ----------
    ill
        Persons to be cared for; in a household with several, the longest care counts.
    months
        How long, by person.
    """
    people, n = state.people, state.households.n
    wanted = np.zeros(n, dtype=np.int64)
    np.maximum.at(wanted, people.household[ill], months)
    rows = np.flatnonzero(wanted[people.household] > 0)
    free = able_adults(people.taken(rows), month.month, settings.carer_ages)
    free &= (people.unfit_until[rows] < month.month) & ~np.isin(rows, ill)
    rows = rows[free]
    rank = np.array([_CARER_ORDER[Job(job)] for job in range(len(Job))])
    carers = first_of_each(state, rows, rank[people.job[rows]])
    until = month.month + wanted[people.household[carers]] - 1
    people.carer_until[carers] = np.maximum(people.carer_until[carers], until)


def _cure(state: State, month: Month, ill: Rows) -> None:
    """End spells of persons, with what they keep from work."""
    people = state.people
    people.serious_until[ill] = NEVER
    people.unfit_until[ill] = np.minimum(people.unfit_until[ill], month.month - 1)
    _end_care(state, ill, month.month - 1)


def _release_carers(state: State, month: Month) -> None:
    """End care in households whose seriously ill member died or left this month."""
    gone = leavers_of(state, month.month)
    ill = gone[state.people.serious_until[gone] >= month.month]
    _end_care(state, ill, month.month)


def _end_care(state: State, ill: Rows, last_month: int) -> None:
    """Let nobody in the households of these persons care beyond a month."""
    people = state.people
    ends = np.zeros(state.households.n, dtype=np.bool_)
    ends[people.household[ill]] = True
    rows = np.flatnonzero(ends[people.household] & people.is_here)
    people.carer_until[rows] = np.minimum(people.carer_until[rows], last_month)
