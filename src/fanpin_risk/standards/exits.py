"""Exits of a day: the rules on them asked after all others, and what still holds each household."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import narwhals as nw
import polars as pl

from fanpin_risk.household.facts import DayFacts
from fanpin_risk.household.listed import FINDING_COLUMNS
from fanpin_risk.records.contracts.codes import EXIT_WAYS
from fanpin_risk.standards.evaluate import Answers, evaluate
from fanpin_risk.standards.exit_facts import with_finding_facts
from fanpin_risk.standards.exit_rules import EXIT_RULES
from fanpin_risk.standards.readings import Readings
from fanpin_risk.standards.rule import ANSWER_WORDS, answer
from fanpin_risk.standards.table import ParameterTable
from fanpin_risk.standards.worded import in_words, rule_words

READY: Final = EXIT_RULES[-1]
"""All conditions together."""
CONDITIONS: Final = EXIT_RULES[:-1]
"""Each condition by itself."""
BY_HELP, NATURAL = EXIT_WAYS.words

EXIT_SCHEMA: dict[str, pl.DataType] = dict.fromkeys(
    (
        *("household_id", "exit", "exit_zh", "exit_en", "way", "way_zh", "way_en"),
        *("held_by", "held_zh", "held_en", "open_by", "open_zh", "open_en"),
    ),
    pl.String(),
)
"""Columns of `exits`."""


def with_exits(
    answers: Answers,
    facts: DayFacts,
    table: ParameterTable,
    readings: Readings,
    *,
    marks_allowed: Sequence[str] = (),
) -> Answers:
    """Ask the rules on exits, which stand on the answers of the others, of whoever is listed.

    Parameters
    ----------
    answers
        Of `evaluate`, of every other rule; answers on exits among them are replaced.
    facts
        The same facts, with the ledger's word on them (`with_ledger_facts`).
    table
        Parameters of the day, those of `EXIT_RULES` among them.
    readings, marks_allowed
        As in `evaluate`.

    Returns
    -------
    Answers
        The same with the rules on exits behind the others where they were not asked, and with the
        facts they stand on. Who is not listed meets none of them, and has none of these facts.

    Raises
    ------
    SchemaError
        If a rule or a fact that they stand on is missing.
    """
    listed = replace(facts, homes=facts.homes.filter(nw.col("is_listed").fill_null(True)))
    told = with_finding_facts(listed, answers, marks_allowed=marks_allowed)
    found = evaluate(
        told,
        table,
        EXIT_RULES,
        readings,
        marks_allowed=marks_allowed,
    )
    names = [rule.name for rule in EXIT_RULES]
    others = [n for n in answers.homes.columns if n not in (*names, *FINDING_COLUMNS)]
    homes = (
        answers.homes.select(others)
        .join(told.homes.select("home", *FINDING_COLUMNS), on="home", how="left")
        .join(found.homes.select("home", *names, _is_asked=nw.lit(True)), on="home", how="left")
    )
    homes = homes.with_columns(
        nw.when(nw.col("_is_asked").fill_null(False))
        .then(nw.col(name))
        .otherwise(nw.lit(False))
        .alias(name)
        for name in names
    ).drop("_is_asked")
    rules = tuple(rule for rule in answers.rules if rule.name not in names) + EXIT_RULES
    if set(names) <= {rule.name for rule in answers.rules}:
        rules = answers.rules
    return replace(answers, rules=rules, homes=homes)


def exits(answers: Answers) -> pl.DataFrame:
    """Whether an exit can be proposed for each listed household, and what still holds it.

    Parameters
    ----------
    answers
        Of `with_exits`.

    Returns
    -------
    DataFrame
        One row for each listed household, by number (bytes); columns of `EXIT_SCHEMA`: ``exit`` is
        the answer of `READY` with its words; ``way`` is ``by_help`` with a measure aimed at a named
        risk, ``natural`` without one, null where that cannot be told or an exit is not met;
        ``held_by`` names the conditions that are not met, ``open_by`` those that cannot be told, by
        name and title, empty for none.
    """
    listed = answers.homes.filter(nw.col("is_listed"))
    ready = nw.col(READY.name)
    can_go = ready.fill_null(True)
    aimed = nw.col("has_aimed_measure")
    way = nw.when(can_go & aimed).then(nw.lit(BY_HELP)).when(can_go & ~aimed).then(nw.lit(NATURAL))
    held = rule_words(CONDITIONS, {rule.name: ~nw.col(rule.name) for rule in CONDITIONS})
    open_ = rule_words(CONDITIONS, {rule.name: nw.col(rule.name).is_null() for rule in CONDITIONS})
    told = listed.with_columns(
        exit=answer(ready),
        way=way,
        **dict(zip(("held_by", "held_zh", "held_en"), held, strict=True)),
        **dict(zip(("open_by", "open_zh", "open_en"), open_, strict=True)),
    )
    for column, words in (("exit", ANSWER_WORDS), ("way", EXIT_WAYS.words)):
        told = told.with_columns(**in_words(column, words))
    return told.select(*EXIT_SCHEMA).to_native().sort("household_id")
