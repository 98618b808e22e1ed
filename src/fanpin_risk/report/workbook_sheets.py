"""The sheets of the visit workbook: a guide, one sheet per team, and the hidden choice lists."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from fanpin_risk.dates import add_months
from fanpin_risk.report.workbook_texts import (
    CHOICES,
    CHOOSE_MESSAGE,
    CHOOSE_TITLE,
    INTERNAL_EN,
    INTERNAL_ZH,
    LISTS_SHEET,
    NO_REASONS_FOR_AUDIT,
    NO_VISITS,
    NOT_FOR_EN,
    NOT_FOR_ZH,
    TOTAL,
    day_words,
    team_counts,
)

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

_FONT = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "top", "text_wrap": True}
_GRID = {"border": 1, "border_color": "#9A9A9A"}
_FORMATS: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 16, "valign": "vcenter"},
    "warning": {"bold": True, "font_color": "#B00020", "valign": "vcenter"},
    "note": {"font_color": "#404040"},
    "heading": {"bold": True, "font_size": 12, "bottom": 1},
    "text": {"font_size": 11},
    "head": {"bold": True, "bg_color": "#DCE6F1", "align": "center", "valign": "vcenter"} | _GRID,
    "head_fill": {"bold": True, "bg_color": "#FFE699", "align": "center", "valign": "vcenter"}
    | _GRID,
    "cell": {"num_format": "@"} | _GRID,
    "count": {"num_format": "0", "align": "center"} | _GRID,
    "total": {"num_format": "0", "align": "center", "bold": True} | _GRID,
    "link": {"num_format": "@", "font_color": "#0563C1", "underline": 1} | _GRID,
    "fill": {"num_format": "@", "bg_color": "#FFFBEB"} | _GRID,
    "fill_date": {"num_format": "yyyy-mm-dd", "bg_color": "#FFFBEB", "align": "center"} | _GRID,
    "must_visit": {"num_format": "@", "bg_color": "#FBE0D2"} | _GRID,
    "risk": {"num_format": "@", "bg_color": "#E4EEF9"} | _GRID,
    "audit": {"num_format": "@", "bg_color": "#ECECEC"} | _GRID,
}


@dataclass(frozen=True, kw_only=True)
class _Column:
    """One column of a team sheet; ``choices`` names the list of a column to fill in."""

    zh: str
    en: str
    width: int
    format: str = "cell"
    choices: str | None = None


_PLAN = (
    _Column(zh="序号", en="No.", width=6, format="count"),
    _Column(zh="户编号", en="Household", width=12),
    _Column(zh="地点", en="Place", width=7),
    _Column(zh="为何在列", en="Why listed", width=19),
    _Column(zh="规则结论", en="Rule findings", width=22),
    _Column(zh="建议类型与帮扶路径", en="Proposal and route", width=18),
    _Column(zh="风险原因线索", en="Reasons to ask about", width=56),
)
_FILL_IN = (
    _Column(zh="走访日期", en="Visited on", width=11, format="fill_date"),
    _Column(zh="走访结果", en="Result", width=13, format="fill", choices="result_choices"),
    _Column(zh="发现的致因", en="Cause found", width=12, format="fill", choices="cause_choices"),
    _Column(zh="帮扶需求", en="Need for help", width=12, format="fill", choices="need_choices"),
    _Column(zh="走访人", en="Visitor", width=9, format="fill"),
    _Column(zh="备注", en="Remarks", width=14, format="fill"),
)
_COLUMNS = _PLAN + _FILL_IN
_TEAM_TABLE = (
    ("team", "走访队", "Team", 20),
    ("n_households", "农户数", "Households", 12),
    ("capacity", "走访能力", "Capacity", 12),
    ("n_must_visit", "规则必访", "Must-visit", 12),
    ("n_risk", "风险靠前", "Risk", 12),
    ("n_audit", "随机抽查", "Random check", 14),
    ("n_cannot_tell", "必访无法判断", "Cannot tell", 14),
    ("note", "说明", "Note", 60),
)
_HEADER_ROW = 3
_CELL_LIMIT = 32_767


def cell_formats(book: Workbook) -> dict[str, Any]:
    """Add the formats of all sheets to a workbook, and give them by name."""
    return {name: book.add_format(_FONT | given) for name, given in _FORMATS.items()}


def write_guide(
    sheet: Worksheet,
    guide: Sequence[tuple[str, str, str]],
    teams: pl.DataFrame,
    names: dict[str, str],
    formats: dict[str, Any],
    *,
    heading: str,
) -> None:
    """Say what the list is, what it is not for, how to fill it in, and what each team faces.

    Parameters
    ----------
    guide
        Paragraphs: title, Chinese, English.
    teams
        ``Plan.teams`` in the order of the sheets.
    names
        Sheet of each team: see ``sheet_names`` of the workbook.
    formats
        What `cell_formats` gave for this workbook.
    heading
        What stands at the top.
    """
    widths = [width for *_, width in _TEAM_TABLE]
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    row = _paragraph(sheet, 0, heading, formats["title"], widths, line_height=24)
    warning = f"{NOT_FOR_ZH} / {NOT_FOR_EN}\n{INTERNAL_ZH} / {INTERNAL_EN}"
    row = _paragraph(sheet, row, warning, formats["warning"], widths)
    for title, zh, en in guide:
        row = _paragraph(sheet, row, title, formats["heading"], widths, line_height=22)
        row = _paragraph(sheet, row, f"{zh}\n{en}", formats["text"], widths, line_height=17)
    row += 1
    for column, (_, zh, en, _) in enumerate(_TEAM_TABLE):
        sheet.write_string(row, column, f"{zh}\n{en}", formats["head"])
    sheet.set_row(row, 36)
    sheet.repeat_rows(row)
    for team in teams.iter_rows(named=True):
        row += 1
        _write_team_line(sheet, row, team, names[team["team"]], formats)
    _write_totals(sheet, row + 1, teams, formats)
    _print_setup(sheet)


def _write_team_line(
    sheet: Worksheet, row: int, team: dict[str, Any], name: str, formats: dict[str, Any]
) -> None:
    """One team of the guide's table, with a link to its sheet."""
    sheet.write_url(row, 0, f"internal:'{name}'!A1", formats["link"], _text(team["team"]))
    last = len(_TEAM_TABLE) - 1
    for column, (field, *_) in enumerate(_TEAM_TABLE[1:last], start=1):
        sheet.write_number(row, column, team[field] or 0, formats["count"])
    note = _note(team)
    sheet.write_string(row, last, note, formats["cell"])
    sheet.set_row(row, _height([(note, _TEAM_TABLE[last][3])]))


def _write_totals(sheet: Worksheet, row: int, teams: pl.DataFrame, formats: dict[str, Any]) -> None:
    """Sum the counts of all teams."""
    sheet.write_string(row, 0, TOTAL, formats["total"])
    for column, (field, *_) in enumerate(_TEAM_TABLE[1:-1], start=1):
        sheet.write_number(row, column, int(teams[field].sum()), formats["total"])
    sheet.write_string(row, len(_TEAM_TABLE) - 1, "", formats["cell"])


def write_team(
    sheet: Worksheet,
    visits: pl.DataFrame,
    team: dict[str, Any],
    formats: dict[str, Any],
    *,
    heading: str,
    as_of: date,
) -> None:
    """One team's sheet: heading, what it is not for, its note, then the visits.

    Parameters
    ----------
    visits
        Rows of ``Plan.visits`` for this team, by rank; without any, the sheet says so.
    team
        The team's row of ``Plan.teams``.
    formats
        What `cell_formats` gave for this workbook.
    heading
        What stands at the top, before the day.
    as_of
        The day of the plan. Visits can be dated from this day to 24 months later.
    """
    widths = [column.width for column in _COLUMNS]
    for index, column in enumerate(_COLUMNS):
        sheet.set_column(index, index, column.width)
        head = "head_fill" if column in _FILL_IN else "head"
        sheet.write_string(_HEADER_ROW, index, f"{column.zh}\n{column.en}", formats[head])
    sheet.set_row(_HEADER_ROW, 36)
    line = f"{heading} · {as_of.isoformat()}"
    _paragraph(sheet, 0, line, formats["title"], widths, line_height=24)
    warning = f"{NOT_FOR_ZH}；{INTERNAL_ZH} / {NOT_FOR_EN}; {INTERNAL_EN}"
    _paragraph(sheet, 1, warning, formats["warning"], widths)
    _paragraph(sheet, 2, _summary(team), formats["note"], widths)
    first = _HEADER_ROW + 1
    for index, visit in enumerate(visits.iter_rows(named=True)):
        _write_visit(sheet, first + index, visit, formats)
    if visits.is_empty():
        sheet.write_string(first, 0, NO_VISITS, formats["heading"])
    else:
        last = first + visits.height - 1
        _add_choices(sheet, first, last, as_of=as_of)
        sheet.ignore_errors({"number_stored_as_text": f"B{first + 1}:G{last + 1}"})
    sheet.freeze_panes(first, 2)
    sheet.repeat_rows(0, _HEADER_ROW)
    _print_setup(sheet)


def _write_visit(
    sheet: Worksheet, row: int, visit: dict[str, Any], formats: dict[str, Any]
) -> None:
    """One household: what the plan says as text cells, then the fields to fill in."""
    is_audit = visit["slice"] == "audit"
    texts = [
        _text(visit["household_id"]),
        _text(visit["place"]),
        _text(f"{visit['why_zh']}\n{visit['why_en']}"),
        _text(visit["rule_findings"]),
        _text("\n".join(visit[name] for name in ("proposal", "route") if visit[name])),
        NO_REASONS_FOR_AUDIT if is_audit else _text(visit["reasons"]),
    ]
    sheet.write_number(row, 0, visit["rank"], formats["count"])
    for index, text in enumerate(texts, start=1):
        kind = visit["slice"] if index == 3 else "cell"
        sheet.write_string(row, index, text, formats[kind])
    for index, column in enumerate(_FILL_IN, start=len(_PLAN)):
        sheet.write_blank(row, index, None, formats[column.format])
    widths = [column.width for column in _PLAN[1:]]
    sheet.set_row(row, _height(list(zip(texts, widths, strict=True)), least=45))


def _add_choices(sheet: Worksheet, first: int, last: int, *, as_of: date) -> None:
    """Bind the fields to fill in to a range of days and to the choice lists."""
    for index, column in enumerate(_FILL_IN, start=len(_PLAN)):
        if column.format == "fill_date":
            sheet.data_validation(first, index, last, index, _day_rule(as_of))
        elif column.choices:
            rule = {
                "validate": "list",
                "source": f"={column.choices}",
                "error_title": CHOOSE_TITLE,
                "error_message": CHOOSE_MESSAGE,
            }
            sheet.data_validation(first, index, last, index, rule)


def _day_rule(as_of: date) -> dict[str, Any]:
    """Visits are dated from the day of the plan on, and not by a slip of the pen in 2102."""
    last = add_months(as_of, 24)
    span = {"validate": "date", "criteria": "between", "minimum": as_of, "maximum": last}
    return span | day_words(as_of, last)


def write_lists(book: Workbook) -> None:
    """Put the choices on a hidden sheet: a list typed into a cell's rule holds 255 characters."""
    sheet = book.add_worksheet(LISTS_SHEET)
    for column, (name, choices) in enumerate(CHOICES.items()):
        for row, choice in enumerate(choices):
            sheet.write_string(row, column, choice)
        letter = chr(ord("A") + column)
        book.define_name(name, f"='{LISTS_SHEET}'!${letter}$1:${letter}${len(choices)}")
    sheet.hide()


def _print_setup(sheet: Worksheet) -> None:
    """A4 landscape, as wide as the page, with the warning at the foot of every page."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.3, right=0.3, top=0.4, bottom=0.7)
    sheet.set_footer(f"&L{NOT_FOR_ZH}\n{NOT_FOR_EN}&C{INTERNAL_ZH}\n{INTERNAL_EN}&R&P / &N")


def _paragraph(
    sheet: Worksheet,
    row: int,
    text: str,
    cell_format: Any,
    widths: list[int],
    *,
    line_height: int = 15,
) -> int:
    """Write a text across all columns, high enough to be read, and return the next row."""
    sheet.merge_range(row, 0, row, len(widths) - 1, "", cell_format)
    sheet.write_string(row, 0, _text(text), cell_format)
    sheet.set_row(row, _height([(text, sum(widths))], line_height=line_height))
    return row + 1


def _summary(team: dict[str, Any]) -> str:
    """One team's counts and note."""
    counts, note = team_counts(team), _note(team)
    return f"{counts}\n{note}" if note else counts


def _note(team: dict[str, Any]) -> str:
    """Give a team's note in Chinese, with English beneath."""
    return "\n".join(_text(team[name]) for name in ("note_zh", "note_en") if team[name])


def _text(value: str | None) -> str:
    """Return a text that a cell can hold."""
    text = value or ""
    return text if len(text) <= _CELL_LIMIT else text[: _CELL_LIMIT - 1] + "…"


def _height(texts: list[tuple[str, int]], *, line_height: int = 15, least: int = 15) -> int:
    """Height in points at which every (text, width of its column) is seen whole."""
    lines = max(sum(_lines(part, width) for part in text.split("\n")) for text, width in texts)
    return min(max(lines * line_height + 4, least), 409)


def _lines(text: str, width: int) -> int:
    """How many lines a text takes in a column: measured in widths of a digit, with some slack."""
    length = sum(1.9 if unicodedata.east_asian_width(c) in "WF" else 0.8 for c in text)
    return max(1, math.ceil(length * 1.05 / width))
