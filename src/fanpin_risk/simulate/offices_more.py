"""Layouts of files that the small county has no rows for: registration, spending, payments.

The pages of the register and the payments of two offices have no source file among the shipped ones
either; a county that sends them brings source files of its own.
"""

from __future__ import annotations

from fanpin_risk.simulate.offices_layout import Book, Layout
from fanpin_risk.simulate.offices_words import (
    chinese,
    compact,
    day_cell,
    iso,
    text,
    whole,
    word,
    yes_no,
    yuan,
)
from fanpin_risk.simulate.sheets import Cell
from fanpin_risk.simulate.small_county import Row

_ACCOUNT = "0000000000000000"

_CHANGE_HEADER = ("序号", "户编号", "户主姓名", "变动类型", "关联户编号", "变动日期", "登记日期")


def _change_cells(book: Book, row: Row) -> tuple[Cell, ...]:
    """Cells of a household that splits, merges, moves or ends."""
    return (
        *(None, text(row["household_id"]), book.head_name(row)),
        *(word("household_change", row, "change"), text(row["other_household_id"])),
        *(day_cell(row["occurred_on"]), day_cell(row["recorded_on"])),
    )


_PAGE_HEADER = (
    *("序号", "登记页编号", "县", "乡", "行政村代码", "户编号", "户主姓名", "在册人口"),
    *("变动日期", "登记日期"),
)


def _page_cells(book: Book, row: Row) -> tuple[Cell, ...]:
    """Cells of a household's page: where it lives, and how many belong to it."""
    return (
        *(None, text(row["record_id"]), book.place, text(row["region"]), text(row["place"])),
        *(text(row["household_id"]), book.head_name(row), whole(row["members"])),
        *(iso(row["occurred_on"]), iso(row["recorded_on"])),
    )


_PERSON_HEADER = (
    *("序号", "登记编号", "户编号", "姓名", "证件号码", "性别", "出生日期", "与户主关系"),
    *("人员状态", "变动日期", "登记日期"),
)


def _person_cells(book: Book, row: Row) -> tuple[Cell, ...]:
    """Cells of a person on a page: who belongs to the household, who left it or died."""
    table = "member_snapshot"
    return (
        *(None, text(row["record_id"]), text(row["household_id"]), book.name(row["person"])),
        *(text(row["person"]), word(table, row, "sex"), compact(row["born_on"])),
        *(word(table, row, "relation"), word(table, row, "membership")),
        *(iso(row["occurred_on"]), iso(row["recorded_on"])),
    )


_SPENDING_HEADER = (
    *("序号", "户编号", "户主姓名", "证件号码", "支出项目", "金额", "是否合规支出"),
    *("支出日期", "录入日期"),
)


def _spending_cells(book: Book, row: Row) -> tuple[Cell, ...]:
    """Cells of spending that a household had to make."""
    return (
        *(None, text(row["household_id"]), book.head_name(row), text(row["person"])),
        *(word("rigid_spending", row, "item"), yuan(row["amount_fen"])),
        *(yes_no(row["is_compliant"]), day_cell(row["occurred_on"]), day_cell(row["recorded_on"])),
    )


_SUBSIDY_HEADER = (
    *("序号", "户编号", "姓名", "证件号码", "银行账号", "补贴项目", "发放金额", "发放日期"),
    "录入日期",
)


def _subsidy_cells(book: Book, row: Row) -> tuple[Cell, ...]:
    """Cells of a subsidy paid to a household's account."""
    return (
        *(None, text(row["household_id"]), book.name(row["person"]), text(row["person"])),
        *(_ACCOUNT, text(row["detail"]), yuan(row["amount_fen"])),
        *(compact(row["occurred_on"]), compact(row["recorded_on"])),
    )


_PENSION_HEADER = (
    *("序号", "姓名", "证件号码", "银行账号", "待遇类别", "发放金额", "发放日期", "推送日期"),
)


def _pension_cells(book: Book, row: Row) -> tuple[Cell, ...]:
    """Cells of a pension of a month."""
    return (
        *(None, book.name(row["person"]), text(row["person"]), _ACCOUNT, text(row["detail"])),
        *(yuan(row["amount_fen"]), chinese(row["occurred_on"]), chinese(row["recorded_on"])),
    )


MORE = (
    Layout(
        source="public_security",
        title="{county}户籍变动通报表（{month}）",
        header=_CHANGE_HEADER,
        cells=_change_cells,
        tables=("household_change",),
        footer=("填表人：",),
    ),
    Layout(
        source="public_security_pages",
        title="",
        header=_PAGE_HEADER,
        cells=_page_cells,
        tables=("household_snapshot",),
        kind="csv",
        encoding="gb18030",
    ),
    Layout(
        source="public_security_members",
        title="",
        header=_PERSON_HEADER,
        cells=_person_cells,
        tables=("member_snapshot",),
        kind="csv",
        encoding="gb18030",
    ),
    Layout(
        source="township_spending",
        title="{county}农户刚性支出台账（{month}）",
        header=_SPENDING_HEADER,
        cells=_spending_cells,
        tables=("rigid_spending",),
        footer=("填报人：",),
    ),
    Layout(
        source="agriculture_subsidies",
        title="",
        header=_SUBSIDY_HEADER,
        cells=_subsidy_cells,
        tables=("income_item",),
        kind="csv",
        encoding="gb18030",
    ),
    Layout(
        source="human_resources_pensions",
        title="",
        header=_PENSION_HEADER,
        cells=_pension_cells,
        tables=("income_item",),
        kind="csv",
        encoding="utf-8",
        has_household=False,
    ),
)
