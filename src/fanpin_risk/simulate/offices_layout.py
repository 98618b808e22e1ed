"""What a layout of an office's file is made of, and what its cells are looked up in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from fanpin_risk.simulate.offices_words import text
from fanpin_risk.simulate.sheets import Cell, SheetKind
from fanpin_risk.simulate.small_county import COUNTY, Row, SmallCounty, Value, Village
from fanpin_risk.simulate.small_county_rows import day_in

Encoding = Literal["utf-8", "utf-8-sig", "gb18030", "utf-16"]
PROVINCE, CITY = "示例省", "示例市"
_NOWHERE = Village(code="", name="", township="")


@dataclass(frozen=True, kw_only=True)
class Book:
    """A county with its rows grouped the way that files show them together.

    ``incomes`` are by household, day and day known, as the export of a household shows them.
    ``listings``, ``exits`` and ``measures`` are by household, the earliest first. ``place`` is what
    the national exports have as the county.
    """

    county: SmallCounty
    incomes: dict[tuple[Value, Value, Value], dict[str, Value]]
    listings: dict[Value, list[Row]]
    exits: dict[Value, list[Row]]
    measures: dict[Value, list[Row]]
    benefits: dict[tuple[Value, Value], Row]
    place: str = COUNTY

    def name(self, person: Value) -> str | None:
        """Name of a person; None where there is no person."""
        return None if person is None else self.county.names[str(person)]

    def head(self, row: Row) -> str | None:
        """Identity number of the head of a row's household; None where it is not known."""
        return self.county.heads.get(str(row["household_id"]))

    def head_name(self, row: Row) -> str | None:
        """Name of the head of a row's household."""
        return self.name(self.head(row))

    def phone(self, row: Row) -> str | None:
        """Phone of a row's household."""
        return self.county.phones.get(str(row["household_id"]))

    def village(self, row: Row) -> Village:
        """Village of a row's household; without names where it is not known."""
        return self.county.villages.get(str(row["household_id"]), _NOWHERE)

    def income(self, row: Row) -> dict[str, Value]:
        """Amounts of the year by item, as the export of a household shows them."""
        return self.incomes.get((row["household_id"], row["occurred_on"], row["recorded_on"]), {})

    def measures_on(self, household_id: Value, day: date) -> dict[str, str]:
        """Measures that a household has on a day, by kind, with all their names in one text."""
        found: dict[str, list[str]] = {}
        for row in self.measures.get(household_id, []):
            ends_on = row["ends_on"]
            is_over = isinstance(ends_on, date) and ends_on < day
            if day_in(row, "occurred_on") <= day and not is_over:
                found.setdefault(str(row["measure"]), []).append(text(row["detail"]) or "")
        return {kind: ",".join(dict.fromkeys(names)) for kind, names in found.items()}

    def listing_on(self, household_id: Value, day: date) -> Row | None:
        """Return the newest decision that put a household on the list by a day."""
        return _newest(self.listings.get(household_id, []), day)

    def exit_on(self, household_id: Value, day: date) -> Row | None:
        """Return the newest decision that took a household off the list by a day."""
        return _newest(self.exits.get(household_id, []), day)


def _newest(rows: list[Row], day: date) -> Row | None:
    """Newest row up to a day, of rows in the order of their days."""
    found = [row for row in rows if day_in(row, "occurred_on") <= day]
    return found[-1] if found else None


def book_of(county: SmallCounty) -> Book:
    """Group a county's rows."""
    incomes: dict[tuple[Value, Value, Value], dict[str, Value]] = {}
    for row in county.tables.get("income_item", []):
        if row["source"] == "national_household":
            shown = (row["household_id"], row["occurred_on"], row["recorded_on"])
            of_year = incomes.setdefault(shown, {})
            of_year[str(row["item"])] = row["amount_fen"]
    measures: dict[Value, list[Row]] = {}
    benefits: dict[tuple[Value, Value], Row] = {}
    for row in county.tables.get("support_measure", []):
        if row["source"] == "register_measure":
            measures.setdefault(row["household_id"], []).append(row)
        else:
            benefits[row["person"], row["occurred_on"]] = row
    listed = [r for r in county.tables.get("listing", []) if r["decision"] == "listed"]
    return Book(
        county=county,
        incomes=incomes,
        listings=by_household(listed),
        exits=by_household(county.tables.get("exit", [])),
        measures=measures,
        benefits=benefits,
    )


def by_household(rows: Iterable[Row]) -> dict[Value, list[Row]]:
    """Group decisions by household, each household's in the order of their days."""
    found: dict[Value, list[Row]] = {}
    for row in sorted(rows, key=lambda row: day_in(row, "occurred_on")):
        found.setdefault(row["household_id"], []).append(row)
    return found


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How one office lays its file out: which rows it is made of, its header, and a row's cells.

    ``tables`` names the record tables whose rows drive the file. ``has_household`` tells whether
    the office knows household numbers. ``is_export`` marks files that are known on receipt.
    """

    source: str
    title: str
    header: tuple[str, ...]
    cells: Callable[[Book, Row], tuple[Cell, ...]]
    tables: tuple[str, ...]
    footer: tuple[str, ...] = ()
    kind: SheetKind = "xlsx"
    encoding: Encoding = "utf-8"
    has_household: bool = True
    is_export: bool = False
