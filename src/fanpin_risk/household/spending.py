"""What a household spends because it must: medical bills and other rigid spending of a year.

Compliant spending (合规自付) is that of bills within the catalogue, and of other spending marked as
compliant. Bills follow the person into another household, other spending follows the household.
"""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw
import polars as pl

from fanpin_risk.household.choices import AccountChoices
from fanpin_risk.household.facts import COUNT, DAY, FEN, FLAG, Columns, FactTheme
from fanpin_risk.household.spending_medical import BILLS, bills_of_homes
from fanpin_risk.household.spending_windows import (
    first_day_of_months,
    is_complete,
    spending_days,
    yes_or_open,
)
from fanpin_risk.household.view import CountyView
from fanpin_risk.records.contracts.codes import SPENDING_ITEMS
from fanpin_risk.units import MONTHS_PER_YEAR

Frame = nw.DataFrame[pl.DataFrame]

OTHER = "rigid_spending"
ITEMS = tuple(SPENDING_ITEMS.words)
"""Kinds of rigid spending other than medical; the fact of one is ``<item>_spending_12m_fen``."""

_OF_BILLS = ("household_own_cost_year_fen", "medical_own_12m_fen", "medical_compliant_12m_fen")
_OF_ITEMS = tuple(f"{item}_spending_12m_fen" for item in ITEMS)
_COLUMNS: Columns = {
    **dict.fromkeys(_OF_BILLS, FEN),
    "household_own_cost_year_day": DAY,
    "household_has_bills_of_year": FLAG,
    **dict.fromkeys(_OF_ITEMS, FEN),
    "n_cost_tables_kept": COUNT,
    "compliant_own_12m_known_fen": FEN,
    "compliant_own_12m_open": COUNT,
    "compliant_own_12m_upper_fen": FEN,
    "is_compliant_own_12m_upper_known": FLAG,
    "compliant_own_12m_day": DAY,
    "rigid_window_months": COUNT,
    "rigid_known_fen": FEN,
    "rigid_upper_fen": FEN,
    "is_rigid_upper_known": FLAG,
    "rigid_day": DAY,
}


def household_spending(county: CountyView, choices: AccountChoices) -> Frame:
    """Rigid spending of each household up to the day.

    Returns
    -------
    DataFrame
        One row for each household that a snapshot names; amounts in fen, days as day numbers.

        ``household_own_cost_year_fen, household_own_cost_year_day, household_has_bills_of_year``
            Own cost of all bills of the members from 1 January up to the day, those of members who
            died since included; the newest bill's day; and True where bills are on record since
            the beginning of the year, else null.
        ``medical_own_12m_fen, medical_compliant_12m_fen``
            Own cost of bills, and the part within the catalogue as far as it is known, of the
            twelve months up to the day. Without a bill 0; null where no bills are kept.
        ``<item>_spending_12m_fen``
            Other rigid spending on each of `ITEMS` in these months, compliant or not; likewise.
        ``n_cost_tables_kept``
            How many of the two tables are on record for the whole of these months: 0 to 2.
        ``compliant_own_12m_known_fen, compliant_own_12m_open``
            Compliant own cost of these months as far as it is known; and bills whose compliant
            part, and spending whose being compliant, is not known, and one more for each of the two
            tables that is not kept. 0: the sum is the whole of what was recorded.
        ``compliant_own_12m_upper_fen, is_compliant_own_12m_upper_known``
            What it can be at most: what is not known counted in full. Null unless both tables are
            on record for the whole of these months; and whether they are, never null.
        ``compliant_own_12m_day``
            Newest day of what was counted; null: nothing.
        ``rigid_window_months, rigid_known_fen, rigid_upper_fen, is_rigid_upper_known, rigid_day``
            The same of ``choices.rigid_window_months`` months up to the day (policy notes, section
            4.2), and how many these are.

        What who left cost after leaving is no longer the household's.
    """
    homes = county.homes.select("home", "since_day", "moved_in_day")
    homes = homes.join(_bills(county), on="home", how="left")
    homes = homes.join(_items(county), on="home", how="left")
    homes = _with_compliant(
        homes,
        county,
        {"compliant_own_12m": MONTHS_PER_YEAR, "rigid": choices.rigid_window_months},
    )
    days = spending_days(county.known.as_of)
    has_year = is_complete(county, BILLS, days.year, "moved_in_day")
    n_kept = sum(
        (is_whole.cast(nw.Int64) for is_whole in _are_whole(county, days.account)), nw.lit(0)
    )
    amounts = [
        *(_zero_if_kept(name, BILLS, county) for name in _OF_BILLS),
        *(_zero_if_kept(name, OTHER, county) for name in _OF_ITEMS),
    ]
    added = {
        "household_has_bills_of_year": yes_or_open(has_year),
        "n_cost_tables_kept": n_kept,
        "rigid_window_months": nw.lit(choices.rigid_window_months),
    }
    return homes.with_columns(*amounts, **added).select("home", *_COLUMNS)


def _zero_if_kept(name: str, table: str, county: CountyView) -> nw.Expr:
    """An amount that is 0 without a record, and null where the table is not kept."""
    return nw.col(name).fill_null(0) if table in county.tables else nw.col(name)


def _are_whole(county: CountyView, first_day: int) -> tuple[nw.Expr, nw.Expr]:
    """Whether bills, and other spending, are on record from a day on."""
    return (
        is_complete(county, BILLS, first_day, "moved_in_day"),
        is_complete(county, OTHER, first_day, "since_day"),
    )


def _nothing(county: CountyView, names: tuple[str, ...]) -> Frame:
    """Columns of a table that is not kept."""
    nothing = nw.lit(None).cast(nw.Int64)
    return county.homes.select("home", **dict.fromkeys(names, nothing))


def _bills(county: CountyView) -> Frame:
    """Own cost of bills by household."""
    day_name = "household_own_cost_year_day"
    if BILLS not in county.tables:
        return _nothing(county, (*_OF_BILLS, day_name))
    days = spending_days(county.known.as_of)
    in_year = nw.col("day") >= days.year
    of_year, own, compliant = _OF_BILLS
    return (
        bills_of_homes(county, days)
        .select(
            "home",
            nw.when(in_year).then(nw.col("own_fen")).alias(of_year),
            nw.when(in_year).then(nw.col("day")).alias(day_name),
            nw.col("own_fen").alias(own),
            nw.col("compliant_own_fen").alias(compliant),
        )
        .group_by("home")
        .agg(nw.col(*_OF_BILLS).sum(), nw.col(day_name).max())
    )


def _items(county: CountyView) -> Frame:
    """Other rigid spending by household and item."""
    if OTHER not in county.tables:
        return _nothing(county, _OF_ITEMS)
    first_day = spending_days(county.known.as_of).account
    rows = (
        county.tables[OTHER]
        .select("home", "item", "amount_fen", "occurred_day")
        .filter(nw.col("occurred_day") >= first_day, ~nw.col("home").is_null())
    )
    return (
        rows.select(
            "home",
            *[
                nw.when(nw.col("item") == item).then(nw.col("amount_fen")).alias(name)
                for item, name in zip(ITEMS, _OF_ITEMS, strict=True)
            ],
        )
        .group_by("home")
        .agg(nw.col(*_OF_ITEMS).sum())
    )


def _with_compliant(homes: Frame, county: CountyView, months: Mapping[str, int]) -> Frame:
    """Add compliant spending of so many months by name: known, open, at most, its newest day."""
    as_of = county.known.as_of
    n_missing = sum(table not in county.tables for table in (BILLS, OTHER))
    added: dict[str, nw.Expr] = {}
    for n in sorted(set(months.values())):
        first_day = first_day_of_months(as_of, n)
        sums = _compliant(county, first_day).rename({name: f"{name}|{n}" for name in _COMPLIANT})
        homes = homes.join(sums, on="home", how="left")
        bills_whole, others_whole = _are_whole(county, first_day)
        is_whole = bills_whole & others_whole
        known, is_open, most, day = (nw.col(f"{name}|{n}") for name in _COMPLIANT)
        for name in (name for name, asked in months.items() if asked == n):
            added |= {
                f"{name}_known_fen": known.fill_null(0),
                f"{name}_open": is_open.fill_null(0) + n_missing,
                f"{name}_upper_fen": nw.when(is_whole).then(most.fill_null(0)),
                f"is_{name}_upper_known": is_whole,
                f"{name}_day": day,
            }
    return homes.with_columns(**added)


_COMPLIANT = ("_known", "_open", "_most", "_day")


def _compliant(county: CountyView, first_day: int) -> Frame:
    """Compliant spending from a day on, by household."""
    parts = [
        _costs(county.tables[table], table, first_day)
        for table in (BILLS, OTHER)
        if table in county.tables
    ]
    if not parts:
        return _nothing(county, _COMPLIANT)
    *amounts, day = _COMPLIANT
    return nw.concat(parts).group_by("home").agg(nw.col(*amounts).sum(), nw.col(day).max())


def _costs(rows: Frame, table: str, first_day: int) -> Frame:
    """Compliant amounts of a table's rows: known, whether open, and at most."""
    if table == BILLS:
        amount, compliant = nw.col("own_fen"), nw.col("compliant_own_fen")
        known, is_open, most = compliant, compliant.is_null(), nw.coalesce(compliant, amount)
    else:
        amount, counts = nw.col("amount_fen"), nw.col("is_compliant")
        known = nw.when(counts).then(amount)
        is_open = counts.is_null() | (counts & amount.is_null())
        most = nw.when(counts.fill_null(True)).then(amount)
    day = nw.col("occurred_day").cast(nw.Int64)
    found = rows.select("home", _known=known, _open=is_open.cast(nw.Int64), _most=most, _day=day)
    return found.filter(nw.col("_day") >= first_day, ~nw.col("home").is_null())


HOUSEHOLD_SPENDING = FactTheme(
    name="household_spending", level="household", columns=_COLUMNS, build=household_spending
)
"""Rigid spending of households."""
