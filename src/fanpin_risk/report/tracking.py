"""Keeping runs in MLflow: what went in, what came out, and the model, in a store on this machine.

MLflow takes seconds to import, so it is imported inside the functions, after its telemetry has been
switched off. Everything goes through a client that is told its store: no global state of MLflow is
changed, and no run of the caller's is touched.
"""

from __future__ import annotations

import errno
import json
import logging
import math
import os
import re
import shutil
import socket
import sqlite3
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import polars as pl
from pydantic import Field

from fanpin_risk.errors import FanpinRiskError, InputFileError, OutputError
from fanpin_risk.risk.artifact import StoredModel
from fanpin_risk.settings import Settings

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModel


GENERAL_FILES = ("metrics.json", "report.html", "rules.parquet")
"""Result files that hold nobody's data."""
RESULT_FILES = (*GENERAL_FILES, "visit_plan.*")
"""Result files that a run keeps; lists of households stay out of a store on a server."""

Alias = Literal["champion", "candidate", ""]

_OWNER = "fanpin_risk.process"
_QUIET = {
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",  # else a server that is down is asked for minutes
}
_MAX_TEXT = 6000  # MLflow's limit for a parameter
_BATCH = 100  # MLflow's limit for parameters and tags in one call


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


def telemetry_off() -> None:
    """Switch MLflow's telemetry off in this process; only of use before MLflow is imported."""
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ["DO_NOT_TRACK"] = "true"


def store_address(store: Path, tracking_uri: str | None) -> str:
    """Address for MLflow: the one given, else a SQLite file in the store's folder.

    Examples
    --------
    >>> store_address(Path("/data/mlflow"), None)
    'sqlite:////data/mlflow/mlflow.db'
    >>> store_address(Path("/data/mlflow"), "https://mlflow.example.org")
    'https://mlflow.example.org'
    """
    return tracking_uri or f"sqlite:///{store.resolve() / 'mlflow.db'}"


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
    patterns = include if _is_local(tracking_uri) else [p for p in include if p in GENERAL_FILES]
    found = {path.name: path for pattern in patterns for path in sorted(folder.glob(pattern))}
    for name, path in (figures or {}).items():
        if not path.is_file():
            raise InputFileError(f"The figure {name!r} is not at {path}. Draw it first.")
        found[f"figures/{_key(name)}{path.suffix}"] = path
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
    address = store_address(store, tracking_uri)
    telemetry_off()
    with _quiet(), _store_errors(address):
        client, experiment_id = _open(store, tracking_uri, settings.experiment)
        _mark_abandoned(client, experiment_id)
        tags = {f"dataset.{_key(name)}.sha256": digest for name, digest in digests.items()}
        if model is not None:
            tags |= {"model_version": model.model_version, "estimand": model.estimand}
        with _run(client, experiment_id, run_name, tags) as run_id:
            _log_values(client, run_id, parameters, metrics)
            _log_inputs(client, run_id, digests)
            for origin in origins:
                _log_origin(client, experiment_id, run_id, origin)
            _log_files(client, run_id, files)
            number: str | None = None
            alias: Alias = ""
            if model is not None:
                logged = _log_model(client, experiment_id, run_id, model, input_example)
                number = _register(client, settings.registered_model, logged)
                alias = _move_alias(client, settings.registered_model, number, promote=promote)
    return TrackedRun(
        run_id=run_id,
        experiment_id=experiment_id,
        model_version_number=number,
        alias=alias,
        tracking_uri=_without_password(address),
    )


def _open(store: Path, tracking_uri: str | None, experiment: str) -> tuple[MlflowClient, str]:
    """Open the store, and the experiment in it."""
    address = store_address(store, tracking_uri)
    if tracking_uri is None:
        _check_database(store.resolve() / "mlflow.db")
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=address, registry_uri=address)
    place = (store.resolve() / "artifacts").as_uri() if _is_local(tracking_uri) else None
    found = client.get_experiment_by_name(experiment)
    if found is None:
        return client, client.create_experiment(experiment, artifact_location=place)
    if tracking_uri is None and found.artifact_location != place:
        raise OutputError(
            f"The MLflow store {_without_password(address)} was moved: its artefacts belong in "
            f"{found.artifact_location}. Move it back, or rename mlflow.db to begin a new store."
        )
    return client, str(found.experiment_id)


def _check_database(path: Path) -> None:
    """Refuse at once what MLflow would try for minutes: a damaged or locked database."""
    if {"%", "?"} & set(str(path)):
        raise OutputError(f"MLflow cannot keep a store at {path}, for its % or ?. Name another.")
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path, timeout=3)) as database:
        database.execute("PRAGMA schema_version").fetchone()
        database.execute("BEGIN IMMEDIATE")
        database.rollback()


@contextmanager
def _run(
    client: MlflowClient, experiment_id: str, name: str, tags: Mapping[str, str]
) -> Iterator[str]:
    """Give the id of a new run; it ends as finished or, after any error, as failed."""
    own = {_OWNER: f"{socket.gethostname()}:{os.getpid()}"}
    run = client.create_run(experiment_id, tags={**tags, **own}, run_name=name)
    try:
        yield run.info.run_id
    except BaseException:
        with suppress(Exception):  # what went wrong first is what must be told
            client.set_terminated(run.info.run_id, "FAILED")
        raise
    client.set_terminated(run.info.run_id, "FINISHED")


def _mark_abandoned(client: MlflowClient, experiment_id: str) -> None:
    """Mark runs as failed whose process, on this machine, no longer lives."""
    host = socket.gethostname()
    for run in client.search_runs([experiment_id], "attributes.status = 'RUNNING'"):
        owner, _, process = run.data.tags.get(_OWNER, "").rpartition(":")
        if owner == host and process.isdigit() and not _is_alive(int(process)):
            client.set_terminated(run.info.run_id, "FAILED")


def _log_values(
    client: MlflowClient,
    run_id: str,
    parameters: Mapping[str, Any],
    metrics: Mapping[str, float | None],
) -> None:
    """Log parameters and numbers, in batches as large as MLflow takes."""
    from mlflow.entities import Metric, Param

    now = int(time.time() * 1000)
    texts = [Param(_key(name), _text(value)) for name, value in _flat(parameters)]
    numbers = [Metric(_key(name), value, now, 0) for name, value in _finite(metrics)]
    for start in range(0, len(texts), _BATCH):
        client.log_batch(run_id, params=texts[start : start + _BATCH])
    for start in range(0, len(numbers), _BATCH):
        client.log_batch(run_id, metrics=numbers[start : start + _BATCH])


def _log_inputs(client: MlflowClient, run_id: str, digests: Mapping[str, str]) -> None:
    """Log the inputs; MLflow's digest holds 36 characters, the tags hold all."""
    from mlflow.entities import Dataset, DatasetInput

    inputs = [
        DatasetInput(
            Dataset(
                name=name,
                digest=digest[:36],
                source_type="file",
                source=json.dumps({"name": name, "sha256": digest}, ensure_ascii=False),
            )
        )
        for name, digest in digests.items()
    ]
    if inputs:
        client.log_inputs(run_id, inputs)


def _log_origin(
    client: MlflowClient, experiment_id: str, parent_id: str, origin: Mapping[str, Any]
) -> None:
    """Log one origin as a child run."""
    as_of = str(origin["as_of"])
    values = {key: value for key, value in origin.items() if isinstance(value, int | float)}
    for method, measures in origin.get("methods", {}).items():
        values |= {f"{method}.{measure}": value for measure, value in measures.items()}
    with _run(client, experiment_id, as_of, {"mlflow.parentRunId": parent_id}) as run_id:
        _log_values(client, run_id, {"as_of": as_of}, values)


def _log_files(client: MlflowClient, run_id: str, files: Mapping[str, Path]) -> None:
    """Log files under the names they shall have."""
    with tempfile.TemporaryDirectory() as folder:
        for name, path in files.items():
            target = Path(folder) / name
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(path, target)
        client.log_artifacts(run_id, folder)


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


def _register(client: MlflowClient, name: str, logged: LoggedModel) -> str:
    """Register the model as the next version; return its number."""
    from mlflow.exceptions import MlflowException

    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    version = client.create_model_version(
        name,
        source=logged.artifact_location,  # models:/ would be looked up in MLflow's global store
        run_id=logged.source_run_id,
        tags=logged.tags,
        model_id=logged.model_id,
    )
    return str(version.version)


def _move_alias(client: MlflowClient, name: str, number: str, *, promote: bool) -> Alias:
    """Name the new version: champion when there is none or when asked, else candidate."""
    has_champion = "champion" in client.get_registered_model(name).aliases
    alias: Alias = "candidate" if has_champion and not promote else "champion"
    client.set_registered_model_alias(name, alias, number)
    return alias


def _is_local(tracking_uri: str | None) -> bool:
    """Whether artefacts are written by this process to a folder, not by a server."""
    return not (tracking_uri or "").startswith(("http", "databricks", "uc"))


def _flat(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Nested settings as pairs, names joined by full stops."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def _finite(metrics: Mapping[str, float | None]) -> Iterator[tuple[str, float]]:
    """Pairs that MLflow can keep: numbers that are known and finite."""
    for name, value in metrics.items():
        if value is not None and math.isfinite(value):
            yield name, float(value)


def _key(name: str) -> str:
    """Spell a name in the characters that MLflow allows.

    >>> _key("precision_at_must+2%")
    'precision_at_must_plus_2pct'
    """
    return re.sub(r"[^\w.\- ]", "_", name.replace("%", "pct").replace("+", "_plus_"))


def _text(value: Any) -> str:
    """Parameter as text, cut to MLflow's limit."""
    text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= _MAX_TEXT else text[: _MAX_TEXT - 1] + "…"


def _is_alive(process: int) -> bool:
    """Whether a process of this number runs on this machine."""
    try:
        os.kill(process, 0)
    except OSError as error:
        return error.errno != errno.ESRCH
    return True


def _without_password(text: str) -> str:
    """Hide the password of every address in a text.

    >>> _without_password("postgresql://fanpin:secret@db/mlflow")
    'postgresql://fanpin:***@db/mlflow'
    """
    return re.sub(r"(://[^/@:\s]*):[^/@\s]*@", r"\1:***@", text)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what MLflow says of its own inner life off the screen."""
    changed = {name: value for name, value in _QUIET.items() if name not in os.environ}
    os.environ.update(changed)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*(Any type hint|Add type hints)", UserWarning)
        warnings.filterwarnings("ignore", "Operation with range is deprecated")
        warnings.filterwarnings("ignore", "The ``noload`` loader strategy is deprecated")
        import mlflow.pyfunc  # noqa: F401  sets the levels of its loggers when it is imported

        levels = {name: logging.getLogger(name).level for name in ("mlflow", "alembic")}
        try:
            for name in levels:
                logging.getLogger(name).setLevel(logging.WARNING)
            yield
        finally:
            for name, level in levels.items():
                logging.getLogger(name).setLevel(level)
            for name in changed:
                del os.environ[name]


@contextmanager
def _store_errors(address: str) -> Iterator[None]:
    """Turn what MLflow and its database say into one clear line that names the store."""
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except FanpinRiskError:
        raise
    except (MlflowException, SQLAlchemyError, sqlite3.Error, OSError) as error:
        found = _without_password(f"{address} cannot be used: {_reason(error)}")
        raise OutputError(
            f"The MLflow store {found}. The result files are whole; mend the store, or name "
            "another, and run again."
        ) from error


def _reason(error: Exception) -> str:
    """First line of an error, short."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}"
    return (str(error).splitlines() or [type(error).__name__])[0][:300].rstrip(".")
