"""Frames that checks of several rows look at: households, listings, exits, measures, persons.

Each frame has one row per unit, the columns of `IDENTITY` of the record that a mark is put on,
and facts from other tables beside them. A fact that no record tells is null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from fanpin_risk.records.quality.accounts import account_facts
from fanpin_risk.records.quality.facts import (
    ABLE,
    LABOUR,
    NO_LABOUR,
    belongs,
    has_basic_cover,
    is_ill,
    works,
)
from fanpin_risk.records.quality.model import Unit
from fanpin_risk.records.quality.work import measure_unit, spells_unit, with_household

Tables = Mapping[str, pl.DataFrame]

ENDED = ("merge", "moved_away", "dissolved")
"""Changes after which a household's number is no household any more."""
GETS_DIBAO = ("rural", "urban")
"""Code of the minimum living allowance, and of destitute support, that stand for getting it."""

_ANCHOR = ("record_id", "occurred_on", "batch", "source")


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """What several units need, computed once."""

    tables: Tables
    as_of: date
    roster: pl.DataFrame
    snapshot: pl.DataFrame
    listed: pl.DataFrame
    household_of: pl.DataFrame


def prepare(tables: Tables, as_of: date) -> Prepared:
    """Newest rosters, snapshots and listings, and the household of each person."""
    roster = _roster(tables)
    return Prepared(
        tables=tables,
        as_of=as_of,
        roster=roster,
        snapshot=_newest(tables["household_snapshot"]),
        listed=_active_listings(tables),
        household_of=_newest(
            tables["member_snapshot"].filter(pl.col("household_id").is_not_null()), "person_id"
        ).select("person_id", "household_id"),
    )


def place_of_households(tables: Tables) -> pl.DataFrame:
    """Place of each household by its newest snapshot: ``household_id, place``."""
    return _newest(tables["household_snapshot"]).select("household_id", "place")


def _newest(frame: pl.DataFrame, key: str = "household_id") -> pl.DataFrame:
    """Keep of each household (or person) the row that occurred last; ties by what is known last."""
    return (
        frame.filter(pl.col(key).is_not_null())
        .sort(key, "occurred_on", "recorded_on", "record_id")
        .unique(key, keep="last", maintain_order=True)
    )


def _roster(tables: Tables) -> pl.DataFrame:
    """Members of each household on the newest day of its member snapshots, of those that go on."""
    members = tables["member_snapshot"].filter(pl.col("household_id").is_not_null())
    newest = members.filter(
        pl.col("occurred_on") == pl.col("occurred_on").max().over("household_id")
    )
    changes = tables["household_change"].filter(pl.col("change").is_in(list(ENDED)))
    ended = changes.group_by("household_id").agg(_ended_on=pl.col("occurred_on").max())
    return (
        newest.filter(belongs())
        .join(ended, on="household_id", how="left")
        .filter(pl.col("_ended_on").is_null() | (pl.col("_ended_on") < pl.col("occurred_on")))
        .drop("_ended_on")
        .sort("household_id", "record_id")
    )


def roster_facts(roster: pl.DataFrame) -> pl.DataFrame:
    """One row per household: who its members are. "Anyone" is null where nobody is known to be."""
    of_head = pl.col("relation") == "head"
    of_spouse = pl.col("relation") == "spouse"
    return roster.group_by("household_id", maintain_order=True).agg(
        *(pl.col(name).first() for name in _ANCHOR),
        n_members=pl.len().cast(pl.Int64),
        n_heads=of_head.sum().cast(pl.Int64),
        n_spouses=of_spouse.sum().cast(pl.Int64),
        head_sex=pl.col("sex").filter(of_head).first(),
        spouse_sex=pl.col("sex").filter(of_spouse).first(),
        n_able=LABOUR.is_in(list(ABLE)).sum().cast(pl.Int64),
        n_labour_unknown=LABOUR.is_null().sum().cast(pl.Int64),
        is_without_labour=LABOUR.is_in(list(NO_LABOUR)).all(ignore_nulls=False),
        is_anyone_ill=is_ill().any(ignore_nulls=False),
        is_anyone_disabled=pl.col("is_disabled").any(ignore_nulls=False),
        is_anyone_working=works().any(ignore_nulls=False),
        is_anyone_uninsured=(~has_basic_cover()).any(ignore_nulls=False),
        gets_dibao=pl.col("dibao").is_in(list(GETS_DIBAO)).any(ignore_nulls=False),
        gets_tekun=pl.col("tekun").is_in(list(GETS_DIBAO)).any(ignore_nulls=False),
    )


def _facts(prepared: Prepared) -> pl.DataFrame:
    """Facts of the roster without the record they are from."""
    return roster_facts(prepared.roster).drop(_ANCHOR)


def _active_listings(tables: Tables) -> pl.DataFrame:
    """Newest listing of each household that no exit on its day or later ended."""
    listed = _newest(tables["listing"].filter(pl.col("decision") == "listed"))
    exits = tables["exit"].group_by("household_id").agg(_exit_on=pl.col("occurred_on").max())
    return (
        listed.join(exits, on="household_id", how="left")
        .filter(pl.col("_exit_on").is_null() | (pl.col("_exit_on") < pl.col("occurred_on")))
        .drop("_exit_on")
    )


def _person_unit(prepared: Prepared) -> pl.DataFrame:
    """One row per person of the newest rosters, with the number of places it stands in."""
    return prepared.roster.group_by("person_id", maintain_order=True).agg(
        *(pl.col(name).first() for name in ("household_id", *_ANCHOR)),
        n_places=pl.len().cast(pl.Int64),
    )


def _household_unit(prepared: Prepared) -> pl.DataFrame:
    """One row per household: its newest snapshot, members, account, and whether it is listed."""
    facts = account_facts(prepared.tables, prepared.household_of)
    is_open = pl.col("monitored_type").is_not_null() & ~pl.col("is_risk_eliminated")
    has_listings = prepared.tables["listing"].height > 0
    return (
        prepared.snapshot.join(_facts(prepared), on="household_id", how="left")
        .join(facts, on="household_id", how="left")
        .join(
            prepared.listed.select("household_id", _is_active=pl.lit(True)),
            on="household_id",
            how="left",
        )
        .with_columns(
            is_listed=pl.when(pl.col("_is_active").fill_null(False) | is_open.fill_null(False))
            .then(pl.lit(True))
            .otherwise(pl.lit(False) if has_listings else pl.lit(None, dtype=pl.Boolean)),
        )
    )


def _listed_unit(prepared: Prepared) -> pl.DataFrame:
    """One row per household now listed: its causes, members, snapshot, work and measures."""
    work = with_household(prepared.tables["work_month"], prepared.household_of)
    worked = work.select("household_id", has_work_record=pl.lit(True)).unique()
    snapshot = prepared.snapshot.select(
        "household_id",
        "compliant_own_cost_fen",
        "has_uninsured_member",
        "has_safe_water",
        "is_no_labour_household",
    )
    joined = prepared.listed
    for facts in (_facts(prepared), snapshot, worked, _measures(prepared)):
        joined = joined.join(facts, on="household_id", how="left")
    return joined.with_columns(
        measures=pl.col("measures").fill_null([])
        if prepared.tables["support_measure"].height
        else pl.col("measures"),
        as_of=pl.lit(prepared.as_of),
    )


def _measures(prepared: Prepared) -> pl.DataFrame:
    """Kinds of measures of each listed household that had not ended when it was listed."""
    support = with_household(prepared.tables["support_measure"], prepared.household_of)
    since = prepared.listed.select("household_id", _listed_on="occurred_on")
    return (
        support.join(since, on="household_id")
        .filter(pl.col("ends_on").is_null() | (pl.col("ends_on") >= pl.col("_listed_on")))
        .group_by("household_id")
        .agg(measures=pl.col("measure").unique().sort())
    )


def _exit_unit(prepared: Prepared) -> pl.DataFrame:
    """One row per exit: since when the household was listed, and whether the exit still holds."""
    exits = prepared.tables["exit"]
    listings = prepared.tables["listing"].filter(pl.col("decision") == "listed")
    days = listings.select("household_id", _day="occurred_on")
    later = exits.join(days, on="household_id").filter(pl.col("_day") > pl.col("occurred_on"))
    current = _newest(exits).join(later, on="record_id", how="anti")
    flags = prepared.snapshot.select("household_id", "is_no_labour_household")
    return (
        exits.join(_listed_on(exits, days), on="record_id", how="left")
        .join(current.select("record_id", is_current=pl.lit(True)), on="record_id", how="left")
        .with_columns(pl.col("is_current").fill_null(False))
        .join(_facts(prepared), on="household_id", how="left")
        .join(flags, on="household_id", how="left")
    )


def _listed_on(exits: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """First day of the listing that each exit ended: ``record_id, listed_on``; none if unknown.

    A listing may be on record several times, by the register and by an export that knows only the
    month; it began with the first of them since the exit before.
    """
    ends = exits.select("record_id", "household_id", _end="occurred_on")
    pairs = ends.join(days, on="household_id").filter(pl.col("_day") <= pl.col("_end"))
    newest = pairs.group_by("record_id", "household_id").agg(_newest=pl.col("_day").max())
    ended = newest.join(ends.select("household_id", "_end"), on="household_id").filter(
        pl.col("_end") < pl.col("_newest")
    )
    ended_before = ended.group_by("record_id").agg(_before=pl.col("_end").max())
    return (
        pairs.join(ended_before, on="record_id", how="left")
        .filter(pl.col("_before").is_null() | (pl.col("_day") > pl.col("_before")))
        .group_by("record_id")
        .agg(listed_on=pl.col("_day").min())
    )


UNITS: dict[Unit, Callable[[Prepared], pl.DataFrame]] = {
    "roster": lambda prepared: roster_facts(prepared.roster),
    "person": _person_unit,
    "household": _household_unit,
    "listed": _listed_unit,
    "exit": _exit_unit,
    "measure": lambda p: measure_unit(p.tables, p.household_of, p.as_of),
    "spells": lambda p: spells_unit(p.tables["work_month"], p.household_of),
}
"""How each unit's frame is built."""
