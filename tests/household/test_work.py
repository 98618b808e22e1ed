"""Work for pay and public-welfare posts by hand and against the slow second implementation."""

from __future__ import annotations

import runpy
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from fanpin_risk.household.work import POSTS, WORK

REFERENCE = Path(__file__).parents[1] / "reference"
C = SimpleNamespace(**runpy.run_path(str(REFERENCE / "shocks_work_county.py")))
EARLY = C.EARLY
MEMBERS = [
    {"person_id": person, "occurred_on": EARLY, "relation": "other"} for person in ("A", "B", "C")
]
LONG_AGO = {"work_month": date(2021, 1, 1), "occurred_on": EARLY, "person_id": "Z"}
"""Somebody's month: the table is kept from then on."""


def month(person, year, number, fen=1_000, **more):
    """A month of work."""
    day = date(year, number, 1)
    return {"person_id": person, "work_month": day, "occurred_on": day, "wage_fen": fen} | more


def work(*months, as_of=C.AS_OF, **more):
    """Facts of household h, asked on 30 June 2023: the window is June 2022 to May 2023."""
    tables = {"member_snapshot": MEMBERS, "work_month": [LONG_AGO, *months]}
    return C.of_one(WORK, as_of, **tables | more)


def post(*months, as_of=C.AS_OF):
    """Facts of member A."""
    tables = {"member_snapshot": MEMBERS, "work_month": [LONG_AGO, *months]}
    _, persons = C.found(C.by_hand(**tables), [POSTS], as_of)
    return persons["A"]


@pytest.mark.parametrize("theme", [WORK, POSTS], ids=lambda theme: theme.name)
def test_work_equals_the_reference(theme):
    """Random months, late and corrected, of members who moved, left or died."""
    C.assert_equal_and_rich(theme, range(5))


@pytest.mark.parametrize(("theme", "column"), [(WORK, "wage_fen"), (POSTS, "public_post")])
def test_a_wrong_value_is_noticed(theme, column):
    """The comparison can fail."""
    other = {"wage_fen": 7, "public_post": "road"}[column]
    C.assert_can_fail(theme, "work_month", lambda row: row | {column: other})


def test_the_window_ends_with_the_month_before_the_day():
    """June 2022 is in it; May 2022 and June 2023 are not."""
    months = [month("A", 2022, 5, 1), month("A", 2022, 6, 20), month("A", 2023, 5, 300)]
    found = work(*months, month("A", 2023, 6, 4_000))
    assert found["wages_12m_known_fen"] == 320
    assert C.dated(found, "earliest_last_month_day") == date(2023, 6, 30)


def test_a_month_that_is_not_over_is_not_known():
    """On 29 June, June has not been worked."""
    months = [month("A", 2023, 5), month("A", 2023, 6)]
    found = work(*months, as_of=date(2023, 6, 29))
    assert C.dated(found, "earliest_last_month_day") == date(2023, 5, 31)


def test_who_has_been_without_work_for_longest_is_told():
    """B stopped in February; C last worked before the window, and is no worker of it."""
    months = [month("A", 2023, 5), month("B", 2023, 2), month("C", 2022, 5)]
    found = work(*months)
    assert C.dated(found, "earliest_last_month_day") == date(2023, 2, 28)
    assert found["n_workers_12m"] == 2


def test_wages_of_who_worked_few_months_are_not_steady():
    """A worked five months, B six; two jobs in one month are one month."""
    five = [month("A", 2023, n, 10) for n in range(1, 6)]
    six = [month("B", 2022, n, 1_000) for n in range(7, 13)]
    found = work(*five, month("A", 2023, 5, 7, employer_kind="building"), *six)
    assert found["unstable_wages_12m_known_fen"] == 57
    assert found["wages_12m_known_fen"] == 6_057
    assert work(*six)["unstable_wages_12m_known_fen"] == 0


def test_a_month_without_its_wage_is_open():
    """Counted once a month and member, whatever else was earned in it."""
    found = work(
        month("A", 2023, 5, None), month("A", 2023, 5, 9, employer_kind="x"), month("B", 2023, 5)
    )
    assert (found["wages_12m_known_fen"], found["wages_12m_open"]) == (1_009, 1)
    assert found["unstable_wages_12m_open"] == 1


def test_without_the_choice_of_steady_months_nothing_is_unsteady():
    """Not known, rather than none."""
    found = work(month("A", 2023, 5), changed={"stable_work_months": None})
    assert found["unstable_wages_12m_known_fen"] is None
    assert found["unstable_wages_12m_open"] is None
    assert found["n_workers_12m"] == 1


@pytest.mark.parametrize(("begins", "n"), [(date(2022, 6, 1), 1), (date(2022, 7, 1), None)])
def test_workers_are_counted_where_months_are_kept_for_the_whole_window(begins, n):
    """Kept from June 2022 on, or from July."""
    first = LONG_AGO | {"work_month": begins}
    tables = {"member_snapshot": MEMBERS, "work_month": [first, month("A", 2023, 5)]}
    found = C.of_one(WORK, **tables)
    assert found["n_workers_12m"] == n
    assert (found["unstable_wages_12m_known_fen"] is None) == (n is None)
    assert found["wages_12m_known_fen"] == 1_000


@pytest.mark.parametrize(("day", "n"), [(date(2022, 6, 1), 0), (date(2022, 6, 2), None)])
def test_of_a_household_that_moved_in_the_months_before_are_not_known(day, n):
    """Moved in on the first day of the window, or a day later."""
    found = work(household_change=[{"change": "moved_in", "occurred_on": day}])
    assert found["n_workers_12m"] == n


def test_months_of_a_member_who_died_are_left_out():
    """Only who belongs on the day can have stopped working."""
    gone = [*MEMBERS, MEMBERS[0] | {"occurred_on": date(2023, 4, 1), "membership": "died"}]
    found = work(month("A", 2023, 1), month("B", 2023, 5), member_snapshot=gone)
    assert C.dated(found, "earliest_last_month_day") == date(2023, 5, 31)
    assert found["wages_12m_known_fen"] == 1_000


def test_without_months_of_work_nothing_is_known():
    """The table is not kept."""
    assert C.all_null(WORK, member_snapshot=MEMBERS)
    _, persons = C.found(C.by_hand(member_snapshot=MEMBERS), [POSTS])
    assert {persons["A"][name] for name in POSTS.columns} == {None}


# posts


def test_the_newest_month_tells_whether_somebody_is_on_a_post():
    """On one in May; off it since other work in June; never."""
    on = month("A", 2023, 5, 500, public_post="cleaner", spell_ends_on=date(2023, 12, 31))
    found = post(on)
    assert (found["is_on_post"], found["post"], found["post_wage_fen"]) == (True, "cleaner", 500)
    assert C.dated(found, "post_month_day", "post_end_day") == [
        date(2023, 5, 31),
        date(2023, 12, 31),
    ]
    off = post(on, month("A", 2023, 6))
    assert (off["is_on_post"], off["post"]) == (False, "cleaner")
    assert post()["is_on_post"] is False
    assert post(month("A", 2023, 5))["post_month_day"] is None


def test_a_post_and_another_job_in_one_month_are_a_post():
    """And of two posts the earlier end counts; an end that is not written is none."""
    on = month("A", 2023, 5, 500, public_post="road", spell_ends_on=date(2023, 12, 31))
    other = on | {"public_post": "care", "spell_ends_on": date(2023, 9, 30), "wage_fen": 70}
    found = post(on, other, month("A", 2023, 5, 9))
    assert (found["is_on_post"], found["post_wage_fen"]) == (True, 570)
    assert C.dated(found, "post_end_day") == date(2023, 9, 30)
    assert post(on | {"spell_ends_on": None})["post_end_day"] is None
    assert post(on | {"wage_fen": None})["post_wage_fen"] is None
