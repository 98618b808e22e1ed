"""Offices' files of a simulated county on disk, with the configuration that takes them in."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl

from fanpin_risk.errors import ConfigError
from fanpin_risk.provenance import folder_written_whole, write_text
from fanpin_risk.settings import yaml_text
from fanpin_risk.simulate.county.as_offices import CONTEXT_PLACE, REASONS, CountyOffices
from fanpin_risk.simulate.county.as_offices_sources import SOURCES_BESIDE
from fanpin_risk.simulate.faults import FAULTS, Fault, Faulty, inject
from fanpin_risk.simulate.offices import Delivery
from fanpin_risk.simulate.sheets import Sheet, sheet_bytes
from fanpin_risk.simulate.small_county import SmallCounty

CONFIG, FAULTS_FILE, NOT_SENT_FILE = "ingest.yaml", "faults.csv", "not_sent.csv"
KEY_FILE = "identity.key"
OFFICES = "offices"
"""Folder of a county for its offices' files."""

Condition = Literal["clean", "dirty"]
Step = Callable[[str, str], None]
Batch = tuple[SmallCounty, Iterable[Delivery]]
"""Files, and the county whose rows the keys of their sheets name."""

_FILES_A_FAULT = 4
"""One file in so many is spoilt."""
_ROWS_SPOILT, _ROWS_A_FAULT = 3, 100
"""At least so many rows of a spoilt file, and one in so many of a large one."""
_KINDS = tuple(fault for fault in FAULTS if fault.level in ("cell", "row") and not fault.is_raw)


@dataclass(frozen=True, kw_only=True)
class OfficeFiles:
    """What was written: the ingest configuration, and how many files and rows it takes in.

    ``key`` is the file with the key that gives persons the names they have in the county's own
    records; None where these have none. ``n_not_sent`` rows of the records are in no file.
    """

    config: Path
    n_files: int
    n_rows: int
    n_spoilt: int
    key: Path | None = None
    n_not_sent: int = 0


def require_sources(sources: Path) -> None:
    """Raise unless the folder of source files is there.

    Raises
    ------
    ConfigError
        If it is not.
    """
    if not sources.is_dir():
        raise ConfigError(f"{sources}: no such folder of source files. Name it with --sources.")


def write_county_offices(
    county: Path, *, sources: Path, checks: Path, condition: Condition, seed: int, step: Step
) -> OfficeFiles:
    """Write what the offices of a simulated county would send, into its folder ``offices``.

    Parameters
    ----------
    county
        Folder of a county that `write_counties` wrote.
    sources, checks
        Folder of the source files, and the numbers of the checks, as the configuration will name
        them.
    condition
        Whether files are ``clean`` or some of them spoilt.
    seed
        Of the faults; the same one gives the same files.
    step
        Told where the work is.

    Returns
    -------
    OfficeFiles
        ``offices`` holds ``ingest.yaml``, the files in ``inbox``, source files of their own in
        ``sources``, ``identity.key``, which its owner alone may read, ``not_sent.csv`` with what no
        file carries, and ``faults.csv`` if anything was spoilt.

    Raises
    ------
    ConfigError
        If the folder of source files is not there.
    InputFileError
        If there is no such county, or it has no identity numbers.
    OutputError
        If the files cannot be written; the folder is then as it was.
    """
    require_sources(sources)
    offices = CountyOffices(county)
    missing = offices.sending.not_sent()

    def batches() -> Iterator[Batch]:
        """Files of each month."""
        for one in offices.months():
            step("offices", f"{one.month:%Y-%m}")
            yield one.county, one.deliveries

    folder = county / OFFICES
    with folder_written_whole(folder) as new:
        for name, text in SOURCES_BESIDE.items():
            (new / "sources").mkdir(exist_ok=True)
            write_text(new / "sources" / f"{name}.yaml", text)
        _write_key(new / KEY_FILE, offices.secret)
        write_text(new / NOT_SENT_FILE, _not_sent_csv(missing))
        inbox = Inbox(new, np.random.default_rng(seed) if condition == "dirty" else None)
        written = inbox.write(
            batches(),
            folder=folder,
            name=plain_name(f"{county.name}_{OFFICES}"),
            county=CONTEXT_PLACE,
            sources=sources,
            checks=checks,
            beside=SOURCES_BESIDE,
        )
    return OfficeFiles(
        config=written.config,
        n_files=written.n_files,
        n_rows=written.n_rows,
        n_spoilt=written.n_spoilt,
        key=folder / KEY_FILE,
        n_not_sent=int(missing["rows"].sum()),
    )


class Inbox:
    """Writes files into a folder as they come, and the configuration that takes them in.

    Parameters
    ----------
    new
        Folder that is being filled.
    rng
        Spoils one file in four, by one kind of fault of cells or rows; None leaves all clean.
    """

    def __init__(self, new: Path, rng: np.random.Generator | None) -> None:
        self._new = new
        self._rng = rng
        self._inputs: list[dict[str, Any]] = []
        self._n_rows = 0
        self._faults: list[tuple[str, ...]] = []

    def write(
        self,
        batches: Iterable[Batch],
        *,
        folder: Path,
        name: str,
        county: str,
        sources: Path,
        checks: Path,
        beside: Mapping[str, str],
    ) -> OfficeFiles:
        """Write every file, the configuration, and what was spoilt.

        Parameters
        ----------
        batches
            Files in the order of receipt.
        folder
            Where the folder will stand; the configuration names the others from there.
        name, county
            Of the configuration.
        sources, checks
            Folder of the source files, and the numbers of the checks.
        beside
            Source files that stand beside the files.
        """
        (self._new / "inbox").mkdir()
        shipped = os.path.relpath(sources, folder)
        for rows, deliveries in batches:
            for one in deliveries:
                source = one.sheet.source
                where = "sources" if source in beside else shipped
                self._add(rows, one, f"{where}/{source}.yaml")
        settings = {
            "name": name,
            "store": "store",
            "county": county,
            "history": True,
            "checks": os.path.relpath(checks, folder),
            "inputs": self._inputs,
        }
        write_text(self._new / CONFIG, yaml_text(settings))
        if self._rng is not None:
            write_text(self._new / FAULTS_FILE, _csv([_FAULT_HEADER, *self._faults]))
        return OfficeFiles(
            config=folder / CONFIG,
            n_files=len(self._inputs),
            n_rows=self._n_rows,
            n_spoilt=len({fault[0] for fault in self._faults}),
        )

    def _add(self, county: SmallCounty, delivery: Delivery, source: str) -> None:
        """Write a file, and the input of the configuration for it."""
        sheet = delivery.sheet
        stem = f"{len(self._inputs):05d}_{sheet.source}_{delivery.received_on:%Y%m%d}"
        name = f"{stem}.{sheet.kind}"
        (self._new / "inbox" / name).write_bytes(self._content(county, sheet, name))
        snapshot = {} if delivery.snapshot_on is None else {"snapshot_on": delivery.snapshot_on}
        self._inputs.append(
            {
                "source": source,
                "files": [f"inbox/{name}"],
                "received_on": delivery.received_on,
                **snapshot,
            }
        )
        self._n_rows += len(sheet.rows)

    def _content(self, county: SmallCounty, sheet: Sheet, name: str) -> bytes:
        """Bytes of a file, spoilt if it is its turn."""
        if self._rng is None or self._rng.integers(_FILES_A_FAULT) > 0:
            return sheet_bytes(sheet)
        found = _spoilt(sheet, self._rng)
        if found is None:
            return sheet_bytes(sheet)
        fault, faulty = found
        self._faults += _fault_rows(county, name, fault, faulty)
        if faulty.content is not None:
            return faulty.content
        assert faulty.sheet is not None
        return sheet_bytes(faulty.sheet)


def plain_name(text: str) -> str:
    """Name of a configuration made of a folder's, so that two of them keep apart.

    Examples
    --------
    >>> plain_name("My county-2"), plain_name("县")
    ('my_county_2', 'offices')
    """
    return re.sub("[^a-z0-9_]+", "_", text.lower()).strip("_") or OFFICES


def _spoilt(sheet: Sheet, rng: np.random.Generator) -> tuple[Fault, Faulty] | None:
    """Spoil a file by a kind of fault of cells or rows that fits it; None if none does."""
    n = max(_ROWS_SPOILT, len(sheet.rows) // _ROWS_A_FAULT)
    for at in rng.permutation(len(_KINDS)):
        found = inject(sheet, [_KINDS[at]], rng, n)
        if found.differs_from(sheet):
            return _KINDS[at], found
    return None


_FAULT_HEADER = (
    *("file", "fault", "title_zh", "title_en", "keeps_meaning", "effect"),
    *("table", "record_id", "version"),
)


def _fault_rows(
    county: SmallCounty, name: str, fault: Fault, faulty: Faulty
) -> Iterator[tuple[str, ...]]:
    """What a fault did to which rows; a line that is made of no row names none."""
    start = (name, fault.name, fault.title_zh, fault.title_en, str(fault.keeps_meaning).lower())
    keys = {"touched": faulty.touched, "added": faulty.added, "removed": faulty.removed}
    told = [(effect, key) for effect, of_kind in keys.items() for key in of_kind]
    for effect, key in told or [("file", "")]:
        found = re.search("([a-z_]+)/([0-9]+)", key)
        if found is None:
            yield (*start, effect, "", "", "")
            continue
        row = county.tables[found[1]][int(found[2])]
        yield (*start, effect, found[1], str(row["record_id"]), str(row["version"]))


def _not_sent_csv(missing: pl.DataFrame) -> str:
    """Rows that no file carries, with the reasons in words."""
    rows = [
        (*row[:3], str(row[3]), *REASONS[row[2]])
        for row in missing.select("table", "source", "reason", "rows").iter_rows()
    ]
    return _csv([("table", "source", "reason", "rows", "reason_zh", "reason_en"), *rows])


def _csv(rows: Iterable[tuple[str, ...]]) -> str:
    """Text of a table with commas."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _write_key(path: Path, secret: bytes) -> None:
    """Write the key that the county's records were made with, readable by its owner alone."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secret.hex() + "\n")
