"""MLflow's store: opened, checked and quietened; runs begun and ended, values and files logged.

Everything goes through a client that is told its store: no global state of MLflow is changed, and
no run of the caller's is touched. MLflow is imported inside the functions, because it takes seconds
and reads the switch of its telemetry when it is imported.
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
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fanpin_risk.errors import FanpinRiskError, OutputError

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModel

_OWNER = "fanpin_risk.process"
_QUIET = {
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",  # else a server that is down is asked for minutes
}
_MAX_TEXT = 6000  # MLflow's limit for a parameter
_BATCH = 100  # MLflow's limit for parameters and tags in one call


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


@contextmanager
def opened_store(
    store: Path, tracking_uri: str | None, experiment: str
) -> Iterator[tuple[MlflowClient, str]]:
    """Give a client of the store and the experiment's id, with MLflow quiet until the end.

    Runs whose process was killed are marked as failed first.

    Parameters
    ----------
    store
        Folder of the local store; made when it is not there.
    tracking_uri
        Address of another store, or None.
    experiment
        Name of the experiment; made when it is not there.

    Raises
    ------
    OutputError
        Naming the store without its password, if it cannot be used, now or in the body.
    """
    telemetry_off()
    with _quiet(), _store_errors(store_address(store, tracking_uri)):
        client, experiment_id = _open(store, tracking_uri, experiment)
        _mark_abandoned(client, experiment_id)
        yield client, experiment_id


@contextmanager
def run_of(
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


def log_values(
    client: MlflowClient,
    run_id: str,
    parameters: Mapping[str, Any],
    metrics: Mapping[str, float | None],
) -> None:
    """Log parameters and numbers, in batches as large as MLflow takes."""
    from mlflow.entities import Metric, Param

    now = int(time.time() * 1000)
    texts = [Param(mlflow_name(name), _text(value)) for name, value in _flat(parameters)]
    numbers = [Metric(mlflow_name(name), value, now, 0) for name, value in _finite(metrics)]
    for start in range(0, len(texts), _BATCH):
        client.log_batch(run_id, params=texts[start : start + _BATCH])
    for start in range(0, len(numbers), _BATCH):
        client.log_batch(run_id, metrics=numbers[start : start + _BATCH])


def log_inputs(client: MlflowClient, run_id: str, digests: Mapping[str, str]) -> None:
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


def log_files(client: MlflowClient, run_id: str, files: Mapping[str, Path]) -> None:
    """Log files under the names they shall have."""
    with tempfile.TemporaryDirectory() as folder:
        for name, path in files.items():
            target = Path(folder) / name
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(path, target)
        client.log_artifacts(run_id, folder)


def register(client: MlflowClient, name: str, logged: LoggedModel) -> str:
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


def is_local(tracking_uri: str | None) -> bool:
    """Whether artefacts are written by this process to a folder, not by a server."""
    return not (tracking_uri or "").startswith(("http", "databricks", "uc"))


def mlflow_name(name: str) -> str:
    """Spell a name in the characters that MLflow allows.

    >>> mlflow_name("precision_at_must+2%")
    'precision_at_must_plus_2pct'
    """
    return re.sub(r"[^\w.\- ]", "_", name.replace("%", "pct").replace("+", "_plus_"))


def without_password(text: str) -> str:
    """Hide the password of every address in a text.

    >>> without_password("postgresql://fanpin:secret@db/mlflow")
    'postgresql://fanpin:***@db/mlflow'
    """
    return re.sub(r"(://[^/@:\s]*):[^/@\s]*@", r"\1:***@", text)


def _open(store: Path, tracking_uri: str | None, experiment: str) -> tuple[MlflowClient, str]:
    """Open the store, and the experiment in it."""
    address = store_address(store, tracking_uri)
    if tracking_uri is None:
        _check_database(store.resolve() / "mlflow.db")
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=address, registry_uri=address)
    place = (store.resolve() / "artifacts").as_uri() if is_local(tracking_uri) else None
    found = client.get_experiment_by_name(experiment)
    if found is None:
        return client, client.create_experiment(experiment, artifact_location=place)
    if tracking_uri is None and found.artifact_location != place:
        raise OutputError(
            f"The MLflow store {without_password(address)} was moved: its artefacts belong in "
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


def _mark_abandoned(client: MlflowClient, experiment_id: str) -> None:
    """Mark runs as failed whose process, on this machine, no longer lives."""
    host = socket.gethostname()
    for run in client.search_runs([experiment_id], "attributes.status = 'RUNNING'"):
        owner, _, process = run.data.tags.get(_OWNER, "").rpartition(":")
        if owner == host and process.isdigit() and not _is_alive(int(process)):
            client.set_terminated(run.info.run_id, "FAILED")


def _is_alive(process: int) -> bool:
    """Whether a process of this number runs on this machine."""
    try:
        os.kill(process, 0)
    except OSError as error:
        return error.errno != errno.ESRCH
    return True


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


def _text(value: Any) -> str:
    """Parameter as text, cut to MLflow's limit."""
    text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= _MAX_TEXT else text[: _MAX_TEXT - 1] + "…"


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

        requirements = logging.getLogger("mlflow.utils.requirements_utils")
        levels = {name: logging.getLogger(name).level for name in ("mlflow", "alembic")}
        try:
            for name in levels:
                logging.getLogger(name).setLevel(logging.WARNING)
            requirements.addFilter(_is_worth_saying)
            yield
        finally:
            requirements.removeFilter(_is_worth_saying)
            for name, level in levels.items():
                logging.getLogger(name).setLevel(level)
            for name in changed:
                del os.environ[name]


def _is_worth_saying(record: logging.LogRecord) -> bool:
    """Whether MLflow misses more than this very package, which need not be installed to run."""
    text = record.getMessage()
    missed = [line for line in text.splitlines() if line.startswith(" - ")]
    is_own = [line.startswith(" - fanpin-risk (current: uninstalled") for line in missed]
    return not (text.startswith("Detected one or more mismatches") and is_own == [True])


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
        found = without_password(f"{address} cannot be used: {_reason(error)}")
        raise OutputError(
            f"The MLflow store {found}. Earlier results are unchanged; mend the store, or name "
            "another, and run again."
        ) from error


def _reason(error: Exception) -> str:
    """First line of an error, short."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}"
    return (str(error).splitlines() or [type(error).__name__])[0][:300].rstrip(".")
