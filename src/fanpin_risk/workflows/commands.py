"""What each command does between reading its files and writing its results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import narwhals as nw
import polars as pl

from fanpin_risk.config import Configuration, Project, check_standards
from fanpin_risk.dates import day_of
from fanpin_risk.errors import AsOfError, SchemaError
from fanpin_risk.indicators.build import build_indicators
from fanpin_risk.provenance import (
    folder_written_whole,
    require_place,
    write_json,
    write_whole,
)
from fanpin_risk.records.read import ReadResult, read_records, read_store
from fanpin_risk.records.store import Store
from fanpin_risk.risk.artifact import StoredModel
from fanpin_risk.settings import settings_from
from fanpin_risk.standards.parameters import Standards
from fanpin_risk.standards.rules import rule_answers
from fanpin_risk.targeting.plan import PlanSettings
from fanpin_risk.workflows.backtest import backtest
from fanpin_risk.workflows.days import (
    Setting,
    build_days,
    day_before,
    decision_days,
    situation,
    visited_on,
)
from fanpin_risk.workflows.evaluate import evaluation
from fanpin_risk.workflows.final_fold import Opening, final_fold, headline, record_opening
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

Step = Callable[[str, str], None]


def setting_of(project: Project, read: ReadResult) -> Setting:
    """What days are built with."""
    return Setting(
        records=read.records,
        standards=project.standards,
        cohort=project.configuration.cohort,
        need_line=project.configuration.need_line,
    )


def read_project(
    project: Project, step: Step, files: Sequence[Path] | None = None
) -> tuple[ReadResult, Setting]:
    """Read the project's records, or others of its kind; and what days are built with.

    ``files`` may be one folder: a store.
    """
    step("read", "")
    wanted = project.files if files is None else files
    folder = project.store if files is None else _store_among(files)
    if folder is not None:
        counties = project.configuration.records.counties
        read = read_store(Store(folder), counties=counties)
    else:
        read = read_records(project.source, wanted)
    return read, setting_of(project, read)


def _store_among(files: Sequence[Path]) -> Path | None:
    """Return the store that was named in the place of files."""
    return files[0] if len(files) == 1 and (files[0] / "store.json").exists() else None


def days_needed(setting: Setting, configuration: Configuration) -> list[date]:
    """Days of visits that backtest and training look at."""
    last = max(configuration.backtest.outcomes_until, day_before(configuration.score_as_of))
    return decision_days(setting.records, until=last)


def run_backtest(project: Project, folder: Path, *, n_threads: int, step: Step) -> dict[str, Any]:
    """Evaluate over rolling origins, and write ``metrics.json``."""
    require_place(folder)
    configuration = project.configuration
    _, setting = read_project(project, step)
    wanted = decision_days(setting.records, until=configuration.backtest.outcomes_until)
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
    wanted = decision_days(setting.records, until=day_before(as_of))
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
    standards: Path | None,
    n_threads: int,
    step: Step,
) -> dict[str, Any]:
    """Score a file's households visited on a day, and write every result; returns the manifest."""
    require_place(folder)
    project, model = _stored(model_folder, standards)
    read, setting = read_project(project, step, files)
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
    standards: Path | None,
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
    step("score", str(as_of))
    scoring = score(
        setting, project.configuration, model, as_of=as_of, n_threads=n_threads, plan=settings
    )
    content = _manifest(project, read, scoring, model) | {"plan_settings": changed}
    step("write", "")
    with folder_written_whole(folder) as new:
        write_plan(new, scoring, project.configuration)
        write_manifest(new, content)
    return content


def run_findings(project: Project, household: str, *, as_of: date, step: Step) -> pl.DataFrame:
    """What every rule says about one household on its latest visit known on a day.

    Raises
    ------
    SchemaError
        If the household has no visit by then.
    """
    _, setting = read_project(project, step)
    now = situation(setting, as_of)
    asked = nw.from_native(pl.DataFrame({"household_id": [household]}), eager_only=True)
    visits = now.account.filter(nw.col("household_id") == household)["occurred_day"]
    if len(visits) == 0:
        raise SchemaError(
            f"No visit of household {household!r} was known on {as_of}. Check number and day."
        )
    return rule_answers(now.known, now.lines, setting.standards, asked, day_of(int(visits.max())))


def run_indicators(project: Project, output: Path, *, as_of: date, step: Step) -> tuple[int, int]:
    """Build every indicator of everybody visited on a day; returns rows and columns.

    Raises
    ------
    AsOfError
        If nobody was visited on that day.
    """
    _, setting = read_project(project, step)
    step("indicators", str(as_of))
    now = situation(setting, as_of)
    everybody = visited_on(setting, now).select("household_id")
    if everybody.height == 0:
        raise AsOfError(f"Nobody was visited on {as_of}. Choose a day of visits.")
    table = build_indicators(
        now.known,
        now.account,
        nw.from_native(everybody, eager_only=True),
        horizon_months=setting.cohort.horizon_months,
    )
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
    wanted = decision_days(setting.records, until=project.configuration.backtest.outcomes_until)
    days = build_days(setting, wanted, lambda at: step("indicators", at))
    return tune(
        setting,
        project.configuration,
        days,
        n_threads=n_threads,
        progress=lambda at: step("tune", at),
    )


def _stored(folder: Path, standards: Path | None) -> tuple[Project, StoredModel]:
    """Read a model with the project it was trained in; other standards may take their place."""
    model = StoredModel.load(folder)
    project = project_of_model(folder)
    if standards is not None:
        found = Standards.load(standards)
        check_standards(found, project.configuration, where=str(standards))
        project = Project(
            configuration=project.configuration, source=project.source, standards=found, files=()
        )
    return project, model


def _manifest(
    project: Project, read: ReadResult, scoring: Scoring, model: StoredModel
) -> dict[str, Any]:
    """Manifest of a scoring that is not part of a run."""
    return manifest(
        project, read, scoring, model_version=model.model_version, timings_seconds={}, extra={}
    )
