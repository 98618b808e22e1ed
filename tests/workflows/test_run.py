"""A run as a whole: all of it appears, or nothing does and what was there before stays."""

from __future__ import annotations

import shutil

import pytest


def content_of(*folders):
    """Every file below some folders with its bytes."""
    return {
        path: path.read_bytes()
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def earlier(small_run, tmp_path):
    """A copy of the small run's results and model."""
    results = shutil.copytree(small_run.results, tmp_path / "outputs/small")
    model = shutil.copytree(small_run.model, tmp_path / "models/small")
    return results, model


def test_a_run_that_fails_at_its_end_leaves_earlier_results(
    run_fanpin, small_project, earlier, tmp_path, monkeypatch
):
    """A store that cannot be written ends the run in one line; results and model stay the old.

    That is the last step, when everything else is computed and written beside the present files.
    """
    before = content_of(*earlier)
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/file/mlflow.db")
    config = small_project.configured(tmp_path, score_as_of="2007-06-30")
    ran = run_fanpin("run", config, "--root", tmp_path, "--threads", 1)
    assert (ran.code, ran.out) == (16, "")
    last = ran.err.splitlines()[-1]
    assert last.startswith(f"OutputError: The MLflow store sqlite:///{tmp_path}/file/mlflow.db ")
    assert last.endswith(
        "Earlier results are unchanged; mend the store, or name another, and run again."
    )
    assert "Traceback" not in ran.err
    assert "tracking in MLflow" in ran.err.splitlines()[-2]
    assert content_of(*earlier) == before
    for folder in earlier:
        assert [path.name for path in folder.parent.iterdir() if path != folder] in ([], ["mlflow"])
