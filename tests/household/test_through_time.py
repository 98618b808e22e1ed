"""Households through time: numbers they live on under, when they end, and what a label may say."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import narwhals as nw
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanpin_risk.errors import SchemaError, TimeOrderError
from fanpin_risk.household.identity_problems import PROBLEMS, identity_problems
from fanpin_risk.household.through_time import (
    LABELS,
    ends,
    history_since,
    household_history,
    is_fall,
    label_with_ends,
    lineage,
)

HERE = Path(__file__).parent
H = SimpleNamespace(**runpy.run_path(str(HERE / "identity_histories.py")))
SLOW = SimpleNamespace(**runpy.run_path(str(HERE / "identity_reference.py")))
ENDS = ("household_id", "ended_day", "end_kind", "end_change")


def ended(**tables):
    """Ends of a history, as tuples."""
    return H.found(ends(H.known(**tables)), *ENDS)


def problems(**tables):
    """Counts of problems that are not zero."""
    counted = identity_problems(H.known(**tables))
    return {name: n for name, n in counted.select("problem", "n").iter_rows() if n}


def lives_on(**tables):
    """Current number of each number."""
    return dict(lineage(H.known(**tables)).iter_rows())


def test_a_renumbered_household_lives_on_under_its_newest_number():
    """Chains are followed to the end, whatever the order of rows; the others are themselves."""
    changes = """
        household | change     | other | day
        b         | renumbered | c     | 20
        x         | split      | a     | 5
        a         | renumbered | b     | 10
    """
    visits = "household | day ; other | 3"
    assert lives_on(changes=changes, visits=visits) == {
        "a": "c",
        "b": "c",
        "c": "c",
        "x": "x",
        "other": "other",
    }


def test_a_long_chain_is_followed():
    """Seventy numbers one after the other are one household."""
    chain = [
        {
            "household_id": f"n{n:02d}",
            "change": "renumbered",
            "other_household_id": f"n{n + 1:02d}",
            "occurred_day": n,
        }
        for n in range(70)
    ]
    assert set(lives_on(changes=chain[::-1]).values()) == {"n70"}


def test_a_number_changes_on_its_day_and_not_before():
    """A renumbering announced for a later day has not happened; one recorded late is not known."""
    changes = """
        household | change     | other | day | recorded
        a         | renumbered | b     | 30  | 10
        c         | renumbered | d     | 10  | 30
    """
    assert dict(lineage(H.known(29, changes=changes)).iter_rows()) == {"a": "a"}
    assert dict(lineage(H.known(30, changes=changes)).iter_rows()) == {
        "a": "b",
        "b": "b",
        "c": "d",
        "d": "d",
    }


@pytest.mark.parametrize(
    ("change", "function"),
    [("renumbered", lineage), ("merge", ends)],
    ids=["renumberings", "merges"],
)
def test_a_circle_is_refused(change, function):
    """The message names the households and says the mend."""
    changes = f"""
        household | change   | other | day
        a         | {change} | b     | 10
        b         | {change} | c     | 20
        c         | {change} | a     | 30
        d         | {change} | a     | 25
    """
    with pytest.raises(SchemaError, match=r"3 household numbers \(a, b, c\)\. Correct or withdraw"):
        function(H.known(changes=changes))


def test_the_newest_of_two_renumberings_is_followed_and_both_are_counted():
    """Out of one number or into one: the newest by day; a number left over is lost to sight."""
    changes = """
        household | change     | other | day
        a         | renumbered | b     | 10
        a         | renumbered | c     | 20
        d         | renumbered | e     | 20
        f         | renumbered | e     | 10
    """
    found = lives_on(changes=changes)
    assert (found["a"], found["d"], found["f"]) == ("c", "e", "f")
    assert ended(changes=changes) == [("f", 10, "censored", "renumbered")]
    assert problems(changes=changes) == {"renumbered_twice": 1, "renumbered_into_one": 1}


def test_household_rows_follow_a_renumbering_and_nothing_else():
    """Income keeps to its household; what an absorbed household had is not added to another."""
    known = H.known(
        changes="""
            household | change     | other | day
            old       | renumbered | new   | 10
            gone      | merge      | new   | 20
            child     | split      | new   | 20
        """
    )
    table = pl.DataFrame(
        {"fen": [1, 2, 3, 4, 5], "household_id": ["old", "new", "gone", "child", None]}
    )
    mapped = household_history(nw.from_native(table, eager_only=True), known)
    assert mapped.columns == ["fen", "household_id"]
    assert sorted(mapped.iter_rows()) == [
        (1, "new"),
        (2, "new"),
        (3, "gone"),
        (4, "child"),
        (5, None),
    ]


def test_history_begins_on_the_day_of_a_split_or_of_moving_in():
    """The new household begins then, under its current number; the one that stays is not listed."""
    changes = """
        household | change     | other | day
        new       | split      | old   | 10
        new       | renumbered | newer | 15
        came      | moved_in   |       | 12
        came      | moved_away |       | 20
        came      | moved_in   |       | 30
    """
    since = history_since(H.known(changes=changes))
    assert H.found(since, "household_id", "history_since_day", "since_change") == [
        ("came", 30, "moved_in"),
        ("newer", 10, "split"),
    ]
    assert ended(changes=changes) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param("a | merge | b | 10", ("censored", "merge"), id="absorbed is censored"),
        pytest.param("a | moved_away | | 10", ("censored", "moved_away"), id="moved is censored"),
        pytest.param("a | renumbered | | 10", ("censored", "renumbered"), id="lost is censored"),
        pytest.param("a | dissolved | | 10", ("competing", "dissolved"), id="dissolved competes"),
        pytest.param(
            "a | dissolved | | 10 ; a | merge | b | 10",
            ("censored", "merge"),
            id="struck off on the day of a merge did not die out",
        ),
        pytest.param(
            "a | dissolved | | 50 ; a | moved_away | | 10",
            ("censored", "moved_away"),
            id="the first end counts",
        ),
    ],
)
def test_what_ends_a_household(changes, expected):
    """Each change with its kind of end, on its day."""
    found = ended(changes=f"household | change | other | day ; {changes}")
    assert found == [("a", 10, *expected)]


@pytest.mark.parametrize("change", ["split", "merge", "renumbered"])
def test_the_other_side_of_a_change_goes_on(change):
    """Who is split from, receives or takes over a number does not end."""
    changes = f"household | change | other | day ; a | {change} | b | 10"
    assert "b" not in {household for household, *_ in ended(changes=changes)}


@pytest.mark.parametrize(
    ("later", "is_ended"),
    [
        pytest.param({}, True, id="nothing later"),
        pytest.param({"visits": "household | day ; a | 10"}, True, id="seen on the day of the end"),
        pytest.param({"visits": "household | day ; a | 11"}, False, id="seen a day after"),
        pytest.param(
            {"members": "person | household | membership | day ; p | a | away | 11"},
            False,
            id="a member belongs there later",
        ),
        pytest.param(
            {"members": "person | household | membership | day ; p | a | died | 11"},
            True,
            id="that a member died shows nobody alive",
        ),
    ],
)
def test_a_household_seen_again_is_alive_again(later, is_ended):
    """The newest dated fact decides, and on one day the end does."""
    changes = "household | change | other | day ; a | moved_away | | 10"
    assert bool(ended(changes=changes, **later)) is is_ended


@pytest.mark.parametrize(
    ("rows", "is_ended"),
    [
        ("a | moved_away | | 10 | 10 ; a | moved_in | | 20 | 20", False),
        ("a | moved_away | | 20 | 20 ; a | moved_in | | 10 | 30", True),
        ("a | moved_away | | 10 | 11 ; a | moved_in | | 10 | 12", False),
        ("a | moved_away | | 10 | 12 ; a | moved_in | | 10 | 12", True),
    ],
    ids=["later", "earlier but recorded late", "one day, recorded later", "cannot be told"],
)
def test_moving_in_again(rows, is_ended):
    """Days of occurrence decide before days of record; where nothing tells, the end stands."""
    changes = f"household | change | other | day | recorded ; {rows}"
    assert bool(ended(changes=changes)) is is_ended


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        pytest.param("p | a | died | 10", [(10, "competing")], id="a single person died"),
        pytest.param(
            "p | a | present | 5 ; q | a | died | 10", [], id="one is left, so it goes on"
        ),
        pytest.param(
            "p | a | died | 10 ; p | a | died | 40 ; q | a | left | 8",
            [(10, "competing")],
            id="the last to go died; later exports repeat it",
        ),
        pytest.param(
            "p | a | died | 8 ; q | a | left | 10", [(10, "censored")], id="the last to go left"
        ),
        pytest.param(
            "p | a | died | 10 ; q | a | left | 10",
            [(10, "censored")],
            id="both on one day: less is claimed",
        ),
        pytest.param(
            "p | a | died | 8 ; q | a | present | 5 ; q | b | present | 10",
            [(10, "censored")],
            id="the last lives elsewhere",
        ),
        pytest.param("p | a |  | 10", [], id="not known how is not gone"),
        pytest.param(
            "p | a | present | 5 ; p |  | died | 10",
            [(10, "competing")],
            id="an office that knows the person only reports the death",
        ),
    ],
)
def test_a_household_ends_with_its_last_member(members, expected):
    """Death of the last member competes; anything else censors."""
    found = ended(members=f"person | household | membership | day ; {members}")
    assert [(day, kind) for household, day, kind, _ in found if household == "a"] == expected


def test_a_visit_after_the_last_death_contradicts_it():
    """A household listed on the export that repeats the death is ended; one seen later is not."""
    members = "person | household | membership | day ; p | a | died | 10 ; p | a | died | 40"
    visits = "household | day ; a | {}"
    assert ended(members=members, visits=visits.format(40)) == [
        ("a", 10, "competing", "all_members_died")
    ]
    assert ended(members=members, visits=visits.format(41)) == []


def test_members_brought_by_a_merge_keep_a_household_alive_until_they_go():
    """The household's own members left; those of the absorbed one live there, and then die."""
    members = """
        person | household | membership | day
        p      | a         | present    | 5
        q      | b         | present    | 5
        q      | b         | left       | 12
    """
    changes = "household | change | other | day ; a | merge | b | 10"
    absorbed = ("a", 10, "censored", "merge")
    assert ended(members=members, changes=changes) == [absorbed]
    died = f"{members.rstrip()}\n        p | b | died | 20"
    assert ended(members=died, changes=changes) == [
        absorbed,
        ("b", 20, "competing", "all_members_died"),
    ]


def test_contradictions_are_counted():
    """Each kind of broken change is reported with its number, and nothing else is."""
    changes = """
        household | change     | other | day
        a         | moved_away |       | 5
        b         | split      | a     | 10
        c         | merge      | a     | 10
        d         | split      | alien | 10
        e         | merge      |       | 10
        f         | split      | f     | 10
        g         | merge      | k     | 10
        g         | merge      | l     | 11
        m         | renumbered | n     | 10
    """
    visits = "household | day ; a | 1 ; k | 20 ; l | 20 ; m | 10 ; m | 11"
    members = """
        person | household | membership | day
        p      | k         | present    | 20
        p      | l         | present    | 20
    """
    assert problems(changes=changes, visits=visits, members=members) == {
        "split_from_ended": 1,
        "merged_into_ended": 1,
        "other_unknown": 1,
        "other_not_named": 1,
        "other_is_itself": 1,
        "merged_twice": 1,
        "old_number_in_use": 1,
        "person_in_two_households": 1,
    }


def test_every_problem_is_reported_even_when_there_is_none():
    """Zero means looked for and not found; titles stand in Chinese and English."""
    table = identity_problems(H.known())
    assert table["problem"].to_list() == list(PROBLEMS)
    assert set(table["n"].to_list()) == {0}
    assert table["title_zh"].to_list() == [zh for zh, _ in PROBLEMS.values()]


LABEL_COLUMNS = ("need_day", "ended_day", "end_kind", "observed_until_day")


def labelled(cases, **arguments):
    """Labels of some cases over the days after 0 up to 30."""
    schema = dict.fromkeys(LABEL_COLUMNS, pl.Int32()) | {"end_kind": pl.String()}
    frame = nw.from_native(pl.DataFrame(cases, schema=schema, orient="row"), eager_only=True)
    whole = {"as_of_day": 0, "horizon_day": 30, **arguments}
    return frame.select(label=label_with_ends(**whole))["label"].to_list()


@pytest.mark.parametrize(
    ("need", "end", "kind", "until", "expected", "other_order"),
    [
        pytest.param(10, None, None, None, "yes", "yes", id="need alone"),
        pytest.param(30, None, None, 30, "yes", "yes", id="need on the last day"),
        pytest.param(0, None, None, 30, "no", "no", id="need on the day itself is before"),
        pytest.param(31, None, None, 31, "no", "no", id="need after the window"),
        pytest.param(None, None, None, 30, "no", "no", id="observed to the end"),
        pytest.param(None, None, None, 29, "unknown", "unknown", id="observed a day short"),
        pytest.param(None, None, None, None, "unknown", "unknown", id="never seen again"),
        pytest.param(9, 10, "censored", 10, "yes", "yes", id="need before moving"),
        pytest.param(10, 10, "censored", 10, "yes", "unknown", id="need on the day of moving"),
        pytest.param(30, 30, "censored", 30, "yes", "unknown", id="the same on the last day"),
        pytest.param(11, 10, "censored", 30, "unknown", "unknown", id="need after moving"),
        pytest.param(None, 10, "censored", 30, "unknown", "unknown", id="moved, never no"),
        pytest.param(None, 30, "censored", 30, "no", "no", id="moved when the window was over"),
        pytest.param(9, 10, "competing", 10, "yes", "yes", id="need before death"),
        pytest.param(10, 10, "competing", 10, "yes", "competing", id="need on the day of death"),
        pytest.param(None, 10, "competing", 9, "competing", "competing", id="death first"),
        pytest.param(None, 30, "competing", 29, "competing", "competing", id="death at the end"),
        pytest.param(None, 31, "competing", 30, "no", "no", id="death after the window"),
        pytest.param(None, 0, "competing", 30, "unknown", "unknown", id="had ended before"),
        pytest.param(5, 0, "censored", 30, "unknown", "unknown", id="had moved before"),
    ],
)
def test_labels_with_ends(need, end, kind, until, expected, other_order):
    """Need before the end is yes; death before need competes; lost from sight is unknown."""
    case = [(need, end, kind, until)]
    assert labelled(case) == [expected]
    assert labelled(case, is_fall_first=False) == [other_order]


def test_a_label_becomes_a_fall_or_not_or_null():
    """A competing end is no fall; unknown is null and not no."""
    frame = nw.from_native(pl.DataFrame({"label": list(LABELS)}), eager_only=True)
    fell = dict(zip(LABELS, frame.select(x=is_fall(nw.col("label")))["x"].to_list(), strict=True))
    assert fell == {"yes": True, "no": False, "competing": False, "unknown": None}


def test_a_window_without_a_day_is_refused():
    """A horizon on the day of the question asks nothing."""
    with pytest.raises(TimeOrderError, match="ends on day 30 and begins after day 30"):
        label_with_ends(as_of_day=30, horizon_day=30)


DAYS = st.one_of(st.none(), st.integers(-2, 9))


@settings(max_examples=150, deadline=None)
@given(
    cases=st.lists(
        st.tuples(DAYS, DAYS, st.sampled_from(["censored", "competing"]), DAYS), min_size=1
    ),
    is_fall_first=st.booleans(),
)
def test_labels_agree_with_a_day_by_day_reading(cases, is_fall_first):
    """The expression gives what walking through the days gives."""
    whole = [
        (need, end, kind if end is not None else None, until) for need, end, kind, until in cases
    ]
    arguments = {"as_of_day": 1, "horizon_day": 6, "is_fall_first": is_fall_first}
    slow = [SLOW.label(*case, as_of=1, horizon=6, is_fall_first=is_fall_first) for case in whole]
    assert labelled(whole, **arguments) == slow


def quick(known):
    """Lineage, ends and first days as the package finds them."""
    since = history_since(known).select("household_id", "history_since_day", "since_change")
    return (
        dict(lineage(known).iter_rows()),
        {h: tuple(rest) for h, *rest in ends(known).select(*ENDS).iter_rows()},
        {h: tuple(rest) for h, *rest in since.iter_rows()},
    )


def slow(history, day):
    """The same by plain loops; None where numbers go round in a circle."""
    try:
        reference = SLOW.Reference(history, day)
        return reference.lineage(), reference.ends(), reference.history_since()
    except SLOW.CircleError:
        return None


@settings(max_examples=40, deadline=None)
@given(history=H.noise(), day=st.integers(1, 40))
def test_lineage_ends_and_beginnings_agree_with_plain_loops(history, day):
    """Whatever offices send: the same numbers, ends and first days, or refused by both."""
    known, expected = H.known(day, **history), slow(H.numbered(history), day)
    if expected is None:
        with pytest.raises(SchemaError, match=r"go round in a circle"):
            quick(known)
    else:
        assert quick(known) == expected


@pytest.mark.parametrize("day", [6, 12, 25, 40])
def test_a_thousand_histories_at_once_agree_with_plain_loops(day):
    """Many random histories in one table, but for those that are refused, and no mixing."""
    sound = [(h, found) for h in H.many(day, 1_000) if (found := slow(h, day))]
    assert len(sound) > 800
    known = H.known(day, **H.together([history for history, _ in sound]))
    for n, found in enumerate(quick(known)):
        assert found == {key: value for _, parts in sound for key, value in parts[n].items()}


@settings(max_examples=20, deadline=None)
@given(history=H.noise())
def test_following_a_number_twice_changes_nothing(history):
    """The current number of a current number is itself."""
    known = H.known(**history)
    try:
        numbers = lineage(known)
    except SchemaError:
        return
    current = numbers.select(household_id=nw.col("current_household_id"))
    assert household_history(current, known).rows() == current.rows()


@settings(max_examples=15, deadline=None)
@given(past=H.noise(recorded=(0, 20)), future=H.noise(recorded=(21, 40)))
def test_what_is_recorded_later_changes_nothing(past, future):
    """Lineage, ends, beginnings and problems of a day are the same without later entries."""
    both = {name: [*past[name], *future[name]] for name in past}
    results = []
    for history in (past, both):
        known = H.known(20, **history)
        try:
            results.append(
                [
                    list(f(known).iter_rows())
                    for f in (lineage, ends, history_since, identity_problems)
                ]
            )
        except SchemaError as error:
            results.append([str(error)])
    assert results[0] == results[1]


@settings(max_examples=25, deadline=None)
@given(events=st.lists(st.tuples(st.sampled_from(H.EVENTS), st.integers(0, 50)), max_size=14))
def test_a_county_that_reports_everything_is_understood(events):
    """After any splits, merges, moves, new numbers and deaths, exactly the ended have ended."""
    county = H.County()
    for event, pick in events:
        county.step(event, pick)
    known = H.known(**county.history)
    found = {h: (day, kind) for h, day, kind, _ in ends(known).select(*ENDS).iter_rows()}
    assert found == county.ended
    assert identity_problems(known)["n"].to_list() == [0] * len(PROBLEMS)
