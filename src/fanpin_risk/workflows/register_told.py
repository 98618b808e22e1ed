"""What a register gives beyond findings: proposals, exits, posts about to end, loop, places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import narwhals as nw
import polars as pl

from fanpin_risk.areas.told import AreasTold
from fanpin_risk.household.placement import Facts
from fanpin_risk.household.view import CountyView
from fanpin_risk.ledger.clearing import clearing_by_month
from fanpin_risk.ledger.clocks import months_after
from fanpin_risk.ledger.listings import spell_stages, with_spell_clocks
from fanpin_risk.ledger.stages import clue_cases, with_clue_clock
from fanpin_risk.ledger.summary import loop_summary
from fanpin_risk.standards.exits import exits
from fanpin_risk.standards.low_income_register import low_income_register
from fanpin_risk.standards.parameters import Standards
from fanpin_risk.standards.post_queue import post_queue
from fanpin_risk.standards.table import parameter_table
from fanpin_risk.workflows.ruled import Ruled

Frame = nw.DataFrame[pl.DataFrame]

LIMITS: Mapping[str, str] = {
    "clue_to_decision_days": "clue_to_decision",
    "clue_to_decision_working_days": "clue_to_decision_working",
    "village_notice_min_days": "village_notice_min",
    "first_measure_max_months": "first_measure_max",
    "exit_listed_min_months": "exit_listed_min",
    "exit_notice_min_days": "exit_notice_min",
}
"""Limits of the closed loop, and the standards that they are."""


@dataclass(frozen=True, kw_only=True)
class RegisterTold:
    """Result files of a register beside the findings, each by the name of its field.

    Attributes
    ----------
    proposals
        A row for each household (`fanpin_risk.standards.proposal.proposals`).
    exits
        A row for each listed household, with what still holds it (`exits`).
    post_queue
        Public-welfare posts that end within the horizon (`post_queue`).
    loop
        The closed loop in a few numbers (`loop_summary`).
    clearing
        Clues by month and place over the last twelve months, the running one last
        (`clearing_by_month`); ``last_day`` is a date.
    low_income
        A row for each household with members on record: the six classes of the low-income register,
        and how many members count as each (`low_income_register`).
    low_income_classes
        A row for each class: persons in it, and persons counted as it, which add up: nobody counts
        twice.
    areas
        Many at once, and bunching at the line; files of its own (`AreasTold.files`). None: not
        asked for.
    """

    proposals: pl.DataFrame
    exits: pl.DataFrame
    post_queue: pl.DataFrame
    loop: pl.DataFrame
    clearing: pl.DataFrame
    low_income: pl.DataFrame
    low_income_classes: pl.DataFrame
    areas: AreasTold | None = None

    def files(self) -> dict[str, pl.DataFrame]:
        """Every frame by the name of its file."""
        own = [field.name for field in fields(self) if field.name != "areas"]
        beside = {} if self.areas is None else self.areas.files()
        return {name: getattr(self, name) for name in own} | beside


def register_told(
    facts: Facts,
    county: CountyView,
    day: Ruled,
    standards: Standards,
    *,
    households: pl.DataFrame,
    areas: AreasTold | None = None,
) -> RegisterTold:
    """Put together what the rules give on a day, and what places and records tell.

    Parameters
    ----------
    facts, county
        Of the day.
    day
        Answers and proposals of the same day.
    standards
        As a configuration uses them.
    households
        ``household_id`` of those asked about; the loop is told of every clue and listing.
    areas
        Of `areas_told`, for the same day.

    Raises
    ------
    ConfigError
        If the standards lack one of `LIMITS`.
    """

    def asked(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.join(
            households.select("household_id"),
            on="household_id",
            how="semi",
            maintain_order="left",
        )

    loop, clearing = _closed_loop(facts, county, standards)
    low_income = low_income_register(
        day.answers,
        nw.from_native(day.proposals.select("household_id", "is_listed"), eager_only=True),
    )
    return RegisterTold(
        proposals=asked(day.proposals),
        exits=asked(exits(day.answers)),
        post_queue=asked(post_queue(day.answers)),
        loop=loop,
        clearing=clearing,
        low_income=asked(low_income.households),
        low_income_classes=low_income.classes,
        areas=areas,
    )


def _closed_loop(
    facts: Facts, county: CountyView, standards: Standards
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The loop's numbers, and its clues by month and place."""
    known, readings = facts.known, standards.readings
    limits = _limits(county, standards)
    found = clue_cases(facts)
    cases = with_clue_clock(found, limits, day=known.day)
    spells = with_spell_clocks(
        spell_stages(facts, found),
        limits,
        day=known.day,
        notice_days=readings.notice_days,
        first_measure=readings.first_measure_month,
    )
    this_month = known.as_of.replace(day=1)
    first = months_after(this_month.replace(year=this_month.year - 1), 1)
    places = county.homes.select("household_id", "place")
    clearing = clearing_by_month(cases, places, from_month=first, as_of=known.as_of)
    dated = clearing.to_native().with_columns(pl.col("last_day").cast(pl.Date))
    return loop_summary(cases, spells), dated


def _limits(county: CountyView, standards: Standards) -> Frame:
    """Every limit in force for each household."""
    homes = county.homes.select("household_id", "context_place")
    places = homes["context_place"].drop_nulls().unique().to_list()
    names = tuple(LIMITS.values())
    table = parameter_table(standards, places, county.known.as_of, names)
    return homes.join(table.frame, on="context_place", how="left").select(
        "household_id", **{limit: nw.col(name) for limit, name in LIMITS.items()}
    )
