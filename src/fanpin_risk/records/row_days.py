"""What the rows of a delivery share: columns that are read once, and the days of a record."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta

import polars as pl

from fanpin_risk.records.contracts import Column
from fanpin_risk.records.identity_key import IdentityKey
from fanpin_risk.records.parse import Fault, Parsed, parse_date, parse_day, parse_field
from fanpin_risk.records.source import (
    DayFromColumn,
    DayFromQuarter,
    DayOfBatch,
    FieldMapping,
    OccurredOn,
    RecordedOn,
    RecordMapping,
    Source,
)


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What is known of a delivery beside its rows.

    ``received_on`` is the day it came; what an office entered before is known from that day on,
    unless ``is_history``: then the office's own dates are trusted, as for years before this package
    was in use. Both are None for a file that is read directly. ``first_received_on`` is the day on
    which rows that are sent again came first: nothing in them can be from later.
    """

    received_on: date | None = None
    snapshot_on: date | None = None
    is_history: bool = True
    county: str | None = None
    key: IdentityKey | None = None
    first_received_on: date | None = None


class SheetOfTexts:
    """Parses each column of a file once, and gathers faults and mended values."""

    def __init__(
        self, texts: pl.DataFrame, key: IdentityKey | None, county: str | None = None
    ) -> None:
        self.texts = texts
        self.key = key
        self.county = county
        self.faults: list[Fault] = []
        self.mended: Counter[tuple[str, str]] = Counter()
        self._read: dict[tuple[str, ...], Parsed] = {}

    def take(self, name: str, parsed: Parsed, present: pl.Series | None = None) -> pl.Series:
        """Keep what was found while reading a column, where the record is there; its values."""
        for fault in parsed.faults:
            is_at = fault.is_at if present is None else fault.is_at & present
            if is_at.any():
                self.faults.append(replace(fault, is_at=is_at))
        for rule, n in parsed.mended.items():
            self.mended[name, rule] += n
        return parsed.value

    def field(self, column: Column, mapping: FieldMapping) -> Parsed:
        """One column of ours; what several records share is read once."""
        signature = (column.kind, str(column.is_required), mapping.model_dump_json(), column.name)
        if signature not in self._read:
            self._read[signature] = parse_field(self.texts, column, mapping, self.key)
        return self._read[signature]


@dataclass(frozen=True, kw_only=True)
class DaysOfRecord:
    """When it happened, when the office entered it, and from when on it is known here."""

    occurred: pl.Series
    entered: pl.Series
    known: pl.Series


class DaysOfRows:
    """Days of the rows: when a thing happened, and when it became known."""

    def __init__(self, source: Source, sheet: SheetOfTexts, delivery: Delivery) -> None:
        self._source, self._sheet, self._delivery = source, sheet, delivery
        self._usual: DaysOfRecord | None = None

    def of(self, record: RecordMapping, present: pl.Series | None) -> DaysOfRecord:
        """Days of one record of every row."""
        if record.occurred_on is None and record.recorded_on is None:
            if self._usual is None:
                self._usual = self._read(self._source.occurred_on, self._source.recorded_on, None)
            return self._usual
        return self._read(
            record.occurred_on or self._source.occurred_on,
            record.recorded_on or self._source.recorded_on,
            present,
        )

    def _read(
        self, on: OccurredOn, recorded: RecordedOn, present: pl.Series | None
    ) -> DaysOfRecord:
        """Read the days, and find what cannot be."""
        day = self._sheet.take("occurred_on", self._occurred(on), present)
        entered = self._sheet.take("recorded_on", self._known(recorded, day), present)
        received = self._delivery.received_on
        known = entered
        if received is not None:
            known = self._not_before_receipt(entered, day, recorded, on, received, present)
        return DaysOfRecord(occurred=day, entered=entered, known=known)

    def _occurred(self, on: OccurredOn) -> Parsed:
        """Day on which it happened."""
        if isinstance(on, DayFromQuarter | DayFromColumn):
            return parse_day(self._sheet.texts, on)
        assert isinstance(on, DayOfBatch)
        snapshot = pl.Series([self._delivery.snapshot_on], dtype=pl.Date())
        return Parsed(value=snapshot.new_from_index(0, self._sheet.texts.height))

    def _known(self, recorded: RecordedOn, day: pl.Series) -> Parsed:
        """Day on which a row became known; never before the day it occurred."""
        if recorded.on_receipt:
            received = pl.Series([self._delivery.received_on], dtype=pl.Date())
            return Parsed(value=received.new_from_index(0, day.len()))
        if recorded.column is None:
            return Parsed(value=day + timedelta(days=recorded.lag_days or 0))
        read = parse_date(self._sheet.texts[recorded.column])
        early = (read.value < day).fill_null(False)
        fault = Fault(
            is_at=read.value.is_null() | early,
            check="order",
            columns=(recorded.column,),
            reason_zh=f"列 {recorded.column} 应为日期，且不早于发生日期",
            reason_en=f"column {recorded.column}: must be a day, not before the day it occurred",
        )
        return Parsed(value=read.value, faults=(fault,), mended=read.mended)

    def _not_before_receipt(
        self,
        known: pl.Series,
        day: pl.Series,
        recorded: RecordedOn,
        on: OccurredOn,
        received: date,
        present: pl.Series | None,
    ) -> pl.Series:
        """Nothing is known before it came, nothing came from the future."""
        named = [c for c in (recorded.column, getattr(on, "column", None)) if c is not None]
        last = self._delivery.first_received_on or received
        ahead = day > last if recorded.column is None else (known > last) | (day > last)
        shown = "、".join(named) or "导出日期"
        self._sheet.take(
            "recorded_on",
            Parsed(
                value=known,
                faults=(
                    Fault(
                        is_at=ahead.fill_null(False),
                        check="future",
                        columns=tuple(named),
                        reason_zh=f"列 {shown} 晚于收到文件的日期 {last}",
                        reason_en=f"column {shown}: later than {last}, the day the file came",
                    ),
                ),
            ),
            present,
        )
        if self._delivery.is_history:
            return known
        came = pl.Series([received], dtype=pl.Date()).new_from_index(0, known.len())
        return came.zip_with((known < came).fill_null(True), known)
