"""Simple ways to order households, which the risk model has to beat at equal visits.

All share one small protocol, get the same columns, and treat missing values alike: what is missing
counts as the training median, never as safe and never as alarming.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, ndtr

from fanpin_risk.dates import day_of
from fanpin_risk.errors import ModelError
from fanpin_risk.hashing import keyed_uniform
from fanpin_risk.risk.linear import least_squares, logistic_coefficients, predicted
from fanpin_risk.risk.preparation import (
    CohortMatrix,
    Preparation,
    Transform,
    checked_transforms,
    log_floored,
)

__all__ = [
    "Baseline",
    "CohortMatrix",
    "LogisticBaseline",
    "OrderBy",
    "RandomOrder",
    "VulnerabilityBaseline",
    "log_floored",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
InnerSplits = Sequence[tuple[IntArray, IntArray]]
Target = Literal["fell", "log_relative_income"]

PENALTY_GRID = (0.001, 0.01, 0.1, 1.0, 10.0)
_LEAST_VARIANCE = 0.1


class Baseline(Protocol):
    """What every baseline can do."""

    @property
    def is_probability(self) -> bool:
        """Whether scores are probabilities, so that calibration can be judged."""

    @property
    def target(self) -> Target:
        """What `fit` learns from: whether a household fell, or its later income."""

    def fit(
        self,
        cohort: CohortMatrix,
        y: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        inner_splits: InnerSplits = (),
    ) -> Self:
        """Learn from training households, whose outcomes ``y`` are all known; returns itself.

        ``inner_splits`` are pairs of row numbers (train, validate), forward in time.
        """

    def score(self, cohort: CohortMatrix) -> FloatArray:
        """One finite number per household, shape (n_households,); higher means riskier."""


class OrderBy:
    """Order by one column: today's income (the rules' order), past income, the place's fall rate.

    A missing value gets the training median, so such a household stands in the middle of the list.

    Parameters
    ----------
    column : str
        Name of the column.
    sign : {-1, 1}
        1 if a higher value means riskier, -1 if a lower one does.
    is_probability : bool
        Whether the column is a probability of falling (only with sign 1).

    Examples
    --------
    >>> cohort = CohortMatrix(names=("income",), values=np.array([[1.2], [np.nan], [3.0], [1.8]]))
    >>> OrderBy("income", -1).fit(cohort, []).score(cohort).tolist()
    [-1.2, -1.8, -3.0, -1.8]
    """

    target: Target = "fell"

    def __init__(self, column: str, sign: Literal[-1, 1], *, is_probability: bool = False) -> None:
        if sign not in (-1, 1):
            raise ModelError(f"sign must be -1 or 1. Got {sign!r}.")
        if is_probability and sign != 1:
            raise ModelError("A column that is a probability of falling has sign 1.")
        self.column = column
        self.sign = sign
        self.is_probability = is_probability
        self._median: float | None = None

    def fit(
        self,
        cohort: CohortMatrix,
        y: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        inner_splits: InnerSplits = (),
    ) -> Self:
        """Remember the median of the training households; the rest has no part."""
        (values,) = cohort.columns([self.column])
        known = values[~np.isnan(values)]
        if not len(known):
            raise ModelError(
                f"Column {self.column!r} is missing for all {len(values)} training households, so "
                "nothing can be ordered by it. Leave the baseline out."
            )
        self._median = float(np.median(known))
        return self

    def score(self, cohort: CohortMatrix) -> FloatArray:
        """Return the column, turned so that higher means riskier."""
        if self._median is None:
            raise _not_fitted(self)
        (values,) = cohort.columns([self.column])
        return np.asarray(self.sign * np.where(np.isnan(values), self._median, values))


class RandomOrder:
    """An order by lot, fixed by household, day and key: what visits find without any knowledge.

    Parameters
    ----------
    key : str
        Not empty; another key draws another lot.
    """

    target: Target = "fell"
    is_probability = False

    def __init__(self, key: str) -> None:
        self.key = key

    def fit(
        self,
        cohort: CohortMatrix,
        y: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        inner_splits: InnerSplits = (),
    ) -> Self:
        """Learn nothing."""
        return self

    def score(self, cohort: CohortMatrix) -> FloatArray:
        """Return uniform numbers in [0, 1)."""
        n = len(cohort.values)
        if len(cohort.household_ids) != n or len(cohort.days) != n:
            raise ModelError("An order by lot needs household_ids and days of all households.")
        lots = np.empty(n)
        for day in np.unique(cohort.days):
            which = np.flatnonzero(cohort.days == day)
            ids = [cohort.household_ids[i] for i in which]
            lots[which] = keyed_uniform(ids, day=day_of(int(day)), key=self.key)
        return lots


class LogisticBaseline:
    """Logistic regression on a dozen columns, with its penalty chosen forward in time.

    Columns are imputed by the training median with a mark of being missing, and standardised.

    Parameters
    ----------
    columns : sequence of str
        Numeric columns (no codes of categories).
    transforms : mapping of str to {"log"}
        Columns to take logs of first; amounts below 5% of the line count as 5%.
    penalties : sequence of float
        Values of C (inverse ridge penalty) to choose from. The one with the least mean log loss
        over the inner validation sets is taken, the smaller at a tie; 1 without inner splits.
    """

    target: Target = "fell"
    is_probability = True

    def __init__(
        self,
        columns: Sequence[str],
        *,
        transforms: Mapping[str, Transform] | None = None,
        penalties: Sequence[float] = PENALTY_GRID,
    ) -> None:
        self.columns = tuple(columns)
        self.transforms = checked_transforms(self.columns, transforms)
        self.penalties = tuple(sorted(penalties))
        self.chosen_penalty: float | None = None

    def fit(
        self,
        cohort: CohortMatrix,
        y: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        inner_splits: InnerSplits = (),
    ) -> Self:
        """Choose the penalty on the inner splits, then fit on all training households."""
        fell, weight = _outcomes(y, sample_weight, len(cohort.values))
        self.chosen_penalty = self._choose(cohort, fell, weight, inner_splits)
        self._preparation = Preparation.of(cohort, self.columns, self.transforms)
        self._coefficients = _logistic_path(
            self._preparation.apply(cohort), fell, weight, [self.chosen_penalty]
        )[0]
        return self

    def score(self, cohort: CohortMatrix) -> FloatArray:
        """Probability of falling."""
        if self.chosen_penalty is None:
            raise _not_fitted(self)
        return np.asarray(expit(predicted(self._preparation.apply(cohort), self._coefficients)))

    def _choose(
        self, cohort: CohortMatrix, fell: FloatArray, weight: FloatArray, splits: InnerSplits
    ) -> float:
        """Return the C of the least mean validation log loss."""
        if not splits:
            return 1.0
        losses = np.zeros(len(self.penalties))
        for train, valid in splits:
            preparation = Preparation.of(cohort.rows(train), self.columns, self.transforms)
            path = _logistic_path(
                preparation.apply(cohort.rows(train)), fell[train], weight[train], self.penalties
            )
            later = preparation.apply(cohort.rows(valid))
            losses += [_log_loss(predicted(later, c), fell[valid], weight[valid]) for c in path]
        return self.penalties[int(np.argmin(losses))]


class VulnerabilityBaseline:
    r"""Vulnerability as expected poverty: the chance that income a year on is below the line.

    Columns are imputed and standardised as in `LogisticBaseline`.

    Parameters
    ----------
    columns : sequence of str
        Numeric columns.
    transforms : mapping of str to {"log"}
        Columns to take logs of first.
    log_line : float
        Log of the line in the unit of the income that is fitted; 0 if income is relative to it.

    Notes
    -----
    Chaudhuri, Jalan, Suryahadi (2002): :math:`\ln c = X\beta + e`,
    :math:`\operatorname{Var} e = X\theta`, by three-step feasible generalised least squares
    (Amemiya 1977), and :math:`v = \Phi\{(\ln z - X\beta) / \sqrt{X\theta}\}`. Estimated variances
    are kept above a tenth of their mean, since nothing makes a linear variance positive.
    """

    target: Target = "log_relative_income"
    is_probability = True

    def __init__(
        self,
        columns: Sequence[str],
        *,
        transforms: Mapping[str, Transform] | None = None,
        log_line: float = 0.0,
    ) -> None:
        self.columns = tuple(columns)
        self.transforms = checked_transforms(self.columns, transforms)
        self.log_line = log_line
        self._preparation: Preparation | None = None

    def fit(
        self,
        cohort: CohortMatrix,
        y: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        inner_splits: InnerSplits = (),
    ) -> Self:
        """Fit mean and variance of log relative income at the outcome date (`log_floored`)."""
        log_income, weight = _numbers(y, sample_weight, len(cohort.values))
        self._preparation = Preparation.of(cohort, self.columns, self.transforms)
        columns = self._preparation.apply(cohort)
        first = least_squares(columns, log_income, weight)
        squared = (log_income - predicted(columns, first)) ** 2
        self._floor = _LEAST_VARIANCE * float(np.sum(weight * squared) / np.sum(weight))
        if self._floor <= 0:
            raise ModelError("The columns give later income without error. Check for a leak.")
        rough = self._variance(columns, least_squares(columns, squared, weight))
        self._theta = least_squares(columns, squared, weight / rough**2)
        variance = self._variance(columns, self._theta)
        self._beta = least_squares(columns, log_income, weight / variance)
        return self

    def score(self, cohort: CohortMatrix) -> FloatArray:
        """Probability that income at the outcome date is below the line."""
        if self._preparation is None:
            raise _not_fitted(self)
        columns = self._preparation.apply(cohort)
        deviation = np.sqrt(self._variance(columns, self._theta))
        return np.asarray(ndtr((self.log_line - predicted(columns, self._beta)) / deviation))

    def _variance(self, columns: FloatArray, theta: FloatArray) -> FloatArray:
        """Modelled variance of each household, kept above the floor."""
        return np.maximum(predicted(columns, theta), self._floor)


def _logistic_path(
    columns: FloatArray, fell: FloatArray, weight: FloatArray, penalties: Sequence[float]
) -> list[FloatArray]:
    """Coefficients for each C, ascending, each fit starting from the one before."""
    n_fell = int(np.sum(fell))
    if n_fell in (0, len(fell)):
        raise ModelError(
            f"Logistic regression needs both outcomes; {n_fell} of {len(fell)} training households "
            "fell. Train on a longer period."
        )
    path: list[FloatArray] = []
    for c in penalties:
        start = path[-1] if path else None
        path.append(logistic_coefficients(columns, fell, weight, ridge=1 / c, start=start))
    return path


def _log_loss(log_odds: FloatArray, fell: FloatArray, weight: FloatArray) -> float:
    """Weighted mean log loss."""
    loss = np.logaddexp(0.0, log_odds) - fell * log_odds
    return float(np.sum(weight * loss) / np.sum(weight))


def _numbers(
    y: ArrayLike, sample_weight: ArrayLike | None, n_households: int
) -> tuple[FloatArray, FloatArray]:
    """Return response and weights as finite floats, one per household."""
    response = np.asarray(y, dtype=np.float64)
    weight = np.ones(n_households) if sample_weight is None else np.asarray(sample_weight, float)
    if not len(response) == len(weight) == n_households:
        raise ModelError(
            f"{n_households} households do not fit {len(response)} outcomes and {len(weight)} "
            "weights."
        )
    if not np.all(np.isfinite(response)):
        raise ModelError("Every outcome must be known. Leave out the households not yet known.")
    return response, weight


def _outcomes(
    y: ArrayLike, sample_weight: ArrayLike | None, n_households: int
) -> tuple[FloatArray, FloatArray]:
    """Return outcomes, which must be 0 or 1, and weights."""
    fell, weight = _numbers(y, sample_weight, n_households)
    if not np.all((fell == 0) | (fell == 1)):
        raise ModelError("Outcomes must be 0 or 1.")
    return fell, weight


def _not_fitted(baseline: Baseline) -> ModelError:
    """Say that `fit` comes before `score`."""
    return ModelError(f"{type(baseline).__name__} has not been fitted. Call `fit` first.")
