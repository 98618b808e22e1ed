"""How far reasons hold: over refits of the model, between like households, and for who visits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from fanpin_risk.errors import SchemaError
from fanpin_risk.explain.told import CAUSES
from fanpin_risk.indicators.indicator import IndicatorColumn
from fanpin_risk.risk.bootstrap import (
    BOOTSTRAP_CLUSTERS,
    FEWEST_CLUSTERS,
    LARGEST_CLUSTER_SHARE,
)
from fanpin_risk.risk.resampling import Draws, interval, jackknife_interval

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

NOTHING = -1
"""Number of the first cause where no reason is given."""
FIRST_REASONS = 3
"""How many reasons are looked at: as many as a plan shows."""
TOP_SHARE = 0.1
MEANS_SCHEMA: dict[str, pl.DataType] = {
    "measure": pl.String(),
    "group": pl.String(),
    "value": pl.Float64(),
    "low": pl.Float64(),
    "high": pl.Float64(),
    "n_households": pl.Int64(),
}
QUALITY_WORDS: dict[str, tuple[str, str]] = {
    "overlap_of_three": (
        "重训后前三项成因的重合度",
        "overlap of the first three causes over refits",
    ),
    "first_cause_stays": ("重训后首要成因不变", "first cause stays the same over refits"),
    "first_cause_as_nearest": (
        "与指标最相近户首要成因相同",
        "same first cause as the nearest household",
    ),
    "first_cause_as_anybody": ("与任意一户首要成因相同", "same first cause as anybody"),
    "nearest_minus_anybody": ("前两项之差", "difference of the two"),
    "no_reason": ("没有任何理由", "no reason at all"),
    "all_fixed": ("理由均不可干预", "all reasons beyond anybody's reach"),
    "first_of_place": ("首要理由属当地情况", "first reason is of the place"),
}
"""Measures of quality in Chinese and English; each is a share, or a mean between 0 and 1."""
GROUP_WORDS: dict[str, tuple[str, str]] = {
    "all": ("全部", "all"),
    "top_tenth": ("风险最高的一成", "top tenth of risk"),
    "rest": ("其余", "the rest"),
    "with_reason": ("至少有一条理由", "with a reason"),
}
"""Groups of households in Chinese and English."""


@dataclass(frozen=True, kw_only=True)
class Named:
    """What the reasons of households name, a row for each household.

    Attributes
    ----------
    first : array of int64, shape (n_households,)
        Number of the first reason's cause in `CAUSES`; `NOTHING` without any reason.
    causes : array of bool, shape (n_households, n_causes)
        Whether a cause is among the reasons looked at.
    first_evidence : tuple of str
        Column of the first reason's evidence; empty without any reason.
    """

    first: IntArray
    causes: BoolArray
    first_evidence: tuple[str, ...]

    @property
    def has_reason(self) -> BoolArray:
        """Who has a reason at all."""
        found: BoolArray = self.first != NOTHING
        return found


def named_causes(
    reasons: pl.DataFrame, households: pl.Series, *, n_first: int = FIRST_REASONS
) -> Named:
    """What the first reasons of households name.

    Parameters
    ----------
    reasons
        Of `fanpin_risk.explain.reasons.reasons`: a line without evidence says that nothing raises
        the score, and names no cause.
    households
        Numbers in the order wanted, each once.
    n_first
        How many reasons of each household are looked at.

    Raises
    ------
    SchemaError
        If a household has no line.

    Examples
    --------
    >>> lines = pl.DataFrame({"household_id": ["b", "a"], "rank": [1, 1],
    ...                       "cause": ["因病", "其他"], "evidence": ["own_cost_sum_12m=0.3@", ""]})
    >>> found = named_causes(lines, pl.Series(["a", "b"]))
    >>> found.first.tolist(), found.first_evidence
    ([-1, 0], ('', 'own_cost_sum_12m'))
    """
    numbers = pl.DataFrame({"household_id": households, "row": np.arange(len(households))})
    lines = reasons.filter(pl.col("rank") <= n_first).join(numbers, on="household_id", how="inner")
    if lines["row"].n_unique() < len(households):
        missing = numbers.join(lines, on="household_id", how="anti")
        raise SchemaError(
            f"{missing.height} of {len(households)} households have no line of reasons, the first "
            f"is {missing['household_id'][0]!r}. Give the reasons of everybody asked about."
        )
    told = lines.filter(pl.col("evidence") != "").with_columns(
        number=pl.col("cause").replace_strict(
            {cause.value: n for n, cause in enumerate(CAUSES)}, return_dtype=pl.Int64
        ),
        column=pl.col("evidence").str.split("=").list.first(),
    )
    causes = np.zeros((len(households), len(CAUSES)), dtype=np.bool_)
    causes[told["row"].to_numpy(), told["number"].to_numpy()] = True
    leading = told.filter(pl.col("rank") == 1)
    first = np.full(len(households), NOTHING, dtype=np.int64)
    first[leading["row"].to_numpy()] = leading["number"].to_numpy()
    evidence = dict(leading.select("row", "column").iter_rows())
    return Named(
        first=first,
        causes=causes,
        first_evidence=tuple(evidence.get(row, "") for row in range(len(households))),
    )


def stability(kept: Named, refits: Sequence[Named]) -> dict[str, FloatArray]:
    """How far each household's reasons stay what they were when the model is fitted again.

    Returns
    -------
    dict of str to array of shape (n_households,)
        ``overlap_of_three``: mean over refits of what both name over what either names (Jaccard);
        1 where neither names anything. ``first_cause_stays``: share of refits with the same first
        cause, or like the kept model without any.

    Examples
    --------
    >>> import numpy as np
    >>> def named(first, *others):
    ...     causes = np.zeros((1, len(CAUSES)), dtype=bool)
    ...     causes[0, [first, *others]] = True
    ...     return Named(first=np.array([first]), causes=causes, first_evidence=("",))
    >>> found = stability(named(0, 1), [named(0, 2), named(1, 0)])
    >>> {name: values.round(3).tolist() for name, values in found.items()}
    {'overlap_of_three': [0.667], 'first_cause_stays': [0.5]}
    """
    if not refits:
        raise SchemaError("Stability needs at least one refit.")
    overlaps = [_overlap(kept.causes, refit.causes) for refit in refits]
    stays = [(kept.first == refit.first).astype(np.float64) for refit in refits]
    return {
        "overlap_of_three": np.mean(overlaps, axis=0),
        "first_cause_stays": np.mean(stays, axis=0),
    }


def _overlap(one: BoolArray, other: BoolArray) -> FloatArray:
    """What both name over what either names; 1 where neither names anything."""
    either = (one | other).sum(axis=1)
    both = (one & other).sum(axis=1)
    return np.where(either == 0, 1.0, both / np.maximum(either, 1))


def consistency(first: IntArray, asked: IntArray, nearest: IntArray) -> dict[str, FloatArray]:
    """Whether like households are told the same first cause, and how often anybody is.

    Parameters
    ----------
    first : array of shape (n_households,)
        Of `Named`, for at least two households.
    asked, nearest : arrays of shape (n_asked,)
        Rows asked about, and for each the row of its nearest other household.

    Returns
    -------
    dict of str to array of shape (n_households,)
        ``first_cause_as_nearest`` (0 or 1), ``first_cause_as_anybody`` (share of all other
        households with the same first cause: what a random pair would give),
        ``nearest_minus_anybody``; NaN for who was not asked about.

    Examples
    --------
    >>> import numpy as np
    >>> found = consistency(np.array([0, 0, 1]), np.array([0]), np.array([1]))
    >>> found["first_cause_as_nearest"].tolist(), found["first_cause_as_anybody"].tolist()
    ([1.0, nan, nan], [0.5, nan, nan])
    """
    same = np.full(len(first), np.nan)
    chance = np.full(len(first), np.nan)
    same[asked] = first[asked] == first[nearest]
    _, kind, counts = np.unique(first, return_inverse=True, return_counts=True)
    chance[asked] = (counts[kind[asked]] - 1) / (len(first) - 1)
    return {
        "first_cause_as_nearest": same,
        "first_cause_as_anybody": chance,
        "nearest_minus_anybody": same - chance,
    }


def reach(
    reasons: pl.DataFrame, households: pl.Series, columns: Sequence[IndicatorColumn]
) -> dict[str, FloatArray]:
    """What a visit can do with the first three reasons.

    Parameters
    ----------
    reasons, households
        As `named_causes`.
    columns
        The catalogue's columns, among them whatever is evidence.

    Returns
    -------
    dict of str to array of shape (n_households,)
        0 or 1: ``no_reason`` (every line says that nothing raises the score), ``all_fixed`` (there
        are reasons, and no office can do anything about the evidence of any), ``first_of_place``
        (the first reason is of the place, not the household's own).
    """
    named = named_causes(reasons, households)
    actionable = [column.name for column in columns if column.indicator.is_actionable]
    of_place = {c.name for c in columns if c.indicator.table == "place_view"}
    told = reasons.filter(pl.col("rank") <= FIRST_REASONS, pl.col("evidence") != "")
    column = pl.col("evidence").str.split("=").list.first()
    open_to = set(told.filter(column.is_in(actionable))["household_id"])
    is_open = np.array([household in open_to for household in households], dtype=np.bool_)
    first_of_place = [evidence in of_place for evidence in named.first_evidence]
    return {
        "no_reason": (~named.has_reason).astype(np.float64),
        "all_fixed": (named.has_reason & ~is_open).astype(np.float64),
        "first_of_place": np.array(first_of_place, dtype=np.float64),
    }


def risk_groups(raw_score: FloatArray, has_reason: BoolArray) -> dict[str, BoolArray]:
    """Everybody, the tenth with the highest scores, the rest, and who has a reason at all.

    Examples
    --------
    >>> import numpy as np
    >>> groups = risk_groups(np.arange(20.0), np.ones(20, dtype=bool))
    >>> {name: int(is_in.sum()) for name, is_in in groups.items()}
    {'all': 20, 'top_tenth': 2, 'rest': 18, 'with_reason': 20}
    """
    is_top = raw_score >= np.quantile(raw_score, 1 - TOP_SHARE)
    return {
        "all": np.ones(len(raw_score), dtype=np.bool_),
        "top_tenth": is_top,
        "rest": ~is_top,
        "with_reason": has_reason,
    }


def means_with_intervals(
    values: Mapping[str, FloatArray], groups: Mapping[str, BoolArray], draws: Draws
) -> pl.DataFrame:
    """Mean of each measure in each group, with a 95% interval over whole clusters.

    Parameters
    ----------
    values : mapping of measure to array of shape (n_households,)
        NaN for a household that was not asked.
    groups : mapping of group to array of bool, shape (n_households,)
        Who is in it.
    draws
        Of `cluster_draws`, on the same households.

    Returns
    -------
    DataFrame
        Columns of `MEANS_SCHEMA`. Means are over households, so clusters count by their size. The
        interval is the bootstrap's with at least 40 clusters, none above a tenth of the
        households; with fewer the jackknife's; null with fewer than 15. A group without any
        household has no value.

    Examples
    --------
    >>> import numpy as np
    >>> from fanpin_risk.risk.resampling import cluster_draws
    >>> draws = cluster_draws(np.arange(50), n_replicates=50, seed=1)
    >>> everybody = {"all": np.ones(50, dtype=bool)}
    >>> means_with_intervals({"is_so": np.ones(50)}, everybody, draws).row(0)
    ('is_so', 'all', 1.0, 1.0, 1.0, 50)
    """
    rows = [
        (measure, group, *_mean_with_interval(value, is_in, draws))
        for measure, value in values.items()
        for group, is_in in groups.items()
    ]
    return pl.DataFrame(rows, schema=MEANS_SCHEMA, orient="row").with_columns(
        pl.col("value", "low", "high").fill_nan(None)
    )


def _mean_with_interval(
    value: FloatArray, is_in: BoolArray, draws: Draws
) -> tuple[float, float, float, int]:
    """Mean, both ends of its interval, and over how many households."""
    asked = is_in & ~np.isnan(value)
    codes, n_clusters = draws.codes[asked], draws.n_clusters
    total = np.bincount(codes, weights=value[asked], minlength=n_clusters)
    count = np.bincount(codes, minlength=n_clusters).astype(np.float64)
    n, nan = int(count.sum()), float("nan")
    if n == 0:
        return nan, nan, nan, 0
    mean = float(total.sum() / n)
    there = count > 0
    n_there = int(there.sum())
    if n_there < FEWEST_CLUSTERS:
        return mean, nan, nan, n
    if n_there >= BOOTSTRAP_CLUSTERS and count.max() <= LARGEST_CLUSTER_SHARE * n:
        counts = draws.multiplicity @ count
        replicates = np.full(len(counts), np.nan)
        np.divide(draws.multiplicity @ total, counts, out=replicates, where=counts > 0)
        low, high = interval(replicates)
    else:
        left_out = (total.sum() - total[there]) / (n - count[there])
        low, high = jackknife_interval(mean, left_out)
    return mean, low, high, n
