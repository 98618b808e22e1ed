"""Clue, verification, listing, exit: where a household stands on a day, and what cannot be told."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

from fanpin_risk.ledger.looks import looks
from fanpin_risk.ledger.state import STATE, ledger_state

HERE = Path(__file__).parent
L = SimpleNamespace(**runpy.run_path(str(HERE / "ledger_histories.py")))
SLOW = SimpleNamespace(**runpy.run_path(str(HERE.parent / "reference" / "ledger_reference.py")))


def states(as_of=100, open_clue_days=30, kept=L.KEPT, **tables):
    """State of each household, as plain values."""
    found = ledger_state(
        L.facts(as_of, **L.given(kept, **tables)), open_clue_days=open_clue_days
    ).to_native()
    return {row.pop("household_id"): row for row in found.iter_rows(named=True)}


def of_one(as_of=100, **tables):
    """State of household h."""
    return states(as_of, **tables)["h"]


def test_a_household_on_record_stands_nowhere_in_the_mechanism():
    """Nothing happened: not listed, no clue, never looked at."""
    assert of_one(visits="household | day ; h | 1") == SLOW.EMPTY


def test_listed_until_an_exit_and_listed_again():
    """Spells on the list; a repeated decision begins none; the newest type counts."""
    listing = """
        household | decision | monitored_type | day
        h         | listed   | marginal       | 10
        h         | listed   | sudden         | 20
        h         | listed   | unstable       | 60
    """
    exits = "household | day ; h | 40"
    tables = {"listing": listing, "exit": exits}
    keys = ("is_listed", "listed_day", "monitored_type", "n_listings", "exited_day")
    expected = {
        9: (False, None, None, 0, None),
        10: (True, 10, "marginal", 1, None),
        20: (True, 10, "sudden", 1, None),
        40: (False, 10, None, 1, 40),
        60: (True, 60, "unstable", 2, None),
    }
    for day, values in expected.items():
        state = of_one(day, **tables, visits="household | day ; h | 1")
        assert tuple(state[key] for key in keys) == values, day


def test_a_household_listed_anew_on_the_day_of_its_exit_is_listed():
    """On one day the exit came first."""
    state = of_one(
        listing="household | decision | day ; h | listed | 10 ; h | listed | 40",
        exit="household | day ; h | 40",
    )
    assert (state["is_listed"], state["listed_day"], state["n_listings"]) == (True, 40, 2)


def test_refused_is_no_listing_and_an_exit_alone_is_an_exit():
    """A decision against lists nobody; an exit whose listing is not on record is kept."""
    assert not of_one(listing="household | decision | day ; h | refused | 10")["is_listed"]
    state = of_one(exit="household | day ; h | 40")
    assert (state["is_listed"], state["exited_day"], state["n_listings"]) == (False, 40, 0)


@pytest.mark.parametrize(
    ("tables", "is_open"),
    [
        ({}, True),
        ({"verification": "household | result | day ; h | confirmed | 90"}, False),
        ({"verification": "household | result | day ; h | not_confirmed | 95"}, False),
        ({"verification": "household | result | day ; h | not_confirmed | 89"}, True),
        ({"verification": "household | result | day ; h | not_reached | 95"}, True),
        ({"listing": "household | decision | day ; h | listed | 90"}, False),
        ({"listing": "household | decision | day ; h | refused | 99"}, False),
        ({"visit": "household | result | day ; h | no_need | 95"}, True),
    ],
)
def test_a_clue_is_open_until_somebody_answers_it(tables, is_open):
    """A check with a result, or a decision, on its day or later; nobody met is no answer."""
    assert of_one(clue="household | day ; h | 90", **tables)["has_open_clue"] is is_open


@pytest.mark.parametrize(("day", "is_open"), [(71, True), (70, False)])
def test_a_clue_stays_open_so_many_days(day, is_open):
    """Of 30 days up to day 100 the first is day 71."""
    assert of_one(clue=f"household | day ; h | {day}")["has_open_clue"] is is_open


def test_a_clue_about_a_person_is_one_about_the_persons_household():
    """An office that knows the person alone points to the household of the day."""
    tables = {
        "members": "person | household | day ; p | h | 1 ; q | other | 1",
        "clue": "person | household | day ; p |  | 90",
    }
    found = states(**tables)
    assert (found["h"]["has_open_clue"], found["other"]["has_open_clue"]) == (True, False)
    moved = tables | {"members": "person | household | day ; p | h | 1 ; p | other | 50"}
    assert states(**moved)["other"]["has_open_clue"]


def test_what_is_not_known_yet_has_not_happened():
    """A decision recorded later, or dated later, changes nothing on the day."""
    tables = {"listing": "household | decision | day | recorded ; h | listed | 10 | 30"}
    visits = "household | day ; h | 1"
    assert not of_one(29, **tables, visits=visits)["is_listed"]
    assert of_one(30, **tables, visits=visits)["is_listed"]
    ahead = {"listing": "household | decision | day | recorded ; h | listed | 50 | 10"}
    assert not of_one(49, **ahead)["is_listed"]


def test_a_renumbered_household_keeps_its_place():
    """The whole history follows to the new number; an absorbed household's does not."""
    changes = """
        household | change     | other | day
        h         | renumbered | new   | 50
        gone      | merge      | new   | 60
    """
    found = states(
        changes=changes,
        listing="household | decision | day ; h | listed | 10 ; gone | listed | 20",
    )
    assert set(found) == {"new", "gone"}
    assert (found["new"]["listed_day"], found["gone"]["listed_day"]) == (10, 20)


def test_looks_are_those_with_a_result():
    """A visit, a check and a collection; nobody met and refused are none."""
    tables = {
        "visit": """
            household | result  | day
            h         | in_need | 10
            h         | no_need | 20
            h         | not_met | 30
            h         | refused | 31
        """,
        "verification": """
            household | result        | day
            h         | confirmed     | 12
            h         | not_confirmed | 22
            h         | not_reached   | 32
        """,
        "visits": """
            household | net_income_per_head_fen | day
            h         | 100                     | 25
            h         |                         | 26
        """,
    }
    state = of_one(**tables)
    assert state["last_found_in_need_day"] == 12
    assert state["last_found_without_need_day"] == 22
    assert state["last_looked_at_day"] == 25
    found = looks(L.facts(**L.given(**tables))).to_native().sort("occurred_day")
    assert found.select("occurred_day", "table", "is_in_need").rows() == [
        (10, "visit", True),
        (12, "verification", True),
        (20, "visit", False),
        (22, "verification", False),
        (25, "household_snapshot", None),
    ]


@pytest.mark.parametrize(
    ("missing", "unknown"),
    [
        ("listing", {"is_listed", "n_listings", "has_open_clue"}),
        ("exit", {"is_listed"}),
        ("clue", {"has_open_clue"}),
        ("verification", {"has_open_clue"}),
    ],
)
def test_a_table_that_is_not_kept_says_nothing(missing, unknown):
    """Cannot be told is null, and neither yes nor no."""
    tables = {
        "listing": "household | decision | day ; h | listed | 10",
        "clue": "household | day ; h | 90",
        "visits": "household | day ; h | 1 ; other | 1",
    }
    tables.pop(missing, None)
    kept = [name for name in L.KEPT if name != missing]
    state = states(kept=kept, **tables)["h"]
    asked = ("is_listed", "n_listings", "has_open_clue")
    assert {name for name in asked if state[name] is None} == unknown


def test_who_was_never_listed_is_not_listed_whether_exits_are_kept_or_not():
    """Null is for those for whom it cannot be told, and for nobody else."""
    kept = [name for name in L.KEPT if name not in ("exit", "verification")]
    state = states(
        kept=kept,
        visits="household | day ; h | 1",
        clue="household | day ; h | 95",
        listing="household | decision | day ; h | refused | 96",
    )["h"]
    assert (state["is_listed"], state["has_open_clue"]) == (False, False)


def test_the_columns_are_those_that_are_told():
    """Names, types and order; one row for each household, sorted by bytes."""
    found = ledger_state(
        L.facts(**L.given(visits="household | day ; b | 1 ; B | 2 ; a | 1")), open_clue_days=1
    )
    assert dict(found.schema) == STATE
    assert found["household_id"].to_list() == ["B", "a", "b"]


def test_a_window_without_a_day_is_refused():
    """A clue that is never open is a mistake."""
    with pytest.raises(ValueError, match=r"open_clue_days must be 1 or more\. Got 0\."):
        ledger_state(L.facts(**L.given()), open_clue_days=0)


@pytest.mark.parametrize("seed", range(4))
def test_states_are_those_of_a_replay(seed):
    """A second implementation lets everything happen again, in its order: 500 households."""
    history = L.many(seed, 250)
    for day, open_clue_days in ((3, 2), (8, 5), (12, 3), (20, 14)):
        found = ledger_state(L.facts(day, **history), open_clue_days=open_clue_days).to_native()
        plain = {row.pop("household_id"): row for row in found.iter_rows(named=True)}
        assert plain == SLOW.states(history, day, open_clue_days=open_clue_days)
        assert 0 < sum(row["is_listed"] for row in plain.values()) < len(plain)
        assert 0 < sum(row["has_open_clue"] for row in plain.values()) < len(plain)
