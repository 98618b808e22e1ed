"""Quarantined rows as a workbook that an officer mends and sends again."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from fanpin_risk.errors import InstallationError, OutputError, SchemaError
from fanpin_risk.report.quality_cells import (
    SHEET_LIMIT_ROWS,
    cell_text,
    column_width,
    fits_cell,
    row_height_points,
)
from fanpin_risk.report.quality_rows import (
    ADDED,
    QUARANTINE_ID,
    QuarantinedRow,
    added_columns,
    quarantined_row,
    without_ours,
)
from fanpin_risk.report.words import Words

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

MEND_SHEET = "待修正"
RAW_SHEET = "无法拆分"
GUIDE_SHEET = "说明"
ROW_COLUMNS = (
    "quarantine_id",
    "file",
    "line",
    "checks",
    "reason_zh",
    "reason_en",
    "original",
)

_FONT = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "top", "text_wrap": True}
_GRID = {"border": 1, "border_color": "#9A9A9A"}
_TEXT = 49
"""Number of the built-in text format: every program that opens the file knows it."""
_FORMATS: dict[str, dict[str, Any]] = {
    "head": {"num_format": _TEXT, "bold": True, "bg_color": "#DCE6F1", "valign": "vcenter"} | _GRID,
    "head_added": {"num_format": _TEXT, "bold": True, "bg_color": "#D9D9D9", "valign": "vcenter"}
    | _GRID,
    "cell": {"num_format": _TEXT} | _GRID,
    "at_fault": {"num_format": _TEXT, "bg_color": "#FFC7CE"} | _GRID,
    "added": {"num_format": _TEXT, "bg_color": "#F2F2F2", "font_color": "#404040"} | _GRID,
    "typed": {"num_format": _TEXT},
    "title": {"bold": True, "font_size": 15},
    "warning": {"bold": True, "font_color": "#B00020"},
    "text": {"font_size": 11},
}
_GUIDE_WIDTHS = (30, 12, 64)
_PERSONAL = Words(
    "本表含个人信息：只交经办人本人，不得转发、公示；改完送回后请删除。",
    "This workbook holds personal data: for the officer in charge alone. Do not pass it on or "
    "publish it; delete it once it has been sent back.",
)
_GUIDE = (
    Words(
        f"1. 在“{MEND_SHEET}”表里，按“问题”一栏改正该行。着色的格是出错的栏；拿不准的核对原件。",
        f"1. On the sheet {MEND_SHEET} mend each row as its column Problem says. Tinted cells are "
        "at fault; where in doubt, look at the original document.",
    ),
    Words(
        f"2. 不要改动“{QUARANTINE_ID}”，也不要改表头。改不了的行可以整行删去，它仍留在隔离区。",
        f"2. Do not change {QUARANTINE_ID} or the header row. A row that cannot be mended may be "
        "deleted here; it stays in quarantine.",
    ),
    Words(
        "3. 所有格都是文本：身份证号、编号照原样填写，前面的0不会丢。",
        "3. All cells are text: identity numbers are typed as they are, and keep their leading "
        "zeros.",
    ),
    Words(
        "4. 存盘后，用与原文件相同的 ingest 命令送回本文件。改好的行只入库一次，可放心重送。",
        "4. Save, and send this file back to the same `ingest` as the original file. A mended row "
        "is accepted once, however often it is sent.",
    ),
    Words(
        f"5. “{RAW_SHEET}”表（如有）是无法拆成各栏的行，给出原文（长的分在几格里；以{{开头的是"
        "各栏的JSON写法）。请对照原文件，在原文件里改正后重新送来。",
        f"5. The sheet {RAW_SHEET}, if there is one, has the text of lines that could not be split "
        "into columns (long ones in several cells; a text that begins with { lists the columns as "
        "JSON). Mend these in the original file and send that again.",
    ),
)


def quarantine_book(
    rows: pl.DataFrame,
    path: Path,
    *,
    header: Sequence[str],
    title: Words,
    created: date,
) -> None:
    r"""Write the quarantined rows of one source as a workbook to be mended and sent again.

    The first sheet has the columns of the office's own file, then those of `ADDED`; every cell is
    text and none is a formula, so that identity numbers and leading zeros come back as they were.
    What a cell cannot hold exactly (32,767 signs and more, signs that XML forbids) stands on the
    sheet `RAW_SHEET` as JSON, so that no value is lost. The same input gives the same bytes.

    Parameters
    ----------
    rows
        `ROW_COLUMNS`: ``original`` is a JSON object of text or null by the file's own column names,
        or ``{"_raw": "..."}`` for a line that could not be split. Optionally ``columns``, a list
        of the names at fault, which are tinted; null where they are not known.
    path
        Where the ``.xlsx`` file belongs. It can be read by its owner alone.
    header
        The file's columns in order. Columns of ``original`` that it lacks follow behind. Our own
        columns in a workbook that was sent back with faults left are not taken for data.
    title
        What the rows are, in Chinese and English.
    created
        The day that the file's properties name, so that the clock has no part in its bytes.

    Raises
    ------
    SchemaError
        If a column is missing, or there are more rows than a sheet holds.
    InstallationError
        If xlsxwriter is not installed.
    OutputError
        If the file cannot be written; what stood there is unchanged.

    Examples
    --------
    >>> row = {"quarantine_id": "000001-2", "file": "a.csv", "line": 2, "checks": "form",
    ...        "reason_zh": "日期不对", "reason_en": "no date", "original": '{"日期": "31/2"}'}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "mend.xlsx"
    ...     quarantine_book(pl.DataFrame([row]), path, header=["日期"],
    ...                     title=Words("住房", "Housing"), created=date(2023, 5, 1))
    ...     oct(path.stat().st_mode & 0o777)
    '0o600'
    """
    _check(rows)
    content = _book_bytes(
        rows, header=header, title=title, created=datetime.combine(created, time())
    )
    _write_private(path, content)


def _check(rows: pl.DataFrame) -> None:
    """Raise unless the rows have what the sheets show, and fit."""
    missing = [name for name in ROW_COLUMNS if name not in rows.columns]
    if missing:
        raise SchemaError(
            f"The quarantined rows lack the columns {missing}. Pass rows with {list(ROW_COLUMNS)}."
        )
    if rows.height >= SHEET_LIMIT_ROWS:
        raise SchemaError(
            f"{rows.height:,} quarantined rows do not fit a sheet of {SHEET_LIMIT_ROWS:,}. "
            "Write a workbook for each batch, or for a part of the rows."
        )


def _book_bytes(
    rows: pl.DataFrame, *, header: Sequence[str], title: Words, created: datetime
) -> bytes:
    """Build the workbook in memory."""
    try:
        import xlsxwriter
    except ImportError as error:
        raise InstallationError(
            "The quarantine workbook needs the package xlsxwriter, which is not installed. "
            'Install it with: pip install "fanpin-risk[excel]"'
        ) from error
    taken = [quarantined_row(given) for given in rows.iter_rows(named=True)]
    split = [row for row in taken if not row.pieces]
    raw = [row for row in taken if row.pieces]
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties({"title": cell_text(f"{title.zh} {title.en}"), "created": created})
    formats = {name: book.add_format(_FONT | given) for name, given in _FORMATS.items()}
    _write_rows(book.add_worksheet(MEND_SHEET), split, _columns(header, split), formats)
    if raw:
        sheet = book.add_worksheet(RAW_SHEET)
        _write_raw(sheet, raw, formats)
        if not split:  # the sheet that is not empty is the one that opens
            sheet.activate()
    _write_guide(book, rows, title, formats)
    book.close()
    return buffer.getvalue()


def _columns(header: Sequence[str], rows: Sequence[QuarantinedRow]) -> list[str]:
    """Columns of the data: the header's in order, then those that only rows have."""
    named = dict.fromkeys(name for name in header if fits_cell(name))
    found = dict.fromkeys(name for row in rows for name in row.fields)
    return list(without_ours(named) | dict.fromkeys(name for name in found if name not in named))


def _write_rows(
    sheet: Worksheet,
    rows: Sequence[QuarantinedRow],
    columns: Sequence[str],
    formats: dict[str, Any],
) -> None:
    """Write the rows to mend: the file's own columns, then ours."""
    added = added_columns(columns)
    widths = [
        column_width([name, *(row.fields.get(name) or "" for row in rows)]) for name in columns
    ]
    widths += _added_widths(added, rows)
    _write_header(sheet, [*columns, *added], widths, formats, n_data=len(columns))
    for y, row in enumerate(rows, start=1):
        texts = [row.fields.get(name) for name in columns]
        for x, (name, text) in enumerate(zip(columns, texts, strict=True)):
            kind = formats["at_fault" if name in row.at_fault else "cell"]
            _write_text(sheet, y, x, text, kind)
        for x, text in enumerate(row.added, start=len(columns)):
            _write_text(sheet, y, x, text, formats["added"])
        shown = [text or "" for text in (*texts, *row.added)]
        sheet.set_row(y, row_height_points(zip(shown, widths, strict=True)))
    _finish(sheet, n_rows=len(rows), n_columns=len(widths))


def _write_raw(sheet: Worksheet, rows: Sequence[QuarantinedRow], formats: dict[str, Any]) -> None:
    """Write the lines that could not be split: ours to the left, then the text in pieces."""
    n_pieces = max(len(row.pieces) for row in rows)
    names = [*ADDED, *(f"原文{'' if i == 1 else i}" for i in range(1, n_pieces + 1))]
    widths = _added_widths(ADDED, rows) + [80] * n_pieces
    _write_header(sheet, names, widths, formats, n_data=0)
    for y, row in enumerate(rows, start=1):
        for x, text in enumerate(row.added):
            _write_text(sheet, y, x, text, formats["added"])
        for x, text in enumerate(row.pieces, start=len(ADDED)):
            _write_text(sheet, y, x, text, formats["cell"])
        sheet.set_row(y, row_height_points(zip((*row.added, *row.pieces), widths, strict=False)))
    _finish(sheet, n_rows=len(rows), n_columns=len(names))


def _added_widths(names: Sequence[str], rows: Sequence[QuarantinedRow]) -> list[int]:
    """Widths of our columns: the two that say what is wrong are wide."""
    texts = zip(*(row.added for row in rows), strict=True) if rows else [()] * len(ADDED)
    most = (22, 30, 12, 50, 60)
    return [
        column_width([name, *found], most=limit)
        for name, found, limit in zip(names, texts, most, strict=True)
    ]


def _write_header(
    sheet: Worksheet,
    names: Sequence[str],
    widths: Sequence[int],
    formats: dict[str, Any],
    *,
    n_data: int,
) -> None:
    """Write the header in the first row; new cells below it are text as well."""
    for x, (name, width) in enumerate(zip(names, widths, strict=True)):
        is_data = x < n_data
        sheet.set_column(x, x, width, formats["typed"])
        sheet.write_string(0, x, name, formats["head" if is_data else "head_added"])
    sheet.set_row(0, row_height_points(zip(names, widths, strict=True), least=24))


def _write_text(sheet: Worksheet, y: int, x: int, text: str | None, kind: Any) -> None:
    """Write a text as it is; an empty cell keeps its format, so that what is typed stays text."""
    if text:
        sheet.write_string(y, x, text, kind)
    else:
        sheet.write_blank(y, x, None, kind)


def _finish(sheet: Worksheet, *, n_rows: int, n_columns: int) -> None:
    """Keep the header in sight, let it filter, and spare the officer warnings about texts."""
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, n_rows, n_columns - 1)
    sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{n_rows + 1}"})
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer(f"&L{_PERSONAL.zh}&R&P / &N")


def _write_guide(book: Workbook, rows: pl.DataFrame, title: Words, formats: dict[str, Any]) -> None:
    """Say how to mend and send again, and how many rows have which fault."""
    sheet = book.add_worksheet(GUIDE_SHEET)
    for x, width in enumerate(_GUIDE_WIDTHS):
        sheet.set_column(x, x, width)
    heading = Words(f"{title.zh}：待修正的数据", f"{title.en}: rows to be mended")
    paragraphs = [(heading, "title"), (_PERSONAL, "warning"), *((said, "text") for said in _GUIDE)]
    for y, (said, kind) in enumerate(paragraphs):
        text = cell_text(f"{said.zh}\n{said.en}")
        sheet.merge_range(y, 0, y, len(_GUIDE_WIDTHS) - 1, "", formats[kind])
        sheet.write_string(y, 0, text, formats[kind])
        height = row_height_points([(text, sum(_GUIDE_WIDTHS) - 8)])
        sheet.set_row(y, height + 24 if kind == "title" else height + 8)
    _write_faults(sheet, rows, formats, first=len(paragraphs) + 1)


def _write_faults(
    sheet: Worksheet, rows: pl.DataFrame, formats: dict[str, Any], *, first: int
) -> None:
    """Count the rows of each fault, the most frequent first."""
    for x, name in enumerate(("检查\nCheck", "行数\nRows", "例如\nFor example")):
        sheet.write_string(first, x, name, formats["head"])
    sheet.set_row(first, 36)
    faults = (
        rows.group_by("checks", maintain_order=True)
        .agg(pl.len().alias("n_rows"), pl.col("reason_zh", "reason_en").first())
        .sort("n_rows", descending=True, maintain_order=True)
    )
    for y, fault in enumerate(faults.iter_rows(named=True), start=first + 1):
        example = cell_text(f"{fault['reason_zh'] or ''}\n{fault['reason_en'] or ''}")
        sheet.write_string(y, 0, cell_text(fault["checks"]), formats["cell"])
        sheet.write_number(y, 1, fault["n_rows"], formats["cell"])
        sheet.write_string(y, 2, example, formats["cell"])
        sheet.set_row(y, row_height_points([(example, _GUIDE_WIDTHS[2])]))


def _write_private(path: Path, content: bytes) -> None:
    """Write a file whole that nobody but its owner can read, not even for a moment.

    Raises
    ------
    OutputError
        If the file cannot be written; ``path`` is then unchanged.
    """
    # `write_whole` gives its files to every reader in the step that puts them in place, and a
    # process killed right after would leave identity numbers so; here the rights come first.
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as place:
            new = Path(place) / path.name
            new.touch(mode=0o600)
            new.write_bytes(content)
            os.replace(new, path)
    except OSError as error:
        raise OutputError(
            f"Cannot write {path}: {error.strerror or error}. What was there is unchanged. "
            "Choose a folder that can be written to and has room."
        ) from error
