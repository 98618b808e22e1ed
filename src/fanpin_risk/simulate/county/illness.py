"""A month of illness: insurance, serious spells, stays in hospital, bills and who pays them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fanpin_risk.simulate.county.cover import (
    BillKind,
    Bills,
    CoverSchedule,
    schedule_at,
    settle_bills,
)
from fanpin_risk.simulate.county.families import Rows
from fanpin_risk.simulate.county.illness_settings import IllnessSettings
from fanpin_risk.simulate.county.insurance import insure, status_of
from fanpin_risk.simulate.county.kinds import Measure, Shock
from fanpin_risk.simulate.county.month import Month, may_happen, strike
from fanpin_risk.simulate.county.rates import age_of, day_of
from fanpin_risk.simulate.county.spells import begin_spells, set_carers
from fanpin_risk.simulate.county.state import F64, I8, I64, Flags, State
from fanpin_risk.simulate.county.traits import by_age, trait

__all__ = ["IllnessSettings", "illness"]

_MONTHS = 12
_ORDINARY, _CHRONIC, _SERIOUS, _ON_LIST = 0, 1, 2, 3
"""Places in the contracts' list of classes of illness."""


def illness(state: State, month: Month, settings: IllnessSettings) -> None:
    """Let a month of illness pass.

    In order: insurance; serious spells and their monthly bills; stays in hospital, as a Poisson
    number with frailty; bills of the chronically ill and of pharmacies, once in some months. Own
    cost within the catalogue goes to ``book.medical_compliant``, the rest of own cost to
    ``book.medical_other``, premiums to ``book.premium``. `Shock.ILLNESS` strikes with a new serious
    spell, and with a stay or a month of a serious illness whose own cost is above a stated amount.
    Where it is switched off, nothing of this happens; slighter stays and chronic bills go on.

    Parameters
    ----------
    state
        Changed in place: sums of the year, who cannot work, who cares, cover and its breach.
    month
        Takes the money and the events.
    settings
        Settings of the theme illness.
    """
    insure(state, month, settings)
    begin_spells(state, month, settings)
    desk = _Desk(
        state=state,
        month=month,
        settings=settings,
        schedule=schedule_at(settings.cover_schedules, month.month),
        status=status_of(state),
        growth=float((1 + settings.bills_growth_a_year) ** (month.month / _MONTHS)),
    )
    _serious_bills(desk)
    _stays(desk)
    _chronic_bills(desk)


@dataclass(frozen=True)
class _Batch:
    """Bills that are about to be settled, one of each person; total in fen."""

    what: str
    serial: int
    rows: Rows
    kind: BillKind
    total: I64
    illness_class: npt.NDArray[np.int64]
    is_outside: Flags
    is_on_list: Flags
    can_strike: bool
    is_in_catalogue: bool = True


@dataclass(frozen=True)
class _Desk:
    """Where bills of a month are settled."""

    state: State
    month: Month
    settings: IllnessSettings
    schedule: CoverSchedule
    status: I8
    growth: float

    def settle(self, batch: _Batch) -> Rows:
        """Settle bills, book and tell them; returns the persons whose bill there was."""
        people, month = self.state.people, self.month
        rows, home = batch.rows, people.household[batch.rows]
        compliant = self._compliant(batch)
        paid = settle_bills(
            self.schedule,
            Bills(
                kind=np.full(len(rows), batch.kind, dtype=np.int64),
                status=self.status[home],
                total=batch.total,
                compliant=compliant,
                is_outside=batch.is_outside,
                is_on_list=batch.is_on_list,
                is_insured=people.is_insured[rows],
                has_health_help=self._has_help()[home],
                help_share=self.settings.health_help_share,
                year_compliant=people.year_compliant_fen[rows],
                year_aid=people.year_aid_fen[rows],
            ),
        )
        heavy = (paid.own > self.settings.strike_own_yuan * 100) & batch.can_strike
        stays = ~heavy | may_happen(self.state, Shock.ILLNESS)[home]
        strike(self.state, month, home[heavy & stays], Shock.ILLNESS)
        np.add.at(month.book.medical_compliant, home[stays], paid.compliant_own[stays])
        other = paid.own - paid.compliant_own
        np.add.at(month.book.medical_other, home[stays], other[stays])
        kept = rows[stays]
        people.year_total_fen[kept] += batch.total[stays]
        people.year_compliant_fen[kept] += paid.after_basic[stays]
        people.year_aid_fen[kept] += paid.aid[stays]
        people.year_own_fen[kept] += paid.own[stays]
        day = day_of(month, f"{batch.what}_day", people.key[kept], batch.serial)
        month.add(
            "medical_bill",
            person=kept,
            hh=home[stays].astype(np.int64),
            kind=np.full(len(kept), int(batch.kind)),
            total=batch.total[stays],
            basic_paid=paid.basic[stays],
            serious_paid=paid.serious[stays],
            aid_paid=paid.aid[stays],
            compliant_own=paid.compliant_own[stays],
            own=paid.own[stays],
            illness_class=batch.illness_class[stays],
            is_outside_county=batch.is_outside[stays],
            day=day,
        )
        return kept

    def amount(self, what: str, serial: int, rows: Rows, median: float | F64, sd: float) -> I64:
        """Log-normal bills in fen at this month's prices."""
        z = self.month.streams.normal(what, self.state.people.key[rows], serial)
        fen: I64 = np.rint(np.asarray(median) * 100 * self.growth * np.exp(sd * z)).astype(np.int64)
        return fen

    def _compliant(self, batch: _Batch) -> I64:
        """How much of each bill lies within the catalogue; less outside the county."""
        if not batch.is_in_catalogue:
            return np.zeros(len(batch.rows), dtype=np.int64)
        settings = self.settings
        inside, outside = settings.catalogue_share
        z = self.month.streams.normal(
            f"{batch.what}_catalogue", self.state.people.key[batch.rows], batch.serial
        )
        share = np.where(batch.is_outside, outside, inside) + settings.catalogue_sd * z
        share = np.clip(share, settings.catalogue_least, 1.0)
        fen: I64 = np.rint(share * batch.total).astype(np.int64)
        return fen

    def _has_help(self) -> Flags:
        """Households with a running health measure."""
        until = self.state.households.measure_until[:, Measure.HEALTH]
        running: Flags = until >= self.month.month
        return running


def _serious_bills(desk: _Desk) -> None:
    """Bills of everybody in a serious spell, month by month."""
    people, settings = desk.state.people, desk.settings
    rows = np.flatnonzero(people.is_here & (people.serious_until >= desk.month.month))
    key = people.key[rows]
    on_list = trait("treatment_list", key) < settings.treatment_list_share
    desk.settle(
        _Batch(
            what="illness.serious_month",
            serial=0,
            rows=rows,
            kind=BillKind.INPATIENT,
            total=desk.amount(
                "illness.serious_month", 0, rows, people.serious_monthly_fen[rows] / 100,
                settings.serious_month_sd,
            ),
            illness_class=np.where(on_list, _ON_LIST, _SERIOUS).astype(np.int64),
            is_outside=trait("treated_outside", key) < settings.serious_outside_share,
            is_on_list=on_list,
            can_strike=True,
        )
    )  # fmt: skip


def _stays(desk: _Desk) -> None:
    """Stays in hospital: some keep from work, and some of the young and old need a carer."""
    state, month, settings = desk.state, desk.month, desk.settings
    people, draws = state.people, month.streams

    def rate_of(rows: Rows) -> F64:
        """By age, frailty and chronic illness."""
        age = age_of(people, month.month, rows)
        rate = by_age(age, settings.age_from, settings.admission_rate) * people.frailty[rows]
        chronic = np.where(people.is_chronic[rows], settings.admission_chronic_factor, 1.0)
        found: F64 = rate * chronic
        return found

    most = max(settings.admission_rate) * float(people.frailty.max())
    most *= max(settings.admission_chronic_factor, 1.0)
    well = people.is_here & (people.serious_until < month.month)
    candidates = np.flatnonzero(
        well & (draws.uniform("illness.stays", people.key) >= np.exp(-most / _MONTHS))
    )
    counts = draws.poisson(
        "illness.stays",
        people.key[candidates],
        rate_of(candidates) / _MONTHS,
        at_most=settings.admissions_a_month_at_most,
    )
    for serial in range(1, settings.admissions_a_month_at_most + 1):
        rows = candidates[counts >= serial]
        key = people.key[rows]
        outside = draws.happens("illness.outside", key, settings.outside_share, serial)
        median = settings.admission_median_yuan * np.where(outside, settings.outside_factor, 1.0)
        kept = desk.settle(
            _Batch(
                what="illness.stay",
                serial=serial,
                rows=rows,
                kind=BillKind.INPATIENT,
                total=desk.amount("illness.stay", serial, rows, median, settings.admission_sd),
                illness_class=np.full(len(rows), _ORDINARY, dtype=np.int64),
                is_outside=outside,
                is_on_list=np.zeros(len(rows), dtype=np.bool_),
                can_strike=True,
            )
        )
        _keep_from_work(desk, kept, serial)


def _keep_from_work(desk: _Desk, rows: Rows, serial: int) -> None:
    """Let who was in hospital, or a carer, lose this month of work, or this and the next."""
    state, month, settings = desk.state, desk.month, desk.settings
    people = state.people
    u = month.streams.uniform("illness.off_work", people.key[rows], serial)
    one, two = settings.admission_off_work
    off, longer = rows[u < one], rows[u < two]
    people.unfit_until[off] = np.maximum(people.unfit_until[off], month.month)
    people.unfit_until[longer] = np.maximum(people.unfit_until[longer], month.month + 1)
    young, old = settings.dependent_ages
    age = age_of(people, month.month, rows)
    needs = ((age <= young) | (age >= old)) & month.streams.happens(
        "illness.stay_carer", people.key[rows], settings.admission_carer_share, serial
    )
    ill = rows[needs]
    set_carers(state, month, settings, ill, np.ones(len(ill), dtype=np.int64))


def _chronic_bills(desk: _Desk) -> None:
    """Bills of the chronically ill: outpatient, and medicine that no insurance pays."""
    people, settings, month = desk.state.people, desk.settings, desk.month
    ill = np.flatnonzero(people.is_here & people.is_chronic)
    turn = np.floor(settings.chronic_months * trait("chronic_turn", people.key[ill]))
    rows = ill[turn == month.month % settings.chronic_months]
    nobody = np.zeros(len(rows), dtype=np.bool_)
    for what, kind, median, sd in (
        (
            "illness.special",
            BillKind.OUTPATIENT_SPECIAL,
            settings.chronic_median_yuan,
            settings.chronic_sd,
        ),
        (
            "illness.pharmacy",
            BillKind.PHARMACY,
            settings.pharmacy_median_yuan,
            settings.pharmacy_sd,
        ),
    ):
        desk.settle(
            _Batch(
                what=what,
                serial=0,
                rows=rows,
                kind=kind,
                total=desk.amount(what, 0, rows, median, sd),
                illness_class=np.full(len(rows), _CHRONIC, dtype=np.int64),
                is_outside=nobody,
                is_on_list=nobody,
                can_strike=False,
                is_in_catalogue=kind != BillKind.PHARMACY,
            )
        )
