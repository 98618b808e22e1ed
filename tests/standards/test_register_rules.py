"""Rules of the register: three answers, evidence with its days, and the record they stand on."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import narwhals as nw
import polars as pl
import pytest

from fanpin_risk.dates import day_number
from fanpin_risk.errors import ConfigError, SchemaError
from fanpin_risk.standards.lines import YEARLY_UNIT, lines_on
from fanpin_risk.standards.register_rules import REGISTER_RULES, register_answers
from fanpin_risk.standards.rules import findings, must_visits, not_met_counts, rules_table

AS_OF = date(2024, 4, 30)
LINE = "monitoring_line"
INCOME, AFTER = (rule.name for rule in REGISTER_RULES)
RECORD = "monitoring_line@SIM/2024-03-01"
ACCOUNT = {
    "household_id": pl.String,
    "context_place": pl.String,
    "members": pl.Int64,
    "line_e4": pl.Int64,
    "income_day": pl.Int32,
    "income_per_head_fen": pl.Int64,
    "own_cost_known_fen": pl.Int64,
    "n_costs_not_known": pl.Int64,
    "is_below_line": pl.Boolean,
    "is_below_line_after_rigid": pl.Boolean,
}
KNOWN = {
    "context_place": "SIM",
    "members": 2,
    "line_e4": 7_200_000_000,
    "income_day": day_number(date(2023, 10, 8)),
    "income_per_head_fen": 800_000,
    "own_cost_known_fen": 0,
    "n_costs_not_known": 0,
    "is_below_line": False,
    "is_below_line_after_rigid": False,
}


def asked(standards, as_of=AS_OF, rules=REGISTER_RULES, **households):
    """Answers about households, each given by what differs from a household above the line."""
    rows = [{"household_id": name} | KNOWN | changes for name, changes in households.items()]
    account = nw.from_native(pl.DataFrame(rows, schema=ACCOUNT), eager_only=True)
    lines = lines_on(standards, ["SIM", "elsewhere"], as_of, [LINE])
    return register_answers(account, lines, standards, as_of, rules)


def of(found, rule, column="answer"):
    """One column of one rule, by household."""
    return dict(found.filter(pl.col("rule") == rule).select("household_id", column).iter_rows())


def test_each_rule_answers_by_its_column(county):
    """Met, not met and cannot tell, for each rule by itself."""
    found = asked(
        county,
        above={},
        below={"is_below_line": True, "is_below_line_after_rigid": True},
        after={"is_below_line_after_rigid": True},
        unknown={"is_below_line": None, "is_below_line_after_rigid": None},
    )
    assert of(found, INCOME) == {
        "above": "not met",
        "below": "met",
        "after": "not met",
        "unknown": "cannot tell",
    }
    assert of(found, AFTER) == {
        "above": "not met",
        "below": "met",
        "after": "met",
        "unknown": "cannot tell",
    }
    assert dict(must_visits(found, REGISTER_RULES).iter_rows()) == {
        "above": False,
        "below": True,
        "after": True,
        "unknown": None,
    }


def test_evidence_says_what_it_rests_on_with_its_days(county):
    """Amounts in yuan, the day of the income, and how many times the line, rounded down."""
    poor = {"income_per_head_fen": 571_250, "is_below_line": True}
    found = of(asked(county, h=poor), INCOME, "evidence")["h"]
    assert found == (
        "登记人均年纯收入5712.50元（2023-10-08登记），为监测线7200元的0.79倍（2024-04-30） / "
        "net income per head on the register 5712.50 yuan (of 2023-10-08) is 0.79 times the line "
        "of 7200 yuan (2024-04-30)"
    )


def test_evidence_after_own_cost_says_how_much_and_whether_it_is_all(county):
    """8,000 yuan a head, two persons, 1,700 of own cost: 14,300 over 14,400 is 0.99 times."""
    cost = {"own_cost_known_fen": 170_000, "is_below_line_after_rigid": True}
    found = of(asked(county, whole=cost, part=cost | {"n_costs_not_known": 1}), AFTER, "evidence")
    assert found["whole"] == (
        "登记人均年纯收入8000元（2023-10-08登记），扣除全户近12个月合规自付支出1700元后，"
        "人均为监测线的0.99倍（2024-04-30） / "
        "net income per head on the register 8000 yuan (of 2023-10-08), less the household's "
        "compliant own cost of 1700 yuan in 12 months, is 0.99 times the line per head "
        "(2024-04-30)"
    )
    assert "合规自付支出至少1700元" in found["part"]
    assert "own cost of at least 1700 yuan" in found["part"]


def test_a_loss_is_told_with_its_sign(county):
    """Below zero, and the quotient rounded down."""
    loss = {"income_per_head_fen": -7_201, "is_below_line": True}
    found = of(asked(county, h=loss), INCOME, "evidence")["h"]
    assert "登记人均年纯收入-72.01元" in found
    assert "的-0.02倍" in found


def test_what_is_missing_is_said(county):
    """Each gap with its words; the rule that needs less says less."""
    nothing = {
        "income_per_head_fen": None,
        "income_day": None,
        "line_e4": None,
        "n_costs_not_known": 2,
        "is_below_line": None,
        "is_below_line_after_rigid": None,
    }
    found = asked(county, h=nothing)
    assert of(found, INCOME, "evidence")["h"] == (
        "收入未登记 / no income on the register (2024-04-30)；"
        "该日没有线 / no line for this day (2024-04-30)"
    )
    assert of(found, AFTER, "evidence")["h"].endswith(
        "；有费用未注明合规自付 / compliant own cost of a bill not known (2024-04-30)"
    )


def test_the_record_stands_beside_the_answer_and_its_mark_in_the_table(county):
    """The notice in force on the day; where there is none, the parameter's name."""
    found = asked(county, h={}, far={"context_place": "elsewhere", "line_e4": None})
    assert of(found, INCOME, "parameter") == {"h": RECORD, "far": LINE}
    table = rules_table(county, AS_OF, REGISTER_RULES)
    (row,) = table.filter(pl.col("parameter") == RECORD).iter_rows(named=True)
    assert (row["parameter"], row["value"], row["mark"]) == (RECORD, "7200", "H")
    assert "not a fact about any real county" in row["source"]
    earlier = asked(county, date(2024, 2, 29), h={})
    assert of(earlier, INCOME, "parameter") == {"h": "monitoring_line@SIM/2023-03-01"}


def test_findings_and_counts_leave_no_answer_out(county):
    """Met and cannot tell are findings; not met is counted by place."""
    found = asked(county, a={}, b={"is_below_line": True}, c={"is_below_line": None})
    told = findings(found, REGISTER_RULES)
    assert told.select("household_id", "rule").rows() == [("b", INCOME), ("c", INCOME)]
    places = pl.DataFrame({"household_id": ["a", "b", "c"], "place": ["P", "P", "Q"]})
    counts = not_met_counts(found, places, REGISTER_RULES)
    assert counts.rows() == [(INCOME, "P", 1), (INCOME, "Q", 0), (AFTER, "P", 2), (AFTER, "Q", 1)]
    assert told.height + counts["n"].sum() == found.height


def test_rows_come_by_household_and_rule(county):
    """Sorted by bytes, then in the order of the rules."""
    found = asked(county, h9={}, h10={}, H1={})
    assert found.columns == ["household_id", "rule", "answer", "evidence", "parameter"]
    assert found["household_id"].to_list() == ["H1", "H1", "h10", "h10", "h9", "h9"]
    assert found["rule"].to_list() == [INCOME, AFTER] * 3


def test_without_households_there_are_no_answers(county):
    """An empty table with its columns."""
    assert asked(county).shape == (0, 5)


def test_a_rule_without_its_line_is_refused(county):
    """Both the standard and the table of lines must have it."""
    other = (replace(REGISTER_RULES[0], line="county_line"),)
    with pytest.raises(ConfigError, match=r"'county_line' is no standard"):
        asked(county, rules=other, h={})
    account = nw.from_native(pl.DataFrame([], schema=ACCOUNT), eager_only=True)
    lines = lines_on(county, ["SIM"], AS_OF, [])
    with pytest.raises(
        SchemaError, match=f"needs the line '{LINE}', which the table of lines lacks"
    ):
        register_answers(account, lines, county, AS_OF)


def test_the_words_of_the_rules_are_complete_and_hold_no_number():
    """Both languages; amounts are the parameters'."""
    for rule in REGISTER_RULES:
        for words in (rule.title_zh, rule.title_en, rule.tests_zh, rule.tests_en):
            assert words
            assert not re.search(r"\d", words)
        assert rule.makes_must_visit


# Lines


def test_a_line_in_force_is_that_of_the_day(county):
    """One row for each place, by bytes; a place without a notice has none."""
    found = lines_on(county, ["SIM", "elsewhere", "SIM"], date(2022, 2, 28), [LINE]).to_native()
    assert found.rows() == [
        ("SIM", 6_300_000_000, "monitoring_line@SIM/2021-03-01"),
        ("elsewhere", None, None),
    ]


def test_a_line_of_another_unit_is_refused(shipped):
    """A line a month is not compared with an income a year."""
    with pytest.raises(
        ConfigError, match=r"income_line is in 'minor unit per head a month'; income on a register"
    ):
        lines_on(shipped, ["AR"], AS_OF, ["income_line"])


def test_the_shipped_lines_of_a_register_are_in_its_unit(county):
    """Each rule's parameter can be compared with a yearly income."""
    assert {county.parameter(rule.line).unit for rule in REGISTER_RULES} == {YEARLY_UNIT}
