"""Which causes raise a score, in which order, each with its strongest evidence; in blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fanpin_risk.explain.told import CAUSES, causes_of
from fanpin_risk.indicators.indicator import IndicatorColumn

LEAST_CONTRIBUTION = 0.05
"""Log-odds: what raises the odds by less than about 5% is no reason."""
NOBODY = -1
"""Stands for a column where there is no further reason."""

Numbers = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.intp]
_WHOLE, _SINGLE, _NONE = 0, 2, 4


@dataclass(frozen=True, kw_only=True)
class Ranked:
    """Reasons of households, in order; arrays of shape (n_households, n_reasons).

    Attributes
    ----------
    columns
        The evidence's column, or `NOBODY`.
    causes
        Place of the cause in `fanpin_risk.explain.told.CAUSES`, or `NOBODY`.
    contributions
        Of the cause, or of the column alone where the cause as a whole does not raise the score;
        log-odds, 0 for `NOBODY`.
    """

    columns: Indices
    causes: Indices
    contributions: Numbers


def is_own(column: IndicatorColumn) -> bool:
    """Whether evidence is the household's own and not shared with its place."""
    return column.indicator.table != "place_view"


def ranked(
    parts: Numbers,
    telling: Truths,
    columns: Sequence[IndicatorColumn],
    n_reasons: int,
    told: Mapping[int, Indices],
) -> Ranked:
    """Causes that raise the score, then single indicators that do, the household's own first.

    Parameters
    ----------
    parts : array of shape (n_columns, n_households)
        Contributions in log-odds, without the base.
    telling : array of the same shape
        Whether the column's value says so to a reader (`fanpin_risk.explain.telling.tells`).
    columns
        The catalogue's columns.
    n_reasons
        How many for each household.
    told
        Cause of each household for columns that others tell the kind of
        (`fanpin_risk.explain.told.told_causes`).

    Returns
    -------
    Ranked
        In log-odds; after the last reason `NOBODY` and 0.
    """
    n = parts.shape[1]
    chosen = np.full((len(CAUSES), n), NOBODY, dtype=np.intp)
    sizes = np.zeros((len(CAUSES), n))
    groups = np.full((len(CAUSES), n), _NONE, dtype=np.int8)
    own = np.array([is_own(column) for column in columns])
    causes = causes_of(columns)
    shown = [i for i, column in enumerate(columns) if _is_shown(column)]
    for place in range(len(CAUSES)):
        mine = [i for i in shown if i in told or causes[i] == place]
        members = {i: told[i] == place for i in mine if i in told}
        if not mine:
            continue
        best, size = _strongest(parts, telling, mine, own, members)
        total = np.zeros(n)
        for i in mine:
            total += np.where(members[i], parts[i], 0.0) if i in members else parts[i]
        is_whole = total > LEAST_CONTRIBUTION
        is_single = (total <= 0) & (size > LEAST_CONTRIBUTION)
        is_reason = (best != NOBODY) & (is_whole | is_single)
        group = np.where(is_whole, _WHOLE, _SINGLE) + ~own[best]
        chosen[place] = np.where(is_reason, best, NOBODY)
        sizes[place] = np.where(is_reason, np.where(is_whole, total, size), 0.0)
        groups[place] = np.where(is_reason, group, _NONE)
    order = _order(groups, sizes)[:n_reasons]
    found = Ranked(
        columns=np.full((n, n_reasons), NOBODY, dtype=np.intp),
        causes=np.full((n, n_reasons), NOBODY, dtype=np.intp),
        contributions=np.zeros((n, n_reasons)),
    )
    found.columns[:, : len(order)] = np.take_along_axis(chosen, order, axis=0).T
    found.causes[:, : len(order)] = order.T
    found.causes[found.columns == NOBODY] = NOBODY
    found.contributions[:, : len(order)] = np.take_along_axis(sizes, order, axis=0).T
    return found


def _is_shown(column: IndicatorColumn) -> bool:
    """Whether an indicator may be shown, and so counted."""
    return not column.indicator.is_sensitive


def _strongest(
    parts: Numbers,
    telling: Truths,
    mine: Sequence[int],
    own: Truths,
    members: Mapping[int, Truths],
) -> tuple[Indices, Numbers]:
    """Strongest evidence of one cause and its contribution: own first, of equals the first.

    Of the columns in ``members`` only the households marked there have it in this cause.
    """
    n = parts.shape[1]
    best, size = np.full(n, NOBODY, dtype=np.intp), np.zeros(n)
    has_own = np.zeros(n, dtype=bool)
    for i in sorted(mine, key=lambda i: not own[i]):
        better = telling[i] & (parts[i] > size)
        if i in members:
            better &= members[i]
        if not own[i]:
            better &= ~has_own
        np.copyto(best, i, where=better)
        np.copyto(size, parts[i], where=better)
        if own[i]:
            has_own |= better
    return best, size


def _order(groups: npt.NDArray[np.int8], sizes: Numbers) -> Indices:
    """Order of the causes of each household: by group, the largest first, then official."""
    official = np.broadcast_to(np.arange(len(groups))[:, None], groups.shape)
    found: Indices = np.lexsort((official, -sizes, groups), axis=0)
    return found
