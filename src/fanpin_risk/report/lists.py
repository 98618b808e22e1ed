"""What visit lists of a backtest hold: who is on them, what they find, and whom they miss."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from fanpin_risk.report.readings import PLAN, RULES, Reading
from fanpin_risk.report.terms import Terms
from fanpin_risk.report.words import Words
from fanpin_risk.risk.bootstrap import FEWEST_CLUSTERS
from fanpin_risk.risk.calibration_metrics import Tenth, reliability_by_tenths
from fanpin_risk.risk.ranking import at_cut, block_bounds, ratio, running_totals
from fanpin_risk.risk.resampling import jackknife_interval

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]
BoolArray = npt.NDArray[np.bool_]

FEWEST_FALLS = 20
"""A group with fewer known falls has no error printed: it would say little, and of few people."""
SIZES = ((1, 1), (2, 2), (3, 4), (5, 6), (7, None))
"""Groups of household sizes, both ends included."""


def on_list(score: FloatArray, n_visits: float) -> FloatArray:
    """Chance of each household to be among the ``n_visits`` highest scores.

    Parameters
    ----------
    score : array of shape (n_households,)
        Higher is visited earlier; equal scores at the cut share what is left of it.
    n_visits : float
        In [0, n_households]; need not be whole.

    Returns
    -------
    array of shape (n_households,)
        In [0, 1], with sum ``n_visits``.

    Examples
    --------
    >>> on_list(np.array([0.9, 0.5, 0.5, 0.1]), 2)
    array([1. , 0.5, 0.5, 0. ])
    """
    order = np.argsort(-score, kind="stable")
    bounds = block_bounds(score[order])
    sizes = np.diff(bounds)
    share = np.clip((n_visits - bounds[:-1]) / sizes, 0, 1)
    chance = np.empty(score.size)
    chance[order] = np.repeat(share, sizes)
    return chance


def recall_curve(predictions: pl.DataFrame, method: str, shares: FloatArray) -> FloatArray:
    """Share of the known falls that lists of each length find, cut within each origin and pooled.

    Parameters
    ----------
    predictions
        Of a backtest, with ``as_of, fell`` and the method's score.
    method
        Column to order by, higher first.
    shares : array of shape (n_shares,)
        Lengths of the list, in shares of each origin's cohort, in [0, 1].

    Returns
    -------
    array of shape (n_shares,)
        In [0, 1]; NaN when nobody fell.
    """
    found = np.zeros(shares.size)
    falls = 0.0
    table = predictions.select("as_of", "fell", method)
    for day in table["as_of"].unique().sort():
        part = table.filter(pl.col("as_of") == day)
        score, yes = _floats(part, method), np.nan_to_num(_floats(part, "fell"))
        counts, totals = running_totals(score, np.ones(score.size), yes)
        found = found + at_cut(shares * score.size, counts=counts, totals=totals)
        falls += float(yes.sum())
    return ratio(found, falls)


@dataclass(frozen=True, kw_only=True)
class MissedGroup:
    """Whom lists of equal length miss in one group of households.

    ``plan`` and ``rules``: exclusion error (share of the known falls that the list leaves out) of
    the rules' must-visits followed by the model, and of the rules' own order; without a value when
    the group has fewer than `FEWEST_FALLS` known falls.
    """

    kind: Words
    label: Words
    n_households: int
    n_known: int
    n_fell: int
    plan: Reading
    rules: Reading


def missed_groups(
    predictions: pl.DataFrame, terms: Terms, *, further_share: float, with_intervals: bool
) -> list[MissedGroup]:
    """Exclusion error by group, on lists of the must-visits and a share of the cohort.

    Lists are cut within each origin. Intervals leave out each place in turn and cut the lists anew
    (jackknife, t), as everywhere in the evaluation; a group that lives in fewer than 15 places has
    none.

    Parameters
    ----------
    predictions
        Of a backtest; see `fanpin_risk.report.content.ReportContent`.
    further_share
        Share of the cohort visited beside the must-visits.
    with_intervals
        Whether there are places enough.

    Returns
    -------
    list of MissedGroup
        Everybody first, then by kind of group.
    """
    masks = [*_group_masks(predictions, terms)]
    member = np.stack([mask for _, _, mask in masks])
    places = predictions["place"].to_numpy() if with_intervals else None
    errors = {
        method: _errors(_Ranked.of(predictions, method), member, further_share, places)
        for method in (PLAN, RULES)
    }
    fell = _floats(predictions, "fell")
    return [
        MissedGroup(
            kind=kind,
            label=label,
            n_households=int(mask.sum()),
            n_known=int((~np.isnan(fell[mask])).sum()),
            n_fell=int(np.nansum(fell[mask])),
            plan=errors[PLAN][index],
            rules=errors[RULES][index],
        )
        for index, (kind, label, mask) in enumerate(masks)
    ]


def missed_by_place(
    predictions: pl.DataFrame, terms: Terms, *, further_share: float
) -> list[MissedGroup]:
    """As `missed_groups` for each place, without intervals: a place is one cluster.

    On a register only places with `FEWEST_FALLS` known falls are told apart: it has hundreds.
    """
    place = predictions["place"].to_numpy()
    names = sorted(_places_told(predictions, terms), key=by_number)
    if not names:
        return []
    member = np.stack([place == name for name in names])
    errors = {
        method: _errors(_Ranked.of(predictions, method), member, further_share, None)
        for method in (PLAN, RULES)
    }
    fell = _floats(predictions, "fell")
    return [
        MissedGroup(
            kind=terms.places,
            label=Words(name, name),
            n_households=int(mask.sum()),
            n_known=int((~np.isnan(fell[mask])).sum()),
            n_fell=int(np.nansum(fell[mask])),
            plan=errors[PLAN][index],
            rules=errors[RULES][index],
        )
        for index, (name, mask) in enumerate(zip(names, member, strict=True))
    ]


def _places_told(predictions: pl.DataFrame, terms: Terms) -> list[str]:
    """Places that have a row of their own."""
    falls = predictions.group_by("place").agg(n=pl.col("fell").sum())
    told = falls.filter(pl.col("n") >= FEWEST_FALLS) if terms.is_weighted else falls
    return told["place"].to_list()


@dataclass(frozen=True, kw_only=True)
class ReliabilityRow:
    """A tenth of the households by risk: mean risk, and the share observed with its interval."""

    tenth: Tenth
    observed: Reading


def outcome_weights(known: pl.DataFrame) -> FloatArray:
    """Weights of known outcomes; 0 where an outcome stands for nobody."""
    return np.nan_to_num(_floats(known, "weight"))


def reliability(
    predictions: pl.DataFrame, method: str, *, with_intervals: bool, is_weighted: bool = False
) -> list[ReliabilityRow]:
    """Mean risk against observed share by tenths of the risk, intervals by jackknife over places.

    Only known outcomes count, each for one or, if ``is_weighted``, with the column ``weight``.
    Where leaving out a place leaves a tenth without households, that tenth has no interval.
    """
    known = predictions.filter(pl.col("fell").is_not_null())
    risk, fell = _floats(known, f"risk_{method}"), _floats(known, "fell")
    weight = outcome_weights(known) if is_weighted else np.ones(known.height)
    rows = reliability_by_tenths(risk, fell, weight)
    if not with_intervals:
        return [ReliabilityRow(tenth=r, observed=Reading(value=r.observed_share)) for r in rows]
    place = known["place"].to_numpy()
    left_out = [
        {
            row.tenth: row.observed_share
            for row in reliability_by_tenths(risk[kept], fell[kept], weight[kept])
        }
        for kept in (place != name for name in sorted(set(place.tolist())))
    ]
    return [
        ReliabilityRow(
            tenth=row,
            observed=_reading(row.observed_share, [found.get(row.tenth) for found in left_out]),
        )
        for row in rows
    ]


@dataclass(frozen=True, kw_only=True)
class _Ranked:
    """Each origin's rows from the highest score down: positions, and the score in that order."""

    rows: tuple[IntArray, ...]
    score: tuple[FloatArray, ...]
    must_visit: BoolArray
    falls: FloatArray

    @classmethod
    def of(cls, predictions: pl.DataFrame, method: str) -> _Ranked:
        """Sort once; leaving rows out later keeps the order."""
        score = _floats(predictions, method)
        day = predictions["as_of"].to_physical().to_numpy()
        parts = [np.flatnonzero(day == one) for one in np.unique(day)]
        rows = [part[np.argsort(-score[part], kind="stable")] for part in parts]
        return cls(
            rows=tuple(rows),
            score=tuple(score[part] for part in rows),
            must_visit=predictions["must_visit"].to_numpy(),
            falls=np.nan_to_num(_floats(predictions, "fell")),
        )


def _errors(
    ranked: _Ranked, member: BoolArray, further_share: float, places: npt.NDArray[np.object_] | None
) -> list[Reading]:
    """Exclusion error of each group, with its interval over places if wanted."""
    everybody = np.ones(ranked.falls.size, dtype=bool)
    value = _exclusion(ranked, member, further_share, everybody)
    few = np.sum(member * ranked.falls, axis=1) < FEWEST_FALLS
    value[few] = np.nan
    if places is None:
        return [Reading(value=_none(v)) for v in value]
    masks = np.stack([places == name for name in sorted(set(places.tolist()))])
    left_out = np.stack([_exclusion(ranked, member, further_share, ~mask) for mask in masks])
    n_places = (member.astype(np.int64) @ masks.T.astype(np.int64) > 0).sum(axis=1)
    left_out[:, n_places < FEWEST_CLUSTERS] = np.nan
    return [_reading(v, column.tolist()) for v, column in zip(value, left_out.T, strict=True)]


def _exclusion(
    ranked: _Ranked, member: BoolArray, further_share: float, kept: BoolArray
) -> FloatArray:
    """Share of each group's falls that the lists leave out, over the rows kept."""
    chance = np.zeros(ranked.falls.size)
    for rows, score in zip(ranked.rows, ranked.score, strict=True):
        here = kept[rows]
        n_visits = float(ranked.must_visit[rows[here]].sum()) + further_share * float(here.sum())
        chance[rows[here]] = on_list(score[here], min(n_visits, float(here.sum())))
    falls = ranked.falls * kept
    return ratio(np.sum(member * (falls * (1 - chance)), axis=1), np.sum(member * falls, axis=1))


def _group_masks(
    predictions: pl.DataFrame, terms: Terms
) -> Iterator[tuple[Words, Words, BoolArray]]:
    """Kind, name and members of every group that the predictions can tell."""
    is_new, must = predictions["is_new"].to_numpy(), predictions["must_visit"].to_numpy()
    yield Words("全部", "all"), Words("全部", "all"), np.ones(len(is_new), dtype=bool)
    kind = Words("新老", "seen before")
    if is_new.any():
        yield kind, terms.returning, ~is_new
        yield kind, terms.new, is_new
    kind = Words("规则", "rules")
    yield kind, Words("规则必访", "must-visit"), must
    yield kind, Words("非必访", "no must-visit"), ~must
    if "members" in predictions.columns:
        members = _floats(predictions, "members")
        for low, high in SIZES:
            mask = (members >= low) & (members <= (math.inf if high is None else high))
            yield Words("人口", "household size"), _size_words(low, high), mask
    if "region" in predictions.columns:
        region = predictions["region"].fill_null("?").to_numpy()
        for name in sorted(set(region.tolist()), key=by_number):
            label = Words(f"{terms.region.zh} {name}", f"{terms.region.en} {name}")
            yield terms.region, label, region == name


def _size_words(low: int, high: int | None) -> Words:
    """Name of a group of household sizes."""
    if high is None:
        return Words(f"{low}人及以上户", f"{low} or more members")
    if low == high:
        return Words(f"{low}人户", f"{low}-member households")
    return Words(f"{low}–{high}人户", f"{low}–{high} members")


def _reading(value: float, left_out: Sequence[float | None]) -> Reading:
    """Return a value with its jackknife interval; without one where a replicate is undefined."""
    shown = _none(value)
    if shown is None or any(v is None or math.isnan(v) for v in left_out):
        return Reading(value=shown)
    low, high = jackknife_interval(value, [v for v in left_out if v is not None])
    return Reading(value=shown, low=max(float(low), 0.0), high=min(float(high), 1.0))


def _none(value: float) -> float | None:
    """None for NaN."""
    return None if math.isnan(value) else float(value)


def by_number(name: str) -> tuple[int, int, str]:
    """Order codes as numbers where they are numbers."""
    return (0, int(name), name) if name.isdecimal() else (1, 0, name)


def _floats(table: pl.DataFrame, name: str) -> FloatArray:
    """Return a column as floats, NaN for null."""
    return table[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
