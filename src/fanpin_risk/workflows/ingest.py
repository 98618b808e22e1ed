"""Taking deliveries into the store: files one by one, a workbook of what an officer must mend."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from fanpin_risk.errors import ConfigError, FanpinRiskError
from fanpin_risk.provenance import workplace
from fanpin_risk.records.batch import Checks, Step
from fanpin_risk.records.deliveries import (
    IngestSettings,
    InputSettings,
    files_of,
    load_ingest,
    snapshot_of,
)
from fanpin_risk.records.files import KINDS
from fanpin_risk.records.identity_key import IdentityKey
from fanpin_risk.records.intake import BatchResult, ingest_file, no_checks
from fanpin_risk.records.quality.catalogue import field_checks
from fanpin_risk.records.quality.settings import load_quality_settings
from fanpin_risk.records.queries import export_query
from fanpin_risk.records.rows import Delivery
from fanpin_risk.records.source import Source, load_source
from fanpin_risk.records.store import Store
from fanpin_risk.report.quarantine_book import quarantine_book
from fanpin_risk.report.words import Words


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A file that could not be taken in, and why; the store is as it was before it."""

    file: str
    source: str
    error: FanpinRiskError


@dataclass(frozen=True, kw_only=True)
class Ingested:
    """What became of every file of a delivery, and where the workbooks to be mended are.

    ``without`` are the patterns that fitted no file: offices that sent nothing.
    """

    results: tuple[BatchResult, ...]
    refused: tuple[Refused, ...]
    workbooks: tuple[Path, ...]
    without: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class IngestProject:
    """An ingest configuration with the source files it names, read and checked."""

    settings: IngestSettings
    folder: Path
    store: Path
    sources: Mapping[str, Source]
    checks: Checks

    @property
    def needs_key(self) -> bool:
        """Whether any of its files holds identity numbers."""
        return any(source.columns_of_persons() for source in self.sources.values())


def load_ingest_project(path: Path) -> IngestProject:
    """Read an ingest configuration and everything that it names.

    Raises
    ------
    ConfigError
        Naming file, key and mend, for anything that cannot be used.
    """
    settings = load_ingest(path)
    folder = path.parent
    names = dict.fromkeys(one.source for one in settings.inputs)
    sources = {name: load_source(folder / name) for name in names}
    checks: Checks = no_checks
    if settings.checks is not None:
        numbers = load_quality_settings(folder / settings.checks)

        checks = partial(field_checks, settings=numbers)

    return IngestProject(
        settings=settings,
        folder=folder,
        store=folder / settings.store,
        sources=sources,
        checks=checks,
    )


def ingest(
    project: IngestProject,
    *,
    received_on: date,
    key: IdentityKey | None,
    database_url: str | None,
    workbooks: Path,
    n_threads: int,
    step: Step,
) -> Ingested:
    """Take every file of a delivery into the store; a file that cannot be read stops no other.

    Parameters
    ----------
    project
        What comes, and how it is read.
    received_on
        Day on which it came: nothing of it counts as known before, unless it is history.
    key
        Replaces identity numbers.
    database_url
        Address for inputs that are queries.
    workbooks
        Folder for the workbooks of quarantined rows.
    n_threads
        Threads; the store is the same for any number.
    step
        Told where the work is.

    Raises
    ------
    ConfigError
        If no input has a file, or a query has no database.
    """
    store = Store(project.store)
    if key is not None:
        store.require_key(key)
    results: list[BatchResult] = []
    refused: list[Refused] = []
    books: list[Path] = []
    inputs = [(one, files_of(one, project.folder)) for one in project.settings.inputs]
    without = tuple(name for one, files in inputs if not files for name in one.files)
    if all(not files and one.query is None for one, files in inputs):
        raise ConfigError(
            f"None of the inputs has a file: no file fits {without[0]} in "
            f"{project.folder.resolve()} ({len(without)} patterns in all). Check folder and names."
        )
    for one, files in inputs:
        source = project.sources[one.source]
        for name, opened in _inputs(one, files, database_url, project.store):
            step("ingest", name)
            try:
                with opened as path:
                    result = ingest_file(
                        store,
                        source,
                        path,
                        _delivery(project.settings, one, path, received_on, key),
                        checks=project.checks,
                        n_threads=n_threads,
                        step=step,
                    )
            except FanpinRiskError as error:
                refused.append(Refused(file=name, source=source.name, error=error))
                continue
            results.append(result)
            if result.rows_quarantined and not result.is_known_already:
                entry = next(e for e in store.batches() if e["batch"] == result.batch)
                books.append(_quarantine_book(store, entry, workbooks))
    return Ingested(
        results=tuple(results), refused=tuple(refused), workbooks=tuple(books), without=without
    )


def _inputs(
    one: InputSettings, files: list[Path], database_url: str | None, store: Path
) -> Iterator[tuple[str, AbstractContextManager[Path]]]:
    """Name of each file of an input, and what opens it; a query's rows become one file."""
    if one.query is None:
        yield from ((path.name, nullcontext(path)) for path in files)
        return
    if database_url is None:
        raise ConfigError(
            f"The input {one.query!r} is a query, and no database was named. Set "
            "FANPIN_RISK_DATABASE_URL."
        )
    yield one.query, _queried(database_url, one.query, store)


@contextmanager
def _queried(database_url: str, query: str, store: Path) -> Iterator[Path]:
    """Rows of a query as a file, while they are taken in."""
    with workplace(store.with_name(f"{store.name}-query")) as folder:
        path = folder / "query.csv"
        export_query(database_url, query, path)
        yield path


def _delivery(
    settings: IngestSettings,
    one: InputSettings,
    path: Path,
    received_on: date,
    key: IdentityKey | None,
) -> Delivery:
    """What is known of a file beside its rows."""
    return Delivery(
        received_on=one.received_on or received_on,
        snapshot_on=snapshot_of(one, path) if one.files else one.snapshot_on,
        is_history=settings.history,
        county=one.county or settings.county,
        key=key,
    )


def _quarantine_book(store: Store, entry: Mapping[str, Any], folder: Path) -> Path:
    """Write a batch's rows that are still set aside, as a workbook; its owner alone may read it.

    It is named after the file they came with, so that it fits the same pattern when it is sent back
    and still holds the day of an export.
    """
    batch = entry["batch"]
    ours = rf"-{re.escape(entry['source'])}-[0-9]{{6,}}$"  # from the time before, if sent again
    stem = re.sub(ours, "", _stem(entry["file"]))
    rows = store.quarantine().filter(pl.col("quarantine_id").str.starts_with(f"{batch}-"))
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{stem}-{entry['source']}-{batch}.xlsx"
    quarantine_book(
        rows,
        path,
        header=entry["header"],
        title=Words(entry["source_title_zh"], entry["source_title_en"]),
        created=date.fromisoformat(entry["received_on"]),
    )
    return path


def _stem(name: str) -> str:
    """Name of a file without its ending."""
    endings = [kind for kind in KINDS if name.lower().endswith(kind)]
    return name[: -len(max(endings, key=len))] if endings else name


def write_open_quarantine(store: Store, folder: Path) -> list[Path]:
    """Write every batch's rows that are still set aside as a workbook.

    Returns
    -------
    list of Path
        The workbooks, in the order of the batches; empty where nothing is set aside.
    """
    open_rows = store.quarantine()["quarantine_id"].str.split("-").list.first().unique()
    waiting = set(open_rows.to_list())
    return [
        _quarantine_book(store, entry, folder)
        for entry in store.batches()
        if entry["batch"] in waiting
    ]
