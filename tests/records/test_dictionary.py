"""The dictionary of the record tables is generated, and the one in data/README.md is that text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fanpin_risk.records.contracts import COMMON_TITLES, DTYPES, TABLES, frame_schema
from fanpin_risk.records.dictionary import KIND_WORDS, code_lists, dictionary_markdown

README = Path(__file__).parents[2] / "data/README.md"


def section(title):
    """Lines of the dictionary below a title."""
    _, found, behind = dictionary_markdown().partition(f"{title}\n")
    assert found
    return behind.partition("\n### ")[0].splitlines()


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
    lines = [line for line in section(f"`{table.name}`") if line.startswith("| `")]
    assert [line.split("`")[1] for line in lines] == list(table.names)
    assert all(line.count("|") == 8 for line in lines)
    assert set(frame_schema(table)) == {*table.names, *COMMON_TITLES} - (
        {"household_id"} if table.key == "place" else set()
    )


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_a_table_says_whose_it_is_what_for_and_how_long_it_is_kept(table):
    """Owner in both languages, purpose, the columns that tell records apart, months kept."""
    text = "\n".join(section(f"`{table.name}`"))
    assert f"Owner: {table.owner_zh} ({table.owner_en}). For: {table.purpose_en}." in text
    assert table.purpose_zh in text
    (told,) = re.findall(r"told apart by: (.*)\.", text)
    assert set(told.replace("`", "").split(", ")) == {table.key, *table.identifies}
    kept = "as the register" if table.keep_months is None else f"for {table.keep_months} months"
    assert f"Kept as long {kept}" in text or f"Kept {kept}" in text


@pytest.mark.parametrize("codes", code_lists(), ids=lambda codes: codes.name)
def test_every_code_list_has_its_section(codes):
    """Each code once, in the list's order, with its Chinese and English word, and its users."""
    lines = section(f"### Code list {codes.name}")
    rows = [
        tuple(cell.strip(" `") for cell in line.strip("| ").split(" | "))
        for line in lines
        if line.startswith("| `")
    ]
    assert rows == [(code, zh, en) for code, (zh, en) in codes.words.items()]
    users = {
        f"{table.name}.{column.name}"
        for table in TABLES.values()
        for column in table.columns
        if column.codes is not None and column.codes.name == codes.name
    }
    assert set(re.findall(r"`([a-z_]+\.[a-z_0-9]+)`", "\n".join(lines))) == users


def test_every_list_and_kind_is_told_and_every_link_leads_somewhere():
    """Names of lists are unique, no kind is left out, and each link is that of a heading."""
    names = [codes.name for codes in code_lists()]
    assert len(names) == len(set(names))
    assert set(KIND_WORDS) == set(DTYPES)
    text = dictionary_markdown()
    links = set(re.findall(r"\(#code-list-([a-z_]+)\)", text))
    assert links == set(names) == set(re.findall(r"^### Code list ([a-z_]+)$", text, re.MULTILINE))


def test_lines_by_hand():
    """Kind, unit, range and code list of some columns."""
    lines = dictionary_markdown().splitlines()
    kind = "整数 whole number, 必填 required"
    assert f"| `members` | 家庭人口 | members | {kind} | persons | 1 … 60 |  |" in lines
    assert (
        "| `has_toilet` | 有厕所 | has a bathroom or latrine | 是否 yes or no |  |  |  |" in lines
    )
    assert (
        "| `grade` | 危房等级 | grade of danger, A safe to D | 代码 code |  |  "
        "| [housing_grade](#code-list-housing_grade) |"
    ) in lines
    assert (
        "| `farmland_mu_x100` | 耕地面积 | farmland | 数量 quantity | 0.01 mu | 0 … 999,900 |  |"
    ) in lines
    assert "| `a` | A级 | safe |" in lines
    assert (
        "| `recorded_on` | 登记日期 | the day it became known here; nothing is used before it |"
    ) in lines
    assert "保存期限：发生后120个月。Kept for 120 months after it occurred." in lines
    held = "the keyed hash of an identity number, never the number"
    assert f"| 人员 person | 证件号码的密钥散列 | {held} |" in lines
