"""The closed loop from a clue to its decision: warning, judgement and handling, one row a clue."""

from __future__ import annotations

from typing import Literal

import narwhals as nw
import polars as pl

from fanpin_risk.household.placement import Facts
from fanpin_risk.ledger.answers import answers_to
from fanpin_risk.ledger.clocks import working_day_after
from fanpin_risk.ledger.events import clues_of
from fanpin_risk.ledger.limits import with_limits

Frame = nw.DataFrame[pl.DataFrame]

AlreadyListed = Literal["answered", "asks_anew"]
"""A clue about a household that is on the list: answered by the listing, or to be decided anew."""

STAGES: dict[str, tuple[str, str]] = {
    "warning": ("预警", "warning: nobody has gone to look yet"),
    "judgement": ("研判", "judgement: somebody went, no result yet"),
    "handling": ("处置", "handling: confirmed, neither decision nor help yet"),
    "closed": ("办结", "closed"),
}
"""Where a clue stands, in order, with the words for it."""

CLOSED_BY: dict[str, tuple[str, str]] = {
    "listed_already": ("已在册", "the household was on the list already"),
    "listed": ("纳入", "decided: listed"),
    "refused": ("不纳入", "decided: not listed"),
    "measure": ("已帮扶", "confirmed, and help began"),
    "not_confirmed": ("不属实", "checked: not confirmed"),
    "ended": ("户已消亡或迁出", "the household is no more"),
}
"""What closes a clue; of several on one day the first of these counts."""

CLEARED = tuple(name for name in CLOSED_BY if name != "ended")
"""What clears a clue: somebody dealt with it."""

CLUE_CASES: dict[str, nw.dtypes.DType] = {
    "clue_id": nw.String(),
    "household_id": nw.String(),
    "channel": nw.String(),
    "department": nw.String(),
    "cause": nw.String(),
    "warned_day": nw.Int32(),
    "checked_day": nw.Int32(),
    "judged_day": nw.Int32(),
    "decided_day": nw.Int32(),
    "helped_day": nw.Int32(),
    "closed_day": nw.Int32(),
    "closed_by": nw.String(),
    "stage": nw.String(),
    "is_open": nw.Boolean(),
    "days_in_warning": nw.Int64(),
    "days_in_judgement": nw.Int64(),
    "days_in_handling": nw.Int64(),
    "days_open": nw.Int64(),
    "is_green_channel": nw.Boolean(),
}
"""Columns of `clue_cases`, with their types."""

_STEPS = ("checked_day", "confirmed_day", "decided_day", "helped_day")

CLUE_LIMITS = ("clue_to_decision_days", "clue_to_decision_working_days")
"""Limits of `with_clue_clock`, by household."""


def clue_cases(facts: Facts, *, already_listed: AlreadyListed = "asks_anew") -> Frame:
    """Every clue on record, how it went through the three stages, and where it stands on the day.

    Warning (预警) lasts from the clue's day until somebody goes and looks, judgement (研判) until a
    check has a result, handling (处置) from a check that confirms it until a decision to list or
    not, or until help begins. The stages follow each other without a gap, so the days in them add
    up to the days the clue was open. Only what was recorded by the day, and had occurred by it,
    counts (policy notes, section 7; founding text 四（九）).

    Parameters
    ----------
    facts
        Of the day, from `facts_of`.
    already_listed
        What a clue about a household on the list asks for: a check like any other, and a decision
        or help where it is confirmed (``asks_anew``), or nothing (``answered``: it is closed on its
        day). The notes are silent.

    Returns
    -------
    DataFrame
        One row for each clue, sorted by day, then number; columns of `CLUE_CASES`. Days since
        1970-01-01:

        ``household_id``
            The household of the day: of the person concerned, else the one written. Null: on
            record under none; nothing can answer such a clue, and all but ``warned_day`` is null.
        ``channel, department, cause``
            As written; null: not on record.
        ``checked_day``, ``judged_day``
            First check, and first one with a result, up to the day it was closed. Which checks
            count for which clue: `answers_to`.
        ``decided_day``, ``helped_day``
            First decision on the household, and first measure that began, from the clue's day up to
            when it was closed; what came later is no part of the case.
        ``closed_day``, ``closed_by``
            When and by what (a key of `CLOSED_BY`) it was closed; null while it is open.
        ``stage``, ``is_open``
            A key of `STAGES`; null: cannot be told, since a table that may hold the answer is not
            kept.
        ``days_in_warning, days_in_judgement, days_in_handling``
            Days spent in each stage, up to the day for the one it stands in; null: not entered, or
            cannot be told.
        ``days_open``
            Days from the clue to when it was closed, else to the day: its age.
        ``is_green_channel``
            Help began before any decision, and the cause is a disaster or an accident: no fault.
            Null: the cause, or help, is not on record.

    Raises
    ------
    ValueError
        If ``already_listed`` is no such reading.
    """
    if already_listed not in ("answered", "asks_anew"):
        raise ValueError(
            f"already_listed must be 'answered' or 'asks_anew'. Got {already_listed!r}."
        )
    whole = answers_to(facts, clues_of(facts)).with_columns(
        _day_of_listed_already=nw.when(
            nw.col("is_on_list") & nw.lit(already_listed == "answered")
        ).then(nw.col("occurred_day")),
        _day_of_listed=nw.when(nw.col("is_listed")).then(nw.col("decided_day")),
        _day_of_refused=nw.when(~nw.col("is_listed")).then(nw.col("decided_day")),
        _day_of_measure=nw.when(
            ~nw.col("confirmed_day").is_null() & ~nw.col("helped_day").is_null()
        ).then(nw.max_horizontal("confirmed_day", "helped_day")),
        _day_of_not_confirmed=nw.col("vain_day"),
        _day_of_ended=nw.col("ended_day"),
    )
    closed = whole.with_columns(
        closed_day=nw.min_horizontal(*[f"_day_of_{name}" for name in CLOSED_BY])
    ).with_columns(
        judged_day=_up_to_closed(nw.min_horizontal("confirmed_day", "vain_day")),
        **{name: _up_to_closed(nw.col(name)) for name in _STEPS},
        closed_by=_first_that_closed(),
    )
    staged = closed.with_columns(is_open=_is_open(frozenset(facts.known.tables)))
    timed = _with_times(staged, facts.known.day)
    is_green = _is_green(is_help_told="support_measure" in facts.known.tables)
    return (
        timed.with_columns(is_green_channel=is_green, warned_day=nw.col("occurred_day"))
        .select(*[nw.col(name).cast(kind) for name, kind in CLUE_CASES.items()])
        .sort("warned_day", "clue_id")
    )


def _up_to_closed(day: nw.Expr) -> nw.Expr:
    """Return a day unless it came after the clue was closed."""
    closed = nw.col("closed_day")
    return nw.when(closed.is_null() | (day <= closed)).then(day)


def _first_that_closed() -> nw.Expr:
    """First of `CLOSED_BY` that took place on the day the clue was closed."""
    found = nw.lit(None).cast(nw.String)
    for name in reversed(CLOSED_BY):
        is_it = nw.col(f"_day_of_{name}") == nw.col("closed_day")
        found = nw.when(is_it).then(nw.lit(name)).otherwise(found)
    return found


def _is_open(kept: frozenset[str]) -> nw.Expr:
    """Whether a clue is open; null where its answer may stand in a table that is not kept."""
    is_closed = ~nw.col("closed_day").is_null()
    is_told = nw.lit({"verification", "listing"} <= kept)
    if "support_measure" not in kept:
        is_told = is_told & nw.col("confirmed_day").is_null()
    return (
        nw.when(is_closed)
        .then(nw.lit(False))
        .when(is_told & ~nw.col("household_id").is_null())
        .then(nw.lit(True))
    )


def _with_times(cases: Frame, day: int) -> Frame:
    """Stage of each clue, and the days it spent in each."""
    is_told = ~nw.col("is_open").is_null()
    checked, confirmed = nw.col("checked_day"), nw.col("confirmed_day")
    stage = (
        nw.when(~nw.col("is_open"))
        .then(nw.lit("closed"))
        .when(is_told & ~confirmed.is_null())
        .then(nw.lit("handling"))
        .when(is_told & ~checked.is_null())
        .then(nw.lit("judgement"))
        .when(is_told)
        .then(nw.lit("warning"))
    )
    end = nw.coalesce(nw.col("closed_day"), nw.lit(day).cast(nw.Int32))
    return cases.with_columns(
        stage=stage,
        days_in_warning=nw.when(is_told).then(
            nw.coalesce(checked, end) - nw.col("occurred_day"),
        ),
        days_in_judgement=nw.when(is_told).then(nw.coalesce("judged_day", end) - checked),
        days_in_handling=nw.when(is_told).then(end - confirmed),
        days_open=nw.when(is_told).then(end - nw.col("occurred_day")),
    )


def _is_green(*, is_help_told: bool) -> nw.Expr:
    """Whether help came before any decision where help comes first."""
    if not is_help_told:
        return nw.lit(None).cast(nw.Boolean)
    helped, decided = nw.col("helped_day"), nw.col("decided_day")
    is_before = ~helped.is_null() & (decided.is_null() | (helped < decided))
    return nw.when(~nw.col("household_id").is_null()).then(is_before & nw.col("is_help_first"))


def with_clue_clock(cases: Frame, limits: Frame, *, day: int) -> Frame:
    """Add the day by which each clue is to be decided, and whether that was kept.

    Parameters
    ----------
    cases
        Of `clue_cases`.
    limits
        ``household_id`` (once each), ``clue_to_decision_days`` and
        ``clue_to_decision_working_days``: whole days, null where the county's text has no such
        limit or it is not known. Where both are given the earlier day counts. Households that are
        not in it have none.
    day
        The day of the cases, since 1970-01-01.

    Returns
    -------
    DataFrame
        The same rows with ``due_day`` (``Int64``): the clue's day is not counted, the last one is
        (policy notes, section 19); working days as in `working_day_after`. ``is_overdue``: open
        past that day; ``is_late``: closed after it, or open past it. Null: cannot be told. What was
        listed already, or ended, is neither.

    Raises
    ------
    SchemaError
        If the limits lack a column or name a household twice.
    """
    limited = with_limits(cases, limits, CLUE_LIMITS)
    plain, working = (nw.col(name) for name in CLUE_LIMITS)
    warned = nw.col("warned_day").cast(nw.Int64)
    dated = limited.with_columns(
        due_day=nw.min_horizontal(warned + plain, working_day_after(warned, working))
    )
    due, is_open = nw.col("due_day"), nw.col("is_open")
    is_past = nw.lit(day) > due
    is_exempt = nw.col("closed_by").is_in(["listed_already", "ended"])
    return dated.with_columns(
        is_overdue=is_open & is_past,
        is_late=nw.when(is_exempt.fill_null(False))
        .then(nw.lit(False))
        .when(~is_open)
        .then(nw.col("closed_day") > due)
        .otherwise(is_open & is_past),
    ).drop(*CLUE_LIMITS)
