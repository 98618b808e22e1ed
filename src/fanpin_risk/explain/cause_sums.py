"""Contributions added up to the official causes: exact, every contribution in one of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from fanpin_risk.causes import Cause
from fanpin_risk.errors import SchemaError
from fanpin_risk.explain.told import CAUSE_ORDER, CAUSES, causes_of, told_causes
from fanpin_risk.indicators.indicator import IndicatorColumn

NOT_SHOWN = "not_shown"
"""Column of what sensitive indicators contribute, which nothing that is shown comes from."""
CAUSE_COLUMNS: dict[str, Cause] = {cause.name.lower(): cause for cause in CAUSES}
"""Columns of `cause_contributions`: the cause's English name in small letters."""

Numbers = npt.NDArray[np.float64]
Column = Callable[[int], Numbers]
"""Gives an array of shape (n_households,) for a place among the columns."""


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
        For every cause that an indicator belongs to, in the official order. A household's sums do
        not depend on who else is asked about, to the last bit.

    Examples
    --------
    >>> from fanpin_risk.indicators.catalogue import COUNTY, columns_of
    >>> named = {column.name: column for column in columns_of(COUNTY)}
    >>> columns = [named["lost_job_ever_12m"], named["shocks_count_12m"]]
    >>> sums = by_cause(np.array([[0.25, 0.5]] * 2), np.array([[1.0, 1.0], [0.0, 0.0]]), columns)
    >>> {cause.name: total.tolist() for cause, total in sums.items()}
    {'UNSTABLE_WORK': [0.75, 0.25], 'OTHER': [0.0, 0.5]}
    """
    return _sums(
        lambda i: contributions[:, i], lambda i: values[:, i], columns, n=len(contributions)
    )


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
        If a column or a contribution is missing, a household has two rows, or not both frames have
        it.

    Examples
    --------
    >>> from fanpin_risk.indicators.catalogue import COUNTY, columns_of
    >>> columns = [c for c in columns_of(COUNTY) if c.indicator.table == "shock"]
    >>> names = [column.name for column in columns]
    >>> parts = pl.DataFrame({"household_id": ["h"], "base": [-3.0]} | {n: [0.5] for n in names})
    >>> values = pl.DataFrame({"household_id": ["h"]} | {n: [0.0] for n in names})
    >>> values = values.with_columns(lost_job_ever_12m=1.0, shocks_count_12m=1.0)
    >>> found = cause_contributions(parts, values, columns)
    >>> found.select("unstable_work", "other", "not_shown").row(0)
    (1.5, 1.0, 0.0)
    """
    names = [column.name for column in columns]
    _require_whole("Contributions", contributions, ["base", *names])
    _require_whole("Values", features, names)
    n_missing = sum(contributions[name].null_count() for name in ("base", *names))
    if n_missing:
        raise SchemaError(
            f"{n_missing} contributions are missing. Give those of a whole scoring: what adds "
            "nothing is 0."
        )
    values = _in_order(contributions, features, columns)
    shown = [column for column in columns if not column.indicator.is_sensitive]
    sums = _sums(
        lambda i: _numbers(contributions[shown[i].name]),
        lambda i: _numbers(values[shown[i].name]),
        shown,
        n=contributions.height,
    )
    hidden = np.zeros(contributions.height)
    for column in columns:
        if column.indicator.is_sensitive:
            hidden += _numbers(contributions[column.name])
    words = {cause: name for name, cause in CAUSE_COLUMNS.items()}
    return contributions.select("household_id", pl.col("base").cast(pl.Float64)).with_columns(
        *[pl.Series(words[cause], total) for cause, total in sums.items()],
        pl.Series(NOT_SHOWN, hidden),
    )


def cause_sums(contributions: pl.DataFrame) -> pl.DataFrame:
    """`cause_contributions` as rows: for each household and cause one, without what is never shown.

    Parameters
    ----------
    contributions
        Of `cause_contributions`: ``household_id`` and the columns of causes.

    Returns
    -------
    DataFrame
        ``household_id, cause`` (the official word), ``contribution`` (log-odds); households in
        their order, causes in that of the taxonomy.

    Raises
    ------
    SchemaError
        If there is no column of a cause, or none with the household's number.

    Examples
    --------
    >>> wide = pl.DataFrame({"household_id": ["h"], "base": [-3.0], "illness": [0.5],
    ...                      "other": [0.0], "not_shown": [0.0]})
    >>> cause_sums(wide).rows()
    [('h', '因病', 0.5), ('h', '其他', 0.0)]
    """
    there = [name for name in CAUSE_COLUMNS if name in contributions.columns]
    if not there or "household_id" not in contributions.columns:
        raise SchemaError(
            f"There are the columns {', '.join(contributions.columns) or 'none'} and no causes. "
            "Give a frame of cause_contributions.parquet."
        )
    long = (
        contributions.select("household_id", *there)
        .with_row_index("_at")
        .unpivot(index=["_at", "household_id"], variable_name="cause", value_name="contribution")
    )
    words = {name: CAUSE_COLUMNS[name].value for name in there}
    ordered = long.with_columns(pl.col("cause").replace_strict(words).cast(CAUSE_ORDER))
    return ordered.sort("_at", "cause").select(
        "household_id", pl.col("cause").cast(pl.String), pl.col("contribution").cast(pl.Float64)
    )


def _sums(
    parts: Column, values: Column, columns: Sequence[IndicatorColumn], *, n: int
) -> dict[Cause, Numbers]:
    """Sums by cause, column after column: as a reason adds them up, and without a copy of all."""
    own = causes_of(columns)
    told = told_causes(columns, values)
    sums = {CAUSES[place]: np.zeros(n) for place in sorted(set(own.tolist()))}
    for i in range(len(columns)):
        part = parts(i)
        if i not in told:
            sums[CAUSES[own[i]]] += part
            continue
        for place in np.unique(told[i]).tolist():
            sums[CAUSES[place]] += np.where(told[i] == place, part, 0.0)
    return sums


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


def _in_order(
    contributions: pl.DataFrame, features: pl.DataFrame, columns: Sequence[IndicatorColumn]
) -> pl.DataFrame:
    """Values of the columns that tell or are told, household by household as contributions are."""
    tellers = {name for column in columns for name in column.indicator.told_by_columns}
    asked = [c.name for c in columns if c.indicator.told_by or c.name in tellers]
    values = contributions.select("household_id").join(
        features.select("household_id", *asked), on="household_id", maintain_order="left"
    )
    if values.height != contributions.height or features.height != contributions.height:
        raise SchemaError(
            f"There are contributions of {contributions.height} households and values of "
            f"{features.height}, {values.height} of them the same. Give both of one scoring."
        )
    return values


def _numbers(values: pl.Series) -> Numbers:
    """Numbers of a column; NaN for what is not known."""
    return values.cast(pl.Float64).to_numpy()
