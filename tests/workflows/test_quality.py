"""The quality report of a store: what had arrived by a day, and what the checks say of it."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from fanpin_risk.errors import AsOfError
from fanpin_risk.records.contracts import TABLES, frame_schema
from fanpin_risk.records.identity_key import IdentityKey
from fanpin_risk.records.intake import ingest_file
from fanpin_risk.records.quality import CHECKS, LEFT_OUT
from fanpin_risk.records.quality.settings import load_quality_settings
from fanpin_risk.records.rows import Delivery
from fanpin_risk.records.source import load_source
from fanpin_risk.records.store import Store
from fanpin_risk.records.timeline import known_as_of
from fanpin_risk.simulate.offices import office_deliveries
from fanpin_risk.simulate.sheets import sheet_bytes
from fanpin_risk.simulate.small_county import small_county
from fanpin_risk.workflows.quality import known_tables, quality_report, write_quality

ROOT = Path(__file__).parents[2]
KEY = IdentityKey(b"k" * 32)
SETTINGS = load_quality_settings(ROOT / "configs/quality.yaml")
TITLES = {"title_zh": "记录质量", "title_en": "Quality of records"}


@cache
def shipped(name):
    """A source file that ships."""
    return load_source(ROOT / f"configs/sources/{name}.yaml")


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    """Sixty households' files taken in on the days they came, one bill's day being none.

    Returns
    -------
    tuple
        The store, and the first and the last day on which something came.
    """
    folder = tmp_path_factory.mktemp("county")
    people = small_county(60, 12, seed=7, first_day=date(2022, 1, 1))
    store = Store(folder / "store")
    deliveries = sorted(
        office_deliveries(people, month=None), key=lambda one: (one.received_on, one.sheet.source)
    )
    for number, one in enumerate(deliveries):
        sheet = one.sheet
        if sheet.source == "medical_insurance":
            sheet = sheet.with_cell(0, "就诊日期", "2022-02-30")
        path = folder / f"{number}.{sheet.kind}"
        path.write_bytes(sheet_bytes(sheet))
        ingest_file(
            store,
            shipped(sheet.source),
            path,
            Delivery(
                received_on=one.received_on,
                snapshot_on=one.snapshot_on,
                is_history=False,
                county="230199",
                key=KEY,
            ),
        )
    days = [one.received_on for one in deliveries]
    return store, min(days), max(days)


@pytest.fixture(scope="module")
def written(county, tmp_path_factory):
    """The report of the last day, and the folder it was written to."""
    store, _, last = county
    folder = tmp_path_factory.mktemp("quality")
    return write_quality(store, folder, as_of=last, settings=SETTINGS, **TITLES), folder


def test_the_report_is_written_as_page_and_workbook(written):
    """Both are there, in both languages, and the page holds nobody's number."""
    report, folder = written
    assert sorted(path.name for path in folder.iterdir()) == ["quality.html", "quality.xlsx"]
    page = (folder / "quality.html").read_text(encoding="utf-8")
    assert "记录质量" in page
    assert "Quality of records" in page
    persons = report.failures["record_id"].str.extract(r"([0-9a-f]{24})").drop_nulls()
    assert not any(person in page for person in persons)
    book = CalamineWorkbook.from_path(str(folder / "quality.xlsx"))
    assert len(book.sheet_names) >= 4


def test_every_file_that_arrived_is_in_it_and_adds_up(county, written):
    """One row per batch with the log's counts: read = accepted + quarantined, and so on."""
    store, _, last = county
    batches = written[0].batches
    assert batches["batch"].to_list() == [entry["batch"] for entry in store.batches()]
    assert (batches["rows_read"] == batches["rows_accepted"] + batches["rows_quarantined"]).all()
    states = ["rows_new", "rows_corrected", "rows_withdrawn", "rows_unchanged"]
    assert (batches["rows_accepted"] == batches.select(pl.sum_horizontal(states))[states[0]]).all()
    assert batches["rows_quarantined"].sum() == store.quarantine().height == 1
    assert batches["received_on"].max() == last
    assert written[0].quarantine["n_rows"].to_list() == [1]
    assert written[0].quarantine["check"].to_list() == ["day"]


def test_every_check_has_a_state_and_counts_that_add_up(county, written):
    """Each check of the catalogue ran, or says why not; failures are as many as are counted."""
    report = written[0]
    assert sorted(report.checks["check"]) == sorted([*CHECKS, *LEFT_OUT])
    ran = report.checks.filter(pl.col("state").is_in(["passed", "failed", "always_fails"]))
    assert ran.height > len(CHECKS) / 2
    assert (ran["n_evaluated"] > 0).all()
    counts = report.counts
    assert (counts["n_eligible"] == counts["n_evaluated"] + counts["n_unknown"]).all()
    assert counts["n_failed"].sum() == report.failures.height
    tables = known_tables(known_as_of(county[0].records(), report.as_of))
    for check in CHECKS.values():
        if check.scope == "field" and check.id in ran["check"]:
            n_rows = counts.filter(check=check.id)["n_rows"].sum()
            assert n_rows == tables[check.table].height, check.id


def test_a_day_before_anything_came(county):
    """Nothing had been received: it says so, and asks for a later day."""
    store, first, _ = county
    day = first - timedelta(days=1)
    with pytest.raises(
        AsOfError,
        match=f"Nothing had been received by {day}. Choose a later day".replace(".", r"\."),
    ):
        quality_report(store, as_of=day, settings=SETTINGS, **TITLES)


def test_an_earlier_day_shows_what_had_come_by_then(county):
    """The report of the first day has its deliveries alone, and no record from later."""
    store, first, _ = county
    report = quality_report(store, as_of=first, settings=SETTINGS, **TITLES)
    assert 0 < report.batches.height < len(store.batches())
    assert set(report.batches["received_on"]) == {first}
    assert set(report.counts["batch"].drop_nulls()) <= set(report.batches["batch"])
    assert set(report.checks.filter(pl.col("state") == "not_run")["check"])


def test_the_same_day_gives_the_same_report_later(county, tmp_path):
    """Deliveries of later days change nothing in the report of an earlier one.

    The store as it was then is the folder without the later entries of its log.
    """
    store, first, last = county
    half = first + (last - first) // 2
    shutil.copytree(store.folder, tmp_path / "then")
    then = Store(tmp_path / "then")
    for entry in store.batches():
        if entry["received_on"] > half.isoformat():
            (then.folder / f"log/{entry['batch']}.json").unlink()
    assert 0 < len(then.batches()) < len(store.batches())
    reports = [quality_report(s, as_of=half, settings=SETTINGS, **TITLES) for s in (store, then)]
    for name in ("batches", "checks", "counts", "failures", "quarantine"):
        assert getattr(reports[0], name).equals(getattr(reports[1], name)), name


def test_rows_about_persons_stand_under_their_household(county):
    """Tables of persons get the household that the newest member snapshot says."""
    store, _, last = county
    known = known_as_of(store.records(), last)
    tables = known_tables(known)
    assert set(tables) == set(TABLES)
    members = tables["member_snapshot"].sort("occurred_on")
    home = dict(members.select("person_id", "household_id").iter_rows())
    bills = tables["medical_bill"]
    assert known.tables["medical_bill"].to_native()["household_id"].null_count() == bills.height
    assert bills.height > 50
    assert bills["household_id"].to_list() == [home[person] for person in bills["person_id"]]
    for name, frame in tables.items():
        assert list(frame.columns) == list(frame_schema(TABLES[name])), name
        assert frame.height == known.tables[name].to_native().height, name


def test_a_person_without_a_household_is_left_without(county):
    """Bills of somebody whom no member snapshot names keep an empty household."""
    store, _, last = county
    known = known_as_of(
        store.records(["medical_bill", "member_snapshot", "household_change"]), last
    )
    tables = dict(known.tables)
    tables["member_snapshot"] = tables["member_snapshot"].head(0)
    alone = known_tables(type(known)(as_of=known.as_of, tables=tables))
    bills = alone["medical_bill"]
    assert bills["household_id"].null_count() == bills.height > 0
