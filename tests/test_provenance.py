"""Results are written whole or not at all, whatever goes wrong, and say where they come from."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanpin_risk import provenance
from fanpin_risk.errors import InputFileError, OutputError
from fanpin_risk.provenance import (
    canonical_json,
    digest_of_bytes,
    digest_of_file,
    digest_of_value,
    folder_written_whole,
    package_versions,
    write_json,
    write_text,
    write_whole,
)

FILES = ("a.txt", "b.txt", "deep/c.txt")
SOURCE = str(Path(provenance.__file__).parents[1])
WRITER = """
import sys
from pathlib import Path
from fanpin_risk.provenance import folder_written_whole, write_whole

def rewrite(target, first, last):
    for generation in range(first, last):
        with folder_written_whole(target / "folder") as new:
            for name in ("a.txt", "b.txt", "deep/c.txt"):
                (new / name).parent.mkdir(exist_ok=True)
                (new / name).write_text(f"{generation}\\n" * 2000)
        write_whole(target / "file.txt", lambda p: p.write_text(f"{generation}\\n" * 2000))
        print(generation, flush=True)
"""


def child(code, *, wait=True):
    """Run Python code in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER + code],
        env=os.environ | {"PYTHONPATH": SOURCE},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    if wait:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        return out
    return process


def fill(folder, generation):
    """Write one generation of a folder."""
    with folder_written_whole(folder) as new:
        for name in FILES:
            (new / name).parent.mkdir(exist_ok=True)
            (new / name).write_text(f"{generation}\n" * 2000)


def fill_half(folder, error):
    """Begin to write a folder, and fail."""
    with folder_written_whole(folder) as new:
        (new / "a.txt").write_text("half")
        raise error


def generation_of(path):
    """Which generation a whole file is of."""
    lines = path.read_text().splitlines()
    assert len(lines) == 2000
    assert len(set(lines)) == 1
    return int(lines[0])


def check_whole(folder):
    """All files are there, whole, and of one generation; it is returned."""
    assert sorted(str(p.relative_to(folder)) for p in folder.rglob("*.txt")) == sorted(FILES)
    (generation,) = {generation_of(folder / name) for name in FILES}
    return generation


def left_beside(folder):
    """What stands in a folder's parent beside it."""
    return sorted(path.name for path in folder.parent.iterdir() if path != folder)


def test_a_folder_takes_its_place_only_when_it_is_full(tmp_path):
    """Inside, the earlier folder is still there; afterwards only the new one, readable by all."""
    folder = tmp_path / "out/results"
    fill(folder, 1)
    with folder_written_whole(folder) as new:
        assert check_whole(folder) == 1
        assert list(new.iterdir()) == []
        (new / "a.txt").write_text("new")
        assert check_whole(folder) == 1
    assert [path.name for path in folder.iterdir()] == ["a.txt"]
    assert folder.stat().st_mode & 0o777 == 0o755
    assert left_beside(folder) == []


def test_what_is_kept_is_carried_over_unless_the_new_folder_brings_it(tmp_path):
    """Files and folders named in ``keep`` survive a rewriting."""
    folder = tmp_path / "results"
    with folder_written_whole(folder) as new:
        (new / "log").mkdir()
        for name in ("log/1.txt", "note.txt", "old.txt", "both.txt"):
            (new / name).write_text("first")
    with folder_written_whole(folder, keep=("log", "note.txt", "both.txt", "absent")) as new:
        (new / "both.txt").write_text("second")
    found = {str(p.relative_to(folder)): p.read_text() for p in folder.rglob("*.txt")}
    assert found == {"log/1.txt": "first", "note.txt": "first", "both.txt": "second"}


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt, SystemExit])
def test_an_exception_inside_leaves_the_earlier_folder_intact(tmp_path, error):
    """The exception comes through as it is, and nothing half-made stays."""
    folder = tmp_path / "results"
    fill(folder, 1)
    for place in (folder, tmp_path / "fresh"):
        with pytest.raises(error):
            fill_half(place, error)
    assert check_whole(folder) == 1
    assert left_beside(folder) == []


def test_a_clear_error_inside_keeps_its_words_and_others_of_the_system_get_some(tmp_path):
    """An error of this package is not mistaken for a failed write, though it is an OSError."""
    folder = tmp_path / "results"
    with pytest.raises(InputFileError, match=r"^no such panel$"), folder_written_whole(folder):
        raise InputFileError("no such panel")
    words = (
        rf"^Cannot write {folder}: No space left on device\. Earlier results there are unchanged"
    )
    with pytest.raises(OutputError, match=words), folder_written_whole(folder):
        raise OSError(28, "No space left on device")
    with pytest.raises(OutputError, match="results: odd"), folder_written_whole(folder):
        raise OSError("odd")


def test_a_path_below_a_file_or_at_a_file_names_it(tmp_path):
    """The file in the way is named, whatever was to be made below it, and stays."""
    taken = tmp_path / "taken"
    taken.write_text("mine")
    for below in ("out", "deep/out"):
        words = rf"Cannot write {taken}/{below}: {taken} is a file, not a folder\. Earlier results"
        with pytest.raises(OutputError, match=words), folder_written_whole(taken / below):
            pytest.fail("there is nothing to fill")
        with pytest.raises(OutputError, match=words):
            write_text(taken / below, "x")
    with (
        pytest.raises(OutputError, match=rf"Cannot write {taken}: it is a file, not a folder"),
        folder_written_whole(taken),
    ):
        pytest.fail("there is nothing to fill")
    with pytest.raises(OutputError, match=rf"Cannot write {tmp_path}: Is a directory"):
        write_text(tmp_path, "x")
    assert taken.read_text() == "mine"
    assert left_beside(taken) == []


def test_a_folder_that_holds_something_else_is_not_replaced(tmp_path, monkeypatch):
    """Neither a folder of other files nor the one the user stands in can be lost by a typo."""
    other = tmp_path / "home"
    other.mkdir()
    (other / "thesis.txt").write_text("years of work")
    words = (
        rf"Cannot write {other}: it holds other files \(thesis\.txt\), which would be lost\. Name"
    )
    with pytest.raises(OutputError, match=words):
        fill(other, 1)
    assert (other / "thesis.txt").read_text() == "years of work"
    inside = other / "inside"
    inside.mkdir()
    monkeypatch.chdir(inside)
    for folder in (Path(), Path(".."), inside, tmp_path):
        with pytest.raises(OutputError, match="the folder you are in would be replaced"):
            fill(folder, 1)
    fill(Path("results"), 1)
    assert check_whole(inside / "results") == 1


def test_a_link_stays_a_link(tmp_path):
    """What a link points to is replaced, not the link."""
    fill(tmp_path / "disk/results", 1)
    (tmp_path / "link").symlink_to(tmp_path / "disk/results")
    fill(tmp_path / "link", 2)
    assert (tmp_path / "link").is_symlink()
    assert check_whole(tmp_path / "disk/results") == 2
    assert left_beside(tmp_path / "disk/results") == []


def test_a_file_takes_its_place_only_when_it_is_whole(tmp_path):
    """Inside, the earlier file is still there; a failure leaves it, and nothing beside it."""
    path = tmp_path / "deep/scores.parquet"
    write_whole(path, lambda new: pl.DataFrame({"x": [1]}).write_parquet(new))

    def check(new):
        assert new.suffix == ".parquet"
        new.write_text("half")
        assert pl.read_parquet(path)["x"].to_list() == [1]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_whole(path, check)
    assert pl.read_parquet(path)["x"].to_list() == [1]
    assert path.stat().st_mode & 0o777 == 0o644
    assert left_beside(path) == []


FULL_DISK = """
import resource, signal
import polars as pl, xlsxwriter
from fanpin_risk.errors import OutputError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
target = Path(sys.argv[-1])
numbers = pl.DataFrame({"x": range(40_000)})

def workbook(path):
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    for row in range(4000):
        sheet.write(row, 0, f"{row * 7919 % 104729}")
    book.close()

writers = {
    "text": lambda p: p.write_text("x" * 50_000),
    "csv": numbers.write_csv,
    "parquet": lambda p: numbers.write_parquet(p, compression="uncompressed"),
    "xlsx": workbook,
}
for name, write in writers.items():
    for make in ("file", "folder"):
        try:
            if make == "file":
                write_whole(target / "file.txt", write)
            else:
                with folder_written_whole(target / "folder") as new:
                    (new / "a.txt").write_text("new")
                    write(new / name)
        except OutputError as error:
            print(f"{name} {make}: {error}", flush=True)
"""


def test_a_full_disk_leaves_what_was_there(tmp_path):
    """Every library's way to say that the disk is full becomes one line; nothing is lost."""
    fill(tmp_path / "folder", 1)
    write_text(tmp_path / "file.txt", "1\n" * 2000)
    said = child(FULL_DISK.replace("sys.argv[-1]", repr(str(tmp_path)))).splitlines()
    assert len(said) == 8
    for name in ("text", "csv", "parquet", "xlsx"):
        for make, path in (("file", "file.txt"), ("folder", "folder")):
            words = (
                f"Cannot write {tmp_path / path}: File too large. Earlier results there are unch"
            )
            assert any(line.startswith(f"{name} {make}: {words}") for line in said), said
    assert check_whole(tmp_path / "folder") == 1
    assert generation_of(tmp_path / "file.txt") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file.txt", "folder"]


def test_a_kill_at_any_moment_leaves_everything_whole(tmp_path):
    """Twenty processes that rewrite a folder and a file are killed; what they left is swept up."""
    rng = random.Random(20)
    reached = 0
    for number in range(20):
        process = child(
            f"rewrite(Path({str(tmp_path)!r}), {number * 1000}, {number + 1} * 1000)", wait=False
        )
        assert int(process.stdout.readline()) == number * 1000
        time.sleep(rng.uniform(0, 0.05))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        generation = check_whole(tmp_path / "folder")
        assert generation // 1000 == number
        assert generation_of(tmp_path / "file.txt") in (generation, generation - 1)
        reached += generation % 1000
    assert reached > 20
    fill(tmp_path / "folder", 7)
    write_text(tmp_path / "file.txt", "7\n" * 2000)
    assert check_whole(tmp_path / "folder") == generation_of(tmp_path / "file.txt") == 7
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file.txt", "folder"]


def test_what_a_killed_process_left_is_swept_up_and_what_a_live_one_needs_is_not(tmp_path):
    """A killed process leaves its workplace; the next call removes it, but not another's."""
    live = "import time\nwith folder_written_whole(Path(%r)) as new:\n print(new, flush=True)\n"
    processes, places = [], []
    for name in ("results", "results", "results.2012"):
        folder = str(tmp_path / name)
        process = child(
            live % folder + " (new / 'a.txt').write_text('1')\n time.sleep(60)", wait=False
        )
        processes.append(process)
        places.append(Path(process.stdout.readline().strip()))
    processes[0].kill()
    processes[0].communicate()
    assert all(place.exists() for place in places)
    fill(tmp_path / "results", 1)
    assert [place.exists() for place in places] == [False, True, True]
    for process in processes[1:]:
        process.kill()
        process.communicate()
    fill(tmp_path / "results", 2)
    assert [place.exists() for place in places] == [False, False, True]
    fill(tmp_path / "results.2012", 3)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["results", "results.2012"]


def test_processes_that_write_the_same_folder_at_once_do_not_mix(tmp_path):
    """Three writers, also of a folder that is not there yet: at any moment it is one's work."""
    for _ in range(3):
        shutil.rmtree(tmp_path / "folder", ignore_errors=True)
        (tmp_path / "file.txt").unlink(missing_ok=True)
        writers = [
            child(f"rewrite(Path({str(tmp_path)!r}), {first}, {first} + 40)", wait=False)
            for first in (1000, 2000, 3000)
        ]
        for writer in writers:
            out, err = writer.communicate(timeout=120)
            assert writer.returncode == 0, err
            assert len(out.split()) == 40
        assert check_whole(tmp_path / "folder") % 1000 == 39
        assert generation_of(tmp_path / "file.txt") % 1000 == 39
        assert sorted(path.name for path in tmp_path.iterdir()) == ["file.txt", "folder"]


def test_where_a_swap_in_one_step_is_not_possible_two_steps_do(tmp_path):
    """The way of other systems: a failure between the steps puts the earlier folder back."""
    fill(tmp_path / "folder", 1)
    work = tmp_path / ".folder.abc.partial"
    fill(work / "folder", 2)
    provenance._exchange_in_two_steps(work / "folder", tmp_path / "folder")
    assert check_whole(tmp_path / "folder") == 2
    shutil.rmtree(work)
    work.mkdir()
    with pytest.raises(FileNotFoundError):
        provenance._exchange_in_two_steps(work / "folder", tmp_path / "folder")
    assert check_whole(tmp_path / "folder") == 2


def test_a_kill_between_the_two_steps_is_mended_by_the_next_call(tmp_path):
    """Where the folder was moved aside and its process died, it is brought back."""
    fill(tmp_path / "folder", 1)
    work = tmp_path / ".folder.abc.partial"
    work.mkdir()
    os.rename(tmp_path / "folder", work / provenance._ASIDE)
    with pytest.raises(ZeroDivisionError):
        fill_half(tmp_path / "folder", ZeroDivisionError)
    assert check_whole(tmp_path / "folder") == 1
    assert left_beside(tmp_path / "folder") == []


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(value=st.dictionaries(st.text(), VALUES, max_size=4))
def test_the_order_of_keys_has_no_part_in_a_digest(value):
    """One value has one spelling, which reads back as the value."""
    turned = dict(reversed(value.items()))
    assert digest_of_value(turned) == digest_of_value(value)
    assert json.loads(canonical_json(value)) == value
    assert digest_of_value({"v": value}) != digest_of_value({"v": value, "w": 1})


def test_digests_are_sha256(tmp_path):
    """Of bytes, of a file, of a value."""
    (tmp_path / "x").write_bytes(b"abc" * 100_000)
    want = hashlib.sha256(b"abc" * 100_000).hexdigest()
    assert digest_of_file(tmp_path / "x") == digest_of_bytes(b"abc" * 100_000) == want
    assert (
        digest_of_value({"b": 1, "a": "中"})
        == hashlib.sha256('{"a":"中","b":1}'.encode()).hexdigest()
    )


def test_json_and_text_are_written_readably(tmp_path):
    """UTF-8, plain line ends, sorted keys, Chinese as it is; a number that is none is refused."""
    write_json(tmp_path / "a.json", {"b": [1], "a": "中"})
    assert (tmp_path / "a.json").read_bytes() == '{\n "a": "中",\n "b": [\n  1\n ]\n}\n'.encode()
    write_text(tmp_path / "a.txt", "一\r\n二\n")
    assert (tmp_path / "a.txt").read_bytes() == "一\r\n二\n".encode()
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", {"a": float("nan")})
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8")) == {"a": "中", "b": [1]}


def test_versions_of_packages_that_are_there():
    """Python comes first; what is not installed is left out."""
    found = package_versions(("polars", "no-such-package-here"))
    assert list(found) == ["python", "polars"]
    assert found["polars"] == pl.__version__
    assert found["python"] == ".".join(map(str, sys.version_info[:3]))
