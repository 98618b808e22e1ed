"""Household changes and memberships that contradict each other: counted, with the rule applied."""

from __future__ import annotations

from collections.abc import Callable

import narwhals as nw
import polars as pl

from fanpin_risk.household.changes import (
    happened,
    happened_changes,
    named_renumberings,
    numbers_on_record,
    renumberings,
)
from fanpin_risk.household.placement import Facts, facts_of
from fanpin_risk.household.through_time import ends_of
from fanpin_risk.records.timeline import KnownRecords

Frame = nw.DataFrame[pl.DataFrame]
_SNAPSHOTS = ("household_snapshot", "member_snapshot")

PROBLEMS: dict[str, tuple[str, str]] = {
    "other_not_named": (
        "分户、并户或户编号变更未填关联户",
        "a split, merge or renumbering does not name the other household",
    ),
    "other_is_itself": (
        "关联户与本户相同，该变动不予采用",
        "a change names its own household as the other; it is not used",
    ),
    "other_unknown": (
        "分户或并户的关联户不在档",
        "the other household of a split or merge is not on record",
    ),
    "split_from_ended": (
        "从已终止的户分户",
        "split off from a household that had ended before",
    ),
    "merged_into_ended": (
        "并入已终止的户",
        "merged into a household that had ended before",
    ),
    "merged_twice": (
        "同一户并入多户，按最新一条",
        "merged into more than one household; the newest merge counts",
    ),
    "renumbered_twice": (
        "同一户编号变更为多个编号，按最新一条",
        "one number renumbered to more than one; the newest counts",
    ),
    "renumbered_into_one": (
        "多户变更为同一编号，仅最新一户沿用",
        "more than one household renumbered to one number; only the newest lives on under it",
    ),
    "old_number_in_use": (
        "变更后仍使用旧编号",
        "an old number still stands in snapshots after it was renumbered",
    ),
    "person_in_two_households": (
        "同一人同日在两户",
        "a person is claimed by two households on one day",
    ),
}
"""What is counted, in Chinese and English."""


def identity_problems(known: KnownRecords) -> Frame:
    """How often households and memberships contradict each other on the day.

    Returns
    -------
    DataFrame
        One row for each key of `PROBLEMS`, in that order: ``problem, title_zh, title_en, n``.
        ``n`` counts changes for the first five, then numbers (``merged_twice`` to
        ``old_number_in_use``), then persons; 0 means looked for and not found.

    Raises
    ------
    SchemaError
        If renumberings go round in a circle.
    """
    facts = facts_of(known)
    frame = pl.DataFrame(
        [(name, *PROBLEMS[name], _COUNTS[name](facts)) for name in PROBLEMS],
        schema={
            "problem": pl.String(),
            "title_zh": pl.String(),
            "title_en": pl.String(),
            "n": pl.Int64(),
        },
        orient="row",
    )
    return nw.from_native(frame, eager_only=True)


def _other_not_named(facts: Facts) -> int:
    """Changes that need another household and name none."""
    return len(_linking(facts).filter(nw.col("other_household_id").is_null()))


def _other_is_itself(facts: Facts) -> int:
    """Changes of a household with itself, old numbers counted as the household they became."""
    numbers = facts.numbers
    other = numbers.select(
        other_household_id=nw.col("household_id"), _other=nw.col("current_household_id")
    )
    both = _linking(facts).join(numbers, on="household_id", how="left")
    both = both.join(other, on="other_household_id", how="left")
    same_number = nw.col("household_id") == nw.col("other_household_id")
    same_household = nw.col("current_household_id") == nw.col("_other")
    is_itself = same_number | ((nw.col("change") != "renumbered") & same_household)
    return len(both.filter(is_itself))


def _other_unknown(facts: Facts) -> int:
    """Splits and merges whose other household no other record knows."""
    on_record = (
        facts.current(numbers_on_record(facts.known))
        .select(other_household_id=nw.col("household_id"))
        .unique()
    )
    named = _pairs(facts).filter(~nw.col("other_household_id").is_null())
    return len(named.join(on_record, on="other_household_id", how="anti"))


def _with_ended(facts: Facts, change: str) -> int:
    """Changes of a kind whose other household had ended before that day and is not alive again."""
    ended = ends_of(facts).select(
        other_household_id=nw.col("household_id"), _ended=nw.col("ended_day")
    )
    pairs = _pairs(facts).filter(nw.col("change") == change)
    found = pairs.join(ended, on="other_household_id", how="inner")
    return len(found.filter(nw.col("_ended") < nw.col("occurred_day")))


def _split_from_ended(facts: Facts) -> int:
    """Splits off a household that had ended."""
    return _with_ended(facts, "split")


def _merged_into_ended(facts: Facts) -> int:
    """Merges into a household that had ended."""
    return _with_ended(facts, "merge")


def _merged_twice(facts: Facts) -> int:
    """Households merged into more than one."""
    merges = _pairs(facts).filter(
        nw.col("change") == "merge", ~nw.col("other_household_id").is_null()
    )
    return _forks(merges, "household_id", "other_household_id")


def _renumbered_twice(facts: Facts) -> int:
    """Numbers renumbered to more than one."""
    return _forks(named_renumberings(facts.known), "household_id", "other_household_id")


def _renumbered_into_one(facts: Facts) -> int:
    """New numbers that more than one old number leads to."""
    return _forks(named_renumberings(facts.known), "other_household_id", "household_id")


def _old_number_in_use(facts: Facts) -> int:
    """Old numbers under which a snapshot is dated after the renumbering."""
    changed = renumberings(facts.known).select("household_id", _changed=nw.col("occurred_day"))
    columns = ("household_id", "occurred_day")
    rows = nw.concat([happened(facts.known, name).select(*columns) for name in _SNAPSHOTS]).join(
        changed, on="household_id", how="inner"
    )
    late = rows.filter(nw.col("occurred_day") > nw.col("_changed"))
    return len(late.select("household_id").unique())


def _person_in_two_households(facts: Facts) -> int:
    """Persons whom two households claim on the day of their newest snapshot."""
    return len(facts.placed.filter(nw.col("is_in_two")))


def _linking(facts: Facts) -> Frame:
    """Changes that concern two households or numbers, as entered."""
    kind = nw.col("change")
    return happened_changes(facts.known).filter(
        (kind == "split") | (kind == "merge") | (kind == "renumbered")
    )


def _pairs(facts: Facts) -> Frame:
    """Splits and merges under current numbers."""
    kind = nw.col("change")
    return facts.changes.filter((kind == "split") | (kind == "merge"))


def _forks(frame: Frame, one: str, other: str) -> int:
    """How many values of ``one`` stand with more than one value of ``other``."""
    pairs = frame.select(one, other).unique()
    return len(pairs.group_by(one).agg(n=nw.len()).filter(nw.col("n") > 1))


_COUNTS: dict[str, Callable[[Facts], int]] = {
    "other_not_named": _other_not_named,
    "other_is_itself": _other_is_itself,
    "other_unknown": _other_unknown,
    "split_from_ended": _split_from_ended,
    "merged_into_ended": _merged_into_ended,
    "merged_twice": _merged_twice,
    "renumbered_twice": _renumbered_twice,
    "renumbered_into_one": _renumbered_into_one,
    "old_number_in_use": _old_number_in_use,
    "person_in_two_households": _person_in_two_households,
}
