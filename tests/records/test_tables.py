"""A folder of finished record tables: it fits the contracts to the last value, or it is refused."""

from __future__ import annotations

import runpy
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from fanpin_risk.errors import InputFileError, SchemaError
from fanpin_risk.provenance import digest_of_file
from fanpin_risk.records.contracts import TABLES, frame_schema
from fanpin_risk.records.read import QUARANTINE_SCHEMA
from fanpin_risk.records.tables import read_tables
from fanpin_risk.records.timeline import known_as_of
from fanpin_risk.simulate.small_county import small_county

COUNTY = SimpleNamespace(
    **runpy.run_path(str(Path(__file__).parents[1] / "reference" / "county_tables.py"))
)


@pytest.fixture(scope="module")
def clean():
    """Record tables of a small county."""
    return COUNTY.frames(small_county(60, 24, seed=2, first_day=date(2022, 1, 1)))


@pytest.fixture
def spoilt(clean, tmp_path):
    """Write the small county's tables with one of them changed."""

    def write(table, change):
        return COUNTY.write(tmp_path / "county", {**clean, table: change(clean[table])})

    return write


def test_a_clean_folder_is_read_whole(clean, tmp_path):
    """Every table, every version, and every row counted as accepted."""
    folder = COUNTY.write(tmp_path, clean)
    found = read_tables(folder)
    counts = found.records.row_counts()
    assert counts == {name: frame.height for name, frame in clean.items()}
    assert {
        one.file: (one.rows_read, one.rows_accepted, one.rows_quarantined) for one in found.files
    } == {
        f"records/{name}.parquet": (frame.height, frame.height, 0) for name, frame in clean.items()
    }
    for one in found.files:
        assert one.sha256 == digest_of_file(folder / one.file)
    assert found.quarantine.schema == pl.Schema(QUARANTINE_SCHEMA)
    assert found.quarantine.height == 0
    assert found.lines.height == clean["household_snapshot"].height
    assert found.lines["line"].to_list() == list(range(1, found.lines.height + 1))
    bills = clean["medical_bill"]
    assert bills["version"].max() == 2
    known = known_as_of(found.records, date(2030, 1, 1)).tables["medical_bill"]
    superseded = bills.filter(pl.col("version") == 2).height
    withdrawn = bills.filter("is_withdrawn").height
    assert len(known) == bills.height - superseded - withdrawn


def test_the_order_of_rows_and_columns_has_no_effect(clean, tmp_path):
    """Rows and columns may stand in any order."""
    shuffled = {
        name: frame.sample(fraction=1.0, shuffle=True, seed=5).select(reversed(frame.columns))
        for name, frame in clean.items()
    }
    one = known_as_of(read_tables(COUNTY.write(tmp_path / "a", clean)).records, date(2023, 6, 30))
    two = known_as_of(
        read_tables(COUNTY.write(tmp_path / "b", shuffled)).records, date(2023, 6, 30)
    )
    for name in clean:
        assert one.tables[name].to_native().equals(two.tables[name].to_native()), name


def test_a_table_without_a_file_is_not_kept(clean, tmp_path):
    """Not kept is told from empty."""
    fewer = {name: frame for name, frame in clean.items() if name != "shock"}
    fewer["visit"] = clean["visit"].clear()
    records = read_tables(COUNTY.write(tmp_path, fewer)).records
    assert "shock" not in records.row_counts()
    assert records.row_counts()["visit"] == 0


def test_a_folder_without_tables_is_refused(tmp_path):
    """The message names the folder and what belongs there."""
    with pytest.raises(
        InputFileError, match=r"holds no folder 'records' with record tables\. Name"
    ):
        read_tables(tmp_path)


def test_without_household_snapshots_nobody_can_be_asked_about(clean, tmp_path):
    """Who lives there, and where, must be told."""
    folder = COUNTY.write(tmp_path, {"visit": clean["visit"]})
    with pytest.raises(InputFileError, match=r"holds no household_snapshot\.parquet: who lives"):
        read_tables(folder)


def test_a_file_of_no_table_is_refused(clean, tmp_path):
    """A misspelt table would be missing without a word."""
    folder = COUNTY.write(tmp_path, clean)
    (folder / "records/visit.parquet").rename(folder / "records/visits.parquet")
    with pytest.raises(
        InputFileError, match=r"visits\.parquet: is no record table\. Did you mean 'visit'"
    ):
        read_tables(folder)


def test_a_file_that_is_no_parquet_is_refused(clean, tmp_path):
    """A file that only calls itself so, and one that is cut off."""
    folder = COUNTY.write(tmp_path, clean)
    path = folder / "records/visit.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    with pytest.raises(InputFileError, match=r"visit\.parquet: is cut off"):
        read_tables(folder)
    path.write_text("household_id,result\n1,no_need\n", encoding="utf-8")
    with pytest.raises(InputFileError, match=r"visit\.parquet: is plain text"):
        read_tables(folder)


def only(column, value):
    """Change a column's first row."""
    first = pl.int_range(pl.len()) == 0
    return lambda frame: frame.with_columns(
        pl.when(first)
        .then(pl.lit(value, dtype=frame.schema[column]))
        .otherwise(column)
        .alias(column)
    )


@pytest.mark.parametrize(
    ("table", "change", "words"),
    [
        (
            "visit",
            lambda frame: frame.rename({"result": "results"}),
            r"visit\.parquet: 'results' is no column of visit\. Did you mean 'result'",
        ),
        (
            "visit",
            lambda frame: frame.drop("cause", "batch"),
            r"visit\.parquet: lacks the columns \['batch', 'cause'\]\. Write every column",
        ),
        (
            "medical_bill",
            lambda frame: frame.with_columns(pl.col("own_fen").cast(pl.Float64)),
            r"medical_bill\.parquet: own_fen is Float64, not Int64\. Write it in that type",
        ),
        ("visit", only("result", None), r"result must be filled, and is missing in 1 of \d+ rows"),
        ("visit", only("record_id", None), "record_id must be filled, and is missing in 1 of"),
        ("visit", only("recorded_on", None), "recorded_on must be filled"),
        ("visit", only("is_withdrawn", None), "is_withdrawn must be filled"),
        ("household_snapshot", only("household_id", None), "household_id must be filled"),
        (
            "visit",
            only("result", "no need"),
            r"visit\.parquet: result is no code of visit_result \(in_need, no_need, not_met, "
            r"refused\) in 1 of \d+ rows \(row 1\)\.",
        ),
        (
            "medical_bill",
            only("own_fen", -1),
            r"own_fen lies outside 0 to 1000000000 fen in 1 of \d+ rows \(row 1\)",
        ),
        ("household_snapshot", only("members", 61), "members lies outside 1 to 60 persons in 1 of"),
        (
            "medical_bill",
            only("person_id", "23019919490101002X"),
            r"person_id holds identity numbers in clear \(hash them with the identity key\) in 1",
        ),
        ("medical_bill", only("version", 3), "Table medical_bill: 1 records have a version number"),
    ],
)
def test_what_the_contract_does_not_allow_is_refused(spoilt, table, change, words):
    """File, column, how many rows and where, and the mend."""
    folder = spoilt(table, change)
    with pytest.raises(SchemaError, match=words):
        read_tables(folder)


def test_many_rows_at_fault_are_counted_and_some_shown(spoilt):
    """The first three are named; no value of a person is shown."""
    folder = spoilt(
        "medical_bill", lambda frame: frame.with_columns(person_id=pl.lit("230199194901010021"))
    )
    with pytest.raises(SchemaError, match=r"in (\d+) of \1 rows \(row 1, 2, 3 …\)") as caught:
        read_tables(folder)
    assert "2301991949" not in str(caught.value)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_an_empty_table_fits_its_contract(clean, tmp_path, name):
    """No rows are no fault, whatever the table."""
    empty = pl.DataFrame(schema=frame_schema(TABLES[name]))
    folder = COUNTY.write(
        tmp_path, {"household_snapshot": clean["household_snapshot"], name: empty}
    )
    assert read_tables(folder).records.row_counts()[name] == 0
