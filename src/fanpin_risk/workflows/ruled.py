"""What the county's standards say on a day: facts, every rule's answer, and what they propose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import narwhals as nw
import polars as pl

from fanpin_risk.household.choices import AccountChoices
from fanpin_risk.household.facts import DayFacts, day_facts
from fanpin_risk.household.listed import with_ledger_facts
from fanpin_risk.household.placement import Facts
from fanpin_risk.household.themes import THEMES
from fanpin_risk.household.view import CountyView
from fanpin_risk.ledger.listed_facts import listed_facts
from fanpin_risk.ledger.loop import loop_theme
from fanpin_risk.standards.account_choices import account_choices
from fanpin_risk.standards.catalogue import STANDARD_RULES
from fanpin_risk.standards.employment_deduction import with_deduction
from fanpin_risk.standards.evaluate import Answers, evaluate
from fanpin_risk.standards.exit_rules import EXIT_RULES
from fanpin_risk.standards.exits import with_exits
from fanpin_risk.standards.logic import any_of
from fanpin_risk.standards.parameters import Standards
from fanpin_risk.standards.proposal import proposals
from fanpin_risk.standards.rule import StandardRule
from fanpin_risk.standards.table import parameter_table

Frame = nw.DataFrame[pl.DataFrame]


@dataclass(frozen=True, kw_only=True)
class Ruled:
    """A day's answers and proposals, a row for each household that goes on."""

    answers: Answers
    proposals: pl.DataFrame


def parameters_of(rules: Sequence[StandardRule]) -> tuple[str, ...]:
    """Standards that rules stand on, each once, in the order of the rules."""
    return tuple(dict.fromkeys(name for rule in rules for name in rule.parameters))


def ruled(
    facts: Facts,
    county: CountyView,
    state: Frame,
    standards: Standards,
    rules: Sequence[StandardRule] = STANDARD_RULES,
) -> Ruled:
    """Ask every rule about every household that goes on, and put the answers together.

    Parameters
    ----------
    facts
        Of the day.
    county
        The same day's view.
    state
        Of `ledger_state`, for the same day.
    standards
        As a configuration uses them: readings, marks, bridge.
    rules
        The rules asked.

    Raises
    ------
    ConfigError
        If the standards lack one that a rule stands on, or that every account needs.
    """
    day = facts.known.as_of
    places = places_of(county)
    accounts = accounts_of(facts, county, state, account_choices(standards, places, day))
    return told_of(accounts, state, standards, places=places, day=day, rules=rules)


def places_of(county: CountyView) -> list[str]:
    """Places of reference of a county's households, each once."""
    places: list[str] = county.homes["context_place"].drop_nulls().unique().to_list()
    return places


def accounts_of(
    facts: Facts, county: CountyView, state: Frame, choices: AccountChoices
) -> DayFacts:
    """Every household's account on a day, with the ledger's word on it, before any standard."""
    found = day_facts(county, choices, (*THEMES, loop_theme(facts)))
    return with_ledger_facts(found, listed_facts(facts, state))


def told_of(
    accounts: DayFacts,
    state: Frame,
    standards: Standards,
    *,
    places: Sequence[str],
    day: date,
    rules: Sequence[StandardRule] = STANDARD_RULES,
) -> Ruled:
    """Ask every rule of accounts, with the standards in force on a day, and put it together."""
    readings, marks = standards.readings, sorted(standards.marks_allowed)
    found = with_deduction(accounts, standards, readings, day)
    table = parameter_table(standards, places, day, parameters_of(rules))
    asked = [rule for rule in rules if rule not in EXIT_RULES]
    answers = evaluate(found, table, asked, readings, marks_allowed=marks)
    if len(asked) < len(rules):
        answers = with_exits(answers, found, table, readings, marks_allowed=marks)
    return Ruled(
        answers=answers, proposals=proposals(answers, state, readings, marks_allowed=marks)
    )


def rule_must_visits(day: Ruled) -> pl.DataFrame:
    """Whose visit the rules ask for.

    One rule that is met is enough, or a proposal that wants a visit (sudden hardship, a route case
    by case); without, a rule that cannot tell leaves it open.

    Returns
    -------
    DataFrame
        ``household_id, must_visit`` (null: the rules cannot tell), by number (bytes).
    """
    names = [rule.name for rule in day.answers.rules if rule.makes_must_visit]
    by_rules = day.answers.homes.select(
        "household_id", _by_rules=any_of(*[nw.col(name) for name in names])
    ).to_native()
    proposed = day.proposals.select("household_id", _proposed="must_visit")
    return (
        by_rules.join(proposed, on="household_id", how="left")
        .select("household_id", must_visit=pl.col("_by_rules") | pl.col("_proposed"))
        .sort("household_id")
    )
