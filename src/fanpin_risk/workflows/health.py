"""How every rule does on a register's records, and a household on either side of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import narwhals as nw
import polars as pl

from fanpin_risk.config import Project
from fanpin_risk.dates import day_of
from fanpin_risk.errors import AsOfError, ConfigError
from fanpin_risk.household.facts import DayFacts
from fanpin_risk.provenance import folder_written_whole, require_place, write_json
from fanpin_risk.standards.catalogue import STANDARD_RULES
from fanpin_risk.standards.contradictions import CONTRADICTIONS
from fanpin_risk.standards.evaluate import Answers
from fanpin_risk.standards.example_choices import DAY, TODAY, Row, kind_of
from fanpin_risk.standards.examples import RuleExample, best_place, is_proven, rule_example
from fanpin_risk.standards.health import contradictions, rule_counts, silent_rules
from fanpin_risk.standards.parameters import Standards
from fanpin_risk.standards.rule import MET, NOT_MET, StandardRule
from fanpin_risk.standards.table import ParameterTable, parameter_table
from fanpin_risk.standards.values import MARKS_TO_NAME
from fanpin_risk.workflows.reading import Step, read_project
from fanpin_risk.workflows.register import RegisterBasis
from fanpin_risk.workflows.results import write_parquet
from fanpin_risk.workflows.ruled import parameters_of

N_TRIES: Final = 2000
N_ROUNDS: Final = 80
SEED: Final = 7
"""How examples are looked for: changes tried at once, how often, and what is drawn from."""

SILENT_WORDS: Final = {
    "never met": "从不符合 never met",
    "always met": "总是符合 always met",
    "never told": "从不能判断 never told",
}
"""What a rule that always says the same says."""

EXAMPLE_SCHEMA: dict[str, pl.DataType] = {
    **dict.fromkeys(("rule", "place", "answer", "fact", "value"), pl.String()),
    **dict.fromkeys(("is_the_difference", "is_proven"), pl.Boolean()),
}
"""Columns of ``examples.parquet``."""


@dataclass(frozen=True, kw_only=True)
class ProvenExample:
    """An example of a rule, and what running the rule on it said.

    ``missing`` says which of the rule's parameters cannot be told at the place, and why.
    """

    rule: StandardRule
    example: RuleExample
    is_proven: bool
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Health:
    """What `run_health` found.

    Attributes
    ----------
    counts
        Of `rule_counts`, one day after the other.
    silent
        Of `silent_rules`, over all days.
    pairs
        Of `contradictions`, one day after the other.
    examples
        One for each rule, in their order, at ``place``.
    """

    counts: pl.DataFrame
    silent: pl.DataFrame
    pairs: pl.DataFrame
    examples: tuple[ProvenExample, ...]
    place: str


def run_health(project: Project, folder: Path, *, days: Sequence[date], step: Step) -> Health:
    """Ask every rule on some days, and write how they do.

    Parameters
    ----------
    project
        Of a register.
    folder
        Is replaced as a whole: ``health.parquet, silent.parquet, contradictions.parquet,
        examples.parquet, examples.json``. No household is named in any of them.
    days
        Days of decision, such as the ends of some months.
    step
        Told what is done.

    Raises
    ------
    ConfigError
        If the records are no register.
    AsOfError
        If nobody is on record on one of the days, or no day is given.
    """
    require_place(folder)
    asked = sorted(set(days))
    if not asked:
        raise AsOfError("No day was given on which the rules are asked. Give one at least.")
    read, setting = read_project(project, step)
    basis = register_of(setting.basis)
    counts, pairs = [], []
    for day in asked:
        step("逐户核对规则 asking the rules", str(day))
        now = basis.situation(read.records, day)
        assert now.register is not None
        told = now.register.ruled
        counts.append(rule_counts(told.answers, basis.standards.readings))
        pairs.append(contradictions(told.answers, CONTRADICTIONS, told.proposals))
    examples, place = examples_of(told.answers, basis.standards, step)
    found = Health(
        counts=pl.concat(counts),
        silent=silent_rules(pl.concat(counts)),
        pairs=pl.concat(pairs),
        examples=examples,
        place=place,
    )
    step("write", "")
    with folder_written_whole(folder) as new:
        write_parquet(found.counts, new / "health.parquet")
        write_parquet(found.silent, new / "silent.parquet")
        write_parquet(found.pairs, new / "contradictions.parquet")
        write_parquet(example_rows(found), new / "examples.parquet")
        write_json(new / "examples.json", example_content(found))
    return found


def health_tables(health: Health) -> list[tuple[list[str], list[list[str]]]]:
    """Tables for the screen, each a header and its rows, those without rows left out.

    What the rules say on the last day; rules that always say the same; pairs that contradict.
    """
    titles = {rule.name: f"{rule.title_zh} {rule.title_en}" for rule in STANDARD_RULES}
    last = health.counts.filter(pl.col("as_of") == pl.col("as_of").max())
    total = last.group_by("rule", maintain_order=True).agg(
        pl.col("eligible", "met", "not_met", "unknown").sum()
    )
    answers = [
        [name, titles[name], *(f"{n:,}" for n in numbers)] for name, *numbers in total.iter_rows()
    ]
    silent = [
        [row["rule"], SILENT_WORDS[row["says"]], f"{row['n_told']:,}", f"{row['n_unknown']:,}"]
        for row in health.silent.iter_rows(named=True)
    ]
    pairs = [
        [
            str(row["as_of"]),
            "不应同时成立 cannot be" if row["cannot_be"] else "宜核对 worth a look",
            f"{_answered(row, 'one')} + {_answered(row, 'other')}",
            f"{row['words_zh']} / {row['words_en']}",
            f"{row['n']:,}",
        ]
        for row in health.pairs.filter(pl.col("n") > 0).iter_rows(named=True)
    ]
    tables = [
        (
            [
                *("规则 rule", "名称 title", "适用 eligible", "符合 met"),
                *("不符合 not met", "无法判断 cannot tell"),
            ],
            answers,
        ),
        (["规则 rule", "从不变化 says", "已判断 told", "无法判断 cannot tell"], silent),
        (["日期 day", "类别 kind", "答案 answers", "说明 words", "户数 households"], pairs),
    ]
    return [(header, rows) for header, rows in tables if rows]


def _answered(row: dict[str, Any], side: str) -> str:
    """One answer of a pair."""
    return f"{row[side]} {MET if row[f'is_{side}_met'] else NOT_MET}"


def register_of(basis: object) -> RegisterBasis:
    """The basis, if it is a register.

    Raises
    ------
    ConfigError
        If it is not.
    """
    if not isinstance(basis, RegisterBasis):
        raise ConfigError(
            "The county's rules are asked of a register, and this configuration's basis is a "
            "survey. Name a configuration with `basis: register`."
        )
    return basis


def examples_of(
    answers: Answers, standards: Standards, step: Callable[[str, str], None]
) -> tuple[tuple[ProvenExample, ...], str]:
    """A household on either side of every rule, at the place of which most is known; and the place.

    Values of every mark are used: what a rule says is one thing, whether a configuration allows its
    source another.

    Parameters
    ----------
    answers
        Of a day; of its facts only the columns and the day.
    standards
        The standards.
    step
        Told which rule it is at.
    """
    facts = facts_without_anybody(answers)
    marks = tuple(sorted(MARKS_TO_NAME))
    bridge = None if standards.bridge is None else str(standards.bridge)
    every = standards.using(marks_allowed=marks, bridge=bridge)
    places = answers.table.frame["context_place"].to_list()
    table = parameter_table(every, places, answers.as_of, parameters_of(answers.rules))
    place = best_place(table)
    found = []
    for rule in answers.rules:
        step("两侧示例 examples", rule.name)
        example = rule_example(
            rule,
            facts,
            table,
            every.readings,
            place=place,
            n_tries=N_TRIES,
            n_rounds=N_ROUNDS,
            seed=SEED,
            marks_allowed=marks,
        )
        proven = is_proven(
            example, rule, facts, table, every.readings, place=place, marks_allowed=marks
        )
        found.append(
            ProvenExample(
                rule=rule,
                example=example,
                is_proven=proven,
                missing=_missing(rule, table, place),
            )
        )
    return tuple(found), place


def facts_without_anybody(answers: Answers) -> DayFacts:
    """The facts that answers stand on, of nobody: only their columns, types and day."""
    rules = {rule.name for rule in answers.rules}

    def facts(frame: nw.DataFrame[pl.DataFrame]) -> nw.DataFrame[pl.DataFrame]:
        kept = [
            name
            for name in frame.columns
            if not name.startswith(("p|", "h|")) and name not in {*rules, TODAY}
        ]
        return frame.select(kept).head(0)

    return DayFacts(as_of=answers.as_of, homes=facts(answers.homes), persons=facts(answers.persons))


def example_rows(health: Health) -> pl.DataFrame:
    """Every fact of every example, one a row.

    Returns
    -------
    DataFrame
        Columns of `EXAMPLE_SCHEMA`: ``value`` as text (days as dates, money in fen);
        ``is_the_difference``: whether the two sides differ in it. In the order of the rules.
    """
    rows = [
        (
            one.rule.name,
            health.place,
            answer,
            fact,
            value,
            fact in one.example.columns,
            one.is_proven,
        )
        for one in health.examples
        for answer, side in ((MET, one.example.met), (NOT_MET, one.example.not_met))
        for fact, value in _written(side).items()
    ]
    return pl.DataFrame(rows, schema=EXAMPLE_SCHEMA, orient="row")


def example_content(health: Health) -> dict[str, Any]:
    """The examples to be read by eye, by rule."""
    return {
        one.rule.name: {
            "title_zh": one.rule.title_zh,
            "title_en": one.rule.title_en,
            "tests_zh": one.rule.tests_zh,
            "tests_en": one.rule.tests_en,
            "place": health.place,
            "met": _written(one.example.met) or None,
            "not_met": _written(one.example.not_met) or None,
            "differs_in": list(one.example.columns),
            "is_proven": one.is_proven,
            "cannot_be_told_here": list(one.missing),
        }
        for one in health.examples
    }


def _written(side: Row | None) -> dict[str, str]:
    """What is known of a side, as text."""
    return {
        fact: str(day_of(value)) if kind_of(fact) == DAY else str(value)
        for fact, value in (side or {}).items()
        if value is not None
    }


def _missing(rule: StandardRule, table: ParameterTable, place: str) -> tuple[str, ...]:
    """Parameters of a rule that cannot be told at a place, with the reason."""
    return tuple(
        f"{name}: {table.reasons[place, name]}"
        for name in rule.parameters
        if (place, name) in table.reasons
    )
