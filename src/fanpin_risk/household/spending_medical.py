"""Medical bills: what a person paid after the three layers of insurance and aid.

Amounts are what is on record, 0 without a bill; flags beside them say whether the records are
complete, so that no further bill can be missing. Four bases, which are never compared with each
other's amounts (policy notes, sections 4.1 and 17): a single stay, a month as an outpatient, the
year to date, and the twelve months of the account.
"""

from __future__ import annotations

import narwhals as nw
import polars as pl

from fanpin_risk.household.choices import AccountChoices
from fanpin_risk.household.facts import DAY, FEN, FLAG, Columns, FactTheme
from fanpin_risk.household.spending_windows import (
    SpendingDays,
    is_complete,
    spending_days,
    yes_or_open,
)
from fanpin_risk.household.view import CountyView

Frame = nw.DataFrame[pl.DataFrame]

BILLS = "medical_bill"
STAY = "inpatient"
OUTPATIENT = ("outpatient", "outpatient_special")
"""Kinds of bills of an outpatient: pooled, and of a chronic or special illness."""

_COLUMNS: Columns = {
    "stay_own_fen": FEN,
    "stay_day": DAY,
    "own_cost_year_fen": FEN,
    "own_cost_year_day": DAY,
    "has_bills_of_year": FLAG,
    "outpatient_month_own_fen": FEN,
    "outpatient_month_day": DAY,
    "has_bills_of_months": FLAG,
    "own_cost_12m_fen": FEN,
    "own_cost_12m_day": DAY,
    "has_bills_of_12m": FLAG,
}


def person_spending(county: CountyView, choices: AccountChoices) -> Frame | None:
    """Own medical cost of everybody who belongs to a household on the day.

    Returns
    -------
    DataFrame or None
        ``person``, amounts in fen, days as day numbers; None where no bills are kept.

        ``stay_own_fen, stay_day``
            Largest own cost of one stay in hospital since 1 January, and its day (the newest, of
            equal ones; null: no stay).
        ``own_cost_year_fen, own_cost_year_day``
            Own cost of all bills from 1 January up to the day, and the newest bill's day.
        ``has_bills_of_year``
            True where bills are on record since the beginning of the year; else null.
        ``outpatient_month_own_fen, outpatient_month_day``
            Own cost as an `OUTPATIENT` in one calendar month: the month of the day, or the one
            before if that was dearer, since a month has to end before its bills are there. With the
            month's last day, or the day of decision in its own month (null: no cost in either).
        ``has_bills_of_months``
            True where bills are on record since the beginning of the month before; else null.
        ``own_cost_12m_fen, own_cost_12m_day, has_bills_of_12m``
            The same as of the year, of the twelve months up to the day.
    """
    if BILLS not in county.tables:
        return None
    days = spending_days(county.known.as_of)
    bills = bills_of_homes(county, days)
    persons = county.persons.join(
        county.homes.select("home", "moved_in_day"), on="home", how="left"
    ).select("person", "moved_in_day")
    mine = bills.drop("home", "compliant_own_fen").filter(~nw.col("person").is_null())
    for part in (_sums(mine, county, days), _stays(mine, days)):
        persons = persons.join(part, on="person", how="left")
    return persons.select("person", **_columns(county, days))


def bills_of_homes(county: CountyView, days: SpendingDays) -> Frame:
    """Bills of the account's months, of households on record.

    Returns
    -------
    DataFrame
        ``home, person`` (null: no member on the day), ``day, bill_kind, own_fen,
        compliant_own_fen``.
    """
    return (
        county.tables[BILLS]
        .select(
            *("home", "person", "bill_kind", "own_fen", "compliant_own_fen"),
            day=nw.col("occurred_day").cast(nw.Int64),
        )
        .filter(nw.col("day") >= days.account, ~nw.col("home").is_null())
    )


def _sums(bills: Frame, county: CountyView, days: SpendingDays) -> Frame:
    """Own cost of each window by person, and the newest days."""
    day, own = nw.col("day"), nw.col("own_fen")
    in_year = day >= days.year
    is_out = nw.lit(False)
    for kind in OUTPATIENT:
        is_out = is_out | (nw.col("bill_kind") == kind)
    sums = {
        "own_cost_12m_fen": own,
        "own_cost_year_fen": nw.when(in_year).then(own),
        "_this": nw.when(is_out & (day >= days.month)).then(own),
        "_last": nw.when(is_out & (day >= days.last_month) & (day < days.month)).then(own),
    }
    newest = {"own_cost_12m_day": day, "own_cost_year_day": nw.when(in_year).then(day)}
    return (
        bills.select("person", **sums, **newest)
        .group_by("person")
        .agg(nw.col(*sums).sum(), nw.col(*newest).max())
    )


def _stays(bills: Frame, days: SpendingDays) -> Frame:
    """The dearest stay of the year of each person who had one."""
    stays = bills.filter(nw.col("bill_kind") == STAY, nw.col("day") >= days.year)
    largest = stays.group_by("person").agg(stay_own_fen=nw.col("own_fen").max())
    return (
        stays.join(largest, on="person", how="inner")
        .filter(nw.col("own_fen") == nw.col("stay_own_fen"))
        .group_by("person")
        .agg(nw.col("stay_own_fen").max(), stay_day=nw.col("day").max())
    )


def _columns(county: CountyView, days: SpendingDays) -> dict[str, nw.Expr]:
    """The theme's columns; without a bill an amount is 0."""
    this, last = nw.col("_this").fill_null(0), nw.col("_last").fill_null(0)
    month_day = (
        nw.when(last > this)
        .then(nw.lit(days.month - 1))
        .when(this > 0)
        .then(nw.lit(county.known.day))
    )

    def has(first_day: int) -> nw.Expr:
        return yes_or_open(is_complete(county, BILLS, first_day, "moved_in_day"))

    return {
        "stay_own_fen": nw.col("stay_own_fen").fill_null(0),
        "stay_day": nw.col("stay_day"),
        "own_cost_year_fen": nw.col("own_cost_year_fen").fill_null(0),
        "own_cost_year_day": nw.col("own_cost_year_day"),
        "has_bills_of_year": has(days.year),
        "outpatient_month_own_fen": nw.when(last > this).then(last).otherwise(this),
        "outpatient_month_day": month_day,
        "has_bills_of_months": has(days.last_month),
        "own_cost_12m_fen": nw.col("own_cost_12m_fen").fill_null(0),
        "own_cost_12m_day": nw.col("own_cost_12m_day"),
        "has_bills_of_12m": has(days.account),
    }


PERSON_SPENDING = FactTheme(
    name="person_spending", level="person", columns=_COLUMNS, build=person_spending
)
"""Own medical cost of members."""
