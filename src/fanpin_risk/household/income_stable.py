"""Since when the register's income has been above the line without a break."""

from __future__ import annotations

from typing import Final

import narwhals as nw
import polars as pl

from fanpin_risk.household.choices import AccountChoices
from fanpin_risk.household.facts import DAY, FactTheme
from fanpin_risk.household.view import CountyView
from fanpin_risk.units import DAY_SCALE

Frame = nw.DataFrame[pl.DataFrame]

_COLUMNS: Final = {
    "register_income_above_since_day": DAY,
    "register_income_not_below_since_day": DAY,
}


def stable_income(county: CountyView, choices: AccountChoices) -> Frame:
    """Day of the first of an unbroken run of register incomes above the line of today.

    Each figure is of the twelve months before its day, and stands until the next one. All of them
    are held against the line in force on the day of decision (policy notes, section 8: the line of
    the current year), per head and year.

    Returns
    -------
    DataFrame
        ``home`` and, as day numbers, null where the newest figure does not reach that far, no
        figure is on record, or the place has no line:

        ``register_income_above_since_day``
            First day of the figures that are all above the line, up to the newest.
        ``register_income_not_below_since_day``
            Likewise of those above it or exactly on it.
    """
    figures = _figures(county).join(
        county.homes.select("home", line=nw.col("line_fen").cast(nw.Int64)), on="home", how="left"
    )
    income, line = nw.col("income"), nw.col("line")
    reaches = dict(zip(_COLUMNS, (income > line, income >= line), strict=True))
    found = county.homes.select("home")
    for name, is_reached in reaches.items():
        found = found.join(_since(figures, is_reached, name), on="home", how="left")
    return found.select("home", *_COLUMNS)


def _figures(county: CountyView) -> Frame:
    """Figures on the register: ``home, day, income``, of one day the one recorded last.

    Of two recorded together the lower counts: it is what has to be above the line.
    """
    order = nw.col("occurred_day").cast(nw.Int64) * DAY_SCALE + nw.col("recorded_day")
    rows = county.tables["household_snapshot"].select(
        "home",
        day=nw.col("occurred_day").cast(nw.Int64),
        order=order,
        income=nw.col("net_income_per_head_fen"),
    )
    figures = rows.filter(~nw.col("home").is_null(), ~nw.col("income").is_null())
    last = figures.group_by("home", "day").agg(_last=nw.col("order").max())
    return (
        figures.join(last, on=["home", "day"], how="inner")
        .filter(nw.col("order") == nw.col("_last"))
        .group_by("home", "day")
        .agg(income=nw.col("income").min())
    )


def _since(figures: Frame, is_reached: nw.Expr, name: str) -> Frame:
    """First day after the newest figure that does not reach."""
    marked = figures.with_columns(_reached=is_reached).filter(~nw.col("_reached").is_null())
    broken = marked.filter(~nw.col("_reached")).group_by("home").agg(_broken=nw.col("day").max())
    is_run = nw.col("_broken").is_null() | (nw.col("day") > nw.col("_broken"))
    return (
        marked.filter(nw.col("_reached"))
        .join(broken, on="home", how="left")
        .filter(is_run)
        .group_by("home")
        .agg(nw.col("day").min().alias(name))
    )


STABLE_INCOME = FactTheme(
    name="stable income", level="household", columns=_COLUMNS, build=stable_income
)
"""Since when income on the register has been above the line."""
