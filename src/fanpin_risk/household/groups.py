"""Facts of must-visit groups: illness, disability and allowances of members, and students.

What the newest member snapshot that says so says. For what can be new, the first day of the
unbroken run of such answers, and the day on which it was last denied before it: without one the run
may have begun before the records do.
"""

from __future__ import annotations

import narwhals as nw
import polars as pl

from fanpin_risk.household.answers import latest_answers
from fanpin_risk.household.choices import AccountChoices
from fanpin_risk.household.facts import COUNT, DAY, FLAG, Columns, FactTheme, with_found
from fanpin_risk.household.guarantees import answers_of_members
from fanpin_risk.household.guarantees_sources import first_day_that_counts, newer, recent
from fanpin_risk.household.members import COMPULSORY, member_snapshots
from fanpin_risk.household.once import once
from fanpin_risk.household.view import CountyView

Frame = nw.DataFrame[pl.DataFrame]

_OF_PERSONS: Columns = {
    "is_seriously_ill": FLAG,
    "seriously_ill_day": DAY,
    "is_chronically_ill": FLAG,
    "chronically_ill_day": DAY,
    "is_on_tekun": FLAG,
    "tekun_day": DAY,
    "is_on_dibao": FLAG,
    "dibao_day": DAY,
    "dibao_since_day": DAY,
    "no_dibao_day": DAY,
    "is_disabled": FLAG,
    "disabled_day": DAY,
    "disabled_since_day": DAY,
    "no_disability_day": DAY,
    "disability_level": COUNT,
}
_FLAGS = {
    "seriously_ill": "is_seriously_ill",
    "chronically_ill": "is_chronically_ill",
    "tekun": "is_on_tekun",
    "dibao": "is_on_dibao",
    "disabled": "is_disabled",
}
"""What is asked of each snapshot, and the fact that tells its newest answer."""
_BEGUN = {
    "dibao": ("dibao_since_day", "no_dibao_day"),
    "disabled": ("disabled_since_day", "no_disability_day"),
}
"""What can be new: when the run of answers began, and when it was last denied before."""
_SNAPSHOT = (
    *("is_seriously_ill", "is_chronically_ill", "tekun", "dibao"),
    *("is_disabled", "disability_level"),
)
_OF_HOMES: Columns = {"n_students": COUNT, "n_students_open": COUNT, "students_day": DAY}


@once
def member_groups(county: CountyView, choices: AccountChoices) -> Frame | None:
    """Illness, disability and allowances of everybody who belongs to a household on the day.

    Returns
    -------
    DataFrame or None
        ``person`` and, by the newest answers that still count, null where nothing answers:

        ``is_seriously_ill, is_chronically_ill, is_on_tekun, is_on_dibao, is_disabled``
            With the day of each in ``<what>_day``. Who has a level of disability is disabled.
        ``disability_level``
            1 the gravest.
        ``dibao_since_day, disabled_since_day``
            First day of the unbroken run of answers "yes" that the newest one ends; null for no,
            and where its last day says both.
        ``no_dibao_day, no_disability_day``
            Newest day before that run on which the answer was "no"; null for none on record.

        None where no member snapshots are kept.
    """
    if "member_snapshot" not in county.known.tables:
        return None
    since = first_day_that_counts(county, choices)
    said = _said(recent(member_snapshots(county, _SNAPSHOT), since))
    asked = {name: nw.col(name) for name in (*_FLAGS, "level")}
    found = latest_answers(said, ["person"], asked, are_small=True)
    told = found.select(
        "person",
        **{fact: nw.col(name) == 1 for name, fact in _FLAGS.items()},
        **{f"{name}_day": nw.col(f"{name}|day").cast(nw.Int64) for name in _FLAGS},
        disability_level=nw.when(nw.col("disabled") == 1).then(nw.col("level")),
    )
    runs = [_begun(said, name, columns) for name, columns in _BEGUN.items()]
    return with_found(told, runs, "person").select(["person", *_OF_PERSONS])


def _said(rows: Frame) -> Frame:
    """Answers of each snapshot as 0 or 1, and the level of a disability."""
    level = nw.col("disability_level")
    has_level = nw.when(~level.is_null()).then(nw.lit(1))
    return rows.select(
        *("person", "occurred_day", "recorded_day"),
        seriously_ill=nw.col("is_seriously_ill").cast(nw.Int64),
        chronically_ill=nw.col("is_chronically_ill").cast(nw.Int64),
        tekun=(nw.col("tekun") != "none").cast(nw.Int64),
        dibao=(nw.col("dibao") != "none").cast(nw.Int64),
        disabled=nw.coalesce(nw.col("is_disabled").cast(nw.Int64), has_level),
        level=level.cast(nw.Int64),
    )


def _begun(said: Frame, name: str, columns: tuple[str, str]) -> Frame:
    """Run of answers "yes" that the newest answer ends, by person."""
    return runs_of_yes(said, name).rename({"_since": columns[0], "_no": columns[1]})


def runs_of_yes(said: Frame, name: str) -> Frame:
    """Run of answers 1 that the newest answer ends, of whoever has one.

    Parameters
    ----------
    said
        ``person``, ``occurred_day`` and the answer to a question, 0 or 1, of each record.
    name
        Of the question.

    Returns
    -------
    DataFrame
        ``person``; ``_since``: first day of the run; ``_no``: newest day before with the answer 0.
    """
    answer, day = nw.col(name), nw.col("occurred_day").cast(nw.Int64)
    yes = said.filter(answer == 1).select("person", day=day)
    no = (
        said.filter(answer == 0)
        .join(yes.select("person"), on="person", how="semi")
        .select("person", _no=day)
        .group_by("person")
        .agg(nw.col("_no").max())
    )
    run = yes.join(no, on="person", how="left").filter(
        nw.col("_no").is_null() | (nw.col("day") > nw.col("_no"))
    )
    return run.group_by("person").agg(_since=nw.col("day").min(), _no=nw.col("_no").max())


def student_facts(county: CountyView, choices: AccountChoices) -> Frame:
    """Members at school beyond the compulsory years, of each household.

    Returns
    -------
    DataFrame
        One row for each household with members on record:

        ``n_students``
            Members who attend upper secondary school or beyond; of the education office's and the
            register's answers the newer one counts, as in `person_guarantees`.
        ``n_students_open``
            Members of whom neither says whether they do.
        ``students_day``
            Oldest day of an answer that one of the students rests on; null: no students.
    """
    since = first_day_that_counts(county, choices)
    persons = with_found(
        county.persons.select("person", "home"), [answers_of_members(county, since)], "person"
    )
    (in_school, _), (stage, day) = (newer(name) for name in ("in_school", "stage"))
    is_beyond = (in_school == 1) & (stage > COMPULSORY)
    is_student = is_beyond.fill_null(False)
    marked = persons.select(
        "home",
        n_students=is_student.cast(nw.Int64),
        n_students_open=is_beyond.is_null().cast(nw.Int64),
        students_day=nw.when(is_student).then(day.cast(nw.Int64)),
    )
    return marked.group_by("home").agg(
        nw.col("n_students").sum(),
        nw.col("n_students_open").sum(),
        nw.col("students_day").min(),
    )


MEMBER_GROUPS = FactTheme(
    name="member groups", level="person", columns=_OF_PERSONS, build=member_groups
)
"""Illness, disability and allowances of members."""

STUDENTS = FactTheme(name="students", level="household", columns=_OF_HOMES, build=student_facts)
"""Members at school beyond the compulsory years."""
