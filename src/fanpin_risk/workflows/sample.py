"""A small simulated county as its offices would send it, to try the intake on."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from fanpin_risk.dates import add_months
from fanpin_risk.errors import ConfigError
from fanpin_risk.provenance import folder_written_whole, write_text
from fanpin_risk.settings import yaml_text
from fanpin_risk.simulate.faults import FAULTS, inject
from fanpin_risk.simulate.offices import Delivery, office_deliveries
from fanpin_risk.simulate.sheets import Sheet, sheet_bytes
from fanpin_risk.simulate.small_county import COUNTY, SmallCounty, small_county

CONFIG = "ingest.yaml"
_ROWS_SPOILT = 3


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What was written: the ingest configuration, and how many files and rows it takes in."""

    config: Path
    n_files: int
    n_rows: int


def write_sample(
    folder: Path,
    *,
    sources: Path,
    checks: Path,
    n_households: int,
    n_months: int,
    first_day: date,
    seed: int,
    is_dirty: bool,
) -> Sample:
    """Write the offices' files of a simulated county, and a configuration that takes them in.

    Parameters
    ----------
    folder
        Where the files go; it is replaced as a whole.
    sources, checks
        Folder of the source files, and the numbers of the checks, as the configuration will name
        them.
    n_households, n_months, first_day, seed
        How large the county is, from which first of a month its records run, and the seed.
    is_dirty
        Whether each office's last file is spoilt by one kind of fault in about three rows.

    Raises
    ------
    ConfigError
        If the folder of source files is not there.
    """
    if not sources.is_dir():
        raise ConfigError(f"{sources}: no such folder of source files. Name it with --sources.")
    if first_day.day != 1:
        raise ConfigError(
            f"first_day {first_day} is no first of a month. Say {first_day:%Y-%m}-01."
        )
    county = small_county(n_households, n_months, seed=seed, first_day=first_day)
    rng = np.random.default_rng(seed)
    deliveries = list(_deliveries(county, n_months, first_day))
    last = {one.sheet.source: number for number, one in enumerate(deliveries)}
    inputs: list[dict[str, Any]] = []
    n_rows = 0
    with folder_written_whole(folder) as new:
        for number, delivery in enumerate(deliveries):
            spoilt = is_dirty and last[delivery.sheet.source] == number
            name, content, n_of_file = _file(delivery, number, rng if spoilt else None)
            target = new / "inbox" / name
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(content)
            n_rows += n_of_file
            inputs.append(_input(delivery, name, os.path.relpath(sources, folder)))
        settings = {
            "name": _plain_name(folder),
            "store": "store",
            "county": COUNTY,
            "history": True,
            "checks": os.path.relpath(checks, folder),
            "inputs": inputs,
        }
        write_text(new / CONFIG, yaml_text(settings))
    return Sample(config=folder / CONFIG, n_files=len(inputs), n_rows=n_rows)


def _plain_name(folder: Path) -> str:
    """Name of a configuration after its folder, so that two samples keep apart."""
    return re.sub("[^a-z0-9_]+", "_", folder.name.lower()).strip("_") or "sample"


def _deliveries(county: SmallCounty, n_months: int, first_day: date) -> Iterator[Delivery]:
    """Every file of every month, those of before the first day too, in order of receipt."""
    before = [add_months(first_day, -n) for n in range(12, 0, -1)]
    months = [*before, *(add_months(first_day, n) for n in range(n_months + 12))]
    found = [one for month in months for one in office_deliveries(county, month=month)]
    return iter(sorted(found, key=lambda one: one.received_on))


def _file(
    delivery: Delivery, number: int, rng: np.random.Generator | None
) -> tuple[str, bytes, int]:
    """Name and content of a file, and its rows."""
    sheet = delivery.sheet
    name = f"{number:04d}_{sheet.source}_{delivery.received_on:%Y%m%d}.{sheet.kind}"
    if rng is None:
        return name, sheet_bytes(sheet), len(sheet.rows)
    spoilt, content = _spoilt(sheet, rng)
    return name, sheet_bytes(spoilt) if content is None else content, len(sheet.rows)


def _spoilt(sheet: Sheet, rng: np.random.Generator) -> tuple[Sheet, bytes | None]:
    """Spoil a file by a kind of fault of single cells or rows that fits it."""
    kinds = [fault for fault in FAULTS if fault.level in ("cell", "row") and not fault.is_raw]
    for at in rng.permutation(len(kinds)):
        found = inject(sheet, [kinds[at]], rng, _ROWS_SPOILT)
        if found.differs_from(sheet):
            return found.sheet or sheet, found.content
    return sheet, None


def _input(delivery: Delivery, name: str, sources: str) -> dict[str, Any]:
    """Input of the configuration for one file."""
    snapshot = {} if delivery.snapshot_on is None else {"snapshot_on": delivery.snapshot_on}
    return {
        "source": f"{sources}/{delivery.sheet.source}.yaml",
        "files": [f"inbox/{name}"],
        "received_on": delivery.received_on,
        **snapshot,
    }
