"""Need by hand, case by case, and by a second way that goes through households one by one."""

from __future__ import annotations

import numpy as np
import pytest
from tests.simulate.county.hand import MAN, WOMAN, begin, county, settings_of

from fanpin_risk.errors import AsOfError
from fanpin_risk.simulate.county.kinds import NEVER, Breach, Job, Route, Shock
from fanpin_risk.simulate.county.misfortune import MisfortuneSettings
from fanpin_risk.simulate.county.need import NeedSettings, falls, line_fen, need

SETTINGS = settings_of("need", NeedSettings, chronic_means_share=0.4, sudden_means_share=0.75)
LINE = 630_000
"""The line in force in the month of these tests, a head and year."""

NOW = 5


def household(*, income, rigid=0, savings=0, shock_month=NEVER, heads=1):
    """One household with these sums of the last twelve months."""
    state = county(1, (MAN, WOMAN, (10, False))[:heads])
    state.households.income_12[:] = 0
    state.households.income_12[0, 3] = income
    state.households.rigid_12[0, 7] = rigid
    state.households.savings_fen[:] = savings
    state.households.shock_month[0, Shock.ILLNESS] = shock_month
    return state


def need_of(state, month=NOW):
    """Bits of need at the end of a month."""
    need(state, begin(state, month), SETTINGS)
    return Route(int(state.households.need[0]))


@pytest.mark.parametrize(
    ("year_and_moy", "yuan"),
    [
        ((2019, 1), 5400),
        ((2019, 2), 5400),
        ((2019, 3), 5700),
        ((2020, 12), 6000),
        ((2021, 2), 6000),
        ((2021, 3), 6300),
        ((2022, 2), 6300),
        ((2024, 3), 7200),
        ((2026, 3), 7800),
        ((2031, 12), 7800),
    ],
)
def test_the_line_moves_in_march_and_the_last_one_stays(year_and_moy, yuan):
    """The notice of this county."""
    year, moy = year_and_moy
    assert line_fen((year - 2021) * 12 + moy - 1, SETTINGS) == yuan * 100


def test_before_the_first_line_there_is_none():
    """The message names the month and the mend."""
    words = r"no line for 2018-02: its first is of 2018. Add a line of 2017"
    with pytest.raises(AsOfError, match=words):
        line_fen(-35, SETTINGS)


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ({"income": LINE - 1, "savings": 0}, Route.CHRONIC),
        ({"income": LINE, "savings": 0}, Route.NONE),
        ({"income": LINE - 1, "savings": LINE * 0.4 - 1}, Route.CHRONIC),
        ({"income": LINE - 1, "savings": LINE * 0.4}, Route.NONE),
        ({"income": -LINE, "savings": -LINE}, Route.CHRONIC),
        ({"income": LINE * 2 - 1, "heads": 2}, Route.CHRONIC),
        ({"income": LINE * 2, "heads": 2}, Route.NONE),
        ({"income": LINE, "rigid": 1, "shock_month": NOW}, Route.SUDDEN),
        ({"income": LINE, "rigid": 1}, Route.NONE),
        ({"income": LINE + 9, "rigid": 9, "shock_month": NOW}, Route.NONE),
        ({"income": LINE * 5, "rigid": LINE * 4 + 1, "shock_month": NOW}, Route.SUDDEN),
        ({"income": LINE, "rigid": 1, "shock_month": NOW - 11}, Route.SUDDEN),
        ({"income": LINE, "rigid": 1, "shock_month": NOW - 12}, Route.NONE),
        ({"income": LINE, "rigid": 1, "shock_month": NOW, "savings": LINE * 0.75 - 1},
         Route.SUDDEN),
        ({"income": LINE, "rigid": 1, "shock_month": NOW, "savings": LINE * 0.75}, Route.NONE),
        ({"income": LINE - 1, "rigid": LINE, "shock_month": NOW}, Route.CHRONIC),
    ],
)  # fmt: skip
def test_income_routes_by_hand(case, expected):
    """Exactly on a line is not below it; both ends of the shock's year are met."""
    case = {key: int(value) for key, value in case.items()}
    assert need_of(household(**case)) == expected


RICH = {"income": 100 * LINE, "savings": 0}


@pytest.mark.parametrize(
    ("breach", "cost"),
    [
        (Breach.SCHOOLING, 300_000),
        (Breach.MEDICAL, 35_000 * 2),
        (Breach.HOUSING, 1_500_000),
        (Breach.WATER, 500_000),
    ],
)
def test_a_guarantee_open_at_two_month_ends_that_savings_cannot_mend(breach, cost):
    """Open for one month end it is none yet; with the money to mend it is none at all."""
    mend = cost * 1.03 ** (NOW / 12)
    for since, savings, expected in [
        (NOW - 1, int(mend) - 1, Route.BREACH),
        (NOW - 20, int(mend) - 1, Route.BREACH),
        (NOW, int(mend) - 1, Route.NONE),
        (NOW - 1, int(mend) + 1, Route.NONE),
        (NEVER, 0, Route.NONE),
    ]:
        state = household(**{**RICH, "savings": savings}, heads=2)
        state.households.house_grade[:] = 2 * (breach == Breach.HOUSING)
        state.households.breach_since[0, breach] = since
        assert need_of(state) == expected, (since, savings)


def test_several_routes_can_be_open_at_once():
    """Bits add up."""
    state = household(income=0)
    state.households.breach_since[0, Breach.WATER] = NOW - 1
    assert need_of(state) == Route.CHRONIC | Route.BREACH


def test_costs_of_mending_homes_are_those_of_homes():
    """Two themes tell them; they must not drift apart."""
    homes = settings_of("misfortune", MisfortuneSettings)
    assert homes.home_repair_c_fen == SETTINGS.mend_home_c_fen
    assert homes.home_repair_d_fen == SETTINGS.mend_home_d_fen
    assert homes.home_cost_growth_a_year == SETTINGS.mend_growth_a_year


def test_a_spell_remembers_its_first_month_and_falls_are_its_beginnings():
    """Need, need, none, need: two falls."""
    state = household(income=0)
    expected = [(True, 5, True), (True, 5, False), (False, NEVER, False), (True, 8, True)]
    for month, (income, (is_in_need, since, fell)) in enumerate(
        zip([0, 0, 9 * LINE, 0], expected, strict=True), start=5
    ):
        state.households.income_12[0, 3] = income
        before = state.households.need.copy()
        assert (need_of(state, month) != 0) == is_in_need
        assert state.households.need_since[0] == since
        assert falls(before, state).tolist() == [fell]


def test_a_household_that_began_in_need_falls():
    """It had none before."""
    state = county(3)
    state.households.need[:] = [1, 1, 2]
    assert falls(np.array([0, 1], dtype=np.int8), state).tolist() == [True, False, True]


def test_who_works_away_counts_and_who_is_gone_does_not():
    """Heads are members here and away."""
    state = household(income=LINE * 2 - 1, heads=2)
    state.people.job[0] = Job.MIGRANT
    assert need_of(state) == Route.CHRONIC
    state.people.is_here[1] = False
    assert need_of(state) == Route.NONE


def test_against_one_household_at_a_time():
    """Five hundred households at random around every limit, by a second way."""
    rng = np.random.default_rng(4)
    n = 500
    state = county(n, (MAN, WOMAN, (10, False)))
    households = state.households
    state.people.is_here = rng.random(state.people.n) < 0.7
    households.income_12 = rng.integers(-20_000, 200_000, (n, 12))
    households.rigid_12 = rng.integers(0, 60_000, (n, 12))
    households.savings_fen = rng.integers(-500_000, 2_000_000, n)
    households.shock_month[:, :] = rng.integers(-30, NOW + 1, households.shock_month.shape)
    households.shock_month[rng.random(households.shock_month.shape) < 0.9] = NEVER
    households.breach_since = np.where(
        rng.random((n, 4)) < 0.1, rng.integers(0, NOW + 1, (n, 4)), NEVER
    ).astype(np.int32)
    households.house_grade = rng.integers(0, 4, n).astype(np.int8)
    households.is_here = rng.random(n) < 0.9
    need(state, begin(state, NOW), SETTINGS)
    expected = [slow_need(state, row) for row in range(n)]
    assert households.need.tolist() == expected
    assert {0, 1, 2, 4} <= set(expected)


def slow_need(state, row):
    """Need of one household, spelled out."""
    households = state.households
    heads = sum(
        bool(here)
        for owner, here in zip(state.people.household, state.people.is_here, strict=True)
        if owner == row
    )
    if not households.is_here[row] or heads == 0:
        return 0
    line = LINE * heads
    income = sum(households.income_12[row].tolist())
    spent = sum(households.rigid_12[row].tolist())
    savings = int(households.savings_fen[row])
    found = 0
    if income < line:
        found += 1 if savings < 0.4 * line else 0
    elif income - spent < line and savings < 0.75 * line:
        recent = [m for m in households.shock_month[row].tolist() if NOW - 12 < m <= NOW]
        found += 2 if recent else 0
    homes = [0, 0, 1_500_000, 4_000_000][households.house_grade[row]]
    costs = [300_000, 35_000 * heads, homes, 500_000]
    for since, cost in zip(households.breach_since[row].tolist(), costs, strict=True):
        is_old = since != NEVER and NOW - since >= 1
        if is_old and savings < round(cost * 1.03 ** (NOW / 12)):
            return found + 4
    return found
