"""Contract frames for the tests of the checks: by hand, and drawn at random."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from fanpin_risk.records.contracts import TABLES, frame_schema
from fanpin_risk.records.quality.run import USED_TABLES

DAY = date(2023, 6, 30)
ALWAYS = {"place": "村一", "context_place": "县", "members": 1}


def full_row(table, number, row):
    """A row with the common columns filled in; persons are p1, p2 … in the order of rows."""
    schema = frame_schema(TABLES[table])
    start = dict.fromkeys(schema)
    start |= {
        "household_id": "h1",
        "record_id": f"{table}-{number:04}",
        "version": 1,
        "occurred_on": DAY,
        "source": "hand",
        "batch": "000001",
        "is_withdrawn": False,
    }
    if TABLES[table].key == "person_id":
        start["person_id"] = f"p{number + 1}"
    start |= {name: value for name, value in ALWAYS.items() if name in schema}
    unknown = set(row) - set(schema)
    assert not unknown, f"{table} has no columns {unknown}"
    filled = start | row
    return filled | {"recorded_on": filled["occurred_on"]}


def frames_of(rows):
    """Contract frames out of rows by table that name only what matters."""
    return {
        table: pl.DataFrame(
            [full_row(table, number, row) for number, row in enumerate(given)],
            schema=frame_schema(TABLES[table]),
            orient="row",
        )
        for table, given in rows.items()
    }


MOST_ROWS = {
    "household_snapshot": 8,
    "member_snapshot": 44,
    "household_change": 2,
    "work_month": 14,
    "income_item": 34,
    "medical_bill": 5,
    "insurance": 5,
    "listing": 9,
    "exit": 4,
    "support_measure": 12,
}
"""Most rows of each table in a random set."""

SHARE_EMPTY = 0.2

FIRST = date(2022, 1, 1)
N_DAYS = 700


def random_tables(rng, *, share_null=0.3):
    """Contract frames with few households and persons, so that records meet; a third is null."""
    return frames_of(
        {
            table: [_random_row(table, rng, share_null) for _ in range(n_rows)]
            for table, n in MOST_ROWS.items()
            for n_rows in [0 if rng.random() < SHARE_EMPTY else rng.integers(0, n + 1)]
        }
    )


def _random_row(table, rng, share_null):
    """A row that the contract allows, with values near the limits that the checks ask about."""
    contract = TABLES[table]
    row = {
        column.name: _random_value(column, rng)
        if column.is_required or rng.random() > share_null
        else None
        for column in contract.columns
    }
    row["occurred_on"] = _random_day(rng)
    if table == "member_snapshot" and rng.random() < 0.6:
        row["occurred_on"] = FIRST + timedelta(days=540)
    if table == "member_snapshot" and rng.random() < 0.7:
        row |= {"work_place_kind": None, "work_months": 0}
    row["source"] = str(rng.choice(["a", "b"]))
    row["batch"] = str(rng.choice(["000001", "000002"]))
    is_sure = contract.key != "person_id" and table not in ("support_measure", "income_item")
    row["household_id"] = (
        None if not is_sure and rng.random() < share_null / 2 else f"h{rng.integers(1, 5)}"
    )
    return row


FAVOURED = {
    "decision": ["listed", "listed", "listed", "refused"],
    "measure": ["employment", "public_post", "health", "social", "safety_net", "education"],
    "window": ["rolling", "rolling", "payment"],
    "item": ["wage", "wage", "dibao", "tekun", "disability_benefit", "pension", "transfer"],
    "relation": ["head", "spouse", "spouse", "son"],
    "cause_1": ["illness", "disability", "unstable_work", "lack_of_labour", "schooling"],
    "labour_skill": ["ordinary", "skilled", "weak", "lost", "none", "none"],
    "membership": ["present", "away", "present", "left"],
}
"""Codes that the checks ask about, drawn more often than the others."""


def _random_value(column, rng):
    """A value of a column."""
    match column.kind:
        case "person":
            return f"p{rng.integers(1, 20)}"
        case "flag":
            return bool(rng.random() < 0.5)
        case "day":
            return _random_day(rng) if column.name != "born_on" else _random_birth(rng)
        case "month":
            return FIRST.replace(month=int(rng.choice([1, 6, 12])))
        case "code" if column.name in FAVOURED:
            return str(rng.choice(FAVOURED[column.name]))
        case "code":
            return str(rng.choice(list(column.codes.words)))
        case "text":
            return str(rng.choice(["甲", "乙"]))
        case "amount":
            return int(rng.choice([0, 0, 0, 0, 1, 9_999, 10_000, 699_999, 700_000]))
        case _:
            low, high = column.minimum or 0, column.maximum or 30_000
            return (
                int(rng.integers(low, min(high, low + 30_000) + 1)) if rng.random() < 0.7 else low
            )


def _random_day(rng):
    """A day of the two years that the records cover; often one of few, so that rows meet."""
    if rng.random() < 0.7:
        return FIRST + timedelta(days=180 * int(rng.integers(0, 4)))
    return FIRST + timedelta(days=int(rng.integers(0, N_DAYS)))


def _random_birth(rng):
    """A day of birth that makes ages around those that the checks ask about."""
    return date(int(rng.choice([1945, 1953, 1963, 1980, 2003, 2007, 2015])), 6, 30)


assert set(MOST_ROWS) == set(USED_TABLES)
