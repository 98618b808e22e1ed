"""Fitting: the model on earlier outcomes, its calibration on later ones, baselines beside it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from fanpin_risk.config import BaselineSettings, CalibrationSettings, Configuration, ModelSettings
from fanpin_risk.dates import day_number, day_of
from fanpin_risk.errors import AsOfError
from fanpin_risk.indicators.catalogue import catalogue_of, columns_of
from fanpin_risk.indicators.indicator import IndicatorColumn
from fanpin_risk.outcomes.cohort import Horizon
from fanpin_risk.risk.baselines import (
    Baseline,
    CohortMatrix,
    LogisticBaseline,
    OrderBy,
    RandomOrder,
    VulnerabilityBaseline,
    log_floored,
)
from fanpin_risk.risk.calibrate import CalibratedRisk
from fanpin_risk.risk.encode import CategoryMaps, category_maps, encode
from fanpin_risk.risk.model import RiskModel
from fanpin_risk.workflows.days import Day

FloatArray = npt.NDArray[np.float64]
COLUMNS = columns_of(catalogue_of("survey"))
"""Columns of the panel's part of the catalogue."""
METHODS = (
    "rules_order",
    "weighted_past_income",
    "region_only",
    "vep",
    "logistic",
    "lightgbm",
    "rules_then_model",
    "random",
)
"""Every method that may be compared, in the order of the tables."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Households of several days in one table, with what became of them.

    ``fell`` is 1.0, 0.0 or NaN (not knowable); ``day`` the decision day as a day number.
    ``households`` has the column ``label`` too, where the basis tells why there is no answer;
    there known outcomes have a ``weight`` (`weights.with_weights`). None weighs all alike.
    """

    features: pl.DataFrame
    households: pl.DataFrame
    fell: FloatArray
    income_to_line_later: FloatArray
    day: npt.NDArray[np.int64]
    weight: FloatArray | None = None

    def rows(self, which: npt.NDArray[np.bool_]) -> Sample:
        """Some of the households."""
        chosen = pl.Series(which)
        return Sample(
            features=self.features.filter(chosen),
            households=self.households.filter(chosen),
            fell=self.fell[which],
            income_to_line_later=self.income_to_line_later[which],
            day=self.day[which],
            weight=None if self.weight is None else self.weight[which],
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Columns of the features, in the order of the catalogue."""
        return tuple(name for name in self.features.columns if name != "household_id")

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """Whose outcome is knowable."""
        return ~np.isnan(self.fell)

    def matrix(self) -> CohortMatrix:
        """Numeric columns, for the baselines."""
        numeric = tuple(n for n in self.names if self.features.schema[n].is_numeric())
        return CohortMatrix(
            names=numeric,
            values=encode(self.features, numeric, {}),
            household_ids=tuple(self.features["household_id"]),
            days=self.day,
        )


def sample_of(
    parts: Sequence[tuple[Day, pl.DataFrame]], *, first_seen_before: date | None
) -> Sample:
    """Put days and their outcomes together; households first seen later are left out."""
    if not parts:
        raise AsOfError("No day has outcomes that are known by then. Choose a later day.")
    features = pl.concat([day.features for day, _ in parts])
    households = pl.concat([day.households for day, _ in parts])
    outcomes = pl.concat([outcome for _, outcome in parts])
    if "label" in outcomes.columns:
        households = households.with_columns(outcomes["label"])
    days = np.concatenate(
        [np.full(day.features.height, day_number(day.as_of), dtype=np.int64) for day, _ in parts]
    )
    sample = Sample(
        features=features,
        households=households,
        fell=_floats(outcomes["fell"]),
        income_to_line_later=_floats(outcomes["income_to_line_later"]),
        day=days,
    )
    if first_seen_before is None:
        return sample
    early = households["first_day"].to_numpy() < day_number(first_seen_before)
    return sample.rows(early)


@dataclass(frozen=True, kw_only=True)
class FittedRisk:
    """A calibrated model with what is needed to feed it."""

    calibrated: CalibratedRisk
    maps: CategoryMaps
    names: tuple[str, ...]
    n_training: int
    n_calibration: int

    def matrix(self, features: pl.DataFrame) -> FloatArray:
        """Matrix of households in the model's columns."""
        return encode(features, self.names, self.maps)


def fit_risk(
    training: Sample,
    *,
    cohort: Horizon,
    model: ModelSettings,
    calibration: CalibrationSettings,
    n_threads: int,
    columns: Sequence[IndicatorColumn] = COLUMNS,
) -> FittedRisk:
    """Fit on earlier days, calibrate on the latest ones.

    Everything in ``training`` must have been known on the day the model is meant for. The latest
    ``calibration.days`` decision days calibrate; the trees learn only from days whose outcome was
    known when the calibration period began. ``columns`` are those of the features, in their order.

    Raises
    ------
    AsOfError
        If that leaves no day to learn from.
    """
    known = training.rows(training.known)
    days = [day_of(int(d)) for d in np.unique(known.day)]
    if not days:
        raise AsOfError("No outcome is known by then. Choose a later day.")
    starts_on = days[max(0, len(days) - calibration.days)]
    early = [day for day in days if cohort.known_on(day) <= starts_on]
    if not early:
        raise AsOfError(
            f"No outcome was known when calibration starts on {starts_on}. Choose a later day, or "
            "fewer calibration.days."
        )
    trained_until = cohort.known_on(early[-1])
    fitting = known.rows(known.day <= day_number(early[-1]))
    later = known.rows(known.day >= day_number(starts_on))
    names = tuple(column.name for column in columns)
    maps = category_maps(fitting.features, names)
    fitted = risk_model(model, maps, n_threads=n_threads, columns=columns)
    fitted.fit(encode(fitting.features, names, maps), fitting.fell, fitting.weight)
    calibrated = CalibratedRisk(fitted, trained_until=trained_until)
    calibrated.calibrate(
        encode(later.features, names, maps),
        later.fell,
        starts_on=starts_on,
        known_until=cohort.known_on(days[-1]),
        method=calibration.method,
        allow_intercept_only=True,
        sample_weight=later.weight,
    )
    return FittedRisk(
        calibrated=calibrated,
        maps=maps,
        names=names,
        n_training=len(fitting.fell),
        n_calibration=len(later.fell),
    )


def risk_model(
    settings: ModelSettings,
    maps: CategoryMaps,
    *,
    n_threads: int,
    columns: Sequence[IndicatorColumn] = COLUMNS,
) -> RiskModel:
    """Return an unfitted model with the catalogue's codes and, if asked, its directions."""
    names = [column.name for column in columns]
    directions = [column.indicator.direction for column in columns]
    return RiskModel(
        **settings.model_dump(exclude={"use_directions"}),
        monotone_directions=directions if settings.use_directions else None,
        categorical_columns=[names.index(name) for name in maps],
        n_threads=n_threads,
    )


def baselines(settings: BaselineSettings, *, key: str) -> dict[str, Baseline]:
    """Every baseline by method name, unfitted."""
    logs = dict.fromkeys(settings.logs, "log")
    return {
        "rules_order": OrderBy(settings.today, -1),
        "weighted_past_income": OrderBy(settings.past, -1),
        "region_only": OrderBy(settings.region_rate, 1, is_probability=True),
        "vep": VulnerabilityBaseline(settings.columns, transforms=logs),
        "logistic": LogisticBaseline(settings.columns, transforms=logs),
        "random": RandomOrder(key),
    }


def fit_baselines(
    training: Sample, configuration: Configuration, *, left_out: Collection[str] = ()
) -> dict[str, Baseline]:
    """Fit every baseline, but for those left out, on all households whose outcome is known.

    Inner validation is forward in time: the latest day of outcomes validates what was learnt from
    days whose outcome was known by then.
    """
    known = training.rows(training.known)
    matrix = known.matrix()
    splits = forward_splits(known.day, configuration.cohort)
    fitted = {}
    for name, baseline in baselines(configuration.baselines, key=configuration.name).items():
        if name in left_out:
            continue
        if baseline.target == "log_relative_income":
            has_income = ~np.isnan(known.income_to_line_later)
            baseline.fit(
                matrix.rows(has_income), log_floored(known.income_to_line_later[has_income])
            )
        else:
            baseline.fit(matrix, known.fell, inner_splits=splits, sample_weight=known.weight)
        fitted[name] = baseline
    return fitted


def forward_splits(
    day: npt.NDArray[np.int64], cohort: Horizon, *, n_splits: int = 2
) -> list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """Row numbers (learn, validate): what was known on a validation day, and that day; latest last.

    Examples
    --------
    >>> years = np.array([day_number(date(year, 3, 31)) for year in (2004, 2005, 2006)])
    >>> splits = forward_splits(years, Horizon(horizon_months=24), n_splits=2)
    >>> [(learn.tolist(), validate.tolist()) for learn, validate in splits]
    [([0], [2])]
    """
    known_on = {int(d): day_number(cohort.known_on(day_of(int(d)))) for d in np.unique(day)}
    known = np.array([known_on[int(d)] for d in day])
    splits = []
    for validation_day in sorted(known_on)[-n_splits:]:
        learn = np.flatnonzero(known <= validation_day)
        if len(learn):
            splits.append((learn, np.flatnonzero(day == validation_day)))
    return splits


def _floats(column: pl.Series) -> FloatArray:
    """Numbers with NaN for null."""
    return column.fill_null(float("nan")).to_numpy().astype(np.float64)
