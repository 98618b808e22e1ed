"""Late faults of text files: delimiters, line ends, encodings, joined and wrapped files."""

from __future__ import annotations

import base64
import csv
import io
import zipfile
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from fanpin_risk.simulate.faults_base import (
    Fault,
    Faulty,
    number_of,
    raw_line,
    raw_lines,
    raw_text,
    some_rows,
    unchanged,
)
from fanpin_risk.simulate.faults_late_base import late_fault
from fanpin_risk.simulate.faults_late_books import book_bytes
from fanpin_risk.simulate.sheets import Sheet, sheet_bytes

MARK = "\ufeff"
PLACEHOLDER = "\ue000"
"""A character for private use: stands in a field for what must not be quoted."""
FIRST_DAY_OF_ZIP = (1980, 1, 1, 0, 0, 0)

Edit = Callable[[list[str], int], list[str]]


def _delimited(sheet: Sheet, rng: np.random.Generator, n: int, delimiter: str) -> Faulty:
    """Write another delimiter."""
    return Faulty(sheet=replace(sheet, delimiter=delimiter))


def _edited(sheet: Sheet, edit: Edit, *, touches: bool = True) -> Faulty:
    """Change the lines of the file; ``edit`` is told where the rows begin."""
    lines, first = raw_lines(sheet)
    content = raw_text(edit(lines, first)).encode(sheet.encoding)
    return Faulty(content=content, touched=sheet.keys if touches else ())


def _whole(name: str, zh: str, en: str, change: Callable[[Sheet], bytes]) -> Fault:
    """Build a fault that writes the same text in other bytes."""
    return late_fault(
        name,
        (zh, en),
        "file",
        lambda sheet, rng, n: Faulty(content=change(sheet)),
        is_raw=True,
        kind="csv",
    )


def _text(sheet: Sheet, end: str = "\r\n") -> str:
    """Text of the file."""
    return raw_text(raw_lines(sheet)[0], end)


def _mixed_line_ends(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """End some lines as Unix does, the others as Windows."""
    lines, _ = raw_lines(sheet)
    chosen = set(some_rows(range(len(lines)), rng, max(n, len(lines) // 2)))
    text = "".join(line + ("\n" if at in chosen else "\r\n") for at, line in enumerate(lines))
    return Faulty(content=text.encode(sheet.encoding))


def _end_lost(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Lose the end of a line: two rows stand on one."""
    lines, first = raw_lines(sheet)
    chosen: list[int] = []
    for at in some_rows(range(len(sheet.rows) - 1), rng, n):
        if not chosen or at > chosen[-1] + 1:
            chosen.append(at)
    if not chosen:
        return unchanged(sheet)
    for at in reversed(chosen):
        lines[first + at : first + at + 2] = [lines[first + at] + lines[first + at + 1]]
    touched = tuple(sheet.keys[x] for at in chosen for x in (at, at + 1))
    return Faulty(content=raw_text(lines).encode(sheet.encoding), touched=touched)


def _line_break_unquoted(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Break lines inside a text that has no quotes around it."""
    fields = [
        (at, column)
        for at, row in enumerate(sheet.rows)
        for column, cell in enumerate(row)
        if isinstance(cell, str) and len(cell) > 1 and number_of(cell) is None
    ]
    chosen: dict[int, int] = {}
    for place in rng.permutation(len(fields)).tolist():
        if len(chosen) < n:
            chosen.setdefault(*fields[place])
    if not chosen:
        return unchanged(sheet)
    lines, first = raw_lines(sheet)
    for at, column in chosen.items():
        row = sheet.rows[at]
        text = str(row[column])
        place = int(rng.integers(1, len(text)))
        field = text[:place] + PLACEHOLDER + text[place:]
        line = raw_line(sheet, (*row[:column], field, *row[column + 1 :]))
        lines[first + at] = line.replace(PLACEHOLDER, "\r\n")
    touched = tuple(sheet.keys[at] for at in sorted(chosen))
    return Faulty(content=raw_text(lines).encode(sheet.encoding), touched=touched)


def _form_feeds(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Begin some lines with the sign for a new page."""
    lines, first = raw_lines(sheet)
    chosen = some_rows(range(len(sheet.rows)), rng, n)
    for at in chosen:
        lines[first + at] = "\f" + lines[first + at]
    touched = tuple(sheet.keys[at] for at in chosen)
    return Faulty(content=raw_text(lines).encode(sheet.encoding), touched=touched)


def _trailing_delimiters(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """End the header and every row with a delimiter."""
    last = len(raw_lines(sheet)[0]) - len(sheet.footer)
    return _edited(sheet, lambda lines, first: _with_tail(lines, sheet, first - 1, last))


def _trailing_in_rows(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """End every row with a delimiter, and the header without."""
    last = len(raw_lines(sheet)[0]) - len(sheet.footer)
    return _edited(sheet, lambda lines, first: _with_tail(lines, sheet, first, last))


def _with_tail(lines: list[str], sheet: Sheet, first: int, last: int) -> list[str]:
    """Put a delimiter behind some of the lines."""
    return [f"{x}{sheet.delimiter}" if first <= at < last else x for at, x in enumerate(lines)]


def _space_behind_delimiter(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Write a space behind every delimiter, also before a quote."""
    lines, first = raw_lines(sheet)
    for at, row in enumerate((sheet.header, *sheet.rows), start=first - 1):
        # A line of one empty cell would get quotes, so each cell is written before a second one.
        lines[at] = f"{sheet.delimiter} ".join(raw_line(sheet, (x, None))[:-1] for x in row)
    return Faulty(content=raw_text(lines).encode(sheet.encoding), touched=sheet.keys)


def _all_quoted(sheet: Sheet) -> bytes:
    """Quote every field."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=sheet.delimiter, quoting=csv.QUOTE_ALL)
    lines = [*([x] for x in sheet.title), sheet.header, *sheet.rows, *([x] for x in sheet.footer)]
    writer.writerows(["" if cell is None else cell for cell in line] for line in lines)
    return text.getvalue().encode(sheet.encoding)


def _joined_files(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Join two exports: a second header, and a byte order mark in the middle."""
    lines, first = raw_lines(sheet)
    if len(sheet.rows) < 2:
        return unchanged(sheet)
    place = first + int(rng.integers(1, len(sheet.rows)))
    text = MARK + raw_text(lines[:place]) + MARK + raw_text([lines[first - 1], *lines[place:]])
    encoding = "utf-8" if sheet.encoding == "utf-8-sig" else sheet.encoding
    return Faulty(content=text.encode(encoding), added=("header:second",))


def _mixed_encodings(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Paste rows that are in another encoding than the file."""
    lines, first = raw_lines(sheet)
    able = [at for at in range(len(sheet.rows)) if not lines[first + at].isascii()]
    if sheet.encoding == "utf-16" or not able:
        return unchanged(sheet)
    other = "utf-8" if sheet.encoding == "gb18030" else "gb18030"
    chosen = some_rows(able, rng, n)
    places = {first + at for at in chosen}
    start = sheet.encoding if sheet.encoding != "utf-8-sig" else "utf-8"
    mark = MARK.encode() if sheet.encoding == "utf-8-sig" else b""
    content = b"".join(
        raw_text([line]).encode(other if at in places else start) for at, line in enumerate(lines)
    )
    return Faulty(content=mark + content, touched=tuple(sheet.keys[at] for at in chosen))


def _encoded_twice(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Take the bytes of UTF-8 for characters, and write those as UTF-8 again."""
    content = _text(sheet).encode("utf-8").decode("latin-1").encode("utf-8")
    lines, first = raw_lines(sheet)
    touched = [key for at, key in enumerate(sheet.keys) if not lines[first + at].isascii()]
    return Faulty(content=content, touched=tuple(touched))


def _zipped(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Send an archive under the name of the file that is in it."""
    content = io.BytesIO()
    inner = sheet_bytes(sheet) if sheet.kind == "csv" else book_bytes(sheet)
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        name = zipfile.ZipInfo(f"{sheet.source}.{sheet.kind}", FIRST_DAY_OF_ZIP)
        archive.writestr(name, inner)
    return Faulty(content=content.getvalue())


def _base64(sheet: Sheet) -> bytes:
    """Save the attachment as it came through the mail."""
    return base64.encodebytes(sheet_bytes(sheet))


def _delimiter_fault(name: str, zh: str, en: str, delimiter: str) -> Fault:
    """Build a fault of the delimiter of a text file."""
    return late_fault(
        name,
        (zh, en),
        "file",
        lambda sheet, rng, n: _delimited(sheet, rng, n, delimiter),
        kind="csv",
    )


def _raw(
    name: str,
    zh: str,
    en: str,
    apply: Callable[[Sheet, np.random.Generator, int], Faulty],
    *,
    keeps_meaning: bool = True,
) -> Fault:
    """Build a fault of the lines of a text file."""
    return late_fault(
        name,
        (zh, en),
        "row",
        apply,
        keeps_meaning=keeps_meaning,
        is_raw=True,
        kind="csv",
    )


LATE_TEXT_FILES: tuple[Fault, ...] = (
    _delimiter_fault("tab_delimiter", "制表符分隔", "tabs for commas", "\t"),
    _delimiter_fault("semicolon_delimiter", "分号分隔", "semicolons for commas", ";"),
    _delimiter_fault("pipe_delimiter", "竖线分隔", "pipes for commas", "|"),
    _delimiter_fault("wide_comma_delimiter", "全角逗号分隔", "full-width commas", "，"),
    _raw("mixed_line_ends", "换行符不一", "two kinds of line ends", _mixed_line_ends),
    _whole(
        "doubled_line_ends",
        "换行符为CR CR LF（文本方式传输）",
        "line ends with a second carriage return",
        lambda sheet: _text(sheet, "\r\r\n").encode(sheet.encoding),
    ),
    _whole(
        "no_final_line_end",
        "文件末尾无换行",
        "no line end at the end of the file",
        lambda sheet: _text(sheet).removesuffix("\r\n").encode(sheet.encoding),
    ),
    _whole(
        "dos_end_sign",
        "文件末尾有DOS结束符",
        "the end sign of DOS behind the last line",
        lambda sheet: (_text(sheet) + "\x1a").encode(sheet.encoding),
    ),
    _whole(
        "delimiter_line",
        "首行声明分隔符（sep=）",
        "a first line that names the delimiter",
        lambda sheet: f"sep={sheet.delimiter}\r\n{_text(sheet)}".encode(sheet.encoding),
    ),
    _whole("all_quoted", "所有字段加引号", "quotes around every field", _all_quoted),
    _raw(
        "row_end_lost",
        "两行并成一行",
        "two rows on one line",
        _end_lost,
        keeps_meaning=False,
    ),
    _raw(
        "line_break_unquoted",
        "字段内换行而无引号",
        "a line break in a field without quotes",
        _line_break_unquoted,
    ),
    _raw("form_feeds", "行首有换页符", "a sign for a new page before a row", _form_feeds),
    _raw(
        "trailing_delimiters",
        "表头和各行末尾多一个分隔符",
        "a delimiter at the end of header and rows",
        _trailing_delimiters,
    ),
    _raw(
        "trailing_delimiters_in_rows",
        "仅数据行末尾多一个分隔符",
        "a delimiter at the end of the rows alone",
        _trailing_in_rows,
    ),
    _raw(
        "space_behind_delimiter",
        "分隔符后有空格",
        "a space behind every delimiter",
        _space_behind_delimiter,
    ),
    _raw(
        "joined_files",
        "两个文件首尾相接（中间有BOM）",
        "two files joined, with a byte order mark in the middle",
        _joined_files,
    ),
    _raw(
        "mixed_encodings",
        "个别行编码不同",
        "rows in another encoding than the file",
        _mixed_encodings,
    ),
    _raw("encoded_twice", "UTF-8重复编码", "UTF-8 encoded twice", _encoded_twice),
    _whole(
        "utf16_without_mark",
        "UTF-16无BOM",
        "UTF-16 without a byte order mark",
        lambda sheet: _text(sheet).encode("utf-16-le"),
    ),
    _whole(
        "utf16_big_endian",
        "UTF-16大端序",
        "UTF-16 with the larger byte first",
        lambda sheet: (MARK + _text(sheet)).encode("utf-16-be"),
    ),
    _whole(
        "workbook_as_text",
        "扩展名为csv，实为xlsx",
        "a workbook with the ending of a text file",
        book_bytes,
    ),
    _whole("mail_encoded", "邮件base64原文", "a mail's attachment, not decoded", _base64),
    late_fault(
        "zipped",
        ("压缩包改了扩展名", "an archive with another ending"),
        "file",
        _zipped,
        is_raw=True,
    ),
)
