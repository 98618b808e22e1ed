"""Reading a project's records, wherever they come from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from fanpin_risk.config import Project
from fanpin_risk.errors import ConfigError
from fanpin_risk.records.read import ReadResult, read_records, read_store
from fanpin_risk.records.store import Store
from fanpin_risk.records.tables import RECORDS, read_tables
from fanpin_risk.workflows.basis import basis_of
from fanpin_risk.workflows.county import simulated_tables
from fanpin_risk.workflows.days import Setting

Step = Callable[[str, str], None]


def setting_of(project: Project, read: ReadResult) -> Setting:
    """What days are built with."""
    return Setting(
        records=read.records,
        standards=project.standards,
        cohort=project.configuration.cohort,
        need_line=project.configuration.need_line,
        basis=basis_of(project.configuration, project.standards),
    )


def read_project(
    project: Project,
    step: Step,
    files: Sequence[Path] | None = None,
    *,
    n_processes: int = 1,
) -> tuple[ReadResult, Setting]:
    """Read the project's records, or others of its kind; and what days are built with.

    Parameters
    ----------
    project
        Configuration and what it names.
    step
        Told what is done.
    files
        Files in place of the project's; one folder may be a store, or one of record tables.
    n_processes
        For a county that is simulated first.

    Raises
    ------
    ConfigError
        If files are to be read and the configuration names no source file for them.
    InputFileError, SchemaError
        As `read_records`, `read_store` and `read_tables`.
    """
    read = _own(project, step, n_processes) if files is None else _others(project, step, files)
    return read, setting_of(project, read)


def _own(project: Project, step: Step, n_processes: int) -> ReadResult:
    """Records of the place that the configuration names."""
    tables = project.tables
    if project.simulated is not None:
        tables = simulated_tables(project, n_processes=n_processes, step=step)
    step("read", "")
    if tables is not None:
        return read_tables(tables)
    if project.store is not None:
        return read_store(Store(project.store), counties=project.configuration.records.counties)
    return _files(project, project.files)


def _others(project: Project, step: Step, files: Sequence[Path]) -> ReadResult:
    """Records of files, of a store, or of a folder of tables that was named in their place."""
    step("read", "")
    if len(files) == 1 and is_store(files[0]):
        return read_store(Store(files[0]), counties=project.configuration.records.counties)
    if len(files) == 1 and (files[0] / RECORDS).is_dir():
        return read_tables(files[0])
    return _files(project, files)


def is_store(folder: Path) -> bool:
    """Whether a folder is a store of records."""
    return (folder / "store.json").exists()


def read_folder(folder: Path, *, counties: Sequence[str] | None = None) -> ReadResult:
    """Records of a folder by themselves: of a store, or finished record tables.

    Parameters
    ----------
    folder
        What `fanpin-risk ingest` filled, or the folder above ``records/<table>.parquet``.
    counties
        Of a store; None: all.

    Raises
    ------
    InputFileError, SchemaError
        As `read_store` and `read_tables`.
    """
    if is_store(folder):
        return read_store(Store(folder), counties=counties)
    return read_tables(folder)


def _files(project: Project, files: Sequence[Path]) -> ReadResult:
    """Records of files by the source file."""
    if project.source is None:
        raise ConfigError(
            f"{', '.join(map(str, files))}: the configuration names no source file by which files "
            f"could be read. Name a store, or the folder above {RECORDS}/<table>.parquet."
        )
    return read_records(project.source, files)
