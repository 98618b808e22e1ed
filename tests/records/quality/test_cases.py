"""Every check has records that meet it, and the same with one field changed that fail it."""

from __future__ import annotations

import copy
from datetime import date
from pathlib import Path

import pytest
import yaml

from fanpin_risk.records.quality import CHECKS, run_checks

FOLDER = Path(__file__).parent / "cases"
CASES = [
    case
    for path in sorted(FOLDER.glob("*.yaml"))
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))
]
AS_OF = date(2023, 12, 31)
NAMES = [f"{case['check']} {case.get('note', '')}".strip() for case in CASES]


def with_field(rows, change, value):
    """The records with one field set; `row` counts from 0."""
    changed = copy.deepcopy(rows)
    changed[change["table"]][change.get("row", 0)][change["field"]] = value
    return changed


def counted(case, frames, with_numbers):
    """Counts of the case's check over some frames."""
    settings = with_numbers(case.get("settings", {}))
    wanted = [case["check"]]
    counts = run_checks(frames, as_of=AS_OF, settings=settings, checks=wanted).counts
    return {name: counts[name].sum() for name in counts.columns if name.startswith("n_")}


def n_differing_fields(frames, others):
    """Fields that differ between two sets of frames, the days of record that follow apart."""
    return sum(
        frame[name].ne_missing(others[table][name]).sum()
        for table, frame in frames.items()
        for name in frame.columns
        if name != "recorded_on"
    )


def test_every_check_has_a_case():
    """The cases are about all checks that are made, and about no other."""
    assert {case["check"] for case in CASES} == set(CHECKS)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_the_records_as_they_are_meet_the_check(case, make, with_numbers):
    """The check is evaluated on the base records, nothing is unknown, and nothing fails."""
    n = counted(case, make.frames_of(case["base"]), with_numbers)
    assert n["n_evaluated"] >= 1
    assert (n["n_failed"], n["n_unknown"]) == (0, 0)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_one_field_changed_fails_the_check(case, make, with_numbers):
    """The base records with exactly one field changed fail the check, once."""
    change = case["change"]
    frames = make.frames_of(case["base"])
    changed = make.frames_of(with_field(case["base"], change, change["to"]))
    assert n_differing_fields(frames, changed) == 1
    n_failed = counted(case, changed, with_numbers)["n_failed"]
    assert n_failed == 1


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_an_empty_field_is_what_the_case_says(case, make, with_numbers):
    """With a field empty the check does not know, is not about the record, or the case says why."""
    empty = case["null"]
    n = counted(case, make.frames_of(with_field(case["base"], empty, None)), with_numbers)
    found = {
        "unknown": n["n_unknown"] >= 1 and n["n_failed"] == 0,
        "not_eligible": n["n_eligible"] == 0,
        "passed": n["n_evaluated"] >= 1 and n["n_failed"] == 0,
        "failed": n["n_failed"] == 1,
    }
    assert found[empty["expect"]], n
