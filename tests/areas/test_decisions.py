"""Decisions of a period, by village: with what a notice may show, and no more."""

from __future__ import annotations

import runpy
from datetime import date
from pathlib import Path
from types import SimpleNamespace

from fanpin_risk.areas.decisions import DECISION_COLUMNS, decisions_between, villages_of
from fanpin_risk.household.placement import facts_of
from fanpin_risk.records.timeline import known_as_of
from fanpin_risk.report.notice import ALLOWED, DECISIONS

REFERENCE = Path(__file__).parents[1] / "reference"
MADE = SimpleNamespace(**runpy.run_path(str(REFERENCE / "small_county_records.py")))
AS_OF = date(2023, 9, 10)


def row(table, number, day, **values):
    """One row of a table on a day of 2023."""
    return MADE.row(table, number, occurred_on=date(2023, *day), **values)


def home(household, day, place="A", members=2):
    """A snapshot."""
    where = {"place": place, "region": "T", "context_place": "C", "members": members}
    return row("household_snapshot", f"{household}-{day}", day, household_id=household, **where)


TABLES = {
    "household_snapshot": [
        home("h1", (1, 1)),
        home("h1", (5, 1), "B", 3),
        home("h2", (1, 1)),
        home("h3", (1, 1), None),
        home("h4", (1, 1)),
    ],
    "household_change": [
        row(
            "household_change", 1, (2, 1), household_id="h4", other_household_id="h5",
            change="renumbered",
        ),
    ],
    "listing": [
        row(
            "listing", 1, (4, 10), household_id="h1", decision="listed", monitored_type="sudden",
            cause_1="illness", noticed_from=date(2023, 4, 1), noticed_to=date(2023, 4, 6),
        ),
        row("listing", 2, (4, 30), household_id="h2", decision="refused", monitored_type="sudden"),
        row("listing", 3, (4, 20), household_id="h3", decision="listed"),
        row("listing", 4, (5, 1), household_id="h2", decision="listed"),
        row("listing", 5, (10, 1), household_id="h2", decision="listed"),
        row("listing", 6, (4, 15), household_id="h2", decision="listed")
        | {"recorded_on": date(2023, 10, 1)},
    ],
    "exit": [
        row("exit", 1, (4, 1), household_id="h4", way="by_help"),
        row("exit", 2, (3, 31), household_id="h2", way="by_help"),
    ],
}  # fmt: skip


def facts():
    """Facts of the day."""
    return facts_of(known_as_of(MADE.records(TABLES), AS_OF))


def test_decisions_of_the_period_stand_under_number_and_place_of_today():
    """First and last day count; a refusal has no type; what comes later is not there."""
    found = decisions_between(facts(), date(2023, 4, 1), date(2023, 4, 30))
    assert dict(found.schema) == DECISION_COLUMNS
    assert found.rows() == [
        ("A", "h2", 2, None, "refused", None, None),
        ("A", "h5", 2, None, "eliminated", None, None),
        ("B", "h1", 3, "sudden", "listed", date(2023, 4, 1), date(2023, 4, 6)),
    ]


def test_no_column_is_there_that_a_notice_may_not_show():
    """And every decision has its words."""
    assert tuple(DECISION_COLUMNS) == tuple(ALLOWED)
    found = decisions_between(facts(), date(2023, 1, 1), AS_OF)
    assert set(found["decision"]) <= set(DECISIONS)


def test_villages_are_those_of_the_newest_places():
    """Sorted, each once."""
    assert villages_of(facts()) == ["A", "B"]
