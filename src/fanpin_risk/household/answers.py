"""The newest answer to each question, and the one before: a record may leave questions open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import narwhals as nw
import numpy as np
import polars as pl

from fanpin_risk.household.by_number import NOTHING, coded, numbered, series
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
        does where groups stand under small numbers. Nothing checks it.

    Returns
    -------
    DataFrame
        One row for each group: the columns of ``by``; for each question ``name`` and ``name|day``;
        for those of ``before`` also ``name|before``. Null where nothing answers.
    """
    recorded = nw.col("recorded_day") if "recorded_day" in rows.columns else nw.lit(0)
    order = nw.col(day).cast(nw.Int64) * DAY_SCALE + recorded.cast(nw.Int64)
    asked = rows.filter(~nw.col(day).is_null()).select(*by, _order=order, **values)
    answers = _by_number(asked.to_native(), by, list(values), before, are_small=are_small)
    if answers is not None:
        return nw.from_native(answers, eager_only=True)
    return _by_search(asked, by, list(values), before)


def _by_search(
    asked: Frame, by: Sequence[str], values: Sequence[str], before: Sequence[str]
) -> Frame:
    """Answers of any groups, of any type."""
    asked = asked.with_columns(
        nw.when(~nw.col(name).is_null()).then(nw.col("_order")).alias(f"{name}|order")
        for name in values
    )
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


def _by_number(
    asked: pl.DataFrame,
    by: Sequence[str],
    names: Sequence[str],
    before: Sequence[str],
    *,
    are_small: bool,
) -> pl.DataFrame | None:
    """Answers of groups under small numbers; None for other groups and types."""
    groups = numbered(asked, by)
    if groups is None or asked["_order"].null_count():
        return None
    order = asked["_order"].to_numpy()
    found, days, earlier = [], [], []
    for name in names:
        answers = coded(asked[name])
        if answers is None:
            return None
        value, known = answers.values, answers.known
        if are_small and name not in before:
            packed = groups.largest(order * SMALL_ANSWERS + value, known)
            answer, newest = np.mod(packed, SMALL_ANSWERS), packed // SMALL_ANSWERS
            answer[packed == NOTHING] = newest[packed == NOTHING] = NOTHING
        else:
            newest = groups.largest(order, known)
            answer = groups.largest(value, known & (order == newest[groups.of]))
        found.append(answers.column(name, answer))
        day = np.where(newest == NOTHING, NOTHING, newest // DAY_SCALE)
        days.append(series(f"{name}|day", day))
        if name in before:
            is_earlier = known & (order // DAY_SCALE < day[groups.of])
            last = groups.largest(order, is_earlier)
            answer = groups.largest(value, is_earlier & (order == last[groups.of]))
            earlier.append(answers.column(f"{name}|before", answer))
    keys = pl.int_range(groups.n, eager=True).alias(by[0]).cast(asked.schema[by[0]])
    return pl.DataFrame([keys, *found, *days, *earlier])[groups.present]


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
