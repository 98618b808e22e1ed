"""A household's account as a register has it on a day: income written down, own cost, and the line.

A register holds an income for some households, from the day on which somebody wrote it down. What
is not on record is not known; it is no zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import polars as pl

from fanpin_risk.dates import add_months, day_number
from fanpin_risk.household.changes import happened, newest
from fanpin_risk.household.membership import with_household
from fanpin_risk.household.placement import Facts
from fanpin_risk.units import LARGEST_FEN, MONTHS_PER_YEAR, RATIO_SCALE

Frame = nw.DataFrame[pl.DataFrame]

ACCOUNT_MONTHS = MONTHS_PER_YEAR
"""Cost counts of so many months up to the day, the day included (policy notes, section 3)."""


@dataclass(frozen=True, kw_only=True)
class _Costs:
    """Where compliant own cost is on record: a table, its amount, and whether a row counts."""

    table: str
    amount: str
    counts: str | None = None


_COSTS = (
    _Costs(table="medical_bill", amount="compliant_own_fen"),
    _Costs(table="rigid_spending", amount="amount_fen", counts="is_compliant"),
)


def register_account(facts: Facts, homes: Frame, lines: Frame, *, line: str) -> Frame:
    """Income, compliant own cost and the line in force, for each household on the day.

    Parameters
    ----------
    facts
        Of the day.
    homes
        ``household_id`` (current number, once each), ``context_place``, ``members`` (on the day).
    lines
        Lines in force on the day by ``context_place``, as ``<line>_e4``: ten-thousandths of a fen
        per head a year; null where there is none.
    line
        Name of the line.

    Returns
    -------
    DataFrame
        One row for each of ``homes``, sorted by bytes:

        ``household_id, context_place, members, line_e4``
        ``income_day, income_per_head_fen``
            Net income per head of the twelve months before that day, from the newest household
            snapshot that has one.
        ``own_cost_known_fen``
            Compliant own cost of bills, and of other rigid spending marked as compliant, dated in
            the `ACCOUNT_MONTHS` months up to the day, of the persons who are in the household on
            the day (`with_household`). No bill is no cost.
        ``n_costs_not_known``
            Bills whose compliant part, and spending whose being compliant, is not known; and one
            more for each of the two tables that is not kept.
        ``own_cost_12m_fen``
            The whole of the cost; null unless the number before is 0.
        ``income_to_line_e4``, ``after_rigid_to_line_e4``
            Income per head, and what is left of it after own cost, divided by the line, in
            ten-thousandths, rounded down.
        ``is_below_line``, ``is_below_line_after_rigid``
            Strictly below, computed exactly. The second is true also where the known part of the
            cost is enough for it, whatever is not known.

        Null wherever a part that is needed is not known.
    """
    account = homes.select("household_id", "context_place", "members").join(
        lines.select("context_place", line_e4=nw.col(f"{line}_e4")), on="context_place", how="left"
    )
    account = account.join(_incomes(facts), on="household_id", how="left")
    for cost in _COSTS:
        account = _with_cost(account, facts, cost)
    total = nw.col("income_per_head_fen") * nw.col("members")
    left = total - nw.col("own_cost_known_fen")
    needed = nw.col("line_e4") * nw.col("members")
    is_whole = nw.col("n_costs_not_known") == 0
    is_below_after = left * RATIO_SCALE < needed
    return account.select(
        *("household_id", "context_place", "members", "line_e4"),
        *("income_day", "income_per_head_fen"),
        *("own_cost_known_fen", "n_costs_not_known"),
        own_cost_12m_fen=nw.when(is_whole).then(nw.col("own_cost_known_fen")),
        income_to_line_e4=_to_line(nw.col("income_per_head_fen"), nw.col("line_e4")),
        after_rigid_to_line_e4=nw.when(is_whole).then(_to_line(left, needed)),
        is_below_line=nw.col("income_per_head_fen") * RATIO_SCALE < nw.col("line_e4"),
        is_below_line_after_rigid=nw.when(is_below_after | is_whole).then(is_below_after),
    ).sort("household_id")


def _to_line(amount_fen: nw.Expr, line_e4: nw.Expr) -> nw.Expr:
    """Return an amount divided by a line, in ten-thousandths, rounded down."""
    capped = (
        nw.when(amount_fen > LARGEST_FEN)
        .then(nw.lit(LARGEST_FEN))
        .when(amount_fen < -LARGEST_FEN)
        .then(nw.lit(-LARGEST_FEN))
        .otherwise(amount_fen)
    )
    return nw.when(line_e4 > 0).then(capped * RATIO_SCALE * RATIO_SCALE // line_e4)


def _incomes(facts: Facts) -> Frame:
    """Newest income written down of each household, and its day."""
    written = happened(facts.known, "household_snapshot").filter(
        ~nw.col("net_income_per_head_fen").is_null(), ~nw.col("household_id").is_null()
    )
    rows = facts.current(
        written.select(
            *("household_id", "net_income_per_head_fen"),
            *("occurred_day", "recorded_day", "record_id"),
        )
    )
    return newest(rows, ["household_id"]).select(
        "household_id",
        income_day=nw.col("occurred_day").cast(nw.Int32),
        income_per_head_fen=nw.col("net_income_per_head_fen"),
    )


def _with_cost(account: Frame, facts: Facts, cost: _Costs) -> Frame:
    """Add the own cost that one table has of each household to what others had."""
    own, unknown = nw.col("own_cost_known_fen"), nw.col("n_costs_not_known")
    if "own_cost_known_fen" not in account.columns:
        account = account.with_columns(
            own_cost_known_fen=nw.lit(0).cast(nw.Int64), n_costs_not_known=nw.lit(0).cast(nw.Int64)
        )
    if cost.table not in facts.known.tables:
        return account.with_columns(n_costs_not_known=unknown + 1)
    since = day_number(add_months(facts.known.as_of, -ACCOUNT_MONTHS))
    rows = happened(facts.known, cost.table).filter(nw.col("occurred_day") > since)
    counts = nw.lit(True) if cost.counts is None else nw.col(cost.counts)
    marked = rows.with_columns(_counts=counts).select(
        *("household_id", "person_id"),
        _own=nw.when(nw.col("_counts")).then(nw.col(cost.amount)),
        _unknown=(
            nw.col("_counts").is_null()
            | (nw.col("_counts").fill_null(False) & nw.col(cost.amount).is_null())
        ).cast(nw.Int64),
    )
    mine = with_household(facts.current(marked), facts.placed)
    sums = (
        mine.filter(~nw.col("household_id").is_null())
        .group_by("household_id")
        .agg(_own=nw.col("_own").sum(), _unknown=nw.col("_unknown").sum())
    )
    return (
        account.join(sums, on="household_id", how="left")
        .with_columns(
            own_cost_known_fen=own + nw.col("_own").fill_null(0),
            n_costs_not_known=unknown + nw.col("_unknown").fill_null(0),
        )
        .drop("_own", "_unknown")
    )
