"""What a household is compared with: the middle household of its village and of all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from fanpin_risk.indicators.indicator import Aggregate, IndicatorColumn

FEWEST_IN_VILLAGE = 10
"""Households with a known value from which on a village has a middle household."""
WHOLE = ("persons", "occurrences", "visits", "loans", "households", "months", "danger_grade")
"""Units that have no half: the middle of an even number of households is the lower one."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Middle:
    """What all households asked about have in common, by column.

    Attributes
    ----------
    medians
        Of the households whose value is known; None for codes and where nothing is known.
    shares_known
        Share of the households whose value is known; 1 without households.
    villages
        Names of the villages, sorted.
    village_medians : array of shape (n_columns, n_villages)
        Of each village's households; NaN where fewer than `FEWEST_IN_VILLAGE` are known, and for
        columns that are not compared within a village.
    """

    medians: tuple[float | None, ...]
    shares_known: tuple[float, ...]
    villages: tuple[str, ...]
    village_medians: npt.NDArray[np.float64]


def middle_of(
    features: pl.DataFrame, columns: Sequence[IndicatorColumn], villages: pl.Series | None = None
) -> Middle:
    """Medians and shares known of the households given, for `reasons` in parts.

    Parameters
    ----------
    features
        One column for each of ``columns``; null and NaN are "not known".
    columns
        The catalogue's columns.
    villages
        Village of each household; null where there is none. Without it nobody is compared with
        the village.

    Examples
    --------
    >>> from fanpin_risk.indicators.catalogue import COUNTY, columns_of
    >>> (column, *_) = columns_of(COUNTY)
    >>> middle = middle_of(pl.DataFrame({column.name: [1.0, None, 3.0, 8.0]}), [column])
    >>> middle.medians, middle.shares_known
    ((3.0,), (0.75,))
    """
    table = pl.DataFrame({column.name: _plain(features[column.name]) for column in columns})
    n = max(features.height, 1)
    names: tuple[str, ...] = ()
    by_village = np.empty((len(columns), 0))
    if villages is not None:
        names, by_village = _by_village(table, columns, villages.cast(pl.String))
    return Middle(
        medians=tuple(_median(table[column.name], column) for column in columns),
        shares_known=tuple(1 - one.null_count() / n for one in table),
        villages=names,
        village_medians=by_village,
    )


def is_compared_within_village(column: IndicatorColumn) -> bool:
    """Whether a quantity of the household's own is set beside its village: not yes, no, or days."""
    indicator = column.indicator
    is_quantity = indicator.unit not in ("yes_no", "code") and column.aggregate not in (
        *(Aggregate.CHANGE, Aggregate.DAYS_SINCE, Aggregate.AGE),
    )
    is_own = indicator.table not in ("place_view", "observation_view")
    has_side = indicator.direction != 0 and not indicator.is_sensitive
    return indicator.basis == "county" and is_quantity and is_own and has_side


def _by_village(
    table: pl.DataFrame, columns: Sequence[IndicatorColumn], villages: pl.Series
) -> tuple[tuple[str, ...], npt.NDArray[np.float64]]:
    """Villages, and the median of each column in each."""
    middles = {
        column.name: pl.col(column.name).quantile(0.5, "lower")
        if _is_whole(column)
        else pl.col(column.name).median()
        for column in columns
        if is_compared_within_village(column)
    }
    if not middles:
        return (), np.empty((len(columns), 0))
    name = "village of the household"
    found = (
        table.lazy()
        .select(list(middles))
        .with_columns(villages.alias(name))
        .filter(pl.col(name).is_not_null())
        .group_by(name)
        .agg(
            pl.when(pl.col(one).count() >= FEWEST_IN_VILLAGE).then(middle + 0.0).alias(one)
            for one, middle in middles.items()
        )
        .sort(name)
        .collect()
    )
    medians = np.full((len(columns), found.height), np.nan)
    for i, column in enumerate(columns):
        if column.name in middles:
            medians[i] = found[column.name].cast(pl.Float64).fill_null(math.nan).to_numpy()
    return tuple(found[name]), medians


def _plain(values: pl.Series) -> pl.Series:
    """Numbers with null for what is not known; codes as they are."""
    if values.dtype == pl.String:
        return values
    numbers = values if values.dtype == pl.Float64 else values.cast(pl.Float64)
    return numbers.fill_nan(None) if numbers.is_nan().any() else numbers


def _is_whole(column: IndicatorColumn) -> bool:
    """Whether a middle between two households would be a value that nobody can have."""
    return column.indicator.basis == "county" and column.indicator.unit in WHOLE


def _median(values: pl.Series, column: IndicatorColumn) -> float | None:
    """Middle value of those known; never a negative zero."""
    if values.dtype == pl.String:
        return None
    middle = values.quantile(0.5, "lower") if _is_whole(column) else values.median()
    return None if middle is None else float(str(middle)) + 0.0
