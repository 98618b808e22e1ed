"""The whole job in one go: backtest, train, score, plan, report and tracking."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fanpin_risk.config import Project
from fanpin_risk.provenance import folder_written_whole, write_json
from fanpin_risk.records.read import ReadResult, read_records
from fanpin_risk.risk.artifact import StoredModel
from fanpin_risk.workflows.backtest import backtest
from fanpin_risk.workflows.commands import days_needed, setting_of
from fanpin_risk.workflows.days import build_days
from fanpin_risk.workflows.evaluate import evaluation
from fanpin_risk.workflows.final_fold import openings
from fanpin_risk.workflows.results import (
    manifest,
    write_manifest,
    write_quarantine,
    write_scoring,
)
from fanpin_risk.workflows.score import Scoring, score
from fanpin_risk.workflows.train import PROJECT_FILE, project_text, train

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
    configuration, clock = project.configuration, Clock()
    with clock.step("read"):
        step("read", "")
        read = read_records(project.source, project.files)
    setting = setting_of(project, read)
    with clock.step("indicators"):
        days = build_days(
            setting, days_needed(setting, configuration), lambda at: step("indicators", at)
        )
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
            setting, configuration, model, as_of=configuration.score_as_of, n_threads=n_threads
        )
    content = _write(project, places, read, metrics, model, scoring, clock, step, promote=promote)
    return RunResult(
        metrics=metrics, scoring=scoring, model_version=model.model_version, manifest=content
    )


def _write(
    project: Project,
    places: Places,
    read: ReadResult,
    metrics: dict[str, Any],
    model: StoredModel,
    scoring: Scoring,
    clock: Clock,
    step: Step,
    *,
    promote: bool,
) -> dict[str, Any]:
    """Write everything into new folders, then put them in place."""
    configuration = project.configuration
    step("write", "")
    with folder_written_whole(places.results) as folder:
        with clock.step("write"):
            write_scoring(folder, scoring, configuration)
            write_quarantine(folder, read)
            write_json(folder / "metrics.json", metrics)
        content = manifest(
            project,
            read,
            scoring,
            model_version=model.model_version,
            timings_seconds=clock.seconds,
            extra={},
        )
        write_manifest(folder, content)
    model.save(places.model, texts={PROJECT_FILE: project_text(project)})
    return content
