"""What answers a clue: checks, decisions, help, and the household's end."""

from __future__ import annotations

import narwhals as nw
import polars as pl

from fanpin_risk.causes import Cause
from fanpin_risk.household.changes import happened
from fanpin_risk.household.placement import Facts
from fanpin_risk.household.through_time import ends_of
from fanpin_risk.ledger.events import (
    decisions_of,
    escaped,
    measures_of,
    numbers_of_clues,
)
from fanpin_risk.ledger.looks import FOUND
from fanpin_risk.ledger.spells import listing_spells

Frame = nw.DataFrame[pl.DataFrame]

HELP_FIRST = tuple(cause.name.lower() for cause in (Cause.DISASTER, Cause.ACCIDENT))
"""Causes with a green channel (绿色通道): help first, papers later."""

ANSWERS: dict[str, nw.dtypes.DType] = {
    "checked_day": nw.Int32(),
    "confirmed_day": nw.Int32(),
    "vain_day": nw.Int32(),
    "is_help_first": nw.Boolean(),
    "decided_day": nw.Int32(),
    "is_listed": nw.Boolean(),
    "helped_day": nw.Int32(),
    "is_on_list": nw.Boolean(),
    "ended_day": nw.Int32(),
}
"""Columns of `answers_to` beside the clue, with their types."""


def answers_to(facts: Facts, clues: Frame) -> Frame:
    """First day, of each kind, on which something answered a clue: on the clue's day or later.

    What was done for the household the clue was written under counts, and what was done for the
    household that the person concerned is in on the day.

    Parameters
    ----------
    facts
        Of the day.
    clues
        Of `clues_of`.

    Returns
    -------
    DataFrame
        ``clue_id``, each once, in no order, with the columns of `ANSWERS`; days since 1970-01-01,
        null where there is none:

        ``checked_day``
            First check, with a result or without (nobody met). A check that names a clue on record
            answers that clue, from the clue's own day on, and no other, unless it confirmed need;
            a check that names none, or confirmed need, answers every clue of its household.
        ``confirmed_day``, ``vain_day``
            First check that confirmed the clue, and the first day on which checks did not. Of
            results of one day that contradict each other the confirmed one counts.
        ``is_help_first``
            Whether the clue, or a check that confirmed it, names a cause of `HELP_FIRST`; null:
            no cause is on record.
        ``decided_day``, ``is_listed``
            First decision, and whether it was to list (of several of that day, whether one was).
        ``helped_day``
            First measure of support that began.
        ``is_on_list``
            Whether the household had been listed before the clue's day, and still was on it.
        ``ended_day``
            Day on which the household was no more, at the earliest the clue's.
    """
    homes = _homes(clues)
    found = clues.select("clue_id", "household_id", "cause", "occurred_day")
    for part in (
        _checks(facts, clues, homes),
        _first_decision(homes, decisions_of(facts)),
        _first_measure(homes, measures_of(facts)),
        _on_list(homes, listing_spells(facts)),
    ):
        found = found.join(part, on="clue_id", how="left")
    ends = ends_of(facts).select("household_id", "ended_day")
    named = nw.col("cause").is_in(list(HELP_FIRST))
    return (
        found.join(ends, on="household_id", how="left")
        .with_columns(
            ended_day=nw.when(~nw.col("ended_day").is_null()).then(
                nw.max_horizontal("ended_day", "occurred_day")
            ),
            is_on_list=nw.col("is_on_list").fill_null(False),
            is_help_first=nw.coalesce(named | nw.col("_is_help_first"), named, "_is_help_first"),
        )
        .select("clue_id", *[nw.col(name).cast(kind) for name, kind in ANSWERS.items()])
    )


def _homes(clues: Frame) -> Frame:
    """Households under which what answers a clue may stand: clue, household and the clue's day."""
    parts = [
        clues.select("clue_id", "occurred_day", household_id=nw.col(name))
        for name in ("household_id", "written_household_id")
    ]
    every = nw.concat([part.select("clue_id", "household_id", "occurred_day") for part in parts])
    return (
        every.filter(~nw.col("household_id").is_null())
        .unique()
        .select("clue_id", "household_id", clue_day=nw.col("occurred_day"))
    )


def _checks(facts: Facts, clues: Frame, homes: Frame) -> Frame:
    """First check of each clue, first that confirmed it, and first day of checks in vain."""
    checks = facts.current(happened(facts.known, "verification")).select(
        *("household_id", "result", "cause"),
        check_day=nw.col("occurred_day").cast(nw.Int32),
        check_id=nw.col("record_id"),
        number=escaped(nw.col("clue_record_id")),
    )
    named = _named(clues, homes, checks)
    marked = checks.join(
        named.select("check_id", _is_named=nw.lit(True)).unique(), on="check_id", how="left"
    )
    is_for_all = nw.col("_is_named").is_null() | (nw.col("result") == "confirmed")
    others = marked.filter(is_for_all)
    of_home = homes.join(others, on="household_id", how="inner").filter(
        nw.col("check_day") >= nw.col("clue_day")
    )
    columns = ("clue_id", "check_id", "check_day", "result", "cause")
    pairs = nw.concat([named.select(*columns), of_home.select(*columns)]).unique()
    is_confirmed = nw.col("result") == "confirmed"
    yes = pairs.filter(is_confirmed)
    said = [word for word, is_in_need in FOUND["verification"].items() if not is_in_need]
    no = pairs.filter(nw.col("result").is_in(said)).join(
        yes.select("clue_id", "check_day").unique(), on=["clue_id", "check_day"], how="anti"
    )
    causes = yes.filter(~nw.col("cause").is_null()).select(
        "clue_id", _is=nw.col("cause").is_in(list(HELP_FIRST)).cast(nw.Int32)
    )
    found = pairs.group_by("clue_id").agg(checked_day=nw.col("check_day").min())
    for part in (
        yes.group_by("clue_id").agg(confirmed_day=nw.col("check_day").min()),
        no.group_by("clue_id").agg(vain_day=nw.col("check_day").min()),
        causes.group_by("clue_id").agg(_is=nw.col("_is").max()),
    ):
        found = found.join(part, on="clue_id", how="left")
    return found.with_columns(_is_help_first=nw.col("_is") == 1).drop("_is")


def _named(clues: Frame, homes: Frame, checks: Frame) -> Frame:
    """Checks with the clue they name; a number of several clues counts within the household only.

    A check dated before the clue it names is one of the clue's day.
    """
    numbers = numbers_of_clues(clues)
    shared = numbers.group_by("number").agg(_clues=nw.len())
    pairs = (
        checks.filter(~nw.col("number").is_null())
        .join(numbers, on="number", how="inner")
        .join(shared, on="number", how="left")
        .join(
            homes.select("clue_id", "household_id", _same=nw.lit(True)),
            on=["clue_id", "household_id"],
            how="left",
        )
        .filter((nw.col("_clues") == 1) | nw.col("_same").fill_null(False))
    )
    days = clues.select("clue_id", _clue_day=nw.col("occurred_day"))
    return pairs.join(days, on="clue_id", how="left").with_columns(
        check_day=nw.max_horizontal("check_day", "_clue_day")
    )


def _first_decision(homes: Frame, decisions: Frame) -> Frame:
    """First decision on or after each clue's day, and whether it was to list."""
    later = homes.join(decisions, on="household_id", how="inner").filter(
        nw.col("occurred_day") >= nw.col("clue_day")
    )
    first = later.group_by("clue_id").agg(decided_day=nw.col("occurred_day").min())
    of_day = later.join(first, on="clue_id", how="inner").filter(
        nw.col("occurred_day") == nw.col("decided_day")
    )
    listed = of_day.group_by("clue_id").agg(_listed=nw.col("is_listed").cast(nw.Int32).max())
    return first.join(listed, on="clue_id", how="left").select(
        "clue_id", "decided_day", is_listed=nw.col("_listed") == 1
    )


def _first_measure(homes: Frame, measures: Frame) -> Frame:
    """First measure that began on or after each clue's day."""
    later = homes.join(measures, on="household_id", how="inner").filter(
        nw.col("begun_day") >= nw.col("clue_day")
    )
    return later.group_by("clue_id").agg(helped_day=nw.col("begun_day").min())


def _on_list(homes: Frame, spells: Frame) -> Frame:
    """Clues about households that were on the list already."""
    exited = nw.col("exited_day")
    held = homes.join(spells, on="household_id", how="inner").filter(
        nw.col("listed_day") < nw.col("clue_day"),
        exited.is_null() | (exited > nw.col("clue_day")),
    )
    return held.select("clue_id").unique().with_columns(is_on_list=nw.lit(True))
