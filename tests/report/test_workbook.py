"""The visit workbook shows what a team needs, no score, and the same bytes every time."""

from __future__ import annotations

import re
import resource
import signal
import sys
import zipfile
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from fanpin_risk.causes import CAUSE_WORDS
from fanpin_risk.errors import InstallationError, OutputError, SchemaError
from fanpin_risk.report.workbook import sheet_names, write_visit_workbook
from fanpin_risk.report.workbook_texts import (
    CAUSES,
    GUIDE_SHEET,
    LISTS_SHEET,
    NO_REASONS_FOR_AUDIT,
    RESULTS,
)

AS_OF = date(2012, 3, 31)
SPREADSHEET = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
HEADER_ROW = 3


def visits_of(**changes) -> pl.DataFrame:
    """One visit of each slice in team 02, one must-visit in team 06."""
    columns = {
        "household_id": ["000000012345678901", "0007", "=1+1", "4"],
        "place": ["02", "02", "02", "06"],
        "team": ["02", "02", "02", "06"],
        "rank": [1, 2, 3, 1],
        "slice": ["must_visit", "risk", "audit", "must_visit"],
        "inclusion_probability": [1.0, None, 0.123456, 1.0],
        "risk": [None, 0.654321, None, None],
        "rule_findings": ["=HYPERLINK(1)", "低于监测线 / below the line", None, "met"],
        "reasons": ["+cmd", "https://example.org is no link", "secret reason", None],
        "proposal": ["突发严重困难户 / sudden", None, None, None],
        "route": ["兜底保障 / safety net"] * 4,
        "why_zh": ["规则必访", "风险靠前", "随机抽查", "规则必访"],
        "why_en": ["Must-visit", "Risk", "Random check", "Must-visit"],
    }
    return pl.DataFrame(columns | changes)


def teams_of(names=("02", "06", "10")) -> pl.DataFrame:
    """Teams of four households each; the last one has no visits."""
    n = len(names)
    counts = ("n_households", "capacity", "n_must_visit", "n_cannot_tell", "n_audit", "n_risk")
    return pl.DataFrame(
        {"team": list(names)}
        | {name: [4] * n for name in counts}
        | {
            "visits_needed_for_recall": [100] * n,
            "note_zh": [f"说明{name}" for name in names],
            "note_en": [f"note {name}" for name in names],
        }
    )


def write(path: Path, *, visits=None, teams=None, **changes) -> Path:
    """Write a workbook and return its path."""
    given = {
        "as_of": AS_OF,
        "title_zh": "入户走访计划",
        "title_en": "Visit plan",
        "created": AS_OF,
    } | changes
    write_visit_workbook(
        visits_of() if visits is None else visits,
        teams_of() if teams is None else teams,
        path,
        **given,
    )
    return path


def cells(path: Path, sheet: str) -> list[list[object]]:
    """All cells of a sheet."""
    book = CalamineWorkbook.from_path(str(path))
    return book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)


def part(path: Path, name: str) -> ElementTree.Element:
    """One XML part of the file."""
    with zipfile.ZipFile(path) as package:
        return ElementTree.fromstring(package.read(name))


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """One workbook of the visits above."""
    return write(
        tmp_path_factory.mktemp("book") / "visit_plan.xlsx", notice=("抽查注", "on checks")
    )


@pytest.fixture(scope="module")
def sheet_02(book):
    """XML of the sheet of team 02."""
    return part(book, "xl/worksheets/sheet2.xml")


def test_there_is_a_guide_and_a_sheet_per_team(book):
    """The guide comes first, the choice lists last, and a team without visits has its sheet."""
    names = CalamineWorkbook.from_path(str(book)).sheet_names
    assert names == [GUIDE_SHEET, "02", "06", "10", LISTS_SHEET]
    assert cells(book, "10")[HEADER_ROW + 1][0] == "本轮没有走访 No visits this round"


def test_the_guide_says_what_the_list_is_not_for_and_how_it_is_filled_in(book):
    """The warning in both languages, the slices, the fields, the audit and each team's note."""
    text = "\n".join(str(cell) for row in cells(book, GUIDE_SHEET) for cell in row)
    for words in (
        "不得用于资格认定、退出或考核",
        "not for eligibility, exit or appraisal",
        "2012-03-31",
        "怎样填写 How to fill in",
        "Random check: drawn by lot",
        "抽查注\non checks",
        "说明06\nnote 06",
    ):
        assert words in text


def test_the_guide_adds_the_teams_up(book):
    """Three teams of four households make twelve."""
    last = cells(book, GUIDE_SHEET)[-1]
    assert last[:3] == ["合计 Total", 12.0, 12.0]


def test_a_team_sheet_has_chinese_headers_with_english_beneath(book):
    """Thirteen columns: what the plan says, then the fields to fill in."""
    header = cells(book, "02")[HEADER_ROW]
    assert [str(cell).split("\n")[1] for cell in header] == [
        "No.",
        "Household",
        "Place",
        "Why listed",
        "Rule findings",
        "Proposal and route",
        "Reasons to ask about",
        "Visited on",
        "Result",
        "Cause found",
        "Need for help",
        "Visitor",
        "Remarks",
    ]
    assert all(re.search(r"[\u4e00-\u9fff]", str(cell)) for cell in header)


def test_household_numbers_are_text_to_the_last_digit(book):
    """Long numbers and leading zeros come back as they were."""
    first, second = cells(book, "02")[HEADER_ROW + 1 : HEADER_ROW + 3]
    assert first[:2] == [1.0, "000000012345678901"]
    assert second[:2] == [2.0, "0007"]


def test_no_text_becomes_a_formula_or_a_link(book, sheet_02):
    """Texts that begin with = or + or https stay texts."""
    assert sheet_02.find(".//x:f", SPREADSHEET) is None
    assert sheet_02.find(".//x:hyperlink", SPREADSHEET) is None
    assert cells(book, "02")[HEADER_ROW + 3][1] == "=1+1"
    assert cells(book, "02")[HEADER_ROW + 1][4] == "=HYPERLINK(1)"


def test_the_proposal_stands_above_the_route(book):
    """In one cell; a household of which nothing is proposed has the route alone."""
    first, second = cells(book, "02")[HEADER_ROW + 1 : HEADER_ROW + 3]
    assert first[5] == "突发严重困难户 / sudden\n兜底保障 / safety net"
    assert second[5] == "兜底保障 / safety net"


def test_no_sheet_shows_a_score(book):
    """Neither a risk nor an inclusion probability stands anywhere in the file."""
    with zipfile.ZipFile(book) as package:
        content = b"".join(package.read(name) for name in package.namelist())
    assert b"654321" not in content
    assert b"123456<" not in content
    numbers = [
        cell
        for name in ("02", "06")
        for row in cells(book, name)[HEADER_ROW + 1 :]
        for cell in row
        if isinstance(cell, float)
    ]
    assert numbers == [1.0, 2.0, 3.0, 1.0]


def test_reasons_of_random_checks_are_kept_from_the_visitor(book):
    """A low score must not show through its reasons, nor steer a random check."""
    rows = cells(book, "02")[HEADER_ROW + 1 :]
    assert rows[2][6] == NO_REASONS_FOR_AUDIT
    assert rows[0][6] == "+cmd"
    with zipfile.ZipFile(book) as package:
        assert b"secret reason" not in package.read("xl/sharedStrings.xml")


def test_fields_to_fill_in_have_choices_and_a_span_of_days(sheet_02):
    """Days from the plan to 24 months later; lists by name for result, cause and need."""
    rules = {
        rule.get("sqref"): rule for rule in sheet_02.findall(".//x:dataValidation", SPREADSHEET)
    }
    assert set(rules) == {"H5:H7", "I5:I7", "J5:J7", "K5:K7"}
    day = rules.pop("H5:H7")
    assert day.get("type") == "date"
    assert [child.text for child in day] == ["40999", "41729"]  # 2012-03-31 and 2014-03-31
    assert [rule[0].text for rule in rules.values()] == [
        "result_choices",
        "cause_choices",
        "need_choices",
    ]


def test_choice_lists_stand_on_a_hidden_sheet_behind_their_names(book):
    """Each name covers its whole list, and the list of causes is the official one."""
    workbook = part(book, "xl/workbook.xml")
    names = {
        name.get("name"): name.text for name in workbook.findall(".//x:definedName", SPREADSHEET)
    }
    assert names["cause_choices"] == f"'{LISTS_SHEET}'!$B$1:$B${len(CAUSES)}"
    hidden = workbook.find(f".//x:sheet[@name='{LISTS_SHEET}']", SPREADSHEET)
    assert hidden is not None
    assert hidden.get("state") == "hidden"
    columns = list(zip(*cells(book, LISTS_SHEET), strict=True))
    assert [text for text in columns[0] if text] == list(RESULTS)
    assert [str(text).split(" / ")[0] for text in columns[1]] == [c.value for c in CAUSE_WORDS]


@pytest.mark.parametrize("number", [1, 2, 4])
def test_every_page_is_ready_to_print_and_says_what_it_is_not_for(book, number):
    """A4 landscape, one page wide, with the warning in both languages at the foot."""
    sheet = part(book, f"xl/worksheets/sheet{number}.xml")
    page = sheet.find("x:pageSetup", SPREADSHEET)
    footer = sheet.find(".//x:oddFooter", SPREADSHEET)
    assert page is not None
    assert (page.get("orientation"), page.get("paperSize"), page.get("fitToHeight")) == (
        "landscape",
        "9",
        "0",
    )
    assert footer is not None
    assert "不得用于资格认定、退出或考核" in str(footer.text)
    assert "not for eligibility, exit or appraisal" in str(footer.text)


def test_the_header_stays_in_sight_and_is_repeated_in_print(book, sheet_02):
    """Four rows and two columns are frozen, and the rows repeated on each page."""
    pane = sheet_02.find(".//x:pane", SPREADSHEET)
    assert pane is not None
    assert (pane.get("xSplit"), pane.get("ySplit"), pane.get("state")) == ("2", "4", "frozen")
    titles = [
        name.text
        for name in part(book, "xl/workbook.xml").findall(".//x:definedName", SPREADSHEET)
        if name.get("name") == "_xlnm.Print_Titles"
    ]
    assert "'02'!$1:$4" in titles


def test_rows_are_high_enough_for_their_text(tmp_path):
    """A row grows with its longest text, and has room for handwriting in any case."""
    visits = visits_of(reasons=["长" * 160, "短", "-", "-"])
    sheet = part(write(tmp_path / "a.xlsx", visits=visits), "xl/worksheets/sheet2.xml")
    heights = [float(row.get("ht", 0)) for row in sheet.findall(".//x:row", SPREADSHEET)]
    long, short = heights[HEADER_ROW + 1], heights[HEADER_ROW + 2]
    assert long >= 6 * 15  # 160 signs of 1.9 digits in a column 56 digits wide
    assert 45 <= short < long


def test_the_same_plan_gives_the_same_bytes(tmp_path):
    """Neither the clock nor the order of rows gets into the file."""
    first = write(tmp_path / "a.xlsx").read_bytes()
    turned = {"visits": visits_of().reverse(), "teams": teams_of().reverse()}
    again = write(tmp_path / "b.xlsx", **turned).read_bytes()
    assert first == again


def test_another_day_of_creation_changes_the_bytes(tmp_path):
    """The day in the properties is the one given, so the test above can fail."""
    first = write(tmp_path / "a.xlsx").read_bytes()
    assert write(tmp_path / "b.xlsx", created=date(2012, 4, 1)).read_bytes() != first
    core = part(tmp_path / "b.xlsx", "docProps/core.xml")
    assert "2012-04-01T00:00:00Z" in ElementTree.tostring(core, encoding="unicode")


def test_odd_team_names_get_their_own_sheets(tmp_path):
    """Signs that Excel refuses, names that collide and names that are too long all work."""
    odd = ("a/b", "A:B", "history", GUIDE_SHEET, "'", "很长的村名" * 9, "很长的村名" * 8 + "乙")
    visits = visits_of(team=["a/b", "A:B", "'", "history"], rank=[1, 1, 1, 1])
    path = write(tmp_path / "a.xlsx", visits=visits, teams=teams_of(odd))
    names = CalamineWorkbook.from_path(str(path)).sheet_names
    assert len(names) == len({name.casefold() for name in names}) == len(odd) + 2
    chosen = sheet_names(sorted(odd))
    assert cells(path, chosen["a/b"])[HEADER_ROW + 1][1] == "000000012345678901"
    assert cells(path, chosen["A:B"])[HEADER_ROW + 1][1] == "0007"


@given(st.lists(st.text(min_size=1, max_size=40), min_size=1, max_size=30, unique=True))
def test_sheet_names_are_short_unique_and_clean(teams):
    """Whatever teams are called, Excel's rules for sheet names hold."""
    names = list(sheet_names(teams).values())
    assert len({name.casefold() for name in names}) == len(teams)
    for name in names:
        assert 0 < len(name.encode("utf-16-le", "surrogatepass")) <= 62
        assert not set(name) & set("[]:*?/\\'")


def test_a_long_text_is_cut_and_marked(tmp_path):
    """A cell holds 32,767 signs: more are cut with a mark instead of losing the cell."""
    visits = visits_of(reasons=["长" * 40_000, "-", "-", "-"])
    text = str(cells(write(tmp_path / "a.xlsx", visits=visits), "02")[HEADER_ROW + 1][6])
    assert len(text) == 32_767
    assert text.endswith("长…")


def test_a_missing_column_is_named(tmp_path):
    """The table that lacks it and the column are said."""
    with pytest.raises(SchemaError, match=r"plan_visits lacks the columns \['why_zh'\]"):
        write(tmp_path / "a.xlsx", visits=visits_of().drop("why_zh"))
    with pytest.raises(SchemaError, match=r"teams lacks the columns \['note_en'\]"):
        write(tmp_path / "a.xlsx", teams=teams_of().drop("note_en"))


def test_a_visit_of_an_unknown_team_is_refused(tmp_path):
    """Otherwise it would silently have no sheet."""
    with pytest.raises(SchemaError, match=r"teams lacks the team '06' of plan_visits"):
        write(tmp_path / "a.xlsx", teams=teams_of(("02", "10")))


def test_without_xlsxwriter_the_error_says_what_to_install(tmp_path, monkeypatch):
    """The mend is a line to type; nothing is written."""
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(InstallationError, match=r'pip install "fanpin-risk\[excel\]"'):
        write(tmp_path / "a.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_a_path_below_a_file_is_refused(tmp_path):
    """The path is named and the file in the way stays."""
    blocking = tmp_path / "file"
    blocking.write_text("mine")
    with pytest.raises(OutputError, match=r"Cannot write .*file/plan\.xlsx"):
        write(blocking / "plan.xlsx")
    assert blocking.read_text() == "mine"


def test_a_full_disk_leaves_the_earlier_workbook_whole(tmp_path):
    """When space ends half-way the old file is unchanged and no other is left behind."""
    path = write(tmp_path / "plan.xlsx")
    before = path.read_bytes()
    old_limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    old_handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, old_limits[1]))
    try:
        with pytest.raises(OutputError, match="Earlier results there are unchanged"):
            write(path, title_en="Another plan")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old_limits)
        signal.signal(signal.SIGXFSZ, old_handler)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["plan.xlsx"]
