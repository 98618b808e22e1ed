"""A county on disk: the same bytes however the work is shared, whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fanpin_risk.cli import main
from fanpin_risk.errors import ConfigError, InputFileError
from fanpin_risk.records.tables import read_tables
from fanpin_risk.simulate.county.parameters import load_parameters
from fanpin_risk.simulate.county.truth import TruthRequest
from fanpin_risk.simulate.county.write import (
    CountyRequest,
    counties_of,
    manifest_of,
    state_months,
    write_counties,
)
from fanpin_risk.simulate.county.write_truth import write_truth

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "configs/simulation"
PARAMETERS = load_parameters(FOLDER, preset="northeast", world="main")
REQUEST = CountyRequest(households=420, months=26, seed=3, households_a_sample=60)


def digests(folder: Path) -> dict[str, str]:
    """Fingerprint of every file."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def written(folder: Path, request: CountyRequest = REQUEST, **settings) -> Path:
    """Write a county; by one process unless said otherwise."""
    asked = {"n_processes": 1, "progress": lambda _: None} | settings
    write_counties(request, PARAMETERS, folder, **asked)
    return folder


@pytest.fixture(scope="module")
def county(tmp_path_factory) -> Path:
    """A small county, written by one process in one piece."""
    return written(tmp_path_factory.mktemp("county") / "whole")


def test_the_bytes_do_not_depend_on_pieces_or_processes(county, tmp_path):
    """Three pieces by two processes give what one piece by one process gives."""
    other = written(tmp_path / "pieces", n_processes=2, households_a_piece=150)
    assert digests(other) == digests(county)
    assert len(digests(county)) > 30


def test_another_seed_gives_another_county(county, tmp_path):
    """The guard of the test above."""
    other = written(tmp_path / "other", REQUEST.model_copy(update={"seed": 4}))
    same = {name for name, digest in digests(other).items() if digests(county).get(name) == digest}
    assert not {name for name in same if name.startswith("records/")}


def test_records_are_record_tables_and_the_truth_stands_apart(county):
    """The strict reading takes the folder; no file of the truth is among the records."""
    read = read_tables(county)
    counts = {name: n for name, n in read.records.row_counts().items() if n}
    assert counts == manifest_of(county)["rows"]
    names = {path.stem for path in (county / "records").iterdir()}
    assert names == set(counts)
    assert {"falls", "needs", "households", "people"} <= {
        path.stem for path in (county / "truth").glob("*.parquet")
    }


def test_people_are_neither_lost_nor_doubled(county):
    """Everybody of the truth is on record from the first day or from the day of joining."""
    people = pl.read_parquet(county / "truth/people.parquet")
    assert people["person_id"].is_unique().all()
    members = pl.read_parquet(county / "records/member_snapshot.parquet")
    assert set(members["person_id"]) <= set(people["person_id"])
    frame = members.filter(pl.col("recorded_on") == members["recorded_on"].min())
    households = pl.read_parquet(county / "records/household_snapshot.parquet")
    first = households.filter(pl.col("recorded_on") == households["recorded_on"].min())
    by_household = frame.group_by("household_id").agg(n=pl.col("person_id").n_unique())
    joined = first.unique("household_id").join(by_household, on="household_id", how="left")
    assert (joined["n"] == joined["members"]).all()


def test_a_county_that_is_there_is_left_alone(county):
    """Asked for again it is not written again; with other settings it is."""
    before = {path: path.stat().st_mtime_ns for path in county.rglob("*.parquet")}
    written(county)
    assert before == {path: path.stat().st_mtime_ns for path in county.rglob("*.parquet")}


def test_many_households_make_several_counties(tmp_path):
    """Of equal size, each with its number, and nobody in two of them."""
    request = CountyRequest(households=130, months=12, seed=3, households_a_county=50)
    folders = [one.folder for one in counties_of(request, tmp_path)]
    assert [one.n_households for one in counties_of(request, tmp_path)] == [44, 43, 43]
    write_counties(request, PARAMETERS, tmp_path, n_processes=1, progress=lambda _: None)
    seen = [
        set(pl.read_parquet(folder / "records/household_snapshot.parquet")["household_id"])
        for folder in folders
    ]
    assert sum(map(len, seen)) == len(set().union(*seen)) > 110


def test_a_killed_run_leaves_no_half_county(tmp_path):
    """What stands there is a whole county or none, and the next run writes it."""
    command = [
        *(sys.executable, "-m", "fanpin_risk", "simulate", "--households", "900"),
        *("--months", "24", "--parameters", str(FOLDER), "--output", str(tmp_path / "county")),
    ]
    child = subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True)
    assert child.stderr is not None
    child.stderr.readline()
    time.sleep(1.0)
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    child.stderr.close()
    assert not (tmp_path / "county").exists()
    request = CountyRequest(households=900, months=24)
    write_counties(request, PARAMETERS, tmp_path / "county", n_processes=1, progress=lambda _: None)
    assert manifest_of(tmp_path / "county")["households_at_start"] == 900
    assert not [path for path in tmp_path.iterdir() if "partial" in path.name]


def test_futures_are_written_beside_the_truth(county, tmp_path):
    """Counts add up, and nothing of the drawing is left."""
    said = write_truth(
        county,
        PARAMETERS,
        TruthRequest(n_futures=6),
        n_processes=1,
        progress=None,
    )
    truth = pl.read_parquet(county / "truth/truth.parquet")
    assert said["rows"]["truth"] == truth.height
    assert truth["n_futures_half"].unique().to_list() == [3]
    assert (truth["n_status_half_1"] <= 3).all()
    assert truth.filter("is_in_need_now")["n_event_half_1"].is_null().all()
    assert truth["as_of"].n_unique() == len(state_months(REQUEST.months))
    assert not (county / "truth/drawn").exists()
    assert json.loads((county / "truth/futures.json").read_text())["rows"] == said["rows"]
    assert truth["inclusion_probability"].min() > 0
    assert np.isclose((1 / truth.unique("household_id")["inclusion_probability"]).sum(), 420, 0.2)
    (county / "truth/futures.json").unlink()
    for name in ("truth", "futures", "paths"):
        (county / f"truth/{name}.parquet").unlink()


def test_truth_wants_the_parameters_of_the_county(county, tmp_path):
    """Other parameters would be the truth about another county."""
    other = load_parameters(FOLDER, preset="southwest", world="main")
    with pytest.raises(ConfigError, match="was made with other parameters"):
        write_truth(county, other, TruthRequest(), n_processes=1, progress=None)
    with pytest.raises(InputFileError, match="holds no simulated county"):
        write_truth(tmp_path, PARAMETERS, TruthRequest(), n_processes=1, progress=None)


def test_the_command_says_what_it_wrote(tmp_path, capsys):
    """Rows by table on standard output; an unknown world is one line with the mend."""
    folder = ["--parameters", str(FOLDER), "--output", str(tmp_path / "c")]
    asked = ["--households", "60", "--months", "12", "--processes", "1"]
    assert main(["simulate", *asked, *folder]) == 0
    out = capsys.readouterr().out
    assert "household_snapshot" in out
    assert main(["simulate", *asked, *folder, "--world", "mian"]) != 0
    assert "world 'mian' does not exist. Did you mean 'main'?" in capsys.readouterr().err
    assert main(["truth", str(tmp_path / "c"), "--parameters", str(FOLDER), "--futures", "3"]) != 0
    assert "must be even" in capsys.readouterr().err
