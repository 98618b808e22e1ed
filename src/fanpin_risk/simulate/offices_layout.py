"""What a layout of an office's file is made of, and what its cells are looked up in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from fanpin_risk.simulate.offices_words import text
from fanpin_risk.simulate.sheets import Cell, SheetKind
from fanpin_risk.simulate.small_county import Row, SmallCounty, Value
from fanpin_risk.simulate.small_county_rows import day_in

Encoding = Literal["utf-8", "utf-8-sig", "gb18030", "utf-16"]
PROVINCE, CITY = "示例省", "示例市"


@dataclass(frozen=True, kw_only=True)
class Book:
    """A county with its rows grouped the way that files show them together."""

    county: SmallCounty
    incomes: dict[tuple[Value, Value], dict[str, Value]]
    listings: dict[Value, Row]
    exits: dict[Value, Row]
    measures: dict[Value, list[Row]]
    benefits: dict[tuple[Value, Value], Row]

    def name(self, person: Value) -> str | None:
        """Name of a person; None where there is no person."""
        return None if person is None else self.county.names[str(person)]

    def head(self, row: Row) -> str:
        """Identity number of the head of a row's household."""
        return self.county.heads[str(row["household_id"])]

    def head_name(self, row: Row) -> str:
        """Name of the head of a row's household."""
        return self.county.names[self.head(row)]

    def phone(self, row: Row) -> str:
        """Phone of a row's household."""
        return self.county.phones[str(row["household_id"])]

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
        """Return the decision that put a household on the list by a day."""
        row = self.listings.get(household_id)
        return row if row is not None and day_in(row, "occurred_on") <= day else None

    def exit_on(self, household_id: Value, day: date) -> Row | None:
        """Return the decision that took a household off the list by a day."""
        row = self.exits.get(household_id)
        return row if row is not None and day_in(row, "occurred_on") <= day else None


def book_of(county: SmallCounty) -> Book:
    """Group a county's rows."""
    incomes: dict[tuple[Value, Value], dict[str, Value]] = {}
    for row in county.tables.get("income_item", []):
        if row["source"] == "national_household":
            of_year = incomes.setdefault((row["household_id"], row["occurred_on"]), {})
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
        listings={row["household_id"]: row for row in listed},
        exits={row["household_id"]: row for row in county.tables.get("exit", [])},
        measures=measures,
        benefits=benefits,
    )


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
