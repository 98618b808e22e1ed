"""Findings: who meets a rule or cannot be told, with the values looked at and their dates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

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

_SAID = (MET, NOT_MET, CANNOT_TELL)


def _number(answer: str) -> pl.Expr:
    """The number of an answer."""
    return pl.lit(_SAID.index(answer), dtype=pl.Int32)


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
    told = [
        part
        for place, rule in enumerate(answers.rules)
        for part in asked.of_rule(rule, place=place, of=len(names))
    ]
    if not told:
        return pl.DataFrame(schema=SCHEMA)
    # whole numbers are sorted, and texts are looked up afterwards
    found = pl.concat(told).sort("_key")
    said = pl.Series(_SAID, dtype=pl.String)
    return found.select(
        household_id=homes["household_id"].gather(found["_key"] // len(names)),
        rule=names.gather(found["_key"] % len(names)),
        answer=said.gather(found["_said"]),
        evidence=asked.texts.all().gather(found["_text"]),
        parameter=asked.records.all().gather(found["_record"]),
    )


class _Texts:
    """Texts one after the other: rows hold the number of theirs."""

    def __init__(self) -> None:
        self.parts: list[pl.Series] = []
        self.n = 0

    def add(self, texts: pl.Series) -> int:
        """Put some behind the others; the number of the first one."""
        first = self.n
        self.parts.append(texts)
        self.n += len(texts)
        return first

    def all(self) -> pl.Series:
        """Every text under its number."""
        return pl.concat(self.parts, rechunk=True)


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """Households asked about, in order, and what every rule's findings share.

    ``first`` and ``place`` are in the order of ``homes``: `_first_members`, and the position of the
    household's place among the places of the parameters (behind the last: at none of them).
    """

    answers: Answers
    homes: pl.DataFrame
    persons: pl.DataFrame
    first: pl.DataFrame
    place: pl.Series
    with_not_met: bool
    texts: _Texts = field(default_factory=_Texts)
    records: _Texts = field(default_factory=_Texts)

    def of_rule(self, rule: StandardRule, *, place: int, of: int) -> Iterator[pl.DataFrame]:
        """Findings of one rule: first those that are told, then those that cannot be.

        Columns ``_key`` (order of the household and, within it, ``place`` of the rule among so
        many), ``_said`` (met, not met, cannot tell), ``_text`` and ``_record``: numbers of texts.
        """
        words = parameter_words(self.answers.table, rule)
        known = words["_record"].extend_constant(None, 1).fill_null(", ".join(rule.parameters))
        record = self.records.add(known) + pl.col("_place").cast(pl.Int64)
        key = pl.col("_order").cast(pl.Int64) * of + place
        readings = self.answers.table.standards.readings
        value = self.homes[rule.name]
        wanted = value.is_not_null() if self.with_not_met else value.fill_null(False)
        if wanted.any():
            rows = self._rows(rule, wanted)
            first = self.texts.add(self._told(rule, rows, words))
            said = pl.when(pl.col(rule.name)).then(_number(MET)).otherwise(_number(NOT_MET))
            number = pl.int_range(pl.len(), dtype=pl.Int64)
            yield rows.select(_key=key, _said=said, _text=number + first, _record=record)
        is_silent = rule.is_evidence and not self.with_not_met and readings.red_lines == "evidence"
        if is_silent or not value.null_count():
            return
        rows = self._rows(rule, value.is_null())
        texts, text = missing_words(rule, rows, self.answers.as_of)
        text = text + self.texts.add(texts)
        yield rows.select(_key=key, _said=_number(CANNOT_TELL), _text=text, _record=record)

    def _told(self, rule: StandardRule, rows: pl.DataFrame, words: pl.DataFrame) -> pl.Series:
        """What is said of households that a rule can be told of: values, then parameters."""
        zh, en = shown_words(rule, self.answers.as_of)
        more_zh, more_en = (
            words[name].extend_constant(None, 1).gather(rows["_place"]) for name in ("_zh", "_en")
        )
        return rows.select(pl.concat_str(zh, more_zh, pl.lit(" / "), en, more_en)).to_series()

    def _rows(self, rule: StandardRule, wanted: pl.Series) -> pl.DataFrame:
        """What a rule shows of some households, with their order and place."""
        kept = ["_order", rule.name]
        place = self.place.filter(wanted).alias("_place")
        if rule.level == "household":
            rows = self.homes.select(*kept, *_columns_shown(rule, self.homes, kept)).filter(wanted)
            return rows.with_columns(place)
        counts = self.first.select(_n_met=f"{rule.name}|met", _row=f"{rule.name}|first").filter(
            wanted
        )
        shown = self.persons.select(_columns_shown(rule, self.persons, kept))
        parts = [
            self.homes.select(kept).filter(wanted),
            counts.select("_n_met"),
            shown.select(pl.all().gather(counts["_row"])),
        ]
        return pl.concat(parts, how="horizontal").with_columns(place)


def _position(values: pl.Series, among: pl.Series) -> pl.Series:
    """Where each value stands among some; their number for one that does not."""
    at = pl.DataFrame({"value": among, "at": pl.Series(range(len(among)), dtype=pl.UInt32)})
    joined = values.to_frame("value").join(at, on="value", how="left", maintain_order="left")
    return joined["at"].fill_null(len(among))


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
