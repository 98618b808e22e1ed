"""Reasons over a county's records: evidence on the side its words say, and what can be done."""

from __future__ import annotations

import re
from datetime import date, timedelta
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from fanpin_risk.causes import CAUSE_WORDS, Cause
from fanpin_risk.explain.middle import WHOLE
from fanpin_risk.explain.ranking import LEAST_CONTRIBUTION
from fanpin_risk.explain.reasons import NOTHING_ZH, reasons
from fanpin_risk.explain.sentences import NO_WORDS, PUT_DOWN_ON, sentence
from fanpin_risk.explain.support import SUPPORT, to_do
from fanpin_risk.explain.telling import HELP, NO_SIGN, RECENT_DAYS, is_sign
from fanpin_risk.indicators.catalogue import CATALOGUE, COUNTY, columns_of
from fanpin_risk.indicators.indicator import Aggregate

COLUMNS = columns_of(COUNTY)
NAMES = [column.name for column in COLUMNS]
NAMED = dict(zip(NAMES, COLUMNS, strict=True))
AS_OF = date(2025, 8, 31)
OWN_COST, ADMITTED = "own_cost_to_line_sum_12m", "days_from_admission_days_since"


def values_of(column, rng, n):
    """Plausible values of a column: zeros and gaps are common, changes go both ways."""
    unit = column.indicator.unit
    if unit == "yes_no":
        found = rng.integers(0, 2, n).astype(float)
    elif unit == "danger_grade" and column.aggregate is not Aggregate.CHANGE:
        found = rng.integers(1, 5, n).astype(float)
    elif column.aggregate is Aggregate.CHANGE or column.title_zh.endswith("变化"):
        found = rng.normal(scale=0.5, size=n) * (rng.random(n) < 0.7)
    elif "income" in column.name or "business" in column.name:
        found = rng.normal(loc=0.8, size=n)
    elif unit == "days":
        found = rng.integers(0, 1000, n).astype(float)
    else:
        found = rng.gamma(1.0, 1.0, n) * (rng.random(n) < 0.6)
    if unit in ("persons", "occurrences", "months", "visits", "loans", "households"):
        found = np.round(found * 3)
    return pl.Series(column.name, np.where(rng.random(n) < 0.15, np.nan, found)).fill_nan(None)


def all_reasons(*, seed=5, n=600):
    """Reasons of households with random values and contributions, beside what they stand on."""
    rng = np.random.default_rng(seed)
    table = pl.DataFrame([values_of(column, rng, n) for column in COLUMNS]).insert_column(
        0, pl.Series("household_id", [f"h{i:04d}" for i in range(n)])
    )
    parts = rng.normal(scale=0.1, size=(n, len(COLUMNS)))
    villages = pl.Series(rng.choice(["v1", "v2", "v3", "small"], n, p=[0.4, 0.3, 0.29, 0.01]))
    found = reasons(
        parts,
        table,
        COLUMNS,
        seen_on=pl.Series([AS_OF] * n),
        as_of=AS_OF,
        n_reasons=6,
        villages=villages,
    )
    places = dict(zip(table["household_id"], villages, strict=True))
    told = found.filter(pl.col("contribution") > 0)
    assert told.height > 1000
    for row in told.iter_rows(named=True):
        name = row["evidence"].split("=")[0]
        own = table.filter(household_id=row["household_id"]).row(0, named=True)
        in_village = table.filter(villages == places[row["household_id"]])[name].drop_nulls()
        yield SimpleNamespace(
            **row,
            column=NAMED[name],
            values=own,
            value=own[name],
            median=middle(table[name], NAMED[name]),
            of_village=middle(in_village, NAMED[name]) if in_village.len() >= 10 else None,
        )


def middle(values, column):
    """The value of the middle household; of people and other whole things the lower of two."""
    is_whole = column.indicator.unit in WHOLE
    return values.quantile(0.5, "lower") if is_whole else values.median()


TOLD = list(all_reasons())


def reasons_of(values, parts, *, others, n_reasons=3):
    """Reasons of one household; the others share one set of values."""
    rows = [values, *[others] * 4]
    table = pl.DataFrame(
        {name: pl.Series([row.get(name) for row in rows], dtype=pl.Float64) for name in NAMES}
    ).insert_column(0, pl.Series("household_id", list("abcde")))
    matrix = np.zeros((5, len(NAMES)))
    matrix[0] = [parts.get(name, 0.0) for name in NAMES]
    found = reasons(
        matrix,
        table,
        COLUMNS,
        seen_on=pl.Series([AS_OF] * 5),
        as_of=AS_OF,
        n_reasons=n_reasons,
    )
    return [SimpleNamespace(**row) for row in found.filter(household_id="a").iter_rows(named=True)]


# The side


def compared_with(row):
    """What the words of a reason say that its value is compared with, worked out anew."""
    said = row.text_zh.split("。")[0]
    before = {c.name: c for c in COLUMNS if c.indicator is row.column.indicator}
    if "（此前" in said or re.search(
        r"[高低]于(此前\d+个月|上次)（|，(此前\d+个月|上次)没有", said
    ):
        (change,) = [
            name
            for name, c in before.items()
            if c.aggregate is Aggregate.CHANGE and c.window == row.column.window
        ]
        return "past", row.value - row.values[change]
    if "于本村中间水平" in said or "本村半数以上的户没有" in said:
        return "village", row.of_village
    return "everybody", row.median


def test_no_reason_contradicts_its_own_evidence():
    """Above and below, up and down, yes, no and not known are what the values are."""
    seen = dict.fromkeys(("高于", "低于", "户没有", "增加", "减少", "为负", "此前", "上次"), 0)
    whose = dict.fromkeys(("past", "village", "everybody"), 0)
    for row in TOLD:
        said = row.text_zh.split("。")[0]
        for words in seen:
            seen[words] += words in said
        if row.value is None:
            assert "没有登记，情况不明" in said
            continue
        assert "没有登记" not in said
        who, beside = compared_with(row)
        whose[who] += 1
        if re.search("高于|户没有|个月没有|上次没有", said.replace("半数以上", "")):
            assert row.value > beside, said
        if "没有" in said and "没有卫生厕所" not in said:
            assert beside == pytest.approx(0, abs=1e-9), said
        if "低于" in said and "低于监测线户比例" not in said:
            assert row.value < beside, said
        if row.column.aggregate is Aggregate.CHANGE:
            assert ("增加" in said) is (row.value > 0), said
            assert ("减少" in said) is (row.value < 0), said
        if "为负" in said:
            assert row.value < 0
        if row.column.indicator.unit == "yes_no" and row.column.indicator.name in NO_WORDS:
            assert row.value == 0.0, said
    assert min(seen.values()) > 0, seen
    assert min(whose.values()) > 20, whose


def test_the_village_is_named_only_with_ten_known_values():
    """Fewer are compared with all households; nine of ten known are too few, ten are not."""
    columns = [NAMED[OWN_COST]]
    values = [0.5, *[0.3] * 9, *[0.1] * 30]
    places = pl.Series(["v"] * 10 + ["w"] * 30)

    def first(values):
        table = pl.DataFrame({"household_id": [f"{i:02d}" for i in range(40)], OWN_COST: values})
        found = reasons(
            np.ones((40, 1)),
            table,
            columns,
            seen_on=pl.Series([AS_OF] * 40),
            as_of=AS_OF,
            villages=places,
        )
        return found["text_zh"][0]

    assert "35%" not in first(values)
    assert "高于本村中间水平（30%）" in first(values)
    assert "高于各户中间水平（10%）" in first([*values[:9], None, *values[10:]])
    below = [0.5, *[0.9] * 9, *[0.1] * 30]
    assert "高于各户中间水平（10%）" in first(below), "below its village's, above everybody's"


def test_the_households_own_past_is_named_where_it_got_worse():
    """A rise by a fifth and more; a smaller one, a fall and what is not known are not named."""
    change = OWN_COST.replace("sum", "change")
    others = {OWN_COST: 0.1}

    def said(by):
        values = {OWN_COST: 0.5, change: by}
        first, *_ = reasons_of(values, {OWN_COST: 1.0}, others=others)
        return first.text_zh

    assert "，高于此前12个月（20%）" in said(0.3)
    assert "，此前12个月没有" in said(0.5)
    assert "，高于此前12个月（39%）" in said(0.11)
    assert "，高于各户中间水平（10%）" in said(0.09)
    assert "，高于各户中间水平（10%）" in said(-0.3)
    assert "，高于各户中间水平（10%）" in said(None)


def test_the_side_is_the_one_that_raises_risk():
    """Every value told lies where its indicator's direction says that there is more risk."""
    for row in TOLD:
        direction = row.column.indicator.direction
        if row.value is None:
            continue
        if row.column.indicator.unit == "yes_no":
            assert row.value == (0.0 if direction < 0 else 1.0)
        else:
            beside = 0.0 if row.column.aggregate is Aggregate.CHANGE else row.median
            assert (row.value - beside) * direction > 0, row.text_zh


def test_the_other_side_is_never_told():
    """The mirror image of a value that is told is not."""
    for row in TOLD:
        if row.value is None or row.median is None or row.column.indicator.unit == "yes_no":
            continue
        beside = 0.0 if row.column.aggregate is Aggregate.CHANGE else row.median
        assert not is_sign(row.column, 2 * beside - row.value, row.median, 1.0), row.text_zh
        assert not is_sign(row.column, beside, row.median, 1.0), row.text_zh


def test_no_value_reads_like_what_it_is_compared_with():
    """Rounded to the same words as the median, a value says nothing and is passed over."""
    for row in TOLD:
        pair = re.search(r"(?:相当于|为)([^，为]+)，[高低]于[^（]+（(.+?)）（", row.text_zh)
        if pair and "为负" not in row.text_zh:
            assert pair[1].removeprefix("监测线的") != pair[2], row.text_zh
    column = NAMED[OWN_COST]
    assert not is_sign(column, 0.104, 0.103, 1.0)
    assert is_sign(column, 0.12, 0.10, 1.0)


@pytest.mark.parametrize(
    ("name", "value", "median"),
    [
        pytest.param(OWN_COST, 0.0, 0.0, id="a cost of nothing"),
        pytest.param("home_grade_latest", 2.0, 1.0, id="grade B counts as safe"),
        pytest.param(ADMITTED, RECENT_DAYS + 1.0, 900.0, id="longer ago than a year"),
        pytest.param("heads_latest", 6.0, 2.0, id="many members are no lack of labour"),
        pytest.param("in_cooperative_latest", 1.0, 0.0, id="a cooperative is no hardship"),
        pytest.param("help_to_line_sum_12m", 0.0, 0.2, id="no direction"),
        pytest.param("received_allowance_ever_3m", 1.0, 0.0, id="help answers a need"),
        pytest.param("received_medical_aid_ever_12m", 1.0, 0.0, id="aid answers a need"),
        pytest.param("times_looked_at_count_24m", 9.0, 1.0, id="how often somebody looked"),
        pytest.param("has_sanitary_latrine_latest", 1.0, 0.0, id="the safe side"),
    ],
)
def test_what_is_no_sign(name, value, median):
    """Values that a reader would not take for a higher risk."""
    assert not is_sign(NAMED[name], value, median, 1.0)


def test_what_most_have_on_record_is_missed_and_what_few_have_is_not():
    """A gap is a reason only where a record is owed and most others have it; it is said so."""
    column = NAMED["able_workers_16_59_latest"]
    assert is_sign(column, None, 1.0, 0.9)
    assert not is_sign(column, None, 1.0, 0.3)
    assert not is_sign(NAMED[ADMITTED], None, 200.0, 0.9)
    assert not is_sign(NAMED["place_in_need_12m_latest"], None, 0.1, 0.9)
    zh, en = sentence(column, None, None, seen_on=AS_OF, as_of=AS_OF, cause=column.indicator.cause)
    assert "没有登记，情况不明" in zh
    assert zh.endswith("。请入户了解并补录")
    assert "not on record, not known" in en


# Order and size


def test_what_is_the_households_own_comes_before_its_village():
    """A village's figure is last, however much it contributes, and says that it is one."""
    first, second, third = reasons_of(
        {OWN_COST: 0.4, "place_in_need_12m_latest": 0.05},
        {OWN_COST: 0.2, "place_in_need_12m_latest": 2.0},
        others={OWN_COST: 0.0, "place_in_need_12m_latest": 0.01},
    )
    assert (first.cause, second.cause) == (Cause.ILLNESS, Cause.OTHER)
    assert second.contribution == 2.0
    assert "这是当地情况，入户时问本户是否也受影响" in second.text_zh
    assert third.text_zh == NOTHING_ZH


def test_within_a_cause_the_households_own_evidence_is_named():
    """Doctors of the village raise the score more, and the household's bill is what is said."""
    first, *_ = reasons_of(
        {OWN_COST: 0.4, "village_doctors_latest": 0.1},
        {OWN_COST: 0.2, "village_doctors_latest": 0.9},
        others={OWN_COST: 0.0, "village_doctors_latest": 1.0},
    )
    assert first.evidence.startswith(f"{OWN_COST}=")
    assert first.contribution == pytest.approx(1.1)


def test_a_contribution_that_moves_nothing_is_no_reason():
    """Below the least contribution nothing is said; above it is."""
    values, others = {OWN_COST: 0.4}, {OWN_COST: 0.0}
    (small, *_) = reasons_of(values, {OWN_COST: LEAST_CONTRIBUTION * 0.9}, others=others)
    assert small.text_zh == NOTHING_ZH
    (enough, *_) = reasons_of(values, {OWN_COST: LEAST_CONTRIBUTION * 1.1}, others=others)
    assert enough.cause == Cause.ILLNESS


# When, and what can be done


def test_a_record_is_dated_by_the_column_that_knows_its_age():
    """Income is of the day it was put down on, windows of the day on which they end."""
    values = {"register_income_to_line_latest": 1.0, "days_from_register_income_age": 100.0}
    others = {"register_income_to_line_latest": 2.0, "days_from_register_income_age": 10.0}
    first, *_ = reasons_of(values, {"register_income_to_line_latest": 1.0}, others=others)
    day = AS_OF - timedelta(days=100)
    assert f"（乡村振兴部门，{day}登记）" in first.text_zh
    assert first.evidence == f"register_income_to_line_latest=1.0000@{day}"
    first, *_ = reasons_of({OWN_COST: 0.4}, {OWN_COST: 1.0}, others={OWN_COST: 0.0})
    assert f"（医保部门，截至{AS_OF}）" in first.text_zh
    assert first.evidence.endswith(f"@{AS_OF}")


def test_every_reason_says_when_and_what_can_be_done():
    """A date, and a kind of support with its office, or what to ask."""
    for row in TOLD:
        assert re.search(r"\d{4}-\d\d-\d\d", row.text_zh), row.text_zh
        todo = row.text_zh.split("。")[1]
        assert todo in (
            to_do(Cause(row.cause))[0],
            "这是当地情况，入户时问本户是否也受影响",
            "请入户了解并补录",
        )
        assert " → " in row.text_en


def test_every_cause_has_support_and_an_office():
    """Official words for measures, and the office that answers for the cause."""
    assert set(SUPPORT) == set(Cause)
    for cause in Cause:
        zh, en = to_do(cause)
        assert SUPPORT[cause].zh in zh
        assert CAUSE_WORDS[cause].owner_zh in zh
        assert CAUSE_WORDS[cause].owner_en in en


# Words


def test_no_code_and_nothing_sensitive_is_said():
    """Neither names of columns, nor 未知, nor sex and minority, nor the survey's line."""
    sensitive = [c.title_zh for c in COLUMNS if c.indicator.is_sensitive]
    assert len(sensitive) >= 2
    for row in TOLD:
        assert not re.search(r"[a-z]_|_[a-z]", row.text_zh)
        assert not any(
            word in row.text_zh for word in (*sensitive, "未知", "收入线", "nan", "None")
        )
        assert row.text_zh.startswith(f"{row.cause}：")
        assert row.cause in set(Cause)


def test_every_no_has_words_of_its_own():
    """Whatever can be told by a "no" has a sentence for it."""
    told_by_no = {
        c.indicator.name
        for c in COLUMNS
        if c.indicator.unit == "yes_no" and c.indicator.direction < 0
    }
    assert told_by_no == set(NO_WORDS)


def test_names_that_are_written_down_here_are_in_the_catalogue():
    """A column that is renamed there is renamed here."""
    indicators = {indicator.name: indicator for indicator in COUNTY}
    everywhere = {indicator.name: indicator for indicator in CATALOGUE}
    assert set(NO_SIGN) <= set(everywhere)
    assert set(HELP) <= {indicator.table for indicator in CATALOGUE}
    for name, age in PUT_DOWN_ON.items():
        assert name in indicators
        assert NAMED[age].aggregate is Aggregate.AGE


def test_columns_that_are_never_a_reason_are_known():
    """All others are one for some value: what has no direction, codes and looks are none."""
    told = {row.column.name for row in TOLD}
    for column in COLUMNS:
        indicator = column.indicator
        is_flag = indicator.unit == "yes_no" and column.aggregate is not Aggregate.CHANGE
        can_be = (
            not indicator.is_sensitive
            and indicator.name not in NO_SIGN
            and indicator.table not in ("observation_view", *HELP)
            and (indicator.direction != 0 or is_flag or _is_owed(column))
        )
        assert (column.name in told) <= can_be, column.name


def _is_owed(column):
    """Whether a gap in it can be a reason."""
    own = column.indicator.table != "place_view" and column.indicator.if_no_records is None
    return own and column.aggregate is Aggregate.LATEST
