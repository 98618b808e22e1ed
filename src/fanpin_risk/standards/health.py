"""How the rules do on records: how often each is met or open, and where they contradict."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw
import polars as pl

from fanpin_risk.errors import SchemaError
from fanpin_risk.records.contracts.codes import MONITORED_TYPES
from fanpin_risk.standards.contradictions import PROPOSED, Contradiction
from fanpin_risk.standards.evaluate import Answers
from fanpin_risk.standards.readings import Readings
from fanpin_risk.standards.rule import StandardRule


def rule_counts(answers: Answers, readings: Readings) -> pl.DataFrame:
    """How many households each rule concerns, and what it says of them, by place.

    Returns
    -------
    DataFrame
        ``as_of, rule, place, n, eligible`` (to whom it applies; who is not known to be out of it
        counts), ``met, not_met, unknown``; ``n = met + not_met + unknown``. In the order of the
        rules, then by place (bytes). A rule on persons counts households, by their members.
    """
    eligible = _eligible(answers, readings)
    homes = answers.homes.to_native().join(eligible, on="home", how="left")
    parts = []
    for rule in answers.rules:
        value, applies = pl.col(rule.name), pl.col(f"{rule.name}|applies")
        parts.append(
            homes.group_by("place").agg(
                rule=pl.lit(rule.name).first(),
                n=pl.len().cast(pl.Int64),
                eligible=applies.fill_null(True).sum().cast(pl.Int64),
                met=value.sum().cast(pl.Int64),
                not_met=(~value).sum().cast(pl.Int64),
                unknown=value.is_null().sum().cast(pl.Int64),
            )
        )
    order = pl.Enum([rule.name for rule in answers.rules])
    return (
        pl.concat(parts)
        .with_columns(pl.col("rule").cast(order))
        .sort("rule", "place")
        .select(
            pl.lit(answers.as_of).alias("as_of"),
            pl.col("rule").cast(pl.String),
            *("place", "n", "eligible", "met", "not_met", "unknown"),
        )
    )


def _eligible(answers: Answers, readings: Readings) -> pl.DataFrame:
    """To which households each rule applies; not known counts as does not yet say."""
    homes = answers.homes.select(
        "home",
        *[
            _applies(rule, readings).alias(f"{rule.name}|applies")
            for rule in answers.rules
            if rule.level == "household"
        ],
    ).to_native()
    of_persons = [rule for rule in answers.rules if rule.level == "person"]
    if not of_persons:
        return homes
    members = (
        answers.persons.select(
            "home",
            *[
                _applies(rule, readings).fill_null(True).alias(f"{rule.name}|applies")
                for rule in of_persons
            ],
        )
        .to_native()
        .group_by("home")
        .agg(pl.col(f"{rule.name}|applies").any() for rule in of_persons)
    )
    return homes.join(members, on="home", how="left")


def _applies(rule: StandardRule, readings: Readings) -> nw.Expr:
    """To whom a rule applies."""
    if rule.applies is None:
        return nw.lit(True)
    return rule.applies(readings)


def silent_rules(counts: pl.DataFrame) -> pl.DataFrame:
    """Rules that never or always fire among those of whom they can tell.

    Parameters
    ----------
    counts
        Of `rule_counts`, of one day or several.

    Returns
    -------
    DataFrame
        ``rule, says`` ("never met", "always met", "never told": unknown of everybody),
        ``n_told, n_unknown``; in the order of the counts.
    """
    total = counts.group_by("rule", maintain_order=True).agg(
        pl.col("met", "not_met", "unknown").sum()
    )
    says = (
        pl.when(pl.col("met") + pl.col("not_met") == 0)
        .then(pl.lit("never told"))
        .when(pl.col("met") == 0)
        .then(pl.lit("never met"))
        .when(pl.col("not_met") == 0)
        .then(pl.lit("always met"))
    )
    return (
        total.with_columns(says=says)
        .filter(pl.col("says").is_not_null())
        .select(
            "rule",
            "says",
            n_told=pl.col("met") + pl.col("not_met"),
            n_unknown=pl.col("unknown"),
        )
    )


def contradictions(
    answers: Answers,
    pairs: Sequence[Contradiction],
    proposals: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """How many households have both answers of a pair.

    Parameters
    ----------
    answers
        Of `evaluate`.
    pairs
        Such as `CONTRADICTIONS`.
    proposals
        ``household_id, proposal`` of the same day; None: pairs that name `PROPOSED` are left out.

    Returns
    -------
    DataFrame
        ``as_of, one, is_one_met, other, is_other_met, cannot_be, n, words_zh, words_en``, a row for
        each pair, in their order. An answer that cannot be told contradicts nothing.

    Raises
    ------
    SchemaError
        If a pair names a rule that was not asked, or no fact.
    """
    homes = answers.homes.to_native()
    if proposals is None:
        pairs = [pair for pair in pairs if PROPOSED not in (pair.one, pair.other)]
    else:
        is_proposed = pl.col("proposal").is_in(list(MONITORED_TYPES.words))
        told = proposals.select("household_id", is_proposed.alias(PROPOSED))
        homes = homes.join(told, on="household_id", how="left")
    named = {name for pair in pairs for name in (pair.one, pair.other)}
    missing = sorted(named - set(homes.columns))
    if missing:
        raise SchemaError(
            f"Contradictions name {missing}, which are neither rules that were asked nor facts. "
            "Ask every rule of the catalogue, or mend the pair."
        )
    counts = homes.select(
        (_says(pair.one, pair.is_one_met) & _says(pair.other, pair.is_other_met))
        .sum()
        .cast(pl.Int64)
        .alias(str(at))
        for at, pair in enumerate(pairs)
    )
    rows = [
        (
            answers.as_of,
            *(pair.one, pair.is_one_met, pair.other, pair.is_other_met, pair.cannot_be),
            counts[str(at)].item(),
            *(pair.words_zh, pair.words_en),
        )
        for at, pair in enumerate(pairs)
    ]
    return pl.DataFrame(rows, schema=_PAIRS, orient="row")


def _says(name: str, is_met: bool) -> pl.Expr:
    """Whether an answer is the one meant; what cannot be told is not."""
    return pl.col(name) if is_met else ~pl.col(name)


_PAIRS: dict[str, pl.DataType] = {
    "as_of": pl.Date(),
    "one": pl.String(),
    "is_one_met": pl.Boolean(),
    "other": pl.String(),
    "is_other_met": pl.Boolean(),
    "cannot_be": pl.Boolean(),
    "n": pl.Int64(),
    "words_zh": pl.String(),
    "words_en": pl.String(),
}
