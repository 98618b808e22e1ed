"""Spoiled files through the intake: what became of every row of the clean file, by its key."""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, partial
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from fanpin_risk.errors import FanpinRiskError
from fanpin_risk.records.batch import Checks
from fanpin_risk.records.identity_key import IdentityKey
from fanpin_risk.records.intake import ingest_file
from fanpin_risk.records.quality.catalogue import field_checks
from fanpin_risk.records.quality.settings import load_quality_settings
from fanpin_risk.records.rows import Delivery
from fanpin_risk.records.source import Source, load_source
from fanpin_risk.records.store import Store
from fanpin_risk.simulate.faults import Fault, Faulty, inject
from fanpin_risk.simulate.faults_base import raw_lines
from fanpin_risk.simulate.offices import office_deliveries
from fanpin_risk.simulate.sheets import Sheet, sheet_bytes
from fanpin_risk.simulate.small_county import COUNTY, SmallCounty, small_county

ROOT = Path(__file__).parents[2]
KEY = IdentityKey(b"k" * 32)
RECEIVED_ON = date(2024, 6, 30)
N_ROWS, N_SPOILED, N_SHEETS = 60, 8, 2
N_RECORDS = 8
"""Records of a row of the household export that are read here: the listing, the exit, incomes."""
NUMBER_COLUMN = "序号"

SHEETS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("medical_insurance", {"kind": "csv", "encoding": "gb18030"}),
    ("education", {"kind": "xlsx"}),
    ("national_household", {"kind": "csv", "encoding": "utf-8"}),
    ("national_member", {"kind": "xlsx"}),
    ("civil_affairs", {"kind": "csv"}),
    ("register_visit", {"kind": "xlsx"}),
    ("water", {"kind": "csv", "encoding": "utf-8-sig"}),
)
"""Sheets that are spoiled: chosen so that each fault fits at least one of them."""

Content = tuple[tuple[str, tuple[tuple[str, Any], ...]], ...]
"""Records of a row: the table, and the record's columns with their values."""


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What the store and its log say of one file: by line, what was taken in and set aside."""

    refusal: str = ""
    error: str = ""
    accepted: Mapping[int, Content] = field(default_factory=dict)
    marks: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    quarantined: Mapping[int, dict[str, Any]] = field(default_factory=dict)
    entry: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Clean:
    """A clean file, how it is read, and what each row holds once it is in, by its key."""

    sheet: Sheet
    source: Source
    checks: Checks
    snapshot_on: date | None
    content: Mapping[str, Content] = field(default_factory=dict)
    taken: Taken = field(default_factory=Taken)


@dataclass(frozen=True, kw_only=True)
class Fate:
    """Where a row is: ``equal``, ``other``, ``quarantined``, ``nowhere`` or ``twice``; its line."""

    where: str
    line: int | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a spoiled file: the fate of every line that was made from a row.

    ``fates`` has every key of the spoiled file, also of lines that hold no record; it is empty
    where the whole file was refused.
    """

    fault: Fault
    clean: Clean
    faulty: Faulty
    taken: Taken
    fates: Mapping[str, Fate]


def clean_files(folder: Path) -> list[Clean]:
    """Clean files with what they hold once taken in; none of their rows is set aside."""
    county = small_county(80, 24, seed=1, first_day=date(2022, 1, 1))
    latest = {one.sheet.source: one for one in office_deliveries(county, month=None)}
    quality = load_quality_settings(ROOT / "configs/quality.yaml")
    found = []
    for name, changes in SHEETS:
        source = load_source(ROOT / f"configs/sources/{name}.yaml")
        sheet = replace(_first_versions(county, latest[name].sheet), **changes)
        if name == "national_household":
            source = source.model_copy(update={"records": source.records[:N_RECORDS]})
            sheet = _with_leading_zeros(_needed_alone(sheet, source))
        clean = Clean(
            sheet=sheet,
            source=source,
            checks=partial(field_checks, settings=quality),
            snapshot_on=latest[name].snapshot_on,
        )
        found.append(_as_taken(clean, folder / name))
    return found


def _as_taken(clean: Clean, folder: Path) -> Clean:
    """Take the clean file in, and note what each of its rows holds."""
    taken = take(clean, sheet_bytes(clean.sheet), folder)
    lines = _lines_of(clean.sheet)
    assert (taken.refusal, taken.quarantined) == ("", {})
    assert set(lines.values()) == set(taken.accepted)
    content = {key: taken.accepted[line] for key, line in lines.items()}
    return replace(clean, taken=taken, content=content)


def _first_versions(county: SmallCounty, sheet: Sheet) -> Sheet:
    """Rows whose record has one version: what becomes of a row is then its own doing."""
    records = [_row_of(county, key)["record_id"] for key in sheet.keys]
    times = Counter(records)
    return _rows(sheet, [at for at, one in enumerate(records) if times[one] == 1][:N_ROWS])


def _row_of(county: SmallCounty, key: str) -> Mapping[str, Any]:
    """Row of the county that a key names."""
    table, _, index = key.partition("/")
    return county.tables[table][int(index)]


def _rows(sheet: Sheet, kept: list[int]) -> Sheet:
    """Keep some rows of a sheet, numbered anew."""
    rows = tuple((n, *sheet.rows[at][1:]) for n, at in enumerate(kept, start=1))
    return replace(sheet, rows=rows, keys=tuple(sheet.keys[at] for at in kept))


def _needed_alone(sheet: Sheet, source: Source) -> Sheet:
    """Leave out columns that are not read, but for the first few."""
    wanted = {*source.columns_needed(), *sheet.header[:10]}
    kept = [at for at, name in enumerate(sheet.header) if name in wanted]
    header = tuple(sheet.header[at] for at in kept)
    rows = tuple(tuple(row[at] for at in kept) for row in sheet.rows)
    return replace(sheet, header=header, rows=rows)


def _with_leading_zeros(sheet: Sheet) -> Sheet:
    """Let every second household's number begin with zeros."""
    at = sheet.header.index("户编号")
    rows = [
        row if n % 2 else (*row[:at], f"00{str(row[at])[2:]}", *row[at + 1 :])
        for n, row in enumerate(sheet.rows)
    ]
    return replace(sheet, rows=tuple(rows))


def take(clean: Clean, content: bytes, folder: Path) -> Taken:
    """Take a file into a store of its own; only this package's own errors may be raised."""
    folder.mkdir(parents=True)
    path = folder / f"{clean.sheet.source}.{clean.sheet.kind}"
    path.write_bytes(content)
    store = Store(folder / "store")
    delivery = Delivery(
        received_on=RECEIVED_ON,
        snapshot_on=clean.snapshot_on,
        is_history=True,
        county=COUNTY,
        key=KEY,
    )
    try:
        ingest_file(store, clean.source, path, delivery, checks=clean.checks, n_threads=1)
    except FanpinRiskError as error:
        assert store.entries() == []
        return Taken(refusal=str(error), error=type(error).__name__)
    return _taken(store, clean.source)


def _taken(store: Store, source: Source) -> Taken:
    """Read what the store has of its only batch, by line."""
    accepted: dict[int, list[tuple[str, tuple[tuple[str, Any], ...]]]] = {}
    for table in dict.fromkeys(mapping.table for mapping in source.mappings()):
        for row in store.scan(table).drop("batch", "version").collect().to_dicts():
            accepted.setdefault(row.pop("line"), []).append((table, tuple(row.items())))
    marks: dict[int, list[str]] = {}
    for path in store.files_apart("marks"):
        for row in pl.read_parquet(store.folder / path).to_dicts():
            marks.setdefault(row["line"], []).append(row["check"])
    (entry,) = store.entries()
    return Taken(
        accepted={line: tuple(sorted(rows, key=repr)) for line, rows in accepted.items()},
        marks={line: tuple(checks) for line, checks in marks.items()},
        quarantined={row["line"]: row for row in store.quarantine().to_dicts()},
        entry=entry,
    )


class Runs:
    """Spoils clean files and remembers the outcomes: each fault is tried on a few sheets once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cleans = clean_files(folder / "clean")
        self.of = cache(self._of)

    def _of(self, fault: Fault) -> tuple[Outcome, ...]:
        """Outcomes of the first few sheets that a fault fits, from a place of its own."""
        start = zlib.crc32(fault.name.encode()) % len(self.cleans)
        found: list[Outcome] = []
        for clean in (*self.cleans[start:], *self.cleans[:start]):
            if len(found) < N_SHEETS:
                found += self.tried(fault, clean, seed=start)
        return tuple(found)

    def tried(self, fault: Fault, clean: Clean, seed: int) -> Iterator[Outcome]:
        """Spoil one clean file and take it in; nothing where the fault does not fit."""
        rng = np.random.default_rng(seed)
        faulty = inject(clean.sheet, [fault], rng, N_SPOILED)
        if not faulty.differs_from(clean.sheet):
            return
        content = faulty.content
        if content is None:
            assert faulty.sheet is not None
            content = sheet_bytes(faulty.sheet)
        taken = take(clean, content, self.folder / f"{fault.name}-{clean.sheet.source}-{seed}")
        fates = {} if taken.refusal else fates_of(clean, faulty, taken)
        yield Outcome(fault=fault, clean=clean, faulty=faulty, taken=taken, fates=fates)


def fates_of(clean: Clean, faulty: Faulty, taken: Taken) -> dict[str, Fate]:
    """Fate of every key of the spoiled file: by its line, or by content where bytes changed."""
    if faulty.sheet is None:
        return _by_content(clean, faulty, taken)
    wanted = {key: clean.content.get(_original(key)) for key in faulty.sheet.keys}
    return {
        key: _on_line(taken, line, wanted[key]) for key, line in _lines_of(faulty.sheet).items()
    }


def _original(key: str) -> str:
    """Key of the row that a line repeats; the key itself for others."""
    return key.removeprefix("copy:").partition("#")[0]


def _on_line(taken: Taken, line: int, content: Content | None) -> Fate:
    """What became of the row on a line."""
    is_in, is_aside = line in taken.accepted, line in taken.quarantined
    if is_in and is_aside:
        return Fate(where="twice", line=line)
    if is_aside:
        return Fate(where="quarantined", line=line)
    if not is_in:
        return Fate(where="nowhere", line=line)
    return Fate(where="equal" if taken.accepted[line] == content else "other", line=line)


def _lines_of(sheet: Sheet) -> dict[str, int]:
    """Line of every key of a sheet once it is written."""
    if sheet.kind == "xlsx":
        return {key: len(sheet.title) + 2 + at for at, key in enumerate(sheet.keys)}
    texts, first = raw_lines(sheet)
    ends = list(accumulate(text.count("\n") + 1 for text in texts))
    return {key: ends[first + at - 1] + 1 for at, key in enumerate(sheet.keys)}


def _by_content(clean: Clean, faulty: Faulty, taken: Taken) -> dict[str, Fate]:
    """Find rows by what they hold, then by their number in quarantine; the rest by elimination."""
    fates: dict[str, Fate] = {}
    lines: dict[Content, list[int]] = {}
    for line, content in sorted(taken.accepted.items(), reverse=True):
        lines.setdefault(content, []).append(line)
    keys = [key for key in clean.sheet.keys if key not in faulty.removed]
    for key in keys:
        if found := lines.get(clean.content[key]):
            fates[key] = Fate(where="equal", line=found.pop())
    others = sorted(line for rest in lines.values() for line in rest)
    texts = dict(zip(clean.sheet.keys, raw_lines(clean.sheet)[0][_first(clean) :], strict=False))
    numbers = {key: str(n) for n, key in enumerate(clean.sheet.keys, start=1)}
    for key in keys:
        if key not in fates:
            aside = _aside(taken, numbers[key], texts[key])
            if aside is None and others:
                fates[key] = Fate(where="other", line=others.pop(0))
            elif aside is None:
                fates[key] = Fate(where="nowhere")
            else:
                fates[key] = Fate(where="quarantined", line=aside)
    return fates


def _first(clean: Clean) -> int:
    """Number of lines above the rows."""
    return len(clean.sheet.title) + 1


def _aside(taken: Taken, number: str, text: str) -> int | None:
    """Line of the quarantined row with this number in front, or with this text in it."""
    for line, row in taken.quarantined.items():
        original = json.loads(row["original"])
        raw = original.get("_raw")
        if original.get(NUMBER_COLUMN) == number:
            return line
        if raw is not None and (text in raw or _leading_number(raw) == number):
            return line
    return None


def _leading_number(raw: str) -> str:
    """Digits that a line begins with."""
    shown = raw.lstrip(' \f"\ufeff')
    return shown[: len(shown) - len(shown.lstrip("0123456789"))]
