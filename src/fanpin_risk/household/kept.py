"""Since when a table is kept: only then does no record mean that nothing happened."""

from __future__ import annotations

import narwhals as nw
import polars as pl

from fanpin_risk.dates import add_months, day_number
from fanpin_risk.records.timeline import KnownRecords
from fanpin_risk.units import LONGEST_MONTH_DAYS

Frame = nw.DataFrame[pl.DataFrame]

GRACE_DAYS = LONGEST_MONTH_DAYS
"""A table, or a household in it, that begins so many days into a window counts as covering it: the
first bill of a year is seldom of its first day."""


def latest_start(known: KnownRecords, months: int) -> int:
    """Last day on which records may begin that cover so many months up to the day."""
    return day_number(add_months(known.as_of, -months)) + GRACE_DAYS


def is_kept_since(rows: Frame, limit: int, *, day: str = "occurred_day") -> bool:
    """Whether the first of some rows is of a day or before it; without any row it is not."""
    first = rows[day].min()
    return first is not None and int(str(first)) <= limit
