"""Who was looked at, when, and what was found: by a visit, a check of a clue, or a collection."""

from __future__ import annotations

import narwhals as nw
import polars as pl

from fanpin_risk.household.changes import happened
from fanpin_risk.household.placement import Facts

Frame = nw.DataFrame[pl.DataFrame]

FOUND: dict[str, dict[str, bool]] = {
    "visit": {"in_need": True, "no_need": False},
    "verification": {"confirmed": True, "not_confirmed": False},
}
"""Results that say whether a household is in need. Nobody met, and refused, say nothing."""


def looks(facts: Facts) -> Frame:
    """Every look at a household that had a result, by the day it took place.

    A visit that found need or none, a clue that was confirmed or not, and a collection that wrote
    down an income. A collection says that somebody looked, and not whether there is need. Nobody
    met, and refused, are no looks.

    Parameters
    ----------
    facts
        Of a day; what is dated later has not happened.

    Returns
    -------
    DataFrame
        ``household_id`` (current number), ``table`` (``visit``, ``verification``,
        ``household_snapshot``), ``record_id``, ``occurred_day``, ``recorded_day`` (``Int32``),
        ``is_in_need`` (null: of a collection). One row for each record, in no order; records
        without a household are left out.
    """
    found = [_findings(facts, table, results) for table, results in FOUND.items()]
    collected = happened(facts.known, "household_snapshot").filter(
        ~nw.col("net_income_per_head_fen").is_null()
    )
    found.append(_rows(facts, "household_snapshot", collected, nw.lit(None)))
    return nw.concat(found)


def _findings(facts: Facts, table: str, results: dict[str, bool]) -> Frame:
    """Records of a table whose result says whether there was need."""
    yes = [result for result, is_in_need in results.items() if is_in_need]
    rows = happened(facts.known, table).filter(nw.col("result").is_in(list(results)))
    return _rows(facts, table, rows, nw.col("result").is_in(yes))


def _rows(facts: Facts, table: str, rows: Frame, is_in_need: nw.Expr) -> Frame:
    """Records as looks, under current household numbers."""
    plain = rows.filter(~nw.col("household_id").is_null()).select(
        "household_id",
        "record_id",
        nw.col("occurred_day").cast(nw.Int32),
        nw.col("recorded_day").cast(nw.Int32),
        table=nw.lit(table),
        is_in_need=is_in_need.cast(nw.Boolean),
    )
    return facts.current(plain).select(
        "household_id", "table", "record_id", "occurred_day", "recorded_day", "is_in_need"
    )
