"""Finding the header of an office's table, and knowing its columns by other names too."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from fanpin_risk.errors import SchemaError
from fanpin_risk.settings import nearest

QUARANTINE_ID = "隔离编号"
QUARANTINE_COLUMNS = (QUARANTINE_ID, "原文件", "原行号", "问题", "Problem")
"""Columns that a quarantine workbook adds to the right of the office's own."""

_UNSEEN = ("Cc", "Cf", "Cs")
_LONGEST_NAME = 40
MOST_COLUMNS = 2_000
_PERSONS_NUMBER = re.compile("[0-9]{11}")
_MANY_DIGITS = re.compile("[0-9]{6}")
_NO_NAME = re.compile(r"\([0-9]+\)")


@dataclass(frozen=True, kw_only=True)
class Layout:
    """What a reader must know of a kind of file to find its rows."""

    needed: tuple[str, ...]
    delimiter: str = ","
    encoding: str = "auto"
    sheet: str | None = None
    header_within: int = 15
    footers: tuple[str, ...] = ()
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fill_down: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()
    key_columns: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Header:
    """Header of a table: where it stands, the names in the file, and the names we use.

    ``names`` and ``as_written`` have one entry for each column. Where a column is known under
    another name, ``names`` has the one of the source file. ``in_next_row`` has needed columns that
    this row lacks and a row beside it holds: a header over two rows, which is not read.
    """

    row: int
    names: tuple[str, ...]
    as_written: tuple[str, ...]
    in_next_row: tuple[str, ...] = ()


_BESIDE = re.compile(r"^[0-9]{1,3}[.、](?=\D)|\((元|必填|选填|必录)\)$")
"""What stands beside a header's name: its number, the usual unit of money, whether it must be."""


def normal(text: str) -> str:
    r"""Header in the form in which headers are compared.

    Examples
    --------
    >>> normal("失学\n原因"), normal("*证件号码（必填）"), normal("3、金额（元）")
    ('失学原因', '证件号码', '金额')
    """
    plain = unicodedata.normalize("NFKC", text)
    kept = (c for c in plain if not c.isspace() and unicodedata.category(c) not in _UNSEEN)
    return _BESIDE.sub("", "".join(kept).strip("*"))


def find_header(rows: Sequence[Sequence[str]], layout: Layout) -> Header | None:
    """First row, among the first of a table, in which every needed column is found.

    Where none has them all, the row with the most of them; None where no row has any.
    """
    known = _Known.of(layout)
    headers = [_header(at, cells, known) for at, cells in enumerate(rows[: layout.header_within])]
    needed = set(layout.needed)
    best = max(headers, key=lambda header: len(needed & set(header.names)), default=None)
    if best is None or not needed & set(best.names):
        return None
    lacking = needed - set(best.names)
    beside = [header for header in headers if abs(header.row - best.row) == 1]
    other = set().union(*(lacking & set(header.names) for header in beside))
    return replace(best, in_next_row=tuple(name for name in layout.needed if name in other))


def is_complete(header: Header | None, layout: Layout) -> bool:
    """Whether every needed column is there."""
    return header is not None and not set(layout.needed) - set(header.names)


@dataclass(frozen=True, kw_only=True)
class _Known:
    """Names of a source's columns by their plain forms, and those of its aliases."""

    names: Mapping[str, str]
    others: Mapping[str, str]

    @staticmethod
    def of(layout: Layout) -> _Known:
        """What the source knows."""
        return _Known(
            names={normal(name): name for name in (*layout.needed, *layout.aliases)},
            others={normal(o): name for name, all_ in layout.aliases.items() for o in all_},
        )


def _header(row: int, cells: Sequence[str], known: _Known) -> Header:
    """Header that a row of cells would make."""
    written = [normal(cell) for cell in cells]
    present = set(written)
    names: list[str] = []
    for number, cell in enumerate(written, start=1):
        name = known.names.get(cell)
        other = known.others.get(cell)
        if name is None and other is not None and normal(other) not in present:
            name = other
        names.append(name or cell or f"({number})")
    return Header(row=row, names=tuple(names), as_written=tuple(str(cell) for cell in cells))


def require_columns(header: Header, layout: Layout, where: str) -> Header:
    """Return the header with every name once; refuse missing and doubled columns.

    Raises
    ------
    SchemaError
        If a needed column is missing or stands twice (the nearest name in the file is shown), if
        there are too many, or if the numbers of a person stand in the header.
    """
    found = list(header.names)
    if len(found) > MOST_COLUMNS:
        raise SchemaError(
            f"{where}: the table has {len(found)} columns, and {MOST_COLUMNS} are the most. Delete "
            "what stands far from the table."
        )
    if any(_PERSONS_NUMBER.search(name) for name in found):
        raise SchemaError(
            f"{where}: the header (row {header.row + 1}) holds the numbers of a person or a "
            "household, so a row of values stands in it. Put the header on a row of its own."
        )
    doubled = sorted({name for name in found if found.count(name) > 1 and name in layout.needed})
    if doubled:
        raise SchemaError(f"{where}: the columns {doubled} stand twice in the header. Keep one.")
    missing = [name for name in layout.needed if name not in found]
    if missing:
        raise SchemaError(_missing(missing, header, layout, where))
    return replace(header, names=_once_each(found))


def _once_each(names: Sequence[str]) -> tuple[str, ...]:
    """Names of which none stands twice: a later one has its number behind it."""
    taken: dict[str, None] = {}
    for name in names:
        number, own = 1, name
        while own in taken or (number > 1 and own in names):
            number += 1
            own = f"{name}.{number}"
        taken[own] = None
    return tuple(taken)


def _missing(missing: list[str], header: Header, layout: Layout, where: str) -> str:
    """Word what is missing, and what it may be called in the file."""
    more = f" (and {len(missing) - 1} more: {', '.join(missing[1:6])})" if missing[1:] else ""
    said = f"{where}: the column {missing[0]!r} is missing{more}."
    if header.in_next_row:
        shown = ", ".join(header.in_next_row[:5])
        return (
            f"{where}: the header runs over two rows: {shown} stands beside row {header.row + 1}, "
            "which holds the other columns. Put every column's name into one row."
        )
    hint = _hint(missing[0], header, layout)
    return f"{said}{hint} If it was renamed, change the source file's mapping."


def _hint(missing: str, header: Header, layout: Layout) -> str:
    """Name in the file that is near a missing one, else the names that the source does not know.

    A row of a person's values can pass for a header whose own row was lost, or stand behind one
    whose line end was: so the list is shown only where most needed columns are there, up to the
    last of them.
    """
    needed = set(layout.needed)
    known_at = [at for at, name in enumerate(header.names) if name in needed]
    if not known_at:
        return ""
    unknown = [
        (at, f"{name[:_LONGEST_NAME]}…" if len(name) > _LONGEST_NAME else name)
        for at, name in enumerate(header.names)
        if name not in needed and _is_a_name(name)
    ]
    near = nearest(missing, [name for _, name in unknown])
    if near.startswith("Did"):
        return f" {near}"
    shown = [name for at, name in unknown if at < known_at[-1]]
    if not shown or len(known_at) * 2 < len(needed):
        return ""
    return f" {nearest(missing, shown)}"


def _is_a_name(text: str) -> bool:
    """Whether a header can be shown: it is no number, and nothing in it is broken."""
    is_whole = text.isprintable() and "\ufffd" not in text
    return is_whole and not _MANY_DIGITS.search(text) and not _NO_NAME.fullmatch(text)
