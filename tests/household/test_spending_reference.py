"""Facts of spending equal a slow second implementation, on random counties."""

from __future__ import annotations

import random
import runpy
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import narwhals as nw
import pytest

from fanpin_risk.household.choices import AccountChoices
from fanpin_risk.household.facts import day_facts
from fanpin_risk.household.placement import facts_of
from fanpin_risk.household.spending import HOUSEHOLD_SPENDING
from fanpin_risk.household.spending_groups import SPENDING_GROUPS
from fanpin_risk.household.spending_medical import PERSON_SPENDING
from fanpin_risk.household.spending_school import PERSON_SCHOOL_COST
from fanpin_risk.household.view import county_view
from fanpin_risk.records.timeline import known_as_of

REFERENCE = Path(__file__).parents[1] / "reference"
MADE = SimpleNamespace(**runpy.run_path(str(REFERENCE / "small_county_records.py")))
SLOW = SimpleNamespace(**runpy.run_path(str(REFERENCE / "spending_reference.py")))
THEMES = (HOUSEHOLD_SPENDING, SPENDING_GROUPS, PERSON_SPENDING, PERSON_SCHOOL_COST)
SEEDS = range(14)


def county(seed):
    """A random county, its bills around the turns of the windows, and a day."""
    tables, as_of = MADE.random_county(seed, n_households=10)
    rng = random.Random(seed)
    people = sorted({r["person_id"] for r in tables["member_snapshot"]})
    turns = [as_of.replace(month=1, day=1), as_of.replace(day=1)]
    turns.append((turns[1] - timedelta(days=1)).replace(day=1))
    for n in range(60 if "medical_bill" in tables else 0):
        day = min(as_of, rng.choice(turns) + timedelta(days=rng.choice((-1, 0, 3))))
        cost = rng.choice((1, 50, 50, 700))
        bill = {
            "person_id": rng.choice(people),
            "bill_kind": rng.choice(("inpatient", "outpatient", "outpatient_special", "pharmacy")),
            "occurred_on": day,
            "total_fen": cost,
            "own_fen": cost,
            "compliant_own_fen": rng.choice((cost, None, 0)),
        }
        tables["medical_bill"].append(MADE.row("medical_bill", f"turn{n}", **bill))
    since = as_of - timedelta(days=rng.choice((20, 200, 380, 2_000)))
    for table in rng.sample(("medical_bill", "rigid_spending", "schooling"), 2):
        rows = tables.get(table, [])
        tables |= {table: [r for r in rows if r["occurred_on"] >= since]} if rows else {}
    silent = rng.choice((None, "household_type", "monitored_type"))
    for row in tables["household_snapshot"]:
        row.update({} if silent is None else {silent: None})
    for row in tables["income_item"] if rng.random() < 0.3 and "income_item" in tables else []:
        row["item"] = "pension"
    return tables, as_of


def found(tables, as_of, **changed):
    """Facts by the themes, as ``(homes, persons)``."""
    lines = nw.from_native(MADE.lines(), eager_only=True)
    view = county_view(facts_of(known_as_of(MADE.records(tables), as_of)), lines)
    choices = AccountChoices(window_months=12, collection_first_month=10, **changed)
    facts = day_facts(view, choices, THEMES)
    return (
        {r["household_id"]: r for r in facts.homes.to_native().iter_rows(named=True)},
        {r["person_id"]: r for r in facts.persons.to_native().iter_rows(named=True)},
    )


def compared(seed, tables=None):
    """Every value beside the slow one: ``name, fast, slow, key``."""
    made, as_of = county(seed)
    month, months = ((None, 12), (9, 12), (9, 6))[seed % 3]
    choices = {"school_year_first_month": month, "rigid_window_months": months}
    fast = found(made if tables is None else tables(made), as_of, **choices)
    slow = SLOW.facts(made, as_of, school_year_month=month, rigid_months=months)
    for theme in THEMES:
        side = 0 if theme.level == "household" else 1
        assert set(fast[side]) == set(slow[side])
        for key, values in fast[side].items():
            for name in theme.columns:
                yield name, values[name], slow[side][key][name], key


def test_every_column_equals_the_reference():
    """Late entries, corrections, moves, tables kept late or not at all; each column varies."""
    seen = {name: set() for theme in THEMES for name in theme.columns}
    for seed in SEEDS:
        for name, fast, slow, key in compared(seed):
            assert fast == slow, (seed, key, name, fast, slow)
            seen[name].add(fast)
    assert {name for name, values in seen.items() if len(values) < 2} == set()


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("medical_bill", "own_fen"),
        ("medical_bill", "compliant_own_fen"),
        ("rigid_spending", "amount_fen"),
        ("schooling", "aid_fen"),
    ],
)
def test_a_wrong_amount_is_noticed(table, column):
    """The comparison can fail: one fen more on every row."""

    def dearer(tables):
        rows = [r | {column: r[column] + 1} if r[column] else r for r in tables.get(table, [])]
        return tables | ({table: rows} if table in tables else {})

    assert any(fast != slow for seed in (0, 1, 2) for _, fast, slow, _ in compared(seed, dearer))
