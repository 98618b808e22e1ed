"""The quality of what is on file, as it was known on a day."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from fanpin_risk.errors import AsOfError
from fanpin_risk.household.membership import members_on, with_household
from fanpin_risk.records.contracts import TABLES, frame_schema
from fanpin_risk.records.quality.run import run_checks
from fanpin_risk.records.quality.settings import QualitySettings
from fanpin_risk.records.store import Store
from fanpin_risk.records.timeline import KnownRecords, known_as_of
from fanpin_risk.report.quality_content import COLUMNS, QualityReport
from fanpin_risk.report.quality_report import write_quality_report


def known_tables(known: KnownRecords) -> dict[str, pl.DataFrame]:
    """Every table as known on the day; a person's records with the household they belong to then.

    Returns
    -------
    dict of DataFrame
        In the form of `frame_schema`; ``household_id`` is null where a person's household is not
        on record.
    """
    members = members_on(known)
    tables = {}
    for name, frame in known.tables.items():
        table = TABLES[name]
        if table.key == "person_id" and name != "member_snapshot":
            frame = with_household(frame, members)
        tables[name] = frame.to_native().select(list(frame_schema(table)))
    return tables


def quality_report(
    store: Store, *, as_of: date, settings: QualitySettings, title_zh: str, title_en: str
) -> QualityReport:
    """Everything that the quality report shows: what arrived until a day, and what the checks say.

    Raises
    ------
    AsOfError
        If nothing was on file yet.
    """
    batches = store.batches(received_until=as_of)
    if not batches:
        raise AsOfError(f"Nothing had been received by {as_of}. Choose a later day.")
    tables = known_tables(known_as_of(store.records(received_until=as_of), as_of))
    result = run_checks(tables, as_of=as_of, settings=settings)
    arrived = [
        {**{name: entry.get(name) for name in COLUMNS["batches"]}, "received_on": day}
        for entry in batches
        for day in [date.fromisoformat(entry["received_on"])]
    ]
    aside = [
        {
            "batch": entry["batch"],
            "source": entry["source"],
            **{name: fault[name] for name in ("check", "n_rows", "reason_zh", "reason_en")},
        }
        for entry in batches
        for fault in entry["faults"]
    ]
    return QualityReport(
        as_of=as_of,
        title_zh=title_zh,
        title_en=title_en,
        batches=pl.DataFrame(arrived),
        checks=result.states,
        counts=result.counts,
        failures=result.failures,
        quarantine=pl.DataFrame(aside),
    )


def write_quality(
    store: Store,
    folder: Path,
    *,
    as_of: date,
    settings: QualitySettings,
    title_zh: str,
    title_en: str,
) -> QualityReport:
    """Write ``quality.html`` and ``quality.xlsx`` to a folder, and return what they show."""
    report = quality_report(
        store, as_of=as_of, settings=settings, title_zh=title_zh, title_en=title_en
    )
    write_quality_report(report, folder)
    return report
