"""Employment cost off the income of those on the living allowance, worker by worker."""

from __future__ import annotations

from datetime import date

import narwhals as nw
import polars as pl
import pytest

from fanpin_risk.dates import day_number
from fanpin_risk.errors import ConfigError
from fanpin_risk.household.facts import DayFacts
from fanpin_risk.standards.employment_deduction import FACTS, NO_RECORD, with_deduction
from fanpin_risk.standards.parameters import Standards
from fanpin_risk.standards.readings import Readings

DAY = date(2025, 6, 30)
SIM_WORKER = {
    "works_in_window": True,
    "is_able_on_dibao": True,
    "latest_work_place": "SIM",
    "latest_work_day": date(2025, 3, 31),
    "wage_earned_fen": 9_000_00,
}
"""Two months of 1,750 yuan: 3,500 from May 2024 to November 2025."""
TYPES = {
    "works_in_window": pl.Boolean(),
    "is_able_on_dibao": pl.Boolean(),
    "latest_work_place": pl.String(),
    "latest_work_day": pl.Int64(),
    "wage_earned_fen": pl.Int64(),
}


def facts(*households, place="SIM", day=DAY):
    """Households, each a list of its members' facts; a place of reference for all."""
    homes = pl.DataFrame(
        {
            "home": list(range(len(households))),
            "household_id": [f"h{n}" for n in range(len(households))],
            "context_place": [place] * len(households),
            **{name: [None] * len(households) for name in FACTS},
        },
        schema_overrides={"home": pl.UInt32, "context_place": pl.String},
    )
    people = [(n, who) for n, members in enumerate(households) for who in members]
    persons = pl.DataFrame(
        {
            "person": list(range(len(people))),
            "home": [n for n, _ in people],
            **{name: [number(who.get(name)) for _, who in people] for name in TYPES},
        },
        schema={"person": pl.UInt32, "home": pl.UInt32, **TYPES},
    )
    return DayFacts(
        as_of=day,
        homes=nw.from_native(homes, eager_only=True),
        persons=nw.from_native(persons, eager_only=True),
    )


def number(value):
    """A day as a number."""
    return day_number(value) if isinstance(value, date) else value


@pytest.fixture
def deducted(shipped_standards):
    """The three facts of each household."""

    def of(*households, place="SIM", day=DAY, marks_allowed=(), **readings):
        found = with_deduction(
            facts(*households, place=place, day=day),
            shipped_standards(marks_allowed),
            Readings(**readings),
            day,
        )
        return found.homes.select(*FACTS).rows()

    return of


def worker(**more):
    """A member on the allowance who works in the simulated county."""
    return SIM_WORKER | more


RULE, WAGE = "employment_cost_months@SIM/2019-01-01", "minimum_wage_month@SIM/2024-05-01"


def test_two_months_of_the_minimum_wage_for_each_worker(deducted):
    """Once a year and worker: two workers twice; nobody who works, nothing."""
    idle = worker(works_in_window=False)
    assert deducted([worker()], [worker(), worker(), idle], [idle]) == [
        (3_500_00, 0, f"{RULE}, {WAGE}"),
        (7_000_00, 0, f"{RULE}, {WAGE}"),
        (0, 0, NO_RECORD),
    ]


@pytest.mark.parametrize(
    ("works", "able", "known", "n_open"),
    [
        (True, True, 3_500_00, 0),
        (True, False, 0, 0),
        (False, True, 0, 0),
        (None, True, 0, 1),
        (True, None, 0, 1),
        (None, None, 0, 1),
        (None, False, 0, 0),
        (False, None, 0, 0),
    ],
)
def test_one_no_is_enough_and_what_is_not_known_is_open(deducted, works, able, known, n_open):
    """Kleene: not on the allowance, or not working, is no deduction whatever the other is."""
    ((found, is_open, _),) = deducted([worker(works_in_window=works, is_able_on_dibao=able)])
    assert (found, is_open) == (known, n_open)


def test_a_household_without_members_on_record_is_open(deducted):
    """Nobody says who could have a deduction."""
    assert deducted([]) == [(0, 1, None)]


def test_the_wage_is_that_in_force_on_the_day_of_decision(deducted):
    """Or, by another reading, in the last month worked; 1,500 until April 2024, then 1,750."""
    early = worker(latest_work_day=date(2024, 4, 30))
    day = date(2024, 5, 1)
    assert deducted([early], day=day)[0][0] == 3_500_00
    assert deducted([early], day=day, deduction_day="months_worked")[0][0] == 3_000_00
    assert deducted([early], day=date(2024, 4, 30))[0][0] == 3_000_00
    assert deducted([worker()], day=date(2025, 12, 1))[0][0] == 3_800_00
    not_said = worker(latest_work_day=None)
    assert deducted([not_said], deduction_day="months_worked")[0][0] == 3_500_00


def test_the_wage_is_that_of_the_place_of_work(deducted):
    """In Harbin's tier, not at home; at home by another reading; spelt as records spell it."""
    away = worker(latest_work_place="Heilongjiang/tier 1")
    assert deducted([away]) == [
        (4_160_00, 0, f"{RULE}, minimum_wage_month@Heilongjiang/tier 1/2024-05-01")
    ]
    assert deducted([away], deduction_place="home")[0][0] == 3_500_00
    assert deducted([worker(latest_work_place="230199")])[0][0] == 3_500_00


@pytest.mark.parametrize("place", [None, "no such place", "Henan", "Heilongjiang"])
def test_a_place_of_work_without_a_wage_on_record_is_open(deducted, place):
    """Nothing is guessed; a province without a wage area of its own has no wage."""
    assert deducted([worker(latest_work_place=place)]) == [(0, 1, None)]


def test_the_wage_between_2021_and_2024_is_the_user_s(deducted):
    """Heilongjiang's is not public then."""
    tier = worker(latest_work_place="Heilongjiang/tier 3")
    assert deducted([tier], place="Heilongjiang", day=date(2024, 4, 30)) == [(0, 1, None)]
    assert deducted([tier], place="Heilongjiang", day=date(2024, 5, 1))[0][0] == 3_500_00
    assert deducted([tier], place="Heilongjiang", day=date(2025, 12, 1))[0][0] == 3_820_00


def test_a_province_without_the_rule_on_record(deducted):
    """It cannot be told, unless a reading deducts nothing; who does not work has none anyway."""
    idle = worker(works_in_window=False)
    assert deducted([worker()], [idle], place="Henan") == [(0, 1, None), (0, 0, NO_RECORD)]
    assert deducted([worker()], place="Henan", deduction_without_rule="none") == [(0, 0, NO_RECORD)]
    assert deducted([worker()], place="nowhere", deduction_without_rule="none") == [(0, 1, None)]
    assert deducted([worker()], place=None) == [(0, 1, None)]


def test_it_is_not_cut_at_what_was_earned_unless_a_reading_cuts_it(deducted):
    """Earned 3,499.99, exactly, more, or not known."""
    earned = [worker(wage_earned_fen=e) for e in (3_499_99, 3_500_00, 3_500_01, None)]
    assert [row[:2] for row in deducted(*[[who] for who in earned])] == [(3_500_00, 0)] * 4
    cut = deducted(*[[who] for who in earned], deduction_cap="cut_at_earned")
    assert [row[:2] for row in cut] == [(3_499_99, 0), (3_500_00, 0), (3_500_00, 0), (0, 1)]


def test_records_of_all_workers_are_named_once(deducted):
    """In order of bytes."""
    both = [worker(), worker(latest_work_place="Heilongjiang/tier 1"), worker()]
    ((known, _, record),) = deducted(both)
    assert known == 2 * 3_500_00 + 4_160_00
    tier = "minimum_wage_month@Heilongjiang/tier 1/2024-05-01"
    assert record == f"{RULE}, {tier}, {WAGE}"


def test_standards_without_the_wage_are_refused(shipped_standards):
    """Words name it and show the nearest."""
    shipped = shipped_standards()
    parameters = {n: p for n, p in shipped.parameters.items() if n != "minimum_wage_month"}
    without = Standards(parameters, places=shipped.places, readings=shipped.readings)
    with pytest.raises(ConfigError, match="'minimum_wage_month' is no standard"):
        with_deduction(facts([worker()]), without, Readings(), DAY)


def test_nothing_else_changes(shipped_standards):
    """Rows, order and other columns stay."""
    given = facts([worker()], [], [worker(works_in_window=None)])
    found = with_deduction(given, shipped_standards(), Readings(), DAY)
    others = [name for name in given.homes.columns if name not in FACTS]
    assert found.homes.select(others).rows() == given.homes.select(others).rows()
    assert sorted(found.homes.columns) == sorted(given.homes.columns)
    assert found.persons is given.persons
