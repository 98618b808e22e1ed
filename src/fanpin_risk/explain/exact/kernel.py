"""The inner loops: decisions of a block of households, patterns, and look-ups added up.

Everything is by column: one node, one group, one feature at a time over a block of households, so
that the processor works on many of them at once. A household's numbers do not depend on the block
it stands in, nor on its neighbours.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fanpin_risk.explain.exact.compiled import compiled
from fanpin_risk.explain.exact.forest import BITS_A_WORD, CATEGORICAL, NEXT_TO_ZERO, NUMERIC

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
ByteArray = npt.NDArray[np.uint8]
TableArray = npt.NDArray[np.float64] | npt.NDArray[np.float32]

PATTERN = np.uint64
"""A set of features or nodes that a row satisfies, one bit each."""
PatternArray = npt.NDArray[np.uint64]
PART_FEATURES = 8
"""Most features of a deep leaf that stand in one part's table: as many as a processor adds up at
once."""
APART = 24
"""Values between the end of one row of working memory and the beginning of the next."""
LARGEST_CODE = 2.0**31
"""LightGBM reads codes as C ints; what does not fit is no code."""
WORD_BITS = BITS_A_WORD - 1


class Nodes(NamedTuple):
    """Every node of the forest; tree t has nodes ``start[t]`` to ``start[t + 1]``.

    ``column`` counts among the columns that the forest uses, ``words`` are bit sets of codes.
    """

    start: IntArray
    column: IntArray
    threshold: FloatArray
    kind: IntArray
    nan_goes_left: ByteArray
    zero_goes_left: ByteArray
    word_start: IntArray
    words: npt.NDArray[np.uint32]


class Groups(NamedTuple):
    """Tables over patterns. Bit b is set where all of its conditions hold.

    Conditions are nodes of the same tree, counted from its first, with the side wanted. A group's
    table has one row of 2 ** bits values for each of its columns.
    """

    start: IntArray
    bit_start: IntArray
    condition_start: IntArray
    node: IntArray
    left: ByteArray
    column_start: IntArray
    column: IntArray
    table_start: IntArray
    table: TableArray


class Deep(NamedTuple):
    """Leaves with too many features for one table; bits are features, and stand in parts.

    Under a tree's own counts each part has a table of products at ``n_points`` points (see
    `part_table`). Against a reference group each leaf has one part, and the reference's distinct
    patterns with their shares.
    """

    start: IntArray
    value: FloatArray
    n_points: IntArray
    part_start: IntArray
    bit_start: IntArray
    condition_start: IntArray
    node: IntArray
    left: ByteArray
    column: IntArray
    table_start: IntArray
    table: FloatArray
    reference_start: IntArray
    share: FloatArray
    reference: PatternArray


@compiled
def decide(values: FloatArray, nodes: Nodes, node: int, decision: ByteArray, n: int) -> None:
    """Whether each of n values goes left at a node, as LightGBM decides."""
    threshold = nodes.threshold[node]
    nan_left = nodes.nan_goes_left[node]
    if nodes.kind[node] == NUMERIC:
        for r in range(n):
            value = values[r]
            decision[r] = np.uint8(value <= threshold) | (np.uint8(value != value) & nan_left)
    elif nodes.kind[node] == CATEGORICAL:
        first, end = nodes.word_start[node], nodes.word_start[node + 1]
        for r in range(n):
            value = values[r]
            decision[r] = np.uint8(0)
            if value > -1.0 and value < LARGEST_CODE:  # false for NaN
                code = np.int64(value)
                word = first + code // BITS_A_WORD
                if word < end:
                    decision[r] = np.uint8((nodes.words[word] >> (code & WORD_BITS)) & 1)
    else:
        zero_left = nodes.zero_goes_left[node]
        for r in range(n):
            value = values[r]
            is_missing = value != value or (value <= NEXT_TO_ZERO and value >= -NEXT_TO_ZERO)
            decision[r] = zero_left if is_missing else np.uint8(value <= threshold)


@compiled
def find_patterns(
    asked: tuple[IntArray, IntArray, ByteArray],
    first: int,
    end: int,
    decisions: ByteArray,
    bit: ByteArray,
    pattern: PatternArray,
    n: int,
) -> None:
    """Put bits ``first`` to ``end`` (excluded) of n households together.

    ``asked``: where the conditions of each bit start, their nodes, and the sides wanted.
    """
    condition_start, node, left = asked
    for r in range(n):
        pattern[r] = 0
    for b in range(first, end):
        shift = b - first
        condition, condition_end = condition_start[b], condition_start[b + 1]
        if condition_end == condition + 1 and left[condition] == 1:
            put_bit(decisions[node[condition]], shift, pattern, n)
            continue
        for r in range(n):
            bit[r] = 1
        for c in range(condition, condition_end):
            decision = decisions[node[c]]
            other = np.uint8(1 - left[c])
            for r in range(n):
                bit[r] &= decision[r] ^ other
        put_bit(bit, shift, pattern, n)


@compiled
def put_bit(bit: ByteArray, shift: int, pattern: PatternArray, n: int) -> None:
    """Set one bit of n patterns."""
    for r in range(n):
        pattern[r] |= PATTERN(bit[r]) << PATTERN(shift)


@compiled
def add_group(groups: Groups, group: int, pattern: PatternArray, total: TableArray, n: int) -> None:
    """Add one group's table rows to the totals of n households, ``total[column, household]``."""
    size = 1 << (groups.bit_start[group + 1] - groups.bit_start[group])
    at = groups.table_start[group]
    for c in range(groups.column_start[group], groups.column_start[group + 1]):
        table = groups.table[at : at + size]
        sums = total[groups.column[c]]
        for r in range(n):
            sums[r] += table[pattern[r]]
        at += size


@compiled
def multiply_others(
    deep: Deep, leaf: int, part: int, pattern: PatternArray, r: int, others: FloatArray
) -> None:
    """Product over all parts of a deep leaf but one, for household r at every point."""
    first_part, n_points = deep.part_start[leaf], deep.n_points[leaf]
    for q in range(n_points):
        others[q] = 1.0
    for other in range(first_part, deep.part_start[leaf + 1]):
        if other != part:
            row = np.int64(pattern[other - first_part, r])
            at = deep.table_start[other] + n_points * (row * (PART_FEATURES + 1) + PART_FEATURES)
            for q in range(n_points):
                others[q] *= deep.table[at + q]


@compiled
def add_deep(
    deep: Deep, leaf: int, pattern: PatternArray, work: FloatArray, total: TableArray, n: int
) -> None:
    """Add one deep leaf under the tree's own counts.

    ``pattern[part, household]``; ``work`` holds a vector of points and one of features.
    """
    n_points = deep.n_points[leaf]
    others, found = work[0], work[1]
    for part in range(deep.part_start[leaf], deep.part_start[leaf + 1]):
        first_bit, end_bit = deep.bit_start[part], deep.bit_start[part + 1]
        patterns = pattern[part - deep.part_start[leaf]]
        for r in range(n):
            multiply_others(deep, leaf, part, pattern, r, others)
            for i in range(PART_FEATURES):
                found[i] = 0.0
            at = deep.table_start[part] + n_points * np.int64(patterns[r]) * (PART_FEATURES + 1)
            for q in range(n_points):
                for i in range(PART_FEATURES):
                    found[i] += deep.table[at + i] * others[q]
                at += PART_FEATURES
            for b in range(first_bit, end_bit):
                total[deep.column[b], r] += found[b - first_bit]


@compiled
def add_reference(
    mine: np.uint64,
    theirs: np.uint64,
    d: int,
    share: float,
    weights: FloatArray,
    found: FloatArray,
) -> None:
    """Add what one reference pattern gives to each of d features of a leaf that both can reach."""
    only_mine, only_theirs = 0, 0
    for i in range(d):
        bit = PATTERN(1) << PATTERN(i)
        only_mine += (theirs & bit) == 0
        only_theirs += (mine & bit) == 0
    for i in range(d):
        bit = PATTERN(1) << PATTERN(i)
        if (theirs & bit) == 0:
            found[i] += share * weights[only_mine, only_theirs]
        elif (mine & bit) == 0:
            found[i] -= share * weights[only_theirs, only_mine]


@compiled
def add_deep_against(
    deep: Deep,
    leaf: int,
    patterns: PatternArray,
    found: FloatArray,
    weights: FloatArray,
    total: TableArray,
    n: int,
) -> None:
    """Add one deep leaf against a reference group, one distinct pattern of it after the other.

    ``weights[s, t]``: of s features that only the household satisfies and t that only the reference
    does, what each of the s gets: (s - 1)! t! / (s + t)!.
    """
    first = deep.bit_start[deep.part_start[leaf]]
    d = deep.bit_start[deep.part_start[leaf] + 1] - first
    whole = PATTERN(0)
    for i in range(d):
        whole |= PATTERN(1) << PATTERN(i)
    for r in range(n):
        mine = patterns[r]
        for i in range(d):
            found[i] = 0.0
        for k in range(deep.reference_start[leaf], deep.reference_start[leaf + 1]):
            # where a feature leads on for neither, the leaf is never reached
            if (mine | deep.reference[k]) == whole:
                share = deep.share[k] * deep.value[leaf]
                add_reference(mine, deep.reference[k], d, share, weights, found)
        for i in range(d):
            total[deep.column[first + i], r] += found[i]


@compiled
def most_between(start: IntArray) -> int:
    """Return the largest number of parts of anything, at least 1."""
    most = 1
    for i in range(start.size - 1):
        most = max(most, start[i + 1] - start[i])
    return most


@compiled
def add_deep_leaves(
    deep: Deep,
    tree: int,
    decisions: ByteArray,
    bit: ByteArray,
    pattern: PatternArray,
    work: FloatArray,
    weights: FloatArray,
    total: TableArray,
    n: int,
) -> None:
    """Add a tree's deep leaves."""
    asked = (deep.condition_start, deep.node, deep.left)
    for leaf in range(deep.start[tree], deep.start[tree + 1]):
        first_part = deep.part_start[leaf]
        for part in range(first_part, deep.part_start[leaf + 1]):
            first_bit, end_bit = deep.bit_start[part], deep.bit_start[part + 1]
            here = pattern[part - first_part]
            find_patterns(asked, first_bit, end_bit, decisions, bit, here, n)
        if deep.share.size > 0:
            add_deep_against(deep, leaf, pattern[0], work[0], weights, total, n)
        else:
            add_deep(deep, leaf, pattern, work, total, n)


@compiled
def explain_rows(
    matrix: FloatArray,
    first_row: int,
    end_row: int,
    used: IntArray,
    nodes: Nodes,
    groups: Groups,
    deep: Deep,
    weights: FloatArray,
    base: float,
    rows_a_block: int,
    out: FloatArray,
) -> None:
    """Contributions of rows ``first_row`` to ``end_row`` (excluded) into ``out``, base last."""
    n_used = used.size
    # rows a power of two apart would crowd each other out of the processor's cache
    width = rows_a_block + APART
    values = np.empty((n_used, width))
    total = np.empty((n_used, width), groups.table.dtype)
    decisions = np.empty((most_between(nodes.start), width), np.uint8)
    pattern = np.empty((most_between(deep.part_start), width), PATTERN)
    bit = np.empty(width, np.uint8)
    most_points = 1
    for leaf in range(deep.n_points.size):
        most_points = max(most_points, deep.n_points[leaf])
    work = np.empty((2, max(most_points, PART_FEATURES, weights.shape[0])))
    asked = (groups.condition_start, groups.node, groups.left)
    for start in range(first_row, end_row, rows_a_block):
        n = min(rows_a_block, end_row - start)
        for k in range(n_used):
            for r in range(n):
                values[k, r] = matrix[start + r, used[k]]
                total[k, r] = 0.0
        for tree in range(nodes.start.size - 1):
            first_node = nodes.start[tree]
            for node in range(first_node, nodes.start[tree + 1]):
                decide(values[nodes.column[node]], nodes, node, decisions[node - first_node], n)
            for group in range(groups.start[tree], groups.start[tree + 1]):
                first_bit, end_bit = groups.bit_start[group], groups.bit_start[group + 1]
                find_patterns(asked, first_bit, end_bit, decisions, bit, pattern[0], n)
                add_group(groups, group, pattern[0], total, n)
            add_deep_leaves(deep, tree, decisions, bit, pattern, work, weights, total, n)
        for r in range(n):
            for k in range(n_used):
                out[start + r, used[k]] = total[k, r]
            out[start + r, out.shape[1] - 1] = base


@compiled
def embed(
    table: FloatArray,
    leaf: FloatArray,
    row: IntArray,
    condition_start: IntArray,
    bit: IntArray,
    left: ByteArray,
) -> None:
    """Add a leaf's table over its features to a group's table over nodes.

    Feature i of the leaf has the conditions ``condition_start[i]`` to ``condition_start[i + 1]`` on
    bits of the group's pattern, and goes to row ``row[i]``.
    """
    d = leaf.shape[0]
    for p in range(table.shape[1]):
        pattern = 0
        for i in range(d):
            holds = 1
            for c in range(condition_start[i], condition_start[i + 1]):
                if ((p >> bit[c]) & 1) != left[c]:
                    holds = 0
            pattern |= holds << i
        for i in range(d):
            table[row[i], p] += leaf[i, pattern]
