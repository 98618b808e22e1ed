"""Everything about a forest that does not depend on the household, put into flat arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import comb
from typing import Any

import numpy as np
import numpy.typing as npt

from fanpin_risk.explain.exact.forest import BITS_A_WORD, BoolArray, NotCoveredError, Tree
from fanpin_risk.explain.exact.kernel import (
    PART_FEATURES,
    PATTERN,
    ByteArray,
    Deep,
    Groups,
    IntArray,
    Nodes,
    PatternArray,
    embed,
)
from fanpin_risk.explain.exact.leaf_groups import Grouping, Leaf, grouped, leaves_of
from fanpin_risk.explain.exact.leaf_tables import (
    independent_shares,
    leaf_table,
    part_table,
    quadrature,
)

FloatArray = npt.NDArray[np.float64]

BITS = ((11, 13, 8), (11, 11, 8), (10, 10, 5), (9, 9, 5), (8, 8, 5))
"""Largest tables that are tried, the fastest first: nodes of a group, features of a leaf alone,
features in a part of a deep leaf."""
MOST_VALUES = 80_000_000
"""Values in all tables together; if there would be more, smaller tables are made."""
MOST_AGAINST = 64
"""Features on one path that can be held against a reference group: bits of a pattern."""


@dataclass(frozen=True, kw_only=True)
class Tables:
    """A forest ready for `fanpin_risk.explain.exact.kernel.explain_rows`.

    ``used``: columns that any tree asks about, ascending. ``weights``: see `add_deep_against`.
    """

    n_columns: int
    used: IntArray
    nodes: Nodes
    groups: Groups
    deep: Deep
    weights: FloatArray
    base: float


def tables_of(
    trees: Sequence[Tree],
    n_columns: int,
    *,
    reference: FloatArray | None = None,
    is_single: bool = False,
) -> Tables:
    """Work every table out.

    Parameters
    ----------
    trees
        Of `forest_of`.
    n_columns : int
        Of the model.
    reference : array of shape (n_reference, n_columns), optional
        Rows that contributions are measured against (``interventional``); left out: the trees' own
        counts of training rows (``tree_path_dependent``).
    is_single : bool
        Tables of float32: half the memory, an error of about 1e-6 of a score.

    Raises
    ------
    NotCoveredError
        If even the smallest tables would be too large.
    """
    used = np.unique(np.concatenate([np.zeros(0, np.int64), *(tree.feature for tree in trees)]))
    cuts, most_in_part = _cuts(trees)
    decided = [None if reference is None else tree.decisions(reference) for tree in trees]
    shares = [_Shares(decisions) for decisions in decided]
    at = {int(column): place for place, column in enumerate(used)}
    groups, deep = _GroupArrays(at), _DeepArrays(at, most_in_part)
    for cut, share in zip(cuts, shares, strict=True):
        groups.add(cut, share)
        deep.add(cut, share)
    base = sum(
        tree.expected_value if share.decisions is None else share.expected_value(leaves_of(tree))
        for tree, share in zip(trees, shares, strict=True)
    )
    return Tables(
        n_columns=n_columns,
        used=used,
        nodes=_nodes(trees, at),
        groups=groups.arrays(is_single=is_single),
        deep=deep.arrays(),
        weights=_weights(deep.most_features),
        base=float(base),
    )


def _cuts(trees: Sequence[Tree]) -> tuple[list[Grouping], int]:
    """Group every tree's leaves, with the largest tables that stay within bounds; size of parts."""
    leaves = [leaves_of(tree) for tree in trees]
    for most_nodes, most_features, most_in_part in BITS:
        cuts = [grouped(row, most_nodes=most_nodes, most_features=most_features) for row in leaves]
        if sum(_size(cut, most_in_part) for cut in cuts) <= MOST_VALUES:
            return cuts, most_in_part
    raise NotCoveredError(f"the model has too many leaves ({sum(len(row) for row in leaves)})")


def _size(cut: Grouping, most_in_part: int) -> int:
    """Values in the tables of one tree."""
    shared = sum(
        len({f for leaf in group for f in leaf.features}) << len(_nodes_of(group))
        for group in cut.groups
    )
    alone = sum(len(leaf.features) << len(leaf.features) for leaf in cut.alone)
    deep = sum(_deep_size(len(leaf.features), most_in_part) for leaf in cut.deep)
    return shared + alone + deep


def _deep_size(n_features: int, most_in_part: int) -> int:
    """Values in the tables of a deep leaf's parts."""
    n_points = (n_features + 1) // 2
    return sum(
        (PART_FEATURES + 1) * n_points << size for size in _part_sizes(n_features, most_in_part)
    )


def _part_sizes(n_features: int, most_in_part: int) -> list[int]:
    """Cut features into as few parts as possible, of much the same size."""
    n_parts = -(-n_features // most_in_part)
    return [(n_features + part) // n_parts for part in range(n_parts)]


def _nodes_of(group: Sequence[Leaf]) -> list[int]:
    """Nodes that a group's leaves ask, ascending."""
    return sorted(frozenset[int]().union(*(leaf.nodes for leaf in group)))


@dataclass(frozen=True, kw_only=False)
class _Shares:
    """What contributions are measured against: a reference's decisions, or the trees' counts."""

    decisions: BoolArray | None

    def of(self, leaf: Leaf) -> FloatArray:
        """Share of every pattern of a leaf's features."""
        if self.decisions is None:
            return independent_shares(leaf.ratios)
        codes = np.zeros(self.decisions.shape[1], dtype=np.int64)
        for i, holds in enumerate(self.holds(leaf)):
            codes |= holds.astype(np.int64) << i
        return np.bincount(codes, minlength=1 << len(leaf.features)) / codes.size

    def holds(self, leaf: Leaf) -> BoolArray:
        """Whether each reference row satisfies each feature: shape (n_features, n_reference)."""
        assert self.decisions is not None
        return np.stack(
            [
                np.all([self.decisions[node] == left for node, left in asked], axis=0)
                for asked in leaf.conditions
            ]
        )

    def expected_value(self, leaves: Sequence[Leaf]) -> float:
        """Mean of a tree over the reference rows."""
        return float(
            sum(
                leaf.value * (self.holds(leaf).all(axis=0).mean() if leaf.features else 1.0)
                for leaf in leaves
            )
        )


@dataclass
class _Conditions:
    """Bits, each with the conditions that must all hold."""

    start: list[int] = field(default_factory=lambda: [0])
    node: list[int] = field(default_factory=list)
    left: list[int] = field(default_factory=list)

    def add(self, asked: Iterable[tuple[int, bool]]) -> None:
        """Add one bit."""
        for node, goes_left in asked:
            self.node.append(node)
            self.left.append(int(goes_left))
        self.start.append(len(self.node))

    def arrays(self) -> tuple[IntArray, IntArray, ByteArray]:
        """Starts, nodes and sides."""
        return _whole(self.start), _whole(self.node), np.array(self.left, dtype=np.uint8)


@dataclass
class _GroupArrays:
    """Groups being put together."""

    at: dict[int, int]
    start: list[int] = field(default_factory=lambda: [0])
    bit_start: list[int] = field(default_factory=lambda: [0])
    conditions: _Conditions = field(default_factory=_Conditions)
    column_start: list[int] = field(default_factory=lambda: [0])
    column: list[int] = field(default_factory=list)
    table_start: list[int] = field(default_factory=lambda: [0])
    tables: list[FloatArray] = field(default_factory=list)

    def add(self, cut: Grouping, shares: _Shares) -> None:
        """Add the groups and the leaves alone of the next tree."""
        for group in cut.groups:
            nodes = _nodes_of(group)
            features = sorted({feature for leaf in group for feature in leaf.features})
            table = np.zeros((len(features), 1 << len(nodes)))
            for leaf in group:
                _embed(table, leaf, features, nodes, shares)
            for node in nodes:
                self.conditions.add([(node, True)])
            self._close(features, table)
        for leaf in cut.alone:
            for asked in leaf.conditions:
                self.conditions.add(asked)
            self._close(leaf.features, leaf_table(leaf.value, shares.of(leaf)))
        self.start.append(len(self.tables))

    def _close(self, features: Sequence[int], table: FloatArray) -> None:
        """Finish one group."""
        self.bit_start.append(len(self.conditions.start) - 1)
        self.column += [self.at[feature] for feature in features]
        self.column_start.append(len(self.column))
        self.table_start.append(self.table_start[-1] + table.size)
        self.tables.append(table.ravel())

    def arrays(self, *, is_single: bool) -> Groups:
        """Everything in a row."""
        condition_start, node, left = self.conditions.arrays()
        table = np.concatenate([np.zeros(0), *self.tables])
        return Groups(
            start=_whole(self.start),
            bit_start=_whole(self.bit_start),
            condition_start=condition_start,
            node=node,
            left=left,
            column_start=_whole(self.column_start),
            column=_whole(self.column),
            table_start=_whole(self.table_start),
            table=table.astype(np.float32) if is_single else table,
        )


def _embed(
    table: FloatArray,
    leaf: Leaf,
    features: Sequence[int],
    nodes: Sequence[int],
    shares: _Shares,
) -> None:
    """Add a leaf to its group's table."""
    conditions = _Conditions()
    for asked in leaf.conditions:
        conditions.add((nodes.index(node), left) for node, left in asked)
    start, bit, left = conditions.arrays()
    rows = _whole([features.index(feature) for feature in leaf.features])
    embed(table, leaf_table(leaf.value, shares.of(leaf)), rows, start, bit, left)


@dataclass
class _DeepArrays:
    """Deep leaves being put together."""

    at: dict[int, int]
    most_in_part: int
    start: list[int] = field(default_factory=lambda: [0])
    value: list[float] = field(default_factory=list)
    n_points: list[int] = field(default_factory=list)
    part_start: list[int] = field(default_factory=lambda: [0])
    bit_start: list[int] = field(default_factory=lambda: [0])
    conditions: _Conditions = field(default_factory=_Conditions)
    column: list[int] = field(default_factory=list)
    table_start: list[int] = field(default_factory=lambda: [0])
    tables: list[FloatArray] = field(default_factory=list)
    reference_start: list[int] = field(default_factory=lambda: [0])
    share: list[float] = field(default_factory=list)
    references: list[PatternArray] = field(default_factory=list)
    most_features: int = 0

    def add(self, cut: Grouping, shares: _Shares) -> None:
        """Add the deep leaves of the next tree."""
        for leaf in cut.deep:
            self.value.append(leaf.value)
            self.column += [self.at[feature] for feature in leaf.features]
            for asked in leaf.conditions:
                self.conditions.add(asked)
            self.most_features = max(self.most_features, len(leaf.features))
            if shares.decisions is None:
                self._add_parts(leaf)
            else:
                self._add_references(shares.holds(leaf))
            self.part_start.append(len(self.bit_start) - 1)
            self.reference_start.append(len(self.share))
        self.start.append(len(self.value))

    def _add_parts(self, leaf: Leaf) -> None:
        """Tables of products, a few features each."""
        points, weights = quadrature(len(leaf.features))
        self.n_points.append(points.size)
        first = 0
        for size in _part_sizes(len(leaf.features), self.most_in_part):
            ratios = leaf.ratios[first : first + size]
            table = part_table(ratios, points, weights * leaf.value, width=PART_FEATURES)
            self.bit_start.append(self.bit_start[-1] + size)
            self.table_start.append(self.table_start[-1] + table.size)
            self.tables.append(table.ravel())
            first += size

    def _add_references(self, holds: BoolArray) -> None:
        """Distinct patterns of the reference and their shares."""
        n_features, n_reference = holds.shape
        if n_features > MOST_AGAINST:
            raise NotCoveredError(
                f"a path asks about {n_features} columns, and at most {MOST_AGAINST} can be held "
                "against a reference group"
            )
        patterns = np.zeros(n_reference, dtype=PATTERN)
        for i, row in enumerate(holds):
            patterns |= row.astype(PATTERN) << PATTERN(i)
        distinct, counts = np.unique(patterns, return_counts=True)
        self.n_points.append(0)
        self.bit_start.append(self.bit_start[-1] + n_features)
        self.share += (counts / n_reference).tolist()
        self.references.append(distinct)

    def arrays(self) -> Deep:
        """Everything in a row."""
        condition_start, node, left = self.conditions.arrays()
        return Deep(
            start=_whole(self.start),
            value=np.array(self.value, dtype=np.float64),
            n_points=_whole(self.n_points),
            part_start=_whole(self.part_start),
            bit_start=_whole(self.bit_start),
            condition_start=condition_start,
            node=node,
            left=left,
            column=_whole(self.column),
            table_start=_whole(self.table_start),
            table=np.concatenate([np.zeros(0), *self.tables]),
            reference_start=_whole(self.reference_start),
            share=np.array(self.share, dtype=np.float64),
            reference=np.concatenate([np.zeros(0, PATTERN), *self.references]),
        )


def _nodes(trees: Sequence[Tree], at: dict[int, int]) -> Nodes:
    """Every node in a row."""
    words = [_words(codes) for tree in trees for codes in tree.codes]
    return Nodes(
        start=np.cumsum([0, *(len(tree.feature) for tree in trees)], dtype=np.int64),
        column=_whole([at[int(feature)] for tree in trees for feature in tree.feature]),
        threshold=_joined([tree.threshold for tree in trees], np.float64),
        kind=_joined([tree.kind for tree in trees], np.int64),
        nan_goes_left=_joined([tree.nan_goes_left for tree in trees], np.uint8),
        zero_goes_left=_joined([tree.zero_goes_left for tree in trees], np.uint8),
        word_start=np.cumsum([0, *(len(row) for row in words)], dtype=np.int64),
        words=_joined(words, np.uint32),
    )


def _words(codes: IntArray) -> npt.NDArray[np.uint32]:
    """A set of codes as a bit set."""
    if not codes.size:
        return np.zeros(0, dtype=np.uint32)
    words = np.zeros(int(codes.max()) // BITS_A_WORD + 1, dtype=np.uint32)
    bits = np.uint32(1) << (codes % BITS_A_WORD).astype(np.uint32)
    np.bitwise_or.at(words, codes // BITS_A_WORD, bits)
    return words


def _weights(most_features: int) -> FloatArray:
    """(s - 1)! t! / (s + t)! for s from 1 and t from 0 on; row 0 is not used."""
    sizes = range(most_features + 1)
    rows = [[1 / (s * comb(s + t, s)) if s else 0.0 for t in sizes] for s in sizes]
    return np.array(rows)


def _whole(values: Sequence[int]) -> IntArray:
    """Integers as an array."""
    return np.array(values, dtype=np.int64)


def _joined(arrays: Iterable[npt.NDArray[Any]], dtype: type[np.generic]) -> npt.NDArray[Any]:
    """Arrays in a row, of one type; empty if there are none."""
    return np.concatenate([np.zeros(0, dtype), *(array.astype(dtype) for array in arrays)])
