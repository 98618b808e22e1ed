"""Days are numbers, a month's last day stays last, and a day is written in one way."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanpin_risk.dates import add_months, day_number, day_of, parse_day, quarter_end

DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2200, 12, 31))


def is_last(day):
    """Whether a day is the last of its month."""
    return (day + timedelta(days=1)).day == 1


@given(day=DAYS)
def test_a_day_is_its_number_and_back(day):
    """Numbers count from 1970-01-01 and go up by one a day."""
    assert day_of(day_number(day)) == day
    assert day_number(day + timedelta(days=1)) == day_number(day) + 1
    assert day_number(date(1970, 1, 1)) == 0


@given(year=st.integers(1950, 2100), quarter=st.integers(1, 4))
def test_a_quarter_ends_on_the_day_before_the_next_one(year, quarter):
    """The day after a quarter's end is the first of January, April, July or October."""
    after = quarter_end(year, quarter) + timedelta(days=1)
    assert after == date(year + quarter // 4, 3 * (quarter % 4) + 1, 1)


@pytest.mark.parametrize("quarter", [0, 5, -1, 1.5])
def test_there_are_four_quarters(quarter):
    """A quarter of another number is refused with what it got."""
    with pytest.raises(ValueError, match=rf"quarter must be 1, 2, 3 or 4\. Got {quarter!r}\."):
        quarter_end(2012, quarter)


@given(day=DAYS, months=st.integers(-240, 240))
def test_months_later_is_the_same_day_or_the_last_one(day, months):
    """The month is the one asked for; a last day stays last, others keep their number if it is."""
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    length = calendar.monthrange(later.year, later.month)[1]
    assert later.day == (length if is_last(day) else min(day.day, length))


@given(day=st.builds(quarter_end, st.integers(1950, 2100), st.integers(1, 4)), n=st.integers(-9, 9))
def test_quarter_ends_stay_quarter_ends(day, n):
    """Three months from a quarter's end is the next quarter's end, and back again."""
    later = add_months(day, 3 * n)
    assert later == quarter_end(later.year, later.month // 3)
    assert add_months(later, -3 * n) == day


@given(day=DAYS)
def test_a_day_written_out_is_read_as_itself(day):
    """Also with space around it."""
    assert parse_day(day.isoformat()) == parse_day(f" {day.isoformat()}\n") == day


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "2012-3-31",
            "20120331",
            "2012-W13-6",
            "2012-02-30",
            "31.03.2012",
            "2012-03-31T00:00",
        ),
        *("today", "2012-03-31 10:00", "12-03-31", "２０１２-03-31"),
    ],
)
def test_another_way_to_write_a_day_is_refused(text):
    """The message shows the text and the one way."""
    with pytest.raises(
        ValueError, match=r"is no day\. Write it as YYYY-MM-DD, for inst.*2012-03-31"
    ):
        parse_day(text)
