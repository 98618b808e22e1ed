"""Rows under a household's number brought under its home: what a day's view does not hand on."""

from __future__ import annotations

import narwhals as nw
import polars as pl

from fanpin_risk.household.changes import follow, renumberings
from fanpin_risk.household.view import CountyView

Frame = nw.DataFrame[pl.DataFrame]


def current_numbers(county: CountyView) -> Frame:
    """Former household numbers and those their households live on under, any chain followed.

    Returns
    -------
    DataFrame
        ``household_id, current_household_id``, once each; who was never renumbered is not in it.

    Raises
    ------
    SchemaError
        If renumberings go round in a circle.
    """
    followed = renumberings(county.known).select(
        "household_id", "other_household_id", "occurred_day"
    )
    final = follow(followed, what="renumberings (户编号变更)")
    return final.select("household_id", current_household_id=nw.col("other_household_id"))


def homes_of_numbers(county: CountyView) -> Frame:
    """Every household number that lives on, present and former ones, with its home.

    Returns
    -------
    DataFrame
        ``household_id, home``, each number once, never null.
    """
    homes = county.homes.select("household_id", "home")
    former = current_numbers(county).join(
        homes, left_on="current_household_id", right_on="household_id", how="inner"
    )
    others = homes.join(former.select("household_id"), on="household_id", how="anti")
    return nw.concat([others, former.select("household_id", "home")])


def under_home(rows: Frame, county: CountyView) -> Frame:
    """Rows of a table about households, with the ``home`` their household lives on as.

    Parameters
    ----------
    rows
        Rows with ``household_id``.
    county
        The day's records.

    Returns
    -------
    DataFrame
        The same rows with ``home`` in place of the number; without those of no home on record.
    """
    return rows.join(homes_of_numbers(county), on="household_id", how="inner").drop("household_id")
