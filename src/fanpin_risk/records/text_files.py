"""Text files piece by piece: every row on its line, and the lines that are no row set aside."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fanpin_risk.errors import InputFileError
from fanpin_risk.records.headers import Header, Layout, find_header, is_complete

LINE = "_line"
PIECE_BYTES = 32 * 2**20
_HEAD_BYTES = 2**18
_LONGEST_ROW_PIECES = 2
_NEWLINE, _RETURN, _QUOTE = 10, 13, 34
UNSPLIT_SCHEMA: dict[str, pl.DataType] = {
    LINE: pl.Int64(),
    "check": pl.String(),
    "n_fields": pl.Int64(),
    "raw": pl.String(),
}


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Some rows of a table as text, with ``_line``; what is no row; and how many lines are blank.

    ``unsplit`` holds lines that could not be parted into the header's fields: their line, the kind
    of fault (``fields``, ``quotes``, ``encoding``) and their text.
    """

    texts: pl.DataFrame
    unsplit: pl.DataFrame
    n_blank: int = 0


@dataclass(frozen=True, kw_only=True)
class TextTable:
    """A text file whose header has been found."""

    path: Path
    header: Header
    encoding: str
    start: int
    first_line: int
    delimiter: str
    line_end: bytes


def open_text(path: Path, layout: Layout) -> TextTable | None:
    """Find encoding and header of a text file; None where no row looks like the header.

    Raises
    ------
    InputFileError
        If the file cannot be unpacked or read, or holds nothing but space.
    """
    head = b"".join(_blocks(path, _HEAD_BYTES, at_most=1))
    if not head.strip(b"\xef\xbb\xbf\xff\xfe\0 \r\n\t"):
        raise InputFileError(f"{path}: is empty. Export it again.")
    best: TextTable | None = None
    for encoding in _encodings(path, head, layout.encoding):
        found = _with_header(path, head, encoding, layout)
        if found is not None and is_complete(found.header, layout):
            return found
        best = best or found
    return best


def _encodings(path: Path, head: bytes, wanted: str) -> list[str]:
    """Encodings to try, the likeliest first."""
    if head.startswith(codecs.BOM_UTF16_LE) or head.startswith(codecs.BOM_UTF16_BE):
        return ["utf-16"]
    if wanted != "auto":
        return [wanted]
    sample = next((block for block in _blocks(path, PIECE_BYTES) if not block.isascii()), b"")
    return ["utf-8", "gb18030"] if _is_utf8(sample) else ["gb18030", "utf-8"]


def _is_utf8(sample: bytes) -> bool:
    """Whether bytes are UTF-8, but for a letter that is cut at the end or begun before."""
    lines = sample.split(b"\n")
    n_wrong = 0
    for line in lines[:-1] or lines:
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            n_wrong += 1
    n_other = sum(not line.isascii() for line in lines)
    return n_wrong * 2 <= n_other


def _with_header(path: Path, head: bytes, encoding: str, layout: Layout) -> TextTable | None:
    """Table whose header is found among the first lines, read in one encoding."""
    text = head.decode(encoding, errors="replace").removeprefix("\ufeff")
    line_end = b"\n" if b"\n" in head else b"\r" if b"\r" in head else b"\n"
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    rows = [_cells(line, layout.delimiter) for line in lines[: layout.header_within + 1]]
    rows, spans = _joined_headers(lines, rows, layout)
    header = find_header(rows, layout)
    if header is None:
        return None
    n_lines = spans[header.row]
    return TextTable(
        path=path,
        header=header,
        encoding=encoding,
        start=n_lines,
        first_line=n_lines + 1,
        delimiter=layout.delimiter,
        line_end=line_end,
    )


def _cells(line: str, delimiter: str) -> list[str]:
    """Cells of one line; a line with broken quotes is one cell."""
    try:
        return next(iter(csv.reader([line], delimiter=delimiter, strict=True)), [])
    except csv.Error:
        return [line]


def _joined_headers(
    lines: list[str], rows: list[list[str]], layout: Layout
) -> tuple[list[list[str]], list[int]]:
    """Rows of the top of a file, where a header's cell in quotes may run over lines.

    Beside each row the number of lines up to its end.
    """
    joined: list[list[str]] = []
    ends: list[int] = []
    at = 0
    while at < min(len(lines), len(rows)):
        last = at
        text = lines[at]
        while text.count('"') % 2 and last + 1 < len(lines) and last - at < layout.header_within:
            last += 1
            text += "\n" + lines[last]
        cells = rows[at] if last == at else _cells_over_lines(text, layout.delimiter)
        joined.append(cells)
        ends.append(last + 1)
        at = last + 1
    return joined, ends


def _cells_over_lines(text: str, delimiter: str) -> list[str]:
    """Cells of a row whose quotes run over lines."""
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except (csv.Error, StopIteration):
        return [text]


def _blocks(path: Path, size: int, at_most: int | None = None) -> Iterator[bytes]:
    """Bytes of a file, unpacked, block by block."""
    try:
        with _opened(path) as handle:
            n = 0
            while (at_most is None or n < at_most) and (block := handle.read(size)):
                yield block
                n += 1
    except (OSError, EOFError, zlib.error) as error:
        raise InputFileError(f"{path}: cannot be unpacked or read. Export it again.") from error


def _opened(path: Path) -> BinaryIO:
    """Open a file for its bytes, unpacked."""
    if path.name.lower().endswith(".gz"):
        return gzip.open(path, "rb")  # type: ignore[return-value]
    return path.open("rb")


def pieces(table: TextTable, *, piece_bytes: int = PIECE_BYTES) -> Iterator[Piece]:
    """Rows below the header, piece by piece, in the order of the file.

    Parameters
    ----------
    table
        A file whose header was found.
    piece_bytes
        About how many bytes are held at once; the rows do not depend on it.

    Raises
    ------
    InputFileError
        If the file cannot be unpacked or read.
    """
    rest = b""
    line = 1
    to_skip = table.start
    for block in _utf8_lines(table, piece_bytes):
        rest += block
        if to_skip:
            rest, to_skip, line = _skip_lines(rest, to_skip, line)
            if to_skip:
                continue
        end = _end_of_rows(rest)
        if end == 0 and len(rest) < _LONGEST_ROW_PIECES * piece_bytes:
            continue
        end = end or rest.rfind(b"\n") + 1 or len(rest)  # a quote that nobody closes
        whole, rest = rest[:end], rest[end:]
        yield _piece(whole, line, table)
        line += whole.count(b"\n")
    if rest and not to_skip:
        yield _piece(rest, line, table)


def _skip_lines(content: bytes, n: int, line: int) -> tuple[bytes, int, int]:
    """Leave out the lines up to the header's last."""
    at = 0
    while n:
        end = content.find(b"\n", at)
        if end < 0:
            return content[at:], n, line
        at, n, line = end + 1, n - 1, line + 1
    return content[at:], 0, line


def _utf8_lines(table: TextTable, piece_bytes: int) -> Iterator[bytes]:
    """Bytes of the file in UTF-8 with plain line ends; a line that is broken keeps its bytes."""
    if table.encoding == "utf-16":
        yield from _from_utf16(table, piece_bytes)
        return
    rest, is_first = b"", True
    for block in _blocks(table.path, piece_bytes):
        if is_first:
            block, is_first = block.removeprefix(codecs.BOM_UTF8), False
        if table.line_end == b"\r":
            block = block.replace(b"\r", b"\n")
        rest += block
        end = rest.rfind(b"\n") + 1
        if end:
            yield _to_utf8(rest[:end], table.encoding)
            rest = rest[end:]
    if rest:
        yield _to_utf8(rest, table.encoding)


def _from_utf16(table: TextTable, piece_bytes: int) -> Iterator[bytes]:
    """Bytes of a UTF-16 file in UTF-8; what is broken becomes the replacement letter."""
    decoder = codecs.getincrementaldecoder("utf-16")(errors="replace")
    for block in _blocks(table.path, piece_bytes):
        yield decoder.decode(block).encode()
    yield decoder.decode(b"", final=True).encode()


def _to_utf8(content: bytes, encoding: str) -> bytes:
    """Bytes in UTF-8; a line that is not in the file's encoding stays as it is."""
    if encoding == "utf-8":
        return content
    try:
        return content.decode(encoding).encode()
    except UnicodeDecodeError:
        return b"\n".join(_line_to_utf8(line, encoding) for line in content.split(b"\n"))


def _line_to_utf8(line: bytes, encoding: str) -> bytes:
    """One line in UTF-8; a broken one as bytes that are no UTF-8, so that it is seen later."""
    try:
        return line.decode(encoding).encode()
    except UnicodeDecodeError:
        return line.decode(encoding, errors="replace").encode() + b"\xff"


def _end_of_rows(content: bytes) -> int:
    """Where the last whole row ends; 0 where none does. A field in quotes may run over lines."""
    if b'"' not in content:
        return content.rfind(b"\n") + 1
    letters = np.frombuffer(content, dtype=np.uint8)
    ends = np.flatnonzero(letters == _NEWLINE)
    quotes = np.flatnonzero(letters == _QUOTE)
    even = ends[np.searchsorted(quotes, ends) % 2 == 0]
    return int(even[-1]) + 1 if even.size else 0


def _piece(content: bytes, line: int, table: TextTable) -> Piece:
    """Part rows into fields."""
    names = table.header.names
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        content, broken = _without_broken_lines(content, line)
    else:
        broken = []
    rows = _Rows(content, table.delimiter)
    if rows.has_stray_quote:
        return _line_by_line(content, line, table, broken)
    blank = rows.is_blank(content)
    wrong = ~blank & (rows.n_fields != len(names))
    unsplit = [
        (line + int(rows.line[at]), "fields", int(rows.n_fields[at]), rows.text(content, int(at)))
        for at in np.flatnonzero(wrong)
    ]
    keep = ~blank & ~wrong
    frame = _parsed(rows.select(content, keep), names, table.delimiter, int(keep.sum()))
    lines = line + rows.line[keep]
    aside = pl.DataFrame(sorted(broken + unsplit), schema=UNSPLIT_SCHEMA, orient="row")
    texts = frame.insert_column(0, pl.Series(LINE, lines, dtype=pl.Int64))
    return Piece(texts=texts, unsplit=aside, n_blank=int(blank.sum()))


Unsplit = tuple[int, str, int, str]


def _without_broken_lines(content: bytes, line: int) -> tuple[bytes, list[Unsplit]]:
    """Take out the lines that are not in the file's encoding; an empty line stands for each."""
    good, broken = [], []
    for number, text in enumerate(content.split(b"\n")):
        try:
            text.decode("utf-8")
            good.append(text)
        except UnicodeDecodeError:
            raw = text.removesuffix(b"\xff").decode("utf-8", errors="replace").rstrip("\r")
            broken.append((line + number, "encoding", 0, raw))
            good.append(b"")
    return b"\n".join(good), broken


class _Rows:
    """Rows of a piece of text: where each begins and ends, its line, and its number of fields."""

    def __init__(self, content: bytes, delimiter: str) -> None:
        letters = np.frombuffer(content, dtype=np.uint8)
        ends = np.flatnonzero(letters == _NEWLINE)
        parts = np.flatnonzero(letters == ord(delimiter))
        self.has_stray_quote = False
        if b'"' in content:
            quotes = np.flatnonzero(letters == _QUOTE)
            is_end = np.searchsorted(quotes, ends) % 2 == 0
            parts = parts[np.searchsorted(quotes, parts) % 2 == 0]
            self.has_stray_quote = _has_stray_quote(letters, quotes, ord(delimiter))
        else:
            is_end = np.ones(ends.size, dtype=bool)
        row_ends = ends[is_end]
        if content and (row_ends.size == 0 or row_ends[-1] != len(content) - 1):
            row_ends = np.append(row_ends, len(content))
        self.end = row_ends
        self.begin = np.concatenate([[0], row_ends[:-1] + 1]).astype(np.int64)[: row_ends.size]
        self.line = np.searchsorted(ends, self.begin)
        cuts = np.searchsorted(parts, row_ends)
        self.n_fields: NDArray[np.int64] = np.diff(cuts, prepend=0) + 1

    def is_blank(self, content: bytes) -> NDArray[np.bool_]:
        """Whether a row has nothing on it."""
        length = self.end - self.begin
        blank = length == 0
        for at in np.flatnonzero((length > 0) & (length < 200) & (self.n_fields == 1)):
            blank[at] = not content[self.begin[at] : self.end[at]].strip()
        return np.asarray(blank)

    def text(self, content: bytes, at: int) -> str:
        """Text of a row."""
        return content[self.begin[at] : self.end[at]].decode("utf-8", "replace").rstrip("\r\n")

    def select(self, content: bytes, keep: NDArray[np.bool_]) -> bytes:
        """Bytes of some rows."""
        if keep.all():
            return content
        if not keep.any():
            return b""
        pieces = []
        changes = np.flatnonzero(np.diff(np.concatenate([[0], keep.view(np.int8), [0]])))
        for first, after in zip(changes[::2], changes[1::2], strict=True):
            pieces.append(content[self.begin[first] : self.end[after - 1]])
        return b"\n".join(pieces) + b"\n"


def _has_stray_quote(letters: NDArray[np.uint8], quotes: NDArray[np.int64], delimiter: int) -> bool:
    """Whether a quote stands where no field begins or ends, or one is never closed."""
    if quotes.size % 2:
        return True
    opening, closing = quotes[::2], quotes[1::2]
    before = np.where(opening > 0, letters[opening - 1], _NEWLINE)
    behind = letters[np.minimum(closing + 1, letters.size - 1)]
    is_last = closing == letters.size - 1
    fits_before = np.isin(before, (delimiter, _NEWLINE, _QUOTE))
    fits_behind = np.isin(behind, (delimiter, _NEWLINE, _RETURN, _QUOTE)) | is_last
    return not bool(fits_before.all() and fits_behind.all())


def _line_by_line(content: bytes, line: int, table: TextTable, broken: list[Unsplit]) -> Piece:
    """Part rows where a quote is astray: each line is a row, and one with broken quotes is aside.

    A field that runs over lines cannot be told from a broken one then, and is set aside too.
    """
    names = table.header.names
    rows: list[list[str]] = []
    lines: list[int] = []
    unsplit: list[Unsplit] = []
    n_blank = 0
    texts = content.decode("utf-8").removesuffix("\n").split("\n")
    for number, text in enumerate((text.rstrip("\r") for text in texts), start=line):
        if not text.strip():
            n_blank += 1
            continue
        cells = _fields(text, table.delimiter)
        if cells is None:
            unsplit.append((number, "quotes", 0, text))
        elif len(cells) != len(names):
            unsplit.append((number, "fields", len(cells), text))
        else:
            rows.append(cells)
            lines.append(number)
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String()), orient="row")
    frame = frame.with_columns(pl.when(pl.all() != "").then(pl.all()))
    return Piece(
        texts=frame.insert_column(0, pl.Series(LINE, lines, dtype=pl.Int64)),
        unsplit=pl.DataFrame(sorted(broken + unsplit), schema=UNSPLIT_SCHEMA, orient="row"),
        n_blank=n_blank,
    )


def _fields(text: str, delimiter: str) -> list[str] | None:
    """Fields of a line; None where its quotes are broken."""
    if '"' not in text:
        return text.split(delimiter)
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error:
        return None


def _parsed(content: bytes, names: tuple[str, ...], delimiter: str, n_rows: int) -> pl.DataFrame:
    """Fields of rows as texts; an empty field is null."""
    schema = dict.fromkeys(names, pl.String())
    if n_rows == 0:
        return pl.DataFrame(schema=schema)
    return pl.read_csv(
        content,
        separator=delimiter,
        has_header=False,
        new_columns=list(names),
        schema=schema,
        null_values=[""],
    )
