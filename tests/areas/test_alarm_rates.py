"""In quiet years the alarm keeps its promise, and it finds clusters; proven on made-up counties."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fanpin_risk.areas import comparisons
from fanpin_risk.areas.alarm import AlarmSettings, alarms
from fanpin_risk.areas.counts import month_number
from fanpin_risk.areas.happenings import alarm_input
from fanpin_risk.household.placement import facts_of
from fanpin_risk.records.timeline import Records, known_as_of

BENCHMARK = Path(__file__).parents[2] / "benchmarks/alarm_rates.py"
LAST = 671
PROMISED = 6.0
"""Many, so that few years tell whether the promise is kept."""
SETTINGS = AlarmSettings(false_alarms_a_year=PROMISED)


def rung(county, settings=SETTINGS):
    """Alarms in the last two years of a county."""
    events, exposure = county
    report = alarms(events, exposure, from_month=LAST - 23, to_month=LAST, settings=settings)
    return report.rows.filter("is_alarm")


QUIET_YEARS = {
    "chance alone": {},
    "villages differ by month": {"noise": 0.5},
    "months differ for all": {"county": 0.5},
    "seasons differ by village": {"season": 0.7},
    "all of it": {"noise": 0.3, "county": 0.3, "season": 0.5},
}


@pytest.mark.parametrize("changes", QUIET_YEARS.values(), ids=QUIET_YEARS)
def test_quiet_years_keep_the_promise(drawn, changes):
    """Ten county-years each: not more alarms than promised, all tests of a year together."""
    found = sum(rung(drawn(seed, rate=1.0, **changes)).height for seed in range(5))
    assert 0 < found <= 10 * PROMISED


def test_without_the_noise_of_the_past_the_promise_breaks(drawn, monkeypatch):
    """The guard guards: chance alone is not how noisy villages behave."""
    noisy = [drawn(seed, rate=4.0, noise=0.5) for seed in range(3)]
    assert sum(rung(county).height for county in noisy) <= 6 * PROMISED
    monkeypatch.setattr(comparisons, "area_noise", lambda counts: np.zeros(len(counts)))
    assert sum(rung(county).height for county in noisy) > 6 * PROMISED


def test_without_the_noise_of_months_the_promise_breaks(drawn, monkeypatch):
    """The same for the county against other years."""
    noisy = [drawn(seed, rate=2.0, county=0.8) for seed in range(3)]
    assert sum(rung(county).height for county in noisy) <= 6 * PROMISED
    monkeypatch.setattr(comparisons, "month_noise", lambda counts, *_: np.zeros(len(counts)))
    assert sum(rung(county).height for county in noisy) > 6 * PROMISED


@pytest.fixture(scope="module")
def quiet_counties(simulate, quiet_changes):
    """Simulated counties in which nothing strikes many at once: events and exposure of each."""
    found = []
    for seed in (1, 2, 3):
        tables, _ = simulate(1_500, 60, seed, changes=quiet_changes)
        facts = facts_of(known_as_of(Records(tables), date(2026, 1, 31)))
        found.append(alarm_input(facts))
    return found


def test_quiet_simulated_years_keep_the_promise(quiet_counties):
    """Nine years of an account book with drifting cadres, seasons and feeds: the usual promise."""
    usual = AlarmSettings()
    n_years = n_alarms = n_tests = 0
    for events, exposure in quiet_counties:
        report = alarms(
            events,
            exposure,
            from_month=month_number(date(2023, 1, 1)),
            to_month=month_number(date(2025, 12, 1)),
            settings=usual,
        )
        n_years += 3
        n_alarms += report.rows["is_alarm"].sum()
        n_tests += report.months["n_able"].sum()
    assert n_tests > 1_000, "there is something to judge"
    assert n_alarms <= n_years * usual.false_alarms_a_year


def test_clusters_in_simulated_years_are_found(quiet_counties):
    """Twelve households of one village and month, in any village: nearly always found."""
    found = 0
    asked = [month_number(date(2024, month, 1)) for month in (2, 5, 8, 11)]
    for events, exposure in quiet_counties:
        places = exposure["place"].unique().sort()
        for at, month in enumerate(asked):
            place = places[at * 2 % len(places)]
            rows = [(place, month, "accident", None, f"x{n}", "shock") for n in range(12)]
            struck = pl.concat([events, pl.DataFrame(rows, schema=events.schema, orient="row")])
            report = alarms(
                struck, exposure, from_month=month, to_month=month, settings=AlarmSettings()
            )
            rang = report.rows.filter("is_alarm", pl.col("cause") == "accident")
            found += place in rang["place"].to_list()
    assert found >= 10


def test_the_benchmark_runs():
    """Small sizes: three tables, and the promise beside what was found."""
    command = [sys.executable, str(BENCHMARK), "--households", "400", "--months", "40"]
    command += ["--seeds", "1", "--tries", "0"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert ran.returncode == 0, ran.stderr
    assert re.search(
        r"^\| quiet \| 1 \| \d+ \| [0-9.]+ \| 0.00 to [0-9.]+ \| 0.5 \|$", ran.stdout, re.M
    )
    assert "| households planted | found |" in ran.stdout
