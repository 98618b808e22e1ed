"""What each command does between reading its files and writing its results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import narwhals as nw
import polars as pl

from fanpin_risk.config import Configuration, Project, standards_for
from fanpin_risk.errors import AsOfError
from fanpin_risk.outcomes.flow import FlowSettings
from fanpin_risk.provenance import (
    folder_written_whole,
    require_place,
    write_json,
    write_whole,
)
from fanpin_risk.records.read import ReadResult
from fanpin_risk.risk.artifact import StoredModel
from fanpin_risk.settings import settings_from
from fanpin_risk.targeting.plan import PlanSettings
from fanpin_risk.workflows.backtest import backtest
from fanpin_risk.workflows.days import (
    Setting,
    build_days,
    day_before,
    days_until,
    situation,
    visited_on,
)
from fanpin_risk.workflows.evaluate import evaluation
from fanpin_risk.workflows.final_fold import Opening, final_fold, headline, record_opening
from fanpin_risk.workflows.reading import read_project, setting_of
from fanpin_risk.workflows.regimes import check_regimes
from fanpin_risk.workflows.results import (
    manifest,
    write_manifest,
    write_parquet,
    write_plan,
    write_quarantine,
    write_scoring,
)
from fanpin_risk.workflows.score import Scoring, score
from fanpin_risk.workflows.telling import card_text
from fanpin_risk.workflows.train import (
    CARD_FILE,
    PROJECT_FILE,
    project_of_model,
    project_text,
    train,
)
from fanpin_risk.workflows.tune import Trial, tune, tune_settings

__all__ = [
    "days_needed",
    "read_project",
    "run_backtest",
    "run_final_fold",
    "run_findings",
    "run_indicators",
    "run_plan",
    "run_score",
    "run_train",
    "run_tune",
    "setting_of",
]

Step = Callable[[str, str], None]


def days_needed(setting: Setting, configuration: Configuration) -> list[date]:
    """Days of visits that backtest and training look at."""
    last = max(configuration.backtest.outcomes_until, day_before(configuration.score_as_of))
    return days_until(setting, last)


def run_backtest(project: Project, folder: Path, *, n_threads: int, step: Step) -> dict[str, Any]:
    """Evaluate over rolling origins, and write ``metrics.json``."""
    require_place(folder)
    configuration = project.configuration
    _, setting = read_project(project, step)
    wanted = days_until(setting, configuration.backtest.outcomes_until)
    check_regimes(setting, wanted)
    days = build_days(setting, wanted, lambda at: step("indicators", at))
    predictions = backtest(
        setting, configuration, days, n_threads=n_threads, progress=lambda at: step("backtest", at)
    )
    metrics = evaluation(
        predictions, configuration.backtest, progress=lambda at: step("evaluate", at)
    )
    with folder_written_whole(folder) as new:
        write_json(new / "metrics.json", metrics)
        write_parquet(predictions.table, new / "predictions.parquet")
    return metrics


def run_train(
    project: Project, folder: Path, *, as_of: date, n_threads: int, step: Step
) -> StoredModel:
    """Train on what was known before a day, and write the model's folder."""
    require_place(folder)
    _, setting = read_project(project, step)
    wanted = days_until(setting, day_before(as_of))
    check_regimes(setting, [*wanted, as_of])
    days = build_days(setting, wanted, lambda at: step("indicators", at))
    step("train", str(as_of))
    model = train(setting, project.configuration, as_of=as_of, n_threads=n_threads, days=days)
    texts = {PROJECT_FILE: project_text(project), CARD_FILE: card_text(project, model, None)}
    model.save(folder, texts=texts)
    return model


def run_score(
    model_folder: Path,
    files: Sequence[Path],
    folder: Path,
    *,
    as_of: date,
    standards: Sequence[Path] | None,
    n_threads: int,
    step: Step,
) -> dict[str, Any]:
    """Score a file's households visited on a day, and write every result; returns the manifest."""
    require_place(folder)
    project, model = _stored(model_folder, standards)
    read, setting = read_project(project, step, files)
    check_regimes(setting, [*learnt_days(project.configuration), as_of])
    step("score", str(as_of))
    scoring = score(setting, project.configuration, model, as_of=as_of, n_threads=n_threads)
    content = _manifest(project, read, scoring, model)
    step("write", "")
    with folder_written_whole(folder) as new:
        write_scoring(new, scoring, project.configuration)
        write_quarantine(new, read)
        write_manifest(new, content)
    return content


def run_plan(
    model_folder: Path,
    files: Sequence[Path],
    folder: Path,
    *,
    as_of: date,
    standards: Sequence[Path] | None,
    n_threads: int,
    step: Step,
    visits_per_team: int | None,
    audit_share: float | None,
    seed: int | None,
) -> dict[str, Any]:
    """Draw up the plan with other settings, and write it alone; returns the manifest."""
    require_place(folder)
    project, model = _stored(model_folder, standards)
    changed = project.configuration.plan.model_dump()
    if visits_per_team is not None:
        changed |= {"visits_per_team": visits_per_team, "capacity_share_of_cohort": None}
    if audit_share is not None:
        changed["audit_share"] = audit_share
    if seed is not None:
        changed["seed"] = seed
    settings = settings_from(changed, PlanSettings, where="fanpin-risk plan")
    read, setting = read_project(project, step, files)
    check_regimes(setting, [*learnt_days(project.configuration), as_of])
    step("score", str(as_of))
    # a plan alone says nothing of why risks changed
    configuration = project.configuration.model_copy(update={"changes": None})
    scoring = score(setting, configuration, model, as_of=as_of, n_threads=n_threads, plan=settings)
    content = _manifest(project, read, scoring, model) | {"plan_settings": changed}
    step("write", "")
    with folder_written_whole(folder) as new:
        write_plan(new, scoring, project.configuration)
        write_manifest(new, content)
    return content


def run_findings(project: Project, household: str, *, as_of: date, step: Step) -> pl.DataFrame:
    """What every rule says about one household, as the last records of it known on a day have it.

    Raises
    ------
    SchemaError
        If the household is not on record by then.
    """
    _, setting = read_project(project, step)
    return setting.basis.answers_of_one(setting.records, household, as_of)


def run_indicators(project: Project, output: Path, *, as_of: date, step: Step) -> tuple[int, int]:
    """Build every indicator of everybody who could be asked about; returns rows and columns.

    Raises
    ------
    AsOfError
        If there is nobody on that day.
    """
    _, setting = read_project(project, step)
    step("indicators", str(as_of))
    now = situation(setting, as_of)
    everybody = visited_on(setting, now).select("household_id")
    if everybody.height == 0:
        raise AsOfError(setting.basis.nobody(setting.records, as_of))
    table = setting.basis.features(now, nw.from_native(everybody, eager_only=True))
    write_whole(output, lambda path: write_parquet(table, path))
    return table.height, table.width - 1


def run_final_fold(
    project: Project, folder: Path, opening: Opening, *, n_threads: int, step: Step
) -> dict[str, Any]:
    """Open the final fold, put the opening on record, and write its measures."""
    require_place(folder)
    _, setting = read_project(project, step)
    result = final_fold(
        setting,
        project.configuration,
        n_threads=n_threads,
        progress=lambda at: step("final-fold", at),
    )
    assert project.final_fold_record is not None
    record_opening(project.final_fold_record, opening, headline(result))
    with folder_written_whole(folder) as new:
        write_json(new / "metrics.json", result)
    return result


def run_tune(project: Project, *, n_threads: int, step: Step) -> list[Trial]:
    """Try settings inside the development period."""
    tune_settings(project.configuration)
    _, setting = read_project(project, step)
    wanted = days_until(setting, project.configuration.backtest.outcomes_until)
    days = build_days(setting, wanted, lambda at: step("indicators", at))
    return tune(
        setting,
        project.configuration,
        days,
        n_threads=n_threads,
        progress=lambda at: step("tune", at),
    )


def learnt_days(configuration: Configuration) -> list[date]:
    """Decision days that a register's model was learnt on; a survey's are its days of visits."""
    cohort = configuration.cohort
    if not isinstance(cohort, FlowSettings):
        return []
    return [day for day in cohort.decision_days.days() if day < configuration.score_as_of]


def _stored(folder: Path, standards: Sequence[Path] | None) -> tuple[Project, StoredModel]:
    """Read a model with the project it was trained in; other standards may take their place."""
    model = StoredModel.load(folder)
    project = project_of_model(folder)
    if standards:
        where = ", ".join(str(path) for path in standards)
        found = standards_for(project.configuration, standards, where=where)
        project = replace(project, standards=found)
    return project, model


def _manifest(
    project: Project, read: ReadResult, scoring: Scoring, model: StoredModel
) -> dict[str, Any]:
    """Manifest of a scoring that is not part of a run."""
    return manifest(
        project, read, scoring, model_version=model.model_version, timings_seconds={}, extra={}
    )
