"""The risk model: gradient boosted trees on the log-odds of falling, as a scikit-learn classifier.

No class weights and no resampling, so that probabilities stay probabilities; missing values go in
as they are; the same data and seed give the same model text with any number of threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import (
    _check_sample_weight,
    check_is_fitted,
    validate_data,
)

from fanpin_risk.risk.booster import booster_of, lightgbm_library, without_thread_count

FloatArray = NDArray[np.float64]

_OPEN_ABOVE = float("inf")
_RANGES: dict[str, tuple[float, float]] = {
    "n_trees": (1, _OPEN_ABOVE),
    "learning_rate": (1e-6, _OPEN_ABOVE),
    "n_leaves": (2, 131_072),
    "min_leaf_size": (1, _OPEN_ABOVE),
    "feature_fraction": (1e-6, 1),
    "bagging_fraction": (1e-6, 1),
    "bagging_every": (0, _OPEN_ABOVE),
    "l2": (0, _OPEN_ABOVE),
    "max_bin": (2, 65_535),
    "path_smooth": (0, _OPEN_ABOVE),
    "n_threads": (1, _OPEN_ABOVE),
}


class RiskModel(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Probability of the second of two classes, by gradient boosted trees (LightGBM).

    Texts must be turned into whole-number codes by a frozen map beforehand. A category that was
    not there in training is scored like a missing one.

    Parameters
    ----------
    n_trees : int
        Number of trees, at least 1.
    learning_rate : float
        Shrinkage of each tree, above 0.
    n_leaves : int
        Most leaves of a tree, at least 2.
    min_leaf_size : int
        Fewest training rows in a leaf, at least 1.
    feature_fraction : float
        Share of the columns drawn for each tree, in (0, 1].
    bagging_fraction : float
        Share of the rows drawn, in (0, 1]; 1 means all.
    bagging_every : int
        Rows are drawn anew every so many trees; 0 means never.
    l2 : float
        Ridge penalty on leaf values, at least 0.
    max_bin : int
        Most bins of a column, at least 2.
    path_smooth : float
        Pull of a leaf towards its parent, at least 0.
    monotone_directions : sequence of {-1, 0, 1}, one per column, or None
        1: the risk never falls as the column rises; -1: never rises; 0 or None: free. Must be 0
        for a categorical column.
    categorical_columns : sequence of int
        Positions of the columns that hold codes of categories.
    seed : int
        Where the drawing of rows and columns starts.
    n_threads : int
        Threads for fitting and scoring, at least 1. It changes the time, never a result.

    Attributes
    ----------
    classes_ : array of shape (2,)
        The two classes, sorted; the risk is that of the second.
    n_features_in_ : int
        Number of columns.
    booster_ : lightgbm.Booster
        The fitted trees.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.arange(200.0).reshape(-1, 1)
    >>> model = RiskModel(n_trees=20, min_leaf_size=5).fit(X, X[:, 0] < 50)
    >>> model.predict(np.array([[10.0], [150.0]])).tolist()
    [True, False]
    """

    def __init__(
        self,
        *,
        n_trees: int = 300,
        learning_rate: float = 0.05,
        n_leaves: int = 15,
        min_leaf_size: int = 20,
        feature_fraction: float = 1.0,
        bagging_fraction: float = 1.0,
        bagging_every: int = 1,
        l2: float = 0.0,
        max_bin: int = 255,
        path_smooth: float = 0.0,
        monotone_directions: Sequence[int] | None = None,
        categorical_columns: Sequence[int] = (),
        seed: int = 0,
        n_threads: int = 1,
    ) -> None:
        self.n_trees = n_trees
        self.learning_rate = learning_rate
        self.n_leaves = n_leaves
        self.min_leaf_size = min_leaf_size
        self.feature_fraction = feature_fraction
        self.bagging_fraction = bagging_fraction
        self.bagging_every = bagging_every
        self.l2 = l2
        self.max_bin = max_bin
        self.path_smooth = path_smooth
        self.monotone_directions = monotone_directions
        self.categorical_columns = categorical_columns
        self.seed = seed
        self.n_threads = n_threads

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        return tags

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Grow the trees.

        Parameters
        ----------
        X : array of shape (n_households, n_columns)
            Indicators; NaN means missing, infinity is refused.
        y : array of shape (n_households,)
            Two classes. Households whose outcome is not knowable must be left out beforehand.
        sample_weight : array of shape (n_households,), optional
            Not negative. A household of weight 0 has no part at all.

        Raises
        ------
        ValueError
            If a parameter is out of range, a categorical column has a monotone direction or holds
            something else than whole numbers, or ``y`` holds other than two classes.
        """
        matrix, outcome, weight = self._training_rows(X, y, sample_weight)
        self.classes_, codes = np.unique(outcome, return_inverse=True)
        _check_two_classes(self.classes_, outcome)
        _check_ranges(self.get_params(deep=False))
        n_columns = matrix.shape[1]
        categorical = _categorical_columns(self.categorical_columns, matrix)
        directions = _monotone_directions(self.monotone_directions, categorical, n_columns)
        lgb = lightgbm_library()
        data = lgb.Dataset(
            matrix,
            codes.astype(np.float64),
            weight=weight,
            categorical_feature=categorical,
            feature_name=[f"c{position}" for position in range(n_columns)],
        )
        trained = lgb.train(self._parameters(directions), data, self.n_trees)
        self.booster_ = booster_of(without_thread_count(trained.model_to_string()))
        return self

    def predict_proba(self, X: ArrayLike) -> FloatArray:
        """Probabilities of both classes, shape (n_households, 2)."""
        risk = expit(self.raw_score(X))
        return np.column_stack([1 - risk, risk])

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the likelier class of each household; the first one at exactly one half."""
        raw = self.raw_score(X)
        return np.asarray(self.classes_[(raw > 0).astype(int)])

    def raw_score(self, X: ArrayLike, *, n_threads: int | None = None) -> FloatArray:
        """Log-odds of the second class, shape (n_households,)."""
        return self._predict(X, n_threads, raw_score=True)

    def contributions(self, X: ArrayLike, *, n_threads: int | None = None) -> FloatArray:
        """Exact SHAP values of every column, and the base in the last column, in log-odds.

        Parameters
        ----------
        X : array of shape (n_households, n_columns)
            Indicators, NaN for missing.
        n_threads : int, optional
            Threads for this call; those of the model when left out.

        Returns
        -------
        array of shape (n_households, n_columns + 1)
            float64. Every row adds up to `raw_score`, but for rounding (about 1e-14).

        Notes
        -----
        Tree-path-dependent TreeSHAP (Lundberg, Erion, Lee 2018), as LightGBM computes it. Time
        grows with households x trees x leaves x squared depth.
        """
        return self._predict(X, n_threads, pred_contrib=True)

    def dump(self) -> dict[str, Any]:
        """The trees as LightGBM's ``dump_model`` gives them, for an explainer."""
        check_is_fitted(self, "booster_")
        return dict(self.booster_.dump_model(num_iteration=-1))

    @property
    def booster_text(self) -> str:
        """The trees as LightGBM's own text; `load_booster_model` reads it."""
        check_is_fitted(self, "booster_")
        return str(self.booster_.model_to_string(num_iteration=-1))

    def _training_rows(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None
    ) -> tuple[FloatArray, NDArray[Any], FloatArray | None]:
        """Return checked indicators, outcomes and weights; rows of weight 0 are left out."""
        matrix, outcome = validate_data(
            self, X, y, dtype=np.float64, order="C", ensure_all_finite="allow-nan"
        )
        check_classification_targets(outcome)
        if sample_weight is None:
            return matrix, outcome, None
        weight = _check_sample_weight(sample_weight, matrix, ensure_non_negative=True)
        used = weight > 0
        return matrix[used], outcome[used], weight[used]

    def _predict(self, X: ArrayLike, n_threads: int | None, **kind: bool) -> FloatArray:
        """Run the booster over checked input."""
        check_is_fitted(self, "booster_")
        matrix = validate_data(
            self, X, reset=False, dtype=np.float64, order="C", ensure_all_finite="allow-nan"
        )
        threads = self.n_threads if n_threads is None else n_threads
        found = self.booster_.predict(matrix, num_threads=threads, **kind)
        return np.asarray(found, dtype=np.float64)

    def _parameters(self, directions: list[int] | None) -> dict[str, Any]:
        """Return the parameters under LightGBM's names."""
        parameters = {
            "objective": "binary",
            "learning_rate": self.learning_rate,
            "num_leaves": self.n_leaves,
            "min_data_in_leaf": self.min_leaf_size,
            "feature_fraction": self.feature_fraction,
            "bagging_fraction": self.bagging_fraction,
            "bagging_freq": self.bagging_every,
            "lambda_l2": self.l2,
            "max_bin": self.max_bin,
            "path_smooth": self.path_smooth,
            "seed": self.seed,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": self.n_threads,
            "verbosity": -1,
        }
        return (
            parameters if directions is None else parameters | {"monotone_constraints": directions}
        )


def load_booster_model(
    text: str,
    *,
    classes: Sequence[Any] = (False, True),
    parameters: dict[str, Any] | None = None,
    n_threads: int = 1,
) -> RiskModel:
    """Return the fitted model of a booster text; its scores equal the first model's bit for bit.

    Parameters
    ----------
    text : str
        What `RiskModel.booster_text` gave.
    classes : sequence of two values
        The classes of the first model, in its order.
    parameters : dict, optional
        Parameters of the first model, for `get_params`; they have no part in scoring.
    n_threads : int
        Threads for scoring.

    Raises
    ------
    ModelError
        If the text is no whole booster.
    """
    model = RiskModel(**{**(parameters or {}), "n_threads": n_threads})
    model.booster_ = booster_of(text)
    model.classes_ = np.asarray(classes)
    model.n_features_in_ = model.booster_.num_feature()
    return model


def _check_two_classes(classes: NDArray[Any], y: NDArray[Any]) -> None:
    """Raise unless there are exactly two classes."""
    if len(classes) > 2:
        kind = type_of_target(y)
        raise ValueError(
            f"Only binary classification is supported. The type of the target is {kind}."
        )
    if len(classes) < 2:
        shown = ", ".join(repr(value) for value in classes.tolist())
        raise ValueError(
            f"Classifier needs both outcomes; got one class: {shown}. Train on a longer period."
        )


def _check_ranges(parameters: dict[str, Any]) -> None:
    """Raise for the first parameter that is out of its range."""
    for name, (least, most) in _RANGES.items():
        value = parameters[name]
        if not least <= value <= most:
            upper = "" if most == _OPEN_ABOVE else f" and at most {most:g}"
            raise ValueError(f"{name} must be at least {least:g}{upper}. Got {value!r}.")


def _categorical_columns(columns: Sequence[int], X: FloatArray) -> list[int]:
    """Return the positions of categorical columns, checked against the matrix."""
    for position in columns:
        if not 0 <= position < X.shape[1]:
            raise ValueError(
                f"categorical_columns must lie between 0 and {X.shape[1] - 1}. Got {position!r}."
            )
        values = X[:, position]
        if np.any(np.floor(values[~np.isnan(values)]) != values[~np.isnan(values)]):
            raise ValueError(
                f"Column {position} is categorical but holds numbers that are not whole. "
                "Turn its texts into codes 0, 1, 2 ... first."
            )
    return [int(position) for position in columns]


def _monotone_directions(
    directions: Sequence[int] | None, categorical: list[int], n_columns: int
) -> list[int] | None:
    """Return the monotone directions, checked; LightGBM ends the process on a wrong one."""
    if directions is None:
        return None
    checked = [int(direction) for direction in directions]
    if len(checked) != n_columns:
        raise ValueError(
            f"monotone_directions must have one entry per column, {n_columns}. Got {len(checked)}."
        )
    if not set(checked) <= {-1, 0, 1}:
        wrong = sorted(set(checked) - {-1, 0, 1})
        raise ValueError(f"monotone_directions must be -1, 0 or 1. Got {wrong}.")
    directed = [position for position in categorical if checked[position] != 0]
    if directed:
        raise ValueError(
            f"Columns {directed} are categorical and have no order, so they cannot be monotone. "
            "Set their direction to 0."
        )
    return checked
