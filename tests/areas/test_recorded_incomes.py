"""Incomes on record stand with the line of their day, and with whether the household was listed."""

from __future__ import annotations

import runpy
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest
import yaml

from fanpin_risk.areas.bunching import BunchingSettings, bunching
from fanpin_risk.areas.recorded_incomes import (
    RECORDED_COLUMNS,
    IncomesUsed,
    recorded_incomes,
)
from fanpin_risk.errors import ConfigError
from fanpin_risk.household.placement import facts_of
from fanpin_risk.records.timeline import Records, known_as_of
from fanpin_risk.standards.parameters import Standards

ROOT = Path(__file__).parents[2]
MADE = SimpleNamespace(**runpy.run_path(str(ROOT / "tests/reference/small_county_records.py")))
SHIPPED = ROOT / "configs/standards"
LINE = "monitoring_line"


@pytest.fixture(scope="module")
def standards(tmp_path_factory):
    """A line of 6,600 yuan that became 6,900 in March 2023, at the place C alone."""
    folder = tmp_path_factory.mktemp("standards")
    words = {"title_zh": "线", "title_en": "line", "owner_zh": "办", "owner_en": "office"}
    made = {"place": "C", "source": "a notice", "mark": "A"}
    days = ((date(2022, 3, 1), "6600"), (date(2023, 3, 1), "6900"))
    values = [made | {"valid_from": day, "value": value} for day, value in days]
    files = {
        LINE: {"name": LINE, "unit": "yuan per head a year", "values": values, **words},
        "regime": {
            "name": "regime",
            "unit": "code",
            "values": [made | {"valid_from": date(2021, 1, 1), "value": "old"}],
            **words,
        },
        "places": {
            "places": [
                {"place": "C", "title_zh": "县", "title_en": "county", "level": "county"},
            ]
        },
    }
    for name, content in files.items():
        text = yaml.safe_dump(content, allow_unicode=True)
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return Standards.load([folder])


def row(table, number, day, household="h1", **values):
    """One row of a table on a day of 2023."""
    return MADE.row(table, number, occurred_on=date(2023, *day), household_id=household, **values)


def income(day, yuan, household="h1", *, county="C", **values):
    """A snapshot with an income."""
    where = {"place": "A", "region": "T", "context_place": county, "members": 2}
    return (
        row(
            "household_snapshot",
            f"{household}-{day}",
            day,
            household,
            net_income_per_head_fen=None if yuan is None else yuan * 100,
            **where,
        )
        | values
    )


def listed(day, household="h1", decision="listed"):
    """A decision."""
    return row("listing", f"{household}-{day}", day, household, decision=decision)


def exited(day, household="h1"):
    """An exit."""
    return row("exit", f"{household}-{day}", day, household, way="by_help")


def told(standards, as_of=date(2023, 12, 15), **tables):
    """Day, income and line in yuan, and whether it was listed."""
    facts = facts_of(known_as_of(MADE.records(tables), as_of))
    found = recorded_incomes(facts, standards, LINE)
    assert dict(found.schema) == RECORDED_COLUMNS
    return [
        (day.month, fen // 100, line and line // 100, is_listed)
        for _, day, fen, line, is_listed in found.rows()
    ]


def test_an_income_stands_with_the_line_of_its_day(standards):
    """Before and from the first of March; a place without a line has none; no income, no row."""
    found = told(
        standards,
        household_snapshot=[
            income((2, 28), 6_500),
            income((3, 1), 6_850),
            income((4, 1), None),
            income((5, 1), 6_000, "h2", county=None),
        ],
        listing=[],
        exit=[],
    )
    assert found == [(2, 6_500, 6_600, False), (3, 6_850, 6_900, False), (5, 6_000, None, False)]


def test_the_day_of_a_decision_is_one_before_it(standards):
    """Listed on the fifth of April, exit on the tenth of June, listed again in August."""
    days = ((4, 4), (4, 5), (4, 6), (6, 10), (6, 11), (8, 1), (8, 2))
    found = told(
        standards,
        household_snapshot=[income(day, 6_000) for day in days],
        listing=[listed((4, 5)), listed((8, 1)), listed((2, 1), decision="refused")],
        exit=[exited((6, 10))],
    )
    assert [is_listed for *_, is_listed in found] == [
        *(False, False, True, True, False, False, True),
    ]  # fmt: skip


def test_what_the_records_do_not_tell_is_not_told(standards):
    """Listings or exits that are not kept; an exit that no listing came before."""
    snapshots = [income((4, 1), 6_000), income((7, 1), 6_000)]

    def answers(**tables):
        return [a for *_, a in told(standards, household_snapshot=snapshots, **tables)]

    assert answers() == [None, None]
    assert answers(listing=[listed((5, 1))]) == [False, None]
    assert answers(listing=[], exit=[exited((5, 1))]) == [None, False]


def test_what_is_dated_or_recorded_later_has_no_part(standards):
    """An income, a decision and an exit that come after the day."""
    late = {"recorded_on": date(2023, 11, 1)}
    tables = {
        "household_snapshot": [income((4, 1), 6_000), income((7, 1), 6_000)],
        "listing": [listed((5, 1))],
        "exit": [],
    }
    later = {
        "household_snapshot": [income((11, 1), 1), income((6, 1), 2, **late)],
        "listing": [listed((11, 2))],
        "exit": [exited((6, 15)) | late, exited((11, 3))],
    }
    both = {name: rows + later[name] for name, rows in tables.items()}
    day = date(2023, 9, 10)
    assert told(standards, day, **both) == told(standards, day, **tables)
    assert told(standards, **both) != told(standards, **tables)


def test_what_cannot_be_used_is_counted():
    """Without a line, and with one but not known whether listed."""
    rows = [("h", None, 1, line, state) for line in (5, None) for state in (True, None)]
    frame = pl.DataFrame(rows, schema=RECORDED_COLUMNS, orient="row")
    assert IncomesUsed.of(frame) == IncomesUsed(n_on_record=4, n_no_line=2, n_not_told=1)


def test_an_unknown_line_is_refused(standards):
    """And one of another unit."""
    facts = facts_of(
        known_as_of(MADE.records({"household_snapshot": [income((4, 1), 1)]}), date(2023, 12, 15))
    )
    with pytest.raises(ConfigError, match=r"'monitoring_lin' is no standard\. Did you mean"):
        recorded_incomes(facts, standards, "monitoring_lin")
    with pytest.raises(ConfigError, match="regime is in 'code'"):
        recorded_incomes(facts, standards, "regime")


def test_the_bent_register_is_found_from_its_records_and_the_straight_one_is_not(simulate):
    """Both sides, with the usual settings, lines and listings as the records have them."""
    lines = Standards.load([SHIPPED, SHIPPED / "simulated_county"])
    many = {"system": {"round_notices_share": 0.9, "cadre_notices_share": 0.9}}
    found = {}
    for world in ("main", "gamed"):
        tables, _ = simulate(3_000, 48, 5, world=world, changes=many)
        facts = facts_of(known_as_of(Records(tables), date(2024, 12, 31)))
        rows = recorded_incomes(facts, lines, LINE)
        found[world] = [
            bunching(rows.filter(listed), side=side, settings=BunchingSettings()).is_found
            for side, listed in (("below", ~pl.col("is_listed")), ("above", pl.col("is_listed")))
        ]
    assert found == {"main": [False, False], "gamed": [True, True]}
