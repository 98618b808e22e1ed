"""Why a score changed: exact shares of the parts, and words that agree with what is shown."""

from __future__ import annotations

from datetime import date
from itertools import permutations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanpin_risk.errors import ExplanationError
from fanpin_risk.explain.change import (
    CHANGES_SCHEMA,
    Driver,
    Part,
    TwoDays,
    changes_frame,
    combinations,
    is_nameable,
    require_sum,
    shapley_over_parts,
)
from fanpin_risk.explain.change_words import driver_words, part_words, shown_value
from fanpin_risk.indicators.catalogue import COUNTY, SURVEY, columns_of

COLUMNS = {column.name: column for column in columns_of(COUNTY)}
COST, GRADE, AGE = "own_cost_to_line_sum_12m", "home_grade_latest", "head_age_latest"


@st.composite
def games(draw, most=4):
    """A score for every combination of some parts, for two households."""
    n_parts = draw(st.integers(1, most))
    numbers = st.floats(-5, 5, allow_nan=False)
    size = 2 << n_parts
    return np.array(draw(st.lists(numbers, min_size=size, max_size=size))).reshape(-1, 2)


def by_orders(values, after):
    """Mean of what each part adds, over every order that respects what waits for what."""
    n_parts = len(values).bit_length() - 1
    orders = [
        order
        for order in permutations(range(n_parts))
        if all(order.index(first) < order.index(part) for part, first in after.items())
    ]
    shares = np.zeros((n_parts, values.shape[1]))
    for order in orders:
        mask = 0
        for part in order:
            shares[part] += values[mask | 1 << part] - values[mask]
            mask |= 1 << part
    return shares / len(orders)


@given(values=games(), waits=st.booleans())
def test_shares_are_the_mean_over_all_orders(values, waits):
    """The weights by size give what adding the parts in every order gives, precedence or not."""
    after = {0: 1} if waits and len(values) > 2 else {}
    found = shapley_over_parts(values, after=after)
    np.testing.assert_allclose(found, by_orders(values, after), atol=1e-12)
    np.testing.assert_allclose(found.sum(axis=0), values[-1] - values[0], atol=1e-12)


@given(values=games(), waits=st.booleans())
def test_what_no_order_passes_through_is_not_looked_at(values, waits):
    """Only the combinations that are asked for need a score."""
    after = {0: 1} if waits and len(values) > 2 else {}
    n_parts = len(values).bit_length() - 1
    needed = np.full_like(values, np.nan)
    wanted = combinations(n_parts, after=after)
    needed[wanted] = values[wanted]
    np.testing.assert_array_equal(
        shapley_over_parts(needed, after=after), shapley_over_parts(values, after=after)
    )


@given(weights=st.lists(st.floats(-5, 5), min_size=1, max_size=5))
def test_a_linear_game_gives_each_part_its_own(weights):
    """Where parts do not interact, a part's share is what it adds, and a null part has none."""
    n_parts = len(weights) + 1
    masks = np.arange(1 << n_parts)
    values = sum(w * (masks >> n & 1) for n, w in enumerate(weights)).astype(float)[:, None]
    np.testing.assert_allclose(
        shapley_over_parts(values).ravel(), [*weights, 0.0], atol=1e-12, rtol=0
    )


@given(alone=st.floats(-5, 5), both=st.floats(-5, 5))
def test_equal_parts_share_equally(alone, both):
    """Two parts that do the same have the same share."""
    first, second = shapley_over_parts(np.array([[0.0], [alone], [alone], [both]]))
    assert first == pytest.approx(second)


def test_what_waits_has_what_it_adds_afterwards():
    """A fact of a later day, without effect before that day, takes nothing from time's share."""
    # bit 0: the fact, bit 1: time; the fact adds 3 once time has passed
    shares = shapley_over_parts(np.array([[0.0], [np.nan], [-1.0], [2.0]]), after={0: 1})
    assert shares.ravel().tolist() == [3.0, -1.0]


def test_combinations_that_are_none_are_refused():
    """Three rows are no combinations of parts, and a circle has no order."""
    with pytest.raises(ExplanationError, match=r"Give 2 \*\* n_parts rows"):
        shapley_over_parts(np.zeros((3, 1)))
    with pytest.raises(ExplanationError, match="circle"):
        shapley_over_parts(np.zeros((4, 1)), after={0: 1, 1: 0})


def test_parts_that_do_not_add_up_are_refused():
    """No reason for a change is shown where the parts miss it, also by what is not a number."""
    with pytest.raises(ExplanationError, match="For 1 of 2 households"):
        require_sum({Part.TIME: np.array([1.0, 2.0])}, np.array([1.0, 2.1]))
    with pytest.raises(ExplanationError, match="For 1 of 1 households"):
        require_sum({Part.TIME: np.array([np.nan])}, np.array([1.0]))


def frame_of(then, now, drivers, share=0.4):
    """Texts of one household whose change is all of facts that happened, in Chinese by part."""
    names = list(then)
    columns = [COLUMNS[name] for name in names]
    days = TwoDays(
        since=date(2023, 3, 31),
        as_of=date(2023, 6, 30),
        then=pl.DataFrame({"household_id": ["h"], **{n: [v] for n, v in then.items()}}),
        now=pl.DataFrame({"household_id": ["h"], **{n: [v] for n, v in now.items()}}),
        risk_then=np.array([0.1]),
        risk_now=np.array([0.2]),
        raw_then=np.array([-2.0]),
        raw_now=np.array([-2.0 + share]),
    )
    given_drivers = [
        Driver(column=names.index(n), without=a, with_part=b, effect=e) for n, a, b, e in drivers
    ]
    return changes_frame(
        days,
        {Part.CHANGED: days.raw_now - days.raw_then},
        columns,
        {(Part.CHANGED, 0): given_drivers},
    )


def test_each_household_has_every_part_in_a_fixed_order():
    """The frame holds one row for each part; those that are not there are exactly 0."""
    frame = frame_of({COST: 0.0}, {COST: 0.35}, [(COST, 0.0, 0.35, 0.4)])
    assert frame.schema == CHANGES_SCHEMA
    assert frame["part"].to_list() == [part.value for part in Part]
    assert frame["log_odds"].to_list() == [pytest.approx(0.4), 0, 0, 0, 0, 0, 0]
    assert (
        frame["text_zh"][0] == "新发生的情况：风险上升。近12个月人均自付医疗费由零变为监测线的35%"
    )
    assert frame["text_zh"][1] == "补录的以往情况：没有，或不影响评分"
    assert "raises the risk. own" in frame["text_en"][0]


@pytest.mark.parametrize(
    ("then", "now", "drivers"),
    [
        pytest.param({COST: 0.35}, {COST: 0.0}, [(COST, 0.35, 0.0, 0.4)], id="it speaks for less"),
        pytest.param({COST: 0.2}, {COST: 0.3}, [(COST, 0.3, 0.2, 0.4)], id="the part goes back"),
        pytest.param({COST: 0.2}, {COST: None}, [(COST, 0.2, None, 0.4)], id="no longer known"),
        pytest.param({COST: 0.201}, {COST: 0.202}, [(COST, 0.201, 0.202, 0.4)], id="said alike"),
        pytest.param({COST: 0.0}, {COST: 0.35}, [(COST, 0.0, 0.35, 0.001)], id="hardly any effect"),
        pytest.param({COST: 0.0}, {COST: 0.35}, [(COST, 0.0, 0.35, -0.3)], id="the other way"),
    ],
)
def test_what_contradicts_the_part_is_not_named(then, now, drivers):
    """An indicator is named only if what is shown of it moves the way the part moves the score."""
    frame = frame_of(then, now, drivers)
    assert frame["text_zh"][0] == "新发生的情况：风险上升，没有可单独说明的指标"


@pytest.mark.parametrize(
    ("then", "now"),
    [
        pytest.param(0.2, 0.22, id="nearly undone by another part"),
        pytest.param(0.4, 0.3, id="more than undone"),
    ],
)
def test_what_another_part_undoes_is_said_of_the_part_alone(then, now):
    """Where both days do not show it, the words say what the part does by itself."""
    frame = frame_of({COST: then}, {COST: now}, [(COST, 0.0, 0.3, 0.4)])
    assert frame["text_zh"][0] == (
        "新发生的情况：风险上升。单看这一部分，近12个月人均自付医疗费由零变为监测线的30%"
    )
    assert "by this part alone, " in frame["text_en"][0]


def test_at_most_two_are_named_the_strongest_first():
    """A third indicator, and a second window of the same one, are left out."""
    then = {COST: 0.0, "own_cost_to_line_sum_3m": 0.0, GRADE: 2.0, "open_loans_latest": 0.0}
    now = {COST: 0.35, "own_cost_to_line_sum_3m": 0.35, GRADE: 4.0, "open_loans_latest": 2.0}
    effects = dict(zip(then, (0.3, 0.25, 0.4, 0.1), strict=True))
    text = frame_of(then, now, [(n, then[n], now[n], effects[n]) for n in then])["text_zh"][0]
    assert text.split("。")[1].split("；") == [
        f"{COLUMNS[GRADE].title_zh}由B级变为D级",
        "近12个月人均自付医疗费由零变为监测线的35%",
    ]


def test_who_looked_when_and_what_is_sensitive_is_never_named():
    """No sensitive indicator, code, observation or change of a change may be named."""
    nameable = [c for c in (*columns_of(COUNTY), *columns_of(SURVEY)) if is_nameable(c)]
    assert len(nameable) > 100
    for column in nameable:
        assert not column.indicator.is_sensitive
        assert column.indicator.table != "observation_view"
        assert column.indicator.unit != "code"
    hidden = {c.indicator.name for c in columns_of(COUNTY)} - {c.indicator.name for c in nameable}
    assert {"is_head_female", "is_head_of_minority", "times_looked_at", "head_age"} <= hidden


def test_every_value_has_words():
    """Whatever an indicator may hold is said in both languages, absence too."""
    for column in (*columns_of(COUNTY), *columns_of(SURVEY)):
        if column.indicator.is_categorical:
            continue
        for value in (None, 0.0, 1.0, 2.6):
            zh, en = shown_value(column, value)
            assert zh
            assert en == en.strip()
    admission = COLUMNS["days_from_admission_days_since"]
    assert driver_words(admission, None, 30.0)[0].endswith("在30天前（原来没有记录）")
    assert driver_words(admission, 400.0, 30.0)[0].endswith("在30天前（原为400天前）")
    assert driver_words(admission, 400.0, None) is None


def test_a_small_part_is_said_to_be_small():
    """A part that hardly moves the score names no indicator."""
    words = part_words("time_passed", 0.03, [("甲", "a")])
    assert words == ("时间推移：几乎不影响评分", "time that has passed: hardly moves the score")
    assert part_words("model_changed", -1.0, [])[1] == "another model: lowers the risk"
