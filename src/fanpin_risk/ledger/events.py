"""What happened in the mechanism up to a day, under the household each thing concerns."""

from __future__ import annotations

from typing import Final

import narwhals as nw
import polars as pl

from fanpin_risk.day_columns import day_of_date
from fanpin_risk.household.changes import happened
from fanpin_risk.household.membership import with_household
from fanpin_risk.household.once import once
from fanpin_risk.household.placement import Facts

Frame = nw.DataFrame[pl.DataFrame]

NUMBER_SEPARATOR: Final = "/"
"""A record's number stands behind the name of its source and this."""
_ESCAPED: Final = "%2F"
_UP_TO_NUMBER: Final = f"^.*{NUMBER_SEPARATOR}"


@once
def events_of(facts: Facts, table: str) -> Frame:
    """Rows of a table about households that had occurred by the day, under current numbers.

    Returns
    -------
    DataFrame
        The table's rows and columns; rows without a household are left out. A table that is not
        kept is empty.
    """
    rows = happened(facts.known, table)
    return facts.current(rows.filter(~nw.col("household_id").is_null()))


@once
def clues_of(facts: Facts) -> Frame:
    """Every clue that had occurred by the day, under the household of the day.

    A clue about a person counts for the household the person is in on the day, whatever household
    it was written under; a clue without a person for the household it was written under.

    Returns
    -------
    DataFrame
        ``clue_id`` (number of the record), ``household_id`` (current number; null: on record under
        none), ``written_household_id`` (current number of what the office wrote), ``channel,
        department, cause`` (null: not on record), ``occurred_day, recorded_day`` (``Int32``, days
        since 1970-01-01). One row for each clue, in no order.
    """
    clues = facts.current(happened(facts.known, "clue")).select(
        *("household_id", "person_id", "channel", "department", "cause"),
        nw.col("occurred_day").cast(nw.Int32),
        nw.col("recorded_day").cast(nw.Int32),
        clue_id=nw.col("record_id"),
        written_household_id=nw.col("household_id"),
    )
    return in_their_household(facts, clues).select(
        *("clue_id", "household_id", "written_household_id"),
        *("channel", "department", "cause", "occurred_day", "recorded_day"),
    )


@once
def decisions_of(facts: Facts) -> Frame:
    """Every decision on a household, to list it or not.

    Returns
    -------
    DataFrame
        ``household_id, occurred_day, is_listed`` (of the decision); rows without one are left out.
    """
    return (
        events_of(facts, "listing")
        .filter(~nw.col("decision").is_null())
        .select(
            "household_id",
            nw.col("occurred_day").cast(nw.Int32),
            is_listed=nw.col("decision") == "listed",
        )
    )


@once
def measures_of(facts: Facts) -> Frame:
    """Every measure of support that had begun, under the household that is helped.

    That is the household as written; where an office knows persons only, the household the person
    is in on the day.

    Returns
    -------
    DataFrame
        ``household_id, begun_day`` (``Int32``), ``ends_day`` (``Int64``; null: no end on record).
        Measures of no household on record are left out.
    """
    return helped_of(facts).select("household_id", "ends_day", "begun_day")


@once
def helped_of(facts: Facts) -> Frame:
    """Every measure of `measures_of`, with the ``measure`` itself."""
    columns = ("household_id", "person_id", "measure", "occurred_day", "ends_on")
    rows = facts.current(happened(facts.known, "support_measure", columns)).select(
        *("household_id", "person_id", "measure"),
        ends_day=day_of_date("ends_on"),
        begun_day=nw.col("occurred_day").cast(nw.Int32),
    )
    is_written = ~nw.col("household_id").is_null()
    of_persons = in_their_household(facts, rows.filter(~is_written)).filter(is_written)
    return nw.concat([rows.filter(is_written), of_persons]).drop("person_id")


def in_their_household(facts: Facts, rows: Frame) -> Frame:
    """Rows `with_household`; only the persons that are named are looked at."""
    named = facts.placed.select("person_id", "household_id", "membership").join(
        rows.select("person_id"), on="person_id", how="semi"
    )
    return with_household(rows, named).drop("membership")


def numbers_of_clues(clues: Frame) -> Frame:
    """Texts under which a check may name each clue: its record number, and the office's own part.

    A store puts the name of the source before an office's number; a check repeats the number alone.

    Returns
    -------
    DataFrame
        ``clue, occurred_day`` as given and ``number``, each pair once; two offices' clues may share
        a number.
    """
    whole, own = (
        clues.select("clue", "occurred_day", number=number)
        for number in (
            escaped(nw.col("clue_id")),
            nw.col("clue_id").str.replace(_UP_TO_NUMBER, ""),
        )
    )
    return nw.concat([whole, own.filter(own["number"] != whole["number"])])


def escaped(number: nw.Expr) -> nw.Expr:
    """Return a number without separators, as record numbers hold it.

    Examples
    --------
    >>> frame = nw.from_native(pl.DataFrame({"n": ["2024/7", None]}), eager_only=True)
    >>> frame.select(x=escaped(nw.col("n")))["x"].to_list()
    ['2024%2F7', None]
    """
    return number.str.replace_all(NUMBER_SEPARATOR, _ESCAPED, literal=True)
