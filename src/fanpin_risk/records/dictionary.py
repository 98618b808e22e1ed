"""The dictionary of the record tables, generated from their contracts."""

from __future__ import annotations

from fanpin_risk.records.schema import COMMON_TITLES, TABLES, Column, Kind, Table

_KINDS: dict[Kind, str] = {
    "text": "text",
    "code": "code",
    "flag": "yes or no",
    "count": "whole number",
    "amount": "amount",
}


def dictionary_markdown() -> str:
    """Dictionary of all record tables in Markdown, Chinese and English.

    Returns
    -------
    str
        The common columns, then a section per table in the order of `TABLES`: owner, purpose, and
        one line per column with its kind, unit and range (both ends belong to it). Ends with one
        line end.

    Examples
    --------
    >>> dictionary_markdown().splitlines()[0]
    '### 共同列 Common columns'
    """
    common = ["### 共同列 Common columns", "", "| column | 中文 | English |", "| --- | --- | --- |"]
    common += [f"| `{name}` | {zh} | {en} |" for name, (zh, en) in COMMON_TITLES.items()]
    return (
        "\n".join([*common, *(line for table in TABLES.values() for line in _section(table))])
        + "\n"
    )


def _section(table: Table) -> list[str]:
    """Lines about one table."""
    return [
        "",
        f"### {table.title_zh} `{table.name}`",
        "",
        f"{table.title_en}. Owner: {table.owner_zh} ({table.owner_en}). For: {table.purpose_en}.",
        f"One record for each {_KEYS[table.key]} and day.",
        "",
        "| column | 中文 | English | kind | unit | range |",
        "| --- | --- | --- | --- | --- | --- |",
        *(_line(column) for column in table.columns),
    ]


_KEYS = {"household_id": "household", "place": "place"}


def _line(column: Column) -> str:
    """Line of a column."""
    kind = _KINDS[column.kind] + (", required" if column.is_required else "")
    cells = [
        f"`{column.name}`",
        column.title_zh,
        column.title_en,
        kind,
        column.unit,
        _range(column),
    ]
    return "| " + " | ".join(cells) + " |"


def _range(column: Column) -> str:
    """Range that a value must lie in; empty where there is none."""
    if column.minimum is None and column.maximum is None:
        return ""
    ends = ("" if end is None else f"{end:,}" for end in (column.minimum, column.maximum))
    return " … ".join(ends).strip()
