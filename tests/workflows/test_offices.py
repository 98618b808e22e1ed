"""A county's offices' files through the intake: the store holds the county's records."""

from __future__ import annotations

import csv
import stat
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
import typer
import yaml
from typer.testing import CliRunner

from fanpin_risk import cli_simulate
from fanpin_risk.errors import ConfigError, InputFileError
from fanpin_risk.records.contracts import TABLES
from fanpin_risk.records.identity_key import load_or_make_key
from fanpin_risk.records.store import Store
from fanpin_risk.simulate.county.as_offices import CONTEXT_PLACE, UNTOLD
from fanpin_risk.simulate.county.as_offices_rows import OFFICE_OF
from fanpin_risk.simulate.county.parameters import load_parameters
from fanpin_risk.simulate.county.write import CountyRequest, write_counties
from fanpin_risk.workflows.ingest import ingest, load_ingest_project
from fanpin_risk.workflows.offices import write_county_offices
from fanpin_risk.workflows.sample import write_sample

ROOT = Path(__file__).parents[2]
SOURCES, CHECKS = ROOT / "configs/sources", ROOT / "configs/quality.yaml"
RECEIVED_ON = date(2026, 1, 1)
SHOWN_BY_EXPORT = ("listing", "exit")
NUMBERS = {"medical_bill": "bill_number", "insurance_claim": "claim_number"}
WORD_FOR_NOTHING = "_for_missing"
"""Faults of this name write NULL, None or the like into empty cells. Where a source lists no words
for "unknown", as with the numbers of payments, such a word passes for a text."""
RELIEF_LAG = timedelta(days=20)


def silent(step, at):
    """Say nothing."""


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    """Folder of a county of 150 households over 14 months."""
    folder = tmp_path_factory.mktemp("offices") / "county"
    request = CountyRequest(
        households=150, months=14, seed=5, asks_causes=False, households_a_sample=50
    )
    parameters = load_parameters(ROOT / "configs/simulation", preset="northeast", world="main")
    write_counties(request, parameters, folder, n_processes=1, progress=lambda at: None)
    return folder


def copy_of(county, folder):
    """Folder with the same county, and none of its offices' files."""
    copy = folder / "county"
    copy.mkdir()
    for name in ("manifest.json", "records", "truth"):
        (copy / name).symlink_to(county / name)
    return copy


def taken_in(county, condition, seed=1):
    """Write the files, take them in; what was written, what became of them, and the store."""
    written = write_county_offices(
        county, sources=SOURCES, checks=CHECKS, condition=condition, seed=seed, step=silent
    )
    project = load_ingest_project(written.config)
    done = ingest(
        project,
        received_on=RECEIVED_ON,
        key=load_or_make_key(written.key),
        database_url=None,
        workbooks=county / "workbooks",
        n_threads=1,
        step=silent,
    )
    return written, done, Store(project.store)


@pytest.fixture(scope="module")
def records(county):
    """What should be in the store."""
    return told_of(county)


@pytest.fixture(scope="module")
def clean(county):
    """The clean files, taken in."""
    return taken_in(county, "clean")


@pytest.fixture(scope="module")
def dirty(county, tmp_path_factory):
    """The spoilt files of the same county, taken in; which rows each fault touched."""
    folder = copy_of(county, tmp_path_factory.mktemp("dirty"))
    written, done, store = taken_in(folder, "dirty")
    with (written.config.parent / "faults.csv").open(encoding="utf-8") as file:
        faults = list(csv.DictReader(file))
    return written, done, store, faults


# ---- what the files tell: written by hand from the rules of the design -------------------------


def month_end(day):
    """Last day of a month."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def told_of(county):
    """Rows that should be in the store, by table and record of the county.

    Returns
    -------
    dict
        By table, by ``record_id`` of the county's records, the versions in order.
    """
    found = {}
    for path in sorted((county / "records").glob("*.parquet")):
        table = path.stem
        if table == "loan":
            continue
        rows = pl.read_parquet(path).sort("record_id", "version").to_dicts()
        for row in rows:
            is_relief = table == "support_measure" and row["source"] == "civil_affairs"
            is_lost = row["is_withdrawn"] and row["source"] != "medical_insurance"
            if not (is_relief or is_lost):
                add_version(found, table, row["record_id"], told(table, row))
    for record, versions in found["income_item"].items():
        if versions[0]["item"] == "temporary_relief":
            for payment in versions:
                add_version(found, "support_measure", f"relief of {record}", measure_of(payment))
    return found


def add_version(found, table, record, row):
    """Add a version unless it says what the one before it says."""
    versions = found.setdefault(table, {}).setdefault(record, [])
    if versions and without_days(versions[-1]) == without_days(row):
        return
    if versions and row["source"] == "national_work_month":  # one version a file, one file a month
        following = month_end(versions[-1]["recorded_on"] + timedelta(days=1))
        row = row | {"recorded_on": max(row["recorded_on"], following)}
    versions.append(row | {"version": len(versions) + 1})


def without_days(row):
    """A row without its number and the day it became known."""
    return {name: value for name, value in row.items() if name not in ("version", "recorded_on")}


def told(table, row):
    """A row of the county as its file tells it."""
    row = dict(row)
    source = row["source"]
    for name in UNTOLD.get((table, source), ()):
        if name in ("membership", "product") or (
            name == "is_help" and row["item"] == "other_transfer"
        ):
            row[name] = None
    if table in NUMBERS:
        row[NUMBERS[table]] = row["record_id"]
    if source == "civil_affairs":
        row["recorded_on"] = row["occurred_on"] + RELIEF_LAG
    if source == "national_work_month":
        row["recorded_on"] = month_end(row["recorded_on"])
    row["source"] = OFFICE_OF.get((table, source), source)
    if row["source"] == "public_security_members":
        row["has_disability_card"] = False  # the number tells the intake
    return {name: value for name, value in row.items() if name not in ("record_id", "batch")}


def measure_of(payment):
    """The measure that a payment of temporary relief is."""
    own = {"measure": "temporary_relief", "detail": "临时救助"}
    own |= {name: payment[name] for name in ("person_id", "amount_fen")}
    shared = ("household_id", "occurred_on", "recorded_on", "source", "is_withdrawn")
    return (
        dict.fromkeys(TABLES["support_measure"].names)
        | own
        | {name: payment[name] for name in shared}
    )


def frozen(rows):
    """Rows that can be counted."""
    return Counter(tuple(sorted(row.items())) for row in rows)


def stored(store, table):
    """Rows of the store as the county knows them, without what an export shows of the register."""
    frame = store.scan(table).drop("batch", "line", "entered_on", "county", "record_id").collect()
    if table in SHOWN_BY_EXPORT:
        frame = frame.filter(pl.col("source") != "national_household")
    return frame.to_dicts()


def listed_months(county):
    """Months in which each household was listed."""
    listed = pl.read_parquet(county / "records/listing.parquet").filter(
        pl.col("decision") == "listed"
    )
    return [
        (household, day.replace(day=1))
        for household, day in listed.select("household_id", "occurred_on").iter_rows()
    ]


def with_types_told(rows, listed):
    """Household rows without the type of those whose listing is on no record."""
    for row in rows:
        is_told = row["source"] != "national_household" or any(
            household == row["household_id"] and day <= row["occurred_on"]
            for household, day in listed
        )
        yield row if is_told else row | {"monitored_type": None}


# ---- clean ---------------------------------------------------------------------------------------


def test_nothing_of_clean_files_is_set_aside(clean):
    """Every row of every file is read and accepted, under all checks; no file is refused."""
    written, done, store = clean
    assert done.refused == ()
    assert done.without == ()
    assert len(done.results) == written.n_files > 150
    assert sum(one.rows_read for one in done.results) == written.n_rows
    assert sum(one.rows_accepted for one in done.results) == written.n_rows
    assert store.quarantine().height == 0
    assert written.n_spoilt == 0
    assert not (written.config.parent / "faults.csv").exists()


@pytest.mark.parametrize("table", sorted(TABLES))
def test_the_store_holds_the_records_of_the_county(county, records, clean, table):
    """All versions of all records: contents, persons, both days, source, version, withdrawal.

    The key of the intake is the county's own, so persons have the names of the county's records.
    """
    _, _, store = clean
    versions = records.get(table, {})
    rows = [row for record in versions.values() for row in record]
    if table == "household_snapshot":
        rows = list(with_types_told(rows, listed_months(county)))
    assert frozen(stored(store, table)) == frozen(rows)


def test_what_no_file_carries_is_counted(county, clean):
    """Loans and decisions on relief: ``not_sent.csv`` says how many rows and why."""
    written, _, store = clean
    with (written.config.parent / "not_sent.csv").open(encoding="utf-8") as file:
        missing = list(csv.DictReader(file))
    assert sum(int(one["rows"]) for one in missing) == written.n_not_sent
    loans = pl.read_parquet(county / "records/loan.parquet").height
    by_table = {one["table"]: one for one in missing}
    assert int(by_table["loan"]["rows"]) == loans > 0
    assert by_table["loan"]["reason_zh"] == "没有部门报送这种记录"
    assert store.scan("loan").collect().height == 0


def test_the_export_repeats_listings_of_the_register_by_month(county, clean):
    """What an export shows of listings agrees with the register's, apart from the day."""
    _, _, store = clean
    shown = store.scan("listing").filter(pl.col("source") == "national_household").collect()
    assert shown.height > 0
    months = set(listed_months(county))
    assert set(shown.select("household_id", "occurred_on").iter_rows()) <= months
    register = {
        (row["household_id"], row["occurred_on"].replace(day=1)): row
        for row in stored(store, "listing")
    }
    for row in shown.to_dicts():
        listing = register[row["household_id"], row["occurred_on"]]
        same = ("monitored_type", "cause_1", "cause_2", "cause_3", "disaster_kind", "decision")
        assert {name: row[name] for name in same} == {name: listing[name] for name in same}


def test_the_key_is_the_owners_alone_and_stands_outside_the_store(clean):
    """The key that makes the county's hashes is a file of mode 0600 beside the store."""
    written, _, _ = clean
    folder = written.config.parent
    assert written.key == folder / "identity.key"
    assert stat.S_IMODE(written.key.stat().st_mode) == 0o600
    settings = yaml.safe_load(written.config.read_text(encoding="utf-8"))
    assert settings["county"] == CONTEXT_PLACE
    assert not written.key.is_relative_to(folder / settings["store"])
    assert not [path for path in (folder / "store").rglob("*") if path.name == written.key.name]


# ---- dirty ---------------------------------------------------------------------------------------


def test_every_row_of_spoilt_files_is_accepted_or_set_aside(dirty):
    """Of each file: rows read = accepted + quarantined; what is set aside waits in the store."""
    written, done, store, faults = dirty
    assert done.refused == ()
    assert len(done.results) == written.n_files
    for one in done.results:
        assert one.rows_read == one.rows_accepted + one.rows_quarantined
    waiting = Counter(store.quarantine()["file"].to_list())
    assert waiting == Counter(
        {one.file: one.rows_quarantined for one in done.results if one.rows_quarantined}
    )
    assert store.quarantine().height > 20
    spoilt = {fault["file"] for fault in faults}
    assert len(spoilt) == written.n_spoilt
    assert written.n_files / 8 < written.n_spoilt < written.n_files / 2
    assert set(waiting) <= spoilt | files_after(done, faults)


def files_after(done, faults):
    """Files of an office after one of its files was spoilt: a later version may find no first."""
    first: dict[str, str] = {}
    for fault in sorted(faults, key=lambda fault: fault["file"]):
        first.setdefault(office(fault["file"]), fault["file"])
    return {one.file for one in done.results if one.file > first.get(office(one.file), "~")}


def office(name):
    """Office in a file's name."""
    return name.split("_", 1)[1].rsplit("_", 1)[0]


def touched_records(faults):
    """Records that any fault touched, by table."""
    return {(fault["table"], fault["record_id"]) for fault in faults if fault["table"]}


def test_untouched_records_arrive_equal_to_the_originals(county, records, dirty):
    """A record of which no fault touched a row is in the store with all its versions.

    An export's row holds the household's incomes too: they go the way of the row.
    """
    _, _, store, faults = dirty
    touched = touched_records(faults)
    households = touched_days(county, faults)
    listed = listed_months(county)
    n_compared = 0
    for table, versions_of in records.items():
        rows = [
            row
            for record, versions in versions_of.items()
            if (table, record) not in touched
            and ("income_item", record.removeprefix("relief of ")) not in touched
            for row in versions
            if row["source"] != "national_household"
            or (row["household_id"], row["occurred_on"]) not in households
        ]
        if table == "household_snapshot":
            rows = list(with_types_told(rows, listed))
        missing = frozen(rows) - frozen(stored(store, table))
        assert not missing, (table, list(missing)[:2])
        n_compared += len(rows)
    assert n_compared > 3_000


def touched_days(county, faults):
    """Households and days of the exports' rows that a fault touched."""
    frame = pl.read_parquet(county / "records/household_snapshot.parquet")
    touched = [record for table, record in touched_records(faults) if table == "household_snapshot"]
    found = frame.filter(pl.col("record_id").is_in(touched))
    return set(found.select("household_id", "occurred_on").iter_rows())


def test_a_fault_that_keeps_the_meaning_never_changes_a_value(county, records, dirty):
    """A touched row is in the store as it was, or in the quarantine; never there as another one."""
    _, done, store, faults = dirty
    quarantined = {one.file: one.rows_quarantined for one in done.results}
    listed = listed_months(county)
    kept = [
        one
        for one in faults
        if one["keeps_meaning"] == "true"
        and one["effect"] == "touched"
        and not one["fault"].endswith(WORD_FOR_NOTHING)
    ]
    assert len({one["fault"] for one in kept}) > 5
    in_store = {table: frozen(stored(store, table)) for table in records}
    n_equal = n_missing = 0
    for file in sorted({one["file"] for one in kept}):
        missing = 0
        for one in kept:
            versions = records.get(one["table"], {}).get(one["record_id"], [])
            if one["file"] != file or not versions or one["version"] != "1":
                continue
            row = versions[0]
            if one["table"] == "household_snapshot":
                (row,) = with_types_told([row], listed)
            is_there = next(iter(frozen([row]))) in in_store[one["table"]]
            n_equal += is_there
            missing += not is_there
        assert missing <= quarantined[file], file
        n_missing += missing
    assert n_equal > 10
    assert n_missing > 0


def test_faults_are_told_without_anybodys_number(dirty):
    """``faults.csv`` names the records of the county, and no person."""
    written, _, _, faults = dirty
    text = (written.config.parent / "faults.csv").read_text(encoding="utf-8")
    numbers = pl.read_parquet(written.config.parents[1] / "truth/identity_numbers.parquet")
    assert not [number for number in numbers["identity_number"] if number in text]
    assert {fault["effect"] for fault in faults} <= {"touched", "added", "removed", "file"}
    assert {fault["keeps_meaning"] for fault in faults} == {"true", "false"}


# ---- the folder ----------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_files_and_another_one_other_faults(county, tmp_path):
    """Spoilt files are the same to the byte, clean ones whatever the seed."""

    def contents(folder, condition, seed):
        written = write_county_offices(
            folder, sources=SOURCES, checks=CHECKS, condition=condition, seed=seed, step=silent
        )
        return {
            path.name: path.read_bytes() for path in (written.config.parent / "inbox").iterdir()
        }

    copy = copy_of(county, tmp_path)
    one, again, other = (contents(copy, "dirty", seed) for seed in (1, 1, 2))
    plain = contents(copy, "clean", 1)
    assert one == again
    assert one != other
    assert set(one) == set(other) == set(plain)
    assert plain == contents(copy, "clean", 2)
    assert not (copy / "offices/faults.csv").exists()


def test_a_folder_is_written_whole_or_not_at_all(county, tmp_path):
    """Whatever stops the writing leaves the files that were there, and nothing half done."""
    copy = copy_of(county, tmp_path)
    kept = write_county_offices(
        copy, sources=SOURCES, checks=CHECKS, condition="clean", seed=1, step=silent
    )
    before = kept.config.read_bytes()

    def stop(step, at):
        if at == "2021-03":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_county_offices(
            copy, sources=SOURCES, checks=CHECKS, condition="dirty", seed=1, step=stop
        )
    assert kept.config.read_bytes() == before
    left = {path.name for path in copy.iterdir() if not path.name.endswith(".lock")}
    assert left == {"manifest.json", "records", "truth", "offices"}


def test_a_missing_county_and_missing_sources_are_said_before_anything_is_written(tmp_path):
    """One line says what is missing and how to mend it."""
    with pytest.raises(InputFileError, match="there is no simulated county"):
        write_county_offices(
            tmp_path / "x", sources=SOURCES, checks=CHECKS, condition="clean", seed=1, step=silent
        )
    with pytest.raises(ConfigError, match=r"no such folder of source files.*--sources"):
        write_county_offices(
            tmp_path / "x",
            sources=tmp_path / "none",
            checks=CHECKS,
            condition="clean",
            seed=1,
            step=silent,
        )
    assert list(tmp_path.iterdir()) == []


def test_the_command_writes_county_and_files_and_says_how_to_take_them_in(tmp_path):
    """``simulate --offices dirty``: the county, its offices' files, and the next command."""
    app = typer.Typer()
    app.callback()(lambda: None)
    cli_simulate.register(app)
    output = tmp_path / "county"
    argv = [
        *(
            "simulate",
            "--output",
            str(output),
            "--households",
            "60",
            "--months",
            "12",
            "--seed",
            "3",
        ),
        *("--offices", "dirty", "--processes", "1", "--sources", str(SOURCES)),
        *("--checks", str(CHECKS), "--parameters", str(ROOT / "configs/simulation")),
    ]
    ran = CliRunner().invoke(app, argv)
    assert ran.exit_code == 0, ran.output
    assert f"fanpin-risk ingest {output}/offices/ingest.yaml --key-file" in ran.stdout
    project = load_ingest_project(output / "offices/ingest.yaml")
    assert project.needs_key
    for one in project.settings.inputs:
        assert (output / "offices" / one.files[0]).exists()
    assert (output / "offices/faults.csv").exists()
    argv = [*argv[:-6], "--sources", str(tmp_path / "none")]
    assert isinstance(CliRunner().invoke(app, argv).exception, ConfigError)


# ---- the small county, by the same writer --------------------------------------------------------


def test_a_sample_comes_by_the_same_writer(tmp_path):
    """The small county's files are taken in; spoilt ones differ, and some rows are set aside."""
    clean, spoilt = (
        write_sample(
            tmp_path / name,
            sources=SOURCES,
            checks=CHECKS,
            n_households=20,
            n_months=12,
            first_day=date(2022, 1, 1),
            seed=2,
            is_dirty=name == "spoilt",
        )
        for name in ("clean", "spoilt")
    )
    assert clean.n_spoilt == 0 < spoilt.n_spoilt
    assert (clean.n_files, clean.n_rows, clean.key) == (spoilt.n_files, spoilt.n_rows, None)
    assert load_ingest_project(clean.config).settings.name == "clean"
    project = load_ingest_project(spoilt.config)
    done = ingest(
        project,
        received_on=RECEIVED_ON,
        key=load_or_make_key(tmp_path / "identity.key"),
        database_url=None,
        workbooks=tmp_path / "workbooks",
        n_threads=1,
        step=silent,
    )
    assert done.refused == ()
    assert len(done.results) == spoilt.n_files
    n_set_aside = Store(project.store).quarantine().height
    assert n_set_aside == sum(one.rows_quarantined for one in done.results) > 0


def test_a_sample_begins_on_the_first_of_a_month(tmp_path):
    """Another day is refused with the day that is meant."""
    with pytest.raises(ConfigError, match=r"2022-01-05 is no first of a month\. Say 2022-01-01"):
        write_sample(
            tmp_path / "x",
            sources=SOURCES,
            checks=CHECKS,
            n_households=20,
            n_months=12,
            first_day=date(2022, 1, 5),
            seed=2,
            is_dirty=False,
        )
