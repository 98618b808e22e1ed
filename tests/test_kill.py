"""Killed at any moment, or out of room: earlier results stay whole, and the next run works."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

import fanpin_risk

BEFORE, AFTER = "2008-09-30", "2008-12-31"
NURSERY = """
# loads what the commands need once, then starts each of them as a process of its own
import json, os, resource, signal, sys
import lightgbm, shap, xlsxwriter
import fanpin_risk.workflows.commands
from fanpin_risk.cli import main

for line in sys.stdin:
    job = json.loads(line)
    process = os.fork()
    if process == 0:
        said = os.open(job["said"], os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
        os.dup2(said, 1)
        os.dup2(said, 2)
        if job["room"] is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (job["room"], job["room"]))
        os._exit(main(job["argv"]))
    print("started", flush=True)
    if sent := int(sys.stdin.readline()):
        os.kill(process, sent)  # it was not waited for, so the number is still its own
    print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)
"""


class Nursery:
    """Starts commands in processes of their own, without the seconds that loading takes."""

    def __init__(self, folder):
        environment = os.environ | {
            "PYTHONPATH": str(Path(fanpin_risk.__file__).parents[1]),
            "OPENBLAS_NUM_THREADS": "1",
        }
        self.said = folder / "said.txt"
        self.process = subprocess.Popen(
            [sys.executable, "-c", NURSERY],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )

    def start(self, *argv, room=None):
        """Begin a command."""
        job = {"argv": [str(part) for part in argv], "room": room, "said": str(self.said)}
        assert self.told(json.dumps(job)) == "started"

    def ended(self, sent=0):
        """Send the command a signal, if one is given; its exit code, negative for a signal."""
        return int(self.told(int(sent)))

    def told(self, line):
        """Write a line to the process that starts the others, and read its answer."""
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def run(self, *argv, room=None):
        """Run a command to its end: exit code, and what it said."""
        self.start(*argv, room=room)
        return self.ended(), self.said.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def nursery(tmp_path_factory):
    """Where commands are started from."""
    started = Nursery(tmp_path_factory.mktemp("nursery"))
    yield started
    started.process.communicate(timeout=60)


@pytest.fixture(scope="module")
def scoring(small_project, small_run, tmp_path_factory):
    """Words of the command that scores a few hundred households on a day into a folder."""
    rows = small_project.rows.filter((pl.col("year") * 10 + pl.col("quarter")) >= 20082)
    path = tmp_path_factory.mktemp("rows") / "rows.parquet"
    rows.filter(pl.col("hh_id") % 16 == 0).write_parquet(path)

    def words(as_of, output):
        return (
            *("score", "--model", small_run.model, "--records", path),
            *("--as-of", as_of, "--output", output, "--threads", 1),
        )

    return words


def content_of(folder):
    """Every file of a folder with its bytes."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def whole(nursery, scoring, tmp_path_factory):
    """Results of the earlier and of the later day as they are when nothing goes wrong."""
    found = []
    for as_of in (BEFORE, AFTER):
        output = tmp_path_factory.mktemp("whole") / "march"
        code, said = nursery.run(*scoring(as_of, output))
        assert code == 0, said
        found.append(content_of(output))
    assert found[0] != found[1]
    return found


def leftovers(folder):
    """Names beside a result folder that are not the folder's own."""
    return sorted(path.name for path in folder.parent.iterdir() if path != folder)


def test_killed_at_twenty_moments_results_are_the_old_or_the_new(nursery, scoring, whole, tmp_path):
    """SIGKILL at 20 random moments leaves the old results or the new ones, whole, byte for byte.

    Half of the moments are drawn over the whole command, half over the time in which it writes; a
    command that ended before its moment came does not count, and another moment is drawn. A command
    that follows works, and sweeps up what the killed ones left.
    """
    before, after = whole
    output = tmp_path / "results/march"
    nursery.run(*scoring(BEFORE, output))
    began = time.monotonic()
    nursery.start(*scoring(BEFORE, output))
    wait_for_writing(output)
    began_writing = time.monotonic()
    assert nursery.ended() == 0
    ended = time.monotonic()
    drawn = random.Random(20)
    n_killed, n_left = 0, 0
    for number in range(100):
        if n_killed == 20:
            break
        nursery.start(*scoring(AFTER, output))
        if number % 2:
            time.sleep(drawn.uniform(0, ended - began))
        else:
            wait_for_writing(output)
            time.sleep(drawn.uniform(0, ended - began_writing))
        n_killed += nursery.ended(signal.SIGKILL) == -signal.SIGKILL
        found = content_of(output)
        assert found in (before, after), sorted(found)
        n_left += bool(leftovers(output))
        if found == after:
            assert nursery.run(*scoring(BEFORE, output))[0] == 0
            assert content_of(output) == before
    assert n_killed == 20
    assert n_left > 0, "no moment fell into the writing"
    code, said = nursery.run(*scoring(AFTER, output))
    assert (code, content_of(output) == after) == (0, True), said
    assert leftovers(output) == []


def wait_for_writing(output):
    """Wait until a command has begun to write its results beside the present ones."""
    for _ in range(60_000):
        if list(output.parent.glob(f".{output.name}.*.partial/{output.name}/scores.parquet")):
            return
        time.sleep(0.001)
    raise AssertionError("the command never began to write")


def test_interrupted_by_hand_it_says_so(nursery, scoring, whole, tmp_path):
    """Ctrl-C ends with one line and code 130; earlier results are unchanged."""
    output = tmp_path / "results/march"
    nursery.run(*scoring(BEFORE, output))
    nursery.start(*scoring(AFTER, output))
    wait_for_writing(output)
    assert nursery.ended(signal.SIGINT) == 130
    said = nursery.said.read_text(encoding="utf-8")
    assert said.splitlines()[-1] == "Interrupted; earlier results are unchanged."
    assert "Traceback" not in said
    assert content_of(output) == whole[0]
    assert leftovers(output) == []


@pytest.mark.parametrize("room", [0.02, 0.3, 0.98])
def test_a_full_disk_leaves_earlier_results(nursery, scoring, whole, tmp_path, room):
    """Where a file cannot grow on, one line names the folder and the mend; nothing is changed.

    The room is given as a share of the largest result file.
    """
    output = tmp_path / "results/march"
    nursery.run(*scoring(BEFORE, output))
    largest = max(len(content) for content in whole[1].values())
    code, said = nursery.run(*scoring(AFTER, output), room=int(room * largest))
    assert code == 16, said
    assert said.splitlines()[-1] == (
        f"OutputError: Cannot write {output}: File too large. Earlier results there are unchanged. "
        "Choose a folder that can be written to and has room."
    )
    assert "Traceback" not in said
    assert content_of(output) == whole[0]
    assert leftovers(output) == []
    code, said = nursery.run(*scoring(AFTER, output), room=2 * largest)
    assert (code, content_of(output) == whole[1]) == (0, True), said
