"""Dated need out of records, and what became of a household over a horizon: an event, or no event.

Not seen is never taken for no. A register sees need at looks (visits, checks of clues) and at
decisions only: a need that came and went between two looks is not seen, and counts as none.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import narwhals as nw
import polars as pl

from fanpin_risk.dates import day_number
from fanpin_risk.errors import TimeOrderError
from fanpin_risk.household.changes import happened, under_current_number
from fanpin_risk.household.placement import Facts
from fanpin_risk.household.through_time import ends_of, is_fall, label_with_ends
from fanpin_risk.ledger.looks import looks
from fanpin_risk.outcomes.flow import FlowSettings, NeedSource

Frame = nw.DataFrame[pl.DataFrame]

OUTCOMES = (
    *("household_id", "label", "fell", "need_day", "need_from", "need_record"),
    *("looked_at_day", "ended_day", "end_kind"),
)
"""Columns of `event_outcomes`."""


def dated_needs(facts: Facts, need_from: Sequence[NeedSource]) -> Frame:
    """Every record that says a household was in need, by the day it was so.

    Parameters
    ----------
    facts
        Of a day.
    need_from
        Which records say it: a ``visit`` that found it, a ``verification`` that confirmed a clue, a
        decision to list (``listing``; a decision is later than the need, and is not an outcome by
        itself).

    Returns
    -------
    DataFrame
        ``household_id`` (current number), ``table``, ``record_id``, ``need_day`` (``Int32``, days
        since 1970-01-01), in no order.
    """
    found = looks(facts).filter(nw.col("is_in_need"), nw.col("table").is_in(list(need_from)))
    parts = [found.select("household_id", "table", "record_id", need_day=nw.col("occurred_day"))]
    if "listing" in need_from:
        listed = happened(facts.known, "listing").filter(
            nw.col("decision") == "listed", ~nw.col("household_id").is_null()
        )
        rows = listed.select(
            "household_id",
            "record_id",
            table=nw.lit("listing"),
            need_day=nw.col("occurred_day").cast(nw.Int32),
        )
        parts.append(facts.current(rows).select("household_id", "table", "record_id", "need_day"))
    return nw.concat(parts)


def event_outcomes(facts: Facts, asked: Frame, as_of: date, settings: FlowSettings) -> Frame:
    """What became of households within ``(as_of, as_of + h]``, as known on the day of evaluation.

    Symbols as in the design's estimands: t = ``as_of``, h the horizon, T the first need after t.
    ``yes``: T lies in ``(t, t + h]``. ``no``: a look at or after t + h, and at most
    ``look_within_months`` after it, found no need, and none is dated from t up to that look, its
    day included. ``competing``: the household died out within the window before any need.
    ``unknown``: everything else, above all who was not looked at.

    Parameters
    ----------
    facts
        As known on the day of evaluation, at or after ``settings.known_on(as_of)``.
    asked
        ``household_id`` of those asked about, by the numbers of ``as_of``.
    as_of
        The day the risk was asked on.
    settings
        Horizon, and what says that there is need, or none.

    Returns
    -------
    DataFrame
        One row for each household asked about, sorted by bytes, with the columns `OUTCOMES`:
        ``label`` (one of `LABELS`), ``fell`` (a competing end is no fall; null: unknown),
        ``need_day, need_from, need_record``: first need after t, if any (also one after t + h), the
        table and the record that say so; ``looked_at_day``: first look without need from t + h on;
        ``ended_day, end_kind`` of `ends`. Days since 1970-01-01.

    Raises
    ------
    TimeOrderError
        If the day of evaluation comes before the outcome can be known: by then some of the yes
        would be known and none of the no.
    """
    complete = settings.known_on(as_of)
    if facts.known.as_of < complete:
        raise TimeOrderError(
            f"The outcome of {as_of} is known from {complete} on, not on {facts.known.as_of}. "
            "Evaluate later, or ask about an earlier day."
        )
    day, horizon_day = day_number(as_of), day_number(settings.later_day(as_of))
    both = asked.select("household_id", _lives_on=nw.col("household_id"))
    current = under_current_number(both, facts.numbers, "_lives_on")
    parts = [
        _first_needs(dated_needs(facts, settings.need_from), day),
        _first_look_without(looks(facts), horizon_day, day_number(complete)),
        ends_of(facts).select("household_id", "ended_day", "end_kind"),
    ]
    for part in parts:
        current = current.join(
            part, left_on="_lives_on", right_on="household_id", how="left", suffix="_part"
        )
    need, look = nw.col("need_day"), nw.col("looked_at_day")
    is_free = ~look.is_null() & (need.is_null() | (need > look))
    labelled = current.with_columns(
        observed_until_day=nw.when(is_free).then(nw.lit(horizon_day))
    ).with_columns(label=label_with_ends(as_of_day=day, horizon_day=horizon_day))
    return (
        labelled.with_columns(fell=is_fall(nw.col("label"))).select(*OUTCOMES).sort("household_id")
    )


def _first_needs(needs: Frame, day: int) -> Frame:
    """First need of each household after a day, and the record that says so.

    Of several records of that day the one of the table that comes first by name counts, then the
    one with the lowest number.
    """
    later = needs.filter(nw.col("need_day") > day)
    first = later.group_by("household_id").agg(need_day=nw.col("need_day").min())
    of_day = later.join(first, on=["household_id", "need_day"], how="inner")
    table = of_day.group_by("household_id").agg(need_from=nw.col("table").min())
    record = (
        of_day.join(table, on="household_id", how="inner")
        .filter(nw.col("table") == nw.col("need_from"))
        .group_by("household_id")
        .agg(need_record=nw.col("record_id").min())
    )
    return first.join(table, on="household_id", how="left").join(
        record, on="household_id", how="left"
    )


def _first_look_without(seen: Frame, from_day: int, to_day: int) -> Frame:
    """First look without need from a day to another, both included."""
    without = seen.filter(
        ~nw.col("is_in_need"), nw.col("occurred_day") >= from_day, nw.col("occurred_day") <= to_day
    )
    return without.group_by("household_id").agg(looked_at_day=nw.col("occurred_day").min())
