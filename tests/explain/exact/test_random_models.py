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
from fanpin_risk.explain.exact.leaf_groups import leaves_of

FOLDER = Path(__file__).parents[2] / "reference"
MADE = SimpleNamespace(**runpy.run_path(str(FOLDER / "random_forests.py")))
SLOW = SimpleNamespace(**runpy.run_path(str(FOLDER / "slow_shapley.py")))
SEEDS = range(240)
MOST_COLUMNS_A_TREE = 6
"""Brute force asks for every subset of a tree's columns."""


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


def is_small(trees):
    """Whether brute force comes to an end."""
    return all(len(set(tree.feature.tolist())) <= MOST_COLUMNS_A_TREE for tree in trees)


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
    """Over all subsets of columns, by the trees' counts and against a group, where that ends."""
    forest, trees, n_columns = made(seed)
    if not is_small(trees):
        pytest.skip("too many columns for all subsets")
    few = forest.rows[:5]
    found = Explainer.of(Boosted(forest.booster)).contributions(few)
    wanted = np.stack([SLOW.slow_shapley(trees, row, n_columns) for row in few])
    assert close(found, wanted)
    group = forest.reference[:3]
    found = Explainer.against(Boosted(forest.booster), group).contributions(few)
    wanted = np.stack([SLOW.slow_shapley(trees, row, n_columns, group) for row in few])
    assert close(found, wanted)


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


@pytest.mark.parametrize("seed", SEEDS)
def test_shap_agrees_against_a_group(seed):
    """Shap's own interventional values, where shap knows what LightGBM does with the values."""
    forest, _, _ = made(seed)
    if forest.drawn["missing"] != "none" or forest.drawn["categorical"]:
        pytest.skip("shap decides missing values and codes in its own way")
    if forest.drawn["constant"]:
        pytest.skip("shap does not read trees of one leaf")
    rows = forest.rows[6:]
    theirs = shap.TreeExplainer(
        forest.booster, data=forest.reference, feature_perturbation="interventional"
    )
    found = Explainer.against(Boosted(forest.booster), forest.reference).contributions(rows)
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
        kinds["brute force"] += is_small(trees)
        leaves = [leaf for tree in trees for leaf in leaves_of(tree)]
        kinds["one leaf"] += any(len(tree.feature) == 0 for tree in trees)
        kinds["twice on a path"] += any(len(leaf.nodes) > len(leaf.features) for leaf in leaves)
        kinds["deep"] += any(len(leaf.features) > 13 for leaf in leaves)
        kinds["alone"] += any(len(leaf.nodes) > 11 >= len(leaf.features) for leaf in leaves)
        depths.update({max(len(leaf.nodes) for leaf in leaves)})
    wanted = ("categorical", "directions", "bagging", "constant", "chain", "brute force")
    assert min(kinds[name] for name in wanted) >= 5
    assert min(kinds[name] for name in ("one leaf", "twice on a path", "deep", "alone")) >= 3
    assert min(kinds[f"missing {name}"] for name in MADE.MISSING) >= 20
    assert min(kinds[f"columns {n}"] for n in MADE.COLUMNS) >= 10
    assert {1, 2, 3, 4, 5, 6, 8, 10} <= set(depths)
    assert max(depths) >= 20
