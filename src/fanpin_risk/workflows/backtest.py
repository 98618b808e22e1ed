"""Forward evaluation: at each origin learn from what was known before it, then wait and see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import polars as pl

from fanpin_risk.config import BacktestSettings, Configuration
from fanpin_risk.dates import day_of
from fanpin_risk.errors import AsOfError, TimeOrderError
from fanpin_risk.indicators.catalogue import columns_of
from fanpin_risk.risk.baselines import Baseline
from fanpin_risk.workflows.days import (
    Day,
    Progress,
    Setting,
    day_before,
    first_seen,
    with_outcomes,
)
from fanpin_risk.workflows.fit import (
    FittedRisk,
    FloatArray,
    Sample,
    fit_baselines,
    fit_risk,
    sample_of,
)
from fanpin_risk.workflows.weights import answer_weights, with_weights

FIRST = 1_000.0
"""Added to the rules' order of must-visits, so that they come before every raw score."""


@dataclass(frozen=True, kw_only=True)
class OriginFit:
    """What was learnt for one origin."""

    as_of: date
    trained_until: date
    calibrated_from: date
    calibrated_until: date
    n_training: int
    n_calibration: int


@dataclass(frozen=True, kw_only=True)
class Predictions:
    """Every household of every origin's cohort, with every method's score and what became of it.

    ``table``: ``household_id, as_of, place, region, members, is_new`` (first seen on the origin),
    ``must_visit``,
    ``fell`` (null: not knowable), ``label`` (on a register: why), ``weight`` (of those seen), and
    one column for each method;
    ``risk_<method>`` for methods that give probabilities. Higher scores are visited earlier.
    ``outside``: by origin, how many existed and were not asked about, by reason (on a register).
    ``left_out``: methods that these records cannot have, and why.
    """

    table: pl.DataFrame
    origins: tuple[OriginFit, ...]
    share_seen: float
    effective_share: float
    outside: Mapping[date, Mapping[str, int]] = field(default_factory=dict)
    left_out: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def development_days(days: Sequence[Day], settings: BacktestSettings) -> list[Day]:
    """Days of the development period, with its households only."""
    return [
        day.restricted(first_seen(day, before=settings.first_seen_before))
        for day in days
        if day.as_of <= settings.outcomes_until
    ]


def backtest(
    setting: Setting,
    configuration: Configuration,
    days: Sequence[Day],
    *,
    n_threads: int,
    progress: Progress,
) -> Predictions:
    """Roll forward over the origins of the development period.

    At each origin every outcome used for training was known before it; the cohort's outcomes come
    from later visits. Households of the final fold are never touched: of ``days`` (built, in order
    of time) only those of the development period are used, and of them only its households.

    Raises
    ------
    AsOfError
        If no origin has anything to learn from.
    """
    back = configuration.backtest
    days = development_days(days, back)
    later = with_outcomes(setting, days, back.outcomes_until)
    origins = [
        (day, outcome)
        for day, outcome in later
        if day.as_of >= back.first_origin and day.households["in_cohort"].any()
    ]
    if not origins:
        raise AsOfError(
            f"No origin between backtest.first_origin {back.first_origin} and outcomes_until "
            f"{back.outcomes_until} has an outcome. Widen the period."
        )
    parts, fits = [], []
    for day, outcome in origins:
        progress(f"{day.as_of}")
        earlier = [d for d in days if d.as_of < day.as_of]
        training = sample_of(
            with_outcomes(setting, earlier, day_before(day.as_of)), first_seen_before=None
        )
        part, fit = predict_one(setting, configuration, training, [(day, outcome)], n_threads)
        parts.append(part)
        fits.append(fit)
    return replace(
        weighed(pl.concat(parts), days, fits, configuration),
        outside={day.as_of: day.n_outside for day, _ in origins if day.n_outside},
        left_out=setting.basis.left_out,
    )


def predict_one(
    setting: Setting,
    configuration: Configuration,
    training: Sample,
    test: Sequence[tuple[Day, pl.DataFrame]],
    n_threads: int,
) -> tuple[pl.DataFrame, OriginFit]:
    """Learn from a training sample, score the cohorts of later days with every method.

    Raises
    ------
    TimeOrderError
        If a training outcome was known only on or after the first test day.
    """
    as_of = test[0][0].as_of
    known_on = max(setting.cohort.known_on(day) for day in _days_of(training))
    if known_on >= as_of:
        raise TimeOrderError(
            f"A training outcome was known on {known_on}, not before the origin {as_of}. "
            "Train on earlier days."
        )
    sample = _cohort_rows(sample_of(test, first_seen_before=None))
    training = with_weights(training, configuration.baselines)
    fitted = fit_risk(
        training,
        cohort=setting.cohort,
        model=configuration.model,
        calibration=configuration.calibration,
        n_threads=n_threads,
        columns=columns_of(setting.basis.catalogue),
    )
    baselines = fit_baselines(training, configuration, left_out=setting.basis.left_out)
    table = _scored(sample, fitted, baselines, n_threads)
    calibrated = fitted.calibrated
    assert calibrated.calibrated_from is not None
    assert calibrated.calibrated_until is not None
    return table, OriginFit(
        as_of=as_of,
        trained_until=calibrated.trained_until,
        calibrated_from=calibrated.calibrated_from,
        calibrated_until=calibrated.calibrated_until,
        n_training=fitted.n_training,
        n_calibration=fitted.n_calibration,
    )


def weighed(
    table: pl.DataFrame,
    days: Sequence[Day],
    fits: Sequence[OriginFit],
    configuration: Configuration,
) -> Predictions:
    """Add the weight of known outcomes, modelled over everybody due in the table."""
    features = pl.concat([day.features.with_columns(as_of=pl.lit(day.as_of)) for day in days])
    wanted = table.select("household_id", "as_of").join(
        features, on=["household_id", "as_of"], how="left", maintain_order="left"
    )
    sample = Sample(
        features=wanted.drop("as_of"),
        households=table,
        fell=table["fell"].fill_null(float("nan")).to_numpy(),
        income_to_line_later=np.full(table.height, np.nan),
        day=table["as_of"].cast(pl.Int32).cast(pl.Int64).to_numpy(),
    )
    found = answer_weights(sample, configuration.baselines)
    return Predictions(
        table=table.with_columns(weight=pl.Series(found.weight).fill_nan(None)),
        origins=tuple(fits),
        share_seen=found.share_seen,
        effective_share=found.effective_share,
    )


def _scored(
    sample: Sample,
    fitted: FittedRisk,
    baselines: Mapping[str, Baseline],
    n_threads: int,
) -> pl.DataFrame:
    """Every method's score of every household of a cohort."""
    raw = fitted.calibrated.model.raw_score(fitted.matrix(sample.features), n_threads=n_threads)
    risk = fitted.calibrated.risk(raw)
    # a rule that cannot tell asks for no visit here; how often that is stands in the findings
    must_visit = sample.households["must_visit"].fill_null(False).to_numpy()
    matrix = sample.matrix()
    scores: dict[str, FloatArray] = {}
    risks: dict[str, FloatArray] = {"lightgbm": risk}
    for name, baseline in baselines.items():
        scores[name] = baseline.score(matrix)
        if baseline.is_probability:
            risks[name] = scores[name]
    # isotonic calibration has flat steps: the raw score keeps the order
    scores["lightgbm"] = raw
    scores["rules_then_model"] = np.where(must_visit, FIRST + scores["rules_order"], raw)
    return sample.households.select(
        "household_id",
        "place",
        "region",
        "members",
        as_of=pl.Series(sample.day).cast(pl.Int32).cast(pl.Date),
        is_new=pl.col("first_day") == pl.Series(sample.day),
        must_visit=pl.Series(must_visit),
        fell=pl.Series(sample.fell).fill_nan(None),
        **{name: pl.col(name) for name in ("label",) if name in sample.households.columns},
        **{name: pl.Series(values) for name, values in sorted(scores.items())},
        **{f"risk_{name}": pl.Series(values) for name, values in sorted(risks.items())},
    )


def _cohort_rows(sample: Sample) -> Sample:
    """Those known not to be in need, and due."""
    return sample.rows(sample.households["in_cohort"].to_numpy())


def _days_of(sample: Sample) -> list[date]:
    """Decision days of a sample."""
    return [day_of(int(d)) for d in np.unique(sample.day)]
