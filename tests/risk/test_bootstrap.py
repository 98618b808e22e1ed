"""Intervals by cluster: shared draws, the layout of results, and whether they cover."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from fanpin_risk.errors import SchemaError
from fanpin_risk.risk import metrics
from fanpin_risk.risk.bootstrap import (
    Budgets,
    bootstrap,
    cluster_draws,
    interval,
    jackknife_interval,
    paired_difference,
)


def panel(seed, *, n_places=20, n=2_000, n_dates=3):
    """Two noisy scores of one latent need, in places that share a shock."""
    rng = np.random.default_rng(seed)
    place = rng.integers(0, n_places, n)
    need = rng.normal(size=n)
    shock = rng.normal(0, 0.3, n_places)[place]
    fell = (rng.random(n) < 1 / (1 + np.exp(2 - need - shock))).astype(float)
    scores = {"good": need + 0.5 * rng.normal(size=n), "poor": need + 2 * rng.normal(size=n)}
    return {
        "place": place,
        "date": rng.integers(0, n_dates, n),
        "fell": fell,
        "scores": scores,
        "must": need > 1.8,
    }


def run(data, *, n_replicates=60, seed=3, **options):
    """Bootstrap a panel with its dates and must-visits."""
    draws = cluster_draws(data["place"], n_replicates=n_replicates, seed=seed)
    return bootstrap(
        data["scores"],
        data["fell"],
        draws,
        date=data["date"],
        must_visit=data["must"],
        pairs=[("good", "poor")],
        **options,
    )


def test_intervals_are_those_of_recomputed_replicates():
    """AUC of two methods and their difference: repeat the rows, measure, take percentiles."""
    data = panel(1)
    result = run(data)
    draws = cluster_draws(data["place"], n_replicates=60, seed=3)

    def again(times):
        rows = np.repeat(np.arange(2_000), np.asarray(times)[data["place"]].astype(int))
        return [metrics.auc(data["scores"][m][rows], data["fell"][rows]) for m in ("good", "poor")]

    good, poor = np.array([again(times) for times in draws.multiplicity]).T
    assert row_interval(result["methods"]["good"]["auc"]) == pytest.approx(interval(good))
    assert row_interval(result["differences"]["good - poor"]["auc"]) == pytest.approx(
        paired_difference(good, poor)
    )
    left = np.array([again(np.arange(20) != g) for g in range(20)])
    value = metrics.auc(data["scores"]["good"], data["fell"])
    row = result["methods"]["good"]["auc"]
    assert row["value"] == pytest.approx(value, abs=1e-12)
    assert (row["jackknife_low"], row["jackknife_high"]) == pytest.approx(
        jackknife_interval(value, left[:, 0])
    )


def row_interval(row):
    """Percentile ends of one row of the result."""
    return row["low"], row["high"]


def test_one_date_is_the_simple_case():
    """Without dates a list is the top share of all rows, as in at_k."""
    data = panel(2)
    draws = cluster_draws(data["place"], n_replicates=5, seed=1)
    result = bootstrap(data["scores"], data["fell"], draws, budgets=Budgets(shares=(0.1,)))
    for name, score in data["scores"].items():
        top = metrics.at_k(score, data["fell"], 200)
        row = result["methods"][name]
        assert row["precision_at_10%"]["value"] == pytest.approx(top.precision, abs=1e-12)
        assert row["recall_at_10%"]["value"] == pytest.approx(top.recall, abs=1e-12)
        assert row["lift_at_10%"]["value"] == pytest.approx(top.lift, abs=1e-12)


def test_results_are_plain_nested_dicts_of_numbers():
    """A writer can put them into JSON as they are, and every row has the same five keys."""
    risk = {"good": np.clip(panel(3)["scores"]["good"] / 10 + 0.5, 0, 1)}
    result = run(panel(3), risks=risk)
    assert json.loads(json.dumps(result, allow_nan=False)) == result
    keys = {"value", "low", "high", "jackknife_low", "jackknife_high"}
    tables = (result["methods"], result["differences"], result["ratios"])
    assert all(set(r) == keys for table in tables for m in table.values() for r in m.values())
    assert {"auc", "average_precision", "brier", "expected_over_observed"} <= set(
        result["methods"]["good"]
    )
    assert "brier" not in result["methods"]["poor"]
    assert {"precision_at_2%", "recall_at_must+0%", "further_falls_at_5%"} <= set(
        result["methods"]["poor"]
    )
    assert result["design"] == {
        "n_clusters": 20,
        "n_replicates": 60,
        "largest_cluster_share": pytest.approx(np.bincount(panel(3)["place"]).max() / 2_000),
        "level": 0.95,
        "basis": "jackknife",
    }


def test_differences_and_ratios_are_of_the_values():
    """The value of a row is the difference, or ratio, of the two methods' values."""
    result = run(panel(4))
    good, poor = (result["methods"][m]["further_falls_at_5%"]["value"] for m in ("good", "poor"))
    assert result["differences"]["good - poor"]["further_falls_at_5%"]["value"] == good - poor
    assert result["ratios"]["good / poor"]["further_falls_at_5%"]["value"] == good / poor
    assert set(result["ratios"]["good / poor"]) == {
        *(f"further_falls_at_{e}%" for e in (2, 5, 10)),
        *(f"recall_at_{e}%" for e in (2, 5, 10)),
        *(f"recall_at_must+{e}%" for e in (0, 2, 5, 10)),
    }


def test_the_same_rows_in_another_order_give_the_same_result():
    """Shuffled rows change no bit, since sums of whole numbers are exact."""
    data = panel(5)
    order = np.random.default_rng(0).permutation(2_000)
    shuffled = {
        name: {m: s[order] for m, s in value.items()} if name == "scores" else value[order]
        for name, value in data.items()
    }
    assert run(data) == run(shuffled)


def test_a_method_against_itself_differs_by_nothing():
    """The draws are shared: every replicate of the difference is 0, every ratio 1."""
    data = panel(6)
    data["scores"]["poor"] = data["scores"]["good"]
    result = run(data)
    assert all(set(r.values()) == {0.0} for r in result["differences"]["good - poor"].values())
    assert all(
        list(r.values()) == pytest.approx([1.0] * 5)
        for r in result["ratios"]["good / poor"].values()
    )


def test_a_constant_score_is_the_random_order():
    """AUC a half, and lift 1 at every list."""
    data = panel(7)
    data["scores"]["poor"] = np.zeros(2_000)
    data["date"] = np.zeros(2_000)
    random = run(data)["methods"]["poor"]
    assert random["auc"]["value"] == pytest.approx(0.5, abs=1e-12)
    for name, row in random.items():
        if name.startswith("lift"):
            assert list(row.values()) == pytest.approx([1.0] * 5, abs=1e-9)


@pytest.mark.parametrize(
    ("n_places", "largest", "basis"),
    [
        pytest.param(14, False, "none", id="too few clusters for any interval"),
        pytest.param(15, False, "jackknife", id="enough for the jackknife"),
        pytest.param(40, False, "bootstrap", id="enough for the bootstrap"),
        pytest.param(40, True, "jackknife", id="one cluster above a tenth"),
    ],
)
def test_the_number_of_clusters_says_which_interval_to_read(n_places, largest, basis):
    """Below 15 clusters no interval is given at all."""
    data = panel(8)
    data["place"] = np.arange(2_000) % n_places
    if largest:
        data["place"][:300] = 0
    result = run(data, n_replicates=20)
    assert result["design"]["basis"] == basis
    row = result["methods"]["good"]["auc"]
    assert math.isfinite(row["value"])
    assert math.isnan(row["low"]) == (basis == "none")
    assert math.isnan(row["jackknife_high"]) == (basis == "none")


def test_weights_move_the_measures():
    """With the falls' weight doubled the precision follows at_k's weighted precision."""
    data = panel(9)
    weight = 1 + data["fell"]
    draws = cluster_draws(data["place"], n_replicates=5, seed=1)
    result = bootstrap(
        data["scores"], data["fell"], draws, weight=weight, budgets=Budgets(shares=(0.1,))
    )
    top = metrics.at_k(data["scores"]["good"], data["fell"], 200, weight)
    row = result["methods"]["good"]["precision_at_10%"]
    assert row["value"] == pytest.approx(top.precision, abs=1e-12)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"pairs": [("good", "none")]}, r"methods \['none'\]", id="no such method"),
        pytest.param({"risks": {"vep": [0.1] * 3}}, r"methods \['vep'\]", id="risk without score"),
        pytest.param({"date": [1, 2]}, "date must have one value a row: 3 rows", id="dates"),
        pytest.param({"must_visit": [1, 0, 0]}, "must_visit must be true or false", id="flags"),
        pytest.param({"budgets": Budgets(further=(0.1,))}, "need must_visit", id="no must-visits"),
        pytest.param({"scores": {"good": [1, 2]}}, "score of good must have one", id="length"),
        pytest.param({"scores": {"good": [1, 2, np.nan]}}, "score of good is missing", id="NaN"),
        pytest.param({"risks": {"good": [0, 1, 2]}}, r"risk must lie in \[0, 1\]", id="no risk"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(change, words):
    """The message names the argument or the method."""
    options = {"scores": {"good": [3, 2, 1]}, "outcome": [1, 0, 0], **change}
    draws = cluster_draws(["a", "b", "c"], n_replicates=2, seed=1)
    with pytest.raises(SchemaError, match=words):
        bootstrap(options.pop("scores"), options.pop("outcome"), draws, **options)


def test_both_intervals_cover_about_as_often_as_they_say():
    """Of 150 panels of 32 places with shared shocks, 95% intervals of the AUC hold the truth."""
    truth = float(
        np.mean([metrics.auc(d["scores"]["good"], d["fell"]) for d in map(wide, range(900, 920))])
    )
    held = np.zeros(2)
    for seed in range(150):
        data = wide(seed, n_places=32, n=640)
        draws = cluster_draws(data["place"], n_replicates=200, seed=seed)
        row = bootstrap({"good": data["scores"]["good"]}, data["fell"], draws, budgets=Budgets())[
            "methods"
        ]["good"]["auc"]
        held += [
            row["low"] <= truth <= row["high"],
            row["jackknife_low"] <= truth <= row["jackknife_high"],
        ]
    assert np.all(held / 150 >= 0.88)
    assert np.all(held / 150 <= 0.995)


def wide(seed, *, n_places=1_000, n=20_000):
    """A panel of many places, to measure what the small ones are drawn from."""
    return panel(seed, n_places=n_places, n=n)
