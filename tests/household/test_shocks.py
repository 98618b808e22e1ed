"""Shocks by hand and against the slow second implementation; the loss of the main worker."""

from __future__ import annotations

import runpy
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from fanpin_risk.household.main_worker import MAIN_WORKER
from fanpin_risk.household.shocks import GROUPS, KINDS, SHOCKS

REFERENCE = Path(__file__).parents[1] / "reference"
C = SimpleNamespace(**runpy.run_path(str(REFERENCE / "shocks_work_county.py")))
AS_OF, EARLY = C.AS_OF, C.EARLY
ELSEWHERE = {"shock_kind": "fire", "occurred_on": EARLY, "household_id": "other"}
"""Somebody else's shock: the table is kept from that day on."""


def shock(kind, day, loss_fen=None, **more):
    """A shock of household h."""
    return {"shock_kind": kind, "occurred_on": day, "loss_fen": loss_fen} | more


def claim(insurance, day, paid_fen, cause=None):
    """A claim of household h."""
    return {"insurance": insurance, "occurred_on": day, "paid_fen": paid_fen, "cause": cause}


def shocks(*given, claims=None, as_of=AS_OF, **more):
    """Facts of household h."""
    tables = {"shock": [ELSEWHERE, *given], "insurance_claim": claims}
    return C.of_one(SHOCKS, as_of, **tables | more)


def test_every_kind_of_the_contract_has_its_day():
    """A new kind of shock must be given a group, or be left out on purpose."""
    assert {kind for kinds in GROUPS.values() for kind in kinds} == set(KINDS) - {
        "death",
        "worker_lost",
    }


def test_shocks_equal_the_reference():
    """Late entries, corrections, splits, renumbered households, tables not kept."""
    C.assert_equal_and_rich(SHOCKS, range(5))


def test_a_wrong_loss_is_noticed():
    """The comparison can fail."""
    C.assert_can_fail(SHOCKS, "shock", lambda row: row | {"loss_fen": 7})


def test_the_newest_day_of_a_kind_and_the_losses_of_the_window():
    """Two floods within twelve months and one before: the newest day, two losses, none open."""
    found = shocks(
        shock("disaster", date(2022, 6, 30), 400),
        shock("disaster", date(2022, 7, 1), 1_000),
        shock("disaster", AS_OF, 30),
    )
    assert C.dated(found, "disaster_day", "disaster_quiet_since_day") == [AS_OF, AS_OF]
    assert (found["disaster_loss_known_fen"], found["disaster_losses_open"]) == (1_030, 0)


def test_a_loss_without_a_figure_is_open_and_no_zero():
    """The sum of what is known, and how many are not."""
    found = shocks(shock("fire", AS_OF), shock("accident", AS_OF, 50))
    assert (found["accident_loss_known_fen"], found["accident_losses_open"]) == (50, 1)


def test_what_is_entered_ahead_has_not_happened():
    """A shock dated after the day is none yet."""
    found = shocks(shock("fire", date(2023, 7, 1), 50) | {"recorded_on": AS_OF})
    assert found["fire_day"] is None


def test_no_record_means_none_from_the_day_on_which_shocks_are_kept():
    """Quiet since the day before the first shock of anybody; nothing lost."""
    found = shocks()
    assert C.dated(found, "job_loss_quiet_since_day") == date(2020, 12, 31)
    assert (found["failure_loss_known_fen"], found["failure_losses_open"]) == (0, 0)


@pytest.mark.parametrize(("begins", "n_open"), [(date(2022, 7, 1), 0), (date(2022, 7, 2), None)])
def test_losses_are_whole_only_where_the_table_covers_the_window(begins, n_open):
    """The window begins on 1 July; a table that begins a day later leaves it open."""
    found = C.of_one(SHOCKS, shock=[ELSEWHERE | {"occurred_on": begins}])
    assert found["disaster_losses_open"] == n_open
    assert found["disaster_loss_known_fen"] == 0


def test_a_household_that_was_split_off_is_known_from_then_on():
    """What hit it before is the other household's, and its own quiet begins with it."""
    day = date(2023, 1, 10)
    change = {"change": "split", "occurred_on": day, "other_household_id": "old"}
    found = shocks(household_change=[change])
    assert C.dated(found, "disaster_quiet_since_day") == date(2023, 1, 9)
    assert found["disaster_losses_open"] is None


def test_a_claim_is_evidence_of_a_loss_and_its_absence_says_nothing():
    """A crop claim counts as a failure on its day; without a figure of the loss one is open."""
    day = date(2022, 12, 1)
    found = shocks(claims=[claim("crop", day, 700), claim("crop", EARLY, 5)])
    assert C.dated(found, "crop_claim_day", "failure_quiet_since_day") == [day, day]
    assert (found["crop_claim_paid_fen"], found["failure_losses_open"]) == (700, 1)
    assert found["failure_loss_known_fen"] == 700
    told = shocks(shock("failed_crop", day, 900), claims=[claim("crop", day, 700)])
    assert (told["failure_loss_known_fen"], told["failure_losses_open"]) == (900, 0)
    less = shocks(shock("failed_crop", day, 90), claims=[claim("crop", day, 700)])
    assert (less["failure_loss_known_fen"], less["failure_losses_open"]) == (700, 0)
    assert shocks()["crop_claim_paid_fen"] is None


def test_a_claim_of_poverty_insurance_counts_where_it_names_a_disaster():
    """It covers illness and school too; medical claims are none of these."""
    claims = [claim("poverty", AS_OF, 10), claim("commercial_medical", AS_OF, 10)]
    assert shocks(claims=claims)["disaster_claim_day"] is None
    named = shocks(claims=[*claims, claim("poverty", AS_OF, 10, "flood")])
    assert (C.dated(named, "disaster_claim_day"), named["disaster_claim_paid_fen"]) == (AS_OF, 10)


def test_without_the_tables_nothing_is_known():
    """No shocks and no claims: null; claims alone: their day, and no quiet."""
    assert C.all_null(SHOCKS)
    alone = C.of_one(SHOCKS, insurance_claim=[claim("crop", AS_OF, 1)])
    assert C.dated(alone, "crop_claim_day") == AS_OF
    assert alone["failure_quiet_since_day"] is None
    assert alone["failure_loss_known_fen"] is None


def test_without_a_length_of_the_window_nothing_is_added_up():
    """Days are told, sums are not."""
    rows = {"shock": [ELSEWHERE, shock("fire", AS_OF, 5)]}
    found = C.of_one(SHOCKS, changed={"shock_months": None}, **rows)
    assert C.dated(found, "fire_day") == AS_OF
    assert found["accident_loss_known_fen"] is None
    assert found["accident_losses_open"] is None


# main worker


def member(person, day=EARLY, **more):
    """A member of household h, forty years old."""
    said = {"person_id": person, "occurred_on": day, "relation": "other"}
    return said | {"born_on": date(1983, 1, 1)} | more


def wage(person, month, fen):
    """A month of work."""
    return {"person_id": person, "work_month": month, "wage_fen": fen, "occurred_on": month}


WAGES = [wage("A", date(2022, 11, 1), 500), wage("B", date(2022, 12, 1), 300)]
DAY = date(2023, 2, 10)


def lost(*members, work=WAGES, shock=(), **more):
    """Facts of household h of A, B and whom else."""
    tables = {
        "member_snapshot": [member("A"), member("B"), *members],
        "shock": [ELSEWHERE, *shock],
        "work_month": work,
    }
    return C.of_one(MAIN_WORKER, **tables | more)


def told(found):
    """What was lost when, what may have been, and since when it is quiet."""
    days = C.dated(found, "main_worker_lost_day", "main_worker_open_day")
    return [days[0], found["main_worker_lost_how"], days[1]]


def test_main_workers_equal_the_reference():
    """Deaths, leavings, illness and disability of random counties."""
    C.assert_equal_and_rich(MAIN_WORKER, range(6))


def test_a_wrong_wage_is_noticed():
    """The comparison can fail: everybody earns the same, and everybody is the best paid."""
    C.assert_can_fail(MAIN_WORKER, "work_month", lambda row: row | {"wage_fen": 7})


@pytest.mark.parametrize(("state", "how"), [("died", "died"), ("left", "left")])
def test_the_best_paid_member_is_the_main_worker(state, how):
    """Who earned most in the months before: A, not B."""
    assert told(lost(member("A", DAY, membership=state))) == [DAY, how, None]
    assert told(lost(member("B", DAY, membership=state))) == [None, None, None]


def test_quiet_since_the_loss_or_since_records_begin():
    """A loss that is known, and none."""
    hit = lost(member("A", DAY, membership="died"))
    assert C.dated(hit, "main_worker_quiet_since_day") == DAY
    assert C.dated(lost(), "main_worker_quiet_since_day") == date(2020, 12, 31)


def test_a_member_who_joined_another_household_has_not_left():
    """Split registration is another fact; the wages go along with the person."""
    moved = member("A", DAY) | {"household_id": "h2"}
    assert told(lost(moved, household_snapshot=C.home("h2"))) == [None, None, None]


def test_months_before_the_window_do_not_tell_who_the_main_worker_was():
    """Wages of thirteen months ago; and of the month of the death itself."""
    old = [wage("A", date(2022, 1, 1), 500), wage("A", date(2023, 2, 1), 900)]
    assert told(lost(member("A", DAY, membership="died"), work=old)) == [None, None, DAY]
    first = [wage("A", date(2022, 2, 1), 500)]
    assert told(lost(member("A", DAY, membership="died"), work=first)) == [DAY, "died", None]


def test_without_wages_on_record_a_member_of_working_age_may_have_been_it():
    """Of a child, and of somebody past working age, it is not asked; of no age it is."""
    for born_on, day in ((date(1983, 1, 1), DAY), (date(2010, 1, 1), None), (None, DAY)):
        people = [member("B"), member("C"), member("C", DAY, membership="died")]
        people = [row | {"born_on": born_on} for row in people]
        tables = {"member_snapshot": people, "shock": [ELSEWHERE], "work_month": []}
        assert told(C.of_one(MAIN_WORKER, **tables)) == [None, None, day]
    old = member("A", DAY, membership="died", born_on=date(1950, 1, 1))
    assert told(lost(old, work=[])) == [None, None, None]


@pytest.mark.parametrize(
    ("born_on", "day"),
    [
        (date(2007, 3, 1), None),
        (date(2007, 2, 1), DAY),
        (date(1963, 3, 1), DAY),
        (date(1963, 2, 28), None),
    ],
)
def test_working_age_is_counted_in_months_at_the_event(born_on, day):
    """16 to 59, both included, in the month of the death, February 2023."""
    gone = member("A", DAY, membership="died", born_on=born_on)
    assert told(lost(gone, work=[])) == [None, None, day]


def test_without_choices_of_working_age_anybody_may_have_been_it():
    """Nothing is ruled out by age."""
    gone = member("A", DAY, membership="died", born_on=date(2020, 1, 1))
    no_ages = {"working_age_from": None, "working_age_to": None}
    assert told(lost(gone, work=[], changed=no_ages)) == [None, None, DAY]


def test_an_amount_that_is_missing_leaves_it_open():
    """B's pay of one month is not on record: nobody can tell who earned most."""
    bare = [*WAGES, wage("B", date(2023, 1, 1), None)]
    assert told(lost(member("A", DAY, membership="died"), work=bare)) == [None, None, DAY]


def test_equal_wages_make_two_main_workers():
    """Nobody earned more than either."""
    equal = [wage("A", date(2022, 11, 1), 300), *WAGES[1:]]
    assert told(lost(member("B", DAY, membership="died"), work=equal)) == [DAY, "died", None]


def test_an_office_that_reports_the_loss_is_believed():
    """Whoever earned what; it goes before a death of the same day."""
    report = shock("worker_lost", DAY)
    assert told(lost(shock=[report], work=[])) == [DAY, "recorded", None]
    both = lost(member("A", DAY, membership="died"), shock=[report])
    assert told(both) == [DAY, "recorded", None]


def test_a_death_reported_of_nobody_in_particular_is_open_until_snapshots_say_who():
    """It may have been the main worker; once a death is on record, it was that one."""
    report = shock("death", DAY)
    assert told(lost(shock=[report])) == [None, None, DAY]
    later = member("B", date(2023, 4, 1), membership="died")
    assert told(lost(later, shock=[report])) == [None, None, None]
    named = shock("death", DAY, person_id="A")
    assert told(lost(shock=[named])) == [DAY, "died", None]
    assert told(lost(shock=[shock("death", DAY, person_id="B")])) == [None, None, None]


@pytest.mark.parametrize(
    ("column", "no", "yes", "how"),
    [
        ("is_seriously_ill", False, True, "seriously_ill"),
        ("disability_level", 3, 2, "severely_disabled"),
    ],
)
def test_illness_and_disability_that_are_new_take_the_main_worker_away(column, no, yes, how):
    """New since an answer that said no; told first, it may be old; over, it is none."""
    before, then = member("A", **{column: no}), member("A", DAY, **{column: yes})
    assert told(lost(before, then)) == [DAY, how, None]
    assert told(lost(then)) == [None, None, DAY]
    over = member("A", date(2023, 5, 1), **{column: no})
    assert told(lost(before, then, over)) == [None, None, None]
    other = lost(member("B", **{column: no}), member("B", DAY, **{column: yes}))
    assert told(other) == [None, None, None]


def test_severe_disability_needs_the_last_level_that_is():
    """Without a choice nobody is newly disabled."""
    rows = [member("A", disability_level=3), member("A", DAY, disability_level=1)]
    found = lost(*rows, changed={"severe_disability_level": None})
    assert told(found) == [None, None, None]


def test_without_members_or_shocks_on_record_nobody_can_tell():
    """No member snapshots: null; no shocks: no quiet."""
    assert C.all_null(MAIN_WORKER)
    people = [member("A"), member("B"), member("A", DAY, membership="died")]
    alone = C.of_one(MAIN_WORKER, member_snapshot=people)
    assert C.dated(alone, "main_worker_open_day") == DAY
    assert alone["main_worker_quiet_since_day"] is None


def test_a_renumbered_household_keeps_whom_it_lost():
    """Snapshots and deaths under the old number."""
    change = {"household_id": "g", "other_household_id": "h", "change": "renumbered"}
    tables = {
        "household_change": [change | {"occurred_on": date(2023, 4, 1)}],
        "member_snapshot": [
            member(p, **more) | {"household_id": "g"}
            for p, more in (("A", {}), ("B", {}), ("A", {"day": DAY, "membership": "died"}))
        ],
        "work_month": [row | {"household_id": "g"} for row in WAGES],
        "shock": [ELSEWHERE],
    }
    assert told(C.of_one(MAIN_WORKER, **tables)) == [DAY, "died", None]
