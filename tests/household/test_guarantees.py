"""Schooling, cover, home and water by hand: which source counts, and both sides of every limit."""

from __future__ import annotations

import runpy
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import narwhals as nw
import pytest

from fanpin_risk.dates import day_number
from fanpin_risk.household.choices import AccountChoices
from fanpin_risk.household.facts import day_facts
from fanpin_risk.household.guarantees import HOME_GUARANTEES, PERSON_GUARANTEES
from fanpin_risk.household.members import AGES
from fanpin_risk.household.placement import facts_of
from fanpin_risk.household.view import county_view
from fanpin_risk.records.timeline import known_as_of

FOLDER = Path(__file__).parents[1] / "reference"
MADE = SimpleNamespace(**runpy.run_path(str(FOLDER / "small_county_records.py")))
DAY, FIRST = date(2025, 8, 31), date(2021, 1, 1)
THEMES = (AGES, PERSON_GUARANTEES, HOME_GUARANTEES)


def facts(tables, day=DAY, **choices):
    """Facts of household h1 and its one member p1, from rows by hand on top of a snapshot each."""
    home = {"household_id": "h1", "place": "V1", "context_place": "C"}
    rows = {
        "household_snapshot": [
            MADE.row("household_snapshot", "own", occurred_on=FIRST, members=1, **home)
        ],
        "member_snapshot": [
            MADE.row("member_snapshot", "own", occurred_on=FIRST, household_id="h1", **PERSON)
        ],
    }
    for name, given in tables.items():
        about = PERSON_OF_ROW if "person_id" in MADE.TABLES[name].names else {}
        own = {"household_id": "h1", **about}
        if name == "member_snapshot":
            own |= PERSON
        rows[name] = rows.get(name, []) + [
            MADE.row(name, n, **{**own, **values}) for n, values in enumerate(given)
        ]
    known = known_as_of(MADE.records(rows), day)
    lines = nw.from_native(MADE.lines({"C": 7_000_00}), eager_only=True)
    chosen = AccountChoices(window_months=12, collection_first_month=10, **choices)
    return day_facts(county_view(facts_of(known), lines), chosen, THEMES)


PERSON = {"person_id": "p1", "relation": "head"}
PERSON_OF_ROW = {"person_id": "p1"}


def person(tables, day=DAY, **choices):
    """Facts of p1."""
    frame = facts(tables, day, **choices).persons.to_native()
    return next(row for row in frame.rows(named=True) if row["person_id"] == "p1")


def home(tables, day=DAY, **choices):
    """Facts of h1."""
    frame = facts(tables, day, **choices).homes.to_native()
    return next(row for row in frame.rows(named=True) if row["household_id"] == "h1")


def on(year, month, day):
    """A day of occurrence."""
    return {"occurred_on": date(year, month, day)}


# -- ages


@pytest.mark.parametrize(
    ("born_on", "day", "choices", "expected"),
    [
        (date(2019, 8, 31), date(2025, 8, 31), {"school_year_first_month": 9}, (6, 5)),
        (date(2019, 8, 31), date(2025, 9, 1), {"school_year_first_month": 9}, (6, 6)),
        (date(2019, 9, 1), date(2025, 9, 1), {"school_year_first_month": 9}, (6, 5)),
        (date(2019, 9, 1), date(2026, 8, 31), {"school_year_first_month": 9}, (6, 5)),
        (date(2019, 9, 1), date(2026, 9, 1), {"school_year_first_month": 9}, (7, 6)),
        (date(2020, 2, 29), date(2026, 2, 28), {}, (5, 5)),
        (date(2020, 2, 29), date(2026, 3, 1), {}, (6, 6)),
        (date(2019, 12, 31), date(2025, 1, 1), {"age": "by_calendar_year"}, (6, 6)),
        (
            date(2019, 12, 31),
            date(2026, 1, 1),
            {"age": "by_calendar_year", "school_year_first_month": 9},
            (7, 6),
        ),
        (None, DAY, {"school_year_first_month": 9}, (None, None)),
    ],
)
def test_ages_on_the_day_and_before_the_school_year(born_on, day, choices, expected):
    """Born on 31 August enters with the school year that begins the next day; a day later waits."""
    found = person({"member_snapshot": [{"born_on": born_on, **on(2021, 2, 1)}]}, day, **choices)
    assert (found["age"], found["school_entry_age"]) == expected


# -- school


OUT = {"is_in_school": False, "school_state": "grade_7", "is_unable_to_study": False}


@pytest.mark.parametrize(
    ("office", "register", "expected"),
    [
        (on(2025, 3, 1), on(2025, 3, 2), (True, date(2025, 3, 2), True)),
        (on(2025, 3, 1), on(2025, 3, 1), (False, date(2025, 3, 1), True)),
        (on(2025, 3, 1), on(2025, 2, 28), (False, date(2025, 3, 1), True)),
        (on(2025, 9, 1), on(2025, 2, 28), (True, date(2025, 2, 28), False)),
    ],
)
def test_the_newer_source_counts_and_of_one_day_the_office(office, register, expected):
    """What is entered for a later day has not happened; that both disagree is told."""
    found = person(
        {
            "schooling": [OUT | office],
            "member_snapshot": [{"school_state": "grade_7"} | register],
        }
    )
    day = day_number(expected[1])
    told = found["in_school"], found["in_school_day"], found["school_sources_disagree"]
    assert told == (expected[0], day, expected[2])


@pytest.mark.parametrize(
    ("cells", "in_school", "stage", "finished", "unable"),
    [
        ({"school_state": "primary"}, True, "compulsory", False, None),
        ({"school_state": "kindergarten"}, False, "below_school", False, None),
        ({"school_state": "vocational_1"}, True, "secondary", True, None),
        ({"school_state": "bachelor_2"}, True, "college", True, None),
        ({"education": "primary"}, False, "none", False, None),
        ({"education": "junior"}, False, "none", True, None),
        ({"dropout_reason": "unwilling"}, False, "none", False, False),
        ({"dropout_reason": "illness"}, False, "none", False, None),
        ({"dropout_reason": "other", "education": "junior"}, False, "none", True, False),
        ({}, None, None, None, None),
    ],
)
def test_what_a_snapshot_says_of_school(cells, in_school, stage, finished, unable):
    """Either the school attended or the education completed is filled; a reason says out."""
    found = person({"member_snapshot": [cells | on(2025, 3, 1)]})
    assert found["in_school"] is in_school
    assert found["school_stage"] == stage
    assert found["has_finished_compulsory"] is finished
    assert found["is_unable_to_study"] is unable
    assert found["dropout_reason"] == cells.get("dropout_reason")


@pytest.mark.parametrize(
    ("cells", "in_school", "finished", "unable"),
    [
        ({"is_in_school": True, "school_state": "grade_9"}, True, False, None),
        ({"is_in_school": False, "school_state": "grade_9"}, False, False, None),
        ({"is_in_school": False, "school_state": "senior_1"}, False, True, None),
        ({"school_state": "grade_9"}, True, False, None),
        ({"school_state": "grade_9", "dropout_reason": "unwilling"}, False, False, False),
        ({"is_in_school": False, "is_unable_to_study": True}, False, None, True),
        ({"is_unable_to_study": True, "dropout_reason": "unwilling"}, False, False, True),
    ],
)
def test_what_the_education_office_says(cells, in_school, finished, unable):
    """What it says outright goes before what follows from the other cells."""
    found = person({"schooling": [cells | on(2025, 3, 1)]})
    assert found["in_school"] is in_school
    assert found["has_finished_compulsory"] is finished
    assert found["is_unable_to_study"] is unable


def test_the_reason_is_gone_once_somebody_is_back_at_school():
    """It is told of those who are out."""
    left = {"is_in_school": False, "dropout_reason": "unwilling"} | on(2024, 9, 1)
    back = {"is_in_school": True, "school_state": "grade_8"} | on(2025, 3, 1)
    assert person({"schooling": [left]})["dropout_reason"] == "unwilling"
    assert person({"schooling": [left, back]})["dropout_reason"] is None


# -- cover


def period(kind="basic_medical", covered=True, year=2025, **values):
    """A year's cover."""
    whole = {"insurance": kind, "is_covered": covered, "valid_from": date(year, 1, 1)}
    return whole | {"valid_to": date(year, 12, 31)} | on(year, 1, 1) | values


OTHERS = {"person_id": "p2", "household_id": "h2"}


@pytest.mark.parametrize(
    ("rows", "day", "months", "expected"),
    [
        ([period()], date(2025, 12, 31), None, (True, date(2025, 1, 1))),
        ([period()], date(2026, 1, 1), None, (None, None)),
        ([period(), period(year=2026) | OTHERS], date(2026, 1, 1), None, (False, date(2026, 1, 1))),
        (
            [period(), period(year=2026) | OTHERS],
            date(2025, 12, 31),
            None,
            (True, date(2025, 1, 1)),
        ),
        ([period(), period(year=2026) | OTHERS], date(2026, 3, 31), 3, (True, date(2025, 1, 1))),
        ([period(), period(year=2026) | OTHERS], date(2026, 4, 1), 3, (False, date(2026, 1, 1))),
        ([period(covered=False)], DAY, None, (False, date(2025, 1, 1))),
        ([period(covered=False)], date(2026, 1, 1), 3, (None, None)),
        ([period(covered=None)], DAY, None, (None, None)),
        ([period(valid_to=None)], date(2030, 1, 1), None, (True, date(2025, 1, 1))),
        (
            [
                period(covered=False),
                period(covered=True, valid_from=date(2025, 5, 1)) | on(2025, 5, 1),
            ],
            DAY,
            None,
            (True, date(2025, 5, 1)),
        ),
        (
            [period(covered=False), period("employee_medical") | on(2025, 2, 1)],
            DAY,
            None,
            (True, date(2025, 2, 1)),
        ),
        (
            [period(covered=False), period("employee_medical", covered=None)],
            DAY,
            None,
            (None, None),
        ),
        ([period("serious_illness")], DAY, None, (None, None)),
        ([period("pension", covered=False)], DAY, None, (None, None)),
    ],
)
def test_who_is_covered_on_a_day(rows, day, months, expected):
    """Up to the last day; a gap only once a newer list is there; one kind of cover is enough."""
    found = person({"insurance": rows}, day, cover_renewal_months=months)
    since = None if expected[1] is None else day_number(expected[1])
    assert (found["covered"], found["covered_day"]) == (expected[0], since)


def test_a_list_that_begins_on_the_last_day_is_no_newer_one():
    """Only a period that begins after the end shows that the new list is there."""
    for begins, expected in ((date(2025, 12, 31), None), (date(2026, 1, 1), False)):
        rows = [period(), period(valid_from=begins, valid_to=None) | OTHERS]
        assert person({"insurance": rows}, date(2026, 1, 1))["covered"] is expected


def test_a_newer_list_of_another_insurance_shows_nothing():
    """That serious-illness insurance has a new list says nothing about basic insurance."""
    rows = [period(), period("serious_illness", year=2026) | OTHERS]
    assert person({"insurance": rows}, date(2026, 2, 1))["covered"] is None


@pytest.mark.parametrize(
    ("snapshot", "expected"),
    [
        ({"has_basic_medical": True} | on(2025, 2, 1), (True, True)),
        ({"has_basic_medical": True} | on(2025, 1, 1), (False, True)),
        ({"has_basic_medical": True} | on(2024, 12, 31), (False, True)),
        ({"has_basic_medical": False} | on(2025, 2, 1), (False, False)),
        (
            {"has_basic_medical": False, "has_employee_medical": False} | on(2025, 2, 1),
            (False, False),
        ),
        (
            {"has_basic_medical": False, "has_employee_medical": True} | on(2025, 2, 1),
            (True, True),
        ),
    ],
)
def test_office_and_register_on_cover(snapshot, expected):
    """The newer counts, of one day the office; one flag that is not filled leaves it open."""
    found = person({"insurance": [period(covered=False)], "member_snapshot": [snapshot]})
    assert (found["covered"], found["cover_sources_disagree"]) == expected


def test_one_flag_of_two_that_says_no_leaves_cover_open():
    """Residents' insurance is not there, employees' not known."""
    snapshot = {"has_basic_medical": False} | on(2025, 2, 1)
    assert person({"member_snapshot": [snapshot]})["covered"] is None
    both = snapshot | {"has_employee_medical": False}
    assert person({"member_snapshot": [both]})["covered"] is False


def test_serious_illness_insurance_is_asked_for_apart():
    """From its own periods, and from its own flag."""
    found = person({"insurance": [period("serious_illness", covered=False)]})
    assert (found["serious_illness_covered"], found["covered"]) == (False, None)
    snapshot = {"has_serious_illness_insurance": True} | on(2025, 2, 1)
    found = person({"member_snapshot": [snapshot]})
    assert (found["serious_illness_covered"], found["covered"]) == (True, None)


# -- home


GRADED = {"grade": "c", "is_only_home": True, "is_lived_in": True}


@pytest.mark.parametrize(
    ("check", "register", "source"),
    [
        (GRADED | on(2025, 4, 2), on(2025, 4, 3), "register"),
        (GRADED | on(2025, 4, 2), on(2025, 4, 2), "check"),
        (GRADED | on(2025, 4, 2), on(2025, 4, 1), "check"),
        ({"grade": "c", "is_only_home": True} | on(2025, 4, 2), on(2025, 4, 2), "register"),
        ({"grade": "c", "is_only_home": True} | on(2025, 4, 2), on(2025, 4, 1), "check"),
        (GRADED | on(2025, 4, 2), None, "check"),
        (None, on(2025, 4, 2), "register"),
        (None, None, None),
    ],
)
def test_which_source_says_how_the_home_is(check, register, source):
    """The newer; of one day the check, unless it leaves open what home it saw."""
    tables = {}
    if check is not None:
        tables["housing_check"] = [check]
    if register is not None:
        tables["household_snapshot"] = [{"is_dilapidated_home": True} | register]
    found = home(tables)
    assert found["housing_source"] == source
    assert found["housing_grade"] == (None if check is None else 3)
    assert found["register_home_is_dilapidated"] is (None if register is None else True)


def test_a_home_in_which_nobody_lives_is_another_one():
    """Unless it is said to be the only one: then nobody lives in the only home."""
    new = {"grade": "a", "is_lived_in": False} | on(2025, 5, 1)
    found = home({"housing_check": [GRADED | on(2024, 4, 2), new]})
    assert (found["housing_grade"], found["other_home_grade"]) == (3, 1)
    assert found["is_lived_in"] is True
    found = home({"housing_check": [GRADED | on(2024, 4, 2), new | {"is_only_home": True}]})
    assert (found["housing_grade"], found["other_home_grade"]) == (1, None)
    assert found["is_lived_in"] is False


def test_the_newest_grade_counts_and_of_one_day_the_worse():
    """A repaired home is safe; two checks of one day leave the worse grade."""
    worse = [GRADED | {"grade": grade} | on(2025, 4, 2) for grade in ("d", "b")]
    assert home({"housing_check": worse})["housing_grade"] == 4
    mended = [*worse, GRADED | {"grade": "a"} | on(2025, 6, 1)]
    found = home({"housing_check": mended})
    assert (found["housing_grade"], found["housing_day"]) == (1, day_number(date(2025, 6, 1)))


def test_checks_from_before_a_household_moved_in_are_of_another_home():
    """On the day itself they are of the new one."""
    moved = {"change": "moved_in"} | on(2025, 4, 2)
    checks = [GRADED | on(2025, 4, 1)]
    water = [{"quality": "poor"} | on(2025, 4, 1)]
    tables = {"household_change": [moved], "housing_check": checks, "water_check": water}
    assert home(tables)["housing_grade"] is None
    assert home(tables)["water_is_unsafe"] is None
    assert home(tables | {"household_change": [moved | on(2025, 4, 1)]})["housing_grade"] == 3


# -- water


@pytest.mark.parametrize(
    ("register", "unsafe", "settled"),
    [
        ({"has_safe_water": True} | on(2025, 5, 2), False, True),
        ({"has_safe_water": True} | on(2025, 5, 1), True, False),
        ({"has_safe_water": True} | on(2025, 4, 30), True, False),
        ({"has_safe_water": False} | on(2025, 5, 2), True, False),
        ({}, True, False),
    ],
)
def test_what_the_register_says_later_settles_a_check(register, unsafe, settled):
    """Later, and that water is safe; the check's own numbers stay to be shown."""
    check = {
        "quality": "poor",
        "outage_days": 40,
        "trip_minutes": 30,
        "litres_per_head_day": 15,
        "supply_percent": 70,
        **on(2025, 5, 1),
    }
    snapshot = {**on(2025, 1, 1), **register}
    found = home({"water_check": [check], "household_snapshot": [snapshot]})
    assert found["water_is_unsafe"] is unsafe
    for name in ("outage", "trip", "litres", "supply"):
        assert found[f"water_{name}_is_settled"] is settled
    assert found["water_outage_days"] == 40
    assert found["water_trip_minutes"] == 30
    assert found["water_litres"] == 15
    assert found["water_supply_e4"] == 7_000


def test_each_question_about_water_has_a_day_of_its_own():
    """A later check that asks one thing leaves the others as they were, and settled."""
    tables = {
        "water_check": [
            {"outage_days": 40} | on(2025, 3, 1),
            {"quality": "poor"} | on(2025, 6, 1),
        ],
        "household_snapshot": [{"has_safe_water": True} | on(2025, 5, 1)],
    }
    found = home(tables)
    assert found["water_is_unsafe"] is True
    assert found["water_outage_is_settled"] is True
    assert found["water_outage_day"] == day_number(date(2025, 3, 1))
    assert found["water_trip_is_settled"] is True


def test_nothing_on_record_settles_nothing():
    """Neither check nor register."""
    assert home({})["water_outage_is_settled"] is None
    assert home({})["water_is_unsafe"] is None


@pytest.mark.parametrize(
    ("day", "length"),
    [((2025, 3, 15), 28), ((2024, 3, 15), 29), ((2025, 5, 31), 31), ((2025, 8, 20), 31)],
)
def test_the_month_up_to_an_outage(day, length):
    """From the same day of the month before."""
    found = home({"water_check": [{"outage_days": 40} | on(*day)]})
    assert found["water_outage_month_days"] == length


# -- the age of evidence


@pytest.mark.parametrize(("day", "is_known"), [((2024, 8, 31), True), ((2024, 8, 30), False)])
def test_evidence_of_exactly_the_limit_counts(day, is_known):
    """Twelve months before 31 August 2025 is 31 August 2024; a day earlier is too old."""
    when = on(*day)
    tables = {
        "schooling": [{"is_in_school": True, "school_state": "primary"} | when],
        "insurance": [period(valid_to=None) | when],
        "housing_check": [GRADED | when],
        "water_check": [{"quality": "good", "outage_days": 1} | when],
        "household_snapshot": [
            {"has_dropout": False, "has_uninsured_member": True, "has_safe_water": True} | when
        ],
    }
    one, house = person(tables, evidence_limit_months=12), home(tables, evidence_limit_months=12)
    known = [one["in_school"], one["covered"], house["housing_grade"], house["water_is_unsafe"]]
    known += [house["water_outage_days"], house["register_has_dropout"]]
    known += [house["register_has_uninsured"], house["register_water_is_safe"]]
    assert [value is not None for value in known] == [is_known] * len(known)
    one, house = person(tables), home(tables)
    assert None not in (one["in_school"], one["covered"], house["housing_grade"])


def test_an_age_is_no_evidence_that_grows_old():
    """The day of birth holds whatever the limit."""
    born = {"member_snapshot": [{"born_on": date(2013, 1, 1)} | on(2021, 2, 1)]}
    assert person(born, evidence_limit_months=1)["age"] == 12
