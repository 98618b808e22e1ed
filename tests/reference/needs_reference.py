"""What became of a household, a second way: walk from day to day until there is an answer."""

from __future__ import annotations

NEED = {
    "visit": ("result", "in_need"),
    "verification": ("result", "confirmed"),
    "listing": ("decision", "listed"),
}
NONE = {"visit": ("result", "no_need"), "verification": ("result", "not_confirmed")}


def label_of(history, household, *, as_of_day, horizon_day, complete_day, need_from):
    """Label of a household by loops over its rows; all of them are known."""

    def days(words, tables):
        return {
            row["occurred_day"]
            for table in tables
            for row in history.get(table, [])
            if row["household_id"] == household and row[words[table][0]] == words[table][1]
        }

    needs, free = days(NEED, need_from), days(NONE, NONE)
    ends = {
        row["occurred_day"]: row["change"]
        for row in history.get("household_change", [])
        if row["household_id"] == household
    }
    if any(day <= as_of_day for day in ends):
        return "unknown"
    for day in range(as_of_day + 1, complete_day + 1):
        if day in needs:
            return "yes" if day <= horizon_day else "unknown"
        if ends.get(day) == "dissolved" and day <= horizon_day:
            return "competing"
        if day in ends and day < horizon_day:
            return "unknown"
        if day in free and day >= horizon_day:
            return "no"
    return "unknown"
