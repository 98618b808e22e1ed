"""Both sides of every rule, found at its own boundary; and pairs of answers that cannot be."""

from __future__ import annotations

import runpy
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import narwhals as nw
import numpy as np
import polars as pl
import pytest

from fanpin_risk.dates import day_number
from fanpin_risk.errors import ConfigError, SchemaError
from fanpin_risk.household.facts import DayFacts
from fanpin_risk.standards.catalogue import STANDARD_RULES
from fanpin_risk.standards.contradictions import CONTRADICTIONS, PROPOSED, Contradiction
from fanpin_risk.standards.evaluate import evaluate
from fanpin_risk.standards.example_choices import DAY as DAY_COLUMN
from fanpin_risk.standards.example_choices import kind_of
from fanpin_risk.standards.examples import (
    RuleExample,
    best_place,
    households_of,
    is_proven,
    rule_example,
)
from fanpin_risk.standards.exit_rules import EXIT_RULES
from fanpin_risk.standards.exits import with_exits
from fanpin_risk.standards.health import contradictions
from fanpin_risk.standards.readings import Readings
from fanpin_risk.standards.table import parameter_table
from fanpin_risk.standards.values import MARKS_TO_NAME

HARNESS = SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "test_rule_cases.py")))
DAY = date(2025, 8, 31)
MARKS = tuple(sorted(MARKS_TO_NAME))
READINGS = Readings()
RULES = {rule.name: rule for rule in STANDARD_RULES}
FACTS = HARNESS.facts_of({"place": "SIM", "day": DAY, "persons": [{}]})


@pytest.fixture(scope="module")
def table(shipped_standards):
    """Every parameter of the simulated county, whatever its mark."""
    names = tuple(dict.fromkeys(name for rule in STANDARD_RULES for name in rule.parameters))
    return parameter_table(shipped_standards(MARKS), ["SIM"], DAY, names)


@pytest.fixture(scope="module")
def example(table):
    """The example of a rule at the simulated county."""

    def found(rule, *, n_tries=2000, n_rounds=80, seed=7):
        return rule_example(
            rule,
            FACTS,
            table,
            READINGS,
            place="SIM",
            n_tries=n_tries,
            n_rounds=n_rounds,
            seed=seed,
            marks_allowed=MARKS,
        )

    return found


def proven(example, rule, table):
    """Whether running the rule on an example tells its sides apart."""
    return is_proven(example, rule, FACTS, table, READINGS, place="SIM", marks_allowed=MARKS)


@pytest.mark.parametrize("rule", STANDARD_RULES, ids=lambda rule: rule.name)
def test_every_rule_has_a_household_on_either_side(rule, example, table):
    """Both are found, differ in little, and running the rule on them tells them apart."""
    found = example(rule)
    assert found.is_found
    assert proven(found, rule, table)
    assert 0 < len(found.columns) < 5


def test_an_example_lies_on_the_boundary_of_the_rule(example):
    """One fen under the line, and on it; a day after the last that counts, and that day."""
    found = example(RULES["register_income_below_line"])
    assert found.column == "register_income_per_head_fen"
    assert found.not_met[found.column] - found.met[found.column] == 1
    assert found.not_met["register_income_per_head_fen"] == 750_000
    found = example(RULES["red_line_new_home"])
    assert found.met["new_home_since_day"] - found.not_met["new_home_since_day"] == 1
    found = example(RULES["exit_too_early"])
    assert (found.met[found.column], found.not_met[found.column]) == (5, 6)


def test_what_does_not_matter_is_left_out(example):
    """Of the facts of a shock only those that the answer needs are there."""
    found = example(RULES["major_accident"])
    known = {name for name, value in found.met.items() if value is not None}
    assert known == {"accident_loss_known_fen", "accident_losses_open"} | (
        known & {"accident_day", "accident_claim_day", "fire_day"}
    )
    assert "accident_quiet_since_day" not in known


def test_the_same_seed_gives_the_same_example(example):
    """And another may give another; both hold."""
    rule = RULES["sharp_income_fall"]
    assert example(rule, seed=3) == example(rule, seed=3)
    assert example(rule, seed=4).is_found


def test_a_rule_that_can_never_be_met_has_no_example(example, table):
    """The side that there is, is given; nothing is proven."""
    never = replace(
        RULES["able_to_cope"],
        condition=lambda readings: nw.col("can_cope") & ~nw.col("can_cope"),
    )
    found = example(never, n_tries=100, n_rounds=20)
    assert found.met is None
    assert found.not_met is not None
    assert (found.column, found.columns, found.is_found) == (None, (), False)
    assert not proven(found, never, table)


def test_an_example_is_proven_by_running_the_rule(example, table):
    """An example of another boundary, or with its sides changed over, is not."""
    rule = RULES["register_income_below_line"]
    found = example(rule)
    assert proven(found, rule, table)
    changed = replace(found, met=found.not_met, not_met=found.met)
    assert not proven(changed, rule, table)
    other = replace(
        rule, condition=lambda readings: nw.col("register_income_per_head_fen") <= 750_000
    )
    assert not proven(found, other, table)


def test_bounds_of_an_example_do_not_cross(example):
    """A lower bound lies at or under its upper one on either side."""
    for name in ("income_below_line", "sharp_income_fall", "rigid_burden_high"):
        found = example(RULES[name])
        for side in (found.met, found.not_met):
            for column, value in side.items():
                upper = column.replace("_lower_fen", "_upper_fen").replace(
                    "_known_fen", "_upper_fen"
                )
                if None not in (value, side.get(upper)):
                    assert value <= side[upper]


def test_households_are_made_of_facts():
    """Facts of the household stand beside its one member's; the rest is not known."""
    rule = RULES["must_visit_tekun_alone"]
    made = households_of(rule, [{"is_on_tekun": True, "h|heads": 2}], FACTS, place="SIM")
    assert made.homes["heads"].to_list() == [2]
    assert made.homes["context_place"].to_list() == ["SIM"]
    assert made.persons["is_on_tekun"].to_list() == [True]
    assert made.persons["age"].to_list() == [None]
    assert len(households_of(RULES["water_far"], [{"water_trip_minutes": 1}], FACTS,
                             place="SIM").persons) == 0  # fmt: skip


def test_the_place_of_an_example_is_where_most_is_known(shipped_standards):
    """A place without values of its own comes last; without a place there is none."""
    standards = shipped_standards(MARKS)
    names = ["monitoring_line", "water_trip_max"]
    assert best_place(parameter_table(standards, ["CN", "SIM"], DAY, names)) == "SIM"
    with pytest.raises(ConfigError, match="no parameter holds"):
        best_place(parameter_table(standards, [], DAY, names))


# Contradictions


def drawn(kinds, n, random):
    """Facts drawn for some rows: amounts, days about the day, small numbers, some not known."""
    columns = {}
    for name, kind in kinds.items():
        if kind == pl.Boolean:
            values = random.integers(0, 2, n).astype(bool)
        elif kind == pl.String:
            values = random.choice(["sudden", "marginal", "check", "none", "weak"], n)
        elif kind_of(name) == DAY_COLUMN:
            values = day_number(DAY) - random.integers(-60, 800, n)
        elif name.endswith("_fen"):
            values = random.integers(0, 2_500_000, n)
        else:
            values = random.integers(0, 12, n)
        is_known = random.uniform(0, 1, n) < 0.85
        columns[name] = pl.Series(values).zip_with(pl.Series(is_known), pl.Series([None] * n))
    frame = pl.DataFrame(columns, strict=False).cast(dict(kinds))
    ordered = [
        pl.max_horizontal(name, name.replace(low, "_upper_fen")).alias(
            name.replace(low, "_upper_fen")
        )
        for low in ("_lower_fen", "_known_fen")
        for name in kinds
        if name.endswith(low) and name.replace(low, "_upper_fen") in kinds
    ]
    return frame.with_columns(ordered)


@pytest.fixture(scope="module")
def answers(table):
    """Answers about households drawn at random, those on exits too."""
    random = np.random.default_rng(5)
    n = 3000
    own = {"home", "household_id", "place", "context_place", "person", "person_id"}
    homes, persons = (
        drawn({k: v for k, v in frame.schema.items() if k not in own}, n, random)
        for frame in (FACTS.homes.to_native(), FACTS.persons.to_native())
    )
    numbers = pl.Series("home", range(n), dtype=pl.Int64)
    homes = homes.with_columns(
        numbers,
        numbers.cast(pl.String).alias("household_id"),
        pl.lit("v").alias("place"),
        pl.lit("SIM").alias("context_place"),
    )
    persons = persons.with_columns(
        numbers, numbers.alias("person"), numbers.cast(pl.String).alias("person_id")
    )
    facts = DayFacts(
        as_of=DAY,
        homes=nw.from_native(homes, eager_only=True),
        persons=nw.from_native(persons, eager_only=True),
    )
    others = [rule for rule in STANDARD_RULES if rule not in EXIT_RULES]
    found = evaluate(facts, table, others, READINGS, marks_allowed=MARKS)
    return with_exits(found, facts, table, READINGS, marks_allowed=MARKS)


def test_what_cannot_be_never_is(answers):
    """Whatever the facts: no household has both answers of a pair that cannot be."""
    found = contradictions(answers, CONTRADICTIONS)
    broken = found.filter(pl.col("cannot_be") & (pl.col("n") > 0))
    assert broken.select("one", "other", "n").rows() == []
    assert found.filter(~pl.col("cannot_be"))["n"].sum() > 0


def test_contradictions_are_counted_like_by_hand(answers):
    """A pair of one met and the other not, and one of two met; not known contradicts nothing."""
    homes = answers.homes.to_native()
    found = {
        (row["one"], row["other"]): row["n"]
        for row in contradictions(answers, CONTRADICTIONS).iter_rows(named=True)
    }
    for one, other, wanted in (
        ("register_income_below_line", "income_below_line", False),
        ("no_labour", "able_to_cope", True),
    ):
        by_hand = sum(a is True and b is wanted for a, b in homes.select(one, other).iter_rows())
        assert found[one, other] == by_hand > 0


def test_pairs_with_a_proposal_need_proposals(answers):
    """Without they are left out; with, a proposed type counts, and an open one does not."""
    pair = [Contradiction(one="is_listed", other=PROPOSED, words_zh="甲", words_en="a")]
    assert contradictions(answers, pair).height == 0
    listed = answers.homes.to_native().filter(pl.col("is_listed"))["household_id"]
    said = ["sudden", "unstable", "none", "cannot_tell"]
    proposals = pl.DataFrame({"household_id": listed.head(4), "proposal": said})
    assert contradictions(answers, pair, proposals)["n"].to_list() == [2]


def test_a_pair_of_a_rule_that_is_gone_is_refused(answers):
    """With its name."""
    pair = [Contradiction(one="income_below_line", other="gone", words_zh="甲", words_en="a")]
    with pytest.raises(SchemaError, match=r"name \['gone'\], which are neither rules"):
        contradictions(answers, pair)


def test_every_pair_is_worded_once():
    """No pair twice, and both languages."""
    keys = [(p.one, p.is_one_met, p.other, p.is_other_met) for p in CONTRADICTIONS]
    assert len(set(keys)) == len(keys)
    assert all(p.words_zh and p.words_en for p in CONTRADICTIONS)


def test_an_example_without_a_side_differs_in_nothing():
    """Not found is not an example."""
    found = RuleExample(rule="a", met={"x": 1}, not_met=None)
    assert (found.is_found, found.column) == (False, None)
