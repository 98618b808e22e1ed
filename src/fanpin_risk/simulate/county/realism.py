"""Realism tests: figures of simulated counties beside those that are known of real ones.

The targets are in `realism_targets`; none of them is about a model, and what is missed stays in the
table as missed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import polars as pl

from fanpin_risk.simulate.county.county import BURN_IN_MONTHS, follow
from fanpin_risk.simulate.county.kinds import Monitored, Shock
from fanpin_risk.simulate.county.month import Month
from fanpin_risk.simulate.county.need import line_fen
from fanpin_risk.simulate.county.parameters import Parameters
from fanpin_risk.simulate.county.realism_targets import TARGETS
from fanpin_risk.simulate.county.realism_watch import (
    RealismWatch,
    YearEnd,
    has_cause,
    is_from_platform,
)
from fanpin_risk.simulate.county.start import start
from fanpin_risk.simulate.county.state import State
from fanpin_risk.simulate.county.step import Engine

Floats = npt.NDArray[np.float64]
Progress = Callable[[str], None]

_YEAR_MONTHS = 12
_STOCK_MONTH = 23
_LEAST_IN_PLACE = 30
_NAN = float("nan")


SCHEMA: dict[str, pl.DataType] = {
    "preset": pl.String(),
    "seed": pl.Int64(),
    "figure": pl.String(),
    "value": pl.Float64(),
}


def watched(
    parameters: Parameters, n_households: int, n_months: int, *, seed: int, county: int = 1
) -> RealismWatch:
    """Simulate a county, and write down what its realism tests need.

    Parameters
    ----------
    parameters
        Of any preset and world.
    n_households
        At its start, before the burn-in.
    n_months
        After the burn-in; 36 at least, so that each figure has some years.
    seed, county
        As in `start`.
    """
    state = start(parameters, n_households, seed=seed, county=county)
    engine = Engine.of(parameters)
    for _ in range(BURN_IN_MONTHS):
        engine.step(state, keeps_events=False)
    watch = RealismWatch(_STOCK_MONTH)

    def take(now: State, month: Month) -> None:
        watch.take(now, month, line_fen(month.month, engine.need))

    follow(engine, state, n_months, asks_causes=False, watch=take)
    return watch


def realism(
    counties: Mapping[str, Parameters],
    seeds: Sequence[int],
    *,
    n_households: int,
    n_months: int,
    progress: Progress | None = None,
) -> pl.DataFrame:
    """Every figure of `TARGETS` for some counties.

    Parameters
    ----------
    counties
        Parameters by preset.
    seeds
        One county for each.
    n_households, n_months
        As in `watched`.
    progress
        Told which county comes next.

    Returns
    -------
    pl.DataFrame
        Columns of `SCHEMA`; nan where a figure cannot be told, as there was nothing to count.
    """
    parts = [pl.DataFrame(schema=SCHEMA)]
    for preset, parameters in counties.items():
        for seed in seeds:
            if progress is not None:
                progress(f"{preset}, seed {seed}")
            found = figures(watched(parameters, n_households, n_months, seed=seed))
            names = [target.name for target in TARGETS[preset]]
            rows = [(preset, seed, name, found[name]) for name in names]
            parts.append(pl.DataFrame(rows, schema=SCHEMA, orient="row"))
    return pl.concat(parts)


def figures(watch: RealismWatch) -> dict[str, float]:
    """Every figure of a county, by the name of its target."""
    return {
        **_listing_figures(watch),
        **_standing_figures(watch),
        **_income_figures(watch.year_ends),
        **_falling_figures(watch.year_ends),
    }


def _listing_figures(watch: RealismWatch) -> dict[str, float]:
    """Figures of new listings and of the channels that led to them."""
    listed = watch.listed()
    here = np.array(watch.n_here)
    is_first = listed.month < _YEAR_MONTHS
    n_first, n_later = int(is_first.sum()), int((~is_first).sum())
    shares = {shock: _share(has_cause(listed, shock)) for shock in Shock}
    next_one = max(share for shock, share in shares.items() if shock != Shock.ILLNESS)
    return {
        "new listings a household and year, first year": _over(
            n_first, here[:_YEAR_MONTHS].sum() / _YEAR_MONTHS
        ),
        "new listings a household and year, later": _over(
            n_later, here[_YEAR_MONTHS:].sum() / _YEAR_MONTHS
        ),
        "share of sudden among new listings": _share(listed.monitored == Monitored.SUDDEN),
        "share of medical warnings that led to a listing": _over(
            watch.n_medical_listed, watch.n_medical_warnings
        ),
        "share of new listings found by comparison of data": _share(is_from_platform(listed)),
        "illness among causes of new listings": shares[Shock.ILLNESS],
        "illness among causes, less the next one": shares[Shock.ILLNESS] - next_one,
    }


def _standing_figures(watch: RealismWatch) -> dict[str, float]:
    """Figures of stocks: who is listed, in need, eliminated, poor but for help."""
    ends = watch.year_ends
    ever = watch.stock.n_ever if watch.stock else {}
    gone = watch.stock.n_eliminated if watch.stock else {}
    shares = {kind: _over(gone[kind], ever[kind]) for kind in ever}
    others = [share for kind, share in shares.items() if kind != Monitored.SUDDEN]
    poor = [end.is_former_poor & (end.members > 0) for end in ends]
    below = [_per_head(end, end.income_fen - end.help_fen) < end.line_fen for end in ends]
    hidden = sum(int((end.is_in_need & ~end.is_listed).sum()) for end in ends)
    return {
        "eliminated among ever listed, after two years": _over(
            sum(gone.values()), sum(ever.values())
        ),
        "eliminated of sudden, less the least of the other types": (
            shares.get(Monitored.SUDDEN, _NAN) - min(others, default=_NAN)
        ),
        "former poor in need now": _pooled([e.is_in_need for e in ends], poor),
        "former poor below the line without all help": _pooled(below, poor),
        "need not listed, over listed stock": _over(
            hidden, sum(int(end.is_listed.sum()) for end in ends)
        ),
        "persons a household": _over(
            sum(int(end.members.sum()) for end in ends),
            sum(int((end.members > 0).sum()) for end in ends),
        ),
        "persons of 65 and over": _over(
            sum(end.n_old for end in ends), sum(int(end.members.sum()) for end in ends)
        ),
    }


def _income_figures(ends: Sequence[YearEnd]) -> dict[str, float]:
    """Figures of incomes, a head; persons count, not households, except for changes."""
    ratios, below, correlations, kurtoses = [], [], [], []
    for end in ends:
        income = _per_head(end, end.income_fen)
        ratios.append(
            _weighted_median(income, end.members) / np.average(income, weights=end.members)
        )
        below.append(np.average(income < end.line_fen, weights=end.members))
    for first, second in pairwise(ends):
        n = len(first.members)
        a, b = _per_head(first, first.income_fen), _per_head(second, second.income_fen)[:n]
        both = (a > 0) & (b > 0) & (first.members > 0) & (second.members[:n] > 0)
        x, y = np.log(a[both]), np.log(b[both])
        correlations.append(_correlation(x, y))
        kurtoses.append(_excess_kurtosis(y - x))
    return {
        "income a head: median over mean": _mean(ratios),
        "persons below the line": _mean(below),
        "correlation of log income with a year later": _mean(correlations),
        "excess kurtosis of its changes": _mean(kurtoses),
    }


def _falling_figures(ends: Sequence[YearEnd]) -> dict[str, float]:
    """How far the odds of falling within a year differ between villages and between years."""
    places, levels = [], []
    for end in ends[:-1]:
        asked = (end.members > 0) & ~end.is_in_need
        n = np.bincount(end.village[asked])
        falls = np.bincount(end.village[asked & end.falls_later], minlength=len(n))
        is_large = n >= _LEAST_IN_PLACE
        places.append(sd_of_log_odds(falls[is_large], n[is_large]))
        share = falls.sum() / max(n.sum(), 1)
        levels.append(np.log(share / (1 - share)) if 0 < share < 1 else _NAN)
    return {
        "sd of log-odds of falling between villages, same day": _mean(places),
        "sd of log-odds of falling between years": (
            float(np.std(levels, ddof=1)) if len(levels) > 1 else _NAN
        ),
    }


def sd_of_log_odds(events: npt.NDArray[np.integer], n: npt.NDArray[np.integer]) -> float:
    """Spread of log-odds between groups, without what chance alone makes.

    Parameters
    ----------
    events, n
        Events and units by group.

    Returns
    -------
    float
        By moments on the shares (DerSimonian, Laird 1986), taken over to log-odds at the mean; 0
        where the shares differ less than chance would make them; nan with fewer than two groups or
        without events.
    """
    total = float(n.sum())
    share = float(events.sum()) / total if total else 0.0
    if len(n) < 2 or not 0 < share < 1:
        return _NAN
    spread = float((n * (events / n - share) ** 2).sum())
    chance = share * (1 - share) * (len(n) - 1)
    between = (spread - chance) / (total - float((n.astype(float) ** 2).sum()) / total)
    return float(np.sqrt(max(between, 0.0)) / (share * (1 - share)))


def _per_head(end: YearEnd, amount: npt.NDArray[np.int64]) -> Floats:
    """Amount a head; 0 for households that have ended."""
    heads = np.maximum(end.members, 1)
    return np.where(end.members > 0, amount / heads, 0.0)


def _weighted_median(values: Floats, weight: npt.NDArray[np.int64]) -> float:
    """Value at which half of the weight is reached."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weight[order])
    return float(values[order][np.searchsorted(reached, reached[-1] / 2)])


def _correlation(x: Floats, y: Floats) -> float:
    """Correlation; nan without spread."""
    if len(x) == 0:
        return _NAN
    x, y = x - x.mean(), y - y.mean()
    return _over(float((x * y).sum()), float(np.sqrt((x * x).sum() * (y * y).sum())))


def _excess_kurtosis(values: Floats) -> float:
    """Fourth moment over the square of the second, less that of a normal; nan without spread."""
    if len(values) == 0:
        return _NAN
    away = values - values.mean()
    return _over(float((away**4).mean()), float((away**2).mean() ** 2)) - 3.0


def _pooled(
    flags: Sequence[npt.NDArray[np.bool_]], asked: Sequence[npt.NDArray[np.bool_]]
) -> float:
    """Share of those asked, over all days."""
    n = sum(int(who.sum()) for who in asked)
    return _over(sum(int((flag & who).sum()) for flag, who in zip(flags, asked, strict=True)), n)


def _share(flags: npt.NDArray[np.bool_]) -> float:
    """Share of true; nan of nothing."""
    return _over(int(flags.sum()), len(flags))


def _over(above: float, below: float) -> float:
    """Ratio; nan where there is nothing below."""
    return float(above) / float(below) if below else _NAN


def _mean(values: Sequence[float]) -> float:
    """Mean; nan of nothing."""
    return float(np.mean(values)) if len(values) else _NAN
