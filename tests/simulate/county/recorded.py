"""Records of a small county, made once for all who look at them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
from tests.simulate.county.hand import parameters, rows_of

from fanpin_risk.records.timeline import Records, known_as_of
from fanpin_risk.simulate.county.kinds import FIRST_YEAR
from fanpin_risk.simulate.county.records import NOT_KEPT, RecordBook, RecordSettings
from fanpin_risk.simulate.county.start import start
from fanpin_risk.simulate.county.step import Engine

ROOT = Path(__file__).parents[3]
SEED = 5
BEFORE, MONTHS = 14, 26
FIRST, LAST = date(FIRST_YEAR, 1, 1), date(FIRST_YEAR + 2, 2, 28)


def simulated(rows=None, *, world="main", months=MONTHS, takes_before=True):
    """Records of a small county, or of some of its households, and its state at the end."""
    found = parameters(world=world)
    state = start(found, 600, seed=SEED, county=1)
    if rows is not None:
        state = state.taken(rows(state))
    engine = Engine.of(found)
    engine = replace(engine, system=engine.system.model_copy(update=BUSY))
    book = RecordBook(found.theme("records", RecordSettings), seed=SEED)
    state.month = -1 - BEFORE
    for _ in range(BEFORE):
        month = engine.step(state, keeps_events=False)
        if takes_before:
            book.before(month)
    book.begin(state)
    passed = []
    for _ in range(months):
        month = engine.step(state, keeps_events=True)
        book.add(state, month)
        passed.append(month)
    persons = book.person_ids(state)
    return book.frames(state), state, passed, persons


BUSY = {"visits_a_month": {"listed": 0.6, "former_poor": 0.4, "allowance": 0.3, "other": 0.1}}
"""More is looked at than usual, so that a small county has rows of everything."""


@cache
def main():
    """The small county of the main world."""
    return simulated()


@cache
def dirty():
    """The same with the worse records."""
    return simulated(world="dirty", months=10)


def known(frames, day):
    """What was known on a day."""
    return known_as_of(Records({n: f for n, f in frames.items() if n not in NOT_KEPT}), day)


def events(name):
    """Events of all months put together."""
    pieces = [rows_of(month, name) for month in main()[2] if rows_of(month, name)]
    return {c: np.concatenate([p[c] for p in pieces]) for c in pieces[0]}
