"""What a rule of the standards is: a three-valued test, its words, its source, what it shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import narwhals as nw

from fanpin_risk.causes import Cause
from fanpin_risk.standards.readings import Readings
from fanpin_risk.standards.values import Mark

MET, NOT_MET, CANNOT_TELL = "met", "not met", "cannot tell"
"""The three answers."""

ANSWER_WORDS = {
    MET: ("符合", MET),
    NOT_MET: ("不符合", NOT_MET),
    CANNOT_TELL: ("无法判断", CANNOT_TELL),
}
"""Answers in Chinese and English."""

Level = Literal["household", "person"]
Theme = Literal[
    "income",
    "spending",
    "guarantee",
    "shock",
    "coping",
    "person",
    "must_visit",
    "exit",
    "loop",
]
ShownUnit = Literal[
    "yuan", "count", "days", "times", "percent", "years", "minutes", "litres", "months", "code",
    "flag", "day",
]  # fmt: skip
"""How a value is shown: ``yuan`` of a column in fen, ``times`` and ``percent`` of one in
ten-thousandths, ``day`` of a day number, ``code`` as it stands, ``flag`` as yes or no."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule as it is shown: its name, titles, and what it tests, in Chinese and English.

    Whoever meets a rule with ``makes_must_visit`` is visited whatever a score says.
    """

    name: str
    title_zh: str
    title_en: str
    tests_zh: str
    tests_en: str
    makes_must_visit: bool = False


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One value that a rule looks at, as a finding shows it.

    Attributes
    ----------
    column
        Of the facts of the household, or of the person for a rule on persons.
    title_zh, title_en
        What the value is.
    unit
        How it is shown.
    day
        Column with the day (a day number) that the value is of; None where it has no day of its
        own: then it is of the day of decision.
    """

    column: str
    title_zh: str
    title_en: str
    unit: ShownUnit
    day: str | None = None


@dataclass(frozen=True, kw_only=True)
class StandardRule(Rule):
    """A rule of the county's standards: a small pure function of facts and parameters.

    Attributes
    ----------
    theme
        What it is about.
    level
        Whether it is asked of a household or of each of its members. A household meets a rule on
        persons if a member does; it cannot be told if no member is known to and of one it cannot be
        told.
    owner_zh, owner_en
        The department that answers for it.
    source, mark
        Text that the rule follows (section of the policy notes and paragraph of the founding text),
        and how far it can be trusted. A rule with a mark that must be named answers "cannot tell"
        until a configuration names the mark.
    causes
        Official causes it is evidence of.
    parameters
        Standards whose values the rule compares with, seen by ``condition`` as `parameter`.
    readings
        Names of the readings it depends on.
    household_columns
        For a rule on persons: household facts it looks at, seen as `of_household`.
    applies
        To whom the rule applies at all, three-valued; to others the answer is "not met". None: to
        everybody.
    condition
        Of the readings: whether the rule is met, three-valued.
    shows
        Values shown beside the answer, in this order.
    is_evidence
        A flag for the appraisal, never an answer by itself (red-line lists).
    """

    theme: Theme
    owner_zh: str
    owner_en: str
    source: str
    mark: Mark
    condition: Callable[[Readings], nw.Expr]
    shows: tuple[Shown, ...]
    level: Level = "household"
    causes: tuple[Cause, ...] = ()
    parameters: tuple[str, ...] = ()
    readings: tuple[str, ...] = ()
    household_columns: tuple[str, ...] = ()
    applies: Callable[[Readings], nw.Expr] | None = None
    is_evidence: bool = False


def parameter(name: str) -> nw.Expr:
    """The value of a standard at the household's place on the day; null where it cannot be told.

    Money in fen, ratios and shares in ten-thousandths, everything else in its own unit.
    """
    return nw.col(f"p|{name}")


def months_before(name: str) -> nw.Expr:
    """Day number that lies a standard's months before the day of decision; null likewise."""
    return nw.col(f"p|{name}|before")


def months_after(name: str) -> nw.Expr:
    """Day number that lies a standard's months after the day of decision; null likewise."""
    return nw.col(f"p|{name}|after")


def today() -> nw.Expr:
    """The day of decision as a day number."""
    return nw.col("as_of_day")


def of_household(column: str) -> nw.Expr:
    """A fact of the household, in a rule on persons."""
    return nw.col(f"h|{column}")


def answer(condition: nw.Expr) -> nw.Expr:
    """A nullable truth value in words: met, not met, or cannot tell."""
    return (
        nw.when(condition)
        .then(nw.lit(MET))
        .when(~condition)
        .then(nw.lit(NOT_MET))
        .otherwise(nw.lit(CANNOT_TELL))
    )
