"""Indicators of different causes that move together, so that either can stand for the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from fanpin_risk.explain.quality import BoolArray, FloatArray
from fanpin_risk.explain.told import CAUSES
from fanpin_risk.indicators.indicator import IndicatorColumn

LEAST_CORRELATION = 0.7
"""From this rank correlation on, up or down, two indicators count as carrying the same."""
FEWEST_BOTH_KNOWN = 100
"""Households that both indicators must be known of."""
ALIKE_SCHEMA: dict[str, pl.DataType] = {
    "column": pl.String(),
    "cause": pl.String(),
    "other_column": pl.String(),
    "other_cause": pl.String(),
    "rank_correlation": pl.Float64(),
    "n_households": pl.Int64(),
}


def rank_correlations(
    features: pl.DataFrame, columns: Sequence[IndicatorColumn]
) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Rank correlation of each two columns over the households of which both are known.

    Parameters
    ----------
    features
        One column for each of ``columns``, and maybe more.
    columns
        The catalogue's; codes have no ranks.

    Returns
    -------
    tuple of arrays of shape (n_columns, n_columns)
        Correlations of ranks that each column has among its own known values, and households of
        which both are known. NaN for codes, with fewer than `FEWEST_BOTH_KNOWN` such households,
        and where a column is the same for all of them.

    Examples
    --------
    >>> from fanpin_risk.indicators.catalogue import COUNTY, columns_of
    >>> some = columns_of(COUNTY)[:2]
    >>> table = pl.DataFrame({some[0].name: np.arange(200.0), some[1].name: -np.arange(200.0) ** 3})
    >>> rank_correlations(table, some)[0].round(6).tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    """
    ranks = np.zeros((features.height, len(columns)))
    known = np.zeros((features.height, len(columns)))
    for place, column in enumerate(columns):
        values = features[column.name]
        if values.dtype == pl.String or values.null_count() == len(values):
            continue
        known[:, place] = values.is_not_null().to_numpy()
        rank = values.cast(pl.Float64).rank("average")
        scaled = (rank - rank.mean()) / max(len(values) - values.null_count(), 1)
        ranks[:, place] = scaled.fill_null(0.0).to_numpy()
    n = known.T @ known
    counts = np.maximum(n, 1)
    mean = ranks.T @ known / counts
    spread = (ranks**2).T @ known / counts - mean**2
    product = ranks.T @ ranks / counts - mean * mean.T
    scale = np.sqrt(np.maximum(spread * spread.T, 0.0))
    is_told = (n >= FEWEST_BOTH_KNOWN) & (scale > 1e-9)
    found = np.full(n.shape, np.nan)
    np.divide(product, scale, out=found, where=is_told)
    return np.clip(found, -1.0, 1.0), n.astype(np.int64)


def alike_across_causes(features: pl.DataFrame, columns: Sequence[IndicatorColumn]) -> pl.DataFrame:
    """Pairs of indicators of two causes that carry the same information.

    Returns
    -------
    DataFrame
        Columns of `ALIKE_SCHEMA`, the strongest first; sensitive indicators are not among them, nor
        is a pair of which one says what kind the other was of (`fanpin_risk.explain.told`).
    """
    found, n = rank_correlations(features, columns)
    rows = []
    for one, column in enumerate(columns):
        for other in range(one + 1, len(columns)):
            pair = (column.indicator, columns[other].indicator)
            is_apart = pair[0].cause is not pair[1].cause and not _is_told(column, columns[other])
            is_shown = not any(indicator.is_sensitive for indicator in pair)
            if is_apart and is_shown and abs(found[one, other]) >= LEAST_CORRELATION:
                rows.append(
                    (
                        *(column.name, pair[0].cause.value),
                        *(columns[other].name, pair[1].cause.value),
                        *(float(found[one, other]), int(n[one, other])),
                    )
                )
    table = pl.DataFrame(rows, schema=ALIKE_SCHEMA, orient="row")
    return table.sort(
        -pl.col("rank_correlation").abs(), "column", "other_column", maintain_order=True
    )


def _is_told(one: IndicatorColumn, other: IndicatorColumn) -> bool:
    """Whether one column says what kind of events the other is of."""
    pairs = ((one, other), (other, one))
    return any(a.name in b.indicator.told_by_columns for a, b in pairs)


def is_alike_to(evidence: Sequence[str], true: BoolArray, alike: pl.DataFrame) -> BoolArray:
    """Whether evidence moves with an indicator of one of the causes given.

    Parameters
    ----------
    evidence
        A column's name for each household; empty for none.
    true : array of bool, shape (n_households, n_causes)
        Causes in the order of the vocabulary.
    alike
        Of `alike_across_causes`.

    Examples
    --------
    >>> pair = [("a", "因病", "b", "其他", 0.8, 200)]
    >>> alike = pl.DataFrame(pair, schema=ALIKE_SCHEMA, orient="row")
    >>> true = np.zeros((2, len(CAUSES)), dtype=bool)
    >>> true[:, 0] = True
    >>> is_alike_to(["b", "a"], true, alike).tolist()
    [True, False]
    """
    place = {cause.value: n for n, cause in enumerate(CAUSES)}
    reached: dict[str, set[int]] = {}
    for row in alike.iter_rows(named=True):
        reached.setdefault(row["column"], set()).add(place[row["other_cause"]])
        reached.setdefault(row["other_column"], set()).add(place[row["cause"]])
    found = [
        any(bool(causes[n]) for n in reached.get(name, ()))
        for name, causes in zip(evidence, true, strict=True)
    ]
    return np.array(found, dtype=np.bool_)
