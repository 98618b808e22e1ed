"""The route that a register points to: development help, safety net, case by case, or open."""

from __future__ import annotations

import runpy
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import narwhals as nw
import polars as pl
import pytest

from fanpin_risk.dates import add_months, day_number
from fanpin_risk.household.placement import facts_of
from fanpin_risk.standards.register_routes import register_routes

HERE = Path(__file__).parent
H = SimpleNamespace(**runpy.run_path(str(HERE.parent / "household" / "identity_histories.py")))
AS_OF = date(2023, 6, 30)
DAY = day_number(AS_OF)
YEAR_AGO = day_number(add_months(AS_OF, -12))
CASE, HELP, NET, OPEN = "一事一议", "开发式帮扶", "兜底保障", "无法判断"


def route(people=(), *, shocks=(), snapshots=(), **more):
    """Route of household h; people as (name, labour, membership)."""
    members = [
        {
            "person_id": name,
            "household_id": "h",
            "labour_skill": labour,
            "membership": membership,
            "occurred_day": DAY - 100,
        }
        for name, labour, membership in people
    ]
    known = H.known(
        DAY,
        members=members,
        household_snapshot=[{"household_id": "h", "occurred_day": DAY - 200}, *snapshots],
        shock=[{"household_id": "h", "shock_kind": "fire", "occurred_day": day} for day in shocks],
        **more,
    )
    asked = nw.from_native(pl.DataFrame({"household_id": ["h"]}), eager_only=True)
    (row,) = register_routes(facts_of(known), asked).rows()
    assert row[2]
    return row[1]


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ([("p", "ordinary", "present")], HELP),
        ([("p", "skilled", "away")], HELP),
        ([("p", "weak", "present"), ("q", "none", "present")], HELP),
        ([("p", "lost", "present"), ("q", "none", "present")], NET),
        ([("p", "lost", "present"), ("q", None, "present")], OPEN),
        ([("p", None, "present")], OPEN),
        ([("p", "ordinary", "died"), ("q", "none", "present")], NET),
        ([("p", "ordinary", "left"), ("q", "none", "present")], NET),
        ([], OPEN),
    ],
)
def test_who_can_work_decides(people, expected):
    """A member able to work; nobody of whom all is recorded; else it stays open."""
    assert route(people) == expected


@pytest.mark.parametrize(("day", "expected"), [(DAY, CASE), (YEAR_AGO + 1, CASE), (YEAR_AGO, HELP)])
def test_a_shock_of_twelve_months_is_judged_case_by_case(day, expected):
    """Whoever can work; a shock of longer ago does not count."""
    assert route([("p", "ordinary", "present")], shocks=[day]) == expected


def test_the_registers_own_word_counts_where_persons_are_not_told():
    """The newest snapshot that says it; a member who can work goes before it."""
    said = [
        {"household_id": "h", "occurred_day": DAY - 50, "is_no_labour_household": True},
        {"household_id": "h", "occurred_day": DAY - 10, "is_no_labour_household": None},
    ]
    assert route([("p", None, "present")], snapshots=said) == NET
    assert route([("p", "weak", "present")], snapshots=said) == HELP
    denied = [*said, {"household_id": "h", "occurred_day": DAY, "is_no_labour_household": False}]
    assert route([("p", None, "present")], snapshots=denied) == OPEN


def test_the_newest_word_about_a_person_counts():
    """Able before, lost since; a later snapshot without a word changes nothing."""
    later = [
        {"person_id": "p", "household_id": "h", "labour_skill": "lost", "occurred_day": DAY - 9},
        {"person_id": "p", "household_id": "h", "labour_skill": None, "occurred_day": DAY - 5},
    ]
    earlier = {
        "person_id": "p",
        "household_id": "h",
        "labour_skill": "ordinary",
        "occurred_day": DAY - 100,
    }
    known = H.known(
        DAY,
        members=[earlier, *later],
        household_snapshot=[{"household_id": "h", "occurred_day": DAY - 200}],
    )
    asked = nw.from_native(pl.DataFrame({"household_id": ["h", "nobody"]}), eager_only=True)
    found = register_routes(facts_of(known), asked)
    assert found["route_zh"].to_list() == [NET, OPEN]
