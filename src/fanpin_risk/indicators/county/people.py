"""Members of each household on the day, counted by age, health, school, labour and cover."""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw
import polars as pl

from fanpin_risk.household.account import RATIO_SCALE
from fanpin_risk.household.changes import happened
from fanpin_risk.indicators.county.answers import latest_answers
from fanpin_risk.indicators.county.days import birthday_number, completed_years
from fanpin_risk.indicators.county.view import CountyView

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
SCHOOL_AGES = (6, 15)
"""Ages of compulsory schooling, both included (policy notes, section 19)."""
WORKING_AGES = (16, 59)
HAN = "汉族"


def coded(column: str, numbers: Mapping[str, int]) -> nw.Expr:
    """A column of codes as numbers; null for null and for codes that are not named."""
    value: nw.Expr = nw.lit(None).cast(nw.Int64)
    for code, number in numbers.items():
        value = nw.when(nw.col(column) == code).then(nw.lit(number)).otherwise(value)
    return value


def members_view(county: CountyView) -> Frame | None:
    """Counts over the members who belong to each household on the day.

    Ages are completed years on the day, from the newest day of birth on record. Everything else is
    the newest answer of the member's snapshots, of whichever household they were then. A member of
    whom something is not known does not count; where it is known of nobody, the count is null.

    Returns
    -------
    DataFrame or None
        ``home``, ``occurred_day`` (the day), ``heads`` and integers named after what they
        count; None where no member snapshots are kept.
    """
    if "member_snapshot" not in county.known.tables:
        return None
    persons = member_answers(county)
    flags = _flags()
    marked = persons.select("home", **{name: flag.cast(nw.Int64) for name, flag in flags.items()})
    grouped = marked.group_by("home").agg(
        nw.len().cast(nw.Int64).alias("heads"),
        *[nw.col(name).sum().cast(nw.Int64).alias(f"{name}|sum") for name in flags],
        *[nw.col(name).count().cast(nw.Int64).alias(f"{name}|known") for name in flags],
        nw.col("aged_60").min().alias("aged_60|least"),
        nw.col("head_age").max().alias("head_age|one"),
    )
    counts = {
        name: nw.when(nw.col(f"{name}|known") > 0).then(nw.col(f"{name}|sum")) for name in flags
    }
    return grouped.select(
        "home",
        "heads",
        occurred_day=nw.lit(county.day).cast(nw.Int32),
        **{name: count for name, count in counts.items() if not name.startswith("head_")},
        **_derived(),
    )


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


def _flags() -> dict[str, nw.Expr]:
    """What is counted of members: 0, 1 or null for each, and the head's own values."""
    age, labour = nw.col("age"), nw.col("labour")
    first, last = WORKING_AGES
    is_able = labour <= LABOUR["skilled"]
    is_grown = age >= first
    is_head = nw.col("head") == 1
    return {
        "aged_0_5": age < SCHOOL_AGES[0],
        "aged_6_15": (age >= SCHOOL_AGES[0]) & (age <= SCHOOL_AGES[1]),
        "aged_16_59": (age >= first) & (age <= last),
        "aged_60": age > last,
        "aged_65": age >= 65,
        "aged_75": age >= 75,
        "away": nw.col("is_away"),
        "chronic": nw.col("chronic"),
        "serious": nw.col("serious"),
        "disabled": nw.col("disabled"),
        "severe": nw.col("severe"),
        "able": is_able,
        "skilled": labour == LABOUR["skilled"],
        "weak": labour == LABOUR["weak"],
        "able_16_59": is_able & (age >= first) & (age <= last),
        "in_college": nw.col("stage") == COLLEGE,
        "low_schooled": is_grown & (nw.col("education") <= EDUCATION["primary"]),
        "uninsured": nw.col("insured") == 0,
        "dibao": nw.col("dibao"),
        "tekun": nw.col("tekun"),
        "head_female": nw.when(is_head).then(nw.col("female")),
        "head_minority": nw.when(is_head).then(nw.col("minority")),
        "head_age": nw.when(is_head).then(age),
    }


def _derived() -> dict[str, nw.Expr]:
    """Shares and yes-or-no answers over the counts."""
    n_ages = nw.col("aged_16_59|known")
    old_known, heads = nw.col("aged_60|known"), nw.col("heads")
    all_old = (
        nw.when(nw.col("aged_60|least") == 0)
        .then(nw.lit(0))
        .when(old_known == heads)
        .then(nw.lit(1))
    )
    able, known = nw.col("able|sum"), nw.col("able|known")
    no_able = nw.when(able > 0).then(nw.lit(0)).when(known == heads).then(nw.lit(1))
    return {
        "is_single": (heads == 1).cast(nw.Int64),
        "all_aged_60": all_old,
        "no_able_worker": no_able,
        "dependants_e4": nw.when(n_ages > 0).then(
            (n_ages - nw.col("aged_16_59|sum")) * RATIO_SCALE // n_ages
        ),
        **{
            name: nw.when(nw.col(f"{name}|known") > 0).then(
                (nw.col(f"{name}|sum") > 0).cast(nw.Int64)
            )
            for name in ("head_female", "head_minority")
        },
        "head_age": nw.col("head_age|one"),
    }
