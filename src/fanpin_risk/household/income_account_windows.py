"""The clocks of the income account: which whole months each of its windows takes in.

A month is one integer, its number since the year 0, so that windows are compared and cut by
arithmetic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import narwhals as nw
import polars as pl

from fanpin_risk.dates import add_months, day_number
from fanpin_risk.household.choices import AccountChoices
from fanpin_risk.units import DAY_SCALE, MONTHS_PER_YEAR

Frame = nw.DataFrame[pl.DataFrame]

IDENTIFICATION, BEFORE, ANNUAL = "12m", "before", "annual"
"""Names of the windows, as they stand in the names of facts."""
DETAILED = (IDENTIFICATION, ANNUAL)
"""Windows of which every part is a fact; of the one before only the income."""


@dataclass(frozen=True, kw_only=True)
class IncomeWindow:
    """Whole months from ``first`` to ``last``, both included, by `month_number`.

    ``clock`` is the code of the yearly accounts that are written for windows of this kind.
    """

    name: str
    first: int
    last: int
    clock: str

    @property
    def months(self) -> int:
        """How many months."""
        return self.last - self.first + 1

    @property
    def first_day(self) -> int:
        """Its first day, as days since 1970-01-01."""
        return day_number(first_of_month(self.first))

    @property
    def last_day(self) -> int:
        """Its last day, as days since 1970-01-01."""
        return day_number(first_of_month(self.last + 1)) - 1


def windows_of(as_of: date, choices: AccountChoices) -> tuple[IncomeWindow, ...]:
    """The windows of a day: that of identification, the one before it, and the last closed year.

    The window of identification ends with the last day of the month before the day, whatever the
    day of the month (policy notes, section 3). The year of collection begins with
    ``collection_first_month``; on its very last day it is still open unless
    ``collection_closes_on_its_last_day`` (section 19).

    Examples
    --------
    >>> choices = AccountChoices(window_months=12, collection_first_month=10)
    >>> for window in windows_of(date(2023, 9, 30), choices):
    ...     print(window.name, first_of_month(window.first), first_of_month(window.last))
    12m 2022-09-01 2023-08-01
    before 2021-09-01 2022-08-01
    annual 2021-10-01 2022-09-01
    """
    this_month = month_number(as_of)
    last = this_month - 1
    first = last - choices.window_months + 1
    is_last_day = month_number(as_of) != month_number(day_after(as_of))
    closes = is_last_day and choices.collection_closes_on_its_last_day
    over = this_month if closes else last
    year_end = over - (over + 1 + 1 - choices.collection_first_month) % MONTHS_PER_YEAR
    return (
        IncomeWindow(name=IDENTIFICATION, first=first, last=last, clock="rolling"),
        IncomeWindow(
            name=BEFORE, first=first - choices.window_months, last=first - 1, clock="rolling"
        ),
        IncomeWindow(
            name=ANNUAL,
            first=year_end - MONTHS_PER_YEAR + 1,
            last=year_end,
            clock="collection_year",
        ),
    )


def month_number(day: date) -> int:
    """Month of a day as one integer; the next month is one more.

    Examples
    --------
    >>> month_number(date(2023, 1, 31)) - month_number(date(2022, 12, 1))
    1
    """
    return day.year * MONTHS_PER_YEAR + day.month - 1


def first_of_month(number: int) -> date:
    """First day of a month.

    Examples
    --------
    >>> first_of_month(month_number(date(2022, 12, 31)))
    datetime.date(2022, 12, 1)
    """
    return date(number // MONTHS_PER_YEAR, number % MONTHS_PER_YEAR + 1, 1)


def day_after(day: date) -> date:
    """The next day."""
    return date.fromordinal(day.toordinal() + 1)


def month_number_of(column: str) -> nw.Expr:
    """Month of a column of dates; null stays null.

    Examples
    --------
    >>> frame = nw.from_native(pl.DataFrame({"d": [date(2022, 12, 5), None]}), eager_only=True)
    >>> december = month_number(date(2022, 12, 1))
    >>> frame.select(n=month_number_of("d"))["n"].to_list() == [december, None]
    True
    """
    dates = nw.col(column).dt
    return dates.year().cast(nw.Int64) * MONTHS_PER_YEAR + dates.month().cast(nw.Int64) - 1


def with_slots(rows: Frame, windows: Sequence[IncomeWindow]) -> Frame:
    """Rows with a ``month``, once for each window that the month lies in, under their ``slot``."""
    pairs = [
        (number, month)
        for number, window in enumerate(windows)
        for month in range(window.first, window.last + 1)
    ]
    months = pl.DataFrame(pairs, schema={"slot": pl.Int64, "month": pl.Int64}, orient="row")
    inside = rows.join(nw.from_native(months, eager_only=True), on="month", how="inner")
    return inside.with_columns(slot=slot_of(nw.col("slot"), windows))


def slot_of(number: int | nw.Expr, windows: Sequence[IncomeWindow]) -> nw.Expr:
    """A household in a window as one integer: all windows are summed up in one pass.

    Examples
    --------
    >>> windows = windows_of(
    ...     date(2023, 9, 30), AccountChoices(window_months=12, collection_first_month=10)
    ... )
    >>> frame = nw.from_native(pl.DataFrame({"home": [0, 7]}), eager_only=True)
    >>> frame.select(slot=slot_of(1, windows))["slot"].to_list()
    [1, 22]
    """
    return nw.col("home").cast(nw.Int64) * len(windows) + number


def slot_month() -> nw.Expr:
    """A household's slot and a month in one integer."""
    return nw.col("slot") * DAY_SCALE + nw.col("month")


def is_placed(day: str, calendar: Frame) -> nw.Expr:
    """Whether a day, since 1970-01-01, lies in a month of a calendar, one of `calendar_of`."""
    return nw.col(day).is_between(calendar["day"].min(), calendar["day"].max())


def with_month(rows: Frame, day: str, calendar: Frame) -> Frame:
    """Add the ``month`` of days that all lie in a calendar: looked up, not joined."""
    months = calendar["month"][rows[day].cast(nw.Int64) - calendar["day"].min()]
    return rows.with_columns(months.alias("month"))


def calendar_of(first: int, last: int) -> Frame:
    """Every day of some months: ``day`` (days since 1970-01-01) and ``month``, both ``Int64``."""
    days: list[int] = []
    months: list[int] = []
    for number in range(first, last + 1):
        begins = first_of_month(number)
        of_month = range(day_number(begins), day_number(add_months(begins, 1)))
        days += of_month
        months += [number] * len(of_month)
    frame = pl.DataFrame(
        {"day": days, "month": months}, schema={"day": pl.Int64, "month": pl.Int64}
    )
    return nw.from_native(frame, eager_only=True)
