"""Groups under small numbers, counted by place: the same as a plain loop counts."""

from __future__ import annotations

import narwhals as nw
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanpin_risk.household.answers import latest_answers
from fanpin_risk.household.by_number import NOTHING, coded, grouped, series, under_numbers
from fanpin_risk.units import MOST_PLACES

ROWS = st.lists(
    st.tuples(
        st.integers(0, 6),
        st.integers(0, 4) | st.none(),
        st.integers(-3, 3) | st.none(),
        st.sampled_from(["a", "b", "中", None]),
        st.booleans() | st.none(),
        st.integers(1, 5) | st.none(),
        st.integers(0, 3),
    ),
    max_size=25,
)
KINDS = {
    "home": pl.UInt32(),
    "small": pl.Int64(),
    "number": pl.Int32(),
    "text": pl.String(),
    "flag": pl.Boolean(),
    "occurred_day": pl.Int32(),
    "recorded_day": pl.Int32(),
}


def frame(rows):
    """Rows as a frame behind Narwhals."""
    return nw.from_native(pl.DataFrame(rows, schema=KINDS, orient="row"), eager_only=True)


def newest_by_hand(rows, place):
    """Newest known answer of some rows, its day, and the newest of an earlier day."""
    told = [(row[5], row[6], row[place]) for row in rows if None not in (row[5], row[place])]
    if not told:
        return None, None, None
    day, _, answer = max(told)
    earlier = [one for one in told if one[0] < day]
    return answer, day, max(earlier)[2] if earlier else None


@settings(max_examples=200, deadline=None)
@given(rows=ROWS)
@pytest.mark.parametrize("by", [["home"], ["word"], ["word", "home"]], ids="-".join)
def test_newest_answers_are_those_of_a_plain_loop(rows, by):
    """Of numbers, texts, truth values and dates; also the answers before, and small ones."""
    table = frame(rows).with_columns(
        word=nw.col("home").cast(nw.String),
        date=nw.col("number").cast(nw.Int32).cast(nw.Date),
    )
    places = {"small": 1, "number": 2, "text": 3, "flag": 4, "date": 2}
    for names, are_small in ((["small"], True), (list(places), False)):
        values = {name: nw.col(name) for name in names}
        before = () if are_small else names
        found = latest_answers(table, by, values, before=before, are_small=are_small)
        for name in names:
            assert found.schema[name] == table.schema[name]
        if not are_small:
            found = found.with_columns(nw.col("date", "date|before").cast(nw.Int32))
        homes = {int(row[by[0]]): row for row in found.iter_rows(named=True)}
        assert len(homes) == len(found)
        assert set(homes) == {row[0] for row in rows if row[5] is not None}
        for home, row in homes.items():
            of_it = [one for one in rows if one[0] == home]
            for name in names:
                answer, day, earlier = newest_by_hand(of_it, places[name])
                assert (row[name], row[f"{name}|day"]) == (answer, day)
                if not are_small:
                    assert row[f"{name}|before"] == earlier


@settings(max_examples=100, deadline=None)
@given(rows=ROWS)
def test_sums_counts_and_ends_are_those_of_a_plain_loop(rows):
    """Of each number that has a row, and nothing for one that has none."""
    table = frame(rows).to_native()
    groups = under_numbers(table, "home")
    values = table["number"].fill_null(0).cast(pl.Int64).to_numpy()
    counts = table["number"].is_not_null().to_numpy()
    assert groups.present.tolist() == sorted({row[0] for row in rows})
    for home in range(groups.n):
        of_it = [row[2] for row in rows if row[0] == home]
        known = [value for value in of_it if value is not None]
        assert groups.counted(counts)[home] == len(known)
        assert groups.total(values, counts)[home] == sum(known)
        assert groups.largest(values, counts)[home] == max(known, default=NOTHING)
        least = min([value or 0 for value in of_it], default=NOTHING)
        assert groups.smallest(values)[home] == least


@pytest.mark.parametrize(
    "keys",
    [
        pl.Series([0, None, 0], dtype=pl.Int64),
        pl.Series([-1, 0, -1]),
        pl.Series([0, MOST_PLACES, 0]),
        pl.Series(["a", "b", "a"]),
    ],
    ids=["null", "negative", "large", "text"],
)
def test_other_keys_are_numbered(keys):
    """No array of any size is made for keys that are no small whole numbers; null is a group."""
    for by in (["key"], ["key", "b"]):
        groups, found = grouped(pl.DataFrame({"key": keys, "b": keys}), by)
        assert (groups.n, found.height) == (2, 2)
        assert found["key"].gather(groups.of).to_list() == keys.to_list()


def test_numbers_of_texts_are_in_the_order_of_the_texts():
    """So that the largest number is the largest text; null stays null."""
    column = coded(pl.Series("x", ["b", None, "中", "a"]))
    assert column.values[[3, 0, 2]].tolist() == [0, 1, 2]
    assert column.known.tolist() == [True, False, True, True]
    assert column.column("y", np.array([2, NOTHING])).to_list() == ["中", None]
    assert coded(pl.Series("x", [0.5, -1.5])).values.tolist() == [1, 0]


def test_nothing_is_null():
    """A group without a value has none."""
    assert series("x", np.array([3, NOTHING])).to_list() == [3, None]
