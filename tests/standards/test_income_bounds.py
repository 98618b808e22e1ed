"""Income between bounds: exact per head, and what is missing never turns an answer."""

from __future__ import annotations

import itertools
from datetime import date
from fractions import Fraction
from math import floor

import narwhals as nw
import numpy as np
import polars as pl
import pytest

from fanpin_risk.household.income_account import COLUMNS
from fanpin_risk.standards.evaluate import condition_of
from fanpin_risk.standards.income_bounds import Bounds, Line, has_fallen, is_below, settled
from fanpin_risk.standards.income_rules import INCOME_RULES
from fanpin_risk.standards.readings import Readings
from fanpin_risk.standards.terms_of_rule import terms_of

DAY = date(2025, 6, 30)
COSTS = {"compliant_own_12m_known_fen": nw.Int64(), "compliant_own_12m_open": nw.Int64()}
READINGS = [
    Readings(),
    Readings(income_source="account", missing_part="cannot_tell", business_loss="floor_at_zero"),
    Readings(income_source="register", per_head_rounding="half_up_to_yuan"),
    Readings(own_budget_member="left_out", business_loss="floor_at_zero"),
]


def asked(condition, **columns):
    """What a condition says of rows."""
    frame = nw.from_native(pl.DataFrame(columns), eager_only=True)
    return frame.select(x=condition)["x"].to_list()


def exact(column):
    """An amount that is known."""
    amount = nw.col(column)
    return Bounds(lower=amount, upper=amount, has_lower=nw.lit(True), has_upper=nw.lit(True))


ROUNDED = {
    "none": lambda per_head: per_head,
    "down_to_fen": floor,
    "half_up_to_yuan": lambda per_head: floor(per_head / 100 + Fraction(1, 2)) * 100,
}


@pytest.mark.parametrize("rounding", sorted(ROUNDED))
@pytest.mark.parametrize("scale", [1, 10_000])
def test_per_head_at_a_line_is_that_of_fractions(rounding, scale):
    """Around lines of whole yuan and of odd fen, for every size of household, losses too."""
    rows = [
        (total, heads, line * scale + extra)
        for line in (750_000, 750_001, 749_951, 0, 99)
        for extra in ((0,) if scale == 1 else (0, 1, 9_999))
        for heads in (1, 2, 3, 7)
        for total in sorted(
            {line * heads + step for step in (-200, -151, -150, -149, -51, -50, -49, -1, 0, 1, 60)}
        )
    ]
    totals, heads, lines = zip(*rows, strict=True)
    line = Line(per_head=nw.col("line"), heads=nw.col("heads"), scale=scale)
    condition = settled(*is_below(exact("total"), line, Readings(per_head_rounding=rounding)))
    found = asked(condition, total=totals, heads=heads, line=lines)
    expected = [
        ROUNDED[rounding](Fraction(total, n)) < Fraction(limit, scale) for total, n, limit in rows
    ]
    assert found == expected
    assert {True, False} <= set(found)


def test_every_combination_of_yes_and_no():
    """Kleene: only a yes without a no, or a no without a yes, is an answer."""
    kinds = (True, False, None)
    pairs = list(itertools.product(kinds, kinds, kinds))
    yes, no, other = zip(*pairs, strict=True)
    found = asked(
        settled(nw.col("y"), nw.col("n"), nw.col("o")), y=list(yes), n=list(no), o=list(other)
    )
    expected = {(True, False): True, (False, True): False}
    assert found == [
        expected.get((y, n), o if (y, n) == (False, False) else None) for y, n, o in pairs
    ]


def test_a_fall_is_that_of_intervals():
    """Slow: true if every pair within the bounds has fallen so far, false if none has."""
    kinds = [(low, high) for low in (-3, 0, 3, 7, 10) for high in (-3, 0, 3, 7, 10) if low <= high]
    rows = list(itertools.product(kinds, kinds))
    now, before = (
        Bounds(
            lower=nw.col(f"{name}_low"),
            upper=nw.col(f"{name}_high"),
            has_lower=nw.lit(True),
            has_upper=nw.lit(True),
        )
        for name in ("now", "before")
    )
    found = asked(
        settled(*has_fallen(now, before, nw.lit(3_000))),
        now_low=[n[0] for n, _ in rows],
        now_high=[n[1] for n, _ in rows],
        before_low=[b[0] for _, b in rows],
        before_high=[b[1] for _, b in rows],
    )

    def falls(after, earlier):
        return earlier > 0 and Fraction(earlier - after, earlier) >= Fraction(3, 10)

    for (n, b), answer in zip(rows, found, strict=True):
        all_pairs = itertools.product(range(n[0], n[1] + 1), range(b[0], b[1] + 1))
        said = {falls(after, earlier) for after, earlier in all_pairs}
        if answer is not None:
            assert said == {answer}, (n, b)
        elif b[0] > 0:
            assert said == {True, False}, (n, b)
    assert {True, False, None} == set(found)


def facts_at_random(n, seed):
    """Facts of households near the lines, consistent or not, a tenth of them not known."""
    rng = np.random.default_rng(seed)
    columns = {
        **{name: kind for name, kind in COLUMNS.items() if kind != nw.String()},
        **COSTS,
        "heads": nw.Int64(),
        "employment_cost_known_fen": nw.Int64(),
    }
    found = {}
    for name, kind in columns.items():
        if kind == nw.Boolean():
            values = rng.integers(0, 2, n).astype(bool).tolist()
        elif name.startswith("heads"):
            values = rng.integers(1, 4, n).tolist()
        elif name.endswith("_open"):
            values = rng.integers(0, 2, n).tolist()
        elif "cost" in name or name.startswith(("wage_of_away", "compliant")):
            values = rng.integers(0, 9, n).tolist()
        else:
            values = rng.integers(-5, 60, n).tolist()
        found[name] = [
            None if gone else v for v, gone in zip(values, rng.random(n) < 0.1, strict=True)
        ]
    found |= {
        "p|monitoring_line": rng.integers(5, 15, n).tolist(),
        "p|rural_dibao_year": rng.integers(5, 15, n).tolist(),
        "p|dibao_edge_multiple": [15_000] * n,
        "p|sharp_income_fall_share": [3_000] * n,
    }
    return pl.DataFrame(found, strict=False).with_columns(
        pl.lit(None, dtype=pl.String).alias("employment_cost_record")
    )


@pytest.mark.parametrize("readings", READINGS, ids=range(len(READINGS)))
@pytest.mark.parametrize("rule", INCOME_RULES, ids=lambda rule: rule.name)
def test_what_is_missing_never_turns_an_answer(rule, readings):
    """Any column taken away leaves an answer as it was, or open."""
    frame = facts_at_random(2_000, 7)
    condition = condition_of(rule, readings)
    whole = _answers(frame, condition)
    turned, opened = 0, 0
    looked_at = terms_of(condition, dict(frame.schema)).columns
    for name in looked_at:
        masked = frame.with_columns(pl.lit(None, dtype=frame.schema[name]).alias(name))
        less = _answers(masked, condition)
        turned += ((less != whole) | (less.is_not_null() & whole.is_null())).sum()
        opened += (less.is_null() & whole.is_not_null()).sum()
    assert turned == 0
    assert opened > 0
    assert set(whole.to_list()) == {True, False, None}


def _answers(frame, condition):
    """What a condition says of every row."""
    found = nw.from_native(frame, eager_only=True).select(x=condition)["x"].to_native()
    return found.cast(pl.Boolean)
