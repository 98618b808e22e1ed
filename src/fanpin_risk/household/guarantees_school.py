"""Who is at school: what the education office and the register say of each member.

A row that says why somebody is out of school says that the person is out. The register fills either
the school attended or the education completed (policy notes, section 13), so an education alone
says that no school is attended.
"""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw
import polars as pl

from fanpin_risk.household.facts import CODE, DAY, FLAG, Columns
from fanpin_risk.household.guarantees_sources import disagree, is_yes, newer
from fanpin_risk.household.members import (
    BELOW_SCHOOL,
    COMPULSORY,
    EDUCATION,
    NOT_AT_SCHOOL,
    STAGES,
    coded,
)
from fanpin_risk.records.contracts.codes import DROPOUT_REASONS

Frame = nw.DataFrame[pl.DataFrame]

SCHOOL_STAGES = ("none", "below_school", "compulsory", "secondary", "college")
"""Stage of the school attended: none, kindergarten or younger, grades 1 to 9, upper secondary
school, beyond."""

PHYSICAL_REASONS = ("illness", "disability")
"""Reasons for being out of school that can, but need not, make study impossible."""

SCHOOL_COLUMNS: Columns = {
    "school_stage": CODE,
    "school_stage_day": DAY,
    "in_school": FLAG,
    "in_school_day": DAY,
    "has_finished_compulsory": FLAG,
    "has_finished_compulsory_day": DAY,
    "is_unable_to_study": FLAG,
    "is_unable_to_study_day": DAY,
    "dropout_reason": CODE,
    "dropout_reason_day": DAY,
    "school_sources_disagree": FLAG,
}

SCHOOL_QUESTIONS = ("in_school", "stage", "finished", "unable", "reason")
"""What both sources are asked."""

_REASONS = {code: place for place, code in enumerate(DROPOUT_REASONS.words)}
_PHYSICAL = [_REASONS[code] for code in PHYSICAL_REASONS]

_stage, _reason, _education = nw.col("_stage"), nw.col("_reason"), nw.col("_education")
_no, _yes = nw.lit(0), nw.lit(1)


def with_school_numbers(rows: Frame) -> Frame:
    """Add the codes of a table about schools as numbers, once for all questions."""
    numbers = {
        "_stage": coded("school_state", STAGES),
        "_reason": coded("dropout_reason", _REASONS),
    }
    if "education" in rows.columns:
        numbers["_education"] = coded("education", EDUCATION)
    return rows.with_columns(**numbers)


def school_by_office() -> Mapping[str, nw.Expr]:
    """Answers of a row of the education office to `SCHOOL_QUESTIONS`, as small integers.

    Of rows with the numbers of `with_school_numbers`.
    """
    told = nw.col("is_in_school").cast(nw.Int64)
    in_school = nw.coalesce(told, _attends())
    able = nw.coalesce(nw.col("is_unable_to_study").cast(nw.Int64), _not_physical())
    return _answers(in_school, _finished(), able)


def school_by_register() -> Mapping[str, nw.Expr]:
    """Answers of a member's snapshot to `SCHOOL_QUESTIONS`, as small integers; likewise."""
    is_schooled = nw.when(~_education.is_null()).then(_no)
    finished = (
        nw.when((_stage > COMPULSORY) | (_education >= EDUCATION["junior"]))
        .then(_yes)
        .when(~_education.is_null())
        .then(_no)
    )
    return _answers(
        nw.coalesce(_attends(), is_schooled), nw.coalesce(finished, _finished()), _not_physical()
    )


def _answers(in_school: nw.Expr, finished: nw.Expr, unable: nw.Expr) -> dict[str, nw.Expr]:
    """Answers by question; the stage is of the school attended."""
    stage = (
        nw.when(_stage == BELOW_SCHOOL)
        .then(nw.lit(BELOW_SCHOOL))
        .when(in_school == 1)
        .then(_stage)
        .when(in_school == 0)
        .then(nw.lit(NOT_AT_SCHOOL))
    )
    return {
        "in_school": in_school,
        "stage": stage,
        "finished": finished,
        "unable": unable,
        "reason": _reason,
    }


def _attends() -> nw.Expr:
    """Whether a row says that a school is attended: not with a reason for being out."""
    return (
        nw.when(~_reason.is_null())
        .then(_no)
        .when(_stage >= COMPULSORY)
        .then(_yes)
        .when(_stage < COMPULSORY)
        .then(_no)
    )


def _finished() -> nw.Expr:
    """Whether a row says that nine grades are finished.

    Of a child out of school the office writes the grade the child should attend, and a reason is
    asked for in the nine grades alone.
    """
    return (
        nw.when(_stage > COMPULSORY)
        .then(_yes)
        .when(~_stage.is_null())
        .then(_no)
        .when(~_reason.is_null())
        .then(_no)
    )


def _not_physical() -> nw.Expr:
    """No, where the reason for being out of school is none of the body; null otherwise."""
    is_physical = nw.lit(False)
    for place in _PHYSICAL:
        is_physical = is_physical | (_reason == place)
    return nw.when(~_reason.is_null() & ~is_physical).then(_no)


def school_columns() -> dict[str, nw.Expr]:
    """`SCHOOL_COLUMNS` out of the answers of both sources.

    The reason for being out of school is given where the answer that counts is that somebody is.
    """
    in_school, in_school_day = newer("in_school")
    stage, stage_day = newer("stage")
    finished, finished_day = newer("finished")
    unable, unable_day = newer("unable")
    reason, reason_day = newer("reason")
    is_out = in_school == 0
    return {
        "school_stage": _decoded(stage, SCHOOL_STAGES),
        "school_stage_day": stage_day,
        "in_school": is_yes(in_school),
        "in_school_day": in_school_day,
        "has_finished_compulsory": is_yes(finished),
        "has_finished_compulsory_day": finished_day,
        "is_unable_to_study": is_yes(unable),
        "is_unable_to_study_day": unable_day,
        "dropout_reason": _decoded(nw.when(is_out).then(reason), tuple(_REASONS)),
        "dropout_reason_day": nw.when(is_out).then(reason_day),
        "school_sources_disagree": disagree("in_school"),
    }


def _decoded(number: nw.Expr, codes: tuple[str, ...]) -> nw.Expr:
    """Small integers as the codes whose places they are."""
    return number.replace_strict(range(len(codes)), codes, default=None, return_dtype=nw.String)
