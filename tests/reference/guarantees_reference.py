"""School, cover, home and water of each member and household, a second time.

Dicts and loops over what was known on the day, no frames. Written from the meaning of the columns
(the docstrings of the facts), not from the code that builds them.
"""

from __future__ import annotations

import runpy
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

B = SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "county_reference_base.py")))
EPOCH = date(1970, 1, 1)
COMPULSORY = ("primary", "grade_7", "grade_8", "grade_9")
SECONDARY = tuple(f"{kind}_{n}" for kind in ("senior", "vocational") for n in (1, 2, 3))
BELOW = ("preschool_age", "kindergarten")


def number(day):
    """A day as a number."""
    return None if day is None else (day - EPOCH).days


def stage_of(state):
    """Stage of a school state."""
    if state in BELOW:
        return "below_school"
    if state in COMPULSORY:
        return "compulsory"
    return "secondary" if state in SECONDARY else "college"


class Question:
    """The newest answers of an office and of the register to one question."""

    def __init__(self, office, register):
        (self.office_day, self.office), (self.register_day, self.register) = office, register

    def counts(self):
        """The answer that counts, and its day."""
        if self.register is None:
            return self.office, self.office_day
        if self.office is None or self.register_day > self.office_day:
            return self.register, self.register_day
        return self.office, self.office_day

    def disagrees(self):
        """Whether both answer, and not the same."""
        return (
            self.office is not None and self.register is not None and self.office != self.register
        )


def person_facts(tables, as_of, lines, choices):
    """Facts of everybody who belongs to a household that goes on, by person."""
    book = B.Book(tables, as_of, lines)
    found = {}
    for home in set(book.homes) - book.ended:
        for person in book.members.get(home, []):
            snapshots = [
                r for r in book.known.get("member_snapshot", []) if r["person_id"] == person
            ]
            found[person] = {
                **ages(snapshots, as_of, choices),
                **schooling(book, person, recent(snapshots, as_of, choices), choices),
                **cover(book, person, recent(snapshots, as_of, choices), choices),
            }
    return found


def recent(rows, as_of, choices):
    """Rows that are not older than evidence may be."""
    if choices.evidence_limit_months is None:
        return rows
    first = B.months_before(as_of, choices.evidence_limit_months)
    return [r for r in rows if r["occurred_on"] >= first]


def ages(snapshots, as_of, choices):
    """Age today, and on the day before the running school year."""
    born = B.newest(snapshots, lambda r: r["born_on"])[1]
    entry = as_of
    if choices.school_year_first_month is not None:
        begins = as_of.replace(month=choices.school_year_first_month, day=1)
        if begins > as_of:
            begins = begins.replace(year=as_of.year - 1)
        entry = begins - timedelta(days=1)
    if choices.age == "by_calendar_year":
        years = [None if born is None else day.year - born.year for day in (as_of, entry)]
    else:
        years = [B.age(born, day) for day in (as_of, entry)]
    return {"age": years[0], "school_entry_age": years[1]}


def is_at_school(row):
    """Whether the cells of a row say that a school is attended."""
    if row["dropout_reason"] is not None:
        return False
    if row["school_state"] is not None:
        return row["school_state"] not in BELOW
    return None


def has_finished(row):
    """Whether the cells of a row about a school say that nine grades are finished."""
    if row["school_state"] is not None:
        return stage_of(row["school_state"]) in ("secondary", "college")
    return False if row["dropout_reason"] is not None else None


def office_row(row):
    """What a row of the education office answers."""
    in_school = is_at_school(row) if row["is_in_school"] is None else row["is_in_school"]
    unable = row["is_unable_to_study"]
    if unable is None and row["dropout_reason"] in ("unwilling", "other"):
        unable = False
    return school_answers(row, in_school, has_finished(row), unable)


def register_row(row):
    """What a member's snapshot answers."""
    in_school = is_at_school(row)
    if in_school is None and row["education"] is not None:
        in_school = False
    beyond = row["school_state"] is not None and has_finished(row)
    if beyond or row["education"] in ("junior", "senior", "college", "university"):
        finished = True
    elif row["education"] is not None:
        finished = False
    else:
        finished = has_finished(row)
    unable = False if row["dropout_reason"] in ("unwilling", "other") else None
    return school_answers(row, in_school, finished, unable)


STAGE_ORDER = ("none", "below_school", "compulsory", "secondary", "college")
REASON_ORDER = ("illness", "disability", "unwilling", "other")


def school_answers(row, in_school, finished, unable):
    """Answers by question; codes by their place, so that the larger one can be told."""
    stage = None
    if row["school_state"] in BELOW:
        stage = "below_school"
    elif in_school is True and row["school_state"] is not None:
        stage = stage_of(row["school_state"])
    elif in_school is False:
        stage = "none"
    reason = row["dropout_reason"]
    return {
        "in_school": in_school,
        "stage": None if stage is None else STAGE_ORDER.index(stage),
        "finished": finished,
        "unable": unable,
        "reason": None if reason is None else REASON_ORDER.index(reason),
    }


def schooling(book, person, snapshots, choices):
    """School of one member."""
    rows = [r for r in book.known.get("schooling", []) if r["person_id"] == person]
    rows = recent(rows, book.as_of, choices)
    asked = {}
    for name in ("in_school", "stage", "finished", "unable", "reason"):
        asked[name] = Question(
            B.newest(rows, lambda r, name=name: office_row(r)[name]),
            B.newest(snapshots, lambda r, name=name: register_row(r)[name]),
        )
    told = {name: question.counts() for name, question in asked.items()}
    is_out = told["in_school"][0] is False
    stage, reason = told["stage"][0], told["reason"][0] if is_out else None
    return {
        "school_stage": None if stage is None else STAGE_ORDER[stage],
        "school_stage_day": number(told["stage"][1]),
        "in_school": told["in_school"][0],
        "in_school_day": number(told["in_school"][1]),
        "has_finished_compulsory": told["finished"][0],
        "has_finished_compulsory_day": number(told["finished"][1]),
        "is_unable_to_study": told["unable"][0],
        "is_unable_to_study_day": number(told["unable"][1]),
        "dropout_reason": None if reason is None else REASON_ORDER[reason],
        "dropout_reason_day": number(told["reason"][1]) if is_out else None,
        "school_sources_disagree": asked["in_school"].disagrees(),
    }


def cover(book, person, snapshots, choices):
    """Medical cover of one member."""
    basic = Question(
        office_cover(book, person, ("basic_medical", "employee_medical"), choices),
        B.newest(
            snapshots, lambda r: B.kleene_or(r["has_basic_medical"], r["has_employee_medical"])
        ),
    )
    serious = Question(
        office_cover(book, person, ("serious_illness",), choices),
        B.newest(snapshots, lambda r: r["has_serious_illness_insurance"]),
    )
    return {
        "covered": basic.counts()[0],
        "covered_day": number(basic.counts()[1]),
        "cover_sources_disagree": basic.disagrees(),
        "serious_illness_covered": serious.counts()[0],
        "serious_illness_covered_day": number(serious.counts()[1]),
        "serious_cover_sources_disagree": serious.disagrees(),
    }


def office_cover(book, person, kinds, choices):
    """Day and answer of the insurance office, over the kinds that answer one question."""
    begun = [
        r
        for r in book.known.get("insurance", [])
        if r["insurance"] in kinds and r["valid_from"] is not None and r["valid_from"] <= book.as_of
    ]
    last_begin = max((r["valid_from"] for r in begun), default=None)
    told = []
    for kind in kinds:
        mine = [r for r in begun if r["insurance"] == kind and r["person_id"] == person]
        if not mine:
            continue
        top = max((r["valid_from"], r["recorded_on"]) for r in mine)
        newest = [r for r in mine if (r["valid_from"], r["recorded_on"]) == top]
        told += [period(r, book.as_of, last_begin, choices) for r in newest]
    if choices.evidence_limit_months is not None:
        first = B.months_before(book.as_of, choices.evidence_limit_months)
        told = [(day, answer) for day, answer in told if day >= first]
    for answer in (True, False):
        days = [day for day, said in told if said is answer]
        if days and (answer or all(said is False for _, said in told)):
            return max(days), answer
    return None, None


def period(row, as_of, last_begin, choices):
    """Day and answer of one period."""
    still = as_of
    if row["is_covered"] is True:
        still = B.months_before(as_of, choices.cover_renewal_months or 0)
    end = row["valid_to"]
    if end is None or end >= still:
        return row["occurred_on"], row["is_covered"]
    return end + timedelta(days=1), False if end < last_begin else None


def home_facts(tables, as_of, lines, choices):
    """Facts of every household that goes on, by household number."""
    book = B.Book(tables, as_of, lines)
    return {home: of_home(book, home, choices) for home in set(book.homes) - book.ended}


def own_rows(book, table, home, choices):
    """Rows of the home itself, that are not too old; none where the table is not kept."""
    rows = (book.rows(table) or {}).get(home, [])
    begun = book.began.get(home)
    mine = [r for r in rows if begun is None or r["occurred_on"] >= begun]
    return recent(mine, book.as_of, choices)


def of_home(book, home, choices):
    """Home, water and flags of one household."""
    snapshots = own_rows(book, "household_snapshot", home, choices)
    safe_day, safe = B.newest(
        snapshots, lambda r: None if r["has_safe_water"] is None else not r["has_safe_water"]
    )
    dropout_day, dropout = B.newest(snapshots, lambda r: r["has_dropout"])
    uninsured_day, uninsured = B.newest(snapshots, lambda r: r["has_uninsured_member"])
    return {
        **dwelling(own_rows(book, "housing_check", home, choices), snapshots),
        **water(own_rows(book, "water_check", home, choices), (safe_day, safe)),
        "register_has_dropout": dropout,
        "register_dropout_day": number(dropout_day),
        "register_has_uninsured": uninsured,
        "register_uninsured_day": number(uninsured_day),
    }


def dwelling(checks, snapshots):
    """The home lived in."""
    grades = {"a": 1, "b": 2, "c": 3, "d": 4}
    others = [r for r in checks if r["is_lived_in"] is False and r["is_only_home"] is not True]
    mine = [r for r in checks if r not in others]
    grade_day, grade = B.newest(mine, lambda r: grades.get(r["grade"]))
    only_day, only = B.newest(mine, lambda r: r["is_only_home"])
    lived_day, lived = B.newest(mine, lambda r: r["is_lived_in"])
    other_day, other = B.newest(others, lambda r: grades.get(r["grade"]))
    flag_day, flag = B.newest(snapshots, lambda r: r["is_dilapidated_home"])
    source = None
    if grade is not None and flag is not None:
        is_open = only is None or lived is None
        later = flag_day > grade_day or (flag_day == grade_day and is_open)
        source = "register" if later else "check"
    elif grade is not None or flag is not None:
        source = "check" if flag is None else "register"
    return {
        "housing_grade": grade,
        "housing_day": number(grade_day),
        "is_only_home": only,
        "is_only_home_day": number(only_day),
        "is_lived_in": lived,
        "is_lived_in_day": number(lived_day),
        "other_home_grade": other,
        "other_home_day": number(other_day),
        "register_home_is_dilapidated": flag,
        "register_home_day": number(flag_day),
        "housing_source": source,
    }


def water(checks, register):
    """Drinking water."""
    poor = B.newest(checks, lambda r: None if r["quality"] is None else r["quality"] == "poor")
    unsafe = Question(poor, register)
    register_day, is_unsafe = register
    found = {
        "water_quality_is_poor": poor[1],
        "water_quality_day": number(poor[0]),
        "register_water_is_safe": None if is_unsafe is None else not is_unsafe,
        "register_water_day": number(register_day),
        "water_is_unsafe": unsafe.counts()[0],
        "water_is_unsafe_day": number(unsafe.counts()[1]),
        "water_sources_disagree": unsafe.disagrees(),
    }
    measures = {
        "outage": ("water_outage_days", "outage_days", 1),
        "trip": ("water_trip_minutes", "trip_minutes", 1),
        "litres": ("water_litres", "litres_per_head_day", 1),
        "supply": ("water_supply_e4", "supply_percent", 100),
    }
    for name, (column, cell, scale) in measures.items():
        day, value = B.newest(checks, lambda r, cell=cell: r[cell])
        settled = None
        if day is not None or is_unsafe is not None:
            settled = is_unsafe is False and (day is None or register_day > day)
        found[column] = None if value is None else value * scale
        found[f"water_{name}_day"] = number(day)
        found[f"water_{name}_is_settled"] = settled
        if name == "outage":
            month = None if day is None else (day - B.months_before(day, 1)).days
            found["water_outage_month_days"] = month
    return found
