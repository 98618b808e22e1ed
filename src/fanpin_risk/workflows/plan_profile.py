"""Which causes come first among those on a visit plan: of frames just made or of result files."""

from __future__ import annotations

import polars as pl

from fanpin_risk.explain.cause_profile import CauseProfile, cause_profile
from fanpin_risk.explain.cause_sums import cause_sums


def planned_for_a_reason(visits: pl.DataFrame, *, place: str | None = None) -> pl.DataFrame:
    """Who is on the visit plan, but for those drawn by lot: they are not there for their reasons.

    Parameters
    ----------
    visits
        ``household_id, place, slice`` of the visit plan.
    place
        Of one village; by default of all.

    Returns
    -------
    DataFrame
        Rows of ``visits``, in their order.

    Examples
    --------
    >>> visits = pl.DataFrame({"household_id": ["a", "b"], "place": ["v", "v"],
    ...                        "slice": ["audit", "risk"]})
    >>> planned_for_a_reason(visits)["household_id"].to_list()
    ['b']
    """
    planned = visits.filter(pl.col("slice") != "audit")
    return planned if place is None else planned.filter(pl.col("place") == place)


def plan_profile(
    planned: pl.DataFrame,
    scores: pl.DataFrame,
    reasons: pl.DataFrame,
    cause_contributions: pl.DataFrame,
    *,
    seed: int,
    n_replicates: int = 1000,
) -> CauseProfile:
    """Cause profile of those on the plan who were scored; too small to be shown of few or none.

    Parameters
    ----------
    planned
        From `planned_for_a_reason`.
    scores, reasons, cause_contributions
        Of the same scoring.
    seed, n_replicates
        Of the draws of villages.

    Returns
    -------
    CauseProfile
        Of those planned who have a score; whoever is in need already has none.

    Raises
    ------
    SchemaError
        If a household is planned twice, or was scored and has no reasons or contributions.
    """
    group = planned.select("household_id", village="place").join(
        scores.select("household_id"), on="household_id", how="semi"
    )
    sums = cause_sums(cause_contributions)
    return cause_profile(group, reasons, sums, seed=seed, n_replicates=n_replicates)
