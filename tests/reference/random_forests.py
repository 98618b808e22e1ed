"""Random LightGBM models of every kind that households' records lead to, and rows to explain."""

from __future__ import annotations

from dataclasses import dataclass, field

import lightgbm as lgb
import numpy as np

COLUMNS = (1, 2, 3, 4, 6, 12, 40, 150, 500)
LEAVES = (2, 3, 5, 8, 16, 31, 64, 200)
DEPTHS = (-1, 1, 2, 3, 5, 20)
MISSING = ("none", "nan", "zero", "both", "ignored")


@dataclass(frozen=True, kw_only=True)
class RandomForest:
    """A booster, rows to explain, a reference group, and what was drawn for it."""

    booster: lgb.Booster
    rows: np.ndarray
    reference: np.ndarray
    drawn: dict[str, object] = field(default_factory=dict)


def drawn_of(seed: int) -> dict[str, object]:
    """What kind of model a seed stands for; nothing is trained."""
    rng = np.random.default_rng([seed, 1])
    n_columns = int(rng.choice(COLUMNS))
    n_codes = max(int(rng.integers(-2, min(n_columns, 4))), 0)  # more often none
    return {
        "columns": n_columns,
        "missing": str(rng.choice(MISSING)),
        "codes": sorted(rng.choice(n_columns, size=n_codes, replace=False).tolist()),
        "categorical": n_codes > 0,
        "directions": bool(rng.random() < 0.3),
        "bagging": bool(rng.random() < 0.5),
        "constant": bool(rng.random() < 0.04),
        "chain": bool(rng.random() < 0.25),
    }


def random_forest(seed: int) -> RandomForest:
    """Draw one; the same seed gives the same."""
    drawn = drawn_of(seed)
    rng = np.random.default_rng([seed, 2])
    n_columns, missing, categorical = drawn["columns"], drawn["missing"], drawn["codes"]
    n_rows = int(rng.integers(80, 400))
    X = columns_of(rng, n_rows, n_columns, categorical, missing, is_chain=drawn["chain"])
    known = np.nan_to_num(X)
    signal = known[:, 0] + known[:, n_columns // 2] * (known[:, -1] > 0) + rng.normal(size=n_rows)
    if drawn["chain"]:  # a few far-out outcomes are split off one by one: deep trees
        signal = np.exp(np.minimum(np.abs(signal), 6.0))
    objective = str(rng.choice(["binary", "regression"]))
    y = (signal > np.median(signal)).astype(float) if objective == "binary" else signal
    if drawn["constant"]:
        objective, y = "regression", np.full(n_rows, 2.5)
    parameters = {
        "objective": objective,
        "num_leaves": int(rng.choice(LEAVES)),
        "max_depth": int(rng.choice(DEPTHS)),
        "min_data_in_leaf": int(rng.choice([1, 3, 20])),
        "learning_rate": float(rng.choice([0.1, 0.5])),
        "feature_fraction": float(rng.choice([1.0, 0.5])),
        "bagging_fraction": 0.6 if drawn["bagging"] else 1.0,
        "bagging_freq": 1,
        "zero_as_missing": missing in ("zero", "both"),
        "use_missing": missing != "ignored",
        "min_data_per_group": 1,
        "cat_smooth": 1.0,
        "max_cat_to_onehot": int(rng.choice([1, 4])),
        "num_threads": 1,
        "seed": seed,
        "verbosity": -1,
    }
    if drawn["directions"]:
        parameters["monotone_constraints"] = [
            0 if column in categorical else int(rng.integers(-1, 2)) for column in range(n_columns)
        ]
    data = lgb.Dataset(X, y, categorical_feature=categorical, params={"verbosity": -1})
    booster = lgb.train(parameters, data, int(rng.integers(1, 13)))
    rows = rows_to_explain(rng, X, categorical)
    reference = X[rng.choice(n_rows, size=int(rng.integers(1, 40)))]
    return RandomForest(booster=booster, rows=rows, reference=reference, drawn=drawn)


def columns_of(rng, n_rows, n_columns, categorical, missing, *, is_chain):
    """Numbers, whole numbers, many zeros, codes; with gaps where the draw says so."""
    X = rng.normal(size=(n_rows, n_columns))
    if is_chain:
        X = np.exp(2 * X)
    X[:, ::3] = np.round(X[:, ::3] * 2)
    X[:, ::5] *= rng.random((n_rows, len(range(0, n_columns, 5)))) < 0.5
    for column in categorical:
        X[:, column] = rng.integers(0, int(rng.integers(2, 70)), size=n_rows)
    if missing in ("nan", "both", "ignored"):
        X[rng.random(X.shape) < 0.2] = np.nan
    return X


def rows_to_explain(rng, X, categorical):
    """Rows as they come, and rows at every edge: all missing, zeros, thresholds, strange codes."""
    rows = X[rng.choice(len(X), size=24)].copy()
    rows[0] = np.nan
    rows[1] = 0.0
    rows[2] = np.where(rng.random(X.shape[1]) < 0.5, 1e-36, -1e-36)
    rows[3] = np.where(rng.random(X.shape[1]) < 0.5, np.nan, rows[3])
    rows[4] = float(np.float32(1e-35))
    rows[5] = -1e-34
    for column in categorical:
        rows[6:12, column] = [-1.0, -0.5, 1000.0, 3.7, 2.0**31, -5.0]
    return rows
