"""Finding the header: by names in any dress, nearest names when one is missing, no person shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanpin_risk.errors import SchemaError
from fanpin_risk.records.headers import (
    MOST_COLUMNS,
    Layout,
    find_header,
    is_complete,
    normal,
    require_columns,
)

LAYOUT = Layout(
    needed=("户编号", "金额(元)", "日期"),
    aliases={"户编号": ("农户编号", "家庭编号"), "日期": ("登记日期",)},
)


def required(rows, layout=LAYOUT):
    """Header of some rows, every needed column there."""
    return require_columns(find_header(rows, layout), layout, "a.csv")


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("金额\n（元）", "金额"),
        (" 金 额 ( 元 ) ", "金额"),
        ("*金额(元)*", "金额"),
        ("金额（万元）", "金额(万元)"),
        ("证件号码（必填）", "证件号码"),
        ("12、户编号", "户编号"),
        ("2023年收入", "2023年收入"),
        ("＊ＩＤ", "ID"),
        ("\ufeff户\u200b编\u3000号", "户编号"),
        ("户\x00编\x1b号\ud800", "户编号"),
        ("", ""),
    ],
)
def test_headers_are_compared_without_their_dress(written, plain):
    """Spaces, line breaks, wide letters, stars and letters that nobody sees do not tell apart."""
    assert normal(written) == plain


@given(st.text(alphabet="户编号（）()＊*ＩA1 \n\u3000"))
def test_what_is_plain_stays_plain(text):
    """Bringing a header into its plain form twice is the same as once."""
    assert normal(normal(text)) == normal(text)


def test_other_names_are_known():
    """A column under another name bears ours; where both stand there, ours is meant."""
    header = required([["农户编号", "金额（元）", "登记日期", "备注"]])
    assert header.names == ("户编号", "金额(元)", "日期", "备注")
    assert header.as_written == ("农户编号", "金额（元）", "登记日期", "备注")
    both = required([["家庭编号", "户编号", "金额(元)", "日期"]])
    assert both.names == ("家庭编号", "户编号", "金额(元)", "日期")


def test_the_first_whole_header_is_taken_within_the_first_rows():
    """A part of it above does not count; beyond the first rows nothing is looked for."""
    whole = ["户编号", "金额(元)", "日期"]
    assert find_header([["日期", "2023"], [""], whole, whole], LAYOUT).row == 2
    few = Layout(needed=LAYOUT.needed, header_within=2)
    assert find_header([["日期"], [""], whole], few).row == 0
    assert not is_complete(find_header([["日期"], [""], whole], few), few)
    assert find_header([["甲"], []], LAYOUT) is None
    assert find_header([], LAYOUT) is None


def test_every_name_stands_once():
    """Doubled columns of no use get a number, whatever names are there; empty ones their place."""
    rows = [["户编号", "x", "x.2", "x", "x", "", "金额(元)", "日期", ""]]
    names = required(rows).names
    assert names == ("户编号", "x", "x.2", "x.3", "x.4", "(6)", "金额(元)", "日期", "(9)")


@given(st.lists(st.sampled_from(["a", "a.2", "a.3", "", "(2)", "户编号"]), max_size=8))
def test_no_two_columns_have_one_name(cells):
    """Whatever stands in the header."""
    layout = Layout(needed=("日期",))
    names = required([["日期", *cells]], layout).names
    assert len(set(names)) == len(cells) + 1


def test_a_needed_column_that_stands_twice_is_refused():
    """Nobody can tell which one is meant."""
    with pytest.raises(SchemaError, match=r"a\.csv: the columns \['日期'\] stand twice.*Keep one"):
        required([["户编号", "金额(元)", "日期", "日 期"]])


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (
            ["户编号", "金额(万元)", "日期"],
            r"'金额\(元\)' is missing\. Did you mean '金额\(万元\)'\?",
        ),
        (["户编号", "数额", "日期"], r"'金额\(元\)' is missing\. Known: 数额\. If it was renamed"),
        (["户编号", "", "日期"], r"'金额\(元\)' is missing\. If it was renamed, change"),
        (["户编号", "日期", "数额"], r"'金额\(元\)' is missing\. If it was renamed, change"),
        (["户编号", "x" * 60, "日期"], rf"Known: {'x' * 40}…\."),
        (
            ["户编号", "乱\ufffd", "坏\ue000", "日期"],
            r"'金额\(元\)' is missing\. If it was renamed",
        ),
        (["日期"], r"'户编号' is missing \(and 1 more: 金额\(元\)\)\. If it was"),
    ],
)
def test_a_missing_column_is_named_with_the_nearest(row, words):
    """The name in the file that is near it, else those that the source does not know."""
    with pytest.raises(SchemaError, match=rf"^a\.csv: the column .*{words}"):
        required([row])


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (
            ["户编号", "金额(元)", "日期230102199001011234", "张三丰"],
            "holds the numbers of a person",
        ),
        (["户编号", "金额(元)", "日期", "张三丰", "13800138000"], "holds the numbers of a person"),
        (["日期", "张三丰", "230102199001011234"], "holds the numbers of a person or a household"),
        (["户编号", "金额(元)", "日期1", "张三丰"], "'日期' is missing. Did you mean '日期1'"),
        (["户编号", "金额(元)", "结束", "张三丰"], "'日期' is missing. If it was renamed"),
        (["张三丰", "日期"], "'户编号' is missing .* If it was renamed"),
    ],
)
def test_a_persons_data_in_the_place_of_a_header_are_not_shown(row, words):
    """A lost line end joins a row to the header; a lost header leaves a row in its place."""
    with pytest.raises(SchemaError, match=words) as caught:
        required([row])
    for secret in ("张三丰", "230102199001011234", "13800138000"):
        assert secret not in str(caught.value)


def test_a_table_has_not_thousands_of_columns():
    """A value far to the right makes a table too wide to be one."""
    cells = [*LAYOUT.needed, *[""] * (MOST_COLUMNS - 3)]
    assert len(required([cells]).names) == MOST_COLUMNS
    with pytest.raises(SchemaError, match=r"the table has 2001 columns, and 2000 are the most"):
        required([[*cells, ""]])


@pytest.mark.parametrize("is_above", [True, False])
def test_a_header_over_two_rows_is_told(is_above):
    """Its mend is one row; a row that is no header beside it is none of it."""
    rows = [["户编号", "费用", ""], ["", "金额(元)", "日期"]]
    words = "the header runs over two rows: 户编号 stands beside row 2, which holds the other"
    if not is_above:
        rows.reverse()
        words = "the header runs over two rows: 户编号 stands beside row 1, which holds the other"
    with pytest.raises(SchemaError, match=words):
        required([*rows, ["A1", "3", "2023-01-01"]])
    with pytest.raises(SchemaError, match="the column '户编号' is missing"):
        required([["某县台账"], *[row for row in rows if "日期" in row]])
