"""The dictionary of columns is generated, and the one in docs/indicators.md is that text."""

from __future__ import annotations

from pathlib import Path

import pytest

from fanpin_risk.indicators.catalogue import COUNTY, SURVEY, columns_of
from fanpin_risk.indicators.county.places import PRIOR_HOUSEHOLDS
from fanpin_risk.indicators.dictionary import indicators_markdown

DOCS = Path(__file__).parents[2] / "docs/indicators.md"


def test_the_document_holds_exactly_the_generated_dictionary():
    """After a change of the catalogue: replace the part of docs/indicators.md between the marks."""
    text = DOCS.read_text(encoding="utf-8")
    _, _, behind = text.partition("<!-- indicators: generated from the catalogue -->\n")
    found, mark, _ = behind.partition("<!-- end of indicators -->\n")
    assert mark
    assert found == indicators_markdown()


@pytest.mark.parametrize("catalogue", [SURVEY, COUNTY], ids=["survey", "county"])
def test_every_column_has_its_line(catalogue):
    """Each column once, in the order of the feature table, with as many cells as the head."""
    text = indicators_markdown()
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    names = [line.split("`")[1] for line in lines]
    mine = [column.name for column in columns_of(catalogue)]
    assert [name for name in names if name in mine] == mine
    assert {line.count("|") for line in lines} == {12}
    assert f"{len(catalogue)} definitions, {len(mine)} columns." in text


def test_lines_by_hand():
    """Unit, cause, owner, side, source, day, absence and marks of some columns."""
    lines = indicators_markdown().splitlines()
    medical = "因病 illness | 医保部门 medical insurance office"
    assert (
        "| `own_cost_to_line_sum_12m` | 近12个月人均自付医疗费 | own medical cost per head, last "
        f"12 months | 倍 times the line | {medical} | ↑ | `medical_bill` | `occurred_day` | 0 | A |"
    ) in lines
    work = "因务工就业不稳 unstable work | 人社部门 human resources office"
    assert (
        "| `months_worked_count_12m` | 近12个月务工人月数 | months of work, all members, last 12 "
        f"months | 个月 months | {work} | ↓ | `work_month` | `month_day` |  | A |"
    ) in lines
    other = "其他 other | 乡村振兴部门 rural revitalisation office"
    assert (
        "| `is_head_female_latest` | 户主为女性 | the head is a woman | yes no | "
        f"{other} |  | `members_view` | `occurred_day` |  | S |"
    ) in lines


def test_figures_in_the_document_are_those_of_the_code():
    """The number of households at the county's share."""
    assert f"`m` = {PRIOR_HOUSEHOLDS} households" in DOCS.read_text(encoding="utf-8")
