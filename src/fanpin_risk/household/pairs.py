"""Two visits of one household a fixed time apart: where it stood then, and where it stood later."""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw
import polars as pl

from fanpin_risk.dates import add_months, day_number, day_of


def later_days(days: list[int], *, months: int) -> dict[int, int]:
    """For each day, the day ``months`` later; days are numbers since 1970-01-01."""
    return {day: day_number(add_months(day_of(day), months)) for day in days}


def status_pairs(account: nw.DataFrame[pl.DataFrame], *, months: int) -> nw.DataFrame[pl.DataFrame]:
    """Households not below the line on a visit, and whether they were ``months`` later.

    Parameters
    ----------
    account
        Rows of `household_account`.
    months
        The time between the two visits; only a visit on exactly that later day is a partner.

    Returns
    -------
    DataFrame
        ``household_id, place, region, occurred_day, later_day, fell`` (``Int64`` 0 or 1), for
        pairs in which both answers are known. A pair is known from its later day on.
    """
    days = sorted(set(account["occurred_day"].to_list()))
    calendar = _calendar(later_days(days, months=months))
    then = account.filter(~nw.col("is_below_line")).join(calendar, on="occurred_day", how="inner")
    later = account.filter(~nw.col("is_below_line").is_null()).select(
        "household_id",
        later_day=nw.col("occurred_day"),
        fell=nw.col("is_below_line").cast(nw.Int64),
    )
    return then.select("household_id", "place", "region", "occurred_day", "later_day").join(
        later, on=["household_id", "later_day"], how="inner"
    )


def _calendar(later: Mapping[int, int]) -> nw.DataFrame[pl.DataFrame]:
    """Days and their later days as a frame."""
    frame = pl.DataFrame(
        {"occurred_day": list(later), "later_day": list(later.values())},
        schema={"occurred_day": pl.Int32, "later_day": pl.Int32},
    )
    return nw.from_native(frame, eager_only=True)
