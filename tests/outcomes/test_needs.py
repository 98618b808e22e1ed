"""Need by the day it was found, and what became of a household: yes, no, or not knowable."""

from __future__ import annotations

import runpy
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import narwhals as nw
import polars as pl
import pytest

from fanpin_risk.dates import day_number
from fanpin_risk.errors import TimeOrderError
from fanpin_risk.outcomes.needs import OUTCOMES, dated_needs, event_outcomes

HERE = Path(__file__).parent
N = SimpleNamespace(**runpy.run_path(str(HERE / "need_histories.py")))
SLOW = SimpleNamespace(**runpy.run_path(str(HERE.parent / "reference" / "needs_reference.py")))


def outcomes(made, households="h", on=N.END, **changes):
    """What became of households, as plain values."""
    asked = nw.from_native(pl.DataFrame({"household_id": households.split()}), eager_only=True)
    found = event_outcomes(N.facts(made, on), asked, N.AS_OF, N.settings(**changes)).to_native()
    assert found.columns == list(OUTCOMES)
    return {row.pop("household_id"): row for row in found.iter_rows(named=True)}


def label(households="h", on=N.END, change=None, **tables):
    """Label of household h."""
    made = N.history(**tables, **({"household_change": change} if change else {}))
    return outcomes(made, households, on)["h"]["label"]


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        ({"visit": "h | in_need | within"}, "yes"),
        ({"visit": "h | in_need | first"}, "yes"),
        ({"visit": "h | in_need | horizon"}, "yes"),
        ({"verification": "h | confirmed | within"}, "yes"),
        ({"listing": "h | listed | within"}, "yes"),
        ({"visit": "h | in_need | within ; h | no_need | later"}, "yes"),
        # on the day itself it is not after it, and after the horizon it is too late
        ({"visit": "h | in_need | as_of"}, "unknown"),
        ({"visit": "h | in_need | after"}, "unknown"),
        # a decision against, a clue that is not confirmed and nobody met are no need
        ({"listing": "h | refused | within"}, "unknown"),
        ({"verification": "h | not_confirmed | within"}, "unknown"),
        ({"visit": "h | not_met | within ; h | refused | within"}, "unknown"),
    ],
)
def test_need_within_the_window_is_yes(tables, expected):
    """Open at the day itself, closed at the horizon; whatever was found later."""
    assert label(**tables) == expected


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        ({"visit": "h | no_need | horizon"}, "no"),
        ({"visit": "h | no_need | complete"}, "no"),
        ({"verification": "h | not_confirmed | later"}, "no"),
        # a day short, or too long after: not looked at when it counts
        ({"visit": "h | no_need | last"}, "unknown"),
        ({"visit": "h | no_need | too_late"}, "unknown"),
        ({"visit": "h | not_met | later"}, "unknown"),
        ({"visit": "h | refused | later"}, "unknown"),
        # need between the horizon and the look: when it began is not known
        ({"visit": "h | in_need | after ; h | no_need | later"}, "unknown"),
        ({"visit": "h | in_need | later ; h | no_need | later"}, "unknown"),
        # seen without need first: what came after the look does not matter
        ({"visit": "h | no_need | after ; h | in_need | later"}, "no"),
    ],
)
def test_no_wants_a_look_without_need_at_or_after_the_horizon(tables, expected):
    """Not seen is never no."""
    assert label(**tables) == expected


def test_who_was_never_looked_at_is_unknown():
    """No record at all says nothing."""
    assert label() == "unknown"


@pytest.mark.parametrize(
    ("change", "tables", "expected"),
    [
        ("h | dissolved | within", {}, "competing"),
        ("h | dissolved | horizon", {}, "competing"),
        ("h | moved_away | within", {}, "unknown"),
        ("h | moved_away | within", {"visit": "h | in_need | first"}, "yes"),
        ("h | dissolved | within", {"visit": "h | in_need | within"}, "yes"),
        ("h | dissolved | within", {"listing": "h | listed | last"}, "competing"),
        ("h | moved_away | first", {"listing": "h | listed | last"}, "unknown"),
        ("h | moved_away | later", {"visit": "h | no_need | after"}, "no"),
    ],
)
def test_ends_are_told_from_no(change, tables, expected):
    """Dying out is a competing end; moving away censors; need on the day of the end comes first."""
    assert label(change=change, **tables) == expected


def test_a_competing_end_is_no_fall_and_unknown_is_null():
    """What the models and metrics learn from."""
    made = N.history(
        snapshots="dead fell free gone",
        visit="fell | in_need | within ; free | no_need | later",
        household_change="dead | dissolved | within",
    )
    found = outcomes(made, "dead fell free gone")
    assert {name: row["fell"] for name, row in found.items()} == {
        "dead": False,
        "fell": True,
        "free": False,
        "gone": None,
    }
    assert found["dead"]["label"] == "competing"


def test_the_record_that_says_so_stands_beside_it():
    """First need by its day; of one day's records the table that comes first by name."""
    made = N.history(
        visit="h | in_need | last ; h | in_need | within",
        verification="h | confirmed | within",
    )
    found = outcomes(made)["h"]
    assert found["need_day"] == day_number(N.DAYS["within"])
    assert (found["need_from"], found["need_record"]) == ("verification", "r000")
    later = outcomes(N.history(visit="h | in_need | after"))["h"]
    assert (later["label"], later["need_day"]) == ("unknown", day_number(N.DAYS["after"]))


def test_a_label_without_listing_can_be_asked_for():
    """A decision is later than the need, and no outcome by itself."""
    made = N.history(listing="h | listed | within", visit="h | no_need | later")
    assert outcomes(made)["h"]["label"] == "yes"
    assert outcomes(made, need_from=("visit", "verification"))["h"]["label"] == "no"


def test_needs_are_those_of_the_tables_asked_for():
    """One row for each record, by the day it was so."""
    made = N.history(
        visit="h | in_need | first ; h | no_need | within",
        verification="h | confirmed | last ; h | not_reached | last",
        listing="h | listed | after ; h | refused | after",
    )
    facts = N.facts(made)
    found = dated_needs(facts, ("visit", "verification", "listing")).to_native().sort("need_day")
    assert found["table"].to_list() == ["visit", "verification", "listing"]
    assert dated_needs(facts, ("listing",)).to_native()["table"].to_list() == ["listing"]


def test_a_need_that_was_recorded_late_is_known_from_then_on():
    """Looked at without need later, and the earlier need entered afterwards."""
    made = N.history(visit="h | no_need | horizon")
    late = {"household_id": "h", "result": "in_need", "occurred_day": day_number(N.DAYS["within"])}
    made["visit"].append(late | {"recorded_day": day_number(date(2023, 2, 1)), "record_id": "late"})
    assert outcomes(made, on=date(2023, 1, 31))["h"]["label"] == "no"
    assert outcomes(made, on=date(2023, 2, 1))["h"]["label"] == "yes"


def test_a_household_is_followed_under_its_later_number():
    """Asked about by the number of the day; what happened stands under the new one."""
    made = N.history(visit="new | in_need | last", snapshots="h other")
    made["household_change"] = [
        {
            "household_id": "h",
            "other_household_id": "new",
            "change": "renumbered",
            "occurred_day": day_number(N.DAYS["within"]),
        }
    ]
    found = outcomes(made, "h other")
    assert {name: row["label"] for name, row in found.items()} == {"h": "yes", "other": "unknown"}


def test_an_outcome_cannot_be_asked_before_every_answer_can_be_known():
    """By the horizon some of the yes are known and none of the no."""
    settings = N.settings()
    assert settings.known_on(N.AS_OF) == N.DAYS["complete"]
    with pytest.raises(
        TimeOrderError,
        match=r"outcome of 2022-04-30 is known from 2022-12-31 on, not on 2022-12-30\. Evaluate",
    ):
        outcomes(N.history(), on=N.DAYS["complete"] - timedelta(days=1))


@pytest.mark.parametrize("need_from", [("visit", "verification", "listing"), ("visit",)])
@pytest.mark.parametrize("seed", range(3))
def test_labels_are_those_of_a_walk_from_day_to_day(seed, need_from):
    """A second implementation, over every edge of the window, for a thousand households."""
    names, made = N.many(seed, 1_000)
    found = outcomes(made, " ".join(names), need_from=need_from)
    expected = {
        name: SLOW.label_of(
            of_one,
            name,
            as_of_day=day_number(N.AS_OF),
            horizon_day=day_number(N.DAYS["horizon"]),
            complete_day=day_number(N.DAYS["complete"]),
            need_from=need_from,
        )
        for name, of_one in by_household(made).items()
    }
    assert {name: row["label"] for name, row in found.items()} == expected
    counts = Counter(expected.values())
    assert min(counts.values()) > 20
    assert set(counts) == {"yes", "no", "competing", "unknown"}


def by_household(made):
    """Rows by household, then by table."""
    found = {}
    for table, rows in made.items():
        for row in rows:
            found.setdefault(row["household_id"], {}).setdefault(table, []).append(row)
    return found
