"""Which cause a contribution belongs to where the household's own records say what kind it was."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from fanpin_risk.causes import Cause
from fanpin_risk.indicators.indicator import IndicatorColumn

CAUSES: tuple[Cause, ...] = tuple(Cause)
"""The official causes in their order; a cause is its place in it where there are many."""

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]


def causes_of(columns: Sequence[IndicatorColumn]) -> Indices:
    """Place in `CAUSES` of each column's own cause, as the catalogue has it."""
    return np.array([CAUSES.index(column.indicator.cause) for column in columns], dtype=np.intp)


def told_causes(columns: Sequence[IndicatorColumn], values: Numbers) -> dict[int, Indices]:
    """Causes of those columns that others tell the kind of, household by household.

    Some indicators are of events of all kinds, such as the days since the latest shock. The
    catalogue files them under 其他 (other), though the same records say what kind it was: a cadre
    who reads "other" is sent to no office, and "lost a job" to one. Where all kinds that happened
    to a household have one cause, the contribution is that cause's; where none is on record, or
    kinds of several causes are, nobody can say which it was, and it stays with the catalogue's.
    Every contribution belongs to one cause, so that sums stay exact.

    Parameters
    ----------
    columns
        The catalogue's columns.
    values : array of shape (n_columns, n_households)
        NaN is "not known", and no yes.

    Returns
    -------
    dict of int to array of shape (n_households,)
        For each column that is told by others of the columns given: place in `CAUSES`.

    Examples
    --------
    >>> from fanpin_risk.indicators.catalogue import COUNTY, columns_of
    >>> named = {column.name: column for column in columns_of(COUNTY)}
    >>> told = ["days_from_shock_days_since", "lost_job_ever_12m", "had_accident_ever_12m"]
    >>> values = np.array([[40.0, 40.0, 40.0], [1.0, 1.0, 0.0], [0.0, 1.0, np.nan]])
    >>> found = told_causes([named[name] for name in told], values)
    >>> [CAUSES[place].value for place in found[0]]
    ['因务工就业不稳', '其他', '其他']
    """
    at = {column.name: i for i, column in enumerate(columns)}
    own = causes_of(columns)
    alone: dict[tuple[str, ...], Indices] = {}
    found = {}
    for i, column in enumerate(columns):
        told_by = column.indicator.told_by
        kinds = [at[name] for name in told_by if name in at]
        if not kinds:
            continue
        if told_by not in alone:
            alone[told_by] = _only_cause(values[kinds], own[kinds])
        only = alone[told_by]
        found[i] = np.where(only < 0, own[i], only)
    return found


def _only_cause(kinds: Numbers, causes: Indices) -> Indices:
    """The one cause of the kinds that say yes; -1 for none and for several."""
    happened = np.stack([(kinds[causes == cause] > 0).any(axis=0) for cause in np.unique(causes)])
    is_one = happened.sum(axis=0) == 1
    only: Indices = np.where(is_one, np.unique(causes)[happened.argmax(axis=0)], -1)
    return only
