"""Who is listed, as what and for which causes; and when a listing ends."""

from __future__ import annotations

from enum import IntEnum
from typing import get_args

import numpy as np
import numpy.typing as npt

from fanpin_risk.simulate.county import register
from fanpin_risk.simulate.county.kinds import NEVER, Breach, Monitored, Shock
from fanpin_risk.simulate.county.register import Reason
from fanpin_risk.simulate.county.state import I64, Flags
from fanpin_risk.simulate.county.system_settings import Type
from fanpin_risk.simulate.county.system_view import UNSAFE_GRADE, Rows, View

NO_CAUSE = -1
_SMALL_SHARE_ABLE = 4
"""Lack of labour: at most one member in so many is able (policy notes, section 14, line 4)."""

_TYPES: dict[Monitored, Type] = dict(zip(list(Monitored)[1:], get_args(Type), strict=True))


class Decision(IntEnum):
    """What was decided about a household, in the order of the contract's list."""

    LISTED = 0
    REFUSED = 1


class Way(IntEnum):
    """How a listing ended, in the order of the contract's list."""

    BY_HELP = 0
    NATURAL = 1


def causes_seen(view: View, rows: Rows) -> npt.NDArray[np.bool_]:
    """Causes that show when somebody looks, ``(n_rows, len(Shock))``; `Shock.OTHER` for none.

    What struck within the months that count, and what is there to be seen: a grave case, a dwelling
    in danger, water out, hardly anybody able to work. Each is noted with the share of the settings,
    and no more than so many, in the order of `Shock`.
    """
    settings, households = view.settings, view.state.households
    since = view.month.month - settings.shock_counts_months
    shows = households.shock_month[rows] > since
    able, members = view.able[rows], view.members[rows]
    shows[:, Shock.DISABILITY] |= view.has_grave_disability[rows]
    shows[:, Shock.ILLNESS] |= (view.has_serious_case | view.has_costly_illness)[rows]
    shows[:, Shock.UNSTABLE_WORK] &= able > 0
    shows[:, Shock.LACK_OF_LABOUR] = able * _SMALL_SHARE_ABLE <= members
    shows[:, Shock.UNSAFE_HOUSING] |= households.house_grade[rows] >= UNSAFE_GRADE
    shows[:, Shock.UNSAFE_WATER] |= view.has_breach(Breach.WATER)[rows]
    shows[:, Shock.SCHOOLING] |= view.has_breach(Breach.SCHOOLING)[rows]
    keys = households.key[rows]
    for cause in Shock:
        shows[:, cause] &= view.month.streams.happens(
            "listing.cause_seen", keys, settings.cause_seen_share, cause
        )
    shows &= np.cumsum(shows, axis=1) <= settings.most_causes
    shows[:, Shock.OTHER] |= ~shows.any(axis=1)
    return shows


def main_cause(view: View, rows: Rows) -> I64:
    """First cause that shows, by `Shock`."""
    found: I64 = np.argmax(causes_seen(view, rows), axis=1).astype(np.int64)
    return found


def type_of(view: View, rows: Rows, told_fen: I64) -> I64:
    """Type by the rules, `Monitored`: by the line, who was poor, and a shock that counts.

    Below the line: unstable for who was registered poor, marginal for the others. Not below it, but
    hit by a shock, or with schooling, housing or water open: sudden. None of it: `Monitored.NONE`.
    """
    is_below = told_fen < view.line_fen
    is_hit = view.struck_within(view.settings.shock_counts_months) | view.has_open_guarantee
    former_poor = view.state.households.is_former_poor[rows]
    below = np.where(former_poor, Monitored.UNSTABLE, Monitored.MARGINAL)
    above = np.where(is_hit[rows], Monitored.SUDDEN, Monitored.NONE)
    found: I64 = np.where(is_below, below, above).astype(np.int64)
    return found


def decide(view: View, rows: Rows) -> Rows:
    """Decide on households that were confirmed; rows of those that are listed now.

    A household without a type, and some that could be listed all the same, are refused.
    """
    settings, households, now = view.settings, view.state.households, view.month.month
    keys = households.key[rows]
    told = register.told_income_fen(view, rows)
    monitored = type_of(view, rows, told)
    causes = causes_seen(view, rows)
    is_decided = view.month.streams.happens("listing.decided", keys, settings.decided_share)
    is_listed = is_decided & (monitored != Monitored.NONE)
    listed: Rows = rows[is_listed]
    households.is_listed[listed] = True
    households.listed_month[listed] = now
    households.monitored[listed] = monitored[is_listed]
    bits: I64 = causes.astype(np.int64) @ (1 << np.arange(len(Shock)))
    households.listed_causes[listed] = bits[is_listed]
    households.n_listings[listed] += 1
    households.exited_month[listed] = NEVER
    view.month.add(
        "listing",
        hh=rows,
        decision=np.where(is_listed, Decision.LISTED, Decision.REFUSED),
        monitored=np.where(is_listed, monitored, Monitored.NONE),
        causes=np.where(is_listed, bits, 0),
        serial=households.clue_serial[rows].copy(),
        is_fast=households.clue_month[rows] == now,
    )
    register.write(view, listed, told[is_listed], Reason.LISTING)
    return listed


def end_listings(view: View) -> None:
    """End listings that have run long enough, without need to be seen, and without a new risk.

    Households in which nobody is able to work are held (policy notes, section 8).
    """
    settings, households, now = view.settings, view.state.households, view.month.month
    rows = np.flatnonzero(
        view.is_listed
        & (households.listed_month < now - settings.exit_after_months)
        & (view.able > 0)
        & _is_quiet(view)
        & ~view.has_breach()
    )
    chance = np.zeros(len(rows))
    for monitored, name in _TYPES.items():
        chance[households.monitored[rows] == monitored] = settings.exit_a_month[name]
    if view.month.moy in settings.appraisal_months:
        chance = np.minimum(chance * settings.appraisal_factor, 1.0)
    keys = households.key[rows]
    rows = rows[view.month.streams.happens("exit.looked_at", keys, chance)]
    told = register.told_income_fen(view, rows)
    is_well = (told > view.line_fen) & ~view.sees_need("exit.need_seen", rows)
    rows, told = rows[is_well], told[is_well]
    since = households.measure_since[rows].max(axis=1)
    is_helped = since >= households.listed_month[rows]
    households.is_listed[rows] = False
    households.exited_month[rows] = now
    households.first_measure_due[rows] = NEVER
    view.month.add(
        "exit",
        hh=rows,
        way=np.where(is_helped, Way.BY_HELP, Way.NATURAL),
        is_home_safe=households.house_grade[rows] < UNSAFE_GRADE,
        is_water_safe=~view.has_breach(Breach.WATER)[rows],
        income=told,
    )
    register.write(view, rows, told, Reason.EXIT)


def _is_quiet(view: View) -> Flags:
    """No shock within the months that each type's exit asks for."""
    quiet = np.zeros(len(view.here), dtype=np.bool_)
    for monitored, name in _TYPES.items():
        is_type = view.state.households.monitored == monitored
        quiet |= is_type & ~view.struck_within(view.settings.quiet_months[name])
    return quiet
