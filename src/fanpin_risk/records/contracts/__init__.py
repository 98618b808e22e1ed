"""Contracts of the record tables: data from which reading, checks and the dictionary are made."""

from __future__ import annotations

import polars as pl

from fanpin_risk.records.contracts import (
    guarantees,
    household,
    means,
    mechanism,
    money,
    places,
    survey,
)
from fanpin_risk.records.contracts.model import DTYPES, Column, Kind, Table

__all__ = ["COMMON_TITLES", "DTYPES", "TABLES", "Column", "Kind", "Table", "frame_schema"]

COMMON_TITLES: dict[str, tuple[str, str]] = {
    "household_id": (
        "户编号",
        "household number, text; empty where a person's household is not on record yet",
    ),
    "record_id": ("记录编号", "record number; a correction keeps it"),
    "version": ("版本", "1, 2, 3 … of the record, in the order it became known"),
    "occurred_on": ("发生日期", "the day it happened"),
    "recorded_on": ("登记日期", "the day it became known here; nothing is used before it"),
    "source": ("来源", "the source file's name in configs/sources"),
    "batch": ("批次", "the delivery it came with"),
    "is_withdrawn": ("已撤销", "this version takes the record back"),
}

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        household.HOUSEHOLD_SNAPSHOT,
        *survey.TABLES,
        *guarantees.TABLES,
        places.PLACE_CONTEXT,
        *(t for t in household.TABLES if t is not household.HOUSEHOLD_SNAPSHOT),
        *money.TABLES,
        *mechanism.TABLES,
        *means.TABLES,
        *(t for t in places.TABLES if t is not places.PLACE_CONTEXT),
    )
}
"""Every record table by name."""


def frame_schema(table: Table) -> dict[str, pl.DataType]:
    """Types of a table's frame: the common columns first, then its own, in contract order.

    Examples
    --------
    >>> list(frame_schema(TABLES["place_context"]))[:3]
    ['record_id', 'version', 'occurred_on']
    """
    common: dict[str, pl.DataType] = {
        "record_id": pl.String(),
        "version": pl.Int32(),
        "occurred_on": pl.Date(),
        "recorded_on": pl.Date(),
        "source": pl.String(),
        "batch": pl.String(),
        "is_withdrawn": pl.Boolean(),
    }
    if table.key != "place":
        common = {"household_id": pl.String(), **common}
    return {**common, **{column.name: DTYPES[column.kind] for column in table.columns}}
