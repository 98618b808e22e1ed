"""How fast contributions and reasons are, against LightGBM, shap and woodelf, in one run.

Run by hand on a quiet machine, with the extra that holds the others:
``.venv/bin/pip install -c constraints.txt -e ".[benchmark]"``, then
``.venv/bin/python benchmarks/reasons.py ways`` (every way on one model: what a household costs) and
``.venv/bin/python benchmarks/reasons.py million`` (1,000,000 households: contributions and reasons
written). Seconds differ from machine to machine and from hour to hour; ratios of one run compare.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import platform
import resource
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fanpin_risk.explain.cause_sums import cause_contributions
from fanpin_risk.explain.contributions import Explainer, Way, largest_gap, require_additive
from fanpin_risk.explain.middle import middle_of
from fanpin_risk.explain.reasons import reasons
from fanpin_risk.indicators.catalogue import COUNTY, columns_of
from fanpin_risk.risk.model import RiskModel
from fanpin_risk.workflows.results import write_parquet

FloatArray = NDArray[np.float64]
N_COLUMNS = 150
AS_OF = date(2025, 8, 31)
HOUSEHOLDS_A_FILE = 100_000


def households(n: int, *, seed: int) -> FloatArray:
    """Made-up indicators: numbers, counts with many zeros, gaps."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(n, N_COLUMNS))
    matrix[:, :60] = np.abs(np.round(matrix[:, :60]))
    matrix[rng.random(matrix.shape) < 0.1] = np.nan
    return matrix


def trained(n_threads: int) -> RiskModel:
    """300 trees of 31 leaves on 30,000 households; the outcome hangs on many columns."""
    matrix = households(30_000, seed=1)
    known = np.nan_to_num(matrix)
    weights = 1 / np.sqrt(1 + np.arange(N_COLUMNS))
    score = known @ weights + known[:, 3] * known[:, 70]
    noise = np.random.default_rng(2).normal(size=len(score))
    return RiskModel(n_trees=300, n_leaves=31, min_leaf_size=50, n_threads=n_threads).fit(
        matrix, score + 2 * noise > np.quantile(score, 0.9)
    )


def seconds(run: Callable[[], object], *, times: int) -> float:
    """Return the shortest of several runs."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        run()
        took.append(time.perf_counter() - began)
    return min(took)


def ways(n: int, n_threads: int) -> None:
    """Time every way on the same model and households, a share of them for the slow ones."""
    model = trained(n_threads)
    matrix, few = households(n, seed=3), households(max(n // 40, 50), seed=3)
    began = time.perf_counter()
    explainer = Explainer.of(model)
    ready = time.perf_counter() - began
    explainer.contributions(few)  # compiled now, if it was not before
    single = Explainer.of(model, is_single=True)
    group = households(200, seed=4)
    against = Explainer.against(model, group)
    against.contributions(few[:5])
    slow = Explainer.of(model, way=Way.LIGHTGBM)
    found: dict[str, float] = {
        "LightGBM, prediction": seconds(lambda: model.raw_score(matrix), times=3) / n,
        "LightGBM, pred_contrib": seconds(
            lambda: slow.contributions(few, n_threads=n_threads), times=2
        )
        / len(few),
        "kernel, float64": seconds(
            lambda: explainer.contributions(matrix, n_threads=n_threads), times=3
        )
        / n,
        "kernel, float32": seconds(
            lambda: single.contributions(matrix, n_threads=n_threads), times=3
        )
        / n,
        "kernel, against 200 households": seconds(
            lambda: against.contributions(matrix, n_threads=n_threads), times=2
        )
        / n,
    }
    if importlib.util.find_spec("woodelf"):
        found |= _woodelf(model, matrix)
    found |= _shap(model, group, few)
    raw, exact = model.raw_score(few), slow.contributions(few)
    print(f"{platform.machine()}, {os.cpu_count()} cores, {n_threads} threads, {n} households")
    print(f"made ready in {ready:.1f} s (compiling included where it was not done before)\n")
    print("| way | microseconds a household | households a second | times prediction |")
    print("| --- | ---: | ---: | ---: |")
    for name, each in found.items():
        times = each / found["LightGBM, prediction"]
        print(f"| {name} | {1e6 * each:.1f} | {1 / each:,.0f} | {times:.1f} |")
    kernel = found["kernel, float64"]
    print(f"\npred_contrib / kernel: {found['LightGBM, pred_contrib'] / kernel:.1f}")
    if "woodelf" in found:
        print(f"woodelf / kernel: {found['woodelf'] / kernel:.1f}")
    print(f"largest difference to pred_contrib: {_gap(explainer, few, exact):.1e}")
    print(f"the same with float32: {_gap(single, few, exact):.1e}")
    print(f"largest gap to the score: {largest_gap(explainer.contributions(few), raw):.1e}")


def _gap(explainer: Explainer, few: FloatArray, exact: FloatArray) -> float:
    """Largest difference of any contribution."""
    return float(np.abs(explainer.contributions(few) - exact).max())


def _woodelf(model: RiskModel, matrix: FloatArray) -> dict[str, float]:
    """Time the library woodelf on complete data.

    What it works out anew at each call is not counted: the difference between all households and
    half of them is what a household costs.
    """
    import pandas as pd
    from woodelf import WoodelfExplainer

    names = [f"c{i}" for i in range(N_COLUMNS)]
    frame = pd.DataFrame(np.nan_to_num(matrix), columns=names)
    explainer = WoodelfExplainer(model.booster_, feature_perturbation="tree_path_dependent")
    explainer.shap_values(frame.iloc[:50])
    half = frame.iloc[: len(frame) // 2]
    whole_took = seconds(lambda: explainer.shap_values(frame), times=1)
    each = (whole_took - seconds(lambda: explainer.shap_values(half), times=1)) / len(half)
    exact = model.contributions(frame.iloc[:200].to_numpy())[:, :-1]
    gap = np.abs(np.asarray(explainer.shap_values(frame.iloc[:200])) - exact).max()
    print(f"woodelf's largest difference to pred_contrib: {gap:.1e}")
    return {"woodelf": each}


def _shap(model: RiskModel, group: FloatArray, few: FloatArray) -> dict[str, float]:
    """Time shap's own way against a group, on complete data; by paths it calls LightGBM."""
    import shap

    complete = np.nan_to_num(few[:50])
    explainer = shap.TreeExplainer(
        model.booster_, data=np.nan_to_num(group), feature_perturbation="interventional"
    )
    took = seconds(lambda: explainer.shap_values(complete, check_additivity=False), times=1)
    return {"shap, against 200 households": took / len(complete)}


def _frame(matrix: FloatArray, names: list[str], first: int) -> pl.DataFrame:
    """Indicators as a frame, under household numbers from ``first`` on."""
    ids = pl.Series("household_id", [f"h{first + i:08d}" for i in range(len(matrix))])
    frame = pl.DataFrame(matrix, schema=names, orient="row").insert_column(0, ids)
    return frame.with_columns(pl.col(names).fill_nan(None))


def million(n: int, n_threads: int) -> None:
    """Explain n households and write contributions and reasons, part by part."""
    columns = columns_of(COUNTY)[:N_COLUMNS]
    names = [column.name for column in columns]
    model = trained(n_threads)
    explainer = Explainer.of(model)
    explainer.contributions(households(10, seed=5))
    clock = dict.fromkeys(("score", "contributions", "write contributions", "causes"), 0.0)
    clock |= {"reasons": 0.0, "write reasons": 0.0}
    total = 0.0
    # what households are compared with comes from one part here; a batch has it from all
    middle = middle_of(_frame(households(HOUSEHOLDS_A_FILE, seed=99), names, 0), columns)
    with tempfile.TemporaryDirectory() as folder:
        for part, first in enumerate(range(0, n, HOUSEHOLDS_A_FILE)):
            size = min(HOUSEHOLDS_A_FILE, n - first)
            matrix = households(size, seed=100 + part)
            features = _frame(matrix, names, first)
            ids = features["household_id"]
            began = time.perf_counter()
            raw = model.raw_score(matrix)
            clock["score"] += time.perf_counter() - began
            began = time.perf_counter()
            found = explainer.contributions(matrix, n_threads=n_threads)
            require_additive(found, raw)
            clock["contributions"] += time.perf_counter() - began
            began = time.perf_counter()
            frame = pl.DataFrame(found, schema=[*names, "base"], orient="row")
            frame.insert_column(0, ids)
            write_parquet(frame, Path(folder) / f"contributions{part}.parquet")
            clock["write contributions"] += time.perf_counter() - began
            began = time.perf_counter()
            of_causes = cause_contributions(frame, features, columns)
            write_parquet(of_causes, Path(folder) / f"causes{part}.parquet")
            clock["causes"] += time.perf_counter() - began
            began = time.perf_counter()
            seen = pl.repeat(AS_OF, size, dtype=pl.Date, eager=True)
            told = reasons(
                found[:, :-1],
                features,
                columns,
                seen_on=seen,
                as_of=AS_OF,
                raw_score=raw,
                middle=middle,
            )
            clock["reasons"] += time.perf_counter() - began
            began = time.perf_counter()
            write_parquet(told, Path(folder) / f"reasons{part}.parquet")
            clock["write reasons"] += time.perf_counter() - began
            total = sum(clock.values())
            print(f"{first + size:>9,} households {total:6.1f} s", flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(f"\n{os.cpu_count()} cores, {n_threads} threads, peak memory {peak:.1f} GiB\n")
    print("| step | seconds | share |\n| --- | ---: | ---: |")
    for step, took in clock.items():
        print(f"| {step} | {took:.1f} | {took / total:.0%} |")
    print(f"| together | {total:.1f} | |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["ways", "million"])
    parser.add_argument("--households", type=int)
    parser.add_argument("--threads", type=int, default=2)
    chosen = parser.parse_args()
    if chosen.what == "ways":
        ways(chosen.households or 60_000, chosen.threads)
    else:
        million(chosen.households or 1_000_000, chosen.threads)
