"""Shocks, main workers, work, labour and means of households a second time, with dicts and loops.

Written from what the facts mean, not from the code that builds them.
"""

from __future__ import annotations

import runpy
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

B = SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "county_reference_base.py")))
GROUPS = {
    "disaster": ["disaster"],
    "accident": ["accident", "fire"],
    "failure": ["failed_crop", "failed_livestock", "failed_business", "price_fall"],
    "job_loss": ["job_loss"],
}
KINDS = [*(kind for kinds in GROUPS.values() for kind in kinds), "death", "worker_lost"]
CLAIM_OF = {"disaster": "disaster_claim", "accident": "accident_claim", "failure": "crop_claim"}
HOW = ["recorded", "died", "left", "seriously_ill", "severely_disabled"]
ITEMS = {
    **{name: [name] for name in ("vehicle", "firm", "payroll", "village_post", "machinery")},
    **{name: [name] for name in ("new_home", "appliance", "away")},
    "town_home": ["town_home", "shop"],
    "large_farm": ["large_farm", "hired_labour"],
}
HOLDERS = ["member", "head_parent", "head_spouse", "head_child"]
STEPS = ["village", "township", "county"]


def facts(tables, as_of, choices):
    """Facts of each household and of each member, as ``{key: {column: value}}``."""
    book = B.Book(tables, as_of, {})
    homes = {}
    for home in book.homes:
        homes[home] = {}
        for part in (shocks, main_worker, work, labour, coping, evidence, splits):
            homes[home] |= part(book, home, choices)
    persons = {
        person: post(book, person)
        for home, members in book.members.items()
        if home in book.homes
        for person in members
    }
    return homes, persons


def number(day):
    """A date as days since 1970-01-01."""
    return None if day is None else (day - date(1970, 1, 1)).days


def latest(days):
    """The newest of some days, none of which may be known."""
    known = [day for day in days if day is not None]
    return max(known) if known else None


def first_of(book, table):
    """Day of a table's first row, of anybody."""
    days = [row["occurred_on"] for row in book.known.get(table, [])]
    return min(days) if days else None


def of_home(book, home, table):
    """Rows of a household, none where the table is not kept."""
    return (book.rows(table) or {}).get(home, [])


# shocks


def shocks(book, home, choices):
    """Newest day of each kind, losses of the window, and since when it is quiet."""
    rows, claims = of_home(book, home, "shock"), of_home(book, home, "insurance_claim")
    start = None
    if choices.shock_months is not None:
        start = B.months_before(book.as_of, choices.shock_months)
    first = first_of(book, "shock")
    begun = latest([first, book.began.get(home)])
    found = {
        f"{kind}_day": latest([r["occurred_on"] for r in rows if r["shock_kind"] == kind])
        for kind in KINDS
    }
    for group, claim in CLAIM_OF.items():
        mine = [r for r in claims if claim_of(r) == claim]
        found[f"{claim}_day"] = latest([r["occurred_on"] for r in mine])
        inside = [r for r in mine if start is not None and r["occurred_on"] > start]
        paid = sum(r["paid_fen"] for r in inside)
        is_told = start is not None and "insurance_claim" in book.known
        found[f"{claim}_paid_fen"] = paid if is_told else None
        hit = [r for r in rows if r["shock_kind"] in GROUPS[group]]
        hit = [r for r in hit if start is not None and r["occurred_on"] > start]
        told = [r["loss_fen"] for r in hit if r["loss_fen"] is not None]
        is_told = start is not None and "shock" in book.known
        found[f"{group}_loss_known_fen"] = max(sum(told), paid) if is_told else None
        n_open = len(hit) - len(told) + (1 if inside and not told else 0)
        is_whole = is_told and first is not None and begun <= start + timedelta(days=1)
        found[f"{group}_losses_open"] = n_open if is_whole else None
    for group, kinds in GROUPS.items():
        days = [found[f"{kind}_day"] for kind in kinds]
        days.append(found[f"{CLAIM_OF[group]}_day"] if group in CLAIM_OF else None)
        quiet = None if first is None else latest([*days, begun - timedelta(days=1)])
        found[f"{group}_quiet_since_day"] = quiet
    if "shock" not in book.known and "insurance_claim" not in book.known:
        return dict.fromkeys(found)
    return {k: number(v) if k.endswith("_day") else v for k, v in found.items()}


def claim_of(row):
    """What a claim is evidence of."""
    if row["insurance"] == "poverty":
        return None if row["cause"] is None else "disaster_claim"
    return {"accident": "accident_claim", "crop": "crop_claim"}.get(row["insurance"])


# main worker


def month(day):
    """A day's month as an integer."""
    return day.year * 12 + day.month - 1


def gone(book, home, how=("died", "left")):
    """Members who died in a household or left it, with the day."""
    return {
        person: (day, standing)
        for person, (where, standing, day) in book.placed.items()
        if where == home and standing in how
    }


def main_worker(book, home, choices):
    """Whether the best paid of the months before was lost."""
    people = [*book.members.get(home, []), *gone(book, home)]
    events = [(day, how, person, True) for person, (day, how) in gone(book, home).items()]
    events += reported(book, home)
    for person in book.members.get(home, []):
        events += newly_unfit(book, person, choices)
    judged = [(*event, is_main(book, people, event, choices)) for event in events]
    lost = [(day, -HOW.index(how)) for day, how, _, sure, main in judged if main and sure]
    maybe = [day for day, _, _, sure, main in judged if main is None or (main and not sure)]
    lost_day, place = max(lost) if lost else (None, None)
    firsts = [first_of(book, "shock"), first_of(book, "member_snapshot")]
    quiet = None
    if None not in firsts:
        begun = latest([*firsts, book.began.get(home)])
        quiet = latest([lost_day, *maybe, begun - timedelta(days=1)])
    return {
        "main_worker_lost_day": number(lost_day),
        "main_worker_lost_how": None if place is None else HOW[-place],
        "main_worker_open_day": number(latest(maybe)),
        "main_worker_quiet_since_day": number(quiet),
    }


def reported(book, home):
    """Losses of main workers and deaths that offices report."""
    events = [
        (row["occurred_on"], "recorded", None, True)
        for row in of_home(book, home, "shock")
        if row["shock_kind"] == "worker_lost"
    ]
    home_of = {who: where for who, (where, _, _) in book.placed.items() if where in book.homes}
    died = latest([day for day, _ in gone(book, home, ("died",)).values()])
    for row in book.known.get("shock", []):
        day, person = row["occurred_on"], row["person_id"]
        if row["shock_kind"] != "death":
            continue
        if person in home_of:
            events += [(day, "died", person, True)] if home_of[person] == home else []
        elif row["household_id"] is not None and book.number(row["household_id"]) == home:
            events += [(day, "died", None, True)] if died is None or died < day else []
    return events


def newly_unfit(book, person, choices):
    """Illness and disability of which the newest answers say yes."""
    mine = [r for r in book.known["member_snapshot"] if r["person_id"] == person]
    found = []
    for how, value in (
        ("seriously_ill", lambda r: r["is_seriously_ill"]),
        ("severely_disabled", lambda r: severe(r, choices)),
    ):
        no = latest([r["occurred_on"] for r in mine if value(r) is False])
        yes = [r["occurred_on"] for r in mine if value(r) is True]
        yes = [day for day in yes if no is None or day > no]
        if yes:
            found.append((min(yes), how, person, no is not None))
    return found


def severe(row, choices):
    """Whether a snapshot says severely disabled."""
    if row["disability_level"] is not None:
        return row["disability_level"] <= choices.severe_disability_level
    return False if row["is_disabled"] is False else None


def is_main(book, people, event, choices):
    """Whether the member of an event was the best paid; None where nobody can tell."""
    day, how, person, _ = event
    if how == "recorded":
        return True
    if person is None:
        return None
    wages, is_bare = {}, False
    for row in book.known.get("work_month", []):
        worked = month(row["work_month"])
        if row["person_id"] in people and month(day) - choices.window_months <= worked < month(day):
            wages[row["person_id"]] = wages.get(row["person_id"], 0) + (row["wage_fen"] or 0)
            is_bare = is_bare or row["wage_fen"] is None
    if wages and max(wages.values()) > 0 and not is_bare:
        return wages.get(person, 0) == max(wages.values())
    mine = [r for r in book.known["member_snapshot"] if r["person_id"] == person]
    _, born = B.newest(mine, lambda r: r["born_on"])
    if born is not None:
        age = (month(day) - month(born)) // 12
        if not choices.working_age_from <= age <= choices.working_age_to:
            return False
    return None


# work


def worked(row):
    """Last day of the month worked."""
    return B.month_end(row["work_month"])


def work(book, home, choices):
    """Who worked in the window, who stopped, and whose wages are not steady."""
    names = ["n_workers_12m", "earliest_last_month_day", "wages_12m_known_fen", "wages_12m_open"]
    names += ["unstable_wages_12m_known_fen", "unstable_wages_12m_open"]
    if book.rows("work_month") is None:
        return dict.fromkeys(names)
    this_month = month(book.as_of)
    first_month = this_month - choices.window_months
    members = book.members.get(home, [])
    by_person = {}
    for row in of_home(book, home, "work_month"):
        if row["person_id"] in members and worked(row) is not None and worked(row) <= book.as_of:
            by_person.setdefault(row["person_id"], []).append(row)
    inside = {
        person: [r for r in rows if first_month <= month(r["work_month"]) < this_month]
        for person, rows in by_person.items()
    }
    inside = {person: rows for person, rows in inside.items() if rows}
    lasts = [max(worked(r) for r in by_person[person]) for person in inside]
    unsteady = {
        person: rows
        for person, rows in inside.items()
        if len({r["work_month"] for r in rows}) < choices.stable_work_months
    }
    starts = [worked(r) for r in book.known["work_month"] if r["work_month"] is not None]
    begins = date(first_month // 12, first_month % 12 + 1, 1)
    is_kept = bool(starts) and min(starts) <= B.month_end(begins)
    moved_in = book.moved_in.get(home)
    is_whole = is_kept and (moved_in is None or moved_in <= begins)
    return {
        "n_workers_12m": len(inside) if is_whole else None,
        "earliest_last_month_day": number(min(lasts)) if lasts else None,
        "wages_12m_known_fen": fen(inside),
        "wages_12m_open": bare_months(inside),
        "unstable_wages_12m_known_fen": fen(unsteady) if is_whole else None,
        "unstable_wages_12m_open": bare_months(unsteady) if is_whole else None,
    }


def fen(by_person):
    """Wages on record."""
    return sum(r["wage_fen"] or 0 for rows in by_person.values() for r in rows)


def bare_months(by_person):
    """Months of persons without a wage in some row."""
    return len(
        {
            (person, r["work_month"])
            for person, rows in by_person.items()
            for r in rows
            if r["wage_fen"] is None
        }
    )


def post(book, person):
    """A member's newest month of work and newest month on a post."""
    names = ("last_work_month_day", "is_on_post", "post", "post_month_day", "post_end_day")
    if book.rows("work_month") is None:
        return dict.fromkeys((*names, "post_wage_fen"))
    rows = [r for r in book.known["work_month"] if r["person_id"] == person]
    rows = [r for r in rows if worked(r) is not None and worked(r) <= book.as_of]
    last = latest([worked(r) for r in rows])
    posts = [r for r in rows if r["public_post"] is not None]
    newest = latest([worked(r) for r in posts])
    posts = [r for r in posts if worked(r) == newest]
    ends = [r["spell_ends_on"] for r in posts if r["spell_ends_on"] is not None]
    return {
        "last_work_month_day": number(last),
        "is_on_post": newest is not None and newest == last,
        "post": max((r["public_post"] for r in posts), default=None),
        "post_month_day": number(newest),
        "post_end_day": number(min(ends)) if ends else None,
        "post_wage_fen": B.total([r["wage_fen"] for r in posts]),
    }


# labour


def labour(book, home, choices):
    """Members by what they can do."""
    members = book.members.get(home, [])
    names = ("n_members", "n_able", "n_weak", "n_unable", "n_labour_unknown", "n_working_age")
    names += ("n_able_working_age", "labour_day", "is_no_labour_on_register")
    names += ("no_labour_register_day",)
    if not members:
        return dict.fromkeys(names)
    found = dict.fromkeys(names[:7], 0) | {"n_members": len(members)}
    days = []
    for person in members:
        mine = [r for r in book.known["member_snapshot"] if r["person_id"] == person]
        day, skill = B.newest(mine, lambda r: r["labour_skill"])
        days.append(day)
        _, born = B.newest(mine, lambda r: r["born_on"])
        age = B.age(born, book.as_of)
        _, attends = B.newest(mine, attends_school)
        is_without = (age is not None and age < choices.working_age_from) or attends == 1
        able = skill in ("ordinary", "skilled")
        if able:
            found["n_able"] += 1
        elif skill == "weak":
            found["n_weak"] += 1
        elif skill is not None or is_without:
            found["n_unable"] += 1
        else:
            found["n_labour_unknown"] += 1
        if age is not None and choices.working_age_from <= age <= choices.working_age_to:
            found["n_working_age"] += 1
            found["n_able_working_age"] += able
    known = [day for day in days if day is not None]
    rows = of_home(book, home, "household_snapshot")
    day, said = B.newest(rows, lambda r: r["is_no_labour_household"])
    return found | {
        "labour_day": number(min(known)) if known else None,
        "is_no_labour_on_register": said,
        "no_labour_register_day": number(day),
    }


def attends_school(row):
    """Whether a snapshot says at school; of one that says neither nothing is known."""
    if row["school_state"] is not None:
        return 1
    return None if row["education"] is None else 0


# means


def coping(book, home, choices):
    """The newest appraisal, savings and loans."""
    names = ("coping_day", "can_cope", "coping_assessor", "savings_fen", "savings_day")
    found = dict.fromkeys((*names, "loan_balance_fen", "loan_overdue_fen", "loan_day"))
    stated = of_home(book, home, "coping_assessment")
    if stated:
        newest = max((r["occurred_on"], step(r)) for r in stated)
        said = {r["can_cope"] for r in stated if (r["occurred_on"], step(r)) == newest}
        found["coping_day"] = number(newest[0])
        found["can_cope"] = said.pop() if len(said) == 1 else None
        found["coping_assessor"] = STEPS[newest[1]] if newest[1] >= 0 else None
    saved = [r for r in of_home(book, home, "asset_evidence") if r["kind"] == "savings"]
    saved = [r for r in saved if r["value_fen"] is not None]
    if saved:
        last = max(r["occurred_on"] for r in saved)
        found["savings_fen"] = sum(r["value_fen"] for r in saved if r["occurred_on"] == last)
        found["savings_day"] = number(last)
    if book.rows("loan") is not None:
        loans = {}
        for row in sorted(of_home(book, home, "loan"), key=order):
            loans[row["loan_kind"], row["loan_number"] or ""] = row
        found["loan_balance_fen"] = sum(r["balance_fen"] for r in loans.values())
        found["loan_overdue_fen"] = sum(r["overdue_fen"] or 0 for r in loans.values())
        found["loan_day"] = number(latest([r["occurred_on"] for r in loans.values()]))
    return found


def order(row):
    """Newer rows come later."""
    return row["occurred_on"], row["recorded_on"], row["record_id"]


def step(row):
    """Place of an appraisal in the procedure."""
    return STEPS.index(row["assessor"]) if row["assessor"] is not None else -1


def evidence(book, home, choices):
    """What other offices have on record of each item."""
    found = {}
    for item, kinds in ITEMS.items():
        rows = [r for r in of_home(book, home, "asset_evidence") if r["kind"] in kinds]
        prices = [r["value_fen"] for r in rows if r["value_fen"] is not None]
        holders = [r["holder_relation"] for r in rows if r["holder_relation"] is not None]
        is_kept = book.rows("asset_evidence") is not None
        found |= {
            f"has_{item}": bool(rows) if is_kept else None,
            f"{item}_day": number(latest([r["occurred_on"] for r in rows])),
            f"{item}_value_known_fen": max(prices) if prices else None,
            f"{item}_values_open": len(rows) - len(prices) if rows else None,
            f"{item}_since_day": number(latest([r["acquired_on"] for r in rows])),
            f"{item}_holder": min(holders, key=HOLDERS.index) if holders else None,
        }
    return found


def splits(book, home, choices):
    """Newest split or merge, on either side of it."""
    changes = book.known.get("household_change", [])
    if not changes:
        return {"split_day": None, "split_quiet_since_day": None}
    days = []
    for row in changes:
        sides = [row["household_id"], row["other_household_id"]]
        sides = [None if side is None else book.number(side) for side in sides]
        if row["change"] in ("split", "merge") and home in sides and sides[0] != sides[1]:
            days.append(row["occurred_on"])
    before = min(row["occurred_on"] for row in changes) - timedelta(days=1)
    return {
        "split_day": number(latest(days)),
        "split_quiet_since_day": number(latest([*days, before])),
    }
