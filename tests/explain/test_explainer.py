"""One entry, three ways: the same bytes however the work is cut, and a fallback that says so."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanpin_risk.errors import ExplanationError
from fanpin_risk.explain.contributions import (
    SINGLE_TOLERANCE,
    TOLERANCE,
    Explainer,
    Way,
    largest_gap,
    probability_points,
    require_additive,
)
from fanpin_risk.explain.exact import tables
from fanpin_risk.risk.model import RiskModel

N_ROWS = 2_000


@pytest.fixture(scope="module")
def data():
    """Rows with gaps and a column of codes, and outcomes that depend on many columns."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(N_ROWS, 30))
    X[:, 4] = rng.integers(0, 9, size=N_ROWS)
    X[rng.random(X.shape) < 0.1] = np.nan
    score = np.nan_to_num(X[:, :20]).sum(axis=1) + rng.normal(size=N_ROWS)
    return X, score > 2


@pytest.fixture(scope="module")
def model(data):
    """Trees of many leaves: some have paths too long for one table."""
    X, y = data
    return RiskModel(n_trees=30, n_leaves=150, min_leaf_size=2, categorical_columns=[4]).fit(X, y)


@pytest.fixture(scope="module")
def explainer(model):
    """The fast way."""
    return Explainer.of(model)


@pytest.fixture(scope="module")
def whole(data, explainer):
    """Everybody's contributions, in one thread and one block."""
    return explainer.contributions(data[0])


def booster_model(parameters, X, y, n_trees=5):
    """A model of a kind that the package itself does not train."""
    data = lgb.Dataset(X, y, params={"verbosity": -1, "linear_tree": "linear_tree" in parameters})
    booster = lgb.train({"verbosity": -1, "num_threads": 1, **parameters}, data, n_trees)

    class Model:
        def dump(self):
            return booster.dump_model()

        def contributions(self, X, *, n_threads=1):
            return np.asarray(booster.predict(X, pred_contrib=True, num_threads=n_threads))

    return Model()


def test_the_fast_way_equals_the_slow_one(data, model, explainer):
    """Far below the promised 1e-9, on every household, deep leaves included."""
    X, _ = data
    assert explainer.way is Way.FAST
    assert explainer.fell_back_because is None
    assert explainer.tables.deep.value.size > 0
    slow = Explainer.of(model, way=Way.LIGHTGBM)
    assert slow.way is Way.LIGHTGBM
    assert np.abs(explainer.contributions(X) - slow.contributions(X)).max() < 1e-12
    assert largest_gap(explainer.contributions(X), model.raw_score(X)) < 1e-12


@settings(deadline=None, max_examples=40)
@given(
    st.integers(1, 3),
    st.sampled_from([1, 7, 64, 333, 4096]),
    st.integers(0, 2**32 - 1),
    st.integers(1, 500),
)
def test_same_bytes_however_the_work_is_cut(data, explainer, whole, threads, block, seed, n):
    """Threads, size of block, order of rows and who else is there change no byte."""
    X, _ = data
    chosen = np.random.default_rng(seed).permutation(N_ROWS)[:n]
    wanted = whole[chosen]
    found = explainer.contributions(X[chosen], n_threads=threads, rows_a_block=block)
    assert found.tobytes() == wanted.tobytes()


def test_same_bytes_against_a_group(data, model):
    """Neither threads nor blocks change a byte against a reference group, nor its order."""
    X, y = data
    group = X[~y][:50]
    whole = Explainer.against(model, group).contributions(X)
    cut = Explainer.against(model, group[::-1]).contributions(X, n_threads=2, rows_a_block=50)
    assert whole.tobytes() == cut.tobytes()
    assert np.abs(whole.sum(axis=1) - model.raw_score(X)).max() < 1e-12


def test_tables_made_twice_are_the_same(model):
    """A model explained tomorrow gives the same bytes."""
    first, second = Explainer.of(model).tables, Explainer.of(model).tables
    assert first.groups.table.tobytes() == second.groups.table.tobytes()


def test_smaller_tables_where_large_ones_would_not_fit(data, model, explainer, monkeypatch):
    """With less room tables are smaller and leaves deeper, and contributions equal all the same."""
    X, _ = data
    monkeypatch.setattr(tables, "MOST_VALUES", explainer.tables.groups.table.size // 2)
    small = Explainer.of(model)
    assert small.tables.groups.table.size < explainer.tables.groups.table.size / 2
    assert np.abs(small.contributions(X) - explainer.contributions(X)).max() < 1e-12
    monkeypatch.setattr(tables, "MOST_VALUES", 10)
    none = Explainer.of(model)
    assert none.way is Way.LIGHTGBM
    assert "too many leaves" in none.fell_back_because


def test_float32_states_its_error(data, model):
    """Half the memory; the gap is seen, and is larger than with float64."""
    X, _ = data
    single = Explainer.of(model, is_single=True)
    assert single.tables.groups.table.dtype == np.float32
    gap = largest_gap(single.contributions(X), model.raw_score(X))
    assert 1e-9 < gap < 1e-4
    require_additive(single.contributions(X), model.raw_score(X), tolerance=SINGLE_TOLERANCE)
    assert TOLERANCE < SINGLE_TOLERANCE


@pytest.mark.parametrize(
    ("parameters", "because"),
    [
        pytest.param(
            {"objective": "multiclass", "num_class": 3},
            "the model has several trees an iteration",
            id="several classes",
        ),
        pytest.param(
            {"objective": "regression", "linear_tree": True},
            "the model has linear leaves",
            id="linear leaves",
        ),
        pytest.param(
            {
                "objective": "regression",
                "boosting": "rf",
                "bagging_freq": 1,
                "bagging_fraction": 0.5,
            },
            "the model averages its trees",
            id="random forest",
        ),
    ],
)
def test_outside_what_is_covered_it_falls_back_and_says_so(data, parameters, because):
    """LightGBM's own way is taken, with the reason; against a group there is none to take."""
    X, _ = data
    complete = np.nan_to_num(X)
    y = np.digitize(complete[:, 0], [-0.5, 0.5])
    model = booster_model(parameters, complete, y)
    explainer = Explainer.of(model)
    assert (explainer.way, explainer.fell_back_because) == (Way.LIGHTGBM, because)
    if "linear_tree" not in parameters:  # LightGBM itself explains no linear leaves
        assert np.array_equal(
            explainer.contributions(complete[:20]), model.contributions(complete[:20])
        )
    with pytest.raises(ExplanationError, match=f"cannot be had: {because}"):
        Explainer.against(model, complete[:5])


def test_a_way_that_needs_a_group_says_so(model):
    """The third way has its own door."""
    with pytest.raises(ExplanationError, match=r"Use Explainer.against\(model, reference\)"):
        Explainer.of(model, way=Way.AGAINST_REFERENCE)


@pytest.mark.parametrize("shape", [(0, 30), (30,), (3, 29)])
def test_a_group_that_does_not_fit_is_refused(model, shape):
    """Nobody, no matrix, other columns: the message shows the shape."""
    with pytest.raises(ExplanationError, match=r"Got (a reference group of )?shape \("):
        Explainer.against(model, np.zeros(shape))


def test_a_matrix_that_does_not_fit_is_refused(explainer):
    """The kernel never reads beside the matrix."""
    with pytest.raises(ExplanationError, match=r"wants 30 columns. Got a matrix of shape \(3, 29"):
        explainer.contributions(np.zeros((3, 29)))


def test_nobody_has_no_contributions(explainer):
    """An empty matrix gives an empty answer, and no gap."""
    found = explainer.contributions(np.zeros((0, 30)), n_threads=2)
    assert found.shape == (0, 31)
    assert largest_gap(found, np.zeros(0)) == 0.0


def test_progress_is_told_and_work_can_be_interrupted(data, explainer):
    """Every household is counted; an interruption comes through at once, without a result."""
    X, _ = data
    told = []
    explainer.contributions(X, rows_a_block=100, progress=told.append)
    assert told == [400, 800, 1200, 1600, 2000]

    def stop(done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        explainer.contributions(X, n_threads=2, rows_a_block=100, progress=stop)


def test_points_are_what_the_probability_would_lack():
    """By hand: at log-odds 0 a part of log 3 takes one half down to one quarter."""
    parts = np.array([[np.log(3.0), 0.0, -np.log(3.0)]])
    found = probability_points(parts, np.array([0.0]))
    assert found.round(12).tolist() == [[0.25, 0.0, -0.25]]
    assert np.isfinite(probability_points(np.array([[1e4]]), np.array([2e4]))).all()
