"""From records to what the alarm counts: under the household and place of the day, once."""

from __future__ import annotations

import runpy
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanpin_risk.areas.counts import EVENT_COLUMNS, EXPOSURE_COLUMNS, month_number
from fanpin_risk.areas.happenings import (
    SHOCK_CAUSES,
    alarm_input,
    events_of,
    exposure_of,
    new_events,
)
from fanpin_risk.errors import SchemaError
from fanpin_risk.household.placement import facts_of
from fanpin_risk.records.contracts import codes
from fanpin_risk.records.timeline import known_as_of

REFERENCE = Path(__file__).parents[1] / "reference"
MADE = SimpleNamespace(**runpy.run_path(str(REFERENCE / "small_county_records.py")))
SIGNS = ("need", "shock", "clue")


def row(table, number, day, **values):
    """One row of a table on a day of 2023."""
    return MADE.row(table, number, occurred_on=date(2023, *day), **values)


def home(household, day=(1, 1), *, place="A", town="T", number=None):
    """A snapshot of a household."""
    where = {"place": place, "region": town, "context_place": "C", "members": 2}
    return row(
        "household_snapshot", number or f"{household}-{day}", day, household_id=household, **where
    )


def member(person, household, day=(1, 1), state="present"):
    """A snapshot of a member."""
    return row(
        "member_snapshot",
        f"{person}-{day}",
        day,
        person_id=person,
        household_id=household,
        relation="head",
        membership=state,
    )


def facts(as_of=date(2023, 12, 15), **tables):
    """Facts out of rows by table."""
    return facts_of(known_as_of(MADE.records(tables), as_of))


def told(found):
    """Month of the year, cause, product, household and sign of events."""
    return [
        (month - 635, cause, product, household, sign)
        for _, month, cause, product, household, sign in found.rows()
    ]


def test_every_sign_is_told_with_its_cause():
    """A shock by its kind, a need by what was found, a clue by what it points to."""
    found = events_of(
        facts(
            household_snapshot=[home("h1")],
            shock=[
                row("shock", 1, (3, 5), household_id="h1", shock_kind="failed_crop", product="corn")
            ],
            visit=[
                row("visit", 1, (4, 5), household_id="h1", result="in_need", cause="illness"),
                row("visit", 2, (5, 5), household_id="h1", result="no_need"),
            ],
            verification=[
                row("verification", 1, (6, 5), household_id="h1", result="confirmed"),
                row("verification", 2, (7, 5), household_id="h1", result="not_confirmed"),
            ],
            clue=[row("clue", 1, (8, 5), household_id="h1", channel="cadre", cause="unsafe_water")],
        ),
        SIGNS,
    )
    assert told(found) == [
        (3, "failed_business", "corn", "h1", "shock"),
        (4, "illness", None, "h1", "need"),
        (6, None, None, "h1", "need"),
        (8, "unsafe_water", None, "h1", "clue"),
    ]
    assert found.columns == [*EVENT_COLUMNS, "sign"]


def test_a_persons_shock_is_that_of_the_persons_household():
    """The work office knows persons alone; a person of no household has no place."""
    found = events_of(
        facts(
            household_snapshot=[home("h1"), home("h2", place="B")],
            member_snapshot=[
                member("p1", "h1"), member("p1", "h1", (5, 1), "left"), member("p1", "h2", (5, 2)),
            ],
            shock=[
                row("shock", 1, (3, 5), person_id="p1", shock_kind="job_loss"),
                row("shock", 2, (3, 6), person_id="nobody", shock_kind="job_loss"),
            ],
        ),
        ["shock"],
    )  # fmt: skip
    assert found.select("place", "cause", "household_id").rows() == [("B", "unstable_work", "h2")]


def test_the_newest_place_counts_and_the_current_number():
    """A household that moved and was renumbered has all its events where it is."""
    found, exposure = alarm_input(
        facts(
            household_snapshot=[home("h1"), home("h1-n", (6, 1), place="B", town="T2")],
            household_change=[
                row(
                    "household_change",
                    1,
                    (5, 20),
                    household_id="h1",
                    other_household_id="h1-n",
                    change="renumbered",
                )
            ],
            shock=[row("shock", 1, (3, 5), household_id="h1", shock_kind="accident")],
        )
    )
    assert found.select("place", "household_id").rows() == [("B", "h1-n")]
    assert exposure["place"].unique().to_list() == ["B"]
    assert exposure["township"].unique().to_list() == ["T2"]


def test_every_kind_of_shock_has_a_cause():
    """And every cause is one of the register's codes."""
    assert set(SHOCK_CAUSES) == set(codes.SHOCK_KINDS.words)
    assert {cause.name.lower() for cause in SHOCK_CAUSES.values()} <= set(codes.CAUSES.words)


@pytest.mark.parametrize("signs", [["need", "wish"], []])
def test_unknown_signs_are_refused(signs):
    """The signs there are stand in the message."""
    with pytest.raises(SchemaError, match=r"Choose among \['need', 'shock', 'clue'\]"):
        events_of(facts(household_snapshot=[home("h1")]), signs)


@given(
    st.lists(
        st.tuples(st.sampled_from(["h1", "h2"]), st.sampled_from(["x", None]), st.integers(0, 20)),
        max_size=25,
    ),
    st.integers(0, 7),
)
def test_new_events_are_those_of_a_slow_look_back(rows, apart):
    """An event is new unless another of household and cause lies within the months before."""
    frame = pl.DataFrame(
        [("A", month, cause, None, household) for household, cause, month in rows],
        schema=EVENT_COLUMNS,
        orient="row",
    )
    slow = [
        (household, cause, month)
        for household, cause, month in rows
        if not any((h, c) == (household, cause) and 0 < month - m <= apart for h, c, m in rows)
    ]
    found = new_events(frame, apart).select("household_id", "cause", "month").rows()
    assert found == slow


def test_households_are_counted_from_their_first_month_to_their_last():
    """Born in March, dissolved in June: March, April and May."""
    found = exposure_of(
        facts(
            as_of=date(2023, 9, 10),
            household_snapshot=[home("h1"), home("h2", (3, 8)), home("h3", place="B", town="T2")],
            household_change=[
                row("household_change", 1, (6, 9), household_id="h2", change="dissolved")
            ],
        )
    )
    assert dict(found.schema) == EXPOSURE_COLUMNS
    in_a = found.filter(pl.col("place") == "A")
    assert in_a["month"].to_list() == list(range(636, 644)), "to August, the last whole month"
    assert in_a["households"].to_list() == [1, 1, 2, 2, 2, 1, 1, 1]
    assert found.filter(pl.col("place") == "B")["households"].to_list() == [1] * 8


def test_what_is_entered_ahead_has_not_happened():
    """A shock dated after the day, or recorded after it, is not there."""
    shocks = [
        row("shock", 1, (3, 5), household_id="h1", shock_kind="accident"),
        row("shock", 2, (11, 5), household_id="h1", shock_kind="fire"),
        row("shock", 3, (4, 5), household_id="h1", shock_kind="death")
        | {"recorded_on": date(2023, 11, 1)},
    ]
    found = events_of(
        facts(as_of=date(2023, 9, 10), household_snapshot=[home("h1")], shock=shocks), ["shock"]
    )
    assert told(found) == [(3, "accident", None, "h1", "shock")]


def test_before_a_whole_month_there_is_nothing_to_count():
    """The first snapshot's month must be over."""
    with pytest.raises(SchemaError, match="No whole month has passed"):
        exposure_of(facts(as_of=date(2023, 1, 31), household_snapshot=[home("h1")]))


@pytest.mark.parametrize("seed", range(4))
def test_rough_records_give_what_a_slow_count_gives(seed):
    """Whatever happens to households and persons, exposure and events fit together."""
    tables, as_of = MADE.random_county(seed)
    found, exposure = alarm_input(facts_of(known_as_of(MADE.records(tables), as_of)), apart=0)
    assert exposure["households"].min() >= 0
    last = month_number(as_of.replace(day=1)) - 1
    assert exposure["month"].max() == last
    places = set(exposure["place"])
    assert set(found["place"]) <= places
    assert exposure.height == len(places) * exposure["month"].n_unique()
    at_end = exposure.filter(pl.col("month") == last)["households"].sum()
    assert at_end <= len({r["household_id"] for r in tables["household_snapshot"]})
