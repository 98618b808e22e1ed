"""`fanpin-risk reasons`: a thin shell that hands down what was asked, and prints what came back."""

from __future__ import annotations

import runpy
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from fanpin_risk.explain.quality import GROUP_WORDS, MEANS_SCHEMA, QUALITY_WORDS
from fanpin_risk.explain.true_causes import CONFUSION_SCHEMA, FALL_GROUP_WORDS, TRUTH_WORDS
from fanpin_risk.workflows import reason_quality, reason_truth
from fanpin_risk.workflows.reason_truth import TruthTold

C = SimpleNamespace(
    **runpy.run_path(str(Path(__file__).parent / "workflows" / "reasons_county.py"))
)
ran = C.ran
NOTHING = pl.DataFrame()


@pytest.fixture
def config(tmp_path):
    """A configuration of a small county; the county itself is not made."""
    return C.configuration(tmp_path)


def means(measures, groups, *, low=0.2):
    """A frame of measures, each 0.25 in every group."""
    rows = [(m, g, 0.25, low, 0.3, 1_234) for m in measures for g in groups]
    return pl.DataFrame(rows, schema=MEANS_SCHEMA, orient="row")


def test_quality_asks_as_told_and_prints_every_measure(config, monkeypatch, tmp_path):
    """Refits, neighbours and seed are handed down; words stand in Chinese and English."""
    asked = {}

    def run_quality(project, settings, folder, *, n_threads, step):
        asked.update(name=project.configuration.name, settings=settings, folder=folder)
        return means(QUALITY_WORDS, GROUP_WORDS)

    monkeypatch.setattr(reason_quality, "run_quality", run_quality)
    options = ("--refits", 4, "--neighbours", 100, "--seed", 9, "--root", tmp_path)
    said = ran("quality", config, *options)
    assert asked["settings"] == reason_quality.QualitySettings(n_refits=4, n_neighbours=100, seed=9)
    assert asked["folder"] == tmp_path / "outputs/small_county_reason_quality"
    for chinese, english in QUALITY_WORDS.values():
        assert f"{chinese} {english}" in said
    assert "0.250 0.200 – 0.300 1,234" in said
    assert "reason_quality.parquet" in said


def test_truth_prints_the_main_groups_and_the_confusion(config, monkeypatch, tmp_path):
    """Measures and guesses for the main groups; differences and single causes stay in the files."""
    groups = [*FALL_GROUP_WORDS, "因病"]
    table = means([*TRUTH_WORDS, "first_reason - most_frequent"], groups, low=None)
    cells = [("因病", "缺劳动力", 30, 0.3, 0, 1), ("因病", "因学", 1, 0.01, 0, 0)]

    def run_truth(project, folder, *, n_threads, step):
        return TruthTold(
            reason_truth=table.rename({"n_households": "n"}),
            reason_confusion=pl.DataFrame(cells, schema=CONFUSION_SCHEMA, orient="row"),
            reason_stand_ins=NOTHING,
            reason_alike=NOTHING,
            days=(date(2023, 8, 31),),
            n_scored=5_678,
            n_untold=0,
        )

    monkeypatch.setattr(reason_truth, "run_truth", run_truth)
    said = ran("truth", config, "--root", tmp_path)
    for chinese, english in TRUTH_WORDS.values():
        assert f"{chinese} {english}" in said
    assert said.count("0.250 —") == len(TRUTH_WORDS) * len(FALL_GROUP_WORDS)
    assert "因病 缺劳动力 30 30%" in said
    assert "因病 因学" not in said
    assert "2023-08-31" in said
    assert "5,678" in said
