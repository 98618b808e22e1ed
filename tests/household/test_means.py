"""Means of households by hand and against the slow second implementation."""

from __future__ import annotations

import runpy
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from fanpin_risk.household.means import COPING, EVIDENCE, EVIDENCE_OF_MEANS, SPLITS
from fanpin_risk.records.contracts.means import ASSET_KINDS

REFERENCE = Path(__file__).parents[1] / "reference"
C = SimpleNamespace(**runpy.run_path(str(REFERENCE / "shocks_work_county.py")))
OLD, DAY = date(2022, 3, 1), date(2023, 3, 1)
ASKED_ELSEWHERE = {"savings", "housing_fund", "commercial_pension", "other"}
"""Kinds of evidence that no item of the lists in the code asks about."""


def stated(can_cope, day=DAY, assessor="village"):
    """An appraisal of household h."""
    return {"can_cope": can_cope, "occurred_on": day, "assessor": assessor}


def asset(kind, day=DAY, **more):
    """Evidence about household h."""
    return {"kind": kind, "occurred_on": day} | more


def coping(**tables):
    """Facts of household h."""
    return C.of_one(COPING, **tables)


def told(*appraisals):
    """What the appraisals say."""
    found = coping(coping_assessment=list(appraisals))
    return found["can_cope"], C.dated(found, "coping_day"), found["coping_assessor"]


@pytest.mark.parametrize("theme", [COPING, EVIDENCE_OF_MEANS, SPLITS], ids=lambda theme: theme.name)
def test_means_equal_the_reference(theme):
    """Random evidence, appraisals, loans and changes of households."""
    C.assert_equal_and_rich(theme, range(5))


def earlier(row):
    """A split a day before it was."""
    a_day = timedelta(days=1 if row["change"] == "split" else 0)
    return row | {"occurred_on": row["occurred_on"] - a_day}


@pytest.mark.parametrize(
    ("theme", "table", "changed"),
    [
        (COPING, "coping_assessment", lambda row: row | {"can_cope": True}),
        (EVIDENCE_OF_MEANS, "asset_evidence", lambda row: row | {"value_fen": 7}),
        (SPLITS, "household_change", earlier),
    ],
    ids=["coping", "evidence", "splits"],
)
def test_a_wrong_value_is_noticed(theme, table, changed):
    """The comparison can fail."""
    C.assert_can_fail(theme, table, changed)


# coping


def test_the_newest_appraisal_counts():
    """Also where it could not tell: the older word no longer stands."""
    assert told(stated(False, OLD), stated(True)) == (True, DAY, "village")
    assert told(stated(True, OLD), stated(None)) == (None, DAY, "village")


def test_of_one_day_the_higher_step_counts():
    """Village, township, county; who does not say which it is comes last."""
    assert told(stated(True), stated(False, assessor="county")) == (False, DAY, "county")
    assert told(stated(True, assessor="township"), stated(False)) == (True, DAY, "township")
    assert told(stated(True, assessor=None), stated(False)) == (False, DAY, "village")


def test_two_of_one_step_and_day_that_disagree_say_nothing():
    """Nobody can tell which of them holds."""
    assert told(stated(True), stated(False)) == (None, DAY, "village")
    assert told(stated(True), stated(True)) == (True, DAY, "village")


def test_savings_of_the_newest_day_are_added_up():
    """Two accounts on one day; an amount that is not known is left out."""
    rows = [
        asset("savings", OLD, value_fen=9_000),
        asset("savings", value_fen=100),
        asset("savings", value_fen=20),
        asset("savings", date(2023, 5, 1)),
        asset("vehicle", value_fen=5),
    ]
    found = coping(asset_evidence=rows)
    assert (found["savings_fen"], C.dated(found, "savings_day")) == (120, DAY)
    assert coping(asset_evidence=[asset("vehicle")])["savings_fen"] is None


def test_each_loan_counts_as_it_last_stood():
    """One repaid in part, one without a number; nothing overdue on record is nothing."""
    loan = {"loan_kind": "farm", "loan_number": "1", "balance_fen": 900, "occurred_on": OLD}
    rows = [
        loan | {"overdue_fen": 50},
        loan | {"occurred_on": DAY, "balance_fen": 400},
        loan | {"loan_number": None, "balance_fen": 30, "overdue_fen": 5},
    ]
    found = coping(loan=rows)
    assert (found["loan_balance_fen"], found["loan_overdue_fen"]) == (430, 5)
    assert C.dated(found, "loan_day") == DAY


def test_a_table_that_is_kept_and_silent_says_no_loans_and_nothing_of_the_rest():
    """No loan is no debt; no appraisal and no savings are not known."""
    found = coping(
        loan=[
            {"loan_kind": "farm", "balance_fen": 1, "occurred_on": OLD} | {"household_id": "other"}
        ]
    )
    assert (found["loan_balance_fen"], found["loan_day"]) == (0, None)
    assert (found["can_cope"], found["savings_fen"]) == (None, None)
    assert C.all_null(COPING)
    assert coping(coping_assessment=[stated(True)])["loan_balance_fen"] is None


# evidence


def test_every_kind_of_evidence_has_its_item():
    """A new kind of the contract must be given an item, or be left out on purpose."""
    asked = {kind for kinds in EVIDENCE.values() for kind in kinds}
    assert asked | ASKED_ELSEWHERE == set(ASSET_KINDS.words)


def test_evidence_tells_day_price_since_when_and_whose():
    """Two cars: the newest day, the higher price, the newer purchase, the first holder."""
    rows = [
        asset("vehicle", OLD, value_fen=30_000_00, acquired_on=OLD, holder_relation="head_child"),
        asset("vehicle", value_fen=20_000_00, holder_relation="head_parent"),
    ]
    found = C.of_one(EVIDENCE_OF_MEANS, asset_evidence=rows)
    assert found["has_vehicle"] is True
    assert C.dated(found, "vehicle_day", "vehicle_since_day") == [DAY, OLD]
    assert (found["vehicle_value_known_fen"], found["vehicle_values_open"]) == (30_000_00, 0)
    assert found["vehicle_holder"] == "head_parent"


def test_a_price_that_is_not_on_record_is_open():
    """No price is no price of nothing."""
    found = C.of_one(EVIDENCE_OF_MEANS, asset_evidence=[asset("appliance")])
    assert (found["appliance_value_known_fen"], found["appliance_values_open"]) == (None, 1)
    assert (found["appliance_holder"], found["appliance_since_day"]) == (None, None)


def test_a_shop_is_asked_about_as_a_town_home_and_hired_labour_as_a_large_farm():
    """As the lists put them together."""
    rows = [asset("shop"), asset("hired_labour")]
    found = C.of_one(EVIDENCE_OF_MEANS, asset_evidence=rows)
    assert [item for item in EVIDENCE if found[f"has_{item}"]] == ["town_home", "large_farm"]


def test_nothing_on_record_is_none_on_record_and_not_kept_is_not_known():
    """Perhaps nobody compared this household: the table says only that nothing is on record."""
    found = C.of_one(EVIDENCE_OF_MEANS, asset_evidence=[asset("savings")])
    assert {found[f"has_{item}"] for item in EVIDENCE} == {False}
    assert {found[f"{item}_values_open"] for item in EVIDENCE} == {None}
    assert C.all_null(EVIDENCE_OF_MEANS)


def test_evidence_of_a_member_follows_the_member():
    """Who left the household took the car along."""
    here = {"person_id": "A", "occurred_on": C.EARLY, "relation": "other"}
    stays = here | {"person_id": "B"}
    car = [asset("vehicle", person_id="A", holder_relation="member")]
    found = C.of_one(EVIDENCE_OF_MEANS, member_snapshot=[here, stays], asset_evidence=car)
    assert found["has_vehicle"] is True
    left = here | {"occurred_on": OLD, "membership": "left"}
    found = C.of_one(EVIDENCE_OF_MEANS, member_snapshot=[here, stays, left], asset_evidence=car)
    assert found["has_vehicle"] is False


# splits


def test_both_sides_of_a_split_and_the_receiver_of_a_merge_are_told():
    """The new household, the one it came from, and the one that took another in."""
    homes = [row for name in ("new", "old", "taker", "calm") for row in C.home(name)]
    changes = [
        {"household_id": "new", "other_household_id": "old", "change": "split"},
        {"household_id": "gone", "other_household_id": "taker", "change": "merge"},
        {"household_id": "calm", "change": "moved_in"},
    ]
    days = [OLD, DAY, date(2022, 1, 1)]
    rows = [change | {"occurred_on": day} for change, day in zip(changes, days, strict=True)]
    found, _ = C.found(C.by_hand(household_snapshot=homes, household_change=rows), [SPLITS])
    told = {name: C.dated(found[name], "split_day") for name in ("new", "old", "taker", "calm")}
    assert told == {"new": OLD, "old": OLD, "taker": DAY, "calm": None}
    assert C.dated(found["taker"], "split_quiet_since_day") == DAY
    assert C.dated(found["calm"], "split_quiet_since_day") == date(2021, 12, 31)


def test_a_split_before_a_new_number_is_the_same_households():
    """Under the old number it was split, under the new one it lives on."""
    changes = [
        {"household_id": "new", "other_household_id": "g", "change": "split"},
        {"household_id": "g", "other_household_id": "h", "change": "renumbered"},
    ]
    days = [OLD, DAY]
    rows = [change | {"occurred_on": day} for change, day in zip(changes, days, strict=True)]
    assert C.dated(C.of_one(SPLITS, household_change=rows), "split_day") == OLD


def test_without_changes_on_record_nothing_is_known():
    """The table is not kept."""
    assert C.all_null(SPLITS)
