"""A quarantined row taken apart: its fields as they came, or text that no column can hold."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fanpin_risk.report.quality_cells import cell_text, fits_cell

QUARANTINE_ID = "隔离编号"
ADDED = (QUARANTINE_ID, "原文件", "原行号", "问题", "Problem")
"""Columns to the right of the data: the row's number in the quarantine, where it came from, why."""
APART = "（隔离）"
"""Stands behind one of our column names where the office's file has a column of that name."""
RAW_KEY = "_raw"

_PIECE = 16_000


@dataclass(frozen=True, kw_only=True)
class QuarantinedRow:
    """A quarantined row: its fields, or the pieces of a text that cannot stand in columns."""

    added: tuple[str, ...]
    fields: dict[str, str | None]
    pieces: tuple[str, ...] = ()
    at_fault: frozenset[str] = frozenset()


def added_columns(header: Sequence[str]) -> tuple[str, ...]:
    """Names of our columns beside a file's own: those of `ADDED`, told apart where it has the same.

    Examples
    --------
    >>> added_columns(["户编号", "问题"])[2:4]
    ('原行号', '问题（隔离）')
    """
    return tuple(name + APART if name in header else name for name in ADDED)


def quarantined_row(given: dict[str, Any]) -> QuarantinedRow:
    """Take a row apart: into fields if every cell can hold its own, else into pieces of text."""
    added = tuple(
        cell_text(given[name])
        for name in ("quarantine_id", "file", "line", "reason_zh", "reason_en")
    )
    fields = _fields(given["original"])
    if fields is None or list(fields) == [RAW_KEY]:
        text = (given["original"] if fields is None else fields[RAW_KEY]) or ""
        return QuarantinedRow(added=added, fields={}, pieces=_pieces(text))
    fields = without_ours(fields)
    if all(fits_cell(name) and fits_cell(text or "") for name, text in fields.items()):
        return QuarantinedRow(
            added=added, fields=fields, at_fault=frozenset(given.get("columns") or ())
        )
    return QuarantinedRow(added=added, fields={}, pieces=_pieces(_ascii_json(fields)))


def _fields(original: str | None) -> dict[str, str | None] | None:
    """Fields of a row as it came; None where the text is no JSON object."""
    try:
        found = json.loads(original or "")
    except ValueError:
        return None
    if not isinstance(found, dict):
        return None
    return {name: _as_it_came(value) for name, value in found.items()}


def _as_it_came(value: object) -> str | None:
    """Text of a field; a value that is no text keeps the spelling of JSON."""
    return value if isinstance(value, str | None) else json.dumps(value, ensure_ascii=False)


def without_ours(fields: dict[str, str | None]) -> dict[str, str | None]:
    """Leave out what an earlier workbook of ours put beside the data."""
    if QUARANTINE_ID not in fields:
        return fields
    ours = {name + APART if name + APART in fields else name for name in ADDED}
    return {name: text for name, text in fields.items() if name not in ours}


def _pieces(text: str) -> tuple[str, ...]:
    """Cut a text into what cells hold; signs that no cell holds are spelt as JSON does."""
    pieces = _cut(text)
    if all(map(fits_cell, pieces)):
        return pieces
    return _cut(_ascii_json({RAW_KEY: text}))


def _cut(text: str) -> tuple[str, ...]:
    """Cut a text into pieces; an empty one is one piece."""
    return tuple(text[i : i + _PIECE] for i in range(0, max(len(text), 1), _PIECE))


def _ascii_json(fields: dict[str, str | None]) -> str:
    """JSON in signs that every cell holds, whatever the values are."""
    return json.dumps(fields).replace("<", "\\u003c")
