"""Rules against any score at equal visits, with the rules' must-visits as a floor.

Must-visits are made whatever the score says. So the fair question is what the *further* visits
find: those that the score would make next, against those that the rules would make next, a random
order and an oracle. Total recall flatters nobody and hides the difference, since its ratio to the
rules can never exceed 1 / recall(rules).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fanpin_risk.errors import SchemaError
from fanpin_risk.risk.ranking import (
    BoolArray,
    FloatArray,
    at_cut,
    checked_flag,
    checked_outcome,
    checked_score,
    checked_weight,
    running_totals,
)


@dataclass(frozen=True, kw_only=True)
class Increment:
    """What the visits made after the must-visits find (see `increment`).

    ``falls`` is the (weighted) expected number of known falls, ``precision`` its share of the known
    outcomes among these visits, ``unknown_share`` the share of them whose outcome is not
    knowable; the last two are NaN without visits. ``n_further`` is what is left to visit when
    fewer households are left than were asked for.
    """

    n_further: float
    falls: float
    precision: float
    unknown_share: float


def increment(
    score: npt.ArrayLike,
    must_visit: npt.ArrayLike,
    outcome: npt.ArrayLike,
    n_further: float,
    weight: npt.ArrayLike | None = None,
) -> Increment:
    """Falls found by ``n_further`` visits, by score, among households that are no must-visits.

    Parameters
    ----------
    score : array-like of shape (n_households,)
        Higher is visited earlier. Ties at the cut count as expected over a random order, so a
        constant score is the random order.
    must_visit : array-like of bool, shape (n_households,)
        Whether the rules demand the visit anyway; these households are left out.
    outcome : array-like of shape (n_households,)
        0, 1, or NaN for not knowable; the unknown use up visits.
    n_further : float
        Number of further visits, at least 0.
    weight : array-like of shape (n_households,), optional
        Weights of the known outcomes; visits are counted without weights.

    Returns
    -------
    Increment

    Examples
    --------
    >>> increment([0.9, 0.8, 0.7, 0.1], [True, False, False, False], [1, 1, 0, 1], 2)
    Increment(n_further=2.0, falls=1.0, precision=0.5, unknown_share=0.0)
    """
    column, fell, mass, must = _columns(score, outcome, weight, must_visit)
    if not n_further >= 0:
        raise SchemaError(f"n_further must be at least 0, got {n_further:g}.")
    left = ~must
    counts, *running = _totals(column[left], fell[left], mass[left])
    visits = min(float(n_further), float(np.sum(left)))
    falls, known, unknown = (float(at_cut(visits, counts=counts, totals=t)) for t in running)
    return Increment(
        n_further=visits,
        falls=falls,
        precision=_share(falls, known),
        unknown_share=_share(unknown, visits),
    )


@dataclass(frozen=True, kw_only=True)
class FoundAt:
    """What a list of ``n_visits`` finds: must-visits first, then by score (see `found_curve`).

    ``n_further`` is how many visits are left after the must-visits; with ``rules_fill_budget`` it
    is 0 and no score can add anything at this budget.
    """

    n_visits: float
    n_must_visit: int
    n_further: float
    rules_fill_budget: bool
    falls: float
    recall: float
    precision: float
    unknown_share: float


def found_curve(
    score: npt.ArrayLike,
    must_visit: npt.ArrayLike,
    outcome: npt.ArrayLike,
    budgets: Sequence[float],
    weight: npt.ArrayLike | None = None,
    *,
    rules_score: npt.ArrayLike | None = None,
) -> list[FoundAt]:
    """Falls found at each number of visits, must-visits first and the rest by score.

    Parameters
    ----------
    score, must_visit, outcome, weight
        As in `increment`.
    budgets : sequence of float
        Numbers of visits in all, each in [0, n_households].
    rules_score : array-like of shape (n_households,), optional
        The rules' own order of the must-visits (higher first); without it a budget below the
        number of must-visits takes them in random order, as expected.

    Returns
    -------
    list of FoundAt
        One for each budget. Recall is of the known falls, NaN when there are none; precision is
        among the known on the list, NaN when there are none.

    Examples
    --------
    >>> curve = found_curve([0, 3, 2, 1], [True, False, False, False], [1, 1, 0, 0], [1, 2])
    >>> [(row.n_visits, row.falls, row.rules_fill_budget) for row in curve]
    [(1.0, 1.0, True), (2.0, 2.0, False)]
    """
    column, fell, mass, must = _columns(score, outcome, weight, must_visit)
    for visits in budgets:
        if not 0 <= visits <= column.size:
            raise SchemaError(
                f"A budget must be between 0 and the {column.size} households, got {visits:g}."
            )
    ranking = rules_then_score(column, must, rules_score=rules_score)
    counts, *running = _totals(ranking, fell, mass)
    n_must = int(np.sum(must))
    return [
        _found_at(
            float(visits),
            n_must,
            [float(at_cut(visits, counts=counts, totals=t)) for t in running],
            all_falls=float(running[0][-1]),
        )
        for visits in budgets
    ]


def _found_at(visits: float, n_must: int, found: list[float], *, all_falls: float) -> FoundAt:
    """Put one row of the curve together from (falls, known, unknown)."""
    falls, known, unknown = found
    return FoundAt(
        n_visits=visits,
        n_must_visit=n_must,
        n_further=max(visits - n_must, 0.0),
        rules_fill_budget=n_must >= visits,
        falls=falls,
        recall=_share(falls, all_falls),
        precision=_share(falls, known),
        unknown_share=_share(unknown, visits),
    )


def rules_then_score(
    score: npt.ArrayLike, must_visit: npt.ArrayLike, *, rules_score: npt.ArrayLike | None = None
) -> FloatArray:
    """One ranking score that puts must-visits first, in the rules' order, and then the score.

    Parameters
    ----------
    score : array-like of shape (n_households,)
        Order of the households that are no must-visits; higher first.
    must_visit : array-like of bool, shape (n_households,)
        Never displaced: every one of them ranks above all others.
    rules_score : array-like of shape (n_households,), optional
        Order of the must-visits; without it they tie.

    Returns
    -------
    array of shape (n_households,)
        Whole numbers from 0, higher first; equal exactly where the score that orders the two
        households is equal. It is a place in an order and no risk.

    Examples
    --------
    >>> rules_then_score([0.9, 0.2, 0.2], [False, False, True])
    array([1., 0., 2.])
    """
    column = checked_score(score)
    must = checked_flag(must_visit, name="must_visit", n_rows=column.size)
    rules = np.zeros(column.size) if rules_score is None else checked_score(rules_score)
    if rules.size != column.size:
        raise SchemaError(f"rules_score must have {column.size} values, got {rules.size}.")
    ranking = np.empty(column.size)
    ranking[~must] = _dense_rank(column[~must])
    ranking[must] = _dense_rank(rules[must]) + ranking[~must].max(initial=-1) + 1
    return ranking


@dataclass(frozen=True, kw_only=True)
class FloorRow:
    """One method against the rules' own order at must-visits plus ``further.n_further`` visits.

    ``increment_ratio``: falls in the further visits over those of the rules; ``recall``: by
    must-visits and further visits together; ``recall_ratio`` to the rules, which cannot exceed
    ``recall_ratio_cap``. NaN where the rules find nothing.
    """

    further: Increment
    increment_ratio: float
    recall: float
    recall_ratio: float
    recall_ratio_cap: float


def rule_floor(
    scores: Mapping[str, npt.ArrayLike],
    must_visit: npt.ArrayLike,
    outcome: npt.ArrayLike,
    n_further: float,
    weight: npt.ArrayLike | None = None,
    *,
    rules: str,
) -> dict[str, FloorRow]:
    """Every method's further visits against the rules' own, a random order and an oracle.

    Parameters
    ----------
    scores : mapping of method to array-like of shape (n_households,)
        Must hold the method named by ``rules``. ``random`` (expected) and ``oracle`` (all who
        fell first) are added unless they are given.
    must_visit, outcome, n_further, weight
        As in `increment`.
    rules : str
        The method that stands for the visits that the rules would make next.

    Returns
    -------
    dict of method to FloorRow

    Examples
    --------
    >>> rows = rule_floor({"income": [4, 3, 2, 1], "model": [4, 1, 3, 2]},
    ...                   [True, False, False, False], [1, 0, 1, 0], 2, rules="income")
    >>> rows["model"].increment_ratio, rows["random"].further.falls.__round__(3)
    (1.0, 0.667)
    """
    if rules not in scores:
        raise SchemaError(f"No score for the rules' order {rules!r}. Given: {list(scores)}.")
    known_falls = np.nan_to_num(np.asarray(outcome, dtype=np.float64))
    added = {"random": np.zeros(known_falls.size), "oracle": known_falls}
    found = {
        name: increment(score, must_visit, outcome, n_further, weight)
        for name, score in {**added, **scores}.items()
    }
    _, fell, mass, must = _columns(known_falls, outcome, weight, must_visit)
    falls = mass * np.nan_to_num(fell)
    must_falls, all_falls = float(np.sum(falls[must])), float(np.sum(falls))
    return {
        name: _floor_row(row, found[rules], must_falls=must_falls, all_falls=all_falls)
        for name, row in found.items()
    }


def _floor_row(
    row: Increment, rules: Increment, *, must_falls: float, all_falls: float
) -> FloorRow:
    """Compare one method's further visits with the rules' own."""
    recall = _share(must_falls + row.falls, all_falls)
    of_rules = _share(must_falls + rules.falls, all_falls)
    return FloorRow(
        further=row,
        increment_ratio=_share(row.falls, rules.falls),
        recall=recall,
        recall_ratio=_share(recall, of_rules),
        recall_ratio_cap=recall_ratio_cap(of_rules),
    )


def recall_ratio_cap(recall_of_rules: float) -> float:
    """Largest ratio of total recall to that of the rules that any method can reach: 1 / recall.

    Examples
    --------
    >>> recall_ratio_cap(0.5)
    2.0
    """
    return _share(1.0, recall_of_rules)


def floor_note(n_must_visit: int, n_visits: float) -> tuple[str, str] | None:
    """Words for a budget that the must-visits fill, in Chinese and English; None otherwise.

    Examples
    --------
    >>> floor_note(40, 60) is None
    True
    >>> floor_note(60, 60)[1]
    '60 must-visits fill the 60 visits: the score adds nothing at this budget.'
    """
    if n_must_visit < n_visits:
        return None
    return (
        f"规则必访 {n_must_visit} 户，已占满 {n_visits:g} 户的走访名额：评分在此名额下不起作用。",
        f"{n_must_visit} must-visits fill the {n_visits:g} visits: "
        "the score adds nothing at this budget.",
    )


def _columns(
    score: npt.ArrayLike,
    outcome: npt.ArrayLike,
    weight: npt.ArrayLike | None,
    must_visit: npt.ArrayLike,
) -> tuple[FloatArray, FloatArray, FloatArray, BoolArray]:
    """Check the four columns."""
    column = checked_score(score)
    fell = checked_outcome(outcome, n_rows=column.size, unknown=True)
    mass = checked_weight(weight, n_rows=column.size)
    return column, fell, mass, checked_flag(must_visit, name="must_visit", n_rows=column.size)


def _totals(score: FloatArray, fell: FloatArray, mass: FloatArray) -> tuple[FloatArray, ...]:
    """Add up, from the top, visits, weighted falls, weighted known, and unknown."""
    known = (~np.isnan(fell)).astype(np.float64)
    ones = np.ones(score.size)
    return running_totals(score, ones, mass * np.nan_to_num(fell), mass * known, 1 - known)


def _dense_rank(values: FloatArray) -> FloatArray:
    """Place of each value among the distinct ones, from 0 for the lowest."""
    return np.unique(values, return_inverse=True)[1].reshape(-1).astype(np.float64)


def _share(part: float, whole: float) -> float:
    """``part / whole``, NaN when ``whole`` is 0 or NaN."""
    return part / whole if whole > 0 else math.nan
