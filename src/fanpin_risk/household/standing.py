"""What member snapshots say of a person: which household, and whether still in it."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw
import polars as pl

from fanpin_risk.household.changes import happened, newest, under_current_number
from fanpin_risk.records.timeline import KnownRecords

Frame = nw.DataFrame[pl.DataFrame]

PAIR = ["person_id", "household_id"]
ROWS = (
    "person_id",
    "household_id",
    "membership",
    "standing",
    "occurred_day",
    "recorded_day",
    "record_id",
)
"""Columns of a member snapshot that identity stands on."""


def said_of_members(known: KnownRecords, numbers: Frame) -> Frame:
    """Every member snapshot that had occurred by the day, with the person's standing.

    Returns
    -------
    DataFrame
        The columns `ROWS`. ``household_id`` is the current number, null where the office knows the
        person only; ``standing`` is ``belongs``, ``left`` or ``died``. A membership that is not
        known (null) belongs: being unknown is no leaving.
    """
    membership = nw.col("membership")
    standing = (
        nw.when(membership == "died")
        .then(nw.lit("died"))
        .when(membership == "left")
        .then(nw.lit("left"))
        .otherwise(nw.lit("belongs"))
    )
    entered = [name for name in ROWS if name != "standing"]
    rows = happened(known, "member_snapshot", entered).with_columns(standing=standing)
    return under_current_number(rows.select(ROWS), numbers)


def placed_rows(said: Frame, named: Frame) -> Frame:
    """Member snapshots that place a person: one of each person, household and day.

    A snapshot without a household (an office that knows the person only) speaks of the household
    the person was in by then, that day included; where there is none, it is left out.

    Parameters
    ----------
    said
        Of `said_of_members`.
    named
        Snapshots that name a household, one of each person, household and day.

    Returns
    -------
    DataFrame
        The columns `ROWS`, never without a household.
    """
    unnamed = said.filter(nw.col("household_id").is_null()).drop("household_id")
    if len(unnamed) == 0:
        return named
    asked = unnamed.select("person_id", _asked=nw.col("record_id"), _day=nw.col("occurred_day"))
    before = named.join(asked, on="person_id", how="inner").filter(
        nw.col("occurred_day") <= nw.col("_day")
    )
    then = chosen_claims(before, ["_asked"]).filter(~nw.col("household_id").is_null())
    found = unnamed.join(
        then.select("household_id", record_id=nw.col("_asked")), on="record_id", how="inner"
    )
    return newest(nw.concat([named, found.select(ROWS)]), [*PAIR, "occurred_day"])


def chosen_claims(rows: Frame, keys: Sequence[str]) -> Frame:
    """One household and standing for each person, from the snapshots of the newest day.

    Died goes before belongs, belongs before left. Of two households that say the same, the one
    recorded later has the person; recorded on one day, neither has.

    Parameters
    ----------
    rows
        Snapshots that name a household, one of each person, household and day.
    keys
        Columns that make a person: ``person_id``, and others where persons are asked about twice.

    Returns
    -------
    DataFrame
        The keys, each once; ``standing``; ``seen_day``: the newest day; ``household_id`` (null:
        claimed by two); ``membership``; ``is_in_two``: two households claimed the person.
    """
    by = list(keys)
    rank = nw.lit(0)
    for place, standing in enumerate(("belongs", "died"), start=1):
        rank = nw.when(nw.col("standing") == standing).then(nw.lit(place)).otherwise(rank)
    last = rows.group_by(by).agg(seen_day=nw.col("occurred_day").max())
    claims = (
        rows.join(last, on=by, how="inner")
        .filter(nw.col("occurred_day") == nw.col("seen_day"))
        .with_columns(_rank=rank.cast(nw.Int64))
    )
    top = claims.group_by(by).agg(_top=nw.col("_rank").max())
    equal = claims.join(top, on=by, how="inner").filter(nw.col("_rank") == nw.col("_top"))
    latest = equal.group_by(by).agg(_claims=nw.len(), _recorded=nw.col("recorded_day").max())
    final = equal.join(latest, on=by, how="inner").filter(
        nw.col("recorded_day") == nw.col("_recorded")
    )
    one = final.with_columns(_unknown=nw.col("membership").is_null().cast(nw.Int32))
    return _agreed(one, by)


def _agreed(final: Frame, by: list[str]) -> Frame:
    """What the claims that are left agree upon, null where they do not."""
    one = final.group_by(by).agg(
        _left=nw.len(),
        _claims=nw.col("_claims").max(),
        _household=nw.col("household_id").max(),
        _first=nw.col("membership").min(),
        _second=nw.col("membership").max(),
        _unknown=nw.col("_unknown").max(),
        standing=nw.col("standing").max(),
        seen_day=nw.col("seen_day").max(),
    )
    is_one_word = (nw.col("_first") == nw.col("_second")) & (nw.col("_unknown") == 0)
    return one.select(
        *by,
        "standing",
        "seen_day",
        household_id=nw.when(nw.col("_left") == 1).then(nw.col("_household")),
        membership=nw.when(is_one_word).then(nw.col("_first")),
        is_in_two=nw.col("_claims") > 1,
    )
