"""The rule floor: further visits by any score, after the visits that the rules demand."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanpin_risk.errors import SchemaError
from fanpin_risk.risk.metrics import at_k
from fanpin_risk.targeting.compare import (
    floor_note,
    found_curve,
    increment,
    recall_ratio_cap,
    rule_floor,
    rules_then_score,
)

MUST = np.array([True, True, False, False, False, False])
FELL = np.array([1, 0, 1, 0, 1, 0.0])
INCOME = np.array([9, 8, 3, 4, 2, 1.0])  # poorest first
MODEL = np.array([1, 1, 9, 2, 8, 1.0])

cohorts = st.lists(
    st.tuples(st.integers(0, 4), st.booleans(), st.sampled_from([0.0, 1.0, math.nan])),
    min_size=1,
    max_size=25,
)


def test_increment_leaves_the_must_visits_out():
    """Two further visits by the model find both falls, by income one of two."""
    assert increment(MODEL, MUST, FELL, 2).falls == 2
    by_income = increment(INCOME, MUST, FELL, 2)
    assert (by_income.falls, by_income.precision, by_income.unknown_share) == (1, 0.5, 0)


def test_what_the_must_visits_score_is_of_no_account():
    """Their scores and outcomes change nothing in the further visits."""
    other = np.where(MUST, 99.0, MODEL)
    assert increment(MODEL, MUST, FELL, 2) == increment(other, MUST, np.where(MUST, 1, FELL), 2)


@pytest.mark.parametrize("n_further", [1, 2, 3, 4])
def test_ties_are_the_mean_over_every_order(n_further):
    """Falls found equal their mean over all orders of equal scores."""
    score = np.array([5, 5, 2, 1, 1, 1.0])
    left = np.flatnonzero(~MUST)
    orders = [o for o in permutations(left) if np.all(np.diff(score[list(o)]) <= 0)]
    expected = np.mean([FELL[list(order[:n_further])].sum() for order in orders])
    assert increment(score, MUST, FELL, n_further).falls == pytest.approx(expected, abs=1e-12)


def test_unknown_outcomes_use_up_visits():
    """Of two further visits one is unknown: one known fall, precision 1, half unknown."""
    row = increment(MODEL, MUST, [1, 0, 1, 0, math.nan, 0], 2)
    assert (row.falls, row.precision, row.unknown_share) == (1, 1, 0.5)


def test_weights_count_falls_not_visits():
    """The found fall stands for three; the cut is still one household."""
    row = increment(MODEL, MUST, FELL, 2, weight=[1, 1, 3, 1, 1, 1])
    assert (row.n_further, row.falls, row.precision) == (2, 4, 1)


def test_no_more_visits_than_households_left():
    """Ten further visits with four households left are four."""
    assert increment(MODEL, MUST, FELL, 10).n_further == 4
    nobody = increment(MODEL, np.ones(6, dtype=bool), FELL, 3)
    assert (nobody.n_further, nobody.falls) == (0, 0)
    assert math.isnan(nobody.precision)


@given(cohorts)
@settings(max_examples=100, deadline=None)
def test_rules_then_score_keeps_both_orders(rows):
    """Every must-visit is above all others; inside each part the order and the ties are kept."""
    score = np.array([row[0] for row in rows], dtype=float)
    must = np.array([row[1] for row in rows])
    rules = -score
    ranking = rules_then_score(score, must, rules_score=rules)
    if must.any() and not must.all():
        assert ranking[must].min() > ranking[~must].max()
    for part, own in ((must, rules), (~must, score)):
        expected = np.sign(own[part][:, None] - own[part][None, :])
        assert np.array_equal(np.sign(ranking[part][:, None] - ranking[part][None, :]), expected)


@given(cohorts, st.floats(0, 1))
@settings(max_examples=100, deadline=None)
def test_the_curve_is_must_visits_plus_increment(rows, share):
    """Falls at M + e visits are those among the must-visits and those of e further visits."""
    score = np.array([row[0] for row in rows], dtype=float)
    must, fell = np.array([row[1] for row in rows]), np.array([row[2] for row in rows])
    further = share * float(np.sum(~must))
    (row,) = found_curve(score, must, fell, [must.sum() + further])
    added = increment(score, must, fell, further)
    assert row.falls == pytest.approx(np.nansum(fell[must]) + added.falls, abs=1e-9)
    assert row.n_further == pytest.approx(further, abs=1e-9)


def test_the_curve_is_at_k_of_the_joint_ranking():
    """Recall, precision and unknown share are those that at_k gives."""
    fell = np.array([1, 0, 1, math.nan, 1, 0])
    for row in found_curve(MODEL, MUST, fell, [1, 3, 4.5, 6]):
        top = at_k(rules_then_score(MODEL, MUST), fell, row.n_visits)
        assert (row.recall, row.precision, row.unknown_share) == pytest.approx(
            (top.recall, top.precision, top.unknown_share), abs=1e-12
        )


def test_a_budget_that_the_rules_fill_is_named():
    """At k = M the score adds nothing and the row says so; one visit more and it may."""
    full, more = found_curve(MODEL, MUST, FELL, [2, 3])
    assert (full.rules_fill_budget, full.n_further, full.falls) == (True, 0, 1)
    assert (more.rules_fill_budget, more.n_further, more.falls) == (False, 1, 2)
    assert found_curve(INCOME, MUST, FELL, [2])[0].falls == full.falls
    zh, en = floor_note(full.n_must_visit, full.n_visits)
    assert "占满" in zh
    assert "adds nothing" in en
    assert floor_note(2, 3) is None


def test_below_the_must_visits_their_own_order_counts():
    """One visit: half a fall in random order, none when the rules put the other one first."""
    (random,) = found_curve(MODEL, MUST, FELL, [1])
    (ordered,) = found_curve(MODEL, MUST, FELL, [1], rules_score=[1, 2, 0, 0, 0, 0])
    assert (random.falls, ordered.falls) == (0.5, 0)


def test_rule_floor_sets_methods_side_by_side():
    """Model 2 falls, rules 1, random 1, oracle 2; recall 3/3 against 2/3, which caps the ratio."""
    rows = rule_floor({"income": INCOME, "model": MODEL}, MUST, FELL, 2, rules="income")
    assert {name: row.further.falls for name, row in rows.items()} == {
        "random": 1,
        "oracle": 2,
        "income": 1,
        "model": 2,
    }
    assert rows["model"].increment_ratio == 2
    assert rows["model"].recall == 1
    assert rows["model"].recall_ratio == pytest.approx(rows["model"].recall_ratio_cap)
    assert rows["model"].recall_ratio_cap == pytest.approx(1.5)
    assert rows["income"].recall_ratio == 1


@given(cohorts, st.floats(0, 10), st.integers(0, 99))
@settings(max_examples=100, deadline=None)
def test_nobody_beats_the_oracle_or_the_cap(rows, n_further, seed):
    """No score finds more than the oracle, and no recall ratio exceeds its cap."""
    score = np.array([row[0] for row in rows], dtype=float)
    must, fell = np.array([row[1] for row in rows]), np.array([row[2] for row in rows])
    other = np.random.default_rng(seed).normal(size=score.size)
    found = rule_floor({"rules": score, "other": other}, must, fell, n_further, rules="rules")
    for row in found.values():
        assert row.further.falls <= found["oracle"].further.falls + 1e-9
        assert not row.recall_ratio > row.recall_ratio_cap + 1e-9


def test_rules_that_find_nothing_have_no_ratio():
    """Over no falls a ratio is undefined, not infinite."""
    assert math.isnan(recall_ratio_cap(0.0))
    rows = rule_floor({"income": INCOME}, MUST, np.zeros(6), 2, rules="income")
    assert math.isnan(rows["income"].increment_ratio)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        pytest.param(
            lambda: increment(MODEL, MUST, FELL, -1), "n_further must be at least 0", id="minus"
        ),
        pytest.param(
            lambda: increment(MODEL, MUST.astype(float), FELL, 1),
            "must_visit must be true or false",
            id="numbers for flags",
        ),
        pytest.param(
            lambda: found_curve(MODEL, MUST, FELL, [7]), "between 0 and the 6", id="too many"
        ),
        pytest.param(
            lambda: rules_then_score(MODEL, MUST, rules_score=[1.0]),
            "rules_score must have 6 values",
            id="short rules order",
        ),
        pytest.param(
            lambda: rule_floor({"model": MODEL}, MUST, FELL, 1, rules="income"),
            "No score for the rules' order 'income'",
            id="no rules",
        ),
    ],
)
def test_what_does_not_fit_is_refused_by_name(call, words):
    """The message names the argument and what would fit."""
    with pytest.raises(SchemaError, match=words):
        call()
