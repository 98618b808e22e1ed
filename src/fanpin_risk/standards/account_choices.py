"""How the household's account is counted on a day: from the standards in force and the readings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from fanpin_risk.errors import ConfigError
from fanpin_risk.household.choices import AccountChoices
from fanpin_risk.standards.parameters import Standards
from fanpin_risk.standards.table import ParameterTable, parameter_table

REQUIRED = ("income_window_identification", "income_window_annual")
"""Standards without which no account can be counted."""
OPTIONAL = (
    "shock_counts_months",
    "stable_work_months",
    "working_age_from",
    "working_age_to",
    "severe_disability_level_max",
    "school_year_first_month",
    "cover_renewal_months",
    "rigid_burden_window",
)
"""Standards without which some facts are not known."""
RELIEF_MARK = "D"
"""Mark of the item rule that leaves temporary relief out of income (policy notes, section 3)."""


def account_choices(standards: Standards, places: Sequence[str], day: date) -> AccountChoices:
    """Choices of the account at some places on a day.

    Parameters
    ----------
    standards
        With the readings and marks that a configuration chooses.
    places
        Places of reference of the households asked about.
    day
        The day of decision.

    Returns
    -------
    AccountChoices

    Raises
    ------
    ConfigError
        If a standard that every account needs has no value at one of the places, or the places do
        not agree on one: an account is counted one way for all who are compared.
    """
    names = [name for name in (*REQUIRED, *OPTIONAL) if name in standards.parameters]
    table = parameter_table(standards, places, day, names)
    readings = standards.readings
    names_relief = RELIEF_MARK in standards.marks_allowed or readings.d_item_rules == "always"
    window, first = (_needed(table, name) for name in REQUIRED)
    rigid = _agreed(table, "rigid_burden_window")
    return AccountChoices(
        window_months=window,
        collection_first_month=first,
        collection_closes_on_its_last_day=readings.collection_year_closes == "on_30_september",
        counts_income_of_gone=readings.who_counts == "on_the_day",
        leaves_out_relief=names_relief,
        counts_claims=readings.not_income_items == "counted",
        places_work_by_payment=readings.window_of_income == "day_of_payment",
        shock_months=_agreed(table, "shock_counts_months"),
        stable_work_months=_agreed(table, "stable_work_months"),
        working_age_from=_agreed(table, "working_age_from"),
        working_age_to=_agreed(table, "working_age_to"),
        severe_disability_level=_agreed(table, "severe_disability_level_max"),
        age=readings.age,
        school_year_first_month=_agreed(table, "school_year_first_month"),
        cover_renewal_months=_agreed(table, "cover_renewal_months"),
        evidence_limit_months=readings.evidence_age_limit_months,
        rigid_window_months=window if rigid is None else rigid,
    )


def _agreed(table: ParameterTable, name: str) -> int | None:
    """The one value of a standard at all places; None where none of them has one."""
    if name not in table.frame.columns:
        return None
    values = table.frame[name].unique().to_list()
    if len(values) > 1:
        shown = ", ".join(sorted(str(value) for value in values))
        raise ConfigError(
            f"{name}: the places asked about do not agree on {table.day} ({shown}). The "
            "household's account is counted one way for all: run each place by itself."
        )
    return values[0] if values else None


def _needed(table: ParameterTable, name: str) -> int:
    """The one value of a standard that must be there."""
    found = _agreed(table, name)
    if found is None:
        why = next((text for (_, asked), text in table.reasons.items() if asked == name), name)
        raise ConfigError(
            f"{name} has no value on {table.day} ({why}), and no account can be counted without. "
            "Add its value to the standards, for this place or a more general one."
        )
    return found
