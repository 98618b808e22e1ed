"""A small simulated county as its offices would send it, to try the intake on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np

from fanpin_risk.dates import add_months
from fanpin_risk.errors import ConfigError
from fanpin_risk.provenance import folder_written_whole
from fanpin_risk.simulate.offices import Delivery, office_deliveries
from fanpin_risk.simulate.small_county import COUNTY, SmallCounty, small_county
from fanpin_risk.workflows.offices import Inbox, OfficeFiles, plain_name, require_sources


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
) -> OfficeFiles:
    """Write the offices' files of a small county, and a configuration that takes them in.

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
        Whether one file in four is spoilt by one kind of fault in a few rows; ``faults.csv`` then
        says by which, and where.

    Raises
    ------
    ConfigError
        If the folder of source files is not there, or the day is no first of a month.
    OutputError
        If the files cannot be written; the folder is then as it was.
    """
    require_sources(sources)
    if first_day.day != 1:
        raise ConfigError(
            f"first_day {first_day} is no first of a month. Say {first_day:%Y-%m}-01."
        )
    county = small_county(n_households, n_months, seed=seed, first_day=first_day)
    with folder_written_whole(folder) as new:
        return Inbox(new, np.random.default_rng(seed) if is_dirty else None).write(
            [(county, _deliveries(county, n_months, first_day))],
            folder=folder,
            name=plain_name(folder.name),
            county=COUNTY,
            sources=sources,
            checks=checks,
            beside={},
        )


def _deliveries(county: SmallCounty, n_months: int, first_day: date) -> Iterator[Delivery]:
    """Every file of every month, those of before the first day too, in order of receipt."""
    before = [add_months(first_day, -n) for n in range(12, 0, -1)]
    months = [*before, *(add_months(first_day, n) for n in range(n_months + 12))]
    found = [one for month in months for one in office_deliveries(county, month=month)]
    return iter(sorted(found, key=lambda one: one.received_on))
