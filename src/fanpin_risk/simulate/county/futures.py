"""Futures of some households from one state, each month drawn afresh, what is shared included."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from fanpin_risk.simulate.county.cause import Steps
from fanpin_risk.simulate.county.kinds import NEVER, End, Job
from fanpin_risk.simulate.county.state import I32, Flags, Households, State
from fanpin_risk.simulate.county.streams import Keys, mixed, mixed_with

Rows = npt.NDArray[np.int64]
Bits = npt.NDArray[np.uint16]
Bytes = npt.NDArray[np.uint8]

MAX_MONTHS = 16
"""Longest future: a month is a bit of sixteen."""

_FUTURE = 0x66757475
"""Sets keys of futures apart from every other use of the same key."""

_LASTING = np.uint64((1 << 32) - 1)
"""Bits of a key that its futures keep."""


class Estimand(StrEnum):
    """What happens to help after the day of the state.

    `AS_THINGS_ARE`: the system goes on. `NO_FURTHER_HELP`: no measure begins; those that run go on
    to their written end, pensions, insurance and subsidies go on, visits happen and start nothing.
    `NO_HELP_AT_ALL`: nothing begins, and what `without_running_help` names stops at once.
    """

    AS_THINGS_ARE = "as_things_are"
    NO_FURTHER_HELP = "no_further_help"
    NO_HELP_AT_ALL = "no_help_at_all"


@dataclass(frozen=True)
class Drawn:
    """What became of households in their futures; arrays of shape (households, futures).

    Attributes
    ----------
    needs
        Bit ``m - 1`` is set if the household is in need at the end of month ``t + m``.
    ended_after_months
        Months after t in which the household ended; 0: it goes on.
    end_kind
        `End` of it.
    """

    needs: Bits
    ended_after_months: Bytes
    end_kind: Bytes

    @classmethod
    def empty(cls, n: int, n_futures: int) -> Self:
        """Room for what will be put in."""
        shape = (n, n_futures)
        return cls(*(np.zeros(shape, dtype=dtype) for dtype in (np.uint16, np.uint8, np.uint8)))

    def put(self, rows: Rows, futures: Rows, part: Drawn) -> None:
        """Set some households' values in some futures."""
        for f in fields(self):
            getattr(self, f.name)[np.ix_(rows, futures)] = getattr(part, f.name)

    def save(self, file: Path) -> None:
        """Write everything to one file."""
        with file.open("wb") as handle:
            np.savez_compressed(
                handle,
                needs=self.needs,
                ended_after_months=self.ended_after_months,
                end_kind=self.end_kind,
            )

    @classmethod
    def load(cls, file: Path) -> Self:
        """Read what `save` wrote."""
        with file.open("rb") as handle, np.load(handle, allow_pickle=False) as stored:
            return cls(*(stored[f.name] for f in fields(cls)))

    def has_event(self, horizon_months: int) -> Flags:
        """Whether there is need at the end of some month in (t, t + horizon]."""
        within = np.uint16((1 << horizon_months) - 1)
        found: Flags = (self.needs & within) != 0
        return found

    def has_status(self, horizon_months: int) -> Flags:
        """Whether there is need **at** the end of month t + horizon."""
        found: Flags = (self.needs & np.uint16(1 << (horizon_months - 1))) != 0
        return found

    def has_ended(self, horizon_months: int, kind: End) -> Flags:
        """Whether the household ended in (t, t + horizon] before any need; it counts as no fall."""
        is_over = (self.ended_after_months > 0) & (self.ended_after_months <= horizon_months)
        found: Flags = is_over & (self.end_kind == kind) & ~self.has_event(horizon_months)
        return found


def families(households: Households, *, whole_villages: bool = False) -> Rows:
    """Which households can touch each other, as a label for each.

    Parameters
    ----------
    households
        All households of the state.
    whole_villages
        Whether the households of a village compete for something, so that none may be left out
        (limited slots of public posts).

    Returns
    -------
    ndarray of int64
        Households have the same label if there is a chain of kin or, if asked, of village
        neighbours between them. The label is the row of the first of them.
    """
    has_kin = np.flatnonzero(households.kin >= 0)
    pairs = (has_kin, households.kin[has_kin].astype(np.int64))
    label = np.arange(households.n)
    while True:
        before = label.copy()
        if whole_villages:
            label = _lowest_of(label, households.village)
        np.minimum.at(label, pairs[0], label[pairs[1]])
        np.minimum.at(label, pairs[1], label[pairs[0]])
        if np.array_equal(before, label):
            return label


def _lowest_of(label: Rows, group: I32) -> Rows:
    """Lowest label of each one's group."""
    _, place = np.unique(group, return_inverse=True)
    lowest = np.full(place.max(initial=-1) + 1, np.iinfo(np.int64).max)
    np.minimum.at(lowest, place, label)
    return lowest[place]


def narrowed(state: State, rows: Rows, *, whole_villages: bool = False) -> tuple[State, Rows]:
    """Households with everybody who can touch them, as a state of its own.

    Parameters
    ----------
    state
        A county at the end of a month; it is not changed.
    rows
        Households that are asked for, each once.
    whole_villages
        As in `families`.

    Returns
    -------
    State, ndarray of int64
        The smaller state, and the rows in it of the households asked for, in their order.
    """
    label = families(state.households, whole_villages=whole_villages)
    kept = np.flatnonzero(np.isin(label, label[rows]))
    return state.taken(kept), np.searchsorted(kept, rows)


def tiled(start: State, replicates: Rows) -> State:
    """One state that holds a whole state once for each future, every future on a path of its own.

    Household i of the n in ``start`` stands at row ``k * n + i`` for the k-th of ``replicates``.
    Keys of households, persons and of what is shared are new: they follow from the old key, the
    month of the state and the replicate's number, so that it does not matter with which others a
    future is drawn.

    Raises
    ------
    ValueError
        If ``start`` has more than one common path.
    """
    if start.commons.n != 1:
        raise ValueError(f"Futures begin on one common path. The state has {start.commons.n}.")
    n = start.households.n
    path = np.repeat(np.arange(len(replicates), dtype=np.int32), n)
    state = start.taken(np.tile(np.arange(n), len(replicates)), path)
    state.commons = start.commons.taken(np.zeros(len(replicates), dtype=np.int64))
    households, people = state.households, state.people
    households.key = _fresh(households.key, start.month, replicates[path])
    people.key = _fresh(people.key, start.month, replicates[path[people.household]])
    state.commons.key = _fresh(state.commons.key, start.month, replicates)
    return state


def _fresh(keys: Keys, month: int, replicates: Rows) -> Keys:
    """Keys of units in their futures.

    The lower half of a key stays: draws that belong to a unit for good go by it, and a trait must
    not change because a future begins.
    """
    renewed = mixed_with(mixed(keys, _FUTURE, month), replicates)
    return (renewed & ~_LASTING) | (keys & _LASTING)


def without_running_help(state: State) -> None:
    """End all help that households are given one by one; the state is changed in place.

    Taken away: the minimum living allowance and the support of the destitute with the status that
    brings them, every running measure whatever its written end, public posts (with the job, and
    without a shock), and first measures that are due. Left: what goes to everybody by rule, that is
    pensions, disability benefits, insurance, premium aid and farm subsidies, and dividends of
    project assets.
    """
    households, people = state.households, state.people
    households.is_dibao[:] = False
    households.is_tekun[:] = False
    households.dibao_fen[:] = 0
    households.measure_until[:] = NEVER
    households.first_measure_due[:] = NEVER
    on_post = people.job == Job.POST
    people.job[on_post] = Job.NONE
    people.job_since[on_post] = state.month
    people.post_until[on_post] = NEVER


def drawn(
    engine: Steps,
    start: State,
    rows: Rows,
    replicates: Rows,
    estimand: Estimand,
    n_months: int,
) -> Drawn:
    """Futures of some households of a state.

    Parameters
    ----------
    engine
        Lets a month pass.
    start
        The state at the end of month t, on one common path; it is not changed. All its households
        live through the futures, because they may touch those that are asked for.
    rows
        Households that are asked for.
    replicates
        Numbers of the futures. The same number means the same draws, for any estimand.
    estimand
        What happens to help.
    n_months
        Months that each future has, 16 at most.
    """
    if not 0 < n_months <= MAX_MONTHS:
        raise ValueError(f"A future has 1 to {MAX_MONTHS} months. Got {n_months}.")
    state = tiled(start, replicates)
    if estimand is Estimand.NO_HELP_AT_ALL:
        without_running_help(state)
    at = (np.arange(len(replicates))[None, :] * start.households.n + rows[:, None]).ravel()
    needs = np.zeros(len(at), dtype=np.uint16)
    ended = np.zeros(len(at), dtype=np.uint8)
    was_here = state.households.is_here[at]
    for month in range(1, n_months + 1):
        if estimand is not Estimand.AS_THINGS_ARE:
            state.households.is_helped_never[:] = True
        engine.step(state, keeps_events=False)
        is_here = state.households.is_here[at]
        needs[(state.households.need[at] > 0) & is_here] |= np.uint16(1 << (month - 1))
        ended[was_here & ~is_here] = month
        was_here = is_here
    kind = np.where(ended > 0, state.households.end_kind[at], End.GOES_ON).astype(np.uint8)
    shape = (len(rows), len(replicates))
    return Drawn(needs.reshape(shape), ended.reshape(shape), kind.reshape(shape))
