"""Spells on the list of every household: from a decision to list to the exit that came after it."""

from __future__ import annotations

import narwhals as nw
import polars as pl

from fanpin_risk.household.once import once
from fanpin_risk.household.placement import Facts
from fanpin_risk.ledger.events import decisions_of, events_of

Frame = nw.DataFrame[pl.DataFrame]

SPELL = ("household_id", "n_exits_before")
"""What tells one spell from another: the household, and how many exits came before."""


@once
def listing_spells(facts: Facts) -> Frame:
    """Every spell on the list, and every exit that no listing on record came before.

    Two decisions to list belong to one spell when as many exits came before, or on the day of,
    either: on one day the exit came first, so a household listed anew on the day of its exit begins
    another spell. A decision that repeats an earlier one begins none.

    Parameters
    ----------
    facts
        Of a day, from `facts_of`; what is dated later has not happened.

    Returns
    -------
    DataFrame
        ``household_id`` (current number), ``n_exits_before`` (``Int64``), ``listed_day`` (first
        decision to list; null: an exit alone), ``exited_day`` (null: no exit on record), ``Int32``
        days since 1970-01-01. One row for each spell, sorted by household and spell.
    """
    listed = decisions_of(facts).filter(nw.col("is_listed"))
    decided = listed.select("household_id", "occurred_day").unique()
    exits = (
        events_of(facts, "exit")
        .select("household_id", occurred_day=nw.col("occurred_day").cast(nw.Int32))
        .unique()
    )
    before = nw.col("_exit") <= nw.col("occurred_day")
    begun = (
        _after_exits(decided, exits, before)
        .group_by(*SPELL)
        .agg(listed_day=nw.col("occurred_day").min())
    )
    ended = _after_exits(exits, exits, nw.col("_exit") < nw.col("occurred_day")).select(
        *SPELL, exited_day=nw.col("occurred_day")
    )
    every = nw.concat([begun.select(*SPELL), ended.select(*SPELL)]).unique()
    return (
        every.join(begun, on=list(SPELL), how="left")
        .join(ended, on=list(SPELL), how="left")
        .select(*SPELL, "listed_day", "exited_day")
        .sort(*SPELL)
    )


def _after_exits(rows: Frame, exits: Frame, counts: nw.Expr) -> Frame:
    """Rows with the number of exits of their household that count as before them."""
    found = (
        rows.join(
            exits.select("household_id", _exit=nw.col("occurred_day")),
            on="household_id",
            how="inner",
        )
        .filter(counts)
        .group_by("household_id", "occurred_day")
        .agg(n_exits_before=nw.len())
    )
    return rows.join(found, on=["household_id", "occurred_day"], how="left").with_columns(
        n_exits_before=nw.col("n_exits_before").fill_null(0).cast(nw.Int64)
    )
