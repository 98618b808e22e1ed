"""The records that some households' indicators stand on, out of those of a whole county.

A household's indicators stand on its own records, on those of whoever it shares persons or
household changes with, and on since when each table is kept.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

Tables = Mapping[str, pl.DataFrame]

HOME, PERSON, OTHER = "household_id", "person_id", "other_household_id"
BEGINNINGS = ("occurred_on", "work_month", "period_to", "paid_on")
"""Days by which a table is kept since its first row."""
KINDS: dict[str, tuple[str, ...]] = {"income_item": ("item", "is_help", "window")}
"""Columns by which a table is several: each payer keeps its own, and each begins with its own."""


def of_households(tables: Tables, households: pl.Series) -> dict[str, pl.DataFrame]:
    """Rows of some households and of whoever they are bound up with, all versions.

    Parameters
    ----------
    tables
        Record tables with all versions, as a county entered them.
    households
        Household numbers.

    Returns
    -------
    dict of str to DataFrame
        Every table, with the rows of `bound_together` households and persons, those of the
        households on whose rows a table begins, and rows about no household or person at all.
    """
    homes, persons = bound_together(tables, pl.concat([households, first_households(tables)]))
    return {name: _rows_of(frame, homes, persons) for name, frame in tables.items()}


def bound_together(tables: Tables, households: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Households that share persons or household changes with some, and all their persons.

    Whoever is bound up with one of them is bound up with all, through any number of steps.

    Examples
    --------
    >>> rows = pl.DataFrame({"household_id": ["a", "b", "c"], "person_id": ["p", "p", "q"]})
    >>> homes, persons = bound_together({"member_snapshot": rows}, pl.Series(["a"]))
    >>> sorted(homes), sorted(persons)
    (['a', 'b'], ['p'])
    """
    pairs, changes = _pairs(tables), _changes(tables)
    homes = pl.DataFrame({HOME: households.unique()}, schema={HOME: pl.String})
    while True:
        persons = pairs.join(homes, on=HOME, how="semi").select(PERSON).unique()
        reached = [
            homes,
            pairs.join(persons, on=PERSON, how="semi").select(HOME),
            changes.join(homes, on=HOME, how="semi").select(pl.col(OTHER).alias(HOME)),
        ]
        found = pl.concat(reached).unique()
        if found.height == homes.height:
            return homes[HOME].sort(), persons[PERSON].sort()
        homes = found


def first_households(tables: Tables) -> pl.Series:
    """Households on whose rows each table begins, by each of its days and kinds.

    What the door lets pass is not known yet, so the first of all versions and the first of the
    versions that nothing replaced are both taken.
    """
    found = [pl.Series(HOME, [], dtype=pl.String)]
    for name, frame in tables.items():
        if HOME not in frame.columns:
            continue
        kinds = [column for column in KINDS.get(name, ()) if column in frame.columns]
        once = frame.filter(pl.col("version") == 1, ~pl.col("is_withdrawn"))
        for rows in (frame, once.join(_replaced(frame), on="record_id", how="anti")):
            for day in BEGINNINGS:
                if day in frame.columns:
                    found.append(_first(rows, day, kinds))
    return pl.concat(found).unique().sort()


def _replaced(frame: pl.DataFrame) -> pl.DataFrame:
    """Records that have a later version."""
    return frame.filter(pl.col("version") > 1).select("record_id")


def _first(rows: pl.DataFrame, day: str, kinds: list[str]) -> pl.Series:
    """Household of the first row, of each kind; one of them where several stand on one day."""
    dated = rows.filter(pl.col(day).is_not_null(), pl.col(HOME).is_not_null())
    keys = [pl.lit(0).alias("_all"), *kinds]
    return (dated.group_by(keys).agg(pl.col(HOME).filter(pl.col(day) == pl.col(day).min()).min()))[
        HOME
    ]


def _pairs(tables: Tables) -> pl.DataFrame:
    """Every household and person that stand on one row anywhere, once."""
    none = pl.DataFrame(schema={HOME: pl.String, PERSON: pl.String})
    found = [
        frame.select(HOME, PERSON).drop_nulls().unique()
        for frame in tables.values()
        if HOME in frame.columns and PERSON in frame.columns
    ]
    return pl.concat([none, *found]).unique()


def _changes(tables: Tables) -> pl.DataFrame:
    """Household changes that name another household, in both directions."""
    schema = {HOME: pl.String, OTHER: pl.String}
    if "household_change" not in tables:
        return pl.DataFrame(schema=schema)
    named = tables["household_change"].select(HOME, OTHER).drop_nulls().unique()
    turned = named.select(pl.col(OTHER).alias(HOME), pl.col(HOME).alias(OTHER))
    return pl.concat([named, turned])


def _rows_of(frame: pl.DataFrame, homes: pl.Series, persons: pl.Series) -> pl.DataFrame:
    """Rows about the households or the persons, or about none."""
    if HOME not in frame.columns:
        return frame
    is_of_home = pl.col(HOME).is_in(homes.implode()).fill_null(False)
    if PERSON not in frame.columns:
        return frame.filter(is_of_home | pl.col(HOME).is_null())
    is_of_person = pl.col(PERSON).is_in(persons.implode()).fill_null(False)
    is_of_nobody = pl.col(HOME).is_null() & pl.col(PERSON).is_null()
    return frame.filter(is_of_home | is_of_person | is_of_nobody)
