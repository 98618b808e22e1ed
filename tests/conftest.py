"""Fixtures for all tests: the real panel is read once; a small project runs once."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
import yaml
from hypothesis import settings

from fanpin_risk.cli import main
from fanpin_risk.records.read import ReadResult, read_records
from fanpin_risk.records.source import load_source

ROOT = Path(__file__).parents[1]

# The same examples on every run, so that a run says something about the change at hand; to look for
# more, `pytest --hypothesis-profile=random`.
settings.register_profile("repeatable", derandomize=True)
settings.register_profile("random", derandomize=False)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def panel() -> ReadResult:
    """Read the real panel of Argentine households; it takes about ten seconds."""
    source = load_source(ROOT / "configs/sources/argentina_eph.yaml")
    return read_records(source, [ROOT / "data/argentina_eph/eph_household_panel.parquet"])


SMALL_PLACES = (3, 6, 7, 9, 12, 14, 15, 17, 18, 19, 20, 22, 25, 26, 27, 30, 31, 36)
SMALL_CHANGES: dict[str, dict[str, object]] = {
    "records": {"source": "sources/small.yaml", "files": ["panel.parquet"]},
    "model": {"n_trees": 60, "learning_rate": 0.05, "n_leaves": 8, "min_leaf_size": 60},
    "backtest": {
        "first_origin": "2005-12-31",
        "outcomes_until": "2007-06-30",
        "first_seen_before": "2007-07-01",
        "n_replicates": 50,
    },
    "final_fold": {
        "outcomes_until": "2007-06-30",
        "first_seen_from": "2007-07-01",
        "record": "openings.jsonl",
    },
    "tracking": {"experiment": "small", "registered_model": "small"},
    "tune": {"validation_days": ["2005-12-31", "2006-06-30"], "n_trials": 2},
}


@dataclass(frozen=True)
class Ran:
    """What a command came back with."""

    code: int
    out: str
    err: str


def fanpin(*argv: object) -> Ran:
    """Run ``fanpin-risk`` in this process."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main([str(part) for part in argv])
    return Ran(code, out.getvalue(), err.getvalue())


@dataclass(frozen=True)
class SmallProject:
    """A project on half the households of eighteen places, the first twenty quarters.

    ``rows`` is its one file; it is scored on ``as_of``, the last day.
    """

    folder: Path
    config: Path
    panel: Path
    rows: pl.DataFrame
    as_of: str = "2008-12-31"

    def configured(self, folder: Path, **changes: object) -> Path:
        """Write the configuration anew into a folder, with other values (``part__key=value``)."""
        content = yaml.safe_load(self.config.read_text(encoding="utf-8"))
        content["records"] = {
            "source": str(self.folder / "sources/small.yaml"),
            "files": [str(self.panel)],
        }
        content["standards"] = str(self.folder / "standards")
        for name, value in changes.items():
            *parts, last = name.split("__")
            inner = content
            for part in parts:
                inner = inner[part]
            inner[last] = value
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "changed.yaml"
        path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
        return path


@dataclass(frozen=True)
class SmallRun:
    """One ``fanpin-risk run`` of the small project: what it said, and where its files are."""

    ran: Ran
    root: Path
    results: Path
    model: Path


@pytest.fixture(scope="session")
def run_fanpin() -> Callable[..., Ran]:
    """Run ``fanpin-risk`` in this process: exit code, output and what it said on the way."""
    return fanpin


@pytest.fixture(scope="session")
def small_project(tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    """Write a small project: 23,270 households, few and quick trees."""
    folder = tmp_path_factory.mktemp("small_project")
    whole = pl.read_parquet(ROOT / "data/argentina_eph/eph_household_panel.parquet")
    near = whole.filter(pl.col("AGLOMERADO").is_in(SMALL_PLACES), pl.col("year") <= 2008)
    kept = near["hh_id"].unique().sort().gather_every(2)
    rows = near.filter(pl.col("hh_id").is_in(kept.implode()))
    rows.write_parquet(folder / "panel.parquet")
    content = yaml.safe_load((ROOT / "configs/argentina_eph.yaml").read_text(encoding="utf-8"))
    content |= {"name": "small", "standards": "standards", "score_as_of": SmallProject.as_of}
    for part, changes in SMALL_CHANGES.items():
        content[part] |= changes
    shutil.copytree(ROOT / "configs/standards/argentina_eph", folder / "standards")
    (folder / "sources").mkdir()
    shutil.copy(ROOT / "configs/sources/argentina_eph.yaml", folder / "sources/small.yaml")
    config = folder / "small.yaml"
    config.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return SmallProject(folder, config, folder / "panel.parquet", rows)


@pytest.fixture(scope="session")
def small_run(small_project: SmallProject, tmp_path_factory: pytest.TempPathFactory) -> SmallRun:
    """Run the small project once, through the command line."""
    root = tmp_path_factory.mktemp("small_run")
    ran = fanpin("run", small_project.config, "--root", root, "--threads", 1)
    assert ran.code == 0, ran.err
    return SmallRun(ran, root, root / "outputs/small", root / "models/small")
