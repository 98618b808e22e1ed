"""How long the truth of a simulated county takes, and what it says about the county.

Run by hand on a quiet machine: ``.venv/bin/python benchmarks/county_truth.py``. Prints seconds for
each household, day and future; the share of variance between common paths; what help changes; and
what the state oracle finds. Nothing of it is a target.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from fanpin_risk.simulate.county.county import BURN_IN_MONTHS
from fanpin_risk.simulate.county.futures import Drawn, Estimand
from fanpin_risk.simulate.county.must_visit import MustVisitSettings, must_visit_facts
from fanpin_risk.simulate.county.need import line_fen
from fanpin_risk.simulate.county.oracle import (
    Estimate,
    first_half_share,
    found_beyond,
    second_half,
    share_between_paths,
    targeting,
)
from fanpin_risk.simulate.county.parameters import load_parameters
from fanpin_risk.simulate.county.sampling import Sample, sampled
from fanpin_risk.simulate.county.start import start
from fanpin_risk.simulate.county.step import Engine
from fanpin_risk.simulate.county.truth import TruthRequest, draw_truth

ROOT = Path(__file__).parents[1]
VISITED_SHARES = (0.02, 0.05, 0.1)


def shown(estimate: Estimate) -> str:
    """A figure with its Monte Carlo error."""
    return f"{estimate.value:.3f} ± {estimate.standard_error:.3f}"


def weighted_share(sample: Sample, outcomes: np.ndarray, asked: np.ndarray) -> float:
    """Weighted share of futures, of the households asked for."""
    weight = 1 / sample.inclusion_probability
    return float((weight * outcomes.mean(axis=1))[asked].sum() / weight[asked].sum())


def tell(sample: Sample, futures: dict[Estimand, Drawn], must: np.ndarray) -> None:
    """Print what the futures of one day say."""
    asked = ~sample.is_in_need_now
    poor = sample.state.households.is_former_poor[sample.rows]
    weight = (1 / sample.inclusion_probability)[asked]
    print(f"\nMonth {sample.state.month}: {len(asked)} of {sample.n_frame} households\n")
    print("| estimand | first need in 12 months | in need at 12 months | the same, former poor |")
    print("| --- | ---: | ---: | ---: |")
    for estimand, drawn in futures.items():
        event, status = drawn.has_event(12), drawn.has_status(12)
        print(
            f"| {estimand} | {weighted_share(sample, event, asked):.2%} "
            f"| {weighted_share(sample, status, np.ones_like(asked)):.2%} "
            f"| {weighted_share(sample, status, poor):.2%} |"
        )
    event = futures[Estimand.AS_THINGS_ARE].has_event(12)[asked]
    print(
        f"\nVariance of the total between common paths: {shown(share_between_paths(event, weight))}"
    )
    score, judged = first_half_share(event), second_half(event)
    share_must = float(weight[must[asked]].sum() / weight.sum())
    n_must = share_must * weight.sum()
    found = targeting(must[asked].astype(float), judged, weight, n_must)
    print(f"Must-visits: {share_must:.1%} of households, recall {shown(found.recall)}\n")
    print("| visits | recall of the oracle | precision | falls beyond the must-visits | random |")
    print("| ---: | ---: | ---: | ---: | ---: |")
    for share in VISITED_SHARES:
        n_visits = share * float(weight.sum())
        best = targeting(score, judged, weight, n_visits)
        further = found_beyond(score, judged, weight, must[asked], n_visits)
        chance = found_beyond(np.zeros(len(score)), judged, weight, must[asked], n_visits)
        print(
            f"| {share:.0%} | {shown(best.recall)} | {shown(best.precision)} "
            f"| {shown(further)} | {shown(chance)} |"
        )


def main() -> None:
    """Simulate a county, draw its truth on some days, print figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--households", type=int, default=12_000)
    parser.add_argument("--sample", type=int, default=1_250, help="households of each day")
    parser.add_argument("--days", type=int, default=4)
    parser.add_argument("--futures", type=int, default=100)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--preset", default="northeast")
    parser.add_argument("--world", default="main")
    asked = parser.parse_args()
    parameters = load_parameters(
        ROOT / "configs/simulation", preset=asked.preset, world=asked.world
    )
    engine = Engine.of(parameters)
    visits = parameters.theme("must_visit", MustVisitSettings)
    state = start(parameters, asked.households, seed=1, county=1)
    samples, musts = [], []
    for month in range(-BURN_IN_MONTHS, 12 * asked.days):
        engine.step(state, keeps_events=False)
        if month % 12 == 11 and month > 0:
            line = line_fen(month, engine.need)
            sample = sampled(state, n=asked.sample, line_fen=line)
            facts = must_visit_facts(sample.state, month, visits, line)
            samples.append(sample)
            musts.append(facts[sample.rows] > 0)
    request = TruthRequest(n_futures=asked.futures, estimands=tuple(Estimand))
    began = time.perf_counter()
    futures = draw_truth(
        engine, samples, request, digest=parameters.digest, n_processes=asked.processes
    )
    seconds = time.perf_counter() - began
    n = sum(len(sample.rows) for sample in samples) * asked.futures * len(request.estimands)
    with_kin = sum(s.state.households.n for s in samples) / sum(len(s.rows) for s in samples)
    print(
        f"{seconds:.0f} s with {asked.processes} processes: {1e6 * seconds / n:.1f} microseconds a "
        f"household, future and estimand; {with_kin:.2f} households live for each that is asked for"
    )
    for sample, by_estimand, must in zip(samples, futures, musts, strict=True):
        tell(sample, by_estimand, must)


if __name__ == "__main__":
    main()
