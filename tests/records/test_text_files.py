"""Text files: a second reader, letter by letter, finds the same rows on the same lines."""

from __future__ import annotations

import csv
import gzip
import io

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fanpin_risk.errors import InputFileError
from fanpin_risk.records.files import open_table
from fanpin_risk.records.headers import Layout
from fanpin_risk.records.text_files import LINE, open_text, pieces
from fanpin_risk.records.text_rows import LONGEST_ROW, scan_rows

NAMES = ("户编号", "姓名", "金额")
LAYOUT = Layout(needed=NAMES)
ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "utf-16")
ENDS = ("\n", "\r\n", "\r")
HEADER = ",".join(NAMES)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One folder for the files of every example."""
    return tmp_path_factory.mktemp("text")


def read(path, layout=LAYOUT, piece_bytes=2**25):
    """Rows with their lines, what is set aside, and the number of blank lines."""
    found = list(pieces(open_text(path, layout), piece_bytes=piece_bytes))
    rows = [row for piece in found for row in piece.texts.rows()]
    aside = [row for piece in found for row in piece.unsplit.rows()]
    return rows, aside, sum(piece.n_blank for piece in found)


def written(path, content):
    """The path, with the content in it."""
    path.write_bytes(gzip.compress(content, 1) if path.suffix == ".gz" else content)
    return path


def by_csv(text):
    """Rows below the header and the lines they begin on, as the csv module of Python reads them."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows, line = [], 1
    for cells in reader:
        rows.append((line, *(cell or None for cell in cells)))
        line = reader.line_num + 1
    return [row for row in rows[1:] if any(cell and cell.strip() for cell in row[1:])]


LETTERS = st.sampled_from(
    ["a", "7", " ", ",", '"', "\n", "\r\n", "户", "乡", "𠮷", "é", ";", "\t", "'"]
)
FIELDS = st.lists(LETTERS, max_size=6).map("".join)


@given(
    rows=st.lists(st.tuples(FIELDS, FIELDS, FIELDS), max_size=8),
    encoding=st.sampled_from(ENCODINGS),
    end=st.sampled_from(ENDS),
    is_all_quoted=st.booleans(),
    is_cut=st.booleans(),
    is_packed=st.booleans(),
    piece_bytes=st.integers(1, 200),
)
@settings(deadline=None, max_examples=300)
def test_a_whole_file_is_read_as_the_csv_module_reads_it(
    folder, rows, encoding, end, is_all_quoted, is_cut, is_packed, piece_bytes
):
    """Quotes, delimiters and line breaks in fields, any encoding, line ends and size of piece."""
    if end == "\r":
        rows = [
            tuple(cell.replace("\r\n", "\n").replace("\n", "\r") for cell in row) for row in rows
        ]
    rows = [("x" if index == 0 else "") + cell for row in rows for index, cell in enumerate(row)]
    rows = [tuple(rows[at : at + 3]) for at in range(0, len(rows), 3)]
    out = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if is_all_quoted else csv.QUOTE_MINIMAL
    writer = csv.writer(out, lineterminator=end, quoting=quoting)
    writer.writerows([NAMES, *rows])
    text = out.getvalue()
    text = text.removesuffix(end) if is_cut else text
    path = written(folder / ("a.csv.gz" if is_packed else "a.csv"), text.encode(encoding))
    got, aside, n_blank = read(path, piece_bytes=piece_bytes)
    assert got == by_csv(text.replace("\r", "\n") if end == "\r" else text)
    assert (aside, n_blank) == ([], 0)


def letter_by_letter(text, n_fields):
    """Rows, what is set aside and blank lines of a text with LF ends: the rules, slowly.

    A field begins with a quote or holds none; a row with a quote astray is its first line alone.
    """
    rows, aside, n_blank, at, line = [], [], 0, 0, 1
    while at < len(text):
        first_end = text.find("\n", at)
        first_end = len(text) if first_end < 0 else first_end
        cells, after = slow_row(text, at)
        if cells is None:
            after = first_end + 1
        raw = text[at:after].removesuffix("\n").removesuffix("\r")
        if not raw.strip():
            n_blank += 1
        elif "\ufffe" in raw:
            aside.append((line, "encoding"))
        elif cells is None:
            aside.append((line, "quotes"))
        elif len(cells) != n_fields:
            aside.append((line, "fields"))
        else:
            rows.append((line, *(cell or None for cell in cells)))
        line += text[at:after].count("\n")
        at = after
    return rows, aside, n_blank


def slow_row(text, at):
    """Cells of the row that begins at a place, and where the next begins; None where broken."""
    cells = []
    while True:
        cell = ""
        is_quoted = text.startswith('"', at)
        if is_quoted:
            at += 1
            while not (text.startswith('"', at) and not text.startswith('""', at)):
                if at >= len(text):
                    return None, 0
                cell += text[at]
                at += 2 if text.startswith('""', at) else 1
            at += 1
        while at < len(text) and text[at] not in ",\n":
            if text[at] == '"' or (is_quoted and text[at : at + 2] not in ("\r\n", "\r")):
                return None, 0
            cell += "" if is_quoted else text[at]
            at += 1
        is_last = at >= len(text) or text[at] == "\n"
        cells.append(cell.removesuffix("\r") if is_last and not is_quoted else cell)
        at += 1
        if is_last:
            return cells, min(at, len(text))


def has_one_delimiter_more(text, n_fields):
    """Whether every row with two filled cells, but for the last row, ends with one delimiter more.

    The last row is left out: where a file is long, the first piece may end within it.
    """
    full, at = [], 0
    while at < len(text):
        cells, after = slow_row(text, at)
        if cells is None:
            first_end = text.find("\n", at)
            after = len(text) if first_end < 0 else first_end + 1
        if after < len(text) and cells and sum(cell.strip() != "" for cell in cells) > 1:
            full.append(cells)
        at = after
    is_one_more = all(len(cells) == n_fields + 1 and not cells[-1].strip() for cells in full)
    return bool(full) and is_one_more


BROKEN = {"utf-8": b"\xd6", "gb18030": b"\xff", "utf-16": b"\x00\xdc"}


@given(
    parts=st.lists(
        st.sampled_from([*'a"",,\n\n户 ', "\r\n", '"a\nb"', "1,2,3\n", "\ufffe"]), max_size=40
    ),
    encoding=st.sampled_from(sorted(BROKEN)),
    piece_bytes=st.integers(1, 200),
)
@example(parts=[*"a,a,,\na"], encoding="gb18030", piece_bytes=1)
@settings(deadline=None, max_examples=600)
def test_a_broken_file_is_parted_as_the_rules_say(folder, parts, encoding, piece_bytes):
    """Ragged rows, stray quotes and broken bytes are set aside with line and text; none is lost."""
    text = "".join(parts)
    head = (HEADER + "\n").encode(encoding)
    bodies = (part.encode(encoding).removeprefix(b"\xff\xfe") for part in parts)
    body = b"".join(
        BROKEN[encoding] if part == "\ufffe" else content
        for part, content in zip(parts, bodies, strict=True)
    )
    path = written(folder / "b.csv", head + body)
    layout = Layout(needed=NAMES, encoding=encoding)
    rows, aside, n_blank = read(path, layout, piece_bytes)
    n_fields = len(NAMES) + has_one_delimiter_more(text, len(NAMES))
    expected, expected_aside, expected_blank = letter_by_letter(text, n_fields)
    assert rows == [(line + 1, *cells) for line, *cells in expected]
    assert [(line - 1, check) for line, check, _, _ in aside] == expected_aside
    assert n_blank == expected_blank
    n_lines = text.count("\n") + (not text.endswith("\n") and text != "")
    n_more = sum(cell.count("\n") for row in rows for cell in row[1:] if cell)
    n_more += sum(raw.count("\n") for *_, raw in aside)
    assert len(rows) + len(aside) + n_blank + n_more == n_lines


@given(
    titles=st.lists(
        st.sampled_from(["表一", "", "单位：元,,", '"两行\n标题"', '"未闭合', "a,b"]), max_size=6
    ),
    broken_cell=st.booleans(),
    end=st.sampled_from(ENDS),
    piece_bytes=st.integers(1, 200),
)
@settings(deadline=None, max_examples=100)
def test_a_header_is_found_below_titles_and_over_lines(
    folder, titles, broken_cell, end, piece_bytes
):
    """The rows' lines are those of the file, whatever stands above the header."""
    header = '户编号,"姓\n名",金额' if broken_cell else HEADER
    lines = "\n".join([*titles, header, "1,李,2", '2,"张\n三",3', ""])
    path = written(folder / "c.csv", lines.replace("\n", end).encode())
    rows, aside, n_blank = read(path, piece_bytes=piece_bytes)
    first = "\n".join([*titles, header]).count("\n") + 2
    inside = "\n" if end == "\r" else end
    assert rows == [(first, "1", "李", "2"), (first + 1, "2", f"张{inside}三", "3")]
    assert (aside, n_blank) == ([], 0)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_a_return_within_a_title_is_no_line_end_of_another_kind(tmp_path, encoding):
    """A lone carriage return in a file whose lines end with LF does not shift the rows."""
    text = f"上报\r表,,\n{HEADER}\n1,李,2\n2,张,3\n"
    rows, aside, _ = read(written(tmp_path / "a.csv", text.encode(encoding)))
    assert [row[:2] for row in rows] == [(3, "1"), (4, "2")]
    assert aside == []


@pytest.mark.parametrize(
    ("line", "check", "n_fields"),
    [
        ("1,李", "fields", 2),
        ("1,李,2,3", "fields", 4),
        ('1,"李,2', "quotes", 0),
        ('1,李",2', "quotes", 0),
        ('1,"李"四,2', "quotes", 0),
        ('1,"李" ,2', "quotes", 0),
        ('1,李"四"五,2', "quotes", 0),
    ],
)
def test_a_line_set_aside_leaves_its_neighbours(tmp_path, line, check, n_fields):
    """A row that cannot be parted stands apart with line, kind and text; the others are read."""
    text = f'{HEADER}\n7,"王\n五",1\n{line}\n8,"赵""六""",\n'
    rows, aside, n_blank = read(written(tmp_path / "a.csv", text.encode()))
    assert rows == [(2, "7", "王\n五", "1"), (5, "8", '赵"六"', None)]
    assert aside == [(4, check, n_fields, line)]
    assert n_blank == 0


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_a_broken_letter_sets_its_whole_row_aside(tmp_path, encoding):
    """A row over three lines whose middle line is broken is no row, though its ends are whole."""
    body = b"".join(
        [
            f'{HEADER}\n1,"甲\n'.encode(encoding),
            BROKEN[encoding],
            '乙\n丙",2\n2,丁,3\n'.encode(encoding).removeprefix(b"\xff\xfe"),
        ]
    )
    layout = Layout(needed=NAMES, encoding=encoding)
    rows, aside, n_blank = read(written(tmp_path / "a.csv", body), layout)
    assert rows == [(5, "2", "丁", "3")]
    assert [row[:3] for row in aside] == [(2, "encoding", 0)]
    assert "甲" in aside[0][3]
    assert "丙" in aside[0][3]
    assert n_blank == 0


def test_half_a_letter_at_the_end_of_a_utf16_file_is_seen(tmp_path):
    """A file cut within its last letter does not pass for a whole one."""
    content = f"{HEADER}\n1,李,2\n2,张,35".encode("utf-16")[:-1]
    rows, aside, _ = read(written(tmp_path / "a.csv", content))
    assert rows == [(2, "1", "李", "2")]
    assert [row[:2] for row in aside] == [(3, "encoding")]


def test_a_quote_that_nobody_closes_costs_one_line_of_a_long_file(tmp_path):
    """More than a row may hold follows: the line is set aside and everything below it is read."""
    n = LONGEST_ROW // 10
    lines = [HEADER, '0,"甲,1', *(f"{number:08d},乙,1" for number in range(1, n))]
    path = written(tmp_path / "a.csv", "\n".join(lines).encode())
    for piece_bytes in (2**16, 2**25):
        rows, aside, _ = read(path, piece_bytes=piece_bytes)
        assert aside == [(2, "quotes", 0, '0,"甲,1')]
        assert [row[0] for row in rows] == list(range(3, n + 2))


def test_a_row_is_too_long_or_not_whatever_the_piece(tmp_path):
    """A field in quotes over many lines is read up to the stated length, and not beyond."""
    for n_letters, n_rows in ((LONGEST_ROW - 20, 2), (LONGEST_ROW + 20, 1)):
        text = HEADER + '\n1,"' + "ab\n" * (n_letters // 3) + '",2\n2,丁,3\n'
        path = written(tmp_path / "a.csv", text.encode())
        for piece_bytes in (2**15, 2**25):
            rows, aside, _ = read(path, piece_bytes=piece_bytes)
            assert len(rows) == n_rows
            assert bool(aside) == (n_rows == 1)


def test_a_file_without_line_ends_is_refused_before_it_fills_the_memory(tmp_path):
    """Packed, seventeen million letters on one line are a few kilobytes."""
    content = f"{HEADER}\n1,李,2\n".encode() + b"x" * (17 * 2**20)
    path = written(tmp_path / "a.csv.gz", content)
    with pytest.raises(InputFileError, match=r"a\.csv\.gz: line 3 is longer than 16 MB"):
        read(path, piece_bytes=2**20)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (lambda whole: whole[:-4], "the packed file is cut off"),
        (lambda whole: whole[:20] + b"\xff" * 9 + whole[29:], "packed bytes are damaged|checksum"),
        (lambda whole: whole[:-6] + b"\0\0" + whole[-4:], "do not fit their checksum"),
        (lambda whole: b"\0" + whole, "no gzip file"),
        (lambda whole: whole + b"abc", "no gzip file"),
    ],
)
def test_a_damaged_packing_is_told_by_its_kind(tmp_path, content, words):
    """Cut, damaged, and no gzip at all are three things."""
    whole = gzip.compress((HEADER + "\n" + "1,李,2\n" * 50).encode())
    (tmp_path / "a.csv.gz").write_bytes(content(whole))
    with pytest.raises(InputFileError, match=rf"a\.csv\.gz: cannot be unpacked: .*({words})"):
        read(tmp_path / "a.csv.gz")


@pytest.mark.parametrize(
    ("encoding", "found"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("gb18030", "gb18030"), ("utf-16", "utf-16")],
)
def test_the_encoding_is_found(tmp_path, encoding, found):
    """Without a word in the source file: by the mark at the beginning, else by the bytes."""
    path = written(tmp_path / "a.csv", f"{HEADER}\n1,李,2\n".encode(encoding))
    assert open_text(path, LAYOUT).encoding == found


def test_a_few_broken_letters_do_not_change_the_encoding(tmp_path):
    """A UTF-8 file with one broken line is UTF-8 with one row set aside."""
    lines = [HEADER.encode(), *("1,李四,2".encode() for _ in range(20)), b"1,\xc0\xee,2", b""]
    table = open_text(written(tmp_path / "a.csv", b"\n".join(lines)), LAYOUT)
    assert table.encoding == "utf-8"
    assert [row[:2] for piece in pieces(table) for row in piece.unsplit.rows()] == [
        (22, "encoding")
    ]


def test_repeated_headers_totals_and_blank_lines_are_no_rows(tmp_path):
    """What stands between and below the rows is counted as blank, with a header over two lines."""
    header = '户编号,"姓\r\n名",金额'
    text = "\r\n".join([header, "1,李,2", header, ",,", "\u3000", "合 计,,2", "填表人：王,,", ""])
    layout = Layout(needed=NAMES, footers=("合计", "填表人"), key_columns=("户编号",))
    found = list(open_table(written(tmp_path / "a.csv", text.encode()), layout).pieces())
    texts = pl.concat([piece.texts for piece in found])
    assert texts[LINE].to_list() == [3]
    assert sum(piece.n_blank for piece in found) == 5
    assert sum(piece.unsplit.height for piece in found) == 0


@given(text=st.text(alphabet='a,"\n\r', max_size=40))
@settings(deadline=None, max_examples=300)
def test_scanned_rows_cover_the_text(text):
    """Each row begins where the last one ended, and the last ends with the text."""
    at = 0
    for row in scan_rows(text, ","):
        assert row.begin == at
        assert row.after > at
        at = row.after
    assert at == len(text)


def test_one_more_delimiter_behind_every_row_is_an_empty_column(tmp_path):
    """Where the rows alone end with a delimiter, they are read; a note below does not matter."""
    path = tmp_path / "a.csv"
    path.write_bytes("户编号,金额\n1,5,\n2,6,\n填表人：某某\n".encode())
    table = open_table(path, Layout(needed=("户编号", "金额"), footers=("填表人",)))
    (piece,) = table.pieces()
    assert piece.texts["金额"].to_list() == ["5", "6"]
    assert (piece.unsplit.height, piece.n_blank) == (0, 1)
    path.write_bytes("户编号,金额\n1,5,\n2,6\n".encode())
    (piece,) = open_table(path, Layout(needed=("户编号", "金额"))).pieces()
    assert (piece.texts.height, piece.unsplit.height) == (1, 1)
