"""The route that the records of a visit point to: development help, safety net, or case by case."""

from __future__ import annotations

from datetime import date

import narwhals as nw
import polars as pl

from fanpin_risk.dates import day_number
from fanpin_risk.records.timeline import KnownRecords

Frame = nw.DataFrame[pl.DataFrame]


def routes(known: KnownRecords, households: Frame, as_of: date) -> pl.DataFrame:
    """Which kind of support the records of a visit point to, in the founding text's three ways.

    A job lost by the day (severance pay) is a shock and is judged case by case (一事一议).
    Otherwise somebody who works means development help, and nobody who works the safety net. What
    is not recorded leaves it open. It is a pointer for the team and no decision.

    Returns
    -------
    DataFrame
        ``household_id, route_zh, route_en``, sorted (bytes), for every household asked about; who
        was not visited on the day cannot be told.
    """
    asked = households.select("household_id")
    for table, flag in (("income", "has_work_income"), ("shock_and_coping", "has_severance_pay")):
        asked = on_visit(asked, known, table, flag, nw.Boolean, as_of)
    lost, works = nw.col("has_severance_pay").fill_null(False), nw.col("has_work_income")

    def words(language: int) -> nw.Expr:
        texts = [nw.lit(pair[language]) for pair in ROUTES]
        return (
            nw.when(lost)
            .then(texts[0])
            .when(works)
            .then(texts[1])
            .when(~works)
            .then(texts[2])
            .otherwise(texts[3])
        )

    return (
        asked.select("household_id", route_zh=words(0), route_en=words(1))
        .sort("household_id")
        .to_native()
    )


ROUTES = (
    ("一事一议", "case by case"),
    ("开发式帮扶", "development help"),
    ("兜底保障", "safety net"),
    ("无法判断", "cannot tell"),
)
"""Ways of the founding text, and what is said where the records leave it open."""


def on_visit(
    frame: Frame,
    known: KnownRecords,
    table: str,
    column: str,
    kind: type[nw.Boolean] | type[nw.Int64],
    day: date,
) -> Frame:
    """Add what a table says of each household on a day; null where it says nothing.

    A table that is not kept says nothing of anybody.
    """
    if table not in known.tables:
        return frame.with_columns(nw.lit(None).cast(kind).alias(column))
    rows = known.tables[table].filter(nw.col("occurred_day") == day_number(day))
    return frame.join(rows.select("household_id", column), on="household_id", how="left")
