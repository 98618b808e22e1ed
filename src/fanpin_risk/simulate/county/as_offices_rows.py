"""Which rows of a county its offices send, in which month, and why some cannot be sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from fanpin_risk.dates import add_months
from fanpin_risk.records.contracts import TABLES

__all__ = ["OFFICE_OF", "REASONS", "UNTOLD", "Sending", "office_of"]

OFFICE_OF: dict[tuple[str, str], str] = {
    ("household_snapshot", "public_security"): "public_security_pages",
    ("member_snapshot", "public_security"): "public_security_members",
    ("income_item", "agriculture"): "agriculture_subsidies",
    ("income_item", "human_resources"): "human_resources_pensions",
}
"""Names of the files of those rows whose source has a file of another kind under its own name."""

UNTOLD: dict[tuple[str, str], tuple[str, ...]] = {
    ("member_snapshot", "national_member"): ("membership",),
    ("household_snapshot", "national_household"): ("monitored_type",),
    ("income_item", "national_household"): ("is_help",),
    ("shock", "emergency"): ("product",),
}
"""Columns of the records that an office's file has no cell for, by table and source.

The member export does not say who is away. The household export has a type of monitoring only
beside the month of the listing, which for households that were taken off the list before the
county's first day is on no record: for these the cell stays empty. Whether other transfers are help
the export does not say: that one item has no answer. The emergency office does not ask what was
growing where a disaster came.
"""

REASONS: dict[str, tuple[str, str]] = {
    "no_office": ("没有部门报送这种记录", "no office sends such records"),
    "no_withdrawal": ("该部门的表没有撤销标志", "the office's file has no mark of withdrawal"),
    "told_by_payment": (
        "民政台账只记发放，救助决定以发放之日入库",
        "the office's ledger knows the payment alone: it tells of the measure on the day of that",
    ),
    "same_key": (
        "同一户（人）同日已有一行，该部门的表无法区分",
        "the office's file cannot tell it from another record of the same day",
    ),
}
"""Why rows are not sent, in both languages."""

_WITHOUT_OFFICE = ("loan", "override")
_TAKES_BACK = ("medical_insurance",)
MONTHLY_EXPORT = "national_work_month"
"""An export that comes once a month, and whose rows are known from the day it comes."""

_WITHOUT_ENTRY_DAY = (
    *("civil_affairs", "agriculture_dividends", "agriculture_prices"),
    MONTHLY_EXPORT,
)
_NUMBERED = (
    *("medical_insurance", "agriculture_claims", "register_clue"),
    *("public_security_pages", "public_security_members"),
)
_COUNTS_APART = ("national_household",)
_ROW = ["record_id", "version"]
_ASIDE: dict[str, pl.DataType] = {
    "record_id": pl.String(),
    "version": pl.Int32(),
    "source": pl.String(),
    "reason": pl.String(),
    "sent_on": pl.Date(),
}


def office_of(table: str, source: str) -> str:
    """Name of the office's kind of file in which rows of a table and source come.

    Examples
    --------
    >>> office_of("income_item", "human_resources"), office_of("shock", "human_resources")
    ('human_resources_pensions', 'human_resources')
    """
    return OFFICE_OF.get((table, source), source)


class Sending:
    """The rows of a county's record tables by the month in which its offices send them.

    Parameters
    ----------
    records
        Folder with the county's ``<table>.parquet``. Nothing but what is asked for is held.
    """

    def __init__(self, records: Path) -> None:
        self._records = records
        self.tables = tuple(name for name in TABLES if (records / f"{name}.parquet").exists())
        self._aside = {table: self._set_aside(table) for table in self.tables}
        self._moved = {table: self._rows_moved(table) for table in self.tables}

    def scan(self, table: str) -> pl.LazyFrame:
        """All rows of a table; without any where the county has none."""
        if table not in self.tables:
            return pl.LazyFrame(schema={"record_id": pl.String()})
        return pl.scan_parquet(self._records / f"{table}.parquet")

    def months(self) -> list[date]:
        """First days of the months in which anything is sent, the earliest first."""
        days = [date.max, date.min]
        for table in self.tables:
            known = self.scan(table).select(
                low=pl.col("recorded_on").min(), high=pl.col("recorded_on").max()
            )
            low, high = known.collect().row(0)
            moved = self._moved[table]["sent_on"].max()
            days = [min(days[0], low), max(days[1], high)]
            days[1] = max(days[1], moved) if isinstance(moved, date) else days[1]
        return list(_months(*days)) if self.tables else []

    def rows(self, table: str, month: date) -> pl.DataFrame:
        """Rows of a table that are sent in a month, each with the name of its ``office``.

        Rows come in the order in which they became known, those of one day by their numbers.
        """
        is_now = pl.col("recorded_on").is_between(month, add_months(month, 1), closed="left")
        frame = self.scan(table).filter(is_now, _plain_reason(table).is_null()).collect()
        frame = frame.join(self._aside[table].select(_ROW), on=_ROW, how="anti")
        moved = self._moved[table].filter(pl.col("sent_on") == month).drop("sent_on")
        found = pl.concat([frame, moved.select(frame.columns)])
        return found.sort("recorded_on", *_ROW).with_columns(office=_office(table))

    def not_sent(self) -> pl.DataFrame:
        """How many rows are not sent, and why.

        Returns
        -------
        DataFrame
            ``table``, ``source``, ``reason`` (of `REASONS`) and ``rows``, sorted.
        """
        parts = []
        for table in self.tables:
            plain = (
                self.scan(table).select("source", reason=_plain_reason(table)).collect()
            ).drop_nulls("reason")
            aside = self._aside[table].select("source", "reason").drop_nulls("reason")
            counted = pl.concat([plain, aside]).group_by("source", "reason").len("rows")
            parts.append(counted.select(pl.lit(table).alias("table"), pl.all()))
        schema = {"table": pl.String, "source": pl.String, "reason": pl.String, "rows": pl.UInt32}
        return pl.concat([pl.DataFrame(schema=schema), *parts]).sort("table", "source", "reason")

    def _rows_moved(self, table: str) -> pl.DataFrame:
        """Whole rows that are sent in another month than they became known in."""
        moved = self._aside[table].drop_nulls("sent_on").select(*_ROW, "sent_on")
        return self.scan(table).join(moved.lazy(), on=_ROW).collect()

    def _set_aside(self, table: str) -> pl.DataFrame:
        """Rows that share with others what their office tells records apart by, if they do not fit.

        A later record that says what is said already is sent, as offices send rows twice; one that
        says otherwise would pass for a correction of the first, and is not. Where a file has no
        day of entry, two versions in it could not be put in order: the later one comes with the
        next month's.
        """
        parts = [pl.DataFrame(schema=_ASIDE)]
        sources = self.scan(table).select(pl.col("source").unique().sort()).collect()["source"]
        apart = [[s] for s in sources if office_of(table, s) in _COUNTS_APART]
        others = [s for s in sources if not _is_told_apart(table, s)]
        for group in (*apart, others):
            rows = self.scan(table).filter(
                pl.col("source").is_in(group), _plain_reason(table).is_null()
            )
            parts.append(_walked(table, self._candidates(table, rows)))
        return pl.concat(parts)

    def _candidates(self, table: str, rows: pl.LazyFrame) -> pl.DataFrame:
        """Rows of which several have one key: of several records, or of a ledger without days."""
        key = _key(table)
        hashed = rows.select(
            key=pl.struct(key).hash(),
            record=pl.col("record_id").hash(),
            is_undated=pl.col("source").is_in(_WITHOUT_ENTRY_DAY),
        ).collect()
        several = (
            hashed.group_by("key")
            .agg(
                n_records=pl.col("record").n_unique(),
                n=pl.len(),
                is_undated=pl.col("is_undated").any(),
            )
            .filter((pl.col("n_records") > 1) | ((pl.col("n") > 1) & pl.col("is_undated")))["key"]
        )
        if several.is_empty():
            return rows.head(0).collect()
        return rows.filter(pl.struct(key).hash().is_in(several.implode())).collect()


def _months(first: date, last: date) -> Iterator[date]:
    """First days of all months from one day to another."""
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = add_months(month, 1)


def _office(table: str) -> pl.Expr:
    """Name of the file in which a row comes."""
    names = {source: office for (of, source), office in OFFICE_OF.items() if of == table}
    return pl.col("source").replace(names) if names else pl.col("source")


def _plain_reason(table: str) -> pl.Expr:
    """Why a row is not sent, as far as the row itself tells; null where it is."""
    if table in _WITHOUT_OFFICE:
        return pl.lit("no_office")
    is_gone = pl.col("is_withdrawn") & ~pl.col("source").is_in(_TAKES_BACK)
    reason = pl.when(is_gone).then(pl.lit("no_withdrawal"))
    if table == "support_measure":
        is_relief = pl.col("source") == "civil_affairs"
        return pl.when(is_relief).then(pl.lit("told_by_payment")).otherwise(reason)
    return reason.otherwise(pl.lit(None, dtype=pl.String))


def _is_told_apart(table: str, source: str) -> bool:
    """Whether records of a source cannot be taken for each other, or for those of other sources."""
    office = office_of(table, source)
    return office in _NUMBERED or office in _COUNTS_APART


def _key(table: str) -> list[pl.Expr]:
    """What tells records of a table apart where no number does: by the contract."""
    contract = TABLES[table]
    name: str = contract.key
    first = pl.col(name)
    if name == "household_id" and "person_id" in contract.names:
        first = pl.coalesce(name, "person_id")
    return [first.alias("_first"), *(pl.col(n) for n in contract.identifies if n != name)]


def _walked(table: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Go through rows of one key in the order they became known, and decide on each."""
    if rows.is_empty():
        return pl.DataFrame(schema=_ASIDE)
    content = ["occurred_on", *TABLES[table].names]
    keyed = rows.with_columns(_key=pl.struct(_key(table)), _content=pl.struct(content))
    # of records known on one day the one counts whose number is lower
    ordered = keyed.sort("_key", "recorded_on", *_ROW)
    found: list[dict[str, Any]] = []
    before: dict[str, Any] | None = None
    for row in ordered.select(*_ROW, "source", "recorded_on", "_key", "_content").iter_rows(
        named=True
    ):
        aside = {name: row[name] for name in (*_ROW, "source")} | {"reason": None, "sent_on": None}
        if before is None or row["_key"] != before["_key"]:
            before = {**row, "sent_on": row["recorded_on"].replace(day=1)}
            continue
        is_same_record = row["record_id"] == before["record_id"]
        is_repeated = row["_content"] == before["_content"] and (
            row["recorded_on"] > before["recorded_on"]
        )
        if not (is_same_record or is_repeated):
            found.append(aside | {"reason": "same_key"})
            continue
        month = row["recorded_on"].replace(day=1)
        if row["source"] in _WITHOUT_ENTRY_DAY and month <= before["sent_on"]:
            month = add_months(before["sent_on"], 1)
            found.append(aside | {"sent_on": month})
        content_now = row["_content"] if is_same_record else before["_content"]
        before |= {
            "_content": content_now,
            "recorded_on": row["recorded_on"],
            "sent_on": month,
        }
    return pl.DataFrame(found, schema=_ASIDE)
