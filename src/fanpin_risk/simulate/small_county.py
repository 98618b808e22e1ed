"""A small clean county: made-up, mutually consistent records for notebooks and tests.

It is an example, **not a model of risk**: plain random draws, made so that every record fits every
other one and meets the checks of practice. Nothing about need or its prediction can be learned
from it. Whoever wants a county with known truth needs the simulated county of the design notes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from fanpin_risk.simulate.small_county_cases import case_of
from fanpin_risk.simulate.small_county_exports import add_exports, add_villages
from fanpin_risk.simulate.small_county_households import (
    COUNTY,
    Calendar,
    Village,
    households_of,
)
from fanpin_risk.simulate.small_county_ledgers import (
    add_bills,
    add_cover,
    add_dividends,
    add_payments,
    add_prices,
    add_schooling,
    add_work,
    own_cost_fen,
)
from fanpin_risk.simulate.small_county_people import Draws, card_number
from fanpin_risk.simulate.small_county_register import add_register
from fanpin_risk.simulate.small_county_rows import Row, Rows, Value
from fanpin_risk.simulate.small_county_work import Home, home_of, next_month

__all__ = ["COUNTY", "Row", "SmallCounty", "Value", "Village", "small_county"]


@dataclass(frozen=True, kw_only=True)
class SmallCounty:
    """Records of a small county, by table, with what only the offices' files show.

    Attributes
    ----------
    first_day, last_day
        The days covered, both included. Records may become known after the last day.
    tables
        Rows by table. A row has every column of its contract (amounts in fen, quantities in
        hundredths, days as dates, missing as None), the common columns, and in place of
        ``person_id`` a ``person`` with the synthetic identity number in clear. All versions are
        there; a correction or withdrawal follows at the end with the same ``record_id``.
    names, phones
        Made-up name by identity number, made-up phone by household number.
    villages
        Village by household number.
    heads
        Identity number of the head by household number.
    cards
        Number of the disability card, 20 digits, by identity number of those who get one.
    """

    first_day: date
    last_day: date
    tables: dict[str, list[Row]]
    names: dict[str, str]
    phones: dict[str, str]
    villages: dict[str, Village]
    heads: dict[str, str]
    cards: dict[str, str]

    def newest(self, table: str) -> list[Row]:
        """Return the newest version of each record of a table; withdrawn ones are left out."""
        newest = {row["record_id"]: row for row in self.tables[table]}
        return [row for row in newest.values() if not row["is_withdrawn"]]


def small_county(n_households: int, n_months: int, *, seed: int, first_day: date) -> SmallCounty:
    """Return a small clean county: an example for notebooks and tests, not a model of risk.

    Parameters
    ----------
    n_households
        Number of households, 1 or more.
    n_months
        Months of records, 1 or more; households come onto the list where there are 6 or more.
    seed
        The same seed gives the same rows.
    first_day
        First day covered, the first of a month.

    Returns
    -------
    SmallCounty
        Clean rows by record table. National exports are of each 1 October from the last one up to
        ``first_day``. Bills become known about three weeks later, school records about two
        months, decisions at once. About 1% of the bills are corrected 1 to 4 months later, a few
        withdrawn.

    Raises
    ------
    ValueError
        If a number is below 1, or the first day is not the first of a month.

    Notes
    -----
    Identity numbers have the area code 230199, which does not exist, and phones the prefix 120,
    which no phone has: neither can belong to anybody.

    Examples
    --------
    >>> county = small_county(20, 12, seed=1, first_day=date(2022, 1, 1))
    >>> county.last_day, len(county.newest("household_snapshot"))
    (datetime.date(2022, 12, 31), 40)
    """
    calendar = _calendar(n_households, n_months, first_day)
    draws = Draws(seed)
    households = households_of(draws, n_households, calendar)
    homes = [home_of(draws, h, case_of(draws, h, calendar), calendar) for h in households]
    rows = Rows()
    _add_ledgers(rows, draws, homes, calendar)
    _add_exports(rows, draws, homes, calendar)
    people = [person for household in households for person in household.people]
    return SmallCounty(
        first_day=calendar.first_day,
        last_day=calendar.last_day,
        tables=rows.tables,
        names={person.identity: person.name for person in people},
        phones={household.household_id: household.phone for household in households},
        villages={household.household_id: household.village for household in households},
        heads={household.household_id: household.people[0].identity for household in households},
        cards={p.identity: number for p in people if (number := card_number(p)) is not None},
    )


def _calendar(n_households: int, n_months: int, first_day: date) -> Calendar:
    """Check what was asked for, and return the days covered."""
    for name, number in (("n_households", n_households), ("n_months", n_months)):
        if number < 1:
            raise ValueError(f"{name} must be 1 or more. Got {number}.")
    if first_day.day != 1:
        raise ValueError(f"first_day must be the first of a month. Got {first_day}.")
    after = first_day
    for _ in range(n_months):
        after = next_month(after)
    return Calendar(first_day=first_day, last_day=after - timedelta(days=1))


def _add_ledgers(rows: Rows, draws: Draws, homes: list[Home], calendar: Calendar) -> None:
    """Add what the offices and the register write down."""
    months = calendar.months()
    covered = set(months)
    for home in homes:
        add_bills(rows, draws, home, months)
        add_cover(rows, draws, home, calendar)
        add_schooling(rows, draws, home, calendar)
        add_work(rows, home, covered)
        add_payments(rows, draws, home, months)
        add_dividends(rows, home, calendar)
        add_register(rows, draws, home, calendar, months)
    codes = sorted({home.household.village.code for home in homes})
    add_prices(rows, draws, codes, months)


def _add_exports(rows: Rows, draws: Draws, homes: list[Home], calendar: Calendar) -> None:
    """Add the yearly national exports, the opening one among them."""
    bills: dict[Value, list[Row]] = {}
    for row in rows.tables.get("medical_bill", []):
        if row["version"] == 1:
            bills.setdefault(row["household_id"], []).append(row)
    for day in calendar.export_days():
        costs = [own_cost_fen(h, bills.get(h.household.household_id, []), day) for h in homes]
        add_exports(rows, homes, day, costs)
        add_villages(rows, draws, homes, day)
