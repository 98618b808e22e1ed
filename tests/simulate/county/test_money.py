"""The account by hand: what is income, what is help, what is rigid, what is eaten."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from tests.simulate.county.hand import MAN, WOMAN, begin, county, settings_of

from fanpin_risk.simulate.county import money
from fanpin_risk.simulate.county.money import MoneySettings, accounting_gap, settle
from fanpin_risk.simulate.county.month import Book

SETTINGS = settings_of("money", MoneySettings)
PLAIN = settings_of(
    "money",
    MoneySettings,
    thrift_share=0.0,
    consumption_floor_fen_a_head_month=0,
    consumption_bare_fen_a_head_month=0,
)
"""A constant share of income is consumed, and nobody is fed who has nothing."""

INCOME = {
    "wage", "post_wage", "farm_sales", "livestock_sales", "business_sales", "rent", "dividend",
    "kin_money", "pension", "farm_subsidy", "dibao", "tekun", "disability_benefit", "measure_cash",
}  # fmt: skip
COSTS = {"farm_cost", "livestock_cost", "business_cost"}
HELP = {
    "dibao", "tekun", "disability_benefit", "measure_cash", "post_wage", "farm_subsidy", "dividend",
}  # fmt: skip
RIGID = {"medical_compliant", "school", "disaster", "accident", "care", "home_repair", "water"}
CASH_ONLY = {"relief", "claim", "asset_sale"}


@pytest.mark.parametrize("line", [field.name for field in fields(Book)])
def test_what_a_thousand_fen_on_each_line_do(line):
    """To income, help, rigid spending, medical own cost and savings, as the spec has it."""
    state = county(1)
    month = begin(state, 5)
    if line != "consumption":
        getattr(month.book, line)[:] = 1000
    settle(state, month, PLAIN)
    income = 1000 * (line in INCOME) - 1000 * (line in COSTS)
    rigid = 1000 * (line in RIGID)
    slot = (0, 5)
    households = state.households
    assert households.income_12[slot] == income
    assert households.help_12[slot] == 1000 * (line in HELP)
    assert households.rigid_12[slot] == rigid
    own = line in {"medical_compliant", "medical_other"}
    assert households.own_cost_12[slot] == 1000 * own
    eaten = max(round(0.86 * income / 12), 0)
    comes_in = 1000 * (line in INCOME | CASH_ONLY)
    goes_out = 0 if comes_in or line == "consumption" else 1000
    assert households.savings_fen[0] == comes_in - goes_out - eaten
    assert not accounting_gap(np.zeros(1, dtype=np.int64), state, month).any()


def test_every_line_of_the_book_stands_on_one_side():
    """A line that somebody adds must be told which."""
    sides = [money.INCOME, money.OTHER_IN, money.COSTS_OF_INCOME, money.COMPLIANT, money.OTHER_OUT]
    named = [line for side in sides for line in side]
    assert sorted(named) == sorted(field.name for field in fields(Book))
    assert set(money.HELP) <= set(money.INCOME)


def test_the_ring_forgets_the_same_month_a_year_ago():
    """And nothing else."""
    state = county(1)
    state.households.income_12[0] = np.arange(12) * 100
    month = begin(state, 27)
    month.book.wage[:] = 7
    settle(state, month, PLAIN)
    assert state.households.income_12[0].tolist() == [
        7 if slot == 3 else slot * 100 for slot in range(12)
    ]


@pytest.mark.parametrize(
    ("income_a_month", "savings", "heads", "expected"),
    [
        (100_000, 600_000, 1, 86_000),
        (100_000, 9_000_000, 1, 86_000),
        (100_000, 300_000, 1, 79_000),
        (100_000, 0, 1, 72_000),
        (100_000, -9_000_000, 1, 72_000),
        (20_000, 0, 1, 33_000),
        (20_000, 0, 2, 66_000),
        (20_000, -400_001, 1, 22_000),
        (20_000, -400_000, 1, 33_000),
        (20_000, -800_001, 2, 44_000),
        (-50_000, 10_000_000, 1, 33_000),
    ],
)
def test_consumption_by_hand(income_a_month, savings, heads, expected):
    """A share of mean income, less without savings; a floor a head, a barer one deep in debt."""
    state = county(1, (MAN, WOMAN)[:heads])
    state.households.income_12[:] = income_a_month
    state.households.savings_fen[:] = savings
    month = begin(state, 0)
    month.book.wage[:] = max(income_a_month, 0)
    month.book.farm_cost[:] = max(-income_a_month, 0)
    settle(state, month, SETTINGS)
    assert month.book.consumption.tolist() == [expected]


def test_a_household_without_anybody_eats_nothing():
    """Nor does one that ended."""
    state = county(2)
    state.people.is_here[:2] = False
    state.households.is_here[0] = False
    month = begin(state, 0)
    settle(state, month, SETTINGS)
    assert month.book.consumption[0] == 0
    assert month.book.consumption[1] == 2 * 33_000


def test_savings_that_leave_with_a_split_arrive_where_they_go():
    """Nothing is made or lost between the two rows."""
    state = county(2)
    month = begin(state, 0)
    month.book.carried_away[:] = [5_000, -5_000]
    settle(state, month, PLAIN)
    assert state.households.savings_fen.tolist() == [-5_000, 5_000]


def test_households_that_began_this_month_had_nothing_before():
    """The gap is reckoned from nought for them."""
    state = county(2)
    month = begin(state, 0)
    month.book.carried_away[:] = [5_000, -5_000]
    settle(state, month, PLAIN)
    assert accounting_gap(np.zeros(1, dtype=np.int64), state, month).tolist() == [0, 0]
