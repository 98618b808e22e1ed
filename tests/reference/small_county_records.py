"""Records of a small county for tests: clean rows of `small_county`, roughened, and rows at random.

Every table is a list of plain dicts with the columns of its contract. Nothing here is a model of
anything: values are drawn so that windows, corrections, moves and gaps meet often.
"""

from __future__ import annotations

import random
from datetime import date, timedelta

import polars as pl

from fanpin_risk.dates import add_months
from fanpin_risk.records.contracts import TABLES, frame_schema
from fanpin_risk.records.timeline import Records
from fanpin_risk.simulate.small_county import COUNTY, small_county

FIRST, N_MONTHS = date(2021, 1, 1), 30
LINES = {COUNTY: 7_001_00}
SOURCE = {"source": "test", "batch": "test", "is_withdrawn": False, "version": 1}
KEPT = (
    *("household_snapshot", "member_snapshot", "household_change", "work_month", "schooling"),
    *("income_item", "medical_bill", "rigid_spending", "insurance", "insurance_claim", "loan"),
    *("asset_dividend", "shock", "visit", "verification", "housing_check", "water_check"),
    *("village", "place_month"),
)
EXTRA = {
    **{"medical_bill": 120, "income_item": 160, "work_month": 120, "schooling": 40},
    **{"rigid_spending": 90, "insurance": 40, "insurance_claim": 40, "loan": 60, "shock": 60},
    **{"asset_dividend": 30, "visit": 80, "verification": 40, "housing_check": 40},
    **{"water_check": 40, "household_snapshot": 30, "village": 6, "place_month": 60},
}
"""Rows drawn at random beside the clean ones."""
FAVOURED = {
    "item": ["business", "business_cost", "pension", "family_support", "dibao", "temporary_relief"],
    "window": [None, "payment", "payment", "rolling", "collection_year"],
    "result": ["in_need", "no_need", "not_met"],
    "bill_kind": ["inpatient", "outpatient", "outpatient_special"],
    "insurance": ["basic_medical", "employee_medical", "crop", "accident"],
}
WINDOWS = (3, 6, 12, 24)


def row(table, number, **values):
    """One row of a table; what is not given is not known, recorded on the day it occurred."""
    schema = frame_schema(TABLES[table])
    unknown = set(values) - set(schema)
    assert not unknown, f"{table} has no columns {unknown}"
    whole = dict.fromkeys(schema) | SOURCE | {"record_id": f"{table}/{number}"} | values
    return whole | {"recorded_on": values.get("recorded_on", whole["occurred_on"])}


def frames(tables):
    """Polars frames out of rows by table."""
    return {
        name: pl.DataFrame(
            [{c: found[c] for c in frame_schema(TABLES[name])} for found in rows],
            schema=frame_schema(TABLES[name]),
            orient="row",
        )
        for name, rows in tables.items()
    }


def records(tables):
    """Record tables out of rows."""
    return Records(frames(tables))


def lines(given=None):
    """Lines by place of reference, as a frame."""
    given = LINES if given is None else given
    schema = {"context_place": pl.String(), "line_fen": pl.Int64()}
    return pl.DataFrame(list(given.items()), schema=schema, orient="row")


def random_county(seed, *, n_households=24):
    """Rows of a county with everything that can go wrong, and a day to ask about.

    Returns rows by table and the day: late entries, corrections, withdrawals, gaps, households
    renumbered and split, members who leave, die or are away, rows of persons without a household.
    """
    rng = random.Random(seed)
    as_of = FIRST + timedelta(days=rng.randrange(400, 30 * N_MONTHS))
    if rng.random() < 0.5:
        as_of = as_of.replace(day=1) - timedelta(days=1)
    clean = small_county(n_households, N_MONTHS, seed=seed, first_day=FIRST)
    tables = {name: [_with_person(r) for r in clean.tables.get(name, [])] for name in KEPT}
    homes = sorted({r["household_id"] for r in tables["household_snapshot"]})
    people = {r["person_id"]: r["household_id"] for r in tables["member_snapshot"]}
    for table, n_rows in EXTRA.items():
        tables[table] += [_random_row(rng, table, n, homes, people, as_of) for n in range(n_rows)]
    _move_people(rng, tables, people, as_of)
    _renumber(rng, tables, homes)
    for name in KEPT:
        if name not in ("member_snapshot", "household_change"):
            tables[name] = [r for found in tables[name] for r in _roughened(rng, name, found)]
    if rng.random() < 0.3:
        del tables[rng.choice([n for n in EXTRA if n != "household_snapshot"])]
    return tables, as_of


def _with_person(found):
    """A clean row with the person under a number."""
    kept = {name: value for name, value in found.items() if name != "person"}
    if "person" in found:
        kept["person_id"] = None if found["person"] is None else f"P{found['person']}"
    return kept


def _random_row(rng, table, number, homes, people, as_of):
    """A row that the contract allows, often at the edge of a window, a fifth of it unknown."""
    contract = TABLES[table]
    edge = add_months(as_of, -rng.choice((0, *WINDOWS))) + timedelta(days=rng.choice((-1, 0, 1)))
    occurred_on = edge if rng.random() < 0.5 else FIRST + timedelta(days=rng.randrange(0, 900))
    values = {"occurred_on": occurred_on}
    for column in contract.columns:
        if column.is_required or rng.random() > 0.2:
            values[column.name] = _random_value(rng, column, occurred_on)
    if "person_id" in contract.names:
        person = rng.choice([*people, "Punknown"])
        values["person_id"] = person
        values["household_id"] = people.get(person, rng.choice(homes))
        if contract.key != "person_id" and rng.random() < 0.4:
            values["person_id"] = None
        elif rng.random() < 0.15:
            values["household_id"] = None
    elif contract.key != "place":
        values["household_id"] = rng.choice(homes)
    if table == "household_snapshot":
        values |= {"context_place": COUNTY, "members": rng.randrange(1, 6)}
        values["net_income_per_head_fen"] = rng.choice([None, 3_000_00, 7_001_00, 900_000_00])
    late = rng.choice((0, 0, 0, 20, 90))
    return row(table, f"x{number}", **values, recorded_on=occurred_on + timedelta(days=late))


def _random_value(rng, column, occurred_on):
    """A value of a column."""
    match column.kind:
        case "flag":
            return rng.random() < 0.5
        case "day":
            return occurred_on + timedelta(days=rng.randrange(-400, 400))
        case "month":
            moved = add_months(occurred_on.replace(day=1), -rng.randrange(0, 3))
            return add_months(moved, -11) if column.name == "period_from" else moved
        case "code":
            favoured = FAVOURED.get(column.name, [])
            words = column.codes.words if column.codes else "ab"
            known = [code for code in favoured if code is None or code in words]
            return rng.choice(known or list(words))
        case "text":
            return rng.choice(PLACES if column.name in ("place", "region") else ("a", "b"))
        case "amount":
            return rng.choice([0, 1, 99, 12_345, 700_100, 8_000_000])
        case "person":
            return None
        case _:
            low, high = column.minimum or 0, column.maximum or 30
            return rng.randrange(low, min(high, low + 40) + 1)


PLACES = ("230199100200", "230199100201", "兴旺镇", COUNTY)


def _move_people(rng, tables, people, as_of):
    """Some members leave, die, go away or move into a household that is split off."""
    for person in rng.sample(sorted(people), len(people) // 3):
        day = FIRST + timedelta(days=rng.randrange(30, 800))
        before = [r for r in tables["member_snapshot"] if r["person_id"] == person]
        state = rng.choice(("left", "died", "away", "split", "present"))
        kept = [r for r in before if r["occurred_on"] < day]
        tables["member_snapshot"] = [
            r for r in tables["member_snapshot"] if r["person_id"] != person or r in kept
        ]
        changed = {"occurred_on": day, "recorded_on": day + timedelta(days=rng.choice((0, 10)))}
        changed["record_id"] = f"moved/{person}"
        last = before[-1] | changed
        if state == "split":
            new = f"new-{person}"
            last["household_id"] = new
            moved = {"household_id": new, "other_household_id": people[person]}
            tables["household_change"].append(
                row("household_change", new, change="split", occurred_on=day, **moved)
            )
            home = next(
                r
                for r in tables["household_snapshot"]
                if r["household_id"] == people[person] and r["place"] is not None
            )
            tables["household_snapshot"].append(
                home | changed | {"household_id": new, "record_id": f"new/{new}"}
            )
        else:
            last["membership"] = state
        unknown = [c for c in ("labour_skill", "is_disabled", "born_on") if rng.random() < 0.3]
        answers = {
            "has_basic_medical": rng.choice((True, False, None)),
            "has_employee_medical": rng.choice((False, None)),
            "disability_level": rng.choice((None, 1, 3)),
            "tekun": rng.choice((None, "none", "rural")),
            "membership": last["membership"] or rng.choice(("present", None)),
        }
        tables["member_snapshot"].append(last | answers | dict.fromkeys(unknown))
    moved_in = rng.choice(sorted(people.values()))
    tables["household_change"].append(
        row(
            "household_change",
            "in",
            household_id=moved_in,
            change="moved_in",
            occurred_on=as_of - timedelta(days=rng.randrange(0, 700)),
        )
    )


def _renumber(rng, tables, homes):
    """Two households get a new number on a day; rows from then on stand under it."""
    for old in rng.sample(homes, 2):
        new, day = f"{old}-n", FIRST + timedelta(days=rng.randrange(100, 700))
        for name, rows in tables.items():
            tables[name] = [
                r | {"household_id": new}
                if r.get("household_id") == old and r["occurred_on"] >= day
                else r
                for r in rows
            ]
        tables["household_change"].append(
            row(
                "household_change",
                old,
                household_id=old,
                other_household_id=new,
                change="renumbered",
                occurred_on=day,
            )
        )


def _roughened(rng, table, found):
    """A row, and now and then its correction or withdrawal; a clean row may lose values."""
    if found["version"] > 1 or rng.random() > 0.12:
        yield found
        return
    optional = [c.name for c in TABLES[table].columns if not c.is_required]
    optional = [name for name in optional if name != "person_id"]
    lost = rng.sample(optional, min(len(optional), rng.randrange(0, 3)))
    first = found | dict.fromkeys(lost)
    yield first
    if "/x" not in first["record_id"]:
        return  # the clean rows have corrections of their own
    later_on = first["recorded_on"] + timedelta(days=rng.choice((0, 40, 200)))
    changes = {"version": 2, "recorded_on": later_on, "is_withdrawn": rng.random() < 0.3}
    amounts = {c.name for c in TABLES[table].columns if c.kind == "amount"}
    changes |= {name: first[name] + 77 for name in amounts if first[name] is not None}
    yield first | changes
