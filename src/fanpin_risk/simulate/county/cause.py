"""What caused a fall: the twelve months before it, run again without each kind of shock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from fanpin_risk.simulate.county.kinds import Shock
from fanpin_risk.simulate.county.month import Month
from fanpin_risk.simulate.county.state import State

MONTHS_BACK = 12
"""How far before a fall its causes are looked for (design note, section 4)."""

VARIANTS = len(Shock) + 1
"""Runs of each household: as it was, and once without each kind of shock."""


class Steps(Protocol):
    """What lets a month pass."""

    def step(self, state: State, *, keeps_events: bool) -> Month:
        """Let one month pass."""


def causes_of(
    engine: Steps, earlier: Sequence[State], rows: npt.NDArray[np.int64], month: int
) -> npt.NDArray[np.int64]:
    """Kinds of shocks whose removal alone prevents a fall.

    Parameters
    ----------
    engine
        The processes.
    earlier
        States at the ends of the months before, the oldest first, the last one of ``month - 1``.
    rows
        Households that fell in ``month``.
    month
        The month of the fall.

    Returns
    -------
    ndarray of int64, shape (n_rows,)
        Bits 1 << `Shock`: without it there is no need in ``month``. 0: no single removal does
        that. -1: cannot be told, because the household began after the oldest state.

    Raises
    ------
    AssertionError
        If the months run again as they were do not end in the same falls: a draw would then depend
        on something else than its key.
    """
    found = np.full(len(rows), -1, dtype=np.int64)
    start = earlier[0]
    asked = np.flatnonzero(rows < start.households.n)
    if len(asked) == 0:
        return found
    state, first, n_together = _variants(start, rows[asked])
    for _ in range(start.month + 1, month + 1):
        engine.step(state, keeps_events=False)
    needs = state.households.need > 0
    assert needs[first].all(), "a fall did not happen again"
    bits = np.zeros(len(asked), dtype=np.int64)
    for shock in Shock:
        place = first + (shock + 1) * n_together
        bits |= np.where(needs[place], 0, 1 << shock)
    found[asked] = bits
    return found


def _variants(
    start: State, rows: npt.NDArray[np.int64]
) -> tuple[State, npt.NDArray[np.int64], int]:
    """Households and their kin for each variant; where the asked ones stand; rows of a variant."""
    kin = start.households.kin[rows]
    together = np.unique(np.concatenate([rows, kin[kin >= 0].astype(np.int64)]))
    path = np.repeat(np.arange(VARIANTS, dtype=np.int32), len(together))
    on_path = start.households.path[together]
    assert (on_path == on_path[0]).all(), "causes are asked on one common path at a time"
    state = start.taken(np.tile(together, VARIANTS), path)
    state.commons = start.commons.taken(np.full(VARIANTS, on_path[0]))
    off = np.concatenate([[0], 1 << np.arange(len(Shock))]).astype(np.int32)
    state.households.switched_off = np.repeat(off, len(together)).astype(np.int32)
    return state, np.searchsorted(together, rows), len(together)
