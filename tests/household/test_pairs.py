"""Two visits of one household a fixed time apart."""

from __future__ import annotations

from datetime import date

import narwhals as nw
import polars as pl
import pytest

from fanpin_risk.dates import add_months, day_number, day_of, quarter_end
from fanpin_risk.household.pairs import later_days, status_pairs


def account(*rows):
    """Account rows out of ``household day below`` triples."""
    frame = pl.DataFrame(
        {
            "household_id": [row[0] for row in rows],
            "place": [row[3] if len(row) > 3 else "P1" for row in rows],
            "region": ["R1" for _ in rows],
            "occurred_day": [day_number(date.fromisoformat(row[1])) for row in rows],
            "is_below_line": [row[2] for row in rows],
        },
        schema={
            "household_id": pl.String(),
            "place": pl.String(),
            "region": pl.String(),
            "occurred_day": pl.Int32(),
            "is_below_line": pl.Boolean(),
        },
    )
    return nw.from_native(frame, eager_only=True)


def pairs(*rows, months=12):
    """Pairs as ``(household, day, later day, fell)``, sorted."""
    found = status_pairs(account(*rows), months=months)
    columns = ("household_id", "occurred_day", "later_day", "fell")
    return sorted(
        (h, str(day_of(d)), str(day_of(later)), fell)
        for h, d, later, fell in found.select(*columns).iter_rows()
    )


def test_a_household_fell_or_did_not():
    """Not below on the first visit, and an answer a year later."""
    assert pairs(
        ("h1", "2010-03-31", False),
        ("h1", "2011-03-31", True),
        ("h2", "2010-03-31", False),
        ("h2", "2011-03-31", False),
    ) == [("h1", "2010-03-31", "2011-03-31", 1), ("h2", "2010-03-31", "2011-03-31", 0)]


@pytest.mark.parametrize(
    ("first", "later"),
    [
        pytest.param(True, True, id="below already: nothing to fall from"),
        pytest.param(None, True, id="not known on the first visit"),
        pytest.param(False, None, id="not known on the later visit"),
    ],
)
def test_without_two_answers_there_is_no_pair(first, later):
    """Who was below, or whose status was not known, is no pair; not known is never not fallen."""
    assert pairs(("h1", "2010-03-31", first), ("h1", "2011-03-31", later)) == []


@pytest.mark.parametrize("day", ["2010-12-31", "2011-06-30", "2011-03-30"])
def test_a_neighbouring_day_is_no_partner(day):
    """Only exactly the later day counts, no quarter before or after it."""
    assert pairs(("h1", "2010-03-31", False), ("h1", day, True)) == []


def test_a_household_is_paired_with_itself_only():
    """Another household's later visit says nothing about this one."""
    assert pairs(("h1", "2010-03-31", False), ("h2", "2011-03-31", True)) == []


def test_the_place_is_that_of_the_first_visit():
    """Where the household lived when the risk began."""
    found = status_pairs(
        account(("h1", "2010-03-31", False, "P1"), ("h1", "2011-03-31", True, "P2")), months=12
    )
    assert found["place"].to_list() == ["P1"]
    assert found["fell"].to_list() == [1]
    assert found.schema["fell"] == nw.Int64


def test_four_visits_make_two_pairs():
    """A 2-2-2 rotation: visits one and two each have a partner a year later."""
    days = ["2010-03-31", "2010-06-30", "2011-03-31", "2011-06-30"]
    assert [p[1:3] for p in pairs(*[("h1", day, False) for day in days])] == [
        ("2010-03-31", "2011-03-31"),
        ("2010-06-30", "2011-06-30"),
    ]


def test_another_horizon_looks_at_another_quarter():
    """Three months later is the next quarter's last day, though months differ in length."""
    rows = [("h1", "2010-03-31", False), ("h1", "2010-06-30", True)]
    assert pairs(*rows, months=3) == [("h1", "2010-03-31", "2010-06-30", 1)]
    assert pairs(*rows, months=12) == []


def test_without_visits_there_are_no_pairs():
    """An empty account is no mistake."""
    assert pairs() == []


@pytest.mark.parametrize("quarters", [-5, -1, 0, 1, 2, 4, 7])
def test_from_quarter_end_to_quarter_end(quarters):
    """Adding three months a quarter leads from any quarter's last day to another's."""
    ends = [quarter_end(year, quarter) for year in range(2003, 2017) for quarter in (1, 2, 3, 4)]
    for index in range(10, 40):
        assert add_months(ends[index], 3 * quarters) == ends[index + quarters]


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2012-02-29", 12, "2013-02-28"),
        ("2011-02-28", 12, "2012-02-29"),
        ("2012-02-28", 12, "2013-02-28"),
        ("2012-01-31", 1, "2012-02-29"),
        ("2012-01-30", 1, "2012-02-29"),
        ("2012-12-15", 1, "2013-01-15"),
        ("2012-01-15", -1, "2011-12-15"),
        ("2012-03-31", -12, "2011-03-31"),
    ],
)
def test_a_months_last_day_stays_the_last(day, months, expected):
    """Leap years, turns of the year, and months that are too short."""
    assert add_months(date.fromisoformat(day), months) == date.fromisoformat(expected)


def test_later_days_by_day():
    """Day numbers in, day numbers out."""
    start = day_number(date(2012, 3, 31))
    assert later_days([start], months=12) == {start: day_number(date(2013, 3, 31))}
