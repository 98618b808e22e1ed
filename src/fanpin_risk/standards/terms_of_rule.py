"""What a rule looks at: its columns and constants, read off the expression it makes."""

from __future__ import annotations

import re
from dataclasses import dataclass

import narwhals as nw
import polars as pl

_COLUMN = re.compile(r'col\("([^"]+)"\)')
_TEXT = re.compile(r'(?<!col\()"([^"]*)"')
_NUMBER = re.compile(r"(?<![\w.\"])-?\d+(?![\w.\"])")


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Columns, texts and whole numbers of an expression, each once, sorted."""

    columns: tuple[str, ...]
    texts: tuple[str, ...]
    numbers: tuple[int, ...]


def terms_of(expression: nw.Expr, schema: dict[str, pl.DataType]) -> Terms:
    """Columns, texts and numbers that an expression names.

    Parameters
    ----------
    expression
        Over columns of the schema.
    schema
        Types by column.

    Examples
    --------
    >>> found = terms_of((nw.col("a") * 5 > 7) & (nw.col("b") == "x"),
    ...                  {"a": pl.Int64(), "b": pl.String()})
    >>> found.columns, found.texts, found.numbers
    (('a', 'b'), ('x',), (5, 7))
    """
    frame = nw.from_native(pl.LazyFrame(schema=schema)).select(_found=expression)
    plan = frame.to_native().explain(optimized=False).splitlines()[0]
    plan = plan.removeprefix("SELECT ").replace('.alias("_found")', "")
    columns = set(_COLUMN.findall(plan))
    rest = _COLUMN.sub(" ", plan)
    texts = set(_TEXT.findall(rest))
    numbers = {int(number) for number in _NUMBER.findall(_TEXT.sub(" ", rest))}
    return Terms(
        columns=tuple(sorted(columns)),
        texts=tuple(sorted(texts)),
        numbers=tuple(sorted(numbers)),
    )
