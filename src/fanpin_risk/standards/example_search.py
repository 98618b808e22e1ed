"""Search for facts on either side of a rule, by the rule's own three-valued answer.

Facts are put in one by one, and a value that would settle the answer the wrong way is not taken:
what is not known yet leaves an answer open, so that the answer itself shows the way.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import polars as pl

from fanpin_risk.standards.example_choices import Choices, Row

BOUNDS = (("_lower_fen", "_upper_fen"), ("_known_fen", "_upper_fen"))
"""Ends of the names of two columns of which the first is never more than the second."""


def is_whole(value: Any) -> bool:
    """Whether a value is a whole number, and no truth value.

    Examples
    --------
    >>> is_whole(3), is_whole(True), is_whole(None)
    (True, False, False)
    """
    return isinstance(value, int) and not isinstance(value, bool)


@dataclass(frozen=True, kw_only=True)
class Search:
    """A rule's condition over its own columns, and values worth trying in them.

    ``fixed``: values of the parameters and of the day of decision. ``order``: facts, those first in
    which a difference is looked for first.
    """

    condition: nw.Expr
    schema: Mapping[str, pl.DataType]
    fixed: Row
    order: Sequence[str]
    choices: Choices

    def answers(self, rows: pl.DataFrame) -> pl.Series:
        """What the rule says of rows of facts; nothing of facts that cannot be."""
        whole = rows.with_columns(
            pl.lit(value, dtype=self.schema[name]).alias(name) for name, value in self.fixed.items()
        )
        asked = nw.from_native(whole, eager_only=True).select(_answer=self.condition)
        found: pl.Series = asked["_answer"].to_native()
        return found.zip_with(self.fits(rows), pl.Series([None], dtype=pl.Boolean))

    def fits(self, rows: pl.DataFrame) -> pl.Series:
        """Whether every lower bound lies at or under its upper one, where both are known."""
        apart = [
            pl.col(one) > pl.col(one.removesuffix(low) + high)
            for low, high in BOUNDS
            for one in self.order
            if one.endswith(low) and one.removesuffix(low) + high in self.order
        ]
        is_apart = pl.any_horizontal(pl.repeat(False, rows.height), *apart).fill_null(False)
        return rows.select(_fits=~is_apart)["_fits"]

    def holds(self, *rows: Row) -> list[bool | None]:
        """What the rule says of some facts."""
        if not rows:
            return []
        return self.answers(pl.DataFrame(rows, schema=self._facts)).to_list()

    def grown(
        self, wanted: bool, *, n_tried: int, n_rounds: int, random: np.random.Generator
    ) -> pl.DataFrame:
        """Facts of which the rule says what is wanted; none if no row came to it.

        In each round several changes of every row are tried, of few facts or of many. The largest
        that does not make its answer worse is kept.
        """
        n_rows = max(1, math.isqrt(n_tried))
        each = np.repeat(np.arange(n_rows), n_rows)
        rows = pl.DataFrame({name: [None] * n_rows for name in self.order}, schema=self._facts)
        worth = np.repeat(_worth(self.answers(rows), wanted).to_numpy(), n_rows)
        for _round in range(n_rounds):
            moved, n_moved = self._redrawn(rows[each], random)
            after = _worth(self.answers(moved), wanted).to_numpy()
            if (after > 0).any():
                return moved.filter(after > 0)
            is_taken = (after >= worth) & self.fits(moved).to_numpy()
            best = np.where(is_taken, n_moved, -1).reshape(n_rows, n_rows).argmax(axis=1)
            at = np.arange(n_rows) * n_rows + best
            taken = pl.Series(is_taken[at])
            rows = pl.DataFrame(
                [moved[at][name].zip_with(taken, rows[name]) for name in self.order]
            )
            worth = np.repeat(np.where(is_taken[at], after[at], worth[at]), n_rows)
        return rows.clear()

    def turned(self, rows: pl.DataFrame, said: bool, n_tried: int) -> tuple[Row, Row] | None:
        """Of rows of which the rule says ``said``, one that one other value turns.

        Returns
        -------
        tuple or None
            The row as it was and as it is turned, in the first column of ``order`` in which there
            is one. ``n_tried``: about how many are tried at once.
        """
        values = {
            name: sorted({*self.choices.values[name], *rows[name].drop_nulls().to_list()})
            for name in self.order
        }
        n_values = sum(len(each) for each in values.values())
        some = rows.head(max(1, n_tried // n_values)).with_row_index("_row")
        moved = pl.concat(
            [
                some.join(
                    pl.DataFrame({"_tried": values[name]}, schema={"_tried": self.schema[name]}),
                    on=None,
                    how="cross",
                ).select("_row", *others, pl.col("_tried").alias(name), _turns=pl.lit(name))
                for name in self.order
                for others in [[other for other in self.order if other != name]]
            ],
            how="diagonal",
        )
        found = moved.filter(self.answers(moved.select(self.order)) == (not said))
        if found.is_empty():
            return None
        first = found.row(0, named=True)
        name = first["_turns"]
        row = some.row(first["_row"], named=True)
        before = {column: row[column] for column in self.order}
        return before, {**before, name: first[name]}

    def together(self, met: Row, not_met: Row) -> tuple[Row, Row]:
        """Bring two rows together, fact by fact, as long as each is still answered as before."""
        while True:
            unlike = self.unlike(met, not_met)
            ones = [{**met, name: not_met[name]} for name in unlike]
            others = [{**not_met, name: met[name]} for name in unlike]
            said = self.holds(*ones, *others)
            moves = [row for row, answer in zip(ones, said, strict=False) if answer]
            back = [
                row
                for row, answer in zip(others, said[len(ones) :], strict=True)
                if answer is False
            ]
            if moves:
                met = moves[-1]
            elif back:
                not_met = back[-1]
            else:
                return met, not_met

    def halved(self, met: Row, not_met: Row, n_tried: int) -> tuple[Row, Row]:
        """Narrow the distance in each whole number in which two rows differ, down to one step."""
        for name in self.unlike(met, not_met):
            is_moving = True
            while is_moving and _is_apart(met[name], not_met[name]):
                near, far = met[name], not_met[name]
                met = self._moved(met, name, far, True, n_tried)
                not_met = self._moved(not_met, name, met[name], False, n_tried)
                is_moving = (met[name], not_met[name]) != (near, far)
        return met, not_met

    def pared(self, met: Row, not_met: Row) -> tuple[Row, Row]:
        """Leave out what neither answer needs: what is then not known does not matter."""
        alike = [
            name
            for name in reversed(self.order)
            if met[name] == not_met[name] and met[name] is not None
        ]
        while alike:
            said = self.holds(*[{**row, name: None} for row in (met, not_met) for name in alike])
            loose = [
                name
                for name, one, other in zip(alike, said, said[len(alike) :], strict=False)
                if one and other is False
            ]
            gone = loose
            while gone:
                one, other = ({**row, **dict.fromkeys(gone)} for row in (met, not_met))
                if self.holds(one, other) == [True, False]:
                    met, not_met = one, other
                    break
                gone = gone[: len(gone) >> 1]
            alike = loose[len(gone) :]
        return met, not_met

    def unlike(self, one: Row, other: Row) -> list[str]:
        """Facts in which two rows differ, those that matter least first."""
        return [name for name in reversed(self.order) if one[name] != other[name]]

    def _redrawn(
        self, rows: pl.DataFrame, random: np.random.Generator
    ) -> tuple[pl.DataFrame, npt.NDArray[np.int64]]:
        """Rows with some of their facts drawn anew, and how many: one in this row, all in that."""
        n_rows, n_facts = rows.height, max(1, len(self.order))
        share = (1 / n_facts) ** random.uniform(0, 1, n_rows)
        is_moved = random.uniform(0, 1, (n_facts, n_rows)) < share
        moved = pl.DataFrame(
            [
                self._drawn(name, random, n_rows).zip_with(pl.Series(chosen), rows[name])
                for name, chosen in zip(self.order, is_moved, strict=False)
            ]
        )
        return moved, is_moved.sum(axis=0)

    def _drawn(self, name: str, random: np.random.Generator, n_rows: int) -> pl.Series:
        """A fact drawn for each row."""
        return pl.Series(name, self.choices.drawn(name, n_rows, random), dtype=self.schema[name])

    def _moved(self, row: Row, name: str, to: int, said: bool, n_tried: int) -> Row:
        """A row moved in one whole number as near to another value as its answer stays."""
        points = np.linspace(row[name], to, max(1, n_tried) + 1).astype(np.int64)[1:-1]
        steps = [int(point) for point in dict.fromkeys(points)]
        answers = self.holds(*[{**row, name: step} for step in steps])
        for step, answer in zip(steps, answers, strict=True):
            if answer is not said:
                break
            row = {**row, name: step}
        return row

    @property
    def _facts(self) -> dict[str, pl.DataType]:
        """Types of the facts."""
        return {name: self.schema[name] for name in self.order}


def _worth(answers: pl.Series, wanted: bool) -> pl.Series:
    """Whether each answer is as wanted (1), open (0) or the other (-1)."""
    return (answers == wanted).cast(pl.Int8).replace(0, -1).fill_null(0)


def _is_apart(one: Any, other: Any) -> bool:
    """Whether two whole numbers are more than one step apart."""
    return is_whole(one) and is_whole(other) and abs(one - other) > 1
