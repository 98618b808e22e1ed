"""Bounds of a workbook, looked at before it is read: no file may ask for more memory than it needs.

The reader of workbooks lays a sheet out as a full table, and trusts the sizes that a file states.
One stray value in the last cell, or one damaged number, would end the program.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from fanpin_risk.errors import InputFileError

MOST_CELLS = 100_000_000
_BLOCK_BYTES = 2**20
_REFERENCE = re.compile(rb' r="([A-Z]{1,3})([0-9]{1,9})"')
_WITHOUT_RESULT = re.compile(rb"<c [^>]*>(<f[^>]*/>|<f[^>]*>[^<]*</f>)\s*</c>")
_OLD_COLUMNS, _OLD_ROWS = 256, 65_536
_DAMAGED = "Open it in Excel or WPS and save it again."

_NO_SECTOR = 0xFFFFFFFA
_CELL_RECORDS = {0x0006, 0x00BD, 0x00BE, 0x00FD, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E}
_DIMENSIONS, _TEXTS, _PASSWORD = 0x0200, 0x00FC, 0x002F


def require_compact_xlsx(path: Path) -> None:
    """Raise if a sheet cannot be read as it is: cells too far apart, or formulas without results.

    Empty cells between two far ones would fill the memory; a formula without its result would be
    read as an empty cell.

    Raises
    ------
    InputFileError
        Naming the sheet's part. Damage is not looked for here.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if info.filename.startswith("xl/worksheets/") and info.filename.endswith(".xml"):
                    with archive.open(info) as part:
                        _require_near(path, info.filename.rsplit("/", 1)[-1], part)
    except InputFileError:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError, OSError):
        return  # what is damaged is worded where it is read


def _require_near(path: Path, name: str, part: IO[bytes]) -> None:
    """Raise if the last cell of a sheet stands too far out."""
    width, height = 0, 0
    rest = b""
    while block := part.read(_BLOCK_BYTES):
        *rows, rest = (rest[-_BLOCK_BYTES:] + block).split(b"</row>")
        for row in rows:
            found = _REFERENCE.search(row, max(row.rfind(b' r="'), 0))
            if b"<f" in row and _WITHOUT_RESULT.search(row):
                where = "" if found is None else f", row {int(found[2])}"
                raise InputFileError(
                    f"{path}: {name}{where} holds a formula without its result. {_DAMAGED}"
                )
            if found is not None:
                width = max(width, _column_number(found[1]))
                height = max(height, int(found[2]))
        if width * height > MOST_CELLS:
            raise InputFileError(
                f"{path}: the sheet {name} reaches over {height} rows and {width} columns, most "
                "of them empty. Delete the cells far from the table."
            )


def _column_number(letters: bytes) -> int:
    """Number of a column, A being 1."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def require_compact_xls(path: Path) -> None:
    """Raise if a workbook of Excel 97 states sizes, or has cells, that its kind cannot have.

    Raises
    ------
    InputFileError
        If it is damaged there, or protected by a password.
    """
    try:
        stream = _workbook_stream(path.read_bytes())
        for kind, record in _records(stream):
            _require_record(path, kind, record, len(stream))
    except InputFileError:
        raise
    except (struct.error, ValueError) as error:
        raise InputFileError(f"{path}: has a damaged table of sectors. Copy it again.") from error


def _require_record(path: Path, kind: int, record: bytes, n_bytes: int) -> None:
    """Raise if a record says what cannot be."""
    if kind == _PASSWORD:
        raise InputFileError(
            f"{path}: is protected by a password. Save it again as .xlsx without a password."
        )
    if kind in _CELL_RECORDS and struct.unpack_from("<H", record, 2)[0] >= _OLD_COLUMNS:
        line, column = struct.unpack_from("<HH", record)
        raise InputFileError(
            f"{path}: has a damaged record: a cell in row {line + 1} and column {column + 1}. "
            f"{_DAMAGED}"
        )
    if kind == _DIMENSIONS and len(record) >= 12:
        top, bottom, left, right = struct.unpack_from("<IIHH", record)
        if not (top <= bottom <= _OLD_ROWS and left <= right <= _OLD_COLUMNS):
            raise InputFileError(
                f"{path}: has a damaged record: a sheet of {bottom} rows and {right} columns. "
                f"{_DAMAGED}"
            )
    if kind == _TEXTS and struct.unpack_from("<I", record, 4)[0] > n_bytes:
        raise InputFileError(f"{path}: has a damaged list of texts. {_DAMAGED}")


def _records(stream: bytes) -> Iterator[tuple[int, bytes]]:
    """Records of a workbook's stream; what follows a broken end is left out."""
    at = 0
    while at + 4 <= len(stream):
        kind, n = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + n]
        at += 4 + n


def _workbook_stream(content: bytes) -> bytes:
    """The stream of an Office file that holds its workbook; empty where there is none."""
    shift, mini_shift = struct.unpack_from("<HH", content, 30)
    n_fat, first_entry = struct.unpack_from("<II", content, 44)
    cutoff, first_mini, _, first_more, n_more = struct.unpack_from("<IIIII", content, 56)
    if shift not in (9, 12) or mini_shift != 6:
        raise ValueError("sectors of a size that there is not")
    size = 1 << shift
    places = list(struct.unpack_from("<109I", content, 76))
    for _ in range(min(n_more, len(content) // size)):
        if first_more >= _NO_SECTOR:
            break
        more = struct.unpack(f"<{size // 4}I", _sector(content, first_more, size))
        places += more[:-1]
        first_more = more[-1]
    fat: list[int] = []
    for place in places[:n_fat]:
        fat += struct.unpack(f"<{size // 4}I", _sector(content, place, size))
    entries = _chain(content, fat, first_entry, size)
    found, root = None, (0, 0)
    for at in range(0, len(entries), 128):
        name = entries[at : at + 64].decode("utf-16-le", "replace").split("\0")[0]
        start, length = struct.unpack_from("<II", entries, at + 116)
        if at == 0:
            root = (start, length)
        if name in ("Workbook", "Book"):
            found = (start, length)
    if found is None:
        return b""
    if found[1] >= cutoff:
        return _chain(content, fat, found[0], size)[: found[1]]
    table = _chain(content, fat, first_mini, size)
    mini_fat = list(struct.unpack(f"<{len(table) // 4}I", table))
    inner = _chain(content, fat, root[0], size)
    return _chain(inner, mini_fat, found[0], 1 << mini_shift, offset=0)[: found[1]]


def _sector(content: bytes, number: int, size: int, offset: int = 1) -> bytes:
    """One sector of a file, filled up where the file ends within it."""
    begin = (number + offset) * size
    if number >= _NO_SECTOR or begin >= len(content):
        raise ValueError("a sector behind the end")
    return content[begin : begin + size].ljust(size, b"\0")


def _chain(content: bytes, fat: list[int], first: int, size: int, offset: int = 1) -> bytes:
    """Sectors that follow one another."""
    sectors: list[bytes] = []
    while first < _NO_SECTOR:
        if first >= len(fat) or len(sectors) > len(content) // size:
            raise ValueError("a chain without an end")
        sectors.append(_sector(content, first, size, offset))
        first = fat[first]
    return b"".join(sectors)
