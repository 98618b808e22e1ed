"""Rules beside reasons: hand-made cases, a slow second way, and that a rule always stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from statistics import median

import narwhals as nw
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanpin_risk.causes import Cause
from fanpin_risk.errors import SchemaError
from fanpin_risk.explain.beside_rules import (
    BESIDE_SCHEMA,
    CONFLICT,
    STANDING_WORDS,
    beside_rules,
    standings,
)
from fanpin_risk.explain.cause_sums import cause_contributions, cause_sums
from fanpin_risk.explain.reasons import reasons
from fanpin_risk.indicators.catalogue import COUNTY, columns_of
from fanpin_risk.standards.catalogue import STANDARD_RULES
from fanpin_risk.standards.proposal_causes import with_causes
from fanpin_risk.standards.rule import CANNOT_TELL, MET, Rule

REASONS = {
    "household_id": pl.String,
    "rank": pl.Int32,
    "cause": pl.String,
    "contribution": pl.Float64,
}
FINDINGS = {"household_id": pl.String, "rule": pl.String, "answer": pl.String}
SUMS = {"household_id": pl.String, "cause": pl.String, "contribution": pl.Float64}
NAMES = [rule.name for rule in STANDARD_RULES]
CAUSES = [cause.value for cause in Cause]
HOMES = ["h1", "h2", "h3"]


def frame(schema, *rows) -> pl.DataFrame:
    """A frame of some rows."""
    return pl.DataFrame(list(rows), schema=schema, orient="row")


def beside(named=(), found=(), sums=(), rules=STANDARD_RULES) -> pl.DataFrame:
    """What is said of rows given in short."""
    return beside_rules(frame(REASONS, *named), frame(FINDINGS, *found), rules, frame(SUMS, *sums))


@pytest.mark.parametrize(
    ("named", "found", "total", "standing", "kind"),
    [
        pytest.param(0.4, MET, 0.4, "agree", "agree", id="both name it"),
        pytest.param(None, MET, 0.4, "rules_only", "rules_only", id="a rule without a reason"),
        pytest.param(0.4, None, 0.4, "model_only", "model_only", id="a reason without a rule"),
        pytest.param(
            0.4, CANNOT_TELL, 0.4, "model_only", "model_only_cannot_tell", id="the rule is open"
        ),
        pytest.param(None, MET, -0.06, "conflict", "conflict", id="the cause lowers the score"),
        pytest.param(None, MET, -0.05, "rules_only", "rules_only", id="by the amount, no more"),
        pytest.param(
            0.1, MET, -0.06, "conflict", "conflict", id="one indicator raises, the cause lowers"
        ),
        pytest.param(
            None, MET, None, "rules_only", "rules_only_no_indicator", id="no indicator of it"
        ),
    ],
)
def test_how_rules_and_model_stand(named, found, total, standing, kind):
    """Each standing, and the words that go with it."""
    row = beside(
        named=[] if named is None else [("h", 2, "缺劳动力", named)],
        found=[] if found is None else [("h", "no_labour", found)],
        sums=[("h", "因病", 0.0), *([] if total is None else others(("h", "缺劳动力", total)))],
    ).row(0, named=True)
    assert row == {
        "household_id": "h",
        "cause": "缺劳动力",
        "by_rules": "no_labour" if found == MET else None,
        "n_cannot_tell": int(found == CANNOT_TELL),
        "by_model": None if named is None else 2,
        "contribution": total,
        "standing": standing,
        "standing_zh": STANDING_WORDS[kind][0],
        "standing_en": STANDING_WORDS[kind][1],
    }


def others(mine, *, middle=0.0):
    """Sums of one household beside two others, of the middle size."""
    return [mine, *[(f"other{n}", mine[1], middle) for n in range(2)]]


@pytest.mark.parametrize(
    ("total", "middle", "standing"),
    [
        pytest.param(-0.12, -0.08, "rules_only", id="as of most households"),
        pytest.param(-0.14, -0.08, "conflict", id="lower than of most"),
        pytest.param(-0.04, 0.3, "rules_only", id="of most it raises, here it hardly lowers"),
        pytest.param(-0.06, 0.3, "conflict", id="of most it raises, here it lowers"),
    ],
)
def test_what_is_so_of_most_households_is_no_conflict(total, middle, standing):
    """A cause must lower this score, and lower it more than the middle household's."""
    found = beside(
        found=[("h", "no_labour", MET)], sums=others(("h", "缺劳动力", total), middle=middle)
    )
    assert found["standing"].to_list() == [standing]


def test_a_rule_without_a_cause_is_not_passed_over_in_other():
    """Where the model says 其他 and the income rule is met, nobody reads that no rule is."""
    rows = beside(
        named=[("h", 1, "其他", 0.4), ("h", 2, "因病", 0.2), ("i", 1, "其他", 0.4)],
        found=[("h", "register_income_below_line", MET), ("i", "red_line_vehicle", MET)],
        sums=[(home, cause, 0.4) for home in "hi" for cause in ("因病", "其他")],
    )
    kinds = {zh: kind for kind, (zh, _) in STANDING_WORDS.items()}
    assert [kinds[zh] for zh in rows["standing_zh"]] == [
        "model_only",
        "model_only_other",
        "model_only",
    ]


def test_nothing_is_said_of_causes_that_nobody_names():
    """No row for a rule that cannot tell, a sum alone, or a line that says there is no reason."""
    found = beside(
        named=[("h", 1, "其他", 0.0)],
        found=[("h", "no_labour", CANNOT_TELL), ("h", "lack_of_labour", "not met")],
        sums=[("h", "其他", 0.3), ("h", "缺劳动力", 0.9)],
    )
    assert found.is_empty()
    assert dict(found.schema) == BESIDE_SCHEMA


def test_rules_of_one_cause_stand_in_their_order():
    """All that are met are named, in the order of the rules and not of the findings."""
    rules = [r for r in STANDARD_RULES if Cause.LACK_OF_LABOUR in r.causes][:2]
    names = [rule.name for rule in rules]
    found = beside(
        found=[("h", name, MET) for name in reversed(names)], sums=[("h", "缺劳动力", 0.0)]
    )
    assert found["by_rules"].to_list() == [", ".join(names)]


def test_rules_that_say_nothing_about_causes_name_none():
    """Flags of evidence, offices' work and rules without causes have no row."""
    silent = [
        rule.name
        for rule in STANDARD_RULES
        if rule.is_evidence or rule.theme in ("exit", "loop") or not rule.causes
    ]
    assert silent
    found = beside(found=[("h", name, MET) for name in silent], sums=[("h", "因病", 0.0)])
    assert found.is_empty()
    plain = Rule(name="x", title_zh="x", title_en="x", tests_zh="x", tests_en="x")
    assert beside(found=[("h", "x", MET)], sums=[("h", "因病", 0.0)], rules=[plain]).is_empty()


@pytest.mark.parametrize("theme", ["exit", "loop"])
def test_the_work_of_offices_is_no_finding_about_a_household(theme):
    """With a cause such a rule has no row; without one it is not mentioned beside 其他."""
    told = next(rule for rule in STANDARD_RULES if rule.name == "no_labour")
    sums = [("h", "其他", 0.4)]
    assert beside(
        found=[("h", told.name, MET)], sums=sums, rules=[replace(told, theme=theme)]
    ).is_empty()
    silent = next(rule for rule in STANDARD_RULES if rule.theme == theme and not rule.causes)
    found = beside(named=[("h", 1, "其他", 0.4)], found=[("h", silent.name, MET)], sums=sums)
    assert found["standing_zh"].to_list() == [STANDING_WORDS["model_only"][0]]


def test_households_that_were_not_scored_are_left_out():
    """Their findings stay in the findings; here stands who has a score."""
    found = beside(
        found=[("h", "no_labour", MET), ("i", "no_labour", MET)], sums=[("h", "因病", 0)]
    )
    assert found["household_id"].to_list() == ["h"]


def test_frames_of_two_scorings_are_refused():
    """A reason of somebody without contributions is an error, counted."""
    with pytest.raises(SchemaError, match="1 households have reasons and no contributions"):
        beside(named=[("i", 1, "因病", 0.4)], sums=[("h", "因病", 0.4)])


@st.composite
def scorings(draw):
    """Any reasons, findings and sums of a few households."""
    named = [
        (home, rank, cause, draw(st.sampled_from([0.0, 0.02, 0.7])))
        for home in HOMES
        for rank, cause in enumerate(draw(st.lists(st.sampled_from(CAUSES), max_size=3)), start=1)
    ]
    pairs = st.tuples(st.sampled_from([*HOMES, "unscored"]), st.sampled_from(NAMES))
    found = [
        (home, rule, draw(st.sampled_from([MET, CANNOT_TELL])))
        for home, rule in draw(st.lists(pairs, unique=True, max_size=25))
    ]
    sums = [
        (home, cause, draw(st.sampled_from([-0.3, -0.05, 0.0, 0.4])))
        for home in HOMES
        for cause in CAUSES[:-2]
    ]
    return named, found, sums


@given(scorings())
def test_the_same_row_by_row(scoring):
    """Household by household and cause by cause, a slow second way says the same."""
    named, found, sums = scoring
    expected = []
    middle = {c: median([part for _, cause, part in sums if cause == c]) for c in CAUSES[:-2]}
    for home in HOMES:
        for cause in CAUSES:
            rules = [
                r.name
                for r in STANDARD_RULES
                if Cause(cause) in r.causes
                and not r.is_evidence
                and r.theme not in ("exit", "loop")
                and (home, r.name, MET) in found
            ]
            ranks = [rank for h, rank, c, part in named if (h, c) == (home, cause) and part > 0]
            total = next((part for h, c, part in sums if (h, c) == (home, cause)), None)
            if not rules and not ranks:
                continue
            if rules and total is not None and total < min(middle[cause], 0.0) - CONFLICT:
                standing = "conflict"
            else:
                standing = "agree" if rules and ranks else "rules_only" if rules else "model_only"
            expected.append(
                (home, cause, ", ".join(rules) or None, min(ranks, default=None), total, standing)
            )
    columns = ["household_id", "cause", "by_rules", "by_model", "contribution", "standing"]
    assert beside(named, found, sums).select(columns).rows() == expected


@given(scorings())
def test_a_rule_always_stays(scoring):
    """Whatever the model says, each cause of a met rule is there and its words let it stand."""
    named, found, sums = scoring
    rows = beside(named, found, sums)
    without = beside([], found, [(home, cause, 0.0) for home, cause, _ in sums])
    told = rows.filter(pl.col("by_rules").is_not_null())
    keys = ["household_id", "cause", "by_rules", "n_cannot_tell"]
    assert told.select(keys).equals(without.select(keys))
    assert told["standing_zh"].str.contains("规则结论照样有效").all()
    assert told["standing_en"].str.contains("the rule's finding stands", literal=True).all()


@given(scorings(), st.randoms(use_true_random=False))
def test_the_order_of_rows_has_no_part(scoring, random):
    """Shuffled frames give the same frame."""
    shuffled = [random.sample(part, len(part)) for part in scoring]
    assert beside(*scoring).equals(beside(*shuffled))


@pytest.mark.parametrize("rule", STANDARD_RULES, ids=lambda rule: rule.name)
def test_causes_are_those_of_the_proposal(rule):
    """A met rule names here the causes that the proposal takes from it."""
    answers = {r.name: [r is rule] for r in STANDARD_RULES}
    homes = nw.from_native(pl.DataFrame({**answers, "proposal": [None]}), eager_only=True)
    proposed = with_causes(homes, STANDARD_RULES).to_native().row(0, named=True)
    expected = [proposed[f"cause_{n}"] for n in range(1, 6) if proposed[f"cause_{n}"] is not None]
    found = beside(found=[("h", rule.name, MET)], sums=[("h", cause, 0.0) for cause in CAUSES])
    assert found["cause"].to_list() == expected


def test_a_reason_of_the_package_agrees_with_its_own_sum():
    """Where the reason is a whole cause, its contribution is the sum that stands beside it."""
    columns = columns_of(COUNTY)
    rng = np.random.default_rng(5)
    values = rng.normal(scale=0.3, size=(60, len(columns)))
    ids = [f"h{n:02}" for n in range(60)]
    features = pl.DataFrame(
        {"household_id": ids}
        | {
            c.name: pl.Series(rng.integers(0, 4, 60), dtype=pl.Float64)
            if not c.indicator.is_categorical
            else pl.repeat("x", 60, eager=True)
            for c in columns
        }
    )
    day = date(2025, 8, 31)
    found = reasons(values, features, columns, seen_on=pl.repeat(day, 60, eager=True), as_of=day)
    contributions = pl.DataFrame(
        {"household_id": ids, "base": [0.0] * 60}
        | {c.name: values[:, i] for i, c in enumerate(columns)}
    )
    sums = cause_sums(cause_contributions(contributions, features, columns))
    rows = beside_rules(found, frame(FINDINGS), STANDARD_RULES, sums)
    joined = rows.join(
        found.filter(pl.col("contribution") > 0), on=["household_id", "cause"], suffix="_own"
    )
    whole = joined.filter(pl.col("contribution") > 0)
    assert whole.height > 50
    np.testing.assert_allclose(whole["contribution"], whole["contribution_own"], atol=1e-9)


def test_standings_count_every_row_once():
    """Counts by cause add up to the rows."""
    rows = beside(
        named=[("h1", 1, "因病", 0.4), ("h2", 1, "因病", 0.4)],
        found=[("h1", "no_labour", MET), ("h2", "no_labour", MET)],
        sums=[(home, cause, 0.0) for home in HOMES for cause in CAUSES],
    )
    assert standings(rows).rows() == [("因病", 0, 0, 2, 0), ("缺劳动力", 0, 2, 0, 0)]


def test_words_are_chinese_and_english():
    """Every kind is said in both, short enough for a card."""
    for zh, en in STANDING_WORDS.values():
        assert not zh.isascii()
        assert en.isascii()
        assert len(zh) < 50
        assert len(en) < 120
