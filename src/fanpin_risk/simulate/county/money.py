"""The month's account: income, spending, what is eaten, and what is left."""

from __future__ import annotations

import numpy as np

from fanpin_risk.settings import Settings
from fanpin_risk.simulate.county.labour import growth, members
from fanpin_risk.simulate.county.month import Book, Month
from fanpin_risk.simulate.county.ranges import Fen, Positive, Share
from fanpin_risk.simulate.county.state import I64, MONTHS_KEPT, State

__all__ = ["MoneySettings", "accounting_gap", "settle"]

INCOME = (
    "wage",
    "post_wage",
    "farm_sales",
    "livestock_sales",
    "business_sales",
    "rent",
    "dividend",
    "kin_money",
    "pension",
    "farm_subsidy",
    "dibao",
    "tekun",
    "disability_benefit",
    "measure_cash",
)
"""Lines of the book that are income."""

COSTS_OF_INCOME = ("farm_cost", "livestock_cost", "business_cost")
"""Lines that are taken off income."""

OTHER_IN = ("relief", "claim", "asset_sale")
"""Money that comes in and is no income."""

HELP = (
    "dibao",
    "tekun",
    "disability_benefit",
    "measure_cash",
    "post_wage",
    "farm_subsidy",
    "dividend",
)
"""Lines of income that are public help."""

COMPLIANT = (
    "medical_compliant",
    "school",
    "disaster",
    "accident",
    "care",
    "home_repair",
    "water",
)
"""Lines of rigid spending that count against income."""

OTHER_OUT = ("medical_other", "premium", "loss", "wedding_funeral", "carried_away", "consumption")
"""Other money that goes out; what is carried away with a split is negative where it arrives."""


class MoneySettings(Settings):
    """Parameters of the account; ``configs/simulation/money.yaml`` says what each is."""

    consumption_share: Share
    thrift_share: Share
    thrift_below_income_months: Positive
    consumption_floor_fen_a_head_month: Fen
    consumption_bare_fen_a_head_month: Fen
    consumption_growth_a_year: float
    debt_that_bites_fen_a_head: Fen


def settle(state: State, month: Month, settings: MoneySettings) -> None:
    """Close the month: write income, help and rigid spending into the rings, and move savings.

    Consumption is a share of the mean income of the last twelve months, this one included: less
    where savings are below some months of income, least without any; and at least a floor a head,
    deep in debt a barer one, for nobody lends for ever. Savings change by all money in less all
    money out, to the fen, and may be debt. Ended households stand still, but for savings carried
    away by those who left them.
    """
    households, book = state.households, month.book
    slot = month.month % MONTHS_KEPT
    households.income_12[:, slot] = _sum(book, INCOME) - _sum(book, COSTS_OF_INCOME)
    households.help_12[:, slot] = _sum(book, HELP)
    households.rigid_12[:, slot] = _sum(book, COMPLIANT)
    households.own_cost_12[:, slot] = book.medical_compliant + book.medical_other
    book.consumption[:] = _consumption_fen(state, month, settings)
    cash_in = households.income_12[:, slot] + _sum(book, OTHER_IN)
    cash_out = households.rigid_12[:, slot] + _sum(book, OTHER_OUT)
    households.savings_fen += cash_in - cash_out


def accounting_gap(before_fen: I64, state: State, month: Month) -> I64:
    """Savings of a month's end that its book does not explain; nought everywhere, to the fen.

    Parameters
    ----------
    before_fen
        Savings at the end of the month before; households that began since are not in it and had
        none.
    state, month
        As `settle` left them.

    Returns
    -------
    ndarray of int64, shape (n_households,)

    Examples
    --------
    >>> from fanpin_risk.simulate.county.state import Households
    >>> sorted(set(INCOME) & set(COMPLIANT))
    []
    """
    opening = np.zeros(state.households.n, dtype=np.int64)
    opening[: len(before_fen)] = before_fen
    moved = np.zeros(state.households.n, dtype=np.int64)
    for line, amount in vars(month.book).items():
        moved += amount if line in INCOME + OTHER_IN else -amount
    gap: I64 = state.households.savings_fen - opening - moved
    return gap


def _sum(book: Book, lines: tuple[str, ...]) -> I64:
    """Sum of lines of the book by household."""
    total = np.zeros(len(book.wage), dtype=np.int64)
    for line in lines:
        total += getattr(book, line)
    return total


def _consumption_fen(state: State, month: Month, settings: MoneySettings) -> I64:
    """What each household eats, wears and burns this month."""
    households = state.households
    heads = members(state)
    prices = growth(month, settings.consumption_growth_a_year)
    is_deep = households.savings_fen < -heads * settings.debt_that_bites_fen_a_head * prices
    floor = np.where(
        is_deep,
        settings.consumption_bare_fen_a_head_month,
        settings.consumption_floor_fen_a_head_month,
    )
    income = households.income_12.sum(axis=1) / MONTHS_KEPT
    enough = settings.thrift_below_income_months * np.maximum(income, 1.0)
    buffer = households.savings_fen / enough
    share = settings.consumption_share - settings.thrift_share * (1.0 - np.clip(buffer, 0.0, 1.0))
    eaten = np.maximum(share * income, heads * floor * prices)
    consumed: I64 = np.where(households.is_here & (heads > 0), np.rint(eaten), 0).astype(np.int64)
    return consumed
