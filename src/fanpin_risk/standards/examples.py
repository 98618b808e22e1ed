"""For every rule a household that meets it and one that just does not, found at its own boundary.

Candidates come from the rule itself: the values of its parameters, the constants and codes it
compares with, and their neighbours. They are tried; a pair of answers is then brought together,
column by column and, in the last one, by halving, until one step of one value turns the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import polars as pl

from fanpin_risk.household.facts import DayFacts
from fanpin_risk.standards.evaluate import condition_of, with_parameters
from fanpin_risk.standards.readings import Readings
from fanpin_risk.standards.rule import StandardRule
from fanpin_risk.standards.table import ParameterTable
from fanpin_risk.standards.terms_of_rule import terms_of

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class RuleExample:
    """Facts that meet a rule, and facts that do not and differ in one column; see `rule_example`.

    ``column`` is the one they differ in. None for a side that was not found.
    """

    rule: str
    met: Row | None
    not_met: Row | None
    column: str | None


def rule_example(
    rule: StandardRule,
    facts: DayFacts,
    table: ParameterTable,
    readings: Readings,
    *,
    place: str,
    n_tries: int,
    seed: int,
    marks_allowed: tuple[str, ...] = (),
) -> RuleExample:
    """A household (or person) that meets a rule and one that does not, as near as can be.

    Parameters
    ----------
    rule
        The rule.
    facts
        Any facts of a day: of them only the columns, their types and the day.
    table
        Parameters with a row for ``place``.
    readings
        The readings.
    place
        Whose parameters hold.
    n_tries
        How many candidates are tried.
    seed
        The same seed gives the same example.
    marks_allowed
        As in `evaluate`.

    Returns
    -------
    RuleExample
        Values of the columns that the rule looks at; a whole number differs by one step where the
        two differ in a whole number. Both were answered by the rule itself.
    """
    base = _base(rule, facts, table, place)
    condition = condition_of(rule, readings, marks_allowed)
    schema = {name: kind for name, kind in base.schema.items() if isinstance(kind, pl.DataType)}
    terms = terms_of(condition, schema)
    fixed = base.row(0, named=True)
    free = [name for name in terms.columns if _is_free(name)]
    seeds = {value for name, value in fixed.items() if not _is_free(name) and _is_whole(value)}
    constants = sorted(seeds | set(terms.numbers))
    choices = {name: _candidates(schema[name], terms.texts, constants) for name in free}
    tried = _tried(fixed, choices, schema, n_tries, seed)
    answers = _answers(tried, condition)
    met, not_met = _nearest(tried.filter(answers), tried.filter(~answers), free)
    if met is None or not_met is None:
        return RuleExample(
            rule=rule.name, met=_shown(met, free), not_met=_shown(not_met, free), column=None
        )

    def holds(row: Row) -> bool | None:
        value: bool | None = _answers(pl.DataFrame([row], schema=schema), condition).item()
        return value

    column, met, not_met = _together(met, not_met, free, holds)
    return RuleExample(
        rule=rule.name, met=_shown(met, free), not_met=_shown(not_met, free), column=column
    )


def _base(rule: StandardRule, facts: DayFacts, table: ParameterTable, place: str) -> pl.DataFrame:
    """One row with the parameters of the place and everything else not known."""
    homes = facts.homes.to_native().clear(1).with_columns(context_place=pl.lit(place))
    placed = with_parameters(nw.from_native(homes, eager_only=True), table, facts.as_of).to_native()
    if rule.level == "household":
        return placed
    shared = [name for name in placed.columns if not _is_free(name)]
    of_home = [pl.col(name).alias(f"h|{name}") for name in rule.household_columns]
    return pl.concat(
        [facts.persons.to_native().clear(1), placed.select(*shared, *of_home)], how="horizontal"
    )


def _is_free(column: str) -> bool:
    """Whether a column is a fact that can be tried, and no parameter and no day of decision."""
    return not column.startswith("p|") and column != "as_of_day"


def _is_whole(value: Any) -> bool:
    """Whether a value is a whole number."""
    return isinstance(value, int) and not isinstance(value, bool)


def _candidates(kind: pl.DataType, texts: Sequence[str], constants: Sequence[int]) -> list[Any]:
    """Values worth trying in a column."""
    if kind == pl.Boolean():
        return [True, False]
    if kind == pl.String():
        return [*texts, "another"]
    steps = (-1, 0, 1)
    return sorted({0, 1} | {constant + step for constant in constants for step in steps})


def _tried(
    fixed: Row,
    choices: Mapping[str, list[Any]],
    schema: Mapping[str, pl.DataType],
    n_tries: int,
    seed: int,
) -> pl.DataFrame:
    """Rows with every free column drawn from its candidates; half the whole numbers from between.

    Amounts are compared with multiples of each other, so that between the constants is tried too.
    """
    random = np.random.default_rng(seed)
    columns: dict[str, Any] = {name: [value] * n_tries for name, value in fixed.items()}
    for name, values in choices.items():
        drawn = [values[i] for i in random.integers(0, len(values), n_tries)]
        if _is_whole(values[0]):
            most = max(1, *values)
            between = np.exp(random.uniform(0, np.log1p(most), n_tries)).astype(np.int64)
            is_between = random.integers(0, 1, n_tries, endpoint=True)
            drawn = [
                int(b) if chosen else v
                for v, b, chosen in zip(drawn, between, is_between, strict=True)
            ]
        columns[name] = drawn
    return pl.DataFrame(columns, schema=dict(schema))


def _answers(rows: pl.DataFrame, condition: nw.Expr) -> pl.Series:
    """What a rule says of rows."""
    found: pl.Series = (
        nw.from_native(rows, eager_only=True).select(_answer=condition)["_answer"].to_native()
    )
    return found


def _nearest(
    met: pl.DataFrame, not_met: pl.DataFrame, free: Sequence[str]
) -> tuple[Row | None, Row | None]:
    """The first row that meets the rule, and of those that do not the one most like it."""
    if met.is_empty() or not_met.is_empty():
        return (None if met.is_empty() else met.row(0, named=True)), (
            None if not_met.is_empty() else not_met.row(0, named=True)
        )
    chosen = met.row(0, named=True)
    unlike = pl.sum_horizontal(pl.col(name).ne_missing(pl.lit(chosen[name])) for name in free)
    order = not_met.select(unlike.arg_min()).item()
    return chosen, not_met.row(order, named=True)


def _together(
    met: Row, not_met: Row, free: Sequence[str], holds: Callable[[Row], bool | None]
) -> tuple[str | None, Row, Row]:
    """Bring the two together until one column, and in it one step, makes the difference."""
    for name in free:
        moved = {**met, name: not_met[name]}
        answer = holds(moved)
        if answer:
            met = moved
        elif answer is False:
            near, far = _halved(met, moved, name, holds)
            return name, near, far
    return None, met, not_met


def _halved(
    met: Row, not_met: Row, column: str, holds: Callable[[Row], bool | None]
) -> tuple[Row, Row]:
    """Halve the distance in one column of whole numbers until it is one step."""
    near, far = met[column], not_met[column]
    if not _is_whole(near) or not _is_whole(far):
        return met, not_met
    while abs(far - near) > 1:
        middle = near + ((far - near) >> 1)
        answer = holds({**met, column: middle})
        if answer is None:
            break
        near, far = (middle, far) if answer else (near, middle)
    return {**met, column: near}, {**met, column: far}


def _shown(row: Row | None, free: Sequence[str]) -> Row | None:
    """The columns that the rule looks at."""
    return None if row is None else {name: row[name] for name in free}
