"""The dictionary of the record tables is generated, and the one in data/README.md is that text."""

from __future__ import annotations

from pathlib import Path

import pytest

from fanpin_risk.records.dictionary import dictionary_markdown
from fanpin_risk.records.schema import COMMON_TITLES, TABLES, frame_schema

README = Path(__file__).parents[2] / "data/README.md"


def test_the_readme_holds_exactly_the_generated_dictionary():
    """After a change of a contract: replace the part of data/README.md between the two marks."""
    text = README.read_text(encoding="utf-8")
    _, _, behind = text.partition("<!-- dictionary: generated from the contracts -->\n")
    found, mark, _ = behind.partition("<!-- end of dictionary -->\n")
    assert mark
    assert found == dictionary_markdown()


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_every_column_of_a_table_has_its_line(table):
    """Each column once, in the order of the contract; the common ones have their own table."""
    start = dictionary_markdown().partition(f"`{table.name}`\n")[2].partition("\n### ")[0]
    lines = [line for line in start.splitlines() if line.startswith("| `")]
    assert [line.split("`")[1] for line in lines] == list(table.names)
    assert all(line.count("|") == 7 for line in lines)
    assert set(frame_schema(table)) == {*table.names, *COMMON_TITLES} - (
        {"household_id"} if table.key == "place" else set()
    )


def test_lines_by_hand():
    """Kind, unit and range of some columns."""
    lines = dictionary_markdown().splitlines()
    assert "| `members` | 家庭人口 | members | whole number, required | persons | 1 … 60 |" in lines
    assert "| `has_toilet` | 有厕所 | has a bathroom or latrine | yes or no |  |  |" in lines
    assert "| `recorded_on` | 登记日期 | the day it became known |" in lines
