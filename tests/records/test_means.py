"""Evidence of means and statements of coping capacity, from an office's file to what is known."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest

from fanpin_risk.errors import SchemaError
from fanpin_risk.records.contracts import TABLES
from fanpin_risk.records.deletion import delete_household, delete_older, kept_from
from fanpin_risk.records.identity_key import IdentityKey
from fanpin_risk.records.intake import ingest_file
from fanpin_risk.records.rows import Delivery
from fanpin_risk.records.source import load_source
from fanpin_risk.records.store import Store
from fanpin_risk.records.timeline import known_as_of

ROOT = Path(__file__).parents[2]
KEY = IdentityKey(b"k" * 32)
A = "11010519491231002X"
ASSETS = (
    "户编号,证件号码,比对编号,资产类型,价值,取得日期,持有人,提供部门,比对日期,核实情况,录入日期"
)
COPING = "户编号,是否具备自主应对能力,评议依据,评议主体,评议日期,录入日期"
OWN = ("value_fen", "acquired_on", "holder_relation", "department", "person_id")
LATER = date(2030, 1, 1)


@cache
def shipped(name):
    """A source file that ships."""
    return load_source(ROOT / f"configs/sources/{name}.yaml")


def take(store, source, header, *rows):
    """Write a table as a text file and take it in, trusting the office's days of entry."""
    path = store.folder.parent / f"{source}.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    delivery = Delivery(received_on=LATER, county="230199", key=KEY, is_history=True)
    return ingest_file(store, shipped(source), path, delivery)


def assets(store, *rows):
    """Take in rows of a comparison."""
    return take(store, "register_assets", ASSETS, *rows)


def coping(store, *rows):
    """Take in rows of an appraisal."""
    return take(store, "register_coping", COPING, *rows)


def asset(**told):
    """One row of a comparison, right unless told otherwise; the words are those of the header."""
    cells = {
        "户编号": "H1",
        "资产类型": "机动车",
        "价值": "35000",
        "取得日期": "2022-03-05",
        "持有人": "家庭成员",
        "提供部门": "公安",
        "比对日期": "2023-05-10",
        "录入日期": "2023-05-12",
    }
    return ",".join((cells | told).get(name, "") for name in ASSETS.split(","))


@pytest.fixture
def store(tmp_path):
    """An empty store."""
    return Store(tmp_path / "store")


def known(store, table, day=LATER):
    """Rows of a table as known on a day, in the order of their numbers."""
    found = known_as_of(store.records([table, "village"]), day).tables[table]
    return found.to_native().sort("record_id").to_dicts()


def kept(store, table):
    """Households of all versions that the store holds."""
    return sorted(store.scan(table).collect()["household_id"])


def reasons(store):
    """Checks for which rows were set aside, in the order of lines."""
    return store.quarantine().sort("line")["checks"].to_list()


def test_a_comparison_by_hand(store):
    """Codes, fen, days, hash and empty cells of three offices' rows."""
    result = assets(
        store,
        asset(证件号码=A, 比对编号="B1"),
        asset(
            比对编号="B2", 资产类型="财政供养人员", 价值="", 取得日期="/", 持有人="父亲",
            提供部门="财政", 核实情况="待核实",
        ),
        asset(比对编号="B3", 资产类型="县城购房", 价值="31.5万元", 持有人="", 提供部门="房管"),
    )  # fmt: skip
    assert (result.rows_accepted, result.rows_quarantined) == (3, 0)
    car, pay, home = known(store, "asset_evidence")
    assert {name: car[name] for name in ("household_id", "kind", *OWN)} == {
        "household_id": "H1",
        "kind": "vehicle",
        "value_fen": 35_000_00,
        "acquired_on": date(2022, 3, 5),
        "holder_relation": "member",
        "department": "公安",
        "person_id": KEY.person(A),
    }
    assert (car["occurred_on"], car["recorded_on"]) == (date(2023, 5, 10), date(2023, 5, 12))
    assert [pay[name] for name in ("kind", *OWN)] == [
        *("payroll", None, None, "head_parent", "财政", None)
    ]
    assert [home[name] for name in ("kind", *OWN[:3])] == [
        *("town_home", 315_000_00, date(2022, 3, 5), None)
    ]


def test_an_appraisal_by_hand(store):
    """Able, not able, and could not be told are three answers; the last is no "no"."""
    coping(
        store,
        "H1,是,子女有稳定工作,村级评议,2023-05-20,2023-05-21",
        "H2,不具备,无其他收入来源,村民代表会议,2023-05-20,2023-05-21",
        "H3,无法判断,,乡镇审核,2023-05-20,2023-05-21",
        "H4,,/,,2023-05-20,2023-05-21",
    )
    rows = known(store, "coping_assessment")
    assert [(row["household_id"], row["can_cope"], row["assessor"]) for row in rows] == [
        *(("H1", True, "village"), ("H2", False, "village")),
        *(("H3", None, "township"), ("H4", None, None)),
    ]
    assert [row["basis"] for row in rows] == ["子女有稳定工作", "无其他收入来源", None, None]


@pytest.mark.parametrize(
    ("told", "check"),
    [
        pytest.param({"资产类型": "飞机"}, "code", id="a kind that is no kind"),
        pytest.param({"资产类型": ""}, "required", id="no kind"),
        pytest.param({"价值": "约三万"}, "number", id="a value that is a guess"),
        pytest.param({"价值": "-1"}, "range", id="a value below nought"),
        pytest.param({"价值": "100000000.01"}, "range", id="above 100 million yuan"),
        pytest.param({"取得日期": "2022-02-30"}, "day", id="a day that is none"),
        pytest.param({"持有人": "邻居"}, "code", id="a holder who is no relative"),
        pytest.param({"证件号码": "123"}, "person", id="no identity number"),
        pytest.param({"提供部门": f"公安{A}"}, "person_in_text", id="a person in a text"),
        pytest.param({"户编号": ""}, "household", id="no household"),
        pytest.param({"核实情况": "也许"}, "code", id="a state that nobody knows"),
        pytest.param({"录入日期": "2023-05-09"}, "order", id="entered before it was compared"),
        pytest.param({"核实情况": "不属实"}, "nothing_to_withdraw", id="nothing to take back"),
    ],
)
def test_what_does_not_fit_is_set_aside(store, told, check):
    """Nothing is guessed and no kind becomes another one; the row beside it is accepted."""
    result = assets(store, asset(**told), asset(户编号="H2"))
    assert (result.rows_accepted, result.rows_quarantined) == (1, 1)
    assert reasons(store) == [check]
    assert known(store, "asset_evidence")[0]["household_id"] == "H2"


@pytest.mark.parametrize("value", ["0", "100000000"])
def test_both_ends_of_the_range_belong_to_it(store, value):
    """From 0 to 100 million yuan."""
    assets(store, asset(价值=value))
    (row,) = known(store, "asset_evidence")
    assert row["value_fen"] == int(value) * 100


def test_what_an_appraisal_rests_on_names_nobody(store):
    """An identity number or a phone in the text sends the row to quarantine."""
    coping(
        store,
        f"H1,是,长子{A}有工作,村级评议,2023-05-20,2023-05-21",
        "H2,是,电话13800000001已核,村级评议,2023-05-20,2023-05-21",
        "H3,是,有稳定收入,村民甲,2023-05-20,2023-05-21",
    )
    assert reasons(store) == ["person_in_text", "person_in_text", "code"]
    assert kept(store, "coping_assessment") == []


def test_a_file_in_units_of_ten_thousand_is_not_read_as_yuan(store):
    """Such a column is another one, and the whole file comes back with its name."""
    with pytest.raises(SchemaError, match="价值"):
        take(store, "register_assets", ASSETS.replace("价值", "价值（万元）"), asset())
    assert store.batches() == []


def test_other_names_of_the_columns_are_known(store):
    """A file with other headers, numbered and with the unit behind them."""
    header = "序号,农户编号,身份证号,核对编号,3、比对事项,金额（元）,购置日期,权属人,数据来源部门,"
    header += "核对日期,核实结果,录入时间,车牌号"
    row = asset(比对编号="B1", 核实情况="属实")
    assert take(store, "register_assets", header, f"1,{row},黑A00000").rows_accepted == 1
    (row,) = known(store, "asset_evidence")
    assert (row["kind"], row["value_fen"]) == ("vehicle", 35_000_00)
    assert "黑A00000" not in str(row), "a car's number is not kept"


def test_two_cars_are_two(store):
    """Told apart by the register's number, else by holder, office and day it was bought."""
    assets(
        store,
        asset(比对编号="B1"),
        asset(比对编号="B2"),
        asset(户编号="H2", 取得日期="2022-03-05"),
        asset(户编号="H2", 取得日期="2022-03-06"),
        asset(户编号="H2", 持有人="户主配偶"),
        asset(户编号="H2", 证件号码=A),
        asset(户编号="H2", 提供部门="税务"),
    )
    assert reasons(store) == []
    assert [row["household_id"] for row in known(store, "asset_evidence")].count("H2") == 5
    assets(store, asset(户编号="H3", 价值="1"), asset(户编号="H3", 价值="2"))
    assert reasons(store) == ["conflict", "conflict"]


def test_what_was_found_untrue_is_taken_back_from_the_day_it_was_known(store):
    """Until then it stood, with its corrected value; the statement of coping is its own record."""
    assets(store, asset(比对编号="B1"))
    assets(store, asset(比对编号="B1", 价值="28000", 录入日期="2023-06-01"))
    assets(store, asset(比对编号="B1", 核实情况="不属实", 录入日期="2023-07-01"))
    coping(store, "H1,否,,村级评议,2023-05-20,2023-05-21")
    values = {
        day: [row["value_fen"] for row in known(store, "asset_evidence", day)]
        for day in (date(2023, 5, 12), date(2023, 5, 31), date(2023, 6, 1), date(2023, 6, 30))
    }
    assert list(values.values()) == [*[[35_000_00]] * 2, *[[28_000_00]] * 2]
    assert known(store, "asset_evidence", date(2023, 7, 1)) == []
    assert len(known(store, "coping_assessment")) == 1


def test_each_step_of_the_procedure_keeps_its_statement(store):
    """Village and township may say different things on one day; a later word corrects one's own."""
    day = "2023-05-20"
    coping(store, f"H1,是,,村级评议,{day},2023-05-21", f"H1,否,,乡镇审核,{day},2023-05-21")
    coping(store, f"H1,否,,村级评议,{day},2023-05-25")
    rows = known(store, "coping_assessment")
    assert {(row["assessor"], row["can_cope"], row["version"]) for row in rows} == {
        *(("village", False, 2), ("township", False, 1))
    }
    before = known(store, "coping_assessment", date(2023, 5, 24))
    assert {(row["assessor"], row["can_cope"]) for row in before} == {
        *(("village", True), ("township", False))
    }


def test_both_go_with_their_household_and_with_time(store):
    """A household's evidence goes when it is asked for; the rest six and ten years later."""
    assets(store, asset(证件号码=A), asset(户编号="H2"))
    coping(
        store,
        "H1,是,,村级评议,2023-05-20,2023-05-21",
        "H2,是,,村级评议,2023-05-20,2023-05-21",
    )
    delete_household(store, "H1", key=KEY, asked_on=LATER)
    for table in ("asset_evidence", "coping_assessment"):
        assert kept(store, table) == ["H2"]
    for table, last in (
        ("asset_evidence", date(2029, 5, 10)),
        ("coping_assessment", date(2033, 5, 20)),
    ):
        for day, left in ((last, ["H2"]), (last + timedelta(days=1), [])):
            delete_older(store, kept_from(day, [table]), asked_on=day)
            assert kept(store, table) == left


def test_the_published_lists_have_their_kinds():
    """What the four lists of section 6 name, and the holders whom the first one names."""
    evidence = TABLES["asset_evidence"]
    assert list(evidence.column("kind").codes.words) == [
        *("vehicle", "machinery", "town_home", "shop", "firm", "payroll", "village_post"),
        *("housing_fund", "large_farm", "hired_labour", "new_home", "appliance"),
        *("commercial_pension", "away", "savings", "other"),
    ]
    holders = list(evidence.column("holder_relation").codes.words)
    assert holders == ["member", "head_parent", "head_spouse", "head_child"]


def test_evidence_is_never_said_to_decide():
    """The purpose says so in both languages, and so do the limits of the file it comes in."""
    assert "不作否决" in TABLES["asset_evidence"].purpose_zh
    assert "never a veto" in TABLES["asset_evidence"].purpose_en
    first = shipped("register_assets").limits[0]
    assert "不是否决依据" in first.zh
    assert "never a veto" in first.en
    assert "without names, illness" in shipped("register_coping").limits[1].en
