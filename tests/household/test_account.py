"""Where a household stands to the line on each visit: exactly, or not known."""

from __future__ import annotations

import runpy
from datetime import date
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import narwhals as nw
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanpin_risk.dates import day_number
from fanpin_risk.household.account import household_account, is_below
from fanpin_risk.records.timeline import known_as_of

SMALL = SimpleNamespace(
    **runpy.run_path(str(Path(__file__).parents[1] / "reference" / "small_records.py"))
)
DAY = date(2012, 3, 31)


def account(visits, line_e4=9_000_000, *, as_of=DAY, days=(DAY,)):
    """Account of some visits, with one line for place C1 on some days."""
    lines = pl.DataFrame(
        {
            "context_place": ["C1"] * len(days),
            "occurred_day": [day_number(day) for day in days],
            "income_line_e4": [line_e4] * len(days),
        },
        schema={
            "context_place": pl.String(),
            "occurred_day": pl.Int32(),
            "income_line_e4": pl.Int64(),
        },
    )
    known = known_as_of(SMALL.records(visits), as_of)
    table = nw.from_native(lines, eager_only=True)
    found = household_account(known, table, line="income_line").to_native()
    return {row["household_id"]: row for row in found.iter_rows(named=True)}


def answer(total_minor, members, line_e4):
    """Answer of the comparison for one household."""
    frame = pl.DataFrame(
        {"t": [total_minor], "m": [members], "l": [line_e4]},
        schema=dict.fromkeys("tml", pl.Int64()),
    )
    rows = nw.from_native(frame, eager_only=True)
    return rows.select(x=is_below(nw.col("t"), nw.col("m"), nw.col("l")))["x"].item()


@pytest.mark.parametrize(
    ("total_minor", "expected"),
    [
        pytest.param(2_699, True, id="one minor unit below the line is below"),
        pytest.param(2_700, False, id="exactly on the line is not below"),
        pytest.param(2_701, False, id="one minor unit above is not below"),
        pytest.param(None, None, id="an income that is not known gives no answer"),
    ],
)
def test_three_persons_and_a_line_of_900(total_minor, expected):
    """Income per head of 900 is on the line, though 2700 / 3 would also be a float."""
    row = account([SMALL.visit("h1", DAY, members=3, total_minor=total_minor)])["h1"]
    assert row["is_below_line"] is expected
    assert row["line_e4"] == 9_000_000


def test_a_third_of_a_minor_unit_below_the_line_is_below():
    """100 for three persons against 33.3334: no rounding makes the two equal."""
    assert answer(100, 3, 333_334) is True
    assert answer(100, 3, 333_333) is False


@settings(deadline=None)
@given(
    total_minor=st.integers(1, 90_000_000_000),
    members=st.integers(1, 60),
    line=st.integers(1, 10**13),
    shift=st.sampled_from([-1, 0, 1, None]),
)
def test_the_comparison_is_that_of_fractions(total_minor, members, line, shift):
    """Over the whole range that the contract allows, near the line and far from it."""
    if shift is not None:
        line = max(1, total_minor * 10_000 // members + shift)
    expected = Fraction(total_minor, members) < Fraction(line, 10_000)
    assert answer(total_minor, members, line) is expected


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_whatever_is_missing_there_is_no_answer(missing):
    """Income, members or line: without one of them nothing is said."""
    values = [100, 1, 5_000_000]
    values[missing] = None
    assert answer(*values) is None


@settings(deadline=None)
@given(
    total_minor=st.integers(1, 90_000_000_000),
    members=st.integers(1, 60),
    line=st.integers(1, 10**12),
)
def test_the_ratio_is_rounded_down_to_a_ten_thousandth(total_minor, members, line):
    """So a ratio below one and an income below the line are the same thing."""
    row = account([SMALL.visit("h1", DAY, members=members, total_minor=total_minor)], line)["h1"]
    exact = Fraction(total_minor, members) / Fraction(line, 10_000)
    assert row["income_to_line_e4"] == int(exact * 10_000)
    assert (row["income_to_line_e4"] < 10_000) is row["is_below_line"]


def test_another_quarters_or_places_line_is_never_used():
    """Only the line of the visit's own place and day counts."""
    visits = [
        SMALL.visit("same", DAY, total_minor=500),
        SMALL.visit("other day", date(2011, 12, 31), total_minor=500),
        SMALL.visit("other place", DAY, total_minor=500, context_place="C2"),
    ]
    found = account(visits)
    assert found["same"]["is_below_line"] is True
    for name in ("other day", "other place"):
        row = found[name]
        assert (row["line_e4"], row["income_to_line_e4"], row["is_below_line"]) == (None,) * 3


def test_a_line_of_zero_has_nobody_below_it():
    """No ratio exists to a line of nothing, and no income is below it."""
    row = account([SMALL.visit("h1", DAY, total_minor=1)], 0)["h1"]
    assert (row["income_to_line_e4"], row["is_below_line"]) == (None, False)


def test_a_visit_without_an_income_record_is_still_a_visit():
    """Seen, with members, and nothing known of its income."""
    row = account([SMALL.visit("h1", DAY, members=4, without=("income",))])["h1"]
    assert (row["members"], row["total_minor"], row["is_below_line"]) == (4, None, None)
    assert row["is_imputed"] is None


def test_every_known_visit_has_one_row_and_no_later_one_has():
    """Visits in the future are not there."""
    visits = [SMALL.visit("h1", day) for day in ("2011-12-31", "2012-03-31", "2012-06-30")]
    known = known_as_of(SMALL.records(visits), DAY)
    lines = pl.DataFrame(
        schema={
            "context_place": pl.String(),
            "occurred_day": pl.Int32(),
            "income_line_e4": pl.Int64(),
        }
    )
    table = nw.from_native(lines, eager_only=True)
    found = household_account(known, table, line="income_line")
    assert sorted(found["occurred_day"].to_list()) == [day_number(date(2011, 12, 31)), 15_430]
    assert found["income_to_line_e4"].to_list() == [None, None]
