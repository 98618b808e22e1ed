"""How often and when each household was looked at, and when anything was last recorded of it."""

from __future__ import annotations

import narwhals as nw
import polars as pl

from fanpin_risk.household.members import coded
from fanpin_risk.household.view import CountyView

Frame = nw.DataFrame[pl.DataFrame]

NEED: dict[str, dict[str, int]] = {
    "visit": {"in_need": 1, "no_need": 0},
    "verification": {"confirmed": 1, "not_confirmed": 0},
}
"""Results that say whether a household was found in need. Nobody met, and refused, say nothing."""

OFFICES = (
    *("household_snapshot", "medical_bill", "income_item", "work_month", "schooling"),
    *("insurance", "rigid_spending", "shock", "insurance_claim", "loan", "asset_dividend"),
    *("housing_check", "water_check"),
)
"""Tables of which the newest entry tells how fresh the household's file is. Visits and checks of
clues are counted apart."""


def looks(county: CountyView) -> Frame | None:
    """Every visit or check of a clue with a result, up to the day.

    Returns
    -------
    DataFrame or None
        ``home, occurred_day, in_need`` (1 or 0); None where neither table is kept.
    """
    parts = []
    for table, results in NEED.items():
        if table not in county.tables:
            continue
        need = coded("result", results).cast(nw.Int64)
        rows = county.tables[table].select("home", "occurred_day", in_need=need)
        parts.append(rows.filter(~nw.col("in_need").is_null()))
    return nw.concat(parts) if parts else None


def found_in_need(county: CountyView) -> Frame | None:
    """Looks that found need; None where nobody records them."""
    found = looks(county)
    return None if found is None else found.filter(nw.col("in_need") == 1)


def observation_view(county: CountyView) -> Frame:
    """Looks at each household, and the newest day on which an office recorded anything of it.

    Returns
    -------
    DataFrame
        One row for each look: ``home, seen_day, in_need, no_need`` (1 or 0). One more for
        each household on record: ``entered_day`` (newest day of entry in one of `OFFICES`) and
        ``quarter`` of the year of the day of decision. Columns of the other kind of row are null.
    """
    quarter = (county.known.as_of.month - 1) // 3 + 1
    parts = [
        county.tables[name].select("home", nw.col("recorded_day").cast(nw.Int64))
        for name in OFFICES
        if name in county.tables
    ]
    none = county.homes.select("home", recorded_day=nw.lit(None).cast(nw.Int64))
    entered = (
        nw.concat([none, *parts])
        .group_by("home")
        .agg(entered_day=nw.col("recorded_day").max())
        .select(
            "home",
            "entered_day",
            quarter=nw.lit(quarter).cast(nw.Int64),
            **{n: nw.lit(None).cast(nw.Int64) for n in ("seen_day", "in_need", "no_need")},
        )
    )
    found = looks(county)
    if found is None:
        return entered
    seen = found.select(
        "home",
        entered_day=nw.lit(None).cast(nw.Int64),
        quarter=nw.lit(None).cast(nw.Int64),
        seen_day=nw.col("occurred_day").cast(nw.Int64),
        in_need=nw.col("in_need"),
        no_need=1 - nw.col("in_need"),
    )
    return nw.concat([entered.select(seen.columns), seen])
