"""Values worth trying in the facts that a rule looks at.

They come from the rule: its parameters, the constants and codes it compares with, their neighbours,
and amounts between them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from fanpin_risk.standards.parameters import Standards
from fanpin_risk.standards.terms_of_rule import Terms
from fanpin_risk.standards.units import scale_of
from fanpin_risk.units import FEN_PER_YUAN, RATIO_SCALE

Row = dict[str, Any]

AMOUNT, DAY, SHARE, NUMBER = "_fen", "_day", "_e4", ""
"""What a whole number is, by the end of its column's name."""
NEVER_NOBODY = ("heads", "n_members")
"""Counts of which a household has one at least."""
TODAY = "as_of_day"
_PARAMETER, _OF_HOUSEHOLD = "p|", "h|"
_AMOUNT_TRIED = FEN_PER_YUAN * RATIO_SCALE


def is_fact(column: str) -> bool:
    """Whether a column is a fact, and neither parameter nor day of decision."""
    return not column.startswith(_PARAMETER) and column != TODAY


def kind_of(column: str) -> str:
    """What a whole number in a column is.

    Examples
    --------
    >>> kind_of("income_fen"), kind_of("h|listed_day"), kind_of("heads")
    ('_fen', '_day', '')
    """
    return next((end for end in (AMOUNT, DAY, SHARE) if column.endswith(end)), NUMBER)


@dataclass(frozen=True, kw_only=True)
class Choices:
    """Values worth trying in each fact of a rule.

    Attributes
    ----------
    values
        By column, ascending.
    most
        By column of whole numbers, the least and the most that is drawn between them.
    """

    values: Mapping[str, list[Any]]
    most: Mapping[str, tuple[int, int]]

    def drawn(self, column: str, n: int, random: np.random.Generator) -> list[Any]:
        """Values of a column, drawn; of whole numbers half from between the constants."""
        values = self.values[column]
        drawn = [values[at] for at in random.integers(0, len(values), n)]
        if column not in self.most:
            return drawn
        least, most = self.most[column]
        width = np.log1p(most - least)
        between = least + np.expm1(random.uniform(0, width, n)).astype(np.int64)
        is_between = random.integers(0, 1, n, endpoint=True)
        return [
            int(b) if chosen else v for v, b, chosen in zip(drawn, between, is_between, strict=True)
        ]


def choices_of(
    terms: Terms, fixed: Row, schema: Mapping[str, pl.DataType], standards: Standards
) -> Choices:
    """Values worth trying in the facts that a rule looks at.

    Parameters
    ----------
    terms
        Columns and constants of the rule.
    fixed
        Values of its parameters and the day of decision.
    schema
        Types by column.
    standards
        Says in which unit a parameter is.
    """
    facts = [name for name in terms.columns if is_fact(name)]
    known = _constants(terms, fixed, standards)
    values: dict[str, list[Any]] = {}
    most: dict[str, tuple[int, int]] = {}
    for name in facts:
        if schema[name] == pl.Boolean():
            values[name] = [False, True]
        elif schema[name] == pl.String():
            values[name] = [*terms.texts, "another"]
        else:
            kind = kind_of(name)
            least = int(name.removeprefix(_OF_HOUSEHOLD) in NEVER_NOBODY)
            near = {c + step for c in known[kind] for step in (-1, 0, 1)}
            values[name] = sorted(value for value in near if value >= least)
            top = values[name][-1]
            low = values[name][0] if kind == DAY else least
            most[name] = (low, top * (1 + len(facts)) if kind == AMOUNT else top)
    return Choices(values=values, most=most)


def _constants(terms: Terms, fixed: Row, standards: Standards) -> dict[str, set[int]]:
    """What each kind of whole number is compared with."""
    plain = {number for number in terms.numbers if number not in (FEN_PER_YUAN, RATIO_SCALE)}
    known = {kind: {0, 1, *plain} for kind in (AMOUNT, SHARE, NUMBER)}
    known[AMOUNT].add(_AMOUNT_TRIED)
    known[SHARE].add(RATIO_SCALE)
    known[DAY] = set()
    for column, value in fixed.items():
        if not column.startswith(_PARAMETER) or value is None:
            continue
        _, name, *moved = column.split("|")
        known[DAY if moved else _kind_of_parameter(name, standards)].add(value)
    today = fixed[TODAY]
    known[DAY] |= {today - number for number in known[NUMBER]}
    known[DAY] |= {today + number for number in known[NUMBER]}
    known[DAY].add(min(known[DAY]) - (max(known[DAY]) - min(known[DAY])))
    return known


def _kind_of_parameter(name: str, standards: Standards) -> str:
    """What a parameter is, by its unit."""
    kinds = {FEN_PER_YUAN: AMOUNT, RATIO_SCALE: SHARE}
    return kinds.get(scale_of(standards.parameter(name).unit), NUMBER)
