"""A county for tests of the register's workflow: the small county, and rounds of visits with need.

Every six weeks most households are looked at. Need is found more often where a large bill came in
the year before, so that there is something to learn, and the answers are known to the test.
"""

from __future__ import annotations

import random
import runpy
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import yaml

from fanpin_risk.records.contracts import TABLES, frame_schema
from fanpin_risk.simulate.small_county import COUNTY, small_county

TESTS = Path(__file__).parents[1]
CT = SimpleNamespace(**runpy.run_path(str(TESTS / "reference" / "county_tables.py")))
FIRST_DAY = date(2021, 4, 1)
MONTHS = 27
LARGE_BILL_FEN = 150_000


def tables(n_households=500, seed=4):
    """Record tables of the small county with a round of visits every six weeks."""
    found = CT.frames(small_county(n_households, MONTHS, seed=seed, first_day=FIRST_DAY))
    found["visit"] = pl.concat([found["visit"], _rounds(found, seed)])
    found["rigid_spending"] = pl.DataFrame(schema=frame_schema(TABLES["rigid_spending"]))
    return found


def _rounds(found, seed):
    """Visits of all rounds: most households, need where there was a large bill lately."""
    rng = random.Random(seed)
    homes = sorted(found["household_snapshot"]["household_id"].unique())
    bills = found["medical_bill"].filter(pl.col("own_fen") >= LARGE_BILL_FEN)
    large = sorted(bills.select("household_id", "occurred_on").unique().iter_rows())
    rows, day = [], FIRST_DAY + timedelta(days=20)
    last = date(2023, 6, 30)
    while day <= last:
        lately = {
            h for h, on in large if on is not None and timedelta(0) < day - on < timedelta(90)
        }
        for household in homes:
            if rng.random() < 0.85:
                is_in_need = rng.random() < (0.35 if household in lately else 0.02)
                rows.append(_visit(household, day, "in_need" if is_in_need else "no_need"))
        day += timedelta(days=45)
    return pl.DataFrame(rows, schema=frame_schema(TABLES["visit"]))


def _visit(household, day, result):
    """One visit of a round."""
    return {
        "household_id": household,
        "record_id": f"ROUND-{day}-{household}",
        "version": 1,
        "occurred_on": day,
        "recorded_on": day + timedelta(days=3),
        "source": "rounds",
        "batch": f"{day:%Y-%m}",
        "is_withdrawn": False,
        "result": result,
        "cause": None,
        "plan_slice": None,
    }


def configuration(folder, county, **changes):
    """Write a configuration with the county's line into a folder; returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    standards = folder / "standards"
    standards.mkdir(exist_ok=True)
    shipped = TESTS.parent / "configs/standards"
    for path in sorted((shipped / "simulated_county").glob("*.yaml")):
        # the same notices, as if this county had given them
        text = path.read_text(encoding="utf-8").replace("place: SIM", f"place: {COUNTY}")
        (standards / path.name).write_text(text, encoding="utf-8")
    about = {"title_zh": "编造的记录", "title_en": "made-up records"}
    content = {
        "name": "register",
        "title_zh": "编造的县",
        "title_en": "a made-up county",
        "basis": "register",
        "indicators": "county",
        "records": {"tables": str(county), "about": about},
        "standards": [str(shipped), "standards"],
        "marks_allowed": ["G"],
        "need_line": "monitoring_line",
        "cohort": {
            "horizon_months": 3,
            "look_within_months": 3,
            "free_of_need_months": 2,
            "decision_days": {"first": "2021-06-30", "last": "2023-06-30", "every_months": 3},
        },
        "model": {"n_trees": 40, "learning_rate": 0.08, "n_leaves": 6, "min_leaf_size": 20},
        "baselines": {
            "today": "register_income_to_line_latest",
            "past": "account_income_to_line_latest",
            "region_rate": "place_hit_3m_latest",
            "columns": [
                *("register_income_to_line_latest", "heads_latest", "own_cost_to_line_sum_12m"),
                *("own_cost_to_line_sum_3m", "aged_60_latest", "place_in_need_12m_latest"),
            ],
            "logs": ["register_income_to_line_latest"],
        },
        "backtest": {
            "first_origin": "2022-09-30",
            "outcomes_until": "2023-06-30",
            "further_shares": [0.05, 0.10],
            "n_replicates": 50,
        },
        "tune": {"validation_days": ["2022-09-30"], "n_trials": 1},
        "score_as_of": "2023-06-30",
        "plan": {"capacity_share_of_cohort": 0.1, "audit_share": 0.1, "seed": 3, "tie_key": "k"},
        "tracking": {"experiment": "register", "registered_model": "register"},
    }
    for name, value in changes.items():
        *parts, last = name.split("__")
        inner = content
        for part in parts:
            inner = inner[part]
        if value is None:
            inner.pop(last)
        else:
            inner[last] = value
    path = folder / "register.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return path
