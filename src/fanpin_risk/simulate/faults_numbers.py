"""Faults of days, identity numbers and household numbers: what typing and Excel do to digits."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import numpy as np

from fanpin_risk.simulate.faults_base import (
    Fault,
    YearMonthDay,
    cell_fault,
    day_columns,
    day_of,
    household_columns,
    identity_columns,
    is_identity_number,
)
from fanpin_risk.simulate.sheets import Cell

EXCEL_DIGITS = 15
"""Excel keeps fifteen digits of a number and makes the others 0."""
EXCEL_DAY_ZERO = date(1899, 12, 30)


def written_like(cell: Cell, day: YearMonthDay) -> Cell:
    """Write a day as the cell wrote its own; a day that no calendar has, as text."""
    year, month, of_month = day
    if isinstance(cell, date):
        try:
            return date(year, month, of_month or 1)
        except ValueError:
            return f"{year}-{month:02}-{of_month:02}"
    parts = [f"{year}", f"{month:02}", *([] if of_month is None else [f"{of_month:02}"])]
    text = ("-" if "-" in str(cell) else "").join(parts)
    return int(text) if isinstance(cell, int) else text


def _day_fault(
    name: str,
    zh: str,
    en: str,
    change: Callable[[Cell, YearMonthDay], Cell | None],
    *,
    keeps_meaning: bool,
) -> Fault:
    """Build a fault of days and months; ``change`` gives None where it does not fit."""

    def spoil(cell: Cell, rng: np.random.Generator) -> Cell:
        day = day_of(cell)
        changed = None if day is None else change(cell, day)
        return cell if changed is None else changed

    return cell_fault(name, (zh, en), day_columns, spoil, keeps_meaning=keeps_meaning)


def _joined(separator: str) -> Callable[[Cell, YearMonthDay], Cell]:
    """Return what writes a day without leading zeros, such as 2021.3.5."""
    return lambda _, day: separator.join(str(part) for part in day if part is not None)


def _compact(cell: Cell, day: YearMonthDay) -> Cell:
    """Write a day as 20210305, a month as 202103."""
    return "".join(f"{part:02}" for part in day if part is not None)


def _month_alone(cell: Cell, day: YearMonthDay) -> Cell | None:
    """Leave the day of the month out."""
    return None if day[2] is None else f"{day[0]}-{day[1]:02}"


def _chinese(cell: Cell, day: YearMonthDay) -> Cell:
    """Write a day as 2021年3月5日, a month as 2021年3月."""
    return f"{day[0]}年{day[1]}月" + ("" if day[2] is None else f"{day[2]}日")


def _serial(cell: Cell, day: YearMonthDay) -> Cell | None:
    """Write a day as Excel counts them."""
    year, month, of_month = day
    return None if of_month is None else (date(year, month, of_month) - EXCEL_DAY_ZERO).days


def _two_digit_year(cell: Cell, day: YearMonthDay) -> Cell | None:
    """Write 21-3-5, of which nobody can be sure which part is the year."""
    return None if day[2] is None else f"{day[0] % 100:02}-{day[1]}-{day[2]}"


def _february_31(cell: Cell, day: YearMonthDay) -> Cell | None:
    """Write a day that does not exist."""
    return None if day[2] is None else written_like(cell, (day[0], 2, 31))


def _far_future(cell: Cell, day: YearMonthDay) -> Cell:
    """Write the end that programs give to what has none."""
    return written_like(cell, (2099, 12, None if day[2] is None else 31))


def _identity_fault(
    name: str,
    zh: str,
    en: str,
    change: Callable[[str, np.random.Generator], Cell | None],
    *,
    keeps_meaning: bool,
) -> Fault:
    """Build a fault of identity numbers; ``change`` gives None where it does not fit."""

    def spoil(cell: Cell, rng: np.random.Generator) -> Cell:
        if not isinstance(cell, str) or not is_identity_number(cell):
            return cell
        changed = change(cell, rng)
        return cell if changed is None else changed

    return cell_fault(name, (zh, en), identity_columns, spoil, keeps_meaning=keeps_meaning)


def _as_excel_number(text: str, rng: np.random.Generator) -> Cell | None:
    """Read a number as Excel does: the digits after the fifteenth are gone."""
    return float(text[:EXCEL_DIGITS] + "000") if text.isdigit() else None


def _scientific(text: str, rng: np.random.Generator) -> Cell | None:
    """Write the number as a narrow column shows it, such as 5.22321E+17."""
    return f"{float(text):.5E}" if text.isdigit() else None


def _old_number(text: str, rng: np.random.Generator) -> Cell | None:
    """Write the number of fifteen digits, in use until 1999, of a person born before 2000."""
    return text[:6] + text[8:17] if text[6:8] == "19" else None


def _digit_missing(text: str, rng: np.random.Generator) -> Cell:
    """Skip one of the digits."""
    at = int(rng.integers(0, 17))
    return text[:at] + text[at + 1 :]


def _swapped(text: str, rng: np.random.Generator) -> Cell | None:
    """Swap two neighbouring digits that differ, which the check character always shows."""
    places = [at for at in range(16) if text[at] != text[at + 1]]
    if not places:
        return None
    at = int(rng.choice(places))
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _household_fault(
    name: str,
    zh: str,
    en: str,
    change: Callable[[str], Cell | None],
    *,
    keeps_meaning: bool,
) -> Fault:
    """Build a fault of household numbers; ``change`` gives None where it does not fit."""

    def spoil(cell: Cell, rng: np.random.Generator) -> Cell:
        text = "" if cell is None else str(cell)
        changed = change(text) if re.fullmatch("[0-9]+", text) else None
        return cell if changed is None else changed

    return cell_fault(name, (zh, en), household_columns, spoil, keeps_meaning=keeps_meaning)


def _without_zeros(text: str) -> Cell | None:
    """Drop leading zeros, as a column of numbers does."""
    return int(text) if text.startswith("0") and len(text) <= EXCEL_DIGITS else None


def _with_decimals(text: str) -> Cell | None:
    """Write the number as programs with one kind of number only do, such as 1234.0."""
    return f"{text}.0" if len(text) <= EXCEL_DIGITS and text[0] != "0" else None


def _household_scientific(text: str) -> Cell | None:
    """Write a long number as a narrow column shows it."""
    return f"{float(text):.5E}" if len(text) >= 12 else None


DAYS = (
    _day_fault(
        "day_compact", "日期写成20210305", "a day as 20210305", _compact, keeps_meaning=True
    ),
    _day_fault(
        "day_month_only",
        "日期只有年月",
        "a day without the day of the month",
        _month_alone,
        keeps_meaning=False,
    ),
    _day_fault(
        "day_chinese", "日期写成2021年3月5日", "a day as 2021年3月5日", _chinese, keeps_meaning=True
    ),
    _day_fault(
        "day_dots", "日期写成2021.3.5", "a day as 2021.3.5", _joined("."), keeps_meaning=True
    ),
    _day_fault(
        "day_slashes", "日期写成2021/3/5", "a day as 2021/3/5", _joined("/"), keeps_meaning=True
    ),
    _day_fault(
        "day_excel_serial",
        "日期变成Excel序列号",
        "a day as Excel's serial number",
        _serial,
        keeps_meaning=True,
    ),
    _day_fault(
        "day_two_digit_year",
        "年份只有两位",
        "a year of two digits",
        _two_digit_year,
        keeps_meaning=False,
    ),
    _day_fault(
        "day_february_31", "日期为2月31日", "31 February", _february_31, keeps_meaning=False
    ),
    _day_fault(
        "day_far_future",
        "日期在遥远的将来",
        "a day in the far future",
        _far_future,
        keeps_meaning=False,
    ),
)

IDENTITY_NUMBERS = (
    _identity_fault(
        "identity_as_number",
        "证件号码被Excel变成数值",
        "an identity number that Excel made a number",
        _as_excel_number,
        keeps_meaning=False,
    ),
    _identity_fault(
        "identity_scientific",
        "证件号码成为科学计数法",
        "an identity number in scientific notation",
        _scientific,
        keeps_meaning=False,
    ),
    _identity_fault(
        "identity_apostrophe",
        "证件号码前有撇号",
        "an apostrophe before an identity number",
        lambda text, _: f"'{text}",
        keeps_meaning=True,
    ),
    _identity_fault(
        "identity_small_x",
        "证件号码末位小写x",
        "a small x at the end of an identity number",
        lambda text, _: text.lower(),
        keeps_meaning=True,
    ),
    _identity_fault(
        "identity_old_15_digits",
        "十五位旧证件号码",
        "an old identity number of 15 digits",
        _old_number,
        keeps_meaning=True,
    ),
    _identity_fault(
        "identity_digit_missing",
        "证件号码少一位",
        "an identity number short of a digit",
        _digit_missing,
        keeps_meaning=False,
    ),
    _identity_fault(
        "identity_digits_swapped",
        "证件号码相邻两位颠倒",
        "two digits of an identity number swapped",
        _swapped,
        keeps_meaning=False,
    ),
    _identity_fault(
        "identity_spaced",
        "证件号码中间有空格",
        "an identity number in groups",
        lambda text, _: f"{text[:6]} {text[6:14]} {text[14:]}",
        keeps_meaning=True,
    ),
)

HOUSEHOLD_NUMBERS = (
    _household_fault(
        "household_zeros_lost",
        "户编号丢失前导零",
        "a household number without its leading zeros",
        _without_zeros,
        keeps_meaning=False,
    ),
    _household_fault(
        "household_with_decimals",
        "户编号带小数",
        "a household number with decimals",
        _with_decimals,
        keeps_meaning=True,
    ),
    _household_fault(
        "household_scientific",
        "户编号成为科学计数法",
        "a household number in scientific notation",
        _household_scientific,
        keeps_meaning=False,
    ),
)

NUMBER_FAULTS: tuple[Fault, ...] = (*DAYS, *IDENTITY_NUMBERS, *HOUSEHOLD_NUMBERS)
