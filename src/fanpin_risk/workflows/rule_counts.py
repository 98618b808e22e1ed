"""What the rules say, counted: for the manifest and the report, and nothing about anybody."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import polars as pl

from fanpin_risk.areas.counts import month_start
from fanpin_risk.areas.told import AreasTold
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
        together; ``areas``: of `area_counts`, if they were asked for. Empty for None.
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
        **({} if told.areas is None else {"areas": area_counts(told.areas)}),
    }


def area_counts(told: AreasTold) -> dict[str, Any]:
    """Counts of the alarm for many at once and of the test for bunching, and their settings.

    Returns
    -------
    dict
        ``alarm``: its ``settings``, ``months`` reported, ``last_month`` (such as 2025-07; None:
        none could be counted), ``alarms`` of all of them and ``alarms_last_month``, and how many
        causes and levels could not be judged in the last month (``not_judged_last_month``).
        ``bunching``: the ``line``, its ``incomes``, and for each side ``is_found`` (None: cannot be
        told).
    """
    report, bunching = told.alarm.report, told.bunching
    numbers = report.months["month"].to_list()
    last = numbers[-1] if numbers else None
    of_month = pl.col("month") == last
    return {
        "alarm": {
            "settings": report.settings.model_dump(mode="json"),
            "months": len(numbers),
            "last_month": None if last is None else f"{month_start(last):%Y-%m}",
            "alarms": int(report.months["n_alarms"].sum()),
            "alarms_last_month": int(report.months.filter(of_month)["n_alarms"].sum()),
            "not_judged_last_month": report.untold.filter(of_month).height,
        },
        "bunching": {
            "line": bunching.line,
            "incomes": asdict(bunching.used),
            **{one.side: one.is_found for one in bunching.reports},
        },
    }


def _counted(frame: pl.DataFrame, *columns: str) -> list[dict[str, Any]]:
    """How many rows there are of each combination, in its order; null comes last."""
    found = frame.group_by(*columns).agg(n=pl.len().cast(pl.Int64))
    return found.sort(*columns, nulls_last=True).to_dicts()
