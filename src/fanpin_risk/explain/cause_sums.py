"""Contributions added up to the official causes: exact, every contribution in one of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from fanpin_risk.causes import Cause
from fanpin_risk.errors import SchemaError
from fanpin_risk.explain.told import CAUSES, causes_of, told_causes
from fanpin_risk.indicators.indicator import IndicatorColumn

NOT_SHOWN = "not_shown"
"""Column of what sensitive indicators contribute, which nothing that is shown comes from."""
_ORDER = pl.Enum([cause.value for cause in Cause])

Numbers = npt.NDArray[np.float64]


def by_cause(
    contributions: Numbers, values: Numbers, columns: Sequence[IndicatorColumn]
) -> dict[Cause, Numbers]:
    """Contributions added up to the official causes, in log-odds; sensitive ones included.

    Added over all causes and with the base they give the raw score again.

    Parameters
    ----------
    contributions, values : arrays of shape (n_households, n_columns)
        In log-odds without the base, and what was scored; NaN is "not known". Values say what
        kind an event was that an indicator counts without its kind
        (`fanpin_risk.explain.told.told_causes`).
    columns
        The catalogue's columns.

    Returns
    -------
    dict of Cause to array of shape (n_households,)
        For every cause that an indicator belongs to, in the official order.
    """
    own = causes_of(columns)
    told = told_causes(columns, values.T)
    sums = {}
    for place in np.unique(own).tolist():
        still = [i for i in range(len(columns)) if own[i] == place and i not in told]
        total: Numbers = contributions[:, still].sum(axis=1)
        for i, found in told.items():
            total = total + np.where(found == place, contributions[:, i], 0.0)
        sums[CAUSES[place]] = total
    return sums


def cause_contributions(
    contributions: pl.DataFrame, features: pl.DataFrame, columns: Sequence[IndicatorColumn]
) -> pl.DataFrame:
    """Contributions of every household added up to causes, and apart what is never shown.

    Parameters
    ----------
    contributions
        ``household_id``, ``base`` and one column for each of ``columns``, in log-odds, a row for
        each household scored.
    features
        ``household_id`` and the same columns with their values, in any order of households.
    columns
        The catalogue's columns.

    Returns
    -------
    DataFrame
        ``household_id, base``, one column for each cause that an indicator belongs to, by its
        English name in small letters and in the order of the taxonomy, and ``not_shown``: of
        sensitive indicators. Base and all of them add up to the raw score.

    Raises
    ------
    SchemaError
        If a column is missing, a household has two rows, or not both frames have it.

    Examples
    --------
    >>> from fanpin_risk.indicators.catalogue import COUNTY, columns_of
    >>> columns = [c for c in columns_of(COUNTY) if c.indicator.table == "shock"]
    >>> names = [column.name for column in columns]
    >>> parts = pl.DataFrame({"household_id": ["h"], "base": [-3.0]} | {n: [0.5] for n in names})
    >>> values = pl.DataFrame({"household_id": ["h"]} | {n: [0.0] for n in names})
    >>> values = values.with_columns(lost_job_ever_12m=1.0)
    >>> found = cause_contributions(parts, values, columns)
    >>> found.select("unstable_work", "other", "not_shown").row(0)
    (2.5, 0.0, 0.0)
    """
    names = [column.name for column in columns]
    for what, frame in (("Contributions", contributions), ("Values", features)):
        _require_whole(what, frame, names)
    values = contributions.select("household_id").join(
        features.select("household_id", *names), on="household_id", maintain_order="left"
    )
    if values.height != contributions.height or features.height != contributions.height:
        raise SchemaError(
            f"There are contributions of {contributions.height} households and values of "
            f"{features.height}, {values.height} of them the same. Give both of one scoring."
        )
    parts = contributions.select(names).to_numpy()
    numbers = np.column_stack([_numbers(values, column) for column in columns])
    is_shown = np.array([not column.indicator.is_sensitive for column in columns])
    shown = [column for column, yes in zip(columns, is_shown, strict=True) if yes]
    sums = by_cause(parts[:, is_shown], numbers[:, is_shown], shown)
    return contributions.select("household_id", "base").with_columns(
        *[pl.Series(cause.name.lower(), total) for cause, total in sums.items()],
        pl.Series(NOT_SHOWN, parts[:, ~is_shown].sum(axis=1)),
    )


def cause_sums(contributions: pl.DataFrame) -> pl.DataFrame:
    """`cause_contributions` as rows: for each household and cause one, without what is never shown.

    Returns
    -------
    DataFrame
        ``household_id, cause`` (the official word), ``contribution``; households in their order,
        causes in that of the taxonomy.

    Examples
    --------
    >>> wide = pl.DataFrame({"household_id": ["h"], "base": [-3.0], "illness": [0.5],
    ...                      "other": [0.0], "not_shown": [0.0]})
    >>> cause_sums(wide).rows()
    [('h', '因病', 0.5), ('h', '其他', 0.0)]
    """
    words = {cause.name.lower(): cause.value for cause in CAUSES}
    there = [name for name in words if name in contributions.columns]
    long = (
        contributions.select("household_id", *there)
        .with_row_index("_at")
        .unpivot(index=["_at", "household_id"], variable_name="cause", value_name="contribution")
    )
    ordered = long.with_columns(pl.col("cause").replace_strict(words).cast(_ORDER))
    return ordered.sort("_at", "cause").select(
        "household_id", pl.col("cause").cast(pl.String), pl.col("contribution").cast(pl.Float64)
    )


def _require_whole(what: str, frame: pl.DataFrame, names: Sequence[str]) -> None:
    """Refuse a frame without its columns, or with two rows of a household."""
    missing = [name for name in ("household_id", *names) if name not in frame.columns]
    if missing:
        raise SchemaError(
            f"{what} of {', '.join(missing)} are missing. Give those of the same scoring as the "
            "columns."
        )
    if not frame["household_id"].is_unique().all():
        raise SchemaError(
            f"A household has two rows of {what.lower()}. Give one scoring at a time."
        )


def _numbers(values: pl.DataFrame, column: IndicatorColumn) -> Numbers:
    """Values of a column; a code is no number."""
    if column.indicator.is_categorical:
        return np.full(values.height, np.nan)
    return values[column.name].cast(pl.Float64).to_numpy()
