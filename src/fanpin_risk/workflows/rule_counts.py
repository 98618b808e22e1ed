"""What the rules say, counted: for the manifest and the report, and nothing about anybody."""

from __future__ import annotations

from typing import Any

import polars as pl

from fanpin_risk.ledger.clearing import ALL_PLACES
from fanpin_risk.workflows.register_told import RegisterTold


def counts_by_rule(findings: pl.DataFrame, answer: str) -> dict[str, int]:
    """How many households a rule has an answer for, by rule; rules without any are left out.

    Examples
    --------
    >>> rows = [("h1", "b", "met"), ("h1", "a", "met"), ("h2", "a", "cannot tell")]
    >>> frame = pl.DataFrame(rows, schema=["household_id", "rule", "answer"], orient="row")
    >>> counts_by_rule(frame, "met")
    {'a': 1, 'b': 1}
    """
    found = findings.filter(pl.col("answer") == answer)
    return dict(sorted(found["rule"].value_counts().iter_rows()))


def register_counts(told: RegisterTold | None) -> dict[str, Any]:
    """Counts of a register's proposals, exits and posts, and the closed loop.

    Parameters
    ----------
    told
        Of `register_told`; None where the records are no register.

    Returns
    -------
    dict
        ``proposals``: rows of ``proposal, route, is_listed, n``; ``exits``: listed households by
        answer; ``posts_ending``: rows of ``month`` (such as 2025-09; null: no end is written) and
        ``n``; ``loop``: the rows of the loop's numbers; ``clearing``: clues by month, all places
        together. Empty for None.
    """
    if told is None:
        return {}
    return {
        "proposals": _counted(told.proposals, "proposal", "route", "is_listed"),
        "exits": dict(sorted(told.exits["exit"].value_counts().iter_rows())),
        "posts_ending": _counted(
            told.post_queue.select(month=pl.col("ends_on").dt.strftime("%Y-%m")), "month"
        ),
        "loop": told.loop.to_dicts(),
        "clearing": told.clearing.filter(pl.col("place") == ALL_PLACES)
        .with_columns(pl.col("last_day").cast(pl.String))
        .drop("place")
        .to_dicts(),
    }


def _counted(frame: pl.DataFrame, *columns: str) -> list[dict[str, Any]]:
    """How many rows there are of each combination, in its order; null comes last."""
    found = frame.group_by(*columns).agg(n=pl.len().cast(pl.Int64))
    return found.sort(*columns, nulls_last=True).to_dicts()
