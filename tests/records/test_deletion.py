"""A household, or what is too old, is gone from every file; all others stay as they are."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
from datetime import date
from functools import cache
from pathlib import Path

import polars as pl
import pytest

import fanpin_risk
from fanpin_risk.dates import add_months
from fanpin_risk.errors import ConfigError
from fanpin_risk.records.contracts import TABLES
from fanpin_risk.records.deletion import delete_household, delete_older, kept_from
from fanpin_risk.records.identity_key import IdentityKey
from fanpin_risk.records.intake import ingest_file
from fanpin_risk.records.quality.model import FieldCheck
from fanpin_risk.records.rows import Delivery
from fanpin_risk.records.source import load_source
from fanpin_risk.records.store import Store
from fanpin_risk.simulate.offices import office_deliveries
from fanpin_risk.simulate.sheets import sheet_bytes
from fanpin_risk.simulate.small_county import small_county

ROOT = Path(__file__).parents[2]
KEY = IdentityKey(b"k" * 32)
ASKED_ON = date(2025, 3, 1)
DELETING = """
# deletes a household, and is killed at the first file it removes
import os, signal, sys
from datetime import date
from pathlib import Path
from fanpin_risk.records.deletion import delete_household
from fanpin_risk.records.identity_key import IdentityKey
from fanpin_risk.records.store import Store

def killed(path, missing_ok=False):
    os.kill(os.getpid(), signal.SIGKILL)

store = Store(Path(sys.argv[1]))
with store.writing(None):
    pass
Path.unlink = killed
key = IdentityKey(b"k" * 32)
delete_household(store, sys.argv[2], key=key, asked_on=date(2025, 3, 1))
"""


def marking(table):
    """Mark every record with a household, so that marks are there to be deleted."""
    return (MARK,) if table in ("household_snapshot", "visit") else ()


MARK = FieldCheck(
    id="always",
    severity="warning",
    message_zh="试",
    message_en="test",
    is_eligible=pl.col("household_id").is_not_null(),
    is_failed=pl.col("household_id").is_not_null(),
)


@cache
def shipped(name):
    """A source file that ships."""
    return load_source(ROOT / f"configs/sources/{name}.yaml")


def take(store, folder, source, content, *, name, **told):
    """Take a file into the store."""
    path = folder / name
    path.write_bytes(content)
    delivery = Delivery(county="230199", key=KEY, is_history=True, **told)
    return ingest_file(store, shipped(source), path, delivery,
                       checks=marking)  # fmt: skip


def sheet(header, *rows):
    """Text of an office's table."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header.split(), *rows])
    return text.getvalue().encode()


VISITS = "户编号 走访结果 发现的困难 名单来源 走访日期 录入日期"
CHANGES = "户编号 变动类型 关联户编号 变动日期 登记日期"
CLUES = "户编号 证件号码 线索编号 线索渠道 预警部门 风险类型 预警金额 线索日期 录入日期"


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    """A store with everything of forty households, some set aside, and one of the households.

    Returns
    -------
    tuple
        Folder of the store, the household, identity numbers of its members, folder of the files.
    """
    folder = tmp_path_factory.mktemp("county")
    people = small_county(40, 18, seed=3, first_day=date(2022, 1, 1))
    store = Store(folder / "store")
    for n, one in enumerate(office_deliveries(people, month=None)):
        take(
            store, folder, one.sheet.source, sheet_bytes(one.sheet),
            name=f"{n:02d}.{one.sheet.kind}", snapshot_on=one.snapshot_on, received_on=ASKED_ON,
        )  # fmt: skip
    bills = people.tables["medical_bill"]
    homes = {row["person"]: row["household_id"] for row in people.tables["member_snapshot"]}
    household = homes[bills[0]["person"]]
    others = sorted(set(homes.values()) - {household})
    take(store, folder, "register_visit", sheet(
        VISITS,
        (household, "有困难", "因病", "", "2023-05-32", "2023-05-31"),
        (household + "0", "有困难", "因病", "", "2023-05-32", "2023-05-31"),
        (others[0], "有困难", "因病", "", "2023-05-32", "2023-05-31"),
        (household, "有困难", "因病", "2023-05-31"),
    ), name="visits.csv", received_on=ASKED_ON)  # fmt: skip
    take(store, folder, "public_security", sheet(
        CHANGES,
        (others[1], "分户", household, "2023-04-01", "2023-04-02"),
        (household, "整户迁移", "", "2023-04-01", "2023-04-02"),
    ), name="changes.csv", received_on=ASKED_ON)  # fmt: skip
    persons = [person for person, home in homes.items() if home == household]
    return store.folder, household, persons, folder


@pytest.fixture
def store(county, tmp_path):
    """A copy of that store."""
    shutil.copytree(county[0], tmp_path / "store")
    return Store(tmp_path / "store")


def tables_of(store):
    """Every table with its rows in a fixed order."""
    return {name: store.scan(name).collect().sort("record_id", "version") for name in TABLES}


def apart_of(store):
    """Marks, quarantine and contacts."""
    marks = [pl.read_parquet(store.folder / path) for path in store.files_apart("marks")]
    return {
        "marks": pl.concat(marks).sort("table", "record_id"),
        "quarantine": store.quarantine(is_open=False).sort("quarantine_id"),
        "contacts": store.contacts().sort("household_id", "person_id"),
    }


def everything_in(store):
    """Every cell of every Parquet file and every text of the store, as one text."""
    found = []
    for path in sorted(store.folder.rglob("*")):
        if path.suffix == ".parquet":
            found.append(pl.read_parquet(path).cast(pl.String, strict=False).write_json()
                         if "columns" not in pl.read_parquet_schema(path)
                         else pl.read_parquet(path).write_json())  # fmt: skip
        elif path.is_file():
            found.append(path.read_text(encoding="utf-8"))
    return "\n".join(found)


def stands_in(text, number):
    """Whether a household's number stands in a text, not as the beginning of a longer one."""
    return number in text.replace(f"{number}0", "")


def test_a_household_is_gone_from_every_file(county, store):
    """Nothing of the household or of its members is left, not in any file, not in a file's name."""
    _, household, persons, _ = county
    before, apart = tables_of(store), apart_of(store)
    hashes = KEY.persons(persons)
    text = everything_in(store)
    assert stands_in(text, household)
    assert any(person in text for person in hashes)
    done = delete_household(store, household, key=KEY, asked_on=ASKED_ON)
    text = everything_in(store)
    assert not stands_in(text, household)
    assert not any(person in text for person in [*hashes, *persons])
    after = tables_of(store)
    fewer = {name: before[name].height - after[name].height for name in TABLES}
    assert {name: n for name, n in done.rows.items() if n} == {n: k for n, k in fewer.items() if k}
    assert {"household_snapshot", "member_snapshot", "medical_bill"} <= set(done.rows)
    shrunk = {name: apart[name].height - left.height for name, left in apart_of(store).items()}
    assert all(n > 0 for n in shrunk.values()), shrunk
    assert shrunk["quarantine"] == 2


def test_other_households_stay_as_they_are(county, store):
    """Every row of every other household, mark, contact and quarantined row is what it was.

    A household whose number begins with the deleted one's is another; a change that names the
    deleted one has a hash in its place.
    """
    _, household, persons, _ = county
    before, apart = tables_of(store), apart_of(store)
    delete_household(store, household, key=KEY, asked_on=ASKED_ON)
    ids = pl.Series(KEY.persons(persons)).implode()
    for name, left in tables_of(store).items():
        kept = before[name]
        if "household_id" in kept.columns:
            kept = kept.filter(pl.col("household_id").ne_missing(pl.lit(household)))
        if "person_id" in kept.columns:
            kept = kept.filter(~pl.col("person_id").is_in(ids).fill_null(False))
        if name == "household_change":
            assert left["other_household_id"].to_list() == [KEY.household(household)]
            assert left["record_id"][0].split("/")[2] == KEY.household(household)
            kept, left = (f.drop("other_household_id", "record_id") for f in (kept, left))
        assert left.equals(kept), name
    left = apart_of(store)
    assert set(left["quarantine"]["line"]) == {3, 4}
    for name in ("marks", "contacts"):
        rest = left[name].join(apart[name], on=left[name].columns, how="anti", nulls_equal=True)
        assert rest.height == 0, name


def test_the_log_says_so_without_the_number(county, store):
    """The log has the day, a keyed hash and counts; the door still hands records out."""
    _, household, _, _ = county
    n_batches = len(store.batches())
    done = delete_household(store, household, key=KEY, asked_on=ASKED_ON)
    entry = store.entries()[-1]
    assert (entry["kind"], entry["asked_on"]) == ("deletion", "2025-03-01")
    assert entry["what"] == {"household": KEY.household(household)}
    assert entry["rows"] == done.rows
    assert household not in json.dumps(entry)
    assert len(store.batches()) == n_batches
    assert all((store.folder / part.path).exists() for part in store.parts())
    counts = store.records().row_counts()
    assert counts["household_snapshot"] == store.scan("household_snapshot").collect().height


def test_it_does_not_come_back_by_the_same_file(county, store):
    """A file that was taken in before adds nothing when it is sent again."""
    _, household, _, folder = county
    delete_household(store, household, key=KEY, asked_on=ASKED_ON)
    before = tables_of(store)
    again = take(store, folder, "public_security", (folder / "changes.csv").read_bytes(),
                 name="changes.csv", received_on=date(2025, 4, 1))  # fmt: skip
    assert again.is_known_already
    assert all(rows.equals(before[name]) for name, rows in tables_of(store).items())


def test_a_household_that_is_not_there(store):
    """The message says so; the store is as it was."""
    n_entries = len(store.entries())
    with pytest.raises(ConfigError, match="Nothing about household 'H-none' is on file"):
        delete_household(store, "H-none", key=KEY, asked_on=ASKED_ON)
    assert len(store.entries()) == n_entries


def test_a_household_under_another_key_is_refused(county, store):
    """Without the store's key its persons cannot be told, so nothing is deleted."""
    with pytest.raises(ConfigError, match="another identity key"):
        delete_household(store, county[1], key=IdentityKey(b"x" * 32), asked_on=ASKED_ON)


def test_deleted_twice_and_another_after_it(county, store):
    """Files that a deletion wrote can be rewritten by the next one."""
    rows = tables_of(store)["household_snapshot"]
    first, second = sorted(set(rows["household_id"]) - {county[1]})[:2]
    for household in (first, second):
        delete_household(store, household, key=KEY, asked_on=ASKED_ON)
    left = tables_of(store)["household_snapshot"]["household_id"]
    assert set(rows["household_id"]) - set(left) == {first, second}
    with pytest.raises(ConfigError, match="Nothing about household"):
        delete_household(store, first, key=KEY, asked_on=ASKED_ON)
    store.records()


def test_killed_before_the_old_files_are_removed(county, store):
    """Killed between the log and the removal, the household is gone, and its files with the next.

    The next writer sweeps up the files that the log no longer names.
    """
    _, household, persons, folder = county
    ran = subprocess.run(
        [sys.executable, "-c", DELETING, store.folder, household],
        env=os.environ | {"PYTHONPATH": str(Path(fanpin_risk.__file__).parents[1])},
        timeout=60,
        check=False,
    )
    assert ran.returncode == -signal.SIGKILL
    assert store.entries()[-1]["kind"] == "deletion"
    assert not tables_of(store)["household_snapshot"]["household_id"].is_in([household]).any()
    assert stands_in(everything_in(store), household)
    take(store, folder, "public_security", (folder / "changes.csv").read_bytes(),
         name="changes.csv", received_on=ASKED_ON)  # fmt: skip
    text = everything_in(store)
    assert not stands_in(text, household)
    assert not any(person in text for person in KEY.persons(persons))


def clue(household, amount, entered):
    """A clue with the office's own number 7; it may be corrected to another household."""
    row = (household, "", "7", "部门预警", "医保局", "因病", amount, "2023-01-05", entered)
    return sheet(CLUES, row)


@pytest.mark.parametrize(
    ("deleted", "left"),
    [("H1", [("H2", 1, 200), ("H2", 2, 300)]), ("H2", [("H1", 1, 100)])],
)
def test_a_record_that_was_corrected_to_another_household(tmp_path, deleted, left):
    """Its versions are each household's own; those that stay are numbered without gaps."""
    store = Store(tmp_path / "store")
    for n, (household, amount) in enumerate((("H1", 100), ("H2", 200), ("H2", 300)), start=1):
        content = clue(household, amount, f"2023-02-0{n}")
        told = {"name": f"{n}.csv", "received_on": date(2023, 2, n)}
        assert take(store, tmp_path, "register_clue", content, **told).rows_accepted == 1
    delete_household(store, deleted, key=KEY, asked_on=ASKED_ON)
    rows = tables_of(store)["clue"].select("household_id", "version", pl.col("amount_fen") // 100)
    assert rows.rows() == left
    store.records(["clue"])


def test_what_is_old_goes_with_all_its_versions(store):
    """Records whose newest version happened before the day (excluded) go; other tables stay."""
    before = tables_of(store)
    bills = before["medical_bill"]
    day = bills["occurred_on"].unique().sort()[5]
    done = delete_older(store, {"medical_bill": day}, asked_on=ASKED_ON)
    after = tables_of(store)
    newest = bills.sort("version").group_by("record_id").last().filter(pl.col("occurred_on") >= day)
    kept = bills.join(newest, on="record_id", how="semi").sort("record_id", "version")
    assert 0 < kept.height < bills.height
    assert after["medical_bill"].equals(kept)
    assert done.rows == {"medical_bill": bills.height - kept.height}
    assert all(after[n].equals(before[n]) for n in TABLES if n != "medical_bill")
    entry = store.entries()[-1]
    assert entry["what"] == {"before": {"medical_bill": day.isoformat()}}
    assert "household" not in json.dumps(entry["what"])
    store.records()


def test_marks_of_other_tables_stay(tmp_path):
    """Two tables may number a record alike: a mark goes with its own table's record alone."""
    store = Store(tmp_path / "store")
    row = ("H1", "有困难", "因病", "", "2023-05-01", "2023-05-02")
    take(store, tmp_path, "register_visit", sheet(VISITS, row), name="v.csv", received_on=ASKED_ON)
    marks = store.folder / store.files_apart("marks")[0]
    both = pl.read_parquet(marks)
    both = pl.concat([both, both.with_columns(table=pl.lit("exit"))])
    both.write_parquet(marks)
    delete_older(store, {"visit": date(2024, 1, 1)}, asked_on=ASKED_ON)
    assert apart_of(store)["marks"]["table"].to_list() == ["exit"]


@pytest.mark.parametrize(
    ("tables", "n_left"), [(["visit"], 0), (["medical_bill"], 1), (["visit", "medical_bill"], 0)]
)
def test_quarantine_goes_with_its_own_tables(tmp_path, tables, n_left):
    """Rows set aside go by the day they came, where all tables of their source are asked for."""
    store = Store(tmp_path / "store")
    bad = ("H2", "有困难", "因病", "", "2023-05-32", "2023-05-02")
    good = ("H1", "有困难", "因病", "", "2023-05-01", "2023-05-02")
    told = {"name": "v.csv", "received_on": date(2023, 6, 1)}
    take(store, tmp_path, "register_visit", sheet(VISITS, bad, good), **told)
    assert store.quarantine().height == 1
    delete_older(store, dict.fromkeys(tables, date(2023, 6, 1)), asked_on=ASKED_ON)
    assert store.quarantine().height == 1  # it came on the day itself, which is excluded
    delete_older(store, dict.fromkeys(tables, date(2023, 6, 2)), asked_on=ASKED_ON)
    assert store.quarantine().height == n_left
    assert tables_of(store)["visit"].height == n_left


def test_nothing_old_writes_nothing(store):
    """Where nothing is old enough, not even the log gets longer."""
    n_entries = len(store.entries())
    done = delete_older(store, kept_from(date(2024, 1, 1)), asked_on=ASKED_ON)
    assert (sum(done.rows.values()), done.rows_apart) == (0, 0)
    assert len(store.entries()) == n_entries


def test_kept_from_follows_the_contracts():
    """Each table's day is its months of keeping back; what is kept for good is left out."""
    days = kept_from(date(2026, 1, 31))
    months = {name: table.keep_months for name, table in TABLES.items() if table.keep_months}
    assert days == {name: add_months(date(2026, 1, 31), -n) for name, n in months.items()}
    assert "listing" not in days
    assert days["medical_bill"] == date(2020, 1, 31)


def test_expired_records_go_by_their_contract(store):
    """Many years later everything with a limit is gone, and what has none is there still."""
    before = tables_of(store)
    done = delete_older(store, kept_from(date(2040, 1, 1)), asked_on=date(2040, 1, 1))
    after = tables_of(store)
    for name, table in TABLES.items():
        n_left = 0 if table.keep_months is not None else before[name].height
        assert after[name].height == n_left, name
    assert sum(done.rows.values()) > 500
    store.records()
