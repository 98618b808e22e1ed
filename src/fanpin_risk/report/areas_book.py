"""What places and records tell as a workbook: a sheet for each result file, in words."""

from __future__ import annotations

import io
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from fanpin_risk.areas.alarm_words import LEVEL_WORDS, cause_words
from fanpin_risk.areas.told import AlarmTold, BunchingTold
from fanpin_risk.errors import InstallationError
from fanpin_risk.provenance import write_whole
from fanpin_risk.report.page_areas import many_words, near_line_words
from fanpin_risk.report.quality_cells import cell_text, column_width, row_height_points
from fanpin_risk.report.tables_areas import FOUND, SIDES
from fanpin_risk.report.words import NOT_FOR, Words

if TYPE_CHECKING:
    from xlsxwriter import Workbook

GUIDE = "说明 Guide"
SHEETS: dict[str, Words] = {
    "alarms": Words("预警", "Alarms"),
    "alarm_months": Words("各月", "Months"),
    "alarm_untold": Words("无法判断", "Not judged"),
    "alarm_reach": Words("看得出多大", "Reach"),
    "bunching": Words("线附近", "Near the line"),
    "bunching_bins": Words("分组", "Bins"),
}
"""Sheets by the result file that they show."""
HEADS: dict[str, Words] = {
    "month": Words("月份", "month"),
    "level": Words("层级", "level"),
    "place": Words("地方", "place"),
    "cause": Words("原因", "cause"),
    "product": Words("产品", "product"),
    "window_months": Words("窗口（月）", "window (months)"),
    "households": Words("户数", "households"),
    "expected": Words("预计", "expected"),
    "ratio": Words("倍数", "times expected"),
    "ratio_low": Words("倍数下限", "lower end"),
    "ratio_high": Words("倍数上限", "upper end"),
    "chance": Words("偶然概率", "chance"),
    "alarm_level": Words("预警界限", "level of alarms"),
    "is_alarm": Words("是否预警", "rang"),
    "smallest_alarm": Words("几户起预警", "rings from"),
    "noise": Words("平常波动", "noise"),
    "text_zh": Words("说明（中文）", "in Chinese"),
    "text_en": Words("说明（英文）", "in English"),
    "n_tests": Words("比较数", "comparisons"),
    "n_able": Words("可能预警的", "able to ring"),
    "n_alarms": Words("预警数", "alarms"),
    "reason_zh": Words("为什么（中文）", "why, in Chinese"),
    "reason_en": Words("为什么（英文）", "why, in English"),
    "n_areas": Words("地方数", "areas"),
    "expected_median": Words("预计（中位）", "expected (median)"),
    "smallest_median": Words("几户起预警（中位）", "rings from (median)"),
    "smallest_high": Words("九成地方几户起", "nine areas in ten ring from"),
    "side": Words("哪一侧", "side"),
    "line": Words("线", "line"),
    "is_found": Words("结论", "answer"),
    "n_rows": Words("线附近的记录", "records near the line"),
    "n_households": Words("户数", "households"),
    "share_e4": Words("该侧占比", "share on the side"),
    "expected_e4": Words("预计占比", "share expected"),
    "moved_e4": Words("多出", "beyond it"),
    "moved_low_e4": Words("多出下限", "lower end"),
    "moved_high_e4": Words("多出上限", "upper end"),
    "smallest_moved_e4": Words("多大才看得出", "seen from"),
    "bin_fen": Words("取整单位（元）", "rounded to (yuan)"),
    "from_fen": Words("收入减线，自（元）", "income less line, from (yuan)"),
    "to_fen": Words("收入减线，至（元）", "income less line, to (yuan)"),
    "incomes": Words("记录数", "incomes"),
    "is_window": Words("线附近", "near the line"),
}
"""Heads of the columns of the result files."""
_YES_NO = {True: "是 yes", False: "否 no"}
_FEN, _E4 = 100, 10_000
_GUIDE_WIDTH, _MOST_WIDTH = 100, 46
_FONT = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "top", "text_wrap": True}
_GRID = {"border": 1, "border_color": "#9A9A9A"}
_FORMATS: dict[str, dict[str, Any]] = {
    "head": {"bold": True, "bg_color": "#DCE6F1", "align": "center"} | _GRID,
    "text": {"num_format": "@"} | _GRID,
    "count": {"num_format": "#,##0"} | _GRID,
    "number": {"num_format": "#,##0.0"} | _GRID,
    "chance": {"num_format": "0.0E+00"} | _GRID,
    "share": {"num_format": "0.0%"} | _GRID,
    "warning": {"bold": True, "font_color": "#B00020"},
    "plain": {"font_size": 11},
}
_CHANCES = ("chance", "alarm_level")


def write_areas_book(told: AlarmTold | BunchingTold, path: Path, *, created: date) -> None:
    """Write what was found as an Excel workbook, a sheet for each result file.

    Parameters
    ----------
    told
        Of the alarm, or of the test for bunching.
    path
        Where the ``.xlsx`` file belongs. The same input gives the same bytes.
    created
        The day that the file's properties name, so that the clock has no part in its bytes.

    Raises
    ------
    InstallationError
        If xlsxwriter is not installed.
    OutputError
        If the file cannot be written; what stood there is unchanged.
    """
    content = _book_bytes(told, created=datetime.combine(created, time()))
    write_whole(path, lambda temporary: temporary.write_bytes(content))


def _book_bytes(told: AlarmTold | BunchingTold, *, created: datetime) -> bytes:
    """Build the workbook in memory."""
    try:
        import xlsxwriter
    except ImportError as error:
        raise InstallationError(
            "The workbook needs the package xlsxwriter, which is not installed. "
            'Install it with: pip install "fanpin-risk[excel]"'
        ) from error
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties({"created": created})
    formats = {name: book.add_format(_FONT | given) for name, given in _FORMATS.items()}
    _write_guide(book, _guide(told), formats)
    for name, frame in told.files().items():
        words = SHEETS[name]
        _write_sheet(book, f"{words.zh} {words.en}", frame, formats)
    book.close()
    return buffer.getvalue()


def _guide(told: AlarmTold | BunchingTold) -> list[Words]:
    """Paragraphs of the report's section."""
    if isinstance(told, AlarmTold):
        many = many_words(told)
        return [many.counted, many.promise, many.found, *many.last, many.mind]
    line = near_line_words(told)
    return [line.about, line.asked, line.used, line.mind]


def _write_guide(book: Workbook, said: list[Words], formats: dict[str, Any]) -> None:
    """Say what it is, and what it is not for."""
    sheet = book.add_worksheet(GUIDE)
    sheet.set_column(0, 0, _GUIDE_WIDTH)
    for y, words in enumerate([NOT_FOR, *said]):
        text = f"{words.zh}\n{words.en}"
        sheet.write_string(y, 0, text, formats["plain" if y else "warning"])
        sheet.set_row(y, row_height_points([(text, _GUIDE_WIDTH - 6)]) + 8)


def _write_sheet(book: Workbook, name: str, frame: pl.DataFrame, formats: dict[str, Any]) -> None:
    """Write one frame: header kept in sight, with a filter."""
    sheet = book.add_worksheet(name)
    for x, column in enumerate(frame.columns):
        kind, values = _kind(frame[column]), [_shown(column, row) for row in _cells(frame, column)]
        head = f"{HEADS[column].zh}\n{HEADS[column].en}"
        texts = [head, *(cell_text(value) for value in values if kind == "text")]
        sheet.set_column(x, x, column_width(texts, most=_MOST_WIDTH))
        sheet.write_string(0, x, head, formats["head"])
        for y, value in enumerate(values, start=1):
            if value is None:
                sheet.write_blank(y, x, None, formats[kind])
            elif kind == "text":
                sheet.write_string(y, x, cell_text(value), formats[kind])
            else:
                sheet.write_number(y, x, value, formats[kind])
    sheet.set_row(0, 34)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(frame.height, 1), frame.width - 1)
    sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{frame.height + 1}"})
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer(f"&L{NOT_FOR.zh}\n{NOT_FOR.en}&R&P / &N")


def _kind(column: pl.Series) -> str:
    """How a column's cells look."""
    if column.name.endswith("_e4"):
        return "share"
    if column.name in _CHANCES:
        return "chance"
    if column.dtype.is_float():
        return "number"
    return "count" if column.dtype.is_integer() else "text"


def _cells(frame: pl.DataFrame, column: str) -> list[Any]:
    """Values of a column; a product stands with its cause, which alone knows its words."""
    if column == "product":
        return list(zip(frame["cause"], frame["product"], strict=True))
    return frame[column].to_list()


def _shown(column: str, value: Any) -> Any:
    """A value as a cell shows it: codes in words, fen in yuan, shares as shares."""
    if column == "is_found":
        found = FOUND[value]
        return f"{found.zh} {found.en}"
    if column == "product":
        cause, product = value
        return None if product is None else " ".join(cause_words(cause, product))
    if value is None:
        return None
    if column == "level":
        return " ".join(LEVEL_WORDS[value])
    if column == "cause":
        return " ".join(cause_words(value, None))
    if column == "side":
        return f"{SIDES[value].zh} {SIDES[value].en}"
    if isinstance(value, bool):
        return _YES_NO[value]
    if column.endswith("_fen"):
        return value / _FEN
    return value / _E4 if column.endswith("_e4") else value
