"""What the newest records say of each member on the day: codes as numbers, ages, flags."""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw
import polars as pl

from fanpin_risk.day_columns import birthday_number, completed_years
from fanpin_risk.household.answers import latest_answers
from fanpin_risk.household.changes import happened
from fanpin_risk.household.view import CountyView

Frame = nw.DataFrame[pl.DataFrame]

LABOUR = {"ordinary": 1, "skilled": 2, "weak": 3, "lost": 4, "none": 5}
EDUCATION = {"none": 1, "primary": 2, "junior": 3, "senior": 4, "college": 5, "university": 6}
NOT_AT_SCHOOL, BELOW_SCHOOL, COMPULSORY, SECONDARY, COLLEGE = range(5)
"""Stages of school: left it, kindergarten or younger, grades 1 to 9, upper secondary, beyond."""
STAGES = {
    **dict.fromkeys(("preschool_age", "kindergarten"), BELOW_SCHOOL),
    **dict.fromkeys(("primary", "grade_7", "grade_8", "grade_9"), COMPULSORY),
    **{f"{kind}_{n}": SECONDARY for kind in ("senior", "vocational") for n in (1, 2, 3)},
    **{f"higher_vocational_{n}": COLLEGE for n in (1, 2, 3)},
    **{f"technician_{n}": COLLEGE for n in (1, 2, 3, 4)},
    **{f"bachelor_{n}": COLLEGE for n in (1, 2, 3, 4, 5)},
    "postgraduate": COLLEGE,
}
"""Stage by the code of the school attended; every code of the contract's list has one."""
HAN = "汉族"


def coded(column: str, numbers: Mapping[str, int]) -> nw.Expr:
    """A column of codes as numbers; null for null and for codes that are not named."""
    value: nw.Expr = nw.lit(None).cast(nw.Int64)
    for code, number in numbers.items():
        value = nw.when(nw.col(column) == code).then(nw.lit(number)).otherwise(value)
    return value


def member_answers(county: CountyView) -> Frame:
    """Newest answers of the members' snapshots, for those who belong to a household on the day.

    Returns
    -------
    DataFrame
        ``person, home, is_away``, and of each member, null where not known: ``age``
        (completed years), ``labour`` (of `LABOUR`), ``education`` (of `EDUCATION`), ``stage`` (of
        the school attended, `NOT_AT_SCHOOL` where an education is completed), and 0 or 1 for
        ``chronic, serious, disabled, severe, insured, dibao, tekun, female, minority, head``.
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
    answers = latest_answers(_snapshots(county), ["person"], values, are_small=True)
    severe = (nw.col("disabled") == 1) & (nw.col("level") <= 2)
    return county.persons.join(answers, on="person", how="left").with_columns(
        age=completed_years(nw.col("birthday"), county.known.as_of), severe=severe.cast(nw.Int64)
    )


def member_ages(county: CountyView) -> Frame:
    """Age in completed years of everybody who belongs to a household on the day.

    Returns
    -------
    DataFrame
        ``person, age``; without who has no snapshot, null where no day of birth is on record.
    """
    values = {"birthday": birthday_number("born_on")}
    answers = latest_answers(_snapshots(county), ["person"], values, are_small=True)
    return answers.select("person", age=completed_years(nw.col("birthday"), county.known.as_of))


def _snapshots(county: CountyView) -> Frame:
    """Snapshots, of whichever household, of those who belong to one on the day."""
    persons = county.persons.select("person_id", "person")
    return happened(county.known, "member_snapshot").join(persons, on="person_id", how="inner")
