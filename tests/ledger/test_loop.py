"""The closed loop against a second implementation that lives every day once more."""

from __future__ import annotations

import runpy
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import narwhals as nw
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanpin_risk.dates import day_number, day_of
from fanpin_risk.errors import SchemaError
from fanpin_risk.ledger.clearing import (
    ALL_PLACES,
    CLEARING,
    STAGE_TIMES,
    clearing_by_month,
    stage_times_by_month,
)
from fanpin_risk.ledger.listings import (
    MEASURE_STATES,
    SPELL_LIMITS,
    SPELL_STAGES,
    spell_stages,
    with_spell_clocks,
)
from fanpin_risk.ledger.loop import LOOP_FACTS, loop_facts
from fanpin_risk.ledger.stages import (
    CLOSED_BY,
    CLUE_CASES,
    CLUE_LIMITS,
    STAGES,
    clue_cases,
    with_clue_clock,
)
from fanpin_risk.ledger.summary import loop_summary

HERE = Path(__file__).parent
L = SimpleNamespace(**runpy.run_path(str(HERE / "loop_histories.py")))
SLOW = SimpleNamespace(**runpy.run_path(str(HERE.parent / "reference" / "loop_reference.py")))

PAIRS = 120
DAYS = (3, 8, 14, 40)
READINGS = ("asks_anew", "answered")


def limits_frame(limits, names):
    """Limits by household as a frame."""
    rows = [(household, *values) for household, values in sorted(limits.items())]
    schema = {"household_id": pl.String, **dict.fromkeys(names, pl.Int64)}
    return nw.from_native(pl.DataFrame(rows, schema=schema, orient="row"), eager_only=True)


def clue_limits(n_pairs):
    """Limits of decision: some in days, some in working days, some in both, some not known."""
    choices = [(5, None), (None, 3), (4, 2), (None, None), (0, None)]
    return {
        f"{n}{name}": choices[(n + k) % len(choices)]
        for n in range(n_pairs)
        for k, name in enumerate("aAb")
    }


def spell_limits(n_pairs):
    """Limits of notice, first measure and observation; some not known."""
    choices = [(4, 1, 1), (5, 0, 2), (None, 1, None), (3, None, 0)]
    return {
        f"{n}{name}": choices[(n + k) % len(choices)]
        for n in range(n_pairs)
        for k, name in enumerate("aAb")
    }


def of_limits(limits):
    """Frame of the limits of spells; exits have no notice on record."""
    return limits_frame({h: (*values, 7) for h, values in limits.items()}, SPELL_LIMITS)


@pytest.mark.parametrize("already_listed", READINGS)
@pytest.mark.parametrize("seed", range(3))
def test_cases_are_those_of_days_lived_again(seed, already_listed):
    """Every column of every clue, on days before, amid and after what happened."""
    history = L.many(seed, PAIRS)
    seen = set()
    for day in DAYS:
        found = L.plainly(clue_cases(L.facts(day, history), already_listed=already_listed))
        assert found == SLOW.cases(history, day, already_listed)
        seen |= {row["stage"] for row in found} | {row["closed_by"] for row in found}
        seen |= {row["is_green_channel"] for row in found}
    expected = {*STAGES, *CLOSED_BY, True, False, None}
    assert seen == expected - ({"listed_already"} if already_listed == "asks_anew" else set())


@pytest.mark.parametrize("seed", range(3))
def test_clocks_of_clues_are_those_of_days_lived_again(seed):
    """Due days, overdue and late, with limits in days, in working days, in both and in none."""
    history, limits = L.many(seed, PAIRS), clue_limits(PAIRS)
    for day in DAYS:
        cases = clue_cases(L.facts(day, history))
        found = L.plainly(with_clue_clock(cases, limits_frame(limits, CLUE_LIMITS), day=day))
        expected = [
            case | SLOW.clue_clock(case, limits, day)
            for case in SLOW.cases(history, day, "asks_anew")
        ]
        assert found == expected
        for name in ("is_overdue", "is_late"):
            assert {row[name] for row in found} == {True, False, None}


@pytest.mark.parametrize("inclusive", [False, True])
@pytest.mark.parametrize("on_the_day_is_late", [False, True])
def test_spells_and_their_clocks_are_those_of_days_lived_again(inclusive, on_the_day_is_late):
    """Notice, first measure and observation, by every reading."""
    history, limits = L.many(7, PAIRS), spell_limits(PAIRS)
    seen = set()
    for day in (8, 14, 33, 34, 43, 44, 45):
        facts = L.facts(day, history)
        cases = clue_cases(facts)
        clocked = with_spell_clocks(
            spell_stages(facts, cases),
            of_limits(limits),
            day=day,
            notice_days="inclusive" if inclusive else "difference",
            first_measure="exactly_one_month_is_late" if on_the_day_is_late else "is_in_time",
        )
        found = L.plainly(clocked)
        slow_cases = SLOW.cases(history, day, "asks_anew")
        readings = {"inclusive": inclusive, "on_the_day_is_late": on_the_day_is_late}
        expected = [
            spell | SLOW.spell_clock(spell, limits, day, **readings)
            for spell in SLOW.spells(history, day, slow_cases)
        ]
        for row in expected:
            state = row["measure_state"]
            row["is_measure_late"] = None if state is None else state in ("late", "overdue")
        assert [dict(sorted(row.items())) for row in found] == [
            dict(sorted(row.items())) for row in expected
        ]
        seen |= {row["measure_state"] for row in found}
    assert seen == {*MEASURE_STATES, None}


@pytest.mark.parametrize("seed", range(2))
def test_clearing_is_counted_clue_by_clue(seed):
    """Opened, cleared, open, overdue and ages of every month and place; the last month is cut."""
    history = {
        table: [{**row, "occurred_day": _spread(row["occurred_day"]),
                 "recorded_day": _spread(row["recorded_day"])} for row in rows]
        for table, rows in L.many(seed, PAIRS).items()
    }  # fmt: skip
    limits = {h: (12, None) if values[0] else (None, None) for h, values in
              clue_limits(PAIRS).items()}  # fmt: skip
    places = {f"{n}{name}": f"v{n % 3}" for n in range(PAIRS) for name in "aA"}
    as_of = date(1970, 4, 20)
    day = day_number(as_of)
    cases = with_clue_clock(
        clue_cases(L.facts(day, history)), limits_frame(limits, CLUE_LIMITS), day=day
    )
    clocked = [
        case | SLOW.clue_clock(case, limits, day) for case in SLOW.cases(history, day, "asks_anew")
    ]
    frame = nw.from_native(
        pl.DataFrame({"household_id": list(places), "place": list(places.values())}),
        eager_only=True,
    )
    month = {"from_month": date(1970, 1, 1), "as_of": as_of}
    found = clearing_by_month(cases, frame, **month)
    assert dict(found.schema) == CLEARING
    rows = {(row.pop("month"), row.pop("place")): row for row in L.plainly(found)}
    assert len(rows) == 4 * 4
    for first in (date(1970, n, 1) for n in range(1, 5)):
        for place, expected in SLOW.clearing(clocked, places, first, as_of).items():
            row = rows[f"{first:%Y-%m}", place]
            row.pop("last_day")
            assert row == expected, (first, place)
    times = stage_times_by_month(cases, frame, **month)
    assert dict(times.schema) == STAGE_TIMES
    spent = {
        (row.pop("month"), row.pop("place"), row.pop("stage")): row for row in L.plainly(times)
    }
    told = [case for case in clocked if case["is_open"] is not None]
    for first in (date(1970, n, 1) for n in range(1, 5)):
        for (place, stage), expected in SLOW.stage_times(told, places, first).items():
            assert spent[f"{first:%Y-%m}", place, stage] == expected, (first, place, stage)
    last = rows["1970-04", ALL_PLACES]
    assert last["open"] == sum(case["is_open"] is True for case in clocked)
    assert last["overdue"] == sum(case["is_overdue"] is True for case in clocked)


def test_a_month_begins_and_ends_with_its_days():
    """What is opened, cleared and due on the first and on the last day of a month."""
    clues = [("a", "01-31"), ("b", "02-01"), ("c", "02-29"), ("d", "02-10")]
    checks = [("a", "02-01"), ("b", "02-29"), ("c", "03-01")]
    history = L.written(
        {
            "clue": [{"household": h, "day": _of_2024(text)} for h, text in clues],
            "verification": [
                {"household": h, "day": _of_2024(text), "result": "not_confirmed"}
                for h, text in checks
            ],
        }
    )
    places = nw.from_native(
        pl.DataFrame({"household_id": list("abcd"), "place": ["v"] * 4}), eager_only=True
    )
    as_of = date(2024, 3, 31)
    cases = clue_cases(L.facts(day_number(as_of), history))
    for limit, overdue in ((19, 0), (18, 1)):
        limits = limits_frame(dict.fromkeys("abcd", (limit, None)), CLUE_LIMITS)
        clocked = with_clue_clock(cases, limits, day=day_number(as_of))
        found = clearing_by_month(clocked, places, from_month=date(2024, 1, 1), as_of=as_of)
        rows = {row["month"]: row for row in L.plainly(found) if row["place"] == "v"}
        counts = ("opened", "cleared", "open", "overdue")
        assert [tuple(rows[f"2024-0{n}"][name] for name in counts) for n in (1, 2, 3)] == [
            (1, 0, 1, 0),
            (3, 2, 2, overdue),
            (0, 1, 1, 1),
        ]
        assert rows["2024-02"]["share_cleared_e4"] == 5_000


def _of_2024(text):
    """Day of 2024."""
    return date.fromisoformat(f"2024-{text}")


def _spread(day):
    """Days of a fortnight, eight apart."""
    return day * 8


@settings(max_examples=12, deadline=None)
@given(history=L.histories(most=8), day=st.integers(1, 18))
def test_what_is_recorded_later_changes_nothing(history, day):
    """All that is said of a day stands on what was recorded by it."""
    assert _everything(day, history) == _everything(day, L.known_by(history, day))


def _everything(day, history):
    """Cases, spells and facts of households, as plain rows."""
    facts = L.facts(day, history)
    cases = clue_cases(facts)
    named = sorted({row["household_id"] for row in L.plainly(cases)} - {None})
    households = nw.from_native(
        pl.DataFrame({"household_id": named}, schema={"household_id": pl.String}), eager_only=True
    )
    return [
        L.plainly(frame)
        for frame in (cases, spell_stages(facts, cases), loop_facts(facts, households))
    ]


@settings(max_examples=15, deadline=None)
@given(history=L.histories(most=8), day=st.integers(1, 25))
def test_stages_follow_each_other_without_a_gap(history, day):
    """Days in the stages add up to the days a clue was open, and days stand in their order."""
    for row in L.plainly(clue_cases(L.facts(day, history))):
        spent = [row[f"days_in_{stage}"] for stage in ("warning", "judgement", "handling")]
        if row["is_open"] is None:
            assert [*spent, row["days_open"]] == [None] * 4
            continue
        assert sum(n or 0 for n in spent) == row["days_open"]
        assert all(n is None or n >= 0 for n in spent)
        days = [row[name] for name in ("warned_day", "checked_day", "judged_day", "closed_day")]
        on_record = [n for n in days if n is not None]
        assert on_record == sorted(on_record)
        assert on_record[-1] <= day
        assert (row["closed_day"] is None) == (row["closed_by"] is None) == row["is_open"]


@settings(max_examples=10, deadline=None)
@given(history=L.histories(most=8), day=st.integers(5, 25))
def test_a_table_that_is_not_kept_never_turns_an_answer_around(history, day):
    """Without a table some things cannot be told; what is told of open clues stays as it was."""
    whole = {row["clue_id"]: row for row in L.plainly(clue_cases(L.facts(day, history)))}
    for missing in ("verification", "listing", "support_measure"):
        part = {table: rows for table, rows in history.items() if table != missing}
        for row in L.plainly(clue_cases(L.facts(day, part))):
            if row["is_open"] is True:
                assert whole[row["clue_id"]]["is_open"] is not None
            if row["is_open"] is None:
                assert row["stage"] is None
            if missing == "verification":
                assert row["is_open"] is not True


def test_the_columns_are_those_that_are_told():
    """Names, types and order, also when nothing happened."""
    for history in ({}, L.many(1, 3)):
        kept = {**{table: [] for table in L.KEPT}, **history}
        facts = L.facts(20, kept)
        cases = clue_cases(facts)
        spells = spell_stages(facts, cases)
        households = nw.from_native(pl.DataFrame({"household_id": ["0A", "0b"]}), eager_only=True)
        assert dict(cases.schema) == CLUE_CASES
        assert dict(spells.schema) == SPELL_STAGES
        assert dict(loop_facts(facts, households).schema) == {
            "household_id": nw.String(),
            **LOOP_FACTS,
        }


def test_facts_of_households_are_those_of_their_cases_and_spells():
    """Oldest open clue, newest spell and newest exit, one household after the other."""
    history, day = L.many(11, PAIRS), 43
    facts = L.facts(day, history)
    cases = SLOW.cases(history, day, "asks_anew")
    spells = SLOW.spells(history, day, cases)
    named = sorted({f"{n}{name}" for n in range(PAIRS) for name in "aAb"})
    households = nw.from_native(pl.DataFrame({"household_id": named}), eager_only=True)
    found = L.plainly(loop_facts(facts, households))
    assert [row["household_id"] for row in found] == named
    for row in found:
        assert row == _facts_of(row["household_id"], cases, spells, day)


def _facts_of(household, cases, spells, day):
    """Facts of one household out of its slow cases and spells."""
    mine = [c for c in cases if c["household_id"] == household and c["is_open"]]
    oldest = min(mine, key=lambda c: (c["warned_day"], c["clue_id"]), default=None)
    listed = [s for s in spells if s["household_id"] == household and s["listed_day"] is not None]
    left = [s for s in spells if s["household_id"] == household and s["exited_day"] is not None]
    facts = {"household_id": household, **dict.fromkeys(LOOP_FACTS)}
    facts |= {"has_open_clue_case": bool(mine), "has_listing": bool(listed), "has_exit": bool(left)}
    if oldest:
        facts["oldest_open_clue_day"] = oldest["warned_day"]
        facts["is_oldest_clue_checked"] = oldest["stage"] != "warning"
        facts["is_oldest_clue_confirmed"] = oldest["stage"] == "handling"
    if listed:
        spell = listed[-1]
        first, last = spell["noticed_from_day"], spell["noticed_to_day"]
        is_told = first is not None and last is not None and last >= first
        before, within = spell["helped_before_day"], spell["first_measure_day"]
        ends = [n for n in (within, spell["exited_day"], day) if n is not None]
        start = spell["listed_day"]
        facts |= {
            "newest_listing_day": start,
            "village_notice_days": last - first if is_told else None,
            "village_notice_to_day": last if is_told else None,
            "is_helped_before_listing": before is not None,
            "first_help_day": within if before is None else before,
            "months_to_help": SLOW.months_over(start, ends[0]),
            "months_to_day_before_help": _months_before(start, ends[0]),
        }
    if left:
        facts["newest_exit_day"] = left[-1]["exited_day"]
        facts["months_listed_before_exit"] = left[-1]["listed_months"]
    return facts


def _months_before(start, end):
    """Months over by the day before; the day before the first one is in the month before."""
    return SLOW.months_over(start, end - 1) if end > start else -1


def test_tables_that_are_not_kept_leave_facts_open():
    """No exit on record is no exit only where exits are kept."""
    history = L.written(
        {"clue": [{"household": "h", "day": date(2024, 1, 1)}]}, kept=("member_snapshot",)
    )
    history["listing"] = []
    households = nw.from_native(pl.DataFrame({"household_id": ["h"]}), eager_only=True)
    (row,) = L.plainly(loop_facts(L.facts(day_number(date(2024, 1, 9)), history), households))
    asked = ("has_open_clue_case", "has_listing", "has_exit")
    assert [row[name] for name in asked] == [None, False, None]


def test_a_summary_counts_what_holds_and_what_cannot_be_told():
    """Counts, shares and gaps of clues and spells."""
    history, limits = L.many(3, PAIRS), clue_limits(PAIRS)
    facts = L.facts(44, history)
    cases = clue_cases(facts)
    clocked = with_clue_clock(cases, limits_frame(limits, CLUE_LIMITS), day=44)
    spells = with_spell_clocks(spell_stages(facts, cases), of_limits(spell_limits(PAIRS)), day=44)
    found = {row.pop("measure"): row for row in loop_summary(clocked, spells).iter_rows(named=True)}
    clues, listed = (
        L.plainly(clocked),
        [s for s in L.plainly(spells) if s["listed_day"] is not None],
    )
    is_open = [clue["is_open"] for clue in clues]
    assert found["clues_open"]["count"] == is_open.count(True) > 0
    assert found["clues_open"]["cannot_tell"] == is_open.count(None) > 0
    ended = sum(clue["closed_by"] == "ended" for clue in clues)
    assert found["clues_cleared"]["count"] == is_open.count(False) - ended
    overdue = [clue["is_overdue"] for clue in clues if clue["is_open"] is not False]
    assert found["clues_overdue"]["count"] == overdue.count(True) > 0
    assert found["clues_overdue"]["of"] == len(overdue) - overdue.count(None)
    late = [spell["is_measure_late"] for spell in listed]
    row = found["first_measures_late"]
    assert (row["count"], row["of"]) == (late.count(True), len(late) - late.count(None))
    assert row["share_e4"] == row["count"] * 10_000 // row["of"]
    states = [spell["measure_state"] for spell in listed]
    assert found["without_measure_overdue"]["count"] == states.count("overdue") > 0
    assert found["notices_short"]["of"] + found["notices_short"]["cannot_tell"] == len(listed)
    early = [s["is_exit_early"] for s in L.plainly(spells) if s["exited_day"] is not None]
    assert found["exits_early"]["count"] == early.count(True) > 0
    assert all(row["title_zh"] and row["title_en"] for row in found.values())


def test_a_summary_of_nothing_has_no_shares():
    """No clue and no listing: counts are zero, and shares are not known."""
    facts = L.facts(20, {table: [] for table in L.KEPT})
    cases = clue_cases(facts)
    none = with_clue_clock(cases, limits_frame({}, CLUE_LIMITS), day=20)
    spells = with_spell_clocks(spell_stages(facts, cases), of_limits({}), day=20)
    rows = loop_summary(none, spells)
    assert rows["count"].to_list() == [0] * len(rows)
    assert rows["share_e4"].to_list() == [None] * len(rows)


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"household_id": ["h"], "clue_to_decision_days": [1]}, "lack the columns"),
        (
            {
                "household_id": ["h", "h"],
                "clue_to_decision_days": [1, 2],
                "clue_to_decision_working_days": [None, None],
            },
            "name a household twice",
        ),
        (
            {
                "household_id": ["h"],
                "clue_to_decision_days": [-1],
                "clue_to_decision_working_days": [None],
            },
            r"The limit clue_to_decision_days is -1, below 0",
        ),
    ],
)
def test_limits_that_do_not_fit_are_refused(limits, message):
    """A column that is missing, a household twice, a limit below nothing."""
    cases = clue_cases(L.facts(20, {table: [] for table in L.KEPT}))
    frame = nw.from_native(pl.DataFrame(limits), eager_only=True)
    with pytest.raises(SchemaError, match=message):
        with_clue_clock(cases, frame, day=20)


def test_readings_that_there_are_not_are_refused():
    """The message names the choice and what was given."""
    facts = L.facts(20, {table: [] for table in L.KEPT})
    with pytest.raises(ValueError, match=r"already_listed must be .*'asks_anew'\. Got 'maybe'\."):
        clue_cases(facts, already_listed="maybe")
    spells = spell_stages(facts, clue_cases(facts))
    with pytest.raises(ValueError, match=r"notice_days must be .* Got 'both'\."):
        with_spell_clocks(spells, of_limits({}), day=20, notice_days="both")
    with pytest.raises(ValueError, match=r"first_measure must be .* Got 'never'\."):
        with_spell_clocks(spells, of_limits({}), day=20, first_measure="never")


def test_months_and_places_that_do_not_fit_are_refused():
    """A month that does not begin on its first day, a household in two places."""
    cases = with_clue_clock(
        clue_cases(L.facts(20, {table: [] for table in L.KEPT})),
        limits_frame({}, CLUE_LIMITS),
        day=20,
    )
    twice = nw.from_native(
        pl.DataFrame({"household_id": ["h", "h"], "place": ["v", "w"]}), eager_only=True
    )
    first = {"from_month": day_of(0), "as_of": day_of(20)}
    with pytest.raises(SchemaError, match="name a household twice"):
        clearing_by_month(cases, twice, **first)
    with pytest.raises(SchemaError, match="lack the columns"):
        stage_times_by_month(cases, twice.drop("place"), **first)
    with pytest.raises(ValueError, match=r"the first of a month, not after .* Got 1970-01-02"):
        clearing_by_month(cases, twice.head(1), from_month=day_of(1), as_of=day_of(20))
