"""A month of the people: who dies, marries, leaves, comes, splits off; pensions and school."""

from __future__ import annotations

from fanpin_risk.simulate.county.arriving import arrive
from fanpin_risk.simulate.county.certificates import certify, fall_chronically_ill
from fanpin_risk.simulate.county.families import end_empty, succeed
from fanpin_risk.simulate.county.leaving import die, marry_and_depart, move_away
from fanpin_risk.simulate.county.month import Month
from fanpin_risk.simulate.county.pensions import pay_care, pay_disability_benefits, pay_pensions
from fanpin_risk.simulate.county.people_settings import HouseholdType, PeopleSettings
from fanpin_risk.simulate.county.schooling import schooling
from fanpin_risk.simulate.county.splits import merge, split
from fanpin_risk.simulate.county.state import State

__all__ = ["HouseholdType", "PeopleSettings", "people"]


def people(state: State, month: Month, settings: PeopleSettings) -> None:
    """Let a month pass for the people of a county.

    In order: certificates and chronic illness, deaths, marriages and departures, births, spouses
    from outside and returns, merges, splits, households that move away or end, new heads, pensions
    and benefits, care, school. Households and persons that begin are appended; those that end keep
    their row, with ``is_here`` False, and nothing happens to them any more.

    Books written: ``pension``, ``disability_benefit``, ``care``, ``school``, ``wedding_funeral``
    and ``carried_away``; the last also for a household that ends by a merge, in its last month, so
    that what it saved arrives in the other.

    Parameters
    ----------
    state
        Changed in place; it may have more rows afterwards.
    month
        Grows with the state.
    settings
        Settings of the theme people.
    """
    certify(state, month, settings)
    fall_chronically_ill(state, month, settings)
    die(state, month, settings)
    end_empty(state, month, settings)
    bringers = marry_and_depart(state, month, settings)
    arrive(state, month, settings, bringers)
    merge(state, month, settings)
    split(state, month, settings)
    move_away(state, month, settings)
    end_empty(state, month, settings)
    succeed(state, month, settings)
    pay_pensions(state, month, settings)
    pay_disability_benefits(state, month, settings)
    pay_care(state, month, settings)
    schooling(state, month, settings)
