"""Late faults: each changes what it says, no more, and the same again for the same seed."""

from __future__ import annotations

import base64
import csv
import io
import re
import xml.etree.ElementTree as ET
import zipfile
from collections import Counter
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from html.parser import HTMLParser

import numpy as np
import pytest
from python_calamine import CalamineWorkbook, PasswordError

from fanpin_risk.simulate.faults import FAULTS, FAULTS_EARLY, FAULTS_LATE, inject
from fanpin_risk.simulate.faults_late import LATE_FAULTS
from fanpin_risk.simulate.faults_late_amounts import whole_in_words
from fanpin_risk.simulate.faults_late_base import check_character
from fanpin_risk.simulate.sheets import Sheet, sheet_bytes

BY_NAME = {fault.name: fault for fault in FAULTS_LATE}
HEADER = (
    "序号",
    "户编号",
    "姓名",
    "证件号码",
    "与户主关系",
    "户类型",
    "性别",
    "是否危房户",
    "住院日期",
    "保障结束日期",
    "录入时间",
    "总费用",
    "个人自付费用",
    "耕地面积",
    "报销比例（%）",
    "村",
    "备注",
)
NUMBERS = (
    "52232119800214001X",
    "522321198211030020",
    "522321200508190031",
    "522321195001070042",
    "522321197707230057",
    "52232120120115006X",
    "522321196912310078",
    "522321199106060085",
)


def hand_made(kind="csv"):
    """Eight bills of three households, with real days, empty days, a zero and a blank column."""
    households = ["125223210001"] * 2 + ["125223210002"] * 3 + ["125223210003"] * 3
    relations = ("户主", "配偶", "户主", "之子", "之子", "户主", "配偶", "之女")
    rows = [
        (
            at + 1,
            household,
            f"测试{at}号",
            number,
            relation,
            ("脱贫户", "一般农户")[at % 2],
            ("男", "女")[at % 2],
            ("否", "是")[at % 2],
            date(2021, 3, at + 9),
            date(2021, 12, 31) if at % 3 else None,
            date(2021, 4, at + 10),
            12_345.5 + at,
            2000 + at if at else 0,
            3.5 + at,
            60 + at,
            "永丰村" if at < 4 else "兴旺村",
            None,
        )
        for at, (household, number, relation) in enumerate(
            zip(households, NUMBERS, relations, strict=True)
        )
    ]
    keys = tuple(f"bill-{at}" for at in range(len(rows)))
    return Sheet(
        source="bills",
        header=HEADER,
        rows=tuple(rows),
        keys=keys,
        title=("住院报销明细",),
        footer=("填表人：",),
        kind=kind,
    )


TEXT, BOOK = hand_made(), hand_made("xlsx")


def one(header, cell, **more):
    """Return a sheet of one column and one row."""
    return Sheet(source="a", header=(header,), rows=((cell,),), keys=("k",), **more)


def spoiled(name, sheet=None, seed=0, n=2):
    """Return a sheet with one fault: the text file, or the workbook where only that fits."""
    found = [] if sheet is None else [sheet]
    for given in found or (TEXT, BOOK):
        faulty = inject(given, [BY_NAME[name]], np.random.default_rng(seed), n)
        if found or faulty.differs_from(given):
            return faulty
    raise AssertionError(f"{name} fits neither sheet")


def sheet_of(faulty):
    """The clean sheet of the same kind."""
    return TEXT if faulty.sheet is None or faulty.sheet.kind == "csv" else BOOK


def output(faulty):
    """Everything that a fault gives, to be compared."""
    content = faulty.content if faulty.sheet is None else repr(faulty.sheet)
    return content, faulty.touched, faulty.added, faulty.removed


def by_key(sheet):
    """Cells of each row, by the row's key."""
    assert len(set(sheet.keys)) == len(sheet.keys) == len(sheet.rows)
    return dict(zip(sheet.keys, map(repr, sheet.rows), strict=True))


OF_CELLS = [fault for fault in FAULTS_LATE if fault.level == "cell"]
OF_ROWS = [fault for fault in FAULTS_LATE if fault.level == "row" and not fault.is_raw]
OF_SHEETS = [fault for fault in FAULTS_LATE if not fault.is_raw]
RAW = [fault for fault in FAULTS_LATE if fault.is_raw]
IDS = {"ids": lambda fault: fault.name}


def test_early_and_late_kinds_are_told_apart():
    """At least a third of all kinds and forty are late; no name or title is there twice."""
    assert (*FAULTS_EARLY, *FAULTS_LATE) == FAULTS
    assert FAULTS_LATE == LATE_FAULTS
    assert len(FAULTS_LATE) >= max(40, len(FAULTS) / 3)
    for words in ("name", "title_zh", "title_en"):
        assert [k for k, c in Counter(getattr(f, words) for f in FAULTS).items() if c > 1] == []


@pytest.mark.parametrize("fault", FAULTS_LATE, **IDS)
def test_a_fault_changes_the_sheet_and_leaves_the_original(fault):
    """Each kind fits the text file or the workbook, says so, and works on a copy."""
    fitting = 0
    for kind in ("csv", "xlsx"):
        clean = hand_made(kind)
        faulty = inject(clean, [fault], np.random.default_rng(5), 2)
        assert clean == hand_made(kind)
        assert (faulty.sheet is None) == (faulty.content is not None)
        assert faulty.content is None or fault.is_raw
        if faulty.differs_from(clean):
            fitting += 1
            assert (faulty.content is not None) == fault.is_raw
        else:
            assert output(faulty) == (repr(clean), (), (), ())
    assert fitting >= 1


@pytest.mark.parametrize("fault", OF_SHEETS, **IDS)
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("sheet", [TEXT, BOOK], ids=["csv", "xlsx"])
def test_touched_rows_are_exactly_those_that_differ(fault, sheet, seed):
    """Rows that are not touched arrive equal, touched ones differ, new ones are named."""
    faulty = inject(sheet, [fault], np.random.default_rng(seed), 2)
    before, after = by_key(sheet), by_key(faulty.sheet)
    assert set(after) - set(before) == set(faulty.added)
    assert set(before) == set(after) & set(before)
    assert faulty.removed == ()
    differing = {key for key in before if before[key] != after[key]}
    is_of_names = faulty.sheet.header != sheet.header and set(faulty.touched) == set(sheet.keys)
    assert differing == set(faulty.touched) or is_of_names
    if fault.level != "file":
        assert replace(faulty.sheet, rows=(), keys=()) == replace(sheet, rows=(), keys=())
        assert [key for key in faulty.sheet.keys if key in before] == list(sheet.keys)
    if faulty.differs_from(sheet):
        assert sheet_bytes(faulty.sheet)


@pytest.mark.parametrize("fault", [*OF_CELLS, *OF_ROWS], **IDS)
def test_about_as_many_rows_are_spoiled_as_asked_for(fault):
    """One row for n = 1, never more than n; in a cell fault one cell of each row."""
    for n in (1, 3):
        faulty = spoiled(fault.name, seed=1, n=n)
        clean = sheet_of(faulty)
        assert 1 <= max(len(faulty.touched), len(faulty.added)) <= n
        if fault.level == "cell":
            for key in faulty.touched:
                at = clean.keys.index(key)
                pairs = zip(clean.rows[at], faulty.sheet.rows[at], strict=True)
                assert sum(repr(old) != repr(new) for old, new in pairs) == 1


@pytest.mark.parametrize("fault", FAULTS_LATE, **IDS)
def test_the_same_seed_gives_the_same_file(fault):
    """A fault is a function of the sheet, the seed and n, to the byte, also in workbooks."""
    for sheet in (TEXT, BOOK):
        first, second = (inject(sheet, [fault], np.random.default_rng(7), 3) for _ in range(2))
        assert output(first) == output(second)


WITH_CHANCE_IN_WORKBOOKS = {
    *("error_cells", "formulas_with_value", "formulas_without_value", "rich_texts"),
    *("comments_and_links", "number_formats", "hidden_rows", "merged_rows", "wide_used_range"),
    *("rows_on_two_sheets", "locked_workbook"),
}
WITHOUT_CHANCE = {
    *("sum_on_top", "column_numbers", "units_below", "dashes_below", "numbered_blanks"),
    *("second_table", "sent_twice", "empty_first_column", "padded_columns"),
    *("header_names_swapped", "trailing_delimiters", "trailing_delimiters_in_rows"),
    *("space_behind_delimiter", "encoded_twice", "tab_delimiter", "semicolon_delimiter"),
    *("pipe_delimiter", "wide_comma_delimiter"),
    *(fault.name for fault in RAW if fault.level == "file"),
} - WITH_CHANCE_IN_WORKBOOKS
"""One way to do it on the hand-made sheet."""


@pytest.mark.parametrize("fault", FAULTS_LATE, **IDS)
def test_another_seed_gives_another_file(fault):
    """Where chance has a part, seeds differ; where it has none, they do not."""
    found = {output(spoiled(fault.name, seed=seed, n=1)) for seed in range(12)}
    assert (len(found) == 1) == (fault.name in WITHOUT_CHANCE)


@pytest.mark.parametrize("fault", FAULTS_LATE, **IDS)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_fault_that_does_not_fit_touches_nothing(fault, kind):
    """A sheet without a fitting column comes back as it was; one without rows breaks nothing."""
    strange = Sheet(source="a", header=("甲",), rows=(), keys=(), kind=kind)
    faulty = inject(strange, [fault], np.random.default_rng(0), 2)
    assert faulty.touched == faulty.removed == ()
    if fault.level == "cell":
        assert not faulty.differs_from(strange)
    for cell in (None, True, "", "甲乙丙", 7):
        sheet = one("其他说明", cell, kind=kind)
        result = inject(sheet, [fault], np.random.default_rng(0), 2)
        if result.touched:
            assert result.differs_from(sheet)


@pytest.mark.parametrize("seed", range(20))
def test_several_faults_at_once(seed):
    """Any ten faults, early and late, still tell every row: equal, touched or removed."""
    rng = np.random.default_rng(seed)
    able = [fault for fault in FAULTS if not fault.is_raw]
    chosen = [able[at] for at in rng.permutation(len(able))[:10]]
    for sheet in (TEXT, BOOK):
        faulty = inject(sheet, chosen, rng, 2)
        after, before = by_key(faulty.sheet), by_key(sheet)
        assert set(before) == (set(after) & set(before)) | set(faulty.removed)
        assert set(after) - set(before) == set(faulty.added)
        for key in set(after) & set(before) - set(faulty.touched):
            assert after[key] == before[key]


AMOUNT, DAY, NUMBER, HOUSE = "自付金额", "住院日期", "证件号码", "户编号"


@pytest.mark.parametrize(
    ("name", "header", "cell", "expected"),
    [
        ("amount_chinese_words", AMOUNT, 1200, "一千二百"),
        ("amount_chinese_words", AMOUNT, 30045.5, "三万零四十五点五"),
        ("amount_chinese_words", AMOUNT, -3, -3),
        ("amount_capitals", AMOUNT, 1200.5, "壹仟贰佰元伍角整"),
        ("amount_capitals", AMOUNT, "10.05", "壹拾元零伍分"),
        ("amount_capitals", AMOUNT, 0, "零元整"),
        ("amount_capitals", AMOUNT, "1.005", "1.005"),
        ("amount_w", AMOUNT, 12345.5, "1.23455w"),
        ("amount_w", AMOUNT, 99, 99),
        ("amount_k", AMOUNT, 3000, "3k"),
        ("amount_thousand_yuan", AMOUNT, "3050", "3.05千元"),
        ("amount_plus_sign", AMOUNT, 88, "+88"),
        ("amount_grouped_by_four", AMOUNT, 1234567.5, "123,4567.5"),
        ("amount_grouped_by_four", AMOUNT, 9999, 9999),
        ("amount_wide_comma", AMOUNT, 12345.5, "12，345.5"),
        ("amount_apostrophes", AMOUNT, 1234567, "1'234'567"),
        ("amount_two_points", AMOUNT, 12.5, "12..5"),
        ("amount_two_points", AMOUNT, 12, 12),
        ("amount_chinese_stop", AMOUNT, 12.5, "12。5"),
        ("amount_exponent", AMOUNT, 12345.5, "1.23455E+4"),
        ("amount_exponent", AMOUNT, 600, "6E+2"),
        ("amount_yuan_jiao", AMOUNT, 12.5, "12元5角"),
        ("amount_yuan_jiao", AMOUNT, 12.05, "12元0角5分"),
        ("amount_float_noise", AMOUNT, 0.3, 0.30000000000000004),
        ("amount_letter_o", AMOUNT, 1200, "12OO"),
        ("amount_letter_o", AMOUNT, 0, 0),
        ("amount_brackets", AMOUNT, 12.5, "(12.5)"),
        ("amount_trailing_minus", AMOUNT, 12.5, "12.5-"),
        ("amount_third_decimal", AMOUNT, 12.5, 12.505),
        ("amount_ten_thousandth", AMOUNT, 12345.5, 1.23455),
        ("percent_sign", "报销比例（%）", 65, "65%"),
        ("percent_as_fraction", "供水保证率", 65, 0.65),
        ("unit_in_cell", "耕地面积", 3.5, "3.5亩"),
        ("unit_in_cell", "住房面积", 80, "80平方米"),
        ("unit_in_cell", "务工时间（月）", 9, "9个月"),
        ("unit_in_cell", "价格", 9, 9),
        ("day_weekday", DAY, date(2021, 3, 5), "2021年3月5日 星期五"),
        ("day_half", DAY, "2021-03-05", "2021-03-05 上午"),
        ("day_milliseconds", DAY, 20210305, "2021-03-05 09:30:15.123"),
        ("day_time_zone", DAY, date(2021, 3, 5), "2021-03-05T09:30:00+08:00"),
        ("day_utc", DAY, date(2021, 3, 1), "2021-02-28T16:00:00.000Z"),
        ("day_utc", DAY, "2021-03", "2021-03"),
        ("day_english", DAY, date(2021, 3, 5), "05-Mar-2021"),
        ("day_english", DAY, date(2021, 12, 31), "31-Dec-2021"),
        ("day_in_words", DAY, date(2021, 3, 15), "二〇二一年三月一十五日"),
        ("day_in_words", DAY, "2021-03", "二〇二一年三月"),
        ("day_month_first", DAY, date(2021, 3, 15), "03/15/2021"),
        ("day_month_first", DAY, date(2021, 3, 12), date(2021, 3, 12)),
        ("day_month_first_unclear", DAY, date(2021, 3, 12), "03/12/2021"),
        ("day_month_first_unclear", DAY, date(2021, 3, 3), date(2021, 3, 3)),
        ("day_iso_week", DAY, date(2021, 3, 5), "2021-W09-5"),
        ("day_iso_week", DAY, date(2021, 1, 1), "2020-W53-5"),
        ("day_serial_with_time", DAY, date(2021, 3, 5), 44260.4375),
        ("day_apostrophe", DAY, date(2021, 3, 5), "'2021-03-05"),
        ("day_chinese_stops", DAY, date(2021, 3, 5), "2021。3。5"),
        ("day_mixed_signs", DAY, date(2021, 3, 5), "2021.03-05"),
        ("day_half_chinese", DAY, date(2021, 3, 5), "2021年3月5"),
        ("day_serial_1904", DAY, date(2021, 3, 5), 42798),
        ("day_next_year", DAY, date(2020, 2, 29), date(2021, 2, 28)),
        ("day_next_year", DAY, "202103", "202203"),
        ("day_range", DAY, date(2021, 3, 20), "2021.3.20-2021.4.4"),
        ("day_lunar", DAY, date(2021, 3, 5), "农历2021年3月5日"),
        ("day_part_of_month", DAY, date(2021, 3, 31), "2021年3月下旬"),
        ("day_part_of_month", DAY, date(2021, 3, 10), "2021年3月上旬"),
        ("day_year_only", DAY, "2021-03", "2021年"),
        ("day_five_digit_year", DAY, date(2021, 3, 5), "20211-03-05"),
        ("day_short_compact", DAY, date(2021, 3, 5), "210305"),
        ("day_hashes", DAY, date(2021, 3, 5), "########"),
        ("identity_masked", NUMBER, NUMBERS[1], "522321********0020"),
        ("identity_times_sign", NUMBER, NUMBERS[0], "52232119800214001×"),
        ("identity_times_sign", NUMBER, NUMBERS[1], NUMBERS[1]),
        ("identity_dragged", NUMBER, NUMBERS[1], "522321198211030021"),
        ("identity_dragged", NUMBER, NUMBERS[0], "52232119800214002X"),
        ("identity_tab", NUMBER, NUMBERS[1], f"\t{NUMBERS[1]}"),
        ("identity_formula_text", NUMBER, NUMBERS[1], f'="{NUMBERS[1]}"'),
        ("identity_dashes", NUMBER, NUMBERS[0], "522321-19800214-001X"),
        ("household_labelled", HOUSE, "125223210002", "户编号125223210002"),
        ("household_grouped", HOUSE, "125223210002", "125,223,210,002"),
        ("household_grouped", HOUSE, "005223210002", "005223210002"),
        ("household_formula_text", HOUSE, "125223210002", '="125223210002"'),
        ("household_with_remark", HOUSE, "125223210002", "125223210002（已核对）"),
        ("household_dragged", HOUSE, "005223210009", "005223210010"),
        ("code_traditional", "户类型", "脱贫户", "脫貧戶"),
        ("code_traditional", "户类型", "某村自定", "某村自定"),
        ("code_same_sound", "与户主关系", "配偶", "配藕"),
        ("code_radicals", "性别", "女", "⼥"),
        ("code_relation_number", "与户主关系", "之女", "30"),
        ("code_boxes", "是否危房户", "否", "□是☑否"),
        ("code_one_zero", "是否危房户", "否", 0),
        ("code_boolean", "是否危房户", "是", True),
        ("code_with_remark", "文化程度", "小学", "小学（见备注）"),
        ("code_emoji", "文化程度", "小学", "小学✅"),
        ("direction_marks", "备注", "甲", "\u202d甲\u202c"),
        ("mark_in_cell", HOUSE, 17, "\ufeff17"),
        ("nul_padding", HOUSE, "17", "17\x00\x00"),
        ("html_entity", "性别", "男", "男&nbsp;"),
        ("html_tag", AMOUNT, 12, "12<br/>"),
        ("html_tag", AMOUNT, "约十二", "约十二"),
        ("excel_line_end", HOUSE, "17", "17_x000D_"),
        ("trailing_stop", DAY, "2021-03-05", "2021-03-05。"),
        ("chinese_quotes", "性别", "男", "“男”"),
        ("question_marks", "备注", "甲乙1", "??1"),
        ("mojibake", "备注", "户", "鎴\ufffd"),
        ("mojibake", "备注", "abc", "abc"),
    ],
)
def test_a_cell_becomes_what_an_office_would_write(name, header, cell, expected):
    """Hand-computed: the clean cell, and the same cell with the fault or as it was."""
    sheet = one(header, cell, kind="csv")
    faulty = spoiled(name, sheet)
    assert repr(faulty.sheet.rows) == repr(((expected,),))
    assert faulty.touched == (("k",) if repr(cell) != repr(expected) else ())


@pytest.mark.parametrize(
    ("name", "header", "cell", "pattern"),
    [
        ("amount_range", AMOUNT, 4890, "4800[-~至—](4900|5[0-6]00)"),
        ("amount_currency_code", AMOUNT, 12, "(RMB|CNY|人民币|￥) 12"),
        ("amount_spoken_unit", AMOUNT, 12, "12(元整|块|块钱)"),
        ("amount_zero_word", AMOUNT, 0, "零|〇|零元"),
        ("amount_dollars", AMOUNT, 12, r"(\$|US\$|USD)12"),
        ("amount_odd_minus", AMOUNT, 12, "[−–－—]12"),
        ("amount_per_month", AMOUNT, 12, "12(元/月|/月|每月)"),
        ("amount_with_remark", AMOUNT, 12, r"12(（预计）|（未报销）|\(估\)|？)"),
        ("amount_bound", AMOUNT, 12, "(不足|超过|＞|<)12"),
        ("identity_passport", NUMBER, NUMBERS[1], "E[0-9]{8}"),
        ("identity_letter_for_digit", NUMBER, NUMBERS[1], "[2-9O]*1.*O.*|[0-9l]*l.*"),
        ("identity_wide_x", NUMBER, NUMBERS[0], "52232119800214001[Ｘｘ]"),
        ("identity_labelled", NUMBER, NUMBERS[1], f"(身份证：|身份证号:|ID:){NUMBERS[1]}"),
        ("code_numbered", "性别", "男", "[1-9][.、-]男"),
        ("code_letters", "是否危房户", "否", "[NFn]"),
        ("code_both", "是否危房户", "否", "是/否|是□否□|是、否"),
        ("code_doubtful", "性别", "男", r"男(？|\(待核实\)|（疑似）)"),
        ("joiner_inside", "备注", "甲乙", "甲[\u200d\u2060\u00ad]乙"),
        ("control_inside", "备注", "甲乙", "甲[\x07\x0b\x1f]乙"),
        ("line_separator_inside", "备注", "甲乙", "甲[\u2028\u0085]乙"),
    ],
)
def test_a_cell_becomes_one_of_several_forms(name, header, cell, pattern):
    """Where chance picks the form, every seed gives one of them, and not always the same."""
    found = {spoiled(name, one(header, cell), seed).sheet.rows[0][0] for seed in range(20)}
    assert all(re.fullmatch(pattern, text) for text in found)
    assert len(found) > 1


@pytest.mark.parametrize(
    ("name", "column", "words"),
    [
        ("zeros_for_missing_day", "保障结束日期", {"0000-00-00"}),
        ("day_zero_for_missing", "保障结束日期", {"1900/1/0"}),
        ("last_day_for_missing", "保障结束日期", {"9999-12-31"}),
        ("blank_word_for_missing", None, {"空", "（空白）", "未填"}),
        ("slash_for_missing", None, {"/", "——", "—", "\\"}),
        ("program_null_for_missing", None, {"(null)", "\\N", "None", "nan"}),
    ],
)
def test_placeholders_fill_empty_cells_alone(name, column, words):
    """A word for nothing stands where nothing stood, never over a value."""
    faulty = spoiled(name, n=99)
    for old, new in zip(TEXT.rows, faulty.sheet.rows, strict=True):
        for header, a, b in zip(HEADER, old, new, strict=True):
            assert a == b or (a is None and b in words and column in (None, header))
    assert len(faulty.touched) == (3 if column else 8)


def value_of(text):
    """Number that plain Chinese words say, by a slow and different way."""
    total, part, digit = 0, 0, 0
    for sign in text:
        if sign in "零一二三四五六七八九":
            digit = "零一二三四五六七八九".index(sign)
        elif sign == "万":
            total, part, digit = (part + digit) * 10_000, 0, 0
        else:
            part, digit = part + digit * {"十": 10, "百": 100, "千": 1000}[sign], 0
    return total + part + digit


def test_words_of_numbers_say_the_number():
    """Every number up to 20 000 and random larger ones can be read back, and none has two 零."""
    large = np.random.default_rng(0).integers(20_000, 100_000_000, 2000).tolist()
    for value in [*range(20_000), *large, 99_999_999, 10_000_000, 10_010_001]:
        words = whole_in_words(value)
        assert value_of(words) == value
        assert "零零" not in words
        assert words == "零" or not words.endswith("零")


@pytest.mark.parametrize("seed", range(20))
def test_amounts_as_sums_add_up(seed):
    """The parts of a sum give the amount to the fen."""
    text = spoiled("amount_as_sum", one(AMOUNT, 12345.67), seed).sheet.rows[0][0]
    one_part, other = map(Decimal, text.split("+"))
    assert one_part + other == Decimal("12345.67")


def test_milliseconds_since_1970_are_midnight_in_china():
    """The moment is 16:00 UTC of the day before."""
    moment = spoiled("day_epoch", one(DAY, date(2021, 3, 5))).sheet.rows[0][0]
    assert datetime.fromisoformat("2021-03-05T00:00:00+08:00").timestamp() * 1000 == moment


@pytest.mark.parametrize("seed", range(10))
def test_identity_numbers_of_others_have_a_right_check_character(seed):
    """Nothing but the cross-check with other records can find them; a doubled digit is longer."""
    clean = NUMBERS[3][:17] + check_character(NUMBERS[3])
    for name in ("identity_other_birthday", "identity_impossible_day"):
        number = spoiled(name, one(NUMBER, clean), seed).sheet.rows[0][0]
        assert number[:6] == clean[:6]
        assert number != clean
        assert check_character(number) == number[17]
    assert spoiled("identity_impossible_day", one(NUMBER, clean)).sheet.rows[0][0][10:14] == "0230"
    pair = spoiled("identity_two_in_cell", one(NUMBER, clean), seed).sheet.rows[0][0]
    assert pair[:18] == clean
    assert check_character(pair[19:]) == pair[-1]
    assert len(spoiled("identity_digit_twice", one(NUMBER, clean), seed).sheet.rows[0][0]) == 19


def test_values_of_the_wrong_type_are_faults_of_workbooks():
    """Numbers and days as texts: a text file has no types, and stays as it was."""
    for name, column in (("amount_as_text", "总费用"), ("day_as_text", "住院日期")):
        faulty = spoiled(name, replace(BOOK, header=("户", *BOOK.header[1:])), n=99)
        assert len(faulty.touched) == 8
        assert not spoiled(name, TEXT).differs_from(TEXT)
        assert column in HEADER
        kinds = {type(cell) for row in faulty.sheet.rows for cell in row if cell is not None}
        assert str in kinds
    assert spoiled("day_as_text", one(DAY, date(2021, 3, 5), kind="xlsx")).sheet.rows == (
        ("2021-03-05",),
    )
    assert spoiled("amount_as_text", one(AMOUNT, 12.5, kind="xlsx")).sheet.rows == (("12.5",),)


def test_visible_signs_stay_off_texts_of_somebodys_own():
    """Names and places, whose clean value nobody could tell, are left alone; a long text is one."""
    own = {HEADER.index(name) for name in ("姓名", "序号", "备注")}
    for name in ("html_entity", "html_tag", "excel_line_end", "trailing_stop", "chinese_quotes"):
        for seed in range(10):
            faulty = spoiled(name, seed=seed, n=8)
            for old, new in zip(TEXT.rows, faulty.sheet.rows, strict=True):
                assert all(old[at] == new[at] for at in own)
    long = spoiled("very_long_text")
    assert max(len(str(cell)) for row in long.sheet.rows for cell in row) > 5000
    assert HEADER.index("姓名") in {
        at
        for old, new in zip(TEXT.rows, long.sheet.rows, strict=True)
        for at, pair in enumerate(zip(old, new, strict=True))
        if pair[0] != pair[1]
    }


def test_lines_that_hold_no_record():
    """Remarks, sections, numbers, units, a second table and blanks stand where forms have them."""
    for name, kinds, is_on_top in [
        ("section_lines", {"note"}, False),
        ("comment_lines", {"note"}, False),
        ("sum_on_top", {"total"}, True),
        ("column_numbers", {"note"}, True),
        ("units_below", {"note"}, True),
        ("dashes_below", {"note"}, True),
        ("numbered_blanks", {"blank"}, False),
        ("second_table", {"blank", "note"}, False),
    ]:
        faulty = spoiled(name, n=3)
        assert {key.partition(":")[0] for key in faulty.added} == kinds
        assert faulty.touched == ()
        assert (faulty.sheet.keys[0] in faulty.added) or not is_on_top
    total = dict(zip(HEADER, spoiled("sum_on_top").sheet.rows[0], strict=True))
    assert (total["序号"], total["总费用"]) == ("合计", sum(12_345.5 + at for at in range(8)))
    units = dict(zip(HEADER, spoiled("units_below").sheet.rows[0], strict=True))
    assert {name for name, cell in units.items() if cell} == {"总费用", "个人自付费用"}
    assert spoiled("column_numbers").sheet.rows[0] == tuple(range(1, 18))
    assert spoiled("dashes_below").sheet.footer == ("填表人：", "(8 行受影响)")
    assert [row[0] for row in spoiled("numbered_blanks", n=3).sheet.rows[8:]] == [9, 10, 11]
    assert not spoiled("numbered_blanks", one("户编号", "1")).added


def test_rows_that_are_there_twice():
    """A copy below its row in another spelling, or the whole table again with title and header."""
    copy = spoiled("copy_other_spelling", n=3)
    rows = dict(zip(copy.sheet.keys, copy.sheet.rows, strict=True))
    for key in copy.added:
        clean = rows[key.removeprefix("copy:")]
        assert rows[key] != clean
        for old, new in zip(clean, rows[key], strict=True):
            assert old == new or new.strip() == old.lower()
    twice = spoiled("sent_twice").sheet
    assert twice.rows[8:10] == (("住院报销明细", *[None] * 16), HEADER)
    assert twice.rows[10:] == twice.rows[:8] == TEXT.rows


@pytest.mark.parametrize("seed", range(5))
def test_rows_of_others(seed):
    """Another county's people with numbers that check out, or the same people a year before."""
    other = spoiled("rows_of_other_county", seed=seed, n=1).sheet
    at = next(i for i, key in enumerate(other.keys) if key.startswith("other:"))
    row, above = (dict(zip(HEADER, other.rows[i], strict=True)) for i in (at, at - 1))
    assert row["户编号"] == "520324" + above["户编号"][6:]
    assert row["证件号码"][:6] == "520324"
    assert check_character(row["证件号码"]) == row["证件号码"][17]
    assert row["村"] == f"邻{above['村']}"
    year = spoiled("rows_of_other_year", seed=seed, n=1).sheet
    at = next(i for i, key in enumerate(year.keys) if key.startswith("other:"))
    row, above = (dict(zip(HEADER, year.rows[i], strict=True)) for i in (at, at - 1))
    changed = {name for name in HEADER if row[name] != above[name]}
    assert changed <= {"住院日期", "保障结束日期", "录入时间"}
    assert row["住院日期"].year == above["住院日期"].year - 1


@pytest.mark.parametrize("seed", range(5))
def test_rows_out_of_their_place(seed):
    """Two lines hold one row, two cells are swapped, a note stands beyond the last column."""
    broken = spoiled("row_over_two_lines", seed=seed).sheet
    for at, key in enumerate(broken.keys):
        if key.startswith("part:"):
            pairs = zip(broken.rows[at - 1], broken.rows[at], strict=True)
            joined = tuple(b if a is None else a for a, b in pairs)
            assert joined == TEXT.rows[TEXT.keys.index(key.removeprefix("part:"))]
    swapped = spoiled("cells_swapped", seed=seed)
    for key in swapped.touched:
        at = TEXT.keys.index(key)
        old, new = TEXT.rows[at], swapped.sheet.rows[at]
        first, second = (x for x in range(17) if old[x] != new[x])
        assert (second, new[first], new[second]) == (first + 1, old[second], old[first])
    for name, word in (("note_in_margin", "已核实"), ("voided_in_margin", "作废")):
        noted = spoiled(name, seed=seed)
        for key in noted.touched:
            at = TEXT.keys.index(key)
            assert noted.sheet.rows[at] == (*TEXT.rows[at], word)


def test_signs_for_as_above_can_be_resolved():
    """Above each sign stands the word that it stands for, and not another sign."""
    for seed in range(10):
        faulty = spoiled("ditto_signs", seed=seed, n=9)
        for at, row in enumerate(faulty.sheet.rows):
            for column, cell in enumerate(row):
                if cell != TEXT.rows[at][column]:
                    assert cell in ("同上", "〃", "″")
                    assert faulty.sheet.rows[at - 1][column] == TEXT.rows[at][column]


def test_header_faults_leave_the_rows():
    """Names change up to n columns, none becomes another's, and no row is touched."""
    patterns = {
        "header_star": r"\*.*",
        "header_hint": r".*（(格式：2021-03-05|18位|是/否|必填)）",
        "header_numbered": r"[0-9]+\..*",
        "header_mistyped": r".*(号吗|编好|费佣|日其|时问|类形|性名).*",
    }
    for name, pattern in patterns.items():
        faulty = spoiled(name, n=3)
        pairs = list(zip(HEADER, faulty.sheet.header, strict=True))
        differing = [new for old, new in pairs if old != new]
        assert len(differing) == 3
        assert all(re.fullmatch(pattern, new) for new in differing)
        assert faulty.touched == ()
        assert faulty.sheet.rows == TEXT.rows
    two = spoiled("header_two_lines").sheet
    assert two.rows == (HEADER, *TEXT.rows)
    assert [text for text in two.header if text] == ["基本情况", "具体情况"]


@pytest.mark.parametrize("seed", range(5))
def test_columns_that_mean_something_else(seed):
    """Another unit with its amounts, two exchanged names, a lost name: every row is touched."""
    for name, unit, divisor in (
        ("header_ten_thousands", "万元", 10_000),
        ("header_thousands", "千元", 1000),
    ):
        faulty = spoiled(name, seed=seed)
        column = next(at for at, text in enumerate(faulty.sheet.header) if text != HEADER[at])
        assert faulty.sheet.header[column] == f"{HEADER[column]}（{unit}）"
        for old, new in zip(TEXT.rows, faulty.sheet.rows, strict=True):
            assert Decimal(str(new[column])) * divisor == Decimal(str(old[column]))
    swapped = spoiled("header_names_swapped", seed=seed)
    assert sorted(swapped.sheet.header) == sorted(HEADER)
    assert swapped.sheet.header.index("总费用") == HEADER.index("个人自付费用")
    lost = spoiled("header_name_lost", seed=seed)
    assert lost.sheet.header.count("") == 1
    assert swapped.touched == lost.touched == TEXT.keys


@pytest.mark.parametrize("seed", range(5))
def test_the_shape_of_the_table(seed):
    """Empty columns, another order and padding leave every value where its name is."""
    for name in ("empty_first_column", "empty_column_between"):
        sheet = spoiled(name, seed=seed).sheet
        at = sheet.header.index("")
        assert (at == 0) == (name == "empty_first_column")
        assert tuple((*row[:at], *row[at + 1 :]) for row in sheet.rows) == TEXT.rows
    assert by_key(spoiled("other_order", seed=seed).sheet) == by_key(TEXT)
    padded = spoiled("padded_columns").sheet
    for old, new in zip(TEXT.rows, padded.rows, strict=True):
        shown = [str(cell).strip() for cell in new if cell is not None]
        assert [text for text in shown if text] == [str(cell) for cell in old if cell is not None]
    assert len({len(row[2]) for row in padded.rows}) == 1


CLEAN = sheet_bytes(TEXT).decode()


def text_of(name, encoding="utf-8", seed=0):
    """Text of the file with a raw fault."""
    return spoiled(name, TEXT, seed).content.decode(encoding)


def test_delimiters():
    """The same table with another sign between its cells; a workbook has none."""
    for name, delimiter in (
        ("tab_delimiter", "\t"),
        ("semicolon_delimiter", ";"),
        ("pipe_delimiter", "|"),
        ("wide_comma_delimiter", "，"),
    ):
        text = sheet_bytes(spoiled(name).sheet).decode()
        assert text == CLEAN.replace(",", delimiter)
        assert not spoiled(name, BOOK).differs_from(BOOK)


def test_the_same_text_in_other_bytes():
    """Line ends, end signs, a line on top, quotes and encodings: the text can be had back."""
    ends = text_of("mixed_line_ends")
    assert ends.replace("\r\n", "\n") == CLEAN.replace("\r\n", "\n")
    assert 0 < ends.count("\r\n") < ends.count("\n")
    assert text_of("doubled_line_ends") == CLEAN.replace("\r\n", "\r\r\n")
    assert text_of("no_final_line_end") + "\r\n" == CLEAN
    assert text_of("dos_end_sign") == CLEAN + "\x1a"
    assert text_of("delimiter_line") == "sep=,\r\n" + CLEAN
    quoted = text_of("all_quoted")
    assert list(csv.reader(io.StringIO(quoted))) == list(csv.reader(io.StringIO(CLEAN)))
    assert quoted.startswith('"住院报销明细"')
    assert text_of("encoded_twice").encode("latin-1").decode() == CLEAN
    assert text_of("utf16_without_mark", "utf-16-le") == CLEAN
    assert text_of("utf16_big_endian", "utf-16") == CLEAN
    assert base64.b64decode(spoiled("mail_encoded").content) == CLEAN.encode()
    for name in ("dos_end_sign", "all_quoted", "utf16_without_mark", "doubled_line_ends"):
        assert spoiled(name).touched == ()


def test_lines_of_text_files():
    """Delimiters at the end, spaces behind them, page signs: exactly the touched lines differ."""
    clean = CLEAN.split("\r\n")
    for name, change, lines in (
        ("trailing_delimiters", lambda line: f"{line},", range(1, 10)),
        ("trailing_delimiters_in_rows", lambda line: f"{line},", range(2, 10)),
        ("space_behind_delimiter", lambda line: line.replace(",", ", "), range(1, 10)),
    ):
        found = text_of(name).split("\r\n")
        assert found == [change(x) if at in lines else x for at, x in enumerate(clean)]
        assert spoiled(name).touched == TEXT.keys
    feeds = spoiled("form_feeds", n=3)
    found = feeds.content.decode().split("\r\n")
    assert [TEXT.keys[at - 2] for at, x in enumerate(found) if x[:1] == "\f"] == list(feeds.touched)
    assert "\r\n".join(found).replace("\f", "") == CLEAN


@pytest.mark.parametrize("seed", range(5))
def test_lines_joined_and_broken(seed):
    """A lost line end joins two rows, an unquoted line break makes two lines of one."""
    lost = spoiled("row_end_lost", seed=seed, n=1)
    assert len(lost.touched) == 2
    lines = lost.content.decode().split("\r\n")
    assert len(lines) == len(CLEAN.split("\r\n")) - 1
    assert "".join(lines) == CLEAN.replace("\r\n", "")
    broken = spoiled("line_break_unquoted", seed=seed, n=2)
    lines = broken.content.decode().split("\r\n")
    assert len(broken.touched) == 2
    assert len(lines) == len(CLEAN.split("\r\n")) + 2
    assert "".join(lines) == CLEAN.replace("\r\n", "")
    assert '"' not in "".join(lines)


@pytest.mark.parametrize("seed", range(5))
def test_files_joined_and_mixed(seed):
    """Two exports in one with a mark in the middle; rows in GB18030 within UTF-8."""
    joined = spoiled("joined_files", seed=seed)
    text = joined.content.decode()
    header = ",".join(HEADER)
    assert text.count("\ufeff") == text.count(header) == 2
    assert text.replace("\ufeff" + header + "\r\n", "", 1).replace("\ufeff", "") == CLEAN
    assert joined.added == ("header:second",)
    mixed = spoiled("mixed_encodings", seed=seed)
    lines = mixed.content.split(b"\r\n")
    strange = []
    for at, (line, clean) in enumerate(zip(lines, CLEAN.split("\r\n"), strict=True)):
        if line != clean.encode():
            assert line.decode("gb18030") == clean
            strange.append(TEXT.keys[at - 2])
    assert tuple(strange) == mixed.touched


def test_every_encoding_of_a_text_file_can_carry_raw_faults():
    """The bytes are in the sheet's own encoding, or the fault does not fit."""
    for encoding in ("utf-8-sig", "gb18030", "utf-16"):
        sheet = replace(TEXT, encoding=encoding)
        for fault in RAW:
            faulty = inject(sheet, [fault], np.random.default_rng(0), 2)
            assert faulty.content is None or faulty.content
        assert spoiled("form_feeds", sheet).content.decode(encoding).replace("\f", "") == CLEAN
    joined = spoiled("joined_files", replace(TEXT, encoding="utf-8-sig")).content
    assert joined.count("\ufeff".encode()) == 2
    assert b"\xd6" in spoiled("mixed_encodings", replace(TEXT, encoding="utf-8-sig")).content


def pages(content):
    """Rows of every sheet of a workbook, by the sheet's name."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {
        name: book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        for name in book.sheet_names
    }


def trimmed(lines):
    """Lines without empty cells at their end, and without empty lines at the end."""
    found = []
    for line in lines:
        cells = list(line)
        while cells and cells[-1] == "":
            cells.pop()
        found.append(cells)
    while found and not found[-1]:
        found.pop()
    return found


PLAIN_PAGE = trimmed(pages(sheet_bytes(BOOK))["Sheet1"])


@pytest.mark.parametrize(
    "name",
    [
        "formulas_with_value",
        "rich_texts",
        "comments_and_links",
        "hidden_rows",
        "grouped_columns",
        "merged_title",
        "wide_used_range",
        "long_used_range",
        "book_from_1904",
    ],
)
def test_workbooks_whose_values_are_the_same(name):
    """A program that reads workbooks finds the clean values; something else is different."""
    faulty = spoiled(name, BOOK)
    assert trimmed(pages(faulty.content)["Sheet1"]) == PLAIN_PAGE
    assert spoiled(name, TEXT).differs_from(TEXT) is False


def xml_of(name, part="xl/worksheets/sheet1.xml", n=2):
    """A part of a spoiled workbook as text."""
    with zipfile.ZipFile(io.BytesIO(spoiled(name, BOOK, n=n).content)) as archive:
        return archive.read(part).decode()


def test_workbooks_have_what_they_say():
    """Formulas with and without value, errors, hidden rows, merges and ranges are in the file."""
    assert re.search(r"<f>1234\d\.5\+1</f><v>1234\d\.5</v>", xml_of("formulas_with_value"))
    assert re.search(r"<f>1234\d\.5\+1</f><v></v>", xml_of("formulas_without_value"))
    assert xml_of("error_cells").count('t="e"') == 2
    assert xml_of("hidden_rows", n=3).count('hidden="1"') == 3
    assert "<cols>" in xml_of("grouped_columns")
    assert '<mergeCell ref="A1:Q1"/>' in xml_of("merged_title")
    assert '<mergeCell ref="B3:B4"/>' in xml_of("merged_rows", n=9)
    assert 'ref="A1:XFD' in xml_of("wide_used_range")
    assert 'ref="A1:Q70012"' in xml_of("long_used_range")
    assert 'date1904="1"' in xml_of("book_from_1904", "xl/workbook.xml")
    assert "<r><rPr>" in xml_of("rich_texts", "xl/sharedStrings.xml")
    assert "aaaa" in xml_of("number_formats", "xl/styles.xml")
    assert 'state="hidden"' in xml_of("hidden_sheet_first", "xl/workbook.xml")


def test_cells_of_workbooks_that_lose_their_value():
    """Only the touched rows lose a value: no result, an error, or a merged cell."""
    for name in ("formulas_without_value", "error_cells", "merged_rows"):
        faulty = spoiled(name, BOOK)
        found = trimmed(pages(faulty.content)["Sheet1"])
        differing = [BOOK.keys[at - 2] for at, x in enumerate(found) if x != PLAIN_PAGE[at]]
        assert tuple(differing) == faulty.touched
        assert faulty.touched


def test_sheets_of_workbooks():
    """Rows on two sheets with a header each; other sheets before the one with the rows."""
    two = pages(spoiled("rows_on_two_sheets", BOOK).content)
    first, second = (trimmed(lines) for lines in two.values())
    assert list(two) == ["兴旺镇", "永丰镇"]
    assert first[:2] == second[:2] == PLAIN_PAGE[:2]
    assert [*first[2:-1], *second[2:-1]] == PLAIN_PAGE[2:-1]
    for name, other in (
        ("empty_sheet_first", "Sheet1"),
        ("notes_sheet_first", "填表说明"),
        ("hidden_sheet_first", "代码"),
    ):
        found = pages(spoiled(name, BOOK).content)
        assert list(found) == [other, "数据"]
        assert trimmed(found["数据"]) == PLAIN_PAGE


class Table(HTMLParser):
    """Cells of a web page's table."""

    def __init__(self):
        """Begin without a row."""
        super().__init__()
        self.rows = []

    def handle_starttag(self, tag, attrs):
        """Begin a row or a cell."""
        if tag == "tr":
            self.rows.append([])
        elif tag == "td":
            self.rows[-1].append("")

    def handle_data(self, data):
        """Fill the cell."""
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data.strip("\r\n")


def test_files_with_the_wrong_ending():
    """Texts, web pages and old XML hold the table; an archive and a workbook hold the file."""
    lines = list(csv.reader(io.StringIO(CLEAN)))
    assert spoiled("text_as_workbook").content.decode("gb18030") == CLEAN
    tabs = spoiled("tab_text_as_workbook").content.decode("utf-16")
    assert tabs == CLEAN.replace(",", "\t")
    table = Table()
    table.feed(spoiled("web_page_as_workbook").content.decode())
    assert table.rows == lines
    root = ET.fromstring(spoiled("old_xml_as_workbook").content)
    name = "{urn:schemas-microsoft-com:office:spreadsheet}"
    found = [
        [(cell[0].text or "").removesuffix("T00:00:00.000") if len(cell) else "" for cell in row]
        for row in root.iter(f"{name}Row")
    ]
    assert found == lines
    assert trimmed(pages(spoiled("workbook_as_text").content)["Sheet1"]) == PLAIN_PAGE
    for sheet, ending in ((TEXT, "csv"), (BOOK, "xlsx")):
        with zipfile.ZipFile(io.BytesIO(spoiled("zipped", sheet).content)) as archive:
            assert archive.namelist() == [f"bills.{ending}"]
            inner = archive.read(f"bills.{ending}")
        assert inner == CLEAN.encode() if ending == "csv" else pages(inner)


def test_old_xml_and_web_pages_escape_their_signs():
    """A cell with angle brackets and ampersands stays one cell."""
    sheet = replace(BOOK.with_cell(0, "备注", "a<b & c").with_cell(1, "备注", True), title=())
    table = Table()
    table.feed(spoiled("web_page_as_workbook", sheet).content.decode())
    assert table.rows[1][-1] == "a<b & c"
    root = ET.fromstring(spoiled("old_xml_as_workbook", sheet).content)
    assert "a<b & c" in [element.text for element in root.iter()]


def test_a_locked_workbook_is_one(tmp_path):
    """Another program takes it for a workbook behind a password; nobody can read a row."""
    faulty = spoiled("locked_workbook")
    path = tmp_path / "locked.xlsx"
    path.write_bytes(faulty.content)
    with pytest.raises(PasswordError, match="password"):
        CalamineWorkbook.from_path(path)
    assert faulty.removed == BOOK.keys


@pytest.mark.parametrize("fault", RAW, **IDS)
def test_a_fault_of_bytes_comes_last(fault):
    """Other faults go before it whatever the order given, and are counted with it."""
    sheet = TEXT if spoiled(fault.name, TEXT).differs_from(TEXT) else BOOK
    faults = [fault, BY_NAME["sum_on_top"], BY_NAME["code_with_remark"]]
    faulty = inject(sheet, faults, np.random.default_rng(3), 8)
    assert faulty.sheet is None
    assert faulty.content
    assert faulty.removed or set(faulty.touched) >= set(sheet.keys)
    assert faulty.removed or "total:top" in faulty.added
