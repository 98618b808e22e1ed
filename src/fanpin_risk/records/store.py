"""The store of monitoring records: Parquet by table and county, appended batch by batch.

What is in the store is what its log says. An entry of the log is written last and in one step, so a
process that is killed leaves the store as it was or with the whole batch.
"""

from __future__ import annotations

import shutil
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from fanpin_risk.errors import ConfigError, InputFileError
from fanpin_risk.provenance import folder_lock, write_json
from fanpin_risk.records.contracts import TABLES, Table, frame_schema
from fanpin_risk.records.identity_key import IdentityKey
from fanpin_risk.records.store_files import (
    CONTACTS_SCHEMA,
    FORMAT,
    LOG,
    MARKS,
    PRIVATE,
    QUARANTINE_SCHEMA,
    STAGING,
    TABLES_BELOW,
    PartFile,
    county_code,
    parts_of,
    read_json,
    store_schema,
)
from fanpin_risk.records.store_writer import Writer, output_errors
from fanpin_risk.records.timeline import Records


class Store:
    """A folder of monitoring records.

    Parameters
    ----------
    folder
        Where the store is; made when it is first written to.

    Raises
    ------
    InputFileError
        If the folder holds something else, or a store of a later format.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._entries: dict[str, dict[str, Any]] = {}
        self._parts: dict[tuple[int, date | None], list[PartFile]] = {}
        if folder.exists() and not folder.is_dir():
            raise InputFileError(f"{folder}: is a file, not a store. Name a folder.")
        about = self._about()
        if about is None and not self._is_begun():
            about = self._about()  # another process may have made it meanwhile
        if about is None and not self._is_begun():
            raise InputFileError(
                f"{folder}: holds other files and is no store. Name a new or an empty folder."
            )
        if about is not None and about.get("format") != FORMAT:
            raise InputFileError(
                f"{folder}: is a store of format {about.get('format')}; this version reads "
                f"{FORMAT}. Use the version that wrote it."
            )

    def _about(self) -> dict[str, Any] | None:
        """What the store says of itself; None where there is none yet."""
        path = self.folder / "store.json"
        return read_json(path) if path.exists() else None

    def _is_begun(self) -> bool:
        """Whether there is nothing but what a first writer makes before `store.json`."""
        if not self.folder.exists():
            return True
        begun = {LOG, TABLES_BELOW, MARKS, PRIVATE}
        inside = [p for p in self.folder.iterdir() if not p.name.startswith(".store.json.")]
        return all(p.name in begun and p.is_dir() and not any(p.iterdir()) for p in inside)

    def entries(self) -> list[dict[str, Any]]:
        """Every entry of the log, in order: batches and deletions."""
        log = self.folder / LOG
        paths = sorted(log.glob("*.json")) if log.exists() else []
        for path in paths:  # an entry never changes once it is there
            if path.name not in self._entries:
                self._entries[path.name] = read_json(path)
        return [self._entries[path.name] for path in paths]

    def batches(self, received_until: date | None = None) -> list[dict[str, Any]]:
        """Entries of batches, in order, up to those received on a day (included)."""
        return [
            entry
            for entry in self.entries()
            if entry["kind"] == "batch"
            and (received_until is None or entry["received_on"] <= received_until.isoformat())
        ]

    def parts(self, table: str | None = None, received_until: date | None = None) -> list[PartFile]:
        """Files of the store as the log has them now.

        Parameters
        ----------
        table
            One table alone.
        received_until
            Leave out what was received after this day: the store as it was then, but for what has
            been deleted since.
        """
        entries = self.entries()
        key = (len(entries), received_until)
        if key not in self._parts:
            self._parts = {key: parts_of(entries, received_until)}
        return [p for p in self._parts[key] if table is None or p.table == table]

    def scan(
        self,
        table: str,
        *,
        counties: Sequence[str] | None = None,
        received_until: date | None = None,
    ) -> pl.LazyFrame:
        """Rows of a table, all versions, with the columns that say where they are from.

        Raises
        ------
        KeyError
            If there is no such table.
        """
        schema = pl.Schema(store_schema(TABLES[table]))
        paths = [
            self.folder / part.path
            for part in self.parts(table, received_until)
            if counties is None or part.county in {county_code(county) for county in counties}
        ]
        if not paths:
            return pl.LazyFrame(schema=schema)
        return pl.scan_parquet(paths, hive_partitioning=False).select(list(schema))

    def records(
        self,
        tables: Sequence[str] | None = None,
        *,
        counties: Sequence[str] | None = None,
        received_until: date | None = None,
    ) -> Records:
        """Record tables as they were entered; only `known_as_of` hands them out.

        Parameters
        ----------
        tables
            Names; all tables of the contracts when None. One without records is empty.
        counties
            Codes; all counties when None. A record is of the county of its newest version.
        received_until
            Leave out what was received after this day.

        Raises
        ------
        InputFileError
            If a file of the store cannot be read.
        """
        names = list(TABLES) if tables is None else list(tables)
        frames = {}
        for name in names:
            rows = self.scan(name, received_until=received_until)
            if counties is not None:
                rows = _of_counties(rows, counties)
            try:
                frame = rows.select(list(frame_schema(TABLES[name]))).collect()
            except (pl.exceptions.PolarsError, OSError) as error:
                raise InputFileError(
                    f"{self.folder}: a file of table {name} cannot be read. If records were being "
                    "deleted, try again; otherwise bring the store back from a copy."
                ) from error
            frames[name] = frame.sort("record_id", "version")
        return Records(frames)

    def versions_of(self, table: Table, record_ids: pl.Series) -> pl.DataFrame:
        """Every version on file of some records."""
        wanted = record_ids.alias("record_id").to_frame().lazy()
        rows = self.scan(table.name).select([*frame_schema(table), "entered_on"])
        return rows.join(wanted, on="record_id", how="semi").collect()

    def files_apart(self, below: str = "") -> list[str]:
        """Paths, inside the store, of what is kept apart: ``private/…`` and ``marks/…``.

        Parameters
        ----------
        below
            How the paths begin, such as ``private/quarantine``.
        """
        named: dict[str, None] = {}
        for entry in self.entries():
            for path in entry.get("removed", ()):
                named.pop(path, None)
            named.update(dict.fromkeys(entry.get("files", ())))
        return [path for path in named if path.startswith(below)]

    def quarantine(self, *, is_open: bool = True) -> pl.DataFrame:
        """Rows that were set aside, as they came, with their reasons; by default those still open.

        A row is closed when it was sent again: mended, or set aside once more under a new number.
        """
        rows = self._apart("private/quarantine", QUARANTINE_SCHEMA)
        if not is_open:
            return rows
        closed = [i for e in self.batches() for ids in e.get("closes", {}).values() for i in ids]
        return rows.filter(~pl.col("quarantine_id").is_in(closed))

    def contacts(self) -> pl.DataFrame:
        """Names and phones, for the visit sheet alone: the latest delivery's of each person."""
        rows = self._apart("private/contacts", CONTACTS_SCHEMA)
        return rows.unique(["household_id", "person_id"], keep="last", maintain_order=True)

    def _apart(self, below: str, schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
        """Rows of the files kept apart whose paths begin so."""
        paths = [self.folder / path for path in self.files_apart(below)]
        try:
            found = [pl.read_parquet(path) for path in sorted(paths, key=_first_batch)]
        except (pl.exceptions.PolarsError, OSError) as error:
            raise InputFileError(
                f"{self.folder}: a file of {below} cannot be read. Its owner alone may read it; if "
                "it is damaged, bring the store back from a copy."
            ) from error
        return pl.concat([pl.DataFrame(schema=schema), *found])

    def require_key(self, key: IdentityKey) -> None:
        """Refuse a key by which the same person would have another hash than on file.

        Raises
        ------
        ConfigError
            If the store was filled with another key.
        """
        on_file = (self._about() or {}).get("key_fingerprint")
        if on_file is not None and on_file != key.fingerprint():
            raise ConfigError(
                f"{self.folder}: was filled with another identity key, so the same person would "
                "get another number. Name the key it was filled with."
            )

    @contextmanager
    def writing(self, key: IdentityKey | None) -> Iterator[Writer]:
        """Let one process at a time add to the store; others wait.

        What killed processes left behind is swept up first.

        Raises
        ------
        OutputError
            If the store cannot be written.
        """
        with output_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            for name in (LOG, TABLES_BELOW, MARKS):
                (self.folder / name).mkdir(exist_ok=True)
            private = self.folder / PRIVATE
            private.mkdir(exist_ok=True, mode=0o700)
            private.chmod(stat.S_IRWXU)
        with folder_lock(self.folder / LOG):
            about = self._about() or {"format": FORMAT}
            if key is not None:
                self.require_key(key)
            if key is not None and about.get("key_fingerprint") is None:
                about["key_fingerprint"] = key.fingerprint()
            if about != self._about():
                write_json(self.folder / "store.json", about)
            writer = Writer(self)
            with output_errors(self.folder):
                if (self.folder / STAGING).exists():  # whoever made it was killed
                    writer.sweep()
                (self.folder / STAGING).mkdir(mode=0o700)
            try:
                yield writer
            except BaseException:
                with suppress(OSError):
                    writer.sweep()
                raise
            shutil.rmtree(self.folder / STAGING, ignore_errors=True)


def _of_counties(rows: pl.LazyFrame, counties: Sequence[str]) -> pl.LazyFrame:
    """Every version of the records whose newest one is of some counties."""
    newest = rows.group_by("record_id").agg(pl.col("county").sort_by("version").last())
    wanted = newest.filter(pl.col("county").is_in(list(counties))).select("record_id")
    return rows.join(wanted, on="record_id", how="semi")


def _first_batch(path: Path) -> str:
    """Batch that a file kept apart came with, also after a deletion has rewritten it."""
    return path.stem.split("-", 1)[1].split("_")[0]
