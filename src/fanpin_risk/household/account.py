"""A household's account on each known visit: income, members, and where it stands to the line."""

from __future__ import annotations

import narwhals as nw
import polars as pl

from fanpin_risk.errors import SchemaError
from fanpin_risk.records.timeline import KnownRecords
from fanpin_risk.units import RATIO_SCALE


def household_account(
    known: KnownRecords, lines: nw.DataFrame[pl.DataFrame], *, line: str
) -> nw.DataFrame[pl.DataFrame]:
    """One row for each known visit of each household, with income relative to the dated line.

    Parameters
    ----------
    known
        What was known on a day.
    lines
        Lines by ``context_place, occurred_day``, as ``<line>_e4``: ten-thousandths of the minor
        unit per head and month.
    line
        Name of the line that income is compared with.

    Returns
    -------
    DataFrame
        ``household_id, occurred_day, place, region, members, total_minor, is_imputed``;
        ``line_e4``: the line of the visit's own day; ``income_to_line_e4``: income per head
        divided by that line, in ten-thousandths, rounded down; ``is_below_line``: strictly below,
        computed exactly. Null wherever income, members or line is not known.

    Raises
    ------
    SchemaError
        If no incomes are kept at all.
    """
    if "income" not in known.tables:
        raise SchemaError(
            "The records hold no table `income`, and every status stands on it. "
            "Map it in the source file."
        )
    snapshot = known.tables["household_snapshot"].select(
        "household_id", "occurred_day", "place", "region", "context_place", "members"
    )
    income = known.tables["income"].select(
        "household_id", "occurred_day", "total_minor", "is_imputed"
    )
    visits = snapshot.join(income, on=["household_id", "occurred_day"], how="left").join(
        lines.select("context_place", "occurred_day", line_e4=nw.col(f"{line}_e4")),
        on=["context_place", "occurred_day"],
        how="left",
    )
    needed = nw.col("line_e4") * nw.col("members")
    return visits.with_columns(
        income_to_line_e4=nw.when(needed > 0).then(
            nw.col("total_minor") * RATIO_SCALE * RATIO_SCALE // needed
        ),
        is_below_line=is_below(nw.col("total_minor"), nw.col("members"), nw.col("line_e4")),
    )


def is_below(total_minor: nw.Expr, members: nw.Expr, line_e4: nw.Expr) -> nw.Expr:
    """Whether income per head is strictly below a line, exactly; null where something is missing.

    On the line is not below it (policy notes, section 19).
    """
    return total_minor * RATIO_SCALE < line_e4 * members
