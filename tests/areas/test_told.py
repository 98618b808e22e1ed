"""What is told of places and records on a day: its files, and that later records change nothing."""

from __future__ import annotations

import io
import runpy
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from fanpin_risk.areas import told as told_module
from fanpin_risk.areas.alarm import ALARM_COLUMNS, AlarmSettings, nothing_judged
from fanpin_risk.areas.bunching import BIN_COLUMNS, BunchingSettings
from fanpin_risk.areas.told import BUNCHING_COLUMNS, alarm_told, areas_told
from fanpin_risk.household.placement import facts_of
from fanpin_risk.records import timeline
from fanpin_risk.records.timeline import Records, known_as_of
from fanpin_risk.standards.parameters import Standards

ROOT = Path(__file__).parents[2]
MADE = SimpleNamespace(**runpy.run_path(str(ROOT / "tests/reference/small_county_records.py")))
SHIPPED = ROOT / "configs/standards"
AS_OF = date(2023, 8, 31)
FILES = {
    *("alarms", "alarm_months", "alarm_untold", "alarm_reach", "bunching", "bunching_bins"),
}  # fmt: skip


@pytest.fixture(scope="module")
def standards():
    """The shipped ones with those of the simulated county."""
    return Standards.load([SHIPPED, SHIPPED / "simulated_county"])


@pytest.fixture(scope="module")
def tables(simulate):
    """A county of 1,200 households over four years; a village is struck in the last whole month."""
    found, _ = simulate(1_200, 48, 3)
    homes = found["household_snapshot"].unique("household_id", maintain_order=True)
    struck = homes.filter(pl.col("place") == homes["place"][0]).head(15)
    made = [
        MADE.row(
            "shock",
            f"planted {at}",
            occurred_on=date(2023, 7, 10),
            household_id=household,
            shock_kind="accident",
        )
        for at, household in enumerate(struck["household_id"])
    ]
    shocks = pl.DataFrame(made, schema=found["shock"].schema).with_columns(
        recorded_on=pl.lit(date(2023, 7, 20))
    )
    return found | {"shock": pl.concat([found["shock"], shocks])}


def told(tables, standards, as_of=AS_OF, **settings):
    """Everything that is told on a day."""
    return areas_told(
        facts_of(known_as_of(Records(tables), as_of)),
        standards,
        line="monitoring_line",
        alarm=AlarmSettings(**settings),
        bunching=BunchingSettings(),
    )


@pytest.fixture(scope="module")
def found(tables, standards):
    """What is told of the county."""
    return told(tables, standards)


def as_bytes(frames):
    """Frames as the bytes of their files."""
    packed = {}
    for name, frame in frames.items():
        packed[name] = io.BytesIO()
        frame.write_parquet(packed[name])
    return {name: one.getvalue() for name, one in packed.items()}


def test_the_struck_village_rings_in_the_last_whole_month(found, tables):
    """Its row says where, when, what, how many; months are written as year and month."""
    rang = found.alarm.files()["alarms"].filter("is_alarm", level="village", cause="accident")
    assert set(rang["month"]) == {"2023-07"}
    assert set(rang["place"]) == {tables["household_snapshot"]["place"][0]}
    assert rang["households"].min() >= 15
    assert found.alarm.report.months.height == 24
    assert found.alarm.timeline["month"].n_unique() == 24


def test_files_hold_aggregates_alone(found):
    """No household; cells of bunching below the smallest are empty; both sides are there."""
    files = found.files()
    assert set(files) == FILES
    assert list(files["alarms"].columns) == list(ALARM_COLUMNS)
    assert dict(files["bunching"].schema) == BUNCHING_COLUMNS
    assert files["bunching"]["side"].to_list() == ["below", "above"]
    assert dict(files["bunching_bins"].schema) == {"side": pl.String(), **BIN_COLUMNS}
    assert all("household_id" not in frame.columns for frame in files.values())
    assert files["alarms"]["households"].min() >= 5
    shown = files["bunching_bins"]["incomes"].drop_nulls()
    assert shown.len() > 0
    assert shown.min() >= 5


def later(tables):
    """The records with more of every sign, and an income, that happen or are recorded later."""
    changed = dict(tables)
    for name in ("shock", "clue", "visit", "verification", "household_snapshot", "listing", "exit"):
        rows = tables[name].filter(pl.col("recorded_on") <= AS_OF)
        ahead = rows.with_columns(  # entered on the day, for a later one
            record_id=pl.lit("ahead ") + pl.col("record_id"),
            occurred_on=pl.lit(AS_OF + timedelta(1)),
            recorded_on=pl.lit(AS_OF),
        )
        late = rows.with_columns(
            record_id=pl.lit("late ") + pl.col("record_id"),
            occurred_on=pl.lit(date(2023, 7, 15)),
            recorded_on=pl.lit(AS_OF + timedelta(1)),
        )
        changed[name] = pl.concat([tables[name], ahead.unique("record_id"), late])
    return changed


def test_what_happens_or_is_recorded_after_the_day_changes_nothing(tables, standards, found):
    """Twice as many records of every sign after the day: the same bytes in every file."""
    then = as_bytes(told(later(tables), standards).files())
    assert then == as_bytes(found.files())
    cut = {name: rows.filter(pl.col("recorded_on") <= AS_OF) for name, rows in tables.items()}
    assert as_bytes(told(cut, standards).files()) == then


def test_an_open_door_is_noticed(tables, standards, found, monkeypatch):
    """If everything passed the door, the later records would show."""
    monkeypatch.setattr(timeline, "newest_known", lambda table, *_: table)
    open_door = as_bytes(told(later(tables), standards).files())
    differs = {name for name, one in as_bytes(found.files()).items() if open_door[name] != one}
    assert {"alarms", "alarm_months", "bunching"} <= differs


def test_the_order_of_rows_has_no_effect(tables, standards, found):
    """Shuffled tables give the same bytes."""
    shuffled = {
        name: frame.sample(fraction=1.0, shuffle=True, seed=9) for name, frame in tables.items()
    }
    assert as_bytes(told(shuffled, standards).files()) == as_bytes(found.files())


def test_months_reported_are_those_asked_for(tables, standards, found):
    """Fewer months: the same rows of them."""
    few = told(tables, standards, shown_months=3).alarm
    assert few.report.months.equals(found.alarm.report.months.tail(3))
    assert few.timeline["month"].n_unique() == 3
    many = told(tables, standards, shown_months=120).alarm
    first, last = (many.report.months["month"][at] for at in (0, -1))
    assert last - first + 1 == many.report.months.height < 120


@pytest.mark.parametrize("as_of", [date(2021, 1, 31), date(2021, 3, 15)])
def test_too_early_nothing_is_judged_and_nothing_fails(tables, standards, as_of):
    """Before a whole month, or the longest window, has passed: empty files with their columns."""
    early = told(tables, standards, as_of)
    assert set(early.files()) == FILES
    assert early.alarm.report.months.is_empty()
    files = early.alarm.files()
    assert all(frame.is_empty() for frame in files.values())
    assert files["alarms"].schema["month"] == pl.String
    assert [report.is_found for report in early.bunching.reports] == [None, None]


def test_records_without_a_village_are_not_judged(tables):
    """No place on record: nothing can be counted by place."""
    nowhere = tables["household_snapshot"].with_columns(place=pl.lit(None, dtype=pl.String))
    facts = facts_of(known_as_of(Records(tables | {"household_snapshot": nowhere}), AS_OF))
    early = alarm_told(facts, AlarmSettings())
    assert early.report.months.is_empty()
    assert early.timeline.is_empty()


def test_an_error_elsewhere_is_not_swallowed(tables, monkeypatch):
    """Only what cannot be counted is told as empty; a wrong exposure is an error."""
    events, exposure = told_module.alarm_input(
        facts := facts_of(known_as_of(Records(tables), AS_OF))
    )
    twice = pl.concat([exposure, exposure])
    monkeypatch.setattr(told_module, "alarm_input", lambda _: (events, twice))
    with pytest.raises(told_module.SchemaError, match="twice in one month"):
        alarm_told(facts, AlarmSettings())


def test_nothing_judged_keeps_the_settings():
    """The promise is stated with an empty report too."""
    settings = AlarmSettings(false_alarms_a_year=0.2)
    empty = nothing_judged(settings)
    assert empty.settings is settings
    assert replace(empty, settings=settings).rows.is_empty()
