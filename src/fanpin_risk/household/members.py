"""What the newest records say of each member on the day: codes as numbers, ages, flags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from string import digits
from typing import Literal

import narwhals as nw
import polars as pl

from fanpin_risk.day_columns import birthday_number, completed_years
from fanpin_risk.household.answers import latest_answers
from fanpin_risk.household.choices import AccountChoices
from fanpin_risk.household.facts import COUNT, FactTheme
from fanpin_risk.household.once import once
from fanpin_risk.household.view import CountyView
from fanpin_risk.records.contracts.codes import EDUCATION as EDUCATIONS
from fanpin_risk.records.contracts.codes import LABOUR_SKILLS, SCHOOL_STATES

Frame = nw.DataFrame[pl.DataFrame]

LABOUR = {code: place for place, code in enumerate(LABOUR_SKILLS.words, start=1)}
"""Labour capacity in the order of the contract's list: ordinary, skilled, weak, lost, none."""
EDUCATION = {code: place for place, code in enumerate(EDUCATIONS.words, start=1)}
"""Education completed in the order of the contract's list, from none to university."""
_STAGE_NAMES = ("not at school", "below school", "compulsory", "secondary", "college")
NOT_AT_SCHOOL, BELOW_SCHOOL, COMPULSORY, SECONDARY, COLLEGE = range(len(_STAGE_NAMES))
"""Stages of school: left it, kindergarten or younger, grades 1 to 9, upper secondary, beyond."""
_STAGE_OF = {
    "preschool_age": BELOW_SCHOOL,
    "kindergarten": BELOW_SCHOOL,
    "primary": COMPULSORY,
    "grade": COMPULSORY,
    "senior": SECONDARY,
    "vocational": SECONDARY,
}
STAGES = {code: _STAGE_OF.get(code.rstrip(digits + "_"), COLLEGE) for code in SCHOOL_STATES.words}
"""Stage by the code of the school attended; every code of the contract's list has one."""
HAN = "汉族"


def coded(column: str, numbers: Mapping[str, int]) -> nw.Expr:
    """A column of codes as numbers; null for null and for codes that are not named."""
    return nw.col(column).replace_strict(numbers, default=None, return_dtype=nw.Int64)


def member_answers(county: CountyView) -> Frame:
    """Newest answers of the members' snapshots, for those who belong to a household on the day.

    Returns
    -------
    DataFrame
        ``person, home, is_away``, and of each member, null where not known: ``age``
        (completed years), ``labour`` (of `LABOUR`), ``education`` (of `EDUCATION`), ``stage`` (of
        the school attended, `NOT_AT_SCHOOL` where an education is completed), and 0 or 1 for
        ``chronic, serious, disabled, insured, dibao, tekun, female, minority, head``; ``level`` of
        the disability, 1 the gravest.
    """
    known = coded("school_state", STAGES)
    stage = nw.when(nw.col("school_state").is_null() & ~nw.col("education").is_null()).then(
        nw.lit(NOT_AT_SCHOOL)
    )
    disabled = nw.coalesce(
        nw.col("is_disabled").cast(nw.Int64),
        nw.when(~nw.col("disability_level").is_null()).then(nw.lit(1)),
    )
    insured = nw.any_horizontal("has_basic_medical", "has_employee_medical", ignore_nulls=False)
    values = {
        "birthday": birthday_number("born_on"),
        "labour": coded("labour_skill", LABOUR),
        "education": coded("education", EDUCATION),
        "stage": nw.coalesce(known, stage),
        "chronic": nw.col("is_chronically_ill").cast(nw.Int64),
        "serious": nw.col("is_seriously_ill").cast(nw.Int64),
        "disabled": disabled,
        "level": nw.col("disability_level"),
        "insured": insured.cast(nw.Int64),
        "dibao": (nw.col("dibao") != "none").cast(nw.Int64),
        "tekun": (nw.col("tekun") != "none").cast(nw.Int64),
        "female": (nw.col("sex") == "female").cast(nw.Int64),
        "minority": (nw.col("ethnicity") != HAN).cast(nw.Int64),
        "head": (nw.col("relation") == "head").cast(nw.Int64),
    }
    answers = latest_answers(county.snapshots, ["person"], values, are_small=True)
    return county.persons.join(answers, on="person", how="left").with_columns(
        age=completed_years(nw.col("birthday"), county.known.as_of)
    )


def member_ages(county: CountyView) -> Frame:
    """Age in completed years of everybody who belongs to a household on the day.

    Returns
    -------
    DataFrame
        ``person, age``; without who has no snapshot, null where no day of birth is on record.
    """
    age = completed_years(nw.col("birthday"), county.known.as_of)
    return births(county, "birthday").select("person", age=age)


@once
def births(county: CountyView, asked: Literal["birthday", "year"]) -> Frame:
    """``person`` and what is asked of whoever has a snapshot; birthdays as `birthday_number`."""
    values = {
        "birthday": birthday_number("born_on"),
        "year": nw.col("born_on").dt.year().cast(nw.Int64),
    }
    return latest_answers(county.snapshots, ["person"], {asked: values[asked]}, are_small=True)


@once
def capacities(county: CountyView, since: int | None) -> Frame:
    """Capacity to work, and whether at school, by each member's newest answers.

    School attended and education completed exclude each other: the newest of either counts.

    Parameters
    ----------
    county
        The day's records.
    since
        First day of evidence that counts; None: no limit.

    Returns
    -------
    DataFrame
        ``person`` of everybody with a snapshot; ``labour`` (of `LABOUR`) and ``attends`` (0, 1),
        with their days in ``<name>|day``.
    """
    attends = (
        nw.when(~nw.col("school_state").is_null())
        .then(nw.lit(1))
        .when(~nw.col("education").is_null())
        .then(nw.lit(0))
    )
    values = {"labour": coded("labour_skill", LABOUR), "attends": attends.cast(nw.Int64)}
    rows = member_snapshots(county, ("labour_skill", "school_state", "education"))
    counts = rows if since is None else rows.filter(nw.col("occurred_day") >= since)
    return latest_answers(counts, ["person"], values, are_small=True)


@once
def age_facts(county: CountyView, choices: AccountChoices) -> Frame:
    """Age on the day, and at the beginning of the running school year, of everybody on record.

    Parameters
    ----------
    county
        The day's records.
    choices
        ``age`` says how years are counted, ``school_year_first_month`` when the school year begins.

    Returns
    -------
    DataFrame
        ``person``; ``age``: years on the day; ``school_entry_age``: years on the day before the
        running school year began, which decides whether a child was due to enter with it (policy
        notes, sections 5 and 19); the age on the day where no month is given. Null where no day of
        birth is on record.
    """
    day = county.known.as_of
    entry = day_before_school_year(day, choices.school_year_first_month)
    return births(county, "year" if choices.age == "by_calendar_year" else "birthday").select(
        "person", age=_years(day, choices), school_entry_age=_years(entry, choices)
    )


def _years(day: date, choices: AccountChoices) -> nw.Expr:
    """Years of age on a day, counted as chosen."""
    if choices.age == "by_calendar_year":
        return day.year - nw.col("year")
    return completed_years(nw.col("birthday"), day)


def day_before_school_year(day: date, first_month: int | None) -> date:
    """Last day before the school year that runs on a day; the day itself where no month is given.

    Examples
    --------
    >>> [str(day_before_school_year(date(2025, 9, d), 9)) for d in (1, 2)]
    ['2025-08-31', '2025-08-31']
    >>> str(day_before_school_year(date(2025, 8, 31), 9))
    '2024-08-31'
    """
    if first_month is None:
        return day
    begins = date(day.year, first_month, 1)
    if begins > day:
        begins = date(day.year - 1, first_month, 1)
    return begins - timedelta(days=1)


AGES = FactTheme(
    name="ages",
    level="person",
    columns={"age": COUNT, "school_entry_age": COUNT},
    build=age_facts,
)
"""Ages of members."""


def member_snapshots(county: CountyView, columns: Sequence[str]) -> Frame:
    """Columns of the snapshots of everybody who belongs to a household on the day.

    Returns
    -------
    DataFrame
        ``person``, the days of occurrence and of record, and ``columns``; one row a snapshot, of
        whichever household the person was in then.
    """
    return county.snapshots.select("person", "occurred_day", "recorded_day", *columns)
