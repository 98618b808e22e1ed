"""What was known on a day, the slow ways: recipe and plain loop beside each other."""

from __future__ import annotations

import narwhals as nw


def newest_known_slowly(records, day):
    """The newest version of each record by a maximum and a join; it relies on no order of days."""
    known = records.filter(nw.col("recorded_day") <= day).with_columns(
        _order=nw.col("recorded_day").cast(nw.Int64) * 65_536 + nw.col("version").cast(nw.Int64)
    )
    newest = known.group_by("record_id").agg(_newest=nw.col("_order").max())
    joined = known.join(newest, on="record_id", how="inner")
    return joined.filter(nw.col("_order") == nw.col("_newest"), ~nw.col("is_withdrawn")).drop(
        "_order", "_newest"
    )


def newest_known_by_hand(entries, day):
    """The newest version of each record, one entry after the other.

    >>> entry = {"record_id": "r", "version": 1, "recorded_day": 5, "is_withdrawn": False}
    >>> newest_known_by_hand([entry], 4), len(newest_known_by_hand([entry], 5))
    ([], 1)
    """
    newest = {}
    for entry in sorted(entries, key=lambda entry: entry["version"]):
        if entry["recorded_day"] <= day:
            newest[entry["record_id"]] = entry
    return [entry for entry in newest.values() if not entry["is_withdrawn"]]
