"""Late faults of days: what people, phones, scripts and databases write in place of a date."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np

from fanpin_risk.simulate.faults_base import (
    Columns,
    Fault,
    YearMonthDay,
    cell_fault,
    day_columns,
    plain,
)
from fanpin_risk.simulate.faults_late_amounts import PLAIN_DIGITS, whole_in_words
from fanpin_risk.simulate.faults_late_base import day_fault, only_in
from fanpin_risk.simulate.faults_numbers import EXCEL_DAY_ZERO, written_like
from fanpin_risk.simulate.sheets import Cell, Sheet

DAYS_TO_1904 = 1462
"""So many days does the calendar of old Macintosh workbooks begin after the other."""
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
WEEKDAYS = "一二三四五六日"
LAST_MONTH_NUMBER = 12


def _full(day: YearMonthDay) -> date | None:
    """Day of the calendar, None for a month alone."""
    year, month, of_month = day
    return None if of_month is None else date(year, month, of_month)


def _formatted(pattern: str) -> Fault | object:
    raise NotImplementedError(pattern)


def _in_form(name: str, zh: str, en: str, form: str, *, keeps_meaning: bool = True) -> Fault:
    """Build a fault that writes a full day by a form such as ``{day:%d-%m-%Y}``."""

    def change(cell: Cell, parts: YearMonthDay) -> Cell | None:
        day = _full(parts)
        return None if day is None else form.format(day=day, plain=plain(cell))

    return day_fault(name, zh, en, change, keeps_meaning=keeps_meaning)


def _weekday(cell: Cell, parts: YearMonthDay) -> Cell | None:
    """Write the weekday behind a day."""
    day = _full(parts)
    if day is None:
        return None
    return f"{day.year}年{day.month}月{day.day}日 星期{WEEKDAYS[day.weekday()]}"


def _utc(cell: Cell, parts: YearMonthDay) -> Cell | None:
    """Write midnight in China as a program that thinks in UTC does: the day before."""
    day = _full(parts)
    return None if day is None else f"{day - timedelta(days=1)}T16:00:00.000Z"


def _epoch(cell: Cell, parts: YearMonthDay) -> Cell | None:
    """Write midnight in China in milliseconds since 1970."""
    day = _full(parts)
    if day is None:
        return None
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=8)
    return int(moment.timestamp()) * 1000


def _english(cell: Cell, parts: YearMonthDay) -> Cell | None:
    """Write a day as an English Excel shows it."""
    day = _full(parts)
    return None if day is None else f"{day.day:02}-{MONTHS[day.month - 1]}-{day.year}"


def _in_words(cell: Cell, parts: YearMonthDay) -> Cell:
    """Write a day as in a signed paper, such as 二〇二一年三月五日."""
    year, month, of_month = parts
    digits = "".join(PLAIN_DIGITS[int(digit)] for digit in str(year)).replace("零", "〇")
    tail = "" if of_month is None else f"{whole_in_words(of_month)}日"
    return f"{digits}年{whole_in_words(month)}月{tail}"


def _month_first(cell: Cell, parts: YearMonthDay, *, is_clear: bool) -> Cell | None:
    """Write month, day, year; clear where the day can be no month."""
    year, month, of_month = parts
    if of_month is None or (of_month > LAST_MONTH_NUMBER) != is_clear or of_month == month:
        return None
    return f"{month:02}/{of_month:02}/{year}"


def _serial(parts: YearMonthDay) -> int | None:
    """Count days as Excel does."""
    day = _full(parts)
    return None if day is None else (day - EXCEL_DAY_ZERO).days


def _serial_with_time(cell: Cell, parts: YearMonthDay) -> Cell | None:
    """Write Excel's serial number of half past ten that day."""
    serial = _serial(parts)
    return None if serial is None else serial + 0.4375


def _serial_1904(cell: Cell, parts: YearMonthDay) -> Cell | None:
    """Paste the serial number out of a workbook that counts from 1904."""
    serial = _serial(parts)
    return None if serial is None else serial - DAYS_TO_1904


def _joined(sign: str, other: str) -> Fault | object:
    raise NotImplementedError(sign + other)


def _next_year(cell: Cell, parts: YearMonthDay) -> Cell:
    """Type the wrong year; no 29 February, which the next year may not have."""
    year, month, of_month = parts
    return written_like(cell, (year + 1, month, None if of_month is None else min(of_month, 28)))


def _range(cell: Cell, parts: YearMonthDay) -> Cell | None:
    """Write from when to when."""
    day = _full(parts)
    if day is None:
        return None
    end = day + timedelta(days=15)
    return f"{day.year}.{day.month}.{day.day}-{end.year}.{end.month}.{end.day}"


def _lunar(cell: Cell, parts: YearMonthDay) -> Cell:
    """Write a day of the farmers' calendar, which is another day of the official one."""
    tail = "" if parts[2] is None else f"{parts[2]}日"
    return f"农历{parts[0]}年{parts[1]}月{tail}"


def _part_of_month(cell: Cell, parts: YearMonthDay) -> Cell | None:
    """Say only in which part of the month it was."""
    year, month, of_month = parts
    if of_month is None:
        return None
    return f"{year}年{month}月{('上旬', '中旬', '下旬')[min((of_month - 1) // 10, 2)]}"


def _as_text(cell: Cell, rng: np.random.Generator) -> Cell:
    """Keep a real date as a text."""
    return cell.isoformat() if isinstance(cell, date) else cell


def _ending_columns(sheet: Sheet) -> Columns:
    """Columns of days some of which are empty."""
    return day_columns(sheet)


def _for_missing(name: str, zh: str, en: str, word: str) -> Fault:
    """Build a fault that fills empty cells of days as databases do."""

    def spoil(cell: Cell, rng: np.random.Generator) -> Cell:
        return word if cell is None or cell == "" else cell

    return cell_fault(name, (zh, en), _ending_columns, spoil, keeps_meaning=True)
