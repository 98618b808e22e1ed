"""Records of money: bills, payments, the yearly account, other spending, claims, loans, shocks."""

from __future__ import annotations

import numpy as np

from fanpin_risk.records.contracts import codes
from fanpin_risk.simulate.county.happenings import place_in
from fanpin_risk.simulate.county.month import Book, Month
from fanpin_risk.simulate.county.records_pages import heads
from fanpin_risk.simulate.county.records_rows import MISSING, Piles, first_day
from fanpin_risk.simulate.county.records_words import PAYMENTS
from fanpin_risk.simulate.county.state import I64, State
from fanpin_risk.simulate.county.streams import LASTING
from fanpin_risk.simulate.county.system_view import Rows

_MONTHS = 12
_LAST_MONTH_OF_YEAR = 9
_RATIO_LOW, _RATIO_HIGH = 0.2, 5.0

ACCOUNT: dict[str, tuple[tuple[str, ...], bool, bool]] = {
    "wage": (("wage", "post_wage"), False, True),
    "business": (("farm_sales", "livestock_sales", "business_sales"), False, True),
    "business_cost": (("farm_cost", "livestock_cost", "business_cost"), False, True),
    "property": (("rent",), False, True),
    "family_support": (("kin_money",), False, True),
    "pension": (("pension",), False, False),
    "dibao": (("dibao",), True, False),
    "tekun": (("tekun",), True, False),
    "disability_benefit": (("disability_benefit",), True, False),
    "farm_subsidy": (("farm_subsidy",), True, False),
    "asset_dividend": (("dividend",), True, False),
    "other_transfer": (("measure_cash",), True, False),
}
"""Items of the yearly account: lines of the book, whether they are help, whether they are told by
the household rather than looked up."""

_NEEDED = ("wage", "business", "business_cost", "property")

_PAYMENT_SOURCE = {
    "pension": ("human_resources", "养老金"),
    "dibao": ("civil_affairs", "农村低保"),
    "tekun": ("civil_affairs", "特困供养"),
    "disability_benefit": ("civil_affairs", "残疾人两项补贴"),
    "temporary_relief": ("civil_affairs", "临时救助"),
    "farm_subsidy": ("agriculture", "农业补贴"),
    "ecological": ("agriculture", "生态补偿"),
}
"""Payments that an office has in its books, and what it calls them. Dividends have a table."""

_SHOCK_SOURCE = {
    "emergency": ("disaster", "accident", "fire", "death", "worker_lost"),
    "agriculture": ("failed_crop", "failed_livestock", "failed_business", "price_fall"),
    "human_resources": ("job_loss",),
}


class Accounts:
    """The households' money by item over the last twelve months, for the yearly account.

    It may take in the months before the county's first one, which have no records of their own; a
    year of which it missed a month gives no account.
    """

    def __init__(self) -> None:
        self._lines = sorted({line for lines, _, _ in ACCOUNT.values() for line in lines})
        self._lines.append("medical_compliant")
        self._rings = {line: np.zeros((_MONTHS, 0), dtype=np.int64) for line in self._lines}
        self._of_year: dict[str, I64] | None = None
        self._n_taken = 0

    def take(self, month: Month) -> None:
        """Take in what the book of a month says; months in order, none left out."""
        n = len(month.book.wage)
        for line, ring in self._rings.items():
            if ring.shape[1] < n:
                more = np.zeros((_MONTHS, n - ring.shape[1]), dtype=np.int64)
                ring = np.concatenate([ring, more], axis=1)
                self._rings[line] = ring
            ring[month.month % _MONTHS] = _line(month.book, line)
        self._n_taken += 1
        if month.moy == _LAST_MONTH_OF_YEAR and self._n_taken >= _MONTHS:
            self._of_year = {line: ring.sum(axis=0) for line, ring in self._rings.items()}

    def medical_cost_fen(self, rows: Rows) -> I64:
        """Compliant own cost of the last twelve months; `MISSING` until a year was seen."""
        if self._n_taken < _MONTHS:
            return np.full(len(rows), MISSING, dtype=np.int64)
        cost: I64 = self._rings["medical_compliant"][:, rows].sum(axis=0)
        return cost

    def of_year(self, rows: Rows) -> dict[str, I64] | None:
        """Items of the last collection year that closed, October to September; None without one."""
        if self._of_year is None:
            return None
        known = self._of_year
        n = len(known["wage"])
        return {
            item: np.where(rows < n, sum(known[line][np.minimum(rows, n - 1)] for line in lines), 0)
            for item, (lines, _, _) in ACCOUNT.items()
        }


def add_account(
    piles: Piles, state: State, month: Month, accounts: Accounts, hh: Rows, told_fen: I64
) -> None:
    """The yearly account of the households collected, item by item.

    What households tell of is wrong by the same factor as the register's income is; what offices
    look up is exact. An item of transfers that nobody gets is left out.

    Parameters
    ----------
    told_fen
        The register's income of each household, a head.
    """
    items = accounts.of_year(hh)
    if items is None:
        return
    households, people = state.households, state.people
    members = np.bincount(people.household[people.is_here], minlength=households.n)[hh]
    true_fen = households.income_12[hh].sum(axis=1)
    ratio = told_fen * members / np.where(true_fen == 0, 1, true_fen)
    ratio = np.where(true_fen > 0, np.clip(ratio, _RATIO_LOW, _RATIO_HIGH), 1.0)
    begins = first_day(month.month - _MONTHS - (month.moy - _LAST_MONTH_OF_YEAR - 1))
    ends = first_day(month.month - (month.moy - _LAST_MONTH_OF_YEAR))
    window = place_in(codes.INCOME_WINDOWS, "collection_year")
    for item, (_, is_help, is_told) in ACCOUNT.items():
        amount = items[item]
        if is_told:
            amount = np.rint(amount * ratio / 100).astype(np.int64) * 100
        kept = np.flatnonzero((amount != 0) | (item in _NEEDED))
        n = len(kept)
        piles.add(
            state,
            "income_item",
            "national_household",
            month.month,
            {
                "item": np.full(n, place_in(codes.INCOME_ITEMS, item), dtype=np.int8),
                "amount_fen": amount[kept],
                "period_from": np.full(n, begins, dtype=np.int64),
                "period_to": np.full(n, ends, dtype=np.int64),
                "window": np.full(n, window, dtype=np.int8),
                "is_help": np.full(n, is_help, dtype=np.int8),
            },
            household=hh[kept],
            day=np.full(n, 28, dtype=np.int64),
        )


def add_bills(piles: Piles, state: State, month: Month) -> None:
    """Bills as settled."""
    for event in month.events.get("medical_bill", []):
        piles.add(
            state,
            "medical_bill",
            "medical_insurance",
            month.month,
            {
                "bill_kind": event["kind"].astype(np.int8),
                "total_fen": event["total"].astype(np.int64),
                "basic_paid_fen": event["basic_paid"].astype(np.int64),
                "serious_paid_fen": event["serious_paid"].astype(np.int64),
                "aid_paid_fen": event["aid_paid"].astype(np.int64),
                "compliant_own_fen": event["compliant_own"].astype(np.int64),
                "own_fen": event["own"].astype(np.int64),
                "illness_class": event["illness_class"].astype(np.int8),
                "is_outside_county": event["is_outside_county"].astype(np.int8),
            },
            person=event["person"].astype(np.int64),
            day=event["day"].astype(np.int64),
        )


def add_payments(piles: Piles, state: State, month: Month) -> None:
    """Payments to households; who received one is its head, where the office names nobody else."""
    head = heads(state)
    window = place_in(codes.INCOME_WINDOWS, "payment")
    for event in month.events.get("income_item", []):
        hh = event["hh"].astype(np.int64)
        person = np.where(event["person"] < 0, head[hh], event["person"]).astype(np.int64)
        for item, (source, word) in _PAYMENT_SOURCE.items():
            kept = np.flatnonzero(
                (event["item"] == place_in(codes.INCOME_ITEMS, item)) & (event["amount"] > 0)
            )
            if len(kept) == 0:
                continue
            n = len(kept)
            drawn = month.streams.uniform(f"records.paid.{item}", state.households.key[hh[kept]])
            day = 1 + np.floor(drawn * 28).astype(np.int64)
            first = np.full(n, first_day(month.month), dtype=np.int64)
            piles.add(
                state,
                "income_item",
                source,
                month.month,
                {
                    "item": event["item"][kept].astype(np.int8),
                    "amount_fen": event["amount"][kept].astype(np.int64),
                    "period_from": first,
                    "period_to": first,
                    "window": np.full(n, window, dtype=np.int8),
                    "is_help": event["is_help"][kept].astype(np.int8),
                    "paid_on": first + day - 1,
                    "detail": np.full(n, PAYMENTS.index(word), dtype=np.int8),
                },
                household=hh[kept],
                person=person[kept],
                day=day,
            )


def add_dividends(piles: Piles, state: State, month: Month) -> None:
    """Dividends of project assets."""
    for event in month.events.get("asset_dividend", []):
        n = len(event["hh"])
        piles.add(
            state,
            "asset_dividend",
            "agriculture_dividends",
            month.month,
            {
                "asset": np.zeros(n, dtype=np.int8),
                "amount_fen": event["amount"].astype(np.int64),
                "share_year": np.full(n, month.year - 1, dtype=np.int64),
            },
            household=event["hh"].astype(np.int64),
        )


def add_spending(piles: Piles, state: State, month: Month) -> None:
    """Other rigid spending, as far as somebody asks: of the listed and the former poor mostly."""
    settings, households = piles.settings, state.households
    for event in month.events.get("rigid_spending", []):
        hh = event["hh"].astype(np.int64)
        share = np.where(
            households.is_listed[hh],
            settings.spending_recorded["listed"],
            np.where(
                households.is_former_poor[hh],
                settings.spending_recorded["former_poor"],
                settings.spending_recorded["other"],
            ),
        )
        kept = month.streams.happens("records.spending", households.key[hh], share)
        kept &= event["amount"] > 0
        piles.add(
            state,
            "rigid_spending",
            "township_spending",
            month.month,
            {
                "item": event["item"][kept].astype(np.int8),
                "amount_fen": event["amount"][kept].astype(np.int64),
                "is_compliant": event["is_compliant"][kept].astype(np.int8),
                "person_id": event["person"][kept].astype(np.int32),
            },
            household=hh[kept],
        )


def add_claims(piles: Piles, state: State, month: Month) -> None:
    """Claims that insurers paid."""
    for event in month.events.get("insurance_claim", []):
        hh = event["hh"].astype(np.int64)
        keys = state.households.key[hh]
        kept = month.streams.happens("records.claim", keys, piles.settings.claim_recorded)
        kept &= event["paid"] > 0
        piles.add(
            state,
            "insurance_claim",
            "agriculture_claims",
            month.month,
            {
                "insurance": event["insurance"][kept].astype(np.int8),
                "paid_fen": event["paid"][kept].astype(np.int64),
                "cause": event["cause"][kept].astype(np.int8),
                "product": event["product"][kept].astype(np.int8),
            },
            household=hh[kept],
        )


def add_loans(piles: Piles, state: State, month: Month) -> None:
    """Loans as they stand; no office sends them apart, so they come with the national system."""
    for event in month.events.get("loan", []):
        hh = event["hh"].astype(np.int64)
        kept = LASTING.happens(
            "records.loan", state.households.key[hh], piles.settings.loan_recorded
        )
        piles.add(
            state,
            "loan",
            "national_household",
            month.month,
            {
                "loan_kind": event["kind"][kept].astype(np.int8),
                "balance_fen": event["balance"][kept].astype(np.int64),
                "overdue_fen": event["overdue"][kept].astype(np.int64),
            },
            household=hh[kept],
        )


def add_shocks(piles: Piles, state: State, month: Month) -> None:
    """What hit households, as far as an office came to know; an unknown loss is empty."""
    kinds = list(codes.SHOCK_KINDS.words)
    shares = np.array([piles.settings.shock_recorded[kind] for kind in kinds])
    events = month.events.get("shock", [])
    head = heads(state) if events else np.zeros(0, dtype=np.int64)
    for event in events:
        hh, kind = event["hh"].astype(np.int64), event["kind"].astype(np.int64)
        told = month.streams.happens("records.shock", state.households.key[hh], shares[kind])
        for source, named in _SHOCK_SOURCE.items():
            of_source = np.isin(kind, [kinds.index(name) for name in named])
            person = event["person"].astype(np.int32)
            # who knows persons only has no row about a household of whom nobody is named
            if source == "human_resources":
                person = np.where(person < 0, head[hh], person).astype(np.int32)
            kept = np.flatnonzero(told & of_source)
            piles.add(
                state,
                "shock",
                source,
                month.month,
                {
                    "shock_kind": kind[kept].astype(np.int8),
                    "disaster_kind": event["disaster_kind"][kept].astype(np.int8),
                    "loss_fen": np.where(event["loss"] > 0, event["loss"], MISSING)[kept].astype(
                        np.int64
                    ),
                    "product": event["product"][kept].astype(np.int8),
                    "person_id": person[kept],
                },
                household=hh[kept],
                day=event["day"][kept].astype(np.int64),
            )


def _line(book: Book, name: str) -> I64:
    """One line of the book."""
    amounts: I64 = getattr(book, name)
    return amounts
