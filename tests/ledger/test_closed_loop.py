"""The closed loop in sentences: what stands on record, and what is said of it."""

from __future__ import annotations

import runpy
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import narwhals as nw
import polars as pl
import pytest
import yaml

from fanpin_risk.dates import day_number
from fanpin_risk.household.facts import DayFacts
from fanpin_risk.ledger.listings import SPELL_LIMITS, spell_stages, with_spell_clocks
from fanpin_risk.ledger.loop import loop_facts
from fanpin_risk.ledger.stages import CLUE_LIMITS, clue_cases, with_clue_clock
from fanpin_risk.standards.evaluate import evaluate
from fanpin_risk.standards.findings import findings_of
from fanpin_risk.standards.loop_rules import LOOP_RULES, clue_due_day
from fanpin_risk.standards.parameters import Standards
from fanpin_risk.standards.readings import Readings
from fanpin_risk.standards.table import parameter_table

HERE = Path(__file__).parent
STANDARDS = HERE.parents[1] / "configs/standards"
L = SimpleNamespace(**runpy.run_path(str(HERE / "loop_histories.py")))
CASES = yaml.safe_load((HERE / "closed_loop.yaml").read_text(encoding="utf-8"))
NAMES = sorted({name for rule in LOOP_RULES for name in rule.parameters})


@pytest.fixture(scope="module")
def standards():
    """The shipped standards with those of the simulated county."""
    return Standards.load([STANDARDS, STANDARDS / "simulated_county"])


def facts_of(case):
    """Facts of the day of a case."""
    kept = [table for table in L.KEPT if table not in case.get("not_kept", [])]
    history = L.written(case["records"], kept)
    return L.facts(day_number(case["as_of"]), history)


def limits_of(case, names):
    """Limits of a case for every household in it."""
    households = sorted(
        {
            row["household"]
            for rows in case["records"].values()
            for row in rows
            if "household" in row
        }
    )
    columns = {name: [case.get("limits", {}).get(name)] * len(households) for name in names}
    frame = pl.DataFrame(
        {"household_id": households, **columns},
        schema={"household_id": pl.String, **dict.fromkeys(names, pl.Int64)},
    )
    return nw.from_native(frame, eager_only=True)


def answers_of(case, facts, standards):
    """Answer of every rule on the closed loop for household h."""
    asked = nw.from_native(pl.DataFrame({"household_id": ["h"]}), eager_only=True)
    place = case.get("place", "SIM")
    homes = loop_facts(facts, asked).with_columns(
        home=nw.lit(0), place=nw.lit("v"), context_place=nw.lit(place), heads=nw.lit(1)
    )
    persons = nw.from_native(
        pl.DataFrame(schema={"person": pl.Int64, "home": pl.Int64}), eager_only=True
    )
    table = parameter_table(standards, [place], case["as_of"], NAMES)
    day = DayFacts(as_of=case["as_of"], homes=homes, persons=persons)
    readings = Readings(**case.get("readings", {}))
    found = findings_of(evaluate(day, table, LOOP_RULES, readings), with_not_met=True)
    return {row["rule"]: row for row in found.iter_rows(named=True)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["sentence"])
def test_a_sentence(case, standards):
    """Clues, spells and rules are what the sentence says; what it does not name is not asked."""
    facts, day = facts_of(case), day_number(case["as_of"])
    cases = clue_cases(facts, already_listed=case.get("already_listed", "asks_anew"))
    spells = spell_stages(facts, cases)
    readings = case.get("readings", {})
    chosen = {"notice_days": "notice_days", "first_measure": "first_measure_month"}
    options = {name: readings[key] for name, key in chosen.items() if key in readings}
    said = {
        "clues": with_clue_clock(cases, limits_of(case, CLUE_LIMITS), day=day),
        "spells": with_spell_clocks(spells, limits_of(case, SPELL_LIMITS), day=day, **options),
    }
    expected = case["expected"]
    assert set(expected) <= {"clues", "spells", "rules", "evidence"}
    for name, frame in said.items():
        if name not in expected:
            continue
        rows = [L.as_dates(row) for row in L.plainly(frame)]
        assert len(rows) == len(expected[name])
        for row, wanted in zip(rows, expected[name], strict=True):
            assert {key: row[key] for key in wanted} == wanted
    answers = answers_of(case, facts, standards)
    for rule, answer in expected.get("rules", {}).items():
        assert answers[rule]["answer"] == answer, rule
    for rule, words in expected.get("evidence", {}).items():
        for word in words:
            assert word in answers[rule]["evidence"]


def test_every_answer_of_every_rule_stands_in_a_sentence():
    """Met, not met and cannot tell."""
    told = {pair for case in CASES for pair in case["expected"].get("rules", {}).items()}
    wanted = {(rule.name, a) for rule in LOOP_RULES for a in ("met", "not met", "cannot tell")}
    assert sorted(wanted - told) == []


def test_no_two_sentences_are_the_same():
    """A sentence names one case, in Chinese and English."""
    sentences = [case["sentence"] for case in CASES]
    assert len(set(sentences)) == len(sentences)
    assert all(" / " in sentence for sentence in sentences)


def test_of_two_limits_of_a_place_the_earlier_day_counts():
    """Both limits, one of them, and none: 1 March 2024 was a Friday."""
    clue = day_number(date(2024, 3, 1))
    frame = nw.from_native(
        pl.DataFrame(
            {
                "oldest_open_clue_day": [clue] * 5,
                "p|clue_to_decision": [15, 15, 15, None, None],
                "p|clue_to_decision_working": [20, 5, None, 5, None],
            }
        ),
        eager_only=True,
    )
    found = frame.select(day=clue_due_day())["day"].to_list()
    assert [None if n is None else n - clue for n in found] == [15, 7, 15, 7, None]


def test_rules_and_clocks_of_spells_agree(standards):
    """A rule says of a household what the clocks say of its newest spell and exit."""
    history = L.many(5, 60)
    named = sorted({f"{n}{name}" for n in range(60) for name in "aAb"})
    asked = nw.from_native(pl.DataFrame({"household_id": named}), eager_only=True)
    table = parameter_table(standards, ["SIM"], date(2024, 1, 1), NAMES)
    held = table.frame.to_native().row(0, named=True)
    columns = (
        *("clue_to_decision", "clue_to_decision_working", "village_notice_min"),
        *("first_measure_max", "exit_listed_min"),
    )
    limits = asked.with_columns(
        nw.lit(held[name], nw.Int64()).alias(column)
        for name, column in zip(columns, (*CLUE_LIMITS, *SPELL_LIMITS), strict=False)
    ).with_columns(exit_notice_min_days=nw.lit(None, nw.Int64()))
    for day in (14, 33, 43, 200):
        facts = L.facts(day, history)
        cases = clue_cases(facts)
        clues = with_clue_clock(cases, limits, day=day).to_native()
        spells = with_spell_clocks(spell_stages(facts, cases), limits, day=day).to_native()
        homes = loop_facts(facts, asked).with_columns(
            home=nw.lit(0), place=nw.lit("v"), context_place=nw.lit("SIM")
        )
        persons = nw.from_native(
            pl.DataFrame(schema={"person": pl.Int64, "home": pl.Int64}), eager_only=True
        )
        as_of = date(1970, 1, 1).fromordinal(date(1970, 1, 1).toordinal() + day)
        found = evaluate(
            DayFacts(as_of=as_of, homes=homes, persons=persons), table, LOOP_RULES, Readings()
        ).homes.to_native()
        told = {row["household_id"]: row for row in found.iter_rows(named=True)}
        overdue = set(clues.filter(pl.col("is_overdue"))["household_id"])
        newest = spells.filter(pl.col("listed_day").is_not_null()).unique(
            "household_id", keep="last", maintain_order=True
        )
        exits = spells.filter(pl.col("exited_day").is_not_null()).unique(
            "household_id", keep="last", maintain_order=True
        )
        assert {h for h, row in told.items() if row["clue_overdue"]} == overdue
        for name, rows, column in (
            ("notice_too_short", newest, "is_notice_short"),
            ("first_measure_late", newest, "is_measure_late"),
            ("exit_too_early", exits, "is_exit_early"),
        ):
            expected = dict(rows.select("household_id", column).iter_rows())
            assert {h: told[h][name] for h in named} == {h: expected.get(h, False) for h in named}
