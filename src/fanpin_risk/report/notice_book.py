"""A village notice as a sheet to be printed and hung up."""

from __future__ import annotations

import io
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from fanpin_risk.errors import InstallationError, SchemaError
from fanpin_risk.provenance import write_whole
from fanpin_risk.report.notice import ALLOWED, forbidden, village_notice
from fanpin_risk.report.quality_cells import cell_text, column_width, row_height_points
from fanpin_risk.report.words import Words

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

SHEET = "公示 Notice"
ABOUT = (
    Words(
        "现将评议结果公示如下。公示期内对结果有异议的，可向村民委员会或乡镇人民政府反映。",
        "The results of the appraisal are made known. Who objects can tell the village committee "
        "or the township government while the notice hangs.",
    ),
    Words(
        "本公示只在本村张贴一次，不含身份证号、电话、银行账号和健康状况；期满后取下。",
        "It hangs once, in this village only, and shows no identity number, telephone, bank "
        "account or state of health; it is taken down when its time is over.",
    ),
)
"""What stands above the table."""
SIGNED = Words("村民委员会（盖章）：            日期：", "village committee (seal), day")
_FONT = {"font_name": "Microsoft YaHei", "font_size": 12, "valign": "vcenter", "text_wrap": True}
_GRID = {"border": 1, "border_color": "#9A9A9A"}
_FORMATS: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 20, "align": "center"},
    "text": {},
    "head": {"bold": True, "bg_color": "#DCE6F1", "align": "center"} | _GRID,
    "cell": {"num_format": "@", "align": "center"} | _GRID,
    "count": {"num_format": "0", "align": "center"} | _GRID,
    "day": {"num_format": "yyyy-mm-dd", "align": "center"} | _GRID,
}


def write_village_notice(
    rows: pl.DataFrame, path: Path, *, place: str, title: Words, created: date
) -> None:
    """Write the notice of one village as an Excel sheet, A4, Chinese first.

    Parameters
    ----------
    rows, place
        As `fanpin_risk.report.notice.village_notice`, which decides what is shown.
    path
        Where the ``.xlsx`` file belongs. The same input gives the same bytes.
    title
        What stands at the top.
    created
        The day that the file's properties name, so that the clock has no part in its bytes.

    Raises
    ------
    SchemaError
        As `village_notice`, or if the title tells of a person or of health.
    InstallationError
        If xlsxwriter is not installed.
    OutputError
        If the file cannot be written; what stood there is unchanged.
    """
    shown = village_notice(rows, place=place)
    if any(forbidden(pl.Series([title.zh, title.en, path.stem]))):
        raise SchemaError(
            "The title or file name of the notice holds what looks like a person's number or tells "
            "of health. Choose another."
        )
    content = _book_bytes(shown, title=title, created=datetime.combine(created, time()))
    write_whole(path, lambda temporary: temporary.write_bytes(content))


def _book_bytes(shown: pl.DataFrame, *, title: Words, created: datetime) -> bytes:
    """Build the workbook in memory."""
    try:
        import xlsxwriter
    except ImportError as error:
        raise InstallationError(
            "The village notice needs the package xlsxwriter, which is not installed. "
            'Install it with: pip install "fanpin-risk[excel]"'
        ) from error
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties({"title": cell_text(f"{title.zh} {title.en}"), "created": created})
    _write(book, book.add_worksheet(SHEET), shown, title)
    book.close()
    return buffer.getvalue()


def _write(book: Workbook, sheet: Worksheet, shown: pl.DataFrame, title: Words) -> None:
    """Write heading, table and the place for the seal."""
    formats = {name: book.add_format(_FONT | given) for name, given in _FORMATS.items()}
    heads = [f"{ALLOWED[name].title.zh}\n{ALLOWED[name].title.en}" for name in shown.columns]
    widths = [
        column_width([head, *(cell_text(value) for value in shown[name])], least=12, most=24)
        for name, head in zip(shown.columns, heads, strict=True)
    ]
    for x, width in enumerate(widths):
        sheet.set_column(x, x, width)
    row = _across(sheet, 0, title, widths, formats["title"], room=30)
    for said in ABOUT:
        row = _across(sheet, row, said, widths, formats["text"], room=14)
    for x, head in enumerate(heads):
        sheet.write_string(row, x, head, formats["head"])
    sheet.set_row(row, 40)
    sheet.repeat_rows(row)
    for values in shown.iter_rows():
        row += 1
        for x, (name, value) in enumerate(zip(shown.columns, values, strict=True)):
            _write_value(sheet, row, x, name, value, formats)
        texts = [cell_text(value) for value in values]
        sheet.set_row(row, row_height_points(zip(texts, widths, strict=True), least=24) + 6)
    _across(sheet, row + 2, SIGNED, widths, formats["text"], room=20)
    sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{row + 1}"})
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&R&P / &N")


def _across(
    sheet: Worksheet, row: int, said: Words, widths: list[int], kind: Any, *, room: int
) -> int:
    """Write a text in both languages across the table; the next row."""
    text = cell_text(f"{said.zh}\n{said.en}")
    if len(widths) > 1:
        sheet.merge_range(row, 0, row, len(widths) - 1, "", kind)
    sheet.write_string(row, 0, text, kind)
    sheet.set_row(row, row_height_points([(text, sum(widths) - 8)]) + room)
    return row + 1


def _write_value(
    sheet: Worksheet, row: int, x: int, name: str, value: Any, formats: dict[str, Any]
) -> None:
    """Write one value by the kind of its column; what is not known stays empty."""
    kind = ALLOWED[name].kind
    if value is None:
        sheet.write_blank(row, x, None, formats["cell"])
    elif kind == "count":
        sheet.write_number(row, x, value, formats["count"])
    elif kind == "day":
        sheet.write_datetime(row, x, datetime.combine(value, time()), formats["day"])
    else:
        sheet.write_string(row, x, cell_text(value), formats["cell"])
