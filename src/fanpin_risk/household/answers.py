"""The newest answer to each question, and the one before: a record may leave questions open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import narwhals as nw
import numpy as np
import polars as pl

from fanpin_risk.household.by_number import NOTHING, coded, grouped, series
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
    return nw.from_native(
        _answers(asked.to_native(), by, list(values), before, are_small=are_small),
        eager_only=True,
    )


def _answers(
    asked: pl.DataFrame,
    by: Sequence[str],
    names: Sequence[str],
    before: Sequence[str],
    *,
    are_small: bool,
) -> pl.DataFrame:
    """Newest answers, their days, and those before, out of the largest orders of each group."""
    groups, keys = grouped(asked, by)
    order = asked["_order"].fill_null(0).to_numpy()
    is_dated = asked["_order"].is_not_null().to_numpy()
    found, days, earlier = [], [], []
    for name in names:
        answers = coded(asked[name])
        value, known = answers.values, answers.known & is_dated
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
    return pl.DataFrame([*keys.get_columns(), *found, *days, *earlier])[groups.present]
