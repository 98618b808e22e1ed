"""The one entry to exact contributions of every indicator to every score, in three ways.

`Explainer` keeps what is worked out once for a model. Whichever way is taken, contributions plus
base must equal the score itself: `explanation` and `require_additive` check it for every household.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np
import numpy.typing as npt

from fanpin_risk.errors import ExplanationError

if TYPE_CHECKING:
    import shap

    from fanpin_risk.explain.exact.tables import Tables

FloatArray = npt.NDArray[np.float64]

TOLERANCE = 1e-6
"""Largest gap, in log-odds, between contributions plus base and the raw score."""
SINGLE_TOLERANCE = 1e-3
"""The same with tables of float32, whose usual gap is about 1e-5."""
ROWS_A_BLOCK = 4096
"""Households that are worked on at once: many enough that a table is read once for all of them, few
enough that their totals stay in the processor's cache. It changes the time, never a result."""
BLOCKS_A_JOB = 4


class Way(StrEnum):
    """How contributions are worked out.

    ``FAST``: the package's own kernel, against the trees' own counts of training rows
    (``tree_path_dependent``). ``LIGHTGBM``: LightGBM's ``pred_contrib``, the same numbers, slowly.
    ``AGAINST_REFERENCE``: the package's own kernel, against a group of households
    (``interventional``): what is typical is what is typical of them.
    """

    FAST = "fast"
    LIGHTGBM = "lightgbm"
    AGAINST_REFERENCE = "against_reference"


class Explainable(Protocol):
    """What is asked of a model: its trees, and its own slow way."""

    def dump(self) -> Mapping[str, Any]:
        """The trees, as LightGBM's ``dump_model`` gives them."""

    def contributions(self, X: npt.ArrayLike, *, n_threads: int = ...) -> FloatArray:
        """LightGBM's ``pred_contrib``: shape (n_households, n_columns + 1), base last."""


@dataclass(frozen=True, kw_only=True)
class Explainer:
    """A model made ready for explaining any number of households.

    Attributes
    ----------
    model
        Whose scores are explained.
    way
        The way that is taken.
    fell_back_because
        Why the fast way is not taken, in a few words; None where it is.
    tables
        What the package's own kernel looks up; None for LightGBM's way.

    Notes
    -----
    float64 throughout; contributions agree with LightGBM's to about 1e-13 log-odds. They are the
    same bytes for any number of threads, any size of block and any order of households.

    Examples
    --------
    >>> from fanpin_risk.risk.model import RiskModel
    >>> X = np.arange(200.0).reshape(-1, 1)
    >>> model = RiskModel(n_trees=20, min_leaf_size=5).fit(X, X[:, 0] < 50)
    >>> explainer = Explainer.of(model)
    >>> parts = explainer.contributions(X, n_threads=2)
    >>> str(explainer.way), bool(np.allclose(parts.sum(axis=1), model.raw_score(X)))
    ('fast', True)
    """

    model: Explainable
    way: Way
    fell_back_because: str | None = None
    tables: Tables | None = field(default=None, repr=False)

    @classmethod
    def of(cls, model: Explainable, *, way: Way = Way.FAST, is_single: bool = False) -> Self:
        """Get ready, in the fast way where it covers the model, else in LightGBM's.

        Parameters
        ----------
        model
            `fanpin_risk.risk.model.RiskModel`, `fanpin_risk.risk.artifact.StoredModel`.
        way
            ``FAST`` or ``LIGHTGBM``; for a reference group see `against`.
        is_single : bool
            Tables and sums of float32: half the memory; contributions are off by about 1e-5
            log-odds (largest gap of 300 trees; `largest_gap` tells it for the households at hand).

        Raises
        ------
        ExplanationError
            If the way needs a reference group.
        """
        if way is Way.AGAINST_REFERENCE:
            raise ExplanationError(
                "The way 'against_reference' needs a group of households to compare with. Use "
                "Explainer.against(model, reference)."
            )
        if way is Way.LIGHTGBM:
            return cls(model=model, way=Way.LIGHTGBM)
        try:
            tables = _tables(model, None, is_single=is_single)
        except _not_covered() as error:
            return cls(model=model, way=Way.LIGHTGBM, fell_back_because=str(error))
        return cls(model=model, way=Way.FAST, tables=tables)

    @classmethod
    def against(
        cls, model: Explainable, reference: npt.ArrayLike, *, is_single: bool = False
    ) -> Self:
        """Get ready for contributions against a reference group (``interventional``).

        Parameters
        ----------
        model
            As for `of`.
        reference : array of shape (n_reference, n_columns)
            Indicators of the group that households are compared with, such as the stable
            households of the same county; NaN for missing. The base is the group's mean raw score.
            A few hundred suffice; time of preparation grows with their number.

        Raises
        ------
        ExplanationError
            If nobody is in the group, the columns are not the model's, or the kernel does not cover
            the model: there is no other way to fall back on.
        """
        group = np.ascontiguousarray(reference, dtype=np.float64)
        if group.ndim != 2 or not len(group):
            raise ExplanationError(
                f"The reference group must be a matrix with a row or more. Got shape {group.shape}."
            )
        try:
            tables = _tables(model, group, is_single=is_single)
        except _not_covered() as error:
            raise ExplanationError(
                f"Contributions against a reference group cannot be had: {error}. Explain against "
                "the training rows instead: Explainer.of(model)."
            ) from error
        return cls(model=model, way=Way.AGAINST_REFERENCE, tables=tables)

    def contributions(
        self,
        matrix: npt.ArrayLike,
        *,
        n_threads: int = 1,
        rows_a_block: int = ROWS_A_BLOCK,
        progress: Callable[[int], object] | None = None,
    ) -> FloatArray:
        """Contributions of every column to every household's score, and the base.

        Parameters
        ----------
        matrix : array of shape (n_households, n_columns)
            Indicators, NaN for missing; codes for categories.
        n_threads : int
            At least 1.
        rows_a_block : int
            Households at once.
        progress
            Told how many households are done, now and then, in any order of parts.

        Returns
        -------
        array of shape (n_households, n_columns + 1)
            Log-odds; the last column is the base. 0 for columns that no tree asks about.

        Raises
        ------
        ExplanationError
            If the matrix has another number of columns than the model.
        """
        rows = np.ascontiguousarray(matrix, dtype=np.float64)
        if self.tables is None:
            return self.model.contributions(rows, n_threads=n_threads)
        if rows.ndim != 2 or rows.shape[1] != self.tables.n_columns:
            raise ExplanationError(
                f"The model wants {self.tables.n_columns} columns. Got a matrix of shape "
                f"{rows.shape}. Build the indicators with the model's own catalogue."
            )
        return _in_threads(rows, self.tables, n_threads, rows_a_block, progress)


def _tables(model: Explainable, reference: FloatArray | None, *, is_single: bool) -> Tables:
    """Everything that does not depend on the household."""
    from fanpin_risk.explain.exact.forest import forest_of
    from fanpin_risk.explain.exact.tables import tables_of  # slow to import, needed only here

    trees, n_columns = forest_of(model.dump())
    if reference is not None and reference.shape[1] != n_columns:
        raise ExplanationError(
            f"The model wants {n_columns} columns. Got a reference group of shape "
            f"{reference.shape}. Build the indicators with the model's own catalogue."
        )
    return tables_of(trees, n_columns, reference=reference, is_single=is_single)


def _not_covered() -> type[ExplanationError]:
    """The error of models that the kernel does not cover."""
    from fanpin_risk.explain.exact.forest import NotCoveredError

    return NotCoveredError


def _in_threads(
    rows: FloatArray,
    tables: Tables,
    n_threads: int,
    rows_a_block: int,
    progress: Callable[[int], object] | None,
) -> FloatArray:
    """Work on jobs of a few blocks each, in threads; an interruption ends it after those begun."""
    from fanpin_risk.explain.exact.kernel import explain_rows

    n_rows = len(rows)
    out = np.zeros((n_rows, tables.n_columns + 1))
    step = rows_a_block * BLOCKS_A_JOB

    def job(first: int) -> int:
        end = min(first + step, n_rows)
        explain_rows(
            *(rows, first, end, tables.used, tables.nodes, tables.groups, tables.deep),
            *(tables.weights, tables.base, rows_a_block, out),
        )
        return end - first

    done = 0
    with ThreadPoolExecutor(n_threads) as pool:
        jobs = [pool.submit(job, first) for first in range(0, n_rows, step)]
        try:
            for finished in as_completed(jobs):
                done += finished.result()
                if progress is not None:
                    progress(done)
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return out


def explanation(
    contributions: FloatArray,
    raw_score: FloatArray,
    features: FloatArray,
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


def largest_gap(contributions: FloatArray, raw_score: FloatArray) -> float:
    """Largest gap between contributions plus base and the raw score, in log-odds; 0 for nobody."""
    if not len(raw_score):
        return 0.0
    return float(np.max(np.abs(contributions.sum(axis=1) - raw_score)))


def require_additive(
    contributions: FloatArray, raw_score: FloatArray, *, tolerance: float = TOLERANCE
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
    wrong = int((gap > tolerance).sum())
    if wrong:
        raise ExplanationError(
            f"For {wrong} of {len(gap)} households contributions and base miss the raw score by up "
            f"to {np.max(gap):.3g} log-odds (allowed: {tolerance:g}). No reason is shown; check "
            "the LightGBM version that the model was trained with."
        )


def probability_points(contributions: FloatArray, raw_score: FloatArray) -> FloatArray:
    """What each contribution is about worth in probability, for reading.

    Parameters
    ----------
    contributions : array of shape (n_households, n_parts)
        In log-odds, without the base.
    raw_score : array of shape (n_households,)
        Log-odds of the same households.

    Returns
    -------
    array of shape (n_households, n_parts)
        Probability now less probability without this part alone. An approximation: parts of one
        household do not add up to its probability; exact additivity stays in log-odds.

    Examples
    --------
    >>> probability_points(np.array([[np.log(3.0)]]), np.array([0.0])).round(4).tolist()
    [[0.25]]
    """
    whole = raw_score[:, None]
    return np.asarray(_sigmoid(whole) - _sigmoid(whole - contributions))


def _sigmoid(log_odds: FloatArray) -> FloatArray:
    """Probability of log-odds, without overflow."""
    return 0.5 * (1.0 + np.tanh(0.5 * log_odds))
