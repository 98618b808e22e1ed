"""The main job on a store: the same records by the same intake give the same results."""

from __future__ import annotations

from datetime import date

import pytest
import yaml

from fanpin_risk.config import load_project
from fanpin_risk.errors import ConfigError, InputFileError
from fanpin_risk.records.intake import ingest_file
from fanpin_risk.records.read import read_records, read_store
from fanpin_risk.records.rows import Delivery
from fanpin_risk.records.store import Store
from fanpin_risk.workflows.commands import read_project

RESULTS = ("scores.parquet", "findings.parquet", "visit_plan.parquet", "reasons.parquet")
HISTORY = Delivery(received_on=date(2014, 1, 1), is_history=True, county="AR")


@pytest.fixture(scope="module")
def store(small_project, tmp_path_factory):
    """A store with the small project's one file."""
    found = Store(tmp_path_factory.mktemp("taken_in") / "store")
    ingest_file(found, load_project(small_project.config).source, small_project.panel, HISTORY)
    return found


def test_scoring_from_a_store_gives_the_same_bytes(
    small_project, small_run, store, run_fanpin, tmp_path
):
    """Scores, findings, plan and reasons do not depend on which way the records came in."""
    for name, records in (("file", small_project.panel), ("store", store.folder)):
        ran = run_fanpin(
            "score",
            *("--model", small_run.model, "--records", records),
            *("--as-of", small_project.as_of, "--output", tmp_path / name),
        )
        assert ran.code == 0, ran.err
    for name in RESULTS:
        one, other = ((tmp_path / way / name).read_bytes() for way in ("file", "store"))
        assert one == other, name


def test_a_project_may_name_a_store(small_project, store, tmp_path):
    """A configuration with a store reads the same tables as one with files, and its accounts."""
    changed = {"records__files": [], "records__store": str(store.folder)}
    config = small_project.configured(tmp_path, **changed)
    said: list[str] = []
    read, _ = read_project(load_project(config), lambda step, at: said.append(step))
    direct = read_records(load_project(small_project.config).source, [small_project.panel])
    assert read.records.row_counts() == direct.records.row_counts()
    assert read.records.first_recorded_on() == direct.records.first_recorded_on()
    assert (read.files[0].rows_read, read.files[0].sha256) == (
        direct.files[0].rows_read,
        direct.files[0].sha256,
    )
    assert read.files[0].file == f"000001/{small_project.panel.name}"
    assert read.lines.height == direct.lines.height
    assert said == ["read"]


def test_a_store_narrowed_to_a_county_holds_it_alone(store):
    """A county that is not on file has no records."""
    assert read_store(store, counties=["AR"]).records.row_counts()["income"] > 0
    assert set(read_store(store, counties=["XX"]).records.row_counts().values()) == {0}


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ({"files": []}, r"records: say either `files` \(at least one\) or `store`"),
        ({"files": ["a.csv"], "store": "s"}, "say either `files`"),
        ({"files": ["a.csv"], "counties": ["1"]}, "`counties` is for a `store`"),
    ],
)
def test_records_come_from_files_or_from_a_store(small_project, tmp_path, records, words):
    """A configuration that says neither, or both, is refused."""
    config = small_project.configured(tmp_path)
    content = yaml.safe_load(config.read_text(encoding="utf-8"))
    content["records"] = {"source": content["records"]["source"], **records}
    config.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    with pytest.raises(ConfigError, match=words):
        load_project(config)


def test_an_empty_store_is_said(tmp_path):
    """A store that nothing was taken into cannot be scored."""
    with pytest.raises(InputFileError, match=r"holds no records\. Fill it"):
        read_store(Store(tmp_path / "nothing"))
