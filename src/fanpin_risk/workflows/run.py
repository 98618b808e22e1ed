"""The whole job in one go: backtest, train, score, plan, report and tracking."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from fanpin_risk.config import Project
from fanpin_risk.provenance import folder_written_whole, require_place, write_json
from fanpin_risk.records.read import ReadResult
from fanpin_risk.report.tracking import TrackedRun, track_run
from fanpin_risk.risk.artifact import StoredModel
from fanpin_risk.workflows.backtest import Predictions, backtest
from fanpin_risk.workflows.commands import days_needed
from fanpin_risk.workflows.days import build_days
from fanpin_risk.workflows.evaluate import evaluation
from fanpin_risk.workflows.final_fold import openings
from fanpin_risk.workflows.reading import read_project
from fanpin_risk.workflows.regimes import check_regimes
from fanpin_risk.workflows.results import (
    manifest,
    write_manifest,
    write_parquet,
    write_quarantine,
    write_scoring,
)
from fanpin_risk.workflows.score import Scoring, score
from fanpin_risk.workflows.telling import card_text, report_content, write_telling
from fanpin_risk.workflows.train import CARD_FILE, PROJECT_FILE, project_text, train

Step = Callable[[str, str], None]


@dataclass
class Clock:
    """How long each step took, in seconds."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time one step."""
        began = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - began


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where results, models and the MLflow store go."""

    results: Path
    model: Path
    store: Path
    tracking_uri: str | None


@dataclass(frozen=True, kw_only=True)
class RunResult:
    """What a run ends with."""

    metrics: dict[str, Any]
    scoring: Scoring
    model_version: str
    manifest: dict[str, Any]


def run(
    project: Project, places: Places, *, n_threads: int, promote: bool, step: Step
) -> RunResult:
    """Backtest, train, score, plan, report and track; results appear whole at the end.

    Parameters
    ----------
    project
        Configuration and what it names.
    places
        Where everything goes. What stands there stays until the new results are complete.
    n_threads
        Threads for LightGBM; results are the same for any number.
    promote
        Whether the model becomes ``champion`` although there is one.
    step
        Told the step and where in it the run is.
    """
    require_place(places.results)
    require_place(places.model)
    configuration, clock = project.configuration, Clock()
    with clock.step("read"):
        read, setting = read_project(project, step, n_processes=n_threads)
    with clock.step("indicators"):
        wanted = days_needed(setting, configuration)
        check_regimes(setting, [*wanted, configuration.score_as_of])
        days = build_days(setting, wanted, lambda at: step("indicators", at))
    with clock.step("backtest"):
        predictions = backtest(
            setting,
            configuration,
            days,
            n_threads=n_threads,
            progress=lambda at: step("backtest", at),
        )
    with clock.step("evaluate"):
        metrics = evaluation(
            predictions, configuration.backtest, progress=lambda at: step("evaluate", at)
        )
        metrics["final_fold_openings"] = openings(project.final_fold_record)
    with clock.step("train"):
        step("train", str(configuration.score_as_of))
        model = train(
            setting,
            configuration,
            as_of=configuration.score_as_of,
            n_threads=n_threads,
            days=days,
        )
    with clock.step("score"):
        step("score", str(configuration.score_as_of))
        scoring = score(
            setting,
            configuration,
            model,
            as_of=configuration.score_as_of,
            n_threads=n_threads,
            days=days,
        )
    work = _Work(
        project=project,
        places=places,
        read=read,
        predictions=predictions,
        metrics=metrics,
        model=model,
        scoring=scoring,
    )
    content = _write(work, clock, step, promote=promote)
    return RunResult(
        metrics=metrics, scoring=scoring, model_version=model.model_version, manifest=content
    )


@dataclass(frozen=True, kw_only=True)
class _Work:
    """Everything that is to be written."""

    project: Project
    places: Places
    read: ReadResult
    predictions: Predictions
    metrics: dict[str, Any]
    model: StoredModel
    scoring: Scoring


def _write(work: _Work, clock: Clock, step: Step, *, promote: bool) -> dict[str, Any]:
    """Write everything into new folders, track it, then put the folders in place."""
    with folder_written_whole(work.places.results) as folder:
        step("write", "")
        with clock.step("write"):
            write_scoring(folder, work.scoring, work.project.configuration)
            write_quarantine(folder, work.read)
            write_parquet(work.predictions.table, folder / "predictions.parquet")
            write_json(folder / "metrics.json", work.metrics)
        with clock.step("report"):
            step("report", "")
            content = report_content(
                work.project,
                work.scoring,
                metrics=work.metrics,
                manifest=_manifest(work, clock, {}),
                predictions=work.predictions.table,
            )
            pictures = write_telling(folder, content, notice=lambda line: step("report", line))
        with clock.step("track"):
            step("track", "")
            tracked = _track(work, folder, pictures, promote=promote)
        stands_on = _manifest(work, clock, {"mlflow": asdict(tracked)})
        write_manifest(folder, stands_on)
        work.model.save(
            work.places.model,
            texts={
                PROJECT_FILE: project_text(work.project),
                CARD_FILE: card_text(work.project, work.model, work.metrics),
            },
        )
    return stands_on


def _manifest(work: _Work, clock: Clock, extra: dict[str, Any]) -> dict[str, Any]:
    """What the run stands on, as far as it is known by now."""
    return manifest(
        work.project,
        work.read,
        work.scoring,
        model_version=work.model.model_version,
        timings_seconds=clock.seconds,
        extra=extra,
    )


def _track(work: _Work, folder: Path, pictures: dict[str, Path], *, promote: bool) -> TrackedRun:
    """Keep the run in MLflow."""
    configuration = work.project.configuration
    return track_run(
        settings=configuration.tracking,
        store=work.places.store,
        tracking_uri=work.places.tracking_uri,
        run_name=f"{configuration.name} {configuration.score_as_of}",
        parameters=configuration.model_dump(mode="json", exclude={"tracking"}),
        metrics=headline_numbers(work.metrics),
        origins=work.metrics["origins"],
        artifacts=folder,
        figures=pictures,
        digests={count.file: count.sha256 for count in work.read.files},
        model=work.model,
        input_example=None,
        promote=promote,
    )


def headline_numbers(metrics: dict[str, Any]) -> dict[str, float | None]:
    """Every method's measures over all origins as flat numbers, for tracking."""
    found: dict[str, float | None] = {}
    for method, measures in metrics["views"]["all"]["methods"].items():
        for name, row in measures.items():
            found[f"{method}.{name}"] = row["value"]
    for method, measures in metrics["over_origins"].items():
        for name in ("calibration_slope", "expected_over_observed", "ici"):
            if name in measures:
                found[f"{method}.mean_{name}"] = measures[name]["mean"]
    return found
