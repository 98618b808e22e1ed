"""Findings: who meets a rule or cannot be told, with the values looked at and their dates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from fanpin_risk.standards.evaluate import Answers
from fanpin_risk.standards.rule import CANNOT_TELL, MET, NOT_MET, StandardRule
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

    Of a rule that is evidence for the appraisal only what is met is shown, unless rules not met are
    asked for too, or the reading ``red_lines`` makes it a question to put to the household: that
    nothing of the kind is on record of somebody is nothing to look at.

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
    places = answers.table.frame["context_place"].to_native()
    homes = homes.sort("household_id").with_row_index("_order")
    asked = _Asked(
        answers=answers,
        homes=homes,
        persons=persons,
        first=_first_members(homes, persons, answers.rules),
        place=_position(homes["context_place"], places),
        with_not_met=with_not_met,
    )
    parts = [
        part.select(
            _key=pl.col("_order").cast(pl.Int64) * len(names) + place,
            answer="answer",
            evidence="evidence",
            parameter="parameter",
        )
        for place, rule in enumerate(answers.rules)
        for part in asked.of_rule(rule)
    ]
    # whole numbers are sorted, and texts are looked up afterwards
    found = pl.concat(parts).sort("_key")
    return found.select(
        household_id=homes["household_id"].gather(found["_key"] // len(names)),
        rule=names.gather(found["_key"] % len(names)),
        answer="answer",
        evidence="evidence",
        parameter="parameter",
    )


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """Households asked about, in order, and what every rule's findings share.

    ``first`` and ``place`` are in the order of ``homes``: `_first_members`, and the position of the
    household's place among the places of the parameters.
    """

    answers: Answers
    homes: pl.DataFrame
    persons: pl.DataFrame
    first: pl.DataFrame
    place: pl.Series
    with_not_met: bool

    def of_rule(self, rule: StandardRule) -> Iterator[pl.DataFrame]:
        """Findings of one rule: first those that are told, then those that cannot be."""
        words = parameter_words(self.answers.table, rule)
        value = self.homes[rule.name]
        wanted = value.is_not_null() if self.with_not_met else value.fill_null(False)
        told = self._rows(rule, wanted, words)
        zh, en = shown_words(rule, self.answers.as_of)
        said = pl.when(pl.col(rule.name)).then(pl.lit(MET)).otherwise(pl.lit(NOT_MET))
        yield told.select(
            "_order",
            answer=said,
            evidence=pl.concat_str(zh, "_zh", pl.lit(" / "), en, "_en"),
            parameter="_record",
        )
        readings = self.answers.table.standards.readings
        if rule.is_evidence and not self.with_not_met and readings.red_lines == "evidence":
            return
        open_ = self._rows(rule, value.is_null(), words)
        yield open_.select(
            "_order",
            answer=pl.lit(CANNOT_TELL),
            evidence=missing_words(rule, open_, self.answers.as_of),
            parameter="_record",
        )

    def _rows(self, rule: StandardRule, wanted: pl.Series, words: pl.DataFrame) -> pl.DataFrame:
        """What a rule shows of some households, with the words of their parameters."""
        kept = ["_order", rule.name]
        if rule.level == "household":
            rows = self.homes.select(*kept, *_columns_shown(rule, self.homes, kept)).filter(wanted)
        else:
            counts = self.first.select(_n_met=f"{rule.name}|met", _row=f"{rule.name}|first").filter(
                wanted
            )
            shown = self.persons.select(_columns_shown(rule, self.persons, kept))
            rows = pl.concat(
                [
                    self.homes.select(kept).filter(wanted),
                    counts.select("_n_met"),
                    shown.select(pl.all().gather(counts["_row"])),
                ],
                how="horizontal",
            )
        at = self.place.filter(wanted)
        record = words["_record"].gather(at).fill_null(", ".join(rule.parameters))
        return rows.with_columns(
            words["_zh"].gather(at), words["_en"].gather(at), record.alias("_record")
        )


def _position(values: pl.Series, among: pl.Series) -> pl.Series:
    """Where each value stands among some; null for one that does not."""
    at = pl.DataFrame({"value": among, "at": pl.Series(range(len(among)), dtype=pl.UInt32)})
    joined = values.to_frame("value").join(at, on="value", how="left", maintain_order="left")
    return joined["at"]


def _columns_shown(rule: StandardRule, frame: pl.DataFrame, kept: Sequence[str]) -> list[str]:
    """Columns that a rule shows, and their days, once each; and its parameters."""
    names = [name for s in rule.shows for name in (s.column, s.day) if name is not None]
    names += [f"p|{name}" for name in rule.parameters]
    return [name for name in dict.fromkeys(names) if name in frame.columns and name not in kept]


def _first_members(
    homes: pl.DataFrame, persons: pl.DataFrame, rules: Sequence[StandardRule]
) -> pl.DataFrame:
    """Of each household how many members meet each rule on persons, and the row of the first one.

    A member who meets it comes before one of whom it cannot be told, and then by number. Columns
    ``<rule>|met`` and ``<rule>|first``, in the order of the households.
    """
    names = [rule.name for rule in rules if rule.level == "person"]
    if not names:
        return homes.select("home")
    n = max(persons.height, 1)
    row = pl.int_range(pl.len(), dtype=pl.Int64)
    # rank and place among all persons in one whole number: the least is the first
    by_number = pl.col("person").arg_sort().arg_sort().cast(pl.Int64)
    rank = {
        name: pl.when(pl.col(name)).then(0).when(pl.col(name).is_null()).then(n).otherwise(n + n)
        for name in names
    }
    keyed = persons.with_columns(_at=by_number)
    least = keyed.group_by("home").agg(
        *[pl.col(name).sum().alias(f"{name}|met") for name in names],
        *[(rank[name] + pl.col("_at")).min().alias(f"{name}|first") for name in names],
    )
    row_of = keyed.select(row=row.sort_by("_at")).to_series()
    joined = homes.select("home").join(least, on="home", how="left", maintain_order="left")
    return joined.with_columns(
        row_of.gather(joined[f"{name}|first"] % n).alias(f"{name}|first") for name in names
    )


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
