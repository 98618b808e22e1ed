"""Which values of an indicator say to a reader that the risk is higher; for many households."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fanpin_risk.explain.amounts import said
from fanpin_risk.indicators.indicator import Aggregate, IndicatorColumn

RECENT_DAYS = 365
"""What happened longer ago is not said to raise a risk."""
FEWEST_KNOWN = 0.5
"""What is not on record of half of the households says nothing about one of them."""
HELP = ("paid_help", "support")
"""Tables of help received: it answers a need, and would read as if it raised the risk."""
NO_SIGN = (
    *("in_cooperative", "heads", "received_medical_aid", "income_is_imputed", "is_large_place"),
    *("has_pension_bonus", "has_rent", "has_other_cash", "has_capital_income"),
    *("is_flat", "has_work_room"),
)
"""What nobody would take for a sign of its cause: membership, a household's many members, help, how
a record was made, a large place, and what a household has."""
FIRST_UNSAFE_GRADE = 3
"""Homes of grade A and B count as safe, C and D as dilapidated."""

Numbers = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """How one column's values are looked at; made once for all households.

    Attributes
    ----------
    column
        The indicator and its aggregate.
    median
        Of the households asked about whose value is known; None where there is none.
    edge
        The furthest number on the side that raises the risk that still reads like the median (like
        no change, of a change); NaN where nothing is compared.
    zero_stands_out
        Whether zero, which has words of its own, tells although it does not lie beyond the edge.
    tells_if_missing
        Whether a gap is a sign.
    """

    column: IndicatorColumn
    median: float | None
    edge: float
    zero_stands_out: bool
    tells_if_missing: bool


def rule_of(column: IndicatorColumn, median: float | None, share_known: float) -> Rule:
    """How a column's values are looked at, given the median and the share known of all."""
    is_survey = column.indicator.basis == "survey"
    beside = 0.0 if column.aggregate is Aggregate.CHANGE else median
    direction = column.indicator.direction
    is_compared = not never_tells(column) and column.indicator.unit != "yes_no"
    edge, zero_stands_out = math.nan, False
    if is_compared and direction != 0 and beside is not None:
        edge = edge_of(column, beside, direction)
        is_between = beside * direction < 0 <= edge * direction
        zero_stands_out = is_between and said(column, 0.0) != said(column, beside)
    return Rule(
        column=column,
        median=median,
        edge=edge,
        zero_stands_out=zero_stands_out,
        tells_if_missing=is_survey or is_missed(column, share_known),
    )


def tells(rule: Rule, values: Numbers) -> Truths:
    """Whether each value, shown as evidence that raises a score, says so to a reader.

    Parameters
    ----------
    rule
        Of the column.
    values
        Of the households; NaN is "not known".

    Returns
    -------
    array of bool
        By the rules that `is_telling` states for a survey's and `is_sign` for a county's records.

    Examples
    --------
    >>> from fanpin_risk.indicators.catalogue import COUNTY, columns_of
    >>> named = {column.name: column for column in columns_of(COUNTY)}
    >>> tells(rule_of(named["bills_count_12m"], 1.0, 1.0), np.array([0.0, 4.0, np.nan]))
    array([False,  True, False])
    """
    if never_tells(rule.column):
        return np.zeros(values.shape, dtype=bool)
    found = _is_beyond(rule, values)
    return found | np.isnan(values) if rule.tells_if_missing else found


def is_telling(column: IndicatorColumn, value: object, median: float | None) -> bool:
    """Whether a value of a visit, shown as evidence that raises a score, says so to a reader.

    Parameters
    ----------
    column
        The indicator and its aggregate.
    value
        The household's; None (not known) tells that something is missing.
    median
        Of the households asked on the day.

    Returns
    -------
    bool
        True for a value on the side that its direction names: larger than the median (or "yes", or
        a rise) where more means more risk, smaller (or "no", or a fall) where more means less. With
        no direction only for a "yes". Never for a value that reads like the median, for a code,
        for help received, nor for how often somebody was visited.

    Examples
    --------
    >>> from fanpin_risk.indicators.catalogue import CATALOGUE, columns_of
    >>> named = {column.name: column for column in columns_of(CATALOGUE)}
    >>> is_telling(named["income_to_line_latest"], 1.1, 2.0)
    True
    >>> is_telling(named["has_work_income_latest"], 1.0, 1.0)
    False
    """
    return _of_one(column, value, median, 1.0)


def is_sign(
    column: IndicatorColumn, value: object, median: float | None, share_known: float
) -> bool:
    """Whether a value of a county's records, shown beside the median, speaks for a higher risk.

    Parameters
    ----------
    column
        The indicator and its aggregate.
    value
        The household's; None where it is not on record.
    median
        Of the households asked about whose value is known.
    share_known
        Share of the households asked about whose value is known.

    Returns
    -------
    bool
        True for a value on the side that the direction names, and only if its words differ from
        those of the median. Without a direction only for a "yes". Not on record: only where most
        others have it and the record is one that every household should have. Never for codes, for
        when somebody looked, nor for what happened longer than `RECENT_DAYS` ago.

    Examples
    --------
    >>> from fanpin_risk.indicators.catalogue import COUNTY, columns_of
    >>> named = {column.name: column for column in columns_of(COUNTY)}
    >>> is_sign(named["own_cost_to_line_sum_12m"], 0.3, 0.0, 1.0)
    True
    >>> is_sign(named["own_cost_to_line_sum_12m"], 0.0, 0.0, 1.0)
    False
    """
    return _of_one(column, value, median, share_known)


def never_tells(column: IndicatorColumn) -> bool:
    """Whether no value of a column is evidence: codes, when somebody looked, help, `NO_SIGN`."""
    indicator = column.indicator
    is_hidden = indicator.table in ("observation_view", *HELP)
    return is_hidden or indicator.is_categorical or indicator.name in NO_SIGN


def is_missed(column: IndicatorColumn, share_known: float) -> bool:
    """Whether a gap says something: every household should have the record, and most do."""
    indicator = column.indicator
    is_owed = column.aggregate is Aggregate.LATEST and indicator.table != "place_view"
    return is_owed and indicator.if_no_records is None and share_known > FEWEST_KNOWN


def _of_one(
    column: IndicatorColumn, value: object, median: float | None, share_known: float
) -> bool:
    """`tells` of a single value."""
    if never_tells(column):
        return False
    number = math.nan if value is None else float(str(value))
    return bool(tells(rule_of(column, median, share_known), np.array([number]))[0])


def _is_beyond(rule: Rule, values: Numbers) -> Truths:
    """Whether known values tell."""
    indicator, aggregate = rule.column.indicator, rule.column.aggregate
    direction = indicator.direction
    if indicator.unit == "yes_no":
        return _tells_yes_or_no(rule.column, values)
    if direction == 0:
        return np.zeros(values.shape, dtype=bool)
    found: Truths = values > rule.edge if direction > 0 else values < rule.edge
    if rule.zero_stands_out:
        found |= values == 0
    if aggregate is Aggregate.DAYS_SINCE and direction < 0:
        found &= values <= RECENT_DAYS
    if indicator.unit == "danger_grade" and aggregate is not Aggregate.CHANGE:
        found &= values >= FIRST_UNSAFE_GRADE
    return found


def _tells_yes_or_no(column: IndicatorColumn, values: Numbers) -> Truths:
    """Whether a "yes" or "no" tells, or that a sign appeared or went."""
    direction = column.indicator.direction
    if column.aggregate is Aggregate.CHANGE:
        return values * direction > 0
    return values < 0.5 if direction < 0 else values > 0.5


def edge_of(column: IndicatorColumn, beside: float, direction: int) -> float:
    """The number furthest from ``beside`` that still reads like it; infinite if all do.

    Words are those of a rounded number, so that they stay the same up to an edge; zero alone has
    words of its own and is stepped over. With the edge, no value needs to be put into words.

    Parameters
    ----------
    column
        The indicator and its aggregate.
    beside
        What values are compared with.
    direction
        1 for values above, -1 for values below.

    Examples
    --------
    >>> from fanpin_risk.indicators.catalogue import COUNTY, columns_of
    >>> named = {column.name: column for column in columns_of(COUNTY)}
    >>> edge_of(named["bills_count_12m"], 3.0, 1)
    3.4999999999999996
    """
    words = said(column, beside)

    def is_same(number: float) -> bool:
        return said(column, number or math.nextafter(0.0, direction)) == words

    inner, step = beside, 1.0
    while is_same(outer := beside + direction * step):
        inner, step = outer, 2 * step
        if math.isinf(step):
            return direction * math.inf
    while outer != (half := inner + (outer - inner) / 2) != inner:
        inner, outer = (half, outer) if is_same(half) else (inner, half)
    return inner
