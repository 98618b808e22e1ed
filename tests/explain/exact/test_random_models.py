"""The kernel against LightGBM, against brute force over all subsets, and against shap."""

from __future__ import annotations

import runpy
from collections import Counter
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import shap

from fanpin_risk.explain.contributions import Explainer, Way
from fanpin_risk.explain.exact.forest import forest_of
from fanpin_risk.explain.exact.kernel import explain_rows
from fanpin_risk.explain.exact.leaf_groups import leaves_of
from fanpin_risk.explain.exact.tables import tables_of

FOLDER = Path(__file__).parents[2] / "reference"
MADE = SimpleNamespace(**runpy.run_path(str(FOLDER / "random_forests.py")))
SLOW = SimpleNamespace(**runpy.run_path(str(FOLDER / "slow_shapley.py")))
SEEDS = range(240)
KNOWN_TO_SHAP = [
    seed
    for seed in SEEDS
    if not (MADE.drawn_of(seed)["categorical"] or MADE.drawn_of(seed)["constant"])
    and MADE.drawn_of(seed)["missing"] not in ("zero", "both")
]
"""Models that shap reads as LightGBM does, on rows where everything is known: it takes no codes, no
zeros for missing, and no trees of one leaf."""
MOST_COLUMNS = 6
"""Brute force asks for every subset of a tree's columns, so it is asked about trees of so many."""


class Boosted:
    """A plain booster as an explainer wants it."""

    def __init__(self, booster):
        self.booster = booster

    def dump(self):
        """The trees."""
        return self.booster.dump_model()

    def contributions(self, X, *, n_threads=1):
        """LightGBM's own."""
        return self.booster.predict(X, pred_contrib=True, num_threads=n_threads)


@cache
def made(seed):
    """A random model with its trees."""
    forest = MADE.random_forest(seed)
    trees, n_columns = forest_of(forest.booster.dump_model())
    return forest, trees, n_columns


def small(trees):
    """A few of the trees for which brute force comes to an end."""
    return [tree for tree in trees if len(set(tree.feature.tolist())) <= MOST_COLUMNS][:4]


def explained(tables, rows):
    """What the kernel says of rows."""
    out = np.zeros((len(rows), tables.n_columns + 1))
    explain_rows(
        *(rows, 0, len(rows), tables.used, tables.nodes, tables.groups, tables.deep),
        *(tables.weights, tables.base, 16, out),
    )
    return out


def close(found, wanted):
    """Equal but for rounding, on the scale of the model's values."""
    scale = max(1.0, float(np.abs(wanted).max()))
    return float(np.abs(found - wanted).max()) < 1e-11 * scale


@pytest.mark.parametrize("seed", SEEDS)
def test_the_kernel_agrees_with_lightgbm(seed):
    """On every random model contributions and base are LightGBM's own, and it was the fast way."""
    forest, _, _ = made(seed)
    explainer = Explainer.of(Boosted(forest.booster))
    assert explainer.way is Way.FAST
    wanted = forest.booster.predict(forest.rows, pred_contrib=True, num_threads=1)
    found = explainer.contributions(forest.rows)
    assert close(found, wanted)
    raw = forest.booster.predict(forest.rows, raw_score=True, num_threads=1)
    assert close(found.sum(axis=1), raw)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_row_ends_in_the_leaf_that_lightgbm_says(seed):
    """Decisions over missing values, zeros and codes are LightGBM's: each row reaches its leaf."""
    forest, trees, _ = made(seed)
    wanted = forest.booster.predict(forest.rows, pred_leaf=True, num_threads=1)
    wanted = wanted.reshape(len(forest.rows), -1).astype(int)
    for t, tree in enumerate(trees):
        sides = tree.decisions(forest.rows)
        for number, path in tree.paths():
            reached = np.all([sides[node] == left for node, left in path], axis=0)
            if path:
                assert np.array_equal(reached, wanted[:, t] == number)


@pytest.mark.parametrize("seed", SEEDS)
def test_contributions_are_shapley_values_by_definition(seed):
    """Over all subsets of columns, by the trees' counts and against a group, small trees."""
    forest, trees, n_columns = made(seed)
    few, group, asked = forest.rows[:5], forest.reference[:3], small(trees)
    for reference in (None, group):
        found = explained(tables_of(asked, n_columns, reference=reference), few)
        wanted = [SLOW.slow_shapley(asked, row, n_columns, reference) for row in few]
        assert close(found, np.stack(wanted))


@pytest.mark.parametrize("seed", SEEDS)
def test_against_a_group_is_the_mean_over_its_households(seed):
    """Games add up: a group's contributions are the mean of those against each one of it."""
    forest, _, _ = made(seed)
    model, group = Boosted(forest.booster), forest.reference[:4]
    whole = Explainer.against(model, group).contributions(forest.rows)
    each = [Explainer.against(model, row[None]).contributions(forest.rows) for row in group]
    assert close(whole, np.mean(each, axis=0))
    raw = forest.booster.predict(forest.rows, raw_score=True, num_threads=1)
    assert close(whole.sum(axis=1), raw)
    base = forest.booster.predict(group, raw_score=True, num_threads=1).mean()
    assert close(whole[:, -1], np.full(len(whole), base))


@pytest.mark.parametrize("seed", KNOWN_TO_SHAP)
def test_shap_agrees_against_a_group(seed):
    """Shap's own interventional values, where it reads the model as LightGBM does."""
    forest, _, _ = made(seed)
    rows, group = np.nan_to_num(forest.rows[6:]), np.nan_to_num(forest.reference)
    theirs = shap.TreeExplainer(forest.booster, data=group, feature_perturbation="interventional")
    found = Explainer.against(Boosted(forest.booster), group).contributions(rows)
    wanted = theirs.shap_values(rows, check_additivity=False)
    assert np.abs(found[:, :-1] - wanted).max() < 1e-5 * max(1.0, np.abs(wanted).max())


def test_the_models_are_of_every_kind():
    """What the done-when names is among them: so that agreement on all of them means something."""
    kinds = Counter()
    depths = Counter()
    for seed in SEEDS:
        forest, trees, _ = made(seed)
        kinds.update(name for name, value in forest.drawn.items() if value is True)
        kinds[f"missing {forest.drawn['missing']}"] += 1
        kinds[f"columns {forest.drawn['columns']}"] += 1
        kinds["brute force"] += bool(small(trees))
        leaves = [leaf for tree in trees for leaf in leaves_of(tree)]
        kinds["one leaf"] += any(len(tree.feature) == 0 for tree in trees)
        kinds["twice on a path"] += any(len(leaf.nodes) > len(leaf.features) for leaf in leaves)
        kinds["deep"] += any(len(leaf.features) > 13 for leaf in leaves)
        kinds["alone"] += any(len(leaf.nodes) > 11 >= len(leaf.features) for leaf in leaves)
        depths.update({max(len(leaf.nodes) for leaf in leaves)})
    assert kinds["brute force"] >= 100
    assert len(KNOWN_TO_SHAP) >= 50
    wanted = ("categorical", "directions", "bagging", "constant", "chain")
    assert min(kinds[name] for name in wanted) >= 5
    assert min(kinds[name] for name in ("one leaf", "twice on a path", "deep", "alone")) >= 3
    assert min(kinds[f"missing {name}"] for name in MADE.MISSING) >= 20
    assert min(kinds[f"columns {n}"] for n in MADE.COLUMNS) >= 10
    assert {1, 2, 3, 4, 5, 6, 8, 10} <= set(depths)
    assert max(depths) >= 20
