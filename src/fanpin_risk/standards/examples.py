"""For every rule a household that meets it and one that just does not, found at its own boundary.

Candidates come from the rule itself (`fanpin_risk.standards.example_search`). What neither answer
needs is left out, and the two are brought together until one value makes the difference; where no
single one can, as few as do.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import narwhals as nw
import numpy as np
import polars as pl

from fanpin_risk.errors import ConfigError
from fanpin_risk.household.facts import DayFacts
from fanpin_risk.standards.evaluate import condition_of, evaluate, with_parameters
from fanpin_risk.standards.example_choices import TODAY, Row, choices_of, is_fact
from fanpin_risk.standards.example_search import Search
from fanpin_risk.standards.readings import Readings
from fanpin_risk.standards.rule import StandardRule
from fanpin_risk.standards.table import ParameterTable
from fanpin_risk.standards.terms_of_rule import terms_of

OF_HOUSEHOLD = "h|"
"""How a rule on persons names a fact of the household."""


@dataclass(frozen=True, kw_only=True)
class RuleExample:
    """Facts that meet a rule, and facts that do not; see `rule_example`.

    ``columns`` are those in which the two differ, none where a side was not found: ``met`` or
    ``not_met`` is None then. A fact that is None is not known, and does not matter.
    """

    rule: str
    met: Row | None
    not_met: Row | None
    columns: tuple[str, ...] = ()

    @property
    def is_found(self) -> bool:
        """Whether there are both."""
        return self.met is not None and self.not_met is not None

    @property
    def column(self) -> str | None:
        """The one in which they differ; None for several or none."""
        return self.columns[0] if len(self.columns) == 1 else None


def rule_example(
    rule: StandardRule,
    facts: DayFacts,
    table: ParameterTable,
    readings: Readings,
    *,
    place: str,
    n_tries: int,
    seed: int,
    n_rounds: int | None = None,
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
        How many candidates are tried at once.
    seed
        The same seed gives the same example.
    n_rounds
        How often facts are drawn anew before a side is given up; None: ``n_tries`` times.
    marks_allowed
        As in `evaluate`.

    Returns
    -------
    RuleExample
        Values of the columns that the rule looks at, brought together as near as each answer
        stays: mostly one step of one whole number, or one yes or no. Both were answered by the rule
        itself.
    """
    search = _search(rule, facts, table, readings, place, marks_allowed)
    random = np.random.default_rng(seed)
    rounds = n_tries if n_rounds is None else n_rounds
    met = search.grown(True, n_tried=n_tries, n_rounds=rounds, random=random)
    not_met = search.grown(False, n_tried=n_tries, n_rounds=rounds, random=random)
    if met.is_empty() or not_met.is_empty():
        return RuleExample(rule=rule.name, met=_first(met), not_met=_first(not_met))
    one, other = search.halved(*_pair(search, met, not_met, n_tries), n_tries)
    one, other = search.pared(one, other)
    unlike = tuple(name for name in search.order if one[name] != other[name])
    return RuleExample(rule=rule.name, met=one, not_met=other, columns=unlike)


def is_proven(
    example: RuleExample,
    rule: StandardRule,
    facts: DayFacts,
    table: ParameterTable,
    readings: Readings,
    *,
    place: str,
    marks_allowed: tuple[str, ...] = (),
) -> bool:
    """Whether the rule, asked as about any household, tells an example's two sides apart.

    Parameters
    ----------
    example
        Of `rule_example`, with the same rule and the same further arguments.
    rule, facts, table, readings, place, marks_allowed
        As there.

    Returns
    -------
    bool
        False also where a side was not found.
    """
    if example.met is None or example.not_met is None:
        return False
    made = households_of(rule, [example.met, example.not_met], facts, place=place)
    answers = evaluate(made, table, [rule], readings, marks_allowed=marks_allowed)
    return bool(answers.homes.sort("home")[rule.name].to_list() == [True, False])


def households_of(rule: StandardRule, rows: list[Row], facts: DayFacts, *, place: str) -> DayFacts:
    """Households made up of some facts, one for each row; all else is not known.

    Parameters
    ----------
    rule
        Says whether the facts are of households or of persons: then each household has one member.
    rows
        Facts by column, as in `RuleExample`.
    facts
        Any facts of a day: of them only the columns, their types and the day.
    place
        Where they live.
    """
    n = len(rows)
    is_of_persons = rule.level == "person"
    own = [{k: v for k, v in row.items() if not k.startswith(OF_HOUSEHOLD)} for row in rows]
    shared = [
        {k.removeprefix(OF_HOUSEHOLD): v for k, v in row.items() if k.startswith(OF_HOUSEHOLD)}
        for row in rows
    ]
    numbers = pl.Series("home", range(n), dtype=pl.Int64)
    homes = _filled(facts.homes.to_native().clear(n), shared if is_of_persons else own)
    homes = homes.with_columns(
        numbers,
        numbers.cast(pl.String).alias("household_id"),
        pl.lit(place).alias("context_place"),
    )
    persons = facts.persons.to_native().clear(n if is_of_persons else 0)
    if is_of_persons:
        persons = _filled(persons, own).with_columns(numbers, numbers.alias("person"))
    return DayFacts(
        as_of=facts.as_of,
        homes=nw.from_native(homes, eager_only=True),
        persons=nw.from_native(persons, eager_only=True),
    )


def best_place(table: ParameterTable) -> str:
    """Place of the most parameters that can be told; of several the first (bytes).

    Raises
    ------
    ConfigError
        If the table is of no place.
    """
    told = [
        (sum(value is None for value in row.values()), row["context_place"])
        for row in table.frame.iter_rows(named=True)
    ]
    if not told:
        raise ConfigError(
            f"No household has a place of reference on {table.day}, so no parameter holds. "
            "Choose another day."
        )
    return str(min(told)[1])


def _search(
    rule: StandardRule,
    facts: DayFacts,
    table: ParameterTable,
    readings: Readings,
    place: str,
    marks_allowed: tuple[str, ...],
) -> Search:
    """The rule's condition with what can be tried in it."""
    base = _base(rule, facts, table, place)
    condition = condition_of(rule, readings, marks_allowed)
    schema = {name: kind for name, kind in base.schema.items() if isinstance(kind, pl.DataType)}
    terms = terms_of(condition, schema)
    row = base.row(0, named=True)
    fixed = {name: row[name] for name in terms.columns if not is_fact(name)}
    choices = choices_of(terms, {**fixed, **_today(row)}, schema, table.standards)
    return Search(
        condition=condition,
        schema=schema,
        fixed=fixed,
        order=_order(rule, [name for name in terms.columns if is_fact(name)], choices.most),
        choices=choices,
    )


def _today(row: Row) -> Row:
    """The day of decision, also where a rule does not look at it."""
    return {name: value for name, value in row.items() if name == TODAY}


def _order(rule: StandardRule, facts: list[str], whole: Collection[str]) -> list[str]:
    """Facts with whole numbers first, and of each kind those first that the rule shows."""
    shown = [one.column for one in rule.shows]
    at = {name: place for place, name in reversed(list(enumerate(shown)))}
    return sorted(facts, key=lambda name: (name not in whole, at.get(name, len(at)), name))


def _pair(
    search: Search, met: pl.DataFrame, not_met: pl.DataFrame, n_tries: int
) -> tuple[Row, Row]:
    """One row of each side, as like as they can be."""
    turned = search.turned(met, True, n_tries)
    if turned is not None:
        return turned
    turned = search.turned(not_met, False, n_tries)
    if turned is not None:
        return turned[1], turned[0]
    one = met.row(0, named=True)
    unlike = pl.sum_horizontal(
        pl.col(name).ne_missing(pl.lit(value, dtype=search.schema[name]))
        for name, value in one.items()
    )
    nearest = not_met.select(unlike.arg_min()).item()
    return search.together(one, not_met.row(nearest, named=True))


def _first(rows: pl.DataFrame) -> Row | None:
    """The first row, if there is one."""
    return None if rows.is_empty() else rows.row(0, named=True)


def _filled(frame: pl.DataFrame, rows: list[Row]) -> pl.DataFrame:
    """A frame of nothing known with some columns filled; answers of rules are put beside them."""
    names = sorted({name for row in rows for name in row})
    return frame.with_columns(
        pl.Series(name, [row[name] for row in rows], dtype=frame.schema.get(name, pl.Boolean()))
        for name in names
    )


def _base(rule: StandardRule, facts: DayFacts, table: ParameterTable, place: str) -> pl.DataFrame:
    """One row with the parameters of the place and everything else not known."""
    homes = facts.homes.to_native().clear(1).with_columns(context_place=pl.lit(place))
    placed = with_parameters(nw.from_native(homes, eager_only=True), table, facts.as_of).to_native()
    if rule.level == "household":
        return placed
    answered = [name for name in rule.household_columns if name not in placed.columns]
    placed = placed.with_columns(pl.lit(None, dtype=pl.Boolean).alias(name) for name in answered)
    shared = [name for name in placed.columns if not is_fact(name)]
    of_home = [pl.col(name).alias(f"{OF_HOUSEHOLD}{name}") for name in rule.household_columns]
    return pl.concat(
        [facts.persons.to_native().clear(1), placed.select(*shared, *of_home)], how="horizontal"
    )
