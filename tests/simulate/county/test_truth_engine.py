"""Futures of the county's own processes: what they share, what help does, and a second way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fanpin_risk.simulate.county.county import BURN_IN_MONTHS, follow
from fanpin_risk.simulate.county.futures import (
    Estimand,
    drawn,
    narrowed,
    tiled,
    without_running_help,
)
from fanpin_risk.simulate.county.kinds import NEVER, Measure
from fanpin_risk.simulate.county.parameters import load_parameters
from fanpin_risk.simulate.county.start import start
from fanpin_risk.simulate.county.state import State
from fanpin_risk.simulate.county.step import Engine
from fanpin_risk.simulate.county.streams import LASTING, Streams
from fanpin_risk.simulate.county.traits import trait

FOLDER = Path(__file__).parents[3] / "configs/simulation"
N_FUTURES = 600


@pytest.fixture(scope="module")
def engine() -> Engine:
    """The county's own processes."""
    return Engine.of(load_parameters(FOLDER, preset="northeast", world="main"))


@pytest.fixture(scope="module")
def county(engine) -> State:
    """A small county at the end of its first December."""
    parameters = load_parameters(FOLDER, preset="northeast", world="main")
    state = start(parameters, 150, seed=11, county=1)
    for _ in range(BURN_IN_MONTHS + 12):
        engine.step(state, keeps_events=False)
    assert state.month == 11
    return state


def test_households_touch_nobody_but_their_kin(engine, county):
    """A household has the same futures alone with its kin as among all others."""
    rows = np.flatnonzero(county.households.is_here)
    together = drawn(engine, county, rows, np.arange(20), Estimand.AS_THINGS_ARE, 12)
    for part in np.array_split(np.arange(len(rows)), 6):
        small, at = narrowed(county, rows[part])
        alone = drawn(engine, small, at, np.arange(10, 20), Estimand.AS_THINGS_ARE, 12)
        assert np.array_equal(alone.needs, together.needs[part, 10:])
        assert np.array_equal(alone.ended_after_months, together.ended_after_months[part, 10:])
        assert np.array_equal(alone.end_kind, together.end_kind[part, 10:])


def test_what_belongs_to_somebody_for_good_does_not_change_with_the_future(engine, county):
    """Draws without a month are those of the state; draws of a month are new."""
    many = tiled(county, np.arange(3))
    for now, then in ((many.households, county.households), (many.people, county.people)):
        order = np.argsort(now.number, kind="stable")
        again = np.argsort(then.number, kind="stable")
        for draw in (lambda keys: LASTING.uniform("x", keys), lambda keys: trait("x", keys)):
            kept = np.repeat(draw(then.key[again]), 3)
            assert np.array_equal(draw(now.key[order]), kept)
        month = Streams(12).uniform("x", now.key)
        assert len(np.unique(month)) == len(month)


def test_no_measure_begins_where_there_is_no_further_help(engine, county):
    """None of any kind, no allowance either; as things are, some begin."""
    begun = {}
    for estimand in (Estimand.AS_THINGS_ARE, Estimand.NO_FURTHER_HELP):
        state = tiled(county, np.arange(5))
        n = state.households.n
        had = state.households.is_dibao | state.households.is_tekun
        for _ in range(12):
            if estimand is Estimand.NO_FURTHER_HELP:
                state.households.is_helped_never[:] = True
            engine.step(state, keeps_events=False)
        since = state.households.measure_since[:n]
        begun[estimand] = int((since > county.month).sum())
        has = (state.households.is_dibao | state.households.is_tekun)[:n]
        if estimand is Estimand.NO_FURTHER_HELP:
            assert not (has & ~had).any()
            assert (has & had).any()
    assert begun[Estimand.NO_FURTHER_HELP] == 0
    assert begun[Estimand.AS_THINGS_ARE] > 10


def test_nothing_is_paid_where_there_is_no_help_at_all(engine, county):
    """Neither allowances nor measures nor posts; subsidies and pensions go on."""
    state = tiled(county, np.arange(5))
    without_running_help(state)
    paid = dict.fromkeys(("dibao", "tekun", "relief", "measure_cash", "post_wage"), 0)
    goes_on = dict.fromkeys(("pension", "farm_subsidy"), 0)
    for _ in range(12):
        state.households.is_helped_never[:] = True
        month = engine.step(state, keeps_events=False)
        for sums in (paid, goes_on):
            for name in sums:
                sums[name] += int(getattr(month.book, name).sum())
    assert paid == dict.fromkeys(paid, 0)
    assert all(amount > 0 for amount in goes_on.values())
    assert (state.households.measure_until[:, Measure.HEALTH] == NEVER).all()


def test_more_help_is_less_need(engine, county):
    """On the same futures: need in a year's time grows as help is taken away."""
    rows = np.flatnonzero(county.households.is_here)
    needs = [
        drawn(engine, county, rows, np.arange(60), estimand, 12).has_status(12).mean()
        for estimand in Estimand
    ]
    assert needs[0] <= needs[1] < needs[2]


def test_fresh_counties_fall_as_often_as_the_truth_says(engine, county):
    """Second way: 200 counties with keys of their own go on from the state, one after another."""
    rows = np.flatnonzero(county.households.is_here & (county.households.need == 0))
    futures = drawn(engine, county, rows, np.arange(N_FUTURES), Estimand.AS_THINGS_ARE, 3)
    events = futures.has_event(3)
    rng = np.random.default_rng(17)
    n_counties = 200
    fell = np.zeros((len(rows), n_counties), dtype=bool)
    for number in range(n_counties):
        state = county.copied()
        for part in (state.households, state.people, state.commons):
            upper = rng.integers(0, 2**32, size=part.n, dtype=np.uint64) << np.uint64(32)
            part.key = upper | (part.key & np.uint64(2**32 - 1))
        n = state.households.n
        falls = follow(engine, state, 3, asks_causes=False, watch=lambda *_: None)
        has_fallen = np.zeros(state.households.n, dtype=bool)
        for row in falls.row:
            has_fallen[row] = True
        fell[:, number] = has_fallen[:n][rows]
    by_county, by_future = fell.sum(axis=0), events.sum(axis=0)
    error = np.sqrt(by_county.var() / n_counties + by_future.var() / N_FUTURES)
    assert abs(by_county.mean() - by_future.mean()) < 3.5 * error
    share = (fell.sum(axis=1) + events.sum(axis=1)) / (n_counties + N_FUTURES)
    error = np.sqrt(share * (1 - share) * (1 / n_counties + 1 / N_FUTURES))
    is_open = error > 0
    distance = (fell.mean(axis=1) - events.mean(axis=1))[is_open] / error[is_open]
    assert is_open.sum() > 30
    assert np.abs(distance).max() < 5
    assert 0.75 < np.sqrt((distance**2).mean()) < 1.25
