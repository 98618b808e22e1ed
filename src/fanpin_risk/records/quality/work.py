"""Work records behind measures of work, and spells of work of one person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

_SPELL = ("spell_started_on", "employer_kind", "work_place", "public_post")
"""What tells one spell of a person's work from another; its end is often written later."""
_BEFORE_ALL = date.min


def with_household(frame: pl.DataFrame, household_of: pl.DataFrame) -> pl.DataFrame:
    """Rows that name a household, or a person whose household is on record; no others.

    Parameters
    ----------
    frame
        Has ``household_id`` and ``person_id``, both of which may be null.
    household_of
        ``person_id, household_id``, each person once.
    """
    of_person = household_of.rename({"household_id": "_household_id"})
    return (
        frame.join(of_person, on="person_id", how="left")
        .with_columns(pl.coalesce("household_id", "_household_id").alias("household_id"))
        .drop("_household_id")
        .filter(pl.col("household_id").is_not_null())
    )


def measure_unit(
    tables: Mapping[str, pl.DataFrame], household_of: pl.DataFrame, as_of: date
) -> pl.DataFrame:
    """One row per measure of employment or a public post, with whether work is on record for it.

    Returns
    -------
    pl.DataFrame
        Columns of ``support_measure``; ``has_work`` and ``has_post``: whether a month of work, or
        on a public post, is on record between January of the year in which the measure is recorded
        (an export shows it as in place, not since when) and its end or ``as_of``; of the person
        helped, or of any member where the measure names none. Null where no work record of the
        county reaches the measure's month: then the records have not come yet.
    """
    measures = with_household(
        tables["support_measure"].filter(pl.col("measure").is_in(["employment", "public_post"])),
        household_of,
    )
    work = with_household(tables["work_month"], household_of).select(
        "household_id",
        "work_month",
        _person_id="person_id",
        _is_post=pl.col("public_post").is_not_null()
        | (pl.col("job_channel") == "public_post").fill_null(False),
    )
    january = pl.col("occurred_on").dt.truncate("1y")
    matches = (
        measures.select("record_id", "household_id", "person_id", "occurred_on", "ends_on")
        .join(work, on="household_id")
        .filter(
            pl.col("person_id").is_null() | (pl.col("person_id") == pl.col("_person_id")),
            pl.col("work_month").is_between(january, pl.col("ends_on").fill_null(as_of)),
        )
        .group_by("record_id")
        .agg(_has_work=pl.len() > 0, _has_post=pl.col("_is_post").any())
    )
    last_month = tables["work_month"]["work_month"].max()
    is_reached = (
        pl.lit(last_month, dtype=pl.Date).fill_null(_BEFORE_ALL)
        >= pl.col("occurred_on").dt.month_start()
    )
    return measures.join(matches, on="record_id", how="left").with_columns(
        has_work=pl.when(is_reached).then(pl.col("_has_work").fill_null(False)),
        has_post=pl.when(is_reached).then(pl.col("_has_post").fill_null(False)),
    )


def spells_unit(work: pl.DataFrame, household_of: pl.DataFrame) -> pl.DataFrame:
    """One row per person with work on record: its number of spells, and whether two overlap.

    Returns
    -------
    pl.DataFrame
        The newest work record of each person; ``n_spells``, and ``is_overlapping``: whether a spell
        begins before an earlier one has ended. Spells that meet on one day do not overlap; of
        spells that begin on one day the shorter counts as the earlier. Null
        where a beginning, or the end of an earlier spell, is not on record, unless others decide.
    """
    spells = work.group_by("person_id", *_SPELL).agg(ends_on=pl.col("spell_ends_on").max())
    start, end = pl.col("spell_started_on"), pl.col("ends_on")
    ordered = spells.sort("person_id", "spell_started_on", "ends_on", nulls_last=True).with_columns(
        _ends_before=end.fill_null(_BEFORE_ALL).cum_max().shift(1).over("person_id"),
        _open_before=end.is_null().cast(pl.Int32).cum_sum().shift(1).over("person_id") > 0,
    )
    is_sure = pl.col("_ends_before") > start
    is_open = pl.col("_open_before").fill_null(False) | start.is_null()
    answers = (
        ordered.with_columns(
            _overlaps=pl.when(is_sure).then(pl.lit(True)).when(~is_open).then(pl.lit(False))
        )
        .group_by("person_id")
        .agg(
            n_spells=pl.len().cast(pl.Int64),
            is_overlapping=pl.col("_overlaps").any(ignore_nulls=False),
        )
    )
    newest = work.sort("person_id", "occurred_on", "record_id").unique(
        "person_id", keep="last", maintain_order=True
    )
    of_person = household_of.rename({"household_id": "_household_id"})
    return (
        newest.join(of_person, on="person_id", how="left")
        .with_columns(pl.coalesce("household_id", "_household_id").alias("household_id"))
        .drop("_household_id")
        .join(answers, on="person_id")
    )
