"""The trace of the policy notes: every row became a standard or a rule, or is left out with why."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import yaml

from fanpin_risk.standards.catalogue import STANDARD_RULES
from fanpin_risk.standards.parameters import Standards

ROOT = Path(__file__).parents[2]
TESTS = Path(__file__).parent
ROWS = yaml.safe_load((ROOT / "docs/standards_trace.yaml").read_text("utf-8"))["rows"]
KEYS = {
    "parameter": ({"standard", "case"}, {"rule", "code", "reason"}),
    "rule": ({"code", "case"}, {"rule", "standard", "reason"}),
    "left_out": ({"reason"}, set()),
}
"""What a row of a kind must have beside section, row, what and kind, and what it may have."""
N_ROWS = {
    "1": 12,
    "2": 19,
    "3": 14,
    "4.1": 10,
    "4.2": 6,
    "5": 10,
    "6": 7,
    "7": 10,
    "8": 10,
    "10": 10,
    "11": 8,
    "12": 6,
    "14": 5,
    "16": 52,
    "19": 5,
    "founding": 3,
}
"""Rows of each section of the notes, and of the founding text; a row more or less is on purpose."""
IN_NOTES = {"1": 10, "2": 14, "3": 12, "4.1": 9, "4.2": 5, "6": 4, "7": 10, "8": 9, "10": 10}
"""Rows of the tables of the notes; each of them has a row here, by its number."""
TABLE_ROWS = IN_NOTES | {"5": 7, "11": 6, "12": 6, "16": 51}


def named(row):
    """How a row is called in a message."""
    return f"{row['section']}, row {row['row']}: {row['what']}"


def all_of(key):
    """Every name that stands under a key, with its row."""
    return [(name, row) for row in ROWS for name in row.get(key, ())]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['section']}-{row['row']}")
def test_a_row_says_what_became_of_it(row):
    """A parameter has a standard, a rule has code, what is left out has a reason."""
    must, may = KEYS[row["kind"]]
    has = set(row) - {"section", "row", "what", "kind"}
    assert must <= has <= must | may, named(row)
    assert len(row.get("reason", "a reason")) >= 8, named(row)


def test_every_row_of_the_notes_is_here_once():
    """The numbers of each section's tables, without a gap; nothing twice."""
    assert Counter(row["section"] for row in ROWS) == N_ROWS
    places = Counter((row["section"], row["row"]) for row in ROWS)
    assert [place for place, n in places.items() if n > 1] == []
    for section, n in TABLE_ROWS.items():
        assert {(section, str(number)) for number in range(1, n + 1)} <= set(places), section


def test_every_standard_is_there_and_is_traced():
    """No row names a standard that does not exist, and no standard comes from nowhere."""
    shipped = set(Standards.load(ROOT / "configs/standards").parameters)
    traced = {name for name, _ in all_of("standard")}
    assert sorted(traced - shipped) == []
    assert sorted(shipped - traced) == []


def test_every_rule_is_there():
    """No row names a rule that does not exist."""
    known = {rule.name for rule in STANDARD_RULES}
    assert sorted({name for name, _ in all_of("rule")} - known) == []


def test_every_rule_is_traced():
    """No rule comes from nowhere."""
    traced = {name for name, _ in all_of("rule")}
    assert sorted({rule.name for rule in STANDARD_RULES} - traced) == []


def test_the_code_of_every_row_is_there():
    """Paths are those of the package."""
    missing = {
        code for code, _ in all_of("code") if not (ROOT / "src/fanpin_risk" / code).is_file()
    }
    assert sorted(missing) == []


def test_the_cases_of_every_row_are_there():
    """Paths are those of these tests."""
    missing = {case for case, _ in all_of("case") if not is_here(case)}
    assert sorted(missing) == []


def test_the_cases_of_a_row_are_about_it():
    """A standard's cases ask for it, and a rule's cases stand under its name."""
    texts = {case: (TESTS / case).read_text("utf-8") for case, _ in all_of("case") if is_here(case)}
    for row in ROWS:
        together = "".join(texts.get(case, "") for case in row.get("case", ()))
        for standard in row.get("standard", ()) if row["kind"] == "parameter" else ():
            assert f"standard: {standard}\n" in together, named(row)
        for rule in row.get("rule", ()):
            assert rule in together, f"{named(row)}: no case of {rule}"


def is_here(case):
    """Whether a file of cases exists."""
    return (TESTS / case).is_file()
