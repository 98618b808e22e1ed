"""A household's own business: a shop, a workshop, a lorry; begun, run, and sometimes failed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fanpin_risk.settings import Settings
from fanpin_risk.simulate.county.able import able_adults
from fanpin_risk.simulate.county.happenings import add_shocks
from fanpin_risk.simulate.county.kinds import Job, Shock
from fanpin_risk.simulate.county.labour import growth, has_any, is_fit
from fanpin_risk.simulate.county.month import Month, may_happen, strike
from fanpin_risk.simulate.county.ranges import Age, Fen, Months, NotNegative, Share
from fanpin_risk.simulate.county.state import State

__all__ = ["BusinessSettings", "business"]

Rows = npt.NDArray[np.int64]


class BusinessSettings(Settings):
    """Parameters of own businesses; ``configs/simulation/misfortune.yaml`` says what each is."""

    able_from_age_years: Age
    able_until_age_years: Age
    business_start_a_month: Share
    business_start_until_age_years: Age
    business_start_savings_fen: Fen
    business_net_fen_a_month: Fen
    business_cost_ratio: NotNegative
    business_ability_slope: float
    business_month_sd: NotNegative
    business_growth_a_year: float
    business_failure_a_month: Share
    business_failure_ability_slope: float
    business_failure_demand_slope: float
    business_loss_low_fen: Fen
    business_loss_high_fen: Fen
    business_closes_after_months: Months


def business(state: State, month: Month, settings: BusinessSettings) -> None:
    """Let a month pass for own businesses.

    Who runs one has the job `Job.BUSINESS`. A business closes quietly when nobody can run it for
    long, and fails with a loss of stores (`Shock.FAILED_BUSINESS`).
    """
    _close(state, month, settings)
    _fail(state, month, settings)
    _begin(state, month, settings)
    _earn(state, month, settings)


def _end(state: State, rows: Rows, month: Month) -> None:
    """End the businesses of households; who ran them is without work."""
    households, people = state.households, state.people
    households.has_business[rows] = False
    ran = (people.job == Job.BUSINESS) & ~households.has_business[people.household]
    people.job[ran] = Job.NONE
    people.job_since[ran] = month.month


def _close(state: State, month: Month, settings: BusinessSettings) -> None:
    """Close what nobody can run."""
    households, people = state.households, state.people
    ages = (settings.able_from_age_years, settings.able_until_age_years)
    able = able_adults(state.people, month.month, ages)
    able &= is_fit(state, month, months_ahead=settings.business_closes_after_months)
    runs = able & (people.job == Job.BUSINESS)
    left = households.has_business & ~has_any(state, runs)
    stopped = (people.job == Job.BUSINESS) & ~able
    people.job[stopped] = Job.NONE
    _end(state, np.flatnonzero(left), month)


def _fail(state: State, month: Month, settings: BusinessSettings) -> None:
    """Let businesses fail, more often in bad times and with less able owners."""
    households, people = state.households, state.people
    open_ = households.is_here & households.has_business
    rows = np.flatnonzero(open_ & may_happen(state, Shock.FAILED_BUSINESS))
    best = np.full(households.n, -np.inf)
    owner = people.is_here & (people.job == Job.BUSINESS)
    np.maximum.at(best, people.household[owner], people.ability[owner])
    demand = state.commons.log_demand[households.path[rows]]
    hazard = settings.business_failure_a_month * np.exp(
        -settings.business_failure_ability_slope * best[rows]
        - settings.business_failure_demand_slope * demand
    )
    keys = households.key[rows]
    failed = month.streams.happens("business.fail", keys, hazard)
    u = month.streams.uniform("business.loss", keys[failed])
    low, high = settings.business_loss_low_fen, settings.business_loss_high_fen
    loss = np.rint(low + (high - low) * u).astype(np.int64)
    rows = rows[failed]
    _end(state, rows, month)
    month.book.loss[rows] += loss
    strike(state, month, rows, Shock.FAILED_BUSINESS)
    add_shocks(state, month, "failed_business", rows, loss_fen=loss)


def _begin(state: State, month: Month, settings: BusinessSettings) -> None:
    """Let a person with savings behind them begin a business."""
    households, people = state.households, state.people
    ages = (settings.able_from_age_years, settings.business_start_until_age_years)
    can = able_adults(state.people, month.month, ages)
    can &= is_fit(state, month) & (people.job != Job.POST)
    means = (
        households.is_here
        & ~households.has_business
        & (households.savings_fen >= settings.business_start_savings_fen)
    )
    persons = np.flatnonzero(can & means[people.household])
    keys = people.key[persons]
    begins = persons[month.streams.happens("business.begin", keys, settings.business_start_a_month)]
    people.job[begins] = Job.BUSINESS
    people.job_since[begins] = month.month
    households.has_business[people.household[begins]] = True


def _earn(state: State, month: Month, settings: BusinessSettings) -> None:
    """Take the month's money, and pay its costs."""
    households, people = state.households, state.people
    running = people.is_here & (people.job == Job.BUSINESS) & is_fit(state, month)
    running &= households.has_business[people.household]
    persons = np.flatnonzero(running)
    swing = month.streams.normal("business.month", people.key[persons])
    slope, sd = settings.business_ability_slope, settings.business_month_sd
    log_net = slope * people.ability[persons] + sd * swing
    log_net += households.year_shock[people.household[persons]]
    steady = growth(month, settings.business_growth_a_year)
    steady /= float(np.exp(0.5 * (sd**2 + slope**2)))
    net = np.rint(settings.business_net_fen_a_month * steady * np.exp(log_net)).astype(np.int64)
    cost = np.rint(net * settings.business_cost_ratio).astype(np.int64)
    rows = people.household[persons]
    np.add.at(month.book.business_sales, rows, net + cost)
    np.add.at(month.book.business_cost, rows, cost)
    month.has_worked[persons] = True
