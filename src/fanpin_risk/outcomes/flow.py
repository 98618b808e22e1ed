"""Whose risk is asked where a register is kept: who is not known to be in need, on a chosen day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Literal

import narwhals as nw
import polars as pl
from pydantic import Field, model_validator

from fanpin_risk.dates import add_months, day_number
from fanpin_risk.errors import SchemaError
from fanpin_risk.household.changes import happened, newest
from fanpin_risk.household.placement import Facts
from fanpin_risk.household.through_time import ends_of
from fanpin_risk.outcomes.cohort import Horizon
from fanpin_risk.settings import Settings

Frame = nw.DataFrame[pl.DataFrame]
NeedSource = Literal["visit", "verification", "listing"]

TABLES_NEEDED = ("clue", "verification", "listing", "exit", "visit")
"""Without one of these it cannot be told whose risk is asked, nor what became of it."""

EXCLUDED: dict[str, tuple[str, str]] = {
    "listed": (
        "已纳入监测对象：按监测帮扶程序办理，不再预测",
        "on the list already: helped as the mechanism provides, not asked about",
    ),
    "reentry": (
        "风险消除后观察期内：是否再次返贫另行分析",
        "lately marked as eliminated: falling back again is a question of its own",
    ),
    "open_clue": (
        "线索尚未核查：先核查，不预测",
        "a clue is not answered yet: check it first",
    ),
    "in_need": (
        "近期已查实有困难：属于当前需求，先办理",
        "found in need lately: a present need, to be dealt with first",
    ),
}
"""Why a household on record is not asked about; of several reasons the first counts."""


class DecisionDays(Settings):
    """Month-ends on which decisions are taken: ``first``, then every so many months to ``last``.

    Examples
    --------
    >>> days = DecisionDays(first=date(2022, 4, 30), last=date(2023, 6, 30), every_months=6)
    >>> [str(day) for day in days.days()]
    ['2022-04-30', '2022-10-31', '2023-04-30']
    """

    first: date
    last: date
    every_months: Annotated[int, Field(ge=1, le=24)] = 1

    @model_validator(mode="after")
    def _month_ends_in_order(self) -> DecisionDays:
        """Refuse a first day that is no month-end, and an end before the beginning."""
        if (self.first + timedelta(days=1)).day != 1:
            raise ValueError(f"first is {self.first}: give the last day of a month")
        if self.last < self.first:
            raise ValueError(f"last is {self.last}, before first ({self.first})")
        return self

    def days(self) -> list[date]:
        """Every decision day, ascending; ``last`` is one of them if the steps reach it."""
        found = [self.first]
        while (day := add_months(self.first, len(found) * self.every_months)) <= self.last:
            found.append(day)
        return found


class FlowSettings(Horizon):
    """Whose risk of falling is asked from a register, and when an outcome can be known.

    ``decision_days``: the days asked about. ``need_from``: the records that say that a household is
    in need. ``look_within_months``: how long after the horizon a look without need still says that
    there was none; only then is an outcome known, so that yes and no are known alike.
    ``open_clue_days``: how long a clue that nobody answers keeps a household out.
    ``free_of_need_months``: who was found in need so many months ago or less, and not without need
    since, is in need now. ``reentry_months``: who left the list less than so long ago is outside.
    """

    decision_days: DecisionDays
    need_from: Annotated[tuple[NeedSource, ...], Field(min_length=1)] = (
        "visit",
        "verification",
        "listing",
    )
    look_within_months: Annotated[int, Field(ge=1, le=24)] = 6
    open_clue_days: Annotated[int, Field(ge=1, le=366)] = 60
    free_of_need_months: Annotated[int, Field(ge=0, le=60)] = 12
    reentry_months: Annotated[int, Field(ge=0, le=60)] = 24

    def known_on(self, as_of: date) -> date:
        """First day on which every answer about ``as_of`` can be known: when looks end to count."""
        return add_months(as_of, self.horizon_months + self.look_within_months)


def flow_population(facts: Facts, state: Frame, settings: FlowSettings) -> Frame:
    """Every household that exists on the day, with why it is not asked about, if it is not.

    A household exists that is on record by a household snapshot and has not ended by the day.

    Parameters
    ----------
    facts
        Of the day.
    state
        Of `ledger_state`, for the same day.
    settings
        Who is left out.

    Returns
    -------
    DataFrame
        ``household_id`` (current number, once each, sorted by bytes), ``place, region,
        context_place`` (of the newest snapshot), ``members`` (persons who belong to it on the day;
        where none is on record, as the newest snapshot says), ``first_day`` (of its first
        snapshot), ``excluded_for``: null for the cohort, else a key of `EXCLUDED`.

    Raises
    ------
    SchemaError
        If a table that this stands on is not kept.
    """
    missing = [name for name in TABLES_NEEDED if name not in facts.known.tables]
    if missing:
        raise SchemaError(
            f"The records hold no table {missing[0]}, and who is asked about, and what became of "
            f"them, stands on {', '.join(TABLES_NEEDED)}. Deliver it; without entries it is empty."
        )
    day = facts.known.as_of
    on_record = _on_record(facts).join(ends_of(facts), on="household_id", how="anti")
    whole = on_record.join(state, on="household_id", how="left")
    reasons = {
        "listed": nw.col("is_listed"),
        "reentry": nw.col("exited_day") > _months_ago(day, settings.reentry_months),
        "open_clue": nw.col("has_open_clue"),
        "in_need": _is_in_need(_months_ago(day, settings.free_of_need_months)),
    }
    excluded = nw.lit(None).cast(nw.String)
    for name in reversed(EXCLUDED):
        excluded = nw.when(reasons[name]).then(nw.lit(name)).otherwise(excluded)
    return whole.select(*on_record.columns, excluded_for=excluded).sort("household_id")


def _months_ago(day: date, months: int) -> int:
    """Day number of so many months before a day; what came after it is less long ago."""
    return day_number(add_months(day, -months))


def _is_in_need(since_day: int) -> nw.Expr:
    """Found in need after a day, and not found without need after that; on one day need counts."""
    need, none = nw.col("last_found_in_need_day"), nw.col("last_found_without_need_day")
    return (need > since_day) & (none.is_null() | (none <= need))


def _on_record(facts: Facts) -> Frame:
    """Households with a snapshot: place, size and first day."""
    snapshots = facts.current(
        happened(facts.known, "household_snapshot")
        .filter(~nw.col("household_id").is_null())
        .select(
            *("household_id", "place", "region", "context_place", "members"),
            *("occurred_day", "recorded_day", "record_id"),
        )
    )
    first = snapshots.group_by("household_id").agg(first_day=nw.col("occurred_day").min())
    belongs = facts.placed.filter(
        ~nw.col("household_id").is_null(), nw.col("standing") == "belongs"
    )
    counted = belongs.group_by("household_id").agg(_members=nw.len().cast(nw.Int64))
    return (
        newest(snapshots, ["household_id"])
        .join(first, on="household_id", how="left")
        .join(counted, on="household_id", how="left")
        .select(
            *("household_id", "place", "region", "context_place"),
            members=nw.coalesce("_members", "members"),
            first_day=nw.col("first_day").cast(nw.Int32),
        )
    )
