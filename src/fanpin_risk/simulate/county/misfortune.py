"""What else befalls households: accidents, fire, kin who stop sending, homes, water, businesses.

Loans and dividends stand here too: the first as records of debt, the second as money.
"""

from __future__ import annotations

from typing import Annotated, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from fanpin_risk.records.contracts import codes
from fanpin_risk.simulate.county.able import able_adults
from fanpin_risk.simulate.county.business import BusinessSettings, business
from fanpin_risk.simulate.county.happenings import (
    NONE,
    add_claims,
    add_income,
    add_rigid_spending,
    add_shocks,
    place_in,
)
from fanpin_risk.simulate.county.homes import UNSAFE_GRADE, HomeSettings, homes, water
from fanpin_risk.simulate.county.kinds import Shock
from fanpin_risk.simulate.county.labour import PAID, growth
from fanpin_risk.simulate.county.month import Month, may_happen, strike
from fanpin_risk.simulate.county.ranges import (
    Fen,
    MonthOfYear,
    Months,
    NotNegative,
    Share,
    check_shares,
)
from fanpin_risk.simulate.county.state import State
from fanpin_risk.simulate.county.streams import LASTING

__all__ = ["MisfortuneSettings", "misfortune"]

Rows = npt.NDArray[np.int64]
DisabilityLevel = Annotated[int, Field(ge=1, le=4)]

_MONTHS_OF_YEAR = 12


class MisfortuneSettings(BusinessSettings, HomeSettings):
    """Parameters of misfortune; ``configs/simulation/misfortune.yaml`` says what each is."""

    accident_a_year: Share
    accident_outside_farm_factor: NotNegative
    accident_months_low: Months
    accident_months_high: Months
    accident_cost_median_fen: Fen
    accident_cost_sd: NotNegative
    accident_insured_share: Share
    accident_cover_fen: Fen
    accident_disables_share: Share
    accident_disability_levels: Annotated[tuple[DisabilityLevel, ...], Field(min_length=1)]
    cost_growth_a_year: float
    fire_a_year: Share
    fire_loss_low_fen: Fen
    fire_loss_high_fen: Fen
    fire_unsafe_share: Share
    kin_stops_a_year: Share
    kin_growth_a_year: float
    dividend_month: MonthOfYear
    dividend_share_former_poor: Share
    dividend_median_fen: Fen
    dividend_sd: NotNegative
    loan_months: tuple[MonthOfYear, ...]
    loan_recorded_share: Share
    loan_from_fen: Fen
    loan_overdue_after_income_months: NotNegative
    loan_kinds: dict[str, Share]

    @model_validator(mode="after")
    def _has_loan_kinds(self) -> Self:
        """Check the shares of kinds of loans."""
        check_shares(codes.LOAN_KINDS, loan_kinds=self.loan_kinds)
        return self


def misfortune(state: State, month: Month, settings: MisfortuneSettings) -> None:
    """Let a month of misfortune pass, and whatever else moves a household's means.

    An accident strikes `Shock.ACCIDENT` and, where it disables for good, `Shock.DISABILITY`; a fire
    strikes `Shock.ACCIDENT` too; kin who stop sending strike `Shock.OTHER`.
    """
    business(state, month, settings)
    _accidents(state, month, settings)
    _fires(state, month, settings)
    homes(state, month, settings)
    water(state, month, settings)
    _kin(state, month, settings)
    if month.moy == settings.dividend_month:
        _dividends(state, month, settings)
    if month.moy in settings.loan_months:
        _loans(state, month, settings)


def _a_month(a_year: float) -> float:
    """Chance a month that adds up to a chance a year."""
    return float(1.0 - (1.0 - a_year) ** (1.0 / _MONTHS_OF_YEAR))


def _accidents(state: State, month: Month, settings: MisfortuneSettings) -> None:
    """Let able adults have accidents: out of work for months, a bill, sometimes disabled."""
    people = state.people
    able = able_adults(
        state.people, month.month, (settings.able_from_age_years, settings.able_until_age_years)
    )
    able &= may_happen(state, Shock.ACCIDENT)[people.household]
    persons = np.flatnonzero(able)
    works_outside = np.isin(people.job[persons], PAID)
    chance = _a_month(settings.accident_a_year) * np.where(
        works_outside, settings.accident_outside_farm_factor, 1.0
    )
    hit = persons[month.streams.happens("misfortune.accident", people.key[persons], chance)]
    keys, rows = people.key[hit], people.household[hit].astype(np.int64)
    low, high = settings.accident_months_low, settings.accident_months_high
    u = month.streams.uniform("misfortune.accident_months", keys)
    until = month.month - 1 + low + np.floor((high - low + 1) * u).astype(np.int32)
    people.unfit_until[hit] = np.maximum(people.unfit_until[hit], until)
    size = settings.accident_cost_sd * month.streams.normal("misfortune.accident_cost", keys)
    median = settings.accident_cost_median_fen * growth(month, settings.cost_growth_a_year)
    cost = np.rint(median * np.exp(size)).astype(np.int64)
    np.add.at(month.book.accident, rows, cost)
    strike(state, month, rows, Shock.ACCIDENT)
    add_shocks(state, month, "accident", rows, person=hit, loss_fen=cost)
    add_rigid_spending(month, "accident", rows, cost, person=hit)
    insured = LASTING.uniform("misfortune.insured", keys) < settings.accident_insured_share
    paid = np.minimum(cost[insured], settings.accident_cover_fen)
    np.add.at(month.book.claim, rows[insured], paid)
    add_claims(month, "accident", rows[insured], paid, cause=NONE)
    _disable(state, month, settings, hit)


def _disable(state: State, month: Month, settings: MisfortuneSettings, persons: Rows) -> None:
    """Leave some of those who had an accident disabled for good."""
    people = state.people
    keys = people.key[persons]
    disabled = month.streams.happens("misfortune.disabled", keys, settings.accident_disables_share)
    disabled &= people.disability_level[persons] == 0
    disabled &= may_happen(state, Shock.DISABILITY)[people.household[persons]]
    persons = persons[disabled]
    levels = np.array(settings.accident_disability_levels)
    u = month.streams.uniform("misfortune.disability_level", people.key[persons])
    level = levels[(u * len(levels)).astype(np.int64)]
    limb = place_in(codes.DISABILITY_KINDS, "limb")
    people.disability_level[persons] = level
    people.disability_kind[persons] = limb
    rows = people.household[persons].astype(np.int64)
    strike(state, month, rows, Shock.DISABILITY)
    month.add(
        "disability",
        person=persons,
        hh=rows,
        level=level.astype(np.int64),
        kind=np.full(len(persons), limb, dtype=np.int64),
    )


def _fires(state: State, month: Month, settings: MisfortuneSettings) -> None:
    """Let homes burn: stores destroyed, and some homes unsafe."""
    households = state.households
    rows = np.flatnonzero(households.is_here & may_happen(state, Shock.ACCIDENT))
    chance = _a_month(settings.fire_a_year)
    rows = rows[month.streams.happens("misfortune.fire", households.key[rows], chance)]
    keys = households.key[rows]
    low, high = settings.fire_loss_low_fen, settings.fire_loss_high_fen
    u = month.streams.uniform("misfortune.fire_loss", keys)
    prices = growth(month, settings.cost_growth_a_year)
    loss = np.rint((low + (high - low) * u) * prices).astype(np.int64)
    month.book.loss[rows] += loss
    unsafe = month.streams.happens("misfortune.fire_unsafe", keys, settings.fire_unsafe_share)
    burnt = rows[unsafe]
    households.house_grade[burnt] = np.maximum(households.house_grade[burnt], UNSAFE_GRADE)
    strike(state, month, rows, Shock.ACCIDENT)
    add_shocks(state, month, "fire", rows, loss_fen=loss)


def _kin(state: State, month: Month, settings: MisfortuneSettings) -> None:
    """Take what kin outside send; some stop for good, the others send more each year."""
    households = state.households
    gets = households.is_here & (households.kin_support_fen > 0)
    rows = np.flatnonzero(gets & may_happen(state, Shock.OTHER))
    chance = _a_month(settings.kin_stops_a_year)
    stopped = rows[month.streams.happens("misfortune.kin_stops", households.key[rows], chance)]
    households.kin_support_fen[stopped] = 0
    strike(state, month, stopped, Shock.OTHER)
    if month.moy == 1:
        grown = households.kin_support_fen * (1.0 + settings.kin_growth_a_year)
        households.kin_support_fen = np.rint(grown).astype(np.int64)
    month.book.kin_money += np.where(households.is_here, households.kin_support_fen, 0)


def _dividends(state: State, month: Month, settings: MisfortuneSettings) -> None:
    """Pay former poor households their share of project assets, the same households each year."""
    households = state.households
    share = settings.dividend_share_former_poor
    gets = households.is_here & households.is_former_poor
    gets &= LASTING.uniform("misfortune.dividend", households.key) < share
    rows = np.flatnonzero(gets)
    size = settings.dividend_sd * month.streams.normal(
        "misfortune.dividend_size", households.key[rows]
    )
    amount = np.rint(settings.dividend_median_fen * np.exp(size)).astype(np.int64)
    month.book.dividend[rows] += amount
    month.add("asset_dividend", hh=rows, amount=amount)
    add_income(month, "asset_dividend", rows, amount, is_help=True)


def _loans(state: State, month: Month, settings: MisfortuneSettings) -> None:
    """Tell of debts as they stood at the end of last month, where a bank holds them.

    What exceeds some months of the household's income is overdue.
    """
    if not month.keeps_events:
        return
    households = state.households
    debt = -households.savings_fen
    u = LASTING.uniform("misfortune.loan_recorded", households.key)
    rows = np.flatnonzero(
        households.is_here & (debt >= settings.loan_from_fen) & (u < settings.loan_recorded_share)
    )
    a_month = households.income_12[rows].sum(axis=1) / _MONTHS_OF_YEAR
    carried = np.maximum(a_month, 0) * settings.loan_overdue_after_income_months
    overdue = np.maximum(debt[rows] - np.rint(carried).astype(np.int64), 0)
    kinds = np.array([place_in(codes.LOAN_KINDS, code) for code in settings.loan_kinds])
    shares = np.array(list(settings.loan_kinds.values()))
    drawn = LASTING.choice("misfortune.loan_kind", households.key[rows], shares)
    month.add("loan", hh=rows, kind=kinds[drawn], balance=debt[rows], overdue=overdue)
