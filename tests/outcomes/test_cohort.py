"""Whose risk is asked on a day."""

from __future__ import annotations

from datetime import date

import narwhals as nw
import polars as pl
import pytest

from fanpin_risk.dates import day_number
from fanpin_risk.errors import ConfigError
from fanpin_risk.outcomes.cohort import CohortSettings, at_risk, cohort, is_due, visited
from fanpin_risk.settings import settings_from

AS_OF = date(2010, 6, 30)
YEAR = CohortSettings(horizon_months=12)
ROTATION = CohortSettings(horizon_months=12, due_within_months=3)


def account(*rows):
    """Account rows out of ``household day below`` triples."""
    frame = pl.DataFrame(
        {
            "household_id": [row[0] for row in rows],
            "place": ["P1" for _ in rows],
            "region": ["R1" for _ in rows],
            "occurred_day": [day_number(date.fromisoformat(row[1])) for row in rows],
            "members": [2 for _ in rows],
            "income_to_line_e4": [
                None if r[2] is None else 9_000 if r[2] else 11_000 for r in rows
            ],
            "is_below_line": [row[2] for row in rows],
        },
        schema={
            "household_id": pl.String(),
            "place": pl.String(),
            "region": pl.String(),
            "occurred_day": pl.Int32(),
            "members": pl.Int64(),
            "income_to_line_e4": pl.Int64(),
            "is_below_line": pl.Boolean(),
        },
    )
    return nw.from_native(frame, eager_only=True)


ACCOUNT = account(
    ("above", "2010-06-30", False),
    ("below", "2010-06-30", True),
    ("unknown", "2010-06-30", None),
    ("seen before", "2010-03-31", False),
    ("third visit", "2009-06-30", False),
    ("third visit", "2010-06-30", False),
    ("second visit", "2010-03-31", True),
    ("second visit", "2010-06-30", False),
    ("day after", "2010-07-01", False),
)


def names(frame):
    """Households of a frame, sorted."""
    return sorted(frame["household_id"].to_list())


def test_visited_are_those_seen_on_the_very_day():
    """Not a day earlier or later; whatever was found."""
    found = visited(ACCOUNT, AS_OF)
    assert names(found) == ["above", "below", "second visit", "third visit", "unknown"]
    assert found.columns == [
        "household_id",
        "place",
        "region",
        "members",
        "income_to_line_e4",
        "is_below_line",
        "first_day",
    ]


def test_the_first_day_is_that_of_the_first_known_visit():
    """Of any visit, not of the one on the day."""
    found = visited(ACCOUNT, AS_OF)
    first = dict(found.select("household_id", "first_day").iter_rows())
    assert first["third visit"] == day_number(date(2009, 6, 30))
    assert first["above"] == day_number(AS_OF)


def test_at_risk_are_those_not_known_to_be_in_need():
    """An income that is not known does not make a household safe or needy."""
    assert names(at_risk(ACCOUNT, AS_OF)) == ["above", "second visit", "third visit", "unknown"]


def test_the_cohort_is_known_not_to_be_in_need():
    """Neither below the line nor unknown."""
    assert names(cohort(ACCOUNT, AS_OF, YEAR)) == ["above", "second visit", "third visit"]


def test_who_was_first_seen_too_long_ago_is_not_due():
    """In the 2-2-2 rotation a third visit can never have a partner: outside, not censored."""
    assert names(cohort(ACCOUNT, AS_OF, ROTATION)) == ["above", "second visit"]


def test_due_ends_closed_at_the_first_day():
    """First seen exactly three months before is due, a day earlier is not; 0 means on the day."""
    rows = account(
        ("on it", "2010-03-31", False),
        ("on it", "2010-06-30", False),
        ("before", "2010-03-30", False),
        ("before", "2010-06-30", False),
        ("today", "2010-06-30", False),
    )
    assert names(cohort(rows, AS_OF, ROTATION)) == ["on it", "today"]
    at_once = CohortSettings(horizon_months=12, due_within_months=0)
    assert names(cohort(rows, AS_OF, at_once)) == ["today"]


def test_nobody_is_due_for_a_day_without_survey():
    """Nobody was visited on the later day, so that nobody can have an outcome."""
    closed = CohortSettings(horizon_months=12, days_without_survey=(date(2011, 6, 30),))
    assert len(cohort(ACCOUNT, AS_OF, closed)) == 0
    other = CohortSettings(horizon_months=12, days_without_survey=(date(2011, 3, 31), AS_OF))
    assert names(cohort(ACCOUNT, AS_OF, other)) == names(cohort(ACCOUNT, AS_OF, YEAR))
    both = CohortSettings(
        horizon_months=12, due_within_months=3, days_without_survey=(date(2011, 6, 30),)
    )
    assert len(cohort(ACCOUNT, AS_OF, both)) == 0


def test_who_is_due_does_not_depend_on_what_came_later():
    """The whole account and the account cut at the day give the same cohort."""
    cut = ACCOUNT.filter(nw.col("occurred_day") <= day_number(AS_OF))
    for settings in (YEAR, ROTATION):
        assert names(cohort(ACCOUNT, AS_OF, settings)) == names(cohort(cut, AS_OF, settings))


def test_a_day_on_which_nobody_was_visited_has_an_empty_cohort():
    """Empty, with the same columns, and no mistake."""
    found = cohort(ACCOUNT, date(2010, 9, 30), ROTATION)
    assert len(found) == 0
    assert found.columns == visited(ACCOUNT, AS_OF).columns


def test_due_is_said_of_every_row():
    """An expression of true and false without gaps."""
    found = visited(ACCOUNT, AS_OF).select(due=is_due(AS_OF, ROTATION))
    assert set(found["due"].to_list()) == {True, False}


@pytest.mark.parametrize(
    ("as_of", "horizon_months", "expected"),
    [("2010-06-30", 12, "2011-06-30"), ("2010-06-30", 3, "2010-09-30"), ("2009-12-31", 6, None)],
)
def test_the_later_day_is_a_quarters_last_day(as_of, horizon_months, expected):
    """From a quarter's end to a quarter's end."""
    later = CohortSettings(horizon_months=horizon_months).later_day(date.fromisoformat(as_of))
    assert later == date.fromisoformat(expected or "2010-06-30")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"horizon_months": 0}, "horizon_months: Input should be greater than or equal to 1"),
        ({"horizon_months": 61}, "horizon_months: Input should be less than or equal to 60"),
        ({}, "horizon_months is missing. Add it"),
        ({"horizon_months": 12, "due_within_months": -1}, "due_within_months: .* equal to 0"),
        ({"horizon_month": 12}, "Did you mean 'horizon_months'"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(content, words):
    """The setting, what it got, and the mend."""
    with pytest.raises(ConfigError, match=words):
        settings_from(content, CohortSettings, where="cohort.yaml")
