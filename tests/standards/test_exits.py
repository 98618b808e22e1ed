"""Exits of a day: rules on them asked after all others, and what still holds each household."""

from __future__ import annotations

import runpy
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import narwhals as nw
import polars as pl
import pytest

from fanpin_risk.causes import Cause
from fanpin_risk.errors import SchemaError
from fanpin_risk.household.facts import DayFacts
from fanpin_risk.household.listed import FINDING_COLUMNS, LASTING, OPEN, of_cause
from fanpin_risk.standards.catalogue import STANDARD_RULES
from fanpin_risk.standards.evaluate import evaluate
from fanpin_risk.standards.exit_facts import LASTING_RISKS, OPEN_RISKS, with_finding_facts
from fanpin_risk.standards.exit_rules import EXIT_RULES
from fanpin_risk.standards.exits import CONDITIONS, EXIT_SCHEMA, exits, with_exits
from fanpin_risk.standards.findings import findings_of
from fanpin_risk.standards.readings import Readings
from fanpin_risk.standards.risks import GAPS, SHOCKS, SPENDING
from fanpin_risk.standards.table import parameter_table

HARNESS = SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "test_rule_cases.py")))
DAY = date(2025, 8, 31)
LONG_AGO = date(2024, 1, 1)
BASE_RULES = tuple(rule for rule in STANDARD_RULES if rule.theme not in ("exit", "loop"))
QUIET = {
    f"{group}_quiet_since_day": LONG_AGO
    for group in ("disaster", "accident", "failure", "job_loss", "main_worker")
}
LISTED = {
    "is_listed": True,
    "listed_day": LONG_AGO,
    "listed_months": 20,
    "listed_type": "marginal",
    "has_aimed_measure": True,
    **{of_cause("named", cause): cause is Cause.ILLNESS for cause in Cause},
    **{of_cause("aimed", cause): cause is Cause.ILLNESS for cause in Cause},
    "register_income_per_head_fen": 900_000,
    "register_income_above_since_day": LONG_AGO,
    **QUIET,
}
STRUCK = {"disaster_day": date(2025, 8, 1), "disaster_quiet_since_day": date(2025, 8, 1)}
READINGS = Readings(income_source="register")


@pytest.fixture(scope="module")
def table(shipped_standards):
    """Parameters of the simulated county."""
    names = tuple(dict.fromkeys(name for rule in STANDARD_RULES for name in rule.parameters))
    return parameter_table(shipped_standards(), ["SIM"], DAY, names)


def facts(*homes):
    """Facts of some households, given as dicts; each has one member."""
    made = [HARNESS.facts_of({"place": "SIM", "day": DAY, "household": home}) for home in homes]
    frames = [
        one.homes.with_columns(
            home=nw.lit(n), household_id=nw.lit(f"h{n}"), place=nw.lit("v1")
        ).to_native()
        for n, one in enumerate(made)
    ]
    whole = nw.from_native(pl.concat(frames), eager_only=True)
    return DayFacts(as_of=DAY, homes=whole, persons=made[0].persons)


def answers_of(given, table, *, met=(), unknown=(), rules=BASE_RULES):
    """Answers about the households: all not met but those named."""
    found = evaluate(given, table, rules, READINGS)
    said = {
        rule.name: nw.lit(None if rule.name in unknown else rule.name in met).cast(nw.Boolean)
        for rule in rules
    }
    return replace(found, homes=found.homes.with_columns(**said))


def asked(table, homes, **options):
    """Answers with those on exits."""
    given = facts(*homes)
    return with_exits(answers_of(given, table, **options), given, table, READINGS)


def one(table, *, home=None, **options):
    """What is said of one listed household."""
    (row,) = exits(asked(table, [LISTED | (home or {})], **options)).to_dicts()
    return row


def test_a_household_of_which_all_holds_can_leave(table):
    """By help where help was aimed at the named risk, else by itself; nothing holds it."""
    row = one(table)
    assert (row["exit"], row["exit_zh"], row["way"]) == ("met", "符合", "by_help")
    assert (row["way_zh"], row["held_by"], row["open_by"]) == ("帮扶消除", "", "")
    row = one(table, home={"has_aimed_measure": False})
    assert (row["way"], row["way_zh"]) == ("natural", "自然消除")


def test_what_still_holds_a_household_is_named(table):
    """In the order of the conditions; with titles in both languages, and no way out."""
    row = one(table, home={"listed_months": 3}, met=("water_outage",))
    assert row["exit"] == "not met"
    assert row["held_by"] == "exit_guarantees_ok, exit_no_new_risk, exit_time_and_help_ok"
    assert row["held_zh"].startswith("三保障和饮水无缺口、没有新增风险")
    assert row["held_en"].startswith("guarantees and water without a gap, no new risk")
    assert row["way"] is None


def test_what_cannot_be_told_is_named_apart(table):
    """A warning that cannot be told opens what stands on it."""
    row = one(table, unknown=("medical_warning_stay",))
    assert (row["exit"], row["held_by"]) == ("cannot tell", "")
    assert row["open_by"] == "exit_spending_ok, exit_risk_gone"
    assert row["way"] == "by_help"


@pytest.mark.parametrize("name", sorted({*SPENDING, *GAPS}))
def test_each_gap_and_spending_problem_holds_a_household(name, table):
    """And the finding names it."""
    answers = asked(table, [LISTED], met=(name,))
    (row,) = exits(answers).to_dicts()
    condition = "exit_guarantees_ok" if name in GAPS else "exit_spending_ok"
    is_told = next(rule for rule in STANDARD_RULES if rule.name == name).mark not in "DGN"
    assert (condition in row["held_by"].split(", ")) == is_told
    if is_told:
        found = findings_of(answers, with_not_met=True).filter(pl.col("rule") == condition)
        title = next(rule.title_zh for rule in STANDARD_RULES if rule.name == name)
        assert title in found["evidence"].item()


def test_risks_are_told_by_cause(table):
    """Each rule under its causes: those that can be closed, and those that last."""
    given = facts(LISTED)
    for names, prefix in ((OPEN_RISKS, OPEN), (LASTING_RISKS, LASTING)):
        for name in names:
            rule = next(rule for rule in BASE_RULES if rule.name == name)
            assert rule.causes or name == "rigid_burden_high"
            found = with_finding_facts(
                given, answers_of(given, table, met=(name,)), marks_allowed=("D",)
            ).homes
            told = [cause for cause in Cause if found[of_cause(prefix, cause)].item()]
            assert told == sorted(rule.causes, key=list(Cause).index), name
    assert found[of_cause(OPEN, Cause.OTHER)].item() is None
    assert not set(SHOCKS) & {*OPEN_RISKS, *LASTING_RISKS}


def test_only_listed_households_are_asked(table):
    """Who is not listed meets nothing; of whom it is not known nothing can be told."""
    answers = asked(table, [LISTED, {"is_listed": False}, {}])
    assert answers.homes["exit_ready"].to_list() == [True, False, None]
    assert answers.homes["exit_guarantees_ok"].to_list() == [True, False, None]
    assert exits(answers)["household_id"].to_list() == ["h0"]
    assert dict(exits(answers).schema) == EXIT_SCHEMA


def test_answers_on_exits_that_were_asked_before_are_replaced(table):
    """In their place in the order of the rules, once; facts of the findings come once too."""
    given = facts(LISTED)
    every = (*EXIT_RULES, *BASE_RULES)
    late = with_exits(answers_of(given, table, rules=every), given, table, READINGS)
    assert late.rules == every
    assert late.homes["exit_ready"].to_list() == [True]
    assert len(set(late.homes.columns)) == len(late.homes.columns)
    assert set(FINDING_COLUMNS) <= set(late.homes.columns)
    plain = with_exits(answers_of(given, table), given, table, READINGS)
    assert plain.rules == (*BASE_RULES, *EXIT_RULES)


def test_every_condition_is_part_of_being_ready(table):
    """Each of them alone holds a household."""
    breaks = {
        "exit_income_ok": {"home": {"register_income_per_head_fen": 750_000}},
        "exit_spending_ok": {"met": ("school_cost_warning",)},
        "exit_guarantees_ok": {"met": ("housing_unsafe",)},
        "exit_risk_gone": {"home": {"named_disaster": True, **STRUCK}},
        "exit_no_new_risk": {"met": ("public_post_ending",)},
        "exit_time_and_help_ok": {"home": {"listed_months": 5}},
    }
    assert set(breaks) == {rule.name for rule in CONDITIONS} - {"exit_has_labour"}
    for name, how in breaks.items():
        row = one(table, **how)
        assert name in row["held_by"].split(", ")
        assert row["exit"] == "not met"


def test_rules_that_were_not_asked_are_named(table):
    """The exit stands on them."""
    given = facts(LISTED)
    fewer = tuple(rule for rule in BASE_RULES if rule.name != "housing_unsafe")
    with pytest.raises(SchemaError, match=r"\['housing_unsafe'\], which were not asked"):
        with_exits(answers_of(given, table, rules=fewer), given, table, READINGS)
