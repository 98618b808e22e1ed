"""How households change numbers, and under which number each one lives on.

A change is entered under the household that begins or ends by it, ``other_household_id`` names the
one on the other side: split (分户): the new household, split off from the other; merge (并户): the
absorbed household, gone into the other; renumbered (户编号变更): the old number, now the other.
"""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw
import polars as pl

from fanpin_risk.errors import SchemaError
from fanpin_risk.records.contracts import TABLES, frame_schema
from fanpin_risk.records.timeline import KnownRecords
from fanpin_risk.units import DAY_SCALE, SHOWN_NUMBERS

Frame = nw.DataFrame[pl.DataFrame]


def newness() -> nw.Expr:
    """Order of facts as one integer: by the day they happened, then by the day they were known."""
    return nw.col("occurred_day").cast(nw.Int64) * DAY_SCALE + nw.col("recorded_day").cast(nw.Int64)


def newest(frame: Frame, by: Sequence[str]) -> Frame:
    """Newest row of each group: by occurred_day, then recorded_day, then record_id.

    Parameters
    ----------
    frame
        Rows with those three columns and the group's; none of them null.
    by
        Columns that make a group.
    """
    keys = list(by)
    is_repeated = frame.select(keys).is_duplicated()
    if not is_repeated.any():
        return frame
    single = frame.filter(~is_repeated)
    ordered = frame.filter(is_repeated).with_columns(_newness=newness())
    top = ordered.group_by(keys).agg(_top=nw.col("_newness").max())
    tied = ordered.join(top, on=keys, how="inner").filter(nw.col("_newness") == nw.col("_top"))
    last = tied.group_by(keys).agg(_last=nw.col("record_id").max())
    chosen = tied.join(last, on=keys, how="inner").filter(nw.col("record_id") == nw.col("_last"))
    return nw.concat([single, chosen.select(frame.columns)])


def happened(known: KnownRecords, name: str, columns: Sequence[str] | None = None) -> Frame:
    """Rows of a table that had occurred by ``known.day``, that day included.

    What is entered ahead (a move planned for next month) is known, but has not happened. A table
    that no source delivers is empty. ``columns`` are those that are wanted, ``occurred_day`` among
    them; None: all.
    """
    if name in known.tables:
        table = known.tables[name]
    else:
        empty = pl.DataFrame(schema=frame_schema(TABLES[name])).with_columns(
            occurred_day=pl.col("occurred_on").cast(pl.Int32),
            recorded_day=pl.col("recorded_on").cast(pl.Int32),
        )
        table = nw.from_native(empty, eager_only=True)
    table = table if columns is None else table.select(columns)
    return table.filter(nw.col("occurred_day") <= known.day)


def happened_changes(known: KnownRecords) -> Frame:
    """Household changes that had occurred by the day and say of which household."""
    changes = happened(known, "household_change")
    return changes.filter(~nw.col("household_id").is_null())


def lineage(known: KnownRecords) -> Frame:
    """For each household number ever seen, the number its household lives on under.

    A renumbered household (户编号变更) is the same household: its whole history follows, through
    any chain of numbers. Of several renumberings of one number, or into one number, the newest is
    followed (`identity_problems` counts them).

    Parameters
    ----------
    known
        What was known on a day. Renumberings dated later than that day have not happened.

    Returns
    -------
    DataFrame
        ``household_id, current_household_id``, sorted; never null, one row for each number in any
        table. Most numbers live on as themselves.

    Raises
    ------
    SchemaError
        If renumberings go round in a circle.
    """
    changes = happened(known, "household_change")
    others = changes.select(household_id=nw.col("other_household_id"))
    every = nw.concat([numbers_on_record(known), others])
    seen = every.filter(~nw.col("household_id").is_null()).unique()
    return (
        seen.join(renumbered(known), on="household_id", how="left")
        .with_columns(current_household_id=nw.coalesce("current_household_id", "household_id"))
        .sort("household_id")
    )


def renumbered(known: KnownRecords) -> Frame:
    """The rows of the `lineage` of numbers that live on as another, which are few.

    Returns
    -------
    DataFrame
        ``household_id, current_household_id``; never null, any chain followed.

    Raises
    ------
    SchemaError
        If renumberings go round in a circle.
    """
    followed = renumberings(known).select("household_id", "other_household_id", "occurred_day")
    final = follow(followed, what="renumberings (户编号变更)")
    return final.select("household_id", current_household_id=nw.col("other_household_id"))


def numbers_on_record(known: KnownRecords) -> Frame:
    """Household numbers that rows of any table stand under, as entered, once each: one column."""
    none = happened(known, "household_change").select("household_id")
    # rows of one household mostly stand together: comparing neighbours spares most of the search
    number = nw.col("household_id")
    is_new = (number != number.shift(1)).fill_null(True)
    tables = [
        table.select("household_id").filter(~number.is_null() & is_new).unique()
        for table in known.tables.values()
        if "household_id" in table.columns
    ]
    every = nw.concat([none, *tables])
    return every.filter(~nw.col("household_id").is_null()).unique()


def household_history(table: Frame, known: KnownRecords) -> Frame:
    """Rows of a household-level table under the number each household lives on under.

    Parameters
    ----------
    table
        Any frame with ``household_id``; null stays null.
    known
        What was known on the day.

    Returns
    -------
    DataFrame
        The same rows and columns, ``household_id`` being the current number. Only renumbering moves
        history: what an absorbed household had stays under its own number.

    Raises
    ------
    SchemaError
        If renumberings go round in a circle.
    """
    return under_current_number(table, lineage(known))


def under_current_number(table: Frame, numbers: Frame, column: str = "household_id") -> Frame:
    """Replace a column of household numbers by the current ones of `lineage` or `renumbered`."""
    if len(numbers) == 0:
        return table
    mapping = numbers.select(
        nw.col("household_id").alias(column), _current=nw.col("current_household_id")
    )
    joined = table.join(mapping, on=column, how="left")
    return joined.with_columns(nw.coalesce("_current", column).alias(column)).select(table.columns)


def renumberings(known: KnownRecords) -> Frame:
    """Renumberings that are followed: at most one out of each number and one into each number."""
    named = named_renumberings(known)
    return newest(newest(named, ["household_id"]), ["other_household_id"])


def named_renumberings(known: KnownRecords) -> Frame:
    """Every renumbering that names a new number other than the old one."""
    return happened_changes(known).filter(
        nw.col("change") == "renumbered", nw.col("other_household_id") != nw.col("household_id")
    )


def lost_renumberings(known: KnownRecords) -> Frame:
    """Renumberings of numbers for which none is followed: where the household went is not known.

    The new number is not named, or a newer renumbering of another household leads to it.
    """
    numbered = happened_changes(known).filter(nw.col("change") == "renumbered")
    to_itself = (nw.col("other_household_id") == nw.col("household_id")).fill_null(False)
    followed = renumberings(known).select("household_id")
    return numbered.filter(~to_itself).join(followed, on="household_id", how="anti")


def dated_changes(known: KnownRecords, numbers: Frame) -> Frame:
    """Changes other than renumbering, under current numbers (of `lineage`) on both sides.

    Returns
    -------
    DataFrame
        ``household_id, change, other_household_id`` (null: not named), ``occurred_day,
        recorded_day, record_id``. A change of a household with itself is left out.
    """
    changes = happened_changes(known).select(
        "household_id",
        "change",
        "other_household_id",
        "occurred_day",
        "recorded_day",
        "record_id",
    )
    mapped = under_current_number(
        under_current_number(changes, numbers), numbers, "other_household_id"
    )
    with_itself = (nw.col("other_household_id") == nw.col("household_id")).fill_null(False)
    return mapped.filter(nw.col("change") != "renumbered", ~with_itself)


def follow(edges: Frame, *, what: str) -> Frame:
    """Follow each edge to the end of its chain.

    Parameters
    ----------
    edges
        ``household_id, other_household_id, occurred_day``; each ``household_id`` once, none null.
    what
        What the edges are, for the message.

    Returns
    -------
    DataFrame
        The same columns: the last household of the chain, and the latest day on the way.

    Raises
    ------
    SchemaError
        If the edges go round in a circle; the message shows household numbers, no persons.
    """
    sources = edges.select("household_id")
    # Each round doubles the steps taken, so this many rounds pass through every chain.
    for _ in range(len(edges).bit_length() + 1):
        if len(_unfinished(edges, sources)) == 0:
            return edges
        onward = edges.select(
            other_household_id=nw.col("household_id"),
            _onward=nw.col("other_household_id"),
            _onward_day=nw.col("occurred_day"),
        )
        edges = edges.join(onward, on="other_household_id", how="left").select(
            "household_id",
            other_household_id=nw.coalesce("_onward", "other_household_id"),
            occurred_day=nw.max_horizontal("occurred_day", "_onward_day"),
        )
    circle = sorted(set(_unfinished(edges, sources)["other_household_id"].to_list()))
    shown = ", ".join(circle[:SHOWN_NUMBERS]) + (" …" if len(circle) > SHOWN_NUMBERS else "")
    raise SchemaError(
        f"Table household_change: {what} go round in a circle through {len(circle)} household "
        f"numbers ({shown}). Correct or withdraw one of these changes."
    )


def _unfinished(edges: Frame, sources: Frame) -> Frame:
    """Edges whose end has an edge of its own."""
    return edges.join(
        sources, left_on="other_household_id", right_on="household_id", how="inner"
    ).select("household_id", "other_household_id")
