"""Records that look alike and are not: payments, counties, offices' numbers, persons in texts."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from fanpin_risk.errors import ConfigError, SchemaError
from fanpin_risk.records.deletion import delete_household
from fanpin_risk.records.deliveries import InputSettings, snapshot_of
from fanpin_risk.records.identity_key import IdentityKey
from fanpin_risk.records.intake import ingest_file
from fanpin_risk.records.person_in_text import names_person
from fanpin_risk.records.rows import Delivery
from fanpin_risk.records.source import Source, load_source
from fanpin_risk.records.store import Store
from fanpin_risk.records.timeline import known_as_of
from fanpin_risk.settings import settings_from

ROOT = Path(__file__).parents[2]
KEY = IdentityKey(b"k" * 32)
A, B = "11010519491231002X", "110105198003071234"
VISITS = {
    "name": "visits",
    "title_zh": "走访",
    "title_en": "Visits",
    "household_id": "hh",
    "occurred_on": {"column": "day"},
    "recorded_on": {"lag_days": 0},
    "county": {"column": "county"},
    "tables": {"visit": {"result": {"column": "result", "codes": "titles"}}},
}


@cache
def shipped(name):
    """A source file that ships."""
    return load_source(ROOT / f"configs/sources/{name}.yaml")


def taken(store, folder, name, text, source, **told):
    """Write a text file and take it in."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    delivery = Delivery(**({"received_on": date(2025, 1, 1), "county": "甲县", "key": KEY} | told))
    return ingest_file(store, source, path, delivery)


def relief(*rows):
    """A table of the civil affairs office."""
    header = "证件号码,救助类别,发放金额,发放日期,发放批次"
    return "\n".join([header, *rows]) + "\n"


def test_two_payments_of_a_month_are_two(tmp_path):
    """Relief paid twice, and two subsidies at once, are four records; none corrects another."""
    store = Store(tmp_path / "store")
    text = relief(
        f"{A},临时救助,1000,2024-05-10,",
        f"{A},临时救助,2000,2024-05-25,",
        f"{A},困难残疾人生活补贴,50,2024-05-10,7",
        f"{A},重度残疾人护理补贴,50,2024-05-10,7",
    )
    result = taken(store, tmp_path, "a.csv", text, shipped("civil_affairs"))
    assert (result.rows_new, result.rows_corrected, result.rows_quarantined) == (4, 0, 0)
    known = known_as_of(store.records(["income_item"]), date(2025, 1, 1))
    assert sorted(known.tables["income_item"]["amount_fen"].to_list()) == [
        *(5_000, 5_000, 100_000, 200_000)
    ]


def test_the_same_number_in_another_county_is_another_record(tmp_path):
    """Each county's office counts its own receipts."""
    store = Store(tmp_path / "store")
    header = (
        "结算单号,证件号码,就医类型,就诊日期,推送日期,医疗总费用,基本医保支付,大病保险支付,"
        "医疗救助支付,合规自付,个人自付合计,病种分类,是否县外就医,单据状态\n"
    )
    row = "JS1,{},住院,2024-05-01,2024-05-10,100,50,0,0,50,50,一般疾病,否,正常\n"
    for county, person in (("甲县", A), ("乙县", B)):
        text = header + row.format(person)
        result = taken(
            store, tmp_path, f"{county}.csv", text, shipped("medical_insurance"), county=county
        )
        assert result.rows_new == 1, store.quarantine()["reason_en"].to_list()
    assert store.scan("medical_bill").collect()["person_id"].n_unique() == 2


def test_counties_whose_codes_are_alike_keep_their_rows(tmp_path):
    """Signs that no path can hold tell counties apart all the same."""
    store = Store(tmp_path / "store")
    source = settings_from(VISITS, Source, where="visits")
    counties = ["5201-21", "5201.21", "5201/21", "5201_21"]
    rows = [f"{n},2024-05-01,有困难,{county}" for n, county in enumerate(counties)]
    text = "hh,day,result,county\n" + "\n".join(rows) + "\n"
    assert taken(store, tmp_path, "a.csv", text, source, county=None).rows_new == len(counties)
    for n, county in enumerate(counties):
        found = store.scan("visit", counties=[county]).collect()
        assert found["household_id"].to_list() == [str(n)]


def test_a_record_is_of_the_county_of_its_newest_version(tmp_path):
    """One county alone is read without gaps between versions, and without overruled ones."""
    store = Store(tmp_path / "store")
    source = settings_from(VISITS, Source, where="visits")
    told = {"county": None, "is_history": False}
    header = "hh,day,result,county\n"
    taken(store, tmp_path, "a.csv", header + "1,2024-05-01,有困难,甲\n", source, **told)
    later = told | {"received_on": date(2025, 2, 1)}
    moved = header + "1,2024-05-01,无困难,乙\n"
    assert taken(store, tmp_path, "b.csv", moved, source, **later).rows_corrected == 1
    assert store.records(["visit"], counties=["乙"]).row_counts() == {"visit": 2}
    assert store.records(["visit"], counties=["甲"]).row_counts() == {"visit": 0}


def test_history_is_on_file_no_earlier_than_what_came_before_it(tmp_path):
    """A correction loaded as history stands on a live record: neither is shown before both were."""
    store = Store(tmp_path / "store")
    source = settings_from(VISITS, Source, where="visits")
    header = "hh,day,result,county\n"
    live = {"county": None, "is_history": False, "received_on": date(2024, 6, 1)}
    taken(store, tmp_path, "a.csv", header + "1,2022-05-01,有困难,甲\n", source, **live)
    old = {"county": None, "is_history": True, "received_on": date(2023, 1, 1)}
    taken(store, tmp_path, "b.csv", header + "1,2022-05-01,无困难,甲\n", source, **old)
    earlier = store.records(["visit"], received_until=date(2023, 6, 1))
    assert earlier.row_counts() == {"visit": 0}
    assert store.records(["visit"], received_until=date(2024, 6, 1)).row_counts() == {"visit": 2}


@pytest.mark.parametrize(
    ("text", "is_number", "expected"),
    [
        (A, True, True),
        (A.lower(), True, True),
        (f"户{A}", True, True),
        ("110105194912310021", True, False),
        ("张三13800000001", False, True),
        ("13800000001", True, False),
        ("23019900000118", True, False),
        ("230199202405010012", True, False),
        ("村东", False, False),
        (None, False, False),
    ],
)
def test_a_person_in_a_text(text, is_number, expected):
    """Numbers that fit in every way, and phones beside words; receipts' numbers are none."""
    series = pl.Series([text], dtype=pl.String())
    assert names_person(series, is_number=is_number).to_list() == [expected]


def test_persons_do_not_enter_through_columns_of_text(tmp_path):
    """An identity number for a household number, a name with a phone for a department: aside."""
    store = Store(tmp_path / "store")
    source = settings_from(VISITS, Source, where="visits")
    text = f"hh,day,result,county\n{A},2024-05-01,有困难,甲\n7,2024-05-01,有困难,甲\n"
    result = taken(store, tmp_path, "a.csv", text, source, county=None)
    assert (result.rows_new, result.rows_quarantined) == (1, 1)
    (row,) = store.quarantine().to_dicts()
    assert row["checks"] == "person_in_text"
    assert "belong in no record" in row["reason_en"]


def test_deleting_a_household_takes_rows_that_name_its_members(tmp_path):
    """A quarantined row without a household goes by the number of the person in it."""
    store = Store(tmp_path / "store")
    member = "户编号,证件号码,与户主关系\n" + f"H1,{A},户主\nH2,{B},户主\n"
    source = settings_from(
        VISITS
        | {
            "name": "members",
            "household_id": "户编号",
            "occurred_on": {"batch": "snapshot_on"},
            "county": None,
            "tables": {
                "member_snapshot": {
                    "person_id": {"column": "证件号码"},
                    "relation": {"column": "与户主关系", "codes": "titles"},
                }
            },
        },
        Source,
        where="members",
    )
    day = date(2024, 1, 1)
    assert taken(store, tmp_path, "m.csv", member, source, snapshot_on=day).rows_new == 2
    text = relief(f"{A},临时救助,约5千,2024-05-10,", f"{B},临时救助,约5千,2024-05-10,", f"{A},x")
    assert taken(store, tmp_path, "p.csv", text, shipped("civil_affairs")).rows_quarantined == 3
    delete_household(store, "H1", key=KEY, asked_on=date(2025, 1, 2))
    assert [B in text for text in store.quarantine()["original"].to_list()] == [True]


def test_a_workbook_of_several_batches_is_refused(tmp_path):
    """Rows that came on different days cannot be sent again as one."""
    store = Store(tmp_path / "store")
    source = settings_from(VISITS, Source, where="visits")
    rows = [f"{n},2024-05-01,有困难,甲,00000{n}-2" for n in (1, 2)]
    text = "hh,day,result,county,隔离编号\n" + "\n".join(rows) + "\n"
    with pytest.raises(SchemaError, match=r"rows of several batches \(000001, 000002\)"):
        taken(store, tmp_path, "a.csv", text, source, county=None)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("农户导出520121_20230531.xlsx", date(2023, 5, 31)),
        ("农户导出2023年05月31日.xlsx", date(2023, 5, 31)),
        ("农户导出52012120230531.xlsx", "holds no day such as"),
        ("20230101-20230531.xlsx", "holds several days"),
    ],
)
def test_the_day_in_a_name(name, expected):
    """A day stands alone in the name, and once."""
    settings = InputSettings(source="s", files=("*",), snapshot_in_name=True)
    if isinstance(expected, date):
        assert snapshot_of(settings, Path(name)) == expected
        return
    with pytest.raises(ConfigError, match=expected):
        snapshot_of(settings, Path(name))
