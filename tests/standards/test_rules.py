"""Rules: three-valued answers, their evidence, and the records they stand on."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from datetime import date
from fractions import Fraction

import narwhals as nw
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanpin_risk.errors import ConfigError, SchemaError, TimeOrderError
from fanpin_risk.records.timeline import known_as_of
from fanpin_risk.standards.lines import line_table
from fanpin_risk.standards.rules import (
    RULES,
    answer,
    findings,
    must_visits,
    not_met_counts,
    rule_answers,
    rules_table,
)

NAMES = [rule.name for rule in RULES]
CHINESE = re.compile("[\u4e00-\u9fff]")
MUST = "must_visit_line@AR/2003-07-01 < income_line@AR/2003-07-01"


def visits_of(small, day, incomes, **values):
    """One visit of each household with its income."""
    home = {"context_place": "AR"} | values
    return [small.visit(h, day, total_minor=income, **home) for h, income in incomes.items()]


def of_rule(answers, rule, column="answer"):
    """One column of one rule's answers by household."""
    rows = answers.filter(pl.col("rule") == rule)
    return dict(rows.select("household_id", column).iter_rows())


def table_of(*rows):
    """Answers out of ``household rule answer`` triples."""
    return pl.DataFrame(rows, schema=["household_id", "rule", "answer"], orient="row")


def test_the_rules_name_lines_and_hold_no_numbers(shipped):
    """Each rule has words in both languages and a parameter; one kind makes must-visits."""
    for rule in RULES:
        assert shipped.parameter(rule.line).owner_zh
        for zh, en in ((rule.title_zh, rule.title_en), (rule.tests_zh, rule.tests_en)):
            assert CHINESE.search(zh)
            assert not CHINESE.search(en)
            assert not re.search(r"\d", zh + en)
    assert NAMES == ["below_line", "below_must_visit_line", "below_monitoring_line"]
    assert [rule.name for rule in RULES if rule.makes_must_visit] == ["below_must_visit_line"]


def test_nullable_truth_becomes_one_of_three_answers():
    """True is met, false is not met, and null is neither (Kleene)."""
    frame = nw.from_native(pl.DataFrame({"a": [True, False, None]}), eager_only=True)
    either = nw.any_horizontal(nw.col("a"), nw.lit(None).cast(nw.Boolean), ignore_nulls=False)
    found = frame.select(one=answer(nw.col("a")), either=answer(either))
    assert found["one"].to_list() == ["met", "not met", "cannot tell"]
    assert found["either"].to_list() == ["met", "cannot tell", "cannot tell"]


@settings(max_examples=30, deadline=None)
@given(
    incomes=st.lists(st.integers(1, 300_000) | st.none(), min_size=1, max_size=8),
    members=st.integers(1, 9),
    median=st.integers(1, 200_000) | st.none(),
)
def test_answers_are_those_of_fractions(shipped, small, ask, day, incomes, members, median):
    """A second implementation with fractions, for whatever is known and unknown."""
    named = {f"h{number}": income for number, income in enumerate(incomes)}
    visits = visits_of(small, day, named, members=members)
    medians = [] if median is None else [small.median(day, median, place="AR")]
    found = ask(shipped, small.records(visits, medians), day)
    multiples = ("0.60", "0.66", "0.9")
    for rule, multiple in zip(NAMES, multiples, strict=True):
        said = of_rule(found, rule)
        for household, income in named.items():
            if income is None or median is None:
                expected = "cannot tell"
            else:
                below = Fraction(income, members) < Fraction(multiple) * median
                expected = "met" if below else "not met"
            assert said[household] == expected


def test_evidence_says_how_far_and_when(shipped, small, ask, day):
    """Chinese first, English beside it, rounded down, with the day of the visit."""
    records = small.records(
        visits_of(small, day, {"h1": 84_000}), [small.median(day, 150_000, place="AR")]
    )
    found = ask(shipped, records, day)
    assert of_rule(found, "below_line", "evidence")["h1"] == (
        "人均收入为该线的0.93倍（2012-03-31） / "
        "income per head is 0.93 times this line (2012-03-31)"
    )
    assert "0.84倍" in of_rule(found, "below_must_visit_line", "evidence")["h1"]
    assert "0.62倍" in of_rule(found, "below_monitoring_line", "evidence")["h1"]


@pytest.mark.parametrize(
    ("income", "times"),
    [(89_999, "0.99"), (90_000, "1.00"), (90_899, "1.00"), (94_500, "1.05"), (9_000_000, "100.00")],
)
def test_what_is_below_never_reads_as_once_the_line(shipped, small, ask, day, income, times):
    """Two decimals, rounded down, zeros kept."""
    records = small.records(
        visits_of(small, day, {"h1": income}), [small.median(day, 150_000, place="AR")]
    )
    found = ask(shipped, records, day)
    assert f"是{times}倍" in of_rule(found, "below_line", "evidence")["h1"].replace(
        "为该线的", "是"
    )
    assert (of_rule(found, "below_line")["h1"] == "met") is times.startswith("0.")


def test_what_is_missing_is_said_and_all_of_it(shipped, small, ask, day):
    """Income, line, or both; the parameter's name stands where no record holds."""
    incomes = {"with income": 1, "without": None}
    told = small.records(visits_of(small, day, incomes), [small.median(day, 150_000, place="AR")])
    found = ask(shipped, told, day)
    said = of_rule(found, "below_must_visit_line", "evidence")
    assert said["without"] == "收入未登记 / income not on record (2012-03-31)"
    assert of_rule(found, "below_must_visit_line", "parameter") == dict.fromkeys(incomes, MUST)

    untold = ask(shipped, small.records(visits_of(small, day, incomes)), day)
    said = of_rule(untold, "below_must_visit_line", "evidence")
    assert said["with income"] == "该日没有线 / no line for this day (2012-03-31)"
    assert said["without"] == (
        "该日没有线 / no line for this day (2012-03-31)；"
        "收入未登记 / income not on record (2012-03-31)"
    )
    parameters = of_rule(untold, "below_must_visit_line", "parameter")
    assert parameters == dict.fromkeys(incomes, "must_visit_line")


def test_no_evidence_is_ever_empty(shipped, made, small, ask, day):
    """Whatever is known, an officer reads something in both languages; even of a line of zero."""
    visits = [
        *visits_of(small, day, {"h1": 1, "h2": None}),
        small.visit("h3", day, context_place="AR", without=("income",)),
        small.visit("h4", day, context_place="CN", total_minor=5),
    ]
    records = small.records(visits, [small.median(day, 150_000, place="AR")])
    zero = made(**{rule.line: [{"value": "0"}] for rule in RULES})
    for standards in (shipped, zero):
        found = ask(standards, records, day)
        assert found.null_count().sum_horizontal().item() == 0
        assert all(CHINESE.search(t) and " / " in t for t in found["evidence"].to_list())
    assert of_rule(ask(zero, records, day), "below_line")["h1"] == "not met"


def test_the_visit_of_the_day_counts_and_no_other(shipped, small, ask):
    """An earlier visit's income says nothing of today, and who was not visited has no answer."""
    early, day = date(2011, 12, 31), date(2012, 3, 31)
    visits = [
        *visits_of(small, early, {"h1": 1, "elsewhere": 1}),
        *visits_of(small, day, {"h1": 90_000, "not asked": 1}),
    ]
    medians = [small.median(d, 150_000, place="AR") for d in (early, day)]
    found = ask(shipped, small.records(visits, medians), day, ["h1", "elsewhere"])
    assert of_rule(found, "below_line") == {"h1": "not met"}
    before = ask(shipped, small.records(visits, medians), early, known_on=day)
    assert of_rule(before, "below_line") == {"h1": "met", "elsewhere": "met"}


def test_a_correction_counts_from_its_day_on(shipped, small, ask, day):
    """The answer on the visit of the day changes when the correction is known."""
    visits = [
        *visits_of(small, day, {"h1": 1}),
        small.visit(
            "h1", day, version=2, recorded_on="2012-05-01", context_place="AR", total_minor=10**6
        ),
    ]
    records = small.records(visits, [small.median(day, 150_000, place="AR")])
    later = date(2012, 5, 1)
    assert of_rule(ask(shipped, records, day), "below_line") == {"h1": "met"}
    assert of_rule(ask(shipped, records, day, known_on=later), "below_line") == {"h1": "not met"}


def test_rows_come_by_household_and_rule(shipped, small, ask, day):
    """Sorted by bytes, then in the order of the rules, whatever the order of the records."""
    names = ["h10", "h9", "H1", "乙", "é"]
    medians = [small.median(day, 150_000, place="AR")]
    found = []
    for seed in (1, 2):
        random.Random(seed).shuffle(names)
        incomes = dict.fromkeys(names, 95_000)
        found.append(ask(shipped, small.records(visits_of(small, day, incomes), medians), day))
    assert found[0].equals(found[1])
    keys = list(found[0].select("household_id", "rule").iter_rows())
    assert keys == sorted(keys, key=lambda k: (k[0].encode(), NAMES.index(k[1])))
    assert found[0].columns == ["household_id", "rule", "answer", "evidence", "parameter"]


def test_without_households_there_are_no_answers(shipped, small, ask, day):
    """Asked about somebody who was never seen: an empty table with its columns."""
    records = small.records(visits_of(small, day, {"h1": 1}))
    found = ask(shipped, records, day, ["nobody"])
    assert found.shape == (0, 5)
    assert findings(found).shape == (0, 5)
    assert must_visits(found).shape == (0, 2)


def test_a_source_without_incomes_cannot_tell(shipped, small, ask, day):
    """No table of incomes: no rule is met, and none is not met."""
    tables = small.frames(
        visits_of(small, day, {"h1": 1}), [small.median(day, 150_000, place="AR")]
    )
    del tables["income"]
    found = ask(shipped, small.Records(tables), day)
    assert set(found["answer"].to_list()) == {"cannot tell"}


def test_a_day_that_is_not_known_yet_is_refused(shipped, small, ask, day):
    """Asked for the visits of a day after the records end."""
    records = small.records(visits_of(small, "2011-12-31", {"h1": 1}))
    words = r"Visits of 2012-03-31 are asked for in what was known on 2012-03-30\. Ask for that"
    with pytest.raises(TimeOrderError, match=words):
        ask(shipped, records, day, known_on=date(2012, 3, 30))


def test_a_rule_without_its_parameter_is_refused(made, small, ask, day):
    """The standards of a folder must hold what the rules name."""
    standards = made(income_line=[{"value": "1"}], must_visit_lines=[{"value": "1"}])
    records = small.records(visits_of(small, day, {"h1": 1}))
    words = "'must_visit_line' is no standard. Did you mean 'must_visit_lines'"
    with pytest.raises(ConfigError, match=words):
        ask(standards, records, day)
    with pytest.raises(ConfigError, match=words):
        rules_table(standards, day)


def test_a_rule_without_its_line_is_refused(shipped, small, day):
    """The table of lines was built for other names."""
    known = known_as_of(small.records(visits_of(small, day, {"h1": 1})), day)
    lines = line_table(shipped, known, ["income_line", "monitoring_line"])
    asked = nw.from_native(pl.DataFrame({"household_id": ["h1"]}), eager_only=True)
    words = "'below_must_visit_line' needs the line 'must_visit_line', which the table .* Name it"
    with pytest.raises(SchemaError, match=words):
        rule_answers(known, lines, shipped, asked, day)


def test_findings_leave_out_what_is_not_met():
    """Met and cannot tell stay, by household (bytes) and rule, in whatever order they came."""
    rows = [
        ("b", "below_monitoring_line", "met"),
        ("b", "below_line", "cannot tell"),
        ("a", "below_line", "not met"),
        ("a", "below_monitoring_line", "met"),
        ("B", "below_must_visit_line", "met"),
    ]
    expected = [rows[4], rows[3], rows[1], rows[0]]
    for seed in range(4):
        random.Random(seed).shuffle(rows)
        assert findings(table_of(*rows)).rows() == expected


@pytest.mark.parametrize(
    ("must", "expected"), [("met", True), ("not met", False), ("cannot tell", None)]
)
def test_a_must_visit_is_decided_by_its_own_rule_alone(must, expected):
    """Other rules that are met make no must-visit; what cannot be told stays open."""
    answers = table_of(
        ("h1", "below_line", "met"),
        ("h1", "below_must_visit_line", must),
        ("h1", "below_monitoring_line", "cannot tell"),
    )
    assert must_visits(answers).rows() == [("h1", expected)]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("met", "cannot tell", True),
        ("met", "not met", True),
        ("cannot tell", "not met", None),
        ("not met", "not met", False),
    ],
)
def test_one_of_several_rules_is_enough(first, second, expected):
    """Kleene's or over the rules that make must-visits."""
    two = tuple(replace(rule, makes_must_visit=True) for rule in RULES[:2])
    answers = table_of(("h1", two[0].name, first), ("h1", two[1].name, second))
    assert must_visits(answers, two).rows() == [("h1", expected)]


def test_what_is_not_met_is_counted_by_rule_and_place():
    """Zeros are there too; together with the findings no answer is lost."""
    answers = table_of(
        ("a", "below_line", "not met"),
        ("b", "below_line", "not met"),
        ("c", "below_line", "met"),
        ("d", "below_line", "cannot tell"),
        ("a", "below_monitoring_line", "met"),
        ("b", "below_monitoring_line", "not met"),
        ("c", "below_monitoring_line", "met"),
        ("d", "below_monitoring_line", "cannot tell"),
    )
    places = pl.DataFrame(
        {"household_id": ["d", "c", "b", "a", "z"], "place": ["Q", "P", "P", "P", "Z"]}
    )
    counts = not_met_counts(answers, places)
    assert counts.rows() == [
        ("below_line", "P", 2),
        ("below_line", "Q", 0),
        ("below_monitoring_line", "P", 1),
        ("below_monitoring_line", "Q", 0),
    ]
    assert counts["n"].sum() + findings(answers).height == answers.height


def test_a_household_without_a_place_is_not_lost_silently():
    """The number of households is said, not who they are."""
    answers = table_of(("secret", "below_line", "not met"))
    places = pl.DataFrame({"household_id": ["other"], "place": ["P"]})
    with pytest.raises(SchemaError, match=r"place of 1 households is not given. Add them") as error:
        not_met_counts(answers, places)
    assert "secret" not in str(error.value)


def test_the_table_of_rules_names_each_record_once(shipped, day):
    """Rule, number as written, source, mark and owner, in the order of the rules."""
    table = rules_table(shipped, day)
    assert table.columns == [
        "rule",
        "title_zh",
        "title_en",
        "parameter",
        "value",
        "unit",
        "place",
        "valid_from",
        "valid_to",
        "source",
        "mark",
        "owner_zh",
        "owner_en",
    ]
    assert table["rule"].to_list() == NAMES
    assert table["value"].to_list() == [
        "0.60 x median_income_minor",
        "1.1 x income_line",
        "1.5 x income_line",
    ]
    assert table["title_zh"].to_list() == [rule.title_zh for rule in RULES]
    assert table["valid_from"].to_list() == [date(2003, 7, 1)] * 3
    assert table["valid_to"].null_count() == 3


def test_every_record_of_a_finding_is_in_the_table(shipped, small, ask, day):
    """What stands in a finding's ``parameter`` can be looked up."""
    records = small.records(
        visits_of(small, day, {"h1": 1}), [small.median(day, 150_000, place="AR")]
    )
    used = {name for text in ask(shipped, records, day)["parameter"] for name in text.split(" < ")}
    assert used == set(rules_table(shipped, day)["parameter"].to_list())


def test_only_records_that_hold_on_the_day_are_in_the_table(made):
    """Each place's record of that day; a record that only others stand on comes once too."""
    standards = made(
        base=[
            {"value": "100", "valid_to": "2011-12-31"},
            {"value": "120", "valid_from": "2012-01-01"},
        ],
        income_line=[{"multiple": "0.60", "of": "base"}, {"value": "50", "place": "CN"}],
        must_visit_line=[{"multiple": "1.1", "of": "base"}],
        monitoring_line=[{"multiple": "1.5", "of": "income_line"}],
    )
    columns = ("rule", "parameter", "value")
    assert rules_table(standards, date(2011, 12, 31)).select(columns).rows() == [
        ("below_line", "income_line@AR/2003-07-01", "0.60 x base"),
        ("below_line", "income_line@CN/2003-07-01", "50"),
        ("below_line", "base@AR/2003-07-01", "100"),
        ("below_must_visit_line", "must_visit_line@AR/2003-07-01", "1.1 x base"),
        ("below_monitoring_line", "monitoring_line@AR/2003-07-01", "1.5 x income_line"),
    ]
    later = rules_table(standards, date(2012, 1, 1))
    assert "base@AR/2012-01-01" in later["parameter"].to_list()
    assert later["valid_to"].to_list() == [None] * 5
    assert rules_table(standards, date(2003, 6, 30)).height == 0


def test_must_visits_of_a_real_quarter(shipped, panel, ask, day):
    """2012 Q1 of the panel: some percent are must-visits, and answers of the rules are nested."""
    found = ask(shipped, panel.records, day)
    n = found["household_id"].n_unique()
    assert found.height == 3 * n
    by_rule = {name: of_rule(found, name) for name in NAMES}
    met = [{h for h, a in by_rule[name].items() if a == "met"} for name in NAMES]
    assert met[0] < met[1] < met[2]
    assert 0.02 < len(met[1] - met[0]) / n < 0.06
    unknown = [{h for h, a in by_rule[name].items() if a == "cannot tell"} for name in NAMES]
    assert unknown[0] == unknown[1] == unknown[2]
