"""Facts of spending by hand: windows, what is complete, groups, and what school costs."""

from __future__ import annotations

import runpy
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import narwhals as nw
import pytest

from fanpin_risk.dates import day_of
from fanpin_risk.household.choices import AccountChoices
from fanpin_risk.household.facts import day_facts
from fanpin_risk.household.placement import facts_of
from fanpin_risk.household.spending import HOUSEHOLD_SPENDING, ITEMS
from fanpin_risk.household.spending_groups import SPENDING_GROUPS
from fanpin_risk.household.spending_medical import PERSON_SPENDING
from fanpin_risk.household.spending_school import PERSON_SCHOOL_COST
from fanpin_risk.household.themes import THEMES
from fanpin_risk.household.view import county_view
from fanpin_risk.records.timeline import known_as_of

REFERENCE = Path(__file__).parents[1] / "reference"
MADE = SimpleNamespace(**runpy.run_path(str(REFERENCE / "small_county_records.py")))
AS_OF = date(2025, 8, 31)
LONG_AGO = date(2020, 1, 1)
OF_TABLE = {
    "medical_bill": {"bill_kind": "inpatient", "own_fen": 0, "compliant_own_fen": 0},
    "rigid_spending": {"item": "care", "amount_fen": 0, "is_compliant": True},
    "schooling": {},
    "income_item": {"item": "pension", "amount_fen": 1},
}
STRANGER = {"person_id": "q", "household_id": "other", "occurred_on": LONG_AGO}
"""Somebody else's row: the table is kept from that day on."""


def found(as_of=AS_OF, *, members=(), snapshots=(), changes=(), choices=None, **tables):
    """Facts of household h and its member p, as ``(home, person)``; others are strangers."""
    homes = [{"household_id": h, "occurred_on": LONG_AGO} for h in ("h", "other")]
    people = [
        {"person_id": p, "household_id": h, "occurred_on": LONG_AGO}
        for p, h in (("p", "h"), ("q", "other"))
    ]
    given = {
        "household_snapshot": [*homes, *snapshots],
        "member_snapshot": [*people, *members],
        "household_change": list(changes),
        **tables,
    }
    rows = {
        name: [
            MADE.row(name, n, **{**OF_TABLE.get(name, {}), **defaults(name), **values})
            for n, values in enumerate(found_rows)
        ]
        for name, found_rows in given.items()
    }
    lines = nw.from_native(MADE.lines(), eager_only=True)
    view = county_view(facts_of(known_as_of(MADE.records(rows), as_of)), lines)
    chosen = AccountChoices(window_months=12, collection_first_month=10, **(choices or {}))
    themes = (HOUSEHOLD_SPENDING, SPENDING_GROUPS, PERSON_SPENDING, PERSON_SCHOOL_COST)
    facts = day_facts(view, chosen, themes)
    (home,) = facts.homes.filter(nw.col("household_id") == "h").to_native().iter_rows(named=True)
    mine = facts.persons.filter(nw.col("person_id") == "p").to_native()
    return home, next(iter(mine.iter_rows(named=True)), None)


def defaults(table):
    """Where rows stand that do not say."""
    place = {"place": "P", "region": "R", "context_place": "C", "members": 1}
    return {
        "household_snapshot": place,
        "member_snapshot": {"relation": "head"},
        "medical_bill": {"person_id": "p", "total_fen": 0},
        "schooling": {"person_id": "p"},
        "rigid_spending": {"household_id": "h"},
        "income_item": {"household_id": "h", "period_from": LONG_AGO, "period_to": LONG_AGO},
    }.get(table, {})


def bills(*given, as_of=AS_OF, **more):
    """Facts of bills ``day, kind, own cost``; bills are kept since long ago."""
    rows = [{"occurred_on": day, "bill_kind": kind, "own_fen": own} for day, kind, own in given]
    return found(as_of, medical_bill=[STRANGER, *rows], **more)


def dated(facts, name):
    """A day number as a day."""
    return None if facts[name] is None else day_of(facts[name])


def test_no_fact_has_two_themes():
    """Columns of all themes of a level differ, so that each fact says one thing."""
    for level in ("household", "person"):
        names = [name for theme in THEMES if theme.level == level for name in theme.columns]
        assert len(names) == len(set(names))


def test_the_year_begins_on_1_january_and_the_twelve_months_a_year_back():
    """First and last day of each window, and the days just before."""
    home, person = bills(
        (date(2024, 8, 31), "pharmacy", 1),
        (date(2024, 9, 1), "pharmacy", 20),
        (date(2024, 12, 31), "pharmacy", 300),
        (date(2025, 1, 1), "pharmacy", 4_000),
        (AS_OF, "pharmacy", 50_000),
    )
    assert (person["own_cost_year_fen"], person["own_cost_12m_fen"]) == (54_000, 54_320)
    assert home["household_own_cost_year_fen"] == 54_000
    assert dated(person, "own_cost_year_day") == AS_OF
    assert (person["has_bills_of_year"], person["has_bills_of_12m"]) == (True, True)
    assert home["medical_own_12m_fen"] == 54_320


def test_what_is_entered_for_a_later_day_has_not_happened():
    """A bill of tomorrow counts nowhere."""
    _, person = bills((AS_OF + timedelta(days=1), "inpatient", 5))
    assert (person["own_cost_year_fen"], person["stay_own_fen"]) == (0, 0)


def test_the_dearest_stay_of_the_year_is_one_bill():
    """Stays are not added up, nothing else is a stay, and last year's do not count."""
    _, person = bills(
        (date(2024, 12, 31), "inpatient", 900),
        (date(2025, 2, 1), "inpatient", 300),
        (date(2025, 3, 1), "inpatient", 300),
        (date(2025, 4, 1), "inpatient", 200),
        (date(2025, 5, 1), "outpatient", 800),
    )
    assert (person["stay_own_fen"], dated(person, "stay_day")) == (300, date(2025, 3, 1))
    first = bills((date(2025, 1, 1), "inpatient", 7))[1]
    assert (first["stay_own_fen"], dated(first, "stay_day")) == (7, date(2025, 1, 1))
    nothing = bills()[1]
    assert (nothing["stay_own_fen"], nothing["stay_day"]) == (0, None)


@pytest.mark.parametrize(
    ("july", "august", "expected"),
    [
        (60, 50, (60, date(2025, 7, 31))),
        (50, 50, (50, AS_OF)),
        (50, 60, (60, AS_OF)),
        (0, 0, (0, None)),
    ],
)
def test_a_month_as_an_outpatient_is_this_one_or_the_dearer_one_before(july, august, expected):
    """Pooled and special bills of a calendar month together; no stay and no pharmacy."""
    _, person = bills(
        (date(2025, 6, 30), "outpatient", 9_999),
        (date(2025, 7, 1), "outpatient", july // 2),
        (date(2025, 7, 31), "outpatient_special", july - july // 2),
        (date(2025, 8, 1), "outpatient", august),
        (AS_OF, "inpatient", 7_777),
        (AS_OF, "pharmacy", 7_777),
    )
    month = person["outpatient_month_own_fen"], dated(person, "outpatient_month_day")
    assert month == expected


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        (date(2024, 9, 30), (True, True, True)),
        (date(2024, 10, 2), (None, True, True)),
        (date(2025, 1, 31), (None, True, True)),
        (date(2025, 2, 1), (None, None, True)),
        (date(2025, 7, 31), (None, None, True)),
        (date(2025, 8, 1), (None, None, None)),
    ],
)
def test_no_bill_means_no_cost_only_where_bills_are_kept(first, expected):
    """From a month into the window at the latest; before that no bill is no answer."""
    home, person = found(medical_bill=[STRANGER | {"occurred_on": first}])
    told = [person[f"has_bills_of_{of}"] for of in ("12m", "year", "months")]
    assert tuple(told) == expected
    assert person["own_cost_year_fen"] == 0
    assert home["household_has_bills_of_year"] is expected[1]


def test_without_bills_nothing_is_known_of_medical_cost():
    """A table that is not kept gives no zeros."""
    home, person = found()
    assert {person[name] for name in PERSON_SPENDING.columns} == {None}
    assert (home["household_own_cost_year_fen"], home["medical_own_12m_fen"]) == (None, None)
    assert (home["compliant_own_12m_known_fen"], home["compliant_own_12m_open"]) == (0, 2)
    assert home["n_cost_tables_kept"] == 0


def test_who_moved_in_this_year_may_have_bills_elsewhere():
    """Bills reach back to the day of moving in; a split-off household brings its bills along."""
    changes = [{"household_id": "h", "occurred_on": date(2025, 5, 1), "change": "moved_in"}]
    home, person = bills((date(2025, 6, 1), "inpatient", 8), changes=changes)
    assert (person["own_cost_year_fen"], person["has_bills_of_year"]) == (8, None)
    assert home["household_has_bills_of_year"] is None
    split = [changes[0] | {"change": "split", "other_household_id": "other"}]
    home, person = bills(changes=split, rigid_spending=[STRANGER])
    assert person["has_bills_of_year"] is True
    assert (home["is_compliant_own_12m_upper_known"], home["n_cost_tables_kept"]) == (False, 1)


def test_who_died_leaves_the_cost_to_the_household():
    """The household's year includes it; nobody who is there now has it."""
    died = {"person_id": "d", "household_id": "h"}
    home, person = found(
        members=[
            died | {"occurred_on": LONG_AGO, "membership": "present"},
            died | {"occurred_on": date(2025, 5, 1), "membership": "died"},
        ],
        medical_bill=[STRANGER, {"person_id": "d", "occurred_on": AS_OF, "own_fen": 70}],
    )
    assert (home["household_own_cost_year_fen"], person["own_cost_year_fen"]) == (70, 0)


def test_spending_stands_by_item_and_compliant_spending_between_two_bounds():
    """What is not marked as compliant may be; what is marked as not is not."""
    year_ago = date(2024, 8, 31)
    home, _ = found(
        medical_bill=[
            STRANGER,
            {"occurred_on": AS_OF, "own_fen": 100, "compliant_own_fen": 80},
            {"occurred_on": AS_OF, "own_fen": 1_000, "compliant_own_fen": None},
            {"occurred_on": year_ago, "own_fen": 9, "compliant_own_fen": 9},
        ],
        rigid_spending=[
            STRANGER,
            {"occurred_on": AS_OF, "item": "care", "amount_fen": 5, "is_compliant": True},
            {"occurred_on": AS_OF, "item": "water", "amount_fen": 7, "is_compliant": False},
            {"occurred_on": AS_OF, "item": "water", "amount_fen": 11, "is_compliant": None},
            {"occurred_on": year_ago, "item": "care", "amount_fen": 13, "is_compliant": True},
        ],
    )
    assert (home["compliant_own_12m_known_fen"], home["compliant_own_12m_open"]) == (85, 2)
    assert home["compliant_own_12m_upper_fen"] == 1_096
    assert home["is_compliant_own_12m_upper_known"] is True
    assert (home["medical_own_12m_fen"], home["medical_compliant_12m_fen"]) == (1_100, 80)
    spent = {item: home[f"{item}_spending_12m_fen"] for item in ITEMS}
    assert spent == dict.fromkeys(ITEMS, 0) | {"care": 5, "water": 18}
    assert (home["n_cost_tables_kept"], dated(home, "compliant_own_12m_day")) == (2, AS_OF)


def test_the_burden_is_of_as_many_months_as_are_chosen():
    """Six months begin the day after the last day of February."""
    spent = [
        {"occurred_on": day, "amount_fen": amount}
        for day, amount in ((date(2025, 2, 28), 1), (date(2025, 3, 1), 20), (AS_OF, 300))
    ]
    tables = {"rigid_spending": [STRANGER, *spent], "medical_bill": [STRANGER]}
    home, _ = found(choices={"rigid_window_months": 6}, **tables)
    assert (home["rigid_window_months"], home["rigid_known_fen"]) == (6, 320)
    assert (home["rigid_upper_fen"], home["compliant_own_12m_known_fen"]) == (320, 321)
    assert found(**tables)[0]["rigid_window_months"] == 12


@pytest.mark.parametrize(
    ("said", "others", "expected"),
    [
        ("out_of_poverty", None, True),
        ("general", None, False),
        (None, "general", False),
        (None, None, None),
    ],
)
def test_the_register_names_whoever_was_registered_poor(said, others, expected):
    """A household that it does not name is not; without any types nobody knows."""
    snapshots = [
        {"household_id": home, "occurred_on": AS_OF, "household_type": kind}
        for home, kind in (("h", said), ("other", others))
    ]
    home, _ = found(snapshots=snapshots)
    assert home["is_formerly_poor"] is expected
    assert dated(home, "formerly_poor_day") == (None if said is None else AS_OF)


@pytest.mark.parametrize(
    ("said", "eliminated", "others", "expected"),
    [
        ("marginal", False, None, True),
        ("marginal", True, None, False),
        ("marginal", None, None, None),
        (None, None, "sudden", False),
        (None, None, None, None),
    ],
)
def test_listed_is_whom_the_register_names_with_a_risk_not_eliminated(
    said, eliminated, others, expected
):
    """A type alone does not say whether the risk is gone."""
    snapshots = [
        {
            "household_id": "h",
            "occurred_on": AS_OF,
            "monitored_type": said,
            "is_risk_eliminated": eliminated,
        },
        {"household_id": "other", "occurred_on": AS_OF, "monitored_type": others},
    ]
    assert found(snapshots=snapshots)[0]["is_listed_on_register"] is expected


NEW_YEAR = date(2025, 1, 1)


@pytest.mark.parametrize(
    ("dibao", "tekun", "paid_on", "others_paid_on", "expected"),
    [
        ("rural", None, None, None, True),
        ("none", "rural", None, None, True),
        ("none", "none", None, None, False),
        ("none", None, None, None, None),
        (None, None, NEW_YEAR, None, True),
        (None, None, NEW_YEAR - timedelta(days=1), None, None),
        (None, None, None, NEW_YEAR, False),
        ("none", "none", AS_OF, None, True),
        ("none", "none", date(2025, 3, 1), None, True),
        ("none", "none", NEW_YEAR, None, False),
    ],
)
def test_an_allowance_is_told_by_the_member_or_by_this_years_payment(
    dibao, tekun, paid_on, others_paid_on, expected
):
    """A later no of every member ends it; payments of others tell that there was none here."""
    paid = {"item": "dibao", "amount_fen": 1}
    payments = [
        paid | {"household_id": home, "occurred_on": day}
        for home, day in (("h", paid_on), ("other", others_paid_on))
        if day is not None
    ]
    answered = {"person_id": "p", "household_id": "h", "occurred_on": date(2025, 3, 1)}
    home, _ = found(members=[answered | {"dibao": dibao, "tekun": tekun}], income_item=payments)
    assert home["is_on_allowance"] is expected


def test_an_allowance_in_a_yearly_account_is_no_payment_of_this_year():
    """Neither is a payment of nothing."""
    paid = {"occurred_on": AS_OF, "item": "dibao", "amount_fen": 1}
    for row in (paid | {"window": "rolling"}, paid | {"amount_fen": 0}):
        assert found(income_item=[row])[0]["is_on_allowance"] is None


def pupil(*records, members=(), month=9, as_of=AS_OF):
    """Facts of school of p; the office keeps records since long ago, and of this school year."""
    of_year = STRANGER | {"occurred_on": as_of}
    said = [{"person_id": "p", **record} for record in records]
    _, person = found(
        as_of,
        schooling=[STRANGER, of_year, *said],
        members=[{"person_id": "p", "household_id": "h", **member} for member in members],
        choices={"school_year_first_month": month},
    )
    return person


SENIOR = {"school_state": "senior_2", "is_in_school": True}
FIRST = date(2024, 9, 1)


def test_the_newest_record_of_the_school_year_states_cost_and_aid():
    """From the first day of the school year; a record without a cost leaves the older one."""
    person = pupil(
        SENIOR | {"occurred_on": FIRST, "cost_fen": 900, "aid_fen": 100},
        SENIOR | {"occurred_on": date(2025, 3, 1)},
    )
    assert person["is_in_upper_secondary"] is True
    assert (person["school_cost_fen"], person["school_net_cost_fen"]) == (900, 800)
    assert dated(person, "school_cost_day") == FIRST
    assert dated(person, "upper_secondary_day") == date(2025, 3, 1)
    last_year = pupil(SENIOR | {"occurred_on": FIRST - timedelta(days=1), "cost_fen": 900})
    assert (last_year["is_in_upper_secondary"], last_year["school_cost_fen"]) == (False, None)


def test_aid_that_is_not_told_leaves_what_is_left_open():
    """Also where an older record told both."""
    person = pupil(
        SENIOR | {"occurred_on": FIRST, "cost_fen": 500, "aid_fen": 100},
        SENIOR | {"occurred_on": date(2025, 3, 1), "cost_fen": 900},
    )
    assert (person["school_cost_fen"], person["school_net_cost_fen"]) == (900, None)


def test_without_a_first_month_records_of_twelve_months_count():
    """Up to the day, the same day last year left out."""
    record = SENIOR | {"cost_fen": 5}
    assert pupil(record | {"occurred_on": FIRST}, month=None)["school_cost_fen"] == 5
    before = FIRST - timedelta(days=1)
    assert pupil(record | {"occurred_on": before}, month=None)["school_cost_fen"] is None


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("grade_9", False),
        ("senior_1", True),
        ("vocational_3", True),
        ("higher_vocational_1", False),
        ("technician_1", False),
    ],
)
def test_upper_secondary_is_general_or_vocational_senior_school(state, expected):
    """Colleges are not, and neither are the nine grades."""
    record = {"occurred_on": AS_OF, "school_state": state, "is_in_school": True}
    assert pupil(record)["is_in_upper_secondary"] is expected


def test_whom_neither_office_nor_register_names_is_at_no_school():
    """Only while the office has records of this year; the register's word counts otherwise."""
    assert pupil()["is_in_upper_secondary"] is False
    at_senior = {"occurred_on": LONG_AGO + timedelta(days=1), "school_state": "senior_1"}
    assert pupil(members=[at_senior])["is_in_upper_secondary"] is True
    _, before = found(schooling=[STRANGER], choices={"school_year_first_month": 9})
    assert before["is_in_upper_secondary"] is None
    _, none = found()
    assert (none["is_in_upper_secondary"], none["school_cost_fen"]) == (None, None)
    gone = pupil(SENIOR | {"occurred_on": AS_OF, "is_in_school": False})
    assert gone["is_in_upper_secondary"] is False
