"""Counties for the tests of shocks, work, labour and means: rows by hand, or at random."""

from __future__ import annotations

import random
import runpy
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import narwhals as nw

from fanpin_risk.dates import day_of
from fanpin_risk.household.choices import AccountChoices
from fanpin_risk.household.facts import day_facts
from fanpin_risk.household.placement import facts_of
from fanpin_risk.household.view import county_view
from fanpin_risk.records.timeline import known_as_of

HERE = Path(__file__).parent
MADE = SimpleNamespace(**runpy.run_path(str(HERE / "small_county_records.py")))
SLOW = SimpleNamespace(**runpy.run_path(str(HERE / "shocks_work_reference.py")))
CHOICES = AccountChoices(
    window_months=12,
    collection_first_month=10,
    shock_months=12,
    stable_work_months=6,
    working_age_from=16,
    working_age_to=59,
    severe_disability_level=2,
)
AS_OF = date(2023, 6, 30)
EARLY = date(2021, 1, 1)


def view(tables, as_of=AS_OF):
    """The day's view of rows by table."""
    lines = nw.from_native(MADE.lines(), eager_only=True)
    return county_view(facts_of(known_as_of(MADE.records(tables), as_of)), lines)


def found(tables, themes, as_of=AS_OF, **changed):
    """Facts of a day by themes, as ``(homes, persons)``, dicts by household and person number."""
    facts = day_facts(view(tables, as_of), replace(CHOICES, **changed), themes)
    homes = {r["household_id"]: r for r in facts.homes.to_native().iter_rows(named=True)}
    persons = {r["person_id"]: r for r in facts.persons.to_native().iter_rows(named=True)}
    return homes, persons


def home(household, **said):
    """A snapshot of a household."""
    place = {"place": "P1", "region": "R1", "context_place": "C", "members": 1}
    values = {"household_id": household, "occurred_on": EARLY, **place, **said}
    day = values["occurred_on"]
    return [MADE.row("household_snapshot", f"{household}/{day}", **values)]


def of_one(theme, as_of=AS_OF, *, changed=None, **tables):
    """Facts of household h by one theme of household facts; rows stand under it unless they say."""
    homes, _ = found(by_hand(**tables), [theme], as_of, **(changed or {}))
    return homes["h"]


def all_null(theme, **tables):
    """Whether nothing at all is known of household h."""
    facts = of_one(theme, **tables)
    return {facts[name] for name in theme.columns} == {None}


def by_hand(**tables):
    """Tables of household h; a table given as none is not kept."""
    made = {"household_snapshot": home("h")}
    for name, given in tables.items():
        if name == "household_snapshot":
            made[name] = made[name] + given
        elif given is not None:
            made[name] = [
                MADE.row(name, n, **{"household_id": "h", **values})
                for n, values in enumerate(given)
            ]
    return made


def dated(facts, *names):
    """Day numbers of facts as days."""
    days = [facts[name] for name in names]
    days = [None if day is None else day_of(day) for day in days]
    return days[0] if len(days) == 1 else days


def random_county(seed):
    """A random county with evidence of means, appraisals, and members who fall ill; and a day."""
    tables, as_of = MADE.random_county(seed, n_households=12)
    rng = random.Random(seed)
    homes = sorted({r["household_id"] for r in tables["household_snapshot"]})
    people = {r["person_id"]: r["household_id"] for r in tables["member_snapshot"]}
    for table, n_rows in (("asset_evidence", 80), ("coping_assessment", 30)):
        tables[table] = [
            MADE._random_row(rng, table, n, homes, people, as_of) for n in range(n_rows)
        ]
    _fall_ill(rng, tables["member_snapshot"], sorted(people))
    for row in some(rng, tables.get("shock", []), 12):
        row["shock_kind"] = rng.choice(("death", "worker_lost"))
        row["person_id"] = rng.choice((row["person_id"], row["person_id"], None))
    for row in some(rng, tables.get("insurance_claim", []), 20):
        row["insurance"] = "poverty"
    kept = [name for name in tables if name not in ("household_snapshot", "member_snapshot")]
    for name in some(rng, kept, rng.choice((0, 0, 3))):
        del tables[name]
    return tables, as_of


def some(rng, given, n):
    """Some of a list, at most so many."""
    return rng.sample(given, min(n, len(given)))


def _fall_ill(rng, members, people):
    """Later snapshots in which health and labour differ; of a few nobody ever wrote the labour."""
    for n, person in enumerate(some(rng, people, len(people) // 2)):
        mine = [r for r in members if r["person_id"] == person]
        last = max(mine, key=lambda r: (r["occurred_on"], r["recorded_on"]))
        day = last["occurred_on"] + timedelta(days=rng.randrange(1, 200))
        said = {
            "is_seriously_ill": rng.choice((True, False, None)),
            "is_disabled": rng.choice((True, False, None)),
            "disability_level": rng.choice((None, 1, 2, 3)),
            "labour_skill": rng.choice((None, "weak", "lost", "skilled")),
        }
        moved = {"occurred_on": day, "recorded_on": day, "record_id": f"later/{n}", "version": 1}
        members.append(last | moved | said)
    silent = some(rng, people, len(people) // 3)
    for row in members:
        if row["person_id"] in silent:
            row["labour_skill"] = None


def compared(theme, seed):
    """Columns of a theme on a random county beside the slow ones: ``name, fast, slow, key``."""
    tables, as_of = random_county(seed)
    homes, persons = found(tables, [theme], as_of)
    slow_homes, slow_persons = SLOW.facts(tables, as_of, CHOICES)
    fast, slow = (homes, slow_homes) if theme.level == "household" else (persons, slow_persons)
    for key in fast:
        for name in theme.columns:
            yield name, fast[key][name], slow[key][name], key


def assert_equal_and_rich(theme, seeds):
    """Every column equals the slow one, and takes several values on one county or other."""
    seen = {name: set() for name in theme.columns}
    for seed in seeds:
        for name, fast, slow, key in compared(theme, seed):
            assert fast == slow, (seed, key, name, fast, slow)
            seen[name].add(fast)
    assert {name for name, values in seen.items() if len(values - {None}) < 2} == set()


def assert_can_fail(theme, table, changed, seeds=(0, 1, 2)):
    """The comparison notices a change in the rows of a table that only the fast side sees."""
    for seed in seeds:
        tables, as_of = random_county(seed)
        if table not in tables:
            continue
        other = tables | {table: [changed(row) for row in tables[table]]}
        fast = found(other, [theme], as_of)
        slow = SLOW.facts(tables, as_of, CHOICES)
        one, two = (fast[0], slow[0]) if theme.level == "household" else (fast[1], slow[1])
        if any(one[k][n] != two[k][n] for k in one for n in theme.columns):
            return
    raise AssertionError(f"nothing noticed a change of {table}")
