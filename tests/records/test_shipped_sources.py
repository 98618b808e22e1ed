"""Every source file that ships loads, fills its tables, keeps nobody's name, and fits its office.

The files of the small county are read here by a second, plain reader: it follows the source files
cell by cell and must end up with the county's own rows.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from fanpin_risk.records.contracts import TABLES
from fanpin_risk.records.source import DayFromColumn, load_source
from fanpin_risk.simulate.offices import (
    expected,
    expected_versions,
    office_deliveries,
    office_sheets,
)
from fanpin_risk.simulate.small_county import small_county

SOURCES = {
    path.stem: load_source(path)
    for path in sorted((Path(__file__).parents[2] / "configs/sources").glob("*.yaml"))
}
OFFICES = {name: source for name, source in SOURCES.items() if name != "argentina_eph"}
NOT_FILLED = {
    "income": "survey panels only",
    "support": "survey panels only",
    "shock_and_coping": "survey panels only",
    "place_context": "survey panels only: a county's lines are dated parameters of the standards",
    "override": "written by the visit plan's own sheets, not sent by an office",
    "loan": "banks' lists differ from county to county: none is public",
}
PERSONAL = re.compile("姓名|电话|银行账号|政治面貌|监护人|联系人")
WITHOUT_SHEETS = {
    *("public_security", "township_spending"),
    *("register_assets", "register_coping"),  # read from files by hand in test_means.py
}
SNAPSHOT = OFFICES["national_member"].occurred_on
FIRST_DAY = date(2021, 4, 1)


@pytest.fixture(scope="module")
def county():
    """A county of 300 households over two and a half years: every kind of file has rows."""
    return small_county(300, 30, seed=11, first_day=FIRST_DAY)


@pytest.fixture(scope="module")
def deliveries(county):
    """All files of the county, each office's together."""
    return office_deliveries(county, month=None)


def mapped_tables(source):
    """Tables that a source fills."""
    return {record.table for record in source.mappings()}


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_a_shipped_source_names_itself_and_its_limits(name):
    """A source has its file's name, titles in both languages, a publisher, and says its limits."""
    source = SOURCES[name]
    assert source.name == name
    assert source.publisher
    assert re.search("[一-鿿]", source.title_zh)
    assert source.title_en.isascii()
    assert source.limits
    assert all(limit.zh and limit.en.isascii() for limit in source.limits)


def test_every_table_is_filled_or_left_out_for_a_reason():
    """Each table of the contracts has a source of a Chinese office, or a reason for having none."""
    filled = set().union(*map(mapped_tables, OFFICES.values()))
    assert filled == set(TABLES) - set(NOT_FILLED)


@pytest.mark.parametrize("name", sorted(OFFICES))
def test_personal_columns_are_never_mapped(name):
    """Names, phones, account numbers and political status are ignored, or go to the contacts."""
    source = OFFICES[name]
    assert not [column for column in source.columns_needed() if PERSONAL.search(column)]
    contact = source.contact
    kept = set() if contact is None else {contact.name, contact.phone} - {None}
    assert not kept & set(source.ignored_columns)
    known = kept | set(source.ignored_columns)
    assert any(PERSONAL.search(column) for column in known) or name == "agriculture_prices"


@pytest.mark.parametrize("name", sorted(OFFICES))
def test_aliases_are_of_columns_in_use_and_of_one_alone(name):
    """An alias belongs to one column that is used, and is no column's own name."""
    source = OFFICES[name]
    contact = source.contact
    used = {*source.columns_needed(), *source.ignored_columns}
    used |= set() if contact is None else {contact.name, contact.phone}
    assert set(source.aliases) <= used
    given = [alias for aliases in source.aliases.values() for alias in aliases]
    assert len(given) == len(set(given))
    assert not set(given) & (set(source.aliases) | set(source.columns_needed()))


@pytest.mark.parametrize("name", sorted(OFFICES))
def test_official_words_are_understood(name):
    """Every code column reads the official Chinese words, or an office's own for all its codes."""
    for record in OFFICES[name].mappings():
        for column_name, mapping in record.fields.items():
            column = TABLES[record.table].column(column_name)
            if column.codes is None or mapping.column is None:
                continue
            if mapping.codes == "titles":
                assert set(column.codes.by_title()) <= set(mapping.code_values(column))
            else:
                assert any(value is not None for value in mapping.code_values(column).values())


def test_every_office_but_those_named_sends_files(deliveries):
    """Each source has files to be tried on; a few ship without an example."""
    assert {delivery.sheet.source for delivery in deliveries} == set(OFFICES) - WITHOUT_SHEETS


def test_files_have_the_columns_of_their_source_and_no_unknown_ones(deliveries):
    """The header holds what the source needs; the rest is ignored or a contact, by name."""
    for delivery in deliveries:
        sheet, source = delivery.sheet, OFFICES[delivery.sheet.source]
        contact = source.contact
        known = {*source.columns_needed(), *source.ignored_columns}
        known |= set() if contact is None else {contact.name, contact.phone}
        assert set(source.columns_needed()) <= set(sheet.header) <= known
        assert len(set(sheet.header)) == len(sheet.header)
        assert {len(row) for row in sheet.rows} == {len(sheet.header)}
        assert len(sheet.keys) == len(sheet.rows) > 0
        assert (delivery.snapshot_on is not None) == (source.occurred_on == SNAPSHOT)
        assert all(line.startswith(source.footers) for line in normal_lines(sheet.footer))


def normal_lines(lines):
    """Lines with a plain colon, as the intake compares them."""
    return [line.replace("：", ":") for line in lines]


def test_some_files_are_text_in_each_encoding_and_some_have_titles(deliveries):
    """Offices differ: workbooks with titles and footers, text files in three encodings."""
    sheets = [delivery.sheet for delivery in deliveries]
    texts = {sheet.encoding for sheet in sheets if sheet.kind == "csv"}
    assert texts == {"gb18030", "utf-8", "utf-8-sig"}
    assert any(sheet.title and sheet.footer for sheet in sheets)
    titled = office_sheets_of_month(date(2022, 5, 1), "medical_insurance")
    assert titled.title == ("示例县医保局2022年5月医疗费用结算明细",)


def office_sheets_of_month(month, source):
    """The file of one office in one month of a small county."""
    county = small_county(80, 24, seed=2, first_day=FIRST_DAY)
    return next(s for s in office_sheets(county, month=month) if s.source == source)


def test_months_together_hold_every_row_once(county):
    """Each row comes in the month it became known, in one file, and none is left out."""
    by_month: dict[date, set[tuple[str, str]]] = {}
    months = {row["recorded_on"].replace(day=1) for rows in county.tables.values() for row in rows}
    for month in sorted(months):
        for delivery in office_deliveries(county, month=month):
            assert delivery.received_on.replace(day=1) == month
            keys = {(delivery.sheet.source, key) for key in delivery.sheet.keys}
            assert len(keys) == len(delivery.sheet.keys)
            assert not any(keys & others for others in by_month.values())
            by_month.setdefault(month, set()).update(keys)
            for key in delivery.sheet.keys:
                table, index = key.split("/")
                row = county.tables[table][int(index)]
                assert row["recorded_on"] <= delivery.received_on
                assert row["source"] == delivery.sheet.source
    arrived = set().union(*by_month.values())
    elsewhere = {"income_item": "national_household", "support_measure": "disabled_federation"}
    wanted = {
        (row["source"], f"{table}/{index}")
        for table, rows in county.tables.items()
        for index, row in enumerate(rows)
        if elsewhere.get(table) != row["source"]
    }
    assert arrived == wanted
    together = office_deliveries(county, month=None)
    assert {(d.sheet.source, key) for d in together for key in d.sheet.keys} == wanted


def test_a_month_is_given_by_its_first_day(county):
    """Another day would hide rows without a word."""
    with pytest.raises(
        ValueError, match=r"month must be the first day of a month\. Got 2022-05-02"
    ):
        office_sheets(county, month=date(2022, 5, 2))


def test_a_bill_by_hand():
    """One bill's cells, in the office's words, yuan and real dates."""
    county = small_county(80, 24, seed=2, first_day=FIRST_DAY)
    row = next(r for r in county.tables["medical_bill"] if r["bill_kind"] == "outpatient_special")
    sheet = next(s for s in office_sheets(county, month=None) if s.source == "medical_insurance")
    index = sheet.keys.index(f"medical_bill/{county.tables['medical_bill'].index(row)}")
    cells = dict(zip(sheet.header, sheet.rows[index], strict=True))
    assert cells["序号"] == index + 1
    assert cells["证件号码"] == row["person"]
    assert cells["姓名"] == county.names[row["person"]]
    assert cells["就医类型"] == "门诊慢特病"
    assert Decimal(str(cells["医疗总费用"])) * 100 == row["total_fen"]
    assert cells["就诊日期"] == row["occurred_on"]
    assert cells["单据状态"] == "正常"


def test_a_household_of_the_export_by_hand():
    """A listed household's cells: months as YYYYMM, km, mu, causes and measures in words."""
    county = small_county(300, 24, seed=2, first_day=FIRST_DAY)
    sheets = [s for s in office_sheets(county, month=None) if s.source == "national_household"]
    index, row = next(
        (i, r)
        for i, r in enumerate(county.tables["household_snapshot"])
        if r["monitored_type"] == "sudden"
    )
    sheet = next(s for s in sheets if f"household_snapshot/{index}" in s.keys)
    cells = dict(
        zip(sheet.header, sheet.rows[sheet.keys.index(f"household_snapshot/{index}")], strict=True)
    )
    listing = next(
        r
        for r in county.tables["listing"]
        if r["household_id"] == row["household_id"] and r["decision"] == "listed"
    )
    assert cells["户编号"] == row["household_id"]
    assert cells["监测对象类别"] == "突发严重困难户"
    assert cells["识别监测时间"] == f"{listing['occurred_on']:%Y%m}"
    assert cells["致贫/返贫风险1"].startswith("因")
    assert Decimal(str(cells["与村主干路距离"])) * 1000 == row["road_distance_m"]
    assert Decimal(str(cells["耕地面积"])) * 100 == row["farmland_mu_x100"]
    assert sheet.title[0].endswith("（2021年10月1日）")


# ---- the plain reader ------------------------------------------------------------------------


def read_day(cell, month_means="last_day"):
    """A day in one of the offices' forms; a month alone is one of its ends."""
    if isinstance(cell, date):
        return cell
    digits = [int(part) for part in re.findall(r"\d+", cell)]
    if len(digits) == 1:
        text = str(digits[0])
        digits = [int(part) for part in (text[:4], text[4:6], text[6:]) if part]
    if len(digits) == 2:
        year, month = digits
        return date(year, month, 1 if month_means == "first_day" else monthrange(year, month)[1])
    return date(*digits)


def derived(kind, day):
    """A month that follows from the day a record occurred."""
    if kind == "occurred_month":
        return day.replace(day=1)
    assert (day.month, day.day) == (10, 1), "exports come as a collection year has closed"
    return date(day.year - 1, 10, 1) if kind == "collection_from" else date(day.year, 9, 1)


def read_field(column, mapping, cells, day):
    """One value as the source file says it is read."""
    if mapping.derived is not None:
        return derived(mapping.derived, day)
    if mapping.constant is not None:
        flags = {"true": True, "false": False}
        return flags[mapping.constant] if column.kind == "flag" else mapping.constant
    cell = cells[mapping.column]
    if cell is None or cell in mapping.unknown:
        return None
    if mapping.contains is not None:
        assert set(cell.split(",")) <= set(mapping.words)
        return mapping.contains in cell.split(",")
    codes = mapping.code_values(column)
    if codes is not None:
        return codes[str(cell)]
    if column.kind in ("amount", "quantity", "count"):
        number = Decimal(str(cell)) * mapping.minor_per_unit
        assert number == int(number)
        return int(number)
    if column.kind in ("day", "month"):
        return read_day(cell)
    return cell[:18] if column.kind == "person" else cell


def read_record(source, record, cells, delivery):
    """The record of a row that one mapping describes, or None where the row holds none."""
    on = record.occurred_on or source.occurred_on
    days_alone = isinstance(on, DayFromColumn)
    cell = cells[on.column] if days_alone else delivery.snapshot_on
    day = None if cell is None else read_day(cell, on.month_means if days_alone else "last_day")
    table = TABLES[record.table]
    values = {
        name: read_field(table.column(name), mapping, cells, day)
        for name, mapping in record.fields.items()
    }
    if any(values[name] is None or values[name] is False for name in record.only_if):
        return None
    known = record.recorded_on or source.recorded_on
    if known.column is not None:
        recorded_on = read_day(cells[known.column])
    elif known.lag_days is not None:
        recorded_on = day + timedelta(days=known.lag_days)
    else:
        recorded_on = delivery.received_on
    return {
        **dict.fromkeys(table.names),
        **values,
        **({} if table.key == "place" else {"household_id": household_of(source, cells)}),
        "occurred_on": day,
        "recorded_on": recorded_on,
        "source": source.name,
        "is_withdrawn": is_withdrawn(source, cells),
    }


def household_of(source, cells):
    """The household number of a row, where the office knows it."""
    return None if source.household_id is None else cells[source.household_id]


def is_withdrawn(source, cells):
    """Whether a row takes a record back."""
    mapping = source.is_withdrawn
    return mapping is not None and mapping.codes[cells[mapping.column]]


def frozen(row):
    """A row that can be counted; versions and the day known are compared elsewhere."""
    left_out = ("version", "is_id_checksum_valid")
    return tuple(sorted((k, repr(v)) for k, v in row.items() if k not in left_out))


@pytest.fixture(scope="module")
def arrived(deliveries):
    """Everything that the plain reader finds in the files, by table."""
    found: dict[str, list[dict]] = {}
    for delivery in deliveries:
        source = OFFICES[delivery.sheet.source]
        for row in delivery.sheet.rows:
            cells = dict(zip(delivery.sheet.header, row, strict=True))
            for record in source.mappings():
                read = read_record(source, record, cells, delivery)
                if read is not None:
                    found.setdefault(record.table, []).append(read)
    return found


def without_repeats(table, rows):
    """What each export repeats unchanged is kept once, as known first."""
    if table not in ("listing", "exit"):
        return rows
    kept = {}
    for row in rows:
        content = tuple(v for k, v in row.items() if k != "recorded_on")
        kept.setdefault((row["source"] == "national_household", repr(content)), row)
    return list(kept.values())


def test_what_arrives_is_what_the_county_holds(county, arrived):
    """Read by the source files, every cell gives back the county's own value, none more or less."""
    wanted = expected_versions(county)
    assert set(arrived) == set(wanted)
    for table, rows in wanted.items():
        left = sorted(frozen(row) for row in without_repeats(table, arrived[table]))
        assert left == sorted(frozen(row) for row in rows), table


def test_expected_is_the_newest_version_of_each_record(county):
    """The newest versions agree with the county's own, and withdrawn records are gone."""
    newest = expected(county)
    assert len(newest["medical_bill"]) == len(county.newest("medical_bill"))
    assert not any(row["is_withdrawn"] for rows in newest.values() for row in rows)
    corrected = {row["bill_number"]: row for row in county.newest("medical_bill")}
    for row in newest["medical_bill"]:
        assert row["own_fen"] == corrected[row["bill_number"]]["own_fen"]
        assert row["household_id"] is None, "the office does not know it"
    assert all(row["is_id_checksum_valid"] for row in newest["member_snapshot"])
    for table, rows in expected_versions(county).items():
        if table != "medical_bill":
            assert len(newest[table]) == len(rows)
