"""Why a score changed between two days: exact shares of the parts, and what is said of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import polars as pl

from fanpin_risk.errors import ExplanationError
from fanpin_risk.explain.change_words import alone_words, driver_words, part_words
from fanpin_risk.indicators.indicator import Aggregate, IndicatorColumn

FloatArray = npt.NDArray[np.float64]

CHANGES_SCHEMA: dict[str, pl.DataType] = {
    "household_id": pl.String(),
    "since": pl.Date(),
    "as_of": pl.Date(),
    "risk_then": pl.Float64(),
    "risk_now": pl.Float64(),
    "raw_score_then": pl.Float64(),
    "raw_score_now": pl.Float64(),
    "part": pl.String(),
    "log_odds": pl.Float64(),
    "text_zh": pl.String(),
    "text_en": pl.String(),
}
TOLERANCE = 1e-9
"""Largest gap, in log-odds, between the parts and the difference of both raw scores."""
MOST_NAMED = 2
"""So many indicators are named for a part at most."""
LEAST_EFFECT = 0.02
"""Log-odds: an indicator that moves the score by less, alone, is not named."""
LEAST_OF_ITSELF = 0.5
"""A value named must move at least so far between both days as the part alone moves it: else other
parts have undone it, and "from … to …" would show next to nothing."""


class Part(StrEnum):
    """Why a score is another one than on an earlier day, in the order in which it is told."""

    CHANGED = "facts_changed"
    FOUND = "facts_newly_known"
    CORRECTED = "facts_corrected"
    TIME = "time_passed"
    SURROUNDINGS = "surroundings"
    STANDARD = "standard_changed"
    MODEL = "model_changed"


AFTER: dict[Part, Part] = {Part.CHANGED: Part.TIME}
"""What can only come after something else: a fact of a later day needs that day to have come."""


def shapley_over_parts(values: FloatArray, *, after: Mapping[int, int] | None = None) -> FloatArray:
    r"""Share of each part in what all parts together change: the exact Shapley value.

    The mean, over all orders in which the parts can come, of what a part adds when it comes. Where
    a part can come only after another, only orders that respect it count (the Shapley value of
    games with precedence, Faigle and Kern 1992). The shares add up to ``values[-1] - values[0]``.

    Parameters
    ----------
    values : array of shape (2 ** n_parts, n_households)
        Score with each combination of parts: row ``m`` has those whose bits are set in ``m``. Rows
        that no order passes through are not looked at, and may be NaN.
    after
        For a part (its bit's position) the one that must have come before it.

    Returns
    -------
    array of shape (n_parts, n_households)

    Raises
    ------
    ExplanationError
        If the number of rows is no power of two, or parts wait for each other in a circle.

    Notes
    -----
    Without precedence a part's weight for a combination of ``s`` others out of ``n`` parts is
    :math:`s!\,(n - s - 1)!\,/\,n!`. With it, the number of orders that lead to the combination
    times the number that lead on from it, over the number of all orders.

    Examples
    --------
    >>> values = np.array([[0.0], [1.0], [2.0], [5.0]])
    >>> shapley_over_parts(values).ravel().tolist()
    [2.0, 3.0]
    >>> shapley_over_parts(values, after={0: 1}).ravel().tolist()
    [3.0, 2.0]
    """
    n_rows = len(values)
    n_parts = n_rows.bit_length() - 1
    if n_rows == 0 or n_rows != 1 << n_parts:
        raise ExplanationError(
            f"{n_rows} combinations are none of a whole number of parts. Give 2 ** n_parts rows."
        )
    before = {part: 1 << first for part, first in (after or {}).items()}
    steps = [
        (mask, part)
        for mask in range(n_rows)
        for part in range(n_parts)
        if not mask >> part & 1 and mask & before.get(part, 0) == before.get(part, 0)
    ]
    to_here, from_here = [1] + [0] * (n_rows - 1), [0] * (n_rows - 1) + [1]
    for mask, part in steps:
        to_here[mask | 1 << part] += to_here[mask]
    for mask, part in reversed(steps):
        from_here[mask] += from_here[mask | 1 << part]
    if to_here[-1] == 0:
        raise ExplanationError("Parts wait for each other in a circle. Take one precedence out.")
    shares = np.zeros((n_parts, values.shape[1]))
    for mask, part in steps:
        orders = to_here[mask] * from_here[mask | 1 << part]
        if orders:
            shares[part] += orders / to_here[-1] * (values[mask | 1 << part] - values[mask])
    return shares


def combinations(n_parts: int, *, after: Mapping[int, int] | None = None) -> list[int]:
    """Combinations of parts, as bits, that some order passes through: those that need a score.

    Examples
    --------
    >>> combinations(2)
    [0, 1, 2, 3]
    >>> combinations(2, after={0: 1})
    [0, 2, 3]
    """
    waits = [(1 << part, 1 << first) for part, first in (after or {}).items()]
    return [
        mask
        for mask in range(1 << n_parts)
        if all(mask & first or not mask & part for part, first in waits)
    ]


@dataclass(frozen=True, kw_only=True)
class TwoDays:
    """Indicators and scores of the same households on two days.

    ``then`` and ``now`` hold ``household_id`` and the columns, the households in one order; risk
    and raw score are arrays in that order.
    """

    since: date
    as_of: date
    then: pl.DataFrame
    now: pl.DataFrame
    risk_then: FloatArray
    risk_now: FloatArray
    raw_then: FloatArray
    raw_now: FloatArray


@dataclass(frozen=True, kw_only=True)
class Driver:
    """What one indicator does within a part: ``column`` by position, without and with the part.

    ``effect``: by how much it alone moves the score, in log-odds.
    """

    column: int
    without: object
    with_part: object
    effect: float


Drivers = Mapping[tuple[Part, int], Sequence[Driver]]
"""Indicators that a part changes, by part and the household's position."""


def changes_frame(
    days: TwoDays,
    shares: Mapping[Part, FloatArray],
    columns: Sequence[IndicatorColumn],
    drivers: Drivers,
) -> pl.DataFrame:
    """Why each household's score changed: one row for each household and part, with its words.

    Parameters
    ----------
    days
        Both days.
    shares
        In log-odds, by part, each of shape (n_households,). A part that is not there is 0.
    columns
        The catalogue's columns, as ``drivers`` number them.
    drivers
        What is named: at most `MOST_NAMED` indicators that move the score the way the part does,
        `is_nameable`, with their values on both days; where none shows it, by the part alone.

    Returns
    -------
    DataFrame
        The columns of `CHANGES_SCHEMA`; by household as given, then in the order of `Part`.

    Raises
    ------
    ExplanationError
        If the parts miss the difference of the raw scores by more than `TOLERANCE` anywhere.
    """
    require_sum(shares, days.raw_now - days.raw_then)
    zero = np.zeros(len(days.raw_now))
    then, now = (frame.select(column.name for column in columns) for frame in (days.then, days.now))
    rows: list[tuple[object, ...]] = []
    for i, household in enumerate(days.now["household_id"]):
        scores = (days.risk_then[i], days.risk_now[i], days.raw_then[i], days.raw_now[i])
        values = then.row(i), now.row(i)
        for part in Part:
            share = float(shares.get(part, zero)[i])
            named = _named(drivers.get((part, i), ()), columns, values, share)
            zh, en = part_words(part.value, share, named)
            head = (household, days.since, days.as_of, *map(float, scores))
            rows.append((*head, part.value, share, zh, en))
    return pl.DataFrame(rows, schema=CHANGES_SCHEMA, orient="row")


def require_sum(shares: Mapping[Part, FloatArray], difference: FloatArray) -> None:
    """Raise unless the parts add up to the difference for every household.

    Raises
    ------
    ExplanationError
        With the number of households concerned and the largest gap.
    """
    total = sum(shares.values(), np.zeros(len(difference)))
    gap = np.abs(total - difference)
    gap[np.isnan(gap)] = np.inf
    wrong = int((gap > TOLERANCE).sum())
    if wrong:
        raise ExplanationError(
            f"For {wrong} of {len(gap)} households the parts of the change miss it by up to "
            f"{np.max(gap):.3g} log-odds (allowed: {TOLERANCE:g}). No reason for a change is shown."
        )


def is_nameable(column: IndicatorColumn) -> bool:
    """Whether an indicator may be named: not sensitive, no code, not about who looked when.

    Nor one that is a change itself (a change of a change reads badly), nor a number of which it is
    not known whether more of it is better or worse.
    """
    indicator = column.indicator
    is_hidden = indicator.is_sensitive or indicator.is_categorical
    if is_hidden or indicator.table == "observation_view":
        return False
    return column.aggregate is not Aggregate.CHANGE and _direction(column) != 0


def _direction(column: IndicatorColumn) -> int:
    """Which side raises a risk: the catalogue's; of a plain truth value the yes."""
    indicator = column.indicator
    return indicator.direction or int(indicator.unit == "yes_no")


def _named(
    drivers: Sequence[Driver],
    columns: Sequence[IndicatorColumn],
    values: tuple[Sequence[object], Sequence[object]],
    share: float,
) -> list[tuple[str, str]]:
    """Words of the indicators that moved the score most the way the part did.

    Those first whose values on both days show it; where other parts have undone it all, what the
    part alone does is said as that.
    """
    sign = 1.0 if share > 0 else -1.0
    telling = [d for d in drivers if d.effect * sign >= LEAST_EFFECT]
    ordered = sorted(telling, key=lambda d: (-d.effect * sign, d.column))
    on_both_days = [
        (d.column, values[0][d.column], values[1][d.column])
        for d in ordered
        if _agrees(d, values[0][d.column], values[1][d.column])
    ]
    found = _first_told(on_both_days, columns, sign)
    if found:
        return found
    alone = [(d.column, d.without, d.with_part) for d in ordered]
    found = _first_told(alone, columns, sign)
    # said once, for all that follows
    return [alone_words(*words) for words in found[:1]] + found[1:]


def _first_told(
    moves: Sequence[tuple[int, object, object]], columns: Sequence[IndicatorColumn], sign: float
) -> list[tuple[str, str]]:
    """Words of the first moves of a value that may be told, each indicator once."""
    found: dict[str, tuple[str, str]] = {}
    for position, before, later in moves:
        column = columns[position]
        name = column.indicator.name
        is_told = is_nameable(column) and later is not None and name not in found
        if not is_told or _contradicts(column, before, later, sign):
            continue
        words = driver_words(column, before, later)
        if words is not None:
            found[name] = words
        if len(found) == MOST_NAMED:
            break
    return list(found.values())


def _agrees(driver: Driver, then: object, now: object) -> bool:
    """Whether a value moves between both days the way, and nearly as far, as the part moves it."""
    if _side(driver.without, driver.with_part) != _side(then, now):
        return False
    if driver.without is None or driver.with_part is None:
        return True
    return abs(_difference(then, now)) >= LEAST_OF_ITSELF * abs(
        _difference(driver.without, driver.with_part)
    )


def _contradicts(column: IndicatorColumn, then: object, now: object, sign: float) -> bool:
    """Whether a reader would take the move for a sign of the other side."""
    if then is None or now is None:
        return False
    return _difference(then, now) * _direction(column) * sign < 0


def _side(before: object, later: object) -> tuple[bool, bool, int]:
    """Whether it is not known before or later, and up (1), down (-1) or the same (0)."""
    if before is None or later is None:
        return before is None, later is None, 0
    return False, False, int(np.sign(_difference(before, later)))


def _difference(before: object, later: object) -> float:
    """By how much a known number has grown."""
    return float(str(later)) - float(str(before))
