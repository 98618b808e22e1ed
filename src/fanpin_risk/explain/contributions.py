"""Exact contributions of every indicator to every score, checked against the score itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fanpin_risk.errors import ExplanationError

if TYPE_CHECKING:
    import shap

TOLERANCE = 1e-6
"""Largest gap, in log-odds, between contributions plus base and the raw score."""


def explanation(
    contributions: npt.NDArray[np.float64],
    raw_score: npt.NDArray[np.float64],
    features: npt.NDArray[np.float64],
    names: Sequence[str],
) -> shap.Explanation:
    """Contributions as a ``shap.Explanation``, once they add up for every household.

    Parameters
    ----------
    contributions : array of shape (n_households, n_indicators + 1)
        In log-odds; the last column is the base.
    raw_score : array of shape (n_households,)
        The booster's own raw score, computed apart from the contributions.
    features : array of shape (n_households, n_indicators)
        What the model was given.
    names
        Names of the indicators.

    Returns
    -------
    shap.Explanation
        For shap's plots.

    Raises
    ------
    ExplanationError
        If contributions plus base differ from the raw score by more than `TOLERANCE` anywhere.

    Examples
    --------
    >>> import numpy as np
    >>> parts = np.array([[0.5, -0.25, -2.0]])
    >>> found = explanation(parts, np.array([-1.75]), np.array([[1.0, 2.0]]), ["a", "b"])
    >>> found.values.tolist()
    [[0.5, -0.25]]
    """
    require_additive(contributions, raw_score)
    import shap  # slow to import, and needed only here

    return shap.Explanation(
        values=contributions[:, :-1],
        base_values=contributions[:, -1],
        data=features,
        feature_names=list(names),
    )


def require_additive(
    contributions: npt.NDArray[np.float64], raw_score: npt.NDArray[np.float64]
) -> None:
    """Raise unless contributions plus base equal the raw score for every household.

    Raises
    ------
    ExplanationError
        With the number of households concerned and the largest gap.
    """
    if contributions.shape[0] != raw_score.shape[0]:
        raise ExplanationError(
            f"There are {contributions.shape[0]} rows of contributions and {raw_score.shape[0]} "
            "scores. Explain exactly the households that were scored."
        )
    gap = np.abs(contributions.sum(axis=1) - raw_score)
    gap[np.isnan(gap)] = np.inf
    wrong = int((gap > TOLERANCE).sum())
    if wrong:
        raise ExplanationError(
            f"For {wrong} of {len(gap)} households contributions and base miss the raw score by up "
            f"to {np.max(gap):.3g} log-odds (allowed: {TOLERANCE:g}). No reason is shown; check "
            "the LightGBM version that the model was trained with."
        )
