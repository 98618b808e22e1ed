"""Minimum living allowance (dibao) and destitute support (tekun): who gets them, and how much.

Written by hand from the policy notes, sections 6, 10 and 12: income a head below the allowance line
and few able to work; a gravely disabled or seriously ill person in a family of low income as if it
were a household of one; destitute support for who has neither work, nor income, nor family.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fanpin_risk.simulate.county import register
from fanpin_risk.simulate.county.happenings import add_income
from fanpin_risk.simulate.county.kinds import NO_END, Measure
from fanpin_risk.simulate.county.month import Month
from fanpin_risk.simulate.county.state import I64, Flags, State
from fanpin_risk.simulate.county.streams import LASTING
from fanpin_risk.simulate.county.system_view import Rows, View

_MONTHS = 12
_TEN_YUAN = 10_00


@dataclass(frozen=True)
class Entitlement:
    """What some households are entitled to: nothing, dibao or tekun, and how much a month."""

    is_dibao: Flags
    is_tekun: Flags
    month_fen: I64

    @property
    def is_any(self) -> Flags:
        """Entitled to one of them."""
        found: Flags = self.is_dibao | self.is_tekun
        return found


def pay_allowances(state: State, month: Month) -> None:
    """Pay the month's allowances of households that go on."""
    households = state.households
    for is_paid, item, line in (
        (households.is_dibao, "dibao", month.book.dibao),
        (households.is_tekun, "tekun", month.book.tekun),
    ):
        rows = np.flatnonzero(is_paid & households.is_here)
        line[rows] = households.dibao_fen[rows]
        add_income(month, item, rows, households.dibao_fen[rows], is_help=True)


def apply_by_themselves(view: View) -> None:
    """Let households apply for an allowance, and admit some of those entitled to one."""
    is_candidate = view.here & ~view.has_allowance
    applies = view.happens("allowance.applies", view.settings.apply_a_month)
    assess(view, np.flatnonzero(is_candidate & applies), "allowance.application")


def assess(view: View, rows: Rows, what: str) -> None:
    """Admit, of some households without an allowance, those entitled to one; not all of them."""
    households, now = view.state.households, view.month.month
    rows = rows[
        ~(households.is_dibao | households.is_tekun)[rows] & ~households.is_helped_never[rows]
    ]
    entitled = entitlement(view, rows)
    keys = households.key[rows]
    is_admitted = entitled.is_any & view.month.streams.happens(
        what, keys, view.settings.admitted_share
    )
    admitted = rows[is_admitted]
    households.is_dibao[admitted] = entitled.is_dibao[is_admitted]
    households.is_tekun[admitted] = entitled.is_tekun[is_admitted]
    households.dibao_fen[admitted] = entitled.month_fen[is_admitted]
    households.measure_since[admitted, Measure.SAFETY_NET] = now
    households.measure_until[admitted, Measure.SAFETY_NET] = NO_END
    view.month.add(
        "measure",
        hh=admitted,
        measure=np.full(len(admitted), Measure.SAFETY_NET),
        person=np.full(len(admitted), -1),
        amount=households.dibao_fen[admitted],
        until=np.full(len(admitted), NO_END),
        is_tekun=households.is_tekun[admitted].copy(),
    )


def review(view: View) -> None:
    """The yearly review of running allowances, each household in its own month of the year.

    Who is entitled to less or more gets that; who is entitled to nothing, with a margin, is taken
    off, though not all of them at once.
    """
    households, settings = view.state.households, view.settings
    month_of_review = LASTING.uniform("allowance.review", households.key) * _MONTHS
    is_due = np.floor(month_of_review).astype(np.int64) == view.month.moy - 1
    rows = np.flatnonzero(view.has_allowance & view.here & is_due)
    entitled = entitlement(view, rows, margin=settings.review_margin)
    keys = households.key[rows]
    is_removed = ~entitled.is_any & view.month.streams.happens(
        "allowance.removed", keys, settings.removed_share
    )
    removed, kept = rows[is_removed], rows[entitled.is_any]
    households.is_dibao[removed] = False
    households.is_tekun[removed] = False
    households.dibao_fen[removed] = 0
    households.measure_until[removed, Measure.SAFETY_NET] = view.month.month
    households.is_dibao[kept] = entitled.is_dibao[entitled.is_any]
    households.is_tekun[kept] = entitled.is_tekun[entitled.is_any]
    households.dibao_fen[kept] = entitled.month_fen[entitled.is_any]


def entitlement(view: View, rows: Rows, *, margin: float = 0.0) -> Entitlement:
    """What the rules give some households, by the income that is told without their allowance.

    Parameters
    ----------
    rows
        Rows of households that go on.
    margin
        By how much of the line an income may lie above it.
    """
    settings, households = view.settings, view.state.households
    line = settings.dibao_fen(view.month.year)
    members = np.maximum(view.members[rows], 1)
    own = register.told_income_fen(view, rows) - _MONTHS * households.dibao_fen[rows] // members
    is_low = own < round(line * (1.0 + margin))
    able = view.able[rows]
    is_without_family = (households.kin[rows] < 0) & (households.kin_support_fen[rows] == 0)
    is_tekun = is_low & (able == 0) & is_without_family
    is_weak = able <= settings.able_of_members_at_most * members
    is_whole = is_low & is_weak & ~is_tekun
    grave = view.counted(view.is_gravely_disabled | view.is_seriously_ill)[rows]
    is_single = (own < round(line * settings.single_line_multiple)) & (grave > 0)
    is_single &= ~is_whole & ~is_tekun
    smallest = settings.smallest_month_yuan * 100
    lacking = np.maximum((line - np.maximum(own, 0)) // _MONTHS, smallest) * members
    # what is paid on top of it for the old, the children and the gravely disabled
    topped = np.rint(settings.top_up_share * view.frail[rows] * (line // _MONTHS)).astype(np.int64)
    lacking += topped
    full = line // _MONTHS
    month_fen = np.where(is_whole, lacking, 0)
    month_fen += np.where(is_single, np.maximum(full, smallest) * grave, 0)
    tekun_fen = round(full * settings.tekun_multiple)
    month_fen += np.where(is_tekun, tekun_fen * members, 0)
    return Entitlement(
        is_dibao=is_whole | is_single,
        is_tekun=is_tekun,
        month_fen=-(-month_fen // _TEN_YUAN) * _TEN_YUAN,
    )
