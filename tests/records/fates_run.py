"""Spoiled files through the intake: what became of every row of the clean file, by its key."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np

from fanpin_risk.errors import FanpinRiskError
from fanpin_risk.records.identity_key import IdentityKey
from fanpin_risk.records.intake import ingest_file
from fanpin_risk.records.quality.catalogue import field_checks
from fanpin_risk.records.quality.settings import load_quality_settings
from fanpin_risk.records.rows import Delivery
from fanpin_risk.records.source import Source, load_source
from fanpin_risk.records.store import Store
from fanpin_risk.simulate.faults import Fault, Faulty, inject
from fanpin_risk.simulate.faults_base import raw_line, raw_lines
from fanpin_risk.simulate.offices import office_deliveries
from fanpin_risk.simulate.sheets import Sheet, sheet_bytes
from fanpin_risk.simulate.small_county import SmallCounty, small_county

ROOT = Path(__file__).parents[2]
KEY = IdentityKey(b"k" * 32)
RECEIVED_ON = date(2024, 6, 30)
COUNTY = "230199"
N_ROWS = 120
N_SPOILED = 10

Content = tuple[tuple[str, str], ...]
"""Records of a row: table, and the record's columns in words."""


@dataclass(frozen=True, kw_only=True)
class Clean:
    """A clean file, how its source reads it, and what each row holds once it is in, by its key."""

    name: str
    sheet: Sheet
    source: Source
    snapshot_on: date | None
    content: Mapping[str, Content] = field(default_factory=dict)
    quality: Any = None


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What the store and its log say of one file: by line, what was taken in and set aside."""

    refusal: str = ""
    accepted: Mapping[int, Content] = field(default_factory=dict)
    marks: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    quarantined: Mapping[int, dict[str, Any]] = field(default_factory=dict)
    entry: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a spoiled file.

    ``fates`` has the fate of every key of the clean file that is still in the spoiled one.
    """

    fault: Fault
    clean: Clean
    faulty: Faulty
    taken: Taken
    fates: Mapping[str, str]
    lines: Mapping[str, int]


def small_sheets(county: SmallCounty) -> Iterator[tuple[str, Sheet, date | None]]:
    """Yield the sheets that are spoiled: name, sheet, day of export; each record once."""
    latest = {d.sheet.source: d for d in office_deliveries(county, month=None)}
    for name, source, changes in SHEETS:
        delivery = latest[source]
        sheet = _first_versions(county, delivery.sheet)
        yield name, replace(sheet, **changes), delivery.snapshot_on


SHEETS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("medical_insurance.xlsx", "medical_insurance", {}),
    ("medical_insurance.csv", "medical_insurance", {"kind": "csv", "encoding": "gb18030"}),
    ("national_household.csv", "national_household", {"kind": "csv", "encoding": "utf-8"}),
    ("national_member.xlsx", "national_member", {}),
    ("education.xlsx", "education", {}),
    ("civil_affairs.csv", "civil_affairs", {}),
    ("register_visit.xlsx", "register_visit", {}),
)


def _first_versions(county: SmallCounty, sheet: Sheet) -> Sheet:
    """Keep rows whose record has one version: what becomes of one row is then its own doing."""
    def row(key: str) -> Mapping[str, Any]:
        table, index = key.split("/")
        return county.tables[table][int(index)]

    times = Counter((key.split("/")[0], row(key)["record_id"]) for key in sheet.keys)
    kept = [
        at
        for at, key in enumerate(sheet.keys)
        if times[key.split("/")[0], row(key)["record_id"]] == 1
    ][:N_ROWS]
    return replace(
        sheet,
        rows=tuple(sheet.rows[at] for at in kept),
        keys=tuple(sheet.keys[at] for at in kept),
    )


def clean_files(folder: Path) -> list[Clean]:
    """Clean files with what they hold once taken in; none of their rows is set aside."""
    county = small_county(120, 24, seed=1, first_day=date(2022, 1, 1))
    quality = load_quality_settings(ROOT / "configs/quality.yaml")
    found = []
    for number, (name, sheet, snapshot_on) in enumerate(small_sheets(county)):
        source = load_source(ROOT / f"configs/sources/{sheet.source}.yaml")
        clean = Clean(name=name, sheet=sheet, source=source, snapshot_on=snapshot_on, quality=quality)
        taken = take(clean, sheet_bytes(sheet), folder / f"clean-{number}")
        lines = lines_of(clean.sheet, Faulty(sheet=sheet))
        assert not taken.refusal, taken.refusal
        assert not taken.quarantined, taken.quarantined
        assert set(lines.values()) == set(taken.accepted), name
        content = {key: taken.accepted[line] for key, line in lines.items()}
        found.append(replace(clean, content=content))
    return found


def take(clean: Clean, content: bytes, folder: Path) -> Taken:
    """Take a file into a store of its own."""
    folder.mkdir(parents=True)
    path = folder / f"file.{clean.sheet.kind}"
    path.write_bytes(content)
    store = Store(folder / "store")
    delivery = Delivery(
        received_on=RECEIVED_ON,
        snapshot_on=clean.snapshot_on,
        is_history=True,
        county=COUNTY,
        key=KEY,
    )
    checks = partial(field_checks, settings=clean.quality)
    try:
        ingest_file(store, clean.source, path, delivery, checks=checks, n_threads=1)
    except FanpinRiskError as error:
        assert str(path) in str(error) or path.name in str(error), error
        assert "\n" not in str(error)
        assert store.batches() == []
        return Taken(refusal=str(error))
    return _taken(store, clean.source)


def _taken(store: Store, source: Source) -> Taken:
    """Read what the store has, by line."""
    accepted: dict[int, list[tuple[str, str]]] = {}
    for table in dict.fromkeys(mapping.table for mapping in source.mappings()):
        for row in store.scan(table).drop("batch", "version").collect().to_dicts():
            accepted.setdefault(row.pop("line"), []).append((table, repr(row)))
    marks: dict[int, list[str]] = {}
    import polars as pl
    for path in store.files_apart("marks"):
        for row in pl.read_parquet(store.folder / path).to_dicts():
            marks.setdefault(row["line"], []).append(row["check"])
    (entry,) = store.entries()
    return Taken(
        accepted={line: tuple(sorted(rows)) for line, rows in accepted.items()},
        marks={line: tuple(checks) for line, checks in marks.items()},
        quarantined={row["line"]: row for row in store.quarantine().to_dicts()},
        entry=entry,
    )


def lines_of(clean: Sheet, faulty: Faulty) -> dict[str, int]:
    """Line of every key in the spoiled file."""
    sheet = faulty.sheet or clean
    above = len(sheet.title) + 1
    if sheet.kind == "xlsx":
        return {key: above + at + 1 for at, key in enumerate(sheet.keys)}
    texts, first = raw_lines(sheet)
    ends = list(accumulate(text.count("\n") + 1 for text in texts))
    found = {key: ends[first + at - 1] + 1 for at, key in enumerate(sheet.keys)}
    return {key: line for key, line in found.items() if key not in faulty.removed}


def outcome(fault: Fault, clean: Clean, seed: int, folder: Path) -> Outcome | None:
    """Spoil a clean file, take it in, and account for every row; None where it does not fit."""
    rng = np.random.default_rng(seed)
    faulty = inject(clean.sheet, [fault], rng, N_SPOILED)
    if not faulty.differs_from(clean.sheet):
        return None
    content = faulty.content if faulty.sheet is None else sheet_bytes(faulty.sheet)
    assert content is not None
    taken = take(clean, content, folder)
    lines = lines_of(clean.sheet, faulty)
    fates = {} if taken.refusal else {
        key: _fate(taken, lines[key], clean.content.get(key.removeprefix("copy:").split("#")[0])) for key in lines
    }
    return Outcome(fault=fault, clean=clean, faulty=faulty, taken=taken, fates=fates, lines=lines)


def _fate(taken: Taken, line: int, content: Content | None) -> str:
    """What became of the row on a line."""
    is_in, is_aside = line in taken.accepted, line in taken.quarantined
    if is_in and is_aside:
        return "twice"
    if is_aside:
        return "quarantined:" + taken.quarantined[line]["checks"]
    if not is_in:
        return "nowhere"
    return "equal" if taken.accepted[line] == content else "other"
