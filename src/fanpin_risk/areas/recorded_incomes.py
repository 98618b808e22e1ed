"""Incomes that a register holds, each with its line, and whether the household was listed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import narwhals as nw
import polars as pl

from fanpin_risk.household.changes import happened
from fanpin_risk.household.placement import Facts
from fanpin_risk.ledger.spells import listing_spells
from fanpin_risk.standards.lines import LINE_SCALE, lines_on
from fanpin_risk.standards.parameters import Standards

Frame = nw.DataFrame[pl.DataFrame]

RECORDED_COLUMNS: dict[str, pl.DataType] = {
    "household_id": pl.String(),
    "occurred_on": pl.Date(),
    "income_fen": pl.Int64(),
    "line_fen": pl.Int64(),
    "is_listed": pl.Boolean(),
}
"""Columns of `recorded_incomes`."""
_LINE_COLUMNS: dict[str, pl.DataType] = {
    "context_place": pl.String(),
    "occurred_on": pl.Date(),
    "line_fen": pl.Int64(),
}


@dataclass(frozen=True, kw_only=True)
class IncomesUsed:
    """How many incomes are on record, and how many of them cannot be set against a line.

    ``n_no_line``: no line held for the place on the day; ``n_not_told``: with a line, and not known
    whether the household was listed.
    """

    n_on_record: int
    n_no_line: int
    n_not_told: int

    @classmethod
    def of(cls, incomes: pl.DataFrame) -> IncomesUsed:
        """Count the rows of `recorded_incomes`."""
        has_line = incomes["line_fen"].is_not_null()
        return cls(
            n_on_record=incomes.height,
            n_no_line=int((~has_line).sum()),
            n_not_told=int((has_line & incomes["is_listed"].is_null()).sum()),
        )


def recorded_incomes(facts: Facts, standards: Standards, line: str) -> pl.DataFrame:
    """Every income a head and year of a household snapshot, as known on a day.

    Parameters
    ----------
    facts
        Of the day, from `facts_of`. What was collected later has not happened.
    standards
        As a configuration uses them.
    line
        Standard in yuan per head a year.

    Returns
    -------
    DataFrame
        `RECORDED_COLUMNS`, sorted: ``line_fen`` that held for the place on the day the income was
        collected (null: none did); ``is_listed``: whether the household had been listed before that
        day, and its exit, if any, did not come before it. The income of a decision's own day is one
        of before the decision: that is where something was at stake. Null where the records cannot
        tell: listings or exits are not kept, or an exit came after that no listing came before.

    Raises
    ------
    ConfigError
        As `lines_on`.
    """
    snapshots = facts.current(happened(facts.known, "household_snapshot"))
    told = snapshots.filter(
        ~nw.col("household_id").is_null(), ~nw.col("net_income_per_head_fen").is_null()
    ).select(
        *("household_id", "context_place", "occurred_on"),
        nw.col("occurred_day").cast(nw.Int32),
        income_fen=nw.col("net_income_per_head_fen"),
    )
    lined = told.join(
        _lines(told, standards, line), on=["context_place", "occurred_on"], how="left"
    )
    listed = lined.join(_listed(facts, told), on=["household_id", "occurred_day"], how="left")
    rows: pl.DataFrame = listed.to_native().select(
        pl.col(name).cast(kind) for name, kind in RECORDED_COLUMNS.items()
    )
    return rows.sort(list(RECORDED_COLUMNS), nulls_last=True)


def _lines(told: Frame, standards: Standards, line: str) -> Frame:
    """The line of each place and day on which an income was collected."""
    days = told.filter(~nw.col("context_place").is_null()).select("context_place", "occurred_on")
    grouped = days.to_native().unique().sort("occurred_on", "context_place")
    parts = [pl.DataFrame(schema=_LINE_COLUMNS)]
    for (day,), rows in grouped.group_by("occurred_on", maintain_order=True):
        assert isinstance(day, date), "days of records are dates"
        found = lines_on(standards, rows["context_place"].to_list(), day, [line]).to_native()
        parts.append(
            found.select(
                "context_place",
                occurred_on=pl.lit(day, dtype=pl.Date),
                line_fen=pl.col(f"{line}_e4") // LINE_SCALE,
            )
        )
    return nw.from_native(pl.concat(parts), eager_only=True)


def _listed(facts: Facts, told: Frame) -> Frame:
    """Whether each household was listed on each day on which an income of it was collected."""
    kept = facts.known.tables
    days = told.select("household_id", "occurred_day").unique()
    spells = listing_spells(facts).select("household_id", "listed_day", "exited_day")
    day, listed, exited = (nw.col(n) for n in ("occurred_day", "listed_day", "exited_day"))
    is_before_exit = exited.is_null() | (day <= exited)
    pairs = days.join(spells, on="household_id", how="inner").with_columns(
        _in=(listed < day).fill_null(False) & is_before_exit,
        _unknown=(listed.is_null() & is_before_exit)
        | ((listed < day).fill_null(False) & nw.lit("exit" not in kept)),
    )
    found = pairs.group_by("household_id", "occurred_day").agg(
        _in=nw.col("_in").max(), _unknown=nw.col("_unknown").max()
    )
    known = nw.col("_in").fill_null(False)
    is_told = ~nw.col("_unknown").fill_null(False) & nw.lit("listing" in kept)
    return days.join(found, on=["household_id", "occurred_day"], how="left").select(
        "household_id", "occurred_day", is_listed=nw.when(is_told).then(known)
    )
