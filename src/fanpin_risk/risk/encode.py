"""From the feature table to the model's matrix: codes by a frozen map, missing stays missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

CategoryMaps = dict[str, dict[str, int]]


def category_maps(features: pl.DataFrame, columns: Sequence[str]) -> CategoryMaps:
    """Known codes of each text column, sorted; a code's number is its place in the list.

    Examples
    --------
    >>> category_maps(pl.DataFrame({"tenure": ["tenant", None, "owner"]}), ["tenure"])
    {'tenure': {'owner': 0, 'tenant': 1}}
    """
    return {
        name: {code: n for n, code in enumerate(sorted(features[name].drop_nulls().unique()))}
        for name in columns
        if features.schema[name] == pl.String()
    }


def encode(
    features: pl.DataFrame, columns: Sequence[str], maps: Mapping[str, Mapping[str, int]]
) -> npt.NDArray[np.float64]:
    """Matrix of the columns, in order; null, and a code the map does not know, become NaN.

    Examples
    --------
    >>> table = pl.DataFrame({"a": [1.0, None], "tenure": ["tenant", "castle"]})
    >>> encode(table, ["a", "tenure"], {"tenure": {"owner": 0, "tenant": 1}})
    array([[ 1.,  1.],
           [nan, nan]])
    """
    parts = []
    for name in columns:
        column = pl.col(name)
        if name in maps:
            column = column.replace_strict(
                list(maps[name]), list(maps[name].values()), default=None, return_dtype=pl.Float64
            )
        parts.append(column.cast(pl.Float64).fill_null(float("nan")).alias(name))
    return np.ascontiguousarray(features.select(parts).to_numpy(), dtype=np.float64)


def unseen_codes(features: pl.DataFrame, maps: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """How many households hold a code that the map does not know, by column; they score as missing.

    Examples
    --------
    >>> unseen_codes(pl.DataFrame({"tenure": ["castle", "owner", None]}), {"tenure": {"owner": 0}})
    {'tenure': 1}
    """
    return {
        name: features.filter(pl.col(name).is_not_null() & ~pl.col(name).is_in(list(known))).height
        for name, known in maps.items()
    }
