"""Events in the columns that the records are made from, written the same way everywhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from fanpin_risk.records.contracts import codes
from fanpin_risk.records.contracts.model import CodeList
from fanpin_risk.simulate.county.month import Month
from fanpin_risk.simulate.county.state import State

Rows = npt.NDArray[np.int64]

NONE = -1
"""Index of a code, or row of a person, where there is none."""

LAST_DAY = 28
"""Days of events are 1 to this, which every month has."""


def place_in(codes: CodeList, code: str) -> int:
    """Index of a code in its contract's list.

    Raises
    ------
    ValueError
        If the list has no such code.
    """
    return list(codes.words).index(code)


def days(state: State, month: Month, what: str, rows: Rows) -> Rows:
    """Day of the month for an event of each household, 1 to 28."""
    u = month.streams.uniform(f"{what}.day", state.households.key[rows])
    drawn: Rows = (u * LAST_DAY).astype(np.int64) + 1
    return drawn


def add_shocks(
    state: State,
    month: Month,
    what: str,
    rows: Rows,
    *,
    person: Rows | None = None,
    disaster_kind: Rows | int = NONE,
    loss_fen: Rows | int = 0,
    product: Rows | int = NONE,
) -> None:
    """Keep what hit households as records may tell it; ``what`` is a code of `SHOCK_KINDS`.

    A loss of 0 fen is one that nobody put a figure on.
    """
    if not month.keeps_events:
        return
    month.add(
        "shock",
        hh=rows,
        person=_filled(NONE if person is None else person, rows),
        kind=_filled(place_in(codes.SHOCK_KINDS, what), rows),
        disaster_kind=_filled(disaster_kind, rows),
        loss=_filled(loss_fen, rows),
        product=_filled(product, rows),
        day=days(state, month, f"shock.{what}", rows),
    )


def add_income(month: Month, item: str, rows: Rows, amount_fen: Rows, *, is_help: bool) -> None:
    """Keep payments to households; ``item`` is a code of `INCOME_ITEMS`."""
    if not month.keeps_events:
        return
    month.add(
        "income_item",
        hh=rows,
        person=_filled(NONE, rows),
        item=_filled(place_in(codes.INCOME_ITEMS, item), rows),
        amount=amount_fen,
        is_help=np.full(len(rows), is_help),
    )


def add_rigid_spending(
    month: Month, item: str, rows: Rows, amount_fen: Rows, *, person: Rows | None = None
) -> None:
    """Keep compliant rigid spending; ``item`` is a code of `SPENDING_ITEMS`."""
    if not month.keeps_events:
        return
    month.add(
        "rigid_spending",
        hh=rows,
        person=_filled(NONE if person is None else person, rows),
        item=_filled(place_in(codes.SPENDING_ITEMS, item), rows),
        amount=amount_fen,
        is_compliant=np.ones(len(rows), dtype=np.bool_),
    )


def add_claims(
    month: Month,
    insurance: str,
    rows: Rows,
    paid_fen: Rows,
    *,
    cause: Rows | int,
    product: Rows | int = NONE,
) -> None:
    """Keep what insurers paid; ``insurance`` is a code of `INSURANCES`."""
    if not month.keeps_events:
        return
    month.add(
        "insurance_claim",
        hh=rows,
        insurance=_filled(place_in(codes.INSURANCES, insurance), rows),
        paid=paid_fen,
        cause=_filled(cause, rows),
        product=_filled(product, rows),
    )


def _filled(value: npt.NDArray[Any] | int, rows: Rows) -> Rows:
    """One whole number for each row."""
    filled: Rows = np.broadcast_to(np.asarray(value, dtype=np.int64), len(rows))
    return filled
