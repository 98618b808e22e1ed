"""Choices that the household's account stands on: window lengths and ways of counting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fanpin_risk.units import MONTHS_PER_YEAR

AgeCount = Literal["completed", "by_calendar_year"]
"""Ways of counting years of age."""


@dataclass(frozen=True, kw_only=True)
class AccountChoices:
    """How the account is counted; the values come from dated standards and chosen readings.

    Attributes
    ----------
    window_months
        Months of the identification window, which ends with the month before the day of decision
        (policy notes, section 3).
    collection_first_month
        Month of the year in which the collection year begins (policy notes, section 3).
    collection_closes_on_its_last_day
        Whether that year counts as closed on its very last day already (reading
        ``collection_year_closes``).
    counts_income_of_gone
        Whether income that members earned in a window who have died or left since counts (reading
        ``who_counts``).
    leaves_out_relief
        Whether temporary relief is no income: an item rule of mark D (reading ``d_item_rules``, or
        a configuration that names mark D).
    counts_claims
        Whether insurance claims paid are income (reading ``not_income_items``).
    places_work_by_payment
        Whether single payments for work and business count on the day of payment, not in the months
        they cover (reading ``window_of_income``).
    shock_months
        Months up to the day in which losses and claims are added up (standard
        ``shock_counts_months``). None, as for the four below: nobody says, and what hangs on it is
        not known.
    stable_work_months
        Months of work in the window from which somebody's wages are stable (standard
        ``stable_work_months``).
    working_age_from, working_age_to
        First and last completed year of working age (standards of these names).
    severe_disability_level
        Last level of disability that is severe, 1 being the gravest (standard
        ``severe_disability_level_max``).
    age
        How years of age are counted (reading ``age``): ``completed``, or ``by_calendar_year``, the
        difference of the two years.
    school_year_first_month
        Month of the year on whose first day the school year begins (standard
        ``school_year_first_month``). None: a child is of school age from the birthday itself.
    cover_renewal_months
        Months after its last day in which a medical cover still counts, because the new year's list
        is not there yet (standard ``cover_renewal_months``). None: it ends on its last day.
    evidence_limit_months
        Months after which evidence of a guarantee no longer counts (reading
        ``evidence_age_limit_months``). None: no limit by itself; its day is always shown.
    rigid_window_months
        Months up to the day whose rigid spending is set against income (standard
        ``rigid_burden_window``). The rule asks the standard itself, and tells nothing where it says
        another number.
    """

    window_months: int
    collection_first_month: int
    collection_closes_on_its_last_day: bool = False
    counts_income_of_gone: bool = True
    leaves_out_relief: bool = False
    counts_claims: bool = False
    places_work_by_payment: bool = False
    shock_months: int | None = None
    stable_work_months: int | None = None
    working_age_from: int | None = None
    working_age_to: int | None = None
    severe_disability_level: int | None = None
    age: AgeCount = "completed"
    school_year_first_month: int | None = None
    cover_renewal_months: int | None = None
    evidence_limit_months: int | None = None
    rigid_window_months: int = MONTHS_PER_YEAR
