"""What members may be entitled to, and allowances by household, a second time.

Dicts and loops over what was known on the day, no frames. Written from the meaning of the columns
(the docstrings of the facts), not from the code that builds them.
"""

from __future__ import annotations

import runpy
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

HERE = Path(__file__).parent
B = SimpleNamespace(**runpy.run_path(str(HERE / "county_reference_base.py")))
G = SimpleNamespace(**runpy.run_path(str(HERE / "guarantees_reference.py")))
M = SimpleNamespace(**runpy.run_path(str(HERE / "groups_reference.py")))
GRACE = timedelta(days=31)
OF_RESIDENTS = {"medical": "basic_medical", "pension": "pension"}
OF_EMPLOYEES = {"medical": "employee_medical", "pension": "employee_pension"}


def person_facts(tables, as_of, lines, choices):
    """Facts of everybody who belongs to a household that goes on, by person."""
    book = B.Book(tables, as_of, lines)
    found = {}
    for home in set(book.homes) - book.ended:
        for person in book.members.get(home, []):
            rows = M.snapshots(book, person, choices)
            found[person] = {
                **labour(book, person, rows, choices),
                **severe(rows, choices),
                **register_word(rows),
                **treated(book, home, person),
                "work_months_12m": months_worked(book, home, person),
                **others(book, home, person),
                **premium(book, home, person, "medical"),
                **premium(book, home, person, "pension"),
            }
    return found


def attends(row):
    """Whether a snapshot has somebody at school."""
    if row["school_state"] is not None:
        return True
    return None if row["education"] is None else False


def labour(book, person, rows, choices):
    """Class of labour of a member."""
    day, skill = B.newest(rows, lambda r: CODES.get(r["labour_skill"]))
    at_school = B.newest(rows, attends)[1]
    every = [r for r in book.known["member_snapshot"] if r["person_id"] == person]
    born = B.newest(every, lambda r: r["born_on"])[1]
    age = B.age(born, book.as_of)
    if choices.age == "by_calendar_year" and born is not None:
        age = book.as_of.year - born.year
    found = None
    if skill in (1, 2):
        found = "able"
    elif skill in (3, 4):
        found = {3: "weak", 4: "lost"}[skill]
    elif at_school or (age is not None and is_below(age, choices.working_age_from)):
        found = "not_yet"
    elif skill == 5 and None not in (age, choices.working_age_from):
        is_past = choices.working_age_to is not None and age > choices.working_age_to
        found = "none" if at_school is False or is_past else None
    return {"labour_class": found, "labour_class_day": G.number(day)}


CODES = {"ordinary": 1, "skilled": 2, "weak": 3, "lost": 4, "none": 5}


def is_below(age, limit):
    """Whether an age is known to be below a limit."""
    return limit is not None and age < limit


def severe(rows, choices):
    """When the newest run of answers that a disability is severe began, and the denial before."""
    nothing = {"severe_since_day": None, "no_severe_day": None}
    if choices.severe_disability_level is None:
        return nothing
    said = []
    for row in rows:
        if row["disability_level"] is not None:
            answer = row["disability_level"] <= choices.severe_disability_level
            said.append((row["occurred_on"], answer))
        elif row["is_disabled"] is False:
            said.append((row["occurred_on"], False))
    denied = [day for day, answer in said if not answer]
    run = [day for day, answer in said if answer and (not denied or day > max(denied))]
    if not run:
        return nothing
    return {
        "severe_since_day": G.number(min(run)),
        "no_severe_day": G.number(max(denied)) if denied else None,
    }


def register_word(rows):
    """Medical aid and pension insurance on the register."""
    aid_day, aid = B.newest(rows, lambda r: r["has_medical_aid"])
    day, insured = B.newest(
        rows, lambda r: B.kleene_or(r["has_resident_pension"], r["has_employee_pension"])
    )
    return {
        "has_medical_aid": aid,
        "medical_aid_day": G.number(aid_day),
        "is_pension_insured": insured,
        "pension_insured_day": G.number(day),
    }


def own_rows(book, table, home, person):
    """Rows of a table about a person, under the person's household of the day."""
    return [r for r in book.rows(table).get(home, []) if r["person_id"] == person]


def treated(book, home, person):
    """Bills for illnesses of the treatment programme."""
    if book.rows("medical_bill") is None:
        return dict.fromkeys(("n_treatment_bills", "treatment_list_day", "treatment_bills_open"))
    first = B.months_before(book.as_of, 12)
    bills = [r for r in own_rows(book, "medical_bill", home, person) if r["occurred_on"] > first]
    days = [r["occurred_on"] for r in bills if r["illness_class"] == "treatment_list"]
    return {
        "n_treatment_bills": len(days),
        "treatment_list_day": G.number(max(days)) if days else None,
        "treatment_bills_open": sum(r["illness_class"] is None for r in bills),
    }


def months_worked(book, home, person):
    """Months worked of the twelve before the month of the day."""
    rows = book.rows("work_month")
    if rows is None:
        return None
    this = book.as_of.replace(day=1)
    first = date(this.year - 1, this.month, 1)
    ends = [B.month_end(r["work_month"]) for mine in rows.values() for r in mine]
    if not ends or min(ends) > first + GRACE:
        return None
    moved_in = book.moved_in.get(home)
    if moved_in is not None and moved_in > first:
        return None
    worked = {B.month_end(r["work_month"]) for r in own_rows(book, "work_month", home, person)}
    return len([day for day in worked if first <= day < this])


def standing_at_home(book, person):
    """Whether a member lives at home; None: not known."""
    rows = [r for r in book.known["member_snapshot"] if r["person_id"] == person]
    last = max(rows, key=lambda r: (r["occurred_on"], r["recorded_on"]))
    return None if last["membership"] is None else last["membership"] != "away"


def others(book, home, person):
    """Other members who live at home, and those of whom it is not known."""
    stands = [standing_at_home(book, p) for p in book.members[home] if p != person]
    return {
        "n_others_present": sum(s is True for s in stands),
        "n_others_open": sum(s is None for s in stands),
    }


def premium(book, home, person, name):
    """Premium of the newest period of an insurance of residents."""
    parts = (f"is_{name}_premium_due", f"{name}_premium_day")
    facts = dict.fromkeys((*parts, f"{name}_premium_fen", f"{name}_premium_aid_fen"))
    if book.rows("insurance") is None:
        return facts
    begun = [r for r in own_rows(book, "insurance", home, person) if r["valid_from"] is not None]
    begun = [r for r in begun if r["valid_from"] <= book.as_of]
    own = [r for r in begun if r["insurance"] == OF_RESIDENTS[name]]
    if not own:
        if any(r["insurance"] == OF_EMPLOYEES[name] for r in begun):
            facts[f"is_{name}_premium_due"] = False
        return facts
    newest = max((r["valid_from"], r["recorded_on"]) for r in own)
    told = [r for r in own if (r["valid_from"], r["recorded_on"]) == newest]
    covered, amount, aid, last = (
        largest(told, column)
        for column in ("is_covered", "premium_fen", "premium_aid_fen", "valid_to")
    )
    insured = None if last is not None and last < book.as_of else covered
    is_amount = None if amount is None else amount > 0
    due = None
    if insured is False or is_amount is False:
        due = False
    elif insured and is_amount:
        due = True
    return {
        f"is_{name}_premium_due": due,
        f"{name}_premium_day": G.number(newest[0]),
        f"{name}_premium_fen": amount,
        f"{name}_premium_aid_fen": aid,
    }


def largest(rows, column):
    """Largest known value of a column."""
    return max((r[column] for r in rows if r[column] is not None), default=None)


def home_facts(tables, as_of, lines, choices):
    """Allowances of every household that goes on, by household number."""
    book = B.Book(tables, as_of, lines)
    return {home: allowances(book, home, choices) for home in set(book.homes) - book.ended}


def allowances(book, home, choices):
    """Allowances of one household's members."""
    names = ("n_on_dibao", "n_dibao_open", "n_on_tekun", "n_tekun_open", "is_dibao_household")
    names += ("dibao_spell_day", "n_present", "n_away_open", "lives_alone")
    persons = book.members.get(home, [])
    if not persons:
        return dict.fromkeys(names)
    members = [M.member(M.snapshots(book, p, choices)) for p in persons]
    dibao = [m["is_on_dibao"] for m in members]
    tekun = [m["is_on_tekun"] for m in members]
    stands = [standing_at_home(book, p) for p in persons]
    present, unsaid = sum(s is True for s in stands), sum(s is None for s in stands)
    alone = None
    if present > 1 or present + unsaid == 0:
        alone = False
    elif present == 1 and not unsaid:
        alone = True
    counts = (sum(x is True for x in dibao), sum(x is None for x in dibao))
    counts += (sum(x is True for x in tekun), sum(x is None for x in tekun))
    days = [m["dibao_since_day"] for m in members if m["dibao_since_day"] is not None]
    told = (*counts, is_household_on(members, choices), min(days, default=None), present, unsaid)
    return dict(zip(names, (*told, alone), strict=True))


def is_household_on(members, choices):
    """Whether a household itself is on the allowance."""
    every, any_as_household = [], []
    for member in members:
        on = member["is_on_dibao"]
        every.append(on)
        any_as_household.append(both(on, negated(may_enter_alone(member, choices))))
    is_every = negated(B.kleene_or(*[negated(on) for on in every]))
    return B.kleene_or(is_every, *any_as_household)


def may_enter_alone(member, choices):
    """Whether a member is severely disabled or seriously ill."""
    level, limit = member["disability_level"], choices.severe_disability_level
    is_grave = None if level is None or limit is None else level <= limit
    grave = None if limit is None else both(member["is_disabled"], is_grave)
    return B.kleene_or(grave, member["is_seriously_ill"])


def negated(answer):
    """Not, of a yes, a no or an unknown."""
    return None if answer is None else not answer


def both(one, other):
    """And, in which one no is enough."""
    return negated(B.kleene_or(negated(one), negated(other)))
