"""Findings: who meets a rule or cannot be told, with the values looked at and their dates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from fanpin_risk.standards.evaluate import Answers
from fanpin_risk.standards.rule import ANSWER_WORDS, CANNOT_TELL, MET, NOT_MET, StandardRule
from fanpin_risk.standards.texts import missing_words, parameter_words, shown_words

SCHEMA: dict[str, pl.DataType] = {
    "household_id": pl.String(),
    "rule": pl.String(),
    "answer": pl.String(),
    "evidence": pl.String(),
    "parameter": pl.String(),
}


def findings_of(
    answers: Answers, *, households: pl.DataFrame | None = None, with_not_met: bool = False
) -> pl.DataFrame:
    """Answers that somebody must look at: met, and cannot tell.

    Of a rule that is evidence for the appraisal only what is met is shown: that nothing of the kind
    is on record of somebody is nothing to look at.

    Parameters
    ----------
    answers
        Of `evaluate`.
    households
        ``household_id`` of those asked about; None: everybody.
    with_not_met
        Also rules that are not met.

    Returns
    -------
    DataFrame
        ``household_id, rule, answer`` ("met", "cannot tell", "not met"), ``evidence`` (Chinese and
        English: the values that the rule looks at with their dates, and the parameters; for
        "cannot tell" what is missing), ``parameter`` (the dated records used; the standards' names
        where there is none). By household (bytes), then in the order of the rules.
    """
    homes, persons = answers.homes.to_native(), answers.persons.to_native()
    if households is not None:
        homes = homes.join(households.select("household_id"), on="household_id", how="semi")
        persons = persons.join(homes.select("home"), on="home", how="semi")
    names = pl.Series("rule", [rule.name for rule in answers.rules], dtype=pl.String)
    if not len(names):
        return pl.DataFrame(schema=SCHEMA)
    homes = homes.sort("household_id").with_row_index("_order")
    parts = [
        part.with_columns(_rule=pl.lit(place, dtype=pl.UInt16))
        for place, rule in enumerate(answers.rules)
        for part in _of_rule(answers, rule, homes, persons, with_not_met=with_not_met)
    ]
    # whole numbers are sorted, and texts are looked up afterwards
    found = pl.concat(parts).sort("_order", "_rule")
    return found.select(
        household_id=homes["household_id"].gather(found["_order"]),
        rule=names.gather(found["_rule"]),
        answer="answer",
        evidence="evidence",
        parameter="parameter",
    )


def _of_rule(
    answers: Answers,
    rule: StandardRule,
    homes: pl.DataFrame,
    persons: pl.DataFrame,
    *,
    with_not_met: bool,
) -> Iterator[pl.DataFrame]:
    """Findings of one rule: first those that are told, then those that cannot be."""
    kept = ["_order", "home", "context_place", rule.name]
    if rule.level == "household":
        told = homes.select(*kept, *_columns_shown(rule, homes, kept))
    else:
        shown = _first_member(persons, rule)
        told = homes.select(kept).join(shown, on="home", how="left", maintain_order="left")
    words = parameter_words(answers.table, rule)
    told = told.join(words, on="context_place", how="left", maintain_order="left")
    value = pl.col(rule.name)
    wanted = value.is_not_null() if with_not_met else value
    zh, en = shown_words(rule, answers.as_of)
    record = pl.col("_record").fill_null(", ".join(rule.parameters))
    said = pl.when(value).then(pl.lit(MET)).otherwise(pl.lit(NOT_MET))
    yield told.filter(wanted).select(
        "_order",
        answer=said,
        evidence=pl.concat_str(zh, "_zh", pl.lit(" / "), en, "_en"),
        parameter=record,
    )
    if rule.is_evidence:
        return
    yield told.filter(value.is_null()).select(
        "_order",
        answer=pl.lit(CANNOT_TELL),
        evidence=missing_words(rule, told.filter(value.is_null()), answers.as_of),
        parameter=record,
    )


def _columns_shown(rule: StandardRule, frame: pl.DataFrame, kept: Sequence[str]) -> list[str]:
    """Columns that a rule shows, and their days, once each; and its parameters."""
    names = [name for s in rule.shows for name in (s.column, s.day) if name is not None]
    names += [f"p|{name}" for name in rule.parameters]
    return [name for name in dict.fromkeys(names) if name in frame.columns and name not in kept]


def _first_member(persons: pl.DataFrame, rule: StandardRule) -> pl.DataFrame:
    """Of each household how many members meet a rule or are open, and the first one's values.

    A member who meets it comes before one of whom it cannot be told, and then by number.
    """
    rank = (
        pl.when(pl.col(rule.name))
        .then(pl.lit(0))
        .when(pl.col(rule.name).is_null())
        .then(pl.lit(1))
        .otherwise(pl.lit(len(ANSWER_WORDS)))
    )
    met = pl.col(rule.name).fill_null(False).sum().over("home")
    open_ = pl.col(rule.name).is_null().sum().over("home")
    ranked = persons.with_columns(_rank=rank, _n_met=met, _n_open=open_)
    first = ranked.sort("home", "_rank", "person").unique("home", keep="first", maintain_order=True)
    return first.select("home", "_n_met", "_n_open", *_columns_shown(rule, persons, ["home"]))


def not_met_by_place(
    answers: Answers, places: pl.DataFrame, rules: Sequence[StandardRule] | None = None
) -> pl.DataFrame:
    """How many households each rule is not met for, by place: what the findings leave out.

    Parameters
    ----------
    answers
        Of `evaluate`.
    places
        ``household_id, place`` of those asked about.
    rules
        Rules to count; None: all.

    Returns
    -------
    DataFrame
        ``rule, place, n`` for every rule and place, zeros included; in the order of the rules, then
        by place (bytes).
    """
    names = [rule.name for rule in (answers.rules if rules is None else rules)]
    homes = answers.homes.to_native().select("household_id", *names)
    joined = places.select("household_id", "place").join(homes, on="household_id", how="inner")
    counts = joined.group_by("place").agg((~pl.col(name)).sum().alias(name) for name in names)
    long = counts.unpivot(index="place", variable_name="rule", value_name="n")
    return (
        long.with_columns(pl.col("rule").cast(pl.Enum(names)), pl.col("n").cast(pl.Int64))
        .sort("rule", "place")
        .select(pl.col("rule").cast(pl.String), "place", "n")
    )
