"""What three layers of insurance pay of a medical bill, by schedules that begin on dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field

from fanpin_risk.settings import Settings
from fanpin_risk.simulate.county.state import I64, Flags

Share = Annotated[float, Field(ge=0, le=1)]
Yuan = Annotated[float, Field(ge=0)]
ByStatus = tuple[Share, Share, Share, Share]
YuanByStatus = tuple[Yuan, Yuan, Yuan, Yuan]


class Status(IntEnum):
    """For whom the layers differ; index of the tables by status."""

    ORDINARY = 0
    FORMER_POOR_OR_LISTED = 1
    DIBAO = 2
    TEKUN = 3


class BillKind(IntEnum):
    """Kinds of bills, in the order of the contracts' list."""

    INPATIENT = 0
    OUTPATIENT = 1
    OUTPATIENT_SPECIAL = 2
    PHARMACY = 3


class CoverSchedule(Settings):
    """What the layers pay from a month on; tuples are by `Status`.

    Attributes
    ----------
    from_month
        First month in force; the next schedule ends it.
    basic_deductible_yuan
        Of each stay in hospital, off what counts.
    basic_inpatient, basic_outpatient, basic_special
        Shares that basic insurance pays of what counts; pharmacies get nothing.
    basic_outside_less
        Share points less outside the county.
    basic_treatment_list
        Share for an illness on the treatment list, without deductible.
    serious_from_yuan, serious_share
        Serious-illness insurance pays the share of the year's own cost after basic insurance above
        this; it has no limit.
    aid_from_yuan, aid_share, aid_most_yuan
        Medical aid pays the share of what is left of own cost above this of the year, up to its
        limit a year.
    aid_treatment_list
        Share of medical aid for an illness on the treatment list, where the status has less; it
        begins at ``aid_treatment_list_from_yuan`` and has the limit of the highest status.
    premium_aid_share
        Share of the premium paid by public aid.
    """

    from_month: int
    basic_deductible_yuan: YuanByStatus
    basic_inpatient: ByStatus
    basic_outpatient: ByStatus
    basic_special: ByStatus
    basic_outside_less: Share
    basic_treatment_list: ByStatus
    serious_from_yuan: YuanByStatus
    serious_share: ByStatus
    aid_from_yuan: YuanByStatus
    aid_share: ByStatus
    aid_most_yuan: YuanByStatus
    aid_treatment_list: Share
    aid_treatment_list_from_yuan: Yuan
    premium_aid_share: ByStatus


def schedule_at(schedules: Sequence[CoverSchedule], month: int) -> CoverSchedule:
    """Schedule in force in a month: the last that had begun.

    Raises
    ------
    ValueError
        If none had begun.
    """
    begun = [schedule for schedule in schedules if schedule.from_month <= month]
    if not begun:
        raise ValueError(
            f"no insurance schedule is in force in month {month}; the first begins in month "
            f"{schedules[0].from_month}. Let one begin earlier."
        )
    return begun[-1]


@dataclass(frozen=True)
class Bills:
    """Bills of different persons, one of each; amounts in fen.

    Attributes
    ----------
    kind, status
        `BillKind` and `Status`.
    total, compliant
        The bill, and how much of it lies within the catalogue.
    is_on_list
        The illness is on the treatment list.
    has_health_help
        A health measure runs: ``help_share`` is added to the share of medical aid.
    year_compliant, year_aid
        Own cost after basic insurance and medical aid of the year before this bill.
    """

    kind: npt.NDArray[np.integer]
    status: npt.NDArray[np.integer]
    total: I64
    compliant: I64
    is_outside: Flags
    is_on_list: Flags
    is_insured: Flags
    has_health_help: Flags
    help_share: float
    year_compliant: I64
    year_aid: I64


@dataclass(frozen=True)
class Settled:
    """Who pays a bill, in fen: ``basic + serious + aid + own`` is the total.

    ``compliant_own`` is the part of ``own`` within the catalogue, ``after_basic`` that part before
    the two other layers.
    """

    basic: I64
    serious: I64
    aid: I64
    compliant_own: I64
    own: I64
    after_basic: I64


def settle_bills(schedule: CoverSchedule, bills: Bills) -> Settled:
    """Let the three layers pay their parts of bills, one after the other.

    Basic insurance pays a share of what lies within the catalogue; serious-illness insurance a
    share of the year's own cost above a threshold; medical aid a share of what is left, by status
    and up to a yearly limit. Who is not insured gets nothing of any layer.

    Parameters
    ----------
    schedule
        In force in the month of the bills.
    bills
        One of each person, so that sums of the year are those before it.

    Returns
    -------
    Settled
        Own cost does not always rise with the gravity of an illness: one on the treatment list can
        cost its bearer less than a slighter one.
    """
    basic = np.where(bills.is_insured, _basic(schedule, bills), 0)
    after_basic = bills.compliant - basic
    year = bills.year_compliant + after_basic
    threshold = _fen(schedule.serious_from_yuan)[bills.status]
    above = _above(bills.year_compliant, year, threshold)
    serious = _part(np.array(schedule.serious_share)[bills.status], above)
    serious = np.where(bills.is_insured, serious, 0)
    left = after_basic - serious
    aid = np.where(bills.is_insured, _aid(schedule, bills, left, year), 0)
    compliant_own = left - aid
    return Settled(
        basic=basic,
        serious=serious,
        aid=aid,
        compliant_own=compliant_own,
        own=compliant_own + bills.total - bills.compliant,
        after_basic=after_basic,
    )


def _basic(schedule: CoverSchedule, bills: Bills) -> I64:
    """What basic insurance pays."""
    tables = np.zeros((len(BillKind), len(Status)))
    tables[BillKind.INPATIENT] = schedule.basic_inpatient
    tables[BillKind.OUTPATIENT] = schedule.basic_outpatient
    tables[BillKind.OUTPATIENT_SPECIAL] = schedule.basic_special
    share = tables[bills.kind, bills.status]
    is_listed = bills.is_on_list & (bills.kind != BillKind.PHARMACY)
    share = np.where(is_listed, np.array(schedule.basic_treatment_list)[bills.status], share)
    share = np.maximum(share - np.where(bills.is_outside, schedule.basic_outside_less, 0.0), 0.0)
    is_stay = (bills.kind == BillKind.INPATIENT) & ~bills.is_on_list
    deductible = np.where(is_stay, _fen(schedule.basic_deductible_yuan)[bills.status], 0)
    return _part(share, np.maximum(bills.compliant - deductible, 0))


def _aid(schedule: CoverSchedule, bills: Bills, left: I64, year: I64) -> I64:
    """What medical aid pays of what is left after the two other layers."""
    begins = _fen(schedule.aid_from_yuan)[bills.status]
    share = np.array(schedule.aid_share)[bills.status]
    most = _fen(schedule.aid_most_yuan)[bills.status]
    by_list = bills.is_on_list & (schedule.aid_treatment_list > share)
    share = np.where(by_list, schedule.aid_treatment_list, share)
    begins = np.where(
        by_list, np.minimum(begins, _fen((schedule.aid_treatment_list_from_yuan,))[0]), begins
    )
    most = np.where(by_list, _fen(schedule.aid_most_yuan).max(), most)
    share = np.minimum(share + np.where(bills.has_health_help, bills.help_share, 0.0), 1.0)
    most = np.where(bills.has_health_help, _fen(schedule.aid_most_yuan).max(), most)
    counts = np.minimum(left, _above(bills.year_compliant, year, begins))
    paid: I64 = np.minimum(_part(share, counts), np.maximum(most - bills.year_aid, 0))
    return paid


def _above(before: I64, after: I64, threshold: npt.NDArray[np.int64]) -> I64:
    """How much of a rise from one sum to another lies above a threshold."""
    found: I64 = np.maximum(after - threshold, 0) - np.maximum(before - threshold, 0)
    return found


def _part(share: npt.NDArray[np.float64], amount: I64) -> I64:
    """Share of an amount in whole fen."""
    found: I64 = np.rint(share * amount).astype(np.int64)
    return found


def _fen(yuan: Sequence[float]) -> I64:
    """Amounts of a schedule in fen."""
    found: I64 = np.rint(np.array(yuan) * 100).astype(np.int64)
    return found
