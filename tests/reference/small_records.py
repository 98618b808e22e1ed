"""Hand-made records: visits as plain dicts, and the package's record tables out of them."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from fanpin_risk.records.contracts import TABLES, Column, frame_schema
from fanpin_risk.records.source import load_source
from fanpin_risk.records.timeline import Records

PANEL = load_source(Path(__file__).parents[2] / "configs/sources/argentina_eph.yaml")
HOUSEHOLD_TABLES = [name for name in PANEL.tables if TABLES[name].key == "household_id"]
NAMES = {
    name: [column for column in TABLES[name].names if column in PANEL.tables[name]]
    for name in HOUSEHOLD_TABLES
}
"""Columns that the panel's source fills, in the contract's order."""
COLUMNS = {name: TABLES[table].column(name) for table, names in NAMES.items() for name in names}
QUARTER_ENDS = [
    date(year, month, day)
    for year in (2010, 2011, 2012)
    for month, day in ((3, 31), (6, 30), (9, 30), (12, 31))
]
PLACES = {"P1": "R1", "P2": "R1", "P3": "R2", "P4": None}
CODES = {
    "dwelling_kind": ["house", "flat", "room_in_tenement"],
    "tenure": ["tenant", "owns_dwelling_and_land"],
}


def _day(day):
    """A day given as a date or as YYYY-MM-DD."""
    return date.fromisoformat(day) if isinstance(day, str) else day


def visit(household_id, occurred_on, *, recorded_on=None, version=1, without=(), **values):
    """One entry about one visit; what is not given is not known, ``without`` names absent records.

    >>> visit("h1", "2012-03-31", members=3)["members"]
    3
    """
    is_withdrawn = values.pop("is_withdrawn", False)
    unknown = set(values) - set(COLUMNS)
    assert not unknown, f"no such columns: {unknown}"
    defaults = {"place": "P1", "region": "R1", "context_place": "C1", "members": 1}
    return {
        "household_id": household_id,
        "record_id": f"{household_id}/{occurred_on}",
        "version": version,
        "occurred_on": _day(occurred_on),
        "recorded_on": _day(recorded_on or occurred_on),
        "source": "test",
        "batch": "test",
        "is_withdrawn": is_withdrawn,
        "tables": [name for name in HOUSEHOLD_TABLES if name not in without],
        **dict.fromkeys(COLUMNS),
        **defaults,
        **values,
    }


def median(occurred_on, minor, *, place="C1", recorded_on=None, version=1, is_withdrawn=False):
    """One entry about the median income of a place and day, in the minor unit."""
    return {
        "record_id": f"{place}/{occurred_on}",
        "version": version,
        "occurred_on": _day(occurred_on),
        "recorded_on": _day(recorded_on or occurred_on),
        "source": "test",
        "batch": "test",
        "is_withdrawn": is_withdrawn,
        "place": place,
        "median_income_minor": minor,
    }


def frames(visits, medians=()):
    """Polars frames by table name, rows in the order given."""
    rows = {name: [v for v in visits if name in v["tables"]] for name in HOUSEHOLD_TABLES}
    rows["place_context"] = list(medians)
    schemas = {name: frame_schema(TABLES[name]) for name in rows}
    return {
        name: pl.DataFrame(
            [{column: entry.get(column) for column in schemas[name]} for entry in entries],
            schema=schemas[name],
            orient="row",
        )
        for name, entries in rows.items()
    }


def records(visits, medians=()):
    """Record tables out of entries."""
    return Records(frames(visits, medians))


def random_panel(seed, *, n_households=60):
    """Entries of a small panel with gaps, late entries, corrections, withdrawals and moves.

    Returns visits and medians; each household is visited one to four times.
    """
    rng = random.Random(seed)
    medians = list(_random_medians(rng))
    usual = {(m["place"], m["occurred_on"]): m["median_income_minor"] for m in medians}
    visits = []
    for number in range(n_households):
        context = rng.choice(["C1", "C1", "C2"])
        first = rng.randrange(0, 7)
        offsets = rng.choice([(0,), (0, 1), (0, 4), (0, 1, 4), (0, 1, 4, 5), (1, 2, 5)])
        place = rng.choice(list(PLACES))
        for quarter in (first + offset for offset in offsets):
            if rng.random() < 0.1:
                place = rng.choice(list(PLACES))
            day = QUARTER_ENDS[quarter]
            line = usual.get((context, day), 100) * (6 if context == "C1" else 5) // 10
            home = {"place": place, "region": PLACES[place], "context_place": context}
            visits += _random_versions(rng, f"h{number:02d}", day, home, line)
    return visits, medians


def _random_medians(rng):
    """Medians of two places by quarter: some missing, some late, some corrected later."""
    for place in ("C1", "C2"):
        for day in QUARTER_ENDS:
            if rng.random() < 0.1:
                continue
            known = day + timedelta(days=rng.choice([0, 0, 0, 20, 120]))
            yield median(day, rng.choice([300, 305, 1_000]), place=place, recorded_on=known)
            if rng.random() < 0.2:
                known += timedelta(days=rng.choice([0, 100, 300]))
                withdrawn = rng.random() < 0.3
                yield median(
                    day, 400, place=place, recorded_on=known, version=2, is_withdrawn=withdrawn
                )


def _random_versions(rng, household, day, home, line):
    """A visit and, now and then, its correction or withdrawal."""
    without = [name for name in HOUSEHOLD_TABLES if rng.random() < 0.05]
    known = day + timedelta(days=rng.choice([0, 0, 0, 0, 30, 200]))
    for version in range(1, 2 + (rng.random() < 0.2) + (rng.random() < 0.1)):
        silent = [name for name in HOUSEHOLD_TABLES if rng.random() < 0.1]
        unanswered = {column for name in silent for column in NAMES[name]}
        values = {
            name: None if name in unanswered else _random_value(rng, column)
            for name, column in COLUMNS.items()
            if name not in home
        }
        values["members"] = rng.randrange(1, 6)
        values["members_under_10"] = rng.choice([None, *range(values["members"] + 1)])
        # half of the incomes lie close to the line, and some of them on it
        near = line * values["members"] + rng.choice([-1, 0, 1])
        far = rng.randrange(1, rng.choice([2, 20]) * line)
        values["total_minor"] = rng.choice([None, near, near, near, far, far])
        yield visit(
            household,
            day,
            recorded_on=known,
            version=version,
            without=without,
            is_withdrawn=version > 1 and rng.random() < 0.3,
            **home,
            **values,
        )
        known += timedelta(days=rng.choice([0, 90, 300]))


def _random_value(rng, column: Column):
    """Draw a value that the contract allows, or nothing."""
    if rng.random() < 0.15:
        return None
    if column.kind == "flag":
        return rng.random() < 0.4
    if column.kind in ("code", "text"):
        return rng.choice(CODES.get(column.name, ["a", "b"]))
    return rng.randrange(column.minimum or 0, min(column.maximum or 7, 7) + 1)
