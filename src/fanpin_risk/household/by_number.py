"""Groups that stand under small whole numbers, counted by place instead of by search.

Homes and persons of a day are numbered from 0 (`fanpin_risk.household.view.CountyView`), so a
group's place in an array is its number, and nothing has to be hashed; other groups are numbered
first. The same for any order of rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from fanpin_risk.units import MOST_PLACES

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

NOTHING: Final = np.iinfo(np.int64).min
"""Stands for a group of which nothing is known."""


@dataclass(frozen=True, kw_only=True)
class Numbered:
    """Rows under the numbers of their groups.

    Attributes
    ----------
    of
        Number of each row's group, 0 or above.
    n
        All numbers are below.
    """

    of: Integers
    n: int

    @property
    def present(self) -> Integers:
        """Numbers that have a row, ascending."""
        has_row = np.zeros(self.n, dtype=np.bool_)
        has_row[self.of] = True
        return np.flatnonzero(has_row)

    def largest(self, values: Integers, counts: Flags) -> Integers:
        """The largest value of each group, of the rows that count; `NOTHING` without one."""
        found = np.full(self.n, NOTHING, dtype=np.int64)
        np.maximum.at(found, self.of[counts], values[counts])
        return found

    def total(self, values: Integers, counts: Flags) -> Integers:
        """The sum of each group, of the rows that count; 0 without one."""
        found = np.zeros(self.n, dtype=np.int64)
        np.add.at(found, self.of[counts], values[counts])
        return found

    def smallest(self, values: Integers) -> Integers:
        """The smallest value of each group; `NOTHING` without a row."""
        found = np.full(self.n, np.iinfo(np.int64).max, dtype=np.int64)
        np.minimum.at(found, self.of, values)
        found[found == np.iinfo(np.int64).max] = NOTHING
        return found

    def counted(self, counts: Flags) -> Integers:
        """Rows of each group that count."""
        return np.bincount(self.of[counts], minlength=self.n)


def under_numbers(rows: pl.DataFrame, key: str) -> Numbered:
    """Rows under a column of small whole numbers, 0 or above, none null."""
    of = rows[key].cast(pl.Int64).to_numpy()
    return Numbered(of=of, n=1 + int(of.max(initial=-1)))


def grouped(rows: pl.DataFrame, by: Sequence[str]) -> tuple[Numbered, pl.DataFrame]:
    """Rows under numbers of their groups, and the columns ``by`` of each number.

    A column of small whole numbers is its own number; numbers that it lacks have no row.
    """
    if len(by) == 1 and _are_small(rows[by[0]]):
        groups = under_numbers(rows, by[0])
        return groups, pl.int_range(groups.n, eager=True).cast(rows.schema[by[0]]).to_frame(by[0])
    keys = rows.select(by).unique()
    joined = rows.select(by).join(
        keys.with_row_index("_number"), on=by, how="left", nulls_equal=True, maintain_order="left"
    )
    of = joined["_number"].cast(pl.Int64).to_numpy()
    return Numbered(of=of, n=keys.height), keys


def _are_small(keys: pl.Series) -> bool:
    """Whether these are whole numbers from 0 on, below `MOST_PLACES`, none null."""
    if not keys.dtype.is_integer() or keys.null_count():
        return False
    return keys.is_between(0, MOST_PLACES, closed="left").all()


@dataclass(frozen=True, kw_only=True)
class Coded:
    """A column as whole numbers in the order of its values.

    Attributes
    ----------
    values
        0 where not known.
    known
        Which are known.
    kind
        Type of the column.
    words
        What each number stands for; None where it is the value itself.
    """

    values: Integers
    known: Flags
    kind: pl.DataType
    words: pl.Series | None

    def column(self, name: str, values: Integers) -> pl.Series:
        """Some of its values as a column of its type, null for `NOTHING`."""
        found = series(name, values)
        return found.cast(self.kind) if self.words is None else self.words.gather(found).alias(name)


def coded(column: pl.Series) -> Coded:
    """A column as whole numbers: their own of whole numbers and truth values, else their rank."""
    words = None
    numbers = column
    if not column.dtype.is_integer() and column.dtype not in (pl.Boolean, pl.Null):
        words = column.unique().drop_nulls().sort()
        numbers = column.rank("dense").cast(pl.Int64) - 1
    return Coded(
        values=numbers.cast(pl.Int64).fill_null(0).to_numpy(),
        known=column.is_not_null().to_numpy(),
        kind=column.dtype,
        words=words,
    )


def series(name: str, values: Integers) -> pl.Series:
    """Values of groups as a column, null where there are none."""
    return pl.Series(name, values).set(pl.Series(values == NOTHING), None)
