"""Members of must-visit groups, students, stable income: by hand, and a slow second way."""

from __future__ import annotations

import runpy
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import narwhals as nw
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from fanpin_risk.dates import day_number
from fanpin_risk.household.choices import AccountChoices
from fanpin_risk.household.facts import day_facts
from fanpin_risk.household.groups import MEMBER_GROUPS, STUDENTS
from fanpin_risk.household.income_stable import STABLE_INCOME
from fanpin_risk.household.placement import facts_of
from fanpin_risk.household.view import county_view
from fanpin_risk.records.timeline import known_as_of

FOLDER = Path(__file__).parents[1] / "reference"
MADE = SimpleNamespace(**runpy.run_path(str(FOLDER / "small_county_records.py")))
REFERENCE = SimpleNamespace(**runpy.run_path(str(FOLDER / "groups_reference.py")))
THEMES = (MEMBER_GROUPS, STUDENTS, STABLE_INCOME)
WINDOWS = {"window_months": 12, "collection_first_month": 10}
CHOICES = (AccountChoices(**WINDOWS), AccountChoices(**WINDOWS, evidence_limit_months=6))
KEPT = ("household_snapshot", "member_snapshot", "household_change", "schooling")
FIRST, DAY, LINE = date(2021, 1, 1), date(2025, 8, 31), 7_000_00


def facts(tables, as_of, choices=CHOICES[0], lines=None):
    """Facts of the day."""
    known = known_as_of(MADE.records(tables), as_of)
    given_lines = nw.from_native(MADE.lines(lines), eager_only=True)
    return day_facts(county_view(facts_of(known), given_lines), choices, THEMES)


def compared(seed, choices):
    """Facts of a county at random, which equal the reference."""
    made, as_of = MADE.random_county(seed)
    tables = {name: made[name] for name in KEPT if name in made}
    for n, row in enumerate(tables["member_snapshot"]):
        row["dibao"] = ("none", "rural", None, "urban", "rural")[(n * n + seed) % 5]
    found = facts(tables, as_of, choices)
    for frame, key, told in (
        (found.persons, "person_id", REFERENCE.person_facts),
        (found.homes, "household_id", REFERENCE.home_facts),
    ):
        expected = told(tables, as_of, MADE.LINES, choices)
        keys = frame[key].to_list()
        assert sorted(keys) == sorted(expected)
        for name in next(iter(expected.values())):
            assert frame[name].to_list() == [expected[k][name] for k in keys], name
    return found


@settings(max_examples=6, deadline=None, phases=[Phase.generate])
@given(seed=st.integers(100, 2**32 - 1), which=st.sampled_from(range(len(CHOICES))))
def test_every_fact_equals_the_reference(seed, which):
    """Late entries, corrections, withdrawals, moves, gaps, tables not kept."""
    compared(seed, CHOICES[which])


def test_the_comparison_reaches_every_fact():
    """Each fact takes several values on one county or other, and is unknown somewhere."""
    seen = {name: set() for theme in THEMES for name in theme.columns}
    for seed in range(10):
        found = compared(seed, CHOICES[seed % len(CHOICES)])
        for name, values in seen.items():
            frame = found.persons if name in MEMBER_GROUPS.columns else found.homes
            values |= set(frame[name].to_list())
    assert {name for name, values in seen.items() if len(values - {None}) < 2} == set()
    assert {name for name, values in seen.items() if None not in values} <= {
        "n_students",
        "n_students_open",
    }


def incomes(*figures, line=LINE):
    """Since when h1's income has been above, and not below, the line; figures as (day, yuan)."""
    home = {"household_id": "h1", "place": "V1", "context_place": "C", "members": 1}
    rows = [
        MADE.row(
            "household_snapshot",
            n,
            occurred_on=day,
            net_income_per_head_fen=None if yuan is None else yuan * 100,
            **home,
        )
        for n, (day, yuan) in enumerate(figures)
    ]
    member = MADE.row(
        "member_snapshot", "m", household_id="h1", person_id="p1", relation="head",
        occurred_on=FIRST,
    )  # fmt: skip
    tables = {"household_snapshot": rows, "member_snapshot": [member]}
    lines = {} if line is None else {"C": line}
    row = facts(tables, DAY, lines=lines).homes.rows(named=True)[0]
    return row["register_income_above_since_day"], row["register_income_not_below_since_day"]


@pytest.mark.parametrize(
    ("figures", "above", "not_below"),
    [
        ([(date(2024, 1, 1), 7_001)], date(2024, 1, 1), date(2024, 1, 1)),
        ([(date(2024, 1, 1), 7_000)], None, date(2024, 1, 1)),
        ([(date(2024, 1, 1), 6_999)], None, None),
        (
            [(date(2024, 1, 1), 9_000), (date(2024, 10, 1), 7_000), (date(2025, 3, 1), 8_000)],
            date(2025, 3, 1),
            date(2024, 1, 1),
        ),
        ([(date(2024, 1, 1), 9_000), (date(2025, 3, 1), 5_000)], None, None),
        ([(date(2024, 1, 1), 9_000), (date(2025, 3, 1), None)], date(2024, 1, 1), date(2024, 1, 1)),
        ([(FIRST, None)], None, None),
    ],
)
def test_the_run_of_incomes_above_the_line(figures, above, not_below):
    """Exactly on the line breaks one run and not the other; a later figure below breaks both."""
    number = [None if day is None else day_number(day) for day in (above, not_below)]
    assert incomes(*figures) == tuple(number)


def test_without_a_line_no_run_is_known():
    """A place without a line tells nothing."""
    assert incomes((date(2024, 1, 1), 9_000), line=None) == (None, None)


def member(*snapshots):
    """Facts of p1, from what snapshots say, given as (day, values)."""
    home = {"household_id": "h1", "place": "V1", "context_place": "C", "members": 1}
    own = {"household_id": "h1", "person_id": "p1", "relation": "head"}
    tables = {
        "household_snapshot": [MADE.row("household_snapshot", 0, occurred_on=FIRST, **home)],
        "member_snapshot": [
            MADE.row("member_snapshot", n, occurred_on=day, **own, **values)
            for n, (day, values) in enumerate(snapshots)
        ],
    }
    return facts(tables, DAY).persons.rows(named=True)[0]


def test_when_an_allowance_began_and_when_it_was_last_denied():
    """The run that goes on; a run that ended counts for nothing, and one never denied is told."""
    on, off = {"dibao": "rural"}, {"dibao": "none"}
    days = [date(2022, 3, 1), date(2023, 3, 1), date(2024, 3, 1), date(2025, 3, 1)]
    numbers = [day_number(day) for day in days]

    def begun(*said):
        row = member(*zip(days, said, strict=False))
        return row["is_on_dibao"], row["dibao_since_day"], row["no_dibao_day"]

    assert begun(on, off, on, on) == (True, numbers[2], numbers[1])
    assert begun(on, on) == (True, numbers[0], None)
    assert begun(on, off) == (False, None, None)
    assert begun(off, {}, on) == (True, numbers[2], numbers[0])
    assert begun({}) == (None, None, None)


def test_who_has_a_level_is_disabled():
    """Unless the same snapshot, or a later one, says no; then no level is told."""
    level = {"disability_level": 2}
    row = member((date(2024, 1, 1), level))
    assert (row["is_disabled"], row["disability_level"]) == (True, 2)
    row = member((date(2024, 1, 1), level), (date(2025, 1, 1), {"is_disabled": False}))
    assert (row["is_disabled"], row["disability_level"]) == (False, None)


def test_no_member_snapshots_nothing_is_known():
    """A table that is not kept answers nothing."""
    home = {"household_id": "h1", "place": "V1", "context_place": "C", "members": 1}
    rows = [MADE.row("household_snapshot", 0, occurred_on=FIRST, **home)]
    found = facts({"household_snapshot": rows}, DAY)
    row = found.homes.rows(named=True)[0]
    assert (row["n_students"], row["n_students_open"]) == (None, None)
    assert found.persons["is_on_dibao"].to_list() == []
