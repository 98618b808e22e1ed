"""The closed loop from a decision to list to the exit: notice, first measure, observation."""

from __future__ import annotations

from typing import Literal

import narwhals as nw
import polars as pl

from fanpin_risk.day_columns import day_of_date
from fanpin_risk.household.changes import newest
from fanpin_risk.household.placement import Facts
from fanpin_risk.ledger.clocks import with_completed_months, with_months_after
from fanpin_risk.ledger.events import decisions_of, events_of, measures_of
from fanpin_risk.ledger.limits import with_limits
from fanpin_risk.ledger.spells import SPELL, listing_spells

Frame = nw.DataFrame[pl.DataFrame]

NoticeDays = Literal["difference", "inclusive"]
"""Days of a notice: last less first, or both counted (policy notes, section 19)."""
FirstMeasure = Literal["exactly_one_month_is_late", "is_in_time"]
"""Whether help that begins on the very last day is late (policy notes, section 19)."""

MEASURE_STATES: dict[str, tuple[str, str]] = {
    "green_channel": ("先帮后录", "help before the decision"),
    "in_time": ("按期帮扶", "help began in time"),
    "late": ("逾期帮扶", "help began late"),
    "not_yet_due": ("未到期", "no help yet, not yet due"),
    "overdue": ("逾期未帮扶", "no help yet, overdue"),
    "ended_before": ("到期前已消除", "no help, and the listing ended before it was due"),
}
"""Where a spell stands with its first measure, with the words for it."""

SPELL_STAGES: dict[str, nw.dtypes.DType] = {
    "household_id": nw.String(),
    "n_exits_before": nw.Int64(),
    "listed_day": nw.Int32(),
    "monitored_type": nw.String(),
    "clue_day": nw.Int32(),
    "noticed_from_day": nw.Int64(),
    "noticed_to_day": nw.Int64(),
    "helped_before_day": nw.Int32(),
    "first_measure_day": nw.Int32(),
    "exited_day": nw.Int32(),
    "exit_way": nw.String(),
    "exit_notice_days": nw.Int64(),
    "is_measure_told": nw.Boolean(),
    "is_exit_told": nw.Boolean(),
    "listed_months": nw.Int64(),
}
"""Columns of `spell_stages`, with their types."""

SPELL_LIMITS = (
    "village_notice_min_days",
    "first_measure_max_months",
    "exit_listed_min_months",
    "exit_notice_min_days",
)
"""Limits of `with_spell_clocks`, by household."""


def spell_stages(facts: Facts, cases: Frame) -> Frame:
    """Every spell on the list with its notice, the help that came first, and its exit.

    Parameters
    ----------
    facts
        Of the day, from `facts_of`.
    cases
        Of `clue_cases`, for the same day.

    Returns
    -------
    DataFrame
        One row for each spell (`listing_spells`), sorted by household and spell; columns of
        `SPELL_STAGES`. Days since 1970-01-01; null: not on record.

        ``listed_day, monitored_type, noticed_from_day, noticed_to_day``
            Of the decision that began the spell; where two stand for that day, of the one recorded
            later. Null for an exit that no listing on record came before.
        ``clue_day``
            The earliest clue that this decision answered: one that it closed, or one that was
            confirmed and helped before, with no other decision in between.
        ``helped_before_day``
            The first measure that began before the decision and was still running on its day (one
            without a written end runs on), or began on the day of that clue or later.
        ``first_measure_day``
            The first measure that began on the day of the decision or later, up to the exit.
        ``exited_day, exit_way``
            Of the exit that ended the spell.
        ``exit_notice_days``
            Always null: records of exits keep no notice.
        ``is_measure_told, is_exit_told``
            Whether measures of support, and exits, are kept at all.
        ``listed_months``
            Completed months from the listing to the exit, else to the day.
    """
    spells = listing_spells(facts)
    kept = facts.known.tables
    of_day = ["household_id", "listed_day"]
    whole = (
        spells.join(_decisions(facts), on=of_day, how="left")
        .join(_answered(cases, decisions_of(facts)), on=of_day, how="left")
        .join(_exit_ways(facts), on=["household_id", "exited_day"], how="left")
        .with_columns(
            _end=nw.coalesce(nw.col("exited_day"), nw.lit(facts.known.day).cast(nw.Int32)),
            exit_notice_days=nw.lit(None).cast(nw.Int64),
            is_measure_told=nw.lit("support_measure" in kept),
            is_exit_told=nw.lit("exit" in kept),
        )
    )
    helped = _helped(whole, measures_of(facts))
    months = with_completed_months(
        whole.join(helped, on=list(SPELL), how="left"),
        "listed_months",
        start="listed_day",
        end="_end",
    )
    return months.select(*[nw.col(name).cast(kind) for name, kind in SPELL_STAGES.items()]).sort(
        *SPELL
    )


def _answered(cases: Frame, decisions: Frame) -> Frame:
    """Earliest clue that each decision answered, by household and day of the decision."""
    handled = cases.filter(nw.col("closed_by").is_in(["listed", "measure"])).select(
        *("household_id", "clue_id", "warned_day", "closed_day")
    )
    next_decided = (
        handled.join(decisions, on="household_id", how="inner")
        .filter(nw.col("occurred_day") >= nw.col("closed_day"))
        .group_by("household_id", "clue_id")
        .agg(listed_day=nw.col("occurred_day").min(), clue_day=nw.col("warned_day").min())
    )
    return next_decided.group_by("household_id", "listed_day").agg(
        clue_day=nw.col("clue_day").min()
    )


def _decisions(facts: Facts) -> Frame:
    """Type and notice of every decision to list, one for each household and day."""
    listed = events_of(facts, "listing").filter(nw.col("decision") == "listed")
    one = newest(
        listed.select(
            *("household_id", "monitored_type", "noticed_from", "noticed_to"),
            *("occurred_day", "recorded_day", "record_id"),
        ),
        ["household_id", "occurred_day"],
    )
    days = {f"noticed_{end}_day": day_of_date(f"noticed_{end}") for end in ("from", "to")}
    return one.select(
        *("household_id", "monitored_type"),
        listed_day=nw.col("occurred_day").cast(nw.Int32),
        **days,
    )


def _exit_ways(facts: Facts) -> Frame:
    """How a risk was eliminated, by household and day of the exit."""
    columns = ("household_id", "way", "occurred_day", "recorded_day", "record_id")
    exits = events_of(facts, "exit").select(*columns)
    return newest(exits, ["household_id", "occurred_day"]).select(
        "household_id", exited_day=nw.col("occurred_day").cast(nw.Int32), exit_way=nw.col("way")
    )


def _helped(spells: Frame, measures: Frame) -> Frame:
    """First measure before each spell that counts as help first, and first measure within it."""
    begun, listed, exited = (nw.col(n) for n in ("begun_day", "listed_day", "exited_day"))
    is_running = nw.col("ends_day").is_null() | (nw.col("ends_day") >= listed)
    is_after_clue = (begun >= nw.col("clue_day")).fill_null(False)
    pairs = spells.select(*SPELL, "listed_day", "clue_day", "exited_day").join(
        measures, on="household_id", how="inner"
    )
    marked = pairs.select(
        *SPELL,
        _before=nw.when((begun < listed) & (is_running | is_after_clue)).then(begun),
        _within=nw.when((begun >= listed) & (exited.is_null() | (begun <= exited))).then(begun),
    )
    return marked.group_by(*SPELL).agg(
        helped_before_day=nw.col("_before").min(), first_measure_day=nw.col("_within").min()
    )


def with_spell_clocks(
    spells: Frame,
    limits: Frame,
    *,
    day: int,
    notice_days: NoticeDays = "difference",
    first_measure: FirstMeasure = "exactly_one_month_is_late",
) -> Frame:
    """Add how each spell stands to the limits of notice, first measure and observation.

    Parameters
    ----------
    spells
        Of `spell_stages`.
    limits
        ``household_id`` (once each) and the columns of `SPELL_LIMITS`: whole days and months, null
        where the county's text has no such limit or it is not known.
    day
        The day of the spells, since 1970-01-01.
    notice_days, first_measure
        The readings (policy notes, section 19).

    Returns
    -------
    DataFrame
        The same rows with, each null where it cannot be told:

        ``notice_days``, ``is_notice_short``
            Days of the village notice; null where a day is not on record, or the last comes before
            the first. Short: fewer than the limit.
        ``measure_due_day``, ``measure_state``, ``is_measure_late``
            The day with which the months are over (`months_after`), a key of `MEASURE_STATES`, and
            whether help began late or is overdue. By default help on the due day itself is late,
            and who has none on that day is overdue. Help before the decision is in time.
        ``exit_due_day``, ``is_exit_early``
            The first day on which the spell may end, and whether it ended before it; False while
            it goes on.
        ``is_exit_notice_short``
            As for the village notice, of spells that ended; False while one goes on.

    Raises
    ------
    SchemaError
        If the limits lack a column or name a household twice.
    ValueError
        If a reading is not one of those named.
    """
    _check_reading("notice_days", notice_days, ("difference", "inclusive"))
    _check_reading("first_measure", first_measure, ("exactly_one_month_is_late", "is_in_time"))
    limited = with_limits(spells, limits, SPELL_LIMITS)
    dated = with_months_after(
        limited, "measure_due_day", day="listed_day", months="first_measure_max_months"
    )
    dated = with_months_after(
        dated, "exit_due_day", day="listed_day", months="exit_listed_min_months"
    )
    noticed = nw.col("noticed_to_day") - nw.col("noticed_from_day")
    counted = noticed if notice_days == "difference" else noticed + 1
    clocked = dated.with_columns(
        notice_days=nw.when(noticed >= 0).then(counted),
        measure_state=_measure_state(day, is_due_day_late=first_measure != "is_in_time"),
        is_exit_early=_of_exits(nw.col("exited_day") < nw.col("exit_due_day")),
        is_exit_notice_short=_of_exits(nw.col("exit_notice_days") < nw.col("exit_notice_min_days")),
    ).with_columns(
        is_notice_short=nw.col("notice_days") < nw.col("village_notice_min_days"),
        is_measure_late=nw.col("measure_state").is_in(["late", "overdue"]),
    )
    return clocked.drop(*SPELL_LIMITS)


def _check_reading(name: str, value: str, known: tuple[str, ...]) -> None:
    """Refuse a reading that there is not."""
    if value not in known:
        words = " or ".join(repr(word) for word in known)
        raise ValueError(f"{name} must be {words}. Got {value!r}.")


def _of_exits(is_so: nw.Expr) -> nw.Expr:
    """Return what holds of an exit: False where a spell goes on, null where that cannot be told."""
    is_listed = ~nw.col("listed_day").is_null()
    goes_on = nw.col("exited_day").is_null() & nw.col("is_exit_told")
    return nw.when(is_listed & goes_on).then(nw.lit(False)).otherwise(is_so)


def _measure_state(day: int, *, is_due_day_late: bool) -> nw.Expr:
    """State of the first measure of a spell: of `MEASURE_STATES`, null where it cannot be told."""
    due, measured, exited = (
        nw.col(name) for name in ("measure_due_day", "first_measure_day", "exited_day")
    )
    today = nw.lit(day)

    def is_past(when: nw.Expr) -> nw.Expr:
        return when >= due if is_due_day_late else when > due

    is_told = nw.col("is_measure_told") & ~nw.col("listed_day").is_null()
    states = (
        (is_told & ~nw.col("helped_before_day").is_null(), "green_channel"),
        (is_told & ~measured.is_null() & ~is_past(measured), "in_time"),
        (is_told & ~measured.is_null() & is_past(measured), "late"),
        (is_told & measured.is_null() & ~exited.is_null() & ~is_past(exited), "ended_before"),
        (is_told & measured.is_null() & ~is_past(today), "not_yet_due"),
        (is_told & measured.is_null() & is_past(today), "overdue"),
    )
    found = nw.lit(None).cast(nw.String)
    for is_so, name in reversed(states):
        found = nw.when(is_so).then(nw.lit(name)).otherwise(found)
    return found
