"""A county's rows in its offices' files: sent once, in its month, or counted."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from fanpin_risk.errors import InputFileError
from fanpin_risk.records.contracts import TABLES
from fanpin_risk.records.source import DayOfBatch, Source, load_source
from fanpin_risk.simulate.county.as_offices import UNTOLD, CountyOffices, name_of
from fanpin_risk.simulate.county.as_offices_rows import OFFICE_OF, REASONS, Sending, office_of
from fanpin_risk.simulate.county.as_offices_sources import SOURCES_BESIDE
from fanpin_risk.simulate.county.parameters import load_parameters
from fanpin_risk.simulate.county.write import CountyRequest, write_counties

ROOT = Path(__file__).parents[3]
WITHOUT_DAY_OF_ENTRY = {"civil_affairs", "national_work_month"}
"""Files in which two versions could not be put in order."""


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


@pytest.fixture(scope="module")
def sent(county):
    """Its offices, and what they send in each month."""
    offices = CountyOffices(county)
    return offices, list(offices.months())


@pytest.fixture
def copy(county, tmp_path):
    """A copy of the county to be changed."""
    return Path(shutil.copytree(county, tmp_path / "county"))


def source_of(name, tmp_path):
    """A source file, shipped or written beside the files."""
    if name not in SOURCES_BESIDE:
        return load_source(ROOT / f"configs/sources/{name}.yaml")
    path = tmp_path / f"{name}.yaml"
    path.write_text(SOURCES_BESIDE[name], encoding="utf-8")
    return load_source(path)


def rows_of(months):
    """Every row that drives a line of a file: month, source, table and row."""
    for one in months:
        for delivery in one.deliveries:
            for key in delivery.sheet.keys:
                table, index = key.split("/")
                yield one.month, delivery, table, one.county.tables[table][int(index)]


def with_rows(folder, table, change):
    """Rewrite one table of a county."""
    path = folder / "records" / f"{table}.parquet"
    change(pl.read_parquet(path)).write_parquet(path)


def test_every_row_is_sent_once_or_counted_as_not_sent(county, sent):
    """Rows of all files and rows in none are the rows of the records: none is lost or doubled.

    Incomes of the yearly account have no lines of their own, and households' rows that come again
    because of them are no further records.
    """
    offices, months = sent
    told = Counter()
    again = 0
    for _, delivery, table, row in rows_of(months):
        if table == "household_snapshot" and row["source"] == "national_household":
            snapshot = (row["record_id"], row["version"])
            again += told[table, *snapshot] > 0
            told[table, *snapshot] = 1
        else:
            told[table, row["record_id"], row["version"]] += 1
        assert delivery.sheet.source == row["source"]
    assert set(told.values()) == {1}
    missing = offices.sending.not_sent()
    n_of = Counter(table for table, *_ in told)
    for table in offices.sending.tables:
        frame = pl.read_parquet(county / "records" / f"{table}.parquet")
        left_out = missing.filter(pl.col("table") == table)["rows"].sum()
        yearly = frame.filter(pl.col("source") == "national_household").height
        yearly = yearly if table == "income_item" else 0
        assert n_of[table] + left_out + yearly == frame.height, table
    incomes = pl.read_parquet(county / "records/income_item.parquet")
    corrected = incomes.filter(pl.col("source") == "national_household", pl.col("version") > 1)
    assert again == corrected.n_unique(["household_id", "occurred_on", "recorded_on"])


def test_only_what_has_no_office_is_left_out_as_a_whole(sent):
    """Loans have no office; of the other tables all is sent but what its reason tells."""
    offices, months = sent
    missing = offices.sending.not_sent()
    assert set(missing["reason"]) <= set(REASONS)
    assert set(missing.filter(pl.col("reason") == "no_office")["table"]) == {"loan"}
    tables = {table for _, _, table, _ in rows_of(months)}
    assert set(offices.sending.tables) - tables == {"loan"}
    for table, source, reason, _ in missing.iter_rows():
        wanted = {
            "no_office": table == "loan",
            "no_withdrawal": source != "medical_insurance",
            "told_by_payment": (table, source) == ("support_measure", "civil_affairs"),
            "same_key": False,
        }
        assert wanted[reason], (table, source, reason)


def test_a_row_comes_in_the_month_it_became_known(sent):
    """No file has a row from after the day it is received, nor one of an earlier month."""
    _, months = sent
    assert [one.month for one in months] == sorted({one.month for one in months})
    n_late = 0
    for month, delivery, table, row in rows_of(months):
        assert row["recorded_on"] <= delivery.received_on
        assert delivery.received_on.replace(day=1) == month
        if delivery.sheet.source in WITHOUT_DAY_OF_ENTRY:
            n_late += row["recorded_on"].replace(day=1) < month
            continue
        assert row["recorded_on"].replace(day=1) == month, table
    assert n_late < 10


def test_files_have_the_columns_of_their_sources_and_no_unknown_ones(sent, tmp_path):
    """Headers hold what a source needs; the rest is ignored or a contact; exports show one day."""
    _, months = sent
    names = set()
    for one in months:
        for delivery in one.deliveries:
            sheet = delivery.sheet
            names.add(sheet.source)
            source = source_of(sheet.source, tmp_path)
            contact = source.contact
            known = {*source.columns_needed(), *source.ignored_columns}
            known |= set() if contact is None else {contact.name, contact.phone}
            assert set(source.columns_needed()) <= set(sheet.header) <= known
            assert {len(row) for row in sheet.rows} == {len(sheet.header)}
            is_snapshot = isinstance(source.occurred_on, DayOfBatch)
            assert (delivery.snapshot_on is not None) == is_snapshot
    assert set(SOURCES_BESIDE) <= names
    assert len(names) > 20


def test_a_source_beside_the_files_says_what_it_cannot_show(tmp_path):
    """Source files that come with the county are whole: names, titles, a publisher, limits."""
    assert set(OFFICE_OF.values()) == set(SOURCES_BESIDE)
    for name in SOURCES_BESIDE:
        source = source_of(name, tmp_path)
        assert isinstance(source, Source)
        assert source.name == name
        assert source.publisher
        assert source.limits
        assert re.search("[一-鿿]", source.title_zh)
        assert not [c for c in source.columns_needed() if re.search("姓名|电话|账号", c)]


def test_columns_without_a_cell_are_those_that_their_source_does_not_map(county, tmp_path):
    """`UNTOLD` and the sources agree: no other column that the county fills is left unmapped.

    Of a source with several mappings of a table each must have the column.
    """
    for table, frame in _filled(county):
        for (source,), rows in frame.group_by("source"):
            if table == "loan":
                continue
            untold = UNTOLD.get((table, source), ())
            mappings = [
                set(one.fields)
                for one in source_of(office_of(table, source), tmp_path).mappings()
                if one.table == table
            ]
            mapped = set.intersection(*mappings) | {"is_id_checksum_valid", "has_disability_card"}
            for name in TABLES[table].names:
                if rows[name].null_count() < rows.height and name != "ends_on":
                    assert name in mapped or name in untold, (table, source, name)


def _filled(county):
    """Record tables of a county."""
    for path in sorted((county / "records").glob("*.parquet")):
        yield path.stem, pl.read_parquet(path)


def test_persons_are_made_up_and_stay_the_same(county, sent):
    """Numbers are of no area in use and valid; names are of Chinese letters; phones nobody has."""
    _, months = sent
    persons = {
        row["person"]
        for one in months
        for rows in one.county.tables.values()
        for row in rows
        if row.get("person") is not None
    }
    numbers = pl.read_parquet(county / "truth/identity_numbers.parquet")
    assert persons <= set(numbers["identity_number"])
    assert numbers["identity_number"].n_unique() == numbers.height
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    for number in persons:
        total = sum(int(digit) * weight for digit, weight in zip(number, weights, strict=False))
        assert number[0] == "0"
        assert number[-1] == "10X98765432"[total % 11]
    last = months[-1].county
    assert {last.names[number] for number in persons} == {name_of(number) for number in persons}
    assert all(re.fullmatch("[一-鿿]{2,3}", name) for name in last.names.values())
    assert all(re.fullmatch("120[0-9]{8}", phone) for phone in last.phones.values())
    assert len(set(last.phones.values())) == len(last.phones)


def test_the_truth_stays_apart(county):
    """No record has a number in clear: only the truth says whose hash is whose."""
    numbers = set(pl.read_parquet(county / "truth/identity_numbers.parquet")["identity_number"])
    for table, frame in _filled(county):
        for name, dtype in frame.schema.items():
            if dtype == pl.String():
                assert not numbers & set(frame[name].drop_nulls()), (table, name)


def test_two_checks_of_one_day_are_not_sent_as_a_correction(copy):
    """What a file cannot tell apart is sent once; a row that says the same again is sent again."""

    def change(frame):
        first = frame.row(0, named=True)
        others = pl.DataFrame(
            [
                first | {"record_id": "HCother", "grade": "c" if first["grade"] != "c" else "d"},
                first
                | {
                    "record_id": "HCagain",
                    "recorded_on": first["recorded_on"] + timedelta(days=3),
                },
            ],
            schema=frame.schema,
        )
        return pl.concat([frame, others])

    before = Sending(copy / "records").not_sent()
    with_rows(copy, "housing_check", change)
    sending = Sending(copy / "records")
    after = sending.not_sent().join(before, on=before.columns, how="anti")
    assert after.rows() == [("housing_check", "housing", "same_key", 1)]
    told = pl.concat([sending.rows("housing_check", month) for month in sending.months()])
    assert "HCagain" in told["record_id"]
    assert "HCother" not in told["record_id"]


def test_a_ledger_without_a_day_of_entry_has_one_version_a_month(copy):
    """A correction known in the month of the payment comes with the next month's file."""

    def change(frame):
        first = frame.filter(
            pl.col("source") == "civil_affairs",
            pl.col("version").max().over("record_id") == 1,
            pl.col("recorded_on").dt.day() < 20,
        ).row(0, named=True)
        known = [first["recorded_on"] + timedelta(days=n) for n in (1, 2)]
        more = [
            first | {"version": n, "recorded_on": day, "amount_fen": first["amount_fen"] + n}
            for n, day in enumerate(known, start=2)
        ]
        assert {day.month for day in known} == {first["recorded_on"].month}
        changed.append(first)
        return pl.concat([frame, pl.DataFrame(more, schema=frame.schema)])

    changed: list[dict] = []
    with_rows(copy, "income_item", change)
    sending = Sending(copy / "records")
    first = changed[0]
    found = {
        month: sending.rows("income_item", month).filter(pl.col("record_id") == first["record_id"])
        for month in sending.months()
    }
    told = {month: rows["version"].to_list() for month, rows in found.items() if rows.height}
    month = first["recorded_on"].replace(day=1)
    following = [(month + timedelta(days=31 * n)).replace(day=1) for n in range(3)]
    assert told == {month: [version] for version, month in enumerate(following, start=1)}


def test_a_corrected_income_brings_the_whole_row_again(copy):
    """The row that comes again shows the new amount, and all else as it was.

    It comes on a day on which another export does, and in a file of its own: a file shows one day.
    """
    snapshots = pl.read_parquet(copy / "records/household_snapshot.parquet")
    last = snapshots.filter(pl.col("source") == "national_household")["recorded_on"].max()

    def change(frame):
        is_yearly = (pl.col("source") == "national_household") & (pl.col("item") == "wage")
        first = frame.filter(is_yearly, pl.col("version").max().over("record_id") == 1)
        assert first["recorded_on"][0] < last
        again = first.head(1).with_columns(
            version=pl.lit(2, pl.Int32),
            recorded_on=pl.lit(last),
            amount_fen=pl.col("amount_fen") + 123_45,
        )
        corrected.append(again.row(0, named=True))
        return pl.concat([frame, again])

    corrected: list[dict] = []
    with_rows(copy, "income_item", change)
    correction = corrected[0]
    told = list(_household_lines(CountyOffices(copy).months()))
    assert all(row["occurred_on"] == delivery.snapshot_on for delivery, row, _ in told)
    lines = {
        delivery.received_on: cells
        for delivery, row, cells in told
        if row["household_id"] == correction["household_id"]
        and row["occurred_on"] == correction["occurred_on"]
    }
    first, again = (lines[day] for day in sorted(lines))
    assert max(lines) == correction["recorded_on"]
    assert round(again["工资性收入"] * 100) == correction["amount_fen"]
    assert round(first["工资性收入"] * 100) == correction["amount_fen"] - 123_45
    assert {name for name in first if first[name] != again[name]} - {"序号"} == {"工资性收入"}


def test_the_export_has_a_type_only_beside_the_month_of_a_listing(copy):
    """A household on the list shows since when; one whose listing is on no record shows neither."""

    def change(frame):
        is_seen = (pl.col("source") == "national_household") & (
            ~pl.col("household_id").is_in(listed.implode())
        )
        unlisted.append(frame.filter(is_seen)["household_id"][0])
        is_it = is_seen & (pl.col("household_id") == unlisted[0])
        return frame.with_columns(
            monitored_type=pl.when(is_it).then(pl.lit("marginal")).otherwise("monitored_type"),
            is_risk_eliminated=pl.when(is_it)
            .then(pl.lit(value=True))
            .otherwise("is_risk_eliminated"),
        )

    listed = pl.read_parquet(copy / "records/listing.parquet")["household_id"]
    unlisted: list[str] = []
    with_rows(copy, "household_snapshot", change)
    n_typed = n_untyped = 0
    for _, row, cells in _household_lines(CountyOffices(copy).months()):
        since = cells["识别监测时间"]
        assert (cells["监测对象类别"] is None) == (since is None)
        if since is not None:
            n_typed += 1
            assert row["monitored_type"] is not None
            assert since <= f"{row['occurred_on']:%Y%m}"
            assert (cells["消除监测时间"] is not None) <= row["is_risk_eliminated"]
        if row["household_id"] == unlisted[0]:
            n_untyped += 1
            assert since is None
            assert cells["风险是否已消除"] == "是"
    assert n_typed > 0
    assert n_untyped > 0


def _household_lines(months):
    """Lines of the household exports: the file, the row, and its cells by header."""
    for one in months:
        for delivery in one.deliveries:
            sheet = delivery.sheet
            if sheet.source == "national_household":
                for key, line in zip(sheet.keys, sheet.rows, strict=True):
                    row = one.county.tables["household_snapshot"][int(key.split("/")[1])]
                    yield delivery, row, dict(zip(sheet.header, line, strict=True))


def test_a_county_without_numbers_is_refused(copy):
    """An older county has no numbers in clear; one of another seed has other ones."""
    path = copy / "truth/identity_numbers.parquet"
    numbers = pl.read_parquet(path)
    numbers.with_columns(pl.col("identity_number").reverse()).write_parquet(path)
    with pytest.raises(InputFileError, match="are not those of the county's records"):
        CountyOffices(copy)
    path.unlink()
    with pytest.raises(InputFileError, match=r"is missing.*simulate it again"):
        CountyOffices(copy)
    shutil.rmtree(copy)
    with pytest.raises(InputFileError, match=r"there is no simulated county\. Make one"):
        CountyOffices(copy)


def test_months_are_the_same_when_asked_twice(county, sent):
    """Nothing that one pass learns changes the next one."""
    offices, months = sent
    for again in (offices, CountyOffices(county)):
        for one, other in zip(months, again.months(), strict=True):
            assert one.deliveries == other.deliveries
    assert date(2021, 1, 1) == months[0].month
