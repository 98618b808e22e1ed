"""Every fault has a fate: what offices spoil is mended, marked, set aside or refused."""

from __future__ import annotations

import json
import re
import runpy
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from fanpin_risk.records.values import MENDING_RULES
from fanpin_risk.simulate.faults import FAULTS, FAULTS_EARLY, FAULTS_LATE
from fanpin_risk.simulate.sheets import sheet_bytes

HERE = Path(__file__).parent
RUN = SimpleNamespace(**runpy.run_path(str(HERE / "fates_run.py")))
TABLE = SimpleNamespace(**runpy.run_path(str(HERE / "fates_table.py")))

EMPTY_CELLS = {
    "merged_cells": "written out, a merged cell is an empty one: no reader can tell them apart",
    "merged_rows": "a merged cell of a column that is not filled down counts for its first row",
    "formulas_without_value": "the file has the formula and no value",
}
"""Faults that keep the meaning for a careful reader, and leave the intake an empty cell.

What it takes in says less than the clean row then, and nothing else: not known, never no or zero.
"""

each_fault = pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Spoil and take in on demand; each fault once."""
    return RUN.Runs(tmp_path_factory.mktemp("fates"))


def taken_in(runs, fault):
    """Outcomes of the files that were not refused as a whole."""
    return [outcome for outcome in runs.of(fault) if not outcome.taken.refusal]


@each_fault
def test_a_fault_fits_a_file_and_nothing_is_lost(runs, fault):
    """Every row of the clean file is in one place, or the whole file comes back."""
    outcomes = runs.of(fault)
    assert outcomes, "no sheet fits this fault: add one to SHEETS"
    for outcome in taken_in(runs, fault):
        kept = [key for key in outcome.clean.sheet.keys if key not in outcome.faulty.removed]
        assert {outcome.fates[key].where for key in kept} <= {"equal", "other", "quarantined"}
        lines = [outcome.fates[key].line for key in kept]
        accepted = [n for key, n in zip(kept, lines, strict=True) if n in outcome.taken.accepted]
        assert len(set(accepted)) == len(accepted)


@each_fault
def test_the_counts_add_up_and_no_line_comes_from_nowhere(runs, fault):
    """Rows read are accepted or set aside, and each accepted line was made from a row."""
    for outcome in taken_in(runs, fault):
        entry, taken = outcome.taken.entry, outcome.taken
        assert entry["rows_read"] == entry["rows_accepted"] + entry["rows_quarantined"]
        assert entry["rows_accepted"] == len(taken.accepted)
        assert entry["rows_quarantined"] == len(taken.quarantined)
        assert not set(taken.accepted) & set(taken.quarantined)
        assert set(taken.accepted) <= {fate.line for fate in outcome.fates.values()}


@each_fault
def test_rows_that_a_fault_left_alone_arrive_equal(runs, fault):
    """But for rows of which the file has a second version: which is right, nobody can tell."""
    for outcome in taken_in(runs, fault):
        doubled = {key.removeprefix("copy:").partition("#")[0] for key in outcome.faulty.added}
        changed = {*outcome.faulty.touched, *outcome.faulty.added}
        for key in outcome.fates.keys() - changed:
            fate = outcome.fates[key]
            if fate.where == "quarantined" and key in doubled:
                assert outcome.taken.quarantined[fate.line]["checks"] == "conflict"
            else:
                assert fate.where == "equal", key


@each_fault
def test_what_keeps_its_meaning_is_never_taken_in_as_something_else(runs, fault):
    """A careful reader could tell the value, so another value would be a silent error."""
    if not fault.keeps_meaning:
        return
    for outcome in taken_in(runs, fault):
        for key in outcome.clean.sheet.keys:
            fate = outcome.fates.get(key)
            if fate is None or fate.where != "other":
                continue
            shown = TABLE.changed_cells(outcome, key)
            assert fault.name in EMPTY_CELLS, shown
            accepted = outcome.taken.accepted[fate.line]
            assert TABLE.only_lost(outcome.clean.content[key], accepted), shown


@each_fault
def test_lines_that_hold_no_record_and_copies_are_not_taken_in(runs, fault):
    """Blank lines, headers, totals, notes and second copies are no records."""
    kinds = ("copy:", "blank:", "header:", "note:", "total:")
    for outcome in taken_in(runs, fault):
        for key in outcome.faulty.added:
            fate = outcome.fates.get(key)
            if fate is not None and key.startswith(kinds):
                assert fate.where in ("nowhere", "quarantined"), key
            if fate is not None and key.startswith("copy:"):
                assert fate.where == "quarantined", key


@each_fault
def test_what_is_set_aside_is_kept_as_it_came_with_its_reason(runs, fault):
    """File, line, reasons in both languages, and every text of the row."""
    for outcome in taken_in(runs, fault):
        for line, row in outcome.taken.quarantined.items():
            assert row["line"] == line
            assert row["file"] == f"{outcome.clean.sheet.source}.{outcome.clean.sheet.kind}"
            assert row["checks"]
            assert row["reason_zh"]
            assert row["reason_en"]
        if outcome.faulty.sheet is None:
            continue
        cells = dict(zip(outcome.faulty.sheet.keys, outcome.faulty.sheet.rows, strict=True))
        for key, fate in outcome.fates.items():
            if fate.where == "quarantined":
                row = outcome.taken.quarantined[fate.line]
                check_original(row["original"], cells[key], len(outcome.faulty.sheet.header))


def check_original(original, cells, width):
    """Texts of a row stand in its quarantined original, in the columns of the header."""
    content = json.loads(original)
    kept = [content["_raw"]] if "_raw" in content else [v for v in content.values() if v]
    for cell in cells[:width]:
        if isinstance(cell, str) and cell.strip():
            shown = cell.replace("\r\n", "\n")
            assert any(shown in text or shown.replace('"', '""') in text for text in kept), cell


@each_fault
def test_a_refusal_is_one_line_that_names_the_file(runs, fault):
    """It says which file, and shows no number of a person and no phone."""
    for outcome in runs.of(fault):
        refusal = outcome.taken.refusal
        if refusal:
            assert "\n" not in refusal
            assert f"{outcome.clean.sheet.source}.{outcome.clean.sheet.kind}: " in refusal
            assert "2301" + "99" not in refusal
            assert len(refusal.partition(": ")[2]) < 400


def test_a_third_of_the_kinds_and_more_came_after_the_intake():
    """At least 40 kinds, a third of them designed only once the intake was there."""
    assert len(FAULTS) == len(FAULTS_EARLY) + len(FAULTS_LATE) >= 40
    assert 3 * len(FAULTS_LATE) >= len(FAULTS)


def test_the_table_names_every_fate_in_words_that_are_explained(runs):
    """No fate, check or rule stands in the table without its words in both languages."""
    for fault in FAULTS:
        for outcome in runs.of(fault):
            for fate, by in TABLE.fates_of(outcome):
                assert fate in TABLE.FATES
                known = {"", "columns_not_used", *TABLE.CHECKS, *MENDING_RULES, *TABLE.STATED}
                assert by in known or by.replace(".", "").isdigit(), by


def test_most_kinds_are_mended_marked_or_set_aside(runs):
    """What is accepted as written, unseen, is a small part: no row alone shows those faults."""
    fates = Counter(
        fate
        for fault in FAULTS
        for fate in {fate for o in runs.of(fault) for fate, _ in TABLE.fates_of(o)}
    )
    assert fates["as written"] < len(FAULTS) / 6
    assert fates["mended"] > 50
    assert fates["quarantined"] > 100


def test_the_document_is_that_table(runs):
    """docs/faults.md is what `python tests/records/fates_table.py` writes."""
    outcomes = {fault.name: runs.of(fault) for fault in FAULTS}
    assert TABLE.DOCUMENT.read_text(encoding="utf-8") == TABLE.document(outcomes)


# Found by the faults above, and mended: each by hand, in its smallest form.


def clean_of(runs, source):
    """Clean file of one source."""
    return next(clean for clean in runs.cleans if clean.sheet.source == source)


def taken_with(runs, source, changes, folder):
    """Take in a clean file whose first row has other values."""
    clean = clean_of(runs, source)
    sheet = clean.sheet
    for column, value in changes.items():
        sheet = sheet.with_cell(0, column, value)
    return clean, RUN.take(clean, sheet_bytes(sheet), folder)


def test_an_amount_that_decides_on_a_record_is_a_fault_where_it_is_unreadable(runs, tmp_path):
    """The record of an income is there only if it has an amount; 约5千 is no missing amount."""
    clean, taken = taken_with(
        runs, "national_household", {"工资性收入": "约5千"}, tmp_path / "file"
    )
    (row,) = taken.quarantined.values()
    assert (row["checks"], row["columns"]) == ("number", ["工资性收入"])
    assert len(taken.accepted) == len(clean.sheet.rows) - 1


@pytest.mark.parametrize("value", [None, "-"])
def test_a_payment_to_nobody_is_set_aside(runs, tmp_path, value):
    """An office that knows no household number must say which person it paid."""
    _, taken = taken_with(runs, "civil_affairs", {"证件号码": value}, tmp_path / "file")
    (row,) = taken.quarantined.values()
    assert row["columns"] == ["证件号码"]


@pytest.mark.parametrize("day", ["2022-04-09T16:00:00.000Z", "2022-04-10T00:00:00+08:00"])
def test_a_day_in_another_time_zone_is_that_of_china(runs, tmp_path, day):
    """A program that thinks in UTC writes midnight in China as the day before."""
    clean, taken = taken_with(runs, "civil_affairs", {"发放日期": day}, tmp_path / "file")
    first = min(taken.accepted)
    days = {dict(values)["occurred_on"] for _, values in taken.accepted[first]}
    assert days == {date(2022, 4, 10)}
    assert len(taken.accepted) == len(clean.sheet.rows)


def test_a_bill_in_small_letters_is_the_same_bill(runs, tmp_path):
    """A second copy of a bill under js… for JS… would be paid twice."""
    clean = clean_of(runs, "medical_insurance")
    at = clean.sheet.header.index("结算单号")
    row = clean.sheet.rows[0]
    copy = (*row[:at], str(row[at]).lower(), *row[at + 1 :])
    rows, keys = (*clean.sheet.rows, copy), (*clean.sheet.keys, "copy")
    sheet = replace(clean.sheet, rows=rows, keys=keys)
    taken = RUN.take(clean, sheet_bytes(sheet), tmp_path / "file")
    assert [row["checks"] for row in taken.quarantined.values()] == ["copy"]
    assert taken.entry["rows_new"] == len(clean.sheet.rows)


def test_notes_below_a_text_file_are_no_rows(runs, tmp_path):
    """填表人 alone on a line has one field, not as many as the header; an unknown note is shown."""
    clean = clean_of(runs, "medical_insurance")
    sheet = replace(clean.sheet, footer=("填表人：", "审核人：", "谢谢"))
    taken = RUN.take(clean, sheet_bytes(sheet), tmp_path / "file")
    assert taken.entry["rows_blank"] == 2
    assert [row["checks"] for row in taken.quarantined.values()] == ["fields"]


def test_a_workbook_with_rows_on_two_sheets_is_not_read_by_half(runs, tmp_path):
    """Which of two filled sheets is meant, nobody can tell: the file comes back."""
    clean = clean_of(runs, "education")
    fault = next(fault for fault in FAULTS if fault.name == "rows_on_two_sheets")
    (outcome,) = RUN.Runs.tried(SimpleNamespace(folder=tmp_path), fault, clean, 1)
    words = r"the sheets 兴旺镇, 永丰镇 all hold such rows, .* Put the rows on one sheet"
    assert re.search(words, outcome.taken.refusal)
