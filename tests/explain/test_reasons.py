"""Reasons: sums by cause, their order, evidence that says so, and the words of special values."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import narwhals as nw
import numpy as np
import polars as pl
import pytest

from fanpin_risk.causes import Cause
from fanpin_risk.explain.amounts import value_words
from fanpin_risk.explain.ranking import LEAST_CONTRIBUTION
from fanpin_risk.explain.reasons import (
    NOTHING_EN,
    NOTHING_ZH,
    REASONS_SCHEMA,
    reasons,
)
from fanpin_risk.explain.telling import HELP, NO_SIGN, is_telling
from fanpin_risk.indicators.catalogue import CATALOGUE, columns_of
from fanpin_risk.indicators.indicator import Aggregate, Indicator

A = Aggregate
COLUMNS = columns_of(CATALOGUE)
NAMED = {column.name: column for column in COLUMNS}
SEEN, AS_OF = date(2012, 3, 30), date(2012, 3, 31)
PLACED = ("place_view", "observation_view")


def indicator(name, unit, cause, direction=0, aggregates=(A.LATEST,), **more):
    """An indicator for these tests, on a table of that name."""
    words = {"title_zh": f"{name}之称", "title_en": f"the {name}", "owner_zh": "x", "owner_en": "x"}
    return Indicator(
        name=name,
        unit=unit,
        cause=cause,
        direction=direction,
        aggregates=aggregates,
        expression=nw.col(name),
        purpose="test",
        **{"table": "income", **words, **more},
    )


SMALL = columns_of(
    (
        indicator("income", "ratio", Cause.UNSTABLE_WORK, -1, (A.LATEST, A.CHANGE)),
        indicator("work", "yes_no", Cause.UNSTABLE_WORK, -1),
        indicator("children", "persons", Cause.LACK_OF_LABOUR, 1),
        indicator("flood", "yes_no", Cause.UNSAFE_HOUSING, 1),
        indicator("sex", "yes_no", Cause.OTHER, 1, is_sensitive=True),
        indicator("rate", "share", Cause.OTHER, 1, table="place_view"),
        indicator("tenure", "code", Cause.UNSAFE_HOUSING),
    )
)
NAMES = [column.name for column in SMALL]


def worded(parts, values, *, others=(), n_reasons=3):
    """Reasons of one household; `others` are the values of the households beside it."""
    rows = [values, *others]
    kinds = {name: pl.String if name == "tenure_latest" else pl.Float64 for name in NAMES}
    table = pl.DataFrame(
        {name: [row.get(name) for row in rows] for name in NAMES}, schema=kinds
    ).insert_column(0, pl.Series("household_id", [f"h{n}" for n in range(len(rows))]))
    matrix = np.zeros((len(rows), len(NAMES)))
    matrix[0] = [parts.get(name, 0.0) for name in NAMES]
    found = reasons(
        matrix,
        table,
        SMALL,
        seen_on=pl.Series([SEEN] * len(rows)),
        as_of=AS_OF,
        n_reasons=n_reasons,
    )
    assert found.schema == pl.Schema(REASONS_SCHEMA)
    return [SimpleNamespace(**row) for row in found.filter(household_id="h0").iter_rows(named=True)]


POOR = {"income_latest": 1.1, "income_change": -0.4, "work_latest": 0.0, "children_latest": 3.0}
OTHERS = [{"income_latest": 2.0, "children_latest": 1.0, "rate_latest": 0.1}] * 4


# Order


def test_causes_are_ranked_by_their_sum():
    """The cause with the largest sum comes first, with its strongest evidence."""
    parts = {
        **{"income_latest": 0.3, "work_latest": 0.4},
        **{"children_latest": 0.5, "flood_latest": 0.1},
    }
    first, second, third = worded(parts, {**POOR, "flood_latest": 1.0}, others=OTHERS)
    assert (first.cause, first.rank) == (Cause.UNSTABLE_WORK, 1)
    assert first.contribution == pytest.approx(0.7)
    assert first.evidence == f"work_latest=0.0000@{SEEN}"
    assert (second.cause, second.contribution) == (Cause.LACK_OF_LABOUR, 0.5)
    assert (third.cause, third.contribution) == (Cause.UNSAFE_HOUSING, 0.1)


def test_equal_causes_stand_in_the_official_order():
    """Ties are broken by the official list, the same way each time."""
    parts = {"flood_latest": 0.5, "children_latest": 0.5, "work_latest": 0.5}
    found = worded(parts, {**POOR, "flood_latest": 1.0}, others=OTHERS)
    official = list(Cause)
    assert [row.cause for row in found] == sorted(
        (row.cause for row in found), key=lambda cause: official.index(Cause(cause))
    )


def test_a_single_sign_follows_whole_causes():
    """A sign that raises the score, of a cause that lowers it, comes after whole causes."""
    parts = {"income_latest": -0.9, "work_latest": 0.4, "children_latest": 0.1}
    first, second, third = worded(parts, POOR, others=OTHERS)
    assert (first.cause, first.contribution) == (Cause.LACK_OF_LABOUR, 0.1)
    assert (second.cause, second.contribution) == (Cause.UNSTABLE_WORK, 0.4)
    assert third.text_en == NOTHING_EN


def test_without_anything_that_raises_the_score_it_says_so():
    """A household whose contributions are all negative gets lines that say so, and no evidence."""
    found = worded(dict.fromkeys(NAMES, -0.1), POOR, others=OTHERS)
    for rank, row in enumerate(found, start=1):
        assert (row.rank, row.contribution, row.evidence) == (rank, 0.0, "")
        assert (row.text_zh, row.text_en) == (NOTHING_ZH, NOTHING_EN)
    assert len(found) == 3


def test_the_number_of_reasons_can_be_chosen():
    """As many lines as asked for, each household the same number."""
    assert len(worded({"work_latest": 1.0}, POOR, n_reasons=1)) == 1
    assert len(worded({"work_latest": 1.0}, POOR, n_reasons=5)) == 5


# Evidence


def test_a_sensitive_indicator_is_never_a_reason():
    """However strong, a sensitive indicator is neither evidence nor part of a cause's sum."""
    parts = {"sex_latest": 5.0, "rate_latest": 0.2}
    first, second, _ = worded(parts, {"sex_latest": 1.0, "rate_latest": 0.3}, others=OTHERS)
    assert first.evidence == f"rate_latest=0.3000@{AS_OF}"
    assert first.contribution == 0.2
    assert second.text_en == NOTHING_EN


def test_evidence_that_says_the_opposite_is_passed_over():
    """An income above the middle household's is no evidence for a higher risk."""
    parts = {"income_latest": 0.8, "income_change": 0.1}
    first, *_ = worded(parts, {"income_latest": 3.0, "income_change": -0.5}, others=OTHERS)
    assert first.evidence == f"income_change=-0.5000@{SEEN}"
    nothing, *_ = worded(parts, {"income_latest": 3.0, "income_change": 0.5}, others=OTHERS)
    assert nothing.text_en == NOTHING_EN


def test_a_code_is_no_evidence():
    """A code has no side that a reader would expect to raise the risk."""
    first, *_ = worded({"tenure_latest": 2.0}, {"tenure_latest": "tenant"}, others=OTHERS)
    assert first.text_en == NOTHING_EN


@pytest.mark.parametrize(
    ("name", "value", "median", "expected"),
    [
        ("income_latest", 1.0, 2.0, True),
        ("income_latest", 2.0, 2.0, False),
        ("income_latest", 3.0, 2.0, False),
        ("income_latest", None, 2.0, True),
        ("income_latest", 1.0, None, False),
        ("income_change", -0.1, 5.0, True),
        ("income_change", 0.0, -5.0, False),
        ("work_latest", 0.0, 0.0, True),
        ("work_latest", 1.0, 0.0, False),
        ("children_latest", 3.0, 1.0, True),
        ("children_latest", 1.0, 1.0, False),
        ("flood_latest", 1.0, 1.0, True),
        ("flood_latest", 0.0, 0.0, False),
        ("tenure_latest", "tenant", None, False),
        ("tenure_latest", None, None, False),
    ],
)
def test_which_values_speak_for_a_higher_risk(name, value, median, expected):
    """By direction: below or above the middle household, yes or no, a fall or a rise."""
    assert is_telling(SMALL[NAMES.index(name)], value, median) is expected


def test_how_often_somebody_was_visited_is_no_evidence():
    """Being visited often is a fact about the office, not about the household."""
    for column in COLUMNS:
        if column.indicator.table == "observation_view":
            assert not is_telling(column, 9.0, 1.0)


def test_every_column_of_the_panel_is_a_reason_or_is_not_to_be_shown():
    """Alone in raising a score a column is the reason, but for what has no side to a reader."""
    for i, column in enumerate(COLUMNS):
        owner = column.indicator
        if owner.basis != "survey":
            continue
        is_flag = owner.unit == "yes_no" and column.aggregate is not A.CHANGE
        low_and_high = {-1: (-1.0, 9.0), 0: (1.0, 0.0), 1: (1.0, 0.0)}[owner.direction]
        if owner.is_categorical:
            low_and_high = ("a", "b")
        own, others = low_and_high
        table = pl.DataFrame(
            {"household_id": list("abc")}
            | {c.name: [own, others, others] if c is column else [None] * 3 for c in COLUMNS}
        )
        parts = np.zeros((3, len(COLUMNS)))
        parts[0, i] = 1.0
        seen_on = pl.Series([SEEN] * 3)
        first = reasons(parts, table, COLUMNS, seen_on=seen_on, as_of=AS_OF).row(0, named=True)
        is_hidden = (
            owner.is_sensitive
            or owner.is_categorical
            or owner.table in ("observation_view", *HELP)
            or owner.name in NO_SIGN
            or (owner.direction == 0 and not is_flag)
        )
        shown = "" if is_hidden else column.name
        assert first["evidence"].split("=")[0] == shown, column.name


@pytest.mark.parametrize(
    ("name", "value", "median"),
    [
        pytest.param("household_income_to_line_change", 15.8, 0.0, id="a rise of income"),
        pytest.param("members_from_10_latest", 3.0, 2.0, id="no direction"),
        pytest.param("has_goods_from_state_latest", 1.0, 0.0, id="help received"),
        pytest.param("has_rent_latest", 1.0, 0.0, id="rent from a flat"),
        pytest.param("income_is_imputed_latest", 1.0, 0.0, id="how a record was made"),
        pytest.param("income_to_line_latest", 2.391, 2.394, id="reads like the median"),
        pytest.param("income_to_line_change", -0.004, 0.0, id="reads like no change"),
    ],
)
def test_what_is_no_evidence(name, value, median):
    """Values that a reader would not take for a higher risk."""
    assert not is_telling(NAMED[name], value, median)


def test_a_contribution_that_moves_nothing_is_no_reason():
    """At most the least contribution is passed over, of a panel as of a county."""
    (small, *_) = worded({"children_latest": LEAST_CONTRIBUTION}, POOR, others=OTHERS)
    assert small.text_en == NOTHING_EN
    (enough, *_) = worded({"children_latest": LEAST_CONTRIBUTION + 0.001}, POOR, others=OTHERS)
    assert enough.cause == Cause.LACK_OF_LABOUR


# Words


def test_a_value_stands_with_its_unit_date_and_the_middle_household():
    """Words name cause, indicator, value with unit, what it is compared with, and the day."""
    first, *_ = worded({"children_latest": 1.0}, POOR, others=OTHERS)
    assert first.text_zh == "缺劳动力：children之称 3人，各户中位数 1人（2012-03-30）"
    assert first.text_en == (
        "lack of labour: the children: 3 persons, median 1 persons (2012-03-30)"
    )
    assert first.evidence == "children_latest=3.0000@2012-03-30"


def test_the_households_own_past_is_named_where_it_got_worse():
    """A fall by a fifth and more since the visit before is what an income is set beside."""
    parts = {"income_latest": 0.3}
    first, *_ = worded(parts, POOR, others=OTHERS)
    assert first.text_zh == "因务工就业不稳：income之称 1.10倍，上次 1.50倍（2012-03-30）"
    assert first.text_en == (
        "unstable work: the income: 1.10 times, 1.50 times the visit before (2012-03-30)"
    )
    first, *_ = worded(parts, POOR | {"income_change": -0.1}, others=OTHERS)
    assert "各户中位数 2.00倍" in first.text_zh
    first, *_ = worded(parts, POOR | {"income_change": 0.4}, others=OTHERS)
    assert "各户中位数 2.00倍" in first.text_zh


# What stands beside the words


def test_points_of_probability_are_those_of_the_raw_score():
    """At even odds half a log-odd is 12.2 points; without a raw score they are not known."""
    table = pl.DataFrame(
        {"household_id": ["h0", "h1", "h2"]}
        | {name: [3.0, 1.0, 1.0] if name == "children_latest" else [None] * 3 for name in NAMES}
    )
    parts = np.zeros((3, len(NAMES)))
    parts[0, NAMES.index("children_latest")] = 0.5
    given = {"seen_on": pl.Series([SEEN] * 3), "as_of": AS_OF, "n_reasons": 2}
    found = reasons(parts, table, SMALL, raw_score=np.array([0.0, 900.0, -900.0]), **given)
    assert found["risk_points"].round(4).to_list() == [0.1225, 0, 0, 0, 0, 0]
    assert reasons(parts, table, SMALL, **given)["risk_points"].is_null().all()


def test_each_reason_says_who_can_act_and_whose_records_it_stands_on():
    """What the catalogue knows of the evidence; nothing where nothing raises the score."""
    parts = {"children_latest": 0.4, "rate_latest": 0.3}
    first, second, third = worded(parts, POOR | {"rate_latest": 0.3}, others=OTHERS)
    assert (first.indicator, first.is_actionable, first.is_own) == ("children_latest", False, True)
    assert first.support == "employment、public_post、safety_net"
    assert (first.owner_zh, first.owner_en) == ("民政部门", "civil affairs")
    assert first.source == "x：income"
    assert (second.indicator, second.is_own) == ("rate_latest", False)
    assert (third.indicator, third.is_actionable, third.is_own) == ("", None, None)
    assert (third.support, third.owner_zh, third.owner_en, third.source) == ("",) * 4


def test_what_is_not_known_is_said_to_be_not_known():
    """A missing value can raise a risk; then the words say that it is missing."""
    first, *_ = worded({"income_latest": 0.3}, {}, others=OTHERS)
    assert "未知（2012-03-30）" in first.text_zh
    assert first.text_en == "unstable work: the income: not known (2012-03-30)"
    assert first.evidence == "income_latest=@2012-03-30"


def test_a_change_is_shown_with_its_sign_and_without_a_median():
    """A change says by how much, since the visit before, and is compared with nobody."""
    first, *_ = worded({"income_change": 0.3}, POOR, others=OTHERS)
    assert "较上次变化" in first.text_zh
    assert "-0.40倍" in first.text_zh
    assert first.text_en == (
        "unstable work: the income, change since the visit before: -0.40 times (2012-03-30)"
    )


def test_evidence_about_a_place_is_of_the_day_of_the_decision():
    """A place's figure is as known on the day; a visit's finding is of the visit."""
    first, *_ = worded({"rate_latest": 0.3}, {"rate_latest": 0.25}, others=OTHERS)
    assert first.evidence == f"rate_latest=0.2500@{AS_OF}"
    assert "25.0%" in first.text_en
    assert "median 10.0%" in first.text_en


@pytest.mark.parametrize(
    ("name", "value", "zh", "en"),
    [
        ("members_latest", 5.0, "5人", "5 persons"),
        ("members_change", 1.0, "+1人", "+1 persons"),
        ("members_change", -2.0, "-2人", "-2 persons"),
        ("income_to_line_latest", 1.254, "1.25倍", "1.25 times"),
        ("has_work_income_latest", 1.0, "是", "yes"),
        ("has_work_income_latest", 0.0, "否", "no"),
        ("floor_grade_latest", 3.0, "3级", "grade 3"),
        ("season_latest", 4.0, "4季度", "quarter 4"),
        ("place_rate_of_falling_latest", 0.1234, "12.3%", "12.3%"),
        ("tenure_latest", "free_with_permission", "free_with_permission", "free with permission"),
        ("members_latest", None, "未知", "not known"),
    ],
)
def test_words_of_a_value(name, value, zh, en):
    """Each unit has its words, in both languages."""
    assert value_words(NAMED[name], value) == (zh, en)


def test_words_of_a_change_of_yes_or_no():
    """A sign that appeared, went or stayed is said in words."""
    flag = SMALL[NAMES.index("flood_latest")]
    change = type(flag)(name="flood_change", indicator=flag.indicator, aggregate=A.CHANGE)
    assert value_words(change, 1.0) == ("新出现", "new since the visit before")
    assert value_words(change, -1.0) == ("已消失", "gone since the visit before")
    assert value_words(change, 0.0) == ("无变化", "unchanged")


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_every_column_can_be_worded(column):
    """Whatever the catalogue holds can be said, with a number, a code or nothing."""
    value = "other" if column.indicator.is_categorical else 1.0
    for given in (value, None):
        zh, en = value_words(column, given)
        assert zh
        assert en
