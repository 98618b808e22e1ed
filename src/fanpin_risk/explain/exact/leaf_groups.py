"""Which leaves of a tree share one table: neighbours, whose paths ask much the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fanpin_risk.explain.exact.forest import Tree

FloatArray = npt.NDArray[np.float64]

BIT_COST = 0.25
"""Time to put one node's decision into the pattern, beside that of looking one table value up."""
READ_COST = 1 / 4096
"""Time to read one value of a table from memory, spread over the rows of a block."""


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """A leaf and its path, feature by feature in the order in which the path first asks.

    ``ratios``: share of training rows that each feature lets pass. ``conditions``: of each feature
    the nodes that ask about it, and whether the path goes left there.
    """

    number: int
    value: float
    features: tuple[int, ...]
    ratios: FloatArray
    conditions: tuple[tuple[tuple[int, bool], ...], ...]

    @property
    def nodes(self) -> frozenset[int]:
        """Every node of the path."""
        return frozenset(node for asked in self.conditions for node, _ in asked)


def leaves_of(tree: Tree) -> list[Leaf]:
    """Leaves from left to right."""
    return [_leaf(tree, number, path) for number, path in tree.paths()]


def _leaf(tree: Tree, number: int, path: Sequence[tuple[int, bool]]) -> Leaf:
    """Gather a path by feature."""
    ratios: dict[int, float] = {}
    conditions: dict[int, list[tuple[int, bool]]] = {}
    for node, goes_left in path:
        feature = int(tree.feature[node])
        child = int(tree.left[node] if goes_left else tree.right[node])
        cover = tree.cover[child] if child >= 0 else tree.leaf_cover[~child]
        ratios[feature] = ratios.get(feature, 1.0) * float(cover / tree.cover[node])
        conditions.setdefault(feature, []).append((node, goes_left))
    return Leaf(
        number=number,
        value=float(tree.leaf_value[number]),
        features=tuple(ratios),
        ratios=np.array(list(ratios.values())),
        conditions=tuple(tuple(asked) for asked in conditions.values()),
    )


@dataclass(frozen=True, kw_only=True)
class Grouping:
    """How a tree's leaves are treated.

    ``groups``: leaves whose paths together ask at most so many nodes that one table over the nodes'
    decisions holds them. ``alone``: leaves with more nodes, but few enough features for a table of
    their own over features. ``deep``: leaves with more features than a table can hold.
    """

    groups: list[list[Leaf]]
    alone: list[Leaf]
    deep: list[Leaf]


def grouped(leaves: Sequence[Leaf], *, most_nodes: int, most_features: int) -> Grouping:
    """Cut the row of leaves where looking up costs least.

    Parameters
    ----------
    leaves
        From left to right: neighbours share most of their path.
    most_nodes : int
        Of a group: its table has 2 ** nodes columns.
    most_features : int
        Of a leaf alone: its table has 2 ** features columns.
    """
    short = [leaf for leaf in leaves if 0 < len(leaf.nodes) <= most_nodes]
    long = [leaf for leaf in leaves if len(leaf.nodes) > most_nodes]
    return Grouping(
        groups=_cheapest_cuts(short, most_nodes),
        alone=[leaf for leaf in long if len(leaf.features) <= most_features],
        deep=[leaf for leaf in long if len(leaf.features) > most_features],
    )


def _cheapest_cuts(leaves: Sequence[Leaf], most_nodes: int) -> list[list[Leaf]]:
    """Dynamic programme over where to cut: best[i] is the cost of the first i leaves."""
    best = [0.0, *[float("inf")] * len(leaves)]
    cut = [0] * (len(leaves) + 1)
    for first in range(len(leaves)):
        nodes: frozenset[int] = frozenset()
        features: frozenset[int] = frozenset()
        for last in range(first, len(leaves)):
            nodes |= leaves[last].nodes
            features |= frozenset(leaves[last].features)
            if len(nodes) > most_nodes:
                break
            cost = best[first] + _cost(len(features), len(nodes))
            if cost < best[last + 1]:
                best[last + 1], cut[last + 1] = cost, first
    groups, end = [], len(leaves)
    while end:
        groups.append(list(leaves[cut[end] : end]))
        end = cut[end]
    return groups[::-1]


def _cost(n_features: int, n_bits: int) -> float:
    """Time of one group for one household, in look-ups."""
    return n_features * (1 + READ_COST * (1 << n_bits)) + BIT_COST * n_bits
