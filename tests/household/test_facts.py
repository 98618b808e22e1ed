"""Themes beside each other: rows by their key, and refused where they give what they may not."""

from __future__ import annotations

import runpy
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import narwhals as nw
import polars as pl
import pytest

from fanpin_risk.errors import SchemaError
from fanpin_risk.household.choices import AccountChoices
from fanpin_risk.household.facts import CODE, COUNT, FactTheme, day_facts
from fanpin_risk.household.placement import facts_of
from fanpin_risk.household.view import county_view
from fanpin_risk.records.timeline import known_as_of

REFERENCE = Path(__file__).parents[1] / "reference"
MADE = SimpleNamespace(**runpy.run_path(str(REFERENCE / "small_county_records.py")))
LONG_AGO = date(2020, 1, 1)
CHOICES = AccountChoices(window_months=12, collection_first_month=10)


def told(*themes):
    """Facts of households a, b (merged into c since) and c, with a member each."""
    homes = [{"household_id": h, "occurred_on": LONG_AGO} for h in "abc"]
    people = [
        {"person_id": f"p{h}", "household_id": h, "relation": "head", "occurred_on": LONG_AGO}
        for h in "abc"
    ]
    merge = {
        "household_id": "b",
        "other_household_id": "c",
        "change": "merge",
        "occurred_on": date(2021, 1, 1),
    }
    place = {"place": "P", "region": "R", "context_place": "C", "members": 1}
    given = {
        "household_snapshot": [{**place, **row} for row in homes],
        "member_snapshot": people,
        "household_change": [merge],
    }
    rows = {
        name: [MADE.row(name, n, **values) for n, values in enumerate(found)]
        for name, found in given.items()
    }
    known = known_as_of(MADE.records(rows), date(2025, 8, 31))
    lines = nw.from_native(MADE.lines(), eager_only=True)
    return day_facts(county_view(facts_of(known), lines), CHOICES, themes)


def theme(name="first", level="household", rows=None, **columns):
    """A theme that gives these rows, or nothing."""
    built = None if rows is None else nw.from_native(pl.DataFrame(rows), eager_only=True)
    return FactTheme(
        name=name, level=level, columns=columns or {"x": COUNT}, build=lambda *_: built
    )


def test_rows_stand_under_their_key_whatever_their_order():
    """Homes in any order, one of them ended, one without a row, and one that nobody knows."""
    facts = told(
        theme(rows={"home": [7, 2, 1], "x": [70, 20, 10]}),
        theme("second", rows={"home": [2, 0, 1], "y": ["c", "a", "b"]}, y=CODE),
        theme("third", rows={"home": [0, 1, 2], "z": [1, 2, 3]}, z=COUNT),
        theme("fourth", w=COUNT),
        theme("fifth", "person", {"person": [2, 1], "v": [3, 2]}, v=COUNT),
    )
    homes = facts.homes.select("household_id", "x", "y", "z", "w")
    assert homes.rows() == [("a", None, "a", 1, None), ("c", 20, "c", 3, None)]
    persons = facts.persons.select("person_id", "home", "v")
    assert persons.rows() == [("pa", 0, None), ("pb", 2, 2), ("pc", 2, 3)]
    assert facts.homes.schema["w"] == COUNT


@pytest.mark.parametrize(
    ("themes", "words"),
    [
        ([theme(rows={"home": [0], "y": [1]})], r"'first'.*gives \['home', 'y'\]"),
        ([theme(rows={"home": [0, 0], "x": [1, 1]})], r"'first'.*gives a home twice"),
        ([theme(rows={"home": [0], "x": [1]}), theme("second")], r"'second'.*columns \['x'\]"),
        ([theme("second"), theme("third")], r"'third'.*columns \['x'\]"),
        ([theme(place=CODE)], r"'first'.*columns \['place'\]"),
        ([theme("of persons", "person", home=COUNT)], r"'of persons'.*columns \['home'\]"),
    ],
)
def test_themes_that_give_what_they_may_not_are_refused(themes, words):
    """Other columns than said, a key twice, and a column that is there already."""
    with pytest.raises(SchemaError, match=words):
        told(*themes)


def test_households_and_persons_may_have_columns_of_one_name():
    """They are rows of two tables."""
    facts = told(theme(rows={"home": [0], "x": [1]}), theme("second", "person"))
    assert "x" in facts.homes.columns
    assert "x" in facts.persons.columns
