"""The small county's records as its offices would send them, and what should arrive of them.

Headers and words are typed by hand, not read from the source files, so that a source file which
drifts away from its office is found out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from fanpin_risk.records.contracts import TABLES
from fanpin_risk.simulate.offices_layout import Book, Layout, book_of
from fanpin_risk.simulate.offices_ledgers import LEDGERS
from fanpin_risk.simulate.offices_more import MORE
from fanpin_risk.simulate.offices_national import NATIONAL, measures_in_export
from fanpin_risk.simulate.offices_register import REGISTER
from fanpin_risk.simulate.offices_words import chinese, day_cell, month_chinese, text
from fanpin_risk.simulate.sheets import Sheet
from fanpin_risk.simulate.small_county import COUNTY, Row, SmallCounty, Value
from fanpin_risk.simulate.small_county_people import month_end
from fanpin_risk.simulate.small_county_rows import day_in

__all__ = ["Delivery", "expected", "expected_versions", "office_deliveries", "office_sheets"]

_LAYOUTS = (*NATIONAL, *LEDGERS, *REGISTER, *MORE)
_SNAPSHOTS = ("household_snapshot", "member_snapshot", "village")
_Numbered = tuple[str, int, Row]


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One file with what its covering letter says.

    ``received_on`` is the day the county has it; ``snapshot_on`` the day that an export shows, None
    for files whose rows have days of their own.
    """

    sheet: Sheet
    received_on: date
    snapshot_on: date | None


def office_sheets(county: SmallCounty, *, month: date | None) -> list[Sheet]:
    """Return the offices' files of a month, or of all months together; see `office_deliveries`.

    Examples
    --------
    >>> from fanpin_risk.simulate.small_county import small_county
    >>> county = small_county(20, 12, seed=1, first_day=date(2022, 1, 1))
    >>> [sheet.source for sheet in office_sheets(county, month=date(2022, 10, 1))][:2]
    ['national_household', 'national_member']
    """
    return [delivery.sheet for delivery in office_deliveries(county, month=month)]


def office_deliveries(
    county: SmallCounty, *, month: date | None, book: Book | None = None
) -> list[Delivery]:
    """Return the offices' files in a fixed order; an office without rows sends none.

    Parameters
    ----------
    county
        The records.
    month
        First day of a month: one file per office with the rows that became known in it. None: one
        file per office with everything, but one per day of receipt for the national exports, whose
        rows are known on receipt.
    book
        What files show beside their own rows; by default that of the county's own tables.

    Returns
    -------
    list of Delivery
        The sheet's ``keys`` are ``"{table}/{index}"``, the row's place in ``county.tables[table]``.
        A file of an office is received on the last day of the month (with None, on the day the last
        of its rows became known), an export on the day its rows did; there is one for each day that
        such exports show.

    Raises
    ------
    ValueError
        If the month is not given by its first day.
    """
    if month is not None and month.day != 1:
        raise ValueError(f"month must be the first day of a month. Got {month}.")
    shown = book_of(county) if book is None else book
    found = []
    for layout in _LAYOUTS:
        for received_on, rows in _batches(layout, county, month):
            found.append(_delivery(layout, shown, received_on, rows, month))
    return found


def _batches(
    layout: Layout, county: SmallCounty, month: date | None
) -> Iterator[tuple[date, list[_Numbered]]]:
    """Rows of each file of an office, with the day the file is received."""
    by_day: dict[tuple[date, date], list[_Numbered]] = {}
    for table in layout.tables:
        for index, row in enumerate(county.tables.get(table, [])):
            known_on = day_in(row, "recorded_on")
            is_of_month = month is None or known_on.replace(day=1) == month
            if row["source"] == layout.source and is_of_month:
                shown_on = day_in(row, "occurred_on") if _is_snapshot(layout) else known_on
                by_day.setdefault((known_on, shown_on), []).append((table, index, row))
    if layout.is_export:
        yield from ((days[0], by_day[days]) for days in sorted(by_day))
    elif by_day:
        together = [numbered for days in sorted(by_day) for numbered in by_day[days]]
        yield (max(by_day)[0] if month is None else month_end(month)), together


def _is_snapshot(layout: Layout) -> bool:
    """Whether a file shows one day, which its rows do not name."""
    return layout.is_export and layout.tables[0] in _SNAPSHOTS


def _delivery(
    layout: Layout, book: Book, received_on: date, rows: list[_Numbered], month: date | None
) -> Delivery:
    """Lay a file out."""
    snapshot_on = day_in(rows[0][2], "occurred_on") if _is_snapshot(layout) else None
    title = layout.title.format(
        county=COUNTY,
        month="历年" if month is None else month_chinese(month),
        day=chinese(snapshot_on),
    )
    cells = [layout.cells(book, row) for _, _, row in rows]
    numbered = [(n, *line[1:]) for n, line in enumerate(cells, start=1)]
    sheet = Sheet(
        source=layout.source,
        title=(title,) if title else (),
        header=layout.header,
        rows=tuple(numbered),
        keys=tuple(f"{table}/{index}" for table, index, _ in rows),
        footer=layout.footer,
        kind=layout.kind,
        encoding=layout.encoding,
    )
    return Delivery(sheet=sheet, received_on=received_on, snapshot_on=snapshot_on)


def expected(county: SmallCounty) -> dict[str, list[Row]]:
    """Return what should be on record once every file has been taken in: the newest versions.

    Returns
    -------
    dict
        Rows by table with the columns of the contract (``person_id`` in clear), ``household_id``
        (None where the office does not know it; absent for places), ``occurred_on``,
        ``recorded_on``, ``source``, ``version`` and ``is_withdrawn``. Withdrawn records are left
        out. What an export repeats unchanged is there once, as known first.
    """
    newest: dict[str, dict[tuple[Value, ...], Row]] = {}
    for table, rows in expected_versions(county).items():
        of_table = newest.setdefault(table, {})
        for row in rows:
            of_table[_identity(table, row)] = row
    return {
        table: [row for row in rows.values() if not row["is_withdrawn"]]
        for table, rows in newest.items()
    }


def expected_versions(county: SmallCounty) -> dict[str, list[Row]]:
    """Return every version that the files tell of, each record's in the order it became known."""
    knows_household = {layout.source: layout.has_household for layout in _LAYOUTS}
    found: dict[str, list[Row]] = {}
    for table, rows in county.tables.items():
        found[table] = [
            _arrived(table, row, knows_household=knows_household[str(row["source"])])
            for row in rows
        ]
    for table, row in _shown_by_exports(county):
        found.setdefault(table, []).append(row)
    for row in county.tables.get("income_item", []):
        if row["item"] == "temporary_relief":
            relief = _relief_as_measure(row)
            found.setdefault("support_measure", []).append(relief)
    return found


def _identity(table: str, row: Row) -> tuple[Value, ...]:
    """What tells one record from another."""
    names = ("source", "household_id", "occurred_on", *TABLES[table].identifies)
    return tuple(row.get(name) for name in names)


def _arrived(table: str, row: Row, *, knows_household: bool) -> Row:
    """Return a row as its file tells it."""
    hidden = ("person", "record_id", "batch")
    arrived = {name: value for name, value in row.items() if name not in hidden}
    if "person" in row:
        arrived["person_id"] = row["person"]
    if "household_id" in arrived and not knows_household:
        arrived["household_id"] = None
    return arrived


def _shown_by_exports(county: SmallCounty) -> Iterator[tuple[str, Row]]:
    """Listings, exits and measures that the household exports show beside the register's own."""
    book, seen = book_of(county), set()
    for snapshot in county.tables.get("household_snapshot", []):
        day = day_in(snapshot, "occurred_on")
        household_id = snapshot["household_id"]
        for table, decision in (
            ("listing", book.listing_on(household_id, day)),
            ("exit", book.exit_on(household_id, day)),
        ):
            if decision is not None and (table, household_id) not in seen:
                seen.add((table, household_id))
                yield table, _by_month(table, decision, snapshot)
        for measure, detail in measures_in_export(book, snapshot).items():
            values: Row = {"measure": measure, "detail": detail}
            yield "support_measure", _from_export("support_measure", snapshot, day, values)


def _by_month(table: str, decision: Row, snapshot: Row) -> Row:
    """Return a decision as the export has it: by month, without the days of the notice."""
    shown = {name: decision[name] for name in TABLES[table].names if "noticed" not in name}
    month = day_in(decision, "occurred_on").replace(day=1)
    return _from_export(table, snapshot, month, shown)


def _from_export(table: str, snapshot: Row, occurred_on: date, values: Row) -> Row:
    """Return a first version of a record that an export of a household tells of."""
    return {
        "household_id": snapshot["household_id"],
        "version": 1,
        "occurred_on": occurred_on,
        "recorded_on": day_cell(snapshot["recorded_on"]),
        "source": text(snapshot["source"]),
        "is_withdrawn": False,
        **dict.fromkeys(TABLES[table].names),
        **values,
    }


def _relief_as_measure(payment: Row) -> Row:
    """Return the measure that a payment of temporary relief is as well."""
    values: Row = {
        "household_id": None,
        "measure": "temporary_relief",
        "detail": "临时救助",
        "amount_fen": payment["amount_fen"],
        "person_id": payment["person"],
    }
    return _from_export("support_measure", payment, day_in(payment, "occurred_on"), values)
