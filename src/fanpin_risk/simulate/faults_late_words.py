"""Late faults of numbers of persons and households, and of code words."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fanpin_risk.simulate.faults_base import (
    Fault,
    cell_fault,
    every_column,
)
from fanpin_risk.simulate.faults_late_base import (
    check_character,
    code_fault,
    household_fault,
    identity_fault,
    one_of,
)
from fanpin_risk.simulate.sheets import Cell

TRADITIONAL = str.maketrans("户贫边缘险残学产业与岁医疗农长动无脱稳难严识",
                            "戶貧邊緣險殘學產業與歲醫療農長動無脫穩難嚴識")  # fmt: skip
SAME_SOUND = str.maketrans("户偶疾健脱初", "护藕急建托出")
RADICALS = str.maketrans("女子小大高父生老力士", "⼥⼦⼩⼤⾼⽗⽣⽼⼒⼠")
RELATION_NUMBERS = {"户主": "01", "配偶": "10", "之子": "20", "之女": "30"}


def _birth_year(text: str, rng: np.random.Generator) -> str:
    """Type another year of birth, with a check character that fits it."""
    year = int(text[6:10]) - int(rng.integers(1, 10))
    body = f"{text[:6]}{year}{text[10:17]}"
    return body + check_character(body)


def _impossible_day(text: str) -> str:
    """Type 30 February for the birthday, with a check character that fits it."""
    body = f"{text[:10]}0230{text[14:17]}"
    return body + check_character(body)


def _neighbour(text: str, rng: np.random.Generator) -> str:
    """Add the number of somebody else: of the same place and day, one later in the register."""
    body = f"{text[:14]}{(int(text[14:17]) + int(rng.integers(1, 900))) % 1000:03}"
    return f"{text}{one_of('、 / ; ，')(rng)}{body}{check_character(body)}"


def _doubled_digit(text: str, rng: np.random.Generator) -> str:
    """Type one of the digits twice."""
    at = int(rng.integers(0, 17))
    return text[:at] + text[at] + text[at:]


def _dragged(text: str) -> str:
    """Count on from the number above, as a cell does that is dragged down."""
    return f"{int(text) + 1:0{len(text)}}"


def _grouped(text: str) -> str | None:
    """Format a household number as an amount."""
    return None if text.startswith("0") else f"{int(text):,}"


def _translated(table: dict[int, int]) -> Callable[[str, np.random.Generator], str]:
    """Return what writes some characters otherwise."""
    return lambda text, _: text.translate(table)


def _boxes(text: str, rng: np.random.Generator) -> str | None:
    """Tick one of two boxes, as on a form."""
    return {"是": "☑是□否", "否": "□是☑否"}.get(text)


def _boolean(cell: Cell, rng: np.random.Generator) -> Cell:
    """Write yes and no as truth values."""
    return {"是": True, "否": False}.get(cell, cell) if isinstance(cell, str) else cell


IDENTITY_NUMBERS = (
    identity_fault(
        "identity_masked",
        "证件号码脱敏显示",
        "an identity number with stars over the birthday",
        lambda text, _: f"{text[:6]}********{text[14:]}",
        keeps_meaning=False,
    ),
    identity_fault(
        "identity_two_in_cell",
        "一格内两个证件号码",
        "two identity numbers in one cell",
        _neighbour,
        keeps_meaning=False,
    ),
    identity_fault(
        "identity_passport",
        "证件号码为护照号",
        "a passport number for an identity number",
        lambda text, rng: f"E{int(rng.integers(10_000_000, 99_999_999))}",
        keeps_meaning=False,
    ),
    identity_fault(
        "identity_letter_for_digit",
        "证件号码数字打成字母O、l",
        "letters O and l for digits of an identity number",
        lambda text, rng: text.replace(*(("0", "O"), ("1", "l"))[int(rng.integers(2))]),
    ),
    identity_fault(
        "identity_wide_x",
        "证件号码末位全角X",
        "a full-width X at the end of an identity number",
        lambda text, rng: text[:17] + one_of("Ｘ ｘ")(rng) if text[17] in "Xx" else None,
    ),
    identity_fault(
        "identity_times_sign",
        "证件号码末位X打成乘号",
        "a multiplication sign for the X of an identity number",
        lambda text, _: f"{text[:17]}×" if text[17] in "Xx" else None,
    ),
    identity_fault(
        "identity_other_birthday",
        "证件号码出生年份错误而校验码正确",
        "another year of birth with a check character that fits",
        _birth_year,
        keeps_meaning=False,
    ),
    identity_fault(
        "identity_impossible_day",
        "证件号码出生日期不存在",
        "a birthday in an identity number that no calendar has",
        lambda text, _: (
            f"{text[:10]}0230{text[14:17]}{check_character(text[:10] + '0230' + text[14:17])}"
        ),
        keeps_meaning=False,
    ),
    identity_fault(
        "identity_digit_twice",
        "证件号码多一位",
        "an identity number with one digit too many",
        _doubled_digit,
        keeps_meaning=False,
    ),
    identity_fault(
        "identity_dragged",
        "证件号码下拉填充成递增",
        "an identity number counted on by dragging",
        lambda text, _: _dragged(text[:17]) + text[17] if text[17] in "Xx" else _dragged(text),
        keeps_meaning=False,
    ),
    identity_fault(
        "identity_tab",
        "证件号码前有制表符",
        "a tab before an identity number",
        lambda text, _: f"\t{text}",
    ),
    identity_fault(
        "identity_formula_text",
        '证件号码写成="…"',
        "an identity number as a formula's text",
        lambda text, _: f'="{text}"',
    ),
    identity_fault(
        "identity_labelled",
        "证件号码前有说明",
        "a word before an identity number",
        lambda text, rng: f"{one_of('身份证： 身份证号: ID:')(rng)}{text}",
    ),
    identity_fault(
        "identity_dashes",
        "证件号码分段加横线",
        "dashes inside an identity number",
        lambda text, _: f"{text[:6]}-{text[6:14]}-{text[14:]}",
    ),
)

HOUSEHOLD_NUMBERS = (
    household_fault(
        "household_labelled",
        "户编号前有字",
        "a word before a household number",
        lambda text: f"户编号{text}",
    ),
    household_fault(
        "household_grouped",
        "户编号带千分位",
        "a household number with thousands separators",
        _grouped,
    ),
    household_fault(
        "household_formula_text",
        '户编号写成="…"',
        "a household number as a formula's text",
        lambda text: f'="{text}"',
    ),
    household_fault(
        "household_with_remark",
        "户编号后有说明",
        "a remark behind a household number",
        lambda text: f"{text}（已核对）",
    ),
    household_fault(
        "household_dragged",
        "户编号下拉填充成递增",
        "a household number counted on by dragging",
        _dragged,
        keeps_meaning=False,
    ),
)

CODES = (
    code_fault(
        "code_traditional", "代码值为繁体字", "traditional characters", _translated(TRADITIONAL)
    ),
    code_fault(
        "code_same_sound",
        "代码值有同音错字",
        "a character of the same sound in a code's word",
        _translated(SAME_SOUND),
    ),
    code_fault(
        "code_radicals",
        "代码值含康熙部首（来自PDF）",
        "radicals in place of characters, as copied out of a PDF",
        _translated(RADICALS),
    ),
    code_fault(
        "code_numbered",
        "代码值前有序号",
        "a number before a code's word",
        lambda text, rng: f"{int(rng.integers(1, 10))}{one_of('. 、 -')(rng)}{text}",
    ),
    code_fault(
        "code_relation_number",
        "与户主关系写成数字代码",
        "the official number in place of a relation's word",
        lambda text, _: RELATION_NUMBERS.get(text),
    ),
    code_fault("code_boxes", "是否写成勾选框", "ticked boxes for yes and no", _boxes),
    code_fault(
        "code_letters",
        "是否写成字母",
        "letters for yes and no",
        lambda text, rng: {"是": one_of("Y T y")(rng), "否": one_of("N F n")(rng)}.get(text),
    ),
    code_fault(
        "code_one_zero",
        "是否写成1和0",
        "1 and 0 for yes and no",
        lambda text, _: {"是": 1, "否": 0}.get(text),
    ),
    cell_fault(
        "code_boolean",
        ("是否写成逻辑值", "truth values for yes and no"),
        every_column,
        _boolean,
        keeps_meaning=True,
    ),
    code_fault(
        "code_both",
        "是否两项都未划去",
        "both words left on the form",
        lambda text, rng: one_of("是/否 是□否□ 是、否")(rng) if text in ("是", "否") else None,
        keeps_meaning=False,
    ),
    code_fault(
        "code_doubtful",
        "代码值带疑问",
        "a word with a question mark",
        lambda text, rng: f"{text}{one_of('？ (待核实) （疑似）')(rng)}",
        keeps_meaning=False,
    ),
    code_fault(
        "code_with_remark",
        "代码值带说明",
        "a remark behind a code's word",
        lambda text, _: f"{text}（见备注）",
    ),
    code_fault("code_emoji", "代码值带表情符号", "an emoji behind a word", lambda t, _: f"{t}✅"),
)

LATE_WORDS: tuple[Fault, ...] = (*IDENTITY_NUMBERS, *HOUSEHOLD_NUMBERS, *CODES)
