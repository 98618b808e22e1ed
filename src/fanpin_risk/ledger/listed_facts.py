"""Listed households for the rules on exits: since when, as what, for which risks, what help."""

from __future__ import annotations

from typing import Final

import narwhals as nw
import polars as pl

from fanpin_risk.causes import SUPPORT, Cause
from fanpin_risk.household.changes import newest
from fanpin_risk.household.listed import AIMED, LEDGER_COLUMNS, NAMED, of_cause
from fanpin_risk.household.placement import Facts
from fanpin_risk.ledger.clocks import with_completed_months
from fanpin_risk.ledger.events import events_of, helped_of
from fanpin_risk.records.contracts.mechanism import LISTING

Frame = nw.DataFrame[pl.DataFrame]

CAUSE_COLUMNS: Final = tuple(
    column.name for column in LISTING.columns if column.name.startswith("cause_")
)


def listed_facts(facts: Facts, state: Frame) -> Frame:
    """What the ledger says of each household, for `with_ledger_facts`.

    Parameters
    ----------
    facts
        Of the day, from `facts_of`.
    state
        Of `ledger_state`, for the same day.

    Returns
    -------
    DataFrame
        One row for each of ``state``, sorted by bytes: ``household_id`` and `LEDGER_COLUMNS`. Of a
        household that is not listed, or of which it cannot be told, all but ``is_listed`` is null.

        ``is_listed``
            As in ``state``.
        ``listed_day, listed_months, listed_type``
            First day of the spell, completed months since, and the type decided on.
        ``named_<cause>``
            Whether the newest decision to list names the risk; null where it names none at all.
        ``aimed_<cause>``
            Whether a measure that practice expects for the risk (`SUPPORT`; for 其他 any measure)
            began on the day of the listing or later, or was running on it. Null where measures are
            not kept.
        ``has_aimed_measure, first_aimed_day``
            Whether there is one for any of the named risks, and the first day of the first. Where
            no risk is named: no without any measure, else not known.
    """
    listed = state.filter(nw.col("is_listed")).select(
        "household_id", "listed_day", listed_type=nw.col("monitored_type")
    )
    today = nw.lit(facts.known.day).cast(nw.Int32)
    dated = with_completed_months(
        listed.with_columns(_today=today), "listed_months", start="listed_day", end="_today"
    )
    named = dated.join(_named(facts), on="household_id", how="left")
    whole = named.join(_aimed(facts, listed), on="household_id", how="left").with_columns(
        _aimed_columns(is_kept="support_measure" in facts.known.tables)
    )
    pairs = [(nw.col(of_cause(NAMED, c)), c) for c in Cause]
    any_aimed = nw.any_horizontal(
        *[is_named & nw.col(of_cause(AIMED, cause)) for is_named, cause in pairs],
        ignore_nulls=False,
    )
    first = nw.min_horizontal(*[nw.when(is_named).then(nw.col(_day(c))) for is_named, c in pairs])
    told = whole.with_columns(has_aimed_measure=any_aimed, first_aimed_day=first)
    return (
        state.select("household_id", "is_listed")
        .join(told, on="household_id", how="left")
        .select("household_id", *[nw.col(n).cast(kind) for n, kind in LEDGER_COLUMNS.items()])
        .sort("household_id")
    )


def _named(facts: Facts) -> Frame:
    """Risks that the newest decision to list each household names."""
    decisions = events_of(facts, "listing").filter(nw.col("decision") == "listed")
    last = newest(
        decisions.select(
            "household_id", *CAUSE_COLUMNS, "occurred_day", "recorded_day", "record_id"
        ),
        ["household_id"],
    )
    are_null = [nw.col(name).is_null() for name in CAUSE_COLUMNS]
    is_told = ~nw.all_horizontal(*are_null, ignore_nulls=False)
    return last.select(
        "household_id",
        *[
            nw.when(is_told)
            .then(
                nw.any_horizontal(
                    *[
                        (nw.col(name) == cause.name.lower()).fill_null(False)
                        for name in CAUSE_COLUMNS
                    ],
                    ignore_nulls=False,
                )
            )
            .alias(of_cause(NAMED, cause))
            for cause in Cause
        ],
    )


def _aimed(facts: Facts, listed: Frame) -> Frame:
    """First day of a measure for each risk since the listing, of each listed household."""
    since = helped_of(facts).join(
        listed.select("household_id", "listed_day"), on="household_id", how="inner"
    )
    begun, ends, listed_day = (nw.col(n) for n in ("begun_day", "ends_day", "listed_day"))
    helps = since.filter((begun >= listed_day) | ends.is_null() | (ends >= listed_day))
    days = {_day(cause): nw.when(_is_for(cause)).then(begun.cast(nw.Int64)) for cause in Cause}
    marked = helps.select("household_id", **days)
    return marked.group_by("household_id").agg(nw.col(name).min() for name in days)


def _is_for(cause: Cause) -> nw.Expr:
    """Whether a measure is one that practice expects for a risk."""
    measures = SUPPORT[cause].measures
    if not measures:
        return nw.lit(True)
    return nw.col("measure").is_in(list(measures))


def _aimed_columns(*, is_kept: bool) -> list[nw.Expr]:
    """Whether there is a measure for each risk; null where measures are not kept."""
    return [
        nw.when(nw.lit(is_kept)).then(~nw.col(_day(c)).is_null()).alias(of_cause(AIMED, c))
        for c in Cause
    ]


def _day(cause: Cause) -> str:
    """Column of the first day of a measure for a risk."""
    return of_cause("_day", cause)
