"""The register's income: the true one as recalled, rounded, and sometimes bent."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import numpy.typing as npt

from fanpin_risk.simulate.county.state import I64
from fanpin_risk.simulate.county.system_view import Rows, View

_FEN = 100
_OTHER_BEND = 1


class Reason(IntEnum):
    """Why the register looked at a household."""

    COLLECTION = 0
    VERIFICATION = 1
    LISTING = 2
    EXIT = 3


def told_income_fen(view: View, rows: Rows) -> I64:
    """What would be written as net income per head and year of some households now.

    The true income of the last twelve months with the household's lasting bias and this month's
    error of recall; then the two bendings, where they are switched on: below the line where a
    listing is at stake, above it where an exit is; most of it rounded.

    Parameters
    ----------
    rows
        Rows of households.

    Returns
    -------
    ndarray of int64, shape (n_rows,)
        Fen; negative after a bad year.
    """
    settings, households = view.settings, view.state.households
    keys = households.key[rows]
    streams = view.month.streams
    log_error = households.reporting_bias[rows]
    log_error = log_error + settings.recall_sd * streams.normal("register.recall", keys)
    if view.month.month >= settings.break_month:
        log_error = log_error + settings.break_log
    told = np.rint(view.income_head_fen[rows] * np.exp(log_error)).astype(np.int64)
    told = _bent(view, rows, told)
    is_heaped = streams.happens("register.heap", keys, settings.heap_share)
    heap_fen = np.where(is_heaped, settings.heap_yuan * _FEN, _FEN)
    return _to_multiple(told, heap_fen)


def write(view: View, rows: Rows, told_fen: I64, reason: Reason) -> None:
    """Write the register's income of some households, and keep that it was looked at."""
    households = view.state.households
    households.register_income_fen[rows] = told_fen
    households.register_month[rows] = view.month.month
    view.month.add(
        "collection",
        hh=rows,
        reason=np.full(len(rows), reason, dtype=np.int8),
        income=told_fen,
    )


def collect(view: View) -> None:
    """The yearly collection: every former poor household and every one that was ever listed."""
    if view.month.moy != view.settings.collection_month:
        return
    households = view.state.households
    is_on_file = households.is_former_poor | (households.n_listings > 0)
    rows = np.flatnonzero(view.here & is_on_file)
    write(view, rows, told_income_fen(view, rows), Reason.COLLECTION)


def _bent(view: View, rows: Rows, told_fen: I64) -> I64:
    """Income as bent to one side of the line, where that is switched on and pays."""
    settings, line = view.settings, view.line_fen
    keys = view.state.households.key[rows]
    streams = view.month.streams
    is_listed = view.is_listed[rows]
    reach = np.rint(settings.bunch_width * line)
    is_bent = streams.happens("register.bend", keys, settings.bunch_share)
    within = np.rint(streams.uniform("register.bend", keys, _OTHER_BEND) * reach)
    bent = told_fen
    if settings.bunches_below_benefit:
        is_near = (told_fen >= line) & (told_fen < line + reach)
        # a hundred yuan lower, so that rounding does not lift it to the line again
        below = line - settings.heap_yuan * _FEN - within
        bent = np.where(is_bent & ~is_listed & is_near, below.astype(np.int64), bent)
    if settings.bunches_above_exit and view.month.moy in settings.bunch_months:
        is_near = (told_fen < line) & (told_fen >= line - reach)
        above = line + settings.heap_yuan * _FEN + within
        bent = np.where(is_bent & is_listed & is_near, above.astype(np.int64), bent)
    return bent


def _to_multiple(amounts_fen: I64, step_fen: npt.NDArray[np.int64]) -> I64:
    """Nearest multiple of a step, halves away from zero."""
    half_up = (np.abs(amounts_fen) + step_fen // 2) // step_fen * step_fen
    nearest: I64 = np.sign(amounts_fen) * half_up
    return nearest
