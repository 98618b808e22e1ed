"""Faults: each changes what it says, no more, and the same again for the same seed."""

from __future__ import annotations

import ast
import csv
import io
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

import fanpin_risk.simulate
from fanpin_risk.simulate.faults import FAULTS_EARLY as FAULTS
from fanpin_risk.simulate.faults import Faulty, inject
from fanpin_risk.simulate.sheets import Sheet, sheet_bytes

BY_NAME = {fault.name: fault for fault in FAULTS}
CODE_PATH = Path(fanpin_risk.simulate.__file__).parent
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)

HEADER = (
    "户编号",
    "姓名",
    "证件号码",
    "与户主关系",
    "户类型(1)",
    "住院日期",
    "录入时间",
    "总费用",
    "个人自付费用",
    "备注",
)
NUMBERS = (
    "52232119800214001X",
    "522321198211030020",
    "522321200508190031",
    "522321195001070042",
    "522321197707230057",
    "522321201201150063",
    "522321196912310078",
    "522321199106060085",
)
PLACEHOLDERS = {
    "dash_for_missing": "-",
    "none_for_missing": "无",
    "unclear_for_missing": "不详",
    "null_for_missing": "NULL",
    "excel_error_for_missing": "#N/A",
    "zero_for_missing": 0,
}


def hand_made(kind="csv"):
    """Eight bills of four households, the first two with a household number that begins with 0."""
    households = ("005223210001", "005223210001", *["125223210002"] * 3, *["125223210003"] * 3)
    relations = ("户主", "配偶", "户主", "之子", "之子", "户主", "配偶", "之女")
    rows = [
        (
            household,
            f"测试{at}号",
            number,
            relation,
            ("脱贫户", "边缘易致贫户")[at % 2],
            date(2021, 3, at + 1),
            date(2021, 4, at + 10),
            12_345.5 + at,
            2000 + at,
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
        kind=kind,
    )


SHEET = hand_made()
BOOK = hand_made("xlsx")


def one(header, cell, **more):
    """Return a sheet of one column and one row."""
    return Sheet(source="a", header=(header,), rows=((cell,),), keys=("k",), **more)


def spoiled(name, sheet=SHEET, seed=0, n=2):
    """Return the sheet with one fault."""
    return inject(sheet, [BY_NAME[name]], np.random.default_rng(seed), n)


def output(faulty):
    """Everything that a fault gives, to be compared."""
    content = faulty.content if faulty.sheet is None else repr(faulty.sheet)
    return content, faulty.touched, faulty.added, faulty.removed


def by_key(sheet):
    """Cells of each row, by the row's key."""
    assert len(set(sheet.keys)) == len(sheet.keys) == len(sheet.rows)
    return dict(zip(sheet.keys, map(repr, sheet.rows), strict=True))


def text_lines(content, encoding="utf-8", end="\r\n"):
    """Lines of a text file."""
    return content.decode(encoding).split(end)


OF_ROWS = [fault for fault in FAULTS if fault.level != "file" and not fault.is_raw]
RAW = [fault for fault in FAULTS if fault.is_raw]


def test_there_are_enough_kinds_and_none_twice():
    """More than thirty kinds, at every level, each with its own name and titles."""
    assert len(FAULTS) >= 30
    assert {fault.level for fault in FAULTS} == {"cell", "row", "file"}
    for words in ("name", "title_zh", "title_en"):
        assert [k for k, c in Counter(getattr(f, words) for f in FAULTS).items() if c > 1] == []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_changes_the_sheet_and_leaves_the_original(fault):
    """Each kind fits the hand-made text file, says so, and works on a copy."""
    clean = hand_made()
    faulty = inject(clean, [fault], np.random.default_rng(5), 2)
    assert faulty.differs_from(clean)
    assert (faulty.sheet is None) == (faulty.content is not None) == fault.is_raw
    assert clean == hand_made()


@pytest.mark.parametrize("fault", OF_ROWS, ids=lambda fault: fault.name)
@pytest.mark.parametrize("seed", range(3))
def test_touched_rows_are_exactly_those_that_differ(fault, seed):
    """Rows that are not touched arrive equal, touched ones differ, new ones are named."""
    faulty = inject(SHEET, [fault], np.random.default_rng(seed), 2)
    before, after = by_key(SHEET), by_key(faulty.sheet)
    assert set(after) - set(before) == set(faulty.added)
    assert set(before) - set(after) == set(faulty.removed) == set()
    assert {key for key in before if before[key] != after[key]} == set(faulty.touched)
    assert replace(faulty.sheet, rows=(), keys=()) == replace(SHEET, rows=(), keys=())
    order = [key for key in faulty.sheet.keys if key in before]
    assert order == list(SHEET.keys)


@pytest.mark.parametrize("fault", OF_ROWS, ids=lambda fault: fault.name)
def test_about_as_many_rows_are_spoiled_as_asked_for(fault):
    """One row for n = 1, never more than n; in a cell fault one cell of each row."""
    for n in (1, 3):
        faulty = inject(SHEET, [fault], np.random.default_rng(1), n)
        assert 1 <= len(faulty.touched) + len(faulty.added) <= n
        if fault.level == "cell":
            for key in faulty.touched:
                at = SHEET.keys.index(key)
                pairs = zip(SHEET.rows[at], faulty.sheet.rows[at], strict=True)
                assert sum(repr(old) != repr(new) for old, new in pairs) == 1


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
@pytest.mark.parametrize("sheet", [SHEET, BOOK], ids=["csv", "xlsx"])
def test_the_same_seed_gives_the_same_file(fault, sheet):
    """A fault is a function of the sheet, the seed and n; a spoiled workbook can be written."""
    first, second = (inject(sheet, [fault], np.random.default_rng(7), 3) for _ in range(2))
    if not (fault.is_raw and sheet.kind == "xlsx"):  # a workbook holds the second it was made in
        assert output(first) == output(second)
    if first.sheet is not None:
        assert sheet_bytes(first.sheet)


WITHOUT_CHANCE = {
    "grand_total",
    "header_only",
    "empty_file",
    "macintosh_line_ends",
    "utf8_with_mark",
    "gb18030",
    "utf16",
    "header_other_width",
    "identity_small_x",
}
"""One way to do it on the hand-made sheet."""


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_another_seed_gives_another_file(fault):
    """Where chance has a part, seeds differ; where it has none, they do not."""
    found = {output(inject(SHEET, [fault], np.random.default_rng(s), 1)) for s in range(12)}
    assert (len(found) == 1) == (fault.name in WITHOUT_CHANCE)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_that_does_not_fit_touches_nothing(fault):
    """A sheet without a fitting column comes back as it was; one without rows breaks nothing."""
    strange = Sheet(source="a", header=("甲",), rows=(), keys=())
    faulty = inject(strange, [fault], np.random.default_rng(0), 2)
    assert faulty.touched == faulty.removed == ()
    if fault.level == "cell":
        assert not faulty.differs_from(strange)
    for cell in (None, True, "", "甲乙丙", 7):
        sheet = one("其他说明", cell)
        result = inject(sheet, [fault], np.random.default_rng(0), 2)
        if result.touched:
            assert result.differs_from(sheet)


AMOUNT, DAY, NUMBER, HOUSE = "自付金额", "住院日期", "证件号码", "户编号"


@pytest.mark.parametrize(
    ("name", "header", "cell", "expected"),
    [
        ("full_width_digits", AMOUNT, "1234.5", "１２３４．５"),
        ("full_width_digits", AMOUNT, 12, "１２"),
        ("thousands_separator", AMOUNT, 1234567.5, "1,234,567.5"),
        ("thousands_separator", AMOUNT, 999, 999),
        ("ten_thousands_in_cell", AMOUNT, 12345.67, "1.234567万元"),
        ("ten_thousands_in_cell", AMOUNT, "30000", "3万元"),
        ("yuan_sign", AMOUNT, "88.50", "¥88.50"),
        ("yuan_suffix", AMOUNT, 88, "88元"),
        ("decimal_comma", AMOUNT, 1234.5, "1234,50"),
        ("approximate_amount", AMOUNT, 4890, "约5千"),
        ("negative_amount", AMOUNT, 12.5, -12.5),
        ("negative_amount", AMOUNT, 0, 0),
        ("hundredfold_amount", AMOUNT, 12.34, 1234),
        ("spaces_around", DAY, "2021-03-05", " 2021-03-05  "),
        ("no_break_spaces_around", HOUSE, 17, "\u00a017\u00a0"),
        ("wide_spaces_around", HOUSE, "17", "\u300017\u3000"),
        ("space_inside", HOUSE, "17", "1 7"),
        ("no_break_space_inside", HOUSE, "17", "1\u00a07"),
        ("no_width_space_inside", HOUSE, "17", "1\u200b7"),
        ("line_break_inside", HOUSE, "17", "1\n7"),
        ("day_compact", DAY, date(2021, 3, 5), "20210305"),
        ("day_compact", DAY, "2021-03", "202103"),
        ("day_month_only", DAY, 20210305, "2021-03"),
        ("day_month_only", DAY, "2021-03", "2021-03"),
        ("day_chinese", DAY, date(2021, 3, 5), "2021年3月5日"),
        ("day_chinese", DAY, "202103", "2021年3月"),
        ("day_dots", DAY, "2021-03-05", "2021.3.5"),
        ("day_slashes", DAY, date(2021, 12, 31), "2021/12/31"),
        ("day_excel_serial", DAY, date(2021, 3, 5), 44260),
        ("day_excel_serial", DAY, "2021-03", "2021-03"),
        ("day_two_digit_year", DAY, date(2009, 3, 5), "09-3-5"),
        ("day_february_31", DAY, date(2021, 3, 5), "2021-02-31"),
        ("day_february_31", DAY, 20210305, 20210231),
        ("day_far_future", DAY, date(2021, 3, 5), date(2099, 12, 31)),
        ("day_far_future", DAY, "202103", "209912"),
        ("identity_as_number", NUMBER, NUMBERS[1], 522321198211030000.0),
        ("identity_as_number", NUMBER, NUMBERS[0], NUMBERS[0]),
        ("identity_scientific", NUMBER, NUMBERS[1], "5.22321E+17"),
        ("identity_apostrophe", NUMBER, NUMBERS[1], f"'{NUMBERS[1]}"),
        ("identity_small_x", NUMBER, NUMBERS[0], "52232119800214001x"),
        ("identity_old_15_digits", NUMBER, NUMBERS[0], "522321800214001"),
        ("identity_old_15_digits", NUMBER, NUMBERS[2], NUMBERS[2]),
        ("identity_spaced", NUMBER, NUMBERS[0], "522321 19800214 001X"),
        ("household_zeros_lost", HOUSE, "005223210001", 5223210001),
        ("household_zeros_lost", HOUSE, "5223210001", "5223210001"),
        ("household_with_decimals", HOUSE, "125223210002", "125223210002.0"),
        ("household_with_decimals", HOUSE, "1252232100021234", "1252232100021234"),
        ("household_scientific", HOUSE, "1252232100021234", "1.25223E+15"),
        ("spaced_code", "户类型", "脱贫户", "脱 贫户"),
        ("synonym_of_code", "是否危房户", "是", "√"),
        ("synonym_of_code", "文化程度", "研究生", "研究生"),
    ],
)
def test_a_cell_becomes_what_an_office_would_write(name, header, cell, expected):
    """Hand-computed: the clean cell, and the same cell with the fault or as it was."""
    sheet = one(header, cell)
    faulty = spoiled(name, sheet)
    assert repr(faulty.sheet.rows) == repr(((expected,),))
    assert faulty.touched == (("k",) if repr(cell) != repr(expected) else ())


@pytest.mark.parametrize("name", sorted(PLACEHOLDERS))
def test_placeholders_fill_empty_cells_alone(name):
    """A word for nothing stands where nothing stood, never over a value."""
    faulty = spoiled(name)
    for key in faulty.touched:
        row = faulty.sheet.rows[SHEET.keys.index(key)]
        assert row == (*SHEET.rows[SHEET.keys.index(key)][:-1], PLACEHOLDERS[name])


def checks_out(number):
    """Whether the last character fits the others (GB 11643: weights mod 11)."""
    total = sum(int(c) * w for c, w in zip(number, WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == number[-1]


@pytest.mark.parametrize("seed", range(20))
def test_swapped_digits_break_the_check_character(seed):
    """A number with a right check character has a wrong one once two neighbours are swapped."""
    body = NUMBERS[3][:17]
    number = next(body + c for c in "0123456789X" if checks_out(body + c))
    swapped = spoiled("identity_digits_swapped", one(NUMBER, number), seed).sheet.rows[0][0]
    assert sorted(swapped) == sorted(number)
    assert not checks_out(swapped)
    assert len(spoiled("identity_digit_missing", one(NUMBER, number), seed).sheet.rows[0][0]) == 17


def test_columns_are_chosen_by_what_they_hold():
    """Amounts stay off dates, codes off names, and birthdays are nobody's day of the event."""
    wanted = {
        "yuan_sign": {"总费用", "个人自付费用"},
        "unknown_code": {"与户主关系", "户类型(1)"},
        "day_dots": {"住院日期", "录入时间"},
        "identity_apostrophe": {"证件号码"},
        "household_scientific": {"户编号"},
    }
    for name, columns in wanted.items():
        found = set()
        for seed in range(20):
            for old, new in zip(SHEET.rows, spoiled(name, seed=seed).sheet.rows, strict=True):
                pairs = zip(HEADER, old, new, strict=True)
                found |= {column for column, a, b in pairs if repr(a) != repr(b)}
        assert found == columns


def test_lines_that_hold_no_record():
    """Blank lines, headers, subtotals and a total stand between or below the rows."""
    for name, kind in [
        ("blank_rows", "blank:"),
        ("repeated_header", "header:"),
        ("subtotal_rows", "total:"),
        ("grand_total", "total:"),
    ]:
        faulty = spoiled(name, n=3)
        assert faulty.added
        assert all(key.startswith(kind) for key in faulty.added)
        assert faulty.sheet.keys[0] == SHEET.keys[0]
    total = dict(zip(HEADER, spoiled("grand_total").sheet.rows[-1], strict=True))
    assert total["户编号"] == "合计"
    assert total["总费用"] == sum(12_345.5 + at for at in range(8))
    assert total["住院日期"] is None


def test_doubles_name_the_row_they_repeat():
    """A copy stands below its row, equal or with a larger amount."""
    exact = spoiled("exact_duplicate", n=3)
    assert len(exact.added) == 3
    for key in exact.added:
        rows = by_key(exact.sheet)
        assert rows[key] == rows[key.removeprefix("copy:")]
        assert exact.sheet.keys.index(key) > exact.sheet.keys.index(key.removeprefix("copy:"))
    other = spoiled("duplicate_other_amount", n=1)
    at = other.sheet.keys.index(other.added[0])
    before, after = other.sheet.rows[at - 1], other.sheet.rows[at]
    differing = [i for i, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
    assert [HEADER[i] in ("总费用", "个人自付费用") for i in differing] == [True]


def test_shifted_and_truncated_rows():
    """A shifted row has one cell more, the rest in order; a truncated one lost at least a value."""
    for seed in range(5):
        shifted = spoiled("shifted_right", seed=seed)
        short = spoiled("truncated_row", seed=seed)
        for key in shifted.touched:
            at = SHEET.keys.index(key)
            row = shifted.sheet.rows[at]
            assert len(row) == len(HEADER) + 1
            assert [c for c in row if c is not None] == list(SHEET.rows[at][:-1])
        for key in short.touched:
            at = SHEET.keys.index(key)
            row = short.sheet.rows[at]
            assert 1 <= len(row) < len(HEADER) - 1
            assert row == SHEET.rows[at][: len(row)]


def test_merged_cells_lose_the_value_of_the_rows_below():
    """The first row of each run of equal household numbers keeps it, the others may not."""
    faulty = spoiled("merged_cells", n=99)
    numbers = [row[0] for row in faulty.sheet.rows]
    assert numbers == [
        "005223210001", None, "125223210002", None, None, "125223210003", None, None,
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(5))
def test_days_behind_the_day_of_entry_and_entries_in_the_future(seed):
    """Occurred after recorded, without a change of the entry; recorded ten years on."""
    occurred, recorded = HEADER.index("住院日期"), HEADER.index("录入时间")
    faulty = spoiled("occurred_after_recorded", seed=seed, n=3)
    assert len(faulty.touched) == 3
    for row, key in zip(faulty.sheet.rows, faulty.sheet.keys, strict=True):
        assert (row[occurred] > row[recorded]) == (key in faulty.touched)
    faulty = spoiled("recorded_in_future", seed=seed, n=3)
    assert {row[recorded].year for row in faulty.sheet.rows} == {2021, 2031}


def test_a_month_can_lie_behind_the_day_of_entry():
    """A month that occurred is the one after that of the entry, in the sheet's own form."""
    sheet = Sheet(
        source="a", header=("费用年月", "上报日期"), rows=(("202101", "20211231"),), keys=("k",)
    )
    faulty = spoiled("occurred_after_recorded", sheet)
    assert faulty.sheet.rows == (("202201", "20211231"),)


@pytest.mark.parametrize("name", ["delimiter_unquoted", "opening_quote", "quote_inside"])
def test_raw_rows_change_their_own_lines_alone(name):
    """In the text of the file exactly the touched lines differ; a workbook has no such lines."""
    faulty = spoiled(name, n=2)
    clean, dirty = text_lines(sheet_bytes(SHEET)), text_lines(faulty.content)
    first = len(SHEET.title) + 1
    differing = [at - first for at, pair in enumerate(zip(clean, dirty, strict=True))
                 if pair[0] != pair[1]]  # fmt: skip
    assert tuple(SHEET.keys[at] for at in differing) == faulty.touched
    assert len(differing) == 2
    sign = "," if name == "delimiter_unquoted" else '"'
    for at in differing:
        assert dirty[first + at].count(sign) == clean[first + at].count(sign) + 1
        assert sorted(dirty[first + at]) == sorted(clean[first + at] + sign)
    assert not spoiled(name, BOOK).differs_from(BOOK)


def test_raw_lines_are_written_as_the_sheet_writes_them():
    """Apart from its line ends, a Macintosh file is the clean file, quotes and all."""
    sheet = replace(
        SHEET.with_cell(0, "备注", '他说"好",\n再议').with_cell(1, "备注", True),
        footer=("填表人：",),
    )
    faulty = spoiled("macintosh_line_ends", sheet)
    assert faulty.content.decode().replace("\r", "\r\n") == sheet_bytes(sheet).decode()
    assert b"\r\n" not in faulty.content
    assert faulty.touched == ()


def test_header_faults_leave_the_rows():
    """Names change up to n columns, none becomes another's, and no row is touched."""
    expected = {
        "header_line_break": "\n",
        "header_other_width": "（１）",
        "header_spaces": "  ",
        "header_alias": "",
    }
    for name, sign in expected.items():
        faulty = spoiled(name, n=3)
        pairs = list(zip(HEADER, faulty.sheet.header, strict=True))
        differing = [new for old, new in pairs if old != new]
        assert 1 <= len(differing) <= 3
        assert all(sign in new for new in differing)
        assert len(set(faulty.sheet.header)) == len(HEADER)
        assert faulty.touched == ()
        assert faulty.sheet.rows == SHEET.rows
    assert spoiled("header_alias", one("户编号", "7")).sheet.header == ("家庭编号",)


@pytest.mark.parametrize("seed", range(5))
def test_column_faults_keep_what_stands_under_each_name(seed):
    """Columns move, come, go or stand twice; every other cell stays under its name."""
    clean = {name: tuple(column) for name, column in zip(HEADER, zip(*SHEET.rows, strict=True),
                                                         strict=True)}  # fmt: skip

    def columns(faulty):
        assert faulty.touched == SHEET.keys
        return list(zip(faulty.sheet.header, zip(*faulty.sheet.rows, strict=True), strict=True))

    moved = columns(spoiled("columns_reordered", seed=seed))
    assert dict(moved) == clean
    assert [name for name, _ in moved] != list(HEADER)
    extra = columns(spoiled("extra_column", seed=seed))
    assert [pair for pair in extra if pair[0] in clean] == list(clean.items())
    assert len(extra) == len(clean) + 1
    needed = columns(spoiled("needed_column_missing", seed=seed))
    assert set(clean) - set(dict(needed)) < {"户编号", "证件号码", "住院日期", "录入时间"}
    other = columns(spoiled("other_column_missing", seed=seed))
    assert len(other) == len(needed) == len(clean) - 1
    assert {"户编号", "证件号码", "住院日期", "录入时间"} < set(dict(other))
    doubled = columns(spoiled("doubled_header", seed=seed))
    assert doubled[:-1] == list(clean.items())
    assert doubled[-1][0] in clean


def test_lines_around_the_table():
    """More titles, a footer, and a file that has nothing else."""
    titled, signed, bare = (spoiled(name) for name in ("title_rows", "footer_lines", "header_only"))
    assert titled.sheet.title[:1] == SHEET.title
    assert len(titled.sheet.title) > 1
    assert signed.sheet.footer
    assert (bare.sheet.rows, bare.sheet.header, bare.removed) == ((), HEADER, SHEET.keys)
    assert titled.touched == signed.touched == bare.touched == ()


def test_encodings():
    """The same text in other bytes; a workbook has no encoding."""
    text = sheet_bytes(SHEET).decode()
    for name, encoding, start in [
        ("utf8_with_mark", "utf-8-sig", b"\xef\xbb\xbf"),
        ("gb18030", "gb18030", "住院".encode("gb18030")),
        ("utf16", "utf-16", b"\xff\xfe"),
    ]:
        content = sheet_bytes(spoiled(name).sheet)
        assert content.startswith(start)
        assert content.decode(encoding) == text
        assert not spoiled(name, BOOK).differs_from(BOOK)


@pytest.mark.parametrize("seed", range(5))
def test_one_broken_byte(seed):
    """The file is no GB18030 any more, and only the touched line shows it."""
    faulty = spoiled("broken_byte", seed=seed)
    with pytest.raises(UnicodeDecodeError, match="gb18030"):
        faulty.content.decode("gb18030")
    lines = faulty.content.split(b"\r\n")
    clean = [line.encode("gb18030") for line in text_lines(sheet_bytes(SHEET))]
    differing = [at for at, (a, b) in enumerate(zip(lines, clean, strict=True)) if a != b]
    assert [SHEET.keys[at - 2] for at in differing] == list(faulty.touched)
    assert sum(a != b for a, b in zip(lines[differing[0]], clean[differing[0]], strict=True)) == 1


def test_files_that_end_too_early():
    """Every row is in the file, cut short, or gone; of a cut workbook all are gone."""
    for seed in range(5):
        faulty = spoiled("cut_in_middle", seed=seed)
        assert sheet_bytes(SHEET).startswith(faulty.content)
        whole = SHEET.keys[: len(SHEET.keys) - len(faulty.removed) - 1]
        assert (*whole, *faulty.touched, *faulty.removed) == SHEET.keys
        rows = list(csv.reader(io.StringIO(faulty.content.decode(), newline="")))[2:]
        assert len(rows) == len(whole) + 1
    book = spoiled("cut_in_middle", BOOK)
    assert (book.touched, book.removed) == ((), BOOK.keys)
    assert book.content[:2] == b"PK"
    assert spoiled("empty_file").content == b""
    assert spoiled("empty_file").removed == SHEET.keys


@pytest.mark.parametrize("seed", range(30))
def test_several_faults_at_once(seed):
    """Any ten faults together still tell every row: equal, touched or removed; new ones named."""
    rng = np.random.default_rng(seed)
    able = [fault for fault in FAULTS if not fault.is_raw]
    chosen = [able[at] for at in rng.permutation(len(able))[:10]]
    faulty = inject(SHEET, chosen, rng, 2)
    after, before = by_key(faulty.sheet), by_key(SHEET)
    assert set(before) == (set(after) & set(before)) | set(faulty.removed)
    assert set(after) - set(before) == set(faulty.added)
    assert not set(faulty.touched) & set(faulty.removed)
    for key in set(after) & set(before) - set(faulty.touched):
        assert after[key] == before[key]


@pytest.mark.parametrize("fault", RAW, ids=lambda fault: fault.name)
def test_a_fault_of_bytes_comes_last(fault):
    """Other faults go before it whatever the order given, and are in the file."""
    faults = [fault, BY_NAME["blank_rows"], BY_NAME["yuan_suffix"]]
    faulty = inject(SHEET, faults, np.random.default_rng(3), 8)
    assert faulty.sheet is None
    if not faulty.removed:
        assert "元".encode("gb18030" if fault.name == "broken_byte" else "utf-8") in faulty.content
        assert set(faulty.touched) == set(SHEET.keys)


def test_requests_that_make_no_sense():
    """Two faults of bytes, and no rows at all, are refused with the mend."""
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match=r"only one of empty_file, broken_byte .* leave out"):
        inject(SHEET, [BY_NAME["empty_file"], BY_NAME["broken_byte"]], rng, 1)
    with pytest.raises(ValueError, match="n is 0: say at least 1 row"):
        inject(SHEET, [], rng, 0)
    assert inject(SHEET, [], rng, 1) == Faulty(sheet=SHEET)


def test_nothing_of_the_intake_is_imported():
    """The injector knows sheets alone, so that it cannot be made after what the intake can do."""
    allowed = {"__future__", "numpy", "csv", "io", "itertools", "re", "collections", "dataclasses",
               "datetime", "decimal", "typing", "base64", "html", "struct", "zipfile",
               "xlsxwriter"}  # fmt: skip
    paths = sorted(CODE_PATH.glob("faults*.py"))
    assert len(paths) >= 4
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                own = name.startswith(
                    ("fanpin_risk.simulate.faults", "fanpin_risk.simulate.sheets")
                )
                assert own or name.split(".")[0] in allowed, f"{path.name}: {name}"
