"""Every rule's answer for every household of a day, as one wide table of nullable truth values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import narwhals as nw
import polars as pl

from fanpin_risk.dates import add_months, day_number
from fanpin_risk.errors import SchemaError
from fanpin_risk.household.by_number import under_numbers
from fanpin_risk.household.facts import DayFacts
from fanpin_risk.standards.logic import all_of
from fanpin_risk.standards.readings import Readings
from fanpin_risk.standards.rule import StandardRule
from fanpin_risk.standards.table import ParameterTable
from fanpin_risk.standards.values import MARKS_TO_NAME

Frame = nw.DataFrame[pl.DataFrame]

MONTH_UNITS = ("months",)
"""Units of standards that also stand as days before and after the day of decision."""


@dataclass(frozen=True, kw_only=True)
class Answers:
    """Answers of a day.

    Attributes
    ----------
    as_of
        The day of decision.
    rules
        The rules asked, in the order in which they are shown.
    homes
        Facts and parameters of each household (`DayFacts.homes`) and one ``Boolean`` column for
        each rule, under its name: true met, false not met, null cannot tell.
    persons
        The same of each person, for the rules on persons.
    table
        The parameters used.
    """

    as_of: date
    rules: tuple[StandardRule, ...]
    homes: Frame
    persons: Frame
    table: ParameterTable


def evaluate(
    facts: DayFacts,
    table: ParameterTable,
    rules: Sequence[StandardRule],
    readings: Readings,
    *,
    marks_allowed: Sequence[str] = (),
) -> Answers:
    """Ask every rule about every household.

    Parameters
    ----------
    facts
        Of the day.
    table
        Parameters on the day at every place of the facts.
    rules
        The rules.
    readings
        The readings chosen where the text is silent.
    marks_allowed
        Marks that a configuration names; a rule of another mark that must be named cannot tell.

    Returns
    -------
    Answers

    Raises
    ------
    SchemaError
        If a rule looks at a fact or a parameter that nobody gives.
    """
    homes = with_parameters(facts.homes, table, facts.as_of)
    of_homes = [rule for rule in rules if rule.level == "household"]
    of_persons = [rule for rule in rules if rule.level == "person"]
    _check(of_homes, homes)
    homes = homes.with_columns(
        condition_of(rule, readings, marks_allowed).alias(rule.name) for rule in of_homes
    )
    persons = _with_household(facts.persons, homes, of_persons)
    _check(of_persons, persons)
    persons = persons.with_columns(
        condition_of(rule, readings, marks_allowed).alias(rule.name) for rule in of_persons
    )
    if of_persons:
        homes = homes.join(
            _of_members(persons, [rule.name for rule in of_persons]), on="home", how="left"
        )
    return Answers(as_of=facts.as_of, rules=tuple(rules), homes=homes, persons=persons, table=table)


def condition_of(
    rule: StandardRule, readings: Readings, marks_allowed: Sequence[str] = ()
) -> nw.Expr:
    """A rule's whole condition: to whom it applies, and whether it is met; three-valued."""
    if rule.mark in MARKS_TO_NAME and rule.mark not in marks_allowed:
        return nw.lit(None).cast(nw.Boolean)
    condition = rule.condition(readings)
    if rule.applies is not None:
        condition = all_of(rule.applies(readings), condition)
    return condition.cast(nw.Boolean)


def with_parameters(homes: Frame, table: ParameterTable, as_of: date) -> Frame:
    """Add every parameter of the place to each household, and the day of decision.

    Returns
    -------
    DataFrame
        The rows, ``as_of_day`` and for each standard ``p|<name>``; for those in months also
        ``p|<name>|before`` and ``p|<name>|after``, day numbers that lie so many months away.
    """
    names = [name for name in table.frame.columns if name != "context_place"]
    columns = [nw.col(name).alias(f"p|{name}") for name in names]
    placed = table.frame.select("context_place", *columns)
    for name in names:
        if table.standards.parameter(name).unit in MONTH_UNITS:
            placed = placed.join(
                _days_of_months(table.frame, name, as_of), on=f"p|{name}", how="left"
            )
    today = nw.lit(day_number(as_of)).cast(nw.Int64)
    return homes.join(placed, on="context_place", how="left").with_columns(as_of_day=today)


def _days_of_months(frame: Frame, name: str, as_of: date) -> Frame:
    """Days that lie a standard's months before and after the day of decision, by its values."""
    values = sorted({int(value) for value in frame[name].drop_nulls().to_list()})
    days = pl.DataFrame(
        {
            f"p|{name}": values,
            f"p|{name}|before": [day_number(add_months(as_of, -value)) for value in values],
            f"p|{name}|after": [day_number(add_months(as_of, value)) for value in values],
        },
        schema=dict.fromkeys((f"p|{name}", f"p|{name}|before", f"p|{name}|after"), pl.Int64()),
    )
    return nw.from_native(days, eager_only=True)


def _with_household(persons: Frame, homes: Frame, rules: Sequence[StandardRule]) -> Frame:
    """Add to each person the parameters and the household facts that rules on persons look at."""
    wanted = sorted({column for rule in rules for column in rule.household_columns})
    missing = [column for column in wanted if column not in homes.columns]
    if missing:
        raise SchemaError(
            f"Rules on persons look at the household facts {missing}, which nobody gives. "
            "Name a column of the household's account, or a rule on households."
        )
    shared = [name for name in homes.columns if name.startswith("p|")]
    of_home = homes.select(
        "home", "as_of_day", *shared, *[nw.col(column).alias(f"h|{column}") for column in wanted]
    )
    return persons.join(of_home, on="home", how="left")


def _of_members(persons: Frame, names: Sequence[str]) -> Frame:
    """Answers of households from those of their members: met by one, else open by one."""
    groups = under_numbers(persons.to_native(), "home")
    present = groups.present
    found = [pl.Series("home", present).cast(persons.to_native().schema["home"])]
    for name in names:
        answer = persons.get_column(name).to_native()
        is_met, is_open = answer.fill_null(False).to_numpy(), answer.is_null().to_numpy()
        met, open_ = groups.counted(is_met)[present] > 0, groups.counted(is_open)[present] > 0
        found.append(pl.Series(name, met).set(pl.Series(open_ & ~met), None))
    return nw.from_native(pl.DataFrame(found), eager_only=True)


def _check(rules: Sequence[StandardRule], frame: Frame) -> None:
    """Refuse rules that show or compare with what is not there."""
    for rule in rules:
        shown = [column for s in rule.shows for column in (s.column, s.day) if column is not None]
        missing = [column for column in shown if column not in frame.columns]
        missing += [name for name in rule.parameters if f"p|{name}" not in frame.columns]
        if missing:
            raise SchemaError(
                f"The rule {rule.name!r} looks at {missing}, which nobody gives. Add the theme of "
                "facts, or name the standards when the table of parameters is made."
            )
