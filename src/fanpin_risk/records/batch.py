"""One file on its way into the store: read, judged, counted and placed."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from fanpin_risk.errors import AccountingError, ConfigError
from fanpin_risk.records.apart import Apart, contacts_of, quarantined, sent_again
from fanpin_risk.records.batch_counts import (
    Found,
    accounts_of,
    check_counts,
    fault_counts,
    mended_counts,
    unsplit_faults,
)
from fanpin_risk.records.contracts import DTYPES, TABLES, Table
from fanpin_risk.records.files import LINE, Piece, TableFile
from fanpin_risk.records.headers import QUARANTINE_COLUMNS, QUARANTINE_ID
from fanpin_risk.records.marks import MARKS_SCHEMA, field_faults, marks_of
from fanpin_risk.records.quality.model import FieldCheck
from fanpin_risk.records.resolve import STATES, fault_rows, resolve
from fanpin_risk.records.rows import FAULTS_SCHEMA, KNOWN, Delivery, TypedRows, type_rows
from fanpin_risk.records.source import Source
from fanpin_risk.records.store import Store
from fanpin_risk.records.store_files import PartFile, county_code, store_schema
from fanpin_risk.records.store_writer import Writer, write_staged

Step = Callable[[str, str], None]
Checks = Callable[[str], Sequence[FieldCheck]]
"""Checks of the single rows of a table, by the table's name."""


class Batch:
    """One file on its way into the store."""

    def __init__(
        self,
        store: Store,
        writer: Writer,
        source: Source,
        table: TableFile,
        delivery: Delivery,
        checks: Checks,
        n_threads: int,
        step: Step | None,
    ) -> None:
        self.store, self.writer, self.source = store, writer, source
        self.table, self.delivery, self.checks = table, delivery, checks
        self.n_threads, self.step = n_threads, step
        self.mappings = source.mappings()
        self.staging = writer.staging

    def run(self) -> dict[str, Any]:
        """Read, judge and place everything; what the log will say of it."""
        found = list(self._pieces())
        faults = pl.concat([pl.DataFrame(schema=FAULTS_SCHEMA), *(one.faults for one in found)])
        special = self._special(found)
        frames = [self._special_rows(found, special, k) for k in range(len(self.mappings))]
        n_others = self._n_others(found, special, frames)
        resolved = resolve(self.source, frames, self.store.versions_of, n_others)
        states = self._states(resolved.records)
        aside = pl.concat([faults, resolved.faults]).select(LINE).unique()
        rows_read = sum(one.lines.len() for one in found)
        tables = [mapping.table for mapping in self.mappings]
        where = str(self.table.path)
        accounts = accounts_of(where, tables, found, special, states, aside, rows_read)
        late = resolved.faults.select(LINE).unique()
        parts = self._place(found, special, resolved.records, late)
        self._require_all_placed(found, special, resolved.records, late, parts)
        files = self._place_apart(found, faults, resolved.faults, aside)
        return {
            "batch": self.writer.batch,
            "encoding": self.table.encoding,
            "header": [n for n in self.table.header.names if n not in QUARANTINE_COLUMNS],
            "closes": self._closes(found, aside),
            "columns_not_used": sorted(set(self.table.header.names) - self._known_columns()),
            "rows_blank": sum(one.n_blank for one in found),
            **accounts,
            "parts": parts,
            "files": files,
            "faults": fault_counts(pl.concat([faults, resolved.faults])),
            "mended": mended_counts(found),
            "checks": check_counts(found),
        }

    def _closes(self, found: Sequence[Found], aside: pl.DataFrame) -> dict[str, list[str]]:
        """Quarantined rows that this file sends again: now in, or set aside once more."""
        rows = pl.concat([one.sent_again for one in found] or [sent_again(pl.DataFrame())])
        of_source = {e["batch"] for e in self.store.batches() if e["source"] == self.source.name}
        batch = pl.col(QUARANTINE_ID).str.split("-").list.first()
        rows = rows.filter(batch.is_in(list(of_source)))
        again = rows.join(aside, on=LINE, how="semi")[QUARANTINE_ID]
        mended = rows.join(aside, on=LINE, how="anti")[QUARANTINE_ID]
        return {"mended": mended.to_list(), "again": again.to_list()}

    def _known_columns(self) -> set[str]:
        """Columns of the file that the source speaks of."""
        contact = self.source.contact
        named = () if contact is None else (contact.name, contact.phone)
        ours = (*QUARANTINE_COLUMNS, *self.source.columns_needed())
        return {*ours, *self.source.ignored_columns, *filter(None, named)}

    def _pieces(self) -> Iterator[Found]:
        """Read pieces, a few at a time, and hand them on in the order of the file."""
        waiting: deque[Future[Found]] = deque()
        with ThreadPoolExecutor(self.n_threads) as pool:
            for number, piece in enumerate(self.table.pieces()):
                waiting.append(pool.submit(self._read, number, piece))
                del piece
                if len(waiting) > self.n_threads:
                    yield self._told(waiting.popleft().result())
            while waiting:
                yield self._told(waiting.popleft().result())

    def _told(self, found: Found) -> Found:
        """Say how far the file has been read."""
        if self.step is not None and found.lines.len():
            self.step("ingest", f"{self.table.path.name} {int(found.lines[-1]):,}")
        return found

    def _read(self, number: int, piece: Piece) -> Found:
        """Type the rows of a piece, and stage the records that are not at fault."""
        typed = type_rows(self.source, piece.texts, self.delivery)
        faults = pl.concat([typed.faults, unsplit_faults(piece), self._empty_rows(piece, typed)])
        more = [
            field_faults(frame, self.checks(mapping.table))
            for mapping, frame in zip(self.mappings, typed.records, strict=True)
        ]
        faults = pl.concat([faults, *(found.faults for found in more)])
        checked: Counter[tuple[str, str]] = Counter()
        for one in more:
            checked.update(one.counts)
        bad = faults.select(LINE).unique()
        staged: dict[tuple[int, str], Path] = {}
        hashes: dict[int, pl.DataFrame] = {}
        marks = [pl.DataFrame(schema=MARKS_SCHEMA)]
        for k, (mapping, frame) in enumerate(zip(self.mappings, typed.records, strict=True)):
            good = frame.join(bad, on=LINE, how="anti") if bad.height else frame
            table = TABLES[mapping.table]
            hashes[k] = good.select(
                LINE, hash=pl.col("record_id").hash(), is_withdrawn=pl.col("is_withdrawn")
            )
            marks.append(marks_of(table.name, good, more[k].marked, self.writer.batch))
            for county, rows in _by_county(good):
                target = self.staging / f"{k}-{number:05d}-{county}.parquet"
                rows = self._in_store_form(table, rows.with_columns(version=pl.lit(1)))
                staged[k, county] = write_staged(target, rows)
        lines = pl.concat([piece.texts[LINE], piece.unsplit[LINE]])
        return Found(
            staged=staged,
            hashes=hashes,
            lines=lines,
            faults=faults,
            apart=quarantined(self.source, piece, typed, faults)
            + contacts_of(self.source, piece, typed, bad),
            marks=pl.concat(marks),
            mended=typed.mended,
            n_blank=piece.n_blank,
            sent_again=sent_again(piece.texts),
            checked=checked,
        )

    def _empty_rows(self, piece: Piece, typed: TypedRows) -> pl.DataFrame:
        """Rows that hold no record at all."""
        if any(not mapping.only_if for mapping in self.mappings):
            return pl.DataFrame(schema=FAULTS_SCHEMA)
        held = pl.concat([frame.select(LINE) for frame in typed.records]).unique()
        lines = piece.texts.select(LINE).join(held, on=LINE, how="anti")[LINE]
        return fault_rows(lines, ["empty"] * lines.len())

    def _in_store_form(self, table: Table, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows as the store keeps them."""
        schema = store_schema(table)
        named = rows.with_columns(
            recorded_on=pl.col(KNOWN),
            source=pl.lit(self.source.name),
            batch=pl.lit(self.writer.batch),
            line=pl.col(LINE),
        )
        return named.select(list(schema)).cast(pl.Schema(schema))

    def _special(self, found: Sequence[Found]) -> dict[str, pl.Series]:
        """Hashes of the records, by table, that do not stand alone or take something back."""
        special = {}
        for name in dict.fromkeys(mapping.table for mapping in self.mappings):
            ks = [k for k, mapping in enumerate(self.mappings) if mapping.table == name]
            seen = pl.concat([one.hashes[k] for one in found for k in ks] or [_NO_HASHES])
            doubled = seen.filter(pl.col("hash").is_duplicated() | pl.col("is_withdrawn"))["hash"]
            on_file = self._on_file(name, seen["hash"])
            special[name] = pl.concat([doubled, on_file]).unique()
        return special

    def _on_file(self, table: str, hashes: pl.Series) -> pl.Series:
        """Hashes of the records that the store holds already."""
        wanted = hashes.alias("hash").to_frame().lazy()
        ids = self.store.scan(table).select(hash=pl.col("record_id").hash())
        return ids.join(wanted, on="hash", how="semi").collect()["hash"]

    def _special_rows(
        self, found: Sequence[Found], special: dict[str, pl.Series], k: int
    ) -> pl.DataFrame:
        """Records of one mapping that have to be judged together, in the form of `type_rows`."""
        table = TABLES[self.mappings[k].table]
        wanted = special[table.name]
        paths = [path for one in found for (at, _), path in one.staged.items() if at == k]
        if not paths or not wanted.len():
            return self._as_typed(pl.DataFrame(schema=store_schema(table)), table)
        rows = pl.scan_parquet(paths, hive_partitioning=False)
        special_rows = rows.filter(pl.col("record_id").hash().is_in(wanted.implode())).collect()
        return self._as_typed(special_rows, table)

    def _require_all_placed(
        self,
        found: Sequence[Found],
        special: dict[str, pl.Series],
        resolved: Sequence[pl.DataFrame],
        late: pl.DataFrame,
        parts: Sequence[dict[str, Any]],
    ) -> None:
        """Raise unless the files placed hold every record that is to be there, and no other."""
        n_wanted = sum(
            rows.join(late, on=LINE, how="anti")
            .filter(~pl.col("hash").is_in(special[self.mappings[k].table].implode()))
            .height
            for one in found
            for k, rows in one.hashes.items()
        )
        n_wanted += sum(frame.filter(pl.col("state") != "unchanged").height for frame in resolved)
        n_placed = sum(part["rows"] for part in parts)
        if n_wanted != n_placed:
            raise AccountingError(
                f"{self.table.path}: {n_wanted} records were to be placed, and {n_placed} were. "
                "Nothing is taken in. Please report this file's layout."
            )

    def _n_others(
        self,
        found: Sequence[Found],
        special: dict[str, pl.Series],
        frames: Sequence[pl.DataFrame],
    ) -> pl.DataFrame:
        """How many records that stand alone the rows hold of which others are judged together."""
        judged = pl.concat([frame.select(LINE) for frame in frames]).unique()
        alone = [
            rows.join(judged, on=LINE, how="semi").filter(
                ~pl.col("hash").is_in(special[self.mappings[k].table].implode())
            )
            for one in found
            for k, rows in one.hashes.items()
            if judged.height
        ]
        lines = pl.concat([NO_LINES, *(rows.select(LINE) for rows in alone)])
        return lines.group_by(LINE).agg(n=pl.len().cast(pl.Int64))

    def _as_typed(self, rows: pl.DataFrame, table: Table) -> pl.DataFrame:
        """Rows of the staging folder as `resolve` wants them."""
        given = self.source.version
        if given is not None:
            raise ConfigError(
                f"source {self.source.name}: the store counts versions itself. Leave `version` out."
            )
        household = [] if table.key == "place" else ["household_id"]
        return rows.select(
            pl.col("line").alias(LINE),
            "record_id",
            "occurred_on",
            "entered_on",
            pl.col("recorded_on").alias(KNOWN),
            pl.lit(None, dtype=pl.Int32).alias("_given_version"),
            "is_withdrawn",
            "county",
            *household,
            *[pl.col(column.name).cast(DTYPES[column.kind]) for column in table.columns],
        )

    def _states(self, records: Sequence[pl.DataFrame]) -> pl.DataFrame:
        """Strongest state of each row that holds a record judged at the end."""
        grades = {state: grade for grade, state in enumerate(STATES)}
        parts = [
            frame.select(LINE, grade=pl.col("state").replace_strict(grades, return_dtype=pl.Int8))
            for frame in records
            if frame.height
        ]
        empty = pl.DataFrame(schema={LINE: pl.Int64(), "grade": pl.Int8()})
        return pl.concat([empty, *parts]).group_by(LINE).agg(pl.col("grade").max())

    def _place(
        self,
        found: Sequence[Found],
        special: dict[str, pl.Series],
        resolved: Sequence[pl.DataFrame],
        late: pl.DataFrame,
    ) -> list[dict[str, Any]]:
        """Move what was staged to its tables; rows set aside or judged at the end come apart."""
        parts: list[dict[str, Any]] = []
        number = 0
        for one in found:
            for (k, county), path in one.staged.items():
                name = self.mappings[k].table
                rows = self._without(path, one.hashes[k], special[name], late)
                if rows is not None and rows.height == 0:
                    path.unlink()
                    continue
                if rows is not None:
                    write_staged(path, rows)
                number += 1
                part = self.writer.place_part(path, name, county, number)
                parts.append(_as_entry(part))
        for k, frame in enumerate(resolved):
            changed = frame.filter(pl.col("state") != "unchanged")
            table = TABLES[self.mappings[k].table]
            for county, rows in _by_county(changed):
                number += 1
                target = self.staging / f"judged-{k}-{county}.parquet"
                whole = self._in_store_form(table, rows)
                write_staged(target, whole)
                part = self.writer.place_part(target, table.name, county, number)
                parts.append(_as_entry(part))
        return parts

    def _without(
        self, path: Path, hashes: pl.DataFrame, special: pl.Series, late: pl.DataFrame
    ) -> pl.DataFrame | None:
        """Rows of a staged file that stand alone and are not aside; None where all of them are."""
        is_judged = hashes["hash"].is_in(special.implode())
        if not is_judged.any() and not hashes.join(late, on=LINE, how="semi").height:
            return None
        rows = pl.read_parquet(path)
        return rows.filter(~pl.col("record_id").hash().is_in(special.implode())).join(
            late, left_on="line", right_on=LINE, how="anti", maintain_order="left"
        )

    def _place_apart(
        self,
        found: Sequence[Found],
        faults: pl.DataFrame,
        late_faults: pl.DataFrame,
        aside: pl.DataFrame,
    ) -> list[str]:
        """Write what is kept apart from the records: quarantine, contacts, marks."""
        apart = Apart.joined([one.apart for one in found])
        if late_faults.height:
            apart = apart + self._late(late_faults)
        marks = pl.concat([pl.DataFrame(schema=MARKS_SCHEMA), *(one.marks for one in found)])
        marks = marks.join(aside, left_on="line", right_on=LINE, how="anti")
        contacts = apart.contacts.join(aside, on=LINE, how="anti").drop(LINE)
        files = []
        for frame, below, kind in (
            (self._numbered(apart.quarantine), "private", "quarantine"),
            (contacts.unique(maintain_order=True), "private", "contacts"),
            (marks, "marks", "marks"),
        ):
            if not frame.height:
                continue
            name = f"{kind}-{self.writer.batch}.parquet"
            staged = write_staged(self.staging / name, frame)
            files.append(self.writer.place_file(staged, below, name))
        return files

    def _late(self, faults: pl.DataFrame) -> Apart:
        """Rows as they came whose fault was found at the end: the file is read once more."""
        wanted = faults.select(LINE).unique()
        apart = Apart.joined([])
        for piece in self.table.pieces():
            texts = piece.texts.join(wanted, on=LINE, how="semi", maintain_order="left")
            if texts.height:
                only = replace(piece, texts=texts, unsplit=piece.unsplit.clear())
                typed = type_rows(self.source, texts, self.delivery)
                here = faults.join(texts.select(LINE), on=LINE, how="semi")
                apart = apart + quarantined(self.source, only, typed, here)
        return apart

    def _numbered(self, quarantine: pl.DataFrame) -> pl.DataFrame:
        """Give every quarantined row its number and the name of its file."""
        return quarantine.select(
            quarantine_id=pl.concat_str(pl.lit(f"{self.writer.batch}-"), pl.col(LINE)),
            file=pl.lit(self.table.path.name),
            line=pl.col(LINE),
            **{name: pl.col(name) for name in quarantine.columns if name != LINE},
        ).sort("line")


NO_LINES = pl.DataFrame(schema={LINE: pl.Int64()})
_NO_HASHES = pl.DataFrame(
    schema={LINE: pl.Int64(), "hash": pl.UInt64(), "is_withdrawn": pl.Boolean()}
)


def _by_county(rows: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    """Rows of each county."""
    if rows.height == 0:
        return
    codes = rows["county"].unique(maintain_order=True)
    if codes.len() == 1:
        yield county_code(codes.to_list()[0]), rows
        return
    for code in codes.to_list():
        yield county_code(code), rows.filter(pl.col("county").eq_missing(pl.lit(code)))


def _as_entry(part: PartFile) -> dict[str, Any]:
    """File of the store as the log names it."""
    return {"table": part.table, "county": part.county, "path": part.path, "rows": part.rows}
