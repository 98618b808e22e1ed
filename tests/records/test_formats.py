"""The same content gives the same tables, in whatever kind of file and order it comes."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import random
import runpy
from pathlib import Path

import pandas as pd
import polars as pl
import pytest

from fanpin_risk.records.contracts import TABLES, frame_schema
from fanpin_risk.records.read import read_records
from fanpin_risk.records.source import Source
from fanpin_risk.settings import settings_from

small = runpy.run_path(str(Path(__file__).parents[1] / "reference/small_files.py"))
QUARTERLY = settings_from(small["QUARTERLY"], Source, where="quarterly")


def some_rows(n_households=20, seed=5):
    """Rows of households over three quarters, one value in six not given; all of them fit."""
    rng = random.Random(seed)
    rows = []
    for number in range(n_households):
        for quarter in "124":
            row = small["quarterly"](
                str(1000 + number),
                quarter=quarter,
                town=str(rng.randint(1, 40)),
                big=rng.choice("10"),
                weight=str(rng.randint(1, 9000)),
                n=str(rng.randint(3, 9)),
                young=str(rng.randint(0, 3)),
                income=rng.choice(["0", f"{rng.randint(1, 90_000)}.{rng.randint(0, 99):02d}"]),
                pension=rng.choice("129"),
                home=rng.choice("129"),
                rooms=str(rng.choice([0, 1, 2, 3, 99])),
                drain=rng.choice("120"),
                median=f"{1000 + int(quarter)}.50",
            )
            for column in ("big", "weight", "young", "income", "pension", "rooms", "drain"):
                if rng.random() < 1 / 6:
                    row[column] = ""
            rows.append(row)
    return rows


ROWS = some_rows()


def tables_of(*paths, source=QUARTERLY):
    """Tables out of files of which every row is accepted; the batch names the file it came in."""
    result = read_records(source, list(paths))
    assert result.quarantine.height == 0, result.quarantine["reason_en"].to_list()
    digests = {hashlib.sha256(path.read_bytes()).hexdigest()[:12] for path in paths}
    tables = {
        name: frame.select(list(frame_schema(TABLES[name])))
        for name, frame in result.records._tables.items()
    }
    assert set(tables["household_snapshot"]["batch"]) == digests
    assert all(set(frame["batch"]) <= digests for frame in tables.values())
    return {name: frame.drop("batch") for name, frame in tables.items()}


def schema_without_batch(name):
    """Types of a table's frame beside the batch, which differs from file to file."""
    schema = dict(frame_schema(TABLES[name]))
    del schema["batch"]
    return pl.Schema(schema)


def assert_same(found, want):
    """All tables are equal: columns, types, rows and their order."""
    assert list(found) == list(want)
    for name, frame in want.items():
        assert found[name].schema == frame.schema == schema_without_batch(name)
        assert found[name].equals(frame), name


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """Tables out of the plain CSV file."""
    return tables_of(small["write"](tmp_path_factory.mktemp("plain") / "rows.csv", ROWS))


def test_one_row_by_hand(tmp_path):
    """A code is translated, an amount is in the minor unit, what is not known is null."""
    row = small["quarterly"]("7", quarter="4", income="0.0", rooms="99", pension="9", grant="")
    tables = tables_of(small["write"](tmp_path / "rows.csv", [row]))
    common = {"household_id": "7", "record_id": "7/2012-12-31", "version": 1, "source": "small"}
    found = {name: frame.row(0, named=True) for name, frame in tables.items()}
    for name, values in found.items():
        assert str(values.pop("occurred_on")) == str(values.pop("recorded_on")) == "2012-12-31"
        assert values.pop("is_withdrawn") is False
        if name != "place_context":
            assert {key: values.pop(key) for key in common} == common
    given = {
        name: {key: value for key, value in values.items() if value is not None}
        for name, values in found.items()
    }
    assert given == {
        "household_snapshot": {
            "place": "5",
            "context_place": "XX",
            "is_large_place": True,
            "survey_weight": 120,
            "members": 4,
            "members_under_10": 1,
        },
        "income": {},
        "support": {},
        "shock_and_coping": {"spent_savings": True},
        "housing_check": {"dwelling_kind": "house"},
        "water_check": {"drain_grade": 2},
        "place_context": {
            "record_id": "XX/2012-12-31",
            "version": 1,
            "source": "small",
            "place": "XX",
            "median_income_minor": 100_000,
        },
    }


def test_the_place_has_one_entry_for_each_day_in_its_rows(expected):
    """Figures of a place stand in every household's row, and once in their own table."""
    assert expected["income"].height == len(ROWS)
    assert expected["place_context"].select("record_id", "median_income_minor").rows() == [
        ("XX/2012-03-31", 100_150),
        ("XX/2012-06-30", 100_250),
        ("XX/2012-12-31", 100_450),
    ]


def as_numbers(rows):
    """Rows as a pandas frame of numbers: a column with a gap becomes one of floats."""
    return pd.DataFrame(rows).apply(pd.to_numeric)


def pandas_csv(path, **options):
    """Write the rows as pandas does it, 1.0 for 1 wherever the column has a gap."""
    frame = as_numbers(ROWS)
    assert frame["pension"].dtype == "float64"
    frame.to_csv(path, **options)
    assert b",1.0," in path.read_bytes()


def parquet_of_floats(path):
    """Write a Parquet file in which every column is a float, the household number too."""
    frame = pl.DataFrame([{k: float(v) if v else None for k, v in r.items()} for r in ROWS])
    assert set(frame.dtypes) == {pl.Float64}
    frame.write_parquet(path)


def parquet_with_nan(path):
    """Write a Parquet file of floats in which a gap is NaN."""
    frame = pl.DataFrame([{k: float(v or "nan") for k, v in r.items()} for r in ROWS])
    assert frame["pension"].is_nan().any()
    frame.write_parquet(path)


def parquet_of_small_types(path):
    """Write a Parquet file of integers as narrow as they go, categories and decimals."""
    frame = pl.DataFrame([{k: v or None for k, v in row.items()} for row in ROWS])
    frame.with_columns(
        pl.col("hh").cast(pl.UInt32),
        pl.col("year", "weight").cast(pl.Int16),
        pl.col("quarter", "n", "young").cast(pl.Int8),
        pl.col("town", "home").cast(pl.Categorical),
        pl.col("median").cast(pl.Decimal(12, 2)),
    ).write_parquet(path)


KINDS = {
    "rows.csv.gz": lambda path: small["write"](path, ROWS),
    "rows.parquet": lambda path: small["write"](path, ROWS),
    "ROWS.CSV": lambda path: small["write"](path, ROWS),
    "shuffled.csv": lambda path: small["write"](path, random.Random(1).sample(ROWS, len(ROWS))),
    "shuffled.parquet": lambda path: small["write"](path, random.Random(2).sample(ROWS, len(ROWS))),
    "columns_shuffled.csv": lambda path: small["write"](
        path, [dict(sorted(row.items())) for row in ROWS]
    ),
    "windows.csv": lambda path: path.write_bytes(
        b"\xef\xbb\xbf" + small["csv_bytes"](ROWS, end="\r\n")
    ),
    "windows.csv.gz": lambda path: path.write_bytes(
        gzip.compress(b"\xef\xbb\xbf" + small["csv_bytes"](ROWS, end="\r\n"))
    ),
    "all_quoted.csv": lambda path: small["write"](path, ROWS, quoting=csv.QUOTE_ALL),
    "no_last_line_end.csv": lambda path: path.write_bytes(small["csv_bytes"](ROWS).rstrip(b"\n")),
    "pandas.csv": lambda path: pandas_csv(path, index=False),
    "pandas_windows.csv": lambda path: pandas_csv(
        path, index=False, lineterminator="\r\n", encoding="utf-8-sig"
    ),
    "pandas.parquet": lambda path: as_numbers(ROWS).to_parquet(path),
    "floats.parquet": parquet_of_floats,
    "nan.parquet": parquet_with_nan,
    "small_types.parquet": parquet_of_small_types,
    "spaces.csv": lambda path: small["write"](
        path, [{k: f" {v} " for k, v in row.items()} for row in ROWS]
    ),
}


@pytest.mark.parametrize("name", list(KINDS))
def test_the_kind_of_file_has_no_effect_on_the_tables(tmp_path, expected, name):
    """CSV, packed or not, Parquet of any types, any order, any line ends: the same tables."""
    KINDS[name](tmp_path / name)
    assert_same(tables_of(tmp_path / name), expected)


def test_a_semicolon_between_the_fields_is_a_setting(tmp_path, expected):
    """A source file says what separates the fields."""
    path = small["write"](tmp_path / "rows.csv", ROWS, delimiter=";")
    source = settings_from(small["QUARTERLY"] | {"delimiter": ";"}, Source, where="semicolon")
    assert_same(tables_of(path, source=source), expected)


def test_rows_in_several_files_of_several_kinds_in_any_order(tmp_path, expected):
    """How rows are spread over files has no effect on the tables."""
    rows = random.Random(3).sample(ROWS, len(ROWS))
    paths = [
        small["write"](tmp_path / "a.csv", rows[:20]),
        small["write"](tmp_path / "b.parquet", rows[20:35]),
        small["write"](tmp_path / "c.csv.gz", rows[35:]),
    ]
    assert_same(tables_of(*paths), expected)
    assert_same(tables_of(*reversed(paths)), expected)


def test_columns_that_are_not_mapped_change_nothing_and_are_reported(tmp_path, expected):
    """More columns, one of them without a name and named by its place: the tables stay."""
    frame = as_numbers(ROWS).assign(remark="x", height=1.5)
    text = io.StringIO()
    frame.to_csv(text)
    (tmp_path / "rows.csv").write_text(text.getvalue())
    assert_same(tables_of(tmp_path / "rows.csv"), expected)
    count = read_records(QUARTERLY, [tmp_path / "rows.csv"]).files[0]
    assert count.columns_not_used == ("(1)", "height")


def test_text_that_only_looks_like_a_number_stays_as_it_is(tmp_path):
    """Leading zeros, dots and letters belong to a household number and to a place."""
    numbers = ["007", "12.5", "1.0.0", "A.0", "一号", "1E5", "12e5"]
    rows = [small["quarterly"](hh, town=hh) for hh in numbers]
    tables = tables_of(small["write"](tmp_path / "rows.csv", rows))
    found = tables["household_snapshot"]
    assert sorted(found["household_id"]) == sorted(numbers)
    assert found["place"].equals(found["household_id"].rename("place"))


def test_days_may_come_as_dates_and_as_midnights(tmp_path):
    """A Parquet file holds its days as dates or as times of day; a CSV file as text."""
    source = settings_from(small["DATED"], Source, where="dated")
    rows = [small["dated"](str(n), f"2012-0{n}-01", f"2012-0{n}-09") for n in range(1, 9)]
    expected = tables_of(small["write"](tmp_path / "text.csv", rows), source=source)
    days = pl.col("visited_on", "entered_on").str.to_date()
    pl.DataFrame(rows).with_columns(days).write_parquet(tmp_path / "dates.parquet")
    assert_same(tables_of(tmp_path / "dates.parquet", source=source), expected)
    for unit in ("ms", "us", "ns"):
        path = tmp_path / f"{unit}.parquet"
        pl.DataFrame(rows).with_columns(days.cast(pl.Datetime(unit))).write_parquet(path)
        assert_same(tables_of(path, source=source), expected)
