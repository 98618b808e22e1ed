"""How offices write: words for codes, yuan, units of land and length, and forms of dates."""

from __future__ import annotations

from datetime import date
from functools import cache

from fanpin_risk.records.contracts import TABLES
from fanpin_risk.simulate.sheets import Cell
from fanpin_risk.simulate.small_county import Row, Value


@cache
def _titles(table: str, column: str) -> dict[str, str]:
    """Official Chinese word of each code of a column."""
    codes = TABLES[table].column(column).codes
    if codes is None:
        raise ValueError(f"{table}.{column} has no code list.")
    return {code: zh for code, (zh, _) in codes.words.items()}


def word(table: str, row: Row, column: str) -> str | None:
    """Official Chinese word of a row's code; None where it is missing."""
    code = row[column]
    return None if code is None else _titles(table, column)[str(code)]


def yes_no(value: Value) -> str | None:
    """是 or 否; None where it is not known.

    Examples
    --------
    >>> yes_no(True), yes_no(False), yes_no(None)
    ('是', '否', None)
    """
    return None if value is None else ("是" if value else "否")


def scaled(value: Value, units: int) -> Cell:
    """Return a whole number of small units in larger ones, as a spreadsheet would hold it.

    Examples
    --------
    >>> scaled(123450, 100), scaled(300, 1000), scaled(500, 100), scaled(None, 100)
    (1234.5, 0.3, 5, None)
    """
    if value is None:
        return None
    if not isinstance(value, int):
        raise TypeError(f"must be a whole number. Got {type(value).__name__}.")
    return value // units if value % units == 0 else value / units


def yuan(value: Value) -> Cell:
    """Return an amount of fen in yuan.

    Examples
    --------
    >>> yuan(19999)
    199.99
    """
    return scaled(value, 100)


def day_cell(value: Value) -> date | None:
    """Return a day as a real date for a workbook.

    Raises
    ------
    TypeError
        If the value is no day.
    """
    if value is None or isinstance(value, date):
        return value
    raise TypeError(f"must be a day. Got {type(value).__name__}.")


def iso(value: Value) -> str | None:
    """2022-03-05."""
    day = day_cell(value)
    return None if day is None else day.isoformat()


def compact(value: Value) -> str | None:
    """20220305."""
    day = day_cell(value)
    return None if day is None else f"{day:%Y%m%d}"


def slashed(value: Value) -> str | None:
    """2022/3/5."""
    day = day_cell(value)
    return None if day is None else f"{day.year}/{day.month}/{day.day}"


def chinese(value: Value) -> str | None:
    """2022年3月5日."""
    day = day_cell(value)
    return None if day is None else f"{day.year}年{day.month}月{day.day}日"


def month_compact(value: Value) -> str | None:
    """202203."""
    day = day_cell(value)
    return None if day is None else f"{day:%Y%m}"


def month_dashed(value: Value) -> str | None:
    """2022-03."""
    day = day_cell(value)
    return None if day is None else f"{day:%Y-%m}"


def month_chinese(value: Value) -> str | None:
    """2022年3月."""
    day = day_cell(value)
    return None if day is None else f"{day.year}年{day.month}月"


def text(value: Value) -> str | None:
    """Return a text as it is.

    Raises
    ------
    TypeError
        If the value is no text.
    """
    if value is None or isinstance(value, str):
        return value
    raise TypeError(f"must be a text. Got {type(value).__name__}.")


def whole(value: Value) -> int | None:
    """Return a whole number as it is.

    Raises
    ------
    TypeError
        If the value is no whole number.
    """
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise TypeError(f"must be a whole number. Got {type(value).__name__}.")
