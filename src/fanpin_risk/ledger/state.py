"""Where each household stands in the mechanism, as known on a day."""

from __future__ import annotations

import narwhals as nw
import polars as pl

from fanpin_risk.household.changes import newest
from fanpin_risk.household.placement import Facts
from fanpin_risk.ledger.events import clues_of, decisions_of, events_of
from fanpin_risk.ledger.looks import FOUND, looks
from fanpin_risk.ledger.spells import listing_spells

Frame = nw.DataFrame[pl.DataFrame]

STATE: dict[str, nw.dtypes.DType] = {
    "household_id": nw.String(),
    "is_listed": nw.Boolean(),
    "listed_day": nw.Int32(),
    "monitored_type": nw.String(),
    "n_listings": nw.Int64(),
    "exited_day": nw.Int32(),
    "has_open_clue": nw.Boolean(),
    "last_looked_at_day": nw.Int32(),
    "last_found_in_need_day": nw.Int32(),
    "last_found_without_need_day": nw.Int32(),
}
"""Columns of `ledger_state`, with their types."""


def ledger_state(facts: Facts, *, open_clue_days: int) -> Frame:
    """Where every household on record stands between clue and exit, as known on a day.

    Only what was recorded by the day, and had occurred by it, counts. A record stands under the
    current number of its household; what an absorbed household had stays under its own number. A
    clue about a person counts for the household the person is in on the day.

    Parameters
    ----------
    facts
        Of the day, from `facts_of`.
    open_clue_days
        How many days a clue stays open that nobody answers: those of ``(day - n, day]``.

    Returns
    -------
    DataFrame
        One row for each current household number, sorted by bytes, with the columns of `STATE`;
        days since 1970-01-01:

        ``is_listed``
            A decision to list that no exit came after. On one day the exit came first: a household
            listed anew on the day of its exit is listed. Null where listings are not kept, or where
            a household was listed and exits are not kept: it cannot be told.
        ``listed_day``, ``n_listings``
            First day of the newest spell on the list, and how many spells there were; a decision
            that repeats an earlier one begins no spell. Null (and 0) without any.
        ``monitored_type``
            Of the newest decision to list, while the household is listed; else null.
        ``exited_day``
            The newest exit of a household that is not listed; else null.
        ``has_open_clue``
            A clue of the last ``open_clue_days`` days that no check with a result and no decision
            (listed or refused) came after, on its day or later. Nobody met is no answer. Null where
            clues are not kept, or where a clue may have been answered in a table that is not.
        ``last_looked_at_day``, ``last_found_in_need_day``, ``last_found_without_need_day``
            Newest look of each kind (`looks`); null: none on record.

    Raises
    ------
    ValueError
        If ``open_clue_days`` is below 1.
    """
    if open_clue_days < 1:
        raise ValueError(f"open_clue_days must be 1 or more. Got {open_clue_days}.")
    every = facts.numbers.select(household_id=nw.col("current_household_id")).unique()
    state = every
    for part in (_listing(facts), _clues(facts, open_clue_days), _looked_at(facts)):
        state = state.join(part, on="household_id", how="left")
    kept = facts.known.tables
    whole = state.with_columns(
        n_listings=_if(nw.col("n_listings").fill_null(0), is_told="listing" in kept),
        is_listed=_if(
            nw.when(nw.col("listed_day").is_null())
            .then(nw.lit(False))
            .otherwise(_if(nw.col("is_listed"), is_told="exit" in kept)),
            is_told="listing" in kept,
        ),
        has_open_clue=_if(
            nw.when(nw.col("has_open_clue").is_null())
            .then(nw.lit(False))
            .otherwise(
                _if(
                    nw.col("has_open_clue"),
                    is_told={"verification", "listing"} <= set(kept),
                    is_told_false=True,
                )
            ),
            is_told="clue" in kept,
        ),
    ).with_columns(
        monitored_type=nw.when(nw.col("is_listed")).then(nw.col("monitored_type")),
        exited_day=nw.when(~nw.col("is_listed")).then(nw.col("exited_day")),
    )
    return whole.select(*[nw.col(name).cast(kind) for name, kind in STATE.items()]).sort(
        "household_id"
    )


def _if(value: nw.Expr, *, is_told: bool, is_told_false: bool = False) -> nw.Expr:
    """Return a value where the records can tell it: else null, or null for all but false."""
    if is_told:
        return value
    if is_told_false:
        return nw.when(~value).then(nw.lit(False))
    return nw.when(nw.lit(False)).then(value)


def _listing(facts: Facts) -> Frame:
    """Newest spell on the list of every household with a decision to list it or an exit."""
    spells = listing_spells(facts)
    listed = spells.filter(~nw.col("listed_day").is_null())
    last = listed.group_by("household_id").agg(
        listed_day=nw.col("listed_day").max(), n_listings=nw.len().cast(nw.Int64)
    )
    ends = listed.select("household_id", "listed_day", is_listed=nw.col("exited_day").is_null())
    exits = spells.group_by("household_id").agg(exited_day=nw.col("exited_day").max())
    kinds = newest(
        events_of(facts, "listing")
        .filter(nw.col("decision") == "listed")
        .select("household_id", "monitored_type", "occurred_day", "recorded_day", "record_id"),
        ["household_id"],
    ).select("household_id", "monitored_type")
    return (
        exits.join(last, on="household_id", how="left")
        .join(ends, on=["household_id", "listed_day"], how="left")
        .join(kinds, on="household_id", how="left")
    )


def _clues(facts: Facts, open_clue_days: int) -> Frame:
    """Whether the newest clue within the days is open, of every household that has one."""
    recent = clues_of(facts).filter(
        ~nw.col("household_id").is_null(),
        nw.col("occurred_day") > facts.known.day - open_clue_days,
    )
    checked = events_of(facts, "verification").filter(
        nw.col("result").is_in(list(FOUND["verification"]))
    )
    answered = [
        rows.select("household_id", nw.col("occurred_day").cast(nw.Int32))
        for rows in (checked, decisions_of(facts))
    ]
    last = nw.concat(answered).group_by("household_id").agg(_answered=nw.col("occurred_day").max())
    newest_clue = recent.group_by("household_id").agg(_clue=nw.col("occurred_day").max())
    return newest_clue.join(last, on="household_id", how="left").select(
        "household_id",
        has_open_clue=nw.col("_answered").is_null() | (nw.col("_answered") < nw.col("_clue")),
    )


def _looked_at(facts: Facts) -> Frame:
    """Newest look of each kind."""
    day, need = nw.col("occurred_day"), nw.col("is_in_need")
    seen = looks(facts).select(
        "household_id",
        _any=day,
        _need=nw.when(need).then(day),
        _none=nw.when(~need).then(day),
    )
    return seen.group_by("household_id").agg(
        last_looked_at_day=nw.col("_any").max(),
        last_found_in_need_day=nw.col("_need").max(),
        last_found_without_need_day=nw.col("_none").max(),
    )
