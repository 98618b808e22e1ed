"""Reasons for a score in the official vocabulary of causes, with the evidence and its date."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from fanpin_risk.explain.amounts import value_words
from fanpin_risk.explain.comparisons import NO_COLUMN, changes_of, compared
from fanpin_risk.explain.contributions import probability_points
from fanpin_risk.explain.facts import facts_of, facts_of_causes
from fanpin_risk.explain.middle import Middle, middle_of
from fanpin_risk.explain.ranking import NOBODY, Ranked, ranked
from fanpin_risk.explain.sentences import PUT_DOWN_ON
from fanpin_risk.explain.telling import Rule, rule_of, tells
from fanpin_risk.explain.told import told_causes
from fanpin_risk.explain.wording import FIRST_DAY, Evidence, joined, worded
from fanpin_risk.indicators.indicator import Aggregate, IndicatorColumn

__all__ = ["NOTHING_EN", "NOTHING_ZH", "REASONS_SCHEMA", "reasons", "value_words"]

REASONS_SCHEMA: dict[str, pl.DataType] = {
    "household_id": pl.String(),
    "rank": pl.Int32(),
    "cause": pl.String(),
    "contribution": pl.Float64(),
    "text_zh": pl.String(),
    "text_en": pl.String(),
    "evidence": pl.String(),
    "indicator": pl.String(),
    "is_actionable": pl.Boolean(),
    "is_own": pl.Boolean(),
    "support": pl.String(),
    "owner_zh": pl.String(),
    "owner_en": pl.String(),
    "source": pl.String(),
    "risk_points": pl.Float64(),
}
NOTHING_ZH = "没有其他明显推高风险的因素"
NOTHING_EN = "nothing else raises this score"
BLOCK = 16_384
"""Households looked at together: so many fit into the processor's cache."""

Numbers = npt.NDArray[np.float64]
Days = npt.NDArray[np.int64]
Indices = npt.NDArray[np.intp]


def reasons(
    contributions: Numbers,
    features: pl.DataFrame,
    columns: Sequence[IndicatorColumn],
    *,
    seen_on: pl.Series,
    as_of: date,
    n_reasons: int = 3,
    raw_score: Numbers | None = None,
    villages: pl.Series | None = None,
    middle: Middle | None = None,
    block: int = BLOCK,
) -> pl.DataFrame:
    """Rank the causes that raise each household's score, each with its strongest evidence.

    A cause's contribution is the sum over its indicators that may be shown; an indicator over
    events of all kinds counts for the kind that happened, where the household's records name one
    (see `fanpin_risk.explain.told`). Evidence is an
    indicator that raises the score and lies on the side that a reader expects to raise it: an
    income below the middle household's, a sign of need that is there (see
    `fanpin_risk.explain.telling`). A cause without such evidence is passed over, and so is a
    contribution of at most `LEAST_CONTRIBUTION`.

    What is the household's own comes before what it shares with its place, whatever the size.
    Causes that raise the score come first. If fewer than ``n_reasons`` do, single indicators follow
    that raise it although their cause as a whole does not; then lines that say that nothing else
    does.

    The value stands beside the household's own past, its village's middle household or that of all
    (see `fanpin_risk.explain.comparisons`); the words over a county's records also say who keeps
    them and what can be done.

    Parameters
    ----------
    contributions : array of shape (n_households, n_columns)
        Without the base, in log-odds, in the order of ``features`` and ``columns``.
    features
        ``household_id`` and one column for each of ``columns``.
    columns
        The catalogue's columns.
    seen_on
        Day of each household's latest visit: the date of evidence taken from visits.
    as_of
        Date of evidence about places and observation, and over a county's records of whatever has
        no day of its own among the columns.
    n_reasons
        Lines for each household.
    raw_score : array of shape (n_households,)
        Log-odds of each household, for ``risk_points``; without it they are null.
    villages
        Village of each household; null where there is none. Without it nobody is compared with
        the village.
    middle
        What households are compared with; by default those given. With the middle of all, batches
        in parts give the same words as one whole.
    block
        Households looked at together. It changes memory and time, never the result.

    Returns
    -------
    DataFrame
        ``household_id, rank`` (1 first), ``cause`` (official Chinese word), ``contribution``
        (log-odds), ``text_zh, text_en, evidence`` (``column=value@date``), ``indicator`` (the
        evidence's column), ``is_actionable`` (whether an office can do something about it),
        ``is_own`` (the household's own, not its place's), ``support`` (codes of the admissible
        kinds of support of the cause), ``owner_zh, owner_en`` (the office that answers for the
        cause), ``source`` (the office that keeps the records, and their table) and
        ``risk_points``: by how much the contribution moves the probability that the raw score
        stands for, as things are with all other contributions. That is an approximation for
        reading: points do not add up to the risk, only log-odds add up exactly.
        Exactly ``n_reasons`` lines a household; where nothing else raises the score,
        ``indicator`` and what follows from it are empty texts, and null for yes or no. Never from
        a sensitive indicator.

    Raises
    ------
    ValueError
        If the arguments do not have the same households.
    """
    _require_same_households(features, contributions, seen_on, villages, raw_score)
    middle = middle_of(features, columns, villages) if middle is None else middle
    rules = [
        rule_of(column, median, share)
        for column, median, share in zip(columns, middle.medians, middle.shares_known, strict=True)
    ]
    seen = seen_on.cast(pl.Date).to_physical().to_numpy().astype(np.int64)
    village = _village_numbers(villages, middle, features.height)
    found = [
        _of_block(
            contributions[start : start + block],
            features.slice(start, block),
            columns,
            seen_on=seen[start : start + block],
            villages=village[start : start + block],
            as_of=as_of,
            n_reasons=n_reasons,
            middle=middle,
            rules=rules,
        )
        for start in range(0, features.height, block)
    ]
    chosen = _flat([ranks.columns for ranks, _ in found], np.intp)
    causes = _flat([ranks.causes for ranks, _ in found], np.intp)
    size = _flat([ranks.contributions for ranks, _ in found], np.float64)
    evidence = joined([one for _, one in found])
    is_told = np.flatnonzero(chosen != NOBODY)
    return _framed(
        features["household_id"],
        chosen != NOBODY,
        size,
        worded(evidence[is_told], columns, as_of),
        _known_of(facts_of(columns), chosen).hstack(_known_of(facts_of_causes(), causes)),
        risk_points(raw_score, size, n_reasons),
    )


def risk_points(
    raw_score: Numbers | None, contributions: Numbers, n_reasons: int
) -> Numbers | None:
    """By how much each contribution moves the probability, all others as they are.

    Examples
    --------
    >>> risk_points(np.array([0.0]), np.array([0.5, 0.0]), 2).round(3).tolist()
    [0.122, 0.0]
    """
    if raw_score is None:
        return None
    return probability_points(contributions.reshape(-1, n_reasons), raw_score).ravel()


def _require_same_households(
    features: pl.DataFrame,
    contributions: Numbers,
    seen_on: pl.Series,
    villages: pl.Series | None,
    raw_score: Numbers | None,
) -> None:
    """Refuse arguments that are not about the same households."""
    n = features.height
    sizes = {
        "contributions": len(contributions),
        "seen_on": len(seen_on) - seen_on.null_count(),
        "villages": n if villages is None else len(villages),
        "raw_score": n if raw_score is None else len(raw_score),
    }
    wrong = {name: size for name, size in sizes.items() if size != n}
    if wrong:
        raise ValueError(
            f"There are {n} households, but known rows are {wrong}. Give each household one."
        )


def _village_numbers(villages: pl.Series | None, middle: Middle, n: int) -> Indices:
    """Number of each household's village in the middle; `NO_COLUMN` without one."""
    if villages is None:
        return np.full(n, NO_COLUMN, dtype=np.intp)
    numbers = range(len(middle.villages))
    known = villages.cast(pl.String).replace_strict(
        middle.villages, numbers, default=NO_COLUMN, return_dtype=pl.Int64
    )
    return known.fill_null(NO_COLUMN).to_numpy().astype(np.intp)


def _of_block(
    contributions: Numbers,
    features: pl.DataFrame,
    columns: Sequence[IndicatorColumn],
    *,
    seen_on: Days,
    villages: Indices,
    as_of: date,
    n_reasons: int,
    middle: Middle,
    rules: Sequence[Rule],
) -> tuple[Ranked, Evidence]:
    """Reasons of some households, and what they stand on."""
    values = np.full((len(columns), features.height), np.nan)
    telling = np.zeros(values.shape, dtype=bool)
    for i, (column, rule) in enumerate(zip(columns, rules, strict=True)):
        if not column.indicator.is_categorical:
            # adding nothing turns a negative zero into zero; nulls come as NaN
            np.add(features[column.name].cast(pl.Float64).to_numpy(), 0.0, out=values[i])
            telling[i] = tells(rule, values[i])
    told = told_causes(columns, values.__getitem__)
    found = ranked(np.ascontiguousarray(contributions.T), telling, columns, n_reasons, told)
    rows = np.arange(len(seen_on))[:, None]
    own = values[found.columns, rows]
    changes = changes_of(columns)[found.columns]
    whose, beside = compared(
        found.columns.ravel(),
        own.ravel(),
        np.where(changes == NO_COLUMN, np.nan, values[changes, rows]).ravel(),
        np.broadcast_to(villages[:, None], own.shape).ravel(),
        columns,
        middle,
    )
    evidence = Evidence(
        columns=found.columns.ravel(),
        causes=found.causes.ravel(),
        values=own.ravel(),
        days=_days(found.columns, values, columns, seen_on, as_of).ravel(),
        whose=whose,
        beside=beside,
    )
    return found, evidence


def _days(
    chosen: Indices,
    values: Numbers,
    columns: Sequence[IndicatorColumn],
    seen_on: Days,
    as_of: date,
) -> Days:
    """Day that each piece of evidence is of.

    A visit's findings are of the visit, what a county put down is of the day that the column
    with its age says, and everything else of the day of the decision.
    """
    today = (as_of - FIRST_DAY).days
    place = {column.name: i for i, column in enumerate(columns)}
    ages = np.array([place.get(PUT_DOWN_ON.get(_age_of(column), ""), NOBODY) for column in columns])
    rows = np.arange(len(seen_on))[:, None]
    age = np.where(ages[chosen] == NOBODY, 0.0, np.nan_to_num(values[ages[chosen], rows]))
    is_of_visit = np.array([_is_seen_on_visit(column) for column in columns])
    days: Days = np.where(
        is_of_visit[chosen], seen_on[:, None], today - np.floor(age).astype(np.int64)
    )
    return days


def _age_of(column: IndicatorColumn) -> str:
    """Indicator whose newest record a column shows; nothing for other columns."""
    is_record = column.indicator.basis == "county" and column.aggregate is Aggregate.LATEST
    return column.indicator.name if is_record else ""


def _is_seen_on_visit(column: IndicatorColumn) -> bool:
    """Whether the evidence comes from a visit, and not from the place or the calendar."""
    is_placed = column.indicator.table in ("place_view", "observation_view")
    return column.indicator.basis == "survey" and not is_placed


def _framed(
    households: pl.Series,
    is_told: npt.NDArray[np.bool_],
    contributions: Numbers,
    words: pl.DataFrame,
    facts: pl.DataFrame,
    points: Numbers | None,
) -> pl.DataFrame:
    """One line for each household and rank; ``words`` has those that name evidence."""
    n_reasons = len(is_told) // max(len(households), 1)
    nothing = pl.DataFrame(
        {"text_zh": NOTHING_ZH, "text_en": NOTHING_EN, "evidence": ""}, schema=words.schema
    )
    line = np.where(is_told, np.cumsum(is_told) - 1, words.height)
    words = pl.concat([words, nothing])
    by_line = {name: words[name].gather(line) for name in words.columns}
    return pl.DataFrame(
        {
            "household_id": households.cast(pl.String).gather(
                np.repeat(np.arange(len(households)), n_reasons)
            ),
            "rank": np.tile(np.arange(1, n_reasons + 1), len(households)),
            "contribution": contributions,
            "risk_points": [None] * len(is_told) if points is None else points,
            **by_line,
            **facts.to_dict(),
        },
        schema_overrides=REASONS_SCHEMA,
    ).select(list(REASONS_SCHEMA))


def _known_of(facts: pl.DataFrame, which: Indices) -> pl.DataFrame:
    """The row of each reason; the last one where there is none."""
    return facts[np.where(which == NOBODY, facts.height - 1, which)]


def _flat(parts: Sequence[npt.NDArray[Any]], kind: type[np.generic]) -> npt.NDArray[Any]:
    """Arrays of the blocks in one, by household and rank."""
    return np.concatenate([np.empty(0, dtype=kind), *(part.ravel() for part in parts)])
