"""The small county as a folder of record tables, as a program would leave it."""

from __future__ import annotations

import hashlib

import polars as pl

from fanpin_risk.records.contracts import TABLES, frame_schema


def hashed(person):
    """A person's number as the tables hold it; any one-way number will do for a test."""
    return None if person is None else hashlib.blake2b(person.encode(), digest_size=16).hexdigest()


def frames(county):
    """Record tables by name, every version."""
    found = {}
    for name, rows in county.tables.items():
        schema = frame_schema(TABLES[name])
        plain = [{**row, "person_id": hashed(row.get("person"))} for row in rows]
        found[name] = pl.DataFrame(plain, schema=schema, orient="row", strict=False)
    return found


def write(folder, tables):
    """Write record tables below a folder; returns the folder."""
    (folder / "records").mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        frame.write_parquet(folder / "records" / f"{name}.parquet")
    return folder
