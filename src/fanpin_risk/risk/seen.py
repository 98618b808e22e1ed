"""The chance of being seen again, among those due, and the weights that stand for the unseen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fanpin_risk.risk.linear import logistic_coefficients, predicted
from fanpin_risk.risk.preparation import CohortMatrix, Preparation, Transform

FloatArray = npt.NDArray[np.float64]
LEAST_CHANCE = 0.1
"""Chances are kept above this, so that no household stands for more than ten."""


@dataclass(frozen=True, kw_only=True)
class SeenWeights:
    """Weights 1 / P(seen) of those seen (NaN for the others), and how far they can be trusted.

    ``effective_share`` is the effective sample size as a share of those seen (Kish); 1 when all
    weights are equal.
    """

    weight: FloatArray
    share_seen: float
    mean_weight: float
    largest_weight: float
    effective_share: float


def seen_weights(
    cohort: CohortMatrix,
    seen: npt.NDArray[np.bool_],
    *,
    columns: Sequence[str],
    transforms: Mapping[str, Transform],
) -> SeenWeights:
    """Weigh each household seen by the inverse of its modelled chance of being seen.

    The model is a logistic regression on the columns given, fitted on those due. It makes what was
    seen stand for the unseen who look alike in these columns, and for nobody else (estimands,
    section 2).

    Parameters
    ----------
    cohort
        Everybody due, seen or not.
    seen
        Whose outcome is known.
    columns, transforms
        What the chance may depend on.

    Returns
    -------
    SeenWeights
        With weights that sum to the size of the cohort.

    Examples
    --------
    >>> due = CohortMatrix(names=("x",), values=np.array([[0.0], [0.0], [1.0], [1.0]] * 5))
    >>> found = seen_weights(due, np.array([True, True, True, False] * 5), columns=["x"],
    ...                      transforms={})
    >>> bool(found.weight[2] > found.weight[0]), bool(np.isnan(found.weight[3]))
    (True, True)
    """
    if seen.all() or not seen.any():
        weight = np.where(seen, 1.0, np.nan)
    else:
        prepared = Preparation.of(cohort, columns, transforms).apply(cohort)
        coefficients = logistic_coefficients(
            prepared, seen.astype(np.float64), np.ones(len(seen)), ridge=1.0
        )
        chance = 1 / (1 + np.exp(-predicted(prepared, coefficients)))
        weight = np.where(seen, 1 / np.maximum(chance, LEAST_CHANCE), np.nan)
        weight *= len(seen) / np.nansum(weight)
    used = weight[seen] if seen.any() else np.ones(1)
    return SeenWeights(
        weight=weight,
        share_seen=float(np.mean(seen)),
        mean_weight=float(np.mean(used)),
        largest_weight=float(np.max(used)),
        effective_share=float(np.sum(used) ** 2 / np.sum(used**2) / len(used)),
    )
