"""Small histories of clues, checks, decisions, help and exits, drawn at random or written down."""

from __future__ import annotations

import random
import runpy
from datetime import date
from pathlib import Path
from types import SimpleNamespace

from hypothesis import strategies as st

from fanpin_risk.dates import day_number, day_of
from fanpin_risk.household.placement import facts_of

TESTS = Path(__file__).parents[1]
H = SimpleNamespace(**runpy.run_path(str(TESTS / "household" / "identity_histories.py")))

KEPT = ("clue", "verification", "listing", "support_measure", "exit", "member_snapshot")
REQUIRED = {
    "clue": {"channel": "cadre"},
    "exit": {"way": "natural"},
    "support_measure": {"measure": "industry"},
    "listing": {"decision": "listed"},
}
DRAWN = {
    "clue": {
        "household_id": ["a", "b", "A", None],
        "person_id": [None, None, "pa", "pb", "pm"],
        "channel": ["cadre", "department", "one_key"],
        "department": [None, "医保"],
        "cause": [None, "illness", "disaster", "accident"],
    },
    "verification": {
        "household_id": ["a", "a", "b", "A", None],
        "result": ["confirmed", "not_confirmed", "not_reached"],
        "cause": [None, "illness", "disaster"],
        "clue_record_id": [None, None, "0", "1", "2", "9", "s1/{n}-0", "s2/{n}-1"],
    },
    "listing": {
        "household_id": ["a", "b", "A"],
        "decision": ["listed", "listed", "refused"],
        "monitored_type": ["sudden", None],
        "noticed_from": [None, 3, 5, 8],
        "noticed_to": [None, 6, 8, 10],
    },
    "support_measure": {
        "household_id": ["a", "b", None],
        "person_id": [None, "pa", "pm"],
        "ends_on": [None, 4, 9],
    },
    "exit": {"household_id": ["a", "b", "A"], "way": ["natural", "by_help"]},
}
MOST = {"clue": 4, "verification": 4, "listing": 3, "support_measure": 3, "exit": 2}
LAST_DAY = 14


def facts(as_of, history):
    """Facts of a day of a history; tables that are not named are empty, and kept."""
    return facts_of(H.known(as_of, **history))


def made(rng, n):
    """Two households and what happened to them, with corrections, withdrawals and late entries."""
    history = {"member_snapshot": [], "household_change": []}
    for person, household in (("pa", "a"), ("pb", "b"), ("pm", "a")):
        history["member_snapshot"].append(_snapshot(n, person, household, 0))
    if rng.random() < 0.5:
        history["member_snapshot"].append(_snapshot(n, "pm", "b", rng.randint(1, 10)))
    for table, choices in DRAWN.items():
        rows = [_row(rng, n, table, choices, k) for k in range(rng.randint(0, MOST[table]))]
        history[table] = [version for row in rows for version in _versions(rng, row)]
    for change, other in (("renumbered", "A"), ("dissolved", None)):
        if rng.random() < 0.4:
            household = "a" if other else "b"
            day = rng.randint(1, 10)
            row = {"household_id": f"{n}{household}", "change": change, "occurred_day": day}
            row |= {"other_household_id": f"{n}{other}" if other else None}
            history["household_change"].append(_plain(row, f"{n}{change}", day + rng.randint(0, 4)))
    return history


def _snapshot(n, person, household, day):
    """A member snapshot."""
    row = {"person_id": f"{n}{person}", "household_id": f"{n}{household}", "occurred_day": day}
    return _plain(row, f"{n}{person}{day}", day)


def _plain(row, record_id, recorded):
    """A first version."""
    fields = {"record_id": record_id, "recorded_day": recorded, "version": 1, "is_withdrawn": False}
    return row | fields


def _row(rng, n, table, choices, k):
    """One record; a clue's number stands behind its source, and two sources may share one."""
    row = {name: rng.choice(values) for name, values in choices.items()}
    for name, value in row.items():
        if name in ("household_id", "person_id") and value:
            row[name] = f"{n}{value}"
        elif name.startswith("noticed_") or name == "ends_on":
            row[name] = None if value is None else day_of(value)
        elif name == "clue_record_id" and value:
            row[name] = value.format(n=n) if "/" in value else f"{n}-{value}"
    day = rng.randint(1, 12)
    number = f"s{rng.randint(1, 2)}/{n}-{k % 3}" if table == "clue" else f"{n}{table}{k}"
    if table == "clue" and k == 3:
        number = f"s3/{n}-0"
    row = REQUIRED.get(table, {}) | row | {"occurred_day": day}
    return _plain(row, number, day + rng.randint(0, 5))


def _versions(rng, row):
    """A record; now and then a correction or a withdrawal follows."""
    if rng.random() >= 0.2:
        return [row]
    is_withdrawn = rng.random() < 0.5
    day = row["occurred_day"] if is_withdrawn else max(1, row["occurred_day"] - 1)
    second = {"version": 2, "is_withdrawn": is_withdrawn, "occurred_day": day}
    return [row, row | second | {"recorded_day": row["recorded_day"] + 2}]


def many(seed, number):
    """So many pairs of households as one history."""
    rng = random.Random(seed)
    together = {}
    for n in range(number):
        for table, rows in made(rng, n).items():
            together.setdefault(table, []).extend(rows)
    return together


@st.composite
def histories(draw, most=3):
    """A few pairs of households, by a seed: hypothesis looks for the smallest."""
    seeds = draw(st.lists(st.integers(0, 10_000), min_size=1, max_size=most, unique=True))
    together = {}
    for n, seed in enumerate(seeds):
        for table, rows in made(random.Random(seed), n).items():
            together.setdefault(table, []).extend(rows)
    return together


def known_by(history, day):
    """What was recorded by a day, and nothing else."""
    return {t: [row for row in rows if row["recorded_day"] <= day] for t, rows in history.items()}


SHORT = {
    "household": "household_id",
    "person": "person_id",
    "other": "other_household_id",
    "checks": "clue_record_id",
    "number": "record_id",
}


def written(records, kept=KEPT):
    """Records as a person writes them: dates, short names, the day they occurred and were known."""
    history = {table: [] for table in kept}
    for table, rows in records.items():
        history[table] = []
        for k, row in enumerate(rows):
            plain = {SHORT.get(name, name): value for name, value in row.items()}
            occurred = plain.pop("day")
            recorded = plain.pop("recorded", occurred)
            dated = {"occurred_day": day_number(occurred), "recorded_day": day_number(recorded)}
            history[table].append(
                {"record_id": f"{table}{k}", "household_id": None}
                | REQUIRED.get(table, {})
                | plain
                | dated
            )
    return history


def plainly(frame):
    """Rows as dicts."""
    return list(frame.to_native().iter_rows(named=True))


def as_dates(row):
    """Day columns as dates, for comparison with what is written down."""
    return {
        name: day_of(value)
        if name.endswith("_day") and isinstance(value, int) and not isinstance(value, date)
        else value
        for name, value in row.items()
    }
