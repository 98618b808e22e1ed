"""Quality of reasons and their truth on a small simulated county, through the whole workflow."""

from __future__ import annotations

import runpy
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from fanpin_risk.causes import Cause
from fanpin_risk.config import load_project
from fanpin_risk.errors import AsOfError, ConfigError, InputFileError
from fanpin_risk.explain.quality import GROUP_WORDS, MEANS_SCHEMA, QUALITY_WORDS
from fanpin_risk.explain.true_causes import NO_REASON
from fanpin_risk.simulate.county.kinds import CAUSE_CODES
from fanpin_risk.workflows.commands import days_needed, read_project
from fanpin_risk.workflows.days import build_day, build_days
from fanpin_risk.workflows.fit import Sample
from fanpin_risk.workflows.reason_quality import (
    QualitySettings,
    explained_day,
    quality,
    repeated,
    resampled,
    run_quality,
)
from fanpin_risk.workflows.reason_truth import run_truth, true_falls
from fanpin_risk.workflows.score import score
from fanpin_risk.workflows.train import fitted_model, train, training_sample

C = SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "reasons_county.py")))
AS_OF = date(2023, 8, 31)
SETTINGS = QualitySettings(n_refits=2, n_neighbours=300, seed=5)


def silent(*_words):
    """Take note of nothing."""


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    """A county of 1,000 households with its truth: configuration, setting, days, training."""
    root = tmp_path_factory.mktemp("reasons")
    project = load_project(C.configuration(root))
    _, setting = read_project(project, silent)
    configuration = project.configuration
    days = build_days(setting, days_needed(setting, configuration), silent)
    return SimpleNamespace(
        root=root,
        project=project,
        setting=setting,
        configuration=configuration,
        days=days,
        training=training_sample(setting, configuration, days, AS_OF),
    )


@pytest.fixture(scope="module")
def model(county):
    """The model that quality and truth fit for the day."""
    return fitted_model(county.setting, county.configuration, county.training, n_threads=1)


@pytest.fixture(scope="module")
def explained(county, model):
    """The day's households, with every reason there is."""
    day = build_day(county.setting, AS_OF)
    found = explained_day(county.setting, model, day, n_reasons=11, n_threads=1)
    return SimpleNamespace(day=day, reasons=found.reasons)


@pytest.fixture(scope="module")
def told(county):
    """Reasons against the truth, on the one day whose horizon the truth covers."""
    folder = county.root / "truth"
    found = run_truth(county.project, folder, n_threads=1, step=silent)
    return SimpleNamespace(folder=folder, **vars(found), files=found.files())


def test_the_model_and_its_reasons_are_those_of_a_run(county, model, explained):
    """What is judged is what is shown: same version as trained, same reasons as scored."""
    trained = train(
        county.setting, county.configuration, as_of=AS_OF, n_threads=1, days=county.days
    )
    assert model.model_version == trained.model_version
    scoring = score(county.setting, county.configuration, trained, as_of=AS_OF, n_threads=1)
    keys = ["household_id", "rank"]
    shown = explained.reasons.filter(pl.col("rank") <= 3).sort(keys)
    assert shown["cause"].to_list() == scoring.reasons.sort(keys)["cause"].to_list()
    assert shown["evidence"].to_list() == scoring.reasons.sort(keys)["evidence"].to_list()


def test_a_refit_learns_from_whole_villages(county):
    """A village is there with all its households as often as it was drawn, of as many villages."""
    villages = county.training.households["place"]
    for sample in resampled(county.training, SETTINGS):
        times = (
            sample.households["place"].value_counts(name="drawn")
            .join(villages.value_counts(name="once"), on="place")
            .select(pl.col("drawn") / pl.col("once"))
            .to_series()
        )  # fmt: skip
        assert (times == times.round()).all()
        assert times.sum() == villages.n_unique()
        assert times.max() > 1


def test_repeated_rows_are_the_same_rows():
    """Every part of a sample is repeated alike: features, households, outcome, day and weight."""
    ids = pl.DataFrame({"household_id": ["a", "b", "c"]})
    sample = Sample(
        features=ids,
        households=ids,
        fell=np.array([0.0, 1.0, np.nan]),
        income_to_line_later=np.array([1.0, 2.0, 3.0]),
        day=np.array([7, 8, 9]),
        weight=np.array([0.5, 1.5, 2.5]),
    )
    found = repeated(sample, np.array([2, 0, 1]))
    assert found.features["household_id"].to_list() == ["a", "a", "c"]
    assert found.households["household_id"].to_list() == ["a", "a", "c"]
    assert found.fell[:2].tolist() == [0.0, 0.0]
    assert np.isnan(found.fell[2])
    assert found.day.tolist() == [7, 7, 9]
    assert found.income_to_line_later.tolist() == [1.0, 1.0, 3.0]
    assert found.weight.tolist() == [0.5, 0.5, 2.5]
    assert repeated(replace(sample, weight=None), np.array([1, 1, 1])).weight is None


def test_quality_is_written_and_the_same_again(county):
    """Every measure in every group; the file holds what is returned; same seeds, same numbers."""
    folder = county.root / "quality"
    found = run_quality(county.project, SETTINGS, folder, n_threads=1, step=silent)
    assert found.schema == pl.Schema(MEANS_SCHEMA)
    pairs = [(measure, group) for measure in QUALITY_WORDS for group in GROUP_WORDS]
    assert set(found.select("measure", "group").rows()) == set(pairs)
    assert found.height == len(pairs)
    assert pl.read_parquet(folder / "reason_quality.parquet").equals(found)
    again = quality(
        county.setting,
        county.configuration,
        SETTINGS,
        days=county.days,
        n_threads=2,
        step=silent,
    )
    assert again.equals(found)


def test_true_falls_are_those_of_who_was_scored(told, county, explained):
    """Counted one by one: whoever was scored, fell in the six months after, and has an answer."""
    assert told.days == (AS_OF,)
    falls, last = true_falls(county.project.simulated)
    assert last == date(2024, 2, 29)
    scored = set(explained.day.households["household_id"])
    first = {}
    for row in falls.sort("month", descending=True).iter_rows(named=True):
        if row["household_id"] in scored and AS_OF < row["month"] <= last:
            first[row["household_id"]] = row["prevented_by"]
    asked = {home: bits for home, bits in first.items() if bits is not None}
    assert told.n_untold == len(first) - len(asked)
    assert told.n_scored == len(scored)
    assert told.reason_confusion["n"].sum() == len(asked) > 10
    said = {
        row["household_id"]: row["cause"] if row["evidence"] else NO_REASON
        for row in explained.reasons.filter(pl.col("rank") == 1).iter_rows(named=True)
    }
    code_of = {cause.value: cause.name.lower() for cause in Cause}
    hits = [
        said[home] != NO_REASON and bool(bits >> CAUSE_CODES.index(code_of[said[home]]) & 1)
        for home, bits in asked.items()
    ]
    table = told.reason_truth.filter(measure="first_reason", group="all")
    assert table["value"].item() == pytest.approx(np.mean(hits))
    assert 0 < sum(hits) < len(hits)


def test_truth_is_written(told):
    """Each frame is a file, and no other file is there."""
    assert {path.stem for path in told.folder.iterdir()} == set(told.files)
    for name, frame in told.files.items():
        assert pl.read_parquet(told.folder / f"{name}.parquet").equals(frame)


def test_truth_needs_a_county_that_is_made_up(county):
    """Of real records nobody knows a true cause."""
    real = replace(county.project, simulated=None)
    with pytest.raises(ConfigError, match="simulated county only"):
        run_truth(real, county.root / "none", n_threads=1, step=silent)


def test_truth_needs_a_horizon_that_is_over(county):
    """A first origin after the truth's end leaves nothing to compare."""
    later = county.configuration.backtest.model_copy(update={"first_origin": date(2024, 2, 29)})
    configuration = county.configuration.model_copy(update={"backtest": later})
    with pytest.raises(AsOfError, match="truth ends on 2024-02-29"):
        run_truth(
            replace(county.project, configuration=configuration),
            county.root / "none",
            n_threads=1,
            step=silent,
        )


def test_truth_that_is_not_there_is_named(tmp_path):
    """A folder without a county's truth says how to get one."""
    with pytest.raises(InputFileError, match=r"falls\.parquet: is not there"):
        true_falls(tmp_path)
