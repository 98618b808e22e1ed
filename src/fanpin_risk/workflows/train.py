"""Train the model that is kept: on everything whose outcome was known before a day."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from fanpin_risk.config import Configuration, Project
from fanpin_risk.errors import ModelError
from fanpin_risk.indicators.catalogue import catalogue_digest, columns_of
from fanpin_risk.provenance import canonical_json, package_versions
from fanpin_risk.records.source import Source
from fanpin_risk.risk.artifact import StoredModel
from fanpin_risk.standards.parameters import Standards
from fanpin_risk.workflows.days import Day, Setting, day_before, with_outcomes
from fanpin_risk.workflows.fit import Sample, fit_risk, sample_of
from fanpin_risk.workflows.weights import with_weights

PACKAGES = ("fanpin-risk", "lightgbm", "numpy", "polars", "narwhals", "scikit-learn", "shap")
PROJECT_FILE = "project.json"
CARD_FILE = "card.md"


def train(
    setting: Setting,
    configuration: Configuration,
    *,
    as_of: date,
    n_threads: int,
    days: Sequence[Day],
) -> StoredModel:
    """Train and calibrate on every outcome known before ``as_of``.

    Parameters
    ----------
    setting, configuration
        What days are built with, and how the model is fitted.
    as_of
        The day the model is meant for.
    n_threads
        Threads for fitting; the model is the same for any number.
    days
        Every day whose outcome was known before ``as_of``, built; later ones are left aside.

    Returns
    -------
    StoredModel

    Raises
    ------
    AsOfError
        If too little was known before the day.
    """
    training = training_sample(setting, configuration, days, as_of)
    return fitted_model(setting, configuration, training, n_threads=n_threads)


def training_sample(
    setting: Setting, configuration: Configuration, days: Sequence[Day], as_of: date
) -> Sample:
    """Everything whose outcome was known before a day, with its weights."""
    known = with_outcomes(setting, days, day_before(as_of))
    return with_weights(sample_of(known, first_seen_before=None), configuration.baselines)


def fitted_model(
    setting: Setting, configuration: Configuration, training: Sample, *, n_threads: int
) -> StoredModel:
    """Train and calibrate on a sample; the model is the same for any number of threads."""
    columns = columns_of(setting.basis.catalogue)
    fitted = fit_risk(
        training,
        cohort=setting.cohort,
        model=configuration.model,
        calibration=configuration.calibration,
        n_threads=n_threads,
        columns=columns,
    )
    return StoredModel.of(
        fitted.calibrated,
        indicator_names=fitted.names,
        indicator_kinds=[column.indicator.unit for column in columns],
        category_maps=fitted.maps,
        catalogue_digest=catalogue_digest(setting.basis.catalogue),
        estimand=configuration.estimand,
        horizon_months=configuration.cohort.horizon_months,
        versions=package_versions(PACKAGES),
    )


def project_text(project: Project) -> str:
    """Configuration, source and standards as they were when the model was trained."""
    content = {
        "configuration": project.configuration.model_dump(mode="json"),
        "source": None if project.source is None else project.source.model_dump(mode="json"),
        "standards": project.standards.content(),
    }
    return canonical_json(content) + "\n"


def project_of_model(folder: Path) -> Project:
    """Read back what `project_text` wrote into a model's folder; it names no files.

    Raises
    ------
    ModelError
        If the file is missing or damaged.
    """
    path = folder / PROJECT_FILE
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return Project(
            configuration=Configuration.model_validate(content["configuration"]),
            source=None if content["source"] is None else Source.model_validate(content["source"]),
            standards=Standards.of_content(content["standards"]),
            files=(),
        )
    except FileNotFoundError as error:
        raise ModelError(f"{path} is missing. Train the model anew.") from error
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{path} is damaged. Train the model anew.") from error
