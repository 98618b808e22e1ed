"""What an intake keeps apart from the records: rows as they came, and contacts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from fanpin_risk.records.files import LINE, Piece
from fanpin_risk.records.headers import QUARANTINE_COLUMNS, QUARANTINE_ID
from fanpin_risk.records.rows import TypedRows
from fanpin_risk.records.source import Source

QUARANTINE_SCHEMA: dict[str, pl.DataType] = {
    LINE: pl.Int64(),
    "checks": pl.String(),
    "columns": pl.List(pl.String()),
    "reason_zh": pl.String(),
    "reason_en": pl.String(),
    "original": pl.String(),
    "household_id": pl.String(),
    "person_id": pl.String(),
}
CONTACTS_SCHEMA: dict[str, pl.DataType] = {
    LINE: pl.Int64(),
    "household_id": pl.String(),
    "person_id": pl.String(),
    "name": pl.String(),
    "phone": pl.String(),
}


@dataclass(frozen=True, kw_only=True)
class Apart:
    """Quarantined rows and contacts of some rows of a file."""

    quarantine: pl.DataFrame
    contacts: pl.DataFrame

    def __add__(self, other: Apart) -> Apart:
        """Both together."""
        return Apart.joined([self, other])

    @staticmethod
    def joined(parts: Sequence[Apart]) -> Apart:
        """All together."""
        return Apart(
            quarantine=pl.concat(
                [pl.DataFrame(schema=QUARANTINE_SCHEMA), *(part.quarantine for part in parts)]
            ),
            contacts=pl.concat(
                [pl.DataFrame(schema=CONTACTS_SCHEMA), *(part.contacts for part in parts)]
            ),
        )


def quarantined(source: Source, piece: Piece, typed: TypedRows, faults: pl.DataFrame) -> Apart:
    """Rows at fault as they came, with every reason.

    ``original`` is a JSON object by the names of the source file's columns; a line that could not
    be parted into fields is its text under ``_raw``. ``household_id`` and ``person_id`` are what
    could be read of them, so that a household can be deleted here too.
    """
    reasons = (
        faults.unique(maintain_order=True)
        .group_by(LINE, maintain_order=True)
        .agg(
            checks=pl.col("check").unique(maintain_order=True).str.join(","),
            columns=pl.col("columns").filter(pl.col("columns") != "").str.split("\n").explode(),
            reason_zh=pl.col("reason_zh").str.join("；"),
            reason_en=pl.col("reason_en").str.join("; "),
        )
    )
    names = [name for name in piece.texts.columns if name not in (LINE, *QUARANTINE_COLUMNS)]
    # the row as it came is packed first: its columns may have the names of ours
    at_fault = piece.texts.join(reasons.select(LINE), on=LINE, how="semi")
    whole = at_fault.select(LINE, original=pl.struct(names).struct.json_encode())
    raw = piece.unsplit.select(LINE, original=pl.struct(_raw="raw").struct.json_encode())
    both = pl.concat([whole, raw]).join(reasons, on=LINE).join(_owners(typed), on=LINE, how="left")
    frame = both.select(list(QUARANTINE_SCHEMA)).cast(pl.Schema(QUARANTINE_SCHEMA))
    return Apart(quarantine=frame, contacts=pl.DataFrame(schema=CONTACTS_SCHEMA))


def _owners(typed: TypedRows) -> pl.DataFrame:
    """Household and person of each row, as far as they could be read."""
    empty = pl.DataFrame(
        schema={LINE: pl.Int64(), "household_id": pl.String(), "person_id": pl.String()}
    )
    parts = [
        frame.select(
            LINE,
            household_id=_column(frame, "household_id"),
            person_id=_column(frame, "person_id"),
        )
        for frame in typed.records
    ]
    return (
        pl.concat([empty, *parts])
        .group_by(LINE)
        .agg(pl.col("household_id", "person_id").drop_nulls().first())
    )


def _column(frame: pl.DataFrame, name: str) -> pl.Expr:
    """A column, or nothing where the table has none."""
    return pl.col(name) if name in frame.columns else pl.lit(None, dtype=pl.String())


def contacts_of(source: Source, piece: Piece, typed: TypedRows, bad: pl.DataFrame) -> Apart:
    """Names and phones of accepted rows, for the visit sheet alone."""
    contact = source.contact
    names = {} if contact is None else {"name": contact.name, "phone": contact.phone}
    present = {ours: theirs for ours, theirs in names.items() if theirs in piece.texts.columns}
    empty = pl.DataFrame(schema=CONTACTS_SCHEMA)
    if not present:
        return Apart(quarantine=pl.DataFrame(schema=QUARANTINE_SCHEMA), contacts=empty)
    rows = (
        piece.texts.join(bad, on=LINE, how="anti")
        .select(LINE, **{ours: pl.col(str(theirs)) for ours, theirs in present.items()})
        .filter(pl.any_horizontal(pl.col(ours).is_not_null() for ours in present))
        .join(_owners(typed), on=LINE, how="left")
    )
    missing = [
        pl.lit(None, dtype=pl.String()).alias(n) for n in ("name", "phone") if n not in present
    ]
    frame = rows.with_columns(missing).select(list(CONTACTS_SCHEMA))
    return Apart(
        quarantine=pl.DataFrame(schema=QUARANTINE_SCHEMA),
        contacts=frame.cast(pl.Schema(CONTACTS_SCHEMA)),
    )


def sent_again(texts: pl.DataFrame) -> pl.DataFrame:
    """Lines of the rows that were in quarantine, with their numbers; none for an ordinary file."""
    if QUARANTINE_ID not in texts.columns:
        return pl.DataFrame(schema={LINE: pl.Int64(), QUARANTINE_ID: pl.String()})
    return texts.select(LINE, QUARANTINE_ID).drop_nulls()
