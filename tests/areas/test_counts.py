"""Households are counted once, under the right stream, area and month."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanpin_risk.areas.counts import (
    EVENT_COLUMNS,
    EXPOSURE_COLUMNS,
    NOT_TOLD,
    counts_of,
    month_number,
    month_start,
    streams_of,
)
from fanpin_risk.areas.timeline import timeline
from fanpin_risk.errors import SchemaError

PLACES = {"A": "T1", "B": "T1", "C": "T2"}
AREA_OF = {"village": str, "township": PLACES.get, "county": lambda place: None}


def events(*rows):
    """Events out of tuples: place, month, cause, product, household."""
    return pl.DataFrame(rows, schema=EVENT_COLUMNS, orient="row")


def exposure(months=range(3), households=50, places=PLACES):
    """Every place with as many households in every month."""
    rows = [(place, town, month, households) for place, town in places.items() for month in months]
    return pl.DataFrame(rows, schema=EXPOSURE_COLUMNS, orient="row")


def test_months_are_counted_from_1970():
    """There and back, also before it."""
    assert month_number(date(1970, 1, 31)) == 0
    assert month_number(date(2021, 1, 1)) == 612
    assert [month_number(month_start(n)) for n in (-1, 0, 11, 12, 660)] == [-1, 0, 11, 12, 660]


def test_a_household_counts_once_for_a_cause_and_once_for_each_product():
    """Two records of one product, one of another: one household of the cause."""
    found = counts_of(
        events(
            ("A", 1, "disaster", "corn", "h1"),
            ("A", 1, "disaster", "corn", "h1"),
            ("A", 1, "disaster", "soya", "h1"),
            ("B", 1, "disaster", None, "h2"),
            ("C", 2, None, None, "h3"),
        ),
        exposure(),
    )
    names = [(stream.cause, stream.product) for stream in found.streams]
    assert names == [
        ("disaster", None), ("disaster", "corn"), ("disaster", "soya"), (NOT_TOLD, None),
    ]  # fmt: skip
    villages = found.areas["village"].counts
    assert villages[:, :, 1].tolist() == [[1, 1, 0], [1, 0, 0], [1, 0, 0], [0, 0, 0]]
    assert found.areas["township"].names == ("T1", "T2")
    assert found.areas["township"].counts[0].tolist() == [[0, 2, 0], [0, 0, 0]]
    assert found.areas["county"].counts[:, 0, 2].tolist() == [0, 0, 0, 1]
    assert found.areas["county"].households.tolist() == [[150, 150, 150]]


def test_a_cause_of_one_product_is_one_stream():
    """All its events are the product's, so there is nothing to tell apart."""
    assert [s.product for s in streams_of(events(("A", 1, "x", "corn", "h")))] == [None]
    both = events(("A", 1, "x", "corn", "h"), ("A", 1, "x", None, "i"))
    assert [s.product for s in streams_of(both)] == [None, "corn"]


def test_a_place_has_as_many_households_as_have_an_event():
    """An exposure that lags behind does not make more than all."""
    found = counts_of(
        events(*[("A", 1, "x", None, f"h{n}") for n in range(7)]), exposure(households=3)
    )
    assert found.areas["village"].households[0].tolist() == [3, 7, 3]


def test_events_outside_the_exposure_do_not_count():
    """Neither before nor after."""
    found = counts_of(events(("A", -1, "x", None, "h"), ("A", 3, "x", None, "h")), exposure())
    assert found.streams == ()
    assert found.areas["village"].counts.shape == (0, 3, 3)


def test_without_townships_there_is_no_such_level():
    """One place without its township is enough."""
    found = counts_of(events(("A", 1, "x", None, "h")), exposure(places=PLACES | {"C": None}))
    assert list(found.areas) == ["village", "county"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from("ABC"),
            st.integers(0, 2),
            st.sampled_from(["x", "y", None]),
            st.sampled_from(["corn", "soya", None]),
            st.sampled_from(["h1", "h2", "h3"]),
        ),
        max_size=30,
    )
)
def test_counts_are_those_of_a_slow_count(rows):
    """Every stream, area and month by sets of households."""
    found = counts_of(events(*rows), exposure())
    for at, stream in enumerate(found.streams):
        told = [
            (place, month, household)
            for place, month, cause, product, household in rows
            if (cause or NOT_TOLD) == stream.cause and stream.product in (None, product)
        ]
        for level, areas in found.areas.items():
            for area, name in enumerate(areas.names):
                inside = [row for row in told if name == AREA_OF[level](row[0])]
                slow = [len({row for row in inside if row[1] == month}) for month in range(3)]
                assert areas.counts[at, area].tolist() == slow


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"events": events().drop("cause")}, "Columns ['cause'] are missing from the events"),
        ({"exposure": exposure().drop("month")}, "Columns ['month'] are missing from the exposure"),
        ({"exposure": exposure().head(0)}, "The exposure is empty"),
        (
            {"events": events(("A", None, "x", None, "h"))},
            "Column 'month' of the events is empty in 1 of 1 rows",
        ),
        (
            {"events": events(("D", 1, "x", None, "h"))},
            "1 places of the events have no households in the exposure, for instance 'D'",
        ),
        (
            {"exposure": pl.concat([exposure(), exposure(months=[1], places={"A": "T1"})])},
            "The exposure has 1 places twice in one month, for instance 'A'",
        ),
        (
            {"exposure": pl.concat([exposure(), exposure(months=[9], places={"A": "T2"})])},
            "puts 1 places into two townships, for instance 'A'",
        ),
        (
            {"events": events().with_columns(month=pl.lit(1.5))},
            "Column 'month' of the events must be Int32. Got Float64",
        ),
    ],
)
def test_what_cannot_be_counted_is_named(changed, words):
    """Each message names the table, the column and the value."""
    given_ = {"events": events(("A", 1, "x", None, "h")), "exposure": exposure()} | changed
    with pytest.raises(SchemaError) as caught:
        counts_of(given_["events"], given_["exposure"])
    assert words in str(caught.value)


def test_a_timeline_tells_no_small_number():
    """0 is told, 1 to 4 are not, 5 is."""
    rows = [("A", 1, "x", None, f"h{n}") for n in range(4)]
    rows += [("A", 2, "x", None, f"h{n}") for n in range(5)]
    found = timeline(events(*rows), exposure(), from_month=0, least_households=5)
    assert found.rows() == [(0, "x", 0), (1, "x", None), (2, "x", 5)]
    assert timeline(events(*rows), exposure(), from_month=2, least_households=5).height == 1


def test_the_order_of_rows_does_not_matter():
    """Shuffled rows give the same counts."""
    rows = [("A", n % 3, "xy"[n % 2], None, f"h{n}") for n in range(12)]
    one = counts_of(events(*rows), exposure())
    other = counts_of(events(*rows[::-1]), exposure()[::-1])
    assert one.streams == other.streams
    for level in one.areas:
        assert np.array_equal(one.areas[level].counts, other.areas[level].counts)
