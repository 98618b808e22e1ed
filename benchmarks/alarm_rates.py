"""The alarm for many at once: false alarms in quiet county-years, and what it finds.

Run by hand: ``.venv/bin/python benchmarks/alarm_rates.py``. Counties are simulated twice: quiet,
without weather, swings of prices and of demand for labour, or water that fails (all that strikes
many at once; cadres still drift, seasons and villages still differ), and as they are. Printed are
alarms in a quiet county-year with their exact 95% interval beside the promise, how often a cluster
planted into a quiet county is found by its size, and what rings in the county as it is.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy.stats import chi2

from fanpin_risk.areas.alarm import AlarmSettings, alarms
from fanpin_risk.areas.happenings import alarm_input
from fanpin_risk.dates import add_months
from fanpin_risk.household.placement import facts_of
from fanpin_risk.records.timeline import Records, known_as_of
from fanpin_risk.simulate.county.county import BURN_IN_MONTHS, follow
from fanpin_risk.simulate.county.kinds import FIRST_YEAR, Product
from fanpin_risk.simulate.county.need import line_fen
from fanpin_risk.simulate.county.parameters import Parameters, load_parameters
from fanpin_risk.simulate.county.records import RecordBook, RecordSettings
from fanpin_risk.simulate.county.start import start
from fanpin_risk.simulate.county.step import Engine

SIMULATION = Path(__file__).parents[1] / "configs/simulation"
QUIET: dict[str, dict[str, Any]] = {
    "commons": {
        "weather_a_year": 1e-9,
        "demand_sd": 0.0,
        "price_sd": dict.fromkeys((product.name.lower() for product in Product), 0.0),
    },
    "misfortune": {
        "frost_outage_a_month": 0.0,
        "drought_outage_a_month": 0.0,
        "other_outage_a_month": 0.0,
    },
}
"""Parameters of a county in which nothing strikes many at once."""
PAST_MONTHS = 24
"""Of each county, before the first month that is judged."""
SIZES = (5, 6, 8, 10, 12, 15, 20)
LEVELS_SHOWN = ("county", "township", "village")
CLUSTERED = ("illness", "accident", "unstable_work", "failed_business")


def parameters(world: str, changes: dict[str, dict[str, Any]]) -> Parameters:
    """The county's parameters, with some values changed."""
    found = load_parameters(SIMULATION, preset="northeast", world=world)
    themes = {theme: dict(values) for theme, values in found.by_theme.items()}
    for theme, values in changes.items():
        for name, value in values.items():
            themes[theme][name] = replace(themes[theme][name], value=value)
    return replace(found, by_theme=themes)


def simulated(
    n_households: int,
    n_months: int,
    seed: int,
    *,
    world: str = "main",
    changes: dict[str, dict[str, Any]] | None = None,
) -> tuple[dict[str, pl.DataFrame], list[int]]:
    """Record tables of a county, and its line in every month, in fen."""
    given = parameters(world, changes or {})
    engine = Engine.of(given)
    state = start(given, n_households, seed=seed, county=1)
    book = RecordBook(given.theme("records", RecordSettings), seed=seed)
    for _ in range(BURN_IN_MONTHS):
        book.before(engine.step(state, keeps_events=True))
    book.begin(state)
    follow(engine, state, n_months, asks_causes=False, watch=book.add)
    frames = {name: frame for name, frame in book.frames(state).items() if frame.height}
    return frames, [line_fen(month, engine.need) for month in range(n_months)]


def counted(
    n_households: int, n_months: int, seed: int, changes: dict[str, dict[str, Any]]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Events and exposure of a simulated county, known a month after its end."""
    tables, _ = simulated(n_households, n_months, seed, changes=changes)
    as_of = add_months(date(FIRST_YEAR, 1, 31), n_months)
    events, exposure = alarm_input(facts_of(known_as_of(Records(tables), as_of)))
    last = exposure["month"].to_numpy().max()
    return events, exposure.filter(pl.col("month") < last)


def poisson_interval(count: int, exposure: float) -> tuple[float, float]:
    """Exact 95% interval of a rate."""
    low = chi2.ppf(0.025, 2 * count) / 2 if count else 0.0
    return low / exposure, chi2.ppf(0.975, 2 * count + 2) / 2 / exposure


def rang_of(
    events: pl.DataFrame, exposure: pl.DataFrame, settings: AlarmSettings
) -> tuple[pl.DataFrame, float]:
    """Alarms of a county after its first years, and how many years were judged."""
    months = exposure["month"].to_numpy()
    first, last = int(months.min()) + PAST_MONTHS, int(months.max())
    report = alarms(events, exposure, from_month=first, to_month=last, settings=settings)
    return report.rows.filter("is_alarm"), (last - first + 1) / 12


def with_cluster(
    events: pl.DataFrame, exposure: pl.DataFrame, n: int, rng: np.random.Generator
) -> tuple[pl.DataFrame, str, int, str]:
    """Events with some more households of one village, month and cause; where, when and which."""
    months = exposure["month"].to_numpy()
    places = exposure["place"].unique().sort().to_list()
    place, cause = str(rng.choice(places)), str(rng.choice(CLUSTERED))
    month = int(rng.integers(months.min() + PAST_MONTHS, months.max() + 1))
    rows = [(place, month, cause, None, f"planted {at}", "shock") for at in range(n)]
    planted = pl.DataFrame(rows, schema=events.schema, orient="row")
    return pl.concat([events, planted]), place, month, cause


def share_found(
    counties: list[tuple[pl.DataFrame, pl.DataFrame]], n: int, tries: int, settings: AlarmSettings
) -> float:
    """Share of planted clusters at which the village rings, or an area that it lies in."""
    rng = np.random.default_rng(n)
    found = 0
    for at in range(tries):
        events, exposure = counties[at % len(counties)]
        struck, place, month, cause = with_cluster(events, exposure, n, rng)
        township = exposure.filter(pl.col("place") == place)["township"][0]
        report = alarms(struck, exposure, from_month=month, to_month=month, settings=settings)
        of_cause = report.rows.filter("is_alarm", pl.col("cause") == cause)
        found += not {place, township, None}.isdisjoint(of_cause["place"].to_list())
    return found / tries


def main() -> None:
    """Print the three tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--households", type=int, default=6_000)
    parser.add_argument("--months", type=int, default=72)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--tries", type=int, default=20, help="planted clusters of each size")
    asked = parser.parse_args()
    settings = AlarmSettings()
    quiet = [counted(asked.households, asked.months, seed, QUIET) for seed in asked.seeds]
    as_it_is = [counted(asked.households, asked.months, seed, {}) for seed in asked.seeds]
    print("| county | years | alarms | a year | 95% interval | promised at most |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, counties in (("quiet", quiet), ("as it is", as_it_is)):
        parts = [rang_of(events, exposure, settings) for events, exposure in counties]
        rang, years = pl.concat([rows for rows, _ in parts]), sum(years for _, years in parts)
        low, high = poisson_interval(rang.height, years)
        promised = settings.false_alarms_a_year if name == "quiet" else "–"
        print(
            f"| {name} | {years:.0f} | {rang.height} | {rang.height / years:.2f} | "
            f"{low:.2f} to {high:.2f} | {promised} |"
        )
    print("\n| cause, as it is | county | township | village |")
    print("| --- | ---: | ---: | ---: |")
    for (cause,), rows in rang.sort("cause").group_by("cause", maintain_order=True):
        n = {level: rows.filter(pl.col("level") == level).height for level in rows["level"]}
        print(f"| {cause} | " + " | ".join(str(n.get(of, 0)) for of in LEVELS_SHOWN) + " |")
    print("\n| households planted | found |")
    print("| ---: | ---: |")
    for n in SIZES if asked.tries else ():
        print(f"| {n} | {share_found(quiet, n, asked.tries, settings):.0%} |")


if __name__ == "__main__":
    main()
