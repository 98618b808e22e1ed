"""Visits: cadres on their rounds, and the central screening of every village."""

from __future__ import annotations

from enum import IntEnum
from typing import get_args

import numpy as np

from fanpin_risk.simulate.county.clues import Pointed
from fanpin_risk.simulate.county.kinds import Channel
from fanpin_risk.simulate.county.listing import NO_CAUSE, main_cause
from fanpin_risk.simulate.county.state import F64, Flags
from fanpin_risk.simulate.county.system_settings import Sign, Status
from fanpin_risk.simulate.county.system_view import UNSAFE_GRADE, Rows, View

_MONTHS_OF_YEAR = 12


class Found(IntEnum):
    """What a visit found, in the order of the contract's list."""

    IN_NEED = 0
    NO_NEED = 1
    NOT_MET = 2


class Kind(IntEnum):
    """What a visit was made for."""

    CADRE = 0
    ROUND = 1


def cadre_visits(view: View) -> Pointed:
    """Visits of the month by cadres: zeal times status times what shows.

    What shows is what is on record: a shock of late, somebody ill or disabled, only old people, a
    dwelling in danger, a guarantee open. The share of the settings moves the visits to what no
    record holds.

    Returns
    -------
    Pointed
        Clues about households that are not listed and in which a cadre saw need.
    """
    return _visited(view, view.happens("visit.cadre", visit_chance(view)), Kind.CADRE)


def central_round(view: View) -> Pointed:
    """Visits of a central screening round; none in other months.

    A household is visited with a chance that goes by the zeal of its village.

    Returns
    -------
    Pointed
        Clues about households that are not listed and in which need was seen.
    """
    settings = view.settings
    is_round = view.month.moy in settings.round_months
    chance = settings.round_visit_share * view.zeal if is_round else np.zeros(len(view.here))
    chance = np.minimum(chance, settings.most_visits_share)
    return _visited(view, view.happens("visit.round", chance), Kind.ROUND)


def visit_chance(view: View) -> F64:
    """Chance of each household to be visited by a cadre this month; at most the settings' most."""
    base = np.zeros(len(view.here))
    for status, is_so in _statuses(view).items():
        base[is_so] = view.settings.visits_a_month[status]
    shows = 1.0 + sum(
        view.settings.sign_weights[sign] * is_so for sign, is_so in _signs(view).items()
    )
    chance: F64 = base * view.zeal * shows * view.cadre_factor
    return np.minimum(chance, view.settings.most_visits_share)


def _statuses(view: View) -> dict[Status, Flags]:
    """Households by status, the later ones taken out of the earlier ones."""
    other, allowance, former_poor, listed = reversed(get_args(Status))
    return {
        other: view.here,
        allowance: view.here & view.has_allowance,
        former_poor: view.here & view.state.households.is_former_poor,
        listed: view.is_listed,
    }


def _signs(view: View) -> dict[Sign, Flags]:
    """What shows from outside, or stands on record."""
    return {
        "shock": view.struck_within(view.settings.sign_months),
        "ill": view.has_ill_or_disabled,
        "old": view.is_all_old,
        "house": view.state.households.house_grade >= UNSAFE_GRADE,
        "breach": view.has_open_guarantee,
    }


def _visited(view: View, is_visited: Flags, kind: Kind) -> Pointed:
    """Make visits; clues about those in need who are not listed."""
    households = view.state.households
    rows: Rows = np.flatnonzero(is_visited & view.here)
    keys = households.key[rows]
    is_met = view.month.streams.happens("visit.met", keys, view.settings.met_share, kind)
    is_seen = is_met & view.sees_need(f"visit.need_seen.{kind}", rows)
    settings = view.settings
    share = settings.cadre_notices_share if kind == Kind.CADRE else settings.round_notices_share
    if 0 <= view.month.month < _MONTHS_OF_YEAR:
        share = min(share * settings.first_year_factor, 1.0)
    is_seen &= view.month.streams.happens("visit.noticed", keys, share, kind)
    households.last_looked_at[rows[is_met]] = view.month.month
    cause = np.full(len(rows), NO_CAUSE, dtype=np.int64)
    cause[is_seen] = main_cause(view, rows[is_seen])
    view.month.add(
        "visit",
        hh=rows,
        result=np.where(is_met, np.where(is_seen, Found.IN_NEED, Found.NO_NEED), Found.NOT_MET),
        cause=cause,
        kind=np.full(len(rows), kind, dtype=np.int8),
    )
    points = is_seen & ~view.is_listed[rows]
    channel = Channel.CADRE if kind == Kind.CADRE else Channel.ROUND
    return Pointed.by(rows[points], channel, cause[points])
