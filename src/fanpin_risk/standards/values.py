"""Dated, placed, sourced values of a standard, and the days on which each of them holds."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Literal

from pydantic import Field, field_validator, model_validator

from fanpin_risk.settings import Settings
from fanpin_risk.standards.units import CODE, Unit
from fanpin_risk.units import SHORTEST_SOURCE

Mark = Literal["A", "B", "C", "D", "E", "G", "H", "N"]
"""How far a value can be trusted: `A` to `E` and `N` as in the policy notes, `G` general knowledge
that was not checked against a page, `H` chosen here for a county that does not exist."""
MARKS_TO_NAME = ("D", "G", "N")
"""Marks that a user must name before a value of theirs is used."""
NOT_PUBLIC: Mark = "N"
"""Looked for and not found in public; a record of this mark may stand without a number."""


class ParameterValue(Settings):
    """One value of a parameter: where, from when to when, how much, and who says so.

    It holds on ``valid_from``, on ``valid_to`` and on every day between; without ``valid_to``
    until the next value of the same place begins. The number is a ``value``, or a ``multiple``
    ``of`` another parameter or of a figure of the place; a value of mark `N` may have neither, and
    says that the user must supply it. ``regime``: the only one in which it holds. After
    ``review_on`` a lookup warns. ``day_is_known`` is false where only the year is, and 1 January
    stands for it. ``end_reading`` names the reading that chose ``valid_to``.
    """

    place: str
    valid_from: date
    valid_to: date | None = None
    value: str | None = None
    multiple: str | None = None
    of: str | None = None
    regime: str | None = None
    source: str = Field(min_length=SHORTEST_SOURCE)
    mark: Mark
    review_on: date | None = None
    day_is_known: bool = True
    end_reading: str | None = None
    note: str = ""

    @field_validator("value", "multiple", mode="before")
    @classmethod
    def _written_as_text(cls, given: object) -> object:
        """Refuse a YAML float: 0.1 would not be a tenth."""
        if isinstance(given, float):
            raise ValueError('write the number in quotes, such as "0.60", so that it stays exact')
        return str(given) if isinstance(given, int) else given

    @model_validator(mode="after")
    def _one_form(self) -> ParameterValue:
        """Refuse a record that is neither a number nor a multiple of something."""
        given = (self.value is not None, self.multiple is not None, self.of is not None)
        forms = [(True, False, False), (False, True, True)]
        if self.mark == NOT_PUBLIC:
            forms.append((False, False, False))
        if given not in forms:
            raise ValueError("give either `value`, or `multiple` and `of`")
        return self

    @model_validator(mode="after")
    def _days_in_order(self) -> ParameterValue:
        """Refuse days that contradict each other."""
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError(f"valid_to {self.valid_to} is before valid_from {self.valid_from}")
        if not self.day_is_known and self.valid_from != date(self.valid_from.year, 1, 1):
            raise ValueError(
                f"valid_from {self.valid_from} is not 1 January, which stands for a day that is "
                "not known. Leave day_is_known out"
            )
        if self.end_reading is not None and self.valid_to is None:
            raise ValueError("end_reading says who chose valid_to; add valid_to")
        return self

    @property
    def has_number(self) -> bool:
        """Whether it says how much, and not only that nobody public says it."""
        return self.value is not None or self.multiple is not None

    @property
    def written(self) -> str:
        """The number as it is written, such as ``1.1 x income_line``; empty without one."""
        if self.multiple is not None:
            return f"{self.multiple} x {self.of}"
        return self.value or ""


class Parameter(Settings):
    """One parameter of a standard, with all its dated values."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title_zh: str
    title_en: str
    unit: Unit
    owner_zh: str
    owner_en: str
    note: str = ""
    values: tuple[ParameterValue, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _numbers(self) -> Parameter:
        """Refuse a number that is none, or below zero; a code is a text."""
        for value in self.values:
            if self.unit == CODE:
                if value.multiple is not None:
                    raise ValueError(f"{record_name(self.name, value)}: a code has no multiple")
                continue
            for text in (value.value, value.multiple):
                if text is not None and fraction_of(text) < 0:
                    raise ValueError(f"{text!r} is negative. Write the amount without a sign")
        return self


@dataclass(frozen=True, kw_only=True)
class Span:
    """The days on which a value holds: ``first`` to ``last``, both included; None without end."""

    value: ParameterValue
    first: date
    last: date | None

    def holds_on(self, day: date) -> bool:
        """Whether the value holds on a day; both ends belong to it."""
        return self.first <= day and (self.last is None or day <= self.last)


def spans(values: Iterable[ParameterValue], *, waived: Iterable[str] = ()) -> dict[str, list[Span]]:
    """Days on which each value holds, by place; values with a number first, then by first day.

    Parameters
    ----------
    values
        Values of one parameter.
    waived
        Readings whose ends do not count: such a value holds until the next with a number.

    Examples
    --------
    >>> value = {"place": "CN", "mark": "A", "source": "made up"}
    >>> first = ParameterValue(valid_from=date(2020, 1, 1), value="1", **value)
    >>> second = ParameterValue(valid_from=date(2021, 1, 1), value="2", **value)
    >>> [span.last for span in spans([second, first])["CN"]]
    [datetime.date(2020, 12, 31), None]
    """
    waived = set(waived)
    found: dict[str, list[Span]] = {}
    for place, mine in _by_place(values).items():
        placed = [Span(value=v, first=v.valid_from, last=_last(v, mine, waived)) for v in mine]
        found[place] = sorted(placed, key=lambda s: (not s.value.has_number, s.first))
    return found


def overlaps(
    values: Iterable[ParameterValue],
) -> Iterable[tuple[ParameterValue, ParameterValue]]:
    """Pairs of values of one place that claim one day, by place and day, the earlier first.

    A value without a number claims no day of one that has a number.
    """
    for _, mine in sorted(_by_place(values).items()):
        for kind in (True, False):
            alike = [value for value in mine if value.has_number is kind]
            for before, after in itertools.pairwise(alike):
                is_same = before.valid_from == after.valid_from
                if is_same or (before.valid_to or date.min) >= after.valid_from:
                    yield before, after


def overlap_words(before: ParameterValue, after: ParameterValue) -> str:
    """What is said of two values that claim one day, with the mend."""
    return (
        f"two values of {after.place} hold on {after.valid_from}. End the one from "
        f"{before.valid_from} earlier, or let the other begin later"
    )


def record_name(parameter: str, value: ParameterValue) -> str:
    """Name of one dated record, as it stands in findings: ``name@place/from``."""
    return f"{parameter}@{value.place}/{value.valid_from}"


def fraction_of(text: str) -> Fraction:
    """Read a decimal number exactly.

    Raises
    ------
    ValueError
        If the text is no number.

    Examples
    --------
    >>> fraction_of("0.60")
    Fraction(3, 5)
    """
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError) as error:
        raise ValueError(f"{text!r} is no number") from error


def _by_place(values: Iterable[ParameterValue]) -> dict[str, list[ParameterValue]]:
    """Values of each place in order of their first day."""
    found: dict[str, list[ParameterValue]] = {}
    for value in sorted(values, key=lambda v: v.valid_from):
        found.setdefault(value.place, []).append(value)
    return found


def _last(value: ParameterValue, mine: list[ParameterValue], waived: set[str]) -> date | None:
    """Last day of a value: its own, or the day before the next of its place."""
    is_waived = value.end_reading in waived
    if value.valid_to is not None and not is_waived:
        return value.valid_to
    later = [
        other.valid_from
        for other in mine
        if other.valid_from > value.valid_from and (other.has_number or not is_waived)
    ]
    return min(later) - timedelta(days=1) if later else None
