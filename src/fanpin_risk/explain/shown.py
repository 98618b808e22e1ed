"""Which values are said in the same words, so that words are made once for each and not by row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from fanpin_risk.explain.amounts import LARGE_MULTIPLE, LARGE_SHARE, WITH_DECIMALS, said
from fanpin_risk.indicators.indicator import Aggregate, IndicatorColumn

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]
_TIE = 1e-6
_HUGE = 2.0**40


def distinct(*keys: npt.NDArray[np.generic]) -> tuple[Indices, Indices]:
    """Rows that stand for each different combination of keys, and for each row which one.

    Parameters
    ----------
    keys
        Arrays of equal length without NaN.

    Examples
    --------
    >>> first, which = distinct(np.array([7, 5, 7]))
    >>> first.tolist(), which.tolist()
    ([1, 0], [1, 0, 1])
    """
    order = np.lexsort(keys)
    is_new = np.zeros(len(order), dtype=bool)
    is_new[:1] = True
    for key in keys:
        in_order = key[order]
        is_new[1:] |= in_order[1:] != in_order[:-1]
    which = np.empty(len(order), dtype=np.intp)
    which[order] = np.cumsum(is_new) - 1
    return order[is_new], which


def wordings(
    columns: Sequence[IndicatorColumn], which: Indices, values: Numbers
) -> tuple[npt.NDArray[np.int64], Numbers]:
    """Two keys for each value; values of a column with equal keys are said in the same words.

    The words are those of a rounded number. A number within a millionth of a step of where
    rounding turns keeps a key of its own, so that no error of the arithmetic can put two
    values together that are said differently.

    Parameters
    ----------
    columns
        The catalogue's columns.
    which
        Column of each value.
    values
        NaN is "not known".
    """
    label, is_exact = _labels(columns, which, values)
    kind = np.sign(np.nan_to_num(values)).astype(np.int64) + 1 + 3 * _sizes(values)
    return kind + 9 * is_exact + 18 * np.isnan(values), np.nan_to_num(label)


def read_alike(
    columns: Sequence[IndicatorColumn], which: Indices, values: Numbers, others: Numbers
) -> npt.NDArray[np.bool_]:
    """Whether two numbers of one column, none unknown, are said in the very same words.

    Examples
    --------
    >>> from fanpin_risk.indicators.catalogue import COUNTY, columns_of
    >>> (column, *_) = columns_of(COUNTY)
    >>> here = np.array([0, 0])
    >>> read_alike([column], here, np.array([1.104, 1.104]), np.array([1.103, 1.12])).tolist()
    [True, False]
    """
    rounded, is_exact = _rounded(columns, which, values)
    other_rounded, is_other_exact = _rounded(columns, which, others)
    is_near = np.abs(rounded - other_rounded) <= _TIE * np.maximum(1, np.abs(rounded))
    is_plain = (_sizes(values) == _sizes(others)) & ((values == 0) == (others == 0))
    alike: npt.NDArray[np.bool_] = is_near.copy()
    is_unsure = np.flatnonzero(is_exact | is_other_exact | (is_near & ~is_plain))
    first, where = distinct(values[is_unsure], others[is_unsure], which[is_unsure])
    rows = is_unsure[first]
    pairs = zip(which[rows].tolist(), values[rows].tolist(), others[rows].tolist(), strict=True)
    found = [said(columns[at], one) == said(columns[at], other) for at, one, other in pairs]
    alike[is_unsure] = np.array(found, dtype=bool)[where]
    return alike


def _labels(
    columns: Sequence[IndicatorColumn], which: Indices, values: Numbers
) -> tuple[Numbers, npt.NDArray[np.bool_]]:
    """The rounded number in steps, and where the number stands for itself instead."""
    steps = _steps(columns, which, values)
    scaled = values * steps
    gap = np.abs(np.abs(scaled - np.trunc(scaled)) - 0.5)
    is_exact = (steps == 0) | (np.abs(scaled) > _HUGE) | (gap < _TIE * np.maximum(1, abs(scaled)))
    return np.where(is_exact, values, np.rint(scaled)), is_exact


def _rounded(
    columns: Sequence[IndicatorColumn], which: Indices, values: Numbers
) -> tuple[Numbers, npt.NDArray[np.bool_]]:
    """The rounded number, and where the number stands for itself instead."""
    label, is_exact = _labels(columns, which, values)
    steps = np.maximum(_steps(columns, which, values), 1)
    return np.where(is_exact, label, label / steps), is_exact


def _sizes(values: Numbers) -> npt.NDArray[np.int64]:
    """How large a number is: from `LARGE_SHARE` and `LARGE_MULTIPLE` on words are coarser."""
    size = np.abs(values)
    return (size >= LARGE_SHARE).astype(np.int64) + (size >= LARGE_MULTIPLE)


def _steps(columns: Sequence[IndicatorColumn], which: Indices, values: Numbers) -> Numbers:
    """Steps to a unit of each value; 0 where every value has words of its own."""
    sizes = (0.0, LARGE_SHARE, LARGE_MULTIPLE)
    steps = np.array([[_steps_of(column, size) for size in sizes] for column in columns], float)
    found: Numbers = steps[which, _sizes(values)]
    return found


def _steps_of(column: IndicatorColumn, size: float) -> int:
    """Steps to a unit that the words of a column's values from ``size`` on tell apart."""
    unit = column.indicator.unit
    if column.aggregate is Aggregate.DAYS_SINCE or unit in ("yes_no", "danger_grade", "code"):
        return 0
    if column.indicator.basis == "survey":
        return {"share": 1000, "ratio": 100, "persons_per_room": 100}.get(unit, 1)
    if unit == "times_of_line":
        return 10 if size >= LARGE_MULTIPLE else 100
    if unit == "share":
        return 100 if size >= LARGE_SHARE else 1000
    return int(10 ** WITH_DECIMALS.get(unit, 0))
