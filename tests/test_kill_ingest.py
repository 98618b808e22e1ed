"""An ingest killed, two at once, out of room or without rights: the store stays whole."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl
import pytest
import yaml

import fanpin_risk
from fanpin_risk.records.store import Store

N_ROWS = 200_000
SOURCE = {
    "name": "exits",
    "title_zh": "风险消除台账",
    "title_en": "Exits",
    "household_id": "户编号",
    "occurred_on": {"column": "消除日期"},
    "recorded_on": {"column": "录入日期"},
    "contact": {"name": "姓名"},
    "tables": {
        "exit": {
            "way": {"column": "方式", "codes": "titles"},
            "net_income_per_head_after_fen": {"column": "收入", "minor_per_unit": 100},
        },
        "visit": {"result": {"constant": "no_need"}},
    },
}
AS_ANOTHER_USER = """
# loads what the command needs by a first ingest, then runs it as somebody else
import os, sys
from fanpin_risk.cli import main

first, config = sys.argv[1:]
words = ["--received-on", "2023-06-30", "--threads", "1", "--root", os.path.dirname(first)]
assert main(["ingest", first, *words]) == 0
if os.geteuid() == 0:
    os.setegid(65534)
    os.seteuid(65534)
sys.exit(main(["ingest", config, *words]))
"""


def write_rows(path, n_rows, *, first=0):
    """Write a file of an office: every thousandth row is at fault, every second has a name."""
    number = pl.int_range(first, first + n_rows, eager=True)
    day = pl.Series(["2023-05-31"]).new_from_index(0, n_rows)
    pl.DataFrame({"n": number}).select(
        户编号=pl.format("H{}", "n"),
        消除日期=day,
        录入日期=day,
        方式=pl.when(pl.col("n") % 1000 == 7).then(pl.lit("不明")).otherwise(pl.lit("自然消除")),
        收入=pl.format("{}.50", pl.col("n") % 20_000),
        姓名=pl.when(pl.col("n") % 2 == 0).then(pl.format("某{}", "n")),
    ).write_csv(path)
    return path


def configured(folder, files, *, name="county", store="store"):
    """Write an ingest configuration and the source file it names; its path."""
    folder.mkdir(exist_ok=True)
    (folder / "exits.yaml").write_text(yaml.safe_dump(SOURCE, allow_unicode=True), encoding="utf-8")
    content = {
        "name": name,
        "store": store,
        "county": "230199",
        "inputs": [{"source": "exits.yaml", "files": [str(path) for path in files]}],
    }
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return path


def start(config, *, room=None, threads=2):
    """Start an ingest as a process of its own; no file that it writes may grow beyond the room."""

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    words = ("--received-on", "2023-06-30", "--root", config.parent, "--threads", threads)
    return subprocess.Popen(
        [sys.executable, "-m", "fanpin_risk", "ingest", config, *map(str, words)],
        env=os.environ | {"PYTHONPATH": str(Path(fanpin_risk.__file__).parents[1])},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=None if room is None else limit,  # Python itself ignores SIGXFSZ
    )


def ended(process):
    """Wait for a process: exit code, and what it said."""
    said, _ = process.communicate(timeout=120)
    return process.returncode, said


def content_of(folder):
    """Every file below a folder with its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def wait_for_writing(process, store):
    """Wait until an ingest has begun to write, or is through."""
    while process.poll() is None and not list(store.glob("staging/*.parquet")):
        time.sleep(0.001)


def shown(folder):
    """What a reader of the store sees."""
    store = Store(folder)
    tables = [store.scan(name).collect().sort("record_id", "version") for name in ("exit", "visit")]
    counts = store.records().row_counts()
    assert (counts["exit"], counts["visit"]) == (tables[0].height, tables[1].height)
    return [*tables, store.quarantine(), store.contacts().sort("household_id"), store.entries()]


def same(one, other):
    """Whether two readers saw the same."""
    return all(
        a.equals(b) if isinstance(a, pl.DataFrame) else a == b
        for a, b in zip(one, other, strict=True)
    )


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """A store before and after an undisturbed ingest of many rows, and how long that took.

    The seconds are those of the whole command, and those from its first file on.
    """
    folder = tmp_path_factory.mktemp("undisturbed")
    code, said = ended(start(configured(folder, [write_rows(folder / "few.csv", 50)])))
    assert code == 0, said
    shutil.copytree(folder / "store", folder / "before")
    many = write_rows(folder / "many.csv", N_ROWS, first=20)
    config = configured(folder, [many])
    began = time.monotonic()
    process = start(config)
    wait_for_writing(process, folder / "store")
    wrote = time.monotonic()
    code, said = ended(process)
    assert code == 0, said
    seconds = time.monotonic() - began, time.monotonic() - wrote
    return folder / "before", folder / "store", many, seconds


def test_killed_at_twenty_moments_the_store_is_as_it_was_or_complete(undisturbed, tmp_path):
    """SIGKILL at 20 random moments over an ingest: the store reads as before, or with all of it.

    Half of the moments are drawn over the whole command, half over the time in which it writes.
    Each ingest starts on what the killed ones left. The last, undisturbed, ends with the same files
    byte for byte as one that nobody ever disturbed.
    """
    before, after, many, (seconds, writing_seconds) = undisturbed
    store = tmp_path / "store"
    shutil.copytree(before, store)
    config = configured(tmp_path, [many])
    seen_before, seen_after = shown(before), shown(after)
    n_at_fault = seen_after[2].height
    assert n_at_fault == 201
    assert seen_after[0].height == N_ROWS + 20 - n_at_fault
    drawn = random.Random(20)
    n_killed, n_left, n_late = 0, 0, 0
    while n_killed < 20:
        process = start(config)
        number = n_killed + n_late
        share = (number % 20 + drawn.random()) / 20
        if number % 2:
            time.sleep(share * seconds)
        else:
            wait_for_writing(process, store)
            time.sleep(share * writing_seconds)
        process.send_signal(signal.SIGKILL)
        is_killed = ended(process)[0] == -signal.SIGKILL
        found = shown(store)
        assert same(found, seen_before) or same(found, seen_after), number
        n_left += set(content_of(store)) - set(content_of(before)) != set()
        if same(found, seen_after):
            shutil.rmtree(store)
            shutil.copytree(before, store)
        n_killed += is_killed
        n_late += not is_killed  # it was through before its moment: another one is drawn
        assert n_late < 40
    assert n_left > 0, "no moment fell into the writing"
    code, said = ended(start(config, threads=1))
    assert code == 0, said
    assert content_of(store) == content_of(after)


def test_two_at_once_lose_and_double_nothing(tmp_path):
    """Three ingests start at once on a store that is not there: two files, one of them sent twice.

    The same file is taken in once; the other process says that it is on file.
    """
    files = [write_rows(tmp_path / f"{n}.csv", 20_000, first=20_000 * n) for n in range(2)]
    configs = [
        configured(tmp_path, [files[0]], name="first"),
        configured(tmp_path, [files[1]], name="second"),
        configured(tmp_path, [files[0]], name="same"),
    ]
    done = [ended(process) for process in [start(config, threads=1) for config in configs]]
    assert [code for code, _ in done] == [0, 0, 0], done
    assert sum("已入库" in said for _, said in done) == 1
    store = Store(tmp_path / "store")
    assert sorted(entry["file"] for entry in store.batches()) == ["0.csv", "1.csv"]
    assert [entry["batch"] for entry in store.batches()] == ["000001", "000002"]
    for name in ("exit", "visit"):
        rows = store.scan(name).collect()
        assert rows["household_id"].n_unique() == rows.height == 40_000 - 40
        assert rows["version"].to_list() == [1] * rows.height
    assert store.quarantine()["quarantine_id"].n_unique() == store.quarantine().height == 40


@pytest.mark.parametrize("share", [0.02, 0.5, 0.98])
def test_a_full_disk_leaves_the_store(undisturbed, tmp_path, share):
    """Where a file cannot grow on, one line names the store and the mend; nothing is changed.

    The room is given as a share of the largest file of the store.
    """
    before, after, many, _ = undisturbed
    shutil.copytree(before, tmp_path / "store")
    largest = max(len(content) for content in content_of(after).values())
    config = configured(tmp_path, [many])
    code, said = ended(start(config, room=int(share * largest)))
    assert code == 16, said
    assert "Traceback" not in said
    assert said.splitlines()[-1].startswith(f"OutputError: Cannot write {tmp_path / 'store'}: ")
    assert said.splitlines()[-1].endswith(
        "The store is unchanged. Make room, or choose a folder that can be written to."
    )
    assert content_of(tmp_path / "store") == content_of(before)


def test_a_disk_full_at_the_last_step_leaves_the_store(tmp_path):
    """Room for the records but not for the entry of the log: nothing is taken in."""
    rows = write_rows(tmp_path / "few.csv", 5)
    code, said = ended(start(configured(tmp_path, [rows])))
    assert code == 0, said
    before = content_of(tmp_path / "store")
    wide = pl.read_csv(rows).with_columns(pl.lit("x").alias(f"列{n}") for n in range(1_500))
    wide.write_csv(tmp_path / "wide.csv")
    largest = max(len(content) for content in before.values())
    config = configured(tmp_path, [tmp_path / "wide.csv"])
    code, said = ended(start(config, room=2 * largest))
    assert code == 16, said
    assert "Traceback" not in said
    assert "OutputError: Cannot write" in said
    assert content_of(tmp_path / "store") == before
    code, said = ended(start(config))
    assert code == 0, said


@pytest.fixture
def open_folder():
    """A folder that other users may look into."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def test_a_store_that_may_not_be_written(open_folder):
    """Another user who may read the store and not write it gets one line; nothing is changed."""
    config = configured(open_folder, [write_rows(open_folder / "few.csv", 50)])
    code, said = ended(start(config))
    assert code == 0, said
    before = content_of(open_folder / "store")
    more = configured(open_folder, [write_rows(open_folder / "more.csv", 60)], name="more")
    first = configured(open_folder, [open_folder / "few.csv"], name="first", store="other")
    (open_folder / "store").chmod(0o555)
    ran = subprocess.run(
        [sys.executable, "-c", AS_ANOTHER_USER, first, more],
        env=os.environ | {"PYTHONPATH": str(Path(fanpin_risk.__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    (open_folder / "store").chmod(0o755)
    assert ran.returncode == 16, ran.stderr
    assert "Traceback" not in ran.stderr
    assert f"OutputError: Cannot write {open_folder / 'store'}: " in ran.stderr
    assert content_of(open_folder / "store") == before


def test_interrupted_by_hand_it_says_so(undisturbed, tmp_path):
    """Ctrl-C ends with one line and code 130; the store is as it was."""
    before, _, many, _ = undisturbed
    shutil.copytree(before, tmp_path / "store")
    process = start(configured(tmp_path, [many]), threads=1)
    wait_for_writing(process, tmp_path / "store")
    process.send_signal(signal.SIGINT)
    code, said = ended(process)
    assert code == 130, said
    assert said.splitlines()[-1] == "Interrupted; earlier results are unchanged."
    assert "Traceback" not in said
    assert content_of(tmp_path / "store") == content_of(before)


def test_a_log_says_nothing_of_the_machine(undisturbed):
    """The log of a batch names the file without its folder, and no clock time."""
    _, after, many, _ = undisturbed
    entry = Store(after).batches()[-1]
    assert entry["file"] == many.name
    assert str(many.parent) not in json.dumps(entry)
    assert entry["received_on"] == "2023-06-30"
