"""Which cause a contribution belongs to where the household's own records say what kind it was."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from fanpin_risk.causes import Cause
from fanpin_risk.indicators.indicator import Aggregate, IndicatorColumn

CAUSES: tuple[Cause, ...] = tuple(Cause)
"""The official causes in their order: a cause's place here is its number in arrays."""
CAUSE_ORDER = pl.Enum([cause.value for cause in CAUSES])
"""The same order for sorting official words."""

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]


def causes_of(columns: Sequence[IndicatorColumn]) -> Indices:
    """Place in `CAUSES` of each column's own cause, as the catalogue has it."""
    return np.array([CAUSES.index(column.indicator.cause) for column in columns], dtype=np.intp)


def told_causes(
    columns: Sequence[IndicatorColumn], values: Callable[[int], Numbers]
) -> dict[int, Indices]:
    """Causes of those columns that others tell the kind of, household by household.

    Some indicators are of events of all kinds, such as the days since the latest shock. The
    catalogue files them under 其他 (other), though the same records say what kind it was: a cadre
    who reads "other" is sent to no office, and "lost a job" to one. Where something happened, and
    all kinds that happened to the household within the tellers' 12 months have one cause, the
    contribution is that cause's. Where nothing happened, no kind is on record, or kinds of several
    causes are, it stays with the catalogue's: that there was no loss says nothing about a job, and
    of two kinds nobody can say which it was. Every contribution belongs to one cause, so that sums
    stay exact.

    Parameters
    ----------
    columns
        The catalogue's columns.
    values
        Gives the values of the column at a place in ``columns``, an array of shape
        (n_households,); asked only for columns that are told or tell. NaN is "not known", no event
        and no yes.

    Returns
    -------
    dict of int to array of shape (n_households,)
        For each column that is told by others of the columns given: place in `CAUSES`.

    Examples
    --------
    >>> from fanpin_risk.indicators.catalogue import COUNTY, columns_of
    >>> named = {column.name: column for column in columns_of(COUNTY)}
    >>> told = ["shocks_count_12m", "lost_job_ever_12m", "had_accident_ever_12m"]
    >>> values = np.array([[1.0, 2.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, np.nan]])
    >>> found = told_causes([named[name] for name in told], values.__getitem__)
    >>> [CAUSES[place].value for place in found[0]]
    ['因务工就业不稳', '其他', '其他']
    """
    at = {column.name: i for i, column in enumerate(columns)}
    own = causes_of(columns)
    alone: dict[tuple[str, ...], Indices] = {}
    found = {}
    for i, column in enumerate(columns):
        tellers = column.indicator.told_by_columns
        kinds = [at[name] for name in tellers if name in at]
        if not kinds:
            continue
        if tellers not in alone:
            alone[tellers] = _only_cause([values(kind) for kind in kinds], own[kinds])
        is_told = (alone[tellers] >= 0) & _happened(column, values(i))
        found[i] = np.where(is_told, alone[tellers], own[i])
    return found


def _only_cause(kinds: Sequence[Numbers], causes: Indices) -> Indices:
    """The one cause of the kinds that say yes; -1 for none and for several."""
    distinct = np.unique(causes)
    happened = np.stack(
        [
            np.any(
                [kind > 0 for kind, of in zip(kinds, causes, strict=True) if of == cause], axis=0
            )
            for cause in distinct
        ]
    )
    is_one = happened.sum(axis=0) == 1
    only: Indices = np.where(is_one, distinct[happened.argmax(axis=0)], -1)
    return only


def _happened(column: IndicatorColumn, values: Numbers) -> npt.NDArray[np.bool_]:
    """Whether a value says that something happened: a day of it is known, or an amount above 0."""
    if column.aggregate is Aggregate.DAYS_SINCE:
        return ~np.isnan(values)
    happened: npt.NDArray[np.bool_] = values > 0
    return happened
