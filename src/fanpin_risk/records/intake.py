"""From an office's file into the store: every row is accepted or quarantined, none is lost.

A file is read piece by piece, so memory does not grow with it. Rows whose record stands alone in
the file and is not on file yet are written as they are read; the few others are held together and
judged at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from fanpin_risk.errors import ConfigError, SchemaError
from fanpin_risk.provenance import digest_of_file, digest_of_value
from fanpin_risk.records.apart import sent_again
from fanpin_risk.records.batch import Batch, Checks, Step
from fanpin_risk.records.files import TableFile, open_table
from fanpin_risk.records.headers import QUARANTINE_ID, Layout
from fanpin_risk.records.quality.model import FieldCheck
from fanpin_risk.records.rows import Delivery
from fanpin_risk.records.source import DayOfBatch, Source
from fanpin_risk.records.store import Store


def no_checks(table: str) -> Sequence[FieldCheck]:
    """Answer for an intake without checks of single rows."""
    return ()


@dataclass(frozen=True, kw_only=True)
class BatchResult:
    """What became of one file.

    ``rows_read = rows_accepted + rows_quarantined``, and ``rows_accepted`` is the sum of new,
    corrected, withdrawn and unchanged rows. ``batch`` is empty for a file that was on file already:
    it adds nothing.
    """

    file: str
    source: str
    batch: str
    is_known_already: bool
    rows_read: int
    rows_accepted: int
    rows_quarantined: int
    rows_new: int
    rows_corrected: int
    rows_withdrawn: int
    rows_unchanged: int


def layout_of(source: Source) -> Layout:
    """What a reader must know of a source's files to find their rows."""
    keys = [source.household_id, *source.columns_of_persons()]
    return Layout(
        needed=tuple(source.columns_needed()),
        delimiter=source.delimiter,
        encoding=source.encoding,
        sheet=source.sheet,
        header_within=source.header_within,
        footers=source.footers,
        aliases=source.aliases,
        fill_down=source.fill_down,
        persons=tuple(source.columns_of_persons()),
        key_columns=tuple(name for name in keys if name is not None),
    )


def ingest_file(
    store: Store,
    source: Source,
    path: Path,
    delivery: Delivery,
    *,
    checks: Checks = no_checks,
    n_threads: int = 2,
    step: Step | None = None,
) -> BatchResult:
    """Take one file of an office into the store, whole or not at all.

    Parameters
    ----------
    store
        Where the records go. Other processes wait until this file is in.
    source
        The mapping of the file's columns.
    path
        The file.
    delivery
        When it came, of which county and day it is, and the key that replaces identity numbers.
    checks
        Checks of single rows: an ``error`` quarantines the row, a ``warning`` marks it.
    n_threads
        Pieces read at the same time; the store is the same for any number.
    step
        Told where the work is.

    Returns
    -------
    BatchResult
        Counts; ``is_known_already`` where the same file was taken in before by the same mapping.

    Raises
    ------
    InputFileError, SchemaError
        If the file cannot be read, or lacks a column; the store is unchanged.
    ConfigError
        If the source needs a key, a day or a county that the delivery does not have.
    AccountingError
        If a row is neither accepted nor quarantined; the store is unchanged.
    OutputError
        If the store cannot be written.
    """
    table = open_table(path, layout_of(source))
    delivery = _as_first_delivered(store, table, delivery)
    _require_delivery(source, delivery)
    identity = _identity(source, path, delivery)
    with store.writing(delivery.key) as writer:
        known = _known_already(store, identity)
        if known is not None:
            return _result(known, path.name, is_known_already=True)
        _require_order(store, delivery)
        work = Batch(store, writer, source, table, delivery, checks, n_threads, step)
        entry = {**identity, **work.run()}
        writer.commit(entry)
    return _result(entry, path.name, is_known_already=False)


def _as_first_delivered(store: Store, table: TableFile, delivery: Delivery) -> Delivery:
    """Days and county of a file of mended rows: those of the batch they first came with."""
    if QUARANTINE_ID not in table.header.names:
        return delivery
    ids = {
        str(number).split("-")[0]
        for piece in table.pieces()
        for number in sent_again(piece.texts)[QUARANTINE_ID].to_list()
    }
    if len(ids) > 1:
        shown = ", ".join(sorted(ids)[:5])
        raise SchemaError(
            f"{table.path}: holds rows of several batches ({shown}), which may be of different "
            "days. Send each batch's workbook by itself."
        )
    first = next(iter(ids), "")
    for entry in store.batches():
        if entry["batch"] == first:
            day = entry["snapshot_on"]
            return replace(
                delivery,
                snapshot_on=delivery.snapshot_on if day is None else date.fromisoformat(day),
                county=entry["county"] or delivery.county,
                first_received_on=date.fromisoformat(entry["received_on"]),
            )
    return delivery


def _require_delivery(source: Source, delivery: Delivery) -> None:
    """Raise unless the delivery says what the source's rows do not."""
    if delivery.received_on is None:
        raise ConfigError(f"source {source.name}: say on which day the file was received.")
    days = [source.occurred_on, *(m.occurred_on for m in source.mappings())]
    if delivery.snapshot_on is None and any(isinstance(day, DayOfBatch) for day in days):
        raise ConfigError(
            f"source {source.name}: its rows are as of the day of the export. Say `snapshot_on` in "
            "the ingest configuration, or `snapshot_in_name: true` where the file's name has it."
        )
    if delivery.snapshot_on is not None and delivery.snapshot_on > delivery.received_on:
        raise ConfigError(
            f"source {source.name}: an export of {delivery.snapshot_on} cannot have been received "
            f"on {delivery.received_on}. Mend one of the days."
        )
    if source.county is None and delivery.county is None:
        raise ConfigError(
            f"source {source.name}: which county is the file of? Say `county` in the ingest "
            "configuration, or map a column to it in the source file."
        )
    if delivery.key is None and source.columns_of_persons():
        raise ConfigError(
            f"source {source.name}: holds identity numbers, and no key was given to replace them."
        )


_WORDS = {"title_zh", "title_en", "publisher", "limits"}
"""What a source file says to readers: other words make no other rows."""


def _identity(source: Source, path: Path, delivery: Delivery) -> dict[str, Any]:
    """What makes a delivery the same as an earlier one, and when it came."""
    assert delivery.received_on is not None
    snapshot = delivery.snapshot_on
    return {
        "kind": "batch",
        "source": source.name,
        "source_title_zh": source.title_zh,
        "source_title_en": source.title_en,
        "source_digest": digest_of_value(source.model_dump(mode="json", exclude=_WORDS)),
        "file": path.name,
        "sha256": digest_of_file(path),
        "county": delivery.county,
        "snapshot_on": None if snapshot is None else snapshot.isoformat(),
        "received_on": delivery.received_on.isoformat(),
        "is_history": delivery.is_history,
    }


_SAME = ("source", "source_digest", "sha256", "county", "snapshot_on")


def _known_already(store: Store, identity: dict[str, Any]) -> dict[str, Any] | None:
    """Entry of the batch in which the same file came before."""
    for entry in store.batches():
        if all(entry[name] == identity[name] for name in _SAME):
            return entry
    return None


def _require_order(store: Store, delivery: Delivery) -> None:
    """Raise if an earlier day is given than that of a delivery on file: versions follow in time."""
    live = [entry["received_on"] for entry in store.batches() if not entry["is_history"]]
    assert delivery.received_on is not None
    if live and not delivery.is_history and delivery.received_on.isoformat() < max(live):
        raise ConfigError(
            f"A delivery of {max(live)} is on file already, so one of {delivery.received_on} "
            "cannot follow. Take deliveries in the order in which they came, or load old years "
            "with `history: true`."
        )


def _result(entry: dict[str, Any], name: str, *, is_known_already: bool) -> BatchResult:
    """Counts of an entry of the log; of a file that is on file already every row is unchanged."""
    counts = {key: entry[key] for key in entry if key.startswith("rows_") and key != "rows_blank"}
    if is_known_already:
        counts |= {"rows_new": 0, "rows_corrected": 0, "rows_withdrawn": 0}
        counts["rows_unchanged"] = counts["rows_accepted"]
    return BatchResult(
        file=name,
        source=entry["source"],
        batch=entry["batch"],
        is_known_already=is_known_already,
        **counts,
    )
