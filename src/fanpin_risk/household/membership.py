"""Each person's household on the day of decision, and rows about persons under it."""

from __future__ import annotations

import narwhals as nw
import polars as pl

from fanpin_risk.errors import SchemaError
from fanpin_risk.household.placement import facts_of
from fanpin_risk.records.timeline import KnownRecords

Frame = nw.DataFrame[pl.DataFrame]


def members_on(known: KnownRecords) -> Frame:
    """Each person's household on the day, with how the person stands to it.

    The newest member snapshot by day of occurrence decides. Who left or died keeps the last
    household and is marked. Members of an absorbed household are in the receiving one from the day
    of the merge. A person whom two households claim on one day is in the one recorded later;
    recorded on one day, in neither (counted by `identity_problems`).

    Parameters
    ----------
    known
        What was known on a day; snapshots dated later than that day are not looked at.

    Returns
    -------
    DataFrame
        Every person with a snapshot, once, sorted. ``person_id``; ``household_id`` (current number;
        null: not on record, or claimed by two); ``membership`` (``present``, ``away``, ``left``,
        ``died``; null: belongs, but how is not known); ``since_day`` (``Int32``, days since
        1970-01-01): first day of the unbroken run of snapshots that say the same household and
        standing, so for who left or died the first day known gone.

    Raises
    ------
    SchemaError
        If renumberings or merges go round in a circle.
    """
    return (
        facts_of(known)
        .placed.select(
            "person_id", "household_id", "membership", nw.col("since_day").cast(nw.Int32)
        )
        .sort("person_id")
    )


def with_household(table: Frame, members: Frame) -> Frame:
    """Rows about persons, under each person's household on the day of decision.

    A person's history follows the person: a bill from before a split counts in the new household.
    What a member cost who has died since stays with the household the member died in.

    Parameters
    ----------
    table
        Rows with ``person_id`` and ``household_id``, either of which may be null.
    members
        Of `members_on`, for the same day.

    Returns
    -------
    DataFrame
        The same rows and columns, and ``membership`` last. A row without a person, or with one of
        whom there is no member snapshot, keeps the household the office wrote (map old numbers by
        `household_history` first) and has no membership. A person without a household gives null,
        whatever the office wrote.

    Raises
    ------
    SchemaError
        If the table names no persons.
    """
    missing = [name for name in ("person_id", "household_id") if name not in table.columns]
    if missing:
        raise SchemaError(
            f"A table about persons lacks the columns {missing}; it has {table.columns}. "
            "Give a person-level table of the records, as `known_as_of` hands it out."
        )
    current = members.select(
        "person_id",
        _household=nw.col("household_id"),
        _membership=nw.col("membership"),
        _is_member=nw.lit(True),
    )
    joined = table.join(current, on="person_id", how="left")
    household = (
        nw.when(nw.col("_is_member")).then(nw.col("_household")).otherwise(nw.col("household_id"))
    )
    others = [name for name in table.columns if name != "membership"]
    return joined.with_columns(household_id=household).select(
        *others, membership=nw.col("_membership")
    )
