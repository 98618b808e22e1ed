"""What the county's columns of one day stand on, put together once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import narwhals as nw
import polars as pl

from fanpin_risk.day_columns import day_of_date, last_day_of_month, with_day
from fanpin_risk.errors import SchemaError
from fanpin_risk.household.answers import latest_answers
from fanpin_risk.household.changes import happened
from fanpin_risk.household.placement import Facts
from fanpin_risk.household.through_time import begun_of, ends_of
from fanpin_risk.records.timeline import KnownRecords

Frame = nw.DataFrame[pl.DataFrame]

DAYS: dict[str, tuple[tuple[str, str, Callable[[str], nw.Expr]], ...]] = {
    "work_month": (
        ("month_day", "work_month", last_day_of_month),
        ("spell_end_day", "spell_ends_on", day_of_date),
    ),
    "income_item": (
        ("period_day", "period_to", last_day_of_month),
        ("paid_day", "paid_on", day_of_date),
    ),
    "insurance": (
        ("from_day", "valid_from", day_of_date),
        ("to_day", "valid_to", day_of_date),
    ),
    "loan": (("due_day", "due_on", day_of_date),),
    "place_month": (("month_day", "month", last_day_of_month),),
}
"""Days that tables hold as dates, as numbers: of a month its last day."""

READS: dict[str, tuple[str, ...]] = {
    "household_snapshot": (
        *("household_type", "net_income_per_head_fen", "compliant_own_cost_fen"),
        *("is_dilapidated_home", "home_area_m2_x100", "has_safe_water", "has_sanitary_toilet"),
        *("has_hard_access_road", "road_distance_m", "farmland_mu_x100", "is_in_cooperative"),
        *("is_relocated", "is_no_labour_household", "has_dropout", "has_uninsured_member"),
    ),
    "work_month": (
        *("person_id", "work_month", "wage_fen", "work_place", "work_place_kind"),
        *("public_post", "spell_ends_on"),
    ),
    "schooling": (
        *("person_id", "school_state", "is_in_school", "is_unable_to_study", "is_boarding"),
        *("dropout_reason", "cost_fen", "aid_fen"),
    ),
    "income_item": (
        *("person_id", "item", "amount_fen", "period_from", "period_to", "window", "is_help"),
        *("paid_on", "record_id"),
    ),
    "medical_bill": (
        *("person_id", "bill_kind", "total_fen", "basic_paid_fen", "serious_paid_fen"),
        *("aid_paid_fen", "compliant_own_fen", "own_fen", "illness_class", "is_outside_county"),
    ),
    "rigid_spending": ("person_id", "item", "amount_fen", "is_compliant"),
    "insurance": (
        *("person_id", "insurance", "is_covered", "valid_from", "valid_to", "premium_fen"),
        "premium_aid_fen",
    ),
    "insurance_claim": ("insurance", "paid_fen", "cause"),
    "loan": ("loan_kind", "loan_number", "balance_fen", "overdue_fen", "due_on", "record_id"),
    "asset_dividend": ("amount_fen",),
    "shock": ("person_id", "shock_kind", "loss_fen"),
    "housing_check": ("grade", "is_only_home", "is_lived_in"),
    "water_check": (
        *("quality", "outage_days", "trip_minutes", "litres_per_head_day", "supply_percent"),
    ),
    "visit": ("result",),
    "verification": ("result",),
    "asset_evidence": ("person_id", "kind", "value_fen", "acquired_on", "holder_relation"),
    "coping_assessment": ("can_cope", "assessor"),
}
"""Tables about households and persons that columns are built from, and what is read of them, beside
household, days of occurrence and of record. Nothing else is handed on. Clues, decisions to list,
exits and measures of support are not among them: they follow from the need that is to be foretold;
of a visit or a check of a clue only that it took place and what it found, as history."""

_DAYS_OF_RECORDS = ("occurred_day", "recorded_day")
_BOOKKEEPING = (
    *("household_id", "record_id", "version", "source", "batch", "is_withdrawn"),
    *("occurred_on", "recorded_on"),
)
"""Columns of a snapshot that say nothing of the person."""


@dataclass(frozen=True, kw_only=True)
class CountyView:
    """Records of a day under the household of the day, and what every column shares.

    Households and persons stand under small integers, ``home`` and ``person``: they are joined and
    grouped by over and over, and texts make that three times as slow.

    Attributes
    ----------
    known
        What was known on the day.
    tables
        Of `READS`, those that are kept: rows that had occurred by the day, with the ``home`` that
        their household lives on as, a person's rows with the person's home of the day, and the
        ``person``, where the person belongs to that home on the day (else null). Rows of no
        household on record, and of persons from the day they had left, have no home: they only tell
        since when the table is kept. With the `DAYS` of the table.
    persons
        Who belongs to a household on the day: ``person, person_id, home, is_away`` (null: not
        known).
    homes
        One row for each household that a household snapshot names: ``home, household_id, place,
        region, context_place`` (newest answer, null: none); ``heads`` (``Int64``: members on record
        on the day, or the newest snapshot's where no person is on record); ``line_fen`` (a head and
        year, in force on the day; null: none for the place); ``line_of_household_fen`` (times
        heads); ``since_day`` (household-level records before it are another household's, or none:
        split off, moved in) and ``moved_in_day`` (the same for those who moved in); ``is_ended``.
    """

    known: KnownRecords
    tables: Mapping[str, Frame]
    persons: Frame
    homes: Frame

    @property
    def day(self) -> int:
        """Day of decision as days since 1970-01-01."""
        return self.known.day

    @cached_property
    def snapshots(self) -> Frame:
        """Snapshots, of whichever household, of who belongs to one on the day, with ``person``.

        Joined once: many columns stand on them.
        """
        persons = self.persons.select("person_id", "person")
        rows = happened(self.known, "member_snapshot")
        wanted = [name for name in rows.columns if name not in _BOOKKEEPING]
        return rows.select(wanted).join(persons, on="person_id", how="inner").drop("person_id")


def county_view(facts: Facts, lines: Frame) -> CountyView:
    """Put a day's records together for the county's columns.

    Parameters
    ----------
    facts
        Of the day, from `facts_of`.
    lines
        ``context_place`` (once each), ``line_fen``: the line in force on the day for each place of
        reference, in fen a head and year. Places that are not in it have no line, and their
        households no column relative to it.

    Returns
    -------
    CountyView

    Raises
    ------
    SchemaError
        If the lines lack a column or name a place twice.
    """
    missing = [name for name in ("context_place", "line_fen") if name not in lines.columns]
    if missing:
        raise SchemaError(
            f"The lines lack the columns {missing}; they have {lines.columns}. Give one line_fen, "
            "in fen a head and year, for each context_place."
        )
    if lines["context_place"].n_unique() != len(lines):
        raise SchemaError("The lines name a context_place twice. Give the one in force on the day.")
    belonging = _belonging(facts)
    homes = _homes(facts, belonging, lines)
    persons = belonging.join(
        homes.select("household_id", "home"), on="household_id", how="inner"
    ).select("person", "person_id", "home", "is_away")
    return CountyView(
        known=facts.known,
        tables=_tables(facts, homes, persons),
        persons=persons,
        homes=homes,
    )


def _belonging(facts: Facts) -> Frame:
    """Who belongs to a household on the day, numbered."""
    belongs = nw.col("standing") == "belongs"
    return (
        facts.placed.filter(belongs, ~nw.col("household_id").is_null())
        .select(
            "person_id", "household_id", is_away=(nw.col("membership") == "away").cast(nw.Int64)
        )
        .sort("person_id")
        .with_row_index("person")
    )


def _tables(facts: Facts, homes: Frame, persons: Frame) -> dict[str, Frame]:
    """Rows under the household of the day, of every table that is kept."""
    number_of = homes.select("household_id", "home")
    found = {}
    for name, columns in READS.items():
        if name in facts.known.tables:
            wanted = dict.fromkeys(["household_id", *_DAYS_OF_RECORDS, *columns])
            found[name] = happened(facts.known, name, list(wanted))
    about = {name: rows for name, rows in found.items() if "person_id" in rows.columns}
    placed = _found_in_all(about, _places(facts, number_of, persons), "person_id")
    # who is on record is where the snapshots say, whatever household the office wrote
    of_nobody = nw.when(nw.col("_is_on_record").is_null()).then(nw.col("household_id"))
    for name, rows in placed.items():
        found[name] = rows.with_columns(household_id=of_nobody)
    current = {name: facts.current(rows) for name, rows in found.items()}
    found = _found_in_all(current, number_of, "household_id")
    stays = nw.col("_gone").is_null() | (nw.col("occurred_day") < nw.col("_gone"))
    home = nw.coalesce(nw.when(stays).then(nw.col("_home")), "home")
    for name in placed:
        found[name] = found[name].with_columns(home=home).drop("_is_on_record", "_gone", "_home")
    return {name: with_days(rows, name) for name, rows in found.items()}


def _found_in_all(tables: Mapping[str, Frame], found: Frame, key: str) -> dict[str, Frame]:
    """Every table with what was found for its rows in place of the key, their order kept.

    A left join of all tables at once, so that what was found is searched through once.
    """
    if not tables:
        return {}
    keys = nw.concat([rows.select(key) for rows in tables.values()]).to_native()
    joined = keys.join(found.to_native(), on=key, how="left", maintain_order="left").drop(key)
    beside, first = {}, 0
    for name, rows in tables.items():
        own = nw.from_native(joined.slice(first, len(rows)), eager_only=True)
        beside[name] = nw.concat([rows.drop(key), own], how="horizontal")
        first += len(rows)
    return beside


def _places(facts: Facts, number_of: Frame, persons: Frame) -> Frame:
    """Of everybody on record the home of the day, the day gone from it (if gone) and the number.

    Rows about persons follow the person, `with_household`, until the day the person had left.
    """
    day_gone = nw.when(nw.col("standing") == "left").then(nw.col("since_day").cast(nw.Int64))
    placed = facts.placed.select(
        "person_id", "household_id", _gone=day_gone, _is_on_record=nw.lit(True)
    )
    return (
        placed.join(number_of.rename({"home": "_home"}), on="household_id", how="left")
        .drop("household_id")
        .join(persons.select("person_id", "person"), on="person_id", how="left")
    )


def with_days(rows: Frame, table: str) -> Frame:
    """Add the `DAYS` of a table to its rows."""
    for name, column, of in DAYS.get(table, ()):
        rows = with_day(rows, name, column, of)
    return rows


def _homes(facts: Facts, belonging: Frame, lines: Frame) -> Frame:
    """Number, place, heads, line and beginning of every household."""
    asked = ("place", "region", "context_place", "members")
    columns = ["household_id", *_DAYS_OF_RECORDS, *asked]
    snapshot = facts.current(happened(facts.known, "household_snapshot", columns))
    named = snapshot.filter(~nw.col("household_id").is_null())
    numbers = named.select("household_id").unique().sort("household_id").with_row_index("home")
    answers = latest_answers(
        named.join(numbers, on="household_id", how="left"),
        ["home"],
        {name: nw.col(name) for name in asked},
    ).join(numbers, on="home", how="left")
    began = begun_of(facts.changes).select(
        "household_id", "since_change", since_day=nw.col("history_since_day").cast(nw.Int64)
    )
    beside = (
        belonging.group_by("household_id").agg(_persons=nw.len()),
        began,
        ends_of(facts).select("household_id", _ended=nw.col("ended_day")),
    )
    homes = answers.join(lines.select("context_place", "line_fen"), on="context_place", how="left")
    for part in beside:
        homes = homes.join(part, on="household_id", how="left")
    heads = nw.coalesce(nw.col("_persons").cast(nw.Int64), nw.col("members").cast(nw.Int64))
    line = nw.col("line_fen").cast(nw.Int64)
    has_moved_in = nw.col("since_change") == "moved_in"
    return homes.select(
        *("home", "household_id", "place", "region", "context_place", "since_day"),
        heads=heads,
        line_fen=line,
        line_of_household_fen=nw.when((line > 0) & (heads > 0)).then(line * heads),
        moved_in_day=nw.when(has_moved_in).then(nw.col("since_day")),
        is_ended=~nw.col("_ended").is_null(),
    ).sort("home")
