"""The closed list of units that a standard may be in, each with its integer scale."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from fanpin_risk.errors import ConfigError
from fanpin_risk.units import FEN_PER_YUAN, RATIO_SCALE

Unit = Literal[
    "yuan",
    "yuan per month",
    "yuan per head a year",
    "minor unit per head a month",
    "share",
    "ratio",
    "multiple",
    "days",
    "working days",
    "months",
    "years",
    "persons",
    "litres per head a day",
    "minutes",
    "grade",
    "level",
    "flag",
    "month of year",
    "code",
]
"""Units of the standards; ``code`` is a text, everything else a number."""

CODE: Unit = "code"
"""The unit of a standard whose values are texts."""

_SCALES: dict[str, int] = {
    **dict.fromkeys(("yuan", "yuan per month", "yuan per head a year"), FEN_PER_YUAN),
    **dict.fromkeys(("minor unit per head a month", "share", "ratio", "multiple"), RATIO_SCALE),
}
_QUANTITIES: dict[str, str] = {
    **dict.fromkeys(("yuan", "yuan per month", "yuan per head a year"), "yuan"),
    **dict.fromkeys(("share", "ratio", "multiple"), "ratio"),
}


def scale_of(unit: Unit) -> int:
    """How many integer steps one of a unit has: fen of a yuan, ten-thousandths of a ratio, or one.

    Examples
    --------
    >>> scale_of("yuan"), scale_of("share"), scale_of("days")
    (100, 10000, 1)
    """
    return _SCALES.get(unit, 1)


def quantity_of(unit: Unit) -> str:
    """What a unit measures; a standard may be a multiple of another of the same quantity only.

    Examples
    --------
    >>> quantity_of("yuan") == quantity_of("yuan per head a year"), quantity_of("days")
    (True, 'days')
    """
    return _QUANTITIES.get(unit, unit)


def integer_of(value: Fraction, unit: Unit, *, of: str) -> int:
    """Return a value in the integer steps of its unit.

    Parameters
    ----------
    value
        In the unit itself, exact.
    unit
        The unit.
    of
        What the value is of, for the message.

    Raises
    ------
    ConfigError
        If the value is finer than a step.

    Examples
    --------
    >>> integer_of(Fraction("8050"), "yuan per head a year", of="line")
    805000
    >>> integer_of(Fraction("0.5"), "share", of="share")
    5000
    """
    scaled = value * scale_of(unit)
    if scaled.denominator != 1:
        raise ConfigError(
            f"{of} is {float(value)} in {unit!r}: finer than 1/{scale_of(unit)} of it. Round it."
        )
    return int(scaled)
