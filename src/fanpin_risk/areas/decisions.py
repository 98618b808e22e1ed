"""Decisions of the mechanism on households of each village: what a village notice is made from."""

from __future__ import annotations

from datetime import date

import narwhals as nw
import polars as pl

from fanpin_risk.areas.happenings import places_of
from fanpin_risk.dates import day_number
from fanpin_risk.household.answers import latest_answers
from fanpin_risk.household.changes import happened
from fanpin_risk.household.placement import Facts
from fanpin_risk.ledger.events import events_of

DECISION_COLUMNS: dict[str, pl.DataType] = {
    **dict.fromkeys(("place", "household_id"), pl.String()),
    "members": pl.Int64(),
    **dict.fromkeys(("monitored_type", "decision"), pl.String()),
    **dict.fromkeys(("noticed_from", "noticed_to"), pl.Date()),
}
"""Columns of `decisions_between`: what a notice may show, and not one more."""
ELIMINATED = "eliminated"
"""Decision that an exit is."""


def decisions_between(facts: Facts, first: date, last: date) -> pl.DataFrame:
    """Every decision to list a household or not, and every exit, of a period.

    Parameters
    ----------
    facts
        Of a day, from `facts_of`: what was decided or recorded later has no part.
    first, last
        First and last day of the decisions, both included.

    Returns
    -------
    DataFrame
        `DECISION_COLUMNS`, sorted: newest place and number of members on record;
        ``monitored_type`` of a decision to list, null otherwise; the days of the notice on record
        (null: none; exits have none). Causes are not read at all. Households without a place on
        record are left out.
    """
    no_text, no_day = nw.lit(None).cast(nw.String), nw.lit(None).cast(nw.Date)
    listings = events_of(facts, "listing").filter(~nw.col("decision").is_null())
    decided = listings.select(
        *("household_id", "occurred_day", "decision", "noticed_from", "noticed_to"),
        monitored_type=nw.when(nw.col("decision") == "listed").then(nw.col("monitored_type")),
    )
    exited = events_of(facts, "exit").select(
        "household_id",
        "occurred_day",
        decision=nw.lit(ELIMINATED),
        noticed_from=no_day,
        noticed_to=no_day,
        monitored_type=no_text,
    )
    every = nw.concat([decided, exited.select(decided.columns)])
    of_period = every.filter(
        nw.col("occurred_day") >= day_number(first), nw.col("occurred_day") <= day_number(last)
    )
    snapshots = facts.current(happened(facts.known, "household_snapshot"))
    members = latest_answers(
        snapshots.filter(~nw.col("household_id").is_null()),
        ["household_id"],
        {"members": nw.col("members")},
    ).select("household_id", "members")
    placed = of_period.join(
        places_of(facts).select("household_id", "place"), on="household_id", how="inner"
    ).join(members, on="household_id", how="left")
    rows: pl.DataFrame = placed.to_native().select(
        pl.col(name).cast(kind) for name, kind in DECISION_COLUMNS.items()
    )
    return rows.sort(list(DECISION_COLUMNS), nulls_last=True)


def villages_of(facts: Facts) -> list[str]:
    """Every village in which a household is on record, sorted by bytes."""
    found: list[str] = places_of(facts)["place"].unique().to_list()
    return sorted(found)
