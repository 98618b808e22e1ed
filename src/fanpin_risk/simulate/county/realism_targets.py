"""What is known of real counties, as ranges that figures of simulated ones should lie in.

They were written down before any model was fitted on the county; none of them is about a model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Target:
    """A figure with the range in which real ones lie; both ends belong to it.

    ``mark`` says where the range is from, as in the policy and design notes.
    """

    name: str
    low: float
    high: float
    mark: str


_BOTH = (
    Target("share of sudden among new listings", 0.50, 0.65, "E"),
    Target("share of medical warnings that led to a listing", 0.01, 0.06, "E"),
    Target("share of new listings found by comparison of data", 0.10, 0.25, "E"),
    Target("eliminated among ever listed, after two years", 0.40, 0.60, "B"),
    Target("eliminated of sudden, less the least of the other types", -1.0, 0.0, "B"),
    Target("illness among causes of new listings", 0.42, 1.0, "B"),
    Target("illness among causes, less the next one", 0.0, 1.0, "B"),
    Target("former poor in need now", 0.005, 0.035, "B"),
    Target("former poor below the line without all help", 0.14, 0.22, "B"),
    Target("income a head: median over mean", 0.86, 0.92, "B"),
    Target("persons below the line", 0.05, 0.10, "G"),
    Target("correlation of log income with a year later", 0.65, 0.85, "E*"),
    Target("excess kurtosis of its changes", 2.0, float("inf"), "E*"),
    Target("sd of log-odds of falling between villages, same day", 0.3, 0.6, "E*"),
    Target("sd of log-odds of falling between years", 0.1, 0.4, "E*"),
    Target("need not listed, over listed stock", 1.5, 2.5, "H"),
)

TARGETS: Mapping[str, tuple[Target, ...]] = {
    "northeast": (
        Target("new listings a household and year, first year", 0.001, 0.004, "E"),
        Target("new listings a household and year, later", 0.001, 0.004, "E"),
        *_BOTH,
        Target("persons a household", 2.05, 2.4, "E"),
        Target("persons of 65 and over", 0.17, 1.0, "B"),
    ),
    "southwest": (
        Target("new listings a household and year, first year", 0.008, 0.011, "E"),
        Target("new listings a household and year, later", 0.003, 0.008, "E"),
        *_BOTH,
        Target("persons a household", 3.2, 3.5, "E"),
    ),
}
"""Ranges of the design note, sections 2, 3, 5 and 7, by preset.

The size of households in the southwest is 3.35 in the note; a range of 0.15 around it is allowed.
"""


def summary(found: pl.DataFrame) -> pl.DataFrame:
    """Figures over seeds beside their targets.

    Returns
    -------
    pl.DataFrame
        One row for each preset and figure, in the order of `TARGETS`: ``lowest``, ``median``,
        ``highest`` over seeds, the target's ``low``, ``high`` and ``mark``, ``n_met`` seeds within
        it of ``n_seeds``, and ``is_met``: the median lies within it.
    """
    targets = pl.DataFrame(
        [
            (preset, place, target.name, target.low, target.high, target.mark)
            for preset, ones in TARGETS.items()
            for place, target in enumerate(ones)
        ],
        schema=["preset", "place", "figure", "low", "high", "mark"],
        orient="row",
    )
    value, low, high = pl.col("value"), pl.col("low"), pl.col("high")
    return (
        found.join(targets, on=["preset", "figure"])
        .group_by("preset", "place", "figure", "low", "high", "mark")
        .agg(
            lowest=value.min(),
            median=value.median(),
            highest=value.max(),
            n_met=value.is_between(low.first(), high.first()).sum(),
            n_seeds=pl.len(),
        )
        .with_columns(is_met=pl.col("median").is_between(low, high))
        .sort("preset", "place")
        .drop("place")
    )
