"""Rows set aside go out as a workbook, come back mended, and are taken in once."""

from __future__ import annotations

import stat
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy
import xlsxwriter
import yaml
from python_calamine import CalamineWorkbook

from fanpin_risk.errors import ConfigError
from fanpin_risk.records.identity_key import IdentityKey
from fanpin_risk.records.marks import NUMBER_CHECK
from fanpin_risk.records.store import Store
from fanpin_risk.report.quarantine_book import MEND_SHEET
from fanpin_risk.simulate.offices import office_deliveries
from fanpin_risk.simulate.sheets import sheet_bytes
from fanpin_risk.simulate.small_county import small_county
from fanpin_risk.workflows.ingest import ingest, load_ingest_project, write_open_quarantine

ROOT = Path(__file__).parents[2]
KEY = IdentityKey(b"k" * 32)
CAME_ON, SENT_ON, LAST_ON = date(2025, 1, 31), date(2025, 2, 10), date(2025, 2, 20)
NUMBER = "隔离编号"


@pytest.fixture(scope="module")
def people():
    """A small county of forty households."""
    return small_county(40, 18, seed=3, first_day=date(2022, 1, 1))


@pytest.fixture(scope="module")
def sheets(people):
    """The newest file of each office."""
    return {one.sheet.source: one for one in office_deliveries(people, month=None)}


class Office:
    """A county's folder: an inbox, a store, and an ingest configuration."""

    def __init__(self, folder):
        self.folder = folder
        self.inbox = folder / "inbox"
        self.inbox.mkdir()
        self.store = Store(folder / "store")

    def ingest(self, *inputs, received_on=CAME_ON, url=None, **told):
        """Take files in through a configuration; what became of them, and the steps told."""
        content = {
            "name": "county",
            "store": "store",
            "county": "230199",
            "checks": str(ROOT / "configs/quality.yaml"),
            "inputs": list(inputs),
        }
        content = {key: value for key, value in (content | told).items() if value is not None}
        path = self.folder / "ingest.yaml"
        path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
        self.steps = []
        return ingest(
            load_ingest_project(path),
            received_on=received_on,
            key=KEY,
            database_url=url,
            workbooks=self.folder / "quarantine",
            n_threads=1,
            step=lambda step, at: self.steps.append((step, at)),
        )


@pytest.fixture
def office(tmp_path):
    """A county that has received nothing yet."""
    return Office(tmp_path)


def given(source, *files, **told):
    """An input of a configuration."""
    path = str(ROOT / f"configs/sources/{source}.yaml")
    return {"source": path, "files": [str(file) for file in files]} | told


def rows_of(path):
    """Rows of a quarantine workbook by their header."""
    book = CalamineWorkbook.from_path(str(path))
    header, *rows = book.get_sheet_by_name(MEND_SHEET).to_python(skip_empty_area=False)
    return [dict(zip(header, row, strict=True)) for row in rows]


def save(path, rows):
    """Write rows as an officer's program saves them: a workbook of texts."""
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        for y, line in enumerate([list(rows[0]), *(list(row.values()) for row in rows)]):
            for x, cell in enumerate(line):
                page.write_string(y, x, str(cell))
    return path


BROKEN = {2: ("就诊日期", "2022-02-30"), 5: ("医疗总费用", "约五千"), 9: ("就医类型", "上门")}


@pytest.fixture
def bills(sheets):
    """Medical bills with three broken cells, and what stood in them."""
    sheet = sheets["medical_insurance"].sheet
    right = {}
    for row, (column, value) in BROKEN.items():
        right[column] = str(sheet.rows[row][sheet.header.index(column)])
        sheet = sheet.with_cell(row, column, value)
    return sheet, right


@pytest.fixture
def sent(office, bills):
    """The bills taken in: the office, the workbook of the three rows, and the right cells."""
    sheet, right = bills
    path = office.inbox / "医疗费用202501.xlsx"
    path.write_bytes(sheet_bytes(sheet))
    done = office.ingest(given("medical_insurance", path))
    assert done.refused == ()
    assert (done.results[0].rows_quarantined, len(done.workbooks)) == (3, 1)
    return office, done.workbooks[0], right


def mend(rows, right, *, only=None):
    """Rows with the right value in the broken cell; the order of quarantine is that of BROKEN."""
    mended = []
    for row, (column, _) in zip(rows, BROKEN.values(), strict=True):
        does = only is None or column in only
        mended.append(row | {column: right[column]} if does else dict(row))
    return mended


def test_the_workbook_has_the_rows_as_they_came(sent):
    """Each row set aside stands in the workbook under its number, for its owner's eyes alone."""
    office, book, _ = sent
    rows = rows_of(book)
    assert book.name == "医疗费用202501-medical_insurance-000001.xlsx"
    assert stat.S_IMODE(book.stat().st_mode) == 0o600
    assert stat.S_IMODE(book.parent.stat().st_mode) == 0o700
    assert [row[NUMBER] for row in rows] == office.store.quarantine()["quarantine_id"].to_list()
    for row, (column, value) in zip(rows, BROKEN.values(), strict=True):
        assert row[column] == value
        assert row["问题"]
        assert row["Problem"]


def test_mended_rows_are_taken_in_once(sent):
    """Mended and sent again: accepted, their entries closed; sent once more: nothing is added."""
    office, book, right = sent
    before = office.store.scan("medical_bill").collect().height
    path = save(office.inbox / book.name, mend(rows_of(book), right))
    done = office.ingest(given("medical_insurance", path), received_on=SENT_ON)
    assert (done.results[0].rows_read, done.results[0].rows_new) == (3, 3)
    assert done.workbooks == ()
    assert office.store.scan("medical_bill").collect().height == before + 3
    assert office.store.quarantine().height == 0
    assert office.store.quarantine(is_open=False).height == 3
    assert len(office.store.batches()[-1]["closes"]["mended"]) == 3
    again = office.ingest(given("medical_insurance", path), received_on=LAST_ON)
    assert again.results[0].is_known_already
    saved = save(office.inbox / "医疗费用再存.xlsx", list(reversed(mend(rows_of(book), right))))
    anew = office.ingest(given("medical_insurance", saved), received_on=LAST_ON)
    assert (anew.results[0].rows_unchanged, anew.results[0].rows_quarantined) == (3, 0)
    assert office.store.scan("medical_bill").collect().height == before + 3
    office.store.records()


def test_mended_rows_are_known_from_the_day_they_came_back(sent):
    """What was broken could not be known before it was mended and sent again."""
    office, book, right = sent
    path = save(office.inbox / book.name, mend(rows_of(book), right))
    office.ingest(given("medical_insurance", path), received_on=SENT_ON)
    rows = office.store.scan("medical_bill").filter(pl.col("batch") == "000002").collect()
    assert set(rows["recorded_on"]) == {SENT_ON}


def test_half_mended_rows_go_aside_again_under_new_numbers(sent):
    """Of three rows one is mended: it is in; the others wait under new numbers, and only there."""
    office, book, right = sent
    path = save(office.inbox / book.name, mend(rows_of(book), right, only={"医疗总费用"}))
    done = office.ingest(given("medical_insurance", path), received_on=SENT_ON)
    assert (done.results[0].rows_new, done.results[0].rows_quarantined) == (1, 2)
    waiting = office.store.quarantine()
    assert waiting["quarantine_id"].str.slice(0, 7).unique().to_list() == ["000002-"]
    closes = office.store.batches()[-1]["closes"]
    assert (len(closes["mended"]), len(closes["again"])) == (1, 2)
    book_2 = done.workbooks[0]
    assert book_2.name == "医疗费用202501-medical_insurance-000002.xlsx"
    assert list(rows_of(book_2)[0]) == list(rows_of(book)[0])
    rest = [row | {name: right[name] for name in ("就诊日期", "就医类型") if row[name] == bad}
            for row, bad in zip(rows_of(book_2), ("2022-02-30", "上门"), strict=True)]  # fmt: skip
    path = save(office.inbox / book_2.name, rest)
    last = office.ingest(given("medical_insurance", path), received_on=LAST_ON)
    assert last.results[0].rows_new == 2
    assert office.store.quarantine().height == 0


def test_a_row_that_is_left_out_stays_in_quarantine(sent):
    """Rows that an officer deletes from the workbook stay open; a new workbook has them."""
    office, book, right = sent
    path = save(office.inbox / book.name, mend(rows_of(book), right)[:1])
    office.ingest(given("medical_insurance", path), received_on=SENT_ON)
    assert office.store.quarantine()["quarantine_id"].str.slice(0, 7).to_list() == ["000001-"] * 2
    books = write_open_quarantine(office.store, office.folder / "anew")
    assert [len(rows_of(one)) for one in books] == [2]
    assert stat.S_IMODE(books[0].stat().st_mode) == 0o600


@pytest.fixture
def export(sheets):
    """The newest member export with a broken sex in one row, its day, and what stood there."""
    one = sheets["national_member"]
    sheet, column = replace(one.sheet, kind="csv"), one.sheet.header.index("性别")
    return sheet.with_cell(4, "性别", "？？"), one.snapshot_on, sheet.rows[4][column]


def test_day_and_county_of_an_export_come_from_the_first_batch(office, export):
    """Sent again without `snapshot_on` and `county`, mended rows keep those of their first file."""
    sheet, day, right = export
    path = office.inbox / "家庭成员.csv"
    path.write_bytes(sheet_bytes(sheet))
    done = office.ingest(given("national_member", path, snapshot_on=day))
    assert done.results[0].rows_quarantined == 1
    rows = [row | {"性别": right} for row in rows_of(done.workbooks[0])]
    path = save(office.inbox / done.workbooks[0].name, rows)
    done = office.ingest(given("national_member", path), received_on=SENT_ON, county=None)
    assert (done.refused, done.results[0].rows_new) == ((), 1)
    row = office.store.scan("member_snapshot").filter(pl.col("batch") == "000002").collect()
    assert row["occurred_on"].to_list() == [day]
    entry = office.store.batches()[-1]
    assert (entry["snapshot_on"], entry["county"]) == (day.isoformat(), "230199")


def test_the_workbook_of_an_export_goes_back_to_the_same_configuration(office, export):
    """Put into the inbox as it is named, it fits the same pattern and holds the day of export."""
    sheet, day, right = export
    path = office.inbox / f"家庭成员{day:%Y%m%d}.csv"
    path.write_bytes(sheet_bytes(sheet))
    told = given("national_member", office.inbox / "*家庭成员*.*", snapshot_in_name=True)
    first = office.ingest(told)
    rows = [row | {"性别": right} for row in rows_of(first.workbooks[0])]
    save(office.inbox / first.workbooks[0].name, rows)
    done = office.ingest(told, received_on=SENT_ON)
    assert done.refused == ()
    became = {one.file: (one.is_known_already, one.rows_new) for one in done.results}
    assert became == {
        path.name: (True, 0),
        first.workbooks[0].name: (False, 1),
    }
    assert office.store.quarantine().height == 0


def test_a_bad_file_stops_no_other(office, sheets):
    """A file that cannot be read is named with its reason; those before and after it come in."""
    one = sheets["housing"].sheet
    for name in ("a.xlsx", "c.xlsx"):
        rows = one.rows[: 5 if name == "a.xlsx" else 9]
        (office.inbox / name).write_bytes(sheet_bytes(replace(one, rows=rows, keys=())))
    (office.inbox / "b.xlsx").write_bytes(b"PK no workbook")
    done = office.ingest(given("housing", office.inbox / "*.xlsx"))
    assert [result.file for result in done.results] == ["a.xlsx", "c.xlsx"]
    assert [result.rows_unchanged for result in done.results] == [0, 5]
    assert [(bad.file, bad.source) for bad in done.refused] == [("b.xlsx", "housing")]
    assert "b.xlsx" in str(done.refused[0].error)
    assert {at for step, at in office.steps if step == "ingest"} >= {"a.xlsx", "b.xlsx", "c.xlsx"}


def test_an_office_that_sent_nothing_stops_no_other(office, sheets):
    """A pattern that fits no file is said; where none has a file, nothing begins."""
    (office.inbox / "a.xlsx").write_bytes(sheet_bytes(sheets["housing"].sheet))
    nothing = given("education", office.inbox / "*教育*.xlsx")
    done = office.ingest(given("housing", office.inbox / "a.xlsx"), nothing)
    assert [result.file for result in done.results] == ["a.xlsx"]
    assert done.without == (str(office.inbox / "*教育*.xlsx"),)
    with pytest.raises(ConfigError, match=r"None of the inputs has a file: no file fits .*教育"):
        office.ingest(nothing)


def test_checks_of_single_rows_are_run_and_counted(office, sheets):
    """The checks that the configuration names are in the log: eligible, evaluated, unknown, failed.

    One that fails with severity `error` sets its row aside under its own number.
    """
    path = office.inbox / "bills.xlsx"
    path.write_bytes(sheet_bytes(sheets["medical_insurance"].sheet))
    office.ingest(given("medical_insurance", path))
    checks = office.store.batches()[0]["checks"]
    assert checks
    for check in checks:
        assert check["n_eligible"] == check["n_evaluated"] + check["n_unknown"]
        assert check["n_failed"] <= check["n_evaluated"] <= check["n_rows"]
    office.ingest(given("medical_insurance", path), checks=None, county="230198")
    without = {check["check"] for check in office.store.batches()[1]["checks"]}
    assert without == {NUMBER_CHECK.id}  # the one check that no later step could run
    assert without < {check["check"] for check in checks}


def test_a_query_is_read_like_a_file(office, sheets):
    """Rows of a database come through the same source; without its address the query is named."""
    sheet = sheets["housing"].sheet
    url = f"sqlite:///{office.folder / 'county.db'}"
    engine = sqlalchemy.create_engine(url)
    names = ", ".join(f'"{name}"' for name in sheet.header)
    marks = ", ".join("?" for _ in sheet.header)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"create table checks ({names})")
        rows = [tuple(None if c is None else str(c) for c in row) for row in sheet.rows]
        connection.exec_driver_sql(f"insert into checks values ({marks})", rows)
    engine.dispose()
    told = given("housing") | {"query": "checks"}
    done = office.ingest(told, url=url)
    assert done.results[0].rows_new == len(sheet.rows)
    with pytest.raises(ConfigError, match=r"'checks' is a query.*Set FANPIN_RISK_DATABASE_URL"):
        office.ingest(told)


def test_another_key_stops_everything(office, sheets):
    """With another key than the store's no file is even opened."""
    path = office.inbox / "bills.xlsx"
    path.write_bytes(sheet_bytes(sheets["medical_insurance"].sheet))
    office.ingest(given("medical_insurance", path))
    project = load_ingest_project(office.folder / "ingest.yaml")
    with pytest.raises(ConfigError, match="was filled with another identity key"):
        ingest(
            project,
            received_on=SENT_ON,
            key=IdentityKey(b"x" * 32),
            database_url=None,
            workbooks=office.folder,
            n_threads=1,
            step=lambda step, at: None,
        )


def test_every_kind_of_fault_is_counted_in_the_log(sent):
    """The log has each fault with its words and number of rows, and nothing that stood there."""
    office, _, _ = sent
    faults = office.store.batches()[0]["faults"]
    assert Counter(fault["check"] for fault in faults) == {"day": 1, "number": 1, "code": 1}
    assert all(fault["n_rows"] == 1 for fault in faults)
    assert all(fault["reason_zh"] and fault["reason_en"] for fault in faults)
    assert not any(value in str(faults) for _, value in BROKEN.values())
