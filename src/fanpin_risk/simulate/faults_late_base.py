"""What the faults that were designed after the intake share: builders, columns, known words."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Literal

import numpy as np

from fanpin_risk.simulate.faults_base import (
    Columns,
    Fault,
    Faulty,
    YearMonthDay,
    amount_columns,
    cell_fault,
    code_columns,
    day_columns,
    day_of,
    filled,
    household_columns,
    identity_columns,
    is_identity_number,
    number_of,
    unchanged,
)
from fanpin_risk.simulate.sheets import Cell, Sheet, SheetKind

Apply = Callable[[Sheet, np.random.Generator, int], Faulty]
Spoil = Callable[[Cell, np.random.Generator], Cell]

_WORDS = (
    "是 否 男 女 户主 配偶 之子 之女 之儿媳 之女婿 之父 之母 其他 健康 长期慢性病 患有大病 残疾 "
    "普通劳动力 技能劳动力 弱劳动力或半劳动力 丧失劳动力 无劳动力 文盲或半文盲 小学 初中 高中 大专 "
    "本科及以上 中共党员 群众 脱贫户 一般农户 脱贫不稳定户 边缘易致贫户 突发严重困难户 未享受 "
    "不享受 农村低保 农村特困 因病 因残 因学 因自然灾害 缺劳动力 产业帮扶 就业帮扶 健康帮扶 "
    "教育帮扶 参保 未参保 在校 住院 门诊"
)
KNOWN_WORDS = frozenset(_WORDS.split())
"""Words of the official lists: any other word may be a text of somebody's own."""
CHECK_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
PERCENT_WORDS = "%|％|占比|比例|保证率"


def late_fault(
    name: str,
    titles: tuple[str, str],
    level: Literal["cell", "row", "file"],
    apply: Apply,
    *,
    keeps_meaning: bool = True,
    is_raw: bool = False,
    kind: SheetKind | None = None,
) -> Fault:
    """Build a fault; with a ``kind``, one that fits files of that kind alone."""

    def fitting(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
        return apply(sheet, rng, n) if kind in (None, sheet.kind) else unchanged(sheet)

    return Fault(
        name=name,
        title_zh=titles[0],
        title_en=titles[1],
        level=level,
        apply=fitting,
        keeps_meaning=keeps_meaning,
        is_raw=is_raw,
    )


def only_in(kind: SheetKind, fault: Fault) -> Fault:
    """Return the same fault for files of one kind alone."""
    return late_fault(
        fault.name,
        (fault.title_zh, fault.title_en),
        fault.level,
        fault.apply,
        keeps_meaning=fault.keeps_meaning,
        is_raw=fault.is_raw,
        kind=kind,
    )


def amount_fault(
    name: str,
    zh: str,
    en: str,
    change: Callable[[Decimal, np.random.Generator], Cell | None],
    *,
    keeps_meaning: bool = True,
    columns: Callable[[Sheet], Columns] = amount_columns,
) -> Fault:
    """Build a fault of numbers; ``change`` gives None where it does not fit."""

    def spoil(cell: Cell, rng: np.random.Generator) -> Cell:
        number = number_of(cell)
        changed = None if number is None else change(number, rng)
        return cell if changed is None else changed

    return cell_fault(name, (zh, en), columns, spoil, keeps_meaning=keeps_meaning)


def day_fault(
    name: str,
    zh: str,
    en: str,
    change: Callable[[Cell, YearMonthDay], Cell | None],
    *,
    keeps_meaning: bool = True,
) -> Fault:
    """Build a fault of days and months; ``change`` gives None where it does not fit."""

    def spoil(cell: Cell, rng: np.random.Generator) -> Cell:
        day = day_of(cell)
        changed = None if day is None else change(cell, day)
        return cell if changed is None else changed

    return cell_fault(name, (zh, en), day_columns, spoil, keeps_meaning=keeps_meaning)


def identity_fault(
    name: str,
    zh: str,
    en: str,
    change: Callable[[str, np.random.Generator], Cell | None],
    *,
    keeps_meaning: bool = True,
) -> Fault:
    """Build a fault of identity numbers; ``change`` gives None where it does not fit."""

    def spoil(cell: Cell, rng: np.random.Generator) -> Cell:
        if not isinstance(cell, str) or not is_identity_number(cell):
            return cell
        changed = change(cell, rng)
        return cell if changed is None else changed

    return cell_fault(name, (zh, en), identity_columns, spoil, keeps_meaning=keeps_meaning)


def household_fault(
    name: str, zh: str, en: str, change: Callable[[str], Cell | None], *, keeps_meaning: bool = True
) -> Fault:
    """Build a fault of household numbers; ``change`` gives None where it does not fit."""

    def spoil(cell: Cell, rng: np.random.Generator) -> Cell:
        text = "" if cell is None else str(cell)
        changed = change(text) if re.fullmatch("[0-9]+", text) else None
        return cell if changed is None else changed

    return cell_fault(name, (zh, en), household_columns, spoil, keeps_meaning=keeps_meaning)


def code_fault(
    name: str,
    zh: str,
    en: str,
    change: Callable[[str, np.random.Generator], Cell | None],
    *,
    keeps_meaning: bool = True,
) -> Fault:
    """Build a fault of official words; ``change`` gives None where it does not fit."""

    def spoil(cell: Cell, rng: np.random.Generator) -> Cell:
        changed = change(cell, rng) if isinstance(cell, str) and cell in KNOWN_WORDS else None
        return cell if changed is None else changed

    return cell_fault(name, (zh, en), code_columns, spoil, keeps_meaning=keeps_meaning)


def text_of(cell: Cell) -> str | None:
    """Text of a cell that has one, or of a plain number; None for days, truth values and nothing.

    Examples
    --------
    >>> text_of(" 甲"), text_of(12), text_of(True), text_of("")
    (' 甲', '12', None, None)
    """
    if isinstance(cell, str):
        return cell if cell.strip() else None
    number = number_of(cell)
    return None if number is None else str(number)


def shown_fault(name: str, zh: str, en: str, change: Callable[[str], str]) -> Fault:
    """Build a fault of visible signs, where the clean value can be told from them for sure.

    That is in numbers, days and official words, and not in a text of somebody's own.
    """

    def spoil(cell: Cell, rng: np.random.Generator) -> Cell:
        text = text_of(cell)
        is_known = not isinstance(cell, str) or cell in KNOWN_WORDS
        is_known = is_known or number_of(cell) is not None or day_of(cell) is not None
        is_known = is_known or is_identity_number(cell)
        return cell if text is None or not is_known else change(text)

    return cell_fault(name, (zh, en), strict_columns, spoil, keeps_meaning=True)


def strict_columns(sheet: Sheet) -> Columns:
    """Columns that hold no text of somebody's own: numbers of persons, amounts, days, codes."""
    found = {*identity_columns(sheet), *household_columns(sheet), *amount_columns(sheet)}
    return tuple(sorted({*found, *day_columns(sheet), *code_columns(sheet)}))


def own_text_columns(sheet: Sheet) -> Columns:
    """Columns with texts of somebody's own: names, places, remarks."""
    strict = strict_columns(sheet)
    return tuple(
        at
        for at in range(len(sheet.header))
        if at not in strict
        and any(isinstance(c, str) and number_of(c) is None for c in filled(sheet, at))
    )


def percent_columns(sheet: Sheet) -> Columns:
    """Columns with shares in percent."""
    return tuple(
        at
        for at, name in enumerate(sheet.header)
        if re.search(PERCENT_WORDS, name)
        and any(number_of(cell) is not None for cell in filled(sheet, at))
    )


def check_character(number: str) -> str:
    """Return the last character of an identity number from its first seventeen digits.

    By GB 11643: weighted sum modulo 11.

    Examples
    --------
    >>> check_character("11010519491231002")
    'X'
    """
    total = sum(int(c) * w for c, w in zip(number[:17], CHECK_WEIGHTS, strict=True))
    return "10X98765432"[total % 11]


def one_of(words: str) -> Callable[[np.random.Generator], str]:
    """Return what picks one of some words, which are separated by spaces."""
    choices = words.split()
    return lambda rng: choices[int(rng.integers(len(choices)))]
