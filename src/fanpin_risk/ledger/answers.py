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
        Each clue as it was, in no order, with the columns of `ANSWERS`; days since 1970-01-01, null
        where there is none:

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
    numbered = clues.with_row_index("clue")
    homes = _homes(numbered)
    ends = ends_of(facts).select("household_id", "ended_day")
    found = numbered.join(ends, on="household_id", how="left")
    for part in (
        _checks(facts, numbered, homes),
        _first_decision(homes, decisions_of(facts)),
        _first_measure(homes, measures_of(facts)),
        _on_list(homes, listing_spells(facts)),
    ):
        found = found.join(part, on="clue", how="left")
    named = nw.col("cause").is_in(list(HELP_FIRST))
    answers = {
        "ended_day": nw.when(~nw.col("ended_day").is_null()).then(
            nw.max_horizontal("ended_day", "occurred_day")
        ),
        "is_on_list": nw.col("is_on_list").fill_null(False),
        "is_help_first": nw.coalesce(named | nw.col("_is_help_first"), named, "_is_help_first"),
    }
    return found.select(
        *clues.columns,
        *[answers.get(name, nw.col(name)).cast(kind).alias(name) for name, kind in ANSWERS.items()],
    )


def _homes(clues: Frame) -> Frame:
    """Households under which what answers a clue may stand: clue, household and the clue's day."""
    columns = ("clue", "household_id", "clue_day")
    today, written = nw.col("household_id"), nw.col("written_household_id")
    dated = clues.with_columns(clue_day=nw.col("occurred_day"))
    others = dated.filter(~written.is_null(), (written != today).fill_null(True))
    return nw.concat(
        [
            dated.filter(~today.is_null()).select(columns),
            others.with_columns(household_id=written).select(columns),
        ]
    )


def _checks(facts: Facts, clues: Frame, homes: Frame) -> Frame:
    """First check of each clue, first that confirmed it, and first day of checks in vain."""
    said = ("household_id", "result", "cause", "occurred_day", "clue_record_id")
    checks = (
        facts.current(happened(facts.known, "verification", said))
        .select(
            *("household_id", "result", "cause"),
            check_day=nw.col("occurred_day").cast(nw.Int32),
            number=escaped(nw.col("clue_record_id")),
        )
        .with_row_index("check")
    )
    named = _named(clues, homes, checks)
    is_confirmed = nw.col("result") == "confirmed"
    not_for_all = named.filter(~is_confirmed.fill_null(False)).select("check")
    of_home = homes.join(
        checks.join(not_for_all, on="check", how="anti"), on="household_id", how="inner"
    ).filter(nw.col("check_day") >= nw.col("clue_day"))
    columns = ("clue", "check_day", "result", "cause")
    pairs = nw.concat([named.select(columns), of_home.select(columns)])
    day, is_told = nw.col("check_day"), is_confirmed & ~nw.col("cause").is_null()
    in_vain = [word for word, is_in_need in FOUND["verification"].items() if not is_in_need]
    marked = pairs.select(
        *("clue", "check_day"),
        _yes=nw.when(is_confirmed).then(day),
        _no=nw.when(nw.col("result").is_in(in_vain)).then(day),
        _is=nw.when(is_told).then(nw.col("cause").is_in(list(HELP_FIRST)).cast(nw.Int32)),
    )
    found = marked.group_by("clue").agg(
        checked_day=nw.col("check_day").min(),
        confirmed_day=nw.col("_yes").min(),
        _is=nw.col("_is").max(),
    )
    yes = marked.filter(~nw.col("_yes").is_null()).select("clue", "check_day")
    no = marked.filter(~nw.col("_no").is_null()).select("clue", "check_day")
    vain = (
        no.join(yes, on=["clue", "check_day"], how="anti")
        .group_by("clue")
        .agg(vain_day=nw.col("check_day").min())
    )
    return found.join(vain, on="clue", how="left").select(
        *("clue", "checked_day", "confirmed_day", "vain_day"), _is_help_first=nw.col("_is") == 1
    )


def _named(clues: Frame, homes: Frame, checks: Frame) -> Frame:
    """Checks with the clue they name; a number of several clues counts within the household only.

    A check dated before the clue it names is one of the clue's day.
    """
    numbers = numbers_of_clues(clues).with_columns(_is_shared=nw.col("number").is_duplicated())
    pairs = checks.filter(~nw.col("number").is_null()).join(numbers, on="number", how="inner")
    shared = pairs.filter("_is_shared").join(homes, on=["clue", "household_id"], how="semi")
    return nw.concat([pairs.filter(~nw.col("_is_shared")), shared]).with_columns(
        check_day=nw.max_horizontal("check_day", "occurred_day")
    )


def _first_decision(homes: Frame, decisions: Frame) -> Frame:
    """First decision on or after each clue's day, and whether it was to list."""
    day = nw.col("occurred_day")
    later = homes.join(decisions, on="household_id", how="inner").filter(day >= nw.col("clue_day"))
    first = later.with_columns(_listed=nw.when(nw.col("is_listed")).then(day))
    return (
        first.group_by("clue")
        .agg(decided_day=day.min(), _listed=nw.col("_listed").min())
        .select(
            *("clue", "decided_day"),
            is_listed=(nw.col("_listed") == nw.col("decided_day")).fill_null(False),
        )
    )


def _first_measure(homes: Frame, measures: Frame) -> Frame:
    """First measure that began on or after each clue's day."""
    later = homes.join(measures, on="household_id", how="inner").filter(
        nw.col("begun_day") >= nw.col("clue_day")
    )
    return later.group_by("clue").agg(helped_day=nw.col("begun_day").min())


def _on_list(homes: Frame, spells: Frame) -> Frame:
    """Clues about households that were on the list already."""
    exited = nw.col("exited_day")
    held = homes.join(spells, on="household_id", how="inner").filter(
        nw.col("listed_day") < nw.col("clue_day"),
        exited.is_null() | (exited > nw.col("clue_day")),
    )
    return held.select("clue").unique().with_columns(is_on_list=nw.lit(True))
