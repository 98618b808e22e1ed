"""What a configuration must have: a standard that is asked for by name, place and day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from fanpin_risk.errors import ConfigError
from fanpin_risk.settings import Settings
from fanpin_risk.standards.parameters import Resolved, Standards


class RequiredStandard(Settings):
    """A standard that must be known at a place on every decision day and the day of the score."""

    standard: str
    place: str


def require(
    standards: Standards, required: Iterable[RequiredStandard], days: Iterable[date], *, where: str
) -> None:
    """Refuse a required standard that cannot be told.

    Raises
    ------
    ConfigError
        Naming standard, place, the first such day, the reason and the mend.
    """
    for problem in missing(standards, required, days):
        raise ConfigError(f"{where}: {problem}. Add a value to the standards, or name what it is.")


def missing(
    standards: Standards, required: Iterable[RequiredStandard], days: Iterable[date]
) -> list[str]:
    """What is required and cannot be told: one line for each standard and place.

    Returns
    -------
    list of str
        With the first day on which it cannot be told, and why, Chinese and English.

    Raises
    ------
    ConfigError
        If there is no standard or place of that name.
    """
    asked = sorted(set(days))
    found = []
    for one in required:
        standards.places.place(one.place)
        told = ((d, standards.resolve(one.standard, place=one.place, day=d)) for d in asked)
        gaps = [(day, resolved) for day, resolved in told if not _can_be_told(resolved)]
        if gaps:
            day, resolved = gaps[0]
            found.append(f"{one.standard} at {one.place} on {day}: {resolved.why_text}")
    return found


def require_somewhere(standards: Standards, name: str, day: date, *, where: str) -> None:
    """Refuse a standard that is known at no place at all on a day.

    Raises
    ------
    ConfigError
        Naming the standard, the day, the first reason and the mend.
    """
    records = standards.parameter(name).values
    told = [standards.resolve(name, place=p, day=day) for p in sorted({v.place for v in records})]
    if not any(_can_be_told(one) for one in told):
        raise ConfigError(
            f"{where}: {name} is known at no place on {day}: {told[0].why_text}. Add a value for "
            "the day, or name what the reason says."
        )


def _can_be_told(resolved: Resolved) -> bool:
    """Whether it is known, or hangs on a figure of the day that only records hold."""
    return resolved.is_known or resolved.why == "no_figure"
