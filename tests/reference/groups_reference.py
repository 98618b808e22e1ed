"""Members of the must-visit groups, students, and stable income, a second time.

Dicts and loops over what was known on the day, no frames.
"""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

HERE = Path(__file__).parent
B = SimpleNamespace(**runpy.run_path(str(HERE / "county_reference_base.py")))
G = SimpleNamespace(**runpy.run_path(str(HERE / "guarantees_reference.py")))


def person_facts(tables, as_of, lines, choices):
    """Facts of everybody who belongs to a household that goes on, by person."""
    book = B.Book(tables, as_of, lines)
    found = {}
    for home in set(book.homes) - book.ended:
        for person in book.members.get(home, []):
            found[person] = member(snapshots(book, person, choices))
    return found


def is_on(code):
    """Whether a code of an allowance says that there is one."""
    return None if code is None else code != "none"


def is_disabled(row):
    """Whether a snapshot says that somebody is disabled."""
    if row["is_disabled"] is None and row["disability_level"] is not None:
        return True
    return row["is_disabled"]


ASKED = {
    "is_seriously_ill": lambda r: r["is_seriously_ill"],
    "is_chronically_ill": lambda r: r["is_chronically_ill"],
    "is_on_tekun": lambda r: is_on(r["tekun"]),
    "is_on_dibao": lambda r: is_on(r["dibao"]),
    "is_disabled": is_disabled,
}
BEGUN = {
    "is_on_dibao": ("dibao_since_day", "no_dibao_day"),
    "is_disabled": ("disabled_since_day", "no_disability_day"),
}


def member(rows):
    """Facts of one member out of the snapshots that count."""
    found = {}
    for fact, value in ASKED.items():
        day, found[fact] = B.newest(rows, value)
        found[f"{fact.removeprefix('is_').removeprefix('on_')}_day"] = G.number(day)
        if fact in BEGUN:
            days = sorted((r["occurred_on"], value(r)) for r in rows if value(r) is not None)
            denied = [day for day, answer in days if not answer]
            run = [day for day, answer in days if answer and (not denied or day > denied[-1])]
            since, before = BEGUN[fact]
            found[since] = G.number(run[0]) if run else None
            found[before] = G.number(denied[-1]) if run and denied else None
    level = B.newest(rows, lambda r: r["disability_level"])[1]
    found["disability_level"] = level if found["is_disabled"] else None
    return found


def snapshots(book, person, choices):
    """Snapshots of a person that are not too old."""
    rows = [r for r in book.known.get("member_snapshot", []) if r["person_id"] == person]
    return G.recent(rows, book.as_of, choices)


def home_facts(tables, as_of, lines, choices):
    """Facts of every household that goes on, by household number."""
    book = B.Book(tables, as_of, lines)
    return {
        home: {**students(book, home, choices), **stable(book, home)}
        for home in set(book.homes) - book.ended
    }


def students(book, home, choices):
    """Students of a household; nothing of one without members on record."""
    members = book.members.get(home, [])
    if not members:
        return dict.fromkeys(("n_students", "n_students_open", "students_day"))
    days, n_open = [], 0
    for person in members:
        school = G.schooling(book, person, snapshots(book, person, choices), choices)
        stage, attends = school["school_stage"], school["in_school"]
        if attends and stage in ("secondary", "college"):
            days.append(school["school_stage_day"])
        elif attends is not False and stage in (None, "secondary", "college"):
            n_open += 1
    return {
        "n_students": len(days),
        "n_students_open": n_open,
        "students_day": min(days, default=None),
    }


def stable(book, home):
    """Since when the register's income has been above, and not below, the line of today."""
    line = book.homes[home]["line"]
    by_day = {}
    for row in (book.rows("household_snapshot") or {}).get(home, []):
        if row["net_income_per_head_fen"] is not None:
            by_day.setdefault(row["occurred_on"], []).append(row)
    figures = []
    for day, rows in sorted(by_day.items()):
        last = max(r["recorded_on"] for r in rows)
        figures.append(
            (day, min(r["net_income_per_head_fen"] for r in rows if r["recorded_on"] == last))
        )
    since = {"above": None, "not_below": None}
    if line is not None:
        for name, reaches in (("above", lambda x: x > line), ("not_below", lambda x: x >= line)):
            for day, income in figures:
                if not reaches(income):
                    since[name] = None
                elif since[name] is None:
                    since[name] = day
    return {f"register_income_{name}_since_day": G.number(day) for name, day in since.items()}
