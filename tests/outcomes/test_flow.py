"""Whose risk is asked from a register: everybody who exists is asked about, or left out for why."""

from __future__ import annotations

import runpy
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from fanpin_risk.dates import day_number
from fanpin_risk.errors import ConfigError, SchemaError
from fanpin_risk.ledger.state import ledger_state
from fanpin_risk.outcomes.cohort import CohortSettings
from fanpin_risk.outcomes.flow import EXCLUDED, DecisionDays, FlowSettings, flow_population
from fanpin_risk.outcomes.words import register_words, survey_words
from fanpin_risk.settings import settings_from

HERE = Path(__file__).parent
N = SimpleNamespace(**runpy.run_path(str(HERE / "need_histories.py")))
L = SimpleNamespace(**runpy.run_path(str(HERE.parent / "ledger" / "ledger_histories.py")))
DAY = day_number(N.AS_OF)


def population(made, on=N.AS_OF, **changes):
    """Everybody who exists, as plain values."""
    settings = N.settings(**changes)
    facts = N.facts(made, on)
    state = ledger_state(facts, open_clue_days=settings.open_clue_days)
    found = flow_population(facts, state, settings).to_native()
    return {row.pop("household_id"): row for row in found.iter_rows(named=True)}


def excluded(made=None, on=N.AS_OF, days=None, **tables):
    """Why household h is left out; rows as (table, value, days before the day)."""
    made = N.history() if made is None else made
    for table, entries in tables.items():
        column = N.COLUMN.get(table, "channel")
        for value, ago in entries:
            made[table].append({"household_id": "h", column: value, "occurred_day": DAY - ago})
    return population(made, on, **(days or {}))["h"]["excluded_for"]


def test_who_is_on_record_and_nothing_more_is_asked_about():
    """Place, size and first day are there; nothing keeps the household out."""
    made = N.history()
    made["household_snapshot"] = [
        {"household_id": "h", "occurred_day": 15_000, "place": "old", "region": "R", "members": 4},
        {"household_id": "h", "occurred_day": 16_000, "place": "new", "region": "R", "members": 3},
    ]
    assert population(made)["h"] == {
        "place": "new",
        "region": "R",
        "context_place": "C",
        "members": 3,
        "first_day": 15_000,
        "excluded_for": None,
    }


def test_members_are_counted_where_persons_are_on_record():
    """Who left or died is not counted; without persons the snapshot says it."""
    made = N.history()
    made["household_snapshot"] = [{"household_id": "h", "occurred_day": 15_000, "members": 9}]
    people = {"p": "present", "q": "away", "r": "died", "s": None, "t": "left"}
    made["member_snapshot"] = [
        {"person_id": p, "household_id": "h", "occurred_day": 15_000, "membership": state}
        for p, state in people.items()
    ]
    assert population(made)["h"]["members"] == 3


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        ({"listing": [("listed", 0)]}, "listed"),
        ({"listing": [("listed", 3_000)]}, "listed"),
        ({"listing": [("listed", 800)], "exit": [("natural", 730)]}, None),
        ({"listing": [("listed", 800)], "exit": [("natural", 729)]}, "reentry"),
        ({"clue": [("cadre", 59)]}, "open_clue"),
        ({"clue": [("cadre", 60)]}, None),
        ({"visit": [("in_need", 364)]}, "in_need"),
        ({"visit": [("in_need", 365)]}, None),
        ({"verification": [("confirmed", 10)]}, "in_need"),
        ({"visit": [("in_need", 20), ("no_need", 10)]}, None),
        ({"visit": [("in_need", 10), ("no_need", 20)]}, "in_need"),
        ({"visit": [("in_need", 10), ("no_need", 10)]}, "in_need"),
        ({"visit": [("not_met", 10), ("refused", 9)]}, None),
        ({"listing": [("refused", 5)]}, None),
        # of several reasons the first of `EXCLUDED` counts
        ({"listing": [("listed", 5)], "clue": [("cadre", 1)]}, "listed"),
        ({"clue": [("cadre", 1)], "visit": [("in_need", 2)]}, "open_clue"),
        (
            {"listing": [("listed", 90)], "exit": [("natural", 9)], "clue": [("cadre", 1)]},
            "reentry",
        ),
    ],
)
def test_why_a_household_is_left_out(tables, expected):
    """Each limit on its last day, and a day beyond."""
    assert excluded(**tables) == expected


def test_the_limits_are_settings():
    """Months and days are those of the configuration."""
    need = {"visit": [("in_need", 200)]}
    assert excluded(**need, days={"free_of_need_months": 6}) is None
    assert excluded(**need, days={"free_of_need_months": 7}) == "in_need"
    assert excluded(visit=[("in_need", 0)], days={"free_of_need_months": 0}) is None
    left = {"listing": [("listed", 400)], "exit": [("natural", 200)]}
    assert excluded(**left, days={"reentry_months": 6}) is None
    assert excluded(clue=[("cadre", 5)], days={"open_clue_days": 5}) is None


@pytest.mark.parametrize(
    ("change", "is_there"),
    [("moved_away", False), ("dissolved", False), ("merge", False), ("moved_in", True)],
)
def test_who_has_ended_does_not_exist(change, is_there):
    """From the day of the end on; an end of later is none yet."""
    made = N.history(snapshots="h other")
    row = {"household_id": "h", "change": change, "other_household_id": "other"}
    made["household_change"] = [row | {"occurred_day": DAY}]
    assert ("h" in population(made)) is is_there
    made["household_change"] = [row | {"occurred_day": DAY + 1, "recorded_day": DAY}]
    assert "h" in population(made)


def test_who_is_only_pointed_to_is_not_on_record():
    """A clue about a number that no snapshot names makes no household."""
    made = N.history()
    made["clue"] = [{"household_id": "nobody", "channel": "cadre", "occurred_day": DAY}]
    assert set(population(made)) == {"h"}


@pytest.mark.parametrize("missing", N.KEPT)
def test_a_table_that_everything_stands_on_must_be_kept(missing):
    """Who was never listed is not told from who is not known to be."""
    made = N.history(kept=[name for name in N.KEPT if name != missing])
    with pytest.raises(
        SchemaError, match=rf"The records hold no table {missing}, and who is asked"
    ):
        population(made)


@pytest.mark.parametrize("day", [2, 8, 20])
def test_nobody_is_lost(day):
    """Population is cohort and excluded, each household once, all of them on record by then."""
    history = L.many(day, 200)
    facts = L.facts(day, **history)
    state = ledger_state(facts, open_clue_days=3)
    found = flow_population(facts, state, N.settings(open_clue_days=3)).to_native()
    ids = found["household_id"].to_list()
    assert len(set(ids)) == len(ids)
    assert ids == sorted(ids, key=str.encode)
    assert set(found["excluded_for"].drop_nulls()) <= set(EXCLUDED)
    snapshots = facts.known.tables["household_snapshot"]
    on_record = snapshots.to_native().filter(snapshots["occurred_day"].to_native() <= day)
    numbers = dict(facts.numbers.iter_rows())
    assert set(ids) == {numbers[number] for number in on_record["household_id"]}


# Settings


def test_decision_days_are_month_ends():
    """Every so many months, as far as the last day reaches."""
    days = DecisionDays(first=date(2023, 11, 30), last=date(2024, 5, 30), every_months=3)
    assert days.days() == [date(2023, 11, 30), date(2024, 2, 29)]
    one = DecisionDays(first=date(2024, 2, 29), last=date(2024, 2, 29))
    assert one.days() == [date(2024, 2, 29)]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"first": "2024-02-28"}, "first is 2024-02-28: give the last day of a month"),
        ({"last": "2023-01-31"}, r"last is 2023-01-31, before first \(2024-02-29\)"),
        ({"every_months": 0}, "decision_days.every_months: "),
        (
            {"every_month": 3},
            "decision_days.every_month is no setting. Did you mean 'every_months'",
        ),
    ],
)
def test_days_that_cannot_be_are_refused(changes, words):
    """File, key and mend."""
    days = {"first": "2024-02-29", "last": "2024-12-31"} | changes
    content = {"horizon_months": 6, "decision_days": days}
    with pytest.raises(ConfigError, match=rf"^flow\.yaml: .*{words}"):
        settings_from(content, FlowSettings, where="flow.yaml")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"need_from": []}, "need_from: "),
        ({"need_from": ["exit"]}, "need_from.0: .*'visit', 'verification' or 'listing'"),
        ({"look_within_months": 0}, "look_within_months: "),
        ({"open_clue_days": 0}, "open_clue_days: "),
    ],
)
def test_settings_outside_their_range_are_refused(changes, words):
    """Each message names the setting."""
    days = {"first": "2024-02-29", "last": "2024-12-31"}
    content = {"horizon_months": 6, "decision_days": days} | changes
    with pytest.raises(ConfigError, match=rf"^flow\.yaml: .*{words}"):
        settings_from(content, FlowSettings, where="flow.yaml")


def test_words_name_the_numbers_of_the_settings():
    """Horizon, look and months stand in both languages; the two kinds are told apart."""
    words = register_words(N.settings(reentry_months=18, free_of_need_months=9))
    assert words.kind == "event"
    for text in (words.title_zh, words.title_en, words.outcome_zh, words.outcome_en):
        assert "6" in text
    assert all("2" in text for text in (words.outcome_zh, words.outcome_en))
    assert all("18" in text and "9" in text for text in (words.cohort_zh, words.cohort_en))
    assert "决定纳入监测" in words.outcome_zh
    assert "纳入" not in register_words(N.settings(need_from=("visit",))).outcome_zh
    survey = survey_words(CohortSettings(horizon_months=12))
    assert survey.kind == "status"
    assert "12" in survey.title_zh
    assert "12" in survey.title_en
