"""What a report is made from, in one value: plain results of a run, nothing that computes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from fanpin_risk.areas.told import AreasTold
from fanpin_risk.errors import SchemaError
from fanpin_risk.explain.cause_profile import CauseProfile
from fanpin_risk.indicators.indicator import IndicatorColumn
from fanpin_risk.outcomes.words import OutcomeWords
from fanpin_risk.report.readings import MODEL, PLAN, RULES
from fanpin_risk.report.terms import Terms, terms_of
from fanpin_risk.report.words import Words

PREDICTION_COLUMNS = (
    "household_id",
    "as_of",
    "place",
    "is_new",
    "must_visit",
    "fell",
    MODEL,
    RULES,
    PLAN,
    f"risk_{MODEL}",
)
"""What is asked of the predictions; ``random``, ``members`` and ``region`` are used if there."""


class Contributions(Protocol):
    """What is asked of a ``shap.Explanation``: contributions in log-odds, and what they are of."""

    values: npt.NDArray[np.float64]
    data: npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class DataNote:
    """Who published the records, and what they cannot show."""

    title: Words
    publisher: str
    limits: tuple[Words, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ReportContent:
    """Everything that figures, report and model card are made from.

    Attributes
    ----------
    title
        What stands above the report.
    metrics
        Content of ``metrics.json``: undefined values are None, not NaN.
    manifest
        Content of ``manifest.json``.
    predictions
        Every household of every origin with `PREDICTION_COLUMNS`; ``fell`` is null where it cannot
        be known. ``members`` (persons) and ``region``, if there, add rows to who is missed.
    explanation
        Contributions of the households scored, of shape (n_households, n_columns).
    columns
        The catalogue's columns, in the order of the contributions.
    reasons, rules, teams
        Frames of the result files of the same names.
    plan_notice
        How far this round's random checks carry, in Chinese and English.
    data
        The records' source.
    areas
        What a register tells of places and of its records; None for other records.
    profile
        Causes that come first among those on the visit plan; None where nobody is on it for a
        reason.
    """

    title: Words
    metrics: Mapping[str, Any]
    manifest: Mapping[str, Any]
    predictions: pl.DataFrame
    explanation: Contributions
    columns: Sequence[IndicatorColumn]
    reasons: pl.DataFrame
    rules: pl.DataFrame
    teams: pl.DataFrame
    plan_notice: tuple[str, str]
    data: DataNote
    areas: AreasTold | None = None
    profile: CauseProfile | None = None

    def __post_init__(self) -> None:
        """Refuse parts that do not fit each other."""
        wanted = (*PREDICTION_COLUMNS, *(["weight", "label"] if self.terms.is_weighted else []))
        missing = [name for name in wanted if name not in self.predictions.columns]
        if missing:
            raise SchemaError(
                f"The predictions lack the columns {missing}. Pass the table of one backtest."
            )
        shape_wanted = (len(self.explanation.values), len(self.columns))
        for name in ("values", "data"):
            shape = np.shape(getattr(self.explanation, name))
            if shape != shape_wanted:
                raise SchemaError(
                    f"The explanation's {name} have the shape {shape} and not {shape_wanted}: "
                    f"{len(self.columns)} columns are named. Pass the catalogue's columns."
                )

    @property
    def terms(self) -> Terms:
        """What falls, places and methods are called."""
        return terms_of(self.manifest["configuration"], self.columns)

    @property
    def outcome(self) -> OutcomeWords:
        """What the outcome, its cohort and the records are called."""
        return OutcomeWords(**self.manifest["outcome"])

    @property
    def estimand(self) -> str:
        """Name of the estimand."""
        return str(self.manifest["estimand"])

    @property
    def is_made_up(self) -> bool:
        """Whether the records were simulated for this run, and are of no real place."""
        return bool(self.manifest["configuration"].get("records", {}).get("simulate"))

    @property
    def horizon_months(self) -> int:
        """How long after the day the outcome is looked up."""
        return int(self.manifest["configuration"]["cohort"]["horizon_months"])
