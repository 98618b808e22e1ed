"""Deleting a household, or what is kept too long: gone from every file, and said in the log."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from fanpin_risk.dates import add_months
from fanpin_risk.errors import ConfigError
from fanpin_risk.records.contracts import TABLES
from fanpin_risk.records.identity_key import IdentityKey
from fanpin_risk.records.identity_numbers import person_number
from fanpin_risk.records.spelling import UnreadableError
from fanpin_risk.records.store import Store
from fanpin_risk.records.store_files import store_schema
from fanpin_risk.records.store_writer import Writer, write_staged

_NUMBERS = re.compile(r"[0-9]{17}[0-9Xx][0-9]{0,4}|[0-9]{15}")

Doomed = Callable[[str], pl.Expr | None]
"""Which rows of a table go, by the table's name; None where none can."""


@dataclass(frozen=True, kw_only=True)
class Deleted:
    """How many rows went from each table, and how many from what is kept apart."""

    rows: Mapping[str, int]
    rows_apart: int


def delete_household(
    store: Store, household_id: str, *, key: IdentityKey, asked_on: date
) -> Deleted:
    """Delete everything about a household and about the persons who were members of it alone.

    The log keeps the day and a keyed hash of the household's number, nothing else. A file that was
    taken in before adds nothing when it is sent again; another file that names the household brings
    it back, so it has to be deleted at the office too.
    A change of another household that names this one keeps the hash in its place; a record that
    was corrected from this household to another is the other's, and its versions count from 1.

    Raises
    ------
    ConfigError
        If nothing about the household is on file, or the key is another than the store's.
    """
    store.require_key(key)
    with store.writing(key) as writer:
        persons = _persons_of(store, household_id)
        ids = persons.implode()
        hidden = key.household(household_id)

        def doomed(table: str) -> pl.Expr | None:
            names = TABLES[table].names
            if TABLES[table].key == "place":
                return None
            owned = (pl.col("household_id") == household_id).fill_null(False)
            if "person_id" not in names:
                return owned
            without_home = pl.col("household_id").is_null() & pl.col("person_id").is_in(ids)
            return owned | without_home.fill_null(False)

        def is_doomed_apart(frame: pl.DataFrame) -> pl.Expr:
            found = (pl.col("household_id") == household_id).fill_null(False)
            found = found | pl.col("person_id").is_in(ids).fill_null(False)
            if "original" in frame.columns:
                number = _standing_alone(household_id)
                closed = pl.col("original").str.replace_all(r"[,，\s]", "")
                found = found | pl.col("original").str.contains(number)
                found = found | closed.str.contains(number)
                found = found | _names_person(frame["original"], key, set(persons.to_list()))
            return found

        def hide(table: str, rows: pl.DataFrame) -> pl.DataFrame:
            return _hidden(rows, household_id, hidden) if table == "household_change" else rows

        what = {"household": hidden}
        deleted = _delete(store, writer, doomed, is_doomed_apart, what, asked_on, hide)
    if not deleted.rows and not deleted.rows_apart:
        raise ConfigError(f"Nothing about household {household_id!r} is on file. Check its number.")
    return deleted


def delete_older(
    store: Store, before: Mapping[str, date], *, asked_on: date, key: IdentityKey | None = None
) -> Deleted:
    """Delete records whose newest version happened before a day (excluded), with all versions.

    Parameters
    ----------
    store
        Where the records are.
    before
        The day for each table concerned. What is kept apart goes with the deliveries that came
        before the days of all the tables that their source fills.
    asked_on
        Day of the request, for the log.
    key
        The store's key, where it is at hand.
    """
    with store.writing(key) as writer:
        old = {table: _old_records(store, table, day).implode() for table, day in before.items()}

        def doomed(table: str) -> pl.Expr | None:
            return pl.col("record_id").is_in(old[table]) if table in old else None

        what = {"before": {table: day.isoformat() for table, day in before.items()}}
        gone = _outlived(store, before)

        def is_doomed_apart(frame: pl.DataFrame) -> pl.Expr:
            return pl.col("_batch").is_in(gone)

        return _delete(store, writer, doomed, is_doomed_apart, what, asked_on)


def kept_from(as_of: date, tables: Sequence[str] | None = None) -> dict[str, date]:
    """First day that each contract keeps, as of a day; tables that are kept for good are left out.

    Examples
    --------
    >>> kept_from(date(2026, 1, 31), ["medical_bill", "village"])
    {'medical_bill': datetime.date(2020, 1, 31)}
    """
    names = list(TABLES) if tables is None else list(tables)
    return {
        name: add_months(as_of, -months)
        for name in names
        if (months := TABLES[name].keep_months) is not None
    }


def _persons_of(store: Store, household_id: str) -> pl.Series:
    """Persons who were members of the household and of no other."""
    members = store.scan("member_snapshot").select("person_id", "household_id").unique().collect()
    here = members.filter(pl.col("household_id") == household_id)["person_id"]
    elsewhere = members.filter(pl.col("household_id") != household_id)["person_id"]
    return here.filter(~here.is_in(elsewhere.implode()))


def _old_records(store: Store, table: str, day: date) -> pl.Series:
    """Records whose newest version happened before a day."""
    rows = store.scan(table).select("record_id", "version", "occurred_on")
    newest = rows.group_by("record_id").agg(pl.col("occurred_on").sort_by("version").last())
    return newest.filter(pl.col("occurred_on") < day).collect()["record_id"]


def _outlived(store: Store, before: Mapping[str, date]) -> list[str]:
    """Batches that came before the days of all tables that their source fills."""
    filled: dict[str, set[str]] = {}
    for entry in store.batches():
        tables = filled.setdefault(entry["source"], set())
        tables.update(part["table"] for part in entry["parts"])
    gone = []
    for entry in store.batches():
        days = [before.get(table) for table in filled[entry["source"]] or before]
        if all(day is not None and entry["received_on"] < day.isoformat() for day in days):
            gone.append(entry["batch"])
    return gone


def _names_person(originals: pl.Series, key: IdentityKey, persons: set[str]) -> pl.Series:
    """Whether a row as it came holds the identity number of one of some persons."""
    if not persons:
        return pl.Series([False]).new_from_index(0, originals.len())
    return pl.Series(
        [
            any(_person_of(number, key) in persons for number in _NUMBERS.findall(text or ""))
            for text in originals.to_list()
        ],
        dtype=pl.Boolean(),
    )


def _person_of(number: str, key: IdentityKey) -> str | None:
    """Keyed hash of an identity number as it was written; None where it is none."""
    try:
        return key.person(person_number(number).value.number)
    except UnreadableError:
        return None


def _standing_alone(household_id: str) -> str:
    """Pattern of a household number that is no part of a longer one."""
    letters = r"\p{L}\p{N}_./-"
    number = pl.select(pl.lit(household_id).str.escape_regex()).item()
    return rf"(?:^|[^{letters}]){number}(?:$|[^{letters}])"


def _hidden(rows: pl.DataFrame, household_id: str, hidden: str) -> pl.DataFrame:
    """Changes of other households, with a hash where they name the household."""
    named = pl.col("other_household_id").eq_missing(pl.lit(household_id))
    part = household_id.replace("/", "%2F")
    parts = pl.col("record_id").str.split("/").list
    numbered = parts.eval(pl.element().replace(part, hidden)).list.join("/")
    return rows.with_columns(
        record_id=pl.when(named).then(numbered).otherwise("record_id"),
        other_household_id=pl.when(named).then(pl.lit(hidden)).otherwise("other_household_id"),
    )


def _as_is(table: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of other households, without any change."""
    return rows


def _delete(
    store: Store,
    writer: Writer,
    doomed: Doomed,
    is_doomed_apart: Callable[[pl.DataFrame], pl.Expr],
    what: dict[str, Any],
    asked_on: date,
    hide: Callable[[str, pl.DataFrame], pl.DataFrame] = _as_is,
) -> Deleted:
    """Rewrite the files concerned, write it into the log, and remove the old ones."""
    counts: dict[str, int] = {}
    replaced: dict[str, dict[str, Any] | None] = {}
    gone_ids = [pl.DataFrame(schema=_GONE_SCHEMA)]
    versions: dict[str, pl.DataFrame] = {}
    for number, part in enumerate(store.parts(), start=1):
        rule = doomed(part.table)
        if rule is None:
            continue
        if part.table not in versions:
            versions[part.table] = _versions_left(store, part.table, rule)
        rows = pl.read_parquet(store.folder / part.path)
        gone = rows.filter(rule)
        left = rows.filter(~rule)
        kept = hide(part.table, _numbered_anew(left, versions[part.table]))
        if kept.equals(rows):
            continue
        counts[part.table] = counts.get(part.table, 0) + gone.height
        renamed = left.filter(left["record_id"] != kept["record_id"])
        for changed in (gone, renamed):
            gone_ids.append(changed.select("record_id", table=pl.lit(part.table)))
        replaced[part.path] = None
        if kept.height:
            schema = list(store_schema(TABLES[part.table]))
            staged = write_staged(writer.staging / f"{number}.parquet", kept.select(schema))
            new = writer.place_part(staged, part.table, part.county, number)
            replaced[part.path] = {"path": new.path, "rows": new.rows}
    removed, files, rows_apart = _delete_apart(store, writer, is_doomed_apart, pl.concat(gone_ids))
    if replaced or removed:
        writer.commit(
            {
                "kind": "deletion",
                "asked_on": asked_on.isoformat(),
                "what": what,
                "rows": counts,
                "rows_apart": rows_apart,
                "replaced": replaced,
                "removed": removed,
                "files": files,
            }
        )
        for old in [*replaced, *removed]:
            (store.folder / old).unlink(missing_ok=True)
    return Deleted(rows=counts, rows_apart=rows_apart)


_GONE_SCHEMA: dict[str, pl.DataType] = {"record_id": pl.String(), "table": pl.String()}


def _versions_left(store: Store, table: str, rule: pl.Expr) -> pl.DataFrame:
    """Versions that stay of records of which some go, with the number each gets."""
    rows = store.scan(table).select("record_id", "version", _gone=rule)
    halved = rows.filter("_gone").select("record_id").unique()
    left = rows.filter(~pl.col("_gone")).join(halved, on="record_id", how="semi")
    number = pl.col("version").rank("ordinal").over("record_id").cast(pl.Int32)
    return left.select("record_id", "version", _number=number).collect()


def _numbered_anew(rows: pl.DataFrame, versions: pl.DataFrame) -> pl.DataFrame:
    """Rows with the numbers that their versions get."""
    joined = rows.join(versions, on=["record_id", "version"], how="left", maintain_order="left")
    return joined.with_columns(version=pl.coalesce("_number", "version")).select(rows.columns)


def _delete_apart(
    store: Store,
    writer: Writer,
    is_doomed: Callable[[pl.DataFrame], pl.Expr],
    gone: pl.DataFrame,
) -> tuple[list[str], list[str], int]:
    """Rewrite quarantine, contacts and marks: files removed, files written, rows gone."""
    removed: list[str] = []
    files: list[str] = []
    n_gone = 0
    gone = gone.unique()
    for path in store.files_apart():
        rows = pl.read_parquet(store.folder / path)
        if path.startswith("marks/"):
            kept = rows.join(gone, on=["table", "record_id"], how="anti", maintain_order="left")
        else:
            batch = path.rsplit("-", 1)[1].removesuffix(".parquet").split("_")[0]
            rows = rows.with_columns(_batch=pl.lit(batch))
            kept = rows.filter(~is_doomed(rows).fill_null(False))
        if kept.height == rows.height:
            continue
        n_gone += rows.height - kept.height
        removed.append(path)
        if kept.height:
            below, name = path.split("/")
            new = f"{name.removesuffix('.parquet').split('_')[0]}_{writer.batch}.parquet"
            staged = write_staged(writer.staging / new, kept.drop("_batch", strict=False))
            files.append(writer.place_file(staged, below, new))
    return removed, files, n_gone
