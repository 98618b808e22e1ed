"""Periods that a record may cover, counted from the day it is of.

The two clocks of the policy notes, section 3: the twelve months before a month, for identification
(mark A), and the collection year from October to September (mark C). On 30 September a collection
year is still open (section 19).
"""

from __future__ import annotations

import polars as pl

_FIRST_MONTH_OF_COLLECTION = 10
_MONTHS = 12


def derived_month(occurred_on: pl.Series, derived: str) -> pl.Series:
    """First day of a month that follows from the day of a record.

    Parameters
    ----------
    occurred_on
        Days; a missing one gives a missing month.
    derived
        ``occurred_month``: the month itself. ``rolling_from``, ``rolling_to``: first and last of
        the twelve months before it. ``collection_from``, ``collection_to``: first and last month of
        the latest collection year that has closed.

    Examples
    --------
    >>> from datetime import date
    >>> days = pl.Series([date(2023, 5, 31), date(2023, 10, 1)])
    >>> derived_month(days, "collection_to").to_list()
    [datetime.date(2022, 9, 1), datetime.date(2023, 9, 1)]
    >>> derived_month(days, "rolling_from").to_list()
    [datetime.date(2022, 5, 1), datetime.date(2022, 10, 1)]
    """
    index = occurred_on.dt.year().cast(pl.Int32) * _MONTHS + occurred_on.dt.month() - 1
    if derived == "rolling_from":
        index = index - _MONTHS
    elif derived == "rolling_to":
        index = index - 1
    elif derived != "occurred_month":
        since = (index - (_FIRST_MONTH_OF_COLLECTION - 1)) % _MONTHS
        ended = index - since - 1
        index = ended if derived == "collection_to" else ended - _MONTHS + 1
    return (
        pl.DataFrame({"i": index})
        .select(pl.date(pl.col("i") // _MONTHS, pl.col("i") % _MONTHS + 1, 1))
        .to_series()
    )
