"""Checks of single rows on the way in: an error sets the row aside, a warning marks the record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from fanpin_risk.records.files import LINE
from fanpin_risk.records.quality.model import FieldCheck
from fanpin_risk.records.rows import FAULTS_SCHEMA, NUMBER_FITS

MARKS_SCHEMA: dict[str, pl.DataType] = {
    "table": pl.String(),
    "record_id": pl.String(),
    "check": pl.String(),
    "batch": pl.String(),
    "line": pl.Int64(),
}


NUMBER_CHECK = FieldCheck(
    id="14.05",
    severity="warning",
    message_zh="证件号码校验位不符",
    message_en="the identity number's last character does not fit",
    is_eligible=pl.col("person_id").is_not_null(),
    is_failed=~pl.col(NUMBER_FITS),
)
"""The number itself is gone once the record is in, so every table's numbers are checked here."""


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What the checks of single rows found: rows at fault, marked rows by check, and counts.

    ``counts`` has ``n_rows``, ``n_eligible``, ``n_evaluated``, ``n_unknown`` and ``n_failed`` of
    each check: a check that was not run is not there, and one that knew nothing says so.
    """

    faults: pl.DataFrame
    marked: dict[str, pl.Series]
    counts: Counter[tuple[str, str]]


def field_faults(rows: pl.DataFrame, checks: Sequence[FieldCheck]) -> Checked:
    """Run the checks of single rows over records of a table.

    Parameters
    ----------
    rows
        Records with ``_line`` and the contract's columns.
    checks
        What to run.
    """
    faults = [pl.DataFrame(schema=FAULTS_SCHEMA)]
    marked: dict[str, pl.Series] = {}
    counts: Counter[tuple[str, str]] = Counter()
    if rows[NUMBER_FITS].is_not_null().any():
        checks = [NUMBER_CHECK, *(check for check in checks if check.id != NUMBER_CHECK.id)]
    for check in checks:
        answers = rows.select(LINE, e=check.is_eligible, f=check.is_failed)
        n_eligible = int(answers["e"].sum())
        n_known = int((answers["e"] & answers["f"].is_not_null()).sum())
        failed = answers.filter(pl.col("e") & pl.col("f").fill_null(False))[LINE]
        counts[check.id, "n_rows"] += rows.height
        counts[check.id, "n_eligible"] += n_eligible
        counts[check.id, "n_evaluated"] += n_known
        counts[check.id, "n_unknown"] += n_eligible - n_known
        counts[check.id, "n_failed"] += failed.len()
        if not failed.len():
            continue
        if check.severity == "warning":
            marked[check.id] = failed
            continue
        faults.append(
            failed.to_frame(LINE)
            .select(
                LINE,
                check=pl.lit(check.id),
                columns=pl.lit(""),
                reason_zh=pl.lit(check.message_zh),
                reason_en=pl.lit(check.message_en),
            )
            .cast(pl.Schema(FAULTS_SCHEMA))
        )
    return Checked(faults=pl.concat(faults), marked=marked, counts=counts)


def marks_of(
    table: str, rows: pl.DataFrame, marked: dict[str, pl.Series], batch: str
) -> pl.DataFrame:
    """Marks of the records that are taken in."""
    parts = [pl.DataFrame(schema=MARKS_SCHEMA)]
    for check, lines in marked.items():
        found = rows.join(lines.to_frame(LINE), on=LINE, how="semi")
        parts.append(
            found.select(
                table=pl.lit(table),
                record_id="record_id",
                check=pl.lit(check),
                batch=pl.lit(batch),
                line=LINE,
            ).cast(pl.Schema(MARKS_SCHEMA))
        )
    return pl.concat(parts)
