"""The fast way and the slow one give the same reasons; blocks, order and parts change nothing."""

from __future__ import annotations

import runpy
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from fanpin_risk.causes import Cause
from fanpin_risk.explain.amounts import said
from fanpin_risk.explain.comparisons import Beside, changes_of
from fanpin_risk.explain.middle import middle_of
from fanpin_risk.explain.reasons import reasons
from fanpin_risk.explain.sentences import head
from fanpin_risk.explain.shown import distinct, read_alike, wordings
from fanpin_risk.explain.telling import rule_of, tells
from fanpin_risk.explain.wording import Evidence, worded
from fanpin_risk.indicators.catalogue import CATALOGUE, COUNTY, SURVEY, columns_of
from fanpin_risk.indicators.indicator import Aggregate

SLOW = runpy.run_path(str(Path(__file__).resolve().parent.parent / "reference" / "slow_reasons.py"))
slow_reasons, slow_tells = SLOW["slow_reasons"], SLOW["slow_tells"]
AS_OF = date(2025, 8, 31)
ALL = columns_of(CATALOGUE)
GRID = np.array(
    [
        *(0.0, -0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 17.0, 365.0, 366.0, -1.0, -0.5, -3.0),
        *(0.0004, -0.0004, 0.001, 0.004, 0.005, 0.015, 0.035, 0.045, 0.0995, 0.09995, 0.1, 0.105),
        *(0.125, 0.25, 0.35, 0.995, 1.005, 1.125, 1.255, 1.985, 1.995, 1.9995, 2.05, 2.25, 9.95),
        *(-0.0995, -0.1, -1.995, -2.0, -2.05, 1e-9, -1e-9, 60.0, 6000.0, 60000.0, 2.0**41, 1e300),
    ]
)
"""Numbers at which words change."""


def column_values(column, rng, n):
    """Values of a column: those where words change, plain ones, and gaps."""
    if column.indicator.is_categorical:
        return pl.Series(column.name, rng.choice(["a", "b", None], n).tolist(), dtype=pl.String)
    if column.indicator.unit == "yes_no" and column.aggregate is not Aggregate.CHANGE:
        found = rng.integers(0, 2, n).astype(float)
    elif column.aggregate in (Aggregate.AGE, Aggregate.DAYS_SINCE):
        found = rng.integers(0, 900, n).astype(float)
    elif column.indicator.unit == "danger_grade" and column.aggregate is not Aggregate.CHANGE:
        found = rng.integers(1, 5, n).astype(float)
    else:
        kinds = (rng.choice(GRID[:-2], n), rng.normal(1.0, 1.0, n), rng.gamma(1.0, 0.3, n))
        found = np.choose(rng.integers(0, 3, n), kinds)
        if rng.random() < 0.5:
            found = np.round(found)
    return pl.Series(column.name, np.where(rng.random(n) < 0.15, np.nan, found)).fill_nan(None)


def case(columns, *, seed, n=300):
    """Arguments of `reasons` for households made up at random."""
    rng = np.random.default_rng(seed)
    table = pl.DataFrame([column_values(column, rng, n) for column in columns]).insert_column(
        0, pl.Series("household_id", [f"h{i:04d}" for i in range(n)])
    )
    parts = np.round(rng.normal(scale=0.1, size=(n, len(columns))), rng.integers(2, 9))
    parts[rng.random(parts.shape) < 0.2] = 0.0
    days = np.array(["2025-06-30", "2025-07-31", "2025-08-31"], dtype="datetime64[D]")
    villages = pl.Series(rng.choice(["v1", "v2", "v3", "small"], n, p=[0.4, 0.3, 0.28, 0.02]))
    return {
        "contributions": parts,
        "features": table,
        "columns": columns,
        "seen_on": pl.Series(rng.choice(days, n)),
        "as_of": AS_OF,
        "n_reasons": int(rng.integers(1, 14)),
        "raw_score": rng.normal(-2, 2, n),
        "villages": villages.set(pl.Series(rng.random(n) < 0.1), None),
    }


def same(found, expected):
    """All columns to the last bit, but for probability points, of another formula."""
    assert_frame_equal(found.drop("risk_points"), expected.drop("risk_points"), check_exact=True)
    assert_frame_equal(found, expected, rel_tol=0, abs_tol=1e-12)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("catalogue", [SURVEY, COUNTY, CATALOGUE], ids=["survey", "county", "both"])
def test_the_fast_way_gives_what_the_slow_one_gives(catalogue, seed):
    """Household by household and rule by rule, the same frame."""
    given = case(columns_of(catalogue), seed=seed)
    expected = slow_reasons(**given)
    same(reasons(**given), expected)
    assert expected.filter(pl.col("contribution") > 0).height > 100


def test_without_villages_and_scores_nothing_is_made_up():
    """Nobody is compared with a village that is not given, and points are not known."""
    given = case(columns_of(COUNTY), seed=9) | {"villages": None, "raw_score": None}
    found = reasons(**given)
    same(found, slow_reasons(**given))
    assert not found["text_zh"].str.contains("本村中间水平|本村半数以上").any()
    assert found["risk_points"].null_count() == found.height


def test_block_size_order_and_parts_change_nothing():
    """Any block size, any order of rows, and batches given the middle of all: the same words."""
    given = case(columns_of(COUNTY), seed=11)
    whole = reasons(**given)
    for block in (1, 7, 299, 300, 1000):
        assert_frame_equal(reasons(**given, block=block), whole, check_exact=True)
    order = np.random.default_rng(0).permutation(300)
    turned = _rows(given, order)
    assert_frame_equal(
        reasons(**turned, block=64).sort("household_id", "rank"), whole, check_exact=True
    )
    middle = middle_of(given["features"], given["columns"], given["villages"])
    parts = [_rows(given, np.arange(start, min(start + 90, 300))) for start in range(0, 300, 90)]
    halves = pl.concat([reasons(**part, middle=middle) for part in parts])
    assert_frame_equal(halves, whole, check_exact=True)
    alone = pl.concat([reasons(**part) for part in parts])
    assert not alone.equals(whole), "without the middle of all the words would differ"


def _rows(given, rows):
    """The same arguments for some households."""
    return given | {
        "contributions": given["contributions"][rows],
        "features": given["features"][rows],
        "seen_on": given["seen_on"][rows],
        "raw_score": given["raw_score"][rows],
        "villages": given["villages"][rows],
    }


def test_nobody_gives_no_line():
    """A day on which nobody is asked about gives an empty table of the same columns."""
    given = _rows(case(columns_of(COUNTY), seed=1), np.arange(0))
    found = reasons(**given)
    assert found.height == 0
    assert found.schema == reasons(**case(columns_of(COUNTY), seed=1)).schema


@pytest.mark.parametrize("name", ["contributions", "seen_on", "raw_score", "villages"])
def test_arguments_about_other_households_are_refused(name):
    """One row too few is said with its name and number."""
    given = case(columns_of(COUNTY), seed=1)
    given[name] = given[name][:-1]
    with pytest.raises(ValueError, match=rf"There are 300 households.*'{name}': 299"):
        reasons(**given)


# Parts of the fast way


@pytest.mark.parametrize("column", ALL, ids=lambda column: column.name)
def test_which_values_tell_is_found_without_words(column):
    """Edges of rounding give what comparing the words of every value gives."""
    is_code = column.indicator.is_categorical
    rng = np.random.default_rng(len(column.name))
    values = np.concatenate([GRID, np.nextafter(GRID, 9), np.nextafter(GRID, -9), [np.nan]])
    for median in (None, 0.0, 0.005, 0.5, 1.995, -0.0004, float(rng.choice(GRID))):
        if is_code:
            continue
        found = tells(rule_of(column, median, 0.9), values)
        shown = [None if np.isnan(v) else float(v) + 0.0 for v in values]
        expected = [slow_tells(column, value, median, 0.9) for value in shown]
        assert found.tolist() == expected, median


@pytest.mark.parametrize("column", ALL, ids=lambda column: column.name)
def test_values_with_one_key_are_said_in_the_same_words(column):
    """For every pair with equal keys the whole sentence is the same; and alike is alike."""
    if column.indicator.is_categorical:
        return
    rng = np.random.default_rng(1)
    values = np.concatenate([GRID + 0.0, np.nextafter(GRID, 9), rng.normal(1, 1, 200)])
    if column.aggregate in (Aggregate.DAYS_SINCE, Aggregate.AGE):
        values = rng.integers(0, 900, 200).astype(float)
    here = np.zeros(len(values), dtype=np.intp)
    kind, label = wordings([column], here, values)
    first, which = distinct(label, kind)
    for value, stands in zip(values, values[first[which]], strict=True):
        for beside in (None, 0.3):
            words = head(column, float(value), beside, Beside.EVERYBODY, AS_OF, Cause.OTHER)
            if beside is None or (value > beside) == (stands > beside):
                assert words == head(
                    column, float(stands), beside, Beside.EVERYBODY, AS_OF, Cause.OTHER
                )
    others = rng.permutation(values)
    alike = read_alike([column], here, values, others).tolist()
    pairs = zip(values.tolist(), others.tolist(), strict=True)
    assert alike == [said(column, one) == said(column, other) for one, other in pairs]


def test_values_on_either_side_are_not_said_in_one_sentence():
    """Above and below a median that both read like: the number is the same, the side is not."""
    (column,) = [c for c in ALL if c.name == "bills_count_12m"]
    evidence = Evidence(
        columns=np.zeros(2, dtype=np.intp),
        causes=np.zeros(2, dtype=np.intp),
        values=np.array([3.4, 2.6]),
        days=np.full(2, 20_000),
        whose=np.full(2, Beside.EVERYBODY, dtype=np.int8),
        beside=np.full(2, 3.0),
    )
    above, below = worded(evidence, [column], AS_OF)["text_zh"]
    assert "3次，高于" in above
    assert "3次，低于" in below


def test_words_are_made_for_few_values():
    """Thousands of amounts need no more sentences than there are percents."""
    (column,) = [c for c in ALL if c.name == "own_cost_to_line_sum_12m"]
    values = np.random.default_rng(0).uniform(0, 1, 50_000)
    kind, label = wordings([column], np.zeros(50_000, dtype=np.intp), values)
    assert len(distinct(label, kind)[0]) < 150


def test_changes_belong_to_the_same_indicator_and_window():
    """What a window is compared with is the change of that very window."""
    names = [column.name for column in ALL]
    pairs = {names[i]: names[j] for i, j in enumerate(changes_of(ALL)) if j >= 0}
    assert pairs["own_cost_to_line_sum_3m"] == "own_cost_to_line_change_3m"
    assert pairs["months_worked_count_12m"] == "months_worked_change_12m"
    assert pairs["register_income_to_line_latest"] == "register_income_to_line_change"
    assert "wage_of_month_to_line_mean_12m" not in pairs
    assert "help_to_line_sum_12m" not in pairs
