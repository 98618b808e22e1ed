"""The home that a household lives in: its grade of danger, and what the register says of it."""

from __future__ import annotations

import narwhals as nw
import polars as pl

from fanpin_risk.household.answers import latest_answers
from fanpin_risk.household.facts import CODE, COUNT, DAY, FLAG, Columns
from fanpin_risk.household.guarantees_sources import (
    REGISTER,
    answer_of,
    day_of_answer,
    is_yes,
    of_this_home,
    recent,
)
from fanpin_risk.household.members import coded
from fanpin_risk.household.view import CountyView
from fanpin_risk.records.contracts.codes import HOUSING_GRADES

Frame = nw.DataFrame[pl.DataFrame]

GRADES = {code: place for place, code in enumerate(HOUSING_GRADES.words, start=1)}
"""Grades of danger in the order of the contract's list, the safest first: A is 1, D is 4."""

DWELLING_COLUMNS: Columns = {
    "housing_grade": COUNT,
    "housing_day": DAY,
    "is_only_home": FLAG,
    "is_only_home_day": DAY,
    "is_lived_in": FLAG,
    "is_lived_in_day": DAY,
    "other_home_grade": COUNT,
    "other_home_day": DAY,
    "register_home_is_dilapidated": FLAG,
    "register_home_day": DAY,
    "housing_source": CODE,
}

DWELLING_QUESTIONS = ("grade", "is_only", "is_lived_in", "other_grade")
"""What checks of homes are asked."""


def dwelling_by_office(county: CountyView, since: int | None) -> Frame | None:
    """Newest answers of the checks to `DWELLING_QUESTIONS`, with their days.

    A check says nothing about which home it saw. The only home is the one lived in; a home that is
    not said to be the only one, and in which nobody lives, is another one. Of two checks of one day
    that are recorded together the worse grade counts.

    Returns
    -------
    DataFrame or None
        ``home``, and for each question ``<name>`` and ``<name>|day``; None where no check is kept.
    """
    if "housing_check" not in county.tables:
        return None
    rows = recent(of_this_home(county.tables["housing_check"], county), since)
    is_only = nw.col("is_only_home").cast(nw.Int64)
    is_lived_in = nw.col("is_lived_in").cast(nw.Int64)
    is_other = (is_lived_in == 0).fill_null(False) & ~(is_only == 1).fill_null(False)
    grade = coded("grade", GRADES)
    values = {
        "grade": nw.when(~is_other).then(grade),
        "is_only": nw.when(~is_other).then(is_only),
        "is_lived_in": nw.when(~is_other).then(is_lived_in),
        "other_grade": nw.when(is_other).then(grade),
    }
    return latest_answers(rows, ["home"], values, are_small=True)


def dwelling_columns() -> dict[str, nw.Expr]:
    """`DWELLING_COLUMNS` out of the answers of both sources.

    ``housing_source`` says which one counts: the newer one. Of one day the check goes before the
    register, unless it leaves open whether the home is the only one and lived in. Null: neither
    answers.
    """
    register, register_day = (
        answer_of(REGISTER, "dilapidated"),
        day_of_answer(REGISTER, "dilapidated"),
    )
    grade, grade_day = _of_check("grade")
    is_only, is_only_day = _of_check("is_only")
    is_lived_in, is_lived_in_day = _of_check("is_lived_in")
    other_grade, other_day = _of_check("other_grade")
    is_open = is_only.is_null() | is_lived_in.is_null()
    is_register = (register_day > grade_day) | ((register_day == grade_day) & is_open)
    source = (
        nw.when(register.is_null() & grade.is_null())
        .then(nw.lit(None).cast(nw.String()))
        .when(register.is_null())
        .then(nw.lit("check"))
        .when(grade.is_null() | is_register)
        .then(nw.lit("register"))
        .otherwise(nw.lit("check"))
    )
    return {
        "housing_grade": grade,
        "housing_day": grade_day,
        "is_only_home": is_yes(is_only),
        "is_only_home_day": is_only_day,
        "is_lived_in": is_yes(is_lived_in),
        "is_lived_in_day": is_lived_in_day,
        "other_home_grade": other_grade,
        "other_home_day": other_day,
        "register_home_is_dilapidated": is_yes(register),
        "register_home_day": register_day,
        "housing_source": source,
    }


def _of_check(question: str) -> tuple[nw.Expr, nw.Expr]:
    """An answer of the checks, and its day."""
    return nw.col(f"dwelling|{question}"), nw.col(f"dwelling|{question}|day")
