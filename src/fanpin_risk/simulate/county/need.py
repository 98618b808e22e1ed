"""Need at a month's end, read off the account: income, rigid spending, guarantees, own means."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from fanpin_risk.errors import AsOfError
from fanpin_risk.settings import Settings
from fanpin_risk.simulate.county.kinds import FIRST_YEAR, NEVER, Breach, Route
from fanpin_risk.simulate.county.labour import growth, members
from fanpin_risk.simulate.county.month import Month
from fanpin_risk.simulate.county.ranges import Fen, MonthOfYear, Months
from fanpin_risk.simulate.county.state import I8, I64, Flags, State

__all__ = ["NeedSettings", "falls", "line_fen", "need"]

_FEN = 100
_MONTHS_OF_YEAR = 12


class NeedSettings(Settings):
    """Parameters of need; ``configs/simulation/need.yaml`` says what each is."""

    line_yuan_a_head_year: Annotated[dict[int, Fen], Field(min_length=1)]
    line_from_month_of_year: MonthOfYear
    chronic_means_share: float
    sudden_means_share: float
    shock_within_months: Months
    breach_open_months: Months
    mend_schooling_fen: Fen
    mend_premium_fen_a_head: Fen
    mend_home_c_fen: Fen
    mend_home_d_fen: Fen
    mend_water_fen: Fen
    mend_growth_a_year: float


def line_fen(month: int, settings: NeedSettings) -> int:
    """Line in force, a head and year: this county's own notice, not a fact about any place.

    Parameters
    ----------
    month
        Months since the county's first one.

    Returns
    -------
    int
        Fen. A year's line is in force from that year's month of change until its successor's; the
        last one stays.

    Raises
    ------
    AsOfError
        If the month lies before the first line.

    Examples
    --------
    >>> settings = NeedSettings.model_construct(
    ...     line_yuan_a_head_year={2020: 6000, 2021: 6300}, line_from_month_of_year=3
    ... )
    >>> line_fen(1, settings), line_fen(2, settings)
    (600000, 630000)
    """
    year, moy = FIRST_YEAR + month // _MONTHS_OF_YEAR, month % _MONTHS_OF_YEAR + 1
    asked = year if moy >= settings.line_from_month_of_year else year - 1
    known = [y for y in settings.line_yuan_a_head_year if y <= asked]
    if not known:
        first = min(settings.line_yuan_a_head_year)
        raise AsOfError(
            f"the simulated county has no line for {year}-{moy:02d}: its first is of {first}. "
            f"Add a line of {asked} to line_yuan_a_head_year."
        )
    return settings.line_yuan_a_head_year[max(known)] * _FEN


def need(state: State, month: Month, settings: NeedSettings) -> None:
    """Write which routes into need are open at the month's end, and since when any is.

    With income I and compliant rigid spending S of the last twelve months, members n (those who
    work away included), line L and savings A:

    * chronic: ``I < L n`` and ``A < c1 L n``;
    * sudden: ``I >= L n``, ``I - S < L n``, ``A < c2 L n``, and a shock within twelve months;
    * breach: a guarantee or water is open at a second month end and A is below the cost of mending.

    Exactly on a line is not below it. Ended households have no need.
    """
    households = state.households
    heads = members(state)
    line = line_fen(month.month, settings) * heads
    income = households.income_12.sum(axis=1)
    left = income - households.rigid_12.sum(axis=1)
    means = households.savings_fen
    latest = households.shock_month.max(axis=1)
    is_shocked = latest > month.month - settings.shock_within_months
    chronic = (income < line) & (means < settings.chronic_means_share * line)
    sudden = (
        (income >= line) & (left < line) & (means < settings.sudden_means_share * line) & is_shocked
    )
    found = (
        chronic * int(Route.CHRONIC)
        + sudden * int(Route.SUDDEN)
        + _is_breached(state, month, settings, heads) * int(Route.BREACH)
    )
    after = np.where(households.is_here & (heads > 0), found, 0).astype(np.int8)
    since = np.where(households.need > 0, households.need_since, month.month)
    households.need_since = np.where(after > 0, since, NEVER).astype(np.int32)
    households.need = after


def falls(before: I8, state: State) -> Flags:
    """Households that have need and had none at the month's end before.

    Parameters
    ----------
    before
        ``state.households.need`` at the end of the month before; households that began since are
        not in it and count as without need.
    """
    had_none = np.ones(state.households.n, dtype=np.bool_)
    had_none[: len(before)] = before == 0
    fell: Flags = had_none & (state.households.need > 0)
    return fell


def _is_breached(state: State, month: Month, settings: NeedSettings, heads: I64) -> Flags:
    """Households with a guarantee open long enough that their savings cannot mend."""
    households = state.households
    since = households.breach_since
    is_open = (since != NEVER) & (month.month - since >= settings.breach_open_months)
    cost = _mending_fen(state, month, settings, heads)
    breached: Flags = (is_open & (households.savings_fen[:, None] < cost)).any(axis=1)
    return breached


def _mending_fen(state: State, month: Month, settings: NeedSettings, heads: I64) -> I64:
    """Cost of mending each guarantee, by household and `Breach`."""
    grade = state.households.house_grade
    costs = np.zeros((state.households.n, len(Breach)))
    costs[:, Breach.SCHOOLING] = settings.mend_schooling_fen
    costs[:, Breach.MEDICAL] = settings.mend_premium_fen_a_head * heads
    costs[:, Breach.HOUSING] = np.array([0, 0, settings.mend_home_c_fen, settings.mend_home_d_fen])[
        grade
    ]
    costs[:, Breach.WATER] = settings.mend_water_fen
    prices = growth(month, settings.mend_growth_a_year)
    mending: I64 = np.rint(costs * prices).astype(np.int64)
    return mending
