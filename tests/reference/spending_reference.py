"""Rigid spending, medical cost, groups and school cost a second time: dicts and loops, no frames.

Written from the meaning of the columns, not from the code that builds them.
"""

from __future__ import annotations

import runpy
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

from fanpin_risk.dates import day_number

BASE = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("county_reference_base.py"))))
ITEMS = ("schooling", "disability", "disaster", "accident", "housing", "water", "care", "other")
SENIOR = {f"{kind}_{year}" for kind in ("senior", "vocational") for year in (1, 2, 3)}
BELOW = {"preschool_age", "kindergarten"}


def facts(tables, as_of, *, school_year_month=None, rigid_months=12):
    """Facts of every home and member by household and person number, as ``(homes, persons)``."""
    book = BASE.Book(tables, as_of, {})
    going_on = sorted(set(book.homes) - book.ended)
    homes = {home: household(book, home, rigid_months) | groups(book, home) for home in going_on}
    persons = {
        person: medical(book, home, person) | school(book, home, person, school_year_month)
        for home in going_on
        for person in book.members.get(home, [])
    }
    return homes, persons


def number(day):
    """A day as days since 1970-01-01; None for none."""
    return None if day is None else day_number(day)


def of_home(book, table, home):
    """Rows of a home; None where the table is not kept."""
    rows = book.rows(table)
    return None if rows is None else rows.get(home, [])


def of_member(book, table, home, person):
    """Rows of a member in the home of the day."""
    rows = of_home(book, table, home)
    return None if rows is None else [r for r in rows if r["person_id"] == person]


def is_whole(book, table, home, after, *, follows_person):
    """Whether records of a table reach back to a month after a day, of this home too."""
    by_home = book.rows(table)
    days = [r["occurred_on"] for rows in (by_home or {}).values() for r in rows]
    if not days:
        return False
    late = book.since_when(home, is_personal=follows_person)
    return all(d is None or d <= after + timedelta(days=31) for d in (min(days), late))


def newest_day(rows):
    """Newest day of rows."""
    return number(max((r["occurred_on"] for r in rows), default=None))


def add(rows, name):
    """Sum of what is known."""
    return sum(r[name] for r in rows if r[name] is not None)


def spans(book):
    """Days after which the year, the months and the twelve months begin."""
    day = book.as_of
    month = day.replace(day=1)
    return SimpleNamespace(
        year=date(day.year - 1, 12, 31),
        this=month - timedelta(days=1),
        last=(month - timedelta(days=1)).replace(day=1) - timedelta(days=1),
        twelve=BASE.months_before(day, 12),
    )


def later(rows, day, until=date.max):
    """Rows after a day, up to another."""
    return [r for r in rows if day < r["occurred_on"] <= until]


def medical(book, home, person):
    """Own medical cost of a member."""
    names = (
        *("stay_own_fen", "stay_day", "own_cost_year_fen", "own_cost_year_day"),
        *("has_bills_of_year", "outpatient_month_own_fen", "outpatient_month_day"),
        *("has_bills_of_months", "own_cost_12m_fen", "own_cost_12m_day", "has_bills_of_12m"),
    )
    bills = of_member(book, "medical_bill", home, person)
    if bills is None:
        return dict.fromkeys(names)
    span = spans(book)

    def whole(after):
        return is_whole(book, "medical_bill", home, after, follows_person=True) or None

    year, twelve = later(bills, span.year), later(bills, span.twelve)
    stays = [r for r in year if r["bill_kind"] == "inpatient"]
    top = max((r["own_fen"] for r in stays), default=0)
    out = [r for r in bills if r["bill_kind"] in ("outpatient", "outpatient_special")]
    this = add(later(out, span.this), "own_fen")
    last = add(later(out, span.last, span.this), "own_fen")
    month_day = span.this if last > this else book.as_of if this > 0 else None
    values = (
        *(top, newest_day([r for r in stays if r["own_fen"] == top])),
        *(add(year, "own_fen"), newest_day(year), whole(span.year)),
        *(max(this, last), number(month_day), whole(span.last)),
        *(add(twelve, "own_fen"), newest_day(twelve), whole(span.twelve)),
    )
    return dict(zip(names, values, strict=True))


def household(book, home, rigid_months):
    """Rigid spending of a home."""
    span = spans(book)
    bills, other = (of_home(book, t, home) for t in ("medical_bill", "rigid_spending"))
    year = None if bills is None else later(bills, span.year)
    twelve = None if bills is None else later(bills, span.twelve)
    items = None if other is None else later(other, span.twelve)
    wholes = both_whole(book, home, span.twelve)
    found = {
        "household_own_cost_year_fen": None if year is None else add(year, "own_fen"),
        "household_own_cost_year_day": newest_day(year or []),
        "household_has_bills_of_year": is_whole(
            book, "medical_bill", home, span.year, follows_person=True
        )
        or None,
        "medical_own_12m_fen": None if twelve is None else add(twelve, "own_fen"),
        "medical_compliant_12m_fen": (None if twelve is None else add(twelve, "compliant_own_fen")),
        "n_cost_tables_kept": sum(wholes),
        "rigid_window_months": rigid_months,
    }
    for item in ITEMS:
        mine = None if items is None else [r for r in items if r["item"] == item]
        found[f"{item}_spending_12m_fen"] = None if mine is None else add(mine, "amount_fen")
    return (
        found
        | compliant(book, home, 12, "compliant_own_12m")
        | compliant(book, home, rigid_months, "rigid", with_open=True)
    )


def both_whole(book, home, after):
    """Whether bills and other spending reach back."""
    return (
        is_whole(book, "medical_bill", home, after, follows_person=True),
        is_whole(book, "rigid_spending", home, after, follows_person=False),
    )


def compliant(book, home, months, name, *, with_open=False):
    """Compliant own cost of some months: what is known, open and at most."""
    after = BASE.months_before(book.as_of, months)
    known = most = is_open = 0
    days = []
    for table in ("medical_bill", "rigid_spending"):
        rows = of_home(book, table, home)
        if rows is None:
            is_open += 1
            continue
        for r in later(rows, after):
            days.append(r["occurred_on"])
            if table == "medical_bill":
                amount, full = r["compliant_own_fen"], r["own_fen"]
            else:
                counts, full = r["is_compliant"], r["amount_fen"]
                amount = None if counts is None else full if counts else 0
            known += amount or 0
            most += full if amount is None else amount
            is_open += amount is None
    whole = all(both_whole(book, home, after))
    found = {
        f"{name}_known_fen": known,
        f"{name}_upper_fen": most if whole else None,
        f"is_{name}_upper_known": whole,
        f"{name}_day": number(max(days, default=None)),
    }
    return found if with_open else found | {f"{name}_open": is_open}


def groups(book, home):
    """Groups of a home."""
    rows = of_home(book, "household_snapshot", home)
    every = [r for mine in book.rows("household_snapshot").values() for r in mine if mine]
    placed = [r for r in every if book.number(r["household_id"]) in book.homes]
    type_day, kind = BASE.newest(rows, lambda r: answer(r["household_type"], "out_of_poverty"))
    listed_day, listed = BASE.newest(rows, lambda r: None if r["monitored_type"] is None else 1)
    gone_day, gone = BASE.newest(rows, lambda r: BASE.truth(r["is_risk_eliminated"]))
    is_poor = None if kind is None else kind == 1
    if kind is None and any(r["household_type"] is not None for r in placed):
        is_poor = False
    is_listed = None if gone is None else gone == 0
    if listed is None:
        is_listed = False if any(r["monitored_type"] is not None for r in placed) else None
    days = [d for d in (listed_day, gone_day) if d is not None]
    return {
        "is_formerly_poor": is_poor,
        "formerly_poor_day": number(type_day),
        "is_listed_on_register": is_listed,
        "listed_on_register_day": number(max(days, default=None)),
    } | allowance(book, home)


def answer(code, wanted):
    """Whether a code is the one wanted, as a number."""
    return None if code is None else int(code == wanted)


def snapshots(book, person):
    """Snapshots of a person, of whichever household."""
    return [r for r in book.known.get("member_snapshot", []) if r["person_id"] == person]


def allowance(book, home):
    """Whether a home is on an allowance, and the day of what says so."""
    answers = []
    for person in book.members.get(home, []):
        said = [
            BASE.newest(
                snapshots(book, person),
                lambda r, n=name: None if r[n] is None else int(r[n] != "none"),
            )
            for name in ("dibao", "tekun")
        ]
        answers.append(said)
    yes = [max(d for d, _ in said if d) for said in answers if any(v == 1 for _, v in said)]
    all_no = bool(answers) and all(v == 0 for said in answers for _, v in said)
    no_day = min(d for said in answers for d, _ in said) if all_no else None
    paid = {
        home: max(days)
        for home, rows in (book.rows("income_item") or {}).items()
        if home is not None and (days := [r["occurred_on"] for r in rows if is_payment(book, r)])
    }
    is_paid = home in paid and not (all_no and no_day > paid[home])
    told = [*yes, *([paid[home]] if is_paid else [])]
    if told:
        return {"is_on_allowance": True, "allowance_day": number(max(told))}
    is_off = False if all_no or paid else None
    return {"is_on_allowance": is_off, "allowance_day": number(no_day)}


def is_payment(book, row):
    """Whether a row is a payment of an allowance this year."""
    return (
        row["item"] in ("dibao", "tekun")
        and row["window"] not in ("rolling", "collection_year")
        and row["amount_fen"] > 0
        and row["occurred_on"].year == book.as_of.year
    )


def school(book, home, person, month):
    """School of a member, and what it costs this school year."""
    day = book.as_of
    after = BASE.months_before(day, 12)
    if month is not None:
        begins = date(day.year, month, 1)
        after = (begins if begins <= day else date(day.year - 1, month, 1)) - timedelta(days=1)
    rows = of_member(book, "schooling", home, person)
    mine = later(rows or [], after)
    office_day, office = BASE.newest(mine, attends_by_office)
    register_day, register = BASE.newest(snapshots(book, person), attends_by_register)
    stage_day, stage = (office_day, office)
    if register is not None and (office is None or register_day > office_day):
        stage_day, stage = register_day, register
    attends = None if stage is None else stage == 3
    if stage is None and rows is not None:
        days = [r["occurred_on"] for found in book.rows("schooling").values() for r in found]
        is_kept = days and min(days) <= after + timedelta(days=31) and max(days) > after
        attends = False if is_kept else None
    cost_day, cost = BASE.newest(mine, lambda r: r["cost_fen"])
    net_day, net = BASE.newest(
        mine,
        lambda r: None if None in (r["cost_fen"], r["aid_fen"]) else r["cost_fen"] - r["aid_fen"],
    )
    return {
        "is_in_upper_secondary": attends,
        "upper_secondary_day": number(stage_day),
        "school_cost_fen": cost,
        "school_net_cost_fen": net if net_day == cost_day else None,
        "school_cost_day": number(cost_day),
    }


def level(state):
    """School attended as a number: 1 below school, 2 nine grades, 3 upper secondary, 4 beyond."""
    if state is None:
        return None
    if state in BELOW:
        return 1
    if state == "primary" or state.startswith("grade"):
        return 2
    return 3 if state in SENIOR else 4


def attends_by_office(row):
    """School attended by an office's row, 0 for none; None where it does not say."""
    at = level(row["school_state"])
    if at == 1:
        return 1
    goes = row["is_in_school"]
    if goes is None:
        goes = False if row["dropout_reason"] else None if at is None else True
    return None if goes is None else at if goes else 0


def attends_by_register(row):
    """School attended by a snapshot, 0 for none; None where it does not say."""
    at = level(row["school_state"])
    if at == 1:
        return 1
    if row["dropout_reason"]:
        return 0
    if at is not None:
        return at
    return 0 if row["education"] is not None else None
