"""Kleene logic on all combinations, on every engine that rules run on."""

from __future__ import annotations

from functools import reduce
from itertools import product

import duckdb
import narwhals as nw
import polars as pl
import pytest

from fanpin_risk.standards.logic import all_of, any_of, is_code

VALUES = (True, False, None)
THREE = list(product(VALUES, repeat=3))
TABLE = pl.DataFrame(THREE, schema=dict.fromkeys("abc", pl.Boolean), orient="row").with_row_index()


def kleene_and(one, other):
    """The truth table, written out: the smaller of no < not known < yes."""
    order = (False, None, True)
    return order[min(order.index(one), order.index(other))]


def kleene_or(one, other):
    """The larger of the two."""
    order = (False, None, True)
    return order[max(order.index(one), order.index(other))]


def on_polars(expression):
    """Answers of an expression over the table."""
    return nw.from_native(TABLE, eager_only=True).select(x=expression)["x"].to_list()


def on_duckdb(expression):
    """The same, computed by DuckDB."""
    connection = duckdb.connect()
    relation = connection.from_arrow(TABLE.to_arrow())
    found = nw.from_native(relation).select("index", x=expression).sort("index").to_native()
    return [row[1] for row in found.fetchall()]


@pytest.mark.parametrize("engine", [on_polars, on_duckdb])
@pytest.mark.parametrize(
    ("of", "table"), [(all_of, kleene_and), (any_of, kleene_or)], ids=["all_of", "any_of"]
)
def test_all_combinations_of_three(engine, of, table):
    """Every combination of three answers follows the truth table."""
    expected = [reduce(table, row) for row in THREE]
    assert engine(of(*map(nw.col, "abc"))) == expected
    assert len(set(expected)) == len(VALUES)


@pytest.mark.parametrize("engine", [on_polars, on_duckdb])
def test_not_known_stays_so_when_turned_round(engine):
    """The opposite of not known is not known."""
    assert engine(~nw.col("a")) == [None if a is None else not a for a, _, _ in THREE]


@pytest.mark.parametrize("engine", [on_polars, on_duckdb])
def test_de_morgan(engine):
    """Not both is one not, also where something is not known."""
    assert engine(~all_of(nw.col("a"), nw.col("b"))) == engine(any_of(~nw.col("a"), ~nw.col("b")))


def test_a_code_that_is_not_known_is_no_code():
    """Neither one of them nor another."""
    frame = nw.from_native(pl.DataFrame({"x": ["a", "b", "c", None]}), eager_only=True)
    assert frame.select(x=is_code("x", "a", "b"))["x"].to_list() == [True, True, False, None]
