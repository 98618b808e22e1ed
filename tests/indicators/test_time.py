"""The door of time, over the survey's whole catalogue: later entries change nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import fanpin_risk.records.timeline as timeline
from fanpin_risk.indicators.catalogue import SURVEY, columns_of

NAMES = [column.name for column in columns_of(SURVEY)]
CANNOT_FAIL: set[str] = set()
"""Entries that no later record can change: none. Even the season, which stands on the day alone, is
unknown for a household of which nothing was recorded by then."""


def known_by(entries, day):
    """Entries that were made by a day."""
    return [entry for entry in entries if entry["recorded_on"] <= day]


def changed_columns(before, after):
    """Columns that differ between two feature tables of the same households."""
    return {name for name in NAMES if before[name].to_list() != after[name].to_list()}


def changed_by_later_entries(small, feature_table, seed, quarter):
    """Columns that differ with and without the entries made after a day."""
    visits, medians = small.random_panel(seed)
    as_of = small.QUARTER_ENDS[quarter]
    past, past_medians = known_by(visits, as_of), known_by(medians, as_of)
    everybody = sorted({v["household_id"] for v in past})
    before = feature_table(small.records(past, past_medians), as_of, everybody)
    after = feature_table(small.records(visits, medians), as_of, everybody)
    return changed_columns(before, after)


def entries_of(columns):
    """Names of the catalogue's entries that columns belong to."""
    return {column.indicator.name for column in columns_of(SURVEY) if column.name in columns}


def open_door(table, replaced_day, day):
    """Pass everything that is valid, whenever it was recorded."""
    del day
    return table.filter(replaced_day.is_null() & ~table["is_withdrawn"])


@settings(max_examples=10, deadline=None, derandomize=True, phases=[Phase.generate])
@given(seed=st.integers(0, 2**32 - 1), quarter=st.integers(3, 10))
def test_later_entries_change_nothing(small, feature_table, seed, quarter):
    """Later visits, late entries, corrections, withdrawals and medians of later quarters."""
    assert changed_by_later_entries(small, feature_table, seed, quarter) == set()


def test_with_the_door_open_later_entries_change_almost_everything(
    small, feature_table, monkeypatch
):
    """The property can fail: all entries of the catalogue change, but for those named above."""
    monkeypatch.setattr(timeline, "newest_known", open_door)
    changed = set()
    for seed in range(6):
        changed |= changed_by_later_entries(small, feature_table, seed, 3 + seed)
    everything = {indicator.name for indicator in SURVEY}
    assert everything - entries_of(changed) == CANNOT_FAIL
    assert len(CANNOT_FAIL) <= 0.1 * len(everything)
    assert set(NAMES) - changed == set()


LATER = {
    "a later visit": lambda small: ([small.visit("h1", "2011-06-30", total_minor=1)], []),
    "an old visit entered late": lambda small: (
        [small.visit("h1", "2010-09-30", recorded_on="2011-04-01", total_minor=1)],
        [],
    ),
    "a correction entered late": lambda small: (
        [
            small.visit(
                "h1", "2010-12-31", version=2, recorded_on="2011-04-01", members=9, total_minor=1
            )
        ],
        [],
    ),
    "a withdrawal entered late": lambda small: (
        [small.visit("h1", "2010-12-31", version=2, recorded_on="2011-04-01", is_withdrawn=True)],
        [],
    ),
    "another household's later visit": lambda small: (
        [small.visit("h2", "2011-06-30", total_minor=1)],
        [],
    ),
    "the median of a later quarter": lambda small: ([], [small.median("2011-06-30", 7_000)]),
    "a correction of a median, entered late": lambda small: (
        [],
        [small.median("2010-12-31", 7_000, version=2, recorded_on="2011-04-01")],
    ),
    "a median entered late": lambda small: (
        [],
        [small.median("2010-09-30", 7_000, recorded_on="2011-04-01")],
    ),
}


@pytest.mark.parametrize("kind", LATER)
def test_each_kind_of_later_entry_is_invisible_until_it_is_recorded(small, feature_table, kind):
    """The same entry changes nothing on the day before it is recorded, and something after."""
    visits = [
        small.visit("h1", "2010-06-30", total_minor=900, members=2),
        small.visit("h1", "2010-12-31", total_minor=700, members=2),
        small.visit("h2", "2010-06-30", total_minor=800),
        small.visit("h2", "2011-03-31", total_minor=800),
    ]
    medians = [small.median(day, 1_000) for day in ("2010-06-30", "2010-12-31", "2011-03-31")]
    more_visits, more_medians = LATER[kind](small)
    as_of = small.QUARTER_ENDS[4]
    without = small.records(visits, medians)
    with_later = small.records([*visits, *more_visits], [*medians, *more_medians])
    before = feature_table(without, as_of, ["h1", "h2"])
    assert before.equals(feature_table(with_later, as_of, ["h1", "h2"]))
    if kind in ("the median of a later quarter", "a median entered late"):
        return  # no visit took place on that day, so that nothing stands on the figure
    end = small.QUARTER_ENDS[5]
    assert not feature_table(without, end, ["h1", "h2"]).equals(
        feature_table(with_later, end, ["h1", "h2"])
    )


def test_what_is_entered_on_the_day_counts_on_the_day(small, feature_table):
    """Closed at the day itself: recorded on it is known, recorded a day later is not."""
    day = small.QUARTER_ENDS[3]
    medians = [small.median(day, 1_000)]

    def latest(recorded_on):
        visits = [small.visit("h1", day, total_minor=900, recorded_on=recorded_on)]
        found = feature_table(small.records(visits, medians), day, ["h1"])
        return found["income_to_line_latest"].to_list()

    assert latest(day) == [1.5]
    assert latest(day + timedelta(days=1)) == [None]
