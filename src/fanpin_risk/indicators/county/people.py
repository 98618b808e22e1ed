"""Members of each household on the day, counted by age, health, school, labour and cover."""

from __future__ import annotations

import narwhals as nw
import polars as pl

from fanpin_risk.household.members import COLLEGE, EDUCATION, LABOUR, member_answers
from fanpin_risk.household.view import CountyView
from fanpin_risk.units import RATIO_SCALE

Frame = nw.DataFrame[pl.DataFrame]

SCHOOL_AGES = (6, 15)
"""Ages of compulsory schooling, both included (policy notes, section 19)."""
WORKING_AGES = (16, 59)
SEVERE_LEVEL = 2
"""Levels of disability up to this one are severe (policy notes, section 14)."""


def members_view(county: CountyView) -> Frame | None:
    """Counts over the members who belong to each household on the day.

    Ages are completed years on the day, from the newest day of birth on record. Everything else is
    the newest answer of the member's snapshots, of whichever household they were then. A member of
    whom something is not known does not count; where it is known of nobody, the count is null.

    Returns
    -------
    DataFrame or None
        ``home``, ``occurred_day`` (the day), ``heads`` and integers named after what they
        count; None where no member snapshots are kept.
    """
    if "member_snapshot" not in county.known.tables:
        return None
    persons = member_answers(county)
    flags = _flags()
    marked = persons.select("home", **{name: flag.cast(nw.Int64) for name, flag in flags.items()})
    grouped = marked.group_by("home").agg(
        nw.len().cast(nw.Int64).alias("heads"),
        *[nw.col(name).sum().cast(nw.Int64).alias(f"{name}|sum") for name in flags],
        *[nw.col(name).count().cast(nw.Int64).alias(f"{name}|known") for name in flags],
        nw.col("aged_60").min().alias("aged_60|least"),
        nw.col("head_age").max().alias("head_age|one"),
    )
    counts = {
        name: nw.when(nw.col(f"{name}|known") > 0).then(nw.col(f"{name}|sum")) for name in flags
    }
    return grouped.select(
        "home",
        "heads",
        occurred_day=nw.lit(county.day).cast(nw.Int32),
        **{name: count for name, count in counts.items() if not name.startswith("head_")},
        **_derived(),
    )


def _flags() -> dict[str, nw.Expr]:
    """What is counted of members: 0, 1 or null for each, and the head's own values."""
    age, labour = nw.col("age"), nw.col("labour")
    first, last = WORKING_AGES
    is_able = labour <= LABOUR["skilled"]
    is_grown = age >= first
    is_head = nw.col("head") == 1
    return {
        "aged_0_5": age < SCHOOL_AGES[0],
        "aged_6_15": (age >= SCHOOL_AGES[0]) & (age <= SCHOOL_AGES[1]),
        "aged_16_59": (age >= first) & (age <= last),
        "aged_60": age > last,
        "aged_65": age >= 65,
        "aged_75": age >= 75,
        "away": nw.col("is_away"),
        "chronic": nw.col("chronic"),
        "serious": nw.col("serious"),
        "disabled": nw.col("disabled"),
        "severe": (nw.col("disabled") == 1) & (nw.col("level") <= SEVERE_LEVEL),
        "able": is_able,
        "skilled": labour == LABOUR["skilled"],
        "weak": labour == LABOUR["weak"],
        "able_16_59": is_able & (age >= first) & (age <= last),
        "in_college": nw.col("stage") == COLLEGE,
        "low_schooled": is_grown & (nw.col("education") <= EDUCATION["primary"]),
        "uninsured": nw.col("insured") == 0,
        "dibao": nw.col("dibao"),
        "tekun": nw.col("tekun"),
        "head_female": nw.when(is_head).then(nw.col("female")),
        "head_minority": nw.when(is_head).then(nw.col("minority")),
        "head_age": nw.when(is_head).then(age),
    }


def _derived() -> dict[str, nw.Expr]:
    """Shares and yes-or-no answers over the counts."""
    n_ages = nw.col("aged_16_59|known")
    old_known, heads = nw.col("aged_60|known"), nw.col("heads")
    all_old = (
        nw.when(nw.col("aged_60|least") == 0)
        .then(nw.lit(0))
        .when(old_known == heads)
        .then(nw.lit(1))
    )
    able, known = nw.col("able|sum"), nw.col("able|known")
    no_able = nw.when(able > 0).then(nw.lit(0)).when(known == heads).then(nw.lit(1))
    return {
        "is_single": (heads == 1).cast(nw.Int64),
        "all_aged_60": all_old,
        "no_able_worker": no_able,
        "dependants_e4": nw.when(n_ages > 0).then(
            (n_ages - nw.col("aged_16_59|sum")) * RATIO_SCALE // n_ages
        ),
        **{
            name: nw.when(nw.col(f"{name}|known") > 0).then(
                (nw.col(f"{name}|sum") > 0).cast(nw.Int64)
            )
            for name in ("head_female", "head_minority")
        },
        "head_age": nw.col("head_age|one"),
    }
