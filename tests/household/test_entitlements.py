"""What members may be entitled to, allowances by household: by hand, and a slow second way."""

from __future__ import annotations

import random
import runpy
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import narwhals as nw
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from fanpin_risk.dates import day_number
from fanpin_risk.household.choices import AccountChoices
from fanpin_risk.household.entitlements import ENTITLEMENTS
from fanpin_risk.household.entitlements_homes import HOME_ALLOWANCES
from fanpin_risk.household.facts import day_facts
from fanpin_risk.household.placement import facts_of
from fanpin_risk.household.view import county_view
from fanpin_risk.records.timeline import known_as_of

FOLDER = Path(__file__).parents[1] / "reference"
MADE = SimpleNamespace(**runpy.run_path(str(FOLDER / "small_county_records.py")))
REFERENCE = SimpleNamespace(**runpy.run_path(str(FOLDER / "entitlements_reference.py")))
THEMES = (ENTITLEMENTS, HOME_ALLOWANCES)
WINDOWS = {"window_months": 12, "collection_first_month": 10}
FULL = {**WINDOWS, "working_age_from": 16, "working_age_to": 59, "severe_disability_level": 2}
CHOICES = (
    AccountChoices(**FULL),
    AccountChoices(**FULL, evidence_limit_months=6, age="by_calendar_year"),
    AccountChoices(**WINDOWS),
)
KEPT = (
    *("household_snapshot", "member_snapshot", "household_change"),
    *("work_month", "medical_bill", "insurance"),
)
FIRST, DAY = date(2021, 1, 1), date(2025, 8, 31)


def facts(tables, as_of, choices=CHOICES[0]):
    """Facts of the day."""
    known = known_as_of(MADE.records(tables), as_of)
    lines = nw.from_native(MADE.lines(), eager_only=True)
    return day_facts(county_view(facts_of(known), lines), choices, THEMES)


def roughened(seed):
    """A county at random in which members' answers, bills and covers of every kind occur."""
    made, as_of = MADE.random_county(seed)
    tables = {name: made[name] for name in KEPT if name in made}
    rng = random.Random(seed)
    for row in tables["member_snapshot"]:
        row["dibao"] = rng.choice(("none", "none", None, "urban", "rural"))
        for name in ("has_medical_aid", "has_resident_pension", "has_employee_pension"):
            row[name] = rng.choice((True, False, None))
        if rng.random() < 0.4:
            row["labour_skill"] = rng.choice((None, "weak", "lost", "none", "none"))
            row["disability_level"] = rng.choice((None, 1, 2, 3))
            row["is_seriously_ill"] = rng.choice((True, False, None))
    for row in tables.get("medical_bill", []):
        row["illness_class"] = rng.choice((None, "ordinary", "treatment_list"))
    for row in tables.get("insurance", []):
        row["insurance"] = rng.choice(
            ("basic_medical", "employee_medical", "pension", "employee_pension", "crop")
        )
        row["valid_from"] = rng.choice((as_of, as_of + timedelta(days=1), date(2021, 3, 1)))
        row["valid_to"] = rng.choice((None, as_of, as_of - timedelta(days=1)))
        row["premium_fen"] = rng.choice((None, 0, 38_000))
        row["premium_aid_fen"] = rng.choice((None, 0, 19_000))
    return tables, as_of


def compared(seed, choices):
    """Facts of a county at random, which equal the reference."""
    tables, as_of = roughened(seed)
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
            frame = found.persons if name in ENTITLEMENTS.columns else found.homes
            values |= set(frame[name].to_list())
    assert {name for name, values in seen.items() if len(values - {None}) < 2} == set()
    never_unknown = {name for name in seen if name.startswith("n_")} - {"n_treatment_bills"}
    assert {name for name, values in seen.items() if None not in values} <= never_unknown
    classes = {"able", "weak", "lost", "none", "not_yet"}
    assert seen["labour_class"] - {None} == classes


def test_without_member_snapshots_nothing_is_known():
    """No snapshots of members: nobody belongs to anything, and no household has a count."""
    home = {"household_id": "h1", "place": "V1", "context_place": "C", "members": 1}
    rows = [MADE.row("household_snapshot", 0, occurred_on=FIRST, **home)]
    found = facts({"household_snapshot": rows}, DAY)
    assert len(found.persons) == 0
    assert {found.homes[name].to_list()[0] for name in HOME_ALLOWANCES.columns} == {None}


def of_home(*members, **tables):
    """Facts of h1, whose members are given by what their one snapshot says; and of p0."""
    home = {"household_id": "h1", "place": "V1", "context_place": "C", "members": 1}
    made = {
        "household_snapshot": [MADE.row("household_snapshot", 0, occurred_on=FIRST, **home)],
        "member_snapshot": [
            MADE.row(
                "member_snapshot", n, household_id="h1", person_id=f"p{n}", relation="head",
                **{"occurred_on": FIRST, **said},
            )
            for n, said in enumerate(members)
        ],
    }  # fmt: skip
    for name, rows in tables.items():
        made[name] = [
            MADE.row(name, n, **{"household_id": "h1", "person_id": "p0", **values})
            for n, values in enumerate(rows)
        ]
    found = facts(made, DAY)
    return found.homes.rows(named=True)[0], found.persons.rows(named=True)[0]


@pytest.mark.parametrize(
    ("members", "is_on"),
    [
        ([{"dibao": "rural"}], True),
        ([{"dibao": "rural", "is_seriously_ill": True, "is_disabled": False}], True),
        ([{"dibao": "rural", "is_seriously_ill": True}, {"dibao": "none"}], False),
        ([{"dibao": "rural", "disability_level": 2}, {"dibao": "none"}], False),
        (
            [
                {"dibao": "rural", "disability_level": 3, "is_seriously_ill": False},
                {"dibao": "none"},
            ],
            True,
        ),
        ([{"dibao": "rural"}, {"dibao": "none"}], None),
        ([{"dibao": "none"}, {}], None),
        ([{"dibao": "rural", "is_seriously_ill": True}, {"is_seriously_ill": True}], None),
        ([{"dibao": "none"}, {"is_seriously_ill": True}], False),
        ([{"dibao": "none"}, {"dibao": "none"}], False),
    ],
)
def test_a_household_on_the_allowance_is_not_one_member_alone(members, is_on):
    """Only the severely disabled and seriously ill enter alone; anybody else is a household's."""
    assert of_home(*members)[0]["is_dibao_household"] is is_on


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"labour_skill": "ordinary"}, "able"),
        ({"labour_skill": "weak"}, "weak"),
        ({"labour_skill": "lost", "born_on": date(2015, 1, 1)}, "lost"),
        ({"labour_skill": "none", "born_on": date(2009, 9, 1)}, "not_yet"),
        ({"labour_skill": "none", "born_on": date(2009, 8, 31)}, None),
        ({"labour_skill": "none", "born_on": date(2009, 8, 31), "education": "junior"}, "none"),
        ({"labour_skill": "none", "born_on": date(2009, 8, 31), "school_state": "senior_1"},
         "not_yet"),
        ({"labour_skill": "none", "born_on": date(1965, 8, 31)}, "none"),
        ({"labour_skill": "none", "born_on": date(1965, 9, 1)}, None),
        ({"labour_skill": "none", "education": "junior"}, None),
        ({"born_on": date(1965, 8, 31)}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_the_class_of_labour(said, expected):
    """A child or pupil is not yet able; without capacity is who is grown up and left school."""
    assert of_home(said)[1]["labour_class"] == expected


def test_who_lives_alone_and_whose_company_is_known():
    """One at home; the other away, at home, or not known."""
    here, away = {"membership": "present"}, {"membership": "away"}
    for second, alone, present, unsaid in (
        (away, True, 0, 0),
        (here, False, 1, 0),
        ({}, None, 0, 1),
    ):
        home, person = of_home(here, second)
        assert home["lives_alone"] is alone
        assert (person["n_others_present"], person["n_others_open"]) == (present, unsaid)
    assert of_home(away)[0]["lives_alone"] is False


@pytest.mark.parametrize(
    ("periods", "due"),
    [
        ([{"valid_to": DAY}], True),
        ([{"valid_to": DAY - timedelta(days=1)}], None),
        ([{}], True),
        ([{"premium_fen": 0}], False),
        ([{"premium_fen": None}], None),
        ([{"is_covered": False, "premium_fen": None}], False),
        ([{"insurance": "employee_medical"}], False),
        ([{"insurance": "pension"}], None),
        ([{"valid_from": DAY + timedelta(days=1)}], None),
        ([{}, {"valid_from": DAY, "premium_fen": 0}], False),
    ],
)
def test_a_premium_that_is_due(periods, due):
    """The newest period begun by the day, its last day included; over, it tells nothing."""
    whole = {
        "insurance": "basic_medical",
        "is_covered": True,
        "valid_from": FIRST,
        "premium_fen": 38_000,
        "occurred_on": FIRST,
    }
    rows = [whole | period for period in periods]
    assert of_home({}, insurance=rows)[1]["is_medical_premium_due"] is due


def test_a_disability_newly_severe():
    """The run of severe answers after the last one that was not."""
    days = [date(2022, 3, 1), date(2024, 3, 1), date(2025, 3, 1)]
    snapshots = [{"disability_level": level} for level in (3, 2, 1)]
    home = {"household_id": "h1", "place": "V1", "context_place": "C", "members": 1}
    tables = {
        "household_snapshot": [MADE.row("household_snapshot", 0, occurred_on=FIRST, **home)],
        "member_snapshot": [
            MADE.row(
                "member_snapshot", n, household_id="h1", person_id="p1", relation="head",
                occurred_on=day, **said,
            )
            for n, (day, said) in enumerate(zip(days, snapshots, strict=True))
        ],
    }  # fmt: skip
    row = facts(tables, DAY).persons.rows(named=True)[0]
    assert (row["no_severe_day"], row["severe_since_day"]) == (
        day_number(days[0]),
        day_number(days[1]),
    )
