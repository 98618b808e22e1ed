"""The same input gives the same bytes: again, elsewhere, shuffled, with other threads and seeds."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

import fanpin_risk

AS_OF = "2008-12-31"
SAME = ("scores.parquet", "findings.parquet", "visit_plan.parquet")


def elsewhere(*argv, cwd, hash_seed, **environment):
    """Run ``fanpin-risk`` in a process of its own, in another folder, with another hash seed."""
    cwd.mkdir(parents=True, exist_ok=True)
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-m", "fanpin_risk", *map(str, argv)],
        cwd=cwd,
        env=kept
        | environment
        | {
            "PYTHONPATH": str(Path(fanpin_risk.__file__).parents[1]),
            "PYTHONHASHSEED": str(hash_seed),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def shuffled(frame, seed):
    """The rows of a frame in another order."""
    return frame.sample(fraction=1.0, shuffle=True, seed=seed)


def without_clock(path):
    """A manifest without timings, run and the digest of a file whose rows stand otherwise."""
    content = json.loads(path.read_text(encoding="utf-8"))
    content["inputs"] = [{**file, "sha256": ""} for file in content["inputs"]]
    return {key: content[key] for key in content if key not in ("timings_seconds", "mlflow")}


@pytest.fixture(scope="module")
def second_run(small_project, tmp_path_factory):
    """Run the small project again, with everything else that should not matter changed."""
    folder = tmp_path_factory.mktemp("second")
    project = shutil.copytree(small_project.folder, folder / "a copy/of it")
    shuffled(small_project.rows, seed=5).write_parquet(project / "panel.parquet")
    elsewhere(
        *("run", "../a copy/of it/small.yaml", "--root", "results", "--threads", 2),
        cwd=folder / "other",
        hash_seed=4242,
        POLARS_MAX_THREADS="3",
        TZ="Asia/Shanghai",
        LC_ALL="C",
    )
    return folder / "other/results"


@pytest.mark.parametrize("name", SAME)
def test_a_second_run_gives_the_same_bytes(small_run, second_run, name):
    """Another process, folder, hash seed, thread count, time zone and row order: equal files."""
    first = (small_run.results / name).read_bytes()
    assert (second_run / "outputs/small" / name).read_bytes() == first


def test_a_second_run_gives_the_same_tables_and_measures(small_run, second_run):
    """Every other table, the measures and the manifest but its clock are the same too."""
    other = second_run / "outputs/small"
    for path in small_run.results.glob("*.parquet"):
        assert (other / path.name).read_bytes() == path.read_bytes(), path.name
    for name in ("metrics.json", "visit_plan.xlsx"):
        assert (other / name).read_bytes() == (small_run.results / name).read_bytes(), name
    assert without_clock(other / "manifest.json") == without_clock(
        small_run.results / "manifest.json"
    )


def test_a_second_run_gives_the_same_model(small_run, second_run):
    """Trees, calibration, category maps and version are the same."""
    for name in ("booster.txt", "model.json"):
        first = (small_run.model / name).read_bytes()
        assert (second_run / "models/small" / name).read_bytes() == first, name


@pytest.fixture(scope="module")
def few(small_project):
    """Some households' visits of the last year."""
    rows = small_project.rows.filter((pl.col("year") * 10 + pl.col("quarter")) >= 20074)
    return rows.filter(pl.col("hh_id") % 8 == 0)


@pytest.fixture(scope="module")
def scored(run_fanpin, few, small_run, tmp_path_factory):
    """Score a frame in this process: the bytes of the files that must be the same."""

    def score(frame=few, *more, name="rows.parquet"):
        folder = tmp_path_factory.mktemp("scored")
        frame.write_parquet(folder / name)
        threads = more or ("--threads", 1)
        ran = run_fanpin(
            *("score", "--model", small_run.model, "--records", folder / name, "--as-of", AS_OF),
            *("--output", folder / "out", *threads),
        )
        assert ran.code == 0, ran.err
        return {name: (folder / "out" / name).read_bytes() for name in SAME}

    return score


def test_scoring_again_gives_the_same_bytes(scored):
    """Nothing that one scoring leaves in the process changes the next one."""
    assert scored() == scored()


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_rows_has_no_effect(scored, few, seed):
    """Shuffled rows give the same bytes."""
    assert scored(shuffled(few, seed)) == scored()


def test_the_order_of_columns_and_their_types_have_no_effect(scored, few):
    """Columns in another order, and whole numbers written as texts or floats, change nothing."""
    turned = few.select(reversed(few.columns))
    as_text = turned.cast({"hh_id": pl.String, "IX_TOT": pl.Float64, "V5": pl.Int64})
    assert scored(as_text) == scored()


def test_the_number_of_threads_has_no_effect(scored, few):
    """One thread, two and three give the same bytes."""
    assert scored(few, "--threads", 2) == scored(few, "--threads", 3) == scored()


def test_the_folder_one_works_in_has_no_effect(scored, tmp_path, monkeypatch):
    """From another folder the bytes are the same."""
    before = scored()
    monkeypatch.chdir(tmp_path)
    assert scored() == before


def test_a_hash_seed_has_no_effect(scored, few, small_run, tmp_path):
    """In another process with another PYTHONHASHSEED the bytes are the same."""
    few.write_parquet(tmp_path / "rows.parquet")
    elsewhere(
        *("score", "--model", small_run.model, "--records", "../rows.parquet"),
        *("--as-of", AS_OF, "--output", "out", "--threads", 1),
        cwd=tmp_path / "other",
        hash_seed=99,
    )
    found = {name: (tmp_path / "other/out" / name).read_bytes() for name in SAME}
    assert found == scored()


def test_what_should_matter_does(scored, few):
    """The comparison can tell: somewhat more income on the day changes the bytes."""
    of_day = (pl.col("year") == 2008) & (pl.col("quarter") == 4) & (pl.col("ITF") > 0)
    richer = few.with_columns(ITF=pl.when(of_day).then(pl.col("ITF") + 99).otherwise("ITF"))
    assert scored(richer)["scores.parquet"] != scored()["scores.parquet"]
