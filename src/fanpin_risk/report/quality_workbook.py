"""The quality report as a workbook: the page's tables, and every failure by household to filter."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from fanpin_risk.errors import InstallationError
from fanpin_risk.report.quality_cells import (
    SHEET_LIMIT_ROWS,
    cell_text,
    row_height_points,
)
from fanpin_risk.report.quality_content import (
    SCOPES,
    SEVERITIES,
    STATES,
    QualityReport,
    checked_report,
    shown_states,
)
from fanpin_risk.report.quality_summary import batch_trend, share, summed_by
from fanpin_risk.report.words import NOT_FOR, Words

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

GUIDE_SHEET = "说明 Guide"
HOUSEHOLDS_SHEET = "按户 Households"
NONE = "没有记录 none"

_Kind = Literal["text", "count", "share", "day", "month"]
_FONT = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "top", "text_wrap": True}
_GRID = {"border": 1, "border_color": "#9A9A9A"}
_FORMATS: dict[str, dict[str, Any]] = {
    "head": {"bold": True, "bg_color": "#DCE6F1", "align": "center", "valign": "vcenter"} | _GRID,
    "text": {"num_format": "@"} | _GRID,
    "count": {"num_format": "#,##0"} | _GRID,
    "share": {"num_format": "0.0%"} | _GRID,
    "day": {"num_format": "yyyy-mm-dd", "align": "center"} | _GRID,
    "month": {"num_format": "yyyy-mm", "align": "center"} | _GRID,
    "title": {"bold": True, "font_size": 15},
    "warning": {"bold": True, "font_color": "#B00020"},
    "plain": {"font_size": 11},
}
_GUIDE_WIDTH = 100
_INTERNAL = Words(
    "含户编号，内部工作用表，不得公示、转发。",
    "It holds household numbers: internal, do not publish or pass on.",
)
_GUIDE = (
    Words(
        "“按户”表列出每一处不通过，可按地点、户编号、检查筛选。标记不等于有错，请核对原件后再改；"
        "更正由原来的部门重新送数。",
        "The sheet Households lists every failure, to be filtered by place, household or check. A "
        "mark is no proof of an error: look at the original document. Corrections come in with a "
        "new delivery of the office concerned.",
    ),
    Words(
        "适用 = 已判 + 未知。未知不算通过。“通过”只在判过记录且都通过时出现。",
        "Eligible = evaluated + unknown, and unknown is never passed. “Passed” needs records that "
        "were evaluated, none of which failed.",
    ),
    Words(
        "来源、地点、月份各表中，一条记录在每项适用的检查中各计一次。",
        "By source, place and month a record counts once for each check it is eligible for.",
    ),
)


@dataclass(frozen=True, kw_only=True)
class _Column:
    """One column of a sheet."""

    name: str
    zh: str
    en: str
    width: int = 12
    kind: _Kind = "count"


def _column(name: str, zh: str, en: str, width: int = 16, kind: _Kind = "text") -> _Column:
    """Make a column of text, unless it is said to be another."""
    return _Column(name=name, zh=zh, en=en, width=width, kind=kind)


_CHECK = _column("check", "检查", "check", 11)
_TITLES = (
    _column("title_zh", "检查内容", "what is checked, Chinese", 34),
    _column("title_en", "检查内容（英文）", "what is checked", 34),
)
_REASONS = (
    _column("reason_zh", "原因", "reason, Chinese", 44),
    _column("reason_en", "原因（英文）", "reason", 44),
)
_BATCH = _column("batch", "批次", "batch", 20)
_RECEIVED = _column("received_on", "收到", "received", 12, "day")
_SOURCE = _column("source", "来源", "source", 24)
_TABLE = _column("table", "记录表", "table", 20)
_PLACE = _column("place", "地点", "place", 20)
_COUNTS = (
    _Column(name="n_eligible", zh="适用", en="eligible"),
    _Column(name="n_evaluated", zh="已判", en="evaluated"),
    _Column(name="n_unknown", zh="未知", en="unknown"),
    _Column(name="n_failed", zh="不通过", en="failed"),
)
_SHARES = (
    _Column(name="share_unknown", zh="未知占比", en="share unknown", kind="share"),
    _Column(name="share_failed", zh="不通过占比", en="share failed", kind="share"),
)
_ROWS = (
    _Column(name="rows_read", zh="读入", en="read"),
    _Column(name="rows_accepted", zh="接受", en="accepted"),
    _Column(name="rows_quarantined", zh="隔离", en="quarantined"),
)
_RECORDS = (
    _Column(name="rows_new", zh="新增", en="new"),
    _Column(name="rows_corrected", zh="更正", en="corrected"),
    _Column(name="rows_withdrawn", zh="撤销", en="withdrawn"),
    _Column(name="rows_unchanged", zh="未变", en="unchanged"),
)
_WORST = (
    _column("worst_check", "最多的检查", "most by check", 14),
    _Column(name="worst_n_failed", zh="其不通过", en="its failures"),
)


@dataclass(frozen=True, kw_only=True)
class _Sheet:
    """One table of the workbook."""

    name: str
    about: Words
    columns: tuple[_Column, ...]
    rows: pl.DataFrame


def quality_workbook(report: QualityReport) -> bytes:
    """Return the report as a workbook: a guide, then one sheet per table, each to be filtered.

    Texts are text cells and none is a formula. Failures that do not fit one sheet go on in the
    next. The same report gives the same bytes; the file's properties name the day of the report.

    Raises
    ------
    SchemaError, AccountingError
        As `fanpin_risk.report.quality_content.checked_report` does.
    InstallationError
        If xlsxwriter is not installed.
    """
    report = checked_report(report)
    try:
        import xlsxwriter
    except ImportError as error:
        raise InstallationError(
            "The quality workbook needs the package xlsxwriter, which is not installed. "
            'Install it with: pip install "fanpin-risk[excel]"'
        ) from error
    title = cell_text(f"{report.title_zh} {report.title_en}")
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    created = datetime.combine(report.as_of, time())
    book.set_properties({"title": title, "comments": NOT_FOR.en, "created": created})
    formats = {name: book.add_format(_FONT | given) for name, given in _FORMATS.items()}
    sheets = [part for sheet in _sheets(report) for part in _parts(sheet)]
    _write_guide(book, sheets, formats, heading=f"{title}\n截至 as of {report.as_of.isoformat()}")
    for sheet in sheets:
        _write_sheet(book.add_worksheet(sheet.name), sheet, formats)
    book.close()
    return buffer.getvalue()


def _sheets(report: QualityReport) -> list[_Sheet]:
    """Every table in the order of the workbook."""
    return [
        _Sheet(
            name="收到 Arrived",
            about=Words(
                "每批文件：读入 = 接受 + 隔离", "every file: read = accepted + quarantined"
            ),
            columns=(
                _BATCH,
                _RECEIVED,
                _SOURCE,
                _column("source_title_zh", "来源名称", "title, Chinese", 24),
                _column("source_title_en", "来源名称（英文）", "title", 24),
                _column("file", "文件", "file", 34),
                *_ROWS,
                *_RECORDS,
            ),
            rows=report.batches.sort("received_on", "batch"),
        ),
        _Sheet(
            name="隔离 Quarantined",
            about=Words("各批隔离的原因", "why rows of each batch were quarantined"),
            columns=(
                _BATCH,
                _SOURCE,
                _CHECK,
                _Column(name="n_rows", zh="行数", en="rows"),
                *_REASONS,
            ),
            rows=report.quarantine,
        ),
        _Sheet(
            name="检查 Checks",
            about=Words("各项检查的结果", "how every check came out"),
            columns=(
                _CHECK,
                *_TITLES,
                _column("scope_words", "范围", "scope", 14),
                _column("severity_words", "级别", "severity", 16),
                _column("state_words", "结果", "state", 26),
                *_COUNTS,
                *_SHARES,
                *_REASONS,
            ),
            rows=_check_rows(report.checks),
        ),
        *_summary_sheets(report),
        _Sheet(
            name="计数 Counts",
            about=Words("全部计数", "all counts"),
            columns=(
                _CHECK,
                _TABLE,
                _SOURCE,
                _PLACE,
                _column("month", "月份", "month", 11, "month"),
                _BATCH,
                _Column(name="n_rows", zh="记录数", en="records"),
                *_COUNTS,
            ),
            rows=report.counts.sort("check", "table", "source", "place", "month", "batch"),
        ),
        _Sheet(
            name=HOUSEHOLDS_SHEET,
            about=Words("每一处不通过，供经办人筛选", "every failure, for the officers to filter"),
            columns=(
                _PLACE,
                _column("household_id", "户编号", "household", 20),
                _CHECK,
                *_TITLES,
                _column("severity_words", "级别", "severity", 16),
                _TABLE,
                _column("record_id", "记录编号", "record", 22),
                _column("occurred_on", "发生日期", "occurred", 12, "day"),
                _SOURCE,
                _BATCH,
            ),
            rows=_failure_rows(report),
        ),
    ]


def _summary_sheets(report: QualityReport) -> Iterator[_Sheet]:
    """Counts by source, place and month, and the trend over batches."""
    for key, zh, en in (
        ("source", "来源", "source"),
        ("place", "地点", "place"),
        ("month", "月份", "month"),
    ):
        kind: _Kind = "month" if key == "month" else "text"
        yield _Sheet(
            name=f"按{zh} By {en}",
            about=Words(f"各项检查合计，按{zh}", f"all checks together, by {en}"),
            columns=(
                _Column(name=key, zh=zh, en=en, width=24, kind=kind),
                *_COUNTS,
                *_SHARES,
                *_WORST,
            ),
            rows=summed_by(report.counts, key),
        )
    yield _Sheet(
        name="走势 Trend",
        about=Words("各批的隔离占比和不通过占比", "shares quarantined and failed of every batch"),
        columns=(
            _BATCH,
            _RECEIVED,
            *_ROWS,
            _Column(name="share_quarantined", zh="隔离占比", en="share quarantined", kind="share"),
            *(column for column in _COUNTS if column.name in ("n_evaluated", "n_failed")),
            _SHARES[1],
        ),
        rows=batch_trend(report),
    )


def _said(words: dict[str, Words], column: str) -> pl.Expr:
    """Codes of a column in Chinese and English; a code without words stays."""
    both = {code: f"{said.zh} {said.en}" for code, said in words.items()}
    return pl.col(column).replace(both)


def _check_rows(checks: pl.DataFrame) -> pl.DataFrame:
    """Checks with words for their codes and their shares."""
    return shown_states(checks).with_columns(
        scope_words=_said(SCOPES, "scope"),
        severity_words=_said(SEVERITIES, "severity"),
        state_words=_said(STATES, "shown_state"),
        share_unknown=share("n_unknown", "n_eligible"),
        share_failed=share("n_failed", "n_evaluated"),
    )


def _failure_rows(report: QualityReport) -> pl.DataFrame:
    """Failures with what their check asks, household by household."""
    about = report.checks.select(
        "check", "title_zh", "title_en", severity_words=_said(SEVERITIES, "severity")
    ).unique("check", keep="first", maintain_order=True)
    order = ("place", "household_id", "check", "occurred_on", "table", "record_id")
    return report.failures.join(about, on="check", how="left").sort(order, nulls_last=True)


def _parts(sheet: _Sheet) -> Iterator[_Sheet]:
    """Cut a table that is longer than a sheet into sheets with a number behind their name."""
    most = SHEET_LIMIT_ROWS - 1
    for number, first in enumerate(range(0, max(sheet.rows.height, 1), most), start=1):
        yield _Sheet(
            name=sheet.name if number == 1 else f"{sheet.name} ({number})",
            about=sheet.about,
            columns=sheet.columns,
            rows=sheet.rows.slice(first, most),
        )


def _write_guide(
    book: Workbook, sheets: list[_Sheet], formats: dict[str, Any], *, heading: str
) -> None:
    """Say what the workbook is, what it is not for, and what is on which sheet."""
    sheet = book.add_worksheet(GUIDE_SHEET)
    sheet.set_column(0, 0, _GUIDE_WIDTH)
    warning = f"{NOT_FOR.zh}。{_INTERNAL.zh}\n{NOT_FOR.en}. {_INTERNAL.en}"
    paragraphs = [(heading, "title"), (warning, "warning")]
    paragraphs += [(f"{said.zh}\n{said.en}", "plain") for said in _GUIDE]
    for y, (text, kind) in enumerate(paragraphs):
        sheet.write_string(y, 0, text, formats[kind])
        room = 24 if kind == "title" else 8
        sheet.set_row(y, row_height_points([(text, _GUIDE_WIDTH - 6)]) + room)
    for y, listed in enumerate(sheets, start=len(paragraphs) + 1):
        line = f"{listed.name}：{listed.about.zh} {listed.about.en}（{listed.rows.height:,}）"
        sheet.write_url(y, 0, f"internal:'{listed.name}'!A1", formats["plain"], line)


def _write_sheet(sheet: Worksheet, table: _Sheet, formats: dict[str, Any]) -> None:
    """Write one table: header in the first row, kept in sight, with a filter."""
    for x, column in enumerate(table.columns):
        sheet.set_column(x, x, column.width)
        sheet.write_string(0, x, f"{column.zh}\n{column.en}", formats["head"])
    heads = [(f"{column.zh}\n{column.en}", column.width) for column in table.columns]
    sheet.set_row(0, row_height_points(heads) + 4)
    named = table.rows.select(column.name for column in table.columns)
    for y, row in enumerate(named.iter_rows(), start=1):
        for x, (column, value) in enumerate(zip(table.columns, row, strict=True)):
            _write_value(sheet, y, x, value, column.kind, formats)
    if table.rows.is_empty():
        sheet.write_string(1, 0, NONE, formats["text"])
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(table.rows.height, 1), len(table.columns) - 1)
    sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{table.rows.height + 1}"})
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer(f"&L{NOT_FOR.zh}\n{NOT_FOR.en}&R&P / &N")


def _write_value(
    sheet: Worksheet, y: int, x: int, value: Any, kind: _Kind, formats: dict[str, Any]
) -> None:
    """Write one value; what is not known stays empty."""
    if value is None:
        sheet.write_blank(y, x, None, formats[kind])
    elif kind in ("count", "share"):
        sheet.write_number(y, x, value, formats[kind])
    elif kind in ("day", "month"):
        sheet.write_datetime(y, x, datetime.combine(value, time()), formats[kind])
    else:
        sheet.write_string(y, x, cell_text(value), formats[kind])
