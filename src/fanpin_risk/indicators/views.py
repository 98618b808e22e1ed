"""Views that several indicators share: crowding, the place without the household, observation."""

from __future__ import annotations

import narwhals as nw
import polars as pl

from fanpin_risk.dates import add_months, day_number
from fanpin_risk.household.pairs import status_pairs
from fanpin_risk.records.timeline import KnownRecords
from fanpin_risk.units import RATIO_SCALE

Frame = nw.DataFrame[pl.DataFrame]

PRIOR_PAIRS = 200
"""A place's rate is drawn to the country's as if it had this many more pairs at that rate."""

RECENT_MONTHS = 3
"""Levels of a place are taken over visits of this many months up to the day."""


def crowding(known: KnownRecords) -> Frame:
    """Members of each visit beside the rooms seen on the same visit."""
    members = known.tables["household_snapshot"].select("household_id", "occurred_day", "members")
    return known.tables["housing_check"].join(
        members, on=["household_id", "occurred_day"], how="left"
    )


def observation_view(account: Frame, known: KnownRecords) -> Frame:
    """How often and when each household was seen, and the quarter of the year of the day."""
    days = account.select("household_id", "occurred_day")
    latest = days.group_by("household_id").agg(
        _latest=nw.col("occurred_day").max(), visits_known=nw.col("occurred_day").n_unique()
    )
    before = (
        days.join(latest, on="household_id", how="inner")
        .filter(nw.col("occurred_day") < nw.col("_latest"))
        .group_by("household_id")
        .agg(_before=nw.col("occurred_day").max())
    )
    return latest.join(before, on="household_id", how="left").select(
        "household_id",
        nw.col("visits_known").cast(nw.Int64),
        occurred_day=nw.lit(known.day).cast(nw.Int32),
        season=nw.lit((known.as_of.month - 1) // 3 + 1).cast(nw.Int64),
        days_since_visit=(known.day - nw.col("_latest")).cast(nw.Int64),
        days_since_visit_before=(known.day - nw.col("_before")).cast(nw.Int64),
    )


def place_view(
    account: Frame, known: KnownRecords, population: Frame, *, horizon_months: int
) -> Frame:
    """Figures of each household's place, known by the day, with the household itself left out.

    An outcome of a day is known only ``horizon_months`` later, on the day of the second visit; the
    pairs used here have both visits among the records known. A rate is ``(falls + m r) / (pairs +
    m)`` with r the country's rate and m `PRIOR_PAIRS`: empirical Bayes towards the country. The
    household is left out of both, wherever it lived.

    Returns
    -------
    DataFrame
        ``household_id, occurred_day`` (the day) and integers in ten-thousandths, rounded down. A
        rate is null where no other household's pair is known at all, and the country's where none
        of the area is; a level is null where no other household of the place is known.
    """
    home = _home_of(account, population)
    pairs = status_pairs(account, months=horizon_months)
    year_ago = day_number(add_months(known.as_of, -12))
    recent_pairs = pairs.filter(nw.col("later_day") > year_ago)
    quarter_ago = day_number(add_months(known.as_of, -RECENT_MONTHS))
    levels = account.filter(nw.col("occurred_day") > quarter_ago)
    view = home.with_columns(occurred_day=nw.lit(known.day).cast(nw.Int32))
    view = _with_rate(view, pairs, "place", "place_rate_of_falling_e4")
    view = _with_rate(view, recent_pairs, "place", "place_rate_of_falling_12m_e4")
    view = _with_rate(view, recent_pairs, "region", "region_rate_of_falling_12m_e4")
    # income above ten times the line says nothing more about a place, and would rule its mean
    # (min_horizontal would turn an income that is not known into the cap)
    ratio, cap = nw.col("income_to_line_e4"), nw.lit(10 * RATIO_SCALE)
    capped = nw.when(ratio > cap).then(cap).otherwise(ratio)
    view = _with_mean(view, levels, capped, "place_mean_income_to_line_e4")
    below = nw.col("is_below_line").cast(nw.Int64) * RATIO_SCALE
    return _with_mean(view, levels, below, "place_share_below_line_e4")


def _home_of(account: Frame, population: Frame) -> Frame:
    """Place and region of each household on its latest known visit."""
    mine = account.join(population, on="household_id", how="semi")
    latest = mine.group_by("household_id").agg(occurred_day=nw.col("occurred_day").max())
    home = mine.join(latest, on=["household_id", "occurred_day"], how="inner")
    return home.group_by("household_id").agg(
        place=nw.col("place").max(), region=nw.col("region").max()
    )


def _with_rate(view: Frame, pairs: Frame, area: str, name: str) -> Frame:
    """Add the rate of falling of an area, the household's own pairs left out."""
    totals = pairs.group_by(area).agg(_n=nw.col("fell").count(), _f=nw.col("fell").sum())
    own = pairs.group_by("household_id", area).agg(
        _own_n=nw.col("fell").count(), _own_f=nw.col("fell").sum()
    )
    # a household that moved, or whose area is not known, has pairs outside its area too
    own_anywhere = pairs.group_by("household_id").agg(
        _any_n=nw.col("fell").count(), _any_f=nw.col("fell").sum()
    )
    n_all, f_all = len(pairs), int(pairs["fell"].sum() or 0)
    joined = (
        view.join(totals, on=area, how="left")
        .join(own, on=["household_id", area], how="left")
        .join(own_anywhere, on="household_id", how="left")
    )
    counts = ("_n", "_f", "_own_n", "_own_f", "_any_n", "_any_f")
    n, f, own_n, own_f, any_n, any_f = (nw.col(c).fill_null(0).cast(nw.Int64) for c in counts)
    n_else, f_else = n_all - any_n, f_all - any_f
    rate = (
        ((f - own_f) * n_else + PRIOR_PAIRS * f_else)
        * RATIO_SCALE
        // (n_else * (n - own_n + PRIOR_PAIRS))
    )
    value = nw.when(n_else > 0).then(rate)
    return joined.with_columns(value.alias(name)).drop(*counts)


def _with_mean(view: Frame, levels: Frame, value: nw.Expr, name: str) -> Frame:
    """Add the mean of a value over the other households of the place."""
    values = levels.select("household_id", "place", _x=value.cast(nw.Int64))
    totals = values.group_by("place").agg(_n=nw.col("_x").count(), _s=nw.col("_x").sum())
    own = values.group_by("household_id", "place").agg(
        _own_n=nw.col("_x").count(), _own_s=nw.col("_x").sum()
    )
    joined = view.join(totals, on="place", how="left").join(
        own, on=["household_id", "place"], how="left"
    )
    n, s, own_n, own_s = (
        nw.col(c).fill_null(0).cast(nw.Int64) for c in ("_n", "_s", "_own_n", "_own_s")
    )
    mean = nw.when(n - own_n > 0).then((s - own_s) // (n - own_n))
    return joined.with_columns(mean.alias(name)).drop("_n", "_s", "_own_n", "_own_s")
