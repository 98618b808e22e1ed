"""From feature table to matrix: frozen codes, missing stays missing, nothing is guessed."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanpin_risk.risk.encode import category_maps, encode, unseen_codes

KINDS = {"n": pl.Float64, "tenure": pl.String, "kind": pl.String}
TABLE = pl.DataFrame(
    {
        "n": [1.0, None, -2.5],
        "tenure": ["tenant", "owner", None],
        "kind": ["house", None, "house"],
    },
    schema=KINDS,
)
MAPS = {"tenure": {"owner": 0, "tenant": 1}, "kind": {"house": 0}}


def test_codes_are_numbered_in_their_order():
    """A code's number is its place among the sorted codes; columns of numbers have no map."""
    assert category_maps(TABLE, ["n", "tenure", "kind"]) == MAPS


@given(st.permutations(range(6)))
def test_the_order_of_rows_has_no_effect_on_the_codes(order):
    """The same codes get the same numbers, wherever they stand."""
    texts = pl.Series("t", ["丙", "a", "甲", "乙", None, "B"])
    shuffled = pl.DataFrame({"t": texts.gather(order)})
    assert category_maps(shuffled, ["t"]) == {"t": {"B": 0, "a": 1, "丙": 2, "乙": 3, "甲": 4}}


def test_a_column_without_any_code_has_an_empty_map():
    """Where nothing was recorded in training every code is new later."""
    empty = pl.DataFrame({"t": pl.Series([None, None], dtype=pl.String)})
    maps = category_maps(empty, ["t"])
    assert maps == {"t": {}}
    assert np.isnan(encode(pl.DataFrame({"t": ["x"]}), ["t"], maps)).all()


def test_columns_stand_in_the_order_asked_for():
    """The matrix has the columns asked for, in that order, as floats of one block."""
    matrix = encode(TABLE, ["tenure", "n"], MAPS)
    expected = np.array([[1.0, 1.0], [0.0, np.nan], [np.nan, -2.5]])
    assert np.array_equal(matrix, expected, equal_nan=True)
    assert matrix.dtype == np.float64
    assert matrix.flags["C_CONTIGUOUS"]


def test_what_is_not_known_stays_so():
    """Null becomes NaN, never zero and never the first code."""
    matrix = encode(TABLE, ["n", "tenure", "kind"], MAPS)
    assert np.isnan(matrix).tolist() == TABLE.select(pl.all().is_null()).to_numpy().tolist()


def test_a_code_not_seen_in_training_is_like_a_missing_one():
    """An unknown code becomes NaN, and is counted."""
    later = TABLE.with_columns(tenure=pl.Series(["castle", "castle", None]))
    assert np.isnan(encode(later, ["tenure"], MAPS)).all()
    assert unseen_codes(later, MAPS) == {"tenure": 2, "kind": 0}
    assert unseen_codes(TABLE, MAPS) == {"tenure": 0, "kind": 0}


def test_nobody_gives_an_empty_matrix():
    """No household: no rows, but the columns are there."""
    assert encode(TABLE.clear(), ["n", "tenure"], MAPS).shape == (0, 2)


def test_a_column_that_is_not_there_is_an_error():
    """A column that the table lacks is not filled in."""
    with pytest.raises(pl.exceptions.ColumnNotFoundError, match="members"):
        encode(TABLE, ["members"], MAPS)
