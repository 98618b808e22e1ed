"""Dated, placed, sourced parameters of the standards: numbers live in YAML, never in Python."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from fanpin_risk.errors import ConfigError
from fanpin_risk.provenance import digest_of_value
from fanpin_risk.settings import Settings, load_settings, nearest

Mark = Literal["A", "B", "C", "D", "E", "G", "H", "N"]
"""How far a value can be trusted: `A` to `E` and `N` as in the policy notes, `G` general knowledge
that was not checked against a page, `H` chosen here for a county that does not exist."""
MARKS_TO_NAME = ("D", "G", "N")
"""Marks that a user must name before a value of theirs is used."""


class ParameterValue(Settings):
    """One value of a parameter: where, from when to when, how much, and who says so.

    It holds on ``valid_from``, on ``valid_to`` and on every day between; without ``valid_to``
    until further notice. The number is a ``value``, or a ``multiple`` ``of`` another parameter or
    of a figure of the place.
    """

    place: str
    valid_from: date
    valid_to: date | None = None
    value: str | None = None
    multiple: str | None = None
    of: str | None = None
    source: str = Field(min_length=3)
    mark: Mark

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
        if given not in ((True, False, False), (False, True, True)):
            raise ValueError("give either `value`, or `multiple` and `of`")
        for text in (self.value, self.multiple):
            if text is not None and _fraction(text) < 0:
                raise ValueError(f"{text!r} is negative. Write the amount without a sign")
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError(f"valid_to {self.valid_to} is before valid_from {self.valid_from}")
        return self

    def holds_on(self, day: date) -> bool:
        """Whether the value holds on a day; both ends belong to it."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class Parameter(Settings):
    """One parameter of a standard, with all its dated values."""

    name: str
    title_zh: str
    title_en: str
    unit: str
    owner_zh: str
    owner_en: str
    values: tuple[ParameterValue, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _no_overlap(self) -> Parameter:
        """Refuse two values of one place for one day."""
        for place in sorted({value.place for value in self.values}):
            mine = sorted((v for v in self.values if v.place == place), key=lambda v: v.valid_from)
            for before, after in itertools.pairwise(mine):
                if before.valid_to is None or before.valid_to >= after.valid_from:
                    raise ValueError(
                        f"{self.name}: two values of {place} hold on {after.valid_from}. "
                        "End the first with valid_to"
                    )
        return self


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """A parameter's value for a place and day, with the records it came from."""

    value: Fraction
    records: tuple[str, ...]


class Standards:
    """All parameters of a configuration, looked up by name, place and day.

    Parameters
    ----------
    parameters
        Parameters by name.
    """

    def __init__(self, parameters: Mapping[str, Parameter]) -> None:
        self.parameters = dict(parameters)
        for parameter in parameters.values():
            _check_base(parameter, self.parameters)

    @classmethod
    def load(cls, folder: Path) -> Standards:
        """Read every ``*.yaml`` of a folder.

        Raises
        ------
        ConfigError
            If the folder is missing or empty, two files hold one name, or a value contradicts
            another.
        """
        if not folder.is_dir():
            raise ConfigError(f"{folder}: no such folder of standards. Name it with --standards.")
        found: dict[str, Parameter] = {}
        for path in sorted(folder.glob("*.yaml")):
            parameter = load_settings(path, Parameter)
            if parameter.name in found:
                raise ConfigError(f"{path}: the parameter {parameter.name!r} stands in two files.")
            found[parameter.name] = parameter
        if not found:
            raise ConfigError(f"{folder}: holds no standards (*.yaml).")
        return cls(found)

    def parameter(self, name: str) -> Parameter:
        """One parameter by name.

        Raises
        ------
        ConfigError
            If there is none of that name; the nearest is shown.
        """
        if name not in self.parameters:
            raise ConfigError(f"{name!r} is no standard. {nearest(name, list(self.parameters))}")
        return self.parameters[name]

    def resolve(
        self, name: str, *, place: str, day: date, figures: Mapping[str, int | None]
    ) -> Resolved | None:
        """Value of a parameter at a place on a day, or None where it cannot be told.

        Parameters
        ----------
        name
            The parameter.
        place, day
            Where and when. There is no neighbour's value and no nearest day.
        figures
            Dated figures of the place on that very day, which multiples may stand on.

        Returns
        -------
        Resolved or None
            The exact value and the records used; None when no record holds on the day, or a figure
            is missing.
        """
        parameter = self.parameter(name)
        for value in parameter.values:
            if value.place == place and value.holds_on(day):
                return self._evaluate(parameter, value, day, figures)
        return None

    def _evaluate(
        self,
        parameter: Parameter,
        value: ParameterValue,
        day: date,
        figures: Mapping[str, int | None],
    ) -> Resolved | None:
        """Work out one record: a number, or a multiple of a parameter or a figure."""
        record = record_name(parameter.name, value)
        if value.value is not None:
            return Resolved(value=_fraction(value.value), records=(record,))
        assert value.multiple is not None
        assert value.of is not None
        if value.of in self.parameters:
            base = self.resolve(value.of, place=value.place, day=day, figures=figures)
            if base is None:
                return None
            return Resolved(
                value=_fraction(value.multiple) * base.value, records=(record, *base.records)
            )
        figure = figures.get(value.of)
        if figure is None:
            return None
        return Resolved(value=_fraction(value.multiple) * figure, records=(record,))

    def digest(self) -> str:
        """Fingerprint of every parameter, for manifests."""
        content = {n: p.model_dump(mode="json") for n, p in self.parameters.items()}
        return digest_of_value(content)[:16]


FIGURES = ("median_income_minor",)
"""Figures of the place context that a multiple may stand on."""


def record_name(parameter: str, value: ParameterValue) -> str:
    """Name of one dated record, as it stands in findings: ``name@place/from``."""
    return f"{parameter}@{value.place}/{value.valid_from}"


def _fraction(text: str) -> Fraction:
    """Read a decimal number exactly."""
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError) as error:
        raise ValueError(f"{text!r} is no number") from error


def _check_base(parameter: Parameter, known: Mapping[str, Parameter]) -> None:
    """Refuse a multiple of something that nobody defines, or of itself, by whatever way."""
    reached: set[str] = set()
    waiting = [parameter]
    while waiting:
        current = waiting.pop()
        for base in sorted({value.of for value in current.values if value.of is not None}):
            if base == parameter.name:
                raise ConfigError(
                    f"{parameter.name}: stands on itself through {current.name!r}. "
                    "Give one of them a value of its own."
                )
            if base not in known and base not in FIGURES:
                raise ConfigError(
                    f"{current.name}: `of: {base}` is neither a standard nor a figure. "
                    f"{nearest(base, [*known, *FIGURES])}"
                )
            if base in known and base not in reached:
                reached.add(base)
                waiting.append(known[base])
