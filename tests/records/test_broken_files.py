"""A file that cannot be read is one clear line: the file, the place, what to do."""

from __future__ import annotations

import gzip
import io
import random
import runpy
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from fanpin_risk.errors import InputFileError, SchemaError
from fanpin_risk.records.read import read_records
from fanpin_risk.records.source import Source
from fanpin_risk.settings import settings_from

small = runpy.run_path(str(Path(__file__).parents[1] / "reference/small_files.py"))
SOURCE = settings_from(small["QUARTERLY"], Source, where="quarterly")
ROWS = [small["quarterly"](str(number)) for number in range(1, 6)]
PLAIN = small["csv_bytes"](ROWS)
HEADER, *LINES = PLAIN.splitlines(keepends=True)


def with_line(number, content):
    """The plain file with another text on one of its lines."""
    lines = PLAIN.splitlines(keepends=True)
    lines[number - 1] = content
    return b"".join(lines)


def parquet():
    """The rows as the bytes of a Parquet file."""
    content = io.BytesIO()
    pl.DataFrame(ROWS).write_parquet(content)
    return content.getvalue()


def parquet_bytes(tmp_path, **columns):
    """A Parquet file with other columns in the place of some of its own."""
    small["write"](tmp_path / "whole.parquet", ROWS)
    frame = pl.read_parquet(tmp_path / "whole.parquet").with_columns(**columns)
    frame.write_parquet(tmp_path / "whole.parquet")
    return (tmp_path / "whole.parquet").read_bytes()


def read(tmp_path, name, content):
    """Read one file of the given bytes."""
    (tmp_path / name).write_bytes(content)
    return read_records(SOURCE, [tmp_path / name])


@pytest.mark.parametrize(
    ("name", "content", "error", "words"),
    [
        pytest.param("a.csv", b"", InputFileError, r"a\.csv: is empty\. Export", id="no byte"),
        pytest.param(
            "a.csv", b"\xef\xbb\xbf\r\n \n", InputFileError, r"is empty\. Export", id="only space"
        ),
        pytest.param("a.csv.gz", gzip.compress(b""), InputFileError, "is empty", id="packed empty"),
        pytest.param(
            "a.csv",
            HEADER,
            InputFileError,
            r"a\.csv: has a header but no rows\. Export it again",
            id="header only",
        ),
        pytest.param(
            "a.csv",
            PLAIN.replace(b"income", b"incomes", 1),
            SchemaError,
            r"a\.csv: the column 'income' is missing\. Did you mean 'incomes'\? If it was renamed, "
            "change the source file's mapping",
            id="renamed column",
        ),
        pytest.param(
            "a.csv",
            PLAIN.replace(b"income,", b"x,", 1).replace(b"town,", b"y,", 1),
            SchemaError,
            r"the column 'town' is missing \(and 1 more: income\)\. Known: x, y\. If it was",
            id="two columns missing",
        ),
        pytest.param(
            "a.csv",
            PLAIN.replace(b",", b";"),
            SchemaError,
            r"a\.csv: none of the first 15 rows is a header with the columns hh, year, quarter, "
            r"town, big …\. Is the source file's `delimiter` right",
            id="another delimiter",
        ),
        pytest.param(
            "a.csv.gz",
            gzip.compress(PLAIN)[:-9],
            InputFileError,
            r"a\.csv\.gz: cannot be unpacked: the packed file is cut off\. Pack it again",
            id="cut gz",
        ),
        pytest.param(
            "a.csv.gz",
            PLAIN,
            InputFileError,
            r"a\.csv\.gz: cannot be unpacked: this is no gzip file, or something stands behind",
            id="gz that is none",
        ),
        pytest.param(
            "a.csv",
            with_line(4, "乡,1,2\n".encode("gb18030")).replace(b"4500.50", "元".encode()),
            InputFileError,
            r"a\.csv: line 4 is not in the file's encoding\. Save the file as CSV UTF-8",
            id="another encoding on one line",
        ),
        pytest.param(
            "a.csv",
            PLAIN.decode().encode("utf-16")[:-1],
            InputFileError,
            r"a\.csv: line 6 is not in the file's encoding",
            id="half a letter at the end of UTF-16",
        ),
        pytest.param(
            "a.csv",
            with_line(3, LINES[1].strip() + b",7\n"),
            InputFileError,
            r"a\.csv: line 3 has 17 fields, the header has 16\. Mend that line",
            id="a field too many",
        ),
        pytest.param(
            "a.csv",
            with_line(5, b"4,2012,1\n"),
            InputFileError,
            r"a\.csv: line 5 has 3 fields, the header has 16\. Mend that line",
            id="fields too few",
        ),
        pytest.param(
            "a.csv", PLAIN[:-12], InputFileError, r"line 6 has 14 fields", id="cut in the last line"
        ),
        pytest.param(
            "a.csv",
            with_line(4, b'3,2012,1,"5' + LINES[2][10:]),
            InputFileError,
            r"a\.csv: line 4 is no CSV: a quote stands where none belongs\. Mend its quotes",
            id="a quote that nobody closes",
        ),
        pytest.param(
            "a.csv",
            with_line(4, b'"3"x' + LINES[2][1:]),
            InputFileError,
            r"a\.csv: line 4 is no CSV: a quote stands where none belongs\. Mend its quotes",
            id="text behind a quote",
        ),
        pytest.param(
            "a.csv",
            with_line(4, b'3"' + LINES[2][1:]),
            InputFileError,
            r"a\.csv: line 4 is no CSV: a quote stands where none belongs\. Mend its quotes",
            id="a quote within a field",
        ),
        pytest.param(
            "a.csv",
            PLAIN.replace(b"young", b"n", 1),
            SchemaError,
            r"a\.csv: the columns \['n'\] stand twice in the header\. Keep one",
            id="doubled header",
        ),
        pytest.param(
            "a.csv",
            PLAIN.replace(b"hh,", b'"hh",', 1).replace(b"young", b'"n"', 1),
            SchemaError,
            r"the columns \['n'\] stand twice",
            id="doubled header in quotes",
        ),
        pytest.param(
            "a.parquet",
            PLAIN,
            InputFileError,
            r"a\.parquet: is plain text, not a Parquet file as its ending says\. Export it again",
            id="no Parquet",
        ),
        pytest.param(
            "a.parquet",
            parquet()[:-1],
            InputFileError,
            r"a\.parquet: is cut off: a Parquet file ends with the letters PAR1\. Export it again",
            id="Parquet without its end",
        ),
        pytest.param(
            "a.parquet",
            parquet()[:-60] + b"\xff" * 40 + parquet()[-20:],
            InputFileError,
            r"a\.parquet: its list of columns .* is damaged",
            id="Parquet with a damaged footer",
        ),
        pytest.param(
            "a.xlsx",
            PLAIN,
            InputFileError,
            r"a\.xlsx: is plain text, not a workbook as its ending says\. Give it the ending \.csv",
            id="text with a workbook's ending",
        ),
        pytest.param(
            "a.xls",
            b"\xef\xbb\xbf\n<html><table>",
            InputFileError,
            r"a\.xls: is a web page or XML, not a workbook as its ending says\. Open it in Excel",
            id="a web page with a workbook's ending",
        ),
        pytest.param(
            "a.csv",
            parquet(),
            InputFileError,
            r"a\.csv: is a Parquet file, not text as its ending says\. Give it the ending \.parq",
            id="Parquet with the ending of text",
        ),
        pytest.param(
            "a.xlsx",
            b"PK\x03\x04",
            InputFileError,
            r"a\.xlsx: is cut off: the end of the zip archive is missing\. Copy it again",
            id="a workbook of four bytes",
        ),
        pytest.param(
            "a.docx",
            PLAIN,
            InputFileError,
            r"a\.docx: files of this kind are not read\. Use \.parquet, \.csv, \.csv\.gz",
            id="a document",
        ),
        pytest.param("a", PLAIN, InputFileError, "files of this kind are not read", id="no ending"),
        pytest.param(
            "a.csv",
            small["csv_bytes"]([row | {"_line": "1"} for row in ROWS]),
            SchemaError,
            "the name of the column '_line' is taken. Rename",
            id="a column of the reader's own name",
        ),
    ],
)
def test_a_broken_file_is_named_with_what_to_do(tmp_path, name, content, error, words):
    """Each broken file stops the reading before anything is used, in one line."""
    with pytest.raises(error, match=words) as caught:
        read(tmp_path, name, content)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(str(tmp_path / name))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nowhere.csv", r"nowhere\.csv: no such file\. Check the path"),
        ("folder.csv", r"folder\.csv: is a folder\. Name the file itself"),
        ("file.csv/below.csv", r"below\.csv: no such file"),
        ("x" * 300 + ".csv", "cannot be read: File name too long"),
    ],
)
def test_a_path_without_a_file_is_named(tmp_path, name, words):
    """A missing file, a folder and a path below a file are told apart from a broken file."""
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "file.csv").write_bytes(PLAIN)
    with pytest.raises(InputFileError, match=words):
        read_records(SOURCE, [tmp_path / name])


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([["1"], ["2"], [], None, ["1", "2"]], r"the columns \['grant'\] hold lists\. Give one"),
        ([{"a": 1}] * 5, r"the columns \['grant'\] hold lists"),
        ([b"\xff\xfe"] * 5, "holds values that are no text, number or date. Leave it out"),
    ],
)
def test_a_column_of_something_else_than_single_values_is_named(tmp_path, values, words):
    """Lists, mappings and bytes cannot be records."""
    content = parquet_bytes(tmp_path, grant=pl.Series(values))
    with pytest.raises(SchemaError, match=words):
        read(tmp_path, "a.parquet", content)


def test_other_types_of_parquet_columns_are_read_or_refused_in_one_line(tmp_path):
    """Whatever a column that is not mapped holds, the file is read or named."""
    for values in (
        [timedelta(days=1)] * 5,
        [date(2012, 1, 1)] * 5,
        [True, None, False, True, True],
        pl.Series(["a"] * 5, dtype=pl.Categorical),
        pl.Series([None] * 5, dtype=pl.Null),
        [b"plain"] * 5,
    ):
        content = parquet_bytes(tmp_path, remark=pl.Series(values))
        try:
            assert read(tmp_path, "a.parquet", content).rows_read == 5
        except SchemaError as error:
            if "a.parquet: a column holds values" not in str(error):
                raise


def test_damaged_parquet_files_are_named_or_read_but_nothing_else(tmp_path):
    """Bytes lost or changed anywhere: a clear line, never a traceback of the library."""
    rows = [small["quarterly"](str(number)) for number in range(80)]
    small["write"](tmp_path / "whole.parquet", rows)
    whole = (tmp_path / "whole.parquet").read_bytes()
    rng = random.Random(11)
    n_named = 0
    for _ in range(150):
        damaged = bytearray(whole[: rng.choice([len(whole), rng.randrange(len(whole))])])
        for _ in range(rng.randint(1, 6)):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        try:
            result = read(tmp_path, "a.parquet", bytes(damaged))
        except (InputFileError, SchemaError) as error:
            if "a.parquet: " not in str(error):
                raise
            n_named += 1
        else:
            assert result.rows_read == result.lines.height + result.quarantine.height
    assert n_named > 75


def test_a_broken_file_among_whole_ones_stops_them_all(tmp_path):
    """Records are read whole or not at all."""
    good = small["write"](tmp_path / "good.csv", ROWS)
    (tmp_path / "bad.csv").write_bytes(HEADER)
    with pytest.raises(InputFileError, match=r"bad\.csv: has a header but no rows"):
        read_records(SOURCE, [good, tmp_path / "bad.csv"])
