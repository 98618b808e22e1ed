"""Parting text into rows and fields: every row on its line, and what is no row set aside.

Quotes mean one thing only, as in RFC 4180: a field begins with one and ends with one, and within it
two stand for one. Anything else is a fault of the line on which the row begins; the next line is a
row again, so one stray quote never costs more than its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

LINE = "_line"
LONGEST_ROW = 2**20
"""Letters that a row may have whose fields in quotes run over lines; a longer one is a fault."""

UNSPLIT_SCHEMA: dict[str, pl.DataType] = {
    LINE: pl.Int64(),
    "check": pl.String(),
    "n_fields": pl.Int64(),
    "raw": pl.String(),
}
_NEWLINE, _RETURN, _QUOTE = 10, 13, 34
_BROKEN = re.compile("[\udc80-\udcff]")
_UNCLOSED = re.compile(r'"(?:[^"]++|"")*+\Z')


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Some rows of a table as text, with ``_line``; what is no row; and how many lines are blank.

    ``unsplit`` holds rows that could not be parted into the header's fields: their line, the kind
    of fault (``fields``, ``quotes``, ``encoding``), the number of fields (0 where it is not known)
    and their text.
    """

    texts: pl.DataFrame
    unsplit: pl.DataFrame
    n_blank: int = 0


@dataclass(frozen=True, kw_only=True)
class ScannedRow:
    """A row of a text: where it begins and where the next one does; no cells where it is broken."""

    begin: int
    after: int
    cells: list[str] | None


def scan_rows(text: str, delimiter: str, *, is_whole: bool = True) -> Iterator[ScannedRow]:
    r"""Rows of a text one by one.

    Parameters
    ----------
    text
        Begins where a row begins; lines end with LF or CRLF.
    delimiter
        One plain letter.
    is_whole
        Whether the text ends here. Where it does not, a row that could go on is not handed out.

    Examples
    --------
    >>> [row.cells for row in scan_rows('1,"a\nb"\n2"\n3,c', ",")]
    [['1', 'a\nb'], None, ['3', 'c']]
    """
    at = 0
    while at < len(text):
        end = text.find("\n", at)
        if end < 0 and not is_whole:
            return
        end = len(text) if end < 0 else end
        cells: list[str] | None = None
        if text.find('"', at, end) < 0:
            cells, after = text[at:end].removesuffix("\r").split(delimiter), end
        else:
            cells, after = _row_with_quotes(text, at, delimiter)
            if after < 0 and not is_whole and _may_go_on(text, at):
                return
            if cells is None or (after - at > LONGEST_ROW and after > end):
                cells, after = None, end
        after = min(after + 1, len(text))
        yield ScannedRow(begin=at, after=after, cells=cells)
        at = after


@cache
def _field(delimiter: str) -> re.Pattern[str]:
    """Pattern of one field and what ends it."""
    d = re.escape(delimiter)
    in_quotes = rf'"(?P<quoted>(?:[^"]++|"")*+)"(?P<end>{d}|\r?(?:\n|\Z))'
    plain = rf'(?P<plain>[^"\n{d}]*+)(?P<stop>{d}|\n|\Z)'
    return re.compile(f"{in_quotes}|{plain}")


def _row_with_quotes(text: str, at: int, delimiter: str) -> tuple[list[str] | None, int]:
    """Cells of a row and where its line end stands.

    No cells where a quote is astray; -1 where the row, broken or not, ends with the text.
    """
    field = _field(delimiter)
    cells: list[str] = []
    while match := field.match(text, at):
        at = match.end()
        end = match["end"] if match["plain"] is None else match["stop"]
        if match["plain"] is None:
            cells.append(match["quoted"].replace('""', '"'))
        else:
            cells.append(match["plain"] if end == delimiter else match["plain"].removesuffix("\r"))
        if end != delimiter:
            return cells, at - 1 if end.endswith("\n") else len(text)
    return None, -1 if _UNCLOSED.match(text, at) else 0


def _may_go_on(text: str, at: int) -> bool:
    """Whether a row that is open at the end of the text is short enough to be waited for."""
    return len(text) - at <= LONGEST_ROW


def _end_of_rows(content: bytes) -> int:
    """Where the last whole row ends, as far as quotes tell; 0 where none does."""
    if b'"' not in content:
        return content.rfind(b"\n") + 1
    letters = np.frombuffer(content, dtype=np.uint8)
    ends = np.flatnonzero(letters == _NEWLINE)
    quotes = np.flatnonzero(letters == _QUOTE)
    even = ends[np.searchsorted(quotes, ends) % 2 == 0]
    return int(even[-1]) + 1 if even.size else 0


def take_rows(
    content: bytes, line: int, names: tuple[str, ...], delimiter: str, *, is_whole: bool
) -> tuple[Piece, int]:
    """Part the rows at the beginning of some bytes.

    Parameters
    ----------
    content
        Whole lines in UTF-8. Bytes that are none are a fault of the row they stand in.
    line
        Number of the first line.
    names
        The header's names.
    delimiter
        One plain letter.
    is_whole
        Whether nothing follows.

    Returns
    -------
    tuple
        The rows, and how many bytes they take; a row that could go on behind the bytes is left.
    """
    end = len(content) if is_whole else _end_of_rows(content)
    rows = _Rows(content[:end], delimiter)
    if end and rows.is_clean:
        return _at_once(content[:end], rows, line, names, delimiter), end
    return _one_by_one(content, line, names, delimiter, is_whole=is_whole)


class _Rows:
    """Rows of a text: where each begins and ends, its line, and its number of fields."""

    def __init__(self, content: bytes, delimiter: str) -> None:
        letters = np.frombuffer(content, dtype=np.uint8)
        ends = np.flatnonzero(letters == _NEWLINE)
        parts = np.flatnonzero(letters == ord(delimiter))
        self.is_clean = True
        is_end = np.ones(ends.size, dtype=bool)
        if b'"' in content:
            quotes = np.flatnonzero(letters == _QUOTE)
            is_end = np.searchsorted(quotes, ends) % 2 == 0
            parts = parts[np.searchsorted(quotes, parts) % 2 == 0]
            self.is_clean = not _has_stray_quote(letters, quotes, ord(delimiter))
        row_ends = ends[is_end]
        if letters.size and (row_ends.size == 0 or row_ends[-1] != letters.size - 1):
            row_ends = np.append(row_ends, letters.size)
        self.begin: NDArray[np.int64] = np.concatenate([[0], row_ends[:-1] + 1])[: row_ends.size]
        self.end: NDArray[np.int64] = row_ends
        self.line: NDArray[np.int64] = np.searchsorted(ends, self.begin)
        cuts = np.searchsorted(parts, row_ends)
        self.n_fields: NDArray[np.int64] = np.diff(cuts, prepend=0) + 1
        if not is_end.all():
            self.is_clean &= not bool((self.end - self.begin > LONGEST_ROW).any())

    def is_blank(self, content: bytes) -> NDArray[np.bool_]:
        """Whether a row has nothing on it."""
        blank = self.end == self.begin
        for at in np.flatnonzero(~blank & (self.n_fields == 1)):
            blank[at] = not self.text(content, int(at)).strip()
        return np.asarray(blank)

    def is_broken(self, content: bytes) -> NDArray[np.bool_]:
        """Whether a row holds bytes that are no text."""
        broken = np.zeros(self.begin.size, dtype=bool)
        try:
            content.decode()
        except UnicodeDecodeError:
            at = 0
            for text in content.split(b"\n"):
                if not _is_text(text):
                    broken[np.searchsorted(self.begin, at, side="right") - 1] = True
                at += len(text) + 1
        return broken

    def text(self, content: bytes, at: int) -> str:
        """Text of a row."""
        return content[self.begin[at] : self.end[at]].decode("utf-8", "replace").removesuffix("\r")

    def select(self, content: bytes, keep: NDArray[np.bool_]) -> bytes:
        """Bytes of some rows."""
        if keep.all():
            return content
        pieces = []
        changes = np.flatnonzero(np.diff(np.concatenate([[0], keep.view(np.int8), [0]])))
        for first, after in zip(changes[::2], changes[1::2], strict=True):
            pieces.append(content[self.begin[first] : self.end[after - 1]])
        return b"".join(piece + b"\n" for piece in pieces)


def _is_text(content: bytes) -> bool:
    """Whether bytes are UTF-8."""
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _has_stray_quote(letters: NDArray[np.uint8], quotes: NDArray[np.int64], delimiter: int) -> bool:
    """Whether a quote stands where no field begins or ends, or one is never closed."""
    if quotes.size % 2:
        return True
    opening, closing = quotes[::2], quotes[1::2]
    last = letters.size - 1
    before = np.where(opening > 0, letters[opening - 1], _NEWLINE)
    behind = np.where(closing < last, letters[np.minimum(closing + 1, last)], _NEWLINE)
    second = np.where(closing + 1 < last, letters[np.minimum(closing + 2, last)], _NEWLINE)
    fits_before = np.isin(before, (delimiter, _NEWLINE, _QUOTE))
    fits_behind = np.isin(behind, (delimiter, _NEWLINE, _QUOTE))
    fits_behind |= (behind == _RETURN) & (second == _NEWLINE)
    return not bool(fits_before.all() and fits_behind.all())


def _at_once(
    content: bytes, rows: _Rows, line: int, names: tuple[str, ...], delimiter: str
) -> Piece:
    """Part rows whose quotes are in order."""
    blank, broken = rows.is_blank(content), rows.is_broken(content)
    wrong = ~blank & ~broken & (rows.n_fields != len(names))
    unsplit = [
        (
            line + int(rows.line[at]),
            "encoding" if broken[at] else "fields",
            0 if broken[at] else int(rows.n_fields[at]),
            rows.text(content, int(at)),
        )
        for at in np.flatnonzero(wrong | broken)
    ]
    keep = ~blank & ~wrong & ~broken
    frame = _parsed(rows.select(content, keep), names, delimiter, int(keep.sum()))
    lines = pl.Series(LINE, line + rows.line[keep], dtype=pl.Int64)
    return Piece(
        texts=frame.insert_column(0, lines),
        unsplit=pl.DataFrame(unsplit, schema=UNSPLIT_SCHEMA, orient="row"),
        n_blank=int(blank.sum()),
    )


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


def _one_by_one(
    content: bytes, line: int, names: tuple[str, ...], delimiter: str, *, is_whole: bool
) -> tuple[Piece, int]:
    """Part rows where a quote is astray: each line with one is set aside alone."""
    text = content.decode("utf-8", "surrogateescape")
    lines: list[int] = []
    cells: list[list[str]] = []
    unsplit: list[tuple[int, str, int, str]] = []
    n_blank = after = 0
    for row in scan_rows(text, delimiter, is_whole=is_whole):
        raw = text[row.begin : row.after].removesuffix("\n").removesuffix("\r")
        if not raw.strip():
            n_blank += 1
        elif _BROKEN.search(raw):
            unsplit.append((line, "encoding", 0, _BROKEN.sub("\ufffd", raw)))
        elif row.cells is None:
            unsplit.append((line, "quotes", 0, raw))
        elif len(row.cells) != len(names):
            unsplit.append((line, "fields", len(row.cells), raw))
        else:
            lines.append(line)
            cells.append(row.cells)
        line += text.count("\n", row.begin, row.after)
        after = row.after
    frame = pl.DataFrame(cells, schema=dict.fromkeys(names, pl.String()), orient="row")
    frame = frame.with_columns(pl.when(pl.all() != "").then(pl.all()))
    piece = Piece(
        texts=frame.insert_column(0, pl.Series(LINE, lines, dtype=pl.Int64)),
        unsplit=pl.DataFrame(unsplit, schema=UNSPLIT_SCHEMA, orient="row"),
        n_blank=n_blank,
    )
    return piece, len(text[:after].encode("utf-8", "surrogateescape"))
