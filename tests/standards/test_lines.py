"""Dated lines for every place and day of a known visit."""

from __future__ import annotations

import random
from datetime import date

import narwhals as nw
import pytest

from fanpin_risk.dates import day_number
from fanpin_risk.errors import ConfigError
from fanpin_risk.records.timeline import known_as_of
from fanpin_risk.standards.lines import line_table

NAMES = ["income_line", "must_visit_line", "monitoring_line"]


def lines_of(standards, records, as_of, names=NAMES):
    """Lines as dictionaries by place and day."""
    table = line_table(standards, known_as_of(records, as_of), names).to_native()
    return {(r["context_place"], r["occurred_day"]): r for r in table.iter_rows(named=True)}


def test_the_lines_of_a_real_quarter(shipped, small, day):
    """By hand, 2012 Q1: 0.60 of 150000 centavos is 90000; times 1.1 99000, times 1.5 135000."""
    visits = [small.visit("h1", day, context_place="AR")]
    found = lines_of(shipped, small.records(visits, [small.median(day, 150_000, place="AR")]), day)
    row = found["AR", day_number(day)]
    assert [row[f"{name}_e4"] for name in NAMES] == [900_000_000, 990_000_000, 1_350_000_000]
    assert [row[f"{name}_record"] for name in NAMES] == [
        "income_line@AR/2003-07-01",
        "must_visit_line@AR/2003-07-01 < income_line@AR/2003-07-01",
        "monitoring_line@AR/2003-07-01 < income_line@AR/2003-07-01",
    ]


def test_the_panel_gives_the_same_lines(shipped, panel, day):
    """The shipped file's own median of 2012 Q1, read from its rows, leads to the same lines."""
    found = lines_of(shipped, panel.records, day)
    row = found["AR", day_number(day)]
    assert [row[f"{name}_e4"] for name in NAMES] == [900_000_000, 990_000_000, 1_350_000_000]
    assert len(found) == 33
    assert all(row["must_visit_line_e4"] is not None for row in found.values())


def test_a_quarter_without_a_median_has_no_line_and_never_a_neighbours(shipped, small):
    """Medians before and after are known; the quarter between them cannot be told."""
    days = [date(2011, 12, 31), date(2012, 3, 31), date(2012, 6, 30)]
    visits = [small.visit("h1", day, context_place="AR") for day in days]
    medians = [small.median(day, 150_000, place="AR") for day in (days[0], days[2])]
    found = lines_of(shipped, small.records(visits, medians), days[2])
    assert [found["AR", day_number(day)]["income_line_e4"] for day in days] == [
        900_000_000,
        None,
        900_000_000,
    ]
    between = found["AR", day_number(days[1])]
    assert [between[f"{name}_record"] for name in NAMES] == [None] * 3


def test_a_median_is_known_from_its_entry_on(shipped, small, day):
    """Entered ten days late, it gives no line until then; corrected, it gives another."""
    visits = [small.visit("h1", day, context_place="AR")]
    medians = [
        small.median(day, 150_000, place="AR", recorded_on="2012-04-10"),
        small.median(day, 100_000, place="AR", recorded_on="2012-05-10", version=2),
    ]
    records = small.records(visits, medians)
    by_day = {
        as_of: lines_of(shipped, records, as_of)["AR", day_number(day)]["income_line_e4"]
        for as_of in (day, date(2012, 4, 9), date(2012, 4, 10), date(2012, 5, 9), date(2012, 5, 10))
    }
    assert list(by_day.values()) == [None, None, 900_000_000, 900_000_000, 600_000_000]


def test_each_place_stands_on_its_own_figures(made, small, day):
    """Two places, two medians, two multiples."""
    standards = made(
        line=[
            {"multiple": "0.60", "of": "median_income_minor"},
            {"multiple": "0.5", "of": "median_income_minor", "place": "CN"},
        ]
    )
    visits = [small.visit(f"h{p}", day, context_place=p) for p in ("AR", "CN", "XX")]
    medians = [small.median(day, 1_000, place="AR"), small.median(day, 3_000, place="CN")]
    medians += [small.median(day, 5_000, place="XX")]
    found = lines_of(standards, small.records(visits, medians), day, ["line"])
    assert {place: row["line_e4"] for (place, _), row in found.items()} == {
        "AR": 6_000_000,
        "CN": 15_000_000,
        "XX": None,
    }


def test_a_source_without_figures_cannot_tell_relative_lines(made, small, day):
    """No table of place figures: a number still holds, a multiple does not."""
    tables = small.frames([small.visit("h1", day, context_place="AR")])
    del tables["place_context"]
    standards = made(
        fixed=[{"value": "4000"}], relative=[{"multiple": "0.60", "of": "median_income_minor"}]
    )
    row = lines_of(standards, small.Records(tables), day, ["fixed", "relative"])[
        "AR", day_number(day)
    ]
    assert (row["fixed_e4"], row["relative_e4"]) == (40_000_000, None)


def test_a_line_finer_than_a_ten_thousandth_is_refused(made, small, day):
    """It could not be compared exactly."""
    standards = made(line=[{"multiple": "0.33333", "of": "median_income_minor"}])
    visits = [small.visit("h1", day, context_place="AR")]
    records = small.records(visits, [small.median(day, 1, place="AR")])
    words = "line at AR on 2012-03-31 is 0.33333: finer than a ten-thousandth .* four decimals"
    with pytest.raises(ConfigError, match=words):
        lines_of(standards, records, day, ["line"])


def test_a_name_that_is_no_standard_is_refused(shipped, small, day):
    """Before any household is judged."""
    records = small.records([small.visit("h1", day, context_place="AR")])
    with pytest.raises(ConfigError, match=r"'must_visit' is no standard. Did you mean"):
        lines_of(shipped, records, day, ["must_visit"])


def test_the_table_is_sorted_whatever_the_order_of_the_rows(shipped, small):
    """One row for each place and day of a visit, and none for a day without visits."""
    visits = [
        small.visit(f"h{number}", day, context_place=place)
        for number, place in enumerate(("AR", "CN", "AR", "CN"))
        for day in ("2012-06-30", "2011-12-31", "2012-03-31")
    ]
    medians = [small.median(day, 1_000, place="AR") for day in ("2012-06-30", "2010-12-31")]
    random.Random(3).shuffle(visits)
    known = known_as_of(small.records(visits, medians), date(2012, 6, 30))
    table = line_table(shipped, known, NAMES)
    keys = list(table.select("context_place", "occurred_day").iter_rows())
    assert keys == sorted(set(keys))
    assert len(keys) == 6
    assert table.schema["income_line_e4"] == nw.Int64
    assert table.schema["occurred_day"] == nw.Int32


def test_without_visits_there_are_no_lines(shipped, small, day):
    """Nobody was visited yet: an empty table with its columns."""
    records = small.records([small.visit("h1", day, version=1)], [small.median("2011-12-31", 1)])
    table = line_table(shipped, known_as_of(records, date(2011, 12, 31)), ["income_line"])
    assert table.columns == [
        "context_place",
        "occurred_day",
        "income_line_e4",
        "income_line_record",
    ]
    assert len(table) == 0
