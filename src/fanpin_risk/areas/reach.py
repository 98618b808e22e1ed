"""How much the alarm takes: the smallest number of households with which it rings."""

from __future__ import annotations

import numpy as np
import polars as pl

from fanpin_risk.areas.alarm_settings import AlarmSettings
from fanpin_risk.areas.comparisons import Comparisons
from fanpin_risk.areas.counts import LEVELS, Counts
from fanpin_risk.areas.exact import Floats

MOST_HOUSEHOLDS = 20_000
"""More are not looked for."""
REACH_COLUMNS: dict[str, pl.DataType] = {
    "level": pl.String(),
    "cause": pl.String(),
    "product": pl.String(),
    "window_months": pl.Int32(),
    "n_areas": pl.Int64(),
    "expected_median": pl.Float64(),
    "smallest_median": pl.Float64(),
    "smallest_high": pl.Float64(),
}
"""What the alarm can see, by level, cause and window."""
_HIGH = 0.9


def smallest_alarm(asked: Comparisons, level: Floats, settings: AlarmSettings) -> Floats:
    """Fewest households with which each comparison rings, everything else being as it is.

    Parameters
    ----------
    asked
        Comparisons; their own count has no influence.
    level
        Of each.
    settings
        Says the fewest that may ring.

    Returns
    -------
    ndarray of shape (n,)
        0 where not even `MOST_HOUSEHOLDS` ring.
    """
    low = np.full(len(asked), settings.least_households - 1.0)
    high = low + 1
    open_ones = np.arange(len(asked))
    while len(open_ones) and high[open_ones].max() < MOST_HOUSEHOLDS:
        rings = asked.taken(open_ones).chance_with(high[open_ones]) <= level[open_ones]
        open_ones = open_ones[~rings]
        low[open_ones], high[open_ones] = high[open_ones], 2 * high[open_ones]
    found = np.setdiff1d(np.arange(len(asked)), open_ones)
    while len(found := found[high[found] - low[found] > 1]):
        middle = np.floor((low[found] + high[found]) / 2)
        rings = asked.taken(found).chance_with(middle) <= level[found]
        low[found] = np.where(rings, low[found], middle)
        high[found] = np.where(rings, middle, high[found])
    high[open_ones] = 0
    return high


def reach_of(
    asked: Comparisons, level: float, counts: Counts, settings: AlarmSettings
) -> pl.DataFrame:
    """Say what the alarm can see in a month, by level, cause and window.

    Parameters
    ----------
    asked
        Every comparison of the month, those that cannot ring as things are among them.
    level
        Of the month's comparisons.

    Returns
    -------
    DataFrame
        `REACH_COLUMNS`, sorted: ``n_areas`` compared; median over them of the households expected
        (null: the past says nothing) and of the fewest that ring, and the number with which nine
        areas in ten ring. ``product`` is null for a cause as a whole.
    """
    smallest = smallest_alarm(asked, np.full(len(asked), level), settings)
    streams = [counts.streams[at] for at in asked.stream]
    by = ["level", "cause", "product", "window_months"]
    frame = pl.DataFrame(
        {
            "level": [LEVELS[at] for at in asked.level],
            "cause": [stream.cause for stream in streams],
            "product": [stream.product for stream in streams],
            "window_months": asked.window_months,
            "expected": asked.expected,
            "smallest": np.where(smallest > 0, smallest, np.inf),
        },
        schema_overrides={name: REACH_COLUMNS[name] for name in by},
    )
    found = frame.group_by(by).agg(
        n_areas=pl.len(),
        expected_median=pl.col("expected").fill_nan(None).median(),
        smallest_median=pl.col("smallest").median(),
        smallest_high=pl.col("smallest").quantile(_HIGH, "higher"),
    )
    endless = pl.col("smallest_median", "smallest_high")
    return (
        found.with_columns(pl.when(endless.is_finite()).then(endless).name.keep())
        .select(pl.col(name).cast(kind) for name, kind in REACH_COLUMNS.items())
        .sort(by)
    )
