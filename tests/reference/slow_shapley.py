"""Shapley values of trees by their definition: every subset of columns, one household at a time."""

from __future__ import annotations

from itertools import combinations
from math import factorial

import numpy as np

from fanpin_risk.explain.exact.forest import CATEGORICAL, NEXT_TO_ZERO, ZERO_IS_MISSING


def goes_left(tree, node, row):
    """Whether a row goes left at a node, as LightGBM's source decides."""
    value = float(row[tree.feature[node]])
    if tree.kind[node] == CATEGORICAL:
        return not np.isnan(value) and int(value) in set(tree.codes[node].tolist())
    if np.isnan(value):
        return bool(tree.nan_goes_left[node])
    if tree.kind[node] == ZERO_IS_MISSING and abs(value) <= NEXT_TO_ZERO:
        return bool(tree.zero_goes_left[node])
    return value <= tree.threshold[node]


def expected_under_counts(tree, row, known, node=0):
    """Mean of a tree where the columns ``known`` are the row's, by counts of training rows."""
    if not len(tree.feature):
        return float(tree.leaf_value[0])
    if node < 0:
        return float(tree.leaf_value[~node])
    children = (int(tree.left[node]), int(tree.right[node]))
    if int(tree.feature[node]) in known:
        side = children[0] if goes_left(tree, node, row) else children[1]
        return expected_under_counts(tree, row, known, side)
    counts = [tree.cover[c] if c >= 0 else tree.leaf_cover[~c] for c in children]
    parts = [expected_under_counts(tree, row, known, child) for child in children]
    return (counts[0] * parts[0] + counts[1] * parts[1]) / tree.cover[node]


def value_of(tree, row):
    """What a tree gives a row."""
    return expected_under_counts(tree, row, set(tree.feature.tolist()))


def expected_against(tree, row, known, reference):
    """Mean of a tree where the columns ``known`` are the row's and the others the reference's."""
    mixed = reference.copy()
    columns = sorted(known)
    mixed[:, columns] = row[columns]
    return float(np.mean([value_of(tree, other) for other in mixed]))


def slow_shapley(trees, row, n_columns, reference=None):
    """Contributions of every column and the base, by the definition over all subsets.

    Each tree is a game of its own columns; games add up.
    """
    out = np.zeros(n_columns + 1)
    for tree in trees:
        players = sorted(set(tree.feature.tolist()))

        def worth(known, tree=tree):
            if reference is None:
                return expected_under_counts(tree, row, known)
            return expected_against(tree, row, known, reference)

        out[n_columns] += worth(set())
        n = len(players)
        for player in players:
            others = [other for other in players if other != player]
            for size in range(n):
                weight = factorial(size) * factorial(n - size - 1) / factorial(n)
                for subset in combinations(others, size):
                    gain = worth({*subset, player}) - worth(set(subset))
                    out[player] += weight * gain
    return out
