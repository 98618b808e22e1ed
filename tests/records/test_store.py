"""The store as of an earlier day is the store as it was on that day; what is broken is said."""

from __future__ import annotations

import csv
import io
import json
import random
import shutil
import stat
from dataclasses import dataclass, field
from datetime import date, timedelta

import polars as pl
import pytest

from fanpin_risk.errors import AsOfError, ConfigError, InputFileError
from fanpin_risk.records.contracts import TABLES, frame_schema
from fanpin_risk.records.identity_key import IdentityKey
from fanpin_risk.records.intake import ingest_file
from fanpin_risk.records.rows import Delivery
from fanpin_risk.records.source import Source
from fanpin_risk.records.store import Store
from fanpin_risk.records.store_files import FORMAT
from fanpin_risk.records.timeline import Records, known_as_of
from fanpin_risk.settings import settings_from

FIRST_DAY = date(2023, 3, 1)
EXITS = settings_from(
    {
        "name": "exits",
        "title_zh": "风险消除台账",
        "title_en": "Exits",
        "household_id": "户编号",
        "occurred_on": {"column": "消除日期"},
        "recorded_on": {"column": "录入日期"},
        "is_withdrawn": {"column": "状态", "codes": {"正常": False, "撤销": True}},
        "ignored_columns": ["备注"],
        "tables": {
            "exit": {
                "way": {"constant": "natural"},
                "net_income_per_head_after_fen": {"column": "收入", "minor_per_unit": 100},
            }
        },
    },
    Source,
    where="exits",
)
HEADER = ("户编号", "消除日期", "录入日期", "状态", "收入", "备注")


@dataclass(frozen=True)
class Row:
    """One line of an office's table: a household's exit, when it was entered, and what it says."""

    household: str
    occurred_on: date
    entered_on: date
    income_yuan: int
    is_withdrawn: bool = False

    @property
    def record(self) -> tuple[str, date]:
        """What tells the record from others."""
        return self.household, self.occurred_on

    @property
    def content(self) -> tuple[int, bool]:
        """What a version says."""
        return self.income_yuan, self.is_withdrawn


@dataclass(frozen=True)
class File:
    """One delivery: when it came, and its lines; the note makes two files differ in bytes alone."""

    received_on: date
    rows: tuple[Row, ...]
    note: str = ""

    def content(self) -> str:
        """Text of the file."""
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(HEADER)
        for row in self.rows:
            state = "撤销" if row.is_withdrawn else "正常"
            days = (row.occurred_on.isoformat(), row.entered_on.isoformat())
            writer.writerow((row.household, *days, state, row.income_yuan, self.note))
        return text.getvalue()


@dataclass(frozen=True)
class Version:
    """What was told of a record at one time."""

    version: int
    known_on: date
    entered_on: date
    content: tuple[int, bool]


@dataclass
class Memory:
    """What was told, in plain Python: the rules as they are written down, nothing clever."""

    versions: dict[tuple[str, date], list[Version]] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)

    def take(self, file: File) -> None:
        """Remember a file."""
        if file.content() in self.files:
            return
        self.files.add(file.content())
        for row in sorted(set(file.rows), key=lambda row: row.entered_on):
            same = {r.content for r in file.rows if (r.record, r.entered_on) == key_of(row)}
            if len(same) == 1:  # else which one is right is not known
                self._take(row, file.received_on)

    def _take(self, row: Row, received_on: date) -> None:
        """Remember a line."""
        told = self.versions.get(row.record, [])
        says_nothing_new = bool(told) and told[-1].content == row.content
        is_stale = bool(told) and row.entered_on < told[-1].entered_on
        if says_nothing_new or is_stale or (not told and row.is_withdrawn):
            return
        new = Version(len(told) + 1, received_on, row.entered_on, row.content)
        self.versions[row.record] = [*told, new]

    def known(self) -> dict[tuple[str, date], tuple[int, int]]:
        """Version and income of every record that was not taken back."""
        newest = {record: told[-1] for record, told in self.versions.items()}
        return {
            record: (one.version, one.content[0])
            for record, one in newest.items()
            if not one.content[1]
        }


def key_of(row):
    """Record and day of entry of a line."""
    return row.record, row.entered_on


def history(seed, n_files=7):
    """Deliveries in the order in which they came: new, late, corrected, taken back, sent again."""
    draw = random.Random(seed)
    day, files = FIRST_DAY + timedelta(days=6), []
    for number in range(n_files):
        day += timedelta(days=draw.choice((0, 0, 1, 2)))  # several files a day, and days without
        rows = [
            Row(
                household=draw.choice(("H1", "H2", "H3")),
                occurred_on=FIRST_DAY + timedelta(days=draw.randrange(2)),
                entered_on=day - timedelta(days=draw.choice((0, 0, 0, 1, 3, 5))),
                income_yuan=draw.choice((9_000, 9_000, 9_500, 12_000)),
                is_withdrawn=draw.random() < 0.15,
            )
            for _ in range(draw.randrange(1, 5))
        ]
        if files and draw.random() < 0.2:
            rows = list(draw.choice(files).rows)
        files.append(File(day, tuple(rows), note=str(number) if draw.random() < 0.7 else ""))
    return files


def take(store, file, folder, *, is_history=False):
    """Take a delivery into the store."""
    path = folder / "exits.csv"
    path.write_text(file.content(), encoding="utf-8")
    delivery = Delivery(received_on=file.received_on, is_history=is_history, county="230199")
    return ingest_file(store, EXITS, path, delivery, n_threads=1)


def known(records, day):
    """The table of exits as known on a day, in a fixed order; None where nothing was known."""
    try:
        frame = known_as_of(records, day).tables["exit"].to_native()
    except AsOfError:
        return None
    return frame.sort("record_id").rows()


def told(records, day):
    """Version and income of each record, as known on a day."""
    try:
        frame = known_as_of(records, day).tables["exit"].to_native()
    except AsOfError:
        return {}
    columns = ("household_id", "occurred_on", "version", "net_income_per_head_after_fen")
    return {(h, on): (v, fen // 100) for h, on, v, fen in frame.select(columns).iter_rows()}


@dataclass
class Seen:
    """What a history held: days that a later delivery changed, states of rows, kinds of fault."""

    n_changed_days: int = 0
    states: set[str] = field(default_factory=set)
    faults: set[str] = field(default_factory=set)


def check_history(files, folder, seen, *, is_history=False):
    """Rebuild every day from the last store; it must be what was told by then."""
    folder.mkdir()
    store, memory = Store(folder / "store"), Memory()
    as_it_was, copies = {}, {}
    for file in files:
        note(seen, take(store, file, folder, is_history=is_history))
        memory.take(file)
        as_it_was[file.received_on] = memory.known()
        copies[file.received_on] = folder / f"copy_{file.received_on}"
        shutil.copytree(store.folder, copies[file.received_on], dirs_exist_ok=True)
    seen.faults |= {fault["check"] for entry in store.batches() for fault in entry["faults"]}
    copied = {day: Store(copy).records(["exit"]) for day, copy in copies.items()}
    whole = store.records(["exit"])
    first, last = min(as_it_was), max(as_it_was)
    for n in range(-3, (last - first).days + 2):
        day = first + timedelta(days=n)
        then = max((d for d in as_it_was if d <= day), default=None)
        expected = {} if then is None else as_it_was[then]
        assert told(whole, day) == expected, day
        assert known(whole, day) == known(store.records(["exit"], received_until=day), day), day
        if then is not None:
            assert known(whole, day) == known(copied[then], day), day
        seen.n_changed_days += bool(expected) and expected != as_it_was[last]


def note(seen, result):
    """Note what became of a delivery's rows."""
    if result.is_known_already:
        seen.states.add("known_already")
        return
    names = ("new", "corrected", "withdrawn", "unchanged")
    seen.states |= {name for name in names if getattr(result, f"rows_{name}")}


def test_an_earlier_day_is_rebuilt_as_it_was(tmp_path):
    """Twenty-five random histories: the store as of a day is what had been told by that day.

    It is compared with the store without later deliveries, with a copy of its folder taken on that
    day, and with a memory in plain Python. The histories hold every kind of row and of fault.
    """
    seen = Seen()
    for seed in range(25):
        check_history(history(seed), tmp_path / str(seed), seen)
    assert seen.n_changed_days > 60
    assert seen.states == {"new", "corrected", "withdrawn", "unchanged", "known_already"}
    assert seen.faults == {"copy", "conflict", "stale", "nothing_to_withdraw"}


LATE = Row("H1", FIRST_DAY, FIRST_DAY + timedelta(days=1), 9_000)


def test_the_guard_guards_against_the_offices_own_dates(tmp_path):
    """Were rows known from the day the office entered them, the past would change: it is noticed.

    A row is entered on the first day and comes on the third: nobody could know it on the first.
    """
    files = [
        File(FIRST_DAY + timedelta(days=2), (Row("H2", FIRST_DAY, FIRST_DAY, 9_000),)),
        File(FIRST_DAY + timedelta(days=4), (LATE,)),
    ]
    check_history(files, tmp_path / "live", Seen())
    with pytest.raises(AssertionError, match=r"datetime\.date\(2023, 3, 1\)"):
        check_history(files, tmp_path / "history", Seen(), is_history=True)


def test_a_correction_of_the_same_day_counts_once(tmp_path):
    """Two versions entered and received on one day: the later delivery's is known, once."""
    day = FIRST_DAY + timedelta(days=1)
    store = Store(tmp_path / "store")
    take(store, File(day, (LATE,)), tmp_path)
    take(store, File(day, (Row("H1", FIRST_DAY, day, 9_500),)), tmp_path)
    assert store.scan("exit").select("version").collect()["version"].to_list() == [1, 2]
    assert told(store.records(["exit"]), day) == {("H1", FIRST_DAY): (2, 9_500)}
    assert told(store.records(["exit"]), day - timedelta(days=1)) == {}


def test_what_is_taken_back_was_known_until_then(tmp_path):
    """A withdrawn record is known up to the day before the withdrawal came, and not after."""
    store = Store(tmp_path / "store")
    came, back = FIRST_DAY + timedelta(days=2), FIRST_DAY + timedelta(days=9)
    take(store, File(came, (LATE,)), tmp_path)
    take(store, File(back, (Row("H1", FIRST_DAY, back, 9_000, True),)), tmp_path)
    records = store.records(["exit"])
    assert told(records, back - timedelta(days=1)) == {("H1", FIRST_DAY): (1, 9_000)}
    assert told(records, back) == {}


@pytest.mark.parametrize("seed", range(100, 106))
def test_versions_are_counted_without_gaps(tmp_path, seed):
    """Versions of every record are 1, 2, 3 …, as the memory has them, and the door takes them."""
    store, memory = Store(tmp_path / "store"), Memory()
    for file in history(seed, n_files=12):
        take(store, file, tmp_path)
        memory.take(file)
        store.records()  # every table of the contracts
    columns = ("household_id", "occurred_on", "version", "recorded_on", "entered_on")
    found = store.scan("exit").select(columns).sort(columns[:3]).collect().rows()
    assert found == sorted(
        (*record, one.version, one.known_on, one.entered_on)
        for record, versions in memory.versions.items()
        for one in versions
    )


@pytest.fixture
def filled(tmp_path):
    """A store with two batches of one record each."""
    store = Store(tmp_path / "store")
    take(store, File(FIRST_DAY, (Row("H2", FIRST_DAY, FIRST_DAY, 9_000),)), tmp_path)
    take(store, File(FIRST_DAY + timedelta(days=2), (LATE,)), tmp_path)
    return store


def test_an_empty_store_has_every_table_without_rows(tmp_path):
    """Before the first delivery all tables are there and empty, and no folder is made."""
    store = Store(tmp_path / "store")
    assert set(store.records().row_counts()) == set(TABLES)
    assert sum(store.records().row_counts().values()) == 0
    assert store.quarantine().height == store.contacts().height == 0
    assert store.scan("exit").collect().columns[-3:] == ["entered_on", "county", "line"]
    assert not (tmp_path / "store").exists()


def test_one_county_alone(filled, tmp_path):
    """Rows are kept by county, and one county can be read alone."""
    path = tmp_path / "exits.csv"
    path.write_text(File(date(2023, 4, 1), (LATE,), note="other").content(), encoding="utf-8")
    delivery = Delivery(received_on=date(2023, 4, 1), is_history=False, county="230198")
    ingest_file(filled, EXITS, path, delivery)
    rows = filled.records(["exit"], counties=["230199"]).row_counts()
    assert rows == {"exit": 2}
    assert {part.county for part in filled.parts("exit")} == {"230199"}
    with pytest.raises(KeyError):
        filled.scan("exits")


def test_files_are_named_by_table_county_and_batch(filled):
    """Parquet by table and county, a log entry for each batch, and a folder for the owner alone."""
    names = {
        path.relative_to(filled.folder).as_posix()
        for path in filled.folder.rglob("*")
        if path.is_file()
    }
    assert names == {
        "store.json",
        "log/000001.json",
        "log/000002.json",
        "tables/exit/county=230199/000001-0001.parquet",
        "tables/exit/county=230199/000002-0001.parquet",
    }
    assert stat.S_IMODE((filled.folder / "private").stat().st_mode) == 0o700
    columns = pl.read_parquet_schema(
        filled.folder / "tables/exit/county=230199/000001-0001.parquet"
    )
    assert list(columns) == [*frame_schema(TABLES["exit"]), "entered_on", "county", "line"]


def test_the_log_says_what_came_and_what_became_of_it(filled):
    """An entry has the file, its hash, the days, the counts, and the files it brought."""
    first, second = filled.batches()
    assert [e["batch"] for e in (first, second)] == ["000001", "000002"]
    assert first["file"] == "exits.csv"
    assert len(first["sha256"]) == 64
    assert (first["received_on"], first["county"]) == ("2023-03-01", "230199")
    assert (first["rows_read"], first["rows_accepted"], first["rows_quarantined"]) == (1, 1, 0)
    assert filled.batches(received_until=date(2023, 3, 2)) == [first]
    assert [part.batch for part in filled.parts(received_until=date(2023, 3, 2))] == ["000001"]


def test_a_file_is_no_store(tmp_path):
    """A path that is a file is refused by name."""
    (tmp_path / "store").write_text("x", encoding="utf-8")
    with pytest.raises(InputFileError, match=r"store: is a file, not a store\. Name a folder\."):
        Store(tmp_path / "store")


@pytest.mark.parametrize("name", ["notes.txt", "log/notes.txt", "private/old/list.xlsx"])
def test_a_folder_with_other_files_is_no_store(tmp_path, name):
    """A folder that somebody else uses is not filled, even if its folders have our names."""
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x", encoding="utf-8")
    with pytest.raises(InputFileError, match=r"holds other files and is no store\. Name a new"):
        Store(tmp_path)
    assert path.read_text(encoding="utf-8") == "x"


def test_a_store_that_was_just_begun_is_one(tmp_path):
    """A process killed before its first batch leaves empty folders: they are taken over."""
    for name in ("log", "tables", "marks", "private", ".store.json.a1b2.partial/store.json"):
        (tmp_path / "store" / name).mkdir(parents=True)
    take(Store(tmp_path / "store"), File(FIRST_DAY + timedelta(days=2), (LATE,)), tmp_path)
    assert Store(tmp_path / "store").records(["exit"]).row_counts() == {"exit": 1}
    assert not list((tmp_path / "store").glob(".*"))


def test_a_store_of_a_later_format_is_not_touched(filled):
    """The message names both formats and says what to do."""
    (filled.folder / "store.json").write_text(json.dumps({"format": FORMAT + 1}), encoding="utf-8")
    with pytest.raises(
        InputFileError,
        match=rf"of format {FORMAT + 1}; this version reads {FORMAT}\. Use the version that wrote",
    ):
        Store(filled.folder)


def test_a_missing_part_is_said(filled):
    """A file that the log names and that is gone is an error, never a smaller table."""
    (filled.folder / filled.parts()[0].path).unlink()
    with pytest.raises(InputFileError, match=r"a file of table exit cannot be read.* from a copy"):
        filled.records(["exit"])


def test_a_damaged_part_is_said(filled):
    """A file cut off in the middle is an error that names the table."""
    path = filled.folder / filled.parts()[0].path
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(InputFileError, match="a file of table exit cannot be read"):
        filled.records(["exit"])


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("store.json", "{", r"store\.json: cannot be read\. Bring the store back"),
        ("log/000001.json", '{"kind": ', r"000001\.json: cannot be read\. Bring the store back"),
        ("log/000001.json", "[]", r"000001\.json: is no entry of a store\."),
    ],
)
def test_a_damaged_log_is_said(filled, name, text, words):
    """The message names the file of the log and the mend."""
    (filled.folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(InputFileError, match=words):
        Store(filled.folder).entries()


def test_a_damaged_quarantine_is_said(filled, tmp_path):
    """Rows set aside that cannot be read are an error, never none."""
    bad = Row("H3", FIRST_DAY, FIRST_DAY + timedelta(days=30), 9_000)
    take(filled, File(FIRST_DAY + timedelta(days=3), (bad,)), tmp_path)
    assert filled.quarantine().height == 1
    (filled.folder / filled.files_apart("private/quarantine")[0]).write_bytes(b"PAR1")
    with pytest.raises(InputFileError, match="a file of private/quarantine cannot be read"):
        filled.quarantine()


def test_what_nobody_named_is_swept(filled, tmp_path):
    """Files that no entry names, as a killed process leaves them, go with the next delivery."""
    left = [
        filled.folder / name
        for name in (
            "tables/exit/county=230199/000003-0001.parquet",
            "private/quarantine-000003.parquet",
            "marks/marks-000003.parquet",
            "staging/0-00001-230199.parquet",
            "log/000003.new",
        )
    ]
    for path in left:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"half")
    before = filled.records(["exit"]).row_counts()
    assert before == {"exit": 2}
    take(filled, File(FIRST_DAY + timedelta(days=3), (LATE,), note="again"), tmp_path)
    assert not any(path.exists() for path in left)
    assert filled.records(["exit"]).row_counts() == before


def test_another_key_is_refused(filled):
    """A store that was filled with one key takes no other: persons would get other numbers."""
    with filled.writing(IdentityKey(b"a" * 32)):
        pass
    filled.require_key(IdentityKey(b"a" * 32))
    with pytest.raises(ConfigError, match=r"was filled with another identity key.*Name the key"):
        filled.require_key(IdentityKey(b"b" * 32))
    with (
        pytest.raises(ConfigError, match="another identity key"),
        filled.writing(IdentityKey(b"b" * 32)),
    ):
        pass


def test_records_are_handed_out_by_the_door_alone(filled):
    """What the store hands out is `Records`, which shows no row without a day."""
    records = filled.records(["exit"])
    assert isinstance(records, Records)
    assert not [name for name in vars(records) if not name.startswith("_")]
