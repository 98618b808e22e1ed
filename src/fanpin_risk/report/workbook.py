"""The visit plan as an Excel workbook that village teams print, carry and fill in."""

from __future__ import annotations

import io
import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from fanpin_risk.causes import CAUSE_WORDS
from fanpin_risk.dates import add_months
from fanpin_risk.errors import InstallationError, SchemaError
from fanpin_risk.provenance import write_whole
from fanpin_risk.targeting.plan import TEAM_COLUMNS, VISIT_COLUMNS

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

GUIDE_SHEET = "说明 Guide"
LISTS_SHEET = "选项 Lists"

NOT_FOR_ZH = "不得用于资格认定、退出或考核"
NOT_FOR_EN = "not for eligibility, exit or appraisal"
INTERNAL_ZH = "内部工作用表，不得公示、转发"
INTERNAL_EN = "internal: do not publish or pass on"

RESULTS = (
    "已入户，未发现风险 / visited, no risk found",
    "已入户，发现风险 / visited, risk found",
    "已入户，需进一步核实 / visited, to be verified",
    "无人在家 / nobody at home",
    "整户外出或搬离 / household away or moved",
    "拒访 / declined",
    "未入户 / not visited",
)
CAUSES = tuple(f"{cause.value} / {words.title_en}" for cause, words in CAUSE_WORDS.items())
NEEDS = (
    "无需帮扶 / none",
    "开发式帮扶 / development help",
    "兜底保障 / safety net",
    "一事一议 / case by case",
    "待研判 / to be decided",
)
NO_REASONS_FOR_AUDIT = "抽查户不列，请直接了解 / not shown for random checks: ask openly"

GUIDE = (
    (
        "这是什么 What this is",
        "本轮建议入户走访的农户，每队一张表。上门是为了了解情况、提供帮扶。",
        "Households to visit this round, one sheet per team. A visit is made to learn how they are "
        "and to offer help.",
    ),
    (
        "不是什么 What this is not",
        f"{NOT_FOR_ZH}。{INTERNAL_ZH}。不在表中不等于没有困难，发现困难随时上报；"
        "是否帮扶由人按政策决定。",
        f"It is {NOT_FOR_EN}; {INTERNAL_EN}. A household that is not listed may still be in need: "
        "report it at any time. People decide on help, by the rules.",
    ),
    (
        "为何在列 Why a household is listed",
        "规则必访：符合必访规则，全部列入。风险靠前：必访户之外，本队估计风险较高。"
        "随机抽查：抽签选中，用来发现名单看不到的困难，不代表有风险或无风险。",
        "Must-visit: a rule asks for it; all of these are listed. Risk: among the team's higher "
        "estimated risks beyond the must-visits. Random check: drawn by lot, to find need that no "
        "list sees; it says nothing about the household.",
    ),
    (
        "次序 Order",
        "必访户在前，不分先后；其后大致按估计风险排列，抽查户随机穿插其间。序号不代表困难程度。"
        "抽查户不得调换、不得跳过。",
        "Must-visits come first, in no order; then households by estimated risk, with the random "
        "checks at random places among them. The number is no measure of hardship. A household "
        "drawn by lot is neither swapped for another nor left out.",
    ),
    (
        "怎样填写 How to fill in",
        "填黄色各栏，一户一行：日期按“年-月-日”填写；结果、致因、帮扶需求从下拉表选一项；"
        "有多个致因的，选最主要的，其余写入备注。无人在家、拒访不等于没有风险，请另约时间。"
        "发现风险的，当日按程序上报。",
        "Fill in the yellow columns, one row per household: dates as year-month-day; result, cause "
        "and need from the lists; of several causes choose the main one and put the others under "
        "remarks. Nobody at home or declined does not mean no risk: try again. Report a risk on "
        "the day it is found.",
    ),
)

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
    _Column(zh="帮扶路径", en="Route", width=15),
    _Column(zh="风险原因线索", en="Reasons to ask about", width=32),
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
_CHOICES = {"result_choices": RESULTS, "cause_choices": CAUSES, "need_choices": NEEDS}
_CELL_LIMIT = 32_767
_NAME_LIMIT = 31


def write_visit_workbook(
    plan_visits: pl.DataFrame,
    teams: pl.DataFrame,
    path: Path,
    *,
    as_of: date,
    title_zh: str,
    title_en: str,
    created: date,
    notice: tuple[str, str] | None = None,
) -> None:
    """Write the plan as a workbook: a guide, then one sheet per team with fields to fill in.

    No sheet shows a score. The reasons of households drawn by lot are left out, so that a random
    check is made with an open mind and no low score shows through its reasons. The same input gives
    the same bytes; a run that fails leaves an earlier workbook as it was.

    Parameters
    ----------
    plan_visits
        ``Plan.visits`` of `fanpin_risk.targeting.plan`: one row per visit. Null texts stay empty.
    teams
        ``Plan.teams``: one row per team. A team without visits gets a sheet that says so.
    path
        Where the ``.xlsx`` file belongs.
    as_of
        The day of the plan. Visits can be dated from this day to 24 months later.
    title_zh, title_en
        What stands above every sheet.
    created
        The day that the file's properties name, so that the clock has no part in its bytes.
    notice
        What the guide says, in Chinese and English, about this round's random checks: see
        ``recall_notice`` of the plan.

    Raises
    ------
    InstallationError
        If xlsxwriter is not installed.
    SchemaError
        If a column is missing, or a visit belongs to a team that ``teams`` lacks.
    OutputError
        If the file cannot be written.
    """
    _check(plan_visits, teams)
    content = _workbook_bytes(
        plan_visits.sort("team", "rank"),
        teams.sort("team"),
        as_of=as_of,
        title=f"{title_zh} {title_en}",
        created=datetime.combine(created, time()),
        notice=notice,
    )
    write_whole(path, lambda temporary: temporary.write_bytes(content))


def sheet_names(teams: Sequence[str]) -> dict[str, str]:
    """Give each team a sheet name that Excel accepts, unlike any other whatever the case.

    Signs that Excel refuses become ``_``, long names are cut to 31 UTF-16 units, and equal names
    get a number in the order of the teams.

    Examples
    --------
    >>> sheet_names(["north/1", "north:1", "South"])
    {'north/1': 'north_1', 'north:1': 'north_1 (2)', 'South': 'South'}
    """
    taken = {GUIDE_SHEET.casefold(), LISTS_SHEET.casefold(), "history"}
    names: dict[str, str] = {}
    for team in teams:
        base = "".join("_" if c in "[]:*?/\\'" or not c.isprintable() else c for c in team).strip()
        number, name = 1, _cut(base or "_", "")
        while name.casefold() in taken:
            number += 1
            name = _cut(base or "_", f" ({number})")
        taken.add(name.casefold())
        names[team] = name
    return names


def _check(visits: pl.DataFrame, teams: pl.DataFrame) -> None:
    """Raise unless both tables have what the sheets show, and fit together."""
    for name, table, needed in (
        ("plan_visits", visits, set(VISIT_COLUMNS)),
        ("teams", teams, set(TEAM_COLUMNS)),
    ):
        missing = sorted(needed - set(table.columns))
        if missing:
            raise SchemaError(f"{name} lacks the columns {missing}. Pass the tables of one Plan.")
    unknown = sorted(set(visits["team"]) - set(teams["team"]))
    if unknown:
        raise SchemaError(
            f"teams lacks the team {unknown[0]!r} of plan_visits. Pass the tables of one Plan."
        )


def _workbook_bytes(
    visits: pl.DataFrame,
    teams: pl.DataFrame,
    *,
    as_of: date,
    title: str,
    created: datetime,
    notice: tuple[str, str] | None,
) -> bytes:
    """Build the workbook in memory."""
    try:
        import xlsxwriter
    except ImportError as error:
        raise InstallationError(
            "The visit workbook needs the package xlsxwriter, which is not installed. "
            'Install it with: pip install "fanpin-risk[excel]"'
        ) from error
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties({"title": title, "comments": NOT_FOR_EN, "created": created})
    formats = {name: book.add_format(_FONT | given) for name, given in _FORMATS.items()}
    names = sheet_names(teams["team"].to_list())
    heading = f"{title}\n截至 as of {as_of.isoformat()}"
    guide = [*GUIDE, ("随机抽查 Random checks", *notice)] if notice else GUIDE
    sheet = book.add_worksheet(GUIDE_SHEET)
    _write_guide(sheet, guide, teams, names, formats, heading=heading)
    for team in teams.iter_rows(named=True):
        sheet = book.add_worksheet(names[team["team"]])
        rows = visits.filter(pl.col("team") == team["team"])
        _write_team(sheet, rows, team, formats, heading=f"{title} · {team['team']}", as_of=as_of)
    _write_lists(book)
    book.close()
    return buffer.getvalue()


def _write_guide(
    sheet: Worksheet,
    guide: Sequence[tuple[str, str, str]],
    teams: pl.DataFrame,
    names: dict[str, str],
    formats: dict[str, Any],
    *,
    heading: str,
) -> None:
    """Say what the list is, what it is not for, how to fill it in, and what each team faces."""
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
    sheet.write_string(row, 0, "合计 Total", formats["total"])
    for column, (field, *_) in enumerate(_TEAM_TABLE[1:-1], start=1):
        sheet.write_number(row, column, int(teams[field].sum()), formats["total"])
    sheet.write_string(row, len(_TEAM_TABLE) - 1, "", formats["cell"])


def _write_team(
    sheet: Worksheet,
    visits: pl.DataFrame,
    team: dict[str, Any],
    formats: dict[str, Any],
    *,
    heading: str,
    as_of: date,
) -> None:
    """One team's sheet: heading, what it is not for, its note, then the visits."""
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
        sheet.write_string(first, 0, "本轮没有走访 No visits this round", formats["heading"])
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
        _text(visit["route"]),
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
                "error_title": "请从列表中选择 Choose from list",
                "error_message": "请从下拉列表中选一项。\nChoose one entry of the list.",
            }
            sheet.data_validation(first, index, last, index, rule)


def _day_rule(as_of: date) -> dict[str, Any]:
    """Visits are dated from the day of the plan on, and not by a slip of the pen in 2102."""
    last = add_months(as_of, 24)
    return {
        "validate": "date",
        "criteria": "between",
        "minimum": as_of,
        "maximum": last,
        "input_title": "走访日期 Visited on",
        "input_message": f"例 {as_of}\nfor instance {as_of}",
        "error_title": "日期有误 Not a possible day",
        "error_message": f"请填 {as_of} 至 {last} 之间的日期。\n"
        f"Enter a day from {as_of} to {last}.",
    }


def _write_lists(book: Workbook) -> None:
    """Put the choices on a hidden sheet: a list typed into a cell's rule holds 255 characters."""
    sheet = book.add_worksheet(LISTS_SHEET)
    for column, (name, choices) in enumerate(_CHOICES.items()):
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
    counts = (
        f"规则必访{team['n_must_visit']}户，风险靠前{team['n_risk']}户，"
        f"随机抽查{team['n_audit']}户，走访能力{team['capacity']}户 / "
        f"{team['n_must_visit']} must-visits, {team['n_risk']} by risk, "
        f"{team['n_audit']} random checks, capacity {team['capacity']}"
    )
    note = _note(team)
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


def _cut(name: str, ending: str) -> str:
    """Shorten a name so that with its ending it has at most 31 UTF-16 units."""
    kept = name
    while len((kept + ending).encode("utf-16-le")) > 2 * _NAME_LIMIT:
        kept = kept[:-1]
    return kept.strip() + ending
