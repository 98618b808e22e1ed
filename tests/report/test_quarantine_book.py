"""The quarantine workbook gives every field back as it came, and can be mended and sent again."""

from __future__ import annotations

import json
import os
import sys
import zipfile
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from fanpin_risk.errors import InstallationError, OutputError, SchemaError
from fanpin_risk.report import quarantine_book as module
from fanpin_risk.report.quality_rows import ADDED, QUARANTINE_ID
from fanpin_risk.report.quarantine_book import (
    GUIDE_SHEET,
    MEND_SHEET,
    RAW_SHEET,
    quarantine_book,
)
from fanpin_risk.report.words import Words

HEADER = ("户编号", "身份证号", "失学\n原因", "金额")
SPREADSHEET = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
AWKWARD = {
    "户编号": "000712",
    "身份证号": "230199198001010014",
    "失学\n原因": "第一行\r\n第二行\n ",
    "金额": "=1+1",
}


def row(original: dict | str, number: int = 1, **changes) -> dict:
    """A quarantined row as the intake keeps it."""
    return {
        "quarantine_id": f"000012-{number}",
        "file": "五月.xlsx",
        "line": number + 3,
        "checks": "date_form",
        "reason_zh": "日期写法不明",
        "reason_en": "the form of the date is not known",
        "original": original if isinstance(original, str) else json.dumps(original),
    } | changes


def write(rows: list[dict], path: Path, *, header=HEADER, **schema) -> Path:
    """Write a workbook of rows and return its path."""
    frame = pl.DataFrame(rows or [row({})], schema_overrides=schema).head(len(rows))
    quarantine_book(
        frame, path, header=header, title=Words("学籍", "Schooling"), created=date(2023, 5, 1)
    )
    return path


def cells(path: Path, sheet: str) -> list[list[object]]:
    """All cells of a sheet."""
    book = CalamineWorkbook.from_path(str(path))
    return book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)


def by_header(path: Path) -> list[dict[object, object]]:
    """Rows of the first sheet by its header."""
    header, *rows = cells(path, MEND_SHEET)
    assert len(set(header)) == len(header)
    return [dict(zip(header, found, strict=True)) for found in rows]


def part(path: Path, name: str) -> ElementTree.Element:
    """One XML part of the file."""
    with zipfile.ZipFile(path) as package:
        return ElementTree.fromstring(package.read(name))


def test_every_field_comes_back_as_it_came(tmp_path):
    """Leading zeros, 18 digits, line breaks, a leading = and spaces are the same text again."""
    path = write([row(AWKWARD)], tmp_path / "mend.xlsx")
    header, found = cells(path, MEND_SHEET)
    assert header == [*HEADER, *ADDED]
    assert found == [
        *AWKWARD.values(),
        "000012-1",
        "五月.xlsx",
        "4",
        "日期写法不明",
        "the form of the date is not known",
    ]


def test_cells_are_text_and_none_is_a_formula(tmp_path):
    """Each cell has the text format, the empty ones and the columns below them too."""
    path = write([row(AWKWARD | {"金额": None})], tmp_path / "mend.xlsx")
    sheet = part(path, "xl/worksheets/sheet1.xml")
    styles = part(path, "xl/styles.xml").findall("x:cellXfs/x:xf", SPREADSHEET)
    found = sheet.findall(".//x:c", SPREADSHEET)
    assert len(found) == 2 * (len(HEADER) + len(ADDED))
    of_columns = sheet.findall(".//x:col", SPREADSHEET)
    text = "49"  # the number by which a file knows the format @
    used = [c.get("s") for c in found] + [c.get("style") for c in of_columns]
    assert {styles[int(style)].get("numFmtId") for style in used} == {text}
    assert sheet.find(".//x:f", SPREADSHEET) is None
    assert sheet.find(".//x:hyperlink", SPREADSHEET) is None
    assert {c.get("t") for c in found} == {"s", None}


def test_the_header_is_kept_in_sight_and_filters(tmp_path):
    """The first row is frozen, and every column can be filtered."""
    sheet = part(write([row(AWKWARD)], tmp_path / "mend.xlsx"), "xl/worksheets/sheet1.xml")
    pane = sheet.find(".//x:pane", SPREADSHEET)
    assert (pane.get("ySplit"), pane.get("state")) == ("1", "frozen")
    assert sheet.find("x:autoFilter", SPREADSHEET).get("ref") == "A1:I2"


def test_columns_are_wide_enough_for_an_identity_number(tmp_path):
    """Eighteen digits are seen whole; the reason is wrapped in a row that is high enough."""
    reason = "日期写法不明，请按2023-05-01填写。" * 5
    path = write([row(AWKWARD, reason_zh=reason)], tmp_path / "mend.xlsx")
    sheet = part(path, "xl/worksheets/sheet1.xml")
    widths = {
        x: float(column.get("width"))
        for column in sheet.findall(".//x:col", SPREADSHEET)
        for x in range(int(column.get("min")), int(column.get("max")) + 1)
    }
    assert widths[2] > 18
    assert widths[8] > 40
    height = float(sheet.findall(".//x:row", SPREADSHEET)[1].get("ht"))
    assert height >= 3 * 15


def test_cells_at_fault_are_tinted(tmp_path):
    """The column named for a row is tinted in that row alone; unknown columns tint nothing."""
    rows = [
        row(AWKWARD, 1, columns=["金额", "没有这栏"]),
        row(AWKWARD, 2, columns=None),
    ]
    path = write(rows, tmp_path / "mend.xlsx")
    styles = part(path, "xl/styles.xml")
    fills = styles.findall("x:fills/x:fill", SPREADSHEET)
    formats = styles.findall("x:cellXfs/x:xf", SPREADSHEET)

    def colour(cell):
        fill = fills[int(formats[int(cell.get("s"))].get("fillId"))]
        found = fill.find(".//x:fgColor", SPREADSHEET)
        return None if found is None else found.get("rgb")

    found = part(path, "xl/worksheets/sheet1.xml").findall(".//x:c", SPREADSHEET)
    assert [c.get("r") for c in found if colour(c) == "FFFFC7CE"] == ["D2"]


def test_lines_that_could_not_be_split_stand_on_a_sheet_of_their_own(tmp_path):
    """The text of the line is there with number and reason; the first sheet has the other rows."""
    rows = [row(AWKWARD, 1), row({"_raw": '12,"broken'}, 2), row("not json", 3)]
    path = write(rows, tmp_path / "mend.xlsx")
    assert CalamineWorkbook.from_path(str(path)).sheet_names == [MEND_SHEET, RAW_SHEET, GUIDE_SHEET]
    header, *found = cells(path, RAW_SHEET)
    assert header == [*ADDED, "原文"]
    assert [line[0] for line in found] == ["000012-2", "000012-3"]
    assert [line[5] for line in found] == ['12,"broken', "not json"]
    assert [line[QUARANTINE_ID] for line in by_header(path)] == ["000012-1"]


def test_without_such_lines_there_is_no_such_sheet(tmp_path):
    """A workbook of split rows has the rows and the guide alone; one without rows says the same."""
    for rows in ([row(AWKWARD)], []):
        path = write(rows, tmp_path / "mend.xlsx")
        assert CalamineWorkbook.from_path(str(path)).sheet_names == [MEND_SHEET, GUIDE_SHEET]
        assert cells(path, MEND_SHEET)[0] == [*HEADER, *ADDED]


@pytest.mark.parametrize(
    "value",
    [
        "长" * 33_000,
        "x" * 70_000,
        "<r><t>markup</t></r>",
        "\ufffe",
        "\ud800 half a sign",
        "𠮷" * 20_000,
    ],
)
def test_what_no_cell_holds_is_spelt_out_and_not_lost(tmp_path, value):
    """Too long or forbidden in a workbook: the row stands as JSON, in pieces, with every field."""
    path = write([row(AWKWARD | {"金额": value})], tmp_path / "mend.xlsx")
    assert len(cells(path, MEND_SHEET)) == 1
    _, found = cells(path, RAW_SHEET)
    assert json.loads("".join(found[len(ADDED) :])) == AWKWARD | {"金额": value}


@pytest.mark.parametrize("line", ["长" * 40_000, "<r><t>markup</t></r>", "a\ufffeb"])
def test_raw_lines_are_not_lost_either(tmp_path, line):
    """A long line goes on in the next cells; one that no cell holds is spelt as JSON."""
    path = write([row({"_raw": line})], tmp_path / "mend.xlsx")
    _, found = cells(path, RAW_SHEET)
    text = "".join(found[len(ADDED) :])
    assert text == line or json.loads(text) == {"_raw": line}


def test_columns_that_the_header_lacks_follow_behind(tmp_path):
    """A row of an older form of the file keeps its further column; what it lacks is empty."""
    path = write([row({"户编号": "1", "旧栏": "0042"})], tmp_path / "mend.xlsx")
    (found,) = by_header(path)
    assert found["旧栏"] == "0042"
    assert found["金额"] == ""
    assert list(found)[: len(HEADER) + 1] == [*HEADER, "旧栏"]


def test_a_mended_workbook_with_faults_left_has_our_columns_once(tmp_path):
    """Sent back and faulty again, the new number stands in place of the old one."""
    path = write([row(AWKWARD)], tmp_path / "first.xlsx")
    (again,) = by_header(path)
    second = write([row(again, 9)], tmp_path / "second.xlsx", header=tuple(again))
    (found,) = by_header(second)
    assert list(found) == [*HEADER, *ADDED]
    assert found[QUARANTINE_ID] == "000012-9"
    assert {name: found[name] for name in HEADER} == AWKWARD


def test_an_offices_own_column_of_our_name_is_kept(tmp_path):
    """A visit sheet with a column 问题 keeps it, on the first and on the second way."""
    own = {"户编号": "1", "问题": "房屋漏雨"}
    path = write([row(own)], tmp_path / "first.xlsx", header=tuple(own))
    (found,) = by_header(path)
    assert (found["问题"], found["问题（隔离）"]) == ("房屋漏雨", "日期写法不明")
    (again,) = by_header(write([row(found)], tmp_path / "second.xlsx", header=tuple(found)))
    assert again == found


texts = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    ["=1", "007", "_x0041_", "\r", "\r\n", " ", "<r>x</r>", "#N/A", "1e5", "TRUE", "'0"]
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(texts, min_size=4, max_size=4), min_size=1, max_size=5))
def test_any_text_is_found_again(tmp_path, drawn):
    """Whatever stood in the fields stands in the workbook, in a column or spelt out."""
    originals = [dict(zip(HEADER, values, strict=True)) for values in drawn]
    rows = [row(original, i) for i, original in enumerate(originals)]
    path = write(rows, tmp_path / "mend.xlsx")
    found = {line[QUARANTINE_ID]: {n: line[n] for n in HEADER} for line in by_header(path)}
    if RAW_SHEET in CalamineWorkbook.from_path(str(path)).sheet_names:
        found |= {
            line[0]: json.loads("".join(line[len(ADDED) :])) for line in cells(path, RAW_SHEET)[1:]
        }
    assert found == {f"000012-{i}": original for i, original in enumerate(originals)}


def test_the_guide_says_how_to_mend_and_that_it_holds_personal_data(tmp_path):
    """Both languages, the number not to be changed, the same ingest, and a count by fault."""
    rows = [row(AWKWARD, 1), row(AWKWARD, 2), row(AWKWARD, 3, checks="code", reason_zh="代码")]
    found = cells(write(rows, tmp_path / "mend.xlsx"), GUIDE_SHEET)
    words = "\n".join(str(cell) for line in found for cell in line)
    for said in ("不要改动“隔离编号”", "Do not change 隔离编号", "ingest", "本表含个人信息",
                 "This workbook holds personal data", "学籍：待修正的数据"):  # fmt: skip
        assert said in words
    assert [line[:2] for line in found[-2:]] == [["date_form", 2.0], ["code", 1.0]]
    assert "230199198001010014" not in words


def test_the_file_is_its_owners_alone(tmp_path):
    """Nobody else can read it, whatever the process's mask and the rights of an earlier file."""
    path = tmp_path / "new" / "mend.xlsx"
    before = os.umask(0)
    try:
        for _ in range(2):
            write([row(AWKWARD)], path)
            assert path.stat().st_mode & 0o777 == 0o600
            path.chmod(0o644)
    finally:
        os.umask(before)
    assert [found.name for found in path.parent.iterdir()] == ["mend.xlsx"]


def test_the_same_rows_give_the_same_bytes(tmp_path):
    """The clock has no part in the file."""
    first = write([row(AWKWARD)], tmp_path / "a.xlsx").read_bytes()
    assert write([row(AWKWARD)], tmp_path / "b.xlsx").read_bytes() == first


def test_a_file_that_cannot_be_written_leaves_what_was_there(tmp_path):
    """Below a file, or where a folder stands, one line says so and nothing is left behind."""
    (tmp_path / "file").write_text("kept")
    (tmp_path / "folder.xlsx").mkdir()
    with pytest.raises(OutputError, match=r"Cannot write .*mend.xlsx: .*Choose a folder"):
        write([row(AWKWARD)], tmp_path / "file" / "mend.xlsx")
    with pytest.raises(OutputError, match=r"Cannot write .*folder.xlsx"):
        write([row(AWKWARD)], tmp_path / "folder.xlsx")
    assert sorted(found.name for found in tmp_path.iterdir()) == ["file", "folder.xlsx"]
    assert (tmp_path / "file").read_text() == "kept"


def test_rows_without_their_columns_or_too_many_are_refused(tmp_path, monkeypatch):
    """A missing column is named; what no sheet holds is refused rather than cut."""
    frame = pl.DataFrame([row(AWKWARD)])
    given = {"header": HEADER, "title": Words("学籍", "Schooling"), "created": date(2023, 5, 1)}
    with pytest.raises(SchemaError, match=r"lack the columns \['original'\]"):
        quarantine_book(frame.drop("original"), tmp_path / "mend.xlsx", **given)
    monkeypatch.setattr(module, "SHEET_LIMIT_ROWS", 1)
    with pytest.raises(SchemaError, match="1 quarantined rows do not fit a sheet of 1"):
        quarantine_book(frame, tmp_path / "mend.xlsx", **given)
    assert list(tmp_path.iterdir()) == []


def test_without_the_writer_the_mend_is_said(tmp_path, monkeypatch):
    """Where xlsxwriter is missing one line says what to install."""
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(InstallationError, match="pip install"):
        write([row(AWKWARD)], tmp_path / "mend.xlsx")
