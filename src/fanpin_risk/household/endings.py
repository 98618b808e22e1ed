"""What ends a household, what shows it alive, and which of its ends counts."""

from __future__ import annotations

import narwhals as nw
import polars as pl

from fanpin_risk.household.changes import (
    happened,
    lost_renumberings,
    newness,
    under_current_number,
)
from fanpin_risk.records.timeline import KnownRecords
from fanpin_risk.units import DAY_SCALE

Frame = nw.DataFrame[pl.DataFrame]

END_KINDS: dict[str, str] = {
    "merge": "censored",
    "moved_away": "censored",
    "renumbered": "censored",
    "dissolved": "competing",
    "all_members_died": "competing",
    "all_members_left": "censored",
}
"""What ends a household's observation, and how it counts.

Of two ends on one day the one that stands first here counts: a household struck off the register
on the day it moved or merged did not die out.
"""

_CHANGE = ("household_id", "change", "occurred_day", "recorded_day")


def entered_ends(known: KnownRecords, numbers: Frame, changes: Frame) -> Frame:
    """Everything that was entered as a change and may have ended a household.

    Parameters
    ----------
    known, numbers, changes
        Of a day, with its `renumbered` and `dated_changes`.

    Returns
    -------
    DataFrame
        ``household_id, ended_day, end_change, newness``.
    """
    lost = under_current_number(lost_renumberings(known).select(*_CHANGE), numbers)
    return nw.concat([changes.select(*_CHANGE), lost]).select(
        "household_id",
        ended_day=nw.col("occurred_day").cast(nw.Int32),
        end_change=nw.col("change"),
        newness=newness(),
    )


def last_alive(known: KnownRecords, numbers: Frame, changes: Frame, placed: Frame) -> Frame:
    """Newest fact that shows a household alive.

    A household snapshot, a member snapshot that names the household and says somebody belongs to
    it, moving in, or being split off. Snapshots count from the beginning of their day, so that an
    end of the same day stands.

    Parameters
    ----------
    known, numbers, changes
        As for `entered_ends`.
    placed
        Member snapshots that name a household, with ``standing``.

    Returns
    -------
    DataFrame
        ``household_id, alive`` (as `newness`).
    """
    day = nw.col("occurred_day").cast(nw.Int64) * DAY_SCALE
    visits = happened(known, "household_snapshot", ["household_id", "occurred_day"])
    visits = visits.select("household_id", alive=day)
    belongs = placed.filter(nw.col("standing") == "belongs").select("household_id", alive=day)
    begun = begun_households(changes).select("household_id", alive=newness())
    seen = nw.concat([under_current_number(visits, numbers), belongs, begun])
    return seen.group_by("household_id").agg(alive=nw.col("alive").max())


def begun_households(changes: Frame) -> Frame:
    """Changes by which a household begins here: split off, moved in."""
    return changes.filter((nw.col("change") == "split") | (nw.col("change") == "moved_in"))


def first_ends(candidates: Frame, alive: Frame) -> Frame:
    """First end of each household since it was last alive.

    Parameters
    ----------
    candidates
        ``household_id, ended_day, end_change, newness``; changes that end nothing are passed over.
    alive
        Of `last_alive`.

    Returns
    -------
    DataFrame
        ``household_id`` (once each), ``ended_day, end_kind, end_change``.
    """
    standing = candidates.join(alive, on="household_id", how="left").filter(
        nw.col("alive").is_null() | (nw.col("newness") >= nw.col("alive"))
    )
    ranked = standing.join(_kinds(), on="end_change", how="inner").with_columns(
        _rank=nw.col("ended_day").cast(nw.Int64) * len(END_KINDS) + nw.col("_priority")
    )
    first = ranked.group_by("household_id").agg(_first=nw.col("_rank").min())
    return (
        ranked.join(first, on="household_id", how="inner")
        .filter(nw.col("_rank") == nw.col("_first"))
        .select("household_id", "ended_day", "end_kind", "end_change")
        .unique()
    )


def _kinds() -> Frame:
    """`END_KINDS` as a table, with the rank of each."""
    frame = pl.DataFrame(
        {
            "end_change": list(END_KINDS),
            "end_kind": list(END_KINDS.values()),
            "_priority": list(range(len(END_KINDS))),
        },
        schema={"end_change": pl.String(), "end_kind": pl.String(), "_priority": pl.Int64()},
    )
    return nw.from_native(frame, eager_only=True)
