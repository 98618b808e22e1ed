"""Reasons for a score in the official vocabulary of causes, with the evidence and its date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from fanpin_risk.causes import CAUSE_WORDS, Cause
from fanpin_risk.explain.county_reasons import (
    LEAST_CONTRIBUTION,
    PUT_DOWN_ON,
    is_sign,
    sentence,
)
from fanpin_risk.indicators.indicator import UNITS, Aggregate, IndicatorColumn

REASONS_SCHEMA: dict[str, pl.DataType] = {
    "household_id": pl.String(),
    "rank": pl.Int32(),
    "cause": pl.String(),
    "contribution": pl.Float64(),
    "text_zh": pl.String(),
    "text_en": pl.String(),
    "evidence": pl.String(),
}
NOTHING_ZH = "没有其他明显推高风险的因素"
NOTHING_EN = "nothing else raises this score"


@dataclass(frozen=True, kw_only=True)
class _Everybody:
    """What is the same for every household's reasons."""

    columns: Sequence[IndicatorColumn]
    medians: Sequence[float | None]
    shares_known: Sequence[float]
    as_of: date


@dataclass(frozen=True, kw_only=True)
class _Facts:
    """What is needed to word one household's reasons."""

    parts: npt.NDArray[np.float64]
    values: Sequence[object]
    seen_on: date


def by_cause(
    contributions: npt.NDArray[np.float64], columns: Sequence[IndicatorColumn]
) -> dict[Cause, npt.NDArray[np.float64]]:
    """Contributions added up to the official causes, in log-odds; sensitive ones included.

    Added over all causes and with the base they give the raw score again.
    """
    sums = {}
    for cause in Cause:
        mine = [i for i, column in enumerate(columns) if column.indicator.cause is cause]
        if mine:
            sums[cause] = contributions[:, mine].sum(axis=1)
    return sums


def reasons(
    contributions: npt.NDArray[np.float64],
    features: pl.DataFrame,
    columns: Sequence[IndicatorColumn],
    *,
    seen_on: pl.Series,
    as_of: date,
    n_reasons: int = 3,
) -> pl.DataFrame:
    """Rank the causes that raise each household's score, each with its strongest evidence.

    A cause's contribution is the sum over its indicators that may be shown. Evidence is an
    indicator that raises the score and lies on the side that a reader expects to raise it: an
    income below the middle household's, a sign of need that is there. A cause without such evidence
    is passed over.

    Over a county's records what is the household's own comes before what it shares with its place,
    whatever the size; a contribution below `LEAST_CONTRIBUTION` is no reason; and the words say
    what can be done (see `fanpin_risk.explain.county_reasons`).

    Causes that raise the score come first. If fewer than ``n_reasons`` do, single indicators follow
    that raise it although their cause as a whole does not; then lines that say that nothing else
    does.

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

    Returns
    -------
    DataFrame
        ``household_id, rank`` (1 first), ``cause`` (official Chinese word), ``contribution``
        (log-odds), ``text_zh, text_en, evidence`` (``column=value@date``). Exactly ``n_reasons``
        lines a household. Never from a sensitive indicator.
    """
    shown = [i for i, column in enumerate(columns) if not column.indicator.is_sensitive]
    table = features.select([column.name for column in columns])
    everybody = _Everybody(
        columns=columns,
        medians=[_median(table[column.name]) for column in columns],
        shares_known=[1 - table[c.name].null_count() / max(table.height, 1) for c in columns],
        as_of=as_of,
    )
    rows: list[tuple[object, ...]] = []
    lines = zip(features["household_id"], contributions, table.iter_rows(), seen_on, strict=True)
    for household, parts, values, seen in lines:
        facts = _Facts(parts=parts, values=values, seen_on=seen)
        found = _ranked(facts, everybody, shown)[:n_reasons]
        for rank in range(n_reasons):
            chosen = found[rank] if rank < len(found) else None
            rows.append((household, rank + 1, *_worded(chosen, facts, everybody)))
    return pl.DataFrame(rows, schema=REASONS_SCHEMA, orient="row")


def _ranked(
    facts: _Facts, everybody: _Everybody, shown: Sequence[int]
) -> list[tuple[Cause, float, int]]:
    """Causes that raise the score, then indicators that do: cause, contribution, evidence."""
    members: dict[Cause, list[int]] = {}
    for i in shown:
        members.setdefault(everybody.columns[i].indicator.cause, []).append(i)
    whole, single = [], []
    for cause, indices in members.items():
        telling = [i for i in indices if facts.parts[i] > 0 and _tells(i, facts, everybody)]
        if not telling:
            continue
        total = float(sum(facts.parts[i] for i in indices))
        strongest = max(telling, key=lambda i: (_is_own(everybody, i), facts.parts[i], -i))
        least = _least(everybody.columns[strongest])
        if total > least:
            whole.append((cause, total, strongest))
        elif total <= 0 and facts.parts[strongest] > least:
            single.append((cause, float(facts.parts[strongest]), strongest))
    order = {cause: n for n, cause in enumerate(Cause)}
    return [
        *sorted(whole, key=lambda r: (not _is_own(everybody, r[2]), -r[1], order[r[0]])),
        *sorted(single, key=lambda r: (not _is_own(everybody, r[2]), -r[1], order[r[0]])),
    ]


def _tells(i: int, facts: _Facts, everybody: _Everybody) -> bool:
    """Whether one column's value says so to a reader, by the rules of its records."""
    column, value, median = everybody.columns[i], facts.values[i], everybody.medians[i]
    if column.indicator.basis == "survey":
        return is_telling(column, value, median)
    return is_sign(column, value, median, everybody.shares_known[i])


def _is_own(everybody: _Everybody, i: int) -> bool:
    """Whether evidence is the household's own; a panel's is not told apart."""
    indicator = everybody.columns[i].indicator
    return indicator.basis == "survey" or indicator.table != "place_view"


def _least(column: IndicatorColumn) -> float:
    """Contribution that a reason must exceed."""
    return 0.0 if column.indicator.basis == "survey" else LEAST_CONTRIBUTION


def is_telling(column: IndicatorColumn, value: object, median: float | None) -> bool:
    """Whether a value, shown as evidence that raises a score, says so to a reader.

    Parameters
    ----------
    column
        The indicator and its aggregate.
    value
        The household's; None (not known) tells that something is missing.
    median
        Of the households asked on the day.

    Returns
    -------
    bool
        True for a value on the side that its direction names: larger than the median (or "yes", or
        a rise) where more means more risk, smaller (or "no", or a fall) where more means less. With
        no direction, for a "yes" or a value off the median. Never for a code, nor for how often
        somebody was visited.

    Examples
    --------
    >>> from fanpin_risk.indicators.catalogue import CATALOGUE, columns_of
    >>> named = {column.name: column for column in columns_of(CATALOGUE)}
    >>> is_telling(named["income_to_line_latest"], 1.1, 2.0)
    True
    >>> is_telling(named["has_work_income_latest"], 1.0, 1.0)
    False
    """
    indicator = column.indicator
    if indicator.is_categorical or indicator.table == "observation_view":
        return False
    if value is None:
        return True
    number = float(str(value))
    is_yes_no = indicator.unit == "yes_no"
    if column.aggregate is Aggregate.CHANGE:
        middle = 0.0
    elif is_yes_no:
        middle = 0.5
    else:
        middle = number if median is None else median
    side = number - middle
    if indicator.direction == 0:
        is_plain_flag = is_yes_no and column.aggregate is not Aggregate.CHANGE
        return side > 0 if is_plain_flag else side != 0
    return side * indicator.direction > 0


def _median(values: pl.Series) -> float | None:
    """Middle value of the households asked; None for codes and where nothing is known."""
    if values.dtype == pl.String:
        return None
    middle = values.median()
    return None if middle is None else float(str(middle))


def _worded(
    chosen: tuple[Cause, float, int] | None, facts: _Facts, everybody: _Everybody
) -> tuple[str, float, str, str, str]:
    """Cause, contribution, Chinese and English words, and evidence of one reason."""
    if chosen is None:
        return Cause.OTHER.value, 0.0, NOTHING_ZH, NOTHING_EN, ""
    cause, contribution, index = chosen
    column, value, median = everybody.columns[index], facts.values[index], everybody.medians[index]
    if column.indicator.basis == "county":
        day = _day_of_record(column, facts, everybody)
        zh, en = sentence(column, value, median, seen_on=day, as_of=everybody.as_of)
    else:
        day = facts.seen_on if _is_seen_on_visit(column) else everybody.as_of
        value_zh, value_en = value_words(column, value)
        beside_zh, beside_en = _beside(column, value, median)
        zh = f"{cause.value}：{column.title_zh} {value_zh}{beside_zh}（{day}）"
        en = f"{CAUSE_WORDS[cause].title_en}: {column.title_en}: {value_en}{beside_en} ({day})"
    shown = "" if value is None else f"{value:.4f}" if isinstance(value, float) else str(value)
    return cause.value, contribution, zh, en, f"{column.name}={shown}@{day}"


def _day_of_record(column: IndicatorColumn, facts: _Facts, everybody: _Everybody) -> date:
    """Day that a county's record is of, where a column says how old it is; else the day itself."""
    if column.aggregate is not Aggregate.LATEST:
        return everybody.as_of
    wanted = PUT_DOWN_ON.get(column.indicator.name)
    ages = [n for n, other in enumerate(everybody.columns) if other.name == wanted]
    age = facts.values[ages[0]] if ages else None
    return everybody.as_of if age is None else everybody.as_of - timedelta(days=float(str(age)))


def _beside(column: IndicatorColumn, value: object, median: float | None) -> tuple[str, str]:
    """What a value is compared with: the middle household; nothing for yes, no and change."""
    is_compared = column.indicator.unit != "yes_no" and column.aggregate is not Aggregate.CHANGE
    if value is None or median is None or not is_compared:
        return "", ""
    zh, en = value_words(column, median)
    return f"，各户中位数 {zh}", f", median {en}"


def _is_seen_on_visit(column: IndicatorColumn) -> bool:
    """Whether the evidence comes from a visit, and not from the place or the calendar."""
    return column.indicator.table not in ("place_view", "observation_view")


def value_words(column: IndicatorColumn, value: object) -> tuple[str, str]:
    """A value in Chinese and English, with its unit; absence is said, not hidden.

    Examples
    --------
    >>> from fanpin_risk.indicators.catalogue import CATALOGUE, columns_of
    >>> named = {column.name: column for column in columns_of(CATALOGUE)}
    >>> value_words(named["members_latest"], 5.0)
    ('5人', '5 persons')
    >>> value_words(named["has_work_income_latest"], None)
    ('未知', 'not known')
    """
    if value is None:
        return "未知", "not known"
    unit = column.indicator.unit
    zh, en = UNITS[unit]
    if unit == "code":
        return str(value), str(value).replace("_", " ")
    number = float(str(value))
    is_change = column.aggregate is Aggregate.CHANGE
    if unit == "yes_no":
        return _yes_no_words(number, is_change=is_change)
    if unit == "share":
        return f"{number:.1%}", f"{number:.1%}"
    decimals = 2 if unit in ("ratio", "persons_per_room") else 0
    text = f"{number:+.{decimals}f}" if is_change else f"{number:.{decimals}f}"
    if unit in ("grade", "quarter"):
        return text + zh, f"{en} {text}"
    return text + zh, f"{text} {en}"


def _yes_no_words(number: float, *, is_change: bool) -> tuple[str, str]:
    """Words for a truth value, or for its change since the visit before."""
    if not is_change:
        return ("是", "yes") if number else ("否", "no")
    if number > 0:
        return "新出现", "new since the visit before"
    return ("已消失", "gone since the visit before") if number < 0 else ("无变化", "unchanged")
