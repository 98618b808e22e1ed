"""The one door of time: what was known on a day, and nothing that was entered later."""

from __future__ import annotations

import runpy
from datetime import date, timedelta
from pathlib import Path

import narwhals as nw
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fanpin_risk.errors import AsOfError, SchemaError
from fanpin_risk.records.contracts import TABLES, frame_schema
from fanpin_risk.records.read import read_records
from fanpin_risk.records.source import Source
from fanpin_risk.records.timeline import Records, known_as_of, newest_known, replaced_days
from fanpin_risk.settings import settings_from

REFERENCE = Path(__file__).parents[1] / "reference"
small = runpy.run_path(str(REFERENCE / "small_files.py"))
slow = runpy.run_path(str(REFERENCE / "newest_known_reference.py"))
DATED = settings_from(small["DATED"], Source, where="dated")
START = date(2012, 1, 1)


@st.composite
def histories(draw):
    """Versions of some records, as (record, version, day recorded, withdrawn), in any order.

    Corrections fall on the same day or later; any version may take its record back.
    """
    entries = []
    for number in range(draw(st.integers(1, 6))):
        day = 0
        for version in range(1, draw(st.integers(1, 5)) + 1):
            day += draw(st.sampled_from([0, 0, 1, 7, 40]))
            entries.append((f"r{number}", version, day, draw(st.integers(0, 3)) == 0))
    return draw(st.permutations(entries))


def table(entries, name="support"):
    """A record table with these versions; every version says something else."""
    schema = frame_schema(TABLES[name])
    rows = []
    for record, version, day, is_withdrawn in entries:
        row = dict.fromkeys(schema)
        row |= {"record_id": record, "version": version, "is_withdrawn": is_withdrawn}
        row |= {"occurred_on": START, "recorded_on": START + timedelta(days=day), "source": "test"}
        if "household_id" in schema:
            row["household_id"] = record
        for number, (column, kind) in enumerate(list(schema.items())[-2:]):
            value = version * 10 + number
            row[column] = {pl.String(): str(value), pl.Boolean(): value % 3 == 0}.get(kind, value)
        rows.append(row)
    return pl.DataFrame(rows, schema=schema)


def rows_of(frame):
    """Rows of a frame in one order, to compare."""
    native = nw.to_native(frame, pass_through=True)
    return native.sort("record_id", "version").select(sorted(native.columns))


@settings(max_examples=150, deadline=None)
@given(entries=histories(), day=st.integers(-1, 200))
@example(entries=[("r", 1, 3, False), ("r", 2, 3, False)], day=3)
@example(entries=[("r", 1, 3, False), ("r", 2, 3, True)], day=3)
@example(entries=[("r", 1, 3, True), ("r", 2, 4, False)], day=4)
def test_newest_known_agrees_with_two_slow_ways(entries, day):
    """Days of replacement give what a maximum and a join give, and what a plain loop gives."""
    frame = table(entries).with_columns(recorded_day=pl.col("recorded_on").cast(pl.Int32))
    day += (START - date(1970, 1, 1)).days
    found = newest_known(frame, replaced_days("support", frame), day)
    slowly = slow["newest_known_slowly"](nw.from_native(frame, eager_only=True), day)
    assert rows_of(found).equals(rows_of(slowly))
    by_hand = slow["newest_known_by_hand"](frame.to_dicts(), day)
    assert sorted(rows_of(found).select("record_id", "version").rows()) == sorted(
        (entry["record_id"], entry["version"]) for entry in by_hand
    )


@pytest.mark.parametrize("name", list(TABLES))
@settings(max_examples=25, deadline=None)
@given(entries=histories(), day=st.integers(0, 200))
def test_later_entries_change_nothing(name, entries, day):
    """For each table: with and without the later entries, the same is known on a day."""
    as_of = START + timedelta(days=day)
    early = [entry for entry in entries if entry[2] <= day]
    if not early:
        return
    then = known_as_of(Records({name: table(early, name)}), as_of).tables[name]
    now = known_as_of(Records({name: table(entries, name)}), as_of).tables[name]
    assert rows_of(then).equals(rows_of(now))


@pytest.mark.parametrize("name", list(TABLES))
def test_a_correction_a_withdrawal_and_a_return(name):
    """Entered today counts today; the day before, the earlier version is still what is known."""
    records = Records(
        {
            name: table(
                [("r", 1, 0, False), ("r", 2, 5, False), ("r", 3, 8, True), ("r", 4, 9, False)]
            )
        }
    )
    seen = {}
    for day in range(11):
        known = known_as_of(records, START + timedelta(days=day))
        assert known.day == (START + timedelta(days=day) - date(1970, 1, 1)).days
        seen[day] = known.tables[name]["version"].to_list()
    assert seen == {**{d: [1] for d in range(5)}, 5: [2], 6: [2], 7: [2], 8: [], 9: [4], 10: [4]}


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([("r", 2, 0, False)], r"Table support: 1 records have a version number that is missing"),
        ([("r", 1, 0, False), ("r", 3, 1, False)], r"Number the versions of a record 1, 2, 3"),
        ([("r", 1, 0, False), ("r", 1, 1, False)], "missing or stands twice"),
        ([("r", 0, 0, False), ("r", 1, 1, False)], "missing or stands twice"),
        (
            [("r", 1, 5, False), ("r", 2, 4, False), ("q", 1, 0, False)],
            r"Table support: 1 records have a later version that was recorded earlier\. Number "
            "versions in the order of `recorded_on`",
        ),
    ],
)
def test_versions_the_door_cannot_rely_on_are_refused(entries, words):
    """Gaps and doubles, and versions that became known before the one before them."""
    for order in (entries, entries[::-1]):
        with pytest.raises(SchemaError, match=words):
            Records({"support": table(order)})


def test_a_day_before_the_first_record_is_refused():
    """An empty answer would look like a place without need."""
    records = Records({"support": table([("r", 1, 3, False)]), "income": table([], "income")})
    assert records.first_recorded_on() == date(2012, 1, 4)
    words = r"Nothing was known on 2012-01-03: the first record is from 2012-01-04\. Choose a later"
    with pytest.raises(AsOfError, match=words):
        known_as_of(records, date(2012, 1, 3))
    assert known_as_of(records, date(2012, 1, 4)).tables["support"].shape[0] == 1


@pytest.mark.parametrize("tables", [{}, {"income": table([], "income")}])
def test_no_records_at_all(tables):
    """Nothing was ever known."""
    with pytest.raises(AsOfError, match="There are no records"):
        known_as_of(Records(tables), date(2012, 1, 3))


def test_days_are_integers_and_visits_have_a_calendar():
    """Each known table has its days as numbers since 1970-01-01; the days of visits ascend."""
    records = Records({"support": table([("r", 1, 3, False), ("q", 1, 0, False)])})
    known = known_as_of(records, date(2012, 2, 1)).tables["support"].sort("record_id")
    assert known["recorded_day"].to_list() == [15340, 15343]
    assert known["occurred_day"].to_list() == [15340, 15340]
    assert known.schema["recorded_day"] == nw.Int32
    assert records.days_occurred("support") == [START]
    assert records.row_counts() == {"support": 2}


VERSIONED = [
    small["dated"]("1", "2012-03-31", "2012-04-02", "1", n="4", median=""),
    small["dated"]("1", "2012-03-31", "2012-04-20", "2", n="5"),
    small["dated"]("2", "2012-03-31", "2012-04-10", "1", n="3"),
    small["dated"]("2", "2012-03-31", "2012-05-01", "2", "1", n="3"),
    small["dated"]("3", "2012-03-31", "2012-04-10", "1", n="2", median=""),
]


def test_a_source_with_versions_and_withdrawals_goes_through_the_door(tmp_path):
    """Corrections, withdrawals and the day a place's figure became known, out of a file."""
    path = small["write"](tmp_path / "a.csv", VERSIONED)
    records = read_records(DATED, [path]).records

    def members(day):
        known = known_as_of(records, day).tables["household_snapshot"]
        return dict(zip(known["household_id"], known["members"], strict=True))

    def median(day):
        return known_as_of(records, day).tables["place_context"]["median_income_minor"].to_list()

    assert members(date(2012, 4, 2)) == {"1": 4}
    assert median(date(2012, 4, 9)) == []
    assert members(date(2012, 4, 10)) == {"1": 4, "2": 3, "3": 2}
    assert median(date(2012, 4, 10)) == [100_000]
    assert members(date(2012, 4, 20)) == {"1": 5, "2": 3, "3": 2}
    assert members(date(2012, 5, 1)) == {"1": 5, "3": 2}
    assert median(date(2012, 5, 1)) == [100_000]
    with pytest.raises(AsOfError, match="first record is from 2012-04-02"):
        members(date(2012, 4, 1))


@pytest.mark.parametrize(
    ("rows", "kept"),
    [
        pytest.param([("1", "03-31"), ("3", "04-30")], ["1"], id="the second version is missing"),
        pytest.param([("2", "03-31"), ("3", "04-30")], [], id="the first version is missing"),
        pytest.param(
            [("1", "04-30"), ("2", "04-01"), ("3", "05-01")],
            ["1"],
            id="the second version was recorded before the first",
        ),
        pytest.param(
            [("1", "03-31"), ("2", "04-30", {"n": "x"}), ("3", "05-01")],
            ["1"],
            id="the second version has a fault of its own",
        ),
        pytest.param(
            [("1", "03-31"), ("2", "04-30"), ("2", "04-30", {"n": "9"}), ("3", "05-01")],
            ["1"],
            id="the second version says two things",
        ),
        pytest.param(
            [("1", "03-31"), ("1", "04-30", {"n": "9"}), ("2", "05-01")],
            ["1", "2"],
            id="a correction without a number of its own",
        ),
    ],
)
def test_a_version_that_does_not_follow_on_is_set_aside(tmp_path, rows, kept):
    """What was known before the break stays; one bad row never stops a file."""
    content = [small["dated"]("sound")]
    for version, entered, *values in rows:
        content.append(
            small["dated"]("1", "2012-03-31", f"2012-{entered}", version, **dict(*values))
        )
    result = read_records(DATED, [small["write"](tmp_path / "a.csv", content)])
    found = result.records._tables["household_snapshot"].filter(household_id="1")
    assert found["version"].cast(pl.String).to_list() == kept
    assert result.quarantine.height == len(rows) - len(kept)
    reasons = " ".join(result.quarantine["reason_en"])
    assert "version: the one before it is missing, set aside or was recorded later" in reasons or (
        "was known earlier; number corrections 2, 3 …" in reasons
    )


def test_the_median_that_was_known_first_stands(tmp_path):
    """A later majority does not rewrite what was known: its rows are set aside, not the first."""
    rows = [
        small["dated"]("1", entered_on="2012-03-31", median="1000"),
        *(small["dated"](n, entered_on="2012-05-01", median="1001") for n in "234"),
        small["dated"]("5", entered_on="2012-05-01", median="1000.00"),
        small["dated"]("6", entered_on="2012-05-01", median=""),
    ]
    result = read_records(DATED, [small["write"](tmp_path / "a.csv", rows)])
    assert result.quarantine["line"].to_list() == [3, 4, 5]
    context = result.records._tables["place_context"].row(0, named=True)
    assert context["median_income_minor"] == 100_000
    assert context["recorded_on"] == date(2012, 3, 31)
