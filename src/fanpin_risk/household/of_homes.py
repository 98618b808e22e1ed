"""Rows under a household's number brought under its home: what a day's view does not hand on."""

from __future__ import annotations

import narwhals as nw
import polars as pl

from fanpin_risk.household.changes import renumbered
from fanpin_risk.household.once import once
from fanpin_risk.household.view import CountyView

Frame = nw.DataFrame[pl.DataFrame]


@once
def current_numbers(county: CountyView) -> Frame:
    """Former household numbers and those their households live on under, as `renumbered`."""
    return renumbered(county.known)


@once
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
