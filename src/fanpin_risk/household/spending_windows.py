"""Windows that spending is added up in, and for whom records are complete in one of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import narwhals as nw

from fanpin_risk.dates import add_months, day_number
from fanpin_risk.household.kept import GRACE_DAYS, is_kept_since
from fanpin_risk.household.view import CountyView
from fanpin_risk.units import MONTHS_PER_YEAR


@dataclass(frozen=True, kw_only=True)
class SpendingDays:
    """First days of the windows that end with the day of decision, as day numbers; all included.

    ``year``: 1 January of the day's year. ``month``: first of its month. ``last_month``: first of
    the month before. ``account``: the day after the day that lies a year back.
    """

    year: int
    month: int
    last_month: int
    account: int


def spending_days(as_of: date) -> SpendingDays:
    """Windows of a day of decision.

    Examples
    --------
    >>> from fanpin_risk.dates import day_of
    >>> days = spending_days(date(2025, 1, 31))
    >>> [str(day_of(day)) for day in (days.year, days.month, days.last_month, days.account)]
    ['2025-01-01', '2025-01-01', '2024-12-01', '2024-02-01']
    """
    month = as_of.replace(day=1)
    return SpendingDays(
        year=day_number(as_of.replace(month=1, day=1)),
        month=day_number(month),
        last_month=day_number((month - timedelta(days=1)).replace(day=1)),
        account=first_day_of_months(as_of, MONTHS_PER_YEAR),
    )


def first_day_of_months(as_of: date, months: int) -> int:
    """First day of so many months up to the day, the day included, as a day number.

    Examples
    --------
    >>> first_day_of_months(date(1970, 2, 28), 1)
    31
    """
    return day_number(add_months(as_of, -months)) + 1


def is_complete(county: CountyView, table: str, first_day: int, begun: str) -> nw.Expr:
    """Whether no record of a table means that there was nothing, from a day on.

    Parameters
    ----------
    county
        The day's records.
    table
        Name of the table.
    first_day
        First day of the window, included.
    begun
        Column with the day on which what is on record of the household begins, null: always there.
        ``moved_in_day`` for records that follow the person, else ``since_day``.

    Returns
    -------
    Expr
        Never null. True where the table, and the household in it, begin at most `GRACE_DAYS` into
        the window.
    """
    if table not in county.tables:
        return nw.lit(False)
    limit = first_day - 1 + GRACE_DAYS
    if not is_kept_since(county.tables[table], limit):
        return nw.lit(False)
    return nw.col(begun).is_null() | (nw.col(begun) <= limit)


def yes_or_open(is_so: nw.Expr) -> nw.Expr:
    """True where it is so, and null, not no, where it is not."""
    return nw.when(is_so).then(nw.lit(True))
