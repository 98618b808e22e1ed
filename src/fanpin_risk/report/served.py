"""The trained model as MLflow serves it: indicators in, risks out, no household in an error.

MLflow checks a table against a model's signature and, when it does not fit, prints its rows. So the
signature here only describes the columns: MLflow hands the table on unchecked, and this module
checks it and words the error by columns and types.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl

from fanpin_risk.errors import ModelError
from fanpin_risk.report.mlflow_store import telemetry_off
from fanpin_risk.risk.artifact import StoredModel
from fanpin_risk.risk.encode import encode

telemetry_off()

# MLflow reads the switch of its telemetry when it is imported
from mlflow.models import Model, ModelSignature  # noqa: E402
from mlflow.pyfunc import save_model  # noqa: E402
from mlflow.pyfunc.model import PythonModel  # noqa: E402
from mlflow.types.schema import ColSpec, DataType, Schema, TensorSpec  # noqa: E402

ARTIFACT = "risk_model"
"""Folder of the `StoredModel` among MLflow's artefacts."""
PACKAGES = ("fanpin-risk", "lightgbm", "mlflow", "numpy", "pandas", "polars", "scikit-learn")
"""What decides a score, and what reads the table."""
CODE = '''"""Load the model through the installed package."""

from mlflow.models import set_model

from fanpin_risk.report.served import ServedRisk

set_model(ServedRisk())
'''
"""What MLflow keeps in place of a pickle, which could run anything when it is loaded."""

MADE_UP = {
    "ratio": 1.5,
    "share": 0.25,
    "yes_no": 0.0,
    "persons": 4.0,
    "rooms": 2.0,
    "persons_per_room": 2.0,
    "grade": 1.0,
    "kinds": 1.0,
    "visits": 2.0,
    "days": 90.0,
    "quarter": 1.0,
    "times_of_line": 0.5,
    "occurrences": 1.0,
    "danger_grade": 1.0,
    "months": 10.0,
    "years": 55.0,
    "loans": 1.0,
    "households": 100.0,
    "percent": 90.0,
    "minutes": 10.0,
    "litres": 60.0,
    "metres": 300.0,
    "mu_per_head": 5.0,
    "m2_per_head": 25.0,
    "per_1000": 1.0,
}
"""A usual value of each unit, for the input example."""


class ServedRisk(PythonModel):
    """A `StoredModel` as a pyfunc model; the trees lie beside it as artefacts."""

    def load_context(self, context: Any) -> None:
        """Read the model's folder; ModelError if it is damaged."""
        self._model = StoredModel.load(Path(context.artifacts[ARTIFACT]))

    def predict(
        self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """Risks and raw scores of a table of indicators, as `risk_table` gives them."""
        return risk_table(self._model, model_input)


def risk_table(model: StoredModel, table: object) -> pd.DataFrame:
    """Risk and raw score of each household of a table of indicators.

    Parameters
    ----------
    model
        The model.
    table
        A pandas or Polars data frame (or a list of dictionaries) with at least the model's
        columns, in any order; others are ignored. Numbers may be integers or truth values; None,
        NaN and NA are missing; a code that the model does not know scores as missing.

    Returns
    -------
    pandas.DataFrame
        ``risk`` in [0, 1] and ``raw_score`` in log-odds, both float64, in the order and with the
        index of ``table``.

    Raises
    ------
    ModelError
        Naming columns that are missing, doubled, or of a wrong type; never a value.
    """
    features = checked_features(model, table)
    matrix = encode(features, model.indicator_names, model.category_maps)
    raw = model.raw_score(matrix)
    index = table.index if isinstance(table, pd.DataFrame) else None
    return pd.DataFrame({"risk": model.calibrator.risk(raw), "raw_score": raw}, index=index)


def checked_features(model: StoredModel, table: object) -> pl.DataFrame:
    """Return the model's columns in its order: Float64, and String for codes; null is missing.

    Raises
    ------
    ModelError
        As `risk_table`.
    """
    columns = _columns(table, model.indicator_names)
    read = {
        name: _codes(columns[name]) if name in model.category_maps else _numbers(columns[name])
        for name in model.indicator_names
    }
    wrong = [
        f"{name} ({'text' if name in model.category_maps else 'a number'} is wanted, not {found})"
        for name, found in read.items()
        if isinstance(found, str)
    ]
    if wrong:
        raise ModelError(
            f"Columns of a wrong type: {_listed(wrong)}. Give numbers as numbers and codes as "
            "text, and nothing where a value is not known."
        )
    return pl.DataFrame(read)


def signature(model: StoredModel) -> ModelSignature:
    """Columns that the model wants, all of which may be missing in a row, and what it returns.

    MLflow is told not to check tables against it, because its error would print their rows.
    """
    inputs: list[ColSpec | TensorSpec] = [
        ColSpec(
            DataType.string if name in model.category_maps else DataType.double,
            name,
            required=False,
        )
        for name in model.indicator_names
    ]
    outputs: list[ColSpec | TensorSpec] = [
        ColSpec(DataType.double, name) for name in ("risk", "raw_score")
    ]
    described = ModelSignature(inputs=Schema(inputs), outputs=Schema(outputs))
    described._is_signature_from_type_hint = True
    return described


def example_input(model: StoredModel) -> pl.DataFrame:
    """Two made-up rows that the model accepts, the second with nothing known; nobody's data.

    Returns
    -------
    DataFrame
        The model's columns: a usual value of each unit, the first known code of each code.
    """
    return pl.DataFrame(
        {
            name: pl.Series([_made_up(kind, model.category_maps.get(name)), None])
            for name, kind in zip(model.indicator_names, model.indicator_kinds, strict=True)
        },
        schema={
            name: pl.String() if name in model.category_maps else pl.Float64()
            for name in model.indicator_names
        },
    )


def save_served(
    model: StoredModel,
    folder: Path,
    *,
    example: pl.DataFrame | None = None,
    run_id: str | None = None,
) -> None:
    """Write the model as MLflow wants it: signature, input example, requirements, artefacts.

    Parameters
    ----------
    model
        The model.
    folder
        A folder that does not exist yet.
    example
        Rows that show what a table looks like; they are kept with the model, so they must be made
        up. When None, `example_input`.
    run_id
        The MLflow run that the model belongs to, if any.

    Raises
    ------
    ModelError
        If the example does not fit the model, or holds household numbers.
    """
    if example is None:
        example = example_input(model)
    elif "household_id" in example.columns:
        raise ModelError(
            "The input example holds household numbers, and it is kept with the model. Give "
            "made-up rows, or none."
        )
    rows = checked_features(model, example)
    with tempfile.TemporaryDirectory() as name:
        model.save(Path(name) / ARTIFACT)
        code = Path(name) / "served_risk.py"
        code.write_text(CODE, encoding="utf-8")
        save_model(
            path=str(folder),
            mlflow_model=Model(run_id=run_id),
            python_model=str(code),
            artifacts={ARTIFACT: str(Path(name) / ARTIFACT)},
            signature=signature(model),
            input_example=pd.DataFrame({c: rows[c].to_list() for c in rows.columns}),
            pip_requirements=requirements(),
            metadata={
                "model_version": model.model_version,
                "estimand": model.estimand,
                "horizon_months": model.horizon_months,
            },
        )


def requirements() -> list[str]:
    """Return what must be installed where the model is loaded, at the versions of this process.

    Examples
    --------
    >>> [line.partition("==")[0] for line in requirements()][:2]
    ['fanpin-risk', 'lightgbm']
    """
    return [name + _pin(name) for name in PACKAGES]


def _pin(name: str) -> str:
    """Version to ask for; none for a package that runs without being installed."""
    try:
        return f"=={version(name)}"
    except PackageNotFoundError:
        return ""


def _made_up(kind: str, codes: Mapping[str, int] | None) -> object:
    """Value for an example."""
    if codes is not None:
        return min(codes, default=None)
    return MADE_UP.get(kind, 1.0)


def _columns(table: object, names: Sequence[str]) -> dict[str, pl.Series | pd.Series[Any]]:
    """Pick the model's columns out of a table; ModelError if it is none, or one is missing."""
    if isinstance(table, list) and all(isinstance(row, dict) for row in table):
        known = {key for row in table for key in row}
        values = {name: [row.get(name) for row in table] for name in names if name in known}
        table = pd.DataFrame({name: pd.Series(v, dtype=object) for name, v in values.items()})
    if not isinstance(table, pd.DataFrame | pl.DataFrame):
        raise ModelError(
            f"The model wants a pandas or Polars data frame of indicators, not "
            f"{type(table).__name__}."
        )
    found = list(table.columns)
    missing = [name for name in names if name not in found]
    if missing:
        raise ModelError(
            f"The table lacks {len(missing)} of the model's {len(names)} columns: "
            f"{_listed(missing)}. Make it with the catalogue that the model was made with."
        )
    doubled = [name for name in names if found.count(name) > 1]
    if doubled:
        raise ModelError(f"Columns that stand in the table twice: {_listed(doubled)}. Keep one.")
    return {name: table[name] for name in names}


def _numbers(column: pl.Series | pd.Series[Any]) -> pl.Series | str:
    """Floats with null for missing, or the type that is no number."""
    if isinstance(column, pl.Series):
        dtype = column.dtype
        if dtype.is_numeric() or dtype in (pl.Boolean, pl.Null):
            return column.cast(pl.Float64).fill_nan(None)
        return _polars_type(column)
    if _is_real(column):
        return pl.Series(column.to_numpy(dtype=np.float64, na_value=np.nan)).fill_nan(None)
    values = _values(column)
    other = [value for value in values if not (value is None or isinstance(value, Real))]
    if other:
        return _pandas_type(column, other[0])
    return pl.Series([None if v is None else float(v) for v in values], dtype=pl.Float64)


def _codes(column: pl.Series | pd.Series[Any]) -> pl.Series | str:
    """Texts with null for missing, or the type that is no text."""
    if isinstance(column, pl.Series):
        if column.dtype in (pl.String, pl.Categorical, pl.Enum):
            return column.cast(pl.String)
        is_empty = column.null_count() == len(column)
        return (
            pl.Series([None] * len(column), dtype=pl.String) if is_empty else _polars_type(column)
        )
    values = _values(column)
    other = [value for value in values if not (value is None or isinstance(value, str))]
    if other:
        return _pandas_type(column, other[0])
    return pl.Series(values, dtype=pl.String)


def _is_real(column: pd.Series[Any]) -> bool:
    """Whether a pandas column is of numbers or truth values throughout."""
    dtype = column.dtype
    return pd.api.types.is_bool_dtype(dtype) or (
        pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_complex_dtype(dtype)
    )


def _values(column: pd.Series[Any]) -> list[Any]:
    """Values of a pandas column, None for every kind of missing."""
    return [None if _is_missing(value) else value for value in column.astype(object)]


def _is_missing(value: object) -> bool:
    """Whether a value is None, NaN, NA or NaT."""
    if isinstance(value, float):
        return math.isnan(value)
    return value is None or value is pd.NA or value is pd.NaT


def _polars_type(column: pl.Series) -> str:
    """Type of a column without its categories, which are data."""
    return str(column.dtype.base_type())


def _pandas_type(column: pd.Series[Any], value: object) -> str:
    """Type of a column, and of a value in it where the column may hold anything."""
    return type(value).__name__ if column.dtype == object else str(column.dtype)


def _listed(names: Sequence[str]) -> str:
    """List up to ten, and count the rest."""
    rest = len(names) - 10
    return ", ".join(names[:10]) + (f" and {rest} more" if rest > 0 else "")
