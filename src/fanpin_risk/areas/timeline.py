"""How many households of a county have an event, month by month: what a figure shows."""

from __future__ import annotations

import polars as pl

from fanpin_risk.areas.counts import counts_of

TIMELINE_COLUMNS: dict[str, pl.DataType] = {
    "month": pl.Int32(),
    "cause": pl.String(),
    "households": pl.Int64(),
}


def timeline(
    events: pl.DataFrame, exposure: pl.DataFrame, *, from_month: int, least_households: int
) -> pl.DataFrame:
    """Households of the county with an event, by month and cause.

    Parameters
    ----------
    events, exposure
        As `fanpin_risk.areas.counts.counts_of` asks for them.
    from_month
        First month, months since January 1970; the last is the exposure's.
    least_households
        Smaller numbers are not told: null.

    Returns
    -------
    DataFrame
        `TIMELINE_COLUMNS`, by month and cause; every cause in every month, 0 where there is none.
    """
    counts = counts_of(events, exposure)
    county = counts.areas["county"].counts[:, 0]
    rows = [
        (counts.first_month + month, stream.cause, int(county[at, month]))
        for at, stream in enumerate(counts.streams)
        if stream.product is None
        for month in range(max(0, from_month - counts.first_month), counts.n_months)
    ]
    number = pl.col("households")
    told = (number == 0) | (number >= least_households)
    frame = pl.DataFrame(rows, schema=TIMELINE_COLUMNS, orient="row")
    return frame.with_columns(pl.when(told).then(number)).sort("month", "cause")
