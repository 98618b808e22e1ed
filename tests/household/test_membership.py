"""Each person's household on the day: nobody lost, nobody in two."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import narwhals as nw
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanpin_risk.errors import SchemaError
from fanpin_risk.household.identity_problems import identity_problems
from fanpin_risk.household.membership import members_on, with_household

HERE = Path(__file__).parent
H = SimpleNamespace(**runpy.run_path(str(HERE / "identity_histories.py")))
SLOW = SimpleNamespace(**runpy.run_path(str(HERE / "identity_reference.py")))
COLUMNS = ("person_id", "household_id", "membership", "since_day")


def members(as_of=100, **tables):
    """Members of a history, as tuples."""
    return H.found(members_on(H.known(as_of, **tables)), *COLUMNS)


def placed(rows, **tables):
    """Household, membership and first day of the one person of some snapshots."""
    text = f"person | household | membership | day | recorded ; {rows}"
    ((_, *rest),) = members(members=text, **tables)
    return tuple(rest)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param("p | a | present | 5 | 5", ("a", "present", 5), id="one snapshot"),
        pytest.param(
            "p | a | present | 5 | 50 ; p | b | away | 10 | 10",
            ("b", "away", 10),
            id="the newest by the day it happened, not by the day it was recorded",
        ),
        pytest.param(
            "p | a | present | 5 | 5 ; p | a | away | 8 | 8 ; p | a | present | 9 | 9",
            ("a", "present", 5),
            id="away still belongs: since the first of the run",
        ),
        pytest.param(
            "p | a | present | 1 | 1 ; p | b | present | 5 | 5 ; p | a | present | 9 | 9",
            ("a", "present", 9),
            id="back again: the run begins anew",
        ),
        pytest.param(
            "p | a | present | 5 | 5 ; p | a | died | 8 | 8 ; p | a | died | 20 | 20",
            ("a", "died", 8),
            id="who died keeps the last household, from the first day known dead",
        ),
        pytest.param(
            "p | a | present | 5 | 5 ; p | a | left | 8 | 8",
            ("a", "left", 8),
            id="who left keeps the last household",
        ),
        pytest.param(
            "p | a | left | 8 | 9 ; p | b | present | 8 | 8",
            ("b", "present", 8),
            id="leaving one and joining another on one day is in the second",
        ),
        pytest.param(
            "p | a | present | 8 | 8 ; p | a | died | 8 | 9",
            ("a", "died", 8),
            id="one household, one day: the later record",
        ),
        pytest.param(
            "p | a |  | 5 | 5", ("a", None, 5), id="how is not known, belongs all the same"
        ),
        pytest.param(
            "p | a | present | 5 | 5 ; p |  | died | 8 | 8",
            ("a", "died", 8),
            id="an office without household numbers reports the death",
        ),
        pytest.param("p |  | present | 5 | 5", (None, "present", 5), id="no household on record"),
        pytest.param(
            "p | a | present | 5 | 5 ; p | b | present | 101 | 7",
            ("a", "present", 5),
            id="a move planned for after the day has not happened",
        ),
    ],
)
def test_where_a_person_belongs(rows, expected):
    """Household, standing and first day, by hand."""
    assert placed(rows) == expected


def test_a_person_claimed_by_two_households_is_in_the_later_recorded_or_in_none():
    """Both are counted; by the number of a record nobody is given away."""
    two = "p | a | present | 8 | {} ; p | b | away | 8 | 9"
    assert placed(two.format(10)) == ("a", "present", 8)
    assert placed(two.format(9)) == (None, None, 8)
    for day in (9, 10):
        text = f"person | household | membership | day | recorded ; {two.format(day)}"
        counted = dict(identity_problems(H.known(members=text)).select("problem", "n").iter_rows())
        assert counted["person_in_two_households"] == 1


def test_members_of_an_absorbed_household_are_in_the_receiving_one():
    """Through a chain of merges and a new number, from the last merge; who died or left stays."""
    snapshots = """
        person | household | membership | day
        p      | a         | present    | 5
        q      | a         | died       | 5
        r      | a         | left       | 5
        s      | b         | away       | 5
    """
    changes = """
        household | change     | other | day
        a         | merge      | b     | 10
        b         | merge      | c     | 20
        c         | renumbered | d     | 30
    """
    assert members(members=snapshots, changes=changes) == [
        ("p", "d", "present", 20),
        ("q", "a", "died", 5),
        ("r", "a", "left", 5),
        ("s", "d", "away", 20),
    ]
    assert members(15, members=snapshots, changes=changes)[0] == ("p", "b", "present", 10)
    assert members(9, members=snapshots, changes=changes)[0] == ("p", "a", "present", 5)


def test_a_death_after_a_merge_is_in_the_receiving_household():
    """An office that knows the person only reports it: cost and end stay where the person lived."""
    snapshots = """
        person | household | membership | day
        p      | a         | present    | 5
        p      |           | died       | 15
        q      | a         | present    | 5
        q      |           | died       | 8
    """
    changes = "household | change | other | day ; a | merge | b | 10"
    assert members(members=snapshots, changes=changes) == [
        ("p", "b", "died", 15),
        ("q", "a", "died", 8),
    ]


def test_who_had_moved_before_a_merge_is_not_brought_along():
    """Only those who belong to the absorbed household on the day go with it."""
    rows = "p | a | present | 5 | 5 ; p | c | present | 8 | 8"
    changes = "household | change | other | day ; a | merge | b | 10"
    assert placed(rows, changes=changes) == ("c", "present", 8)


def test_an_absorbed_household_seen_again_keeps_its_members():
    """What was merged and is visited afterwards lives on, with who belonged to it."""
    changes = "household | change | other | day ; a | merge | b | 10"
    visits = "household | day ; a | 11"
    row = "p | a | present | 5 | 5"
    assert placed(row, changes=changes) == ("b", "present", 10)
    assert placed(row, changes=changes, visits=visits) == ("a", "present", 5)


def test_a_merge_that_names_no_household_leaves_the_members():
    """Where they went is not known, so they stay in the household that ended."""
    changes = "household | change | other | day ; a | merge | | 10"
    assert placed("p | a | present | 5 | 5", changes=changes) == ("a", "present", 5)


def test_a_renumbered_household_keeps_its_members_and_their_first_day():
    """The number changes, the household does not."""
    changes = "household | change | other | day ; a | renumbered | b | 10"
    rows = "p | a | present | 5 | 5 ; p | b | present | 15 | 15"
    assert placed(rows, changes=changes) == ("b", "present", 5)


def test_records_without_member_snapshots_have_no_members():
    """A survey that lists no persons gives an empty table with the same columns."""
    table = members_on(H.known(visits="household | day ; a | 5"))
    assert (table.columns, len(table)) == (list(COLUMNS), 0)


BILLS = pl.DataFrame(
    [
        ("p", "a", 1),  # was in a when the bill came, is in b now
        ("p", None, 2),  # the hospital knows no household
        ("q", "b", 4),  # died in a
        ("two", "a", 8),  # claimed by two households
        ("stranger", "c", 16),  # no snapshot
        ("stranger", None, 32),
        (None, "c", 64),  # a row about a household
    ],
    schema={"person_id": pl.String(), "household_id": pl.String(), "own_fen": pl.Int64()},
    orient="row",
)


def test_rows_about_persons_follow_the_person():
    """History is in the household of today; what a dead member cost stays where the member died."""
    snapshots = """
        person | household | membership | day
        p      | a         | present    | 5
        p      | b         | present    | 10
        q      | a         | died       | 7
        two    | a         | present    | 9
        two    | b         | present    | 9
    """
    table = nw.from_native(BILLS, eager_only=True)
    rows = with_household(table, members_on(H.known(members=snapshots)))
    assert rows.columns == ["person_id", "household_id", "own_fen", "membership"]
    assert sorted(rows.select("own_fen", "household_id", "membership").iter_rows()) == [
        (1, "b", "present"),
        (2, "b", "present"),
        (4, "a", "died"),
        (8, None, "present"),
        (16, "c", None),
        (32, None, None),
        (64, "c", None),
    ]


def test_a_table_without_persons_is_refused():
    """The message names the column that lacks, and shows no row."""
    table = nw.from_native(BILLS.drop("person_id"), eager_only=True)
    with pytest.raises(SchemaError, match=r"lacks the columns \['person_id'\]"):
        with_household(table, members_on(H.known()))


def quick(known):
    """Household, membership and first day by person; every person once."""
    rows = H.found(members_on(known), *COLUMNS)
    assert len({person for person, *_ in rows}) == len(rows)
    return {person: tuple(rest) for person, *rest in rows}


def slow(history, day):
    """The same by plain loops; None where numbers or merges go round in a circle."""
    try:
        reference = SLOW.Reference(history, day)
        assert set(reference.members()) == set(reference.snapshots)
        return reference.members()
    except SLOW.CircleError:
        return None


@settings(max_examples=40, deadline=None)
@given(history=H.noise(), day=st.integers(1, 40))
def test_members_agree_with_plain_loops(history, day):
    """Whatever offices send: each person once, where the slow way has them, or refused by both."""
    known, expected = H.known(day, **history), slow(H.numbered(history), day)
    if expected is None:
        with pytest.raises(SchemaError, match="go round in a circle"):
            quick(known)
    else:
        assert quick(known) == expected


@pytest.mark.parametrize("day", [6, 12, 25, 40])
def test_members_of_a_thousand_histories_agree_with_plain_loops(day):
    """Many random histories in one table, but for those that are refused: nobody is mixed up."""
    found = [(history, slow(history, day)) for history in H.many(day, 1_000)]
    sound = [(history, people) for history, people in found if people is not None]
    assert len(sound) > 700
    known = H.known(day, **H.together([history for history, _ in sound]))
    assert quick(known) == {p: where for _, people in sound for p, where in people.items()}


@settings(max_examples=20, deadline=None)
@given(past=H.noise(recorded=(0, 20)), future=H.noise(recorded=(21, 40)))
def test_what_is_recorded_later_changes_no_membership(past, future):
    """Members of a day are the same without later entries."""
    both = {name: [*past[name], *future[name]] for name in past}
    results = []
    for history in (past, both):
        try:
            results.append(members(20, **history))
        except SchemaError as error:
            results.append(str(error))
    assert results[0] == results[1]


@settings(max_examples=40, deadline=None)
@given(events=st.lists(st.tuples(st.sampled_from(H.EVENTS), st.integers(0, 50)), max_size=14))
def test_people_are_neither_lost_nor_doubled(events):
    """After any splits, merges, moves, renumberings and deaths everybody is where they are."""
    county = H.County()
    for event, pick in events:
        county.step(event, pick)
    rows = members(
        members=county.history["member_snapshot"], changes=county.history["household_change"]
    )
    assert {p: (h, m) for p, h, m, _ in rows} == {
        p: (county.home[p], county.state[p]) for p in county.home
    }
    assert len(rows) == len(county.home)


@settings(max_examples=20, deadline=None)
@given(history=H.noise(), order=st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(history, order):
    """Rows shuffled, with their record numbers, give the same members."""
    whole = H.numbered(history)
    mixed = {name: order.sample(rows, len(rows)) for name, rows in whole.items()}
    results = []
    for rows in (whole, mixed):
        try:
            results.append(members(**rows))
        except SchemaError as error:
            results.append(str(error))
    assert results[0] == results[1]
