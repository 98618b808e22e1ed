"""Finding the header of an office's table, and knowing its columns by other names too."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fanpin_risk.errors import SchemaError
from fanpin_risk.settings import nearest

QUARANTINE_ID = "隔离编号"
QUARANTINE_COLUMNS = (QUARANTINE_ID, "原文件", "原行号", "问题", "Problem")
"""Columns that a quarantine workbook adds to the right of the office's own."""


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
    another name, ``names`` has the one of the source file.
    """

    row: int
    names: tuple[str, ...]
    as_written: tuple[str, ...]


def normal(text: str) -> str:
    r"""Header in the form in which headers are compared.

    Examples
    --------
    >>> normal("失学\n原因"), normal("*证件号码（必填）"), normal("ＩＤ")
    ('失学原因', '证件号码(必填)', 'ID')
    """
    plain = unicodedata.normalize("NFKC", text)
    kept = (c for c in plain if not c.isspace() and unicodedata.category(c) != "Cf")
    return "".join(kept).strip("*")


def find_header(rows: Sequence[Sequence[str]], layout: Layout) -> Header | None:
    """First row, among the first of a table, in which every needed column is found.

    Where none has them all, the row with the most of them; None where no row has any.
    """
    wanted = {normal(name) for name in layout.needed}
    best, best_n = None, 0
    for number, cells in enumerate(rows[: layout.header_within]):
        header = _header(number, cells, layout)
        n_found = len(wanted & {normal(name) for name in header.names})
        if n_found > best_n:
            best, best_n = header, n_found
        if n_found == len(wanted):
            break
    return best


def is_complete(header: Header | None, layout: Layout) -> bool:
    """Whether every needed column is there."""
    return header is not None and not set(layout.needed) - set(header.names)


def _header(row: int, cells: Sequence[str], layout: Layout) -> Header:
    """Header that a row of cells would make."""
    written = [normal(cell) for cell in cells]
    known = {normal(name): name for name in layout.needed}
    known |= {normal(name): name for name in layout.aliases}
    others = {normal(o): name for name, all_ in layout.aliases.items() for o in all_}
    present = set(written)
    names: list[str] = []
    for number, cell in enumerate(written, start=1):
        name = known.get(cell)
        if name is None and cell in others and normal(others[cell]) not in present:
            name = others[cell]
        names.append(name or cell or f"({number})")
    return Header(row=row, names=tuple(names), as_written=tuple(str(cell) for cell in cells))


def require_columns(header: Header, layout: Layout, where: str) -> Header:
    """Return the header with every name once; refuse missing and doubled columns.

    Raises
    ------
    SchemaError
        If a needed column is missing or stands twice; the nearest name in the file is shown.
    """
    found = list(header.names)
    doubled = sorted({name for name in found if found.count(name) > 1 and name in layout.needed})
    if doubled:
        raise SchemaError(f"{where}: the columns {doubled} stand twice in the header. Keep one.")
    missing = [name for name in layout.needed if name not in found]
    if missing:
        raise SchemaError(_missing(missing, found, where))
    names = [
        name if found.index(name) == at else f"{name}.{found[: at + 1].count(name)}"
        for at, name in enumerate(found)
    ]
    return Header(row=header.row, names=tuple(names), as_written=header.as_written)


def _missing(missing: list[str], found: list[str], where: str) -> str:
    """Word what is missing, and what it may be called in the file."""
    more = f" (and {len(missing) - 1} more: {', '.join(missing[1:6])})" if missing[1:] else ""
    return (
        f"{where}: the column {missing[0]!r} is missing{more}. {nearest(missing[0], found)} If it "
        "was renamed, change the source file's mapping."
    )
