"""The must-visit facts by hand, and the world in which need follows from them alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.simulate.county.fake import made

from fanpin_risk.settings import read_yaml, settings_from
from fanpin_risk.simulate.county.kinds import NEVER, Measure, Route, Shock
from fanpin_risk.simulate.county.month import Month
from fanpin_risk.simulate.county.must_visit import (
    Fact,
    MustVisitSettings,
    keep_to_must_visits,
    must_visit_facts,
    note_must_visits,
)

LINE_FEN = 6_000_00
NOW = 30
FILE = Path(__file__).parents[3] / "configs/simulation/must_visit.yaml"


def settings(**changes) -> MustVisitSettings:
    """The settings of the county, some of them changed."""
    values = {name: entry["value"] for name, entry in read_yaml(FILE).items()}
    return settings_from({**values, **changes}, MustVisitSettings, where="must_visit")


def bits(state, **changes):
    """Facts by household."""
    return must_visit_facts(state, NOW, settings(**changes), LINE_FEN).tolist()


def test_nothing_known_is_no_fact():
    """A household that the register has no income of is not poor by the register."""
    assert bits(made(3)) == [0, 0, 0]


def test_each_fact_by_hand():
    """One household for each, the next one just misses it."""
    state = made(14)
    households, people = state.households, state.people
    households.register_month[:] = 20
    households.register_income_fen[:] = LINE_FEN
    households.register_income_fen[0] = LINE_FEN - 1
    people.serious_until[2], people.serious_until[3] = NOW, NOW - 1
    people.is_chronic[4:6] = True
    people.year_own_fen[4:6] = [3_000_00, 2_999_99]
    households.is_tekun[6] = True
    households.is_dibao[7:9] = True
    households.measure_since[7:9, Measure.SAFETY_NET] = [NOW - 11, NOW - 12]
    people.disability_level[9:11] = [2, 3]
    households.shock_month[11, Shock.DISASTER] = NOW - 11
    households.shock_month[12, Shock.DISASTER] = NOW - 12
    households.shock_month[12, Shock.ILLNESS] = NOW
    households.shock_month[13, Shock.ACCIDENT] = NOW
    assert bits(state) == [
        Fact.LOW_INCOME, 0,
        Fact.ILLNESS, 0, Fact.ILLNESS, 0,
        Fact.TEKUN_ALONE,
        Fact.NEW_DIBAO, 0,
        Fact.DISABLED, 0,
        Fact.STRUCK, 0, Fact.STRUCK,
    ]  # fmt: skip


def test_members_count_together_and_only_while_they_are_here():
    """Two students make several; a second member ends living alone."""
    state = made(4)
    people, households = state.people, state.households
    people.household[:] = [0, 0, 1, 1]
    people.school_year[:] = [10, 13, 10, 9]
    households.is_tekun[:2] = True
    assert bits(state)[:2] == [Fact.STUDENTS, 0]
    people.is_here[0] = False
    assert bits(state)[:2] == [Fact.TEKUN_ALONE, 0]


def test_facts_add_up_and_end_with_the_household():
    """Several bits at once; none after the end."""
    state = made(2)
    state.people.disability_level[:] = 1
    state.people.serious_until[:] = NOW + 3
    state.households.is_here[1] = False
    assert bits(state) == [Fact.ILLNESS | Fact.DISABLED, 0]


def passed(state, months, chosen, **changes):
    """Let months pass in which only facts and need are looked at; need as it was left.

    Facts change after need, as the system's do.
    """
    seen = []
    for number in months:
        state.month = number - 1
        month = Month.begin(state, len(Shock), keeps_events=False)
        was = state.households.need > 0
        state.households.need[:] = Route.CHRONIC
        state.households.need_since[~was] = number
        keep_to_must_visits(state, month, settings(**changes))
        state.people.disability_level[:] = np.where(chosen[number], 1, 0)
        note_must_visits(state, month, settings(**changes), LINE_FEN)
        state.month = number
        seen.append(state.households.need.copy())
    return np.array(seen)


def test_facts_stand_since_they_last_began():
    """A break begins the count anew; in the main world need is left as it is."""
    state = made(3)
    chosen = {m: np.array([m >= 3, m != 8, False]) for m in range(12)}
    needs = passed(state, range(12), chosen)
    assert state.households.must_visit_since.tolist() == [3, 9, NEVER]
    assert (needs == Route.CHRONIC).all()


def test_where_the_rules_win_need_waits_for_the_fact():
    """Need can be there twelve months after the fact, and ends the month after it."""
    state = made(3)
    chosen = {m: np.array([m >= 3, 3 <= m < 17, False]) for m in range(20)}
    needs = passed(state, range(20), chosen, need_only_after_months=12)
    assert np.flatnonzero(needs[:, 0]).tolist() == list(range(15, 20))
    assert np.flatnonzero(needs[:, 1]).tolist() == [15, 16, 17]
    assert not needs[:, 2].any()
    assert state.households.need_since.tolist() == [15, NEVER, NEVER]


@pytest.mark.parametrize("seed", range(5))
def test_where_the_rules_win_every_fall_was_a_must_visit_a_year_before(seed):
    """Facts that come and go at random: who falls within 12 months of a day has one on that day."""
    rng = np.random.default_rng(seed)
    state = made(200)
    stands = rng.random(200) < 0.5
    chosen = {}
    for month in range(60):
        chosen[month] = stands = np.where(rng.random(200) < 0.05, ~stands, stands)
    needs = passed(state, range(60), chosen, need_only_after_months=12) > 0
    falls = needs[1:] & ~needs[:-1]
    assert falls.sum() > 50
    for day in range(47):
        fallen = falls[day : day + 12].any(axis=0)
        assert not (fallen & ~chosen[day]).any()
    assert any((falls[day : day + 13].any(axis=0) & ~chosen[day]).any() for day in range(46))
