"""What the ledger says of listed households, a second time: plain rows and loops, no frames.

Written for histories without moves and renumberings; every household keeps its number.
"""

from __future__ import annotations

from datetime import date, timedelta

EXPECTED = {
    "illness": {"health", "social"},
    "disability": {"safety_net", "social"},
    "schooling": {"education", "compulsory_schooling", "social"},
    "disaster": {"living_conditions", "safety_net", "temporary_relief"},
    "accident": {"safety_net", "social", "temporary_relief"},
    "failed_business": {"industry", "finance"},
    "unstable_work": {"employment", "public_post"},
    "lack_of_labour": {"employment", "public_post", "safety_net"},
    "unsafe_housing": {"housing", "relocation"},
    "unsafe_water": {"water"},
    "other": None,
}
"""Measures that practice expects for each risk; None: any."""


def newest(rows):
    """The newest of some rows: by day, then by day of record, then by number."""
    return max(rows, key=lambda r: (r["occurred_day"], r["recorded_day"], r["record_id"]))


def months_between(first, last):
    """Completed months between two day numbers, counted on the calendar day by day."""
    start, end = (date(1970, 1, 1) + timedelta(days=n) for n in (first, last))
    months = 0
    while True:
        year, month = divmod(start.year * 12 + start.month - 1 + months + 1, 12)
        day = start.day
        while True:
            try:
                later = date(year, month + 1, day)
                break
            except ValueError:
                day -= 1
        if later > end:
            return months
        months += 1


def listed(history, homes, as_of):
    """Facts of every household on a day, by number."""
    known = {
        table: [r for r in rows if max(r["occurred_day"], r["recorded_day"]) <= as_of]
        for table, rows in history.items()
    }
    return {home: of_home(known, home, as_of) for home in homes}


def of_home(known, home, as_of):
    """Facts of one household."""
    decided = [
        r for r in known["listing"] if r["household_id"] == home and r["decision"] == "listed"
    ]
    exits = sorted({r["occurred_day"] for r in known["exit"] if r["household_id"] == home})
    last_exit = exits[-1] if exits else -1
    since = [r["occurred_day"] for r in decided if r["occurred_day"] >= last_exit]
    if not since:
        return {"is_listed": False}
    decision, listed_day = newest(decided), min(since)
    named = {decision[f"cause_{n}"] for n in range(1, 6)} - {None}
    helped = {cause: first_help(known, home, cause, listed_day) for cause in EXPECTED}
    days = [helped[cause] for cause in named if helped[cause] is not None]
    is_unclear = not named and helped["other"] is not None
    return {
        "is_listed": True,
        "listed_day": listed_day,
        "listed_months": months_between(listed_day, as_of),
        "listed_type": decision["monitored_type"],
        "has_aimed_measure": None if is_unclear else bool(days),
        "first_aimed_day": min(days, default=None),
        **{f"named_{cause}": cause in named if named else None for cause in EXPECTED},
        **{f"aimed_{cause}": helped[cause] is not None for cause in EXPECTED},
    }


def first_help(known, home, cause, listed_day):
    """First day of a measure for a risk that ran on the day of the listing or began later."""
    days = []
    for row in known["support_measure"]:
        helped = row["household_id"] or row["person_id"].replace("p", "h")
        is_for = EXPECTED[cause] is None or row["measure"] in EXPECTED[cause]
        end = row["ends_on"]
        runs = end is None or (end - date(1970, 1, 1)).days >= listed_day
        if helped == home and is_for and (row["occurred_day"] >= listed_day or runs):
            days.append(row["occurred_day"])
    return min(days, default=None)
