"""The final fold: opened by one command, and every opening is on record."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from fanpin_risk.config import Configuration
from fanpin_risk.errors import ConfigError, OutputError
from fanpin_risk.provenance import canonical_json
from fanpin_risk.workflows.backtest import Predictions, predict_one, weighed
from fanpin_risk.workflows.days import (
    Progress,
    Setting,
    build_days,
    days_until,
    first_seen,
    with_outcomes,
)
from fanpin_risk.workflows.evaluate import evaluation
from fanpin_risk.workflows.fit import sample_of


@dataclass(frozen=True, kw_only=True)
class Opening:
    """What an opening is recorded with."""

    opened_on: date
    commit: str
    configuration_digest: str


def final_fold(
    setting: Setting, configuration: Configuration, *, n_threads: int, progress: Progress
) -> dict[str, Any]:
    """Train on everything known up to the fold's day, test on households first seen later.

    Returns
    -------
    dict
        As `evaluation`.

    Raises
    ------
    ConfigError
        If the configuration has no final fold.
    """
    fold = configuration.final_fold
    if fold is None:
        raise ConfigError("The configuration has no final_fold. Add one to open it.")
    last_day = setting.basis.last_day(setting.records)
    days = build_days(setting, days_until(setting, last_day), progress)
    training_days = [day.restricted(first_seen(day, before=fold.first_seen_from)) for day in days]
    training = sample_of(
        with_outcomes(setting, training_days, fold.outcomes_until), first_seen_before=None
    )
    test_days = [
        day.restricted(first_seen(day, since=fold.first_seen_from))
        for day in days
        if day.as_of > fold.outcomes_until
    ]
    test = [
        (day, outcome)
        for day, outcome in with_outcomes(setting, test_days, last_day)
        if day.households["in_cohort"].any()
    ]
    table, fit = predict_one(setting, configuration, training, test, n_threads)
    predictions: Predictions = weighed(table, test_days, [fit], configuration)
    return evaluation(predictions, configuration.backtest, progress=progress)


def record_opening(path: Path, opening: Opening, result: dict[str, Any]) -> None:
    """Append one line of JSON to the record of openings; nothing in it is ever changed.

    Raises
    ------
    OutputError
        If the record cannot be written. Then the result must not be shown either.
    """
    line = canonical_json(
        {
            "opened_on": str(opening.opened_on),
            "commit": opening.commit,
            "configuration": opening.configuration_digest,
            "result": result,
        }
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as record:
            record.write(line + "\n")
            record.flush()
            os.fsync(record.fileno())
    except OSError as error:
        raise OutputError(
            f"The opening of the final fold could not be recorded in {path}: {error.strerror}. "
            "Without a record it stays closed."
        ) from error


def openings(path: Path | None) -> list[dict[str, Any]]:
    """Every recorded opening, oldest first; none when there is no record yet."""
    if path is None or not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def headline(result: dict[str, Any]) -> dict[str, Any]:
    """The few figures of a final fold that are put on record, with their intervals."""
    known = result["views"]["known"]
    methods = {
        name: {key: row.get(key) for key in ("auc", "precision_at_10%")}
        for name, row in known["methods"].items()
    }
    compared = ("lightgbm - weighted_past_income", "lightgbm - logistic")
    ratios = known["ratios"]["lightgbm / rules_order"]
    return {
        "cohort": result["cohort"],
        "methods": methods,
        "auc_differences": {name: known["differences"][name]["auc"] for name in compared},
        "further_visits_ratio": {
            key: row for key, row in ratios.items() if key.startswith("further_falls_at_")
        },
        "calibration_over_origins": {
            key: row
            for key, row in result["over_origins"]["lightgbm"].items()
            if key in ("calibration_slope", "expected_over_observed")
        },
    }
