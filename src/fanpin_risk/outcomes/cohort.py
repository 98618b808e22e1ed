"""Whose risk is asked on a day."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import narwhals as nw
import polars as pl
from pydantic import Field

from fanpin_risk.dates import add_months, day_number
from fanpin_risk.settings import Settings

Frame = nw.DataFrame[pl.DataFrame]


class Horizon(Settings):
    """How far ahead an outcome lies, and when it can be known: what every basis has."""

    horizon_months: Annotated[int, Field(ge=1, le=60)]

    def later_day(self, as_of: date) -> date:
        """Last day of the horizon of ``as_of``."""
        return add_months(as_of, self.horizon_months)

    def known_on(self, as_of: date) -> date:
        """First day on which every answer about ``as_of`` can be known: yes as well as no."""
        return self.later_day(as_of)


class CohortSettings(Horizon):
    """Whose risk is asked, and when an outcome can be seen at all, where days are days of visits.

    ``horizon_months``: the status is looked up exactly so long after the day.
    ``due_within_months``: a household is due for that later visit when its first known visit lies
    at most so long before the day (0 means on it); leave it out when everybody is due.
    ``days_without_survey``: days on which nobody was visited; who would be due then can never have
    an outcome and is outside.
    """

    due_within_months: Annotated[int, Field(ge=0)] | None = None
    days_without_survey: tuple[date, ...] = ()


def visited(account: Frame, as_of: date) -> Frame:
    """Households visited on ``as_of``, with what was found.

    Returns
    -------
    DataFrame
        ``household_id, place, region, members, income_to_line_e4, is_below_line`` (null: not
        known), ``first_day`` (day number of the first known visit).
    """
    day = day_number(as_of)
    first = account.group_by("household_id").agg(first_day=nw.col("occurred_day").min())
    today = account.filter(nw.col("occurred_day") == day)
    return today.select(
        "household_id", "place", "region", "members", "income_to_line_e4", "is_below_line"
    ).join(first, on="household_id", how="left")


def at_risk(account: Frame, as_of: date) -> Frame:
    """Visited on ``as_of`` and not known to be in need: those whose risk of falling is asked.

    A household whose income or line is not known is among them; that it is in need already cannot
    be ruled out, and is counted where results are printed.
    """
    return visited(account, as_of).filter(~nw.col("is_below_line").fill_null(False))


def cohort(account: Frame, as_of: date, settings: CohortSettings) -> Frame:
    """Visited on ``as_of``, known not to be in need then, and due for the later visit.

    Who can never have a later visit, by the rotation or because nobody was visited on that day, is
    outside the cohort and not censored.

    Returns
    -------
    DataFrame
        As `visited`; empty when the later day is one without survey.
    """
    found = visited(account, as_of).filter(~nw.col("is_below_line"))
    return found.filter(is_due(as_of, settings))


def is_due(as_of: date, settings: CohortSettings) -> nw.Expr:
    """Whether a household visited on ``as_of`` is due for the later visit."""
    if settings.later_day(as_of) in settings.days_without_survey:
        return nw.col("first_day") < nw.lit(-(10**9))
    if settings.due_within_months is None:
        return ~nw.col("first_day").is_null()
    earliest = day_number(add_months(as_of, -settings.due_within_months))
    return nw.col("first_day") >= nw.lit(earliest)
