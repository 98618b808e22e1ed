"""Days as integers, and the arithmetic of months and quarters on them.

Engines disagree about date arithmetic; they agree about integers. Inside frames a day is the
number of days since 1970-01-01, as ``Int32``.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta

EPOCH = date(1970, 1, 1)


def day_number(day: date) -> int:
    """Days from 1970-01-01 to ``day``.

    Examples
    --------
    >>> day_number(date(1970, 1, 2))
    1
    """
    return (day - EPOCH).days


def day_of(number: int) -> date:
    """Return the day that is ``number`` days after 1970-01-01.

    Examples
    --------
    >>> day_of(1)
    datetime.date(1970, 1, 2)
    """
    return EPOCH + timedelta(days=number)


def quarter_end(year: int, quarter: int) -> date:
    """Last day of a quarter, 1 to 4.

    Examples
    --------
    >>> quarter_end(2012, 1)
    datetime.date(2012, 3, 31)
    """
    if quarter not in (1, 2, 3, 4):
        raise ValueError(f"quarter must be 1, 2, 3 or 4. Got {quarter!r}.")
    month = 3 * quarter
    return date(year, month, calendar.monthrange(year, month)[1])


def add_months(day: date, months: int) -> date:
    """Return the same day ``months`` later (earlier if negative); a month's last day stays last.

    Examples
    --------
    >>> add_months(date(2012, 3, 31), 12)
    datetime.date(2013, 3, 31)
    >>> add_months(date(2012, 3, 31), 3)
    datetime.date(2012, 6, 30)
    >>> add_months(date(2012, 6, 30), 3)
    datetime.date(2012, 9, 30)
    """
    index = day.year * 12 + (day.month - 1) + months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    was_last = day.day == calendar.monthrange(day.year, day.month)[1]
    return date(year, month + 1, last if was_last else min(day.day, last))


def parse_day(text: str) -> date:
    """Read a day written as YYYY-MM-DD, and in no other way.

    Raises
    ------
    ValueError
        If the text is no such day; week dates and days without hyphens are refused too.

    Examples
    --------
    >>> parse_day("2012-03-31")
    datetime.date(2012, 3, 31)
    """
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        day = None
    if day is None or day.isoformat() != text.strip():
        raise ValueError(f"{text!r} is no day. Write it as YYYY-MM-DD, for instance 2012-03-31.")
    return day
