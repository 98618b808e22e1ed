"""A LightGBM forest as plain arrays: what each node asks, where it leads, how many rows it saw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fanpin_risk.errors import ExplanationError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

NUMERIC, ZERO_IS_MISSING, CATEGORICAL = 0, 1, 2
"""Kinds of nodes: a threshold; a threshold for which zero counts as missing; a set of codes."""
NEXT_TO_ZERO = float(np.float32(1e-35))
"""What LightGBM takes for zero, to both sides and with its ends; a C float there."""
BITS_A_WORD = 32


class NotCoveredError(ExplanationError):
    """A model is of a kind that the package's own kernel does not explain."""


@dataclass(frozen=True, kw_only=True)
class Tree:
    """One tree. Node 0 is the root; a child below 0 is the leaf ``~child``.

    Attributes
    ----------
    feature : array of shape (n_nodes,)
        Column that a node asks about.
    threshold : array of shape (n_nodes,)
        Values up to it, itself included, go left; 0 for codes.
    kind : array of shape (n_nodes,)
        `NUMERIC`, `ZERO_IS_MISSING` or `CATEGORICAL`.
    nan_goes_left, zero_goes_left : array of shape (n_nodes,)
        Where a missing value goes; ``zero_goes_left`` counts for `ZERO_IS_MISSING` only. A missing
        code always goes right.
    codes : tuple of arrays
        Codes that go left, of a `CATEGORICAL` node; empty for others. Whatever is not among them
        goes right: unseen, negative.
    left, right : array of shape (n_nodes,)
        Children.
    cover, leaf_cover : array of shape (n_nodes,) and (n_leaves,)
        Training rows that passed.
    leaf_value : array of shape (n_leaves,)
        Log-odds.
    """

    feature: IntArray
    threshold: FloatArray
    kind: IntArray
    nan_goes_left: BoolArray
    zero_goes_left: BoolArray
    codes: tuple[IntArray, ...]
    left: IntArray
    right: IntArray
    cover: FloatArray
    leaf_value: FloatArray
    leaf_cover: FloatArray

    @property
    def expected_value(self) -> float:
        """Mean of the leaves over the training rows."""
        if not len(self.feature):
            return float(self.leaf_value[0])
        return float((self.leaf_value * self.leaf_cover / self.cover[0]).sum())

    def paths(self) -> list[tuple[int, list[tuple[int, bool]]]]:
        """Leaves from left to right, each with its nodes from the root down and the side taken."""
        found: list[tuple[int, list[tuple[int, bool]]]] = []
        if not len(self.feature):
            return [(0, [])]
        stack: list[tuple[int, list[tuple[int, bool]]]] = [(0, [])]
        while stack:
            node, path = stack.pop()
            if node < 0:
                found.append((~node, path))
                continue
            stack.append((int(self.right[node]), [*path, (node, False)]))
            stack.append((int(self.left[node]), [*path, (node, True)]))
        return found

    def decisions(self, matrix: FloatArray) -> BoolArray:
        """Whether each row goes left at each node, whether or not it comes by.

        Parameters
        ----------
        matrix : array of shape (n_rows, n_columns)
            NaN for missing.

        Returns
        -------
        array of shape (n_nodes, n_rows)
        """
        found = np.empty((len(self.feature), len(matrix)), dtype=np.bool_)
        for node, column in enumerate(self.feature):
            values = matrix[:, column]
            missing = np.isnan(values)
            if self.kind[node] == CATEGORICAL:
                is_code = ~missing & (values > -1) & (values < 2**31)
                whole = np.where(is_code, values, -1).astype(np.int64)
                found[node] = is_code & np.isin(whole, self.codes[node])
                continue
            found[node] = np.where(
                missing, self.nan_goes_left[node], values <= self.threshold[node]
            )
            if self.kind[node] == ZERO_IS_MISSING:
                found[node][np.abs(values) <= NEXT_TO_ZERO] = self.zero_goes_left[node]
        return found


def forest_of(dump: Mapping[str, Any]) -> tuple[list[Tree], int]:
    """Read the trees of LightGBM's ``dump_model``.

    Returns
    -------
    list of Tree
        In their order.
    int
        Number of columns of the model.

    Raises
    ------
    NotCoveredError
        For models with several trees an iteration (more than two classes), with averaged trees
        (random forests), with linear leaves, or with nodes that saw no training row.
    """
    if dump.get("num_tree_per_iteration", 1) != 1:
        raise NotCoveredError("the model has several trees an iteration")
    if dump.get("average_output"):
        raise NotCoveredError("the model averages its trees")
    trees = [_tree(info["tree_structure"]) for info in dump["tree_info"]]
    return trees, int(dump["max_feature_idx"]) + 1


def _tree(root: Mapping[str, Any]) -> Tree:
    """Read one tree."""
    nodes, leaves = _parts(root)
    count = len(nodes)
    asked = [nodes[at] for at in range(count)]
    ends = [leaves[at] for at in range(len(leaves))]
    sides = [_missing(node) for node in asked]
    tree = Tree(
        feature=np.array([node["split_feature"] for node in asked], dtype=np.int64),
        threshold=np.array(
            [0.0 if _is_code(node) else node["threshold"] for node in asked], dtype=np.float64
        ),
        kind=np.array([kind for kind, _, _ in sides], dtype=np.int64),
        nan_goes_left=np.array([left for _, left, _ in sides], dtype=np.bool_),
        zero_goes_left=np.array([left for _, _, left in sides], dtype=np.bool_),
        codes=tuple(_codes(node) for node in asked),
        left=np.array([_at(node["left_child"]) for node in asked], dtype=np.int64),
        right=np.array([_at(node["right_child"]) for node in asked], dtype=np.int64),
        cover=np.array([node["internal_count"] for node in asked], dtype=np.float64),
        leaf_value=np.array([leaf["leaf_value"] for leaf in ends], dtype=np.float64),
        leaf_cover=np.array([leaf.get("leaf_count", 1) for leaf in ends], dtype=np.float64),
    )
    if (tree.cover <= 0).any() or (count > 0 and (tree.leaf_cover <= 0).any()):
        raise NotCoveredError("the model does not say how many training rows passed each node")
    return tree


def _parts(
    root: Mapping[str, Any],
) -> tuple[dict[int, Mapping[str, Any]], dict[int, Mapping[str, Any]]]:
    """Nodes and leaves under their numbers."""
    nodes: dict[int, Mapping[str, Any]] = {}
    leaves: dict[int, Mapping[str, Any]] = {}
    stack = [root]
    while stack:
        part = stack.pop()
        if "split_index" in part:
            nodes[part["split_index"]] = part
            stack += [part["left_child"], part["right_child"]]
            continue
        if "leaf_coeff" in part or "leaf_const" in part:
            raise NotCoveredError("the model has linear leaves")
        leaves[part.get("leaf_index", 0)] = part
    return nodes, leaves


def _at(part: Mapping[str, Any]) -> int:
    """Number of a child: a leaf below 0."""
    return int(part["split_index"]) if "split_index" in part else ~int(part["leaf_index"])


def _is_code(node: Mapping[str, Any]) -> bool:
    """Whether a node asks for a set of codes."""
    return bool(node["decision_type"] == "==")


def _codes(node: Mapping[str, Any]) -> IntArray:
    """Codes that go left."""
    if not _is_code(node):
        return np.zeros(0, dtype=np.int64)
    return np.array([int(code) for code in str(node["threshold"]).split("||")], dtype=np.int64)


def _missing(node: Mapping[str, Any]) -> tuple[int, bool, bool]:
    """Kind of a node, and whether NaN and zero go left where they are special."""
    if _is_code(node):
        return CATEGORICAL, False, False
    default = bool(node["default_left"])
    if node["missing_type"] == "NaN":
        return NUMERIC, default, False
    if node["missing_type"] == "Zero":
        return ZERO_IS_MISSING, default, default
    # nothing was missing in training: LightGBM then takes NaN for zero
    return NUMERIC, bool(node["threshold"] >= 0.0), False
