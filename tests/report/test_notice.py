"""A village notice shows what it may, and refuses everything else by name."""

from __future__ import annotations

import re
import sys
import zipfile
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from fanpin_risk.errors import InstallationError, OutputError, SchemaError
from fanpin_risk.records.contracts import TABLES
from fanpin_risk.report.notice import (
    ALLOWED,
    DECISIONS,
    REQUIRED,
    TYPES,
    forbidden,
    refusal,
    village_notice,
)
from fanpin_risk.report.notice_book import SHEET, write_village_notice
from fanpin_risk.report.words import Words
from fanpin_risk.targeting.plan import VISIT_COLUMNS

TITLE = Words("防止返贫监测对象评议结果公示", "Results of the appraisal")


def rows(**changes):
    """Three rows of two villages."""
    columns = {
        "place": ["向阳村", "向阳村", "前进村"],
        "household_id": ["SIM000001010031", "SIM000001010030", "SIM000001020001"],
        "members": [3, 2, None],
        "monitored_type": ["marginal", "sudden", None],
        "decision": ["listed", "eliminated", "refused"],
        "noticed_from": [date(2023, 5, 1)] * 3,
        "noticed_to": [date(2023, 5, 6)] * 3,
    }
    return pl.DataFrame(columns | changes)


def test_only_the_village_is_shown_in_order():
    """The other village's household is not there; codes are words."""
    shown = village_notice(rows(), place="向阳村")
    assert shown.columns == list(ALLOWED)
    assert shown["household_id"].to_list() == ["SIM000001010030", "SIM000001010031"]
    assert shown["monitored_type"].to_list() == [
        "突发严重困难户 sudden serious difficulty",
        "边缘易致贫户 marginal, may fall into poverty",
    ]
    assert shown["decision"].to_list() == ["风险消除 risk eliminated", "纳入 listed"]


def test_columns_that_are_not_needed_may_be_left_out():
    """What is required is enough."""
    assert village_notice(rows().select(REQUIRED), place="前进村").columns == list(REQUIRED)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("cause_1", "to name only the other causes tells who is ill"),
        ("person_id", "a person's data"),
        ("phone", "telephone"),
        ("bank_account", "bank account"),
        ("identity_number", "identity"),
        ("is_seriously_ill", "tells of health"),
        ("disability_kind", "tells of health"),
        ("is_disabled", "tells of health"),
        ("reasons", "tells of health"),
        ("rule_findings", "tells of health"),
        ("measure", "tells of health"),
        ("risk", "an estimate is never published"),
        ("raw_score", "an estimate is never published"),
        ("net_income_per_head_fen", "is no part of a notice"),
        ("head_name", "records hold no names, and a notice shows none"),
        ("favourite_colour", "is not on the list of what may be shown"),
    ],
)
def test_whatever_is_not_allowed_is_refused_by_name(name, why):
    """The column and the reason stand in the message, the values do not."""
    with pytest.raises(SchemaError) as caught:
        village_notice(rows().with_columns(pl.lit("secret").alias(name)), place="向阳村")
    assert f"may not show {name} (" in str(caught.value)
    assert why in str(caught.value)
    assert "secret" not in str(caught.value)
    assert why in refusal(name).en


def test_no_column_of_records_or_plan_slips_through():
    """Of every contract and the visit plan only the allowed names are taken, one by one."""
    names = {name for table in TABLES.values() for name in table.names} | set(VISIT_COLUMNS)
    for name in sorted(names - set(ALLOWED)):
        with pytest.raises(SchemaError, match="may not show"):
            village_notice(rows().with_columns(pl.lit(None).alias(name)), place="向阳村")


TELLING = {
    "张三13800000001": "identity",
    "电话138 0000 0001": "phone",
    "请拨0451-82345678": "phone",
    "11010519491231002X": "identity",
    "6222 0200 0000 1234 567": "account",
    "230199194912310021": "account",
    "df6d9d6ebb9667c36bb83128df6d9d6e": "hash",
    "尿毒症透析户": "health",
    "残疾人之家": "health",
    "the disabled household": "health",
    "户主住院": "health",
}
HARMLESS = ("向阳村", "230199001008", "SIM000001010030", "3组", "willing village", "残存的老屋", "")


@pytest.mark.parametrize(("text", "kind"), TELLING.items())
def test_texts_that_tell_too_much_are_found(text, kind):
    """In a village's name, wherever it came from; the text is not repeated."""
    assert forbidden(pl.Series([text])) == [kind]
    with pytest.raises(SchemaError) as caught:
        village_notice(rows(place=[text] * 3), place=text)
    assert "Column 'place' of the notice, row 1 by household number" in str(caught.value)
    assert text not in str(caught.value)


@pytest.mark.parametrize("text", HARMLESS)
def test_names_and_codes_of_places_and_households_are_let_through(text):
    """Nothing in them is a person's."""
    assert forbidden(pl.Series([text])) == [None]
    assert forbidden(pl.Series([text]), is_number=True) == [None]


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("11010519491231002X", "identity"),
        ("13800000001", "identity"),
        ("6222020000001234567", "account"),
        ("2301990020340000123", None),
    ],
)
def test_a_households_number_may_be_long_and_is_no_persons(number, kind):
    """An office's own number passes; an identity number, a mobile or a card does not."""
    assert forbidden(pl.Series([number]), is_number=True) == [kind]


@given(st.text(alphabet="0123456789", min_size=17, max_size=17), st.sampled_from("0123456789X"))
def test_no_valid_identity_number_passes(digits, last):
    """Whatever passes as a household's number is none that the checks of records know."""
    from fanpin_risk.records.person_in_text import names_person

    number = digits + last
    found = forbidden(pl.Series([number]), is_number=True)[0]
    if names_person(pl.Series([number]), is_number=True)[0]:
        assert found == "identity"
    assert forbidden(pl.Series([f"号{number}"]))[0] is not None


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (rows().drop("decision"), "needs the columns ['decision']"),
        (rows(members=["3", "2", "1"]), "Column 'members' of a notice must be a count. Got String"),
        (rows(noticed_to=["x"] * 3), "Column 'noticed_to' of a notice must be a day. Got String"),
        (rows(decision=["listed", None, None]), "Column 'decision' of the notice is empty in 1"),
        (
            rows(decision=["listed", "张三家", "listed"]),
            "Column 'decision' of the notice holds 1 codes that are none of",
        ),
        (
            rows(monitored_type=["因病", None, None]),
            "Column 'monitored_type' of the notice holds 1 codes",
        ),
        (rows(noticed_to=[date(2023, 4, 1)] * 3), "noticed_to comes before noticed_from in 2 rows"),
    ],
)
def test_what_cannot_be_a_notice_is_refused(changed, words):
    """The message names the column and no value of a household."""
    with pytest.raises(SchemaError) as caught:
        village_notice(changed, place="向阳村")
    assert words in str(caught.value)
    assert "张三" not in str(caught.value)


def test_a_village_without_rows_is_no_notice():
    """A misspelt village is not an empty sheet."""
    with pytest.raises(SchemaError, match="no row of the village '向阳'"):
        village_notice(rows(), place="向阳")


def test_every_code_has_words_and_every_column_a_reason():
    """In both languages."""
    for shown in ALLOWED.values():
        assert all(shown.title)
        assert all(shown.why)
        assert all(all(said) for said in shown.words.values())
    assert set(TYPES) == {"unstable", "marginal", "sudden"}
    assert set(DECISIONS) == {"listed", "refused", "eliminated"}


def written(folder, frame=None, **changes):
    """Write the notice of a village; its path."""
    path = folder / "notice.xlsx"
    asked = {"place": "向阳村", "title": TITLE, "created": date(2023, 5, 1)} | changes
    write_village_notice(rows() if frame is None else frame, path, **asked)
    return path


def test_the_sheet_shows_the_notice(tmp_path):
    """Title, two paragraphs, header, the village's rows, a place for the seal."""
    book = CalamineWorkbook.from_path(str(written(tmp_path)))
    assert book.sheet_names == [SHEET]
    cells = book.get_sheet_by_name(SHEET).to_python()
    assert cells[0][0] == f"{TITLE.zh}\n{TITLE.en}"
    heads = [f"{shown.title.zh}\n{shown.title.en}" for shown in ALLOWED.values()]
    at = cells.index(heads)
    assert [row[1] for row in cells[at + 1 : at + 3]] == ["SIM000001010030", "SIM000001010031"]
    assert cells[at + 1][5] == date(2023, 5, 1)
    everything = str(cells)
    assert "SIM000001020001" not in everything
    assert "村民委员会（盖章）" in everything
    assert "身份证号、电话、银行账号和健康状况" in everything


def test_the_same_notice_has_the_same_bytes(tmp_path):
    """No clock in it."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert written(tmp_path / "a").read_bytes() == written(tmp_path / "b").read_bytes()


def test_what_is_refused_leaves_the_earlier_sheet(tmp_path):
    """A column too many: the file that hangs already stays as it is."""
    before = written(tmp_path).read_bytes()
    with pytest.raises(SchemaError, match="may not show phone"):
        written(tmp_path, rows().with_columns(phone=pl.lit("1")))
    assert (tmp_path / "notice.xlsx").read_bytes() == before


def test_a_title_tells_of_nobody(tmp_path):
    """It is looked at like every cell."""
    with pytest.raises(SchemaError, match="title or file name"):
        written(tmp_path, title=Words("张三13800000001", "notice"))


def test_nothing_of_other_villages_is_in_the_file(tmp_path):
    """Not in any part of the archive."""
    with zipfile.ZipFile(written(tmp_path)) as archive:
        content = b"".join(archive.read(name) for name in archive.namelist()).decode("utf-8")
    assert not re.search("SIM000001020001|前进村", content)


def test_without_the_writer_the_package_to_install_is_named(tmp_path, monkeypatch):
    """One line that says the mend."""
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(InstallationError, match=r"fanpin-risk\[excel\]"):
        written(tmp_path)


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    """The path stands in the message."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="notice"):
        written(tmp_path / "file")
