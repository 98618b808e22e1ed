"""A second, slow implementation of the type that is proposed: one household at a time, by numbers.

No is 0, yes is 2, not known is 1; "and" is the least, "or" the greatest, "not" what is left of 2.
"""

from __future__ import annotations

NO, OPEN, YES = 0, 1, 2


def number(value):
    """A truth value as a number."""
    return {True: YES, False: NO, None: OPEN}[value]


def proposed(row, readings, *, names_mark):
    """Type of one household; ``row`` holds the ten inputs."""
    if row["has_types"] is not True:
        return "cannot_tell"
    value = {name: number(x) for name, x in row.items()}
    if readings.risk_not_on_record == "not_found":
        for name in ("has_risk", "has_shock", "has_gap", "has_gap_of_type", "has_warning"):
            value[name] = YES if row[name] else NO
    able = value["copes_alone"]
    if readings.coping_not_on_record == "propose":
        able = YES if row["copes_alone"] else NO
    gap_counts = YES if names_mark else OPEN
    solves_itself = min(able, max(YES - value["has_gap"], gap_counts))
    in_question = YES - solves_itself
    below = value["is_below"]
    beside = YES if readings.line_role == "line_alone" else value["has_risk"]
    if readings.sudden_needs == "shock_or_guarantee":
        came_over = max(value["has_shock"], value["has_gap_of_type"], value["has_warning"])
        serious = YES
    else:
        came_over = max(value["has_shock"], value["has_gap"], value["has_warning"])
        serious = value["is_serious"]
    low = min(below, beside, in_question)
    sudden = min(YES - below, came_over, serious, in_question)
    if low == YES and row["is_former_poor"] is not None:
        return "unstable" if row["is_former_poor"] else "marginal"
    if sudden == YES:
        return "sudden"
    return "none" if low == NO and sudden == NO else "cannot_tell"


def followed(row, readings, *, names_mark):
    """Whether the household is followed and urged to close its gap."""
    return bool(names_mark and row["has_gap"] and row["copes_alone"])
