"""Every fact of the guarantees equals a slow second implementation without frames."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import narwhals as nw
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from fanpin_risk.household.choices import AccountChoices
from fanpin_risk.household.facts import day_facts
from fanpin_risk.household.guarantees import HOME_GUARANTEES, PERSON_GUARANTEES
from fanpin_risk.household.members import AGES
from fanpin_risk.household.placement import facts_of
from fanpin_risk.household.view import county_view
from fanpin_risk.records.timeline import known_as_of

FOLDER = Path(__file__).parents[1] / "reference"
MADE = SimpleNamespace(**runpy.run_path(str(FOLDER / "small_county_records.py")))
REFERENCE = SimpleNamespace(**runpy.run_path(str(FOLDER / "guarantees_reference.py")))
THEMES = (AGES, PERSON_GUARANTEES, HOME_GUARANTEES)
PERSONS = [*AGES.columns, *PERSON_GUARANTEES.columns]
HOMES = list(HOME_GUARANTEES.columns)
WINDOWS = {"window_months": 12, "collection_first_month": 10}
CHOICES = (
    AccountChoices(**WINDOWS),
    AccountChoices(**WINDOWS, school_year_first_month=9, cover_renewal_months=3),
    AccountChoices(
        **WINDOWS, age="by_calendar_year", school_year_first_month=3, evidence_limit_months=12
    ),
    AccountChoices(**WINDOWS, cover_renewal_months=12, evidence_limit_months=3),
)


KEPT = (
    *("household_snapshot", "member_snapshot", "household_change", "schooling", "insurance"),
    *("housing_check", "water_check"),
)


def county(seed):
    """Rows of a county at random, with serious-illness insurance among them, and a day."""
    made, as_of = MADE.random_county(seed)
    tables = {name: made[name] for name in KEPT if name in made}
    for row in tables.get("insurance", []):
        if row["insurance"] == "crop":
            row["insurance"] = "serious_illness"
    return tables, as_of


def facts(tables, as_of, choices):
    """Facts of the day."""
    known = known_as_of(MADE.records(tables), as_of)
    lines = nw.from_native(MADE.lines(), eager_only=True)
    return day_facts(county_view(facts_of(known), lines), choices, THEMES)


def compared(tables, as_of, choices):
    """Facts of a day, which equal the reference."""
    found = facts(tables, as_of, choices)
    for frame, key, names, expected in (
        (found.persons, "person_id", PERSONS, REFERENCE.person_facts),
        (found.homes, "household_id", HOMES, REFERENCE.home_facts),
    ):
        told = expected(tables, as_of, MADE.LINES, choices)
        keys = frame[key].to_list()
        assert sorted(keys) == sorted(told)
        for name in names:
            assert frame[name].to_list() == [told[k][name] for k in keys], name
    return found


@settings(max_examples=6, deadline=None, phases=[Phase.generate])
@given(seed=st.integers(100, 2**32 - 1), which=st.sampled_from(range(len(CHOICES))))
def test_every_fact_equals_the_reference(seed, which):
    """Late entries, corrections, withdrawals, moves, gaps, tables not kept."""
    compared(*county(seed), CHOICES[which])


def test_the_comparison_reaches_every_fact():
    """It is worth something: each fact takes several values on one county or other."""
    seen = {name: set() for name in (*PERSONS, *HOMES)}
    for seed in range(12):
        found = compared(*county(seed), CHOICES[seed % len(CHOICES)])
        for frame, names in ((found.persons, PERSONS), (found.homes, HOMES)):
            for name in names:
                seen[name] |= set(frame[name].to_list())
    assert {name for name, values in seen.items() if len(values - {None}) < 2} == set()
    never_null = {name for name in seen if name.endswith("_disagree")} | set(AGES.columns)
    assert {name for name, values in seen.items() if None not in values} == never_null


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("schooling", "is_in_school"),
        ("insurance", "is_covered"),
        ("housing_check", "is_lived_in"),
        ("household_snapshot", "has_safe_water"),
    ],
)
def test_a_wrong_value_is_noticed(table, column):
    """The comparison can fail: one answer turned round on every row, and facts differ."""
    tables, as_of = county(3)
    turned = [
        row if row[column] is None else row | {column: not row[column]} for row in tables[table]
    ]
    found = facts({**tables, table: turned}, as_of, CHOICES[0])
    persons = REFERENCE.person_facts(tables, as_of, MADE.LINES, CHOICES[0])
    homes = REFERENCE.home_facts(tables, as_of, MADE.LINES, CHOICES[0])
    differ = [
        name
        for frame, key, names, told in (
            (found.persons, "person_id", PERSONS, persons),
            (found.homes, "household_id", HOMES, homes),
        )
        for name in names
        if frame[name].to_list() != [told[k][name] for k in frame[key].to_list()]
    ]
    assert differ


@pytest.mark.parametrize("absent", ["schooling", "insurance", "housing_check", "water_check"])
def test_a_table_that_is_not_kept_answers_nothing(absent):
    """The register answers alone; nothing is made up."""
    tables, as_of = county(5)
    tables.pop(absent, None)
    compared(tables, as_of, CHOICES[0])
