"""Households through time: numbers they live on under, when observation ends, and what that means.

Moving away, being absorbed and being lost under a new number censor: nothing is known afterwards.
Dissolution and the death of the last member are competing ends: no need can follow. The rules stand
in `docs/household_identity.md`; the estimands in the design's section 3.
"""

from __future__ import annotations

import narwhals as nw
import polars as pl

from fanpin_risk.errors import TimeOrderError
from fanpin_risk.household.changes import (
    dated_changes,
    household_history,
    lineage,
    newest,
    renumbered,
)
from fanpin_risk.household.endings import END_KINDS, begun_households
from fanpin_risk.household.placement import Facts, facts_of
from fanpin_risk.records.timeline import KnownRecords

__all__ = [
    "END_KINDS",
    "LABELS",
    "begun_of",
    "ends",
    "ends_of",
    "history_since",
    "household_history",
    "is_fall",
    "label_with_ends",
    "lineage",
]

Frame = nw.DataFrame[pl.DataFrame]

LABELS: dict[str, tuple[str, str]] = {
    "yes": ("是", "fell into need"),
    "no": ("否", "observed without need"),
    "competing": ("竞争终点", "ended by death before any need: no fall, kept apart"),
    "unknown": ("不可知", "not observed to the end: never counted as no"),
}
"""Codes of `label_with_ends`, with the words for them."""


def ends(known: KnownRecords) -> Frame:
    """Households that have ended, as known on the day.

    The newest dated fact decides: a household that is seen on a household snapshot, has a member
    who belongs to it, moves in, or is split off *after* its end is alive again and not listed. On
    the very day of the end, the end stands, unless a moving in was recorded later. Of several
    ends since the household was last alive, the first counts.

    Parameters
    ----------
    known
        What was known on a day; what is dated later than that day has not happened.

    Returns
    -------
    DataFrame
        ``household_id`` (current number, once each), ``ended_day`` (``Int32``, days since
        1970-01-01: the first day on which it is no more), ``end_kind`` (``censored`` or
        ``competing``), ``end_change`` (a key of `END_KINDS`), sorted; never null.

    Raises
    ------
    SchemaError
        If renumberings or merges go round in a circle.
    """
    return ends_of(facts_of(known))


def ends_of(facts: Facts) -> Frame:
    """The `ends` that follow from facts put together already."""
    return facts.ended


def history_since(known: KnownRecords) -> Frame:
    """Households that began late here: split off from another, or moved in.

    Household-level history (income, housing) before that day is unknown, not zero. Person-level
    history is not touched: it follows the members.

    Returns
    -------
    DataFrame
        ``household_id`` (current number, once each), ``history_since_day`` (``Int32``, that day
        included), ``since_change`` (``split`` or ``moved_in``; the newest counts), sorted. Who is
        not in it has the whole history.
    """
    return begun_of(dated_changes(known, renumbered(known)))


def begun_of(changes: Frame) -> Frame:
    """The `history_since` that follows from a day's `dated_changes`."""
    return (
        newest(begun_households(changes), ["household_id"])
        .select(
            "household_id",
            history_since_day=nw.col("occurred_day"),
            since_change=nw.col("change"),
        )
        .sort("household_id")
    )


def label_with_ends(*, as_of_day: int, horizon_day: int, is_fall_first: bool = True) -> nw.Expr:
    """Event label over ``(as_of_day, horizon_day]`` in which ends are told apart from "no".

    An expression over these columns, each nullable, days since 1970-01-01:
    ``need_day`` (first need dated after ``as_of_day``; null: none on record), ``ended_day`` and
    ``end_kind`` (of `ends`; null: no end known), ``observed_until_day`` (the household was looked
    at over the whole time up to that day; null: not since ``as_of_day``).

    Parameters
    ----------
    as_of_day
        The day the risk is asked on, itself outside the window.
    horizon_day
        The last day of the window, inside it.
    is_fall_first
        Order of a need and an end on one day. False is the sensitivity analysis.

    Returns
    -------
    Expr
        One of `LABELS`. ``yes``: need before the end or, by default, on its day. ``competing``:
        ended by death within the window, no need before. ``no``: observed up to the horizon and no
        need. ``unknown``: everything else, above all a household censored before the horizon, one
        that had ended by ``as_of_day``, and one with a need dated after its end.

    Raises
    ------
    TimeOrderError
        If the window is empty.

    Examples
    --------
    >>> frame = nw.from_native(pl.DataFrame({
    ...     "need_day": [10, None, None], "ended_day": [10, 10, 10],
    ...     "end_kind": ["censored", "censored", "competing"],
    ...     "observed_until_day": [10, 10, 10],
    ... }), eager_only=True)
    >>> frame.select(x=label_with_ends(as_of_day=0, horizon_day=30))["x"].to_list()
    ['yes', 'unknown', 'competing']
    """
    if horizon_day <= as_of_day:
        raise TimeOrderError(
            f"The window of a label ends on day {horizon_day} and begins after day {as_of_day}: "
            "it holds no day. Name a later horizon."
        )
    need, ended = nw.col("need_day"), nw.col("ended_day")
    is_needed = (need > as_of_day) & (need <= horizon_day)
    in_time = need <= ended if is_fall_first else need < ended
    is_dead = (nw.col("end_kind") == "competing") & (ended <= horizon_day)
    is_lost = is_needed | (ended < horizon_day)
    return (
        nw.when(ended <= as_of_day)
        .then(nw.lit("unknown"))
        .when(is_needed & (ended.is_null() | in_time))
        .then(nw.lit("yes"))
        .when(is_dead)
        .then(nw.lit("competing"))
        .when(is_lost)
        .then(nw.lit("unknown"))
        .when(nw.col("observed_until_day") >= horizon_day)
        .then(nw.lit("no"))
        .otherwise(nw.lit("unknown"))
    )


def is_fall(label: nw.Expr) -> nw.Expr:
    """Whether the household fell: a competing end is no fall, unknown stays null.

    Examples
    --------
    >>> frame = nw.from_native(pl.DataFrame({"label": list(LABELS)}), eager_only=True)
    >>> frame.select(fell=is_fall(nw.col("label")))["fell"].to_list()
    [True, False, False, None]
    """
    return nw.when(label != "unknown").then(label == "yes")
