"""Late faults of days: what people, phones, scripts and databases write in place of a date."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np

from fanpin_risk.simulate.faults_base import (
    Fault,
    YearMonthDay,
    cell_fault,
    day_columns,
)
from fanpin_risk.simulate.faults_late_amounts import PLAIN_DIGITS, whole_in_words
from fanpin_risk.simulate.faults_late_base import day_fault, only_in
from fanpin_risk.simulate.faults_numbers import EXCEL_DAY_ZERO, written_like
from fanpin_risk.simulate.sheets import Cell

DAYS_TO_1904 = 1462
"""So many days does the calendar of old Macintosh workbooks begin after the other."""
MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"
WEEKDAYS = "一二三四五六日"
LAST_MONTH_NUMBER = 12


def _full(day: YearMonthDay) -> date | None:
    """Day of the calendar, None for a month alone."""
    year, month, of_month = day
    return None if of_month is None else date(year, month, of_month)


def _in_form(name: str, zh: str, en: str, form: str, *, keeps_meaning: bool = True) -> Fault:
    """Build a fault that writes a full day by a form such as ``{day:%d-%m-%Y}``."""

    def change(cell: Cell, parts: YearMonthDay) -> Cell | None:
        day = _full(parts)
        return None if day is None else form.format(day=day)

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
    return (
        None
        if day is None
        else f"{day.day:02}-{MONTHS[3 * day.month - 3 : 3 * day.month]}-{day.year}"
    )


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


def _for_missing(name: str, zh: str, en: str, word: str) -> Fault:
    """Build a fault that fills empty cells of days as databases do."""

    def spoil(cell: Cell, rng: np.random.Generator) -> Cell:
        return word if cell is None or cell == "" else cell

    return cell_fault(name, (zh, en), day_columns, spoil, keeps_meaning=True)


EXACT = (
    day_fault("day_weekday", "日期带星期", "a day with its weekday", _weekday),
    _in_form("day_half", "日期带上下午", "a day with its half", "{day:%Y-%m-%d} 上午"),
    _in_form(
        "day_milliseconds",
        "日期带毫秒时间",
        "a day with a time to the millisecond",
        "{day:%Y-%m-%d} 09:30:15.123",
    ),
    _in_form(
        "day_time_zone", "日期带时区", "a day with a time zone", "{day:%Y-%m-%d}T09:30:00+08:00"
    ),
    day_fault(
        "day_utc", "日期为世界标准时间（前一日16时）", "a day as 16:00 UTC of the day before", _utc
    ),
    day_fault("day_epoch", "日期为毫秒时间戳", "a day in milliseconds since 1970", _epoch),
    day_fault("day_english", "日期写成英文月份", "a day with an English month", _english),
    day_fault("day_in_words", "日期写成中文数字", "a day in Chinese words", _in_words),
    day_fault(
        "day_month_first",
        "日期写成月/日/年（日大于12）",
        "month, day, year, where the day can be no month",
        lambda cell, parts: _month_first(cell, parts, is_clear=True),
    ),
    _in_form("day_iso_week", "日期写成ISO周", "a day by the week of the year", "{day:%G-W%V-%u}"),
    day_fault(
        "day_serial_with_time",
        "日期为带时间的序列号",
        "Excel's serial number with the time",
        _serial_with_time,
    ),
    _in_form("day_apostrophe", "日期前有撇号", "an apostrophe before a day", "'{day:%Y-%m-%d}"),
    _in_form(
        "day_chinese_stops",
        "日期用中文句号分隔",
        "Chinese full stops in a day",
        "{day.year}。{day.month}。{day.day}",
    ),
    _in_form(
        "day_mixed_signs",
        "日期分隔符不一",
        "two different signs in a day",
        "{day:%Y}.{day:%m}-{day:%d}",
    ),
    _in_form(
        "day_half_chinese",
        "日期年月日缺“日”字",
        "a day without the word for day",
        "{day.year}年{day.month}月{day.day}",
    ),
    only_in(
        "xlsx",
        cell_fault(
            "day_as_text",
            ("日期存成文本", "a real date kept as a text"),
            day_columns,
            _as_text,
            keeps_meaning=True,
        ),
    ),
    _for_missing(
        "zeros_for_missing_day", "空日期写成0000-00-00", "0000-00-00 for no day", "0000-00-00"
    ),
    _for_missing(
        "day_zero_for_missing", "空日期显示为1900/1/0", "Excel's day 0 for no day", "1900/1/0"
    ),
    _for_missing(
        "last_day_for_missing",
        "空日期写成9999-12-31",
        "9999-12-31 for no day",
        "9999-12-31",
    ),
)

OTHER_MEANING = (
    day_fault(
        "day_month_first_unclear",
        "日期写成月/日/年（无法分辨）",
        "month, day, year, where nobody can tell which is which",
        lambda cell, parts: _month_first(cell, parts, is_clear=False),
        keeps_meaning=False,
    ),
    day_fault(
        "day_serial_1904",
        "1904日期系统的序列号",
        "a serial number counted from 1904",
        _serial_1904,
        keeps_meaning=False,
    ),
    day_fault(
        "day_next_year", "年份多一年", "a day one year too late", _next_year, keeps_meaning=False
    ),
    day_fault("day_range", "日期写成起止", "from when to when", _range, keeps_meaning=False),
    day_fault(
        "day_lunar", "日期为农历", "a day of the lunar calendar", _lunar, keeps_meaning=False
    ),
    day_fault(
        "day_part_of_month",
        "日期只写到旬",
        "only the part of the month",
        _part_of_month,
        keeps_meaning=False,
    ),
    day_fault(
        "day_year_only",
        "日期只有年份",
        "the year alone",
        lambda cell, parts: f"{parts[0]}年",
        keeps_meaning=False,
    ),
    day_fault(
        "day_five_digit_year",
        "年份多一位",
        "a year of five digits",
        lambda cell, parts: f"{parts[0]}1-{parts[1]:02}-{parts[2] or 1:02}",
        keeps_meaning=False,
    ),
    _in_form(
        "day_short_compact",
        "日期写成210305",
        "a day of six digits",
        "{day:%y%m%d}",
        keeps_meaning=False,
    ),
    day_fault(
        "day_hashes",
        "日期存成井号（列太窄）",
        "number signs, as too narrow a column shows a day",
        lambda cell, parts: "########",
        keeps_meaning=False,
    ),
)

LATE_DAYS: tuple[Fault, ...] = (*EXACT, *OTHER_MEANING)
