"""Adding a batch to a store: files are put in place first, the entry of the log last."""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from fanpin_risk.errors import OutputError
from fanpin_risk.records.store_files import (
    LOG,
    MARKS,
    PRIVATE,
    STAGING,
    TABLES_BELOW,
    PartFile,
)

if TYPE_CHECKING:
    from fanpin_risk.records.store import Store


class Writer:
    """Adds batches to a store that nobody else writes to meanwhile."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.number = len(list((store.folder / LOG).glob("*.json"))) + 1
        self.batch = f"{self.number:06d}"

    @property
    def staging(self) -> Path:
        """Folder for the files of a batch until it is complete."""
        folder = self.store.folder / STAGING
        with output_errors(self.store.folder):
            folder.mkdir(exist_ok=True, mode=0o700)
        return folder

    @property
    def private(self) -> Path:
        """Folder that its owner alone may read: rows as they came, and contacts."""
        return self.store.folder / PRIVATE

    def sweep(self) -> None:
        """Remove files that no entry of the log names: what a killed process left."""
        folder = self.store.folder
        named = {part.path for part in self.store.parts()} | set(self.store.files_apart())
        for below in (TABLES_BELOW, MARKS, PRIVATE):
            for path in (folder / below).rglob("*"):
                if path.is_file() and path.relative_to(folder).as_posix() not in named:
                    path.unlink()
        for path in (folder / LOG).iterdir():
            if path.suffix != ".json":
                path.unlink()
        shutil.rmtree(folder / STAGING, ignore_errors=True)  # last: it says that this is due

    def place_part(self, staged: Path, table: str, code: str, number: int) -> PartFile:
        """Move a finished file to its table and county; it counts once the batch is in the log."""
        target = f"{TABLES_BELOW}/{table}/county={code}/{self.batch}-{number:04d}.parquet"
        rows = pl.scan_parquet(staged).select(pl.len()).collect().item()
        self._move(staged, target)
        return PartFile(table=table, county=code, path=target, rows=rows, batch=self.batch)

    def place_file(self, staged: Path, below: str, name: str) -> str:
        """Move a finished file below ``marks`` or ``private``; its path inside the store."""
        target = f"{below}/{name}"
        if below.startswith(PRIVATE):
            staged.chmod(stat.S_IRUSR | stat.S_IWUSR)
        self._move(staged, target)
        return target

    def _move(self, staged: Path, target: str) -> None:
        """Put a file in place, on the disk for good."""
        path = self.store.folder / target
        with output_errors(self.store.folder):
            path.parent.mkdir(parents=True, exist_ok=True)
            with staged.open("rb") as handle:
                os.fsync(handle.fileno())
            os.replace(staged, path)

    def commit(self, entry: Mapping[str, Any]) -> None:
        """Write the entry of the log: from then on the batch is in the store."""
        log = self.store.folder / LOG
        new = log / f"{self.batch}.new"
        text = json.dumps(entry, ensure_ascii=False, indent=1, sort_keys=True)
        with output_errors(self.store.folder):
            with new.open("w", encoding="utf-8") as handle:
                handle.write(text + "\n")
                handle.flush()
                os.fsync(handle.fileno())
            os.replace(new, log / f"{self.batch}.json")
        _sync_folder(log)
        self.number += 1
        self.batch = f"{self.number:06d}"


def _sync_folder(folder: Path) -> None:
    """Have a folder's names on the disk, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write_staged(path: Path, frame: pl.DataFrame) -> Path:
    """Write a frame in the staging folder; say in one line where that fails.

    Raises
    ------
    OutputError
        If it cannot be written, for instance on a full disk; the store is unchanged.
    """
    new = path.with_suffix(".new")
    with output_errors(path.parents[1]):
        frame.write_parquet(new, compression="zstd")
        os.replace(new, path)
    return path


@contextmanager
def output_errors(folder: Path) -> Iterator[None]:
    """Say in one line that the store cannot be written."""
    try:
        yield
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = getattr(error, "strerror", None) or error
        raise OutputError(
            f"Cannot write {folder}: {reason}. The store is unchanged. Make room, or choose a "
            "folder that can be written to."
        ) from error
