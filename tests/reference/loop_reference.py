"""The closed loop a second way: every day is lived through once more, clue by clue, spell by spell.

Rows are dicts by table with ``occurred_day, recorded_day, record_id, version, is_withdrawn`` and
the table's own columns. Households change numbers by ``renumbered`` and end by ``dissolved`` only;
persons are where their newest member snapshot puts them.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

EPOCH = date(1970, 1, 1)
GREEN = ("disaster", "accident")


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


class World:
    """What is known on a day: rows, current numbers, where persons are, which households ended."""

    def __init__(self, history, day):
        """Look at the history from a day."""
        self.day, self.rows = day, known_rows(history, day)
        changes = self.rows.get("household_change", [])
        self.steps = {
            row["household_id"]: row["other_household_id"]
            for row in changes
            if row["change"] == "renumbered"
        }
        self.home = {}
        for row in sorted(self.rows["member_snapshot"], key=lambda row: row["occurred_day"]):
            self.home[row["person_id"]] = self.now(row["household_id"])
        self.ended = {}
        for row in changes:
            if row["change"] == "dissolved":
                household = self.now(row["household_id"])
                seen = [
                    other["occurred_day"]
                    for table in ("member_snapshot", "household_snapshot")
                    for other in self.rows.get(table, [])
                    if self.now(other["household_id"]) == household
                ]
                if all(at <= row["occurred_day"] for at in seen):
                    earlier = self.ended.get(household, row["occurred_day"])
                    self.ended[household] = min(earlier, row["occurred_day"])

        self.under, self.called = {}, {}
        for table, rows in self.rows.items():
            for row in rows:
                household = self.now(row["household_id"]) if row["household_id"] else None
                if table == "support_measure" and household is None:
                    household = self.home.get(row["person_id"])
                self.under.setdefault((table, household), []).append(row)
        for clue in self.rows["clue"]:
            for called in numbers(clue):
                self.called.setdefault(called, []).append(clue)
        self.spells = {}

    def now(self, number):
        """Current number of a household."""
        while number in self.steps:
            number = self.steps[number]
        return number

    def naming(self, number):
        """Checks that name a clue by a number."""
        return [row for row in self.rows["verification"] if row["clue_record_id"] == number]

    def of(self, table, household):
        """Rows of a table under a household, as written; measures else by the person."""
        return self.under.get((table, household), [])


def numbers(clue):
    """What a check may call a clue."""
    whole = clue["record_id"]
    return {whole, whole.split("/")[-1]}


def checks_of(world, clue, homes):
    """Checks that count for a clue, by day."""
    found = []
    named = [row for name in numbers(clue) for row in world.naming(name)]
    near = [row for home in homes for row in world.of("verification", home)]
    for check in named + [row for row in near if row not in named]:
        at = check["occurred_day"]
        household = world.now(check["household_id"]) if check["household_id"] else None
        carriers = world.called.get(check["clue_record_id"], [])
        if len(carriers) > 1:
            carriers = [other for other in carriers if household in homes_of(world, other)]
        is_for_all = not carriers or check["result"] == "confirmed"
        if clue in carriers:
            found.append((max(at, clue["occurred_day"]), check))
        elif household in homes and at >= clue["occurred_day"] and is_for_all:
            found.append((at, check))
    return found


def homes_of(world, clue):
    """Households a clue concerns, without none."""
    written = world.now(clue["household_id"]) if clue["household_id"] else None
    return {written, home_of(world, clue)} - {None}


def home_of(world, clue):
    """The household of the day."""
    if clue["person_id"] in world.home:
        return world.home[clue["person_id"]]
    return world.now(clue["household_id"]) if clue["household_id"] else None


def was_on_list(world, homes, day):
    """Whether one of the households had been listed before the day and still was."""
    return any(
        spell["listed_day"] is not None
        and spell["listed_day"] < day
        and (spell["exited_day"] is None or spell["exited_day"] > day)
        for home in homes
        for spell in spells_of(world, home)
    )


def case_of(world, clue, already_listed):
    """Live through the days of one clue."""
    homes, home = homes_of(world, clue), home_of(world, clue)
    start = clue["occurred_day"]
    checks = checks_of(world, clue, homes)
    decisions = [row for one in homes for row in world.of("listing", one)]
    helps = [row["occurred_day"] for one in homes for row in world.of("support_measure", one)]
    case = {
        "clue_id": clue["record_id"],
        "household_id": home,
        **{name: clue[name] for name in ("channel", "department", "cause")},
        "warned_day": start,
        **dict.fromkeys(("checked_day", "judged_day", "decided_day", "helped_day")),
        **dict.fromkeys(("closed_day", "closed_by")),
    }
    confirmed, causes, stages = None, [clue["cause"]], []
    is_on_list = already_listed == "answered" and was_on_list(world, homes, start)
    for day in range(start, world.day + 1):
        results = {check["result"] for at, check in checks if at == day}
        is_vain = "not_confirmed" in results and "confirmed" not in results
        decided = {row["decision"] for row in decisions if row["occurred_day"] == day}
        if results and case["checked_day"] is None:
            case["checked_day"] = day
        if ("confirmed" in results or is_vain) and case["judged_day"] is None:
            case["judged_day"] = day
        if "confirmed" in results and confirmed is None:
            confirmed = day
        if decided:
            case["decided_day"] = day
        if day in helps and case["helped_day"] is None:
            case["helped_day"] = day
        order = [
            (day == start and is_on_list, "listed_already"),
            ("listed" in decided, "listed"),
            ("refused" in decided, "refused"),
            (confirmed is not None and case["helped_day"] is not None, "measure"),
            (is_vain, "not_confirmed"),
            (home in world.ended and world.ended[home] <= day, "ended"),
        ]
        by = [name for holds, name in order if holds]
        if by:
            case["closed_day"], case["closed_by"] = day, by[0]
            break
        stages.append(
            "handling" if confirmed is not None else "judgement" if case["checked_day"] is not None
            else "warning"
        )  # fmt: skip
    causes += [check["cause"] for _, check in checks if check["result"] == "confirmed"]
    return (
        case
        | _standing(world, case, confirmed, stages)
        | {"is_green_channel": _green(case, causes)}
    )


def _standing(world, case, confirmed, stages):
    """Stage on the day, and days in each: the days whose end the clue saw in it."""
    is_closed = case["closed_day"] is not None
    if case["household_id"] is None and not is_closed:
        names = ("is_open", "stage", "days_open", *(f"days_in_{s}" for s in
                 ("warning", "judgement", "handling")))  # fmt: skip
        return dict.fromkeys(names)
    if not is_closed:
        spent = stages[:-1]
        stage = stages[-1]
    else:
        spent, stage = stages, "closed"
    entered = {
        "warning": True,
        "judgement": case["checked_day"] is not None,
        "handling": confirmed is not None,
    }
    days = {
        f"days_in_{name}": spent.count(name) if is_in else None for name, is_in in entered.items()
    }
    return {"is_open": not is_closed, "stage": stage, "days_open": len(spent), **days}


def _green(case, causes):
    """Help before any decision for a disaster or an accident."""
    if case["household_id"] is None:
        return None
    helped, decided = case["helped_day"], case["decided_day"]
    if helped is None or (decided is not None and helped >= decided):
        return False
    known = [cause for cause in causes if cause is not None]
    return any(cause in GREEN for cause in known) if known else None


def cases(history, day, already_listed):
    """Every clue known on the day."""
    world = World(history, day)
    found = [case_of(world, clue, already_listed) for clue in world.rows["clue"]]
    return sorted(found, key=lambda case: (case["warned_day"], case["clue_id"]))


def spells_of(world, household):
    """Spells of one household, lived through once."""
    if household not in world.spells:
        world.spells[household] = _lived(world, household)
    return [dict(spell) for spell in world.spells[household]]


def _lived(world, household):
    """Live through the days of one household's list; on one day an exit comes first."""
    spells, current, exits = [], None, 0
    for day in range(world.day + 1):
        gone = [row for row in world.of("exit", household) if row["occurred_day"] == day]
        listed = [
            row
            for row in world.of("listing", household)
            if row["occurred_day"] == day and row["decision"] == "listed"
        ]
        if gone:
            way = max(gone, key=lambda row: (row["recorded_day"], row["record_id"]))["way"]
            if current is None:
                current = {"n_exits_before": exits, "listed_day": None}
                spells.append(current)
            current |= {"exited_day": day, "exit_way": way}
            current, exits = None, exits + 1
        if listed and current is None:
            row = max(listed, key=lambda row: (row["recorded_day"], row["record_id"]))
            current = {"n_exits_before": exits, "listed_day": day, "row": row}
            spells.append(current)
    for spell in spells:
        spell.setdefault("exited_day", None)
        spell.setdefault("exit_way", None)
        spell["household_id"] = household
    return spells


def spells(history, day, clue_cases):
    """Every spell of every household, with help before and within it."""
    world = World(history, day)
    households = sorted(
        {
            world.now(row["household_id"])
            for table in ("listing", "exit")
            for row in world.rows[table]
            if row["household_id"] is not None
        }
    )
    found = []
    for household in households:
        for spell in spells_of(world, household):
            found.append(_helped(world, spell, clue_cases))
    return found


def _helped(world, spell, clue_cases):
    """Notice, clue and help of a spell."""
    listed, exited = spell["listed_day"], spell["exited_day"]
    row = spell.pop("row", {})
    answered = []
    for case in clue_cases:
        is_handled = case["closed_by"] in ("listed", "measure")
        if case["household_id"] != spell["household_id"] or not is_handled:
            continue
        later = [
            row["occurred_day"]
            for row in world.of("listing", spell["household_id"])
            if row["occurred_day"] >= case["closed_day"]
        ]
        if listed is not None and min(later, default=None) == listed:
            answered.append(case["warned_day"])
    clue = min(answered, default=None)
    before, within = [], []
    for measure in world.of("support_measure", spell["household_id"]) if listed is not None else []:
        begun, ends = measure["occurred_day"], number(measure["ends_on"])
        if begun < listed and (
            ends is None or ends >= listed or (clue is not None and begun >= clue)
        ):
            before.append(begun)
        if begun >= listed and (exited is None or begun <= exited):
            within.append(begun)
    end = world.day if exited is None else exited
    return spell | {
        "monitored_type": row.get("monitored_type"),
        "clue_day": clue,
        "noticed_from_day": number(row.get("noticed_from")),
        "noticed_to_day": number(row.get("noticed_to")),
        "helped_before_day": min(before, default=None),
        "first_measure_day": min(within, default=None),
        "exit_notice_days": None,
        "is_measure_told": True,
        "is_exit_told": True,
        "listed_months": None if listed is None else months_over(listed, end),
    }


def number(day):
    """A date as days since 1970-01-01."""
    return None if day is None else (day - EPOCH).days


def anniversary(day, months):
    """The same day so many months later, by counting months one at a time."""
    start = EPOCH + timedelta(days=day)
    year, month = start.year, start.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return number(date(year, month, min(start.day, monthrange(year, month)[1])))


def months_over(start, end):
    """Whole months between two days, by counting them one at a time."""
    months = 0
    while anniversary(start, months + 1) <= end:
        months += 1
    return months


def working_day_after(day, n):
    """Step day by day and count Monday to Friday."""
    while n > 0:
        day += 1
        n -= (EPOCH + timedelta(days=day)).weekday() < 5
    return day


def clue_clock(case, limits, day):
    """Due day of a clue, whether it is overdue, and whether it was late."""
    plain, working = limits.get(case["household_id"], (None, None))
    days = []
    if plain is not None:
        days.append(case["warned_day"] + plain)
    if working is not None:
        days.append(working_day_after(case["warned_day"], working))
    due = min(days, default=None)
    closed, is_open = case["closed_day"], case["is_open"]
    if case["closed_by"] in ("listed_already", "ended"):
        return {"due_day": due, "is_overdue": False, "is_late": False}
    if is_open is None or due is None:
        is_overdue = False if is_open is False else None
        is_past = due is not None and day > due
        if is_open is None and due is not None and not is_past:
            is_overdue = False
        return {
            "due_day": due,
            "is_overdue": is_overdue,
            "is_late": is_overdue if is_open is not False else None,
        }
    return {
        "due_day": due,
        "is_overdue": is_open and day > due,
        "is_late": day > due if is_open else closed > due,
    }


def spell_clock(spell, limits, day, *, inclusive, on_the_day_is_late):
    """How a spell stands to its limits: notice, months to the first measure, months to the exit."""
    notice_min, measure_max, exit_min = limits.get(spell["household_id"], (None, None, None))
    first, last = spell["noticed_from_day"], spell["noticed_to_day"]
    days = None if first is None or last is None or last < first else last - first + inclusive
    short = None if days is None or notice_min is None else days < notice_min
    listed, exited = spell["listed_day"], spell["exited_day"]
    due = None if listed is None or measure_max is None else anniversary(listed, measure_max)
    exit_due = None if listed is None or exit_min is None else anniversary(listed, exit_min)
    early = None if exited is None or exit_due is None else exited < exit_due
    if listed is not None and exited is None:
        early = False
    return {
        "notice_days": days,
        "is_notice_short": short,
        "measure_due_day": due,
        "measure_state": _measure_state(spell, due, day, on_the_day_is_late),
        "exit_due_day": exit_due,
        "is_exit_early": early,
        "is_exit_notice_short": False if listed is not None and exited is None else None,
    }


def _measure_state(spell, due, day, on_the_day_is_late):
    """Word for where a spell stands with its first measure."""
    measured, exited = spell["first_measure_day"], spell["exited_day"]
    if spell["listed_day"] is None:
        return None
    if spell["helped_before_day"] is not None:
        return "green_channel"
    if due is None:
        return None
    last = due - 1 if on_the_day_is_late else due
    if measured is not None:
        return "in_time" if measured <= last else "late"
    if exited is not None and exited <= last:
        return "ended_before"
    return "not_yet_due" if day <= last else "overdue"


def clearing(clocked, places, first, as_of):
    """Counts of a month and place, one clue after the other."""
    last = min(first.replace(day=monthrange(first.year, first.month)[1]), as_of)
    low, high = number(first), number(last)
    found = {}
    for place in {"*", *places.values()}:
        mine = [
            case for case in clocked if place == "*" or places.get(case["household_id"]) == place
        ]
        told = [case for case in mine if case["is_open"] is not None]
        closed = [c for c in told if c["closed_day"] is not None and low <= c["closed_day"] <= high]
        left = [
            c
            for c in told
            if c["warned_day"] <= high and (c["closed_day"] is None or c["closed_day"] > high)
        ]
        ages = sorted(high - c["warned_day"] for c in left)
        ended = sum(c["closed_by"] == "ended" for c in closed)
        cleared, n = len(closed) - ended, len(left)
        found[place] = {
            "opened": sum(low <= c["warned_day"] <= high for c in mine),
            "cleared": cleared,
            "ended": ended,
            "open": n,
            "overdue": sum(c["due_day"] is not None and c["due_day"] < high for c in left),
            "without_limit": sum(c["due_day"] is None for c in left),
            "cannot_tell": sum(
                c["is_open"] is None and low <= c["warned_day"] <= high for c in mine
            ),
            "share_cleared_e4": cleared * 10_000 // (cleared + n) if cleared + n else None,
            "age_median_days": ages[-(-n // 2) - 1] if ages else None,
            "age_p90_days": ages[-(-9 * n // 10) - 1] if ages else None,
            "age_longest_days": ages[-1] if ages else None,
        }
    return found


def stage_times(told, places, first):
    """Clues of a month in each stage, and the days they spent in it."""
    last = first.replace(day=monthrange(first.year, first.month)[1])
    low, high = number(first), number(last)
    found = {}
    for place in {"*", *places.values()}:
        for stage in ("warning", "judgement", "handling"):
            entered = [
                case
                for case in told
                if low <= case["warned_day"] <= high
                and (place == "*" or places.get(case["household_id"]) == place)
                and case[f"days_in_{stage}"] is not None
            ]
            spent = sorted(c[f"days_in_{stage}"] for c in entered if c["stage"] != stage)
            n = len(spent)
            found[place, stage] = {
                "entered": len(entered),
                "passed": n,
                "waiting": len(entered) - n,
                "median_days": spent[-(-n // 2) - 1] if n else None,
                "p90_days": spent[-(-9 * n // 10) - 1] if n else None,
                "longest_days": spent[-1] if n else None,
            }
    return found
