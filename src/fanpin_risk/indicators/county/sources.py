"""The rows that the county's columns are built from, by the name that indicators call them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import narwhals as nw
import polars as pl

from fanpin_risk.household.view import CountyView
from fanpin_risk.indicators.county.aggregate import Source
from fanpin_risk.indicators.county.livelihood import (
    cover_view,
    loan_view,
    school_view,
    work_view,
)
from fanpin_risk.indicators.county.people import members_view
from fanpin_risk.indicators.county.places import place_view
from fanpin_risk.indicators.county.register import ACCOUNT_WINDOWS, account_view, net_view
from fanpin_risk.indicators.county.seen import observation_view

Frame = nw.DataFrame[pl.DataFrame]

TABLE_SOURCES = (
    *("household_snapshot", "rigid_spending", "shock", "insurance_claim", "asset_dividend"),
    *("housing_check", "water_check", "medical_bill", "work_month"),
)
"""Record tables that are read as they stand, row by row."""

PERSONAL = frozenset({"medical_bill", "work_month"})
"""Sources that follow the person into a household that is split off."""

SINGLE = frozenset(
    {
        *("members_view", "work_view", "school_view", "cover_view", "loan_view", "net_view"),
        "place_view",
    }
)
"""Views with one row for each household, of the day."""

PAYMENTS: dict[str, Callable[[], nw.Expr]] = {
    "paid_help": lambda: nw.col("is_help"),
    "paid_pension": lambda: nw.col("item") == "pension",
    "paid_by_family": lambda: nw.col("item") == "family_support",
    "paid_for_produce": lambda: (
        (nw.col("item") == "business") | (nw.col("item") == "business_cost")
    ),
}
"""Payments by who makes them, as each office keeps its own: each begins with its own first row."""


def source_of(county: CountyView, name: str) -> Source | None:
    """Rows of a source on the day.

    Parameters
    ----------
    county
        The day's records.
    name
        One of `TABLE_SOURCES`, `PAYMENTS` or `VIEWS`.

    Returns
    -------
    Source or None
        None where the records it stands on are not kept.

    Raises
    ------
    ValueError
        If there is no such source.
    """
    if name in TABLE_SOURCES:
        rows = county.tables.get(name)
    elif name in PAYMENTS:
        rows = _payments(county, PAYMENTS[name]())
    elif name in VIEWS:
        rows = VIEWS[name](county)
    else:
        raise ValueError(
            f"There is no source {name!r} of county records. Known: "
            f"{', '.join((*TABLE_SOURCES, *PAYMENTS, *VIEWS))}."
        )
    if rows is None:
        return None
    follows: Literal["person", "household"] = "person" if name in PERSONAL else "household"
    return Source(rows=rows, is_single=name in SINGLE, follows=follows)


def _payments(county: CountyView, which: nw.Expr) -> Frame | None:
    """Single payments, placed by the day paid; work and business by the last month they cover.

    Items of a yearly account are none: they are read by `account_view`.
    """
    if "income_item" not in county.tables:
        return None
    is_account = nw.any_horizontal(
        *[nw.col("window") == window for window in ACCOUNT_WINDOWS], ignore_nulls=False
    ).fill_null(False)
    covers_months = nw.any_horizontal(
        *[nw.col("item") == item for item in ("wage", "business", "business_cost")],
        ignore_nulls=False,
    )
    month = nw.col("period_day")
    paid = nw.coalesce(nw.col("paid_day"), month)
    return (
        county.tables["income_item"]
        .filter(~is_account)
        .filter(which)
        .with_columns(placed_day=nw.when(covers_months).then(month).otherwise(paid))
    )


VIEWS: dict[str, Callable[[CountyView], Frame | None]] = {
    "members_view": members_view,
    "work_view": work_view,
    "school_view": school_view,
    "cover_view": cover_view,
    "loan_view": loan_view,
    "net_view": net_view,
    "account_view": account_view,
    "place_view": place_view,
    "observation_view": observation_view,
}
"""Views by name."""
