"""Every measure of every method, by view and origin, with intervals: ``metrics.json``."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from fanpin_risk.config import BacktestSettings
from fanpin_risk.risk.bootstrap import Budgets, bootstrap, cluster_draws
from fanpin_risk.risk.metrics import at_k, budget_name, summary
from fanpin_risk.targeting.compare import rule_floor
from fanpin_risk.workflows.backtest import Predictions
from fanpin_risk.workflows.fit import METHODS

FloatArray = npt.NDArray[np.float64]
Progress = Callable[[str], None]

RULES = "rules_order"
MODEL = "lightgbm"
OVER_ORIGINS = (
    "auc",
    "average_precision",
    "brier",
    "calibration_slope",
    "calibration_intercept",
    "expected_over_observed",
    "ici",
)


def evaluation(
    predictions: Predictions, settings: BacktestSettings, *, progress: Progress
) -> dict[str, Any]:
    """Measures of a backtest or of the final fold as plain values; NaN is None.

    Returns
    -------
    dict
        ``cohort``: sizes, prevalence, share of outcomes not known, weights of being seen.
        ``views``: by view (``all``; ``returning``: households seen before the origin; ``new``:
        first seen on it; ``known``: only pairs whose outcome is known, as published references
        have it) every method's measures with intervals, and intervals of differences and ratios.
        ``weighted``: point values weighted for being seen. ``lists``: what is unknown on the lists,
        with bounds. ``origins``: every origin by itself. ``over_origins``: mean, standard deviation
        and range over origins.

        On a register also ``population``: by origin, who was asked about and who was not, by
        reason, and what became of those asked about, with the bounds of the share that fell; and
        ``left_out``. Its measures are weighted (`answer_weights`), but in the view ``known`` and
        where both are shown: a need that was found is always known, and that there was none only
        where somebody looked.
    """
    table = predictions.table
    masks = {
        "all": pl.repeat(True, table.height, eager=True),
        "returning": ~table["is_new"],
        "new": table["is_new"],
        "known": table["fell"].is_not_null(),
    }
    views = {}
    for name, mask in masks.items():
        progress(name)
        part = table.filter(mask)
        views[name] = view(part.drop("label", strict=False) if name == "known" else part, settings)
    per_origin = [_origin(part, settings) for _, part in _by_origin(table)]
    found = {
        "cohort": _cohort(predictions),
        "fits": [{k: _plain(v) for k, v in asdict(fit).items()} for fit in predictions.origins],
        "views": views,
        "weighted": _weighted(table, settings),
        "lists": _lists(table, settings),
        "origins": per_origin,
        "over_origins": over_origins(per_origin),
    }
    if "label" in table.columns:
        found["population"] = [_population(p, predictions) for _, p in _by_origin(table)]
        found["left_out"] = {name: list(words) for name, words in predictions.left_out.items()}
    plain: dict[str, Any] = without_nan(found)
    return plain


def methods_of(table: pl.DataFrame) -> list[str]:
    """Methods that stand in a table of predictions, in the order of the tables."""
    return [name for name in METHODS if name in table.columns]


def view(table: pl.DataFrame, settings: BacktestSettings) -> dict[str, Any]:
    """Measures with intervals over one part of the predictions; empty without outcomes."""
    if table["fell"].drop_nulls().n_unique() < 2:
        return {"n_households": table.height, "n_known": table["fell"].count()}
    draws = cluster_draws(
        table["place"].to_numpy(), n_replicates=settings.n_replicates, seed=settings.seed
    )
    shares = settings.further_shares
    methods = methods_of(table)
    pairs = [(MODEL, other) for other in methods if other not in (MODEL, "rules_then_model")]
    intervals = bootstrap(
        {name: _column(table, name) for name in methods},
        _column(table, "fell"),
        draws,
        date=table["as_of"].cast(pl.Int32).to_numpy(),
        weight=_weight(table),
        must_visit=table["must_visit"].to_numpy(),
        risks=_risks(table),
        budgets=Budgets(shares=shares, beside_must_visits=(0.0, *shares), further=shares),
        pairs=[*pairs, ("rules_then_model", RULES)],
    )
    return {
        "n_households": table.height,
        "n_known": table["fell"].count(),
        "prevalence": _prevalence(table),
        **intervals,
    }


def _origin(part: pl.DataFrame, settings: BacktestSettings) -> dict[str, Any]:
    """Every method on the cohort of one origin."""
    risks = _risks(part)
    fell = _column(part, "fell")
    n_must = int(part["must_visit"].sum())
    budgets = {budget_name(share): share * part.height for share in settings.further_shares}
    budgets |= {
        budget_name(share, beside_must_visits=True): min(n_must + share * part.height, part.height)
        for share in (0.0, *settings.further_shares)
    }
    methods = {
        name: summary(
            _column(part, name), fell, risk=risks.get(name), weight=_weight(part), budgets=budgets
        )
        for name in methods_of(part)
    }
    floor = {
        budget_name(share): {
            name: {
                "falls": row.further.falls,
                "ratio_to_rules": row.increment_ratio,
                "recall": row.recall,
                "recall_ratio_cap": row.recall_ratio_cap,
            }
            for name, row in rule_floor(
                {name: _column(part, name) for name in methods_of(part) if name != "random"},
                part["must_visit"].to_numpy(),
                fell,
                share * part.height,
                rules=RULES,
            ).items()
        }
        for share in settings.further_shares
    }
    return {
        "as_of": str(part["as_of"][0]),
        "n_households": part.height,
        "n_known": part["fell"].count(),
        "n_must_visit": n_must,
        "prevalence": _prevalence(part),
        "methods": methods,
        "further_visits": floor,
    }


def over_origins(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Mean, standard deviation and range of the main measures over origins, by method."""
    found: dict[str, Any] = {}
    for method in [name for name in METHODS if name in rows[0]["methods"]]:
        found[method] = {}
        for measure in OVER_ORIGINS:
            values = [row["methods"][method].get(measure, math.nan) for row in rows]
            known = np.array([v for v in values if v is not None and not math.isnan(v)])
            if len(known):
                found[method][measure] = {
                    "mean": float(known.mean()),
                    "sd": float(known.std(ddof=1)) if len(known) > 1 else math.nan,
                    "low": float(known.min()),
                    "high": float(known.max()),
                    "n_origins": len(known),
                }
    return found


def _cohort(predictions: Predictions) -> dict[str, Any]:
    """Who was asked about, and how many outcomes are known."""
    table = predictions.table
    known = table.filter(pl.col("fell").is_not_null())
    return {
        "n_household_dates": table.height,
        "n_households": table["household_id"].n_unique(),
        "n_origins": table["as_of"].n_unique(),
        "n_places": table["place"].n_unique(),
        "n_known": known.height,
        "share_unknown": 1 - known.height / table.height,
        "prevalence": known["fell"].mean(),
        "prevalence_weighted": _mean(known["fell"], known["weight"].fill_null(0.0)),
        "share_must_visit": table["must_visit"].mean(),
        "seen_share": predictions.share_seen,
        "seen_effective_share": predictions.effective_share,
    }


def _weight(table: pl.DataFrame) -> FloatArray | None:
    """Weights of a register's outcomes; a survey's measures are unweighted unless said."""
    return table["weight"].fill_null(0.0).to_numpy() if "label" in table.columns else None


def _prevalence(table: pl.DataFrame) -> float | None:
    """Share that fell among the known, with the weights that the measures have."""
    known = table.filter(pl.col("fell").is_not_null())
    weight = _weight(known)
    if weight is None:
        return None if known.height == 0 else float(np.mean(known["fell"].to_numpy()))
    return _mean(known["fell"], pl.Series(weight))


def _mean(values: pl.Series, weights: pl.Series) -> float:
    """Weighted mean; NaN without any weight."""
    total = float(weights.sum())
    if total == 0:
        return math.nan
    return float(np.average(values.to_numpy(), weights=weights.to_numpy()))


def _population(part: pl.DataFrame, predictions: Predictions) -> dict[str, Any]:
    """Everybody who existed at an origin: asked about, or outside for a reason; and the answers."""
    as_of: date = part["as_of"][0]
    outside = dict(predictions.outside.get(as_of, {}))
    falls, known = part["fell"].sum(), part["fell"].count()
    return {
        "as_of": str(as_of),
        "n_households": part.height + sum(outside.values()),
        "n_asked_about": part.height,
        "n_outside": outside,
        "n_by_label": dict(sorted(part["label"].value_counts().iter_rows())),
        "share_fell_at_least": falls / part.height,
        "share_fell_at_most": (falls + part.height - known) / part.height,
    }


def _weighted(table: pl.DataFrame, settings: BacktestSettings) -> dict[str, Any]:
    """Point values weighted by the inverse chance of being seen, beside the unweighted ones."""
    risks = _risks(table)
    fell = _column(table, "fell")
    weight = table["weight"].fill_null(0.0).to_numpy()
    budgets = {budget_name(share): share * table.height for share in settings.further_shares}
    return {
        name: {
            kind: summary(
                _column(table, name), fell, risk=risks.get(name), weight=mass, budgets=budgets
            )
            for kind, mass in (("weighted", weight), ("unweighted", None))
        }
        for name in methods_of(table)
    }


def _lists(table: pl.DataFrame, settings: BacktestSettings) -> dict[str, Any]:
    """How much is unknown on each method's list of further visits, and what that can mean."""
    fell = _column(table, "fell")
    return {
        budget_name(share): {
            name: asdict(at_k(_column(table, name), fell, share * table.height))
            for name in methods_of(table)
        }
        for share in settings.further_shares
        if share > 0
    }


def _by_origin(table: pl.DataFrame) -> list[tuple[object, pl.DataFrame]]:
    """Rows of each origin, in order of time."""
    return [(day, table.filter(pl.col("as_of") == day)) for day in table["as_of"].unique().sort()]


def _risks(table: pl.DataFrame) -> dict[str, FloatArray]:
    """Probabilities by method."""
    return {
        name.removeprefix("risk_"): table[name].to_numpy()
        for name in table.columns
        if name.startswith("risk_")
    }


def _column(table: pl.DataFrame, name: str) -> FloatArray:
    """Return a column as floats, NaN for null."""
    return table[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()


def _plain(value: object) -> object:
    """Dates as text; the rest as it is."""
    return str(value) if not isinstance(value, (int, float, str, bool)) else value


def without_nan(value: Any) -> Any:
    """Plain values that JSON can hold: NaN and infinity become None, numpy numbers Python's.

    Examples
    --------
    >>> without_nan({"a": float("nan"), "b": [np.float64(1.0)]})
    {'a': None, 'b': [1.0]}
    """
    if isinstance(value, dict):
        return {str(key): without_nan(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_nan(inner) for inner in value]
    if isinstance(value, (np.floating, float)):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, np.integer):
        return int(value)
    return value
