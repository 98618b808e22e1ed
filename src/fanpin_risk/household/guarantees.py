"""Facts of the three guarantees and drinking water, of each member and each home.

Stands on the education, medical insurance, housing and water offices, and beside them on the
register's snapshots (founding text 二（三）; policy notes, sections 5 and 9). The newer of two
sources counts, and of one day the office's. What neither answers is not known: that there is no
record never means "none", but where a new list of the insured is there and no longer names
somebody (`cover_by_office`).
"""

from __future__ import annotations

import narwhals as nw
import polars as pl

from fanpin_risk.household.answers import latest_answers
from fanpin_risk.household.choices import AccountChoices
from fanpin_risk.household.facts import DAY, FLAG, Columns, FactTheme
from fanpin_risk.household.guarantees_cover import (
    COVER_COLUMNS,
    COVER_QUESTIONS,
    cover_by_office,
    cover_by_register,
    cover_columns,
)
from fanpin_risk.household.guarantees_dwelling import (
    DWELLING_COLUMNS,
    DWELLING_QUESTIONS,
    dwelling_by_office,
    dwelling_columns,
)
from fanpin_risk.household.guarantees_school import (
    SCHOOL_COLUMNS,
    SCHOOL_QUESTIONS,
    school_by_office,
    school_by_register,
    school_columns,
    with_school_numbers,
)
from fanpin_risk.household.guarantees_sources import (
    OFFICE,
    REGISTER,
    answer_of,
    beside,
    day_of_answer,
    first_day_that_counts,
    is_yes,
    of_this_home,
    recent,
)
from fanpin_risk.household.guarantees_water import (
    WATER_COLUMNS,
    WATER_QUESTIONS,
    water_by_office,
    water_columns,
    with_month_lengths,
)
from fanpin_risk.household.members import member_snapshots
from fanpin_risk.household.once import once
from fanpin_risk.household.view import CountyView

Frame = nw.DataFrame[pl.DataFrame]

REGISTER_COLUMNS: Columns = {
    "register_has_dropout": FLAG,
    "register_dropout_day": DAY,
    "register_has_uninsured": FLAG,
    "register_uninsured_day": DAY,
}

_OF_MEMBERS = (
    *("school_state", "education", "dropout_reason"),
    *("has_basic_medical", "has_employee_medical", "has_serious_illness_insurance"),
)


def person_guarantees(county: CountyView, choices: AccountChoices) -> Frame:
    """School and medical cover of everybody who belongs to a household on the day.

    Parameters
    ----------
    county
        The day's records.
    choices
        ``cover_renewal_months`` and ``evidence_limit_months``.

    Returns
    -------
    DataFrame
        ``person``, and with the day of each in ``<name>_day``, null where neither source answers:

        ``in_school``
            Attends a school of grade 1 or beyond.
        ``school_stage``
            Of `SCHOOL_STAGES`; of the school attended.
        ``has_finished_compulsory``
            Has finished nine grades, or attends a school beyond them.
        ``is_unable_to_study``
            Cannot study for reasons of the body, as the education office says; no where the reason
            for being out is another one.
        ``dropout_reason``
            Why somebody who is out of school is out.
        ``covered, serious_illness_covered``
            By basic medical insurance (residents' or employees'), by serious-illness insurance.
        ``school_sources_disagree, cover_sources_disagree, serious_cover_sources_disagree``
            Whether both sources answer and contradict each other, whatever their days; never null.
    """
    since = first_day_that_counts(county, choices)
    persons = answers_of_members(county, since)
    covers = cover_by_office(county, choices, since)
    persons = beside(persons, covers, "person", COVER_QUESTIONS, OFFICE)
    return persons.select("person", **school_columns(), **cover_columns())


@once
def answers_of_members(county: CountyView, since: int | None) -> Frame:
    """What both sources answer about school, and the register about cover, `beside` each other.

    Parameters
    ----------
    county
        The day's records.
    since
        First day of evidence that counts; None: no limit.

    Returns
    -------
    DataFrame
        ``person``, in the order of the view, and the answers.
    """
    snapshots = with_school_numbers(recent(member_snapshots(county, _OF_MEMBERS), since))
    asked = {**school_by_register(), **cover_by_register()}
    registered = latest_answers(snapshots, ["person"], asked, are_small=True)
    persons = county.persons.select("person")
    persons = beside(persons, registered, "person", list(asked), REGISTER)
    return beside(persons, _schools(county, since), "person", SCHOOL_QUESTIONS, OFFICE)


def home_guarantees(county: CountyView, choices: AccountChoices) -> Frame:
    """Home and water of every household, and what its register says of the guarantees.

    Parameters
    ----------
    county
        The day's records.
    choices
        ``evidence_limit_months``.

    Returns
    -------
    DataFrame
        ``home``, and with the day of each in the column named so, null where nothing answers:

        ``housing_grade, is_only_home, is_lived_in``
            Newest answers of the checks of the home lived in; of `GRADES`, 1 the safest.
        ``other_home_grade``
            Of another home, in which nobody lives.
        ``register_home_is_dilapidated, register_water_is_safe, register_has_dropout,
        register_has_uninsured``
            Newest answers of the household's snapshots.
        ``housing_source``
            ``check`` or ``register``: which one counts (`dwelling_columns`).
        ``water_quality_is_poor, water_outage_days, water_trip_minutes, water_litres,
        water_supply_e4``
            Newest answers of the checks: quality below the standard; days without water at a
            stretch; minutes there and back; litres per head and day; reliability of supply.
        ``water_is_unsafe``
            Poor quality by the check or not safe by the register, whichever is newer.
        ``water_outage_month_days``
            Days of the calendar month up to the check of the outage (`with_month_lengths`).
        ``water_<question>_is_settled``
            Whether the register says, later than the check, that water is safe.

        Checks and snapshots from before the household split off or moved in are of another home.
    """
    since = first_day_that_counts(county, choices)
    homes = county.homes.select("home")
    homes = beside(homes, _registered(county, since), "home", list(_HOME_ANSWERS), REGISTER)
    dwellings = dwelling_by_office(county, since)
    homes = beside(homes, dwellings, "home", DWELLING_QUESTIONS, "dwelling")
    homes = beside(homes, water_by_office(county, since), "home", WATER_QUESTIONS, OFFICE)
    return with_month_lengths(
        homes.select("home", **dwelling_columns(), **water_columns(), **_register_columns())
    )


_HOME_ANSWERS = {
    "dilapidated": nw.col("is_dilapidated_home").cast(nw.Int64),
    "unsafe": (~nw.col("has_safe_water")).cast(nw.Int64),
    "dropout": nw.col("has_dropout").cast(nw.Int64),
    "uninsured": nw.col("has_uninsured_member").cast(nw.Int64),
}
"""What the household's snapshots are asked."""


def _registered(county: CountyView, since: int | None) -> Frame | None:
    """Newest answers of the household's snapshots."""
    if "household_snapshot" not in county.tables:
        return None
    rows = recent(of_this_home(county.tables["household_snapshot"], county), since)
    return latest_answers(rows, ["home"], _HOME_ANSWERS, are_small=True)


def _schools(county: CountyView, since: int | None) -> Frame | None:
    """Newest answers of the education office."""
    if "schooling" not in county.tables:
        return None
    rows = county.tables["schooling"].filter(~nw.col("person").is_null())
    numbered = with_school_numbers(recent(rows, since))
    return latest_answers(numbered, ["person"], school_by_office(), are_small=True)


def _register_columns() -> dict[str, nw.Expr]:
    """`REGISTER_COLUMNS` out of the register's answers."""
    return {
        "register_has_dropout": is_yes(answer_of(REGISTER, "dropout")),
        "register_dropout_day": day_of_answer(REGISTER, "dropout"),
        "register_has_uninsured": is_yes(answer_of(REGISTER, "uninsured")),
        "register_uninsured_day": day_of_answer(REGISTER, "uninsured"),
    }


PERSON_GUARANTEES = FactTheme(
    name="person_guarantees",
    level="person",
    columns={**SCHOOL_COLUMNS, **COVER_COLUMNS},
    build=person_guarantees,
)
"""School and medical cover of members."""

HOME_GUARANTEES = FactTheme(
    name="home_guarantees",
    level="household",
    columns={**DWELLING_COLUMNS, **WATER_COLUMNS, **REGISTER_COLUMNS},
    build=home_guarantees,
)
"""Home, water and the register's flags."""
