"""Late faults of numbers: words, signs and units that people type, and what Excel adds."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

import numpy as np

from fanpin_risk.simulate.faults_base import (
    Fault,
    Faulty,
    amount_columns,
    cell_at,
    cell_fault,
    number_of,
    with_cells,
)
from fanpin_risk.simulate.faults_late_base import (
    amount_fault,
    late_fault,
    one_of,
    only_in,
    percent_columns,
)
from fanpin_risk.simulate.sheets import Cell, Sheet

PLAIN_DIGITS, PLAIN_UNITS = "零一二三四五六七八九", "十百千"
CAPITAL_DIGITS, CAPITAL_UNITS = "零壹贰叁肆伍陆柒捌玖", "拾佰仟"
WORDS_END = 100_000_000
"""Amounts from here on are not written in words."""
UNITS = (
    ("住房面积", "平方米"),
    ("面积$", "亩"),
    ("月数|（月）|个月", "个月"),
    ("人口$|人数$", "人"),
    ("户数$", "户"),
    ("天数$", "天"),
    ("间数$", "间"),
)
"""The unit in which a column of this name is kept: the first that fits."""


def _below_ten_thousand(value: int, digits: str, units: str) -> str:
    """Write a whole number below ten thousand in words; nothing for 0."""
    text, skipped = "", False
    for power in (3, 2, 1, 0):
        digit = value // 10**power % 10
        if digit == 0:
            skipped = True
            continue
        text += digits[0] if skipped and text else ""
        text += digits[digit] + (units[power - 1] if power else "")
        skipped = False
    return text


def whole_in_words(value: int, digits: str = PLAIN_DIGITS, units: str = PLAIN_UNITS) -> str:
    """Write a whole number from 0 to 99 999 999 in Chinese words.

    Examples
    --------
    >>> whole_in_words(1200), whole_in_words(30_045), whole_in_words(0)
    ('一千二百', '三万零四十五', '零')
    """
    high, low = divmod(value, 10_000)
    text = f"{_below_ten_thousand(high, digits, units)}万" if high else ""
    text += digits[0] if high and 0 < low < 1000 else ""
    return text + _below_ten_thousand(low, digits, units) or digits[0]


def _fen(number: Decimal) -> tuple[int, int, int] | None:
    """Yuan, jiao and fen of an amount that has words; None for others."""
    fen = number * 100
    if not 0 <= number < WORDS_END or fen != int(fen):
        return None
    return int(fen) // 100, int(fen) // 10 % 10, int(fen) % 10


def _in_words(number: Decimal) -> str | None:
    """Write an amount in plain words, such as 一千二百点五."""
    if _fen(number) is None:
        return None
    _, _, behind = f"{number:f}".rstrip("0").partition(".") if number % 1 else ("", "", "")
    tail = "".join(PLAIN_DIGITS[int(digit)] for digit in behind)
    return whole_in_words(int(number)) + (f"点{tail}" if tail else "")


def _in_capitals(number: Decimal) -> str | None:
    """Write an amount as on a receipt, such as 壹仟贰佰元伍角整."""
    parts = _fen(number)
    if parts is None:
        return None
    yuan, jiao, fen = parts
    text = f"{whole_in_words(yuan, CAPITAL_DIGITS, CAPITAL_UNITS)}元"
    if jiao:
        text += f"{CAPITAL_DIGITS[jiao]}角"
    elif fen:
        text += CAPITAL_DIGITS[0]
    return text + (f"{CAPITAL_DIGITS[fen]}分" if fen else "整")


def _yuan_jiao(number: Decimal) -> str | None:
    """Write 12.5 as 12元5角."""
    parts = _fen(number)
    if parts is None or not any(parts[1:]):
        return None
    yuan, jiao, fen = parts
    return f"{yuan}元{jiao}角" + (f"{fen}分" if fen else "")


def _scaled(divisor: int, unit: str) -> Callable[[Decimal, np.random.Generator], str | None]:
    """Return what writes an amount of at least a hundred in a larger unit, to the last digit."""
    return lambda number, _: (
        f"{(number / divisor).normalize():f}{unit}" if abs(number) >= 100 else None
    )


def _range(number: Decimal, rng: np.random.Generator) -> str | None:
    """Write a range around an amount."""
    low = int(number) // 100 * 100
    return f"{low}{one_of('- ~ 至 —')(rng)}{low + 100 * int(rng.integers(1, 9))}" if low else None


def _from_thousand(
    change: Callable[[Decimal], str],
) -> Callable[[Decimal, np.random.Generator], str | None]:
    """Return what changes amounts of at least a thousand alone."""
    return lambda number, _: change(number) if number >= 1000 else None


def _grouped_by_four(number: Decimal, rng: np.random.Generator) -> str | None:
    """Put the separator where Chinese words have theirs, such as 1,2345."""
    if number < 10_000:
        return None
    whole, point, behind = f"{number:f}".partition(".")
    return f"{whole[:-4]},{whole[-4:]}{point}{behind}"


def _point(sign: str) -> Callable[[Decimal, np.random.Generator], str | None]:
    """Return what puts another sign in place of the decimal point."""
    return lambda number, _: f"{number:f}".replace(".", sign) if number % 1 else None


def _as_sum(number: Decimal, rng: np.random.Generator) -> str | None:
    """Write an amount as the parts it was added up from."""
    if number < 2:
        return None
    part = int(rng.integers(1, int(number)))
    return f"{part}+{number - part}"


def _float_noise(number: Decimal, rng: np.random.Generator) -> Cell | None:
    """Write what a sum of binary fractions leaves, such as 0.30000000000000004."""
    return float(np.nextafter(float(number), np.inf)) if number % 1 else None


def _letter_o(number: Decimal, rng: np.random.Generator) -> str | None:
    """Type the letter O for 0."""
    text = f"{number:f}"
    return text.replace("0", "O") if "0" in text and re.search("[1-9]", text) else None


def _zero_word(number: Decimal, rng: np.random.Generator) -> str | None:
    """Write 0 as a word."""
    return None if number else one_of("零 〇 零元")(rng)


def _positive(
    change: Callable[[Decimal, np.random.Generator], Cell],
) -> Callable[[Decimal, np.random.Generator], Cell | None]:
    """Return what changes amounts above zero alone."""
    return lambda number, rng: change(number, rng) if number > 0 else None


def _unit_in_cell(sheet: Sheet, rng: np.random.Generator, n: int) -> Faulty:
    """Type the unit of a column that is not money behind its number."""
    amounts, units = amount_columns(sheet), dict[int, str]()
    for at, name in enumerate(sheet.header):
        if at not in amounts and (unit := _unit_of(name)):
            units[at] = unit
    changed: dict[tuple[int, int], Cell] = {}
    for at in rng.permutation(len(sheet.rows)).tolist():
        found = [x for x in units if number_of(cell_at(sheet.rows[at], x)) is not None]
        if len(changed) < n and found:
            column = found[int(rng.integers(len(found)))]
            changed[at, column] = f"{sheet.rows[at][column]}{units[column]}"
    return with_cells(sheet, changed)


def _unit_of(name: str) -> str | None:
    """Unit of a column that is named like this."""
    return next((unit for words, unit in UNITS if re.search(words, name)), None)


def _as_text(cell: Cell, rng: np.random.Generator) -> Cell:
    """Keep a number as a text, which Excel marks with a green triangle."""
    is_number = isinstance(cell, int | float) and number_of(cell) is not None
    return str(cell) if is_number else cell


EXACT = (
    amount_fault(
        "amount_chinese_words",
        "金额写成中文数字",
        "an amount in Chinese words",
        lambda number, _: _in_words(number),
    ),
    amount_fault(
        "amount_capitals",
        "金额写成大写",
        "an amount in the capitals of receipts",
        lambda number, _: _in_capitals(number),
    ),
    amount_fault("amount_w", "金额写成1.2w", "an amount as 1.2w", _scaled(10_000, "w")),
    amount_fault("amount_k", "金额写成3k", "an amount as 3k", _scaled(1000, "k")),
    amount_fault(
        "amount_thousand_yuan", "金额写成千元", "an amount given in 千元", _scaled(1000, "千元")
    ),
    amount_fault(
        "amount_plus_sign",
        "金额带加号",
        "an amount with a plus sign",
        _positive(lambda number, _: f"+{number}"),
    ),
    amount_fault(
        "amount_currency_code",
        "金额前有货币代码",
        "an amount with a currency code",
        lambda number, rng: f"{one_of('RMB CNY 人民币 ￥')(rng)} {number}",
    ),
    amount_fault(
        "amount_grouped_by_four",
        "千分位逗号按万位分隔",
        "a separator before the last four digits",
        _grouped_by_four,
    ),
    amount_fault(
        "amount_wide_comma",
        "千分位用全角逗号",
        "thousands separators in full width",
        _from_thousand(lambda number: f"{number:,}".replace(",", "，")),
    ),
    amount_fault(
        "amount_apostrophes",
        "千分位用撇号",
        "apostrophes as thousands separators",
        _from_thousand(lambda number: f"{number:,}".replace(",", "'")),
    ),
    amount_fault("amount_two_points", "两个小数点", "two decimal points", _point("..")),
    amount_fault(
        "amount_chinese_stop",
        "小数点打成中文句号",
        "a Chinese full stop as decimal point",
        _point("。"),
    ),
    amount_fault(
        "amount_exponent",
        "金额成为科学计数法",
        "an amount in scientific notation, to the last digit",
        lambda number, _: f"{number.normalize():E}" if number else None,
    ),
    amount_fault(
        "amount_spoken_unit",
        "金额带口语单位",
        "an amount with spoken words for yuan",
        lambda number, rng: f"{number}{one_of('元整 块 块钱')(rng)}",
    ),
    amount_fault(
        "amount_yuan_jiao",
        "金额写成几元几角",
        "an amount as yuan, jiao and fen",
        lambda number, _: _yuan_jiao(number),
    ),
    amount_fault("amount_as_sum", "金额写成加式", "an amount as a sum of parts", _as_sum),
    amount_fault(
        "amount_float_noise",
        "金额带浮点误差",
        "an amount with the noise of binary fractions",
        _float_noise,
    ),
    amount_fault("amount_letter_o", "零打成字母O", "the letter O for 0 in an amount", _letter_o),
    amount_fault("amount_zero_word", "零写成汉字", "a word for 0", _zero_word),
    only_in(
        "xlsx",
        cell_fault(
            "amount_as_text",
            ("数值存成文本", "a number kept as a text"),
            amount_columns,
            _as_text,
            keeps_meaning=True,
        ),
    ),
    amount_fault(
        "percent_sign",
        "百分数带百分号",
        "a share with a percent sign",
        lambda number, _: f"{number}%",
        columns=percent_columns,
    ),
    late_fault(
        "unit_in_cell",
        ("数字后带单位（亩、个月、人）", "a number followed by its unit"),
        "cell",
        _unit_in_cell,
    ),
)

OTHER_MEANING = (
    amount_fault("amount_range", "金额写成范围", "a range of amounts", _range, keeps_meaning=False),
    amount_fault(
        "amount_dollars",
        "人民币符号打成美元符号",
        "a dollar sign before an amount",
        lambda number, rng: f"{one_of('$ US$ USD')(rng)}{number}",
        keeps_meaning=False,
    ),
    amount_fault(
        "amount_odd_minus",
        "负号打成其他横线",
        "an amount below zero with another dash as its minus",
        _positive(lambda number, rng: f"{one_of('− – － —')(rng)}{number}"),
        keeps_meaning=False,
    ),
    amount_fault(
        "amount_brackets",
        "负数写成括号",
        "an amount below zero in brackets",
        _positive(lambda number, rng: f"({number})"),
        keeps_meaning=False,
    ),
    amount_fault(
        "amount_trailing_minus",
        "负号在数字后面",
        "a minus behind the amount",
        _positive(lambda number, _: f"{number}-"),
        keeps_meaning=False,
    ),
    amount_fault(
        "amount_per_month",
        "金额写成每月",
        "an amount for each month",
        lambda number, rng: f"{number}{one_of('元/月 /月 每月')(rng)}",
        keeps_meaning=False,
    ),
    amount_fault(
        "amount_with_remark",
        "金额带说明",
        "an amount with a remark that limits it",
        lambda number, rng: f"{number}{one_of('（预计） （未报销） (估) ？')(rng)}",
        keeps_meaning=False,
    ),
    amount_fault(
        "amount_bound",
        "金额写成上下限",
        "an upper or lower bound in place of an amount",
        lambda number, rng: f"{one_of('不足 超过 ＞ <')(rng)}{number}",
        keeps_meaning=False,
    ),
    amount_fault(
        "amount_third_decimal",
        "金额有三位小数",
        "an amount with three decimals",
        lambda number, _: float(number + Decimal("0.005")),
        keeps_meaning=False,
    ),
    amount_fault(
        "amount_ten_thousandth",
        "按万元填入而未注明",
        "万元 in a column of yuan without a word",
        lambda number, _: float(number / 10_000) if number >= 100 else None,
        keeps_meaning=False,
    ),
    amount_fault(
        "percent_as_fraction",
        "百分数写成小数",
        "a share as a fraction in a column of percent",
        lambda number, _: float(number / 100) if number else None,
        keeps_meaning=False,
        columns=percent_columns,
    ),
)

LATE_AMOUNTS: tuple[Fault, ...] = (*EXACT, *OTHER_MEANING)
