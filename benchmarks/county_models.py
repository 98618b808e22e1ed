"""A warning light: how well plain models rank who falls, from the simulated county's records.

Run by hand: ``.venv/bin/python benchmarks/county_models.py``. Logistic regression and boosting
learn on the records of some counties and rank the households of others. On the real Argentine panel
the first has an AUC of about 0.81 and boosting gains about 0.01. If the county lies far from 0.70
to 0.85 and 0 to 0.03, look for what is too clean or too easy in its records. It is no target:
nobody changes a parameter to meet it.
"""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

import lightgbm as lgb
import narwhals as nw
import numpy as np
import polars as pl
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer

from fanpin_risk.household.placement import facts_of
from fanpin_risk.household.view import county_view
from fanpin_risk.indicators.build import build_indicators
from fanpin_risk.indicators.catalogue import catalogue_of
from fanpin_risk.records.timeline import Records, known_as_of
from fanpin_risk.simulate.county.county import BURN_IN_MONTHS, follow
from fanpin_risk.simulate.county.month import Month
from fanpin_risk.simulate.county.need import line_fen
from fanpin_risk.simulate.county.parameters import load_parameters
from fanpin_risk.simulate.county.records import RecordBook, RecordSettings
from fanpin_risk.simulate.county.records_identity import household_ids
from fanpin_risk.simulate.county.start import start
from fanpin_risk.simulate.county.state import State
from fanpin_risk.simulate.county.step import Engine
from fanpin_risk.simulate.county.truth_frames import month_ends

ROOT = Path(__file__).parents[1]
HORIZON_MONTHS = 12
DAYS = (23, 35)
CONTEXT = "SIM"


def county_rows(preset: str, world: str, n_households: int, seed: int) -> pl.DataFrame:
    """Indicators and falls of a county's households that were not in need, on some days."""
    parameters = load_parameters(ROOT / "configs/simulation", preset=preset, world=world)
    engine = Engine.of(parameters)
    state = start(parameters, n_households, seed=seed, county=1)
    book = RecordBook(parameters.theme("records", RecordSettings), seed=seed)
    for _ in range(BURN_IN_MONTHS):
        book.before(engine.step(state, keeps_events=True))
    book.begin(state)
    needs: dict[int, np.ndarray] = {}
    is_here: dict[int, np.ndarray] = {}

    def watch(now: State, month: Month) -> None:
        book.add(now, month)
        needs[month.month] = (now.households.need > 0) & now.households.is_here
        is_here[month.month] = now.households.is_here.copy()

    follow(engine, state, max(DAYS) + HORIZON_MONTHS + 1, asks_causes=False, watch=watch)
    records = Records({k: v for k, v in book.frames(state).items() if v.height})
    ids = household_ids(state.households.number)
    parts = []
    for day in DAYS:
        n = len(needs[day])
        rows = np.flatnonzero(is_here[day] & ~needs[day])
        falls = np.zeros(n, dtype=bool)
        for month in range(day + 1, day + HORIZON_MONTHS + 1):
            falls |= needs[month][:n]
        as_of = month_ends(np.array([day]))[0]
        line = line_fen(day, engine.need)
        asked = pl.DataFrame({"household_id": [ids[row] for row in rows], "falls": falls[rows]})
        parts.append(indicators_on(records, as_of, line, asked).with_columns(day=pl.lit(day)))
    return pl.concat(parts)


def indicators_on(records: Records, as_of: date, line: int, asked: pl.DataFrame) -> pl.DataFrame:
    """Every column of the county's catalogue for the households asked for, as known on a day."""
    known = known_as_of(records, as_of)
    lines = nw.from_native(
        pl.DataFrame({"context_place": [CONTEXT], "line_fen": [line]}), eager_only=True
    )
    features = build_indicators(
        known,
        None,
        nw.from_native(asked.select("household_id"), eager_only=True),
        horizon_months=HORIZON_MONTHS,
        catalogue=catalogue_of("county"),
        county=county_view(facts_of(known), lines),
    )
    return features.join(asked, on="household_id", how="inner")


def ranked(train: pl.DataFrame, test: pl.DataFrame) -> dict[str, np.ndarray]:
    """Scores of both models for the households of the test counties."""
    names = [name for name, kind in train.schema.items() if kind == pl.Float64]
    names = [name for name in names if train[name].null_count() < train.height]
    x, z = (part.select(names).to_numpy() for part in (train, test))
    y = train["falls"].to_numpy()
    plain = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True),
        QuantileTransformer(n_quantiles=100, subsample=None, random_state=1),
        LogisticRegression(C=0.1, max_iter=2000),
    ).fit(x, y)
    boosted = lgb.LGBMClassifier(
        n_estimators=150, learning_rate=0.04, num_leaves=15, min_child_samples=60,
        colsample_bytree=0.5, random_state=1, n_jobs=1, verbose=-1,
    ).fit(x, y)  # fmt: skip
    return {
        "logistic regression": plain.predict_proba(z)[:, 1],
        "boosting": boosted.predict_proba(z)[:, 1],
    }


def main() -> None:
    """Print the area under the curve of both models, by day."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--households", type=int, default=12_000)
    parser.add_argument("--train", type=int, nargs="+", default=[1, 2], help="seeds")
    parser.add_argument("--test", type=int, nargs="+", default=[3], help="seeds")
    parser.add_argument("--preset", default="northeast")
    parser.add_argument("--world", default="main")
    asked = parser.parse_args()
    train, test = (
        pl.concat([county_rows(asked.preset, asked.world, asked.households, s) for s in seeds])
        for seeds in (asked.train, asked.test)
    )
    scores = ranked(train, test)
    print(f"{train.height:,} household-days to learn from, {test.height:,} to rank\n")
    print("| month | falls within a year | logistic regression | boosting | gain |")
    print("| ---: | ---: | ---: | ---: | ---: |")
    for day in DAYS:
        here = (test["day"] == day).to_numpy()
        falls = test["falls"].to_numpy()[here]
        plain, boosted = (roc_auc_score(falls, score[here]) for score in scores.values())
        print(
            f"| {day} | {falls.mean():.2%} | {plain:.3f} | {boosted:.3f} | {boosted - plain:+.3f} |"
        )


if __name__ == "__main__":
    main()
