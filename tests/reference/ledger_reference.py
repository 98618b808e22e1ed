"""Where households stand in the mechanism, a second way: events replayed one day after the other.

Rows are dicts by table with ``occurred_day, recorded_day, record_id, version, is_withdrawn`` and
the table's own columns. Households change numbers by ``renumbered`` only, and persons are in the
one household that a member snapshot named.
"""

from __future__ import annotations

EMPTY = {
    "is_listed": False,
    "listed_day": None,
    "monitored_type": None,
    "n_listings": 0,
    "exited_day": None,
    "has_open_clue": False,
    "last_looked_at_day": None,
    "last_found_in_need_day": None,
    "last_found_without_need_day": None,
}
FOUND = {"in_need": True, "confirmed": True, "no_need": False, "not_confirmed": False}


def known_rows(history, day):
    """Newest version known on the day of each record that had occurred by it."""
    found = {}
    for table, rows in history.items():
        newest = {}
        for row in sorted(rows, key=lambda row: row["version"]):
            if row["recorded_day"] <= day:
                newest[row["record_id"]] = row
        found[table] = [
            row for row in newest.values() if not row["is_withdrawn"] and row["occurred_day"] <= day
        ]
    return found


def states(history, day, *, open_clue_days):
    """State of each household by its current number."""
    rows = known_rows(history, day)
    steps = {
        row["household_id"]: row["other_household_id"]
        for row in rows.get("household_change", [])
        if row["change"] == "renumbered"
    }

    def now(number):
        while number in steps:
            number = steps[number]
        return number

    home = {row["person_id"]: row["household_id"] for row in rows.get("member_snapshot", [])}
    numbers = set(steps) | set(steps.values())
    for versions in history.values():  # a number is on record from any entry that stands
        newest = {}
        for row in sorted(versions, key=lambda row: row["version"]):
            if row["recorded_day"] <= day:
                newest[row["record_id"]] = row
        numbers |= {row["household_id"] for row in newest.values() if not row["is_withdrawn"]}
    numbers.discard(None)
    mine = {now(number): [] for number in numbers}
    for table, of_table in rows.items():
        for row in of_table:
            household = now(home.get(row.get("person_id"), row["household_id"]))
            mine.setdefault(household, []).append((table, row))
    mine.pop(None, None)
    found = {household: dict(EMPTY) for household in mine}
    for household, events in mine.items():
        replay(found[household], events, day, open_clue_days)
    return found


def replay(state, mine, day, open_clue_days):
    """Let everything happen once more, in its order; on one day an exit comes first."""
    clue = None
    ranks = {"exit": 0, "clue": 1}
    for table, row in sorted(
        mine,
        key=lambda pair: (
            pair[1]["occurred_day"],
            ranks.get(pair[0], 2),
            pair[1]["recorded_day"],
            pair[1]["record_id"],
        ),
    ):
        at = row["occurred_day"]
        if table == "exit":
            state["is_listed"] = False
            state["exited_day"] = at
        elif table == "clue":
            clue = at
        elif table == "listing":
            clue = None
            decide(state, row)
        elif table == "verification" and row["result"] in FOUND:
            clue = None
            look(state, at, FOUND[row["result"]])
        elif table == "visit" and row["result"] in FOUND:
            look(state, at, FOUND[row["result"]])
        elif table == "household_snapshot" and row["net_income_per_head_fen"] is not None:
            state["last_looked_at_day"] = at
    state["has_open_clue"] = clue is not None and clue > day - open_clue_days
    if state["is_listed"]:
        state["exited_day"] = None
    else:
        state["monitored_type"] = None


def decide(state, row):
    """Take a decision to list down; one that repeats an earlier one begins no spell."""
    if row["decision"] == "listed":
        if not state["is_listed"]:
            state["n_listings"] += 1
            state["listed_day"] = row["occurred_day"]
        state["is_listed"] = True
        state["monitored_type"] = row["monitored_type"]


def look(state, day, is_in_need):
    """Take down what a look found."""
    state["last_looked_at_day"] = day
    state["last_found_in_need_day" if is_in_need else "last_found_without_need_day"] = day
