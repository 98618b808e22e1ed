"""Clues: what departments, households and cadres point to, and which of it waits for a check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from fanpin_risk.simulate.county.kinds import NEVER, Breach, Channel, Measure, Shock
from fanpin_risk.simulate.county.listing import main_cause
from fanpin_risk.simulate.county.state import I64, Flags
from fanpin_risk.simulate.county.system_settings import Department
from fanpin_risk.simulate.county.system_view import Rows, View

_FEN = 100
NOBODY = -1
NO_AMOUNT = -1


class Office(IntEnum):
    """Departments that send warnings, in the order in which they count; -1 where none did."""

    MEDICAL = 0
    CIVIL = 1
    DISABLED = 2
    EDUCATION = 3
    HOUSING = 4
    WATER = 5
    EMERGENCY = 6
    WORK = 7
    FARMING = 8


_SETTING: dict[Office, Department] = dict(zip(Office, get_args(Department), strict=True))


@dataclass(frozen=True)
class Pointed:
    """Clues of one source: a row for each, columns of one length."""

    hh: Rows
    channel: Rows
    office: Rows
    cause: Rows
    amount: I64
    person: Rows
    is_followed: Flags

    @classmethod
    def by(
        cls,
        rows: Rows,
        channel: npt.NDArray[Any] | Channel,
        cause: npt.NDArray[Any] | Shock,
        *,
        office: int = -1,
        amount: npt.NDArray[Any] | int = NO_AMOUNT,
        person: npt.NDArray[Any] | int = NOBODY,
        is_followed: npt.NDArray[np.bool_] | bool = True,
    ) -> Pointed:
        """Clues about some households; one value, or one for each row."""

        def filled(value: npt.NDArray[Any] | int) -> I64:
            return np.broadcast_to(np.asarray(value, dtype=np.int64), len(rows))

        return cls(
            hh=rows,
            channel=filled(channel),
            office=filled(office),
            cause=filled(cause),
            amount=filled(amount),
            person=filled(person),
            is_followed=np.broadcast_to(np.asarray(is_followed, dtype=np.bool_), len(rows)),
        )

    @classmethod
    def joined(cls, parts: Sequence[Pointed]) -> Pointed:
        """Put the clues of several sources one after the other."""
        return cls(
            **{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls)}
        )

    def taken(self, rows: npt.NDArray[Any]) -> Pointed:
        """Some of the clues."""
        return Pointed(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


def warnings_of_departments(view: View) -> list[Pointed]:
    """Warnings of the month, department by department in the order of `Office`."""
    shocked = view.month.shocked
    breach = view.state.households.breach_since
    now = view.month.month
    admitted = view.state.households.measure_since[:, Measure.SAFETY_NET] == now
    dropped_out = breach[:, Breach.SCHOOLING] == now
    return [
        _medical(view),
        _warned(view, Office.CIVIL, admitted, Shock.OTHER),
        _warned(view, Office.DISABLED, shocked[:, Shock.DISABILITY], Shock.DISABILITY),
        _warned(view, Office.EDUCATION, shocked[:, Shock.SCHOOLING] | dropped_out, Shock.SCHOOLING),
        _warned(view, Office.HOUSING, shocked[:, Shock.UNSAFE_HOUSING], Shock.UNSAFE_HOUSING),
        _warned(view, Office.WATER, shocked[:, Shock.UNSAFE_WATER], Shock.UNSAFE_WATER),
        _warned(view, Office.EMERGENCY, shocked[:, Shock.ACCIDENT], Shock.ACCIDENT),
        _warned(view, Office.EMERGENCY, shocked[:, Shock.DISASTER], Shock.DISASTER),
        _warned(view, Office.WORK, shocked[:, Shock.UNSTABLE_WORK], Shock.UNSTABLE_WORK),
        _warned(view, Office.FARMING, shocked[:, Shock.FAILED_BUSINESS], Shock.FAILED_BUSINESS),
    ]


def self_reports(view: View) -> Pointed:
    """Households that ask by themselves, by paper or telephone or on the one-key platform."""
    settings = view.settings
    is_in_need = view.state.households.need > 0
    chance = np.where(is_in_need, settings.self_report_in_need, settings.self_report_otherwise)
    asks = view.happens("clue.self_report", chance) & view.here & ~view.is_listed
    rows = np.flatnonzero(asks)
    keys = view.state.households.key[rows]
    is_platform = view.month.streams.happens("clue.one_key", keys, settings.one_key_share)
    channel = np.where(is_platform, Channel.ONE_KEY, Channel.HOUSEHOLD)
    return Pointed.by(rows, channel, main_cause(view, rows))


def take_up(view: View, parts: Sequence[Pointed]) -> None:
    """Open, of the clues of the month, the first of each household that somebody follows.

    A household that is listed, or waits for a check already, gets no new open clue; its clues are
    kept all the same. A warning that nobody follows is closed at the desk.

    Parameters
    ----------
    parts
        By source; the earlier count first.
    """
    found = Pointed.joined(parts)
    can_open = found.is_followed & ~view.is_listed[found.hh] & ~view.has_open_clue[found.hh]
    _, first = np.unique(found.hh[can_open], return_index=True)
    is_open = np.zeros(len(found.hh), dtype=np.bool_)
    is_open[np.flatnonzero(can_open)[first]] = True
    opened, households = found.taken(is_open), view.state.households
    is_fast = view.happens("clue.same_month", view.settings.same_month_share)
    households.clue_month[opened.hh] = view.month.month
    households.clue_channel[opened.hh] = opened.channel
    households.clue_cause[opened.hh] = opened.cause
    households.clue_serial[opened.hh] += 1
    households.decision_due[opened.hh] = view.month.month + 1 - is_fast[opened.hh]
    view.month.add(
        "clue",
        hh=found.hh,
        channel=found.channel,
        office=found.office,
        cause=found.cause,
        amount=found.amount,
        person=found.person,
        serial=np.where(is_open, households.clue_serial[found.hh], 0),
        is_fast=is_fast[found.hh],
        is_followed=found.is_followed,
    )


def _warned(view: View, office: Office, happened: Flags, cause: Shock) -> Pointed:
    """Warnings of one department about what happened this month, as far as it comes to know."""
    settings, name = view.settings, _SETTING[office]
    what = f"clue.{name}.{cause}"
    rows = np.flatnonzero(happened & view.here)
    keys = view.state.households.key[rows]
    share = settings.reported[name]
    rows = rows[view.month.streams.happens(f"{what}.reported", keys, share)]
    return Pointed.by(
        rows, Channel.DEPARTMENT, cause, office=office, is_followed=_followed(view, rows, office)
    )


def _followed(view: View, rows: Rows, office: Office) -> Flags:
    """Whether somebody goes and looks, rather than close the warning at the desk."""
    name = _SETTING[office]
    keys = view.state.households.key[rows]
    return view.month.streams.happens(f"clue.{name}.followed", keys, view.settings.followed[name])


def _medical(view: View) -> Pointed:
    """Members whose own cost since January passed the threshold of their group this month.

    What is known of the month is the household's cost: where two members have bills in one month,
    who had passed it before may be warned of again.
    """
    settings, households, people = view.settings, view.state.households, view.state.people
    is_helped = households.is_former_poor | view.is_listed | view.has_allowance
    limit = _FEN * np.where(
        is_helped, settings.medical_warning_helped_yuan, settings.medical_warning_others_yuan
    )
    own = people.year_own_fen
    persons = np.flatnonzero(people.is_here & (own >= limit[people.household]))
    persons = persons[np.lexsort((people.key[persons], own[persons], people.household[persons]))]
    hh = people.household[persons]
    is_top = np.append(hh[1:] != hh[:-1], True) if len(hh) else np.zeros(0, dtype=np.bool_)
    persons, hh = persons[is_top], hh[is_top].astype(np.int64)
    book = view.month.book
    of_month = (book.medical_compliant + book.medical_other)[hh]
    is_new = (own[persons] - of_month < limit[hh]) & (of_month > 0) & view.here[hh]
    is_new &= view.month.streams.happens(
        "clue.medical.reported", households.key[hh], settings.reported["medical"]
    )
    persons, hh = persons[is_new], hh[is_new]
    return Pointed.by(
        hh,
        Channel.DEPARTMENT,
        Shock.ILLNESS,
        office=Office.MEDICAL,
        amount=own[persons],
        person=persons,
        is_followed=_followed(view, hh, Office.MEDICAL),
    )


def is_waiting(view: View) -> Flags:
    """Households whose open clue is due for its check now."""
    households = view.state.households
    is_due = households.decision_due <= view.month.month
    found: Flags = (households.clue_month != NEVER) & is_due & view.here
    return found
