"""Counts of a quality report added up: by source, place and month, by batch, by kind of fault."""

from __future__ import annotations

import polars as pl

from fanpin_risk.report.quality_content import WITHOUT_ANSWER, QualityReport, shown_states

_COUNTS = ("n_eligible", "n_evaluated", "n_unknown", "n_failed")
SUMMARY_COLUMNS = (
    *_COUNTS,
    "share_unknown",
    "share_failed",
    "worst_check",
    "worst_n_failed",
)


def share(part: str, whole: str) -> pl.Expr:
    """Share of 0 to 1; null where there is nothing to take a share of."""
    return pl.when(pl.col(whole) > 0).then(pl.col(part) / pl.col(whole))


def summed_by(counts: pl.DataFrame, key: str) -> pl.DataFrame:
    """Add the counts of all checks up by a column.

    Parameters
    ----------
    counts
        ``counts`` of a checked `QualityReport`.
    key
        ``source``, ``place``, ``month`` or ``batch``.

    Returns
    -------
    pl.DataFrame
        The key and `SUMMARY_COLUMNS`, in the order of the key, null last. A record is counted once
        for each check that it is eligible for. Shares are null where nothing was evaluated or
        eligible, ``worst_check`` (the check with most failures; of equals the first by number)
        where nothing failed.

    Examples
    --------
    >>> counts = pl.DataFrame({"check": ["1", "2"], "place": ["a", "a"], "n_eligible": [4, 2],
    ...     "n_evaluated": [4, 0], "n_unknown": [0, 2], "n_failed": [1, 0]})
    >>> summed_by(counts, "place").select("n_eligible", "share_failed", "worst_check").row(0)
    (6, 0.25, '1')
    """
    by_check = counts.group_by(key, "check").agg(pl.col(_COUNTS).sum())
    worst = (
        by_check.filter(pl.col("n_failed") > 0)
        .sort("n_failed", "check", descending=[True, False])
        .group_by(key, maintain_order=True)
        .agg(
            pl.col("check").first().alias("worst_check"),
            pl.col("n_failed").first().alias("worst_n_failed"),
        )
    )
    return (
        by_check.group_by(key)
        .agg(pl.col(_COUNTS).sum())
        .join(worst, on=key, how="left", nulls_equal=True)
        .with_columns(
            share_unknown=share("n_unknown", "n_eligible"),
            share_failed=share("n_failed", "n_evaluated"),
        )
        .select(key, *SUMMARY_COLUMNS)
        .sort(key, nulls_last=True)
    )


def batch_trend(report: QualityReport) -> pl.DataFrame:
    """Shares of each batch that arrived, in the order in which they came.

    Returns
    -------
    pl.DataFrame
        ``batch, received_on, rows_read, rows_accepted, rows_quarantined, share_quarantined,
        n_evaluated, n_failed, share_failed``: quarantined of the rows read; failed of what was
        evaluated among the records whose newest version came with the batch. Null where there is
        nothing to take a share of.
    """
    found = report.counts.group_by("batch").agg(pl.col("n_evaluated", "n_failed").sum())
    rows = ("rows_read", "rows_accepted", "rows_quarantined")
    return (
        report.batches.group_by("batch")
        .agg(pl.col("received_on").min(), pl.col(rows).sum())
        .join(found, on="batch", how="left")
        .with_columns(pl.col("n_evaluated", "n_failed").fill_null(0))
        .with_columns(
            share_quarantined=share("rows_quarantined", "rows_read"),
            share_failed=share("n_failed", "n_evaluated"),
        )
        .select(
            "batch",
            "received_on",
            *rows,
            "share_quarantined",
            "n_evaluated",
            "n_failed",
            "share_failed",
        )
        .sort("received_on", "batch")
    )


def arrived_by_source(batches: pl.DataFrame) -> pl.DataFrame:
    """Files and rows by source: ``source``, titles, ``n_files``, last day, rows of every fate."""
    fates = [name for name in batches.columns if name.startswith("rows_")]
    return (
        batches.group_by("source")
        .agg(
            pl.col("source_title_zh", "source_title_en").first(),
            pl.len().alias("n_files"),
            pl.col("received_on").max(),
            pl.col(fates).sum(),
        )
        .sort("source")
    )


def faults(quarantine: pl.DataFrame) -> pl.DataFrame:
    """Quarantined rows by source and kind of fault, most first; with one reason as an example."""
    return (
        quarantine.group_by("source", "check", maintain_order=True)
        .agg(
            pl.col("n_rows").sum(),
            pl.col("batch").n_unique().alias("n_batches"),
            pl.col("reason_zh", "reason_en").first(),
        )
        .sort("n_rows", "source", "check", descending=[True, False, False])
    )


def answered(checks: pl.DataFrame) -> pl.DataFrame:
    """Checks that evaluated something or failed, with ``shown_state``, in the order given."""
    return shown_states(checks).filter(~pl.col("shown_state").is_in([*WITHOUT_ANSWER, "left_out"]))


def without_answer(checks: pl.DataFrame) -> pl.DataFrame:
    """Checks about which nothing can be said, with ``shown_state``, in the order given."""
    return shown_states(checks).filter(pl.col("shown_state").is_in(WITHOUT_ANSWER))


def left_out(checks: pl.DataFrame) -> pl.DataFrame:
    """Checks that are not part of the program, with ``shown_state``, in the order given."""
    return shown_states(checks).filter(pl.col("shown_state") == "left_out")


def most_unknown(checks: pl.DataFrame) -> pl.DataFrame:
    """Checks with something unknown: the largest ``share_unknown`` of the eligible first."""
    return (
        checks.filter(pl.col("n_unknown") > 0)
        .with_columns(share_unknown=share("n_unknown", "n_eligible"))
        .sort("share_unknown", "check", descending=[True, False])
    )
