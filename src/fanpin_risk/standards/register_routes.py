"""The route that a register's records point to: development help, safety net, or case by case."""

from __future__ import annotations

import narwhals as nw
import polars as pl

from fanpin_risk.dates import add_months, day_number
from fanpin_risk.household.changes import happened, newest
from fanpin_risk.household.placement import Facts
from fanpin_risk.household.register_account import ACCOUNT_MONTHS
from fanpin_risk.standards.routes import ROUTES

Frame = nw.DataFrame[pl.DataFrame]

ABLE = ("ordinary", "skilled", "weak")
"""Recorded labour capacities of who can work; weak or half labour has work near home."""


def register_routes(facts: Facts, households: Frame) -> pl.DataFrame:
    """Which kind of support the register points to, in the founding text's three ways.

    A shock of the last twelve months is judged case by case (一事一议). Otherwise a member who is
    recorded as able to work means development help, and nobody who can, of whom all is recorded,
    the safety net. What is not recorded leaves it open. It is a pointer for the team and no
    decision.

    Parameters
    ----------
    facts
        Of the day.
    households
        ``household_id`` (current numbers) of those asked about.

    Returns
    -------
    DataFrame
        ``household_id, route_zh, route_en``, sorted (bytes), for every household asked about.
    """
    asked = households.select("household_id")
    for part in (_shocks(facts), _labour(facts), _stated(facts)):
        asked = asked.join(part, on="household_id", how="left")
    has_shock = ~nw.col("_shocks").is_null()
    is_able = (nw.col("_able") > 0).fill_null(False)
    all_told = (nw.col("_not_told") == 0).fill_null(False)
    has_none = all_told | nw.col("is_no_labour_household").fill_null(False)

    def words(language: int) -> nw.Expr:
        texts = [nw.lit(pair[language]) for pair in ROUTES]
        return (
            nw.when(has_shock)
            .then(texts[0])
            .when(is_able)
            .then(texts[1])
            .when(has_none)
            .then(texts[2])
            .otherwise(texts[3])
        )

    return (
        asked.select("household_id", route_zh=words(0), route_en=words(1))
        .sort("household_id")
        .to_native()
    )


def _shocks(facts: Facts) -> Frame:
    """Households with a shock of the last twelve months."""
    since = day_number(add_months(facts.known.as_of, -ACCOUNT_MONTHS))
    rows = happened(facts.known, "shock").filter(
        nw.col("occurred_day") > since, ~nw.col("household_id").is_null()
    )
    return facts.current(rows.select("household_id")).group_by("household_id").agg(_shocks=nw.len())


def _labour(facts: Facts) -> Frame:
    """How many members can work, and of how many it is not recorded."""
    rows = happened(facts.known, "member_snapshot").filter(~nw.col("labour_skill").is_null())
    skills = newest(
        rows.select("person_id", "labour_skill", "occurred_day", "recorded_day", "record_id"),
        ["person_id"],
    ).select("person_id", "labour_skill")
    members = facts.placed.filter(
        nw.col("standing") == "belongs", ~nw.col("household_id").is_null()
    ).join(skills, on="person_id", how="left")
    marked = members.select(
        "household_id",
        _is_able=nw.col("labour_skill").is_in(list(ABLE)).cast(nw.Int64),
        _is_open=nw.col("labour_skill").is_null().cast(nw.Int64),
    )
    return marked.group_by("household_id").agg(
        _able=nw.col("_is_able").sum(), _not_told=nw.col("_is_open").sum()
    )


def _stated(facts: Facts) -> Frame:
    """What the newest snapshot that says so says about having no labour at all."""
    rows = happened(facts.known, "household_snapshot").filter(
        ~nw.col("is_no_labour_household").is_null(), ~nw.col("household_id").is_null()
    )
    columns = ("household_id", "is_no_labour_household")
    plain = facts.current(rows.select(*columns, "occurred_day", "recorded_day", "record_id"))
    return newest(plain, ["household_id"]).select(*columns)
