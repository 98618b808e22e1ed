"""Every line of every file is accepted or in quarantine, once, with its text and its reasons."""

from __future__ import annotations

import hashlib
import json
import re
import runpy
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from fanpin_risk.errors import AccountingError, InputFileError, SchemaError
from fanpin_risk.records.contracts import TABLES
from fanpin_risk.records.read import FileCount, _row_counts, read_records
from fanpin_risk.records.source import Source
from fanpin_risk.records.timeline import known_as_of
from fanpin_risk.settings import settings_from

small = runpy.run_path(str(Path(__file__).parents[1] / "reference/small_files.py"))
quarterly, dated, write, read_slowly = (
    small[name] for name in ("quarterly", "dated", "write", "read_slowly")
)
QUARTERLY = settings_from(small["QUARTERLY"], Source, where="quarterly")
DATED = settings_from(small["DATED"], Source, where="dated")


def placed(path, rows):
    """Each row with the line it stands on in its file."""
    return list(enumerate(rows, start=small["first_line"](path)))


def check_accounts(result, rows_of_files):
    """Every line is in one place, once; quarantine shows the row as it came, and says why."""
    accepted = result.lines.rows()
    quarantined = result.quarantine.select("file", "line").rows()
    every = {(file, line) for file, rows in rows_of_files.items() for line, _ in rows}
    assert sorted(accepted + quarantined) == sorted(every)
    for count in result.files:
        assert count.rows_read == len(rows_of_files[count.file])
        assert count.rows_accepted == sum(file == count.file for file, _ in accepted)
        assert count.rows_quarantined == sum(file == count.file for file, _ in quarantined)
    assert result.rows_read == len(every)
    for entry in result.quarantine.iter_rows(named=True):
        row = dict(rows_of_files[entry["file"]])[entry["line"]]
        assert json.loads(entry["original"]) == {key: row[key] or None for key in row}
        assert entry["reason_zh"]
        assert entry["reason_en"]


@pytest.mark.parametrize(
    ("fault", "zh", "en"),
    [
        pytest.param(
            {"n": "four"},
            "列 n 应为整数，范围 1 … 60，不得为空",
            "column n: must be a whole number within 1 … 60, and not empty",
            id="a text in a column of whole numbers",
        ),
        pytest.param(
            {"rooms": "3.5"}, "列 rooms 应为整数", "column rooms: must be a whole", id="half a room"
        ),
        pytest.param(
            {"income": "about 5000"},
            "列 income 应为最多2位小数的金额",
            "column income: must be an amount with at most 2 decimals within 1 … 90000000000",
            id="a text in a column of amounts",
        ),
        pytest.param(
            {"pension": "7"},
            "列 pension 的代码不在代码表内（可用：1, 2, 9）",
            r"column pension: unknown code \(known: 1, 2, 9\)",
            id="a code that nobody listed",
        ),
        pytest.param(
            {"n": ""}, "不得为空", "column n: .* and not empty", id="a blank required count"
        ),
        pytest.param(
            {"town": "  "},
            "列 town 不得为空",
            "column town: must not be empty",
            id="a required text of nothing but space",
        ),
        pytest.param(
            {"hh": ""},
            "列 hh：户编号不得为空",
            "column hh: the household number must not be empty",
            id="no household number",
        ),
        pytest.param(
            {"hh": "2.30100198001010E+17"},
            "被取整的数",
            r"nor a rounded number such as 2\.3E\+17",
            id="a household number that a spreadsheet rounded",
        ),
        pytest.param({"n": "61"}, "范围 1 … 60", "within 1 … 60", id="more members than there are"),
        pytest.param({"rooms": "-1"}, "范围 0 … 98", "within 0 … 98", id="fewer than no rooms"),
        pytest.param(
            {"n": "2", "young": "3"},
            "10岁以下人口多于家庭人口",
            "more members under 10 than members",
            id="more children than members",
        ),
        pytest.param(
            {"quarter": "5"},
            "列 year、quarter 应为年份和 1 至 4 的季度",
            "columns year, quarter: must be a year and a quarter from 1 to 4",
            id="a fifth quarter",
        ),
        pytest.param({"year": ""}, "应为年份", "must be a year", id="no year"),
        pytest.param({"year": "212"}, "应为年份", "must be a year", id="a year without its zero"),
        pytest.param({"income": "-0.01"}, "范围 1 …", "within 1 …", id="an income below its range"),
        pytest.param(
            {"income": "9" * 30}, "金额", "must be an amount", id="an amount of thirty digits"
        ),
        pytest.param({"weight": "9" * 30}, "整数", "a whole number", id="thirty digits of weight"),
        pytest.param(
            {"median": "1000.01"},
            "地区数据与同地同日其他行不一致",
            "the place's figure differs from the other rows of that place and day",
            id="a median that the other rows contradict",
        ),
        pytest.param(
            {"n": "x", "pension": "7"},
            "列 n .*；列 pension",
            "column n: .*; column pension",
            id="two faults in one row",
        ),
    ],
)
@pytest.mark.parametrize("name", ["rows.csv", "rows.csv.gz", "rows.parquet"])
def test_a_faulty_row_goes_to_quarantine_with_its_reason(tmp_path, fault, zh, en, name):
    """The faulty row alone is set aside, on its line, as it came, with a reason in both tongues."""
    rows = [quarterly("1"), quarterly(**{"hh": "2"} | fault), quarterly("3")]
    path = write(tmp_path / name, rows)
    result = read_records(QUARTERLY, [path])
    check_accounts(result, {name: placed(path, rows)})
    assert result.quarantine["line"].to_list() == [small["first_line"](path) + 1]
    assert re.search(zh, result.quarantine["reason_zh"][0])
    assert re.search(en, result.quarantine["reason_en"][0])
    assert result.records.row_counts()["household_snapshot"] == 2


def test_an_exact_copy_counts_once_and_a_conflict_not_at_all(tmp_path):
    """Of equal rows one is kept, also where only the spelling differs; of differing ones, none."""
    rows = [
        quarterly("1"),
        quarterly("1"),
        quarterly("2", n="4"),
        quarterly("2", n="4.0", income=" 4500.5 "),
        quarterly("3", n="4"),
        quarterly("3", n="5"),
        quarterly("3", quarter="2"),
    ]
    path = write(tmp_path / "rows.csv", rows)
    result = read_records(QUARTERLY, [path])
    check_accounts(result, {"rows.csv": placed(path, rows)})
    assert result.lines["line"].to_list() == [2, 4, 8]
    reasons = dict(result.quarantine.select("line", "reason_en").rows())
    assert reasons[3] == reasons[5] == "exact copy of another row (duplicate record_id)"
    assert reasons[6] == reasons[7]
    assert reasons[6].startswith("duplicate record_id: rows of one household and day differ")
    assert result.quarantine["reason_zh"].str.contains("记录编号重复").all()


def test_a_copy_in_another_file_is_found_and_the_first_file_keeps_its_row(tmp_path):
    """Doubles are looked for across files."""
    first = write(tmp_path / "a.csv", [quarterly("1"), quarterly("2")])
    second = write(tmp_path / "b.parquet", [quarterly("3"), quarterly("2")])
    result = read_records(QUARTERLY, [first, second])
    assert result.quarantine.select("file", "line").rows() == [("b.parquet", 2)]
    assert [count.rows_accepted for count in result.files] == [2, 1]


def test_files_of_one_name_are_told_apart_by_their_folders(tmp_path):
    """Two files of one base name keep their own counts and lines."""
    first = write(tmp_path / "north/rows.csv", [quarterly("1"), quarterly("2", n="x")])
    second = write(
        tmp_path / "south/rows.csv", [quarterly("3", n="y"), quarterly("4"), quarterly("5")]
    )
    result = read_records(QUARTERLY, [first, second])
    counts = [(c.file, c.rows_read, c.rows_accepted, c.rows_quarantined) for c in result.files]
    assert counts == [("north/rows.csv", 2, 1, 1), ("south/rows.csv", 3, 2, 1)]
    assert result.lines.rows() == [
        ("north/rows.csv", 2),
        ("south/rows.csv", 3),
        ("south/rows.csv", 4),
    ]
    quarantined = result.quarantine.select("file", "line").rows()
    assert quarantined == [("north/rows.csv", 3), ("south/rows.csv", 2)]
    assert '"hh":"3"' in result.quarantine["original"][1]
    assert result.files[0].sha256 != result.files[1].sha256


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["a.csv", "b.csv"], ["a.csv", "b.csv"]),
        (["x/a.csv", "y/b.csv"], ["a.csv", "b.csv"]),
        (["x/a.csv", "y/a.csv", "b.csv"], ["x/a.csv", "y/a.csv"]),
        (["x/q/a.csv", "y/q/a.csv"], ["x/q/a.csv", "y/q/a.csv"]),
        (["q/a.csv", "y/q/a.csv"], ["q/a.csv", "y/q/a.csv"]),
    ],
)
def test_a_file_is_shown_with_no_more_folders_than_needed(tmp_path, names, shown):
    """The name in the accounts ends the path, and is long enough to be the only such one."""
    files = [write(tmp_path / n, [quarterly(str(i))]) for i, n in enumerate(names)]
    found = [count.file for count in read_records(QUARTERLY, files).files]
    assert len(set(found)) == len(names)
    for name, path, want in zip(found, files, [*shown, ""], strict=False):
        assert str(path).endswith("/" + name)
        assert name.endswith(want)


def test_a_file_named_twice_is_refused(tmp_path):
    """A file that is read twice would put all its rows into quarantine."""
    path = write(tmp_path / "rows.csv", [quarterly("1")])
    with pytest.raises(InputFileError, match=r"rows\.csv: is named twice\. Name each file once"):
        read_records(QUARTERLY, [path, tmp_path / "." / "rows.csv"])
    with pytest.raises(InputFileError, match="No records file was named"):
        read_records(QUARTERLY, [])


def test_where_no_row_fits_the_first_reason_is_said(tmp_path):
    """A mapping that fits nothing is an error, not an empty result."""
    path = write(tmp_path / "rows.csv", [quarterly("1", n="x"), quarterly("2", n="y")])
    words = r"rows\.csv: none of 2 rows fits.*Line 2: column n: must be a whole.*mapping"
    with pytest.raises(SchemaError, match=words):
        read_records(QUARTERLY, [path])


def test_medians_that_contradict_each_other_evenly_are_an_error(tmp_path):
    """Half of the rows against the other half: nobody can tell, so nothing is used."""
    rows = [quarterly("1"), quarterly("2", median="1000.01")]
    with pytest.raises(SchemaError, match=r"2012-03-31 give different medians, equally often.*med"):
        read_records(QUARTERLY, [write(tmp_path / "rows.csv", rows)])


def test_lines_are_those_of_the_file_also_behind_blank_lines_and_quoted_line_ends(tmp_path):
    """An editor that jumps to the line of a reason finds the row; a blank line is no row."""
    header, first, second, third = small["csv_bytes"](
        [quarterly("1"), quarterly("2", n="x"), quarterly("3", n="y")]
    ).splitlines(keepends=True)
    path = tmp_path / "rows.csv"
    path.write_bytes(b"\n" + header + first + b"\n" + second + third)
    result = read_records(QUARTERLY, [path])
    assert result.lines["line"].to_list() == [3]
    assert result.quarantine["line"].to_list() == [5, 6]
    assert result.rows_read == 3

    rows = [quarterly("1", remark="two\nlines"), quarterly("2", n="x", remark=""), quarterly("3")]
    rows[2]["remark"] = "three\n\nlines"
    result = read_records(QUARTERLY, [write(path, rows)])
    assert result.lines["line"].to_list() == [2, 5]
    assert result.quarantine["line"].to_list() == [4]


def test_a_file_may_have_columns_named_like_those_of_the_quarantine(tmp_path):
    """Quarantined rows that were mended and sent in again still carry their old reasons."""
    extra = {"reason_zh": "旧", "reason_en": "old", "_file": "9", "line": "77", "original": "{}"}
    rows = [quarterly("1", **extra), quarterly("2", n="x", **extra)]
    path = write(tmp_path / "rows.csv", rows)
    result = read_records(QUARTERLY, [path])
    check_accounts(result, {"rows.csv": placed(path, rows)})
    assert result.quarantine["reason_en"][0].startswith("column n: ")
    assert result.files[0].columns_not_used == tuple(sorted(extra))


def test_the_count_of_a_file_holds_its_digest_and_the_columns_not_used(tmp_path):
    """A column that the source file neither maps nor ignores is reported."""
    path = write(tmp_path / "rows.csv", [quarterly("1", remark="-", extra="-", another="-")])
    assert read_records(QUARTERLY, [path]).files == (
        FileCount(
            file="rows.csv",
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            rows_read=1,
            rows_accepted=1,
            rows_quarantined=0,
            columns_not_used=("another", "extra"),
        ),
    )


@pytest.mark.parametrize(
    ("accepted", "aside"),
    [
        pytest.param([2, 3], [], id="a row that is nowhere"),
        pytest.param([2, 3], [3, 4], id="a row in both"),
        pytest.param([2, 2, 3], [], id="a row that counts twice"),
    ],
)
def test_a_sum_that_does_not_add_up_stops_everything(accepted, aside):
    """The guard itself: no mistake of the reader can lose or double a row unseen."""
    frames = [
        pl.DataFrame({"_line": lines}, schema={"_line": pl.Int64})
        for lines in ([2, 3, 4], accepted, aside)
    ]
    words = rf"a\.csv: read 3 rows, accepted {len(accepted)}, quarantined {len(aside)}\. A row was"
    with pytest.raises(AccountingError, match=words):
        _row_counts("a.csv", *frames)


FAULTS = {
    "n": ["x", "", "61", "2.0", "４", "1 1"],
    "young": ["5", "", "-1"],
    "income": [
        *("0", "0.00", "", "1.005", "NaN", "4500.500", "9" * 20),
        *("4,500.5", "4 500.5", "45,00.5", "4500.50元", "¥4500.5", "0.45005万元", "4500。5"),
    ],
    "pension": ["9", "3", "1.0", "２"],
    "home": ["2", "0", "9.0"],
    "rooms": ["99", "99.0", "7.5"],
    "town": ["", "6", "5.0"],
    "median": ["", "", "1000", "999"],
    "version": ["1.0", "0", "x"],
    "taken_back": ["1", "", "?"],
    "visited_on": [
        *(
            "2012-3-31",
            "",
            "2012-02-30",
            "12-03-31",
            "2012年3月31日",
            "20120331",
            "40999",
            "2012-03",
        ),
        *("31.03.2012", "2012/3/31", "2012.3/31"),
    ],
    "entered_on": ["2011-12-31", "2012-03-31 00:00:00", "2012-12-31", "2012/12/31 8:30"],
    "hh": ["", "1.0", "1e+05", "1e5", "１", "1 "],
}
DAYS = ["2012-03-31", "2012-06-30"]


@st.composite
def dated_rows(draw):
    """Rows of few households with several versions, some of them faulty, over three files."""
    rows = []
    for _ in range(draw(st.integers(1, 14))):
        day = draw(st.sampled_from(DAYS))
        row = dated(
            draw(st.sampled_from("123")),
            day,
            draw(st.sampled_from([day, "2012-06-30", "2012-09-30"])),
            draw(st.sampled_from("11123")),
            draw(st.sampled_from("0001")),
            n=draw(st.sampled_from(["4", "4", "4", "5"])),
            median=draw(st.sampled_from(["1000.00"] * 5 + ["999"])),
        )
        if draw(st.integers(0, 3)) == 0:
            column = draw(st.sampled_from(sorted(FAULTS)))
            row[column] = draw(st.sampled_from(FAULTS[column]))
        rows.append((draw(st.sampled_from(["a.csv", "b.csv.gz", "c.parquet"])), row))
    return rows


def written(folder, rows):
    """Files of these rows, and what stands on their lines; each file has one sound row at least."""
    by_file = {name: [dated(f"sound-{name}")] for name in sorted({name for name, _ in rows})}
    for name, row in rows:
        by_file[name].append(row)
    paths = [write(folder / name, content) for name, content in by_file.items()]
    return paths, {path.name: placed(path, by_file[path.name]) for path in paths}


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rows=dated_rows())
@example(rows=[("a.csv", dated("1", version="2")), ("c.parquet", dated("1"))])
@example(rows=[("a.csv", dated("1", median="7")), ("a.csv", dated("2", median="7"))])
def test_rows_go_where_a_slow_reader_puts_them(tmp_path, rows):
    """Reader and slow reader agree on the accepted rows and their values, whatever the faults."""
    paths, lines_of_files = written(tmp_path, rows)
    expected = read_slowly(lines_of_files)
    if expected is None:
        with pytest.raises(SchemaError, match="different medians, equally often"):
            read_records(DATED, paths)
        return
    accepted, quarantined = expected
    result = read_records(DATED, paths)
    check_accounts(result, lines_of_files)
    assert set(result.lines.rows()) == set(accepted)
    assert set(result.quarantine.select("file", "line").rows()) == quarantined
    check_values(result, list(accepted.values()))


def values_of(values, columns):
    """Values of some columns; what the source does not map is null."""
    return [values.get(name, "XX" if name == "context_place" else None) for name in columns]


def check_values(result, accepted):
    """The tables hold the values of the accepted rows, once each, in order."""
    for name, frame in result.records._tables.items():
        if name == "place_context":
            continue
        own = list(TABLES[name].names)
        want = [
            (f"{v['hh']}/{v['day']}", v["version"], v["known"], v["withdrawn"], *values_of(v, own))
            for v in accepted
        ]
        found = frame.select("record_id", "version", "recorded_on", "is_withdrawn", *own)
        assert found.rows() == sorted(want, key=lambda row: (row[0].encode(), row[1]))
    figures = {}
    for values in accepted:
        if values["median_income_minor"] is not None:
            first = min(values["known"], figures.get(values["day"], (date.max,))[0])
            figures[values["day"]] = (first, values["median_income_minor"])
    context = result.records._tables["place_context"]
    found = context.select("record_id", "recorded_on", "median_income_minor").rows()
    assert found == [(f"XX/{day}", *figures[day]) for day in sorted(figures)]
    assert set(context["version"]) <= {1}


@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rows=dated_rows(), as_of=st.sampled_from(["2012-03-31", "2012-06-30"]))
def test_rows_entered_later_change_nothing_that_was_known(tmp_path, rows, as_of):
    """A file as it was on a day and as it is now give the same tables as known on that day."""
    day = date.fromisoformat(as_of)
    sound = dated("sound")
    early = [sound] + [row for _, row in rows if row["entered_on"][:10].replace("/", "-") <= as_of]
    late = [row for _, row in rows if row["entered_on"][:10].replace("/", "-") > as_of]
    try:
        now = read_records(DATED, [write(tmp_path / "now.csv", late + early)])
    except SchemaError as error:
        if "equally often" not in str(error):
            raise
        return  # nothing is used then, past or present
    then = read_records(DATED, [write(tmp_path / "then.csv", early)])
    for name, table in known_as_of(then.records, day).tables.items():
        later = known_as_of(now.records, day).tables[name]
        # the batch is the file's digest, and the two files differ
        assert table.drop("batch").to_native().equals(later.drop("batch").to_native()), name
