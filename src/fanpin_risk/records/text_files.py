"""Text files piece by piece, whatever their encoding, packing and line ends."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from fanpin_risk.errors import InputFileError
from fanpin_risk.records.headers import Header, Layout, find_header, is_complete
from fanpin_risk.records.signatures import HEAD_BYTES, require_kind
from fanpin_risk.records.text_rows import LINE, UNSPLIT_SCHEMA, Piece, scan_rows, take_rows

__all__ = ["LINE", "PIECE_BYTES", "UNSPLIT_SCHEMA", "Piece", "TextTable", "open_text", "pieces"]

PIECE_BYTES = 32 * 2**20
_HEAD_BYTES = 2**18
_ROWS_SAMPLED = 50
_NULLS_OF_UTF16 = 0.1
_LONGEST_LINE_BYTES = 16 * 2**20
_BROKEN_END = "\udcff".encode(
    "utf-8", "surrogatepass"
)  # no UTF-8, so it is seen when rows are parted


@dataclass(frozen=True, kw_only=True)
class TextTable:
    """A text file whose header has been found."""

    path: Path
    header: Header
    encoding: str
    start: int
    first_line: int
    delimiter: str
    is_old_macintosh: bool


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
    require_kind(path, head[:HEAD_BYTES], "text")
    best: TextTable | None = None
    for encoding in _encodings(path, head, layout.encoding):
        found = _with_header(path, head, encoding, layout)
        if found is not None and is_complete(found.header, layout):
            return found
        best = best or found
    return best


def _encodings(path: Path, head: bytes, wanted: str) -> list[str]:
    """Encodings to try, the likeliest first."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ["utf-16"]
    if head.startswith(codecs.BOM_UTF8):
        return ["utf-8"]
    without_mark = _utf16_without_mark(head)
    if without_mark is not None:
        return [without_mark]
    if wanted != "auto":
        return [wanted]
    sample = next((block for block in _blocks(path, PIECE_BYTES) if not block.isascii()), b"")
    return ["utf-8", "gb18030"] if _is_utf8(sample) else ["gb18030", "utf-8"]


def _utf16_without_mark(head: bytes) -> str | None:
    """Kind of UTF-16, where every other byte of digits, delimiters and line ends is a null."""
    n_pairs = len(head) // 2
    for encoding, at in (("utf-16-le", 1), ("utf-16-be", 0)):
        n_null, n_other = head[at::2].count(0), head[1 - at :: 2].count(0)
        if n_null > _NULLS_OF_UTF16 * n_pairs and not n_other:
            return encoding
    return None


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
    is_old_macintosh = text.count("\r") - text.count("\r\n") > text.count("\n")
    if is_old_macintosh:
        text = text.replace("\r", "\n")
    seen = list(islice(scan_rows(text, layout.delimiter), layout.header_within + _ROWS_SAMPLED))
    rows = seen[: layout.header_within]
    cells = [
        [text[row.begin : row.after].rstrip("\r\n")] if row.cells is None else row.cells
        for row in rows
    ]
    header = find_header(cells, layout)
    if header is None:
        return None
    whole = [row.cells for row in seen[header.row + 1 :] if row.after < len(text)]
    header = _with_last_column(header, [row for row in whole if row is not None])
    n_lines = text.count("\n", 0, rows[header.row].after - 1) + 1
    return TextTable(
        path=path,
        header=header,
        encoding=encoding,
        start=n_lines,
        first_line=n_lines + 1,
        delimiter=layout.delimiter,
        is_old_macintosh=is_old_macintosh,
    )


def _with_last_column(header: Header, rows: list[list[str]]) -> Header:
    """Header with a column without a name, where each row ends with one more delimiter than it."""
    full = [row for row in rows if sum(cell.strip() != "" for cell in row) > 1]
    n = len(header.names) + 1
    if not full or not all(len(row) == n and not row[-1].strip() for row in full):
        return header
    return replace(header, names=(*header.names, f"({n})"), as_written=(*header.as_written, ""))


def _blocks(path: Path, size: int, at_most: int | None = None) -> Iterator[bytes]:
    """Bytes of a file, unpacked, block by block."""
    try:
        with _opened(path) as handle:
            n = 0
            while (at_most is None or n < at_most) and (block := handle.read(size)):
                yield block
                n += 1
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputFileError(f"{path}: {_packing_fault(error)} Pack it again.") from error
    except OSError as error:
        raise InputFileError(f"{path}: cannot be read: {error.strerror}.") from error


def _packing_fault(error: Exception) -> str:
    """Word what is wrong with a packed file."""
    if isinstance(error, EOFError):
        return "cannot be unpacked: the packed file is cut off."
    if isinstance(error, zlib.error):
        return "cannot be unpacked: the packed bytes are damaged."
    if "Not a gzipped" in str(error):
        return "cannot be unpacked: this is no gzip file, or something stands behind its end."
    return "cannot be unpacked: the packed bytes do not fit their checksum."


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
        If the file cannot be unpacked or read, or a line is longer than any table's.
    """
    rest = b""
    line = 1
    to_skip = table.start
    names, delimiter = table.header.names, table.delimiter
    for block in _utf8_lines(table, piece_bytes):
        rest += block
        if to_skip:
            rest, to_skip, line = _skip_lines(rest, to_skip, line)
            if to_skip:
                continue
        piece, end = take_rows(rest, line, names, delimiter, is_whole=False)
        if end:
            yield piece
            line += rest.count(b"\n", 0, end)
            rest = rest[end:]
    if rest and not to_skip:
        yield take_rows(rest, line, names, delimiter, is_whole=True)[0]


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
    """Lines of the file in UTF-8, many at once; what is broken becomes bytes that are no UTF-8."""
    blocks = _blocks(table.path, piece_bytes)
    if table.encoding.startswith("utf-16"):
        yield from _whole_lines(table, _from_utf16(blocks, table.encoding))
        return
    for number, lines in enumerate(_whole_lines(table, blocks)):
        lines = lines.removeprefix(codecs.BOM_UTF8) if number == 0 else lines
        if table.encoding == "utf-8":
            yield lines
        else:
            text = lines.decode(table.encoding, "surrogateescape")
            yield text.encode("utf-8", "surrogatepass")


def _whole_lines(table: TextTable, blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Cut blocks behind line ends; the last line may have none."""
    waiting: list[bytes] = []
    n_waiting, line = 0, 1
    for block in blocks:
        if table.is_old_macintosh:
            block = block.replace(b"\r", b"\n")
        end = block.rfind(b"\n") + 1
        if end:
            lines = b"".join([*waiting, block[:end]])
            yield lines
            line += lines.count(b"\n")
            waiting, n_waiting = [], 0
        waiting.append(block[end:])
        n_waiting += len(block) - end
        if n_waiting > _LONGEST_LINE_BYTES:
            raise InputFileError(
                f"{table.path}: line {line} is longer than {_LONGEST_LINE_BYTES >> 20} MB, so this "
                "is no table of lines. Export it again."
            )
    rest = b"".join(waiting)
    if rest:
        yield rest


def _from_utf16(blocks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Bytes of a UTF-16 file in UTF-8; what is broken becomes bytes that are no UTF-8."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="surrogatepass")
    for block in blocks:
        yield decoder.decode(block).encode("utf-8", "surrogatepass")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        yield _BROKEN_END
