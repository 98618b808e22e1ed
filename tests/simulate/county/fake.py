"""A county of one rule, in which every cause is known: for tests of what stands on the engine."""

from __future__ import annotations

import numpy as np

from fanpin_risk.simulate.county.kinds import NEVER, Route, Shock
from fanpin_risk.simulate.county.month import Month, may_happen, strike
from fanpin_risk.simulate.county.state import Commons, Households, People, State, Villages, blank
from fanpin_risk.simulate.county.streams import Streams, mixed

ALONE, LEFT, RIGHT, EITHER_1, EITHER_2 = (
    Shock.ILLNESS,
    Shock.DISASTER,
    Shock.ACCIDENT,
    Shock.UNSTABLE_WORK,
    Shock.FAILED_BUSINESS,
)


def made(n: int, *, seed: int = 1, n_villages: int = 5) -> State:
    """A county without people, in which only keys, villages and kin differ."""
    households = Households.blank(n)
    households.number = np.arange(n) + 1_000_001
    households.key = mixed(households.number.astype(np.uint64), seed)
    households.village = np.sort(np.arange(n) % n_villages).astype(np.int32)
    people = People.blank(n)
    people.household = np.arange(n, dtype=np.int32)
    people.key = mixed(households.key, 1)
    people.number = households.number * 100
    villages = Villages(
        key=mixed(np.arange(n_villages, dtype=np.uint64), seed),
        township=blank(np.int32, n_villages),
        cell=blank(np.int32, n_villages),
        x=blank(np.float64, n_villages),
        y=blank(np.float64, n_villages),
        zeal=blank(np.float64, n_villages, 1),
        flood_share=blank(np.float64, n_villages),
    )
    commons = Commons.blank(1, 1, n_villages)
    commons.key = mixed(np.arange(1, dtype=np.uint64), seed, 2)
    return State(-1, households, people, villages, commons)


class OneRule:
    """Need for a month: after one shock, two that only count together, or either of two others.

    ``rate`` is the monthly chance of each kind of shock.
    """

    def __init__(self, rate: float = 0.05) -> None:
        self.rate = rate

    def step(self, state: State, *, keeps_events: bool) -> Month:
        """Let one month pass."""
        month = Month.begin(state, len(Shock), keeps_events=keeps_events)
        hit = {shock: self._hits(state, month, shock) for shock in Shock}
        needs = hit[ALONE] | (hit[LEFT] & hit[RIGHT]) | hit[EITHER_1] | hit[EITHER_2]
        households = state.households
        was = households.need > 0
        households.need_since[needs & ~was] = month.month
        households.need_since[~needs] = NEVER
        households.need = np.where(needs, Route.SUDDEN, 0).astype(np.int8)
        state.month = month.month
        return month

    def _hits(self, state: State, month: Month, shock: Shock) -> np.ndarray:
        """Who is hit by a kind of shock that is not switched off."""
        struck = month.streams.happens(f"fake.{shock.name}", state.households.key, self.rate)
        struck &= may_happen(state, shock) & state.households.is_here
        strike(state, month, struck, shock)
        return struck


def hits(state: State, month: int, shock: Shock, rate: float) -> np.ndarray:
    """Who would be hit, told from the draws alone."""
    return Streams(month).happens(f"fake.{shock.name}", state.households.key, rate)
