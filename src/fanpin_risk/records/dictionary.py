"""The dictionary of the record tables, generated from their contracts."""

from __future__ import annotations

from fanpin_risk.records.contracts import COMMON_TITLES, TABLES, Column, Kind, Table
from fanpin_risk.records.contracts.model import CodeList, Key

KIND_WORDS: dict[Kind, tuple[str, str]] = {
    "text": ("文本", "text"),
    "code": ("代码", "code"),
    "flag": ("是否", "yes or no"),
    "count": ("整数", "whole number"),
    "quantity": ("数量", "quantity"),
    "amount": ("金额", "amount"),
    "day": ("日期", "day"),
    "month": ("月份", "month"),
    "person": ("人员", "person"),
}
"""Every kind of column in Chinese and English."""

_HELD: dict[Kind, tuple[str, str]] = {
    "text": ("按原文", "as it is written"),
    "code": ("代码表中的代码", "a code of the column's list"),
    "flag": ("是、否或未知", "yes, no or not known"),
    "count": ("整数", "a whole number of the unit"),
    "quantity": ("单位的百分之一，整数", "a whole number of hundredths of the unit"),
    "amount": ("最小货币单位（分），整数", "a whole number of the minor unit"),
    "day": ("日期", "a day"),
    "month": ("当月1日", "the month's first day"),
    "person": ("证件号码的密钥散列", "the keyed hash of an identity number, never the number"),
}

_KEYS: dict[Key, tuple[str, str]] = {
    "household_id": ("户", "household"),
    "person_id": ("人", "person"),
    "place": ("地区", "place"),
}


def dictionary_markdown() -> str:
    """Dictionary of all record tables in Markdown, Chinese and English.

    Returns
    -------
    str
        The kinds of column and the common columns; then a section per table in the order of
        `TABLES`: owner, purpose, what tells its records apart, how long they are kept, and one line
        per column with its kind, unit, range (both ends belong to it) and code list; then a section
        per code list. Ends with one line end.

    Examples
    --------
    >>> dictionary_markdown().splitlines()[0]
    '### 共同列 Common columns'
    """
    common = ["### 共同列 Common columns", "", "| column | 中文 | English |", "| --- | --- | --- |"]
    common += [f"| `{name}` | {zh} | {en} |" for name, (zh, en) in COMMON_TITLES.items()]
    kinds = ["", "### 列的类型 Kinds of column", "", "| kind | 存储 | held as |"]
    kinds += ["| --- | --- | --- |"]
    kinds += [f"| {' '.join(KIND_WORDS[kind])} | {zh} | {en} |" for kind, (zh, en) in _HELD.items()]
    tables = [line for table in TABLES.values() for line in _section(table)]
    lists = [line for codes in code_lists() for line in _list_section(codes)]
    return "\n".join([*common, *kinds, *tables, *lists]) + "\n"


def code_lists() -> list[CodeList]:
    """Code lists of all tables, each once, in the order in which columns first use them.

    Examples
    --------
    >>> [codes.name for codes in code_lists()][:2]
    ['household_type', 'monitored_type']
    """
    columns = (column for table in TABLES.values() for column in table.columns)
    used = {column.codes.name: column.codes for column in columns if column.codes is not None}
    return list(used.values())


def _section(table: Table) -> list[str]:
    """Lines about one table."""
    zh, en = _KEYS[table.key]
    told = _told_apart(table)
    return [
        "",
        f"### {table.title_zh} `{table.name}`",
        "",
        f"{table.title_en}. Owner: {table.owner_zh} ({table.owner_en}). For: {table.purpose_en}.",
        *([f"用途：{table.purpose_zh}。"] if table.purpose_zh else []),
        f"按{zh}记录，区分记录的列 One record for each {en}, told apart by: {told}.",
        _kept(table.keep_months),
        "",
        "| column | 中文 | English | kind | unit | range | codes |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        *(_line(column) for column in table.columns),
    ]


def _told_apart(table: Table) -> str:
    """Columns that make a record's number, whose it is first."""
    others = [name for name in table.identifies if name != table.key]
    return ", ".join(f"`{name}`" for name in (table.key, *others))


def _kept(months: int | None) -> str:
    """How long a record is kept after it occurred."""
    if months is None:
        return "保存期限：与监测名册同期。Kept as long as the register."
    return f"保存期限：发生后{months}个月。Kept for {months} months after it occurred."


def _line(column: Column) -> str:
    """Line of a column."""
    zh, en = KIND_WORDS[column.kind]
    codes = column.codes
    cells = [
        f"`{column.name}`",
        column.title_zh,
        column.title_en,
        f"{zh} {en}" + (", 必填 required" if column.is_required else ""),
        column.unit,
        _range(column),
        "" if codes is None else f"[{codes.name}](#{_anchor(codes)})",
    ]
    return "| " + " | ".join(cells) + " |"


def _range(column: Column) -> str:
    """Range that a value must lie in; empty where there is none."""
    if column.minimum is None and column.maximum is None:
        return ""
    ends = ("" if end is None else f"{end:,}" for end in (column.minimum, column.maximum))
    return " … ".join(ends).strip()


def _anchor(codes: CodeList) -> str:
    """Place that a link to a code list leads to."""
    return f"code-list-{codes.name}"


def _users(codes: CodeList) -> list[str]:
    """Columns that take their codes from a list, with their Chinese titles."""
    return [
        f"{column.title_zh} `{table.name}.{column.name}`"
        for table in TABLES.values()
        for column in table.columns
        if column.codes is codes
    ]


def _list_section(codes: CodeList) -> list[str]:
    """Lines about one code list."""
    return [
        "",
        f"### Code list {codes.name}",
        "",
        f"代码表，用于 Codes of {', '.join(_users(codes))}.",
        "",
        "| code | 中文 | English |",
        "| --- | --- | --- |",
        *(f"| `{code}` | {zh} | {en} |" for code, (zh, en) in codes.words.items()),
    ]
