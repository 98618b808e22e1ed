"""Quality of reasons: hand-computed cases, and a slow way beside the quick one."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from fanpin_risk.causes import Cause
from fanpin_risk.errors import SchemaError
from fanpin_risk.explain.neighbours import nearest_others, positions
from fanpin_risk.explain.quality import (
    CAUSES,
    GROUP_WORDS,
    MEANS_SCHEMA,
    NOTHING,
    QUALITY_WORDS,
    Named,
    consistency,
    means_with_intervals,
    named_causes,
    reach,
    risk_groups,
    stability,
)
from fanpin_risk.risk.resampling import cluster_draws


def lines(*rows):
    """Lines of reasons: household, rank, cause, evidence's column (empty: nothing raises it)."""
    return pl.DataFrame(
        [(h, rank, cause.value, f"{column}=1.0@2023-01-31" if column else "")
         for h, rank, cause, column in rows],
        schema=["household_id", "rank", "cause", "evidence"],
        orient="row",
    )  # fmt: skip


def named(*households):
    """What households are told, each as its causes, the first one first."""
    causes = np.zeros((len(households), len(CAUSES)), dtype=bool)
    first = np.full(len(households), NOTHING)
    for row, told in enumerate(households):
        for place, cause in enumerate(told):
            causes[row, CAUSES.index(cause)] = True
            if place == 0:
                first[row] = CAUSES.index(cause)
    return Named(first=first, causes=causes, first_evidence=("",) * len(households))


ILL, OLD, WORK, WATER = (
    *(Cause.ILLNESS, Cause.LACK_OF_LABOUR, Cause.UNSTABLE_WORK, Cause.UNSAFE_WATER),
)


def test_what_is_named_follows_the_order_asked_for():
    """Causes stand in the order of the households given, however the lines are sorted."""
    told = lines(("b", 2, OLD, "heads"), ("a", 1, WORK, "wage"), ("b", 1, ILL, "cost"))
    found = named_causes(told, pl.Series(["b", "a"]))
    assert found.first.tolist() == [CAUSES.index(ILL), CAUSES.index(WORK)]
    assert found.first_evidence == ("cost", "wage")
    assert found.causes.sum(axis=1).tolist() == [2, 1]


def test_a_line_that_says_nothing_names_no_cause():
    """The line that nothing else raises the score is filed under other causes and is none."""
    found = named_causes(lines(("a", 1, Cause.OTHER, ""), ("b", 1, Cause.OTHER, "x")),
                         pl.Series(["a", "b"]))  # fmt: skip
    assert found.first.tolist() == [NOTHING, CAUSES.index(Cause.OTHER)]
    assert found.has_reason.tolist() == [False, True]
    assert not found.causes[0].any()


def test_only_the_first_reasons_count():
    """What stands fourth is not looked at unless it is asked for."""
    told = lines(*[("a", n + 1, cause, "x") for n, cause in enumerate((ILL, OLD, WORK, WATER))])
    assert not named_causes(told, pl.Series(["a"])).causes[0, CAUSES.index(WATER)]
    assert named_causes(told, pl.Series(["a"]), n_first=4).causes[0, CAUSES.index(WATER)]


def test_who_has_no_line_is_not_passed_over():
    """A household without any line is an error, not a household without reason."""
    with pytest.raises(SchemaError, match=r"1 of 2 households have no line of reasons.*'b'"):
        named_causes(lines(("a", 1, ILL, "x")), pl.Series(["a", "b"]))


def test_overlap_and_first_cause_by_hand():
    """Two of four causes in common is a half; the first cause is compared by itself."""
    kept = named((ILL, OLD, WORK), (ILL,), ())
    other = named((OLD, ILL, WATER), (ILL,), ())
    found = stability(kept, [other])
    assert found["overlap_of_three"].tolist() == [0.5, 1.0, 1.0]
    assert found["first_cause_stays"].tolist() == [0.0, 1.0, 1.0]


def test_a_reason_that_vanishes_is_no_overlap():
    """Nothing said where something was said before shares nothing and does not stay."""
    found = stability(named((ILL,)), [named(()), named((ILL,))])
    assert found["overlap_of_three"].tolist() == [0.5]
    assert found["first_cause_stays"].tolist() == [0.5]


def test_stability_needs_a_refit():
    """Without a refit nothing is said to be stable."""
    with pytest.raises(SchemaError, match="at least one refit"):
        stability(named((ILL,)), [])


def test_chance_is_what_all_other_households_would_give():
    """The share of a random pair is the mean over everybody else, without oneself."""
    first = np.array([0, 0, 0, 1, 2, 2])
    asked = np.array([0, 3, 4])
    found = consistency(first, asked, np.array([1, 0, 5]))
    slow = [np.mean([first[i] == first[j] for j in range(6) if j != i]) for i in asked]
    assert found["first_cause_as_anybody"][asked].tolist() == pytest.approx(slow)
    assert found["first_cause_as_nearest"][asked].tolist() == [1.0, 0.0, 1.0]
    assert np.isnan(found["first_cause_as_nearest"][[1, 2, 5]]).all()
    assert found["nearest_minus_anybody"][asked].tolist() == pytest.approx(
        np.array([1.0, 0.0, 1.0]) - slow
    )


def column(name, *, table="household_snapshot", is_actionable=False):
    """As much of a catalogue's column as is looked at."""
    return SimpleNamespace(
        name=name, indicator=SimpleNamespace(table=table, is_actionable=is_actionable)
    )


def test_what_a_visit_can_do():
    """All fixed needs a reason; one that can be acted on is enough; a place is not a household."""
    columns = [
        column("age"),
        column("cost", is_actionable=True),
        column("rain", table="place_view"),
    ]
    told = lines(
        ("fixed", 1, OLD, "age"), ("fixed", 2, Cause.OTHER, ""),
        ("open", 1, OLD, "age"), ("open", 2, ILL, "cost"),
        ("late", 1, OLD, "age"), ("late", 4, ILL, "cost"),
        ("silent", 1, Cause.OTHER, ""),
        ("place", 1, Cause.DISASTER, "rain"), ("place", 2, ILL, "cost"),
    )  # fmt: skip
    homes = pl.Series(["fixed", "open", "late", "silent", "place"])
    found = reach(told, homes, columns)
    assert found["all_fixed"].tolist() == [1, 0, 1, 0, 0]
    assert found["no_reason"].tolist() == [0, 0, 0, 1, 0]
    assert found["first_of_place"].tolist() == [0, 0, 0, 0, 1]


def test_nearest_is_what_a_slow_search_finds():
    """Block by block the same neighbours as one comparison after the other, ties included."""
    rng = np.random.default_rng(3)
    table = pl.DataFrame(
        {
            "a": rng.integers(0, 4, 700).astype(float),
            "b": rng.normal(size=700).round(1),
            "code": rng.choice(["x", "y", "z"], 700),
        }
    ).with_columns(b=pl.when(pl.col("a") > 0).then("b"))
    places = positions(table)
    asked = np.arange(0, 700, 2)
    slow = []
    for row in asked:
        distance = ((places - places[row]) ** 2).sum(axis=1)
        distance[row] = np.inf
        slow.append(int(np.argmin(distance)))
    assert nearest_others(places, asked).tolist() == slow


def test_positions_do_not_hang_on_scale_nor_on_what_is_the_same_for_all():
    """Ranks stay under any rising transformation; a constant column counts nothing."""
    values = np.array([3.0, 1.0, 10.0, 2.0])
    plain = positions(pl.DataFrame({"a": values}))
    bent = positions(pl.DataFrame({"a": np.exp(values), "same": [1.0] * 4, "code": ["x"] * 4}))
    assert plain.tolist() == bent.tolist()


def test_not_known_is_a_value_of_its_own():
    """Two households of whom the same is not known are nearer than one of whom it is."""
    table = pl.DataFrame({"a": [None, None, 0.0, 5.0, 6.0]}, schema={"a": pl.Float64})
    assert nearest_others(positions(table), np.array([0, 2])).tolist() == [1, 3]


def test_a_nearest_other_needs_another():
    """One household alone has no neighbour."""
    with pytest.raises(SchemaError, match="needs two, got 1"):
        nearest_others(np.zeros((1, 2)), np.array([0]))


def test_means_are_over_households_and_only_those_asked():
    """A value that is not there, or outside the group, has no part in a mean."""
    values = {"m": np.array([1.0, 0.0, np.nan, 1.0])}
    groups = {"all": np.ones(4, dtype=bool), "some": np.array([True, True, True, False])}
    draws = cluster_draws(["a", "a", "b", "b"], n_replicates=50, seed=1)
    found = means_with_intervals(values, groups, draws)
    assert found.schema == pl.Schema(MEANS_SCHEMA)
    assert found["value"].to_list() == pytest.approx([2 / 3, 0.5])
    assert found["n_households"].to_list() == [3, 2]
    assert found["low"].to_list() == [None, None], "two villages say nothing about others"


def test_an_interval_is_that_of_villages_drawn_again():
    """The quick sums give what drawing whole villages and averaging their households gives."""
    rng = np.random.default_rng(8)
    village = np.repeat(np.arange(60), 20)
    value = (rng.random(1200) < rng.beta(1, 3, 60)[village]).astype(float)
    draws = cluster_draws(village, n_replicates=200, seed=4)
    row = means_with_intervals({"m": value}, {"all": np.ones(1200, dtype=bool)}, draws).row(
        0, named=True
    )
    slow = [
        np.mean(
            np.concatenate([np.repeat(value[village == v], int(m)) for v, m in enumerate(took)])
        )
        for took in draws.multiplicity
    ]
    assert (row["low"], row["high"]) == pytest.approx(tuple(np.quantile(slow, [0.025, 0.975])))
    alone = cluster_draws(np.arange(1200), n_replicates=200, seed=4)
    other = means_with_intervals({"m": value}, {"all": np.ones(1200, dtype=bool)}, alone)
    assert row["high"] - row["low"] > 1.5 * (other["high"] - other["low"])[0]


def test_few_villages_are_left_out_one_by_one():
    """Between 15 and 40 clusters the interval lies evenly about the value; nobody: no value."""
    value = np.tile([0.0, 1.0, 1.0], 20)
    draws = cluster_draws(np.arange(60) // 3 % 20, n_replicates=50, seed=1)
    groups = {"all": np.ones(60, dtype=bool), "nobody": np.zeros(60, dtype=bool)}
    everybody, nobody = means_with_intervals({"m": value}, groups, draws).iter_rows(named=True)
    assert everybody["low"] + everybody["high"] == pytest.approx(2 * everybody["value"])
    assert (nobody["value"], nobody["n_households"]) == (None, 0)


def test_groups_and_measures_have_words():
    """Every group and measure can be shown in both languages."""
    some = named((ILL,), ())
    found = stability(some, [some]) | consistency(some.first, np.array([0]), np.array([1]))
    found |= reach(lines(("a", 1, ILL, "x")), pl.Series(["a"]), [column("x")])
    assert set(found) == set(QUALITY_WORDS)
    assert set(risk_groups(np.arange(2.0), np.ones(2, dtype=bool))) == set(GROUP_WORDS)
