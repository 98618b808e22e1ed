"""Working days and months: against stepping from day to day, and at their edges."""

from __future__ import annotations

from datetime import date, timedelta

import narwhals as nw
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanpin_risk.dates import day_number, day_of
from fanpin_risk.ledger.clocks import (
    completed_months,
    months_after,
    with_completed_months,
    with_months_after,
    working_day_after,
)

FIRST = day_number(date(2024, 2, 1))


def is_working_day(day):
    """Monday to Friday, by the calendar."""
    return day_of(day).weekday() < 5


def stepped(day, n):
    """Step from day to day until so many working days have passed."""
    while n > 0:
        day += 1
        n -= is_working_day(day)
    return day


def test_working_days_are_those_of_stepping():
    """Every day of three weeks, every length up to six weeks, 0 included."""
    pairs = [(FIRST + start, n) for start in range(21) for n in range(31)]
    frame = nw.from_native(pl.DataFrame(pairs, schema=["day", "n"], orient="row"), eager_only=True)
    found = frame.select(x=working_day_after(nw.col("day"), nw.col("n")))["x"].to_list()
    assert found == [stepped(*pair) for pair in pairs]


def test_what_is_not_known_has_no_working_day():
    """Null day, null length, null of both."""
    frame = nw.from_native(
        pl.DataFrame(
            {"day": [None, 1, None], "n": [1, None, None]}, schema_overrides={"n": pl.Int64}
        ),
        eager_only=True,
    )
    found = frame.select(x=working_day_after(nw.col("day"), nw.col("n")))["x"].to_list()
    assert found == [None] * 3


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        ("2024-06-30", 1, "2024-07-30"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2023-01-31", 1, "2023-02-28"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-12-15", 1, "2025-01-15"),
        ("2024-12-31", 6, "2025-06-30"),
        ("2024-05-05", 0, "2024-05-05"),
    ],
)
def test_a_period_of_months_ends_on_the_day_of_that_number(day, months, later):
    """Or on the last day of a month that is too short."""
    assert months_after(date.fromisoformat(day), months) == date.fromisoformat(later)


@given(
    start=st.dates(date(2018, 1, 1), date(2030, 12, 31)),
    days=st.integers(0, 1500),
    months=st.integers(0, 40),
)
def test_months_are_over_when_their_last_day_has_come(start, days, months):
    """Completed months and the end of a period of months say the same."""
    end = start + timedelta(days=days)
    assert (completed_months(start, end) >= months) == (months_after(start, months) <= end)


def test_months_in_frames_are_those_of_single_days():
    """Rows keep their order and number; what is not known has none."""
    days = [day_number(date(2024, 1, 31)), None, day_number(date(2024, 1, 31)), 5]
    rows = nw.from_native(
        pl.DataFrame(
            {"k": [0, 1, 2, 3], "day": days, "n": [1, 1, 6, None]},
            schema_overrides={"day": pl.Int32, "n": pl.Int64},
        ),
        eager_only=True,
    )
    later = with_months_after(rows, "later", day="day", months="n")
    assert later["k"].to_list() == [0, 1, 2, 3]
    expected = [day_number(date(2024, 2, 29)), None, day_number(date(2024, 7, 31)), None]
    assert later["later"].to_list() == expected
    over = with_completed_months(later, "over", start="day", end="later")
    assert over["over"].to_list() == [1, None, 6, None]
