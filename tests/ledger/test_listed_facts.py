"""Listed households for the rules on exits: by hand, and against a slow second implementation."""

from __future__ import annotations

import random
import runpy
from pathlib import Path
from types import SimpleNamespace

import narwhals as nw
import polars as pl
import pytest

from fanpin_risk.causes import SUPPORT, Cause
from fanpin_risk.dates import day_of
from fanpin_risk.errors import SchemaError
from fanpin_risk.household.facts import DayFacts
from fanpin_risk.household.listed import LEDGER_COLUMNS, LISTED, with_ledger_facts
from fanpin_risk.household.placement import facts_of
from fanpin_risk.ledger.listed_facts import listed_facts
from fanpin_risk.ledger.state import ledger_state

HERE = Path(__file__).parents[1]
H = SimpleNamespace(**runpy.run_path(str(HERE / "household" / "identity_histories.py")))
SLOW = SimpleNamespace(**runpy.run_path(str(HERE / "reference" / "listed_reference.py")))
HOMES = [f"h{n}" for n in range(60)]
AS_OF = 400
CAUSES = [None, None, "illness", "disability", "disaster", "lack_of_labour", "other"]
MEASURES = ["health", "social", "safety_net", "temporary_relief", "industry", "water"]


def listed_on(as_of, **tables):
    """Facts of every household that has a member on record, by number."""
    people = [
        {"person_id": home.replace("h", "p"), "household_id": home, "occurred_day": 0}
        for home in HOMES
    ]
    kept = {name: rows for name, rows in tables.items() if rows is not None}
    facts = facts_of(H.known(as_of, members=people, **kept))
    found = listed_facts(facts, ledger_state(facts, open_clue_days=90))
    return {row["household_id"]: row for row in found.rows(named=True)}


def one(as_of=AS_OF, **tables):
    """Facts of h0; decisions, exits and measures are kept unless named None."""
    kept = {"listing": [], "exit": [], "support_measure": []} | tables
    return listed_on(as_of, **kept)["h0"]


def listing(day, *causes, decision="listed", **values):
    """A decision about h0."""
    named = {f"cause_{n}": cause for n, cause in enumerate(causes, start=1)}
    row = {"household_id": "h0", "decision": decision, "occurred_day": day}
    return row | {"monitored_type": "sudden"} | named | values


def measure(day, code, *, ends=None, **values):
    """A measure for h0."""
    row = {"household_id": "h0", "measure": code, "occurred_day": day}
    return row | {"ends_on": None if ends is None else day_of(ends)} | values


def drawn(seed):
    """Decisions, exits and measures of sixty households at random."""
    rng = random.Random(seed)
    history = {"listing": [], "exit": [], "support_measure": []}
    for home in HOMES:
        for n in range(rng.randint(0, 3)):
            row = listing(rng.randint(1, 390), *[rng.choice(CAUSES) for _ in range(3)])
            row |= {"household_id": home, "record_id": f"{home}-l{n}"}
            row["decision"] = rng.choice(["listed", "listed", "refused"])
            history["listing"].append(row)
        for n in range(rng.randint(0, 2)):
            row = {"household_id": home, "way": "natural", "occurred_day": rng.randint(1, 390)}
            history["exit"].append(row | {"record_id": f"{home}-e{n}"})
        for n in range(rng.randint(0, 3)):
            start = rng.randint(1, 390)
            ends = rng.choice([None, start + rng.randint(0, 200)])
            row = measure(start, rng.choice(MEASURES), ends=ends, record_id=f"{home}-m{n}")
            by_person = rng.random() < 0.3
            row["household_id"] = None if by_person else home
            row["person_id"] = home.replace("h", "p") if by_person else None
            history["support_measure"].append(row)
    for rows in history.values():
        for row in rows:
            row["recorded_day"] = row["occurred_day"] + rng.choice([0, 0, 30])
    for row in history["listing"]:
        row |= {f"cause_{n}": row.get(f"cause_{n}") for n in range(1, 6)}
    return history


@pytest.mark.parametrize("seed", range(4))
def test_every_household_agrees_with_the_reference(seed):
    """Several spells, late entries, help before and after, of households and of persons."""
    history = drawn(seed)
    expected = SLOW.listed(history, HOMES, AS_OF)
    found = listed_on(AS_OF, **history)
    assert sum(row["is_listed"] for row in expected.values()) > 10
    for home in HOMES:
        told = {name: found[home][name] for name in expected[home]}
        assert told == expected[home], home
        if not expected[home]["is_listed"]:
            others = [name for name in LEDGER_COLUMNS if name != "is_listed"]
            assert {found[home][name] for name in others} == {None}


def test_the_reference_knows_the_same_measures():
    """The pairs stand there a second time, written from the notes."""
    pairs = {cause.name.lower(): set(SUPPORT[cause].measures) or None for cause in Cause}
    assert pairs == SLOW.EXPECTED


def test_the_newest_decision_names_the_risks():
    """A later decision of the same spell replaces what the first one named."""
    row = one(listing=[listing(10, "illness"), listing(50, "disaster", "other")])
    assert (row["listed_day"], row["named_illness"]) == (10, False)
    assert (row["named_disaster"], row["named_other"]) == (True, True)


def test_a_decision_that_names_no_risk_leaves_them_open():
    """Not known, and so is whether help was aimed at one."""
    row = one(listing=[listing(10)], support_measure=[measure(20, "health")])
    assert (row["named_illness"], row["has_aimed_measure"]) == (None, None)
    assert row["aimed_illness"] is True


@pytest.mark.parametrize(
    ("start", "ends", "expected"),
    [(99, 99, False), (99, 100, True), (99, None, True), (100, 100, True), (150, 151, True)],
)
def test_help_that_runs_on_the_day_of_the_listing_counts(start, ends, expected):
    """Help that ended the day before does not; whatever began later does."""
    row = one(
        listing=[listing(100, "illness")], support_measure=[measure(start, "health", ends=ends)]
    )
    assert (row["aimed_illness"], row["has_aimed_measure"]) == (expected, expected)
    assert row["first_aimed_day"] == (start if expected else None)


def test_help_for_another_risk_is_not_aimed():
    """It counts for the risk it is expected for, and is no aimed measure of a named one."""
    row = one(listing=[listing(100, "illness")], support_measure=[measure(120, "water")])
    assert (row["aimed_unsafe_water"], row["aimed_illness"]) == (True, False)
    assert (row["has_aimed_measure"], row["first_aimed_day"]) == (False, None)


@pytest.mark.parametrize(("day", "months"), [(100, 0), (129, 0), (130, 1), (465, 12)])
def test_months_on_the_list_are_completed_months(day, months):
    """Day 100 is 11 April 1970: a month is over on 11 May, a year on 11 April."""
    assert one(day, listing=[listing(100, "illness")])["listed_months"] == months


def test_tables_that_are_not_kept_leave_it_open():
    """Without exits it cannot be told who is listed; without measures whether help was aimed."""
    row = one(listing=[listing(10, "illness")], exit=None)
    assert (row["is_listed"], row["listed_day"]) == (None, None)
    row = one(listing=[listing(10, "illness")], support_measure=None)
    assert (row["is_listed"], row["aimed_illness"], row["has_aimed_measure"]) == (True, None, None)


def day_facts(*homes):
    """Facts of some households with the ledger's columns not filled in."""
    nothing = dict.fromkeys(LISTED.columns)
    rows = [{"home": n, "household_id": home, **nothing} for n, home in enumerate(homes)]
    frame = nw.from_native(pl.DataFrame(rows), eager_only=True)
    return DayFacts(as_of=day_of(AS_OF), homes=frame, persons=frame.select("home"))


def test_the_ledgers_word_is_put_into_the_facts():
    """By number; a household that it does not know keeps nulls, and no column comes twice."""
    history = {"listing": [listing(10, "illness")], "exit": [], "support_measure": []}
    facts = facts_of(H.known(AS_OF, members=[], **history))
    listed = listed_facts(facts, ledger_state(facts, open_clue_days=90))
    filled = with_ledger_facts(day_facts("h0", "h9"), listed).homes
    assert sorted(filled.columns) == sorted(["home", "household_id", *LISTED.columns])
    assert filled["is_listed"].to_list() == [True, None]
    assert filled["named_illness"].to_list() == [True, None]


def test_facts_of_the_ledger_that_do_not_fit_are_refused():
    """A column that is missing, a household twice; each message names it and its mend."""
    whole = pl.DataFrame({"household_id": ["h0", "h0"], **dict.fromkeys(LEDGER_COLUMNS)})
    twice = nw.from_native(whole, eager_only=True)
    with pytest.raises(SchemaError, match=r"name a household twice\. Give one row for each"):
        with_ledger_facts(day_facts("h0"), twice)
    with pytest.raises(SchemaError, match=r"lack the columns \['listed_day'\]. Give those of"):
        with_ledger_facts(day_facts("h0"), twice.drop("listed_day"))
