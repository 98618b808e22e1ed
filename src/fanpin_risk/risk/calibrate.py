"""Calibration on a later period: from a model's raw scores to probabilities of today's level.

Every calibrator is increasing, so an order by risk never contradicts the order by raw score. All
sums are plain sums, so the same rows give the same numbers with any number of threads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal, Self, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit
from sklearn.isotonic import isotonic_regression

from fanpin_risk.errors import ModelError, TimeOrderError
from fanpin_risk.risk.linear import logistic_coefficients
from fanpin_risk.risk.model import RiskModel

FloatArray = NDArray[np.float64]
Method = Literal["logistic", "intercept", "isotonic"]


@dataclass(frozen=True, kw_only=True)
class Calibrator:
    r"""An increasing map from raw score (log-odds) to risk.

    Parameters
    ----------
    method : {"logistic", "intercept", "isotonic"}
        For the first two the risk is ``1 / (1 + exp(-(intercept + slope * raw_score)))``, with
        slope 1 for "intercept"; for "isotonic" it is interpolated between the knots and constant
        outside them.
    intercept, slope : float
        Level and spread; the slope is above 0.
    raw_knots, risk_knots : tuple of float
        Ascending knots of "isotonic".
    fell_back : bool
        Whether "logistic" was asked for but the later period allowed "intercept" only.

    Examples
    --------
    >>> calibrator = Calibrator(method="intercept", intercept=-1.0)
    >>> calibrator.risk([1.0]).tolist()
    [0.5]
    >>> Calibrator.from_dict(calibrator.to_dict()) == calibrator
    True
    """

    method: Method
    intercept: float = 0.0
    slope: float = 1.0
    raw_knots: tuple[float, ...] = ()
    risk_knots: tuple[float, ...] = ()
    fell_back: bool = False

    def __post_init__(self) -> None:
        problem = _problem_of(self)
        if problem:
            raise ModelError(f"Calibrator: {problem}. Calibrate the model anew.")

    def risk(self, raw_score: ArrayLike) -> FloatArray:
        """Risk in [0, 1] of each raw score, same shape."""
        raw = np.asarray(raw_score, dtype=np.float64)
        if self.method == "isotonic":
            return _interpolated(raw, np.array(self.raw_knots), np.array(self.risk_knots))
        return np.asarray(expit(self.intercept + self.slope * raw), dtype=np.float64)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold without loss."""
        return {
            "method": self.method,
            "intercept": self.intercept,
            "slope": self.slope,
            "raw_knots": list(self.raw_knots),
            "risk_knots": list(self.risk_knots),
            "fell_back": self.fell_back,
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Read what `to_dict` gave; a ModelError says what is wrong with it."""
        expected = set(cls.__dataclass_fields__)
        if set(content) != expected:
            raise ModelError(
                f"Calibrator: expected the keys {sorted(expected)}. Got {sorted(content)}. "
                "Calibrate the model anew."
            )
        knots = {name: tuple(content[name]) for name in ("raw_knots", "risk_knots")}
        return cls(**{**content, **knots})


def fit_calibrator(
    raw_score: ArrayLike,
    y: ArrayLike,
    *,
    method: Method = "logistic",
    sample_weight: ArrayLike | None = None,
    allow_intercept_only: bool = False,
) -> Calibrator:
    r"""Fit the map from raw score to risk by (weighted) maximum likelihood.

    Parameters
    ----------
    raw_score : array of shape (n_households,)
        Log-odds of a model that has not seen these households' outcomes.
    y : array of shape (n_households,)
        True or 1 for those that fell, False or 0 for the others; unknown outcomes left out.
    method : {"logistic", "intercept", "isotonic"}
        "logistic" fits level and spread (Platt 1999; Cox 1958), "intercept" the level alone,
        "isotonic" any increasing map (pool adjacent violators), kept within
        :math:`[1/(2n+2),\ 1 - 1/(2n+2)]` since n households cannot show a risk of exactly 0 or 1.
    sample_weight : array of shape (n_households,), optional
        Not negative.
    allow_intercept_only : bool
        What happens when "logistic" finds no increasing map: False raises, True fits "intercept"
        instead and says so in ``fell_back``.

    Raises
    ------
    ModelError
        If one outcome is missing, lengths differ, a value is not finite, or the map would not
        increase.

    Examples
    --------
    >>> import math
    >>> calibrator = fit_calibrator([0, 0, 0, 0], [1, 0, 0, 0], method="intercept")
    >>> round(math.exp(calibrator.intercept), 6)
    0.333333
    """
    raw, fell, weight = _checked(raw_score, y, sample_weight)
    if method == "isotonic":
        return _isotonic(raw, fell, weight)
    if method == "intercept":
        return _intercept_only(raw, fell, weight)
    if method != "logistic":
        raise ModelError(f"method must be one of {list(get_args(Method))}. Got {method!r}.")
    try:
        return _logistic(raw, fell, weight)
    except ModelError:
        if not allow_intercept_only:
            raise
    return replace(_intercept_only(raw, fell, weight), fell_back=True)


class CalibratedRisk:
    """A fitted model, and its calibration on a period that begins after its training was known.

    Parameters
    ----------
    model : RiskModel
        Fitted.
    trained_until : date
        The day on which the last outcome used for training was known.
    """

    def __init__(self, model: RiskModel, *, trained_until: date) -> None:
        self.model = model
        self.trained_until = trained_until
        self.calibrator: Calibrator | None = None
        self.calibrated_from: date | None = None
        self.calibrated_until: date | None = None

    def calibrate(
        self,
        X: ArrayLike,
        y: ArrayLike,
        *,
        starts_on: date,
        known_until: date | None = None,
        method: Method = "logistic",
        sample_weight: ArrayLike | None = None,
        allow_intercept_only: bool = False,
    ) -> Self:
        """Fit the calibrator on later households; see `fit_calibrator`.

        Parameters
        ----------
        X : array of shape (n_households, n_columns)
            Indicators as they were known on the households' own decision days.
        y : array of shape (n_households,)
            Outcomes, in the classes of the model; unknown ones left out.
        starts_on : date
            The first decision day among these households; not before ``trained_until``.
        known_until : date, optional
            The day on which the last of these outcomes was known.

        Raises
        ------
        TimeOrderError
            If the period starts before the last training outcome was known.
        """
        if starts_on < self.trained_until:
            raise TimeOrderError(
                f"Calibration starts on {starts_on}, before the last training outcome was known "
                f"on {self.trained_until}. Calibrate on decision days from {self.trained_until} "
                "on, or train on earlier outcomes."
            )
        self.calibrator = fit_calibrator(
            self.model.raw_score(X),
            _is_second_class(y, self.model.classes_),
            method=method,
            sample_weight=sample_weight,
            allow_intercept_only=allow_intercept_only,
        )
        self.calibrated_from, self.calibrated_until = starts_on, known_until
        return self

    def risk(self, raw_score: ArrayLike) -> FloatArray:
        """Calibrated risk of raw scores, same shape."""
        if self.calibrator is None:
            raise ModelError("This model is not calibrated yet. Call `calibrate` first.")
        return self.calibrator.risk(raw_score)

    def predict_proba(self, X: ArrayLike) -> FloatArray:
        """Calibrated probabilities of both classes, shape (n_households, 2)."""
        risk = self.risk(self.model.raw_score(X))
        return np.column_stack([1 - risk, risk])

    def to_dict(self) -> dict[str, Any]:
        """Return calibrator and dates as plain values; the model is stored beside them."""
        return {
            "calibrator": None if self.calibrator is None else self.calibrator.to_dict(),
            "trained_until": self.trained_until.isoformat(),
            "calibrated_from": _text_of(self.calibrated_from),
            "calibrated_until": _text_of(self.calibrated_until),
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any], *, model: RiskModel) -> Self:
        """Put together a model and what `to_dict` gave."""
        restored = cls(model, trained_until=date.fromisoformat(content["trained_until"]))
        if content["calibrator"] is not None:
            restored.calibrator = Calibrator.from_dict(content["calibrator"])
        restored.calibrated_from = _day_of(content["calibrated_from"])
        restored.calibrated_until = _day_of(content["calibrated_until"])
        return restored


def _intercept_only(raw: FloatArray, fell: FloatArray, weight: FloatArray) -> Calibrator:
    """Fit the level and leave the spread as it is."""
    level = logistic_coefficients(np.empty((0, len(raw))), fell, weight, offset=raw)
    return Calibrator(method="intercept", intercept=float(level[0]))


def _logistic(raw: FloatArray, fell: FloatArray, weight: FloatArray) -> Calibrator:
    """Fit level and spread; raise unless the risk rises with the raw score."""
    level, spread = logistic_coefficients(raw.reshape(1, -1), fell, weight)
    if spread <= 0:
        raise ModelError(
            f"In the later period the risk does not rise with the score (slope {spread:.3g}), so "
            "the order of the model would be turned round. Train anew, calibrate on more "
            "households, or use the method 'intercept'."
        )
    return Calibrator(method="logistic", intercept=float(level), slope=float(spread))


def _isotonic(raw: FloatArray, fell: FloatArray, weight: FloatArray) -> Calibrator:
    """Pool adjacent violators over the mean outcome of each raw score; knots at block ends."""
    order = np.lexsort((weight, fell, raw))
    raw, fell, weight = raw[order], fell[order], weight[order]
    scores, first = np.unique(raw, return_index=True)
    total = np.add.reduceat(weight, first)
    mean = np.add.reduceat(weight * fell, first) / total
    edge = 1 / (2 * len(raw) + 2)
    level = np.clip(isotonic_regression(mean, sample_weight=total), edge, 1 - edge)
    differs = np.diff(level) > 0
    keep = np.r_[True, differs] | np.r_[differs, True]
    return Calibrator(
        method="isotonic",
        raw_knots=tuple(scores[keep].tolist()),
        risk_knots=tuple(np.maximum.accumulate(level[keep]).tolist()),
    )


def _interpolated(raw: FloatArray, at: FloatArray, level: FloatArray) -> FloatArray:
    """Interpolate without ever stepping over the next knot, so that the map stays increasing."""
    inside = np.clip(raw, at[0], at[-1])
    left = np.clip(np.searchsorted(at, inside, side="right") - 1, 0, max(len(at) - 2, 0))
    right = np.minimum(left + 1, len(at) - 1)
    width = np.where(right > left, at[right] - at[left], 1.0)
    value = level[left] + (inside - at[left]) / width * (level[right] - level[left])
    return np.minimum(value, level[right])


def _checked(
    raw_score: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return scores, outcomes and weights as floats; rows of weight 0 are left out."""
    raw, fell = np.asarray(raw_score, dtype=np.float64), np.asarray(y, dtype=np.float64)
    weight = (
        np.ones(len(fell)) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
    )
    if not len(raw) == len(fell) == len(weight):
        raise ModelError(
            f"Calibration needs as many scores ({len(raw)}) as outcomes ({len(fell)}) and weights "
            f"({len(weight)})."
        )
    if not (np.all(np.isfinite(raw)) and np.all(np.isfinite(weight)) and np.all(weight >= 0)):
        raise ModelError("Calibration needs finite scores, and finite weights not below 0.")
    if not np.all((fell == 0) | (fell == 1)):
        raise ModelError("Outcomes must be 0 or 1. Leave out the households not yet known.")
    used = weight > 0
    n_fell = int(np.sum(fell[used]))
    if n_fell in (0, int(np.sum(used))):
        raise ModelError(
            f"Calibration needs both outcomes; {n_fell} of {int(np.sum(used))} households fell. "
            "Use a longer period."
        )
    return raw[used], fell[used], weight[used]


def _is_second_class(y: ArrayLike, classes: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether each outcome is the class whose risk the model gives."""
    outcomes = np.asarray(y)
    if not np.all(np.isin(outcomes, classes)):
        raise ModelError(f"Outcomes must be one of {classes.tolist()}. Leave out unknown ones.")
    return np.asarray(outcomes == classes[1])


def _problem_of(calibrator: Calibrator) -> str:
    """Say what is wrong with a calibrator; an empty text if nothing is."""
    if calibrator.method not in get_args(Method):
        return f"unknown method {calibrator.method!r}"
    if not (np.isfinite(calibrator.intercept) and 0 < calibrator.slope < np.inf):
        return f"the slope must be above 0 and finite, got {calibrator.slope!r}"
    if calibrator.method != "isotonic":
        return ""
    at, level = np.array(calibrator.raw_knots), np.array(calibrator.risk_knots)
    if len(at) != len(level) or not len(at):
        return f"{len(at)} scores do not fit {len(level)} risks of the knots"
    if np.any(np.diff(at) <= 0) or np.any(np.diff(level) < 0):
        return "the knots do not ascend"
    return ""


def _text_of(day: date | None) -> str | None:
    """Return the day as YYYY-MM-DD, if there is one."""
    return None if day is None else day.isoformat()


def _day_of(text: str | None) -> date | None:
    """Return the day of a text YYYY-MM-DD, if there is one."""
    return None if text is None else date.fromisoformat(text)
