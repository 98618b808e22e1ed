"""The monitoring system by itself: need, shocks and incomes drawn by key, and months of it."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
from tests.simulate.county.hand import (
    begin,
    rows_of,
    settings_of,
)

from fanpin_risk.simulate.county.kinds import (
    Shock,
)
from fanpin_risk.simulate.county.system import SystemSettings, help_running, system
from fanpin_risk.simulate.county.system_view import View

SHIPPED = settings_of("system", SystemSettings)
LINE = 630_000
BUSY = {
    "visits_a_month": {"listed": 0.5, "former_poor": 0.4, "allowance": 0.3, "other": 0.3},
    "self_report_in_need": 0.2,
    "round_visit_share": 0.5,
    "followed": dict.fromkeys(SHIPPED.followed, 0.8),
    "exit_a_month": dict.fromkeys(SHIPPED.exit_a_month, 0.4),
    "preventive_a_year": dict.fromkeys(SHIPPED.preventive_a_year, 0.5),
}
"""Settings under which everything happens often."""


def stir(state, month, *, need=0.15, shock=0.05):
    """Give households need and shocks by their keys, so that order and company do not matter."""
    households, keys = state.households, state.households.key
    draw = month.streams
    here = households.is_here
    households.need = np.where(here & draw.happens("test.need", keys, need), 1, 0).astype(np.int8)
    for kind in Shock:
        hit = here & draw.happens("test.shock", keys, shock, kind)
        month.shocked[:, kind] |= hit
        households.shock_month[hit, kind] = month.month
    incomes = np.floor(draw.uniform("test.income", keys) * 420_000).astype(np.int64)
    households.income_12[:, month.month % 12] = np.where(here, incomes, 0)


def live(state, n_months, settings, *, keeps_events=True, **stirred):
    """Let months of the system pass; the months."""
    passed = []
    for _ in range(n_months):
        month = begin(state, keeps_events=keeps_events)
        stir(state, month, **stirred)
        help_running(state, month, settings)
        system(state, month, settings)
        state.month = month.month
        passed.append(month)
    return passed


def busy(**changes):
    """Settings under which everything happens often, with changes."""
    return settings_of("system", SystemSettings, **(BUSY | changes))


def view_of(state, settings, month=None):
    """A view of a state at the end of a month."""
    return View.of(state, begin(state, month), settings)


def same(one, other):
    """Whether all columns of two tables of arrays are equal."""
    return all(np.array_equal(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))


def all_events(months, name):
    """Events of some months put together."""
    pieces = [rows_of(month, name) for month in months if rows_of(month, name)]
    return {c: np.concatenate([p[c] for p in pieces]) for c in pieces[0]} if pieces else {}
