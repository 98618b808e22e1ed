"""Keeping runs in MLflow: what went in, what came out, and the model, in a store on this machine.

This module says what is kept of a run; `mlflow_store` does the keeping. MLflow takes seconds to
import, so it is imported inside the functions, after its telemetry has been switched off.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import polars as pl
from pydantic import Field

from fanpin_risk.errors import InputFileError
from fanpin_risk.report.mlflow_store import (
    is_local,
    log_files,
    log_inputs,
    log_values,
    mlflow_name,
    opened_store,
    register,
    run_of,
    store_address,
    telemetry_off,
    without_password,
)
from fanpin_risk.risk.artifact import StoredModel
from fanpin_risk.settings import Settings

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModel

__all__ = [
    "GENERAL_FILES",
    "RESULT_FILES",
    "Alias",
    "TrackedRun",
    "TrackingSettings",
    "kept_files",
    "store_address",
    "telemetry_off",
    "track_run",
]

GENERAL_FILES = ("metrics.json", "report.html", "rules.parquet")
"""Result files that hold nobody's data."""
RESULT_FILES = (*GENERAL_FILES, "visit_plan.*")
"""Result files that a run keeps; lists of households stay out of a store on a server."""

Alias = Literal["champion", "candidate", ""]
Name = Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]


class TrackingSettings(Settings):
    """Names in the MLflow store."""

    experiment: Name
    registered_model: Name


@dataclass(frozen=True, kw_only=True)
class TrackedRun:
    """Where a run is kept.

    ``model_version_number`` is the registry's number (None, and ``alias`` empty, without a model);
    it depends on the store's history and belongs in no result file that must come out the same
    twice. ``tracking_uri`` shows no password.
    """

    run_id: str
    experiment_id: str
    model_version_number: str | None
    alias: Alias
    tracking_uri: str


def kept_files(
    folder: Path,
    figures: Mapping[str, Path] | None,
    *,
    include: Sequence[str] = RESULT_FILES,
    tracking_uri: str | None = None,
) -> dict[str, Path]:
    """Files to keep with a run, by the names they get there; figures lie in ``figures/``.

    Parameters
    ----------
    folder
        Folder of result files.
    figures
        Pictures by name.
    include
        Patterns of the result files to keep; what is not there is left out.
    tracking_uri
        Where they go. To a server only files of `GENERAL_FILES` go: lists of households stay here.

    Raises
    ------
    InputFileError
        If ``folder`` is no folder, or a figure is missing.
    """
    if not folder.is_dir():
        raise InputFileError(f"{folder}: no such folder of results, so there is nothing to keep.")
    patterns = include if is_local(tracking_uri) else [p for p in include if p in GENERAL_FILES]
    found = {path.name: path for pattern in patterns for path in sorted(folder.glob(pattern))}
    for name, path in (figures or {}).items():
        if not path.is_file():
            raise InputFileError(f"The figure {name!r} is not at {path}. Draw it first.")
        found[f"figures/{mlflow_name(name)}{path.suffix}"] = path
    return found


def track_run(
    *,
    settings: TrackingSettings,
    store: Path,
    tracking_uri: str | None,
    run_name: str,
    parameters: Mapping[str, Any],
    metrics: Mapping[str, float | None],
    origins: Sequence[Mapping[str, Any]],
    artifacts: Path,
    figures: Mapping[str, Path] | None,
    digests: Mapping[str, str],
    model: StoredModel | None,
    input_example: pl.DataFrame | None,
    promote: bool,
    include: Sequence[str] = RESULT_FILES,
) -> TrackedRun:
    """Keep one run: a parent with a child for each origin, and the model in the registry.

    Parameters
    ----------
    settings
        Names of the experiment and of the registered model.
    store
        Folder of the local store; made when it is not there. Artefacts lie in its ``artifacts``,
        also when ``tracking_uri`` names a database; a server keeps them itself.
    tracking_uri
        Address of another store (``MLFLOW_TRACKING_URI``), or None.
    run_name
        The parent's name.
    parameters
        Settings; nested ones get names joined by full stops.
    metrics
        Numbers of the whole run; None, NaN and infinite ones are left out. ``%`` and ``+``, which
        MLflow does not allow in a name, become ``pct`` and ``_plus_``.
    origins
        As in ``metrics.json``: ``as_of``, counts, and under ``methods`` each method's measures,
        which are kept as ``<method>.<measure>``.
    artifacts
        Folder of result files.
    figures
        Pictures by name.
    digests
        SHA-256 of each input, by name; kept as tags and as the run's inputs.
    model
        The model to register, or None.
    input_example
        Made-up rows that are kept with the model; when None, some are made up. Never a household's.
    promote
        Whether the model becomes the champion although there is one.
    include
        Patterns of the files of ``artifacts`` to keep, as in `kept_files`.

    Returns
    -------
    TrackedRun

    Raises
    ------
    OutputError
        Naming the store, if it cannot be written; the parent run is then marked as failed, and no
        alias has moved. A run whose process was killed is marked as failed by the next one.
    InputFileError
        If ``artifacts`` is no folder, or a figure is missing.
    ModelError
        If the input example does not fit the model.
    """
    files = kept_files(artifacts, figures, include=include, tracking_uri=tracking_uri)
    tags = {f"dataset.{mlflow_name(name)}.sha256": digest for name, digest in digests.items()}
    if model is not None:
        tags |= {"model_version": model.model_version, "estimand": model.estimand}
    with (
        opened_store(store, tracking_uri, settings.experiment) as (client, experiment_id),
        run_of(client, experiment_id, run_name, tags) as run_id,
    ):
        log_values(client, run_id, parameters, metrics)
        log_inputs(client, run_id, digests)
        for origin in origins:
            _log_origin(client, experiment_id, run_id, origin)
        log_files(client, run_id, files)
        number: str | None = None
        alias: Alias = ""
        if model is not None:
            logged = _log_model(client, experiment_id, run_id, model, input_example)
            number = register(client, settings.registered_model, logged)
            alias = _move_alias(client, settings.registered_model, number, promote=promote)
    return TrackedRun(
        run_id=run_id,
        experiment_id=experiment_id,
        model_version_number=number,
        alias=alias,
        tracking_uri=without_password(store_address(store, tracking_uri)),
    )


def _log_origin(
    client: MlflowClient, experiment_id: str, parent_id: str, origin: Mapping[str, Any]
) -> None:
    """Log one origin as a child run."""
    as_of = str(origin["as_of"])
    values = {key: value for key, value in origin.items() if isinstance(value, int | float)}
    for method, measures in origin.get("methods", {}).items():
        values |= {f"{method}.{measure}": value for measure, value in measures.items()}
    with run_of(client, experiment_id, as_of, {"mlflow.parentRunId": parent_id}) as run_id:
        log_values(client, run_id, {"as_of": as_of}, values)


def _log_model(
    client: MlflowClient,
    experiment_id: str,
    run_id: str,
    model: StoredModel,
    example: pl.DataFrame | None,
) -> LoggedModel:
    """Log the model as an output of the run."""
    from mlflow.entities import LoggedModelOutput

    from fanpin_risk.report.served import save_served

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "model"
        save_served(model, folder, example=example, run_id=run_id)
        logged = client.create_logged_model(
            experiment_id,
            name="risk_model",
            source_run_id=run_id,
            tags={"model_version": model.model_version},
        )
        client.log_outputs(run_id, [LoggedModelOutput(logged.model_id, step=0)])
        client.log_model_artifacts(logged.model_id, str(folder))
    client.finalize_logged_model(logged.model_id, "READY")
    return logged


def _move_alias(client: MlflowClient, name: str, number: str, *, promote: bool) -> Alias:
    """Name the new version: champion when there is none or when asked, else candidate."""
    has_champion = "champion" in client.get_registered_model(name).aliases
    alias: Alias = "candidate" if has_champion and not promote else "champion"
    client.set_registered_model_alias(name, alias, number)
    return alias
