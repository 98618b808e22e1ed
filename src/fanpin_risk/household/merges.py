"""Merges that took place, and the members they brought into another household."""

from __future__ import annotations

import narwhals as nw
import polars as pl

from fanpin_risk.household.changes import follow, newest
from fanpin_risk.household.standing import PAIR, ROWS, chosen_claims, placed_rows

Frame = nw.DataFrame[pl.DataFrame]


def effective_merges(changes: Frame, ended: Frame) -> Frame:
    """Merges by which a household ended, each leading to one that had not been merged by then.

    Parameters
    ----------
    changes
        Of `dated_changes`.
    ended
        Ends that were entered as changes, of `first_ends`: a household that is alive again after a
        merge, or was gone before it, is not absorbed.

    Returns
    -------
    DataFrame
        ``household_id`` (once each), ``into_household_id, merged_day, recorded_day``. The newest
        counts of several merges of a household; one that names no other household is left out.

    Raises
    ------
    SchemaError
        If merges go round in a circle.
    """
    absorbed = ended.filter(nw.col("end_change") == "merge").select("household_id")
    named = changes.filter(
        nw.col("change") == "merge", ~nw.col("other_household_id").is_null()
    ).join(absorbed, on="household_id", how="inner")
    edges = newest(named, ["household_id"])
    follow(edges.select("household_id", "other_household_id", "occurred_day"), what="merges (并户)")
    merges = edges.select(
        "household_id",
        into_household_id=nw.col("other_household_id"),
        merged_day=nw.col("occurred_day"),
        recorded_day=nw.col("recorded_day"),
    )
    # Without a circle each step leads nearer to the end of a chain, of so many merges at most.
    for _ in range(len(merges)):
        onward = _passed_on(merges)
        if len(onward) == 0:
            break
        merges = (
            merges.join(onward, on="household_id", how="left")
            .with_columns(into_household_id=nw.coalesce("_onward", "into_household_id"))
            .drop("_onward")
        )
    return merges


def with_merges(said: Frame, named: Frame, merges: Frame) -> Frame:
    """Member snapshots, and for each member of an absorbed household one row in the receiving one.

    Such a row stands on the day of the merge, as if a snapshot had said it: the member's place,
    the end of the absorbed household and that of the receiving one follow from it.

    Parameters
    ----------
    said, named
        As for `placed_rows`.
    merges
        Of `effective_merges`.

    Returns
    -------
    DataFrame
        Of `placed_rows`: one row of each person, household and day.
    """
    if len(merges) == 0:
        return placed_rows(said, named)
    named = newest(_on_the_day(named, merges), [*PAIR, "occurred_day"])
    rows = placed_rows(said, named)
    # Who is brought into a household that is absorbed later goes on with it in the next round.
    for _ in range(len(merges)):
        brought = _brought(rows, merges)
        if len(brought) == 0:
            break
        named = nw.concat([named, brought])
        rows = placed_rows(said, named)
    return rows


def _passed_on(merges: Frame) -> Frame:
    """Merges into a household that was merged itself by that day: where that one had gone."""
    onward = merges.select(
        into_household_id=nw.col("household_id"),
        _onward=nw.col("into_household_id"),
        _onward_day=nw.col("merged_day"),
    )
    joined = merges.join(onward, on="into_household_id", how="inner")
    return joined.filter(nw.col("_onward_day") <= nw.col("merged_day")).select(
        "household_id", "_onward"
    )


def _on_the_day(rows: Frame, merges: Frame) -> Frame:
    """Read who still belongs to an absorbed household on the day of the merge as having come."""
    days = merges.select("household_id", "merged_day", "into_household_id")
    is_on_the_day = (nw.col("occurred_day") == nw.col("merged_day")) & (
        nw.col("standing") == "belongs"
    )
    household = (
        nw.when(is_on_the_day).then(nw.col("into_household_id")).otherwise(nw.col("household_id"))
    )
    return (
        rows.join(days, on="household_id", how="left")
        .with_columns(household_id=household)
        .select(ROWS)
    )


def _brought(rows: Frame, merges: Frame) -> Frame:
    """Rows for those who belong to an absorbed household when it is merged, and have none yet."""
    absorbed = merges.select(_absorbed=nw.col("household_id"), _day=nw.col("merged_day"))
    of_it = rows.select(*PAIR).join(
        absorbed, left_on="household_id", right_on="_absorbed", how="inner"
    )
    asked = of_it.select("person_id", "_day", _absorbed=nw.col("household_id")).unique()
    before = rows.join(asked, on="person_id", how="inner").filter(
        nw.col("occurred_day") <= nw.col("_day")
    )
    there = chosen_claims(before, ["person_id", "_absorbed"]).filter(
        nw.col("household_id") == nw.col("_absorbed"), nw.col("standing") == "belongs"
    )
    come = there.join(merges, on="household_id", how="inner")
    return come.select(
        "person_id",
        "membership",
        "standing",
        "recorded_day",
        household_id=nw.col("into_household_id"),
        occurred_day=nw.col("merged_day"),
        record_id=nw.concat_str("household_id", "person_id", separator="/"),
    ).select(ROWS)
