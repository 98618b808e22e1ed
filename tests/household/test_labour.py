"""Labour capacity of households by hand and against the slow second implementation."""

from __future__ import annotations

import runpy
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from fanpin_risk.household.labour import LABOUR_THEME

REFERENCE = Path(__file__).parents[1] / "reference"
C = SimpleNamespace(**runpy.run_path(str(REFERENCE / "shocks_work_county.py")))
NAMES = ("n_members", "n_able", "n_weak", "n_unable", "n_labour_unknown")


def member(person, day=C.EARLY, **more):
    """A member of household h."""
    return {"person_id": person, "occurred_on": day, "relation": "other"} | more


def labour(*members, **more):
    """Facts of household h."""
    return C.of_one(LABOUR_THEME, member_snapshot=list(members), **more)


def counts(*members, **more):
    """Members, able, weak, without labour, not known."""
    found = labour(*members, **more)
    return tuple(found[name] for name in NAMES)


def test_labour_equals_the_reference():
    """Newest answers of random members, some of whom nobody ever asked."""
    C.assert_equal_and_rich(LABOUR_THEME, range(5))


def test_a_wrong_answer_is_noticed():
    """The comparison can fail."""
    C.assert_can_fail(LABOUR_THEME, "member_snapshot", lambda row: row | {"labour_skill": "weak"})


def test_members_by_what_they_can_do():
    """Ordinary and skilled are able, weak is weak, lost and none are without."""
    skills = ("ordinary", "skilled", "weak", "lost", "none", None)
    members = [member(f"P{n}", labour_skill=skill) for n, skill in enumerate(skills)]
    assert counts(*members) == (6, 2, 1, 2, 1)


@pytest.mark.parametrize(
    ("born_on", "n_unable"), [(date(2007, 7, 1), 1), (date(2007, 6, 30), 0), (None, 0)]
)
def test_of_a_child_nobody_has_to_write_that_it_has_no_labour(born_on, n_unable):
    """Fifteen and sixteen on 30 June 2023; an age that is not known says nothing."""
    assert counts(member("A", born_on=born_on)) == (1, 0, 0, n_unable, 1 - n_unable)


def test_a_pupil_has_no_labour_until_an_education_is_completed():
    """At school: none; done with it: not known; what is written counts first."""
    pupil = member("A", born_on=date(2003, 1, 1), school_state="bachelor_1")
    assert counts(pupil) == (1, 0, 0, 1, 0)
    assert counts(pupil, member("A", date(2022, 1, 1), education="college")) == (1, 0, 0, 0, 1)
    assert counts(pupil | {"labour_skill": "ordinary"}) == (1, 1, 0, 0, 0)


def test_without_a_working_age_a_child_is_not_known():
    """The choice is missing."""
    child = member("A", born_on=date(2015, 1, 1))
    assert counts(child, changed={"working_age_from": None}) == (1, 0, 0, 0, 1)


def test_working_age_includes_both_ends():
    """15, 16, 59, 60 and not known: two of working age, one of them able."""
    births = [date(2007, 7, 1), date(2007, 6, 30), date(1963, 7, 1), date(1963, 6, 30), None]
    members = [member(f"P{n}", born_on=day) for n, day in enumerate(births)]
    members[1]["labour_skill"] = members[4]["labour_skill"] = "ordinary"
    found = labour(*members)
    assert (found["n_working_age"], found["n_able_working_age"]) == (2, 1)
    none = labour(*members, changed={"working_age_to": None})
    assert (none["n_working_age"], none["n_able_working_age"]) == (None, None)


def test_the_oldest_answer_that_counts_dates_the_answer():
    """A told it in 2021 and again in 2023, B in 2022."""
    day = date(2023, 1, 1)
    members = [
        member("A", labour_skill="weak"),
        member("A", day, labour_skill="lost"),
        member("B", date(2022, 1, 1), labour_skill="none"),
    ]
    assert C.dated(labour(*members), "labour_day") == date(2022, 1, 1)
    assert labour(member("A"))["labour_day"] is None


def test_the_registers_word_is_the_newest_answer():
    """A later snapshot that does not say leaves it standing."""
    said = [(date(2022, 1, 1), False), (date(2023, 1, 1), True), (date(2023, 5, 1), None)]
    snapshots = [
        row
        for day, flag in said
        for row in C.home("h", occurred_on=day, is_no_labour_household=flag)
    ]
    found = labour(member("A"), household_snapshot=snapshots)
    assert found["is_no_labour_on_register"] is True
    assert C.dated(found, "no_labour_register_day") == date(2023, 1, 1)
    assert labour(member("A"))["is_no_labour_on_register"] is None


def test_without_members_on_record_nothing_is_known():
    """No member snapshots, or none of this household."""
    assert C.all_null(LABOUR_THEME)
    other = labour(member("A") | {"household_id": "other"})
    assert other["n_members"] is None
