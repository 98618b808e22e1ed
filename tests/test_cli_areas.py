"""`fanpin-risk areas`: many at once, bunching and a village notice from a folder of records."""

from __future__ import annotations

import re
import runpy
import shlex
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest
import typer
import yaml
from python_calamine import CalamineWorkbook

from fanpin_risk.cli import app
from fanpin_risk.report.notice import ALLOWED, DECISIONS

ROOT = Path(__file__).parents[1]
COUNTIES = SimpleNamespace(**runpy.run_path(str(ROOT / "benchmarks/alarm_rates.py")))
CT = SimpleNamespace(**runpy.run_path(str(ROOT / "tests/reference/county_tables.py")))
AS_OF = "2023-08-31"
DAY = date(2023, 7, 10)
PERIOD = ("--from", "2021-01-01")
HANGS = ("--noticed-from", "2023-09-01", "--noticed-to", "2023-09-06")


def planted(found, table, rows):
    """The tables with some more rows of one, known on the day."""
    schema = found[table].schema
    blank = dict.fromkeys(schema) | {"version": 1, "source": "t", "batch": "b"}
    blank |= {"occurred_on": DAY, "recorded_on": DAY, "is_withdrawn": False}
    made = [blank | {"record_id": f"planted {at}"} | row for at, row in enumerate(rows)]
    return found | {table: pl.concat([found[table], pl.DataFrame(made, schema=schema)])}


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    """A simulated county: a village is struck in July 2023, and two decisions are made there."""
    root = tmp_path_factory.mktemp("areas")
    found, _ = COUNTIES.simulated(1_200, 48, 3)
    homes = found["household_snapshot"].unique("household_id", maintain_order=True)
    place = homes["place"][0]
    there = homes.filter(place=place)["household_id"].sort()
    struck = [{"household_id": home, "shock_kind": "accident"} for home in there.head(15)]
    found = planted(found, "shock", struck)
    listed = {"household_id": there[20], "decision": "listed", "monitored_type": "sudden"}
    causes = {"cause_1": "illness", "cause_2": "disability"}
    hung = {"noticed_from": date(2023, 7, 1), "noticed_to": date(2023, 7, 6)}
    found = planted(found, "listing", [listed | causes | hung])
    exited = {"household_id": there[21], "way": "by_help", "occurred_on": date(2023, 7, 9)}
    found = planted(found, "exit", [exited])
    records = CT.write(root / "county", found)
    shipped = ROOT / "configs/standards"
    content = yaml.safe_load((ROOT / "configs/simulated_county.yaml").read_text(encoding="utf-8"))
    content["records"] = {"tables": str(records), "about": content["records"]["about"]}
    content["standards"] = [str(shipped), str(shipped / "simulated_county")]
    content["alarm"] = {"false_alarms_a_year": 0.25}
    config = root / "county.yaml"
    config.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return SimpleNamespace(
        root=root,
        records=records,
        config=config,
        standards=content["standards"],
        place=place,
        listed=there[20],
        exited=there[21],
        tables=found,
    )


@pytest.fixture(scope="module")
def areas(run_fanpin, county):
    """Run a command on the county."""

    def ran(command, *more, as_of=AS_OF, records=None, code=0):
        found = run_fanpin("areas", command, records or county.records, "--as-of", as_of, *more)
        assert found.code == code, found.err
        return found

    return ran


def flat(text):
    """A text whose lines and table borders are folded away."""
    return re.sub(r"[\s│┃]+", " ", text)


# alarm


def test_the_alarm_says_where_how_many_and_how_often_it_is_wrong(areas, county):
    """The struck village, the promise, and what could not be judged."""
    ran = areas("alarm")
    out = flat(ran.out)
    assert "预警：月份×原因 Alarms by month and cause" in out
    assert f"村{county.place}" in out
    assert "因意外事故 accident" in out
    assert "平均每年不超过0.5次" in out
    assert "in a quiet year at most 0.5 on average" in out
    assert "无法判断的 What could not be judged" in out
    assert "共24个月" in out
    assert "says nothing of any household" in flat(ran.err)


def test_the_alarm_is_written_where_asked(areas, county, tmp_path):
    """Parquet, Excel and PNG in one folder, the same bytes twice; settings of a configuration."""
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        ran = areas("alarm", "--config", county.config, "--months", 6, "--output", folder)
        assert f"结果 Results: {folder}" in ran.out
        assert "at most 0.25 on average" in flat(ran.out)
    names = {path.name for path in folders[0].iterdir()}
    assert names == {
        *("alarms.parquet", "alarm_months.parquet", "alarm_untold.parquet"),
        *("alarm_reach.parquet", "alarms.xlsx", "alarm.png"),
    }
    for name in names:
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes(), name
    assert pl.read_parquet(folders[0] / "alarm_months.parquet")["month"].to_list() == [
        *("2023-02", "2023-03", "2023-04", "2023-05", "2023-06", "2023-07"),
    ]  # fmt: skip
    book = CalamineWorkbook.from_path(str(folders[0] / "alarms.xlsx"))
    assert book.sheet_names == [
        *("说明 Guide", "预警 Alarms", "各月 Months", "无法判断 Not judged", "看得出多大 Reach"),
    ]  # fmt: skip
    guide = str(book.get_sheet_by_name("说明 Guide").to_python())
    assert "不得用于资格认定、退出或考核" in guide
    assert "at most 0.25 on average" in guide
    rows = book.get_sheet_by_name("预警 Alarms").to_python()
    rang = pl.read_parquet(folders[0] / "alarms.parquet")
    assert len(rows) == 1 + rang.height
    assert rows[0][0] == "月份\nmonth"
    assert any("村 village" in row and county.place in row and "是 yes" in row for row in rows)


def test_later_records_do_not_ring(areas, county):
    """A month before the village was struck nothing of it is known."""
    assert county.place not in areas("alarm", as_of="2023-07-09").out


# bunching


def test_bunching_is_about_records(areas, county):
    """Both sides with their figures, what was not used, and the sentence."""
    named = [part for folder in county.standards for part in ("--standards", folder)]
    ran = areas("bunching", *named)
    out = flat(ran.out)
    assert "线附近的收入记录 Incomes on record near the line" in out
    assert "线下：未在册户" in out
    assert "线上：在册户" in out
    assert "这是关于记录的数字，从不说明任何一个人或一户。" in out
    assert "never about a person or a household" in out
    assert "Incomes on record:" in out
    assert "A programme that lifts incomes" in flat(ran.err)
    assert areas("bunching", "--config", county.config).out == ran.out


def test_bunching_is_written_where_asked(areas, county, tmp_path):
    """Aggregates alone, in Parquet and Excel, and a figure for each side that may be shown."""
    folder = tmp_path / "bunching"
    areas("bunching", "--config", county.config, "--output", folder)
    names = {path.name for path in folder.iterdir()}
    assert names >= {"bunching.parquet", "bunching_bins.parquet", "bunching.xlsx"}
    assert names >= {"bunching_below.png"}
    cells = pl.read_parquet(folder / "bunching_bins.parquet")["incomes"].drop_nulls()
    assert cells.min() >= 5
    book = CalamineWorkbook.from_path(str(folder / "bunching.xlsx"))
    assert book.sheet_names == ["说明 Guide", "线附近 Near the line", "分组 Bins"]
    rows = book.get_sheet_by_name("线附近 Near the line").to_python()
    assert [row[1] for row in rows[1:]] == ["monitoring_line"] * 2
    assert "从不说明任何一个人或一户" in str(book.get_sheet_by_name("说明 Guide").to_python())


# notice


def test_a_notice_shows_what_it_may_and_no_more(areas, county, tmp_path):
    """Type and result of each household; no cause, person, number, account or state of health."""
    path = tmp_path / "notice.xlsx"
    ran = areas("notice", "--place", county.place, *PERIOD, *HANGS, "--output", path)
    assert f"结果 Results: {path}" in ran.out
    (sheet,) = CalamineWorkbook.from_path(str(path)).sheet_names
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name(sheet).to_python()
    heads = [f"{shown.title.zh}\n{shown.title.en}" for shown in ALLOWED.values()]
    at = rows.index(heads)
    table = [row for row in rows[at + 1 :] if row[0] == county.place]
    by_household = {row[1]: row for row in table}
    assert by_household[county.listed][3:5] == [
        "突发严重困难户 sudden serious difficulty",
        f"{DECISIONS['listed'].zh} listed",
    ]
    assert by_household[county.exited][4] == "风险消除 risk eliminated"
    assert {row[5] for row in table} == {date(2023, 9, 1)}
    said = flat(ran.out) + str(rows)
    assert "不含身份证号、电话、银行账号和健康状况" in said
    about = re.sub("身份证号、电话、银行账号和健康状况|identity number, telephone, bank account or "
                   "state of health", "", said)  # fmt: skip
    for word in ("因病", "因残", "illness", "disab", "身份证", "电话", "账号", "account", "income"):
        assert word not in about, word
    persons = set(county.tables["member_snapshot"]["person_id"])
    assert len(persons) > 500
    assert not any(person in said for person in persons)
    assert not re.search(r"(?<!\d)\d{15,}|(?<!\d)1[3-9]\d{9}(?!\d)", said)
    others = set(
        county.tables["household_snapshot"].filter(pl.col("place") != county.place)["place"]
    )
    assert not any(place in said for place in others)


def test_days_on_record_are_taken_where_none_are_given(areas, county):
    """Of a period with a listing alone; an exit has none, so they must be given."""
    ran = areas("notice", "--place", county.place, "--from", DAY, "--to", DAY)
    assert county.listed in ran.out
    assert "2023-07-01" in ran.out
    assert "2023-07-06" in ran.out
    assert county.exited not in ran.out
    both = ("--from", "2023-07-09", "--to", DAY)
    ran = areas("notice", "--place", county.place, *both, code=12)
    assert "1 of 2 decisions have no days of notice on record (an exit never has)" in ran.err
    assert "Give --noticed-from and --noticed-to." in ran.err
    given = areas("notice", "--place", county.place, *both, *HANGS).out
    assert county.exited in given
    assert "2023-07-01" not in given


def test_a_number_that_looks_like_a_person_stops_the_notice(areas, county, tmp_path):
    """A household that is numbered by an identity number; nothing is written or repeated."""
    number = "11010519491231002X"
    old = county.listed
    changed = {
        name: frame.with_columns(pl.col("household_id").replace({old: number}))
        if "household_id" in frame.columns
        else frame
        for name, frame in county.tables.items()
    }
    records = CT.write(tmp_path / "county", changed)
    path = tmp_path / "notice.xlsx"
    ran = areas(
        "notice",
        "--place",
        county.place,
        *PERIOD,
        *HANGS,
        "--output",
        path,
        records=records,
        code=12,
    )
    assert "holds what looks like" in ran.err
    assert number not in ran.out + ran.err
    assert not path.exists()


# What cannot be done


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ("alarm R --as-of 2021-03-10", 14, "No month can be judged on 2021-03-10: no village"),
        ("alarm R --as-of 2019-01-01", 14, "Nothing was known on 2019-01-01"),
        ("alarm NOWHERE --as-of 2023-08-31", 13, "holds no folder 'records' with record tables"),
        ("alarm R --as-of 2023-08-31 --months 0", 2, "Invalid value for '--months'"),
        ("alarm R --as-of 30.6.2023", 2, "Write it as YYYY-MM-DD"),
        ("alarm R", 2, "Missing option '--as-of'"),
        ("alarm R --as-of 2023-08-31 --config SURVEY", 11, "basis is survey. Places and lines"),
        ("bunching R --as-of 2023-08-31 --line monitoring_lin", 11, "mean 'monitoring_line'"),
        ("bunching R --as-of 2023-08-31 --line regime", 11, "regime is in 'code'"),
        ("bunching R --as-of 2023-08-31 --standards NOWHERE", 11, "NOWHERE"),
        ("notice R --as-of 2023-08-31 --place PLACE0 --from 2022-01-01", 12, "Did you mean"),
        ("notice R --as-of 2023-08-31 --place X --from 2022-01-01", 12, "villages are on record"),
        (
            "notice R --as-of 2023-08-31 --place PLACE --from 2023-08-31",
            12,
            "No decision on a household of 'PLACE' from 2023-08-31 to 2023-08-31 is on record",
        ),
        (
            "notice R --as-of 2023-08-31 --place PLACE --from 2023-09-30",
            2,
            "--from 2023-09-30 is after --to 2023-08-31",
        ),
        (
            "notice R --as-of 2023-08-31 --place PLACE --from 2023-01-01 --noticed-to "
            "2023-02-01",
            2,
            "give --noticed-from and --noticed-to together, or neither",
        ),
        (
            "notice R --as-of 2023-08-31 --place PLACE --from 2023-01-01 --noticed-from "
            "2023-02-02 --noticed-to 2023-02-01",
            12,
            "noticed_to comes before noticed_from",
        ),
        (
            "notice R --as-of 2023-08-31 --place PLACE --from 2023-01-01 --output n.pdf",
            2,
            "--output is a workbook: n.pdf does not end in .xlsx",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said_in_one_line(run_fanpin, county, words, code, message):
    """With the exit code of its kind, the thing and the mend."""
    here = {
        "R": county.records,
        "NOWHERE": county.root / "NOWHERE",
        "SURVEY": ROOT / "configs/argentina_eph.yaml",
    }
    named = [here.get(word, word) for word in words.replace("PLACE", county.place).split()]
    ran = run_fanpin("areas", *named)
    assert ran.code == code, ran.err
    last = ran.err.strip().splitlines()[-1]
    assert message.replace("PLACE", county.place) in last
    assert "Traceback" not in ran.err
    assert not ran.out


def test_a_damaged_table_is_named(run_fanpin, county, tmp_path):
    """The file stands in the message."""
    records = CT.write(tmp_path / "county", county.tables)
    (records / "records/listing.parquet").write_bytes(b"PAR1")
    ran = run_fanpin("areas", "alarm", records, "--as-of", AS_OF)
    assert ran.code == 13
    assert "listing.parquet" in ran.err.splitlines()[-1]


# Help


def test_examples_in_the_help_parse(run_fanpin):
    """Every example of every command is accepted, and every option has words."""
    group = typer.main.get_command(app)
    commands = group.commands["areas"].commands
    assert set(commands) == {"alarm", "bunching", "notice"}
    for name, command in commands.items():
        assert all(getattr(parameter, "help", "") for parameter in command.params), name
        text = run_fanpin("areas", name, "--help").out
        found = re.findall(r"^\s*(fanpin-risk .*)$", text.split("Example:")[1], flags=re.MULTILINE)
        assert found
        for example in found:
            _, first, second, *rest = shlex.split(example)
            assert (first, second) == ("areas", name)
            command.make_context(name, rest)
