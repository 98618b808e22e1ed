"""A second, slow implementation of the type that is proposed: one household at a time, by numbers.

No is 0, yes is 2, not known is 1; "and" is the least, "or" the greatest, "not" what is left of 2.
"""

from __future__ import annotations

import itertools

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
    solves_itself = min(able, max(YES - value.get("gap_to_close", value["has_gap"]), gap_counts))
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


PARTS = {
    "收入或监测线": ("is_below",),
    "有无风险": ("has_risk",),
    "变故、保障缺口或支出预警": ("has_shock", "has_gap", "has_gap_of_type", "has_warning"),
    "是否严重困难": ("is_serious",),
    "户类型（是否脱贫户）": ("is_former_poor",),
    "自主应对能力": ("copes_alone",),
    "能自行解决保障缺口的是否纳入（D级规定，须配置写明）": ("gap_to_close",),
}
"""What is said to be missing, and the inputs that it is about."""
TAKEN_AS_NO = ("has_risk", "has_shock", "has_gap", "has_gap_of_type", "has_warning", "gap_to_close")


def missing(row, readings, *, names_mark):
    """What is not known and could change the answer, by trying every way to fill it in."""
    row = {**row, "gap_to_close": row["has_gap"]}
    taken = TAKEN_AS_NO if readings.risk_not_on_record == "not_found" else ()
    if readings.coping_not_on_record == "propose":
        taken = (*taken, "copes_alone")
    row = {name: False if x is None and name in taken else x for name, x in row.items()}
    unknown = [name for name, value in row.items() if value is None]
    found = set()
    for filled in ways(row, unknown):
        for gap_lists in (False,) if names_mark else (False, True):
            answer = settled(filled, readings, gap_lists)
            for part, names in PARTS.items():
                own = [name for name in names if name in unknown]
                if any(
                    settled(other, readings, gap_lists) != answer for other in ways(filled, own)
                ):
                    found.add(part)
            if not names_mark and settled(filled, readings, not gap_lists) != answer:
                found.add(list(PARTS)[-1])
    return found


def ways(row, names):
    """The row with some inputs filled in, in every way."""
    for values in itertools.product((True, False), repeat=len(names)):
        yield {**row, **dict(zip(names, values, strict=True))}


def settled(row, readings, gap_lists):
    """Type of a household of which all is known, and also whether a gap lists who can close it."""
    if gap_lists and row["copes_alone"] and row["gap_to_close"]:
        row = {**row, "copes_alone": False}
    return proposed(row, readings, names_mark=True)
