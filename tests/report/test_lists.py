"""Lists of a backtest hold what their order says, and whom they miss is counted twice alike."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanpin_risk.report.lists import (
    FEWEST_FALLS,
    missed_by_place,
    missed_groups,
    on_list,
    recall_curve,
    reliability,
)
from fanpin_risk.report.readings import PLAN, RULES, whole_cohort
from fanpin_risk.report.terms import SURVEY_TERMS
from fanpin_risk.risk.calibration_metrics import reliability_by_tenths
from fanpin_risk.risk.resampling import jackknife_interval

DAY = date(2006, 3, 31)


@given(
    scores=st.lists(st.sampled_from([0.0, 1.0, 2.0, 3.0]), min_size=1, max_size=12),
    share=st.floats(min_value=0, max_value=1),
)
def test_a_list_is_as_long_as_asked_and_never_passes_over_a_higher_score(scores, share):
    """Chances add up to the visits; who is on it in part shares the score at the cut."""
    score = np.array(scores)
    chance = on_list(score, share * len(score))
    assert chance.sum() == pytest.approx(share * len(score))
    assert ((chance >= 0) & (chance <= 1)).all()
    for i, mine in enumerate(scores):
        assert all(chance[j] == 1 for j, other in enumerate(scores) if other > mine and chance[i])
        assert all(chance[j] == chance[i] for j, other in enumerate(scores) if other == mine)


def test_the_curve_finds_what_the_evaluation_finds(predictions, metrics):
    """At 2, 5 and 10% of the cohort the curve passes through the evaluation's recall."""
    shares = np.array([0.0, 0.02, 0.05, 0.1, 1.0])
    of_all = whole_cohort(metrics)
    for method in (RULES, "lightgbm"):
        curve = recall_curve(predictions, method, shares)
        wanted = [of_all.of(method, f"recall_at_{n}").value for n in ("2%", "5%", "10%")]
        assert curve.tolist() == pytest.approx([0.0, *wanted, 1.0])


def test_missed_by_everybody_is_one_minus_the_evaluations_recall(predictions, metrics):
    """Value and interval agree with the evaluation, which computes them another way."""
    of_all = whole_cohort(metrics)
    groups = missed_groups(predictions, SURVEY_TERMS, further_share=0.1, with_intervals=True)
    for method, found in ((PLAN, groups[0].plan), (RULES, groups[0].rules)):
        recall = of_all.of(method, "recall_at_must+10%")
        wanted = (1 - recall.value, 1 - recall.high, 1 - recall.low)
        assert (found.value, found.low, found.high) == pytest.approx(wanted)


def two_origins() -> pl.DataFrame:
    """On each of two days 50 households: the 5 highest scores are visited, 30 households fell."""
    n = 50
    day = pl.DataFrame(
        {
            "household_id": [f"h{i}" for i in range(n)],
            "place": ["7"] * n,
            "is_new": [i >= 25 for i in range(n)],
            "must_visit": [i == 0 for i in range(n)],
            "fell": [1.0 if i < 15 or i >= 35 else 0.0 if i < 34 else None for i in range(n)],
            PLAN: [float(n - i) for i in range(n)],
            RULES: [float(i) for i in range(n)],
            "members": [1 + (i >= 25) * 6 for i in range(n)],
        }
    )
    days = (DAY, date(2006, 12, 31))
    return pl.concat([day.with_columns(as_of=pl.lit(d)) for d in days])


def test_groups_by_hand():
    """One must-visit and 8% of 50 are 5 visits a day: the plan takes 0-4, the rules 45-49."""
    groups = missed_groups(two_origins(), SURVEY_TERMS, further_share=0.08, with_intervals=False)
    by_name = {group.label.zh: group for group in groups}
    everybody = by_name["全部"]
    assert (everybody.n_households, everybody.n_known, everybody.n_fell) == (100, 98, 60)
    assert everybody.plan.value == pytest.approx(1 - 5 / 30)
    assert everybody.rules.value == pytest.approx(1 - 5 / 30)
    assert by_name["老户"].plan.value == pytest.approx(1 - 5 / 15)
    assert by_name["老户"].rules.value == 1
    assert by_name["新户"].plan.value == 1
    assert by_name["7人及以上户"].rules.value == pytest.approx(1 - 5 / 15)
    assert not everybody.plan.has_interval


def test_small_groups_show_nothing():
    """A group with fewer known falls than the least has counts and no error."""
    groups = missed_groups(two_origins(), SURVEY_TERMS, further_share=0.08, with_intervals=False)
    must = next(group for group in groups if group.label.zh == "规则必访")
    assert must.n_fell < FEWEST_FALLS
    assert must.plan.value is None
    assert must.rules.value is None


def test_groups_of_few_places_have_no_interval(predictions):
    """Regions of six places each are shown without an interval, everybody with one."""
    groups = missed_groups(predictions, SURVEY_TERMS, further_share=0.1, with_intervals=True)
    assert groups[0].plan.has_interval
    regions = [group for group in groups if group.kind.en == "region"]
    assert len(regions) == 3
    assert not any(group.plan.has_interval for group in regions)


def test_without_members_and_regions_those_rows_are_left_out(predictions):
    """Predictions that do not tell household sizes and regions still give the other groups."""
    groups = missed_groups(
        predictions.drop("members", "region"), SURVEY_TERMS, further_share=0.1, with_intervals=False
    )
    assert [group.label.en for group in groups] == [
        "all",
        "returning",
        "new",
        "must-visit",
        "no must-visit",
    ]


def test_places_add_up_to_everybody(predictions):
    """Missed falls of all places are the missed falls of everybody; places stand by number."""
    whole = missed_groups(predictions, SURVEY_TERMS, further_share=0.1, with_intervals=False)[0]
    places = missed_by_place(predictions.with_columns(), SURVEY_TERMS, further_share=0.1)
    assert [place.label.zh for place in places][:11] == [str(n) for n in range(1, 12)]
    shown = [place for place in places if place.plan.value is not None]
    assert all(place.n_fell < FEWEST_FALLS for place in places if place.plan.value is None)
    if len(shown) == len(places):
        missed = sum(place.plan.value * place.n_fell for place in places)
        assert missed == pytest.approx(whole.plan.value * whole.n_fell)
    assert sum(place.n_households for place in places) == whole.n_households


def test_tenths_are_the_evaluations_and_their_intervals_leave_out_places(predictions):
    """Each tenth's interval is the jackknife over places, computed here one place after another."""
    rows = reliability(predictions, "lightgbm", with_intervals=True)
    known = predictions.filter(pl.col("fell").is_not_null())
    plain = reliability_by_tenths(known["risk_lightgbm"].to_numpy(), known["fell"].to_numpy())
    assert [row.tenth for row in rows] == plain
    left_out = []
    for place in known["place"].unique():
        rest = known.filter(pl.col("place") != place)
        tenths = reliability_by_tenths(rest["risk_lightgbm"].to_numpy(), rest["fell"].to_numpy())
        left_out.append(tenths[9].observed_share)
    low, high = jackknife_interval(plain[9].observed_share, left_out)
    assert (rows[9].observed.low, rows[9].observed.high) == pytest.approx((low, min(high, 1)))


def test_the_order_of_rows_changes_nothing(predictions):
    """Shuffled predictions give the same groups and the same curve."""
    shuffled = predictions.sample(fraction=1, shuffle=True, seed=3)
    arguments = {"further_share": 0.1, "with_intervals": True}
    for mine, other in zip(
        missed_groups(predictions, SURVEY_TERMS, **arguments),
        missed_groups(shuffled, SURVEY_TERMS, **arguments),
        strict=True,
    ):
        assert (mine.label, mine.n_fell) == (other.label, other.n_fell)
        assert mine.plan.value == pytest.approx(other.plan.value, nan_ok=True)
    shares = np.linspace(0, 1, 7)
    assert recall_curve(predictions, PLAN, shares).tolist() == pytest.approx(
        recall_curve(shuffled, PLAN, shares).tolist()
    )
