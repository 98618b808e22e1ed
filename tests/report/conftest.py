"""One small evaluation with everything a report shows, made by the package's own evaluation."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from fanpin_risk.config import BacktestSettings
from fanpin_risk.indicators.catalogue import CATALOGUE, catalogue_digest, columns_of
from fanpin_risk.outcomes.cohort import CohortSettings
from fanpin_risk.outcomes.words import survey_words
from fanpin_risk.report.content import DataNote, ReportContent
from fanpin_risk.report.words import Words
from fanpin_risk.risk.artifact import StoredModel
from fanpin_risk.risk.calibrate import CalibratedRisk
from fanpin_risk.risk.encode import category_maps, encode
from fanpin_risk.risk.model import RiskModel
from fanpin_risk.targeting.compare import rules_then_score
from fanpin_risk.targeting.plan import PlanSettings, recall_notice, visit_plan
from fanpin_risk.workflows.backtest import OriginFit, Predictions
from fanpin_risk.workflows.evaluate import evaluation

ORIGINS = (date(2006, 3, 31), date(2006, 12, 31), date(2007, 6, 30))
PLACES = tuple(str(number) for number in range(1, 19))
AS_OF = date(2012, 3, 31)


def predictions_of(*, seed: int = 4, places=PLACES, per_place: int = 60) -> pl.DataFrame:
    """Households of three origins whose methods see their true risk more or less well."""
    rng = np.random.default_rng(seed)
    parts = [_origin(day, rng, places, per_place) for day in ORIGINS]
    return pl.concat(parts)


def _origin(day, rng, places, per_place) -> pl.DataFrame:
    """One origin's cohort: a tenth falls, a quarter is not seen, the poorest are must-visits."""
    n = len(places) * per_place
    truth = rng.normal(size=n)
    chance = 1 / (1 + np.exp(2.9 - 1.4 * truth))
    fell = (rng.random(n) < chance).astype(float)
    seen = rng.random(n) < 0.75
    rules = truth + rng.normal(size=n)
    must = rules >= np.sort(rules)[-round(0.04 * n)]
    model = truth + rng.normal(scale=0.4, size=n)
    number = np.arange(n)
    return pl.DataFrame(
        {
            "household_id": [f"HH{day.year}{i:06d}" for i in number],
            "place": [places[i % len(places)] for i in number],
            "as_of": [day] * n,
            "is_new": number % 5 < 2,
            "must_visit": must,
            "fell": pl.Series(np.where(seen, fell, np.nan)).fill_nan(None),
            "weight": pl.Series(np.where(seen, 1 + 0.2 * rng.random(n), np.nan)).fill_nan(None),
            "members": 1 + number % 8,
            "region": [f"{1 + (i % len(places)) % 3}" for i in number],
            "lightgbm": model,
            "logistic": truth + rng.normal(scale=0.6, size=n),
            "random": rng.random(n),
            "region_only": (number % len(places)).astype(float),
            "rules_order": rules,
            "rules_then_model": rules_then_score(model, must, rules_score=rules),
            "vep": truth + rng.normal(scale=0.7, size=n),
            "weighted_past_income": truth + rng.normal(scale=0.8, size=n),
            "risk_lightgbm": 1 / (1 + np.exp(2.8 - 1.3 * model)),
            "risk_logistic": np.clip(chance * 1.1, 0, 1),
        }
    )


def metrics_of(predictions: pl.DataFrame) -> dict:
    """What the package's evaluation says of them, as it stands in ``metrics.json``."""
    fits = tuple(
        OriginFit(
            as_of=day,
            trained_until=date(day.year - 1, 6, 30),
            calibrated_from=date(day.year - 1, 6, 30),
            calibrated_until=date(day.year - 1, 12, 31),
            n_training=4000,
            n_calibration=900,
        )
        for day in ORIGINS
    )
    found = evaluation(
        Predictions(table=predictions, origins=fits, share_seen=0.75, effective_share=0.98),
        BacktestSettings(
            first_origin=ORIGINS[0], outcomes_until=date(2009, 12, 31), n_replicates=50
        ),
        progress=lambda _: None,
    )
    return json.loads(json.dumps(found | {"final_fold_openings": []}))


def plan_of(teams=PLACES) -> object:
    """A round of visits of 40 households a team."""
    n = 40 * len(teams)
    rng = np.random.default_rng(9)
    risk = rng.random(n) * 0.4
    households = pl.DataFrame(
        {
            "household_id": [f"SC{i:06d}" for i in range(n)],
            "place": [teams[i % len(teams)] for i in range(n)],
            "team": [teams[i % len(teams)] for i in range(n)],
            "risk": risk,
            "raw_score": risk,
            "must_visit": [None if i % 50 == 0 else i % 30 == 1 for i in range(n)],
            "rule_findings": [None] * n,
            "route": [None] * n,
            "reasons": [None] * n,
        }
    )
    settings = PlanSettings(capacity_share_of_cohort=0.1, audit_share=0.1, seed=3, tie_key="k")
    return visit_plan(households, as_of=AS_OF, settings=settings)


def content_of(predictions: pl.DataFrame, metrics: dict, **changes) -> ReportContent:
    """Everything a report shows, around one evaluation."""
    columns = columns_of(CATALOGUE)
    rng = np.random.default_rng(2)
    n = 300
    size = np.linspace(0.4, 0.001, len(columns))
    data = rng.integers(0, 5, size=(n, len(columns))).astype(float)
    data[rng.random(data.shape) < 0.1] = np.nan
    parts = size * (np.nan_to_num(data, nan=2.0) - 2) + rng.normal(scale=0.02, size=data.shape)
    plan = plan_of()
    given = {
        "title": Words("小例返贫风险", "A small example of risk"),
        "metrics": metrics,
        "manifest": manifest_of(plan),
        "predictions": predictions,
        "explanation": SimpleNamespace(values=parts, data=data),
        "columns": columns,
        "reasons": reasons_of(n),
        "rules": rules_of(),
        "teams": plan.teams,
        "plan_notice": recall_notice(plan),
        "data": DataNote(
            title=Words("示例面板", "Example panel"),
            publisher="INDEC, Encuesta Permanente de Hogares",
            limits=(Words("只有城市。", "Urban only."),),
        ),
    }
    return ReportContent(**(given | changes))


def manifest_of(plan) -> dict:
    """A manifest as a run writes it, of the parts that reports read."""
    slices = dict(sorted(plan.visits["slice"].value_counts().iter_rows()))
    return {
        "as_of": "2012-03-31",
        "estimand": "as_things_are",
        "outcome": asdict(survey_words(CohortSettings(horizon_months=12))),
        "left_out": {},
        "not_scored_by_reason": {"in_need": 180},
        "model_version": "0123456789abcdef",
        "configuration_digest": "cfg0123456789abc",
        "standards_digest": "std0123456789abc",
        "configuration": {
            "basis": "survey",
            "cohort": {
                "horizon_months": 12,
                "due_within_months": 3,
                "days_without_survey": ["2007-09-30"],
            },
            "final_fold": {"first_seen_from": "2010-01-01", "outcomes_until": "2009-12-31"},
        },
        "inputs": [
            {
                "file": "panel.parquet",
                "sha256": "ab" * 32,
                "rows_read": 1003,
                "rows_accepted": 1000,
                "rows_quarantined": 3,
                "columns_not_used": ["PONDIH"],
            }
        ],
        "records": {"household_snapshot": 1000, "income": 1000},
        "households": {
            "visited": 900,
            "scored": 720,
            "not_scored": 180,
            "income_or_line_not_known": 15,
        },
        "findings": {"cannot_tell": {"below_line": 15}, "not_met": {}},
        "plan": {"visits": plan.visits.height, "by_slice": slices},
        "codes_not_seen_in_training": {"tenure_latest": 0},
        "versions": {"python": "3.11.7", "lightgbm": "4.7.0"},
    }


def reasons_of(n: int) -> pl.DataFrame:
    """Two reasons and one empty line for each household scored."""
    rows = [
        (f"SC{i:06d}", rank, cause, part, "zh", "en", "evidence")
        for i in range(n)
        for rank, cause, part in (
            (1, "其他" if i % 3 else "因安全住房", 0.5),
            (2, "因务工就业不稳", 0.2),
            (3, "其他", 0.0),
        )
    ]
    names = ("household_id", "rank", "cause", "contribution", "text_zh", "text_en", "evidence")
    return pl.DataFrame(rows, schema=names, orient="row")


def rules_of() -> pl.DataFrame:
    """One rule, as ``rules.parquet`` holds it."""
    return pl.DataFrame(
        {
            "rule": ["below_line"],
            "title_zh": ["人均收入低于收入线"],
            "title_en": ["income per head below the income line"],
            "parameter": ["income_line@AR/2003-07-01"],
            "value": ["0.60 x median_income_minor"],
            "unit": ["minor unit per head a month"],
            "place": ["AR"],
            "valid_from": [date(2003, 7, 1)],
            "valid_to": [None],
            "source": ["README of the data"],
            "mark": ["E"],
            "owner_zh": ["乡村振兴部门"],
            "owner_en": ["rural revitalisation office"],
        }
    )


def stored_model_of(households, *, seed: int = 0) -> StoredModel:
    """A small calibrated model; ``households(seed=)`` gives its features and who fell."""
    columns = columns_of(CATALOGUE)
    names = [column.name for column in columns]
    features, fell = households(seed=seed)
    maps = category_maps(features, names)
    trees = RiskModel(
        n_trees=12,
        n_leaves=5,
        min_leaf_size=10,
        categorical_columns=[names.index(name) for name in maps],
    ).fit(encode(features, names, maps), fell)
    later, fell_later = households(seed=seed + 1)
    calibrated = CalibratedRisk(trees, trained_until=date(2009, 12, 31)).calibrate(
        encode(later, names, maps),
        fell_later,
        starts_on=date(2009, 12, 31),
        known_until=date(2010, 12, 31),
        method="logistic",
    )
    return StoredModel.of(
        calibrated,
        indicator_names=names,
        indicator_kinds=[column.indicator.unit for column in columns],
        category_maps=maps,
        catalogue_digest=catalogue_digest(CATALOGUE),
        estimand="as_things_are",
        horizon_months=12,
        versions={},
    )


@pytest.fixture(scope="session")
def stored_model():
    """Maker of small models, for tests that keep or serve one."""
    return stored_model_of


@pytest.fixture(scope="session")
def predictions() -> pl.DataFrame:
    """Predictions of a small backtest."""
    return predictions_of()


@pytest.fixture(scope="session")
def metrics(predictions) -> dict:
    """Their evaluation."""
    return metrics_of(predictions)


@pytest.fixture(scope="session")
def content(predictions, metrics) -> ReportContent:
    """Everything a report shows."""
    return content_of(predictions, metrics)


@pytest.fixture(scope="session")
def small():
    """Makers of other small contents, for tests that need another one."""
    return SimpleNamespace(
        predictions=predictions_of, metrics=metrics_of, content=content_of, manifest=manifest_of
    )
