"""Blocks of equal score, and what is refused at the door."""

from __future__ import annotations

import numpy as np
import pytest

from fanpin_risk.errors import SchemaError
from fanpin_risk.risk.ranking import (
    at_cut,
    block_bounds,
    checked_column,
    checked_flag,
    checked_outcome,
    checked_risk,
    checked_score,
    checked_weight,
    ratio,
    running_totals,
)


def test_running_totals_go_from_the_highest_score_down_and_stop_at_blocks():
    """Three blocks, the middle one of two rows: totals 0, first, first three, all."""
    score = np.array([0.2, 0.7, 0.9, 0.7])
    (totals,) = running_totals(score, np.array([1.0, 10.0, 100.0, 1000.0]))
    assert totals.tolist() == [0, 100, 1110, 1111]


def test_a_cut_inside_a_block_takes_it_in_proportion():
    """Half-way into a block of two the cut holds half of what the block holds."""
    counts, totals = np.array([0.0, 1, 3]), np.array([0.0, 100, 1110])
    assert at_cut([0, 0.5, 1, 2, 3], counts=counts, totals=totals).tolist() == [
        0,
        50,
        100,
        605,
        1110,
    ]


def test_infinite_scores_tie_like_others():
    """Two rows of minus infinity are one block."""
    assert block_bounds(np.array([1.0, -np.inf, -np.inf])).tolist() == [0, 1, 3]


def test_blocks_end_where_any_column_changes():
    """Equal scores of two dates are two blocks; no rows are no block."""
    assert block_bounds(np.array([0, 0, 1]), np.array([5.0, 5.0, 5.0])).tolist() == [0, 2, 3]
    assert block_bounds(np.array([])).tolist() == [0]


def test_ratio_is_undefined_over_zero():
    """No warning and no infinity: NaN says that the share does not exist."""
    assert np.array_equal(ratio([0.0, 1.0, 1.0], [0.0, 0.0, 4.0]), [np.nan, np.nan, 0.25], True)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        pytest.param(lambda: checked_score([1.0, np.nan]), "missing in 1 rows", id="no score"),
        pytest.param(lambda: checked_score([[1.0]]), "one dimension", id="a matrix"),
        pytest.param(lambda: checked_risk([0.5, 1.2]), r"\[0, 1\], got 0.5 to 1.2", id="no risk"),
        pytest.param(
            lambda: checked_column([1.0], name="weight", n_rows=2), "2 rows, got 1", id="short"
        ),
        pytest.param(
            lambda: checked_outcome([0, 2], n_rows=2), "0 or 1, got 2", id="an unknown outcome code"
        ),
        pytest.param(lambda: checked_outcome([0, 0.5], n_rows=2), "0 or 1, got 0.5", id="a share"),
        pytest.param(
            lambda: checked_outcome([0, 1.5], n_rows=2, fractional=True),
            "between 0 and 1, got 1.5",
            id="more than one",
        ),
        pytest.param(
            lambda: checked_outcome([0, np.nan], n_rows=2), "not known in 1 rows", id="unknown"
        ),
        pytest.param(lambda: checked_weight([-1.0], n_rows=1), "not negative", id="minus"),
        pytest.param(lambda: checked_weight([np.nan], n_rows=1), "finite", id="no weight"),
        pytest.param(
            lambda: checked_flag([1, 0], name="must_visit", n_rows=2),
            "must_visit must be true or false",
            id="numbers for a truth value",
        ),
        pytest.param(
            lambda: checked_flag([True], name="must_visit", n_rows=2), "2 rows", id="too few flags"
        ),
    ],
)
def test_a_column_that_does_not_fit_is_refused_by_name(call, words):
    """The message names the column and shows what it found."""
    with pytest.raises(SchemaError, match=words):
        call()
