"""Checks of clues: somebody goes and looks, and may be wrong both ways."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from fanpin_risk.simulate.county import register
from fanpin_risk.simulate.county.clues import is_waiting
from fanpin_risk.simulate.county.kinds import NEVER
from fanpin_risk.simulate.county.listing import NO_CAUSE, main_cause
from fanpin_risk.simulate.county.register import Reason
from fanpin_risk.simulate.county.system_view import Rows, View


class Result(IntEnum):
    """What a check found, in the order of the contract's list."""

    CONFIRMED = 0
    NOT_CONFIRMED = 1
    NOT_REACHED = 2


def verify(view: View) -> tuple[Rows, Rows]:
    """Check the open clues that are due.

    Where nobody is met the check is made again a month later, until the clue is too old. Whoever is
    met is written into the register with what is told of the income.

    Returns
    -------
    tuple of ndarray of int64
        Rows of households whose clue was confirmed, and of those where it was not. `close` ends
        their clues, once decided.
    """
    settings, households, now = view.settings, view.state.households, view.month.month
    due = np.flatnonzero(is_waiting(view))
    keys = households.key[due]
    is_reached = ~view.month.streams.happens("check.absent", keys, settings.not_reached_share)
    is_confirmed = is_reached & view.sees_need("check.need_seen", due)
    result = np.where(is_confirmed, Result.CONFIRMED, Result.NOT_CONFIRMED)
    result = np.where(is_reached, result, Result.NOT_REACHED)
    view.month.add(
        "verification",
        hh=due,
        result=result,
        cause=np.where(is_confirmed, main_cause(view, due), NO_CAUSE),
        serial=households.clue_serial[due].copy(),
        is_fast=households.clue_month[due] == now,
    )
    met = due[is_reached]
    households.last_looked_at[met] = now
    register.write(view, met, register.told_income_fen(view, met), Reason.VERIFICATION)
    missed = due[~is_reached]
    is_too_old = households.clue_month[missed] <= now - settings.clue_lasts_months
    households.decision_due[missed[~is_too_old]] = now + 1
    close(view, missed[is_too_old])
    return due[is_confirmed], due[is_reached & ~is_confirmed]


def close(view: View, rows: Rows) -> None:
    """End the open clues of households."""
    view.state.households.clue_month[rows] = NEVER
    view.state.households.decision_due[rows] = NEVER
