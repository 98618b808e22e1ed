"""Newest answers, members, moves and neighbours by hand."""

from __future__ import annotations

from datetime import date, timedelta

import narwhals as nw
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanpin_risk.dates import day_number, day_of
from fanpin_risk.day_columns import (
    birthday_number,
    completed_years,
    day_of_date,
    last_day_of_month,
    with_day,
)
from fanpin_risk.errors import SchemaError
from fanpin_risk.household.answers import latest_answers
from fanpin_risk.household.members import STAGES, coded
from fanpin_risk.household.placement import facts_of
from fanpin_risk.household.view import READS, county_view
from fanpin_risk.indicators.county.places import PRIOR_HOUSEHOLDS
from fanpin_risk.indicators.county.sources import source_of
from fanpin_risk.records.contracts import TABLES
from fanpin_risk.records.contracts.codes import SCHOOL_STATES
from fanpin_risk.records.timeline import known_as_of

AS_OF = date(2023, 6, 30)


def framed(columns):
    """A frame behind Narwhals."""
    return nw.from_native(pl.DataFrame(columns), eager_only=True)


# Days


@given(st.lists(st.dates(date(1900, 1, 1), date(2100, 12, 31)) | st.none(), min_size=1))
def test_days_and_ends_of_months_are_those_of_the_calendar(days):
    """By integer arithmetic, the same as by the library's calendar; none stays none."""
    frame = framed({"d": pl.Series(days, dtype=pl.Date)})
    for of in (day_of_date, last_day_of_month):
        found = with_day(frame, "n", "d", of)
        for day, number in found.select("d", "n").iter_rows():
            if day is None:
                assert number is None
            elif of is day_of_date:
                assert number == day_number(day)
            else:
                last = day_of(number)
                assert (last.year, last.month) == (day.year, day.month)
                assert (last + timedelta(days=1)).day == 1


@given(st.dates(date(1920, 1, 1), date(2020, 1, 1)), st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_age_is_in_completed_years(born_on, day):
    """One year more from the birthday on."""
    frame = framed({"b": [born_on]}).select(n=birthday_number("b"))
    age = frame.select(a=completed_years(nw.col("n"), day))["a"].item()
    assert age == day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


# Answers


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2), st.integers(0, 3), st.integers(0, 3), st.none() | st.integers(0, 4)
        ),
        min_size=1,
    )
)
def test_the_newest_answer_and_the_one_before_it(rows):
    """By hand over all rows; one pass for small answers says the same."""
    group, day, recorded, value = zip(*rows, strict=True)
    columns = {"g": group, "occurred_day": day, "recorded_day": recorded}
    frame = framed({**columns, "v": pl.Series(value, dtype=pl.Int64)})
    asked = {"x": nw.col("v")}
    found = latest_answers(frame, ["g"], asked, before=["x"])
    small = latest_answers(frame, ["g"], asked, are_small=True)
    assert found.drop("x|before").sort("g").to_native().equals(small.sort("g").to_native())
    for g, x, x_day, before in found.select("g", "x", "x|day", "x|before").iter_rows():
        told = sorted((r[1:] for r in rows if r[0] == g and r[3] is not None), reverse=True)
        assert (x, x_day) == ((told[0][2], told[0][0]) if told else (None, None))
        earlier = [t for t in told if t[0] < told[0][0]]
        assert before == (earlier[0][2] if earlier else None)


def test_an_older_answer_stands_until_a_newer_one(by_hand):
    """A snapshot that does not ask about water leaves the older answer, and that answer's age."""
    days = [date(2022, 1, 1), date(2023, 1, 1), date(2023, 6, 1)]
    answers = [(True, 4_000), (False, 6_000), (None, None)]
    home = {"place": "P1", "context_place": "C", "members": 1}
    rows = [
        home | {"occurred_on": d, "has_safe_water": water, "net_income_per_head_fen": fen}
        for d, (water, fen) in zip(days, answers, strict=True)
    ]
    found = by_hand(AS_OF, {"household_snapshot": rows})
    assert found["has_safe_drinking_water_latest"] == 0.0
    assert found["register_income_to_line_latest"] == 1.0
    assert found["register_income_to_line_change"] == 2_000 / 6_000
    assert found["days_from_register_income_age"] == (AS_OF - days[1]).days


# Members


def test_every_code_of_a_school_has_its_stage():
    """A new code of the contract must be given a stage before a column counts it."""
    assert set(STAGES) == set(SCHOOL_STATES.words)


def test_a_code_that_nobody_named_is_not_known():
    """Numbers of codes; null stays null."""
    frame = framed({"c": ["a", "b", None]})
    assert frame.select(n=coded("c", {"a": 7}))["n"].to_list() == [7, None, None]


def member(person, day=date(2021, 1, 1), **more):
    """A member snapshot of household h1."""
    return {"person_id": person, "occurred_on": day, "relation": "other"} | more


def test_members_are_those_of_the_day_and_their_newest_answers(by_hand):
    """A child turned six, a grown child left, a grandfather died, of a lodger nothing is known."""
    rows = [
        member("A", relation="head", born_on=date(1960, 7, 1), labour_skill="ordinary"),
        member("A", date(2022, 1, 1), relation="head", labour_skill="weak")
        | {"is_chronically_ill": True},
        member("B", born_on=date(2017, 6, 30), labour_skill="none"),
        member("C", born_on=date(2000, 1, 1), labour_skill="skilled"),
        member("C", date(2022, 1, 1), membership="left"),
        member("D", born_on=date(1940, 1, 1)),
        member("D", date(2023, 1, 1), membership="died"),
        member("E"),
    ]
    found = by_hand(AS_OF, {"member_snapshot": rows}, heads=9)
    expected = {
        **{"heads": 3, "aged_0_5": 0, "aged_6_15": 1, "aged_60": 1, "aged_65": 0},
        **{"able_workers": 0, "weak_workers": 1, "chronically_ill_members": 1},
        **{"head_age": 62, "dependants_share": 1.0, "no_able_worker": None},
        **{"all_aged_60": 0, "seriously_ill_members": None, "is_single": 0},
    }
    assert {name: found[f"{name}_latest"] for name in expected} == expected


def test_who_left_school_is_no_student_although_an_older_snapshot_says_so(by_hand):
    """School attended and education completed exclude each other: the newest of either counts."""
    student = member("A", born_on=date(2000, 1, 1), school_state="bachelor_4")
    done = member("A", date(2022, 9, 1), education="university")
    found = by_hand(AS_OF, {"member_snapshot": [student]})
    assert found["college_students_latest"] == 1
    assert by_hand(AS_OF, {"member_snapshot": [student, done]})["college_students_latest"] == 0


# Moves


def bill(person, day, own_fen, **more):
    """A bill of a person."""
    kind = {"bill_kind": "outpatient", "total_fen": own_fen, "own_fen": own_fen}
    return {"person_id": person, "occurred_on": day} | kind | more


EARLY = bill("Z", date(2020, 1, 1), 0, household_id="h9")


def test_bills_follow_the_person_and_stay_with_the_dead(by_hand):
    """Of a member who came, who died, and who left: what was before, and not what came after."""
    day = date(2023, 3, 1)
    members = [
        member("A"),
        member("B"),
        member("B", day, membership="died"),
        member("C"),
        member("C", day, membership="left"),
    ]
    rows = [
        EARLY,
        bill("A", day, 1_000, household_id="elsewhere"),
        bill("B", day, 2_000),
        bill("C", day - timedelta(days=1), 3_000),
        bill("C", day, 6_000),
        bill("D", day, 12_000, household_id="elsewhere"),
    ]
    found = by_hand(AS_OF, {"member_snapshot": members, "medical_bill": rows})
    assert found["own_cost_to_line_sum_12m"] == 1.0


def test_a_renumbered_household_keeps_its_history(made, columns_of_county):
    """Bills under the old number count under the new one, and the old one is nobody's."""
    home = {"place": "P1", "context_place": "C", "members": 1}
    day = date(2023, 1, 1)
    tables = {
        "household_snapshot": [
            made.row("household_snapshot", 0, household_id="old", occurred_on=made.FIRST, **home)
        ],
        "household_change": [
            made.row(
                *("household_change", 0),
                **{"household_id": "old", "other_household_id": "new"},
                change="renumbered",
                occurred_on=day,
            )
        ],
        "medical_bill": [
            made.row("medical_bill", 0, **EARLY),
            made.row("medical_bill", 1, **bill("A", day, 6_000, household_id="old")),
        ],
    }
    found = columns_of_county(tables, AS_OF, ["new", "old"], lines={"C": 6_000})
    assert found["own_cost_to_line_sum_12m"].to_list() == [1.0, None]


@pytest.mark.parametrize(
    ("change", "months_ago", "shock", "bills"),
    [
        ("split", 6, None, 0.0),
        ("moved_in", 6, None, None),
        ("split", 12, 0.0, 0.0),
        ("moved_in", 13, 0.0, 0.0),
    ],
)
def test_what_was_before_a_household_began_is_not_known(by_hand, change, months_ago, shock, bills):
    """Split off: the household's own history is missing, the members' is not; moved in: both."""
    began = AS_OF - timedelta(days=30 * months_ago + months_ago // 2)
    early = {"household_id": "h9", "occurred_on": date(2020, 1, 1), "shock_kind": "fire"}
    rows = {
        "household_change": [{"change": change, "occurred_on": began}],
        "medical_bill": [EARLY],
        "shock": [early],
    }
    found = by_hand(AS_OF, rows)
    assert found["shocks_count_12m"] == shock
    assert found["bills_count_12m"] == bills
    assert found["shocks_count_3m"] == 0.0


# Views


def test_a_loan_stands_as_it_was_last_written(by_hand):
    """Paid down, paid off, due soon: the newest of each loan, none being none."""
    rows = [
        {"loan_kind": "farm", "loan_number": "1", "occurred_on": date(2022, 1, 1)}
        | {"balance_fen": 9_000, "overdue_fen": 500},
        {"loan_kind": "farm", "loan_number": "1", "occurred_on": date(2023, 1, 1)}
        | {"balance_fen": 6_000, "overdue_fen": 0, "due_on": date(2023, 12, 31)},
        {"loan_kind": "farm", "loan_number": "2", "occurred_on": date(2023, 1, 1)}
        | {"balance_fen": 0, "overdue_fen": 0, "due_on": date(2024, 1, 1)},
    ]
    found = by_hand(AS_OF, {"loan": rows})
    assert found["debt_to_line_latest"] == 1.0
    assert found["debt_due_to_line_latest"] == 1.0
    assert (found["has_overdue_latest"], found["open_loans_latest"]) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("ends", "within_6", "within_12"),
    [
        (date(2023, 6, 30), 0, 0),
        (date(2023, 7, 1), 1, 1),
        (date(2023, 12, 31), 1, 1),
        (date(2024, 1, 1), 0, 1),
        (date(2024, 7, 1), 0, 0),
        (None, None, None),
    ],
)
def test_a_post_ends_on_its_written_day(by_hand, ends, within_6, within_12):
    """After the day of decision, up to six or twelve months ahead, the last day included."""
    month = date(2023, 5, 1)
    post = {"person_id": "A", "work_month": month, "occurred_on": month, "spell_ends_on": ends}
    rows = {"member_snapshot": [member("A")], "work_month": [post | {"public_post": "road"}]}
    found = by_hand(AS_OF, rows)
    assert found["on_public_post_latest"] == 1
    assert found["post_ends_in_6m_latest"] == within_6
    assert found["post_ends_in_12m_latest"] == within_12


def test_neighbours_make_the_share_of_a_place_and_not_the_household_itself(made, columns_of_county):
    """By hand: 2 of 3 others of the village in need, 2 of 4 in the county, drawn with 200."""
    homes = {"a": "P1", "b": "P1", "c": "P1", "d": "P1", "e": "P2"}
    tables = {
        "household_snapshot": [
            made.row(
                *("household_snapshot", n),
                **{"household_id": h, "place": place, "region": "R", "context_place": "C"},
                occurred_on=made.FIRST,
                members=1,
            )
            for n, (h, place) in enumerate(homes.items())
        ],
        "visit": [
            made.row("visit", n, household_id=h, occurred_on=day, result=result)
            for n, (h, day, result) in enumerate(
                (
                    ("a", AS_OF, "in_need"),
                    ("b", AS_OF, "in_need"),
                    ("c", date(2022, 7, 1), "in_need"),
                    ("d", date(2022, 6, 30), "in_need"),
                    ("e", made.FIRST, "no_need"),
                )
            )
        ],
    }
    found = columns_of_county(tables, AS_OF, ["a", "e"])["place_in_need_12m_latest"]
    m = PRIOR_HOUSEHOLDS
    expected = [(2 * 4 + m * 2) * 10_000 // ((3 + m) * 4), (m * 3) * 10_000 // (m * 4)]
    assert found.to_list() == [value / 10_000 for value in expected]


def test_prices_are_those_of_the_nearest_place_that_has_any(by_hand):
    """Corn of the village fell by half; the county's prices count where the village has none."""
    months = [(date(2022, 3, 1), 200), (date(2023, 3, 1), 100)]

    def prices(place, factor=1):
        return [
            {"place": place, "month": m, "occurred_on": m, "product": "corn"}
            | {"price_fen_per_kg": fen * factor**n}
            for n, (m, fen) in enumerate(months)
        ]

    county_only = by_hand(AS_OF, {"place_month": prices("C", 4)})
    assert county_only["price_change_12m_latest"] == 1.0
    both = by_hand(AS_OF, {"place_month": prices("P1") + prices("C", 4)})
    assert both["price_change_12m_latest"] == -0.5


# What is refused


def test_lines_that_cannot_be_used_are_refused(made):
    """A place twice, or a frame without a line: named with the mend."""
    tables, as_of = made.random_county(1)
    facts = facts_of(known_as_of(made.records(tables), as_of))
    lines = made.lines()
    for broken, words in (
        (lines.drop("line_fen"), r"lack the columns \['line_fen'\].* Give one line_fen"),
        (pl.concat([lines, lines]), "name a context_place twice. Give the one in force"),
    ):
        with pytest.raises(SchemaError, match=words):
            county_view(facts, nw.from_native(broken, eager_only=True))


def test_a_source_that_does_not_exist_is_refused(view_of, made):
    """The message names it and those there are."""
    county = view_of(*made.random_county(1))
    with pytest.raises(ValueError, match=r"no source 'bills'.* Known: household_snapshot, "):
        source_of(county, "bills")


def test_only_columns_of_the_contracts_are_read():
    """What is read of a table is in its contract, and nothing of the mechanism but its findings."""
    for table, columns in READS.items():
        assert set(columns) <= {*TABLES[table].names, "record_id"}, table
    mechanism = {"clue", "listing", "exit", "support_measure", "override"}
    assert not mechanism & set(READS)
    assert READS["visit"] == READS["verification"] == ("result",)
