"""Rows of a database become a file that is read like any other; nothing is changed there."""

from __future__ import annotations

import csv
import stat
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy
import yaml

from fanpin_risk.errors import ConfigError, InputFileError
from fanpin_risk.records import queries
from fanpin_risk.records.queries import export_query
from fanpin_risk.records.store import Store

ROOT = Path(__file__).parents[2]
COLUMNS = (
    "户编号",
    "核查日期",
    "上报日期",
    "水质",
    "断水天数",
    "取水往返时间",
    "人均日水量",
    "供水保证率",
)
ROWS = [
    ("2301001", "2023-05-31", "2023-06-02", "合格", 0, 10, None, "95"),
    ("2301002", "2023-05-31", "2023-06-02", "不合格", 3, None, 20, "90"),
    ("2301003", "2023-13-31", "2023-06-02", "合格", 0, 5.50, 60, "99"),
]


@pytest.fixture
def database(tmp_path):
    """A database of the water office with three checks, one on a day that is none."""
    url = f"sqlite:///{tmp_path / 'water.db'}"
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        names = ", ".join(f'"{name}"' for name in COLUMNS)
        connection.exec_driver_sql(f"create table checks ({names})")
        connection.exec_driver_sql(f"insert into checks values ({','.join('?' * 8)})", ROWS)
    engine.dispose()
    return url


def content_of(path):
    """Cells of a file that was written."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def count(url):
    """Number of checks in the database, and of its tables."""
    engine = sqlalchemy.create_engine(url)
    with closing(engine.raw_connection()) as connection:
        n = connection.execute("select count(*) from checks").fetchone()[0]
        n_tables = connection.execute("select count(*) from sqlite_master").fetchone()[0]
    engine.dispose()
    return n, n_tables


def test_a_table_becomes_a_file_that_its_owner_alone_may_read(database, tmp_path):
    """Header and cells as a person would write them; nothing is an empty cell."""
    path = tmp_path / "out.csv"
    assert export_query(database, "checks", path) == 3
    assert content_of(path) == [
        list(COLUMNS),
        ["2301001", "2023-05-31", "2023-06-02", "合格", "0", "10", "", "95"],
        ["2301002", "2023-05-31", "2023-06-02", "不合格", "3", "", "20", "90"],
        ["2301003", "2023-13-31", "2023-06-02", "合格", "0", "5.5", "60", "99"],
    ]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("query", "n"),
    [
        ("checks", 3),
        ("main.checks;", 3),
        (" SELECT * FROM checks WHERE 断水天数 > 0 ;\n", 1),
        ("with good as (select * from checks where 水质 = '合格')\nselect * from good", 2),
        ("select * from checks where 水质 like '%格' and 户编号 <> ':id'", 3),
        ("select * from checks where 1 = 0", 0),
    ],
)
def test_tables_and_queries_that_read(database, tmp_path, query, n):
    """A name, a select and a with; colons and percent signs mean themselves."""
    path = tmp_path / "out.csv"
    assert export_query(database, query, path) == n
    assert len(content_of(path)) == n + 1


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("delete from checks", "neither a table's name nor a query that begins with select"),
        ("update checks set 水质 = '合格'", "Only reading is allowed"),
        ("drop table checks", "Only reading is allowed"),
        ("insert into checks select * from checks", "Only reading is allowed"),
        ("/* x */ delete from checks", "Only reading is allowed"),
        ("checks; drop table checks", "holds several statements. Name one"),
        ("select 1; delete from checks", "holds several statements"),
        ("select 1;;", None),
        ("", "Only reading is allowed"),
        ("checks where 1 = 1", "Only reading is allowed"),
        ('checks"x', "Only reading is allowed"),
    ],
)
def test_what_would_change_something_is_refused(database, tmp_path, query, words):
    """Before the database is asked; nothing is written."""
    path = tmp_path / "out.csv"
    if words is None:
        assert export_query(database, query, path) == 1
        return
    with pytest.raises(ConfigError, match=words) as caught:
        export_query(database, query, path)
    assert repr(query) in str(caught.value)
    assert not path.exists()
    assert count(database) == (3, 1)


@pytest.mark.parametrize(
    "query",
    [
        "with one as (select 1) delete from checks",
        "WITH one AS (SELECT 1) Insert Into checks select * from checks",
        "select * into copy from checks",
        "with gone as (delete from checks returning *) select * from gone",
        "select '''' ; -- '\n; delete from checks",
    ],
)
def test_a_change_in_disguise_is_refused(database, tmp_path, query):
    """A query that begins as one that reads, and writes further on."""
    with pytest.raises(ConfigError, match=r"Only reading is allowed|several statements"):
        export_query(database, query, tmp_path / "out.csv")
    assert count(database) == (3, 1)


def test_words_in_quotes_do_not_write(database, tmp_path):
    """Texts, names in quotes and comments may hold any word; a function may be called replace."""
    query = (
        "select replace(水质, '合', 'delete') as \"update\", 'it''s into' as [drop] "
        "/* create */ from checks -- insert"
    )
    assert export_query(database, query, tmp_path / "out.csv") == 3
    assert content_of(tmp_path / "out.csv")[0] == ["update", "drop"]


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////nowhere/at-secret/x.db",
        "sqlite:///{folder}",
        "nodb://user:secret@host/x",
        "mysql+pymysqlx://user:secret@host/x",
        "postgresql://user:secret@host:port/x",
        "secret",
        "",
    ],
)
def test_a_database_that_cannot_be_reached_shows_no_address(tmp_path, url):
    """Neither password nor host stands in the message or in what it came from."""
    with pytest.raises(InputFileError, match="The database cannot be read") as caught:
        export_query(url.format(folder=tmp_path), "checks", tmp_path / "out.csv")
    assert "secret" not in str(caught.value)
    assert "host" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_query_that_the_database_refuses_is_shown(database, tmp_path):
    """A table that is not there: the query is named, no row and no address."""
    words = r"\(OperationalError\)\. Check its address and the query 'no_table'"
    with pytest.raises(InputFileError, match=words):
        export_query(database, "no_table", tmp_path / "out.csv")


def test_a_text_that_is_none_stops_the_query(database, tmp_path):
    """Broken bytes in a text are found while the rows come, and no row is shown."""
    engine = sqlalchemy.create_engine(database)
    with engine.begin() as connection:
        connection.exec_driver_sql("update checks set 水质 = cast(x'ffe5' as text)")
    engine.dispose()
    with pytest.raises(InputFileError, match=r"The database cannot be read \([A-Za-z]*Error\)"):
        export_query(database, "checks", tmp_path / "out.csv")


def test_many_rows_come_in_parts(database, tmp_path, monkeypatch):
    """More rows than are held at once are all there, in order."""
    monkeypatch.setattr(queries, "_ROWS_AT_ONCE", 7)
    engine = sqlalchemy.create_engine(database)
    with engine.begin() as connection:
        connection.exec_driver_sql("create table many (n, text)")
        rows = [(n, f'两\n"行",{n}') for n in range(100)]
        connection.exec_driver_sql("insert into many values (?, ?)", rows)
    engine.dispose()
    path = tmp_path / "out.csv"
    assert export_query(database, "select * from many order by n", path) == 100
    assert content_of(path)[1:] == [[str(n), text] for n, text in rows]


def test_a_query_goes_into_the_store_by_the_command(database, tmp_path, monkeypatch, run_fanpin):
    """Rows are accepted or quarantined; the same rows again add nothing; no file is left behind."""
    monkeypatch.setenv("FANPIN_RISK_DATABASE_URL", database)
    config = tmp_path / "ingest.yaml"
    source = str(ROOT / "configs/sources/water.yaml")
    content = {
        "name": "county",
        "store": "store",
        "county": "230199",
        "inputs": [{"source": source, "query": "checks"}],
    }
    config.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    command = ("ingest", config, "--root", tmp_path, "--received-on", "2023-07-01")
    ran = run_fanpin(*command)
    assert ran.code == 0, ran.err
    store = Store(tmp_path / "store")
    (entry,) = store.batches()
    assert (entry["rows_read"], entry["rows_accepted"], entry["rows_quarantined"]) == (3, 2, 1)
    got = store.scan("water_check").sort("household_id").collect()
    assert got.select("household_id", "outage_days").rows() == [("2301001", 0), ("2301002", 3)]
    assert set(got["recorded_on"].to_list()) == {date(2023, 7, 1)}
    assert store.quarantine()["columns"].to_list() == [["取水往返时间", "核查日期"]]
    assert run_fanpin(*command).code == 0
    assert len(store.batches()) == 1
    assert list(tmp_path.rglob("query.csv")) == []


def test_a_query_without_a_database_is_named_by_the_command(tmp_path, monkeypatch, run_fanpin):
    """The mend is the variable that holds the address."""
    monkeypatch.delenv("FANPIN_RISK_DATABASE_URL", raising=False)
    config = tmp_path / "ingest.yaml"
    source = str(ROOT / "configs/sources/water.yaml")
    inputs = [{"source": source, "query": "checks"}]
    content = {"name": "county", "store": "store", "county": "1", "inputs": inputs}
    config.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    ran = run_fanpin("ingest", config, "--root", tmp_path)
    assert ran.code == ConfigError.exit_code
    assert "FANPIN_RISK_DATABASE_URL" in ran.err
