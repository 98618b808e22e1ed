"""The income account of a small county equals a slow second implementation without frames."""

from __future__ import annotations

import random
import runpy
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import narwhals as nw
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from fanpin_risk.household.choices import AccountChoices
from fanpin_risk.household.income_account import INCOME
from fanpin_risk.household.income_account_workers import WORKERS
from fanpin_risk.household.placement import facts_of
from fanpin_risk.household.view import county_view
from fanpin_risk.records.timeline import known_as_of

REFERENCE = Path(__file__).parents[1] / "reference"
MADE = SimpleNamespace(**runpy.run_path(str(REFERENCE / "small_county_records.py")))
SLOW = SimpleNamespace(**runpy.run_path(str(REFERENCE / "income_account_reference.py")))
YES_OR_NO = (
    *("counts_income_of_gone", "leaves_out_relief", "counts_claims"),
    *("places_work_by_payment", "collection_closes_on_its_last_day"),
)


def view(tables, as_of):
    """A county's records as known on a day."""
    known = known_as_of(MADE.records(tables), as_of)
    return county_view(facts_of(known), nw.from_native(MADE.lines(), eager_only=True))


def denser(tables, as_of, seed):
    """The same rows and more items around the windows, so that accounts meet and overlap."""
    rng = random.Random(seed)
    homes = sorted({r["household_id"] for r in tables["household_snapshot"]})
    people = {r["person_id"]: r["household_id"] for r in tables["member_snapshot"]}
    this_month = as_of.replace(day=1)
    items = tables.setdefault("income_item", [])
    work = tables.setdefault("work_month", [])
    tables["member_snapshot"] = [_told(rng, r) for r in tables["member_snapshot"]]
    for n in range(40):
        home = rng.choice(homes)
        last = MADE.add_months(this_month, rng.choice((-1, -1, -1, -2, -4, -13, 0)))
        if rng.random() < 0.4:
            last = date(as_of.year - rng.choice((0, 1)), 9, 1)
        first = MADE.add_months(last, rng.choice((-11, -11, -11, -5, 1)))
        parts = ["wage", "business", "business_cost", "property"]
        if rng.random() < 0.3:
            parts.remove(rng.choice(parts))
        parts += rng.sample(["pension", "dibao", "transfer", "asset_dividend"], rng.randrange(3))
        written = last + timedelta(days=rng.choice((40, 41, 60)))
        for part in parts:
            values = {
                "item": part,
                "amount_fen": rng.choice((0, 1, 13, 1_000_003, -7, 720_000)),
                "period_from": first,
                "period_to": last,
                "window": rng.choice(("rolling", "collection_year")) if n % 9 == 0 else "rolling",
                "is_help": rng.choice((True, False, None)),
                "household_id": home,
                "occurred_on": min(written, as_of),
            }
            values["window"] = "collection_year" if last.month == 9 else values["window"]
            items.append(MADE.row("income_item", f"y{n}{part}", **values))
    for n in range(120):
        person = rng.choice(sorted(people))
        month = MADE.add_months(this_month, -rng.randrange(1, 26))
        values = {"person_id": person, "household_id": people[person], "occurred_on": month}
        if n % 2:
            terms = {"work_month": month, "wage_fen": rng.choice((None, 100_000, 7))}
            kind = rng.choice(("village", "outside", None))
            place = rng.choice((None, "A", "B"))
            work.append(
                MADE.row(
                    "work_month", f"y{n}", work_place_kind=kind, work_place=place, **terms, **values
                )
            )
        else:
            first = MADE.add_months(month, -rng.choice((0, 0, 2)))
            person_id = rng.choice((person, None))
            values |= {"item": "wage", "amount_fen": 50_002, "window": "payment"}
            values |= {"period_from": first, "period_to": month, "person_id": person_id}
            items.append(MADE.row("income_item", f"z{n}", **values))
    return tables


def _told(rng, member):
    """A member's snapshot that says more often where the member is, and what of."""
    told = {"dibao": rng.choice(("none", "rural", "rural", None))}
    told["labour_skill"] = rng.choice(("ordinary", "weak", "none", None))
    if member["membership"] is None:
        told["membership"] = rng.choice(("present", "present", "present", "away"))
    return member | told


def random_case(seed):
    """A county, a day and ways of counting."""
    rng = random.Random(seed)
    tables, as_of = MADE.random_county(seed)
    if rng.random() < 0.4:
        as_of = date(as_of.year, rng.choice((9, 10)), 30 if rng.random() < 0.5 else 1)
    choices = {name: rng.random() < 0.3 for name in YES_OR_NO}
    choices["counts_income_of_gone"] = not choices["counts_income_of_gone"]
    return denser(tables, as_of, seed), as_of, choices


def compared(seed):
    """Facts of a random county, which equal the reference."""
    tables, as_of, given_choices = random_case(seed)
    county = view(tables, as_of)
    choices = AccountChoices(window_months=12, collection_first_month=10, **given_choices)
    found = INCOME.build(county, choices).join(
        county.homes.select("home", "household_id"), on="home", how="left"
    )
    expected = SLOW.homes(tables, as_of, MADE.LINES, **given_choices)
    homes = found["household_id"].to_list()
    assert sorted(homes) == sorted(expected)
    for name in INCOME.columns:
        assert found[name].to_list() == [expected[home][name] for home in homes], name
    persons = WORKERS.build(county, choices).join(
        county.persons.select("person", "person_id"), on="person", how="left"
    )
    slow = SLOW.workers(tables, as_of, MADE.LINES, **given_choices)
    people = persons["person_id"].to_list()
    assert sorted(people) == sorted(slow)
    for name in WORKERS.columns:
        assert persons[name].to_list() == [slow[person][name] for person in people], name
    return found, persons


@settings(max_examples=4, deadline=None, phases=[Phase.generate])
@given(seed=st.integers(100, 2**32 - 1))
def test_every_fact_equals_the_reference(seed):
    """Late entries, corrections, moves, overlapping accounts, tables not kept: equal to the fen."""
    compared(seed)


def test_the_comparison_reaches_every_fact():
    """It is worth something: each fact takes several values, and null where it may."""
    themes = (INCOME, WORKERS)
    seen = {name: set() for theme in themes for name in theme.columns}
    for seed in range(6):
        for theme, found in zip(themes, compared(seed), strict=True):
            for name in theme.columns:
                seen[name] |= set(found[name].to_list())
    filled_elsewhere = {name for name in seen if name.startswith("employment_cost_")}
    assert {n for n, values in seen.items() if len(values - {None}) < 2} == filled_elsewhere
    never_null = {n for n in INCOME.columns if n.startswith("is_") or n.endswith("_day")}
    never_null -= {"register_income_day", "register_income_before_day"}
    never_null |= {n for n in INCOME.columns if n.startswith("income_of_gone_")}
    never_null |= {
        f"income_without_loss_{window}_lower_fen" for window in ("12m", "before", "annual")
    }
    by_hand = {"register_income_per_head_fen", "register_income_day", "works_in_window"}
    assert {n for n, values in seen.items() if None not in values} - by_hand == never_null


@pytest.mark.parametrize("broken", ["amount_fen", "wage_fen"])
def test_a_wrong_value_is_noticed(broken):
    """The comparison can fail: one fen more on every row, and facts differ."""
    tables, as_of, choices = random_case(5)
    dearer = {
        name: [row | {broken: row[broken] + 1} if row.get(broken) else row for row in rows]
        for name, rows in tables.items()
    }
    county = view(dearer, as_of)
    counted = AccountChoices(window_months=12, collection_first_month=10, **choices)
    found = INCOME.build(county, counted).join(
        county.homes.select("home", "household_id"), on="home", how="left"
    )
    expected = SLOW.homes(tables, as_of, MADE.LINES, **choices)
    homes = found["household_id"].to_list()
    assert any(found[n].to_list() != [expected[h][n] for h in homes] for n in INCOME.columns)
