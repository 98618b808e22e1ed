"""Choosing LightGBM's settings by forward validation, inside the development period alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fanpin_risk.config import Configuration, ModelSettings, TuneSettings
from fanpin_risk.dates import day_number, day_of
from fanpin_risk.errors import ConfigError
from fanpin_risk.indicators.catalogue import columns_of
from fanpin_risk.indicators.indicator import IndicatorColumn
from fanpin_risk.risk.calibrate import fit_calibrator
from fanpin_risk.risk.encode import category_maps, encode
from fanpin_risk.risk.metrics import auc
from fanpin_risk.workflows.backtest import development_days
from fanpin_risk.workflows.days import Day, Progress, Setting, with_outcomes
from fanpin_risk.workflows.fit import Sample, risk_model, sample_of
from fanpin_risk.workflows.weights import with_weights

CHOICES: dict[str, tuple[Any, ...]] = {
    "n_trees": (150, 200, 300, 400, 500),
    "learning_rate": (0.02, 0.03, 0.05),
    "n_leaves": (7, 11, 15, 23, 31),
    "min_leaf_size": (50, 100, 200, 300),
    "feature_fraction": (0.2, 0.3, 0.4, 0.6),
    "bagging_fraction": (0.5, 0.7, 0.9),
    "l2": (1.0, 5.0, 20.0),
    "use_directions": (False, True),
}
"""What is drawn from; the first trial is always the configuration as it stands."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One setting, its mean log loss and AUC over the validation days."""

    changed: dict[str, Any]
    log_loss: float
    auc: float


def tune(
    setting: Setting,
    configuration: Configuration,
    days: Sequence[Day],
    *,
    n_threads: int,
    progress: Progress,
) -> list[Trial]:
    """Try settings drawn at random; each learns from what was known on a day and is judged on it.

    Returns
    -------
    list of Trial
        Best mean log loss first. Households and outcomes of the final fold have no part.

    Raises
    ------
    ConfigError
        If the configuration has no ``tune``, or a validation day lies outside the development
        period.
    """
    settings = tune_settings(configuration)
    development = development_days(days, configuration.backtest)
    sample = sample_of(
        with_outcomes(setting, development, configuration.backtest.outcomes_until),
        first_seen_before=None,
    )
    sample = with_weights(sample, configuration.baselines)
    known = sample.rows(sample.known)
    folds = _folds(known, settings, configuration)
    trials = []
    for number, changed in enumerate(_drawn(settings)):
        progress(f"{number + 1}/{settings.n_trials}")
        model = configuration.model.model_copy(update=changed)
        columns = columns_of(setting.basis.catalogue)
        trials.append(_judged(known, folds, model, changed, n_threads, columns))
    return sorted(trials, key=lambda trial: trial.log_loss)


def tune_settings(configuration: Configuration) -> TuneSettings:
    """How to tune, as configured.

    Raises
    ------
    ConfigError
        If the configuration does not say.
    """
    if configuration.tune is None:
        raise ConfigError("The configuration has no `tune`. Add validation_days and n_trials.")
    return configuration.tune


def _drawn(settings: TuneSettings) -> list[dict[str, Any]]:
    """Settings to try; the first changes nothing."""
    rng = np.random.default_rng(settings.seed)
    drawn: list[dict[str, Any]] = [{}]
    while len(drawn) < settings.n_trials:
        drawn.append(
            {name: values[int(rng.integers(len(values)))] for name, values in CHOICES.items()}
        )
    return drawn


def _folds(
    known: Sample, settings: TuneSettings, configuration: Configuration
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Rows to learn from and rows of the day, for each validation day."""
    later = {
        int(d): day_number(configuration.cohort.known_on(day_of(int(d))))
        for d in np.unique(known.day)
    }
    known_on = np.array([later[int(d)] for d in known.day])
    folds = []
    for day in settings.validation_days:
        number = day_number(day)
        learn, judge = known_on < number, known.day == number
        if not judge.any() or not learn.any():
            raise ConfigError(
                f"tune.validation_days: {day} has no outcomes, or nothing was known before it. "
                "Choose days of visits inside the development period."
            )
        folds.append((learn, judge))
    return folds


def _judged(
    known: Sample,
    folds: Sequence[tuple[np.ndarray, np.ndarray]],
    model: ModelSettings,
    changed: dict[str, Any],
    n_threads: int,
    columns: Sequence[IndicatorColumn],
) -> Trial:
    """Mean log loss (after level and spread were set right, as calibration will) and AUC."""
    losses, areas = [], []
    for learn, judge in folds:
        training, test = known.rows(learn), known.rows(judge)
        maps = category_maps(training.features, training.names)
        fitted = risk_model(model, maps, n_threads=n_threads, columns=columns)
        fitted.fit(encode(training.features, training.names, maps), training.fell, training.weight)
        raw = fitted.raw_score(encode(test.features, test.names, maps))
        risk = fit_calibrator(
            raw, test.fell, allow_intercept_only=True, sample_weight=test.weight
        ).risk(raw)
        loss = -np.log(np.where(test.fell == 1, risk, 1 - risk))
        losses.append(float(np.average(loss, weights=test.weight)))
        areas.append(auc(raw, test.fell))
    return Trial(changed=changed, log_loss=float(np.mean(losses)), auc=float(np.mean(areas)))
