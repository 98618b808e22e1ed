"""The quality page and workbook hold the report's own counts, nobody's data, and no address."""

from __future__ import annotations

import importlib.util
import re
import sys
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from fanpin_risk.errors import AccountingError, InstallationError, OutputError, SchemaError
from fanpin_risk.report import quality_tables, quality_workbook
from fanpin_risk.report.fonts import figure_font
from fanpin_risk.report.quality_content import (
    COLUMNS,
    STATES,
    QualityReport,
    checked_report,
    shown_states,
)
from fanpin_risk.report.quality_html import NO_BATCH, NO_CHECK, SECTIONS, quality_html
from fanpin_risk.report.quality_report import quality_figures, write_quality_report
from fanpin_risk.report.quality_summary import batch_trend, summed_by
from fanpin_risk.report.quality_workbook import HOUSEHOLDS_SHEET, NONE

AS_OF = date(2023, 6, 30)
HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)"> & "quoted"'
QUIET = figure_font(notice=lambda _: None)

BATCHES = """
000001 2023-05-03 medical 医疗结算 medical_bills a.xlsx 100 90 10 88 2 0 0
000002 2023-06-02 medical 医疗结算 medical_bills b.xlsx 50 49 1 40 5 1 3
000002 2023-06-02 housing 住房鉴定 housing_checks c.csv 10 10 0 10 0 0 0
"""
CHECKS = """
14.01 household warning 每户只有一名户主 one_head_per_household failed - - 40 38 2 3
14.02 field warning 身份证号校验 identity_checksum passed - - 60 60 0 0
14.03 field error 务工月数 months_of_work always_fails - - 25 25 0 25
14.04 cross warning 未参保 not_insured unknown_only 参保情况全部未知 cover_unknown 12 0 12 0
14.05 cross warning 收入低于线 income_below_line parameter_missing 缺收入线 no_income_line 0 0 0 0
14.06 cross warning 学历年龄段 age_bands not_run 没有在校生 nobody_at_school 0 0 0 0
14.07 cross warning 电话相同 same_phone left_out 电话从不保存 phones_never_kept - - - -
14.08 field warning 空口说过 passed_on_nothing passed - - 0 0 0 0
"""
COUNTS = """
14.01 household medical 江北 2023-04-01 000001 30 20 19 1 2
14.01 household medical 江南 2023-05-01 000002 30 20 19 1 1
14.02 member housing 江北 2023-05-01 000002 60 60 60 0 0
14.03 work medical - - 000001 25 25 25 0 25
14.04 member medical 江南 2023-05-01 000002 12 12 0 12 0
"""
FAILURES = """
14.01 member 0000712 r-1 2023-04-05 000001 medical 江北
14.01 member 0000711 r-2 2023-04-06 000001 medical 江北
14.03 work - r-3 - 000001 medical -
"""
QUARANTINE = """
000001 medical date_form 7 日期写法不明 unknown_form_of_date
000001 medical code 4 代码不在表中 code_not_in_list
000002 medical date_form 1 日期写法不明 unknown_form_of_date
"""


def frame(name: str, text: str) -> pl.DataFrame:
    """A table of the report from lines of words; ``-`` is null."""
    rows = [[None if w == "-" else w for w in line.split()] for line in text.split("\n") if line]
    strings = pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS[name], pl.String), orient="row")
    return strings.with_columns(
        pl.col(column).str.to_date() if kind == pl.Date else pl.col(column).cast(kind)
        for column, kind in COLUMNS[name].items()
    )


def report_of(**changes) -> QualityReport:
    """A small report with every state of a check."""
    given = {
        "as_of": AS_OF,
        "title_zh": "示例县数据质量",
        "title_en": "Example county, data quality",
        "batches": frame("batches", BATCHES),
        "checks": frame("checks", CHECKS),
        "counts": frame("counts", COUNTS),
        "failures": frame("failures", FAILURES),
        "quarantine": frame("quarantine", QUARANTINE),
    }
    return QualityReport(**(given | changes))


def empty_report() -> QualityReport:
    """A report before anything arrived."""
    return report_of(**dict.fromkeys(COLUMNS, pl.DataFrame()))


def sibling(name: str):
    """Another test module of this folder, whose helpers are used here."""
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"sibling_{name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


Page = sibling("test_html").Page


@pytest.fixture(scope="module")
def text() -> str:
    """The page of the small report with its figure."""
    return quality_html(report_of(), quality_figures(report_of(), font=QUIET))


@pytest.fixture(scope="module")
def page(text):
    """Its elements, headings and tables."""
    return Page(text)


@pytest.fixture(scope="module")
def book(tmp_path_factory) -> CalamineWorkbook:
    """The workbook of the small report."""
    folder = tmp_path_factory.mktemp("quality")
    write_quality_report(report_of(), folder, font=QUIET)
    return CalamineWorkbook.from_path(str(folder / "quality.xlsx"))


def cells(book: CalamineWorkbook, sheet: str) -> list[list[object]]:
    """All cells of a sheet."""
    return book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)


def test_every_section_is_there_once_in_both_languages(page):
    """Each section has its heading, Chinese first and English beside."""
    assert list(page.headings) == list(SECTIONS)
    for name, heading in page.headings.items():
        assert heading.index(SECTIONS[name].zh) < heading.index(SECTIONS[name].en)


def test_what_arrived_adds_up_by_source(page):
    """Rows of both medical files are added up, and the last line is the sum of all sources."""
    rows = page.rows("arrived")
    assert rows["医疗结算 medical_bills"] == [
        "2", "2023-06-02", "150", "139", "11", "7.3%", "128", "7", "1", "3",
    ]  # fmt: skip
    assert rows["合计 total"][2:5] == ["160", "149", "11"]
    assert [row[0].strip() for row in page.tables["files"][1:]] == [
        "b.xlsx medical",
        "c.csv housing",
        "a.xlsx medical",
    ]


def test_each_check_shows_its_state_and_counts(page):
    """The line of a check has its words, eligible, evaluated, unknown, failed and the share."""
    lines = {row[0].split()[0]: [c.strip() for c in row] for row in page.tables["checks"][1:]}
    assert lines["14.01"][2:] == ["有问题 failed", "40", "38", "2", "3", "7.9%"]
    assert lines["14.07"][2:] == ["未纳入 left out", "–", "–", "–", "–", "–"]
    assert lines["14.04"][-1] == "–"
    assert lines["14.03"][0] == "14.03 单项·隔离 field, error: quarantined"


def test_passed_never_means_not_run(text):
    """Only the check that evaluated something is green; the one on nothing says so."""
    assert len(re.findall(r'class="state-passed"', text)) == 1
    assert len(re.findall(r'class="state-nothing_evaluated"', text)) == 1
    assert STATES["nothing_evaluated"].zh in text


@given(st.lists(st.tuples(st.sampled_from(sorted(STATES)), st.integers(0, 3)), max_size=9))
def test_a_state_is_shown_as_passed_exactly_if_something_was_evaluated(drawn):
    """Whatever the states and counts, green stands for passed with a count above zero."""
    checks = pl.DataFrame(drawn, schema={"state": pl.String, "n_evaluated": pl.Int64}, orient="row")
    found = shown_states(checks)["shown_state"].to_list()
    assert [state == "passed" for state in found] == [s == "passed" and n > 0 for s, n in drawn]


def test_summaries_have_the_hand_added_counts(page):
    """By source, place and month the counts of all checks are added up; null is "not known"."""
    assert page.rows("by-source") == {
        "housing": ["60", "60", "0", "0.0%", "0", "0.0%", "–"],
        "medical": ["77", "63", "14", "18.2%", "28", "44.4%", "14.03 25"],
    }
    places = page.rows("by-place")
    assert list(places) == ["江北", "江南", "未知 not known"]
    assert places["江南"] == ["32", "19", "13", "40.6%", "1", "5.3%", "14.01 1"]
    assert list(page.rows("by-month")) == ["2023-05", "2023-04", "未知 not known"]


def test_the_trend_has_the_shares_of_every_batch(page):
    """Shares of a batch with two files are of both together, the newest batch first."""
    rows = page.rows("trend")
    assert list(rows) == ["000002", "000001"]
    assert rows["000002"] == ["2023-06-02", "60", "1", "1.7%", "79", "1", "1.3%"]
    assert rows["000001"][3:] == ["10.0%", "44", "27", "61.4%"]
    assert "最新一批隔离1.7%（以前合计10.0%），不通过1.3%（以前合计61.4%）。" in "".join(page.words)


def test_what_is_unknown_not_run_and_left_out_is_listed_with_its_reason(page):
    """Each of the three tables holds its own checks and why."""
    assert list(page.rows("unknown")) == [
        "未参保 not_insured",
        "每户只有一名户主 one_head_per_household",
    ]
    rows = {first: cells[-1] for first, cells in page.rows("not-run").items()}
    assert rows == {
        "未参保 not_insured": "参保情况全部未知 cover_unknown",
        "收入低于线 income_below_line": "缺收入线 no_income_line",
        "学历年龄段 age_bands": "没有在校生 nobody_at_school",
        "空口说过 passed_on_nothing": "–",
    }
    assert list(page.rows("left-out")) == ["电话相同 same_phone"]


def test_the_quarantine_is_counted_by_kind_of_fault(page):
    """Rows of one fault are added over batches, most first."""
    faults = [[c.strip() for c in row] for row in page.tables["faults"][1:]]
    assert faults[0][1:] == ["date_form", "medical", "8", "2"]
    assert faults[1][0] == "代码不在表中 code_not_in_list"


def test_checks_that_always_fail_are_called_out(page):
    """A finding at the head names the check that no record meets."""
    assert "全部不通过的检查：14.03" in "".join(page.words)


def test_no_household_is_on_the_page(text):
    """Household and record numbers of the failures stand nowhere in the page."""
    for found in ("0000712", "0000711", "r-1", "r-3"):
        assert found not in text


def test_nothing_is_asked_from_anywhere(text, page):
    """No script, no link, no image, no address to load from; the page itself forbids them."""
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "video", "form"}
    for _, attributes in page.elements:
        for name in ("src", "href", "xlink:href", "action", "data", "srcset"):
            assert (attributes.get(name) or "#").startswith("#")
    addresses = re.findall(r"url\(([^)]*)\)|@import|@font-face", text)
    assert all(address.startswith("#") for address in addresses)
    assert "Content-Security-Policy" in text


def test_every_text_is_escaped():
    """Markup in titles, reasons, files, sources and places is shown and not run."""
    changes = {"batches": ("file", "source", "source_title_zh", "batch"),
               "checks": ("check", "title_zh", "title_en", "reason_zh", "reason_en"),
               "counts": ("place", "source", "check"),
               "quarantine": ("check", "reason_zh", "source")}  # fmt: skip
    report = report_of(title_zh=HOSTILE, title_en=HOSTILE)
    for name, columns in changes.items():
        table = getattr(report, name).with_columns(pl.lit(HOSTILE).alias(c) for c in columns)
        report = replace(report, **{name: table})
    found = Page(quality_html(report, quality_figures(report, font=QUIET)))
    assert not {tag for tag, _ in found.elements} & {"script", "img"}
    assert "".join(found.words).count("alert(1)") > 12


def test_without_batch_or_check_the_page_says_so():
    """Nothing at all gives every section, and words instead of tables."""
    text = quality_html(empty_report(), quality_figures(empty_report(), font=QUIET))
    found = Page(text)
    words = "".join(found.words)
    assert list(found.headings) == list(SECTIONS)
    assert found.tables == {}
    for said in (NO_BATCH, NO_CHECK):
        assert said.zh + "。" in words
        assert said.en + "." in words
    assert "<svg" not in text
    assert 'class="state-passed"' not in text


def test_checks_before_any_batch_are_shown():
    """A store without batches still shows which checks are left out, and no share of nothing."""
    checks = frame("checks", CHECKS).filter(pl.col("state") == "left_out")
    found = Page(quality_html(replace(empty_report(), checks=checks), {}))
    assert list(found.rows("left-out")) == ["电话相同 same_phone"]
    assert "占读入–" in "".join(found.words)


def test_long_tables_go_on_in_the_workbook(monkeypatch):
    """Beyond the rows shown the page says how many more there are."""
    monkeypatch.setattr(quality_tables, "ROWS_SHOWN", 1)
    found = Page(quality_html(report_of(), {}))
    assert len(found.tables["by-place"]) == 2
    assert "另有2行，见工作簿。" in "".join(found.words)


def test_rows_that_do_not_add_up_stop_the_report(tmp_path):
    """One row missing between reading and the store: the batch and file are named, no file made."""
    wrong = frame("batches", BATCHES.replace("b.xlsx 50 49 1", "b.xlsx 50 48 1"))
    with pytest.raises(AccountingError, match=r"Batch 000002, file b.xlsx: 50 rows read, but 48"):
        write_quality_report(report_of(batches=wrong), tmp_path / "out", font=QUIET)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("column", ["rows_read", "rows_accepted", "rows_quarantined"])
def test_unknown_numbers_of_rows_do_not_add_up(column):
    """A null is no zero."""
    wrong = frame("batches", BATCHES).with_columns(pl.lit(None).alias(column))
    with pytest.raises(AccountingError, match=r"Batch 000001, file a\.xlsx"):
        checked_report(report_of(batches=wrong))


@pytest.mark.parametrize(
    ("table", "before", "after", "words"),
    [
        ("checks", "40 38 2 3", "40 37 2 3", "Check 14.01 in 'checks' has counts"),
        ("checks", "40 38 2 3", "40 38 2 39", "Check 14.01 in 'checks' has counts"),
        ("counts", "60 60 60 0 0", "60 60 60 0 61", "Check 14.02 in 'counts' has counts"),
        ("counts", "60 60 60 0 0", "60 60 61 -1 0", "Check 14.02 in 'counts' has counts"),
        ("counts", "60 60 60 0 0", "59 60 60 0 0", "counts 60 eligible of 59 rows"),
        ("counts", "60 60 60 0 0", "60 60 60 - 0", "Check 14.02 in 'counts' has counts"),
    ],
)
def test_counts_that_contradict_each_other_stop_the_report(table, before, after, words):
    """Eligible is evaluated + unknown, failed at most evaluated, eligible at most the rows."""
    given = {"checks": CHECKS, "counts": COUNTS}[table].replace(before, after, 1)
    with pytest.raises(AccountingError, match=words):
        checked_report(report_of(**{table: frame(table, given)}))


def test_unknown_states_and_missing_columns_are_named():
    """A state without words, a table without a column or of another type is refused by name."""
    with pytest.raises(SchemaError, match=r"Check 14.02 has the unknown state 'fine'"):
        checked_report(report_of(checks=frame("checks", CHECKS.replace("passed", "fine", 1))))
    without = frame("counts", COUNTS).drop("place")
    with pytest.raises(SchemaError, match=r"'counts' lacks the columns \['place'\]"):
        checked_report(report_of(counts=without))
    typed = frame("failures", FAILURES).with_columns(occurred_on=pl.lit("soon"))
    with pytest.raises(SchemaError, match="'failures' has columns of other types"):
        checked_report(report_of(failures=typed))


def test_the_workbook_has_a_sheet_for_every_table(book):
    """A guide first, then the tables, each with its header in the first row."""
    assert book.sheet_names == [
        "说明 Guide", "收到 Arrived", "隔离 Quarantined", "检查 Checks", "按来源 By source",
        "按地点 By place", "按月份 By month", "走势 Trend", "计数 Counts", HOUSEHOLDS_SHEET,
    ]  # fmt: skip
    for name in book.sheet_names[1:]:
        assert all("\n" in str(cell) for cell in cells(book, name)[0])
    assert cells(book, "检查 Checks")[1][5] == "有问题 failed"
    assert cells(book, "按来源 By source")[2][5:7] == pytest.approx([14 / 77, 28 / 63])


def test_failures_are_listed_by_household_as_text(book):
    """Ordered by place and household, with leading zeros; without a household last."""
    rows = cells(book, HOUSEHOLDS_SHEET)
    assert [row[:4] for row in rows[1:]] == [
        ["江北", "0000711", "14.01", "每户只有一名户主"],
        ["江北", "0000712", "14.01", "每户只有一名户主"],
        ["", "", "14.03", "务工月数"],
    ]
    assert rows[1][8] == date(2023, 4, 6)


def test_nothing_but_the_named_columns_reaches_the_files(tmp_path):
    """A person's number that comes along in the failures is written nowhere."""
    failures = frame("failures", FAILURES).with_columns(person_id=pl.lit("SECRETPERSON"))
    write_quality_report(report_of(failures=failures), tmp_path, font=QUIET)
    with zipfile.ZipFile(tmp_path / "quality.xlsx") as package:
        content = b"".join(package.read(name) for name in package.namelist())
    assert b"SECRETPERSON" not in content
    assert b"SECRETPERSON" not in (tmp_path / "quality.html").read_bytes()


def test_long_lists_go_on_in_a_further_sheet(monkeypatch, tmp_path):
    """What does not fit one sheet stands in the next, and none is lost."""
    monkeypatch.setattr(quality_workbook, "SHEET_LIMIT_ROWS", 3)
    write_quality_report(report_of(), tmp_path, font=QUIET)
    book = CalamineWorkbook.from_path(str(tmp_path / "quality.xlsx"))
    rows = cells(book, HOUSEHOLDS_SHEET)[1:] + cells(book, f"{HOUSEHOLDS_SHEET} (2)")[1:]
    assert [row[7] for row in rows] == ["r-2", "r-1", "r-3"]


def test_empty_sheets_say_that_there_is_none(tmp_path):
    """Without any data every sheet has its header and says so."""
    write_quality_report(empty_report(), tmp_path, font=QUIET)
    book = CalamineWorkbook.from_path(str(tmp_path / "quality.xlsx"))
    for name in book.sheet_names[1:]:
        assert cells(book, name)[1][0] == NONE


def test_the_same_report_gives_the_same_bytes(tmp_path):
    """Written twice both files are equal byte for byte, whatever the order of the counts."""
    for name, report in (
        ("a", report_of()),
        ("b", report_of(counts=frame("counts", COUNTS).reverse())),
    ):
        write_quality_report(report, tmp_path / name, font=QUIET)
    for name in ("quality.html", "quality.xlsx"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_other_files_of_the_folder_are_left_alone(tmp_path):
    """A report is written beside what stands there; below a file it is refused."""
    (tmp_path / "notes.txt").write_text("kept")
    write_quality_report(report_of(), tmp_path, font=QUIET)
    assert (tmp_path / "notes.txt").read_text() == "kept"
    with pytest.raises(OutputError, match="is a file, not a folder"):
        write_quality_report(report_of(), tmp_path / "notes.txt", font=QUIET)


def test_without_the_writer_the_mend_is_said(monkeypatch, tmp_path):
    """Where xlsxwriter is missing one line says what to install, and no page is left alone."""
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(InstallationError, match="pip install"):
        write_quality_report(report_of(), tmp_path / "out", font=QUIET)
    assert not (tmp_path / "out").exists()


def test_a_figure_without_a_chinese_font_is_english():
    """Where no Chinese font is installed the words of the figure are English, and none a box."""
    latin = figure_font(installed={}, notice=lambda _: None)
    svg = quality_figures(report_of(), font=latin)["trend"]
    assert "quarantined, of rows read" in svg
    assert not re.search(r"[\u4e00-\u9fff]", svg)


def test_one_batch_and_many_batches_can_be_drawn():
    """A single batch has no "before"; of sixty batches some days are named."""
    one = report_of(batches=frame("batches", BATCHES).head(1))
    assert "只有一批：隔离10.0%" in quality_html(one, quality_figures(one, font=QUIET))
    line = "{:06} 2023-05-03 s 源 src f.csv 100 90 10 90 0 0 0"
    many = report_of(batches=frame("batches", "\n".join(line.format(i) for i in range(60))))
    assert quality_figures(many, font=QUIET)["trend"].count("2023-05-03") <= 12


counted = st.lists(
    st.tuples(st.sampled_from(["a", "b", None]), st.sampled_from("123"), st.integers(0, 9),
              st.integers(0, 9), st.integers(0, 9)),
    max_size=12,
)  # fmt: skip


@given(counted)
def test_summaries_agree_with_a_plain_loop(drawn):
    """Added up one by one in plain Python every place has the same sums and worst check."""
    rows = [
        {"check": check, "place": place, "n_eligible": evaluated + unknown,
         "n_evaluated": evaluated, "n_unknown": unknown, "n_failed": min(failed, evaluated)}
        for place, check, evaluated, unknown, failed in drawn
    ]  # fmt: skip
    schema = {"check": pl.String, "place": pl.String} | dict.fromkeys(
        ("n_eligible", "n_evaluated", "n_unknown", "n_failed"), pl.Int64
    )
    found = summed_by(pl.DataFrame(rows, schema=schema), "place").rows(named=True)
    assert {row["place"] for row in found} == {row["place"] for row in rows}
    for row in found:
        own = [r for r in rows if r["place"] == row["place"]]
        failures = {c: sum(r["n_failed"] for r in own if r["check"] == c) for c in "123"}
        most = max(failures.values())
        assert row["n_failed"] == sum(failures.values())
        assert row["n_eligible"] == sum(r["n_eligible"] for r in own)
        assert row["worst_check"] == (
            min(c for c in failures if failures[c] == most) if most else None
        )


def test_a_batch_of_nothing_has_no_share():
    """No row read and nothing evaluated: shares are null, not zero."""
    batches = frame("batches", "000009 2023-06-05 s 源 src e.csv 0 0 0 0 0 0 0")
    row = batch_trend(checked_report(report_of(batches=batches))).row(0, named=True)
    assert (row["share_quarantined"], row["share_failed"]) == (None, None)
