"""Layouts of the county's register: clues, verifications, decisions, measures, visits."""

from __future__ import annotations

from fanpin_risk.simulate.offices_layout import Book, Layout
from fanpin_risk.simulate.offices_words import chinese, day_cell, iso, text, word, yes_no, yuan
from fanpin_risk.simulate.sheets import Cell
from fanpin_risk.simulate.small_county import Row

_CAUSES = ("cause_1", "cause_2", "cause_3", "cause_4", "cause_5")


def _start(book: Book, row: Row) -> tuple[Cell, ...]:
    """Number, township, village, household number and head: how every sheet begins."""
    village = book.village(row)
    return (None, village.township, village.name, text(row["household_id"]))


_CLUE_HEADER = (
    *("序号", "乡镇", "村", "户编号", "姓名", "联系电话", "证件号码", "线索编号", "线索渠道"),
    *("预警部门", "风险类型", "预警金额", "线索日期", "录入日期"),
)


def _clue_cells(book: Book, row: Row) -> tuple[Cell, ...]:
    """Cells of a clue; its number is the one that a verification names."""
    return (
        *(*_start(book, row), book.head_name(row), book.phone(row), text(row["person"])),
        *(text(row["record_id"]), word("clue", row, "channel"), text(row["department"])),
        *(word("clue", row, "cause"), yuan(row["amount_fen"])),
        *(day_cell(row["occurred_on"]), day_cell(row["recorded_on"])),
    )


_VERIFICATION_HEADER = (
    *("序号", "乡镇", "村", "户编号", "户主姓名", "线索编号", "核查结果", "核实风险", "核查人"),
    *("核查日期", "录入日期"),
)


def _verification_cells(book: Book, row: Row) -> tuple[Cell, ...]:
    """Cells of a verification."""
    return (
        *(*_start(book, row), book.head_name(row), text(row["clue_record_id"])),
        *(word("verification", row, "result"), word("verification", row, "cause"), None),
        *(iso(row["occurred_on"]), iso(row["recorded_on"])),
    )


_LISTING_HEADER = (
    *("序号", "乡镇", "村", "户编号", "户主姓名", "户主证件号码", "决定", "监测对象类别"),
    *("致贫/返贫风险1", "致贫/返贫风险2", "致贫/返贫风险3", "致贫/返贫风险4"),
    *("致贫/返贫风险5", "因自然灾害子项", "村级公示开始", "村级公示结束", "决定日期"),
    "录入日期",
)


def _listing_cells(book: Book, row: Row) -> tuple[Cell, ...]:
    """Cells of a decision to list or not."""
    return (
        *(*_start(book, row), book.head_name(row), book.head(row)),
        *(word("listing", row, "decision"), word("listing", row, "monitored_type")),
        *(word("listing", row, name) for name in _CAUSES),
        word("listing", row, "disaster_kind"),
        *(chinese(row["noticed_from"]), chinese(row["noticed_to"])),
        *(chinese(row["occurred_on"]), chinese(row["recorded_on"])),
    )


_EXIT_HEADER = (
    *("序号", "乡镇", "村", "户编号", "户主姓名", "风险消除方式", "消除后住房安全"),
    *("消除后饮水安全", "消除后人均纯收入", "消除日期", "录入日期"),
)


def _exit_cells(book: Book, row: Row) -> tuple[Cell, ...]:
    """Cells of an elimination."""
    return (
        *(*_start(book, row), book.head_name(row), word("exit", row, "way")),
        *(yes_no(row["has_safe_home_after"]), yes_no(row["has_safe_water_after"])),
        *(yuan(row["net_income_per_head_after_fen"]), day_cell(row["occurred_on"])),
        day_cell(row["recorded_on"]),
    )


_MEASURE_HEADER = (
    *("序号", "乡镇", "村", "户编号", "户主姓名", "证件号码", "措施类型", "措施内容", "金额"),
    *("开始日期", "结束日期", "帮扶干部", "录入日期"),
)


def _measure_cells(book: Book, row: Row) -> tuple[Cell, ...]:
    """Cells of a measure."""
    return (
        *(*_start(book, row), book.head_name(row), text(row["person"])),
        *(word("support_measure", row, "measure"), text(row["detail"]), yuan(row["amount_fen"])),
        *(iso(row["occurred_on"]), iso(row["ends_on"]) or "长期", None, iso(row["recorded_on"])),
    )


_VISIT_HEADER = (
    *("序号", "乡镇", "村", "户编号", "户主姓名", "走访结果", "发现的困难", "名单来源", "走访人"),
    *("走访日期", "录入日期"),
)


def _visit_cells(book: Book, row: Row) -> tuple[Cell, ...]:
    """Cells of a visit."""
    return (
        *(*_start(book, row), book.head_name(row), word("visit", row, "result")),
        *(word("visit", row, "cause"), text(row["plan_slice"]), None),
        *(day_cell(row["occurred_on"]), day_cell(row["recorded_on"])),
    )


REGISTER = (
    Layout(
        source="register_clue",
        title="{county}防返贫线索台账（{month}）",
        header=_CLUE_HEADER,
        cells=_clue_cells,
        tables=("clue",),
    ),
    Layout(
        source="register_verification",
        title="{county}线索核查台账（{month}）",
        header=_VERIFICATION_HEADER,
        cells=_verification_cells,
        tables=("verification",),
        footer=("审核人：",),
    ),
    Layout(
        source="register_listing",
        title="{county}监测对象纳入台账（{month}）",
        header=_LISTING_HEADER,
        cells=_listing_cells,
        tables=("listing",),
        footer=("填表人：", "审核人："),
    ),
    Layout(
        source="register_exit",
        title="{county}风险消除台账（{month}）",
        header=_EXIT_HEADER,
        cells=_exit_cells,
        tables=("exit",),
    ),
    Layout(
        source="register_measure",
        title="{county}帮扶措施台账（{month}）",
        header=_MEASURE_HEADER,
        cells=_measure_cells,
        tables=("support_measure",),
    ),
    Layout(
        source="register_visit",
        title="{county}走访台账（{month}）",
        header=_VISIT_HEADER,
        cells=_visit_cells,
        tables=("visit",),
    ),
)
