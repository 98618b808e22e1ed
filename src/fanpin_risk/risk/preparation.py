"""Columns made ready for linear models: logs, medians for what is missing, standard units.

Everything is learnt from training households alone, so that a validation set stays unseen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fanpin_risk.errors import ModelError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Transform = str
"""Name of a transform: "log" so far; `checked_transforms` refuses others."""

LOG_FLOOR = 0.05
"""Relative incomes below this share of the line count as this share when logs are taken."""


@dataclass(frozen=True, kw_only=True)
class CohortMatrix:
    """Households with named numeric columns; NaN means missing.

    Parameters
    ----------
    names : tuple of str
        The columns' names, without repeats.
    values : array of shape (n_households, n_columns)
        float64.
    household_ids : tuple of str, length n_households, or empty
        Needed by `RandomOrder` only.
    days : array of shape (n_households,), or empty
        Decision days as numbers of days since 1970-01-01. Needed by `RandomOrder` only.

    Examples
    --------
    >>> cohort = CohortMatrix(names=("income", "size"), values=np.array([[1.2, 4.0], [1.8, 2.0]]))
    >>> cohort.columns(["size"]).tolist()
    [[4.0, 2.0]]
    """

    names: tuple[str, ...]
    values: FloatArray
    household_ids: tuple[str, ...] = ()
    days: IntArray = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or self.values.shape[1] != len(self.names):
            raise ModelError(
                f"{len(self.names)} names do not fit values of shape {self.values.shape}. "
                "Give one name per column."
            )
        if len(set(self.names)) < len(self.names):
            raise ModelError("Two columns have the same name. Give each its own.")
        for label, length in (("household_ids", len(self.household_ids)), ("days", len(self.days))):
            if length not in (0, len(self.values)):
                raise ModelError(f"{len(self.values)} households do not fit {length} {label}.")

    def columns(self, names: Sequence[str]) -> FloatArray:
        """Return the columns named, shape (n_names, n_households); ModelError if one is missing."""
        missing = [name for name in names if name not in self.names]
        if missing:
            raise ModelError(
                f"No columns {missing} among the {len(self.names)} indicators. Check their names "
                "in the configuration against `fanpin-risk indicators`."
            )
        positions = [self.names.index(name) for name in names]
        return np.ascontiguousarray(self.values[:, positions].T)

    def rows(self, which: IntArray | NDArray[np.bool_]) -> CohortMatrix:
        """Return some of the households, in the order asked for."""
        chosen = np.arange(len(self.values))[which]
        return CohortMatrix(
            names=self.names,
            values=self.values[chosen],
            household_ids=tuple(self.household_ids[i] for i in chosen if self.household_ids),
            days=self.days[chosen] if len(self.days) else self.days,
        )


@dataclass(frozen=True)
class Preparation:
    """Logs, medians for what is missing, marks of being missing, and standard units.

    Everything is learnt from the training households. Columns that are constant there, and marks
    that repeat another mark, are left out.
    """

    names: tuple[str, ...]
    logged: tuple[bool, ...]
    medians: FloatArray
    marked: tuple[int, ...]
    means: FloatArray
    deviations: FloatArray

    @classmethod
    def of(
        cls, cohort: CohortMatrix, names: Sequence[str], transforms: Mapping[str, Transform]
    ) -> Preparation:
        """Learn from training households."""
        logged = tuple(name in transforms for name in names)
        values = _logged(cohort.columns(names), logged)
        medians = np.array([_median(row) for row in values])
        marked = _distinct_marks(np.isnan(values))
        filled = _filled(values, medians, marked)
        means, deviations = np.mean(filled, axis=1), np.std(filled, axis=1)
        return cls(tuple(names), logged, medians, marked, means, deviations)

    def apply(self, cohort: CohortMatrix) -> FloatArray:
        """Return the prepared columns, shape (n_columns, n_households), finite."""
        values = _logged(cohort.columns(self.names), self.logged)
        filled = _filled(values, self.medians, self.marked)
        used = self.deviations > 1e-12 * (1 + np.abs(self.means))
        centred = filled[used] - self.means[used, np.newaxis]
        return np.asarray(centred / self.deviations[used, np.newaxis])


def log_floored(relative_income: ArrayLike) -> FloatArray:
    """Log of income relative to the line, from 5% of the line up; NaN stays NaN.

    Examples
    --------
    >>> log_floored([1.0, 0.0, -2.0]).round(3).tolist()
    [0.0, -2.996, -2.996]
    """
    return np.asarray(np.log(np.maximum(np.asarray(relative_income, dtype=float), LOG_FLOOR)))


def _logged(values: FloatArray, logged: tuple[bool, ...]) -> FloatArray:
    """Take logs of the columns marked."""
    rows = [log_floored(row) if log else row for row, log in zip(values, logged, strict=True)]
    return np.array(rows)


def _median(values: FloatArray) -> float:
    """Median of what is known; 0 if nothing is."""
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else 0.0


def _distinct_marks(missing: NDArray[np.bool_]) -> tuple[int, ...]:
    """Columns whose mark of being missing differs from all before it."""
    first: dict[bytes, int] = {}
    for position, mark in enumerate(missing):
        first.setdefault(mark.tobytes(), position)
    return tuple(sorted(first.values()))


def _filled(values: FloatArray, medians: FloatArray, marked: tuple[int, ...]) -> FloatArray:
    """Medians in place of what is missing, followed by the marks."""
    missing = np.isnan(values)
    filled = np.where(missing, medians[:, np.newaxis], values)
    return np.vstack([filled, missing[list(marked)].astype(np.float64)])


def checked_transforms(
    columns: tuple[str, ...], transforms: Mapping[str, Transform] | None
) -> dict[str, Transform]:
    """Return the transforms; raise for one that is unknown or of another column."""
    found = dict(transforms or {})
    for name, transform in found.items():
        if name not in columns or transform != "log":
            raise ModelError(
                f"Transform {transform!r} of {name!r}: only 'log', and only of {list(columns)}."
            )
    return found
