"""The newest answer to each question, and the one before: a record may leave questions open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import narwhals as nw
import polars as pl

from fanpin_risk.units import DAY_SCALE, SMALL_ANSWERS

Frame = nw.DataFrame[pl.DataFrame]


def latest_answers(
    rows: Frame,
    by: Sequence[str],
    values: Mapping[str, nw.Expr],
    *,
    day: str = "occurred_day",
    before: Sequence[str] = (),
    are_small: bool = False,
) -> Frame:
    """Newest known answer of each group to each question, with its day.

    A record that does not answer leaves the older answer standing. Of two answers of one day the
    one recorded later counts, of two recorded together the larger.

    Parameters
    ----------
    rows
        Rows with the group's columns (none null), ``day`` and, if kept, ``recorded_day``.
    by
        Columns that make a group.
    values
        Questions by name: expressions on a row, null where it does not answer.
    day
        Column with the day of an answer; rows without it are left out.
    before
        Questions of which the answer before is wanted too: the newest of an earlier day.
    are_small
        That every answer is an integer from 0 to `SMALL_ANSWERS`, the end left out: then one pass
        does. Nothing checks it.

    Returns
    -------
    DataFrame
        One row for each group: the columns of ``by``; for each question ``name`` and ``name|day``;
        for those of ``before`` also ``name|before``. Null where nothing answers.
    """
    recorded = nw.col("recorded_day") if "recorded_day" in rows.columns else nw.lit(0)
    order = nw.col(day).cast(nw.Int64) * DAY_SCALE + recorded.cast(nw.Int64)
    asked = rows.filter(~nw.col(day).is_null()).select(*by, _order=order, **values)
    asked = asked.with_columns(
        nw.when(~nw.col(name).is_null()).then(nw.col("_order")).alias(f"{name}|order")
        for name in values
    )
    if are_small and not before:
        return _small_answers(asked, by, list(values))
    newest = asked.group_by(list(by)).agg(
        nw.col(f"{name}|order").max().alias(f"{name}|newest") for name in values
    )
    marked = asked.join(newest, on=list(by), how="left")
    found = (
        marked.select(
            *by,
            *[
                nw.when(nw.col(f"{name}|order") == nw.col(f"{name}|newest"))
                .then(nw.col(name))
                .alias(name)
                for name in values
            ],
        )
        .group_by(list(by))
        .agg(nw.col(name).max() for name in values)
    )
    answers = found.join(newest, on=list(by), how="left").with_columns(
        (nw.col(f"{name}|newest") // DAY_SCALE).alias(f"{name}|day") for name in values
    )
    answers = answers.drop([f"{name}|newest" for name in values])
    if not before:
        return answers
    return answers.join(_answers_before(marked, by, before), on=list(by), how="left")


def _small_answers(asked: Frame, by: Sequence[str], names: Sequence[str]) -> Frame:
    """Answers by the maximum of order and answer in one integer."""
    packed = asked.select(
        *by,
        *[
            (nw.col(f"{n}|order") * SMALL_ANSWERS + nw.col(n).cast(nw.Int64)).alias(n)
            for n in names
        ],
    )
    newest = packed.group_by(list(by)).agg(nw.col(name).max() for name in names)
    return newest.select(
        *by,
        *[(nw.col(name) % SMALL_ANSWERS).alias(name) for name in names],
        *[(nw.col(name) // SMALL_ANSWERS // DAY_SCALE).alias(f"{name}|day") for name in names],
    )


def _answers_before(marked: Frame, by: Sequence[str], names: Sequence[str]) -> Frame:
    """Answer of the newest day before that of the newest answer."""
    earlier = marked.with_columns(
        nw.when(nw.col(f"{name}|order") // DAY_SCALE < nw.col(f"{name}|newest") // DAY_SCALE)
        .then(nw.col(f"{name}|order"))
        .alias(f"{name}|earlier")
        for name in names
    )
    last = earlier.group_by(list(by)).agg(
        nw.col(f"{name}|earlier").max().alias(f"{name}|last") for name in names
    )
    return (
        earlier.join(last, on=list(by), how="left")
        .select(
            *by,
            *[
                nw.when(nw.col(f"{name}|earlier") == nw.col(f"{name}|last"))
                .then(nw.col(name))
                .alias(f"{name}|before")
                for name in names
            ],
        )
        .group_by(list(by))
        .agg(nw.col(f"{name}|before").max() for name in names)
    )
