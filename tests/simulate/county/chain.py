"""A county whose households follow a known chain of months: every probability in closed form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fanpin_risk.simulate.county.futures import Estimand
from fanpin_risk.simulate.county.kinds import NEVER, NO_END, End, Measure, Route, Shock
from fanpin_risk.simulate.county.month import Month
from fanpin_risk.simulate.county.state import State

STAYS, ENDS, HELP, RELIEF = 0.6, 0.01, 0.1, 0.3
FACTORS = (0.25, 1.75)
"""Chance of the hit in a good and in a bad month, over the usual one; as many good as bad."""


@dataclass(frozen=True)
class Chain:
    """A household is hit with its own monthly chance, which is kept in ``year_shock``.

    A month is good or bad for all of a path. Help divides the chance, and begins in a month with
    `HELP`, unless it never does. Need lasts another month with `STAYS`. A household ends with
    `ENDS`, and the need it had then stays written. ``kin``: what the chance is multiplied by while
    the kin is in need.
    """

    kin: float = 1.0
    helps: float = HELP

    def step(self, state: State, *, keeps_events: bool) -> Month:
        """Let one month pass."""
        month = Month.begin(state, len(Shock), keeps_events=keeps_events)
        households, draw = state.households, month.streams
        is_bad = draw.happens("chain.bad", state.commons.key, 0.5)[households.path]
        is_helped = households.measure_until[:, Measure.SOCIAL] >= month.month
        chance = households.year_shock * np.where(is_bad, FACTORS[1], FACTORS[0])
        chance *= np.where(is_helped, RELIEF, 1.0)
        has_kin = households.kin >= 0
        chance[has_kin & (households.need[households.kin] > 0)] *= self.kin
        ends = households.is_here & draw.happens("chain.ends", households.key, ENDS)
        households.is_here[ends] = False
        households.ended_month[ends] = month.month
        households.end_kind[ends] = np.where(
            draw.happens("chain.kind", households.key[ends], 0.5), End.DISSOLVED, End.MOVED_AWAY
        )
        was = households.need > 0
        needs = draw.happens("chain.hit", households.key, chance)
        needs |= was & draw.happens("chain.stays", households.key, STAYS)
        needs &= households.is_here
        households.need_since = np.where(
            needs, np.where(was, households.need_since, month.month), NEVER
        ).astype(np.int32)
        left = np.where(households.is_here, 0, households.need)
        households.need = np.where(needs, Route.SUDDEN, left).astype(np.int8)
        begins = draw.happens("chain.help", households.key, self.helps)
        begins &= ~is_helped & ~households.is_helped_never
        households.measure_until[begins, Measure.SOCIAL] = NO_END
        state.month = month.month
        return month


def exact(
    chance: float,
    *,
    needs: bool,
    helped: bool,
    estimand: Estimand,
    n_months: int,
    helps: float = HELP,
) -> dict[str, float]:
    """Probabilities of event, status and ends without need after some months, by the chain.

    States: (need now, help, need before or now) for households that are here; ended ones only
    remember whether there was need before.
    """
    if estimand is not Estimand.AS_THINGS_ARE:
        helps = 0.0
    if estimand is Estimand.NO_HELP_AT_ALL:
        helped = False
    here = {(needs, helped, False): 1.0}
    over = {True: 0.0, False: 0.0}
    for _ in range(n_months):
        following: dict[tuple[bool, bool, bool], float] = {}
        for (need, has_help, before), mass in here.items():
            over[before] += mass * ENDS
            for factor in FACTORS:
                hit = chance * factor * (RELIEF if has_help else 1.0)
                falls = 1 - (1 - hit) * (1 - STAYS if need else 1.0)
                for then, share in ((True, falls), (False, 1 - falls)):
                    for more, part in ((True, helps), (False, 1 - helps)):
                        place = (then, has_help or more, before or then)
                        weight = mass * (1 - ENDS) * 0.5 * share * part
                        following[place] = following.get(place, 0.0) + weight
        here = following
    return {
        "event": over[True] + sum(m for (_, _, before), m in here.items() if before),
        "status": sum(m for (need, _, _), m in here.items() if need),
        "ended": over[False],
    }
