"""Measures of support: which begin, for how long, and what they pay.

Which measure fits which cause, and that somebody able to work gets development help, is written by
hand from the policy notes, section 12. What a measure does for a household is in the process that
it helps; here it only runs.
"""

from __future__ import annotations

from typing import get_args

import numpy as np
import numpy.typing as npt

from fanpin_risk.simulate.county import allowances
from fanpin_risk.simulate.county.happenings import add_income
from fanpin_risk.simulate.county.kinds import NEVER, Job, Measure, Product, Shock
from fanpin_risk.simulate.county.month import Month
from fanpin_risk.simulate.county.state import I64, Flags, State
from fanpin_risk.simulate.county.streams import LASTING, Keys, lasting, mixed_with
from fanpin_risk.simulate.county.system_settings import Cause, Kind, SystemSettings
from fanpin_risk.simulate.county.system_view import UNSAFE_GRADE, Rows, View

KINDS: dict[Measure, Kind] = dict(zip(Measure, get_args(Kind), strict=True))
CAUSES: dict[Shock, Cause] = dict(zip(Shock, get_args(Cause), strict=True))
DEVELOPMENT = (Measure.INDUSTRY, Measure.EMPLOYMENT, Measure.PUBLIC_POST, Measure.FINANCE)
"""开发式帮扶: what a household able to work is to get (policy notes, section 12)."""

_TO_LIVE_ON = (Measure.INDUSTRY, Measure.EMPLOYMENT, Measure.PUBLIC_POST, Measure.SOCIAL)
_FEN = 100
_MONTHS = 12
_NOBODY = -1
_LEAVES_FOR_POST = np.isin(np.arange(len(Job)), (Job.NONE, Job.FARM, Job.LOCAL))
_POST_FROM_YEARS = 16
_WITHOUT_WRITTEN_END = (Measure.SAFETY_NET,)


def pay_measures(state: State, month: Month, settings: SystemSettings) -> None:
    """Pay what running measures give in money: relief once, help from society month by month."""
    households, now = state.households, month.month
    rows = np.flatnonzero(households.is_here & is_running(state, Measure.TEMPORARY_RELIEF, now))
    paid = _amount(state, rows, Measure.TEMPORARY_RELIEF, settings.relief_yuan)
    month.book.relief[rows] += paid
    add_income(month, "temporary_relief", rows, paid, is_help=True)
    rows = np.flatnonzero(households.is_here & is_running(state, Measure.SOCIAL, now))
    month.book.measure_cash[rows] += _amount(
        state, rows, Measure.SOCIAL, settings.social_month_yuan
    )


def is_running(state: State, measure: Measure, month: int) -> Flags:
    """Households in which a measure helps in a month: from the month after its start to its end."""
    households = state.households
    since, until = households.measure_since[:, measure], households.measure_until[:, measure]
    found: Flags = (since < month) & (until >= month)
    return found


def plan_first(view: View, listed: Rows) -> None:
    """Set when the first measure of new listings is due: within a month, later, or never."""
    settings, households, now = view.settings, view.state.households, view.month.month
    keys = households.key[listed]
    streams = view.month.streams
    is_followed = streams.happens("measure.followed", keys, settings.first_measure_share)
    is_in_time = streams.happens("measure.in_time", keys, settings.first_measure_in_time_share)
    late = streams.uniform("measure.late", keys) * settings.first_measure_late_months
    wait = np.where(is_in_time, 0, 2 + np.floor(late).astype(np.int64))
    households.first_measure_due[listed] = np.where(is_followed, now + wait, NEVER)


def start_first(view: View) -> None:
    """Begin the measures of listings that are due: one for each cause, and development help.

    A household without anybody able to work is assessed for an allowance instead of the latter.
    """
    households, settings = view.state.households, view.settings
    due = households.is_listed & view.here & ~households.is_helped_never
    due &= households.first_measure_due == view.month.month
    rows = np.flatnonzero(due)
    households.first_measure_due[rows] = NEVER
    wanted = np.zeros((len(rows), len(Measure)), dtype=np.bool_)
    causes = households.listed_causes[rows]
    keys = households.key[rows]
    for cause in Shock:
        weights = settings.measures_for.get(CAUSES[cause], {})
        has = (causes >> cause) & 1 == 1
        if weights:
            shares = np.array([weights.get(KINDS[m], 0.0) for m in Measure])
            chosen = view.month.streams.choice("measure.choice", keys, shares / shares.sum(), cause)
            wanted[np.flatnonzero(has), chosen[has]] = True
    _add_development(view, rows, wanted)
    for measure in Measure:
        begin(view, rows[wanted[:, measure]], measure)


def renew(view: View) -> None:
    """Begin measures again that ended this month, for some of those still listed."""
    households, now = view.state.households, view.month.month
    for measure in Measure:
        if measure in _WITHOUT_WRITTEN_END:
            continue
        ended = households.measure_until[:, measure] == now
        rows = np.flatnonzero(ended & households.is_listed & view.here)
        is_renewed = view.month.streams.happens(
            "measure.renewed", households.key[rows], view.settings.renewed_share, measure
        )
        begin(view, rows[is_renewed], measure)


def start_preventive(view: View) -> None:
    """Begin measures where they fit without a listing, by what is on record.

    A shock of that kind within the months that show makes it likelier, for help to live on a low
    register income too; so does, by the share of the settings, what no record holds.
    """
    settings, keys = view.settings, view.state.households.key
    for measure, (suits, shocks) in _fits(view).items():
        rows = np.flatnonzero(suits & view.here)
        chance = np.full(len(rows), settings.preventive_a_year[KINDS[measure]] / _MONTHS)
        hit = view.struck_within(settings.sign_months, *shocks)[rows] & bool(shocks)
        chance[hit] *= settings.preventive_shock_factor
        if measure in _TO_LIVE_ON:
            is_low = view.has_low_register_income[rows]
            chance[is_low] *= settings.preventive_low_income_factor
        chance = np.minimum(chance * view.cadre_factor[rows], 1.0)
        happens = view.month.streams.happens("measure.preventive", keys[rows], chance, measure)
        begin(view, rows[happens], measure)


def begin(view: View, rows: Rows, measure: Measure) -> None:
    """Begin one kind of measure in some households, unless it runs there or nothing may begin."""
    households, now = view.state.households, view.month.month
    runs = households.measure_until[rows, measure] > now
    rows = rows[~runs & ~households.is_helped_never[rows]]
    if measure == Measure.SAFETY_NET:
        allowances.assess(view, rows, "allowance.measure")
        return
    person = np.full(len(rows), _NOBODY, dtype=np.int64)
    if measure == Measure.PUBLIC_POST:
        rows, person = _with_posts(view, rows)
    until = now + max(view.settings.measure_months[KINDS[measure]], 1)
    households.measure_since[rows, measure] = now
    households.measure_until[rows, measure] = until
    if measure == Measure.PUBLIC_POST:
        view.state.people.job[person] = Job.POST
        view.state.people.job_since[person] = now
        view.state.people.post_until[person] = until
    view.month.add(
        "measure",
        hh=rows,
        measure=np.full(len(rows), measure),
        person=person,
        amount=_written_amount(view, rows, measure),
        until=np.full(len(rows), until),
        is_tekun=np.zeros(len(rows), dtype=np.bool_),
    )


def _add_development(view: View, rows: Rows, wanted: npt.NDArray[np.bool_]) -> None:
    """Add development help where somebody is able to work, an allowance where nobody is."""
    keys = view.state.households.key[rows]
    streams = view.month.streams
    is_able = view.able[rows] > 0
    wanted[~is_able, Measure.SAFETY_NET] = True
    asked = is_able & ~wanted[:, list(DEVELOPMENT)].any(axis=1)
    asked &= streams.happens("measure.development", keys, view.settings.development_share)
    away = view.counted(view.is_able & (view.state.people.job == Job.MIGRANT))[rows] > 0
    has_land = view.state.households.land_mu_x100[rows] > 0
    drawn = streams.uniform("measure.which_development", keys)
    farms = asked & has_land & ~away & (drawn < 0.5)
    wanted[farms, Measure.INDUSTRY] = True
    wanted[asked & ~farms, Measure.EMPLOYMENT] = True


def _fits(view: View) -> dict[Measure, tuple[Flags, tuple[Shock, ...]]]:
    """Whom each preventive measure suits, and the shocks that make it likelier."""
    households, people = view.state.households, view.state.people
    in_care = households.is_former_poor | households.is_listed
    can_work = view.able > 0
    farms = can_work & (households.land_mu_x100 > 0) & ~households.is_leasing_out
    studies = view.counted(people.is_here & (people.school_year > 0)) > 0
    recorded = in_care | view.has_allowance
    keeps_animals = households.product >= Product.CATTLE
    return {
        Measure.INDUSTRY: (in_care & farms, (Shock.FAILED_BUSINESS,)),
        Measure.EMPLOYMENT: (in_care & can_work, (Shock.UNSTABLE_WORK,)),
        Measure.PUBLIC_POST: (recorded & can_work, (Shock.UNSTABLE_WORK, Shock.LACK_OF_LABOUR)),
        Measure.HEALTH: (recorded, (Shock.ILLNESS,)),
        Measure.EDUCATION: (recorded & studies, (Shock.SCHOOLING,)),
        Measure.HOUSING: (households.house_grade >= UNSAFE_GRADE, (Shock.UNSAFE_HOUSING,)),
        Measure.WATER: (view.has_water_out, (Shock.UNSAFE_WATER,)),
        Measure.TEMPORARY_RELIEF: (
            view.struck_within(1),
            (Shock.DISASTER, Shock.ACCIDENT, Shock.ILLNESS),
        ),
        Measure.SOCIAL: (recorded, (Shock.ILLNESS, Shock.ACCIDENT)),
        Measure.FINANCE: (in_care & farms & keeps_animals, ()),
    }


def _with_posts(view: View, rows: Rows) -> tuple[Rows, Rows]:
    """Households that get a post, as far as their village has any, and the member who gets it."""
    state = view.state
    people, age = state.people, view.age_years
    suits = view.is_fit & _LEAVES_FOR_POST[people.job] & (people.school_year == 0)
    # until the post ends, which may be a year on
    suits &= (age >= _POST_FROM_YEARS) & (age + 1 < view.settings.post_oldest_years)
    suits &= ~view.is_gravely_disabled
    person = view.persons_of(rows, suits, "measure.post_person")
    rows, person = rows[person >= 0], person[person >= 0]
    is_given = _has_slot(view, rows)
    return rows[is_given], person[is_given]


def _has_slot(view: View, rows: Rows) -> Flags:
    """Whether a post is left for each household in its village; the order is drawn by its key.

    A village has so many posts for each thousand of its households here; a part of one is drawn, so
    that a sample of households meets as many posts for each of them.
    """
    per_1000 = view.settings.post_slots_per_1000
    if per_1000 == 0 or len(rows) == 0:
        return np.ones(len(rows), dtype=np.bool_)
    state = view.state
    households, people = state.households, state.people
    place = households.path.astype(np.int64) * state.villages.n + households.village
    n_places = len(state.commons.key) * state.villages.n
    size = np.bincount(place[view.here], minlength=n_places)
    holds = people.is_here & (people.job == Job.POST)
    taken = np.bincount(place[people.household[holds]], minlength=n_places)
    path, village = np.divmod(np.arange(n_places), state.villages.n)
    keys: Keys = mixed_with(
        lasting(state.commons.key[path]), state.villages.key[village].astype(np.int64)
    )
    part = LASTING.uniform("measure.slots", keys)
    left = np.floor(size * per_1000 / 1000 + part).astype(np.int64) - taken
    drawn = view.month.streams.uniform("measure.slot_order", households.key[rows])
    order = np.lexsort((drawn, place[rows]))
    ordered = place[rows][order]
    begins = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    rank = np.arange(len(rows)) - np.repeat(begins, np.diff(np.append(begins, len(rows))))
    has = np.zeros(len(rows), dtype=np.bool_)
    has[order] = rank < left[ordered]
    return has


def _amount(state: State, rows: Rows, measure: Measure, between_yuan: tuple[int, int]) -> I64:
    """Amount of a measure in fen, whole yuan: the household's own for as long as it runs."""
    households = state.households
    keys = mixed_with(
        lasting(households.key[rows]), households.measure_since[rows, measure] - NEVER
    )
    low, high = between_yuan
    drawn = low + LASTING.uniform(f"measure.amount.{measure.name}", keys) * (high - low)
    amounts: I64 = np.rint(drawn).astype(np.int64) * _FEN
    return amounts


def _written_amount(view: View, rows: Rows, measure: Measure) -> I64:
    """Amount as the register has it; -1 where the measure is not one in money."""
    settings = view.settings
    if measure == Measure.TEMPORARY_RELIEF:
        return _amount(view.state, rows, measure, settings.relief_yuan)
    if measure == Measure.SOCIAL:
        months = max(settings.measure_months[KINDS[measure]], 1)
        return months * _amount(view.state, rows, measure, settings.social_month_yuan)
    return np.full(len(rows), -1, dtype=np.int64)
