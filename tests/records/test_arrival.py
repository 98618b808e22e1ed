"""Clean files of all offices arrive equal to the originals, at once and month by month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from fanpin_risk.records.contracts import TABLES
from fanpin_risk.records.identity_key import IdentityKey
from fanpin_risk.records.intake import BatchResult, ingest_file
from fanpin_risk.records.rows import Delivery
from fanpin_risk.records.source import Source, load_source
from fanpin_risk.records.store import Store
from fanpin_risk.records.timeline import known_as_of
from fanpin_risk.simulate.offices import Delivery as OfficeDelivery
from fanpin_risk.simulate.offices import expected, expected_versions, office_deliveries
from fanpin_risk.simulate.sheets import write_sheet
from fanpin_risk.simulate.small_county import COUNTY, SmallCounty, small_county

SOURCES = Path(__file__).parents[2] / "configs/sources"
KEY = IdentityKey(b"k" * 32)
LAST_DAY = date(2026, 12, 31)
OWN = ("batch", "line", "entered_on", "county", "record_id")
"""Columns that the intake makes itself."""

Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Arrived:
    """A county, its files as they were delivered, and what the store has of them."""

    county: SmallCounty
    deliveries: Sequence[OfficeDelivery]
    results: Sequence[BatchResult]
    store: Store
    is_history: bool


@cache
def source_named(name: str) -> Source:
    """Read a shipped source file."""
    return load_source(SOURCES / f"{name}.yaml")


def months_of(county: SmallCounty) -> Iterator[date]:
    """Yield the first day of each month in which anything may come."""
    month = date(county.first_day.year - 1, 1, 1)
    while month < date(county.last_day.year + 2, 1, 1):
        yield month
        month = (month + timedelta(days=31)).replace(day=1)


def in_order_of_receipt(county: SmallCounty) -> list[OfficeDelivery]:
    """Return every monthly delivery, earliest first."""
    monthly = [d for month in months_of(county) for d in office_deliveries(county, month=month)]
    return sorted(monthly, key=lambda d: d.received_on)


def arrived(
    county: SmallCounty, deliveries: Sequence[OfficeDelivery], folder: Path, *, is_history: bool
) -> Arrived:
    """Take the files in, one by one."""
    store, results = Store(folder / "store"), []
    for number, one in enumerate(deliveries):
        delivery = Delivery(
            received_on=one.received_on,
            snapshot_on=one.snapshot_on,
            is_history=is_history,
            county=COUNTY,
            key=KEY,
        )
        path = write_sheet(one.sheet, folder / f"{number:03d}_{one.sheet.source}")
        source = source_named(one.sheet.source)
        results.append(ingest_file(store, source, path, delivery, n_threads=1))
    return Arrived(
        county=county,
        deliveries=deliveries,
        results=results,
        store=store,
        is_history=is_history,
    )


@pytest.fixture(scope="module", params=["all_at_once", "month_by_month"])
def county_in_store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    """Load a county's history at once, and another's deliveries live, month by month."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "all_at_once":
        county = small_county(60, 24, seed=2, first_day=date(2022, 1, 1))
        return arrived(county, office_deliveries(county, month=None), folder, is_history=True)
    county = small_county(30, 8, seed=2, first_day=date(2022, 1, 1))
    return arrived(county, in_order_of_receipt(county), folder, is_history=False)


def known_on(row: Row, *, is_history: bool) -> date:
    """Day from which a row is known: live, not before the last day of the month it came in."""
    entered = row["recorded_on"]
    if is_history or source_named(row["source"]).recorded_on.on_receipt:
        return entered
    return (entered.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def counted(rows: Sequence[Row]) -> Counter[tuple[tuple[str, Any], ...]]:
    """Rows as a set with repetitions."""
    return Counter(tuple(sorted(row.items())) for row in rows)


def as_told(rows: Sequence[Row], *, is_history: bool) -> list[Row]:
    """Rows of the county as they should stand in the store."""
    found = []
    for row in rows:
        person = row.get("person_id")
        hashed = {} if person is None else {"person_id": KEY.person(person)}
        found.append({**row, **hashed, "recorded_on": known_on(row, is_history=is_history)})
    return found


def test_no_row_of_a_clean_file_is_set_aside(county_in_store):
    """Every row is read and accepted, and none says what is on file already in other words."""
    for one, result in zip(county_in_store.deliveries, county_in_store.results, strict=True):
        assert result.rows_read == result.rows_accepted == len(one.sheet.rows)
        assert not result.is_known_already
    assert county_in_store.store.quarantine().height == 0


def test_the_county_puts_the_intake_to_the_test(county_in_store):
    """The files have corrections, withdrawals, and rows of nearly every table."""
    rows = [row for told in expected_versions(county_in_store.county).values() for row in told]
    assert any(row["version"] > 1 and not row["is_withdrawn"] for row in rows)
    assert any(row["is_withdrawn"] for row in rows)
    assert sum(result.rows_withdrawn for result in county_in_store.results) > 0
    assert len({d.sheet.source for d in county_in_store.deliveries}) >= 15


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_version_arrives_equal_to_the_original(county_in_store, table):
    """All columns of the contract, both days, source, version and withdrawal are as they were."""
    told = expected_versions(county_in_store.county).get(table, [])
    stored = county_in_store.store.scan(table).drop(OWN).collect().to_dicts()
    assert counted(stored) == counted(as_told(told, is_history=county_in_store.is_history))


@pytest.mark.parametrize("table", sorted(TABLES))
def test_the_newest_versions_are_what_the_county_has(county_in_store, table):
    """What is known once everything came in is the newest version of all that was not withdrawn."""
    told = expected(county_in_store.county).get(table, [])
    wanted = as_told(told, is_history=county_in_store.is_history)
    known = known_as_of(county_in_store.store.records([table, "village"]), LAST_DAY)
    newest = known.tables[table].to_native().drop("occurred_day", "recorded_day")
    assert counted(newest.drop("batch", "record_id").to_dicts()) == counted(wanted)


def test_a_person_has_one_hash_in_all_tables(county_in_store):
    """The hashes in the store are those of the county's people, and no number in clear is there."""
    hashes = {KEY.person(identity) for identity in county_in_store.county.names}
    for table in TABLES.values():
        if "person_id" in table.names:
            found = county_in_store.store.scan(table.name).select("person_id").collect()
            assert set(found["person_id"].drop_nulls()) <= hashes


def test_every_row_leads_back_to_its_batch(county_in_store):
    """Line and batch lead back to the row: so many rows of a batch as it was accepted with."""
    lines: Counter[tuple[str, int]] = Counter()
    for table in TABLES:
        rows = county_in_store.store.scan(table).select("batch", "line").unique().collect()
        lines.update(rows.iter_rows())
    by_batch = Counter(batch for batch, _ in lines)
    for result in county_in_store.results:
        assert by_batch[result.batch] == result.rows_accepted - result.rows_unchanged
