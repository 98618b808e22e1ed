"""A trained model as a folder: the trees, how to feed them, and how sure they were.

``booster.txt`` holds the trees, ``model.json`` everything else. The version of a model is a digest
of what decides its scores, so two models of the same version score alike, wherever they are kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fanpin_risk.errors import ModelError
from fanpin_risk.provenance import (
    digest_of_bytes,
    digest_of_value,
    folder_written_whole,
    write_json,
    write_text,
)
from fanpin_risk.risk.calibrate import CalibratedRisk, Calibrator
from fanpin_risk.risk.model import RiskModel, load_booster_model

FloatArray = NDArray[np.float64]

FORMAT_VERSION = 1
BOOSTER_FILE = "booster.txt"
MODEL_FILE = "model.json"

_PLAIN = ("estimand", "horizon_months", "catalogue_digest", "parameters", "versions")
_KEYS = {
    *_PLAIN,
    "format_version",
    "model_version",
    "booster_sha256",
    "indicators",
    "categorical_columns",
    "category_maps",
    "calibrator",
    "trained_until",
    "calibrated_from",
    "calibrated_until",
}


@dataclass(frozen=True, kw_only=True)
class StoredModel:
    """Everything that is needed to score households later and elsewhere.

    Parameters
    ----------
    booster_text : str
        The trees, as `RiskModel.booster_text` gives them.
    indicator_names : tuple of str
        The columns in the order in which the trees want them.
    indicator_kinds : tuple of str
        What each column holds, in the catalogue's words; same length.
    category_maps : mapping of str to mapping of str to int
        For each categorical indicator, the code of each text. A text that is not there has no
        code and is scored like a missing one.
    categorical_columns : tuple of int
        Positions of the categorical indicators.
    calibrator : Calibrator
        From raw score to risk.
    catalogue_digest : str
        Digest of the indicator definitions.
    estimand : str
        "as_things_are" or "no_further_help".
    horizon_months : int
        How far ahead the risk looks.
    trained_until : date
        Day on which the last training outcome was known.
    calibrated_from, calibrated_until : date
        First decision day of the calibration, and day on which its last outcome was known.
    parameters : mapping
        Parameters of the `RiskModel`, plain values.
    versions : mapping of str to str
        Versions of the packages that made it. They have no part in the model's version.
    """

    booster_text: str = field(repr=False)
    indicator_names: tuple[str, ...]
    indicator_kinds: tuple[str, ...]
    category_maps: Mapping[str, Mapping[str, int]]
    categorical_columns: tuple[int, ...]
    calibrator: Calibrator
    catalogue_digest: str
    estimand: str
    horizon_months: int
    trained_until: date
    calibrated_from: date
    calibrated_until: date
    parameters: Mapping[str, Any]
    versions: Mapping[str, str]

    def __post_init__(self) -> None:
        if len(self.indicator_names) != len(self.indicator_kinds):
            raise ModelError(
                f"{len(self.indicator_names)} indicators do not fit "
                f"{len(self.indicator_kinds)} kinds. Give one kind per indicator."
            )
        named = {self.indicator_names[i] for i in self.categorical_columns}
        if named != set(self.category_maps):
            raise ModelError(
                f"Categorical indicators are {sorted(named)}, but there are maps for "
                f"{sorted(self.category_maps)}. Give one map for each."
            )

    @classmethod
    def of(
        cls,
        calibrated: CalibratedRisk,
        *,
        indicator_names: Sequence[str],
        indicator_kinds: Sequence[str],
        category_maps: Mapping[str, Mapping[str, int]],
        catalogue_digest: str,
        estimand: str,
        horizon_months: int,
        versions: Mapping[str, str],
    ) -> Self:
        """Take what is to be stored from a calibrated model; ModelError if it is not calibrated."""
        calibrator, first, last = (
            calibrated.calibrator,
            calibrated.calibrated_from,
            calibrated.calibrated_until,
        )
        if calibrator is None or first is None or last is None:
            raise ModelError(
                "Only a calibrated model with both days of its calibration can be stored. Call "
                "`calibrate` with `starts_on` and `known_until` first."
            )
        return cls(
            booster_text=calibrated.model.booster_text,
            indicator_names=tuple(indicator_names),
            indicator_kinds=tuple(indicator_kinds),
            category_maps=category_maps,
            categorical_columns=tuple(int(i) for i in calibrated.model.categorical_columns),
            calibrator=calibrator,
            catalogue_digest=catalogue_digest,
            estimand=estimand,
            horizon_months=horizon_months,
            trained_until=calibrated.trained_until,
            calibrated_from=first,
            calibrated_until=last,
            parameters=_plain_parameters(calibrated.model),
            versions=versions,
        )

    @property
    def model_version(self) -> str:
        """First 16 hexadecimal digits of a digest of all that decides a score."""
        return self._version_and_booster_digest[0]

    @cached_property
    def _version_and_booster_digest(self) -> tuple[str, str]:
        """Work out both digests once."""
        booster = digest_of_bytes(self.booster_text.encode())
        parts = {
            "booster": booster,
            "indicators": list(self.indicator_names),
            "category_maps": _plain(self.category_maps),
            "calibrator": self.calibrator.to_dict(),
            "catalogue": self.catalogue_digest,
        }
        return digest_of_value(parts)[:16], booster

    @cached_property
    def _model(self) -> RiskModel:
        """Read the trees once."""
        return load_booster_model(self.booster_text)

    def save(self, folder: Path, *, texts: Mapping[str, str] | None = None) -> None:
        """Write the folder whole or not at all; a model that stood there survives a failure.

        Parameters
        ----------
        folder : Path
            For instance ``models/argentina_eph``.
        texts : mapping of str to str, optional
            Further files to put beside the model, such as ``{"card.md": ...}``.

        Raises
        ------
        OutputError
            If it cannot be written; the message names the folder.
        """
        with folder_written_whole(folder) as new:
            write_text(new / BOOSTER_FILE, self.booster_text)
            write_json(new / MODEL_FILE, self.to_dict())
            for name, text in (texts or {}).items():
                write_text(new / name, text)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a stored model back; its scores are those of the saved one to the last bit.

        Raises
        ------
        ModelError
            If a file is missing, was changed after it was saved, or has another format.
        """
        content = _read_content(folder)
        model = cls.from_dict(content, booster_text=_read_text(folder, BOOSTER_FILE))
        version, booster = model._version_and_booster_digest
        if booster != content["booster_sha256"]:
            raise ModelError(_changed(folder, BOOSTER_FILE, content["booster_sha256"], booster))
        if version != content["model_version"]:
            raise ModelError(_changed(folder, MODEL_FILE, content["model_version"], version))
        return model

    def to_dict(self) -> dict[str, Any]:
        """Return what ``model.json`` holds: plain values, everything but the trees."""
        version, booster = self._version_and_booster_digest
        pairs = zip(self.indicator_names, self.indicator_kinds, strict=True)
        return {name: _plain(getattr(self, name)) for name in _PLAIN} | {
            "format_version": FORMAT_VERSION,
            "model_version": version,
            "booster_sha256": booster,
            "indicators": [{"name": name, "kind": kind} for name, kind in pairs],
            "categorical_columns": list(self.categorical_columns),
            "category_maps": _plain(self.category_maps),
            "calibrator": self.calibrator.to_dict(),
            "trained_until": self.trained_until.isoformat(),
            "calibrated_from": self.calibrated_from.isoformat(),
            "calibrated_until": self.calibrated_until.isoformat(),
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any], *, booster_text: str) -> Self:
        """Put together what `to_dict` gave and the trees."""
        try:
            return cls(
                **{name: content[name] for name in _PLAIN},
                booster_text=booster_text,
                indicator_names=tuple(entry["name"] for entry in content["indicators"]),
                indicator_kinds=tuple(entry["kind"] for entry in content["indicators"]),
                category_maps=content["category_maps"],
                categorical_columns=tuple(content["categorical_columns"]),
                calibrator=Calibrator.from_dict(content["calibrator"]),
                trained_until=date.fromisoformat(content["trained_until"]),
                calibrated_from=date.fromisoformat(content["calibrated_from"]),
                calibrated_until=date.fromisoformat(content["calibrated_until"]),
            )
        except ModelError:
            raise
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            raise ModelError(
                f"{MODEL_FILE} is damaged: {error!r}. Train the model anew."
            ) from error

    def check_indicators(self, names: Sequence[str]) -> None:
        """Raise a ModelError unless the columns are the model's own, in the same order."""
        missing = [name for name in self.indicator_names if name not in set(names)]
        extra = [name for name in names if name not in set(self.indicator_names)]
        mend = (
            "Train a model with this catalogue, or use the catalogue that the model was made with."
        )
        if missing or extra:
            raise ModelError(
                f"The model's indicators differ from the catalogue. Missing: {_shown(missing)}. "
                f"Extra: {_shown(extra)}. {mend}"
            )
        pairs = list(zip(self.indicator_names, names, strict=False))
        moved = [f"{found} in place of {wanted}" for wanted, found in pairs if wanted != found]
        if moved or len(names) != len(self.indicator_names):
            raise ModelError(
                f"The model's indicators stand in another order: {_shown(moved)}. {mend}"
            )

    def raw_score(self, X: ArrayLike, *, n_threads: int = 1) -> FloatArray:
        """Log-odds before calibration, shape (n_households,)."""
        matrix = self._matrix(X)
        return self._model.raw_score(matrix, n_threads=n_threads) if len(matrix) else np.empty(0)

    def risk(self, X: ArrayLike, *, n_threads: int = 1) -> FloatArray:
        """Calibrated risk, shape (n_households,); for known raw scores use ``calibrator.risk``."""
        return self.calibrator.risk(self.raw_score(X, n_threads=n_threads))

    def contributions(self, X: ArrayLike, *, n_threads: int = 1) -> FloatArray:
        """Exact SHAP values in log-odds, base last, shape (n_households, n_indicators + 1)."""
        matrix = self._matrix(X)
        if not len(matrix):
            return np.empty((0, matrix.shape[1] + 1))
        return self._model.contributions(matrix, n_threads=n_threads)

    def dump(self) -> dict[str, Any]:
        """The trees as LightGBM's ``dump_model`` gives them, for an explainer."""
        return self._model.dump()

    def _matrix(self, X: ArrayLike) -> FloatArray:
        """Return the indicators as a matrix of the right width; it may hold no household."""
        matrix = np.asarray(X, dtype=np.float64)
        expected = len(self.indicator_names)
        if matrix.ndim != 2 or matrix.shape[1] != expected:
            raise ModelError(
                f"The model wants a matrix of {expected} indicators. Got shape {matrix.shape}. "
                "Build the indicators with the catalogue that the model was made with."
            )
        return matrix


def _read_content(folder: Path) -> dict[str, Any]:
    """Read and check the frame of ``model.json``."""
    if not folder.is_dir():
        raise ModelError(f"{folder}: no such model folder. Make it with `fanpin-risk train`.")
    try:
        content = json.loads(_read_text(folder, MODEL_FILE))
    except json.JSONDecodeError as error:
        raise ModelError(
            f"{folder / MODEL_FILE} is damaged (line {error.lineno}: {error.msg}). Train anew."
        ) from error
    if not isinstance(content, dict) or content.get("format_version") != FORMAT_VERSION:
        found = content.get("format_version") if isinstance(content, dict) else None
        raise ModelError(
            f"{folder / MODEL_FILE} has format version {found!r}; this package reads "
            f"{FORMAT_VERSION}. Train anew, or use the package version that made it."
        )
    if set(content) != _KEYS:
        wrong = sorted(_KEYS ^ set(content))
        raise ModelError(
            f"{folder / MODEL_FILE} is damaged: missing or unknown entries {wrong}. Train anew."
        )
    return content


def _read_text(folder: Path, name: str) -> str:
    """Read one file of a model folder."""
    try:
        return (folder / name).read_bytes().decode("utf-8")
    except FileNotFoundError as error:
        raise ModelError(
            f"{folder} holds no {name}, so it is no model. Make one with `fanpin-risk train`."
        ) from error
    except UnicodeDecodeError as error:
        raise ModelError(f"{folder / name} is damaged: it is no UTF-8. Train anew.") from error
    except OSError as error:
        raise ModelError(f"{folder / name} cannot be read: {error.strerror}.") from error


def _changed(folder: Path, name: str, expected: str, found: str) -> str:
    """Word the message for a file that was changed after it was saved."""
    return (
        f"{folder / name} was changed after it was saved: its digest is {found[:16]}, not "
        f"{expected!s:.16}. Copy the model folder anew, or train anew."
    )


def _plain_parameters(model: RiskModel) -> dict[str, Any]:
    """Return what decides the trees; the number of threads has no part in it."""
    parameters = {name: _plain(value) for name, value in model.get_params().items()}
    del parameters["n_threads"]
    return parameters


def _plain(value: Any) -> Any:
    """Return a value as JSON would give it back."""
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(part) for part in value]
    return value.item() if isinstance(value, np.generic) else value


def _shown(names: Sequence[str]) -> str:
    """Show a few names and count the rest."""
    shown = ", ".join(names[:5]) or "none"
    return shown + (f" and {len(names) - 5} more" if len(names) > 5 else "")
