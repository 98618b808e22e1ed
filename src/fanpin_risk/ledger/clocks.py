"""Clocks of the mechanism: working days, and months from a day to the same day of a later one."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import date

import narwhals as nw
import polars as pl

from fanpin_risk.dates import day_number, day_of
from fanpin_risk.units import DAYS_PER_WEEK, MONTHS_PER_YEAR, WORKING_DAYS_PER_WEEK

Frame = nw.DataFrame[pl.DataFrame]

MONDAY_OFFSET = 3
"""1970-01-01 was a Thursday, three days after a Monday."""


def working_day_after(day: nw.Expr, working_days: nw.Expr) -> nw.Expr:
    """Day by which so many working days have passed since a day, which itself is not counted.

    Working days are Monday to Friday. Public holidays, and the weekend days that are worked for
    them, are not on record and not taken into account: a clock that runs over a holiday ends too
    early here.

    Parameters
    ----------
    day
        Days since 1970-01-01.
    working_days
        How many; 0 or more. With 0 it is the day itself.

    Returns
    -------
    Expr
        Days since 1970-01-01; null where either is null.

    Examples
    --------
    Of Friday 2021-06-04 the first working day is Monday; of the Saturday after it as well.

    >>> from fanpin_risk.dates import parse_day
    >>> days = [day_number(parse_day(text)) for text in ("2021-06-04", "2021-06-05")]
    >>> frame = nw.from_native(pl.DataFrame({"day": days, "n": [1, 1]}), eager_only=True)
    >>> found = frame.select(x=working_day_after(nw.col("day"), nw.col("n")))["x"].to_list()
    >>> [str(day_of(number)) for number in found]
    ['2021-06-07', '2021-06-07']
    """
    last = WORKING_DAYS_PER_WEEK - 1
    weekday = (day + MONDAY_OFFSET) % DAYS_PER_WEEK
    over = nw.when(weekday > last).then(weekday - last).otherwise(nw.lit(0))
    weekend = DAYS_PER_WEEK - WORKING_DAYS_PER_WEEK
    weeks = (weekday - over + working_days) // WORKING_DAYS_PER_WEEK
    later = day - over + working_days + weeks * weekend
    return nw.when(working_days > 0).then(later).otherwise(day + working_days)


def months_after(day: date, months: int) -> date:
    """Same day of the month so many months later; the month's last day where it has none such.

    A period of months ends on the day with the number of the day it began on: of 30 June one month
    is over on 30 July. (Windows that end with a month are `fanpin_risk.dates.add_months`.)

    Parameters
    ----------
    day
        The day on which the period begins.
    months
        Its length, 0 or more.

    Examples
    --------
    >>> str(months_after(date(2024, 6, 30), 1)), str(months_after(date(2023, 1, 31), 1))
    ('2024-07-30', '2023-02-28')
    """
    year, month = divmod(day.year * MONTHS_PER_YEAR + day.month - 1 + months, MONTHS_PER_YEAR)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def completed_months(start: date, end: date) -> int:
    """Months that are over by a day: the largest number of `months_after` that is not later.

    Parameters
    ----------
    start, end
        ``end`` not before ``start``.

    Examples
    --------
    >>> completed_months(date(2023, 1, 31), date(2023, 2, 28))
    1
    >>> completed_months(date(2023, 1, 31), date(2023, 2, 27))
    0
    """
    months = (end.year - start.year) * MONTHS_PER_YEAR + end.month - start.month
    return months if months_after(start, months) <= end else months - 1


def with_months_after(rows: Frame, name: str, *, day: str, months: str) -> Frame:
    """Add the day that is so many months after another (`months_after`).

    Parameters
    ----------
    rows
        Any rows with the two columns; ``day`` in days since 1970-01-01.
    name
        Of the new column, ``Int64``; null where either is null.
    """

    def later(start: int, length: int) -> int:
        return day_number(months_after(day_of(start), length))

    return _by_pair(rows, name, (day, months), later)


def with_completed_months(rows: Frame, name: str, *, start: str, end: str) -> Frame:
    """Add how many months were over by a day (`completed_months`).

    Parameters
    ----------
    rows
        Any rows with the two columns, both in days since 1970-01-01.
    name
        Of the new column, ``Int64``; null where either is null.
    """
    number, day = _month_and_day(start)
    last_number, last_day = _month_and_day(end)
    # the month's last day ends every month that began on a day which it has not
    is_month_end = (nw.col(end).cast(nw.Int32) + 1).cast(nw.Date).dt.day() == 1
    is_short = (day > last_day) & ~is_month_end
    over = last_number - number - is_short.cast(nw.Int64)
    return rows.with_columns(over.alias(name))


def _month_and_day(column: str) -> tuple[nw.Expr, nw.Expr]:
    """Months counted from the year 0, and day of the month, of a column of day numbers."""
    dates = nw.col(column).cast(nw.Int32).cast(nw.Date).dt
    months = dates.year().cast(nw.Int64) * MONTHS_PER_YEAR + dates.month().cast(nw.Int64)
    return months, dates.day()


def _by_pair(
    rows: Frame, name: str, columns: tuple[str, str], of: Callable[[int, int], int]
) -> Frame:
    """Add what follows from two columns; pairs are few and rows are many, so each is asked once."""
    pairs = rows.select(*columns).unique()
    known = pairs.filter(*[~nw.col(column).is_null() for column in columns])
    found = [of(int(first), int(second)) for first, second in known.iter_rows()]
    values = nw.new_series(name, found, nw.Int64(), backend="polars")
    return rows.join(known.with_columns(values), on=list(columns), how="left")
