"""Where member snapshots place each person, and when the last member of a household was gone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import narwhals as nw
import polars as pl

from fanpin_risk.household.changes import (
    dated_changes,
    lineage,
    newest,
    renumbered,
    under_current_number,
)
from fanpin_risk.household.endings import entered_ends, first_ends, last_alive
from fanpin_risk.household.merges import effective_merges, with_merges
from fanpin_risk.household.standing import PAIR, chosen_claims, said_of_members
from fanpin_risk.records.timeline import KnownRecords
from fanpin_risk.units import DAY_SCALE

Frame = nw.DataFrame[pl.DataFrame]


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known about households and their members on a day, under current numbers.

    ``renumbered`` and ``numbers`` are those of `changes` (`lineage`), ``changes`` the
    `dated_changes`, ``entered`` the `entered_ends`, ``alive`` the `last_alive`, ``rows`` the
    snapshots with merges followed (`with_merges`), ``restless`` those of them of persons who were
    in more than one household, left or died, ``placed`` the `placements`: each is computed once for
    everything that stands on it.
    """

    known: KnownRecords
    renumbered: Frame
    changes: Frame
    entered: Frame
    alive: Frame
    rows: Frame
    restless: Frame
    placed: Frame

    @cached_property
    def numbers(self) -> Frame:
        """The `lineage` of the day."""
        return lineage(self.known)

    @cached_property
    def ended(self) -> Frame:
        """Households that have ended, see `fanpin_risk.household.through_time.ends`."""
        # Snapshots of one day about members and household agree: the end of the day stands.
        of_members = member_ends(self).select(
            "household_id",
            nw.col("ended_day").cast(nw.Int32),
            "end_change",
            newness=nw.col("confirmed_day").cast(nw.Int64) * DAY_SCALE + (DAY_SCALE - 1),
        )
        candidates = nw.concat([self.entered, of_members])
        return first_ends(candidates, self.alive).sort("household_id")

    def current(self, table: Frame) -> Frame:
        """Rows of a table under current household numbers."""
        return under_current_number(table, self.renumbered)


def facts_of(known: KnownRecords) -> Facts:
    """Put together what the identity of households on a day stands on.

    Raises
    ------
    SchemaError
        If renumberings or merges go round in a circle.
    """
    numbers = renumbered(known)
    changes = dated_changes(known, numbers)
    said = said_of_members(known, numbers)
    named = newest(said.filter(~nw.col("household_id").is_null()), [*PAIR, "occurred_day"])
    entered = entered_ends(known, numbers, changes)
    alive = last_alive(known, numbers, changes, named)
    merges = effective_merges(changes, first_ends(entered, alive))
    rows = with_merges(said, named, merges)
    people = _people(rows)
    restless = rows.join(
        people.filter("is_restless").select("person_id"), on="person_id", how="semi"
    )
    return Facts(
        known=known,
        renumbered=numbers,
        changes=changes,
        entered=entered,
        alive=alive,
        rows=rows,
        restless=restless,
        placed=placements(said, rows, people, restless),
    )


def _people(rows: Frame) -> Frame:
    """First and last day of each person's snapshots, and who is restless.

    Who was in more than one household, left or died; the others, nearly all, belong to the one
    household there is, and the wide joins are spared them.
    """
    return (
        rows.with_columns(_gone=(nw.col("standing") != "belongs").cast(nw.Int32))
        .group_by("person_id")
        .agg(
            _gone=nw.col("_gone").max(),
            _low=nw.col("household_id").min(),
            _high=nw.col("household_id").max(),
            since_day=nw.col("occurred_day").min(),
            seen_day=nw.col("occurred_day").max(),
        )
        .select(
            "person_id",
            "since_day",
            "seen_day",
            is_restless=(nw.col("_gone") == 1) | (nw.col("_low") != nw.col("_high")),
        )
    )


def placements(said: Frame, rows: Frame, people: Frame, restless: Frame) -> Frame:
    """Where the newest member snapshot, or merge, places each person.

    Returns
    -------
    DataFrame
        One row for each person with a snapshot. ``person_id, household_id, membership, standing``;
        ``since_day``: first day of the unbroken run of snapshots that say the same household and
        standing; ``seen_day``: day of the newest snapshot; ``is_in_two``: on that day two
        households claim the person. The one recorded later has it; recorded on one day, neither
        has (``household_id`` null). Died goes before belongs, belongs before left: who leaves one
        household and joins another on one day is in the second.
    """
    chosen = chosen_claims(restless, ["person_id"])
    since = _since(restless, chosen)
    found = chosen.join(since, on="person_id", how="left").with_columns(
        since_day=nw.coalesce("since_day", "seen_day")
    )
    calm = people.filter(~nw.col("is_restless")).drop("is_restless")
    last = (
        rows.join(calm, on="person_id", how="inner")
        .filter(nw.col("occurred_day") == nw.col("seen_day"))
        .with_columns(is_in_two=nw.lit(False))
    )
    parts = [found, last.select(found.columns)]
    return nw.concat([*parts, _never_placed(said, rows).select(found.columns)])


def member_ends(facts: Facts) -> Frame:
    """Households of whose members on record none is left.

    Returns
    -------
    DataFrame
        ``household_id, ended_day`` (the day the last one was gone), ``confirmed_day`` (the newest
        snapshot that says so), ``end_change``: ``all_members_died`` if those who went last died,
        else ``all_members_left`` (also when one died and one left on that last day: less is
        claimed by it).
    """
    gone = _exits(facts.restless, facts.placed)
    per_household = gone.group_by("household_id").agg(
        gone=nw.len(),
        ended_day=nw.col("gone_day").max(),
        confirmed_day=nw.col("confirmed_day").max(),
    )
    left = facts.rows.join(per_household.select("household_id"), on="household_id", how="semi")
    members = left.select(PAIR).unique().group_by("household_id").agg(members=nw.len())
    empty = per_household.join(members, on="household_id", how="inner").filter(
        nw.col("gone") == nw.col("members")
    )
    last = (
        gone.join(empty.select("household_id", "ended_day"), on="household_id", how="inner")
        .filter(nw.col("gone_day") == nw.col("ended_day"))
        .group_by("household_id")
        .agg(deaths=nw.col("is_death").min())
    )
    return empty.join(last, on="household_id", how="inner").select(
        "household_id",
        "ended_day",
        "confirmed_day",
        end_change=nw.when(nw.col("deaths") == 1)
        .then(nw.lit("all_members_died"))
        .otherwise(nw.lit("all_members_left")),
    )


def _since(rows: Frame, chosen: Frame) -> Frame:
    """First day of each person's unbroken run in the household and standing of today.

    A day on which another household is named beside it does not break the run.
    """
    now = chosen.filter(~nw.col("household_id").is_null()).select(
        "person_id", _household=nw.col("household_id"), _standing=nw.col("standing")
    )
    said = rows.join(now, on="person_id", how="inner").select(
        "person_id",
        "occurred_day",
        _same=(nw.col("household_id") == nw.col("_household"))
        & (nw.col("standing") == nw.col("_standing")),
    )
    same = said.filter(nw.col("_same")).select("person_id", "occurred_day").unique()
    breaks = (
        said.filter(~nw.col("_same"))
        .join(same, on=["person_id", "occurred_day"], how="anti")
        .group_by("person_id")
        .agg(_break=nw.col("occurred_day").max())
    )
    run = same.join(breaks, on="person_id", how="left").filter(
        nw.col("_break").is_null() | (nw.col("occurred_day") > nw.col("_break"))
    )
    return run.group_by("person_id").agg(since_day=nw.col("occurred_day").min())


def _never_placed(said: Frame, rows: Frame) -> Frame:
    """Persons of whom no snapshot names a household: on record, with no household."""
    unnamed = said.filter(nw.col("household_id").is_null())
    unplaced = unnamed.join(rows.select("person_id"), on="person_id", how="anti")
    return newest(unplaced, ["person_id"]).with_columns(
        seen_day=nw.col("occurred_day"),
        since_day=nw.col("occurred_day"),
        is_in_two=nw.lit(False),
    )


def _exits(moving: Frame, placed: Frame) -> Frame:
    """Persons who are gone from a household: ``gone_day``, ``confirmed_day``, ``is_death`` (0, 1).

    Of the snapshots of restless persons: gone on the first one after the last one that says the
    person belongs there.
    """
    spells = moving.group_by(PAIR).agg(
        _first=nw.col("occurred_day").min(), _last=nw.col("occurred_day").max()
    )
    belonged = (
        moving.filter(nw.col("standing") == "belongs")
        .group_by(PAIR)
        .agg(_belonged=nw.col("occurred_day").max())
    )
    spells = spells.join(belonged, on=PAIR, how="left")
    days = moving.select("person_id", _day=nw.col("occurred_day")).unique()
    after = (
        spells.filter(~nw.col("_belonged").is_null())
        .join(days, on="person_id", how="inner")
        .filter(nw.col("_day") > nw.col("_belonged"))
        .group_by(PAIR)
        .agg(_after=nw.col("_day").min())
    )
    gone_day = nw.when(nw.col("_belonged").is_null()).then(nw.col("_first"))
    gone = (
        spells.join(after, on=PAIR, how="left")
        .with_columns(gone_day=nw.coalesce("_after", gone_day))
        .filter(~nw.col("gone_day").is_null())
    )
    deaths = placed.filter(nw.col("standing") == "died", ~nw.col("household_id").is_null()).select(
        "person_id", "household_id", _died=nw.col("since_day")
    )
    is_death = (nw.col("_died") == nw.col("gone_day")).fill_null(False)
    return gone.join(deaths, on=PAIR, how="left").select(
        "person_id",
        "household_id",
        "gone_day",
        confirmed_day=nw.max_horizontal("gone_day", "_last"),
        is_death=is_death.cast(nw.Int32),
    )
