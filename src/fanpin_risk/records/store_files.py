"""The files of a store: their columns, their names, and reading what the log says of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from fanpin_risk.errors import InputFileError
from fanpin_risk.records.contracts import Table, frame_schema

FORMAT = 1
STORE_COLUMNS: dict[str, pl.DataType] = {
    "entered_on": pl.Date(),
    "county": pl.String(),
    "line": pl.Int64(),
}
"""Columns that the store keeps beside a table's own: they say where a record is from."""

QUARANTINE_SCHEMA: dict[str, pl.DataType] = {
    "quarantine_id": pl.String(),
    "file": pl.String(),
    "line": pl.Int64(),
    "checks": pl.String(),
    "columns": pl.List(pl.String()),
    "reason_zh": pl.String(),
    "reason_en": pl.String(),
    "original": pl.String(),
    "household_id": pl.String(),
    "person_id": pl.String(),
}
CONTACTS_SCHEMA: dict[str, pl.DataType] = dict.fromkeys(
    ("household_id", "person_id", "name", "phone"), pl.String()
)

LOG, TABLES_BELOW, MARKS, STAGING, PRIVATE = "log", "tables", "marks", "staging", "private"
NO_COUNTY = "_"


def county_code(county: str | None) -> str:
    """County as a part of a path: letters and digits as they are, other signs by their bytes.

    Examples
    --------
    >>> county_code("示例县"), county_code("52/01"), county_code(None)
    ('示例县', '52%2F01', '_')
    """
    if not county:
        return NO_COUNTY
    return "".join(
        letter if letter.isalnum() else "".join(f"%{byte:02X}" for byte in letter.encode())
        for letter in county
    )


@dataclass(frozen=True, kw_only=True)
class PartFile:
    """One Parquet file of the store: rows of a table and county that came with one batch."""

    table: str
    county: str
    path: str
    rows: int
    batch: str


def store_schema(table: Table) -> dict[str, pl.DataType]:
    """Types of a table's files in the store."""
    return {**frame_schema(table), **STORE_COLUMNS}


def parts_of(entries: Sequence[dict[str, Any]], received_until: date | None) -> list[PartFile]:
    """Files that the entries of a log leave, of the batches received up to a day."""
    files: dict[str, PartFile] = {}
    kept: set[str] = set()
    received = ""
    for entry in entries:
        if entry["kind"] == "batch":
            # history stands on what was on file before it: it was not there earlier than that
            received = max(received, entry["received_on"])
            if received_until is None or received <= received_until.isoformat():
                kept.add(entry["batch"])
            for part in entry["parts"]:
                files[part["path"]] = PartFile(**part, batch=entry["batch"])
            continue
        for old, new in entry["replaced"].items():
            before = files.pop(old)
            if new is not None:
                files[new["path"]] = replace(before, path=new["path"], rows=new["rows"])
    return [part for part in files.values() if part.batch in kept]


def read_json(path: Path) -> dict[str, Any]:
    """Read a file of the store's own.

    Raises
    ------
    InputFileError
        If it cannot be read.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputFileError(
            f"{path}: cannot be read. Bring the store back from a copy."
        ) from error
    if not isinstance(content, dict):
        raise InputFileError(f"{path}: is no entry of a store. Bring the store back from a copy.")
    return content
