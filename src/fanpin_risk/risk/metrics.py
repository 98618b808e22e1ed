"""How good a ranking of households is: discrimination, and what the top k visits find.

Every function takes plain arrays, one entry per household: ``score`` (higher means visited
earlier), ``outcome`` (1 fell, 0 did not, NaN not knowable where that is allowed) and an optional
``weight`` (the inverse chance of being seen). The measures of calibration are in
`fanpin_risk.risk.calibration_metrics` and can be called from here too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from fanpin_risk.errors import SchemaError
from fanpin_risk.risk.calibration_metrics import (
    BrierParts,
    Tenth,
    brier,
    brier_decomposition,
    calibration_intercept,
    calibration_slope,
    expected_over_observed,
    ici,
    reliability_by_tenths,
    smooth_observed_share,
)
from fanpin_risk.risk.ranking import (
    FloatArray,
    at_cut,
    checked_column,
    checked_outcome,
    checked_score,
    checked_weight,
    ratio,
    running_totals,
)

__all__ = [
    "AtK",
    "BrierParts",
    "Tenth",
    "at_k",
    "auc",
    "average_precision",
    "brier",
    "brier_decomposition",
    "budget_name",
    "calibration_intercept",
    "calibration_slope",
    "calibration_summary",
    "expected_over_observed",
    "ici",
    "reliability_by_tenths",
    "smooth_observed_share",
    "summary",
]


def auc(score: npt.ArrayLike, outcome: npt.ArrayLike, weight: npt.ArrayLike | None = None) -> float:
    r"""Chance that a household that fell scores above one that did not; a tie counts half.

    Parameters
    ----------
    score : array-like of shape (n_households,)
        Higher means riskier; never missing.
    outcome : array-like of shape (n_households,)
        0 or 1; leave unknown ones out.
    weight : array-like of shape (n_households,), optional
        Not negative; 1 each when left out.

    Returns
    -------
    float
        In [0, 1]; NaN when only one of the two outcomes occurs.

    Notes
    -----
    :math:`\sum_{i: y=1} \sum_{j: y=0} w_i w_j (1[s_i > s_j] + \tfrac12 1[s_i = s_j])` over the
    sum of :math:`w_i w_j` (Hanley and McNeil 1982), in the time of one sort.

    Examples
    --------
    >>> auc([0.9, 0.5, 0.5, 0.1], [1, 1, 0, 0])
    0.875
    """
    fell, stayed = _outcome_totals(score, outcome, weight)
    below = stayed[-1] - (stayed[1:] + stayed[:-1]) / 2
    return float(ratio(np.sum(np.diff(fell) * below), fell[-1] * stayed[-1]))


def average_precision(
    score: npt.ArrayLike, outcome: npt.ArrayLike, weight: npt.ArrayLike | None = None
) -> float:
    r"""Mean of the precision at each household that fell, as scikit-learn defines it.

    Parameters
    ----------
    score, outcome, weight
        As in `auc`.

    Returns
    -------
    float
        In (0, 1]; its value for a random order is the share that fell. NaN when nobody fell.

    Notes
    -----
    :math:`\sum_b (R_b - R_{b-1}) P_b` over blocks of equal score, precision and recall being
    taken at the end of a block; nothing is interpolated.

    Examples
    --------
    >>> round(average_precision([0.9, 0.5, 0.4], [1, 0, 1]), 4)
    0.8333
    """
    fell, stayed = _outcome_totals(score, outcome, weight)
    precision = np.nan_to_num(ratio(fell[1:], fell[1:] + stayed[1:]))
    return float(ratio(np.sum(np.diff(fell) * precision), fell[-1]))


def _outcome_totals(
    score: npt.ArrayLike, outcome: npt.ArrayLike, weight: npt.ArrayLike | None
) -> tuple[FloatArray, FloatArray]:
    """Add up, from the top, the weight of those who fell and of those who did not."""
    column = checked_score(score)
    fell = checked_outcome(outcome, n_rows=column.size)
    mass = checked_weight(weight, n_rows=column.size)
    risen, stayed = running_totals(column, mass * fell, mass * (1 - fell))
    return risen, stayed


@dataclass(frozen=True, kw_only=True)
class AtK:
    """What the ``k`` highest scores hold (see `at_k`).

    ``precision``, ``recall``, ``lift`` and the two errors are among known outcomes;
    ``unknown_share`` is the share of the k visits whose outcome is not knowable. ``*_low`` and
    ``*_high`` bound precision and recall whatever the unknown outcomes were, without weights.
    """

    k: float
    precision: float
    recall: float
    lift: float
    exclusion_error: float
    inclusion_error: float
    unknown_share: float
    precision_low: float
    precision_high: float
    recall_low: float
    recall_high: float


def at_k(
    score: npt.ArrayLike, outcome: npt.ArrayLike, k: float, weight: npt.ArrayLike | None = None
) -> AtK:
    """Precision, recall, lift and the two targeting errors of the ``k`` highest scores.

    Parameters
    ----------
    score : array-like of shape (n_households,)
        Higher is visited earlier. Equal scores at the cut count in proportion: the expected
        number over a random order of the tied households.
    outcome : array-like of shape (n_households,)
        0, 1, or NaN for not knowable. The unknown use up visits: ``k`` counts them.
    k : float
        Number of visits, in [0, n_households]; need not be whole.
    weight : array-like of shape (n_households,), optional
        Weights of the known outcomes; those of the unknown are not used. The cut, the share of
        unknown and the bounds count households without weights.

    Returns
    -------
    AtK
        Precision is NaN when nobody known is visited, recall when nobody is known to have
        fallen, bounds when their denominator is 0.

    Raises
    ------
    SchemaError
        If ``k`` is out of range or a column does not fit.

    Notes
    -----
    Exclusion error = 1 - recall, inclusion error = 1 - precision, lift = precision / prevalence
    among the known. Bounds (Manski 1989): precision lies between all unknown "no" and all "yes";
    recall is lowest when the unknown fell outside the list and not on it, highest the other way.
    With unknown outcomes inside a cut block, ratios are those of the expected numbers.

    Examples
    --------
    >>> top = at_k([0.9, 0.8, 0.2, 0.1], [1, np.nan, 1, 0], k=2)
    >>> top.precision, top.recall, top.unknown_share
    (1.0, 0.5, 0.5)
    >>> top.precision_low, top.precision_high
    (0.5, 1.0)
    """
    column = checked_score(score)
    fell = checked_outcome(outcome, n_rows=column.size, unknown=True)
    mass = checked_weight(weight, n_rows=column.size)
    if not 0 <= k <= column.size:
        raise SchemaError(f"k must be between 0 and the {column.size} households, got {k:g}.")
    known = (~np.isnan(fell)).astype(np.float64)
    yes = np.nan_to_num(fell)
    counts, *running = running_totals(
        column, np.ones(column.size), mass * yes, mass * known, yes, 1 - known
    )
    top = [float(at_cut(k, counts=counts, totals=totals)) for totals in running]
    return _at_k(float(k), top=top, everyone=[float(totals[-1]) for totals in running])


def _at_k(k: float, *, top: list[float], everyone: list[float]) -> AtK:
    """Put the measures together from (weighted falls, weighted known, falls, unknown)."""
    found, known, falls, unknown = top
    all_found, all_known, all_falls, all_unknown = everyone
    precision, recall = _share(found, known), _share(found, all_found)
    return AtK(
        k=k,
        precision=precision,
        recall=recall,
        lift=_share(precision, _share(all_found, all_known)),
        exclusion_error=1 - recall,
        inclusion_error=1 - precision,
        unknown_share=_share(unknown, k),
        precision_low=_share(falls, k),
        precision_high=_share(falls + unknown, k),
        recall_low=_share(falls, all_falls + all_unknown - unknown),
        recall_high=_share(falls + unknown, all_falls + unknown),
    )


def _share(part: float, whole: float) -> float:
    """``part / whole``, NaN when ``whole`` is 0 or NaN."""
    return part / whole if whole > 0 else math.nan


def budget_name(share: float, *, beside_must_visits: bool = False) -> str:
    """Name of a visit budget in result files: a share of the cohort, or that beside must-visits.

    Examples
    --------
    >>> budget_name(0.1), budget_name(0.02, beside_must_visits=True)
    ('10%', 'must+2%')
    """
    percent = f"{100 * share:g}%"
    return f"must+{percent}" if beside_must_visits else percent


def summary(
    score: npt.ArrayLike,
    outcome: npt.ArrayLike,
    *,
    risk: npt.ArrayLike | None = None,
    weight: npt.ArrayLike | None = None,
    budgets: Mapping[str, float] | None = None,
) -> dict[str, float]:
    """All measures of one method on one cohort, by name.

    Parameters
    ----------
    score : array-like of shape (n_households,)
        Higher is visited earlier.
    outcome : array-like of shape (n_households,)
        0, 1, or NaN for not knowable. Unknown ones take part in the cuts only.
    risk : array-like of shape (n_households,), optional
        Probabilities in [0, 1]; the measures of calibration are added when given.
    weight : array-like of shape (n_households,), optional
        Weights of the known outcomes.
    budgets : mapping of name to number of visits, optional
        Each name adds ``precision_at_<name>``, ``recall_at_<name>`` and so on, as in `AtK`.

    Returns
    -------
    dict of str to float
        NaN where a measure is not defined. ``n_households`` counts all, ``n_known`` those with
        an outcome; ``prevalence`` is the weighted share that fell among the known.

    Examples
    --------
    >>> values = summary([0.9, 0.5, 0.1], [1, 0, np.nan], budgets={"first": 1})
    >>> values["auc"], values["precision_at_first"], values["n_known"]
    (1.0, 1.0, 2.0)
    """
    column = checked_score(score)
    fell = checked_outcome(outcome, n_rows=column.size, unknown=True)
    mass = checked_weight(weight, n_rows=column.size)
    known = ~np.isnan(fell)
    yes, seen = fell[known], mass[known]
    values = {
        "n_households": float(column.size),
        "n_known": float(yes.size),
        "prevalence": float(ratio(np.sum(seen * yes), np.sum(seen))),
        "auc": auc(column[known], yes, seen),
        "average_precision": average_precision(column[known], yes, seen),
    }
    if risk is not None:
        chance = checked_column(risk, name="risk", n_rows=column.size)
        values |= calibration_summary(chance[known], yes, seen)
    for name, visits in (budgets or {}).items():
        values |= {
            f"{key}_at_{name}": v for key, v in asdict(at_k(column, fell, visits, mass)).items()
        }
    return values


def calibration_summary(
    risk: npt.ArrayLike, outcome: npt.ArrayLike, weight: npt.ArrayLike | None = None
) -> dict[str, float]:
    """Brier score with its parts, slope, intercept, expected over observed, and ICI, by name.

    Examples
    --------
    >>> calibration_summary([0.5, 0.5], [1, 0])["expected_over_observed"]
    1.0
    """
    parts = {
        name if name == "brier" else f"brier_{name}": value
        for name, value in asdict(brier_decomposition(risk, outcome, weight)).items()
    }
    return parts | {
        "calibration_slope": calibration_slope(risk, outcome, weight),
        "calibration_intercept": calibration_intercept(risk, outcome, weight),
        "expected_over_observed": expected_over_observed(risk, outcome, weight),
        "ici": ici(risk, outcome, weight),
    }
