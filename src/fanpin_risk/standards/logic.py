"""Three-valued logic on nullable truth values, after Kleene: not known is neither yes nor no.

Polars, DuckDB and Spark agree on ``&``, ``|`` and ``~`` of nullable truth values: false and
anything is false, true or anything is true, and what is left open stays open.
"""

from __future__ import annotations

from functools import reduce

import narwhals as nw


def all_of(*conditions: nw.Expr) -> nw.Expr:
    """True if all hold, false as soon as one does not, else not known.

    Examples
    --------
    >>> import polars as pl
    >>> frame = nw.from_native(pl.DataFrame({"a": [True, None, None], "b": [True, False, True]}),
    ...                        eager_only=True)
    >>> frame.select(x=all_of(nw.col("a"), nw.col("b")))["x"].to_list()
    [True, False, None]
    """
    return reduce(lambda one, other: one & other, conditions)


def any_of(*conditions: nw.Expr) -> nw.Expr:
    """True as soon as one holds, false if none does, else not known.

    Examples
    --------
    >>> import polars as pl
    >>> frame = nw.from_native(pl.DataFrame({"a": [False, None, None], "b": [False, False, True]}),
    ...                        eager_only=True)
    >>> frame.select(x=any_of(nw.col("a"), nw.col("b")))["x"].to_list()
    [False, None, True]
    """
    return reduce(lambda one, other: one | other, conditions)


def is_code(column: str, *codes: str) -> nw.Expr:
    """Whether a code is one of several; not known where it is not.

    Examples
    --------
    >>> import polars as pl
    >>> frame = nw.from_native(pl.DataFrame({"x": ["a", "c", None]}), eager_only=True)
    >>> frame.select(x=is_code("x", "a", "b"))["x"].to_list()
    [True, False, None]
    """
    return any_of(*[nw.col(column) == code for code in codes])
