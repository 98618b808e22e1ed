"""Groups under small numbers: counted by place, the same as grouped by search."""

from __future__ import annotations

import narwhals as nw
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanpin_risk.household import answers as module
from fanpin_risk.household.answers import latest_answers
from fanpin_risk.household.by_number import NOTHING, coded, numbered, series, under_numbers
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


@settings(max_examples=200, deadline=None)
@given(rows=ROWS)
def test_answers_by_place_are_those_by_search(rows):
    """Of whole numbers, texts and truth values; also the answers before, and small ones."""
    table = frame(rows)
    for names, are_small in ((("small",), True), (("number", "text", "flag", "small"), False)):
        values = {name: nw.col(name) for name in names}
        before = () if are_small else names
        found = latest_answers(table, ["home"], values, before=before, are_small=are_small)
        order = nw.col("occurred_day").cast(nw.Int64) * 1_000_000 + nw.col("recorded_day")
        asked = table.filter(~nw.col("occurred_day").is_null())
        slowly = module._by_search(
            asked.select("home", _order=order, **values), ["home"], names, before
        )
        assert found.columns == slowly.columns
        assert dict(found.schema) == dict(slowly.schema)
        assert found.to_native().sort("home").equals(slowly.to_native().sort("home"))


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
        pl.Series([0, None], dtype=pl.Int64),
        pl.Series([-1, 0]),
        pl.Series([0, MOST_PLACES]),
        pl.Series(["a", "b"]),
    ],
    ids=["null", "negative", "large", "text"],
)
def test_other_keys_are_searched_for(keys):
    """No array of any size is made for keys that are no small whole numbers."""
    assert numbered(pl.DataFrame({"key": keys}), ["key"]) is None
    assert numbered(pl.DataFrame({"key": keys, "b": keys}), ["key", "b"]) is None


def test_numbers_of_texts_are_in_the_order_of_the_texts():
    """So that the largest number is the largest text; null stays null."""
    column = coded(pl.Series("x", ["b", None, "中", "a"]))
    assert column.values[[3, 0, 2]].tolist() == [0, 1, 2]
    assert column.known.tolist() == [True, False, True, True]
    assert column.column("y", np.array([2, NOTHING])).to_list() == ["中", None]
    assert coded(pl.Series("x", [0.5])) is None


def test_nothing_is_null():
    """A group without a value has none."""
    assert series("x", np.array([3, NOTHING])).to_list() == [3, None]
