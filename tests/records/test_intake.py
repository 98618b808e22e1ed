"""A file is taken in whole and once; threads and pieces change nothing; what lacks is said."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from functools import cache, partial
from pathlib import Path

import polars as pl
import pytest

from fanpin_risk.errors import ConfigError, InputFileError, SchemaError
from fanpin_risk.records import intake
from fanpin_risk.records.files import open_table
from fanpin_risk.records.identity_key import IdentityKey
from fanpin_risk.records.intake import ingest_file
from fanpin_risk.records.rows import Delivery
from fanpin_risk.records.source import Source, load_source
from fanpin_risk.records.store import Store
from fanpin_risk.settings import settings_from
from fanpin_risk.simulate.offices import office_deliveries
from fanpin_risk.simulate.sheets import sheet_bytes
from fanpin_risk.simulate.small_county import small_county

ROOT = Path(__file__).parents[2]
KEY = IdentityKey(b"k" * 32)
COUNTY = "230199"
LAST_DAY = date(2025, 1, 31)
COUNTS = ("rows_read", "rows_accepted", "rows_quarantined")
STATES = ("rows_new", "rows_corrected", "rows_withdrawn", "rows_unchanged")


@cache
def shipped(name):
    """A source file that ships."""
    return load_source(ROOT / f"configs/sources/{name}.yaml")


@pytest.fixture(scope="module")
def deliveries():
    """Files of a small county by source; each office's together, the newest of the exports."""
    county = small_county(60, 24, seed=5, first_day=date(2022, 1, 1))
    return {one.sheet.source: one for one in office_deliveries(county, month=None)}


@pytest.fixture(scope="module")
def bills(deliveries):
    """Medical bills as a text file: most are right, some at fault, doubled or contradictory."""
    sheet = replace(deliveries["medical_insurance"].sheet, kind="csv", encoding="gb18030", title=())
    for row, column, value in (
        (3, "就诊日期", "2022-02-30"),
        (8, "医疗总费用", "约五千"),
        (20, "证件号码", "2.30199E+17"),
        (31, "证件号码", "230199199013010017"),
        (50, "就医类型", "上门"),
    ):
        sheet = sheet.with_cell(row, column, value)
    copied = sheet.rows[60]
    other = list(sheet.rows[61])
    other[sheet.header.index("医疗总费用")] = 999_999
    return sheet_bytes(replace(sheet, rows=(*sheet.rows, copied, tuple(other))))


def delivery(**changes):
    """A live delivery on the last day."""
    told = {"received_on": LAST_DAY, "is_history": False, "county": COUNTY, "key": KEY}
    return Delivery(**told | changes)


def take(store, folder, content, *, name="bills.csv", source="medical_insurance", **changes):
    """Write a file and take it in."""
    threads = changes.pop("n_threads", 2)
    path = folder / name
    path.write_bytes(content)
    found = shipped(source) if isinstance(source, str) else source
    return ingest_file(store, found, path, delivery(**changes), n_threads=threads)


def content_of(folder):
    """Every file below a folder with its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def rows_of(store, table="medical_bill"):
    """All versions of a table's records in a fixed order."""
    return store.scan(table).collect().sort("record_id", "version")


def test_every_row_goes_one_way(bills, tmp_path):
    """Read is accepted plus quarantined; accepted is new, corrected, withdrawn and unchanged."""
    store = Store(tmp_path / "store")
    result = take(store, tmp_path, bills)
    n_lines = bills.decode("gb18030").count("\r\n") - 1
    entry = store.batches()[-1]
    assert entry["rows_blank"] == 2  # who filled it in, who looked it over
    assert result.rows_read == n_lines - entry["rows_blank"]
    assert result.rows_read == result.rows_accepted + result.rows_quarantined
    assert result.rows_accepted == sum(getattr(result, state) for state in STATES)
    assert store.quarantine().height == result.rows_quarantined
    assert sorted(store.quarantine()["checks"]) == [
        *("code", "conflict", "conflict", "copy", "day", "destroyed", "number", "person")
    ]
    assert {name: entry[name] for name in COUNTS} == {n: getattr(result, n) for n in COUNTS}
    assert sum(part["rows"] for part in entry["parts"]) == rows_of(store).height


def test_the_same_file_again_adds_nothing(bills, tmp_path):
    """The second time the file is on file already, and not a byte of the store changes."""
    store = Store(tmp_path / "store")
    first = take(store, tmp_path, bills)
    before = content_of(store.folder)
    again = take(store, tmp_path, bills, name="renamed.csv", received_on=date(2025, 2, 5))
    assert (first.is_known_already, again.is_known_already) == (False, True)
    assert (again.batch, again.file) == (first.batch, "renamed.csv")
    assert (again.rows_read, again.rows_quarantined) == (first.rows_read, first.rows_quarantined)
    assert [getattr(again, state) for state in STATES] == [0, 0, 0, first.rows_accepted]
    assert content_of(store.folder) == before


def test_the_same_rows_in_another_file_are_unchanged(bills, tmp_path):
    """Saved anew in another encoding with the rows turned round: no record is added."""
    store = Store(tmp_path / "store")
    first = take(store, tmp_path, bills)
    before = rows_of(store)
    header, *lines = bills.decode("gb18030").splitlines()
    anew = "\n".join([header, *reversed(lines)]).encode("utf-8-sig")
    again = take(store, tmp_path, anew, received_on=date(2025, 2, 5))
    assert not again.is_known_already
    assert (again.rows_read, again.rows_unchanged) == (first.rows_read, first.rows_accepted)
    assert again.rows_quarantined == first.rows_quarantined
    assert store.batches()[-1]["parts"] == []
    assert rows_of(store).equals(before)


def test_another_mapping_of_the_same_file_is_another_delivery(bills, tmp_path):
    """A mended source file reads the same file anew; records that stay the same are unchanged."""
    store = Store(tmp_path / "store")
    first = take(store, tmp_path, bills)
    worded = shipped("medical_insurance").model_copy(update={"publisher": "医保局"})
    assert take(store, tmp_path, bills, source=worded).is_known_already
    mended = shipped("medical_insurance").model_copy(update={"header_within": 20})
    again = take(store, tmp_path, bills, source=mended)
    assert not again.is_known_already
    assert again.rows_unchanged == first.rows_accepted


def test_threads_change_no_byte(bills, tmp_path, monkeypatch):
    """One, two and three threads over a file of many pieces write the same store, byte for byte."""
    monkeypatch.setattr(intake, "open_table", partial(open_table, piece_bytes=20_000))
    found = []
    for n_threads in (1, 2, 3):
        folder = tmp_path / str(n_threads)
        folder.mkdir()
        store = Store(folder / "store")
        take(store, folder, bills, n_threads=n_threads)
        found.append(content_of(store.folder))
    assert sum("medical_bill" in name for name in found[0]) > 3
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("piece_bytes", [2_000, 45_000])
def test_pieces_change_no_row(bills, tmp_path, monkeypatch, piece_bytes):
    """However a file is cut into pieces, the same records, quarantine and counts come of it."""
    found = []
    for size in (2**25, piece_bytes):
        monkeypatch.setattr(intake, "open_table", partial(open_table, piece_bytes=size))
        folder = tmp_path / str(size)
        folder.mkdir()
        store = Store(folder / "store")
        take(store, folder, bills)
        entry = {k: v for k, v in store.batches()[-1].items() if k != "parts"}
        found.append((rows_of(store), store.quarantine(), entry))
    for whole, cut in zip(*found, strict=True):
        assert whole.equals(cut) if isinstance(whole, pl.DataFrame) else whole == cut


def test_every_office_of_the_small_county_comes_in(deliveries, tmp_path):
    """A clean county's files are accepted to the last row, each under its own source."""
    store = Store(tmp_path / "store")
    for name, one in deliveries.items():
        result = take(
            store,
            tmp_path,
            sheet_bytes(one.sheet),
            name=f"{name}.{one.sheet.kind}",
            source=name,
            snapshot_on=one.snapshot_on,
        )
        assert result.rows_quarantined == 0, name
        assert result.rows_accepted == len(one.sheet.rows), name
    assert sum(store.records().row_counts().values()) > 1_000
    contacts = store.contacts()
    assert contacts.select("household_id", "person_id").is_duplicated().sum() == 0
    assert contacts.filter(pl.col("name").is_null() & pl.col("phone").is_null()).height == 0


NUMBERED = settings_from(
    {
        "name": "visits",
        "title_zh": "走访",
        "title_en": "Visits",
        "household_id": "户编号",
        "occurred_on": {"column": "日期"},
        "recorded_on": {"lag_days": 3},
        "version": "版本",
        "tables": {"visit": {"result": {"constant": "no_need"}}},
    },
    Source,
    where="visits",
)
VISIT = "户编号,日期,版本\nH1,2023-05-01,1\n".encode()


@pytest.mark.parametrize(
    ("source", "changes", "words"),
    [
        ("medical_insurance", {"received_on": None}, "say on which day the file was received"),
        ("medical_insurance", {"county": None}, "which county is the file of"),
        ("medical_insurance", {"key": None}, "holds identity numbers, and no key was given"),
    ],
)
def test_what_a_delivery_must_say(bills, tmp_path, source, changes, words):
    """Day, county and key are asked for by name, and no store is made."""
    with pytest.raises(ConfigError, match=rf"source {source}: .*{words}"):
        take(Store(tmp_path / "store"), tmp_path, bills, source=source, **changes)
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize(
    ("snapshot_on", "words"),
    [
        (None, "its rows are as of the day of the export. Say `snapshot_on`"),
        (date(2025, 3, 1), "an export of 2025-03-01 cannot have been received on 2025-01-31"),
    ],
)
def test_an_export_needs_its_day(deliveries, tmp_path, snapshot_on, words):
    """An export without a day, or of a day after it came, is refused."""
    with pytest.raises(ConfigError, match=re.escape(words)):
        take(
            Store(tmp_path / "store"),
            tmp_path,
            sheet_bytes(deliveries["national_village"].sheet),
            name="village.xlsx",
            source="national_village",
            snapshot_on=snapshot_on,
        )


def test_versions_are_the_stores_to_count(tmp_path):
    """A source that numbers versions itself is refused, and the store stays empty."""
    store = Store(tmp_path / "store")
    with pytest.raises(ConfigError, match="the store counts versions itself"):
        take(store, tmp_path, VISIT, source=NUMBERED)
    assert store.batches() == []


def test_deliveries_follow_in_time(bills, tmp_path):
    """A live delivery of an earlier day than one on file is refused; old years may come late."""
    store = Store(tmp_path / "store")
    take(store, tmp_path, bills)
    text = bills + b"\r\n"
    earlier = date(2025, 1, 30)
    with pytest.raises(ConfigError, match=r"delivery of 2025-01-31 is on file .* of 2025-01-30"):
        take(store, tmp_path, text, received_on=earlier)
    assert len(store.batches()) == 1
    again = take(store, tmp_path, text, received_on=earlier, is_history=True)
    assert again.rows_unchanged == again.rows_accepted > 0


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (b"", InputFileError, "is empty"),
        ("户,钱\n1,2\n".encode(), SchemaError, "is a header with the columns"),
    ],
)
def test_a_file_that_cannot_be_read_leaves_no_trace(bills, tmp_path, content, error, words):
    """The message names the file; the store is as it was."""
    store = Store(tmp_path / "store")
    take(store, tmp_path, bills)
    before = content_of(store.folder)
    with pytest.raises(error, match=rf"bad\.csv: .*{words}"):
        take(store, tmp_path, content, name="bad.csv")
    assert content_of(store.folder) == before


def test_known_from_the_day_it_came_unless_it_is_history(bills, tmp_path):
    """Live rows are known from receipt; of old years the office's own days are trusted."""
    for is_history in (False, True):
        store = Store(tmp_path / str(is_history))
        take(store, tmp_path, bills, is_history=is_history)
        rows = rows_of(store)
        own_days = (rows["recorded_on"] == rows["entered_on"]).all()
        assert (set(rows["recorded_on"]) == {LAST_DAY}, own_days) == (not is_history, is_history)


def test_quarantine_keeps_the_row_as_it_came(bills, tmp_path):
    """Every row set aside has its line, its words, its reasons in two languages and its owner."""
    store = Store(tmp_path / "store")
    take(store, tmp_path, bills)
    header, *lines = [line.split(",") for line in bills.decode("gb18030").splitlines()]
    rows = store.quarantine()
    assert rows["quarantine_id"].to_list() == [f"000001-{line}" for line in rows["line"]]
    for row in rows.iter_rows(named=True):
        came = dict(zip(header, lines[row["line"] - 2], strict=True))
        assert json.loads(row["original"]) == {name: cell or None for name, cell in came.items()}
        assert row["file"] == "bills.csv"
        assert row["reason_zh"]
        assert row["reason_en"]
    broken = rows.filter(pl.col("reason_en").str.contains("column 证件号码"))
    assert broken["person_id"].null_count() == broken.height == 2
    assert rows.filter(pl.col("checks") == "conflict")["person_id"].null_count() == 0


def test_the_real_panel_comes_in_the_same(panel, tmp_path):
    """The Argentine panel through the store has the record tables of direct reading.

    Batch apart, which names the file there and the delivery here, they are equal to the last cell.
    """
    store = Store(tmp_path / "store")
    result = ingest_file(
        store,
        shipped("argentina_eph"),
        ROOT / "data/argentina_eph/eph_household_panel.parquet",
        Delivery(received_on=date(2025, 1, 1), is_history=True, county="AR"),
    )
    assert result.rows_read == panel.rows_read
    assert result.rows_accepted == panel.lines.height
    assert result.rows_quarantined == panel.quarantine.height
    names = list(panel.records.row_counts())
    through_store, direct = store.records(names)._tables, panel.records._tables
    for name in names:
        found, expected = through_store[name], direct[name].sort("record_id", "version")
        kept = [column for column in expected.columns if column != "batch"]
        assert found.drop("batch").select(kept).equals(expected.select(kept)), name
        assert set(found["batch"]) == {"000001"}


def test_a_file_may_have_columns_of_our_own_names(tmp_path):
    """A row as it came keeps its cells, whatever the file calls its columns."""
    source = settings_from(
        {
            "name": "visits",
            "title_zh": "走访",
            "title_en": "Visits",
            "household_id": "hh",
            "occurred_on": {"column": "day"},
            "recorded_on": {"lag_days": 0},
            "tables": {"visit": {"result": {"column": "result", "codes": "titles"}}},
        },
        Source,
        where="visits",
    )
    path = tmp_path / "visits.csv"
    path.write_text(
        "hh,day,result,checks,reason_zh,original\n1,2023-05-01,？,theirs,theirs too,theirs also\n"
        "2,2023-05-01,有困难,,,\n",
        encoding="utf-8",
    )
    store = Store(tmp_path / "store")
    delivery = Delivery(received_on=date(2023, 6, 1), county="1")
    assert ingest_file(store, source, path, delivery).rows_quarantined == 1
    (row,) = store.quarantine().to_dicts()
    assert row["checks"] == "code"
    assert "代码不在代码表内" in row["reason_zh"]
    told = json.loads(row["original"])
    assert (told["checks"], told["reason_zh"]) == ("theirs", "theirs too")
    assert told["original"] == "theirs also"


def test_rows_that_repeat_a_households_record_bring_their_own(tmp_path):
    """A table of persons with the household's columns in every row: nothing is taken for a copy."""
    source = settings_from(
        {
            "name": "wide",
            "title_zh": "宽表",
            "title_en": "Wide table",
            "household_id": "hh",
            "occurred_on": {"column": "day"},
            "recorded_on": {"lag_days": 0},
            "records": [
                {
                    "table": "household_snapshot",
                    "fields": {
                        "place": {"column": "village"},
                        "context_place": {"constant": "C"},
                        "members": {"column": "members"},
                    },
                },
                {
                    "table": "support_measure",
                    "only_if": ["measure"],
                    "fields": {"measure": {"column": "measure", "codes": "titles"}},
                },
            ],
        },
        Source,
        where="wide",
    )
    path = tmp_path / "wide.csv"
    rows = ["1,2023-05-01,V,3,产业帮扶", "1,2023-05-01,V,3,健康帮扶", "1,2023-05-01,V,3,"]
    path.write_text("hh,day,village,members,measure\n" + "\n".join(rows) + "\n", encoding="utf-8")
    store = Store(tmp_path / "store")
    result = ingest_file(store, source, path, Delivery(received_on=date(2023, 6, 1), county="1"))
    assert (result.rows_new, result.rows_quarantined) == (2, 1)
    assert store.quarantine()["checks"].to_list() == ["copy"]
    assert store.scan("support_measure").collect().height == 2
    assert store.scan("household_snapshot").collect()["version"].to_list() == [1]


def test_a_row_from_the_future_stays_aside_however_late_it_is_sent_again(tmp_path):
    """A slip in a year does not become true by waiting: the first delivery's day is what counts."""
    source = settings_from(
        {
            "name": "visits",
            "title_zh": "走访",
            "title_en": "Visits",
            "household_id": "hh",
            "occurred_on": {"column": "day"},
            "recorded_on": {"lag_days": 0},
            "tables": {"visit": {"result": {"column": "result", "codes": "titles"}}},
        },
        Source,
        where="visits",
    )
    first, again = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text("hh,day,result\n1,2024-05-01,有困难\n2,2023-05-01,有困难\n", encoding="utf-8")
    store = Store(tmp_path / "store")
    came = Delivery(received_on=date(2023, 6, 1), is_history=False, county="1")
    assert ingest_file(store, source, first, came).rows_quarantined == 1
    (number,) = store.quarantine()["quarantine_id"].to_list()
    later = replace(came, received_on=date(2025, 1, 1))
    row = "1,{},有困难," + number + "\n"
    again.write_text("hh,day,result,隔离编号\n" + row.format("2024-05-01"), encoding="utf-8")
    assert ingest_file(store, source, again, later).rows_quarantined == 1
    (still,) = store.quarantine().to_dicts()
    assert "2023-06-01" in still["reason_en"]
    again.write_text("hh,day,result,隔离编号\n" + row.format("2023-05-01"), encoding="utf-8")
    assert ingest_file(store, source, again, later).rows_new == 1
    assert store.quarantine()["quarantine_id"].to_list() == [still["quarantine_id"]]
