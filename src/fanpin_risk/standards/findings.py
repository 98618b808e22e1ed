"""Findings: who meets a rule or cannot be told, with the values looked at and their dates."""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from fanpin_risk.household.by_number import NOTHING, series, under_numbers
from fanpin_risk.standards.evaluate import Answers
from fanpin_risk.standards.rule import CANNOT_TELL, MET, NOT_MET, StandardRule
from fanpin_risk.standards.texts import (
    missing,
    missing_words,
    nothing_known,
    parameter_words,
    shown_words,
)

SCHEMA: dict[str, pl.DataType] = {
    "household_id": pl.String(),
    "rule": pl.String(),
    "answer": pl.String(),
    "evidence": pl.String(),
    "parameter": pl.String(),
}

_SAID = (MET, NOT_MET, CANNOT_TELL)


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
    columns = _columns(answers, households=households, with_not_met=with_not_met)
    return pl.DataFrame(
        [texts.gather(numbers).alias(name) for name, (texts, numbers) in columns.items()],
        schema=SCHEMA,
    )


def write_findings(
    answers: Answers,
    path: Path,
    *,
    households: pl.DataFrame | None = None,
    with_not_met: bool = False,
) -> int:
    """Write `findings_of` as Parquet without making a text for each row, for very many households.

    Many rows share a text: the file holds it once and its number in each row. It is read like any
    other (texts), and is the same bytes for the same findings. What was there before is replaced.

    Parameters
    ----------
    path
        Of the file; its folder must be there.

    Returns
    -------
    int
        Number of findings.
    """
    columns = _columns(answers, households=households, with_not_met=with_not_met)
    table = pa.table(
        {
            name: pa.DictionaryArray.from_arrays(
                pa.array(numbers.to_numpy(), type=pa.int32()),
                pa.array(texts.to_list(), type=pa.large_string()),
            )
            for name, (texts, numbers) in columns.items()
        }
    )
    content = io.BytesIO()
    pq.write_table(
        table,
        content,
        compression="zstd",
        store_schema=False,
        write_statistics=False,
        dictionary_pagesize_limit=np.iinfo(np.int32).max,
    )
    path.write_bytes(content.getvalue())
    return int(table.num_rows)


Looked = tuple[pl.Series, pl.Series]
"""Texts, and for each finding the number of its text."""


def _columns(
    answers: Answers, *, households: pl.DataFrame | None, with_not_met: bool
) -> dict[str, Looked]:
    """Every column of `SCHEMA`, by household and rule."""
    homes, persons = answers.homes.to_native(), answers.persons.to_native()
    if households is not None:
        homes = homes.join(households.select("household_id"), on="household_id", how="semi")
        persons = persons.join(homes.select("home"), on="home", how="semi")
    names = pl.Series("rule", [rule.name for rule in answers.rules], dtype=pl.String)
    places = answers.table.frame["context_place"].to_native()
    if not homes["household_id"].is_sorted():
        homes = homes.sort("household_id")
    asked = _Asked(
        answers=answers,
        homes=homes,
        persons=persons,
        first=_first_members(homes, persons, answers.rules),
        place=_position(homes["context_place"], places),
        with_not_met=with_not_met,
        of_homes=frozenset(homes.columns),
        of_persons=frozenset(persons.columns),
    )
    told = [part for at, rule in enumerate(answers.rules) for part in asked.of_rule(rule, at)]
    order = _by_household([part.rows for part in told], homes.height)

    def every(numbers: Callable[[_Part], npt.ArrayLike]) -> pl.Series:
        """A number of each finding, in order."""
        values = [np.broadcast_to(numbers(part), part.rows.shape) for part in told]
        found = np.empty(len(order), dtype=np.uint32)
        found[order] = np.concatenate([np.empty(0, dtype=np.uint32), *values])
        return pl.Series(found)

    return {
        "household_id": (homes["household_id"], every(lambda part: part.rows)),
        "rule": (names, every(lambda part: part.place)),
        "answer": (pl.Series(_SAID, dtype=pl.String), every(lambda part: part.said)),
        "evidence": asked.texts.looked(every(lambda part: part.texts)),
        "parameter": asked.records.looked(every(lambda part: part.records)),
    }


@dataclass(frozen=True, kw_only=True)
class _Part:
    """Findings of one rule that say the same, of some households, each once.

    ``place`` of the rule, ``rows``: places of the households, ``said``: place of the answer in
    `_SAID`; ``texts`` and ``records`` are numbers of texts.
    """

    place: int
    rows: npt.NDArray[np.uint32]
    said: npt.ArrayLike
    texts: npt.NDArray[np.int64]
    records: npt.NDArray[np.int64]


def _by_household(parts: Sequence[npt.NDArray[np.uint32]], n: int) -> npt.NDArray[np.int64]:
    """Where each row goes, so that households follow each other, and within one the parts.

    Counted, not sorted: no household stands twice in a part.
    """
    count = np.zeros(n + 1, dtype=np.int64)
    for rows in parts:
        count[rows + 1] += 1
    following = np.cumsum(count)
    places = [np.empty(0, dtype=np.int64)]
    for rows in parts:
        places.append(following[rows])
        following[rows] += 1
    return np.concatenate(places)


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

    def looked(self, numbers: pl.Series) -> Looked:
        """Texts, each once, and for each row the number of its text."""
        every = pl.concat([pl.Series(dtype=pl.String), *self.parts], rechunk=True)
        once = every.unique(maintain_order=True)
        return once, every.cast(pl.Enum(once)).to_physical().gather(numbers)


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """Households asked about, in order, and what every rule's findings share.

    ``first`` and ``place`` are in the order of ``homes``: `_first_members`, and the position of the
    household's place among the places of the parameters (behind the last: at none of them);
    ``of_homes`` and ``of_persons`` are the columns there are.
    """

    answers: Answers
    homes: pl.DataFrame
    persons: pl.DataFrame
    first: pl.DataFrame
    place: pl.Series
    with_not_met: bool
    of_homes: frozenset[str]
    of_persons: frozenset[str]
    texts: _Texts = field(default_factory=_Texts)
    records: _Texts = field(default_factory=_Texts)

    def of_rule(self, rule: StandardRule, place: int) -> Iterator[_Part]:
        """Findings of one rule: first those that are told, then those that cannot be."""
        words = parameter_words(self.answers.table, rule)
        known = words["_record"].extend_constant(None, 1).fill_null(", ".join(rule.parameters))
        record = self.records.add(known) + self.place.to_numpy().astype(np.int64)
        value = self.homes[rule.name]
        wanted = value.is_not_null() if self.with_not_met else value.fill_null(False)
        if wanted.any():
            rows = wanted.arg_true().to_numpy()
            shown = self._rows(rule, wanted)
            first = self.texts.add(self._told(rule, shown, words))
            said = np.where(shown[rule.name], _SAID.index(MET), _SAID.index(NOT_MET))
            text = np.arange(first, self.texts.n)
            yield _Part(place=place, rows=rows, said=said, texts=text, records=record[rows])
        readings = self.answers.table.standards.readings
        is_silent = rule.is_evidence and not self.with_not_met and readings.red_lines == "evidence"
        if is_silent or not value.null_count():
            return
        rows = value.is_null().arg_true().to_numpy()
        texts, number = missing_words(
            rule, self._missing(rule, value.is_null()), self.answers.as_of
        )
        text = self.texts.add(texts) + number.to_numpy().astype(np.int64)
        open_ = _SAID.index(CANNOT_TELL)
        yield _Part(place=place, rows=rows, said=open_, texts=text, records=record[rows])

    def _missing(self, rule: StandardRule, wanted: pl.Series) -> pl.Series:
        """What a rule misses of some households: of one on persons, of the first member."""
        if rule.level == "household":
            return missing(rule, self.homes).filter(wanted)
        first = self.first[f"{rule.name}|first"].filter(wanted)
        return missing(rule, self.persons).gather(first).fill_null(nothing_known(rule))

    def _told(self, rule: StandardRule, rows: pl.DataFrame, words: pl.DataFrame) -> pl.Series:
        """What is said of households that a rule can be told of: values, then parameters."""
        zh, en = shown_words(rule, rows, self.answers.as_of)
        more_zh, more_en = (
            words[name].extend_constant("", 1).gather(rows["_place"]) for name in ("_zh", "_en")
        )
        return pl.select(pl.concat_str(zh, more_zh, pl.lit(" / "), en, more_en)).to_series()

    def _rows(self, rule: StandardRule, wanted: pl.Series) -> pl.DataFrame:
        """What a rule shows of some households, with their place."""
        kept = [rule.name]
        place = self.place.filter(wanted).alias("_place")
        if rule.level == "household":
            rows = self.homes.select(*kept, *_columns_shown(rule, self.of_homes, kept)).filter(
                wanted
            )
            return rows.with_columns(place)
        counts = self.first.select(_n_met=f"{rule.name}|met", _row=f"{rule.name}|first").filter(
            wanted
        )
        shown = self.persons.select(_columns_shown(rule, self.of_persons, kept))
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


def _columns_shown(rule: StandardRule, there: Collection[str], kept: Sequence[str]) -> list[str]:
    """Columns that a rule shows, and their days, once each; and its parameters."""
    names = [name for s in rule.shows for name in (s.column, s.day) if name is not None]
    names += [f"p|{name}" for name in rule.parameters]
    return [name for name in dict.fromkeys(names) if name in there and name not in kept]


def _first_members(
    homes: pl.DataFrame, persons: pl.DataFrame, rules: Sequence[StandardRule]
) -> pl.DataFrame:
    """Of each household how many members meet each rule on persons, and the row of the first one.

    A member who meets it comes before one of whom it cannot be told, and then by number. Columns
    ``<rule>|met`` and ``<rule>|first``, in the order of the households.
    """
    names = [rule.name for rule in rules if rule.level == "person"]
    groups = under_numbers(persons, "home")
    # rank and place among all persons in one whole number: the least is the first
    order = persons["person"].arg_sort().to_numpy().astype(np.int64)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    at = homes["home"].to_numpy()
    has_members = at < groups.n
    found = [homes["home"]]
    for name in names:
        is_met = persons[name].fill_null(False).to_numpy()
        is_told = persons[name].is_not_null().to_numpy()
        key = place + len(order) * (np.where(is_met, 0, 1) + (is_told & ~is_met))
        first = groups.smallest(key)
        row = np.where(first == NOTHING, NOTHING, order[first % len(order)])
        met = np.where(first == NOTHING, NOTHING, groups.counted(is_met))
        for part, values in (("met", met), ("first", row)):
            of_homes = np.full(homes.height, NOTHING)
            of_homes[has_members] = values[at[has_members]]
            found.append(series(f"{name}|{part}", of_homes))
    return pl.DataFrame(found)


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
