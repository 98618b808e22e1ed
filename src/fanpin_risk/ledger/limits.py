"""Limits of the clocks, handed in by household: whole numbers, null where they are not known."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw
import polars as pl

from fanpin_risk.errors import SchemaError

Frame = nw.DataFrame[pl.DataFrame]


def with_limits(rows: Frame, limits: Frame, names: Sequence[str]) -> Frame:
    """Add the limits of each row's household; null where the household has none.

    Parameters
    ----------
    rows
        Any rows with ``household_id``, which may be null.
    limits
        ``household_id``, each once, and the columns named.
    names
        The limits; whole numbers, 0 or more.

    Raises
    ------
    SchemaError
        If a column is missing, a household stands twice, or a limit is below 0.
    """
    missing = [name for name in ("household_id", *names) if name not in limits.columns]
    if missing:
        raise SchemaError(
            f"The limits lack the columns {missing}; they have {limits.columns}. Give one row for "
            f"each household, with {', '.join(names)}; null where a limit is not known."
        )
    if limits["household_id"].n_unique() != len(limits):
        raise SchemaError("The limits name a household twice. Give one row for each household.")
    for name in names:
        low = limits[name].min()
        if low is not None and low < 0:
            raise SchemaError(f"The limit {name} is {low}, below 0. Give 0 or more, or null.")
    chosen = limits.select("household_id", *[nw.col(name).cast(nw.Int64) for name in names])
    return rows.join(chosen, on="household_id", how="left")
