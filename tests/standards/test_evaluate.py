"""The engine: every rule's answer for every household, and the findings in words."""

from __future__ import annotations

import runpy
from dataclasses import replace
from pathlib import Path

import narwhals as nw
import polars as pl
import pytest

from fanpin_risk.dates import day_number
from fanpin_risk.errors import SchemaError
from fanpin_risk.standards.evaluate import evaluate
from fanpin_risk.standards.examples import rule_example
from fanpin_risk.standards.findings import findings_of, not_met_by_place, write_findings
from fanpin_risk.standards.health import Contradiction, contradictions, rule_counts, silent_rules
from fanpin_risk.standards.parameters import Standards
from fanpin_risk.standards.readings import Readings
from fanpin_risk.standards.rule import Shown
from fanpin_risk.standards.table import parameter_table
from fanpin_risk.standards.values import Parameter

MADE = runpy.run_path(str(Path(__file__).parent / "made_rules.py"))
DAY, RULES, facts = MADE["DAY"], MADE["RULES"], MADE["facts"]
POOR, LATE, CHILD, UNSURE = RULES
READINGS = Readings()
TODAY = day_number(DAY)


@pytest.fixture(scope="module")
def table():
    """A line of 10 yuan a head and 6 months, where the tests live."""
    standards = Standards(
        {
            name: Parameter.model_validate(
                {
                    "name": name,
                    "unit": unit,
                    "values": [
                        {
                            "place": "AR",
                            "valid_from": "2003-07-01",
                            "value": value,
                            "source": "made up",
                            "mark": "E",
                        }
                    ],
                    **dict.fromkeys(("title_zh", "title_en", "owner_zh", "owner_en"), "made up"),
                }
            )
            for name, unit, value in (
                ("made_line", "yuan per head a year", "10"),
                ("made_months", "months", "6"),
            )
        }
    )
    return parameter_table(standards, ["AR"], DAY, ["made_line", "made_months"])


def asked(table, homes, persons=(), rules=RULES, **options):
    """Answers about made-up households."""
    return evaluate(facts(homes, persons), table, rules, READINGS, **options)


def column(answers, name):
    """One rule's answers, by household."""
    return answers.homes[name].to_list()


def test_a_line_is_compared_in_fen_and_for_all_heads(table):
    """On the line is not below it; what is not known is neither."""
    homes = [(2, 1999, None, None), (2, 2000, None, None), (2, None, None, None)]
    assert column(asked(table, homes), "poor") == [True, False, None]


def test_to_whom_a_rule_does_not_apply_it_is_not_met(table):
    """Also where the rest is not known; who may be concerned stays open."""
    long_ago = day_number(DAY.replace(month=1)) - 400
    homes = [
        (1, 1, long_ago, True),
        (1, 1, TODAY, True),
        (1, 1, None, False),
        (1, 1, long_ago, None),
        (1, 1, TODAY, None),
    ]
    assert column(asked(table, homes), "late") == [True, False, False, None, False]


def test_months_before_are_months_of_the_calendar(table):
    """Six months before the last day of February is the last day of August."""
    at = day_number(DAY.replace(year=2023, month=8, day=31))
    homes = [(1, 1, at, True), (1, 1, at + 1, True)]
    assert column(asked(table, homes), "late") == [True, False]


def test_a_household_meets_a_rule_on_persons_if_one_does(table):
    """One is enough; one who is open leaves it open; nobody on record leaves it open."""
    homes = [(2, 1, 1, True)] * 4
    persons = [(0, 6), (0, None), (1, 7), (1, 9), (2, 8), (2, None)]
    assert column(asked(table, homes, persons), "child") == [True, False, None, None]


def test_a_mark_that_must_be_named_answers_nothing_until_it_is(table):
    """A rule of mark D cannot tell; named, it does."""
    homes = [(1, 1, 1, True)]
    assert column(asked(table, homes), "unsure") == [None]
    assert column(asked(table, homes, marks_allowed=("D",)), "unsure") == [True]


def test_findings_say_what_was_looked_at_and_which_record_holds(table):
    """Values with their days and units, parameters with their records, in both languages."""
    answers = asked(table, [(2, 1950, TODAY - 1, True)], rules=[POOR])
    found = findings_of(answers).row(0, named=True)
    assert found["answer"] == "met"
    assert found["parameter"] == "made_line@AR/2003-07-01"
    assert found["evidence"] == (
        "收入19.5元（2024-02-28）；made up10元/人·年 / "
        "income 19.5 yuan (2024-02-28); made up 10 yuan per head a year"
    )


def test_findings_say_what_is_missing(table):
    """Not known is a finding, and says what to ask."""
    answers = asked(table, [(2, None, None, True)], rules=[POOR])
    found = findings_of(answers).row(0, named=True)
    assert found["answer"] == "cannot tell"
    assert found["evidence"] == "收入不掌握（2024-02-29） / income not known (2024-02-29)"


def test_evidence_that_is_not_on_record_is_no_finding(table):
    """A flag for the appraisal is shown where it is there, and nowhere else."""
    shown = Shown(column="is_listed", title_zh="在册", title_en="listed", unit="flag")
    flag = replace(UNSURE, mark="A", is_evidence=True, shows=(shown,))
    answers = asked(table, [(1, 1, 1, True), (1, 1, 1, None), (1, 1, 1, False)], rules=[flag])
    assert findings_of(answers)["household_id"].to_list() == ["h0"]


def test_evidence_that_is_not_on_record_can_be_made_a_question(table):
    """By the other reading what is not known of red lines is put to the household."""
    shown = Shown(column="is_listed", title_zh="在册", title_en="listed", unit="flag")
    flag = replace(UNSURE, mark="A", is_evidence=True, shows=(shown,))
    asks = replace(table, standards=table.standards.using(readings={"red_lines": "asked"}))
    found = findings_of(asked(asks, [(1, 1, 1, None), (1, 1, 1, False)], rules=[flag]))
    assert found.select("household_id", "answer").rows() == [("h0", "cannot tell")]


def test_findings_of_persons_count_them_and_show_the_first_who_meets_it(table):
    """No number of a person, and the values of the member it is about."""
    answers = asked(table, [(3, 1, 1, True)], [(0, None), (0, 30), (0, 5), (0, 3)], rules=[CHILD])
    found = findings_of(answers).row(0, named=True)
    assert found["evidence"].startswith(
        "符合的家庭成员2人；年龄5岁（2024-02-29） / 2 members; age 5"
    )
    assert "p2" not in found["evidence"]


@pytest.mark.parametrize("n", [0, 4])
def test_findings_are_written_as_they_are_told(table, tmp_path, n):
    """The same rows as texts, whoever reads the file, and the same bytes each time."""
    homes = [(1, 1, 1, True), (1, 5000, TODAY, None), (1, None, 1, False), (1, None, None, True)]
    answers = asked(table, homes[:n], [(at, at + 4) for at in range(n)])
    for options in ({}, {"with_not_met": True}):
        told = findings_of(answers, **options)
        path = tmp_path / "findings.parquet"
        assert write_findings(answers, path, **options) == told.height
        assert (told.height > 0) == (n > 0)
        read = pl.read_parquet(path)
        assert read.schema == told.schema
        assert read.equals(told)
        written = path.read_bytes()
        write_findings(answers, path, **options)
        assert path.read_bytes() == written


def test_findings_at_a_place_without_standards_have_their_words(table):
    """A household whose place nobody gave standards for is told of, not left without evidence."""
    shown = Shown(column="is_listed", title_zh="在册", title_en="listed", unit="flag")
    rule = replace(UNSURE, mark="A", parameters=(), shows=(shown,))
    answers = asked(table, [(1, 1, 1, True)], rules=[rule])
    elsewhere = answers.homes.with_columns(context_place=nw.lit(None).cast(nw.String))
    found = findings_of(replace(answers, homes=elsewhere)).row(0, named=True)
    assert found["evidence"] == "在册是（2024-02-29） / listed yes (2024-02-29)"


def test_findings_leave_out_who_does_not_meet_a_rule_and_count_him(table):
    """Met and cannot tell are rows; not met is counted by place."""
    answers = asked(table, [(1, 1, 1, True), (1, 5000, 1, True), (1, None, 1, True)], rules=[POOR])
    assert findings_of(answers)["household_id"].to_list() == ["h0", "h2"]
    places = pl.DataFrame({"household_id": ["h0", "h1", "h2"], "place": ["v1", "v2", "v1"]})
    assert not_met_by_place(answers, places).rows() == [("poor", "v1", 0), ("poor", "v2", 1)]
    assert findings_of(answers, with_not_met=True)["answer"].to_list() == [
        "met",
        "not met",
        "cannot tell",
    ]


def test_more_missing_values_never_turn_an_answer_round(table):
    """Taking facts away leaves an answer or opens it."""
    full = [(2, 1500, TODAY - 300, True), (2, 9000, TODAY, False)]
    before = asked(table, full, [(0, 3), (1, 9)])
    for blank in range(1, 4):
        homes = [tuple(None if i == blank else v for i, v in enumerate(row)) for row in full]
        after = asked(table, homes, [(0, None), (1, None)])
        for rule in RULES:
            for one, other in zip(column(before, rule.name), column(after, rule.name), strict=True):
                assert other is None or other == one


def test_a_rule_that_looks_at_nothing_is_refused(table):
    """A misspelt column is an error with the rule's name."""
    wrong = replace(
        POOR, shows=(Shown(column="incomes_fen", title_zh="", title_en="", unit="yuan"),)
    )
    with pytest.raises(SchemaError, match=r"rule 'poor' looks at \['incomes_fen'\], which nobody"):
        asked(table, [(1, 1, 1, True)], rules=[wrong])
    with pytest.raises(SchemaError, match=r"household facts \['is_liste'\], which nobody gives"):
        asked(table, [(1, 1, 1, True)], rules=[replace(CHILD, household_columns=("is_liste",))])


def test_health_counts_everybody_once(table):
    """Met, not met and unknown make up everybody; rules that never fire are named."""
    answers = asked(table, [(1, 1, 1, True), (1, 5000, TODAY, True), (1, None, 1, False)])
    counts = rule_counts(answers, READINGS)
    assert (counts["n"] == counts["met"] + counts["not_met"] + counts["unknown"]).all()
    late = counts.filter(pl.col("rule") == "late").row(0, named=True)
    assert (late["eligible"], late["met"], late["not_met"], late["unknown"]) == (2, 1, 2, 0)
    silent = dict(silent_rules(counts).select("rule", "says").iter_rows())
    assert silent == {"child": "never told", "unsure": "never told"}
    pair = Contradiction(one="poor", other="late", words_zh="矛盾", words_en="contradict")
    assert contradictions(answers, [pair])["n"].to_list() == [1]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_has_a_household_on_either_side(table, rule):
    """The two differ in one value, in a whole number by one step, and the rule tells them apart."""
    example = rule_example(
        rule,
        facts([], []),
        table,
        READINGS,
        place="AR",
        n_tries=500,
        seed=1,
        marks_allowed=("D",),
    )
    assert example.met is not None
    assert example.not_met is not None
    unlike = [name for name in example.met if example.met[name] != example.not_met[name]]
    assert unlike == [example.column]
    one, other = example.met[example.column], example.not_met[example.column]
    if not isinstance(one, bool):
        assert abs(one - other) == 1


def test_answers_are_the_same_on_duckdb(table):
    """A condition is an expression that other engines run too."""
    import duckdb

    from fanpin_risk.standards.evaluate import condition_of, with_parameters

    homes = [(2, 1999, TODAY - 300, True), (2, 2000, None, None), (2, None, TODAY, False)]
    placed = with_parameters(facts(homes).homes, table, DAY).to_native()
    conditions = {rule.name: condition_of(rule, READINGS) for rule in (POOR, LATE)}
    relation = nw.from_native(duckdb.connect().from_arrow(placed.to_arrow()))
    there = relation.select("home", **conditions).sort("home").to_native().fetchall()
    here = nw.from_native(placed, eager_only=True).select("home", **conditions).rows()
    assert there == here
