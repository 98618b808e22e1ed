"""Base pensions, disability benefits, and what care for the severely disabled costs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fanpin_risk.simulate.county.able import is_severe
from fanpin_risk.simulate.county.kinds import FIRST_YEAR
from fanpin_risk.simulate.county.leaving import leavers_of
from fanpin_risk.simulate.county.month import Month, by_household
from fanpin_risk.simulate.county.people_settings import PeopleSettings
from fanpin_risk.simulate.county.state import I64, State
from fanpin_risk.simulate.county.traits import trait

_QUARTER = 3
_ITEM_PENSION, _ITEM_DISABILITY_BENEFIT = 5, 8
_SPENDING_CARE = 6
"""Places in the contracts' lists of income and spending items."""


def base_pension_fen(settings: PeopleSettings, month: int) -> int:
    """Base pension of a month, in fen; a year beyond the table has the last one before it.

    A year before the table has the first.
    """
    by_year = settings.pension_yuan_by_year
    year = FIRST_YEAR + month // 12
    known = [y for y in by_year if y <= year]
    return round(by_year[max(known) if known else min(by_year)] * 100)


def pay_pensions(state: State, month: Month, settings: PeopleSettings) -> None:
    """Book pensions every month, and tell of them at the end of each quarter, or at the last month.

    Drawn by everybody here of pension age. The event of a quarter sums the months in which the
    person drew it; who leaves or dies gets what the quarter had brought until the month before.
    """
    people = state.people
    monthly = base_pension_fen(settings, month.month)
    entitled_for = month.month - people.born_month - 12 * settings.pension_age + 1
    draws_it = people.is_here & (entitled_for >= 1)
    month.book.pension += by_household(state, draws_it * monthly)
    if not month.keeps_events:
        return
    in_quarter = month.month % _QUARTER + 1
    here_for = np.where(draws_it, month.month - people.joined_month + 1, 0)
    months = np.minimum(np.minimum(entitled_for, here_for), in_quarter)
    if in_quarter < _QUARTER:
        months[:] = 0
    gone = leavers_of(state, month.month)
    here_before = month.month - people.joined_month[gone]
    before = np.minimum(np.minimum(entitled_for[gone] - 1, here_before), in_quarter - 1)
    months[gone] = before
    rows = np.flatnonzero(months > 0)
    _tell_income(state, month, rows, _ITEM_PENSION, months[rows] * monthly, is_help=False)


def pay_disability_benefits(state: State, month: Month, settings: PeopleSettings) -> None:
    """Book the care benefit of levels 1 and 2, and the living benefit beside an allowance."""
    people = state.people
    rows = np.flatnonzero(people.is_here & (people.disability_level > 0))
    amount = np.where(is_severe(people)[rows], settings.disability_care_yuan, 0.0)
    poor = state.households.is_dibao[people.household[rows]]
    amount = amount + np.where(poor, settings.disability_living_yuan, 0.0)
    fen = np.rint(amount * 100).astype(np.int64)
    np.add.at(month.book.disability_benefit, people.household[rows], fen)
    paid = fen > 0
    _tell_income(state, month, rows[paid], _ITEM_DISABILITY_BENEFIT, fen[paid], is_help=True)


def pay_care(state: State, month: Month, settings: PeopleSettings) -> None:
    """Book what some households pay every month for the care of a severely disabled member."""
    people = state.people
    rows = np.flatnonzero(people.is_here & is_severe(people))
    rows = rows[trait("needs_care", people.key[rows]) < settings.care_share]
    key = people.key[rows]
    level = np.exp(settings.care_sd * month.streams.normal("people.care", key))
    fen = np.rint(settings.care_median_yuan * 100 * level).astype(np.int64)
    home = people.household[rows]
    np.add.at(month.book.care, home, fen)
    month.add(
        "rigid_spending",
        hh=home.astype(np.int64),
        person=rows,
        item=np.full(len(rows), _SPENDING_CARE),
        amount=fen,
        is_compliant=np.ones(len(rows), dtype=np.bool_),
    )


def _tell_income(
    state: State,
    month: Month,
    rows: npt.NDArray[np.int64],
    item: int,
    amount: I64,
    *,
    is_help: bool,
) -> None:
    """Keep events of payments to persons."""
    month.add(
        "income_item",
        hh=state.people.household[rows].astype(np.int64),
        person=rows,
        item=np.full(len(rows), item),
        amount=amount.astype(np.int64),
        is_help=np.full(len(rows), is_help),
    )
