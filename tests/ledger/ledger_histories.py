"""Small histories of the mechanism: as text tables, or drawn at random."""

from __future__ import annotations

import random
import runpy
from pathlib import Path
from types import SimpleNamespace

from fanpin_risk.household.placement import facts_of

TESTS = Path(__file__).parents[1]
H = SimpleNamespace(**runpy.run_path(str(TESTS / "household" / "identity_histories.py")))

KEPT = ("household_snapshot", "clue", "verification", "listing", "exit", "visit")
REQUIRED = {"clue": {"channel": "cadre"}, "exit": {"way": "natural"}}
MOST = 4
DRAWN = {
    "clue": {"household_id": ["a", "b", None], "person_id": [None, "pa", "pb"]},
    "verification": {"result": ["confirmed", "not_confirmed", "not_reached"]},
    "listing": {"decision": ["listed", "listed", "refused"], "monitored_type": ["sudden", None]},
    "exit": {},
    "visit": {"result": ["in_need", "no_need", "not_met", "refused"]},
    "household_snapshot": {"net_income_per_head_fen": [None, 500_000]},
}


def given(kept=KEPT, **tables):
    """Rows by table out of text tables; tables of the mechanism that are not named are empty."""
    rows = {name: H.rows(text) for name, text in tables.items()}
    for name, found in rows.items():
        for row in found:
            row |= {k: v for k, v in REQUIRED.get(name, {}).items() if k not in row}
    return {**{name: [] for name in kept}, **rows}


def facts(as_of=100, **tables):
    """Facts of a day of a history."""
    return facts_of(H.known(as_of, **tables))


def history_of(rng, n):
    """Two households and what happened to them, with corrections, withdrawals and late entries."""
    history = {
        "member_snapshot": [
            {"person_id": f"{n}p{name}", "household_id": f"{n}{name}", "occurred_day": 0}
            for name in "ab"
        ]
    }
    for table, choices in DRAWN.items():
        fields = {"household_id": ["a", "b", "A"], **choices}
        history[table] = []
        for _ in range(rng.randint(0, MOST)):
            row = {name: rng.choice(values) for name, values in fields.items()}
            row = {
                name: f"{n}{value}" if value and name.endswith("_id") else value
                for name, value in row.items()
            }
            dated = {"occurred_day": rng.randint(1, 12), "late": rng.randint(0, 6)}
            history[table].append(REQUIRED.get(table, {}) | row | dated)
    history["household_change"] = []
    if rng.random() < 0.5:
        change = {"household_id": f"{n}a", "other_household_id": f"{n}A", "change": "renumbered"}
        history["household_change"].append(change | {"occurred_day": rng.randint(1, 12)})
    return {table: _versions(rng, n, table, rows) for table, rows in history.items()}


def _versions(rng, n, table, rows):
    """Rows with their record numbers; now and then a correction or a withdrawal follows."""
    found = []
    for number, row in enumerate(rows):
        recorded = row["occurred_day"] + row.pop("late", 0)
        first = {"recorded_day": recorded, "record_id": f"{n}{table}{number}", **row}
        found.append(first | {"version": 1, "is_withdrawn": False})
        if table in DRAWN and rng.random() < 0.2:
            is_withdrawn = rng.random() < 0.5
            earlier = {} if is_withdrawn else {"occurred_day": max(1, row["occurred_day"] - 1)}
            second = {"version": 2, "is_withdrawn": is_withdrawn, "recorded_day": recorded + 2}
            found.append(first | earlier | second)
    return found


def many(seed, number):
    """So many pairs of households as one history."""
    rng = random.Random(seed)
    together = {}
    for n in range(number):
        for table, rows in history_of(rng, n).items():
            together.setdefault(table, []).extend(rows)
    return together
