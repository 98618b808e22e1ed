"""Dates of records as integers: exact, and joined and compared fast."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import cast

import narwhals as nw
import polars as pl

Frame = nw.DataFrame[pl.DataFrame]

_DAYS_OF_400_YEARS = 146_097
_DAYS_TO_1970 = 719_468
"""Days from 1 March of the year 0 to 1970-01-01."""


def with_day(rows: Frame, name: str, column: str, of: Callable[[str], nw.Expr]) -> Frame:
    """Add a day number that follows from a column of dates; null where there is no date.

    Days are few and rows are many: the arithmetic is done once for each day from the first date to
    the last, and looked up. A column of that name is replaced.

    Parameters
    ----------
    rows
        Any rows with ``column``.
    name
        Of the new column, ``Int64``.
    of
        `day_of_date` or `last_day_of_month`.
    """
    days = rows.to_native()[column].cast(pl.Int32)
    first, last = cast("int | None", days.min()), cast("int | None", days.max())
    known = pl.int_range(first or 0, 1 + (last if last is not None else -1), eager=True)
    calendar = nw.from_native(pl.DataFrame({column: known.cast(pl.Int32).cast(pl.Date)}))
    numbers = calendar.select(of(column).alias(name)).to_native()[name]
    others = rows.to_native().select(kept for kept in rows.columns if kept != name)
    found = others.with_columns(numbers.gather(days - (first or 0)))
    return nw.from_native(found, eager_only=True)


def day_of_date(column: str) -> nw.Expr:
    """Days since 1970-01-01 of a column of dates; null stays null.

    Examples
    --------
    >>> import polars as pl
    >>> frame = nw.from_native(pl.DataFrame({"d": [date(1970, 1, 2), None]}), eager_only=True)
    >>> frame.select(n=day_of_date("d"))["n"].to_list()
    [1, None]
    """
    return nw.col(column).cast(nw.Int32).cast(nw.Int64)


def last_day_of_month(column: str) -> nw.Expr:
    """Last day of the month of a column of dates, as days since 1970-01-01.

    Examples
    --------
    >>> import polars as pl
    >>> frame = nw.from_native(pl.DataFrame({"m": [date(1970, 1, 1)]}), eager_only=True)
    >>> frame.select(n=last_day_of_month("m"))["n"].to_list()
    [30]
    """
    year, month, _ = _parts(column)
    next_year = year + month // 12
    next_month = month % 12 + 1
    return _day_number(next_year, next_month, nw.lit(1)) - 1


def birthday_number(column: str) -> nw.Expr:
    """A date as one integer ``yyyymmdd``, so that differences of it give completed years."""
    year, month, day = _parts(column)
    return year * 10_000 + month * 100 + day


def completed_years(birthday: nw.Expr, as_of: date) -> nw.Expr:
    """Age in completed years on a day, from `birthday_number`.

    Who was born on 29 February completes a year on 1 March of a common year (policy notes, section
    19).

    Examples
    --------
    >>> import polars as pl
    >>> frame = nw.from_native(pl.DataFrame({"b": [20000229]}), eager_only=True)
    >>> [frame.select(a=completed_years(nw.col("b"), date(2023, m, d)))["a"].item()
    ...  for m, d in ((2, 28), (3, 1))]
    [22, 23]
    """
    return (as_of.year * 10_000 + as_of.month * 100 + as_of.day - birthday) // 10_000


def _parts(column: str) -> tuple[nw.Expr, nw.Expr, nw.Expr]:
    """Year, month and day of a column of dates, wide enough to count with."""
    dates = nw.col(column).dt
    return dates.year().cast(nw.Int64), dates.month().cast(nw.Int64), dates.day().cast(nw.Int64)


def _day_number(year: nw.Expr, month: nw.Expr, day: nw.Expr) -> nw.Expr:
    """Days since 1970-01-01 in the Gregorian calendar, counted in years that begin in March."""
    shifted = (month + 9) % 12
    march_year = year - shifted // 10
    era = march_year // 400
    year_of_era = march_year - era * 400
    day_of_year = (shifted * 153 + 2) // 5 + day - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return era * _DAYS_OF_400_YEARS + day_of_era - _DAYS_TO_1970
