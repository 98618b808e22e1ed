"""What became of them: yes, no, or not knowable; never "not seen" taken for "no"."""

from __future__ import annotations

from datetime import date

import narwhals as nw
import polars as pl

from fanpin_risk.dates import day_number
from fanpin_risk.errors import TimeOrderError
from fanpin_risk.outcomes.cohort import CohortSettings
from fanpin_risk.records.timeline import KnownRecords

Frame = nw.DataFrame[pl.DataFrame]


def outcome_known_on(as_of: date, settings: CohortSettings) -> date:
    """First day on which an outcome of ``as_of`` can be known: the day of the later visit."""
    return settings.later_day(as_of)


def status_at_horizon(
    account: Frame, known: KnownRecords, as_of: date, settings: CohortSettings
) -> Frame:
    """Status outcome: below the line on the visit ``horizon_months`` after ``as_of``.

    Parameters
    ----------
    account, known
        As known on the day of evaluation, at or after the later visit.
    as_of
        The day the risk was asked on.
    settings
        The horizon.

    Returns
    -------
    DataFrame
        ``household_id, is_below_line_later`` and ``income_to_line_later_e4`` for every household
        seen on the later day. Who is not in it was not seen: not knowable. A household seen whose
        income is not known has null: not knowable either.

    Raises
    ------
    TimeOrderError
        If the evaluation day is before the later visit.
    """
    later = settings.later_day(as_of)
    if known.as_of < later:
        raise TimeOrderError(
            f"The outcome of {as_of} is known from {later} on, not on {known.as_of}. "
            "Evaluate later, or ask about an earlier day."
        )
    return account.filter(nw.col("occurred_day") == day_number(later)).select(
        "household_id",
        is_below_line_later=nw.col("is_below_line"),
        income_to_line_later_e4=nw.col("income_to_line_e4"),
    )
