"""Whether reasons name what truly made a household fall: only where the truth is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from fanpin_risk.dates import add_months
from fanpin_risk.explain.guesses import base_rates, by_pattern, hit_by_draw, mean_hit
from fanpin_risk.explain.quality import (
    NOTHING,
    BoolArray,
    FloatArray,
    IntArray,
    Named,
    means_with_intervals,
)
from fanpin_risk.explain.told import CAUSES
from fanpin_risk.risk.resampling import Draws

JOINT = "joint"
"""Row of the confusion table: each of several causes was needed for the fall."""
NO_SINGLE = "no_single"
"""Row of the confusion table: no removal of one cause would have prevented the fall."""
NO_REASON = "none"
"""Column of the confusion table: nothing was given as a reason."""
CONFUSION_SCHEMA: dict[str, pl.DataType] = {
    "true_cause": pl.String(),
    "first_reason": pl.String(),
    "n": pl.Int64(),
    "share": pl.Float64(),
    "n_hit": pl.Int64(),
    "n_alike": pl.Int64(),
}
_N_NAMED = 3
_WORDS = tuple(cause.value for cause in CAUSES)
TRUTH_WORDS: dict[str, tuple[str, str]] = {
    "first_reason": ("首要理由说中真实成因", "first reason names a true cause"),
    "three_reasons": ("前三条理由说中", "one of the first three does"),
    "any_reason": ("全部理由中有一条说中", "any reason at all does"),
    "most_frequent": ("总猜最常见成因", "always the most frequent cause"),
    "three_most_frequent": ("总猜最常见的三种", "always the three most frequent"),
    "at_base_rates": ("按真实成因频率抽一种", "one drawn at base rates"),
    "three_at_base_rates": ("按真实成因频率抽三种", "three drawn at base rates"),
    "first_of_others": ("借用别户的首要理由", "first reason of somebody else who fell"),
    "three_of_others": ("借用别户的前三条理由", "three reasons of somebody else who fell"),
    "rules_first": ("规则所列第一种成因说中", "first cause of the rules names a true cause"),
    "rules_any": ("规则所列成因之一说中", "one of the rules' causes does"),
    "n_reasons": ("前三条中列出的成因数", "causes among the first three reasons"),
    "n_rules": ("规则列出的成因数", "causes that the rules name"),
    "alike": ("说错，但与真因指标同涨落", "wrong, but moves with a true cause"),
}
"""Measures against the truth in Chinese and English; shares of falls, but for the two numbers."""
FALL_GROUP_WORDS: dict[str, tuple[str, str]] = {
    "told": ("有真实成因的跌落", "falls with a true cause"),
    "both_speak": ("规则与模型都说出成因", "rules and reasons both speak"),
    "all": ("全部跌落", "all falls"),
}
"""The main groups of falls in Chinese and English."""
PAIRS = (
    ("first_reason", "most_frequent"),
    ("first_reason", "at_base_rates"),
    ("first_reason", "first_of_others"),
    ("first_reason", "rules_first"),
    ("first_reason", "rules_any"),
    ("three_reasons", "three_most_frequent"),
    ("three_reasons", "three_at_base_rates"),
    ("three_reasons", "three_of_others"),
    ("three_reasons", "rules_any"),
)
"""Which measures are held against each other, fall by fall."""


@dataclass(frozen=True, kw_only=True)
class Fallen:
    """Households that truly fell, a row for each fall, with what was said of them before.

    Attributes
    ----------
    true : array of bool, shape (n_falls, n_causes)
        Causes whose removal alone would have prevented the fall; several are joint, none is no
        single cause.
    named : Named
        What the first three reasons name.
    any_reason : array of bool, shape (n_falls, n_causes)
        What any reason names, however far down.
    ruled : array of bool, shape (n_falls, n_causes)
        What the rules' proposal names.
    months_ahead : array of int64
        Months from the day of decision to the fall, 1 to ``horizon_months``.
    is_top : array of bool
        In the tenth with the highest scores on the day.
    is_alike : array of bool
        Whether the first reason's evidence moves with an indicator of a true cause
        (`fanpin_risk.explain.alike.is_alike_to`).
    """

    true: BoolArray
    named: Named
    any_reason: BoolArray
    ruled: BoolArray
    months_ahead: IntArray
    horizon_months: int
    is_top: BoolArray
    is_alike: BoolArray


def falls_within(
    falls: pl.DataFrame, asked: pl.DataFrame, *, as_of: date, horizon_months: int
) -> pl.DataFrame:
    """First fall of each household asked about within the horizon of a day.

    Parameters
    ----------
    falls
        ``household_id``, ``month`` (its last day), ``prevented_by`` (bit 1 << n: without the n-th
        official cause there is no fall; null where that was not asked).
    asked
        ``household_id`` of those scored on the day.
    as_of, horizon_months
        The horizon is (as_of, as_of + horizon_months], its end included.

    Returns
    -------
    DataFrame
        ``household_id, month, prevented_by, months_ahead``, by household; falls whose cause was not
        asked have ``prevented_by`` null.

    Examples
    --------
    >>> falls = pl.DataFrame({"household_id": ["a", "a", "b"], "prevented_by": [1, 2, 4],
    ...     "month": [date(2023, 8, 31), date(2023, 10, 31), date(2024, 3, 31)]})
    >>> falls_within(falls, falls, as_of=date(2023, 8, 31), horizon_months=6).rows()
    [('a', datetime.date(2023, 10, 31), 2, 2)]
    """
    month = pl.col("month")
    return (
        falls.filter(month > as_of, month <= add_months(as_of, horizon_months))
        .join(asked.select("household_id").unique(), on="household_id", how="semi")
        .sort("household_id", "month")
        .unique("household_id", keep="first", maintain_order=True)
        .select(
            "household_id",
            "month",
            "prevented_by",
            months_ahead=(month.dt.year() - as_of.year) * 12
            + month.dt.month().cast(pl.Int32)
            - as_of.month,
        )
    )


def causes_of_bits(prevented_by: IntArray) -> BoolArray:
    """Which causes a fall hung on: bit 1 << n is the n-th official cause.

    Examples
    --------
    >>> [cause.name for cause, is_so in zip(CAUSES, causes_of_bits(np.array([65]))[0]) if is_so]
    ['ILLNESS', 'UNSTABLE_WORK']
    """
    places = np.arange(len(CAUSES))
    return np.asarray((prevented_by[:, None] >> places) & 1, dtype=np.bool_)


def causes_of_words(words: pl.DataFrame) -> BoolArray:
    """Which causes a table names, a row for each household; null names none.

    Parameters
    ----------
    words
        Columns of official words, such as ``cause_1`` to ``cause_5`` of a proposal.

    Examples
    --------
    >>> causes_of_words(pl.DataFrame({"cause_1": ["因病", None]})).sum(axis=1).tolist()
    [1, 0]
    """
    found = np.zeros((words.height, len(CAUSES)), dtype=np.bool_)
    for place, cause in enumerate(CAUSES):
        names_it = pl.any_horizontal((pl.all() == cause.value).fill_null(value=False))
        found[:, place] = words.select(names_it).to_series().to_numpy()
    return found


def agreement(fallen: Fallen, draws: Draws) -> pl.DataFrame:
    """How often reasons name a true cause, beside guesses and the rules, with intervals.

    Parameters
    ----------
    fallen
        The falls of one or several days.
    draws
        Of `cluster_draws` over the falls' villages, in the same order.

    Returns
    -------
    DataFrame
        ``measure, group, value, low, high, n``. Measures are those of `TRUTH_WORDS` and the
        differences of `PAIRS`. Groups: ``told`` (falls with a true cause at all: the main one),
        ``all`` (a fall without a single cause counts as missed), ``one_cause``, ``joint``,
        ``both_speak`` (told, with a reason and a cause of the rules), ``top_tenth``,
        ``first_half`` and ``second_half`` of the horizon, and each cause among the told.
    """
    values = measures(fallen)
    for one, other in PAIRS:
        values[f"{one} - {other}"] = values[one] - values[other]
    found = means_with_intervals(values, fall_groups(fallen), draws)
    return found.rename({"n_households": "n"})


def measures(fallen: Fallen) -> dict[str, FloatArray]:
    """Each measure fall by fall; its mean is what is reported.

    Guesses are expected values: drawing three takes three different causes, one after the other, in
    proportion to their base rates. A base rate gives each of k joint causes 1 / k of its fall. The
    reasons of somebody else who fell have the same causes as often as these, and know nothing of
    the household.
    """
    true, first, three = fallen.true, fallen.named.first, fallen.named.causes
    told = true[true.any(axis=1)]
    frequent = np.argsort(-told.sum(axis=0), kind="stable")
    rates = base_rates(told)
    leading = np.zeros_like(three)
    spoke = np.flatnonzero(first != NOTHING)
    leading[spoke, first[spoke]] = True
    rules_first = np.zeros_like(three)
    ruled = np.flatnonzero(fallen.ruled.any(axis=1))
    rules_first[ruled, np.argmax(fallen.ruled[ruled], axis=1)] = True
    hit = _hits(true, leading)
    missed = true.any(axis=1) & (first != NOTHING) & (hit == 0)
    return {
        "first_reason": hit,
        "three_reasons": _hits(true, three),
        "any_reason": _hits(true, fallen.any_reason),
        "most_frequent": true[:, frequent[0]].astype(np.float64),
        "three_most_frequent": true[:, frequent[:_N_NAMED]].any(axis=1).astype(np.float64),
        "at_base_rates": by_pattern(true, lambda row: hit_by_draw(row, rates, 1)),
        "three_at_base_rates": by_pattern(true, lambda row: hit_by_draw(row, rates, _N_NAMED)),
        "first_of_others": by_pattern(true, lambda row: mean_hit(row, leading)),
        "three_of_others": by_pattern(true, lambda row: mean_hit(row, three)),
        "rules_first": _hits(true, rules_first),
        "rules_any": _hits(true, fallen.ruled),
        "n_reasons": three.sum(axis=1).astype(np.float64),
        "n_rules": fallen.ruled.sum(axis=1).astype(np.float64),
        "alike": np.where(missed, fallen.is_alike.astype(np.float64), np.nan),
    }


def fall_groups(fallen: Fallen) -> dict[str, BoolArray]:
    """Groups of falls, see `agreement`."""
    n_true = fallen.true.sum(axis=1)
    told = n_true > 0
    is_soon = fallen.months_ahead * 2 <= fallen.horizon_months
    groups = {
        "told": told,
        "all": np.ones_like(told),
        "one_cause": n_true == 1,
        "joint": n_true > 1,
        "both_speak": told & fallen.named.has_reason & fallen.ruled.any(axis=1),
        "top_tenth": told & fallen.is_top,
        "first_half": told & is_soon,
        "second_half": told & ~is_soon,
    }
    for place, cause in enumerate(CAUSES):
        if fallen.true[:, place].any():
            groups[cause.value] = fallen.true[:, place]
    return groups


def confusion(fallen: Fallen) -> pl.DataFrame:
    """True cause by first reason: what stands in the place of what.

    Returns
    -------
    DataFrame
        ``true_cause`` (official word, `JOINT` or `NO_SINGLE`), ``first_reason`` (official word, or
        `NO_REASON`), ``n`` falls, ``share`` of those with this true cause, ``n_hit`` whose first
        reason names a true cause, ``n_alike`` of the others whose evidence moves with an indicator
        of a true cause. Pairs that never occur are left out.
    """
    counted = _side_by_side(fallen)
    order = {word: n for n, word in enumerate([*_WORDS, JOINT, NO_SINGLE, NO_REASON])}
    return (
        counted.group_by("true_cause", "first_reason")
        .agg(
            n=pl.len().cast(pl.Int64),
            n_hit=pl.col("is_hit").sum().cast(pl.Int64),
            n_alike=(pl.col("is_alike") & ~pl.col("is_hit")).sum().cast(pl.Int64),
        )
        .with_columns(share=pl.col("n") / pl.col("n").sum().over("true_cause"))
        .sort(
            pl.col("true_cause").replace_strict(order),
            -pl.col("n"),
            pl.col("first_reason").replace_strict(order),
        )
        .select(list(CONFUSION_SCHEMA))
    )


def stand_ins(fallen: Fallen) -> pl.DataFrame:
    """What was shown first in the place of a true cause: the evidence, and how often.

    Returns
    -------
    DataFrame
        ``true_cause, first_reason`` as `confusion`; ``evidence``, column of the first reason; ``n``
        falls. Only falls with a true cause that the first reason does not name; the most frequent
        evidence first within each true cause.
    """
    missed = _side_by_side(fallen).filter(
        ~pl.col("is_hit"), pl.col("true_cause") != NO_SINGLE, pl.col("evidence") != ""
    )
    order = {word: n for n, word in enumerate([*_WORDS, JOINT])}
    return (
        missed.group_by("true_cause", "first_reason", "evidence")
        .agg(n=pl.len().cast(pl.Int64))
        .sort(pl.col("true_cause").replace_strict(order), -pl.col("n"), "evidence")
    )


def _side_by_side(fallen: Fallen) -> pl.DataFrame:
    """True cause, first reason and its evidence, fall by fall."""
    n_true = fallen.true.sum(axis=1).tolist()
    single = [_WORDS[place] for place in np.argmax(fallen.true, axis=1)]
    return pl.DataFrame(
        {
            "true_cause": [
                word if n == 1 else JOINT if n else NO_SINGLE
                for word, n in zip(single, n_true, strict=True)
            ],
            "first_reason": [
                NO_REASON if first == NOTHING else _WORDS[first]
                for first in fallen.named.first.tolist()
            ],
            "evidence": fallen.named.first_evidence,
            "is_hit": measures(fallen)["first_reason"] > 0,
            "is_alike": fallen.is_alike,
        },
        schema_overrides={name: pl.String() for name in ("true_cause", "first_reason", "evidence")},
    )


def _hits(true: BoolArray, named: BoolArray) -> FloatArray:
    """1 where something named is a true cause."""
    return np.asarray((true & named).any(axis=1), dtype=np.float64)
