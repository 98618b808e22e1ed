"""The record of openings: one line each, appended, and no result without it."""

from __future__ import annotations

import json
from datetime import date

import pytest

from fanpin_risk.errors import OutputError
from fanpin_risk.workflows.final_fold import Opening, openings, record_opening

OPENING = Opening(opened_on=date(2026, 1, 2), commit="abc-dirty", configuration_digest="0" * 16)


def test_an_opening_is_one_line_with_all_that_matters(tmp_path):
    """Day, commit, configuration and result stand in one line of JSON; folders are made."""
    record = tmp_path / "docs/openings.jsonl"
    record_opening(record, OPENING, {"auc": 0.5, "名": "值"})
    assert record.read_text(encoding="utf-8").count("\n") == 1
    assert openings(record) == [
        {
            "opened_on": "2026-01-02",
            "commit": "abc-dirty",
            "configuration": "0" * 16,
            "result": {"auc": 0.5, "名": "值"},
        }
    ]


def test_earlier_openings_stay_as_they_are(tmp_path):
    """Another opening is appended; not a byte of the earlier ones changes."""
    record = tmp_path / "openings.jsonl"
    record_opening(record, OPENING, {"auc": 0.5})
    first = record.read_bytes()
    record_opening(record, OPENING, {"auc": 0.6})
    assert record.read_bytes().startswith(first)
    assert [line["result"]["auc"] for line in openings(record)] == [0.5, 0.6]


def test_without_a_record_there_are_no_openings(tmp_path):
    """No file, or no final fold at all, means that nothing was opened."""
    assert openings(tmp_path / "none.jsonl") == openings(None) == []


def test_an_opening_that_cannot_be_recorded_stays_closed(tmp_path):
    """If the record cannot be written, that is an error that names it."""
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match=r"could not be recorded in .*Without a record it stays"):
        record_opening(tmp_path / "file/openings.jsonl", OPENING, {})
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"


def test_a_figure_that_json_cannot_hold_is_refused_before_the_file_is_touched(tmp_path):
    """A result that is no plain value leaves the record as it was."""
    record = tmp_path / "openings.jsonl"
    record_opening(record, OPENING, {"auc": 0.5})
    before = record.read_bytes()
    with pytest.raises(TypeError):
        record_opening(record, OPENING, {"auc": {1, 2}})
    assert record.read_bytes() == before
    assert json.loads(before)
