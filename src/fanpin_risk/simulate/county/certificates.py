"""New disability certificates and new chronic illness."""

from __future__ import annotations

import numpy as np

from fanpin_risk.simulate.county.able import is_severe
from fanpin_risk.simulate.county.kinds import Job, Shock
from fanpin_risk.simulate.county.month import Month, may_happen, strike
from fanpin_risk.simulate.county.people_settings import PeopleSettings
from fanpin_risk.simulate.county.rates import Rows, age_of, happen_to
from fanpin_risk.simulate.county.state import F64, State
from fanpin_risk.simulate.county.traits import by_age, trait


def certify(state: State, month: Month, settings: PeopleSettings) -> None:
    """Give new disability certificates, at a rate by age and frailty or after a serious illness.

    `Shock.DISABILITY` strikes the household; where that is switched off, nobody becomes disabled.
    Who is severely disabled (level 1 or 2) works no more; some such children cannot study.
    """
    people = state.people

    def rate_of(rows: Rows) -> F64:
        """By age and frailty."""
        age = age_of(people, month.month, rows)
        rate = by_age(age, settings.chronic_age_from, settings.new_certificate_rate)
        return rate * people.frailty[rows]

    most = max(settings.new_certificate_rate) * float(people.frailty.max())
    by_rate = happen_to(people, month, "people.certificate", people.is_here, most, rate_of)
    ends_serious = np.flatnonzero(people.is_here & (people.serious_until == month.month - 1))
    after = month.streams.happens(
        "people.certificate_after",
        people.key[ends_serious],
        settings.certificate_after_serious,
    )
    rows = np.union1d(by_rate, ends_serious[after])
    may = may_happen(state, Shock.DISABILITY)[people.household[rows]]
    rows = rows[may & (people.disability_level[rows] == 0)]
    key = people.key[rows]
    level = 1 + month.streams.choice(
        "people.certificate_level", key, np.array(settings.disability_level_shares)
    )
    kind = month.streams.choice(
        "people.certificate_kind", key, np.array(settings.disability_kind_shares)
    )
    people.disability_level[rows] = level
    people.disability_kind[rows] = kind
    severe = is_severe(people)[rows]
    people.job[rows[severe]] = Job.NONE
    people.job_since[rows[severe]] = month.month
    is_child = age_of(people, month.month, rows) <= settings.compulsory_age_to
    unfit = is_child & (trait("unfit_to_study", key) < np.where(severe, *settings.unfit_share))
    people.is_unfit_to_study[rows[unfit]] = True
    people.school_year[rows[unfit]] = 0
    people.is_dropout[rows[unfit]] = False
    home = people.household[rows]
    strike(state, month, home, Shock.DISABILITY)
    month.add("disability", person=rows, hh=home.astype(np.int64), level=level, kind=kind)


def fall_chronically_ill(state: State, month: Month, settings: PeopleSettings) -> None:
    """Let persons fall chronically ill, at a rate by age and frailty; it stays for good."""
    people = state.people

    def rate_of(rows: Rows) -> F64:
        """By age and frailty."""
        age = age_of(people, month.month, rows)
        rate = by_age(age, settings.chronic_age_from, settings.new_chronic_rate)
        return rate * people.frailty[rows]

    most = max(settings.new_chronic_rate) * float(people.frailty.max())
    may = people.is_here & ~people.is_chronic
    rows = happen_to(people, month, "people.chronic", may, most, rate_of)
    people.is_chronic[rows] = True
    month.add("chronic", person=rows, hh=people.household[rows].astype(np.int64))
