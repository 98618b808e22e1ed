"""The door of time over the county's whole catalogue: what is entered later changes nothing."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import fanpin_risk.records.timeline as timeline
from fanpin_risk.indicators.catalogue import COUNTY, columns_of

NAMES = [column.name for column in columns_of(COUNTY)]
CANNOT_CHANGE = {"quarter_of_year_latest"}
"""The quarter of the day stands on the day alone, once a household is on record."""


def cut_at(tables, day):
    """The store as it was on a day: what had been entered by then."""
    return {name: [r for r in rows if r["recorded_on"] <= day] for name, rows in tables.items()}


def on_record(tables):
    """Household numbers that a snapshot names."""
    return sorted({row["household_id"] for row in tables["household_snapshot"]})


def made_late(tables, day, seed):
    """A third of the records become known, with all their versions, only after the day."""
    rng = random.Random(seed)
    late = {
        (name, record)
        for name, rows in tables.items()
        for record in sorted({row["record_id"] for row in rows})
        if rng.random() < 0.33
    }
    return {
        name: [
            row | {"recorded_on": max(row["recorded_on"], day) + timedelta(days=9)}
            if (name, row["record_id"]) in late
            else row
            for row in rows
        ]
        for name, rows in tables.items()
    }


def changed_by_later_entries(made, columns_of_county, seed):
    """Columns that differ between the whole store and the store cut at the day."""
    tables, as_of = made.random_county(seed)
    tables = made_late(tables, as_of, seed)
    past = cut_at(tables, as_of)
    households = on_record(past)
    before = columns_of_county(past, as_of, households)
    after = columns_of_county(tables, as_of, households)
    assert before.columns == after.columns
    return {name for name in NAMES if before[name].to_list() != after[name].to_list()}


def open_door(table, replaced_day, day):
    """Pass everything that is valid, whenever it was recorded."""
    del day
    return table.filter(replaced_day.is_null() & ~table["is_withdrawn"])


@settings(max_examples=6, deadline=None, phases=[Phase.generate])
@given(seed=st.integers(0, 2**32 - 1))
def test_the_whole_store_as_of_a_day_equals_the_store_cut_at_the_day(made, columns_of_county, seed):
    """Later records, late entries, corrections and withdrawals of every table."""
    assert changed_by_later_entries(made, columns_of_county, seed) == set()


def test_with_the_door_open_later_entries_change_almost_everything(
    made, columns_of_county, monkeypatch
):
    """The property can fail: every column that time can change does, on one county or another."""
    monkeypatch.setattr(timeline, "newest_known", open_door)
    changed = set()
    for seed in range(7):
        changed |= changed_by_later_entries(made, columns_of_county, seed)
    missed = set(NAMES) - changed - CANNOT_CHANGE
    assert missed == set()


@pytest.mark.parametrize("days", [0, 1])
def test_what_is_entered_on_the_day_counts_on_the_day(made, by_hand, days):
    """Closed at the day itself: recorded on it is known, recorded a day later is not."""
    as_of = made.FIRST + timedelta(days=400)
    first = {"occurred_on": made.FIRST, "person_id": "P", "bill_kind": "inpatient"}
    bills = [
        first | {"total_fen": 1, "own_fen": 0},
        first
        | {"occurred_on": as_of, "recorded_on": as_of + timedelta(days=days)}
        | {"total_fen": 9_000, "own_fen": 6_000},
    ]
    found = by_hand(as_of, {"medical_bill": bills})
    assert found["own_cost_to_line_sum_12m"] == (0.0 if days else 1.0)
    assert found["admissions_count_12m"] == (0.0 if days else 1.0)
