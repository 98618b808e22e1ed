"""Workbooks: what a cell holds is what is read, on the row it stands on; faults are told apart."""

from __future__ import annotations

import io
import re
import shutil
import struct
import zipfile
from datetime import date, datetime

import polars as pl
import pytest
import xlsxwriter
import xlwt

from fanpin_risk.errors import InputFileError, SchemaError
from fanpin_risk.records import workbooks
from fanpin_risk.records.files import open_table
from fanpin_risk.records.headers import Layout
from fanpin_risk.records.identity_key import IdentityKey
from fanpin_risk.records.intake import ingest_file
from fanpin_risk.records.rows import Delivery
from fanpin_risk.records.source import Source
from fanpin_risk.records.store import Store
from fanpin_risk.records.text_files import LINE
from fanpin_risk.settings import settings_from

NAMES = ("户编号", "证件号码", "金额")
LAYOUT = Layout(needed=NAMES, persons=("证件号码",))
ROWS = [(1, 0, *NAMES), (2, 0, "A1", "x", 8500.5), (3, 0, "A2", "y", 12)]
SOURCE = settings_from(
    {
        "name": "bills",
        "title_zh": "账单",
        "title_en": "Bills",
        "household_id": "户编号",
        "occurred_on": {"column": "日期"},
        "recorded_on": {"lag_days": 0},
        "records": [
            {
                "table": "support_measure",
                "fields": {
                    "person_id": {"column": "证件号码"},
                    "measure": {"constant": "safety_net"},
                    "amount_fen": {"column": "金额", "minor_per_unit": 100},
                },
            }
        ],
    },
    Source,
    where="bills",
)


def xlsx(path, sheets, *, hidden=(), merged=()):
    """Write sheets of rows ``(row from 1, first column, *cells)`` to an .xlsx file."""
    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        time = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for name, rows in sheets.items():
            page = book.add_worksheet(name)
            if name in hidden:
                page.hide()
            for place in merged:
                page.merge_range(*place[:4], place[4])
            for line, left, *cells in rows:
                for at, cell in enumerate(cells):
                    if isinstance(cell, datetime | date):
                        form = time if isinstance(cell, datetime) else day
                        page.write_datetime(line - 1, left + at, cell, form)
                    elif isinstance(cell, tuple):
                        page.write_formula(line - 1, left + at, *cell)
                    elif cell is not None:
                        page.write(line - 1, left + at, cell)
    return path


def xls(path, sheets, *, hidden=(), merged=()):
    """Write the same sheets to an .xls file of Excel 97."""
    book = xlwt.Workbook(encoding="utf-8")
    day = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    time = xlwt.easyxf(num_format_str="yyyy-mm-dd hh:mm")
    for name, rows in sheets.items():
        page = book.add_sheet(name, cell_overwrite_ok=True)
        page.visibility = int(name in hidden)
        for top, left, bottom, right, value in merged:
            page.write_merge(top, bottom, left, right, value)
        for line, left, *cells in rows:
            for at, cell in enumerate(cells):
                if isinstance(cell, datetime | date):
                    form = time if isinstance(cell, datetime) else day
                    page.write(line - 1, left + at, cell, form)
                elif cell is not None:
                    page.write(line - 1, left + at, cell)
    book.save(str(path))
    return path


WRITERS = [pytest.param(xlsx, "a.xlsx", id="xlsx"), pytest.param(xls, "a.xls", id="xls")]


def read(path, layout=LAYOUT):
    """Rows with their lines, and the number of blank ones."""
    found = list(open_table(path, layout).pieces())
    texts = pl.concat([piece.texts for piece in found])
    return texts.select(LINE, *layout.needed).rows(), sum(piece.n_blank for piece in found)


def with_part(path, name, change):
    """The workbook with one part of its archive changed; the part is left out where it is None."""
    content = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            part = old.read(info)
            part = change(part) if info.filename == name else part
            if part is not None:
                new.writestr(info.filename, part)
    path.write_bytes(content.getvalue())
    return path


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(("writer", "name"), WRITERS)
def test_cells_become_the_texts_that_a_reader_sees(tmp_path, writer, name):
    """Numbers with fifteen digits, days, times, truth and texts, mixed in one column."""
    cells = [
        (8500.570000000001, "8500.57"),
        (12, "12"),
        (123456789012345, "123456789012345"),
        (0.1 + 0.2, "0.3"),
        (-3.5, "-3.5"),
        (True, "TRUE"),
        (date(2021, 3, 5), "2021-03-05"),
        (datetime(2021, 3, 5, 10, 30), "2021-03-05 10:30:00"),
        (44260, "44260"),
        ("2021年3月5日", "2021年3月5日"),
        ("  空 ", "  空 "),
        ("０12", "０12"),
        ("两\n行", "两\n行"),
        (None, None),
    ]
    rows = [(1, 0, *NAMES), *((2 + at, 0, "A", "x", cell) for at, (cell, _) in enumerate(cells))]
    got, n_blank = read(writer(tmp_path / name, {"表": rows}))
    assert got == [(2 + at, "A", "x", text) for at, (_, text) in enumerate(cells)]
    assert n_blank == 0


def test_an_error_cell_is_missing_not_a_value(tmp_path):
    """A formula that failed says nothing; one that worked is its result."""
    rows = [
        (1, 0, *NAMES),
        (2, 0, "A", "x", ("=1/0", None, "#DIV/0!")),
        (3, 0, "B", "y", ("=1+1", None, 2)),
    ]
    got, _ = read(xlsx(tmp_path / "a.xlsx", {"表": rows}))
    assert got == [(2, "A", "x", None), (3, "B", "y", "2")]


@pytest.mark.parametrize(("writer", "name"), WRITERS)
def test_the_table_is_found_wherever_it_stands(tmp_path, writer, name):
    """Blank rows and columns, titles, a header over lines or in wide letters; lines are rows."""
    rows = [
        (3, 2, "某县2023年台账"),
        (4, 4, "单位：元"),
        (6, 2, "户\n编号", " 证件号码 ", "＊金额（元）"),
        (7, 2, "A1", "x", 1),
        (9, 2, "A2", "y", 2),
        (10, 2, "合 计", None, 3),
        (11, 2, "户\n编号", " 证件号码 ", "＊金额（元）"),
        (12, 2, "A3", "z", 3),
    ]
    layout = Layout(
        needed=NAMES,
        aliases={"金额": ("金额(元)",)},
        footers=("合计",),
        key_columns=("证件号码",),
    )
    got, n_blank = read(writer(tmp_path / name, {"表": rows}), layout)
    assert got == [(7, "A1", "x", "1"), (9, "A2", "y", "2"), (12, "A3", "z", "3")]
    assert n_blank == 3


@pytest.mark.parametrize(("writer", "name"), WRITERS)
@pytest.mark.parametrize("left", [0, 2])
def test_a_merged_cell_holds_for_its_rows(tmp_path, monkeypatch, writer, name, left):
    """In a column that is filled down, at column A or not, and across blocks of rows."""
    monkeypatch.setattr(workbooks, "_ROWS_AT_ONCE", 2)
    merged = [(3, left, 5, left, "A1"), (7, left, 8, left, "A2"), (3, left + 2, 4, left + 2, 7)]
    rows = [
        (3, left, *NAMES),
        (4, left + 1, "a"),
        (5, left + 1, "b"),
        (6, left + 1, "c", 9),
        (7, left + 1, "d", 9),
        (8, left + 1, "e", 9),
        (9, left + 1, "f", 9),
    ]
    path = writer(tmp_path / name, {"表": rows}, merged=merged)
    got, _ = read(path, Layout(needed=NAMES, fill_down=("户编号",)))
    assert [row[:3] for row in got] == [
        (4, "A1", "a"),
        (5, "A1", "b"),
        (6, "A1", "c"),
        (7, None, "d"),
        (8, "A2", "e"),
        (9, "A2", "f"),
    ]
    assert [row[3] for row in got] == ["7", None, "9", "9", "9", "9"]


@pytest.mark.parametrize(("writer", "name"), WRITERS)
def test_which_sheet_is_read(tmp_path, writer, name):
    """The first visible one with every column; the named one; the one of mended rows before all."""
    other = [(1, 0, "户编号", "金额"), (2, 0, "B", 1)]
    hidden = [(1, 0, *NAMES), (2, 0, "H", "h", 1)]
    sheets = {"说明": [(1, 0, "填表说明")], "藏": hidden, "部分": other, "数据": ROWS}
    path = writer(tmp_path / name, sheets, hidden=("藏",))
    assert [row[1] for row in read(path)[0]] == ["A1", "A2"]
    assert [row[1] for row in read(path, Layout(needed=NAMES, sheet="藏"))[0]] == ["H"]
    with pytest.raises(InputFileError, match=r"has no sheet '没有'; it has 说明, 藏, 部分, 数据"):
        read(path, Layout(needed=NAMES, sheet="没有"))
    mended = writer(
        tmp_path / f"b{path.suffix}", sheets | {"待修正": [(1, 0, *NAMES), (2, 0, "M", "m", 1)]}
    )
    assert [row[1] for row in read(mended, Layout(needed=NAMES, sheet="数据"))[0]] == ["M"]


def test_chart_sheets_and_empty_sheets_are_passed_over(tmp_path):
    """A chart before the table, and an empty sheet, hold no rows."""
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=数据!$C$2:$C$3"})
        book.add_chartsheet("图").set_chart(chart)
        book.add_worksheet("空")
        page = book.add_worksheet("数据")
        for line, _, *cells in ROWS:
            page.write_row(line - 1, 0, cells)
    assert [row[1] for row in read(path)[0]] == ["A1", "A2"]


def test_a_sheet_of_one_row_is_a_header_without_rows(tmp_path):
    """It is no empty sheet."""
    table = open_table(xlsx(tmp_path / "a.xlsx", {"表": ROWS[:1]}), LAYOUT)
    assert list(table.pieces()) == []


@pytest.mark.parametrize(("writer", "name"), WRITERS)
def test_a_header_over_two_rows_is_named_as_such(tmp_path, writer, name):
    """Merged group titles above the names of their columns: one row must hold them all."""
    merged = [(0, 0, 1, 0, "户编号"), (0, 1, 0, 2, "费用")]
    rows = [(2, 1, "证件号码", "金额"), (3, 0, "A1", "x", 1)]
    path = writer(tmp_path / name, {"表": rows}, merged=merged)
    words = r"the header runs over two rows: 户编号 stands beside row 2, which holds the other col"
    with pytest.raises(SchemaError, match=words):
        read(path)


def ingested(tmp_path, rows, name="a.xlsx", writer=xlsx):
    """Result and store of rows that were taken in."""
    store = Store(tmp_path / "store")
    key = IdentityKey(b"k" * 32)
    delivery = Delivery(received_on=date(2024, 1, 1), county="230199", key=key)
    header = (1, 0, "户编号", "证件号码", "金额", "日期")
    path = writer(tmp_path / name, {"表": [header, *rows]})
    return ingest_file(store, SOURCE, path, delivery), store


@pytest.mark.parametrize(("writer", "name"), WRITERS)
def test_an_identity_number_that_is_a_number_is_destroyed_and_refused(tmp_path, writer, name):
    """Eighteen digits as a number have lost the last three: set aside; as a text they are in."""
    rows = [
        (2, 0, "A1", "11010519491231002X", 1, date(2023, 1, 1)),
        (3, 0, "A2", 110105194912310021, 1, date(2023, 1, 1)),
        (4, 0, "A3", 110105491231002, 1, date(2023, 1, 1)),
    ]
    result, store = ingested(tmp_path, rows, name, writer)
    assert (result.rows_read, result.rows_accepted) == (3, 1)
    aside = store.quarantine()
    assert aside["line"].to_list() == [3, 4]
    assert aside["columns"].to_list() == [["证件号码"], ["证件号码"]]


@pytest.mark.parametrize(("writer", "name"), WRITERS)
def test_days_as_dates_serials_and_texts_are_one_day(tmp_path, writer, name):
    """A column typed by several hands."""
    day = date(2023, 5, 31)
    days = [
        day,
        datetime(2023, 5, 31, 0, 0),
        45077,
        "2023-05-31",
        "2023年5月31日",
        "20230531",
        20230531,
    ]
    rows = [(2 + at, 0, f"A{at}", "11010519491231002X", 1, one) for at, one in enumerate(days)]
    result, store = ingested(tmp_path, rows, name, writer)
    assert (result.rows_read, result.rows_accepted) == (len(days), len(days)), store.quarantine()
    got = store.scan("support_measure").collect()["occurred_on"]
    assert set(got.to_list()) == {day}


def test_a_cell_that_no_day_can_hold_is_named_by_its_row(tmp_path):
    """A huge number in the form of a duration stops the reader of workbooks: the row is said."""
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet("表")
        hours = book.add_format({"num_format": "[h]:mm:ss"})
        page.write_row(0, 0, NAMES)
        page.write_row(1, 0, ["A1", "x", 1])
        page.write_row(2, 0, ["A2", "y"])
        page.write_number(2, 2, 1e300, hours)
    with pytest.raises(InputFileError, match=r"a\.xlsx: the sheet '表', row 3: a cell in the form"):
        read(path)


def test_a_cell_far_from_the_table_does_not_fill_the_memory(tmp_path):
    """One stray value in the last cell of a sheet would be seventeen thousand million cells."""
    rows = [*ROWS, (1_048_576, 16_383, "x")]
    path = xlsx(tmp_path / "a.xlsx", {"表": rows})
    words = r"the sheet sheet1\.xml reaches over 1048576 rows and 16384 columns, most of them empty"
    with pytest.raises(InputFileError, match=words):
        read(path)
    near = xlsx(tmp_path / "b.xlsx", {"表": [*ROWS, (9_000, 30, "x")]})
    assert read(near)[1] == 9_000 - 4


@pytest.mark.parametrize(
    ("begins", "at", "number", "words"),
    [
        (
            ("<HHIIHH", 0x0200, 14, 0, 3, 0, 3),
            8,
            b"\0\0\0\x80",
            "a sheet of 2147483648 rows and 3 columns",
        ),
        (("<HHHH", 0x00FD, 10, 1, 0), 6, b"\x60\xea", "a cell in row 2 and column 60001"),
    ],
)
def test_a_damaged_size_in_an_old_workbook_does_not_fill_the_memory(
    tmp_path, begins, at, number, words
):
    """A stated size or a cell's place that Excel 97 cannot have is refused, not believed."""
    path = xls(tmp_path / "a.xls", {"表": ROWS})
    data = bytearray(path.read_bytes())
    place = data.index(struct.pack(*begins)) + at
    data[place : place + len(number)] = number
    path.write_bytes(bytes(data))
    with pytest.raises(InputFileError, match=rf"a\.xls: has a damaged record: {words}"):
        read(path)


@pytest.mark.parametrize(("writer", "name"), WRITERS)
def test_a_workbook_with_the_other_kinds_ending_is_read(tmp_path, writer, name):
    """Offices rename .xls to .xlsx and back."""
    path = writer(tmp_path / name, {"表": ROWS})
    other = tmp_path / ("a.xls" if name == "a.xlsx" else "a.xlsx")
    shutil.move(path, other)
    assert [row[1] for row in read(other)[0]] == ["A1", "A2"]


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LOCKED = OLE + bytes(504) + "EncryptedPackage".encode("utf-16-le")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.xlsx", b"\x00\x01garbage" * 9, "is of no kind that is known here, not a workbook"),
        ("a.xlsx", "户编号,金额\n".encode(), "is plain text, not a workbook as its ending says"),
        ("a.xls", b"<html><table>", "is a web page or XML, not a workbook"),
        ("a.xlsx", b"%PDF-1.7", "is a PDF document, not a workbook"),
        ("a.xlsx", LOCKED, r"is protected by a password\. Save it again as \.xlsx without a pass"),
        ("a.xls", OLE, r"a\.xls: has a damaged table of sectors\. Copy it again"),
        ("a.xls", OLE + b"\0" * 2000, r"a\.xls: has a damaged table of sectors\. Copy it again"),
    ],
)
def test_what_is_no_workbook_is_said_by_its_kind(tmp_path, name, content, words):
    """By the first bytes, whatever the ending says."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputFileError, match=words) as caught:
        read(tmp_path / name)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("part", "change", "words"),
    [
        (SHEET, lambda xml: None, "the sheet '表' is listed, but its part is missing"),
        (SHEET, lambda xml: xml[: xml.index(b"</row>") - 8], "sheet '表' has XML that is cut off"),
        (
            SHEET,
            lambda xml: xml[: xml.index(b"</row>") + 6],
            "sheet '表' is cut off within its rows",
        ),
        (SHEET, lambda xml: xml.replace(b"</c>", b"</v>", 1), "the sheet '表' has broken XML"),
        (SHEET, lambda xml: xml.replace(b"<v>0</v>", b"<v>99</v>"), "has a text that the list of"),
        (SHEET, lambda xml: xml.replace(b'r="A2"', b"r=A2"), "the sheet '表' has broken XML"),
        (SHEET, lambda xml: xml.replace(b'r="A2"', b'r="?!"'), "has a cell whose address is none"),
        ("xl/workbook.xml", lambda xml: None, r"a\.xlsx: lacks a list of its sheets"),
        ("xl/workbook.xml", lambda xml: xml[:300], r"a\.xlsx: has XML that is cut off"),
        ("xl/_rels/workbook.xml.rels", lambda xml: None, r"a\.xlsx: lacks a part of a workbook"),
    ],
)
def test_a_damaged_part_of_a_workbook_is_named(tmp_path, part, change, words):
    """Which sheet, and what is wrong with it; a missing part is no broken one."""
    path = with_part(xlsx(tmp_path / "a.xlsx", {"表": ROWS}), part, change)
    with pytest.raises(InputFileError, match=words):
        read(path)


def test_damage_to_the_archive_is_told_apart(tmp_path):
    """Cut off, a list of parts that is none, and packed bytes that are damaged."""
    path = xlsx(tmp_path / "a.xlsx", {"表": ROWS})
    whole = path.read_bytes()
    middle = whole.index(b"xl/worksheets/sheet1.xml") + 60
    directory = whole.index(b"PK\x01\x02")
    cases = {
        whole[:-30]: "is cut off: the end of the zip archive is missing",
        whole[:directory] + b"\0\0\0\0" + whole[directory + 4 :]: "damaged list of parts",
        whole[:middle] + b"\xff" * 20 + whole[middle + 20 :]: "the sheet '表' has a part",
    }
    for content, words in cases.items():
        path.write_bytes(content)
        with pytest.raises(InputFileError, match=re.escape(words)):
            read(path)


def test_a_formula_without_its_result_is_named_not_read_as_nothing(tmp_path):
    """A program that writes formulas leaves the working out to Excel: the amounts are not there."""
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, NAMES)
        page.write_row(1, 0, ("A1", "x", 8500.5))
        page.write_row(2, 0, ("A2", "y"))
        page.write_formula(2, 2, "=C2*2", None, 17001)
    assert next(iter(open_table(path, LAYOUT).pieces())).texts["金额"].to_list() == [
        "8500.5",
        "17001",
    ]
    with_part(path, "xl/worksheets/sheet1.xml", lambda part: part.replace(b"<v>17001</v>", b""))
    words = r"a\.xlsx: sheet1\.xml, row 3 holds a formula without its result\. Open it in Excel"
    with pytest.raises(InputFileError, match=words):
        list(open_table(path, LAYOUT).pieces())
